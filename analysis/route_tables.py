"""Tables of how each number came about: routes of the effects, conventions of the programs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_lowercase

from analysis import terms, words
from analysis.agreement import Agreement
from analysis.effect_sizes import ROUTES
from analysis.errors import TemplateError
from analysis.findings import AnalysisFinding, EffectRow
from analysis.method_findings import ConventionFinding
from analysis.project import AGREEMENT
from analysis.study_results import as_printed
from analysis.tables import Asked, Column, Table, data, having, said
from analysis.words import DASH, HARD, Keys, Words

_REFERENCE = re.compile(r" ?\[\d+\]")


def effects(asked: Asked) -> Table:
    """Return where each effect comes from: as printed, by which route, read where.

    Nearly all studies of a review print alike: the routes are told in notes, and a column names
    them by letters where there are several.
    """
    analyses = asked.analyses()
    several = len(analyses) > 1
    routes = list(dict.fromkeys(_route(row) for analysis in analyses for row in analysis.rows))
    letters = dict(zip(routes, ascii_lowercase, strict=False)) if len(routes) > 1 else {}
    columns = [
        *([Column("Analysis", 12)] if several else []),
        Column("Study", 15),
        Column("As printed", 17),
        Column("Adjusted", 12),
        Column("Effect", 8, "r"),
        Column("Variance", 9, "r"),
        *([Column("Route", 6, "c")] if letters else []),
        Column("Read in", 24),
    ]
    rows = []
    for analysis in analyses:
        for at, row in enumerate(analysis.rows):
            title = [data(analysis.title) if not at else ""] if several else []
            *cells, read = _effect_cells(asked, analysis, row)
            route = [letters[_route(row)]] if letters else []
            rows.append([*title, *cells, *route, read])
    told = [f"Route {letters[route]}: {route}" for route in letters] or [
        f"Route of every effect: {route}" for route in routes
    ]
    return Table(columns, rows, [*map(data, told), *_continued(asked, analyses)])


def conventions(asked: Asked) -> Table:
    """Return the convention receipt: own conventions, and what other programs print."""
    wanted = "an analysis of two studies or more, pooled by inverse variance"
    analyses = having(asked, "conventions", wanted)
    columns = [
        Column("Analysis", 20),
        Column("Quantity", 15),
        Column("Convention", 24),
        Column("Value", 18, "r"),
        Column("Printed so by", 25),
    ]
    rows = []
    for analysis in analyses:
        for at, found in enumerate(analysis.conventions.values()):
            path = f"{analysis.id}.conventions.{found.id}"
            shown = said(_convention(analysis, found, path), "no answer")
            mark = " (this review)" if found.used else ""
            rows.append(
                [
                    data(analysis.title) if not at else "",
                    data(found.quantity),
                    data(f"{found.convention}{mark}"),
                    shown,
                    data(", ".join(found.programs) or DASH),
                ]
            )
    return Table(columns, rows)


def agreement(asked: Asked) -> Table:
    """Return how far metafor's numbers lie from those of each analysis, as measured."""
    found = asked.extra.get("agreement")
    if not isinstance(found, Agreement):
        raise TemplateError(
            f"found no agreement for table {asked.id}, wanted {AGREEMENT} of this evidence "
            "(living-review agreement), or the table inside {% if agreement %}"
        )
    titles = {id_: one.title for id_, one in asked.findings.analyses.items()}
    columns = [
        Column("Analysis", 50),
        Column("Numbers compared", 20, "r"),
        Column("Largest relative difference", 30, "r"),
    ]
    rows = [
        [data(titles[id_]), said(words.count(one.numbers)), said(_tiny(one.largest))]
        for id_, one in found.analyses.items()
    ]
    return Table(columns, rows)


def _tiny(value: float) -> Words:
    """Return a tiny number by its power of ten: 9.4 × 10⁻¹¹."""
    if value == 0:
        return Words("0")
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return Words(f"{mantissa}{HARD}×{HARD}10{power}")


def _route(row: EffectRow) -> str:
    return ROUTES[row.route] + (" The arms were exchanged." if row.inverted else "")


def _continued(asked: Asked, analyses: Iterable[AnalysisFinding]) -> list[str]:
    """Return which citation is the article continued, if an effect was read in it."""
    read = dict.fromkeys(
        _document(asked, row)
        for analysis in analyses
        for row in analysis.rows
        if row.access == "article continued"
    )
    return [f"[@{document}] is {terms.ACCESS['article continued']}." for document in read]


def _document(asked: Asked, row: EffectRow) -> str:
    study = asked.review.by_id[row.study]
    return study.sources[study.results[row.result].source].document


def _read_in(asked: Asked, row: EffectRow) -> str:
    """Return where an effect was read: by its citation what is not the study's own report."""
    document, access = _document(asked, row), terms.ACCESS[row.access]
    # A number in brackets is of the list of references of the document that was read, and would
    # look like one of this paper.
    place = _REFERENCE.sub("", row.place)
    if row.access == "article continued":
        return f"[@{document}], {data(place)}"
    told = data(place if place == access else f"{place} ({access})")
    return told if document == row.citation else f"[@{document}], {told}"


def _effect_cells(asked: Asked, analysis: AnalysisFinding, row: EffectRow) -> list[str]:
    path = f"{analysis.id}.rows.{row.study}"
    result = asked.review.by_id[row.study].results[row.result]
    return [
        f"{data(row.label)} [@{row.citation}]",
        said(as_printed(asked.review, result)),
        data(terms.ADJUSTMENTS[row.adjustment] if row.adjustment else words.NOT_REPORTED),
        said(_yi(row.yi, f"{path}.yi")),
        said(words.significant(row.vi, f"{path}.vi", 3)),
        _read_in(asked, row),
    ]


def _yi(value: float, key: str) -> Words:
    """Return an effect on the analysis scale; of a small one, as a risk difference, two digits."""
    if value == 0 or abs(value) >= 0.01:
        return words.number(value, key, 3)
    return words.significant(value, key, 2)


def _convention(analysis: AnalysisFinding, found: ConventionFinding, path: str) -> Words | None:
    if found.value is None:
        return None
    key = f"{path}.value"
    if found.id.startswith("i2"):
        return words.percent(found.value, key)
    if found.id.startswith(("egger", "excess")):
        return words.p_number(found.value, key)
    if found.lb is None or found.ub is None:
        return None
    keys = Keys(key, f"{path}.lb", f"{path}.ub")
    if found.id.startswith("pi"):
        return words.interval(found.lb, found.ub, analysis.measure, (keys.lb, keys.ub))
    return words.estimate_cell(found.value, found.lb, found.ub, analysis.measure, keys)
