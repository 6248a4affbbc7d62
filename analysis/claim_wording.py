"""Which claims print another sentence than they did.

What a claim prints is its `text` where it holds and its `otherwise` where it does not, each state
of the evidence judged by its own claims. A sentence whose numbers alone moved is the same one; one
whose words follow the findings (`null_phrase`, `{% if %}`) reads otherwise where these turned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.claims import ClaimOutcome, Flip, flips, weigh
from analysis.findings import Findings
from analysis.records import Claim


@dataclass(frozen=True)
class Worded:
    """A claim that prints another sentence, or one where there was none, or none any more.

    `said` says which, as `is worded anew`. `before` and `after` are what it was and is; None on a
    side that does not have it.
    """

    id: str
    said: str
    before: ClaimOutcome | None
    after: ClaimOutcome | None

    @property
    def reason(self) -> str:
        """The claim with what became of it: claim os_lower no longer holds."""
        return f"claim {self.id} {self.said}"


def printed_otherwise(
    earlier: Iterable[Claim] | None,
    claims: Iterable[Claim],
    before: Findings,
    after: Findings,
    reads: tuple[Mapping[str, str], Mapping[str, str]] | None = None,
) -> tuple[Worded, ...]:
    """Return every claim that prints something else, those that flip first.

    Parameters
    ----------
    earlier : the claims as they were; None where their wording is lost, and flips are all that is
        known. A claim without an answer on a side (a finding that was not there) prints its
        other wording there, and is passed over where it has none.
    claims : as they are worded now. Whether a claim flips is judged by them on both sides.
    reads : what each claim of a side prints but for its numbers, by id: a wording may have words
        that follow the findings. None where the evidence of a side is lost.
    """
    claims = tuple(claims)
    now = judged(claims, after)
    turned = flips(judged(claims, before), now)
    if earlier is None:
        return tuple(_turned(flip, flip.before) for flip in turned)
    earlier = tuple(earlier)
    written, kept = {claim.id for claim in earlier}, {claim.id for claim in claims}
    old = {one.id: one for one in judged(earlier, before)}
    new = {one.id: one for one in now}
    kept_wording = {id_ for id_ in new if id_ in old and _printed(old[id_]) == _printed(new[id_])}
    then, today = reads or ({}, {})
    same = {id_ for id_ in kept_wording if then.get(id_) == today.get(id_)}
    # By the condition of now a claim may seem to flip that was not there, or printed the same.
    turned = tuple(flip for flip in turned if flip.id in written and flip.id not in same)

    def said_of(id_: str) -> str:
        if id_ not in old:
            return "is new"
        return "reads otherwise" if id_ in kept_wording else "is worded anew"

    found = [_turned(flip, old.get(flip.id)) for flip in turned]
    said = same | {flip.id for flip in turned}
    found += [
        Worded(id_, said_of(id_), old.get(id_), new[id_])
        for id_ in new
        if id_ not in said and (id_ in old or id_ not in written)
    ]
    gone = (one for id_, one in old.items() if id_ not in kept)
    return (*found, *(Worded(one.id, "is withdrawn", one, None) for one in gone))


def judged(claims: Iterable[Claim], findings: Findings) -> tuple[ClaimOutcome, ...]:
    """Return the outcomes of the claims that have an answer, or another wording for want of one."""
    return weigh(claims, findings)[0]


def judged_alone(claim: Claim, findings: Findings) -> tuple[ClaimOutcome | None, str | None]:
    """Return the outcome of one claim, or why it has no answer."""
    outcomes, problems = weigh((claim,), findings)
    if problems:
        return None, problems[0].message
    (outcome,) = outcomes
    return (None, outcome.no_answer) if outcome.no_answer else (outcome, None)


def _turned(flip: Flip, before: ClaimOutcome | None) -> Worded:
    return Worded(flip.id, flip.said, before, flip.after)


def _printed(outcome: ClaimOutcome) -> str | None:
    return None if outcome.wording is None else " ".join(outcome.wording.split())
