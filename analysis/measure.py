"""One result of a study, as its file gives it, to `yi` and `vi` by the route it allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from analysis.compared_arms import Comparison, arms_of, pair_of
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
from analysis.effects import CORRELATION, LOGRANK, is_ratio
from analysis.errors import MethodError
from analysis.group_routes import PLAIN, Counting, counted_way
from analysis.lacking import lacking
from analysis.records import CurveData, Result, Study
from analysis.time_to_event import (
    log_hr_from_pvalue_and_events,
    log_hr_from_pvalue_and_total_events,
    log_hr_from_total_events,
)
from analysis.values import Bound


def sizes_of(study: Study, result: Result) -> dict[str, int]:
    """Return the patients of each arm of a study, by its id, for a result that prints none.

    How many of them are in a subgroup is not known.
    """
    if study.arms is None or result.subgroup:
        return {}
    return {arm.arm: arm.n for arm in study.arms.groups if arm.n is not None}


def measure(
    result: Result,
    comparison: Comparison,
    counting: Counting = PLAIN,
    sizes: Mapping[str, int] = MappingProxyType({}),
) -> Measured:
    """Return the effect of the intervention against the comparator, with its variance.

    The first route that the result allows is taken: an interval; a standard error; O − E with
    its variance, or expected events; a 2×2 table, means, rates, a proportion, a correlation;
    events of each arm with the ratio; Kaplan-Meier curves; a P value (never a bound) with the
    ratio, or with events and a direction; the total of events. Where `reference` names the
    intervention, the result is inverted, here and nowhere else.

    Parameters
    ----------
    sizes : patients of each arm of the study, which the total of events is shared by where the
        result prints none; arms of unknown sizes are taken as equal.

    Raises
    ------
    MethodError : the result allows no route; the message says what would.
    """
    found = None if counting.alone else _printed_way(result)
    found = found or counted_way(result, comparison, counting)
    if not counting.alone:
        found = found or _curves(result, comparison) or _tested_way(result, comparison, sizes)
    if found is None:
        wanted = lacking(result, arms_of(result, comparison))
        if counting.alone:
            wanted = "events and patients of both arms"
        raise MethodError(
            f"found no way from this result to an effect and its variance, wanted {wanted}"
        )
    return invert(found) if result.reference == comparison.intervention else found


def measure_in(
    study: Study, result: Result, comparison: Comparison, counting: Counting = PLAIN
) -> Measured:
    """Return what `measure` does of a result of a study, whose arms may tell how large they are."""
    return measure(result, comparison, counting, sizes_of(study, result))


def _printed_way(result: Result) -> Measured | None:
    """From an interval, a standard error, or O − E."""
    if result.measure == CORRELATION and result.n is not None:
        return None  # the estimate is a correlation, not yet Fisher's z
    ratio = is_ratio(result.measure)
    estimate = result.estimate
    if estimate is not None and result.ci is not None:
        lb, ub = map(float, result.ci)
        by_interval = log_ratio_from_interval if ratio else difference_from_interval
        return by_interval(float(estimate), lb, ub, float(result.level))
    if estimate is not None and result.se is not None:
        return from_standard_error(float(estimate), float(result.se), ratio=ratio)
    if estimate is not None and result.variance is not None and result.measure == "GEN":
        return generic(float(estimate), float(result.variance))
    if result.o_minus_e is not None and result.variance is not None and result.measure in LOGRANK:
        return from_o_minus_e(float(result.o_minus_e), float(result.variance))
    return None


def _tested_way(
    result: Result, comparison: Comparison, sizes: Mapping[str, int]
) -> Measured | None:
    """From a P value, or from the events alone."""
    estimate, events = result.estimate, result.events
    p = None if result.p is None or type(result.p) is Bound else float(result.p)
    if p is not None and estimate is not None:
        return from_pvalue(float(estimate), p, ratio=is_ratio(result.measure))
    if result.measure != "HR":
        return None
    treated, control = pair_of(result, comparison)
    by_arm = {**sizes, **{g.arm: g.n for g in (treated, control) if g is not None and g.n}}
    known = [by_arm[arm] for arm in arms_of(result, comparison) if arm in by_arm]
    allocation = (known[0], known[1]) if len(known) == 2 else (1, 1)
    if p is not None and result.direction is not None:
        arms = [g.events for g in (treated, control) if g is not None and g.events is not None]
        if len(arms) == 2:
            return log_hr_from_pvalue_and_events(p, arms[0], arms[1], result.direction)
        if events is not None:
            found = log_hr_from_pvalue_and_total_events(p, events, result.direction, *allocation)
            return found if len(known) == 2 else replace(found, route="pvalue_equal_arms")
    if estimate is not None and events is not None:
        found = log_hr_from_total_events(float(estimate), events, *allocation)
        return found if len(known) == 2 else replace(found, route="hr_equal_arms")
    return None


def _curves(result: Result, comparison: Comparison) -> Measured | None:
    """From Kaplan-Meier curves, with numbers at risk or with the range of follow-up."""
    by_arm = {curve.arm: curve for curve in result.curves}
    pair = [by_arm.get(arm) for arm in arms_of(result, comparison)]
    if result.measure != "HR" or None in pair:
        return None
    from analysis.kaplan_meier import Curve, curve_from_follow_up, log_hr_from_kaplan_meier

    def numbers(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(map(float, values))

    def read(data: CurveData) -> Curve | None:
        times, survival = numbers(data.times), numbers(data.survival)
        if data.at_risk:
            return Curve(times, survival, numbers(data.at_risk))
        if data.n is None or result.followed is None:
            return None
        return curve_from_follow_up(times, survival, data.n, *numbers(result.followed))

    curves = [read(data) for data in pair if data is not None]
    if curves[0] is None or curves[1] is None:
        return None
    at_risk = all(data is not None and data.at_risk for data in pair)
    route = "kaplan_meier_at_risk" if at_risk else "kaplan_meier_follow_up"
    return log_hr_from_kaplan_meier(curves[0], curves[1], route=route)
