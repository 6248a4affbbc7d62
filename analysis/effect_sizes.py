"""From what a study printed to `yi` and `vi`, each with the route that was taken.

Ratios are analysed as logarithms. The routes for hazard ratios are those of Parmar, Torri &
Stewart (1998, Stat Med 17:2815) and Tierney et al. (2007, Trials 8:16) and continue in
`time_to_event`; 2×2 tables are in `two_by_two`, means, proportions and correlations in
`continuous`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from scipy.special import ndtri

from analysis.errors import MethodError
from analysis.plausibility import (
    Doubt,
    Range,
    RoundingBox,
    interval_asymmetry,
    printed_range,
    pvalue_agreement,
    rounding_box,
    se_possible,
)
from analysis.quantiles import z_of_level

__all__ = [
    "CORRECTED",
    "ROUTES",
    "Doubt",
    "Measured",
    "Range",
    "RoundingBox",
    "difference_from_interval",
    "from_o_minus_e",
    "from_pvalue",
    "from_standard_error",
    "generic",
    "interval_asymmetry",
    "invert",
    "log_ratio_from_interval",
    "printed_range",
    "pvalue_agreement",
    "rounding_box",
    "se_possible",
    "z_of_level",
    "z_of_pvalue",
]

ROUTES: Mapping[str, str] = MappingProxyType(
    {
        "ratio_interval": "The logarithm of the ratio; its standard error from the width of the "
        "confidence interval on the log scale.",
        "ratio_standard_error": "The logarithm of the ratio, with its printed standard error on "
        "the log scale.",
        "ratio_pvalue": "The logarithm of the ratio; its standard error from the two-sided "
        "P value.",
        "o_minus_e": "Observed minus expected events (O − E) over their variance V; the variance "
        "of the log ratio is 1/V.",
        "difference_interval": "The difference; its standard error from the width of the "
        "confidence interval.",
        "difference_standard_error": "The difference, with its printed standard error.",
        "difference_pvalue": "The difference; its standard error from the two-sided P value.",
        "generic": "Effect and variance as given on the analysis scale.",
        "logrank_expected": "Observed and log-rank expected events of each arm.",
        "hr_events": "The logarithm of the hazard ratio; its variance from the events of each arm.",
        "hr_total_events": "The logarithm of the hazard ratio; its variance from the total of "
        "events and the numbers randomised.",
        "hr_equal_arms": "The logarithm of the hazard ratio; its variance from the total of "
        "events, the arms being taken as equal.",
        "pvalue_events": "Both from the log-rank P value and the events of each arm, with the "
        "direction as stated.",
        "pvalue_total_events": "Both from the log-rank P value, the total of events and the "
        "numbers randomised, with the direction as stated.",
        "pvalue_equal_arms": "Both from the log-rank P value and the total of events, with the "
        "direction as stated, the arms being taken as equal.",
        "kaplan_meier_at_risk": "From Kaplan-Meier survival at several times and the numbers at "
        "risk, interval by interval.",
        "kaplan_meier_follow_up": "From Kaplan-Meier survival at several times and the shortest "
        "and longest follow-up, with uniform censoring, interval by interval.",
        "two_by_two": "From the counts of the 2×2 table.",
        "two_by_two_corrected": "From the counts of the 2×2 table, with a continuity correction.",
        "two_by_two_peto": "From the counts of the 2×2 table by Peto's one-step method.",
        "means": "From means, standard deviations and numbers of both groups.",
        "proportion": "From the number of events and of participants of one group.",
        "proportion_corrected": "From the number of events and of participants of one group, with "
        "a continuity correction.",
        "rates": "From events and person-time of both groups.",
        "rates_corrected": "From events and person-time of both groups, with a continuity "
        "correction.",
        "correlation": "Fisher's z of a correlation coefficient.",
        "composite": "The mean of several correlated estimates of one study, at an assumed "
        "correlation.",
    }
)
"""Each route by its id, with the sentence that the appendix prints."""

CORRECTED = frozenset(route for route in ROUTES if route.endswith("_corrected"))
"""Routes that add to counts, so that the effect is not quite that of the counts themselves."""


@dataclass(frozen=True)
class Measured:
    """One result on the analysis scale.

    Parameters
    ----------
    yi : effect (log for ratios).
    vi : its sampling variance, > 0, in units of yi squared.
    route : key of `ROUTES`.
    inverted : whether the arms stand the other way round than the study printed them.

    Unpacks as `yi, vi`.

    Raises
    ------
    MethodError : yi or vi is not finite, vi is not positive, or the route is unknown.
    """

    yi: float
    vi: float
    route: str
    inverted: bool = False

    def __post_init__(self) -> None:
        if self.route not in ROUTES:
            raise MethodError(f"effect size: found route {self.route!r}, wanted a key of ROUTES")
        if not math.isfinite(self.yi):
            raise MethodError(f"effect size: found yi = {self.yi}, wanted a finite number")
        if not (math.isfinite(self.vi) and self.vi > 0):
            raise MethodError(f"effect size: found vi = {self.vi}, wanted a positive finite number")

    def __iter__(self) -> Iterator[float]:
        yield self.yi
        yield self.vi

    @property
    def sei(self) -> float:
        """Standard error, on the analysis scale."""
        return math.sqrt(self.vi)

    @property
    def sentence(self) -> str:
        """The route in words, for the appendix."""
        said = ROUTES[self.route]
        return f"{said} The arms were exchanged." if self.inverted else said


def invert(measured: Measured) -> Measured:
    """Exchange the arms: the effect changes its sign, its variance stays."""
    # 0.0 - yi, since -0.0 would print as a negative nothing.
    return replace(measured, yi=0.0 - measured.yi, inverted=not measured.inverted)


def log_ratio_from_interval(est: float, lb: float, ub: float, level: float = 0.95) -> Measured:
    """Log ratio and variance from a ratio and its confidence interval.

    yi = log est; sei = (log ub - log lb) / (2 z), with z the normal quantile of `level` (Tierney
    2007). The estimate need not be the interval's midpoint:
    see `interval_asymmetry`.

    Raises
    ------
    MethodError : not 0 < lb < ub, est not inside [lb, ub], or level not inside (0, 1).
    """
    _check_interval("log_ratio_from_interval", est, lb, ub)
    if not lb > 0:
        raise MethodError(
            f"log_ratio_from_interval: found a lower limit of {lb}, wanted one above 0, "
            "since a ratio is analysed as its logarithm"
        )
    sei = (math.log(ub) - math.log(lb)) / (2 * z_of_level(level))
    return Measured(math.log(est), sei**2, "ratio_interval")


def difference_from_interval(est: float, lb: float, ub: float, level: float = 0.95) -> Measured:
    """Difference (MD, SMD, RD, Fisher's z) and variance from its confidence interval.

    sei = (ub - lb) / (2 z). Raises as `log_ratio_from_interval`, but any sign is allowed.
    """
    _check_interval("difference_from_interval", est, lb, ub)
    sei = (ub - lb) / (2 * z_of_level(level))
    return Measured(float(est), sei**2, "difference_interval")


def from_standard_error(est: float, sei: float, *, ratio: bool = True) -> Measured:
    """Effect and variance from an estimate and its standard error on the analysis scale.

    `est` is the printed ratio (its logarithm is taken), or the difference with `ratio=False`;
    `sei` is the standard error of the logarithm, or of the difference.

    Raises
    ------
    MethodError : `sei` is not positive, or a ratio is not positive.
    """
    yi = _analysed("from_standard_error", est, ratio)
    if not (math.isfinite(sei) and sei > 0):
        raise MethodError(
            f"from_standard_error: found standard error {sei}, wanted a positive number"
        )
    route = "ratio_standard_error" if ratio else "difference_standard_error"
    return Measured(yi, sei**2, route)


def from_pvalue(est: float, pval: float, *, ratio: bool = True, sides: int = 2) -> Measured:
    """Effect and variance from an estimate and its P value: sei = |yi| / z.

    A two-sided P = 0.075 means z = 1.78 (Tierney 2007). With `sides=1` the P value
    is that of the test in the direction of the estimate.

    Raises
    ------
    MethodError : the estimate is the null, or P does not give a z above 0; then any
        standard error would do.
    """
    yi = _analysed("from_pvalue", est, ratio)
    if yi == 0:
        raise MethodError(
            f"from_pvalue: found estimate {est}, which is the null; wanted another estimate, "
            "since no P value then tells its standard error"
        )
    sei = abs(yi) / z_of_pvalue(pval, sides=sides)
    return Measured(yi, sei**2, "ratio_pvalue" if ratio else "difference_pvalue")


def from_o_minus_e(o_minus_e: float, v: float) -> Measured:
    """Log hazard (or Peto odds) ratio from O - E and V: yi = (O - E) / V, vi = 1 / V.

    O - E of the experimental arm.

    Raises
    ------
    MethodError : V is not positive.
    """
    if not (math.isfinite(v) and v > 0):
        raise MethodError(f"from_o_minus_e: found V = {v}, wanted a positive number")
    return Measured(o_minus_e / v, 1 / v, "o_minus_e")


def generic(yi: float, vi: float) -> Measured:
    """Effect and variance as given, already on the analysis scale."""
    return Measured(float(yi), float(vi), "generic")


def z_of_pvalue(pval: float, *, sides: int = 2) -> float:
    """Positive z of a P value; raises where there is none (P = 0, or P so large that z <= 0)."""
    if sides not in (1, 2):
        raise MethodError(f"P value: found {sides} sides, wanted 1 or 2")
    top = 1.0 if sides == 2 else 0.5
    if not 0 < pval < top:
        raise MethodError(
            f"P value: found {pval} ({sides}-sided), wanted one above 0 and below {top:g}"
        )
    return -float(ndtri(pval / sides))


def _analysed(name: str, est: float, ratio: bool) -> float:
    if ratio and not est > 0:
        raise MethodError(f"{name}: found ratio {est}, wanted a positive number")
    return math.log(est) if ratio else float(est)


def _check_interval(name: str, est: float, lb: float, ub: float) -> None:
    if not all(map(math.isfinite, (est, lb, ub))):
        raise MethodError(f"{name}: found {est} ({lb} to {ub}), wanted finite numbers")
    if not lb < ub:
        raise MethodError(f"{name}: found {lb} to {ub}, wanted lower < upper")
    if not lb <= est <= ub:
        raise MethodError(f"{name}: found {est} outside {lb} to {ub}, wanted it inside")
