"""A study that was ongoing, or awaited assessment, has reported: its file grows, and stays its.

What the file says of the study's plan, its comments and its layout remain; the new report is
a source of its own beside the ones that are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from analysis.add import begun_beside, no_result_yet, resolved, with_search
from analysis.citing import cited, unwritten, with_entry
from analysis.errors import DataError, Problem
from analysis.found_record import FoundRecord
from analysis.located import REFERENCES, SEARCHES
from analysis.messages import unknown
from analysis.records import Plan, Review, Study
from analysis.report_source import Reading, dated, reading_of, with_reading
from analysis.said import Answers
from analysis.study_edits import Edit, edit_bytes, edit_of, opened
from analysis.study_text import (
    arms_of,
    characteristics_of,
    follow_up_of,
    left,
    quality_of,
    recruitment_of,
    result_of,
    source_of,
)
from analysis.values import TODO
from analysis.yaml_edit import append, append_key, comment_out, in_lines, keys_at, set_key, set_text
from analysis.yaml_text import Yaml

WAITING = ("ongoing", "awaiting")
_INCLUDED = (
    "an included one is corrected in its file; a later report on its patients is added as another "
    "study, which this one then names in `superseded_by`"
)


def report_study(
    files: Mapping[str, bytes], study: str, said: Answers, found: FoundRecord | None = None
) -> Edit:
    """Return the files of the review once a study has reported.

    With a result the study is included; without one it awaits assessment, its reason TODO.

    Raises
    ------
    DataError : review.yml, searches.yml or references.bib cannot be read; there is no such
        study, or it is neither ongoing nor awaiting; or what was said cannot be.
    """
    loaded = opened(files)
    review = loaded.review
    before = _waiting(study, loaded.places.studies, review)
    study, file = before.id, loaded.places.studies[before.id]
    own = said
    said = replace(said, results=resolved(said, review.plan))
    if found is not None:
        said = replace(
            said,
            registrations=said.registrations or found.registrations,
            place=said.place or found.place,
            access=said.access or found.read,
            country=said.country or found.country,
            design=said.design or found.design,
        )
    said, remarks = _of_own_document(said, before, found)
    said = replace(said, label=said.label or before.label, status="included")
    said, written = cited(said, found, review)
    reading = reading_of(before, said, own)
    said = dated(said, reading)

    def edited(text: str) -> str:
        if not in_lines(text):
            message = "found a file all in brackets, wanted 'key: value' lines to add to"
            raise DataError([Problem(file, "", message)])
        if said.note and "\n" in (before.note or "").strip():
            message = "found several paragraphs, wanted one to put --note behind: write it there"
            raise DataError([Problem(file, "note", message)])
        return _edited(text, before, said, review.plan, reading)

    changed = {file: edit_bytes(files[file], edited)}
    if written is not None:
        changed[REFERENCES] = with_entry(files[REFERENCES], written)
    searches = with_search(files[SEARCHES], study, said.search, review)
    remarks += (*reading.remarks, *unwritten(own, said.document, written, review))
    remarks += tuple(_kept(before, own, review))
    if not said.results:
        remarks = (no_result_yet(study, said.document), *remarks)
    if searches != files[SEARCHES]:
        changed[SEARCHES] = searches
        remarks += begun_beside(said.search, review)
    return edit_of(study, file, files, changed, remarks)


def _of_own_document(
    said: Answers, before: Study, found: FoundRecord | None
) -> tuple[Answers, tuple[str, ...]]:
    """Return answers whose document is the one that the study has, where none was said."""
    own = before.sources.get(before.report) if before.report else None
    names = ("document", "title", "authors", "journal", "doi")
    of_another = found is not None or any(getattr(said, name) for name in names)
    if own is None or own.access == "registry" or of_another:
        return said, ()
    remark = f"reported in {own.document}, which {before.id} has; for another one say --document"
    return replace(said, document=own.document), (remark,)


def _waiting(name: str, homes: Mapping[str, str], review: Review) -> Study:
    """Return the study of an id, a label or a file, if it waits for a report."""
    found = review.by_id.get(name) or next(
        (
            one
            for one in review.studies
            if name.lower() == one.label.lower() or name.endswith(homes[one.id])
        ),
        None,
    )
    if found is None:
        waiting = sorted(one.id for one in review.studies if one.status in WAITING)
        message = unknown(name, "the id of a study that is ongoing or awaiting", waiting)
        raise DataError([Problem("data/studies/", "", message)])
    if found.status not in WAITING:
        message = f"found {found.status}, wanted a study that is ongoing or awaiting"
        if found.status == "included":
            message += f"; {_INCLUDED}"
        raise DataError([Problem(homes[found.id], "status", message)])
    return found


def _kept(before: Study, own: Answers, review: Review) -> Iterator[str]:
    """Remark what was said and is not written, since the review says otherwise."""
    for name in ("country", "design", "population"):
        value, known = getattr(own, name), getattr(before, name)
        if value and known not in (None, value):
            yield f"{name} stays {known!r}; if it is {value!r}, correct it in the file"
    homes = [one.id for one in review.searches if before.id in one.studies]
    if own.search and homes and own.search not in homes:
        yield f"{before.id} stays under the search {homes[0]}, not under {own.search}"
    if own.note and before.note and own.note not in before.note:
        yield "what was said as the note stands behind the note that was there"


def _edited(text: str, before: Study, said: Answers, plan: Plan, reading: Reading) -> str:
    source = reading.source
    text = _new_status(text, before, included=bool(said.results))
    if source not in before.sources:
        described = dict(source_of(said))
        told = [str(described["note"])] if "note" in described else []
        told += [note] if said.results and (note := left(said, plan)) else []
        described |= {"note": " ".join(told)} if told else {}
        text = append_key(text, ("sources",), source, described)
    else:
        text = with_reading(text, source, before.sources[source], reading.new)
    text = set_text(text, ("report",), source)
    for name in ("country", "design", "population"):
        value = getattr(said, name)
        if value and getattr(before, name) is None:
            text = set_text(text, (name,), value)
    for number in said.registrations:
        if number not in before.registrations:
            text = _appended(text, "registrations", number, present=bool(before.registrations))
            before = before.model_copy(update={"registrations": (*before.registrations, number)})
    included = bool(said.results)
    if said.recruitment or (included and before.recruitment is None):
        text = _set(text, "recruitment", recruitment_of(said, source))
    if said.n or said.total or (included and before.arms is None):
        text = _set(text, "arms", arms_of(said, plan, source))
    if (follow_up := follow_up_of(said, source)) is not None:
        text = _set(text, "follow_up", follow_up)
    text = _characteristics(text, before, said, plan, source)
    for index, result in enumerate(said.results):
        present = bool(before.results) or index > 0
        text = _appended(text, "results", result_of(result, said, plan, source), present=present)
    if included and plan.tools and not before.quality:
        text = _set(text, "quality", list(quality_of(plan, source)))
    if said.note and said.note not in (before.note or ""):
        text = _set(text, "note", f"{(before.note or '').strip()} {said.note}".strip())
    return text


def _new_status(text: str, before: Study, *, included: bool) -> str:
    if included:
        text = set_text(text, ("status",), "included")
        if before.reason is not None:
            text = comment_out(text, "reason", f"While it was {before.status}:")
    elif before.status == "ongoing":
        text = set_text(text, ("status",), "awaiting")
        reason = f"{TODO}: it has reported; its results are still to be extracted."
        text = _set(text, "reason", reason)
    return text


def _characteristics(text: str, before: Study, said: Answers, plan: Plan, source: str) -> str:
    new = characteristics_of(said, plan, source, every=bool(said.results))
    told = dict(said.characteristics)
    if not before.characteristics:
        return _set(text, "characteristics", new) if new else text
    there = keys_at(text, ("characteristics",))
    for name, value in new.items():
        if name not in there:
            text = append_key(text, ("characteristics",), name, value)
        elif name in told:
            text = set_text(text, ("characteristics", name), value)
    return text


def _appended(text: str, key: str, entry: Yaml, *, present: bool) -> str:
    if present or key in keys_at(text, ()):
        return append(text, (key,), entry)
    return _set(text, key, [entry])


def _set(text: str, key: str, value: Yaml) -> str:
    """Set a key at its place in the order of the record's fields."""
    order = list(Study.model_fields)
    return set_key(text, key, value, after=order[: order.index(key)])
