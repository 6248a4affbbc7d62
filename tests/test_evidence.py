"""Which results an analysis takes; the evidence of a day; the value of a field."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from analysis.as_of import as_of
from analysis.bibliography import (
    MAX_BYTES,
    Bibliography,
    publication_dates,
    read_bibliography,
)
from analysis.compared_arms import Comparison
from analysis.errors import MethodError
from analysis.evidence import candidates, restrict, study_value
from analysis.load import load_review
from analysis.measure import measure
from analysis.records import (
    AnalysisPlan,
    FollowUp,
    Planned,
    Recruitment,
    Result,
    Review,
    Selection,
    Source,
    Study,
    Take,
)
from analysis.values import Printed, last_day

TINY = Path(__file__).parent / "tiny"


@pytest.fixture(scope="module")
def review() -> Review:
    return load_review(TINY)


def changed(review: Review, id_: str, **fields: Any) -> Review:
    studies = tuple(
        study.model_copy(update=fields) if study.id == id_ else study for study in review.studies
    )
    return review.model_copy(update={"studies": studies})


def planned(review: Review, **fields: Any) -> AnalysisPlan:
    return review.plan.analyses[0].model_copy(update=fields)


def ids(review: Review, analysis: AnalysisPlan) -> list[str]:
    return [taken.study.id for taken in candidates(review, analysis).taken]


def left(review: Review, analysis: AnalysisPlan) -> dict[str, tuple[str, str]]:
    return {one.study: (one.stage, one.reason) for one in candidates(review, analysis).left_out}


def source(published: str | None, **fields: Any) -> Source:
    values = {
        "document": "colditz1994",
        "place": "abstract",
        "access": "abstract",
        "extracted_by": None,
        "checked_by": None,
        **fields,
    }
    return Source.model_construct(published=published, via=values.pop("via", None), **values)


def result(**fields: Any) -> Result:
    values: dict[str, Any] = {
        "outcome": "tuberculosis",
        "measure": "RR",
        "estimate": Printed(0.4, 1),
        "ci": (Printed(0.2, 1), Printed(0.8, 1)),
        "adjustment": "unadjusted",
        "source": "report",
    }
    return Result.model_construct(**{**values, **fields})


# --- the effects of the tiny review --------------------------------------------------------


def test_the_tiny_review_gives_the_published_risk_ratios(review: Review) -> None:
    """Effects as metafor's escalc() gives them for dat.bcg, printed to four decimals."""
    published = {
        "aronson": (-0.8893, 0.3256),
        "coetzee_berjak": (-0.4694, 0.0564),
        "comstock": (-0.3394, 0.0124),
        "ferguson_simes": (-1.5854, 0.1946),
        "hart_sutherland": (-1.4416, 0.0200),
        "stein_aronson": (-0.7861, 0.0069),
    }
    taken = candidates(review, review.plan.analyses[0]).taken
    found = {t.study.id: measure(t.result, Comparison("bcg", "no_bcg")) for t in taken}
    assert found.keys() == published.keys()
    for id_, (yi, vi) in published.items():
        # half a unit of the fourth decimal
        assert found[id_].yi == pytest.approx(yi, abs=0.5e-4)
        assert found[id_].vi == pytest.approx(vi, abs=0.5e-4)


# --- candidates ----------------------------------------------------------------------------


def test_taken_and_left_out_together_are_the_studies(review: Review) -> None:
    for analysis in review.plan.analyses:
        found = candidates(review, analysis)
        both = [t.study.id for t in found.taken] + [one.study for one in found.left_out]
        assert sorted(both) == [study.id for study in review.studies]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "ongoing"}, "ongoing"),
        ({"status": "awaiting", "reason": "two values swapped"}, "awaiting: two values swapped"),
        ({"status": "excluded", "reason": "no control"}, "excluded: no control"),
        ({"status": "superseded", "superseded_by": "comstock"}, "superseded by a later report"),
        ({"status": "retracted", "retracted": "1950"}, "retracted"),
    ],
)
def test_a_study_that_is_not_included_is_left_out(
    review: Review, fields: dict[str, str], reason: str
) -> None:
    analysis = review.plan.analyses[0]
    other = changed(review, "aronson", **fields)
    assert "aronson" not in ids(other, analysis)
    assert left(other, analysis) == {"aronson": ("status", reason)}


@pytest.mark.parametrize(
    ("selection", "reason"),
    [
        ({"without": ("aronson",)}, "not among the studies of this analysis"),
        ({"only": ("comstock",)}, "not among the studies of this analysis"),
        ({"design": ("prospective cohort",)}, "design: randomised trial"),
        ({"not_design": ("randomised trial",)}, "design: randomised trial"),
        ({"characteristics": {"allocation": ("alternate",)}}, "allocation: random"),
        ({"characteristics": {"age": ("old",)}}, "age: not reported"),
    ],
)
def test_a_selection_leaves_out_with_its_reason(
    review: Review, selection: dict[str, Any], reason: str
) -> None:
    analysis = planned(review, studies=Selection.model_construct(**selection))
    assert left(review, analysis)["aronson"] == ("selection", reason)


@pytest.mark.parametrize("name", ["design", "not_design"])
def test_an_unknown_design_is_on_no_list(review: Review, name: str) -> None:
    selection = Selection.model_construct(**{name: ("retrospective cohort",)})
    analysis = planned(review, studies=selection)
    other = changed(review, "aronson", design=None)
    assert left(other, analysis)["aronson"] == ("selection", "design not reported")


def test_a_selection_of_values_takes_those(review: Review) -> None:
    selection = Selection(characteristics={"allocation": ("alternate", "systematic")})
    assert ids(review, planned(review, studies=selection)) == ["comstock", "stein_aronson"]
    assert ids(review, planned(review, studies=Selection(only=("aronson",)))) == ["aronson"]


def test_only_results_of_the_whole_study_are_taken_by_default(review: Review) -> None:
    part = result(subgroup={"allocation": "random"})
    both = (*review.by_id["aronson"].results, part)
    analysis = review.plan.analyses[0]
    (first,) = (
        t
        for t in candidates(changed(review, "aronson", results=both), analysis).taken
        if t.study.id == "aronson"
    )
    assert first.index == 0
    other = changed(review, "aronson", results=(part,))
    assert left(other, analysis) == {"aronson": ("result", "no result for the whole study")}


def test_a_plan_may_take_a_part_of_the_studies(review: Review) -> None:
    part = result(subgroup={"allocation": "random"})
    other = changed(review, "aronson", results=(*review.by_id["aronson"].results, part))
    analysis = planned(review, take=Take(subgroup={"allocation": "random"}))
    (taken,) = candidates(other, analysis).taken
    assert (taken.study.id, taken.index, taken.result) == ("aronson", 1, part)
    assert left(other, analysis)["comstock"] == ("result", "no result for this part")


def test_a_result_in_another_measure_is_not_pooled_with_the_rest(review: Review) -> None:
    other = changed(review, "aronson", results=(result(measure="OR"), result(measure="HR")))
    assert left(other, review.plan.analyses[0]) == {"aronson": ("result", "gives HR, OR, not RR")}


def test_take_prefers_in_its_order_and_takes_nothing_else(review: Review) -> None:
    results = (
        result(adjustment="unadjusted"),
        result(adjustment="multivariable"),
        result(adjustment=None),
    )
    other = changed(review, "aronson", results=results)

    def index(*adjustment: str | None) -> int:
        analysis = planned(review, take=Take.model_construct(adjustment=adjustment))
        return next(t.index for t in candidates(other, analysis).taken if t.study.id == "aronson")

    assert index("multivariable", "unadjusted") == 1
    assert index("matched", "unadjusted", "multivariable") == 0
    assert index(None) == 2
    analysis = planned(review, take=Take(adjustment=("matched",)))
    assert left(other, analysis)["aronson"] == ("result", "no result adjusted as planned")


def test_a_choice_that_is_not_made_is_an_error(review: Review) -> None:
    other = changed(review, "aronson", results=(result(), result(adjustment="weighted")))
    with pytest.raises(MethodError) as caught:
        candidates(other, review.plan.analyses[0])
    assert str(caught.value) == (
        "analysis tb: found several results of Aronson 1948, "
        "wanted a plan that takes one of each study"
    )


def test_studies_that_share_patients_are_an_error(review: Review) -> None:
    other = changed(changed(review, "aronson", cohort="a"), "comstock", cohort="a")
    with pytest.raises(MethodError) as caught:
        candidates(other, review.plan.analyses[0])
    assert str(caught.value) == (
        "analysis tb: found Aronson 1948 and Comstock et al. 1974, who share patients "
        "(cohort a), wanted one of them"
    )
    # Where only one of them has the outcome, nothing is shared.
    assert (
        len(candidates(changed(other, "aronson", results=()), review.plan.analyses[0]).taken) == 5
    )


# --- the value of a field ------------------------------------------------------------------


def with_dates(review: Review, start: str | None, end: str | None) -> Study:
    recruitment = Recruitment.model_construct(start=start, end=end, source="report")
    return review.by_id["aronson"].model_copy(update={"recruitment": recruitment})


@pytest.mark.parametrize(
    ("start", "end", "values"),
    [
        ("1935", "1938", (1935.0, 1936.5, 1938.0)),
        ("1935-07", "1936-01", (1935.5, 1935.75, 1936.0)),
        ("2007-05-01", None, (2007 + 4 / 12, None, None)),
        (None, None, (None, None, None)),
    ],
)
def test_recruitment_as_decimal_years(
    review: Review, start: str | None, end: str | None, values: tuple[float | None, ...]
) -> None:
    study = with_dates(review, start, end)
    found = [study_value(study, f"recruitment_{name}") for name in ("start", "mid", "end")]
    assert found == list(values)


def test_other_fields(review: Review) -> None:
    aronson, comstock = review.by_id["aronson"], review.by_id["comstock"]
    assert study_value(aronson, "recruitment_start") is None
    assert study_value(aronson, "follow_up") is None
    follow_up = FollowUp(value=Printed(2.5, 1), unit="years", statistic="median", source="report")
    assert study_value(aronson.model_copy(update={"follow_up": follow_up}), "follow_up") == 30.0
    for unit, months in (("days", 12), ("weeks", 84), ("months", 365.25)):
        same = follow_up.model_copy(update={"value": Printed(365.25, 2), "unit": unit})
        told = study_value(aronson.model_copy(update={"follow_up": same}), "follow_up")
        assert told == pytest.approx(months, rel=1e-14)
    assert study_value(aronson, "year") == 1948.0
    assert study_value(aronson.model_copy(update={"report": None}), "year") is None
    assert study_value(aronson, "design") == "randomised trial"
    assert (study_value(aronson, "randomised"), study_value(comstock, "randomised")) == (
        "yes",
        "no",
    )
    assert study_value(aronson.model_copy(update={"design": None}), "randomised") is None
    assert study_value(aronson, "latitude") == "44"
    assert study_value(aronson, "colour") is None


# --- evidence at a date --------------------------------------------------------------------


def test_the_evidence_of_a_day_is_what_was_published_by_then(review: Review) -> None:
    found = {
        day: [s.id for s in as_of(review, day).studies] for day in ("1947-12-31", "1953-12-31")
    }
    assert found == {
        "1947-12-31": [],
        "1953-12-31": ["aronson", "ferguson_simes", "stein_aronson"],
    }
    # A year counts from its last day.
    assert [s.id for s in as_of(review, "1948-12-30").studies] == []
    assert [s.id for s in as_of(review, "1948-12-31").studies] == ["aronson"]


def test_the_evidence_of_today_is_all_of_it(review: Review) -> None:
    assert as_of(review, "2100-01-01").studies == review.studies


def test_evidence_only_grows(review: Review) -> None:
    days = [f"{year}-06-15" for year in range(1945, 1985)]
    kept = [{s.id for s in as_of(review, day).studies} for day in days]
    assert all(earlier <= later for earlier, later in pairwise(kept))


def test_searches_and_baseline_risks_follow_their_studies(review: Review) -> None:
    cut = as_of(review, "1953-12-31")
    assert cut.searches[0].studies == ("aronson", "ferguson_simes", "stein_aronson")
    assert cut.by_id.keys() == {"aronson", "ferguson_simes", "stein_aronson"}
    assert cut.evidence != review.evidence
    assert as_of(review, "1953-12-30").evidence != cut.evidence
    dated = review.searches[0].model_copy(update={"date": "1994-05"})
    later = as_of(review.model_copy(update={"searches": (dated,)}), "1994-05-30")
    assert later.searches == ()


def test_a_later_report_leaves_what_an_earlier_one_gave(review: Review) -> None:
    sources = {"first": source("1948-02"), "second": source("1960")}
    results = (result(source="first"), result(source="second", adjustment="weighted"))
    other = changed(
        review,
        "aronson",
        sources=sources,
        report="second",
        results=results,
        arms=None,
        characteristics={},
    )
    study = as_of(other, "1950-01-01").by_id["aronson"]
    assert study.status == "included"
    assert study.report == "first"
    assert study.results == results[:1]
    assert study.sources.keys() == {"first"}
    assert as_of(other, "1960-12-31").by_id["aronson"] == other.by_id["aronson"]


def test_a_trial_that_has_not_reported_is_ongoing_by_its_protocol(review: Review) -> None:
    sources = {"protocol": source("1940"), "report": source("1948")}
    plan = Planned.model_construct(source="protocol", n=100)
    other = changed(review, "aronson", sources=sources, planned=(plan,))
    study = as_of(other, "1945-01-01").by_id["aronson"]
    assert (study.status, study.report, study.results) == ("ongoing", "protocol", ())
    assert study.arms is None
    assert as_of(other, "1939-01-01").by_id.keys() == set()


def test_a_study_whose_own_report_was_not_found(review: Review) -> None:
    sources = {"first": source("1948-02"), "second": source("1960")}
    results = (result(source="first"), result(source="second", adjustment="weighted"))
    other = changed(review, "aronson", sources=sources, report=None, results=results)
    study = as_of(other, "1950-01-01").by_id["aronson"]
    assert (study.report, study.status, study.results) == (None, "included", results[:1])
    assert "aronson" not in as_of(other, "1947-01-01").by_id


def test_a_source_without_a_date_has_that_of_its_document(review: Review) -> None:
    other = changed(review, "aronson", sources={"report": source(None)})
    assert "aronson" not in as_of(other, "1994-12-30").by_id
    assert "aronson" in as_of(other, "1994-12-31").by_id
    # … and else that of the document it was read in,
    read_in = source(None, document="unknown", via="comstock1974")
    other = changed(review, "aronson", sources={"report": read_in})
    assert "aronson" not in as_of(other, "1974-12-30").by_id
    assert "aronson" in as_of(other, "1974-12-31").by_id
    # … and without any date no day.
    other = changed(review, "aronson", sources={"report": source(None, document="unknown")})
    assert "aronson" not in as_of(other, "2100-01-01").by_id


def test_a_superseded_report_counts_until_its_successor_is_there(review: Review) -> None:
    other = changed(review, "aronson", status="superseded", superseded_by="comstock")
    assert as_of(other, "1973-12-31").by_id["aronson"].status == "included"
    assert as_of(other, "1974-12-31").by_id["aronson"].status == "superseded"


def test_a_retraction_counts_from_its_day(review: Review) -> None:
    other = changed(review, "aronson", status="retracted", retracted="1950-03")
    assert as_of(other, "1950-03-30").by_id["aronson"].status == "included"
    assert as_of(other, "1950-03-31").by_id["aronson"].status == "retracted"


def test_restricted_evidence_holds_the_studies_named(review: Review) -> None:
    cut = restrict(review, {"comstock", "aronson", "nobody"})
    assert [study.id for study in cut.studies] == ["aronson", "comstock"]
    assert cut.by_id.keys() == {"aronson", "comstock"}
    assert cut.searches[0].studies == ("aronson", "comstock")
    assert review.by_id.keys() == {study.id for study in review.studies}


# --- dates and the bibliography ------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "last"),
    [
        ("2021", "2021-12-31"),
        ("2021-02", "2021-02-28"),
        ("2020-02", "2020-02-29"),
        ("1900-02", "1900-02-28"),
        ("2000-02", "2000-02-29"),
        ("2021-04", "2021-04-30"),
        ("2021-04-02", "2021-04-02"),
    ],
)
def test_the_last_day_that_a_date_may_mean(date: str, last: str) -> None:
    assert last_day(date) == last


BIB = r"""
Text outside of entries, with an e-mail: someone@example.org.
@comment{@article{hidden, year = 1999}}
@string{jama = "JAMA"}
@Article{ a-1:b/c ,
  title = {Braces {in} it, an escaped \} and "quotes"},
  year = 2021, month = feb }
@book{rounded,
  date = {2020-11-03}, % as printed, of the first edition
  title = "a (b) c"}
@misc{bare}
@misc{odd, year = {in press}, month = 13}
@misc{december, year = "1999", month = {12}}
@misc{zero, year = 0000}
@misc{thirteenth, year = 1999, date = {1999-13}}
"""


def test_the_keys_and_dates_of_a_bibliography() -> None:
    found = read_bibliography(BIB.encode())
    assert found.mistakes == ()
    assert [(e.key, e.line, e.date) for e in found.entries] == [
        ("a-1:b/c", 5, "2021-02"),
        ("rounded", 8, "2020-11-03"),
        ("bare", 11, None),
        ("odd", 12, None),
        ("december", 13, "1999-12"),
        ("zero", 14, None),
        ("thirteenth", 15, "1999"),
    ]
    assert publication_dates(BIB) == {
        "a-1:b/c": "2021-02",
        "rounded": "2020-11-03",
        "december": "1999-12",
        "thirteenth": "1999",
    }


def test_a_date_of_a_bibliography_is_one_of_the_calendar() -> None:
    entries = (
        '@misc{never,\n  date = {2021-02-31}}\n@misc{quoted, Date = "2100-02-29"}\n'
        "@misc{leap, date = {2024-02-29}}\n@misc{span, date = {2021-02-01/2021-03}}\n"
    )
    assert read_bibliography(entries.encode()).mistakes == (
        (2, "found '2021-02-31', wanted a day of the calendar"),
        (3, "found '2100-02-29', wanted a day of the calendar"),
    )


def test_a_bibliography_beyond_its_bound() -> None:
    data = b"@misc{a}\n" + b"%" * MAX_BYTES
    assert read_bibliography(data) == Bibliography(
        "", (), ((1, "found 4,000,009 bytes, wanted at most 4,000,000: no review cites more"),)
    )


@pytest.mark.parametrize("text", ["@misc{\n", "@comment{\n", "@comment(\n", "@misc(\n"])
def test_brackets_that_never_close_are_passed_once(text: str) -> None:
    """Lines of code run for each bracket, whatever their number: no second look from each."""
    few, many = (_lines_run(text * n) for n in (100, 1000))
    assert many < 11 * few


def _lines_run(text: str) -> int:
    """Count the lines of code of the package that run as a bibliography is read."""
    count = 0

    def seen(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return seen

    before = sys.gettrace()
    sys.settrace(seen)
    try:
        read_bibliography(text.encode())
    finally:
        sys.settrace(before)
    return count


def test_pandoc_finds_the_same_keys() -> None:
    """Pandoc's own reader of BibTeX, over this review's bibliography and the tiny one's."""
    import json
    import subprocess

    import pypandoc

    for root in (Path(__file__).parent.parent, TINY):
        data = (root / "data" / "references.bib").read_bytes()
        program = [pypandoc.get_pandoc_path(), "--from=biblatex", "--to=csljson"]
        done = subprocess.run(program, input=data, capture_output=True, check=True)
        assert read_bibliography(data).keys == {entry["id"] for entry in json.loads(done.stdout)}
