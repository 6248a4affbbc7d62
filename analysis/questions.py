"""The questions of `add` and `report` on the terminal: what may be left empty stays TODO."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from analysis import answers as read
from analysis.doi import EXAMPLE, bare_doi
from analysis.effects import CORRELATION, MEANS, ONE_GROUP, TABLES, is_ratio
from analysis.records import CharacteristicField, Outcome, Plan, Review
from analysis.said import Answers, ResultSaid
from analysis.study_checks import read_as_number
from analysis.terminal import Terminal
from analysis.values import TODO

T = TypeVar("T")

HELP = (
    "An empty answer leaves TODO in the file; nr says: not reported. "
    "Ctrl-C ends; nothing is written before the end."
)

STATUS_HINT = "empty: included with a result, awaiting without"


def interview(terminal: Terminal, review: Review, said: Answers) -> Answers:
    """Ask for all of a study that was not said already, and return the whole.

    Every answer is checked by itself; what they cannot be together, `asked_again` asks again.

    Raises
    ------
    KeyboardInterrupt : the reviewer ended the questions.
    """
    ask = Asker(terminal)
    terminal.remark(HELP)
    label = said.label or ask.wanted("Label, as figures print it", read.read_text, "as Kim 2015")
    said = replace(
        said,
        label=label,
        id=said.id or ask_id(ask, review),
        status=said.status or ask.choice("Status", read.STATUSES, known=True, hint=STATUS_HINT),
    )
    if said.status in ("awaiting", "excluded"):
        said = replace(said, reason=said.reason or ask.one("Reason", read.read_text))
    if said.status == "superseded":
        by = said.superseded_by or ask.wanted("Superseded by which study", read.read_id, "its id")
        said = replace(said, superseded_by=by)
    if said.status == "retracted":
        since = said.retracted or ask.wanted("Retracted since", read.read_date, "as 2024-05")
        said = replace(said, retracted=since)
    if not said.registrations:
        numbers = ask.one("Registration numbers", read.read_registrations, "as NCT04803266")
        said = replace(said, registrations=numbers or ())
    said = ask_document(ask, review, said)
    said = replace(
        said,
        country=said.country or ask.one("Country", read.read_text),
        design=said.design or ask.choice("Design", read.DESIGNS),
        population=said.population or ask.one("Population", read.read_text),
        recruitment=said.recruitment or ask.one("Recruited", read.read_period, "as 2001,2009"),
    )
    if said.status == "ongoing":
        said = ask_planned(ask, review.plan, said)
    if said.status in ("included", None):
        said = ask_results(ask, review.plan, said)
    return replace(said, search=said.search or ask_search(ask, review))


def ask_id(ask: Asker, review: Review) -> str | None:
    """Ask for an id that no study has; whoever answers the next question already is told so."""

    def read_fresh(text: str) -> str:
        id_ = read.read_id(text)
        if id_ in read.STATUSES:
            raise ValueError(f"found {text!r}, which is a status, wanted an id, or nothing")
        if id_ in review.by_id:
            label = review.by_id[id_].label
            raise ValueError(f"found {text!r}, which is the id of {label}, wanted another")
        return id_

    return ask.one("Id", read_fresh, "empty: made from the label")


def ask_search(ask: Asker, review: Review) -> str | None:
    """Ask which search brought a study in."""
    searches = ", ".join(one.id for one in review.searches)
    known = f"{searches}; " if searches else ""
    hint = f"{known}empty: a targeted reading still to be described"
    return ask.one("Brought in by the search", read.read_id, hint)


def reported(terminal: Terminal, review: Review, said: Answers) -> Answers:
    """Ask what a study that was ongoing has reported, and where."""
    ask = Asker(terminal)
    terminal.remark(HELP)
    return ask_results(ask, review.plan, ask_document(ask, review, said))


def ask_document(ask: Asker, review: Review, said: Answers) -> Answers:
    """Ask for the document that was read."""
    if said.document is None and said.title is None:
        hint = "empty: it is not there yet"
        said = replace(said, document=ask.one("Its key in references.bib", read.read_id, hint))
    if said.document not in review.citation_keys and said.title is None:
        said = replace(
            said,
            title=ask.one("Title of the report", read.read_text),
            authors=said.authors or ask.one("Authors", read.read_authors, "as Kim YB; Byun HK"),
            journal=said.journal or ask.one("Journal", read.read_text),
            doi=said.doi or ask.one("DOI", bare_doi, f"as {EXAMPLE}"),
        )
    return replace(
        said,
        published=said.published or ask.one("Published", read.read_date, "as 2022-01"),
        access=said.access or ask.choice("How much of it was read", read.ACCESSES, known=True),
        place=said.place or ask.one("Where in it", read.read_text, "as abstract; Table 2"),
        extracted_by=said.extracted_by or ask.one("Extracted by", read.read_text),
        checked_by=said.checked_by or ask.one("Checked by", read.read_text),
    )


def ask_planned(ask: Asker, plan: Plan, said: Answers) -> Answers:
    """Ask what an ongoing study plans."""
    outcomes = [outcome.id for outcome in plan.outcomes]
    return replace(
        said,
        planned_n=said.planned_n or ask.one(f"{plan.question.heading} planned", read.read_count),
        primary_outcome=said.primary_outcome or ask.choice("Primary outcome", outcomes),
        completion=said.completion or ask.one("Completion", read.read_date, "as 2030-05"),
        assumed_ratio=said.assumed_ratio or ask.one("Assumed ratio", read.read_number, "as 0.75"),
        planned_events=said.planned_events or ask.one("Events planned", read.read_count),
    )


def ask_results(ask: Asker, plan: Plan, said: Answers) -> Answers:
    """Ask what a study has reported."""
    follow_up = ("Follow-up", read.read_follow_up, "as 71 months median")
    n = said.n or ask_counts(ask, plan)
    length = said.follow_up or ask.one(*follow_up)
    known = dict(said.characteristics)
    for field in plan.characteristics:
        if field.id not in known and (found := ask_characteristic(ask, plan, field)):
            known[field.id] = found
    results = said.results or tuple(
        result for outcome in plan.outcomes if (result := ask_result(ask, outcome, n)) is not None
    )
    said = replace(said, n=n, follow_up=length, characteristics=tuple(known.items()))
    return replace(said, results=results)


def ask_counts(ask: Asker, plan: Plan) -> tuple[str, ...]:
    """Ask for the patients of both arms, or of the one group of a review that compares none."""
    if not plan.compares:
        n = ask.one(f"{plan.question.heading} analysed", read.read_count)
        return (n,) if n else ()
    labels = {arm.id: arm.label for arm in plan.arms}
    both = (plan.question.intervention, plan.question.comparator)
    counts = [
        ask.one(f"{plan.question.heading} analysed, {labels[arm]}", read.read_count) for arm in both
    ]
    return tuple(n or TODO for n in counts) if any(counts) else ()


def ask_characteristic(ask: Asker, plan: Plan, field: CharacteristicField) -> str | None:
    """Ask for a characteristic: one of its levels, a number where one is needed, or text."""
    if levels := [level.id for level in field.levels]:
        return ask.choice(field.label, levels)
    if read_as_number(field.id, plan):
        return ask.one(field.label, read.read_measured, "a number, as 52.3")
    return ask.one(field.label, read.read_text)


def ask_result(ask: Asker, outcome: Outcome, n: Sequence[str] = ()) -> ResultSaid | None:
    """Ask for the result of an outcome; None where there is none.

    `n` are the patients of the study, of whom a result is where nothing else is said.
    """
    measure = outcome.measure
    if measure in ONE_GROUP:
        return _ask_proportion(ask, outcome, n)
    by_arm = measure in (*TABLES, *MEANS, "IRR")
    empty = "empty: no estimate" if by_arm else "empty: no such result"
    named = "correlation r" if measure == CORRELATION else measure
    estimate = ask.one(f"{outcome.label}, {named}", read.read_number, empty)
    if estimate is None:
        return _ask_groups(ask, outcome) if by_arm else None
    if measure == CORRELATION:
        said = ResultSaid(outcome.id, measure, estimate, n=_ask_size(ask, n))
        return replace(said, adjustment=ask.choice("  Adjustment", read.ADJUSTMENTS))
    se = None
    while True:
        hint = "as 0.57,1.14; empty: a standard error instead"
        ci = ask.one("  95% interval", read.read_interval, hint)
        if ci is None:
            of_logs = "of the logarithm" if is_ratio(measure) else ""
            se = ask.wanted("  Standard error", read.read_error, of_logs)
            break
        if float(ci[0]) <= float(estimate) <= float(ci[1]):
            break
        ask.terminal.remark(f"found {estimate} outside {ci[0]} to {ci[1]}, wanted it inside")
        estimate = ask.wanted(f"  {measure}", read.read_number, estimate)
    return ResultSaid(
        outcome=outcome.id,
        measure=measure,
        estimate=estimate,
        ci=ci,
        se=se,
        p=ask.one("  P", read.read_p),
        adjustment=ask.choice("  Adjustment", read.ADJUSTMENTS),
    )


def _ask_groups(ask: Asker, outcome: Outcome) -> ResultSaid | None:
    arms = "intervention,control"
    said = ResultSaid(outcome.id, outcome.measure, adjustment="unadjusted")
    if outcome.measure in MEANS:
        means = ask.one("  Means", read.read_numbers, f"{arms}; empty: no such result")
        if means is None:
            return None
        return replace(said, means=means, sds=ask.wanted("  Their SDs", read.read_numbers, arms))
    events = ask.one("  Events", read.read_events_of_both, f"{arms}; empty: no such result")
    if events is None or outcome.measure in TABLES:
        return replace(said, events=events) if events else None
    time = ask.wanted("  Person-time", read.read_numbers, f"{arms}, in one unit")
    return replace(said, events=events, person_time=time)


def _ask_proportion(ask: Asker, outcome: Outcome, n: Sequence[str]) -> ResultSaid | None:
    events = ask.one(f"{outcome.label}, events", read.read_known_count, "empty: no such result")
    if events is None:
        return None
    said = ResultSaid(outcome.id, outcome.measure, events=(events,), n=_ask_size(ask, n))
    return replace(said, adjustment="unadjusted")


def _ask_size(ask: Asker, n: Sequence[str]) -> tuple[str, ...]:
    """Ask of how many a result is: one number, or none where it is of all of the study."""
    known = n[0] if len(n) == 1 and n[0].isdigit() else None
    if known is None:
        return (ask.wanted("  Of how many", read.read_known_count),)
    size = ask.one("  Of how many", read.read_known_count, f"empty: {known}")
    return (size or known,)


class Asker:
    """Asks until the answer can be read."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def one(self, question: str, reader: Callable[[str], T], hint: str = "") -> T | None:
        """Return the answer, None where it is empty."""
        while True:
            text = self.terminal.ask(f"{question}{f' ({hint})' if hint else ''}: ")
            if not text:
                return None
            try:
                return reader(text)
            except ValueError as error:
                self.terminal.remark(str(error))

    def wanted(self, question: str, reader: Callable[[str], T], hint: str = "") -> T:
        """Return an answer that cannot be left empty."""
        while (answer := self.one(question, reader, hint)) is None:
            self.terminal.remark("found nothing, wanted an answer: the file needs it")
        return answer

    def choice(
        self, question: str, choices: Sequence[str], *, known: bool = False, hint: str = ""
    ) -> str | None:
        """Return one of a list, by its number or its name."""
        shown = ", ".join(f"{number} {one}" for number, one in enumerate(choices, start=1))
        return self.one(
            f"{question} [{shown}]", lambda text: read.read_choice(text, choices, known=known), hint
        )
