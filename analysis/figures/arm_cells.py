"""The columns before a forest plot: what each arm of a study has, as far as it is reported.

Where every study gave the 2×2 table, the means or the rates of the measure, these stand there;
else how many patients there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from analysis import words
from analysis.effects import CORRELATION, MEANS, ONE_GROUP, TABLES
from analysis.figures.rows import NOT_REPORTED
from analysis.records import GroupData

if TYPE_CHECKING:
    from analysis.findings import AnalysisFinding, EffectRow
    from analysis.records import Review

Kind = Literal["events", "means", "rates", "patients", "one group", "correlation"]
HEADS: dict[Kind, str] = {
    "events": "Events/{people}",
    "means": "Mean (SD), {people}",
    "rates": "Events/person-time",
    "patients": "{heading}",
    "one group": "Events/{people}",
    "correlation": "{heading}",
}
"""What stands over the columns, or as the heading of the one that there is."""

ALONE: tuple[Kind, ...] = ("one group", "correlation")
Groups = tuple[GroupData, ...]


class ArmCells:
    """The cells of the rows of one analysis, all of one kind."""

    def __init__(self, analysis: AnalysisFinding, review: Review) -> None:
        self.review = review
        self.groups = {row.study: _groups(row, analysis.measure, review) for row in analysis.rows}
        self.kind: Kind = "patients"
        # Of several estimates of a study, one would stand for all.
        if analysis.several is None:
            self.kind = _kind(analysis.measure, list(self.groups.values()))

    @property
    def heads(self) -> tuple[str, ...]:
        """The heading of each column: the arms, or what the one column holds."""
        plan = self.review.plan
        if self.kind in ALONE:
            return (self._named(),)
        arms = {arm.id: arm.label for arm in plan.arms}
        return arms[plan.question.intervention], arms[plan.question.comparator]

    @property
    def head(self) -> str:
        """What stands over the columns of both arms."""
        return "" if self.kind in ALONE else self._named()

    def _named(self) -> str:
        question = self.review.plan.question
        return HEADS[self.kind].format(people=question.people, heading=question.heading)

    def of(self, row: EffectRow) -> tuple[str, ...]:
        """Return the cells of a study; one for both arms where only their sum is known."""
        pair = self.groups[row.study]
        if pair is not None and self.kind != "patients":
            return tuple(_cell(group, self.kind) for group in pair)
        whole = self._whole(row)
        if row.n == (None, None) and whole is not None:
            return (f"{words.count(whole)} in all",)
        return tuple(NOT_REPORTED if n is None else str(words.count(n)) for n in row.n)

    def totals(self, rows: Sequence[EffectRow]) -> tuple[str, ...]:
        """Return the cells of some studies together."""
        pairs = [pair for row in rows if (pair := self.groups[row.study]) is not None]
        if self.kind != "patients":
            arms = list(zip(*pairs, strict=True))
            return tuple(_total(arm, self.kind) for arm in arms)
        known = [[row.n[i] for row in rows] for i in (0, 1)]
        if None not in known[0] + known[1]:
            return tuple(str(words.count(sum(n or 0 for n in arm))) for arm in known)
        whole = [self._whole(row) for row in rows]
        if None not in whole:
            return (f"{words.count(sum(n or 0 for n in whole))} in all",)
        return (NOT_REPORTED,)

    def _whole(self, row: EffectRow) -> int | None:
        one, two = row.n
        if one is not None and two is not None:
            return one + two
        study = self.review.by_id.get(row.study)
        return study.patients if study else None


def _groups(row: EffectRow, measure: str, review: Review) -> Groups | None:
    """Return what was printed of the result that a row takes: of both arms, or of one group.

    All of whom a correlation is count as one group.
    """
    study = review.by_id.get(row.study)
    if study is None or row.result >= len(study.results):
        return None
    result, question = study.results[row.result], review.plan.question
    if measure == CORRELATION:
        return None if result.n is None else (GroupData(arm=question.intervention, n=result.n),)
    by_arm = {group.arm: group for group in result.groups}
    one, two = by_arm.get(question.intervention), by_arm.get(question.comparator)
    if measure in ONE_GROUP:
        alone = one or two
        return None if alone is None else (alone,)
    return None if one is None or two is None else (one, two)


def _kind(measure: str, found: Sequence[Groups | None]) -> Kind:
    groups = [group for one in found if one is not None for group in one]
    if None in found or not groups:
        return "patients"
    if measure == CORRELATION:
        return "correlation"
    counted = all(g.events is not None and g.n is not None for g in groups)
    if measure in (*TABLES, *ONE_GROUP) and counted:
        return "one group" if measure in ONE_GROUP else "events"
    if measure == "IRR" and all(g.events is not None and g.person_time is not None for g in groups):
        return "rates"
    if measure in MEANS and all(None not in (g.mean, g.sd, g.n) for g in groups):
        return "means"
    return "patients"


def _cell(group: GroupData, kind: Kind) -> str:
    if kind == "means" and group.mean is not None and group.sd is not None:
        spread = f"{group.mean.as_printed()} ({group.sd.as_printed()})".replace("-", words.MINUS)
        return f"{spread}, {words.count(group.n)}"
    return _total([group], kind)


def _total(groups: Sequence[GroupData], kind: Kind) -> str:
    patients = words.count(sum(group.n or 0 for group in groups))
    if kind in ("means", "correlation"):
        return str(patients)
    events = words.count(sum(group.events or 0 for group in groups))
    if kind in ("events", "one group"):
        return f"{events}/{patients}"
    time = sum(float(group.person_time or 0) for group in groups)
    return f"{events}/{time:,.10g}"
