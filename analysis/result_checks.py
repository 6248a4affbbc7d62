"""One result of a study: what cannot be, and what is doubtful in its printed numbers."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.compared_arms import Comparison
from analysis.effects import CORRELATION, ONE_GROUP, is_ratio
from analysis.errors import MethodError
from analysis.measure import measure
from analysis.messages import shown
from analysis.plausibility import interval_asymmetry, pvalue_agreement, rounding_box, se_possible
from analysis.records import GroupData, Result, Study
from analysis.values import Printed
from analysis.yaml_nodes import Path

Fault = tuple[Path, str]
"""Where inside a result, and the message: found X, wanted Y."""

# Measures whose estimate has bounds of its own.
_BOUNDS = {"RD": (-1.0, 1.0)}


def interval_faults(
    measure_: str, estimate: Printed | None, ci: tuple[Printed, Printed] | None
) -> Iterator[Fault]:
    """Give what cannot be in an estimate and its interval, on the printed scale."""
    ratio = is_ratio(measure_)
    low, high = _BOUNDS.get(measure_, (float("-inf"), float("inf")))
    values = [] if estimate is None else [("estimate", estimate)]
    values += [("ci", bound) for bound in ci or ()]
    for name, value in values:
        if ratio and value <= 0:
            # A limit may round to zero, but its logarithm is then unknown.
            yield (name,), f"found {shown(value)}, wanted more than 0: {measure_} is a ratio"
            return
        if not low <= value <= high:
            yield (
                (name,),
                f"found {shown(value)}, wanted −1 to 1: {measure_} is a difference of risks",
            )
            return
    if ci is None:
        return
    if not ci[0] < ci[1]:
        yield ("ci",), f"found {shown(ci)}, wanted lower < upper"
    elif estimate is not None and not ci[0] <= estimate <= ci[1]:
        message = f"found {shown(estimate)} outside its interval {shown(ci)}, wanted it inside"
        yield ("estimate",), message


def level_fault(level: Printed) -> str | None:
    """Return why a confidence level cannot be, None if it can."""
    if 0 < level < 1:
        return None
    hint = f": perhaps {float(level) / 100:g}?" if 1 < level < 100 else ", as 0.95"
    return f"found {shown(level)}, wanted a level between 0 and 1{hint}"


def result_faults(result: Result, comparison: Comparison | None) -> Iterator[Fault]:
    """Give what cannot be in one result; nothing where an effect can be had from it."""
    faults = list(interval_faults(result.measure, result.estimate, result.ci))
    if message := level_fault(result.level):
        faults.append((("level",), message))
    for name, value in (("se", result.se), ("variance", result.variance)):
        if value is not None and value <= 0:
            faults.append(((name,), f"found {shown(value)}, wanted more than 0"))
    for index, group in enumerate(result.groups):
        faults += ((("groups", index, *path), text) for path, text in _group_faults(result, group))
    faults += _sum_faults(result)
    if result.ci is not None and result.estimate is None:
        faults.append(((), "found ci without estimate, wanted both"))
    yield from faults
    if not faults and comparison is not None:
        try:
            measure(result, comparison)
        except MethodError as error:
            yield (), _as_found(str(error))


def _as_found(message: str) -> str:
    # Messages of the methods name the function first: 'log_hr: found …'.
    return message[message.find("found ") :] if "found " in message else message


def _group_faults(result: Result, group: GroupData) -> Iterator[Fault]:
    counted = result.measure != "IRR"
    if group.n == 0:
        yield ("n",), "found 0, wanted at least 1"
    elif counted and group.events is not None and group.n is not None and group.events > group.n:
        yield ("events",), f"found {group.events} events in {group.n} patients, wanted no more"
    if group.sd is not None and group.sd <= 0:
        yield ("sd",), f"found {shown(group.sd)}, wanted more than 0"


def _sum_faults(result: Result) -> Iterator[Fault]:
    known = [group.events for group in result.groups if group.events is not None]
    if result.events is None or len(known) < len(result.groups) or not known:
        return
    if sum(known) != result.events:
        terms = " + ".join(map(str, known))
        message = f"found {result.events}, wanted {terms} = {sum(known)}, the events of the groups"
        yield ("events",), message


def suspicions(study: Study, result: Result) -> Iterator[Fault]:
    """Give what is doubtful in the printed numbers of a result that has no fault.

    Rounding is allowed for: see `analysis.plausibility`.
    """
    if result.estimate is None:
        return
    yield from scale_doubts(result, result.estimate)
    # The interval of a correlation beside its n is not symmetrical, nor on Fisher's scale.
    if result.ci is None or result.measure == CORRELATION:
        return
    faults = interval_faults(result.measure, result.estimate, result.ci)
    if level_fault(result.level) or any(faults):
        return
    ratio = is_ratio(result.measure)
    level = float(result.level)
    est = result.estimate.as_printed()
    lb, ub = (bound.as_printed() for bound in result.ci)
    for doubt in interval_asymmetry(est, lb, ub, ratio=ratio):
        yield ("ci",), doubt.message
    if result.p is not None:
        p = result.p.as_printed()
        for doubt in pvalue_agreement(est, lb, ub, p, level=level, ratio=ratio):
            yield ("p",), doubt.message
    # The patients of the study bound the events of each of its parts.
    n, events = study.patients or None, result.events or None
    if events is not None and n is not None and events > n:
        return
    sei = rounding_box(est, lb, ub, ratio=ratio).sei(level).high
    for doubt in se_possible(sei, events=events, n=n, measure=result.measure):
        yield ("ci",), doubt.message


def scale_doubts(result: Result, estimate: Printed) -> Iterator[Fault]:
    """Give an estimate that looks as printed, where the measure takes it as transformed."""
    if result.measure in ONE_GROUP:
        scale = "a logit" if result.measure == "PLO" else "a double arcsine"
        found = f"found {shown(estimate)}, which {result.measure} takes as {scale}"
        if 0 <= estimate <= 1:
            yield ("estimate",), f"{found}, wanted events and n of the group for a proportion"
    elif result.measure == CORRELATION and result.n is None and -1 < estimate < 1:
        found = f"found {shown(estimate)} without n, which {result.measure} takes as Fisher's z"
        yield ("estimate",), f"{found}, wanted n beside it for a correlation"
