"""Pooled effects, their intervals and prediction intervals, of many problems at once.

What `synthesis.pool` computes for one set of studies, over arrays with one element a problem:
leave-one-out, cumulation and subset plots share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from analysis.errors import MethodError
from analysis.quantiles import check_level, critical, two_sided_p
from analysis.sums import Problem
from analysis.tau2 import Method, check_method, estimate_tau2

Test = Literal["z", "knha", "adhoc"]
Prediction = Literal["t(k-2)", "t(k-1)", "normal"]
TESTS: tuple[str, ...] = get_args(Test)
PREDICTIONS: tuple[str, ...] = get_args(Prediction)


def check_choices(method: str, test: str, level: float, prediction: str = "t(k-2)") -> None:
    """Raise MethodError for a choice that does not exist, or that does not go with another."""
    check_method(method)
    check_level(level)
    if test not in TESTS:
        raise MethodError(f"test: found {test!r}, wanted one of {', '.join(TESTS)}")
    if prediction not in PREDICTIONS:
        raise MethodError(
            f"prediction: found {prediction!r}, wanted one of {', '.join(PREDICTIONS)}"
        )
    if method == "EE" and test != "z":
        raise MethodError(
            f"test: found {test} with method EE, wanted z: the Hartung-Knapp variance is made for "
            "random effects"
        )


def why_no_prediction(k: int, method: str, prediction: str) -> str | None:
    """Return why there is no prediction interval, or None where there is one."""
    if method == "EE":
        return "the common-effect model has one true effect: nothing varies from study to study"
    if k == 1:
        return "one study says nothing of the variance between studies"
    if prediction == "t(k-2)" and k < 3:
        return f"t with k − 2 degrees of freedom needs three studies, found {k}"
    return None


@dataclass(frozen=True)
class Estimates:
    """The results of m problems, arrays of shape (m,) (or numbers); NaN where undefined."""

    mu: Any
    se: Any
    statistic: Any
    pval: Any
    ci_lb: Any
    ci_ub: Any
    pi_lb: Any
    pi_ub: Any
    tau2: Any
    s1: Any  # sum of weights
    scale: Any  # factor of the variance 1 / s1: 1 for z


def estimates(
    problem: Problem,
    method: Method,
    test: Test,
    level: float,
    prediction: Prediction,
    tau2: Any = None,
) -> Estimates:
    """Pool m problems at once.

    The interval of knha and adhoc is NaN for a problem of one study, and that of knha for a
    problem of identical effects; the prediction interval as `why_no_prediction`.
    """
    if tau2 is None:
        tau2 = estimate_tau2(problem, method)
    k = np.asarray(problem.k)
    if k.ndim and (k == k[0]).all():
        k = k[0]  # one quantile for all
    sums = problem.at(tau2)
    se = np.sqrt(1.0 / sums.s1)
    df, s2 = None, np.ones(np.shape(sums.s1))
    if test != "z":
        df = np.where(k > 1, k - 1, np.nan)
        s2 = sums.q / df
        s2 = np.where(s2 > 0, s2, np.nan) if test == "knha" else np.maximum(s2, 1.0)
        se = se * np.sqrt(s2)
    margin = critical(level, df) * se
    statistic = sums.mu / se
    if prediction == "normal":
        c = critical(level)
    else:
        lost = 1 if prediction == "t(k-1)" else 2
        c = critical(level, np.where(k > lost, k - lost, np.nan))
    wide = np.where((k > 1) & (method != "EE"), c, np.nan) * np.sqrt(tau2 + se**2)
    return Estimates(
        mu=sums.mu,
        se=se,
        statistic=statistic,
        pval=two_sided_p(statistic, df),
        ci_lb=sums.mu - margin,
        ci_ub=sums.mu + margin,
        pi_lb=sums.mu - wide,
        pi_ub=sums.mu + wide,
        tau2=tau2,
        s1=sums.s1,
        scale=s2,
    )
