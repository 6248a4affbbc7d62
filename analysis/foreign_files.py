"""What another program saved under the name of a data file: a workbook, a PDF, a table."""

from __future__ import annotations

# How a file of each kind begins.
_KINDS = (
    (b"PK\x03\x04", "an Excel, Word or zip file", ""),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel or Word file", ""),
    (b"{\\rtf", "rich text (RTF)", ": save it as plain text"),
    (b"%PDF-", "a PDF", ""),
)
_SEPARATORS = (("\t", "tabs"), (";", "semicolons"), (",", "commas"))
_YAML = ("#", "-", "{", "[", "%", "<", "@")
"""How no heading of a table begins."""


def kind_message(data: bytes) -> str | None:
    """Say which program's file this is, None where it may be text."""
    for start, kind, ending in _KINDS:
        if data.startswith(start):
            return f"found {kind}, wanted plain text in UTF-8{ending}"
    return None


def table_message(data: bytes) -> str | None:
    """Say that a file YAML cannot read is a table, None where it does not look like one.

    A table has two rows or more, all of as many cells, and no `key: value` for its heading.
    """
    import csv  # worth its milliseconds only where there is something to say

    rows = [row for row in data.decode("utf-8-sig", "replace").splitlines() if row.strip()]
    if len(rows) < 2 or rows[0].startswith(_YAML) or ": " in rows[0] or rows[0].endswith(":"):
        return None
    for separator, name in _SEPARATORS:
        try:
            widths = {len(cells) for cells in csv.reader(rows, delimiter=separator)}
        except csv.Error:  # a cell longer than any table has
            return None
        if len(widths) == 1 and widths.pop() > 1:
            return f"found a table (cells parted by {name}), wanted 'key: value' lines"
    return None
