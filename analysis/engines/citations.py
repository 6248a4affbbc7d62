"""Citations resolved by Pandoc's citeproc, which is handed them alone and not the whole text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from analysis.engines import ast
from analysis.engines.ast import Node
from analysis.engines.parts import Parsed, read_at_once
from analysis.engines.program import Run, run_pandoc

REFERENCES = "refs"


def resolve(
    text: str, parsed: Parsed, files: Mapping[str, bytes], options: Sequence[str]
) -> Parsed:
    """Return a text as `parsed`, with its citations resolved and its list of references made.

    Parameters
    ----------
    files : the bibliography and the style, by path.
    options : what names them on Pandoc's command line.

    Raises
    ------
    RenderError : pandoc is missing or failed, or the bibliography cannot be read.
    """
    texts = {key: parsed.meta[key] for key in _TEXTS if key in parsed.meta}
    # One walk for all that is asked of the text: it is long.
    wanted = [node for node in ast.walk(parsed.blocks) if node["t"] in ("Cite", "Note", "Div")]
    place = next((node for node in wanted if is_list(node)), None)
    cites = [node for node in wanted if node["t"] == "Cite"]
    told = {key: _cites(text) for key, text in texts.items()}
    count = len(cites) + sum(map(len, told.values()))
    done: list[Node] = []
    if place:
        bare = {key: {"t": "MetaBlocks", "c": _alone(found)} for key, found in told.items()}
        run, whole = _run(parsed, {**parsed.meta, **bare}, [*_alone(cites), place], files, options)
        done = _cites([whole["blocks"][:-1], *(whole["meta"].get(key) for key in texts)])
    by_position = any(b"position=" in content for content in files.values())
    notes = [node for node in (*wanted, *ast.walk([*texts.values()])) if node["t"] == "Note"]
    if not place or by_position or len(done) != count or _needs_text(notes, done):
        # Where the list of references has no place of its own, its heading may end the text.
        parsed = read_at_once(text)  # which counts notes over the whole
        run, whole = _run(parsed, parsed.meta, parsed.blocks, files, options)
        meta, blocks = whole["meta"], whole["blocks"]
    else:
        resolved, references = iter(done), whole["blocks"][-1]

        def change(node: Node) -> Node | None:
            if node["t"] == "Cite":
                return next(resolved)
            return references if is_list(node) else None

        blocks = ast.rewrite(parsed.blocks, change)
        # In the order in which `done` has them.
        meta = whole["meta"] | {key: ast.rewrite(text, change) for key, text in texts.items()}
    return Parsed(meta, blocks, parsed.api_version, (*parsed.warnings, *run.warnings))


def _run(
    parsed: Parsed,
    meta: Mapping[str, Any],
    blocks: Sequence[Node],
    files: Mapping[str, bytes],
    options: Sequence[str],
) -> tuple[Run, Any]:
    """Return what citeproc makes of metadata, which it may read, and blocks."""
    run = _citeproc(parsed.tree(blocks, meta), tuple(files.items()), tuple(options))
    return run, json.loads(run.output)


_TEXTS = ("abstract", "description", "imprint")
"""Metadata that change with every number, and mean nothing to citeproc but for their citations."""


def _alone(cites: Sequence[Node]) -> list[Node]:
    return [{"t": "Para", "c": [cite]} for cite in cites]


@lru_cache(maxsize=4)
def _citeproc(tree: bytes, files: tuple[tuple[str, bytes], ...], options: tuple[str, ...]) -> Run:
    # Kept for `preview`: most changes of a text leave its citations as they are.
    arguments = ["--sandbox", "-f", "json", "-t", "json", "--citeproc", *options]
    return run_pandoc(arguments, tree, dict(files), "resolving citations")


def _cites(content: Any) -> list[Node]:
    return [node for node in ast.walk(content) if node["t"] == "Cite"]


def _needs_text(notes: Sequence[Node], done: Sequence[Node]) -> bool:
    """Say whether the text around the citations matters.

    In a style of notes, or of raised numbers, or where a citation ends in a point, citeproc
    moves spaces and points about; within a note it cites otherwise. (One within another citation
    is found twice, so that the counts differ.)
    """
    raised = any(
        node["t"] in ("Note", "Superscript") for cite in done for node in ast.walk(cite["c"][1])
    )
    pointed = any(ast.plain(cite["c"][1])[-1:] in (*".,;:!?",) for cite in done)
    return raised or pointed or any(_cites(note["c"]) for note in notes)


def is_list(node: Node) -> bool:
    """Say whether an element is the list of references."""
    return node["t"] == "Div" and bool(node["c"][0][0] == REFERENCES)
