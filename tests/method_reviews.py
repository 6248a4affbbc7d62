"""A review that asks for every method of the plan, on the BCG trials (dat.bcg of metadat)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from analysis.load import load_review
from analysis.records import (
    AnalysisPlan,
    Characteristic,
    GroupData,
    ModeratorPlan,
    Outcome,
    PriorPlan,
    RegressionPlan,
    Result,
    Review,
    SeveralPlan,
    Study,
    SubgroupPlan,
)
from analysis.values import Printed

TINY = Path(__file__).parent / "tiny"

# Author, year, events and non-events with and without BCG, latitude, allocation.
TRIALS = (
    ("Aronson", 1948, 4, 119, 11, 128, 44, "random"),
    ("Ferguson", 1949, 6, 300, 29, 274, 55, "random"),
    ("Rosenthal", 1960, 3, 228, 11, 209, 42, "random"),
    ("Hart", 1977, 62, 13536, 248, 12619, 52, "random"),
    ("Frimodt-Moller", 1973, 33, 5036, 47, 5761, 13, "alternate"),
    ("Stein", 1953, 180, 1361, 372, 1079, 44, "alternate"),
    ("Vandiviere", 1973, 8, 2537, 10, 619, 19, "random"),
    ("Madras", 1980, 505, 87886, 499, 87892, 13, "random"),
    ("Coetzee", 1968, 29, 7470, 45, 7232, 27, "random"),
    ("Rosenthal", 1961, 17, 1699, 65, 1600, 42, "systematic"),
    ("Comstock", 1974, 186, 50448, 141, 27197, 18, "systematic"),
    ("Webster", 1969, 5, 2493, 3, 2338, 33, "systematic"),
    ("Comstock", 1976, 27, 16886, 29, 17825, 33, "systematic"),
)
# Estimates of several groups within a study: (estimate, variance), made up.
SCORES = (
    ((0.10, 0.04), (0.30, 0.05), (0.22, 0.06)),
    ((-0.15, 0.03), (0.05, 0.03)),
    ((0.60, 0.10), (0.75, 0.12), (0.40, 0.09)),
    ((0.25, 0.02),),
    ((0.02, 0.05), (0.31, 0.04)),
)


@cache
def tiny() -> Review:
    return load_review(TINY)


def outcome(id_: str, measure: str, better: str = "lower") -> Outcome:
    first = tiny().plan.outcomes[0]
    return first.model_copy(update={"id": id_, "measure": measure, "better": better})


def result(outcome_: str, measure: str, **given: Any) -> Result:
    return Result(
        outcome=outcome_, measure=measure, adjustment="unadjusted", source="report", **given
    )


def tables(a: int, b: int, c: int, d: int) -> tuple[GroupData, ...]:
    return (
        GroupData(arm="bcg", events=a, n=a + b),
        GroupData(arm="no_bcg", events=c, n=c + d),
    )


def study(number: int, trial: tuple[Any, ...], more: tuple[Result, ...] = ()) -> Study:
    author, year, a, b, c, d, latitude, allocation = trial
    first = tiny().studies[0]
    source = first.sources["report"].model_copy(update={"published": str(year)})
    arms = first.arms.groups if first.arms else ()
    sizes = (arms[0].model_copy(update={"n": a + b}), arms[1].model_copy(update={"n": c + d}))
    return first.model_copy(
        update={
            "id": f"s{number:02d}",
            "label": f"{author} {year}",
            "sources": {"report": source},
            "arms": first.arms.model_copy(update={"groups": sizes}) if first.arms else None,
            "characteristics": {
                "allocation": Characteristic(value=allocation, source="report"),
                "latitude": Characteristic(value=str(latitude), source="report"),
            },
            "results": (
                result("tb", "OR", groups=tables(a, b, c, d)),
                result("tb_rr", "RR", groups=tables(a, b, c, d)),
                result("tb_rd", "RD", groups=tables(a, b, c, d)),
                *more,
            ),
        }
    )


def scores(number: int) -> tuple[Result, ...]:
    each = SCORES[number] if number < len(SCORES) else ()
    return tuple(
        result("score", "GEN", estimate=Printed(y, 2), variance=Printed(v, 2)) for y, v in each
    )


def plan(id_: str, outcome_: str = "tb", **given: Any) -> AnalysisPlan:
    chosen = {"method": "DL", "test": "z", **given}
    return AnalysisPlan(
        id=id_, title=id_.upper(), outcome=outcome_, role="primary", origin="added", **chosen
    )


def review(*analyses: AnalysisPlan, trials: tuple[Any, ...] = TRIALS, **more: Any) -> Review:
    """Return the BCG trials with a plan of these analyses."""
    outcomes = (
        outcome("tb", "OR"),
        outcome("tb_rr", "RR"),
        outcome("tb_rd", "RD"),
        outcome("score", "GEN", "higher"),
    )
    studies = tuple(study(n, trial, scores(n)) for n, trial in enumerate(trials))
    base = tiny()
    new = base.plan.model_copy(
        update={"outcomes": outcomes, "analyses": analyses, "order": "year", **more}
    )
    return base.model_copy(update={"plan": new, "studies": studies, "searches": ()})


def prior(**given: Any) -> PriorPlan:
    """Return a half-normal prior of scale 0.5."""
    return PriorPlan(id="p", label="prior", scale=Printed(0.5, 1), reason="Usual.", **given)


def several_plan(model: Any, **given: Any) -> SeveralPlan:
    """Return a plan for several estimates a study, correlated by one half."""
    return SeveralPlan(model=model, rho=Printed(0.5, 1), **given)


def split_by(field: str, **given: Any) -> SubgroupPlan:
    """Return a split by a characteristic."""
    return SubgroupPlan(id="groups", by=field, label="Groups", origin="added", **given)


MODERATORS = {
    "year": ModeratorPlan(field="year", label="year", per=10),
    "allocation": ModeratorPlan(field="allocation", label="allocation", reference="random"),
    "latitude": ModeratorPlan(field="latitude", label="latitude", number=True, per=10),
}


def line(id_: str, *fields: str, **given: Any) -> RegressionPlan:
    """Return a regression on some of MODERATORS."""
    moderators = tuple(MODERATORS[field] for field in fields)
    return RegressionPlan(id=id_, label=id_, origin="added", moderators=moderators, **given)
