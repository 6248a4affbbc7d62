"""The formats of templates that print words: dates, terms, labels, lists, counts of designs.

`analysis.formats`, which has those of numbers, lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from markupsafe import Markup

from analysis import placed, terms, words
from analysis.errors import TemplateError
from analysis.items import Item
from analysis.values import DATE
from analysis.words import Words


def date(item: Item) -> Markup:
    """`edition.released | date`: 5 January 2022; not reported."""
    value = item_of(item).value
    if value is not None and not (isinstance(value, str) and DATE.fullmatch(value)):
        raise TemplateError(f"found {item.path}, which is no date, wanted one")
    return placed.of_words(words.date(value, item.key))


def term(item: Item) -> Markup:
    """`os.method | term`: DerSimonian-Laird; of methods, tests, designs, measures, origins …"""
    value = item_of(item).value
    if value not in terms.ALL:
        raise TemplateError(f"found {item.path} = {value!r}, wanted a term that words.py knows")
    return placed.of_words(Words(terms.ALL[value]))


def within(item: Item) -> Markup:
    """`review.outcomes.os.label | within`: overall survival; a label within a sentence.

    An abbreviation keeps its capital (HDL cholesterol), and so does a name: Crohn’s disease, and
    what begins with one of the `fixed_terms` of data/review.yml.
    """
    value = item_of(item).value
    if not isinstance(value, str):
        raise TemplateError(f"found {item.path}, which is no text, wanted one")
    return placed.of_data(words.within(value, _fixed_terms(item)))


def pair_within(item: Item) -> tuple[str, str] | None:
    """Return two texts of the data in brackets, as a sentence takes the `favours` of an outcome."""
    match item.value:
        case (str() as one, str() as other):
            names = tuple(_fixed_terms(item))
            return f"({words.within(one, names)})", f"({words.within(other, names)})"
    return None


def _fixed_terms(item: Item) -> Iterator[str]:
    return (fixed.term for fixed in item.near("fixed_terms", tuple) or ())


def scales(items: Item | list[Item]) -> Markup:
    """`review.outcomes | scales`: ratios on the log scale and proportions as logits.

    On which scale outcomes are pooled, by what they measure.
    """
    rows = items if isinstance(items, list) else list(item_of(items))
    if not rows:
        raise TemplateError("found an empty list, wanted outcomes")
    measures = [measure_of(item_of(one)) for one in rows]
    return placed.of_words(words.series(dict.fromkeys(terms.SCALES[one] for one in measures)))


def by_design(item: Item) -> Markup:
    """`counts.designs | by_design`: 1 randomised trial and 9 retrospective cohorts.

    A study without a design that is reported is counted as such.
    """
    nouns = {name.replace(" ", "_").replace("-", "_"): name for name in terms.DESIGNS}
    parts = [
        words.count(entry.value, nouns[entry.name], entry.key, terms.DESIGNS[nouns[entry.name]])
        for entry in item_of(item)
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
    value = item_of(item).value
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
    rows = items if isinstance(items, list) else item_of(items)
    return series([row.child("label") for row in rows])


def plain(rendered: Any) -> Markup:
    """`os | estimate | plain`: without keys, for an attribute or a title."""
    if not isinstance(rendered, Markup):
        raise TemplateError("found something else before `plain`, wanted a format")
    return placed.of_data(placed.plain(rendered))


def item_of(value: Any) -> Item:
    """Return what stands before a format; raises TemplateError where that is no item."""
    if not isinstance(value, Item):
        raise TemplateError(f"found {_shown(value)} before a format, wanted a finding")
    return value


def _shown(value: Any) -> str:
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"


def only_words(**given: Any) -> None:
    """Raise TemplateError for an option of a format that is to be printed and is no text."""
    for name, value in given.items():
        if not isinstance(value, str | None):
            found = value.path if isinstance(value, Item) else _shown(value)
            raise TemplateError(f"found {found} as {name}, wanted words in quotes")


def worded(item: Item, make: Callable[[], Words]) -> Markup:
    """Return the words that are made of an item; what is wrong with its value names it."""
    try:
        return placed.of_words(make())
    except (TypeError, ValueError) as error:
        raise TemplateError(f"{item.path}: {error}") from None


def measure_of(item: Item) -> str:
    """Return the measure of an item or of what holds it; GEN where none is known."""
    found = item.near("measure", str)
    return "GEN" if found is None else str(found)


def _known(item: Item, unknown: str) -> Markup:
    value = item_of(item).value
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
