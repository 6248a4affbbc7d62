"""The bracketing solvers: one function, and many at once."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from analysis.errors import MethodError
from analysis.roots import bracketed_root, bracketed_roots

CASES = [
    (lambda x: x * x - 2, 0.0, 2.0, math.sqrt(2)),
    (lambda x: 2 - x * x, 0.0, 2.0, math.sqrt(2)),
    (lambda x: math.exp(-x) - 1e-9, 0.0, 60.0, 9 * math.log(10)),
    (lambda x: (x - 1) ** 9, 0.0, 3.7, 1.0),  # flat: interpolation is useless
    (lambda x: math.atan(1e6 * (x - 0.3)), -5.0, 5.0, 0.3),  # nearly a step
    (lambda x: x, 0.0, 1.0, 0.0),  # at an end
    (lambda x: x - 1, 0.0, 1.0, 1.0),
]


@pytest.mark.parametrize(("f", "lo", "hi", "root"), CASES)
def test_one_root(f, lo, hi, root) -> None:  # type: ignore[no-untyped-def]
    # The ninth power is zero in doubles within 1e-36 of its root only for x = 1 to 1e-4
    tolerance = 1e-4 if root == 1.0 and hi == 3.7 else 1e-14
    assert bracketed_root(f, lo, hi) == pytest.approx(root, abs=tolerance)


def test_many_roots_at_once_are_the_same() -> None:
    targets = np.array([1e-300, 1e-9, 0.5, 2.0, 81.0, 1e12])
    found = bracketed_roots(lambda x: x**2 - targets, 0.0, np.maximum(1.0, targets))
    assert found == pytest.approx(np.sqrt(targets), rel=1e-14, abs=1e-16)
    alone = [
        bracketed_root(lambda x, t=t: x * x - t, 0.0, max(1.0, t))  # type: ignore[misc]
        for t in targets
    ]
    assert found == pytest.approx(alone, rel=1e-14, abs=1e-16)


def test_a_closed_bracket_is_its_own_answer() -> None:
    found = bracketed_roots(lambda x: x - 1, np.array([5.0, 0.0]), np.array([5.0, 4.0]))
    assert found.tolist() == [5.0, 1.0]


def test_messages() -> None:
    wrong = "root: found f(1.0) = 1.0 and f(2.0) = 4.0, wanted values of opposite sign"
    with pytest.raises(MethodError, match=f"^{re.escape(wrong)}$"):
        bracketed_root(lambda x: x * x, 1.0, 2.0)
    with pytest.raises(MethodError, match=f"^{re.escape(wrong)}$"):
        bracketed_roots(lambda x: x * x, np.array([-1.0, 1.0]), np.array([-1.0, 2.0]))
    hole = "root: found no value of the function at 0.0, wanted a number"
    with pytest.raises(MethodError, match=f"^{re.escape(hole)}$"):
        bracketed_root(lambda x: math.nan if x == 0 else x + 0.1, -1.0, 1.0)
    with pytest.raises(
        MethodError, match=r"^root: found no value of the function, wanted a number$"
    ):
        bracketed_roots(lambda x: np.where(x == 0, np.nan, x + 0.1), np.array([-1.0]), 1.0)


def test_no_convergence_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.roots.MAXIMUM_STEPS", 3)
    with pytest.raises(
        MethodError, match=r"^root: found no convergence in \[0\.0, 2\.0\] after 3 steps$"
    ):
        bracketed_root(lambda x: x * x - 2, 0.0, 2.0)
    with pytest.raises(MethodError, match=r"^root: found no convergence after 3 steps$"):
        bracketed_roots(lambda x: x * x - 2, np.array([0.0]), 2.0)


def test_a_jump_is_closed_in_on() -> None:
    # No zero, but a change of sign: the bracket shrinks to neighbouring numbers
    found = bracketed_root(lambda x: -1.0 if x < 0.7 else 1.0, 0.0, 1.0)
    assert found == pytest.approx(0.7, rel=1e-15)
    many = bracketed_roots(lambda x: np.where(x < 0.7, -1.0, 1.0), np.zeros(2), np.ones(2))
    assert many == pytest.approx([0.7, 0.7], rel=1e-15)
