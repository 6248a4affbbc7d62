"""How a line of YAML begins, where it looks right in an editor and is not."""

from __future__ import annotations

import re

# Spaces that look like the space and are none: in numbers, and where web pages were copied.
NO_BREAK = "\u00a0\u2007\u202f"

_INDENT = re.compile(rf"[ \t{NO_BREAK}]*")
# An entry of a list without the space behind its dash. A number (-5) and a rule (---) are none.
_DASH = re.compile(rf" *-([A-Za-z_{{\['\"]|[{NO_BREAK}])")


def indent_fault(row: str) -> str | None:
    """Say which sign in the indentation of a line YAML does not take, None where all are spaces."""
    indent = _INDENT.match(row)[0]  # type: ignore[index]
    if "\t" in indent:
        return "found a tab in the indentation, wanted spaces"
    blank = next((sign for sign in indent if sign != " "), None)
    if blank is None:
        return None
    return f"found a no-break space (U+{ord(blank):04X}) in the indentation, wanted spaces"


def dash_fault(row: str) -> str | None:
    """Say that a line begins with a dash and no space, None where it does not."""
    dash = _DASH.match(row)
    if dash is None:
        return None
    space = "a no-break space" if dash[1] in NO_BREAK else "no space"
    return f"found {space} after '-', wanted '- ' before an entry of a list"


def key_fault(key: str, row: str, column: int) -> str | None:
    """Say what stands beside a plain key, which YAML reads as a part of it.

    Parameters
    ----------
    row, column : the line of the key, and where in it the key begins.
    """
    if key.isidentifier():  # nearly all
        return None
    if not row[:column].strip(" ") and (fault := indent_fault(row) or dash_fault(row)):
        return fault
    bare = key.strip(NO_BREAK)
    if bare == key:
        return None
    blank = key[0] if key[0] in NO_BREAK else key[-1]
    return f"found a no-break space (U+{ord(blank):04X}) beside {bare!r}, wanted it without"
