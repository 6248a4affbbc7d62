"""What a comparison says of claims: which were worded anew, withdrawn, or are without an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analysis import words
from analysis.claims import ClaimOutcome
from analysis.comparison import ClaimChange, Comparison
from analysis.comparison_words import LONGEST, NOTHING
from analysis.expression import ASKED

AROUND = 3  # words that are shown before and after those that differ
_PARTS = {"holds": "condition", "text": "wording", "otherwise": "other wording"}
_PRINTED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_OF_CONDITION = re.compile(r"^column \d+ of (?:'[^']*'|\"[^\"]*\"): ")


def elided(wording: str) -> str:
    """Return a wording with … for each value that it prints."""
    return " ".join(_PRINTED.sub("…", wording).split())


def claim_lines(comparison: Comparison, *, fields: bool = False) -> list[str]:
    """Return what is to be said of claims beside those that flip.

    With `fields`, what changed of a claim's own words stands below it, set in.
    """
    lines = []
    for claim in comparison.claims:
        if said := rewritten(claim):
            lines += [said, *(f"    {text}" for text in _reworded(claim) if fields)]
    lines += [f"claim {id_} is withdrawn" for id_ in comparison.withdrawn]
    lines += [_unanswered(claim) for claim in comparison.claims if any(claim.why_not)]
    return lines


def rewritten(claim: ClaimChange) -> str | None:
    """Say that the claim itself changed, if it did."""
    if claim.new:
        return f"claim {claim.id} is new"
    if not claim.rewritten:
        return None
    return f"claim {claim.id}: its {words.series(_PARTS[d.path] for d in claim.rewritten)} changed"


def _reworded(claim: ClaimChange) -> Iterator[str]:
    """Give each part of a claim that changed as it was and is: what differs, and some around it."""
    for detail in claim.rewritten:
        part = _PARTS[detail.path]
        before, after = _differing(detail.before, detail.after)
        if max(len(before), len(after)) > LONGEST:
            yield f"{part}: too much differs to be shown here (see --json)"
        else:
            yield f"{part} before: {before}"
            yield f"{part} after: {after}"


def _differing(before: str | None, after: str | None) -> tuple[str, str]:
    """Return what differs of two texts, with a few of the words that both have around it."""
    if before is None or after is None:
        return " ".join((before or NOTHING).split()), " ".join((after or NOTHING).split())
    texts = before.split(), after.split()
    start = _alike(*texts)
    end = _alike(*(text[start:][::-1] for text in texts))
    first = max(0, start - AROUND)

    def part(text: list[str]) -> str:
        last = len(text) - max(0, end - AROUND)
        return " ".join([*["…"] * (first > 0), *text[first:last], *["…"] * (last < len(text))])

    return part(texts[0]), part(texts[1])


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words two texts share from their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _unanswered(claim: ClaimChange) -> str:
    """Say on which side a claim has no answer, and what is missing: a finding, mostly."""
    before, after = claim.why_not
    parts = [
        f"no answer before ({_lacking(before, 'yet' if after is None else '')})"
        if before
        else _answer(claim.before, "before"),
        f"no answer after ({_lacking(after, 'any more' if before is None else '')})"
        if after
        else _answer(claim.after, "after"),
    ]
    return f"claim {claim.id}: {'; '.join(parts)}"


def _answer(outcome: ClaimOutcome | None, when: str) -> str:
    return f"{'holds' if outcome and outcome.holds else 'does not hold'} {when}"


def _lacking(why: str, when: str) -> str:
    """Return why a condition has no answer, without its text and what else there is.

    The message of a condition reads "column 1 of 'os.k > 2': found no finding os, wanted one
    of: dfs"; "… found no finding os.est: this evidence has no answer (found …)"; "… found no
    value of os.tau2 (not defined, or unknown), wanted one".
    """
    found = _OF_CONDITION.sub("", why).removeprefix("found ").partition(ASKED)[0]
    path, unanswered, reason = found.partition(": this evidence has no answer (")
    if unanswered:
        return f"{path.removeprefix('no finding ')}: {reason.removesuffix(')')}"
    found = found.partition(", wanted ")[0]
    if found.startswith("no finding "):
        return f"the finding {found.removeprefix('no finding ')} is not there{when and f' {when}'}"
    if found.startswith("no value of "):
        return f"{found.removeprefix('no value of ').partition(' (')[0]} has no value"
    return found
