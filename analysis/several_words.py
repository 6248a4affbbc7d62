"""How several estimates of one study are told: the composites, and the model that is planned.

The pooled result is that of composites whatever the plan asks for; its model stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analysis import words
from analysis.effects import ONE_GROUP
from analysis.findings import AnalysisFinding
from analysis.method_findings import SeveralFinding
from analysis.terms import METHODS_SHORT
from analysis.words import HARD, MINUS, Keys, Piece, Words

MODELS = {
    "three_level": "a three-level model of all estimates",
    "robust": "a pool of all estimates with a cluster-robust interval",
}
"""What a plan may ask for beside the composites, for a sentence."""


def assumed(rho: float, key: str | None = None) -> Words:
    """Return the assumed correlation of the estimates of one study: ρ = 0.6."""
    return Words(f"ρ{HARD}={HARD}", Piece(f"{rho:g}".replace("-", MINUS), key))


def sentence(model: str | None, rho: float | None, key: str | None = None) -> Words:
    """Return how studies with several estimates enter, for behind the model of the pool.

    "; studies with several estimates enter as composites, the means of their estimates (ρ = 0.6);
    a three-level model of all estimates stands beside it". Without an answer of the planned model
    neither it nor ρ is known.
    """
    at = Words() if rho is None else Words(" (", assumed(rho, key), ")")
    beside = f"; {MODELS[model]} stands beside it" if model in MODELS else ""
    told = "; studies with several estimates enter as composites, the means of their estimates"
    return Words(told, at, beside)


def composites(analysis: AnalysisFinding) -> Words:
    """Return what is behind the method of a pool of composites in a table, else nothing."""
    if analysis.several is None:
        return Words("; composites" if analysis.estimates else "")
    rho = assumed(analysis.several.rho, f"{analysis.id}.several.rho")
    return Words("; composites, ", rho)


def beside(analysis: AnalysisFinding) -> SeveralFinding | None:
    """Return the planned model where it is another than the pool of composites."""
    of = analysis.several
    return None if of is None or of.model not in MODELS else of


def short(analysis: AnalysisFinding, of: SeveralFinding) -> Words:
    """Return the planned model for a table: "Three-level model, REML, Wald, ρ = 0.6".

    The cluster-robust interval assumes no ρ; it is by t whatever the test of the composites.
    """
    path = f"{analysis.id}.several"
    method = METHODS_SHORT[analysis.synthesis.method]
    test = "Wald" if of.df is None else "t"
    every = Words(", ", words.count(of.estimates, "estimate", f"{path}.estimates"))
    if of.model == "robust":
        return Words(f"Cluster-robust, {method}, {test}", every)
    return Words(f"Three-level model, {method}, {test}, ", assumed(of.rho, f"{path}.rho"), every)


def variances(analysis: AnalysisFinding, of: SeveralFinding) -> Words | None:
    """Return the variances between and within studies; None where the model has none."""
    return _parts(analysis, "sigma2", (of.sigma2_between, of.sigma2_within), words.tau2)


def shares(analysis: AnalysisFinding, of: SeveralFinding) -> Words | None:
    """Return the shares of these variances in the total one; None where there are none."""
    return _parts(analysis, "i2", (of.i2_between, of.i2_within), words.percent)


def _parts(
    analysis: AnalysisFinding,
    name: str,
    values: tuple[float | None, float | None],
    told: Callable[[float, str], Words],
) -> Words | None:
    between, within = values
    if between is None or within is None:
        return None
    path = f"{analysis.id}.several.{name}"
    return Words(told(between, f"{path}_between"), " + ", told(within, f"{path}_within"))


def estimate(
    analysis: AnalysisFinding,
    of: SeveralFinding,
    level: str,
    *,
    named: bool = False,
    unit: str | None = None,
) -> Words:
    """Return the estimate of the planned model for a table, as `words.estimate_cell`."""
    bounds, keys = (of.est, of.est_lb, of.est_ub), Keys.under(f"{analysis.id}.several")
    # Double arcsines are led back for composites alone: nobody may take these for proportions.
    own = analysis.measure == "PFT" and analysis.natural is not None
    return words.estimate_cell(
        *bounds, analysis.measure, keys, named=named or own, unit=unit, level=level
    )


def below_a_figure(analysis: AnalysisFinding) -> Iterator[str]:
    """Give in sentences that studies are composites, and what the planned model comes to."""
    if not analysis.estimates:
        return
    of = beside(analysis)
    at = f" ({assumed(analysis.several.rho)})" if analysis.several else ""
    yield f"Studies with several estimates are composites, the means of their estimates{at}."
    if of is not None:
        tested = analysis.measure not in ONE_GROUP  # of no value would a proportion be no effect
        pval = f", {words.p(of.pval)}" if tested else ""
        yield f"{short(analysis, of)}: {estimate(analysis, of, '')}{pval}."
