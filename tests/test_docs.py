"""The README and docs/: what they tell to type and to write is what the program takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from analysis import build
from analysis.cli import COMMANDS, _parser, main
from analysis.essentials import essentials
from analysis.load import load
from analysis.plan import find
from analysis.project import read_project

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "docs/your-review.md", "docs/manuscript.md",
         "docs/data.md", "analysis/starter/README.md")  # fmt: skip
GUIDE = (ROOT / "docs/your-review.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    found = re.findall(rf"(?ms)^( *)```{language}\n(.*?)^ *```$", text)
    return [re.sub(rf"(?m)^{indent}", "", block) for indent, block in found]


def commands(text: str) -> list[list[str]]:
    """Return each living-review command of the shell blocks, as words."""
    lines = "\n".join(blocks(text, "sh")).replace("\\\n", " ").split("\n")
    every = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in every if words[:1] == ["living-review"]]


@pytest.mark.parametrize(
    "options",
    [
        shlex.split(code)
        for row in re.findall(r"(?m)^\| [A-Za-z, ]+ \|[^|]*`\w+`[^|]*\|(.*--.*)\|$", GUIDE)
        for code in re.findall(r"`([^`]+)`", row)
    ],
    ids=" ".join,
)
def test_the_numbers_of_each_measure_are_options(options: list[str]) -> None:
    _parser().parse_args(["add", "--label", "X", "--outcome", "os", *options])
    supposed = ["--n" if word == "--total" else word for word in options]
    _parser().parse_args(["what-if", "--study", "x", "--outcome", "os", *supposed])


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one_that_can_be_typed(page: str) -> None:
    for words in commands((ROOT / page).read_text("utf-8")):
        _parser().parse_args(words)  # ends the test where it is wrong


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = set(re.findall(r"`living-review ([a-z][a-z-]*)", text))
    assert named <= set(COMMANDS)


def test_the_readme_lists_every_command() -> None:
    table = (ROOT / "README.md").read_text("utf-8").split("## All commands")[1].split("\n## ")[0]
    rows = [row.split(" | ")[0] for row in table.split("\n") if row.startswith("| `")]
    listed = [name for row in rows for name in re.findall(r"`([a-z-]+)", row)]
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize("page", PAGES[:-1])
def test_every_link_leads_somewhere(page: str) -> None:
    path = ROOT / page
    said = re.sub(r"`[^`\n]*`", "", path.read_text("utf-8"))  # code is no link
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", said):
        assert (path.parent / target).exists(), target
    for file, anchor in re.findall(r"\]\(([^)#:]*)#([^)]*)\)", said):
        text = (path.parent / file).read_text("utf-8")
        heads = re.findall(r"(?m)^#+ (.*)$", text)
        slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert anchor in slugs


def begun(folder: Path) -> Path:
    """The guide's review with its two studies, its claim and its searches."""
    first = commands(GUIDE)[0]
    assert first[:2] == ["new", "statins"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main([*first, "--no-git"]) == 0
    root = folder / "statins"
    _, _, study, claim, _, search, *_ = blocks(GUIDE, "yaml")
    second = study.replace("example_2020", "example_2021").replace("Example 2020", "Example 2021")
    # Another result: Hartung-Knapp has no interval for two that are alike.
    second = second.replace("0.90", "0.85").replace("[0.80, 1.01]", "[0.76, 0.95]")
    second = second.replace("p: 0.08", "p: 0.004")
    # Of other patients: it is registered, and reported, by itself.
    second = second.replace("example2020", "example2021").replace("NCT00000000", "NCT00000001")
    (root / "data/studies/example-2020.yml").write_text(study, "utf-8")
    (root / "data/studies/example-2021.yml").write_text(second, "utf-8")
    with (root / "data/references.bib").open("a", encoding="utf-8") as file:
        for year in (2020, 2021):
            fields = f"  title = {{A made-up report}},\n  year = {{{year}}},\n"
            file.write(f"\n@article{{example{year},\n{fields}}}\n")
    with (root / "data/claims.yml").open("a", encoding="utf-8") as file:
        file.write(re.sub("(?m)^(?=.)", "  ", claim))
    # The update brought in the second study; the first is of a search before it.
    update = re.sub("(?m)^(?=.)", "  ", search)
    first_search = (
        "  - {id: first_search, kind: systematic search, date: 2026-01-15,\n"
        "     sources: [PubMed, Embase], studies: [example_2020]}\n"
    )
    (root / "data/searches.yml").write_text(f"searches:\n{first_search}{update}", "utf-8")
    text = (root / "review.qmd").read_text("utf-8")
    before = "How far the results can be trusted"
    assert text.count(before) == 1
    added = '{{ claim("all_cause_mortality_benefit") }} '
    fixed = '[two]{.fixed reason="definition"} reviewers read each report. '
    assert 'reason="definition"} reviewers read each report' in GUIDE
    text = text.replace(before, f"{added}{fixed.capitalize()}{before}")
    (root / "review.qmd").write_text(text, "utf-8")
    return root


def test_the_guide_s_study_and_claim_are_sound(tmp_path: Path) -> None:
    project = read_project(begun(tmp_path))
    examined = build.examine(project)
    assert examined.warnings == ()
    loaded = load(project.data)
    lacking = [problem.where for problem in essentials(loaded, None)]
    assert lacking == ["tools", "searches[0].counts"]
    (checklist,) = (text for text in blocks(GUIDE, "yaml") if text.startswith("checklists:"))
    assert [one.where for one in essentials(loaded, checklist.encode())] == lacking[1:]
    assert loaded.todos == ()
    counts = loaded.review.searches[1].counts
    assert counts is not None
    assert (counts.full_text, counts.included) == (4, 1)
    # With one degree of freedom the interval of the random-effects model reaches over the null.
    assert "is not certain" in examined.manuscript.text


def test_a_result_is_corrected_as_the_guide_says(tmp_path: Path) -> None:
    root = begun(tmp_path)
    file = root / "data/studies/example-2020.yml"
    head, _, _ = file.read_text("utf-8").partition("results:\n")
    source = re.search(r"(?ms)^  report:\n(    .*?\n)(?=\S)", head)
    assert source
    head = head.replace("sources:\n", f"sources:\n  erratum:\n{source[1]}", 1)
    file.write_text(head + blocks(GUIDE, "yaml")[-3], "utf-8")
    review = load(read_project(root).data).review
    (row,) = [
        one for one in find(review).analyses["all_cause_mortality"].rows
        if one.study == "example_2020"
    ]  # fmt: skip
    stated = [float(one.estimate or 0) for one in review.by_id["example_2020"].results]
    assert (stated, row.est) == ([0.90, 0.95], 0.95)


@pytest.mark.parametrize("at", [-2, -1], ids=["superseded", "retracted"])
def test_a_study_leaves_as_the_guide_says(tmp_path: Path, at: int) -> None:
    root = begun(tmp_path)
    left = blocks(GUIDE, "yaml")[at].replace("later_2027", "example_2021")
    file = root / "data/studies/example-2020.yml"
    text = file.read_text("utf-8")
    assert text.count("status: included\n") == 1
    file.write_text(text.replace("status: included\n", left), "utf-8")
    project = read_project(root)
    study = load(project.data).review.by_id["example_2020"]
    assert study.status == left.split()[1]
    assert (study.superseded_by, study.retracted) in (("example_2021", None), (None, "2026-10"))
    # With one study left no claim has a result to speak of, and none stops the build.
    text = build.examine(project).manuscript.text
    assert "Whether fewer patients die with statins is not certain." in text


def test_the_guide_s_fuller_plan_is_sound_and_shows_in_the_paper(tmp_path: Path) -> None:
    root = begun(tmp_path)
    plan, parts, *_ = blocks(GUIDE, "yaml")
    changed = {root / "data/review.yml": plan}
    changed |= dict.fromkeys((root / "data/studies").glob("*.yml"), parts)
    for file, added in changed.items():
        if file.stem.endswith("2021"):  # Hartung-Knapp has no interval for two that are alike
            added = added.replace("mean: 12.1", "mean: 11.4")
        value = yaml.safe_load(file.read_text("utf-8"))
        for key, more in yaml.safe_load(added).items():
            whole = value.get(key) or type(more)()
            value[key] = {**whole, **more} if isinstance(more, dict) else [*whole, *more]
        file.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), "utf-8")
    called = {
        "tbl-characteristics": 'table("characteristics", characteristics=("severity",), ',
        "tbl-severity": 'table("subgroups", ',
        "tbl-absolute": 'table("absolute", ',
    }
    asked = "".join(
        f'\n\nSee @{id_}.\n\n{{% call {call}id="{id_}") %}}C.{{% endcall %}}\n'
        for id_, call in called.items()
    )
    text = (root / "review.qmd").read_text("utf-8")
    (root / "review.qmd").write_text(text + asked, "utf-8")
    examined = build.examine(read_project(root))
    text = examined.manuscript.text
    for told in (
        "Severity at entry",
        "Mild",
        "Missing outcome data",
        "Moderate (start\\: high).",
        "MD, points",
        "figures/quality.svg",
    ):
        assert told in text


def test_the_guide_s_update_is_described_before_its_study_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*commands(GUIDE)[0], "--no-git"]) == 0
    monkeypatch.chdir(tmp_path / "statins")
    searches = Path("data/searches.yml")
    search = blocks(GUIDE, "yaml")[5].replace("studies: [example_2021]", "studies: []")
    searches.write_text("searches:\n" + re.sub("(?m)^(?=.)", "  ", search), "utf-8")
    said = ["--label", "Example 2021", "--outcome", "all_cause_mortality"]
    said += ["--rr", "0.90", "--ci", "0.80,1.01"]
    (words,) = (words for words in commands(GUIDE) if words[:2] == ["add", "--search"])
    assert main([*words, *said]) == 0
    assert "studies: [example_2021]" in searches.read_text("utf-8")
    capsys.readouterr()
    assert main(["check"]) == 0
    # --search NEW
    assert main(["add", "--search", "new", "--label", "Other 2022"]) == 0
    assert "- id: new\n    kind: targeted reading\n" in searches.read_text("utf-8")


def test_the_guide_s_study_has_the_length_of_a_study() -> None:
    assert 30 <= blocks(GUIDE, "yaml")[2].count("\n") <= 45
