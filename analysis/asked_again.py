"""Answers that cannot all be true: what the errors are about is asked again, the rest is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analysis import answers as read
from analysis.errors import Problem
from analysis.located import STUDIES
from analysis.questions import (
    Asker,
    ask_characteristic,
    ask_counts,
    ask_id,
    ask_result,
    ask_search,
)
from analysis.records import Review
from analysis.said import Answers, ResultSaid
from analysis.terminal import Terminal

_RESULT = re.compile(r"results\[(\d+)\]")
_DOUBTED = "`reason`"


def asked_again(
    terminal: Terminal,
    review: Review,
    said: Answers,
    problems: Sequence[Problem],
    earlier: int = 0,
) -> Answers | None:
    """Ask again for what errors are about, or for the reason why a doubtful result stands.

    None where one of them is about nothing that was asked. `earlier` results stand in the
    study's file before those that were said.

    Raises
    ------
    KeyboardInterrupt : the reviewer ended the questions.
    """
    topics = dict.fromkeys(map(_topic, problems))
    if None in topics or not topics:
        return None
    doubted = {_topic(one) for one in problems if _DOUBTED in one.message}
    wrong = {_topic(one) for one in problems if _DOUBTED not in one.message}
    ask = Asker(terminal)
    results: list[ResultSaid | None] = list(said.results)
    for topic in topics:
        number = _RESULT.fullmatch(str(topic))
        at = int(number[1]) - earlier if number else 0
        if number is None:
            answered = _one(ask, review, said, str(topic))
            if answered is None:
                return None
            said = answered
        elif not 0 <= at < len(results):
            return None
        else:
            known = results[at]
            merely = topic in doubted and topic not in wrong
            if known is not None:
                results[at] = _result(ask, review, known, said.n, doubted=merely)
    return replace(said, results=tuple(one for one in results if one is not None))


def _topic(problem: Problem) -> str | None:
    """Return the option or the part of a study's file that a problem is about."""
    if problem.place.startswith("--"):
        return problem.place
    if not problem.place.startswith(STUDIES):
        return None
    if not problem.where:
        return "--label"  # its file is there already
    if match := _RESULT.match(problem.where):
        return match[0]
    first, _, rest = problem.where.replace("[", ".").partition(".")
    return f"{first}.{rest.partition('.')[0]}" if first == "characteristics" else first


def _result(
    ask: Asker, review: Review, known: ResultSaid, n: Sequence[str], *, doubted: bool
) -> ResultSaid | None:
    outcome = review.outcome(known.outcome)
    if doubted:
        hint = "empty: answer it again"
        reason = ask.one(f"{outcome.label}, why it stands as printed", read.read_text, hint)
        if reason:
            return replace(known, reason=reason)
    return ask_result(ask, outcome, n)


def _one(ask: Asker, review: Review, said: Answers, topic: str) -> Answers | None:
    """Ask again for one part of a study; None where it is none of those that are asked for."""
    plan = review.plan
    fields = {field.id: field for field in plan.characteristics}
    name = topic.partition(".")[2]
    if topic in ("--label", "label"):
        label = ask.wanted("Label, as figures print it", read.read_text, "as Kim 2015")
        return replace(said, label=label)
    if topic in ("--id", "id"):
        return replace(said, id=ask_id(ask, review))
    if topic == "--search":
        return replace(said, search=ask_search(ask, review))
    if name in fields:
        known = {key: value for key, value in said.characteristics if key != name}
        found = ask_characteristic(ask, plan, fields[name])
        both = {**known, name: found} if found else known
        return replace(said, characteristics=tuple(both.items()))
    if topic == "recruitment":
        return replace(said, recruitment=ask.one("Recruited", read.read_period, "as 2001,2009"))
    if topic in ("--n", "arms"):
        return replace(said, n=ask_counts(ask, plan))
    if topic == "follow_up":
        hint = "as 71 months median"
        return replace(said, follow_up=ask.one("Follow-up", read.read_follow_up, hint))
    if topic == "superseded_by":
        return replace(said, superseded_by=ask.wanted("Superseded by which study", read.read_id))
    return None
