"""Values as callers of the Python interface hand them over: lists, arrays, columns of pandas.

A column is read by position; its index says nothing. What is missing (None, NaN, `pandas.NA`,
`pandas.NaT`, the masked places of an array) is None, or NaN among numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import MethodError

FloatArray = NDArray[np.float64]
_FLOAT = np.dtype(np.float64)
_DATES = frozenset("Mm")  # numpy's kinds of dates and spans of time
Value = float | int | str | bool | None


def is_missing(value: Any) -> bool:
    """Say whether a value stands for nothing known."""
    if value is None or value is np.ma.masked:
        return True
    pandas = sys.modules.get("pandas")  # where it was not imported, no value is its own
    if pandas is not None and value is pandas.NA:
        return True
    differs = value != value
    return isinstance(differs, bool | np.bool_) and bool(differs)


def plain(values: Iterable[Any], what: str) -> tuple[Value, ...]:
    """Return values as those of Python: numbers, booleans, texts; None where missing.

    Raises
    ------
    MethodError : `what` has something else in it, as a date.
    """
    return tuple(_plain(value, what) for value in _listed(values, what, "value a study"))


def _listed(values: Any, what: str, each: str) -> list[Any]:
    # Of dates, numpy would give the nanoseconds.
    if getattr(getattr(values, "dtype", None), "kind", "") in _DATES:
        raise MethodError(f"{what}: found dates, wanted numbers, such as years")
    listed: Any = getattr(values, "tolist", lambda: values)()
    if isinstance(listed, str) or not isinstance(listed, Iterable):
        raise MethodError(f"{what}: found {listed!r}, wanted one {each}")
    return list(listed)


def _plain(value: Any, what: str) -> Value:
    if is_missing(value):
        return None
    if hasattr(value, "isoformat"):
        found = f"found the date {value.isoformat()[:10]}"
        raise MethodError(f"{what}: {found}, wanted a number, such as its year, or a name")
    if isinstance(value, np.generic) and value.dtype.kind not in _DATES:
        value = value.item()
    if isinstance(value, str | bool | int | float):
        return value
    number = _number(value)
    if number is None:
        raise MethodError(f"{what}: found {value!r}, wanted a number or a name")
    return number


def numbers(values: Any, what: str, each: str = "study") -> FloatArray:
    """Return values as a new float64 array, NaN where missing.

    Raises
    ------
    MethodError : `what` is no sequence with one value of `each`, or has in it what is no number.
    """
    if isinstance(values, np.ndarray) and values.dtype == np.float64 and values.ndim:
        array = np.array(np.ma.filled(values, np.nan))
    else:
        listed = _listed(values, what, f"number a {each}")
        plainly = set(map(type, listed)) <= {float, np.float64}
        found = listed if plainly else [_each(value, what, each) for value in listed]
        array = np.array(found, dtype=np.float64)
    if array.ndim != 1:
        shape = "×".join(map(str, array.shape))
        raise MethodError(f"{what}: found a table of {shape}, wanted one number a {each}")
    return array


def _each(value: Any, what: str, each: str) -> float:
    if is_missing(value):
        return np.nan
    if isinstance(value, list | tuple | np.ndarray):
        raise MethodError(f"{what}: found {value!r} for one {each}, wanted one number a {each}")
    number = None if isinstance(value, str | bool | np.bool_) else _number(value)
    if number is None:
        raise MethodError(f"{what}: found {value!r}, wanted a number")
    return number


def _number(value: Any) -> float | None:
    if hasattr(value, "isoformat") or getattr(value, "dtype", _FLOAT).kind in _DATES:
        return None
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf
    except (TypeError, ValueError):
        return None


def named(value: Value) -> str:
    """Return a value as the name of a category: 3 and 3.0 are one, written 3."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
