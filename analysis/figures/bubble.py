"""The bubble plot of a meta-regression with one moderator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import words
from analysis.effects import ONE_GROUP
from analysis.figures.asked import analysis_of, nothing_to_draw, one_of
from analysis.figures.funnel import FAR, MOST_NAMES, effect_title
from analysis.figures.lettering import wrap
from analysis.figures.plane import Named, Plane
from analysis.figures.scale import Scale
from analysis.figures.sheet import Sheet
from analysis.figures.style import BLUE, FAINT, INK, MARGIN, PAPER, SMALL, SOFT, WIDTH
from analysis.terms import capitalised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.figures import FigureRequest
    from analysis.findings import AnalysisFinding, EffectRow, Findings, RegressionFinding
    from analysis.records import ModeratorPlan, RegressionPlan, Review

TITLES = {
    "follow_up": "Follow-up (months)",
    "recruitment_start": "Start of recruitment",
    "recruitment_mid": "Middle of recruitment",
    "recruitment_end": "End of recruitment",
    "year": "Year of publication",
}
YEARS = frozenset(TITLES) - {"follow_up"}
_HEIGHT = 215.0
_STEPS = 40


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out the effects against a moderator, the area of each disc its weight.

    Option `regression`: the id of a meta-regression of the analysis with one numeric
    moderator. The line and its interval are those of the regression.

    Raises
    ------
    TemplateError : there is no such analysis or regression, or it is not of one number.
    """
    analysis = analysis_of(request, findings)
    found = analysis.regressions[one_of(request, "regression", analysis.regressions)]
    plan = _plan_of(review, analysis.id, found.id)
    if len(plan.moderators) > 1 or not found.values:
        wanted = "one moderator that is a number"
        raise nothing_to_draw(request, f"regression {found.id} on {_named(plan)}", wanted)
    moderator = plan.moderators[0]
    rows = [row for row in analysis.rows if row.study in found.values]
    line = _Line(found, rows)
    sheet = Sheet(request.name)
    plane = _plane(sheet, analysis, rows, line, moderator)
    _draw_line(plane, analysis, line, moderator.per)
    named = _draw_bubbles(plane, analysis, rows, line, moderator.per)
    title = TITLES.get(moderator.field, found.label)
    y = plane.draw_axes(title, effect_title(analysis), _ticks(plane, moderator)) + 6.0
    for text in wrap(" ".join(_notes(found, moderator, named)), WIDTH - 2 * MARGIN, SMALL):
        sheet.text(MARGIN, y, text, size=SMALL, colour=SOFT)
        y += 9.6
    return sheet.end(y - 1.0)


def _ticks(plane: Plane, moderator: ModeratorPlan) -> list[tuple[float, str]] | None:
    if moderator.level is not None:
        return [(0.0, "Other"), (1.0, capitalised(moderator.level))]
    if moderator.field in YEARS:
        return [(tick, f"{tick:g}") for tick in plane.x.ticks()]
    return None


def _plan_of(review: Review, analysis: str, regression: str) -> RegressionPlan:
    plans = {plan.id: plan for plan in review.plan.analyses}
    return next(plan for plan in plans[analysis].regressions if plan.id == regression)


def _named(plan: RegressionPlan) -> str:
    return ", ".join(moderator.field for moderator in plan.moderators)


class _Line:
    """The fitted line and its interval, from the coefficients and the design.

    The covariance of the two coefficients is (X'WX)⁻¹ times the scale of the test, with
    W = 1 / (vi + τ²); the scale is what makes it agree with the slope's standard error.
    """

    def __init__(self, found: RegressionFinding, rows: Sequence[EffectRow]) -> None:
        self.found = found
        intercept = found.coefficients["intercept"]
        slope = next(c for name, c in found.coefficients.items() if name != "intercept")
        self.a, self.b = intercept.b, slope.b
        self.critical = (slope.ci_ub - slope.b) / slope.se
        weights = [1.0 / (row.vi + found.tau2) for row in rows]
        xs = [found.values[row.study] for row in rows]
        total = sum(weights)
        self.mean = sum(w * x for w, x in zip(weights, xs, strict=True)) / total
        spread = sum(w * (x - self.mean) ** 2 for w, x in zip(weights, xs, strict=True))
        # slope.se² = scale / spread
        scale = slope.se**2 * spread
        self.of_mean, self.of_slope = scale / total, slope.se**2

    def at(self, x: float) -> tuple[float, float, float]:
        """Return the fitted effect and its interval (analysis scale) at a moderator's value."""
        mu = self.a + self.b * x
        se = math.sqrt(self.of_mean + self.of_slope * (x - self.mean) ** 2)
        return mu, mu - self.critical * se, mu + self.critical * se


def _plane(
    sheet: Sheet,
    analysis: AnalysisFinding,
    rows: Sequence[EffectRow],
    line: _Line,
    moderator: ModeratorPlan,
) -> Plane:
    xs = [line.found.values[row.study] for row in rows]
    low, high = min(xs), max(xs)
    pad = (0.08 if moderator.level is None else 0.4) * (high - low)
    ys = [row.yi for row in rows] + [value for x in (low, high) for value in line.at(x)] + [0.0]
    room = 0.08 * (max(ys) - min(ys))
    to = math.exp if analysis.ratio else float
    per = moderator.per
    x = Scale((low - pad) * per, (high + pad) * per, 50.0, WIDTH - MARGIN - 6.0)
    bottom = MARGIN + 5.0 + _HEIGHT
    y = Scale(to(min(ys) - room), to(max(ys) + room), bottom, MARGIN + 5.0, analysis.ratio)
    return Plane(sheet, x, y)


def _draw_line(plane: Plane, analysis: AnalysisFinding, line: _Line, per: float) -> None:
    to = math.exp if analysis.ratio else float
    lo, hi = plane.x.lo / per, plane.x.hi / per
    xs = [lo + (hi - lo) * i / _STEPS for i in range(_STEPS + 1)]
    fitted = [(x * per, *(to(v) for v in line.at(x))) for x in xs]
    upper = [plane.at(x, ub) for x, _, _, ub in fitted]
    lower = [plane.at(x, lb) for x, _, lb, _ in fitted]
    band = plane.clipped([*upper, *reversed(lower)])
    plane.sheet.polygon(band, fill=FAINT, key="band", under=True)
    if analysis.measure not in ONE_GROUP:
        null = [plane.at(plane.x.lo, analysis.null), plane.at(plane.x.hi, analysis.null)]
        plane.sheet.line(null, colour=INK, width=0.5, dash=(2.0, 2.0), key="null", under=True)
        plane.avoid(*null)
    ends = plane.segment(plane.at(fitted[0][0], fitted[0][1]), plane.at(*fitted[-1][:2]))
    plane.sheet.line(ends, colour=INK, width=1.1, key="line", under=True)
    plane.avoid(*ends)


def _draw_bubbles(
    plane: Plane,
    analysis: AnalysisFinding,
    rows: Sequence[EffectRow],
    line: _Line,
    per: float,
) -> int:
    found = line.found
    weights = {row.study: 1.0 / (row.vi + found.tau2) for row in rows}
    largest = min(10.0, 38.0 / math.sqrt(len(rows)))
    heaviest = max(weights.values())
    to = math.exp if analysis.ratio else float
    points, named = [], []
    for row in sorted(rows, key=lambda row: -weights[row.study]):
        radius = largest * math.sqrt(weights[row.study] / heaviest)
        x, y = plane.at(found.values[row.study] * per, to(row.yi))
        plane.sheet.disc(x, y, radius, fill=BLUE, edge=PAPER, width=0.8, key=f"study:{row.study}")
        points.append(Named(row.study, row.label, x, y, radius))
        away = abs(row.yi - line.at(found.values[row.study])[0]) * math.sqrt(weights[row.study])
        if len(rows) <= MOST_NAMES or away > FAR:
            named.append(points[-1])
    plane.mark(points)
    return plane.name(named)


def _notes(found: RegressionFinding, moderator: ModeratorPlan, named: int) -> list[str]:
    slope = next(c for name, c in found.coefficients.items() if name != "intercept")
    if found.ratio:
        change = f"ratio of effects {words.ratio(slope.est)}"
        interval = words.interval(slope.est_lb, slope.est_ub, "HR")
    else:
        change = f"difference of effects {words.difference(slope.b)}"
        interval = words.interval(slope.ci_lb, slope.ci_ub, "GEN")
    parts = [
        f"{capitalised(moderator.per_unit)}: {change} ({interval}), "
        f"{words.p(found.qm_pval)}; {words.count(found.k, 'study')}.",
        f"Area of a disc: weight. Band: interval of the line "
        f"({words.model_short(found.method, found.test)}).",
    ]
    if named and found.k > MOST_NAMES:
        parts.append("Named: studies further from the line than 1.96 √(se² + τ²).")
    if found.left_out:
        parts.append(f"Left out: {words.series(one.label for one in found.left_out)}.")
    return parts
