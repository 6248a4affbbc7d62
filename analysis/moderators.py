"""Meta-regression: effects explained by what is known of the studies.

`regress` takes numeric and categorical moderators and their interactions. Subgroups, which with a
common tau² are the regression on one category, stand in `analysis.grouping` and are here too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.designs import Design, Fit, variance_scale
from analysis.effects import Effects, Measure
from analysis.errors import MethodError
from analysis.grouping import Subgroup, Subgroups, subgroups
from analysis.heterogeneity import (
    Heterogeneity,
    Method,
    estimate_tau2,
    measure_heterogeneity,
    q_profile,
)
from analysis.model_matrix import ModelMatrix, Moderator, model_matrix, refuse_dependent
from analysis.quantiles import chi2_upper, critical, f_upper, two_sided_p
from analysis.sums import Studies
from analysis.synthesis import Test, check_choices, printed

FloatArray = NDArray[np.float64]

__all__ = [
    "Coefficient",
    "Fitted",
    "Moderator",
    "Regression",
    "Subgroup",
    "Subgroups",
    "regress",
    "subgroups",
]


@dataclass(frozen=True)
class Coefficient:
    """One term of a regression. `est` ... are on the printed scale (ratios of ratios)."""

    term: str
    b: float
    se: float
    statistic: float
    pval: float
    ci_lb: float
    ci_ub: float
    est: float
    est_lb: float
    est_ub: float


@dataclass(frozen=True)
class Fitted:
    """The effect that a regression gives for one row of moderator values."""

    mu: float
    se: float
    ci_lb: float
    ci_ub: float
    est: float
    est_lb: float
    est_ub: float


@dataclass(frozen=True)
class Regression:
    """A meta-regression. The first coefficient is the intercept.

    `qm` tests all other coefficients at once: chi-squared with `qm_df` degrees of freedom, or F
    with (`qm_df`, `qm_df2`) where the test is knha or adhoc. `r2` is the percent of tau² that the
    moderators explain, max(0, (tau2_without - tau2) / tau2_without); None for EE, and where
    tau2_without is 0: there is nothing to explain. With few studies it is unreliable (López-López
    et al. 2014). Heterogeneity is what is left. `references` pairs each categorical moderator with
    its reference; `left_out` names the studies that lack a moderator. `vcov` is the covariance
    matrix of the coefficients.
    """

    slab: tuple[str, ...]
    left_out: tuple[str, ...]
    k: int
    p: int
    measure: Measure
    method: Method
    test: Test
    level: float
    coefficients: tuple[Coefficient, ...]
    references: tuple[tuple[str, str], ...]
    df: int | None
    qm: float
    qm_df: int
    qm_df2: int | None
    qm_pval: float
    r2: float | None
    tau2_without: float
    tau2: float
    se_tau2: float | None
    i2: float
    i2_q: float
    h2: float
    qe: float
    qe_df: int
    qe_pval: float
    vcov: tuple[tuple[float, ...], ...]
    problem: InitVar[Design]
    matrix: InitVar[FloatArray]
    vi: InitVar[FloatArray]

    def __post_init__(self, problem: Design, matrix: FloatArray, vi: FloatArray) -> None:
        """Keep what the lazy properties are computed from; it is no part of the value."""
        object.__setattr__(self, "_problem", problem)
        object.__setattr__(self, "_matrix", matrix)
        object.__setattr__(self, "_vi", vi)

    @cached_property
    def _profile(self) -> tuple[float | None, float | None]:
        if self.method == "EE":
            return None, None
        problem: Design = self.__dict__["_problem"]
        lb, ub = q_profile(problem, self.level)
        return float(lb), float(ub)

    @property
    def tau2_lb(self) -> float | None:
        """Lower Q-profile bound of tau², solved for when it is asked for; None for EE."""
        return self._profile[0]

    @property
    def tau2_ub(self) -> float | None:
        """Upper Q-profile bound of tau²."""
        return self._profile[1]

    @property
    def weights(self) -> tuple[float, ...]:
        """The weights 1 / (vi + tau²), in percent, in the order of `slab`."""
        vi: FloatArray = self.__dict__["_vi"]
        w = 1.0 / (vi + self.tau2)
        return tuple((100.0 * w / w.sum()).tolist())

    @property
    def design(self) -> tuple[tuple[float, ...], ...]:
        """The k rows of the model matrix."""
        matrix: FloatArray = self.__dict__["_matrix"]
        return tuple(map(tuple, matrix.tolist()))

    @property
    def terms(self) -> tuple[str, ...]:
        """The names of the coefficients, `intercept` first."""
        return tuple(c.term for c in self.coefficients)

    def predict(self, row: Sequence[float]) -> Fitted:
        """Return the effect at one row of the model matrix, without its leading 1.

        Raises
        ------
        MethodError : the row has not p - 1 values.
        """
        if len(row) != self.p - 1:
            raise MethodError(
                f"predict: found {len(row)} values, wanted {self.p - 1}: "
                + ", ".join(self.terms[1:])
            )
        x = np.array([1.0, *row])
        mu = float(x @ [c.b for c in self.coefficients])
        se = math.sqrt(max(0.0, float(x @ np.array(self.vcov) @ x)))
        margin = float(critical(self.level, self.df)) * se
        lb, ub = mu - margin, mu + margin
        each = (printed(v, self.measure) for v in (mu, lb, ub))
        return Fitted(mu, se, lb, ub, *each)


def regress(
    effects: Effects,
    moderators: Sequence[Moderator],
    method: Method = "REML",
    test: Test = "z",
    level: float = 0.95,
    interactions: Sequence[tuple[str, str]] = (),
) -> Regression:
    """Regress the effects on moderators, with residual heterogeneity by the named method.

    Parameters
    ----------
    moderators : at least one, each with k values. Studies lacking one are left out and named.
    interactions : pairs of moderator names, whose products are added.

    Raises
    ------
    MethodError : no moderator, or one that does not fit the studies; one that is constant, or
        columns that depend on each other (named); no more studies than coefficients; knha where
        the model fits every study exactly; a choice that `pool` refuses.

    References
    ----------
    Agrees with metafor::rma(mods = ...). Viechtbauer (2010); Knapp & Hartung (2003).
    """
    check_choices(method, test, level)
    matrix = model_matrix(effects.k, moderators, interactions)
    kept = effects
    left_out: tuple[str, ...] = ()
    if not matrix.complete.all():
        kept = effects.take(matrix.complete)
        left_out = tuple(
            label for label, whole in zip(effects.slab, matrix.complete, strict=True) if not whole
        )
    x = matrix.x
    if kept.k <= x.shape[1]:
        raise MethodError(
            f"regression: found {kept.k} studies for {x.shape[1]} coefficients "
            f"({', '.join(matrix.terms)}), wanted more studies than coefficients"
        )
    refuse_dependent(x, matrix.terms)
    design = Design(x, kept.yi, kept.vi)
    found = measure_heterogeneity(design, method, level, profile=False)
    fit = design.fit(found.tau2)
    scale = variance_scale(kept, fit, design, test)
    without = float(estimate_tau2(Studies(kept.yi, kept.vi), method))
    return _regression(kept, left_out, matrix, found, fit, scale, test, without, design)


def _regression(
    effects: Effects,
    left_out: tuple[str, ...],
    matrix: ModelMatrix,
    found: Heterogeneity,
    fit: Fit,
    scale: float,
    test: Test,
    without: float,
    design: Design,
) -> Regression:
    k, p = matrix.x.shape
    df = None if test == "z" else k - p
    vcov = fit.unscaled * scale
    se = np.sqrt(np.diag(vcov))
    c = float(critical(found.level, df))
    m = p - 1
    qm = _explained(matrix.x, effects, found.tau2) / scale
    if df is not None:
        qm /= m
    r2 = max(0.0, 100 * (without - found.tau2) / without) if without > 0 else None
    return Regression(
        slab=effects.slab,
        left_out=left_out,
        k=k,
        p=p,
        measure=effects.measure,
        method=found.method,
        test=test,
        level=found.level,
        coefficients=tuple(
            _coefficient(term, float(b), float(s), c, df, effects.measure)
            for term, b, s in zip(matrix.terms, fit.b, se, strict=True)
        ),
        references=matrix.references,
        df=df,
        qm=qm,
        qm_df=m,
        qm_df2=df,
        qm_pval=float(chi2_upper(qm, m) if df is None else f_upper(qm, m, df)),
        r2=r2,
        tau2_without=without,
        tau2=found.tau2,
        se_tau2=found.se_tau2,
        i2=found.i2,
        i2_q=found.i2_q,
        h2=found.h2,
        qe=found.qe,
        qe_df=found.qe_df,
        qe_pval=found.qe_pval,
        vcov=tuple(tuple(row) for row in vcov.tolist()),
        problem=design,
        matrix=matrix.x,
        vi=effects.vi,
    )


def _explained(x: FloatArray, effects: Effects, tau2: float) -> float:
    """Return b' V⁻¹ b of all coefficients but the intercept, V their covariance before scaling.

    It is the weighted sum of squares that the moderators explain, here by the projection of the
    effects on them: that holds its digits where columns nearly depend on each other, and the
    inverse of V has none left.
    """
    w = 1 / (effects.vi + tau2)
    root = np.sqrt(w)

    def centred(values: FloatArray) -> FloatArray:
        return np.asarray((values - w @ values / w.sum()).T * root)

    columns = centred(x[:, 1:])
    columns /= np.sqrt(np.einsum("ji,ji->j", columns, columns))[:, None]
    q, _ = np.linalg.qr(columns.T)
    shares = q.T @ centred(effects.yi)
    return float(shares @ shares)


def _coefficient(
    term: str, b: float, se: float, c: float, df: int | None, measure: Measure
) -> Coefficient:
    lb, ub = b - c * se, b + c * se
    each = (printed(v, measure) for v in (b, lb, ub))
    return Coefficient(term, b, se, b / se, float(two_sided_p(b / se, df)), lb, ub, *each)
