"""What an edition says of the one before: studies, corrections, or nothing new."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis import rendering
from analysis.build import examine
from analysis.claim_sentences import reread
from analysis.cli import main
from analysis.comparison import compare
from analysis.load import load_review
from analysis.paper import examine_state
from analysis.past import Past, edition_before, included, with_other_studies
from analysis.plan import find
from analysis.project import read_project
from analysis.records import Review, Study
from analysis.release import Wishes, prepare, utc_today
from analysis.remembering import RememberingFind
from analysis.states import resolve
from tests.evidence_samples import article
from tests.scratch import (
    Scratch,
    make,
    make_three_editions,
    make_with_a_sixth,
    quick_render,
)

pytestmark = pytest.mark.usefixtures("git_identity")

ROOT = Path(__file__).parent.parent
PROJECT = read_project(ROOT)


@pytest.fixture
def grown(tmp_path: Path) -> Scratch:
    return make_three_editions(tmp_path / "review")


def previous(made: Scratch, name: str | None = None) -> Review | None:
    state = resolve(made.root, name)
    review = state.loaded.review
    listed = Past().of(made.root)
    return with_other_studies(listed, review, edition_before(listed, review, state.data_hash))


def test_an_update_is_one_of_the_last_edition_with_other_studies(grown: Scratch) -> None:
    now = included(resolve(grown.root).loaded.review)
    for name in ("2.0.0", "2.1.0", None):
        before = previous(grown, name)
        assert before is not None
        assert [entry.version for entry in before.editions] == ["1.0.0"]
        assert set(now) - set(included(before)) == {"stein_aronson"}
    assert previous(grown, "1.0.0") is None


def test_where_every_edition_had_the_same_studies_there_is_none(grown: Scratch) -> None:
    grown.git("checkout", "-q", grown.git("rev-list", "--max-parents=0", "HEAD"))
    first = make_with_a_sixth(grown.root.parent / "other")
    first.study("stein-aronson-1953").unlink()
    first.replace("data/searches.yml", "stein_aronson, ", "")
    first.commit("As it was")
    assert previous(first) is None


def test_the_flow_diagram_is_asked_for_with_the_studies_before(grown: Scratch) -> None:
    text = (grown.root / "review.qmd").read_text("utf-8")
    given = 'id="fig-flow", previous=studies_before, searched=searches_before'
    (grown.root / "review.qmd").write_text(text.replace('id="fig-flow"', given), "utf-8")
    figures = examine_state(grown.root, resolve(grown.root)).manuscript.figures
    (flow,) = [one for one in figures if one.kind == "flow"]
    assert len(flow.options["previous"]) == 5  # type: ignore[arg-type]
    assert "stein_aronson" not in flow.options["previous"]  # type: ignore[operator]


def since(before: Review, after: Review) -> str:
    """What this review says of the edition before, its abstract included."""
    changes = compare(before, after, RememberingFind())
    then, today = changes.findings
    changed = tuple(one.id for one in reread(before, then, after, today).worded)
    extra = {"changes": changes, "statements_turned": changed}
    return " ".join(examine(PROJECT, extra).manuscript.text.split())


def test_an_edition_with_nothing_new_says_so() -> None:
    review = examine(PROJECT).loaded.review
    text = since(review, review)
    assert "This edition adds no study, and every pooled result is what it was." in text
    assert "the text changed and the evidence did not: every result is what it was." in text
    assert "tbl-changed" not in text


def test_an_edition_speaks_for_itself_and_not_for_a_draft_after_it() -> None:
    last = examine(PROJECT).loaded.review.editions[-1]
    said = f"Edition {last.version} in its own words:"
    assert said in examine(PROJECT).manuscript.text
    assert said not in examine(PROJECT, draft=True).manuscript.text


def test_a_correction_is_named() -> None:
    review = examine(PROJECT).loaded.review
    kim = review.by_id["kim"]
    other = kim.model_copy(update={"country": "Elsewhere"})
    studies = tuple(other if one is kim else one for one in review.studies)
    text = since(review.model_copy(update={"studies": studies}), review)
    assert f"This edition corrects what is known of {kim.label}." in text
    assert "the evidence changed as @tbl-changed shows; no pooled result moved." in text
    assert "tbl-moved" not in text


def test_how_many_statements_turned_is_said_where_any_did() -> None:
    review, before = examine(PROJECT).loaded.review, article()
    marks = compare(before, review, RememberingFind()).marks
    flipped = sum(mark.kind == "claim" for mark in marks)
    assert flipped > 1
    (told,) = counted(since(before, review))
    # Those whose words follow the findings are others too, and none of them flips.
    assert told >= flipped
    assert counted(since(review, review)) == []


def counted(text: str) -> list[int]:
    """How many statements of the text are said to have changed, wherever it is said."""
    plain = re.sub(r"\[([^]]*)\]\{[^}]*\}", r"\1", text).replace("\N{NO-BREAK SPACE}", " ")
    return [int(one) for one in re.findall(r"(\d+) statements? of the text changed", plain)]


def test_page_commands_and_changelog_count_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement may flip, read otherwise without a flip, be new, or be withdrawn."""
    monkeypatch.setattr(rendering, "render", quick_render)
    made = make(tmp_path / "review")
    sixth = made.study("stein-aronson-1953")
    kept = sixth.read_text("utf-8")
    sixth.unlink()
    made.replace("data/searches.yml", "stein_aronson, ", "")
    made.replace("data/claims.yml", "tb.qe_pval < 0.05", "tb.k < 6")
    made.replace("review.qmd", "# Introduction\n", '# Introduction\n\n{{ claim("gone") }}\n')
    said_of = "{{ statements_turned | count('statement', 'statements') }} of the text changed."
    with (made.root / "review.qmd").open("a") as file:
        file.write(f'\n{{{{ claim("follows") }}}} {said_of}\n')
    with (made.root / "data/claims.yml").open("a") as file:
        follows = "{% if holds('tb_varies') %}They differ.{% else %}They do not.{% endif %}"
        file.write(f'  - {{id: follows, text: "{follows}", holds: tb.k > 2}}\n')
        file.write("  - {id: gone, text: Said once., holds: tb.k > 2}\n")
    made.commit("Five trials")
    made.publish("1.0.0")
    sixth.write_text(kept, "utf-8")
    made.replace("data/searches.yml", "hart_sutherland, ", "hart_sutherland, stein_aronson, ")
    made.replace("data/claims.yml", "gone, text: Said once", "new, text: Said from now on")
    made.replace("review.qmd", 'claim("gone")', 'claim("new")')
    made.commit("A sixth trial")

    def said(*command: str) -> list[int]:
        assert main(["--root", str(made.root), *command]) == 0
        return counted(capsys.readouterr().out)

    page = examine_state(made.root, resolve(made.root)).manuscript.text
    assert counted(page) == said("diff") == said("claims", "--changed") == [4]
    prepared = prepare(made.root, Wishes(clock=utc_today()))
    changelog = prepared.files["editions/CHANGELOG.md"].decode()
    assert set(counted(changelog)) == {4}
    told = changelog.partition("Statements that changed:\n\n")[2].partition("\n\n")[0]
    assert [line for line in told.split("\n") if not line.startswith(" ")] == [
        f"- “The trials agree ({find(load_review(made.root)).value('tb.i2_q'):.1f}%).”",
        "- “They do not.”",
        "- new: “Said from now on.”",
        "- no longer said: “Said once.”",
    ]


def with_studies(review: Review, *others: Study) -> Review:
    """The review with these studies in the place of those of the same id."""
    by_id = {study.id: study for study in others}
    studies = tuple(by_id.get(study.id, study) for study in review.studies)
    return review.model_copy(update={"studies": studies})


def test_a_study_that_left_is_said_to_have_left_and_one_filled_in_to_be_filled_in() -> None:
    review = examine(PROJECT).loaded.review
    gone, given, later, first = (
        review.by_id[id_] for id_ in ("potential", "kim", "dbcg_imn2", "thorsen")
    )
    was = {"status": "included", "results": first.results, "sources": first.sources}
    removed = since(with_studies(review, gone.model_copy(update=was)), review)
    assert f"This edition no longer includes {gone.label} (ongoing). The review stays" in removed
    left = {"status": "retracted", "retracted": "2026-05", "reason": "Counted twice."}
    withdrawn = since(review, with_studies(review, given.model_copy(update=left)))
    assert f"This edition no longer includes {given.label} (retracted in May 2026). " in withdrawn
    filled = since(with_studies(review, given.model_copy(update={"country": None})), review)
    assert f"This edition fills in what was not known of {given.label}." in filled
    both = with_studies(
        review,
        gone.model_copy(update=was),
        later.model_copy(update={"status": "awaiting", "reason": "Not read yet."}),
    )
    assert (
        f"This edition adds {later.label}. This edition no longer includes {gone.label} (ongoing). "
    ) in since(both, review)
    old = {**was, "cohort": later.cohort}
    before = with_studies(
        review,
        gone.model_copy(update=old),
        later.model_copy(update={"status": "awaiting", "reason": "Not read yet."}),
    )
    left = {**old, "status": "excluded", "reason": "Old."}
    now = with_studies(review, gone.model_copy(update=left))
    text = since(before, now)
    assert f"This edition has {gone.label} replaced by {later.label}. The review stays" in text


def test_another_place_in_a_source_corrects_nothing_that_is_known() -> None:
    review = examine(PROJECT).loaded.review
    kim = review.by_id["kim"]
    source = kim.sources["table1"].model_copy(update={"place": "Elsewhere", "note": "A remark."})
    other = kim.model_copy(
        update={"sources": {**kim.sources, "table1": source}, "note": "Another."}
    )
    studies = tuple(other if one is kim else one for one in review.studies)
    text = since(review.model_copy(update={"studies": studies}), review)
    assert "This edition adds no study, and every pooled result is what it was." in text
    assert "no study of an analysis changed; what changed in the plan, or in what" in text


def test_an_analysis_that_is_planned_anew_has_not_moved() -> None:
    review = examine(PROJECT).loaded.review
    fewer = review.plan.model_copy(update={"analyses": review.plan.analyses[:-1]})
    text = since(review.model_copy(update={"plan": fewer}), review)
    told = "what changed in the plan, or in what is listed beside the analyses, stands in"
    assert f"no study of an analysis changed; {told} @tbl-changed; no pooled result moved." in text
    assert "tbl-moved" not in text
