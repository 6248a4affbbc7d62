"""2×2 tables and the effects of each.

A table has events and non-events of arm 1 (`ai`, `bi`) and of arm 0 (`ci`, `di`), as metafor
names them. Effects compare arm 1 with arm 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.effect_sizes import Measured
from analysis.effects import Effects, FloatArray
from analysis.errors import MethodError

BoolArray = NDArray[np.bool_]
TableMeasure = Literal["OR", "RR", "RD", "PETO"]
To = Literal["only0", "all", "if0all", "none"]


@dataclass(frozen=True, eq=False)
class Tables:
    """2×2 tables of k studies.

    Parameters
    ----------
    slab : k study labels.
    ai, bi : events and non-events in arm 1, float64 arrays, shape (k,).
    ci, di : events and non-events in arm 0.

    Raises
    ------
    MethodError : no table, lengths differ, a count is negative or not finite, or an arm is empty.
    """

    slab: tuple[str, ...]
    ai: FloatArray
    bi: FloatArray
    ci: FloatArray
    di: FloatArray

    def __init__(
        self,
        slab: Sequence[str],
        ai: Sequence[float] | FloatArray,
        bi: Sequence[float] | FloatArray,
        ci: Sequence[float] | FloatArray,
        di: Sequence[float] | FloatArray,
    ) -> None:
        object.__setattr__(self, "slab", tuple(slab))
        for name, counts in (("ai", ai), ("bi", bi), ("ci", ci), ("di", di)):
            array = np.array(counts, dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
            if array.shape != (len(self.slab),):
                raise MethodError(
                    f"2×2 tables: found {array.size} counts {name} for {len(self.slab)} labels, "
                    "wanted as many of each"
                )
        if not self.slab:
            raise MethodError("2×2 tables: found none, wanted at least one")
        for j, label in enumerate(self.slab):
            table = [float(x[j]) for x in (self.ai, self.bi, self.ci, self.di)]
            if not all(np.isfinite(table)) or min(table) < 0:
                raise MethodError(
                    f"2×2 tables: found counts {_shown(table)} for {label}, wanted none negative"
                )
            if table[0] + table[1] == 0 or table[2] + table[3] == 0 or sum(table) <= 1:
                raise MethodError(
                    f"2×2 tables: found counts {_shown(table)} for {label}, wanted patients in "
                    "both arms"
                )

    @property
    def k(self) -> int:
        """Number of tables."""
        return len(self.slab)

    @property
    def n1(self) -> FloatArray:
        """Patients in arm 1, shape (k,)."""
        return self.ai + self.bi

    @property
    def n0(self) -> FloatArray:
        """Patients in arm 0, shape (k,)."""
        return self.ci + self.di

    @property
    def n(self) -> FloatArray:
        """Patients in both arms, shape (k,)."""
        return self.n1 + self.n0

    @property
    def events(self) -> FloatArray:
        """Events in both arms, shape (k,)."""
        return self.ai + self.ci

    @property
    def one_sided(self) -> BoolArray:
        """Tables with events in nobody or in everybody ("double-zero"), shape (k,)."""
        found: BoolArray = (self.events == 0) | (self.events == self.n)
        return found

    @property
    def o_minus_e(self) -> FloatArray:
        """Observed minus expected events in arm 1, under no effect, shape (k,)."""
        return self.ai - self.events * self.n1 / self.n

    @property
    def v(self) -> FloatArray:
        """Hypergeometric variance of `ai` under no effect, shape (k,)."""
        n = self.n
        return self.n1 * self.n0 * (self.events / n) * ((n - self.events) / n) / (n - 1)

    def take(self, index: BoolArray) -> Tables:
        """Return the tables at `index`, in that order."""
        chosen = np.arange(self.k)[index]
        return Tables(
            [self.slab[i] for i in chosen],
            self.ai[chosen],
            self.bi[chosen],
            self.ci[chosen],
            self.di[chosen],
        )


def two_by_two_effects(
    tables: Tables,
    measure: TableMeasure = "OR",
    *,
    add: float = 0.5,
    to: To = "only0",
    drop00: bool = False,
) -> Effects:
    """Effects of 2×2 tables, as metafor::escalc computes them.

    Parameters
    ----------
    measure : "OR", "RR" (log scale), "RD", or "PETO" (log odds ratio by Peto's one step).
    add : added to each cell of the tables that `to` names: "only0", those with a zero cell;
        "all"; "if0all", all if any has a zero cell; "none". Peto's method takes no correction.
    drop00 : leave out tables with events in nobody or in everybody.

    Raises
    ------
    MethodError : a table has no finite effect or variance (a zero cell without correction, no
        event for Peto's method), all are left out, or `add` or `to` is not as above.
    """
    if not add >= 0:
        raise MethodError(f"2×2 tables: found add = {add}, wanted 0 or more")
    if drop00:
        if tables.one_sided.all():
            raise MethodError(
                "2×2 tables: found events in nobody or in everybody throughout, wanted a table "
                "that tells the arms apart"
            )
        tables = tables.take(~tables.one_sided)
    if measure == "PETO":
        return peto_effects(tables)
    if measure not in ("OR", "RR", "RD"):
        raise MethodError(f"2×2 tables: found measure {measure!r}, wanted OR, RR, RD or PETO")
    a, b, c, d = _corrected(tables, add, to)
    n1, n0 = a + b, c + d
    if measure == "OR":
        bad = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    elif measure == "RR":
        bad = (a == 0) | (c == 0) | ((b == 0) & (d == 0))
    else:
        bad = ((a == 0) | (b == 0)) & ((c == 0) | (d == 0))
    if bad.any():
        j = int(np.flatnonzero(bad)[0])
        raise MethodError(
            f"2×2 tables: found counts {_shown([a[j], b[j], c[j], d[j]])} for {tables.slab[j]}, "
            f"wanted no such zero, with which the {measure} has no finite variance above 0; "
            "a continuity correction gives one"
        )
    if measure == "OR":
        yi, vi = np.log(a) - np.log(b) - np.log(c) + np.log(d), 1 / a + 1 / b + 1 / c + 1 / d
    elif measure == "RR":
        yi, vi = np.log(a / n1) - np.log(c / n0), 1 / a - 1 / n1 + 1 / c - 1 / n0
    else:
        yi, vi = a / n1 - c / n0, a * b / n1**3 + c * d / n0**3
    return Effects(tables.slab, yi, vi, measure)


def from_two_by_two(
    ai: float,
    bi: float,
    ci: float,
    di: float,
    measure: TableMeasure = "OR",
    *,
    add: float = 0.5,
    to: To = "only0",
) -> Measured:
    """Effect and variance of one 2×2 table; the route says whether a correction was made."""
    tables = Tables(["the table"], [ai], [bi], [ci], [di])
    effects = two_by_two_effects(tables, measure, add=add, to=to)
    if measure == "PETO":
        route = "two_by_two_peto"
    else:
        changed = bool((_corrected(tables, add, to)[0] != tables.ai).any())
        route = "two_by_two_corrected" if changed else "two_by_two"
    return Measured(float(effects.yi[0]), float(effects.vi[0]), route)


def peto_effects(tables: Tables) -> Effects:
    """Peto's one-step log odds ratios, (O - E) / V with variance 1 / V."""
    if tables.one_sided.any():
        label = tables.slab[int(np.flatnonzero(tables.one_sided)[0])]
        raise MethodError(
            f"Peto: found events in nobody or in everybody for {label}, wanted both; such a table "
            "has no Peto odds ratio"
        )
    v = tables.v
    return Effects(tables.slab, tables.o_minus_e / v, 1 / v, "OR")


def _corrected(
    tables: Tables, add: float, to: str
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    cells = (tables.ai, tables.bi, tables.ci, tables.di)
    zero = (cells[0] == 0) | (cells[1] == 0) | (cells[2] == 0) | (cells[3] == 0)
    if to == "only0":
        more = np.where(zero, add, 0.0)
    elif to == "all":
        more = np.full(tables.k, float(add))
    elif to == "if0all":
        more = np.full(tables.k, float(add) if zero.any() else 0.0)
    elif to == "none":
        more = np.zeros(tables.k)
    else:
        raise MethodError(f"2×2 tables: found to = {to!r}, wanted only0, all, if0all or none")
    a, b, c, d = (cell + more for cell in cells)
    return a, b, c, d


def _shown(counts: Sequence[float]) -> str:
    a, b, c, d = (f"{float(x):g}" for x in counts)
    return f"{a}, {b} against {c}, {d}"
