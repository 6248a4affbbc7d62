"""Two sets of findings compared by path: what differs, and which of it matters to a reader."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from analysis.effects import ONE_GROUP
from analysis.findings import AnalysisFinding, Findings
from analysis.method_findings import ADJUSTED
from analysis.paths import row_name
from analysis.synthesis import Synthesis

Interval = tuple[float | None, float | None]
Leaf = float | int | bool | str | None | tuple[Any, ...]

SAME = 1e-12
"""Relative difference up to which two findings of one computation are the same number."""
I2_CLASSES = (25.0, 50.0, 75.0)
"""Bounds of the classes of I², in percent: low, moderate and high heterogeneity are tentatively
assigned to 25, 50 and 75 by Higgins et al. (2003, BMJ 327:557-560)."""

MarkKind = Literal["null", "prediction", "direction", "i2", "omissions", "claim"]


@dataclass(frozen=True)
class Difference:
    """A finding that differs, by its path; None too where a side has no such finding."""

    path: str
    before: Leaf
    after: Leaf


@dataclass(frozen=True)
class Mark:
    """A difference that matters to a reader.

    `null` and `prediction`: where the (prediction) interval lies, −1 below no effect, 1 above,
    0 around it. `direction`: on which side the estimate lies. `i2`: the class of I², the number
    of `I2_CLASSES` that it reaches. `omissions`: of how many single studies the omission
    changes the answer of the interval; no mark where no omission has one. `claim`: whether it
    holds (1, 0).

    Of a regression `compares` is the measure of the effects that its coefficient compares: the
    estimate is a ratio of such ratios, or a difference of such differences.
    """

    kind: MarkKind
    path: str
    label: str
    before: int
    after: int
    compares: str | None = None


def flattened(findings: Findings, beside: Findings | None = None) -> dict[str, Leaf]:
    """Return every finding that is a number, a text, a truth value or a row of them, by path.

    The paths are those of `Findings.value`, but for rows that no path names, as the looks of a
    sequential analysis, which are numbered: `os.sequential.looks[0].z`. Format, hash of the
    evidence and what is absent are left out, and of an analysis the parts that `beside` has as the
    very same object.
    """
    there = _parts(beside) if beside else {}
    return dict(
        leaf
        for name, part in _parts(findings).items()
        for leaf in _leaves(part, name, there.get(name))
    )


def _parts(findings: Findings) -> dict[str, Any]:
    rest = {
        field.name: getattr(findings, field.name)
        for field in dataclasses.fields(findings)
        if field.name not in ("format", "evidence", "analyses", "absent")
    }
    return {**findings.analyses, **rest}


def _leaves(here: Any, path: str, beside: Any = None) -> Iterator[tuple[str, Leaf]]:
    if names := _names(here):
        for name in names:
            value = getattr(here, name)
            holds = isinstance(value, (Mapping, tuple)) or _names(value)
            if holds and value is getattr(beside, name, None):
                continue
            below = path if name == "synthesis" else f"{path}.{name}"
            if holds:
                yield from _leaves(value, below)
            else:
                yield below, value
    elif isinstance(here, Mapping):
        for key, value in here.items():
            yield from _leaves(value, f"{path}.{key}")
    elif isinstance(here, tuple) and any(map(_names, here)):
        for name, row in _rows(here):
            yield from _leaves(row, f"{path}{name}")
    else:
        yield path, here


def _names(value: Any) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass; none of anything else."""
    kind: Any = type(value)
    return _in_order(kind)


@cache
def _in_order(kind: Any) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass in the order in which they are given.

    A number of the pooled result is named without `synthesis`, unless what holds it has one of
    that name, which comes later and so wins.
    """
    names = (f.name for f in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()
    return tuple(sorted(names, key=lambda name: name != "synthesis"))


def _rows(rows: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Give each row with its name, `.smith`; where it has none, or several have one, `[0]`."""
    names = [row_name(row) for row in rows]
    named = None not in names and len(set(names)) == len(names)
    for at, (name, row) in enumerate(zip(names, rows, strict=True)):
        yield (f".{name}" if named else f"[{at}]"), row


def differences(
    before: Findings, after: Findings, tolerance: float = SAME
) -> tuple[Difference, ...]:
    """Return every finding that differs, or is on one side only, by path in order."""
    old, new = flattened(before, after), flattened(after, before)
    return tuple(
        Difference(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if (path in old) != (path in new) or not _alike(old[path], new[path], tolerance)
    )


def same(a: Synthesis, b: Synthesis, tolerance: float = SAME) -> bool:
    """Say whether two pooled results are the same, in every number."""
    old, new = dict(_leaves(a, "")), dict(_leaves(b, ""))
    alike = (_alike(old[name], new[name], tolerance) for name in old)
    return old.keys() == new.keys() and all(alike)


def _alike(a: Leaf, b: Leaf, tolerance: float) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b or math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return all(_alike(x, y, tolerance) for x, y in zip(a, b, strict=True))
    return a == b


# --- what matters to a reader --------------------------------------------------------------


@dataclass(frozen=True)
class _Answer:
    """An estimate with its interval on the printed scale, and what else can be marked of it."""

    label: str
    null: float | None  # of one group: nothing is no effect
    est: float
    interval: Interval
    prediction: Interval = (None, None)
    i2: float | None = None
    omissions: int | None = None
    compares: str | None = None


def marks(before: Findings, after: Findings) -> tuple[Mark, ...]:
    """Return the differences that matter to a reader, of all that both sides have."""
    old, new = _answers(before), _answers(after)
    found: list[Mark] = []
    for path, b in new.items():
        a = old.get(path)
        if a is None or a.null != b.null:
            continue
        sides: tuple[tuple[MarkKind, int | None, int | None], ...] = (
            ("null", _place(a.interval, a.null), _place(b.interval, b.null)),
            ("direction", _place((a.est, a.est), a.null), _place((b.est, b.est), b.null)),
            ("i2", i2_class(a.i2), i2_class(b.i2)),
            ("prediction", _place(a.prediction, a.null), _place(b.prediction, b.null)),
            ("omissions", a.omissions, b.omissions),
        )
        found += [
            Mark(kind, path, b.label, x, y, b.compares)
            for kind, x, y in sides
            if x is not None and y is not None and x != y
        ]
    return tuple(found)


def i2_class(i2: float | None) -> int | None:
    """Return how many of `I2_CLASSES` an I² (percent) reaches; None for None."""
    return None if i2 is None else sum(i2 >= bound for bound in I2_CLASSES)


def _place(interval: Interval, null: float | None) -> int | None:
    lb, ub = interval
    if lb is None or ub is None or null is None:
        return None
    return -1 if ub < null else 1 if lb > null else 0


def _answers(findings: Findings) -> dict[str, _Answer]:
    found: dict[str, _Answer] = {}
    for analysis in findings.analyses.values():
        found |= _of_analysis(analysis)
    return found


def _of_analysis(a: AnalysisFinding) -> dict[str, _Answer]:
    null = None if a.measure in ONE_GROUP else a.null
    # Where one study would be left, the planned test may give no interval to answer by.
    answering = any(step.excludes_null is not None for step in a.leave_one_out)
    omissions = a.omissions_across if answering and null is not None else None
    found = {a.id: _pooled(a.title, null, a.synthesis, omissions)}
    splits = [split.by for split in a.subgroups.values()]
    for split in a.subgroups.values():
        which = f" ({split.label})" if splits.count(split.by) > 1 else ""
        for level, group in split.groups.items():
            path = f"{a.id}.subgroups.{split.id}.groups.{level}"
            found[path] = _pooled(f"{a.title}: {group.label}{which}", null, group.synthesis, None)
    for regression in a.regressions.values():
        for name, c in regression.coefficients.items():
            if name == "intercept":
                continue  # where all moderators are nought: the effect of nothing in particular
            path = f"{a.id}.regressions.{regression.id}.coefficients.{name}"
            label = f"{a.title}: {regression.label}"
            bounds = (c.est_lb, c.est_ub)
            found[path] = _Answer(label, a.null, c.est, bounds, compares=a.measure)
    for test in a.small_study.values():
        if test.id in ADJUSTED and test.est is not None:
            path = f"{a.id}.small_study.{test.id}"
            interval = (test.est_lb, test.est_ub)
            found[path] = _Answer(f"{a.title}: {test.label}", null, test.est, interval)
    return found


def _pooled(label: str, null: float | None, s: Synthesis, omissions: int | None) -> _Answer:
    # One study has no heterogeneity to be of a class.
    i2 = s.i2_q if s.k > 1 else None
    prediction = (s.pi_est_lb, s.pi_est_ub)
    return _Answer(label, null, s.est, (s.est_lb, s.est_ub), prediction, i2, omissions)
