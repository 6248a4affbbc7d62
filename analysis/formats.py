"""The formats of templates: `os.est | ratio`, `os | estimate`, `os.k | count("study")`.

Each is a Jinja filter over an `Item`; the words come from `analysis.words`, and carry the
item's path as their key. `FORMATS` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from markupsafe import Markup

from analysis import placed, terms, words
from analysis.effects import ONE_GROUP, WITH_UNIT
from analysis.errors import TemplateError
from analysis.items import Item
from analysis.paths import children
from analysis.words import Keys, Words

Format = Callable[..., Markup]


def ratio(item: Item) -> Markup:
    """`os.est | ratio`: 0.89."""
    return _number(item, words.ratio)


def effect(item: Item) -> Markup:
    """`os.est | effect`: as its measure is printed, 0.89 or −1.23."""
    return _number(item, lambda value, key: words.effect(value, _measure(item), key))


def p(item: Item) -> Markup:
    """`os.pval | p`: P = 0.047."""
    return _number(item, words.p)


def p_number(item: Item) -> Markup:
    """`os.pval | p_number`: 0.047, for a table."""
    return _number(item, words.p_number)


def percent(item: Item, decimals: int = 1) -> Markup:
    """`os.i2_q | percent`: 47.5%; `os.reduction | percent(0)`: 11%."""
    return _number(item, lambda value, key: words.percent(value, key, decimals))


def tau2(item: Item) -> Markup:
    """`os.tau2 | tau2`: 0.0163."""
    return _number(item, words.tau2)


def number(item: Item, decimals: int = 2) -> Markup:
    """`os.qe | number`: 20.95; an integer has no decimals."""
    return _number(item, lambda value, key: words.number(value, key, decimals))


def significant(item: Item, digits: int = 3) -> Markup:
    """`os.regressions.start.coefficients.x.b | significant`: −0.00123."""
    return _number(item, lambda value, key: words.significant(value, key, digits))


def level(item: Item) -> Markup:
    """`os.level | level`: 95%."""
    return _number(item, words.confidence)


def count(
    item: Item | list[Item],
    noun: str | None = None,
    plural: str | None = None,
    none: str | None = None,
) -> Markup:
    """`counts.patients | count`: 12,705; `os.k | count("study")`: 12 studies.

    A list counts its entries: `os.left_out | count("study")`. `none` says what is said of 0:
    `count("is", "are", none="none is")`. Unknown: not reported.
    """
    value = len(item) if isinstance(item, list) else _item(item).value
    if isinstance(value, tuple | Mapping):
        value = len(value)
    if none is not None and value == 0:
        return placed.of_words(Words(none))
    if isinstance(item, list):
        return placed.of_words(words.count(value, noun, plural=plural))
    return _worded(item, lambda: words.count(value, noun, item.key, plural))


def interval(item: Item) -> Markup:
    """`os | interval`: 0.79–0.999."""
    _, lb, ub, keys = _bounds(item)
    return _worded(item, lambda: words.interval(lb, ub, _measure(item), (keys.lb, keys.ub)))


def estimate(item: Item) -> Markup:
    """`os | estimate`: HR 0.89 (95% CI 0.79–0.999); MD −1.20 days (95% CI −2.30 to −0.10)."""
    return _estimate(item, None)


def estimate_p(item: Item) -> Markup:
    """`os | estimate_p`: HR 0.89 (95% CI 0.79–0.999; P = 0.047); of one group without P."""
    alone = _measure(item) in ONE_GROUP  # no value of it would be no effect, to be tested against
    return _estimate(item, None if alone else _item(item).child("pval").value)


def prediction(item: Item) -> Markup:
    """`os | prediction`: 0.65–1.22, or why there is none."""
    found = children(_item(item).value)
    lb, ub = found.get("pi_est_lb"), found.get("pi_est_ub")
    if lb is None or ub is None:
        return placed.of_words(Words(f"not estimable ({found.get('pi_why') or 'no reason given'})"))
    keys = _keys(item, "pi_est_lb"), _keys(item, "pi_est_ub")
    return _worded(item, lambda: words.interval(lb, ub, _measure(item), keys))


def compatible(item: Item) -> Markup:
    """`os | compatible`: compatible with a reduction of 0.1% to 21%."""
    _, lb, ub, keys = _bounds(item)
    return _worded(item, lambda: words.compatible_with(lb, ub, _measure(item), (keys.lb, keys.ub)))


def null_phrase(item: Item, below: str | None = None, above: str | None = None) -> Markup:
    """`os | null_phrase`: includes the null; lies wholly below the null; lies wholly above it.

    `os | null_phrase("in favour of the drug", "against the drug")` says what the two sides mean:
    excludes the null in favour of the drug.
    """
    _, lb, ub, _ = _bounds(item)
    return _worded(item, lambda: words.null_phrase(lb, ub, _measure(item), below, above))


def heterogeneity(item: Item) -> Markup:
    """`os | heterogeneity`: I² = 47.5%, τ² = 0.0163, Q = 20.95 (11 df; P = 0.034)."""
    found, hard = children(_item(item).value), words.HARD
    return _worded(
        item,
        lambda: Words(
            f"I²{hard}={hard}",
            words.percent(found["i2_q"], _keys(item, "i2_q")),
            f", τ²{hard}={hard}",
            words.tau2(found["tau2"], _keys(item, "tau2")),
            f", Q{hard}={hard}",
            words.number(found["qe"], _keys(item, "qe")),
            " (",
            words.number(found["qe_df"], _keys(item, "qe_df")),
            f"{hard}df; ",
            words.p(found["qe_pval"], _keys(item, "qe_pval")),
            ")",
        ),
    )


def model(item: Item) -> Markup:
    """`os | model`: random-effects model (DerSimonian-Laird, Wald interval)."""
    method, test = (_item(item).child(name).value for name in ("method", "test"))
    pooling = children(_item(item).value).get("pooling", words.WEIGHTED)
    return _worded(item, lambda: words.model(method, test, pooling))


def date(item: Item) -> Markup:
    """`edition.released | date`: 5 January 2022; not reported."""
    return _worded(item, lambda: words.date(_item(item).value, item.key))


def term(item: Item) -> Markup:
    """`os.method | term`: DerSimonian-Laird; of methods, tests, designs, measures, origins …"""
    value = _item(item).value
    if value not in terms.ALL:
        raise TemplateError(f"found {item.path} = {value!r}, wanted a term that words.py knows")
    return placed.of_words(Words(terms.ALL[value]))


def within(item: Item) -> Markup:
    """`review.outcomes.os.label | within`: overall survival; a label within a sentence.

    An abbreviation keeps its capital (HDL cholesterol), and so does a name: Crohn’s disease, and
    what begins with one of the `fixed_terms` of data/review.yml.
    """
    value = _item(item).value
    if not isinstance(value, str):
        raise TemplateError(f"found {item.path}, which is no text, wanted one")
    names = (fixed.term for fixed in item.near("fixed_terms", tuple) or ())
    return placed.of_data(words.within(value, names))


def scales(items: Item | list[Item]) -> Markup:
    """`review.outcomes | scales`: ratios on the log scale and proportions as logits.

    On which scale outcomes are pooled, by what they measure.
    """
    measures = [_measure(one) for one in (items if isinstance(items, list) else _item(items))]
    return placed.of_words(words.series(dict.fromkeys(terms.SCALES[one] for one in measures)))


def by_design(item: Item) -> Markup:
    """`counts.designs | by_design`: 1 randomised trial and 9 retrospective cohorts.

    A study without a design that is reported is counted as such.
    """
    nouns = {name.replace(" ", "_").replace("-", "_"): name for name in terms.DESIGNS}
    parts = [
        words.count(entry.value, nouns[entry.name], entry.key, terms.DESIGNS[nouns[entry.name]])
        for entry in _item(item)
        if entry.value
    ]
    unknown = (item.near("studies", int) or 0) - sum(entry.value for entry in item)
    if unknown > 0:
        parts.append(Words(words.count(unknown, "study"), " of unreported design"))
    return placed.of_words(words.series(parts) if parts else Words("no study"))


def reported(item: Item) -> Markup:
    """`study.country | reported`: the text, or not reported."""
    return _known(item, words.NOT_REPORTED)


def stated(item: Item) -> Markup:
    """`review.about.funding | stated`: the text, or not stated."""
    return _known(item, words.NOT_STATED)


def as_printed(item: Item) -> Markup:
    """`result.estimate | as_printed`: a number with the decimals that its source printed."""
    value = _item(item).value
    if not hasattr(value, "as_printed"):
        raise TemplateError(f"found {item.path}, wanted a number as its source printed it")
    return placed.of_words(words.fixed(value.as_printed(), item.key))


def series(items: Iterable[Any], last: str = "and") -> Markup:
    """`searches.jia.sources | series`: PubMed, EMBASE and Web of Science."""
    parts = [_text_of(entry) for entry in items]
    if not parts:
        raise TemplateError("found an empty list, wanted something to list")
    joined = parts[0]
    for at, part in enumerate(parts[1:], start=2):
        joined += (f" {last} " if at == len(parts) else ", ") + part
    return placed.ready(joined)


def labels(items: Item | list[Item]) -> Markup:
    """`os.left_out | labels`: the labels of its rows as a list in words."""
    rows = items if isinstance(items, list) else _item(items)
    return series([row.child("label") for row in rows])


def plain(rendered: Any) -> Markup:
    """`os | estimate | plain`: without keys, for an attribute or a title."""
    if not isinstance(rendered, Markup):
        raise TemplateError("found something else before `plain`, wanted a format")
    return placed.of_data(placed.plain(rendered))


FORMATS: Mapping[str, Format] = {
    format_.__name__: format_
    for format_ in (
        ratio,
        effect,
        p,
        p_number,
        percent,
        tau2,
        number,
        significant,
        level,
        count,
        interval,
        estimate,
        estimate_p,
        prediction,
        compatible,
        null_phrase,
        heterogeneity,
        model,
        date,
        term,
        within,
        scales,
        by_design,
        reported,
        stated,
        as_printed,
        series,
        labels,
        plain,
    )
}


def _item(value: Any) -> Item:
    if not isinstance(value, Item):
        raise TemplateError(f"found {_shown(value)} before a format, wanted a finding")
    return value


def _shown(value: Any) -> str:
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"


def _number(item: Item, format_: Callable[[Any, str | None], Words]) -> Markup:
    value = _item(item).value
    if isinstance(value, bool) or not isinstance(value, int | float):
        shown = "nothing" if value is None else f"{value!r}" if isinstance(value, str) else ""
        what = f" ({shown})" if shown else ""
        raise TemplateError(f"found {item.path}{what}, which is no number, wanted one to print")
    return _worded(item, lambda: format_(value, item.key))


def _worded(item: Item, make: Callable[[], Words]) -> Markup:
    try:
        return placed.of_words(make())
    except (TypeError, ValueError) as error:
        raise TemplateError(f"{item.path}: {error}") from None


def _keys(item: Item, name: str) -> str | None:
    return f"{item.path}.{name}" if item.bound else None


def _bounds(item: Item) -> tuple[float, float, float, Keys]:
    """Return estimate, bounds and keys of anything that has them."""
    found = children(_item(item).value)
    names = ("est_lb", "est_ub") if "est_lb" in found else ("lb", "ub")
    values = tuple(found.get(name) for name in ("est", *names))
    if None in values:
        raise TemplateError(f"found {item.path}, which has no estimate with bounds, wanted one")
    keys = Keys.under(item.path, bounds=names) if item.bound else Keys()
    return *values, keys  # type: ignore[return-value]


def _measure(item: Item) -> str:
    found = item.near("measure", str)
    return "GEN" if found is None else str(found)


def _estimate(item: Item, pval: float | None) -> Markup:
    if _measure(item) == "PFT" and children(item.value).get("natural") is not None:
        return _estimate(item.child("natural"), pval)
    est, lb, ub, keys = _bounds(item)
    stated_level = item.near("level", float)
    known = 0.95 if stated_level is None else float(stated_level)
    own = isinstance(children(item.value).get("level"), float)
    keys = keys._replace(level=keys.level if own else None)
    measure = _measure(item)
    unit = item.near("unit", str) if measure in WITH_UNIT else None
    return _worded(item, lambda: words.estimate(est, lb, ub, measure, known, pval, keys, unit))


def _known(item: Item, unknown: str) -> Markup:
    value = _item(item).value
    if value is None:
        return placed.of_words(Words(unknown))
    if not isinstance(value, str):
        raise TemplateError(f"found {item.path}, which is no text, wanted one")
    return placed.of_data(value)


def _text_of(entry: Any) -> str:
    if isinstance(entry, Markup):
        return str(entry)
    value = entry.value if isinstance(entry, Item) else entry
    if isinstance(value, Words):
        return str(placed.of_words(value))
    if isinstance(value, str):
        return str(placed.of_data(value))
    raise TemplateError("found something without a format in a list, wanted texts")
