"""What a reader of prose asks of a part of Pandoc's tree: its words, its pictures, its cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

Node = dict[str, Any]
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def images(content: Any) -> Iterator[list[Any]]:
    """Yield the pictures of a part of the tree: attributes, words, target."""
    if isinstance(content, list):
        for part in content:
            yield from images(part)
    elif isinstance(content, dict) and content.get("t") == "Image":
        yield content["c"]
    elif isinstance(content, dict):
        yield from images(content.get("c"))


def is_address(link: list[Any]) -> bool:
    """Say whether a link shows its own address, as <https://example.org/2020> does."""
    (_, classes, _), words, (target, _) = link
    told = "".join(node["c"] for node in strings(words))
    shown = unquote(target).removeprefix("mailto:")
    named = not {"uri", "email"}.isdisjoint(classes) and bool(_SCHEME.match(target))
    return named and unquote(told) == shown


def strings(content: Any) -> Iterator[Node]:
    """Yield the words of a part of the tree in reading order."""
    if isinstance(content, list):
        for part in content:
            yield from strings(part)
    elif isinstance(content, dict) and content.get("t") == "Str":
        yield content
    elif isinstance(content, dict) and "c" in content:
        yield from strings(content["c"])


def cells(content: Any) -> list[Node]:
    """Return the blocks of a figure or a table in reading order, whatever holds them."""
    found: list[Node] = []
    for part in content if isinstance(content, list) else []:
        if isinstance(part, dict) and "t" in part:
            found.append(part)
        else:
            found += cells(part)
    return found
