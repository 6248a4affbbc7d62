"""Editions found from history alone: after rebases and squashes, in shallow clones, rewritten."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from analysis.comparison import Comparison, compare
from analysis.editions import Released, archives_of, hold, released_editions
from analysis.entry import with_entry
from analysis.errors import DataError, EditionError, MethodError, TemplateError
from analysis.git import open_repository
from analysis.history import PastEdition, PastPool, history
from analysis.history_figure import drawn
from analysis.load import evidence_hash, load_review, read_files
from analysis.paper import examine_state, recomputed
from analysis.past import Past, before_this, edition_before
from analysis.plan import find
from analysis.records import Review
from analysis.remembering import RememberingFind
from analysis.states import edition, evidence_at, resolve
from analysis.values import Printed
from tests import method_reviews
from tests.scratch import Scratch, entry, make, make_three_editions

pytestmark = pytest.mark.usefixtures("git_identity")

A_DAY = "wanted one of the calendar as YYYY-MM-DD"


@pytest.fixture
def review(tmp_path: Path) -> Scratch:
    """Three editions: five trials, then a sixth, then a correction; work in between."""
    return make_three_editions(tmp_path / "review")


def found(scratch: Scratch) -> dict[str, Released]:
    return {one.entry.version: one for one in released_editions(open_repository(scratch.root))}


def subject(scratch: Scratch, commit: str | None) -> str:
    return scratch.git("show", "-s", "--format=%s", str(commit))


# --- where an edition is -------------------------------------------------------------------


def test_each_edition_is_the_commit_that_released_it(review: Scratch) -> None:
    subjects = {v: subject(review, one.commit) for v, one in found(review).items()}
    assert subjects == {v: f"Release edition {v}" for v in ("1.0.0", "2.0.0", "2.1.0")}
    assert not review.git("tag")


def test_later_edits_of_an_entry_do_not_move_its_edition(review: Scratch) -> None:
    first = found(review)["1.0.0"].commit
    review.replace("data/editions.yml", "What 1.0.0 says.", "What 1.0.0 said.")
    review.commit("A word in the list of editions")
    assert found(review)["1.0.0"].commit == first


def begin_anew(review: Scratch) -> None:
    """Take the editions of the review out, as whoever begins another one from it does."""
    shutil.rmtree(review.root / "editions")
    (review.root / "data/editions.yml").unlink()
    review.commit("Another review begins")


def test_a_review_that_began_as_a_copy_has_editions_of_its_own(review: Scratch) -> None:
    other = found(review)["1.0.0"].commit
    begin_anew(review)
    review.correct()
    review.commit("Its own evidence")
    own = review.publish("1.0.0", "2026-06-01")
    held = hold(open_repository(review.root), [found(review)["1.0.0"]])[0]
    assert (held.released.commit, held.released.loss) == (own, None)
    assert own != other
    # What restores its archive is the commit that holds it.
    (review.root / "editions/1.0.0/index.html").write_text("changed")
    with pytest.raises(EditionError) as caught:
        archives_of(open_repository(review.root), [held])
    assert str(caught.value) == (
        "editions/1.0.0/index.html: found a file that was changed after its release, wanted it as "
        f"released (git checkout {own} -- editions/1.0.0)"
    )


def test_a_list_that_was_lost_and_found_again_keeps_its_editions(review: Scratch) -> None:
    before = {version: one.commit for version, one in found(review).items()}
    file = review.root / "data/editions.yml"
    kept = file.read_bytes()
    file.unlink()
    review.commit("A slip")
    review.correct()
    file.write_bytes(kept)
    review.commit("Mended, with evidence that is not of these editions")
    assert {version: one.commit for version, one in found(review).items()} == before


def test_of_two_merged_lines_the_one_published_counts(review: Scratch) -> None:
    begin_anew(review)
    start = review.head
    review.git("switch", "-q", "-c", "side")
    review.correct(2)
    review.commit("Evidence of the side")
    side = review.publish("1.0.0", "2026-06-02")
    review.git("switch", "-q", "main")
    review.git("reset", "-q", "--hard", start)
    review.correct(3)
    review.commit("Evidence of main")
    own = review.publish("1.0.0", "2026-06-01")
    for strategy, published in (("ours", own), ("theirs", side)):
        review.git("reset", "-q", "--hard", own)
        review.git("merge", "-q", "-m", "Merge", "-X", strategy, "side")
        assert found(review)["1.0.0"].commit == published, strategy


def test_editions_are_found_after_a_rebase(review: Scratch) -> None:
    before = {v: one.commit for v, one in found(review).items()}
    review.git("switch", "-q", "--orphan", "new")
    (review.top / "first.txt").write_text("A new beginning.\n")
    review.commit("A new root")
    review.git("rebase", "-q", "--root", "--onto", "new", "main")
    after = found(review)
    assert {v: subject(review, one.commit) for v, one in after.items()} == {
        v: f"Release edition {v}" for v in before
    }
    assert all(after[v].commit != before[v] for v in before)
    held = hold(open_repository(review.root), list(after.values()))
    assert [one.released.loss for one in held] == [None, None, None]


def squash(scratch: Scratch, since: str, message: str) -> str:
    """Replace all commits after `since` by one."""
    scratch.git("reset", "-q", "--soft", since)
    return scratch.commit(message)


def test_a_squash_between_two_editions_does_no_harm(review: Scratch) -> None:
    second = str(found(review)["2.0.0"].commit)
    squash(review, second, "All of 2.1.0 in one commit")
    now = found(review)
    assert subject(review, now["2.1.0"].commit) == "All of 2.1.0 in one commit"
    assert now["2.0.0"].commit == second
    repository = open_repository(review.root)
    assert all(one.released.loss is None for one in hold(repository, list(now.values())))


def test_two_editions_squashed_into_one_commit(review: Scratch) -> None:
    commit = squash(review, str(found(review)["1.0.0"].commit), "Two editions in one")
    now = found(review)
    assert (now["2.1.0"].commit, now["2.1.0"].loss) == (commit, None)
    assert now["2.0.0"].commit is None
    assert now["2.0.0"].loss == (
        f"edition 2.0.0: found its entry first in commit {commit[:10]}, together with 2.1.0: the "
        "commits of these editions were squashed into one, and the evidence of 2.0.0 is not in "
        "this history, wanted a commit an edition: fetch its tag (git fetch origin tag "
        "edition-2.0.0); editions/2.0.0/ still has its page and findings"
    )
    # Its archive still serves.
    past = history(open_repository(review.root))
    lost = past[1]
    assert (lost.entry.version, lost.commit, lost.note) == ("2.0.0", None, now["2.0.0"].loss)
    stored = json.loads((review.root / "editions/2.0.0/findings.json").read_bytes())
    mu = stored["analyses"]["tb"]["synthesis"]["mu"]
    pool = lost.pool_of("tb")
    assert pool is not None
    assert (pool.mu, pool.recomputed) == (mu, False)
    with pytest.raises(EditionError) as caught:
        edition(open_repository(review.root), "2.0.0")
    assert str(caught.value) == now["2.0.0"].loss


def test_without_archives_the_last_of_squashed_editions_has_the_evidence(review: Scratch) -> None:
    shutil.rmtree(review.root / "editions")
    commit = squash(review, str(found(review)["1.0.0"].commit), "Two editions in one")
    now = found(review)
    assert now["2.1.0"].commit == commit
    assert str(now["2.0.0"].loss).endswith("; there is no editions/2.0.0/ either")


def test_a_tag_brings_back_a_squashed_edition(review: Scratch) -> None:
    second = str(found(review)["2.0.0"].commit)
    review.git("tag", "edition-2.0.0", second)
    squash(review, str(found(review)["1.0.0"].commit), "Two editions in one")
    assert found(review)["2.0.0"].commit == second


def test_editions_that_share_commit_and_evidence_are_both_there(review: Scratch) -> None:
    last = found(review)["2.1.0"].commit
    (review.root / "review.qmd").write_text("# Reworded\n")
    review.publish("2.1.1", "2026-04-01")
    commit = squash(review, f"{last}~1", "Two editions of one evidence")
    now = found(review)
    assert (now["2.1.0"].commit, now["2.1.1"].commit) == (commit, commit)


def test_a_shallow_clone(review: Scratch, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    review.git("clone", "-q", "--depth=2", f"file://{review.top}", str(clone))
    now = {v.entry.version: v for v in released_editions(open_repository(clone))}
    assert now["2.1.0"].commit == review.head
    assert now["2.0.0"].loss == (
        "edition 2.0.0: found a shallow clone, which ends before its commit, wanted the whole "
        "history: git fetch --unshallow"
    )
    copy = Scratch(clone, clone)
    copy.git("fetch", "-q", "--unshallow")
    assert found(copy) == found(review)


def test_the_last_edition_of_the_shallowest_clone(review: Scratch, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    review.git("clone", "-q", "--depth=1", f"file://{review.top}", str(clone))
    now = {v.entry.version: v for v in released_editions(open_repository(clone))}
    # The commit at which the clone ends has the evidence that the manifest of 2.1.0 names.
    assert now["2.1.0"].commit == review.head
    assert now["1.0.0"].loss == (
        "edition 1.0.0: found a shallow clone, which ends before its commit, wanted the whole "
        "history: git fetch --unshallow"
    )
    past = history(open_repository(clone))
    assert [one.pool_of("tb") is not None for one in past] == [True] * 3
    assert [one.recomputed for one in past] == [False, False, True]


def test_archived_results_are_in_the_order_of_the_plan(review: Scratch, tmp_path: Path) -> None:
    """findings.json has them by name."""
    review.replace("data/review.yml", "  - id: tb\n", "  - id: zz\n")
    plan = (review.root / "data" / "review.yml").read_text("utf-8")
    (review.root / "data" / "review.yml").write_text(
        plan.replace("sensitivity_of: tb\n", "sensitivity_of: zz\n"), "utf-8"
    )
    review.publish("3.0.0", "2026-04-10")
    review.correct()
    review.commit("A correction")
    review.publish("3.0.1", "2026-05-10")
    clone = tmp_path / "clone"
    review.git("clone", "-q", "--depth=1", f"file://{review.top}", str(clone))
    past = history(open_repository(clone))
    assert [one.recomputed for one in past] == [False, False, False, False, True]
    listed = [[pool.analysis for pool in one.pools] for one in past]
    # tb is not in the plan any more.
    assert listed == [["tb_random", "tb"]] * 3 + [["zz", "tb_random"]] * 2


def rewrite(scratch: Scratch) -> tuple[str, str]:
    """Rewrite history so that the commit of 2.0.0 has other data; return its old and new name."""
    old = str(found(scratch)["2.0.0"].commit)
    after = scratch.git("rev-list", "--reverse", f"{old}..HEAD").split()
    scratch.git("reset", "-q", "--hard", f"{old}~1")
    scratch.git("cherry-pick", "-n", old)
    scratch.correct(more=3)
    scratch.git("add", "-A")
    scratch.git("commit", "-q", "-C", old)
    new = scratch.head
    for commit in after:
        scratch.git("cherry-pick", "-X", "theirs", commit)
    return old, new


def test_a_history_rewritten_under_an_edition(review: Scratch) -> None:
    old, new = rewrite(review)
    wanted = json.loads((review.root / "editions/2.0.0/manifest.json").read_bytes())["evidence"]
    repository = open_repository(review.root)
    evidence = evidence_hash(evidence_at(repository, new).data)
    held = hold(repository, [found(review)["2.0.0"]])[0]
    assert held.files == {}
    assert held.released.loss == (
        f"edition 2.0.0: found evidence {evidence[:12]} in commit {new[:10]}, wanted "
        f"{wanted[:12]}, as it was released: the history was rewritten; fetch its tag (git fetch "
        "origin tag edition-2.0.0); editions/2.0.0/ still has its page and findings"
    )
    # Its tag still names the commit as it was.
    review.git("tag", "edition-2.0.0", old)
    assert hold(repository, [found(review)["2.0.0"]])[0].released.commit == old
    assert edition(repository, "2.0.0").commit == old


def test_a_tag_of_something_else_is_not_believed(review: Scratch) -> None:
    rewrite(review)
    review.git("tag", "edition-2.0.0", "HEAD")
    repository = open_repository(review.root)
    assert hold(repository, [found(review)["2.0.0"]])[0].released.commit is None


def test_an_entry_without_its_commit(review: Scratch) -> None:
    file = review.root / "data" / "editions.yml"
    file.write_bytes(with_entry(file.read_bytes(), entry("3.0.0", "2026-05-01")))
    one = found(review)["3.0.0"]
    assert (one.commit, one.loss) == (
        None,
        "edition 3.0.0: found an entry in data/editions.yml that no commit has, wanted it "
        "released: take the entry out and run living-review release",
    )
    with pytest.raises(EditionError) as caught:
        resolve(review.root, "3.0.0")
    assert str(caught.value) == one.loss


def test_an_entry_that_was_committed_by_hand_is_an_edition(review: Scratch) -> None:
    file = review.root / "data" / "editions.yml"
    file.write_bytes(with_entry(file.read_bytes(), entry("3.0.0", "2026-05-01")))
    commit = review.commit("By hand")
    held = hold(open_repository(review.root), [found(review)["3.0.0"]])[0]
    assert (held.released.commit, held.manifest, held.findings) == (commit, None, None)


def test_two_editions_with_one_version(review: Scratch) -> None:
    file = review.root / "data" / "editions.yml"
    file.write_text(file.read_text("utf-8").replace("version: 2.0.0", "version: 1.0.0"), "utf-8")
    lines = file.read_text("utf-8").split("\n")
    first, second = (i for i, line in enumerate(lines, 1) if "version: 1.0.0" in line)
    with pytest.raises(DataError) as caught:
        released_editions(open_repository(review.root))
    assert str(caught.value) == (
        f"data/editions.yml:{second} editions[1].version: found 1.0.0, which line {first} has "
        "too, wanted one entry an edition"
    )


def test_a_damaged_list_of_editions(review: Scratch) -> None:
    file = review.root / "data" / "editions.yml"
    file.write_text("editions:\n  - version: one\n", "utf-8")
    with pytest.raises(DataError, match=r"^data/editions\.yml:2 "):
        released_editions(open_repository(review.root))


def test_no_editions_at_all(tmp_path: Path) -> None:
    scratch = make(tmp_path / "review")
    assert found(scratch) == {}
    assert history(open_repository(scratch.root)) == ()


def test_text_that_looks_like_an_entry_is_none(review: Scratch) -> None:
    """A version named in a summary, before its edition, does not count."""
    review.replace("data/editions.yml", "What 2.1.0 says.", '"Still to come, version: 3.0.0"')
    review.commit("A remark")
    third = review.publish("3.0.0", "2026-05-01")
    assert found(review)["3.0.0"].commit == third


# --- the evidence --------------------------------------------------------------------------


def test_the_evidence_of_an_edition_is_what_a_checkout_has(review: Scratch) -> None:
    repository = open_repository(review.root)
    states = [edition(repository, version) for version in found(review)]
    assert len(states) == 3
    for state in states:
        review.git("checkout", "-q", str(state.commit))
        assert dict(state.project.data) == read_files(review.root)


def test_text_is_of_the_commit_and_styles_are_of_today(review: Scratch) -> None:
    (review.root / "templates" / "page.css").write_text("/* of today */")
    (review.root / "review.qmd").write_text("# Of today\n")
    state = resolve(review.root, "1.0.0")
    assert state.project.styles["templates/page.css"] == b"/* of today */"
    assert state.project.sources["review.qmd"] == review.git("show", "HEAD:review.qmd") + "\n"


def test_variables_are_text_and_of_the_commit(review: Scratch) -> None:
    (review.root / "_variables.yml").write_text("of: then\n")
    then = review.commit()
    (review.root / "_variables.yml").write_text("of: today\n")
    assert resolve(review.root).project.styles["_variables.yml"] == b"of: today\n"
    assert resolve(review.root, then).project.styles["_variables.yml"] == b"of: then\n"
    assert "_variables.yml" not in resolve(review.root, "1.0.0").project.styles


def test_the_work_tree_is_not_touched(review: Scratch) -> None:
    review.correct(more=2)
    before = review.snapshot()
    for name in ("1.0.0", "HEAD~2", "2026-01-01"):
        assert resolve(review.root, name).loaded
    history(open_repository(review.root))
    assert review.snapshot() == before


def test_a_renamed_study_file_is_the_same_study(review: Scratch) -> None:
    review.git("mv", "data/studies/aronson-1948.yml", "data/studies/aronson.yml")
    review.commit("A file renamed")
    review.publish("2.1.1", "2026-04-01")
    past = history(open_repository(review.root))
    pools = [one.pool_of("tb") for one in past[-2:]]
    assert pools[0] == pools[1]
    before, after = resolve(review.root, "2.1.0"), resolve(review.root, "2.1.1")
    from analysis.changes import changes

    assert changes(before.loaded.review, after.loaded.review) == ()


def test_names_that_resolve(review: Scratch) -> None:
    commits = {version: one.commit for version, one in found(review).items()}
    states = {
        "1.0.0": ("edition 1.0.0", commits["1.0.0"], None),
        "v1.0.0": ("edition 1.0.0", commits["1.0.0"], None),
        "HEAD": (f"commit {review.head[:10]}", review.head, None),
        "2020-06-01": ("work tree", None, "2020-06-01"),
    }
    for name, wanted in states.items():
        state = resolve(review.root, name)
        assert (state.name, state.commit, state.day) == wanted
    assert resolve(review.root).name == "work tree"
    both = resolve(review.root, "1.0.0", "1950-01-01")
    assert (both.name, both.day) == ("edition 1.0.0", "1950-01-01")
    assert both.edition is not None
    assert both.edition.version == "1.0.0"


@pytest.mark.parametrize(
    ("name", "day", "message"),
    [
        (
            "9.9.9",
            None,
            "found '9.9.9', wanted an edition, a day (YYYY-MM-DD) or a revision of git; "
            "editions: 1.0.0, 2.0.0, 2.1.0",
        ),
        (
            "nonsense",
            None,
            "found 'nonsense', wanted an edition, a day (YYYY-MM-DD) or a revision of git; "
            "editions: 1.0.0, 2.0.0, 2.1.0",
        ),
        (
            "2022-02-30",
            None,
            "found the day '2022-02-30', wanted one of the calendar as YYYY-MM-DD",
        ),
        (None, "June 2022", "found the day 'June 2022', wanted one of the calendar as YYYY-MM-DD"),
    ],
)
def test_names_that_do_not(
    review: Scratch, name: str | None, day: str | None, message: str
) -> None:
    with pytest.raises(EditionError) as caught:
        resolve(review.root, name, day)
    assert str(caught.value) == message


def test_a_commit_without_a_review(review: Scratch) -> None:
    review.git("switch", "-q", "--orphan", "empty")
    commit = review.commit("Nothing")
    review.git("switch", "-q", "main")
    with pytest.raises(EditionError) as caught:
        resolve(review.root, "empty")
    assert str(caught.value) == f"{commit[:10]}: found no data/ in the commit, wanted a review"


def test_a_commit_in_which_data_is_a_file(review: Scratch) -> None:
    review.git("rm", "-q", "-r", "data")
    (review.root / "data").write_text("to come\n")
    commit = review.commit("Another review")
    with pytest.raises(EditionError) as caught:
        resolve(review.root, commit)
    assert str(caught.value) == f"{commit[:10]}: found no data/ in the commit, wanted a review"


def test_a_commit_from_before_there_was_a_manuscript(review: Scratch) -> None:
    """Its evidence can be compared; its paper says what is missing."""
    review.git("rm", "-q", "review.qmd")
    review.commit("No manuscript")
    state = resolve(review.root, "HEAD")
    assert len(state.loaded.review.studies) == 6
    with pytest.raises(TemplateError) as caught:
        examine_state(review.root, state)
    at, tool = str(state.commit)[:10], version("living-review")
    assert str(caught.value) == (
        f"{at}: found a paper that living-review {tool} cannot make\n"
        f"{at}:review.qmd: found no such file, wanted the manuscript"
    )


def test_an_edition_that_today_s_checks_would_not_pass(review: Scratch) -> None:
    """It passed those of its day, and can be read, drawn and compared."""
    review.replace("data/searches.yml", "stein_aronson, ", "")
    review.publish("2.1.1", "2026-04-01")
    assert len(resolve(review.root, "2.1.1").loaded.review.studies) == 6
    with pytest.raises(DataError, match="found stein_aronson in no search"):
        _ = resolve(review.root, "HEAD").loaded


def test_links_of_an_old_commit_are_not_followed(review: Scratch) -> None:
    link = review.root / "data" / "studies" / "zz.yml"
    link.symlink_to("/etc/passwd")
    review.commit("A link")
    assert "data/studies/zz.yml" not in resolve(review.root, "HEAD").project.data
    link.unlink()


def test_data_that_today_s_code_cannot_read(review: Scratch) -> None:
    """As of an older format: what is wrong, where, and which version reads it."""
    review.replace("data/review.yml", "short_title:", "shorttitle:")
    commit = review.commit("An older format")
    (review.root / "data" / "editions.yml").write_bytes(
        with_entry(
            (review.root / "data" / "editions.yml").read_bytes(), entry("3.0.0", "2026-05-01")
        )
    )
    folder = review.root / "editions" / "3.0.0"
    shutil.copytree(review.root / "editions" / "2.1.0", folder)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["evidence"] = evidence_hash(read_files(review.root))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    commit = review.commit("Release edition 3.0.0")
    with pytest.raises(DataError) as caught:
        _ = resolve(review.root, "3.0.0").loaded
    lines = str(caught.value).split("\n")
    assert lines[0] == (
        f"{commit[:10]}: found data of edition 3.0.0 that living-review 0.1.0 cannot read; "
        "living-review 0.0.9 made and reads it"
    )
    assert all(line.startswith(f"{commit[:10]}:data/review.yml") for line in lines[1:])
    # The history takes its results from the archive, and says so.
    past = history(open_repository(review.root))[-1]
    assert past.commit == commit
    assert str(past.note).startswith(
        "edition 3.0.0: found data that living-review 0.1.0 cannot read (data/review.yml:"
    )
    assert str(past.note).endswith("), wanted living-review 0.0.9, which made it")
    assert [pool.recomputed for pool in past.pools] == [False, False]


def test_a_paper_that_today_s_code_cannot_make(review: Scratch) -> None:
    review.replace("review.qmd", "# Introduction", "# Introduction {{ tb | gone }}")
    review.git("commit", "-q", "-a", "--amend", "--no-edit")
    commit = review.head[:10]
    review.replace("review.qmd", "# Introduction {{ tb | gone }}", "# Introduction")
    line = (review.root / "review.qmd").read_text("utf-8").split("# Intro")[0].count("\n") + 1
    for name, of, made in (
        ("2.1.0", " of edition 2.1.0", "; living-review 0.0.9 made it"),
        ("HEAD", "", ""),
    ):
        state = resolve(review.root, name)
        with pytest.raises(TemplateError) as caught, state.located():
            examine_state(review.root, state)
        assert str(caught.value) == (
            f"{commit}: found a paper{of} that living-review 0.1.0 cannot make{made}\n"
            f"{commit}:review.qmd:{line}: found 'gone', wanted a format: as_printed, by_design, "
            "by_null, compatible, count, date, effect, estimate, estimate_p, heterogeneity, "
            "interval, labels and 18 more (all: living-review names formats)"
        )


def test_places_of_a_state(review: Scratch) -> None:
    """What is wrong has its commit once; what is wrong with the work tree has none."""
    old = resolve(review.root, "2.1.0")
    at = review.head[:10]
    with pytest.raises(MethodError) as caught, old.located(), old.located():
        raise MethodError("found one study, wanted two")
    assert str(caught.value) == (
        f"{at}: found a paper of edition 2.1.0 that living-review 0.1.0 cannot make; "
        f"living-review 0.0.9 made it\n{at}: found one study, wanted two"
    )
    with pytest.raises(MethodError) as caught, resolve(review.root).located():
        raise MethodError("found one study, wanted two")
    assert str(caught.value) == "found one study, wanted two"


def test_conflict_markers_in_a_study(review: Scratch) -> None:
    file = review.study("aronson-1948")
    text = file.read_text("utf-8")
    file.write_text(f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> side\n", "utf-8")
    commit = review.commit("A merge gone wrong")
    with pytest.raises(DataError) as caught:
        _ = resolve(review.root, "HEAD").loaded
    assert str(caught.value) == (
        f"{commit[:10]}: found data that living-review 0.1.0 cannot read\n"
        f"{commit[:10]}:data/studies/aronson-1948.yml:1: found <<<<<<<, a merge conflict that git "
        "left, wanted one of the two versions, without the lines <<<<<<<, ======= and >>>>>>>"
    )


# --- history -------------------------------------------------------------------------------


def test_the_history_has_what_the_whole_analysis_finds(review: Scratch) -> None:
    past = history(open_repository(review.root))
    for one in past:
        assert one.commit is not None
        review.git("checkout", "-q", one.commit)
        findings = find(load_review(review.root))
        assert [pool.analysis for pool in one.pools] == ["tb", "tb_random"]
        for pool in one.pools:
            s = findings.analyses[pool.analysis].synthesis
            assert (pool.k, pool.mu, pool.ci_lb, pool.ci_ub, pool.tau2) == (
                s.k,
                s.mu,
                s.ci_lb,
                s.ci_ub,
                s.tau2,
            )
            assert pool.est == (s.est, s.est_lb, s.est_ub)
            assert (pool.recomputed, pool.stored) == (True, None)
    review.git("checkout", "-q", "main")
    assert [one.pool_of("tb") for one in past] != [past[0].pool_of("tb")] * 3


COUNTS = """
  - id: tb_counts
    title: Tuberculosis by Mantel-Haenszel
    outcome: tuberculosis
    role: primary
    origin: added
    pooling: mantel_haenszel
    method: EE
    test: z
  - id: tb_dropped
    title: Tuberculosis without empty tables
    outcome: tuberculosis
    role: primary
    origin: added
    continuity: {add: 0.3, to: all, drop00: true}
"""


def test_the_history_pools_as_the_plan_does(tmp_path: Path) -> None:
    """Counts are pooled from counts, tables corrected and dropped as planned."""
    scratch = make(tmp_path / "counts")
    plan = scratch.root / "data" / "review.yml"
    text = plan.read_text("utf-8")
    plan.write_text(text.replace("\nliving:", f"{COUNTS}\nliving:"), "utf-8")
    file = scratch.study("aronson-1948")
    emptied = file.read_text("utf-8").replace("events: 4", "events: 0")
    file.write_text(emptied.replace("events: 11", "events: 0"), "utf-8")
    scratch.publish("1.0.0")
    (past,) = history(open_repository(scratch.root))
    findings = find(load_review(scratch.root))
    assert [pool.analysis for pool in past.pools] == [
        "tb", "tb_random", "tb_counts", "tb_dropped",
    ]  # fmt: skip
    for pool in past.pools:
        s = findings.analyses[pool.analysis].synthesis
        now = (pool.k, pool.mu, pool.ci_lb, pool.ci_ub, pool.tau2)
        assert now == (s.k, s.mu, s.ci_lb, s.ci_ub, s.tau2)
    assert not past.method_changed


def past_of(*pools: tuple[str, str, float]) -> PastEdition:
    """Return an edition with these results: analysis, measure, estimate."""
    return PastEdition(
        entry("1.0.0"),
        None,
        tuple(
            PastPool(id_, f"Of {id_}", measure, 3, mu, mu - 0.1, mu + 0.1, 0.0, recomputed=True)
            for id_, measure, mu in pools
        ),
    )


def test_the_figure_has_what_shares_the_measure_of_the_first_primary_result() -> None:
    review = method_reviews.review(
        method_reviews.plan("aside", "tb_rd").model_copy(update={"role": "exploratory"}),
        method_reviews.plan("first", "tb"),
        method_reviews.plan("second", "tb_rr"),
        method_reviews.plan("third", "tb"),
    )
    past = past_of(
        ("aside", "RD", -0.1), ("first", "OR", -0.2), ("second", "RR", -0.3), ("third", "OR", -0.4)
    )
    svg = drawn((past,), review).svg.decode()
    assert [name for name in ("aside", "first", "second", "third") if f"Of {name}" in svg] == [
        "first", "third",
    ]  # fmt: skip
    assert "OR (95% CI)" in svg
    # Two levels have no one heading.
    plans = [
        plan.model_copy(update={"level": Printed(0.8, 1)}) if plan.id == "third" else plan
        for plan in review.plan.analyses
    ]
    mixed = review.model_copy(
        update={"plan": review.plan.model_copy(update={"analyses": tuple(plans)})}
    )
    assert "OR (interval)" in drawn((past,), mixed).svg.decode()
    # Where today's plan has none of them, it is the first that there is.
    svg = drawn((past_of(("gone", "RD", -0.1), ("lost", "OR", -0.2)),), review).svg.decode()
    assert "Of gone" in svg
    assert "Of lost" not in svg


def test_some_analyses_alone(review: Scratch) -> None:
    past = history(open_repository(review.root), ["tb_random"])
    assert [[pool.analysis for pool in one.pools] for one in past] == [["tb_random"]] * 3


def test_a_change_of_method_is_told(review: Scratch) -> None:
    """The archive of 2.0.0 was made by code that answered otherwise."""
    released = str(found(review)["2.0.0"].commit)
    after = review.git("rev-list", "--reverse", f"{released}..HEAD").split()
    review.git("reset", "-q", "--hard", released)
    file = review.root / "editions" / "2.0.0" / "findings.json"
    stored = json.loads(file.read_bytes())
    stored["analyses"]["tb"]["synthesis"]["tau2"] *= 1 + 3e-9
    file.write_text(json.dumps(stored))
    review.git("commit", "-q", "-a", "--amend", "--no-edit")
    for commit in after:
        review.git("cherry-pick", commit)
    past = history(open_repository(review.root))
    assert [one.method_changed for one in past] == [False, True, False]
    pool = past[1].pool_of("tb")
    assert pool is not None
    assert pool.stored is not None
    assert pool.stored.tau2 == stored["analyses"]["tb"]["synthesis"]["tau2"]
    assert pool.tau2 != pool.stored.tau2


def test_an_analysis_without_an_answer_has_no_line(review: Scratch) -> None:
    review.replace("data/review.yml", "design: [randomised trial]", "only: [stein_aronson]")
    waiting = "status: awaiting\nreason: Not read yet."
    review.replace("data/studies/stein-aronson-1953.yml", "status: included", waiting)
    review.publish("3.0.0", "2026-05-01")
    past = history(open_repository(review.root))
    assert [pool.analysis for pool in past[-1].pools] == ["tb"]


# --- what changed since --------------------------------------------------------------------


def changes_since(root: Path, review: Review, evidence: str) -> Comparison | None:
    earlier = edition_before(Past().of(root), review, evidence)
    return None if earlier is None else compare(earlier, review, RememberingFind())


def compared_with(review: Scratch, name: str | None) -> str | None:
    state = resolve(review.root, name)
    evidence = state.data_hash
    listed = Past().of(review.root)
    assert listed is not None
    held = before_this(listed, state.loaded.review, evidence)
    return held.released.entry.version if held else None


def test_an_edition_is_compared_with_the_one_before(review: Scratch) -> None:
    assert {name: compared_with(review, name) for name in ("1.0.0", "2.0.0", "2.1.0", None)} == {
        "1.0.0": None,
        "2.0.0": "1.0.0",
        "2.1.0": "2.0.0",
        None: "2.0.0",  # the work tree has the evidence of 2.1.0
    }
    review.correct()
    assert compared_with(review, None) == "2.1.0"


def test_nothing_is_compared_with_an_edition_that_is_lost(review: Scratch) -> None:
    """Neither is an edition further back taken for it."""
    review.publish("2.1.1", "2026-04-01")
    squash(review, str(found(review)["1.0.0"].commit), "Editions in one")
    review.correct()
    state = resolve(review.root)
    # The work tree goes on from 2.1.1, whose evidence the squashed commit has.
    assert compared_with(review, None) == "2.1.1"
    rewritten = review.commit("Another correction, and then the history is rewritten")
    review.git("reset", "-q", "--soft", str(found(review)["1.0.0"].commit))
    assert review.commit("All in one") != rewritten
    review.correct()
    state = resolve(review.root)
    assert compared_with(review, None) == "2.1.1"
    assert changes_since(review.root, state.loaded.review, state.data_hash) is None


def test_what_changed_since(review: Scratch) -> None:
    state = resolve(review.root, "2.0.0")
    comparison = changes_since(review.root, state.loaded.review, state.data_hash)
    assert comparison is not None
    assert [change.id for change in comparison.changes if change.kind == "added"] == [
        "added_stein_aronson"
    ]
    first = resolve(review.root, "1.0.0")
    assert changes_since(review.root, first.loaded.review, first.data_hash) is None
    shutil.rmtree(review.top / ".git")
    assert changes_since(review.root, state.loaded.review, state.data_hash) is None


def test_what_a_paper_is_a_recomputation_of(review: Scratch) -> None:
    says = {
        None: None,
        "1.0.0": "edition 1.0.0",
        "HEAD": f"commit {review.head[:10]}",
        "2022-06-01": "the reports published by 1 June 2022",
    }
    assert {name: recomputed(resolve(review.root, name)) for name in says} == says
    both = resolve(review.root, "1.0.0", "2022-06-01")
    assert recomputed(both) == "edition 1.0.0, the reports published by 1 June 2022"


def test_the_evidence_of_a_day_is_no_edition(review: Scratch) -> None:
    """Its reports are those of the day, and a claim that fails says so instead of stopping."""
    found = resolve(review.root, "1.0.0", "1950-01-01").loaded.review
    assert {s.id for s in found.studies} == {"aronson", "ferguson_simes"}
    assert found.editions == ()
    claims = {claim.id: claim.otherwise for claim in found.claims}
    plain = {claim.id: claim for claim in resolve(review.root).loaded.review.claims}
    assert claims == {
        "tb_fewer": f"(On the evidence of this day it does not hold: “{plain['tb_fewer'].text}”)",
        "tb_varies": plain["tb_varies"].otherwise,
    }
