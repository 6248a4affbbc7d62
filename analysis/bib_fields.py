"""The fields of one entry of references.bib: read as pandoc reads them, and what is wrong there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.doi import bare_doi
from analysis.values import DATE, last_day

# The types of BibTeX and BibLaTeX that pandoc knows; what they are called in a message first.
USUAL = ("article", "book", "inbook", "incollection", "inproceedings", "misc", "online", "report",
         "thesis", "unpublished")  # fmt: skip
_OTHERS = """artwork audio bibnote bookinbook booklet collection commentary conference dataset
electronic image inreference jurisdiction legal legislation letter manual mastersthesis movie
music mvbook mvcollection mvproceedings mvreference newsarticle patent performance periodical
phdthesis proceedings reference review set software standard suppbook suppcollection
suppperiodical techreport video www xdata"""
TYPES = frozenset({*USUAL, *_OTHERS.split()})

_NAME = re.compile(r"[A-Za-z0-9_:+-]+")
_EQUALS = re.compile(r"\s*=\s*")
_WORD = re.compile(r"[^\s,{}()=\"#]+")
_JOINED = re.compile(r"\s*#\s*")
_BLANK = re.compile(r"(?:\s|%[^\n]*)*")  # with comments
_JUNIOR = re.compile(r"(?:jr|sr|jun|sen|[IVX]+|\d(?:st|nd|rd|th))\.?", re.IGNORECASE)
INITIAL = f"[A-Z{''.join(sign for sign in map(chr, range(0xC0, 0x530)) if sign.isupper())}]"
"""A capital: Latin, also with a mark, Greek or Cyrillic."""
# A family name with its initials behind: 'Kim YB', 'van der Berg J.', 'Østergaard Ø'.
_SHORT = re.compile(rf"\S.* {INITIAL}\.?(?:[ -]?{INITIAL}\.?){{0,3}}")
_BETWEEN = re.compile(r"\s*[,;]\s*(?:and\s+|&\s*)?|\s+and\s+|\s*&\s*")
LONGEST = 60


@dataclass(frozen=True)
class BibField:
    """A field of an entry: its name in small letters, its value as written, where it begins."""

    name: str
    value: str
    at: int


class FieldError(Exception):
    """An entry that cannot be read further: where, and why."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


def fields_of(text: str, start: int, end: int) -> Iterator[BibField]:
    """Give the fields that stand in `text` from `start`, behind the key's comma, to `end`.

    Raises
    ------
    FieldError : what stands there is no field, or no comma stands behind one.
    """
    at = _behind(_BLANK, text, start, end)
    while at < end:
        name = _NAME.match(text, at, end)
        equals = _EQUALS.match(text, name.end(), end) if name else None
        if name is None or equals is None:
            found = text[at:end].split("\n", maxsplit=1)[0].strip()[:LONGEST]
            raise FieldError(at, f"found {found!r} in an entry, wanted a field: name = {{value}},")
        stop = _value_end(text, equals.end(), end)
        if stop is None:
            message = f"found {name[0]} = without a value, wanted {name[0]} = {{value}},"
            raise FieldError(at, message)
        yield BibField(name[0].lower(), text[equals.end() : stop], at)
        at = _behind(_BLANK, text, stop, end)
        if at < end and text[at] != ",":
            message = f"found no comma after the field {name[0]}, wanted one before the next field"
            raise FieldError(stop, message)
        at = _behind(_BLANK, text, at + 1, end)


def field_faults(one: BibField) -> Iterator[str]:
    """Give what is wrong in the value of a field, as messages."""
    value = " ".join(_inside(one.value).split())
    if one.name == "doi" and value != "TODO":
        try:
            bare = bare_doi(value.replace("\\", ""))
        except ValueError as error:
            yield str(error)
        else:
            if bare != value.replace("\\", ""):
                yield f"found {value!r}, wanted the DOI alone: {bare}"
    if one.name == "date" and DATE.fullmatch(value) and value > last_day(value[:7]):
        yield f"found {value!r}, wanted a day of the calendar"
    if one.name in ("author", "editor"):
        yield from _name_faults(one.name, value)


def _name_faults(field: str, value: str) -> Iterator[str]:
    for name in re.split(r"\s+and\s+", value):
        if several_names(name):
            shown = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
            message = f"found {shown!r} as one {field}, wanted ' and ' between two of them"
            yield f"{message}: Kim, Y. B. and Lee, J. (a group in braces: {{The Group}})"


def several_names(text: str) -> bool:
    """Say whether commas or semicolons part what BibTeX takes for one name."""
    plain = _outside_braces(text)
    parts = [part.strip() for part in re.split("[,;]", plain)]
    if ";" in plain or len(parts) > 3:
        return True
    return bool(short_names(text)) or (len(parts) == 3 and not _JUNIOR.fullmatch(parts[1]))


def short_names(text: str) -> list[str]:
    """Return several names with initials behind: 'Kim YB, van der Berg J and Lee K'; else none.

    Commas, semicolons and 'and' part them alike, since no name of that form has one inside.
    """
    parts = _BETWEEN.split(text.strip())
    return parts if len(parts) > 1 and all(map(_SHORT.fullmatch, parts)) else []


def _outside_braces(text: str) -> str:
    """Return text in which what stands in braces is one letter."""
    plain: list[str] = []
    opened: list[int] = []
    for part in re.split("([{}])", text):
        if part == "}" and opened:
            plain[opened.pop() :] = ["x"]
            continue
        if part == "{":
            opened.append(len(plain))
        plain.append(part)
    return "".join(plain)


def _inside(value: str) -> str:
    """Return a value without the braces or quotes around it."""
    plain = value.strip()
    return plain[1:-1] if plain[:1] + plain[-1:] in ("{}", '""') else plain


def _value_end(text: str, at: int, end: int) -> int | None:
    """Return the position behind a value: words, quotes and braces, joined by #."""
    while True:
        if text[at : at + 1] in ("{", '"'):
            stop = _closing(text, at, end)
        else:
            word = _WORD.match(text, at, end)
            stop = word.end() if word else None
        if stop is None:
            return None
        joined = _JOINED.match(text, stop, end)
        if joined is None:
            return stop
        at = joined.end()


def _closing(text: str, start: int, end: int) -> int | None:
    """Return the position behind the brace or quote that closes the one at `start`."""
    depth = 0
    quoted = text[start] == '"'
    at = start + 1 if quoted else start
    while at < end:
        sign = text[at]
        if sign == "\\":
            at += 1
        elif sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
        if depth == 0 and sign == ('"' if quoted else "}"):
            return at + 1
        at += 1
    return None


def _behind(pattern: re.Pattern[str], text: str, at: int, end: int) -> int:
    match = pattern.match(text, at, end)
    return match.end() if match else at
