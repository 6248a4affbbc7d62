"""Roots inside a bracket: Chandrupatla's method, for one function and for many at once.

Chandrupatla (1997), Advances in Engineering Software 28:145-149: bisection, or inverse
quadratic interpolation where the last three points show that it will be good. It needs no
derivative, never leaves the bracket, and halves it at worst. Written here because importing
`scipy.optimize` takes longer than a whole analysis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import MethodError

FloatArray = NDArray[np.float64]

# Bisection from 1 down to the smallest double takes 1,075 steps, and the methods here take at most
# one step more for each; on the logarithmic scales they are used on, ten is usual.
MAXIMUM_STEPS = 2400
_ROUNDING = 2.0 * float(np.finfo(np.float64).eps)


def bracketed_root(f: Callable[[float], float], lo: float, hi: float) -> float:
    """Return x in [lo, hi] with f(x) = 0, to two units in the last place.

    Parameters
    ----------
    f : continuous on [lo, hi], with f(lo) and f(hi) of opposite sign (or one of them zero).

    Raises
    ------
    MethodError : the signs do not differ, or f is not a number where it was asked.
    """
    a, b = hi, lo
    fa, fb = float(f(a)), float(f(b))
    _check_bracket(lo, hi, fb, fa)
    t = 0.5
    for _ in range(MAXIMUM_STEPS):
        x, fx = (a, fa) if abs(fa) < abs(fb) else (b, fb)
        width = abs(b - a)
        tolerance = _ROUNDING * abs(x)
        if fx == 0.0 or width <= 2.0 * tolerance or width == 0.0:
            return x
        smallest = min(0.5, max(tolerance / width, 1e-16))
        t = min(1.0 - smallest, max(smallest, t))
        new = a + t * (b - a)
        if new in (a, b):
            return x
        fnew = float(f(new))
        if fnew != fnew:
            raise MethodError(f"root: found no value of the function at {new}, wanted a number")
        if (fnew > 0.0) == (fa > 0.0):
            c, fc = a, fa
        else:
            c, fc = b, fb
            b, fb = a, fa
        a, fa = new, fnew
        t = 0.5
        if fb != fa and fc != fa and fc != fb:
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            if phi * phi < xi and (1.0 - phi) ** 2 < 1.0 - xi:
                t = fa / (fb - fa) * fc / (fb - fc)
                t += (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    raise MethodError(f"root: found no convergence in [{lo}, {hi}] after {MAXIMUM_STEPS} steps")


def _check_bracket(lo: float, hi: float, flo: float, fhi: float) -> None:
    if not flo * fhi <= 0.0 and not (flo <= 0.0 <= fhi or fhi <= 0.0 <= flo):
        raise MethodError(
            f"root: found f({lo}) = {flo} and f({hi}) = {fhi}, wanted values of opposite sign"
        )


def bracketed_roots(
    f: Callable[[FloatArray], Any], lo: FloatArray | float, hi: FloatArray | float
) -> FloatArray:
    """Return x, shape (m,), with f(x) = 0 elementwise and lo <= x <= hi: m problems at once.

    Parameters
    ----------
    f : maps an array of shape (m,), one point a problem, to the m values there.
    lo, hi : brackets, shape (m,). A problem with lo = hi is answered by that point, unasked.

    Raises
    ------
    MethodError : as `bracketed_root`, naming the first bracket that is none.
    """
    lo, hi = np.broadcast_arrays(np.asarray(lo, float), np.asarray(hi, float))
    a, b = hi.copy(), lo.copy()
    fa, fb = np.array(f(a), dtype=np.float64), np.array(f(b), dtype=np.float64)
    settled = lo == hi
    wrong = ~settled & ~(np.sign(fa) * np.sign(fb) <= 0)
    if wrong.any():
        i = int(np.argmax(wrong))
        _check_bracket(float(lo[i]), float(hi[i]), float(fb[i]), float(fa[i]))
    t = np.full(a.shape, 0.5)
    for _ in range(MAXIMUM_STEPS):
        nearer = np.abs(fa) < np.abs(fb)
        x, fx = np.where(nearer, a, b), np.where(nearer, fa, fb)
        width = np.abs(b - a)
        tolerance = _ROUNDING * np.abs(x)
        done = settled | (fx == 0.0) | (width <= 2.0 * tolerance)
        if done.all():
            return x
        safe_width = np.where(width > 0, width, 1.0)
        smallest = np.minimum(0.5, np.maximum(tolerance / safe_width, 1e-16))
        new = a + np.clip(t, smallest, 1.0 - smallest) * (b - a)
        done |= (new == a) | (new == b)
        if done.all():
            return x
        new = np.where(done, x, new)
        fnew = np.where(done, fx, f(new))
        if np.isnan(fnew).any():
            raise MethodError("root: found no value of the function, wanted a number")
        same = (fnew > 0.0) == (fa > 0.0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = new, fnew
        # A finished problem keeps its point: both ends of its bracket collapse onto it.
        b, fb = np.where(done, a, b), np.where(done, fa, fb)
        settled = settled | done
        t = _interpolated_step(a, b, c, fa, fb, fc)
    raise MethodError(f"root: found no convergence after {MAXIMUM_STEPS} steps")


def _interpolated_step(
    a: FloatArray, b: FloatArray, c: FloatArray, fa: FloatArray, fb: FloatArray, fc: FloatArray
) -> FloatArray:
    """Return where in [a, b] to look next: Chandrupatla's test, else the middle."""
    t = np.full(a.shape, 0.5)
    usable = (fb != fa) & (fc != fa) & (fc != fb) & (c != b) & (b != a)
    if usable.any():
        a, b, c, fa, fb, fc = (z[usable] for z in (a, b, c, fa, fb, fc))
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        step = fa / (fb - fa) * fc / (fb - fc)
        step += (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        t[usable] = np.where((phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi), step, 0.5)
    return t
