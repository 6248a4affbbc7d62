"""The pooled effect of several studies, its interval, and the interval for a new study.

`pool` answers for one set of studies; `analysis.estimates` for many at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import overload

import numpy as np
from numpy.typing import NDArray

from analysis.effects import Effects, Measure, is_ratio
from analysis.errors import IdenticalEffectsError, MethodError
from analysis.estimates import (
    PREDICTIONS,
    TESTS,
    Estimates,
    Prediction,
    Test,
    check_choices,
    estimates,
    why_no_prediction,
)
from analysis.heterogeneity import Heterogeneity, Method, measure_heterogeneity
from analysis.sums import Studies, alike

__all__ = [
    "IDENTICAL",
    "PREDICTIONS",
    "TESTS",
    "Estimates",
    "Prediction",
    "Synthesis",
    "Test",
    "check_choices",
    "direction",
    "estimates",
    "pool",
    "printed",
    "printed_all",
    "refuse_knha",
    "synthesis_of",
    "why_no_prediction",
]

FloatArray = NDArray[np.float64]
IDENTICAL = "wanted effects that differ (or test adhoc or z): the interval would have no width"
# exp() of more is beyond the range of doubles.
LARGEST_EXPONENT = 709.7


@dataclass(frozen=True, repr=False)
class Synthesis:
    """A pooled effect. `mu` ... are on the analysis scale, `est` ... on the printed one.

    The printed scale is exp for ratios and the same for any other measure: a logit of a proportion
    or Fisher's z stays one here, and the page leads it back.

    Intervals are of the stated `level`. `df` is None for z. The prediction interval uses the
    quantiles that `prediction` names and the standard error of the chosen test; where it is
    undefined its four fields are None and `pi_why` says why. `weights` are percent, in the order
    of `slab`. Heterogeneity fields: see `Heterogeneity`. `pooling` names what weighs the studies.
    """

    slab: tuple[str, ...]
    k: int
    measure: Measure
    method: Method
    test: Test
    level: float
    prediction: Prediction
    mu: float
    se: float
    statistic: float
    df: int | None
    pval: float
    ci_lb: float
    ci_ub: float
    est: float
    est_lb: float
    est_ub: float
    pi_lb: float | None
    pi_ub: float | None
    pi_est_lb: float | None
    pi_est_ub: float | None
    pi_why: str | None
    tau2: float
    se_tau2: float | None
    tau2_lb: float | None
    tau2_ub: float | None
    i2: float
    i2_q: float
    i2_lb: float | None
    i2_ub: float | None
    h2: float
    h2_lb: float | None
    h2_ub: float | None
    qe: float
    qe_df: int
    qe_pval: float
    weights: tuple[float, ...]
    pooling: str = "inverse_variance"

    def __repr__(self) -> str:
        """Return the result in a line: Synthesis(HR 0.92 [0.76, 1.11], k = 5, REML, z, …)."""
        return (
            f"Synthesis({self.measure} {self.est:.4g} [{self.est_lb:.4g}, {self.est_ub:.4g}], "
            f"k = {self.k}, {self.method}, {self.test}, P = {self.pval:.3g}, "
            f"tau2 = {self.tau2:.4g}, I2 = {self.i2:.1f}%)"
        )

    @property
    def excludes_null(self) -> bool:
        """Say whether the interval of the pooled effect excludes no effect (0; ratio 1)."""
        return self.direction != 0

    @property
    def direction(self) -> int:
        """Return -1 where the whole interval lies below no effect, 1 above, 0 where it holds it."""
        return direction(self.ci_lb, self.ci_ub)

    @property
    def pi_excludes_null(self) -> bool | None:
        """Say whether the prediction interval excludes no effect; None where there is none."""
        if self.pi_lb is None or self.pi_ub is None:
            return None
        return direction(self.pi_lb, self.pi_ub) != 0


def direction(lb: float, ub: float) -> int:
    """Return -1 where lb <= ub < 0, 1 where 0 < lb <= ub, else 0 (analysis scale)."""
    return -1 if ub < 0 else 1 if lb > 0 else 0


@overload
def printed(value: float, measure: str) -> float: ...
@overload
def printed(value: None, measure: str) -> None: ...
@overload
def printed(value: float | None, measure: str) -> float | None: ...
def printed(value: float | None, measure: str) -> float | None:
    """Return a value of the analysis scale on the printed one: exp for ratios.

    Beyond the range of doubles (an effect above 709) that is infinity or zero; NaN stays NaN.
    """
    if value is None or not is_ratio(measure):
        return value
    return math.inf if value >= LARGEST_EXPONENT else math.exp(value)


def printed_all(values: FloatArray, measure: str) -> FloatArray:
    """As `printed`, of an array; NaN stays NaN."""
    if not is_ratio(measure):
        return values
    small = np.exp(np.minimum(values, LARGEST_EXPONENT))
    return np.where(values < LARGEST_EXPONENT, small, np.where(np.isnan(values), np.nan, np.inf))


def pool(
    effects: Effects,
    method: Method = "REML",
    test: Test = "z",
    level: float = 0.95,
    prediction: Prediction = "t(k-2)",
) -> Synthesis:
    """Pool the effects by inverse variance.

    Parameters
    ----------
    method : EE (equal effects, tau² = 0) or an estimator of tau², see `heterogeneity`.
    test : z (Wald, normal); knha (Hartung & Knapp 2001, Sidik & Jonkman 2002: variance scaled by
        s² = sum w (yi - mu)² / (k - 1), t with k - 1 df); adhoc (the same with s² >= 1).
    level : of every interval.
    prediction : quantiles of the interval for a new study's true effect, mu ± c sqrt(tau² + se²):
        t(k-2) (Higgins et al. 2009, Riley et al. 2011), t(k-1), or normal.

    One study is answered with itself (z), tau² = 0. With two, knha has one degree of freedom.
    EE has no prediction interval, t(k-2) needs three studies.

    Raises
    ------
    MethodError : no studies; an unknown method, test, prediction or level; knha or adhoc with
        EE or with one study; knha with identical effects, whose interval would have no width.

    References
    ----------
    Agrees with metafor::rma and predict(pi.type = "riley" for t(k-2), "t" for t(k-1)). In lower
    case: for "Riley" metafor 3.8.1 gives its default, normal or t(k-1), without a word.
    """
    if effects.k == 0:
        raise MethodError("pool: found no studies, wanted at least one")
    check_choices(method, test, level, prediction)
    refuse_knha(effects, test)
    problem = Studies(effects.yi, effects.vi)
    found = measure_heterogeneity(problem, method, level)
    return synthesis_of(effects, problem, found, test, prediction)


def refuse_knha(effects: Effects, test: str) -> None:
    """Raise MethodError where a Hartung-Knapp interval does not exist or has no width."""
    if test == "z":
        return
    if effects.k == 1:
        raise MethodError(
            f"test: found {test} with 1 study, wanted at least 2: its t has k − 1 degrees of "
            "freedom"
        )
    if test == "knha" and alike(effects.yi, effects.yi[0]).all():
        raise IdenticalEffectsError(
            f"test: found knha with {effects.k} identical effects, {IDENTICAL}"
        )


def synthesis_of(
    effects: Effects,
    problem: Studies,
    found: Heterogeneity,
    test: Test,
    prediction: Prediction,
) -> Synthesis:
    """Pool the effects with the tau² that `found` holds."""
    each = estimates(problem, found.method, test, found.level, prediction, tau2=found.tau2)
    values = {f.name: float(getattr(each, f.name)) for f in fields(each)}
    measure, undefined = effects.measure, why_no_prediction(effects.k, found.method, prediction)
    pi_lb, pi_ub = (None, None) if undefined else (values["pi_lb"], values["pi_ub"])
    w = 1.0 / (effects.vi + found.tau2)
    mu, lb, ub = values["mu"], values["ci_lb"], values["ci_ub"]
    return Synthesis(
        slab=effects.slab,
        k=effects.k,
        measure=measure,
        method=found.method,
        test=test,
        level=found.level,
        prediction=prediction,
        mu=mu,
        se=values["se"],
        statistic=values["statistic"],
        df=None if test == "z" else effects.k - 1,
        pval=values["pval"],
        ci_lb=lb,
        ci_ub=ub,
        est=printed(mu, measure),
        est_lb=printed(lb, measure),
        est_ub=printed(ub, measure),
        pi_lb=pi_lb,
        pi_ub=pi_ub,
        pi_est_lb=printed(pi_lb, measure),
        pi_est_ub=printed(pi_ub, measure),
        pi_why=undefined,
        tau2=found.tau2,
        se_tau2=found.se_tau2,
        tau2_lb=found.tau2_lb,
        tau2_ub=found.tau2_ub,
        i2=found.i2,
        i2_q=found.i2_q,
        i2_lb=found.i2_lb,
        i2_ub=found.i2_ub,
        h2=found.h2,
        h2_lb=found.h2_lb,
        h2_ub=found.h2_ub,
        qe=found.qe,
        qe_df=found.qe_df,
        qe_pval=found.qe_pval,
        weights=tuple((100.0 * w / w.sum()).tolist()),
    )
