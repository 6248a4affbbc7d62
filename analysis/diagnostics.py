"""What each study does to the pooled result: deletion diagnostics, Baujat and radial coordinates.

Formulas as metafor::influence.rma.uni (Viechtbauer & Cheung 2010), for a model with an
intercept alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.heterogeneity import Method
from analysis.omissions import omissions
from analysis.refits import Column
from analysis.synthesis import Synthesis, Test, estimates, pool

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Influence:
    """Deletion diagnostics, one element a study; None where the refit without it has none.

    rstudent : studentised deleted residual.
    dffits : change of its fitted value on leaving it out, in standard errors.
    cook_d : squared change of mu on leaving it out, in squared standard errors.
    cov_r : variance of mu without it over the variance with it.
    tau2_del, qe_del : tau² and Q without it.
    hat, weight : leverage, and weight in percent.
    dfbs : change of mu on leaving it out, in standard errors at the tau² without it.
    influential : |dffits| > 3 sqrt(1 / (k - 1)), or P(chi²_1 <= cook_d) > 0.5, or hat > 3 / k,
        or |dfbs| > 1: metafor's rules of thumb.
    """

    slab: tuple[str, ...]
    method: Method
    test: Test
    rstudent: Column
    dffits: Column
    cook_d: Column
    cov_r: Column
    tau2_del: tuple[float, ...]
    qe_del: tuple[float, ...]
    hat: tuple[float, ...]
    weight: tuple[float, ...]
    dfbs: Column
    influential: tuple[bool, ...]


@dataclass(frozen=True)
class _Deleted:
    """Arrays of shape (k,): the result without each study."""

    mu: FloatArray
    se: FloatArray
    tau2: FloatArray
    s1: FloatArray
    scale: FloatArray
    qe: FloatArray


def influence(effects: Effects, method: Method = "REML", test: Test = "z") -> Influence:
    """Measure the influence of each study, every omission re-estimated with its tau².

    Raises
    ------
    MethodError : fewer than two studies, or what `pool` refuses.

    References
    ----------
    Agrees with metafor::influence. With two studies and knha or adhoc the refits have no
    variance and the diagnostics that need one are None (metafor falls back to z there).
    """
    whole, deleted = _with_and_without(effects, method, test, "influence")
    y, v, k = effects.yi, effects.vi, effects.k
    w = 1.0 / (v + whole.tau2)
    hat = w / w.sum()
    change = whole.mu - deleted.mu
    own = deleted.tau2 + v
    variance = own * deleted.scale
    residual = y - deleted.mu
    residual[np.abs(residual) < 100 * np.finfo(np.float64).eps] = 0.0
    rstudent = residual / np.sqrt(variance + deleted.se**2)
    dffits = change / np.sqrt(hat * variance)
    cook_d = (change / whole.se) ** 2
    dfbs = change / np.sqrt(deleted.scale / (deleted.s1 + 1.0 / own))
    with np.errstate(invalid="ignore"):  # NaN where a refit has no variance: not influential
        influential = (
            (np.abs(dffits) > 3 * np.sqrt(1 / (k - 1)))
            | (special.chdtr(1, cook_d) > 0.5)
            | (hat > 3 / k)
            | (np.abs(dfbs) > 1)
        )
    return Influence(
        slab=effects.slab,
        method=method,
        test=test,
        rstudent=_column(rstudent),
        dffits=_column(dffits),
        cook_d=_column(cook_d),
        cov_r=_column((deleted.se / whole.se) ** 2),
        tau2_del=tuple(deleted.tau2.tolist()),
        qe_del=tuple(deleted.qe.tolist()),
        hat=tuple(hat.tolist()),
        weight=tuple((100 * hat).tolist()),
        dfbs=_column(dfbs),
        influential=tuple(influential.tolist()),
    )


def _with_and_without(
    effects: Effects, method: Method, test: Test, what: str
) -> tuple[Synthesis, _Deleted]:
    if effects.k < 2:
        few = "no studies" if effects.k == 0 else "1 study"
        raise MethodError(f"{what}: found {few}, wanted at least 2 (one to leave out)")
    whole = pool(effects, method, test)
    found = np.empty((6, effects.k))
    for rows, problem in omissions(effects):
        each = estimates(problem, method, test, 0.95, "normal")
        qe = np.where(problem.k > 1, problem.at0.q, 0.0)
        found[:, rows] = (each.mu, each.se, each.tau2, each.s1, each.scale, qe)
    return whole, _Deleted(*found)


def _column(values: FloatArray) -> Column:
    return tuple(None if v != v else v for v in values.tolist())


@dataclass(frozen=True)
class Baujat:
    """Coordinates of a Baujat plot (Baujat et al. 2002), one point a study.

    heterogeneity : squared Pearson residual, the study's part of Q for EE.
    influence : squared change of mu on leaving it out, over the variance of mu without it.
    """

    slab: tuple[str, ...]
    heterogeneity: tuple[float, ...]
    influence: Column


def baujat(effects: Effects, method: Method = "EE", test: Test = "z") -> Baujat:
    """Return the coordinates of a Baujat plot; agrees with metafor::baujat.

    Raises
    ------
    MethodError : as `influence`.
    """
    whole, deleted = _with_and_without(effects, method, test, "Baujat plot")
    residual = effects.yi - whole.mu
    return Baujat(
        slab=effects.slab,
        heterogeneity=tuple((residual**2 / (whole.tau2 + effects.vi)).tolist()),
        influence=_column(((deleted.mu - whole.mu) / deleted.se) ** 2),
    )


@dataclass(frozen=True)
class Radial:
    """Coordinates of a radial (Galbraith) plot: precision, standardised effect, and the slope.

    The line through the origin with slope `mu` is the pooled effect; `mu_lb`, `mu_ub` bound it.
    """

    slab: tuple[str, ...]
    xi: tuple[float, ...]
    zi: tuple[float, ...]
    mu: float
    mu_lb: float
    mu_ub: float


def radial(
    effects: Effects, method: Method = "EE", test: Test = "z", level: float = 0.95
) -> Radial:
    """Return the coordinates 1 / sqrt(vi + tau²) and yi / sqrt(vi + tau²); as metafor::radial.

    Raises
    ------
    MethodError : what `pool` refuses.
    """
    whole = pool(effects, method, test, level)
    root = np.sqrt(effects.vi + whole.tau2)
    return Radial(
        slab=effects.slab,
        xi=tuple((1.0 / root).tolist()),
        zi=tuple((effects.yi / root).tolist()),
        mu=whole.mu,
        mu_lb=whole.ci_lb,
        mu_ub=whole.ci_ub,
    )
