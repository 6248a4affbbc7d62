"""Kaplan-Meier curves that were read too coarsely for a hazard ratio."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from analysis.compared_arms import Comparison
from analysis.errors import MethodError
from analysis.measure import measure
from analysis.messages import shown
from analysis.records import Result
from analysis.result_checks import Fault

MOST_EVENTS = 0.2
"""The share of those at risk with the event, within one interval, up to which a ratio of risks
stands for that of hazards (Tierney et al. 2007, Trials 8:16): with more it lies nearer to 1."""
ROUNDING = 0.005  # of a survival that is read off a figure


def curve_doubts(result: Result, comparison: Comparison) -> Iterator[Fault]:
    """Give what is doubtful in curves that an analysis would take.

    Intervals, read at two times, within which too many have the event; a ratio that is printed
    beside them, and not taken.
    """
    if not result.curves:
        return
    try:
        route = measure(result, comparison).route
    except MethodError:
        return
    if not route.startswith("kaplan_meier"):
        return  # another way goes before that of the curves
    if result.estimate is not None:
        found = f"found {shown(result.estimate)} without an interval, so that the curves are taken"
        yield ("estimate",), f"{found}, wanted its interval, or the curves alone"
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
