"""What one record of a study may hold, and the small readings that all kinds of record share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.errors import DataError, Problem
from analysis.hidden import without_hidden
from analysis.records import Access, Design, Status
from analysis.values import DATE, last_day


@dataclass(frozen=True)
class Author:
    """An author: a person, or a group, whose name is all `family`."""

    family: str
    given: str | None = None


@dataclass(frozen=True)
class Reference:
    """A document, as far as it is to be cited."""

    title: str | None = None
    authors: tuple[Author, ...] = ()
    journal: str | None = None
    published: str | None = None
    volume: str | None = None
    number: str | None = None
    pages: str | None = None
    doi: str | None = None
    url: str | None = None
    publisher: str | None = None


@dataclass(frozen=True)
class FoundRecord:
    """What one record says; None (or empty) where it says nothing.

    `read` is how much of the document was at hand with the record, `place` where in it;
    `status` and `state` (in the registry's word) are of a registered study alone.
    """

    reference: Reference
    read: Access | None
    place: str | None
    label: str | None
    registrations: tuple[str, ...] = ()
    status: Status | None = None
    state: str | None = None
    design: Design | None = None
    country: str | None = None
    population: str | None = None
    start: str | None = None
    planned_n: int | None = None
    completion: str | None = None
    primary_outcomes: tuple[str, ...] = ()


def tidy(text: str) -> str:
    """Return text on one line, with single spaces, without characters that print nothing."""
    return " ".join(without_hidden(text).split())


def record_error(place: str, message: str) -> DataError:
    """Return the error of a record at a place: file, and line where one is known."""
    return DataError([Problem(place, "", message)])


def single(name: str, count: int) -> None:
    """Refuse a file that does not hold one record."""
    if count != 1:
        raise record_error(
            name, f"found {count} records, wanted one: a file of its own for each study"
        )


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a value of JSON as a mapping, an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def entries(value: Any) -> list[Any]:
    """Return a value of JSON as a list, an empty one where it is none."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    """Return a value as text of one line, None where it is none or empty."""
    return (tidy(value) or None) if isinstance(value, str) else None


def date_of(text: str | None) -> str | None:
    """Return a date as it is given, None where it is none of the calendar."""
    if text and DATE.fullmatch(text):
        return text if text <= last_day(text[:7]) else text[:7]
    return None
