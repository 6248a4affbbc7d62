"""A study that left: what rests on it has no answer, and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import cli
from analysis.build import examine
from analysis.claims import judge
from analysis.errors import AbsentError, DataError, TemplateError
from analysis.findings import Findings
from analysis.load import load
from analysis.plan import find
from analysis.project import read_project
from analysis.records import Claim
from tests.small_review import KIM, MANUSCRIPT, small_project, write_review

LEE = (
    KIM.replace("id: kim", "id: lee")
    .replace("kim2015", "lee2019")
    .replace("Kim", "Lee")
    .replace("2015", "2019")
    .replace("[0.26, 1.01]", "[0.27, 0.97]")
    .replace("country:", "characteristics: {nodal: {value: n0, source: report}}\ncountry:")
)
LEE_REFERENCE = (
    "@article{lee2019,\n  author = {Lee, Y.},\n  title = {A report},\n"
    "  journal = {A journal},\n  year = {2019},\n}\n"
)
RETRACTED = "status: retracted\nretracted: 2026-10\nreason: Withdrawn by the journal."
CLAIMS = """\
claims:
  - id: first
    text: Lee and Kim agree.
    holds: os.rows.lee.est < 1
    otherwise: Kim stands alone.
"""
ALONE = "  - {id: n0, title: N0, outcome: os, role: subgroup, origin: added, method: DL, test: z,\n\
     studies: {characteristics: {nodal: [n0]}}}\n"
ONLY = "  - {id: of_lee, title: Lee, outcome: os, role: subgroup, origin: added, method: DL,\n\
     test: z, studies: {only: [lee]}}\n"
SPLIT = ", subgroups: [{id: nodal, label: Nodes, by: nodal, origin: added}]}\n"


def files(*, retracted: bool, manuscript: str = MANUSCRIPT) -> dict[str, bytes]:
    """Return the small review with a second study, which was retracted or not."""
    found = small_project()
    plan = found["data/review.yml"].decode()
    plan = plan.replace(
        "outcome: os, role: primary, origin: added, method: DL, test: z}\n",
        (
            "outcome: os, role: primary, origin: added, method: DL, test: z,\n"
            "     leave_one_out: true" + SPLIT
        ),
    )
    lee = LEE.replace("status: included", RETRACTED) if retracted else LEE
    searches = found["data/searches.yml"].decode()
    return {
        **found,
        "data/review.yml": (plan + ALONE + ONLY).encode(),
        "data/studies/lee-2019.yml": lee.encode(),
        "data/claims.yml": CLAIMS.encode(),
        "data/searches.yml": searches.replace("[kim]  # all of them", "[kim, lee]")
        .replace("included: 1", "included: 2")
        .replace("n: 1}]\n      included", "n: 0}]\n      included")
        .encode(),
        "data/references.bib": found["data/references.bib"] + LEE_REFERENCE.encode(),
        "review.qmd": manuscript.encode(),
    }


def found_without_lee() -> Findings:
    return find(load(files(retracted=True)).review)


def test_with_the_study_everything_is_there() -> None:
    found = find(load(files(retracted=False)).review)
    assert found.value("os.rows.lee.est") == 0.51
    assert found.value("os.subgroups.nodal.groups.n0.k") == 1
    assert found.value("of_lee.k") == 1
    assert found.absent == {
        "os.subgroups.nodal.groups.mixed": "no study is in this group",
    }


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("os.rows.lee", "no finding os.rows.lee: this evidence has no answer (lee is retracted)"),
        (
            "os.leave_one_out.lee.est",
            "no finding os.leave_one_out.lee: this evidence has no answer (lee is retracted)",
        ),
        (
            "os.subgroups.nodal.groups.n0.est",
            "no finding os.subgroups.nodal.groups.n0: this evidence has no answer (no study is in "
            "this group: lee is retracted)",
        ),
        (
            "os.subgroups.nodal.groups.mixed",
            "no finding os.subgroups.nodal.groups.mixed: this evidence has no answer (no study is "
            "in this group)",
        ),
    ],
)
def test_what_rests_on_a_study_that_left_says_so(path: str, message: str) -> None:
    with pytest.raises(AbsentError) as caught:
        found_without_lee().value(path)
    assert str(caught.value) == message


@pytest.mark.parametrize("path", ["os.rows.leee", "os.subgroups.nodal.groups.n1", "os.of"])
def test_a_slip_is_not_taken_for_a_study_that_left(path: str) -> None:
    with pytest.raises(TemplateError, match="wanted one of: ") as caught:
        found_without_lee().value(path)
    assert not isinstance(caught.value, AbsentError)


def test_a_plan_that_its_studies_left_waits_and_says_who_they_were() -> None:
    said = [str(problem) for problem in load(files(retracted=True)).warnings]
    assert [one for one in said if "not yet estimable" in one] == [
        "data/review.yml:45 analyses[2].studies: found no study to pool any more, since lee is "
        "retracted: not yet estimable",
        "data/review.yml:47 analyses[3].studies: found no study to pool any more, since lee is "
        "retracted: not yet estimable",
    ]


CLAIMED = MANUSCRIPT.replace("Overall survival: ", '{{ claim("first") }} Overall survival: ')


def test_a_claim_on_a_study_that_left_prints_its_other_wording_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_review(tmp_path, files(retracted=False, manuscript=CLAIMED))
    assert "Lee and Kim agree." in examine(read_project(tmp_path)).manuscript.text
    write_review(tmp_path, files(retracted=True, manuscript=CLAIMED))
    examined = examine(read_project(tmp_path))
    assert "Kim stands alone." in examined.manuscript.text
    why = "no finding os.rows.lee: this evidence has no answer (lee is retracted)"
    told = (
        "data/claims.yml:4 claim first: column 1 of 'os.rows.lee.est < 1': found "
        f"{why}, so that the other wording is printed, wanted it asked for first: os.rows.lee and "
        "…, once that wording is read"
    )
    assert told in map(str, examined.warnings)
    assert cli.main(["claims", "--root", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "no: other wording" in out
    assert why in " ".join(out.split())


def test_a_claim_without_another_wording_stops_and_names_the_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_review(tmp_path, files(retracted=True, manuscript=CLAIMED))
    path = tmp_path / "data/claims.yml"
    path.write_text(path.read_text().replace("    otherwise: Kim stands alone.\n", ""))
    assert cli.main(["check", "--root", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines()[0] == (
        "error: data/claims.yml:4 claim first: column 1 of 'os.rows.lee.est < 1': found no finding "
        "os.rows.lee: this evidence has no answer (lee is retracted), wanted it asked for first: "
        "os.rows.lee and …, or another wording"
    )


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [
        ("os.rows.lee", False),
        ("not os.rows.lee", True),
        ("os.rows.lee and os.rows.lee.est < 1", False),
        ("os.subgroups.nodal.groups.n0 and os.subgroups.nodal.groups.n0.est < 1", False),
        ("os.rows.kim and os.rows.kim.est < 1", True),
        ("os.rows.kim.est < 1 or os.rows.lee.est < 1", True),
    ],
)
def test_a_condition_asks_for_a_study_or_a_group(holds: str, verdict: bool) -> None:
    (outcome,) = judge([Claim(id="first", text="Lee.", holds=holds)], found_without_lee())
    assert outcome.holds is verdict
    assert outcome.no_answer is None


ASKING = MANUSCRIPT.replace(
    "Overall survival: ",
    "{% if os.rows.lee %}Lee {{ os.rows.lee | estimate }}.{% endif %} "
    "{% if os.subgroups.nodal.groups.n0 %}By nodes.{% else %}As a whole.{% endif %} "
    "{% if of_lee %}Alone {{ of_lee | estimate }}.{% endif %} Overall survival: ",
)


def test_a_text_that_asks_first_is_printed_with_and_without_the_study(tmp_path: Path) -> None:
    write_review(tmp_path, files(retracted=False, manuscript=ASKING))
    (tmp_path / "data/claims.yml").unlink()
    text = examine(read_project(tmp_path)).manuscript.text
    assert "Lee HR" in text
    assert "By nodes." in text
    assert "Alone HR" in text
    write_review(tmp_path, files(retracted=True, manuscript=ASKING))
    (tmp_path / "data/claims.yml").unlink()
    text = examine(read_project(tmp_path)).manuscript.text
    assert "Lee" not in text
    assert "As a whole." in text
    assert "Alone" not in text


def test_a_text_that_does_not_ask_is_told_every_place_at_once(tmp_path: Path) -> None:
    told = MANUSCRIPT.replace(
        "Overall survival: ",
        "Lee {{ os.rows.lee | estimate }}.\nNodes {{ os.subgroups.nodal.groups.n0 | estimate }}.\n"
        "Alone {{ of_lee.rows.lee | estimate }}.\nOverall survival: ",
    )
    write_review(tmp_path, files(retracted=True, manuscript=told))
    (tmp_path / "data/claims.yml").unlink()
    with pytest.raises(TemplateError) as caught:
        examine(read_project(tmp_path))
    assert [str(problem) for problem in caught.value.problems] == [
        "review.qmd:7: found no os.rows.lee: this evidence has no answer (lee is retracted)",
        "review.qmd:8: found no os.subgroups.nodal.groups.n0: this evidence has no answer (no "
        "study is in this group: lee is retracted)",
        "review.qmd:9: found of_lee, which has no answer yet (no study of this evidence has a "
        "result for it), wanted it inside {% if of_lee %} … {% endif %}",
    ]


def test_a_slip_behind_a_condition_is_still_one(tmp_path: Path) -> None:
    slip = MANUSCRIPT.replace(
        "Overall survival: ", "{% if os.rows.leee %}Lee.{% endif %} Overall survival: "
    )
    write_review(tmp_path, files(retracted=True, manuscript=slip))
    (tmp_path / "data/claims.yml").unlink()
    with pytest.raises(TemplateError, match=r"review\.qmd:7 os\.rows\.leee: found 'leee'"):
        examine(read_project(tmp_path))


def test_the_wording_of_another_day_may_speak_of_the_study(tmp_path: Path) -> None:
    write_review(tmp_path, files(retracted=True, manuscript=CLAIMED))
    path = tmp_path / "data/claims.yml"
    wording = "Lee gives {{ os.rows.lee | estimate }}."
    path.write_text(path.read_text().replace("Lee and Kim agree.", f"'{wording}'"))
    assert "Kim stands alone." in examine(read_project(tmp_path)).manuscript.text
    path.write_text(path.read_text().replace("Kim stands alone.", f"'{wording}'"))
    with pytest.raises(TemplateError) as caught:
        examine(read_project(tmp_path))
    assert str(caught.value) == (
        "data/claims.yml:4 claim first:1: found no os.rows.lee: this evidence has no answer (lee "
        "is retracted)"
    )


def test_a_value_that_is_none_is_passed_over_only_behind_a_name_that_asks() -> None:
    found = found_without_lee()
    assert found.value("os.subgroups.nodal.between_pval") is None
    of_none = "os.subgroups.nodal.between_pval > 0.05"
    asked = f"os.subgroups.nodal.groups.n0 and {of_none}"
    (outcome,) = judge([Claim(id="first", text="Lee.", holds=asked)], found)
    assert not outcome.holds
    bare = f"os.k == 2 and {of_none}"  # which is false, and no question of what is there
    with pytest.raises(DataError, match=r"found no value of os\.subgroups\.nodal\.between_pval"):
        judge([Claim(id="first", text="Lee.", holds=bare)], found)
