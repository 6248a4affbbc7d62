"""The plan, run: findings of the real review and of the tiny one, against independent answers."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from analysis.audit import article_evidence
from analysis.errors import MethodError, TemplateError
from analysis.evidence import restrict
from analysis.findings import Findings
from analysis.load import load_review
from analysis.plan import analyse, find
from analysis.planned_effects import contributions
from analysis.records import Review

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def article() -> Review:
    """Return the review with the evidence of the article alone, whatever has come since."""
    review = load_review(ROOT)
    assert review.published is not None
    return article_evidence(review.published, review)


@pytest.fixture(scope="module")
def findings(article: Review) -> Findings:
    return find(article)


@pytest.mark.parametrize(
    ("path", "printed", "decimals"),
    [
        # Jia et al. 2021, Results and Fig. 2.
        ("os.est", 0.89, 2),
        ("os.est_lb", 0.79, 2),
        ("os.est_ub", 1.00, 2),
        ("os.pval", 0.047, 3),
        ("os.i2_q", 47.5, 1),
        ("os.qe_pval", 0.034, 3),
        ("dfs_npos.est", 0.58, 2),
        ("dfs_npos.est_lb", 0.49, 2),
        ("dfs_npos.est_ub", 0.69, 2),
        ("dfs.regressions.nodal.qm_pval", 0.011, 3),
        ("os.small_study.egger_classic.pval", 0.462, 3),
    ],
)
def test_the_findings_are_those_that_the_article_prints(
    findings: Findings, path: str, printed: float, decimals: int
) -> None:
    assert round(findings.value(path), decimals) == printed


def test_a_subgroup_of_one_study_is_that_study(findings: Findings) -> None:
    group = findings.value("dfs.subgroups.nodal.groups.n0")
    row = findings.value("dfs.rows.courdi")
    assert group.studies == ("courdi",)
    assert group.synthesis.mu == pytest.approx(row.yi, abs=1e-15)


def test_groups_hold_every_study_once(findings: Findings) -> None:
    for analysis in findings.analyses.values():
        for split in analysis.subgroups.values():
            members = [s for group in split.groups.values() for s in group.studies]
            lost = [one.study for one in split.left_out]
            assert sorted(members + lost) == sorted(analysis.studies)


def test_weights_add_up_to_a_hundred(findings: Findings) -> None:
    for analysis in findings.analyses.values():
        assert sum(row.weight for row in analysis.rows) == pytest.approx(100, abs=1e-9)


def test_an_omission_is_the_analysis_without_the_study(article: Review, findings: Findings) -> None:
    plan = next(plan for plan in article.plan.analyses if plan.id == "os")
    for step in findings.analyses["os"].leave_one_out:
        rest = [study.id for study in article.studies if study.id != step.study]
        bare = plan.model_copy(update={"subgroups": (), "regressions": (), "influence": False})
        alone = analyse(restrict(article, rest), bare)
        assert step.est == pytest.approx(alone.synthesis.est, rel=1e-12)
        assert step.est_ub == pytest.approx(alone.synthesis.est_ub, rel=1e-12)


def test_ten_of_twelve_omissions_reach_no_difference(findings: Findings) -> None:
    # Known beforehand: all but those of Courdi and Obedian.
    kept = {s.study for s in findings.analyses["os"].leave_one_out if s.excludes_null}
    assert kept == {"courdi", "obedian"}
    assert findings.value("os.omissions_across") == 10
    ends = {s.study: math.log(s.est_ub) for s in findings.analyses["os"].leave_one_out if s.est_ub}
    nearest = min(ends, key=lambda study: abs(ends[study]))
    assert findings.value("os.omission_nearest.study") == nearest


def test_the_last_step_of_the_cumulation_is_the_analysis(findings: Findings) -> None:
    analysis = findings.analyses["os"]
    assert analysis.cumulative[-1].est == pytest.approx(analysis.synthesis.est, rel=1e-12)
    years = [step.at for step in analysis.cumulative if step.at is not None]
    assert years == sorted(years)
    assert len(years) == analysis.synthesis.k


def test_a_moderators_unit_scales_its_coefficient_and_nothing_else(article: Review) -> None:
    plan = next(plan for plan in article.plan.analyses if plan.id == "os")
    regression = next(r for r in plan.regressions if r.id == "start")
    moderator = regression.moderators[0].model_copy(update={"per": 1.0})
    other = regression.model_copy(update={"moderators": (moderator,)})
    found = [
        analyse(article, plan.model_copy(update={"regressions": (one,)})).regressions["start"]
        for one in (regression, other)
    ]
    assert found[0].qm_pval == pytest.approx(found[1].qm_pval, rel=1e-9)
    per_decade, per_year = (one.coefficients["recruitment_start"].b for one in found)
    assert per_decade == pytest.approx(10 * per_year, rel=1e-9)


def test_methods_agree_where_all_intervals_lie_on_one_side(findings: Findings) -> None:
    assert findings.value("os.methods_agree") is False
    assert findings.value("dfs_npos.methods_agree") is True
    assert findings.value("os_hk.methods_agree") is None


def test_json_gives_back_the_findings(findings: Findings) -> None:
    text = findings.to_json()
    again = Findings.from_json(text)
    assert again.to_json() == text
    assert again.value("os.est_ub") == pytest.approx(findings.value("os.est_ub"), rel=1e-11)


def test_two_runs_give_the_same_json(article: Review, findings: Findings) -> None:
    assert find(article).to_json() == findings.to_json()


def test_an_unknown_path_says_what_there_is(findings: Findings) -> None:
    with pytest.raises(TemplateError) as caught:
        findings.value("counts.designz")
    assert str(caught.value) == (
        "no finding counts.designz, wanted one of: characteristics, countries, designs, harms, "
        "judgements, outcomes, patients, patients_by_arm, quality, statuses, studies"
    )


@pytest.mark.parametrize(
    ("path", "studies"),
    [
        ("dfs.subgroups.nodal.groups.n0.est", ("courdi",)),
        ("counts.patients", ()),
    ],
)
def test_a_path_knows_its_studies(findings: Findings, path: str, studies: tuple[str, ...]) -> None:
    assert findings.studies_of(path) == studies


def test_a_step_rests_on_the_studies_that_it_pools(findings: Findings) -> None:
    os = findings.analyses["os"]
    for step in os.leave_one_out:
        members = findings.studies_of(f"os.leave_one_out.{step.study}.est")
        assert (len(members), step.study in members) == (step.k, False)
    for step in os.cumulative:
        members = findings.studies_of(f"os.cumulative.{step.study}.est")
        assert (len(members), members[-1]) == (step.k, step.study)


def test_the_studies_of_an_analysis_and_of_a_search(findings: Findings) -> None:
    assert set(findings.studies_of("os.est_ub")) == set(findings.analyses["os"].studies)
    assert set(findings.studies_of("flow.jia_2021.identified")) == set(
        findings.analyses["os"].studies
    )


def test_an_analysis_without_an_answer_is_named(article: Review) -> None:
    one = restrict(article, ["courdi"])
    plan = next(plan for plan in article.plan.analyses if plan.id == "os_hk")
    bare = plan.model_copy(update={"regressions": ()})
    alone = one.model_copy(update={"plan": one.plan.model_copy(update={"analyses": (bare,)})})
    found = find(alone)
    assert found.analyses == {}
    assert found.unanswered["os_hk"] == "found knha with 1 study, wanted at least 2"
    twin = one.studies[0].model_copy(update={"id": "twin", "label": "Twin", "cohort": None})
    found = find(alone.model_copy(update={"studies": (*one.studies, twin)}))
    assert found.unanswered["os_hk"].startswith("test: found knha with 2 identical effects, ")
    counts = {"pooling": "mantel_haenszel", "method": "EE", "test": "z"}
    other = alone.plan.model_copy(update={"analyses": (bare.model_copy(update=counts),)})
    with pytest.raises(MethodError) as caught:
        find(alone.model_copy(update={"plan": other}))
    assert str(caught.value).startswith("data/review.yml analyses.os_hk: ")


def test_another_topic_needs_no_other_code() -> None:
    """The tiny review of BCG vaccine, against Colditz et al. 1994 as metafor prints it."""
    review = load_review(ROOT / "tests" / "tiny")
    findings = find(review)
    first = next(iter(findings.analyses.values()))
    effects = contributions(review, review.plan.analyses[0]).effects
    weights = 1 / (effects.vi + first.synthesis.tau2)
    by_hand = float((weights * effects.yi).sum() / weights.sum())
    assert first.synthesis.mu == pytest.approx(by_hand, rel=1e-12)
    assert first.synthesis.est == pytest.approx(math.exp(by_hand), rel=1e-12)
