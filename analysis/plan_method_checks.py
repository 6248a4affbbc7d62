"""The methods that an entry of the plan asks for: what does not go together, with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.effects import BY_EVENTS, ONE_GROUP, TABLES
from analysis.errors import MethodError
from analysis.messages import shown, unknown
from analysis.records import AnalysisPlan, ContinuityPlan, Outcome, RegressionPlan
from analysis.result_checks import Fault
from analysis.values import Printed

COUNTED = ("harbord", "peters")
FIXED = ("PLO", "IRR")
"""Measures of counts whose continuity correction is not the plan's to choose."""
AGAINST_NULL = ("excess_significance", "selection_model", "pet_peese")
"""What rests on tests against the null, which a measure of one group does not have."""


def method_faults(analysis: AnalysisPlan, outcome: Outcome | None) -> Iterator[Fault]:
    """Give what an analysis asks for that no method can do, whatever the evidence."""
    for index, regression in enumerate(analysis.regressions):
        for path, message in _interactions(regression):
            yield ("regressions", index, *path), message
    yield from _numbers(analysis)
    if outcome is None:
        return
    if fault := pooling_fault(analysis, outcome.measure):
        yield ("pooling",), fault
    if analysis.continuity != ContinuityPlan() and outcome.measure not in TABLES:
        wanted = f"none: it is for the 2×2 tables of {', '.join(TABLES)}"
        if outcome.measure in FIXED:
            wanted += f", and {outcome.measure} takes 0.5 where it needs one"
        found = f"found a continuity correction for an outcome of {outcome.measure}"
        yield ("continuity",), f"{found}, wanted {wanted}"
    for index, name in enumerate(analysis.small_study):
        if name in COUNTED and outcome.measure not in TABLES:
            wanted = f"an outcome of {', '.join(TABLES)}, whose 2×2 tables it tests"
            yield (
                ("small_study", index),
                f"found {name} for an outcome of {outcome.measure}, wanted {wanted}",
            )
        if name in AGAINST_NULL and outcome.measure in ONE_GROUP:
            yield ("small_study", index), _compares(name, outcome.measure)
    looks = analysis.sequential
    if looks is not None and outcome.measure in ONE_GROUP:
        yield ("sequential",), _compares("a sequential analysis", outcome.measure)
    elif looks is not None and looks.counted == "events" and outcome.measure != BY_EVENTS:
        wanted = f"information: events tell how much of it there is for {BY_EVENTS} alone"
        yield (
            ("sequential", "counted"),
            f"found events for an outcome of {outcome.measure}, wanted {wanted}",
        )


def pooling_fault(analysis: AnalysisPlan, measure: str) -> str | None:
    """Return why counts cannot be pooled by this model or for this measure, None if they can."""
    if analysis.pooling == "inverse_variance":
        return None
    if (analysis.method, analysis.test) != ("EE", "z"):
        return (
            f"found {analysis.pooling} with method {analysis.method} and test {analysis.test}, "
            "wanted method EE and test z: it gives one common effect"
        )
    allowed = ("OR",) if analysis.pooling == "peto" else TABLES
    if measure not in allowed:
        return f"found {analysis.pooling} with measure {measure}, wanted {' or '.join(allowed)}"
    return None


def refuse_counts(pooling: str, what: str, why: str) -> None:
    """Raise MethodError where counts are pooled, for what rests on weights by inverse variance."""
    if pooling != "inverse_variance":
        raise MethodError(f"{what}: found pooling {pooling}, wanted inverse_variance: {why}")


def _interactions(regression: RegressionPlan) -> Iterator[Fault]:
    fields = [moderator.field for moderator in regression.moderators]
    for index, pair in enumerate(regression.interactions):
        for place, name in enumerate(pair):
            if name not in fields:
                wanted = "the field of one of its moderators"
                yield ("interactions", index, place), unknown(name, wanted, fields)
        if pair[0] == pair[1]:
            yield ("interactions", index), f"found {pair[0]} with itself, wanted two moderators"


def _numbers(analysis: AnalysisPlan) -> Iterator[Fault]:
    if analysis.continuity.add < 0:
        yield ("continuity", "add"), _wanted(analysis.continuity.add, "0 or more")
    for index, prior in enumerate(analysis.bayes):
        if prior.scale <= 0:
            yield ("bayes", index, "scale"), _wanted(prior.scale, "more than 0")
        if prior.mu is not None and prior.mu[1] <= 0:
            yield ("bayes", index, "mu"), _wanted(prior.mu[1], "a standard deviation above 0")
    several = analysis.several
    if several is not None:
        rhos: Sequence[tuple[tuple[str | int, ...], Printed]] = [
            (("rho",), several.rho),
            *((("sensitivity", i), rho) for i, rho in enumerate(several.sensitivity)),
        ]
        for path, rho in rhos:
            if not -1 < rho <= 1:
                yield ("several", *path), _wanted(rho, "a correlation, above −1 and at most 1")
    looks = analysis.sequential
    if looks is not None:
        for name in ("alpha", "power"):
            value = getattr(looks, name)
            if not 0 < value < 1:
                yield ("sequential", name), _wanted(value, "a probability between 0 and 1")


def _compares(what: str, measure: str) -> str:
    wanted = "a measure that compares: it rests on tests against no difference"
    return f"found {what} for an outcome of {measure}, wanted {wanted}"


def _wanted(value: Printed, what: str) -> str:
    return f"found {shown(value)}, wanted {what}"
