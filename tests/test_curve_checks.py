"""Curves that were read too coarsely are told, with the interval; finer ones pass."""

from __future__ import annotations

import pytest

from analysis.compared_arms import Comparison
from analysis.curve_checks import curve_doubts
from analysis.records import CurveData, Result
from analysis.values import Printed

ARMS = Comparison("drug", "placebo")


def result(*survival: str, **given: object) -> Result:
    read = tuple(map(Printed.from_text, survival))
    times = tuple(Printed(2 * at, 0) for at in range(len(read)))
    fine = tuple(Printed(1 - at / 20, 2) for at in range(len(read)))
    at_risk = tuple(200 // 2**at for at in range(len(read)))
    curves = (
        CurveData(arm="drug", times=times, survival=fine, at_risk=at_risk),
        CurveData(arm="placebo", times=times, survival=read, at_risk=at_risk),
    )
    return Result.model_validate(
        {"outcome": "os", "adjustment": "unadjusted", "source": "report", "curves": curves, **given}
    )


def test_an_interval_in_which_too_many_have_the_event() -> None:
    assert list(curve_doubts(result("1", "0.70", "0.60", "0.30"), ARMS)) == [
        (
            ("curves", 1, "survival", 1),
            "found 30% of those at risk with the event from 0 to 2, wanted the curve read at times "
            "between, each with 20% at most",
        ),
        (
            ("curves", 1, "survival", 3),
            "found 50% of those at risk with the event from 4 to 6, wanted the curve read at times "
            "between, each with 20% at most",
        ),
    ]


@pytest.mark.parametrize("survival", [("1", "0.80", "0.64"), ("1", "0.95", "0.90", "0.85")])
def test_a_fifth_in_each_interval_passes(survival: tuple[str, ...]) -> None:
    assert list(curve_doubts(result(*survival), ARMS)) == []


@pytest.mark.parametrize(
    "given",
    [
        {"estimate": Printed(0.8, 1), "se": Printed(0.1, 1)},
        {"estimate": Printed(0.8, 1), "ci": (Printed(0.6, 1), Printed(1.1, 1))},
        {"o_minus_e": Printed(-4.2, 1), "variance": Printed(20.1, 1)},
    ],
)
def test_a_curve_beside_what_is_taken_before_it_is_not_used(given: dict[str, object]) -> None:
    assert list(curve_doubts(result("1", "0.50", **given), ARMS)) == []


def test_a_ratio_that_is_not_taken_is_told() -> None:
    """With a P value alone beside it, the curves go before it."""
    beside = result("1", "0.90", "0.80", estimate=Printed(0.9, 2), p=Printed(0.3, 2))
    assert list(curve_doubts(beside, ARMS)) == [
        (
            ("estimate",),
            "found 0.90 without an interval, so that the curves are taken, wanted its interval, or "
            "the curves alone",
        )
    ]
