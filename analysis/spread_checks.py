"""Means and standard deviations of two arms that can hardly both be what they are called.

A standard error in the place of a standard deviation is too small by the root of the patients,
fourfold from 16 patients on. The bounds are those of this program: wide, since a doubt that is
raised too often is not read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import sqrt
from statistics import fmean, median

from analysis.corrections import stands
from analysis.records import GroupData, Result, Study
from analysis.result_checks import Fault

LARGEST_RATIO = 4.0  # of two standard deviations
OF_STUDIES = 5.0  # of the spread in one study and in the middle one of all
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


def units_apart(studies: Collection[Study]) -> Iterator[Fault]:
    """Give the results whose spread is far from that of other studies of the same mean difference.

    A mean difference is pooled as it is printed: in another unit, as a pain score of 100 points
    among those of 10, it is another number.
    """
    spreads: dict[str, list[tuple[Study, int, float]]] = {}
    for study in studies:
        for at, result in enumerate(study.results if study.status == "included" else ()):
            sds = [float(group.sd) for group in result.groups if group.sd and group.sd > 0]
            if result.measure != "MD" or result.subgroup or result.reason or not stands(result):
                continue
            if sds:
                spreads.setdefault(result.outcome, []).append((study, at, fmean(sds)))
    for outcome, found in spreads.items():
        middle = median(sd for _, _, sd in found)
        number = len({study.id for study, _, _ in found})
        for study, at, sd in found:
            if 1 / OF_STUDIES < sd / middle < OF_STUDIES:
                continue
            message = (
                f"found standard deviations of about {sd:.3g}, where those of {outcome} are about "
                f"{middle:.3g} in the middle of {number} studies, wanted one unit in all (or a "
                "`reason`): a mean difference is pooled as it is printed"
            )
            yield ("studies", study.id, "results", at), message


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
