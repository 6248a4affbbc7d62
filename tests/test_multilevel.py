"""Several estimates of one study, against metafor (rma.mv, robust, aggregate) and definitions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis import multilevel_likelihood
from analysis.clusters import (
    cluster_robust,
    composite,
    composite_of,
    correlated_block,
    rho_sensitivity,
)
from analysis.effect_sizes import Measured, generic, invert
from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.multilevel import three_level
from analysis.synthesis import pool

REFERENCE = json.loads((Path(__file__).parent / "reference" / "breadth.json").read_text())["nested"]
names = pytest.mark.parametrize("name", sorted(REFERENCE))
# metafor's optimiser leaves the variances off by 1e-7 of theirs (3e-8 at 0), which enters the
# mean and its error at a tenth of that.
VARIANCES = {"rel": 1e-6, "abs": 5e-8}
FITTED = {"rel": 1e-6, "abs": 1e-7}
# At the given variances all is closed.
CLOSED = {"rel": 1e-8, "abs": 1e-10}


def effects_of(name, measure="GEN"):
    data = REFERENCE[name]
    k = len(data["yi"])
    return Effects([f"estimate {j}" for j in range(k)], data["yi"], data["vi"], measure)


def test_the_grid_has_not_shrunk():
    assert len(REFERENCE) == 7
    assert sum(data["rho"] > 0 for data in REFERENCE.values()) == 2


@names
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_three_level(name, method):
    data = REFERENCE[name]
    wanted = data[method]
    found = three_level(effects_of(name), data["study"], rho=data["rho"], method=method)
    assert [found.sigma2_between, found.sigma2_within] == pytest.approx(
        wanted["sigma2"], **VARIANCES
    )
    for key in ("mu", "se", "statistic", "pval", "ci_lb", "ci_ub", "pi_lb", "pi_ub"):
        assert getattr(found, key) == pytest.approx(wanted[key], **FITTED), key
    assert [found.i2_between, found.i2_within] == pytest.approx(wanted["i2"], abs=1e-5)
    assert found.qe == pytest.approx(wanted["qe"], rel=1e-10)
    assert found.qe_pval == pytest.approx(wanted["qe_pval"], rel=1e-8, abs=1e-300)
    # Ours is the maximum: never below metafor's, nor above by more than its tolerance.
    assert found.log_likelihood == pytest.approx(wanted["log_likelihood"], abs=2e-8)
    assert found.log_likelihood >= wanted["log_likelihood"] - 1e-12
    assert found.k == len(data["yi"])
    assert found.clusters == len(set(data["study"]))
    by_t = three_level(effects_of(name), data["study"], rho=data["rho"], method=method, test="t")
    assert by_t.pval == pytest.approx(wanted["t_pval"], **FITTED)
    assert by_t.ci_lb == pytest.approx(wanted["t_ci_lb"], **FITTED)
    assert by_t.df == found.k - 1


@names
@pytest.mark.parametrize("adjust", [True, False])
def test_cluster_robust(name, adjust):
    data = REFERENCE[name]
    wanted = data["uni_cr1" if adjust else "uni_cr0"]
    found = cluster_robust(effects_of(name), data["study"], adjust=adjust)
    for key in ("mu", "se", "tval", "pval", "ci_lb", "ci_ub"):
        assert getattr(found, key) == pytest.approx(wanted[key], **CLOSED), key
    assert found.df == wanted["df"]
    assert found.adjustment == ("CR1" if adjust else "CR0")


@names
@pytest.mark.parametrize(("fit", "rho"), [("simple", 0.6), ("gls", 0.3)])
def test_composite(name, fit, rho):
    data = REFERENCE[name]
    found = composite(effects_of(name), data["study"], rho, weighted=fit == "gls")
    assert found.slab == tuple(dict.fromkeys(data["study"]))
    assert found.yi == pytest.approx(np.atleast_1d(data[fit]["yi"]), rel=1e-9, abs=1e-12)
    assert found.vi == pytest.approx(np.atleast_1d(data[fit]["vi"]), rel=1e-9)


def test_printed_scale():
    data = REFERENCE["bornmann"]
    plain = three_level(effects_of("bornmann"), data["study"])
    ratio = three_level(effects_of("bornmann", "OR"), data["study"])
    assert (ratio.est, ratio.pi_est_lb) == pytest.approx(
        (np.exp(plain.mu), np.exp(plain.pi_lb)), rel=1e-12
    )
    assert (plain.est, plain.est_lb, plain.est_ub) == (plain.mu, plain.ci_lb, plain.ci_ub)
    robust = cluster_robust(effects_of("bornmann", "OR"), data["study"])
    assert robust.est_ub == pytest.approx(np.exp(robust.ci_ub), rel=1e-12)


def dense_log_likelihood(effects, study, rho, between, within):
    same = np.equal.outer(np.array(study), np.array(study))
    sampling = np.where(same, rho * np.outer(effects.sei, effects.sei), 0.0)
    np.fill_diagonal(sampling, effects.vi)
    cov = sampling + between * same + within * np.eye(effects.k)
    w = np.linalg.inv(cov)
    mu = (w @ effects.yi).sum() / w.sum()
    return stats.multivariate_normal(np.full(effects.k, mu), cov).logpdf(effects.yi)


data_sets = st.integers(0, 10_000).map(np.random.default_rng)


@settings(max_examples=15, deadline=None)
@given(data_sets, st.sampled_from([0.0, 0.5]))
def test_no_other_variances_are_likelier(rng, rho):
    """By the density of the multivariate normal, from the whole covariance matrix."""
    study = [f"s{j}" for j in np.repeat(np.arange(6), rng.integers(1, 5, 6))] + ["s0"]
    vi = rng.uniform(0.01, 1, len(study))
    yi = (
        rng.normal(0, np.sqrt(vi))
        + rng.normal(0, rng.uniform(0, 1), 6)[[int(s[1:]) for s in study]]
    )
    effects = Effects(study, yi, vi)
    found = three_level(effects, study, rho=rho, method="ML")
    best = dense_log_likelihood(effects, study, rho, found.sigma2_between, found.sigma2_within)
    assert found.log_likelihood == pytest.approx(best, abs=1e-9)
    for between in (0, 0.01, 0.1, 1, found.sigma2_between * 1.05):
        for within in (0, 0.01, 0.1, 1, found.sigma2_within * 1.05):
            assert dense_log_likelihood(effects, study, rho, between, within) <= best + 1e-9


@settings(max_examples=30, deadline=None)
@given(data_sets)
def test_balanced_equal_variances_are_the_analysis_of_variance(rng):
    """m estimates in each of n studies, all of variance v: closed where both are positive."""
    n, m, v = 7, 4, 0.3
    yi = np.repeat(rng.normal(0, 2, n), m) + rng.normal(0, 1.5, n * m)
    study = [f"s{j}" for j in np.repeat(np.arange(n), m)]
    means = yi.reshape(n, m).mean(axis=1)
    ms_within = ((yi.reshape(n, m) - means[:, None]) ** 2).sum() / (n * (m - 1))
    ms_between = m * means.var(ddof=1)
    within, between = ms_within - v, (ms_between - ms_within) / m
    if within > 0 and between > 0:
        found = three_level(Effects(study, yi, np.full(n * m, v)), study)
        assert found.sigma2_within == pytest.approx(within, rel=1e-9)
        assert found.sigma2_between == pytest.approx(between, rel=1e-9)
        assert found.mu == pytest.approx(yi.mean(), abs=1e-12)
        assert found.se == pytest.approx(np.sqrt(ms_between / (n * m)), rel=1e-9)
        assert found.icc == pytest.approx(between / (between + within), rel=1e-9)


@given(data_sets, st.floats(-50, 50), st.floats(1e-6, 1e6))
@settings(max_examples=30, deadline=None)
def test_shift_and_scale(rng, shift, scale):
    study = list("aabbbccd")
    yi, vi = rng.normal(0, 1, 8), rng.uniform(0.1, 1, 8)
    here = three_level(Effects(study, yi, vi), study)
    there = three_level(Effects(study, (yi + shift) * scale, vi * scale**2), study)
    # Shifted by 50, effects keep 1e-14 of their size; the flat likelihood takes the square root.
    assert there.mu / scale == pytest.approx(here.mu + shift, abs=1e-6)
    assert there.se / scale == pytest.approx(here.se, rel=1e-6)


def test_equal_effects_have_no_variances():
    found = three_level(Effects("abcd", [0.3] * 4, [0.1, 0.2, 0.3, 0.4]), list("aabb"))
    assert (found.sigma2_between, found.sigma2_within) == (0, 0)
    assert (found.i2_between, found.i2_within, found.icc) == (0, 0, None)
    assert found.mu == pytest.approx(0.3)
    assert found.qe == 0


def test_variances_over_twelve_orders():
    study = list("aabbcc")
    effects = Effects(study, [50, -50, 1, 2, 3, 4], [1e-9, 1e3, 1e-6, 1e-3, 1, 1e2])
    found = three_level(effects, study)
    assert np.isfinite([found.mu, found.se, found.sigma2_between, found.sigma2_within]).all()


def test_studies_far_apart_but_sure():
    """Variances of 1e-6 beside a spread of 100: the balanced case is closed."""
    found = three_level(Effects("abcd", [50.0, -50.0, 50.0, -50.0], [1e-6] * 4), list("xyxy"))
    assert found.sigma2_within == 0
    assert found.sigma2_between == pytest.approx(5000 - 1e-6 / 2, rel=1e-12)


def test_singletons_make_robust_and_plain_alike_in_large_samples():
    rng = np.random.default_rng(1)
    yi, vi = rng.normal(0, 1, 400), np.full(400, 0.1)
    effects = Effects([str(j) for j in range(400)], yi, vi)
    robust = cluster_robust(effects, effects.slab, adjust=True)
    # With equal weights CR1 is s / sqrt(k), which is the Hartung-Knapp standard error.
    assert robust.se == pytest.approx(pool(effects, method="REML", test="knha").se, rel=1e-10)


def test_correlation_of_one_study():
    assert correlated_block(np.array([1.0, 4.0]), 0.5).tolist() == [[1, 1], [1, 4]]
    both = composite(Effects("AB", [1.0, 3.0], [1.0, 4.0]), ["s", "s"], 0.5)
    assert (both.yi[0], both.vi[0]) == (2.0, (1 + 4 + 2 * 0.5 * 2) / 4)
    # Wholly correlated estimates of like precision tell no more than one of them.
    same = composite(Effects("AB", [1.0, 3.0], [1.0, 1.0]), ["s", "s"], 1)
    assert same.vi[0] == 1
    one = composite_of([generic(1, 1), generic(3, 4)], 0.5)
    assert one == Measured(2.0, both.vi[0], "composite")


def test_sensitivity_to_the_assumed_correlation():
    data = REFERENCE["assink"]
    steps = rho_sensitivity(effects_of("assink"), data["study"], (0.0, 0.5, 1.0))
    assert [step.rho for step in steps] == [0, 0.5, 1]
    for step in steps:
        wanted = pool(composite(effects_of("assink"), data["study"], step.rho))
        assert step.synthesis == wanted
        assert step.synthesis.k == len(set(data["study"]))


def three(study="aab", **options):
    return three_level(Effects("ABC", [1.0, 2.0, 3.0], [1.0, 1.0, 1.0]), list(study), **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: three("abc"),
            "three-level model: found 3 estimates of 3 studies, wanted two studies or more, one "
            "of them with two estimates or more",
        ),
        (
            lambda: three("aaa"),
            "three-level model: found 3 estimates of 1 study, wanted two studies or more, one "
            "of them with two estimates or more",
        ),
        (
            lambda: three("ab"),
            "clusters: found 2 study labels for 3 estimates, wanted as many, at least one",
        ),
        (
            lambda: three(method="DL"),
            "three-level model: found 'DL' and 'z', wanted REML or ML, and z or t",
        ),
        (
            lambda: three(rho=1),
            "three-level model: found rho = 1, wanted it below 1, since the sampling covariance "
            "is then singular",
        ),
        (
            lambda: three(rho=-1),
            "correlation: found rho = -1 for 2 estimates of one study, wanted it above -1 and at "
            "most 1",
        ),
        (
            lambda: three(level=95),
            "level: found 95, wanted a number between 0 and 1, such as 0.95",
        ),
        (
            lambda: cluster_robust(Effects("AB", [1, 2], [1, 1]), ["a", "a"]),
            "robust variance: found one study, wanted at least two",
        ),
        (
            lambda: cluster_robust(Effects("AB", [1, 1], [1, 1]), ["a", "b"]),
            "robust variance: found studies without any difference, wanted some, since the "
            "robust standard error is then 0",
        ),
        (
            lambda: composite(Effects("AB", [1, 1], [1, 1]), ["a", "a"], 1, weighted=True),
            "composite: found rho = 1, wanted it below 1 for a weighted mean, whose weights are "
            "then not defined",
        ),
        (lambda: composite_of([], 0.5), "composite: found no results, wanted at least one"),
        (
            lambda: composite_of([generic(1, 1), invert(generic(1, 1))], 0.5),
            "composite: found 2 results, some with their arms exchanged, wanted at least one, "
            "all in the same direction",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message


def test_no_convergence_is_said(monkeypatch):
    """No data are known that get there; the message is for those that will."""
    monkeypatch.setattr(multilevel_likelihood, "MAXIMUM_STEPS", 1)
    with pytest.raises(MethodError) as caught:
        three_level(effects_of("assink"), REFERENCE["assink"]["study"])
    assert str(caught.value) == (
        "three-level model: found no convergence of its variances after 1 steps"
    )
