"""The formats of templates: `os.est | ratio`, `os | estimate`, `os.k | count("study")`.

Each is a Jinja filter over an `Item`; the words come from `analysis.words`, and carry the
item's path as their key. `FORMATS` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from analysis import placed, several_words, words
from analysis.effects import ONE_GROUP, WITH_UNIT
from analysis.errors import TemplateError
from analysis.items import Item
from analysis.kinds import unsuited
from analysis.paths import children
from analysis.text_formats import (
    as_printed,
    by_design,
    date,
    item_of,
    labels,
    measure_of,
    only_words,
    pair_within,
    plain,
    reported,
    scales,
    series,
    stated,
    term,
    within,
    worded,
)
from analysis.words import Keys, Words

Format = Callable[..., Markup]


def ratio(item: Item) -> Markup:
    """`os.est | ratio`: 0.89."""
    return _number(item, "ratio", words.ratio)


def effect(item: Item) -> Markup:
    """`os.est | effect`: as its measure is printed, 0.89 or −1.23."""
    return _number(item, "effect", lambda value, key: words.effect(value, measure_of(item), key))


def p(item: Item) -> Markup:
    """`os.pval | p`: P = 0.047."""
    return _number(item, "p", words.p)


def p_number(item: Item) -> Markup:
    """`os.pval | p_number`: 0.047, for a table."""
    return _number(item, "p_number", words.p_number)


def percent(item: Item, decimals: int = 1) -> Markup:
    """`os.i2_q | percent`: 47.5%; `os.reduction | percent(0)`: 11%."""
    return _number(item, "percent", lambda value, key: words.percent(value, key, decimals))


def tau2(item: Item) -> Markup:
    """`os.tau2 | tau2`: 0.0163."""
    return _number(item, "tau2", words.tau2)


def number(item: Item, decimals: int = 2) -> Markup:
    """`os.qe | number`: 20.95; an integer has no decimals."""
    return _number(item, "number", lambda value, key: words.number(value, key, decimals))


def significant(item: Item, digits: int = 3) -> Markup:
    """`os.regressions.start.coefficients.x.b | significant`: −0.00123."""
    return _number(item, "significant", lambda value, key: words.significant(value, key, digits))


def level(item: Item) -> Markup:
    """`os.level | level`: 95%."""
    return _number(item, "level", words.confidence)


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
    only_words(noun=noun, plural=plural, none=none)
    value = len(item) if isinstance(item, list) else item_of(item).value
    if isinstance(value, tuple | Mapping):
        value = len(value)
    if none is not None and value == 0:
        return placed.of_words(Words(none))
    if isinstance(item, list):
        return placed.of_words(words.count(value, noun, plural=plural))
    return worded(item, lambda: words.count(value, noun, item.key, plural))


def interval(item: Item) -> Markup:
    """`os | interval`: 0.79–0.999."""
    _, lb, ub, keys = _bounds(item := _as_proportion(item_of(item)))
    return worded(item, lambda: words.interval(lb, ub, measure_of(item), (keys.lb, keys.ub)))


def estimate(item: Item) -> Markup:
    """`os | estimate`: HR 0.89 (95% CI 0.79–0.999); MD −1.20 days (95% CI −2.30 to −0.10)."""
    return _estimate(item, None)


def estimate_p(item: Item) -> Markup:
    """`os | estimate_p`: HR 0.89 (95% CI 0.79–0.999; P = 0.047); of one group without P."""
    alone = measure_of(item) in ONE_GROUP  # no value of it would be no effect, to be tested against
    return _estimate(item, None if alone else item_of(item).child("pval").value)


def prediction(item: Item) -> Markup:
    """`os | prediction`: 0.65–1.22, or −2.22 to −0.13 days, or why there is none."""
    item = _as_proportion(item_of(item))
    found = _having(item, "prediction interval", "pi_est_lb", "pi_est_ub")
    lb, ub = found["pi_est_lb"], found["pi_est_ub"]
    if lb is None or ub is None:
        why = item.near("pi_why", str) or "no reason given"
        return placed.of_words(Words(f"not estimable ({why})"))
    keys = _keys(item, "pi_est_lb"), _keys(item, "pi_est_ub")
    unit = _unit(item)
    of = f"{words.HARD}{unit}" if unit else ""
    return worded(item, lambda: Words(words.interval(lb, ub, measure_of(item), keys), of))


def compatible(item: Item) -> Markup:
    """`os | compatible`: compatible with a reduction of 0.1% to 21%."""
    _, lb, ub, keys = _bounds(item)
    return worded(item, lambda: words.compatible_with(lb, ub, measure_of(item), (keys.lb, keys.ub)))


def null_phrase(item: Item, below: str | Item | None = None, above: str | None = None) -> Markup:
    """`os | null_phrase`: includes the null; lies wholly below the null; lies wholly above it.

    `os | null_phrase("in favour of the drug", "against the drug")` says what the two sides mean:
    excludes the null in favour of the drug. `os | null_phrase(review.outcomes.os.favours)` takes
    it from the plan: excludes the null (favours the drug).
    """
    sides = pair_within(below) if isinstance(below, Item) and above is None else None
    if sides is None:
        only_words(below=below, above=above)
    told: tuple[Any, Any] = sides or (below, above)
    _, lb, ub, _ = _bounds(item)
    return worded(item, lambda: words.null_phrase(lb, ub, measure_of(item), *told))


def by_null(item: Item, below: str, above: str, around: str) -> Markup:
    """`os | by_null("lower", "higher", "not shown to differ")`: lower.

    The first text where the whole interval lies below the null, the second where above, the third
    where it includes it.
    """
    only_words(below=below, above=above, around=around)
    _, lb, ub, _ = _bounds(item)
    return worded(item, lambda: words.by_null(lb, ub, measure_of(item), below, above, around))


def heterogeneity(item: Item) -> Markup:
    """`os | heterogeneity`: I² = 47.5%, τ² = 0.0163, Q = 20.95 (11 df; P = 0.034)."""
    names = ("i2_q", "tau2", "qe", "qe_df", "qe_pval")
    found, hard = _having(item_of(item), "test of heterogeneity", *names), words.HARD
    return worded(
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
    """`os | model`: random-effects model (DerSimonian-Laird, Wald interval).

    Where studies give several estimates, how they enter, and which model stands beside the pool.
    """
    method, test = (item_of(item).child(name).value for name in ("method", "test"))
    found = children(item_of(item).value)
    pooling = found.get("pooling", words.WEIGHTED)
    return worded(item, lambda: Words(words.model(method, test, pooling), _several(item)))


def _several(item: Item) -> Words:
    """Return how several estimates of a study enter an analysis, or the plan of one, if they do."""
    found = children(item.value)
    of = found.get("several")
    if of is not None:
        key = f"{item.path}.several.rho" if item.bound else None
        return several_words.sentence(of.model, float(of.rho), key)
    return several_words.sentence(None, None) if found.get("estimates") else Words()


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
        by_null,
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


def _number(item: Item, name: str, format_: Callable[[Any, str | None], Words]) -> Markup:
    value = item_of(item).value
    if isinstance(value, bool) or not isinstance(value, int | float):
        shown = "nothing" if value is None else f"{value!r}" if isinstance(value, str) else ""
        what = f" ({shown})" if shown else ""
        raise TemplateError(f"found {item.path}{what}, which is no number, wanted one to print")
    if wrong := unsuited(item, name):
        raise TemplateError(wrong)
    return worded(item, lambda: format_(value, item.key))


def _keys(item: Item, name: str) -> str | None:
    return f"{item.path}.{name}" if item.bound else None


def _having(item: Item, what: str, *names: str) -> Mapping[str, Any]:
    """Return what is below an item; raises TemplateError, which says what, where a name is not."""
    found = children(item.value)
    if any(name not in found for name in names):
        raise TemplateError(
            f"found {item.path}, which has no {what}, wanted an analysis or a group"
        )
    return found


def _bounds(item: Item) -> tuple[float, float, float, Keys]:
    """Return estimate, bounds and keys of anything that has them."""
    found = children(item_of(item).value)
    names = ("est_lb", "est_ub") if "est_lb" in found else ("lb", "ub")
    values = tuple(found.get(name) for name in ("est", *names))
    if None in values:
        raise TemplateError(f"found {item.path}, which has no estimate with bounds, wanted one")
    keys = Keys.under(item.path, bounds=names) if item.bound else Keys()
    return *values, keys  # type: ignore[return-value]


def _as_proportion(item: Item) -> Item:
    """Return a pool of double arcsines as the proportion that it is, where sizes lead back."""
    pooled = measure_of(item) == "PFT" and children(item.value).get("natural") is not None
    return item.child("natural") if pooled else item


def _estimate(item: Item, pval: float | None) -> Markup:
    est, lb, ub, keys = _bounds(item := _as_proportion(item_of(item)))
    stated_level = item.near("level", float)
    known = 0.95 if stated_level is None else float(stated_level)
    own = isinstance(children(item.value).get("level"), float)
    keys = keys._replace(level=keys.level if own else None)
    measure, unit = measure_of(item), _unit(item)
    return worded(item, lambda: words.estimate(est, lb, ub, measure, known, pval, keys, unit))


def _unit(item: Item) -> str | None:
    """Return the unit of an effect, None where its measure or its plan has none."""
    unit: str | None = item.near("unit", str) if measure_of(item) in WITH_UNIT else None
    return unit
