"""A study that left and is back is told as one that returned, and no search brings it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import rendering
from analysis.build import examine
from analysis.changes import changes
from analysis.cli import main
from analysis.comparison import compare
from analysis.comparison_words import cause, heading
from analysis.entry import changelog, why
from analysis.figures import FigureRequest
from analysis.pages import comparison_page
from analysis.paper import examine_state
from analysis.past import found_before, returning
from analysis.plan import find
from analysis.project import read_project
from analysis.records import Review
from analysis.release import Wishes, prepare, utc_today
from analysis.site import site
from analysis.states import resolve
from analysis.steps import Side, step
from analysis.study_moves import story
from tests.evidence_samples import TINY, result, review, study
from tests.scratch import Scratch, entry, make_three_editions, quick_render

pytestmark = pytest.mark.usefixtures("git_identity")

ROOT = Path(__file__).parent.parent
STEIN = "stein-aronson-1953"
OUT = "status: excluded\nreason: Its allocation is in doubt.\n"
ANNA = study("anna", result(0.8, 0.6, 1.1))
BERT = study("bert", result(0.7, 0.5, 0.9))
AWAY = BERT.model_copy(update={"status": "excluded", "reason": "Old."})


@pytest.fixture
def back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    """Stein came in edition 2.0.0, left in 3.0.0, and is back in the work tree."""
    monkeypatch.setattr(rendering, "render", quick_render)
    made = make_three_editions(tmp_path / "review")
    file = made.study(STEIN)
    kept = file.read_text("utf-8")
    file.write_text(kept.replace("status: included\n", OUT), "utf-8")
    made.commit("Stein is excluded")
    made.publish("3.0.0", "2026-04-10")
    file.write_text(kept, "utf-8")
    made.commit("Stein is back")
    return made


def state(made: Scratch, name: str | None = None) -> Review:
    return resolve(made.root, name).loaded.review


# --- who returns ---------------------------------------------------------------------------


def test_who_was_in_an_edition_before_returns(back: Scratch) -> None:
    asked = []

    def evidence(version: str) -> Review | None:
        asked.append(version)
        return state(back, version)

    last, now = state(back, "3.0.0"), state(back)
    assert returning(last, now, evidence) == {"stein_aronson"}
    # As far back as it was last included, and no farther.
    assert asked == ["3.0.0", "2.1.0"]
    asked.clear()
    # In 1.0.0 there was no such study: where it came first, it was new, and nothing is read.
    assert returning(state(back, "1.0.0"), state(back, "2.0.0"), evidence) == set()
    assert returning(state(back, "2.1.0"), now, evidence) == set()
    assert asked == []


def test_who_waited_and_was_never_included_is_new() -> None:
    before = review([ANNA, AWAY]).model_copy(update={"editions": (entry("1.0.0"), entry("2.0.0"))})
    after = review([ANNA, BERT])
    assert returning(before, after, lambda version: review([ANNA])) == set()
    # Nor is it known to return where the evidence is lost.
    assert returning(before, after, lambda version: None) == set()


# --- what is said of it ----------------------------------------------------------------------


def test_a_study_that_returned_is_told_so_and_not_as_added() -> None:
    cora = study("cora", result(0.9, 0.7, 1.2))
    before, after = review([ANNA, AWAY, cora]), review([ANNA, BERT, cora])
    comparison = compare(before, after, find, {"bert"})
    (change,) = comparison.changes
    assert (change.kind, change.id) == ("returned", "returned_bert")
    assert heading(change) == "included again: Bert"
    assert story(change.came, change.left) == ["randomised trial, number of patients not reported"]
    (part,) = comparison.results[0].attribution.parts
    assert cause(part) == "Bert (included again)"
    (new,) = changes(before, after)
    assert heading(new) == "added: Bert"


def test_a_study_that_returned_in_the_place_of_another_is_told_so_too() -> None:
    newer = study("newer", result(0.75, 0.6, 0.95), published="2000")
    gone = newer.model_copy(update={"status": "retracted", "retracted": "2026-05"})
    old = BERT.model_copy(update={"status": "superseded", "superseded_by": "newer"})
    (change,) = changes(review([ANNA, old, newer]), review([ANNA, BERT, gone]), {"bert"})
    assert heading(change) == "replaced: Newer replaced by Bert"
    assert story(change.came, change.left) == [
        "Newer: retracted in May 2026",
        "Bert: randomised trial, number of patients not reported, included again",
    ]


def test_the_words_of_its_edition() -> None:
    before, after = (Side(one, find(one)) for one in (review([ANNA, AWAY]), review([ANNA, BERT])))
    due = step("3.0.0", before, after, returned={"bert"})
    assert (due.version, due.reasons) == ("4.0.0", ("included again: Bert",))
    assert why(due) == "Bert is included again."
    lines = changelog(entry("4.0.0"), due)
    at = lines.index("Again in the analyses:")
    assert lines[at + 2] == "- Bert\\: randomised trial, number of patients not reported"
    assert "New in the analyses:" not in lines


def test_every_command_tells_it(back: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(back.root)]
    assert main(["diff", *root]) == 0
    said = capsys.readouterr().out
    assert "included again: Stein & Aronson 1953\n" in said
    assert "added" not in said
    assert main(["diff", "--markdown", *root]) == 0
    assert "- **Included again**: Stein \\& Aronson 1953\n" in capsys.readouterr().out
    # From edition to edition that it was in, nothing of it changed.
    assert main(["diff", "2.1.0", *root]) == 0
    assert "Stein" not in capsys.readouterr().out.split("\n\n")[0]
    prepared = prepare(back.root, Wishes(clock=utc_today()))
    assert prepared.step.reasons == ("included again: Stein & Aronson 1953",)
    assert prepared.edition.trigger == "Stein & Aronson 1953 is included again."


def test_status_tells_it(back: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    trigger = "{id: new, label: a study enters, when: new_included_study}"
    back.replace("data/review.yml", "triggers: []", f"triggers: [{trigger}]")
    assert main(["status", "--today", "2026-05-10", "--root", str(back.root)]) == 0
    said = capsys.readouterr().out
    assert "a study enters: Stein & Aronson 1953 (included again)\n" in said


def test_the_site_tells_it(back: Scratch) -> None:
    back.publish("4.0.0", "2026-05-10")
    page = site(back.root)[comparison_page("3.0.0", "4.0.0")]
    assert b"ncluded again" in page


def test_this_review_s_text_says_it() -> None:
    project = read_project(ROOT)
    now = examine(project).loaded.review
    away = {"status": "excluded", "reason": "Its allocation is in doubt."}
    studies = tuple(
        one.model_copy(update=away) if one.id == "olson" else one for one in now.studies
    )
    before = now.model_copy(update={"studies": studies})
    made = compare(before, now, find, {"olson"})
    text = " ".join(examine(project, {"changes": made}).manuscript.text.split())
    assert "This edition includes Olson again. The review stays in living mode." in text
    assert "This edition adds" not in text
    assert "the evidence changed as @tbl-changed shows" in text


# --- the flow of studies -----------------------------------------------------------------------


def flow(made: Scratch) -> FigureRequest:
    text = (made.root / "review.qmd").read_text("utf-8")
    options = (
        'id="fig-flow", previous=studies_before, searched=searches_before, found=found_before, '
        "again=included_again"
    )
    (made.root / "review.qmd").write_text(text.replace('id="fig-flow"', options), "utf-8")
    figures = examine_state(made.root, resolve(made.root)).manuscript.figures
    (found,) = [one for one in figures if one.kind == "flow"]
    return found


def test_the_flow_is_asked_for_with_the_study_that_is_back(back: Scratch) -> None:
    options = flow(back).options
    assert len(options["previous"]) == 5  # type: ignore[arg-type]
    assert (options["again"], options["found"]) == (("stein_aronson",), ())


def test_the_flow_is_asked_for_with_a_study_that_a_search_found_before(tmp_path: Path) -> None:
    made = make_three_editions(tmp_path / "review")
    new = made.study(STEIN).read_text("utf-8")
    new = new.replace("stein_aronson", "later").replace("Stein & Aronson 1953", "Later 1953")
    waiting = new.replace("status: included\n", "status: awaiting\nreason: Not read yet.\n")
    made.study("later").write_text(waiting, "utf-8")
    made.replace("data/searches.yml", "comstock]", "comstock, later]")
    made.commit("Later waits")
    made.publish("2.1.1", "2026-04-10")
    made.replace(
        "data/studies/later.yml", "status: awaiting\nreason: Not read yet.", "status: included"
    )
    options = flow(made).options
    assert (options["again"], options["found"]) == ((), ("later",))


def test_a_study_that_a_search_since_has_found_is_new_in_the_flow() -> None:
    search = TINY.searches[0]
    first = search.model_copy(update={"studies": ("anna", "bert")})
    before = review([ANNA, AWAY]).model_copy(update={"searches": (first,)})
    now = review([ANNA, BERT]).model_copy(update={"searches": (first,)})
    assert found_before(before, now) == {"bert"}
    second = search.model_copy(update={"id": "second", "studies": ("bert",)})
    now = now.model_copy(update={"searches": (first, second)})
    assert found_before(before, now) == set()
