"""What an analysis of the plan pools: a row for each study, and its effects."""

from __future__ import annotations

import numpy as np

from analysis.effects import Effects, is_ratio
from analysis.errors import MethodError
from analysis.evidence import LeftOut, Taken, candidates, study_value
from analysis.findings import EffectRow
from analysis.measure import Comparison, measure
from analysis.records import AnalysisPlan, Review, Study


def effects_of(review: Review, analysis: AnalysisPlan) -> tuple[Effects, tuple[EffectRow, ...]]:
    """Return the effects that an analysis pools, and a row for each study (weights still 0).

    Raises
    ------
    MethodError : a result cannot be turned into an effect, or the plan does not settle which
        result to take.
    """
    question = review.plan.question
    comparison = Comparison(question.intervention, question.comparator)
    taken = sorted(candidates(review, analysis).taken, key=lambda one: place_in(review, one.study))
    rows = tuple(_row(one, comparison) for one in taken)
    effects = Effects(
        [row.label for row in rows],
        [row.yi for row in rows],
        [row.vi for row in rows],
        review.outcome(analysis.outcome).measure,
    )
    return effects, rows


def place_in(review: Review, study: Study) -> tuple[float, str]:
    """Return the sort key of a study in the review's order (`order` in review.yml)."""
    value = None if review.plan.order == "label" else study_value(study, review.plan.order)
    last = float("inf") if review.plan.order != "label" else 0.0
    return (value if isinstance(value, float) else last, study.label)


def _row(taken: Taken, comparison: Comparison) -> EffectRow:
    study, result = taken.study, taken.result
    try:
        effect = measure(result, comparison)
    except MethodError as error:
        raise MethodError(f"{study.label}, results[{taken.index}]: {error}") from error
    source = study.sources[result.source]
    printed = result.estimate, result.ci
    as_printed = printed[0] is not None and printed[1] is not None and not effect.inverted
    if as_printed:
        est, (lb, ub) = float(result.estimate or 0), map(float, result.ci or (0, 0))
    else:
        half = 1.959963984540054 * effect.sei
        scale = np.exp if is_ratio(result.measure) else float
        est, lb, ub = (float(scale(effect.yi + step)) for step in (0.0, -half, half))
    arms = {group.arm: group.n for group in study.arms.groups} if study.arms else {}
    return EffectRow(
        study=study.id,
        label=study.label,
        citation=study.citation,
        n=(arms.get(comparison.intervention), arms.get(comparison.comparator)),
        est=est,
        lb=lb,
        ub=ub,
        yi=effect.yi,
        vi=effect.vi,
        weight=0.0,
        route=effect.route,
        adjustment=result.adjustment,
        result=taken.index,
        place=source.place,
        access=source.access,
        as_printed=as_printed,
        inverted=effect.inverted,
    )


def patients_of(review: Review, rows: tuple[EffectRow, ...]) -> int | None:
    """Return the patients of the studies of some rows, None where one reports no number."""
    counts = [review.by_id[row.study].patients for row in rows]
    known = [n for n in counts if n is not None]
    return sum(known) if len(known) == len(counts) else None


def lacking(
    rows: tuple[EffectRow, ...], values: list[float | str | None] | list[float | None], what: str
) -> tuple[LeftOut, ...]:
    """Return the studies of the rows that have no value."""
    return tuple(
        LeftOut(row.study, row.label, f"{what}: not reported", "selection")
        for row, value in zip(rows, values, strict=True)
        if value is None
    )
