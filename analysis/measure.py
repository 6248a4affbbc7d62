"""One result of a study, as its file gives it, to `yi` and `vi` by the route it allows."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.effect_sizes import (
    Measured,
    difference_from_interval,
    from_o_minus_e,
    from_pvalue,
    from_standard_error,
    generic,
    invert,
    log_ratio_from_interval,
)
from analysis.effects import is_ratio
from analysis.errors import MethodError
from analysis.records import GroupData, Result
from analysis.time_to_event import log_hr_from_events, log_hr_from_total_events
from analysis.values import Bound

TABLES = {"OR": "OR", "RR": "RR", "RD": "RD"}


@dataclass(frozen=True)
class Comparison:
    """The arms compared: the intervention over the comparator, by their ids."""

    intervention: str
    comparator: str


def measure(result: Result, comparison: Comparison) -> Measured:
    """Return the effect of the intervention against the comparator, with its variance.

    The first route that the result allows is taken: an interval; a standard error; a 2×2
    table or means; O − E with its variance; events of each arm; a P value (never a bound);
    the total of events. Where `reference` names the intervention, the result is inverted,
    here and nowhere else.

    Raises
    ------
    MethodError : the result allows no route; the message says what would.
    """
    measured = _printed_way(result, comparison)
    return invert(measured) if result.reference == comparison.intervention else measured


def has_route(result: Result) -> bool:
    """Say whether a result holds enough for any route of `measure`."""
    return bool(
        (result.estimate is not None and (result.ci or result.se or result.events))
        or (result.estimate is not None and result.p is not None and type(result.p) is not Bound)
        or (result.o_minus_e is not None and result.variance is not None)
        or len(result.groups) >= 2
    )


def _printed_way(result: Result, comparison: Comparison) -> Measured:
    ratio = is_ratio(result.measure)
    estimate, level = result.estimate, float(result.level)
    if estimate is not None:
        if result.ci is not None:
            lb, ub = map(float, result.ci)
            by_interval = log_ratio_from_interval if ratio else difference_from_interval
            return by_interval(float(estimate), lb, ub, level)
        if result.se is not None:
            return from_standard_error(float(estimate), float(result.se), ratio=ratio)
        if result.variance is not None and result.measure == "GEN":
            return generic(float(estimate), float(result.variance))
    if result.groups and (by_groups := _from_groups(result, comparison)):
        return by_groups
    if result.o_minus_e is not None and result.variance is not None:
        return from_o_minus_e(float(result.o_minus_e), float(result.variance))
    if estimate is not None:
        if result.p is not None and type(result.p) is not Bound:
            return from_pvalue(float(estimate), float(result.p), ratio=ratio)
        if result.events is not None and result.measure == "HR":
            return log_hr_from_total_events(float(estimate), result.events)
    raise MethodError(
        f"found no way from this result to an effect and its variance, wanted {WANTED}"
    )


WANTED = (
    "an estimate with its interval, its standard error or its P value; O − E with its variance; "
    "or the events or means of both arms"
)


def _from_groups(result: Result, comparison: Comparison) -> Measured | None:
    by_arm = {group.arm: group for group in result.groups}
    reference = result.reference or comparison.comparator
    other = (
        comparison.comparator if reference == comparison.intervention else comparison.intervention
    )
    treated, control = by_arm.get(other), by_arm.get(reference)
    if treated is None or control is None:
        return None
    if result.measure in TABLES:
        return _from_table(treated, control, result)
    if result.measure in ("MD", "SMD", "ROM"):
        return _from_means(treated, control, result)
    if result.measure == "HR" and result.estimate is not None:
        if treated.events is None or control.events is None:
            return None
        return log_hr_from_events(float(result.estimate), treated.events, control.events)
    return None


def _from_table(treated: GroupData, control: GroupData, result: Result) -> Measured | None:
    from analysis.two_by_two import from_two_by_two

    a, n1, c, n0 = treated.events, treated.n, control.events, control.n
    if a is None or n1 is None or c is None or n0 is None:
        return None
    return from_two_by_two(a, n1 - a, c, n0 - c, result.measure)  # type: ignore[arg-type]


def _from_means(treated: GroupData, control: GroupData, result: Result) -> Measured | None:
    from analysis import continuous

    ways = {
        "MD": continuous.mean_difference,
        "SMD": continuous.standardised_mean_difference,
        "ROM": continuous.ratio_of_means,
    }
    numbers = (treated.mean, treated.sd, treated.n, control.mean, control.sd, control.n)
    if any(number is None for number in numbers):
        return None
    pair = ways[result.measure](*(float(number) for number in numbers if number is not None))
    return continuous.measured(pair, "means")
