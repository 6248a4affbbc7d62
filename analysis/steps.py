"""Which step an edition is due: what changed since the last one decides its version.

Major: the included studies changed, or what a claim prints did: it flipped, is worded anew, reads
otherwise (words of it follow the findings), is new or withdrawn. Minor: results move, since data
were corrected, the plan changed, or the method did; results are those of the analyses, and the
counts, absolute effects, certainty and pools of the article beside them. Patch: results are what
they were, though a search may have been run.

What a claim prints is its `text` where it holds and its `otherwise` where it does not, each edition
judged by its own claims. A wording that is not printed, or a condition without effect, may change
in a patch. Where the evidence of the last edition is lost, its wording is as well: then flips are
all that is known of its claims.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from analysis import words
from analysis.changes import Change, changes
from analysis.claim_sentences import Reread, reread
from analysis.comparison import METHOD
from analysis.comparison_words import heading
from analysis.differences import Difference, Leaf, differences
from analysis.findings import AnalysisFinding, Findings
from analysis.printed_pools import printed_pool
from analysis.records import Claim, Review
from analysis.statements import statements
from analysis.terms import SYMBOLS

Kind = Literal["first", "major", "minor", "patch"]
FIRST = "1.0.0"
# Numbers that say how a result is ordered or where it was read.
_NO_RESULT = ("result", "at")
# What is found beside the analyses, as a reason names it.
_BESIDE = {
    "counts": "the counts of studies",
    "pools": "the pooled results of the article",
    "absolute": "absolute effects",
    "certainty": "the certainty of the evidence",
}


@dataclass(frozen=True)
class Side:
    """One side of a release: the evidence, and what today's code finds in it.

    `review` is None where the evidence of the last edition is lost: then its stored findings
    stand in for it, and corrections cannot be told one by one.
    """

    review: Review | None
    findings: Findings


@dataclass(frozen=True)
class Result:
    """A main result as the changelog gives it; None where a side has no such analysis."""

    analysis: str
    title: str
    measure: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Step:
    """The step that is due, its reasons in words, what came in, and which sentences are others.

    `claims` are those of its `reasons` that name claims, each by an id that is for authors.
    """

    kind: Kind
    version: str
    reasons: tuple[str, ...]
    changes: tuple[Change, ...]
    results: tuple[Result, ...]
    claims: tuple[str, ...] = ()
    text: Reread = field(default_factory=Reread)

    @property
    def told(self) -> tuple[str, ...]:
        """The reasons as a reader takes them: how many statements changed, and no id of a claim."""
        others = tuple(reason for reason in self.reasons if reason not in self.claims)
        return (*others, statements(len(self.claims))) if self.claims else others


def step(
    last: str | None,
    before: Side | None,
    after: Side,
    claims: Iterable[Claim] | None = None,
    *,
    method_changed: bool = False,
    returned: Collection[str] = (),
) -> Step:
    """Return the step that is due.

    Parameters
    ----------
    last : version of the last edition, None where this is the first.
    before : the last edition, by today's code.
    claims : as they are worded now; None for those of `after`. Whether a claim flips is judged by
        them on both sides, what the last edition printed by its own.
    method_changed : the stored findings of the last edition differ from today's on the same
        data.
    returned : ids of studies that an edition before the last one included (`past.returning`).
    """
    if last is None or before is None:
        results = tuple(_results(None, after.findings))
        return Step("first", FIRST, ("the first edition",), (), results)
    found: tuple[Change, ...] = ()
    if before.review and after.review:
        found = changes(before.review, after.review, returned)
    text = reread(before.review, before.findings, after.review, after.findings, claims)
    said = [one.reason for one in text.worded]
    reasons = [*_studies(found, before, after), *said]
    kind: Kind = "major"
    if not reasons:
        moved = _moved(before.findings, after.findings)
        reasons = [f"results move: {'; '.join(moved)}"] if moved else []
        if method_changed:
            reasons.append("results move by a change of method")
        kind = "minor" if reasons else "patch"
    return Step(
        kind,
        _next(last, kind),
        tuple(reasons or ["results are unchanged"]),
        found,
        tuple(_results(before.findings, after.findings)),
        tuple(said),
        text,
    )


def main_results(findings: Findings) -> tuple[AnalysisFinding, ...]:
    """Return the primary analyses, in the order of the plan."""
    return tuple(one for one in findings.analyses.values() if one.role == "primary")


def as_text(analysis: AnalysisFinding) -> str:
    """Return a pooled result in plain words: HR 0.89 (0.79–0.999), 12 studies.

    With its unit where it has one: MD −1.20 (−2.30 to −0.10) days, 3 studies.
    """
    k, (told, _) = analysis.synthesis.k, printed_pool(analysis)
    cell = words.estimate_cell(told.est, told.est_lb, told.est_ub, told.measure, unit=analysis.unit)
    symbol = SYMBOLS["PLO" if told.measure != analysis.measure else analysis.measure]
    return f"{symbol} {cell}, {k} {'study' if k == 1 else 'studies'}"


def _next(last: str, kind: Kind) -> str:
    major, minor, patch = map(int, last.split("."))
    if kind == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if kind == "minor" else f"{major}.{minor}.{patch + 1}"


def _studies(found: Iterable[Change], before: Side, after: Side) -> list[str]:
    """Return which studies came and went, in the words of `diff`.

    Where the evidence of the last edition is lost, they are known by their labels alone.
    """
    if before.review and after.review:
        return [heading(change) for change in found if change.came or change.left]
    old, new = _included(before), _included(after)
    came = [f"added: {label}" for id_, label in new.items() if id_ not in old]
    return came + [f"removed: {label}" for id_, label in old.items() if id_ not in new]


def _included(side: Side) -> dict[str, str]:
    if side.review is not None:
        return {s.id: s.label for s in side.review.studies if s.status == "included"}
    rows = (row for analysis in side.findings.analyses.values() for row in analysis.rows)
    return {row.study: row.label for row in rows}


def _results(before: Findings | None, after: Findings) -> Iterator[Result]:
    old = {one.id: one for one in main_results(before)} if before else {}
    new = {one.id: one for one in main_results(after)}
    for id_ in (*new, *(id_ for id_ in old if id_ not in new)):
        was, now = old.get(id_), new.get(id_)
        either = now or was
        if either is None:
            continue
        yield Result(
            id_,
            either.title,
            either.measure,
            as_text(was) if was else None,
            as_text(now) if now else None,
        )


def _moved(before: Findings, after: Findings) -> list[str]:
    """Return what differs, or is on one side only: titles of analyses, then what is beside them."""
    titles = {one.id: one.title for side in (before, after) for one in side.analyses.values()}
    moved = {
        one.path.split(".")[0] for one in differences(before, after, METHOD) if _is_result(one)
    }
    return [title for id_, title in (titles | _BESIDE).items() if id_ in moved]


def _is_result(one: Difference) -> bool:
    """Say whether a difference is one of results, not of names, places, reasons or order."""
    part, *_, name = path = one.path.split(".")
    if name in _NO_RESULT:
        return False
    if path[:2] == ["counts", "statuses"] or part == "flow":
        return False  # which studies there are besides the included ones, and who searched when
    if part == "certainty" and "suggestions" in path:
        return False  # what the analyses suggest is no judgement, and moves with them
    if any(isinstance(side, int | float) for side in (one.before, one.after)):
        return True
    match part, name:
        case "counts", _:
            return True
        case ("certainty", "level" | "start") | ("pools", "p"):
            return True
        case "certainty", "steps":
            return _steps_taken(one.before) != _steps_taken(one.after)
    return False


def _steps_taken(value: Leaf) -> list[tuple[str, int]]:
    """Return the steps down or up of a certainty without the reasons given for them."""
    taken = value if isinstance(value, tuple) else ()
    return sorted((step.domain, step.steps) for step in taken)
