"""What became of studies between two states: which came into the pools, which left them, and how.

A study that left says by which status, since when and why: a reader asks of a trial that is gone
whether it was retracted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from analysis import words
from analysis.corrections import stands, uncorrected
from analysis.field_changes import FieldChange, field_changes
from analysis.records import Result, Study
from analysis.terms import STATUSES

GONE = "no longer in the data"
LEFT = ("excluded", "superseded", "retracted")
"""Statuses of a study that the review knows and does not pool any more."""
AGAIN = "included again"
DISOWNED = ("excluded", "retracted")
"""Statuses that take a study's numbers with them: what rests on one of these rests on nothing. A
superseded report is still true of its patients."""


@dataclass(frozen=True)
class Came:
    """A study that entered the included ones; None for what its source does not give.

    `people` is what the review calls those who were studied: patients. `again`: it had been
    included before.
    """

    label: str
    design: str | None
    patients: int | None
    people: str
    again: bool = False


@dataclass(frozen=True)
class Left:
    """A study that left the included ones.

    `status` is the one that it has now, None where its file is gone; `since` the date of a
    retraction; `successor` the label of the study that supersedes it.
    """

    label: str
    status: str | None
    since: str | None
    successor: str | None
    reason: str | None


def coming(study: Study, people: str, *, again: bool = False) -> Came:
    """Return what there is to say of a study that entered the included ones."""
    return Came(study.label, study.design, study.patients, people, again)


def leaving(id_: str, label: str, now: Mapping[str, Study]) -> Left:
    """Return what became of a study that left the included ones.

    `label` is what it was called then, `now` are the studies that there are, by id.
    """
    there = now.get(id_)
    if there is None:
        return Left(label, None, None, None, None)
    successor = now.get(there.superseded_by or "")
    by = successor.label if successor else None
    return Left(there.label, there.status, there.retracted, by, there.reason)


def how_left(one: Left) -> str:
    """Return by which status a study left: retracted in May 2026; superseded by Kim 2020."""
    if one.status is None:
        return GONE
    if one.since:
        return f"{one.status} {'on' if one.since.count('-') > 1 else 'in'} {words.date(one.since)}"
    by = f" by {one.successor}" if one.successor else ""
    return f"{STATUSES[one.status]}{by}"


def named(one: Left) -> str:
    """Return a study that left with its status, in a line: Kim 2015 (retracted in May 2026)."""
    return f"{one.label} ({how_left(one)})"


def story(entered: Collection[Came], gone: Collection[Left]) -> list[str]:
    """Return a line for each study that left, with the reason, and for each that came.

    Where there is one study alone its label is left out: the change is named by it.
    """
    alone = len(entered) + len(gone) == 1
    mixed = gone or not all(one.again for one in entered)  # else the change is told as a return
    told = [(one.label, _why(one)) for one in gone]
    told += [(one.label, _what(one, again=one.again and bool(mixed))) for one in entered]
    return [said if alone else f"{label}: {said}" for label, said in told]


def _why(one: Left) -> str:
    return f"{how_left(one)}: {' '.join(one.reason.split())}" if one.reason else how_left(one)


def _what(one: Came, *, again: bool) -> str:
    number = f"number of {one.people} {words.NOT_REPORTED}"
    if one.patients is not None:
        number = words.count(one.patients, one.people, plural=one.people)
    said = f"{one.design or f'design {words.NOT_REPORTED}'}, {number}"
    return f"{said}, {AGAIN}" if again else said


def sharing(ids: Collection[str], studies: Iterable[Study]) -> list[list[str]]:
    """Split studies into groups that share patients on either side."""
    group = {id_: [id_] for id_ in ids}
    first: dict[str, str] = {}
    for study in studies:
        for mark in (study.cohort and f"cohort {study.cohort}", study.superseded_by, study.id):
            # A study bears its own id as a mark, which its predecessor names.
            if mark and study.id in group:
                one, other = group[first.setdefault(mark, study.id)], group[study.id]
                if one is not other:
                    one += other
                    group.update(dict.fromkeys(other, one))
    return [sorted(one) for one in {id(one): one for one in group.values()}.values()]


def study_changes(before: Study, after: Study) -> Iterator[FieldChange]:
    """Compare two states of a study, as `field_changes` does; of its results those that stand.

    So a result that is corrected is compared with the one in its place. That the former is kept
    beside it is no change; another one among those kept is.
    """
    if all(stands(result) for study in (before, after) for result in study.results):
        yield from field_changes(before, after)
        return
    then, now = (
        study.model_copy(update={"results": tuple(filter(stands, study.results))})
        for study in (before, after)
    )
    yield from field_changes(then, now)
    gone, new = (_kept_by_one(*sides) for sides in ((before, after), (after, before)))
    yield from field_changes(gone, new, "results (corrected since)")


def _kept_by_one(study: Study, other: Study) -> tuple[Result, ...]:
    """Return the corrected results of a study that the other state of it does not have."""
    return tuple(
        result
        for result in study.results
        if not stands(result)
        and result not in other.results
        and uncorrected(result) not in other.results
    )
