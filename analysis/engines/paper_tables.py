"""Tables of the paper: what Typst is told of their rows, their columns and their long words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from analysis.engines import ast, tables
from analysis.engines.ast import Node

_WIDTH = 170.0  # mm, between the outer margins of an upright page
_INSET = 2.6  # mm, of a column
_POINT = 0.3528  # mm
_LETTER = 0.56  # em, a little more than the mean
_SIZES = ((5, 8.6), (8, 8.0), (10, 7.4))
"""The type of a table of up to so many columns, as `table-size` of the style has it."""
_SMALLEST = 7.0
_PARTS = re.compile(r"[-–/]")  # where a line may end within a word


def set_table(table: Node) -> list[Node]:
    """Return a table for Typst, with code before and behind it where it needs some."""
    _, _, columns, _, bodies, _ = table["c"]
    widths = [_room(width, len(columns)) for _, width in columns]
    for row in tables.body_rows(table):
        for cell, width in zip(row[1], widths, strict=False):
            cell[4] = _hyphenated(cell[4], width)
    for body in bodies:
        body[3] = list(_grouped(body[3]))
    sides = [align["t"] == "AlignRight" for align, _ in columns]
    far = [at for at, (right, after) in enumerate(pairwise(sides)) if right and not after]
    if not far:
        return [table]
    inset = f"#[#set table(inset: inset-beside(({''.join(f'{at},' for at in far)})))"
    return [ast.raw_block("typst", inset), table, ast.raw_block("typst", "]")]


def _room(width: Node, columns: int) -> float:
    """Return the letters that a line of a column has room for."""
    share = width["c"] if width["t"] == "ColWidth" else 1 / columns
    size = next((size for most, size in _SIZES if columns <= most), _SMALLEST)
    return (share * _WIDTH - _INSET) / (size * _POINT * _LETTER)


def _hyphenated(content: Any, room: float) -> Any:
    """Return content in which the words that no line of a column has room for may be parted."""

    def change(node: Node) -> list[Node] | None:
        if node["t"] not in ("Plain", "Para", "Strong", "Emph", "Link"):
            return None
        inlines = node["c"] if node["t"] != "Link" else node["c"][1]
        out: list[Node] = []
        for inline in inlines:
            long = inline["t"] == "Str" and max(map(len, _PARTS.split(inline["c"]))) > room
            if long:
                out += [_raw("#text(hyphenate: true)["), inline, _raw("];")]
            else:
                out.append(inline)
        held = out if node["t"] != "Link" else [node["c"][0], out, node["c"][2]]
        return [{"t": node["t"], "c": held}]

    return ast.rewrite(content, change)


def _grouped(rows: list[Any]) -> Iterator[Any]:
    """Yield rows; one that goes on with the group above says its name where a page begins.

    An empty cell at the start of a row stands for the one above it.
    """
    said = tables.words(rows)
    leading = {at - 1 for group in tables.groups(said) for at in group[1:]}
    for number, (row, stands) in enumerate(zip(rows, tables.above(said), strict=True)):
        cells = list(row[1])
        for at, words in enumerate(stands):
            name = json.dumps(words, ensure_ascii=False)
            cells[at] = [*cells[at][:4], [{"t": "Plain", "c": [_raw(f"#again({name});")]}]]
        if number in leading:
            cells[-1] = [*cells[-1][:4], [*cells[-1][4], ast.raw_block("typst", "#row-end")]]
        yield [row[0], cells]


def _raw(code: str) -> Node:
    return ast.raw_inline("typst", code)
