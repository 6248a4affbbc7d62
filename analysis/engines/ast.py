"""Pandoc's JSON tree: how it is built, walked and read.

An element is `{"t": name, "c": content}`, as Pandoc itself writes it; see
`pandoc -t native` and the `Text.Pandoc.Definition` module of pandoc-types 1.23.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]
"""One element of the tree."""

Change = Callable[[Node], "Node | list[Node] | None"]
"""What `rewrite` asks of each element: another one, several (none: `[]`), or `None` to keep."""

_SILENT = frozenset({"Str", "Space", "SoftBreak", "MetaString"})
_OF_INLINES = frozenset({"Para", "Plain", "Header"})


@dataclass(frozen=True)
class Attr:
    """Identifier, classes and key-value pairs of an element."""

    id: str
    classes: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]

    def get(self, key: str, default: str = "") -> str:
        """Return the value of a key, `default` where it is absent."""
        return next((value for name, value in self.pairs if name == key), default)

    def has(self, key: str) -> bool:
        """Say whether a key is present."""
        return any(name == key for name, _ in self.pairs)

    def json(self) -> list[Any]:
        """Return the attributes as Pandoc writes them."""
        return [self.id, list(self.classes), [list(pair) for pair in self.pairs]]


def attr(raw: list[Any]) -> Attr:
    """Read `[id, [class], [[key, value]]]`."""
    return Attr(raw[0], tuple(raw[1]), tuple((key, value) for key, value in raw[2]))


def attr_of(node: Node) -> Attr | None:
    """Return the attributes of an element, `None` for one that has none."""
    match node["t"]:
        case "Div" | "Span" | "Code" | "CodeBlock" | "Link" | "Image" | "Figure" | "Table":
            return attr(node["c"][0])
        case "Header":
            return attr(node["c"][1])
    return None


def rewrite(content: Any, change: Change) -> Any:
    """Return `content` with `change` applied to every element, innermost first.

    Words, spaces and elements without content are passed over: no filter changes them one
    by one, and they are most of a text.
    """
    if type(content) is list:
        out: list[Any] = []
        for item in content:
            if type(item) is list:
                out.append(rewrite(item, change) if item else item)
            elif type(item) is not dict or ("t" in item and "c" not in item):
                out.append(item)
            elif "t" not in item:
                out.append(rewrite(item, change))
            elif item["t"] in _SILENT:
                out.append(item)
            else:
                node = {"t": item["t"], "c": rewrite(item["c"], change)}
                changed = change(node)
                if changed is None:
                    out.append(node)
                elif type(changed) is list:
                    out.extend(changed)
                else:
                    out.append(changed)
        return out
    if type(content) is dict:
        return {key: rewrite(value, change) for key, value in content.items()}
    return content


def walk(content: Any) -> Iterator[Node]:
    """Yield every element in reading order, each before what it holds."""
    stack = [content]
    while stack:
        item = stack.pop()
        if type(item) is list:
            stack.extend(reversed(item))
        elif type(item) is dict:
            if "t" in item:
                yield item
                if "c" in item:
                    stack.append(item["c"])
            else:
                stack.extend(reversed(list(item.values())))


def blocks(content: Any) -> Iterator[Node]:
    """Yield every block in reading order, each before what it holds, but for those of notes."""
    stack = [content]
    while stack:
        item = stack.pop()
        if type(item) is list:
            stack.extend(reversed(item))
        elif type(item) is dict and "t" in item:
            yield item
            if "c" in item and item["t"] not in _OF_INLINES:
                stack.append(item["c"])


def plain(content: Any) -> str:
    """Return the words of an element or a list of them, without markup."""
    parts: list[str] = []
    for node in walk(content):
        match node["t"]:
            case "Str" | "MetaString":
                parts.append(node["c"])
            case "Space" | "SoftBreak" | "LineBreak":
                parts.append(" ")
            case "Code" | "Math" | "CodeBlock":
                parts.append(node["c"][1])
            case "Para" | "Plain" | "Header":
                if parts and not parts[-1].endswith(" "):
                    parts.append(" ")
    return "".join(parts).strip()


def text(words: str) -> list[Node]:
    """Return words as inlines; a no-break space stays one."""
    out: list[Node] = []
    for word in words.split(" "):
        if out:
            out.append({"t": "Space"})
        if word:
            out.append({"t": "Str", "c": word})
    return out


def span(content: list[Node], *classes: str, **pairs: str) -> Node:
    """Return a span with classes and key-value pairs."""
    return {"t": "Span", "c": [["", list(classes), [list(p) for p in pairs.items()]], content]}


def link(content: list[Node], target: str, *classes: str) -> Node:
    """Return a link to a web address or to `#label`."""
    return {"t": "Link", "c": [["", list(classes), []], content, [target, ""]]}


def raw_inline(language: str, code: str) -> Node:
    """Return code of the target language for the running text."""
    return {"t": "RawInline", "c": [language, code]}


def raw_block(language: str, code: str) -> Node:
    """Return code of the target language that stands alone."""
    return {"t": "RawBlock", "c": [language, code]}


def first_inlines(blocks: list[Node]) -> list[Node]:
    """Return the inlines of a run of paragraphs, a space between two of them."""
    out: list[Node] = []
    for block in blocks:
        if block["t"] in ("Plain", "Para"):
            if out:
                out.append({"t": "Space"})
            out.extend(block["c"])
    return out
