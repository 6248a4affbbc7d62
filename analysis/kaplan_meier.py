"""Hazard ratios from Kaplan-Meier curves read at several times.

The interval method of Parmar, Torri & Stewart (1998, Stat Med 17:2815, section 4), with the
numbers at risk as Tierney et al. (2007, Trials 8:16) use them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.effect_sizes import Measured
from analysis.errors import MethodError


@dataclass(frozen=True)
class Interval:
    """One interval of two Kaplan-Meier curves: (events, effective number at risk) of each arm."""

    start: float
    end: float
    events1: float
    exposed1: float
    events0: float
    exposed0: float

    @property
    def yi(self) -> float:
        """Log ratio of the two risks within the interval."""
        return math.log(self.events1 / self.exposed1 * self.exposed0 / self.events0)

    @property
    def vi(self) -> float:
        """Variance of `yi`."""
        return 1 / self.events1 - 1 / self.exposed1 + 1 / self.events0 - 1 / self.exposed0


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve read at some times: survival (0 to 1) and numbers at risk there.

    The first time is where follow-up starts, with survival 1.

    Raises
    ------
    MethodError : lengths differ, fewer than two times, times do not rise, survival or numbers
        at risk rise, survival does not start at 1 or reaches 0, or more are at risk than the
        fall in survival leaves (by more than 3% of those at risk before, or three patients:
        a table counts whoever has the event on that very day).
    """

    times: tuple[float, ...]
    survival: tuple[float, ...]
    at_risk: tuple[float, ...]

    def __post_init__(self) -> None:
        t, s, r = self.times, self.survival, self.at_risk
        if not len(t) == len(s) == len(r) >= 2:
            raise MethodError(
                f"Kaplan-Meier: found {len(t)} times, {len(s)} survival proportions and {len(r)} "
                "numbers at risk, wanted as many of each, two or more"
            )
        if s[0] != 1:
            raise MethodError(f"Kaplan-Meier: found survival {s[0]} at the start, wanted 1")
        for i in range(1, len(t)):
            if not t[i] > t[i - 1]:
                raise MethodError(f"Kaplan-Meier: found time {t[i]} after {t[i - 1]}, wanted later")
            if not 0 < s[i] <= s[i - 1]:
                raise MethodError(
                    f"Kaplan-Meier: found survival {s[i]} at time {t[i]}, wanted it above 0 and "
                    f"at most {s[i - 1]}, as before"
                )
            if not 0 <= r[i] <= r[i - 1]:
                raise MethodError(
                    f"Kaplan-Meier: found {r[i]:g} at risk at time {t[i]}, wanted 0 to "
                    f"{r[i - 1]:g}, as before"
                )
            left = r[i - 1] * s[i] / s[i - 1]
            if r[i] > left + max(3.0, 0.03 * r[i - 1]):
                raise MethodError(
                    f"Kaplan-Meier: found {r[i]:g} at risk at time {t[i]}, wanted at most "
                    f"{left:.1f}, which the fall in survival leaves of {r[i - 1]:g}"
                )

    def events(self, i: int, j: int) -> tuple[float, float]:
        """Events and effective number at risk between the times of index i and j.

        With q = S(j) / S(i) and censoring spread evenly over the interval, half of the censored
        c count as exposed: D = (R(i) - c / 2)(1 - q) and R(j) = R(i) - D - c. Solved for D:
        D = (R(i) + R(j)) (1 - q) / (1 + q).
        """
        q = self.survival[j] / self.survival[i]
        before, after = self.at_risk[i], self.at_risk[j]
        # Rounded survival may ask for a little more events than patients who left.
        events = min((before + after) * (1 - q) / (1 + q), before - after)
        return events, (before + after + events) / 2


def curve_from_follow_up(
    times: Sequence[float],
    survival: Sequence[float],
    n: float,
    shortest: float,
    longest: float,
) -> Curve:
    """Curve with its numbers at risk worked out from the shortest and longest follow-up.

    Parmar (1998), section 4: entry at a constant rate makes follow-up uniform between
    `shortest` and `longest`, so that the share G(t) still followed falls from 1 to 0 in a
    straight line; the number at risk is n S(t) G(t).

    Raises
    ------
    MethodError : not 0 <= shortest < longest, a time after `longest`, or as `Curve`.
    """
    if not 0 <= shortest < longest:
        raise MethodError(
            f"Kaplan-Meier: found follow-up from {shortest} to {longest}, wanted 0 <= shortest "
            "< longest"
        )
    if len(times) and max(times) > longest:
        raise MethodError(
            f"Kaplan-Meier: found time {max(times)}, wanted none after the longest follow-up, "
            f"{longest}"
        )
    if not n > 0:
        raise MethodError(f"Kaplan-Meier: found {n} patients, wanted a positive number")
    followed = [min(1.0, (longest - t) / (longest - shortest)) for t in times]
    at_risk = [n * s * g for s, g in zip(survival, followed, strict=False)]
    return Curve(tuple(times), tuple(survival), tuple(at_risk))


def kaplan_meier_intervals(arm1: Curve, arm0: Curve) -> tuple[Interval, ...]:
    """Intervals between the times of two curves, as many as have events in both arms.

    An interval without an event in one of the arms has no log ratio; it is joined with the
    following one (the last: with the one before), which leaves out no patient.

    Raises
    ------
    MethodError : the two are read at different times, or an arm has no event.
    """
    if arm1.times != arm0.times:
        raise MethodError(
            "Kaplan-Meier: found the two curves read at different times, wanted the same"
        )
    starts = [0]
    for j in range(1, len(arm1.times)):
        if _measurable(arm1, starts[-1], j) and _measurable(arm0, starts[-1], j):
            starts.append(j)
    if len(starts) == 1:
        raise MethodError(
            "Kaplan-Meier: found an arm without an event, wanted events in both; the hazard "
            "ratio is then 0, infinite or unknown"
        )
    starts[-1] = len(arm1.times) - 1
    return tuple(
        Interval(
            arm1.times[i],
            arm1.times[j],
            *arm1.events(i, j),
            *arm0.events(i, j),
        )
        for i, j in itertools.pairwise(starts)
    )


def log_hr_from_kaplan_meier(
    arm1: Curve, arm0: Curve, *, route: str = "kaplan_meier_at_risk"
) -> Measured:
    """Log hazard ratio from two Kaplan-Meier curves: inverse-variance mean over the intervals.

    Parmar (1998), section 4. Within an interval the ratio of risks stands for that of hazards,
    so intervals should hold at most a fifth of those at risk as events (Tierney 2007). Give
    `route="kaplan_meier_follow_up"` for curves from `curve_from_follow_up`.

    Raises
    ------
    MethodError : as `kaplan_meier_intervals`.
    """
    intervals = kaplan_meier_intervals(arm1, arm0)
    information = math.fsum(1 / each.vi for each in intervals)
    yi = math.fsum(each.yi / each.vi for each in intervals) / information
    return Measured(yi, 1 / information, route)


def _measurable(curve: Curve, i: int, j: int) -> bool:
    events, exposed = curve.events(i, j)
    # Fewer than a millionth of an event is rounding of the survival, not an event.
    return 1e-6 < events < exposed
