"""What an edition says of itself where nobody words it: studies, statements, no id of a claim."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.changes import changes
from analysis.entry import changelog, why
from analysis.plan import find
from analysis.records import Claim, Review
from analysis.records.study import Study
from analysis.steps import Side, step
from tests.evidence_samples import analysis, result, review, study
from tests.scratch import entry

ANNA = study("anna", result(0.8, 0.6, 1.1))
BERT = study("bert", result(0.7, 0.5, 0.9))
CORA = study("cora", result(1.8, 1.6, 2.0), published="2000")
RETRACTED = BERT.model_copy(
    update={"status": "retracted", "retracted": "2026-05", "reason": "Why."}
)
SUPERSEDED = BERT.model_copy(update={"status": "superseded", "superseded_by": "cora"})
CORRECTED = study("anna", result(0.87, 0.6, 1.1))
NEARLY = study("anna", result(0.8, 0.6, 1.1001))
FEWER = Claim(
    id="fewer", text="Fewer died ({{ tb | estimate }}).", holds="tb.est < 1", otherwise="Not fewer."
)
MORE = Claim(id="more", text="More died.", holds="tb.est > 1", otherwise="Not more died.")


def side(*studies: Study, claims: tuple[Claim, ...] = (FEWER,), **fields: str) -> Side:
    evidence: Review = review(studies, analysis(**fields)).model_copy(update={"claims": claims})
    return Side(evidence, find(evidence))


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (side(ANNA, BERT, CORA), "Cora is added; 1 statement of the text changed."),
        (
            side(ANNA, RETRACTED),  # Anna alone has no interval by knha, and the claim no answer
            "Bert (retracted in May 2026) is no longer included; 1 statement of the text changed.",
        ),
        (
            side(CORRECTED, SUPERSEDED, CORA, claims=(FEWER, MORE)),
            "Bert is replaced by Cora; Anna is corrected; 2 statements of the text changed.",
        ),
        (
            side(CORRECTED, BERT),
            "Anna is corrected. In print these main results move: Tuberculosis.",
        ),
        (side(NEARLY, BERT), "Anna is corrected. No main result moves in print."),
        (side(ANNA, BERT, method="DL"), "Results move: Tuberculosis."),
        (side(ANNA, BERT), "Results are unchanged."),
        (side(ANNA, BERT, claims=(FEWER, MORE)), "1 statement of the text changed."),
    ],
)
def test_why_there_is_an_edition(after: Side, told: str) -> None:
    assert why(step("1.0.0", side(ANNA, BERT), after)) == told


def test_why_there_is_a_first_edition_and_one_after_lost_evidence() -> None:
    assert why(step(None, None, side(ANNA))) == "The first edition."
    lost = Side(None, side(ANNA, BERT).findings)
    assert why(step("1.0.0", lost, side(ANNA, CORA))) == (
        "Added: Cora; removed: Bert; 1 statement of the text changed."
    )


def test_studies_that_came_or_left_together_are_told_together() -> None:
    both = [one.model_copy(update={"cohort": "danish"}) for one in (BERT, CORA)]
    gone = [one.model_copy(update={"status": "excluded", "reason": "Why."}) for one in both]
    here, there = review([ANNA, *both]), review([ANNA, *gone])
    due = step("1.0.0", side(ANNA), side(ANNA, BERT, claims=(FEWER,)))
    left, came = (replace(due, changes=changes(*pair)) for pair in ((here, there), (there, here)))
    turned = "1 statement of the text changed."
    assert why(left) == f"Bert (excluded), Cora (excluded) are no longer included; {turned}"
    assert why(came) == f"Bert, Cora are added; {turned}"


def told_of(change: str, *studies: Study) -> list[str]:
    lines = list(changelog(entry("1.1.0"), step("1.0.0", side(ANNA, BERT), side(*studies))))
    at = lines.index(f"{change}:") + 2
    return lines[at : lines.index("", at)]


def test_the_changelog_says_what_a_correction_changed() -> None:
    assert told_of("Corrected", CORRECTED, BERT) == [
        "- Anna\\: results\\[tuberculosis\\].estimate\\: 0.8000 → 0.8700"
    ]
    noted = ANNA.model_copy(update={"note": "Read again."})
    assert told_of("Corrected", noted, BERT) == ["- Anna\\: note\\: – → Read again."]
    filled = ANNA.model_copy(update={"country": "Norway"})
    assert told_of("Filled in", filled, BERT) == ["- Anna\\: country\\: not reported → Norway"]


def test_of_a_correction_the_changelog_says_a_few_fields_and_a_remark_last() -> None:
    again = study("anna", result(0.87, 0.6, 1.1, note="Read again.", adjustment="adjusted"))
    again = again.model_copy(update={"country": "Norway", "label": "Anna 1990"})
    [line] = told_of("Corrected", again, BERT)
    assert "Read again." not in line
    assert line.count("→") == 3
    assert line.endswith("; … and 2 more")


def test_the_changelog_tells_the_statements_that_changed_whole() -> None:
    """As they read now and before, with their numbers, however long they are."""
    more = "Of what followed in later years nothing is known. " * 8
    long = FEWER.model_copy(update={"text": f"{FEWER.text} {more}"})
    due = step("1.0.0", side(ANNA, BERT, claims=(long,)), side(ANNA, BERT, CORA, claims=(long,)))
    lines = changelog(entry("2.0.0"), due)
    assert "Step: major (added\\: Cora; 1 statement of the text changed)." in lines
    at = lines.index("Statements that changed:")
    pooled = side(ANNA, BERT).findings.analyses["tb"].synthesis
    cell = f"RR {pooled.est:.2f} (95% CI {pooled.est_lb:.2f}–{pooled.est_ub:.2f})"
    assert lines[at + 2 : at + 5] == [
        "- “Not fewer.”",
        f"    - before: “Fewer died ({cell}). {more.strip()}”",
        "",
    ]
    assert "claim" not in "\n".join(lines)


def test_the_changelog_tells_what_is_new_and_what_is_said_no_more() -> None:
    kept, gone = FEWER, MORE.model_copy(update={"holds": "tb.est < 1"})
    new = MORE.model_copy(update={"id": "new", "text": "Few were lost.", "holds": "tb.k == 2"})
    due = step("1.0.0", side(ANNA, BERT, claims=(gone, kept)), side(ANNA, BERT, claims=(kept, new)))
    lines = changelog(entry("2.0.0"), due)
    at = lines.index("Statements that changed:")
    assert lines[at + 2 : at + 5] == [
        "- new: “Few were lost.”",
        "- no longer said: “More died.”",
        "",
    ]


def test_of_an_edition_whose_evidence_is_lost_no_earlier_words_are_told() -> None:
    lost = Side(None, side(ANNA, BERT).findings)
    lines = changelog(entry("2.0.0"), step("1.0.0", lost, side(ANNA, BERT, CORA)))
    at = lines.index("Statements that changed:")
    assert lines[at + 2 : at + 4] == ["- “Not fewer.”", ""]


def test_where_the_numbers_alone_moved_no_statement_changed() -> None:
    due = step("1.0.0", side(ANNA, BERT), side(CORRECTED, BERT))
    assert len(due.text.renumbered) == 1
    assert "Statements" not in "\n".join(changelog(entry("1.1.0"), due))
