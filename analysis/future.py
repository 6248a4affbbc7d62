"""Dates that a day has not seen: a report of next year is a slip of the hand."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.errors import Problem
from analysis.located import Loaded


def later_than(loaded: Loaded, day: str) -> tuple[Problem, ...]:
    """Return each date of a report or a search that lies after a day (YYYY-MM-DD).

    A month or a year is later where all of it is. What is planned may lie ahead. Nothing is said
    of a day before the last edition, which asks what was due then.
    """
    if any(edition.released > day for edition in loaded.review.editions):
        return ()
    return tuple(
        loaded.places.problem(path, f"found {date}, wanted no date after {day}")
        for path, date in _dates(loaded)
        if date > day[: len(date)]
    )


def _dates(loaded: Loaded) -> Iterator[tuple[tuple[str | int, ...], str]]:
    review = loaded.review
    for study in review.studies:
        for id_, source in study.sources.items():
            if source.published is not None:
                yield ("studies", study.id, "sources", id_, "published"), source.published
    for at, search in enumerate(review.searches):
        if search.date is not None:
            yield ("searches", at, "date"), search.date
