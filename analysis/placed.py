"""Printed values inside rendered template text, until it is known what they stand in.

A number or a text of the data goes through Jinja as a token of non-characters around its
plain text. Only when the text is whole does a token become Markdown (a span with its key,
or escaped text) or, in an alternative text, the plain words. No text can forge a token:
non-characters are written as codes inside one, and no template may hold them.
"""

from __future__ import annotations

import re

from markupsafe import Markup

from analysis.markdown import escape, escape_inner
from analysis.numbers import HARD, Words, bound_span

_OPEN, _BETWEEN, _CLOSE, _CODE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
SHORTCODE_OPEN, SHORTCODE_CLOSE = "\ufdd4", "\ufdd5"
_CLAIM_OPEN, _CLAIM_CLOSE = "\ufdd6", "\ufdd7"
RESERVED = re.compile("[\ufdd0-\ufdef]")
_TOKEN = re.compile(f"{_OPEN}([^{_BETWEEN}]*){_BETWEEN}([^{_CLOSE}]*){_CLOSE}")
_CODED = re.compile(f"{_CODE}(.)")
_CLAIM = re.compile(f"{_CLAIM_OPEN}([^{_CLAIM_CLOSE}]*){_CLAIM_CLOSE}")
# What goes with a number: its sign, and the noun of a count, which a hard space holds to it; a
# noun of several words (randomised trial) is a token of its own.
_ALONG = re.compile("(?:[<=>≤≥−+][ \u00a0]*)?…(?:\u00a0[\\w-]+)?")
_NOUN = re.compile(f"{_OPEN}{_BETWEEN}{HARD}{_CLOSE}{_OPEN}{_BETWEEN}[^{_CLOSE}]*{_CLOSE}")
_LIMITS = re.compile("…(?:[ \u00a0]to[ \u00a0]|–)…")
_DATA = "*"  # the key of a text of the data, which no finding has


def of_words(words: Words) -> Markup:
    """Return printed words as tokens."""
    return ready("".join(_token(piece.key or "", piece.text) for piece in words.pieces))


def of_data(text: str) -> Markup:
    """Return a text of the data as a token: it will print as it is."""
    return ready(_token(_DATA, text))


def ready(rendered: str) -> Markup:
    """Return text that the manuscript itself put together, which is printed as it stands."""
    return Markup(rendered)  # noqa: S704 - nothing of it is HTML, and values in it are tokens


def claimed(rendered: str) -> Markup:
    """Return the rendered sentence of a claim, marked as one."""
    return ready(f"{_CLAIM_OPEN}{rendered}{_CLAIM_CLOSE}")


def claims_apart(rendered: str) -> tuple[tuple[str, bool], ...]:
    """Return rendered text in its parts, each with whether a claim printed it."""
    parts = _CLAIM.split(rendered)
    return tuple((part, bool(at % 2)) for at, part in enumerate(parts))


def markdown(rendered: str) -> str:
    """Return rendered text as Markdown."""
    return _TOKEN.sub(_as_markdown, _unmarked(rendered))


def plain(rendered: str) -> str:
    """Return rendered text with its values as plain words."""
    return _TOKEN.sub(lambda found: _decoded(found[2]), _unmarked(rendered))


def unnumbered(rendered: str) -> str:
    """Return rendered text as plain words with … for every number that is a value in it.

    A text of the data is none, whatever digits it has: another study is another word.
    """

    def value(found: re.Match[str]) -> str:
        text = _decoded(found[2])
        if found[1] == _DATA:
            return text
        return "…" if any(map(str.isdigit, text)) else text

    counted = _NOUN.sub("", _unmarked(rendered))
    return _LIMITS.sub("…–…", _ALONG.sub("…", _TOKEN.sub(value, counted)))


def keys(rendered: str) -> tuple[str, ...]:
    """Return the findings that a rendered text prints, in reading order."""
    found = (match[1] for match in _TOKEN.finditer(rendered))
    return tuple(key for key in found if key not in ("", _DATA))


def _unmarked(rendered: str) -> str:
    return rendered.replace(_CLAIM_OPEN, "").replace(_CLAIM_CLOSE, "")


def _token(key: str, text: str) -> str:
    coded = RESERVED.sub(lambda found: _CODE + chr(ord(found.group()) - 0xFDD0 + 64), text)
    return f"{_OPEN}{key}{_BETWEEN}{coded}{_CLOSE}"


def _decoded(text: str) -> str:
    return _CODED.sub(lambda found: chr(ord(found[1]) - 64 + 0xFDD0), text)


def _as_markdown(found: re.Match[str]) -> str:
    key, text = found[1], _decoded(found[2])
    if key == _DATA:
        return escape(text)
    return bound_span(text, key) if key else escape_inner(text)
