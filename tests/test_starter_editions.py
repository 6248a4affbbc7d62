"""What the paper of a review of one's own says edition by edition: searches, changes, answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.edition_commits import read_editions
from tests.test_new import fill_in, git, run

pytestmark = pytest.mark.usefixtures("git_identity")

SEARCH = """\
searches:
  - id: first_search
    kind: systematic search
    date: 2026-01-15
    sources: [PubMed]
    counts:
      identified: [{label: PubMed, n: 47}]
      duplicates: 5
      excluded_at_screening: [{label: another question, n: 31}]
      full_text: 11
      excluded_at_full_text: [{label: no control group, n: 8}]
      included: 3
    studies: []
"""
COUNTS = (
    "Systematic search (15 January 2026): 47 records identified, 5 duplicates removed, "
    "42 records screened, 11 reports read in full, 3 studies included."
)
SMITH, WANG, KIM = "Smith 2020", "Wang 2019", "Kim 2021"
MEANS = {SMITH: "6.1,7.4", WANG: "6.0,7.0", KIM: "5.5,7.3"}


def add(capsys: pytest.CaptureFixture[str], label: str) -> None:
    key = label.replace(" ", "").lower()
    run(
        capsys, "add", "--label", label, "--search", "first_search", "--document", key,
        "--title", f"The trial of {label}", "--authors", "X", "--journal", "J",
        "--published", label[-4:], "--access", "abstract", "--place", "abstract",
        "--extracted-by", "Ann", "--n", "50,52", "--outcome", "stay", "--measure", "MD",
        "--means", MEANS[label], "--sds", "2.0,2.5", "--adjustment", "unadjusted",
    )  # fmt: skip


def edited(file: str, old: str, new: str) -> None:
    path = Path(file)
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def released(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Release what there is, and return the words of the page of the edition."""
    git(Path(), "add", "--all")
    git(Path(), "commit", "--quiet", "--message", "As it is now")
    run(capsys, "release", "--yes", "--engine", "pandoc", *words)
    version = read_editions(Path("data/editions.yml").read_bytes())[-1].version
    page = Path(f"editions/{version}/index.html").read_text("utf-8").replace("\u00a0", " ")
    return " ".join(re.sub("<[^>]*>", "", page).split())


def test_a_paper_that_lives_through_editions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    run(
        capsys, "new", "mine", "--population", "Adults", "--intervention", "Walking",
        "--comparator", "Rest", "--outcome", "Stay", "--measure", "MD", "--unit", "days",
    )  # fmt: skip
    monkeypatch.chdir(tmp_path / "mine")
    Path("data/searches.yml").write_text(SEARCH, "utf-8")
    for label in MEANS:
        add(capsys, label)
    fill_in(Path())
    for file in Path("data/studies").glob("*.yml"):
        file.write_text(re.sub(r"TODO[^,}\n]*", "not reported", file.read_text("utf-8")), "utf-8")

    first = released(capsys)
    assert COUNTS in first
    assert "The diagram begins" not in first
    assert re.search(r"95% prediction interval: −\d\.\d\d to \d\.\d\d days\.", first)

    edited("data/studies/wang-2019.yml", "mean: 6.0", "mean: 6.5")
    corrected = released(capsys, "--trigger", "Misread.", "--summary", "The gain is not certain.")
    assert "This edition corrects what is known of Wang 2019." in corrected
    assert "2 statements of the text changed; the conclusion reads otherwise now." in corrected
    assert re.search(r"Answers that changed\. .*Stay interval below the null includes the null",
                     corrected)  # fmt: skip
    assert "Edition 2.0.0 in its own words: The gain is not certain." in corrected
    assert re.search(r"Why Stay, days 1\.0\.0 .* The first edition\. .* 2\.0\.0 .* Misread\.",
                     corrected)  # fmt: skip
    assert COUNTS in corrected

    kim = Path("data/studies/kim-2021.yml")
    was = kim.read_text("utf-8")
    edited(str(kim), "status: included", "status: retracted\nretracted: 2026-10\nreason: Fraud.")
    retracted = released(capsys)
    assert COUNTS in retracted
    assert "The diagram begins with the 3 studies of edition 2.0.0, the last with" in retracted
    assert "the conclusion reads otherwise" not in retracted  # it was uncertain, and still is

    kim.write_text(was, "utf-8")
    back = released(capsys)
    assert "This edition includes Kim 2021 again." in back
    assert "The diagram begins with the 2 studies of edition 3.0.0" in back
    assert COUNTS in back

    told = Path("editions/CHANGELOG.md").read_text("utf-8")
    assert "- Wang 2019\\: results\\[stay\\].groups\\[walking\\].mean\\: 6.0 → 6.5\n" in told
    main = [line for line in told.splitlines() if line.startswith("- Stay: MD")]
    assert len(main) == 4
    assert all(line.count(") days, ") == line.count(" studies") for line in main)


def test_a_plan_that_is_the_first_edition_has_no_results_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    run(capsys, "new", "mine", "--population", "Adults")
    monkeypatch.chdir(tmp_path / "mine")
    run(capsys, "release", "--yes", "--engine", "pandoc")
    entry = read_editions(Path("data/editions.yml").read_bytes())[0]
    assert entry.summary == entry.trigger == "The first edition."
    told = Path("editions/CHANGELOG.md").read_text("utf-8")
    assert told.endswith("The first edition.\n\nStep: first (the first edition).\n")
    assert "in its own words" not in Path("editions/1.0.0/index.html").read_text("utf-8")
