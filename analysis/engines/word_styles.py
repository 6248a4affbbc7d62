"""The look of the Word file: styles in place of Pandoc's, an A4 page, page numbers.

Units are Word's: `w:sz` in half points, spacing in twentieths of a point.
"""

from __future__ import annotations

import re

_BODY, _HEAD = "Cambria", "Calibri"
_ACCENT, _QUIET = "0B4F6C", "4F5862"

_MARGINS = (
    '<w:pgMar w:top="1417" w:right="1304" w:bottom="1361" w:left="1304" '
    'w:header="708" w:footer="680" w:gutter="0"/>'
)
PORTRAIT = f'<w:pgSz w:w="11906" w:h="16838"/>{_MARGINS}'
LANDSCAPE = f'<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>{_MARGINS}'

_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SMALL = (
    f'<w:rPr><w:rFonts w:ascii="{_HEAD}" w:hAnsi="{_HEAD}" w:cs="{_HEAD}"/>'
    '<w:sz w:val="18"/></w:rPr>'
)
FOOTER = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    f'<w:ftr xmlns:w="{_NAMESPACE}"><w:p><w:pPr><w:jc w:val="right"/></w:pPr>'
    f'<w:r>{_SMALL}<w:fldChar w:fldCharType="begin"/></w:r>'
    f'<w:r>{_SMALL}<w:instrText xml:space="preserve">PAGE</w:instrText></w:r>'
    f'<w:r>{_SMALL}<w:fldChar w:fldCharType="end"/></w:r></w:p></w:ftr>'
)


def _face(name: str) -> str:
    return f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:cs="{name}"/>'


def _font(
    name: str, size: int, color: str = "", *, bold: bool = False, italic: bool = False
) -> str:
    weight = "<w:b/><w:bCs/>" if bold else '<w:b w:val="0"/><w:bCs w:val="0"/>'
    slant = "<w:i/><w:iCs/>" if italic else '<w:i w:val="0"/><w:iCs w:val="0"/>'
    paint = f'<w:color w:val="{color}"/>' if color else ""
    return f'{_face(name)}{weight}{slant}{paint}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'


def _space(before: int, after: int, line: int = 240, align: str = "left", more: str = "") -> str:
    lines = f'w:line="{line}" w:lineRule="auto"'
    spacing = f'<w:spacing w:before="{before}" w:after="{after}" {lines}/>'
    return f'{more}{spacing}<w:jc w:val="{align}"/>'


_KEEP = "<w:keepNext/><w:keepLines/>"
_STYLES = {
    "BodyText": (_space(60, 100, 300), _font(_BODY, 22)),
    "FirstParagraph": (_space(60, 100, 300), _font(_BODY, 22)),
    "Compact": (_space(20, 20), ""),
    "Title": (_space(0, 120, more=_KEEP), _font(_BODY, 44, bold=True)),
    "Subtitle": (_space(0, 200, more=_KEEP), _font(_BODY, 26, _QUIET, italic=True)),
    "Author": (_space(0, 20, more=_KEEP), _font(_HEAD, 22, bold=True)),
    "Date": (_space(80, 200, more=_KEEP), _font(_HEAD, 20, _QUIET)),
    "AbstractTitle": (_space(200, 80, more=_KEEP), _font(_HEAD, 24, _ACCENT, bold=True)),
    "Abstract": (_space(0, 100, 276), _font(_BODY, 21)),
    "Heading1": (
        _space(400, 120, more=_KEEP),
        _font(_HEAD, 30, _ACCENT, bold=True),
    ),
    "Heading2": (_space(280, 100, more=_KEEP), _font(_HEAD, 25, bold=True)),
    "Heading3": (_space(220, 80, more=_KEEP), _font(_HEAD, 22, _QUIET, bold=True, italic=True)),
    "Heading4": (_space(180, 60, more=_KEEP), _font(_HEAD, 22, italic=True)),
    "CaptionedFigure": (_space(200, 80, more=_KEEP, align="center"), ""),
    "ImageCaption": (_space(0, 280), _font(_HEAD, 19)),
    "TableCaption": (_space(280, 80, more=_KEEP), _font(_HEAD, 19)),
    "Bibliography": (
        _space(0, 80).replace("<w:jc", '<w:ind w:left="454" w:hanging="454"/><w:jc'),
        _font(_BODY, 20),
    ),
    "FootnoteText": (_space(0, 40), _font(_HEAD, 18)),
    "DefinitionTerm": (_space(80, 0, more=_KEEP), _font(_BODY, 22, bold=True)),
    "Definition": (
        _space(0, 60, 276).replace("<w:jc", '<w:ind w:left="284"/><w:jc'),
        _font(_BODY, 22),
    ),
}
_LEVELS = {f"Heading{n}": f'<w:outlineLvl w:val="{n - 1}"/>' for n in range(1, 5)}

_RULE = 'w:val="single" w:space="0" w:color="0B4F6C"'
_TABLE = f"""<w:style w:default="1" w:customStyle="1" w:styleId="Table" w:type="table">
<w:name w:val="Table"/><w:basedOn w:val="TableNormal"/><w:qFormat/>
<w:pPr><w:spacing w:before="20" w:after="20"/></w:pPr>
<w:rPr><w:rFonts w:ascii="{_HEAD}" w:hAnsi="{_HEAD}" w:cs="{_HEAD}"/>
<w:sz w:val="17"/><w:szCs w:val="17"/></w:rPr>
<w:tblPr><w:tblBorders><w:top {_RULE} w:sz="8"/><w:bottom {_RULE} w:sz="8"/>
<w:insideH w:val="single" w:space="0" w:color="C9D0D6" w:sz="4"/></w:tblBorders>
</w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/></w:rPr>
<w:tcPr><w:tcBorders><w:bottom {_RULE} w:sz="6"/></w:tcBorders></w:tcPr></w:tblStylePr>
</w:style>"""


def _own(identifier: str, name: str, paragraph: str, run: str) -> str:
    return (
        f'<w:style w:customStyle="1" w:styleId="{identifier}" w:type="paragraph">'
        f'<w:name w:val="{name}"/><w:basedOn w:val="Normal"/><w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _of_tables(name: str, size: int) -> dict[str, tuple[str, str, str]]:
    """Return the styles of a table's cells; of rows kept with the next, of a name said again."""
    whole = {"": ("", ""), " Kept": ("<w:keepNext/>", ""),
             " Again": ("", f'<w:color w:val="{_QUIET}"/>')}  # fmt: skip
    return {
        f"{name}{how}".replace(" ", ""): (
            f"{name}{how}",
            _space(20, 20, more=more),
            f'{_face(_HEAD)}{paint}<w:sz w:val="{size}"/>',
        )
        for how, (more, paint) in whole.items()
    }


_OWN = {
    "AuthorNote": ("Author Note", _space(0, 40), _font(_HEAD, 19, _QUIET)),
    **_of_tables("Table Text", 18),
    **_of_tables("Table Text Small", 14),
}
_STYLE = re.compile(r'<w:style\b[^>]*?w:styleId="(?P<id>[^"]+)"[^>]*>.*?</w:style>', re.DOTALL)
_COLOUR = re.compile(r"<w:color\b[^>]*/>")
_PARTS = re.compile(r"<w:pPr>.*?</w:pPr>|<w:pPr\s*/>|<w:rPr>.*?</w:rPr>|<w:rPr\s*/>", re.DOTALL)


def restyle(styles: str) -> str:
    """Return Pandoc's `styles.xml` with the styles of this package in place of its own."""

    def change(found: re.Match[str]) -> str:
        name = found.group("id")
        if name == "Table":
            return _TABLE
        if name in _OWN:
            return ""
        if name == "Hyperlink":
            return _COLOUR.sub(f'<w:color w:val="{_ACCENT}"/>', found.group())
        if name not in _STYLES:
            return found.group()
        paragraph, run = _STYLES[name]
        bare = _PARTS.sub("", found.group()).removesuffix("</w:style>")
        level = _LEVELS.get(name, "")
        return f"{bare}<w:pPr>{paragraph}{level}</w:pPr><w:rPr>{run}</w:rPr></w:style>"

    own = "".join(_own(identifier, *style) for identifier, style in _OWN.items())
    return _STYLE.sub(change, styles).replace("</w:styles>", f"{own}</w:styles>")
