"""Reviews made by hand, for tests of what compares two states of the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from analysis.audit import article_evidence
from analysis.changes import QUESTION, Change
from analysis.load import load_review
from analysis.records import AnalysisPlan, Result, Review, Source, Study
from analysis.values import Printed

TINY = load_review(Path(__file__).parent / "tiny")


def article() -> Review:
    """Return the real review with the evidence of the article that it continues.

    A report that comes in changes the review, and no test of it.
    """
    real = load_review(Path(__file__).parent.parent)
    assert real.published is not None
    return article_evidence(real.published, real)


_LOCATED = {"document": "colditz1994", "place": "abstract", "access": "abstract"}


def printed(value: float) -> Printed:
    """Return a number as if printed with four decimals."""
    return Printed(round(value, 4), 4)


def result(est: float, lb: float, ub: float, **fields: Any) -> Result:
    """Return a risk ratio of the tiny review's outcome."""
    return Result.model_validate(
        {
            "outcome": "tuberculosis",
            "measure": "RR",
            "estimate": printed(est),
            "ci": (printed(lb), printed(ub)),
            "adjustment": "unadjusted",
            "source": "report",
            **fields,
        }
    )


def study(id_: str, *results: Result, published: str = "1990", **fields: Any) -> Study:
    """Return an included randomised trial with these results."""
    source = Source.model_validate(
        {
            **_LOCATED,
            "published": published,
            "extracted_by": "not stated",
            "checked_by": "not stated",
        }
    )
    values: dict[str, Any] = {
        "id": id_,
        "label": id_.title(),
        "status": "included",
        "sources": {"report": source},
        "report": "report",
        "country": None,
        "design": "randomised trial",
        "population": None,
        "results": results,
        **fields,
    }
    return Study.model_construct(**values)


def analysis(**fields: Any) -> AnalysisPlan:
    """Return the tiny review's main analysis, the pooled result alone."""
    bare = {"subgroups": (), "regressions": (), "small_study": (), "leave_one_out": False}
    return TINY.plan.analyses[0].model_copy(update={**bare, "cumulative": None, **fields})


def review(studies: Iterable[Study], *analyses: AnalysisPlan, **plan: Any) -> Review:
    """Return a review of these studies; by default with the one analysis `tb`."""
    changed = {"analyses": analyses or (analysis(),), **plan}
    return TINY.model_copy(
        update={
            "plan": TINY.plan.model_copy(update=changed),
            "studies": tuple(sorted(studies, key=lambda one: one.id)),
            "searches": (),
            "published": None,
            "claims": (),
        }
    )


def with_changes(before: Review, after: Review, made: Iterable[Change]) -> Review:
    """Return the evidence before with just these changes made, field by field."""
    studies = {one.id: one for one in before.studies}
    plan = before.plan
    for change in made:
        for id_ in change.studies:
            studies.pop(id_, None)
            if id_ in after.by_id:
                studies[id_] = after.by_id[id_]
        if change.id == "plan_question":
            later = {name: getattr(after.plan, name) for name in QUESTION}
            plan = plan.model_copy(update=later)
        for name, fields in (
            ("eligibility", ("outcome", "studies", "take", "several")),
            ("model", ("method", "test", "level", "pooling", "continuity")),
        ):
            analyses = []
            for one in plan.analyses:
                if change.id == f"plan_{one.id}_{name}":
                    new = next(a for a in after.plan.analyses if a.id == one.id)
                    one = one.model_copy(update={field: getattr(new, field) for field in fields})
                analyses.append(one)
            plan = plan.model_copy(update={"analyses": tuple(analyses)})
    ordered = tuple(sorted(studies.values(), key=lambda one: one.id))
    return before.model_copy(update={"studies": ordered, "plan": plan})
