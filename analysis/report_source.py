"""The source that a report's numbers name: the study's own of that document, or one more of it.

What is newly known of the reading is written into the source that is there. Where that says
otherwise, and numbers rest on it, these stay as they were read: the report becomes a further
source of the same document, so that every number keeps where it came from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from analysis import words
from analysis.errors import DataError, Problem
from analysis.record_fields import leaves
from analysis.records import Source, Study
from analysis.said import Answers, FollowUpSaid
from analysis.study_text import HOW_MUCH, REPORTED_IN
from analysis.values import is_todo
from analysis.yaml_edit import drop_key, set_text
from analysis.yaml_text import Bare

_READING = ("place", "access", "extracted_by", "checked_by")


@dataclass(frozen=True)
class Reading:
    """The id of a source, what is to be written into the one there is, and what to remark.

    `published` is the date of a further source of a document whose date is known.
    """

    source: str
    new: Mapping[str, str]
    published: str | None = None
    remarks: tuple[str, ...] = ()


def reading_of(before: Study, said: Answers, own: Answers) -> Reading:
    """Return the source of what was said of a document.

    `own` is what the reviewer said, which may differ from what a source says; what a record
    adds to it, in `said`, only fills what the source does not say.

    Raises
    ------
    DataError : another date than that of the document.
    """
    there = {id_: one for id_, one in _first(before) if one.document == said.document}
    for id_, one in there.items():
        _check_published(before, id_, one, own.published)
    if not there:
        return Reading(_free(REPORTED_IN, before.sources), {})
    for id_, one in there.items():
        if not _differing(one, own):
            return Reading(id_, _new(one, said, own))
    for id_, one in there.items():
        if one.via is None and not _rests_on(before, id_, said):
            return Reading(id_, _new(one, said, own))
    id_, one = next(iter(there.items()))
    free = _free(REPORTED_IN, before.sources)
    remark = (
        f"{free} is a further source of {one.document}: {id_}, on which numbers of {before.id} "
        f"rest, says otherwise of {words.series(_differing(one, own))}, and stays"
    )
    return Reading(free, {}, one.published, (remark,))


def with_reading(text: str, source: str, was: Source, new: Mapping[str, str]) -> str:
    """Return a study's file whose source says what is newly known."""
    for name, value in new.items():
        date = name == "published" and value[:1].isdigit()
        text = set_text(text, ("sources", source, name), Bare(value) if date else value)
    if "access" in new and was.note is not None and HOW_MUCH in was.note:
        rest = " ".join(was.note.replace(HOW_MUCH, " ").split())
        path = ("sources", source, "note")
        text = set_text(text, path, rest) if rest else drop_key(text, path)
    return text


def dated(said: Answers, reading: Reading) -> Answers:
    """Return answers with the date of the document, where a source has it and nobody said it."""
    return replace(said, published=said.published or reading.published)


def _first(before: Study) -> Iterator[tuple[str, Source]]:
    """Give the sources that are no entry of a registry, the study's report first."""
    ids = sorted(before.sources, key=lambda id_: id_ != before.report)
    return ((id_, before.sources[id_]) for id_ in ids if before.sources[id_].access != "registry")


def _known(source: Source, name: str) -> str | None:
    value: str | None = getattr(source, name)
    unsaid = name == "access" and HOW_MUCH in (source.note or "")
    return None if unsaid or is_todo(value) else value


def _differing(source: Source, own: Answers) -> list[str]:
    """Return what a source and the reviewer say differently of the reading."""
    return [
        name
        for name in _READING
        if (value := getattr(own, name)) and _known(source, name) not in (None, value)
    ]


def _new(source: Source, said: Answers, own: Answers) -> dict[str, str]:
    """Return what is to be written into a source."""
    new = {name: getattr(own, name) for name in _differing(source, own)}
    for name in (*_READING, "published"):
        known, value = _known(source, name), getattr(said, name)
        finer = name == "published" and known and value and value.startswith(f"{known}-")
        if value and (known is None or finer):
            new[name] = value
    return new


def _check_published(before: Study, id_: str, source: Source, said: str | None) -> None:
    known = source.published
    if not (said and known) or said.startswith(known) or known.startswith(said):
        return
    wanted = f"wanted {known}, as sources.{id_} of {before.id} says of {source.document}"
    otherwise = "correct that first, or say --document or --title of another report"
    raise DataError([Problem("--published", "", f"found {said}, {wanted}; {otherwise}")])


def _rests_on(before: Study, id_: str, said: Answers) -> bool:
    """Say whether numbers that stay in the file name a source."""
    replaced = {"sources"}
    replaced |= {"arms"} if said.n or said.total else set()
    replaced |= {"recruitment"} if said.recruitment else set()
    replaced |= {"follow_up"} if isinstance(said.follow_up, FollowUpSaid) else set()
    return any(
        path[-1] in ("source", "corrected_by") and value == id_
        for path, value in leaves(before.model_dump(exclude=replaced))
    )


def _free(name: str, taken: Collection[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
