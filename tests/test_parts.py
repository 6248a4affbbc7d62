"""A text in parts is the text: held against one run of pandoc over the whole."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.build import examine
from analysis.engines import citations, parts
from analysis.engines.parts import Parsed
from analysis.engines.program import Warned, pandoc_path
from analysis.project import read_project

AS_QUARTO = "markdown+autolink_bare_uris"
BIBLIOGRAPHY = b"""
@article{one2001, author={One, Ann}, title={First}, journal={J}, year={2001}}
@article{two2002, author={Two, Bob}, title={Second}, journal={J}, year={2002}}
@book{three2003, author={Three, Cy}, title={Third}, publisher={P}, year={2003}}
"""

SECTIONS = (
    "Words of @one2001, and *more* of it [@two2002, p. 3].\n",
    "```\n# no heading\n```\n\nAfter code.\n",
    "~~~~ text\n# none\n~~~\n# nor here\n~~~~\n",
    "::: {.note}\n# Within a box\n\nText.\n:::\n\nBehind it [@three2003].\n",
    "| A | B |\n|---|--:|\n| 1 – 2 | 2 |\n\n: Caption {#tbl-a}\n",
    "- item\n- another\n\n    # code, by its indent\n",
    "> quoted\n# not a heading, without a line between\n",
    "A line[^n] of text.\n\n[^n]: A note on @one2001.\n",
    "Inline^[a note] here.\n",
    "See [this] there.\n\n[this]: https://example.org\n",
    "<div>\n\n# In HTML\n\n</div>\n",
    "<!-- a comment\n\n# in it\n\n-->\n",
    "(@) First.\n(@good) Second.\n",
    "---\nkey: value\n---\n\nText.\n",
    "::: open\n\nNever closed.\n",
    "As said in [Section 1], and [elsewhere][Section 2].\n",
    "Setext\n======\n\nText.\n",
    "\\begin{a}\n\n# within\n\n\\end{a}\n",
    "# Twin\n\nText.\n\n# Twin\n",
    "",
    "> quoted\n>\n> [^n]: A note in it.\n",
    "- item\n\n    [this]: https://example.org/list\n",
    "Once more [this], and[^n].\n",
    "See [Section\n1] over a line.\n",
    "@. One\n@. Two\n",
    "- (@good) within a list\n",
    "> @good) within a quotation\n",
    "[th[i]s]: https://example.org/brackets\n\nSee [th[i]s].\n",
    "------- -------\nA       B\n\n# x     y\n\nC       D\n------- -------\n",
    "---\nkey: v\n\n# comment\n---\n",
    "text\n:::\n\n::: {.a}\n\n# Within\n\n:::\n\ntext\n::: b\n",
    ":::\n\n::: {.x}\n\n# A #\n\nText.\n",
    "Term\n: what it is\n\n## Two\n:   defined\n",
    "> ::: {.a}\n>\n> # In both\n>\n> :::\n",
    "```{.r}\nx <- 1\n```\n",
    "::: {.a}\n::: {.b}\n\n# Deep\n\n:::\n:::\n",
    "\\newcommand{\\x}{y}\n\nText.\n",
    "\n \n\n   (@one) an example\n",
    "\n \n\n   ---- \n",
)


def whole(text: str, folder: Path, *options: str) -> Any:
    """What one run of pandoc makes of a text."""
    (folder / "references.bib").write_bytes(BIBLIOGRAPHY)
    command = [pandoc_path(), "-f", AS_QUARTO, "-t", "json", *options]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True, cwd=folder)
    return json.loads(done.stdout)


def cut(monkeypatch: pytest.MonkeyPatch, least: int = 1, most: int = 200) -> None:
    """Cut wherever a text may be cut."""
    monkeypatch.setattr(parts, "LEAST", least)
    monkeypatch.setattr(parts, "MOST", most)
    monkeypatch.setattr(parts, "cpu_count", lambda: most)


def resolved(text: str, *options: str, **files: bytes) -> Parsed:
    given = {"references.bib": BIBLIOGRAPHY, **files}
    named = ("--bibliography=references.bib", *options)
    return citations.resolve(text, parts.read(text), given, named)


def uncounted(tree: Any) -> Any:
    """A tree without pandoc's count of citations, which only styles of notes ask for."""
    if isinstance(tree, dict):
        return {key: uncounted(one) for key, one in tree.items() if key != "citationNoteNum"}
    return [uncounted(one) for one in tree] if isinstance(tree, list) else tree


def numbered(contents: Sequence[str]) -> str:
    imprint = (
        "imprint:\n- label: See @one2001\n  text: Of [@three2003], @two2002\n- text: No more\n"
    )
    head = f"---\ntitle: A title\nabstract: Of @two2002.\n{imprint}---\n\n"
    return head + "\n".join(f"# Section {n}\n\n{text}" for n, text in enumerate(contents, 1))


@settings(max_examples=80, deadline=None)
@given(chosen=st.lists(st.sampled_from(SECTIONS), min_size=2, max_size=5))
def test_a_text_in_parts_is_the_text(
    chosen: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = f"{numbered(chosen)}\n# References\n\n::: {{#refs}}\n:::\n"
    expected = whole(
        text, tmp_path_factory.getbasetemp(), "--citeproc", "--bibliography=references.bib"
    )
    with pytest.MonkeyPatch.context() as patch:
        cut(patch)
        found = resolved(text)
    assert uncounted([found.blocks, found.meta]) == uncounted(
        [expected["blocks"], expected["meta"]]
    )


PIECES = (
    *"[]()<>`*_\\$^@!.,:;/ \n",
    *("http:x", "https://example.org/a_b", "doi:10.1000/x", "HTTP://X.Y", "www.a.b", "a@b.c"),
    *("[a word](", "[key=v]{.num}", "](https://x.y)", "[x](https://x.y)", "![a](b.svg)", "word"),
    *("\\emph{x}", "\\begin{a}", "\\end{a}", "\\&", "\\def", "\n\n", "    ", "| a |\n|---|\n| "),
)


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
@example(pieces=["[^1](https://x.y)"])
@example(pieces=["[@one2001](https://x.y)"])
@example(pieces=["\\[a](https://x.y)"])
@example(pieces=["_https://x.y_"])
@example(pieces=["ann@example"])
def test_what_a_text_has_no_use_for_changes_nothing(pieces: list[str]) -> None:
    text = "Words. " + "".join(pieces)
    whole = subprocess.run(
        [pandoc_path(), "-f", AS_QUARTO, "-t", "json"],
        input=text.encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert parts.read_at_once(text).blocks == json.loads(whole.stdout)["blocks"]


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("Words [of a link](https://example.org), 1\\: 2.", "markdown-raw_tex"),
        ("See https://example.org.", "markdown+autolink_bare_uris-raw_tex"),
        ("Ann [@one2001], ann@example.org", "markdown+autolink_bare_uris-raw_tex"),
        ("Ann [@one2001; @two2002], -@two2002 (@one2001)", "markdown-raw_tex"),
        ("See \\emph{this}.", "markdown"),
        ("[^1](doi:10.1000/x) \\x", "markdown+autolink_bare_uris"),
        ("At 1-a+b:c.", "markdown+autolink_bare_uris-raw_tex"),
        ("At 1a:c, -.: d, @one2001", "markdown-raw_tex"),
        ("From [–ann@example.org]", "markdown+autolink_bare_uris-raw_tex"),
        ("a1." * 20_000 + " " + "a" * 50_000, "markdown-raw_tex"),
    ],
)
def test_extensions_of_pandoc_are_on_where_a_text_may_use_them(text: str, reader: str) -> None:
    assert parts.reader(text) == reader


def test_where_a_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    text = numbered(SECTIONS[:7])
    starts = [text[at:].split("\n")[0] for at in parts._cuts(text)]
    assert starts == [f"# Section {n}" for n in range(1, 8)]
    runs: list[str] = []
    read = parts.read_at_once
    monkeypatch.setattr(parts, "read_at_once", lambda text: runs.append(text) or read(text))
    cut(monkeypatch, most=3)
    parts.read(text)
    assert (len(runs), "".join(runs)) == (3, text)


@pytest.mark.parametrize(
    "content", [*SECTIONS[7:15], *SECTIONS[20:22], *SECTIONS[24:32], SECTIONS[33], *SECTIONS[37:]]
)
def test_what_reaches_over_a_heading_is_not_cut(content: str) -> None:
    assert list(parts._cuts(numbered(["Text.\n", content, "Text.\n"]))) == []


@pytest.mark.parametrize("content", [SECTIONS[15], SECTIONS[18], SECTIONS[23]])
def test_parts_that_mean_something_to_each_other_are_read_as_one(
    content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = numbered(["Text.\n", content, "Text.\n"])
    runs: list[str] = []
    read = parts.read_at_once
    monkeypatch.setattr(parts, "read_at_once", lambda text: runs.append(text) or read(text))
    cut(monkeypatch)
    parts.read(text)
    assert len(runs) > 2
    assert runs[-1] == text


def test_the_lines_of_warnings_are_those_of_the_text() -> None:
    def part(line: int | None) -> Parsed:
        return Parsed({}, [], (1, 23), (Warned("odd", line),))

    found = parts._joined(["1\n2\n", "3\n4\n5\n", "6\n"], [part(2), part(1), part(None)])
    assert found is not None
    assert [warning.line for warning in found.warnings] == [2, 3, None]


STYLE = """<?xml version="1.0" encoding="utf-8"?>
<style xmlns="http://purl.org/net/xbiblio/csl" class="{kind}" version="1.0">
  <info><title>T</title><id>t</id><updated>2020-01-01T00:00:00+00:00</updated></info>
  <citation><layout{layout} delimiter=",">{number}</layout></citation>
  <bibliography><layout><text variable="title"/></layout></bibliography>
</style>
"""
NUMBER = '<text variable="citation-number"/>'
STYLES = {
    "points": STYLE.format(kind="in-text", layout=' suffix="."', number=NUMBER),
    "positions": STYLE.format(
        kind="in-text",
        layout="",
        number=f'<choose><if position="ibid"><text value="ib"/></if><else>{NUMBER}</else></choose>',
    ),
    "numbers": STYLE.format(kind="in-text", layout=' prefix="[" suffix="]"', number=NUMBER),
    "raised": STYLE.format(kind="in-text", layout=' vertical-align="sup"', number=NUMBER),
    "notes": STYLE.format(kind="note", layout="", number='<text variable="title"/>'),
}


@pytest.mark.parametrize("style", [*STYLES, None])
@pytest.mark.parametrize("place", ["", "# References\n\n::: {#refs .small}\n:::\n\n# After\n"])
def test_citations_alone_come_out_as_in_the_text(
    style: str | None, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = numbered(
        [
            "Words [@one2001], and @two2002; again [see @one2001; @three2003, p. 4]. Ends "
            "[@three2003; @one2001].\n\nBy @one2001. By [@one2001], too.\n",
            "More of @three2003 [p. 2]. Nobody: @nobody1999. A figure: @fig-a.\n",
        ]
    )
    text += f"\n{place}"
    options = []
    if style:
        (tmp_path / "style.csl").write_text(STYLES[style])
        options = ["--csl=style.csl"]
    cut(monkeypatch)
    expected = whole(text, tmp_path, "--citeproc", "--bibliography=references.bib", *options)
    given = {"style.csl": STYLES[style].encode()} if style else {}
    found = resolved(text, *options, **given)
    assert uncounted([found.blocks, found.meta]) == uncounted(
        [expected["blocks"], expected["meta"]]
    )
    lost = {warning.message for warning in found.warnings}
    assert lost == {f"Citeproc: citation {name} not found" for name in ("nobody1999", "fig-a")}


@pytest.mark.parametrize("to", ["html5", "typst"])
@pytest.mark.parametrize(
    "more", ["", "A line.[^1]\n\n[^1]: A note.\n", "```r\nx\n```\n\n# More\n\n```r\ny\n```\n"]
)
def test_a_fragment_in_parts_is_the_fragment(
    to: str, more: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = numbered(SECTIONS[:5]) + more
    cut(monkeypatch)
    parsed = parts.read(text)
    arguments = ["-t", to, "--wrap=none", "--section-divs"]
    command = [pandoc_path(), "-f", AS_QUARTO, *arguments]
    expected = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    written = parts.write(parsed, parsed.blocks, arguments, "writing")
    assert written.split() == expected.stdout.decode().split()
    for most in (1, None):
        again = parts.write(parsed, parsed.blocks, arguments, "writing", most=most)
        assert again.split() == written.split()


def test_the_paper_of_this_review_is_cut() -> None:
    """Else it would be read by one processor, and nobody would notice."""
    root = Path(__file__).parent.parent
    text = examine(read_project(root)).manuscript.text
    assert len(parts._cuts(text)) > 10
    assert len(parts._even(parts._cuts(text), len(text), 2)) == min(1, (parts.cpu_count() or 1) - 1)
