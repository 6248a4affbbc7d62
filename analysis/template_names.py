"""The names and paths in a template: which of them are there, and what is printed of them.

A path is read off Jinja's syntax tree and followed through the findings and the data, whether or
not that part of the template is ever rendered. What hangs on a variable of the template, as in a
loop, is told when it prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from jinja2 import nodes

from analysis.items import Item, Unanswered
from analysis.kinds import unsuited
from analysis.messages import unknown

_PATHS = (nodes.Name, nodes.Getattr, nodes.Getitem)
_LOCAL = frozenset({"loop", "caller", "true", "false", "none", "varargs", "kwargs"})

Found = Iterator[tuple[int, str, str]]
"""Line, path and message of each thing that is wrong."""
_Kind = TypeVar("_Kind", bound=nodes.Node)


class Nodes:
    """Every node of a tree, each before what it holds, and those of each kind."""

    def __init__(self, tree: nodes.Node) -> None:
        self._all: list[nodes.Node] = []
        self._kinds: dict[type[nodes.Node], list[Any]] = {}
        stack = [tree]
        while stack:
            node = stack.pop()
            self._all.append(node)
            self._kinds.setdefault(type(node), []).append(node)
            stack.extend(reversed(list(node.iter_child_nodes())))

    def __iter__(self) -> Iterator[nodes.Node]:
        return iter(self._all)

    def of(self, kind: type[_Kind]) -> list[_Kind]:
        """Return the nodes of one kind."""
        return self._kinds.get(kind, [])


@lru_cache(maxsize=512)
def walk(tree: nodes.Node) -> Nodes:
    """Return the nodes of a tree; a tree, which nobody changes, is read once."""
    return Nodes(tree)


def names(every: Nodes, offered: Mapping[str, Any], *, printed: bool) -> Found:
    """Yield every name and every path that is not there, and what a format would misname.

    What this evidence has no answer to may be named where a condition asks first, and where
    nothing is printed now.
    """
    own = _stored(every)
    inner: set[int] = set()
    formats = {id(node.node): node.name for node in every.of(nodes.Filter)}
    for node in every:
        if not isinstance(node, _PATHS) or id(node) in inner:
            continue
        chain: list[str] = []
        here: nodes.Node = node
        while isinstance(here, nodes.Getattr | nodes.Getitem):
            inner.add(id(here.node))
            chain.append(_step(here))
            here = here.node
        if not isinstance(here, nodes.Name) or here.name in own or here.ctx != "load":
            continue
        found = _followed(here, [*reversed(chain)], offered)
        if isinstance(found, _Nowhere):
            if not (found.unanswered and (not printed or _asked(every, here))):
                yield here.lineno, found.where, found.message
        elif found is not None and (message := unsuited(found, formats.get(id(node), ""))):
            yield node.lineno, "", message


@dataclass(frozen=True)
class _Nowhere:
    """What is wrong with a path; `unanswered`, where it is right and the evidence lacks it."""

    where: str
    message: str
    unanswered: bool = False


def _followed(
    root: nodes.Name, chain: list[str], offered: Mapping[str, Any]
) -> Item | _Nowhere | None:
    """Return the item at the end of a path, None where that is known only when it prints."""
    if root.name not in offered:
        return _Nowhere("", unknown(root.name, "a name that templates know", sorted(offered)))
    item = offered[root.name]
    for name in chain:
        if isinstance(item, Unanswered):
            break
        if not isinstance(item, Item) or not name:
            return None
        if item.value is None:
            # Nothing is there now, as the changes of a first edition: a template asks first
            # (`if changes`), and one that does not is told when it prints.
            return None
        if name not in item and not item.unanswered(name):
            return _Nowhere(f"{item.path}.{name}", item.no_child(name))
        item = item.child(name)
    if isinstance(item, Unanswered):
        return _Nowhere("", item.told, unanswered=True) if chain else None
    return item if isinstance(item, Item) else None


def _asked(every: Nodes, name: nodes.Name) -> bool:
    """Say whether a name stands in a condition, or in what is printed under one."""
    return any(
        inner is name
        for kind in (nodes.If, nodes.CondExpr)
        for condition in every.of(kind)
        for inner in condition.find_all(nodes.Name)
    )


def _step(node: nodes.Getattr | nodes.Getitem) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    known = isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str)
    return str(node.arg.value) if known else ""  # type: ignore[attr-defined]


def _stored(every: Nodes) -> set[str]:
    own = {n.name for n in every.of(nodes.Name) if n.ctx in ("store", "param")}
    own |= {macro.name for macro in every.of(nodes.Macro)}
    for imported in every.of(nodes.FromImport):
        own |= {name if isinstance(name, str) else name[1] for name in imported.names}
    return own | _LOCAL
