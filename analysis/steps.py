"""Which step an edition is due: what changed since the last one decides its version.

Major: the included studies changed, or a claim flipped. Minor: results move, since data were
corrected, the plan changed, or the method did. Patch: results are what they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from analysis import words
from analysis.changes import Change, changes
from analysis.claims import ClaimOutcome, Flip, flips, judge
from analysis.comparison import METHOD
from analysis.differences import differences
from analysis.errors import ReviewError
from analysis.findings import AnalysisFinding, Findings
from analysis.records import Claim, Review

Kind = Literal["first", "major", "minor", "patch"]
FIRST = "1.0.0"
# Numbers that say how a result is ordered or where it was read.
_NO_RESULT = ("result", "at")


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
    """The step that is due, its reasons in words, and what came in."""

    kind: Kind
    version: str
    reasons: tuple[str, ...]
    changes: tuple[Change, ...]
    flips: tuple[Flip, ...]
    results: tuple[Result, ...]


def step(
    last: str | None,
    before: Side | None,
    after: Side,
    claims: Iterable[Claim] = (),
    *,
    method_changed: bool = False,
) -> Step:
    """Return the step that is due.

    Parameters
    ----------
    last : version of the last edition, None where this is the first.
    before : the last edition, by today's code.
    claims : as they are worded now; both sides are judged by them.
    method_changed : the stored findings of the last edition differ from today's on the same
        data.
    """
    if last is None or before is None:
        results = tuple(_results(None, after.findings))
        return Step("first", FIRST, ("the first edition",), (), (), results)
    found = changes(before.review, after.review) if before.review and after.review else ()
    claims = tuple(claims)
    turned = flips(_judged(claims, before.findings), _judged(claims, after.findings))
    came, went = _studies(before, after)
    reasons = [f"included: {name}" for name in came] + [f"no longer included: {n}" for n in went]
    reasons += [f"claim {f.id} {'holds now' if f.holds else 'no longer holds'}" for f in turned]
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
        turned,
        tuple(_results(before.findings, after.findings)),
    )


def main_results(findings: Findings) -> tuple[AnalysisFinding, ...]:
    """Return the primary analyses, in the order of the plan."""
    return tuple(one for one in findings.analyses.values() if one.role == "primary")


def as_text(analysis: AnalysisFinding) -> str:
    """Return a pooled result in plain words: HR 0.89 (0.79–0.999), 12 studies."""
    s = analysis.synthesis
    cell = words.estimate_cell(s.est, s.est_lb, s.est_ub, analysis.measure)
    studies = f"{s.k} {'study' if s.k == 1 else 'studies'}"
    return f"{analysis.measure} {cell}, {studies}"


def _next(last: str, kind: Kind) -> str:
    major, minor, patch = map(int, last.split("."))
    if kind == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if kind == "minor" else f"{major}.{minor}.{patch + 1}"


def _studies(before: Side, after: Side) -> tuple[list[str], list[str]]:
    """Return the labels of the studies that came in and of those that went."""
    old, new = _included(before), _included(after)
    came = [label for id_, label in new.items() if id_ not in old]
    return came, [label for id_, label in old.items() if id_ not in new]


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


def _judged(claims: Iterable[Claim], findings: Findings) -> tuple[ClaimOutcome, ...]:
    """Judge each claim that has an answer: of a finding that is new there was nothing to claim."""
    found: list[ClaimOutcome] = []
    for claim in claims:
        try:
            found += judge((claim,), findings)
        except ReviewError:
            continue
    return tuple(found)


def _moved(before: Findings, after: Findings) -> list[str]:
    """Return the titles of the analyses of which some number differs, or that one side lacks."""
    titles = {one.id: one.title for side in (before, after) for one in side.analyses.values()}
    moved = {
        path[0]
        for one in differences(before, after, METHOD)
        for path in (one.path.split("."),)
        if path[-1] not in _NO_RESULT
        and any(isinstance(side, int | float) for side in (one.before, one.after))
    }
    return [title for id_, title in titles.items() if id_ in moved]
