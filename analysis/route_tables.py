"""Tables of how each number came about: routes of the effects, conventions of the programs."""

from __future__ import annotations

import re

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

_REFERENCE = re.compile(r" ?\[(\d+)\]")


def effects(asked: Asked) -> Table:
    """Return where each effect comes from: as printed, by which route, read where."""
    analyses = asked.analyses()
    several = len(analyses) > 1
    columns = [
        *([Column("Analysis", 12)] if several else []),
        Column("Study", 15),
        Column("As printed", 17),
        Column("Adjusted", 12),
        Column("Effect", 8, "r"),
        Column("Variance", 9, "r"),
        Column("Route", 17),
        Column("Read in", 22),
    ]
    rows = []
    before = ""
    for analysis in analyses:
        for at, row in enumerate(analysis.rows):
            title = [data(analysis.title) if not at else ""] if several else []
            route = _route(row)
            # The same sentence once is enough: nearly all studies of a review print alike.
            told = "the same" if route == before else route
            before = route
            rows.append([*title, *_effect_cells(asked, analysis, row, told)])
    return Table(columns, rows)


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


def _effect_cells(asked: Asked, analysis: AnalysisFinding, row: EffectRow, route: str) -> list[str]:
    path = f"{analysis.id}.rows.{row.study}"
    result = asked.review.by_id[row.study].results[row.result]
    access = terms.ACCESS[row.access]
    # A number in brackets is of the list of references of the document that was read.
    place = _REFERENCE.sub(r", its reference \1", row.place)
    return [
        f"{data(row.label)} [@{row.citation}]",
        said(as_printed(asked.review, result)),
        data(terms.ADJUSTMENTS[row.adjustment] if row.adjustment else words.NOT_REPORTED),
        said(words.number(row.yi, f"{path}.yi", 3)),
        said(words.significant(row.vi, f"{path}.vi", 3)),
        data(route),
        data(place if place == access else f"{place} ({access})"),
    ]


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
