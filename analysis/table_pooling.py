"""Pooling of 2×2 tables from their counts: Mantel-Haenszel and Peto."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtrc, ndtr

from analysis.effects import Effects, Measure, is_ratio
from analysis.errors import MethodError
from analysis.quantiles import z_of_level
from analysis.two_by_two import Tables, To, peto_effects, two_by_two_effects


@dataclass(frozen=True)
class TablePool:
    """Common effect of 2×2 tables, pooled from their counts.

    `mu`, `se`, `ci_lb`, `ci_ub` are on the analysis scale (log for OR and RR). `k` tables;
    `k_yi` of them have an effect of their own, and they alone enter `qe`, with `df = k_yi - 1`.
    `mh` is Cochran-Mantel-Haenszel's chi-squared with continuity correction, 1 degree of
    freedom (None but for the OR): 0 where O and E lie within the correction of each other.
    """

    measure: Measure
    method: Literal["MH", "Peto"]
    k: int
    k_yi: int
    mu: float
    se: float
    level: float
    qe: float
    mh: float | None = None

    @property
    def ci_lb(self) -> float:
        """Lower limit, mu - z se."""
        return self.mu - z_of_level(self.level) * self.se

    @property
    def ci_ub(self) -> float:
        """Upper limit, mu + z se."""
        return self.mu + z_of_level(self.level) * self.se

    @property
    def zval(self) -> float:
        """Wald statistic mu / se."""
        return self.mu / self.se

    @property
    def pval(self) -> float:
        """Two-sided P of `zval`."""
        return 2 * float(ndtr(-abs(self.zval)))

    @property
    def est(self) -> float:
        """`mu` on the printed scale."""
        return float(np.exp(self.mu)) if is_ratio(self.measure) else self.mu

    @property
    def est_lb(self) -> float:
        """`ci_lb` on the printed scale."""
        return float(np.exp(self.ci_lb)) if is_ratio(self.measure) else self.ci_lb

    @property
    def est_ub(self) -> float:
        """`ci_ub` on the printed scale."""
        return float(np.exp(self.ci_ub)) if is_ratio(self.measure) else self.ci_ub

    @property
    def df(self) -> int:
        """Degrees of freedom of `qe`."""
        return max(self.k_yi - 1, 0)

    @property
    def qe_pval(self) -> float:
        """P of `qe`; 1 with a single table."""
        return float(chdtrc(self.df, self.qe)) if self.df else 1.0

    @property
    def i2(self) -> float:
        """I² in percent, from `qe`."""
        return max(0.0, 100 * (self.qe - self.df) / self.qe) if self.df and self.qe > 0 else 0.0

    @property
    def h2(self) -> float:
        """H², qe / df; 1 with a single table."""
        return self.qe / self.df if self.df else 1.0


def pool_mantel_haenszel(
    tables: Tables,
    measure: Literal["OR", "RR", "RD"] = "OR",
    *,
    level: float = 0.95,
    add: float = 0.5,
    to: To = "only0",
    drop00: bool = True,
) -> TablePool:
    """Pool 2×2 tables by the Mantel-Haenszel method.

    No correction enters the pooled effect: `add`, `to` and `drop00` are for the effects of
    the single tables in the test of heterogeneity, as in metafor::rma.mh.

    Variances: Robins, Breslow & Greenland (1986) for the OR, Greenland & Robins (1985) for
    the RR, Sato et al. (1989) for the RD.

    Raises
    ------
    MethodError : no finite pooled effect, since an arm has no event in any table (or, for the
        OR, nobody without), or no table tells a variance.
    """
    a, b, c, d = tables.ai, tables.bi, tables.ci, tables.di
    n1, n0, n = tables.n1, tables.n0, tables.n
    mh: float | None = None
    if measure in ("OR", "RR"):
        upper, lower = (a * d / n, b * c / n) if measure == "OR" else (a * n0 / n, c * n1 / n)
        r, s = float(upper.sum()), float(lower.sum())
        if r == 0 or s == 0:
            raise MethodError(
                f"Mantel-Haenszel: found sums of {r:g} and {s:g} above and below the line of the "
                f"{measure}, wanted both positive; the pooled {measure} is not finite"
            )
        mu = float(np.log(r) - np.log(s))
        if measure == "OR":
            p, q = (a + d) / n, (b + c) / n
            var = (
                (p * upper).sum() / (2 * r**2)
                + (p * lower + q * upper).sum() / (2 * r * s)
                + (q * lower).sum() / (2 * s**2)
            )
            # n = 1 + 1 is the least that two arms hold, so v never divides by 0.
            gap = max(abs(float(tables.o_minus_e.sum())) - 0.5, 0.0)
            mh = gap**2 / float(tables.v.sum())
        else:
            var = (n1 * n0 * (a + c) / n**2 - a * c / n).sum() / (r * s)
    elif measure == "RD":
        w = float((n1 * n0 / n).sum())
        mu = float((a * n0 / n - c * n1 / n).sum()) / w
        f1, f0 = n1 / n, n0 / n
        first = (c * f1**2 - a * f0**2 + f1 * f0 * (n0 - n1) / 2).sum()
        second = (a * d / n + c * b / n).sum() / 2
        var = (mu * first + second) / w**2
    else:
        raise MethodError(f"Mantel-Haenszel: found measure {measure!r}, wanted OR, RR or RD")
    if not var > 0:
        raise MethodError(
            f"Mantel-Haenszel: found a variance of {max(float(var), 0.0):g} for the pooled "
            f"{measure}, wanted it positive; every patient of an arm has the same outcome"
        )
    qe, k_yi = 0.0, 0
    if not drop00 or not tables.one_sided.all():
        single = two_by_two_effects(tables, measure, add=add, to=to, drop00=drop00)
        qe, k_yi = _q(single, mu), single.k
    se = float(np.sqrt(var))
    return TablePool(measure, "MH", tables.k, k_yi, mu, se, level, qe, mh)


def pool_peto(tables: Tables, *, level: float = 0.95) -> TablePool:
    """Pool 2×2 tables by Peto's one-step method: mu = sum(O - E) / sum V, var = 1 / sum V.

    As metafor::rma.peto (Yusuf et al. 1985). Tables with events in nobody or in everybody have
    V = 0 and do not count. Good for rare events, small effects and arms of like size.

    Raises
    ------
    MethodError : no table has V > 0.
    """
    v = float(tables.v.sum())
    if not v > 0:
        raise MethodError(
            "Peto: found events in nobody or in everybody throughout, wanted a table that tells "
            "the arms apart"
        )
    mu = float(tables.o_minus_e.sum()) / v
    single = peto_effects(tables.take(~tables.one_sided))
    se = 1 / float(np.sqrt(v))
    return TablePool("OR", "Peto", tables.k, single.k, mu, se, level, _q(single, mu))


def _q(effects: Effects, mu: float) -> float:
    # A single effect gives its own mean but for rounding and, here, its correction.
    return float(((effects.yi - mu) ** 2 / effects.vi).sum()) if effects.k > 1 else 0.0
