"""Bound numbers held aside while Pandoc reads and writes: a short token stands for each.

A third of Pandoc's time goes into their spans; and the text of a section whose numbers alone
moved is what it was, so that `preview` need not have it read and written again. Where a token
could be read as something else than a word, all numbers of a text stay where they are.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.engines.shortcodes import FRONT_MATTER

OPEN, CLOSE = "\ue000", "\ue001"
"""Characters for private use, which no other text means anything by."""

_VALUE = r"−?\d+(?:[.,]\d+)*%?"
# Between signs beside which a span and a word are read alike.
_NUMBER = re.compile(
    rf'(?<![^\s\xa0(–|])\[({_VALUE})\]\{{\.num key="([\w.]+)"\}}(?=[\s\xa0)–|,.;:%]|$)', re.ASCII
)
# No text of a stranger can hold it, however it is written there. It begins with a letter, as the
# name of a heading does that Pandoc makes of its words; with a number behind it, a token is still
# shorter than what it stands for.
_MARK = f"n{secrets.token_hex(4)}"
_TOKEN = re.compile(f"{OPEN}{_MARK}([0-9]+){CLOSE}")
_WORD = '{"t":"Str","c":"'
_EMPTY = _WORD + '"}'
# Where columns are told by where signs stand, a token moves them; a heading is named by its words.
_DRAWN = re.compile(r"^[^\S\n]*(?:\+[-=:]|[-=]{3}(?:[-=]|[^\S\n])*$)", re.MULTILINE)
_COLUMNS = 72
"""Pandoc gives a table of longer lines the width of the text."""

_SPAN = re.compile(
    r'\{"t": "Span", "c": \[\["", \["num"\], \[\["key", "([\w.]+)"\]\]\], '
    rf'\[\{{"t": "Str", "c": "({_VALUE})"\}}\]\]\}}',
    re.ASCII,
)

Number = tuple[str, str]
"""The key of a finding, and how it is printed."""


@dataclass(frozen=True)
class Held:
    """A text with a token in the place of each of its numbers."""

    text: str
    numbers: tuple[Number, ...]

    def back(self, written: str, number: Callable[[str, str], str]) -> str:
        """Return what was made of the text, its numbers in the place of their tokens.

        number : writes a number, given its key and how it is printed.
        """
        if not self.numbers:
            return written
        return _TOKEN.sub(lambda found: number(*self.numbers[int(found[1])]), written)


def of_markdown(text: str) -> Held:
    """Return Markdown with its numbers held, or as it is where a token could mislead."""
    front = FRONT_MATTER.match(text)
    start = front.end() if front else 0
    if OPEN in text or _DRAWN.search(text, start):
        return Held(text, ())
    numbers: list[Number] = []

    def hold(found: re.Match[str]) -> str:
        numbers.append((found[2], found[1]))
        return _token(len(numbers) - 1)

    lines = text[start:].split("\n")
    short = [line if line.startswith("#") else _NUMBER.sub(hold, line) for line in lines]
    for first, end in _tables(lines):
        if _broad(lines[first:end]) and not _broad(short[first:end]):
            short[first:end] = lines[first:end]
    return Held(text[:start] + "\n".join(short), tuple(numbers))


def _tables(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return where lines with bars, as those of tables, begin and end."""
    runs: list[tuple[int, int]] = []
    for at, line in enumerate(lines):
        if "|" in line:
            start = runs.pop()[0] if runs and runs[-1][1] == at else at
            runs.append((start, at + 1))
    return runs


def _broad(lines: Sequence[str]) -> bool:
    return any(len(line) > _COLUMNS for line in lines)


def in_tree(held: Held, tree: str) -> str | None:
    """Return Pandoc's tree of a text, as JSON, with its numbers; None where one is in no word.

    Nor is there one where a heading is named by its words, and one of these is a number.
    """
    if not held.numbers:
        return tree
    tokens = list(_TOKEN.finditer(tree))
    if _EMPTY in tree or tree.count(_MARK) > len(tokens):
        return None
    for token in tokens:
        start = tree.rfind('"', 0, token.start()) + 1
        if not tree.startswith(_WORD, start - len(_WORD)):
            return None
    filled = held.back(tree, _span)
    return filled.replace(f"{_EMPTY},", "").replace(f",{_EMPTY}", "")


def _token(index: int) -> str:
    return f"{OPEN}{_MARK}{index}{CLOSE}"


def _span(key: str, value: str) -> str:
    span = f'{{"t":"Span","c":[["",["num"],[["key","{key}"]]],[{_WORD}{value}"}}]]}}'
    return f'"}},{span},{_WORD}'


def of_tree(tree: str) -> Held:
    """Return blocks, as the JSON that Python makes of them, with their numbers held.

    The words of an image become an attribute, where a number is plain text.
    """
    if OPEN in tree or '{"t": "Image"' in tree:
        return Held(tree, ())
    numbers: list[Number] = []

    def hold(found: re.Match[str]) -> str:
        numbers.append((found[1], found[2]))
        return f'{{"t": "Str", "c": "{_token(len(numbers) - 1)}"}}'

    return Held(_SPAN.sub(hold, tree), tuple(numbers))
