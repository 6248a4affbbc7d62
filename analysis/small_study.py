"""Small-study effects: do smaller studies show other effects than larger ones?

Regression tests (Egger), rank correlation (Begg), trim and fill, and the PET-PEESE regression.
With fewer than ten studies such a test has little power: the result says so (`informative`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.designs import Design
from analysis.effects import Effects, Measure
from analysis.errors import MethodError
from analysis.given import numbers
from analysis.heterogeneity import Method
from analysis.moderators import Coefficient, Moderator, regress
from analysis.quantiles import check_level, critical, two_sided_p
from analysis.rank_correlation import kendall
from analysis.sums import noise
from analysis.synthesis import Test, check_choices, printed
from analysis.trimming import TrimAndFill, trim_and_fill, why_uninformative

__all__ = [
    "Begg",
    "Egger",
    "PetPeese",
    "TrimAndFill",
    "begg",
    "egger",
    "pet_peese",
    "trim_and_fill",
]

FloatArray = NDArray[np.float64]
Model = Literal["classic", "mixed"]
Predictor = Literal["sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv"]

# Predictors that go to zero as a study grows: the intercept is then the effect in a study
# without sampling error.
VANISHING = ("sei", "vi", "ninv", "sqrtninv")


@dataclass(frozen=True)
class Egger:
    """A regression test for funnel plot asymmetry.

    `b` is the slope on the predictor, with its test (t with `df` for classic; for mixed z, or t
    where `test` is that of Hartung and Knapp): `pval` is the P value of the test. `method` and
    `test` are None for classic. `limit` is the effect as the predictor goes to zero, on the
    analysis scale, `limit_est` on the printed one; None for ni and sqrtni.
    """

    k: int
    measure: Measure
    model: Model
    predictor: Predictor
    level: float
    b: float
    se: float
    statistic: float
    df: int | None
    pval: float
    ci_lb: float
    ci_ub: float
    intercept: float
    limit: float | None
    limit_lb: float | None
    limit_ub: float | None
    limit_est: float | None
    limit_est_lb: float | None
    limit_est_ub: float | None
    tau2: float | None
    method: Method | None
    test: Test | None
    informative: bool
    why: str | None


def egger(
    effects: Effects,
    model: Model = "classic",
    predictor: Predictor = "sei",
    ni: Sequence[float] | None = None,
    method: Method = "REML",
    test: Test = "z",
    level: float = 0.95,
) -> Egger:
    """Test whether the effects depend on the precision of the studies.

    Parameters
    ----------
    model : classic, least squares with weights 1/vi and a t test (Egger et al. 1997: with
        predictor sei this is the regression of yi/sei on 1/sei); mixed, a meta-regression with
        tau² by `method` (Sterne & Egger 2005) and its test by `test`: z, or t with k - 2 for knha
        and adhoc, as metafor's regtest of a model so tested.
    predictor : sei, vi; or of the sample size ni, ninv (1/ni), sqrtni, sqrtninv.
    ni : k sample sizes, for the predictors that need them.
    method, test : of model mixed; classic has neither (its test is t with k - 2).

    Raises
    ------
    MethodError : fewer than three studies; studies of one size; an unknown model, predictor,
        method or test; a test with model classic; no sample sizes where they are needed; classic
        where all studies lie on the line.

    References
    ----------
    Agrees with metafor::regtest(model = "lm" and "rma").
    """
    check_choices(method, test, level)
    if model not in get_args(Model):
        raise MethodError(f"Egger: found model {model!r}, wanted one of classic, mixed")
    if model == "classic" and test != "z":
        raise MethodError(
            f"Egger: found test {test} with model classic, whose test is t with k − 2 degrees of "
            "freedom, wanted model mixed"
        )
    column = _predictor(effects, predictor, ni)
    if model == "classic":
        intercept, slope = _least_squares(effects, column, predictor, level, "Egger")
        df: int | None = effects.k - 2
        tau2: float | None = None
    else:
        r = regress(effects, [Moderator(predictor, tuple(column.tolist()))], method, test, level)
        (intercept, slope), df, tau2 = r.coefficients, r.df, r.tau2
    vanishes = predictor in VANISHING
    why = why_uninformative(effects.k)
    return Egger(
        k=effects.k,
        measure=effects.measure,
        model=model,
        predictor=predictor,
        level=level,
        b=slope.b,
        se=slope.se,
        statistic=slope.statistic,
        df=df,
        pval=slope.pval,
        ci_lb=slope.ci_lb,
        ci_ub=slope.ci_ub,
        intercept=intercept.b,
        limit=intercept.b if vanishes else None,
        limit_lb=intercept.ci_lb if vanishes else None,
        limit_ub=intercept.ci_ub if vanishes else None,
        limit_est=intercept.est if vanishes else None,
        limit_est_lb=intercept.est_lb if vanishes else None,
        limit_est_ub=intercept.est_ub if vanishes else None,
        tau2=tau2,
        method=None if model == "classic" else method,
        test=None if model == "classic" else test,
        informative=why is None,
        why=why,
    )


def _predictor(
    effects: Effects,
    predictor: Predictor,
    ni: Sequence[float] | None,
    test: str = "Egger",
    least: int = 3,
) -> FloatArray:
    if predictor not in get_args(Predictor):
        raise MethodError(
            f"{test}: found predictor {predictor!r}, wanted one of {', '.join(get_args(Predictor))}"
        )
    if effects.k < least:
        found = "no studies" if effects.k == 0 else "1 study" if effects.k == 1 else "2 studies"
        raise MethodError(f"{test}: found {found}, wanted at least {least}")
    if predictor in ("sei", "vi"):
        column = effects.sei if predictor == "sei" else np.array(effects.vi)
    else:
        if ni is None:
            raise MethodError(f"{test}: found no sample sizes, wanted them for {predictor}")
        size = numbers(ni, f"{test}: sample sizes")
        if len(size) != effects.k or not (np.isfinite(size) & (size > 0)).all():
            raise MethodError(
                f"{test}: found sample sizes {list(ni)}, wanted {effects.k} positive numbers"
            )
        column = {
            "ni": size, "ninv": 1 / size, "sqrtni": np.sqrt(size), "sqrtninv": 1 / np.sqrt(size)
        }[predictor]  # fmt: skip
    if np.ptp(column) <= 1e-12 * np.abs(column).max():
        raise MethodError(
            f"{test}: found the same {predictor} in every study, wanted studies of different size"
        )
    return column


def _least_squares(
    effects: Effects, column: FloatArray, name: str, level: float, test: str
) -> tuple[Coefficient, Coefficient]:
    """Regress yi on the column with weights 1/vi; residual variance estimated, t with k - 2."""
    x = np.column_stack([np.ones(effects.k), column])
    design = Design(x, effects.yi, effects.vi)
    fit = design.fit(0.0)
    df = effects.k - 2
    s2 = float(fit.sums.q) / df
    if s2 <= noise(effects.yi) ** 2 * float(fit.sums.s1):
        raise MethodError(
            f"{test}: found every study exactly on the line, wanted residuals to judge it by"
        )
    c = float(critical(level, df))
    found = []
    for term, b, variance in zip(
        ("intercept", name), fit.b.tolist(), np.diag(fit.unscaled).tolist(), strict=True
    ):
        se = (s2 * variance) ** 0.5
        lb, ub = b - c * se, b + c * se
        est = (printed(value, effects.measure) for value in (b, lb, ub))
        found.append(Coefficient(term, b, se, b / se, float(two_sided_p(b / se, df)), lb, ub, *est))
    return found[0], found[1]


@dataclass(frozen=True)
class Begg:
    """Begg's rank correlation test: Kendall's tau of standardised effects with variances."""

    k: int
    tau: float
    pval: float
    exact: bool
    informative: bool
    why: str | None


def begg(effects: Effects) -> Begg:
    """Correlate (yi - mu) / sqrt(vi - 1/S) with vi, mu and 1/S of the common-effect model.

    Raises
    ------
    MethodError : fewer than two studies, or studies of one size, whose ranks say nothing.

    References
    ----------
    Begg & Mazumdar (1994). Agrees with metafor::ranktest, which takes the exact P value for any
    number of studies without ties; here up to 200.
    """
    y, v = effects.yi, _predictor(effects, "vi", None, "Begg", least=2)
    w = 1.0 / v
    lead = int(np.argmax(w))
    shifted = y - y[lead]
    mu = (w @ shifted) / w.sum()
    # vi - 1/S = vi (S - wi) / S; for the lead, S - w is summed without it.
    rest = w.sum() - w
    rest[lead] = np.delete(w, lead).sum()
    standardised = (shifted - mu) / np.sqrt(v * (rest / w.sum()))
    rank = kendall(standardised, v)
    why = why_uninformative(effects.k)
    return Begg(effects.k, rank.tau, rank.pval, rank.exact, why is None, why)


@dataclass(frozen=True)
class PetPeese:
    """The effect in a study without sampling error, by two regressions and a rule to choose.

    `pet` and `peese` are the intercepts of the regressions on sei and on vi; `chosen` names the
    one that the rule takes: PEESE where the PET intercept differs from no effect with two-sided
    P < 0.10 (one-sided 5%), else PET.
    """

    k: int
    measure: Measure
    level: float
    df: int
    pet: Coefficient
    pet_slope: Coefficient
    peese: Coefficient
    peese_slope: Coefficient
    chosen: Literal["PET", "PEESE"]
    informative: bool
    why: str | None

    @property
    def adjusted(self) -> Coefficient:
        """The intercept of the chosen regression."""
        return self.pet if self.chosen == "PET" else self.peese


def pet_peese(effects: Effects, level: float = 0.95) -> PetPeese:
    """Regress on the standard error and on the variance, weights 1/vi, t with k - 2.

    Raises
    ------
    MethodError : fewer than three studies, studies of one size, or all exactly on a line.

    References
    ----------
    Stanley & Doucouliagos (2014). Agrees with R's lm(yi ~ sei, weights = 1/vi).
    """
    check_level(level)
    sei = _predictor(effects, "sei", None, "PET-PEESE")
    pet, pet_slope = _least_squares(effects, sei, "sei", level, "PET-PEESE")
    peese, peese_slope = _least_squares(effects, effects.vi, "vi", level, "PET-PEESE")
    why = why_uninformative(effects.k)
    return PetPeese(
        k=effects.k,
        measure=effects.measure,
        level=level,
        df=effects.k - 2,
        pet=pet,
        pet_slope=pet_slope,
        peese=peese,
        peese_slope=peese_slope,
        chosen="PEESE" if pet.pval < 0.10 else "PET",
        informative=why is None,
        why=why,
    )
