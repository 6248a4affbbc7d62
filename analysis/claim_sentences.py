"""The sentences that claims print, as a reader sees them, and those that are others now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import jinja2

from analysis import placed, template_rules, template_syntax
from analysis.claim_changes import outlined
from analysis.claim_wording import Worded, judged, printed_otherwise
from analysis.claims import FILE, ClaimOutcome, Flip
from analysis.comparison import answered
from analysis.errors import TemplateError
from analysis.findings import Findings
from analysis.formats import FORMATS
from analysis.front_matter import fixed_terms
from analysis.located import Loaded
from analysis.manuscript import offered
from analysis.manuscript_texts import parsed, wordings
from analysis.markdown import one_line
from analysis.number_words import says_number
from analysis.plan import find
from analysis.records import Claim, Review
from analysis.template_syntax import Environment
from analysis.words import HARD
from analysis.writer import Writer


@dataclass(frozen=True)
class Told:
    """A claim that prints another sentence than it did, with both; None where there is none.

    `said` is what became of it, `stands` where the wording that is printed now is written down,
    `places` are where the manuscript prints it.
    """

    id: str
    said: str
    stands: str
    places: tuple[str, ...]
    before: str | None
    after: str | None


def told_otherwise(
    before: Review, now: Loaded, places: Mapping[str, tuple[str, ...]]
) -> tuple[Told, ...]:
    """Return every claim that prints another sentence now, in the order of their file.

    Parameters
    ----------
    before : the evidence and the claims of an earlier state.
    places : for a claim's id, every place of the manuscript that prints it.
    """
    review = now.review
    then, today = (answered(one, find)[0] for one in (before, review))
    _, worded = read_otherwise(before, then, review, today, review.claims)
    old = sentences(before, then, [one.before for one in worded if one.before])
    new = sentences(review, today, [one.after for one in worded if one.after])
    order = {claim.id: index for index, claim in enumerate(review.claims)}
    told = (
        Told(
            id=one.id,
            said=one.said,
            stands=_stands(one, order, now),
            places=places.get(one.id, ()),
            before=old.get(one.id),
            after=new.get(one.id),
        )
        for one in worded
    )
    # What is withdrawn stands in the file no more, and comes last.
    return tuple(sorted(told, key=lambda one: order.get(one.id, len(order))))


def _stands(one: Worded, order: Mapping[str, int], now: Loaded) -> str:
    if one.after is None:
        return FILE
    wording = "text" if one.after.holds or one.after.otherwise is None else "otherwise"
    return now.place(("claims", order[one.id], wording))


def sentences(
    review: Review,
    findings: Findings,
    outcomes: Iterable[ClaimOutcome],
    plain: Callable[[str], str] = placed.plain,
) -> dict[str, str]:
    """Return what each claim prints, by id; those without a wording have none.

    A sentence that cannot be printed, as one that speaks of a finding which this evidence does not
    have, or that breaks a rule of templates, is given with … for each of its values.
    """
    known = {one.id: one for one in outcomes}
    environment = Environment()
    writer = Writer(review, environment, known)
    names = offered(review, findings, writer, {})
    environment.globals.update(names)
    texts = wordings(known.values())
    fixed = fixed_terms(review)
    for file, tree in parsed(texts)[0].items():
        # Claims come from strangers: what a build would refuse is not run here either.
        if template_rules.check(
            tree, file, names, FORMATS, texts, lambda text: says_number(text, fixed)
        ):
            continue
        with suppress(jinja2.TemplateError):  # a format that an earlier version had
            environment.add(tree, texts[file], file)
    return {one.id: _sentence(writer, one, plain) for one in known.values() if one.wording}


def read_otherwise(
    before: Review, then: Findings, after: Review, today: Findings, claims: Iterable[Claim]
) -> tuple[tuple[Flip, ...], tuple[Worded, ...]]:
    """Return what `printed_otherwise` does, where the evidence of both sides is there to read.

    Parameters
    ----------
    then, today : what is found in either evidence.
    claims : as they are worded now.
    """
    claims = tuple(claims)
    reads = _readings(before, then, before.claims), _readings(after, today, claims)
    return printed_otherwise(before.claims, claims, then, today, reads)


def _readings(review: Review, findings: Findings, claims: Iterable[Claim]) -> dict[str, str]:
    """Return what each claim prints with … for its numbers, to tell whether its words turned."""
    return sentences(review, findings, judged(claims, findings), placed.unnumbered)


def _sentence(writer: Writer, outcome: ClaimOutcome, plain: Callable[[str], str]) -> str:
    try:
        printed = writer.sentence(outcome.id)
    except (TemplateError, jinja2.TemplateError, KeyError, RecursionError):
        return outlined(outcome.wording or "")
    # A hard space, which authors write `\\ `, is one as any other off the page.
    said = template_syntax.restore(plain(printed)).replace("\\ ", " ")
    return one_line(said.replace(HARD, " "))
