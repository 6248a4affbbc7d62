"""What became of studies that came into the pools or left them, in words."""

from __future__ import annotations

import pytest

from analysis.changes import Change, changes
from analysis.comparison_words import heading
from analysis.records import Arms, Study
from analysis.records.study import Arm
from analysis.study_moves import story
from tests.evidence_samples import result, review, study

ANNA = study("anna", result(0.8, 0.6, 1.1))
BERT = study("bert", result(0.7, 0.5, 0.9))
NEWER = study("newer", result(0.75, 0.6, 0.95), published="2000")


def changed(before: list[Study], after: list[Study]) -> Change:
    (found,) = changes(review(before), review(after))
    return found


@pytest.mark.parametrize(
    ("status", "headed", "told"),
    [
        (
            {"status": "retracted", "retracted": "2026-05", "reason": "Patients\n counted twice."},
            "removed: Bert (retracted in May 2026)",
            "retracted in May 2026: Patients counted twice.",
        ),
        (
            {"status": "retracted", "retracted": "2026-05-03"},
            "removed: Bert (retracted on 3 May 2026)",
            "retracted on 3 May 2026",
        ),
        (
            {"status": "excluded", "reason": "Not randomised."},
            "removed: Bert (excluded)",
            "excluded: Not randomised.",
        ),
        (
            {"status": "awaiting", "reason": "Its authors were asked."},
            "removed: Bert (awaiting assessment)",
            "awaiting assessment: Its authors were asked.",
        ),
        (
            {"status": "superseded", "superseded_by": "anna"},
            "removed: Bert (superseded by Anna)",
            "superseded by Anna",
        ),
    ],
)
def test_a_study_that_left_says_how_and_why(status: dict[str, str], headed: str, told: str) -> None:
    found = changed([ANNA, BERT], [ANNA, BERT.model_copy(update=status)])
    assert heading(found) == headed
    assert story(found.came, found.left) == [told]


def test_a_study_whose_file_is_gone() -> None:
    found = changed([ANNA, BERT], [ANNA])
    assert heading(found) == "removed: Bert (no longer in the data)"
    assert story(found.came, found.left) == ["no longer in the data"]


def test_a_study_that_came_says_its_design_and_patients() -> None:
    groups = (Arm(arm="bcg", n=1200), Arm(arm="no_bcg", n=1300))
    known = BERT.model_copy(update={"arms": Arms(groups=groups, source="report")})
    found = changed([ANNA], [ANNA, known])
    assert heading(found) == "added: Bert"
    assert story(found.came, found.left) == ["randomised trial, 2,500 patients"]


def test_what_is_not_known_of_a_study_that_came_is_said() -> None:
    found = changed([ANNA], [ANNA, BERT.model_copy(update={"design": None})])
    assert story(found.came, found.left) == ["design not reported, number of patients not reported"]


def test_of_studies_that_replace_each_other_each_is_told() -> None:
    gone = BERT.model_copy(update={"status": "superseded", "superseded_by": "newer"})
    found = changed([ANNA, BERT], [ANNA, gone, NEWER])
    assert heading(found) == "replaced: Bert replaced by Newer"
    assert story(found.came, found.left) == [
        "Bert: superseded by Newer",
        "Newer: randomised trial, number of patients not reported",
    ]


def test_studies_that_left_together_are_named_each_with_its_status() -> None:
    both = [one.model_copy(update={"cohort": "danish"}) for one in (ANNA, BERT)]
    gone = [
        both[0].model_copy(update={"status": "excluded", "reason": "Not asked."}),
        both[1].model_copy(update={"status": "retracted", "retracted": "2001"}),
    ]
    found = changed([*both, NEWER], [*gone, NEWER])
    assert heading(found) == "removed: Anna (excluded), Bert (retracted in 2001)"
    assert story(found.came, found.left) == [
        "Anna: excluded: Not asked.",
        "Bert: retracted in 2001",
    ]
