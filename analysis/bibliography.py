"""references.bib as far as the data need it: the keys of its entries, their lines and dates.

Pandoc reads the bibliography itself; here are only the marks by which data refer to it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.bib_fields import TYPES, USUAL, FieldError, field_faults, fields_of
from analysis.messages import nearest
from analysis.values import DATE
from analysis.yaml_syntax import TextError, decoded

MAX_BYTES = 4_000_000

_NO_ENTRIES = frozenset({"comment", "string", "preamble"})
_ENTRY = re.compile(r"@\s*([A-Za-z]+)\s*([{(])")
_KEY = re.compile(r"\s*([^\s,{}()=]+)\s*(,|(?=[})]))")
_BRACKET = re.compile(r"\\.|[{}()]", re.DOTALL)
_FIELD = re.compile(r"\b(date|year|month)\s*=\s*(?:[{\"]\s*)?([A-Za-z0-9-]+)", re.IGNORECASE)
_LINK = re.compile(
    r"(?:\\(?:url|href)\s*\{|\burl\s*=\s*[{\"])\s*(?!https?:)(?P<scheme>[a-z][a-z0-9+.-]*:)",
    re.IGNORECASE,
)
_RETRACTED = re.compile(r"\btitle\s*=[^=]*\b(?:retract(?:ed|ion)|withdrawn)\b", re.IGNORECASE)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@dataclass(frozen=True)
class Entry:
    """One entry of a bibliography: its key, its line (from 1), its date as far as it is given.

    `retracted` says whether its title speaks of a retraction.
    """

    key: str
    line: int
    date: str | None
    retracted: bool = False


@dataclass(frozen=True)
class Bibliography:
    """The text of references.bib and its entries; `mistakes` are (line, message)."""

    text: str
    entries: tuple[Entry, ...]
    mistakes: tuple[tuple[int, str], ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """The keys that may be cited."""
        return frozenset(entry.key for entry in self.entries)

    @property
    def retracted(self) -> frozenset[str]:
        """The keys of entries whose title speaks of a retraction."""
        return frozenset(entry.key for entry in self.entries if entry.retracted)


def read_bibliography(data: bytes) -> Bibliography:
    """Read the entries of a bibliography; what is wrong stands in `mistakes`."""
    if len(data) > MAX_BYTES:
        found = f"found {len(data):,} bytes, wanted at most {MAX_BYTES:,}: no review cites more"
        return Bibliography("", (), ((1, found),))
    try:
        text = decoded(data)
    except TextError as error:
        return Bibliography("", (), ((error.line, error.message),))
    entries: list[Entry] = []
    mistakes: list[tuple[int, str]] = []
    lines: dict[str, int] = {}
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    ends = _ends(text)
    position = 0
    while match := _ENTRY.search(text, position):
        line = bisect_right(starts, match.start())
        end = ends.get(match.end())
        kind = match[1].lower()
        # A brace that never closes swallows what follows; the next entry in the first column
        # shows where to go on.
        stray = text.find("\n@", match.end(), end)
        if end is None or (stray >= 0 and kind not in _NO_ENTRIES):
            mistakes.append(
                (line, f"found @{kind} whose braces do not close, wanted as many }} as {{")
            )
            position = stray if stray >= 0 else len(text)
            continue
        position = end
        if kind in _NO_ENTRIES:
            continue
        if match[2] == "(":
            mistakes.append((line, f"found @{kind}( in round brackets, wanted @{kind}{{ … }}"))
            continue
        if kind not in TYPES:
            mistakes.append((line, _unknown_type(kind)))
        key = _KEY.match(text, match.end())
        if key is not None:
            for at, message in _in_fields(text, key.end(), end - 1):
                mistakes.append((bisect_right(starts, at), message))
        if key is None:
            mistakes.append((line, f"found @{kind} without a key, wanted @{kind}{{key, …"))
        elif key[1] in lines:
            mistakes.append(
                (
                    line,
                    f"found the key {key[1]!r} a second time (first on line {lines[key[1]]}), "
                    "wanted it once",
                )
            )
        else:
            lines[key[1]] = line
            body = text[key.end() : end]
            entries.append(Entry(key[1], line, _date(body), bool(_RETRACTED.search(_bare(body)))))
    for link in _LINK.finditer(text):
        line = bisect_right(starts, link.start())
        mistakes.append((line, f"found a link to {link['scheme']}, wanted one to http: or https:"))
    return Bibliography(text, tuple(entries), tuple(sorted(mistakes)))


def _bare(body: str) -> str:
    """Return an entry without braces, which keep capitals in titles."""
    return body.translate({ord("{"): None, ord("}"): None})


def entry_texts(bibliography: str) -> dict[str, str]:
    """Return the text of each entry of a bibliography by its key, white space as one space."""
    entries = read_bibliography(bibliography.encode()).entries
    lines = bibliography.split("\n")
    ends = [*(entry.line - 1 for entry in entries[1:]), len(lines)]
    found = {}
    for entry, end in zip(entries, ends, strict=True):
        own = (line for line in lines[entry.line - 1 : end] if not line.startswith("%"))
        found[entry.key] = " ".join(" ".join(own).split())
    return found


def _unknown_type(kind: str) -> str:
    close = nearest(kind, USUAL) or nearest(kind, TYPES)
    known = f"perhaps @{close}?" if close else ", ".join(f"@{one}" for one in USUAL)
    return f"found @{kind}, wanted a type of entry that BibTeX knows: {known}"


def _in_fields(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Give position and message of what is wrong in the fields of an entry."""
    try:
        for one in fields_of(text, start, end):
            for message in field_faults(one):
                yield one.at, message
    except FieldError as error:
        yield error.at, error.message


def publication_dates(text: str) -> dict[str, str]:
    """Return the date of each entry that gives one, as YYYY, YYYY-MM or YYYY-MM-DD."""
    found = read_bibliography(text.encode())
    return {entry.key: entry.date for entry in found.entries if entry.date}


def _ends(text: str) -> dict[int, int]:
    """Return the position behind each bracket that closes, by that behind the one it closes.

    All in one pass, since a text of brackets that never close would be read to its end for each.
    Round brackets do not nest: one that closes does so for all that are open within the braces.
    """
    ends: dict[int, int] = {}
    opened: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(text):
        sign = match[0]
        if sign in ("{", "("):
            opened.append((sign, match.end()))
        elif sign in ("}", ")"):
            while opened and opened[-1][0] == "(":
                start = opened.pop()[1]
                if sign == ")":
                    ends[start] = match.end()
            if sign == "}" and opened:
                ends[opened.pop()[1]] = match.end()
    return ends


def _date(body: str) -> str | None:
    fields: dict[str, str] = {name.lower(): value for name, value in reversed(_FIELD.findall(body))}
    date = fields.get("date", "")
    if DATE.fullmatch(date):
        return date
    year = fields.get("year", "")
    if not (DATE.fullmatch(year) and len(year) == 4):
        return None
    month = fields.get("month", "").lower()
    if month[:3] in _MONTHS:
        return f"{year}-{_MONTHS.index(month[:3]) + 1:02d}"
    if month.isdigit() and 1 <= int(month) <= 12:
        return f"{year}-{int(month):02d}"
    return year
