"""Printed numbers that can, and cannot, all be true."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.errors import MethodError
from analysis.plausibility import (
    Doubt,
    Range,
    interval_asymmetry,
    printed_range,
    pvalue_agreement,
    rounding_box,
    se_possible,
)

effects = st.tuples(st.floats(-2, 2), st.floats(0.02, 1.0), st.integers(1, 4))


@settings(deadline=None)
@given(effects)
def test_true_results_are_never_doubted_however_rounded(effect):
    yi, sei, decimals = effect
    est, lb, ub = (f"{math.exp(yi + z * sei):.{decimals}f}" for z in (0, -1.959964, 1.959964))
    assert interval_asymmetry(est, lb, ub) == ()
    pval = 2 * stats.norm.sf(abs(yi) / sei)
    assert pvalue_agreement(est, lb, ub, f"{pval:.4f}") == ()
    assert pvalue_agreement(est, lb, ub, f"<{min(pval * 1.01 + 1e-6, 1):.8f}") == ()
    box = rounding_box(est, lb, ub)
    assert math.exp(yi) in box.est
    assert box.sei().low <= sei * (1 + 1e-6)
    assert box.sei().high >= sei * (1 - 1e-6)


@settings(deadline=None)
@given(effects)
def test_true_differences_are_never_doubted(effect):
    yi, sei, decimals = effect
    est, lb, ub = (f"{yi + z * sei:.{decimals}f}" for z in (0, -1.959964, 1.959964))
    assert interval_asymmetry(est, lb, ub, ratio=False) == ()
    pval = 2 * stats.norm.sf(abs(yi) / sei)
    assert pvalue_agreement(est, lb, ub, f"{pval:.4f}", ratio=False) == ()


def test_misprinted_limit_is_doubted():
    assert interval_asymmetry("0.67", "0.46", "0.91") == (
        Doubt(
            "interval_asymmetry",
            "found 0.67 (0.46 to 0.91), wanted the estimate at the geometric midpoint of its "
            "interval, which rounding puts between 0.6417 and 0.6523",
        ),
    )
    assert interval_asymmetry("0.67", "0.46", "0.99") == ()
    assert interval_asymmetry(0.67, 0.46, 0.91, 2) != ()
    assert interval_asymmetry(0.67, 0.46, 0.99, decimals=2) == ()


def test_difference_off_the_middle():
    assert interval_asymmetry("1.0", "0.0", "3.0", ratio=False) == (
        Doubt(
            "interval_asymmetry",
            "found 1.0 (0.0 to 3.0), wanted the estimate at the arithmetic midpoint of its "
            "interval, which rounding puts between 1.45 and 1.55",
        ),
    )


def test_estimate_outside_its_interval():
    assert interval_asymmetry("0.40", "0.46", "0.99") == (
        Doubt(
            "outside_interval",
            "found 0.40 (0.46 to 0.99), wanted the estimate in its interval",
        ),
    )


def test_pvalue_that_the_interval_contradicts():
    # log 0.8 / ((log 1.1 - log 0.6) / 3.92) = -1.44: P = 0.149.
    assert pvalue_agreement("0.80", "0.60", "1.10", "0.15") == ()
    assert pvalue_agreement("0.80", "0.60", "1.10", "P = 0.15") == ()
    assert pvalue_agreement("0.80", "0.60", "1.10", "p=.15") == ()
    assert pvalue_agreement("0.80", "0.60", "1.10", "> 0.05") == ()
    assert pvalue_agreement("0.80", "0.60", "1.10", "0.04") == (
        Doubt(
            "pvalue_disagrees",
            "found P 0.04 beside 0.80 (0.60 to 1.10), wanted P between 0.13 and 0.17, "
            "all that rounding allows",
        ),
    )
    assert len(pvalue_agreement("0.80", "0.60", "1.10", "<0.05")) == 1
    for sign in "<≤":
        assert pvalue_agreement("0.80", "0.60", "1.10", f"{sign}0.20") == ()
    for sign in ">≥":
        assert pvalue_agreement("0.80", "0.60", "1.10", f"{sign} 0.05") == ()
        assert len(pvalue_agreement("0.80", "0.60", "1.10", f"{sign} 0.20")) == 1
    # The same limits at 99% make the standard error smaller.
    assert len(pvalue_agreement("0.80", "0.60", "1.10", "0.15", level=0.99)) == 1


def test_limit_printed_as_zero_leaves_the_standard_error_open():
    box = rounding_box("0.10", "0.00", "0.90")
    assert box.lb.low == 0
    assert box.sei().high == math.inf
    assert box.pval().high == 1
    assert interval_asymmetry("0.05", "0.00", "0.90") == ()


def test_limits_printed_alike_leave_the_standard_error_near_zero():
    box = rounding_box("0.80", "0.80", "0.80")
    assert box.sei().low == 0
    assert box.pval().low == 0
    assert interval_asymmetry("0.80", "0.80", "0.80") == ()


def test_printed_range_keeps_trailing_zeros_and_reads_print_signs():
    assert printed_range("0.70").low == pytest.approx(0.695)
    assert printed_range("0.7").low == pytest.approx(0.65)
    assert printed_range("0·70").high == pytest.approx(0.705)
    assert printed_range("−3").low == pytest.approx(-3.5)
    assert printed_range("1.2e-4").low == pytest.approx(1.15e-4)
    assert printed_range("1.2E-4") == printed_range("1.2e-4")
    assert printed_range(3, 0).high == pytest.approx(3.5)
    assert 0.705 in printed_range("0.71")  # a half that binary floats hold too low
    assert Range(0, 1).meets(Range(1, 2))
    assert not Range(0, 1).meets(Range(1.1, 2))


def cox_information(groups_at_risk):
    """Partial likelihood information at HR = 1: sum over events of p (1 - p)."""
    return sum(p * (1 - p) for p in groups_at_risk)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=200))
def test_no_partial_likelihood_gives_a_doubted_standard_error(shares):
    information = cox_information(shares)
    if information > 1e-9:
        assert se_possible(1 / math.sqrt(information) * (1 + 1e-9), events=len(shares)) == ()


@settings(deadline=None)
@given(*[st.integers(1, 500)] * 4)
def test_no_table_gives_a_doubted_log_odds_ratio(a, b, c, d):
    sei = math.sqrt(1 / a + 1 / b + 1 / c + 1 / d) * (1 + 1e-9)
    n, events = a + b + c + d, a + c
    assert se_possible(sei, events=events, n=n, measure="OR") == ()
    assert se_possible(sei, n=n, measure="OR") == ()
    assert se_possible(sei, events=events, measure="OR") == ()


def test_impossible_standard_errors():
    assert se_possible(0.1, events=100) == (
        Doubt(
            "se_too_small",
            "found a standard error of 0.1, wanted at least 0.2, the least that 100 events "
            "can give",
        ),
    )
    assert se_possible(0.1, n=100) == (
        Doubt(
            "se_too_small",
            "found a standard error of 0.1, wanted at least 0.2, the least that 100 patients "
            "can give",
        ),
    )
    assert se_possible(0.3, events=50, n=100, measure="OR") == (
        Doubt(
            "se_too_small",
            "found a standard error of 0.3, wanted at least 0.4, the least that 50 events in "
            "100 patients can give",
        ),
    )
    assert len(se_possible(0.3, n=100, measure="OR")) == 1
    assert len(se_possible(0.1, events=50, measure="OR")) == 1
    assert se_possible(0.2, events=100) == ()
    assert se_possible(0.01) == ()
    assert se_possible(0.01, events=100, measure="MD") == ()
    assert len(se_possible(0.1, events=100, n=50, measure="IRR")) == 1
    # A patient may have several of the events that a rate counts.
    assert se_possible(0.01, n=100, measure="IRR") == ()


def test_odds_of_events_that_every_patient_had_are_bounded_by_the_patients():
    assert se_possible(1.0, events=10, n=10, measure="OR") == (
        Doubt(
            "se_too_small",
            "found a standard error of 1, wanted at least 1.265, the least that 10 patients "
            "can give",
        ),
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: rounding_box(0.67, 0.46, 0.99),
            "rounding: found the number 0.67 alone, wanted it as printed, "
            "or the count of its printed decimals",
        ),
        (
            lambda: rounding_box("0.67", "n.r.", "0.99"),
            "rounding: found 'n.r.', wanted a decimal number",
        ),
        (
            lambda: rounding_box("0.67", "0.46", "inf"),
            "rounding: found 'inf', wanted a decimal number",
        ),
        (
            lambda: pvalue_agreement("0.67", "0.46", "0.99", "NS"),
            "rounding: found 'NS', wanted a decimal number",
        ),
        (
            lambda: pvalue_agreement("0.67", "0.46", "0.99", "1.01"),
            "rounding: found P value '1.01', wanted one between 0 and 1",
        ),
        (
            lambda: pvalue_agreement("0.67", "0.46", "0.99", "-0.1"),
            "rounding: found P value '-0.1', wanted one between 0 and 1",
        ),
        (
            lambda: rounding_box("0.67", "0.46", "0.99").sei(95),
            "level: found 95, wanted a number between 0 and 1, such as 0.95",
        ),
        (
            lambda: se_possible(0),
            "se_possible: found standard error 0, wanted a positive number",
        ),
        (
            lambda: se_possible(0.1, events=0),
            "se_possible: found events = 0, wanted a positive number",
        ),
        (
            lambda: se_possible(0.1, events=20, n=10),
            "se_possible: found 20 events in 10 patients, wanted no more events",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message
