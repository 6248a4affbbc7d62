"""GOSH: the pooled effect and heterogeneity of all subsets of the studies, or of a sample.

Olkin, Dahabreh & Trikalinos (2012). Subsets are rows of a matrix of zeros and ones, pooled in
chunks. As in `analysis.sums`, the most precise study of each subset is kept apart, so that
nothing is the difference of two large numbers where one study has nearly all the weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.heterogeneity import Method, check_method, estimate_tau2
from analysis.sums import Studies

FloatArray = NDArray[np.float64]

# Rows times studies held at once; small enough for the processor's cache.
CHUNK_ELEMENTS = 200_000


@dataclass(frozen=True, eq=False)
class Gosh:
    """One row a subset, arrays of shape (m,): its size k, pooled effect, tau², I² (percent), Q.

    `i2` is from tau² (EE: from Q), as in `Heterogeneity`. `include`, bool, shape (m, k), says
    which studies a subset holds. `exhaustive` says whether these are all subsets.
    """

    slab: tuple[str, ...]
    method: Method
    exhaustive: bool
    seed: int | None
    include: NDArray[np.bool_]
    k: NDArray[np.intp]
    mu: FloatArray
    tau2: FloatArray
    i2: FloatArray
    qe: FloatArray


def gosh(effects: Effects, method: Method = "EE", subsets: int = 1_000_000, seed: int = 0) -> Gosh:
    """Pool every subset of at least one study, or a seeded sample where they are too many.

    Parameters
    ----------
    subsets : all 2^k - 1 subsets are taken while they number no more than this; else as many
        subsets as this are drawn, each study in or out with probability one half (never none),
        as metafor::gosh draws them.

    Raises
    ------
    MethodError : no studies, fewer than one subset asked for, or an unknown method.
    """
    check_method(method)
    k = effects.k
    if k == 0:
        raise MethodError("GOSH: found no studies, wanted at least one")
    if subsets < 1:
        raise MethodError(f"GOSH: found {subsets} subsets asked for, wanted at least 1")
    exhaustive = k < 63 and 2**k - 1 <= subsets
    include = _all_subsets(k) if exhaustive else _sample(k, subsets, seed)
    by_precision = np.argsort(effects.vi, kind="stable")
    m, step = len(include), max(1, CHUNK_ELEMENTS // k)
    out = np.empty((5, m))
    for start in range(0, m, step):
        part = include[start : start + step]
        out[:, start : start + step] = _pool_rows(
            effects.yi[by_precision], effects.vi[by_precision], part[:, by_precision], method
        )
    size, mu, tau2, i2, qe = out
    return Gosh(
        slab=effects.slab,
        method=method,
        exhaustive=exhaustive,
        seed=None if exhaustive else seed,
        include=include,
        k=size.astype(np.intp),
        mu=mu,
        tau2=tau2,
        i2=i2,
        qe=qe,
    )


def _all_subsets(k: int) -> NDArray[np.bool_]:
    codes = np.arange(1, 2**k, dtype=np.uint64)
    inside = np.empty((len(codes), k), dtype=np.bool_)
    for j in range(k):
        inside[:, j] = (codes >> np.uint64(j)) & np.uint64(1)
    return inside


def _sample(k: int, subsets: int, seed: int) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)

    def draw(n: int) -> NDArray[np.bool_]:
        width = (k + 7) // 8
        octets = np.frombuffer(rng.bytes(n * width), dtype=np.uint8).reshape(n, width)
        return np.unpackbits(octets, axis=1, count=k).astype(np.bool_)

    include = draw(subsets)
    empty = np.flatnonzero(~include.any(axis=1))
    while len(empty):
        include[empty] = draw(len(empty))
        empty = empty[~include[empty].any(axis=1)]
    return include


def _pool_rows(
    y: FloatArray, v: FloatArray, include: NDArray[np.bool_], method: Method
) -> tuple[FloatArray, ...]:
    """Return k, mu, tau², I², Q of each row, arrays of shape (rows,); v rises from left to right.

    EE and DL need two sweeps over a chunk; the other estimators go by `Studies`.
    """
    k = include.sum(axis=1)
    df, several = k - 1, k > 1
    # The studies of a row but its lead; what is not in the row weighs nothing.
    lead = include.argmax(axis=1)
    others = include.astype(np.float64)
    others[np.arange(len(others)), lead] = 0.0
    w = 1.0 / v
    w0, y0 = w[lead], y[lead]
    rest, rest2 = _rowsum(others, w), _rowsum(others, w * w)
    s1 = w0 + rest
    centre = y[int(np.argmin(v))]
    d = y - centre
    mu = (w0 * (y0 - centre) + _rowsum(others, w * d)) / s1
    residual = d - mu[:, None]
    residual *= residual
    residual *= others
    qe = w0 * (y0 - centre - mu) ** 2 + _rowsum(residual, w)
    trp = np.where(several, w0 * (rest / s1) + rest - rest2 / s1, 1.0)
    qe = np.where(several, qe, 0.0)
    if method == "EE":
        i2 = np.where(qe > df, 100 * (qe - df) / np.where(qe > 0, qe, 1.0), 0.0)
        return k, centre + mu, np.zeros(len(k)), i2, qe
    if method == "DL":
        tau2 = np.where(several, np.maximum(qe - df, 0.0) / trp, 0.0)
    else:
        tau2 = estimate_tau2(Studies(y, v, include), method)
    weights = v + tau2[:, None]
    np.divide(others, weights, out=weights)
    w0 = 1.0 / (v[lead] + tau2)
    mu = (w0 * (y0 - centre) + _rowsum(weights, d)) / (w0 + weights.sum(axis=1))
    i2 = 100 * tau2 / (np.where(several, df, 1) / trp + tau2)
    return k, centre + mu, tau2, i2, qe


def _rowsum(rows: FloatArray, weights: FloatArray) -> FloatArray:
    """Return rows @ weights, in one thread whatever the machine; see `sums.dot`."""
    return np.asarray(np.einsum("mk,k->m", rows, weights))
