"""Meta-regression: effects explained by what is known of the studies.

`regress` takes numeric and categorical moderators and their interactions. Subgroups, which with a
common tau² are the regression on one category, stand in `analysis.grouping` and are here too.
"""

from __future__ import annotations

from collections.abc import Sequence

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
)
from analysis.model_matrix import (
    ModelMatrix,
    Moderator,
    Moderators,
    model_matrix,
    refuse_dependent,
)
from analysis.quantiles import chi2_upper, critical, f_upper, two_sided_p
from analysis.regression import Coefficient, Fitted, Regression
from analysis.sums import Studies
from analysis.synthesis import (
    Test,
    check_choices,
    printed,
)

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


def regress(
    effects: Effects,
    moderators: Moderators,
    method: Method = "REML",
    test: Test = "z",
    level: float = 0.95,
    interactions: Sequence[tuple[str, str]] = (),
) -> Regression:
    """Regress the effects on moderators, with residual heterogeneity by the named method.

    Parameters
    ----------
    moderators : one or more, each with k values, or a mapping of names to values, as a table of
        pandas is. Studies lacking one are left out and named.
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
