"""What the plan's plots show beside the forest: Baujat, radial, all subsets, looks over time."""

from __future__ import annotations

import numpy as np

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.evidence import study_value
from analysis.findings import EffectRow
from analysis.method_findings import (
    GoshFinding,
    GoshSide,
    LookFinding,
    PlotPoint,
    SequentialFinding,
)
from analysis.plan_method_checks import refuse_counts
from analysis.records import AnalysisPlan, GoshPlan, Review, SequentialPlan
from analysis.synthesis import printed, printed_all

GRID = 48
"""Cells of a GOSH plot, each way."""


def baujat_points(
    effects: Effects, rows: tuple[EffectRow, ...], analysis: AnalysisPlan
) -> tuple[PlotPoint, ...]:
    """Return the coordinates of a Baujat plot; raises as `baujat`, and where counts are pooled."""
    from analysis.diagnostics import baujat

    refuse_counts(analysis.pooling, "baujat", "the plot shows the pull on its pooled effect")
    found = baujat(effects)
    return tuple(
        PlotPoint(row.study, row.label, x, y)
        for row, x, y in zip(rows, found.heterogeneity, found.influence, strict=True)
    )


def radial_points(
    effects: Effects, rows: tuple[EffectRow, ...], analysis: AnalysisPlan
) -> tuple[PlotPoint, ...]:
    """Return the coordinates of a radial plot, at the tau² of the analysis.

    Raises
    ------
    MethodError : counts are pooled.
    """
    from analysis.diagnostics import radial

    refuse_counts(analysis.pooling, "radial", "the slope of the plot is its pooled effect")
    found = radial(effects, analysis.method, analysis.test, float(analysis.level))
    return tuple(
        PlotPoint(row.study, row.label, x, y)
        for row, x, y in zip(rows, found.xi, found.zi, strict=True)
    )


def gosh_finding(
    effects: Effects, rows: tuple[EffectRow, ...], analysis: AnalysisPlan, plan: GoshPlan
) -> GoshFinding:
    """Pool all subsets, or a sample; raises as `gosh`, and where counts are pooled."""
    from analysis.gosh import gosh

    refuse_counts(analysis.pooling, "gosh", "it is by this that subsets are pooled")
    found = gosh(effects, analysis.method, plan.subsets, plan.seed)
    mu, i2, measure = found.mu, found.i2, effects.measure
    low, high = float(mu.min()), float(mu.max())
    span = high - low if high > low else 1.0
    x = np.minimum((GRID * (mu - low) / span).astype(int), GRID - 1)
    y = np.minimum((GRID * i2 / 100).astype(int), GRID - 1)
    places, counts = np.unique(x * GRID + y, return_counts=True)
    q1, middle, q3 = (float(v) for v in printed_all(np.quantile(mu, (0.25, 0.5, 0.75)), measure))
    i2_q1, i2_middle, i2_q3 = (float(value) for value in np.quantile(i2, (0.25, 0.5, 0.75)))

    def median(of: np.ndarray, chosen: np.ndarray) -> float | None:
        return float(np.median(of[chosen])) if chosen.any() else None

    def side(j: int, row: EffectRow) -> GoshSide:
        inside = found.include[:, j]
        return GoshSide(
            row.study,
            row.label,
            int((~inside).sum()),
            printed(median(mu, ~inside), measure),
            printed(median(mu, inside), measure),
            median(i2, ~inside),
            median(i2, inside),
        )

    return GoshFinding(
        subsets=len(mu),
        exhaustive=found.exhaustive,
        est_median=middle,
        est_q1=q1,
        est_q3=q3,
        i2_median=i2_middle,
        i2_q1=i2_q1,
        i2_q3=i2_q3,
        share_below=float((mu < 0).mean()),
        est_low=printed(low, measure),
        est_high=printed(low + span, measure),
        columns=GRID,
        rows=GRID,
        cells=tuple(
            (int(place) // GRID, int(place) % GRID, int(count))
            for place, count in zip(places, counts, strict=True)
        ),
        sides=tuple(side(j, row) for j, row in enumerate(rows)),
    )


def sequential_finding(
    review: Review,
    effects: Effects,
    rows: tuple[EffectRow, ...],
    analysis: AnalysisPlan,
    plan: SequentialPlan,
) -> SequentialFinding:
    """Run a trial sequential analysis in the order of the planned field.

    Raises
    ------
    MethodError : counts are pooled; a study without a value of that field, or without its events
        where events are counted; as `sequential`.
    """
    from analysis.sequential import sequential

    why = "it is by this that each look pools, and its information is the sum of the weights"
    refuse_counts(analysis.pooling, "sequential", why)
    values = [study_value(review.by_id[row.study], plan.by) for row in rows]
    events = [review.by_id[row.study].results[row.result].events for row in rows]
    lacking = [row.label for row, v in zip(rows, values, strict=True) if not isinstance(v, float)]
    if lacking:
        raise MethodError(
            f"sequential analysis: found no {plan.by} of {', '.join(lacking)}, wanted one of each "
            "study"
        )
    untold = [row.label for row, n in zip(rows, events, strict=True) if n is None]
    if plan.counted == "events" and untold:
        raise MethodError(
            f"sequential analysis: found no number of events of {', '.join(untold)}, wanted one of "
            "each study"
        )
    times = [v for v in values if isinstance(v, float)]
    order = sorted(range(len(rows)), key=lambda i: (times[i], rows[i].study))
    found = sequential(
        effects.take(order),
        float(plan.anticipated),
        events=[float(events[i] or 0) for i in order] if plan.counted == "events" else None,
        method=analysis.method,
        alpha=float(plan.alpha),
        power=float(plan.power),
    )
    last, done = found.looks[-1], 0
    looks = []
    for look in found.looks:
        members = order[done : look.k]
        looks.append(
            LookFinding(
                tuple(rows[i].study for i in members),
                ", ".join(rows[i].label for i in members),
                look.k,
                times[members[-1]],
                look.information,
                look.fraction,
                look.z,
                look.bound,
                look.futility,
            )
        )
        done = look.k
    required = found.required.events if plan.counted == "events" else None
    return SequentialFinding(
        anticipated=float(plan.anticipated),
        alpha=float(plan.alpha),
        power=float(plan.power),
        counted=plan.counted,
        diversity=found.required.diversity,
        required=found.required.information if required is None else required,
        reached=last.information if last.events is None else last.events,
        fraction=last.fraction,
        verdict=found.verdict,
        looks=tuple(looks),
        end_bound=found.end_bound,
        end_futility=found.end_futility,
        adjusted_lb=found.adjusted_lb,
        adjusted_ub=found.adjusted_ub,
        reason=plan.reason,
    )
