"""Citations resolved by Pandoc's citeproc, which is handed them alone and not the whole text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.engines import ast
from analysis.engines.ast import Node
from analysis.engines.parts import Parsed
from analysis.engines.program import Run, run_pandoc

REFERENCES = "refs"


def resolve(parsed: Parsed, files: Mapping[str, bytes], options: Sequence[str]) -> Parsed:
    """Return a text with its citations resolved and its list of references made.

    Parameters
    ----------
    files : the bibliography and the style, by path.
    options : what names them on Pandoc's command line.

    Raises
    ------
    RenderError : pandoc is missing or failed, or the bibliography cannot be read.
    """
    cites = list(_cites(parsed.blocks))
    alone = [{"t": "Para", "c": [cite]} for cite in cites]
    place = next((node for node in ast.walk(parsed.blocks) if _is_list(node)), None)
    if place:
        alone.append(place)
    run, whole = _run(parsed, alone, files, options)
    done = list(_cites(whole["blocks"]))
    lists = [node for node in whole["blocks"] if _is_list(node)]
    if _needs_text(parsed.blocks, done) or len(done) != len(cites):
        run, whole = _run(parsed, parsed.blocks, files, options)
        blocks = whole["blocks"]
    else:
        resolved = iter(done)

        def change(node: Node) -> Node | None:
            if node["t"] == "Cite":
                return next(resolved)
            return lists[0] if lists and _is_list(node) else None

        blocks = ast.rewrite(parsed.blocks, change)
        if not place:
            blocks += lists
    return Parsed(whole["meta"], blocks, parsed.api_version, (*parsed.warnings, *run.warnings))


def _run(
    parsed: Parsed, blocks: Sequence[Node], files: Mapping[str, bytes], options: Sequence[str]
) -> tuple[Run, Any]:
    arguments = ["--sandbox", "-f", "json", "-t", "json", "--citeproc", *options]
    run = run_pandoc(arguments, parsed.tree(blocks, parsed.meta), files, "resolving citations")
    return run, json.loads(run.output)


def _cites(blocks: Sequence[Node]) -> Iterator[Node]:
    """Yield the citations, those inside another one left out."""
    stack: list[Any] = [blocks]
    while stack:
        item = stack.pop()
        if type(item) is list:
            stack.extend(reversed(item))
        elif type(item) is dict:
            if item.get("t") == "Cite":
                yield item
            else:
                stack.extend(reversed(list(item.values())))


def _needs_text(blocks: Sequence[Node], done: Sequence[Node]) -> bool:
    """Say whether the text around the citations matters.

    In a style of notes, or of raised numbers, citeproc moves spaces and points about; within a
    note, or within another citation, it cites otherwise.
    """
    raised = any(
        node["t"] in ("Note", "Superscript") for cite in done for node in ast.walk(cite["c"][1])
    )
    noted = (node for node in ast.walk(blocks) if node["t"] == "Note")
    within = (_cites(node["c"]) for node in (*noted, *done))
    return raised or any(True for found in within for _ in found)


def _is_list(node: Node) -> bool:
    return node["t"] == "Div" and bool(node["c"][0][0] == REFERENCES)
