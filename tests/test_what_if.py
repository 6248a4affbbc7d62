"""The review, had a study reported a certain result."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from analysis.changes import changes
from analysis.cli import main
from analysis.corrections import stands
from analysis.errors import DataError
from analysis.load import load, load_review, read_files
from analysis.plan import find
from analysis.records import Review
from analysis.supposition import Supposition
from analysis.values import Printed
from analysis.what_if import Superseded, left_out_of, outcome_of, study_of, suppose, suppose_file
from tests.evidence_samples import TINY, analysis, article, result, review, study

TINY_ROOT = Path(__file__).parent / "tiny"
REAL = article()
ROOT = load_review(Path(__file__).parent.parent)


def supposed(**changes: Any) -> Supposition:
    values: dict[str, Any] = {
        "study": "potential",
        "outcome": "DFS",
        "estimate": Printed(0.80, 2),
        "ci": (Printed(0.66, 2), Printed(0.97, 2)),
        "design": "randomised trial",
        **changes,
    }
    return Supposition(**values)


def message(error: pytest.ExceptionInfo[DataError]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


def test_a_made_up_study_is_pooled_as_if_its_file_were_there() -> None:
    found = suppose(REAL, supposed())
    assert (found.study, found.label, found.made_up) == ("potential", "potential", True)
    assert found.outcomes == {"dfs"}
    row = next(r for r in find(found.review).analyses["dfs"].rows if r.study == "potential")
    assert row.yi == pytest.approx(math.log(0.80))
    assert math.sqrt(row.vi) == pytest.approx(math.log(0.97 / 0.66) / (2 * 1.959963984540054))
    assert (row.est, row.lb, row.ub) == (0.80, 0.66, 0.97)
    assert row.adjustment == "unadjusted"


def test_the_review_itself_stays_as_it_was() -> None:
    before = find(REAL).to_json()
    found = suppose(REAL, supposed())
    assert "potential" not in REAL.by_id
    assert find(REAL).to_json() == before
    assert found.review.evidence != REAL.evidence


def test_an_ongoing_study_reports_and_keeps_what_is_known_of_it() -> None:
    ongoing = study("potential", status="ongoing", country="China", label="POTENTIAL")
    evidence = review([*TINY.studies, ongoing])
    found = suppose(evidence, supposed(outcome="tb", design=None, study="Potential"))
    after = found.review.by_id["potential"]
    assert not found.made_up
    assert (after.status, after.country, after.design) == ("included", "China", "randomised trial")
    assert [one.outcome for one in after.results] == ["tuberculosis"]
    assert after.results[0].source in after.sources
    assert "potential" in find(found.review).analyses["tb"].studies


def test_a_result_that_is_there_gives_way_to_the_supposed_one() -> None:
    part = result(0.5, 0.3, 0.8, subgroup={"allocation": "random"})
    known = study("anna", result(0.9, 0.8, 1.0), part)
    evidence = review([*TINY.studies, known])
    found = suppose(evidence, supposed(study="anna", outcome="TB"))
    results = filter(stands, found.review.by_id["anna"].results)
    assert [(float(one.estimate or 0), dict(one.subgroup)) for one in results] == [
        (0.5, {"allocation": "random"}),
        (0.8, {}),
    ]


def test_what_a_document_printed_is_pooled_where_it_is_asked_for_whatever_is_supposed() -> None:
    found = suppose(ROOT, supposed(study="thorsen", outcome="os", design=None))
    before, after = find(ROOT).analyses, find(found.review).analyses
    assert after["os"].synthesis != before["os"].synthesis
    assert after["os_article"].synthesis == before["os_article"].synthesis


def test_a_retracted_or_superseded_study_comes_back() -> None:
    gone = study("anna", result(0.9, 0.8, 1.0), status="retracted", retracted="2020")
    found = suppose(review([*TINY.studies, gone]), supposed(study="anna", outcome="TB"))
    after = found.review.by_id["anna"]
    assert (after.status, after.retracted, after.superseded_by) == ("included", None, None)


def test_studies_that_share_patients_are_refused_as_ever() -> None:
    from analysis.errors import MethodError

    old = study("old", result(0.9, 0.8, 1.0), cohort="danish")
    new = study("new", cohort="danish")
    found = suppose(review([*TINY.studies, old, new]), supposed(study="new", outcome="TB"))
    assert found.superseded == ()
    with pytest.raises(MethodError) as caught:
        find(found.review)
    assert "found New and Old, who share patients (cohort danish), wanted one of them" in str(
        caught.value
    )


@pytest.mark.parametrize("status", ["awaiting", "ongoing"])
def test_a_study_yet_to_report_supersedes_the_report_on_the_same_patients(status: str) -> None:
    old = study("old", result(0.9, 0.8, 1.0), cohort="danish")
    new = study("new", status=status, cohort="danish")
    other = study("other", result(0.9, 0.8, 1.0), cohort="dutch")
    evidence = review([*TINY.studies, old, new, other])
    found = suppose(evidence, supposed(study="new", outcome="TB"))
    assert found.superseded == (Superseded("Old", ()),)
    after = found.review.by_id["old"]
    assert (after.status, after.superseded_by) == ("superseded", "new")
    assert found.review.by_id["other"] == other
    taken = find(found.review).analyses["tb"].studies
    assert {"new", "other"} <= set(taken)
    assert "old" not in taken
    (change,) = changes(evidence, found.review)
    assert (change.kind, change.label) == ("replaced", "Old replaced by New")


def test_what_only_the_superseded_report_has_is_lost() -> None:
    later = suppose(ROOT, supposed(study="thorsen_2022", outcome="OS", measure="HR", design=None))
    only = {one.outcome for one in ROOT.by_id["thorsen"].results} - {"os"}
    assert [one.label for one in later.superseded] == ["Thorsen 2016"]
    assert set(later.superseded[0].lost) == {outcome_of(ROOT, name).short for name in only}
    # Of an outcome that the earlier report is silent on, both can be had.
    beside = suppose(ROOT, supposed(study="thorsen_2022", outcome="DFS", design=None))
    assert beside.superseded == ()
    assert beside.review.by_id["thorsen"] == ROOT.by_id["thorsen"]


@pytest.mark.parametrize("name", ["dfs", "DFS", "Dfs", "disease-free survival"])
def test_an_outcome_goes_by_id_short_name_or_label(name: str) -> None:
    assert outcome_of(REAL, name).id == "dfs"


@pytest.mark.parametrize("name", ["stein_aronson", "Stein-Aronson", "stein & aronson 1953"])
def test_a_study_goes_by_id_or_label(name: str) -> None:
    found = study_of(TINY, name)
    assert found is not None
    assert found.id == "stein_aronson"


def test_an_unknown_outcome_is_named_with_those_there_are() -> None:
    with pytest.raises(DataError) as caught:
        suppose(TINY, supposed(outcome="survival"))
    assert message(caught) == [
        "what-if outcome: found 'survival', wanted an outcome of this review: tuberculosis"
    ]


def test_another_measure_than_that_of_the_outcome_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        suppose(TINY, supposed(outcome="tb", measure="HR"))
    assert message(caught) == ["what-if estimate: found HR, wanted RR, the measure of TB"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"ci": (Printed(0.97, 2), Printed(0.66, 2))},
            "what-if ci: found [0.97, 0.66], wanted lower < upper",
        ),
        (
            {"estimate": Printed(1.2, 1)},
            "what-if estimate: found 1.2 outside its interval [0.66, 0.97], wanted it inside",
        ),
        (
            {"estimate": Printed(-1.0, 1)},
            "what-if estimate: found -1.0, wanted more than 0: RR is a ratio",
        ),
        (
            {"level": Printed(95.0, 0)},
            "what-if level: found 95, wanted a level between 0 and 1: perhaps 0.95?",
        ),
    ],
)
def test_numbers_that_cannot_be_a_result_are_refused(
    changes: dict[str, Any], expected: str
) -> None:
    with pytest.raises(DataError) as caught:
        suppose(TINY, supposed(outcome="tb", **changes))
    assert message(caught) == [expected]


def test_characteristics_are_those_of_the_review() -> None:
    found = suppose(REAL, supposed(characteristics={"nodal": "mixed"}))
    assert "potential" in find(found.review).analyses["dfs_npos"].studies
    with pytest.raises(DataError) as caught:
        suppose(REAL, supposed(characteristics={"nodal": "n9", "colour": "red"}))
    assert message(caught) == [
        "what-if with: found 'colour', wanted a characteristic of this review: nodal, surgery, "
        "tumour_location",
        "what-if with: found 'n9', wanted a level of nodal: n0, mixed, n1",
    ]


def test_who_does_not_take_the_study_says_why() -> None:
    found = suppose(REAL, supposed())
    left = left_out_of(find(found.review), found)
    assert left == {
        "Disease-free survival in mixed N+": "nodal: not reported",
        "Disease-free survival in mixed N+, REML with Hartung-Knapp": "nodal: not reported",
        "Disease-free survival, the studies of the article": (
            "not among the studies of this analysis"
        ),
    }


def test_an_adjustment_that_is_not_given_is_not_reported_unless_randomised() -> None:
    cohort = suppose(TINY, supposed(outcome="tb", design="retrospective cohort"))
    assert cohort.review.by_id["potential"].results[-1].adjustment is None
    matched = suppose(TINY, supposed(outcome="tb", adjustment="matched"))
    assert matched.review.by_id["potential"].results[-1].adjustment == "matched"


# --- a file --------------------------------------------------------------------------------


def of_file(text: str, name: str = "new.yml") -> Any:
    files = read_files(TINY_ROOT)
    return suppose_file(load(files).review, files, text.encode(), name)


def written(**changes: str) -> str:
    text = (TINY_ROOT / "data/studies/aronson-1948.yml").read_text("utf-8")
    for before, after in changes.values():
        assert before in text
        text = text.replace(before, after)
    return text


def test_a_study_file_takes_the_place_of_the_one_with_its_id() -> None:
    found = of_file(written(events=("events: 4,", "events: 9,")))
    assert (found.study, found.made_up) == ("aronson", False)
    files = read_files(TINY_ROOT)
    name = "data/studies/aronson-1948.yml"
    files[name] = files[name].replace(b"events: 4,", b"events: 9,")
    expected = find(load(files).review).analyses["tb"].synthesis
    assert find(found.review).analyses["tb"].synthesis == expected


def test_a_study_file_may_be_new_and_cite_what_is_not_in_the_bibliography() -> None:
    text = written(
        id=("id: aronson", "id: later"),
        label=("label: Aronson 1948", "label: Later 2030"),
        document=("document: aronson1948", "document: later2030"),
        status=("status: included", "status: ongoing"),
    )
    found = of_file(text)
    assert (found.study, found.label, found.made_up) == ("later", "Later 2030", True)
    assert find(found.review).analyses["tb"].synthesis.k == 7


def test_a_study_file_with_errors_is_named_as_given() -> None:
    with pytest.raises(DataError) as caught:
        of_file(written(status=("status: included", "status: inclded")), "/somewhere/new.yml")
    (text,) = message(caught)
    assert text.startswith("/somewhere/new.yml:4 status: found 'inclded', wanted one of: ")
    with pytest.raises(DataError) as caught:
        of_file(written(n=("events: 4, n: 123", "events: 400, n: 123")))
    assert message(caught) == [
        "new.yml:30 results[0].groups[0].events: found 400 events in 123 patients, wanted no more"
    ]


def test_a_study_file_is_checked_as_one_of_the_review() -> None:
    sources = written().partition("sources:\n")[2].partition("report: report\n")[0]
    for slip, told in (
        (("report: report\n", "report: nowhere\n"),
         "new.yml:14 report: found 'nowhere', wanted one of this study's sources: report"),
        (("    adjustment: unadjusted\n    source: report\n",
          "    adjustment: unadjusted\n    source: reprt\n"),
         "new.yml:33 results[0].source: found 'reprt', wanted one of this study's sources: "
         "perhaps report?"),
        (("outcome: tuberculosis", "outcome: tuberclosis"),
         "new.yml:27 results[0].outcome: found 'tuberclosis', wanted an outcome that review.yml "
         "declares: perhaps tuberculosis?"),
    ):  # fmt: skip
        with pytest.raises(DataError) as caught:
            of_file(written(slip=slip))
        assert message(caught) == [told]
    with pytest.raises(DataError) as caught:
        of_file(written(slip=(f"sources:\n{sources}", "sources: {}\n")))
    assert message(caught)[0] == (
        "new.yml:5 sources: found no source, wanted at least one: where the study was read"
    )


def test_an_empty_plan_of_findings_is_no_trouble() -> None:
    # One analysis alone, of another outcome than the supposed result.
    evidence: Review = review(TINY.studies, analysis(method="DL", test="z"))
    found = suppose(evidence, supposed(outcome="tb"))
    assert left_out_of(find(found.review), found) == {}


def test_a_second_outcome_does_not_take_the_place_of_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["what-if", "--study", "x", "--outcome", "OS", "--hr", "1.3", "--outcome", "DFS"]
    assert main(asked) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "living-review what-if: error: found --outcome twice, wanted it once: one result is "
        "supposed"
    )
