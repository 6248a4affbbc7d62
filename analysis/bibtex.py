"""Entries of references.bib: written from what is known of a document, and found again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from analysis.bib_fields import INITIAL, short_names
from analysis.bibliography import read_bibliography
from analysis.found_record import Author, Reference
from analysis.values import TODO

# Letters that are not another one with an accent: nothing would be left of them.
_LETTERS = str.maketrans(
    {"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
MOST_INITIALS = 2
_INITIAL = re.compile(rf"({INITIAL})[. ]*")
_INITIALS = re.compile(rf"(?:{INITIAL}[. ]*-?){{1,4}}")
_SMALL = frozenset({"a", "an", "and", "for", "in", "of", "on", "the", "to", "with"})


def entry(key: str, reference: Reference) -> str:
    """Return a BibTeX entry; what nobody knows of an article says TODO."""
    registered = reference.journal is None and reference.url is not None
    year, month, *_ = [*(reference.published or "").split("-"), ""]
    names = " and ".join(map(_name, reference.authors))
    fields = {
        "author": names or (None if registered else TODO),
        "title": _title(reference.title) if reference.title else TODO,
        "journal": _escaped(reference.journal) or (None if registered else TODO),
        "publisher": _escaped(reference.publisher),
        "volume": _escaped(reference.volume),
        "number": _escaped(reference.number),
        "pages": _escaped(reference.pages.replace("-", "--") if reference.pages else None),
        "year": year or (None if registered else TODO),
        "month": str(int(month)) if month else None,
        "doi": reference.doi,
        "url": reference.url if registered or not reference.doi else None,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{'misc' if registered else 'article'}{{{key},", *lines, "}"]) + "\n"


def fresh_key(reference: Reference, taken: Collection[str]) -> str:
    """Return a key of the first author and the year (krog2022) that is not taken yet."""
    name = reference.authors[0].family if reference.authors else reference.title or "document"
    words = [word for word in re.split(r"[^a-z0-9]+", ascii_of(name)) if word] or ["document"]
    telling = [word for word in words if word not in _SMALL] or words
    # Of a person all parts of the name (van der Berg), of a group or a title the first word.
    person = bool(reference.authors and reference.authors[0].given)
    base = "".join(words) if person else telling[0]
    base = (base if base[0].isalpha() else f"d{base}") + (reference.published or "")[:4]
    key, number = base, 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    return key


def key_of(reference: Reference, bibliography: str) -> str | None:
    """Return the key of the entry that has the reference's DOI or address, if there is one."""
    marks = [mark.lower() for mark in (reference.doi, reference.url) if mark]
    lines = bibliography.split("\n")
    entries = read_bibliography(bibliography.encode()).entries
    for one, after in zip(entries, [*entries[1:], None], strict=True):
        body = "\n".join(lines[one.line - 1 : after.line - 1 if after else None]).lower()
        if any(re.search(rf"[{{\"/ ]{re.escape(mark)}[}}\" ]", body) for mark in marks):
            return one.key
    return None


def appended(bibliography: str, written: str) -> str:
    """Return a bibliography with one more entry at its end."""
    return f"{bibliography.rstrip()}\n\n{written}".lstrip()


def authors_of(text: str) -> tuple[Author, ...]:
    """Read authors as people type them: 'Kim YB; Lee J', 'Kim YB, Lee J', 'Kim, Y. and Lee, J.'."""
    found = []
    for one in short_names(text) or re.split(r"\s*;\s*|\s+and\s+", text.strip()):
        family, comma, given = one.partition(",")
        if not comma:
            match = re.fullmatch(rf"(.+) ((?:{INITIAL}\.?-?){{1,4}})", one)
            family, given = (match[1], match[2]) if match else (one, "")
        if family.strip():
            found.append(Author(family.strip(), given.strip() or None))
    return tuple(found)


def ascii_of(text: str) -> str:
    """Return text in lower case without accents: what is left is for a name of a file."""
    plain = unicodedata.normalize("NFKD", text).lower().translate(_LETTERS)
    return plain.encode("ascii", "ignore").decode()


def _name(author: Author) -> str:
    if author.given:
        shouted = author.family.isupper() and len(author.family) > 1
        # Where all is in capitals, JOHN is a name and no four initials.
        long = sum(map(str.isalpha, author.given)) > MOST_INITIALS
        given = author.given if shouted and long else _parted(author.given)
        return f"{_escaped(author.family)}, {_escaped(given)}"
    # In braces a name is one, whatever words or commas it has.
    return f"{{{_escaped(author.family)}}}"


def _parted(given: str) -> str:
    """Return a given name, initials with points: what reads YB as one name prints Y alone."""
    if not _INITIALS.fullmatch(given):
        return given
    return _INITIAL.sub(r"\1. ", given).replace(" -", "-").strip()


def _title(title: str) -> str:
    """Return a title in which the capitals of names are kept by every citation style."""
    first, *words = title.split(" ")
    kept = [f"{{{_escaped(w)}}}" if w != w.lower() else _escaped(w) or "" for w in words]
    begun = f"{{{_escaped(first)}}}" if first[1:] != first[1:].lower() else _escaped(first) or ""
    return " ".join([begun, *kept])


def _escaped(text: str | None) -> str | None:
    return "".join(_SPECIAL.get(sign, sign) for sign in text) if text else None
