"""What an analysis of the plan pools: a row for each study, and its effects."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.compared_arms import Comparison, compared, one_group
from analysis.effect_sizes import Measured
from analysis.effects import Effects, is_ratio
from analysis.errors import MethodError
from analysis.evidence import SILENT, LeftOut, Selected, Taken, candidates, study_value
from analysis.findings import EffectRow
from analysis.group_routes import Counting, Table, table_of
from analysis.measure import measure_in
from analysis.quantiles import z_of_level
from analysis.records import AnalysisPlan, Result, Review, Study


@dataclass(frozen=True)
class Contributions:
    """What the studies of an analysis contribute, in the order of the review.

    `rows` and `effects` go together, one a study. `estimates`: a row for each estimate, where
    the plan takes several of a study (`weight` 0). `tables`: one a row, where the plan pools
    counts.
    """

    effects: Effects
    rows: tuple[EffectRow, ...]
    left_out: tuple[LeftOut, ...] = ()
    estimates: tuple[EffectRow, ...] = ()
    tables: tuple[Table, ...] = ()


def contributions(review: Review, analysis: AnalysisPlan) -> Contributions:
    """Return what an analysis pools.

    Raises
    ------
    MethodError : a result cannot be turned into an effect, or the plan does not settle which
        result to take.
    """
    question = review.plan.question
    comparison = compared(question)
    selected = selected_of(review, analysis)
    taken = sorted(selected.taken, key=lambda one: place_in(review, one.study))
    counting = counting_of(analysis, taken, comparison)
    level = float(analysis.level)
    rows = tuple(_row(one, comparison, counting, analysis) for one in taken)
    effects = Effects(
        [row.label for row in rows],
        [row.yi for row in rows],
        [row.vi for row in rows],
        review.outcome(analysis.outcome).measure,
    )
    estimates: tuple[EffectRow, ...] = ()
    if analysis.several is not None:
        estimates = tuple(
            _row_of(
                one.study, index, _measured(one, index, comparison, counting), comparison, level
            )
            for one in taken
            for index in (one.index, *one.others)
        )
    tables: tuple[Table, ...] = ()
    if analysis.pooling != "inverse_variance":
        tables = tuple(_table(one, comparison) for one in taken)
    return Contributions(effects, rows, selected.left_out, estimates, tables)


def selected_of(review: Review, analysis: AnalysisPlan) -> Selected:
    """Return which results an analysis pools, and why it leaves out the others.

    Those of `candidates`, without the tables that do not tell the arms apart where the plan
    drops them; raises as `candidates`.
    """
    question = review.plan.question
    comparison = compared(question)
    return _told_apart(candidates(review, analysis), analysis, comparison)


def place_in(review: Review, study: Study) -> tuple[float, str]:
    """Return the sort key of a study in the review's order (`order` in review.yml)."""
    value = None if review.plan.order == "label" else study_value(study, review.plan.order)
    last = float("inf") if review.plan.order != "label" else 0.0
    return (value if isinstance(value, float) else last, study.label)


def counting_of(analysis: AnalysisPlan, taken: Sequence[Taken], comparison: Comparison) -> Counting:
    """Return how the 2×2 tables of an analysis become effects.

    With `if0all`, whether a correction is added to all depends on all of them.
    """
    plan, to = analysis.continuity, analysis.continuity.to
    if to == "if0all":
        tables = [table_of(one.result, comparison) for one in taken]
        to = "all" if any(table and table.zero_cell for table in tables) else "none"
    by_counts = analysis.pooling != "inverse_variance"
    return Counting(float(plan.add), to, peto=analysis.pooling == "peto", alone=by_counts)


def effect_of(
    taken: Taken, comparison: Comparison, counting: Counting, analysis: AnalysisPlan
) -> Measured:
    """Return what a study gives: its result, or the composite of its several results.

    Raises
    ------
    MethodError : as `measure` and `composite_of`, without the name of the study.
    """
    if not taken.others or analysis.several is None:
        return measure_in(taken.study, taken.result, comparison, counting)
    from analysis.clusters import composite_of

    indices = (taken.index, *taken.others)
    found = [taken.study.results[index] for index in indices]
    each = [measure_in(taken.study, one, comparison, counting) for one in found]
    # Composites compare intervention with comparator, whichever way each result was printed.
    turned = [replace(one, inverted=False) for one in each]
    return composite_of(turned, float(analysis.several.rho))


def patients_of(review: Review, rows: tuple[EffectRow, ...]) -> int | None:
    """Return the patients of the studies of some rows, None where one reports no number."""
    counts = [review.by_id[row.study].patients for row in rows]
    known = [n for n in counts if n is not None]
    return sum(known) if len(known) == len(counts) else None


def sizes_of_groups(review: Review, rows: Iterable[EffectRow]) -> dict[str, int]:
    """Return the number of the one group of each study; none where one is not known."""
    comparison = compared(review.plan.question)
    sizes = {}
    for row in rows:
        study = review.by_id.get(row.study)
        group = one_group(study.results[row.result], comparison) if study else None
        if group is None or group.n is None:
            return {}
        sizes[row.study] = group.n
    return sizes


def lacking(
    rows: tuple[EffectRow, ...], values: Sequence[float | str | None], what: str
) -> tuple[LeftOut, ...]:
    """Return the studies of the rows that have no value."""
    return tuple(
        LeftOut(row.study, row.label, f"{what}: not reported", "selection")
        for row, value in zip(rows, values, strict=True)
        if value is None
    )


def tables_of_rows(review: Review, rows: tuple[EffectRow, ...]) -> tuple[Table, ...]:
    """Return the 2×2 tables of some rows, the intervention first; none where one has none."""
    question = review.plan.question
    comparison = compared(question)
    found = []
    for row in rows:
        result = review.by_id[row.study].results[row.result]
        table = table_of(result, comparison)
        if table is None:
            return ()
        found.append(_turned(table, result, comparison))
    return tuple(found)


def _told_apart(found: Selected, analysis: AnalysisPlan, comparison: Comparison) -> Selected:
    """Leave out the tables that do not tell the arms apart, where the plan says so.

    Peto's method has no effect for them, so that it always leaves them out.
    """
    if not (analysis.continuity.drop00 or analysis.pooling == "peto"):
        return found
    without = {
        one.study.id
        for one in found.taken
        if (table := table_of(one.result, comparison)) is not None and table.one_sided
    }
    left_out = tuple(
        LeftOut(one.study.id, one.study.label, SILENT, "result")
        for one in found.taken
        if one.study.id in without
    )
    kept: Collection[Taken] = [one for one in found.taken if one.study.id not in without]
    return Selected(tuple(kept), (*found.left_out, *left_out))


def _table(taken: Taken, comparison: Comparison) -> Table:
    """Return the table of a result with the intervention as arm 1."""
    table = table_of(taken.result, comparison)
    if table is None:  # `measure` has asked for it already
        raise MethodError(f"{taken.study.label}: found no 2×2 table, wanted one")
    return _turned(table, taken.result, comparison)


def _turned(table: Table, result: Result, comparison: Comparison) -> Table:
    if result.reference == comparison.intervention:
        return Table(table.ci, table.di, table.ai, table.bi)
    return table


def _measured(taken: Taken, index: int, comparison: Comparison, counting: Counting) -> Measured:
    try:
        return measure_in(taken.study, taken.study.results[index], comparison, counting)
    except MethodError as error:
        raise MethodError(f"{taken.study.label}, results[{index}]: {error}") from error


def _row(
    taken: Taken, comparison: Comparison, counting: Counting, analysis: AnalysisPlan
) -> EffectRow:
    try:
        effect = effect_of(taken, comparison, counting, analysis)
    except MethodError as error:
        raise MethodError(f"{taken.study.label}, results[{taken.index}]: {error}") from error
    return _row_of(taken.study, taken.index, effect, comparison, float(analysis.level))


def _row_of(
    study: Study, index: int, effect: Measured, comparison: Comparison, level: float
) -> EffectRow:
    result = study.results[index]
    source = study.sources[result.source]
    as_printed = _as_printed(result, effect, level)
    if as_printed and result.estimate is not None and result.ci is not None:
        est, (lb, ub) = float(result.estimate), map(float, result.ci)
    else:
        half = z_of_level(level) * effect.sei
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
        result=index,
        place=source.place,
        access=source.access,
        as_printed=as_printed,
        inverted=effect.inverted,
    )


def _as_printed(result: Result, effect: Measured, level: float) -> bool:
    """Whether a row shows the estimate and interval of the source itself.

    An interval of another level than that of the analysis would stand under a wrong heading.
    """
    printed = result.estimate is not None and result.ci is not None
    direct = not effect.inverted and effect.route.endswith("_interval")
    return printed and direct and math.isclose(float(result.level), level)
