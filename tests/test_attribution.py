"""Why a result moved: parts against a Shapley value worked out with `find` itself."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import attribution
from analysis.attribution import Attribution, Part, Point, attribute
from analysis.changes import Change, analysis_of, changes
from analysis.errors import MethodError
from analysis.plan import find
from analysis.records import ContinuityPlan, Result, Review, Study
from analysis.replay import QUANTITIES, Replay
from analysis.values import Printed
from tests.evidence_samples import (
    TINY,
    analysis,
    printed,
    result,
    review,
    study,
    with_changes,
)

# Parts and the whole are sums of the same few doubles, of size one: rounding is of 1e-16.
EXACT = 1e-12
# `find` solves for tau² by itself, with roots tighter than 12 digits.
FOUND = 1e-10

A = study("anna", result(0.8, 0.6, 1.1))
B = study("bert", result(0.5, 0.35, 0.7))
C = study("cora", result(1.1, 0.9, 1.35))
D = study("dora", result(0.65, 0.45, 0.95), design="retrospective cohort")
E = study("emil", result(0.9, 0.5, 1.6))


def split(before: Review, after: Review, id_: str = "tb") -> Attribution:
    return attribute(before, after, id_, changes(before, after))


def values(one: Point | Part | None) -> list[float]:
    assert one is not None
    return [getattr(one, name) for name in QUANTITIES]


def found(evidence: Review, id_: str = "tb") -> list[float]:
    synthesis = find(evidence).analyses[id_].synthesis
    return [getattr(synthesis, name) for name in QUANTITIES]


def brute(before: Review, after: Review, players: Iterable[Change], id_: str = "tb") -> Any:
    """Return the mean gain of each player over every order, each coalition run by `find`."""
    named = list(players)
    worth = {
        frozenset(c.id for c in made): np.array(found(with_changes(before, after, made), id_))
        for size in range(len(named) + 1)
        for made in combinations(named, size)
    }
    gains = {change.id: np.zeros(len(QUANTITIES)) for change in named}
    orders = list(permutations(named))
    for order in orders:
        here: frozenset[str] = frozenset()
        for change in order:
            gains[change.id] += worth[here | {change.id}] - worth[here]
            here |= {change.id}
    return {id_: total / len(orders) for id_, total in gains.items()}


def agree(before: Review, after: Review, names: list[str], id_: str = "tb") -> Attribution:
    """Check the parts against `find` and against the whole; return the attribution."""
    moved = split(before, after, id_)
    assert [part.change for part in moved.parts] == names
    assert moved.way == "exact"
    players = [change for change in changes(before, after) if change.id in names]
    expected = brute(before, after, players, id_)
    for part in moved.parts:
        np.testing.assert_allclose(values(part), expected[part.change], atol=FOUND)
    np.testing.assert_allclose(values(moved.before), found(before, id_), atol=FOUND)
    np.testing.assert_allclose(values(moved.after), found(after, id_), atol=FOUND)
    adds_up(moved)
    return moved


def adds_up(moved: Attribution) -> None:
    total = np.sum([values(part) for part in moved.parts], axis=0)
    np.testing.assert_allclose(total, values(moved.whole), rtol=0, atol=EXACT)


# --- against find --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "test"), [("DL", "z"), ("REML", "knha"), ("PM", "adhoc"), ("EE", "z"), ("ML", "z")]
)
def test_correction_addition_and_removal(method: str, test: str) -> None:
    plan = analysis(method=method, test=test)
    corrected = A.model_copy(update={"results": (result(0.7, 0.6, 0.82),)})
    before, after = review([A, B, C], plan), review([corrected, C, D, E], plan)
    agree(before, after, ["corrected_anna", "removed_bert", "added_dora", "added_emil"])


def test_a_change_of_every_kind_at_once() -> None:
    corrected = A.model_copy(update={"results": (result(0.7, 0.6, 0.82),)})
    old = study("old", result(0.6, 0.4, 0.9), cohort="danish")
    new = study("new", result(0.75, 0.6, 0.94), cohort="danish")
    gone = old.model_copy(update={"status": "superseded", "superseded_by": "new"})
    trials = analysis().studies.model_copy(update={"design": ("randomised trial",)})
    before = review([A, B, D, old], analysis(method="DL", test="z"))
    after = review([corrected, B, C, D, gone, new], analysis(studies=trials))
    agree(
        before,
        after,
        [
            "plan_tb_eligibility",
            "plan_tb_model",
            "corrected_anna",
            "replaced_old",
            "added_cora",
        ],
    )


def test_the_question_and_the_eligibility_are_causes_apart() -> None:
    # Arms that change places turn every table of events around.
    turned = TINY.plan.question.model_copy(update={"intervention": "no_bcg", "comparator": "bcg"})
    trials = analysis().studies.model_copy(update={"design": ("randomised trial",)})
    plan = analysis(method="DL", test="z")
    before = review(TINY.studies, plan)
    after = review(
        [*TINY.studies, C],
        analysis(method="DL", test="z", studies=trials),
        question=turned,
    )
    agree(before, after, ["plan_question", "plan_tb_eligibility", "added_cora"])


def test_a_study_whose_characteristic_is_corrected_enters_by_that_correction() -> None:
    trials = analysis().studies.model_copy(update={"design": ("randomised trial",)})
    plan = analysis(method="DL", test="z", studies=trials)
    trial = D.model_copy(update={"design": "randomised trial"})
    before, after = review([A, B, D], plan), review([A, B, C, trial], plan)
    agree(before, after, ["corrected_dora", "added_cora"])


effects = st.tuples(st.floats(-1.2, 1.2), st.floats(0.05, 0.6))


def trial(name: str, effect: tuple[float, float]) -> Study:
    yi, sei = effect
    estimate, half = np.exp(yi), np.exp(1.96 * sei)
    return study(name, result(float(estimate), float(estimate / half), float(estimate * half)))


@settings(deadline=None, max_examples=40)
@given(
    kept=st.lists(effects, min_size=2, max_size=4),
    added=st.lists(effects, min_size=1, max_size=4),
    gone=st.lists(effects, max_size=2),
    model=st.sampled_from([("DL", "z"), ("REML", "z"), ("EE", "z")]),
)
def test_parts_add_up_whatever_the_evidence(
    kept: list[tuple[float, float]],
    added: list[tuple[float, float]],
    gone: list[tuple[float, float]],
    model: tuple[str, str],
) -> None:
    stay = [trial(f"kept{i}", one) for i, one in enumerate(kept)]
    left = [trial(f"gone{i}", one) for i, one in enumerate(gone)]
    came = [trial(f"new{i}", one) for i, one in enumerate(added)]
    # The ad hoc correction gives identical effects an interval, where Hartung-Knapp has none.
    before = review([*stay, *left], analysis(test="adhoc"))
    after = review([*stay, *came], analysis(method=model[0], test=model[1]))
    moved = split(before, after)
    # The model is a cause too: one interval gives way to another.
    assert len(moved.parts) == len(left) + len(came) + 1
    assert moved.way == "exact"
    adds_up(moved)


# --- the axioms ----------------------------------------------------------------------------


def test_identical_evidence_moves_nothing() -> None:
    moved = split(review([A, B, C]), review([A, B, C]))
    assert (moved.way, moved.parts) == ("unchanged", ())
    assert moved.before == moved.after


def test_a_change_that_bears_on_nothing_has_no_part() -> None:
    described = A.model_copy(update={"population": "Adults"})
    elsewhere = study("elsa", result(0.5, 0.4, 0.6, subgroup={"allocation": "random"}))
    prediction = analysis(prediction="t(k-1)", leave_one_out=True)
    before, after = review([A, B]), review([described, B, C, elsewhere], prediction)
    assert len(changes(before, after)) == 4
    agree(before, after, ["added_cora"])


def test_a_cause_without_an_effect_has_the_part_nought() -> None:
    # Effects that agree: DerSimonian-Laird is the common-effect model, in every coalition.
    same = [study(name, result(0.8, 0.6, 1.0667)) for name in ("ada", "ben", "cyd", "dan")]
    before = review(same[:2], analysis(method="EE", test="z"))
    after = review(same, analysis(method="DL", test="z"))
    moved = split(before, after)
    by_id = {part.change: values(part) for part in moved.parts}
    assert by_id["plan_tb_model"] == [0.0, 0.0, 0.0, 0.0]
    assert by_id["added_cyd"][1] != 0.0


def test_causes_that_do_the_same_have_equal_parts() -> None:
    twins = [study(name, result(0.5, 0.4, 0.63)) for name in ("tim", "tom")]
    moved = split(review([A, C]), review([A, C, D, *twins]))
    by_id = {part.change: values(part) for part in moved.parts}
    np.testing.assert_allclose(by_id["added_tim"], by_id["added_tom"], rtol=0, atol=1e-13)
    assert abs(by_id["added_tim"][0]) > 0.01


# --- shared patients -----------------------------------------------------------------------


def test_a_superseded_report_and_its_successor_are_in_no_coalition_together() -> None:
    old = study("old", result(0.6, 0.4, 0.9), cohort="danish")
    new = study("new", result(0.75, 0.6, 0.94), cohort="danish")
    gone = old.model_copy(update={"status": "superseded", "superseded_by": "new"})
    before, after = review([A, B, old]), review([A, C, gone, new])
    moved = agree(before, after, ["removed_bert", "replaced_old", "added_cora"])
    assert moved.parts[1].label == "Old replaced by New"
    # `find` refuses two reports of one cohort, and ran every coalition above: so none pooled both.
    with pytest.raises(MethodError, match="who share patients"):
        find(review([A, old, new]))


def test_a_coalition_that_would_pool_shared_patients_has_no_answer() -> None:
    # The plan named one report of the cohort; the other is excluded as the plan opens.
    old = study("old", result(0.6, 0.4, 0.9), cohort="danish")
    new = study("new", result(0.75, 0.6, 0.94), cohort="danish")
    only = analysis().studies.model_copy(update={"only": ("anna", "old")})
    out = new.model_copy(update={"status": "excluded", "reason": "same patients"})
    before = review([A, B, old, new], analysis(studies=only))
    after = review([A, B, old, out])
    moved = split(before, after)
    # The exclusion bears on nothing as long as the plan does not take the study.
    assert [part.change for part in moved.parts] == ["plan_tb_eligibility", "removed_new"]
    assert moved.way == "order"
    assert moved.note == (
        "some combination of the changes has no answer (new and old share patients); the parts "
        "are those of one order: Tuberculosis: eligibility, then New"
    )
    adds_up(moved)
    # Opening the plan alone has no answer, so both have it together.
    np.testing.assert_allclose(values(moved.parts[0]), values(moved.parts[1]), atol=EXACT)


# --- no answer -----------------------------------------------------------------------------


def test_where_a_coalition_is_empty_the_stated_order_holds() -> None:
    plan = analysis(method="DL", test="z")
    corrected = A.model_copy(update={"results": (result(0.7, 0.6, 0.82),)})
    before, after = review([A, B], plan), review([corrected, C, D], plan)
    moved = split(before, after)
    assert moved.way == "exact"  # a study is always left: the corrected one
    before, after = review([A, B], plan), review([C, D], plan)
    moved = split(before, after)
    assert moved.way == "order"
    assert moved.note == (
        "some combination of the changes has no answer (no study would be left); the parts are "
        "those of one order: Anna, then Bert, then Cora, then Dora"
    )
    adds_up(moved)
    # Anna's going, then Bert's and Cora's coming together, then Dora's coming.
    steps = [[A, B], [B], [C], [C, D]]
    points = [found(review(studies, plan)) for studies in steps]
    gains = np.diff(points, axis=0)
    expected = [gains[0], gains[1] / 2, gains[1] / 2, gains[2]]
    np.testing.assert_allclose([values(part) for part in moved.parts], expected, atol=FOUND)


def test_hartung_knapp_of_one_study_has_no_answer() -> None:
    before, after = review([A, B]), review([A, C])
    moved = split(before, after)
    assert moved.way == "order"
    assert moved.note is not None
    assert "(the interval is undefined for what would be left)" in moved.note
    adds_up(moved)


def test_a_result_that_the_plan_does_not_settle_has_no_answer() -> None:
    matched = result(0.6, 0.4, 0.9, adjustment="matched")
    both = A.model_copy(update={"results": (*A.results, matched)})
    take = analysis().take.model_copy(update={"adjustment": ("matched", "unadjusted")})
    before, after = review([A, B, C]), review([both, B, C], analysis(take=take))
    moved = split(before, after)
    assert moved.way == "order"
    assert moved.note == (
        "some combination of the changes has no answer (the plan does not settle which result of "
        "Anna to take); the parts are those of one order: Tuberculosis: eligibility, then Anna"
    )
    adds_up(moved)
    # The plan comes first in the stated order, and alone it changes nothing.
    assert values(moved.parts[0]) == [0.0] * 4


def test_a_side_without_an_answer_says_so() -> None:
    moved = split(review([A]), review([A, B]))
    assert (moved.way, moved.parts, moved.before) == ("none", (), None)
    assert moved.note == "no answer before: the interval is undefined for what would be left"
    moved = split(review([A, B]), review([]))
    assert moved.note == "no answer after: no study would be left"


def test_an_analysis_on_one_side_only_says_so() -> None:
    other = analysis(id="other")
    moved = attribute(review([A, B]), review([A, B], other), "other", ())
    assert (moved.way, moved.note) == ("none", "the analysis is not in the plan before")
    moved = attribute(review([A, B]), review([A, B], other), "tb", ())
    assert (moved.way, moved.note) == ("none", "the analysis is not in the plan after")
    assert moved.measure == "RR"


def test_another_measure_is_another_result() -> None:
    outcome = TINY.plan.outcomes[0].model_copy(update={"measure": "OR"})
    after = review(TINY.studies, outcomes=(outcome,))
    moved = split(review(TINY.studies), after)
    assert (moved.way, moved.note) == ("none", "the measure changed from RR to OR")


def test_an_outcome_that_is_not_declared_on_a_side_has_no_answer() -> None:
    other = TINY.plan.outcomes[0].model_copy(update={"id": "death"})
    died = [result(0.9, 0.8, 1.01, outcome="death"), result(0.7, 0.5, 0.9, outcome="death")]
    dead = [
        one.model_copy(update={"results": (death,)})
        for one, death in zip((A, B), died, strict=True)
    ]
    before = review([A, B])
    after = review(dead, analysis(outcome="death"), outcomes=(other,))
    moved = split(before, after)
    assert moved.way == "order"
    assert moved.note is not None
    assert "(the outcome tuberculosis is not declared)" in moved.note
    adds_up(moved)


def test_a_cause_that_nobody_names_is_refused() -> None:
    before, after = review([A, B]), review([A, B, C])
    with pytest.raises(MethodError) as caught:
        attribute(before, after, "tb", ())
    assert str(caught.value) == (
        "analysis tb: found a difference in cora among what is pooled, wanted it among the causes"
    )


# --- many causes ---------------------------------------------------------------------------


def many(n: int) -> tuple[Review, Review]:
    draw = np.random.default_rng(7)
    new = [
        trial(f"new{i:02}", (float(draw.normal(-0.2, 0.3)), float(draw.uniform(0.1, 0.4))))
        for i in range(n)
    ]
    return review([A, B, C]), review([A, B, C, *new])


def test_beyond_ten_causes_orders_are_drawn_from_a_seed() -> None:
    before, after = many(14)
    moved = split(before, after)
    assert moved.way == "sampled"
    assert len(moved.parts) == 14
    adds_up(moved)
    assert split(before, after) == moved


def test_sampled_parts_are_near_the_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = many(11)
    sampled = split(before, after)
    monkeypatch.setattr(attribution, "EXACT", 11)
    exact = split(before, after)
    assert (sampled.way, exact.way) == ("sampled", "exact")
    off = np.array([values(part) for part in sampled.parts])
    off -= np.array([values(part) for part in exact.parts])
    largest = np.abs([values(part) for part in exact.parts]).max(axis=0)
    # 500 orders: the gains of one study differ over orders by about as much as its part, so
    # a part is off by about 1/sqrt(500) = 4% of it, less for being drawn in opposite pairs.
    assert (np.abs(off).max(axis=0) < 0.1 * largest).all()


def test_ten_causes_are_still_exact() -> None:
    moved = split(*many(10))
    assert moved.way == "exact"
    adds_up(moved)


def test_sampling_meets_a_coalition_without_an_answer() -> None:
    _, after = many(11)
    before = review([A])
    plan = analysis_of(before, "tb")
    assert plan is not None
    wald = analysis(method="DL", test="z")
    none_stay = [one for one in after.studies if one.id.startswith("new")]
    moved = split(review([A, B], wald), review(none_stay, wald))
    assert moved.way == "order"
    adds_up(moved)


# --- pools that are more than the sum of what each study gives -----------------------------


@pytest.mark.parametrize(
    "model",
    [
        {"pooling": "mantel_haenszel", "method": "EE", "test": "z"},
        {"continuity": ContinuityPlan(to="if0all"), "method": "DL", "test": "z"},
    ],
)
def test_pools_of_counts_are_replayed_whole(model: dict[str, Any]) -> None:
    def tabled(name: str, a: int, c: int) -> Study:
        groups = ({"arm": "bcg", "events": a, "n": 120}, {"arm": "no_bcg", "events": c, "n": 130})
        counts = {
            "outcome": "tuberculosis",
            "measure": "RR",
            "groups": groups,
            "adjustment": "unadjusted",
            "source": "report",
        }
        return study(name, Result.model_validate(counts))

    # One table has a cell without an event: the correction of the others hangs on it.
    kept, empty = tabled("kept", 12, 20), tabled("empty", 0, 7)
    corrected = tabled("kept", 11, 20)
    before = review([kept, tabled("gone", 30, 33)], analysis(**model))
    after = review([corrected, empty, tabled("new", 9, 21)], analysis(**model))
    names = ["corrected_kept", "removed_gone", "added_empty", "added_new"]
    agree(before, after, names)


def test_a_change_from_one_way_of_pooling_to_another_is_a_cause() -> None:
    before = review(TINY.studies[:4], analysis(method="EE", test="z"))
    after = review(TINY.studies, analysis(pooling="mantel_haenszel", method="EE", test="z"))
    ids = [one.id for one in TINY.studies[4:]]
    agree(before, after, ["plan_tb_model", *sorted((f"added_{i}" for i in ids), key=_by_year)])


def _by_year(change: str) -> str:
    published = TINY.by_id[change.removeprefix("added_")].sources["report"].published
    return published or ""


# --- one code for every coalition ----------------------------------------------------------


def test_every_coalition_is_the_result_of_find() -> None:
    corrected = A.model_copy(update={"results": (result(0.7, 0.6, 0.82),)})
    before, after = review([A, B, C]), review([corrected, C, D], analysis(method="DL"))
    causes = changes(before, after)
    plans = analysis_of(before, "tb"), analysis_of(after, "tb")
    assert plans[0] is not None
    assert plans[1] is not None
    replay = Replay((before, after), (plans[0], plans[1]), causes)
    n = len(replay.players)
    assert n == 4
    codes = np.arange(2**n)
    coalitions = (codes[:, None] >> np.arange(n)) % 2 == 1
    for row, worth in zip(coalitions, replay.worth(coalitions), strict=True):
        made = [change for change, there in zip(replay.players, row, strict=True) if there]
        np.testing.assert_allclose(
            worth, found(with_changes(before, after, made)), rtol=0, atol=FOUND
        )


def test_levels_of_the_interval_are_part_of_the_model() -> None:
    before = review([A, B, C], analysis(method="DL", test="z"))
    after = review([A, B, C], analysis(method="DL", test="z", level=Printed(0.9, 1)))
    moved = agree(before, after, ["plan_tb_model"])
    assert moved.parts[0].mu == 0.0
    assert moved.parts[0].ci_lb > 0 > moved.parts[0].ci_ub


def test_numbers_printed_otherwise_move_nothing() -> None:
    # 0.8 and 0.80: another statement of the number, and a correction, but the same effect.
    as_written = A.results[0].model_copy(update={"estimate": Printed(0.8, 1)})
    again = A.model_copy(update={"results": (as_written,)})
    assert printed(0.8) == Printed(0.8, 1)
    before, after = review([A, B]), review([again, B])
    assert [change.kind for change in changes(before, after)] == ["corrected"]
    assert split(before, after).way == "unchanged"
