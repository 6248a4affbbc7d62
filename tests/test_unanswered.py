"""Planned parts without an answer: `check` names each of them, with its line and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.cli import main
from analysis.load import load
from analysis.located import Loaded, Places
from analysis.plan import find
from analysis.unanswered import not_estimable
from tests.method_reviews import TRIALS, plan, review, split_by
from tests.small_review import small_project, small_review, write_review

# One study: enough for a pooled effect, not for what compares studies.
OS = "  - {id: os, title: OS, outcome: os, role: primary, origin: added, method: DL, test: z}\n"
DFS = "  - {id: dfs, title: DFS, outcome: dfs, role: primary, origin: added, method: DL, test: z}\n"
PARTS = """\
  - id: os
    title: OS
    outcome: os
    role: primary
    origin: added
    method: DL
    test: z
    regressions:
      - id: first
        label: Year
        origin: added
        moderators: [{field: year, label: year}]
      - id: second
        label: Follow-up
        origin: added
        moderators: [{field: follow_up, label: follow-up}]
    small_study: [trim_and_fill, egger_classic]
    cumulative: follow_up
"""
KIM_FILE = "data/studies/kim-2015.yml"
RISKS = """\
baseline_risks:
  - {id: of_rates, label: Kim, outcome: dfs, analysis: dfs, study: kim, risk: 0.2, years: 5,
     source: report}
"""

# What no review may lack.
JUDGED = "quality: [{tool: nos, overall: low, score: not stated, source: report}]\n"
COMPLETED = (
    ("data/searches.yml", "date: not reported", "date: 2026-01-15"),
    (KIM_FILE, "population: N+\n", f"population: N+\n{JUDGED}"),
)


def checked(
    root: Path, capsys: pytest.CaptureFixture[str], *pairs: tuple[str, str, str]
) -> tuple[list[str], str]:
    """Return the warnings of `check` and its last line; `pairs` are file, old and new text."""
    files = small_project()
    for name, old, new in (*COMPLETED, *pairs):
        text = files[name].decode()
        assert old in text
        files[name] = text.replace(old, new).encode()
    write_review(root, files)
    assert main(["check", "--root", str(root)]) == 0
    said = capsys.readouterr()
    return said.err.splitlines(), said.out


def test_each_part_without_an_answer_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told, out = checked(tmp_path, capsys, ("data/review.yml", OS, PARTS))
    assert told == [
        "warning: data/review.yml:49 analyses.os.regressions.first: not estimable: moderator "
        "year: found only 2015, wanted at least two different values",
        "warning: data/review.yml:53 analyses.os.regressions.second: not estimable: moderator "
        "follow_up: found no value, wanted at least two different values",
        "warning: data/review.yml:57 analyses.os.small_study.egger_classic: not estimable: "
        "Egger: found 1 study, wanted at least 3",
        "warning: data/review.yml:57 analyses.os.small_study.trim_and_fill: not estimable: "
        "trim and fill: found 1 study, wanted at least 3",
        "warning: data/review.yml:58 analyses.os.cumulative: not estimable: cumulative: found no "
        "study with a value of follow_up, wanted one",
    ]
    assert out == "1 study, 2 analyses, 0 of 0 claims hold as first worded, no errors\n"


def test_a_step_of_a_cumulation_without_an_answer_is_a_warning() -> None:
    """The first table alone has no finite ratio: `check` names the step, and goes on."""
    trials = ((*TRIALS[0][:2], 0, 123, *TRIALS[0][4:]), *TRIALS[1:])
    pooled = plan("x", pooling="mantel_haenszel", cumulative="year", method="EE", test="z")
    given = review(pooled, trials=trials)
    loaded = Loaded(given, (), (), Places({}, {}))
    (told,) = not_estimable(loaded, find(given))
    assert told.where == f"analyses.x.cumulative.{given.studies[0].id}"
    assert told.message.startswith("not estimable: Mantel-Haenszel: found sums of 0 and ")


def test_identical_effects_cannot_be_wanted_to_differ() -> None:
    """The part is left out while they are identical; by another test it has an interval."""
    trials = (*TRIALS[:4], TRIALS[5], TRIALS[5])
    groups = (split_by("allocation"),)
    given = review(plan("x", method="REML", test="knha", subgroups=groups), trials=trials)
    loaded = Loaded(given, (), (), Places({}, {}))
    (told,) = not_estimable(loaded, find(given))
    assert (told.where, told.message) == (
        "analyses.x.subgroups.groups",
        "not estimable: subgroup alternate: test: found knha with 2 identical effects, whose "
        "interval would have no width: left out as long as they are identical (test adhoc or z "
        "would answer)",
    )


def test_an_analysis_of_identical_effects_waits_and_leaves_the_others_alone() -> None:
    trials = (TRIALS[5], TRIALS[5])
    given = review(
        plan("x", method="REML", test="knha"), plan("y", method="REML", test="adhoc"), trials=trials
    )
    found = find(given)
    assert list(found.analyses) == ["y"]
    (told,) = not_estimable(Loaded(given, (), (), Places({}, {})), found)
    assert (told.where, told.message) == (
        "analyses.x",
        "not estimable: test: found knha with 2 identical effects, whose interval would have no "
        "width: left out as long as they are identical (test adhoc or z would answer)",
    )


def test_an_absolute_effect_without_an_answer_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told, _ = checked(
        tmp_path,
        capsys,
        ("data/review.yml", "event: relapse,", "event: relapse, measure: IRR,"),
        ("data/studies/kim-2015.yml", "outcome: dfs,", "outcome: dfs, measure: IRR,"),
        ("data/review.yml", DFS, DFS + RISKS),
    )
    assert told == [
        "warning: data/review.yml:44 baseline_risks.of_rates: not estimable: a pooled "
        "incidence rate ratio gives no risk; a hazard, odds or risk ratio or a risk difference does"
    ]


def test_a_risk_whose_study_is_retracted_is_told_once() -> None:
    texts = {name: content.decode() for name, content in small_review().items()}
    kim = texts[KIM_FILE]
    texts[KIM_FILE] = kim.replace("included", "retracted\nretracted: 2026-05", 1)
    titles = texts["data/references.bib"]
    retracted = titles.replace("A report", "A report [retracted]")
    texts["data/references.bib"] = retracted + titles.replace("kim", "lee")
    lee = kim.replace("kim\nlabel: Kim", "lee\nlabel: Lee", 1)
    texts["data/studies/lee.yml"] = lee.replace("kim2015", "lee2015")
    texts["data/searches.yml"] += (
        "  - {id: later, kind: surveillance, date: 2026-05, sources: [PubMed], studies: [lee]}\n"
    )
    texts["data/review.yml"] = texts["data/review.yml"].replace(DFS, DFS + RISKS)
    loaded = load({name: text.encode() for name, text in texts.items()})
    found = find(loaded.review)
    assert found.unanswered == {
        "absolute.of_rates": "the risk is that of Kim 2015, which is retracted"
    }
    assert not_estimable(loaded, found) == ()
    assert [str(one) for one in loaded.warnings] == [
        "data/review.yml:44 baseline_risks[0].study: found kim, which is retracted, so that its "
        "risk is not used, wanted an included study"
    ]


def test_an_analysis_that_waits_for_studies_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = DFS.replace("test: z", "test: knha") + RISKS
    told, _ = checked(tmp_path, capsys, ("data/review.yml", DFS, waiting))
    assert told == [
        "warning: data/review.yml:42 analyses[1].test: found knha with 1 study, wanted at least "
        "2: not yet estimable"
    ]


def test_where_every_part_has_an_answer_there_is_nothing_to_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told, _ = checked(tmp_path, capsys)
    assert told == []
