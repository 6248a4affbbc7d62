"""A plan may ask how far rounding alone moves a pooled interval; the plan runs the ends itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from analysis.compared_arms import Comparison
from analysis.method_findings import RoundingFinding
from analysis.plan import find
from analysis.records import AnalysisPlan, Review
from analysis.records.analyses import SeveralPlan
from analysis.remembering import RememberingFind
from analysis.rounding import Box, turn
from analysis.values import Printed
from tests import small_findings
from tests.evidence_samples import analysis, result, review, study


def asked(**fields: object) -> AnalysisPlan:
    return analysis(method="DL", test="z", rounding=True, **fields)


def few() -> Review:
    trials = [
        study("a", result(0.8, 0.6, 1.0)),
        study("b", result(0.91, 0.82, 1.02)),
        study("c", result(1.1, 0.7, 1.8)),
    ]
    return review(trials, asked())


def test_the_range_is_that_of_every_corner_of_the_inputs() -> None:
    evidence = few()
    (found,) = find(evidence).analyses.values()
    question = evidence.plan.question
    taken = [(row.study, row.result) for row in found.rows]
    knobs = Box(evidence, taken, Comparison(question.intervention, question.comparator)).knobs
    lower, upper = [], []
    for ends in product((-1, 0, 1), repeat=len(knobs)):
        turned = turn(evidence, [pair for pair in zip(knobs, ends, strict=True) if pair[1]])
        (pooled,) = find(turned).analyses.values()
        lower.append(pooled.synthesis.est_lb)
        upper.append(pooled.synthesis.est_ub)
    wide = found.rounding
    assert wide is not None
    ends = (wide.est_lb_low, wide.est_lb_high, wide.est_ub_low, wide.est_ub_high)
    assert ends == pytest.approx((min(lower), max(lower), min(upper), max(upper)), rel=1e-12)
    assert wide.est_ub_low < found.synthesis.est_ub < wide.est_ub_high


@pytest.mark.parametrize(
    ("ends", "across"),
    [
        ((0.70, 0.71, 0.95, 0.99), False),
        ((0.70, 0.71, 0.99, 1.01), True),
        ((0.99, 1.01, 1.20, 1.30), True),
        ((0.70, 0.71, 1.10, 1.20), False),
        ((1.10, 1.11, 1.20, 1.30), False),
    ],
)
def test_rounding_may_carry_an_end_across_the_null(ends: tuple[float, ...], across: bool) -> None:
    (found,) = find(few()).analyses.values()
    assert replace(found, rounding=RoundingFinding(*ends)).rounding_across is across
    assert replace(found, rounding=None).rounding_across is None
    less = tuple(end - 1 for end in ends)
    difference = small_findings.analysis("md", small_findings.synthesis("MD"))
    assert replace(difference, rounding=RoundingFinding(*less)).rounding_across is across


def test_without_being_asked_nothing_is_searched() -> None:
    (found,) = find(review(few().studies, analysis(method="DL"))).analyses.values()
    assert found.rounding is None


def test_several_estimates_of_a_study_have_no_range() -> None:
    plan = asked(several=SeveralPlan(model="composite", rho=Printed(0.5, 1)))
    evidence = review(few().studies, plan)
    (found,) = find(evidence).analyses.values()
    assert found.rounding is None
    assert found.unanswered["rounding"] == (
        "rounding: found tables of counts or several estimates of a study, wanted one printed "
        "result a study"
    )


def test_an_answer_is_not_taken_over_where_the_printed_decimals_differ() -> None:
    evidence = few()
    first = evidence.studies[0]
    finer = first.results[0].model_copy(update={"estimate": Printed(0.8, 3)})
    studies = (first.model_copy(update={"results": (finer,)}), *evidence.studies[1:])
    after = evidence.model_copy(update={"studies": studies})
    assert after.studies[0] == first  # 0.800 equals 0.8
    remember = RememberingFind()
    remember(evidence)
    assert remember(after).to_json() == find(after).to_json() != find(evidence).to_json()
