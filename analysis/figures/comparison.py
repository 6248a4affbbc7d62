"""One analysis in two editions: a forest plot with what changed marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analysis import words
from analysis.figures import Drawing, drawn
from analysis.figures.forest import model_label
from analysis.figures.natural import on_natural
from analysis.figures.row_drawing import draw_rows
from analysis.figures.rows import Row, Table
from analysis.figures.sheet import Sheet
from analysis.figures.style import SOFT, VERMILLION
from analysis.findings import AnalysisFinding, EffectRow


@dataclass(frozen=True)
class Side:
    """An analysis as one edition has it, and the edition's name, as '1.0.0'."""

    version: str
    analysis: AnalysisFinding


def draw_comparison(name: str, before: Side, after: Side, favours: tuple[str, str]) -> Drawing:
    """Draw one analysis of two editions over each other."""
    return drawn([comparison_sheet(name, before, after, favours)])[0]


def comparison_sheet(name: str, before: Side, after: Side, favours: tuple[str, str]) -> Sheet:
    """Lay out the studies of both editions: new and changed ones in another colour.

    A study whose effect changed has two lines, the former one hollow; one that left is hollow
    alone. The pooled results stand below each other with the former's interval as a band.
    """
    analysis, former = after.analysis, before.analysis
    rows = (*_study_rows(before, after), *_pooled(before, after))
    table = Table(
        name=name,
        rows=rows,
        measure=analysis.measure,
        level=analysis.level,
        favours=favours,
        right_heads=("Weight",),
        left_heads=("Change",),
        left_text=True,
        line_at=analysis.synthesis.est,
        line_to="pooled:after",
        band=(former.synthesis.est_lb, former.synthesis.est_ub),
        notes=(
            f"Hollow: edition {before.version}. Filled: edition {after.version}; "
            "orange: new or changed.",
            f"{model_label(analysis.synthesis)}.",
            f"Shaded: {words.confidence(former.level)} confidence interval of edition "
            f"{before.version}. Weights are those of edition {after.version}, hollow lines of "
            f"{before.version}.",
        ),
    )
    return draw_rows(on_natural(table))


def _study_rows(before: Side, after: Side) -> Iterator[Row]:
    old = {row.study: row for row in before.analysis.rows}
    new = {row.study: row for row in after.analysis.rows}
    order = [*new, *(study for study in old if study not in new)]
    most = max(row.weight for row in (*old.values(), *new.values()))
    for study in order:
        was, now = old.get(study), new.get(study)
        if was is not None and now is not None and _same(was, now):
            yield _line(now, most, "–")
        elif was is None and now is not None:
            yield replace(_line(now, most, "new"), colour=VERMILLION, bold=True)
        elif now is None and was is not None:
            yield replace(_line(was, most, "left out"), hollow=True, colour=SOFT)
        elif was is not None and now is not None:
            yield replace(_line(now, most, "changed"), colour=VERMILLION, bold=True)
            former = _line(was, most, f"in {before.version}")
            yield replace(
                former, key=f"{former.key}:before", label="", hollow=True, colour=SOFT,
                study=f"{study}:before",
            )  # fmt: skip


def _same(was: EffectRow, now: EffectRow) -> bool:
    return (was.est, was.lb, was.ub) == (now.est, now.lb, now.ub)


def _line(row: EffectRow, most: float, change: str) -> Row:
    return Row(
        f"study:{row.study}",
        row.label,
        (change,),
        row.est,
        row.lb,
        row.ub,
        (f"{words.weight(row.weight)}%",),
        share=row.weight / most,
        study=row.study,
    )


def _pooled(before: Side, after: Side) -> Iterator[Row]:
    for key, side, hollow in (("before", before, True), ("after", after, False)):
        s = side.analysis.synthesis
        studies = words.count(s.k, "study")
        yield Row(
            f"pooled:{key}",
            f"{side.version}, {studies}",
            (),
            s.est,
            s.est_lb,
            s.est_ub,
            (f"I² {words.percent(s.i2_q)}",),
            mark="diamond",
            hollow=hollow,
            bold=not hollow,
            rule=hollow,
        )
