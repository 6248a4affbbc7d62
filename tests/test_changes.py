"""Which records differ between two states of the evidence, and under which names."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.changes import Change, changes
from analysis.field_changes import FieldChange, as_text, field_changes
from analysis.field_words import names_in, worded
from analysis.load import load, load_review, read_files
from analysis.records import (
    Characteristic,
    ContinuityPlan,
    Planned,
    RecordCount,
    Review,
    Search,
    SearchCounts,
)
from analysis.values import Bound, Printed
from tests.evidence_samples import TINY, analysis, result, review, study
from tests.small_review import small_review

ROOT = Path(__file__).parent / "tiny"
A = study("anna", result(0.8, 0.6, 1.1), published="1990")
B = study("bert", result(0.7, 0.5, 0.9), published="1995")
C = study("cora", result(0.9, 0.7, 1.2), published="1985")


def kinds(found: tuple[Change, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(change.kind, change.label, change.studies) for change in found]


def fields(found: tuple[Change, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(d.path, d.before, d.after) for change in found for d in change.details]


def test_identical_evidence_has_no_changes() -> None:
    assert changes(TINY, load_review(ROOT)) == ()


def test_studies_that_enter_leave_and_are_corrected() -> None:
    corrected = A.model_copy(update={"results": (result(0.85, 0.6, 1.1),)})
    retracted = B.model_copy(update={"status": "retracted", "retracted": "2001"})
    found = changes(review([A, B]), review([corrected, retracted, C]))
    assert kinds(found) == [
        ("corrected", "Anna", ("anna",)),
        ("removed", "Bert", ("bert",)),
        ("added", "Cora", ("cora",)),
    ]
    assert fields(found) == [
        ("results[tuberculosis].estimate", "0.8000", "0.8500"),
        ("status", "included", "retracted"),
        ("retracted", None, "2001"),
        ("status", None, "included"),
    ]


def test_what_was_absent_and_is_given_is_no_correction() -> None:
    """Nothing that was said before is withdrawn by it."""
    bare, told = result(0.8, 0.6, 1.1), {"p": Printed(0.2, 1)}
    full = bare.model_copy(update=told)
    before = study("anna", bare, note="As printed.")
    for more, kind in (
        ({"results": (full,)}, "completed"),
        ({"population": "Adults"}, "completed"),
        ({"population": "Adults", "results": (full,), "note": "Read again."}, "completed"),
        # Where a number was read is no part of what was said.
        (
            {"sources": study("anna", published="1991").sources, "population": "Adults"},
            "completed",
        ),
        ({"results": (full.model_copy(update={"source": "letter"}),)}, "completed"),
        ({"population": "Adults", "results": (result(0.85, 0.6, 1.1),)}, "corrected"),
        ({"results": ()}, "corrected"),
        ({"note": "Read again."}, "corrected"),
    ):
        after = before.model_copy(update=more)
        assert kinds(changes(review([before]), review([after]))) == [(kind, "Anna", ("anna",))]
    # What was still to be written and is dropped was not completed.
    planned = before.model_copy(update={"cohort": "TODO"})
    for after, kind in ((before, "corrected"), (OLD, "completed")):
        told = before.model_copy(update={"cohort": after.cohort})
        assert kinds(changes(review([planned]), review([told]))) == [(kind, "Anna", ("anna",))]
    back = kinds(
        changes(review([before.model_copy(update={"population": "Adults"})]), review([before]))
    )
    assert back == [("corrected", "Anna", ("anna",))]


def test_additions_stand_in_the_order_of_their_reports() -> None:
    late = study("adam", result(0.9, 0.7, 1.2), published="2003-05")
    found = changes(review([A]), review([A, B, C, late]))
    assert [change.id for change in found] == ["added_cora", "added_bert", "added_adam"]
    # A protocol of before tells of a study, but is not its report.
    protocol = study("dora", published="1970").sources["report"]
    told = late.model_copy(update={"sources": {"protocol": protocol, **late.sources}})
    found = changes(review([A]), review([A, B, C, told]))
    assert [change.id for change in found] == ["added_cora", "added_bert", "added_adam"]
    alone = told.model_copy(update={"report": None})
    found = changes(review([A]), review([A, B, C, alone]))
    assert [change.id for change in found] == ["added_adam", "added_cora", "added_bert"]


def test_an_ongoing_study_that_reports_enters() -> None:
    planned = Planned.model_validate(
        {
            "n": 1800,
            "primary_outcome": "tuberculosis",
            "completion": "not reported",
            "assumed_ratio": "not reported",
            "events": "not reported",
            "population": "not reported",
            "source": "report",
        }
    )
    ongoing = C.model_copy(update={"status": "ongoing", "results": (), "planned": (planned,)})
    listed = changes(review([A]), review([A, ongoing]))
    assert kinds(listed) == [("listed", "Cora", ("cora",))]
    assert fields(listed) == [("status", None, "ongoing")]
    reported = ongoing.model_copy(update={"status": "included", "results": C.results})
    found = changes(review([A, ongoing]), review([A, reported]))
    assert kinds(found) == [("added", "Cora", ("cora",))]
    assert [d.path for d in found[0].details] == ["status", "results[tuberculosis]"]


def test_a_study_that_is_listed_only_moves_nothing() -> None:
    excluded = C.model_copy(update={"status": "excluded", "reason": "no control group"})
    awaiting = C.model_copy(update={"status": "awaiting", "reason": "no hazard ratio"})
    found = changes(review([A, excluded]), review([A, awaiting]))
    assert kinds(found) == [("listed", "Cora", ("cora",))]
    gone = changes(review([A, excluded]), review([A]))
    assert kinds(gone) == [("listed", "Cora", ("cora",))]
    assert fields(gone) == [("status", "excluded", None)]


# --- studies that share patients -----------------------------------------------------------

OLD = study("old", result(0.8, 0.6, 1.1), published="1990", cohort="danish")
NEW = study("new", result(0.75, 0.6, 0.95), published="2000", cohort="danish")


def test_a_report_that_supersedes_another_is_one_change() -> None:
    gone = OLD.model_copy(update={"status": "superseded", "superseded_by": "new"})
    found = changes(review([A, OLD]), review([A, gone, NEW]))
    assert kinds(found) == [("replaced", "Old replaced by New", ("new", "old"))]
    assert fields(found) == [
        ("new.status", None, "included"),
        ("old.status", "included", "superseded"),
        ("old.superseded_by", None, "new"),
    ]


def test_a_successor_without_a_cohort_is_found_by_its_name() -> None:
    old, new = OLD.model_copy(update={"cohort": None}), NEW.model_copy(update={"cohort": None})
    gone = old.model_copy(update={"status": "superseded", "superseded_by": "new"})
    found = changes(review([A, old]), review([A, gone, new]))
    assert kinds(found) == [("replaced", "Old replaced by New", ("new", "old"))]


def test_a_report_that_takes_over_one_outcome_is_one_change_with_the_other() -> None:
    # Each stays included: the older for what the newer does not give.
    harms_only = OLD.model_copy(update={"results": ()})
    found = changes(review([A, OLD]), review([A, harms_only, NEW]))
    assert kinds(found) == [("added", "New (with Old)", ("new", "old"))]


def test_a_cohort_that_is_declared_later_links_as_well() -> None:
    strangers = [study.model_copy(update={"cohort": None}) for study in (OLD, NEW)]
    gone = OLD.model_copy(update={"status": "superseded", "superseded_by": "new"})
    found = changes(review([A, *strangers]), review([A, gone, NEW]))
    assert kinds(found) == [("removed", "Old (with New)", ("new", "old"))]


def test_studies_of_other_cohorts_change_apart() -> None:
    other = C.model_copy(update={"cohort": "swedish"})
    found = changes(review([A]), review([A, NEW, other]))
    assert [change.studies for change in found] == [("cora",), ("new",)]


# --- the plan ------------------------------------------------------------------------------


def test_parts_of_an_analysis_change_apart() -> None:
    later = analysis(
        method="DL",
        level=Printed(0.9, 1),
        studies=analysis().studies.model_copy(update={"without": ("anna",)}),
        leave_one_out=True,
    )
    found = changes(review([A]), review([A], later))
    assert [change.id for change in found] == [
        "plan_tb_eligibility",
        "plan_tb_further_analyses",
        "plan_tb_model",
    ]
    assert fields(found) == [
        ("analyses[tb].studies.without", None, "[anna]"),
        ("analyses[tb].leave_one_out", "false", "true"),
        ("analyses[tb].method", "REML", "DL"),
        ("analyses[tb].level", "0.95", "0.9"),
    ]


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"outcome": "death"}, "eligibility"),
        ({"take": "reported"}, "eligibility"),
        ({"several": "all"}, "eligibility"),
        ({"method": "DL"}, "model"),
        ({"test": "z"}, "model"),
        ({"pooling": "peto"}, "model"),
        ({"continuity": ContinuityPlan(to="all")}, "model"),
        ({"prediction": "normal"}, "further_analyses"),
        ({"rounding": True}, "further_analyses"),
    ],
)
def test_each_field_of_an_analysis_belongs_to_a_part(fields: dict[str, object], part: str) -> None:
    (found,) = changes(review([A]), review([A], analysis(**fields)))
    assert found.id == f"plan_tb_{part}"


def test_analyses_come_go_and_change_places() -> None:
    other = analysis(id="other", title="Another")
    found = changes(review([A]), review([A], analysis(), other))
    assert kinds(found) == [("plan", "analysis added: Another", ())]
    found = changes(review([A], analysis(), other), review([A]))
    assert kinds(found) == [("plan", "analysis removed: Another", ())]
    found = changes(review([A], analysis(), other), review([A], other, analysis()))
    assert fields(found) == [("analyses (order)", "tb, other", "other, tb")]


def test_each_other_part_of_the_review_has_its_own_change() -> None:
    question = TINY.plan.question.model_copy(update={"population": "Adults"})
    changed = review([A], question=question, title="Another title", order="year")
    assert [(c.id, c.label) for c in changes(review([A]), changed)] == [
        ("plan_presentation", "title, authors, order and terms"),
        ("plan_question", "the question, its arms, outcomes and characteristics"),
    ]


def test_every_field_of_the_plan_belongs_to_a_change() -> None:
    from analysis.changes import _PARTS

    grouped = [name for _, _, names in _PARTS for name in names]
    assert sorted([*grouped, "analyses"]) == sorted(type(TINY.plan).model_fields)


# --- in words ------------------------------------------------------------------------------


def told(before: Review, after: Review) -> list[tuple[str, str | None, str | None]]:
    """Return the changed fields in words."""
    names = names_in(after)
    return fields(tuple(worded(change, after, names) for change in changes(before, after)))


def test_fields_and_values_in_words() -> None:
    files = {name: text.decode() for name, text in small_review().items()}
    kim = "data/studies/kim-2015.yml"
    arms = "arms: {groups: [{arm: new, n: 1200}, {arm: old, n: not reported}], source: report}\n"
    nodal = "characteristics: {nodal: {value: mixed, source: report}}\n"
    planned = "  - {id: dfs_all, title: All of DFS, outcome: dfs, role: sensitivity, "
    later = {
        **files,
        kim: files[kim].replace("ci: [0.26, 1.01]", "ci: [0.26, 1.00]") + arms + nodal,
        "data/review.yml": f"{files['data/review.yml']}{planned}"
        "sensitivity_of: dfs, method: EE, test: z}\n",
    }
    before, after = (
        load({name: text.encode() for name, text in one.items()}).review for one in (files, later)
    )
    assert told(before, after) == [
        ("analysis", None, "All of DFS"),
        ("arms", None,
         "groups: New, n 1200; Old, n not reported, source report"),
        ("characteristics: Nodes", None, "mixed, source report"),
        ("results: Overall survival: ci", "0.26, 1.01", "0.26, 1.00"),
    ]  # fmt: skip


def test_a_search_goes_by_its_kind_date_and_sources() -> None:
    given = {"id": "targeted_reading", "kind": "targeted reading", "studies": ()}
    search = Search.model_validate({**given, "sources": ("PubMed",), "date": "2022-01"})
    later = search.model_copy(update={"date": None, "sources": ("TODO",)})
    sides = [review([A]).model_copy(update={"searches": (one,)}) for one in (search, later)]
    assert [change.label for change in changes(*sides[::-1])] == [
        "targeted reading of 2022-01 (PubMed)"
    ]
    assert [change.label for change in changes(*sides)] == ["targeted reading without a date"]
    assert told(*sides) == [
        ("date", "2022-01", "not reported"),
        ("sources", "PubMed", "TODO"),
    ]


# --- searches, the article, the bibliography -----------------------------------------------


def test_searches_that_come_go_and_change() -> None:
    given = {"id": "pubmed", "kind": "surveillance", "sources": ("PubMed",), "studies": ("a",)}
    search = Search.model_validate({**given, "date": "2022-01-01"})
    later = search.model_copy(update={"date": "2023-01-01"})

    def searched(*searches: Search) -> Review:
        return review([A]).model_copy(update={"searches": searches})

    assert fields(changes(searched(), searched(search))) == [("searches[pubmed]", None, "1 study")]
    assert fields(changes(searched(search), searched())) == [("searches[pubmed]", "1 study", None)]
    nothing = search.model_copy(update={"found_nothing": True, "studies": ()})
    assert fields(changes(searched(), searched(nothing))) == [
        ("searches[pubmed]", None, "nothing found")
    ]
    by_source = (RecordCount(label="PubMed", n=1200), RecordCount(label="Embase", n=34))
    counts = SearchCounts(
        identified=by_source, duplicates=0, excluded_at_screening=(), full_text=0,
        excluded_at_full_text=(), included=0,
    )  # fmt: skip
    counted = search.model_copy(update={"counts": counts, "studies": ()})
    assert fields(changes(searched(), searched(counted))) == [
        ("searches[pubmed]", None, "1,234 records, 0 studies")
    ]
    assert fields(changes(searched(search), searched(later))) == [
        ("date", "2022-01-01", "2023-01-01")
    ]


def test_documents_that_are_cited_change_by_their_entries() -> None:
    files = read_files(ROOT)
    bib = files["data/references.bib"].decode()
    new = "@article{later2001,\n  title = {Later},\n  year = 2001\n}\n"
    found = changes(TINY, load({**files, "data/references.bib": (new + bib).encode()}).review)
    assert kinds(found) == [("document", "documents cited", ())]
    assert fields(found) == [
        ("later2001", None, "@article{later2001, title = {Later}, year = 2001 }")
    ]


def test_numbers_of_the_article_change() -> None:
    real = load_review(Path(__file__).parent.parent)
    assert real.published is not None
    fewer = real.published.model_copy(update={"numbers": real.published.numbers[1:]})
    first = real.published.numbers[0]
    (found,) = changes(real, real.model_copy(update={"published": fewer}))
    assert found.kind == "published"
    assert [d.path for d in found.details] == [f"numbers[{first.id}]"]
    (gone,) = changes(real, real.model_copy(update={"published": None}))
    assert [(d.before, d.after) for d in gone.details] == [(real.published.document, None)]
    (come,) = changes(real.model_copy(update={"published": None}), real)
    assert fields((come,)) == [("published", None, real.published.document)]


# --- fields --------------------------------------------------------------------------------


def test_an_entry_put_in_front_of_others_changes_nothing_but_itself() -> None:
    part = result(0.5, 0.2, 1.2, subgroup={"allocation": "random"})
    more = A.model_copy(update={"results": (part, *A.results)})
    assert [d.path for d in field_changes(A, more)] == ["results[tuberculosis, random]"]


def test_entries_without_a_name_of_their_own_are_paired_in_order() -> None:
    twins = A.model_copy(update={"results": (result(0.8, 0.6, 1.1), result(0.7, 0.6, 0.9))})
    other = A.model_copy(update={"results": (result(0.8, 0.6, 1.1), result(0.7, 0.5, 0.9))})
    assert list(field_changes(twins, other)) == [
        FieldChange("results[1].ci", "[0.6000, 0.9000]", "[0.5000, 0.9000]")
    ]


def test_another_number_of_decimals_is_another_statement() -> None:
    a, b = Printed(0.7, 1), Printed(0.7, 2)
    assert list(field_changes(a, b, "estimate")) == [FieldChange("estimate", "0.7", "0.70")]
    assert list(field_changes(a, Printed(0.7, 1), "estimate")) == []
    bound = Bound(Printed(0.7, 1))
    assert list(field_changes(a, bound, "p")) == [FieldChange("p", "0.7", "<0.7")]


def test_what_a_source_does_not_give_reads_not_reported() -> None:
    value = Characteristic.model_validate({"value": "not reported", "source": "report"})
    known = Characteristic.model_validate({"value": "random", "source": "report"})
    a, b = (A.model_copy(update={"characteristics": {"allocation": one}}) for one in (value, known))
    assert list(field_changes(a, b)) == [
        FieldChange("characteristics.allocation.value", "not reported", "random")
    ]
    assert list(field_changes(A, b)) == [
        FieldChange("characteristics.allocation", None, "{value: random, source: report}")
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ((), None),
        (True, "true"),
        (12, "12"),
        (("a", None), "[a, not reported]"),
        ({"a": Printed(1.0, 2)}, "{a: 1.00}"),
        (Bound(Printed(0.001, 3)), "<0.001"),
    ],
)
def test_values_as_a_reader_would_write_them(value: object, text: str | None) -> None:
    assert as_text(value) == text


def test_entries_in_another_order_say_so() -> None:
    arms = tuple(reversed(TINY.plan.arms))
    found = changes(review([A]), review([A], arms=arms))
    assert fields(found) == [("arms (order)", "bcg, no_bcg", "no_bcg, bcg")]
