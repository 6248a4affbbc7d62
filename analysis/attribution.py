"""Why a pooled result moved: its change split over the changes of the evidence.

Each change is a player; the worth of a coalition is the pooled result of the evidence with
just those changes made. A change's part is its Shapley value: its mean effect over all orders
in which the changes could have come (Shapley 1953, A value for n-person games). The parts of
an analysis add up to its whole change. The code is the same for every coalition, so a change
of code is never a cause.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.changes import MODEL, Change, analysis_of
from analysis.errors import MethodError
from analysis.plan import effects_of
from analysis.records import AnalysisPlan, Review
from analysis.sums import Studies
from analysis.synthesis import estimates

EXACT = 10  # causes up to which every coalition is replayed: 2^10 of them
PERMUTATIONS = 2000  # orders drawn beyond that
SEED = 20211  # of the drawn orders; any fixed number would do

QUANTITIES = ("mu", "ci_lb", "ci_ub", "tau2")
Bits = NDArray[np.bool_]
Values = NDArray[np.float64]
Rows = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Point:
    """A pooled result, on the analysis scale."""

    mu: float
    ci_lb: float
    ci_ub: float
    tau2: float


@dataclass(frozen=True)
class Part:
    """What one change contributed to each quantity, on the analysis scale."""

    change: str
    label: str
    mu: float
    ci_lb: float
    ci_ub: float
    tau2: float


@dataclass(frozen=True)
class Attribution:
    """The change of one analysis, whole and in parts.

    `way`: `exact` Shapley values; `sampled` over seeded orders; in the stated `order`, where
    some coalition has no answer; `unchanged`, where nothing that differs touches the analysis;
    or `none`, where a side has no answer: then `note` says why and there are no parts.
    """

    analysis: str
    measure: str
    way: Literal["exact", "sampled", "order", "unchanged", "none"]
    before: Point | None
    after: Point | None
    parts: tuple[Part, ...]
    note: str | None = None


def attribute(
    before: Review, after: Review, analysis: str, causes: Sequence[Change]
) -> Attribution:
    """Split the change of one analysis between two states of the evidence over its causes.

    Parameters
    ----------
    causes : `changes(before, after)`; those that do not touch the analysis get no part.

    Returns
    -------
    Attribution, its parts in the order of `causes`. For each quantity they add up to
    after − before, exactly but for rounding (below 1e-12).
    """
    plans = analysis_of(before, analysis), analysis_of(after, analysis)
    if plans[0] is None or plans[1] is None:
        side = "before" if plans[0] is None else "after"
        return _none(analysis, after, f"the analysis is not in the plan {side}")
    try:
        game = _Game((before, after), (plans[0], plans[1]), causes)
    except MethodError as error:
        return _none(analysis, after, str(error))
    n = len(game.players)
    ends = game.worth(np.array([[False] * n, [True] * n]))
    measure = after.outcome(plans[1].outcome).measure
    points = [_point(row) for row in ends]
    if points[0] is None or points[1] is None:
        return Attribution(
            analysis, measure, "none", points[0], points[1], (),
            "the interval has no answer before" if points[0] is None
            else "the interval has no answer after",
        )  # fmt: skip
    way: Literal["exact", "sampled", "order", "unchanged"] = "unchanged"
    parts = np.zeros((n, len(QUANTITIES)))
    note = None
    if n:
        way = "exact" if n <= EXACT else "sampled"
        parts = _exact(game, n) if n <= EXACT else _sampled(game, n)
        if np.isnan(parts).any():
            way = "order"
            parts, note = _in_order(game, n)
    return Attribution(
        analysis,
        measure,
        way,
        points[0],
        points[1],
        tuple(
            Part(change.id, change.label, *map(float, row))
            for change, row in zip(game.players, parts, strict=True)
        ),
        note,
    )


class _Game:
    """The coalitions of one analysis: which effects each pools, and what that gives."""

    def __init__(
        self,
        reviews: tuple[Review, Review],
        plans: tuple[AnalysisPlan, AnalysisPlan],
        causes: Sequence[Change],
    ) -> None:
        self._plans = plans
        # rows[v][p]: what each study contributes in version v under plan p.
        rows = [[_rows(reviews[v], reviews[p], plans[p]) for p in (0, 1)] for v in (0, 1)]
        studies = sorted({s for version in rows for some in version for s in some})

        def moved(study: str) -> bool:
            return any(rows[0][p].get(study) != rows[1][p].get(study) for p in (0, 1))

        by_plan = any(rows[v][0] != rows[v][1] for v in (0, 1))
        by_model = any(getattr(plans[0], f) != getattr(plans[1], f) for f in MODEL)
        touching = [c for c in causes if c.studies and any(map(moved, c.studies))]
        model = [c for c in causes if by_model and c.id == f"plan_{plans[1].id}_model"]
        chosen = _plan_causes(causes, plans[1].id) if by_plan else []
        if by_plan and not chosen:
            raise MethodError("the plan changed what is pooled in a way that no change names")
        self.players = [c for c in causes if c in touching or c in model or c in chosen]
        owner = {s: self.players.index(c) for c in touching for s in c.studies}
        # Several changes of the plan that bear on what is pooled act as the first of them.
        plan_bit = self.players.index(chosen[0]) if chosen else None
        self._model_bit = self.players.index(model[0]) if model else None
        self._slots: list[tuple[int | None, int | None, int | None, int | None]] = []
        yi: list[float] = []
        vi: list[float] = []
        for study in studies:
            for v in (0, 1) if study in owner else (0,):
                for p in (0, 1) if plan_bit is not None else (0,):
                    effect = rows[v][p].get(study)
                    if effect is not None:
                        yi.append(effect[0])
                        vi.append(effect[1])
                        bits = (owner.get(study), v, plan_bit, p)
                        self._slots.append(bits)
        self._yi, self._vi = np.array(yi), np.array(vi)

    def worth(self, coalitions: Bits) -> Values:
        """Return the quantities of each coalition, shape (m, 4); NaN where there is no answer."""
        include = np.ones((len(coalitions), len(self._slots)), dtype=np.bool_)
        for column, (owner, version, plan_bit, plan) in enumerate(self._slots):
            if owner is not None:
                include[:, column] &= coalitions[:, owner] == bool(version)
            if plan_bit is not None:
                include[:, column] &= coalitions[:, plan_bit] == bool(plan)
        found = np.full((len(coalitions), len(QUANTITIES)), np.nan)
        answers = include.any(axis=1)
        for side in (0, 1):
            bit = self._model_bit
            mine = answers & (
                coalitions[:, bit] == bool(side)
                if bit is not None
                else np.full(len(answers), side == 1)
            )
            if mine.any():
                found[mine] = self._pool(include[mine], self._plans[side])
        return found

    def _pool(self, include: Bits, plan: AnalysisPlan) -> Values:
        with np.errstate(invalid="ignore"):  # an interval that is undefined is NaN, by contract
            result = estimates(
                Studies(self._yi, self._vi, include),
                plan.method,
                plan.test,
                float(plan.level),
                plan.prediction,
            )
        return np.stack(
            [np.broadcast_to(getattr(result, name), len(include)) for name in QUANTITIES], axis=1
        )


def _rows(version: Review, plan_of: Review, analysis: AnalysisPlan) -> Rows:
    mixed = version.model_copy(update={"plan": plan_of.plan})
    _, rows = effects_of(mixed, analysis)
    return {row.study: (row.yi, row.vi) for row in rows}


def _plan_causes(causes: Sequence[Change], analysis: str) -> list[Change]:
    return [c for c in causes if c.id in (f"plan_{analysis}_eligibility", "plan_review")]


def _exact(game: _Game, n: int) -> Values:
    """Shapley values over all coalitions: sum over S of |S|! (n - |S| - 1)! / n! · gain."""
    codes = np.arange(2**n)
    coalitions = (codes[:, None] >> np.arange(n)) % 2 == 1
    worth = game.worth(coalitions)
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


def _sampled(game: _Game, n: int) -> Values:
    """Mean gain over seeded orders; each order's gains add up to the whole by themselves."""
    draw = np.random.default_rng(SEED)
    parts = np.zeros((n, len(QUANTITIES)))
    for _ in range(PERMUTATIONS):
        order = draw.permutation(n)
        prefixes = np.zeros((n + 1, n), dtype=np.bool_)
        for step, player in enumerate(order):
            prefixes[step + 1] = prefixes[step]
            prefixes[step + 1, player] = True
        parts[order] += np.diff(game.worth(prefixes), axis=0)
    return parts / PERMUTATIONS


def _in_order(game: _Game, n: int) -> tuple[Values, str]:
    """One order alone, as stated; changes that only together have an answer share equally."""
    worth = game.worth(np.tri(n + 1, n, -1, dtype=np.bool_))
    parts = np.zeros((n, len(QUANTITIES)))
    last = 0
    for step in range(1, n + 1):
        if not np.isnan(worth[step]).any():
            together = step - last
            parts[last:step] = (worth[step] - worth[last]) / together
            last = step
    names = ", then ".join(change.label for change in game.players)
    return parts, f"some combination of the changes has no answer; replayed in order: {names}"


def _point(row: Values) -> Point | None:
    return None if np.isnan(row).any() else Point(*map(float, row))


def _none(analysis: str, review: Review, note: str) -> Attribution:
    return Attribution(analysis, "", "none", None, None, (), note)
