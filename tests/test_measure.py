"""The route from a study file's result to an effect: each against its own definition."""

from __future__ import annotations

import math
from typing import Any

import pytest

from analysis.compared_arms import Comparison
from analysis.effect_sizes import Measured
from analysis.errors import MethodError
from analysis.group_routes import Counting, table_of
from analysis.measure import measure, sizes_of
from analysis.records import CurveData, GroupData, Result, Study
from analysis.records.study import Arm, Arms
from analysis.values import Bound, Printed

COMPARISON = Comparison("drug", "placebo")


def result(**given: Any) -> Result:
    return Result(outcome="os", adjustment="not reported", source="report", **given)


def arms(**given: tuple[Any, ...]) -> tuple[GroupData, ...]:
    names = ("events", "n", "mean", "sd")
    return tuple(
        GroupData(arm=arm, **{n: v for n, v in zip(names, values, strict=False) if v is not None})
        for arm, values in given.items()
    )


def test_an_interval_of_any_level() -> None:
    wide = measure(
        result(estimate=Printed(0.8, 1), ci=(Printed(0.5, 1), Printed(1.28, 2))), COMPARISON
    )
    assert wide.yi == math.log(0.8)
    assert math.sqrt(wide.vi) == pytest.approx(math.log(1.28 / 0.5) / (2 * 1.959963984540054))
    ninety = measure(
        result(
            estimate=Printed(0.8, 1), ci=(Printed(0.5, 1), Printed(1.28, 2)), level=Printed(0.9, 1)
        ),
        COMPARISON,
    )
    assert math.sqrt(ninety.vi) == pytest.approx(math.log(1.28 / 0.5) / (2 * 1.6448536269514722))


def test_an_interval_goes_before_a_p_value() -> None:
    both = result(
        estimate=Printed(0.8, 1), ci=(Printed(0.5, 1), Printed(1.28, 2)), p=Printed(0.5, 1)
    )
    assert measure(both, COMPARISON).route == "ratio_interval"


def test_a_p_value_gives_the_standard_error() -> None:
    # Two-sided P = 0.075 means z = 1.78.
    found = measure(result(estimate=Printed(0.8, 1), p=Printed(0.075, 3)), COMPARISON)
    assert abs(found.yi) / math.sqrt(found.vi) == pytest.approx(1.78, abs=0.005)


def test_the_other_reference_arm_inverts_once() -> None:
    straight = result(estimate=Printed(1.25, 2), se=Printed(0.2, 1))
    turned = straight.model_copy(update={"reference": "drug"})
    assert measure(turned, COMPARISON).yi == -measure(straight, COMPARISON).yi
    assert measure(turned, COMPARISON).inverted


def test_a_table_in_either_direction_is_the_same_study() -> None:
    groups = arms(drug=(4, 123, None, None), placebo=(11, 139, None, None))
    straight = measure(result(measure="OR", groups=groups), COMPARISON)
    turned = measure(result(measure="OR", groups=groups, reference="drug"), COMPARISON)
    assert straight.yi == pytest.approx(math.log((4 / 119) / (11 / 128)))
    # The table read with the other arm as reference, inverted once: the same effect.
    assert turned.yi == pytest.approx(straight.yi)
    assert turned.vi == pytest.approx(straight.vi)


def test_means() -> None:
    groups = arms(drug=(None, 30, Printed(5.0, 1), Printed(2.0, 1)),
                  placebo=(None, 40, Printed(4.0, 1), Printed(3.0, 1)))  # fmt: skip
    found = measure(result(measure="MD", groups=groups), COMPARISON)
    assert found.yi == pytest.approx(1.0)
    assert found.vi == pytest.approx(4 / 30 + 9 / 40)


def test_o_minus_e() -> None:
    found = measure(result(o_minus_e=Printed(-5.0, 1), variance=Printed(20.0, 1)), COMPARISON)
    assert (found.yi, found.vi) == (-0.25, 0.05)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"estimate": Printed(0.8, 1)},
        {"estimate": Printed(0.8, 1), "p": Bound(Printed(0.001, 3))},
        {"o_minus_e": Printed(-5.0, 1)},
    ],
)
def test_too_little_is_said(given: dict[str, Any]) -> None:
    with pytest.raises(MethodError) as caught:
        measure(result(**given), COMPARISON)
    assert str(caught.value) == (
        "found no way from this result to an effect and its variance, wanted an estimate with "
        "its interval, its standard error or its P value; O − E with its variance; the events "
        "or means of both arms; Kaplan-Meier curves of both; or events with P and `direction`"
    )


@pytest.mark.parametrize(
    ("name", "groups", "wanted"),
    [
        (
            "HR",
            ({"mean": 7.1, "sd": 1.0, "n": 40}, {"mean": 7.9, "sd": 1.1, "n": 41}),
            "one of MD, SMD, ROM as the measure: means do not give HR",
        ),
        (
            "MD",
            ({"mean": 7.1, "n": 40}, {"mean": 7.9, "sd": 1.1, "n": 41}),
            "sd of arm drug: MD needs mean, sd, n of both arms",
        ),
        (
            "RR",
            ({"events": 4}, {"events": 11, "n": 139}),
            "n of arm drug: RR needs events, n of both arms",
        ),
        (
            "IRR",
            ({"events": 4, "person_time": 10.0},),
            "arm placebo in groups: IRR needs events, person_time of both arms",
        ),
    ],
)
def test_what_an_arm_lacks_is_named(
    name: str, groups: tuple[dict[str, Any], ...], wanted: str
) -> None:
    arms = zip(("drug", "placebo"), groups, strict=False)
    rows = tuple({"arm": arm, **_printed(group)} for arm, group in arms)
    with pytest.raises(MethodError) as caught:
        measure(result(measure=name, groups=rows), COMPARISON)
    found = "found no way from this result to an effect and its variance, wanted "
    assert str(caught.value) == found + wanted


def _printed(group: dict[str, Any]) -> dict[str, Any]:
    return {k: Printed(v, 1) if isinstance(v, float) else v for k, v in group.items()}


# --- the routes of Tierney 2007 that need no ratio with its interval ---------------------------


def test_log_rank_expected_events() -> None:
    groups = (
        GroupData(arm="drug", events=34, expected=Printed(46.4, 1)),
        GroupData(arm="placebo", events=62, expected=Printed(49.6, 1)),
    )
    found = measure(result(groups=groups), COMPARISON)
    assert found.route == "logrank_expected"
    assert found.yi == pytest.approx(math.log((34 / 46.4) / (62 / 49.6)))
    assert found.vi == pytest.approx(1 / 46.4 + 1 / 49.6)


def test_a_ratio_with_the_events_of_each_arm() -> None:
    groups = arms(drug=(30, None), placebo=(60, None))
    found = measure(result(estimate=Printed(0.8, 1), groups=groups), COMPARISON)
    assert (found.yi, found.vi) == (math.log(0.8), pytest.approx(90 / (30 * 60)))


def test_a_p_value_with_events_and_direction() -> None:
    groups = arms(drug=(40, 100), placebo=(60, 200))
    given = {"p": Printed(0.05, 2), "groups": groups}
    by_arm = measure(result(**given, direction="lower"), COMPARISON)
    assert by_arm.route == "pvalue_events"
    assert by_arm.yi == pytest.approx(-1.959964 / math.sqrt(24), rel=1e-6)
    assert by_arm.vi == pytest.approx(1 / 24)
    more = measure(result(**given, direction="higher"), COMPARISON)
    assert more.yi == -by_arm.yi
    # The direction is of the arm that is not the reference.
    turned = measure(result(**given, direction="lower", reference="drug"), COMPARISON)
    assert turned.yi == pytest.approx(-by_arm.yi)
    with pytest.raises(MethodError, match="found no way"):
        measure(result(**given), COMPARISON)


def test_a_p_value_with_the_total_of_events() -> None:
    sizes = arms(drug=(None, 100), placebo=(None, 200))
    given = {"p": Printed(0.05, 2), "events": 90, "direction": "lower"}
    unequal = measure(result(**given, groups=sizes), COMPARISON)
    assert unequal.route == "pvalue_total_events"
    assert 1 / unequal.vi == pytest.approx(90 * 100 * 200 / 300**2)
    equal = measure(result(**given), COMPARISON)
    assert (equal.route, 1 / equal.vi) == ("pvalue_equal_arms", pytest.approx(90 / 4))


def test_a_ratio_with_the_total_of_events() -> None:
    given = result(estimate=Printed(0.8, 1), events=80)
    found = measure(given, COMPARISON)
    assert (found.route, found.vi) == ("hr_equal_arms", pytest.approx(1 / 20))
    # Tierney 2007: V = D n1 n0 / (n1 + n0)², whichever way round the arms are compared.
    for reference in ("placebo", "drug"):
        turned = given.model_copy(update={"reference": reference})
        found = measure(turned, COMPARISON, sizes={"drug": 800, "placebo": 200})
        assert (found.route, 1 / found.vi) == ("hr_total_events", pytest.approx(80 * 0.16))
    half = measure(given, COMPARISON, sizes={"drug": 800})
    assert half.route == "hr_equal_arms"


def test_the_sizes_of_arms_are_those_of_the_study_unless_the_result_is_of_a_part() -> None:
    groups = tuple(
        Arm.model_construct(arm=arm, n=n) for arm, n in (("drug", 800), ("placebo", 200))
    )
    study = Study.model_construct(arms=Arms.model_construct(groups=groups))
    whole = result(estimate=Printed(0.8, 1), events=80)
    assert sizes_of(study, whole) == {"drug": 800, "placebo": 200}
    assert sizes_of(study, whole.model_copy(update={"subgroup": {"sex": "women"}})) == {}
    assert sizes_of(Study.model_construct(arms=None), whole) == {}


@pytest.mark.parametrize("name", ["RR", "RD", "MD", "SMD", "ROM", "IRR", "PLO", "ZCOR", "GEN"])
def test_observed_less_expected_gives_no_other_measure(name: str) -> None:
    given = {"o_minus_e": Printed(-10.0, 1), "variance": Printed(10.55, 2)}
    for known in ("HR", "OR"):
        found = measure(result(measure=known, **given), COMPARISON)
        assert (found.yi, found.vi) == (-10 / 10.55, 1 / 10.55)
    with pytest.raises(MethodError) as raised:
        measure(result(measure=name, **given), COMPARISON)
    assert str(raised.value) == (
        "found no way from this result to an effect and its variance, wanted HR or OR as the "
        f"measure: O − E does not give {name}"
    )


def curves(**more: Any) -> tuple[CurveData, ...]:
    times = tuple(Printed(t, 0) for t in (0, 1, 2, 3))

    def of(arm: str, survival: tuple[float, ...], at_risk: tuple[int, ...]) -> CurveData:
        given = more or {"at_risk": at_risk}
        printed = tuple(Printed(s, 2) for s in survival)
        return CurveData(arm=arm, times=times, survival=printed, **given)

    return (
        of("drug", (1, 0.90, 0.80, 0.75), (100, 88, 70, 50)),
        of("placebo", (1, 0.80, 0.65, 0.55), (100, 78, 55, 40)),
    )


def test_kaplan_meier_curves() -> None:
    """One interval by hand: D = (R + R')(1 - q)/(1 + q), half of the censored exposed."""
    found = measure(result(curves=curves()), COMPARISON)
    assert found.route == "kaplan_meier_at_risk"
    yi, vi = [], []
    for (q1, a, b), (q0, c, d) in zip(
        ((0.9, 100, 88), (8 / 9, 88, 70), (0.75 / 0.8, 70, 50)),
        ((0.8, 100, 78), (0.65 / 0.8, 78, 55), (0.55 / 0.65, 55, 40)),
        strict=True,
    ):
        d1, d0 = (a + b) * (1 - q1) / (1 + q1), (c + d) * (1 - q0) / (1 + q0)
        r1, r0 = (a + b + d1) / 2, (c + d + d0) / 2
        yi.append(math.log(d1 / r1 * r0 / d0))
        vi.append(1 / d1 - 1 / r1 + 1 / d0 - 1 / r0)
    weight = sum(1 / v for v in vi)
    assert found.yi == pytest.approx(sum(y / v for y, v in zip(yi, vi, strict=True)) / weight)
    assert found.vi == pytest.approx(1 / weight)
    turned = measure(result(curves=curves(), reference="drug"), COMPARISON)
    assert turned.yi == pytest.approx(found.yi)


def test_kaplan_meier_curves_with_the_range_of_follow_up() -> None:
    given = result(curves=curves(n=100), followed=(Printed(1, 0), Printed(4, 0)))
    assert measure(given, COMPARISON).route == "kaplan_meier_follow_up"
    with pytest.raises(MethodError, match="found no way"):
        measure(result(curves=curves(n=100)), COMPARISON)


def test_the_printed_ratio_goes_before_its_curves() -> None:
    given = result(estimate=Printed(0.6, 1), ci=(Printed(0.4, 1), Printed(0.9, 1)), curves=curves())
    assert measure(given, COMPARISON).route == "ratio_interval"


# --- other measures, and tables by other ways ---------------------------------------------------


def test_rates() -> None:
    groups = (
        GroupData(arm="drug", events=10, person_time=Printed(1000, 0)),
        GroupData(arm="placebo", events=20, person_time=Printed(800, 0)),
    )
    found = measure(result(measure="IRR", groups=groups), COMPARISON)
    assert found.yi == pytest.approx(math.log((10 / 1000) / (20 / 800)))
    assert found.vi == pytest.approx(1 / 10 + 1 / 20)


def test_a_proportion_of_one_group() -> None:
    logit = measure(result(measure="PLO", groups=arms(drug=(4, 20))), COMPARISON)
    assert (logit.yi, logit.vi) == (pytest.approx(math.log(4 / 16)), pytest.approx(1 / 4 + 1 / 16))
    arcsine = measure(result(measure="PFT", groups=arms(drug=(4, 20))), COMPARISON)
    halves = math.asin(math.sqrt(4 / 21)), math.asin(math.sqrt(5 / 21))
    assert (arcsine.yi, arcsine.vi) == (pytest.approx(sum(halves) / 2), pytest.approx(1 / 82))


def test_a_route_says_where_half_an_event_was_added() -> None:
    def one(events: int) -> Measured:
        return measure(result(measure="PLO", groups=arms(drug=(events, 20))), COMPARISON)

    assert [one(events).route for events in (0, 1, 20)] == [
        "proportion_corrected",
        "proportion",
        "proportion_corrected",
    ]
    assert one(20).yi == pytest.approx(math.log(20.5 / 0.5))
    # The double arcsine takes none.
    arcsine = measure(result(measure="PFT", groups=arms(drug=(20, 20))), COMPARISON)
    assert arcsine.route == "proportion"
    groups = (
        GroupData(arm="drug", events=0, person_time=Printed(1000, 0)),
        GroupData(arm="placebo", events=20, person_time=Printed(800, 0)),
    )
    rates = measure(result(measure="IRR", groups=groups), COMPARISON)
    assert rates.route == "rates_corrected"
    assert rates.yi == pytest.approx(math.log((0.5 / 1000) / (20.5 / 800)))


def test_a_correlation() -> None:
    found = measure(result(measure="ZCOR", estimate=Printed(0.5, 1), n=28), COMPARISON)
    assert (found.yi, found.vi) == (pytest.approx(math.atanh(0.5)), pytest.approx(1 / 25))


def test_a_table_by_petos_step_and_with_corrections() -> None:
    groups = arms(drug=(0, 100), placebo=(4, 100))
    given = result(measure="OR", groups=groups, estimate=Printed(0.1, 1), se=Printed(1.0, 1))
    peto = measure(given, COMPARISON, Counting(peto=True, alone=True))
    v = 100 * 100 * 4 * 196 / (200**2 * 199)
    assert (peto.yi, peto.vi) == (pytest.approx(-2 / v), pytest.approx(1 / v))
    assert peto.route == "two_by_two_peto"
    half = measure(given, COMPARISON, Counting(alone=True))
    assert half.route == "two_by_two_corrected"
    assert half.yi == pytest.approx(math.log((0.5 / 100.5) / (4.5 / 96.5)))
    little = measure(given, COMPARISON, Counting(add=0.1, alone=True))
    assert little.yi == pytest.approx(math.log((0.1 / 100.1) / (4.1 / 96.1)))
    with pytest.raises(MethodError) as caught:
        measure(result(measure="OR", estimate=Printed(0.1, 1), se=Printed(1.0, 1)), COMPARISON,
                Counting(alone=True))  # fmt: skip
    assert str(caught.value) == (
        "found no way from this result to an effect and its variance, wanted events and patients "
        "of both arms"
    )


def test_a_table_has_the_arm_over_the_reference_first() -> None:
    groups = arms(drug=(4, 123), placebo=(11, 139))
    table = table_of(result(measure="OR", groups=groups), COMPARISON)
    assert table is not None
    assert (table.ai, table.bi, table.ci, table.di) == (4, 119, 11, 128)
    assert not table.zero_cell
    assert not table.one_sided
    turned = table_of(result(measure="OR", groups=groups, reference="drug"), COMPARISON)
    assert turned is not None
    assert (turned.ai, turned.ci) == (11, 4)
    assert table_of(result(measure="OR", groups=groups[:1]), COMPARISON) is None
