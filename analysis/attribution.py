"""Why a pooled result moved: its change split over the changes of the evidence.

Each change is a player; the worth of a coalition is the pooled result of the evidence with
just those changes made (`analysis.replay`). A change's part is its Shapley value: its mean
effect over all orders in which the changes could have come (Shapley 1953, A value for n-person
games). The parts of an analysis add up to its whole change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from analysis.changes import Change, analysis_of
from analysis.errors import MethodError
from analysis.records import Review
from analysis.replay import QUANTITIES, Bits, Replay, Values
from analysis.replay_whole import WholeReplay, is_whole

EXACT = 10  # causes up to which every coalition is replayed: 2^10 of them
PAIRS = 250  # beyond that: orders drawn, each taken forwards and backwards
UNPLANNED = "the analysis is not in the plan"
SEED = 20211  # of the drawn orders; any fixed number would do

AnyReplay = Replay | WholeReplay
Way = Literal["exact", "sampled", "order", "unchanged", "none"]


@dataclass(frozen=True)
class Point:
    """A pooled result, on the analysis scale."""

    mu: float
    ci_lb: float
    ci_ub: float
    tau2: float

    def minus(self, other: Point) -> Point:
        """Return the difference of each quantity."""
        names = (field.name for field in fields(Point))
        return Point(*(getattr(self, name) - getattr(other, name) for name in names))


@dataclass(frozen=True)
class Part:
    """What one change contributed to each quantity, on the analysis scale."""

    change: str
    kind: str
    label: str
    mu: float
    ci_lb: float
    ci_ub: float
    tau2: float


@dataclass(frozen=True)
class Attribution:
    """The change of one analysis, whole and in parts.

    `way`: `exact` Shapley values; `sampled`: their mean over seeded orders; in the stated
    `order`, where some combination of the changes has no answer; `unchanged`, where nothing
    that differs bears on the pooled result; or `none`, where a side has no answer. `note` says
    why it is `order` or `none`; `none` has no parts.
    """

    analysis: str
    measure: str
    way: Way
    before: Point | None
    after: Point | None
    parts: tuple[Part, ...]
    note: str | None = None

    @property
    def planned(self) -> bool:
        """Whether the analysis is in the plan of both sides."""
        return not (self.note or "").startswith(UNPLANNED)

    @property
    def whole(self) -> Point | None:
        """The whole change, after − before; None where a side has no answer."""
        return self.after.minus(self.before) if self.before and self.after else None


def attribute(
    before: Review, after: Review, analysis: str, causes: Sequence[Change]
) -> Attribution:
    """Split the change of one analysis between two states of the evidence over its causes.

    Parameters
    ----------
    causes : `changes(before, after)`; those that do not bear on the analysis get no part.

    Returns
    -------
    Attribution, its parts in the order of `causes`. For each quantity they add up to
    after − before, exactly but for rounding (below 1e-12).

    Raises
    ------
    MethodError : what is pooled differs in a way that none of the causes names.
    """
    plans = analysis_of(before, analysis), analysis_of(after, analysis)
    measures: list[str] = [
        next((o.measure for o in review.plan.outcomes if plan and o.id == plan.outcome), "GEN")
        for review, plan in zip((before, after), plans, strict=True)
    ]
    if plans[0] is None or plans[1] is None:
        side, there = ("before", 1) if plans[0] is None else ("after", 0)
        absent = f"{UNPLANNED} {side}"
        return Attribution(analysis, measures[there], "none", None, None, (), absent)
    if measures[0] != measures[1]:
        other = f"the measure changed from {measures[0]} to {measures[1]}"
        return Attribution(analysis, measures[1], "none", None, None, (), other)
    kind = WholeReplay if is_whole((plans[0], plans[1])) else Replay
    replay = kind((before, after), (plans[0], plans[1]), causes)
    n = len(replay.players)
    ends = np.array([[False] * n, [True] * n])
    points = [_point(row) for row in replay.worth(ends)]
    if points[0] is None or points[1] is None:
        reasons = "; ".join(
            f"no answer {side}: {replay.why_not(end)}"
            for side, end, point in zip(("before", "after"), ends, points, strict=True)
            if point is None
        )
        return Attribution(analysis, measures[1], "none", points[0], points[1], (), reasons)
    way, parts, note = _split(replay, n)
    return Attribution(
        analysis,
        measures[1],
        way,
        points[0],
        points[1],
        tuple(
            Part(change.id, change.kind, change.label, *map(float, row))
            for change, row in zip(replay.players, parts, strict=True)
        ),
        note,
    )


def _split(replay: AnyReplay, n: int) -> tuple[Way, Values, str | None]:
    if n == 0:
        return "unchanged", np.zeros((0, len(QUANTITIES))), None
    try:
        if n <= EXACT:
            return "exact", _exact(replay, n), None
        return "sampled", _sampled(replay, n), None
    except MethodError as error:
        return "order", _in_order(replay, n), _order_note(replay, str(error))


def _exact(replay: AnyReplay, n: int) -> Values:
    """Shapley values over all coalitions: sum over S of |S|! (n - |S| - 1)! / n! · gain."""
    codes = np.arange(2**n)
    coalitions = (codes[:, None] >> np.arange(n)) % 2 == 1
    worth = _answered(replay, coalitions)
    sizes = coalitions.sum(axis=1)
    weight = np.array(
        [math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n) for s in range(n)]
    )
    parts = np.empty((n, len(QUANTITIES)))
    for player in range(n):
        without = ~coalitions[:, player]
        gain = worth[codes[without] | (1 << player)] - worth[without]
        parts[player] = weight[sizes[without]] @ gain
    return parts


def _sampled(replay: AnyReplay, n: int) -> Values:
    """Mean gain over seeded orders; each order's gains add up to the whole by themselves."""
    draw = np.random.default_rng(SEED)
    drawn = np.array([draw.permutation(n) for _ in range(PAIRS)])
    # An order taken backwards too cancels most of what it favours (antithetic sampling).
    orders = np.concatenate((drawn, drawn[:, ::-1]))
    rank = np.argsort(orders, axis=1)
    prefixes = rank[:, None, :] < np.arange(n + 1)[None, :, None]
    packed, where = np.unique(
        np.packbits(prefixes.reshape(-1, n), axis=1), axis=0, return_inverse=True
    )
    coalitions = np.unpackbits(packed, axis=1, count=n).astype(np.bool_)
    worth = _answered(replay, coalitions)[where.reshape(-1)]
    gains = np.diff(worth.reshape(len(orders), n + 1, len(QUANTITIES)), axis=1)
    parts: Values = np.take_along_axis(gains, rank[:, :, None], axis=1).mean(axis=0)
    return parts


def _answered(replay: AnyReplay, coalitions: Bits) -> Values:
    """Return the worth of coalitions; MethodError with the reason where one has no answer."""
    worth = replay.worth(coalitions)
    lost = np.isnan(worth).any(axis=1)
    if lost.any():
        raise MethodError(replay.why_not(coalitions[np.argmax(lost)]))
    return worth


def _in_order(replay: AnyReplay, n: int) -> Values:
    """One order alone, as stated; changes that only together have an answer share equally."""
    worth = replay.worth(np.tri(n + 1, n, -1, dtype=np.bool_))
    parts = np.zeros((n, len(QUANTITIES)))
    last = 0
    for step in range(1, n + 1):
        if not np.isnan(worth[step]).any():
            parts[last:step] = (worth[step] - worth[last]) / (step - last)
            last = step
    return parts


def _order_note(replay: AnyReplay, why: str) -> str:
    names = ", then ".join(change.label for change in replay.players)
    return (
        f"some combination of the changes has no answer ({why}); the parts are those of one "
        f"order: {names}"
    )


def _point(row: Values) -> Point | None:
    return None if np.isnan(row).any() else Point(*map(float, row))
