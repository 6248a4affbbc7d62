"""names: the command that lists what a manuscript, a claim and a data file may use."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from analysis.terminal import Terminal

GROUPS = ("formats", "functions", "figures", "tables", "conditions", "findings", "data")
NAMES_TEXT = """\
list what the text and the claims may use. `names findings PATH` lists the findings of this review
below a path (as os, or os.leave_one_out) with their values; `names data` lists the keys of the
data files. docs/manuscript.md and docs/data.md say the same."""
WRONG_USE = 2


def names_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `names`."""
    parser.description = NAMES_TEXT
    parser.add_argument("group", nargs="?", choices=GROUPS, help="default: all names, in short")
    parser.add_argument("path", nargs="?", metavar="PATH", help="for findings: as os; data: study")
    parser.add_argument("--markdown", action="store_true", help="print the whole reference")
    parser.set_defaults(run=names)


def names(args: argparse.Namespace, terminal: Terminal) -> int:
    """List names."""
    from analysis import manual
    from analysis import names as known

    if args.path is not None and args.group not in ("findings", "data"):
        terminal.remark("error: found a path, wanted it after findings or data")
        return WRONG_USE
    if args.markdown:
        made = manual.data_reference if args.group == "data" else manual.manuscript_reference
        terminal.out.write(made())
        return 0
    if args.group == "data":
        return _data(args.path, terminal)
    if args.group == "findings":
        return _below(args, terminal) if args.path else _findings(terminal)
    if args.group is not None:
        _listed(getattr(known, args.group)(), terminal)
        return 0
    for group in ("formats", "functions", "figures", "tables", "conditions"):
        found = getattr(known, group)()
        terminal.say(f"{group}: {', '.join(one.name for one in found)}")
    parts = [part.path for part in known.findings()]
    terminal.say(f"findings: {', '.join(parts)}")
    terminal.remark(f"more: living-review names {'|'.join(GROUPS)}")
    return 0


def _listed(found: Any, terminal: Terminal) -> None:
    terminal.table(
        ("name", "use", "meaning"),
        [(one.name, one.use.replace("`", ""), one.text.replace("`", "")) for one in found],
    )


def _findings(terminal: Terminal) -> int:
    from analysis.names import findings

    for part in findings():
        terminal.say(f"{part.path}: {part.text}".replace("`", ""))
        if all(one.text for one in part.names):
            for one in part.names:
                terminal.say(f"  {one.name:<18} {one.text}")
        else:
            terminal.say(f"  {', '.join(one.name for one in part.names)}")
    return 0


def _data(kind: str | None, terminal: Terminal) -> int:
    from analysis.data_keys import data_keys
    from analysis.errors import ReviewError
    from analysis.messages import unknown

    found = data_keys()
    if kind is not None and kind not in found:
        raise ReviewError(unknown(kind, "a kind of data file", list(found)))
    for entries in found.values() if kind is None else [found[kind]]:
        for entry in entries:
            terminal.table(
                ("key", "value", "required", "meaning"),
                [
                    (key.name, key.value, "yes" if key.required else "", key.text.replace("`", ""))
                    for key in entry.keys
                ],
                title=entry.name,
            )
    return 0


def _below(args: argparse.Namespace, terminal: Terminal) -> int:
    """List the findings of the review below a path."""
    from analysis.load import load_review
    from analysis.plan import find

    path = args.path.strip(".")
    terminal.table(("path", "value"), list(_values(path, find(load_review(args.root)).value(path))))
    return 0


def _values(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Give what is at a path: a value, or the values below it; groups below are only named."""
    from analysis.paths import children

    below = children(value)
    if not below:
        yield path, _shown(value)
    for name, inner in below.items():
        inside = children(inner)
        if name == "synthesis":
            continue  # what is in it is listed without it
        if inside:
            yield f"{path}.{name}", f"→ {', '.join(inside)}"
        elif not (isinstance(inner, tuple | dict) and not inner):
            yield f"{path}.{name}", _shown(inner)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    return str(value)
