"""Printed numbers to yi and vi: definitions undone, the routes' agreement, every message."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.effect_sizes import (
    ROUTES,
    Measured,
    difference_from_interval,
    from_o_minus_e,
    from_pvalue,
    from_standard_error,
    generic,
    invert,
    log_ratio_from_interval,
    z_of_level,
    z_of_pvalue,
)
from analysis.errors import MethodError

# The same few multiplications in another order: a handful of roundings at 1e-16.
EXACT = 1e-12

log_ratios = st.floats(-5, 5)
errors = st.floats(0.01, 5)
levels = st.floats(0.5, 0.999)


@settings(deadline=None)
@given(log_ratios, errors, levels)
def test_interval_made_from_yi_and_sei_gives_them_back(yi, sei, level):
    z = stats.norm.isf((1 - level) / 2)
    found = log_ratio_from_interval(
        math.exp(yi), math.exp(yi - z * sei), math.exp(yi + z * sei), level
    )
    assert found.yi == pytest.approx(yi, abs=EXACT)
    assert found.sei == pytest.approx(sei, rel=1e-9)
    assert found.route == "ratio_interval"
    difference = difference_from_interval(yi, yi - z * sei, yi + z * sei, level)
    assert difference.yi == yi
    assert difference.sei == pytest.approx(sei, rel=1e-9)
    assert difference.route == "difference_interval"


@settings(deadline=None)
@given(log_ratios.filter(lambda y: abs(y) > 0.01), errors.filter(lambda s: s > 0.1))
def test_pvalue_made_from_yi_and_sei_gives_them_back(yi, sei):
    two_sided = 2 * stats.norm.sf(abs(yi) / sei)
    assume(1e-300 < two_sided < 1)
    assert from_pvalue(math.exp(yi), two_sided).sei == pytest.approx(sei, rel=1e-6)
    assert from_pvalue(math.exp(yi), two_sided / 2, sides=1).sei == pytest.approx(sei, rel=1e-6)
    assert from_pvalue(yi, two_sided, ratio=False).sei == pytest.approx(sei, rel=1e-6)


def test_two_sided_p_of_0_075_means_z_of_1_78():
    # Normal tables: 1 - Phi(1.78) = 0.0375.
    assert z_of_pvalue(0.075) == pytest.approx(1.78, abs=0.005)
    assert from_pvalue(0.8, 0.075).sei == pytest.approx(-math.log(0.8) / 1.78, rel=0.003)


def test_quantile_of_a_level():
    assert z_of_level(0.95) == pytest.approx(stats.norm.ppf(0.975), rel=EXACT)
    assert z_of_level(0.99) == pytest.approx(stats.norm.ppf(0.995), rel=EXACT)


@settings(deadline=None)
@given(log_ratios, errors)
def test_o_minus_e_is_the_inverse_variance_form(yi, sei):
    v = 1 / sei**2
    found = from_o_minus_e(yi * v, v)
    assert found.yi == pytest.approx(yi, abs=EXACT)
    assert found.sei == pytest.approx(sei, rel=EXACT)
    assert found.route == "o_minus_e"


def test_standard_error_and_generic():
    ratio = from_standard_error(0.5, 0.2)
    assert (ratio.yi, ratio.vi) == (math.log(0.5), 0.2**2)
    difference = from_standard_error(-3, 0.2, ratio=False)
    assert (difference.yi, difference.vi, difference.route) == (
        -3,
        0.2**2,
        "difference_standard_error",
    )
    assert generic(1, 2) == Measured(1.0, 2.0, "generic")


@settings(deadline=None)
@given(log_ratios, errors)
def test_inverting_is_what_the_inverted_interval_gives(yi, sei):
    est, lb, ub = (math.exp(yi + z * sei) for z in (0, -1.96, 1.96))
    there = invert(log_ratio_from_interval(est, lb, ub))
    by_hand = log_ratio_from_interval(1 / est, 1 / ub, 1 / lb)
    assert there.yi == pytest.approx(by_hand.yi, abs=EXACT)
    assert there.vi == pytest.approx(by_hand.vi, rel=1e-9)
    assert there.inverted
    back = invert(there)
    assert back == log_ratio_from_interval(est, lb, ub)


def test_inverting_no_effect_gives_a_plain_zero():
    assert math.copysign(1, invert(generic(0, 1)).yi) == 1


def test_measured_unpacks_is_frozen_and_says_its_route():
    measured = log_ratio_from_interval(0.8, 0.6, 1.1)
    yi, vi = measured
    assert (yi, vi) == (measured.yi, measured.vi)
    with pytest.raises(dataclasses.FrozenInstanceError):
        measured.yi = 0
    assert measured.sentence == (
        "The logarithm of the ratio; its standard error from the width of the confidence "
        "interval on the log scale."
    )
    assert invert(measured).sentence == measured.sentence + " The arms were exchanged."


def test_every_route_has_an_id_and_a_sentence():
    for route, sentence in ROUTES.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", route)
        assert sentence[0].isupper()
        assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: log_ratio_from_interval(0.8, 1.1, 0.6),
            "log_ratio_from_interval: found 1.1 to 0.6, wanted lower < upper",
        ),
        (
            lambda: log_ratio_from_interval(0.8, 0.8, 0.8),
            "log_ratio_from_interval: found 0.8 to 0.8, wanted lower < upper",
        ),
        (
            lambda: log_ratio_from_interval(0.5, 0.6, 1.1),
            "log_ratio_from_interval: found 0.5 outside 0.6 to 1.1, wanted it inside",
        ),
        (
            lambda: log_ratio_from_interval(0.8, 0.0, 1.1),
            "log_ratio_from_interval: found a lower limit of 0.0, wanted one above 0, "
            "since a ratio is analysed as its logarithm",
        ),
        (
            lambda: log_ratio_from_interval(0.8, 0.6, math.inf),
            "log_ratio_from_interval: found 0.8 (0.6 to inf), wanted finite numbers",
        ),
        (
            lambda: log_ratio_from_interval(0.8, 0.6, 1.1, level=95),
            "level: found 95, wanted a number between 0 and 1, such as 0.95",
        ),
        (
            lambda: difference_from_interval(1, 3, 2),
            "difference_from_interval: found 3 to 2, wanted lower < upper",
        ),
        (
            lambda: from_standard_error(-1, 0.2),
            "from_standard_error: found ratio -1, wanted a positive number",
        ),
        (
            lambda: from_standard_error(1, 0),
            "from_standard_error: found standard error 0, wanted a positive number",
        ),
        (
            lambda: from_pvalue(1.0, 0.5),
            "from_pvalue: found estimate 1.0, which is the null; wanted another estimate, "
            "since no P value then tells its standard error",
        ),
        (
            lambda: from_pvalue(0.8, 1.0),
            "P value: found 1.0 (2-sided), wanted one above 0 and below 1",
        ),
        (
            lambda: from_pvalue(0.8, 0.5, sides=1),
            "P value: found 0.5 (1-sided), wanted one above 0 and below 0.5",
        ),
        (lambda: from_pvalue(0.8, 0.5, sides=3), "P value: found 3 sides, wanted 1 or 2"),
        (lambda: from_o_minus_e(-3, 0), "from_o_minus_e: found V = 0, wanted a positive number"),
        (
            lambda: generic(math.nan, 1),
            "effect size: found yi = nan, wanted a finite number",
        ),
        (
            lambda: generic(0, 0),
            "effect size: found vi = 0.0, wanted a positive finite number",
        ),
        (
            lambda: Measured(0, 1, "guess"),
            "effect size: found route 'guess', wanted a key of ROUTES",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message
