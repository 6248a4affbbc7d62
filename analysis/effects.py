"""Effects: what the studies of one analysis contribute, on the analysis scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis import given
from analysis.errors import MethodError

FloatArray = NDArray[np.float64]
Measure = Literal["HR", "OR", "RR", "IRR", "RD", "MD", "SMD", "ROM", "PLO", "PFT", "ZCOR", "GEN"]
RATIOS: frozenset[str] = frozenset({"HR", "OR", "RR", "IRR", "ROM"})
MEASURES: tuple[str, ...] = get_args(Measure)
TABLES = ("OR", "RR", "RD")
"""Measures of a 2×2 table."""
MEANS = ("MD", "SMD", "ROM")
"""Measures of two means."""
ONE_GROUP = ("PLO", "PFT")
"""Measures of the events of one group."""
BY_EVENTS = "HR"
"""The measure whose information is a matter of events: a log hazard ratio has 1 / variance =
events r / (1 + r)² (Schoenfeld 1983, Biometrics 39:499). That of an OR or RR depends on the
patients without an event as well, that of a difference on other things."""
LOGRANK = ("HR", "OR")
"""Of which O − E over its variance is the logarithm."""
WITH_UNIT = ("MD", "GEN")
"""Measures in the unit of what was measured; any other has none."""
CORRELATION = "ZCOR"
"""The measure of a correlation, which compares no groups."""
COMPARES_NOTHING = (*ONE_GROUP, CORRELATION)
"""Measures of one group, and of how two things go together: no arm is favoured."""

# Weights are squared and cubed, effects squared: within these bounds nothing overflows.
LARGEST_EFFECT = 1e30
SMALLEST_VARIANCE, LARGEST_VARIANCE = 1e-60, 1e60
MOST_NAMED = 12


def is_ratio(measure: str) -> bool:
    """Say whether a measure is analysed on the log scale and printed as exp()."""
    return measure in RATIOS


@dataclass(frozen=True, eq=False)
class Effects:
    """The effects of k studies: labels, estimates, sampling variances.

    Parameters
    ----------
    slab : k study labels.
    yi : float64 array, shape (k,). Effects on the analysis scale: of a ratio its logarithm, never
        the ratio itself.
    vi : float64 array, shape (k,), all > 0. Sampling variances, in units of yi squared.
    measure : one of MEASURES; ratios are printed as exp(yi).

    Lists, arrays and columns of pandas are taken by position and copied.

    Raises
    ------
    MethodError : lengths differ, a label is missing, a value is no finite number, a variance is
        not positive, or a magnitude is beyond what squares safely (LARGEST_EFFECT,
        SMALLEST_VARIANCE ...); of several studies with one fault, all are named.
    """

    slab: tuple[str, ...]
    yi: FloatArray
    vi: FloatArray
    measure: Measure = "GEN"
    k: int = field(init=False)

    def __init__(
        self,
        slab: Sequence[str],
        yi: Sequence[float] | FloatArray,
        vi: Sequence[float] | FloatArray,
        measure: Measure = "GEN",
    ) -> None:
        set_ = object.__setattr__
        set_(self, "slab", tuple(map(_label, slab)))
        set_(self, "yi", _frozen(yi, "effects"))
        set_(self, "vi", _frozen(vi, "variances"))
        set_(self, "measure", measure)
        set_(self, "k", len(self.yi))
        if not (len(self.slab) == len(self.yi) == len(self.vi)):
            raise MethodError(
                f"effects: found {len(self.slab)} labels, {len(self.yi)} effects and "
                f"{len(self.vi)} variances, wanted as many of each"
            )
        if measure not in MEASURES:
            raise MethodError(
                f"effects: found measure {measure!r}, wanted one of {', '.join(MEASURES)}"
            )
        self._refuse_values()

    def _refuse_values(self) -> None:
        """Raise for values outside what double precision can square and add."""
        if (
            (np.abs(self.yi) <= LARGEST_EFFECT).all()
            and (self.vi >= SMALLEST_VARIANCE).all()
            and (self.vi <= LARGEST_VARIANCE).all()
        ):
            return
        within = f"a finite number within ±{LARGEST_EFFECT:g}"
        between = f"one from {SMALLEST_VARIANCE:g} to {LARGEST_VARIANCE:g}"
        for what, values, bad, wanted in (
            ("effect", self.yi, ~np.isfinite(self.yi), "a finite number"),
            ("effect", self.yi, np.abs(self.yi) > LARGEST_EFFECT, within),
            ("variance", self.vi, ~((self.vi > 0) & np.isfinite(self.vi)),
             "a positive finite number"),
            ("variance", self.vi, (self.vi < SMALLEST_VARIANCE) | (self.vi > LARGEST_VARIANCE),
             between),
        ):  # fmt: skip
            if bad.any():
                each = [f"{values[i]} for {self.slab[i]}" for i in np.flatnonzero(bad)]
                found = ", ".join(each[:MOST_NAMED]) + (", …" if len(each) > MOST_NAMED else "")
                raise MethodError(f"effects: found {what} {found}, wanted {wanted}")

    @property
    def sei(self) -> FloatArray:
        """Standard errors, shape (k,)."""
        return np.sqrt(self.vi)

    def take(self, index: Any) -> Effects:
        """Return the effects at `index`, in that order.

        Parameters
        ----------
        index : k booleans, or integers from -k to k - 1.

        Raises
        ------
        IndexError : as of any numpy array.
        """
        chosen = np.arange(self.k)[index]
        return Effects(
            [self.slab[i] for i in chosen], self.yi[chosen], self.vi[chosen], self.measure
        )


def _frozen(values: Sequence[float] | FloatArray, what: str) -> FloatArray:
    array = given.numbers(values, what)
    array.setflags(write=False)
    return array


def _label(label: Any) -> str:
    if type(label) is str:
        return label
    if given.is_missing(label):
        raise MethodError(f"effects: found {label} as a label, wanted the name of a study")
    return str(label)
