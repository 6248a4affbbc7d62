"""The forest plot: studies, their weights, and what they come to together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from analysis import words
from analysis.errors import TemplateError
from analysis.figures.lettering import Face, shorten, text_width, wrap
from analysis.figures.marks import arrow_head, diamond, legend_of_concern, sign_of_concern, whisker
from analysis.figures.scale import Scale, draw_axis, window
from analysis.figures.sheet import Sheet
from analysis.figures.style import (
    BLUE,
    FAINT,
    INK,
    MARGIN,
    RULE,
    SIZE,
    SMALL,
    SOFT,
    TALLEST,
    VERMILLION,
    WIDTH,
)
from analysis.terms import PREDICTIONS

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.findings import AnalysisFinding, EffectRow, Findings, SubgroupFinding
    from analysis.records import Review, Tool
    from analysis.synthesis import Synthesis

Kind = Literal["study", "group", "pooled", "beside", "prediction", "note", "gap"]

_PITCH = 13.0
_CLOSEST_PITCH = 8.2
_WIDEST_LABEL = 150.0
_GAP = 9.0  # between columns
_NOT_REPORTED = "NR"


@dataclass(frozen=True)
class Row:
    """One line of the plot; est, lb, ub on the printed scale."""

    kind: Kind
    key: str
    label: str
    n: tuple[str, ...] = ()
    est: float = math.nan
    lb: float = math.nan
    ub: float = math.nan
    weight: float | None = None
    study: str | None = None
    indent: float = 0.0


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Draw the forest plot of an analysis.

    Options: `subgroup`, the id of a subgroup analysis by which to group the studies;
    `beside`, ids of analyses whose pooled results are shown as further diamonds; `quality`,
    the id of a tool whose overall judgement gets a column.

    Raises
    ------
    TemplateError : the request names no analysis, or an analysis, subgroup or tool that is
        not there.
    """
    analysis = analysis_of(request, findings)
    split = _split_of(request, analysis)
    tool = _tool_of(request, review)
    rows = [*_rows(analysis, split, review), *_pooled_rows(request, analysis, findings)]
    return _Forest(request.name, analysis, split, review, rows, tool).draw()


def analysis_of(request: FigureRequest, findings: Findings) -> AnalysisFinding:
    """Return the analysis that a request shows."""
    found = findings.analyses.get(request.analysis or "")
    if found is None:
        raise TemplateError(
            f"figure {request.name}: found analysis {request.analysis}, wanted one of: "
            f"{', '.join(findings.analyses)}"
        )
    return found


def _split_of(request: FigureRequest, analysis: AnalysisFinding) -> SubgroupFinding | None:
    id_ = request.options.get("subgroup")
    if id_ is None:
        return None
    if id_ not in analysis.subgroups:
        raise TemplateError(
            f"figure {request.name}: found subgroup {id_}, wanted one of: "
            f"{', '.join(analysis.subgroups) or 'none, the analysis has no subgroups'}"
        )
    return analysis.subgroups[str(id_)]


def _tool_of(request: FigureRequest, review: Review) -> Tool | None:
    id_ = request.options.get("quality")
    if id_ is None:
        return None
    for tool in review.plan.tools:
        if tool.id == id_:
            return tool
    raise TemplateError(
        f"figure {request.name}: found tool {id_}, wanted one of: "
        f"{', '.join(t.id for t in review.plan.tools) or 'none, review.yml declares no tools'}"
    )


def _rows(
    analysis: AnalysisFinding, split: SubgroupFinding | None, review: Review
) -> Iterator[Row]:
    if split is None:
        yield from (_study_row(row, review) for row in analysis.rows)
        return
    by_study = {row.study: row for row in analysis.rows}
    for id_, group in split.groups.items():
        members = [by_study[s] for s in group.studies]
        yield Row("group", f"group:{id_}", group.label)
        yield from (replace(_study_row(row, review), indent=7.0) for row in members)
        if len(members) > 1:
            s = group.synthesis
            yield Row(
                "pooled",
                f"subtotal:{id_}",
                f"Subtotal ({s.k} studies)",
                _totals(members, review),
                s.est,
                s.est_lb,
                s.est_ub,
                sum(row.weight for row in members),
                indent=7.0,
            )
            yield Row("note", f"heterogeneity:{id_}", heterogeneity(s), indent=7.0)
        yield Row("gap", f"gap:{id_}", "")
    left = [
        row
        for row in analysis.rows
        if not any(row.study in g.studies for g in split.groups.values())
    ]
    if left:
        yield Row("group", "group:not_in_a_group", "In none of the groups")
        yield from (replace(_study_row(row, review), indent=7.0) for row in left)
        yield Row("gap", "gap:not_in_a_group", "")


def _study_row(row: EffectRow, review: Review) -> Row:
    return Row(
        "study",
        f"study:{row.study}",
        row.label,
        _patients(row, review),
        row.est,
        row.lb,
        row.ub,
        row.weight,
        row.study,
    )


def _patients(row: EffectRow, review: Review) -> tuple[str, ...]:
    """Return the patients of each arm, or one text for both where only their sum is known."""
    if row.n == (None, None):
        study = review.by_id.get(row.study)
        total = study.patients if study else None
        if total is not None:
            return (f"{words.count(total)} in all",)
    return tuple(_NOT_REPORTED if n is None else words.count(n) for n in row.n)


def _totals(rows: Sequence[EffectRow], review: Review) -> tuple[str, ...]:
    first = [row.n[0] for row in rows]
    second = [row.n[1] for row in rows]
    if None not in first and None not in second:
        return tuple(words.count(sum(n or 0 for n in arm)) for arm in (first, second))
    whole = [_whole(row, review) for row in rows]
    if None not in whole:
        return (f"{words.count(sum(n or 0 for n in whole))} in all",)
    return ()


def _whole(row: EffectRow, review: Review) -> int | None:
    one, two = row.n
    if one is not None and two is not None:
        return one + two
    study = review.by_id.get(row.study)
    return study.patients if study else None


def _pooled_rows(
    request: FigureRequest, analysis: AnalysisFinding, findings: Findings
) -> Iterator[Row]:
    s = analysis.synthesis
    yield Row("pooled", "pooled", model_label(s), (), s.est, s.est_lb, s.est_ub, sum(s.weights))
    if s.pi_est_lb is not None and s.pi_est_ub is not None:
        yield Row(
            "prediction",
            "prediction",
            f"{words.confidence(s.level)} prediction interval",
            (),
            s.est,
            s.pi_est_lb,
            s.pi_est_ub,
        )
    beside = request.options.get("beside", ())
    for id_ in (
        (beside,) if isinstance(beside, str) else beside if isinstance(beside, tuple) else ()
    ):
        if id_ not in findings.analyses:
            raise TemplateError(
                f"figure {request.name}: found beside {id_}, wanted one of: "
                f"{', '.join(findings.analyses)}"
            )
        other = findings.analyses[id_].synthesis
        yield Row(
            "beside",
            f"beside:{id_}",
            model_label(other),
            (),
            other.est,
            other.est_lb,
            other.est_ub,
        )


def model_label(s: Synthesis) -> str:
    """Return the model in a few words, as 'Random effects (DerSimonian–Laird, Wald)'."""
    if s.method == "EE":
        return "Common effect"
    return f"Random effects ({words.model_short(s.method, s.test)})"


def heterogeneity(s: Synthesis) -> str:
    """Return the heterogeneity of one pool in a line."""
    return (
        f"Q = {words.number(s.qe)}, df = {s.qe_df}, {words.p(s.qe_pval)}; "
        f"τ² = {words.tau2(s.tau2)}; I² = {i_squared(s)}"
    )


def i_squared(s: Synthesis) -> str:
    """Return I², by both conventions where they print differently."""
    from_tau2, from_q = str(words.percent(s.i2)), str(words.percent(s.i2_q))
    return from_q if from_tau2 == from_q else f"{from_q} (from Q; {from_tau2} from τ²)"


class _Forest:
    """The columns of one forest plot and the drawing of its lines."""

    def __init__(
        self,
        name: str,
        analysis: AnalysisFinding,
        split: SubgroupFinding | None,
        review: Review,
        rows: Sequence[Row],
        tool: Tool | None,
    ) -> None:
        self.analysis, self.split, self.review = analysis, split, review
        self.rows, self.tool = rows, tool
        self.sheet = Sheet(name)
        self.outcome = review.outcome(analysis.outcome)
        lines = len(rows) - 0.5 * sum(row.kind == "gap" for row in rows)
        self.footer = self._footer()
        fixed = 82.0 + 10.0 * len(self.footer)
        self.pitch = max(_CLOSEST_PITCH, min(_PITCH, (TALLEST - fixed) / lines))
        self.size = SIZE if self.pitch > 10.5 else SMALL
        self._columns()

    # --- columns -------------------------------------------------------------------------

    def _columns(self) -> None:
        size, analysis = self.size, self.analysis
        wide = [r for r in self.rows if r.kind == "study" or r.key.startswith("subtotal")]
        label = max(
            [text_width("Study", size, "semibold")]
            + [r.indent + text_width(r.label, size, _face(r)) for r in wide]
        )
        self.label_room = min(label, _WIDEST_LABEL)
        x = MARGIN + self.label_room + _GAP
        arms = {arm.id: arm.label for arm in self.review.plan.arms}
        question = self.review.plan.question
        self.arm_names = (arms[question.intervention], arms[question.comparator])
        self.n_right: list[float] = []
        self.has_n = any(n != _NOT_REPORTED for r in self.rows for n in r.n)
        if self.has_n:
            for i, arm in enumerate(self.arm_names):
                texts = [r.n[i] for r in self.rows if len(r.n) == 2]
                width = max(
                    text_width(arm, size, "semibold"),
                    *(text_width(t, size, "semibold") for t in texts or [""]),
                )
                self.n_right.append(x + width)
                x += width + _GAP
        self.tool_x = 0.0
        if self.tool is not None:
            name = self.tool.id.upper()
            width = max(text_width(name, size, "semibold"), 9.0)
            self.tool_x = x + width / 2
            x += width + _GAP
        shown = [r for r in self.rows if not math.isnan(r.est)]
        null = analysis.null
        measure = analysis.measure
        self.est = {
            r.key: str(words.effect(r.est, measure)) for r in shown if r.kind != "prediction"
        }
        self.ci = {r.key: f"({words.interval(r.lb, r.ub, measure)})" for r in shown}
        right = WIDTH - MARGIN
        weight_head = text_width("Weight", size, "semibold")
        self.weight_right = right
        right -= max(weight_head, text_width("100.0%", size, "semibold")) + _GAP
        ci_width = max(text_width(t, size, "semibold") for t in self.ci.values())
        est_width = max(text_width(t, size, "semibold") for t in self.est.values())
        self.head = f"{self.analysis.measure} ({words.confidence(self.analysis.level)} CI)"
        whole = max(est_width + 2.5 + ci_width, text_width(self.head, size, "semibold"))
        self.est_left = right - whole
        self.est_right = self.est_left + est_width
        lo, hi = window([(r.est, r.lb, r.ub) for r in shown], analysis.ratio, null)
        self.scale = Scale(lo, hi, x + 3, self.est_left - _GAP - 3, analysis.ratio)

    # --- drawing -------------------------------------------------------------------------

    def draw(self) -> Sheet:
        sheet, y = self.sheet, MARGIN + 1.0
        y = self._header(y)
        top = y
        y += 3.0
        first_pooled: float | None = None
        pooled_y = y
        studies = [r.weight or 0.0 for r in self.rows if r.kind == "study"]
        self.heaviest = max(studies)
        for row in self.rows:
            step = self.pitch * (0.5 if row.kind == "gap" else 1.0)
            if row.key == "pooled":
                y += 2.0
                first_pooled = y
                sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=FAINT, width=0.7)
                y += 2.0
                pooled_y = y + step / 2
            self._row(row, y + step / 2)
            y += step
        bottom = y + 2.0
        self._reference_lines(top, first_pooled or bottom, pooled_y, bottom)
        y = draw_axis(sheet, self.scale, bottom)
        y = self._favours(y + 1.0)
        sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=RULE, width=0.6)
        y += 8.0
        for line in self.footer:
            sheet.text(MARGIN, y, line, size=SMALL, colour=SOFT)
            y += 9.6
        if self.tool is not None:
            y = legend_of_concern(sheet, self.tool, MARGIN, y)
        return sheet.end(y - 2.0)

    def _header(self, y: float) -> float:
        sheet, size = self.sheet, self.size
        sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=INK, width=0.9)
        y += 9.0
        if self.n_right:
            middle = (
                self.n_right[0] - text_width(self.arm_names[0], size, "semibold") + self.n_right[1]
            ) / 2
            sheet.text(middle, y, "Patients", size=SMALL, align="center", colour=SOFT)
        y += 9.5
        bold: Face = "semibold"
        sheet.text(MARGIN, y, "Study", size=size, face=bold)
        for x, arm in zip(self.n_right, self.arm_names, strict=False):
            sheet.text(x, y, arm, size=size, face=bold, align="right")
        if self.tool is not None:
            sheet.text(self.tool_x, y, self.tool.id.upper(), size=size, face=bold, align="center")
        sheet.text(self.est_left, y, self.head, size=size, face=bold)
        sheet.text(self.weight_right, y, "Weight", size=size, face=bold, align="right")
        y += 7.5
        sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=INK, width=0.5)
        return y

    def _row(self, row: Row, y: float) -> None:
        sheet, face = self.sheet, _face(row)
        x = MARGIN + row.indent
        if row.kind == "gap":
            return
        if row.kind == "note":
            sheet.text(x, y - 1.0, row.label, size=SMALL, colour=SOFT, key=row.key)
            return
        room = (
            self.label_room - row.indent
            if row.n or row.kind == "study"
            else self.scale.left - x - _GAP
        )
        label = shorten(row.label, room, self.size, face)
        if label != row.label and row.kind in ("pooled", "beside"):
            label = row.label  # it may run on under an empty part of the plot, see _run_on
        sheet.text(x, y, label, size=self.size, face=face, key=row.key)
        if len(row.n) == 2:
            for right, n in zip(self.n_right, row.n, strict=False):
                colour = SOFT if n == _NOT_REPORTED else INK
                sheet.text(right, y, n, size=self.size, face=face, align="right", colour=colour)
        elif row.n and self.n_right:
            sheet.text(self.n_right[1], y, row.n[0], size=self.size, face=face, align="right")
        if row.kind == "group":
            return
        if self.tool is not None and row.study is not None:
            sign_of_concern(sheet, self.review, self.tool, row.study, self.tool_x, y)
        self._mark(row, y)
        if row.kind != "prediction":
            sheet.text(
                self.est_right, y, self.est[row.key], size=self.size, face=face, align="right"
            )
        sheet.text(self.est_right + 2.5, y, self.ci[row.key], size=self.size, face=face)
        if row.weight is not None:
            text = f"{words.weight(row.weight)}%"
            sheet.text(self.weight_right, y, text, size=self.size, face=face, align="right")

    def _mark(self, row: Row, y: float) -> None:
        sheet, scale = self.sheet, self.scale
        if row.kind == "study":
            whisker(sheet, scale, row.lb, row.ub, y, key=f"interval:{row.study}")
            largest = min(self.pitch * 0.78, 9.5)
            side = largest * math.sqrt((row.weight or 0.0) / self.heaviest)
            x = scale.at(row.est)
            if side < 2.0:
                sheet.line([(x, y - 1.5), (x, y + 1.5)], colour=BLUE, width=0.7)
            half = side / 2
            sheet.box(x - half, y - half, x + half, y + half, fill=BLUE, key=f"box:{row.study}")
        elif row.kind == "prediction":
            _bar(sheet, scale, row, y)
        else:
            half = min(self.pitch * 0.36, 4.6)
            hollow = row.kind == "beside"
            diamond(
                sheet, scale, row.est, row.lb, row.ub, y, half, hollow, key=f"diamond:{row.key}"
            )

    def _reference_lines(self, top: float, line_y: float, pooled_y: float, bottom: float) -> None:
        null = self.scale.at(self.analysis.null)
        self.sheet.line(
            [(null, top), (null, bottom)], colour=INK, width=0.6, key="null", under=True
        )
        est = self.scale.at(self.analysis.synthesis.est)
        self.sheet.line(
            [(est, top), (est, pooled_y)],
            colour=VERMILLION,
            width=0.7,
            dash=(2.0, 2.0),
            key="mu",
            under=True,
        )

    def _favours(self, y: float) -> float:
        sheet, scale = self.sheet, self.scale
        null = scale.at(self.analysis.null)
        left, right = self.outcome.favours
        y += 4.0
        for text, sign in ((left, -1.0), (right, 1.0)):
            width = text_width(text, SMALL)
            # Beside the null if there is room to the edge of the axis, else as near as fits.
            near = null + sign * 12.0
            edge = MARGIN if sign < 0 else WIDTH - MARGIN
            far = near + sign * width
            if (far - edge) * sign > 0:
                far, near = edge, edge - sign * width
            sheet.text(min(near, far), y, text, size=SMALL, key=f"favours:{text}")
            arrow_head(sheet, null + sign * 9.0, y, sign, INK, tail=6.0)
        return y + 9.0

    # --- below the plot ------------------------------------------------------------------

    def _footer(self) -> list[str]:
        s = self.analysis.synthesis
        parts = [f"Heterogeneity: {heterogeneity(s)}."]
        name = "z" if s.test == "z" else "t"
        df = f", df = {s.df}" if s.df is not None else ""
        parts.append(f"Pooled effect: {name} = {words.number(s.statistic)}{df}, {words.p(s.pval)}.")
        if self.split is not None and self.split.between_pval is not None:
            parts.append(_between(self.split))
        parts.append(method(s))
        if self.split is not None:
            parts.append("Weights are those of the pool of all studies.")
        if any(_NOT_REPORTED in row.n for row in self.rows):
            parts.append(f"{_NOT_REPORTED}, not reported.")
        return wrap(" ".join(parts), WIDTH - 2 * MARGIN, SMALL)


def _between(split: SubgroupFinding) -> str:
    statistic = words.number(split.between_statistic or 0.0)
    if split.between_df2 is None:
        what = f"Q = {statistic}, df = {split.between_df}"
    else:
        what = f"F = {statistic}, df = {split.between_df} and {split.between_df2:g}"
    tau2 = "a common τ²" if split.tau2_model == "common" else "separate τ²"
    return f"Difference between groups: {what}, {words.p(split.between_pval or 0.0)} ({tau2})."


def method(s: Synthesis) -> str:
    """Return a sentence that names the model, the estimator, the test and the intervals."""
    model = f"Inverse variance, {words.model(s.method, s.test)}"
    if s.pi_lb is None:
        return f"{model}."
    return f"{model}; prediction interval from {PREDICTIONS[s.prediction]}."


def _bar(sheet: Sheet, scale: Scale, row: Row, y: float) -> None:
    lo, hi = max(scale.at(row.lb), scale.left), min(scale.at(row.ub), scale.right)
    half = 1.3
    sheet.box(lo, y - half, hi, y + half, fill=VERMILLION, key="bar:prediction")
    if scale.at(row.lb) < scale.left:
        arrow_head(sheet, scale.left, y, -1.0, VERMILLION, size=3.2)
    if scale.at(row.ub) > scale.right:
        arrow_head(sheet, scale.right, y, 1.0, VERMILLION, size=3.2)


def _face(row: Row) -> Face:
    return "semibold" if row.kind in ("group", "pooled") else "regular"
