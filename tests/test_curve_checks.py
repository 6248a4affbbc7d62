"""Curves that were read too coarsely are told, with the interval; finer ones pass."""

from __future__ import annotations

import pytest

from analysis.curve_checks import curve_doubts
from analysis.records import CurveData, Result
from analysis.values import Printed


def result(*survival: str, **given: object) -> Result:
    read = tuple(map(Printed.from_text, survival))
    times = tuple(Printed(2 * at, 0) for at in range(len(read)))
    fine = tuple(Printed(1 - at / 20, 2) for at in range(len(read)))
    curves = (
        CurveData(arm="drug", times=times, survival=fine),
        CurveData(arm="placebo", times=times, survival=read),
    )
    return Result.model_validate(
        {"outcome": "os", "adjustment": "unadjusted", "source": "report", "curves": curves, **given}
    )


def test_an_interval_in_which_too_many_have_the_event() -> None:
    assert list(curve_doubts(result("1", "0.70", "0.60", "0.30"))) == [
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
    assert list(curve_doubts(result(*survival))) == []


def test_a_curve_beside_an_estimate_is_not_used() -> None:
    beside = result("1", "0.50", estimate=Printed(0.8, 1), se=Printed(0.1, 1))
    assert list(curve_doubts(beside)) == []
