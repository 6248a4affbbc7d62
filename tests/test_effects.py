"""The Effects value: what it takes and what it refuses."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis.effects import Effects, is_ratio
from analysis.errors import MethodError


def test_effects_are_frozen_copies() -> None:
    yi = np.array([0.1, 0.2])
    e = Effects(["a", "b"], yi, [0.04, 0.09], "HR")
    yi[0] = 9
    assert e.yi.tolist() == [0.1, 0.2]
    assert e.sei == pytest.approx([0.2, 0.3])
    with pytest.raises(ValueError, match="read-only"):
        e.vi[0] = 1
    assert e.k == 2
    assert is_ratio("HR")
    assert not is_ratio("SMD")


def test_take() -> None:
    e = Effects("abc", [1, 2, 3], [4, 5, 6], "MD")
    part = e.take([2, 0])
    assert (part.slab, part.yi.tolist(), part.vi.tolist(), part.measure) == (
        ("c", "a"), [3, 1], [6, 4], "MD",
    )  # fmt: skip
    assert e.take(np.array([False, True, False])).slab == ("b",)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            (["a"], [1, 2], [1, 2]),
            "effects: found 1 labels, 2 effects and 2 variances, wanted as many of each",
        ),
        (
            (["a"], [1], [1], "XX"),
            "effects: found measure 'XX', wanted one of HR, OR, RR, IRR, RD, MD, SMD, ROM, PLO, "
            "PFT, ZCOR, GEN",
        ),
        (
            (["a", "b"], [1, np.nan], [1, 1]),
            "effects: found effect nan for b, wanted a finite number",
        ),
        (
            (["a", "b"], [-np.inf, 2], [1, 1]),
            "effects: found effect -inf for a, wanted a finite number",
        ),
        (
            (["a", "b"], [1, 1e31], [1, 1]),
            "effects: found effect 1e+31 for b, wanted a finite number within ±1e+30",
        ),
        (
            (["a", "b"], [1, 2], [1, 0]),
            "effects: found variance 0.0 for b, wanted a positive finite number",
        ),
        (
            (["a", "b"], [1, 2], [-1, 1]),
            "effects: found variance -1.0 for a, wanted a positive finite number",
        ),
        (
            (["a", "b"], [1, 2], [1, np.nan]),
            "effects: found variance nan for b, wanted a positive finite number",
        ),
        (
            (["a", "b"], [1, 2], [1, 1e-70]),
            "effects: found variance 1e-70 for b, wanted one from 1e-60 to 1e+60",
        ),
    ],
)
def test_messages(args: tuple[object, ...], message: str) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(message)}$"):
        Effects(*args)  # type: ignore[arg-type]
