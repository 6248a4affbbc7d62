"""The Word file that journals ask for: Pandoc's, with styles of its own and a fixed date."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from analysis.engines import ast, matter, subset, word_tables
from analysis.engines.ast import Node
from analysis.engines.program import run_pandoc
from analysis.engines.word_styles import FOOTER, LANDSCAPE, PORTRAIT, restyle
from analysis.errors import Problem, TemplateError

if TYPE_CHECKING:
    from analysis.engines.pandoc import Document

_FOOTER_NAME = "word/footer-pages.xml"
_FOOTER_ID = "rIdFooter"
_DATES = re.compile(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", re.DOTALL)
_LAST_SECTION = re.compile(r"<w:sectPr>(?=(?:(?!<w:sectPr).)*\Z)", re.DOTALL)
_BELOW_TABLE = re.compile(
    r"</w:tbl>\s*(?:<w:bookmark(?:Start|End)\b[^>]*>\s*)*"
    r'<w:p>\s*<w:pPr>\s*<w:pStyle w:val="(?:BodyText|FirstParagraph|Compact|DefinitionTerm)"\s*/>'
)
"""The paragraph that follows a table, which has no space below of its own."""


def write(document: Document, figures: Mapping[str, bytes]) -> bytes:
    """Return the Word file of a document; a PNG stands for each SVG, under the same name.

    Raises
    ------
    TemplateError : an SVG has no PNG beside it.
    RenderError : pandoc failed.
    """
    pictures = _pictures(document, figures)
    change = _Word(document).change
    front, text = document.part("docx")
    abstract = _abstract(ast.rewrite(front.get("abstract"), change))
    blocks = [*_about(front), *abstract, *_typed(ast.rewrite(text, change))]
    # The last section's page is the document's own, not that of a paragraph.
    turned = blocks[-1] == _LANDSCAPE_END
    blocks = blocks[:-1] if turned else blocks
    meta = ast.rewrite(_meta(front), change)
    epoch = int(matter.moment(document.source.date).timestamp())
    # Pandoc's sandbox would keep the pictures from it too. They stand alone in the folder
    # where it runs, and the reader let no image lead out of it.
    run = run_pandoc(
        ["-f", "json", "-t", "docx", "-o", "-"],
        document.parsed.tree(blocks, meta),
        pictures,
        "writing the Word file",
        epoch,
    )
    packed = run.written("writing the Word file")
    page = LANDSCAPE if turned else PORTRAIT
    return _finish(packed, page, dated=document.source.date is not None)


def _pictures(document: Document, figures: Mapping[str, bytes]) -> dict[str, bytes]:
    found = {figure.path: _png(figure.path) for figure in document.figures}
    lost = [
        Problem(f.place, "", f"found no {found[f.path]} beside {f.path}, wanted it for Word")
        for f in document.figures
        if found[f.path] not in figures
    ]
    if lost:
        raise TemplateError(lost)
    return {name: figures[name] for name in found.values()}


def _png(path: str) -> str:
    pure = PurePosixPath(path)
    return str(pure.with_suffix(".png")) if pure.suffix == ".svg" else path


def _meta(front: Mapping[str, Any]) -> matter.Meta:
    kept = ("title", "subtitle", "date", "lang", "keywords")
    meta = {key: front[key] for key in kept if key in front}
    people = matter.normalise(front).get("by-author")
    names = [matter.inlines(person["c"]["name"]) for person in matter.items(people)]
    meta["author"] = {"t": "MetaList", "c": [{"t": "MetaInlines", "c": n} for n in names]}
    return meta


def _about(front: Mapping[str, Any]) -> list[Node]:
    """Return affiliations and correspondence, a line each, and the facts of the edition.

    Pandoc sets an abstract from the metadata right below the title, above all text: it is part
    of the text here, so that the facts stand before it, as on the page and on paper.
    """
    meta = matter.normalise(front)
    lines: list[list[Node]] = []
    for person in matter.items(meta.get("by-author")):
        fields = person["c"]
        said = [matter.inlines(p["c"]["name"]) for p in matter.items(fields.get("affiliations"))]
        said += [matter.inlines(fields[key]) for key in ("email", "orcid") if key in fields]
        if said:
            lines.append([_strong(matter.inlines(fields["name"])), *_joined(said)])
    facts: list[list[Node]] = []
    for fact in matter.items(meta.get("imprint")):
        label = _strong(matter.inlines(fact["c"]["label"]))
        facts.append([label, {"t": "Space"}, *matter.inlines(fact["c"]["text"])])
    keywords = [matter.inlines(word) for word in matter.items(meta.get("keywords"))]
    if keywords:
        facts.append([_strong(ast.text("Keywords")), *_joined(keywords)])
    out = [_styled("Author Note", [{"t": "Para", "c": line}]) for line in lines]
    return [*out, _facts(facts)] if facts else out


def _facts(facts: list[list[Node]]) -> Node:
    """Return a table of facts, read along its rows, two in each."""
    cells = [[_styled("Author Note", [{"t": "Para", "c": fact}])] for fact in facts]
    cells += [[] for _ in range(len(cells) % 2)]
    bare = ["", [], []]
    left = {"t": "AlignLeft"}
    rows = [
        [bare, [[bare, {"t": "AlignDefault"}, 1, 1, cell] for cell in cells[at : at + 2]]]
        for at in range(0, len(cells), 2)
    ]
    columns = [[left, {"t": "ColWidth", "c": 0.5}] for _ in range(2)]
    body = [bare, 0, [], rows]
    return {"t": "Table", "c": [bare, [None, []], columns, [bare, []], [body], [bare, []]]}


def _abstract(found: Node | None) -> list[Node]:
    if found is None:
        return []
    given = found["c"]
    words = given if found["t"] == "MetaBlocks" else [{"t": "Para", "c": matter.inlines(found)}]
    title = [{"t": "Para", "c": ast.text("Abstract")}]
    return [_styled("Abstract Title", title), _styled("Abstract", words)]


def _typed(blocks: list[Node]) -> list[Node]:
    """Return blocks whose tables have the type that their page has room for."""
    room = word_tables.UPRIGHT
    for node in ast.walk(blocks):
        if node == _LANDSCAPE_START:
            room = word_tables.ON_ITS_SIDE
        elif node == _LANDSCAPE_END:
            room = word_tables.UPRIGHT
        elif node["t"] == "Table":
            word_tables.set_type(node, room)
    return blocks


def _styled(style: str, blocks: list[Node]) -> Node:
    return {"t": "Div", "c": [["", [], [["custom-style", style]]], blocks]}


def _strong(words: list[Node]) -> Node:
    return {"t": "Strong", "c": [*words, *ast.text(":")]}


def _joined(parts: Iterable[list[Node]]) -> list[Node]:
    out: list[Node] = []
    for part in parts:
        out += [*(ast.text(", ") if out else [{"t": "Space"}]), *part]
    return out


class _Word:
    """The changes that turn the tree into that of a Word file."""

    def __init__(self, document: Document) -> None:
        self.names = {label.id: label.name for label in document.labels}

    def change(self, node: Node) -> Node | list[Node] | None:
        match node["t"]:
            case "Span":
                return _span(node)
            case "Image":
                alt = subset.alternative(node)
                attributes = ast.attr(node["c"][0])
                pairs = [(k, v) for k, v in attributes.pairs if k in ("width", "height")]
                kept = ast.Attr("", (), (*pairs, ("alt", alt)))
                target = _png(node["c"][2][0])
                return {"t": "Image", "c": [kept.json(), ast.text(alt), [target, ""]]}
            case "Figure" | "Table":
                return self._captioned(node)
            case "Div" if "landscape" in node["c"][0][1]:
                return [_LANDSCAPE_START, *node["c"][1], _LANDSCAPE_END]
            case "RawInline" if node["c"] == ["review", "pagebreak"]:
                return ast.raw_inline("openxml", '<w:r><w:br w:type="page"/></w:r>')
        return None

    def _captioned(self, node: Node) -> Node:
        name = self.names.get(node["c"][0][0])
        if name:
            words = ast.first_inlines(node["c"][1][1])
            mark = {"t": "Strong", "c": ast.text(f"{name}.")}
            node["c"][1] = [None, [{"t": "Plain", "c": [mark, {"t": "Space"}, *words]}]]
        return node


def _span(node: Node) -> list[Node] | None:
    attributes = ast.attr(node["c"][0])
    if attributes.id or any(name.startswith("csl-") for name in attributes.classes):
        return None
    return list(node["c"][1])


def _section(page: str) -> str:
    """Return an empty paragraph that ends a section: all before it has this page."""
    footer = f'<w:footerReference w:type="default" r:id="{_FOOTER_ID}"/>'
    return f"<w:p><w:pPr><w:sectPr>{footer}{page}</w:sectPr></w:pPr></w:p>"


_LANDSCAPE_START = ast.raw_block("openxml", _section(PORTRAIT))
_LANDSCAPE_END = ast.raw_block("openxml", _section(LANDSCAPE))


def _finish(packed: bytes, page: str, *, dated: bool) -> bytes:
    """Return a Word file with the styles, page and footer of this package.

    Pandoc writes a date of making into every file; one that has none loses it.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as source, zipfile.ZipFile(out, "w") as target:
        entries = source.infolist()
        for entry in entries:
            content = _part(entry.filename, source.read(entry), page)
            if entry.filename == "docProps/core.xml" and not dated:
                content = _DATES.sub(b"", content)
            _add(target, entry.filename, entry.date_time, content)
        _add(target, _FOOTER_NAME, entries[0].date_time, FOOTER.encode("utf-8"))
    return out.getvalue()


def _part(name: str, content: bytes, page: str) -> bytes:
    match name:
        case "word/styles.xml":
            return restyle(content.decode("utf-8")).encode("utf-8")
        case "word/document.xml":
            footer = f'<w:footerReference w:type="default" r:id="{_FOOTER_ID}"/>'
            text = content.decode("utf-8")
            # The order of the schema: references, footnotes, page size and margins.
            text = _LAST_SECTION.sub(lambda m: m.group() + footer, text)
            text = _BELOW_TABLE.sub(r'\g<0><w:spacing w:before="280"/>', text)
            head, end, tail = text.rpartition("</w:sectPr>")
            return word_tables.finish(head + page + end + tail).encode("utf-8")
        case "word/_rels/document.xml.rels":
            kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer"
            target = PurePosixPath(_FOOTER_NAME).name
            entry = f'<Relationship Id="{_FOOTER_ID}" Type="{kind}" Target="{target}"/>'
            return content.replace(b"</Relationships>", entry.encode() + b"</Relationships>")
        case "[Content_Types].xml":
            kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"
            entry = f'<Override PartName="/{_FOOTER_NAME}" ContentType="{kind}"/>'
            return content.replace(b"</Types>", entry.encode() + b"</Types>")
    return content


def _add(
    target: zipfile.ZipFile, name: str, when: tuple[int, int, int, int, int, int], content: bytes
) -> None:
    info = zipfile.ZipInfo(name, when)
    info.compress_type = zipfile.ZIP_DEFLATED
    target.writestr(info, content)
