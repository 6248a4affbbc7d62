"""The headings of the page: their list, their links to themselves, appendices folded under them."""

from __future__ import annotations

import html

from analysis.engines import ast, matter
from analysis.engines.ast import Node
from analysis.engines.citations import is_list

TOP = 2
"""The level of the text's first headings: that above it is the title's."""
_ANCHOR = '<a class="anchor"'


def contents(blocks: list[Node]) -> matter.Meta:
    """Return the headings of the first two levels as a list of links."""
    items: list[list[Node]] = []
    for node in ast.blocks(blocks):
        if node["t"] != "Header" or node["c"][0] > 2 or not node["c"][1][0]:
            continue
        level, (identifier, _, _), words = node["c"]
        # A note or a link has no place inside a link.
        words = [n for n in ast.rewrite(words, _unlinked) if n["t"] != "Note"]
        entry = {"t": "Plain", "c": [ast.link(words, f"#{identifier}")]}
        if level == 1 or not items:
            items.append([entry])
        elif items[-1][-1]["t"] == "BulletList":
            items[-1][-1]["c"].append([entry])
        else:
            items[-1].append({"t": "BulletList", "c": [[entry]]})
    if not items:
        return {}
    return {"table-of-contents": {"t": "MetaBlocks", "c": [{"t": "BulletList", "c": items}]}}


def anchored(node: Node) -> Node | list[Node]:
    """Return a heading one level below that of the title, and beside it a link to itself."""
    level, (identifier, _, _), words = node["c"]
    node["c"][0] = level + TOP - 1
    if not identifier:
        return node
    name = html.escape(f"Link to {ast.plain(words)}", quote=True)
    href = html.escape(identifier, quote=True)
    return [node, ast.raw_block("html", f'{_ANCHOR} href="#{href}" aria-label="{name}">#</a>')]


def folded(blocks: list[Node]) -> list[Node]:
    """Return blocks with each part behind the list of references folded under its heading.

    Pandoc makes sections of headings and puts raw code into the one before it, so the list of
    references is made one here, and the heading of a folded part is written as what it is.
    """
    parts: list[list[Node]] = [[]]
    for block in blocks:
        if _opens(block):
            parts.append([])
        parts[-1].append(block)
    with_list = [any(is_list(block) for block in part) for part in parts]
    if not any(with_list) or not _opens(parts[with_list.index(True)][0]):
        return blocks
    at = with_list.index(True)
    before = [block for part in parts[:at] for block in part]
    references = {"t": "Div", "c": [["", [], []], parts[at]]}
    return [*before, references, *(node for part in parts[at + 1 :] for node in _fold(part))]


def _opens(block: Node) -> bool:
    """Say whether a block begins a part: a heading below the title, also of a landscape one."""
    if block["t"] == "Div" and block["c"][1]:
        return _opens(block["c"][1][0])
    return block["t"] == "Header" and bool(block["c"][0] == TOP)


def _fold(part: list[Node]) -> list[Node]:
    first, *rest = part
    if first["t"] == "Div":
        heading, *inner = first["c"][1]
        inner, anchor = _without_anchor(inner)
        rest = [{"t": "Div", "c": [first["c"][0], inner]}, *rest]
    else:
        heading = first
        rest, anchor = _without_anchor(rest)
    _, (identifier, _, _), words = heading["c"]
    name = f' id="{html.escape(identifier)}"' if identifier else ""
    return [
        ast.raw_block("html", f'<section{name} class="level{TOP} appendix">'),
        *anchor,
        ast.raw_block("html", f"<details><summary><h{TOP}>"),
        {"t": "Plain", "c": words},
        ast.raw_block("html", f"</h{TOP}></summary>"),
        {"t": "Div", "c": [["", ["appendix-text"], []], rest]},
        ast.raw_block("html", "</details></section>"),
    ]


def _without_anchor(blocks: list[Node]) -> tuple[list[Node], list[Node]]:
    """Return what follows a heading without its link to itself, and that link."""
    at = 1 if blocks and blocks[0]["t"] == "RawBlock" and _ANCHOR in blocks[0]["c"][1] else 0
    return blocks[at:], blocks[:at]


def _unlinked(node: Node) -> list[Node] | None:
    if node["t"] == "Span" and "num" in node["c"][0][1]:
        return list(node["c"][1])
    return list(node["c"][1]) if node["t"] == "Link" else None
