"""Means and standard deviations of two arms that can hardly both be what they are called.

A standard error in the place of a standard deviation is too small by the root of the patients,
fourfold from 16 patients on. The bounds are those of this program: wide, since a doubt that is
raised too often is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from analysis.records import GroupData, Result
from analysis.result_checks import Fault

LARGEST_RATIO = 4.0  # of two standard deviations
FARTHEST = 3.0  # of two means, in the larger standard deviation
ALIKE = 1.5  # how far a standard deviation worked out from a standard error may lie off


def spread_doubts(result: Result) -> Iterator[Fault]:
    """Give where the standard deviations or the means of two arms are wildly unlike."""
    if len(result.groups) != 2:
        return
    small, large = sorted(enumerate(result.groups), key=lambda one: float(one[1].sd or 0))
    at, less = small
    more = large[1]
    if not less.sd or not more.sd or less.sd <= 0:
        return
    if more.sd > LARGEST_RATIO * less.sd:
        found = (
            f"found SD {_told(less)} beside {_told(more)}, {more.sd / less.sd:.0f} times as large"
        )
        yield ("groups", at, "sd"), f"{found}, wanted both right{_perhaps(less, more)}"
    elif less.mean is not None and more.mean is not None:
        apart = abs(less.mean - more.mean) / more.sd
        if apart > FARTHEST:
            means = " and ".join(
                f"{one.mean.as_printed()} ({one.arm})"
                for one in result.groups
                if one.mean is not None
            )
            found = f"found the means {means}, {apart:.0f} standard deviations apart"
            yield (
                ("groups", 0, "mean"),
                f"{found}, wanted means, and standard deviations, no standard errors",
            )


def _told(group: GroupData) -> str:
    return f"{group.sd.as_printed() if group.sd is not None else ''} ({group.arm})"


def _perhaps(less: GroupData, more: GroupData) -> str:
    """Return the standard deviation that the smaller one may be the standard error of."""
    if not less.n or less.sd is None or more.sd is None:
        return ""
    sd = float(less.sd) * sqrt(less.n)
    if not 1 / ALIKE < sd / float(more.sd) < ALIKE:
        return ""
    return f": perhaps {less.sd.as_printed()} is a standard error, of SD {sd:.3g}?"
