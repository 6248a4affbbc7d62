"""Tables of the Word file: type for their number of columns, room for what must not break."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from analysis.engines import ast, tables
from analysis.engines.ast import Node

UPRIGHT, ON_ITS_SIDE = 9298, 14230  # twips, between the margins of a page
_TWIP = 1 / 20  # points
_PADDING = 80  # twips, at either side of a cell
_MANY = 7  # columns
# Ems of DejaVu Sans, the broadest of the faces that stand in where Calibri is lacking: what
# fits in it, fits in Calibri, Carlito or Arial.
_EMS = {
    **dict.fromkeys("ijlI.,:;'|‘’ ", 0.34),
    **dict.fromkeys("frt()[]/-", 0.42),
    **dict.fromkeys("–csz", 0.55),
    **dict.fromkeys("mMW%", 0.99),
    **dict.fromkeys("w+<>=±×−≤≥∞", 0.84),
    **dict.fromkeys("DGHNOQU", 0.79),
    **dict.fromkeys("ABCEFKLPRSTVXYZ", 0.72),
}
_EM = 0.64
_BOLD = 1.15
# Where a line may end: at a space, behind a hyphen or a dash between words. That of an interval
# is no place to, though Word and LibreOffice take it for one.
_BREAKS = re.compile(r"[ \t\n]+|(?<=[-–])(?=[^\W\d])")
_NUMBER = r"[−-]?(?:[\d.,]+|∞)%?"
_ESTIMATE = re.compile(rf"(?:\w+[ \xa0])?{_NUMBER} [(\[]{_NUMBER}(?:–| to ){_NUMBER}[)\]][*;,.]?")
_OPENS = re.compile(rf"[(\[]{_NUMBER}–")
_PROSE = 60  # letters; a line ended on purpose would look odd in a sentence

_TABLE = re.compile(r"<w:tbl>.*?</w:tbl>", re.DOTALL)
_ROW = re.compile(r"<w:tr>(?:<w:trPr>(?P<more>.*?)</w:trPr>)?(?P<cells>.*?)</w:tr>", re.DOTALL)
_CELL = re.compile(r"<w:tc><w:tcPr(?: />|>(?P<more>.*?)</w:tcPr>)", re.DOTALL)
_COLUMN = re.compile(r'<w:gridCol w:w="(\d+)" />')
_SPAN = re.compile(r'<w:gridSpan w:val="(\d+)"')
_STYLED = re.compile(r"<w:p><w:pPr>(<w:pStyle [^>]*/>)?")
_KEPT = 'Kept"'  # the end of the name of a style: a row that keeps with the next
_MARGINS = (
    f'<w:tblCellMar><w:left w:w="{_PADDING}" w:type="dxa"/>'
    f'<w:right w:w="{_PADDING}" w:type="dxa"/></w:tblCellMar>'
)


def set_type(table: Node, room: int = UPRIGHT) -> None:
    """Give the cells of a table the type and the widths that its columns leave room for.

    Word parts a word that is too long for its column anywhere, and without a hyphen: columns
    that are too narrow for their longest word take room from those that have more. An estimate
    and its interval stand in one line where there is room, else in two, parted between them.

    `room` : twips between the margins of the page.
    """
    columns = table["c"][2]
    small = len(columns) >= _MANY
    style = "Table Text Small" if small else "Table Text"
    kept, again = _grouped(table)
    above: list[Any] = tables.head_rows(table)
    heads = [row[1] for row in above]
    rows = [row[1] for row in tables.body_rows(table)]
    if all(width["t"] == "ColWidth" for _, width in columns):
        em = (7.0 if small else 9.0) / _TWIP / room
        padding = 2 * _PADDING / room
        needs, wishes = [], []
        for at in range(len(columns)):
            said, names = _said(rows, at), _said(heads, at)
            lengths = [_ems(word) for text in said for word in _BREAKS.split(text)]
            lengths += [_ems(word) * _BOLD for text in names for word in _BREAKS.split(text)]
            needs.append(max(lengths, default=0.0) * em + padding)
            whole = [_ems(found) for text in said for found in _ESTIMATE.findall(text)]
            wishes.append(max(needs[-1], max(whole, default=0.0) * em + padding))
        given = [width["c"] for _, width in columns]
        wanted = _granted(needs, wishes, sum(given))
        for at, (wish, want) in enumerate(zip(wishes, wanted, strict=True)):
            if want < wish:
                _part(rows, at)
        table["c"][2] = [
            [align, {"t": "ColWidth", "c": width}]
            for (align, _), width in zip(columns, widened(given, wanted), strict=True)
        ]
    for row in (*heads, *rows):
        for cell in row:
            if cell[4]:
                # Pandoc gives a Plain its own style, Compact, whatever it stands in.
                words = [{**n, "t": "Para"} if n["t"] == "Plain" else n for n in cell[4]]
                how = " Again" if id(cell) in again else " Kept" if id(row) in kept else ""
                named = [["custom-style", f"{style}{how}"]]
                cell[4] = [{"t": "Div", "c": [["", [], named], words]}]


def _grouped(table: Node) -> tuple[set[int], set[int]]:
    """Say the name of a long group in each of its rows; return rows to keep and cells so filled.

    Word has a head for each page and no name of the group that goes on there. A group of few rows
    is kept together: each of its rows but the last keeps with the next.
    """
    kept: set[int] = set()
    again: set[int] = set()
    for body in table["c"][4]:
        rows = body[3]
        said = tables.words(rows)
        stands = tables.above(said)
        for group in tables.groups(said):
            if len(group) <= tables.KEPT:
                kept |= {id(rows[at][1]) for at in group[:-1]}
                continue
            for at in group:
                for cell, words in zip(rows[at][1], stands[at], strict=False):
                    cell[4] = [{"t": "Plain", "c": ast.text(words)}]
                    again.add(id(cell))
    return kept, again


def _said(rows: Sequence[Any], column: int) -> list[str]:
    return [ast.plain(row[column][4]) for row in rows if column < len(row)]


def _ems(word: str) -> float:
    return sum(_EMS.get(letter, _EM) for letter in word)


def _part(rows: Sequence[Any], column: int) -> None:
    """Set the intervals of a column below their estimates, where it holds no sentences."""
    for row in rows:
        if column < len(row) and len(ast.plain(row[column][4])) <= _PROSE:
            for block in row[column][4]:
                words = block["c"] if block["t"] in ("Plain", "Para") else []
                for at, node in enumerate(words):
                    if node["t"] == "Space" and _OPENS.match(ast.plain(words[at + 1 :])):
                        words[at] = {"t": "LineBreak"}


def _granted(needs: Sequence[float], wishes: Sequence[float], total: float) -> list[float]:
    """Return the needs, and of the wishes beyond them as many as there is room for."""
    out = list(needs)
    for at in sorted(range(len(out)), key=lambda at: wishes[at] - needs[at]):
        if sum(out) + wishes[at] - out[at] <= total:
            out[at] = wishes[at]
    return out


def widened(widths: Sequence[float], needs: Sequence[float]) -> list[float]:
    """Return widths of the same sum, none below its need as far as there is room for all."""
    total = sum(widths)
    if sum(needs) >= total:
        return [total * need / sum(needs) for need in needs]
    spare = [max(0.0, width - need) for width, need in zip(widths, needs, strict=True)]
    lack = sum(max(0.0, need - width) for width, need in zip(widths, needs, strict=True))
    kept = 1 - lack / sum(spare) if lack else 1.0
    return [
        need + kept * more if more else need
        for need, more in zip(needs, spare, strict=True)
    ]  # fmt: skip


def finish(document: str) -> str:
    """Return `document.xml` with tables that every program sets alike, and wholly.

    Pandoc writes the widths of columns for a page of its own and none of cells, and leaves the
    padding to a style. A row is parted by no page break. The head keeps with the row below it
    instead: with `cantSplit` on a head that alone fits the end of a page, LibreOffice sets the
    head and no row of the table.
    """

    def table(found: re.Match[str]) -> str:
        text = found.group().replace("<w:tblLook ", f"{_MARGINS}<w:tblLook ", 1)
        page = document.find("<w:pgSz ", found.end())
        on_its_side = "landscape" in document[page : document.find("/>", page)]
        given = [int(n) for n in _COLUMN.findall(text)]
        share = re.search(r'<w:tblW w:type="pct" w:w="(\d+)" />', text)
        room = (ON_ITS_SIDE if on_its_side else UPRIGHT) * int(share[1] if share else 0) / 5000
        widths = [round(room * width / sum(given)) for width in given] if room else []
        if widths:
            columns = iter(widths)
            text = _COLUMN.sub(lambda _: f'<w:gridCol w:w="{next(columns)}" />', text)
        return _ROW.sub(lambda row: _row(row, widths), text)

    return _TABLE.sub(table, document)


def _row(found: re.Match[str], widths: Sequence[int]) -> str:
    more, cells = found["more"] or "", found["cells"]
    if widths:
        at = 0

        def cell(each: re.Match[str]) -> str:
            nonlocal at
            own = each["more"] or ""
            span = _SPAN.search(own)
            end = at + (int(span[1]) if span else 1)
            width, at = sum(widths[at:end]), end
            return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{own}</w:tcPr>'

        cells = _CELL.sub(cell, cells)
    head = "<w:tblHeader" in more
    if head or _KEPT in cells:
        cells = _STYLED.sub(lambda p: f"{p.group()}<w:keepNext/>", cells)
    if not head:
        more = f"<w:cantSplit/>{more}"
    return f"<w:tr><w:trPr>{more}</w:trPr>{cells}</w:tr>"
