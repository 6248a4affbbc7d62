"""Characters that print nothing: what a text may hold, and what it may not."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from analysis.found_record import tidy
from analysis.hidden import HIDDEN, hidden_in, without_hidden
from analysis.yaml_nodes import read_tree

INVISIBLE = [
    "\x00", "\x0b", "\r", "\x7f", "\x85", "\u00ad", "\u061c", "\u180e", "\u200b", "\u200e",
    "\u200f", "\u2028", "\u202a", "\u202e", "\u2060", "\u2066", "\ufeff", "\ufffe", "\uffff",
    "\U000e0041",
]  # fmt: skip


@pytest.mark.parametrize("character", INVISIBLE, ids=lambda c: f"U+{ord(c):04X}")
def test_what_prints_nothing_is_found_and_taken_out(character: str) -> None:
    assert hidden_in(f"Kim{character}2015") == character
    assert hidden_in(without_hidden(f"Kim{character}2015")) is None
    assert tidy(f"Kim {character} 2015") == "Kim 2015"


def test_the_parts_of_a_word_come_together_and_lines_stay_apart() -> None:
    assert tidy("co\u00adoperation \u200eof\u200b") == "cooperation of"
    assert tidy("a\u2028b\x0bc\td") == "a b c d"


@pytest.mark.parametrize(
    "text",
    [
        "Aleknavičius 2014",
        "12\u00a0345\u2009g\u202fτ²",  # spaces of every width are seen
        "two\nlines\tand a tab",
        "می\u200cخواهم",  # Persian: the non-joiner ends the form of a letter, not the word
        "क\u094d\u200dष",  # Devanagari: the joiner asks for half a letter
        "\u0600123",  # the Arabic sign of a number, which is printed
        "中文 🙂",
    ],
)
def test_what_is_seen_or_written_so_is_no_matter(text: str) -> None:
    assert hidden_in(text) is None
    assert without_hidden(text) == text


@pytest.mark.parametrize("text", ["Kim\u200c 2015", "\u200dKim", "Kim\u200d", "1\u200c2"])
def test_a_joiner_that_joins_no_letters_is_hidden(text: str) -> None:
    assert hidden_in(text) in ("\u200c", "\u200d")


def test_every_character_of_those_categories_is_hidden_but_those_named() -> None:
    allowed = {
        chr(point)
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)) in HIDDEN and hidden_in(f"1{chr(point)}2") is None
    }
    names = {unicodedata.name(character, repr(character)) for character in allowed}
    assert {"'\\t'", "'\\n'"} <= names
    assert all("SIGN" in name or "MARK" in name or "ABOVE" in name or "AYAH" in name
               for name in names - {"'\\t'", "'\\n'"}), names  # fmt: skip
    assert len(names) < 20


@pytest.mark.parametrize("line", ['label: "a\\u200Bb"', '"la\\u200Bbel": x'])
def test_a_file_may_hold_none_in_a_value_or_a_key(line: str) -> None:
    (mistake,) = read_tree(f"id: x\n{line}\n".encode()).mistakes
    message = "found the invisible character U+200B, wanted text without it"
    assert (mistake.line, mistake.message) == (2, message)
