"""Means and standard deviations of two arms that can hardly both be what they are called.

A standard error in the place of a standard deviation is too small by the root of the patients,
fourfold from 16 patients on. One such study stands out among the others of its outcome; where all
are wrong alike, their means lie too many standard deviations apart. The bounds are those of this
program: wide, since a doubt that is raised too often is not read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median

from analysis.corrections import stands
from analysis.records import GroupData, Result, Study
from analysis.result_checks import Fault
from analysis.yaml_nodes import Path

LARGEST_RATIO = 4.0  # of two standard deviations
FARTHEST = 3.0  # of two means, in the larger standard deviation
ALIKE = 1.5  # how far a standard deviation worked out from a standard error may lie off
OF_STUDIES = 5.0  # of the spread in one study and in the middle one of all

# Held against the trials of metadat that print means: dat.normand1999, dat.gibson2002,
# dat.dagostino1998, dat.lehmann2018, dat.stowe2010, dat.franchini2012 and dat.senn2013, each as it
# is and with standard errors for standard deviations.
USUAL = 1.25
"""Of the means in the middle study of an outcome, in their standard deviation.

It is 0.1 to 0.8 in these sets of trials, and 1.4 to 7.3 with their standard errors.
"""
FEWEST = 3  # studies that have a middle one
OF_ERRORS, FITTING = 3.0, 1.3
"""Of standard errors among standard deviations: how many times smaller they are, and how like the
others they become times the root of the patients. So are 104 of 194 results of these trials (all
but dat.gibson2002, of many scales) with their standard errors, and none as it is.
"""


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


@dataclass(frozen=True)
class _Spread:
    """A result in means, where it stands, and what its standard deviations say.

    `if_errors` is what its standard deviation would be if those given were standard errors, None
    where the sizes are not known; `apart` is how far the means lie apart, in their common
    standard deviation.
    """

    study: Study
    at: int
    result: Result
    sd: float
    if_errors: float | None
    apart: float | None

    @property
    def path(self) -> Path:
        return ("studies", self.study.id, "results", self.at)


def spreads_apart(studies: Collection[Study]) -> Iterator[Fault]:
    """Give the results whose spread is far from that of other studies of the same mean difference.

    A mean difference is pooled as it is printed: in another unit, as a pain score of 100 points
    among those of 10, it is another number.
    """
    for outcome, found in _spreads(studies, ("MD",)).items():
        known = [one for one in found if one.result.reason is None]
        number = len({one.study.id for one in known})
        for at, one in enumerate(known):
            others = [other.sd for other in (*known[:at], *known[at + 1 :])]
            if others and _as_errors(one, median(others)):
                yield (
                    one.path,
                    f"found standard deviations of about {one.sd:.3g}, where those of {outcome} "
                    f"are about {median(others):.3g} in the middle of the other studies, wanted "
                    "standard deviations (or a `reason`): perhaps these are standard errors, of "
                    f"SD {one.if_errors:.3g}?",
                )
                continue
            middle = median(other.sd for other in known)
            if 1 / OF_STUDIES < one.sd / middle < OF_STUDIES:
                continue
            yield (
                one.path,
                f"found standard deviations of about {one.sd:.3g}, where those of {outcome} are "
                f"about {middle:.3g} in the middle of {number} studies, wanted one unit in all (or "
                "a `reason`): a mean difference is pooled as it is printed",
            )


def _as_errors(one: _Spread, middle: float) -> bool:
    """Say whether a spread that is far too small is what it should be, times √n."""
    if one.if_errors is None or one.sd * OF_ERRORS > middle:
        return False
    return 1 / FITTING < one.if_errors / middle < FITTING


def means_apart(studies: Collection[Study]) -> Iterator[Fault]:
    """Give the outcomes whose means lie far apart in most studies, at the result of the farthest.

    Standard errors in the place of every standard deviation agree with one another, and no study
    stands out. A `reason` of the farthest one says that the effect is as large as it looks.
    """
    for outcome, found in _spreads(studies, ("MD", "SMD")).items():
        farthest: dict[str, _Spread] = {}
        for one in sorted(found, key=lambda one: one.apart or 0.0):
            if one.apart is not None:
                farthest[one.study.id] = one
        apart = [one.apart or 0.0 for one in farthest.values()]
        if len(apart) < FEWEST or median(apart) <= USUAL:
            continue
        first = max(farthest.values(), key=lambda one: one.apart or 0.0)
        if first.result.reason is None:
            yield (
                first.path,
                f"found the means of {outcome} {median(apart):.1f} standard deviations apart in "
                f"the middle of {len(apart)} studies, {first.apart:.1f} here, wanted standard "
                "deviations, no standard errors (or a `reason`, if the effect is as large as that)",
            )


def _spreads(
    studies: Collection[Study], measures: Collection[str]
) -> Mapping[str, Sequence[_Spread]]:
    """Return the results in means of the included studies, by outcome."""
    spreads: dict[str, list[_Spread]] = {}
    for study in studies:
        for at, result in enumerate(study.results if study.status == "included" else ()):
            sds = [float(group.sd) for group in result.groups if group.sd and group.sd > 0]
            if not sds or result.measure not in measures or result.subgroup:
                continue
            if stands(result):
                spread = _Spread(
                    study, at, result, fmean(sds), _if_errors(result), _apart(result, sds)
                )
                spreads.setdefault(result.outcome, []).append(spread)
    return spreads


def _if_errors(result: Result) -> float | None:
    """Return the mean standard deviation, if those of the arms were standard errors."""
    sds = [float(g.sd) * sqrt(g.n) for g in result.groups if g.sd and g.sd > 0 and g.n]
    known = sum(group.sd is not None for group in result.groups)
    return fmean(sds) if sds and len(sds) == known else None


def _apart(result: Result, sds: Sequence[float]) -> float | None:
    """Return how far the means of two arms lie apart, in their common standard deviation."""
    means = [float(group.mean) for group in result.groups if group.mean is not None]
    if len(result.groups) != 2 or len(means) != 2 or len(sds) != 2:
        return None
    return abs(means[0] - means[1]) / sqrt(fmean(sd * sd for sd in sds))


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
