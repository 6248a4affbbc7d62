"""Whether the numbers printed for one result can all be true: estimate, interval, P, events.

Nothing here raises for an implausible result. Each check returns a tuple of `Doubt`, empty
where the numbers agree within the rounding of their printed decimals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr

from analysis.errors import MethodError
from analysis.quantiles import z_of_level

Printed = float | str
"""A number as printed ("0.70" keeps its last zero), or a float with `decimals` beside it."""


@dataclass(frozen=True, order=True)
class Doubt:
    """One reason to look at a result again. `kind` is a short id, `message` a full sentence."""

    kind: str
    message: str


@dataclass(frozen=True)
class Range:
    """The closed range of values that a printed number may stand for."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def meets(self, other: Range) -> bool:
        """Say whether the two ranges share a value."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class RoundingBox:
    """What the estimate and the limits of one interval may have been before rounding.

    On the printed scale; for ratios no range goes below zero.
    """

    est: Range
    lb: Range
    ub: Range
    ratio: bool = True

    @property
    def midpoint(self) -> Range:
        """Range of the interval's midpoint: geometric for ratios, arithmetic else."""
        if self.ratio:
            low, high = self.lb.low * self.ub.low, self.lb.high * self.ub.high
            return Range(math.sqrt(low), math.sqrt(high))
        return Range((self.lb.low + self.ub.low) / 2, (self.lb.high + self.ub.high) / 2)

    @property
    def yi(self) -> Range:
        """Range of the estimate on the analysis scale (log for ratios)."""
        return Range(self._scale(self.est.low), self._scale(self.est.high))

    def sei(self, level: float = 0.95) -> Range:
        """Range of the standard error on the analysis scale."""
        width = 2 * z_of_level(level)
        # Two limits printed alike leave room for any width down to zero.
        low = max(self._scale(self.ub.low) - self._scale(self.lb.high), 0.0)
        return Range(low / width, (self._scale(self.ub.high) - self._scale(self.lb.low)) / width)

    def pval(self, level: float = 0.95) -> Range:
        """Range of the two-sided Wald P value that estimate and interval allow.

        Estimate and limits vary freely inside their rounding, so the range is the widest
        that rounding can explain.
        """
        yi, sei = self.yi, self.sei(level)
        far = max(abs(yi.low), abs(yi.high))
        near = 0.0 if yi.low <= 0 <= yi.high else min(abs(yi.low), abs(yi.high))
        z_high = far / sei.low if sei.low > 0 else math.inf
        z_low = near / sei.high if 0 < sei.high < math.inf else 0.0
        return Range(2 * float(ndtr(-z_high)), 2 * float(ndtr(-z_low)))

    def _scale(self, value: float) -> float:
        if not self.ratio:
            return value
        return math.log(value) if value > 0 else -math.inf


def rounding_box(
    est: Printed,
    lb: Printed,
    ub: Printed,
    decimals: int | None = None,
    *,
    ratio: bool = True,
) -> RoundingBox:
    """Give the ranges of estimate and limits that are consistent with their printed rounding.

    Parameters
    ----------
    est, lb, ub : strings as printed (each with its own decimals), or floats with `decimals`.
    decimals : printed digits after the point, for those given as floats.
    ratio : whether the values are ratios, which cannot be negative.

    Raises
    ------
    MethodError : a string is no decimal number, or a float comes without `decimals`.
    """
    return RoundingBox(
        _ratio_range(est, decimals, ratio),
        _ratio_range(lb, decimals, ratio),
        _ratio_range(ub, decimals, ratio),
        ratio,
    )


def _ratio_range(value: Printed, decimals: int | None, ratio: bool) -> Range:
    found = printed_range(value, decimals)
    return Range(max(found.low, 0.0), max(found.high, 0.0)) if ratio else found


def interval_asymmetry(
    est: Printed,
    lb: Printed,
    ub: Printed,
    decimals: int | None = None,
    *,
    ratio: bool = True,
) -> tuple[Doubt, ...]:
    """Doubt an estimate that lies outside its interval, or off its middle beyond rounding.

    A Wald interval is symmetric on the analysis scale: a ratio's estimate is the geometric
    mean of its limits. 0.67 with 0.46 to 0.91 fails (midpoint 0.647); with 0.46 to 0.99 it
    passes (0.6748). Intervals that are not of Wald's form (exact, profile, Bayesian) may
    fail and yet be right: hence a doubt, not an error.
    """
    box = rounding_box(est, lb, ub, decimals, ratio=ratio)
    shown = f"{est} ({lb} to {ub})"
    if box.lb.low > box.est.high or box.est.low > box.ub.high:
        return (Doubt("outside_interval", f"found {shown}, wanted the estimate in its interval"),)
    if box.est.meets(box.midpoint):
        return ()
    kind = "geometric" if ratio else "arithmetic"
    low, high = box.midpoint.low, box.midpoint.high
    return (
        Doubt(
            "interval_asymmetry",
            f"found {shown}, wanted the estimate at the {kind} midpoint of its interval, "
            f"which rounding puts between {low:.4g} and {high:.4g}",
        ),
    )


def pvalue_agreement(
    est: Printed,
    lb: Printed,
    ub: Printed,
    pval_printed: str,
    decimals: int | None = None,
    level: float = 0.95,
    *,
    ratio: bool = True,
) -> tuple[Doubt, ...]:
    """Doubt a two-sided P value that estimate and interval cannot give within rounding.

    `pval_printed` is what the article prints: "0.075", "= .04", "<0.001", "> 0.05".
    A log-rank P beside a Cox interval differs a little by nature; so this is a doubt.

    Raises
    ------
    MethodError : `pval_printed` is no P value, or as `rounding_box`.
    """
    allowed = rounding_box(est, lb, ub, decimals, ratio=ratio).pval(level)
    if _pval_range(pval_printed).meets(allowed):
        return ()
    return (
        Doubt(
            "pvalue_disagrees",
            f"found P {pval_printed} beside {est} ({lb} to {ub}), wanted P between "
            f"{allowed.low:.2g} and {allowed.high:.2g}, all that rounding allows",
        ),
    )


def se_possible(
    sei: float, *, events: float | None = None, n: float | None = None, measure: str = "HR"
) -> tuple[Doubt, ...]:
    """Doubt a standard error too small for the number of events (or of patients).

    One event adds p(1 - p) <= 1/4 to the partial likelihood's information about a log hazard
    ratio between two arms, so `sei >= 2 / sqrt(events)`, adjusted or not; likewise for a log
    rate ratio. A log odds ratio has 1/a + 1/b + 1/c + 1/d >= 4/events + 4/(n - events).
    Where events are not reported, patients bound them. Give the largest `sei` that rounding
    allows (`RoundingBox.sei().high`). Other measures have no such bound: no doubt.

    Parameters
    ----------
    sei : standard error on the log scale, > 0.
    events, n : totals over both arms; None where not reported.

    Raises
    ------
    MethodError : `sei`, `events` or `n` is not positive, or there are more events than patients.
    """
    if not sei > 0:
        raise MethodError(f"se_possible: found standard error {sei}, wanted a positive number")
    for name, count in (("events", events), ("n", n)):
        if count is not None and not count > 0:
            raise MethodError(f"se_possible: found {name} = {count}, wanted a positive number")
    if events is not None and n is not None and events > n:
        if measure == "IRR":
            n = None  # one person may have several events
        else:
            raise MethodError(
                f"se_possible: found {events:g} events in {n:g} patients, wanted no more events"
            )
    least, counted = _least_se(measure, events, n)
    if sei >= least:
        return ()
    return (
        Doubt(
            "se_too_small",
            f"found a standard error of {sei:.4g}, wanted at least {least:.4g}, "
            f"the least that {counted} can give",
        ),
    )


def _least_se(measure: str, events: float | None, n: float | None) -> tuple[float, str]:
    if measure in ("HR", "IRR") and events is not None:
        return 2 / math.sqrt(events), f"{events:g} events"
    if measure == "HR" and n is not None:
        return 2 / math.sqrt(n), f"{n:g} patients"
    if measure == "OR":
        if events is not None and n is not None and events < n:
            least = math.sqrt(4 / events + 4 / (n - events))
            return least, f"{events:g} events in {n:g} patients"
        if n is not None:
            return 4 / math.sqrt(n), f"{n:g} patients"
        if events is not None:
            return 2 / math.sqrt(events), f"{events:g} events"
    return 0.0, "no count"


def printed_range(value: Printed, decimals: int | None = None) -> Range:
    """Give the range of numbers that are printed as `value`.

    Both ends are closed: programs differ in which way a half is rounded. The ends are widened
    by 1e-12 of the value, so that a half that binary arithmetic cannot hold still counts.
    """
    if isinstance(value, str):
        text = value.strip().replace("−", "-").replace("·", ".")
        try:
            number = float(text)
        except ValueError:
            raise MethodError(f"rounding: found {value!r}, wanted a decimal number") from None
        mantissa, _, exponent = text.lower().partition("e")
        decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    else:
        number = float(value)
    if not math.isfinite(number):
        raise MethodError(f"rounding: found {value!r}, wanted a decimal number")
    if decimals is None:
        raise MethodError(
            f"rounding: found the number {number} alone, wanted it as printed, "
            "or the count of its printed decimals"
        )
    half = 0.5 * 10.0**-decimals + 1e-12 * abs(number)
    return Range(number - half, number + half)


def _pval_range(text: str) -> Range:
    bare = text.strip().lstrip("Pp").strip()
    sign = bare[:1] if bare[:1] in "<>=≤≥" else ""
    number = printed_range(bare[len(sign) :].strip())
    value = (number.low + number.high) / 2
    if not -1e-12 <= value <= 1 + 1e-9:
        raise MethodError(f"rounding: found P value {text!r}, wanted one between 0 and 1")
    if sign and sign in "<≤":
        return Range(0.0, value)
    if sign and sign in ">≥":
        return Range(value, 1.0)
    return number
