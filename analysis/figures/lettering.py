"""Letters: how wide a text is, and its outline, from the fonts that ship with the package.

Text is drawn as outlines. An SVG that names a font is set in another one wherever that font
is not at hand (as an image on a page, in a viewer, in Typst with other font paths), and then
its columns no longer fit. The words of a figure reach a screen reader by its alternative text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.figures.style import SIZE

Face = Literal["regular", "semibold", "italic"]

_FONTS = Path(__file__).parents[1] / "fonts"
_FILES: dict[Face, str] = {
    "regular": "SourceSans3-Regular.otf",
    "semibold": "SourceSans3-Semibold.otf",
    "italic": "SourceSans3-It.otf",
}
CAP_HEIGHT = 0.66  # of Source Sans 3, in units of the type size
UNITS = 100.0  # outlines are given at this type size, y upwards

# Figures and their signs all have their own width in Source Sans, so each is set alone and
# found again; letters pull together (kerning), so a word is set as one.
_ALONE = frozenset("0123456789.,;:()[]%<>=−–/ ")


@dataclass(frozen=True, eq=False)
class Glyph:
    """The outline of one glyph at UNITS points, as vertices and codes of a matplotlib path."""

    vertices: NDArray[np.float64]
    codes: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Setting:
    """A text set in a line at UNITS points: its glyphs, where each begins, the whole width."""

    glyphs: tuple[tuple[Glyph, float], ...]
    width: float

    @property
    def ink(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top of what is black, y upwards; all 0 where nothing is."""
        boxes = [
            (
                x + g.vertices[:, 0].min(),
                g.vertices[:, 1].min(),
                x + g.vertices[:, 0].max(),
                g.vertices[:, 1].max(),
            )
            for g, x in self.glyphs
            if len(g.vertices)
        ]
        if not boxes:
            return 0.0, 0.0, 0.0, 0.0
        lows, highs = np.min(boxes, axis=0), np.max(boxes, axis=0)
        return float(lows[0]), float(lows[1]), float(highs[2]), float(highs[3])


@lru_cache(maxsize=8192)
def set_text(text: str, face: Face = "regular") -> Setting:
    """Set a text in one line.

    Fonts of the package come first, then matplotlib's DejaVu Sans, which knows more
    alphabets; a character that neither has becomes a white square.
    """
    glyphs: list[tuple[Glyph, float]] = []
    x = 0.0
    for run in _runs(text):
        one = _set_run(run, face)
        glyphs += [(glyph, x + at) for glyph, at in one.glyphs]
        x += one.width
    return Setting(tuple(glyphs), x)


def text_width(text: str, size: float = SIZE, face: Face = "regular") -> float:
    """Return the width of a text in points."""
    return set_text(str(text), face).width * size / UNITS


def wrap(text: str, width: float, size: float = SIZE, face: Face = "regular") -> list[str]:
    """Break a text into lines no wider than `width` points (a longer word stands alone)."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size, face) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def shorten(text: str, width: float, size: float = SIZE, face: Face = "regular") -> str:
    """Return a text, cut with an ellipsis if it is wider than `width` points."""
    if text_width(text, size, face) <= width:
        return text
    while text and text_width(text + "…", size, face) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _runs(text: str) -> list[str]:
    runs: list[str] = []
    inside = False
    for character in text:
        alone = character in _ALONE
        if inside and not alone:
            runs[-1] += character
        else:
            runs.append(character)
        inside = not alone
    return runs


@lru_cache(maxsize=8192)
def _set_run(run: str, face: Face) -> Setting:
    from matplotlib.textpath import text_to_path

    path = _file(face, True)
    if not _covers(path, run):
        path = _file(face, False)
        run = "".join(c if _covers(path, c) else "□" for c in run)
    # The space at the end is no letter: it begins where the run ends.
    places, outlines, _ = text_to_path.get_glyphs_with_font(_font(path), run + " ")
    glyphs = tuple((_glyph(path, name, *outlines[name]), float(x)) for name, x, *_ in places[:-1])
    return Setting(glyphs, float(places[-1][1]))


@cache
def _font(path: str) -> Any:
    from matplotlib.ft2font import FT2Font

    font = FT2Font(path)
    font.set_size(UNITS, 72.0)
    return font


@cache
def _file(face: Face, covered: bool) -> str:
    if covered:
        return str(_FONTS / _FILES[face])
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if face == "semibold" else "DejaVuSans.ttf"
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)


def _covers(path: str, text: str) -> bool:
    font = _font(path)
    return all(font.get_char_index(ord(character)) for character in text)


_GLYPHS: dict[tuple[str, str], Glyph] = {}


def _glyph(path: str, name: str, vertices: Any, codes: Any) -> Glyph:
    """Return one and the same object for a glyph of a font, however often it is set."""
    key = (path, name)
    if key not in _GLYPHS:
        _GLYPHS[key] = Glyph(np.asarray(vertices, float), np.asarray(codes, np.uint8))
    return _GLYPHS[key]
