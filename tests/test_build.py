"""The whole way, for a second tiny review of another topic: data to page, PDF and DOCX.

The tiny review also proves that the package knows nothing of the review that it ships with.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis import build, rendering
from analysis.cli import main
from analysis.engines import pandoc, program
from analysis.errors import RenderError, TemplateError
from analysis.project import CHECKLISTS, MAX_BYTES, Project, make_project, read_project

ROOT = Path(__file__).parent.parent
HASH = re.compile(r"[0-9a-f]{4}( [0-9a-f]{4}){2}")  # of the evidence, which did change
STYLES = ("page.html", "page.css", "page.js", "paper.typ", "paper-show.typ", "references.csl")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return a copy of the tiny review, with the styles of this one."""
    root = tmp_path / "tiny"
    shutil.copytree(ROOT / "tests" / "tiny", root)
    (root / "templates").mkdir(exist_ok=True)
    for name in STYLES:
        shutil.copy(ROOT / "templates" / name, root / "templates" / name)
    shutil.copy(ROOT / "_quarto.yml", root)
    return root


def rendered(root: Path, *to: str) -> dict[str, bytes]:
    project = read_project(root)
    return rendering.render(build.examine(project), project, to or ("html",), "pandoc")


class Numbers(HTMLParser):
    """Every printed number of a page, by its findings key, in reading order."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.text: list[str] = []
        self._keys: list[str | None] = []
        self._hidden = 0
        self.feed(page.decode("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden += 1
        if tag == "span":
            self._keys.append(dict(attrs).get("data-key"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden -= 1
        if tag == "span" and self._keys:
            self._keys.pop()

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self.text.append(data)
        if self._keys and self._keys[-1]:
            self.found.append((self._keys[-1], data))


def code_words(path: Path) -> str:
    """Return the names and strings of a module; its docstrings may give examples."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    words = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.append("" if id(node) in docstrings else node.value)
        elif isinstance(node, ast.Name):
            words.append(node.id)
        elif isinstance(node, ast.Attribute):
            words.append(node.attr)
    return " ".join(words).lower()


def test_the_package_knows_no_topic() -> None:
    topic = ("imni", "mammary", "breast", "jia", "krog", "dbcg", "nodal", "axilla", "tubercul")
    modules = sorted((ROOT / "analysis").rglob("*.py"))
    assert len(modules) > 50
    told = [
        f"{path.name}: {word}" for path in modules for word in topic if word in code_words(path)
    ]
    assert told == []


def test_another_topic_renders_in_every_format(tiny: Path) -> None:
    files = rendered(tiny, "html", "pdf", "docx")
    assert set(files) == {
        "index.html", "review.pdf", "review.docx", "findings.json",
        "figures/forest.svg", "figures/forest.png", "figures/flow.svg", "figures/flow.png",
    }  # fmt: skip
    assert files["review.pdf"].startswith(b"%PDF")
    assert files["review.docx"].startswith(b"PK")
    assert b"Favours BCG" not in files["index.html"]  # it stands in the picture, as outlines
    page = Numbers(files["index.html"])
    assert "BCG vaccine against tuberculosis" in page.text


def test_a_variable_of_quarto_is_read_where_quarto_reads_it(tiny: Path) -> None:
    (tiny / "_variables.yml").write_text("contact: {name: Ann Reviewer}\n")
    with (tiny / "review.qmd").open("a") as file:
        file.write("\nWrite to {{< var contact.name >}}.\n")
    project = read_project(tiny)
    source = rendering.source_of(build.examine(project), project)
    assert source.files["_variables.yml"] == b"contact: {name: Ann Reviewer}\n"
    assert b"Write to Ann Reviewer." in rendered(tiny)["index.html"]


def test_no_number_reaches_the_text_as_a_variable(tiny: Path) -> None:
    text = "contact:\n  name: Ann Reviewer\n  rooms: [first, 17 deaths]\nshare: 0.5\n"
    text += "doi: https://osf.io/ab12c\nmail: ann.2020@example.org\n"
    (tiny / "_variables.yml").write_text(text)
    with pytest.raises(TemplateError) as caught:
        build.examine(read_project(tiny))
    wanted = "wanted none (or a fixed term of data/review.yml): a number in the text is a finding"
    assert str(caught.value) == (
        f"_variables.yml:3 contact.rooms[1]: found the number '17', {wanted}\n"
        f"_variables.yml:4 share: found the number '0.5', {wanted}"
    )


def test_variables_that_are_no_yaml_are_told_by_check(tiny: Path) -> None:
    (tiny / "_variables.yml").write_text("a: [1\n")
    with pytest.raises(TemplateError) as caught:
        build.examine(read_project(tiny))
    assert str(caught.value) == (
        "_variables.yml:1: found a list that opens with '[' and never closes, wanted ']'"
    )


def test_two_builds_are_the_same_to_the_byte(tiny: Path) -> None:
    assert rendered(tiny, "html", "pdf", "docx") == rendered(tiny, "html", "pdf", "docx")


def test_two_processes_build_the_same_bytes(tiny: Path) -> None:
    """Hash seeds, locale and time differ between processes; the paper does not."""
    made = []
    for seed in ("1", "2"):
        output = tiny / f"out{seed}"
        subprocess.run(
            [
                sys.executable, "-m", "analysis.cli", "render", "--root", str(tiny),
                "--to", "html,pdf", "--engine", "pandoc", "--output", str(output), "--quiet",
            ],
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
        )  # fmt: skip
        made.append({path.name: path.read_bytes() for path in output.rglob("*.*")})
    assert made[0] == made[1]


def test_a_changed_number_changes_what_depends_on_it_and_nothing_else(tiny: Path) -> None:
    before = Numbers(rendered(tiny)["index.html"])
    study = tiny / "data" / "studies" / "hart-sutherland-1977.yml"
    text = study.read_text(encoding="utf-8")
    assert "events: 62" in text
    study.write_text(text.replace("events: 62", "events: 162"), encoding="utf-8")
    after = Numbers(rendered(tiny)["index.html"])
    assert [key for key, _ in before.found] == [key for key, _ in after.found]
    changed = {a[0] for a, b in zip(before.found, after.found, strict=True) if a != b}
    # Every pooled number moved; counts of trials and of the search did not.
    assert {"tb.est", "tb.est_lb", "tb.est_ub", "tb.tau2"} <= changed
    assert not {
        key for key in changed if key.startswith(("counts.", "flow.")) or key.endswith(".k")
    }
    # Between the numbers, the text is the same to the letter but for the study's own result.
    words = [
        [word for word in page.text if word not in dict.fromkeys(n for _, n in page.found)]
        for page in (before, after)
    ]
    differing = [
        (old, new)
        for old, new in zip(*words, strict=True)
        if old.replace("<", "=") != new.replace("<", "=")  # the sign of a P value goes with it
        and not HASH.fullmatch(old)
    ]
    assert [(old.replace("62/", "162/"), new) for old, new in differing] == [
        (new, new) for _, new in differing
    ]
    assert len(differing) == 1


def broken(root: Path) -> Iterator[tuple[str, str]]:
    """Yield ways of breaking the review, and what the message must name."""
    yield "data/studies/aronson-1948.yml", "status: included"
    yield "review.qmd", "{{ tb | estimate_p }}"


@pytest.mark.parametrize("at", [0, 1])
def test_a_failed_build_leaves_the_last_output(
    tiny: Path, capsys: pytest.CaptureFixture[str], at: int
) -> None:
    arguments = ["render", "--root", str(tiny), "--to", "html", "--engine", "pandoc", "--quiet"]
    assert main(arguments) == 0
    before = {p: p.read_bytes() for p in (tiny / "_output").rglob("*") if p.is_file()}
    name, old = list(broken(tiny))[at]
    text = (tiny / name).read_text(encoding="utf-8")
    (tiny / name).write_text(
        text.replace(old, old.replace("d", "q", 1).replace("tb", "tbb"), 1), encoding="utf-8"
    )
    capsys.readouterr()
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert f"error: {name}:" in said
    assert said.endswith("nothing was written\n")
    assert {p: p.read_bytes() for p in (tiny / "_output").rglob("*") if p.is_file()} == before


def test_a_claim_that_fails_stops_the_build_where_it_is_printed(tiny: Path) -> None:
    claims = tiny / "data" / "claims.yml"
    text = claims.read_text(encoding="utf-8")
    claims.write_text(text.replace("tb.est < 1 and", "tb.est > 1 and"), encoding="utf-8")
    with pytest.raises(TemplateError) as caught:
        build.examine(read_project(tiny))
    assert str(caught.value).startswith("review.qmd:2 claim tb_fewer: found tb.est = 0.")
    assert str(caught.value).endswith(
        "wanted tb.est > 1 and tb_random.est_ub < 1: the claim no longer holds and has no other "
        "wording, rewrite it at data/claims.yml:5"
    )


def test_the_review_of_this_repository_renders() -> None:
    """The real review: every claim prints, every warning has its reason."""
    project: Project = read_project(ROOT)
    examined = build.examine(project)
    assert [str(warning) for warning in examined.warnings] == []
    assert all(outcome.wording for outcome in examined.claims)


def test_a_byte_order_mark_is_no_part_of_a_text(tiny: Path) -> None:
    plain = rendered(tiny)["index.html"]
    for path in [tiny / "review.qmd", *(tiny / "templates").glob("*.qmd")]:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert not any("\ufeff" in text for text in read_project(tiny).sources.values())
    assert rendered(tiny)["index.html"] == plain


def test_a_label_behind_a_byte_order_mark_is_read() -> None:
    files = {
        "review.qmd": b"\xef\xbb\xbf@sec-a\r\n",
        "templates/a.qmd": b"\xef\xbb\xbf# A {#sec-a}",
    }
    made = make_project({}, files)
    assert made.sources == {"review.qmd": "@sec-a\n", "templates/a.qmd": "# A {#sec-a}"}
    assert made.originals == files


def test_a_text_beyond_its_bound(tiny: Path) -> None:
    path = tiny / "review.qmd"
    text = path.read_bytes()
    path.write_bytes(text + b"\n" * (MAX_BYTES - len(text)))
    assert read_project(tiny).sources
    path.write_bytes(text + b"\n" * (MAX_BYTES - len(text) + 1))
    with pytest.raises(TemplateError) as caught:
        read_project(tiny)
    assert str(caught.value) == (
        "review.qmd:1: found 1,000,001 bytes, wanted at most 1,000,000: no manuscript needs more"
    )


def test_ctrl_c_while_pandoc_reads_is_an_interruption(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The terminal sends Ctrl-C to pandoc as well, which dies of it, perhaps first."""
    dying = tmp_path / "pandoc"
    dying.write_text("#!/bin/sh\nkill -INT $$\n", encoding="utf-8")
    dying.chmod(0o755)
    monkeypatch.setattr(program, "pandoc_path", lambda: str(dying))
    with pytest.raises(KeyboardInterrupt):
        rendered(tiny)


def test_ctrl_c_is_not_replaced_by_what_pandoc_says(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis import figures

    def failed(source: object) -> None:
        raise RenderError("pandoc, reading index.qmd: exit code 1")

    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pandoc, "read", failed)
    monkeypatch.setattr(figures, "layout", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rendered(tiny)


def test_a_place_of_a_checklist_that_the_manuscript_lacks_stops_the_build() -> None:
    project = read_project(ROOT)
    wrong = project.styles[CHECKLISTS].replace(b"sec-search", b"sec-nowhere", 1)
    with pytest.raises(TemplateError) as caught:
        build.examine(replace(project, styles={**project.styles, CHECKLISTS: wrong}))
    (problem,) = caught.value.problems
    assert str(problem).startswith(
        "templates/checklists.yml prisma 6: found 'sec-nowhere', wanted a label of the manuscript"
    )


@pytest.mark.parametrize(
    ("sign", "code"), [("中", "U+4E2D"), ("\u0f71", "U+0F71"), ("\u0378", "U+0378")]
)
def test_letters_that_no_font_has_are_named_where_they_stand(
    tiny: Path, sign: str, code: str
) -> None:
    study = tiny / "data" / "studies" / "aronson-1948.yml"
    study.write_text(study.read_text().replace("label: Aronson 1948", f"label: Kim a{sign}b 2015"))
    with (tiny / "review.qmd").open("a") as file:
        file.write(f"\n{sign}\n")
    line = (tiny / "review.qmd").read_text().count("\n")
    assert "index.html" in rendered(tiny, "html")  # whose reader has fonts of their own
    with pytest.raises(TemplateError) as caught:
        rendered(tiny, "pdf")
    message = f"found {sign} ({code}), which no font of the PDF has, wanted other letters"
    assert str(caught.value) == (
        f"data/studies/aronson-1948.yml:3: {message}\nreview.qmd:{line}: {message}"
    )
