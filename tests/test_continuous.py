"""Means, proportions, rates and correlations against metafor::escalc."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.continuous import (
    fisher_z,
    freeman_tukey,
    freeman_tukey_inverse,
    harmonic_mean,
    hedges_j,
    logit_proportion,
    mean_difference,
    measured,
    rate_ratio,
    ratio_of_means,
    standardised_mean_difference,
)
from analysis.errors import MethodError

REFERENCE = json.loads((Path(__file__).parent / "reference" / "breadth.json").read_text())
# Closed formulas; metafor takes Hedges' J from the difference of two logarithms of gamma, which
# at the 300,000 patients of the set "large" leaves 1e-10 of it.
CLOSED = {"rel": 5e-10, "abs": 1e-13}
MEANS = {
    "MD": mean_difference,
    "MDHO": lambda **data: mean_difference(**data, pooled=True),
    "SMD": standardised_mean_difference,
    "ROM": ratio_of_means,
}


def test_the_grid_has_not_shrunk():
    for part in ("means", "proportions", "correlations", "rates"):
        assert len(REFERENCE[part]) >= 5


@pytest.mark.parametrize("name", sorted(REFERENCE["means"]))
@pytest.mark.parametrize("measure", sorted(MEANS))
def test_means(name, measure):
    wanted = REFERENCE["means"][name]
    yi, vi = MEANS[measure](**wanted["data"])
    assert yi == pytest.approx(np.array(wanted[measure]["yi"]), **CLOSED)
    assert vi == pytest.approx(np.array(wanted[measure]["vi"]), **CLOSED)


@pytest.mark.parametrize("name", sorted(REFERENCE["proportions"]))
def test_proportions(name):
    wanted = REFERENCE["proportions"][name]
    for measure, function in (("PLO", logit_proportion), ("PFT", freeman_tukey)):
        yi, vi = function(**wanted["data"])
        assert yi == pytest.approx(np.array(wanted[measure]["yi"]), **CLOSED)
        assert vi == pytest.approx(np.array(wanted[measure]["vi"]), **CLOSED)
    ni = wanted["data"]["ni"]
    assert freeman_tukey_inverse(wanted["PFT"]["yi"], ni) == pytest.approx(
        np.array(wanted["back_single"]), abs=1e-12
    )
    back = freeman_tukey_inverse(wanted["pooled"], harmonic_mean(ni))
    assert float(back) == pytest.approx(wanted["back_pooled"], rel=1e-10)


@pytest.mark.parametrize("name", sorted(REFERENCE["correlations"]))
def test_correlations(name):
    wanted = REFERENCE["correlations"][name]
    yi, vi = fisher_z(wanted["ri"], wanted["ni"])
    assert yi == pytest.approx(np.array(wanted["yi"]), **CLOSED)
    assert vi == pytest.approx(np.array(wanted["vi"]), **CLOSED)


@pytest.mark.parametrize("name", sorted(REFERENCE["rates"]))
def test_rates(name):
    wanted = REFERENCE["rates"][name]
    yi, vi = rate_ratio(wanted["x1i"], wanted["t1i"], wanted["x2i"], wanted["t2i"])
    assert yi == pytest.approx(np.array(wanted["yi"]), **CLOSED)
    assert vi == pytest.approx(np.array(wanted["vi"]), **CLOSED)


@settings(deadline=None)
@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_freeman_tukey_there_and_back(pair):
    x, n = pair
    yi, _ = freeman_tukey(x, n)
    # Near 0 and 1 the transform is steep as a square root: half the digits are lost there.
    assert float(freeman_tukey_inverse(yi, n)) == pytest.approx(x / n, abs=1e-7)


def test_pooled_values_beyond_any_sample_are_0_and_1():
    assert freeman_tukey_inverse([0.0, 1.6], 20).tolist() == [0, 1]


def test_hedges_j_by_its_recurrence():
    """J(m) J(m + 1) = sqrt(m / (m + 1)) (m - 1) / m, from Γ(x + 1) = x Γ(x); J(2) = 1/sqrt(π)."""
    assert float(hedges_j(2)) == pytest.approx(1 / math.sqrt(math.pi), rel=1e-13)
    m = np.concatenate([np.arange(2, 2000), 10.0 ** np.arange(4, 12)])
    product = hedges_j(m) * hedges_j(m + 1)
    # scipy switches to an expansion near m = 2,000 that is good to 4e-12.
    assert product == pytest.approx(np.sqrt(m / (m + 1)) * (m - 1) / m, rel=1e-11)


def test_one_study_with_its_route():
    found = measured(mean_difference(3, 1, 10, 1, 1, 10), "means")
    assert (found.yi, found.vi, found.route) == (2.0, pytest.approx(0.2), "means")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: mean_difference(math.nan, 1, 10, 1, 1, 10),
            "MD: found a mean that is not finite, wanted a number",
        ),
        (
            lambda: mean_difference(1, 0, 10, 1, 1, 10),
            "MD: found a standard deviation of 0, wanted it positive",
        ),
        (
            lambda: standardised_mean_difference(1, 1, 10, 1, 1, [10, 1]),
            "SMD: found a group of 1, wanted 2 or more",
        ),
        (
            lambda: ratio_of_means([2, 1], 1, 10, [3, -1], 1, 10),
            "ROM: found means 1 and -1, wanted both above (or both below) 0",
        ),
        (
            lambda: logit_proportion(0, 10, add=0),
            "PLO: found a proportion of 0 or 1 without a continuity correction, wanted one, "
            "since its logit is not finite",
        ),
        (
            lambda: freeman_tukey(11, 10),
            "PFT: found events outside 0 to n, wanted 0 <= x <= n with n > 0",
        ),
        (
            lambda: freeman_tukey_inverse(0.3, 0),
            "PFT: found a sample of 0, wanted it positive",
        ),
        (
            lambda: harmonic_mean([]),
            "harmonic mean: found no sizes or one not positive, wanted all positive",
        ),
        (
            lambda: rate_ratio(1, 0, 1, 1),
            "IRR: found a negative count or person-time that is not positive, wanted counts of "
            "0 or more over person-time above 0",
        ),
        (
            lambda: fisher_z(1, 10),
            "ZCOR: found a correlation not between -1 and 1, wanted it inside",
        ),
        (lambda: fisher_z(0.5, 3), "ZCOR: found a sample of 3, wanted more than 3"),
        (
            lambda: hedges_j(1),
            "Hedges' g: found 1 degrees of freedom, wanted 2 or more",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message
