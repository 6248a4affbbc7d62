"""Pooled effects of groups of studies, and the test whether the groups differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from analysis.designs import Design, variance_scale
from analysis.effects import Effects, Measure
from analysis.errors import MethodError
from analysis.given import named, plain
from analysis.heterogeneity import Heterogeneity, Method, measure_heterogeneity
from analysis.quantiles import chi2_upper, critical, f_upper, two_sided_p
from analysis.sums import Studies
from analysis.synthesis import (
    Prediction,
    Synthesis,
    Test,
    check_choices,
    pool,
    printed,
    synthesis_of,
)

Tau2 = Literal["separate", "common"]


@dataclass(frozen=True)
class Subgroup:
    """One group of studies, by its name, and its pooled effect, as `pool` gives it."""

    name: str
    synthesis: Synthesis


@dataclass(frozen=True)
class Subgroups:
    """Pooled effects of G groups, in order of first appearance.

    `q_between` on `df` degrees of freedom is chi-squared; with a common tau² and knha or adhoc
    it is F with (`df`, `df2`). `tau2_common` is None where each group has its own.
    """

    groups: tuple[Subgroup, ...]
    left_out: tuple[str, ...]
    k: int
    measure: Measure
    method: Method
    test: Test
    level: float
    tau2: Tau2
    tau2_common: float | None
    q_between: float
    df: int
    df2: int | None
    pval: float


def subgroups(
    effects: Effects,
    groups: Iterable[Any],
    method: Method = "REML",
    test: Test = "z",
    level: float = 0.95,
    tau2: Tau2 = "separate",
    prediction: Prediction = "t(k-2)",
) -> Subgroups:
    """Pool each group, and test whether the pooled effects differ.

    Parameters
    ----------
    groups : one name a study, in their order, whatever the index of a column of pandas says;
        studies with None, NaN or pandas.NA are left out and named.
    tau2 : separate, each group pooled alone and the pooled effects compared with weights 1/se²
        (Borenstein et al. 2009, ch. 19); common, one tau² (and one Hartung-Knapp factor, k - G
        degrees of freedom) for all: the regression on the groups. The prediction intervals then
        have k - G - 1 (t(k-2)) or k - G (t(k-1)) degrees of freedom.

    A group of one study is answered. With separate tau² it is pooled with tau² = 0, and by z
    where the test was knha or adhoc (its `synthesis.test` says so).

    Raises
    ------
    MethodError : fewer than two groups; with a common tau² no more studies than groups; what
        `pool` refuses, with the name of the group.

    References
    ----------
    Common: agrees with metafor::rma(mods = ~ 0 + group). Separate: with one rma a group, and
    rma(mu, sei = se, mods = ~ group, method = "FE") for the test.
    """
    check_choices(method, test, level, prediction)
    if tau2 not in get_args(Tau2):
        raise MethodError(f"tau2: found {tau2!r}, wanted one of {', '.join(get_args(Tau2))}")
    given = plain(groups, "subgroups")
    if len(given) != effects.k:
        raise MethodError(
            f"subgroups: found {len(given)} group names for {effects.k} studies, wanted one a study"
        )
    labels = [None if g is None else named(g) for g in given]
    names = list(dict.fromkeys(g for g in labels if g is not None))
    if len(names) < 2:
        raise MethodError(
            f"subgroups: found {len(names)} group{'' if len(names) == 1 else 's'}, "
            "wanted at least two"
        )
    left_out = tuple(s for s, g in zip(effects.slab, labels, strict=True) if g is None)
    members = {n: np.flatnonzero([g == n for g in labels]) for n in names}
    if tau2 == "separate" or method == "EE":
        pooled = {
            n: _pool_alone(n, effects.take(i), method, test, level, prediction)
            for n, i in members.items()
        }
        common, df2 = None, None
    else:
        pooled, common, df2 = _pool_together(effects, members, method, test, level, prediction)
    q, df = between(list(pooled.values())), len(names) - 1
    if df2 is not None:
        q /= df
    return Subgroups(
        groups=tuple(Subgroup(n, s) for n, s in pooled.items()),
        left_out=left_out,
        k=effects.k - len(left_out),
        measure=effects.measure,
        method=method,
        test=test,
        level=level,
        tau2=tau2,
        tau2_common=common,
        q_between=q,
        df=df,
        df2=df2,
        pval=float(chi2_upper(q, df) if df2 is None else f_upper(q, df, df2)),
    )


def between(pooled: list[Synthesis]) -> float:
    """Return sum w (mu_g - mean)², w = 1/se_g²: the groups' estimates are independent."""
    mu = np.array([s.mu for s in pooled])
    w = np.array([s.se for s in pooled]) ** -2.0
    shifted = mu - mu[int(np.argmax(w))]
    return float(w @ (shifted - (w @ shifted) / w.sum()) ** 2)


def _pool_alone(
    name: str, group: Effects, method: Method, test: Test, level: float, prediction: Prediction
) -> Synthesis:
    try:
        return pool(group, method, "z" if group.k == 1 else test, level, prediction)
    except MethodError as error:
        raise MethodError(f"subgroup {name}: {error}") from None


def _pool_together(
    effects: Effects,
    members: dict[str, np.ndarray],
    method: Method,
    test: Test,
    level: float,
    prediction: Prediction,
) -> tuple[dict[str, Synthesis], float, int | None]:
    """Pool each group with one tau² and, for knha and adhoc, one variance factor for all."""
    kept = effects.take(np.sort(np.concatenate(list(members.values()))))
    k, g = kept.k, len(members)
    if k <= g:
        raise MethodError(
            f"subgroups: found {k} studies in {g} groups, wanted more studies than groups for a "
            "common tau²"
        )
    position = {label: i for i, label in enumerate(members)}
    codes = np.empty(effects.k, dtype=np.intp)
    for label, index in members.items():
        codes[index] = position[label]
    codes = codes[np.sort(np.concatenate(list(members.values())))]
    # An intercept and G - 1 columns: the same fit as one column a group.
    x = (codes[:, None] == np.arange(g)).astype(np.float64)
    x[:, 0] = 1.0
    design = Design(x, kept.yi, kept.vi)
    found = measure_heterogeneity(design, method, level)
    scale = variance_scale(kept, design.fit(found.tau2), design, test)
    df = None if test == "z" else k - g
    pooled = {
        label: _with_common(effects.take(index), found, scale, test, df, k - g, prediction)
        for label, index in members.items()
    }
    return pooled, found.tau2, df


def prediction_of(
    mu: float, se: float, tau2: float, level: float, residual_df: int, prediction: Prediction
) -> tuple[float | None, float | None, str | None]:
    """Return mu ± c sqrt(tau² + se²) of a regression with that many residual degrees of freedom.

    c is a quantile of t with one degree fewer for t(k-2), with all of them for t(k-1), or normal.
    Where none is left, the third is why there is no interval.
    """
    lost = {"t(k-2)": 1, "t(k-1)": 0}.get(prediction)
    df = None if lost is None else residual_df - lost
    if df == 0:
        return None, None, "t with one degree of freedom fewer than the residual has none left"
    wide = float(critical(level, df)) * (tau2 + se**2) ** 0.5
    return mu - wide, mu + wide, None


def _with_common(
    group: Effects,
    common: Heterogeneity,
    scale: float,
    test: Test,
    df: int | None,
    residual_df: int,
    prediction: Prediction,
) -> Synthesis:
    """Pool one group with the common tau²: its own Q and I², the common tau² and its interval."""
    problem = Studies(group.yi, group.vi)
    own = measure_heterogeneity(problem, common.method, common.level, tau2=common.tau2)
    own = replace(
        own, se_tau2=common.se_tau2, tau2_lb=common.tau2_lb, tau2_ub=common.tau2_ub,
        i2_lb=None, i2_ub=None, h2_lb=None, h2_ub=None,
    )  # fmt: skip
    plain = synthesis_of(group, problem, own, "z", prediction)
    se = plain.se * scale**0.5
    statistic = plain.mu / se
    margin = float(critical(common.level, df)) * se
    lb, ub = plain.mu - margin, plain.mu + margin
    pi_lb, pi_ub, why = prediction_of(
        plain.mu, se, common.tau2, common.level, residual_df, prediction
    )
    measure = group.measure
    return replace(
        plain,
        test=test,
        se=se,
        statistic=statistic,
        df=df,
        pval=float(two_sided_p(statistic, df)),
        ci_lb=lb,
        ci_ub=ub,
        est_lb=printed(lb, measure),
        est_ub=printed(ub, measure),
        pi_lb=pi_lb,
        pi_ub=pi_ub,
        pi_est_lb=printed(pi_lb, measure),
        pi_est_ub=printed(pi_ub, measure),
        pi_why=why,
    )
