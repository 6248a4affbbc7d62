"""When each source was last searched, and when it is due again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date

from analysis.records import Search, SearchSchedule
from analysis.values import last_day

SEARCHES = ("systematic search", "surveillance")
"""Kinds that count as a search of a source; targeted reading finds what it is aimed at."""


@dataclass(frozen=True)
class SourceStatus:
    """One source of the schedule: when it was last searched, and when it is due."""

    source: str
    last: str | None
    found_nothing: bool
    due: str | None
    overdue: bool
    why: str


def source_status(entry: SearchSchedule, searches: Iterable[Search], day: date) -> SourceStatus:
    """Return when a source was last searched by `day`, and whether it is overdue then.

    One that was never searched, or on no reported day, is overdue. `due` is `every_months` after
    the earliest day that the date of the last search may mean.
    """
    ran = [s for s in searches if s.kind in SEARCHES and _searched(s, entry.source)]
    dated = [s for s in ran if s.date is not None and _first_day(s.date) <= day]
    if not dated:
        to_come = min((s.date for s in ran if s.date is not None), default=None)
        why = "searched on a day that is not reported" if ran else "never searched"
        if to_come is not None and all(s.date is not None for s in ran):
            why = f"never searched by this day (a search is dated {to_come})"
        return SourceStatus(entry.source, None, False, None, True, why)
    last = max(dated, key=lambda search: _first_day(search.date or ""))
    on = str(last.date)
    due = add_months(_first_day(on), entry.every_months)
    late = (day - due).days
    nothing = ", nothing found" if last.found_nothing else ""
    when = f"due since {due}, {_days(late)} ago" if late > 0 else f"due on {due}"
    why = f"last searched {on}{nothing}; {when}"
    return SourceStatus(entry.source, on, last.found_nothing, due.isoformat(), late > 0, why)


def _searched(search: Search, source: str) -> bool:
    return source.casefold() in (name.casefold() for name in search.sources)


def search_log(searches: Iterable[Search], day: date) -> Iterator[str]:
    """Say of each search by `day` what it was and brought, one that found nothing included."""
    for search in searches:
        if search.date is not None and _first_day(search.date) > day:
            continue
        on = search.date or "on a day that is not reported"
        brought = f"brought {_studies(len(search.studies))}"
        what = "found nothing" if search.found_nothing else brought
        yield f"{search.kind}, {on} ({', '.join(search.sources)}): {what}"


def last_search(searches: Iterable[Search], day: date) -> date | None:
    """Return the day of the last search of any source by `day`; None without a dated one."""
    days = (_first_day(s.date) for s in searches if s.kind in SEARCHES and s.date is not None)
    return max((d for d in days if d <= day), default=None)


def _first_day(partial: str) -> date:
    """Return the earliest day that a partial date may mean: what was searched may be older."""
    year, month, day = (*partial.split("-"), "1", "1")[:3]
    return date(int(year), int(month), int(day))


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it has no such day.

    After the last day that a date can be (9999-12-31), that day.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return date.max
    last = int(last_day(f"{year:04d}-{month + 1:02d}")[-2:])
    return date(year, month + 1, min(day.day, last))


def _days(n: int) -> str:
    return f"{n} day" if n == 1 else f"{n} days"


def _studies(n: int) -> str:
    return f"{n} study" if n == 1 else f"{n} studies"
