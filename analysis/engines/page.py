"""The web page: one file that holds its text, styles, fonts, pictures and script."""

from __future__ import annotations

import base64
import html
import mimetypes
import re
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.engines import ast, headings, matter, parts, subset, tables
from analysis.engines.ast import Node
from analysis.errors import RenderError

if TYPE_CHECKING:
    from analysis.engines.pandoc import Document

TEMPLATE, STYLE, SCRIPT = "templates/page.html", "templates/page.css", "templates/page.js"
ORIGINS = "origins.json"
"""Optional file of a source: findings key to the sentences that say where it comes from."""

FONTS = Path(__file__).parent.parent / "fonts"
_FACES = (
    ("Review Serif", 400, "normal", "review-serif"),
    ("Review Serif", 400, "italic", "review-serif-italic"),
    ("Review Serif", 600, "normal", "review-serif-semibold"),
    ("Review Sans", 400, "normal", "review-sans"),
    ("Review Sans", 400, "italic", "review-sans-italic"),
    ("Review Sans", 600, "normal", "review-sans-semibold"),
)
# What stands in Pandoc's output for things that it need not carry through; no text of the data
# can say the same, since nobody knows the mark beforehand.
_MARK = secrets.token_hex(8)
_HELD = {name: f"@@{name}-{_MARK}@@" for name in ("body", "styles", "script", "origins")}
_PICTURE = re.compile(r'<img src="@@picture:(?P<path>[^"]+)@@" style="(?P<style>[^"]*)"')
# A browser may break a line behind any dash; that of an interval is no place to.
_BOUND = r'(<span class="num"[^<>]*>[^<]*</span>)'
_INTERVAL = re.compile(f"{_BOUND}–{_BOUND}")
_SVG = re.compile(rb"<svg\b[^>]*>")
_SVG_SIDE = re.compile(rb'\b(width|height)="([\d.]+)(pt|px|)"')
# Beyond its natural size a picture grows by no more than this, lest its words outgrow the text.
_GROWTH = 1.5
_BROAD = 420.0


def write(document: Document, figures: Mapping[str, bytes], *, side_by_side: bool = True) -> bytes:
    """Return the page of a document.

    `side_by_side` lets several runs of pandoc write it, where there are processors to spare.

    Raises
    ------
    RenderError : a style is missing, or pandoc failed.
    """
    files = document.source.files
    for name in (TEMPLATE, STYLE, SCRIPT):
        if name not in files:
            raise RenderError(f"the page: found no {name}, wanted the style of the page")
    front, text = document.part("html")
    meta = _meta(front, document)
    meta |= headings.contents(text)
    arguments = ["-t", "html5", "--wrap=none", "--section-divs", "--mathml"]
    doing = "writing the page"
    most = None if document.by_section else parts.MOST if side_by_side else 1
    with ThreadPoolExecutor(max_workers=1) as aside:  # the frame needs nothing of the body
        frame = aside.submit(
            parts.filled, document.parsed, meta, (*arguments, "--template=template.html"),
            {"template.html": files[TEMPLATE]}, ("html", _HELD["body"]), doing,
        )  # fmt: skip
        blocks = headings.folded(ast.rewrite(text, _Page(document).change))
        body = parts.write(document.parsed, blocks, arguments, doing, most=most, number=_number)
        page = frame.result()
    held = {
        _HELD["body"]: body,
        _HELD["styles"]: font_faces() + files[STYLE].decode("utf-8"),
        _HELD["script"]: files[SCRIPT].decode("utf-8"),
        _HELD["origins"]: files.get(ORIGINS, b"").decode("utf-8").replace("<", "\\u003c"),
    }
    for mark, content in held.items():
        page = page.replace(mark, content, 1)
    page = _INTERVAL.sub(r'<span class="interval">\1–\2</span>', page)
    page = _PICTURE.sub(lambda m: _picture(m.group("path"), m.group("style"), figures), page)
    return page.encode("utf-8")


def _number(key: str, value: str) -> str:
    return f'<span class="num" data-key="{key}">{value}</span>'


@cache
def font_faces() -> str:
    """Return the style rules that carry the fonts of the page inside themselves."""
    rules = []
    for family, weight, style, name in _FACES:
        data = base64.b64encode((FONTS / f"{name}.woff2").read_bytes()).decode("ascii")
        rules.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};'
            f'font-display:swap;src:url("data:font/woff2;base64,{data}") format("woff2")}}\n'
        )
    return "".join(rules)


def _picture(path: str, style: str, figures: Mapping[str, bytes]) -> str:
    """Return the start of an `<img>` that holds its picture and knows its size."""
    name = html.unescape(path)
    content = figures[name]
    kind = mimetypes.types_map.get(Path(name).suffix.lower(), "application/octet-stream")
    data = f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
    size = natural_size(content)
    if not size:
        return f'<img src="{data}" style="{style}"'
    width, height = size
    broad = ' class="broad"' if width > _BROAD else ""
    style += f"max-width:min(100%,{width * _GROWTH:.0f}px)"
    return f'<img{broad} src="{data}" width="{width:.0f}" height="{height:.0f}" style="{style}"'


def natural_size(picture: bytes) -> tuple[float, float] | None:
    """Return width and height of an SVG or PNG in CSS pixels (96 to the inch), if it says."""
    if picture.startswith(b"\x89PNG"):
        return float(int.from_bytes(picture[16:20])), float(int.from_bytes(picture[20:24]))
    opening = _SVG.search(picture[:4096])
    sides = {
        side: float(length) * (96 / 72 if unit == b"pt" else 1.0)
        for side, length, unit in _SVG_SIDE.findall(opening.group() if opening else b"")
    }
    return (sides[b"width"], sides[b"height"]) if len(sides) == 2 else None


def _meta(front: Mapping[str, Any], document: Document) -> matter.Meta:
    meta = matter.normalise(front)
    title = ast.plain(meta["title"]["c"]) if "title" in meta else "Review"
    meta["pagetitle"] = matter.string(title)
    if document.source.date is not None:
        meta["date-iso"] = matter.string(document.source.date)
    for key in ("styles", "script"):
        meta[key] = matter.string(_HELD[key])
    if ORIGINS in document.source.files:
        meta["origins"] = matter.string(_HELD["origins"])
    return meta


class _Page:
    """The changes that turn the tree into that of a page."""

    def __init__(self, document: Document) -> None:
        self.names = {label.id: label.name for label in document.labels}

    def change(self, node: Node) -> Node | list[Node] | None:
        match node["t"]:
            case "Header":
                return headings.anchored(node)
            case "Image":
                return _image(node)
            case "Figure":
                return self._figure(node)
            case "Table":
                return self._table(node)
            case "Div":
                return _callout(node)
            case "RawInline" if node["c"] == ["review", "pagebreak"]:
                return []
        return None

    def _caption(self, identifier: str, caption: list[Node]) -> list[Node]:
        name = ast.span(ast.text(f"{self.names[identifier]}."), "float-name")
        return [name, {"t": "Space"}, *ast.first_inlines(caption)]

    def _figure(self, node: Node) -> list[Node]:
        identifier, caption, content = node["c"][0][0], node["c"][1][1], node["c"][2]
        return [
            _raw(f'<figure class="float figure" id="{html.escape(identifier)}">'),
            _raw('<div class="picture">'),
            *content,
            _raw("</div><figcaption>"),
            {"t": "Plain", "c": self._caption(identifier, caption)},
            _raw("</figcaption></figure>"),
        ]

    def _table(self, node: Node) -> list[Node]:
        identifier, caption = node["c"][0][0], node["c"][1][1]
        shaped = tables.for_page(node)
        if not identifier:
            opening = '<div class="float table"><div class="scroll">'
            return [_raw(opening), shaped, _raw("</div></div>")]
        return [
            _raw(f'<figure class="float table" id="{html.escape(identifier)}"><figcaption>'),
            {"t": "Plain", "c": self._caption(identifier, caption)},
            _raw('</figcaption><div class="scroll">'),
            shaped,
            _raw("</div></figure>"),
        ]


def _raw(code: str) -> Node:
    return ast.raw_block("html", code)


def _image(node: Node) -> Node:
    target = node["c"][2][0]
    style = "".join(f"{key}:{number:g}{unit};" for key, number, unit in subset.sides(node))
    alt = html.escape(subset.alternative(node), quote=True)
    source = html.escape(f"@@picture:{target}@@")
    return ast.raw_inline("html", f'<img src="{source}" style="{html.escape(style)}" alt="{alt}">')


def _callout(node: Node) -> Node | None:
    attributes = ast.attr(node["c"][0])
    kind = subset.callout(node)
    if not kind:
        return None
    content: list[Node] = node["c"][1]
    first = ast.attr_of(content[0]) if content else None
    if not first or "callout-title" not in first.classes:
        title = attributes.get("title") or kind.removeprefix("callout-").capitalize()
        content = [subset.callout_title(ast.text(title)), *content]
    kept = ast.Attr(attributes.id, ("callout", kind), (("role", "note"),))
    return {"t": "Div", "c": [kept.json(), content]}
