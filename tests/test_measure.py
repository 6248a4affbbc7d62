"""The route from a study file's result to an effect: each against its own definition."""

from __future__ import annotations

import math
from typing import Any

import pytest

from analysis.errors import MethodError
from analysis.measure import Comparison, has_route, measure
from analysis.records import GroupData, Result
from analysis.values import Bound, Printed

COMPARISON = Comparison("drug", "placebo")


def result(**given: Any) -> Result:
    return Result(outcome="os", adjustment="not reported", source="report", **given)


def arms(**given: tuple[Any, ...]) -> tuple[GroupData, ...]:
    names = ("events", "n", "mean", "sd")
    return tuple(
        GroupData(arm=arm, **{n: v for n, v in zip(names, values, strict=True) if v is not None})
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
    assert not has_route(result(**given))
    with pytest.raises(MethodError) as caught:
        measure(result(**given), COMPARISON)
    assert str(caught.value) == (
        "found no way from this result to an effect and its variance, wanted an estimate with "
        "its interval, its standard error or its P value; O − E with its variance; or the "
        "events or means of both arms"
    )
