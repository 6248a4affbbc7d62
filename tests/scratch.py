"""A review in a repository of its own, to release, break and repair."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis import archive
from analysis.build import Examined
from analysis.comparison import answered
from analysis.editions import tag_of
from analysis.entry import with_entry
from analysis.load import evidence_hash, load, read_files
from analysis.plan import find
from analysis.records import Edition

TESTS = Path(__file__).parent
STYLES = ("page.html", "page.css", "page.js", "paper.typ", "paper-show.typ", "references.csl")
LIVING = """
living:
  status: living
  justification: Trials are under way.
  schedule: [{source: PubMed, every_months: 6}]
  triggers: []
  retirement: []
"""
IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ann Reviewer",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann Reviewer",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


@dataclass(frozen=True)
class Scratch:
    """A repository, and the folder of the review in it."""

    top: Path
    root: Path

    def git(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        run = subprocess.run(
            ["git", *arguments],
            cwd=self.top,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        return run.stdout.strip()

    def commit(self, message: str = "More", day: str | None = None) -> str:
        """Commit everything that there is, on a day of choice."""
        self.git("add", "-A")
        when = {"GIT_COMMITTER_DATE": f"{day}T12:00:00Z"} if day else {}
        self.git("commit", "-q", "--allow-empty", "-m", message, environment=when)
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def study(self, name: str) -> Path:
        return self.root / "data" / "studies" / f"{name}.yml"

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace a text that a file of the review has exactly once."""
        file = self.root / name
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{name} has {text.count(old)} of {old!r}"
        file.write_text(text.replace(old, new), "utf-8")

    def snapshot(self) -> dict[str, bytes]:
        """Return every file outside .git, every ref, and what git says of the work tree."""
        files = {
            path.relative_to(self.top).as_posix(): path.read_bytes()
            for path in sorted(self.top.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.top).parts
        }
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname)")
        status = self.git("status", "--porcelain")
        return {**files, "refs": refs.encode(), "status": status.encode()}

    def publish(self, version: str, released: str = "2026-01-10", *, tag: bool = False) -> str:
        """Commit an edition as a release does, short of a page."""
        file = self.root / "data" / "editions.yml"
        content = file.read_bytes() if file.exists() else None
        file.write_bytes(with_entry(content, entry(version, released)))
        folder = self.root / archive.folder_of(version)
        folder.mkdir(parents=True)
        evidence = read_files(self.root)
        findings = answered(load(evidence, checked=False).review, find)[0].to_json().encode()
        files = {"index.html": f"<h1>{version}</h1>".encode(), "review.pdf": b"%PDF"}
        files["findings.json"] = findings
        for name, made in files.items():
            (folder / name).write_bytes(made)
        manifest = archive.Manifest(
            version=version,
            released=released,
            evidence=evidence_hash(evidence),
            engine="none",
            sources={},
            outputs={name: archive.digest(made) for name, made in files.items()},
            tools={"living-review": "0.0.9"},
        )
        (folder / archive.MANIFEST).write_bytes(manifest.to_json())
        commit = self.commit(f"Release edition {version}")
        if tag:
            self.git("tag", tag_of(version))
        return commit

    def correct(self, more: int = 1) -> None:
        """Raise a count of events of one study."""
        file = self.study("aronson-1948")
        text = file.read_text("utf-8")
        events = re.search(r"events: (\d+)", text)
        assert events
        head, tail = text[: events.start(1)], text[events.end(1) :]
        file.write_text(f"{head}{int(events[1]) + more}{tail}", "utf-8")


def entry(version: str, released: str = "2026-01-10") -> Edition:
    return Edition(
        version=version,
        released=released,
        trigger=f"What made {version} due.",
        summary=f"What {version} says.",
        last_search="2025-12",
        living="living",
        released_by="Ann Reviewer",
    )


def make(top: Path, prefix: str = "") -> Scratch:
    """Make a repository with the tiny review and its first commit."""
    root = top / prefix
    shutil.copytree(TESTS / "tiny", root)
    with (root / "data" / "review.yml").open("a", encoding="utf-8") as file:
        file.write(LIVING)
    (root / "templates").mkdir()
    for name in STYLES:
        shutil.copy(TESTS.parent / "templates" / name, root / "templates" / name)
    (root / ".gitignore").write_text("/_output/\n/.living-review/\n")
    scratch = Scratch(top, root)
    scratch.git("init", "-q", "-b", "main")
    scratch.commit("The evidence", day="2026-01-01")
    return scratch


def make_with_a_sixth(top: Path) -> Scratch:
    """One edition of five trials; a sixth trial in the work tree."""
    made = make(top)
    sixth = made.study("stein-aronson-1953")
    kept = sixth.read_text("utf-8")
    sixth.unlink()
    made.replace("data/searches.yml", "stein_aronson, ", "")
    made.commit("Five trials")
    made.publish("1.0.0")
    sixth.write_text(kept, "utf-8")
    made.replace("data/searches.yml", "hart_sutherland, ", "hart_sutherland, stein_aronson, ")
    return made


def make_three_editions(top: Path) -> Scratch:
    """Three editions: five trials, then a sixth, then a correction; work in between."""
    made = make_with_a_sixth(top)
    made.commit("A sixth trial")
    made.publish("2.0.0", "2026-02-10")
    made.correct()
    made.commit("A correction")
    (made.root / "notes.txt").write_text("Nothing of the evidence.\n")
    made.commit("Notes")
    made.publish("2.1.0", "2026-03-10")
    return made


def quick_render(
    examined: Examined, project: object, to: object, engine: str, progress: object = None
) -> dict[str, bytes]:
    """Stand in for the engines, which have tests of their own: a page that says its subtitle."""
    progress("engine: none")  # type: ignore[operator]
    review = examined.loaded.review
    last = review.editions[-1].version if review.editions else "none"
    page = {"version": last, "evidence": review.evidence, "text": examined.manuscript.text}
    return {
        "index.html": json.dumps(page).encode(),
        "review.pdf": b"%PDF-1.7",
        "findings.json": examined.findings.to_json().encode(),
        "figures/forest.svg": b"<svg/>",
    }
