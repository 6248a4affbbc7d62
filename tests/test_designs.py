"""Long regression designs: the quick factorisation against exact and plain least squares."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.designs import Design
from analysis.effects import Effects
from analysis.moderators import Moderator, regress

FloatArray = NDArray[np.float64]


def made(k: int, seed: int, columns: FloatArray | None = None) -> tuple[FloatArray, ...]:
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.01, 0.5, k)
    x = rng.normal(size=(k, 2)) if columns is None else columns
    yi = 0.2 + 0.1 * x[:, 0] + rng.normal(size=k) * np.sqrt(vi + 0.05)
    return np.column_stack([np.ones(k), x]), yi, vi


def least_squares(x: FloatArray, yi: FloatArray, w: FloatArray) -> FloatArray:
    """Solve the normal equations without any rounding."""
    p = x.shape[1]
    rows = [[Fraction(float(v)) for v in row] for row in x]
    weights, y = [Fraction(float(v)) for v in w], [Fraction(float(v)) for v in yi]
    a = [[sum(u * r[i] * r[j] for u, r in zip(weights, rows, strict=True)) for j in range(p)]
         + [sum(u * r[i] * v for u, r, v in zip(weights, rows, y, strict=True))]
         for i in range(p)]  # fmt: skip
    for i in range(p):
        a[i] = [v / a[i][i] for v in a[i]]
        for j in range(p):
            if j != i:
                a[j] = [v - a[j][i] * u for v, u in zip(a[j], a[i], strict=True)]
    return np.array([float(row[p]) for row in a])


@pytest.mark.parametrize("k", [63, 64, 200])
@pytest.mark.parametrize("kind", ["mild", "years", "nearly collinear", "one far study"])
def test_coefficients_to_the_last_digits(k: int, kind: str) -> None:
    """On both sides of the length from which Cholesky is taken, in every one of its branches."""
    rng = np.random.default_rng(k)
    columns = rng.normal(size=(k, 2))
    condition = 1.0
    if kind == "years":
        columns[:, 0] = rng.integers(1970, 2020, k)
        condition = 2000 / 14  # of the intercept, two thousand years off
    elif kind == "nearly collinear":
        columns[:, 1] = columns[:, 0] + 1e-5 * columns[:, 1]
        condition = 1e5
    elif kind == "one far study":
        columns[0, 0] = 1e5
        condition = 1e5 / np.sqrt(k)
    x, yi, vi = made(k, k, columns)
    b = Design(x, yi, vi).fit(0.1).b
    wanted = least_squares(x, yi, 1 / (vi + 0.1))
    # A backward stable solution moves by the condition of the columns times the rounding unit.
    assert b == pytest.approx(wanted, rel=1e-12 * condition, abs=1e-13 * condition)


@pytest.mark.parametrize("spread", [1e2, 1e8])
def test_sums_do_not_depend_on_the_order_of_studies(spread: float) -> None:
    """Variances of little and of much spread: unsorted rows, and sorted ones."""
    rng = np.random.default_rng(5)
    x, yi, _ = made(100, 5)
    vi = np.exp(rng.uniform(np.log(1e-3), np.log(1e-3 * spread), 100))
    order = rng.permutation(100)
    one, other = Design(x, yi, vi), Design(x[order], yi[order], vi[order])
    for tau2 in (0.0, 0.01, 2.0):
        a, b = one.at(tau2), other.at(tau2)
        for name in ("s1", "trp", "q", "q2"):
            assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-10), name
        assert one.fit(tau2).b == pytest.approx(other.fit(tau2).b, rel=1e-9, abs=1e-12)
        assert one.fit(tau2).h[order] == pytest.approx(other.fit(tau2).h, abs=1e-10)


def test_the_latest_factors_are_those_of_the_tau2_asked_for() -> None:
    x, yi, vi = made(80, 1)
    fresh = [Design(x, yi, vi).at(t).q for t in (0.0, 0.3, 0.0)]
    design = Design(x, yi, vi)
    assert [design.at(t).q for t in (0.0, 0.3, 0.0)] == fresh


@given(st.integers(0, 10_000), st.integers(4, 40), st.floats(0.0, 3.0))
def test_no_stationary_point_lies_beyond_the_bound(seed: int, k: int, tau: float) -> None:
    rng = np.random.default_rng(seed)
    vi = np.exp(rng.uniform(np.log(1e-4), np.log(10.0), k))
    x = np.column_stack([np.ones(k), rng.normal(size=k)])
    design = Design(x, rng.normal(size=k) * np.sqrt(vi + tau**2), vi)
    for tau2 in design.upper * np.array([1.0, 1.5, 4.0, 100.0]):
        sums = design.at(tau2)
        assert sums.q2 <= sums.trp * (1 + 1e-9)  # the restricted score is not positive
        assert sums.q2 <= sums.s1 * (1 + 1e-9)  # nor that of the full likelihood


def test_what_is_computed_when_asked_for() -> None:
    x, yi, vi = made(30, 2)
    effects = Effects([str(i) for i in range(30)], yi, vi)
    moderators = [Moderator("a", x[:, 1]), Moderator("b", tuple(x[:, 2].tolist()))]
    found = regress(effects, moderators)
    assert np.array(found.design) == pytest.approx(x)
    assert sum(found.weights) == pytest.approx(100)
    assert found.weights == pytest.approx(100 / (vi + found.tau2) / (1 / (vi + found.tau2)).sum())
    lb, ub = found.tau2_lb, found.tau2_ub
    assert lb is not None
    assert ub is not None
    assert lb <= found.tau2 <= ub
    common = regress(effects, moderators, method="EE")
    assert (common.tau2_lb, common.tau2_ub) == (None, None)


def test_an_array_with_gaps_leaves_studies_out() -> None:
    x, yi, vi = made(12, 3)
    column = x[:, 1].copy()
    column[4] = np.nan
    effects = Effects([f"s{i}" for i in range(12)], yi, vi)
    by_array = regress(effects, [Moderator("a", column)])
    by_tuple = regress(
        effects, [Moderator("a", tuple(None if v != v else v for v in column.tolist()))]
    )
    assert by_array.left_out == by_tuple.left_out == ("s4",)
    assert by_array.coefficients == by_tuple.coefficients
