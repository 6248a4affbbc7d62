"""The chance to cross given bounds: what the bounds of `spending` are held to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.spending import _checked, _Walk


@dataclass(frozen=True)
class Exits:
    """Probabilities to leave first at each look, above the upper and below the lower bound."""

    above: tuple[float, ...]
    below: tuple[float, ...]

    @property
    def total(self) -> float:
        """Probability to leave at any look."""
        return math.fsum(self.above) + math.fsum(self.below)


def exit_probabilities(
    fractions: Sequence[float],
    upper: Sequence[float],
    lower: Sequence[float] | None = None,
    drift: float = 0.0,
) -> Exits:
    """Probabilities to cross given bounds of Z; `lower` is -upper where None."""
    times = _checked(fractions)
    below = [-z for z in upper] if lower is None else list(lower)
    walk = _Walk(times, drift)
    exits: list[tuple[float, float]] = []
    for j, (high, low) in enumerate(zip(upper, below, strict=True)):
        exits.append((walk.above(j, high), walk.below(j, low)))
        walk.go_on(j, low, high)
    return Exits(tuple(up for up, _ in exits), tuple(down for _, down in exits))
