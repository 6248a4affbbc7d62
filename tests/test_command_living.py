"""diff, what-if, status and claims on the command line."""

from __future__ import annotations

import json
import math
import re
import shutil
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.claim_sentences import sentences
from analysis.claim_wording import judged
from analysis.cli import main
from analysis.comparison import compare
from analysis.comparison_markdown import MARKER
from analysis.findings import Findings
from analysis.load import load, load_review, read_files
from analysis.plan import find
from analysis.states import resolve
from analysis.terminal_table import extent
from tests.scratch import Scratch, make_with_a_sixth
from tests.terminals import Tty

pytestmark = pytest.mark.usefixtures("git_identity")

ROOT = Path(__file__).parent.parent


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """One edition of five trials; a sixth trial and a correction in the work tree."""
    made = make_with_a_sixth(tmp_path / "review")
    made.correct()
    return made


@pytest.fixture
def run(scratch: Scratch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in the scratch review; return its exit code and what it printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["--root", str(scratch.root), *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


# --- diff ----------------------------------------------------------------------------------


def test_diff_shows_the_last_edition_against_the_work_tree(run: Any) -> None:
    code, out, err = run("diff")
    assert (code, err) == (0, "")
    said = lines(out)
    assert said[0] == "edition 1.0.0 → work tree"
    assert "corrected: Aronson 1948" in said
    assert "results[tuberculosis].groups[bcg].events: 4 → 5" in said
    assert "added: Stein & Aronson 1953" in said
    moved = next(line for line in said if line.startswith("Tuberculosis (RR)"))
    assert "Stein & Aronson 1953 (added)" in moved
    assert "Change of method" not in out


def test_diff_shows_what_a_claim_asserts_now_and_how_each_side_answers(
    run: Any, scratch: Scratch
) -> None:
    scratch.replace(
        "data/claims.yml",
        "tb.est < 1 and tb_random.est_ub < 1",
        "tb.rows.stein_aronson.est < 1 and tb_random.est_ub < 1",
    )
    code, out, _ = run("diff")
    assert code == 0
    said = out.splitlines()
    first = said.index("claim tb_fewer: its condition changed")
    assert said[first - 1] == ""
    assert said[first + 1 : first + 4] == [
        "    condition before: tb.est < 1 and …",
        "    condition after: tb.rows.stein_aronson.est < 1 and …",
        "claim tb_fewer: no answer before (the finding tb.rows.stein_aronson is not there yet); "
        "holds after",
    ]
    # A comment on a pull request has it in a line each, without the wording.
    comment = run("diff", "--markdown")[1].splitlines()
    at = next(n for n, line in enumerate(comment) if line.startswith("- claim tb"))
    assert "its condition changed" in comment[at]
    assert "not there yet" in comment[at + 1]


def test_diff_in_json_is_the_comparison(run: Any, scratch: Scratch) -> None:
    code, out, _ = run("diff", "--json")
    assert code == 0
    document = json.loads(out)
    before, after = (resolve(scratch.root, what).loaded.review for what in ("1.0.0", None))
    comparison = compare(before, after, find)
    assert [one["id"] for one in document["changes"]] == [one.id for one in comparison.changes]
    for result, expected in zip(document["results"], comparison.results, strict=True):
        parts = result["attribution"]["parts"]
        for name in ("mu", "ci_lb", "ci_ub", "tau2"):
            total = sum(part[name] for part in parts)
            assert total == pytest.approx(result["whole"][name], abs=1e-11)
        assert [p["change"] for p in parts] == [p.change for p in expected.attribution.parts]


def test_diff_in_markdown_is_a_comment(run: Any) -> None:
    code, out, _ = run("diff", "1.0.0", "--markdown")
    assert code == 0
    assert out.startswith(f"{MARKER}\n### What changes: edition 1.0.0 → work tree")


def test_diff_takes_revisions_and_days(run: Any, scratch: Scratch) -> None:
    code, out, _ = run("diff", "HEAD", "HEAD")
    assert code == 0
    assert lines(out) == [
        f"commit {scratch.head[:10]} → commit {scratch.head[:10]}",
        "nothing differs: evidence, plan, claims and findings are the same",
    ]
    code, out, _ = run("diff", "1960-01-01", "1970-01-01")
    assert code == 0
    said = lines(out)
    assert said[0] == "reports published by 1960-01-01 → reports published by 1970-01-01"
    assert "added: Coetzee & Berjak 1968" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("diff", "", "HEAD"),
            "found '', wanted an edition, a day (YYYY-MM-DD) or a revision of git; editions: 1.0.0",
        ),
        (
            ("render", "--rev", ""),
            "found '', wanted an edition, a day (YYYY-MM-DD) or a revision of git; editions: 1.0.0",
        ),
        (("status", "--today", ""), "today: found '', wanted a day as YYYY-MM-DD"),
        (("release", "--today", ""), "release: found the day '', wanted one as YYYY-MM-DD"),
    ],
)
def test_a_name_of_nothing_is_not_the_default(
    run: Any, scratch: Scratch, arguments: tuple[str, ...], message: str
) -> None:
    """As a script gives it whose variable is empty."""
    scratch.commit()
    assert run(*arguments) == (1, "", f"error: {message}\n")


def test_claims_are_judged_as_they_stand_on_any_day(run: Any) -> None:
    code, out, _ = run("diff", "1.0.0", "1990-01-01")
    assert code == 0
    assert "claim" not in out


def test_diff_of_a_day_before_all_evidence_says_what_has_no_answer(run: Any) -> None:
    code, out, _ = run("diff", "1940-01-01", "1970-01-01")
    assert code == 0
    assert "no answer before: " in out


def test_diff_without_an_edition_says_what_to_name(
    run: Any, scratch: Scratch, tmp_path: Path
) -> None:
    (scratch.root / "data" / "editions.yml").unlink()
    code, out, err = run("diff")
    assert (code, out) == (1, "")
    assert err == (
        "error: diff: found no edition yet, wanted one to compare with: name a revision, as "
        "living-review diff HEAD\n"
    )


def test_diff_of_what_is_not_there_says_so(run: Any) -> None:
    code, _, err = run("diff", "9.9.9")
    assert code == 1
    assert err == (
        "error: found '9.9.9', wanted an edition, a day (YYYY-MM-DD) or a revision of git; "
        "editions: 1.0.0\n"
    )


def test_findings_that_code_changed_stand_apart(run: Any, scratch: Scratch) -> None:
    file = scratch.root / "editions" / "1.0.0" / "findings.json"
    document = json.loads(file.read_text("utf-8"))
    document["analyses"]["tb"]["synthesis"]["mu"] += 0.01
    file.write_text(json.dumps(document), "utf-8")
    code, out, _ = run("diff", "1.0.0", "1.0.0")
    assert code == 0
    said = lines(out)
    assert said[1] == "nothing differs: evidence, plan, claims and findings are the same"
    assert any(
        line.startswith("Change of method: of edition 1.0.0, 1 finding differs") for line in said
    )
    assert any(line.startswith("tb.mu: ") for line in said)


def test_an_edition_whose_evidence_is_lost_is_compared_by_its_archive(
    run: Any, scratch: Scratch
) -> None:
    # The commit of the edition is gone: only a later one has its entry and its archive.
    scratch.commit("A sixth trial")
    scratch.git("reset", "-q", "--soft", "HEAD~2")
    scratch.commit("Two commits squashed")
    code, out, err = run("diff", "1.0.0")
    assert code == 0
    said = lines(out)
    assert said[0] == "edition 1.0.0 (as archived) → work tree"
    moved = next(line for line in said if line.startswith("Tuberculosis (RR)"))
    assert moved.endswith(" its causes cannot be told")
    assert "the history was rewritten" not in out
    assert err.startswith("note: archived findings are compared, without their evidence: ")
    assert err.count("the history was rewritten") == 1
    assert not any(line.startswith("added: ") for line in said)
    (scratch.root / "editions" / "1.0.0" / "findings.json").unlink()
    code, _, err = run("diff", "1.0.0")
    assert code == 1
    assert "the history was rewritten" in err


def test_an_unpacked_archive_is_its_own_edition(run: Any, scratch: Scratch) -> None:
    scratch.git("reset", "-q", "--hard")
    scratch.git("clean", "-fdq")
    shutil.rmtree(scratch.top / ".git")
    code, out, err = run("diff")
    assert code == 0
    assert lines(out) == [
        "edition 1.0.0 (as archived) → work tree",
        "nothing differs: the findings are the same",
    ]
    assert err == (
        "note: archived findings are compared, without their evidence: "
        f"{scratch.root}: found no git repository, wanted one: the editions of a review are kept "
        "in git (git init)\n"
    )
    document = json.loads(run("diff", "--json")[1])
    assert document["same"]
    assert document["differences"] == []


# --- what-if -------------------------------------------------------------------------------

TRIAL = ("--outcome", "TB", "--rr", "0.80", "--ci", "0.66,0.97")


def test_what_if_shows_the_whole_diff_and_writes_nothing(run: Any, scratch: Scratch) -> None:
    before = scratch.snapshot()
    code, out, err = run("what-if", "--study", "new trial", *TRIAL, "--design", "randomised trial")
    assert code == 0
    said = lines(out)
    assert said[0] == "the data → what if new trial reported that"
    assert "added: new trial" in said
    assert any("new trial (added)" in line and "×" in line for line in said)
    assert err == "note: new_trial is no study of this review: a made-up one\n"
    assert scratch.snapshot() == before


def test_what_if_says_who_does_not_take_the_study(run: Any) -> None:
    code, _, err = run("what-if", "--study", "new", *TRIAL)
    assert code == 0
    assert lines(err)[-1] == (
        "note: not pooled in Tuberculosis in randomised trials: design not reported"
    )


def test_what_if_replaces_the_report_on_the_same_patients(
    capsys: pytest.CaptureFixture[str],
) -> None:
    later = ("--study", "thorsen_2022", "--outcome", "OS", "--hr", "0.86", "--ci", "0.77,0.96")
    assert main(["--root", str(ROOT), "what-if", *later]) == 0
    printed = capsys.readouterr()
    assert lines(printed.err)[:2] == [
        "note: Thorsen 2016 is taken as superseded by DBCG-IMN, 15 years: they share patients",
        "note: the results of Thorsen 2016 for BCM and DR are lost thereby: DBCG-IMN, 15 years is "
        "supposed to report none",
    ]
    said = lines(printed.out)
    assert "replaced: Thorsen 2016 replaced by DBCG-IMN, 15 years" in said
    moved = next(line for line in said if line.startswith("Overall survival (HR)"))
    assert moved.endswith(" Thorsen 2016 replaced by DBCG-IMN, 15 years")
    assert "no answer" not in printed.out


def test_what_if_takes_negative_bounds_and_characteristics(run: Any) -> None:
    code, _, err = run(
        "what-if", "--study", "new", "--outcome", "tb", "--rr", "0.8", "--ci", "-0.5,0.97"
    )
    assert code == 1
    assert lines(err)[0] == ("error: what-if ci: found -0.5, wanted more than 0: RR is a ratio")
    code, out, _ = run("what-if", "--study", "new", *TRIAL, "--with", "allocation=random", "--json")
    assert code == 0
    assert json.loads(out)["after"]["name"] == "what if new reported that"


def test_what_if_takes_the_level_of_the_interval(run: Any) -> None:
    def results(*level: str) -> Any:
        _, out, _ = run("what-if", "--study", "new", *TRIAL, *level, "--json")
        return json.loads(out)["results"]

    assert results("--level", "0.95") == results()
    assert results("--level", "0.99") != results()


def test_what_if_takes_a_standard_error_and_the_measure_of_the_outcome(run: Any) -> None:
    def results(*numbers: str) -> Any:
        code, out, _ = run("what-if", "--study", "new", "--outcome", "tb", *numbers, "--json")
        assert code == 0
        return json.loads(out)["results"]

    asked = results("--rr", "0.8", "--se", "0.1")
    assert results("--estimate", "0.8", "--se", "0.1") == asked
    assert results("--estimate", "0.8", "--measure", "RR", "--se", "0.1") == asked
    assert results("--estimate", "0.8", "--se", "0.2") != asked


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (("--or", "0.8"), "what-if estimate: found OR, wanted RR, the measure of TB"),
        (
            ("--estimate", "0.8", "--measure", "OR"),
            "what-if estimate: found OR, wanted RR, the measure of TB",
        ),
        (
            ("--or", "0.8", "--measure", "RR"),
            "what-if: found --measure RR beside --or, wanted --estimate beside it",
        ),
    ],
)
def test_what_if_refuses_another_measure(run: Any, numbers: tuple[str, ...], message: str) -> None:
    code, _, err = run("what-if", "--study", "new", "--outcome", "tb", *numbers, "--se", "0.1")
    assert code == 1
    assert lines(err)[0] == f"error: {message}"


def test_what_if_names_what_it_lacks(run: Any) -> None:
    code, _, err = run("what-if", "--study", "new", "--outcome", "tb")
    assert code == 1
    assert lines(err) == [
        "error: what-if: found no estimate (as --hr), no --ci or --se, wanted them, or --file"
    ]


def test_what_if_from_a_file(run: Any, scratch: Scratch, tmp_path: Path) -> None:
    text = scratch.study("aronson-1948").read_text("utf-8")
    file = tmp_path / "supposed.yml"
    file.write_text(text.replace("id: aronson", "id: later").replace("Aronson 1948", "Later"))
    before = scratch.snapshot()
    code, out, _ = run("what-if", "--file", str(file), "--markdown")
    assert code == 0
    assert "- **Added**: Later" in out
    assert scratch.snapshot() == before


def test_what_if_without_its_options_says_which(run: Any) -> None:
    code, _, err = run("what-if", "--study", "new", "--rr", "0.8")
    assert (code, err) == (
        1,
        "error: what-if: found no --outcome, no --ci or --se, wanted them, or --file\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--rr", "low"), "argument --rr: found 'low', wanted a number, as 0.80"),
        (("--rr", "nan"), "argument --rr: found 'nan', wanted a number, as 0.80"),
        (("--ci", "0.8"), "argument --ci: found '0.8', wanted lower,upper, as 0.66,0.97"),
        (("--ci", "0.8,inf"), "argument --ci: found '0.8,inf', wanted lower,upper, as 0.66,0.97"),
        (("--ci", "0.97,0.66"), "argument --ci: found '0.97,0.66', wanted lower < upper"),
        (
            ("--level", "0"),
            "argument --level: found '0', wanted a level between 0 and 1, as 0.95",
        ),
        (("--i2", "nan"), "argument --i2: found 'nan', wanted a number, as 0.80"),
        (("--with", "random"), "argument --with: found 'random', wanted NAME=LEVEL as stage=early"),
        (("--with", "stage="), "argument --with: found 'stage=', wanted NAME=LEVEL as stage=early"),
        (("--rr", "1", "--hr", "1"), "argument --hr: not allowed with argument --rr"),
    ],
)
def test_what_if_refuses_what_is_no_number(
    run: Any, arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = run("what-if", *arguments)
    assert code == 2
    assert err.rstrip().endswith(message)


def test_what_it_would_take(run: Any, scratch: Scratch) -> None:
    code, out, _ = run("what-if", "--needed", "tb", "--i2", "95")
    assert code == 0
    said = lines(out)
    assert said[0].startswith("Tuberculosis: RR ")
    assert "I² over 95%" in out
    assert "events" not in out
    code, out, _ = run("what-if", "--needed", "tb", "--json")
    assert code == 0
    document = json.loads(out)
    assert document["analysis"] == "tb"
    assert document["ongoing"] == []
    # A risk ratio has no count of events to ask for: the studies' own precision serves.
    rows = find(load_review(scratch.root)).analyses["tb"].rows
    known = sorted(math.sqrt(row.vi) for row in rows)
    assert len(known) % 2 == 0  # of two in the middle the larger is asked for
    asked = [known[-1], known[len(known) // 2], known[0], known[0] / 2]
    assert [one["error"] for one in document["needed"]] == pytest.approx(asked, rel=1e-12)


def test_what_it_would_take_of_no_analysis(run: Any) -> None:
    code, _, err = run("what-if", "--needed", "os")
    assert (code, err) == (
        1,
        "error: what-if: found 'os', wanted an analysis of the plan: tb, tb_random\n",
    )


def test_hazard_ratios_are_asked_for_by_events(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(ROOT), "what-if", "--needed", "os_hk"]) == 0
    said = lines(capsys.readouterr().out)
    # 400 events: standard error 0.1; 50 events: 0.283.
    assert any(line.startswith("0.1 400 ") for line in said)
    assert any(line.startswith("0.283 50 ") for line in said)
    assert "events: of two equal arms, standard error 2 / √events" in said


# --- status --------------------------------------------------------------------------------


def test_status_says_what_is_due_on_a_day(run: Any, scratch: Scratch) -> None:
    scratch.replace(
        "data/review.yml",
        "triggers: []",
        "triggers: [{id: new, label: A new study, when: new_included_study}]",
    )
    code, out, err = run("status", "--today", "2026-03-01")
    assert (code, err) == (0, "")
    said = lines(out)
    assert said[:2] == ["2026-03-01: publish", "A new study: Stein & Aronson 1953"]
    assert any(line.startswith("PubMed yes never searched") for line in said)
    # Neither stands under the heading of the table before it.
    assert said[said.index("retirement is not planned") - 1] == ""
    log = said.index("searches so far")
    assert said[log - 1] == ""
    assert said[log + 2 :] == [
        "targeted reading, on a day that is not reported (Data set dat.bcg of the R package "
        "metadat 1.2-0): brought 6 studies"
    ]


def test_where_somebody_watches_no_line_is_wider_than_the_terminal(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for width in (60, 80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        for words in (["status"], ["claims"], ["diff"], ["analyse"]):
            with redirect_stdout(Tty()) as watched:
                assert main(["--root", str(scratch.root), "--no-colour", *words]) == 0
            said = watched.getvalue().splitlines()
            assert said
            assert [line for line in said if extent(line) > width] == []


def test_status_in_json_has_the_same_decision(run: Any) -> None:
    code, out, _ = run("status", "--today", "2026-03-01", "--json")
    document = json.loads(out)
    assert (code, document["decision"], document["today"]) == (0, "hold", "2026-03-01")


def test_status_of_an_edition_that_is_lost_stands_on_its_archive(
    run: Any, scratch: Scratch
) -> None:
    scratch.commit("A sixth trial")
    scratch.git("reset", "-q", "--soft", "HEAD~2")
    scratch.commit("Two commits squashed")
    code, out, err = run("status", "--today", "2026-03-01")
    assert code == 0
    assert lines(out)[0] == "2026-03-01: hold"
    assert "the history was rewritten" in err


def test_status_without_a_day_asks_the_clock(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.commands import living

    monkeypatch.setattr(living, "_today", lambda: "2027-05-06")
    assert lines(run("status")[1])[0] == "2027-05-06: hold"


@pytest.mark.parametrize(
    ("date", "warns"), [("2026-03", False), ("2026-03-02", True), ("2026-04", True), ("2027", True)]
)
def test_status_warns_of_a_date_that_is_still_to_come(
    date: str, warns: bool, run: Any, scratch: Scratch
) -> None:
    study = "data/studies/aronson-1948.yml"
    text = (scratch.root / study).read_text()
    (old,) = re.findall(r"published: .*", text)[:1]
    line = text[: text.index(old)].count("\n") + 1
    scratch.replace(study, old, f"published: {date}")
    code, _, err = run("status", "--today", "2026-03-01")
    place = f"{study}:{line} sources.report.published"
    warning = f"warning: {place}: found {date}, wanted no date after 2026-03-01\n"
    assert (code, err) == (0, warning if warns else "")
    # A day before the last edition asks what was due then, and all is later.
    assert run("status", "--today", "2020-01-01")[2] == ""


def test_status_of_a_review_that_does_not_live(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--root", str(Path(__file__).parent / "tiny"), "status"]) == 1
    assert "data/review.yml living: found no living mode" in capsys.readouterr().err


# --- claims --------------------------------------------------------------------------------


def test_claims_are_listed_with_margin_and_place(run: Any) -> None:
    code, out, err = run("claims")
    assert (code, err) == (0, "")
    said = lines(out)
    (fewer,) = [line for line in said if line.startswith("tb_fewer ")]
    assert fewer.startswith("tb_fewer yes +")
    assert "tb.est < 1 and tb_random.est_ub < 1" in fewer
    assert fewer.endswith("review.qmd:2")


def test_claims_in_json(run: Any, scratch: Scratch) -> None:
    code, out, _ = run("claims", "--json")
    document = json.loads(out)
    findings = find(load_review(scratch.root))
    (fewer, varies) = document["claims"]
    assert code == 0
    assert (fewer["id"], fewer["holds"], fewer["places"]) == ("tb_fewer", True, ["review.qmd:2"])
    assert fewer["found"]["tb.est"] == findings.value("tb.est")
    assert varies["margin"] == pytest.approx(0.05 - findings.value("tb.qe_pval"))
    assert (document["broken"], document["without_claim"]) == ([], [])


def test_a_broken_claim_is_listed_and_ends_with_an_error(run: Any, scratch: Scratch) -> None:
    scratch.replace("data/claims.yml", "tb.est < 1 and", "tb.est > 1 and")
    code, out, err = run("claims")
    assert code == 1
    assert any(line.startswith("tb_fewer no −") for line in lines(out))
    assert lines(err)[0].startswith("error: review.qmd:2 claim tb_fewer: found ")
    code, out, _ = run("claims", "--json")
    assert code == 1
    document = json.loads(out)
    assert len(document["broken"]) == 1
    assert document["without_claim"] is None


def test_a_claim_without_an_answer_is_named_and_the_others_are_listed(
    run: Any, scratch: Scratch
) -> None:
    """Once a study has left, what is asked of it has no answer; the other claims still do."""
    asked = "tb.leave_one_out.nobody.est < 1 and"
    scratch.replace("data/claims.yml", "tb.est < 1 and", asked)
    code, out, err = run("claims")
    assert code == 1
    assert [line.split()[0] for line in lines(out) if line.startswith("tb_")] == ["tb_varies"]
    told = lines(err)[0]
    assert re.match(r"error: data/claims\.yml:\d+ claim tb_fewer: column 1 of 'tb\.leave_one", told)
    assert told.endswith(" (a study that is not pooled is not there)")
    code, out, _ = run("claims", "--json")
    document = json.loads(out)
    assert (code, document["without_claim"]) == (1, None)
    assert [one["id"] for one in document["claims"]] == ["tb_varies"]
    assert document["broken"] == [told.removeprefix("error: ")]


def test_a_sentence_of_the_abstract_without_a_claim_is_reported(run: Any, scratch: Scratch) -> None:
    scratch.replace("review.qmd", '{{ claim("tb_fewer") }}', '{{ claim("tb_fewer") }} It works.')
    code, _, err = run("claims")
    assert code == 0
    (warning,) = [line for line in lines(err) if "without a claim" in line]
    assert "'It works.'" in warning


def rewritten(scratch: Scratch) -> None:
    """Let one claim fail by its condition, another be worded anew, and a third be new."""
    scratch.replace("data/claims.yml", "tb.qe_pval < 0.05", "tb.k > 99")
    scratch.replace("data/claims.yml", "less frequent after", "rarer after")
    with (scratch.root / "data/claims.yml").open("a") as file:
        file.write("  - {id: many, text: 'Many\\ trials.', holds: tb.k > 2}\n")
    scratch.replace("review.qmd", "# Introduction\n", '# Introduction\n\n{{ claim("many") }}\n')


def test_claims_that_print_another_sentence_are_listed_with_both(
    run: Any, scratch: Scratch
) -> None:
    rewritten(scratch)
    before, after = (find(resolve(scratch.root, what).loaded.review) for what in ("1.0.0", None))

    def values(findings: Findings) -> tuple[str, str]:
        s = findings.analyses["tb"].synthesis
        cell = f"RR {s.est:.2f} (95% CI {s.est_lb:.2f}–{s.est_ub:.2f})"
        return cell, f"{findings.value('tb.i2_q'):.1f}%"

    (cell_before, i2_before), (cell_after, i2_after) = values(before), values(after)
    code, out, err = run("claims", "--changed")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "claim tb_fewer is worded anew (data/claims.yml:4; review.qmd:2)",
        f"    before: Tuberculosis was less frequent after vaccination ({cell_before}).",
        f"    now: Tuberculosis was rarer after vaccination ({cell_after}).",
        "claim tb_varies is worded anew (data/claims.yml:9; review.qmd:4)",
        f"    before: The trials differ more than chance explains ({i2_before}).",
        f"    now: The trials agree ({i2_after}).",
        "claim many is new (data/claims.yml:10; review.qmd:9)",
        "    before: –",
        "    now: Many trials.",
        "3 statements of the text changed since edition 1.0.0",
    ]
    code, out, _ = run("claims", "--changed", "1.0.0", "--json")
    document = json.loads(out)
    assert (code, document["before"]) == (0, "edition 1.0.0")
    assert [one["id"] for one in document["changed"]] == ["tb_fewer", "tb_varies", "many"]
    assert document["changed"][2] == {
        "id": "many", "said": "is new", "stands": "data/claims.yml:10", "places": ["review.qmd:9"],
        "before": None, "after": "Many trials.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It is {{ 1/0 }}.", "It is …."),
        ('So {{ claim("tb_fewer") }}', "So …"),
        ("{% for a in 'x'*2000 %}{% for b in 'x'*2000 %}y{% endfor %}{% endfor %} z", "……y…… z"),
    ],
)
def test_what_a_build_would_refuse_is_not_run_to_list_it(
    run: Any, scratch: Scratch, text: str, shown: str
) -> None:
    claims = (scratch.root / "data/claims.yml").read_text("utf-8")
    first = claims.index("text: ")
    rest = claims[claims.index("    holds: ", first) :]
    quoted = text.replace("'", "''")
    (scratch.root / "data/claims.yml").write_text(f"{claims[:first]}text: '{quoted}'\n{rest}")
    code, out, err = run("claims", "--changed")
    assert (code, err) == (0, "")
    assert out.splitlines()[2] == f"    now: {shown}"


def test_a_claim_that_is_withdrawn_is_listed_too(run: Any, scratch: Scratch) -> None:
    text = (scratch.root / "data/claims.yml").read_text("utf-8")
    kept, _, _ = text.partition("  - id: tb_varies")
    (scratch.root / "data/claims.yml").write_text(kept, "utf-8")
    scratch.replace("review.qmd", '{{ claim("tb_varies") }}', "Nothing.")
    said = run("claims", "--changed")[1].splitlines()
    assert said[0] == "claim tb_varies is withdrawn (data/claims.yml)"
    assert said[1].startswith("    before: The trials differ more than chance explains (")
    assert said[2:4] == ["    now: –", ""]
    assert said[4] == "claim tb_fewer prints other numbers (data/claims.yml:4; review.qmd:2)"
    assert said[6:] == [
        "1 statement of the text changed; in 1 other the numbers alone moved since edition 1.0.0"
    ]


def test_sentences_of_which_the_numbers_alone_moved_are_listed_once_with_both_numbers(
    run: Any, scratch: Scratch
) -> None:
    """A trial came in: the words are those of the edition, and the reviewer reads the numbers."""
    before, after = (
        find(resolve(scratch.root, what).loaded.review).analyses["tb"].synthesis
        for what in ("1.0.0", None)
    )

    def moved(*names: str) -> str:
        pair = ("–".join(f"{getattr(one, name):.2f}" for name in names) for one in (before, after))
        return " → ".join(pair)

    assert run("claims", "--changed")[1].splitlines() == [
        "claim tb_fewer prints other numbers (data/claims.yml:4; review.qmd:2)",
        "    Tuberculosis was less frequent after vaccination "
        f"(RR {moved('est')} (95% CI {moved('est_lb', 'est_ub')})).",
        "claim tb_varies prints other numbers (data/claims.yml:7; review.qmd:4)",
        "    The trials differ more than chance explains "
        f"({before.i2_q:.1f}% → {after.i2_q:.1f}%).",
        "in 2 statements of the text the numbers alone moved since edition 1.0.0",
    ]
    document = json.loads(run("claims", "--changed", "--json")[1])
    assert document["changed"] == []
    one = document["numbers_moved"][1]
    assert (one["id"], one["said"]) == ("tb_varies", "prints other numbers")
    assert one["before"] == f"The trials differ more than chance explains ({before.i2_q:.1f}%)."
    assert one["after"] == f"The trials differ more than chance explains ({after.i2_q:.1f}%)."
    assert run("diff")[1].endswith(
        "\nin 2 statements of the text the numbers alone moved; "
        "their words: living-review claims --changed\n"
    )


def test_where_every_sentence_is_the_same_none_is_listed(run: Any, scratch: Scratch) -> None:
    scratch.commit("A sixth trial")
    assert run("claims", "--changed", "HEAD")[1].startswith(
        "0 statements of the text changed since"
    )
    assert "statement" not in run("diff", "HEAD")[1]


def test_a_sentence_that_names_what_the_build_hands_over_is_told_with_its_value(
    run: Any, scratch: Scratch
) -> None:
    text = "'Since {{ version_before }}{% if added %} {{ added | series }} came{% endif %}.'"
    claims = (scratch.root / "data/claims.yml").read_text("utf-8")
    new = f"  - {{id: since, text: {text}, holds: tb.k > 2}}\n"
    (scratch.root / "data/claims.yml").write_text(claims + new, "utf-8")
    scratch.replace("review.qmd", "# Introduction\n", '# Introduction\n\n{{ claim("since") }}\n')
    out = run("claims", "--changed")[1].splitlines()
    at = next(n for n, line in enumerate(out) if line.startswith("claim since is new ("))
    label = load_review(scratch.root).by_id["stein_aronson"].label
    assert out[at + 1 : at + 3] == ["    before: –", f"    now: Since 1.0.0 {label} came."]


def test_diff_says_how_many_statements_changed_and_where_to_read_them(
    run: Any, scratch: Scratch
) -> None:
    rewritten(scratch)
    told = "3 statements of the text changed"
    assert run("diff")[1].endswith(f"\n\n{told}; their words: living-review claims --changed\n")
    out = run("diff", "1.0.0")[1]
    assert out.endswith(f"\n{told}; their words: living-review claims --changed 1.0.0\n")
    scratch.commit("Claims")
    assert run("diff", "1.0.0", "HEAD")[1].endswith(f"\n{told}\n")


def test_a_sentence_that_cannot_be_printed_any_more_is_outlined(run: Any, scratch: Scratch) -> None:
    """The wording of an edition may speak of a finding that today's code does not have."""
    evidence = load_review(scratch.root)
    lost = "It is {{ tb.lost | ratio }} by {{ tb | unheard_of }}."
    (one,) = judged((evidence.claims[0].model_copy(update={"text": lost}),), find(evidence))
    assert sentences(evidence, find(evidence), [one]) == {"tb_fewer": "It is … by …."}


def test_what_claims_said_in_an_edition_that_is_lost_is_lost(run: Any, scratch: Scratch) -> None:
    shutil.rmtree(scratch.top / ".git")
    scratch.git("init", "-q", "-b", "main")
    scratch.commit("All in one")
    scratch.correct()
    scratch.commit("And rewritten")
    code, out, err = run("claims", "--changed")
    assert (code, out) == (1, "")
    assert re.fullmatch(
        r"error: claims: found no wording of the claims of edition 1\.0\.0 \(as archived\) "
        r"\(edition 1\.0\.0: .*\), wanted an edition or a revision whose evidence is there: "
        r"living-review claims --changed A\n",
        err,
    )


def test_claims_that_changed_need_an_edition(run: Any, scratch: Scratch) -> None:
    (scratch.root / "data/editions.yml").unlink()
    code, _, err = run("claims", "--changed")
    assert (code, err) == (
        1,
        "error: claims: found no edition yet, wanted one to compare with: name a revision, as "
        "living-review claims --changed HEAD\n",
    )


# --- the comment on a pull request ---------------------------------------------------------


def test_only_the_job_that_runs_no_code_of_the_pull_request_may_write() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/diff.yml").read_text("utf-8"))
    trigger = workflow[True]  # YAML 1.1 reads `on` as a truth value
    assert trigger == {"pull_request": {"paths": ["data/**"]}}
    assert workflow["permissions"] == {}
    compare_, comment = workflow["jobs"]["compare"], workflow["jobs"]["comment"]
    assert compare_["permissions"] == {"contents": "read"}
    assert comment["permissions"] == {"pull-requests": "write"}
    checkout = compare_["steps"][0]
    assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert not any("checkout" in step.get("uses", "") for step in comment["steps"])
    commands = " ".join(step.get("run", "") for step in comment["steps"])
    assert "living-review diff -->" in commands
    assert f"'{MARKER}'" in commands
    # What strangers can choose never stands in a script: it comes through the environment.
    scripts = [step["run"] for job in (compare_, comment) for step in job["steps"] if "run" in step]
    assert not any("${{" in script for script in scripts)


def test_the_command_of_the_workflow_compares_two_revisions(
    run: Any, scratch: Scratch, tmp_path: Path
) -> None:
    scratch.commit("A sixth trial")
    code, out, _ = run("diff", "HEAD~1", "HEAD", "--markdown")
    assert code == 0
    assert "Stein" in out
    shutil.rmtree(scratch.root / "editions")
    assert run("diff", "HEAD~1", "HEAD", "--markdown")[:2] == (0, out)
    assert load(read_files(scratch.root)).review.studies
