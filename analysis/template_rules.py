"""What a template may contain: names, formats, conditions; no arithmetic and no thresholds.

The rules are read off Jinja's syntax tree, so that every breach of every template is found at
once, with its line, whether or not that part of the template is ever rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from jinja2 import nodes

from analysis.errors import Problem
from analysis.messages import unknown
from analysis.template_names import Found, Nodes, names, walk

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
    every = walk(tree)
    found = [*_forbidden(every), *_texts(every, says), *_filters(every, filters)]
    found += [*names(every, offered, printed=printed), *_includes(every, files), *_unnamed(every)]
    found += _misnamed(every)
    return [Problem(f"{file}:{line}", where, message) for line, where, message in found]


def labels(trees: Mapping[str, nodes.Template]) -> dict[str, str]:
    """Return the labels that calls of `figure` and `table` will give, and where they stand."""
    found: dict[str, str] = {}
    for file, tree in trees.items():
        for line, prefix, id_ in _ids(walk(tree)):
            if id_.startswith(prefix):
                found.setdefault(id_, f"{file}:{line}")
    return found


def claims(trees: Mapping[str, nodes.Template]) -> dict[str, tuple[str, ...]]:
    """Return each claim that the templates print, and every place that prints it."""
    found: dict[str, list[str]] = {}
    for file, tree in trees.items():
        for call in _calls(walk(tree), ("claim",)):
            name = call.args[0] if call.args else None
            if isinstance(name, nodes.Const) and isinstance(name.value, str):
                found.setdefault(name.value, []).append(f"{file}:{call.lineno}")
    return {name: tuple(places) for name, places in found.items()}


def _calls(every: Nodes, names: tuple[str, ...]) -> Iterator[nodes.Call]:
    for call in every.of(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in names:
            yield call


def _ids(every: Nodes) -> Iterator[tuple[int, str, str]]:
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


def _misnamed(every: Nodes) -> Found:
    for line, prefix, id_ in _ids(every):
        if message := misnamed(id_, prefix):
            yield line, "", message


def _unnamed(every: Nodes) -> Found:
    """Yield claims asked for by a name to work out: nobody could tell where they stand."""
    for call in _calls(every, ("claim", "holds")):
        name = call.args[0] if len(call.args) == 1 else None
        if not (isinstance(name, nodes.Const) and isinstance(name.value, str)):
            yield call.lineno, "", 'found a claim without its id in quotes, wanted claim("…")'


def _forbidden(every: Nodes) -> Found:
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


def _texts(every: Nodes, says: Says) -> Found:
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


def _filters(every: Nodes, filters: Mapping[str, Any]) -> Found:
    for node in every.of(nodes.Filter):
        if node.name not in filters:
            yield node.lineno, "", unknown(node.name, "a format", sorted(filters))


def _includes(every: Nodes, files: Collection[str]) -> Found:
    wanted: list[nodes.Include | nodes.FromImport] = [*every.of(nodes.Include)]
    wanted += every.of(nodes.FromImport)
    for node in wanted:
        name = node.template
        if not isinstance(name, nodes.Const):
            yield node.lineno, "", "found an include by a name to work out, wanted it in quotes"
        elif name.value not in files:
            yield node.lineno, "", unknown(name.value, "a template", sorted(files))


def _name_of(node: nodes.Node) -> str:
    return f"Jinja's {type(node).__name__}"
