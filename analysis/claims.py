"""What the prose asserts, held against the findings: each claim holds, rewords itself, or stops."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from analysis.conditions import judge_condition
from analysis.errors import DataError, Problem
from analysis.expression import ASKED, ExpressionError, NoAnswerError, parse
from analysis.findings import Findings
from analysis.messages import shown
from analysis.records import Claim
from analysis.verdicts import Found, Verdict

FILE = "data/claims.yml"
WORDS = 8
"""Words of a sentence, at most, by which its line is found."""

Located = Callable[[tuple[str | int, ...]], str]
"""File and line of a part of the review, by its path: ("claims", 0, "holds")."""


@dataclass(frozen=True)
class ClaimOutcome:
    """One claim and what became of it.

    `margin` and `found` are those of its condition (`conditions.Verdict`). `places` are where
    the manuscript prints it, `stands` is where it is written down. `no_answer` says why its
    condition has none, as where a study that it names was retracted, and `absent` what could be
    asked for first: it does not hold then, and no edition is released with it.
    """

    id: str
    holds: bool
    margin: float | None
    found: tuple[Found, ...]
    condition: str
    text: str
    otherwise: str | None
    places: tuple[str, ...]
    stands: str
    no_answer: str | None = None
    absent: str | None = None

    @property
    def wording(self) -> str | None:
        """What the manuscript may print; None where the claim fails and has no other wording."""
        return self.text if self.holds else self.otherwise


@dataclass(frozen=True)
class Sentence:
    """A sentence of the manuscript, where it stands, and whether a claim printed it."""

    text: str
    place: str
    claimed: bool


@dataclass(frozen=True)
class Flip:
    """A claim that held and no longer does, or the other way round."""

    id: str
    holds: bool
    before: ClaimOutcome
    after: ClaimOutcome

    @property
    def said(self) -> str:
        """Which of the two it is."""
        return "holds now" if self.holds else "no longer holds"


def judge(
    claims: Iterable[Claim],
    findings: Findings,
    places: Mapping[str, tuple[str, ...]] | None = None,
    located: Located | None = None,
) -> tuple[ClaimOutcome, ...]:
    """Judge every claim by the findings.

    Parameters
    ----------
    places : for a claim's id, every place of the manuscript that prints it.
    located : tells file and line of a part of the review; without it the file alone is named.

    Raises
    ------
    DataError : conditions that cannot be read or have no answer, all of them, and with them the
        claims that are broken, so that whoever rewrites them sees all at once.
    """
    outcomes, problems = weigh(claims, findings, places, located)
    if problems:
        raise DataError((*problems, *broken(outcomes)))
    return outcomes


def weigh(
    claims: Iterable[Claim],
    findings: Findings,
    places: Mapping[str, tuple[str, ...]] | None = None,
    located: Located | None = None,
) -> tuple[tuple[ClaimOutcome, ...], tuple[Problem, ...]]:
    """Judge the claims that have an answer, and give a problem for each that has none.

    Takes what `judge` takes. A claim without an answer is one whose condition cannot be read, or
    names a finding that there is not. One that names a finding which this evidence does not have,
    though it is named rightly, does not hold, if it has another wording.
    """
    outcomes: list[ClaimOutcome] = []
    problems: list[Problem] = []
    for index, claim in enumerate(claims):
        stands = located(("claims", index, "holds")) if located else FILE
        no_answer, absent = None, None
        try:
            verdict = judge_condition(parse(claim.holds), findings)
        except ExpressionError as error:
            if not isinstance(error, NoAnswerError) or claim.otherwise is None:
                problems.append(Problem(stands, f"claim {claim.id}", _told(error)))
                continue
            verdict, no_answer, absent = Verdict(False, None, ()), str(error), error.absent
        outcomes.append(
            ClaimOutcome(
                id=claim.id,
                holds=verdict.holds,
                margin=verdict.margin,
                found=verdict.found,
                condition=" ".join(claim.holds.split()),
                text=claim.text,
                otherwise=claim.otherwise,
                places=(places or {}).get(claim.id, ()),
                stands=stands,
                no_answer=no_answer,
                absent=absent,
            )
        )
    return tuple(outcomes), tuple(problems)


def _told(error: ExpressionError) -> str:
    absent = getattr(error, "absent", None)
    return f"{error}{ASKED}{absent} and …, or another wording" if absent else str(error)


def broken(outcomes: Iterable[ClaimOutcome]) -> tuple[Problem, ...]:
    """Return a problem for each place that prints a claim which neither holds nor rewords itself.

    A broken claim that nothing prints is a problem where it is written down, which is where the
    others are to be rewritten.
    """
    return tuple(
        Problem(
            place,
            f"claim {outcome.id}",
            f"found {', '.join(map(str, outcome.found))}, wanted {outcome.condition}: "
            "the claim no longer holds and has no other wording"
            + (f", rewrite it at {outcome.stands}" if place != outcome.stands else ""),
        )
        for outcome in outcomes
        if outcome.wording is None
        for place in outcome.places or (outcome.stands,)
    )


def without_answer(outcomes: Iterable[ClaimOutcome]) -> tuple[Problem, ...]:
    """Return a problem for each claim whose other wording is printed for want of an answer.

    That wording was reviewed for the day on which the condition fails, not for this one: a draft
    may print it, no edition.
    """
    return tuple(
        Problem(
            outcome.stands,
            f"claim {outcome.id}",
            f"{outcome.no_answer.removesuffix(', wanted one')}, so that the other wording is "
            f"printed{_ask(outcome.absent)}, once that wording is read",
        )
        for outcome in outcomes
        if outcome.no_answer is not None
    )


def _ask(absent: str | None) -> str:
    return f"{ASKED}{absent} and …" if absent else ", wanted a condition that has an answer"


def unused(outcomes: Iterable[ClaimOutcome]) -> tuple[Problem, ...]:
    """Return a warning for each claim that the manuscript does not print."""
    return tuple(
        Problem(
            outcome.stands,
            f"claim {outcome.id}",
            "found a claim that the manuscript does not print, wanted it printed or removed",
        )
        for outcome in outcomes
        if not outcome.places
    )


def unguarded(
    sentences: Iterable[Sentence], sources: Mapping[str, str] | None = None
) -> tuple[Problem, ...]:
    """Return a problem for each sentence that no claim printed.

    Give the sentences of the abstract's results and conclusions, and the templates by their
    paths: the place is then the line on which a sentence begins, where its first words are
    found, else that of the abstract.
    """
    return tuple(
        Problem(
            _begins(sentence, sources or {}),
            "abstract",
            f"found the sentence {shown(sentence.text)} without a claim, wanted each sentence of "
            f"the results and conclusions printed by a claim of {FILE}",
        )
        for sentence in sentences
        if not sentence.claimed
    )


def _begins(sentence: Sentence, sources: Mapping[str, str]) -> str:
    """Return file and line of a sentence's first words, as many as stand so in the source."""
    file, _, line = sentence.place.rpartition(":")
    if file not in sources:
        return sentence.place
    before = int(line) - 1
    abstract = "\n".join(sources[file].split("\n")[before:]).partition("endcall")[0]
    words = sentence.text.split()[:WORDS]
    # Where a value is printed the source has an expression, so fewer words may have to do.
    for count in range(len(words), min(len(words), 2) - 1, -1):
        found = re.search(r"\s+".join(map(re.escape, words[:count])), abstract)
        if found:
            below = abstract.count("\n", 0, found.start())
            return f"{file}:{before + below + 1}"
    return sentence.place


def flips(before: Iterable[ClaimOutcome], after: Iterable[ClaimOutcome]) -> tuple[Flip, ...]:
    """Return the claims whose answer differs, of those that both sides have, by the later order.

    A claim whose condition was rewritten is compared as well: what the paper asserts changed.
    """
    earlier = {outcome.id: outcome for outcome in before}
    return tuple(
        Flip(outcome.id, outcome.holds, earlier[outcome.id], outcome)
        for outcome in after
        if outcome.id in earlier and outcome.holds != earlier[outcome.id].holds
    )
