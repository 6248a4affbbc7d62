"""The editions before a paper are read from git once, and again where git moved on."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import git
from analysis.entry import with_entry
from analysis.paper import Memory, examine_state
from analysis.past import Past
from analysis.states import resolve
from tests.scratch import Scratch, entry, make, make_three_editions

pytestmark = pytest.mark.usefixtures("git_identity")


@pytest.fixture
def review(tmp_path: Path) -> Scratch:
    return make_three_editions(tmp_path / "review")


def versions(past: Past, root: Path) -> dict[str, bool]:
    listed = past.of(root)
    assert listed is not None
    return {version: one.commit is not None for version, one in listed.editions.items()}


def test_git_is_read_again_where_it_moved_on(review: Scratch) -> None:
    past = Past()
    before = past.of(review.root)
    assert past.of(review.root) is before
    (review.root / "review.qmd").touch()
    review.study("stein-aronson-1953").touch()
    assert past.of(review.root) is before
    review.commit("Another commit")
    after = past.of(review.root)
    assert after is not before
    review.git("tag", "other")
    assert past.of(review.root) is not after


def test_an_edition_that_is_entered_is_listed_and_has_a_commit_once_committed(
    review: Scratch,
) -> None:
    past = Past()
    known = versions(past, review.root)
    file = review.root / "data/editions.yml"
    file.write_bytes(with_entry(file.read_bytes(), entry("3.0.0", "2026-05-01")))
    assert versions(past, review.root) == {**known, "3.0.0": False}
    review.commit("Entered by hand")
    assert versions(past, review.root) == {**known, "3.0.0": True}


def test_a_repository_may_come_and_go(tmp_path: Path) -> None:
    made = make(tmp_path / "review")
    past = Past()
    assert past.of(made.root) is not None
    hidden = (made.top / ".git").rename(tmp_path / "hidden")
    assert past.of(made.root) is None
    hidden.rename(made.top / ".git")
    assert past.of(made.root) is not None


def test_a_second_paper_asks_git_for_its_refs_alone(
    review: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, asked, memory = git._git, [], Memory()

    def spied(folder: Path, arguments: tuple[str, ...], *more: object, **named: object) -> bytes:
        asked.append(arguments[0])
        return run(folder, arguments, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(git, "_git", spied)
    first = examine_state(review.root, resolve(review.root), memory).manuscript
    assert "cat-file" in asked
    asked.clear()
    assert examine_state(review.root, resolve(review.root), memory).manuscript == first
    assert asked == ["show-ref"]
