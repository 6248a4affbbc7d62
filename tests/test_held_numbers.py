"""Numbers held aside: held against Pandoc, which reads and writes them where they stand."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from analysis.engines import ast, page, parts
from analysis.engines.parts import Parsed
from analysis.engines.program import pandoc_path
from analysis.errors import RenderError

NUMBER = '[0.89]{.num key="os.est"}'
BROAD = f"| a | {NUMBER} | {'b' * 20} | c\n|---|---|---|---\n| d | e | f | {NUMBER}\n"


def by_pandoc(text: str, *options: str) -> str | None:
    """What one run makes of a text; None where it cannot, as of metadata that are no YAML."""
    command = [pandoc_path(), *options]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    return None if done.returncode else done.stdout.decode()


def told(blocks: list[Any]) -> list[Any]:
    """Blocks, but for what a citation prints until it is resolved: its own source."""

    def change(node: ast.Node) -> ast.Node | None:
        return {"t": "Cite", "c": [node["c"][0], []]} if node["t"] == "Cite" else None

    found: list[Any] = ast.rewrite(blocks, change)
    return found


def read(text: str) -> Parsed | None:
    try:
        return parts.read_at_once(text)
    except RenderError:
        return None


PIECES = (
    NUMBER, NUMBER, NUMBER, '[−1,234.5]{.num key="a.b_c"}', '[95%]{.num key="level"}',
    " ", " ", "\xa0", "\n", "\n\n", "(", ")", "–", "; ", ". ", ", ", "-", ":", "%", "|", "'", '"',
    "*", "**", "_", "`", "^", "~", "$", "\\", "[", "]", "](x)", "#", "# ", "## ", "> ", "- ", "1. ",
    "    ", ": ", "|---|---|\n", "| ", " |\n", "---\n", "===\n", "+---+\n", "::: {.a}\n", ":::\n",
    "word", "A.", "p.", "@one", "[@one, p. ", "<b>", "</b>", "\ue000", '[a](b "', "![", "](a.svg){",
    "\n==\n", "\n--\n", "> # ", "- # ", "{#own}", "[Of ", "# Of ", "[^n]", "\n\n[^n]: ", "&#xe001;",
    '[&#xE000;0&#xE001;]{.fixed reason="x"}', "&#57344;0", "^[", "{.x}", "\\begin{a}",
    "https://x.y/", "...", "--",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=2, max_size=14))
@example(pieces=["`a ", NUMBER, " b`"])
@example(pieces=["    ", NUMBER])
@example(pieces=["$", " ", NUMBER, " ", "$"])
@example(pieces=["# ", NUMBER, " words"])
@example(pieces=["Of ", NUMBER, " words\n===\n"])
@example(pieces=["+---+\n| ", NUMBER, " |\n+---+\n"])
@example(pieces=["Of ", NUMBER, " words\n==\n\nText"])
@example(pieces=[NUMBER, " words\n--\n"])
@example(pieces=["Of ", NUMBER, " words {#own}\n==\n"])
@example(pieces=["> # Of ", NUMBER, " words"])
@example(pieces=["- # ", NUMBER, " words"])
@example(pieces=['[&#xE000;99999&#xE001;]{.fixed reason="x"} ', NUMBER])
@example(pieces=['[&#xE000;0&#xE001;]{.fixed reason="x"} ', NUMBER, " ", NUMBER])
@example(pieces=["\ue000&#48;&#57345; ", NUMBER])
@example(pieces=['---\ntitle: "\\ue0000\\ue001"\n---\n\n', NUMBER])
@example(pieces=["# Of ", NUMBER, "\n\n", "[Of ", NUMBER, "]"])
@example(pieces=["Of[^n] and[^n]\n\n[^n]: ", NUMBER, " words"])
@example(pieces=["![A figure of ", NUMBER, " words](a.svg)"])
@example(pieces=["\n\n \n  ", "a   b\n", " \t---", " ---\n", "c  ", NUMBER, "\n\n"])
@example(pieces=["---\ntitle: 'Of ", NUMBER, "'\n---\n\nText of ", NUMBER, "."])
@example(pieces=[BROAD])
@example(pieces=[BROAD.replace("b" * 20, "b" * 90)])
@example(pieces=["a | b\n--|--\nc | ", NUMBER, "\n"])
@example(pieces=["(", NUMBER, "–", NUMBER, ")"])
@example(pieces=["I²\xa0=\xa0", NUMBER, "; Q\xa0=\xa0", NUMBER, " (", NUMBER, "\xa0df)"])
@example(pieces=["word", "\\ ", NUMBER])
@example(pieces=["[@one, p. ", NUMBER, " ]"])
@example(pieces=['[]{key=""} ', NUMBER])
def test_a_text_is_read_as_if_its_numbers_had_stood_there(pieces: list[str]) -> None:
    text = "".join(pieces)
    expected = by_pandoc(text, "-f", "markdown+autolink_bare_uris", "-t", "json")
    parsed = read(text)
    found = parsed and {"meta": parsed.meta, "blocks": told(parsed.blocks)}
    whole = expected and json.loads(expected)
    assert found == (whole and {"meta": whole["meta"], "blocks": told(whole["blocks"])})


@settings(max_examples=100, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=2, max_size=14))
@example(pieces=["| a | b |\n|---|---|\n| c | ", NUMBER, " |\n"])
@example(pieces=["\ue0007\ue001 ", NUMBER])
@example(pieces=["![", NUMBER, "](x)"])
@example(pieces=['[&#xE000;99999&#xE001;]{.fixed reason="x"} ', NUMBER])
@example(pieces=["Of ", NUMBER, " words\n==\n"])
@example(pieces=["*", NUMBER, "*, ", "**", NUMBER, "**"])
def test_a_text_is_written_as_if_its_numbers_had_stood_there(pieces: list[str]) -> None:
    text = "".join(pieces)
    assume("$" not in text and (parsed := read(text)))
    arguments = ["-t", "html5", "--wrap=none", "--mathml"]
    expected = by_pandoc(parsed.tree(parsed.blocks).decode(), "-f", "json", *arguments)
    held = parts.write(parsed, parsed.blocks, arguments, "writing", number=page._number)
    assert expected is not None
    assert held.rstrip("\n") == expected.rstrip("\n")


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What pandoc is asked for, from now on."""
    asked: list[str] = []
    run = parts.run_pandoc

    def counting(arguments: Any, text: bytes, files: Any, doing: str) -> Any:
        asked.append(doing)
        return run(arguments, text, files, doing)

    monkeypatch.setattr(parts, "run_pandoc", counting)
    return asked


def test_what_differs_in_numbers_alone_is_neither_read_nor_written_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = f"# One\n\nOf {NUMBER} here.\n\n# Two\n\n| a | b |\n|---|---|\n| {NUMBER} | c |\n"
    after = before.replace("0.89", "0.9")
    asked = counted(monkeypatch)

    def made(text: str) -> str:
        parsed = parts.read(text, by_section=True)
        arguments = ["-t", "html5", "--mathml"]
        return parts.write(
            parsed, parsed.blocks, arguments, "writing", most=None, number=page._number
        )

    first = made(before)
    assert sorted(asked) == [*["reading index.qmd"] * 2, *["writing"] * 2]
    assert made(after) == first.replace("0.89", "0.9")
    assert len(asked) == 4
    assert made(after.replace("c |", "d |")) == first.replace("0.89", "0.9").replace("c<", "d<")
    assert len(asked) == 6
