"""What a template may contain: names, formats, conditions; no arithmetic and no thresholds.

The rules are read off Jinja's syntax tree, so that every breach of every template is found at
once, with its line, whether or not that part of the template is ever rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from jinja2 import nodes

from analysis.errors import Problem
from analysis.items import Item, Unanswered
from analysis.messages import unknown

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.Call,
    nodes.CallBlock,
    nodes.Macro,
    nodes.If,
    nodes.For,
    nodes.CondExpr,
    nodes.Include,
    nodes.FromImport,
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Filter,
    nodes.Test,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.Keyword,
    nodes.List,
    nodes.Tuple,
)
_ARITHMETIC = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
    nodes.Neg: "-",
    nodes.Pos: "+",
}
_COMPARED = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_DECIMALS = frozenset({"number", "significant", "percent"})  # formats that take decimals
_PATHS = (nodes.Name, nodes.Getattr, nodes.Getitem)
_LOCAL = frozenset({"loop", "caller", "true", "false", "none", "varargs", "kwargs"})

_Found = Iterator[tuple[int, str, str]]
_Kind = TypeVar("_Kind", bound=nodes.Node)
Says = Callable[[str], bool]
"""Whether a text says a number, in digits or in words."""

PREFIXES = {"figure": "fig-", "table": "tbl-"}
"""How the ids of figures and tables begin, by which a text refers to them."""


def check(
    tree: nodes.Template,
    file: str,
    offered: Mapping[str, Any],
    filters: Mapping[str, Any],
    files: Collection[str],
    says: Says,
    *,
    printed: bool = True,
) -> list[Problem]:
    """Return everything in a template that it may not do, and every name that is not there.

    Parameters
    ----------
    tree : the template as Jinja parsed it.
    file : its name, for messages.
    offered : the names that templates may use; findings and data among them as `Item`.
    filters : the formats that templates may use, by name.
    files : the templates that this one may include.
    says : tells whether a text in quotes says a number.
    printed : whether it is part of the paper now; else it may lack an answer.
    """
    every = _walk(tree)
    found = [*_forbidden(every), *_texts(every, says), *_filters(every, filters)]
    found += [*_names(every, offered, printed=printed), *_includes(every, files), *_unnamed(every)]
    found += _misnamed(every)
    return [Problem(f"{file}:{line}", where, message) for line, where, message in found]


def labels(trees: Mapping[str, nodes.Template]) -> dict[str, str]:
    """Return the labels that calls of `figure` and `table` will give, and where they stand."""
    found: dict[str, str] = {}
    for file, tree in trees.items():
        for line, prefix, id_ in _ids(_walk(tree)):
            if id_.startswith(prefix):
                found.setdefault(id_, f"{file}:{line}")
    return found


def claims(trees: Mapping[str, nodes.Template]) -> dict[str, tuple[str, ...]]:
    """Return each claim that the templates print, and every place that prints it."""
    found: dict[str, list[str]] = {}
    for file, tree in trees.items():
        for call in _calls(_walk(tree), ("claim",)):
            name = call.args[0] if call.args else None
            if isinstance(name, nodes.Const) and isinstance(name.value, str):
                found.setdefault(name.value, []).append(f"{file}:{call.lineno}")
    return {name: tuple(places) for name, places in found.items()}


def _calls(every: _Nodes, names: tuple[str, ...]) -> Iterator[nodes.Call]:
    for call in every.of(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in names:
            yield call


def _ids(every: _Nodes) -> Iterator[tuple[int, str, str]]:
    """Yield line, prefix and id of each figure and table that is asked for by a text in quotes."""
    for function, prefix in PREFIXES.items():
        for call in _calls(every, (function,)):
            known = {keyword.key: keyword.value for keyword in call.kwargs}
            value = known.get("id") or (call.args[1] if len(call.args) > 1 else None)
            if isinstance(value, nodes.Const) and isinstance(value.value, str):
                yield call.lineno, prefix, value.value


def misnamed(id_: str, prefix: str) -> str | None:
    """Return what is wrong with an id that does not begin as references to it do."""
    if id_.startswith(prefix) and id_ != prefix:
        return None
    return f"found the id {id_!r}, wanted {prefix}…"


def _misnamed(every: _Nodes) -> _Found:
    for line, prefix, id_ in _ids(every):
        if message := misnamed(id_, prefix):
            yield line, "", message


def _unnamed(every: _Nodes) -> _Found:
    """Yield claims asked for by a name to work out: nobody could tell where they stand."""
    for call in _calls(every, ("claim", "holds")):
        name = call.args[0] if len(call.args) == 1 else None
        if not (isinstance(name, nodes.Const) and isinstance(name.value, str)):
            yield call.lineno, "", 'found a claim without its id in quotes, wanted claim("…")'


def _forbidden(every: _Nodes) -> _Found:
    for node in every:
        kind = type(node)
        if kind in _ARITHMETIC:
            sign = _ARITHMETIC[kind]
            yield node.lineno, "", f"found arithmetic ({sign}) in a template, wanted a finding"
        elif kind is nodes.Concat:
            yield node.lineno, "", "found ~ in a template, wanted the parts side by side"
        elif isinstance(node, nodes.Compare):
            for operand in node.ops:
                if operand.op in _COMPARED:
                    sign = _COMPARED[operand.op]
                    wanted = "wanted a claim in data/claims.yml"
                    yield node.lineno, "", f"found the threshold {sign} in a template, {wanted}"
        elif kind not in _ALLOWED and not isinstance(node, nodes.Helper):
            yield node.lineno, "", f"found {_name_of(node)} in a template, which may not use it"


def _texts(every: _Nodes, says: Says) -> _Found:
    """Yield numbers in quotes or bare: they would pass the check of the prose."""
    free = {
        id(const)
        for node in every.of(nodes.Filter)
        if node.name in _DECIMALS
        for const in (*node.args, *(keyword.value for keyword in node.kwargs))
    }
    # What a format is given it prints; elsewhere a single word is the name of something.
    printed = {
        id(const)
        for node in every.of(nodes.Filter)
        for part in (node.node, *node.args, *(keyword.value for keyword in node.kwargs))
        for const in (part.items if isinstance(part, nodes.List | nodes.Tuple) else [part])
    }
    for node in every.of(nodes.Const):
        value = node.value
        if isinstance(value, bool) or value is None or id(node) in free:
            continue
        if isinstance(value, str):
            if (id(node) in printed or " " in value.strip()) and says(value):
                yield node.lineno, "", f"found a number in the text {value!r}, wanted a finding"
        else:
            yield node.lineno, "", f"found the number {value} in a template, wanted a finding"
    for output in every.of(nodes.Output):
        for child in output.nodes:
            if isinstance(child, nodes.Const):
                message = f"found {child.value!r} in braces, wanted it outside of them"
                yield child.lineno, "", message


def _filters(every: _Nodes, filters: Mapping[str, Any]) -> _Found:
    for node in every.of(nodes.Filter):
        if node.name not in filters:
            yield node.lineno, "", unknown(node.name, "a format", sorted(filters))


def _includes(every: _Nodes, files: Collection[str]) -> _Found:
    wanted: list[nodes.Include | nodes.FromImport] = [*every.of(nodes.Include)]
    wanted += every.of(nodes.FromImport)
    for node in wanted:
        name = node.template
        if not isinstance(name, nodes.Const):
            yield node.lineno, "", "found an include by a name to work out, wanted it in quotes"
        elif name.value not in files:
            yield node.lineno, "", unknown(name.value, "a template", sorted(files))


def _names(every: _Nodes, offered: Mapping[str, Any], *, printed: bool) -> _Found:
    """Yield every name, and every path of findings or data, that is not there.

    What this evidence has no answer to may be named where a condition asks first.
    """
    own = _stored(every)
    inner: set[int] = set()
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
        missing = _missing(here, [*reversed(chain)], offered)
        if missing and not (missing.unanswered and (not printed or _asked(every, here))):
            yield here.lineno, missing.where, missing.message


@dataclass(frozen=True)
class _Missing:
    """What is wrong with a name; `unanswered`, where it is right and the evidence lacks it."""

    where: str
    message: str
    unanswered: bool = False


def _missing(root: nodes.Name, chain: list[str], offered: Mapping[str, Any]) -> _Missing | None:
    if root.name not in offered:
        return _Missing("", unknown(root.name, "a name that templates know", sorted(offered)))
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
            return _Missing(f"{item.path}.{name}", item.no_child(name))
        item = item.child(name)
    if chain and isinstance(item, Unanswered):
        return _Missing("", item.told, unanswered=True)
    return None


def _asked(every: _Nodes, name: nodes.Name) -> bool:
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


def _stored(every: _Nodes) -> set[str]:
    own = {n.name for n in every.of(nodes.Name) if n.ctx in ("store", "param")}
    own |= {macro.name for macro in every.of(nodes.Macro)}
    for imported in every.of(nodes.FromImport):
        own |= {name if isinstance(name, str) else name[1] for name in imported.names}
    return own | _LOCAL


class _Nodes:
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
def _walk(tree: nodes.Node) -> _Nodes:
    """Return the nodes of a tree; a tree, which nobody changes, is read once."""
    return _Nodes(tree)


def _name_of(node: nodes.Node) -> str:
    return f"Jinja's {type(node).__name__}"
