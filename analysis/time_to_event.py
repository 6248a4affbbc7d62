"""Hazard ratios from what is printed when no hazard ratio with its interval is.

The routes of Parmar, Torri & Stewart (1998, Stat Med 17:2815) and Tierney et al. (2007, Trials
8:16), but for Kaplan-Meier curves (see `kaplan_meier`). V, the variance of O - E under no
effect, is also the information about the log hazard ratio, whose variance is 1 / V.

Hazard ratios here are of arm 1 (experimental) over arm 0 (control); `invert` exchanges them.
"""

from __future__ import annotations

import math
from typing import Literal

from analysis.effect_sizes import Measured, z_of_pvalue
from analysis.errors import MethodError

Direction = Literal["lower", "higher"]


def log_hr_from_logrank(observed: tuple[float, float], expected: tuple[float, float]) -> Measured:
    """Log hazard ratio from observed and log-rank expected events of arms 1 and 0.

    yi = log((O1 / E1) / (O0 / E0)), vi = 1 / E1 + 1 / E0.

    Raises
    ------
    MethodError : a number is not positive, or the expected events do not sum to the observed
        (within 1% or one event, for rounding).
    """
    for name, numbers in (("observed", observed), ("expected", expected)):
        for number in numbers:
            _positive("log_hr_from_logrank", f"{name} events", number)
    if abs(sum(observed) - sum(expected)) > max(1.0, 0.01 * sum(observed)):
        raise MethodError(
            f"log_hr_from_logrank: found {sum(observed):g} observed and {sum(expected):g} expected "
            "events, wanted equal sums, which the log-rank test makes"
        )
    (o1, o0), (e1, e0) = observed, expected
    return Measured(math.log(o1 / e1 * e0 / o0), 1 / e1 + 1 / e0, "logrank_expected")


def log_hr_from_events(hr: float, events1: float, events0: float) -> Measured:
    """Log hazard ratio, with its variance from the events of each arm.

    vi = 1 / V, V = D1 D0 / (D1 + D0): right for an effect that is not large.
    """
    _positive("log_hr_from_events", "hazard ratio", hr)
    v = information_from_arms(events1, events0)
    return Measured(math.log(hr), 1 / v, "hr_events")


def log_hr_from_total_events(hr: float, events: float, n1: float = 1, n0: float = 1) -> Measured:
    """Log hazard ratio, with its variance from the total of events and the allocation.

    vi = 1 / V, V = D n1 n0 / (n1 + n0)^2; D / 4 for equal arms. `n1` and `n0` are the numbers
    randomised, or their ratio.
    """
    _positive("log_hr_from_total_events", "hazard ratio", hr)
    v = information_from_total(events, n1, n0)
    return Measured(math.log(hr), 1 / v, "hr_total_events")


def log_hr_from_pvalue_and_events(
    pval: float, events1: float, events0: float, direction: Direction, *, sides: int = 2
) -> Measured:
    """Log hazard ratio from the log-rank P value, the events of each arm and the direction.

    yi = ± z / sqrt(V), vi = 1 / V, V = D1 D0 / (D1 + D0). `direction` says whether the hazard
    is "lower" or "higher" in arm 1: a P value cannot.

    Raises
    ------
    MethodError : as `z_of_pvalue`; a count is not positive; another direction.
    """
    v = information_from_arms(events1, events0)
    return _from_z(z_of_pvalue(pval, sides=sides), v, direction, "pvalue_events")


def log_hr_from_pvalue_and_total_events(
    pval: float,
    events: float,
    direction: Direction,
    n1: float = 1,
    n0: float = 1,
    *,
    sides: int = 2,
) -> Measured:
    """Log hazard ratio from the log-rank P value, the total of events and the allocation.

    As `log_hr_from_pvalue_and_events`, with V = D n1 n0 / (n1 + n0)^2.
    """
    v = information_from_total(events, n1, n0)
    return _from_z(z_of_pvalue(pval, sides=sides), v, direction, "pvalue_total_events")


def information_from_arms(events1: float, events0: float) -> float:
    """V = D1 D0 / (D1 + D0); raises where an arm has no event."""
    _positive("information_from_arms", "events in arm 1", events1)
    _positive("information_from_arms", "events in arm 0", events0)
    return events1 * events0 / (events1 + events0)


def information_from_total(events: float, n1: float = 1, n0: float = 1) -> float:
    """V = D n1 n0 / (n1 + n0)^2; raises where a number is not positive."""
    _positive("information_from_total", "events", events)
    _positive("information_from_total", "patients in arm 1", n1)
    _positive("information_from_total", "patients in arm 0", n0)
    return events * n1 * n0 / (n1 + n0) ** 2


def _from_z(z: float, v: float, direction: str, route: str) -> Measured:
    if direction not in ("lower", "higher"):
        raise MethodError(f"hazard ratio: found direction {direction!r}, wanted lower or higher")
    sign = -1 if direction == "lower" else 1
    return Measured(sign * z / math.sqrt(v), 1 / v, route)


def _positive(name: str, what: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise MethodError(f"{name}: found {what} = {value}, wanted a positive number")
