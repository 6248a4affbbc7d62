"""Two states of the evidence compared: findings, what matters of them, claims, in words."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypandoc
import pytest

from analysis import comparison_words as said
from analysis import mark_words
from analysis.changes import Change
from analysis.claim_changes import claim_lines
from analysis.claim_wording import judged
from analysis.comparison import (
    Comparison,
    answered,
    compare,
    compare_findings,
    method_change,
)
from analysis.comparison_json import to_json
from analysis.comparison_markdown import LIMIT, MARKER, markdown
from analysis.comparison_words import Side
from analysis.differences import Difference, Mark, differences, flattened, i2_class, marks
from analysis.errors import MethodError
from analysis.field_changes import FieldChange
from analysis.findings import Findings
from analysis.load import load_review
from analysis.plan import find
from analysis.records import Claim, Review, Selection, SequentialPlan
from analysis.values import Printed
from tests import method_reviews
from tests.evidence_samples import TINY, analysis, result, review, study

REAL = load_review(Path(__file__).parent.parent)
A = study("anna", result(0.8, 0.6, 1.1))
B = study("bert", result(0.5, 0.35, 0.7))
C = study("cora", result(1.1, 0.9, 1.35))
FROM, TO = Side("edition 1.0.0"), Side("the work tree")
LOOKS = SequentialPlan(anticipated=Printed(0.8, 1), reason="Supplementary.")
SEQUENTIAL = method_reviews.review(method_reviews.plan("x", sequential=LOOKS))


def hazard(id_: str, outcome: str, est: float, lb: float, ub: float, **fields: Any) -> Any:
    one = result(est, lb, ub, outcome=outcome, measure="HR")
    return study(id_, one, **fields)


def grown() -> tuple[Review, Review]:
    """Return the article's evidence, and the same with the two reports that came after it."""
    article = REAL.published
    assert article is not None
    before = REAL.model_copy(
        update={"studies": tuple(s for s in REAL.studies if s.id in article.studies)}
    )
    krog = hazard("krog_0806", "dfs", 0.80, 0.57, 1.14, label="KROG 08-06")
    danish = hazard(
        "dbcg_imn2", "os", 0.85, 0.76, 0.94, label="DBCG IMN2", design="prospective cohort"
    )
    later = tuple(sorted((*before.studies, krog, danish), key=lambda one: one.id))
    return before, before.model_copy(update={"studies": later})


@pytest.fixture(scope="module")
def real() -> Comparison:
    return compare(*grown(), find)


# --- the two reports since the article -----------------------------------------------------


def test_the_reports_since_the_article_move_what_they_report_on(real: Comparison) -> None:
    by_id = {one.analysis: one for one in real.results}
    for name, cause in (
        ("os", "added_dbcg_imn2"),
        ("os_hk", "added_dbcg_imn2"),
        ("dfs", "added_krog_0806"),
        ("dfs_hk", "added_krog_0806"),
    ):
        moved = by_id[name].attribution
        assert [part.change for part in moved.parts] == [cause], name
        assert moved.whole is not None
        assert moved.parts[0].ci_ub == pytest.approx(moved.whole.ci_ub, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        # Worked out from the printed numbers in R's metafor, apart from this program.
        ("os", "0.89 (0.79–0.999)", "0.89 (0.81–0.97)"),
        ("os_hk", "0.89 (0.78–1.03)", "0.89 (0.80–0.98)"),
    ],
)
def test_survival_moves_as_metafor_has_it(
    real: Comparison, name: str, before: str, after: str
) -> None:
    one = next(r for r in real.results if r.analysis == name)
    assert (said.estimate(one.before), said.estimate(one.after)) == (before, after)


def test_that_the_interval_is_what_moved_is_marked(real: Comparison) -> None:
    crossed = {(mark.path, mark.before, mark.after) for mark in real.marks if mark.kind == "null"}
    # Only the methods that disagreed come to agree.
    assert {("os_hk", 0, -1), ("os_dl_hk", 0, -1)} <= crossed
    assert not any(path == "os" for path, _, _ in crossed)
    assert ("claim", "claims.os_every_method", 0, 1) in {
        (mark.kind, mark.path, mark.before, mark.after) for mark in real.marks
    }


# --- differences ---------------------------------------------------------------------------


def test_every_flattened_path_names_its_finding() -> None:
    findings = find(REAL)
    found = flattened(findings)
    assert len(found) > 1000
    # Why a part is not answered goes by a path of its own, with dots in it.
    named = {path: value for path, value in found.items() if "unanswered." not in path}
    assert len(named) > 0.99 * len(found)
    for path, value in named.items():
        # Rows that no path names are numbered: the list by its path, one of it, what is there.
        rows, _, at = path.partition("[")
        here = findings.value(rows)
        if at:
            number, _, field = at.partition("].")
            here = getattr(here[int(number)], field)
        assert here == value, path


def leaves(value: Any) -> list[Any]:
    return [one for part in value for one in leaves(part)] if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("of", [REAL, SEQUENTIAL], ids=["real", "sequential"])
def test_findings_as_stored_are_those_of_today(of: Review) -> None:
    """Stored findings have 12 digits: that is no change of method, wherever a number stands."""
    findings = find(of)
    again = Findings.from_json(findings.to_json())
    assert again != findings
    assert method_change(again, findings) == ()
    plain = (float, int, bool, str, type(None))
    for path, value in flattened(findings).items():
        assert all(isinstance(one, plain) for one in leaves(value)), path


def test_what_today_s_code_finds_besides_is_no_change_of_what_was_published() -> None:
    today = find(REAL)
    harms = {kind: {"higher": counts["higher"]} for kind, counts in today.counts.harms.items()}
    older = replace(today, counts=replace(today.counts, harms=harms))
    assert len(differences(older, today)) >= len(harms)
    assert method_change(older, today) == ()
    # What was published and is not found any more is one.
    assert method_change(today, older) == differences(today, older) != ()
    os_ = replace(today.analyses["os"], patients=None)
    unknown = replace(today, analyses={**today.analyses, "os": os_})
    (one,) = method_change(unknown, today)
    assert (one.path, one.before) == ("os.patients", None)


def test_a_row_that_differs_is_told_by_its_number() -> None:
    before = find(SEQUENTIAL)
    looks = before.analyses["x"].sequential
    assert looks is not None
    other = replace(looks.looks[1], z=looks.looks[1].z + 0.5)
    changed = replace(looks, looks=(looks.looks[0], other, *looks.looks[2:]))
    analysis = replace(before.analyses["x"], sequential=changed)
    after = replace(before, analyses={"x": analysis})
    z = looks.looks[1].z
    assert differences(before, after) == (Difference("x.sequential.looks[1].z", z, z + 0.5),)
    fewer = replace(looks, looks=looks.looks[:-1])
    after = replace(before, analyses={"x": replace(before.analyses["x"], sequential=fewer)})
    assert {one.path.partition("].")[0] for one in differences(before, after)} == {
        f"x.sequential.looks[{len(looks.looks) - 1}"
    }


def test_identical_evidence_differs_in_nothing() -> None:
    comparison = compare(TINY, TINY, find)
    assert comparison.same
    assert (comparison.changes, comparison.differences, comparison.marks) == ((), (), ())
    assert not any(result.moved for result in comparison.results)


def test_a_finding_that_is_on_one_side_only_is_a_difference() -> None:
    before, after = find(review([A, B])), find(review([A, B, C]))
    found = {one.path: one for one in differences(before, after)}
    assert found["tb.k"] == Difference("tb.k", 2, 3)
    assert found["tb.rows.cora.est"].before is None
    assert found["tb.rows.cora.est"].after == pytest.approx(1.1)
    assert "tb.rows.anna.est" not in found


def test_findings_that_differ_are_those_that_a_plain_comparison_finds(real: Comparison) -> None:
    first, second = (json.loads(side.to_json()) for side in real.findings)

    def leaves(value: Any, path: str = "") -> dict[str, Any]:
        if isinstance(value, dict):
            pairs = [(f"{path}.{key}", inner) for key, inner in value.items()]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            pairs = [(f"{path}.{inner['study']}", inner) for inner in value]
        else:
            return {path: value}
        return {name: leaf for at, inner in pairs for name, leaf in leaves(inner, at).items()}

    a, b = leaves(first), leaves(second)
    plain = {path for path in a.keys() | b.keys() if a.get(path, "gone") != b.get(path, "gone")}
    plain = {path.removeprefix(".analyses.").removeprefix(".") for path in plain}
    plain = {path.replace(".synthesis", "") for path in plain} - {"evidence"}
    found = {one.path for one in real.differences}
    assert {path for path in plain if path.startswith(("os.", "dfs."))} == {
        path for path in found if path.startswith(("os.", "dfs."))
    }
    assert found >= {"os.mu", "dfs.mu", "os.rows.dbcg_imn2.yi", "counts.studies"}


# --- what matters --------------------------------------------------------------------------


def pooled(findings: Findings, **changes: Any) -> Findings:
    """Return the findings with fields of the pooled result of `tb` replaced."""
    tb = findings.analyses["tb"]
    changed = replace(tb, synthesis=replace(tb.synthesis, **changes))
    return replace(findings, analyses={"tb": changed})


def of_kind(found: tuple[Mark, ...], kind: str) -> list[tuple[str, int, int]]:
    return [(mark.path, mark.before, mark.after) for mark in found if mark.kind == kind]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((0.7, 0.99), (0.7, 1.01), [("tb", -1, 0)]),
        ((0.7, 1.01), (0.7, 0.99), [("tb", 0, -1)]),
        ((0.7, 0.99), (1.01, 1.5), [("tb", -1, 1)]),
        ((0.7, 0.99), (0.5, 0.6), []),
        # An end on no effect itself includes it.
        ((0.7, 0.99), (0.7, 1.0), [("tb", -1, 0)]),
    ],
)
def test_an_interval_that_crosses_or_leaves_no_effect(
    before: tuple[float, float], after: tuple[float, float], expected: list[Any]
) -> None:
    findings = find(review([A, B, C]))
    old, new = (pooled(findings, est_lb=lb, est_ub=ub) for lb, ub in (before, after))
    assert of_kind(marks(old, new), "null") == expected


def test_a_direction_and_a_prediction_interval_are_marked() -> None:
    findings = find(review([A, B, C]))
    old, new = pooled(findings, est=0.98), pooled(findings, est=1.02)
    assert of_kind(marks(old, new), "direction") == [("tb", -1, 1)]
    old = pooled(findings, pi_est_lb=0.5, pi_est_ub=0.9)
    new = pooled(findings, pi_est_lb=0.5, pi_est_ub=1.9)
    assert of_kind(marks(old, new), "prediction") == [("tb", -1, 0)]
    assert of_kind(marks(pooled(findings, pi_est_lb=None), new), "prediction") == []


@pytest.mark.parametrize(
    ("i2", "expected"), [(0, 0), (24.99, 0), (25, 1), (49.9, 1), (50, 2), (75, 3), (99, 3)]
)
def test_classes_of_i2_as_higgins_2003_has_them(i2: float, expected: int) -> None:
    assert i2_class(i2) == expected


def test_a_class_of_i2_that_changes_is_marked() -> None:
    findings = find(review([A, B, C]))
    old, new = pooled(findings, i2_q=47.5), pooled(findings, i2_q=12.0)
    assert of_kind(marks(old, new), "i2") == [("tb", 1, 0)]
    assert marks(old, pooled(findings, i2_q=49.0)) == ()


def test_omissions_that_change_the_answer_are_counted(real: Comparison) -> None:
    before, after = (side.analyses["os"].omissions_across for side in real.findings)
    assert before == 10  # as evidence/sources.md says of the article's evidence
    assert ("os", before, after) in of_kind(real.marks, "omissions")


def test_omissions_that_leave_one_study_are_not_counted() -> None:
    """With two studies, none of the omissions has an interval to answer by (Hartung-Knapp)."""
    three, two = (find(review(ones, analysis(leave_one_out=True))) for ones in ([A, B, C], [A, B]))
    assert all(step.excludes_null is None for step in two.analyses["tb"].leave_one_out)
    tb = three.analyses["tb"]
    other = not tb.synthesis.excludes_null
    steps = tuple(replace(step, excludes_null=other) for step in tb.leave_one_out)
    across = replace(three, analyses={"tb": replace(tb, leave_one_out=steps)})
    assert of_kind(marks(across, two), "omissions") == []
    # Where an interval is left by the omissions, as of three studies, they are counted.
    assert of_kind(marks(across, three), "omissions") == [("tb", 3, tb.omissions_across)]


def test_subgroups_and_regressions_are_looked_at_too(real: Comparison) -> None:
    before = real.findings[0]
    group = before.analyses["dfs"].subgroups["nodal"].groups["n0"]
    moved = replace(group, synthesis=replace(group.synthesis, est_lb=1.01, est_ub=1.4, est=1.2))
    split = replace(
        before.analyses["dfs"].subgroups["nodal"],
        groups={**before.analyses["dfs"].subgroups["nodal"].groups, "n0": moved},
    )
    dfs = replace(before.analyses["dfs"], subgroups={"nodal": split})
    changed = replace(before, analyses={**before.analyses, "dfs": dfs})
    path = "dfs.subgroups.nodal.groups.n0"
    assert (path, 0, 1) in of_kind(marks(before, changed), "null")
    term = before.analyses["os"].regressions["middle"].coefficients["recruitment_mid"]
    assert term.est_ub < 1
    middle = replace(
        before.analyses["os"].regressions["middle"],
        coefficients={"recruitment_mid": replace(term, est_ub=1.2)},
    )
    os_ = replace(before.analyses["os"], regressions={"middle": middle})
    changed = replace(before, analyses={**before.analyses, "os": os_})
    path = "os.regressions.middle.coefficients.recruitment_mid"
    assert of_kind(marks(before, changed), "null") == [(path, -1, 0)]
    assert [one.compares for one in marks(before, changed)] == ["HR"]


# --- claims --------------------------------------------------------------------------------


def claim(id_: str, holds: str, **fields: Any) -> Claim:
    return Claim(id=id_, text="It is so.", holds=holds, **fields)


def claimed(evidence: Review, *claims: Claim) -> Review:
    return evidence.model_copy(update={"claims": claims})


def test_claims_of_both_sides_are_judged_as_they_stand_today() -> None:
    lower = claim("lower", "tb.est_ub < 1")
    low = claim("lower", "tb.est < 1")
    before, after = claimed(review([B] * 1 + [A]), lower), claimed(review([A, B, C]), low)
    comparison = compare(before, after, find)
    (one,) = comparison.claims
    assert one.before is not None
    assert one.after is not None
    # By the earlier wording the claim did not hold; it is judged by the later one.
    assert one.before.condition == one.after.condition == "tb.est < 1"
    assert (one.before.holds, one.after.holds, one.flips) == (True, True, False)
    assert one.rewritten == (FieldChange("holds", "tb.est_ub < 1", "tb.est < 1"),)
    assert claim_lines(comparison) == ["claim lower: its condition changed"]
    assert claim_lines(comparison, fields=True) == [
        "claim lower: its condition changed",
        "    condition before: tb.est_ub < 1",
        "    condition after: tb.est < 1",
    ]


def test_the_words_of_a_claim_that_changed_are_shown_among_some_that_did_not() -> None:
    long = " ".join(f"word{n}" for n in range(60))
    old = claim("one", "tb.k > 1").model_copy(
        update={"text": "In twelve studies the interval excludes no difference, as it did."}
    )
    new = old.model_copy(
        update={
            "text": "In twelve studies the interval includes no difference, as it did.",
            "holds": "tb.k > 1 and tb.est < 1",
            "otherwise": long,
        }
    )

    def lines(before: Claim, after: Claim) -> list[str]:
        sides = (claimed(review([A, B]), one) for one in (before, after))
        return claim_lines(compare(*sides, find), fields=True)

    assert sorted(lines(old, new)[1:]) == [
        "    condition after: tb.k > 1 and tb.est < 1",
        "    condition before: tb.k > 1",
        "    other wording: too much differs to be shown here (see --json)",
        "    wording after: … studies the interval includes no difference, as …",
        "    wording before: … studies the interval excludes no difference, as …",
    ]
    # What is said twice in a row and now once, or longer, is no overlap.
    twice = old.model_copy(update={"text": "It is is so."})
    once = old.model_copy(update={"text": "It is so."})
    assert lines(twice, once)[1:] == [
        "    wording before: It is is so.",
        "    wording after: It is so.",
    ]


def test_a_claim_that_flips_is_marked() -> None:
    many = claim("many", "tb.k > 2", otherwise="It is not.")
    comparison = compare(claimed(review([A, B]), many), claimed(review([A, B, C]), many), find)
    assert Mark("claim", "claims.many", "many", 0, 1) in comparison.marks
    assert comparison.claims[0].flips


def test_a_claim_without_an_answer_says_why() -> None:
    of_cora = claim("cora", "tb.rows.cora.est > 1")
    before, after = claimed(review([A, B])), claimed(review([A, B, C]), of_cora)
    comparison = compare(before, after, find)
    (one,) = comparison.claims
    assert one.before is None
    assert one.after is not None
    assert one.after.holds
    assert one.new
    assert one.why_not == (
        "column 1 of 'tb.rows.cora.est > 1': found no finding tb.rows.cora, wanted one of: anna, "
        "bert (a study that is not pooled is not there)",
        None,
    )
    lines = claim_lines(comparison)
    assert lines == [
        "claim cora is new",
        "claim cora: no answer before (the finding tb.rows.cora is not there yet); holds after",
    ]
    assert judged((of_cora,), comparison.findings[0]) == ()
    assert [outcome.id for outcome in judged((of_cora,), comparison.findings[1])] == ["cora"]


def test_what_a_claim_lacks_is_said_without_its_condition() -> None:
    of_cora = claim("cora", "tb.rows.cora.est > 2")
    with_cora, without = (claimed(review(list(s)), of_cora) for s in ((A, B, C), (A, B)))
    assert claim_lines(compare(with_cora, without, find)) == [
        "claim cora: does not hold before; "
        "no answer after (the finding tb.rows.cora is not there any more)"
    ]
    assert claim_lines(compare(without, without, find)) == [
        "claim cora: no answer before (the finding tb.rows.cora is not there); "
        "no answer after (the finding tb.rows.cora is not there)"
    ]
    of_null = claim("null", "tb.pi_est_ub > 1")
    flat = claimed(review([A, B, C], analysis(method="EE", test="z")), of_null)
    wide = claimed(review([A, B, C]), of_null)
    assert claim_lines(compare(flat, wide, find)) == [
        "claim null: no answer before (tb.pi_est_ub has no value); holds after"
    ]
    low = claim("low", "other.est < 1")
    wald = analysis(id="wald", method="DL", test="z")
    alone, two = (claimed(review(list(s), analysis(id="other"), wald), low) for s in ((A,), (A, B)))
    assert claim_lines(compare(alone, two, find)) == [
        "claim low: no answer before (other: found knha with 1 study, wanted at least 2); "
        "holds after"
    ]


def test_a_claim_that_is_gone_is_withdrawn() -> None:
    comparison = compare(
        claimed(review([A, B]), claim("gone", "tb.k > 1")), claimed(review([A, B])), find
    )
    assert comparison.withdrawn == ("gone",)
    assert not comparison.same
    assert claim_lines(comparison) == ["claim gone is withdrawn"]


# --- no answer -----------------------------------------------------------------------------


def test_an_analysis_without_an_answer_on_a_side_is_no_error() -> None:
    other = analysis(id="other", title="Other", method="DL", test="z")
    comparison = compare(review([A], analysis(), other), review([A, B], analysis(), other), find)
    tb, wald = comparison.results
    assert tb.before is None
    assert tb.after is not None
    assert tb.moved
    assert tb.why_not == ("no answer before: found knha with 1 study, wanted at least 2")
    assert wald.before is not None
    assert [part.change for part in wald.attribution.parts] == ["added_bert"]


def test_an_analysis_without_an_answer_on_either_side_has_no_row() -> None:
    waiting = analysis(id="waiting", title="Waiting for two")
    # `tb` has two studies, `waiting` takes one of them.
    one = waiting.model_copy(update={"studies": Selection(only=("anna",))})
    comparison = compare(review([A, B], analysis(), one), review([A, B, C], analysis(), one), find)
    tb, none = comparison.results
    assert (none.before, none.after, none.moved, none.title) == (None, None, False, one.title)
    assert comparison.moved == (tb,)
    assert comparison.still == ()
    for text in (markdown(comparison, FROM, TO), *(said.title(r) for r in comparison.moved)):
        assert "aiting" not in text


def test_an_error_that_names_no_analysis_is_an_error() -> None:
    def broken(_: Review) -> Findings:
        raise MethodError("found nothing that works")

    with pytest.raises(MethodError, match="found nothing that works"):
        answered(TINY, broken)


# --- change of method ----------------------------------------------------------------------


def test_stored_findings_are_todays_as_long_as_the_code_is() -> None:
    today = find(TINY)
    assert method_change(Findings.from_json(today.to_json()), today) == ()


def test_a_change_of_the_code_is_told_apart_and_is_never_a_cause() -> None:
    evidence = review([A, B, C])
    today = find(evidence)
    stored = pooled(today, mu=today.analyses["tb"].synthesis.mu + 1e-6)
    (found,) = method_change(stored, today)
    assert found.path == "tb.mu"
    assert found.before == pytest.approx(today.value("tb.mu") + 1e-6, abs=1e-12)
    assert method_change(pooled(today, mu=today.value("tb.mu") * (1 + 1e-10)), today) == ()
    assert compare(evidence, evidence, find).same


def test_findings_alone_are_compared_where_the_evidence_is_lost() -> None:
    before, after = find(review([A, B])), find(review([A, B, C]))
    many = claim("many", "tb.k > 2")
    comparison = compare_findings(before, after, "its commit is gone", (many,))
    (one,) = comparison.results
    assert (one.moved, one.why_not) == (True, "its causes cannot be told")
    assert said.causes(one) == said.why(one) == "its causes cannot be told"
    assert said.lost(comparison) == (
        "archived findings are compared, without their evidence: its commit is gone"
    )
    assert json.loads(to_json(comparison, FROM, TO))["lost"] == "its commit is gone"
    assert markdown(comparison, FROM, TO).count("its commit is gone") == 1
    assert comparison.changes == ()
    assert comparison.differences == differences(before, after)
    assert [mark.path for mark in comparison.marks if mark.kind == "claim"] == ["claims.many"]
    assert said.part_rows(one) == []
    assert said.lost(compare(review([A, B]), review([A, B]), find)) is None


def test_archived_findings_have_twelve_digits_and_are_todays_all_the_same(
    real: Comparison,
) -> None:
    today = real.findings[0]
    archived = Findings.from_json(today.to_json())
    assert archived.analyses != today.analyses
    comparison = compare_findings(archived, today, "its commit is gone")
    assert comparison.same
    assert (comparison.differences, comparison.marks) == ((), ())
    assert not any(result.moved for result in comparison.results)
    assert {said.why(result) for result in comparison.results} == {"unchanged"}
    assert "Nothing: the findings are the same." in markdown(comparison, FROM, TO)
    moved = replace(
        today.analyses["os"],
        synthesis=replace(today.analyses["os"].synthesis, mu=today.value("os.mu") * (1 + 1e-7)),
    )
    other = replace(today, analyses={**today.analyses, "os": moved})
    comparison = compare_findings(archived, other, "its commit is gone")
    assert [result.analysis for result in comparison.results if result.moved] == ["os"]
    assert [one.path for one in comparison.differences] == ["os.mu"]


# --- words ---------------------------------------------------------------------------------


def test_a_step_is_a_factor_of_a_ratio_and_a_sum_of_a_difference() -> None:
    assert said.step(math.log(0.975), "HR") == "× 0.975"
    assert said.step(math.log(1.2), "HR") == "× 1.20"
    assert said.step(math.log(1.00042), "HR") == "× 1.00042"
    assert said.step(0.0, "HR") == "× 1.00"
    assert said.step(-0.123, "MD") == "− 0.12"
    assert said.step(0.123, "MD") == "+ 0.12"


def test_why_a_result_moved_in_a_line(real: Comparison) -> None:
    os_ = next(r for r in real.results if r.analysis == "os")
    assert said.title(os_) == "Overall survival (HR)"
    assert said.estimate(os_.before) == "0.89 (0.79–0.999)"
    assert said.estimate(os_.after) == "0.89 (0.81–0.97)"
    assert said.causes(os_) == "DBCG IMN2 (added)"
    assert said.why(os_) == "DBCG IMN2 (added): HR × 0.9947, interval 17% narrower"
    assert os_.before is not None
    assert os_.after is not None
    ratio = math.log(os_.after.est_ub / os_.after.est_lb) / math.log(
        os_.before.est_ub / os_.before.est_lb
    )
    assert round(100 * (1 - ratio)) == 17


def test_what_moved_below_the_printed_digits_is_said_to() -> None:
    nearly = study("anna", result(0.8, 0.6, 1.1001))
    corrected = compare(review([A, B, C]), review([nearly, B, C]), find)
    (one,) = corrected.results
    assert one.moved
    assert said.estimate(one.before) == said.estimate(one.after)
    told = (said.estimate(one.before), "change below the printed digits")
    assert said.estimates(one) == told
    assert said.why(one) == said.causes(one) == "Anna (corrected)"
    assert said.part_rows(one) == []
    row = f"| Tuberculosis (RR) | {' | '.join(told)} | Anna (corrected) |"
    assert row in markdown(corrected, FROM, TO)


@pytest.mark.parametrize("moved", [{"tau2": 0.31}, {"pi_est_lb": 0.21}, {"k": 4}])
def test_what_is_printed_beside_an_estimate_is_seen_to_move(moved: dict[str, Any]) -> None:
    nearly = study("anna", result(0.8, 0.6, 1.1001))
    (one,) = compare(review([A, B, C]), review([nearly, B, C]), find).results
    assert one.after is not None
    there = replace(one, after=replace(one.after, **moved))
    assert said.estimates(there) == (said.estimate(one.before), said.estimate(one.before))


def test_causes_that_are_seen_in_print_and_undo_each_other_are_told() -> None:
    twin = study("dora", result(0.8, 0.6, 1.1), published="2001")
    (one,) = compare(review([A, B, C]), review([B, C, twin]), find).results
    # In exact numbers the result stays; in those of a computer all but.
    assert said.estimate(one.before) == said.estimate(one.after)
    assert said.estimates(one)[1] == "change below the printed digits"
    assert {row[0] for row in said.part_rows(one)} == {
        "Anna (removed)", "Dora (added)", "together",
    }  # fmt: skip
    assert "Dora (added): RR × " in said.why(one)


def test_parts_are_listed_by_size_with_their_sum() -> None:
    comparison = compare(
        review([A, B]), review([A, B, C, study("dora", result(0.8, 0.79, 0.81))]), find
    )
    rows = said.part_rows(comparison.results[0])
    assert [row[0] for row in rows] == ["Dora (added)", "Cora (added)", "together"]
    narrower = [int(re.findall(r"\d+", row[-1])[0]) for row in rows]
    # In percent of the former width: they add up, each rounded.
    assert narrower[0] + narrower[1] == pytest.approx(narrower[2], abs=1)


def test_how_the_parts_were_found_is_said_where_it_matters() -> None:
    one = compare(review([A, B]), review([A, C]), find).results[0].attribution
    assert said.way(one) == one.note
    assert said.way(replace(one, way="exact")) is None
    assert said.way(replace(one, way="sampled")) == ("2 causes: Shapley values by seeded orders")


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (("null", -1, 0), ("interval", "below the null", "includes the null")),
        (("prediction", 0, 1), ("prediction interval", "includes the null", "above the null")),
        (("direction", -1, 1), ("estimate", "below the null", "above the null")),
        (("i2", 0, 3), ("I²", "below 25%", "75% or more")),
        (("omissions", 10, 0), ("omissions that change the answer", "10", "0")),
        (("claim", 1, 0), ("claim", "holds", "does not hold")),
    ],
)  # fmt: skip
def test_marks_in_words(mark: tuple[Any, int, int], words: tuple[str, str, str]) -> None:
    kind, before, after = mark
    assert mark_words.mark(Mark(kind, "os", "Survival", before, after)) == ("Survival", *words)


@pytest.mark.parametrize(
    ("measure", "contrast"),
    [
        ("HR", "ratio of hazard ratios"),
        ("ROM", "ratio of ratios of means"),
        ("MD", "difference of mean differences"),
        ("PLO", "difference of logits of proportions"),
        ("PFT", "difference of proportions (double arcsine)"),
        ("ZCOR", "difference of values of Fisher’s z"),
        ("GEN", "difference of effects"),
    ],
)
def test_what_a_regression_compares_is_said(measure: str, contrast: str) -> None:
    """The null of a comparison between groups is another than that of an effect."""
    one = Mark("null", "os", "Survival: Design", 1, 0, measure)
    words = f"interval of the {contrast}", "above the null", "includes the null"
    assert mark_words.mark(one) == ("Survival: Design", *words)
    turned = replace(one, kind="direction", after=-1)
    words = contrast, "above the null", "below the null"
    assert mark_words.mark(turned) == ("Survival: Design", *words)


def test_fields_are_cut_and_counted() -> None:
    details = tuple(FieldChange(f"f{i}", None, "x" * 300) for i in range(3))
    change = Change("corrected_a", "corrected", "A", ("a",), details)
    lines = said.field_lines(change, 2)
    assert len(lines) == 3
    assert lines[0] == f"f0: – → {'x' * 159}…"
    assert lines[2] == "… and 1 more (see --json)"
    documents = replace(change, kind="document")
    assert said.field_lines(documents, 2) == ["f0, f1, f2"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (True, "true"), (3, "3"), (-0.5, "−0.5"), (1 / 3, "0.333333"),
     ((0.5, None), "0.5, –"), ("as is", "as is")],
)  # fmt: skip
def test_findings_as_a_list_of_differences_gives_them(value: Any, text: str) -> None:
    assert said.leaf(value) == text


# --- Markdown ------------------------------------------------------------------------------


def tables(text: str) -> list[Any]:
    document = json.loads(pypandoc.convert_text(text, "json", format="gfm"))
    return [block for block in document["blocks"] if block["t"] == "Table"]


def plain(text: str) -> str:
    found: str = pypandoc.convert_text(text, "plain", format="gfm", extra_args=["--wrap=none"])
    return found


def test_markdown_gives_results_first_and_folds_fields_away(real: Comparison) -> None:
    text = markdown(real, FROM, TO)
    assert text.startswith(MARKER)
    read = plain(text)
    assert "What changes: edition 1.0.0 → the work tree" in read
    assert "Added: DBCG IMN2; KROG 08-06" in read
    assert re.search(
        r"Overall survival \(HR\) +0\.89 \(0\.79–0\.999\) +0\.89 \(0\.81–0\.97\)", read
    )
    assert text.index("What moved it") < text.index("<details>")
    assert text.count("<details>") == text.count("</details>")
    # Every table is one for a reader of GitHub's Markdown: rows as wide as its heading.
    lines = [line for line in text.split("\n") if line.startswith("|")]
    assert len(tables(text)) == sum(line.startswith("|---") for line in lines) > 3


def test_markdown_of_nothing_says_so() -> None:
    text = markdown(compare(TINY, TINY, find), FROM, TO)
    assert (
        plain(text).strip().endswith("Nothing: evidence, plan, claims and findings are the same.")
    )


def test_markdown_of_what_moves_no_result_says_so() -> None:
    described = A.model_copy(update={"population": "Adults"})
    comparison = compare(review([A, B]), review([described, B]), find)
    read = plain(markdown(comparison, FROM, TO))
    assert "No pooled result moves." in read
    assert "No interval crosses or leaves the null, and no claim flips." in read
    assert re.search(r"Anna +population +not reported +Adults", read)


@pytest.mark.parametrize("between", [" ", "\n\n", "\n<br>\r\n \t\n- "])
def test_what_strangers_write_does_nothing_in_a_comment(between: str) -> None:
    parts = ("@octocat", "<img src=x>", "| [a](http://b.example) ![x](http://b.example) #12",
             "`x` **b**")  # fmt: skip
    nasty = between.join(parts)
    bad = C.model_copy(update={"label": nasty, "population": nasty})
    listed = bad.model_copy(update={"id": "dora", "status": "excluded", "reason": nasty})
    after = review([A, B, bad, listed])
    titled = analysis(title=nasty)
    text = markdown(
        compare(
            review([A, B], titled),
            after.model_copy(
                update={"plan": after.plan.model_copy(update={"analyses": (titled,)})}
            ),
            find,
        ),
        FROM,
        TO,
    )
    html = pypandoc.convert_text(text, "html", format="gfm")
    assert "<img" not in html
    assert "<a " not in html
    assert "<code" not in html
    # GitHub would take @name or #number in running text for a mention.
    assert not re.search(r"[@#]\w", re.sub(r"<!-- -->", " ", text))
    assert "octocat" in html
    assert all(len(table["c"][4][0][3]) for table in tables(text))


def test_a_comment_never_grows_beyond_what_github_takes() -> None:
    details = tuple(FieldChange(f"field {i}", "x" * 150, "y" * 150) for i in range(400))
    change = Change("corrected_a", "corrected", "A", ("a",), details)
    comparison = replace(compare(review([A, B]), review([A, B, C]), find), changes=(change,))
    text = markdown(comparison, FROM, TO)
    assert len(text) <= LIMIT
    assert "… and 300 more" in text
    many = tuple(replace(change, label="z" * 200, details=()) for _ in range(500))
    text = markdown(replace(comparison, changes=many), FROM, TO)
    assert len(text) <= LIMIT + 100
    assert text.endswith("… cut here: see `living-review diff`\n")


def test_a_change_of_method_stands_apart() -> None:
    comparison = compare(review([A, B]), review([A, B, C]), find)
    side = Side("edition 1.0.0", (Difference("tb.mu", -0.1, -0.2),))
    read = plain(markdown(comparison, side, TO))
    assert (
        "Change of method: of edition 1.0.0, 1 finding differs between what was published and "
        "what today’s code makes of the same data. It is part of no comparison above." in read
    )
    assert re.search(r"tb\.mu +−0\.1 +−0\.2", read)
    two = replace(side, method=side.method * 2)
    assert "2 findings differ between" in said.method_words(two)


# --- JSON ----------------------------------------------------------------------------------


def test_json_holds_all_of_it(real: Comparison) -> None:
    text = to_json(real, FROM, TO)
    document = json.loads(text)
    assert text == json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    assert document["before"]["name"] == "edition 1.0.0"
    os_ = next(one for one in document["results"] if one["analysis"] == "os")
    (part,) = os_["attribution"]["parts"]
    assert part["change"] == "added_dbcg_imn2"
    assert part["ci_ub"] == pytest.approx(os_["whole"]["ci_ub"], abs=1e-12)
    assert os_["after"]["est_ub"] == pytest.approx(0.974, abs=5e-4)
    assert len(document["differences"]) == len(real.differences)
    flips = [one["id"] for one in document["claims"] if one["flips"]]
    assert flips == [mark["label"] for mark in document["marks"] if mark["kind"] == "claim"]
