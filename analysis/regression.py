"""What a meta-regression gives: its coefficients, its tests, the effect at a row of values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.designs import Design
from analysis.effects import Measure
from analysis.errors import MethodError
from analysis.given import numbers
from analysis.grouping import prediction_of
from analysis.heterogeneity import Heterogeneity, Method, measure_heterogeneity
from analysis.quantiles import critical
from analysis.synthesis import Prediction, Test, check_choices, printed, why_no_prediction

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Coefficient:
    """One term of a regression: estimate `b`, its standard error, test and interval.

    `b`, `se`, `ci_lb`, `ci_ub` are on the analysis scale, `est`, `est_lb`, `est_ub` on the printed
    one: of a ratio measure the intercept is a ratio, any other term a ratio of ratios. `statistic`
    is b / se, z or t with the regression's `df`; `pval` is two-sided.
    """

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
    """The effect that a regression gives for one row of moderator values.

    `mu` ... are on the analysis scale, `est` ... and `pi_est_lb`, `pi_est_ub` on the printed one;
    intervals are of the regression's level. The prediction interval is None, and `pi_why` says
    why, where it is undefined.
    """

    mu: float
    se: float
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


@dataclass(frozen=True)
class Regression:
    """A meta-regression. The first coefficient is the intercept.

    `k` studies, `p` coefficients. `df` is k - p, the degrees of freedom of each t, None for z.
    `qm` tests all other coefficients at once: chi-squared with `qm_df` degrees of freedom, or F
    with (`qm_df`, `qm_df2`) where the test is knha or adhoc. `r2` is the percent of tau² that the
    moderators explain, max(0, 100 (tau2_without - tau2) / tau2_without); None for EE, and where
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
    def _profile(self) -> Heterogeneity:
        problem: Design = self.__dict__["_problem"]
        return measure_heterogeneity(problem, self.method, self.level, tau2=self.tau2)

    @property
    def tau2_lb(self) -> float | None:
        """Lower Q-profile bound of tau², solved for when it is asked for; None for EE."""
        return self._profile.tau2_lb

    @property
    def tau2_ub(self) -> float | None:
        """Upper Q-profile bound of tau²."""
        return self._profile.tau2_ub

    @property
    def i2_lb(self) -> float | None:
        """Lower bound of I², in percent, from that of tau²."""
        return self._profile.i2_lb

    @property
    def i2_ub(self) -> float | None:
        """Upper bound of I², in percent."""
        return self._profile.i2_ub

    @property
    def h2_lb(self) -> float | None:
        """Lower bound of H², from that of tau²."""
        return self._profile.h2_lb

    @property
    def h2_ub(self) -> float | None:
        """Upper bound of H²."""
        return self._profile.h2_ub

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

    def predict(self, row: Sequence[float], prediction: Prediction = "t(k-2)") -> Fitted:
        """Return the effect at one row of the model matrix, and where that of a new study may lie.

        Parameters
        ----------
        row : p - 1 numbers or booleans, in the order of `terms` without the intercept: of a
            category 0 or 1 for each level but the reference, of an interaction the product.
        prediction : quantiles of the prediction interval, mu ± c sqrt(tau² + se²): t(k-2), t with
            k - p - 1 degrees of freedom; t(k-1), with k - p; normal. With an intercept alone
            these are the ones of `pool`.

        Raises
        ------
        MethodError : the row has not p - 1 finite numbers; an unknown prediction.

        References
        ----------
        Agrees with predict of metafor::rma (pi.type = "riley" for t(k-2), "t" for t(k-1)).
        """
        check_choices(self.method, self.test, self.level, prediction)
        plainly = isinstance(row, Iterable) and not isinstance(row, str)
        given = [int(v) if isinstance(v, bool | np.bool_) else v for v in row] if plainly else row
        values = numbers(given, "predict", "term")
        if len(values) != self.p - 1:
            raise MethodError(
                f"predict: found {len(values)} values, wanted {self.p - 1}: "
                + ", ".join(self.terms[1:])
            )
        if not np.isfinite(values).all():
            term = self.terms[1 + int(np.argmin(np.isfinite(values)))]
            raise MethodError(f"predict: found no finite number for {term}, wanted one")
        x = np.array([1.0, *values])
        mu = float(x @ [c.b for c in self.coefficients])
        se = math.sqrt(max(0.0, float(x @ np.array(self.vcov) @ x)))
        margin = float(critical(self.level, self.df)) * se
        lb, ub = mu - margin, mu + margin
        pi_lb, pi_ub, why = prediction_of(
            mu, se, self.tau2, self.level, self.k - self.p, prediction
        )
        if self.method == "EE":
            pi_lb, pi_ub, why = None, None, why_no_prediction(self.k, "EE", prediction)
        return Fitted(
            mu=mu,
            se=se,
            ci_lb=lb,
            ci_ub=ub,
            est=printed(mu, self.measure),
            est_lb=printed(lb, self.measure),
            est_ub=printed(ub, self.measure),
            pi_lb=pi_lb,
            pi_ub=pi_ub,
            pi_est_lb=printed(pi_lb, self.measure),
            pi_est_ub=printed(pi_ub, self.measure),
            pi_why=why,
        )
