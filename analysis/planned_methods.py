"""What a plan may ask for beside the pooled result: priors, several estimates."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.findings import EffectRow
from analysis.method_findings import (
    BayesFinding,
    NaturalFinding,
    RhoFinding,
    SeveralFinding,
)
from analysis.plan_method_checks import refuse_counts
from analysis.planned_effects import sizes_of_groups
from analysis.records import (
    AnalysisPlan,
    PriorPlan,
    Review,
    SeveralPlan,
)
from analysis.synthesis import Synthesis


def bayes_finding(
    effects: Effects, analysis: AnalysisPlan, plan: PriorPlan, *, lower_is_better: bool
) -> BayesFinding:
    """Run one Bayesian model of the plan; raises as `bayes`, and where counts are pooled."""
    from analysis.bayes import bayes
    from analysis.posterior import MuPrior, TauPrior

    why = "its likelihood weighs the effects of the studies so, and knows no counts"
    refuse_counts(analysis.pooling, "bayes", why)
    level = float(analysis.level)
    mu_prior = None if plan.mu is None else MuPrior(*map(float, plan.mu))
    tau_prior = TauPrior(plan.family, float(plan.scale))
    found = bayes(effects, tau_prior, mu_prior, level=level, interval=plan.interval)
    below, new_below = found.p_below, found.p_theta_below
    return BayesFinding(
        id=plan.id,
        label=plan.label,
        family=plan.family,
        scale=float(plan.scale),
        mu_mean=mu_prior.mean if mu_prior else None,
        mu_sd=mu_prior.sd if mu_prior else None,
        interval=plan.interval,
        reason=plan.reason,
        k=found.k,
        mu=found.mu.median,
        mu_sd_posterior=found.mu.sd,
        est=found.est,
        est_lb=found.est_lb,
        est_ub=found.est_ub,
        pi_est_lb=found.pi_est_lb,
        pi_est_ub=found.pi_est_ub,
        tau=found.tau.median,
        tau_lb=found.tau.ci_lb,
        tau_ub=found.tau.ci_ub,
        p_benefit=below if lower_is_better else 1 - below,
        p_benefit_new=new_below if lower_is_better else 1 - new_below,
    )


def natural_finding(
    review: Review, rows: tuple[EffectRow, ...], s: Synthesis
) -> NaturalFinding | None:
    """Return the pooled result as a proportion or a correlation; None for other measures."""
    from analysis.continuous import pooled_proportion

    values = [s.mu, s.ci_lb, s.ci_ub, s.pi_lb, s.pi_ub]
    array = np.array([np.nan if value is None else value for value in values])
    if s.measure == "PLO":
        back = expit(array)
    elif s.measure == "ZCOR":
        back = np.tanh(array)
    elif s.measure == "PFT":
        sizes = list(sizes_of_groups(review, rows).values())
        if not sizes:
            return None
        known = ~np.isnan(array)
        back = np.full(5, np.nan)
        back[known] = pooled_proportion(array[known], sizes)
    else:
        return None
    est, lb, ub, pi_lb, pi_ub = (None if value != value else float(value) for value in back)
    assert est is not None  # noqa: S101 - the pooled effect is a number
    assert lb is not None  # noqa: S101
    assert ub is not None  # noqa: S101
    return NaturalFinding(est, lb, ub, pi_lb, pi_ub)


def several_finding(
    plan: SeveralPlan,
    analysis: AnalysisPlan,
    estimates: tuple[EffectRow, ...],
    pooled: Synthesis,
) -> SeveralFinding:
    """Run the planned model of several estimates a study; raises as the model."""
    from analysis.clusters import cluster_robust, rho_sensitivity
    from analysis.multilevel import three_level

    effects = Effects(
        [f"{row.label} [{row.result}]" for row in estimates],
        [row.yi for row in estimates],
        [row.vi for row in estimates],
        pooled.measure,
    )
    study = [row.study for row in estimates]
    rho, level = float(plan.rho), float(analysis.level)
    between = within = i2_between = i2_within = None
    if plan.model == "three_level":
        if analysis.method not in ("REML", "ML"):
            raise MethodError(
                f"three-level model: found method {analysis.method}, wanted REML or ML"
            )
        test = "z" if analysis.test == "z" else "t"
        fit = three_level(effects, study, rho=rho, method=analysis.method, test=test, level=level)  # type: ignore[arg-type]
        between, within = fit.sigma2_between, fit.sigma2_within
        i2_between, i2_within = fit.i2_between, fit.i2_within
        numbers = (fit.est, fit.est_lb, fit.est_ub, fit.pval, fit.df)
    elif plan.model == "robust":
        robust = cluster_robust(effects, study, method=analysis.method, level=level)
        numbers = (robust.est, robust.est_lb, robust.est_ub, robust.pval, robust.df)
    else:
        numbers = (pooled.est, pooled.est_lb, pooled.est_ub, pooled.pval, pooled.df)
    steps = rho_sensitivity(
        effects, study, tuple(map(float, plan.sensitivity)), method=analysis.method,
        test=analysis.test, level=level,
    )  # fmt: skip
    return SeveralFinding(
        plan.model, rho, len(estimates), len(set(study)), *numbers,
        between, within, i2_between, i2_within,
        {
            name: RhoFinding(name, step.rho, step.synthesis.est, step.synthesis.est_lb,
                             step.synthesis.est_ub, step.synthesis.tau2)
            for step in steps
            for name in [f"rho_{round(100 * step.rho):03d}".replace("-", "minus_")]
        },
    )  # fmt: skip
