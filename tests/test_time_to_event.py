"""Routes to a hazard ratio, against the log-rank tests and Cox models of five real trials.

`reference/breadth.R` computes the trials with R's survival package.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.effect_sizes import from_o_minus_e, log_ratio_from_interval
from analysis.errors import MethodError
from analysis.kaplan_meier import (
    Curve,
    curve_from_follow_up,
    kaplan_meier_intervals,
    log_hr_from_kaplan_meier,
)
from analysis.time_to_event import (
    information_from_arms,
    information_from_total,
    log_hr_from_events,
    log_hr_from_logrank,
    log_hr_from_pvalue_and_events,
    log_hr_from_pvalue_and_total_events,
    log_hr_from_total_events,
)

REFERENCE = json.loads((Path(__file__).parent / "reference" / "breadth.json").read_text())
TRIALS = REFERENCE["trials"]
trials = pytest.mark.parametrize("name", sorted(TRIALS))


def close(name):
    """How far a route's log hazard ratio may lie from Cox's, in standard errors.

    Every route is a one-step approximation at no effect: good to a quarter of a standard error
    for arms of like size and HR 0.6 to 1.2. Rotterdam has eight patients without hormone to
    one with, where one-step estimates are known to exaggerate (Greenland & Salvan 1990, Stat
    Med 9:247); there it is one standard error.
    """
    return 1.0 if name == "rotterdam" else 0.25


def test_the_trials_are_all_there():
    assert len(TRIALS) == 5


@trials
def test_o_minus_e_and_v(name):
    trial = TRIALS[name]
    found = from_o_minus_e(trial["observed"][0] - trial["expected"][0], trial["v"])
    assert abs(found.yi - trial["yi"]) < close(name) * trial["sei"]
    assert found.sei == pytest.approx(trial["sei"], rel=0.2)
    # O - E and V are the log-rank test itself: its chi-squared is yi² V.
    assert found.yi**2 / found.vi == pytest.approx(trial["chisq"], rel=1e-10)


@trials
def test_logrank_expected(name):
    trial = TRIALS[name]
    found = log_hr_from_logrank(tuple(trial["observed"]), tuple(trial["expected"]))
    assert abs(found.yi - trial["yi"]) < 2 * close(name) * trial["sei"]
    assert found.route == "logrank_expected"
    (o1, o0), (e1, e0) = trial["observed"], trial["expected"]
    assert math.exp(found.yi) == pytest.approx((o1 / e1) / (o0 / e0), rel=1e-12)
    assert 1 / found.vi == pytest.approx(e1 * e0 / (e1 + e0), rel=1e-12)


@trials
def test_pvalue_and_events(name):
    trial = TRIALS[name]
    direction = "lower" if trial["yi"] < 0 else "higher"
    found = log_hr_from_pvalue_and_events(trial["pval"], *trial["observed"], direction)
    z = math.copysign(math.sqrt(trial["chisq"]), trial["yi"])
    assert found.yi / found.sei == pytest.approx(z, rel=1e-9)
    total = log_hr_from_pvalue_and_total_events(
        trial["pval"], sum(trial["observed"]), direction, *trial["n"]
    )
    assert total.yi / total.sei == pytest.approx(z, rel=1e-9)
    assert abs(total.yi - trial["yi"]) < 2 * close(name) * trial["sei"]
    halved = log_hr_from_pvalue_and_events(
        trial["pval"] / 2, *trial["observed"], direction, sides=1
    )
    assert halved == found


@trials
def test_hr_and_events(name):
    trial = TRIALS[name]
    hr, sei = math.exp(trial["yi"]), trial["sei"]
    by_arm = log_hr_from_events(hr, *trial["observed"])
    by_total = log_hr_from_total_events(hr, sum(trial["observed"]), *trial["n"])
    assert by_arm.yi == pytest.approx(trial["yi"], rel=1e-12)
    assert by_total.yi == pytest.approx(trial["yi"], rel=1e-12)
    # The information is within a third of the partial likelihood's.
    assert by_arm.sei == pytest.approx(sei, rel=0.2)
    assert by_total.sei == pytest.approx(sei, rel=0.2)


@trials
def test_kaplan_meier_with_numbers_at_risk(name):
    trial = TRIALS[name]
    arm1 = Curve(
        tuple(trial["times"]), tuple(trial["survival1"]), tuple(map(float, trial["at_risk1"]))
    )
    arm0 = Curve(
        tuple(trial["times"]), tuple(trial["survival0"]), tuple(map(float, trial["at_risk0"]))
    )
    found = log_hr_from_kaplan_meier(arm1, arm0)
    assert abs(found.yi - trial["yi"]) < 2 * close(name) * trial["sei"]
    assert found.sei == pytest.approx(trial["sei"], rel=0.25)
    assert found.route == "kaplan_meier_at_risk"
    other = log_hr_from_kaplan_meier(arm0, arm1)
    assert other.yi == pytest.approx(-found.yi, rel=1e-12)
    assert other.vi == pytest.approx(found.vi, rel=1e-12)


@settings(deadline=None)
@given(st.floats(0.3, 3), st.floats(0.05, 0.5), st.integers(100, 5000))
def test_follow_up_recovers_the_hazard_ratio_of_exponential_survival(hr, hazard, n):
    """Without chance the interval method must return what made the curves.

    The ratio of risks within an interval of length w is nearer to 1 than that of hazards by a
    factor of about 1 - w (h1 - h0) / 2; intervals of 0.05 years at hazards up to 1.5 a year
    leave at most 4% of the log ratio's size as error.
    """
    times = [0.05 * i for i in range(121)]
    arms = [
        curve_from_follow_up(times, [math.exp(-h * t) for t in times], n, 4, 8)
        for h in (hazard * hr, hazard)
    ]
    found = log_hr_from_kaplan_meier(*arms, route="kaplan_meier_follow_up")
    assert found.yi == pytest.approx(math.log(hr), abs=0.04 * abs(math.log(hr)) + 1e-9)
    # Events: the integral of hazard x survival x share followed, by a fine sum.
    step = 6 / 6000
    grid = [(i + 0.5) * step for i in range(6000)]
    followed = [min(1, (8 - t) / 4) for t in grid]
    d1, d0 = (
        n * step * sum(h * math.exp(-h * t) * g for t, g in zip(grid, followed, strict=True))
        for h in (hazard * hr, hazard)
    )
    counted = kaplan_meier_intervals(*arms)
    assert sum(each.events1 for each in counted) == pytest.approx(d1, rel=0.01)
    assert sum(each.events0 for each in counted) == pytest.approx(d0, rel=0.01)


def test_without_censoring_the_events_are_those_who_left():
    curve = Curve((0, 1, 2), (1, 0.8, 0.5), (100, 80, 50))
    assert curve.events(0, 1) == pytest.approx((20, 100))
    assert curve.events(1, 2) == pytest.approx((30, 80))
    assert curve.events(0, 2) == pytest.approx((50, 100))


def test_without_censoring_one_interval_is_the_risk_ratio():
    found = log_hr_from_kaplan_meier(
        Curve((0, 1), (1, 0.9), (100, 90)), Curve((0, 1), (1, 0.8), (100, 80))
    )
    assert found.yi == pytest.approx(math.log(0.5))
    assert found.vi == pytest.approx(1 / 10 - 1 / 100 + 1 / 20 - 1 / 100)


def test_intervals_without_events_are_joined():
    arm1 = Curve((0, 1, 2, 3), (1, 1, 0.9, 0.9), (100, 100, 90, 80))
    arm0 = Curve((0, 1, 2, 3), (1, 0.9, 0.8, 0.7), (100, 90, 80, 70))
    intervals = kaplan_meier_intervals(arm1, arm0)
    assert [(each.start, each.end) for each in intervals] == [(0, 3)]
    assert intervals[0].events0 == pytest.approx(30)


@settings(deadline=None)
@given(st.floats(1, 400), st.floats(1, 400))
def test_information_from_arms_is_greatest_for_equal_arms(d1, d0):
    v = information_from_arms(d1, d0)
    assert v <= (d1 + d0) / 4 * (1 + 1e-12)
    assert v == pytest.approx(information_from_total(d1 + d0, d1, d0), rel=1e-12)
    assert information_from_total(d1 + d0) == pytest.approx((d1 + d0) / 4, rel=1e-12)


def test_trial_of_chemotherapy_before_cystectomy():
    """The trial of Tierney et al.'s examples (Lancet 1999; 354:533): 485 of 976 patients died.

    491 with and 485 without chemotherapy, log-rank P = 0.075; HR 0.85 (0.71 to 1.02).
    """
    by_interval = log_ratio_from_interval(0.85, 0.71, 1.02)
    by_total = log_hr_from_pvalue_and_total_events(0.075, 485, "lower", 491, 485)
    z = stats.norm.ppf(0.975)
    assert round(math.exp(by_total.yi), 2) == 0.85
    assert round(math.exp(by_total.yi - z * by_total.sei), 2) == 0.71
    assert round(math.exp(by_total.yi + z * by_total.sei), 2) == 1.02
    assert by_total.sei == pytest.approx(by_interval.sei, rel=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: log_hr_from_logrank((0, 10), (4, 6)),
            "log_hr_from_logrank: found observed events = 0, wanted a positive number",
        ),
        (
            lambda: log_hr_from_logrank((10, 10), (12, 12)),
            "log_hr_from_logrank: found 20 observed and 24 expected events, wanted equal sums, "
            "which the log-rank test makes",
        ),
        (
            lambda: log_hr_from_events(-1, 10, 10),
            "log_hr_from_events: found hazard ratio = -1, wanted a positive number",
        ),
        (
            lambda: log_hr_from_total_events(0, 10),
            "log_hr_from_total_events: found hazard ratio = 0, wanted a positive number",
        ),
        (
            lambda: information_from_arms(0, 10),
            "information_from_arms: found events in arm 1 = 0, wanted a positive number",
        ),
        (
            lambda: information_from_arms(10, 0),
            "information_from_arms: found events in arm 0 = 0, wanted a positive number",
        ),
        (
            lambda: information_from_total(0),
            "information_from_total: found events = 0, wanted a positive number",
        ),
        (
            lambda: information_from_total(10, 0),
            "information_from_total: found patients in arm 1 = 0, wanted a positive number",
        ),
        (
            lambda: information_from_total(10, 1, -1),
            "information_from_total: found patients in arm 0 = -1, wanted a positive number",
        ),
        (
            lambda: log_hr_from_pvalue_and_events(0.04, 10, 10, "better"),
            "hazard ratio: found direction 'better', wanted lower or higher",
        ),
        (
            lambda: Curve((0, 1), (1, 0.9), (10,)),
            "Kaplan-Meier: found 2 times, 2 survival proportions and 1 numbers at risk, wanted "
            "as many of each, two or more",
        ),
        (
            lambda: Curve((0, 1), (0.95, 0.9), (10, 9)),
            "Kaplan-Meier: found survival 0.95 at the start, wanted 1",
        ),
        (
            lambda: Curve((1, 1), (1, 0.9), (10, 9)),
            "Kaplan-Meier: found time 1 after 1, wanted later",
        ),
        (
            lambda: Curve((0, 1, 2), (1, 0.8, 0.9), (10, 8, 8)),
            "Kaplan-Meier: found survival 0.9 at time 2, wanted it above 0 and at most 0.8, as "
            "before",
        ),
        (
            lambda: Curve((0, 1), (1, 0), (10, 0)),
            "Kaplan-Meier: found survival 0 at time 1, wanted it above 0 and at most 1, as before",
        ),
        (
            lambda: Curve((0, 1), (1, 0.9), (10, 11)),
            "Kaplan-Meier: found 11 at risk at time 1, wanted 0 to 10, as before",
        ),
        (
            lambda: Curve((0, 1), (1, 0.5), (100, 80)),
            "Kaplan-Meier: found 80 at risk at time 1, wanted at most 50.0, which the fall in "
            "survival leaves of 100",
        ),
        (
            lambda: curve_from_follow_up([0, 1], [1, 0.9], 100, 5, 5),
            "Kaplan-Meier: found follow-up from 5 to 5, wanted 0 <= shortest < longest",
        ),
        (
            lambda: curve_from_follow_up([0, 9], [1, 0.9], 100, 2, 5),
            "Kaplan-Meier: found time 9, wanted none after the longest follow-up, 5",
        ),
        (
            lambda: curve_from_follow_up([0, 1], [1, 0.9], 0, 2, 5),
            "Kaplan-Meier: found 0 patients, wanted a positive number",
        ),
        (
            lambda: kaplan_meier_intervals(
                Curve((0, 1), (1, 0.9), (9, 8)), Curve((0, 2), (1, 0.9), (9, 8))
            ),
            "Kaplan-Meier: found the two curves read at different times, wanted the same",
        ),
        (
            lambda: kaplan_meier_intervals(
                Curve((0, 1), (1, 1), (9, 8)), Curve((0, 1), (1, 0.9), (9, 8))
            ),
            "Kaplan-Meier: found an arm without an event, wanted events in both; the hazard "
            "ratio is then 0, infinite or unknown",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message
