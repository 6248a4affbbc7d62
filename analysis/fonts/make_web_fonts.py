"""Cut the web fonts of the page out of the OpenType fonts beside this file.

Run by hand when the fonts change (`pip install fonttools brotli`, then
`python analysis/fonts/make_web_fonts.py`); the package itself never needs it.

The page carries its fonts inside itself, so they hold only what a review prints: Latin
with its accents, Greek, punctuation, arrows and mathematical signs. The licence (OFL)
reserves the name "Source" for the originals, so the cut versions are named
"Review Serif" and "Review Sans".
"""

from __future__ import annotations

from pathlib import Path

from fontTools import subset, ttLib  # type: ignore[import-untyped,unused-ignore]

HERE = Path(__file__).parent
FACES = {
    "SourceSerif4-Regular": "review-serif",
    "SourceSerif4-It": "review-serif-italic",
    "SourceSerif4-Semibold": "review-serif-semibold",
    "SourceSans3-Regular": "review-sans",
    "SourceSans3-It": "review-sans-italic",
    "SourceSans3-Semibold": "review-sans-semibold",
}
UNICODES = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),  # Latin-1, Latin Extended-A
    *range(0x218, 0x21C),
    *range(0x391, 0x3CA),  # Greek
    *(0x2C6, 0x2C9, 0x2DA, 0x2DC),
    *range(0x2009, 0x200B),
    *range(0x2010, 0x2016),
    *range(0x2018, 0x201F),
    *range(0x2020, 0x2023),
    *(0x2026, 0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044),
    *range(0x2070, 0x208F),  # superscripts, subscripts
    *(0x20AC, 0x2113, 0x2116, 0x2122, 0x2126),
    *range(0x2150, 0x215F),
    *range(0x2190, 0x2196),
    *(0x2202, 0x2206, 0x220F, 0x2211, 0x2212, 0x2215, 0x221A, 0x221E, 0x222B),
    *(0x2248, 0x2260, 0x2264, 0x2265, 0x25A0, 0x25A1, 0x25B2, 0x25BC, 0x25CA, 0x25CB, 0x25CF),
    *(0x2605, 0x2606, 0x2713, 0x2717),
]
FEATURES = ["kern", "liga", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum", "onum", "sups", "subs"]


def main() -> None:
    """Write the six cut fonts beside their originals."""
    for original, name in FACES.items():
        options = subset.Options(layout_features=FEATURES, flavor="woff2", hinting=False)
        font = subset.load_font(str(HERE / f"{original}.otf"), options)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=UNICODES)
        cutter.subset(font)
        rename(font, name)
        subset.save_font(font, str(HERE / f"{name}.woff2"), options)


def rename(font: ttLib.TTFont, name: str) -> None:
    """Give a cut font its own name everywhere that a program may read one."""
    family = "Review Serif" if "serif" in name else "Review Sans"
    for record in font["name"].names:
        if record.nameID in (1, 4, 16, 18, 21):
            record.string = family
        elif record.nameID in (3, 6):
            record.string = name
    cff = font["CFF "].cff
    cff.fontNames = [name]
    for top in cff.topDictIndex:
        top.FamilyName = top.FullName = family


if __name__ == "__main__":
    main()
