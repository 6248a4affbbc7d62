"""Tables of Pandoc's tree: the column widths that the author gave, the roles a page needs."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from analysis.engines import ast
from analysis.engines.ast import Node
from analysis.engines.places import Places
from analysis.errors import Problem

WIDTHS = "tbl-colwidths"
_KEYS = frozenset({WIDTHS})
_TITLES = 3  # columns that the title of a card may name
KEPT = 6  # rows of a group that no page parts
_LINE, _MARK = 40, 4  # letters, in a line of a phone and in a number


def with_widths(table: Node, places: Places, problems: list[Problem]) -> Node:
    """Return a table with `tbl-colwidths="[20,80]"` (percent) made widths of its columns.

    What is wrong with its attributes is added to `problems`.
    """
    attributes, columns = ast.attr(table["c"][0]), table["c"][2]
    for key, value in attributes.pairs:
        if key not in _KEYS:
            message = f'found {key}="{value}" on a table, wanted {WIDTHS}'
            problems.append(places.problem(message, f"{key}="))
    if not attributes.has(WIDTHS):
        return table
    given = attributes.get(WIDTHS)
    shares = _shares(given)
    if len(shares) != len(columns):
        message = f'found {WIDTHS}="{given}", wanted {len(columns)} percentages above 0'
        problems.append(places.problem(message, f"#{attributes.id}", given))
        return table
    total = max(100.0, sum(shares))
    widths = [{"t": "ColWidth", "c": share / total} for share in shares]
    table["c"][2] = [[align, width] for (align, _), width in zip(columns, widths, strict=True)]
    kept = tuple(pair for pair in attributes.pairs if pair[0] != WIDTHS)
    table["c"][0] = ast.Attr(attributes.id, attributes.classes, kept).json()
    return table


def _shares(given: str) -> list[float]:
    try:
        found = json.loads(given)
    except ValueError:
        return []
    if not isinstance(found, list) or not all(isinstance(n, int | float) for n in found):
        return []
    return [float(n) for n in found] if all(n > 0 for n in found) else []


def head_rows(table: Node) -> list[Node]:
    """Return the rows of a table's head."""
    rows: list[Node] = table["c"][3][1]
    return rows


def body_rows(table: Node) -> list[Any]:
    """Return the rows of a table's bodies."""
    return [row for body in table["c"][4] for row in (*body[2], *body[3])]


def words(rows: list[Any]) -> list[list[str]]:
    """Return what each cell of each row says."""
    return [[ast.plain(cell[4]) for cell in row[1]] for row in rows]


def groups(said: list[list[str]]) -> list[range]:
    """Return the rows of each group: those below one row whose first cell is empty.

    An empty cell at the start of a row stands for the one above it.
    """
    starts = [at for at, row in enumerate(said) if not (at and any(row) and not row[0])]
    return [range(a, b) for a, b in pairwise([*starts, len(said)])]


def above(said: list[list[str]]) -> list[list[str]]:
    """Return for each row the words that the empty cells at its start stand for."""
    out: list[list[str]] = []
    before: list[str] = []
    for row in said:
        stands: list[str] = []
        for at, cell in enumerate(row):
            if cell or at >= len(before) or not before[at] or not any(row):
                break
            stands.append(before[at])
        before = [*stands, *row[len(stands) :]]
        out.append(stands)
    return out


def for_page(table: Node) -> Node:
    """Return a table for the page: no caption, roles that outlive a change of layout, labels.

    A first cell that is empty stands for the one above it; its words are there for cards and
    for those who hear the table (`again`), unseen where the rows stand below each other.

    On a phone a wide table becomes a card a row (class `cards`), where each value needs the
    name of its column, or scrolls under its first column (`matrix`) where values are short.
    Three columns are wide where their rows say more than a line of a phone holds, unless the
    first is numbers: these need little room, and make no title of a card.
    Styles that lay out rows as blocks make browsers forget the roles, so they are written.
    The title of a card is the first column, with those beside it that tell the cards apart.
    """
    attributes, _, columns, head, bodies, foot = table["c"]
    names = [name for row in words(head[1]) for name in row]
    single = len(head[1]) == 1 and len(names) == len(columns)
    of_bodies = [words(body[3]) for body in bodies]
    said = [row for body in of_bodies for row in body]
    lengths = [len(cell) for row in said for cell in row[1:]]
    mean = sum(lengths) / len(lengths) if lengths else 0.0
    shape: tuple[str, ...] = ()
    if len(columns) > 3 and single and bodies:
        short = mean < 4
        shape = ("matrix",) if short and len(columns) > 4 else () if short else ("cards",)
    elif len(columns) == 3 and single and said:
        first = sum(len(row[0]) for row in said if row) / len(said)
        shape = ("cards",) if first > _MARK and first + 2 * mean > _LINE else ()
    wide = ("wide",) if len(columns) > 7 else ()
    own = ast.attr(attributes)
    kept = ast.Attr("", (*own.classes, *shape, *wide), (("role", "table"),))
    titles = _titles(said, len(columns)) if "cards" in shape else 1
    head = [_role(head[0], "rowgroup"), [_row(row, "columnheader", None) for row in head[1]]]
    bodies = [
        [
            _role(body[0], "rowgroup"),
            max(1, body[1]) if single else body[1],
            [_row(row, "columnheader", None) for row in body[2]],
            [
                _row(row, "cell", names if single else None, titles)
                for row in _repeated(_parted(body[3], of_body), of_body)
            ],
        ]
        for body, of_body in zip(bodies, of_bodies, strict=True)
    ]
    return {"t": "Table", "c": [kept.json(), [None, []], columns, head, bodies, foot]}


def _repeated(rows: list[Any], said: list[list[str]]) -> list[Any]:
    """Return rows whose first cells, where empty, say unseen what stands above them."""
    out: list[Any] = []
    for row, stands in zip(rows, above(said), strict=True):
        cells = list(row[1])
        for at, name in enumerate(stands):
            content = [{"t": "Plain", "c": [ast.span(ast.text(name), "again")]}]
            cells[at] = [*cells[at][:4], content]
        out.append([row[0], cells])
    return out


def _parted(rows: list[Any], said: list[list[str]]) -> list[Any]:
    """Return rows of which those that go on with a group say on paper how: by `kept`, or `far`.

    A printed page may begin with one. A group of few rows is kept together; in one of more, each
    row says the name of the group anew.
    """
    out = list(rows)
    for group in groups(said):
        kind = "kept" if len(group) <= KEPT else "far"
        for at in group[1:]:
            own = ast.attr(rows[at][0])
            marked = ast.Attr(own.id, (*own.classes, kind), own.pairs)
            out[at] = [marked.json(), rows[at][1]]
    return out


def _titles(said: list[list[str]], columns: int) -> int:
    """Return how many of the first columns tell rows apart, or come as near to it as any."""
    cells = [(*stands, *row[len(stands) :]) for row, stands in zip(said, above(said), strict=True)]
    most = min(_TITLES, columns - 1)
    apart = [len({row[: n + 1] for row in cells}) for n in range(most)]
    return apart.index(max(apart)) + 1 if apart else 1


def _row(row: list[Any], role: str, names: list[str] | None, titles: int = 1) -> list[Any]:
    cells = []
    for index, cell in enumerate(row[1]):
        own, align, height, width, content = cell
        header = role == "cell" and names is not None and index == 0
        pairs = [("role", "rowheader" if header else role)]
        if names and not header and index < len(names):
            pairs.append(("data-label", names[index]))
        known = ast.attr(own)
        classes = (*known.classes, *(("card-title",) if names and 0 < index < titles else ()))
        kept = ast.Attr(known.id, classes, (*known.pairs, *pairs))
        cells.append([kept.json(), align, height, width, content])
    return [_role(row[0], "row"), cells]


def _role(own: list[Any], role: str) -> list[Any]:
    known = ast.attr(own)
    return ast.Attr(known.id, known.classes, (*known.pairs, ("role", role))).json()
