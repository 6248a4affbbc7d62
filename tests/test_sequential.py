"""Sequential boundaries against printed tables and the multivariate normal; the analysis itself."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.information import diversity, required_information
from analysis.sequential import sequential
from analysis.spending import (
    efficacy_bounds,
    futility_bounds,
    obrien_fleming_spent,
)
from analysis.synthesis import pool
from tests.exits import exit_probabilities

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)


def test_lan_demets_five_looks():
    """O'Brien-Fleming-type spending, two-sided 0.05, five looks (Reboussin et al. 2000).

    The second is printed 1e-4 below what the bivariate normal gives (next test), the mark of
    the coarser integration of their program.
    """
    assert efficacy_bounds(FIVE, 0.05) == pytest.approx(
        (4.8769, 3.3569, 2.6803, 2.2898, 2.0310), abs=1.5e-4
    )


def test_second_bound_by_the_bivariate_normal():
    first, second = efficacy_bounds((0.2, 0.4, 1.0), 0.05)[:2]
    assert stats.norm.sf(first) == pytest.approx(obrien_fleming_spent(0.2, 0.025), rel=1e-9)
    rho = math.sqrt(0.2 / 0.4)
    pair = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    # P(|Z1| < b1, Z2 > b2) by inclusion and exclusion of rectangles.
    kept = pair.cdf([first, -second]) - pair.cdf([-first, -second])
    due = obrien_fleming_spent(0.4, 0.025) - obrien_fleming_spent(0.2, 0.025)
    assert kept == pytest.approx(due, rel=1e-5)


@pytest.mark.parametrize(
    ("looks", "constant"), [(1, 1.960), (2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413), (10, 2.555)]
)
def test_pocock_constants(looks, constant):
    """Jennison & Turnbull (2000), Table 2.1, alpha = 0.05: constants of three decimals."""
    times = [(j + 1) / looks for j in range(looks)]
    exits = [exit_probabilities(times, [constant + d] * looks).total for d in (-0.0006, 0.0006)]
    assert exits[0] > 0.05 > exits[1]


@pytest.mark.parametrize(
    ("looks", "constant"), [(2, 1.977), (3, 2.004), (4, 2.024), (5, 2.040), (10, 2.087)]
)
def test_obrien_fleming_constants(looks, constant):
    """Jennison & Turnbull (2000), Table 2.3, alpha = 0.05."""
    times = [(j + 1) / looks for j in range(looks)]
    exits = [
        exit_probabilities(times, [(constant + d) / math.sqrt(t) for t in times]).total
        for d in (-0.0006, 0.0006)
    ]
    assert exits[0] > 0.05 > exits[1]


@pytest.mark.parametrize(
    ("looks", "error"), [(1, 0.05), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193)]
)
def test_repeated_tests_at_1_96(looks, error):
    """Armitage, McPherson & Rowe (1969), Table 2."""
    times = [(j + 1) / looks for j in range(looks)]
    assert exit_probabilities(times, [1.959964] * looks).total == pytest.approx(error, abs=6e-4)


times_of = st.lists(st.floats(0.02, 0.3), min_size=1, max_size=8).map(
    lambda steps: [sum(steps[: j + 1]) / max(1.0, sum(steps)) for j in range(len(steps))]
)


@settings(max_examples=25, deadline=None)
@given(times_of, st.sampled_from([0.01, 0.05, 0.2]))
def test_bounds_spend_what_they_should(times, alpha):
    bounds = efficacy_bounds(times, alpha)
    exits = exit_probabilities(times, bounds)
    for j, (above, below) in enumerate(zip(exits.above, exits.below, strict=True)):
        assert above == pytest.approx(below, abs=1e-12)
        if bounds[j] < 8:
            spent = math.fsum(exits.above[: j + 1])
            assert spent == pytest.approx(obrien_fleming_spent(times[j], alpha / 2), abs=1e-11)


DRIFT = stats.norm.isf(0.025) + stats.norm.isf(0.1)


@settings(deadline=None)
@given(st.floats(0.05, 0.95))
def test_first_futility_bound_is_a_quantile(t):
    """Z at the first look is normal about the drift: the bound is closed."""
    (found,) = futility_bounds([t], efficacy_bounds([t]), alpha=0.05, beta=0.1)
    wanted = stats.norm.ppf(obrien_fleming_spent(t, 0.1)) + DRIFT * math.sqrt(t)
    if wanted > 1e-9:
        assert found == pytest.approx(wanted, rel=1e-9)
    elif wanted < -1e-9:
        assert found is None


def test_second_futility_bound_by_the_bivariate_normal():
    t1, t2 = 0.6, 0.8
    b1, b2 = efficacy_bounds([t1, t2])
    a1, a2 = futility_bounds([t1, t2], [b1, b2], alpha=0.05, beta=0.1)
    rho = math.sqrt(t1 / t2)
    pair = stats.multivariate_normal(
        [DRIFT * math.sqrt(t1), DRIFT * math.sqrt(t2)], [[1, rho], [rho, 1]]
    )
    # P(a1 < Z1 < b1, Z2 < a2).
    second = pair.cdf([b1, a2]) - pair.cdf([a1, a2])
    due = obrien_fleming_spent(t2, 0.1) - obrien_fleming_spent(t1, 0.1)
    assert second == pytest.approx(due, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(times_of)
def test_futility_stays_inside_and_rises(times):
    bounds = efficacy_bounds(times)
    inner = futility_bounds(times, bounds)
    assert len(inner) == len(times)
    for a, b in zip(inner, bounds, strict=True):
        assert a is None or 0 < a <= b


def test_three_looks_by_simulation():
    times = (0.3, 0.7, 1.0)
    bounds = efficacy_bounds(times)
    drift = 3.24
    rng = np.random.default_rng(11)
    n = 400_000
    steps = rng.normal(drift * np.diff([0, *times]), np.sqrt(np.diff([0, *times])), (n, 3))
    z = steps.cumsum(axis=1) / np.sqrt(times)
    out = np.abs(z) >= bounds
    first = np.where(out.any(axis=1), out.argmax(axis=1), 3)
    exits = exit_probabilities(times, bounds, drift=drift)
    for j in range(3):
        share = (first == j).mean()
        # Four standard errors of the simulation.
        assert exits.above[j] + exits.below[j] == pytest.approx(share, abs=4 * math.sqrt(share / n))


def test_one_look_is_the_ordinary_test():
    assert efficacy_bounds([1.0], 0.05) == pytest.approx([stats.norm.isf(0.025)], rel=1e-12)
    assert efficacy_bounds([1.7], 0.05) == pytest.approx([stats.norm.isf(0.025)], rel=1e-12)
    assert futility_bounds([1.0], [1.96], alpha=0.05, beta=0.1) == pytest.approx(
        # Under the drift z_0.025 + z_0.1, the lower tail of 0.1 ends at z_0.025.
        [1.96],
        abs=1e-4,
    )


def test_required_information_is_that_of_schoenfeld():
    """Schoenfeld (1983), Biometrics 39:499: events 4 (z + z)² / log(HR)² for equal arms."""
    found = required_information(0.8, alpha=0.05, power=0.9)
    assert found.events == pytest.approx(
        4 * (stats.norm.isf(0.025) + stats.norm.isf(0.1)) ** 2 / math.log(0.8) ** 2
    )
    assert math.ceil(found.events) == 845
    uneven = required_information(0.8, allocation=2.0)
    assert uneven.events == pytest.approx(found.events * 9 / 8)
    diverse = required_information(0.8, diversity=0.25)
    assert diverse.information == pytest.approx(found.information / 0.75)
    assert diverse.unadjusted == found.information
    assert required_information(-2.0, measure="MD").information == pytest.approx(
        (stats.norm.isf(0.025) + stats.norm.isf(0.1)) ** 2 / 4
    )


def test_a_correlation_is_anticipated_as_it_is_printed():
    """Fisher's z has a variance of 1 / (n - 3): the information on it is n - 3."""
    found = required_information(0.3, measure="ZCOR", power=0.8)
    # Cohen (1988), table 3.3.5: 85 patients show r = 0.30 with a power of 0.80.
    assert math.ceil(found.information + 3) == 85


@pytest.mark.parametrize(
    ("anticipated", "measure", "message"),
    [
        (1.0, "ZCOR", "found an anticipated correlation of 1.0, wanted one between -1 and 1"),
        (0.3, "PLO", "found the measure PLO, wanted one that compares"),
    ],
)
def test_what_cannot_be_anticipated(anticipated, measure, message):
    with pytest.raises(MethodError) as caught:
        required_information(anticipated, measure=measure)
    assert str(caught.value) == f"sequential analysis: {message}"


HRS = Effects(
    [f"study {j}" for j in range(6)],
    np.log([0.7, 0.9, 0.85, 0.8, 0.95, 0.75]),
    [0.04, 0.02, 0.03, 0.015, 0.02, 0.01],
    "HR",
)


def test_diversity():
    common, random = pool(HRS, method="EE"), pool(HRS, method="REML")
    assert diversity(HRS, "REML") == pytest.approx(1 - common.se**2 / random.se**2)
    assert diversity(HRS.take([0])) == 0


def test_looks():
    found = sequential(HRS, 0.8)
    assert found.counted == "information"
    assert len(found.looks) == 6
    tested = [look for look in found.looks if look.bound is not None]
    assert [look.bound for look in tested] == pytest.approx(
        list(efficacy_bounds([look.fraction for look in tested]))
    )
    for j, look in enumerate(found.looks):
        so_far = pool(HRS.take(slice(0, j + 1)), method="DL")
        assert look.mu == so_far.mu
        assert look.z == so_far.mu / so_far.se
        assert look.information == pytest.approx((1 / HRS.vi[: j + 1]).sum())
        assert look.fraction == pytest.approx(look.information / found.required.information)
        assert look.events is None
    assert found.required.diversity == diversity(HRS)


def test_level_power_allocation_and_method_are_those_asked_for():
    """The defaults are alpha 0.05, power 0.9, equal arms and DL: here each is another."""
    spread = Effects("ABCDE", np.log([0.5, 0.9, 0.7, 1.1, 0.6]), HRS.vi[:5], "HR")
    assert pool(spread, method="DL").mu != pytest.approx(pool(spread, method="REML").mu, rel=1e-3)
    chosen = {"alpha": 0.01, "power": 0.8, "allocation": 2.0}
    found = sequential(spread, 0.65, method="REML", **chosen)
    wanted = diversity(spread, "REML")
    assert found.required == required_information(0.65, diversity=wanted, **chosen)
    times = [look.fraction for look in found.looks]
    assert times[-1] < 1
    bounds = efficacy_bounds([*times, 1.0], 0.01)
    assert [*(look.bound for look in found.looks), found.end_bound] == pytest.approx(list(bounds))
    futility = futility_bounds([*times, 1.0], bounds, alpha=0.01, beta=0.2)
    assert [look.futility for look in found.looks] + [found.end_futility] == [
        None if bound is None else pytest.approx(bound) for bound in futility
    ]
    assert found.looks[-1].futility is not None
    whole = pool(spread, method="REML")
    assert (found.looks[-1].mu, found.looks[-1].z) == (whole.mu, whole.mu / whole.se)
    half = bounds[-2] * whole.se
    assert (found.adjusted_lb, found.adjusted_ub) == pytest.approx(
        (math.exp(whole.mu - half), math.exp(whole.mu + half))
    )


def test_differences_are_counted_by_their_information():
    means = Effects("AB", [-1.0, -0.5], [0.5, 0.4], "MD")
    found = sequential(means, -1.5, diversity_assumed=0)
    assert found.counted == "information"
    # 1/0.5 + 1/0.4 of (z_0.025 + z_0.1)² / 1.5².
    assert found.looks[-1].fraction == pytest.approx(4.5 * 1.5**2 / DRIFT**2)
    assert found.adjusted_ub - found.adjusted_lb == pytest.approx(
        2 * found.looks[-1].bound * pool(means, method="DL").se
    )


def test_exactly_the_required_events_are_enough():
    due = required_information(0.8).events
    found = sequential(HRS.take([4]), 0.8, events=[due], diversity_assumed=0)
    assert found.looks[0].fraction == 1
    assert found.looks[0].bound == pytest.approx(stats.norm.isf(0.025))
    assert (found.verdict, found.end_bound, found.looks[0].futility) == ("complete", None, None)


def test_crossing_and_adjusted_interval():
    strong = Effects(["A", "B", "C"], np.log([0.7, 0.7, 0.7]), [0.02, 0.02, 0.02], "HR")
    found = sequential(strong, 0.7, power=0.9)
    assert found.verdict == "crossed"
    assert found.direction == -1
    look = found.looks[found.crossed]
    assert abs(look.z) >= look.bound
    assert all(abs(each.z) < each.bound for each in found.looks[: found.crossed])
    harm = sequential(Effects("ABC", -strong.yi, strong.vi, "HR"), 0.7)
    assert (harm.crossed, harm.direction) == (found.crossed, 1)


def test_open_futile_and_complete():
    nothing = Effects("ABCD", [0.02, -0.02, 0.01, -0.01], [0.02] * 4, "HR")
    early = sequential(nothing.take([0]), 0.8, diversity_assumed=0)
    assert early.verdict == "open"
    assert early.end_bound is not None
    assert early.looks[0].fraction < 1
    assert early.adjusted_lb < 1 < early.adjusted_ub
    half = pool(nothing.take([0])).se * early.looks[0].bound
    assert early.adjusted_ub == pytest.approx(math.exp(0.02 + half))
    late = sequential(nothing, 0.8, diversity_assumed=0)
    assert late.verdict == "futile"
    assert late.futile is not None
    assert late.direction == 0
    done = sequential(Effects("ABCD", nothing.yi, [0.005] * 4, "HR"), 0.8, diversity_assumed=0)
    assert done.verdict == "complete"
    assert done.end_bound is None
    # Only the first look beyond the required information has a boundary.
    beyond = [look for look in done.looks if look.fraction >= 1]
    assert [look.bound is not None for look in beyond] == [True] + [False] * (len(beyond) - 1)
    assert all(look.futility is None for look in beyond)
    assert (done.adjusted_lb is None) == (len(beyond) > 1)


def test_what_was_futile_and_is_no_longer_is_open():
    again = Effects("ABC", [0.0, 0.0, -0.33], [0.013, 0.03, 0.012], "HR")
    found = sequential(again, 0.8, method="EE", diversity_assumed=0)
    assert [look.futility is not None and abs(look.z) < look.futility for look in found.looks] == [
        False,
        True,
        False,
    ]
    assert (found.futile, found.crossed, found.verdict) == (1, None, "open")


def test_nothing_is_futile_once_a_boundary_is_crossed():
    back = Effects("AB", [-0.5, 0.45], [0.012, 0.013], "HR")
    found = sequential(back, 0.8, method="EE", diversity_assumed=0)
    assert abs(found.looks[1].z) < found.looks[1].futility
    assert (found.crossed, found.futile, found.verdict) == (0, None, "crossed")


def test_by_events():
    found = sequential(HRS, 0.8, events=[100, 200, 130, 260, 200, 400], diversity_assumed=0.2)
    assert found.counted == "events"
    assert found.required.diversity == 0.2
    assert [look.events for look in found.looks] == list(
        itertools.accumulate([100, 200, 130, 260, 200, 400])
    )
    assert found.looks[0].fraction == pytest.approx(100 / found.required.events)


@pytest.mark.parametrize("risk", [0.02, 0.3, 0.9])
def test_events_tell_the_information_on_a_hazard_ratio_alone(risk):
    """1 / variance of the log OR of two arms alike, by Woolf: (1 - risk) / 4 of their events."""
    n = 10_000
    events = 2 * risk * n
    information = 1 / (2 / (risk * n) + 2 / ((1 - risk) * n))
    assert information == pytest.approx((1 - risk) * events / 4)
    assert information != pytest.approx(events / 4, rel=0.01)
    assert required_information(0.8, measure="OR").events is None


def test_tiny_studies_are_seen_with_the_next():
    tiny = Effects("ABCD", [-0.2, 0.1, -0.3, 0.0], [1e6, 0.02, 1e7, 1e7], "HR")
    found = sequential(tiny, 0.8, diversity_assumed=0)
    assert [look.slab for look in found.looks] == [("A", "B", "C", "D")]
    assert found.looks[0].k == 4
    # 0.02 of the 211 required is just too little for a look, and counts with the one before.
    late = sequential(Effects("AB", [-0.2, 0.1], [0.02, 50.0], "HR"), 0.8, diversity_assumed=0)
    (look,) = late.looks
    assert (look.slab, look.information) == (("A", "B"), pytest.approx(50.02))
    assert look.fraction == pytest.approx(50.02 / late.required.information, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: efficacy_bounds([]),
            "spending: found no information fractions, wanted at least one number",
        ),
        (
            lambda: efficacy_bounds([0.5, 0.4]),
            "spending: found information fraction 0.4 after 0.5, wanted at least 0.0001 more",
        ),
        (
            lambda: efficacy_bounds([1.0, 1.5]),
            "spending: found information fraction 1.5 after 1, wanted no look after the "
            "information is complete",
        ),
        (
            lambda: efficacy_bounds([0.5], alpha=0),
            "spending: found alpha = 0, wanted it between 0 and 1",
        ),
        (
            lambda: futility_bounds([0.5], [2.0], beta=1),
            "spending: found beta = 1, wanted it between 0 and 1",
        ),
        (
            lambda: futility_bounds([0.5], []),
            "futility: found 0 bounds for 1 fractions, wanted as many",
        ),
        (
            lambda: required_information(-0.8),
            "sequential analysis: found an anticipated ratio of -0.8, wanted a positive number",
        ),
        (
            lambda: required_information(1.0),
            "sequential analysis: found an anticipated effect of 1.0, which is none; wanted the "
            "smallest that matters",
        ),
        (
            lambda: required_information(0.8, alpha=5),
            "sequential analysis: found alpha = 5, wanted it between 0 and 1",
        ),
        (
            lambda: required_information(0.8, power=1),
            "sequential analysis: found power = 1, wanted it between 0 and 1",
        ),
        (
            lambda: required_information(0.8, diversity=1),
            "sequential analysis: found a diversity of 1, wanted it from 0 to below 1",
        ),
        (
            lambda: required_information(0.8, allocation=0),
            "sequential analysis: found an allocation of 0, wanted a positive number",
        ),
        (
            lambda: sequential(Effects([], [], [], "HR"), 0.8),
            "sequential analysis: found no studies, wanted at least one",
        ),
        (
            lambda: sequential(HRS, 0.8, events=[1, 2]),
            "sequential analysis: found 2 counts of events for 6 studies, wanted one of 0 or "
            "more for each",
        ),
        (
            lambda: sequential(Effects("A", [0.1], [0.1], "OR"), 0.8, events=[50]),
            "sequential analysis: found counts of events for OR, wanted HR",
        ),
        (
            lambda: sequential(Effects("A", [0.1], [1e9], "HR"), 0.8),
            "sequential analysis: found 4.7e-12 of the required information, wanted at least "
            "0.0001 of it",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message
