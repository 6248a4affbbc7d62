"""A sheet as PNG: painted by matplotlib's Agg, then packed."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.figures.lettering import UNITS
from analysis.figures.sheet import Disc, Mark, Shape, Sheet, Stroke, Writing
from analysis.figures.style import PAPER

if TYPE_CHECKING:
    from matplotlib.path import Path

DPI = 250  # 165 mm make 1,625 pixels: sharp in print, and quick to pack


def painted(sheet: Sheet, dpi: int = DPI) -> NDArray[np.uint8]:
    """Return a sheet as RGBA pixels, shape (height, width, 4), so many to the inch."""
    return _Painter(sheet, dpi).pixels()


class _Painter:
    """Paints marks with an Agg renderer; its y grows upwards, in pixels."""

    def __init__(self, sheet: Sheet, dpi: int) -> None:
        from matplotlib.backends.backend_agg import RendererAgg
        from matplotlib.transforms import Affine2D, IdentityTransform

        self.sheet, self.scale = sheet, dpi / 72
        self.height = round(sheet.height * self.scale)
        # matplotlib does not annotate its renderers.
        self.renderer: Any = RendererAgg(round(sheet.width * self.scale), self.height, dpi)  # type: ignore[no-untyped-call]
        self.place = Affine2D
        self.down = Affine2D().scale(self.scale, -self.scale).translate(0, self.height)
        self.identity = IdentityTransform()

    def pixels(self) -> NDArray[np.uint8]:
        paper = Shape(_corners(self.sheet), PAPER, None, 0.0)
        for mark in (paper, *self.sheet.marks):
            self._paint(mark)
        return np.asarray(self.renderer.buffer_rgba())

    def _paint(self, mark: Mark) -> None:
        match mark:
            case Writing():
                self._write(mark)
            case Stroke():
                self._draw(_polyline(mark.points), None, mark.colour, mark.width, mark.dash)
            case Shape():
                path = _polyline((*mark.points, mark.points[0]), closed=True)
                self._draw(path, mark.fill, mark.edge, mark.width, mark.dash)
            case Disc():
                path = _circle(mark.x, mark.y, mark.radius)
                self._draw(path, mark.fill, mark.edge, mark.width, None)

    def _draw(
        self,
        path: Path,
        fill: str | None,
        edge: str | None,
        width: float,
        dash: tuple[float, ...] | None,
    ) -> None:
        gc = self.renderer.new_gc()
        gc.set_linewidth(width if edge else 0.0)
        gc.set_foreground(_rgb(edge or PAPER), isRGBA=True)
        gc.set_capstyle("butt")
        gc.set_joinstyle("miter")
        if dash:
            gc.set_dashes(0, list(dash))
        self.renderer.draw_path(gc, path, self.down, _rgb(fill) if fill else None)

    def _write(self, mark: Writing) -> None:
        from matplotlib.path import Path

        glyphs = [(g, x) for g, x in mark.setting.glyphs if len(g.vertices)]
        if not glyphs:
            return
        vertices = np.concatenate([np.add(g.vertices, (x, 0.0)) for g, x in glyphs])
        path = Path(vertices, np.concatenate([g.codes for g, _ in glyphs]))
        path.should_simplify = False
        size = mark.size / UNITS * self.scale
        where = self.place().scale(size).rotate_deg(mark.turn)
        where.translate(mark.x * self.scale, self.height - mark.y * self.scale)
        behind = [(2 * mark.halo, PAPER)] if mark.halo else []
        for halo, colour in (*behind, (0.0, mark.colour)):
            gc = self.renderer.new_gc()
            gc.set_linewidth(halo)
            gc.set_foreground(_rgb(PAPER), isRGBA=True)
            gc.set_joinstyle("round")
            gc.set_snap(False)
            self.renderer.draw_path(gc, path, where, _rgb(colour))


def _corners(sheet: Sheet) -> tuple[tuple[float, float], ...]:
    w, h = sheet.width, sheet.height
    return ((0.0, 0.0), (w, 0.0), (w, h), (0.0, h))


def _polyline(points: tuple[tuple[float, float], ...], closed: bool = False) -> Path:
    from matplotlib.path import Path

    path = Path(points, closed=closed)
    path.should_simplify = False
    return path


def _circle(x: float, y: float, radius: float) -> Path:
    from matplotlib.path import Path

    unit = Path.unit_circle()
    return Path(np.asarray(unit.vertices) * radius + np.array((x, y)), unit.codes)


def _rgb(colour: str) -> tuple[float, float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue, 1.0


def packed(pixels: NDArray[np.uint8], dpi: float) -> bytes:
    """Return RGBA pixels, shape (height, width, 4), as a PNG of 8-bit RGB.

    Lines are not filtered: for tables and straight edges that is smallest, and quickest.
    """
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    lines[:, 1:] = pixels[:, :, :3].reshape(height, 3 * width)
    per_metre = round(dpi / 0.0254)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", head),
            _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 3)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
