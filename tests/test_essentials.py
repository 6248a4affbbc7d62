"""What no systematic review may lack: `check` and `release` name it, unless the review says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.cli import main
from analysis.errors import DataError
from analysis.essentials import essentials
from analysis.load import load
from tests.small_review import small_project, small_review, write_review

KIM = "data/studies/kim-2015.yml"
ROOT = Path(__file__).parents[1]
UNLESS = "; or why not, as `lacking` of item {} of the checklist prisma in templates/checklists.yml"
NOTE = "; or why there is none, as its `note`"
UNDATED = (
    "data/searches.yml:3 searches[0].date: found not reported, wanted the day of the search" + NOTE
)
UNJUDGED = (
    f"{KIM}:1 quality: found no judgement, wanted its risk of bias, by nos{UNLESS.format(18)}"
)
COUNTS = """\
    counts:
      identified: [{label: records, n: 3}]
      duplicates: 0
      excluded_at_screening: [{label: another question, n: 1}]
      full_text: 2
      excluded_at_full_text: [{label: no results, n: 1}]
      included: 1
"""
JUDGED = "quality: [{tool: nos, overall: low, score: not stated, source: report}]\n"
TAKEN_OVER = (
    "    source: {document: kim2015, place: Methods, access: article continued, published: 2015,\n"
    "      extracted_by: not stated, checked_by: not stated}\n"
)


def edited(files: dict[str, bytes], name: str, old: str, new: str) -> dict[str, bytes]:
    text = files[name].decode()
    assert text.count(old) == 1
    return {**files, name: text.replace(old, new).encode()}


def found(files: dict[str, bytes], checklists: bytes | None = None) -> list[str]:
    return [str(problem) for problem in essentials(load(files), checklists)]


def checklist(id_: str, item: str) -> bytes:
    return (
        f"checklists:\n  - id: {id_}\n    title: PRISMA 2020\n    source: Page et al. 2021\n"
        f"    items: [{{item: '{item}', topic: T, where: [title], lacking: Nobody could}}]\n"
    ).encode()


def test_a_search_without_its_day_and_a_study_without_a_judgement_are_told() -> None:
    assert found(small_review()) == [UNDATED, UNJUDGED]


def test_what_is_there_is_not_told() -> None:
    files = edited(small_review(), "data/searches.yml", "date: not reported", "date: 2026-01")
    files[KIM] += JUDGED.encode()
    assert found(files) == []


def test_nothing_is_wanted_of_studies_that_are_not_included() -> None:
    assert found(edited(small_review(), KIM, "status: included", "status: ongoing")) == []


def test_a_search_without_counts_is_told() -> None:
    files = edited(small_review(), "data/searches.yml", COUNTS, "")
    assert found(files)[0] == (
        "data/searches.yml:3 searches[0].counts: found none, wanted the records that it found, and "
        f"what became of them{NOTE}"
    )


@pytest.mark.parametrize("reason", ["    note: The log is lost.\n", TAKEN_OVER])
def test_a_search_that_says_why_is_not_told(reason: str) -> None:
    files = edited(small_review(), "data/searches.yml", COUNTS, reason)
    assert found(files) == [UNJUDGED]


@pytest.mark.parametrize(
    ("searches", "said"),
    [
        (b"searches: []\n", "found no search"),
        (
            b"searches:\n  - {id: first, kind: targeted reading, date: not reported,\n"
            b"     sources: [PubMed], studies: [kim], note: As it came.}\n",
            "found targeted reading alone",
        ),
    ],
)
def test_studies_that_no_search_brought_are_told(searches: bytes, said: str) -> None:
    assert found({**small_review(), "data/searches.yml": searches})[0] == (
        f"data/searches.yml:1 searches: {said}, wanted the systematic search that the review rests "
        f"on, with its date and counts{UNLESS.format(6)}"
    )


def test_a_review_without_a_tool_is_told_once() -> None:
    files = small_review()
    text = files["data/review.yml"].decode()
    head, tail = text[: text.index("tools:")], text[text.index("analyses:") :]
    files["data/review.yml"] = f"{head}tools: []\n{tail}".encode()
    second = files[KIM].decode().replace("id: kim", "id: lee").replace("Kim 2015", "Lee 2016")
    files["data/studies/lee-2016.yml"] = f"{second}cohort: lee\n".encode()
    files[KIM] += b"cohort: kim\n"
    files = edited(files, "data/searches.yml", "[kim]  # all of them", "[kim, lee]")
    files = edited(files, "data/searches.yml", "label: no results, n: 1", "label: no results, n: 0")
    files = edited(files, "data/searches.yml", "included: 1", "included: 2")
    line = head.count("\n") + 1
    assert found(files)[0] == (
        f"data/review.yml:{line} tools: found no tool for the risk of bias, wanted one, and with "
        f"it `quality` in the file of each included study{UNLESS.format(18)}"
    )
    assert len(found(files)) == 2


def test_a_mean_difference_without_a_unit_is_told_before_there_is_a_study() -> None:
    old = "short: DFS, event: relapse"
    files = edited(small_review(), "data/review.yml", old, f"{old}, measure: MD")
    del files[KIM]
    files["data/searches.yml"] = b"searches: []\n"
    line = files["data/review.yml"].decode().partition(old)[0].count("\n") + 1
    assert found(files) == [
        f"data/review.yml:{line} outcomes[1].unit: found no unit of a mean difference, wanted one, "
        "as unit: days, for estimates, tables and axes"
    ]
    assert found(edited(files, "data/review.yml", "measure: MD", "measure: MD, unit: days")) == []


def test_the_checklist_says_why_something_lacks() -> None:
    assert found(small_review(), checklist("prisma", "18")) == [UNDATED]
    assert found(small_review(), checklist("prisma", "6")) == [UNJUDGED]
    every = [UNDATED, UNJUDGED]
    assert found(small_review(), checklist("another", "18")) == every
    with pytest.raises(DataError):
        found(small_review(), b"checklists: [{}]\n")


def test_check_tells_it_and_is_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = small_project()
    write_review(tmp_path, files)
    assert main(["check", "--root", str(tmp_path)]) == 0
    assert f"warning: {UNJUDGED}\n" in capsys.readouterr().err
    write_review(tmp_path, {"templates/checklists.yml": checklist("prisma", "18")})
    assert main(["check", "--root", str(tmp_path)]) == 0
    err = capsys.readouterr().err
    assert "quality" not in err
    assert UNDATED in err


def test_this_review_says_what_it_lacks() -> None:
    from analysis.project import CHECKLISTS, read_project

    project = read_project(ROOT)
    loaded = load(project.data)
    assert [one.where for one in essentials(loaded, None)] == ["quality", "quality"]
    assert essentials(loaded, project.styles[CHECKLISTS]) == ()
