"""Which results an analysis takes, and the value of a study's fields."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from analysis.corrections import takable
from analysis.errors import MethodError
from analysis.records import AnalysisPlan, Plan, Result, Review, Selection, Study

NUMBERS = ("follow_up", "recruitment_start", "recruitment_mid", "recruitment_end", "year")
"""Fields of a study that are numbers, for moderators and for the order of a cumulation."""
CATEGORIES = ("design", "randomised")
"""Fields of a study that are categories, beside the characteristics that a review declares."""

Stage = Literal["status", "outcome", "selection", "result"]


@dataclass(frozen=True)
class Taken:
    """A result that an analysis takes: `study.results[index]`.

    `others`: indices of further results that are taken with it, where the plan says how
    several estimates of a study are taken.
    """

    study: Study
    index: int
    result: Result
    others: tuple[int, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """A study that an analysis does not take, and why.

    `stage` says where it fell out: its status; no result for the outcome; the selection of
    the plan; or no result of the kind that the plan takes.
    """

    study: str
    label: str
    reason: str
    stage: Stage


SILENT = "events in nobody or in everybody"
"""Why a table of counts tells nothing of an effect."""


@dataclass(frozen=True)
class Ambiguity:
    """A study with several results that the plan does not choose between."""

    study: Study
    indices: tuple[int, ...]


@dataclass(frozen=True)
class Selected:
    """What an analysis takes and leaves out; the studies in the order of the review."""

    taken: tuple[Taken, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Settled:
    """The same with what must not be: ambiguous studies, and studies that share patients."""

    selected: Selected
    ambiguous: tuple[Ambiguity, ...]
    overlapping: tuple[tuple[Taken, Taken], ...]


def candidates(review: Review, analysis: AnalysisPlan) -> Selected:
    """Return the results that an analysis of the plan takes, and why it leaves others.

    A study is taken if it is included, has a result for the outcome in the outcome's measure
    and for the plan's part of the study (`take.subgroup`; by default the whole study), and
    matches `studies`. Of several results the plan's `take.adjustment` picks one; one that a later
    source corrects is taken by none but `take.document`.

    Raises
    ------
    MethodError : the plan does not settle which result of a study to take, or two studies
        that share patients would be pooled. `check` finds both first, with file and line.
    """
    found = select(review.plan, review.studies, analysis)
    if found.ambiguous:
        labels = ", ".join(one.study.label for one in found.ambiguous)
        raise MethodError(
            f"analysis {analysis.id}: found several results of {labels}, "
            "wanted a plan that takes one of each study"
        )
    if found.overlapping:
        first, second = found.overlapping[0]
        raise MethodError(
            f"analysis {analysis.id}: found {first.study.label} and {second.study.label}, "
            f"who share patients (cohort {first.study.cohort}), wanted one of them"
        )
    return found.selected


def select(plan: Plan, studies: Collection[Study], analysis: AnalysisPlan) -> Settled:
    """Return what `candidates` does, with ambiguities and overlaps instead of an error."""
    taken: list[Taken] = []
    left_out: list[LeftOut] = []
    ambiguous: list[Ambiguity] = []
    measure = next(one.measure for one in plan.outcomes if one.id == analysis.outcome)
    for study in studies:
        reason = _why_not(study, analysis)
        chosen: tuple[int, ...] = ()
        if reason is None:
            chosen, why = _choose(study, analysis, measure)
            reason = ("result", why) if why else None
        if reason is not None:
            left_out.append(LeftOut(study.id, study.label, reason[1], reason[0]))
        elif len(chosen) > 1 and analysis.several is None:
            ambiguous.append(Ambiguity(study, chosen))
        else:
            first, *others = chosen
            taken.append(Taken(study, first, study.results[first], tuple(others)))
    return Settled(
        Selected(tuple(taken), tuple(left_out)), tuple(ambiguous), tuple(_overlaps(taken))
    )


def too_few(analysis: AnalysisPlan, selected: Selected) -> str | None:
    """Return why an analysis has no answer for want of studies, None where it has enough.

    One study leaves the t of knha and adhoc, which has k − 1 degrees of freedom, none.
    """
    if len(selected.taken) == 1 and analysis.test != "z":
        return f"found {analysis.test} with 1 study, wanted at least 2"
    return None


def _why_not(study: Study, analysis: AnalysisPlan) -> tuple[Stage, str] | None:
    if study.status != "included":
        return "status", _status(study)
    if not any(result.outcome == analysis.outcome for result in study.results):
        return "outcome", "no result for this outcome"
    why = _outside(study, analysis.studies)
    return ("selection", why) if why else None


def _status(study: Study) -> str:
    if study.status == "superseded":
        return "superseded by a later report"
    if study.status == "retracted":
        return "retracted"
    return f"{study.status}: {study.reason}" if study.reason else study.status


def _outside(study: Study, selection: Selection) -> str | None:
    """Return why a study is outside a selection, None if it is inside.

    A value that is not reported matches no list, and cannot be shown not to be on one.
    """
    if (selection.only and study.id not in selection.only) or study.id in selection.without:
        return "not among the studies of this analysis"
    if selection.design or selection.not_design:
        if study.design is None:
            return "design not reported"
        if selection.design and study.design not in selection.design:
            return f"design: {study.design}"
        if study.design in selection.not_design:
            return f"design: {study.design}"
    for field, values in selection.characteristics.items():
        value = study_value(study, field)
        if value is None:
            return f"{field}: not reported"
        if value not in values:
            return f"{field}: {value}"
    return None


def _choose(study: Study, analysis: AnalysisPlan, measure: str) -> tuple[tuple[int, ...], str]:
    """Return the indices of the results that the plan may mean, or why there is none."""
    take = analysis.take
    part = [
        index
        for index, result in enumerate(study.results)
        if result.outcome == analysis.outcome and dict(result.subgroup) == dict(take.subgroup)
    ]
    if not part:
        return (), "no result for this part" if take.subgroup else "no result for the whole study"
    part = takable(study, part, take.document)
    if not part:
        return (), f"no result from {take.document}" if take.document else "its result is corrected"
    measured = [index for index in part if study.results[index].measure == measure]
    if not measured:
        others = sorted({study.results[index].measure for index in part})
        return (), f"gives {', '.join(others)}, not {measure}"
    if not take.adjustment:
        return tuple(measured), ""
    for adjustment in take.adjustment:
        matching = [i for i in measured if study.results[i].adjustment == adjustment]
        if matching:
            return tuple(matching), ""
    return (), "no result adjusted as planned"


def _overlaps(taken: Collection[Taken]) -> list[tuple[Taken, Taken]]:
    first: dict[str, Taken] = {}
    overlapping: list[tuple[Taken, Taken]] = []
    for one in taken:
        if one.study.cohort is None:
            continue
        if one.study.cohort in first:
            overlapping.append((first[one.study.cohort], one))
        first.setdefault(one.study.cohort, one)
    return overlapping


# --- the value of a field ------------------------------------------------------------------


def study_value(study: Study, field: str) -> float | str | None:
    """Return the value of a moderator or a grouping field, None where it is not reported.

    `follow_up` is in months. `recruitment_start` and `recruitment_end` are years as numbers:
    '2007' is 2007.0, and where the source gives the month, '2007-05' is 2007 + 4/12.
    `recruitment_mid` is the mean of the two. `year` is that of the study's own report.
    `randomised` is 'yes' or 'no'. Any other name is a characteristic.
    """
    if field == "follow_up":
        return study.follow_up.months if study.follow_up else None
    if field == "year":
        return None if study.year is None else float(study.year)
    if field == "design":
        return study.design
    if field == "randomised":
        if study.design is None:
            return None
        return "yes" if study.design == "randomised trial" else "no"
    if field in NUMBERS:
        return _recruitment(study, field)
    characteristic = study.characteristics.get(field)
    return characteristic.value if characteristic else None


def number_value(study: Study, field: str) -> float | None:
    """Return the value of a field as a number, None where it is not reported or is no number."""
    value = study_value(study, field)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return value


def _recruitment(study: Study, field: str) -> float | None:
    if study.recruitment is None:
        return None
    start, end = study.recruitment.start, study.recruitment.end
    if field == "recruitment_start":
        return _decimal_year(start) if start else None
    if field == "recruitment_end":
        return _decimal_year(end) if end else None
    return (_decimal_year(start) + _decimal_year(end)) / 2 if start and end else None


def _decimal_year(date: str) -> float:
    year, month, day = (*date.split("-"), "1", "1")[:3]
    return int(year) + (int(month) - 1) / 12 + (int(day) - 1) / 365


# --- some of the studies -------------------------------------------------------------------


def restrict(review: Review, study_ids: Collection[str]) -> Review:
    """Return the review with these studies alone; searches name no others.

    A baseline risk that rests on a study that is gone goes with it.
    """
    kept = tuple(study for study in review.studies if study.id in study_ids)
    return with_studies(review, kept)


def with_studies(review: Review, studies: tuple[Study, ...]) -> Review:
    """Return the review with `studies` in place of its own, and nothing that names others."""
    sources = {study.id: study.sources for study in studies}
    searches = tuple(
        search.model_copy(update={"studies": tuple(i for i in search.studies if i in sources)})
        for search in review.searches
    )
    risks = tuple(
        risk for risk in review.plan.baseline_risks if risk.source in sources.get(risk.study, {})
    )
    plan = review.plan.model_copy(update={"baseline_risks": risks})
    return review.model_copy(update={"plan": plan, "studies": studies, "searches": searches})
