"""Effects from what papers print most: an estimate and its confidence interval.

The way in for those who call the package. The studies of a review come by `analysis.measure`,
which knows more routes and doubts what it reads.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.effect_sizes import difference_from_interval, log_ratio_from_interval
from analysis.effects import Effects, Measure, is_ratio
from analysis.errors import MethodError
from analysis.given import numbers


def effects_from_intervals(
    slab: Sequence[str],
    est: Sequence[float],
    lb: Sequence[float],
    ub: Sequence[float],
    measure: Measure = "HR",
    level: float = 0.95,
) -> Effects:
    """Effects of k studies that print an estimate and its confidence interval.

    Parameters
    ----------
    est, lb, ub : k numbers as printed: of a ratio the ratio itself and its limits.
    measure, level : of all studies.

    Raises
    ------
    MethodError : lengths differ, or the numbers of a study are none of `log_ratio_from_interval`
        (of a difference, `difference_from_interval`); every such study is named.
    """
    read = log_ratio_from_interval if is_ratio(measure) else difference_from_interval
    columns = [numbers(column, name) for name, column in (("est", est), ("lb", lb), ("ub", ub))]
    if {len(column) for column in columns} != {len(slab)}:
        counts = ", ".join(str(len(column)) for column in columns)
        raise MethodError(
            f"effects_from_intervals: found {len(slab)} labels and {counts} numbers, wanted as "
            "many of each"
        )
    found, wrong = [], []
    for label, middle, low, high in zip(slab, *map(list, columns), strict=True):
        try:
            found.append((*read(float(middle), float(low), float(high), level),))
        except MethodError as error:
            wrong.append(f"{label}: {error}")
    if wrong:
        raise MethodError("; ".join(wrong))
    return Effects(slab, [yi for yi, _ in found], [vi for _, vi in found], measure)
