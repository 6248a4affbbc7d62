"""A study that is new to the review: its file, its reference, its place among the searches.

Everything is computed before anything is written, and read back as `check` would read it. What
is written has no error; errors elsewhere, as in a plan that waits for studies, do not stop it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from analysis.citing import cited, letters, unwritten, with_entry
from analysis.errors import DataError, Problem
from analysis.found_record import FoundRecord, Reference
from analysis.located import REFERENCES, SEARCHES, STUDIES
from analysis.messages import nearest, unknown
from analysis.records import Plan, Review
from analysis.said import Answers, ResultSaid
from analysis.said_numbers import unfit, unfit_sizes
from analysis.study_edits import Edit, edit_bytes, edit_of, error_at, opened
from analysis.study_text import REGISTERED_IN, REPORTED_IN, study_text
from analysis.values import ID_PATTERN, TODO
from analysis.yaml_edit import append, keys_at
from analysis.yaml_text import Flow, Yaml

_ANOTHER = (
    "wanted another label (or `report`); to begin it anew, edit that file, or delete it together "
    "with what was added to references.bib and searches.yml"
)
TARGETED = "targeted_reading"


def add_study(files: Mapping[str, bytes], said: Answers, found: FoundRecord | None = None) -> Edit:
    """Return the files that a new study makes: its own, and two others with one entry more.

    What was said comes before what a record says. A study that is to be included and has no
    result yet awaits assessment, with TODO as the reason.

    Raises
    ------
    DataError : review.yml, searches.yml or references.bib cannot be read; a name is none of
        review.yml's; the study's file or id is taken; or what was said cannot be (as an
        interval without its estimate).
    """
    before = opened(files)
    review, own = before.review, said
    said = _named(_status(_from_record(said, found, review.plan)))
    said, written = cited(said, found, review)
    source = REGISTERED_IN if said.access == "registry" else REPORTED_IN
    file = file_of(str(said.label), str(said.id))
    if file in files:
        raise error_at(file, f"found a file of this name, {_ANOTHER}")
    if said.id in review.by_id:
        home = before.places.studies[str(said.id)]
        raise error_at("--id", f"found {said.id}, which is the id of {home}, wanted another")
    changed = {file: study_text(said, review.plan, source).encode()}
    if written is not None:
        changed[REFERENCES] = with_entry(files[REFERENCES], written)
    _check_counts(said, review)
    changed[SEARCHES] = with_search(files[SEARCHES], str(said.id), said.search, review)
    begun = () if changed[SEARCHES] == files[SEARCHES] else begun_beside(said.search, review)
    remarks = (*_remarks(said), *unwritten(own, said.document, written, review), *begun)
    return edit_of(str(said.id), file, files, changed, remarks)


def file_of(label: str, id_: str) -> str:
    """Return the file of a new study: named as its label, or else as its id."""
    name = letters(label)
    return f"{STUDIES}{(name if name[:1].isalpha() else id_).replace('_', '-')}.yml"


# --- what was said, and what a record says -------------------------------------------------


def with_record(said: Answers, found: FoundRecord) -> Answers:
    """Return answers, and what a record says where nobody said otherwise."""
    reference = found.reference
    return replace(
        said,
        label=said.label or found.label,
        status=said.status or found.status,
        registrations=said.registrations or found.registrations,
        published=said.published or reference.published,
        place=said.place or found.place,
        access=said.access or found.read,
        country=said.country or found.country,
        design=said.design or found.design,
        population=said.population or found.population,
        planned_n=said.planned_n or (str(found.planned_n) if found.planned_n else None),
        completion=said.completion or found.completion,
    )


def _from_record(said: Answers, found: FoundRecord | None, plan: Plan) -> Answers:
    results = resolved(said, plan)
    if found is None:
        return replace(said, results=results)
    known = with_record(said, found)
    return replace(
        known,
        label=known.label or _label(found.reference),
        reason=said.reason or (None if said.status else _why(found)),
        recruitment=said.recruitment or ((found.start, TODO) if found.start else None),
        results=results,
        primary_outcome=said.primary_outcome or _outcome(found.primary_outcomes, plan),
    )


def _label(reference: Reference) -> str | None:
    if not reference.authors or not reference.authors[0].given:
        return None
    return f"{reference.authors[0].family} {(reference.published or '')[:4]}".strip()


def _why(found: FoundRecord) -> str | None:
    if found.status != "awaiting":
        return None
    return f"The registry says {found.state or 'nothing of its state'}. {TODO}: look for a report."


def _outcome(measures: Collection[str], plan: Plan) -> str | None:
    """Return the outcome that a registry's primary outcome names, where it can only be one."""
    named = {
        outcome.id
        for text in measures
        for outcome in plan.outcomes
        if re.search(rf"\b{re.escape(_plain(outcome.label))}\b", _plain(text))
        or re.search(rf"\b{re.escape(outcome.short)}\b", text)
    }
    return named.pop() if len(named) == 1 else None


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def resolved(said: Answers, plan: Plan) -> tuple[ResultSaid, ...]:
    """Return results whose outcomes are ids: `DFS` means the outcome of that short name.

    Raises
    ------
    DataError : an outcome is none of review.yml's, or numbers do not fit the arms or a measure.
    """
    by_name = {one.id: one.id for one in plan.outcomes}
    by_name |= {one.short.lower(): one.id for one in plan.outcomes}
    by_name |= {one.label.lower(): one.id for one in plan.outcomes}
    found = []
    for result in said.results:
        name = by_name.get(result.outcome) or by_name.get(result.outcome.lower())
        if name is None:
            wanted = "an outcome that review.yml declares"
            known = [one.id for one in plan.outcomes]
            raise DataError([Problem("--outcome", "", unknown(result.outcome, wanted, known))])
        found.append(replace(result, outcome=name))
    fitting = replace(said, results=tuple(found))
    if problems := [*unfit_sizes(fitting, plan), *unfit(found, plan)]:
        raise DataError(problems)
    return fitting.results


def _status(said: Answers) -> Answers:
    if said.status in (None, "included") and not said.results:
        reason = f"{TODO}: its results are still to be extracted."
        return replace(said, status="awaiting", reason=said.reason or reason)
    return replace(said, status=said.status or "included")


def _named(said: Answers) -> Answers:
    label = said.label or said.id
    if label is None and said.registrations:
        label = said.registrations[0]
    if label is None:
        raise error_at("--label", "found no name of the study, wanted --label, as 'Kim 2015'")
    return replace(said, label=label, id=said.id or _slug(label))


def _slug(label: str) -> str:
    plain = letters(label)
    if not plain:
        raise error_at("--id", f"found no letter for an id in {label!r}, wanted --id")
    return plain if re.fullmatch(ID_PATTERN, plain) else f"study_{plain}"


def _remarks(said: Answers) -> tuple[str, ...]:
    if said.status == "awaiting" and said.reason and said.reason.startswith(TODO):
        document = None if said.access == "registry" else said.document
        return (no_result_yet(str(said.id), document),)
    return ()


def no_result_yet(study: str, document: str | None) -> str:
    """Remark how a study without a result gets one, from a document where that is known."""
    again = f"report {study}{f' --document {document}' if document else ''}"
    return f"no result yet: {study} awaits assessment until `{again}` gives one"


# --- the search ----------------------------------------------------------------------------


def with_search(data: bytes, study: str, search: str | None, review: Review) -> bytes:
    """Return searches.yml with the study under the search that brought it in.

    That is the one named; else a targeted reading whose date is still TODO, since to put a
    study under any other would say how it was found. Where there is none, it is begun.
    """
    named = {one.id: index for index, one in enumerate(review.searches)}
    if any(study in one.studies for one in review.searches):
        return data

    def edited(text: str) -> str:
        index = named.get(search or "")
        if search is None:
            open_ = [
                number
                for number, one in enumerate(review.searches)
                if one.kind == "targeted reading"
                and one.counts is None
                and keys_at(text, ("searches", number))["date"].value.startswith(TODO)
            ]
            index = open_[-1] if open_ else None
        if index is not None:
            return append(text, ("searches", index, "studies"), study)
        id_, number = search or TARGETED, 2
        while id_ in named:
            id_, number = f"{TARGETED}_{number}", number + 1
        new: dict[str, Yaml] = {
            "id": id_,
            "kind": "targeted reading",
            "date": TODO,
            "sources": Flow([TODO]),
            "studies": Flow([study]),
            "note": f"{TODO}: how the report was found; nothing was counted.",
        }
        return append(text, ("searches",), new)

    return edit_bytes(data, edited)


def begun_beside(search: str | None, review: Review) -> tuple[str, ...]:
    """Remark that a search was begun whose name is nearly that of one there is.

    It is no error: the next search of a series is named like the last one.
    """
    known = [one.id for one in review.searches]
    close = None if search is None or search in known else nearest(search, known)
    if close is None:
        return ()
    return (
        f"began the search {search}, a targeted reading; there is {close}: if that was meant, "
        f"move the study to it in {SEARCHES} and take {search} out",
    )


def _check_counts(said: Answers, review: Review) -> None:
    """Refuse a study that a search with counts did not count."""
    search = next((one for one in review.searches if one.id == said.search), None)
    if search is None or search.counts is None or said.status != "included":
        return
    statuses = [review.by_id[id_].status for id_ in search.studies if id_ in review.by_id]
    if statuses.count("included") >= search.counts.included:
        n = search.counts.included
        found = f"found {search.id}, which counts {n} included and has {'it' if n == 1 else 'them'}"
        wanted = "wanted no --search (a targeted reading is begun), or a new search"
        raise error_at("--search", f"{found}, {wanted}")
