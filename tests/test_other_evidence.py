"""What this review's own prose says once its evidence is another: no sentence outlives it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import build
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


def test_harm_is_said_to_be_harm(review: Project) -> None:
    """With every result turned round, the same intervals lie on the other side of the null."""
    assert "to the disadvantage of IMNI" not in said(review)
    data = {
        file: RESULT.sub(turned, text.decode()).encode()
        if file.startswith("data/studies/") and b"\nstatus: included\n" in text
        else text
        for file, text in review.data.items()
    }
    text = said(replace(review, data=data))
    assert "in favour of IMNI" not in text
    assert "is lower with IMNI" not in text
    assert "longer" not in text
    # Three models in the results and in the conclusion, two of mixed N+ in each of them.
    assert text.count("excludes the null to the disadvantage of IMNI") == 3 + 3 + 2 + 2


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
    file = "data/studies/krog-08-06.yml"
    text = review.data[file].decode()
    result = re.search(r"    estimate: 0\.80\n    ci: \[0\.57, 1\.14\]\n    p: \S+\n", text)
    assert result is not None
    harm = "    estimate: 1.30\n    ci: [1.10, 1.54]\n"
    other = replace(review, data={**review.data, file: text.replace(result[0], harm).encode()})
    told = said(other).replace("\xa0", " ")
    assert "was longer with IMNI" not in told
    assert "IMNI goes with longer disease-free survival" not in told
    assert "The randomised evidence (1 trial) gives HR 1.30" in told
    assert "for the difference); the prediction intervals are" in told
