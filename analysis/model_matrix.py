"""What is known of studies, as the columns of a regression: numbers, categories, interactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import MethodError

FloatArray = NDArray[np.float64]
Value = float | str | None


@dataclass(frozen=True)
class Moderator:
    """Something known of each study, by which effects may differ.

    `values` has one element a study: numbers, or the names of categories; None (of an array,
    NaN) where unknown.
    `reference` is the category that the others are compared with, by default the first in
    alphabetical order. `kind` is read off the values; say "categorical" to treat numbers as names.
    """

    name: str
    values: tuple[Value, ...] | FloatArray
    reference: str | None = None
    kind: Literal["numeric", "categorical"] | None = None


@dataclass(frozen=True)
class ModelMatrix:
    """Columns built from moderators: x, shape (k, p), for the studies that have every value."""

    x: FloatArray
    terms: tuple[str, ...]
    references: tuple[tuple[str, str], ...]
    complete: NDArray[np.bool_]


def model_matrix(
    k: int, moderators: Sequence[Moderator], interactions: Sequence[tuple[str, str]] = ()
) -> ModelMatrix:
    """Build the columns: intercept, moderators, interactions; categories by treatment coding.

    Raises
    ------
    MethodError : as `regress` says of moderators.
    """
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
            complete &= ~np.isnan(numbers[m.name])
        else:
            complete &= np.array([not _missing(value) for value in m.values], dtype=np.bool_)
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
    for first, second in interactions:
        for name in (first, second):
            if name not in blocks:
                raise MethodError(
                    f"interaction {first} × {second}: found no moderator {name!r}, "
                    f"wanted one of {', '.join(names)}"
                )
        columns += [(f"{a} × {b}", u * v) for a, u in blocks[first] for b, v in blocks[second]]
    x = np.column_stack([np.ones(len(rows)), *(values for _, values in columns)])
    return ModelMatrix(
        x, ("intercept", *(term for term, _ in columns)), tuple(references), complete
    )


def _missing(value: Value) -> bool:
    return value is None or value != value


def _all_numbers(values: Sequence[Value] | FloatArray) -> bool:
    if isinstance(values, np.ndarray):
        return bool(values.dtype.kind in "fi")
    return set(map(type, values)) <= {float, int}


def _column(
    m: Moderator, whole: FloatArray, rows: NDArray[np.intp]
) -> list[tuple[str, FloatArray]]:
    """Return the column of a moderator whose values are all numbers."""
    column = whole[rows]
    if not len(column) or (column == column[0]).all():
        alone = f"only {m.values[rows[0]]!r}" if len(column) else "no value"
        raise MethodError(
            f"moderator {m.name}: found {alone}, wanted at least two different values"
        )
    if not np.isfinite(column).all():
        raise MethodError(f"moderator {m.name}: found an infinite value, wanted finite numbers")
    return [(m.name, column)]


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
        column = np.array(values, dtype=np.float64)
        if not np.isfinite(column).all():
            raise MethodError(f"moderator {m.name}: found an infinite value, wanted finite numbers")
        if m.reference is not None:
            raise MethodError(
                f"moderator {m.name}: found reference {m.reference!r} for a numeric moderator, "
                "wanted none"
            )
        return [(m.name, column)], None
    named = [_name(v) for v in values]
    levels = sorted(set(named))
    reference = levels[0] if m.reference is None else m.reference
    if reference not in levels:
        raise MethodError(
            f"moderator {m.name}: found reference {reference!r}, wanted one of {', '.join(levels)}"
        )
    return [
        (f"{m.name}: {level}", np.array([float(v == level) for v in named]))
        for level in levels
        if level != reference
    ], reference


def _name(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


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
