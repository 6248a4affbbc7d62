"""Findings of the methods that a plan may ask for beside the pooled result and its checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ADJUSTED = ("trim_and_fill", "pet_peese", "selection_model")
"""Of the tests for small-study effects, those that give a pooled effect to be read as one."""


@dataclass(frozen=True)
class SmallStudyFinding:
    """A test for small-study effects, or an adjustment for them.

    `more` holds what one test alone has: `observed` and `expected` significant results, the
    `weight` of results that are not, `missing` studies and the `side` of the funnel that lacks
    them (−1 left, 1 right).
    """

    id: str
    label: str
    statistic: float | None
    df: float | None
    pval: float | None
    intercept: float | None
    slope: float | None
    est: float | None
    est_lb: float | None
    est_ub: float | None
    k: int
    informative: bool
    note: str | None
    more: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class BayesFinding:
    """A Bayesian random-effects model by its priors.

    `est` is the posterior median of the pooled effect, with its credible interval (`interval`:
    shortest on the analysis scale, that of logarithms for ratios, or central); `pi_est_lb`,
    `pi_est_ub` are those of the effect of a new study, `tau` ... those of the between-study
    standard deviation. `p_benefit` is the posterior probability that the mean effect lies on the
    better side of no effect, `p_benefit_new` that the effect of a new study does.
    """

    id: str
    label: str
    family: str
    scale: float
    mu_mean: float | None
    mu_sd: float | None
    interval: str
    reason: str
    k: int
    mu: float
    mu_sd_posterior: float | None
    est: float
    est_lb: float
    est_ub: float
    pi_est_lb: float
    pi_est_ub: float
    tau: float
    tau_lb: float
    tau_ub: float
    p_benefit: float
    p_benefit_new: float


@dataclass(frozen=True)
class RhoFinding:
    """The pooled composites at one assumed correlation."""

    id: str
    rho: float
    est: float
    est_lb: float
    est_ub: float
    tau2: float


@dataclass(frozen=True)
class SeveralFinding:
    """Several estimates of a study: the planned model, and other assumed correlations.

    For `composite` the numbers are those of the pooled result. `sigma2_between` and
    `sigma2_within` are None but for the three-level model.
    """

    model: str
    rho: float
    estimates: int
    clusters: int
    est: float
    est_lb: float
    est_ub: float
    pval: float
    df: int | None
    sigma2_between: float | None
    sigma2_within: float | None
    i2_between: float | None
    i2_within: float | None
    sensitivity: Mapping[str, RhoFinding] = field(default_factory=dict)


@dataclass(frozen=True)
class NaturalFinding:
    """The pooled result where the analysis scale is none that a reader knows.

    Proportions from their logits or double arcsines (at the harmonic mean of the sizes), a
    correlation from Fisher's z.
    """

    est: float
    est_lb: float
    est_ub: float
    pi_est_lb: float | None
    pi_est_ub: float | None
    # What prints them must not take them for numbers of the analysis scale.
    measure: str = "GEN"


@dataclass(frozen=True)
class PlotPoint:
    """A study in a Baujat or a radial plot; None where a coordinate is undefined."""

    study: str
    label: str
    x: float
    y: float | None


@dataclass(frozen=True)
class GoshSide:
    """The subsets without one study and with it: how many, and their median pooled effects."""

    study: str
    label: str
    without: int
    est_without: float | None
    est_with: float | None
    i2_without: float | None
    i2_with: float | None


@dataclass(frozen=True)
class GoshFinding:
    """All subsets of the studies, or a sample: quartiles, and a grid of how many lie where.

    `cells` are the occupied ones of the grid, as (column, row, count): columns divide `est_low`
    to `est_high` (evenly on the analysis scale), rows divide I² from 0 to 100.
    """

    subsets: int
    exhaustive: bool
    est_median: float
    est_q1: float
    est_q3: float
    i2_median: float
    i2_q1: float
    i2_q3: float
    share_below: float
    est_low: float
    est_high: float
    columns: int
    rows: int
    cells: tuple[tuple[int, int, int], ...]
    sides: tuple[GoshSide, ...]


@dataclass(frozen=True)
class RoundingFinding:
    """The smallest and the largest value that each end of the pooled interval takes, printed
    scale, as the inputs move within their rounding (`analysis.rounding`)."""

    est_lb_low: float
    est_lb_high: float
    est_ub_low: float
    est_ub_high: float


@dataclass(frozen=True)
class LookFinding:
    """One look of a sequential analysis, after some studies were added."""

    studies: tuple[str, ...]
    label: str
    k: int
    at: float
    information: float
    fraction: float
    z: float
    bound: float | None
    futility: float | None


@dataclass(frozen=True)
class SequentialFinding:
    """A trial sequential analysis; supplementary, no conclusion rests on it."""

    anticipated: float
    alpha: float
    power: float
    counted: str
    diversity: float
    required: float
    reached: float
    fraction: float
    verdict: str
    looks: tuple[LookFinding, ...]
    end_bound: float | None
    end_futility: float | None
    adjusted_lb: float | None
    adjusted_ub: float | None
    reason: str


@dataclass(frozen=True)
class ConventionFinding:
    """One quantity of an analysis by one convention, and the programs that print it so.

    `used`: this is how the analysis itself has it. `value` is the quantity, or the estimate of
    an interval `lb` to `ub`; None where the convention has no answer.
    """

    id: str
    quantity: str
    convention: str
    programs: tuple[str, ...]
    used: bool
    value: float | None
    lb: float | None
    ub: float | None
