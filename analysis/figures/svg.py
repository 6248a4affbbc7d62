"""A sheet as SVG: text as outlines, each glyph defined once; no date, no program, no font."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from zlib import crc32

from analysis.figures.lettering import UNITS, Glyph
from analysis.figures.sheet import Disc, Mark, Shape, Sheet, Stroke, Writing
from analysis.figures.style import PAPER

_LETTER = {1: "M", 2: "L", 3: "Q", 4: "C"}  # matplotlib's path codes; 79 closes


def svg_of(sheet: Sheet) -> bytes:
    """Return a sheet as SVG of its own size in points."""
    writer = _Writer(sheet)
    body = [writer.mark(mark) for mark in sheet.marks]
    width, height = _n(sheet.width), _n(sheet.height)
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}">',
        f"<defs>{''.join(writer.outlines.values())}</defs>",
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        *body,
        "</svg>\n",
    ]
    return "\n".join(parts).encode()


class _Writer:
    """Marks as SVG elements; gathers the outlines that they use."""

    def __init__(self, sheet: Sheet) -> None:
        self.name = sheet.name
        # Pages hold several figures: the ids of one must not be those of another.
        self.prefix = f"g{crc32(sheet.name.encode()):08x}-"
        self.ids: dict[Glyph, str] = {}
        self.outlines: dict[Glyph, str] = {}

    def mark(self, mark: Mark) -> str:
        match mark:
            case Writing():
                return self._writing(mark)
            case Stroke():
                style = f'fill="none"{_edge(mark.colour, mark.width, mark.dash)}'
                points = " ".join(f"{_n(x)},{_n(y)}" for x, y in mark.points)
                return f'<polyline{self._id(mark)} points="{points}" {style}/>'
            case Shape():
                points = " ".join(f"{_n(x)},{_n(y)}" for x, y in mark.points)
                style = f'fill="{mark.fill or "none"}"{_edge(mark.edge, mark.width, mark.dash)}'
                return f'<polygon{self._id(mark)} points="{points}" {style}/>'
            case Disc():
                style = f'fill="{mark.fill or "none"}"{_edge(mark.edge, mark.width, None)}'
                place = f'cx="{_n(mark.x)}" cy="{_n(mark.y)}" r="{_n(mark.radius)}"'
                return f"<circle{self._id(mark)} {place} {style}/>"

    def _id(self, mark: Mark) -> str:
        return "" if mark.key is None else f' id="{escape(f"{self.name}-{mark.key}")}"'

    def _writing(self, mark: Writing) -> str:
        scale = _n(mark.size / UNITS, 4)
        turn = " rotate(-90)" if mark.turn else ""
        place = f"translate({_n(mark.x)} {_n(mark.y)}){turn} scale({scale} -{scale})"
        uses = "".join(
            f'<use xlink:href="#{self._glyph(glyph)}" x="{_n(x)}"/>'
            for glyph, x in mark.setting.glyphs
            if len(glyph.vertices)
        )
        # The text stands in a comment, so that a search through the file finds it.
        said = re.sub("-(?=-)", "- ", mark.text)  # XML has no two of them in a comment
        comment = f"<!--{escape(said, quote=False)} -->"
        text = f'<g{self._id(mark)} fill="{mark.colour}" transform="{place}">{comment}{uses}</g>'
        if not mark.halo:
            return text
        wide = _n(2 * mark.halo * UNITS / mark.size)
        edge = f'stroke="{PAPER}" stroke-width="{wide}" stroke-linejoin="round"'
        return f'<g fill="{PAPER}" {edge} transform="{place}">{uses}</g>{text}'

    def _glyph(self, glyph: Glyph) -> str:
        if glyph not in self.ids:
            id_ = f"{self.prefix}{len(self.ids)}"
            self.ids[glyph] = id_
            self.outlines[glyph] = f'<path id="{id_}" d="{_path(glyph)}"/>'
        return self.ids[glyph]


@lru_cache(maxsize=4096)
def _path(glyph: Glyph) -> str:
    parts: list[str] = []
    pending: list[str] = []
    for (x, y), code in zip(glyph.vertices.tolist(), glyph.codes.tolist(), strict=True):
        if code == 79:
            parts.append("Z")
            continue
        pending.append(f"{_n(x, 1)} {_n(y, 1)}")
        if len(pending) == max(1, code - 1):
            parts.append(_LETTER[code] + " ".join(pending))
            pending = []
    return "".join(parts)


def _edge(colour: str | None, width: float, dash: tuple[float, ...] | None) -> str:
    if colour is None:
        return ""
    dashes = f' stroke-dasharray="{" ".join(map(_n, dash))}"' if dash else ""
    return f' stroke="{colour}" stroke-width="{_n(width)}"{dashes}'


def _n(value: float, decimals: int = 2) -> str:
    """Return a number as short as it can be written; a hundredth of a point is 4 µm."""
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"
    return "0" if text in ("-0", "") else text
