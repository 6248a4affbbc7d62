"""Figures of a review, drawn from findings. One module a kind of figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from analysis.errors import TemplateError

if TYPE_CHECKING:
    from analysis.figures.sheet import Sheet
    from analysis.findings import Findings
    from analysis.records import Review

# Kinds of figure that a manuscript may ask for, and the module that draws each.
KINDS = {
    "flow": "flow",
    "forest": "forest",
    "funnel": "funnel",
    "bubble": "bubble",
    "traffic": "traffic",
    "influence": "influence",
    "baujat": "baujat",
    "gosh": "gosh",
    "radial": "radial",
    "sequential": "sequential",
    "what_would_it_take": "what_would_it_take",
    "leave_one_out": "leave_one_out",
    "cumulative": "cumulative",
    "pools": "pools",
}


@dataclass(frozen=True)
class FigureRequest:
    """A figure that the manuscript asks for.

    `kind` names the module that draws it (forest, funnel, flow, …), `name` the files
    (`figures/NAME.svg` and `.png`), `analysis` the entry of the plan, if it shows one.
    """

    kind: str
    name: str
    analysis: str | None = None
    options: Mapping[str, str | bool | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawing:
    """A drawn figure: the same picture as SVG (text as outlines) and as PNG (empty: unasked)."""

    name: str
    svg: bytes
    png: bytes


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Return the sheet of a figure, laid out and not yet rendered.

    Raises
    ------
    TemplateError : the request names a kind, an analysis or an option that is not there.
    """
    if request.kind not in KINDS:
        raise TemplateError(
            f"figure {request.name}: found kind {request.kind}, wanted one of: {', '.join(KINDS)}"
        )
    module = import_module(f"analysis.figures.{KINDS[request.kind]}")
    sheet: Sheet = module.layout(request, review, findings)
    return sheet


def draw(request: FigureRequest, review: Review, findings: Findings, png: bool = True) -> Drawing:
    """Draw one figure; raises as `layout`."""
    return drawn([layout(request, review, findings)], png)[0]


def drawn(sheets: Sequence[Sheet], png: bool = True) -> tuple[Drawing, ...]:
    """Return sheets as SVG and PNG; the same sheets always give the same bytes."""
    from analysis.figures.svg import svg_of

    pictures = pngs(sheets) if png else [b""] * len(sheets)
    return tuple(
        Drawing(sheet.name, svg_of(sheet), picture)
        for sheet, picture in zip(sheets, pictures, strict=True)
    )


def pngs(sheets: Sequence[Sheet]) -> list[bytes]:
    """Return sheets as PNG.

    A figure takes some 20 ms, less than another process needs to start. Half of it packs
    pixels, which is done aside, in threads, while the next figure is painted.
    """
    from concurrent.futures import ThreadPoolExecutor

    from analysis.figures.png import DPI, packed, painted

    with ThreadPoolExecutor(max_workers=2) as aside:
        packing = [aside.submit(packed, painted(sheet), DPI) for sheet in sheets]
        return [picture.result() for picture in packing]
