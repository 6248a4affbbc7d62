"""The PDF: Pandoc's tree to Typst code, and that to a tagged PDF (PDF/UA-1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.engines import ast, matter, paper_tables, parts, subset
from analysis.engines.ast import Node
from analysis.engines.scratch import folder_of
from analysis.errors import RenderError

if TYPE_CHECKING:
    from analysis.engines.pandoc import Document

FONTS = Path(__file__).parent.parent / "fonts"
MAIN = "paper.typ"
STYLE, SHOW = "templates/paper.typ", "templates/paper-show.typ"
# What Pandoc's Typst writer takes for granted, from its own template.
_PRELUDE = """\
#let horizontalrule = line(start: (25%, 0%), length: 50%, stroke: 0.4pt)
#set smartquote(enabled: false)
"""
_UNDATED = "#set document(date: none)\n"
_READ = re.compile(r"-{2,}|\.{3}|-(?=\?)|(?<!\w)-(?=\d)|^\.(?=[^\W\d])")
"""What Typst would read in a text and Pandoc's writer leaves: dashes, points of an ellipsis, a
soft hyphen, a minus sign; a point that would ask the code before it for a field."""
_MAY_READ = re.compile(
    r'--|\.\.\.|-\?|\W-\d|"\.[^\W\d]|[-.]"\}, \{"t": "Str", "c": "[-.?\d]',
)
"""Finds the same in a tree as JSON, where a text may go on in the next element; and some more."""
_UNPRINTED = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")  # a sign that would not show by itself


class UnprintedError(RenderError):
    """A text that no font of the paper has, nor one that Typst brings."""

    def __init__(self, told: str) -> None:
        self.text = text = _ESCAPED.sub(lambda it: it[2] or chr(int(it[1], 16)), told)
        signs = ", ".join(f"U+{ord(sign):04X}" for sign in text)
        found = f"found {text} ({signs}), which no font of the PDF has"
        super().__init__(f"{found}, wanted other letters")


def write(code: str, document: Document, figures: Mapping[str, bytes]) -> bytes:
    """Return the PDF of a document, of which `code` is the `typst_code`.

    Raises
    ------
    RenderError : typst failed; the PDF would not be PDF/UA.
    """
    files = document.source.files
    fonts = {name: files[name] for name in files if name.lower().endswith((".otf", ".ttf"))}
    return compile_pdf(code, {**fonts, **figures}, document.source.date)


def typst_code(document: Document) -> str:
    """Return the whole Typst document: style, front matter, text.

    Raises
    ------
    RenderError : a style is missing; pandoc failed.
    """
    files = document.source.files
    for name in (STYLE, SHOW):
        if name not in files:
            raise RenderError(f"the PDF: found no {name}, wanted the style of the paper")
    front, text = document.part("typst")
    meta = matter.normalise(front)
    lang, region = matter.language(front)
    meta["lang"] = matter.string(lang)
    if region:
        meta["region"] = matter.string(region)
    blocks = ast.rewrite(_sections(text), _change)
    meta = ast.rewrite(meta, _change)
    meta, blocks = (_literal(it) if _MAY_READ.search(_json(it)) else it for it in (meta, blocks))
    arguments = ["-t", "typst-citations-smart", "--wrap=none"]
    front_code = parts.filled(
        document.parsed, meta, (*arguments, "--template=template.typ"),
        {"template.typ": files[SHOW]}, ("typst", ""), "writing the PDF",
    )  # fmt: skip
    return (
        _PRELUDE
        + ("" if document.source.date else _UNDATED)
        + files[STYLE].decode("utf-8")
        + "\n"
        + front_code
        + "\n"
        + parts.write(document.parsed, blocks, arguments, "writing the PDF")
    )


def compile_pdf(code: str, files: Mapping[str, bytes], date: str | None) -> bytes:
    """Return the PDF of Typst code, checked as PDF/UA-1.

    Its fonts are those of the package and any among `files`, never the system's.
    """
    import typst

    with folder_of({**files, MAIN: code.encode("utf-8")}) as root:
        try:
            pdf: bytes = typst.compile(
                root / MAIN,
                root=root,
                font_paths=[FONTS, root],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=["ua-1"],
                timestamp=int(matter.moment(date).timestamp()),
            )
        except typst.TypstError as error:
            if unprinted := _UNPRINTED.search(error.message):
                raise UnprintedError(unprinted[1]) from None
            raise RenderError(_last_words(error)) from None
    return pdf


def _sections(blocks: list[Node]) -> list[Node]:
    """Return blocks with the text below each heading of the first level made one section.

    What floats stays inside its section (`section` in the style): within one, text of the next
    subsection fills the page that a figure leaves. A page of its own cannot
    stand inside one, so a landscape part and a page break part it in two.
    """
    out: list[Node] = []
    run: list[Node] = []

    def close() -> None:
        floats = any(node["t"] in ("Figure", "Table") for node in ast.walk(run))
        if floats:
            out.append(ast.raw_block("typst", "#section["))
        out.extend(run)
        if floats:
            out.append(ast.raw_block("typst", "]"))
        run.clear()

    for block in blocks:
        if _parts(block):
            close()
            out.append(block)
        else:
            run.append(block)
    close()
    return out


def _parts(block: Node) -> bool:
    if block["t"] == "Header":
        level: int = block["c"][0]
        return level == 1
    if block["t"] == "Div" and "landscape" in block["c"][0][1]:
        return True
    return any(n["t"] == "RawInline" and n["c"] == ["review", "pagebreak"] for n in ast.walk(block))


def _literal(content: Any) -> Any:
    """Return content in which no text means anything to Typst; `ast.rewrite` passes over text."""
    if type(content) is dict:
        if content.get("t") == "MetaString":
            return {"t": "MetaInlines", "c": _spelled(content["c"])}
        return {key: _literal(value) for key, value in content.items()}
    if type(content) is not list:
        return content
    out: list[Any] = []
    for is_text, run in groupby(content, lambda it: type(it) is dict and it.get("t") == "Str"):
        items = list(run)
        out += _spelled("".join(it["c"] for it in items)) if is_text else map(_literal, items)
    return out


def _spelled(words: str) -> list[Node]:
    """Return words as inlines, with a backslash before each sign that Typst would read."""
    out: list[Node] = []
    at = 0
    for found in _READ.finditer(words):
        escaped = "".join(f"\\{sign}" for sign in found.group())
        out += [
            {"t": "Str", "c": words[at : found.start()]},
            ast.raw_inline("typst", escaped),
        ]
        at = found.end()
    return [node for node in (*out, {"t": "Str", "c": words[at:]}) if node["c"]]


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


def _quoted(words: str) -> str:
    """Return a Typst string."""
    return _json(words)


def _change(node: Node) -> Node | list[Node] | None:
    match node["t"]:
        case "Span":
            return _span(node)
        case "Figure":
            return _figure(node)
        case "Table":
            return paper_tables.set_table(node)
        case "Image":
            return ast.raw_inline("typst", f"#box({_image(node)});")
        case "Div":
            return _div(node)
        case "DefinitionList":
            return _terms(node)
        case "Math":
            # A formula needs a text for those who do not see it: its TeX, for want of better.
            _, tex = node["c"]
            before = f"#[#set math.equation(alt: {_quoted(tex)});"
            return [ast.raw_inline("typst", before), node, ast.raw_inline("typst", "];")]
        case "RawInline" if node["c"] == ["review", "pagebreak"]:
            return ast.raw_inline("typst", "#pagebreak(weak: true);")
    return None


def _span(node: Node) -> list[Node] | None:
    attributes = ast.attr(node["c"][0])
    if any(name.startswith("csl-") for name in attributes.classes):
        return None
    if "header-section-number" in attributes.classes:
        return [*node["c"][1], ast.raw_inline("typst", "#h(0.35em);")]
    # A label needs its span; any other is only for the page.
    return None if attributes.id else list(node["c"][1])


def _image(node: Node) -> str:
    target = node["c"][2][0]
    size = "".join(f", {key}: {_length(number, unit)}" for key, number, unit in subset.sides(node))
    return f"image({_quoted(target)}{size}, alt: {_quoted(subset.alternative(node))})"


def _length(number: float, unit: str) -> str:
    """Return a length of Typst, which has no pixels: 96 of them are an inch, 72 pt."""
    return f"{number * 72 / 96:g}pt" if unit == "px" else f"{number:g}{unit}"


def _figure(node: Node) -> list[Node]:
    attributes, caption, content = ast.attr(node["c"][0]), node["c"][1][1], node["c"][2]
    # Its picture was rewritten first, to `#box(image(…));`; a figure has no need of the box.
    (picture,) = [n["c"][1] for n in ast.walk(content) if n["t"] == "RawInline"]
    picture = picture.removeprefix("#box(").removesuffix(");")
    before = f"#figure({picture}, kind: image, supplement: [Figure], caption: ["
    after = f"]) <{attributes.id}>"
    words = [
        ast.raw_inline("typst", before),
        *ast.first_inlines(caption),
        ast.raw_inline("typst", after),
    ]
    return [{"t": "Plain", "c": words}, ast.raw_block("typst", "")]


def _div(node: Node) -> list[Node] | None:
    attributes = ast.attr(node["c"][0])
    content: list[Node] = node["c"][1]
    if "landscape" in attributes.classes:
        return [ast.raw_block("typst", "#landscape["), *content, ast.raw_block("typst", "]")]
    if "csl-entry" in attributes.classes:
        return _reference(attributes.id, content)
    if attributes.id == "refs":
        style = "#set text(size: 8.8pt); #set par(first-line-indent: 0pt, leading: 0.55em)"
        # The appendices follow, in which figures and tables stay in their places.
        end = "]\n#set figure(placement: none)"
        return [ast.raw_block("typst", f"#[{style}"), *content, ast.raw_block("typst", end)]
    return None


def _terms(node: Node) -> list[Node] | None:
    """Return terms with what is said of each on the same line, where that is one paragraph."""
    out: list[Node] = []
    for term, definitions in node["c"]:
        if [[block["t"] in ("Plain", "Para") for block in one] for one in definitions] != [[True]]:
            return None
        between = [ast.raw_inline("typst", mark) for mark in ("#terms.item[", "][", "]\n")]
        out += [between[0], *term, between[1], *definitions[0][0]["c"], between[2]]
    return [{"t": "Plain", "c": out}]


def _reference(label: str, content: list[Node]) -> list[Node]:
    """Return one entry of the list of references; its number, where it has one, hangs."""
    inlines = ast.first_inlines(content)
    before, after = "#block(below: 0.75em)[", f"] <{label}>"
    if [node["t"] for node in inlines] == ["Span", "Span"]:
        mark = ast.plain(inlines[0])
        before, after = f"#block(below: 0.75em, reference[{mark}][", f"]) <{label}>"
        inlines = inlines[1]["c"][1]
    raw = ast.raw_inline
    return [{"t": "Plain", "c": [raw("typst", before), *inlines, raw("typst", after)]}]


def _last_words(error: Any) -> str:
    words = [f"typst: {getattr(error, 'message', None) or error}"]
    words += [f"hint: {hint}" for hint in getattr(error, "hints", None) or ()]
    return "; ".join(" ".join(word.split()) for word in words)
