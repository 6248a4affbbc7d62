"""The living mode on a given day: what is overdue, whether to publish, to hold or to retire.

As PRISMA-LSR (BMJ 2024;387:e079183) asks, the review declares when each source is searched, what
makes a new edition due, and when it leaves the living mode. Here that is held against the
evidence. A search that nobody dated counts as overdue, and silence counts as silence only where
somebody listened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Literal

from analysis.claims import ClaimOutcome, flips
from analysis.conditions import judge_condition
from analysis.errors import DataError, Problem, ReviewError
from analysis.expression import parse
from analysis.findings import Findings
from analysis.records import Living, Retirement, Review, Search, Trigger
from analysis.schedule import SourceStatus, add_months, last_search, search_log, source_status
from analysis.study_moves import AGAIN, leaving, named
from analysis.values import last_day

Decision = Literal["publish", "hold", "retire"]
RANDOMISED = "randomised trial"


@dataclass(frozen=True)
class Outcome:
    """Whether a trigger or a retirement criterion is met, and why or why not."""

    id: str
    label: str
    met: bool
    why: str


@dataclass(frozen=True)
class TriggerOutcome(Outcome):
    """A trigger. One that calls for a search does not by itself make an edition due."""

    calls_for: Literal["edition", "search"] = "edition"


@dataclass(frozen=True)
class LivingStatus:
    """The decision on a day, its reasons in words, and all that it rests on."""

    today: str
    decision: Decision
    reasons: tuple[str, ...]
    sources: tuple[SourceStatus, ...]
    triggers: tuple[TriggerOutcome, ...]
    retirement: tuple[Outcome, ...]
    log: tuple[str, ...]

    @property
    def overdue(self) -> tuple[SourceStatus, ...]:
        """The sources that are to be searched now."""
        return tuple(source for source in self.sources if source.overdue)


def status(
    review: Review,
    previous: Findings | None,
    current: Findings,
    claims_before: Sequence[ClaimOutcome],
    claims_after: Sequence[ClaimOutcome],
    today: str,
    returned: Collection[str] = (),
) -> LivingStatus:
    """Evaluate the living mode.

    Parameters
    ----------
    previous : findings of the last edition, None where there is none yet.
    current : findings of the evidence as it is.
    today : the day, YYYY-MM-DD.
    returned : ids of studies that an edition before the last one included (`past.returning`).

    Raises
    ------
    DataError : the review declares no living mode.
    ReviewError : `today` is no day.
    ExpressionError : the condition of a retirement criterion has no answer.
    """
    living = review.plan.living
    if living is None:
        found = "found no living mode, wanted one: its schedule, triggers and retirement"
        raise DataError([Problem("data/review.yml", "living", found)])
    day = _day(today)
    sources = tuple(source_status(entry, review.searches, day) for entry in living.schedule)
    claims = (claims_before, claims_after)
    triggers = tuple(
        _trigger(trigger, review, previous, current, claims, sources, day, returned)
        for trigger in living.triggers
    )
    unheard = _not_listened(previous, sources)
    retirement = tuple(_retirement(end, review, current, day, unheard) for end in living.retirement)
    decision, reasons = _decide(living, previous, triggers, retirement)
    log = tuple(search_log(review.searches, day))
    return LivingStatus(today, decision, reasons, sources, triggers, retirement, log)


def _decide(
    living: Living,
    previous: Findings | None,
    triggers: Iterable[TriggerOutcome],
    retirement: Iterable[Outcome],
) -> tuple[Decision, tuple[str, ...]]:
    if living.status == "retired":
        return "retire", ("the review has left the living mode",)
    if living.status == "paused":
        return "hold", ("the living mode is paused",)
    due = tuple(f"{t.label}: {t.why}" for t in triggers if t.met and t.calls_for == "edition")
    if previous is None:
        due = ("no edition has been published yet", *due)
    ends = tuple(f"{end.label}: {end.why}" for end in retirement if end.met)
    if ends:
        last = ("a last edition is due first",) if due else ()
        return "retire", (*ends, *last, *due)
    if due:
        return "publish", due
    searches = tuple(f"{t.label}: {t.why}" for t in triggers if t.met)
    return "hold", ("no trigger for an edition is met", *searches)


# --- triggers ------------------------------------------------------------------------------


def _trigger(
    trigger: Trigger,
    review: Review,
    previous: Findings | None,
    current: Findings,
    claims: tuple[Sequence[ClaimOutcome], Sequence[ClaimOutcome]],
    sources: Sequence[SourceStatus],
    day: date,
    returned: Collection[str],
) -> TriggerOutcome:
    if trigger.when == "search_overdue":
        met, why = _search_due(trigger, review.searches, sources, day)
        return TriggerOutcome(trigger.id, trigger.label, met, why, "search")
    if previous is None:
        why = "there is no edition to compare with"
        return TriggerOutcome(trigger.id, trigger.label, False, why)
    if trigger.when == "claim_changed":
        changed = flips(*claims)
        said = [f"{f.id} {'now holds' if f.holds else 'no longer holds'}" for f in changed]
        met, why = bool(changed), ", ".join(said) or "every claim stands as it did"
    elif trigger.when == "information_grown":
        met, why = _information_grown(trigger, previous, current)
    else:
        met, why = _changed_studies(trigger, review, previous, current, returned)
    return TriggerOutcome(trigger.id, trigger.label, met, why)


def _changed_studies(
    trigger: Trigger,
    review: Review,
    previous: Findings,
    current: Findings,
    returned: Collection[str],
) -> tuple[bool, str]:
    before, now = _pooled(previous), _pooled(current)
    if trigger.when == "study_removed":
        gone = [_gone(id_, label, review) for id_, label in before.items() if id_ not in now]
        return bool(gone), ", ".join(gone) or "no study left the analyses"
    new = {id_: label for id_, label in now.items() if id_ not in before}
    kind = "studies"
    if trigger.when == "new_randomised_trial":
        kind = "randomised trials"
        new = {i: label for i, label in new.items() if review.by_id[i].design == RANDOMISED}
    told = [f"{label} ({AGAIN})" if i in returned else label for i, label in new.items()]
    return bool(new), ", ".join(told) or f"no new {kind} in any analysis"


def _gone(id_: str, label: str, review: Review) -> str:
    """Return a study that left the analyses, with its status where that is why it did."""
    study = review.by_id.get(id_)
    if study is not None and study.status == "included":
        return label  # an analysis takes it no more, or has no result of it
    return named(leaving(id_, label, review.by_id))


def _pooled(findings: Findings) -> Mapping[str, str]:
    """Return the studies of all analyses: their labels by id."""
    rows = (row for analysis in findings.analyses.values() for row in analysis.rows)
    return {row.study: row.label for row in rows}


def _information_grown(trigger: Trigger, previous: Findings, current: Findings) -> tuple[bool, str]:
    """Compare the information, the sum of inverse variances, of an analysis."""
    name, percent = str(trigger.analysis), float(trigger.percent or 0.0)
    if name not in previous.analyses:
        return True, f"the last edition has no analysis {name}"
    before, after = (
        sum(1 / row.vi for row in findings.analyses[name].rows) for findings in (previous, current)
    )
    grown = 100 * (after / before - 1)
    return grown >= percent, f"information of {name} grew by {grown:.1f}%, wanted {percent:g}%"


def _search_due(
    trigger: Trigger, searches: Iterable[Search], sources: Sequence[SourceStatus], day: date
) -> tuple[bool, str]:
    if trigger.months is None:
        late = [source.source for source in sources if source.overdue]
        return bool(late), f"overdue: {', '.join(late)}" if late else "no source is overdue"
    last = last_search(searches, day)
    if last is None:
        return True, f"no search with a reported day by {day}"
    due = add_months(last, trigger.months)
    return day > due, f"last search {last}, due on {due}"


# --- retirement ----------------------------------------------------------------------------


def _retirement(
    end: Retirement, review: Review, current: Findings, day: date, unheard: str | None
) -> Outcome:
    if end.when == "condition":
        verdict = judge_condition(parse(str(end.condition)), current)
        met, why = verdict.holds, ", ".join(map(str, verdict.found))
    elif end.when == "no_ongoing_studies":
        ongoing = [study.label for study in review.studies if study.status == "ongoing"]
        met, why = not ongoing, ", ".join(ongoing) or "no ongoing study is known"
        why = f"ongoing: {why}" if ongoing else why
    else:
        met, why = _quiet(int(end.months or 0), review, day, unheard)
    return Outcome(end.id, end.label, met, why)


def _not_listened(previous: Findings | None, sources: Iterable[SourceStatus]) -> str | None:
    """Say why silence is no reason to retire, whatever its length; None where it is one."""
    # A review that is begun long after the last report has not been quiet: it was not there.
    if previous is None:
        return "no edition has been published yet"
    late = [source.source for source in sources if source.overdue]
    return f"a search is overdue: {', '.join(late)}" if late else None


def _quiet(months: int, review: Review, day: date, unheard: str | None) -> tuple[bool, str]:
    """Say whether no report came for so long although somebody searched that long after it."""
    reports = [
        on
        for study in review.studies
        if study.status == "included"
        and study.report
        and (on := study.sources[study.report].published)
    ]
    if not reports:
        return False, "no included report has a date"
    # As precise as its source gives it; quiet begins after the last day that it may mean, and not
    # before the review is there to listen.
    newest = max(reports, key=last_day)
    listened = min((edition.released for edition in review.editions), default="")
    quiet_from = add_months(date.fromisoformat(max(last_day(newest), listened)), months)
    if day < quiet_from:
        first = f", the first edition of {listened}" if listened > last_day(newest) else ""
        return False, f"the newest report is of {newest}{first}; quiet from {quiet_from} on"
    searched = last_search(review.searches, day)
    if searched is None or searched < quiet_from:
        since = (
            f"the last dated search is of {searched}"
            if searched
            else f"no search has a day by {day}"
        )
        return False, f"no report since {newest}, but {since}: nobody looked"
    if unheard:
        return False, f"no report since {newest}, but {unheard}"
    return True, f"no report since {newest}, last searched {searched}"


# --- days ----------------------------------------------------------------------------------


def _day(text: str) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.isoformat() == text:  # not 20260301, nor a week
            return day
    raise ReviewError(f"today: found {text!r}, wanted a day as YYYY-MM-DD")
