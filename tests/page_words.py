"""The words of a page as its reader meets them, to compare what two engines printed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# Spaces that typesetting puts in the place of a space, and what it hides inside a word.
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
_HIDDEN = re.compile("[\u00ad\u200b\u2060\ufe0e]")
_SILENT = frozenset({"script", "style", "head", "template"})
_INLINE = re.compile(
    "a|abbr|b|bdi|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|time|u"
)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.silent and (tag in _SILENT or ("class", "anchor") in attrs):
            self.silent = tag
        self.parts.append("" if _INLINE.fullmatch(tag) else " ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.silent:
            self.silent = ""
        self.parts.append("" if _INLINE.fullmatch(tag) else " ")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def words_of(html: str) -> list[str]:
    """Return the words of a page's body, in reading order, without scripts and styles.

    Markup inside a word does not part it (`w<sub>i</sub>` is one word), a block does. The
    built-in engine's links from a heading to itself (`.anchor`) are no text.
    """
    reader = _Words()
    reader.feed(html)
    reader.close()
    text = _HIDDEN.sub("", "".join(reader.parts))
    return [word for word in _SPACES.split(text) if word]
