"""The pooled results of every edition, drawn: estimate and interval by edition."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.errors import EditionError
from analysis.figures import Drawing
from analysis.figures.history import EditionPoint, Series, draw_history
from analysis.history import PastEdition, PastPool
from analysis.records import Review


def drawn(past: Sequence[PastEdition], review: Review, name: str = "history") -> Drawing:
    """Draw the analyses that share the measure of the first primary one, on one axis.

    The first in the order of today's plan; where no primary one has a result, the first of any.

    Parameters
    ----------
    past : the editions, the oldest first, with the results to draw.
    review : today's evidence, for the sides of the axis and the names of outcomes.

    Raises
    ------
    EditionError : there is no result to draw.
    """
    pools = [(edition, pool) for edition in past for pool in edition.pools]
    if not pools:
        raise EditionError("history: found no result of any edition, wanted one to draw")
    measure = _first(pools, review).measure
    series = {pool.analysis: pool.title for _, pool in pools if pool.measure == measure}
    plans = {plan.id: plan for plan in review.plan.analyses}
    outcome = next(
        (
            review.outcome(plans[id_].outcome)
            for id_ in series
            if id_ in plans and plans[id_].outcome in {o.id for o in review.plan.outcomes}
        ),
        review.plan.outcomes[0],
    )
    levels = {float(plans[id_].level) for id_ in series if id_ in plans} or {0.95}
    return draw_history(
        name,
        [
            Series(id_, title, tuple(_point(e, p) for e, p in pools if p.analysis == id_))
            for id_, title in series.items()
        ],
        measure,
        outcome.favours,
        levels.pop() if len(levels) == 1 else None,
    )


def _first(pools: Sequence[tuple[PastEdition, PastPool]], review: Review) -> PastPool:
    """Return the latest result of the analysis that decides what shares the axis."""
    latest = {pool.analysis: pool for _, pool in pools}
    plans = sorted(review.plan.analyses, key=lambda plan: plan.role != "primary")
    planned = [latest[plan.id] for plan in plans if plan.id in latest]
    return planned[0] if planned else next(iter(latest.values()))


def _point(edition: PastEdition, pool: PastPool) -> EditionPoint:
    est, lb, ub = pool.est
    return EditionPoint(edition.entry.version, edition.entry.released, pool.k, est, lb, ub)
