"""What is known of studies, as the columns of a regression: numbers, categories, interactions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.errors import MethodError
from analysis.given import Value, named, plain

FloatArray = NDArray[np.float64]
Kind = Literal["numeric", "categorical"]

INTERCEPT = "intercept"
# Columns are squared.
LARGEST, SMALLEST = 1e100, 1e-100


@dataclass(frozen=True)
class Moderator:
    """Something known of each study, by which effects may differ.

    Parameters
    ----------
    name : as in the terms of the regression.
    values : k values in the order of the studies, whatever the index of a column of pandas says:
        numbers, or the names of categories; None, NaN or pandas.NA where unknown. Kept as a tuple.
    reference : the category that the others are compared with; by default the first in
        alphabetical order, of numbers the smallest.
    kind : read off the values; "categorical" treats numbers as names, as does a column of that
        type. Booleans are categories.

    Raises
    ------
    MethodError : an unknown kind, a value that is neither number nor name (as a date), or the
        name of the intercept.
    """

    name: str
    values: tuple[Value, ...]
    reference: str | None = None
    kind: Kind | None = None

    def __init__(
        self,
        name: str,
        values: Iterable[Any],
        reference: Value = None,
        kind: Kind | None = None,
    ) -> None:
        if kind not in (None, *get_args(Kind)):
            raise MethodError(
                f"moderator {name}: found kind {kind!r}, wanted one of {', '.join(get_args(Kind))}"
            )
        if name == INTERCEPT:
            raise MethodError(f"regression: found a moderator named {name}, wanted another name")
        if kind is None and str(getattr(values, "dtype", "")) == "category":
            kind = "categorical"
        set_ = object.__setattr__
        set_(self, "name", name)
        set_(self, "values", plain(values, f"moderator {name}"))
        set_(self, "reference", None if reference is None else named(reference))
        set_(self, "kind", kind)


@dataclass(frozen=True)
class ModelMatrix:
    """Columns built from moderators: x, shape (k, p), for the studies that have every value."""

    x: FloatArray
    terms: tuple[str, ...]
    references: tuple[tuple[str, str], ...]
    complete: NDArray[np.bool_]


Moderators = Moderator | Sequence[Moderator] | Mapping[str, Iterable[Any]]
"""What a regression is given: moderators, or the values of each by its name."""


def _moderators(given: Moderators) -> list[Moderator]:
    if isinstance(given, Moderator):
        return [given]
    if isinstance(given, Mapping) or hasattr(given, "columns"):
        table: Any = given
        return [Moderator(str(name), table[name]) for name in table]
    others = [one for one in given if not isinstance(one, Moderator)]
    if others:
        raise MethodError(
            f"regression: found {type(others[0]).__name__} for a moderator, wanted "
            'Moderator("name", values), several of them, or a mapping such as {"name": values}'
        )
    return list(given)


def model_matrix(
    k: int,
    moderators: Moderators,
    interactions: Sequence[tuple[str, str]] = (),
) -> ModelMatrix:
    """Build the columns: intercept, moderators, interactions; categories by treatment coding.

    Raises
    ------
    MethodError : as `regress` says of moderators.
    """
    moderators = _moderators(moderators)
    if not moderators:
        raise MethodError("regression: found no moderator, wanted at least one")
    names = [m.name for m in moderators]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise MethodError(f"regression: found moderator {name!r} twice, wanted it once")
    for m in moderators:
        if len(m.values) != k:
            raise MethodError(
                f"moderator {m.name}: found {len(m.values)} values for {k} studies, "
                "wanted one a study"
            )
    complete = np.ones(k, dtype=np.bool_)
    numbers: dict[str, FloatArray] = {}
    for m in moderators:
        if m.kind != "categorical" and _all_numbers(m.values):
            numbers[m.name] = np.array(m.values, dtype=np.float64)
        else:
            complete &= np.array([value is not None for value in m.values], dtype=np.bool_)
    rows = np.flatnonzero(complete)
    blocks: dict[str, list[tuple[str, FloatArray]]] = {}
    references: list[tuple[str, str]] = []
    for m in moderators:
        if m.name in numbers and m.reference is None:
            blocks[m.name] = _column(m, numbers[m.name], rows)
            continue
        blocks[m.name], reference = _block(m, [m.values[i] for i in rows])
        if reference is not None:
            references.append((m.name, reference))
    columns = [column for name in names for column in blocks[name]]
    for pair in interactions:
        if isinstance(pair, str) or len(pair) != 2:
            raise MethodError(
                f"interactions: found {pair!r}, wanted pairs of moderators, such as [('a', 'b')]"
            )
        first, second = pair
        for name in pair:
            if name not in blocks:
                raise MethodError(
                    f"interaction {first} × {second}: found no moderator {name!r}, "
                    f"wanted one of {', '.join(names)}"
                )
        columns += [(f"{a} × {b}", u * v) for a, u in blocks[first] for b, v in blocks[second]]
    x = np.column_stack([np.ones(len(rows)), *(values for _, values in columns)])
    return ModelMatrix(x, (INTERCEPT, *(term for term, _ in columns)), tuple(references), complete)


def _all_numbers(values: Sequence[Value]) -> bool:
    return set(map(type, values)) <= {float, int}


def _column(
    m: Moderator, whole: FloatArray, rows: NDArray[np.intp]
) -> list[tuple[str, FloatArray]]:
    """Return the column of a moderator whose values are all numbers."""
    return [_numeric(m, whole[rows])]


def _numeric(m: Moderator, column: FloatArray) -> tuple[str, FloatArray]:
    if not np.isfinite(column).all():
        raise MethodError(f"moderator {m.name}: found an infinite value, wanted finite numbers")
    most = float(np.abs(column).max(initial=0.0))
    # What differs by rounding alone, as 0.3 and 0.1 + 0.2, is the same.
    if not len(column) or np.ptp(column) <= 1e-12 * most:
        alone = f"only {named(float(column[0]))}" if len(column) else "no value"
        raise MethodError(
            f"moderator {m.name}: found {alone}, wanted at least two different values"
        )
    if not SMALLEST < most < LARGEST:
        raise MethodError(
            f"moderator {m.name}: found values of the size of {most:g}, wanted another unit"
        )
    return m.name, column


def _block(m: Moderator, values: list[Value]) -> tuple[list[tuple[str, FloatArray]], str | None]:
    """Return the columns of one moderator, and its reference where it is categorical."""
    texts = [isinstance(v, str | bool) for v in values]
    if m.kind is None and any(texts) and not all(texts):
        raise MethodError(
            f"moderator {m.name}: found numbers and names together, wanted one kind "
            '(kind="categorical" reads numbers as names)'
        )
    if m.kind == "numeric" and any(texts):
        word = values[texts.index(True)]
        raise MethodError(f"moderator {m.name}: found {word!r}, wanted a number")
    if len(set(values)) < 2:
        alone = f"only {values[0]!r}" if values else "no value"
        raise MethodError(
            f"moderator {m.name}: found {alone}, wanted at least two different values"
        )
    if m.kind != "categorical" and not any(texts):
        if m.reference is not None:
            raise MethodError(
                f"moderator {m.name}: found reference {m.reference!r} for a numeric moderator, "
                "wanted none"
            )
        return [_numeric(m, np.array(values, dtype=np.float64))], None
    names = [named(v) for v in values]
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    levels = sorted(set(names), key=float if numbers else None)
    reference = levels[0] if m.reference is None else m.reference
    if reference not in levels:
        raise MethodError(
            f"moderator {m.name}: found reference {reference!r}, wanted one of {', '.join(levels)}"
        )
    return [
        (f"{m.name}: {level}", np.array([float(name == level) for name in names]))
        for level in levels
        if level != reference
    ], reference


def refuse_dependent(x: FloatArray, terms: Sequence[str]) -> None:
    """Raise MethodError, naming the columns, where some column is a combination of others."""
    centred = x.copy()
    centred[:, 1:] -= np.ones(len(x)) @ x[:, 1:] / len(x)
    size = np.sqrt(np.einsum("ij,ij->j", centred, centred))
    centred /= np.where(size > 0, size, 1.0)
    # Squared, a ratio of singular values of 1e-3 is far from rounding: nothing depends there.
    least, *_, most = np.linalg.eigvalsh(centred.T @ centred)
    if least > 1e-6 * most:
        return
    # The triangular factor has the singular values of the whole, and its right vectors.
    factor = np.linalg.qr(centred, mode="r")
    _, values, vectors = np.linalg.svd(factor, full_matrices=False)
    if values[-1] > 1e-10 * values[0]:
        return
    shares = np.abs(vectors[-1])
    involved = [t for t, s in zip(terms, shares, strict=True) if s > 1e-6 * shares.max()]
    raise MethodError(
        f"regression: found columns that depend on each other ({', '.join(involved)}), "
        "wanted independent moderators"
    )
