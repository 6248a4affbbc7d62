"""Ongoing studies by the precision they plan, as far as the data say it; never by a guess."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analysis import words
from analysis.changes import analysis_of
from analysis.evidence import select
from analysis.extended_funnel import error_of
from analysis.records import AnalysisPlan, BaselineRisk, Planned, Result, Review, Study
from analysis.study_moves import DISOWNED
from analysis.values import last_day


@dataclass(frozen=True)
class PlannedTrial:
    """An ongoing study and the standard error that its planned size gives for an analysis.

    `se` is that of a log hazard ratio, None where the data do not allow one; `ratio` is the
    hazard ratio that the trial assumes. `why` says in words what it rests on, or what lacks.
    """

    study: str
    label: str
    se: float | None
    events: float | None
    ratio: float | None
    why: str


def planned_trials(review: Review, analysis: str) -> tuple[PlannedTrial, ...]:
    """Return every ongoing study, placed for an analysis or with what would be needed.

    The standard error is 2 / √D for D events in two equal arms (Tierney et al. 2007), D the
    events that the trial plans for the outcome of the analysis. Where it plans patients alone,
    D = n (p0 + p1) / 2 with the risk p0 that review.yml states for the outcome without the
    intervention and p1 = 1 − (1 − p0)^HR with the hazard ratio that the trial assumes: one
    place for each stated risk.
    """
    plan = analysis_of(review, analysis)
    if plan is None:
        return ()
    return tuple(
        trial
        for study in review.studies
        if study.status == "ongoing"
        for trial in _placed(review, plan, study)
    )


def _placed(review: Review, plan: AnalysisPlan, study: Study) -> Iterator[PlannedTrial]:
    measure = review.outcome(plan.outcome).measure
    entries = sorted(study.planned, key=lambda one: _date(study, one), reverse=True)
    ratio = next((float(one.assumed_ratio) for one in entries if one.assumed_ratio), None)
    lacking: str
    if measure != "HR":
        lacking = f"planned events give the precision of a hazard ratio, not of {measure}"
    elif why := _not_taken(review, plan, study):
        lacking = f"this analysis would not take it ({why})"
    elif events := _events(entries, plan.outcome):
        text = f"{study.label}: {words.count(events, 'planned event')}"
        yield PlannedTrial(study.id, study.label, error_of(events), float(events), ratio, text)
        return
    else:
        risks = [risk for risk in review.plan.baseline_risks if _usable(review, plan, risk)]
        n = next((one.n for one in entries if one.n), None)
        if n and ratio and risks:
            for risk in risks:
                yield _by_risk(study, n, ratio, risk)
            return
        lacking = _lack(review, plan, entries, n, ratio, bool(risks))
    yield PlannedTrial(study.id, study.label, None, None, ratio, f"{study.label}: {lacking}")


def _usable(review: Review, plan: AnalysisPlan, risk: BaselineRisk) -> bool:
    """Say whether a stated risk is one of the outcome, and its study has not been disowned."""
    study = review.by_id.get(risk.study)
    return risk.outcome == plan.outcome and not (study and study.status in DISOWNED)


def _events(entries: list[Planned], outcome: str) -> int | None:
    return next(
        (one.events for one in entries if one.events and one.primary_outcome == outcome), None
    )


def _by_risk(study: Study, n: int, ratio: float, risk: BaselineRisk) -> PlannedTrial:
    without = float(risk.risk)
    events = n * (without + 1 - (1 - without) ** ratio) / 2
    text = (
        f"{study.label}: {words.count(round(events), 'event')} expected of "
        f"{words.count(n, 'patient')}, at a risk without the intervention of "
        f"{words.percent(100 * without)} ({risk.label}) and the hazard ratio of "
        f"{words.ratio(ratio)} that it assumes"
    )
    return PlannedTrial(study.id, study.label, error_of(events), events, ratio, text)


def _lack(
    review: Review,
    plan: AnalysisPlan,
    entries: list[Planned],
    n: int | None,
    ratio: float | None,
    risks: bool,
) -> str:
    """Say why a trial has no place: what it plans, and what is not reported."""
    short = review.outcome(plan.outcome).short
    other = next((one for one in entries if one.events), None)
    if other is not None and other.primary_outcome:
        planned = review.outcome(other.primary_outcome).short
        return f"its events are planned for {planned}, not {short}"
    if other is not None:
        return "the outcome for which its events are planned is not reported"
    if n is None:
        return "its planned size is not reported"
    parts = ["its number of events", *([] if ratio else ["its assumed hazard ratio"])]
    text = f"{words.count(n, 'patient')} planned, {words.series(parts)} not reported"
    return text if risks else f"{text}, and no risk of {short} is stated"


def _not_taken(review: Review, plan: AnalysisPlan, study: Study) -> str | None:
    """Return why the analysis would not take the trial, had it reported; None if it would."""
    adjustment = plan.take.adjustment[0] if plan.take.adjustment else "unadjusted"
    result = Result.model_construct(
        outcome=plan.outcome,
        measure=review.outcome(plan.outcome).measure,
        adjustment=adjustment,
        subgroup=plan.take.subgroup,
        source=next(iter(study.sources)),
    )
    reported = study.model_copy(update={"status": "included", "results": (result,)})
    left = select(review.plan, (reported,), plan).selected.left_out
    return left[0].reason if left else None


def _date(study: Study, entry: Planned) -> str:
    published = study.sources[entry.source].published
    return last_day(published) if published else ""
