"""Two states of the evidence compared: which studies, plans and searches differ, field by field."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from analysis import words
from analysis.bibliography import entry_texts
from analysis.field_changes import UNKNOWN, FieldChange, field_changes
from analysis.records import AnalysisPlan, Review, Search, Study
from analysis.study_moves import Came, Left, coming, leaving, sharing, study_changes
from analysis.values import is_todo

__all__ = ["Change", "FieldChange", "analysis_of", "changes", "of_provenance"]

Kind = Literal[
    "plan",
    "corrected",
    "completed",
    "removed",
    "replaced",
    "returned",
    "added",
    "listed",
    "search",
    "published",
    "document",
]
ORDER: tuple[Kind, ...] = get_args(Kind)
"""In which changes are listed, and replayed where an order must be stated."""

# What of an analysis says which results it takes, and how it pools them. The prediction
# interval, groups and tests of an analysis move no pooled result.
ELIGIBILITY = ("outcome", "studies", "take", "several")
MODEL = ("method", "test", "level", "pooling", "continuity")
QUESTION = ("question", "arms", "outcomes", "characteristics")
TITLE = ("title", "subtitle", "short_title", "keywords", "continues")
PRESENTATION = (*TITLE, "about", "order", "fixed_terms")

_PROVENANCE = re.compile(r"(^|\.)(sources\b|(note|source)$)")

# Parts of review.yml beside the analyses, each a change of its own.
_PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("question", "the question, its arms, outcomes and characteristics", QUESTION),
    ("assessment", "how studies are assessed", ("tools", "harms")),
    ("risks", "risks for absolute effects", ("baseline_risks",)),
    ("certainty", "the certainty of the evidence", ("certainty",)),
    ("living", "the living mode", ("living",)),
    ("presentation", "title, authors, order and terms", PRESENTATION),
)


@dataclass(frozen=True)
class Change:
    """One difference between two states of the evidence.

    `kind`: a study entered the included ones (`added`), or is back among them (`returned`), left
    them (`removed`), gave way to another report of the same patients (`replaced`), was `corrected`,
    or only `completed` (what was absent or not reported is given); or it is `listed` only (ongoing,
    awaiting, excluded: it is in no pool); or the `plan`, a `search`, a number of the `published`
    article or a cited `document` differs.

    `studies` are the ids concerned: several where they share patients, since no state of the
    evidence may pool both, and so neither change can come without the other. An `id` names
    the change. `came` and `left` tell what the studies are that entered, and what became of those
    that left.
    """

    id: str
    kind: Kind
    label: str
    studies: tuple[str, ...]
    details: tuple[FieldChange, ...]
    came: tuple[Came, ...] = ()
    left: tuple[Left, ...] = ()


def changes(before: Review, after: Review, returned: Collection[str] = ()) -> tuple[Change, ...]:
    """Return every difference of the evidence, claims and editions apart.

    `returned` are the ids of studies that entered and had been there before (`past.returning`). The
    order is that of `ORDER`; among those of a kind by the date of the report, then the id.
    """
    found = [
        *_studies(before, after, returned),
        *_plan(before, after),
        *_searches(before, after),
        *_published(before, after),
        *_documents(before, after),
    ]
    dates = {study.id: _date(study) for study in (*before.studies, *after.studies)}
    return tuple(
        sorted(
            found,
            key=lambda c: (
                ORDER.index(c.kind),
                max((dates[s] for s in c.studies), default=""),
                c.id,
            ),
        )
    )


def analysis_of(review: Review, id_: str) -> AnalysisPlan | None:
    """Return the entry of the plan with this id, None where there is none."""
    return next((one for one in review.plan.analyses if one.id == id_), None)


# --- studies -------------------------------------------------------------------------------


def _studies(before: Review, after: Review, returned: Collection[str]) -> Iterator[Change]:
    old, new = before.by_id, after.by_id
    details = {id_: _details(old.get(id_), new.get(id_)) for id_ in dict.fromkeys((*old, *new))}
    pooled = [i for i, d in details.items() if d and (_included(old, i) or _included(new, i))]
    for group in sharing(pooled, (*before.studies, *after.studies)):
        yield _of_group(group, old, new, details, after.plan.question.people, returned)
    for id_, found in details.items():
        if found and id_ not in pooled:
            label = (new.get(id_) or old[id_]).label
            yield Change(f"listed_{id_}", "listed", label, (id_,), found)


def _details(a: Study | None, b: Study | None) -> tuple[FieldChange, ...]:
    if a and b:
        return tuple(study_changes(a, b))
    return (FieldChange("status", a.status if a else None, b.status if b else None),)


def _of_group(
    group: Sequence[str],
    old: Mapping[str, Study],
    new: Mapping[str, Study],
    details: Mapping[str, tuple[FieldChange, ...]],
    people: str,
    returned: Collection[str],
) -> Change:
    """Return the one change that studies make which share patients (mostly, a single study)."""
    entered = [i for i in group if _included(new, i) and not _included(old, i)]
    left = [i for i in group if _included(old, i) and not _included(new, i)]
    others = [i for i in group if i not in entered and i not in left]

    def named(ids: Sequence[str]) -> str:
        return ", ".join((new.get(i) or old[i]).label for i in ids)

    kind: Kind
    if entered and left:
        kind, first, label = "replaced", left[0], f"{named(left)} replaced by {named(entered)}"
    else:
        kind = "added" if entered else "removed" if left else _kind_within(group, details)
        if entered and all(i in returned for i in entered):
            kind = "returned"
        first = (*entered, *left, *others)[0]
        label = named(entered or left or others)
    if others and (entered or left):
        label = f"{label} (with {named(others)})"
    found = details[group[0]]
    if len(group) > 1:
        found = tuple(replace(d, path=f"{i}.{d.path}") for i in group for d in details[i])
    entries = tuple(coming(new[i], people, again=i in returned) for i in entered)
    departures = tuple(leaving(i, old[i].label, new) for i in left)
    return Change(f"{kind}_{first}", kind, label, tuple(group), found, entries, departures)


def of_provenance(detail: FieldChange) -> bool:
    """Say whether a field of a study tells where a number was read, or is a remark on it."""
    return bool(_PROVENANCE.search(detail.path))


def _kind_within(group: Sequence[str], details: Mapping[str, tuple[FieldChange, ...]]) -> Kind:
    """Return what became of studies that stay: corrected, or only completed."""
    own = [d for id_ in group for d in details[id_] if not of_provenance(d)]
    return "completed" if own and all(map(_fills_in, own)) else "corrected"


def _fills_in(detail: FieldChange) -> bool:
    absent = detail.before in (None, UNKNOWN) or is_todo(detail.before)
    return absent and detail.after is not None


def _included(studies: Mapping[str, Study], id_: str) -> bool:
    return id_ in studies and studies[id_].status == "included"


def _date(study: Study) -> str:
    """Return the date of a study's own report, else of the first document that tells of it."""
    if study.report:
        return study.sources[study.report].published or ""
    return min((s.published for s in study.sources.values() if s.published), default="")


# --- plan ----------------------------------------------------------------------------------


def _plan(before: Review, after: Review) -> Iterator[Change]:
    old = {analysis.id: analysis for analysis in before.plan.analyses}
    new = {analysis.id: analysis for analysis in after.plan.analyses}
    for id_ in dict.fromkeys((*old, *new)):
        a, b = old.get(id_), new.get(id_)
        if a is None or b is None:
            verb = "added" if a is None else "removed"
            title = (a or b).title  # type: ignore[union-attr]
            detail = FieldChange(f"analyses[{id_}]", a.title if a else None, b.title if b else None)
            yield Change(f"plan_{id_}", "plan", f"analysis {verb}: {title}", (), (detail,))
            continue
        found = tuple(field_changes(a, b, f"analyses[{id_}]"))
        for part in ("eligibility", "model", "further analyses"):
            details = tuple(
                d for d in found if _part(d.path.removeprefix(f"analyses[{id_}].")) == part
            )
            if details:
                name = f"plan_{id_}_{part.replace(' ', '_')}"
                yield Change(name, "plan", f"{b.title}: {part}", (), details)
    if list(old) != list(new) and old.keys() == new.keys():
        detail = FieldChange("analyses (order)", ", ".join(old), ", ".join(new))
        yield Change("plan_order", "plan", "order of the analyses", (), (detail,))
    for name, label, fields in _PARTS:
        details = tuple(
            detail
            for field in fields
            for detail in field_changes(
                getattr(before.plan, field), getattr(after.plan, field), field
            )
        )
        if details:
            yield Change(f"plan_{name}", "plan", label, (), details)


def _part(path: str) -> str:
    """Return which part of an analysis a field of it belongs to."""
    first = path.replace("[", ".").split(".")[0]
    if first in ELIGIBILITY:
        return "eligibility"
    return "model" if first in MODEL else "further analyses"


# --- searches, the article, the bibliography -----------------------------------------------


def _searches(before: Review, after: Review) -> Iterator[Change]:
    old: dict[str, Search] = {search.id: search for search in before.searches}
    new: dict[str, Search] = {search.id: search for search in after.searches}
    for id_ in dict.fromkeys((*old, *new)):
        a, b = old.get(id_), new.get(id_)
        if a and b:
            details = tuple(field_changes(a, b))
        else:
            was, now = (_brought(one) if one else None for one in (a, b))
            details = (FieldChange(f"searches[{id_}]", was, now),)
        if details:
            label = _search_label(b or a)  # type: ignore[arg-type]
            yield Change(f"search_{id_}", "search", label, (), details)


def _search_label(search: Search) -> str:
    """Return what a reader calls a search: targeted reading of 2026-01 (PubMed, Embase)."""
    when = f"of {search.date}" if search.date else "without a date"
    sources = ", ".join(one for one in search.sources if not is_todo(one))
    return f"{search.kind} {when}{f' ({sources})' if sources else ''}"


def _brought(search: Search) -> str:
    """Return what a search brought: 300 records, 2 studies. Its label says which it was."""
    studies = words.count(len(search.studies), "study")
    if search.found_nothing:
        return "nothing found"
    if search.counts is None:
        return str(studies)
    records = sum(one.n for one in search.counts.identified)
    return f"{words.count(records, 'record')}, {studies}"


def _published(before: Review, after: Review) -> Iterator[Change]:
    a, b = before.published, after.published
    if a is None and b is None:
        return
    details = (
        tuple(field_changes(a, b))
        if a and b
        else (FieldChange("published", a.document if a else None, b.document if b else None),)
    )
    if details:
        yield Change("published", "published", "numbers of the article continued", (), details)


def _documents(before: Review, after: Review) -> Iterator[Change]:
    if before.bibliography == after.bibliography:
        return
    old, new = (entry_texts(review.bibliography) for review in (before, after))
    details = tuple(
        FieldChange(key, old.get(key), new.get(key))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    )
    if details:
        yield Change("documents", "document", "documents cited", (), details)
