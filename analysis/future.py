"""Dates that a day has not seen: a report of next year is a slip of the hand."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.errors import Problem
from analysis.located import Loaded
from analysis.yaml_nodes import Path


def later_than(loaded: Loaded, day: str) -> tuple[Problem, ...]:
    """Return each date of a report or a search that lies after a day (YYYY-MM-DD).

    A month or a year is later where all of it is. What is planned may lie ahead. Nothing is said
    of a day before the last edition, which asks what was due then.
    """
    if any(edition.released > day for edition in loaded.review.editions):
        return ()
    return (*reported_later(loaded, day), *searched_later(loaded, day))


def reported_later(loaded: Loaded, day: str) -> tuple[Problem, ...]:
    """Return each date of a report that lies after a day: its issue may be, of a journal."""
    return _later(loaded, _reports(loaded), day)


def searched_later(loaded: Loaded, day: str) -> tuple[Problem, ...]:
    """Return each date of a search that lies after a day: nobody has searched then."""
    return _later(loaded, _searches(loaded), day)


def _later(loaded: Loaded, dates: Iterator[tuple[Path, str]], day: str) -> tuple[Problem, ...]:
    return tuple(
        loaded.places.problem(path, f"found {date}, wanted no date after {day}")
        for path, date in dates
        if date > day[: len(date)]
    )


def _reports(loaded: Loaded) -> Iterator[tuple[Path, str]]:
    for study in loaded.review.studies:
        for id_, source in study.sources.items():
            if source.published is not None:
                yield ("studies", study.id, "sources", id_, "published"), source.published


def _searches(loaded: Loaded) -> Iterator[tuple[Path, str]]:
    for at, search in enumerate(loaded.review.searches):
        if search.date is not None:
            yield ("searches", at, "date"), search.date
