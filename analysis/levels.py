"""The level of an interval: what a heading names for all, and what beside one that has another."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.numbers import Words
from analysis.words import confidence

HEADED = 0.95
"""The level of the intervals of a heading, where one of them has it."""


def headed(levels: Iterable[float]) -> float:
    """Return the level that a heading names: that of all; of several, 95% or else the first."""
    known = tuple(levels)
    return HEADED if HEADED in known or not known else known[0]


def named_level(
    level: float, of_head: float = HEADED, kind: str = "CI", key: str | None = None
) -> Words:
    """Return the level of an interval where it is not that of the heading, else nothing.

    "90% CI ", to stand before the bounds. `kind`: CI, PI or CrI.
    """
    return Words() if level == of_head else Words(confidence(float(level), key), f" {kind} ")
