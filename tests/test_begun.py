"""A review that is only begun: its plan waits for studies, and everything else works."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from analysis import cli, terms
from analysis.add import add_study
from analysis.build import examine
from analysis.errors import DataError, TemplateError
from analysis.load import load
from analysis.project import read_project
from analysis.report import report_study
from analysis.said import Answers, ResultSaid
from tests.small_review import MANUSCRIPT, small_project, small_review, write_review

ALPHA = Answers(
    label="Alpha 2005",
    results=(ResultSaid("os", "HR", "0.80", ("0.62", "1.03"), adjustment="unadjusted"),),
)
NONE = "found no included study with a result for {}, wanted one: not yet estimable"
WITHOUT = "no study of this evidence has a result for it"
ASKED = """\
# Results {#sec-results}

{% if os %}
Overall survival: {{ os | estimate }}.
{% else %}
Nothing has been found of overall survival.
{% endif %}
"""


def begun() -> dict[str, bytes]:
    """Return a review without a study, a search or a result."""
    files = small_review()
    del files["data/studies/kim-2015.yml"]
    return {**files, "data/searches.yml": b"searches: []\n"}


def begun_project(manuscript: str) -> dict[str, bytes]:
    files = {**small_project(), **begun(), "review.qmd": manuscript.encode()}
    del files["data/studies/kim-2015.yml"]
    return files


def with_plan(files: dict[str, bytes], old: str, new: str) -> dict[str, bytes]:
    plan = files["data/review.yml"].decode()
    assert old in plan
    return {**files, "data/review.yml": plan.replace(old, new).encode()}


def test_a_plan_without_any_study_waits_for_one() -> None:
    assert [str(problem) for problem in load(begun()).warnings] == [
        f"data/review.yml:41 analyses[0].outcome: {NONE.format('os')}",
        f"data/review.yml:42 analyses[1].outcome: {NONE.format('dfs')}",
    ]


def test_the_first_study_is_added_and_what_it_does_not_give_still_waits() -> None:
    edit = add_study(begun(), ALPHA)
    assert edit.elsewhere == ()
    (warning,) = edit.loaded.warnings
    assert str(warning) == f"data/review.yml:42 analyses[1].outcome: {NONE.format('dfs')}"
    assert [one.status for one in edit.loaded.review.studies] == ["included"]


def test_one_study_is_too_few_for_hartung_and_knapp() -> None:
    os = "outcome: os, role: primary, origin: added, "
    files = with_plan(begun(), f"{os}method: DL, test: z", f"{os}method: REML, test: knha")
    edit = add_study(files, ALPHA)
    assert str(edit.loaded.warnings[0]) == (
        "data/review.yml:41 analyses[0].test: found knha with 1 study, wanted at least 2: not "
        "yet estimable"
    )


def test_an_outcome_beyond_the_question_that_no_study_has_is_a_slip() -> None:
    files = with_plan(begun(), "outcomes: [os, dfs]", "outcomes: [os]")
    # Nothing has been found at all: every analysis waits.
    assert len(load(files).warnings) == 2
    edit = add_study(files, ALPHA)
    assert [str(problem) for problem in edit.elsewhere] == [
        "data/review.yml:42 analyses[1].outcome: found dfs, of which no included study has a "
        "result, wanted an outcome with one"
    ]


def test_a_kind_of_study_that_has_not_come_yet_is_waited_for() -> None:
    sensitivity = (
        "  - {id: rct, title: Trials, outcome: os, role: sensitivity, sensitivity_of: os,\n"
        "     origin: added, studies: {design: [randomised trial]}, method: DL, test: z}\n"
    )
    files = small_review()
    files["data/review.yml"] += sensitivity.encode()
    (warning,) = load(files).warnings
    assert str(warning) == (
        "data/review.yml:44 analyses[2].studies: found no study to pool, wanted at least one; "
        "left out: kim (design: retrospective cohort): not yet estimable"
    )
    # By the text of a characteristic it may be a slip of the pen.
    files = with_plan(files, "design: [randomised trial]", "characteristics: {surgery: [none]}")
    with pytest.raises(DataError) as caught:
        load(files)
    assert str(caught.value) == (
        "data/review.yml:44 analyses[2].studies: found no study to pool, wanted at least one; "
        "left out: kim (surgery: not reported)"
    )


def test_add_refuses_only_for_what_it_writes() -> None:
    files = small_review()
    kim = files["data/studies/kim-2015.yml"].decode()
    files["data/studies/kim-2015.yml"] = kim.replace(
        "ci: [0.26, 1.01]", "ci: [1.01, 0.26]"
    ).encode()
    edit = add_study(files, ALPHA)
    assert edit.elsewhere == ()
    assert [one.id for one in edit.loaded.review.studies] == ["alpha_2005", "kim"]
    bad = Answers(
        label="Alpha 2005",
        results=(ResultSaid("os", "HR", "0.80", ("1.03", "0.62"), adjustment="unadjusted"),),
    )
    with pytest.raises(DataError) as caught:
        add_study(files, bad)
    assert [str(problem).partition(" ")[2] for problem in caught.value.problems] == [
        "results[0].ci: found [1.03, 0.62], wanted lower < upper"
    ]


def test_nothing_is_added_to_a_review_whose_plan_cannot_be_read() -> None:
    files = {**begun(), "data/review.yml": b"title: A new treatment\n\tshort_title: New\n"}
    with pytest.raises(DataError) as caught:
        add_study(files, ALPHA)
    assert caught.value.problems[0].place.startswith("data/review.yml:")


def test_text_that_speaks_of_an_analysis_without_answer_is_told_the_way_out(
    tmp_path: Path,
) -> None:
    write_review(tmp_path, begun_project(MANUSCRIPT))
    with pytest.raises(TemplateError) as caught:
        examine(read_project(tmp_path))
    assert str(caught.value) == (
        f"review.qmd:7: found os, which has no answer yet ({WITHOUT}), wanted it inside "
        "{% if os %} … {% endif %}"
    )
    figure = MANUSCRIPT.replace("{{ os | estimate }}", "see")
    write_review(tmp_path, begun_project(figure))
    with pytest.raises(TemplateError) as caught:
        examine(read_project(tmp_path))
    assert str(caught.value) == (
        f"review.qmd:9: found os, which has no answer yet ({WITHOUT}), wanted it inside "
        "{% if os %} … {% endif %}"
    )


def test_text_that_asks_first_is_written_before_and_after(tmp_path: Path) -> None:
    write_review(tmp_path, begun_project(ASKED))
    examined = examine(read_project(tmp_path))
    assert "Nothing has been found of overall survival." in examined.manuscript.text
    assert examined.findings.unanswered == {"os": WITHOUT, "dfs": WITHOUT}
    write_review(tmp_path, add_study(begun_project(ASKED), ALPHA).files)
    assert "Overall survival: " in examine(read_project(tmp_path)).manuscript.text


def test_a_table_of_results_says_which_are_to_come(tmp_path: Path) -> None:
    text = '# Results\n\n@tbl-a {% call table("pooled", id="tbl-a") %}All results.{% endcall %}\n'
    files = begun_project(text)
    write_review(tmp_path, {**files, **add_study(files, ALPHA).files})
    made = examine(read_project(tmp_path)).manuscript.text
    assert f"All results. Not yet estimable\\: DFS ({WITHOUT})." in made
    one = text.replace('id="tbl-a"', 'id="tbl-a", analyses="os"')
    write_review(tmp_path, {"review.qmd": one.encode()})
    assert "Not yet estimable" not in examine(read_project(tmp_path)).manuscript.text


def run(root: Path, *arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        code = cli.main([*arguments, "--root", str(root)])
    return code, out.getvalue(), err.getvalue()


def test_check_and_analyse_go_through_on_a_begun_review(tmp_path: Path) -> None:
    write_review(tmp_path, begun_project(ASKED))
    code, out, _ = run(tmp_path, "check")
    assert (code, out) == (
        0,
        "0 studies, 0 analyses, 0 of 0 claims hold as first worded, no errors\n",
    )
    code, _, err = run(tmp_path, "analyse")
    assert code == 0
    assert err == f"os: no answer yet ({WITHOUT})\ndfs: no answer yet ({WITHOUT})\n"


def test_check_lists_what_the_text_leaves_open(tmp_path: Path) -> None:
    text = f"{ASKED}\nTODO: what it means.\n"
    write_review(tmp_path, begun_project(text))
    code, _, err = run(tmp_path, "check")
    assert code == 0
    place = f"review.qmd:{text.count(chr(10))}"
    assert f"to do: {place}: found TODO, wanted what is still to be written\n" in err


def test_there_is_nothing_to_compare_with_metafor(tmp_path: Path) -> None:
    write_review(tmp_path, begun_project(ASKED))
    assert run(tmp_path, "agreement") == (
        1,
        "",
        "error: agreement: found no analysis with an answer, wanted one: add the studies that the "
        "plan waits for (living-review check)\n",
    )


@pytest.mark.parametrize("format_", ["metafor", "csv", "revman", "json"])
def test_what_there_is_is_exported(tmp_path: Path, format_: str) -> None:
    files = begun_project(ASKED)
    write_review(tmp_path, files)
    assert run(tmp_path, "export", "--to", format_)[0] == 0
    write_review(tmp_path, add_study(files, ALPHA).files)
    assert run(tmp_path, "export", "--to", format_)[0] == 0


# --- where the plan comes from -------------------------------------------------------------


def test_a_review_of_its_own_need_not_say_where_its_analyses_come_from() -> None:
    files = with_plan(small_review(), "origin: added, ", "")
    assert {one.origin for one in load(files).review.plan.analyses} == {"added"}
    files = with_plan(small_review(), "origin: added", "origin: protocol")
    assert {one.origin for one in load(files).review.plan.analyses} == {"protocol"}
    assert [terms.ORIGINS[one] for one in ("protocol", "amended")] == [
        "planned in the protocol",
        "amended since the protocol",
    ]


def test_nothing_is_of_an_article_where_none_is_continued() -> None:
    split = "subgroups: [{id: nodal, by: nodal, label: Nodes, origin: inferred}], role: primary"
    files = with_plan(small_review(), "outcome: os, role: primary", f"outcome: os, {split}")
    files = with_plan(files, "outcome: dfs, role: primary, origin: added",
                      "outcome: dfs, role: primary, origin: article")  # fmt: skip
    wanted = "wanted one of: protocol | amended | added (this review `continues` no article)"
    with pytest.raises(DataError) as caught:
        load(files)
    assert [str(problem) for problem in caught.value.problems] == [
        f"data/review.yml:41 analyses[0].subgroups[0].origin: found inferred, {wanted}",
        f"data/review.yml:42 analyses[1].origin: found article, {wanted}",
    ]


def test_a_review_that_continues_an_article_says_it_of_every_analysis() -> None:
    files = with_plan(small_review(), "keywords:", "continues: kim2015\nkeywords:")
    split = "subgroups: [{id: nodal, by: nodal, label: Nodes}], role: primary"
    files = with_plan(files, "outcome: os, role: primary, origin: added", f"outcome: os, {split}")
    wanted = (
        "found no such key, wanted one of: article | inferred | protocol | amended | added (this "
        "review continues an article)"
    )
    with pytest.raises(DataError) as caught:
        load(files)
    assert [str(problem) for problem in caught.value.problems] == [
        f"data/review.yml:42 analyses[0].origin: {wanted}",
        f"data/review.yml:42 analyses[0].subgroups[0].origin: {wanted}",
    ]


def test_a_study_that_waited_reports_while_the_plan_still_waits() -> None:
    files = begun()
    files |= add_study(files, Answers(label="Alpha 2005", id="alpha")).files
    assert len(load(files).warnings) == 2
    edit = report_study(files, "alpha", ALPHA)
    assert edit.elsewhere == ()
    assert edit.loaded.review.by_id["alpha"].status == "included"
    assert [one.message for one in edit.loaded.warnings] == [NONE.format("dfs")]
