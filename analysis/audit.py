"""The numbers that the continued article prints, each recomputed and held against it.

A number is *reproduced* where the recomputed value rounds to what was printed, a half counting
either way; *within input rounding* where some inputs that print as the article's give what it
printed (`rounding.reach`); else it *differs*. Nothing is tuned to make a row agree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

import numpy as np

from analysis import answers_of_effects as answers
from analysis.compared_arms import compared
from analysis.corrections import as_printed
from analysis.effects import Effects
from analysis.errors import DataError, Problem, TemplateError
from analysis.evidence import candidates, restrict
from analysis.findings import AnalysisFinding, EffectRow, Findings
from analysis.plan import finding_of
from analysis.planned_effects import contributions
from analysis.planned_models import columns_of, fitted
from analysis.records import (
    AnalysisPlan,
    PrintedNumber,
    PriorPlan,
    Published,
    RegressionPlan,
    Review,
    SubgroupPlan,
)
from analysis.rounding import Answer, Box, Reach, reach
from analysis.values import Bound, Printed

FILE = "data/published.yml"
SLACK = 1e-12  # of a half that binary arithmetic cannot hold

Status = Literal["reproduced", "within input rounding", "differs", "not recomputable"]
STATUSES: tuple[Status, ...] = get_args(Status)
Find = Callable[[Review], Findings]
Named = TypeVar("Named", SubgroupPlan, RegressionPlan, PriorPlan)


@dataclass(frozen=True)
class AuditRow:
    """One printed number and its recomputation.

    `value` is the recomputed value in full, `difference` value minus printed, `reach` the range
    that the rounding of the inputs allows, searched only where the number is not reproduced and
    rests on rounded inputs. `reason` says why a number differs, if the data know, or why it
    cannot be recomputed.
    """

    id: str
    place: str
    quantity: str
    printed: Printed
    percent: bool
    finding: str | None
    status: Status
    value: float | None = None
    difference: float | None = None
    reach: Reach | None = None
    reason: str | None = None

    @property
    def verdict(self) -> str:
        """The status, and by how much the recomputed value differs where it does."""
        if self.status != "differs" or self.difference is None:
            return self.status
        by = f"{self.difference:+.{self.printed.decimals}f}".replace("-", "−")
        return f"{self.status} by {by}"

    @property
    def recomputed(self) -> str | None:
        """The recomputed value at the precision that the article prints."""
        if self.value is None:
            return None
        if isinstance(self.printed, Bound) and self.value < self.printed:
            return self.printed.as_printed()
        return f"{self.value:.{self.printed.decimals}f}"


def audit(
    published: Published,
    review: Review,
    find: Find,
    located: Callable[[tuple[str | int, ...]], str] | None = None,
) -> tuple[AuditRow, ...]:
    """Recompute every printed number from the evidence of the article.

    Parameters
    ----------
    review : the whole review; the studies that `published` names are taken each as included,
        whatever has become of it since, with the results that the article printed.
    find : runs the plan on a review.

    Raises
    ------
    DataError : a row names a finding that does not exist, or that is no number.
    MethodError : as `find`.
    """
    evidence = article_evidence(published, review)
    asked = [number.finding for number in published.numbers if number.finding]
    found = find(_bare(evidence, asked))
    ranges = _Ranges(evidence, found)
    rows: list[AuditRow] = []
    problems: list[Problem] = []
    for index, number in enumerate(published.numbers):
        try:
            rows.append(_row(number, found, ranges))
        except _NotANumberError:
            error = _mistake(number, find(evidence))
            where = f"numbers[{index}].finding"
            stands = located(("published", "numbers", index, "finding")) if located else FILE
            problems.append(Problem(stands, where, error))
    if problems:
        raise DataError(problems)
    return tuple(rows)


def article_evidence(published: Published, review: Review) -> Review:
    """Return the evidence as the article had it: its studies and no others, all included.

    Of their results those that it printed, whatever corrected them since.
    """
    kept = restrict(review, published.studies)
    then = {"status": "included", "superseded_by": None, "retracted": None, "reason": None}
    printed = (as_printed(study, published.document) for study in kept.studies)
    evidence = kept.model_copy(
        update={"studies": tuple(study.model_copy(update=then) for study in printed)}
    )
    # An analysis of later reports alone has nothing to pool here.
    answering = tuple(one for one in kept.plan.analyses if candidates(evidence, one).taken)
    plan = kept.plan.model_copy(update={"analyses": answering})
    return evidence.model_copy(update={"plan": plan})


def _bare(evidence: Review, paths: Collection[str]) -> Review:
    """Return the evidence with a plan of no more than what these findings need."""
    split = [path.partition(".") for path in paths]
    wanted: dict[str, list[str]] = {first: [] for first, _, _ in split}
    for first, _, rest in split:
        wanted[first].append(rest)
    if not wanted.keys().isdisjoint(("absolute", "certainty")):
        return evidence  # they rest on analyses that they do not name
    analyses = tuple(
        _needed(one, wanted[one.id]) for one in evidence.plan.analyses if one.id in wanted
    )
    return evidence.model_copy(
        update={"plan": evidence.plan.model_copy(update={"analyses": analyses})}
    )


def _mistake(number: PrintedNumber, found: Findings) -> str:
    """Return what is wrong with the path of a number, held against every finding there is."""
    try:
        _number(found, str(number.finding))
    except _NotANumberError as error:
        return str(error)
    raise AssertionError(f"{number.finding} was left out of the plan that it needs")


class _NotANumberError(Exception):
    """A path that names no number."""


def _row(number: PrintedNumber, found: Findings, ranges: _Ranges) -> AuditRow:
    head = (number.id, number.place, number.quantity, number.printed, number.percent)
    if number.finding is None:
        reason = number.not_recomputable or "the data name no finding for it"
        return AuditRow(*head, None, "not recomputable", reason=reason)
    path = number.finding
    value = _number(found, path)
    if value is None:
        reason = f"the evidence gives no value of {path}"
        return AuditRow(*head, path, "not recomputable", reason=reason)
    difference = value - number.printed
    reproduced = _agrees(number.printed, value, value)
    range_ = ranges.of(path) if number.show_range or not reproduced else None
    if reproduced:
        return AuditRow(*head, path, "reproduced", value, difference, range_)
    within = range_ is not None and _agrees(number.printed, range_.low, range_.high)
    status: Status = "within input rounding" if within else "differs"
    return AuditRow(*head, path, status, value, difference, range_, number.known_reason)


def _agrees(printed: Printed, low: float, high: float) -> bool:
    """Say whether some value from low to high is printed so."""
    if isinstance(printed, Bound):
        return low < printed
    half = printed.half_unit + SLACK
    return low <= printed + half and printed - half <= high


def _number(found: Findings, path: str) -> float | None:
    try:
        value = found.value(path)
    except TemplateError as error:
        raise _NotANumberError(f"found {error}") from None
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise _NotANumberError(f"found {path}, which is no number, wanted the finding of a number")
    return None if value is None else float(value)


class _Ranges:
    """The ranges of findings over the rounding of the inputs; boxes are shared by analysis."""

    def __init__(self, evidence: Review, found: Findings) -> None:
        self._evidence, self._found = evidence, found
        self._boxes: dict[str, Box] = {}

    def of(self, path: str) -> Reach | None:
        """Return the range of a finding of an analysis; None for counts, which nobody rounded."""
        first, _, rest = path.partition(".")
        analysis = self._found.analyses.get(first)
        if analysis is None:
            return None
        return reach(self._box(analysis), self._answer(analysis, rest))

    def _box(self, analysis: AnalysisFinding) -> Box:
        if analysis.id not in self._boxes:
            question = self._evidence.plan.question
            taken = [(row.study, row.result) for row in analysis.rows]
            comparison = compared(question)
            self._boxes[analysis.id] = Box(self._evidence, taken, comparison)
        return self._boxes[analysis.id]

    def _answer(self, analysis: AnalysisFinding, path: str) -> Answer:
        plan = next(plan for plan in self._evidence.plan.analyses if plan.id == analysis.id)
        parts = path.split(".")
        answer = None
        if len(parts) == 1:
            answer = answers.of_pool(plan, analysis.measure, parts[0])
        elif parts[0] == "regressions" and len(parts) == 3:
            of = contributions(self._evidence, plan)
            regression = next(one for one in plan.regressions if one.id == parts[1])
            columns = columns_of(self._evidence, regression, of.rows)
            kept = np.array([None not in values for values in zip(*columns, strict=True)])
            found = fitted(plan, regression, of.effects, columns)
            answer = answers.of_regression(found, kept, parts[2])
        if answer is not None:
            return answer
        needed = _needed(plan, [path])
        whole = contributions(self._evidence, plan)

        def run(effects: Effects, rows: tuple[EffectRow, ...]) -> AnalysisFinding:
            of = replace(whole, effects=effects, rows=rows)
            return finding_of(self._evidence, needed, of, receipt=parts[0] == "conventions")

        return answers.of_finding(run, whole.effects, whole.rows, path)


def _needed(plan: AnalysisPlan, paths: Collection[str]) -> AnalysisPlan:
    """Return the analysis with no more than some of its findings need."""
    parts = {tuple([*path.split("."), ""][:2]) for path in paths}
    whole = {part for part, _ in parts}

    def named(part: str, plans: tuple[Named, ...]) -> tuple[Named, ...]:
        return tuple(one for one in plans if (part, one.id) in parts)

    keep = {
        "subgroups": named("subgroups", plan.subgroups),
        "regressions": named("regressions", plan.regressions),
        "small_study": tuple(p for p in plan.small_study if ("small_study", p) in parts),
        "leave_one_out": plan.leave_one_out and "leave_one_out" in whole,
        "influence": plan.influence and "influence" in whole,
        "cumulative": plan.cumulative if "cumulative" in whole else None,
        "bayes": named("bayes", plan.bayes),
        "gosh": plan.gosh if "gosh" in whole else None,
        "baujat": plan.baujat and "baujat" in whole,
        "radial": plan.radial and "radial" in whole,
        "sequential": plan.sequential if "sequential" in whole else None,
        "rounding": plan.rounding and "rounding" in whole,
    }
    return plan.model_copy(update=keep)
