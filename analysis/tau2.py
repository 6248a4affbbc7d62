"""The between-study variance tau² by nine methods, with its standard error.

Each estimator is written once, in terms of the sums of `analysis.sums`, and so serves one set
of studies, many subsets at once, and regression designs (p coefficients) alike. Symbols: w the
weights 1/(vi + tau²), P = W - W X (X'WX)^-1 X'W, Q(tau²) = y'Py. Agrees with metafor::rma.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.errors import MethodError
from analysis.roots import bracketed_root, bracketed_roots
from analysis.sums import Problem, Sums

FloatArray = NDArray[np.float64]
Method = Literal["EE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"]
METHODS: tuple[str, ...] = get_args(Method)

# Steps of the scan of a likelihood, in units of log(v_min + tau2): a hump of one component
# z²/(d + tau2), log(d + tau2) is some three units wide on that scale.
SCAN_STEP = 0.5

# Newton's steps to a root of Q; five to eight are usual, some more for each separate scale.
MAXIMUM_STEPS = 500
EPSILON = float(np.finfo(np.float64).eps)


def check_method(method: str) -> None:
    """Raise MethodError unless `method` names one of METHODS."""
    if method not in METHODS:
        raise MethodError(f"method: found {method!r}, wanted one of {', '.join(METHODS)}")


def estimate_tau2(problem: Problem, method: Method) -> Any:
    """Estimate tau² >= 0 by the named method; 0 where k = p, as there is nothing to compare.

    Returns a number, or an array with one element a problem, in units of yi squared.
    """
    estimator = ESTIMATORS.get(method)
    k = np.asarray(problem.k)
    if estimator is None or (k <= problem.p).all():
        return np.zeros(k.shape)[()]
    with np.errstate(divide="ignore", invalid="ignore"):  # problems with k = p, masked below
        tau2 = estimator(problem)
    return np.where(k > problem.p, np.maximum(tau2, 0.0), 0.0)[()]


def tau2_dersimonian_laird(problem: Problem) -> Any:
    """(Q(0) - (k - p)) / tr P. DerSimonian & Laird (1986)."""
    at0 = problem.at0
    return (at0.q - (problem.k - problem.p)) / at0.trp


def tau2_hedges(problem: Problem) -> Any:
    """(y'P0y - tr P0V) / (k - p), without weights. Hedges & Olkin (1985)."""
    plain = problem.plain
    return (plain.rss - plain.trpv) / (problem.k - problem.p)


def tau2_hunter_schmidt(problem: Problem) -> Any:
    """(Q(0) - k) / sum w. Hunter & Schmidt (1990), as Viechtbauer (2005) gives it."""
    at0 = problem.at0
    return (at0.q - problem.k) / at0.s1


def tau2_sidik_jonkman(problem: Problem) -> Any:
    """tau0² Q(tau0²) / (k - p) from the start tau0² = sum (yi - mean y)² / k. S & J (2005)."""
    start = sidik_jonkman_start(problem)
    return start * problem.at(start).q / (problem.k - problem.p)


def sidik_jonkman_start(problem: Problem) -> Any:
    """Return tau0², the variance of the effects with divisor k."""
    return problem.total_variance()


def tau2_paule_mandel(problem: Problem) -> Any:
    """Solve Q(tau2) = k - p; exactly 0 where Q(0) <= k - p. Paule & Mandel (1982).

    Morris' empirical Bayes estimator (EB) solves the same equation.
    """
    return solve_q(problem, np.asarray(problem.k) - problem.p)


def tau2_ml(problem: Problem) -> Any:
    """Maximise the likelihood: y'PPy = tr W where the maximum is not at 0."""
    return _maximum(problem, lambda s: s.q2 - s.s1, restricted=False)


def tau2_reml(problem: Problem) -> Any:
    """Maximise the restricted likelihood: y'PPy = tr P where the maximum is not at 0."""
    return _maximum(problem, lambda s: s.q2 - s.trp, restricted=True)


ESTIMATORS: dict[str, Callable[[Problem], Any]] = {
    "DL": tau2_dersimonian_laird,
    "HE": tau2_hedges,
    "HS": tau2_hunter_schmidt,
    "SJ": tau2_sidik_jonkman,
    "ML": tau2_ml,
    "REML": tau2_reml,
    "EB": tau2_paule_mandel,
    "PM": tau2_paule_mandel,
}


def _zero(problem: Problem) -> Any:
    return np.zeros(np.shape(problem.k))[()]


def solve_q(problem: Problem, target: Any, start: Any = None) -> Any:
    """Solve Q(tau2) = target > 0 for tau2 >= 0; 0 where Q(0) <= target.

    Newton's method on 1/Q from 0 (or a start with Q(start) >= target), which needs no bracket: it
    climbs to the root and never past it. For Q = sum z_i² / (d_i + tau2) (see Design.upper),
    Q' = -y'PPy, and by Cauchy and Schwarz Q'² <= Q Q'' / 2, so that (1/Q)'' =
    (2 Q'² - Q Q'') / Q³ <= 0: 1/Q rises and is concave, and lies below its tangent.
    """
    several = np.ndim(problem.k) > 0
    if start is None:
        sums, tau2 = problem.at0, np.zeros(np.shape(problem.k)) if several else 0.0
    else:
        sums, tau2 = problem.at(start), start
    for _ in range(MAXIMUM_STEPS):
        short = sums.q > target
        if several:
            step = sums.q * (sums.q / target - 1) / np.where(short, sums.q2, 1.0)
            step = np.where(short, step, 0.0)
        else:
            step = sums.q * (sums.q / target - 1) / sums.q2 if short else 0.0
        tau2 = tau2 + step
        small = step <= 4 * EPSILON * tau2
        if small.all() if several else small:
            return tau2
        sums = problem.at(tau2)
    raise MethodError(
        f"tau²: found no solution of Q(tau²) = {np.max(target)} in {MAXIMUM_STEPS} steps, "
        "wanted one"
    )


def _maximum(problem: Problem, score: Callable[[Sums], Any], restricted: bool) -> Any:
    """Return the tau2 >= 0 of highest likelihood, of which `score` is twice the derivative.

    A likelihood of tau² may have several stationary points. So the score is scanned from 0 to
    the bound that none exceeds (`Problem.upper`); every change from + to - brackets a maximum,
    0 is one where the score there is negative; the highest of them wins.
    """
    unit = problem.v_min
    upper = np.asarray(problem.upper)
    top = float(np.log1p(upper.max() / unit * (1 + 1e-6)))
    if top == 0.0:
        return _zero(problem)
    x = np.linspace(0.0, top, max(8, int(top / SCAN_STEP) + 2))
    scores = np.asarray(score(problem.on_grid(unit * np.expm1(x))))
    falls = (scores[:-1] > 0.0) & (scores[1:] <= 0.0)

    def slope(at: Any) -> Any:
        return score(problem.at(unit * np.expm1(at)))

    if scores.ndim == 1:
        cells = np.flatnonzero(falls)
        found = [unit * np.expm1(bracketed_root(slope, x[i], x[i + 1])) for i in cells]
        if scores[0] <= 0.0:
            found.insert(0, 0.0)
        if not found:
            raise MethodError(
                "tau²: found no maximum of the likelihood between 0 and its bound, wanted one"
            )
        if len(found) == 1:
            return found[0]
        return found[int(np.argmax([problem.log_likelihood(t, restricted) for t in found]))]
    return _maxima(problem, slope, x, falls, scores[0] <= 0.0, restricted)


def _maxima(
    problem: Problem,
    slope: Callable[[Any], Any],
    x: FloatArray,
    falls: NDArray[np.bool_],
    falls_at_zero: NDArray[np.bool_],
    restricted: bool,
) -> FloatArray:
    """As `_maximum`, of m problems: falls has shape (cells, m)."""
    count = falls.sum(axis=0)
    if not (falls_at_zero | (count > 0)).all():
        raise MethodError(
            "tau²: found no maximum of the likelihood between 0 and its bound, wanted one"
        )
    best: FloatArray = np.zeros(falls.shape[1])
    rank = np.cumsum(falls, axis=0) * falls
    for j in range(1, int(count.max(initial=0)) + 1):
        has = count >= j
        cell = np.argmax(rank == j, axis=0)
        lo, hi = np.where(has, x[cell], 0.0), np.where(has, x[cell + 1], 0.0)
        found = problem.v_min * np.expm1(bracketed_roots(slope, lo, hi))
        rivals = has & (falls_at_zero | (j > 1))
        if rivals.any():
            gain = problem.log_likelihood(found, restricted) - problem.log_likelihood(
                best, restricted
            )
            has &= ~rivals | (gain > 0.0)
        best = np.where(has, found, best)
    return best


def standard_error_tau2(problem: Problem, method: Method, tau2: Any) -> Any:
    """Return the standard error of tau² as metafor::rma prints it; NaN where k = p or EE.

    Moment estimators (DL, HE, HS, SJ): the variance of a quadratic form of normal effects,
    Viechtbauer (2007), at the estimate. ML, REML: expected information. EB, PM: Sidik's form.
    """
    if method == "EE":
        return np.full(np.shape(problem.k), np.nan)[()]
    df = np.asarray(problem.k) - problem.p
    zero = _zero(problem)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method in ("DL", "HS"):
            at0 = problem.at0
            form = 2 * df + 4 * tau2 * at0.trp + 2 * tau2**2 * problem.trace_pp(zero)
            variance = form / (at0.trp if method == "DL" else at0.s1) ** 2
        elif method == "HE":
            plain = problem.plain
            variance = 2 * plain.trpvpv + 4 * tau2 * plain.trpv + 2 * tau2**2 * df
            variance = variance / df**2
        elif method == "SJ":
            # V = W^-1 - tau0² I and P W^-1 P = P, so tr PVPV and tr PVP follow from tr P, tr PP.
            t0 = sidik_jonkman_start(problem)
            trp, trpp = problem.at(t0).trp, problem.trace_pp(t0)
            trpvpv = np.maximum(df - 2 * t0 * trp + t0**2 * trpp, 0.0)
            trpvp = np.maximum(trp - t0 * trpp, 0.0)
            variance = (t0 / df) ** 2 * (2 * trpvpv + 4 * tau2 * trpvp + 2 * tau2**2 * trpp)
        elif method == "ML":
            variance = 2 / problem.sum_w2(tau2)
        elif method == "REML":
            variance = 2 / problem.trace_pp(tau2)
        else:
            variance = 2 * np.asarray(problem.k) ** 2 / df / problem.at(tau2).s1 ** 2
        return np.where(df > 0, np.sqrt(variance), np.nan)[()]
