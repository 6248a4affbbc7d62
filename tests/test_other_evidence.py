"""What this review's own prose says once its evidence is another: no sentence outlives it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import build
from analysis.claim_sentences import sentences
from analysis.claims import judge
from analysis.load import load
from analysis.plan import find
from analysis.project import Project, read_project

ROOT = Path(__file__).parent.parent
RESULT = re.compile(r"(    estimate: )(\S+)(\n    ci: )\[(\S+), (\S+)\](?:\n    p: \S+)?")


@pytest.fixture(scope="module")
def review() -> Project:
    """This review as it stands."""
    return read_project(ROOT)


def said(project: Project) -> str:
    """Return the sentences of the abstract's results and conclusions."""
    return " ".join(one.text for one in build.examine(project).manuscript.sentences)


def whole(project: Project) -> str:
    """Return the manuscript without the keys of its numbers."""
    text = build.examine(project).manuscript.text
    return re.sub(r"\[([^]]*)\]\{\.num [^}]*\}", r"\1", text).replace("\xa0", " ")


def edited(project: Project, file: str, before: str, after: str) -> Project:
    """Return the review with one of its data files edited."""
    text = project.data[file].decode()
    assert text.count(before) == 1
    return replace(project, data={**project.data, file: text.replace(before, after).encode()})


def turned(match: re.Match[str]) -> str:
    """Return a result with the arms the other way round, without the P value of its source."""
    lb, ub = 1 / float(match[5]), 1 / float(match[4])
    return f"{match[1]}{(lb * ub) ** 0.5:.3f}{match[3]}[{lb:.3f}, {ub:.3f}]"


def other_way_round(project: Project) -> Project:
    """Return the review with every result of its included studies turned round."""
    data = {
        file: RESULT.sub(turned, text.decode()).encode()
        if file.startswith("data/studies/") and b"\nstatus: included\n" in text
        else text
        for file, text in project.data.items()
    }
    return replace(project, data=data)


def reporting(project: Project, file: str, outcome: str, result: str) -> Project:
    """Return the review where a study found, of an outcome, `HR LOWER, UPPER`."""
    name, (estimate, _, ci) = f"data/studies/{file}.yml", result.partition(" ")
    found = rf"(  - outcome: {outcome}\n    measure: HR\n)    estimate.*\n    ci.*\n(?:    p:.*\n)?"
    said = rf"\g<1>    estimate: {estimate}\n    ci: [{ci}]\n"
    text, count = re.subn(found, said, project.data[name].decode(), count=1)
    assert count == 1
    return replace(project, data={**project.data, name: text.encode()})


def with_trial(project: Project, nodal: str = "mixed", **results: str) -> Project:
    """Return the review with a large trial more: its results by outcome, `HR LOWER, UPPER`."""
    text = project.data["data/studies/krog-08-06.yml"].decode()
    head = text.partition("results:")[0].replace("krog_08_06", "large").replace("krog2022", "large")
    head = head.replace("KROG 08-06", "LARGE").replace("NCT04803266", "NCT99999999")
    head = re.sub(r"n: \d+", "n: 200000", head.replace("value: mixed", f"value: {nodal}"))
    told = "".join(
        f"  - outcome: {outcome}\n    measure: HR\n    estimate: {estimate}\n    ci: [{ci}]\n"
        "    adjustment: unadjusted\n    source: report\n"
        for outcome, result in results.items()
        for estimate, ci in [result.split(" ", 1)]
    )
    cited = b"\n@article{large, title={A}, author={B, C}, journal={D}, year={2022}}\n"
    data = {
        **project.data,
        "data/studies/large.yml": f"{head}results:\n{told}".encode(),
        "data/references.bib": project.data["data/references.bib"] + cited,
    }
    listed = "studies: [krog_08_06, dbcg_imn2"
    return edited(replace(project, data=data), "data/searches.yml", listed, f"{listed}, large")


def printed(project: Project, *, other: bool = False) -> dict[str, str]:
    """Return what each claim prints, or with `other` the wording that its condition rules out."""
    evidence = load(project.data).review
    findings = find(evidence)
    outcomes = judge(evidence.claims, findings)
    if other:
        outcomes = tuple(replace(one, holds=not one.holds) for one in outcomes)
    return sentences(evidence, findings, outcomes)


EVIDENCE = {
    "today": lambda one: one,
    "turned round": other_way_round,
    "no difference": lambda one: with_trial(one, dfs="1.05 0.95, 1.16", os="1.00 0.92, 1.09"),
    "harm": lambda one: with_trial(one, dfs="1.60 1.45, 1.77", os="1.40 1.25, 1.57"),
    "great benefit": lambda one: with_trial(one, dfs="0.55 0.50, 0.60", os="0.85 0.84, 0.86"),
    "node-negative": lambda one: with_trial(one, nodal="n0", dfs="0.80 0.72, 0.89"),
}


@pytest.mark.parametrize("evidence", EVIDENCE.values(), ids=EVIDENCE.keys())
def test_every_wording_can_be_printed_whatever_the_evidence(
    review: Project, evidence: Callable[[Project], Project]
) -> None:
    """A sentence that cannot be printed has … for its values; one that can is whole."""
    project = evidence(review)
    for other in (False, True):
        told = printed(project, other=other)
        assert len(told) == len(load(project.data).review.claims)
        for id_, sentence in told.items():
            assert not re.search(r"…|  | [.,;:)]|\( |\.\.|{|}", sentence), (id_, sentence)
            assert sentence.endswith("."), (id_, sentence)


INCLUDED = sorted(
    path.name
    for path in (ROOT / "data" / "studies").glob("*.yml")
    if "\nstatus: included\n" in path.read_text("utf-8")
)


@pytest.mark.parametrize("file", INCLUDED)
def test_any_study_may_be_retracted_and_the_paper_still_stands(review: Project, file: str) -> None:
    """No sentence is in its way, and every condition that needs the study asks for it first."""
    retracted = "status: retracted\nretracted: 2026-10\nreason: Withdrawn by the journal.\n"
    project = edited(review, f"data/studies/{file}", "status: included\n", retracted)
    examined = build.examine(project)
    assert [one.id for one in examined.claims if one.no_answer] == []
    # Sentences are put together from parts that come and go with the studies.
    assert not re.search(r" [.,;:]( |$)|\(\)|\.\.", " ".join(printed(project).values()))


def test_harm_is_said_to_be_harm(review: Project) -> None:
    """With every result turned round, the same intervals lie on the other side of the null."""
    assert "to the disadvantage of IMNI" not in said(review)
    text = said(other_way_round(review))
    assert "in favour of IMNI" not in text
    assert "is lower with IMNI" not in text
    assert "longer" not in text
    harm = "excludes the null to the disadvantage of IMNI by either method"
    # Of mixed N+ in the results and in the conclusion; of survival in each.
    assert text.count(harm) == 2
    assert "by each planned model the interval excludes the null to the disadvantage" in text
    assert "the hazard of death is higher with IMNI by each planned model" in text


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ("1.00 0.92, 1.09", "Whether the hazard of death differs with IMNI, all studies pooled,"),
        ("0.80 0.72, 0.89", "the hazard of death is lower with IMNI by each planned model"),
        ("1.20 1.08, 1.33", "the hazard of death is not shown to differ with IMNI by any planned"),
    ],
)
def test_the_conclusion_on_survival_says_what_the_models_say(
    review: Project, result: str, says: str
) -> None:
    other = with_trial(review, os=result)
    told = printed(other)
    assert says in told["conclusion_os"]
    found = find(load(other.data).review).analyses
    for id_ in ("os", "os_hk", "os_dl_hk"):
        pooled = found[id_].synthesis
        side = "excludes the null in favour of IMNI" if pooled.est_ub < 1 else "includes the null"
        cell = f"HR {pooled.est:.2f} (95% CI {pooled.est_lb:.2f}–"
        assert cell in told["os_every_method"]
        assert side in told["os_every_method"] or "below the null" in told["os_every_method"]
    trials = found["os"].subgroups["randomised"].groups["yes"].synthesis
    assert trials.est_lb < 1 < trials.est_ub
    assert (
        "The randomised evidence alone (2 trials) does not show a difference"
        in (told["conclusion_os"])
    )
    reduction = f"a reduction of up to {100 * (1 - trials.est_lb):.0f}%"
    assert f"no difference, with {reduction}" in told["conclusion_os"]


def test_a_trial_alone_may_show_either_side(review: Project) -> None:
    for result, side in (("0.70 0.60, 0.82", "lower"), ("1.30 1.10, 1.54", "higher")):
        told = printed(reporting(review, "hennequin-2013", "os", result))["conclusion_os"]
        assert f"(1 trial) shows a {side} hazard of death with IMNI" in told


def test_rounding_is_told_to_reach_across_the_null_where_it_does(review: Project) -> None:
    crossed = 0
    for result in ("1.00 0.92, 1.09", "0.80 0.72, 0.89", "1.20 1.08, 1.33"):
        other = with_trial(review, os=result)
        told = printed(other)
        found = find(load(other.data).review).analyses
        across = []
        for id_ in ("os", "os_hk", "os_dl_hk"):
            wide = found[id_].rounding
            assert wide is not None
            ends = (wide.est_lb_low, wide.est_lb_high), (wide.est_ub_low, wide.est_ub_high)
            across.append(any(low < 1 < high for low, high in ends))
        crossed += any(across)
        for claim in ("os_rounding", "os_short"):
            said_so = "alone can carry across the null" in told[claim]
            assert said_so == any(across)
            assert said_so != ("carries none of these intervals across the null" in told[claim])
        lists = told["os_rounding"].count("whose upper limit") or told["os_rounding"].count("whose")
        assert lists == sum(across)
        assert ("; the rounding of the inputs alone" in told["conclusion_os"]) == any(across)
    assert crossed == 1


def test_the_conclusion_keeps_node_negative_disease_when_mixed_disease_turns(
    review: Project,
) -> None:
    other = with_trial(review, dfs="1.05 0.95, 1.16")
    told = printed(other)["conclusion_dfs"]
    assert "Their randomised evidence alone (2 trials) does not show a difference" in told
    assert "In node-negative disease (1 study) a difference is not shown" in told
    for result, side in (("0.70 0.60, 0.82", "longer"), ("1.30 1.10, 1.54", "shorter")):
        told = printed(reporting(review, "courdi-2013", "dfs", result))["conclusion_dfs"]
        assert f"(1 study) disease-free survival was {side} with IMNI" in told


def test_the_other_wording_on_small_studies_says_as_much_as_the_first(review: Project) -> None:
    """Both tests, what each regression and trim and fill give, the test within mixed N+."""
    first, other = (printed(review, other=turned)["dfs_small_study"] for turned in (False, True))
    numbers = [set(re.findall(r"\d+\.\d+|\d+", text)) for text in (first, other)]
    assert numbers[0] == numbers[1]
    assert "could not be told apart from a difference between N0 and mixed N+" in other


def test_prediction_intervals_are_told_by_their_sides(review: Project) -> None:
    told = printed(with_trial(review, dfs="1.05 0.95, 1.16"))
    assert "reach to both sides of the null" in told["dfs_npos_prediction"]
    assert "in a further setting the effect may lie on either side" in told["dfs_npos"]
    told = printed(other_way_round(review))
    assert "stay on the side of the pooled results" in told["dfs_npos_prediction"]
    told = printed(with_trial(review, os="0.85 0.84, 0.86"))
    assert "differ: that with DerSimonian-Laird reaches to both sides" in told["os_prediction"]
    assert "on either side depends on the model" in told["conclusion_os"]


def test_a_study_that_leaves_the_article_takes_the_claims_on_all_of_them_along(
    review: Project,
) -> None:
    left = edited(
        review,
        "data/studies/luo.yml",
        "status: included",
        "status: excluded\nreason: A meeting abstract.",
    )
    assert "With the article’s own studies" in whole(review)
    text = whole(left)
    assert "With the article’s own studies" not in text
    assert "With those of the article’s own studies that this review still pools" in text


def test_the_randomised_trial_is_named_by_what_the_group_holds(review: Project) -> None:
    """The trial of overall survival is not named in the claim, and its level is the plan's."""
    other = edited(
        review,
        "data/review.yml",
        "    prediction: t(k-2)\n",
        "    prediction: t(k-2)\n    level: 0.9\n",
    )
    assert "Hennequin 2013, gives HR 0.95 (95% CI 0.80–1.13)" in said(review).replace("\xa0", " ")
    assert "Hennequin 2013, gives HR 0.95 (90% CI 0.82–1.10)" in said(other).replace("\xa0", " ")


def test_an_assessment_that_nobody_made_is_not_told_as_made(review: Project) -> None:
    empty = (
        "quality:\n  - tool: nos\n    items:\n      - {item: comparability, level: not reported}\n"
        "    overall: not reported\n    score: not reported\n    source: report\n"
    )
    file = "data/studies/krog-08-06.yml"
    begun = replace(review, data={**review.data, file: review.data[file] + empty.encode()})
    text = whole(begun)
    assert "and nobody has applied it to the studies since" in text
    assert "Quality was not assessed anew" in text
    judged = edited(begun, file, "    overall: not reported\n", "    overall: high\n")
    text = whole(judged)
    assert "of later studies, this review applied it to KROG 08-06" in text
    assert "Quality was not assessed anew" not in text


def test_a_study_of_the_article_that_left_does_not_mix_with_what_the_article_had(
    review: Project,
) -> None:
    retracted = "status: retracted\nretracted: 2026-10\nreason: Withdrawn by the journal."
    gone = edited(review, "data/studies/wang-2019.yml", "status: included", retracted)
    text = whole(gone)
    assert "With the article’s 12 studies as it printed them, the rounding" in text
    assert "Neither model that is used here reproduces them" in whole(review)
    assert "Neither model that is used here reproduces them" not in text
    assert "(11 studies of overall survival), DerSimonian-Laird with Wald and restricted" in text


def test_a_trial_that_found_harm_is_not_told_as_longer_survival(review: Project) -> None:
    """The pool keeps its side of the null; the trial and the prediction interval do not."""
    told = said(reporting(review, "krog-08-06", "dfs", "1.30 1.10, 1.54")).replace("\xa0", " ")
    assert "was longer with IMNI" not in told
    assert "IMNI goes with longer disease-free survival" not in told
    assert "those randomised HR 1.30" in told
    assert "(KROG 08-06), gives HR 1.30 (95% CI 1.10–1.54), which excludes the null to" in told
    assert "(1 trial) shows shorter disease-free survival with IMNI" in told
    assert "so that in a further setting the effect may lie on either side" in told
