"""Small-study effects in 2×2 tables: the tests of Harbord and of Peters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr

from analysis.effects import FloatArray
from analysis.errors import MethodError
from analysis.two_by_two import Tables, two_by_two_effects

FEW = 10
"""Below this number of studies the tests can hardly tell asymmetry from chance (Cochrane
Handbook, 13.3.5.4)."""


_HARBORD, _PETERS = "Harbord's test", "Peters' test"


@dataclass(frozen=True)
class TableTest:
    """A regression test of small-study effects.

    `bias` is the coefficient tested, with `se`, `tval`, `df` and two-sided `pval`; `other` is
    the other coefficient: Harbord's slope (log odds ratio as precision grows), Peters'
    intercept (log odds ratio as the sample grows). `few`: fewer than 10 studies.
    """

    name: Literal["Harbord", "Peters"]
    k: int
    bias: float
    se: float
    df: int
    other: float

    @property
    def tval(self) -> float:
        """Statistic bias / se."""
        return self.bias / self.se

    @property
    def pval(self) -> float:
        """Two-sided P, by the t distribution."""
        return 2 * float(stdtr(self.df, -abs(self.tval)))

    @property
    def few(self) -> bool:
        """Whether there are too few studies to tell."""
        return self.k < FEW


def harbord(tables: Tables) -> TableTest:
    """Harbord's score test: regression of Z / sqrt(V) on sqrt(V); the intercept shows bias.

    Z = O - E and V its hypergeometric variance (Harbord, Egger & Sterne 2006, Stat Med
    25:3443). Tables with events in nobody or in everybody have V = 0 and do not count.

    Raises
    ------
    MethodError : fewer than three such tables, all of the same V, or on a perfect line.
    """
    kept = _telling(tables, _HARBORD)
    root = np.sqrt(kept.v)
    return _regression("Harbord", root, kept.o_minus_e / root, np.ones(kept.k), tested=0)


def peters(tables: Tables, *, add: float = 0.5) -> TableTest:
    """Peters' test: regression of the log odds ratio on 1 / n; the slope shows bias.

    Weights 1 / (1 / events + 1 / non-events), over both arms (Peters et al. 2006, JAMA
    295:676). A zero cell takes the continuity correction `add` for its log odds ratio; tables
    with events in nobody or in everybody have weight 0 and do not count.

    Raises
    ------
    MethodError : fewer than three such tables, all of the same size, or on a perfect line.
    """
    kept = _telling(tables, _PETERS)
    effects = two_by_two_effects(kept, "OR", add=add)
    weights = 1 / (1 / kept.events + 1 / (kept.n - kept.events))
    return _regression("Peters", 1 / kept.n, effects.yi, weights, tested=1)


def _telling(tables: Tables, title: str) -> Tables:
    """Return the tables with events in some but not all; MethodError where they are too few."""
    found = int((~tables.one_sided).sum())
    if found < 3:
        raise MethodError(
            f"{title}: found {found} table{'s' * (found != 1)} with events in some but not all, "
            "wanted 3 or more"
        )
    return tables.take(~tables.one_sided)


def _regression(
    name: Literal["Harbord", "Peters"],
    x: FloatArray,
    y: FloatArray,
    w: FloatArray,
    *,
    tested: Literal[0, 1],
) -> TableTest:
    title = _PETERS if name == "Peters" else _HARBORD
    k = len(x)
    centre = float((w * x).sum() / w.sum())
    sxx = float((w * (x - centre) ** 2).sum())
    # Rounding of x alone leaves k times the square of 1e-16 of its size.
    if sxx <= 1e-24 * float((w * x**2).sum()):
        raise MethodError(
            f"{title}: found tables all alike in what the test regresses on, wanted them to differ"
        )
    mean = float((w * y).sum() / w.sum())
    slope = float((w * (x - centre) * (y - mean)).sum()) / sxx
    intercept = mean - slope * centre
    residual = y - intercept - slope * x
    df = k - 2
    rss = float((w * residual**2).sum())
    if rss <= 1e-24 * float((w * y**2).sum()):
        raise MethodError(
            f"{title}: found tables on one line without scatter, wanted some, since the "
            "standard error is then 0"
        )
    s2 = rss / df
    if tested == 0:
        se = float(np.sqrt(s2 * (1 / w.sum() + centre**2 / sxx)))
        return TableTest(name, k, intercept, se, df, slope)
    return TableTest(name, k, slope, float(np.sqrt(s2 / sxx)), df, intercept)
