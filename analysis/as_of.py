"""The evidence of a day: what the reports that were published by then give."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import TypeVar

from analysis.bibliography import publication_dates
from analysis.evidence import with_studies
from analysis.records import Arms, FollowUp, Recruitment, Result, Review, Source, Study
from analysis.values import last_day

P = TypeVar("P", Recruitment, Arms, FollowUp)


def as_of(review: Review, day: str) -> Review:
    """Return the review as the reports that were published by `day` (YYYY-MM-DD) give it.

    A source counts from the day its report was published: `published`, else the date of its
    `document` in references.bib, else that of the document it was read in (`via`). A month or
    a year counts from its last day. A source without any date counts at no date.

    What rests on a source that does not count yet goes. A study whose own report does not
    count yet is kept if an earlier source has results: then the latest of those is its report.
    Without results it is kept as ongoing if an earlier source has its plan, and else goes. A
    superseded study whose successor is not there yet is included, as is one retracted later.
    Searches and editions of a later day go; of a search, the studies that went.
    """
    dates = publication_dates(review.bibliography)
    kept = [study for study in (_study_at(s, day, dates) for s in review.studies) if study]
    there = {study.id for study in kept if study.results}
    studies = tuple(_status_at(study, day, there) for study in kept)
    cut = with_studies(review, studies)
    searches = tuple(
        search for search in cut.searches if search.date is None or last_day(search.date) <= day
    )
    return cut.model_copy(
        update={
            "searches": searches,
            "editions": tuple(e for e in cut.editions if e.released <= day),
            "evidence": sha256(f"{review.evidence} as of {day}".encode()).hexdigest(),
        }
    )


def _date(source: Source, dates: Mapping[str, str]) -> str | None:
    """Return the day from which a source counts, None where no date is known."""
    date = source.published or dates.get(source.document) or dates.get(source.via or "")
    return last_day(date) if date else None


def _counts(source: Source, day: str, dates: Mapping[str, str]) -> bool:
    date = _date(source, dates)
    return date is not None and date <= day


def _study_at(study: Study, day: str, dates: Mapping[str, str]) -> Study | None:
    known = {id_ for id_, source in study.sources.items() if _counts(source, day, dates)}
    if known == set(study.sources):
        return study
    results = tuple(_uncorrected(r, known) for r in study.results if r.source in known)
    planned = tuple(plan for plan in study.planned if plan.source in known)
    if study.report not in known and not results and not planned:
        return None
    status, report = study.status, study.report
    if report is not None and report not in known:
        bearing = {part.source for part in (results or planned)}
        report = max(bearing, key=lambda id_: (_date(study.sources[id_], dates) or "", id_))
    if not results and study.report not in known and status not in ("excluded", "awaiting"):
        status = "ongoing"
    characteristics = {
        name: value for name, value in study.characteristics.items() if value.source in known
    }
    return study.model_copy(
        update={
            "status": status,
            "report": report,
            "sources": {id_: s for id_, s in study.sources.items() if id_ in known},
            "recruitment": _if_known(study.recruitment, known),
            "arms": _if_known(study.arms, known),
            "follow_up": _if_known(study.follow_up, known),
            "characteristics": characteristics,
            "results": results,
            "harms": tuple(harm for harm in study.harms if harm.source in known),
            "quality": tuple(one for one in study.quality if one.source in known),
            "planned": planned,
        }
    )


def _uncorrected(result: Result, known: Collection[str]) -> Result:
    """Return a result as it stood before a correction that does not count yet."""
    if result.corrected_by is None or result.corrected_by in known:
        return result
    return result.model_copy(update={"corrected_by": None})


def _if_known(part: P | None, known: Collection[str]) -> P | None:
    return part if part is not None and part.source in known else None


def _status_at(study: Study, day: str, there: Collection[str]) -> Study:
    if study.status == "superseded" and study.superseded_by not in there:
        return study.model_copy(update={"status": "included", "superseded_by": None})
    if study.status == "retracted" and study.retracted and last_day(study.retracted) > day:
        return study.model_copy(update={"status": "included", "retracted": None})
    return study
