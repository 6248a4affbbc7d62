"""The files of a review as they are read from disk: nothing outside it, nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.cli import main
from analysis.errors import TemplateError
from analysis.project import read_project
from analysis.states import resolve
from tests.scratch import Scratch, make
from tests.small_review import small_project, write_review


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_review(tmp_path / "review", small_project())


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "secret.qmd").write_text("password")
    return folder / "secret.qmd"


def refused(*places: str) -> str:
    return "\n".join(f"{p}: found a symbolic link, wanted the file itself" for p in places)


def test_symbolic_links_are_refused_wherever_a_file_is_read(root: Path, secret: Path) -> None:
    (root / "review.qmd").unlink()
    (root / "templates" / "parts").mkdir(parents=True)
    single = ("review.qmd", "_quarto.yml", "_variables.yml")
    for name in (*single, "templates/a.qmd", "templates/parts/page.css"):
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(secret)
    for name in ("templates/more", "validation"):
        (root / name).symlink_to(secret.parent, target_is_directory=True)
    (secret.parent / "agreement.json").write_text("{}")
    with pytest.raises(TemplateError) as caught:
        read_project(root)
    assert str(caught.value) == refused(
        "_quarto.yml", "_variables.yml", "review.qmd", "templates/a.qmd", "templates/more",
        "templates/parts/page.css", "validation",
    )  # fmt: skip


def test_a_folder_of_templates_that_is_a_link(root: Path, secret: Path) -> None:
    if (root / "templates").exists():
        (root / "templates").rename(root / "old")
    (root / "templates").symlink_to(secret.parent, target_is_directory=True)
    with pytest.raises(TemplateError) as caught:
        read_project(root)
    assert str(caught.value) == refused("templates")


def test_the_mark_of_an_editor_is_passed_over(root: Path) -> None:
    """Emacs marks a file that is open by a link that leads nowhere."""
    (root / "templates").mkdir(exist_ok=True)
    (root / "templates" / ".#a.qmd").symlink_to("me@here.4711")
    assert "templates/.#a.qmd" not in read_project(root).sources


def test_no_command_prints_what_a_link_leads_to(
    root: Path, secret: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "review.qmd").unlink()
    (root / "review.qmd").symlink_to(secret)
    assert main(["render", "--root", str(root), "--engine", "pandoc"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {refused('review.qmd')}\n")
    assert not (root / "_output").exists()


@pytest.mark.usefixtures("git_identity")
def test_nor_is_a_style_of_today_that_is_a_link(tmp_path: Path, secret: Path) -> None:
    """The evidence of a commit is dressed in the styles of the work tree."""
    review: Scratch = make(tmp_path / "review")
    (review.root / "templates").mkdir(exist_ok=True)
    (review.root / "templates" / "page.css").unlink(missing_ok=True)
    (review.root / "templates" / "page.css").symlink_to(secret)
    with pytest.raises(TemplateError) as caught:
        resolve(review.root, "HEAD")
    assert str(caught.value) == refused("templates/page.css")


def test_no_command_writes_where_a_link_leads(
    root: Path, secret: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "index.qmd").symlink_to(secret)
    (root / "origins.json").symlink_to(secret.parent / "new")
    for name in ("figures", "schemas", "_export"):
        (root / name).symlink_to(secret.parent, target_is_directory=True)
    for command, places in (
        (("prepare",), ("figures", "index.qmd", "origins.json")),
        (("schema",), ("schemas",)),
        (("export", "--to", "csv"), ("_export",)),
    ):
        assert main([*command, "--root", str(root)]) == 1
        lines = capsys.readouterr().err.splitlines()
        told = [line for line in lines if line.startswith("error: ")]
        assert told == [f"error: {line}" for line in refused(*places).split("\n")]
    assert [path.name for path in secret.parent.iterdir()] == ["secret.qmd"]
    assert secret.read_text() == "password"


@pytest.mark.usefixtures("git_identity")
@pytest.mark.parametrize("command", ["render", "site"])
@pytest.mark.parametrize("name", ["_output", ".living-review"])
def test_nor_do_the_commands_that_put_a_folder_in_place(
    command: str, name: str, secret: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = make(tmp_path / "review").root
    left = secret.parent / "output-new-x"  # as of a build that died, to one who follows the link
    left.mkdir()
    (root / name).symlink_to(secret.parent, target_is_directory=True)
    assert main([command, "--root", str(root), "--engine", "pandoc"]) == 1
    assert f"error: {refused(name)}" in capsys.readouterr().err
    assert {path.name for path in secret.parent.iterdir()} == {"secret.qmd", "output-new-x"}
    # Who names a folder means what the link leads to.
    named = tmp_path / "named"
    named.symlink_to(tmp_path / "there", target_is_directory=True)
    (root / name).unlink()
    given = [command, "--root", str(root), "--engine", "pandoc", "--output", str(named)]
    assert main(given) == 0
    assert (tmp_path / "there" / "index.html").is_file()
