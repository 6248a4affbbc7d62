"""The results of a study in a table: as its source printed them, else what was computed."""

from __future__ import annotations

from collections.abc import Iterable

from analysis import words
from analysis.compared_arms import compared, one_group
from analysis.continuous import freeman_tukey_inverse
from analysis.corrections import stands
from analysis.effects import is_ratio
from analysis.findings import EffectRow, Findings
from analysis.levels import HEADED, named_level
from analysis.records import Outcome, Result, Review, Study
from analysis.tables import Asked
from analysis.values import Printed
from analysis.words import HARD, Keys, Words


def all_results(asked: Asked, study: Study, outcomes: Iterable[Outcome]) -> Words | None:
    """Return the results of a study that is in no pool, each with its outcome."""
    parts: list[Words] = []
    for outcome in outcomes:
        found = results(asked, study, outcome)
        if found is not None:
            parts.append(Words("; " if parts else "", f"{outcome.short} ", found))
    return Words(*parts) if parts else None


def results(asked: Asked, study: Study, outcome: Outcome) -> Words | None:
    """Return every result of the whole study for an outcome that stands, as printed.

    Where they differ in how confounding was dealt with, each says it.
    """
    chosen = [
        (at, result)
        for at, result in enumerate(study.results)
        if result.outcome == outcome.id and not result.subgroup and stands(result)
    ]
    several = len({result.adjustment for _, result in chosen}) > 1
    parts: list[Words] = []
    for at, result in chosen:
        row = _row(asked.findings, study.id, outcome, at)
        how = f"{result.adjustment} " if several and result.adjustment else ""
        parts.append(Words("; " if parts else "", how, _result(asked, result, outcome, row)))
    return Words(*parts) if parts else None


def _result(
    asked: Asked, result: Result, outcome: Outcome, row: tuple[str, EffectRow] | None
) -> Words:
    """Return a result: as its source printed it, else what was computed and from what."""
    path, found = row or (None, None)
    name = "" if result.measure == outcome.measure else f"{result.measure} "
    if result.estimate is None or result.ci is None:
        if found is None:
            named = result.measure != outcome.measure
            return as_printed(asked.review, result, named=named, between=", ")
        raw = arm_numbers(asked.review, result)
        keys = Keys.under(path, bounds=("lb", "ub")) if path else Keys()
        at = asked.findings.analyses[path.partition(".")[0]].level if path else HEADED
        value, low, high = found.est, found.lb, found.ub
        group = one_group(result, compared(asked.review.plan.question))
        if outcome.measure == "PFT" and group is not None and group.n:
            # Of its own size, a double arcsine is the proportion that its counts say.
            keys = Keys()
            value, low, high = map(float, freeman_tukey_inverse([value, low, high], group.n))
        computed = Words(
            words.effect(value, outcome.measure, keys.est),
            " (",
            named_level(at),
            words.interval(low, high, outcome.measure, (keys.lb, keys.ub)),
            ")",
        )
        how = " with a continuity correction" if found.corrected else ""
        return Words(computed, ", from ", raw, how) if raw else computed
    own = path if found is not None and found.as_printed else None
    keys = Keys.under(own, bounds=("lb", "ub")) if own else Keys()
    est, lb, ub = (_two_decimals(n, result.measure) for n in (result.estimate, *result.ci))
    interval = words.printed_interval(lb, ub, (keys.lb, keys.ub))
    return Words(name, words.fixed(est, keys.est), " (", named_level(result.level), interval, ")")


def _two_decimals(value: Printed, measure: str) -> str:
    """Return a number as printed; a ratio with two decimals or more, as in every figure."""
    return f"{float(value):.{max(value.decimals, 2 if is_ratio(measure) else 0)}f}"


def as_printed(review: Review, result: Result, *, named: bool = True, between: str = "; ") -> Words:
    """Return what the source printed of a result, whatever it was.

    `named`: the measure stands before its estimate, and needs no word for a lack of interval.
    """
    parts: list[Words] = []
    if result.estimate is not None:
        name = f"{result.measure}{HARD}" if named else ""
        estimate = Words(name, words.fixed(result.estimate.as_printed()))
        if result.ci is not None:
            lb, ub = (bound.as_printed() for bound in result.ci)
            bounds = words.printed_interval(lb, ub)
            estimate = Words(estimate, " (", named_level(result.level), bounds, ")")
        elif not named:
            estimate = Words(estimate, " without an interval")
        parts.append(estimate)
    if result.se is not None:
        parts.append(Words("SE ", words.fixed(result.se.as_printed())))
    if result.o_minus_e is not None and result.variance is not None:
        parts.append(
            Words("O − E ", words.fixed(result.o_minus_e.as_printed()), ", V ",
                  words.fixed(result.variance.as_printed()))
        )  # fmt: skip
    if (numbers := arm_numbers(review, result)) is not None:
        parts.append(numbers)
    if result.curves:
        parts.append(Words("Kaplan-Meier curves"))
    if result.p is not None:
        text = result.p.as_printed()
        sign = "" if text.startswith("<") else f"={HARD}"
        parts.append(Words(f"P{HARD}{sign}", words.fixed(text)))
    if result.events is not None:
        parts.append(words.count(result.events, "event"))
    return (
        Words(parts[0], *(part for one in parts[1:] for part in (between, one)))
        if parts
        else (Words(words.NOT_REPORTED))
    )


def arm_numbers(review: Review, result: Result) -> Words | None:
    """Return events of patients by arm, in the order of the arms: 4/123 against 11/139.

    Of rates, events in person-time.
    """
    by_arm = {group.arm: group for group in result.groups}
    parts = []
    for arm in review.plan.arms:
        group = by_arm.get(arm.id)
        if group is not None and group.events is not None and group.person_time is not None:
            time = words.fixed(group.person_time.as_printed())
            parts.append(Words(words.count(group.events), " in ", time, " person-time"))
        elif group is not None and group.events is not None:
            parts.append(Words(words.count(group.events), "/", words.count(group.n)))
        elif group is not None and group.mean is not None:
            sd = group.sd.as_printed() if group.sd is not None else words.NOT_REPORTED
            parts.append(Words(words.fixed(group.mean.as_printed()), f" (SD {sd})"))
    return (
        Words(parts[0], *(p for part in parts[1:] for p in (" against ", part))) if parts else None
    )


def _row(
    findings: Findings, study: str, outcome: Outcome, result: int
) -> tuple[str, EffectRow] | None:
    """Return the row of an analysis that takes a result, and its path."""
    for name, analysis in findings.analyses.items():
        for row in analysis.rows if analysis.outcome == outcome.id else ():
            if row.study == study and row.result == result:
                return f"{name}.rows.{study}", row
    return None
