"""How much information a question requires, and the diversity of the studies.

The information of a trial with the stated power for an anticipated effect, enlarged for
between-study variance (Wetterslev et al. 2009, BMC Med Res Methodol 9:86).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

from analysis.effects import BY_EVENTS, CORRELATION, ONE_GROUP, Effects, Measure, is_ratio
from analysis.errors import MethodError
from analysis.heterogeneity import Method
from analysis.synthesis import pool


@dataclass(frozen=True)
class RequiredInformation:
    """Information that the question requires, as inverse variance and as events.

    `information` = (z_(alpha/2) + z_beta)² / delta² / (1 - D²), delta the anticipated effect on
    the analysis scale; `events` = `information` (1 + r)² / r for arms of sizes r to 1 (four
    times, for equal arms), of a hazard ratio alone (else None). `unadjusted` is `information` with
    D² = 0.
    """

    anticipated: float
    alpha: float
    power: float
    diversity: float
    information: float
    unadjusted: float
    events: float | None


def diversity(effects: Effects, method: Method = "DL") -> float:
    """D² = (var_random - var_common) / var_random of the pooled effect, in [0, 1).

    Wetterslev et al. (2009): the share by which between-study variance
    enlarges the variance of the pooled effect.

    Raises
    ------
    MethodError : as `pool`.
    """
    common, random = pool(effects, method="EE"), pool(effects, method=method)
    return max(0.0, 1 - (common.se / random.se) ** 2)


def required_information(
    anticipated: float,
    *,
    measure: Measure = "HR",
    alpha: float = 0.05,
    power: float = 0.9,
    diversity: float = 0.0,
    allocation: float = 1.0,
) -> RequiredInformation:
    """Information required to show an anticipated effect (see `RequiredInformation`).

    Parameters
    ----------
    anticipated : effect on the printed scale: a hazard ratio of 0.8, say, or a correlation.
    alpha, power : two-sided type I error, and power.
    diversity : D², in [0, 1).
    allocation : size of arm 1 over that of arm 0.

    Raises
    ------
    MethodError : a measure of one group, which has no effect to anticipate; the anticipated
        effect is none (or a ratio not positive, a correlation not inside (-1, 1)), alpha or power
        is not inside (0, 1), D² not in [0, 1), or the allocation not positive.
    """
    if measure in ONE_GROUP:
        raise MethodError(
            f"sequential analysis: found the measure {measure}, wanted one that compares"
        )
    if is_ratio(measure):
        if not (math.isfinite(anticipated) and anticipated > 0):
            raise MethodError(
                f"sequential analysis: found an anticipated ratio of {anticipated}, wanted a "
                "positive number"
            )
        delta = math.log(anticipated)
    elif measure == CORRELATION:
        if not abs(anticipated) < 1:
            raise MethodError(
                f"sequential analysis: found an anticipated correlation of {anticipated}, wanted "
                "one between -1 and 1"
            )
        delta = math.atanh(anticipated)
    else:
        delta = anticipated
    if delta == 0 or not math.isfinite(delta):
        raise MethodError(
            f"sequential analysis: found an anticipated effect of {anticipated}, which is none; "
            "wanted the smallest that matters"
        )
    for name, value in (("alpha", alpha), ("power", power)):
        if not 0 < value < 1:
            raise MethodError(
                f"sequential analysis: found {name} = {value}, wanted it between 0 and 1"
            )
    if not 0 <= diversity < 1:
        raise MethodError(
            f"sequential analysis: found a diversity of {diversity}, wanted it from 0 to below 1"
        )
    if not (math.isfinite(allocation) and allocation > 0):
        raise MethodError(
            f"sequential analysis: found an allocation of {allocation}, wanted a positive number"
        )
    unadjusted = float(ndtri(1 - alpha / 2) + ndtri(power)) ** 2 / delta**2
    information = unadjusted / (1 - diversity)
    return RequiredInformation(
        anticipated=anticipated,
        alpha=alpha,
        power=power,
        diversity=diversity,
        information=information,
        unadjusted=unadjusted,
        events=information * (1 + allocation) ** 2 / allocation if measure == BY_EVENTS else None,
    )
