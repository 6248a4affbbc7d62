"""Whether more results are significant than their power lets expect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr

from analysis.effects import Effects, FloatArray
from analysis.errors import MethodError
from analysis.quantiles import critical, one_sided_p

FEW = 10
"""Below this number of studies the test can hardly tell excess from chance."""


@dataclass(frozen=True)
class ExcessSignificance:
    """Observed and expected numbers of significant results (two-sided at `alpha`).

    `power` of each study for a true effect `theta` with variance `tau2`, in their order. `pval`
    is one-sided, for more significant results than expected. `few`: fewer than 10 studies.
    """

    k: int
    alpha: float
    theta: float
    tau2: float
    observed: int
    expected: float
    power: tuple[float, ...]
    test: Literal["exact", "chi2"]
    pval: float

    @property
    def few(self) -> bool:
        """Whether there are too few studies to tell."""
        return self.k < FEW


def excess_significance(
    effects: Effects,
    *,
    alpha: float = 0.05,
    theta: float | None = None,
    tau2: float = 0.0,
    test: Literal["exact", "chi2"] = "exact",
) -> ExcessSignificance:
    """Test of excess significance (Ioannidis & Trikalinos 2007, Clin Trials 4:245).

    Parameters
    ----------
    alpha : two-sided level at which a result counts as significant.
    theta, tau2 : the true effects' mean and variance; by default the mean weighted by
        1 / (vi + tau2), and 0.
    test : "exact", the distribution of the sum of independent trials of unequal chance, whatever
        the number of studies; or "chi2", which approximates it by Pearson's statistic.

    Raises
    ------
    MethodError : no studies, alpha not inside (0, 1), or tau2 below 0; "chi2" where the powers are
        all 0 or all 1, so that the number of significant results has no variance.

    References
    ----------
    Agrees with metafor::tes with the same `test`. By default metafor counts sets of studies for
    its exact test, and takes "chi2" where these are more than a million; here the distribution is
    built up study by study, in k² steps, so that nothing has to be approximated.
    """
    if effects.k == 0:
        raise MethodError("excess significance: found no studies, wanted at least one")
    if not 0 < alpha < 1 or not tau2 >= 0:
        raise MethodError(
            f"excess significance: found alpha = {alpha} and tau² = {tau2}, wanted alpha between 0 "
            "and 1, and tau² of 0 or more"
        )
    if theta is None:
        w = 1 / (effects.vi + tau2)
        theta = float(w @ effects.yi) / float(w.sum())
    c = float(critical(1 - alpha))
    z = effects.yi / effects.sei
    observed = int((np.abs(z) >= c).sum())
    spread = np.sqrt(effects.vi + tau2)
    limit = c * effects.sei
    power = ndtr((theta - limit) / spread) + ndtr((-theta - limit) / spread)
    expected = float(power.sum())
    if test == "exact":
        pval = float(_count_distribution(power)[observed:].sum())
    else:
        if not 0 < expected < effects.k:
            raise MethodError(
                f"excess significance: found {expected:g} of {effects.k} results expected to be "
                "significant, which leaves nothing to chance; wanted the exact test"
            )
        x2 = (observed - expected) ** 2 * (1 / expected + 1 / (effects.k - expected))
        pval = float(one_sided_p(math.copysign(math.sqrt(x2), observed - expected)))
    return ExcessSignificance(
        k=effects.k,
        alpha=alpha,
        theta=float(theta),
        tau2=tau2,
        observed=observed,
        expected=expected,
        power=tuple(map(float, power)),
        test=test,
        pval=min(pval, 1.0),
    )


def _count_distribution(chances: FloatArray) -> FloatArray:
    """Distribution of the number of successes of independent trials, shape (k + 1,)."""
    distribution = np.array([1.0])
    for chance in chances:
        longer = np.append(distribution * (1 - chance), 0.0)
        longer[1:] += distribution * chance
        distribution = longer
    return distribution
