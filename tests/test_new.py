"""A review of one's own: begun, checked, rendered, filled with studies, released, continued."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from analysis import new
from analysis.cli import main
from analysis.commands.new import MEASURES
from analysis.effects import CORRELATION, ONE_GROUP, Measure, is_ratio
from analysis.effects import MEASURES as KNOWN
from analysis.errors import ReviewError
from analysis.git import Repository
from analysis.load import load
from analysis.new import Wishes, filled, id_of, new_review, put, styles
from analysis.number_words import says_number
from analysis.schema import schemas
from analysis.terms import MEASURES as NAMES
from analysis.terms import SCALES, SYMBOLS
from tests.scratch import make

pytestmark = pytest.mark.usefixtures("git_identity")

REPOSITORY = Path(__file__).parents[1]
STATINS = (
    "--title", "Statins after stroke", "--intervention", "Statins", "--comparator", "No statin",
    "--population", "Adults after ischaemic stroke", "--author", "Ann Reviewer",
)  # fmt: skip
TRIALS = (("Smith 2020", "0.85", "0.70,1.03"), ("Jones 2022", "0.90", "0.80,1.01"),
          ("Kim 2024", "0.80", "0.68,0.94"))  # fmt: skip
IN_ONE = "the folder is in the repository {}: nothing was committed, its editions go there\n"
NOT_YET = "wanted one: not yet estimable"
NEXT = """\
next:
  cd mine
  living-review check       what is missing or wrong
  living-review render      page and PDF: the plan, until studies are added
  edit data/review.yml      the question and the plan of analysis; say there who is treated (TODO)
  living-review add         the first study; fill in what says TODO, then check again
  git add -A && git commit  then, with the studies in: living-review release
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in no repository, which the command line works in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    assert main(list(words)) == code, capsys.readouterr().err
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return said.out, said.err


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def study(label: str, estimate: str, interval: str, measure: str = "RR") -> tuple[str, ...]:
    author, year = label.split()
    key = f"{author}{year}".lower()
    patients = "1500" if measure in (*ONE_GROUP, CORRELATION) else "1500,1505"
    return (
        "add", "--label", label, "--document", key, "--title", f"The trial of {label}",
        "--authors", author, "--journal", "J Trials", "--published", year,
        "--access", "abstract", "--place", "abstract", "--extracted-by", "Ann Reviewer",
        "--checked-by", "Bob Checker", "--country", "Norway", "--design", "randomised trial",
        "--population", "Adults", "--recruitment", "2010,2015", "--n", patients,
        "--follow-up", "36 months median", "--outcome", "all_cause_mortality",
        "--measure", measure, "--estimate", estimate, "--ci", interval,
        "--adjustment", "unadjusted",
    )  # fmt: skip


def page_of(capsys: pytest.CaptureFixture[str]) -> str:
    """Render the review here, and return the words of its page."""
    run(capsys, "render", "--engine", "pandoc", "--to", "html")
    page = Path("_output/index.html").read_text("utf-8").replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(re.sub("<[^>]*>", "", page).split())


def fill_in(root: Path) -> None:
    """Write what `check` lists as still to be written after `add`, as its TODOs ask for it."""
    searches = root / "data/searches.yml"
    text = searches.read_text("utf-8")
    text = text.replace("date: TODO", "date: 2026-01-10")
    text = text.replace("sources: [TODO]", "sources: [Reports known to the authors]")
    text = re.sub(r"note: 'TODO: .*'", "note: Nothing was counted.", text)
    searches.write_text(text, "utf-8")
    for file in (root / "data/studies").iterdir():
        file.write_text(re.sub(r"(?m)^note: 'TODO: .*\n", "", file.read_text("utf-8")), "utf-8")


# --- from nothing to the second edition ----------------------------------------------------


def test_from_nothing_to_the_second_edition(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "new", "mine", *STATINS)
    root = here / "mine"
    monkeypatch.chdir(root)
    assert git(root, "status", "--porcelain") == ""

    # The plan alone is a paper.
    out, err = run(capsys, "check")
    assert out == "0 studies, 0 analyses, 0 of 3 claims hold as first worded, no errors\n"
    assert err.count(NOT_YET) == 2
    assert "to do" not in err
    run(capsys, "render", "--engine", "pandoc", "--to", "html,pdf,docx")
    page = (root / "_output/index.html").read_text("utf-8")
    assert "No study is included yet; this is the plan of the review, without results." in page
    assert "No edition is released yet." in page
    assert 'id="fig-forest"' not in page
    assert (root / "_output/review.pdf").read_bytes().startswith(b"%PDF")
    assert (root / "_output/review.docx").read_bytes().startswith(b"PK")

    # One study is described and not pooled by Hartung-Knapp; two are.
    run(capsys, *study(*TRIALS[0]))
    out, err = run(capsys, "check")
    assert out.startswith("1 study, 1 analysis, 1 of 3 claims hold as first worded")
    assert "found knha with 1 study, wanted at least 2: not yet estimable" in err
    run(capsys, "render", "--engine", "pandoc", "--to", "html")
    run(capsys, *study(*TRIALS[1]))
    out, err = run(capsys, "check")
    assert out == "2 studies, 2 analyses, 2 of 3 claims hold as first worded, no errors\n"
    assert "to do" in err
    fill_in(root)
    # What a review may not lack is told, and stops nothing.
    assert re.findall(r"warning: \S+ (\w+): found", run(capsys, "check")[1]) == [
        "tools",
        "searches",
    ]
    out, _ = run(capsys, "analyse")
    # metafor::rma(yi, sei = sei, method = "REML", test = "knha"): 0.8864 (0.6428, 1.2222).
    assert re.search(r"all_cause_mortality +2 +0\.89 \(0\.64–1\.22\)", out)

    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Two trials")
    out, err = run(capsys, "release", "--yes", "--engine", "pandoc")
    assert "edition 1.0.0 is released" in out
    assert "found no tool for the risk of bias" in err
    assert "This is the first edition." in (root / "editions/1.0.0/index.html").read_text("utf-8")

    run(capsys, *study(*TRIALS[2]), "--search", "targeted_reading")
    fill_in(root)
    out, _ = run(capsys, "diff")
    assert "added: Kim 2024" in out
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "A third trial")
    out, _ = run(capsys, "release", "--yes", "--engine", "pandoc")
    assert "edition 2.0.0 is released" in out
    page = (root / "editions/2.0.0/index.html").read_text("utf-8")
    assert 'id="tbl-moved"' in page
    assert git(root, "tag") == "edition-1.0.0\nedition-2.0.0"
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Statins in old age", "Statins in old age"),
        ("Statins in old age: a living systematic review of trials", "Statins in old age"),
        (
            "Antibiotics for acute otitis media in children under the age of two years, if early",
            "Antibiotics for acute otitis media in children under the age",
        ),
        ("W" * 80, "W" * 80),
        (":", ":"),
    ],
)
def test_the_head_of_a_page_has_room_for_the_short_title(title: str, short: str) -> None:
    plan = yaml.safe_load(new_review(Wishes(title), "1.2.3")["data/review.yml"])
    assert (plan["title"], plan["short_title"]) == (title, short)


def test_every_measure_is_offered() -> None:
    assert sorted(MEASURES) == sorted(KNOWN)


@pytest.mark.parametrize(
    ("measure", "better", "said", "holds"),
    [
        ("RR", "lower", "drug.name }} did better than {{ review.arms.control", "death.est_ub < 1"),
        ("MD", "higher", "drug.name }} did better than {{ review.arms.control", "death.est_lb > 0"),
        ("ZCOR", "lower", "the correlation is negative by", "death.est_ub < 0"),
        ("ZCOR", "higher", "the correlation is positive by", "death.est_lb > 0"),
        ("PLO", "lower", "most did not have the event by", "death.natural.est_ub < 0.5"),
        ("PFT", "higher", "most had the event by", "death.natural.est_lb > 0.5"),
    ],
)
def test_the_conclusion_is_a_claim_of_its_measure(
    measure: Measure, better: str, said: str, holds: str
) -> None:
    wishes = Wishes("T", outcome="Death", intervention="Drug", measure=measure, better=better)
    files = new_review(wishes, "1.2.3")
    claim = yaml.safe_load(files["data/claims.yml"])["claims"][-1]
    assert claim["id"] == "death_conclusion"
    assert said in claim["text"]
    other = "death_common.natural" if measure in ONE_GROUP else "death.methods_agree"
    assert claim["holds"].startswith(f"death and {holds} and {other}")
    assert files["review.qmd"].decode().count('claim("death_conclusion")') == 2


@pytest.mark.parametrize("measure", MEASURES)
def test_no_claim_types_a_number(measure: Measure) -> None:
    for better in ("lower", "higher"):
        wishes = Wishes("T", outcome="Death", intervention="Drug", measure=measure, better=better)
        claims = yaml.safe_load(new_review(wishes, "1.2.3")["data/claims.yml"])["claims"]
        for text in (wording for one in claims for wording in (one["text"], one["otherwise"])):
            assert not says_number(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text))


NOT_ON_ONE_SIDE = (
    "whether drug or placebo does better is not certain; the intervals of the planned models do "
    "not all lie on one side of the null."
)
BY_EACH = "on average over these studies, {} did better than {} by each planned model;"


@pytest.mark.parametrize(
    ("better", "results", "result", "conclusion"),
    [
        ("lower", (), None, "nothing can be concluded yet."),
        ("lower", ("0.50 0.40,0.62",), None, "nothing can be concluded yet."),
        # Both intervals below the null, above it, on either side of it, and one on each.
        (
            "lower",
            ("0.50 0.45,0.56", "0.51 0.45,0.58", "0.49 0.44,0.55"),
            "excludes the null (favours drug)",
            BY_EACH.format("drug", "placebo"),
        ),
        (
            "lower",
            ("1.50 1.40,1.61", "1.51 1.41,1.62", "1.49 1.39,1.60"),
            "excludes the null (favours placebo)",
            BY_EACH.format("placebo", "drug"),
        ),
        (
            "higher",
            ("1.50 1.40,1.61", "1.51 1.41,1.62", "1.49 1.39,1.60"),
            "excludes the null (favours drug)",
            BY_EACH.format("drug", "placebo"),
        ),
        ("lower", ("0.95 0.80,1.13", "1.02 0.86,1.21"), "includes the null", NOT_ON_ONE_SIDE),
        # Hartung-Knapp of two reaches over the null, where the common-effect model does not.
        ("lower", ("0.50 0.45,0.56", "0.80 0.72,0.89"), "includes the null", NOT_ON_ONE_SIDE),
    ],
)
def test_the_conclusion_says_no_more_than_the_intervals(
    better: str,
    results: tuple[str, ...],
    result: str | None,
    conclusion: str,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arms = ("--intervention", "Drug", "--comparator", "Placebo")
    run(capsys, "new", "mine", *arms, "--better", better, "--no-git")
    monkeypatch.chdir(here / "mine")
    for at, one in enumerate(results):
        run(capsys, *study(f"Smith 202{at}", *one.split()))
    said = page_of(capsys)
    assert said.count(f"All-cause mortality: {conclusion}") == 2
    if result:
        assert said.count(f"; the interval {result}.") == 2


def test_what_was_not_done_is_said_and_what_was_is_shown(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "new", "mine", *STATINS, "--no-git")
    monkeypatch.chdir(here / "mine")
    no_search, no_bias, no_certainty = (
        "No systematic search is described",
        "risk of bias of the included studies was not assessed",
        "The certainty of the evidence has not been judged.",
    )
    said = page_of(capsys)
    assert "No search has been run yet." in said
    assert no_search not in said
    assert no_bias not in said
    for trial in TRIALS:
        run(capsys, *study(*trial))
    said = page_of(capsys)
    assert said.count(no_search) == 2
    for one in (no_bias, "The risk of bias was not assessed.", no_certainty):
        assert said.count(one) == 1
    assert "gives the result without each study." in said

    # The comments of the starter are what is to be written: a tool, and tests.
    plan = Path("data/review.yml")
    text = plan.read_text("utf-8")
    head, _, tail = text.partition("tools: []\n")
    tool, empty, rest = tail.partition("\n\n")
    text = head + re.sub("(?m)^# ?", "", tool) + empty + rest
    text = text.replace("# small_study: [egger_classic]", "small_study: [egger_classic, begg]")
    plan.write_text(
        f"{text}certainty:\n  - {{analysis: all_cause_mortality, start: high, steps: [], "
        "judged_by: Ann}\n",
        "utf-8",
    )
    judged = "quality: [{tool: rob2, overall: low, score: not stated, source: report}]\n"
    for file in Path("data/studies").glob("*.yml"):
        file.write_text(file.read_text("utf-8") + judged, "utf-8")
    searches = Path("data/searches.yml")
    text = searches.read_text("utf-8").replace("targeted reading\n", "surveillance\n")
    text = text.replace("date: TODO", "date: 2026-01-15").replace("[TODO]", "[PubMed, Embase]")
    searches.write_text(text, "utf-8")
    run(capsys, "add", "--label", "Left 2001", "--status", "excluded", "--reason", "No control.")
    said = page_of(capsys)
    for one in (no_search, no_bias, "The risk of bias was not assessed.", no_certainty):
        assert one not in said
    for one in (
        "Searched: PubMed and Embase (15 January 2026). Risk of bias: RoB 2.",
        "Small-study effects: Egger’s test (weighted regression); Begg’s rank correlation.",
        "gives the tests of small-study effects.",
        "Risk of bias by RoB 2.",
        "gives the certainty of the evidence.",
        "Left 2001",
    ):
        assert one in said


def test_a_mean_difference_asks_for_its_unit(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "new", "without", "--measure", "MD", "--no-git")
    run(capsys, "new", "with", "--measure", "MD", "--unit", "mmHg: seated", "--no-git")
    found = "outcomes[0].unit: found no unit of a mean difference"
    monkeypatch.chdir(here / "without")
    assert found in run(capsys, "check")[1]
    plan = Path("data/review.yml")
    plan.write_text(plan.read_text("utf-8").replace("# unit: days", "unit: days"), "utf-8")
    assert found not in run(capsys, "check")[1]
    monkeypatch.chdir(here / "with")
    assert found not in run(capsys, "check")[1]
    assert yaml.safe_load(Path("data/review.yml").read_text())["outcomes"][0]["unit"] == (
        "mmHg: seated"
    )
    monkeypatch.chdir(here)
    assert run(capsys, "new", "none", "--unit", "days", code=1)[1].startswith(
        "error: --unit: found a unit of an outcome of RR, wanted none: MD and GEN alone have one\n"
    )
    assert not (here / "none").exists()


@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_counted_is_asked_for_where_it_is(measure: Measure) -> None:
    files = new_review(Wishes("T", outcome="Overall survival", measure=measure), "1.2.3")
    line = next(line for line in files["data/review.yml"].decode().splitlines() if "event:" in line)
    note = "    # what is counted, as a sentence says it: death, relapse"
    counts = measure in ("HR", "OR", "RR", "RD", "IRR", "PLO", "PFT")
    assert line == f"    event: overall survival{note if counts else ''}"


@pytest.mark.parametrize("better", ["lower", "higher"])
@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_can_be_checked_and_rendered(
    measure: str,
    better: str,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(capsys, "new", "mine", "--measure", measure, "--better", better, "--no-git")
    monkeypatch.chdir(here / "mine")
    # An interval is symmetric on the scale of the analysis, and check holds results to that.
    intervals = ("0.70,1.03", "0.75,1.03") if is_ratio(measure) else ("0.72,0.98", "0.77,0.99")
    for label, estimate, interval in (
        ("Smith 2020", "0.85", intervals[0]),
        ("Jones 2022", "0.88", intervals[1]),
    ):
        whole = study(label, estimate, interval, measure)
        at, events = whole.index("--estimate"), f"{1500 * float(estimate):.0f}"
        if measure in ONE_GROUP:
            whole = (*whole[:at], "--events", events, "--result-n", "1500", *whole[at + 4 :])
        elif measure == CORRELATION:
            whole = (*whole[: at + 2], "--result-n", "1500", *whole[at + 4 :])
        run(capsys, *whole)
    out, _ = run(capsys, "check")
    assert re.match("2 studies, 2 analyses, [23] of 3 claims hold as first worded", out)
    said = page_of(capsys)
    name = "" if measure in ("GEN", "PFT") else f"{SYMBOLS[measure]} "
    value = "86." if measure == "PLO" else "0.8"
    tested = "" if measure in ONE_GROUP else "; the interval "
    sentence = rf"All-cause mortality, 2 studies pooled: {name}{value}[^;]*\([^)]*\){tested}"
    assert re.search(sentence, said)
    assert bool(re.search(r"; the interval [^.]* the null\b", said)) == bool(tested)
    # What is said of the measure follows the plan, should that become another.
    assert f"Measure: {NAMES[measure]}, with 95% confidence intervals" in said
    assert f"Studies are pooled by inverse variance, {SCALES[measure]}." in said
    assert "The review includes 2 randomised trials." in said
    assert "on this outcome: all-cause mortality." in said
    assert "Eligible studies: randomised controlled trials." in said
    assert "95% prediction interval: " in said
    assert "continuity correction" not in said


@pytest.mark.parametrize("measure", ["RR", "PLO"])
def test_the_text_names_a_continuity_correction(
    measure: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "new", "mine", "--measure", measure, "--no-git")
    monkeypatch.chdir(here / "mine")
    for label, events in (("Smith 2020", "0,4"), ("Jones 2022", "3,5")):
        whole = study(label, "", "", measure)
        at, arms = whole.index("--estimate"), 1 if measure == "PLO" else 2
        counts = (",".join(events.split(",")[:arms]), ",".join(("50", "50")[:arms]))
        run(capsys, *whole[:at], "--events", counts[0], "--result-n", counts[1], *whole[at + 4 :])
    added = "0.5 is added to the counts of"
    zero = "Where nobody or everybody in a group had the event, "
    assert page_of(capsys).count(f"{zero}{added} the study (a continuity correction).") == 1
    if measure == "RR":
        plan = Path("data/review.yml")
        at_all = plan.read_text().replace(
            "\n    test:", "\n    continuity: {to: all}\n    test:", 1
        )
        plan.write_text(at_all)
        said = page_of(capsys)
        assert f". {added} every study (a continuity correction)." in said
        assert zero not in said


def test_the_text_names_the_method_that_pools(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "new", "mine", "--measure", "RR", "--no-git")
    monkeypatch.chdir(here / "mine")
    plan = Path("data/review.yml")
    text = plan.read_text("utf-8")
    told = []
    for pooling in ("inverse_variance", "mantel_haenszel"):
        assert text.count("    method: EE\n") == 1
        added = f"    method: EE\n    pooling: {pooling}\n"
        plan.write_text(text.replace("    method: EE\n", added), "utf-8")
        told.append(page_of(capsys))
    whole = "Studies are pooled by inverse variance, ratios on the log scale."
    but = "Unless another method is named, studies are pooled by inverse variance, ratios on the"
    assert whole in told[0]
    assert "common-effect model (Wald interval)" in told[0]
    assert whole not in told[1]
    assert but in told[1]
    assert "common-effect model (Mantel-Haenszel, Wald interval)" in told[1]


# --- what is written -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "It’s “quoted”: 'x' \"y\" # no comment",
        "{{ counts }} {% if %} {{< env HOME >}} `r 1` @ref <b>",
        "[a, b]: {c}",
        "- * 1. 95% of 12",
        "«title» «x»",
        "Übersicht – 心",
    ],
)
def test_any_title_prints_as_it_is_written(
    title: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "new", "mine", "--title", title, "--outcome", title + " x", "--no-git")
    monkeypatch.chdir(here / "mine")
    assert load_title(here / "mine") == (title, title + " x")
    run(capsys, "check")
    run(capsys, "render", "--engine", "pandoc", "--to", "html")


def load_title(root: Path) -> tuple[str, str]:
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in (root / "data").rglob("*")
        if path.is_file()
    }
    plan = load(files).review.plan
    return plan.title, plan.outcomes[0].label


def test_no_place_is_left_unfilled_and_nothing_is_of_another_review() -> None:
    files = new_review(Wishes("A title"), "1.2.3")
    for name, content in files.items():
        if not name.startswith(("templates/", "schemas/")):
            text = content.decode()
            assert not re.search("«[a-z_]*»", text), name
            assert not re.search(r"(?i)\bIMN|\bJia\b|breast", text), name
    there = [name for name in files if name.startswith(("editions/", "data/studies/"))]
    assert there == ["data/studies/.gitkeep"]
    assert "data/published.yml" not in files
    assert b"living-review==1.2.3" in files["requirements.txt"]


def test_every_reference_is_cited_and_every_citation_has_one() -> None:
    files = new_review(Wishes("A title"), "1.2.3")
    keys = set(re.findall(r"(?m)^@\w+\{(\w+),", files["data/references.bib"].decode()))
    cited = set(re.findall(r"\[@(\w+)\]", files["review.qmd"].decode()))
    assert keys == cited - {"key"}  # [@key] is the example in a comment


def test_the_styles_are_those_of_this_repository() -> None:
    found = styles()
    assert {"templates/page.css", "templates/paper.typ", "templates/prerender.py"} <= set(found)
    for name, content in found.items():
        assert content == (REPOSITORY / name).read_bytes()
    kept = {path.name for path in (REPOSITORY / "templates").iterdir() if path.is_file()}
    others = kept - {Path(name).name for name in found}
    assert {Path(name).suffix for name in others} <= {".qmd", ".yml"}


def test_the_schemas_are_those_of_the_program() -> None:
    files = new_review(Wishes("A title"), "1.2.3")
    assert {name: files[name].decode() for name in schemas()} == schemas()


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("All-cause mortality", "all_cause_mortality"),
        ("5-year survival", "year_survival"),
        ("Épilepsie", "epilepsie"),
        ("IMNI", "imni"),
        ("  α-blocker ", "blocker"),
        ("Größe", "grosse"),
        ("Systolic blood pressure at 12 months", "systolic_blood_pressure"),
        ("Twenty four letters long", "twenty_four_letters_long"),
        ("Twenty four letters longer", "twenty_four_letters"),
        ("Pneumonoultramicroscopicsilicovolcanoconiosis", "pneumonoultramicroscopic"),
    ],
)
def test_an_id_is_made_of_a_name(text: str, id_: str) -> None:
    assert id_of(text) == id_


@pytest.mark.parametrize("outcome", ["Studies", "Counts", "Flow", "Editions"])
def test_an_outcome_named_as_templates_name_something_gets_another_id(outcome: str) -> None:
    files = new_review(Wishes("A title", outcome=outcome), "1.2.3")
    assert f"  - id: {outcome.lower()}_outcome\n" in files["data/review.yml"].decode()
    load({name: content for name, content in files.items() if name.startswith("data/")})


def test_a_short_name_of_the_outcome_is_its_id_too() -> None:
    files = new_review(Wishes("A title", outcome="Overall survival", short="OS"), "1.2.3")
    plan = load(
        {name: data for name, data in files.items() if name.startswith("data/")}
    ).review.plan
    (outcome,) = plan.outcomes
    assert (outcome.id, outcome.label, outcome.short) == ("os", "Overall survival", "OS")
    assert [analysis.id for analysis in plan.analyses] == ["os", "os_common"]


def test_what_stands_in_a_filled_place_is_not_filled_again() -> None:
    assert filled("«a» «b»", {"a": "«b»", "b": "1"}) == "«b» 1"


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (
            Wishes("T", intervention="No drug", comparator="no  drug!"),
            "found 'No drug' and 'no  drug!', which are both no_drug as an id, "
            "wanted two names that differ",
        ),
        (Wishes("T", outcome="心"), "found '心', wanted a name with a letter from a to z"),
        (Wishes("a\nb"), "found 'a\\nb', wanted printable text of one line"),
    ],
)
def test_wishes_that_cannot_be(wishes: Wishes, message: str) -> None:
    with pytest.raises(ReviewError) as raised:
        new_review(wishes, "1.2.3")
    assert str(raised.value) == message


# --- where it is written -------------------------------------------------------------------


def snapshot(folder: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_with_something_in_it_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "mine").mkdir()
    (here / "mine/notes.txt").write_text("kept")
    (here / "mine/zebra").mkdir()
    before = snapshot(here)
    _, err = run(capsys, "new", "mine", code=1)
    wanted = "wanted a folder that is new or empty"
    assert err == f"error: {here / 'mine'}: found notes.txt and 1 more in it, {wanted}\n"
    assert snapshot(here) == before
    _, err = run(capsys, "new", "mine/notes.txt", code=1)
    assert err == f"error: {here / 'mine/notes.txt'}: found a file, {wanted}\n"
    assert snapshot(here) == before


def test_twice_in_one_folder_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "new", "mine", "--no-git")
    before = snapshot(here)
    _, err = run(capsys, "new", "mine", code=1)
    assert "found .gitignore and" in err
    assert snapshot(here) == before


def test_what_it_tells(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = run(capsys, "new", "mine")
    count = sum(1 for path in (here / "mine").rglob("*") if path.is_file() and ".git" not in
                path.relative_to(here / "mine").parts)  # fmt: skip
    assert out == f"{here / 'mine'}: {count} files\n{NEXT}"
    assert err == "a repository of git was made, with a first commit\n"
    assert git(here / "mine", "log", "--format=%s %an") == "Begin the review Ann Reviewer"
    assert git(here / "mine", "branch", "--show-current") == "main"
    assert "title: Mine\n" in (here / "mine/data/review.yml").read_text("utf-8")


def test_the_title_is_made_from_the_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "new", "my-first_review", "--no-git")
    text = (here / "my-first_review/data/review.yml").read_text("utf-8")
    assert "title: My first review\n" in text


def test_in_a_repository_nothing_is_committed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(here, "init", "--quiet")
    _, err = run(capsys, "new", "mine")
    assert err == IN_ONE.format(here)
    assert not (here / "mine/.git").exists()


def test_beside_the_editions_of_another_review_it_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = make(here / "host", "reviews/first")
    host.publish("1.0.0", tag=True)
    before = host.snapshot()
    said = (
        "error: {}: found the repository {}, which has editions of a review ({}), wanted a "
        "folder outside of it: the editions of two reviews would share their tags\n"
    )
    listed = "reviews/first/data/editions.yml"
    for folder in ("host/inside", "host/reviews/deep/inside"):
        for more in ((), ("--no-git",)):
            _, err = run(capsys, "new", folder, *more, code=1)
            assert err == said.format(here / folder, here / "host", listed)
    assert host.snapshot() == before
    # The tag is what a second review would stumble over, whatever is left of the first.
    (host.root / "data/editions.yml").write_text("editions: []\n", "utf-8")
    _, err = run(capsys, "new", "host/inside", code=1)
    assert err == said.format(here / "host/inside", here / "host", "tag edition-1.0.0")
    host.git("tag", "--delete", "edition-1.0.0")
    (host.root / "data/editions.yml").write_text("editions: TODO\n", "utf-8")
    _, err = run(capsys, "new", "host/inside", code=1)
    assert err == said.format(here / "host/inside", here / "host", listed)
    (host.root / "data/editions.yml").unlink()
    _, err = run(capsys, "new", "host/inside")
    assert err == IN_ONE.format(here / "host")


def test_an_empty_clone_beside_editions_is_a_repository_of_its_own(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(here / "host").publish("1.0.0", tag=True)
    git(here / "host", "init", "--quiet", "inside")
    _, err = run(capsys, "new", "host/inside")
    assert err == IN_ONE.format(here / "host/inside")


def test_an_empty_clone_is_an_empty_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(here, "init", "--quiet", "mine")
    _, err = run(capsys, "new", "mine")
    assert err == IN_ONE.format(here / "mine")
    assert (here / "mine/review.qmd").exists()


def test_without_git_there_is_no_repository_and_it_is_said(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(here))
    _, err = run(capsys, "new", "mine")
    assert err == (
        "no repository was made (git: found no such program, wanted it: the editions of a "
        "review are kept in git (https://git-scm.com/downloads))\n"
    )
    assert (here / "mine/review.qmd").exists()


def test_without_a_name_for_git_nothing_is_committed_and_it_is_said(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME",
                 "GIT_COMMITTER_EMAIL", "EMAIL"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    config = here / "config"
    config.write_text("[user]\n\tuseConfigOnly = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    _, err = run(capsys, "new", "mine")
    assert err == (
        "a repository was made, nothing committed yet: say who you are (git config --global "
        "user.name NAME; git config --global user.email ADDRESS), then git commit -m 'Begin the "
        "review'\n"
    )
    assert git(here / "mine", "diff", "--cached", "--name-only").count("\n") > 10


def test_a_hook_that_refuses_the_commit_is_told(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = here / "hooks/pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho not on a Monday >&2\nexit 1\n")
    hook.chmod(0o755)
    (here / "config").write_text(f"[core]\n\thooksPath = {hook.parent}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(here / "config"))
    _, err = run(capsys, "new", "mine")
    assert err == (
        "a repository was made, nothing committed yet (git commit: not on a Monday): mend it, "
        "then git commit -m 'Begin the review'\n"
    )


def test_a_git_that_makes_no_repository_is_told(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git_ = here / "bin/git"
    git_.parent.mkdir()
    git_.write_text("#!/bin/sh\necho fatal: not a git repository, today >&2\nexit 128\n")
    git_.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git_.parent}{os.pathsep}{os.environ['PATH']}")
    _, err = run(capsys, "new", "mine")
    assert err == "no repository was made (git init: fatal: not a git repository, today)\n"
    assert (here / "mine/review.qmd").exists()


def test_a_file_that_cannot_be_written_leaves_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path, content: bytes) -> bool:
        if path.name == "b":
            raise OSError(28, "No space left on device", str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return True

    monkeypatch.setattr(new, "write_file", fails)
    with pytest.raises(OSError, match="No space left"):
        put(here / "mine", {"x/a": b"1", "b": b"2"})
    assert not (here / "mine").exists()
    (here / "there").mkdir()
    with pytest.raises(OSError, match="No space left"):
        put(here / "there", {"x/a": b"1", "b": b"2"})
    assert list((here / "there").iterdir()) == []


# --- from an installed package -------------------------------------------------------------


def test_a_built_package_begins_a_review_as_a_clone_does(here: Path) -> None:
    source = here / "source"
    for name in ("analysis", "templates"):
        left = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(REPOSITORY / name, source / name, ignore=left)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "_quarto.yml"):
        shutil.copy(REPOSITORY / name, source / name)
    command = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(here / "built")]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    shutil.rmtree(source)
    begin = (
        "import sys; from pathlib import Path; import analysis; from analysis.new import *;"
        "assert Path(analysis.__file__).is_relative_to(sys.argv[1]);"
        "put(Path(sys.argv[2]), new_review(Wishes('A title'), '1.2.3'))"
    )
    for folder, package in (("built", here / "built"), ("clone", REPOSITORY)):
        subprocess.run(
            [sys.executable, "-c", begin, str(package), str(here / f"by_{folder}")],
            check=True,
            env={**os.environ, "PYTHONPATH": str(package)},
        )
    made = {
        folder: {
            path.relative_to(here / folder).as_posix(): path.read_bytes()
            for path in (here / folder).rglob("*")
            if path.is_file()
        }
        for folder in ("by_built", "by_clone")
    }
    assert made["by_built"] == made["by_clone"]
    assert "templates/paper.typ" in made["by_built"]


def test_the_repository_is_made_where_it_is_meant(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As a hook of git would set it for another repository.
    git(here, "init", "--quiet", "other")
    monkeypatch.setenv("GIT_DIR", str(here / "other/.git"))
    run(capsys, "new", "mine")
    made = Repository(here / "mine", "", here / "mine/.git", here / "mine/.git", shallow=False)
    assert made.line("log", "--format=%s") == "Begin the review"


def test_two_studies_of_different_measures_are_not_pooled_and_stop_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "new", "mine", *STATINS)
    monkeypatch.chdir(here / "mine")
    run(capsys, *study(*TRIALS[0]))
    label, estimate, interval = TRIALS[1][:3]
    run(capsys, *study(label, estimate, interval, "HR"))
    out, _ = run(capsys, "check")
    assert out.startswith("2 studies, 1 analysis, 2 of 3 claims hold as first worded")
    run(capsys, "prepare")
    text = (here / "mine/index.qmd").read_text("utf-8")
    assert "All-cause mortality: the studies that report it cannot be pooled yet." in text
    assert "nothing can be concluded yet." in text
