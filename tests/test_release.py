"""Releasing an edition: which step is due, what stops it, and that it is whole or not at all."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pypandoc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import archive, rendering, transaction
from analysis import release as release_module
from analysis.agreement import Agreement, Compared
from analysis.archive import read_manifest
from analysis.cli import main
from analysis.commands.editions import release as release_command
from analysis.critical import locked
from analysis.edition_commits import read_editions
from analysis.editions import released_editions
from analysis.entry import changelog, with_entry, with_section
from analysis.errors import DataError, EditionError, RenderError, ReviewError
from analysis.findings import Findings
from analysis.git import open_repository
from analysis.load import analysed_hash, load_review, read_files
from analysis.plan import find
from analysis.project import AGREEMENT
from analysis.release import Prepared, Wishes, prepare, publish, utc_today
from analysis.steps import Side, Step, step
from analysis.transaction import commit_and_tag, lock_of, recover
from tests.scratch import TESTS, Scratch, entry, make, quick_render
from tests.terminals import Tty, answering

pytestmark = pytest.mark.usefixtures("git_identity")

TODAY = utc_today()
NEW_STUDY = """
id: new
label: New 2020
status: included
sources:
  report: {document: colditz1994, place: Table 1, access: full text, published: 2020,
           extracted_by: A, checked_by: B}
report: report
country: not reported
design: randomised trial
population: not reported
results:
  - outcome: tuberculosis
    measure: RR
    groups: [{arm: bcg, events: 8, n: 500}, {arm: no_bcg, events: 20, n: 500}]
    adjustment: unadjusted
    source: report
"""


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    """A review that nothing was released of; the engines stand still."""
    monkeypatch.setattr(rendering, "render", quick_render)
    return make(tmp_path / "review")


def wishes(**parts: object) -> Wishes:
    return Wishes(clock=TODAY, **parts)  # type: ignore[arg-type]


def release(review: Scratch, **parts: object) -> Prepared:
    prepared = prepare(review.root, wishes(**parts))
    publish(review.root, prepared)
    return prepared


# --- what is published ---------------------------------------------------------------------


def test_what_was_compared_with_metafor_is_published_with_the_edition(review: Scratch) -> None:
    told = "{% if agreement %}{{ agreement.numbers | count }} compared.{% endif %}"
    file = review.root / "review.qmd"
    file.write_text(f"{file.read_text('utf-8')}\n{told}\n", "utf-8")
    review.commit("Text")
    without = release(review)
    assert "compared." not in json.loads(without.files["editions/1.0.0/index.html"])["text"]
    agreement = Agreement(
        analysed_hash(read_files(review.root)), "4.4", "4.8", {"tb": Compared(321, 1e-9, "tb.est")}
    )
    (review.root / AGREEMENT).parent.mkdir()
    (review.root / AGREEMENT).write_text(agreement.to_json(), "utf-8")
    review.commit("The comparison with metafor")
    prepared = release(review)  # there is something new to publish
    version = prepared.edition.version
    page = json.loads(prepared.files[f"editions/{version}/index.html"])
    assert "321 compared." in page["text"]
    manifest = json.loads(prepared.files[f"editions/{version}/manifest.json"])
    assert AGREEMENT in manifest["sources"]
    other = replace(agreement, evidence="other")
    (review.root / AGREEMENT).write_text(other.to_json(), "utf-8")
    review.commit("The comparison of other data")
    stale = release(review)
    page = next(one for name, one in stale.files.items() if name.endswith("index.html"))
    assert "compared." not in json.loads(page)["text"]
    assert [str(one) for one in stale.warnings if AGREEMENT in str(one)] == [
        f"{AGREEMENT}: found the numbers of other data, wanted them compared again: living-review "
        "agreement"
    ]


def test_the_first_edition(review: Scratch) -> None:
    parent = review.head
    prepared = release(review, trigger="It begins.")
    one = prepared.edition
    assert (one.version, one.released, one.trigger, one.released_by, one.last_search) == (
        "1.0.0",
        TODAY,
        "It begins.",
        "Ann Reviewer",
        None,
    )
    assert review.git("status", "--porcelain") == ""
    assert review.git("rev-parse", "HEAD~1") == parent
    assert review.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert review.git("rev-parse", "edition-1.0.0^{commit}") == review.head
    assert review.git("cat-file", "-t", "edition-1.0.0") == "tag"
    assert review.git("diff", "--name-only", "HEAD~1").split("\n") == sorted(prepared.files)
    assert set(prepared.files) == {
        "data/editions.yml",
        "editions/CHANGELOG.md",
        "editions/.gitattributes",
        "editions/1.0.0/index.html",
        "editions/1.0.0/review.pdf",
        "editions/1.0.0/findings.json",
        "editions/1.0.0/manifest.json",
    }
    for name, content in prepared.files.items():
        assert (review.root / name).read_bytes() == content
    review.git("fsck", "--strict")
    [found] = released_editions(open_repository(review.root))
    assert (found.entry, found.commit) == (one, review.head)
    assert load_review(review.root).editions == (one,)


def test_the_manifest_names_every_file(review: Scratch) -> None:
    from importlib.metadata import version

    release(review)
    folder = review.root / "editions" / "1.0.0"
    manifest = read_manifest((folder / "manifest.json").read_bytes(), "manifest.json")
    outputs = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "manifest.json"
    }
    assert dict(manifest.outputs) == outputs
    tracked = review.git("ls-files", "data", "templates", "review.qmd").split("\n")
    assert dict(manifest.sources) == {
        name: hashlib.sha256((review.root / name).read_bytes()).hexdigest() for name in tracked
    }
    findings = json.loads((folder / "findings.json").read_bytes())
    page = json.loads((folder / "index.html").read_bytes())
    assert manifest.evidence == findings["evidence"] == page["evidence"]
    assert (manifest.version, manifest.released, manifest.engine) == ("1.0.0", TODAY, "none")
    assert manifest.tools["living-review"] == version("living-review")
    assert manifest.tools["numpy"] == version("numpy")
    assert manifest.tools["python"].count(".") == 2


def _from_windows(review: Scratch) -> str:
    """Commit a manuscript with a byte order mark and line ends of Windows; return its SHA-256."""
    text = (review.root / "review.qmd").read_bytes()
    raw = b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n")
    (review.root / "review.qmd").write_bytes(raw)
    review.commit("Written on Windows")
    assert subprocess.check_output(["git", "show", "HEAD:review.qmd"], cwd=review.root) == raw
    return hashlib.sha256(raw).hexdigest()


def test_the_manifest_hashes_the_bytes_of_a_file(review: Scratch) -> None:
    wanted = _from_windows(review)
    release(review)
    content = (review.root / "editions" / "1.0.0" / "manifest.json").read_bytes()
    assert read_manifest(content, "manifest.json").sources["review.qmd"] == wanted


def test_a_manifest_with_hashes_of_normalised_text_is_as_good_as_ever(
    review: Scratch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Editions before that was mended have them: nobody calls their archives changed."""
    wanted = _from_windows(review)
    made = release_module._manifest

    def as_once(edition: Any, project: Any, *rest: Any) -> archive.Manifest:
        texts = {name: text.encode() for name, text in project.sources.items()}
        return made(edition, replace(project, originals=texts), *rest)

    with monkeypatch.context() as patch:
        patch.setattr(release_module, "_manifest", as_once)
        release(review)
    content = (review.root / "editions" / "1.0.0" / "manifest.json").read_bytes()
    assert read_manifest(content, "manifest.json").sources["review.qmd"] != wanted
    capsys.readouterr()
    main(["check", "--root", str(review.root)])
    assert "editions/" not in capsys.readouterr().err
    review.correct()
    review.commit("A correction")
    assert main(["release", "--yes", "--root", str(review.root)]) == 0
    assert main(["history", "--root", str(review.root)]) == 0


def test_the_page_of_an_edition_says_which_it_is(review: Scratch) -> None:
    release(review)
    page = json.loads((review.root / "editions/1.0.0/index.html").read_bytes())
    assert page["version"] == "1.0.0"
    assert "version 1.0.0" in page["text"]
    assert "recomputation" not in page["text"]


def test_message_and_changelog(review: Scratch) -> None:
    release(review)
    new_study(review)
    review.commit("New 2020")
    release(review, trigger="New 2020 reported.", summary="It moved little.")
    findings = {
        version: Findings.from_json((review.root / f"editions/{version}/findings.json").read_text())
        for version in ("1.0.0", "2.0.0")
    }

    def said(version: str) -> str:
        s = findings[version].analyses["tb"].synthesis
        return f"RR {s.est:.2f} ({s.est_lb:.2f}–{s.est_ub:.2f}), {s.k} studies"

    assert review.git("show", "-s", "--format=%B") == (
        "Release edition 2.0.0\n\nNew 2020 reported.\n\n"
        f"Tuberculosis: {said('2.0.0')} (before: {said('1.0.0')})\n\n"
        f"Step: major (added: New 2020)\nEvidence: {findings['2.0.0'].evidence}"
    )
    text = (review.root / "editions" / "CHANGELOG.md").read_text("utf-8")
    assert text == (
        "# Editions\n\nWhat each edition of the review brought, the newest first.\n\n"
        f"## 2.0.0 ({TODAY})\n\nNew 2020 reported.\n\nIt moved little.\n\n"
        "Step: major (added\\: New 2020).\n\n"
        "New in the analyses:\n\n"
        "- New 2020\\: randomised trial, number of patients not reported\n\n"
        "Searches:\n\n- targeted reading without a date (Data set dat.bcg of the R package metadat "
        "1.2-0)\n\n"
        f"Main results:\n\n- Tuberculosis: {said('1.0.0')} → {said('2.0.0')}\n\n"
        f"## 1.0.0 ({TODAY})\n\nThe first edition.\n\nTuberculosis\\: {said('1.0.0')}.\n\n"
        "Step: first (the first edition).\n\n"
        f"Main results:\n\n- Tuberculosis: {said('1.0.0')}\n"
    )


def test_a_review_in_a_folder_of_a_larger_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "render", quick_render)
    scratch = make(tmp_path / "all", "reviews/bcg")
    (scratch.top / "other.txt").write_text("Of somebody else.\n")
    scratch.commit("Something else")
    release(scratch)
    assert scratch.git("status", "--porcelain") == ""
    assert (scratch.root / "editions/1.0.0/manifest.json").is_file()
    assert not (scratch.top / "editions").exists()
    assert scratch.git("show", "HEAD:other.txt") == "Of somebody else."


def test_what_is_published_keeps_its_line_ends(review: Scratch) -> None:
    """A checkout with other line ends would break every hash of the manifest."""
    release(review)
    clone = review.top.parent / "clone"
    review.git("clone", "-q", "-c", "core.autocrlf=true", str(review.top), str(clone))
    for name in ("index.html", "findings.json", "manifest.json"):
        ours, theirs = (top / "editions/1.0.0" / name for top in (review.root, clone))
        assert theirs.read_bytes() == ours.read_bytes()
    assert b"\r\n" in (clone / "data" / "review.yml").read_bytes()
    # Nor does the evidence change with its line ends.
    assert load_review(clone).evidence == load_review(review.root).evidence


# --- the step that is due ------------------------------------------------------------------


def new_study(review: Scratch, text: str = NEW_STUDY) -> None:
    review.study("new").write_text(text)
    review.replace("data/searches.yml", "comstock]", "comstock, new]")


def study_out(review: Scratch) -> None:
    old, new = "status: included", "status: excluded\nreason: Not what was asked."
    review.replace("data/studies/comstock-1974.yml", old, new)


def new_plan(review: Scratch) -> None:
    review.replace("data/review.yml", "method: REML", "method: DL")


def correction(review: Scratch) -> None:
    review.correct()


def ongoing(review: Scratch) -> None:
    head, _, _ = NEW_STUDY.partition("results:")
    text = head.replace("status: included", "status: ongoing")
    text = text.replace("report: report\n", "report: not stated\n")
    new_study(review, text)


def wording(review: Scratch) -> None:
    review.replace("review.qmd", "gave different answers", "gave other answers")


def style(review: Scratch) -> None:
    with (review.root / "templates/page.css").open("a") as file:
        file.write("\n/* a line */\n")


def variables(review: Scratch) -> None:
    (review.root / "_variables.yml").write_text("name: value\n")


def flip(review: Scratch) -> None:
    review.replace("data/studies/comstock-1974.yml", "events: 186", "events: 400")


def renamed(review: Scratch) -> None:
    review.git("mv", "data/studies/aronson-1948.yml", "data/studies/aronson.yml")


@pytest.mark.parametrize(
    ("change", "version", "reason"),
    [
        (new_study, "2.0.0", "added: New 2020"),
        (study_out, "2.0.0", "removed: Comstock et al. 1974 (excluded)"),
        (flip, "2.0.0", "claim low no longer holds"),
        (correction, "1.1.0", "results move: Tuberculosis; Tuberculosis in randomised trials"),
        (new_plan, "1.1.0", "results move: Tuberculosis"),
        (ongoing, "1.0.1", "results are unchanged"),
        (wording, "1.0.1", "results are unchanged"),
        (style, "1.0.1", "results are unchanged"),
        (variables, "1.0.1", "results are unchanged"),
        (renamed, "1.0.1", "results are unchanged"),
    ],
)
def test_the_step(
    review: Scratch, change: Callable[[Scratch], None], version: str, reason: str
) -> None:
    tb = find(load_review(review.root)).analyses["tb"]
    bound = tb.synthesis.est * 1.05
    review.replace("review.qmd", "# Introduction", '# Introduction\n\n{{ claim("low") }}')
    with (review.root / "data/claims.yml").open("a") as file:
        file.write(
            f"  - {{id: low, text: It is low., holds: tb.est < {bound:.4f}, otherwise: No.}}\n"
        )
    review.commit("A claim more")
    release(review)
    change(review)
    review.commit("A change")
    prepared = prepare(review.root, wishes())
    assert prepared.edition.version == version
    assert prepared.step.reasons == (reason,)
    assert read_editions(prepared.files["data/editions.yml"])[1] == prepared.edition


def test_a_change_of_method_is_a_minor_step(review: Scratch) -> None:
    release(review)
    file = review.root / "editions/1.0.0/findings.json"
    stored = json.loads(file.read_bytes())
    stored["analyses"]["tb"]["synthesis"]["mu"] += 1e-6
    file.write_text(json.dumps(stored))
    review.git("commit", "-q", "-a", "--amend", "--no-edit")
    prepared = prepare(review.root, wishes())
    assert (prepared.edition.version, prepared.step.reasons) == (
        "1.1.0",
        ("results move by a change of method",),
    )


def test_an_edition_after_one_whose_evidence_is_lost(review: Scratch) -> None:
    """Its stored findings say what was in it."""
    first = review.head
    release(review)
    new_study(review)
    review.commit("New 2020")
    release(review)
    review.git("tag", "-d", "edition-1.0.0", "edition-2.0.0")
    # Squashed, and then the data of 2.0.0 rewritten: neither edition is there any more.
    review.git("reset", "-q", "--soft", first)
    review.correct(more=2)
    review.commit("All in one, and rewritten")
    study_out(review)
    review.commit("Comstock goes")
    prepared = prepare(review.root, wishes())
    assert prepared.edition.version == "3.0.0"
    assert prepared.step.reasons == ("removed: Comstock et al. 1974",)
    assert prepared.step.changes == ()


def test_an_older_edition_that_nothing_is_left_of(review: Scratch) -> None:
    release(review)
    review.git("tag", "-d", "edition-1.0.0")
    review.git("rm", "-q", "-r", "editions")
    file = review.root / "data" / "editions.yml"
    file.write_bytes(file.read_bytes().replace(b"1.0.0", b"1.0.1"))
    review.correct()
    review.git("commit", "-q", "-a", "--amend", "-m", "By hand")
    # The commit that has the entry is all that is known of the edition.
    assert released_editions(open_repository(review.root))[0].commit == review.head
    with pytest.raises(EditionError) as caught:
        prepare(review.root, wishes())
    assert str(caught.value) == (
        "release: found nothing that changed since edition 1.0.1, wanted a change of the data, "
        "the text or the results"
    )


def rewritten(review: Scratch) -> None:
    """Release, then rewrite the data of the edition's commit."""
    release(review)
    review.git("tag", "-d", "edition-1.0.0")
    file = review.study("aronson-1948")
    file.write_text(f"{file.read_text('utf-8')}# Read again.\n", "utf-8")
    review.git("commit", "-q", "-a", "--amend", "-m", "Rewritten")


def test_an_edition_of_the_same_results_after_one_whose_evidence_is_lost(review: Scratch) -> None:
    rewritten(review)
    assert prepare(review.root, wishes()).edition.version == "1.0.1"


def test_an_edition_without_evidence_and_without_findings(review: Scratch) -> None:
    was = load_review(review.root).evidence[:12]
    rewritten(review)
    now = load_review(review.root).evidence[:12]
    (review.root / "editions/1.0.0/findings.json").unlink()
    review.git("commit", "-q", "-a", "--amend", "-m", "Without findings")
    with pytest.raises(EditionError) as caught:
        prepare(review.root, wishes())
    assert str(caught.value) == (
        "release: found no findings of edition 1.0.0 in its archive either, wanted them or its "
        f"evidence to compare with (edition 1.0.0: found evidence {now} in commit "
        f"{review.head[:10]}, wanted {was}, as it was released: the history was rewritten; fetch "
        "its tag (git fetch origin tag edition-1.0.0))"
    )


def test_an_edition_of_another_format_without_findings(review: Scratch) -> None:
    release(review)
    review.git("rm", "-q", "-r", "editions")
    file = review.study("aronson-1948")
    kept = file.read_text("utf-8")
    file.write_text("format: of old\n", "utf-8")
    review.git("commit", "-q", "-a", "--amend", "-m", "As it was in the old format")
    file.write_text(kept, "utf-8")
    review.commit("The new format")
    with pytest.raises(EditionError) as caught:
        prepare(review.root, wishes())
    assert str(caught.value) == (
        "release: found no findings of edition 1.0.0 in its archive either, wanted them or its "
        "evidence to compare with (edition 1.0.0: this version cannot read its data)"
    )


def sides(review: Scratch) -> tuple[Side, Side]:
    before = load_review(review.root)
    review.correct()
    after = load_review(review.root)
    return Side(before, find(before)), Side(after, find(after))


def test_steps_count_on_from_the_last_version(review: Scratch) -> None:
    before, after = sides(review)
    assert step("2.3.4", before, after).version == "2.4.0"
    assert step("2.3.4", before, before).version == "2.3.5"
    assert step(None, None, after) == Step(
        "first",
        "1.0.0",
        ("the first edition",),
        (),
        step(None, None, after).results,
    )


# --- what stops a release ------------------------------------------------------------------


def detached(review: Scratch) -> None:
    review.git("checkout", "-q", "--detach")


def changed_file(review: Scratch) -> None:
    review.correct()
    (review.root / "templates" / "page.css").unlink()


def unknown_file(review: Scratch) -> None:
    review.study("new").write_text(NEW_STUDY)
    (review.root / "scratch.txt").write_text("Not read by anything.\n")
    (review.root / "_variables.yml").write_text("name: value\n")


def ignored_file(review: Scratch) -> None:
    (review.root / ".gitignore").write_text("new.yml\n")
    review.commit("Ignore it")
    review.study("new").write_text(NEW_STUDY)


def hidden_change(review: Scratch) -> None:
    review.git("update-index", "--assume-unchanged", "data/studies/aronson-1948.yml")
    review.correct()


def merge(review: Scratch) -> None:
    review.git("switch", "-q", "-c", "side")
    review.correct()
    review.commit("One way")
    review.git("switch", "-q", "main")
    review.correct(more=2)
    review.commit("The other way")
    subprocess.run(["git", "merge", "side"], cwd=review.top, check=False, capture_output=True)


def merge_resolved(review: Scratch) -> None:
    merge(review)
    review.git("checkout", "-q", "--ours", ".")
    review.git("add", "-A")


def todo(review: Scratch) -> None:
    file = "data/studies/aronson-1948.yml"
    review.replace(file, "population: not reported", "population: TODO")
    review.commit("Half a study")


def todo_in_the_text(review: Scratch) -> None:
    todo(review)
    review.replace("review.qmd", "# Results\n", "# Results\n\nTODO: what it means.\n")
    review.commit("Half a text")


def broken_claim(review: Scratch) -> None:
    review.replace("data/claims.yml", "tb.est < 1 and", "tb.est < 0.1 and")
    review.commit("A bold claim")


def claim_without_an_answer(review: Scratch) -> None:
    review.replace("data/claims.yml", "tb.qe_pval < 0.05", "tb.rows.hart_sutherland.est < 1")
    file = "data/studies/hart-sutherland-1977.yml"
    review.replace(file, "status: included", "status: excluded\nreason: Another question.")
    review.commit("A study leaves")


def conflict_in_study(review: Scratch) -> None:
    file = review.study("aronson-1948")
    text = file.read_text("utf-8")
    file.write_text(f"{text}<<<<<<< HEAD\n=======\n>>>>>>> side\n", "utf-8")
    review.commit("A merge gone wrong")


def conflict_in_text(review: Scratch) -> None:
    review.replace("review.qmd", "# Results\n", "<<<<<<< HEAD\n# Results\n=======\n>>>>>>> x\n")
    review.commit("A merge gone wrong")


def tag_taken(review: Scratch) -> None:
    review.git("tag", "edition-1.0.0")


def no_living_mode(review: Scratch) -> None:
    file = review.root / "data" / "review.yml"
    file.write_text(file.read_text("utf-8").partition("\nliving:")[0] + "\n", "utf-8")
    review.commit("No living mode")


NOT_COMMITTED = "found changes that are not committed, wanted them committed or undone"


@pytest.mark.parametrize(
    ("breaks", "message"),
    [
        (detached, "release: found a detached head at {head}, wanted a branch (git switch BRANCH)"),
        (
            changed_file,
            f"data/studies/aronson-1948.yml: {NOT_COMMITTED}\ntemplates/page.css: {NOT_COMMITTED}",
        ),
        (
            unknown_file,
            "_variables.yml: found a file that is not in git, wanted it committed or removed\n"
            "data/studies/new.yml: found a file that is not in git, wanted it committed or removed",
        ),
        (
            ignored_file,
            "data/studies/new.yml: found a file that git ignores, wanted it committed or removed",
        ),
        (hidden_change, "data/: found other files than those of HEAD, wanted the same"),
        (merge, "release: found a merge under way, wanted it finished or aborted"),
        (merge_resolved, "release: found a merge under way, wanted it finished or aborted"),
        (
            todo,
            "data/studies/aronson-1948.yml:17 population: found TODO, wanted text, or not reported",
        ),
        (
            todo_in_the_text,
            "data/studies/aronson-1948.yml:17 population: found TODO, wanted text, or not "
            "reported\n"
            "review.qmd:13: found TODO, wanted what is still to be written",
        ),
        (
            broken_claim,
            "review.qmd:2 claim tb_fewer: found tb.est = {tb}, wanted tb.est < 0.1 and "
            "tb_random.est_ub < 1: the claim no longer holds and has no other wording, "
            "rewrite it at data/claims.yml:5",
        ),
        (
            claim_without_an_answer,
            "data/claims.yml:8 claim tb_varies: column 1 of 'tb.rows.hart_sutherland.est < "
            "1': found no finding tb.rows.hart_sutherland: this evidence has no answer "
            "(hart_sutherland is excluded), so that the other wording is printed, wanted it "
            "asked for first: tb.rows.hart_sutherland and …, once that wording is read",
        ),
        (
            conflict_in_study,
            "data/studies/aronson-1948.yml:34: found <<<<<<<, a merge conflict that git left, "
            "wanted one of the two versions, without the lines <<<<<<<, ======= and >>>>>>>",
        ),
        (
            conflict_in_text,
            "review.qmd:11: found <<<<<<<, a merge conflict, wanted it resolved\n"
            "review.qmd:14: found >>>>>>>, a merge conflict, wanted it resolved",
        ),
        (
            tag_taken,
            "release: found a tag edition-1.0.0, wanted none: another branch has released 1.0.0; "
            "bring its commits here first, or delete the tag if it is a leftover",
        ),
        (
            no_living_mode,
            "data/review.yml living: found no living mode, wanted one: an edition says whether the "
            "review is living",
        ),
    ],
)
def test_what_stops_a_release(
    review: Scratch, breaks: Callable[[Scratch], None], message: str
) -> None:
    breaks(review)
    before = review.snapshot()
    with pytest.raises(ReviewError) as caught:
        release(review)
    said = str(caught.value)
    if "{tb}" in message:
        said = re.sub(r"tb\.est = [\d.]+", "tb.est = {tb}", said)
        said = re.sub(r", tb_random.est_ub = [\d.]+", "", said)
    assert said == message.replace("{head}", review.head[:10])
    assert review.snapshot() == before


def test_nothing_changed(review: Scratch) -> None:
    release(review)
    (review.root / "notes.txt").write_text("Not of the paper.\n")
    review.commit("Notes")
    with pytest.raises(EditionError) as caught:
        release(review)
    assert str(caught.value) == (
        "release: found nothing that changed since edition 1.0.0, wanted a change of the data, "
        "the text or the results"
    )


def test_no_identity(review: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{name}_NAME")
        monkeypatch.delenv(f"GIT_{name}_EMAIL")
    before = review.snapshot()
    with pytest.raises(EditionError) as caught:
        release(review)
    assert str(caught.value) == (
        "release: found no name and address of a committer, wanted them: git config user.name "
        "NAME; git config user.email ADDRESS"
    )
    assert review.snapshot() == before
    review.git("config", "user.name", "Bea Committer")
    review.git("config", "user.email", "bea@example.org")
    assert release(review).edition.released_by == "Bea Committer"
    assert review.git("show", "-s", "--format=%an <%ae>") == "Bea Committer <bea@example.org>"


def day(offset: int) -> str:
    return (date.fromisoformat(TODAY) + timedelta(days=offset)).isoformat()


def test_an_edition_is_never_backdated(review: Scratch) -> None:
    today = datetime.now(UTC).date().isoformat()
    review.commit("Today's", day=today)
    with pytest.raises(EditionError) as caught:
        release(review, today=day(-1))
    assert str(caught.value) == (
        f"release: found the day {day(-1)}, wanted none before the last commit, of {today}: an "
        "edition is never backdated"
    )


def test_a_signed_commit_has_its_day_too(review: Scratch) -> None:
    """Where git is set to tell of signatures, it does so beside whatever it shows."""
    head, _, message = review.git("cat-file", "commit", "HEAD").partition("\n\n")
    signature = "\n abc\n ".join(f"-----{word} SSH SIGNATURE-----" for word in ("BEGIN", "END"))
    signed = review.top / ".git" / "signed"
    signed.write_text(f"{head}\ngpgsig {signature}\n\n{message}\n")
    review.git("reset", "-q", review.git("hash-object", "-t", "commit", "-w", str(signed)))
    review.git("config", "log.showSignature", "true")
    assert "signature" in review.git("show", "-s").lower()
    assert release(review).edition.released == TODAY


def test_nor_is_it_of_the_future(review: Scratch) -> None:
    with pytest.raises(EditionError) as caught:
        release(review, today=day(2))
    assert str(caught.value) == (
        f"release: found the day {day(2)}, wanted the day of the release, {TODAY}"
    )


def test_a_search_of_a_day_to_come_is_refused(review: Scratch) -> None:
    """What is published says when it was last searched; a report's issue may be dated ahead."""
    review.replace("data/searches.yml", "date: not stated", f"date: {day(5)}")
    review.commit("A slip of the hand")
    with pytest.raises(DataError) as caught:
        release(review)
    assert str(caught.value) == (
        f"data/searches.yml:5 searches[0].date: found {day(5)}, wanted no date after {TODAY}"
    )


def test_a_report_of_a_day_to_come_is_a_warning(review: Scratch) -> None:
    study = "data/studies/aronson-1948.yml"
    (old,) = re.findall("published: .*", (review.root / study).read_text())[:1]
    review.replace(study, old, f"published: {day(5)}")
    review.commit("Online first")
    told = f": found {day(5)}, wanted no date after {TODAY}"
    assert any(str(one).endswith(told) for one in release(review).warnings)


def test_a_day_before_the_last_edition(review: Scratch) -> None:
    review.publish("1.0.0", day(1))
    review.correct()
    review.commit("A correction", day="2026-01-02")
    with pytest.raises(EditionError) as caught:
        release(review, today=TODAY)
    assert str(caught.value) == (
        f"release: found the day {TODAY}, wanted none before edition 1.0.0, released on {day(1)}"
    )


def test_a_day_that_is_none(review: Scratch) -> None:
    with pytest.raises(EditionError) as caught:
        release(review, today="yesterday")
    assert str(caught.value) == "release: found the day 'yesterday', wanted one as YYYY-MM-DD"


def test_a_shallow_clone_is_no_place_to_release(review: Scratch, tmp_path: Path) -> None:
    release(review)
    review.correct()
    review.commit("A correction")
    clone = Scratch(tmp_path / "clone", tmp_path / "clone")
    review.git("clone", "-q", "--depth=1", f"file://{review.top}", str(clone.top))
    with pytest.raises(EditionError) as caught:
        release(clone)
    assert str(caught.value) == (
        "edition 1.0.0: found a shallow clone, which ends before its commit, wanted the whole "
        "history: git fetch --unshallow"
    )


# --- whole or not at all -------------------------------------------------------------------

KILLED = """
import os, sys
from pathlib import Path
from analysis import rendering
from analysis.release import Wishes, prepare, publish, utc_today
from tests.scratch import quick_render
rendering.render = quick_render
root, at = Path(sys.argv[1]), sys.argv[2]
def stage(name):
    if name == at:
        {act}
publish(root, prepare(root, Wishes(clock=utc_today())), stage)
print("published")
"""
STAGES = ("objects", "journal", "files", "refs", "done")


def killed(
    review: Scratch, stage: str, act: str = "os._exit(9)"
) -> subprocess.CompletedProcess[str]:
    """Release in a process of its own, which acts at a stage."""
    return subprocess.run(
        [sys.executable, "-c", KILLED.format(act=act), str(review.root), stage],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("stage", STAGES)
def test_killed_at_any_stage(review: Scratch, stage: str, first: bool) -> None:
    if not first:
        release(review)
        review.correct()
        review.commit("A correction")
    version = "1.0.0" if first else "1.1.0"
    before = review.snapshot()
    assert killed(review, stage).returncode == 9
    done = recover(review.root)
    after = review.snapshot()
    if stage in ("objects", "journal", "files"):
        assert after == before
        assert done == (
            None
            if stage == "objects"
            else f"the interrupted release of edition {version} was undone"
        )
        # And then it goes through.
        assert release(review).edition.version == version
    else:
        finished = f"the interrupted release of edition {version} was finished"
        assert done == (None if stage == "done" else finished)
    assert review.git("status", "--porcelain") == ""
    assert review.git("rev-parse", f"edition-{version}^{{commit}}") == review.head
    assert released_editions(open_repository(review.root))[-1].entry.version == version
    review.git("fsck", "--strict")
    assert recover(review.root) is None


def test_any_command_recovers(review: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    before = review.snapshot()
    killed(review, "files")
    assert review.snapshot() != before
    assert main(["--root", str(review.root), "analyse"]) == 0
    assert capsys.readouterr().err == "the interrupted release of edition 1.0.0 was undone\n"
    assert review.snapshot() == before


@pytest.mark.parametrize("stage", ["files", "refs"])
def test_a_review_in_a_subfolder_recovers_from_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """As a command does that is run in the folder of the review."""
    review = make(tmp_path / "top", "a/review")
    before = review.snapshot()
    assert killed(review, stage).returncode == 9
    halfway = review.snapshot()
    monkeypatch.chdir(review.root)
    outcome = "undone" if stage == "files" else "finished"
    assert recover(Path()) == f"the interrupted release of edition 1.0.0 was {outcome}"
    assert review.snapshot() == (before if stage == "files" else halfway)
    assert review.git("status", "--porcelain") == ""


def test_killed_while_a_file_was_written(review: Scratch) -> None:
    before = review.snapshot()
    killed(review, "files")
    folder = review.root / "editions" / "1.0.0"
    (folder / "review.pdf").unlink()
    (folder / ".review.pdf-x1y2").write_bytes(b"%PD")
    recover(review.root)
    assert review.snapshot() == before


def test_killed_while_refs_moved(review: Scratch) -> None:
    """The branch has moved and the tag not, or the other way round."""
    killed(review, "refs")
    tag = review.git("rev-parse", "edition-1.0.0")
    review.git("tag", "-d", "edition-1.0.0")
    assert recover(review.root) == "the interrupted release of edition 1.0.0 was finished"
    assert review.git("rev-parse", "edition-1.0.0") == tag
    review.git("tag", "-d", "edition-1.0.0")
    review.git("reset", "-q", "--hard", "HEAD~1")
    before = review.snapshot()
    killed(review, "files")
    journal = json.loads((review.top / ".git/living-review/journal.json").read_bytes())
    review.git("update-ref", journal["tag"], journal["tag_object"])
    assert recover(review.root) == "the interrupted release of edition 1.0.0 was undone"
    assert review.snapshot() == before


def test_what_was_edited_after_the_kill_is_kept(review: Scratch) -> None:
    killed(review, "files")
    file = review.root / "data" / "editions.yml"
    (review.root / "editions/1.0.0/notes.txt").write_text("Mine.\n")
    file.write_text("# mine\neditions: []\n")
    recover(review.root)
    assert file.read_text() == "# mine\neditions: []\n"
    assert (review.root / "editions/1.0.0/notes.txt").read_text() == "Mine.\n"
    assert sorted(review.git("status", "--porcelain").split("\n")) == [
        "?? data/editions.yml",
        "?? editions/",
    ]


def test_a_commit_after_the_kill_is_kept(review: Scratch) -> None:
    killed(review, "files")
    head = review.commit("Everything that there is")
    assert recover(review.root) == (
        "the interrupted release of edition 1.0.0 was given up: the branch has moved on, and its "
        "files were left as they are"
    )
    assert review.head == head
    assert review.git("status", "--porcelain") == ""


def test_an_undone_release_leaves_no_folder(review: Scratch) -> None:
    killed(review, "files")
    recover(review.root)
    assert not (review.root / "editions").exists()


def test_an_undone_release_leaves_nothing_to_refresh(review: Scratch) -> None:
    release(review)
    review.correct()
    review.commit("A correction")
    killed(review, "files")
    recover(review.root)
    # Unlike `git status` this tells of files that the index does not know to be unchanged.
    assert review.git("diff-files") == ""


def test_a_release_leaves_nothing_but_its_lock(review: Scratch) -> None:
    release(review)
    folder = review.top / ".git" / "living-review"
    assert [file.name for file in folder.iterdir()] == ["release.lock"]
    assert review.git("diff-files") == ""


def on_another_branch(review: Scratch) -> None:
    review.git("branch", "other")
    review.git("symbolic-ref", "HEAD", "refs/heads/other")


def branch_gone(review: Scratch) -> None:
    on_another_branch(review)
    review.git("branch", "-q", "-D", "main")


def begun_anew(review: Scratch) -> None:
    root = review.git("commit-tree", "HEAD^{tree}", "-m", "Another beginning")
    review.git("update-ref", "refs/heads/main", root)


@pytest.mark.parametrize("move", [on_another_branch, branch_gone, begun_anew])
def test_files_of_another_branch_are_left(review: Scratch, move: Callable[[Scratch], None]) -> None:
    killed(review, "files")
    move(review)
    left = review.snapshot()
    assert recover(review.root) == (
        "the interrupted release of edition 1.0.0 was given up: the branch has moved on, and its "
        "files were left as they are"
    )
    assert review.snapshot() == left


def stays(review: Scratch) -> None:
    pass


def another_commit(review: Scratch) -> None:
    review.git("commit", "-q", "--allow-empty", "-m", "More")


@pytest.mark.parametrize(
    ("move", "there"), [(stays, True), (on_another_branch, False), (another_commit, False)]
)
def test_a_file_lost_with_the_power_comes_back_on_its_branch_alone(
    review: Scratch, move: Callable[[Scratch], None], there: bool
) -> None:
    killed(review, "refs")
    move(review)
    file = review.root / "editions/1.0.0/review.pdf"
    file.unlink()
    assert recover(review.root) == "the interrupted release of edition 1.0.0 was finished"
    assert file.exists() is there


def test_a_release_whose_refs_moved_though_git_failed_is_made(
    review: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = transaction._move_refs

    def moved_and_failed(*arguments: Any) -> None:
        move(*arguments)
        raise OSError("the pipe broke")

    monkeypatch.setattr(transaction, "_move_refs", moved_and_failed)
    release(review)
    assert review.git("rev-parse", "edition-1.0.0^{commit}") == review.head
    assert review.git("status", "--porcelain") == ""
    assert recover(review.root) is None


def test_what_is_edited_while_the_edition_is_put_in_place_is_kept(review: Scratch) -> None:
    release(review)
    review.correct()
    review.commit("A correction")
    prepared = prepare(review.root, wishes())
    file = review.root / "data" / "editions.yml"

    def stage(name: str) -> None:
        if name == "journal":
            file.write_text("# mine\n")

    publish(review.root, prepared, stage)
    assert file.read_text() == "# mine\n"
    assert review.git("status", "--porcelain") == "M data/editions.yml"


def test_a_release_that_ends_as_another_command_begins_is_not_interrupted(
    review: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(review, "files")
    before = review.snapshot()

    @contextmanager
    def ended_meanwhile(lock: Path) -> Iterator[int]:
        (review.top / ".git/living-review/journal.json").unlink()
        with locked(lock) as held:
            yield held

    monkeypatch.setattr(transaction, "locked", ended_meanwhile)
    assert recover(review.root) is None
    assert review.snapshot() == before


def test_half_a_journal(review: Scratch) -> None:
    folder = review.top / ".git" / "living-review"
    folder.mkdir()
    (folder / "journal.json").write_text('{"version": "1.0')
    before = review.snapshot()
    assert recover(review.root) is None
    assert not (folder / "journal.json").exists()
    assert review.snapshot() == before


def test_no_release_writes_where_a_link_leads(review: Scratch, tmp_path: Path) -> None:
    release(review)
    mine = tmp_path / "mine.txt"
    mine.write_text("Mine.\n")
    changelog = review.root / "editions" / "CHANGELOG.md"
    kept = changelog.read_bytes()
    changelog.unlink()
    changelog.symlink_to(mine)
    review.correct()
    review.commit("A correction, and a link")
    before = review.snapshot()
    with pytest.raises(RenderError) as caught:
        release(review)
    assert str(caught.value) == (
        "editions/CHANGELOG.md: found a symbolic link, wanted the file itself"
    )
    assert review.snapshot() == before
    # Nor does what comes after an interruption, though the link was put there meanwhile.
    changelog.unlink()
    changelog.write_bytes(kept)
    review.commit("No link")
    for stage in ("files", "refs"):
        assert killed(review, stage).returncode == 9
        made = changelog.read_bytes()
        changelog.unlink()
        changelog.symlink_to(mine)
        mine.write_bytes(made if stage == "files" else kept)
        left = mine.read_bytes()
        assert recover(review.root)
        assert mine.read_bytes() == left
        review.git("checkout", "-q", "--", ".")


def test_the_branch_moved_while_the_edition_was_made(review: Scratch) -> None:
    prepared = prepare(review.root, wishes())
    review.correct()
    new = review.commit("Meanwhile")
    before = review.snapshot()
    with pytest.raises(EditionError) as caught:
        publish(review.root, prepared)
    assert str(caught.value) == (
        f"release: found a new commit {new[:10]} on the branch, wanted it as it was when the "
        "edition was made; run living-review release again"
    )
    assert review.snapshot() == before


def test_the_branch_was_left_while_the_edition_was_made(review: Scratch) -> None:
    prepared = prepare(review.root, wishes())
    detached(review)
    with pytest.raises(EditionError) as caught:
        publish(review.root, prepared)
    assert str(caught.value) == (
        f"release: found a detached head at {review.head[:10]}, wanted a branch (git switch BRANCH)"
    )


def test_the_branch_moved_at_the_last_moment(review: Scratch) -> None:
    prepared = prepare(review.root, wishes())
    other = review.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "Meanwhile")

    def stage(name: str) -> None:
        if name == "files":
            review.git("update-ref", "refs/heads/main", other)

    with pytest.raises(EditionError, match=r"^git update-ref: fatal: "):
        publish(review.root, prepared, stage)
    assert review.head == other
    assert review.git("tag") == ""
    assert not (review.top / ".git/living-review/journal.json").exists()


def test_the_tag_came_at_the_last_moment(review: Scratch) -> None:
    before = review.snapshot()
    prepared = prepare(review.root, wishes())

    def stage(name: str) -> None:
        if name == "files":
            review.git("tag", "edition-1.0.0")

    with pytest.raises(EditionError, match=r"^git update-ref: fatal: "):
        publish(review.root, prepared, stage)
    review.git("tag", "-d", "edition-1.0.0")
    assert review.snapshot() == before


def test_git_is_busy(review: Scratch) -> None:
    before = review.snapshot()
    prepared = prepare(review.root, wishes())
    lock = review.top / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(EditionError, match=r"^git update-index: fatal: Unable to create"):
        publish(review.root, prepared)
    lock.unlink()
    assert recover(review.root) == "the interrupted release of edition 1.0.0 was undone"
    assert review.snapshot() == before


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
@pytest.mark.parametrize("stage", ["journal", "files", "refs"])
def test_a_signal_waits_for_the_end(review: Scratch, stage: str, name: str) -> None:
    run = killed(review, stage, f"import signal; os.kill(os.getpid(), signal.{name})")
    assert run.returncode != 0
    assert "published" not in run.stdout
    assert recover(review.root) is None
    assert review.git("status", "--porcelain") == ""
    assert review.git("rev-parse", "edition-1.0.0^{commit}") == review.head


@pytest.mark.parametrize("at", ["objects", "files", "refs", "done"])
def test_ctrl_c_says_what_became_of_the_release(
    review: Scratch,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    """Ctrl-C as the system sends it: before the point of no return, and after it."""
    monkeypatch.setattr(release_module, "commit_and_tag", _acting(at, _ctrl_c))
    before = review.snapshot()
    assert main(["release", "--yes", "--root", str(review.root)]) == 130
    said = capsys.readouterr().err.splitlines()[-1]
    if at == "objects":
        assert said == "interrupted; nothing was changed"
        assert review.snapshot() == before
    else:
        assert said == f"interrupted; edition 1.0.0 is released: commit {review.head[:10]}"
        assert review.git("rev-parse", "edition-1.0.0^{commit}") == review.head


def test_ctrl_c_while_a_release_fails(
    review: Scratch, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def tagged() -> None:
        review.git("tag", "edition-1.0.0")
        _ctrl_c()

    monkeypatch.setattr(release_module, "commit_and_tag", _acting("files", tagged))
    assert main(["release", "--yes", "--root", str(review.root)]) == 130
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == "interrupted; the release of edition 1.0.0 was undone"
    assert review.git("log", "--format=%s") == "The evidence"


def _ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def _acting(at: str, act: Callable[[], None]) -> Callable[..., str]:
    """Return `commit_and_tag` that acts at a stage."""

    def acting(*given: Any) -> str:
        repository, files, message, tag, version, _ = given
        return commit_and_tag(
            repository, files, message, tag, version, lambda name: act() if name == at else None
        )

    return acting


# --- more than one -------------------------------------------------------------------------


def test_a_release_while_another_is_under_way(review: Scratch) -> None:
    prepared = prepare(review.root, wishes())
    act = "print('here', flush=True); sys.stdin.readline()"
    other = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(act=act), str(review.root), "journal"],
        cwd=TESTS.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "here\n"
    with pytest.raises(EditionError) as caught:
        publish(review.root, prepared)
    assert str(caught.value) == (
        f"release: found another release under way (process {other.pid}), wanted to be alone; try "
        "again when it is done"
    )
    # What is under way is not interrupted: nobody else finishes or undoes it.
    assert recover(review.root) is None
    out, _ = other.communicate("\n", timeout=60)
    assert (other.returncode, out) == (0, "published\n")
    assert review.git("status", "--porcelain") == ""


def test_of_two_releases_at_once_one_wins(review: Scratch) -> None:
    command = [sys.executable, "-c", KILLED.format(act="pass"), str(review.root), ""]
    both = [
        subprocess.Popen(command, cwd=TESTS.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    codes = sorted(one.wait(timeout=120) for one in both)
    for one in both:
        one.communicate()
    assert codes == [0, 1]
    assert review.git("log", "--format=%s").split("\n") == ["Release edition 1.0.0", "The evidence"]
    assert review.git("status", "--porcelain") == ""


def test_the_lock_of_a_process_that_died_holds_nobody_up(review: Scratch) -> None:
    lock = lock_of(open_repository(review.root))
    lock.parent.mkdir(parents=True)
    lock.write_text("process 1")
    assert release(review).edition.version == "1.0.0"


# --- entry and changelog -------------------------------------------------------------------

STYLES_OF_LISTS = {
    "none": None,
    "empty": b"editions: []\n",
    "empty with a remark": b"# Ours.\neditions: []  # none yet\n",
    "no final line end": b"editions:\n- version: 0.9.0\n  released: 2020-01-01\n  trigger: T\n"
    b"  summary: S\n  last_search: not reported\n  living: living\n  released_by: not stated",
    "remarks between": b"# Ours.\neditions:\n    # The first.\n    - version: 0.9.0 # early\n"
    b"      released: 2020-01-01\n      trigger: |\n        Long\n        text\n      summary: S\n"
    b"      last_search: 2019\n      living: living\n      released_by: not stated\n# The end.\n",
    "other line ends": b"# Ours.\r\neditions: []\r\n",
}


@pytest.mark.parametrize("content", STYLES_OF_LISTS.values(), ids=STYLES_OF_LISTS)
def test_an_entry_is_put_below_the_others(content: bytes | None) -> None:
    written = with_entry(content, entry("1.0.0"))
    assert read_editions(written)[-1] == entry("1.0.0")
    assert len(read_editions(written)) == len(read_editions(content or b"editions: []")) + 1
    lines = [line for line in (content or b"").splitlines() if not line.startswith(b"editions:")]
    # Every line that was there is there still, as it was.
    kept = iter(written.splitlines())
    assert all(any(line == other for other in kept) for line in lines)
    if content and b"\r\n" in content:
        assert written.count(b"\n") == written.count(b"\r\n")


@pytest.mark.parametrize(
    "content", [b"editions: [{version: 0.9.0}]\n", b"other: 1\n", b"{editions: []}\n"]
)
def test_a_list_that_no_entry_can_be_put_below(content: bytes) -> None:
    with pytest.raises(DataError) as caught:
        with_entry(content, entry("1.0.0"))
    assert str(caught.value) == (
        "data/editions.yml editions: found a list that an entry cannot be put below, wanted "
        "entries that begin with '-'"
    )


PRINTABLE = (
    st.text(
        st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=60
    )
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)


@settings(max_examples=200, deadline=None)
@given(PRINTABLE, PRINTABLE, st.none() | PRINTABLE)
def test_any_text_survives(trigger: str, summary: str, by: str | None) -> None:
    if by is not None and (by.startswith("TODO") or by in ("not reported", "not stated")):
        by = None
    one = entry("1.0.0").model_copy(
        update={"trigger": trigger, "summary": summary, "released_by": by}
    )
    assert read_editions(with_entry(None, one)) == (one,)


def test_the_changelog_keeps_what_was_written_by_hand(review: Scratch) -> None:
    before, after = sides(review)
    due = step("1.0.0", before, after)
    old = b"# Our editions\r\n\r\nBy hand.\r\n\r\n## 1.0.0 (2020-01-01)\r\n\r\nThe first.\r\n"
    text = with_section(old, entry("1.1.0"), due).decode()
    assert text.startswith("# Our editions\n\nBy hand.\n\n## 1.1.0 (2026-01-10)\n")
    assert text.endswith("\n\n## 1.0.0 (2020-01-01)\n\nThe first.\n")
    assert "\n".join(changelog(entry("1.1.0"), due)) in text


def test_what_strangers_write_does_nothing_in_the_changelog(review: Scratch) -> None:
    """A label is part of the reasons, and so of the trigger where nobody words one."""
    before, after = sides(review)
    nasty = "1. <img src=x> ![x](https://evil.example/p.png) `code` **bold**"
    due = replace(step("1.0.0", before, after), reasons=(f"included: {nasty}",))
    said = entry("1.1.0").model_copy(update={"trigger": nasty, "summary": f"# {nasty}"})
    text = "\n".join(changelog(said, due))
    html = pypandoc.convert_text(text, "html", format="gfm", extra_args=["--wrap=none"])
    shown = "1. &lt;img src=x&gt; ![x](https://evil.example/p.png) `code` **bold**"
    assert [line for line in html.split("\n") if "img" in line] == [
        f"<p>{shown}</p>", f"<p># {shown}</p>", f"<p>Step: {due.kind} (included: {shown}).</p>",
    ]  # fmt: skip


# --- the command ---------------------------------------------------------------------------


def test_a_dry_run_says_of_how_many_statements_the_numbers_alone_moved(
    review: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    release(review)
    review.correct(9)
    review.commit("A correction")
    assert main(["release", "--dry-run", "--root", str(review.root)]) == 0
    said = capsys.readouterr().out.splitlines()
    at = said.index("  in 2 statements of the text the numbers alone moved")
    assert said[at - 1].startswith("  results move: ")
    assert said[at + 1] == "  (their words before and now: living-review claims --changed)"


def test_a_dry_run_writes_nothing(review: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    before = review.snapshot()
    assert main(["release", "--dry-run", "--root", str(review.root)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(
        f"edition 1.0.0, {TODAY} (first)\n  the first edition\n"
        "why (--trigger): The first edition.\nsummary (--summary): Tuberculosis: RR "
    )
    assert "editions/1.0.0/manifest.json" in out
    assert err.endswith("a dry run: nothing was written\n")
    assert review.snapshot() == before


def warned(review: Scratch) -> str:
    """Give two trials one number in a registry, commit, and return the warning of it."""
    for name in ("aronson-1948", "ferguson-simes-1949"):
        number = "status: included\nregistrations: [NCT00000102]"
        review.replace(f"data/studies/{name}.yml", "status: included", number)
    review.commit("One number in a registry")
    return (
        "warning: data/studies/ferguson-simes-1949.yml:5 registrations[0]: found NCT00000102, "
        "which aronson has too, wanted a `cohort` in both files (one name where the patients are "
        "the same, else two), or a `reason` at a result\n"
    )


def test_a_release_shows_every_warning_of_check(
    review: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = warned(review)
    assert main(["check", "--root", str(review.root)]) == 0
    of_check = capsys.readouterr().err
    assert wanted in of_check
    assert main(["release", "--dry-run", "--quiet", "--root", str(review.root)]) == 0
    assert capsys.readouterr().err == f"{of_check}a dry run: nothing was written\n"


def test_a_release_shows_the_warnings_above_its_question(review: Scratch) -> None:
    wanted = warned(review)
    terminal = answering("n")
    assert release_command(asked(review), terminal) == 0
    assert isinstance(terminal.err, Tty)
    told, _, asked_for = terminal.err.getvalue().partition("Release it? [y/N] ")
    assert wanted in told
    assert told.rpartition("\n")[0].rpartition("\n")[2].startswith("warning: ")
    assert "warning" not in asked_for


def test_without_a_terminal_a_release_is_not_assumed(
    review: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = review.snapshot()
    assert main(["release", "--root", str(review.root)]) == 2
    assert capsys.readouterr().err.endswith(
        "error: found no terminal to ask on, wanted --yes to release without a question\n"
    )
    assert review.snapshot() == before


def asked(review: Scratch) -> argparse.Namespace:
    """Return the arguments of `release --quiet`."""
    given = ("today", "trigger", "summary", "by")
    flags = {"dry_run": False, "yes": False, "quiet": True, "engine": "auto"}
    return argparse.Namespace(root=review.root, **dict.fromkeys(given), **flags)


@pytest.mark.parametrize("answer", ["n", "", "perhaps", "y", "YES"])
def test_on_a_terminal_a_release_is_asked_for(review: Scratch, answer: str) -> None:
    before = review.snapshot()
    terminal = answering(answer)
    # To say no is no error, here as in `add`.
    assert release_command(asked(review), terminal) == 0
    assert isinstance(terminal.err, Tty)
    said = terminal.err.getvalue()
    assert "Release it? [y/N] " in said
    if answer in ("y", "YES"):
        assert review.git("tag") == "edition-1.0.0"
    else:
        assert said.endswith("nothing was written\n")
        assert review.snapshot() == before


def test_a_release_that_is_not_answered_is_interrupted(review: Scratch) -> None:
    before = review.snapshot()
    with pytest.raises(KeyboardInterrupt):
        release_command(asked(review), answering())
    assert review.snapshot() == before


def test_release_and_history(review: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(review.root)
    arguments = ["release", "--yes", "--root", root, "--trigger", "It begins.", "--by", "Bea"]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert out.endswith(f"edition 1.0.0 is released: commit {review.head[:10]}\n")
    engine, *warnings, way = err.splitlines()
    assert engine == "engine: none"
    # Of what a review may not lack.
    assert [line.split()[2] for line in warnings] == ["tools:", "searches:"]
    assert way == "to publish it: git push --follow-tags; the site: living-review site"
    [one] = read_editions((review.root / "data/editions.yml").read_bytes())
    assert (one.trigger, one.released_by) == ("It begins.", "Bea")
    assert main(["history", "--root", root, "--json"]) == 0
    [document] = json.loads(capsys.readouterr().out)
    stored = json.loads((review.root / "editions/1.0.0/findings.json").read_bytes())
    assert document["commit"] == review.head
    assert [r["analysis"] for r in document["results"]] == ["tb", "tb_random"]
    for result in document["results"]:
        s = stored["analyses"][result["analysis"]]["synthesis"]
        for name in ("est", "est_lb", "est_ub", "mu", "ci_lb", "ci_ub", "tau2"):
            assert result[name] == pytest.approx(s[name], rel=1e-11)
    figure = review.top / "history.svg"
    assert main(["history", "--root", root, "--figure", str(figure)]) == 0
    assert "1.0.0" in capsys.readouterr().out
    assert b"<svg" in figure.read_bytes()


def test_a_figure_of_the_history_is_svg_or_png(
    review: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = review.snapshot()
    arguments = ["history", "--root", str(review.root), "--figure"]
    for name in ("x.pdf", "figures/history"):
        assert main([*arguments, name]) == 2
        assert capsys.readouterr().err.endswith(
            f"error: argument --figure: found {name}, wanted a name that ends in .svg or .png\n"
        )
    assert review.snapshot() == before
    review.publish("1.0.0")
    for name, begins in (("h.svg", b"<?xml"), ("h.png", b"\x89PNG")):
        assert main([*arguments, str(review.top / name)]) == 0
        assert (review.top / name).read_bytes().startswith(begins)


def test_the_history_of_an_analysis_that_nobody_planned(
    review: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    review.publish("1.0.0")
    arguments = ["history", "--root", str(review.root), "--analysis"]
    for name, known in (("nonsuch", ": tb, tb_random"), ("tb_randm", ": perhaps tb_random?")):
        assert main([*arguments, "tb", "--analysis", name]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err == f"error: history: found '{name}', wanted an analysis of the plan{known}\n"
    # One that is gone from the plan is in the editions that had it.
    review.replace("data/review.yml", "  - id: tb_random\n", "  - id: tb_other\n")
    assert main([*arguments, "tb_random"]) == 0
    assert "tb_random" in capsys.readouterr().out


def page_edited(review: Scratch) -> str:
    (review.root / "editions/1.0.0/index.html").write_text("Something better.")
    return (
        "editions/1.0.0/index.html: found a file that was changed after its release, wanted it "
        "as released"
    )


def paper_gone(review: Scratch) -> str:
    (review.root / "editions/1.0.0/review.pdf").unlink()
    return "editions/1.0.0/review.pdf: found no such file, wanted it as it was released"


NO_MANIFEST = (
    "editions/1.0.0/manifest.json: found no such file, wanted the manifest as it was released"
)


def manifest_gone(review: Scratch) -> str:
    (review.root / "editions/1.0.0/manifest.json").unlink()
    return NO_MANIFEST


def manifest_broken(review: Scratch) -> str:
    (review.root / "editions/1.0.0/manifest.json").write_text("{")
    return (
        "editions/1.0.0/manifest.json: found no JSON (Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1)), wanted the file as released"
    )


def archive_gone(review: Scratch) -> str:
    shutil.rmtree(review.root / "editions/1.0.0")
    return (
        "editions/1.0.0: found no such folder, wanted the archive of an edition in "
        "data/editions.yml"
    )


@pytest.mark.parametrize("dry", [["--dry-run"], ["--yes"]])
@pytest.mark.parametrize(
    "breaks", [page_edited, paper_gone, manifest_gone, manifest_broken, archive_gone]
)
def test_no_release_beside_an_archive_that_was_edited(
    review: Scratch,
    capsys: pytest.CaptureFixture[str],
    breaks: Callable[[Scratch], str],
    dry: list[str],
) -> None:
    """It says what `site` says, and `doubts` what the work tree alone tells."""
    released = review.publish("1.0.0")
    review.correct()
    review.commit("A correction")
    assert archive.doubts(["1.0.0"], archive.doubted(review.root)) == ()
    message = breaks(review)
    review.commit("By hand")
    assert [str(one) for one in archive.doubts(["1.0.0"], archive.doubted(review.root))] == [
        message
    ]
    before = review.snapshot()
    assert main(["check", "--root", str(review.root)]) == 0
    assert f"warning: {message}\n" in capsys.readouterr().err
    assert main(["release", "--root", str(review.root), *dry]) == 1
    said = capsys.readouterr().err
    assert main(["site", "--root", str(review.root)]) == 1
    assert capsys.readouterr().err == said
    if breaks is archive_gone:
        message = NO_MANIFEST
    restore = f" (git checkout {released} -- editions/1.0.0)"
    assert said == (
        f"error: {message}{'' if breaks is manifest_broken else restore}\n"
        "1 error; nothing was written\n"
    )
    assert review.snapshot() == before


def test_history_before_the_first_edition(
    review: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", "--root", str(review.root)]) == 0
    assert capsys.readouterr().out == "no edition is released yet\n"


def test_the_whole_way_with_the_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Page, PDF and Word file as a reader gets them; then a second edition."""
    from pypdf import PdfReader

    scratch = make(tmp_path / "review")
    arguments = ["release", "--yes", "--engine", "pandoc", "--root", str(scratch.root)]
    assert main(arguments) == 0
    folder = scratch.root / "editions" / "1.0.0"
    assert {path.name for path in folder.iterdir()} == {
        "index.html",
        "review.pdf",
        "review.docx",
        "findings.json",
        "manifest.json",
    }
    page = (folder / "index.html").read_text("utf-8")
    assert "version 1.0.0" in page
    pdf = PdfReader(folder / "review.pdf")
    assert "version 1.0.0" in pdf.pages[0].extract_text()
    manifest = read_manifest((folder / "manifest.json").read_bytes(), "manifest.json")
    assert manifest.engine == "pandoc (built in)"
    new_study(scratch)
    scratch.commit("New 2020")
    assert main(arguments) == 0
    assert scratch.git("tag").split("\n") == ["edition-1.0.0", "edition-2.0.0"]
    assert scratch.git("status", "--porcelain") == ""
    # The first edition is as it was.
    assert archive.read_archive(scratch.root, "1.0.0", manifest).problems == ()
    assert main(["history", "--root", str(scratch.root)]) == 0
    assert "2.0.0" in capsys.readouterr().out


def test_a_recomputation_says_so(review: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    release(review)
    review.correct()
    before = review.snapshot()
    output = review.top.parent / "out"
    arguments = ["render", "--root", str(review.root), "--output", str(output), "--to", "html"]
    for option, name in (
        (["--edition", "1.0.0"], "edition 1.0.0"),
        (["--rev", "HEAD"], f"commit {review.head[:10]}"),
        (["--as-of", "1960-01-01"], "the reports published by 1 January 1960"),
        (
            ["--edition", "1.0.0", "--as-of", "1960-01-01"],
            "edition 1.0.0, the reports published by 1 January 1960",
        ),
    ):
        assert main([*arguments, *option]) == 0
        said = f"a recomputation of {name} with today's code\n"
        assert capsys.readouterr().err.startswith(said)
        page = json.loads((output / "index.html").read_bytes())
        assert f"recomputation of {name} with today’s code" in page["text"]
    assert review.snapshot() == before
    assert main([*arguments]) == 0
    page = json.loads((output / "index.html").read_bytes())
    assert "recomputation" not in page["text"]


def test_editions_are_asked_for_by_version(
    review: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "--root", str(review.root), "--edition", "first"]) == 2
    assert "argument --edition: found 'first', wanted a version as 1.0.0" in capsys.readouterr().err
