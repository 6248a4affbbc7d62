"""What a manuscript and a claim may use, read off the program's own registries and docstrings.

`living-review names` prints it, and docs/manuscript.md is made of it (`manual`).
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from analysis.kinds import COUNT, named_kind
from analysis.meanings import EXTRA, FUNCTIONS, MEANINGS
from analysis.terms import capitalised


@dataclass(frozen=True)
class Name:
    """Something that may be used: its name, how it is written, and what it gives."""

    name: str
    use: str
    text: str


@dataclass(frozen=True)
class Part:
    """A group of findings: the path that leads to it, what it is, and the names below it."""

    path: str
    text: str
    names: tuple[Name, ...]


def formats() -> tuple[Name, ...]:
    """Return what may stand after a `|`."""
    from analysis.formats import FORMATS

    return tuple(_example(name, made.__doc__) for name, made in FORMATS.items())


def functions() -> tuple[Name, ...]:
    """Return what a template may call or name beside the analyses, and what a build adds."""
    own = (Name(name, use, text) for name, (use, text) in FUNCTIONS.items())
    return (*own, *(Name(name, f"`{name}`", text) for name, text in EXTRA.items()))


def figures() -> tuple[Name, ...]:
    """Return the kinds of figure, with the options of each."""
    from analysis.figure_requests import OF_THE_REVIEW
    from analysis.figures import KINDS

    found = []
    for kind, module in KINDS.items():
        drawn = import_module(f"analysis.figures.{module}")
        head = _first_paragraph(drawn.__doc__)
        more = [p for p in _paragraphs(drawn.layout.__doc__)[1:] if not p.startswith("Raises")]
        needed = "" if kind in OF_THE_REVIEW else ', analysis="…"'
        use = f'`figure("{kind}", id="fig-…"{needed})`'
        found.append(Name(kind, use, " ".join([head, *more])))
    return tuple(found)


def tables() -> tuple[Name, ...]:
    """Return the kinds of table, with the options of each."""
    from analysis.table_kinds import TABLES

    found = []
    for kind, table in TABLES.items():
        first, *more = _paragraphs(table.maker.__doc__)
        told = [one for one in more if not one.startswith("Raises")]
        text = _sentence(first.removeprefix("Return "))
        options = [f"`{one}`" for one in table.options]
        if options:
            told.append(f"Option{'s' * (len(options) > 1)}: {', '.join(options)}.")
        found.append(Name(kind, f'`table("{kind}", id="tbl-…")`', " ".join([text, *told])))
    return tuple(found)


def conditions() -> tuple[Name, ...]:
    """Return what the condition of a claim is written with."""
    from analysis.expression import COMPARISONS, USAGE

    text = {
        "abs": "The number without its sign.",
        "all": "Whether the condition holds of every element; inside it, names are the element's.",
        "any": "Whether it holds of at least one.",
        "count": "How many elements there are, or of how many the condition holds.",
        "min": "The smallest.",
        "max": "The largest.",
    }
    signs = " ".join(sorted(COMPARISONS, key=lambda sign: (len(sign), sign)))
    return (
        Name("comparison", f"`os.est_ub < 1` ({signs})", "Two numbers compared."),
        Name("joined", "`A and B`, `A or B`, `not A`, `(A)`", "Conditions joined."),
        Name("asked", "`os and os.est_ub < 1`", "Whether an analysis, a group, a row is there."),
        *(Name(name, f"`{use}`", text[name]) for name, (_, _, use) in USAGE.items()),
    )


def findings() -> tuple[Part, ...]:
    """Return the findings by the path that leads to them: of an analysis, of all studies."""
    from analysis.evidence_findings import Counts, FlowFinding, PoolFinding
    from analysis.findings import AnalysisFinding
    from analysis.summary_findings import AbsoluteFinding, CertaintyFinding

    roots: tuple[tuple[str, Any], ...] = (
        ("ANALYSIS", AnalysisFinding),
        ("counts", Counts),
        ("flow.SEARCH", FlowFinding),
        ("pools.POOL", PoolFinding),
        ("absolute.RISK", AbsoluteFinding),
        ("certainty.ANALYSIS", CertaintyFinding),
    )
    return tuple(part for path, kind in roots for part in _parts(path, kind))


def _parts(path: str, kind: Any) -> Iterator[Part]:
    hints = _hints(kind)
    inner = hints.pop("synthesis", None)
    names = {**hints, **(_hints(inner) if inner else {})}
    yield Part(
        path,
        _one_line(kind.__doc__ or ""),
        tuple(
            Name(name, _value(type_, name), MEANINGS.get(name, "")) for name, type_ in names.items()
        ),
    )
    for name, type_ in hints.items():
        found, many = _record_in(type_)
        if found is not None:
            element = {"tuple": ".STUDY", "Mapping": ".ID"}.get(many, "")
            yield from _parts(f"{path}.{name}{element}", found)


def _hints(kind: Any) -> dict[str, Any]:
    """Return the fields of a finding and its properties, by name, with their types."""
    hints = get_type_hints(kind)
    found = {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    for name, value in vars(kind).items():
        if isinstance(value, property) and value.fget:
            found[name] = get_type_hints(value.fget)["return"]
    return found


def _record_in(type_: Any) -> tuple[Any, str]:
    """Return the kind of finding that a field holds, and of how many: '', tuple or Mapping."""
    if dataclasses.is_dataclass(type_):
        return type_, ""
    origin, args = get_origin(type_), get_args(type_)
    if origin is tuple and args[-1] is Ellipsis:
        return _record_in(args[0])[0], "tuple"
    if origin is Mapping or getattr(origin, "__name__", "") == "Mapping":
        found, many = _record_in(args[1])
        return (found, "Mapping") if not many else (None, "")
    for one in args if NoneType in args else ():
        found, many = _record_in(one)
        if found is not None:
            return found, many
    return None, ""


def _value(type_: Any, name: str) -> str:
    """Return what a field holds, in words: of a number, its kind where the name tells it."""
    args = get_args(type_)
    if NoneType in args:
        rest = [one for one in args if one is not NoneType]
        return f"{_value(rest[0], name)}, or nothing"
    if type_ is bool:
        return "yes or no"
    if type_ in (int, float):
        kind = named_kind(name) or (COUNT if type_ is int else None)
        return kind.noun if kind else "number"
    if _record_in(type_)[0] is not None:
        return "findings of its own"
    if get_origin(type_) is tuple:
        return "list"
    return "by name" if "Mapping" in str(type_) else "text"


# --- docstrings ----------------------------------------------------------------------------


def _example(name: str, doc: str | None) -> Name:
    """Return a name from a docstring that begins with an example: '`os.est | ratio`: 0.89.'."""
    text = _one_line(" ".join(_paragraphs(doc)))
    use, _, rest = text.partition("`: ")
    return Name(name, f"{use}`", rest)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(doc: str | None) -> list[str]:
    return [_one_line(part) for part in inspect.cleandoc(doc or "").split("\n\n")]


def _first_paragraph(doc: str | None) -> str:
    return _paragraphs(doc)[0]


def _sentence(text: str) -> str:
    return f"{capitalised(text.strip().rstrip('.'))}."
