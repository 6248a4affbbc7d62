"""Absolute effects: printed examples, identities between the measures, and the edges."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.absolute import absolute_effect, number_needed, risk_with
from analysis.errors import MethodError

risks = st.floats(0.001, 0.999)
ratios = st.floats(0.05, 20)


@settings(deadline=None)
@given(risks, ratios, st.floats(0.01, 10))
def test_hazard_ratio_is_that_of_exponential_survival(p0, hr, time):
    hazard = -math.log(1 - p0) / time
    assert risk_with("HR", hr, p0) == pytest.approx(1 - math.exp(-hazard * hr * time), rel=1e-9)


@settings(deadline=None)
@given(risks, ratios)
def test_measures_give_themselves_back(p0, ratio):
    p1 = risk_with("OR", ratio, p0)
    assert p1 / (1 - p1) / (p0 / (1 - p0)) == pytest.approx(ratio, rel=1e-6)
    p1 = risk_with("HR", ratio, p0)
    if p1 < 0.999:
        assert math.log(1 - p1) / math.log(1 - p0) == pytest.approx(ratio, rel=1e-6)
    if ratio * p0 <= 1:
        assert risk_with("RR", ratio, p0) / p0 == pytest.approx(ratio, rel=1e-12)
        assert risk_with("RD", ratio * p0 - p0, p0) == pytest.approx(ratio * p0, abs=1e-12)


@settings(deadline=None)
@given(st.floats(1e-12, 1e-8), ratios)
def test_for_rare_events_all_ratios_are_the_risk_ratio(p0, ratio):
    for measure in ("HR", "OR", "RR"):
        assert risk_with(measure, ratio, p0) == pytest.approx(ratio * p0, rel=1e-6)


@settings(deadline=None)
@given(risks, ratios, ratios)
def test_a_higher_ratio_is_a_higher_risk_and_one_changes_nothing(p0, a, b):
    low, high = sorted((a, b))
    for measure in ("HR", "OR", "RR"):
        assert risk_with(measure, low, p0) <= risk_with(measure, high, p0)
        assert risk_with(measure, 1.0, p0) == pytest.approx(p0, rel=1e-12)
    assert risk_with("RD", 0.0, p0) == p0


def test_ends_of_the_scale():
    assert risk_with("HR", 0, 0.3) == 0
    assert risk_with("HR", math.inf, 0.3) == 1
    assert risk_with("OR", 0, 0.3) == 0
    assert risk_with("OR", math.inf, 0.3) == 1
    assert risk_with("RR", 5, 0.3) == 1
    assert risk_with("RD", -0.5, 0.3) == 0
    assert risk_with("RD", 0.9, 0.3) == 1


def test_survival_benefit_per_1000():
    """Of 1,000 patients 300 die in ten years; HR 0.90 (0.80 to 0.99)."""
    found = absolute_effect("HR", 0.90, 0.80, 0.99, 0.3)
    assert found.risk == pytest.approx(1 - 0.7**0.9)
    assert (found.risk_lb, found.risk_ub) == pytest.approx((1 - 0.7**0.8, 1 - 0.7**0.99))
    assert [found.per_1000, found.per_1000_lb, found.per_1000_ub] == pytest.approx(
        [1000 * (0.7 - 0.7**x) for x in (0.90, 0.80, 0.99)]
    )
    needed = found.number_needed
    assert needed.benefit
    assert not needed.through_infinity
    assert needed.value == pytest.approx(1 / (0.7**0.9 - 0.7))
    assert (needed.near, needed.far) == pytest.approx((1 / (0.7**0.8 - 0.7), 1 / (0.7**0.99 - 0.7)))
    assert needed.near < needed.value < needed.far


def test_a_limit_beyond_certainty_is_cut_off_there():
    found = absolute_effect("RR", 1.5, 1.2, 2.5, 0.5)
    assert (found.risk, found.risk_lb, found.risk_ub) == pytest.approx((0.75, 0.6, 1.0))


def test_altman_1998():
    """Altman (1998) BMJ 317:1309: ARR 10% (-5% to 25%) is NNTB 10 (NNTH 20 to ∞ to NNTB 4)."""
    needed = number_needed(-0.10, -0.25, 0.05)
    assert needed.benefit
    assert needed.through_infinity
    assert (needed.value, needed.near, needed.far) == pytest.approx((10, 4, 20))


def test_harm_and_good_events():
    harm = number_needed(0.10, 0.05, 0.25)
    assert (harm.benefit, harm.through_infinity) == (False, False)
    assert (harm.value, harm.near, harm.far) == pytest.approx((10, 4, 20))
    cure = number_needed(0.10, 0.05, 0.25, event_is_good=True)
    assert cure.benefit
    assert (cure.value, cure.near, cure.far) == pytest.approx((10, 4, 20))


def test_no_difference_and_a_limit_at_none():
    none = number_needed(0.0, -0.1, 0.1)
    assert none.value == math.inf
    assert none.through_infinity
    touching = number_needed(-0.1, -0.2, 0.0)
    assert (touching.near, touching.far) == (5, math.inf)
    assert not touching.through_infinity
    harm = number_needed(0.1, 0.0, 0.2)
    assert (harm.near, harm.far) == (5, math.inf)
    assert not harm.through_infinity
    # Without a difference the near end is that of the benefit.
    uneven = number_needed(0.0, -0.2, 0.1)
    assert (uneven.benefit, uneven.near, uneven.far) == (True, 5, 10)


def test_fewer_cures_are_a_harm_at_every_baseline():
    for baseline in (0.25, 0.5):
        each = absolute_effect("RR", 0.8, 0.7, 0.9, baseline, event_is_good=True)
        needed = each.number_needed
        assert not needed.benefit
        # Of risks p0, 0.2 p0 are lost, at the most 0.3 p0.
        assert (needed.value, needed.near, needed.far) == pytest.approx(
            tuple(1 / (x * each.baseline) for x in (0.2, 0.3, 0.1))
        )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: risk_with("SMD", 1, 0.1),
            "absolute effect: found measure 'SMD', wanted one of HR, OR, RR, RD",
        ),
        (
            lambda: risk_with("HR", 0.9, 30),
            "absolute effect: found a baseline risk of 30, wanted one between 0 and 1",
        ),
        (
            lambda: risk_with("RR", 0.9, 0),
            "absolute effect: found a baseline risk of 0, wanted one between 0 and 1",
        ),
        (
            lambda: risk_with("RR", 0.9, 1),
            "absolute effect: found a baseline risk of 1, wanted one between 0 and 1",
        ),
        (
            lambda: risk_with("RD", math.nan, 0.3),
            "absolute effect: found RD = nan, wanted a number",
        ),
        (
            lambda: risk_with("OR", math.nan, 0.3),
            "absolute effect: found OR = nan, wanted a number of 0 or more",
        ),
        (
            lambda: risk_with("HR", -0.9, 0.3),
            "absolute effect: found HR = -0.9, wanted a number of 0 or more",
        ),
        (
            lambda: absolute_effect("HR", 0.9, 0.95, 1.1, 0.3),
            "absolute effect: found 0.9 outside 0.95 to 1.1, wanted it inside",
        ),
        (
            lambda: absolute_effect("RR", 3.5, 1.5, 8.0, 0.6),
            "absolute effect: found RR = 3.5, which makes a risk of 0.6 one of 2.1, wanted one "
            "from 0 to 1: the effect does not carry over to this risk",
        ),
        (
            lambda: absolute_effect("RD", -0.2, -0.3, -0.1, 0.1),
            "absolute effect: found RD = -0.2, which makes a risk of 0.1 one of -0.1, wanted one "
            "from 0 to 1: the effect does not carry over to this risk",
        ),
        (
            lambda: number_needed(2, 1, 3),
            "number needed to treat: found 2 (1 to 3), wanted differences of risks from -1 to "
            "1, in order",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message
