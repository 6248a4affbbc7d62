"""Kaplan-Meier curves that were read too coarsely for a hazard ratio."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from analysis.records import Result
from analysis.result_checks import Fault

MOST_EVENTS = 0.2
"""The share of those at risk with the event, within one interval, up to which a ratio of risks
stands for that of hazards (Tierney et al. 2007, Trials 8:16): with more it lies nearer to 1."""
ROUNDING = 0.005  # of a survival that is read off a figure


def curve_doubts(result: Result) -> Iterator[Fault]:
    """Give the intervals of curves, read at two times, within which too many have the event."""
    if result.estimate is not None:
        return  # another way goes before that of the curves
    for index, curve in enumerate(result.curves):
        read = zip(map(float, curve.times), map(float, curve.survival), strict=False)
        for at, ((start, before), (end, after)) in enumerate(pairwise(read), start=1):
            if not 0 < before <= 1 or (before - after) / before <= MOST_EVENTS + ROUNDING:
                continue
            share = f"{100 * (before - after) / before:.0f}%"
            wanted = "the curve read at times between, each with 20% at most"
            yield (
                ("curves", index, "survival", at),
                f"found {share} of those at risk with the event from {start:g} to {end:g}, "
                f"wanted {wanted}",
            )
