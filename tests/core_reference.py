"""What metafor says of the reference data sets: `reference/core.json`, made by `core.R`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from analysis.effects import Effects


@cache
def reference() -> dict[str, Any]:
    path = Path(__file__).parent / "reference" / "core.json"
    return json.loads(path.read_text("utf-8"))


def grid(*parts: str) -> list[tuple[str, ...]]:
    """The keys of the reference down to the depth of `parts`, as test parameters."""
    found: list[tuple[str, ...]] = []

    def walk(node: Any, path: tuple[str, ...], depth: int) -> None:
        if depth == 0:
            found.append(path)
            return
        for key, child in node.items():
            walk(child, (*path, key), depth - 1)

    walk(reference()[parts[0]], (), len(parts) - 1)
    return found


def effects(name: str) -> Effects:
    data = reference()["sets"][name]
    return Effects(listed(data["slab"]), listed(data["yi"]), listed(data["vi"]), data["measure"])


def listed(value: Any) -> list[Any]:
    """R prints a vector of one as a number."""
    return value if isinstance(value, list) else [value]


def assert_close(ours: Any, theirs: Any, rel: float, of: float = 0.0, what: str = "") -> None:
    """Assert |ours - theirs| <= rel * max(|theirs|, of); None and null must meet each other.

    `of` is the size of the terms from which a difference was made (an effect near zero, a
    tau² that is zero): rounding is relative to them.
    """
    a = np.array([np.nan if v is None else v for v in listed(_plain(ours))], dtype=float)
    b = np.array([np.nan if v is None else v for v in listed(_plain(theirs))], dtype=float)
    assert a.shape == b.shape, f"{what}: {len(a)} values, metafor {len(b)}"
    assert (np.isnan(a) == np.isnan(b)).all(), f"{what}: {ours}, metafor {theirs}"
    with np.errstate(invalid="ignore"):
        wrong = np.abs(a - b) > rel * np.maximum(np.abs(b), of)
    assert not wrong.any(), f"{what}: {a[wrong]}, metafor {b[wrong]}"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.tolist() if isinstance(value, np.ndarray) else value


# Closed forms agree to rounding. Iterated estimates: metafor stops when a step of Fisher scoring
# is below 1e-14 of the scale of the data, which leaves up to 6e-15 of tau² where the maximum is at
# 0 (set `dominant`: 3e-11 of a standard error); here a bracket is closed to two units in the last
# place. Worst over the grid 3e-11, so 1e-9 has room for another libm.
SOLVED = 1e-9


def assert_p_close(ours: Any, theirs: Any, statistic: Any, what: str = "") -> None:
    """Assert that P values agree as well as their statistics do.

    d log P = -z dz for a normal tail: a statistic good to SOLVED gives P to SOLVED z².
    """
    z = np.array([0.0 if v is None else v for v in listed(_plain(statistic))], dtype=float)
    for one, other, each in zip(listed(_plain(ours)), listed(_plain(theirs)), z, strict=True):
        assert_close(one, other, SOLVED * (1 + each**2), what=what)
