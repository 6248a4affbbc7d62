"""A result that a later source corrects: what stands moves, what was printed stays as printed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import build
from analysis.as_of import as_of
from analysis.audit import audit
from analysis.changes import changes
from analysis.comparison import compare
from analysis.comparison_words import heading
from analysis.corrections import as_printed
from analysis.errors import DataError
from analysis.evidence import candidates
from analysis.export_csv import to_csv
from analysis.export_revman import to_revman
from analysis.load import load, read_files
from analysis.plan import find
from analysis.project import Project, read_project
from analysis.records import GroupData, Result, Source, Study, Take
from analysis.spread_checks import spreads_apart
from analysis.tables import cited
from analysis.tally import count
from tests.edited_files import edited
from tests.evidence_samples import TINY, analysis, printed, result, review, study

ROOT = Path(__file__).parent.parent
BCG = Path(__file__).parent / "tiny"
ARONSON = "data/studies/aronson-1948.yml"
THORSEN = "data/studies/thorsen-2016.yml"
ARTICLE = ("os_article", "os_article_hk", "os_article_less", "dfs_article")

PRINTED = """    estimate: 0.82
    ci: [0.72, 0.94]
    adjustment: not reported
    source: table1
"""
IN_PLACE = """    estimate: 0.95
    ci: [0.83, 1.09]
    adjustment: not reported
    source: report
"""
BESIDE = f"""{PRINTED}    corrected_by: report
  - outcome: os
    measure: HR
{IN_PLACE}"""


@pytest.fixture(scope="module")
def project() -> Project:
    return read_project(ROOT)


@pytest.fixture(scope="module")
def corrected(project: Project) -> Project:
    """This review with one result of the article corrected, as the guide says."""
    return replace(project, data=edited(dict(project.data), THORSEN, (PRINTED, BESIDE)))


# --- the review that continues an article, end to end --------------------------------------


def test_what_is_said_of_the_article_outlives_a_correction(
    project: Project, corrected: Project
) -> None:
    loaded = load(corrected.data)
    assert loaded.warnings == ()
    before, after = load(project.data).review, loaded.review
    assert before.published is not None
    assert audit(before.published, after, find) == audit(before.published, before, find)
    comparison = compare(before, after, find)
    (change,) = comparison.changes
    assert heading(change) == "corrected: Thorsen 2016"
    assert [(d.path, d.before, d.after) for d in change.details] == [
        ("results[os].estimate", "0.82", "0.95"),
        ("results[os].ci", "[0.72, 0.94]", "[0.83, 1.09]"),
        ("results[os].source", "table1", "report"),
    ]
    moved = {one.analysis for one in comparison.moved}
    assert moved == {"os", "os_hk", "os_dl_hk", "os_less"}
    # A ratio nearer to no difference takes the pool there; the article's stays where it was.
    then, now = comparison.findings
    assert then.analyses["os"].synthesis.est < now.analyses["os"].synthesis.est < 1
    for id_ in ARTICLE:
        assert now.analyses[id_].synthesis == then.analyses[id_].synthesis


def sentences_on_the_article(project: Project) -> list[str]:
    text = build.examine(project).manuscript.text
    found: list[str] = re.findall(r"(?m)^- \*\*(?:Method|Rounding|Robust|Meta).*$", text)
    assert len(found) == 4
    return found


def test_the_paper_says_of_the_article_what_it_said(project: Project, corrected: Project) -> None:
    assert sentences_on_the_article(corrected) == sentences_on_the_article(project)
    text = build.examine(corrected).manuscript.text
    assert "The main pools of the article can be reproduced from its Table 1" in text
    (row,) = (line for line in text.split("\n") if "Thorsen 2016" in line and "Denmark" in line)
    assert "0.95" in row
    assert "0.82" not in row


def test_a_printed_result_that_is_not_kept_is_refused(project: Project) -> None:
    files = edited(dict(project.data), THORSEN, (PRINTED, IN_PLACE))
    with pytest.raises(DataError) as caught:
        load(files)
    line = files[THORSEN].decode().split(IN_PLACE)[0].count("\n") + 4
    assert str(caught.value) == (
        f"{THORSEN}:{line} results[0].source: found report for os, of which os_article takes what "
        "jia2021 printed, wanted that result beside this one, with corrected_by: report (or, where "
        "it printed none, no thorsen under `only`)"
    )
    # A study that the analysis does not name may have what it has from anywhere.
    text = files["data/review.yml"].decode().replace("thorsen, kim,", "kim,")
    assert load({**files, "data/review.yml": text.encode()}).review


# --- which results are taken ---------------------------------------------------------------


def source(document: str, published: str = "1990", via: str | None = None) -> Source:
    return Source.model_construct(
        document=document,
        place="abstract",
        access="abstract",
        published=published,
        via=via,
        extracted_by=None,
        checked_by=None,
        note=None,
    )


SOURCES = {
    "report": source("anna1990"),
    "table": source("anna1990", via="article"),
    "erratum": source("erratum", "2001-05"),
    "second": source("second", "2003"),
}


def anna(*results: Result) -> Study:
    return study("anna", *results, sources=SOURCES)


def taken(one: Study, document: str | None = None) -> list[float]:
    plan = analysis(take=Take(document=document), several=None)
    found = candidates(review([one], plan), plan).taken
    return [float(t.result.estimate or 0) for t in found]


def why_not(one: Study, document: str | None = None) -> list[str]:
    plan = analysis(take=Take(document=document))
    return [left.reason for left in candidates(review([one], plan), plan).left_out]


OLD = result(0.8, 0.6, 1.1, corrected_by="erratum")
NEW = result(0.9, 0.7, 1.2, source="erratum")


def test_the_result_that_stands_is_taken_and_that_of_a_document_where_it_is_asked_for() -> None:
    assert taken(anna(OLD, NEW)) == [0.9]
    assert taken(anna(OLD, NEW), "anna1990") == [0.8]
    assert taken(anna(OLD, NEW), "erratum") == [0.9]
    assert why_not(anna(OLD, NEW), "second") == ["no result from second"]
    assert why_not(anna(OLD)) == ["its result is corrected"]


def test_a_result_that_was_read_in_a_document_is_one_of_it() -> None:
    read = OLD.model_copy(update={"source": "table"})
    assert taken(anna(read, NEW), "article") == [0.8]


def test_a_document_that_corrects_itself_gives_what_stands_in_it() -> None:
    itself = OLD.model_copy(update={"corrected_by": "table"})
    other = NEW.model_copy(update={"source": "table"})
    assert taken(anna(itself, other), "anna1990") == [0.9]


def test_a_correction_may_be_corrected() -> None:
    between = NEW.model_copy(update={"corrected_by": "second"})
    last = result(0.95, 0.7, 1.3, source="second")
    assert taken(anna(OLD, between, last)) == [0.95]
    for document, estimate in (("anna1990", 0.8), ("erratum", 0.9), ("article", 0.8)):
        (kept,) = as_printed(anna(OLD, between, last), document).results
        assert (float(kept.estimate or 0), kept.corrected_by) == (estimate, None)


def test_as_printed_goes_by_the_outcome_and_the_part_of_the_study() -> None:
    part = result(0.7, 0.5, 0.9, source="second", subgroup={"allocation": "random"})
    kept = as_printed(anna(OLD, NEW, part), "anna1990").results
    assert [float(one.estimate or 0) for one in kept] == [0.8, 0.7]


def test_a_correction_counts_from_its_day() -> None:
    whole = review([anna(OLD, NEW)])
    for day, estimate in (("2001-05-30", 0.8), ("2001-05-31", 0.9)):
        (plan,) = whole.plan.analyses
        (found,) = candidates(as_of(whole, day), plan).taken
        assert float(found.result.estimate or 0) == estimate


# --- what differs between two states -------------------------------------------------------


def details(before: Study, after: Study) -> list[tuple[str, str | None, str | None]]:
    found = changes(review([before]), review([after]))
    return [(d.path, d.before, d.after) for change in found for d in change.details]


def test_what_was_printed_is_no_change_as_long_as_it_is_kept() -> None:
    first = anna(OLD.model_copy(update={"corrected_by": None}))
    named = [("results[tuberculosis].estimate", "0.8000", "0.9000")]
    assert details(first, anna(OLD, NEW))[:1] == named
    assert all("results[tuberculosis]." in path for path, *_ in details(first, anna(OLD, NEW)))
    # A correction that was made in place, and the printed result entered since.
    (one,) = details(anna(NEW), anna(OLD, NEW))
    assert one[0] == "results (corrected since)[tuberculosis]"
    assert one[1] is None
    misread = OLD.model_copy(update={"corrected_by": "second"})
    assert details(anna(OLD, NEW), anna(misread, NEW)) == [
        ("results (corrected since)[tuberculosis].corrected_by", "erratum", "second")
    ]
    assert details(anna(OLD, NEW), anna(OLD, NEW)) == []


# --- what check says -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny() -> dict[str, bytes]:
    return read_files(BCG)


SECOND = """  - outcome: tuberculosis
    measure: RR
    estimate: 0.41
    ci: [0.13, 1.26]
    adjustment: unadjusted
    source: letter
"""
LETTER = """  letter:
    document: colditz1994
    place: A letter
    access: abstract
    published: 1994
    extracted_by: not stated
    checked_by: not stated
report: report
"""


def with_letter(tiny: dict[str, bytes], corrected_by: str = "letter") -> dict[str, bytes]:
    files = edited(
        tiny,
        ARONSON,
        ("report: report\n", LETTER),
        (
            "    adjustment: unadjusted\n",
            f"    adjustment: unadjusted\n    corrected_by: {corrected_by}\n",
        ),
    )
    return {**files, ARONSON: files[ARONSON] + SECOND.encode()}


def test_a_correction_beside_what_was_printed_has_nothing_against_it(
    tiny: dict[str, bytes],
) -> None:
    loaded = load(with_letter(tiny))
    assert loaded.warnings == ()
    (row,) = [r for r in find(loaded.review).analyses["tb"].rows if r.study == "aronson"]
    assert row.est == pytest.approx(0.41)


def test_a_correction_by_a_source_that_there_is_not(tiny: dict[str, bytes]) -> None:
    with pytest.raises(DataError) as caught:
        load(with_letter(tiny, "lettre"))
    assert str(caught.value).split("\n")[0] == (
        f"{ARONSON}:40 results[0].corrected_by: found 'lettre', wanted one of this study's "
        "sources: perhaps letter?"
    )


def test_a_correction_without_a_result_in_its_place(tiny: dict[str, bytes]) -> None:
    files = with_letter(tiny)
    alone = {**files, ARONSON: files[ARONSON].removesuffix(SECOND.encode())}
    said = (
        f"{ARONSON}:40 results[0].corrected_by: found no result of tuberculosis from letter, "
        "wanted the one that stands in its place; correct it, or give this result a `reason`"
    )
    assert [str(warning) for warning in load(alone).warnings] == [said]
    given = edited(
        alone, ARONSON, ("    corrected_by:", "    reason: Withdrawn.\n    corrected_by:")
    )
    assert load(given).warnings == ()


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        (
            (("corrected_by: letter", "corrected_by: report"),),
            [":40 results[0].corrected_by: found report, its own source, wanted the one that "
             "corrects it"],
        ),
        (
            (("    source: letter\n", "    source: letter\n    corrected_by: report\n"),),
            [
                f":{line} results[{index}].corrected_by: found every result of tuberculosis "
                "corrected by another, wanted one that stands"
                for line, index in ((40, 0), (48, 1))
            ],
        ),
    ],
)  # fmt: skip
def test_results_that_correct_one_another_are_refused(
    tiny: dict[str, bytes], edits: tuple[tuple[str, str], ...], told: list[str]
) -> None:
    """No result would stand, and the study leave its pool without a word."""
    with pytest.raises(DataError) as caught:
        load(edited(with_letter(tiny), ARONSON, *edits))
    assert [str(one) for one in caught.value.problems] == [f"{ARONSON}{line}" for line in told]


def test_a_misprint_stays_as_it_was_printed(tiny: dict[str, bytes]) -> None:
    """What cannot be is why there is an erratum; where it still stands it is an error."""
    counts = "events: 4, n: 123"
    misprint = edited(with_letter(tiny), ARONSON, (counts, "events: 400, n: 123"))
    assert load(misprint).warnings == ()
    stands = edited(misprint, ARONSON, ("    corrected_by: letter\n", ""))
    with pytest.raises(DataError) as caught:
        load(stands)
    assert f"{ARONSON}:37 results[0].groups[0].events: found 400" in str(caught.value)


def test_a_document_that_is_not_cited(tiny: dict[str, bytes]) -> None:
    files = edited(
        tiny,
        "data/review.yml",
        ("    method: REML", "    take: {document: colditz1995}\n    method: REML"),
    )
    with pytest.raises(DataError) as caught:
        load(files)
    assert str(caught.value).split("\n")[1:] == [
        "data/review.yml:54 analyses[0].take.document: found 'colditz1995', wanted a key of "
        "data/references.bib: perhaps colditz1994?"
    ]


# --- tables --------------------------------------------------------------------------------


def test_exports_tell_a_corrected_result_from_the_one_that_stands() -> None:
    whole = review([*TINY.studies, anna(OLD, NEW)])
    findings = find(whole)
    rows = to_csv(whole, findings)["results.csv"].decode().split("\n")
    at = rows[0].split(",").index("corrected_by")
    mine = [row.split(",") for row in rows if row.startswith("anna,")]
    assert [row[at] for row in mine] == ["erratum", ""]
    sheet = to_revman(whole)["study-results.csv"].decode()
    assert sum(line.startswith("Anna,") for line in sheet.split("\n")) == 1


def test_tables_cite_what_corrects_a_study_beside_its_report() -> None:
    assert cited(anna(OLD, NEW)).endswith(" [@anna1990; @erratum]")
    assert cited(anna(NEW)).endswith(" [@anna1990]")
    again = OLD.model_copy(update={"outcome": "death"})
    assert cited(anna(OLD, NEW, again)).endswith(" [@anna1990; @erratum]")


def test_a_result_that_is_corrected_is_counted_no_more() -> None:
    assert count(review([anna(OLD, NEW)])).outcomes == {"tuberculosis": 1}
    assert count(review([anna(OLD)])).outcomes == {"tuberculosis": 0}


def test_a_unit_that_was_corrected_is_no_doubt() -> None:
    def of_means(sd: float, **fields: str) -> Result:
        arms = [GroupData(arm=arm, n=50, mean=printed(3), sd=printed(sd)) for arm in ("a", "b")]
        return OLD.model_copy(
            update={"measure": "MD", "groups": tuple(arms), "corrected_by": None, **fields}
        )

    others = [study(id_, of_means(2)) for id_ in ("bert", "cora", "dora")]
    wrong, right = of_means(20), of_means(2, source="erratum")
    assert len(list(spreads_apart([*others, anna(wrong)]))) == 1
    told = wrong.model_copy(update={"corrected_by": "erratum"})
    assert list(spreads_apart([*others, anna(told, right)])) == []
