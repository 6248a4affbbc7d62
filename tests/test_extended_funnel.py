"""What it would take: ranges against the pooled result computed one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.effects import Effects
from analysis.errors import MethodError, TemplateError
from analysis.extended_funnel import (
    Range,
    error_of,
    events_of,
    needed,
    next_bound,
    region,
)
from analysis.figures import FigureRequest, layout
from analysis.findings import AnalysisFinding
from analysis.plan import find
from analysis.planned_trials import planned_trials
from analysis.records import BaselineRisk, Outcome, Planned, Review, Study
from analysis.synthesis import Synthesis, pool
from analysis.values import Printed
from tests import method_reviews
from tests.evidence_samples import TINY, analysis, result, review, study

A = study("anna", result(0.8, 0.6, 1.1))
B = study("bert", result(0.6, 0.45, 0.8))
C = study("cora", result(0.9, 0.7, 1.2))
D = study("dora", result(0.75, 0.5, 1.15))
MODELS = [("EE", "z"), ("DL", "z"), ("REML", "knha"), ("PM", "adhoc")]


def found(method: str, test: str, *studies: Study) -> AnalysisFinding:
    plan = analysis(method=method, test=test)
    return find(review(studies or (A, B, C, D), plan)).analyses["tb"]


def with_one_more(one: AnalysisFinding, yi: float, sei: float) -> Synthesis:
    """Pool the studies and a new one by the function that answers for a single set."""
    s = one.synthesis
    effects = Effects(
        [*(row.label for row in one.rows), "new"],
        [*(row.yi for row in one.rows), yi],
        [*(row.vi for row in one.rows), sei**2],
        one.measure,  # type: ignore[arg-type]
    )
    return pool(effects, s.method, s.test, s.level, s.prediction)


def inside(ranges: tuple[Range, ...], value: float) -> bool:
    return any(
        (one.low is None or one.low < value) and (one.high is None or value < one.high)
        for one in ranges
    )


def finite(*ranges: Range) -> Iterator[float]:
    return (end for one in ranges for end in (one.low, one.high) if end is not None)


# --- the grid ------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "test"), MODELS)
def test_the_region_is_the_pool_with_one_more_study(method: str, test: str) -> None:
    one = found(method, test)
    effects, errors = np.linspace(-1.5, 1.0, 23), np.array([0.04, 0.15, 0.6])
    grid = region(one, effects, errors)
    assert grid.lb.shape == (3, 23)
    for i, sei in enumerate(errors):
        for j, yi in enumerate(effects):
            s = with_one_more(one, float(yi), float(sei))
            # Roots of tau² are solved to more than 12 digits, one by one and together.
            np.testing.assert_allclose(
                [grid.lb[i, j], grid.ub[i, j], grid.i2[i, j]],
                [s.ci_lb, s.ci_ub, s.i2_q],
                rtol=1e-9,
                atol=1e-9,
            )
            assert grid.place[i, j] == s.direction


# --- ranges --------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "test"), MODELS)
@pytest.mark.parametrize("sei", [0.05, 0.2, 0.7])
def test_ranges_say_what_the_pool_says(method: str, test: str, sei: float) -> None:
    one = found(method, test)
    (answer,) = needed(one, [sei], 50.0)
    # A lattice that has nothing to do with the one that the ranges were found on.
    for yi in np.linspace(-3.1, 3.3, 97):
        s = with_one_more(one, float(yi), sei)
        est = math.exp(yi)
        assert inside(answer.below, est) == (s.direction == -1), yi
        assert inside(answer.above, est) == (s.direction == 1), yi
        assert inside(answer.around, est) == (s.direction == 0), yi
        assert inside(answer.i2_above, est) == (s.i2_q > 50.0), yi


@pytest.mark.parametrize(("method", "test"), MODELS)
def test_at_the_end_of_a_range_the_interval_ends_at_no_effect_or_i2_at_its_bound(
    method: str, test: str
) -> None:
    one = found(method, test)
    ends, bounds = [], []
    for answer in needed(one, np.linspace(0.03, 0.6, 20).tolist(), 50.0):
        for end in finite(*answer.below, *answer.around, *answer.above):
            s = with_one_more(one, math.log(end), answer.error)
            ends.append(min(abs(s.ci_lb), abs(s.ci_ub)))
        for end in finite(*answer.i2_above):
            bounds.append(with_one_more(one, math.log(end), answer.error).i2_q)
    assert ends == pytest.approx([0.0] * len(ends), abs=1e-9)
    assert bounds == pytest.approx([50.0] * len(bounds), abs=1e-7)
    assert ends
    assert bounds


def test_with_a_common_effect_the_end_of_the_range_has_a_closed_form() -> None:
    # sum w y / sum w + z / sqrt(sum w) = 0, solved for the new y.
    one = found("EE", "z")
    sei = 0.2
    (answer,) = needed(one, [sei])
    w = [1 / row.vi for row in one.rows]
    total = sum(weight * row.yi for weight, row in zip(w, one.rows, strict=True))
    end = -(total + 1.959963984540054 * math.sqrt(sum(w) + sei**-2)) * sei**2
    (below,) = answer.below
    assert below.low is None
    assert below.high == pytest.approx(math.exp(end), rel=1e-12)


def test_a_result_too_extreme_widens_the_interval_again() -> None:
    one = found("DL", "z")
    (answer,) = needed(one, [0.1])
    (below,) = answer.below
    assert below.low is not None
    assert below.high is not None
    assert answer.around == (Range(None, below.low), Range(below.high, None))


def test_a_study_without_weight_changes_nothing() -> None:
    one = found("EE", "z")
    (answer,) = needed(one, [1e6])
    assert one.synthesis.direction == -1
    assert inside(answer.below, 1.0)
    assert inside(answer.below, 1000.0)


def test_ranges_of_a_difference_are_on_its_own_scale() -> None:
    outcome = TINY.plan.outcomes[0].model_copy(update={"measure": "MD"})
    made = [
        study(name, result(est, est - 1.0, est + 1.0, measure="MD"))
        for name, est in (("anna", -0.8), ("bert", -0.3), ("cora", 0.1))
    ]
    plan = analysis(method="DL", test="z")
    one = find(review(made, plan, outcomes=(outcome,))).analyses["tb"]
    (answer,) = needed(one, [0.2])
    (below,) = answer.below
    assert below.high is not None
    assert below.high < 0
    assert with_one_more(one, below.high, 0.2).ci_ub == pytest.approx(0.0, abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(
    sei=st.floats(0.03, 1.5),
    model=st.sampled_from(MODELS),
    shift=st.floats(-0.5, 0.5),
)
def test_ranges_cover_every_effect_once(sei: float, model: tuple[str, str], shift: float) -> None:
    factor = math.exp(shift)
    studies = [
        study(name, result(est * factor, est * factor / 1.4, est * factor * 1.4))
        for name, est in (("anna", 0.8), ("bert", 0.55), ("cora", 1.05))
    ]
    (answer,) = needed(found(*model, *studies), [sei])
    ends = sorted(
        (one for part in (answer.below, answer.around, answer.above) for one in part),
        key=lambda one: -math.inf if one.low is None else one.low,
    )
    assert ends[0].low is None
    assert ends[-1].high is None
    assert [one.high for one in ends[:-1]] == [one.low for one in ends[1:]]


def test_the_bound_of_i2_is_the_next_class() -> None:
    one = found("DL", "z")
    low = one.synthesis.i2_q
    assert 25 < low < 50
    assert next_bound(one) == 50.0
    (answer,) = needed(one, [0.1])
    assert answer.i2_bound == 50.0
    high = found("DL", "z", A, study("far", result(2.0, 1.8, 2.2)))
    assert high.synthesis.i2_q > 75
    assert next_bound(high) == 75.0


@pytest.mark.parametrize("sei", [0.0, -1.0])
def test_a_standard_error_that_cannot_be_is_refused(sei: float) -> None:
    one = found("DL", "z")
    message = f"what-if: found a standard error of {sei:g}, wanted more than 0"
    with pytest.raises(MethodError) as caught:
        needed(one, [0.1, sei])
    assert str(caught.value) == message
    with pytest.raises(MethodError) as caught:
        region(one, np.array([0.0]), np.array([0.1, sei]))
    assert str(caught.value) == message


@pytest.mark.parametrize("bound", [-1.0, 100.0])
def test_a_bound_of_i2_that_cannot_be_is_refused(bound: float) -> None:
    with pytest.raises(MethodError) as caught:
        needed(found("DL", "z"), [0.1], bound)
    assert str(caught.value) == (
        f"what-if: found a bound of I² of {bound:g}, wanted 0 to below 100"
    )


def test_events_and_standard_errors_are_each_others_inverse() -> None:
    assert error_of(100) == 0.2  # Tierney et al. 2007: the variance is 4 / D
    assert events_of(error_of(617)) == pytest.approx(617)


# --- ongoing studies -----------------------------------------------------------------------

NOTHING: dict[str, Any] = dict.fromkeys(
    ("n", "primary_outcome", "completion", "assumed_ratio", "events", "population"),
    "not reported",
)


def planned(**fields: Any) -> Planned:
    return Planned.model_validate({**NOTHING, "source": "report", **fields})


def ongoing(*plans: Planned, **fields: Any) -> Study:
    return study("potential", status="ongoing", planned=plans, label="POTENTIAL", **fields)


def asked(*studies: Study, **plan: Any) -> Review:
    """Return a review whose outcome is a hazard ratio, with another outcome beside it."""
    first: Outcome = TINY.plan.outcomes[0].model_copy(update={"measure": "HR"})
    other = first.model_copy(update={"id": "death", "short": "OS"})
    made = [one.model_copy(update={"results": (result(0.8, 0.6, 1.1, measure="HR"),)})
            for one in (A, B)]  # fmt: skip
    return review([*made, *studies], analysis(**plan), outcomes=(first, other))


def test_planned_events_give_a_place() -> None:
    trial = ongoing(planned(events=400, primary_outcome="tuberculosis", assumed_ratio=0.75))
    (one,) = planned_trials(asked(trial), "tb")
    assert (one.study, one.label, one.se, one.ratio) == ("potential", "POTENTIAL", 0.1, 0.75)
    assert one.why == "POTENTIAL: 400 planned events"


def test_the_newest_plan_that_says_it_counts() -> None:
    from analysis.records import Source

    located = {"document": "colditz1994", "place": "p", "access": "registry",
               "extracted_by": "not stated", "checked_by": "not stated"}  # fmt: skip
    sources = {
        name: Source.model_validate({**located, "published": day})
        for name, day in (("protocol", "2021"), ("registry", "2026-01"), ("note", "2026-02"))
    }
    trial = ongoing(
        planned(events=400, primary_outcome="tuberculosis", source="protocol"),
        planned(events=900, primary_outcome="tuberculosis", source="registry"),
        planned(n=2400, source="note"),
        sources=sources,
        report=None,
    )
    (one,) = planned_trials(asked(trial), "tb")
    assert one.events == 900


def test_patients_give_a_place_where_the_data_state_the_assumptions() -> None:
    trial = ongoing(planned(n=1800, assumed_ratio=0.75))
    risk = BaselineRisk.model_validate(
        {
            "id": "high",
            "outcome": "tuberculosis",
            "analysis": "tb",
            "label": "high risk",
            "risk": Printed(0.3, 1),
            "years": Printed(5.0, 0),
            "study": "anna",
            "source": "report",
        }
    )
    evidence = asked(trial)
    plan = evidence.plan.model_copy(update={"baseline_risks": (risk,)})
    (one,) = planned_trials(evidence.model_copy(update={"plan": plan}), "tb")
    # 900 patients at 30%, and 900 at 1 - 0.7^0.75 = 23.5%.
    assert one.events == pytest.approx(900 * 0.3 + 900 * (1 - 0.7**0.75))
    assert one.se == pytest.approx(2 / math.sqrt(one.events))
    assert one.why == (
        "POTENTIAL: 481 events expected of 1,800 patients, at a risk without the intervention "
        "of 30.0% (high risk) and the hazard ratio of 0.75 that it assumes"
    )
    # A risk of a study that is retracted gives no number of events.
    gone = [
        one.model_copy(update={"status": "retracted", "retracted": "2026-05"})
        if one.id == "anna" else one
        for one in evidence.studies
    ]  # fmt: skip
    disowned = evidence.model_copy(update={"plan": plan, "studies": tuple(gone)})
    assert planned_trials(disowned, "tb") == planned_trials(evidence, "tb")
    (without,) = planned_trials(evidence, "tb")
    assert without.why == (
        "POTENTIAL: 1,800 patients planned, its number of events not reported, and no risk of TB "
        "is stated"
    )


@pytest.mark.parametrize(
    ("plans", "why"),
    [
        ((), "POTENTIAL: its planned size is not reported"),
        ((planned(),), "POTENTIAL: its planned size is not reported"),
        (
            (planned(n=2400),),
            "POTENTIAL: 2,400 patients planned, its number of events and its assumed hazard "
            "ratio not reported, and no risk of TB is stated",
        ),
        (
            (planned(events=400, primary_outcome="death"),),
            "POTENTIAL: its events are planned for OS, not TB",
        ),
        (
            (planned(events=400),),
            "POTENTIAL: the outcome for which its events are planned is not reported",
        ),
    ],
)
def test_a_study_without_events_or_assumptions_has_no_place(
    plans: tuple[Planned, ...], why: str
) -> None:
    (one,) = planned_trials(asked(ongoing(*plans)), "tb")
    assert (one.se, one.why) == (None, why)


def test_a_study_that_the_analysis_would_not_take_has_no_place() -> None:
    trial = ongoing(planned(events=400, primary_outcome="tuberculosis"), design=None)
    trials = analysis().studies.model_copy(update={"design": ("randomised trial",)})
    (one,) = planned_trials(asked(trial, studies=trials), "tb")
    assert (one.se, one.why) == (
        None,
        "POTENTIAL: this analysis would not take it (design not reported)",
    )


def test_events_place_nothing_but_hazard_ratios() -> None:
    trial = ongoing(planned(events=400, primary_outcome="tuberculosis"))
    (one,) = planned_trials(review([A, B, trial]), "tb")
    assert (one.se, one.why) == (
        None,
        "POTENTIAL: planned events give the precision of a hazard ratio, not of RR",
    )


def test_only_ongoing_studies_of_an_analysis_that_is_there() -> None:
    assert planned_trials(asked(), "tb") == ()
    assert planned_trials(asked(ongoing()), "other") == ()


def test_counts_cannot_be_pooled_with_a_study_of_a_standard_error() -> None:
    plan = method_reviews.plan("x", pooling="mantel_haenszel", method="EE")
    evidence = method_reviews.review(plan)
    found = find(evidence)
    pooled = found.analyses["x"]
    why = "wanted inverse_variance: a standard error alone tells no counts of the new study"
    asked: tuple[Callable[[], object], ...] = (
        lambda: needed(pooled, [0.2]),
        lambda: region(pooled, np.array([0.0]), np.array([0.2])),
    )
    for ask in asked:
        with pytest.raises(MethodError) as caught:
            ask()
        assert str(caught.value) == f"what-if: found pooling mantel_haenszel, {why}"
    with pytest.raises(TemplateError) as drawn:
        layout(FigureRequest("what_would_it_take", "fig-take", "x"), evidence, found)
    assert str(drawn.value) == f"figure fig-take: found x with pooling mantel_haenszel, {why}"
