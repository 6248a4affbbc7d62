"""A result that a study might report, made a record as its file would hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.compared_arms import compared
from analysis.effects import CORRELATION
from analysis.errors import DataError, Problem
from analysis.messages import unknown, where_of
from analysis.records import Adjustment, Characteristic, Design, Outcome, Result, Review
from analysis.result_checks import result_faults, scale_doubts
from analysis.said_numbers import unfit_numbers
from analysis.study_text import of_arms
from analysis.values import Printed

PLACE = "what-if"
SOURCE = "what_if"
LEVEL = Printed(0.95, 2)


@dataclass(frozen=True)
class Supposition:
    """A result that a study might report: an estimate with its interval, or the numbers of arms.

    Where there is no interval, `se` is the standard error, of a ratio on the log scale.

    `n` are the patients of the arms, of a proportion its one group, of a correlation all of them.

    `study` is an id or a label; one that the review does not have is made up. `outcome` is an
    id, a short name or a label. `measure` is None for that of the outcome. A design or a
    characteristic that is None or absent is that of the study.
    """

    study: str
    outcome: str
    estimate: Printed | None = None
    ci: tuple[Printed, Printed] | None = None
    se: Printed | None = None
    n: tuple[int, ...] = ()
    events: tuple[int, ...] = ()
    person_time: tuple[Printed, ...] = ()
    means: tuple[Printed, ...] = ()
    sds: tuple[Printed, ...] = ()
    measure: str | None = None
    level: Printed = LEVEL
    design: Design | None = None
    adjustment: Adjustment | None = None
    characteristics: Mapping[str, str] = field(default_factory=dict)


def result_of(
    review: Review, outcome: Outcome, supposed: Supposition, design: str | None
) -> Result:
    """Return the result that is supposed, of a study of this design.

    A randomised comparison counts as unadjusted where nothing else is said.

    Raises
    ------
    DataError : the measure is not that of the outcome; the numbers cannot be a result.
    """
    if supposed.measure not in (None, outcome.measure):
        found = f"found {supposed.measure}, wanted {outcome.measure}, the measure of"
        raise DataError([Problem(PLACE, "estimate", f"{found} {outcome.short}")])
    _refuse_unfit(supposed, outcome.measure)
    adjustment = supposed.adjustment
    if adjustment is None and design == "randomised trial":
        adjustment = "unadjusted"
    result = Result.model_validate(
        {
            "outcome": outcome.id,
            "measure": outcome.measure,
            **_numbers(review, outcome, supposed),
            "level": supposed.level,
            "adjustment": adjustment or "not reported",
            "source": SOURCE,
        }
    )
    _refuse(review, result)
    return result


def _refuse_unfit(supposed: Supposition, measure: str) -> None:
    given = {
        "events": tuple(map(str, supposed.events)),
        "n": tuple(map(str, supposed.n)),
        "person-time": tuple(number.as_printed() for number in supposed.person_time),
        "means": tuple(number.as_printed() for number in supposed.means),
        "sds": tuple(number.as_printed() for number in supposed.sds),
    }
    faults = unfit_numbers(given, measure, size="n")
    if problems := [Problem(PLACE, f"--{option}", message) for option, message in faults]:
        raise DataError(problems)


def _numbers(review: Review, outcome: Outcome, supposed: Supposition) -> dict[str, object]:
    """Return the numbers of a supposed result, as a study's file would hold them."""
    by_arm = {
        "events": supposed.events,
        "person_time": supposed.person_time,
        "mean": supposed.means,
        "sd": supposed.sds,
    }
    found: dict[str, object] = {
        "estimate": supposed.estimate,
        "ci": supposed.ci,
        "se": supposed.se,
    }
    if outcome.measure == CORRELATION:
        found["n"] = supposed.n[0] if supposed.n else None
    elif groups := of_arms(by_arm, supposed.n, review.plan, outcome.measure):
        found["groups"] = tuple(groups)
    return {key: value for key, value in found.items() if value is not None}


def characteristics_of(review: Review, supposed: Supposition) -> dict[str, Characteristic]:
    """Return the characteristics that are supposed.

    Raises
    ------
    DataError : a characteristic, or a level of it, is not declared.
    """
    wanted = supposed.characteristics
    declared = {field.id: field for field in review.plan.characteristics}
    problems: list[Problem] = []
    for name, value in wanted.items():
        if name not in declared:
            message = unknown(name, "a characteristic of this review", list(declared))
            problems.append(Problem(PLACE, "with", message))
            continue
        levels = [level.id for level in declared[name].levels]
        if levels and value not in levels:
            message = unknown(value, f"a level of {name}", levels)
            problems.append(Problem(PLACE, "with", message))
    if problems:
        raise DataError(problems)
    return {name: Characteristic(value=value, source=SOURCE) for name, value in wanted.items()}


def _refuse(review: Review, result: Result) -> None:
    question = review.plan.question
    comparison = compared(question)
    if problems := [
        Problem(PLACE, where_of(path), message)
        for path, message in (
            *result_faults(result, comparison),
            *(scale_doubts(result, result.estimate) if result.estimate is not None else ()),
        )
    ]:
        raise DataError(problems)
