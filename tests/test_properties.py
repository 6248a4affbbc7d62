"""What must hold for any studies whatever: order, shift, scale, duplication, and edges."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.heterogeneity import METHODS
from analysis.moderators import Moderator, regress, subgroups
from analysis.robustness import cumulate, gosh, influence, leave_one_out
from analysis.small_study import begg, egger, pet_peese, trim_and_fill
from analysis.synthesis import TESTS, pool

# How long an example takes is no property of the results.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

methods = st.sampled_from(METHODS)
tests = st.sampled_from(TESTS)


@st.composite
def studies(draw: st.DrawFn, least: int = 2, most: int = 12, spread: float = 2.0) -> Effects:
    """Effects within ±50 (to four decimals) and variances within 10^-spread ... 10^spread."""
    k = draw(st.integers(least, most))
    yi = draw(st.lists(st.integers(-500_000, 500_000), min_size=k, max_size=k))
    powers = draw(st.lists(st.floats(-spread, spread), min_size=k, max_size=k))
    return Effects([f"S{i}" for i in range(k)], np.array(yi) / 1e4, 10.0 ** np.array(powers))


def _pool(data: Effects, method: str, test: str) -> Any:
    """Pool, or pass over the two combinations that are refused with their reasons."""
    assume(not (method == "EE" and test != "z"))
    assume(not (test == "knha" and np.ptp(data.yi) == 0))
    return pool(data, method, test)  # type: ignore[arg-type]


def _tau2_is_stable(data: Effects, method: str) -> None:
    """Pass over likelihoods whose two maxima are so alike that rounding chooses."""
    if method in ("ML", "REML"):
        nearby = Effects(data.slab, data.yi, data.vi * (1 + 1e-9))
        a, b = (pool(e, method).tau2 for e in (data, nearby))  # type: ignore[arg-type]
        assume(abs(a - b) <= 1e-4 * (a + float(data.vi.min())))


@given(studies(), methods, tests, st.randoms())
def test_the_order_of_studies_does_not_matter(
    data: Effects, method: str, test: str, random: Any
) -> None:
    _tau2_is_stable(data, method)
    order = list(range(data.k))
    random.shuffle(order)
    a, b = _pool(data, method, test), _pool(data.take(order), method, test)
    scale = max(1e-4, float(np.abs(data.yi).max()))
    assert b.mu == pytest.approx(a.mu, abs=1e-9 * scale)
    assert b.se == pytest.approx(a.se, rel=1e-8)
    assert b.tau2 == pytest.approx(a.tau2, rel=1e-8, abs=1e-9 * float(data.vi.min()))
    assert b.qe == pytest.approx(a.qe, rel=1e-10, abs=1e-12)


@given(studies(), methods, tests, st.integers(-1000, 1000))
def test_a_shift_of_all_effects_shifts_the_pooled_one(
    data: Effects, method: str, test: str, shift: int
) -> None:
    _tau2_is_stable(data, method)
    a = _pool(data, method, test)
    b = _pool(Effects(data.slab, data.yi + shift, data.vi), method, test)
    size = 50 + abs(shift)  # effects are rounded at this size, and Q with them
    assert b.mu == pytest.approx(a.mu + shift, abs=1e-8 * size)
    noise = 1e-12 * size * float(np.ptp(data.yi)) / float(data.vi.min())
    assert b.qe == pytest.approx(a.qe, rel=1e-8, abs=1e-8 + noise)
    assert b.se == pytest.approx(a.se, rel=1e-5)


@given(studies(), methods, tests, st.integers(-8, 8))
def test_effects_and_errors_in_another_unit_give_the_result_in_that_unit(
    data: Effects, method: str, test: str, power: int
) -> None:
    # Powers of two change no digit
    unit = 2.0**power
    a = _pool(data, method, test)
    b = _pool(Effects(data.slab, data.yi * unit, data.vi * unit**2), method, test)
    assert b.mu == pytest.approx(a.mu * unit, rel=1e-9, abs=1e-12 * unit)
    assert b.tau2 == pytest.approx(a.tau2 * unit**2, rel=1e-9)
    assert (b.i2, b.qe, b.pval) == pytest.approx((a.i2, a.qe, a.pval), rel=1e-9, abs=1e-12)


@given(studies(), methods, tests)
def test_the_other_direction_gives_the_mirror_image(data: Effects, method: str, test: str) -> None:
    a = _pool(data, method, test)
    b = _pool(Effects(data.slab, -data.yi, data.vi), method, test)
    assert (b.mu, b.ci_lb, b.ci_ub) == pytest.approx((-a.mu, -a.ci_ub, -a.ci_lb), rel=1e-9)
    assert (b.tau2, b.pval) == pytest.approx((a.tau2, a.pval), rel=1e-9)
    assert b.direction == -a.direction


@given(studies(least=1))
def test_every_study_twice_halves_the_common_effect_variance(data: Effects) -> None:
    twice = Effects(
        data.slab * 2, np.concatenate((data.yi, data.yi)), np.concatenate((data.vi, data.vi))
    )
    a, b = pool(data, "EE"), pool(twice, "EE")
    assert b.mu == pytest.approx(a.mu, rel=1e-10, abs=1e-10)
    assert b.se**2 == pytest.approx(a.se**2 / 2, rel=1e-12)
    assert b.qe == pytest.approx(2 * a.qe, rel=1e-10, abs=1e-12)


@given(studies(), st.sampled_from([m for m in METHODS if m != "EE"]))
@example(Effects("abc", [0.1, 0.11, 0.12], [1.0, 1.0, 1.0]), "DL")
def test_without_heterogeneity_the_random_effects_are_the_common_effect(
    data: Effects, method: str
) -> None:
    s = pool(data, method)  # type: ignore[arg-type]
    common = pool(data, "EE")
    if s.tau2 == 0.0:
        assert (s.mu, s.se, s.pval, s.weights) == (
            common.mu,
            common.se,
            common.pval,
            common.weights,
        )
    else:
        # The weights are more alike, and the interval no narrower (tau² may be below rounding)
        assert s.se >= common.se
        assert max(s.weights) <= max(common.weights) * (1 + 1e-12)


@given(studies())
def test_the_q_profile_interval_holds_the_paule_mandel_estimate(data: Effects) -> None:
    # Q(tau2) = k - 1 lies between the quantiles for k - 1 in (chi² lower, chi² upper)
    s = pool(data, "PM")
    assert s.tau2_lb is not None
    assert s.tau2_ub is not None
    assert 0 <= s.tau2_lb <= s.tau2 * (1 + 1e-12)
    assert s.tau2 <= s.tau2_ub * (1 + 1e-12) or s.tau2 == 0.0
    assert s.i2_lb is not None
    assert s.i2_ub is not None
    assert 0 <= s.i2_lb <= s.i2_ub <= 100


@given(studies(least=2, most=8, spread=6.0), methods, tests)
@settings(max_examples=60)
@example(Effects("ab", [50.0, -50.0], [1e-6, 1e6]), "REML", "knha")
@example(Effects("abc", [0.25, 0.25, 0.25], [1e-6, 1.0, 1e6]), "ML", "adhoc")
@example(Effects("abcd", [0.0, 0.0, 0.0, 1e-9], [1e-6, 1e-6, 1e6, 1e6]), "PM", "z")
def test_nothing_is_nan_whatever_the_studies(data: Effects, method: str, test: str) -> None:
    """Every function answers with numbers, None with a reason, or a MethodError.

    Warnings of numpy are errors in this suite.
    """
    groups = ["a", "b"] * data.k
    reasons: list[str] = []
    x = Moderator("x", tuple(float(i % 3) for i in range(data.k)))
    for call in (
        lambda: pool(data, method, test),  # type: ignore[arg-type]
        lambda: leave_one_out(data, method, test),  # type: ignore[arg-type]
        lambda: cumulate(data, range(data.k), method, test),  # type: ignore[arg-type]
        lambda: influence(data, method, test),  # type: ignore[arg-type]
        lambda: regress(data, [x], method, test),  # type: ignore[arg-type]
        lambda: subgroups(data, groups[: data.k], method, test),  # type: ignore[arg-type]
        lambda: subgroups(data, groups[: data.k], method, test, tau2="common"),  # type: ignore[arg-type]
        lambda: egger(data),
        lambda: egger(data, "mixed", "vi", method=method),  # type: ignore[arg-type]
        lambda: begg(data),
        lambda: pet_peese(data),
        lambda: trim_and_fill(data, method),  # type: ignore[arg-type]
    ):
        try:
            result = call()
        except MethodError as error:
            reasons.append(str(error))
            continue
        _assert_no_nan(result)
    assert all(reasons)
    found = gosh(data, method)  # type: ignore[arg-type]
    for column in (found.mu, found.tau2, found.i2, found.qe):
        assert np.isfinite(column).all()


def _assert_no_nan(value: Any) -> None:
    if isinstance(value, float):
        assert not math.isnan(value)
    elif isinstance(value, tuple):
        for item in value:
            _assert_no_nan(item)
    elif hasattr(value, "__dataclass_fields__"):
        for field in dataclasses.fields(value):
            _assert_no_nan(getattr(value, field.name))


@given(studies(least=3, most=10))
def test_leaving_out_and_putting_back_is_the_whole(data: Effects) -> None:
    # mu is the mean of the omissions, weighted with the weight that each retains (EE)
    whole, out = pool(data, "EE"), leave_one_out(data, "EE")
    retained = 1 - np.array(whole.weights) / 100
    mean = float(retained @ np.array(out.mu)) / float(retained.sum())
    assert mean == pytest.approx(whole.mu, rel=1e-8, abs=1e-8)
    assert cumulate(data, range(data.k), "EE").mu[-1] == pytest.approx(whole.mu, rel=1e-9, abs=1e-9)


@given(studies(least=4, most=10, spread=1.0), st.integers(-20, 20))
@settings(max_examples=40)
def test_a_regression_in_another_unit_of_the_moderator_is_the_same(
    data: Effects, shift: int
) -> None:
    x = tuple(float(i * i % 7) for i in range(data.k))
    a = regress(data, [Moderator("x", x)], "DL")
    b = regress(data, [Moderator("x", tuple(3 * v + shift for v in x))], "DL")
    assert b.qm == pytest.approx(a.qm, rel=1e-6, abs=1e-9)
    assert b.tau2 == pytest.approx(a.tau2, rel=1e-7, abs=1e-9)
    assert b.coefficients[1].b == pytest.approx(a.coefficients[1].b / 3, rel=1e-6, abs=1e-9)
