"""Taking an analysis over from the review before gives what computing it again would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis import remembering
from analysis.comparison import answered
from analysis.differences import differences
from analysis.plan import analyse, find
from analysis.records import AnalysisPlan, ContinuityPlan, Review, SubgroupPlan
from analysis.remembering import KEPT, RememberingFind
from analysis.supposition import Supposition
from analysis.values import Printed
from analysis.what_if import suppose
from tests import method_reviews
from tests.evidence_samples import article
from tests.method_reviews import plan


@pytest.fixture(scope="module")
def before() -> Review:
    return article()


@pytest.fixture(scope="module")
def after(before: Review) -> Review:
    supposed: dict[str, Any] = {"study": "new", "outcome": "DFS", "estimate": Printed(0.80, 2)}
    interval = (Printed(0.66, 2), Printed(0.97, 2))
    return suppose(before, Supposition(**supposed, ci=interval, design="randomised trial")).review


def test_both_states_have_the_findings_of_find(before: Review, after: Review) -> None:
    remember = RememberingFind()
    assert remember(before).to_json() == find(before).to_json()
    assert remember(after).to_json() == find(after).to_json()
    assert remember(before).to_json() == find(before).to_json()


def test_only_what_changed_is_computed_again(
    before: Review, after: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def watched(review: Review, analysis: AnalysisPlan) -> Any:
        ran.append(analysis.id)
        return analyse(review, analysis)

    monkeypatch.setattr(remembering, "analyse", watched)
    remember = RememberingFind()
    remember(before)
    assert ran == [analysis.id for analysis in before.plan.analyses]
    ran.clear()
    remember(after)
    assert ran == ["dfs", "dfs_hk"]
    ran.clear()
    remember(before)
    remember(after)
    assert ran == []


def test_another_result_of_a_study_is_no_matter(
    before: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a study with both outcomes, one is corrected."""
    outcomes = {one.id: [result.outcome for result in one.results] for one in before.studies}
    study = next(one for one in before.studies if {"os", "dfs"} <= set(outcomes[one.id]))
    at = outcomes[study.id].index("dfs")
    estimate = study.results[at].estimate
    assert isinstance(estimate, Printed)
    corrected = list(study.results)
    wider = Printed(float(estimate) + 0.01, estimate.decimals)
    corrected[at] = study.results[at].model_copy(update={"estimate": wider})
    other = study.model_copy(update={"results": tuple(corrected)})
    studies = tuple(other if one is study else one for one in before.studies)
    after = before.model_copy(update={"studies": studies})
    ran: list[str] = []

    def watched(review: Review, analysis: AnalysisPlan) -> Any:
        ran.append(analysis.id)
        return analyse(review, analysis)

    remember = RememberingFind()
    remember(before)
    monkeypatch.setattr(remembering, "analyse", watched)
    found = find(after)
    assert remember(after).to_json() == found.to_json()
    of_dfs = [one for one in found.analyses.values() if one.outcome == "dfs"]
    assert ran == [one.id for one in of_dfs if study.id in {row.study for row in one.rows}]


def test_no_more_than_a_few_answers_are_kept(before: Review) -> None:
    remember = RememberingFind()
    for level in ("0.8", "0.9", "0.95", "0.99", "0.995", "0.999"):
        first, *rest = before.plan.analyses
        asked = first.model_copy(update={"level": Printed.from_text(level)})
        plan = before.plan.model_copy(update={"analyses": (asked, *rest)})
        remember(before.model_copy(update={"plan": plan}))
    kept = {id_: len(answers) for id_, answers in remember._answers.items()}
    assert kept == {one.id: KEPT if one == first else 1 for one in before.plan.analyses}


def test_what_both_sides_share_makes_no_difference(before: Review, after: Review) -> None:
    remember = RememberingFind()
    first, second = remember(before), remember(after)
    assert first.analyses["os"].synthesis is second.analyses["os"].synthesis
    apart = differences(find(before), find(after))
    assert len(apart) > 100
    assert differences(first, second) == apart


def test_other_terms_leave_nothing_to_take_over(before: Review) -> None:
    levels = before.plan.model_copy(update={"order": "label"})
    other = before.model_copy(update={"plan": levels})
    remember = RememberingFind()
    remember(before)
    assert remember(other).to_json() == find(other).to_json()


# Events and patients of both arms: few of each, so that cells and whole arms are empty or full.
ARMS = st.integers(1, 4).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
TRIALS = st.lists(
    st.tuples(ARMS, ARMS, st.sampled_from(["random", "alternate"]), st.booleans()),
    min_size=2,
    max_size=6,
)


def of_trials(trials: list[Any], scored: int) -> Review:
    """Return the trials under plans that drop tables, split, and take several estimates."""
    both = SubgroupPlan(id="kind", by="allocation", label="Kind")
    counts = {"method": "EE", "test": "z"}
    studies = []
    for number, ((a, n1), (c, n0), kind, taken) in enumerate(trials):
        trial = (f"T{number}", 1950 + number, a, n1 - a, c, n0 - c, 40, kind)
        scores = method_reviews.scores(number) if number < scored else ()
        one = method_reviews.study(number, trial, scores)
        waiting = {"status": "awaiting", "reason": "Not read yet."}
        studies.append(one if taken else one.model_copy(update=waiting))
    base = method_reviews.review(
        plan("kept", subgroups=(both,), leave_one_out=True, cumulative="year"),
        plan("dropped", continuity=ContinuityPlan(drop00=True), subgroups=(both,)),
        plan("every", continuity=ContinuityPlan(to="if0all", drop00=True)),
        plan("peto", pooling="peto", **counts),
        plan("mh", "tb_rr", pooling="mantel_haenszel", subgroups=(both,), **counts),
        plan("scores", "score", several=method_reviews.several_plan("robust")),
        trials=(),
    )
    return base.model_copy(update={"studies": tuple(studies)})


@settings(max_examples=60, deadline=None)
@given(TRIALS, TRIALS, st.integers(0, 5), st.integers(0, 5))
@example(
    [((0, 3), (0, 3), "random", True), ((1, 3), (2, 4), "random", True),
     ((2, 4), (3, 4), "alternate", True)], [], 0, 0,
)  # fmt: skip
def test_remembered_answers_are_those_of_find(
    first: list[Any], second: list[Any], scored: int, scored_later: int
) -> None:
    remember = RememberingFind()
    one, two = of_trials(first, scored), of_trials(first + second, scored_later)
    for evidence in (one, one, two, two, one):
        assert answered(evidence, remember) == answered(evidence, find)
