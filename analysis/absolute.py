"""What a pooled ratio means for patients: risks, differences per 1,000, number needed to treat.

The pooled ratio is applied to the risk that patients have without the treatment (the baseline
risk): an assumption that the ratio, not the difference, carries over to them. Only the ratio's
interval is carried through; the baseline risk is taken as known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from analysis.errors import MethodError

AbsoluteMeasure = Literal["HR", "OR", "RR", "RD"]
MEASURES = ("HR", "OR", "RR", "RD")


def risk_with(measure: AbsoluteMeasure, effect: float, baseline: float) -> float:
    """Risk with treatment, from the risk without it.

    HR: 1 - (1 - p0)^HR, survival raised to the hazard ratio (proportional hazards; Altman &
    Andersen 1999, BMJ 319:1492). OR: from the odds OR p0 / (1 - p0). RR: RR p0, at most 1. RD:
    p0 + RD, held between 0 and 1.

    Parameters
    ----------
    effect : on the printed scale (a ratio, or a difference of risks).
    baseline : risk without treatment at the time of interest, inside (0, 1).

    Raises
    ------
    MethodError : another measure, a ratio that is negative, or a risk not inside (0, 1).
    """
    if measure not in MEASURES:
        raise MethodError(
            f"absolute effect: found measure {measure!r}, wanted one of {', '.join(MEASURES)}"
        )
    if not 0 < baseline < 1:
        raise MethodError(
            f"absolute effect: found a baseline risk of {baseline}, wanted one between 0 and 1"
        )
    if math.isnan(effect) or (measure != "RD" and effect < 0):
        wanted = "a number" if measure == "RD" else "a number of 0 or more"
        raise MethodError(f"absolute effect: found {measure} = {effect}, wanted {wanted}")
    if measure == "HR":
        # expm1 and log1p keep the digits of small risks.
        return -math.expm1(effect * math.log1p(-baseline))
    if measure == "OR":
        odds = effect * baseline / (1 - baseline)
        return 1 / (1 + 1 / odds) if odds > 0 else 0.0
    if measure == "RR":
        return min(effect * baseline, 1.0)
    return min(max(baseline + effect, 0.0), 1.0)


@dataclass(frozen=True)
class NumberNeeded:
    """Number needed to treat for one more patient to benefit, or to be harmed.

    `benefit` says which, at the estimate; `value` is infinite where the difference is nil.
    `near` and `far` bound its interval: from `near` on the side of the estimate. Where the
    interval of the difference crosses no effect (`through_infinity`), the interval of the
    number runs from `near`, over infinity, to `far` on the other side (Altman 1998, BMJ
    317:1309): NNTB 25 to infinity to NNTH 50.
    """

    value: float
    benefit: bool
    near: float
    far: float
    through_infinity: bool


@dataclass(frozen=True)
class AbsoluteEffect:
    """Risks at one baseline. Risks in 0 to 1; differences per 1,000, positive for more events.

    `risk_lb`, `risk_ub`: the lower and upper limit of the risk with treatment; `per_1000_lb`,
    `per_1000_ub` those of the difference.
    """

    measure: AbsoluteMeasure
    baseline: float
    risk: float
    risk_lb: float
    risk_ub: float
    per_1000: float
    per_1000_lb: float
    per_1000_ub: float
    number_needed: NumberNeeded


def absolute_effect(
    measure: AbsoluteMeasure,
    est: float,
    est_lb: float,
    est_ub: float,
    baseline: float,
    *,
    event_is_good: bool = False,
) -> AbsoluteEffect:
    """Absolute effect of a pooled estimate with its interval, at one baseline risk.

    Parameters
    ----------
    est, est_lb, est_ub : on the printed scale.
    baseline : risk of the event without treatment at the time of interest, inside (0, 1).
    event_is_good : whether more events are a benefit (cure) rather than a harm (death).

    Raises
    ------
    MethodError : as `risk_with`; the estimate is not inside its interval; or it gives no risk, one
        below 0 or above 1, so that the effect does not carry over to this baseline. A limit of
        the interval that does is cut off there.
    """
    beyond = {"RR": est * baseline, "RD": baseline + est}.get(measure, 0.0)
    if not 0 <= beyond <= 1:
        raise MethodError(
            f"absolute effect: found {measure} = {est:g}, which makes a risk of {baseline:g} one "
            f"of {beyond:g}, wanted one from 0 to 1: the effect does not carry over to this risk"
        )
    if not est_lb <= est <= est_ub:
        raise MethodError(
            f"absolute effect: found {est} outside {est_lb} to {est_ub}, wanted it inside"
        )
    risk, risk_lb, risk_ub = (risk_with(measure, x, baseline) for x in (est, est_lb, est_ub))
    difference, lb, ub = risk - baseline, risk_lb - baseline, risk_ub - baseline
    return AbsoluteEffect(
        measure=measure,
        baseline=baseline,
        risk=risk,
        risk_lb=risk_lb,
        risk_ub=risk_ub,
        per_1000=1000 * difference,
        per_1000_lb=1000 * lb,
        per_1000_ub=1000 * ub,
        number_needed=number_needed(difference, lb, ub, event_is_good=event_is_good),
    )


def number_needed(
    difference: float, lb: float, ub: float, *, event_is_good: bool = False
) -> NumberNeeded:
    """Number needed to treat from a difference of risks (with minus without) and its interval.

    Raises
    ------
    MethodError : not lb <= difference <= ub, or a value outside -1 to 1.
    """
    if not -1 <= lb <= difference <= ub <= 1:
        raise MethodError(
            f"number needed to treat: found {difference} ({lb} to {ub}), wanted differences of "
            "risks from -1 to 1, in order"
        )
    # Turned so that a positive gain is a benefit.
    gain, low, high = (difference, lb, ub) if event_is_good else (-difference, -ub, -lb)
    benefit = gain >= 0
    # The limit farthest out on the estimate's side gives the least number of patients.
    near, far = (high, low) if benefit else (low, high)
    return NumberNeeded(
        value=_reciprocal(gain),
        benefit=benefit,
        near=_reciprocal(near),
        far=_reciprocal(far),
        through_infinity=low < 0 < high,
    )


def _reciprocal(gain: float) -> float:
    return 1 / abs(gain) if gain != 0 else math.inf
