"""One result of a study, as its file gives it, to `yi` and `vi` by the route it allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

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
from analysis.effects import CORRELATION, LOGRANK, MEANS, ONE_GROUP, TABLES, is_ratio
from analysis.errors import MethodError
from analysis.lacking import lacking
from analysis.records import CurveData, GroupData, Question, Result, Study
from analysis.time_to_event import (
    log_hr_from_events,
    log_hr_from_logrank,
    log_hr_from_pvalue_and_events,
    log_hr_from_pvalue_and_total_events,
    log_hr_from_total_events,
)
from analysis.two_by_two import To
from analysis.values import Bound


@dataclass(frozen=True)
class Comparison:
    """The arms compared: the intervention over the comparator, by their ids."""

    intervention: str
    comparator: str


def compared(question: Question) -> Comparison:
    """Return the arms that a question compares."""
    return Comparison(question.intervention, question.comparator)


@dataclass(frozen=True)
class Counting:
    """How 2×2 tables become effects: the continuity correction, or Peto's one step.

    `alone`: the counts are the only route, as Mantel-Haenszel and Peto pooling need them.
    """

    add: float = 0.5
    to: To = "only0"
    peto: bool = False
    alone: bool = False


@dataclass(frozen=True)
class Table:
    """Events and non-events of arm 1 (not the reference) and of arm 0 (the reference)."""

    ai: int
    bi: int
    ci: int
    di: int

    @property
    def zero_cell(self) -> bool:
        """Whether a cell holds nobody."""
        return 0 in (self.ai, self.bi, self.ci, self.di)

    @property
    def one_sided(self) -> bool:
        """Whether nobody or everybody had the event."""
        return self.ai + self.ci == 0 or self.bi + self.di == 0


PLAIN = Counting()


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
    found = found or _counted_way(result, comparison, counting)
    if not counting.alone:
        found = found or _curves(result, comparison) or _tested_way(result, comparison, sizes)
    if found is None:
        wanted = lacking(result, _arms(result, comparison))
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


def from_groups(result: Result, comparison: Comparison) -> Measured | None:
    """Return the effect that counts, means or rates of both arms give, whatever else is printed.

    It stands the way round that the result is printed. None where the measure does not follow
    from the arms (as HR), or they are not both given.

    Raises
    ------
    MethodError : the arms cannot give an effect.
    """
    known = (*TABLES, *MEANS, "IRR")
    return _counted_way(result, comparison, PLAIN) if result.measure in known else None


def one_group(result: Result, comparison: Comparison) -> GroupData | None:
    """Return the group of a proportion: that of the intervention, else that of the comparator."""
    treated, control = _pair(result, comparison)
    return treated or control


def table_of(result: Result, comparison: Comparison) -> Table | None:
    """Return the 2×2 table of a result, arm 1 being the one that is not its reference."""
    treated, control = _pair(result, comparison)
    if treated is None or control is None:
        return None
    a, n1, c, n0 = treated.events, treated.n, control.events, control.n
    if a is None or n1 is None or c is None or n0 is None:
        return None
    return Table(a, n1 - a, c, n0 - c)


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


def _counted_way(result: Result, comparison: Comparison, counting: Counting) -> Measured | None:
    """From what each arm (or the one group) printed."""
    if result.measure == CORRELATION:
        return _correlation(result)
    treated, control = _pair(result, comparison)
    if result.measure in ONE_GROUP:
        return _proportion(result, one_group(result, comparison))
    if result.measure in TABLES:
        table = table_of(result, comparison)
        return None if table is None else _from_table(table, result, counting)
    if treated is None or control is None:
        return None
    if result.measure in MEANS:
        return _from_means(treated, control, result)
    if result.measure == "IRR":
        return _from_rates(treated, control)
    if result.measure == "HR" and treated.events is not None and control.events is not None:
        observed = (treated.events, control.events)
        if treated.expected is not None and control.expected is not None:
            expected = (float(treated.expected), float(control.expected))
            return log_hr_from_logrank(observed, expected)
        if result.estimate is not None:
            return log_hr_from_events(float(result.estimate), *observed)
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
    treated, control = _pair(result, comparison)
    by_arm = {**sizes, **{g.arm: g.n for g in (treated, control) if g is not None and g.n}}
    known = [by_arm[arm] for arm in _arms(result, comparison) if arm in by_arm]
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


def _pair(result: Result, comparison: Comparison) -> tuple[GroupData | None, GroupData | None]:
    """Return what the arm over the reference printed, and the reference."""
    by_arm = {group.arm: group for group in result.groups}
    other, reference = _arms(result, comparison)
    return by_arm.get(other), by_arm.get(reference)


def _arms(result: Result, comparison: Comparison) -> tuple[str, str]:
    reference = result.reference or comparison.comparator
    turned = reference == comparison.intervention
    return (comparison.comparator if turned else comparison.intervention), reference


def _from_table(table: Table, result: Result, counting: Counting) -> Measured:
    from analysis.two_by_two import from_two_by_two

    cells = (table.ai, table.bi, table.ci, table.di)
    if counting.peto:
        return from_two_by_two(*cells, "PETO")
    return from_two_by_two(*cells, result.measure, add=counting.add, to=counting.to)  # type: ignore[arg-type]


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


def _from_rates(treated: GroupData, control: GroupData) -> Measured | None:
    from analysis import continuous

    numbers = (treated.events, treated.person_time, control.events, control.person_time)
    if any(number is None for number in numbers):
        return None
    pair = continuous.rate_ratio(*(float(number) for number in numbers if number is not None))
    corrected = 0 in (treated.events, control.events)
    return continuous.measured(pair, "rates_corrected" if corrected else "rates")


def _proportion(result: Result, group: GroupData | None) -> Measured | None:
    from analysis import continuous

    if group is None or group.events is None or group.n is None:
        return None
    if result.measure != "PLO":
        return continuous.measured(continuous.freeman_tukey(group.events, group.n), "proportion")
    corrected = group.events in (0, group.n)
    pair = continuous.logit_proportion(group.events, group.n)
    return continuous.measured(pair, "proportion_corrected" if corrected else "proportion")


def _correlation(result: Result) -> Measured | None:
    from analysis import continuous

    if result.estimate is None or result.n is None:
        return None
    return continuous.measured(continuous.fisher_z(float(result.estimate), result.n), "correlation")


def _curves(result: Result, comparison: Comparison) -> Measured | None:
    """From Kaplan-Meier curves, with numbers at risk or with the range of follow-up."""
    by_arm = {curve.arm: curve for curve in result.curves}
    pair = [by_arm.get(arm) for arm in _arms(result, comparison)]
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
