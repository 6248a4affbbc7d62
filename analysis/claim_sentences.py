"""The sentences that claims print, as a reader sees them, and those that are others now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import jinja2

from analysis import placed, template_rules, template_syntax
from analysis.claim_changes import elided
from analysis.claim_wording import Worded, judged, printed_otherwise
from analysis.claims import FILE, ClaimOutcome
from analysis.comparison import answered
from analysis.errors import TemplateError
from analysis.findings import Findings
from analysis.formats import FORMATS
from analysis.front_matter import fixed_terms
from analysis.located import Loaded
from analysis.manuscript import offered
from analysis.manuscript_texts import parsed, wordings
from analysis.markdown import one_line
from analysis.meanings import EXTRA
from analysis.number_words import says_number
from analysis.plan import find
from analysis.records import Claim, Review
from analysis.template_syntax import Environment
from analysis.words import HARD
from analysis.writer import Writer, claim_file

Names = Callable[[], Mapping[str, Any]]
"""Gives what a build hands over to templates, by name."""


@dataclass(frozen=True)
class Reread:
    """What became of the sentences that claims print, from one state of the evidence to another.

    `worded` are the claims that print another sentence, those that flip first; `renumbered` those
    that print the same words with other numbers. `before` and `after` are what each claim of a side
    prints, by id; empty where the evidence of the side is lost.
    """

    worded: tuple[Worded, ...] = ()
    renumbered: tuple[Worded, ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)


def reread(
    before: Review | None,
    then: Findings,
    after: Review | None,
    today: Findings,
    claims: Iterable[Claim] | None = None,
) -> Reread:
    """Read what the claims of both sides print: the one count of statements that changed.

    Parameters
    ----------
    before, after : the evidence of either side, None where it is lost.
    then, today : what is found in either evidence.
    claims : as they are worded now; None for those of `after`, or of `before` where that is lost.
    """
    if claims is None:
        known = after or before
        claims = known.claims if known else ()
    claims = tuple(claims)
    earlier = before.claims if before else None
    was = {one.id: one for one in judged(earlier or (), then)}
    now = {one.id: one for one in judged(claims, today)}
    old = _rendered(before, then, was.values()) if before else {}
    new = _rendered(after, today, now.values()) if after else {}
    # With … for its numbers it tells whether the words of a sentence turned.
    reads = _read(old, placed.unnumbered), _read(new, placed.unnumbered)
    worded = printed_otherwise(earlier, claims, then, today, reads if before and after else None)
    old, new = _read(old, placed.plain), _read(new, placed.plain)
    changed = {one.id for one in worded}
    renumbered = tuple(
        Worded(id_, "prints other numbers", was[id_], now[id_])
        for id_, sentence in new.items()
        if id_ in old and id_ not in changed and old[id_] != sentence
    )
    return Reread(worded, renumbered, old, new)


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
    before: Review,
    now: Loaded,
    places: Mapping[str, tuple[str, ...]],
    names: tuple[Names, Names] = (dict, dict),
) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """Return every claim that prints another sentence now, and every one with other numbers alone.

    Both are in the order of their file.

    Parameters
    ----------
    before : the evidence and the claims of an earlier state.
    places : for a claim's id, every place of the manuscript that prints it.
    names : gives what a build hands over to the templates of either side (`analysis.paper`); asked
        where a sentence names any of it.
    """
    review = now.review
    then, today = (answered(one, find)[0] for one in (before, review))
    found = reread(before, then, review, today)
    every = [one.id for one in (*found.worded, *found.renumbered)]
    was = {**found.before, **_named(before, then, every, names[0])}
    says = {**found.after, **_named(review, today, every, names[1])}
    order = {claim.id: index for index, claim in enumerate(review.claims)}

    def told(claims: Iterable[Worded]) -> tuple[Told, ...]:
        each = (
            Told(
                id=one.id,
                said=one.said,
                stands=_stands(one, order, now),
                places=places.get(one.id, ()),
                before=was.get(one.id),
                after=says.get(one.id),
            )
            for one in claims
        )
        # What is withdrawn stands in the file no more, and comes last.
        return tuple(sorted(each, key=lambda one: order.get(one.id, len(order))))

    return told(found.worded), told(found.renumbered)


def _named(
    review: Review, findings: Findings, claims: Iterable[str], names: Names
) -> dict[str, str]:
    """Return the sentences that name what a build hands over, with the values of these names."""
    outcomes = {one.id: one for one in judged(review.claims, findings)}
    trees = parsed(wordings(outcomes.values()))[0]
    naming = [
        id_
        for id_ in claims
        if id_ in outcomes
        and (tree := trees.get(claim_file(outcomes[id_])))
        and any(name.name in EXTRA for name in tree.find_all(jinja2.nodes.Name))
    ]
    if not naming:
        return {}
    printed = _read(_rendered(review, findings, outcomes.values(), names()), placed.plain)
    return {id_: printed[id_] for id_ in naming if id_ in printed}


def _stands(one: Worded, order: Mapping[str, int], now: Loaded) -> str:
    if one.after is None:
        return FILE
    wording = "text" if one.after.holds or one.after.otherwise is None else "otherwise"
    return now.place(("claims", order[one.id], wording))


def sentences(
    review: Review, findings: Findings, outcomes: Iterable[ClaimOutcome]
) -> dict[str, str]:
    """Return what each claim prints, by id; those without a wording have none.

    A sentence that cannot be printed, as one that speaks of a finding which this evidence does not
    have, or that breaks a rule of templates, is given with … for each of its values.
    """
    return _read(_rendered(review, findings, outcomes), placed.plain)


def _rendered(
    review: Review,
    findings: Findings,
    outcomes: Iterable[ClaimOutcome],
    extra: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, str]:
    """Return what each claim prints, by id, its values as tokens (`analysis.placed`)."""
    known = {one.id: one for one in outcomes}
    environment = Environment()
    writer = Writer(review, environment, known)
    names = offered(review, findings, writer, extra)
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
    return {one.id: _sentence(writer, one) for one in known.values() if one.wording}


def _sentence(writer: Writer, outcome: ClaimOutcome) -> str:
    try:
        return writer.sentence(outcome.id)
    except (TemplateError, jinja2.TemplateError, KeyError, RecursionError):
        return elided(outcome.wording or "")


def _read(rendered: Mapping[str, str], plain: Callable[[str], str]) -> dict[str, str]:
    return {id_: _words(plain(text)) for id_, text in rendered.items()}


def _words(text: str) -> str:
    # A hard space, which authors write `\\ `, is one as any other off the page.
    return one_line(template_syntax.restore(text).replace("\\ ", " ").replace(HARD, " "))
