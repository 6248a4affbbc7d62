"""From what each group printed (counts, means, rates, one proportion) or from a correlation."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.compared_arms import Comparison, one_group, pair_of
from analysis.effect_sizes import Measured
from analysis.effects import CORRELATION, MEANS, ONE_GROUP, TABLES
from analysis.records import GroupData, Result
from analysis.time_to_event import log_hr_from_events, log_hr_from_logrank
from analysis.two_by_two import To


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


def from_groups(result: Result, comparison: Comparison) -> Measured | None:
    """Return the effect that counts, means or rates of both arms give, whatever else is printed.

    It stands the way round that the result is printed. None where the measure does not follow
    from the arms (as HR), or they are not both given.

    Raises
    ------
    MethodError : the arms cannot give an effect.
    """
    known = (*TABLES, *MEANS, "IRR")
    return counted_way(result, comparison, PLAIN) if result.measure in known else None


def table_of(result: Result, comparison: Comparison) -> Table | None:
    """Return the 2×2 table of a result, arm 1 being the one that is not its reference."""
    treated, control = pair_of(result, comparison)
    if treated is None or control is None:
        return None
    a, n1, c, n0 = treated.events, treated.n, control.events, control.n
    if a is None or n1 is None or c is None or n0 is None:
        return None
    return Table(a, n1 - a, c, n0 - c)


def counted_way(result: Result, comparison: Comparison, counting: Counting) -> Measured | None:
    """From what each arm (or the one group) printed."""
    if result.measure == CORRELATION:
        return _correlation(result)
    treated, control = pair_of(result, comparison)
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
