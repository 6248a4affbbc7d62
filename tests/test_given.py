"""Values as those who call the package hand them over: by position, missing as anybody says it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import (
    Effects,
    MethodError,
    Moderator,
    cumulate,
    effects_from_intervals,
    egger,
    leave_one_out,
    pool,
    regress,
    subgroups,
)

YI = [0.1, 0.5, 0.2, 0.6, 0.1, 0.4, 0.7, 0.0]
EIGHT = Effects([f"S{i}" for i in range(8)], YI, [0.05] * 8)
FIVE = Effects("ABCDE", [-0.1, -0.3, 0.0, 0.2, -0.4], [0.02, 0.05, 0.04, 0.03, 0.06], "HR")
ERA = ["old", "old", "new", "old", "new", "new", "old", "new"]


def said(call: Callable[[], object]) -> str:
    with pytest.raises(MethodError) as caught:
        call()
    return str(caught.value)


# --- moderators ----------------------------------------------------------------------------


def mixed_up(values: Sequence[Any], dtype: Any = None) -> pd.Series[Any]:
    """Return a column whose index is none of the positions, as after sorting or filtering."""
    return pd.Series(list(values), index=[70, 3, 5, 1, 0, 2, 9, 4], dtype=dtype)


@pytest.mark.parametrize(
    "values",
    [
        mixed_up(ERA),
        mixed_up(ERA, "category"),
        mixed_up(ERA, "string"),
        np.array(ERA),
        np.array(ERA, dtype=object),
        tuple(ERA),
    ],
)
def test_a_column_is_read_by_position(values: Any) -> None:
    assert regress(EIGHT, [Moderator("era", values)]) == regress(EIGHT, [Moderator("era", ERA)])
    assert subgroups(EIGHT, values) == subgroups(EIGHT, ERA)


@pytest.mark.parametrize("missing", [None, math.nan, np.nan, pd.NA, pd.NaT])
def test_what_is_missing_is_left_out_and_named(missing: Any) -> None:
    names = [missing, *ERA[1:]]
    years = [missing, 1999, 2010, 1995, 2015, 2005, 1990, 2020]
    rest = EIGHT.take(np.arange(8) > 0)
    for found, alone in (
        (subgroups(EIGHT, names), subgroups(rest, ERA[1:])),
        (regress(EIGHT, [Moderator("m", names)]), regress(rest, [Moderator("m", ERA[1:])])),
        (regress(EIGHT, [Moderator("m", years)]), regress(rest, [Moderator("m", years[1:])])),
    ):
        assert found.left_out == ("S0",)
        assert found.k == alone.k == 7
    assert regress(EIGHT, [Moderator("m", years)]).coefficients == (
        regress(rest, [Moderator("m", years[1:])]).coefficients
    )


def test_columns_of_pandas_that_hold_nothing_for_some() -> None:
    years = pd.Series([2001, None, 2010, 1995, 2015, 2005, 1990, 2020], dtype="Int64")
    assert regress(EIGHT, [Moderator("year", years)]).left_out == ("S1",)
    masked = np.ma.masked_equal([2001, 1999, 2010, 1995, 2015, 2005, 1990, 2020], 1990)
    assert regress(EIGHT, [Moderator("year", masked)]).left_out == ("S6",)


@pytest.mark.parametrize(
    "values",
    [
        [20190101.0, 20190131.0, 20190301.0, 20200101.0] * 2,
        [20190101, 20190131, 20190301, 20200101] * 2,
        np.array([20190101, 20190131, 20190301, 20200101] * 2),
    ],
)
def test_numbers_as_categories_keep_every_digit(values: Any) -> None:
    found = regress(EIGHT, [Moderator("day", values, kind="categorical")])
    assert found.terms == (
        "intercept", "day: 20190131", "day: 20190301", "day: 20200101",
    )  # fmt: skip


def test_categories_that_are_numbers_stand_in_their_order() -> None:
    dose = [10, 2, 2, 10, 5, 5, 2, 10]
    as_names = regress(EIGHT, [Moderator("dose", dose, kind="categorical")])
    assert as_names.terms == ("intercept", "dose: 5", "dose: 10")
    assert as_names.references == (("dose", "2"),)
    assert regress(EIGHT, [Moderator("dose", pd.Categorical(dose))]) == as_names
    other = regress(EIGHT, [Moderator("dose", dose, reference=10, kind="categorical")])
    assert other.terms == ("intercept", "dose: 2", "dose: 5")


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, tuple])
def test_booleans_are_categories_in_every_container(kind: Any) -> None:
    found = regress(EIGHT, [Moderator("blind", kind([True, False] * 4), reference=True)])
    assert found.terms == ("intercept", "blind: False")
    assert found.references == (("blind", "True"),)


def test_a_moderator_does_not_follow_the_list_it_was_made_of() -> None:
    years = [2001.0] * 7 + [2002.0]
    moderator = Moderator("year", years)
    years[0] = 1900.0
    assert moderator.values == (2001.0,) * 7 + (2002.0,)


def test_one_moderator_needs_no_list() -> None:
    era = Moderator("era", ERA)
    assert regress(EIGHT, era) == regress(EIGHT, [era])


X = Moderator("x", [1, 2, 3, 4, 6, 7, 9, 8])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Moderator("ph", [1, 2], kind="factor"),  # type: ignore[arg-type]
         "moderator ph: found kind 'factor', wanted one of numeric, categorical"),
        (lambda: Moderator("intercept", [1, 2]),
         "regression: found a moderator named intercept, wanted another name"),
        (lambda: Moderator("day", [date(2020, 1, 31)]),
         "moderator day: found the date 2020-01-31, wanted a number, such as its year, or a name"),
        (lambda: Moderator("day", pd.to_datetime(["2020-01-31"])),
         "moderator day: found dates, wanted numbers, such as years"),
        (lambda: Moderator("day", np.array(["2020-01-31", "NaT"], dtype="datetime64[ns]")),
         "moderator day: found dates, wanted numbers, such as years"),
        (lambda: subgroups(EIGHT, pd.Series(pd.to_datetime(["2020-01-31"] * 8)).to_numpy()),
         "subgroups: found dates, wanted numbers, such as years"),
        (lambda: Moderator("day", list(np.array(["2020-01-31"], dtype="datetime64[ns]"))),
         "moderator day: found np.datetime64('2020-01-31T00:00:00.000000000'), wanted a number or "
         "a name"),
        (lambda: Moderator("x", [[1, 2], [3, 4]]),
         "moderator x: found [1, 2], wanted a number or a name"),
        (lambda: Moderator("x", "abcdefgh"),
         "moderator x: found 'abcdefgh', wanted one value a study"),
        (lambda: Moderator("x", 3),  # type: ignore[arg-type]
         "moderator x: found 3, wanted one value a study"),
        (lambda: regress(EIGHT, [Moderator("dose", [0.3, 0.1 + 0.2] * 4)]),
         "moderator dose: found only 0.3, wanted at least two different values"),
        (lambda: regress(EIGHT, [Moderator("x", [1e200 * i for i in range(8)])]),
         "moderator x: found values of the size of 7e+200, wanted another unit"),
        (lambda: regress(EIGHT, [X], interactions=("x", "z")),  # type: ignore[arg-type]
         "interactions: found 'x', wanted pairs of moderators, such as [('a', 'b')]"),
        (lambda: regress(EIGHT, [X]).predict([math.nan]),
         "predict: found no finite number for x, wanted one"),
        (lambda: regress(EIGHT, [X]).predict(["2"]),  # type: ignore[list-item]
         "predict: found '2', wanted a number"),
        (lambda: regress(EIGHT, [X]).predict(3),  # type: ignore[arg-type]
         "predict: found 3, wanted one number a term"),
        (lambda: subgroups(EIGHT, "old"), "subgroups: found 'old', wanted one value a study"),
        (lambda: pool(EIGHT, level="0.95"),  # type: ignore[arg-type]
         "level: found 0.95, wanted a number between 0 and 1, such as 0.95"),
        (lambda: pool(EIGHT, level=None),  # type: ignore[arg-type]
         "level: found None, wanted a number between 0 and 1, such as 0.95"),
        (lambda: egger(EIGHT, predictor="ni", ni=list("abcdefgh")),  # type: ignore[arg-type]
         "Egger: sample sizes: found 'a', wanted a number"),
        (lambda: egger(FIVE, test="knha"),
         "Egger: found test knha with model classic, whose test is t with k − 2 degrees of "
         "freedom, wanted model mixed"),
        (lambda: egger(FIVE, method="XX"),  # type: ignore[arg-type]
         "method: found 'XX', wanted one of EE, DL, HE, HS, SJ, ML, REML, EB, PM"),
        (lambda: cumulate(FIVE, [2.0, 1.0, 3.0, 0.0, 4.0]),  # type: ignore[list-item]
         "cumulation: found order [2.0, 1.0, 3.0, 0.0, 4.0], wanted each index from 0 to 4 once, "
         "such as numpy.argsort(years)"),
        (lambda: cumulate(FIVE, [0, 1, None, 3, 4]),  # type: ignore[list-item]
         "cumulation: found order [0, 1, None, 3, 4], wanted each index from 0 to 4 once, such as "
         "numpy.argsort(years)"),
    ],
)  # fmt: skip
def test_messages(call: Callable[[], object], message: str) -> None:
    assert said(call) == message


def test_an_order_may_be_a_column() -> None:
    years = pd.Series([2001, 1999, 2005, 1990, 2020], index=list("vwxyz"))
    assert cumulate(FIVE, np.argsort(years)).slab == ("D", "B", "A", "C", "E")
    assert cumulate(FIVE, pd.Series(np.argsort(years.to_numpy()))).slab == tuple("DBACE")


# --- effects -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("AB", np.ma.array([0.1, 99.0], mask=[False, True]), [1, 1]),
         "effects: found effect nan for B, wanted a finite number"),
        (("ABC", [None, 1, pd.NA], [1, 1, 1]),
         "effects: found effect nan for A, nan for C, wanted a finite number"),
        (("ABC", [1, 1, 1], [1, -1, 0]),
         "effects: found variance -1.0 for B, 0.0 for C, wanted a positive finite number"),
        (("AB", [[0.1], [0.2]], [1, 1]),
         "effects: found [0.1] for one study, wanted one number a study"),
        (("AB", [1, 1], np.array([[0.1], [0.2]])),
         "variances: found a table of 2×1, wanted one number a study"),
        ((["A"], 0.1, [1]), "effects: found 0.1, wanted one number a study"),
        ((["A"], "0.1", [1]), "effects: found '0.1', wanted one number a study"),
        (("AB", ["0,1", "x"], [1, 1]), "effects: found '0,1', wanted a number"),
        (("AB", [True, False], [1, 1]), "effects: found True, wanted a number"),
        (("AB", [1, 1], pd.to_datetime(["2020-01-31", "2021-01-31"])),
         "variances: found dates, wanted numbers, such as years"),
        ((["A"], np.array(5.0), [1]), "effects: found 5.0, wanted one number a study"),
        ((["A"], [10**400], [1]), "effects: found effect inf for A, wanted a finite number"),
        ((["A", None], [1, 1], [1, 1]),
         "effects: found None as a label, wanted the name of a study"),
    ],
)  # fmt: skip
def test_what_is_no_effect(given: tuple[Any, Any, Any], message: str) -> None:
    assert said(lambda: Effects(*given)) == message


def test_many_faulty_studies_are_named_in_part() -> None:
    message = said(lambda: Effects([f"S{i}" for i in range(40)], [math.nan] * 40, [1] * 40))
    assert message.count("nan for") == 12
    assert message.endswith("nan for S11, …, wanted a finite number")


def test_effects_of_whatever_holds_numbers() -> None:
    for yi in (pd.Series(YI, index=range(9, 1, -1)), np.array(YI), [Decimal(str(y)) for y in YI]):
        assert Effects(EIGHT.slab, yi, [1] * 8).yi.tolist() == YI
    assert Effects(pd.Series(["A"]), np.array([1], dtype=np.float32), [1]).slab == ("A",)
    assert type(Effects(np.array(["A"]), [1], [1]).slab[0]) is str


def test_printed_intervals_are_effects() -> None:
    """Effects of BCG trials as their tables give them: exp of a Wald interval and back."""
    yi, vi = np.array([-0.889, -1.585]), np.array([0.326, 0.195])
    wide = 1.959963984540054 * np.sqrt(vi)
    lb, ub = np.exp(yi - wide), np.exp(yi + wide)
    found = effects_from_intervals(("Aronson", "Ferguson"), np.exp(yi), lb, ub, "RR")
    assert (found.measure, found.slab) == ("RR", ("Aronson", "Ferguson"))
    assert found.yi == pytest.approx(yi, rel=1e-14)
    assert found.vi == pytest.approx(vi, rel=1e-13)
    plain = effects_from_intervals(["A"], [-0.889], yi[:1] - wide[:1], yi[:1] + wide[:1], "MD")
    assert (plain.yi[0], plain.vi[0]) == (-0.889, pytest.approx(0.326, rel=1e-13))
    assert said(lambda: effects_from_intervals("AB", [0.8, 0.9], [0.9, 0.7], [1.1, 0.0])) == (
        "A: log_ratio_from_interval: found 0.8 outside 0.9 to 1.1, wanted it inside; "
        "B: log_ratio_from_interval: found 0.7 to 0.0, wanted lower < upper"
    )
    assert said(lambda: effects_from_intervals("AB", [0.8], [0.9, 0.7], [1.1, 0.0])) == (
        "effects_from_intervals: found 2 labels and 1, 2, 2 numbers, wanted as many of each"
    )


# --- effects that differ by rounding alone -------------------------------------------------

# A trial prints 0.80, another 1.25 with its arms the other way round.
SAME = [math.log(0.8), -math.log(1.25), math.log(0.8)]


def test_effects_that_differ_by_rounding_have_no_width_and_no_interval() -> None:
    assert SAME[0] != SAME[1]
    same = Effects("ABC", SAME, [0.02, 0.03, 0.05], "HR")
    for method in ("DL", "REML", "PM"):
        assert said(lambda m=method: pool(same, m, "knha")) == (  # type: ignore[misc]
            "test: found knha with 3 identical effects, wanted effects that differ (or test adhoc "
            "or z): the interval would have no width"
        )
    more = Effects("ABCD", [*SAME, 0.3], [0.02, 0.03, 0.05, 0.04], "HR")
    assert leave_one_out(more, "DL", "knha").ci_lb[3] is None
    assert cumulate(more, [0, 1, 2, 3], "DL", "knha").ci_ub[1:3] == (None, None)
    assert None not in leave_one_out(more, "DL", "adhoc").ci_lb
    with pytest.raises(MethodError, match="subgroup x: test: found knha with 3 identical effects"):
        subgroups(Effects("ABCDE", [*SAME, 0.3, 0.5], [0.02] * 5), list("xxxyy"), "DL", "knha")


def test_a_huge_effect_does_not_make_the_others_one() -> None:
    with_it = Effects("abc", [0.1, 0.5, 1e14], [0.01, 0.02, 1e40])
    assert pool(with_it, "EE").mu == pytest.approx((10 + 25) / 150, rel=1e-12)
    assert leave_one_out(with_it, "EE").mu[2] == pytest.approx((10 + 25) / 150, rel=1e-12)


def test_many_effects_that_differ_by_rounding_are_one() -> None:
    """Beyond 300 studies the omissions are summed another way."""
    k = 400
    yi = np.where(np.arange(k) % 2, SAME[0], SAME[1])
    yi[-1] = 0.5
    found = leave_one_out(Effects(map(str, range(k)), yi, np.linspace(0.02, 0.05, k)), "DL", "knha")
    assert found.ci_lb[-1] is None
    assert None not in found.ci_lb[:-1]


# --- what a regression predicts ------------------------------------------------------------


@pytest.mark.parametrize("prediction", ["t(k-2)", "t(k-1)", "normal"])
@pytest.mark.parametrize("test", ["z", "knha", "adhoc"])
def test_a_prediction_is_that_of_the_group_with_a_common_tau2(prediction: Any, test: Any) -> None:
    """The regression on a category is the model of its subgroups, which metafor was held to."""
    effects = Effects(EIGHT.slab, YI, np.linspace(0.01, 0.04, 8), "OR")
    groups = subgroups(effects, ERA, "REML", test, tau2="common", prediction=prediction).groups
    found = regress(effects, [Moderator("era", ERA)], "REML", test)
    for row, name in (([0], "new"), ([1], "old")):
        fitted = found.predict(row, prediction)
        (own,) = (group.synthesis for group in groups if group.name == name)
        for field in ("mu", "se", "ci_lb", "ci_ub", "est", "pi_lb", "pi_ub", "pi_est_ub"):
            assert getattr(fitted, field) == pytest.approx(getattr(own, field), rel=1e-9), field
        assert fitted.pi_why is None


def test_a_category_is_predicted_by_truth_as_by_one() -> None:
    found = regress(EIGHT, [Moderator("blind", [True, False] * 4)])
    assert found.predict([True]) == found.predict([1]) == found.predict(np.array([True]))


def test_where_a_regression_predicts_nothing() -> None:
    three = FIVE.take([0, 1, 2])
    fitted = regress(three, [Moderator("x", [1, 2, 4])], "DL").predict([3])
    assert (fitted.pi_lb, fitted.pi_est_ub) == (None, None)
    assert fitted.pi_why == "t with one degree of freedom fewer than the residual has none left"
    fixed = regress(FIVE, [Moderator("x", [1, 2, 3, 4, 6])], "EE").predict([3])
    assert fixed.pi_lb is None
    assert fixed.pi_why == (
        "the common-effect model has one true effect: nothing varies from study to study"
    )


def test_a_regression_bounds_i2_and_h2_as_it_bounds_tau2() -> None:
    found = regress(FIVE, [Moderator("x", [1, 2, 3, 4, 6])], "REML")
    typical = found.tau2 / (found.h2 - 1) if found.tau2 else None
    assert found.tau2_ub is not None
    assert found.i2_ub is not None
    assert found.h2_ub == pytest.approx(1 / (1 - found.i2_ub / 100), rel=1e-12)
    assert (found.tau2_lb, found.i2_lb, found.h2_lb) == (0.0, 0.0, 1.0)
    if typical:
        assert found.h2_ub == pytest.approx(1 + found.tau2_ub / typical, rel=1e-9)


# --- how results show ----------------------------------------------------------------------


def test_a_pooled_result_shows_in_a_line() -> None:
    shown = repr(pool(FIVE, "DL"))
    s = pool(FIVE, "DL")
    assert shown.startswith(f"Synthesis(HR {s.est:.4g} [{s.est_lb:.4g}, {s.est_ub:.4g}], k = 5, DL")
    assert "\n" not in shown
    assert len(shown) < 120


def test_egger_says_its_test() -> None:
    assert egger(FIVE).test is None
    assert egger(FIVE, "mixed", test="knha").test == "knha"
