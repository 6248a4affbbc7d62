"""A printed ratio or difference against the counts or means of the arms that it is of.

The crude effect follows from what the arms print. A result that says it is unadjusted must agree
with it as far as rounding allows; one whose adjustment nobody reported may differ, but where its
whole interval lies elsewhere, one of the two was misread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

from analysis.compared_arms import Comparison
from analysis.effect_sizes import Measured
from analysis.effects import TABLES, is_ratio
from analysis.errors import MethodError
from analysis.group_routes import from_groups
from analysis.plausibility import Range, printed_range
from analysis.quantiles import z_of_level
from analysis.records import GroupData, Result, Study
from analysis.result_checks import Fault
from analysis.values import Printed

# Of the effect, beside rounding: a conditional odds ratio lies nearer to 1 than that of the
# table, and Cohen's d beyond Hedges' g.
_OTHER_FORMULAS = {"OR": 0.02, "SMD": 0.05}
# Of half the interval's width: exact, score and t intervals differ from Wald's by less where no
# cell is small.
_OTHER_INTERVALS = 0.2
_SMALL = 5  # of a cell of a table, and a tenth of the patients of two groups of means
_ROUNDED = ("mean", "sd", "person_time")


def count_doubts(result: Result, comparison: Comparison) -> Iterator[Fault]:
    """Give what contradicts the arms in an unadjusted result that has no other fault."""
    crude = _crude(result, comparison)
    if result.adjustment != "unadjusted" or crude is None or result.estimate is None:
        return
    possible = possible_effects(result, crude, comparison)
    printed = printed_range(result.estimate.as_printed())
    if not printed.meets(_allowed(result, possible)):
        yield ("estimate",), _told(result, crude)
        return
    if result.ci is None or not _large(result):
        return
    z = z_of_level(float(result.level))
    for bound, side in zip(result.ci, (-1, 1), strict=True):
        limits = [
            found.yi + z * math.sqrt(found.vi) * (side + slack)
            for found in possible
            for slack in (-_OTHER_INTERVALS, _OTHER_INTERVALS)
        ]
        allowed = Range(_scaled(result, min(limits)), _scaled(result, max(limits)))
        if not printed_range(bound.as_printed()).meets(allowed):
            yield ("ci",), _told(result, crude)
            return


def remote_doubts(result: Result, comparison: Comparison) -> Iterator[Fault]:
    """Give where the arms lie outside the interval of a result of unreported adjustment."""
    crude = _crude(result, comparison)
    if result.adjustment is not None or crude is None or result.ci is None:
        return
    lower, upper = (printed_range(bound.as_printed()) for bound in result.ci)
    allowed = _allowed(result, possible_effects(result, crude, comparison))
    if allowed.high < lower.low or allowed.low > upper.high:
        yield ("ci",), f"{_told(result, crude)} (or `adjustment`, if it was adjusted)"


def denominator_doubts(study: Study, result: Result) -> Iterator[Fault]:
    """Give the groups of a result that count more patients than the study has in that arm.

    A digit too many there makes the study as heavy as ten of its kind, and nothing else shows it.
    """
    sizes = {arm.arm: arm.n for arm in study.arms.groups} if study.arms is not None else {}
    for index, group in enumerate(result.groups):
        size = sizes.get(group.arm)
        if group.n is not None and size is not None and group.n > size:
            message = f"found n {group.n} in arm {group.arm}, of which the study has {size}"
            yield ("groups", index, "n"), f"{message}, wanted at most that, or a `reason`"


def _crude(result: Result, comparison: Comparison) -> Measured | None:
    """Return the effect that the arms give; None where they do not, or only after a correction."""
    if result.estimate is None:
        return None
    zero = any(g.events == 0 or g.events == g.n for g in result.groups)
    if result.measure in (*TABLES, "IRR") and zero:
        return None
    try:
        return from_groups(result, comparison)
    except MethodError:
        return None  # that is a fault, which is told elsewhere


def possible_effects(result: Result, crude: Measured, comparison: Comparison) -> list[Measured]:
    """Return the effect of the arms as printed, and of every way in which they were rounded."""
    possible = [crude]
    for groups in product(*(_corners(group) for group in result.groups)):
        try:
            found = from_groups(result.model_copy(update={"groups": groups}), comparison)
        except MethodError:
            continue
        possible += [found] if found else []
    return possible


def _allowed(result: Result, possible: list[Measured]) -> Range:
    """Return the printed effects that rounded arms and other formulas allow."""
    slack = _OTHER_FORMULAS.get(result.measure, 0.0)
    effects = [found.yi * (1 + step) for found in possible for step in (-slack, slack)]
    return Range(_scaled(result, min(effects)), _scaled(result, max(effects)))


def _corners(group: GroupData) -> list[GroupData]:
    """Return a group with each of its rounded numbers as low and as high as it may have been."""
    numbers = {name: getattr(group, name) for name in _ROUNDED}
    known = {name: value for name, value in numbers.items() if isinstance(value, Printed)}
    ends = [(value - value.half_unit, value + value.half_unit) for value in known.values()]
    return [
        group.model_copy(update=dict(zip(known, map(Printed, corner), strict=True)))
        for corner in product(*ends)
    ]


def _large(result: Result) -> bool:
    if result.measure in TABLES:
        cells = [(g.events, g.n - g.events) for g in result.groups if g.n and g.events is not None]
        return all(min(pair) >= _SMALL for pair in cells)
    counts = [group.events if result.measure == "IRR" else group.n for group in result.groups]
    least = _SMALL if result.measure == "IRR" else 2 * _SMALL
    return all(count is not None and count >= least for count in counts)


def _scaled(result: Result, value: float) -> float:
    return math.exp(value) if is_ratio(result.measure) else value


def _told(result: Result, crude: Measured) -> str:
    ci = f" ({result.ci[0].as_printed()} to {result.ci[1].as_printed()})" if result.ci else ""
    estimate = result.estimate.as_printed() if result.estimate is not None else ""
    half = z_of_level(float(result.level)) * math.sqrt(crude.vi)
    est, low, high = (_scaled(result, crude.yi + step) for step in (0.0, -half, half))
    return (
        f"found {result.measure} {estimate}{ci} beside {arms_of(result)}, wanted what these give: "
        f"{est:.3g} ({low:.3g} to {high:.3g})"
    )


def arms_of(result: Result) -> str:
    """Return what the arms of a result printed, as a message quotes it."""
    return " and ".join(_arm(group) for group in result.groups)


def _arm(group: GroupData) -> str:
    if group.mean is not None:
        sd = "" if group.sd is None else f" (SD {group.sd.as_printed()})"
        return f"a mean of {group.mean.as_printed()}{sd} ({group.arm})"
    of = "" if group.n is None else f"/{group.n}"
    if group.person_time is not None:
        of = f" in {group.person_time.as_printed()}"
    return f"{group.events}{of} ({group.arm})"
