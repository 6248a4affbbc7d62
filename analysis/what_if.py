"""The review, had a study reported a certain result. Nothing is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

from analysis.corrections import stands
from analysis.errors import DataError, Problem
from analysis.findings import Findings
from analysis.load import load
from analysis.located import Draft
from analysis.messages import unknown
from analysis.records import Outcome, Result, Review, Source, Study
from analysis.study_checks import study_faults
from analysis.supposition import PLACE, SOURCE, Supposition, characteristics_of, result_of

_FILE = "data/studies/what-if.yml"


@dataclass(frozen=True)
class Supposed:
    """The review with the supposed results, which are of `outcomes`.

    `study` is the id; `made_up` says that the review does not have it. `superseded` are the
    earlier reports on the same patients that give way to it.
    """

    review: Review
    study: str
    label: str
    outcomes: frozenset[str]
    made_up: bool
    superseded: tuple[Superseded, ...] = ()


@dataclass(frozen=True)
class Superseded:
    """An earlier report on the same patients, by its label, which the supposed one supersedes.

    `lost` are the outcomes, by their short names, on which it alone reports.
    """

    label: str
    lost: tuple[str, ...]


def suppose(review: Review, supposition: Supposition) -> Supposed:
    """Return the review had the study reported that: included, with the result as its own.

    A result that the study has for the outcome already gives way. A randomised comparison
    counts as unadjusted where nothing else is said. Where the study is awaiting or ongoing, it
    supersedes the included studies of its cohort with a result for the outcome: nobody's
    patients are pooled twice.

    Raises
    ------
    DataError : the outcome, a characteristic or a level of it is not declared; the measure is
        not that of the outcome; the numbers cannot be a result.
    """
    outcome = outcome_of(review, supposition.outcome)
    known = study_of(review, supposition.study)
    study = known or _made_up(supposition.study)
    design = supposition.design or study.design
    result = result_of(review, outcome, supposition, design)
    source = Source(
        document=study.citation if known else SOURCE,
        place="supposed",
        access="abstract",
        published="not reported",
        extracted_by="not stated",
        checked_by="not stated",
    )
    # What it is known to have printed stays for analyses that take what its document gives.
    others = tuple(
        r.model_copy(update={"corrected_by": SOURCE})
        if r.outcome == outcome.id and not r.subgroup and stands(r)
        else r
        for r in study.results
    )
    changed = study.model_copy(
        update={
            "design": design,
            "sources": {**study.sources, SOURCE: source},
            "results": (*others, result),
            "characteristics": {
                **study.characteristics,
                **characteristics_of(review, supposition),
            },
        }
    )
    return _with(review, changed, (result,))


def suppose_file(review: Review, files: Mapping[str, bytes], content: bytes, name: str) -> Supposed:
    """Return the review with a study file in place of the one with its id, or beside them all.

    Parameters
    ----------
    files : the data files of `review`.
    content, name : the study file and its name, for messages. Its study is taken as included,
        and what it cites need not be in references.bib.

    Raises
    ------
    DataError : the file cannot be read, or holds what cannot be.
    """
    try:
        loaded = load({**_without_studies(files), _FILE: content}, checked=False)
        study, places = loaded.review.studies[0], loaded.places
        alone = Draft(places, review.plan, (study,), all_studies=False)
        if faults := [
            places.problem(("studies", study.id, *path), message)
            for path, message in study_faults(study, alone)
        ]:
            raise DataError(faults)
    except DataError as error:
        raise DataError(
            Problem(p.place.replace(_FILE, name, 1), p.where, p.message) for p in error.problems
        ) from error
    return _with(review, study, study.results)


def outcome_of(review: Review, name: str) -> Outcome:
    """Return the outcome with this id, short name or label, in whatever case.

    Raises
    ------
    DataError : there is none.
    """
    for outcome in review.plan.outcomes:
        if name.casefold() in (n.casefold() for n in (outcome.id, outcome.short, outcome.label)):
            return outcome
    message = unknown(name, "an outcome of this review", [o.id for o in review.plan.outcomes])
    raise DataError([Problem(PLACE, "outcome", message)])


def study_of(review: Review, name: str) -> Study | None:
    """Return the study with this id or label, in whatever case; None where there is none."""
    for study in review.studies:
        if study.id == _id(name) or study.label.casefold() == name.casefold():
            return study
    return None


def left_out_of(findings: Findings, supposed: Supposed) -> dict[str, str]:
    """Return the analyses of its outcomes that do not take the study, by title, and why."""
    return {
        analysis.title: left.reason
        for analysis in findings.analyses.values()
        if analysis.outcome in supposed.outcomes
        for left in analysis.left_out
        if left.study == supposed.study
    }


def _with(review: Review, study: Study, results: tuple[Result, ...]) -> Supposed:
    included = study.model_copy(
        update={"status": "included", "reason": None, "superseded_by": None, "retracted": None}
    )
    outcomes = frozenset(result.outcome for result in results)
    made_up = study.id not in review.by_id
    earlier = _earlier(review, study, outcomes)
    gone = {"status": "superseded", "superseded_by": study.id}
    others = (
        s.model_copy(update=gone) if s in earlier else s for s in review.studies if s.id != study.id
    )
    studies = tuple(sorted((*others, included), key=lambda s: s.id))
    evidence = sha256(f"{review.evidence} with {included!r}".encode()).hexdigest()
    supposed = review.model_copy(update={"studies": studies, "evidence": evidence})
    superseded = tuple(Superseded(s.label, _lost(review, s, included)) for s in earlier)
    return Supposed(supposed, study.id, study.label, outcomes, made_up, superseded)


def _earlier(review: Review, study: Study, outcomes: Collection[str]) -> list[Study]:
    """Return the included reports on the same patients that a study yet to report supersedes."""
    if study.cohort is None or study.status not in ("awaiting", "ongoing"):
        return []
    return [
        one
        for one in review.studies
        if one.id != study.id
        and one.status == "included"
        and one.cohort == study.cohort
        and any(result.outcome in outcomes for result in one.results)
    ]


def _lost(review: Review, earlier: Study, later: Study) -> tuple[str, ...]:
    """Return the short names of the outcomes that only the earlier of two studies reports on."""
    lost = {one.outcome for one in earlier.results} - {one.outcome for one in later.results}
    return tuple(outcome.short for outcome in review.plan.outcomes if outcome.id in lost)


def _made_up(name: str) -> Study:
    return Study.model_construct(
        id=_id(name),
        label=name,
        status="included",
        sources={},
        report=None,
        country=None,
        design=None,
        population=None,
    )


def _id(name: str) -> str:
    id_ = re.sub("[^a-z0-9]+", "_", name.casefold()).strip("_")
    return id_ if id_[:1].isalpha() else f"study_{id_}"


def _without_studies(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that every review has: a study file is read beside them."""
    return {name: data for name, data in files.items() if not name.startswith("data/studies/")}
