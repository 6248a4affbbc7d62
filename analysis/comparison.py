"""Two states of the evidence, by today's code on both: what changed, what moved, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from analysis.attribution import Attribution, attribute
from analysis.changes import Change, changes
from analysis.claim_wording import judged_alone
from analysis.claims import ClaimOutcome
from analysis.differences import SAME, Difference, Mark, differences, flattened, marks, same
from analysis.errors import MethodError
from analysis.field_changes import FieldChange, field_changes
from analysis.findings import Findings
from analysis.records import Claim, Review
from analysis.synthesis import Synthesis

__all__ = [
    "ClaimChange",
    "Comparison",
    "Difference",
    "Mark",
    "ResultChange",
    "answered",
    "compare",
    "compare_findings",
    "differences",
    "method_change",
]

Find = Callable[[Review], Findings]

METHOD = 1e-8
"""Relative difference up to which stored findings are today's: they have 12 digits, and may be
of another machine."""
UNTOLD = "its causes cannot be told"


@dataclass(frozen=True)
class ResultChange:
    """The pooled result of one analysis before and after, and what moved it.

    A side without an answer is None, and `why_not` says why.
    """

    analysis: str
    title: str
    measure: str
    role: str
    before: Synthesis | None
    after: Synthesis | None
    attribution: Attribution
    why_not: str | None = None

    @property
    def answers(self) -> bool:
        """Whether a side has an answer at all."""
        return self.before is not None or self.after is not None

    @property
    def moved(self) -> bool:
        """Whether the pooled result differs, or is on one side only; not where it is on neither."""
        if not self.answers:
            return False
        if self.attribution.way == "none":
            return self.before is None or self.after is None or self.before != self.after
        return self.attribution.way != "unchanged"


@dataclass(frozen=True)
class ClaimChange:
    """A claim as it stands today, judged by the findings of both sides.

    A side on which it has no answer (a finding that was not there yet) is None, and its
    `why_not` says why. `rewritten` are the fields of the claim itself that differ, `new` says
    that the earlier side had no such claim.
    """

    id: str
    before: ClaimOutcome | None
    after: ClaimOutcome | None
    why_not: tuple[str | None, str | None]
    rewritten: tuple[FieldChange, ...]
    new: bool

    @property
    def flips(self) -> bool:
        """Whether it holds on one side alone."""
        return bool(self.before and self.after and self.before.holds != self.after.holds)


@dataclass(frozen=True)
class Comparison:
    """Two states of the evidence compared.

    `differences` holds every finding that differs, `marks` those that matter to a reader.
    `findings` are those of both sides, by today's code. `lost` says why findings alone are
    compared, if they are: those of a side are then as they were stored.
    """

    findings: tuple[Findings, Findings]
    changes: tuple[Change, ...]
    results: tuple[ResultChange, ...]
    differences: tuple[Difference, ...]
    marks: tuple[Mark, ...]
    claims: tuple[ClaimChange, ...]
    withdrawn: tuple[str, ...]
    lost: str | None = None

    @property
    def moved(self) -> tuple[ResultChange, ...]:
        """The results that moved, of the analyses that both sides planned."""
        return tuple(one for one in self.results if one.moved and one.attribution.planned)

    @property
    def still(self) -> tuple[ResultChange, ...]:
        """The results that both sides have, and have alike."""
        return tuple(one for one in self.results if one.answers and not one.moved)

    @property
    def same(self) -> bool:
        """Whether nothing at all differs."""
        rewritten = any(claim.rewritten or claim.new for claim in self.claims)
        return not (self.changes or self.differences or rewritten or self.withdrawn)


def compare(
    before: Review, after: Review, find: Find, returned: Collection[str] = ()
) -> Comparison:
    """Compare two states of the evidence.

    `returned` are the ids of studies that had been there before (`past.returning`). The claims of
    both sides are judged as `after` words them. An analysis or a claim without an answer on a side
    is no error here: it is said in its place.
    """
    found = changes(before, after, returned)
    (first, lacking_first), (second, lacking_second) = answered(before, find), answered(after, find)
    planned = (one for side in (before, after) for one in side.plan.analyses)
    titles = {one.id: one.title for one in planned}  # the later side's, where both have one
    results = tuple(
        _result(
            id_,
            titles[id_],
            (first, second),
            attribute(before, after, id_, found),
            (lacking_first.get(id_), lacking_second.get(id_)),
        )
        for id_ in _analyses(analysis.id for r in (after, before) for analysis in r.plan.analyses)
    )
    return _compared((first, second), results, found, before.claims, after.claims)


def compare_findings(
    before: Findings, after: Findings, why: str, claims: tuple[Claim, ...] = ()
) -> Comparison:
    """Compare findings alone, where the evidence of a side is lost: nothing can be replayed.

    `why` says what is lost. Numbers up to `METHOD` apart are the same: those of a side are as
    they were stored.
    """
    results = []
    for id_ in _analyses((*after.analyses, *before.analyses)):
        a, b = (side.analyses.get(id_) for side in (before, after))
        still = a is not None and b is not None and same(a.synthesis, b.synthesis, METHOD)
        unmoved = Attribution(id_, "GEN", "unchanged", None, None, ())
        moved = unmoved if still else replace(unmoved, way="none", note=UNTOLD)
        results.append(_result(id_, id_, (before, after), moved, (None, None)))
    compared = _compared((before, after), tuple(results), (), claims, claims, METHOD)
    return replace(compared, lost=why)


def _compared(
    findings: tuple[Findings, Findings],
    results: tuple[ResultChange, ...],
    found: tuple[Change, ...],
    earlier: tuple[Claim, ...],
    claims: tuple[Claim, ...],
    tolerance: float = SAME,
) -> Comparison:
    judged = tuple(_claims(earlier, claims, *findings))
    current = {claim.id for claim in claims}
    return Comparison(
        findings=findings,
        changes=found,
        results=results,
        differences=differences(*findings, tolerance),
        marks=(*marks(*findings), *_flips(judged)),
        claims=judged,
        withdrawn=tuple(claim.id for claim in earlier if claim.id not in current),
    )


def method_change(
    stored: Findings, today: Findings, tolerance: float = METHOD
) -> tuple[Difference, ...]:
    """Return where stored findings differ from today's on the same data: a change of the code.

    Numbers count as the same up to a relative `tolerance`, and within it of nought absolutely.
    What today's code finds besides, which was not published, is no change of it.
    """
    published = flattened(stored, today)
    return tuple(one for one in differences(stored, today, tolerance) if one.path in published)


def answered(review: Review, find: Find) -> tuple[Findings, Mapping[str, str]]:
    """Return the findings of the analyses that have an answer, and why the others have none."""
    lacking: dict[str, str] = {}
    plan = review.plan
    while True:
        kept = tuple(a for a in plan.analyses if a.id not in lacking)
        try:
            part = plan.model_copy(update={"analyses": kept})
            found = find(review.model_copy(update={"plan": part}) if lacking else review)
            short = {a.id: found.unanswered[a.id] for a in kept if a.id in found.unanswered}
            return found, {**lacking, **short}
        except MethodError as error:
            ids = {analysis.id for analysis in kept}
            why = {p.where.removeprefix("analyses."): p.message for p in error.problems}
            why = {id_: message for id_, message in why.items() if id_ in ids}
            if not why:
                raise
            lacking |= why


def _analyses(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _result(
    id_: str,
    planned: str,
    findings: tuple[Findings, Findings],
    attribution: Attribution,
    lacking: tuple[str | None, str | None],
) -> ResultChange:
    sides = [side.analyses.get(id_) for side in findings]
    known = sides[1] or sides[0]
    reasons = [
        f"no answer {name}: {why}"
        for name, why in zip(("before", "after"), lacking, strict=True)
        if why is not None
    ]
    return ResultChange(
        analysis=id_,
        title=known.title if known else planned,
        measure=known.measure if known else attribution.measure,
        role=known.role if known else "exploratory",
        before=sides[0].synthesis if sides[0] else None,
        after=sides[1].synthesis if sides[1] else None,
        attribution=attribution,
        why_not="; ".join(reasons) or (attribution.note if attribution.way == "none" else None),
    )


# --- claims --------------------------------------------------------------------------------


def _claims(
    earlier: tuple[Claim, ...], claims: tuple[Claim, ...], before: Findings, after: Findings
) -> Iterator[ClaimChange]:
    known = {claim.id: claim for claim in earlier}
    for claim in claims:
        (a, why_a), (b, why_b) = judged_alone(claim, before), judged_alone(claim, after)
        old = known.get(claim.id)
        rewritten = tuple(field_changes(old, claim)) if old else ()
        yield ClaimChange(claim.id, a, b, (why_a, why_b), rewritten, old is None)


def _flips(claims: tuple[ClaimChange, ...]) -> Iterator[Mark]:
    for claim in claims:
        if claim.before and claim.after and claim.flips:
            holds = int(claim.before.holds), int(claim.after.holds)
            yield Mark("claim", f"claims.{claim.id}", claim.id, *holds)
