"""The Bayesian model against printed bayesmeta output, brute-force integration and closed forms.

Printed: Röver (2020), J Stat Softw 93(6), sections 3.3 and 3.4 and Table 3 (Crins et al. 2014,
six studies of rejection after liver transplantation), and the vignette of bayesmeta 3.4 (eight
schools, Rubin 1981).
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from analysis.bayes import bayes
from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.posterior import MuPrior, TauPrior, posterior
from analysis.synthesis import pool
from analysis.tau_integral import integrate_tau
from analysis.two_by_two import Tables, two_by_two_effects

CRINS = two_by_two_effects(
    Tables(
        ["Heffron", "Gibelli", "Schuller", "Ganschow", "Spada", "Gras"],
        ai=[14, 16, 3, 9, 4, 0],
        bi=[61 - 14, 28 - 16, 18 - 3, 54 - 9, 36 - 4, 50],
        ci=[15, 19, 8, 29, 11, 3],
        di=[20 - 15, 28 - 19, 12 - 8, 54 - 29, 36 - 11, 34 - 3],
    )
)
SCHOOLS = Effects(
    list("ABCDEFGH"),
    [28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16],
    np.square([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6]),
    "MD",
)
CRINS_PRIORS = (TauPrior("half-normal", 0.5), MuPrior(0, 4))
SCHOOLS_PRIORS = (TauPrior("half-cauchy", 25), MuPrior(0, 50))

# bayesmeta integrates over tau exactly, and prints 7 digits.
TAU = {"rel": 2e-7, "abs": 5e-8}


def near_mu(printed, sd):
    """bayesmeta approximates mu's posterior by a coarse mixture, good to about 0.001 sd.

    (Two print-outs of the same analysis on pages 22 and 23 of the article differ by 0.0003 sd.)
    """
    return pytest.approx(printed, abs=0.002 * sd)


def test_liver_transplants():
    found = bayes(CRINS, *CRINS_PRIORS)
    assert [found.tau.median, found.tau.mean, found.tau.sd] == pytest.approx(
        [0.3445023, 0.3810562, 0.2593672], **TAU
    )
    assert [found.tau.ci_lb, found.tau.ci_ub] == pytest.approx([0, 0.8607193], **TAU)
    near = [
        (found.mu.median, -1.5734819),
        (found.mu.mean, -1.5764365),
        (found.mu.sd, 0.3295301),
        (found.mu.ci_lb, -2.2311251),
        (found.mu.ci_ub, -0.9263075),
    ]
    for value, printed in near:
        assert value == near_mu(printed, 0.33), printed
    new = [
        (found.theta.median, -1.5701653),
        (found.theta.mean, -1.5764365),
        (found.theta.sd, 0.5671855),
        (found.theta.ci_lb, -2.7661319),
        (found.theta.ci_ub, -0.4072970),
    ]
    for value, printed in new:
        # The tails of the prediction rest on the upper end of tau, where the mixture is coarser.
        assert value == pytest.approx(printed, abs=0.005 * 0.57), printed
    assert found.est == pytest.approx(math.exp(found.mu.median))
    assert found.pi_est_ub == pytest.approx(math.exp(found.theta.ci_ub))
    assert 1 - found.p_below == pytest.approx(6.187343e-05, rel=0.05)


def test_liver_transplants_functions():
    post = posterior(CRINS, *CRINS_PRIORS)
    assert 1 - post._tau.cdf(1) == pytest.approx(0.02097488, **TAU)
    assert post.tau_quantile(0.99) == pytest.approx(1.109186, rel=1e-6)
    assert [post.tau_quantile(0.005), post.tau_quantile(0.995)] == pytest.approx(
        [0.003547657, 1.205400562], rel=1e-6
    )
    central = bayes(CRINS, *CRINS_PRIORS, level=0.99, interval="central")
    assert [central.tau.ci_lb, central.tau.ci_ub] == pytest.approx(
        [0.003547657, 1.205400562], rel=1e-6
    )
    shortest = bayes(CRINS, *CRINS_PRIORS, level=0.99)
    assert [shortest.tau.ci_lb, shortest.tau.ci_ub] == pytest.approx([0, 1.109186], rel=1e-6)


def test_the_two_randomised_trials():
    randomised = CRINS.take([0, 4])
    found = bayes(randomised, *CRINS_PRIORS)
    # bayesmeta's mixture leaves out 1e-4 of the probability, its epsilon.
    assert found.p_below == pytest.approx(0.9974968, abs=1e-4)


def test_eight_schools():
    found = bayes(SCHOOLS, *SCHOOLS_PRIORS)
    assert [found.tau.median, found.tau.mean, found.tau.sd] == pytest.approx(
        [4.758539, 5.884511, 4.869904], **TAU
    )
    assert found.tau.ci_lb == 0
    assert found.tau.ci_ub == pytest.approx(15.16589, rel=1e-6)
    near = [
        (found.mu.median, 7.962961),
        (found.mu.mean, 7.985729),
        (found.mu.sd, 4.995762),
        (found.mu.ci_lb, -1.823353),
        (found.mu.ci_ub, 17.824562),
    ]
    for value, printed in near:
        assert value == near_mu(printed, 5), printed
    assert found.theta.sd == pytest.approx(9.126767, rel=1e-3)
    assert 1 - found.p_below == pytest.approx(0.9487521, abs=1e-4)
    central = bayes(SCHOOLS, *SCHOOLS_PRIORS, interval="central")
    assert [central.tau.ci_lb, central.tau.ci_ub] == pytest.approx(
        [0.2199559, 18.0531718], rel=1e-6
    )


def brute_force(effects, tau_prior, mu_prior, of):
    """The integral of `of(mu, tau)` over the unnormalised joint density, by scipy."""

    def joint(mu, tau):
        value = tau_prior(tau) * mu_prior(mu)
        for y, v in zip(effects.yi, effects.vi, strict=True):
            value *= math.exp(-0.5 * (y - mu) ** 2 / (v + tau**2)) / math.sqrt(v + tau**2)
        return value

    def over_mu(tau):
        # Beyond 12 of its deviations the density is below 1e-31 of its height.
        wide = 12 * np.sqrt(effects.vi.max() + tau**2)
        low, high = effects.yi.min() - wide, effects.yi.max() + wide
        centre = float(np.average(effects.yi, weights=1 / (effects.vi + tau**2)))
        return integrate.quad(
            lambda mu: of(mu, tau) * joint(mu, tau),
            low,
            high,
            points=[centre, 0.0],
            epsrel=1e-10,
            limit=200,
        )[0]

    return integrate.quad(over_mu, 0, 5, epsrel=1e-9, limit=200, points=[0.1, 0.5, 1])[0]


@pytest.mark.parametrize("mu_prior", [None, MuPrior(0.3, 1.0)])
def test_brute_force(mu_prior):
    effects = Effects("ABC", [-0.5, 0.1, -0.3], [0.04, 0.09, 0.02], "HR")
    prior = TauPrior("half-normal", 0.5)

    def p_tau(tau):
        return math.exp(-0.5 * (tau / 0.5) ** 2)

    def p_mu(mu):
        return 1.0 if mu_prior is None else math.exp(-0.5 * (mu - 0.3) ** 2)

    def expect(of):
        return brute_force(effects, p_tau, p_mu, of)

    whole = expect(lambda mu, tau: 1.0)
    found = bayes(effects, prior, mu_prior)
    mean = expect(lambda mu, tau: mu) / whole
    assert found.mu.mean == pytest.approx(mean, abs=1e-8)
    square = expect(lambda mu, tau: (mu - mean) ** 2) / whole
    assert found.mu.sd == pytest.approx(math.sqrt(square), rel=1e-7)
    below = expect(lambda mu, tau: float(mu < 0)) / whole
    assert found.p_below == pytest.approx(below, abs=1e-7)
    new = expect(lambda mu, tau: math.erfc(mu / tau / math.sqrt(2)) / 2) / whole
    assert found.p_theta_below == pytest.approx(new, abs=1e-6)
    tau_mean = expect(lambda mu, tau: tau) / whole
    assert found.tau.mean == pytest.approx(tau_mean, rel=1e-7)


@pytest.mark.parametrize(
    ("prior", "exact"),
    [
        (TauPrior("half-normal", 0.7), stats.halfnorm(scale=0.7)),
        (TauPrior("half-cauchy", 0.7), stats.halfcauchy(scale=0.7)),
    ],
)
def test_one_study_says_nothing_of_tau(prior, exact):
    """With a flat prior of mu one study leaves tau's prior as it was."""
    post = posterior(Effects("A", [50.0], [0.1]), prior)
    for p in (0.01, 0.5, 0.9, 0.999):
        assert post.tau_quantile(p) == pytest.approx(exact.ppf(p), rel=1e-9)
        assert post._tau.cdf(exact.ppf(p)) == pytest.approx(p, rel=1e-9)
    assert post.tau_density(0.3) == pytest.approx(exact.pdf(0.3), rel=1e-9)
    assert post.tau_density(-1) == 0
    assert post.quantile(0.5) == pytest.approx(50)


def test_moments_exist_where_the_tail_lets_them():
    def moments(k, mu_prior):
        found = bayes(SCHOOLS.take(slice(0, k)), TauPrior("half-cauchy", 5), mu_prior)
        return [
            value is not None
            for value in (found.tau.mean, found.tau.sd, found.mu.mean, found.mu.sd, found.theta.sd)
        ]

    assert moments(1, None) == [False] * 5
    assert moments(2, None) == [True, False, True, False, False]
    assert moments(3, None) == [True] * 5
    assert moments(1, MuPrior(0, 10)) == [True, False, True, True, False]


def test_a_sharp_prior_at_zero_gives_the_common_effect():
    common = pool(CRINS, method="EE")
    found = bayes(CRINS, TauPrior("half-normal", 1e-6))
    assert found.mu.mean == pytest.approx(common.mu, rel=1e-9)
    assert found.mu.sd == pytest.approx(common.se, rel=1e-9)
    assert [found.mu.ci_lb, found.mu.ci_ub] == pytest.approx([common.ci_lb, common.ci_ub], rel=1e-8)


def test_many_studies_agree_with_restricted_likelihood():
    rng = np.random.default_rng(5)
    k = 5000
    vi = rng.uniform(0.01, 1, k)
    effects = Effects([str(j) for j in range(k)], rng.normal(0.2, np.sqrt(vi + 0.3)), vi)
    found, reml = bayes(effects), pool(effects, method="REML")
    # The posterior of tau² is normal but for terms of order 1 / k.
    assert found.tau.median**2 == pytest.approx(reml.tau2, rel=2e-3)
    assert found.mu.mean == pytest.approx(reml.mu, abs=1e-4)
    assert found.mu.sd == pytest.approx(reml.se, rel=1e-3)


cases = st.integers(0, 10_000).map(np.random.default_rng)


@settings(max_examples=25, deadline=None)
@given(cases, st.sampled_from(["half-normal", "half-cauchy"]))
def test_shift_scale_and_order(rng, family):
    k = int(rng.integers(3, 8))
    yi, vi = rng.normal(0, 1, k), rng.uniform(0.01, 2, k)
    slab = [str(j) for j in range(k)]
    here = bayes(Effects(slab, yi, vi), TauPrior(family, 0.5))
    there = bayes(
        Effects(slab, (yi[::-1] + 7) * 1000, vi[::-1] * 1e6), TauPrior(family, 0.5 * 1000)
    )
    assert there.mu.median / 1000 == pytest.approx(here.mu.median + 7, abs=1e-8)
    assert there.mu.ci_lb / 1000 == pytest.approx(here.mu.ci_lb + 7, abs=1e-7)
    assert there.tau.mean / 1000 == pytest.approx(here.tau.mean, rel=1e-8)
    assert there.tau.ci_ub / 1000 == pytest.approx(here.tau.ci_ub, rel=1e-7)
    assert here.tau.ci_lb <= here.tau.median <= here.tau.ci_ub


@settings(max_examples=25, deadline=None)
@given(cases)
def test_quantiles_undo_probabilities_and_shortest_is_shortest(rng):
    k = int(rng.integers(2, 8))
    effects = Effects([str(j) for j in range(k)], rng.normal(0, 1, k), rng.uniform(0.01, 2, k))
    post = posterior(effects, TauPrior("half-normal", 1.0))
    for p in (0.001, 0.3, 0.5, 0.975):
        assert post.cdf(post.quantile(p)) == pytest.approx(p, abs=1e-12)
        assert post.cdf(post.quantile(p, "theta"), "theta") == pytest.approx(p, abs=1e-12)
        assert post._tau.cdf(post.tau_quantile(p)) == pytest.approx(p, abs=1e-12)
    shortest = bayes(effects, TauPrior("half-normal", 1.0))
    central = bayes(effects, TauPrior("half-normal", 1.0), interval="central")
    for name in ("mu", "tau", "theta"):
        a, b = getattr(shortest, name), getattr(central, name)
        assert a.ci_ub - a.ci_lb <= (b.ci_ub - b.ci_lb) * (1 + 1e-9)
    assert post.cdf(shortest.mu.ci_ub) - post.cdf(shortest.mu.ci_lb) == pytest.approx(
        0.95, abs=1e-10
    )


@pytest.mark.parametrize(
    "effects",
    [
        Effects("ABCD", [0.3] * 4, [0.1] * 4),
        Effects("ABC", [50, -50, 0], [0.01, 0.02, 0.03]),
        Effects("ABC", [0.1, 0.2, 0.3], [1e-12, 1.0, 1e-6]),
        Effects("AB", [0.1, 0.1], [1e-10, 1e2]),
    ],
)
@pytest.mark.parametrize("family", ["half-normal", "half-cauchy"])
def test_odd_data_have_finite_answers(effects, family):
    found = bayes(effects, TauPrior(family, 0.5))
    for marginal in (found.mu, found.tau, found.theta):
        assert np.isfinite([marginal.median, marginal.ci_lb, marginal.ci_ub]).all()
        assert marginal.ci_lb <= marginal.median <= marginal.ci_ub
    post = posterior(effects, TauPrior(family, 0.5))
    assert post._tau.cdf(1e100) == pytest.approx(1)


def test_a_rough_density_does_not_loop():
    noise = np.random.default_rng(1)
    with pytest.raises(MethodError) as caught:
        integrate_tau(
            lambda tau: noise.normal(0, 1, tau.shape) - tau,
            least=1.0,
            greatest=1.0,
            tail_index=math.inf,
        )
    assert str(caught.value) == "integration over tau: found no convergence with 10000 panels"


def test_a_step_is_integrated_as_well():
    found = integrate_tau(
        lambda tau: np.where(tau > math.pi / 4, -50.0, 0.0),
        least=1.0,
        greatest=1.0,
        tail_index=math.inf,
    )
    assert found.quantile(0.5) == pytest.approx(math.pi / 8, rel=1e-10)
    assert found.cdf(math.pi / 4) == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: TauPrior("gamma", 1),
            "Bayesian model: found prior 'gamma', wanted half-normal or half-cauchy",
        ),
        (
            lambda: TauPrior("half-normal", 0),
            "Bayesian model: found a scale of 0 for tau, wanted a positive number",
        ),
        (
            lambda: MuPrior(0, -1),
            "Bayesian model: found a prior of mean 0 and standard deviation -1 for mu, wanted "
            "numbers, the second positive",
        ),
        (
            lambda: bayes(Effects([], [], [])),
            "Bayesian model: found no studies, wanted at least one",
        ),
        (
            lambda: bayes(CRINS, interval="widest"),
            "Bayesian model: found interval 'widest', wanted shortest or central",
        ),
        (
            lambda: bayes(CRINS, level=95),
            "level: found 95, wanted a number between 0 and 1, such as 0.95",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message
