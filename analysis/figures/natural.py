"""Rows of proportions and correlations on the scale on which one reads them.

They are pooled as logits, double arcsines or Fisher's z. A proportion of one group favours
nobody and has no value of no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from analysis import words
from analysis.effects import COMPARES_NOTHING, CORRELATION, ONE_GROUP
from analysis.figures.rows import Row, Table
from analysis.numbers import natural

Back = Callable[[float, Row | None], float]
"""From the analysis scale, for a row (of the line of a pooled effect: None)."""


def on_natural(
    table: Table,
    sizes: Mapping[str, int] | None = None,
    pooled: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Table:
    """Return a table with its effects as percentages or correlations; any other as it is.

    `sizes` are the numbers of each study, by its id, as `sizes_of_groups` has them: double
    arcsines of studies go back with their own, pooled ones with the harmonic mean of those pooled
    (Miller 1978, as metafor's `transf.ipft.hm`): of the studies that `pooled` names for the key
    of a row, else of all. Without sizes they stay.
    """
    measure = table.measure
    if measure not in COMPARES_NOTHING:
        return table
    if measure in ONE_GROUP:
        table = _of_one_group(table)
    back = _back(measure, sizes or {}, pooled)
    if back is None:
        return table
    percent = measure in ONE_GROUP
    band = table.band
    kind = "interval" if table.level is None else f"{words.confidence(table.level)} CI"
    return replace(
        table,
        rows=tuple(_row(row, back, percent=percent) for row in table.rows),
        est_head=f"{'%' if percent else 'r'} ({kind})",
        line_at=None if table.line_at is None else back(table.line_at, None),
        band=None if band is None else (back(band[0], None), back(band[1], None)),
        bounds=(0.0, 100.0) if percent else (-1.0, 1.0),
        axis_title="Per cent with the event" if percent else "",
        notes=(*table.notes, f"Pooled {_SCALES[measure]}."),
    )


_SCALES = {"PLO": "as logits", "PFT": "as double arcsines", "ZCOR": "as Fisher’s z"}


def _of_one_group(table: Table) -> Table:
    """Return a table without P values and marks that tell of no effect."""
    shown = [at for at, head in enumerate(table.right_heads) if head != "P"]
    rows = tuple(
        replace(row, right=tuple(row.right[at] for at in shown if at < len(row.right)))
        for row in table.rows
    )
    solid = tuple(replace(row, hollow=row.hollow and row.mark == "diamond") for row in rows)
    return replace(table, rows=solid, right_heads=tuple(table.right_heads[at] for at in shown))


def _row(row: Row, back: Back, *, percent: bool) -> Row:
    if row.est is None:
        return row
    est, lb, ub = (None if v is None else back(v, row) for v in (row.est, row.lb, row.ub))
    assert est is not None  # noqa: S101 - the row has one
    shown = row.printed
    if shown is not None:
        shown = (_shown(est, percent=percent), shown[1])
    elif lb is not None and ub is not None:
        dash = " to " if lb < 0 else "–"
        between = f"({_shown(lb, percent=percent)}{dash}{_shown(ub, percent=percent)})"
        shown = ("" if row.mark == "bar" else _shown(est, percent=percent), between)
    return replace(row, est=est, lb=lb, ub=ub, printed=shown)


def _shown(value: float, *, percent: bool) -> str:
    return str(words.weight(value) if percent else words.difference(value))


def _back(
    measure: str, sizes: Mapping[str, int], pooled: Mapping[str, Collection[str]]
) -> Back | None:
    if measure == CORRELATION:
        return lambda value, row: natural(value, measure)
    if measure == "PLO":
        return lambda value, row: 100 * natural(value, measure)
    if not sizes:
        return None
    from analysis.continuous import pooled_proportion

    def proportion(value: float, row: Row | None) -> float:
        of: Collection[str] = sizes
        if row is not None and row.study is not None and row.key.startswith("study:"):
            of = (row.study,)
        elif row is not None:
            of = pooled.get(row.key, sizes)
        return 100 * float(pooled_proportion(value, [sizes[id_] for id_ in of]))

    return proportion
