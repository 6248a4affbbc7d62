"""Step-function selection model and excess significance, against metafor (selmodel, tes)."""

from __future__ import annotations

import json
import math
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.excess import excess_significance
from analysis.selection import step_selection
from analysis.selection_likelihood import StepLikelihood

BREADTH = json.loads(
    (Path(__file__).parent / "reference" / "breadth.json").read_text(encoding="utf-8")
)
REFERENCE = BREADTH["selection"]
names = pytest.mark.parametrize("name", sorted(REFERENCE))
# metafor's optimiser stops where the likelihood is flat to 1e-15 of its size: its estimates are
# good to 1e-5 of a standard error or so, its standard errors (differences of differences) to
# 1e-5 as well. A tau² of 0 it approaches on a log scale, to 1e-8 or so.
ESTIMATE = {"rel": 2e-5, "abs": 2e-5}
ERROR = {"rel": 5e-5, "abs": 1e-7}


def effects_of(name, measure="GEN"):
    data = REFERENCE[name]
    return Effects([str(j) for j in range(len(data["yi"]))], data["yi"], data["vi"], measure)


def model_of(name, measure="GEN"):
    wanted = REFERENCE[name]["model"]
    steps = np.atleast_1d(wanted["steps"]).tolist()
    return step_selection(effects_of(name, measure), steps, alternative=wanted["alternative"])


def test_the_grid_has_not_shrunk():
    assert len(REFERENCE) == 6
    assert {data["model"]["alternative"] for data in REFERENCE.values()} == {"greater", "less"}


@names
def test_step_selection(name):
    wanted, found = REFERENCE[name]["model"], model_of(name)
    for key in ("mu", "ci_lb", "ci_ub", "zval", "pval"):
        assert getattr(found, key) == pytest.approx(wanted[key], **ESTIMATE), key
    assert found.se == pytest.approx(wanted["se"], **ERROR)
    assert found.tau2 == pytest.approx(wanted["tau2"], rel=2e-5, abs=1e-7)
    if found.tau2 > 0:
        assert found.se_tau2 == pytest.approx(wanted["se_tau2"], **ERROR)
    else:
        assert found.se_tau2 is None
    assert [each.k for each in found.weights] == wanted["counts"]
    estimated = found.weights[1:]
    assert found.weights[0].weight == 1
    assert [each.weight for each in estimated] == pytest.approx(
        np.atleast_1d(wanted["delta"]), **ESTIMATE
    )
    for ours, theirs in (("se", "se_delta"), ("ci_lb", "delta_lb"), ("ci_ub", "delta_ub")):
        assert [getattr(each, ours) for each in estimated] == pytest.approx(
            np.atleast_1d(wanted[theirs]), rel=5e-5, abs=1e-5
        )
    # Ours is the higher likelihood, but for rounding, and no higher than their tolerance.
    assert found.log_likelihood >= wanted["log_likelihood"] - 1e-10
    assert found.log_likelihood == pytest.approx(wanted["log_likelihood"], abs=1e-5)
    assert found.lrt == pytest.approx(wanted["lrt"], abs=1e-5)
    assert found.lrt_pval == pytest.approx(wanted["lrt_pval"], rel=1e-5)
    assert found.lrt_df == len(estimated)
    assert found.unadjusted_mu == pytest.approx(wanted["unadjusted_mu"], rel=1e-8)
    assert found.unadjusted_tau2 == pytest.approx(wanted["unadjusted_tau2"], rel=1e-7, abs=1e-12)
    assert found.few == (found.k < 10)


def test_printed_scale_and_direction():
    plain, ratio = model_of("bcg"), model_of("bcg", "RR")
    assert [ratio.est, ratio.est_lb, ratio.est_ub] == pytest.approx(
        np.exp([plain.mu, plain.ci_lb, plain.ci_ub])
    )
    effects = effects_of("bcg")
    mirrored = step_selection(
        Effects(effects.slab, -effects.yi, effects.vi), (0.025,), alternative="greater"
    )
    assert mirrored.mu == pytest.approx(-plain.mu, abs=1e-9)
    assert mirrored.tau2 == pytest.approx(plain.tau2, rel=1e-7)
    assert mirrored.weights[1].weight == pytest.approx(plain.weights[1].weight, rel=1e-7)


def log_density(y, v, mu, tau2, steps, weights):
    """The density of one published effect, normalised by quadrature over its pieces."""
    s, sei = math.sqrt(v + tau2), math.sqrt(v)

    def raw(x):
        p = stats.norm.sf(x / sei)
        return weights[int(np.searchsorted(steps, p, side="left"))] * stats.norm.pdf(x, mu, s)

    cuts = [mu - 15 * s, *sorted(stats.norm.isf(steps) * sei), mu + 15 * s]
    cuts = sorted(np.clip(cuts, mu - 15 * s, mu + 15 * s))
    whole = sum(integrate.quad(raw, a, b, epsabs=1e-13)[0] for a, b in pairwise(cuts) if b > a)
    return math.log(raw(y) / whole)


def test_likelihood_is_that_of_the_definition():
    found = model_of("even")
    effects = effects_of("even")
    weights = [each.weight for each in found.weights]
    wanted = sum(
        log_density(y, v, found.mu, found.tau2, [0.05], weights)
        for y, v in zip(effects.yi, effects.vi, strict=True)
    )
    assert found.log_likelihood == pytest.approx(wanted, abs=1e-9)


OPTIONS = {
    "chi2": {"test": "chi2"},
    "spread": {"test": "chi2", "tau2": 0.02},
    "strict": {"test": "chi2", "alpha": 0.01},
    "exact": {"test": "exact"},
}


@pytest.mark.parametrize(
    ("name", "fit"), [(n, fit) for n in sorted(REFERENCE) for fit in OPTIONS if fit in REFERENCE[n]]
)
def test_excess_significance(name, fit):
    wanted = REFERENCE[name][fit]
    found = excess_significance(effects_of(name), **OPTIONS[fit])
    # With tau² metafor integrates over 5 standard deviations of the true effects to either side,
    # which leaves out 5.7e-7 of them.
    left_out = 6e-7 if fit == "spread" else 1e-13
    assert found.theta == pytest.approx(wanted["theta"], rel=1e-11)
    assert found.power == pytest.approx(wanted["power"], rel=1e-9, abs=left_out)
    assert found.observed == wanted["observed"]
    assert found.expected == pytest.approx(wanted["expected"], rel=1e-10, abs=found.k * left_out)
    assert found.pval == pytest.approx(wanted["pval"], rel=1e-9, abs=20 * left_out)
    assert found.few == (found.k < 10)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000).map(np.random.default_rng))
def test_exact_test_by_counting_all_outcomes(rng):
    k = 7
    effects = Effects([str(j) for j in range(k)], rng.normal(0.4, 0.3, k), rng.uniform(0.01, 1, k))
    found = excess_significance(effects)
    assert found.test == "exact"
    wanted = sum(
        math.prod(p if hit else 1 - p for p, hit in zip(found.power, hits, strict=True))
        for hits in product([True, False], repeat=k)
        if sum(hits) >= found.observed
    )
    assert found.pval == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("name", sorted(BREADTH["excess"]))
def test_excess_significance_by_the_test_that_metafor_chooses(name):
    """Every study significant, all but two, none, every power 1, and the article's 12 studies."""
    wanted = BREADTH["excess"][name]
    effects = Effects([str(j) for j in range(len(wanted["yi"]))], wanted["yi"], wanted["vi"], "GEN")
    # metafor has its exact test by default where it can count the sets; we have it always.
    asked = {} if wanted["test"] == "exact" else {"test": wanted["test"]}
    found = excess_significance(effects, **asked)
    assert found.observed == wanted["observed"]
    assert found.expected == pytest.approx(wanted["expected"], rel=1e-12)
    assert found.pval == pytest.approx(wanted["pval"], rel=1e-10)
    assert excess_significance(effects).test == "exact"


def test_metafor_has_both_tests_in_the_reference():
    assert {each["test"] for each in BREADTH["excess"].values()} == {"exact", "chi2"}


def test_many_studies_are_tested_exactly():
    """Equal powers make the number of significant results binomial, however many the sets."""
    k = 60
    half = Effects([str(j) for j in range(k)], [1.2] * 30 + [0.1] * 30, [0.2] * k, "GEN")
    found = excess_significance(half)
    assert (found.test, found.observed) == ("exact", 30)
    assert found.pval == pytest.approx(stats.binom.sf(29, k, found.power[0]), rel=1e-10)


def test_power_is_alpha_without_an_effect():
    found = excess_significance(effects_of("hackshaw"), theta=0.0, alpha=0.05)
    assert found.power == pytest.approx([0.05] * found.k, rel=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: step_selection(effects_of("bcg"), ()),
            "selection model: found steps none, wanted rising ones between 0 and 1",
        ),
        (
            lambda: step_selection(effects_of("bcg"), (0.5, 0.025)),
            "selection model: found steps 0.5, 0.025, wanted rising ones between 0 and 1",
        ),
        (
            lambda: step_selection(effects_of("bcg"), alternative="two-sided"),
            "selection model: found alternative 'two-sided', wanted greater or less",
        ),
        (
            # As metafor refuses them: a mean, a variance and a weight take three studies.
            lambda: step_selection(Effects("AB", [0.3, 0.3], [0.001, 0.195])),
            "selection model: found 2 studies for 3 parameters, wanted at least as many studies",
        ),
        (
            lambda: step_selection(
                Effects("ABC", [0.1, -0.4, 1.2], [0.04, 0.09, 0.01]), (0.05, 0.5)
            ),
            "selection model: found 3 studies for 4 parameters, wanted at least as many studies",
        ),
        (
            lambda: step_selection(effects_of("bcg"), (0.0001, 0.00011)),
            "selection model: found no study with a one-sided P value between 0 and 0.0001, "
            "wanted at least one in each interval",
        ),
        (
            # The precise study is significant whatever the other's chance of publication.
            lambda: step_selection(Effects("ABC", [0.3, 0.3, 0.3], [0.001, 0.001, 0.195])),
            "selection model: found a weight that grows without bound, wanted a maximum of the "
            "likelihood; fewer steps may give one",
        ),
        (
            lambda: excess_significance(Effects([], [], [])),
            "excess significance: found no studies, wanted at least one",
        ),
        (
            lambda: excess_significance(effects_of("bcg"), alpha=5),
            "excess significance: found alpha = 5 and tau² = 0.0, wanted alpha between 0 and 1, "
            "and tau² of 0 or more",
        ),
        (
            lambda: excess_significance(effects_of("bcg"), alpha=0),
            "excess significance: found alpha = 0 and tau² = 0.0, wanted alpha between 0 and 1, "
            "and tau² of 0 or more",
        ),
        (
            lambda: excess_significance(effects_of("bcg"), alpha=1),
            "excess significance: found alpha = 1 and tau² = 0.0, wanted alpha between 0 and 1, "
            "and tau² of 0 or more",
        ),
        (
            lambda: excess_significance(effects_of("bcg"), tau2=-0.1),
            "excess significance: found alpha = 0.05 and tau² = -0.1, wanted alpha between 0 and "
            "1, and tau² of 0 or more",
        ),
        (
            lambda: excess_significance(Effects("ABC", [2.0] * 3, [0.001] * 3, "MD"), test="chi2"),
            "excess significance: found 3 of 3 results expected to be significant, which leaves "
            "nothing to chance; wanted the exact test",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message


def test_of_two_summits_the_higher_is_the_maximum() -> None:
    """A precise study without an effect among small favourable ones; metafor finds this summit
    from control = list(beta.init = 0, tau2.init = 1e-4, delta.init = c(1, 0.05)), and from its
    own start a lower one (log-likelihood -10.0557)."""
    yi = [0.10, -0.12, -1.31, -0.89, 0.32, -0.85, -0.31, -1.91, -1.02, -0.14, -0.16, -0.92]
    vi = [0.0048, 0.2446, 0.2108, 0.1149, 0.3359, 0.2385, 0.2058, 0.3707, 0.2532, 0.0634, 0.0703,
          0.1725]  # fmt: skip
    found = step_selection(Effects("ABCDEFGHIJKL", yi, vi, "HR"), (0.025,), alternative="less")
    assert found.tau2 == 0.0
    ours = (found.mu, found.weights[1].weight, found.log_likelihood, found.lrt)
    metafor = (0.057763685325, 0.022602481986, -8.112107010231, 5.258945532740)
    # metafor's tau² ends at 6e-12, and its optimiser seven digits from the summit.
    assert ours == pytest.approx(metafor, rel=1e-7)


def test_no_information_is_said(monkeypatch):
    """No data are known that get there; the message is for those that will."""
    monkeypatch.setattr(StepLikelihood, "_information", lambda self, theta, free: np.zeros((3, 3)))
    with pytest.raises(MethodError) as caught:
        step_selection(effects_of("baskerville"))
    assert str(caught.value) == (
        "selection model: found no information about some parameter at the maximum, wanted "
        "some; fewer steps may give it"
    )
