"""The site: archives copied and checked, the latest edition at the root, neighbours compared."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest
import yaml

from analysis.archive import digest
from analysis.cli import main
from analysis.entry import with_entry
from analysis.errors import EditionError, TemplateError
from analysis.load import evidence_hash, load_review, read_files
from analysis.pages import versions_text
from analysis.plan import find
from analysis.site import site
from analysis.states import resolve
from analysis.superseded import with_banner
from tests.scratch import Scratch, entry, make

pytestmark = pytest.mark.usefixtures("git_identity")

MARKED = "Aronson 1948 <b>*bold*</b>"


@pytest.fixture
def review(tmp_path: Path) -> Scratch:
    """Two editions, the second with a correction."""
    scratch = make(tmp_path / "review")
    scratch.publish("1.0.0")
    scratch.correct()
    scratch.commit("A correction")
    scratch.publish("1.1.0", "2026-02-10")
    return scratch


class Page(HTMLParser):
    """The links, pictures, headings and text of a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.alternatives: list[str] = []
        self.words: list[str] = []
        self._mute = 0
        self.feed(content.decode("utf-8"))
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self._mute += tag in ("style", "script")
        if tag == "a" and known.get("href"):
            self.links.append(str(known["href"]))
        if known.get("id"):
            self.ids.append(str(known["id"]))
        if tag == "img":
            assert str(known["src"]).startswith("data:image/svg+xml;base64,")
            self.alternatives.append(str(known["alt"]))

    def handle_endtag(self, tag: str) -> None:
        self._mute -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._mute:
            self.words.append(data)


def page(files: dict[str, bytes], name: str) -> Page:
    return Page(files[name])


def test_every_archive_is_copied_byte_for_byte(review: Scratch) -> None:
    files = site(review.root, "pandoc")
    for version in ("1.0.0", "1.1.0"):
        folder = review.root / "editions" / version
        copied = {name: c for name, c in files.items() if name.startswith(f"v/{version}/")}
        archived = {f"v/{version}/{path.name}": path.read_bytes() for path in folder.iterdir()}
        if version == "1.0.0":  # says above its text that a later one is out
            name = "v/1.0.0/index.html"
            archived[name] = with_banner(archived[name], "1.0.0", "1.1.0")
        assert copied == archived
    assert set(files) - {name for name in files if name.startswith(("v/1.0.0/", "v/1.1.0/"))} == {
        "index.html",
        "review.pdf",
        "findings.json",
        "versions.html",
        "v/compare-1.0.0-1.1.0.html",
    }
    assert files["findings.json"] == (review.root / "editions/1.1.0/findings.json").read_bytes()
    assert files["review.pdf"] == (review.root / "editions/1.1.0/review.pdf").read_bytes()


def test_every_link_leads_somewhere(review: Scratch) -> None:
    files = site(review.root, "pandoc")
    for name in ("index.html", "versions.html", "v/compare-1.0.0-1.1.0.html"):
        found = page(files, name)
        for link in found.links:
            address, _, fragment = link.partition("#")
            if ":" in address:
                continue  # out of the site
            parts: list[str] = []
            for part in (*PurePosixPath(name).parent.parts, *PurePosixPath(address).parts):
                parts = parts[:-1] if part == ".." else [*parts, part]
            target = "/".join(parts) if address else name
            assert target in files, f"{name} leads to {link}"
            if fragment:
                assert fragment in page(files, target).ids


def test_the_root_is_the_last_edition_with_links_to_the_others(review: Scratch) -> None:
    review.correct()  # the next edition, under way: no part of the site
    root = page(site(review.root, "pandoc"), "index.html")
    assert "version 1.1.0" in root.text
    assert "Edition 1.1.0, 1.0.0 , all editions" in root.text
    assert "Other editions" in root.text
    assert "recomputation" not in root.text
    assert {"v/1.0.0/index.html", "versions.html"} <= set(root.links)
    evidence = json.loads((review.root / "editions/1.1.0/manifest.json").read_bytes())["evidence"]
    assert evidence[:4] in root.text


def test_the_page_leads_to_its_other_formats_where_the_site_has_them(review: Scratch) -> None:
    files = site(review.root, "pandoc")
    root = page(files, "index.html")
    assert "review.pdf" in files
    assert "review.docx" not in files
    assert "This edition as PDF" in root.text
    assert [link for link in root.links if link.startswith("review.")] == ["review.pdf"]


def test_a_superseded_edition_leads_to_the_latest(review: Scratch) -> None:
    review.correct()
    review.commit("Another correction")
    review.publish("1.2.0", "2026-03-10")
    files = site(review.root, "pandoc")
    for version in ("1.0.0", "1.1.0"):
        name = f"v/{version}/index.html"
        archived = (review.root / "editions" / version / "index.html").read_bytes()
        assert archived in (files[name], files[name][-len(archived) :])
        shown = page(files, name)
        said = f"This is edition {version}, as it was published. A later one is out:"
        assert said in shown.text
        assert shown.links == ["../../index.html"]
        assert files[f"v/{version}/review.pdf"] == b"%PDF"
    last = (review.root / "editions/1.2.0/index.html").read_bytes()
    assert files["v/1.2.0/index.html"] == last


def test_the_banner_stands_first_in_the_body() -> None:
    whole = b"<!doctype html><html><head></head><body class='a'><p>x</p></body></html>"
    found = with_banner(whole, "1.0.0", "2.0.0")
    head, _, rest = found.partition(b"<body class='a'>")
    assert head == b"<!doctype html><html><head></head>"
    assert rest.startswith(b"<aside ")
    assert rest.endswith(b"</aside><p>x</p></body></html>")
    assert b">edition 2.0.0</a>" in rest


def test_the_list_of_editions(review: Scratch) -> None:
    versions = page(site(review.root, "pandoc"), "versions.html")
    newest = versions.text.index("Edition 1.1.0 ")
    assert versions.text.index("Edition 1.0.0 ", newest) > newest
    tb = find(load_review(review.root)).analyses["tb"].synthesis
    assert f"RR {tb.est:.2f} ({tb.est_lb:.2f}–{tb.est_ub:.2f})" in versions.text
    assert "Released 10 February 2026. What made 1.1.0 due. What 1.1.0 says." in (
        versions.text.replace("# ", "").replace(" .", ".")
    )
    assert len(versions.alternatives) == 1
    assert "method changed since" not in versions.text.replace("the method changed, and", "")


def test_neighbours_are_compared(review: Scratch) -> None:
    found = page(site(review.root, "pandoc"), "v/compare-1.0.0-1.1.0.html")
    assert "From edition 1.0.0 to edition 1.1.0" in found.text
    assert "Corrected: Aronson 1948" in found.text
    assert found.alternatives == [
        "Forest plot of 6 studies of edition 1.1.0 over the 6 of edition 1.0.0."
    ]
    assert "Change of method" not in found.text


def test_a_claim_that_flips_is_told_in_its_words(tmp_path: Path) -> None:
    scratch = make(tmp_path / "review")
    # 4 of 123 against 11 of 139 are a risk ratio of 0.41; 5 of 123, as corrected, 0.51.
    scratch.replace("data/claims.yml", "tb.qe_pval < 0.05", "tb.rows.aronson.est < 0.45")
    scratch.publish("1.0.0")
    scratch.correct()
    scratch.commit("A correction")
    scratch.publish("1.1.0", "2026-02-10")
    found = page(site(scratch.root, "pandoc"), "v/compare-1.0.0-1.1.0.html")
    now, before = (
        find(resolve(scratch.root, version).loaded.review).value("tb.i2_q")
        for version in ("1.1.0", "1.0.0")
    )
    assert f"Statements that changed # “The trials agree ({now:.1f}%).” before: “The trials " in (
        found.text
    )
    assert f"before: “The trials differ more than chance explains ({before:.1f}%).”" in found.text
    assert "tb_varies" not in found.text


def test_what_contributors_write_does_not_act(review: Scratch) -> None:
    review.replace("data/studies/aronson-1948.yml", "label: Aronson 1948", f"label: '{MARKED}'")
    review.commit("A strange name")
    review.publish("1.1.1", "2026-03-10")
    files = site(review.root, "pandoc")
    assert MARKED in page(files, "v/compare-1.1.0-1.1.1.html").text
    assert b"<b>" not in files["v/compare-1.1.0-1.1.1.html"]


def test_editions_of_one_evidence(review: Scratch) -> None:
    (review.root / "review.qmd").write_text(
        (review.root / "review.qmd").read_text("utf-8").replace("different", "other"), "utf-8"
    )
    review.commit("Wording")
    review.publish("1.1.1", "2026-03-10")
    found = page(site(review.root, "pandoc"), "v/compare-1.1.0-1.1.1.html")
    assert "Nothing: evidence, plan, claims and findings are the same." in found.text
    assert found.alternatives == []


# --- archives that are not as they were ----------------------------------------------------


def page_edited(review: Scratch) -> None:
    (review.root / "editions/1.0.0/index.html").write_text("Something better.")


def paper_gone(review: Scratch) -> None:
    (review.root / "editions/1.0.0/review.pdf").unlink()


def manifest_edited(review: Scratch) -> None:
    page_edited(review)
    review.replace(
        "editions/1.0.0/manifest.json", '"released": "2026-01-10"', '"released": "2025-01-10"'
    )


def manifest_gone(review: Scratch) -> None:
    (review.root / "editions/1.0.0/manifest.json").unlink()


def archive_gone(review: Scratch) -> None:
    review.git("rm", "-q", "-r", "editions/1.0.0")


CHANGED = "found a file that was changed after its release, wanted it as released"
GONE = "found no such file, wanted it as it was released"


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize(
    ("breaks", "message"),
    [
        (page_edited, "editions/1.0.0/index.html: " + CHANGED),
        (paper_gone, "editions/1.0.0/review.pdf: " + GONE),
        (
            manifest_edited,
            "editions/1.0.0/manifest.json: found a manifest that was changed after its release, "
            "wanted it as released",
        ),
        (
            manifest_gone,
            "editions/1.0.0/manifest.json: found no such file, wanted the manifest as it was "
            "released",
        ),
        (
            archive_gone,
            "editions/1.0.0/manifest.json: found no such file, wanted the manifest as it was "
            "released",
        ),
    ],
)
def test_an_archive_edited_by_hand(
    review: Scratch, breaks: Callable[[Scratch], None], message: str, committed: bool
) -> None:
    released = review.git("log", "--format=%H", "--grep=Release edition 1.0.0")
    breaks(review)
    if committed:
        review.commit("By hand")
    with pytest.raises(EditionError) as caught:
        site(review.root, "pandoc")
    command = f"git checkout {released} -- editions/1.0.0"
    assert str(caught.value) == f"{message} ({command})"
    # What it says mends it.
    review.git(*shlex.split(command)[1:])
    assert "v/1.0.0/index.html" in site(review.root, "pandoc")


def test_all_that_is_wrong_is_said_at_once(review: Scratch) -> None:
    page_edited(review)
    (review.root / "editions/1.1.0/findings.json").unlink()
    with pytest.raises(EditionError) as caught:
        site(review.root, "pandoc")
    assert [problem.place for problem in caught.value.problems] == [
        "editions/1.0.0/index.html",
        "editions/1.1.0/findings.json",
    ]


def test_a_damaged_manifest(review: Scratch) -> None:
    place = "editions/1.0.0/manifest.json"
    for text, message in (
        (
            "{",
            f"{place}: found no JSON (Expecting property name enclosed in double quotes: line 1 "
            "column 2 (char 1)), wanted the file as released",
        ),
        ("[]", f"{place}: found no JSON object, wanted the file as released"),
        ('{"format": 1}', f"{place}: found a damaged manifest, wanted it as it was released"),
        (
            '{"format": 2, "tools": {"living-review": "3.0"}}',
            f"{place}: found a manifest of format 2, wanted format 1; living-review 3.0 made and "
            "reads it",
        ),
        (
            '{"format": 0}',
            f"{place}: found a manifest of format 0, wanted format 1; a later version may read it",
        ),
    ):
        (review.root / place).write_text(text)
        with pytest.raises(EditionError) as caught:
            site(review.root, "pandoc")
        assert str(caught.value) == message


def test_a_failed_site_leaves_the_last_one(
    review: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["site", "--root", str(review.root), "--engine", "pandoc", "--quiet"]
    assert main(arguments) == 0
    assert "  v/compare-1.0.0-1.1.0.html\n" in capsys.readouterr().out
    output = review.root / "_output"
    before = {path: path.read_bytes() for path in output.rglob("*") if path.is_file()}
    page_edited(review)
    assert main(arguments) == 1
    assert "found a file that was changed after its release" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in output.rglob("*") if path.is_file()} == before


# --- editions that lack something ----------------------------------------------------------


def test_evidence_that_is_lost(review: Scratch) -> None:
    first = review.git("rev-list", "--max-parents=0", "HEAD")
    review.git("reset", "-q", "--soft", first)
    review.commit("Both in one")
    said: list[str] = []
    files = site(review.root, "pandoc", said.append)
    assert "1.0.0 and 1.1.0: not compared, since the evidence of one is lost" in said
    assert "v/compare-1.0.0-1.1.0.html" not in files
    assert "v/1.0.0/index.html" in files
    versions = page(files, "versions.html")
    assert "Tuberculosis (as archived)" in versions.text
    assert "the commits of these editions were squashed into one" in versions.text


def test_a_method_that_changed(review: Scratch) -> None:
    """The root does not show other numbers than those that were published."""
    for name, change in (("findings.json", 1e-5), ("manifest.json", None)):
        file = review.root / "editions" / "1.1.0" / name
        document = json.loads(file.read_bytes())
        if change is None:
            import hashlib

            stored = (file.parent / "findings.json").read_bytes()
            document["outputs"]["findings.json"] = hashlib.sha256(stored).hexdigest()
        else:
            document["analyses"]["tb"]["synthesis"]["est"] += change
            document["analyses"]["tb"]["synthesis"]["mu"] += change
        file.write_text(json.dumps(document))
    review.git("commit", "-q", "-a", "--amend", "--no-edit")
    said: list[str] = []
    files = site(review.root, "pandoc", said.append)
    assert files["index.html"] == files["v/1.1.0/index.html"] == b"<h1>1.1.0</h1>"
    assert said == [
        "edition 1.1.0: today's code finds other numbers in the same evidence; its archived page "
        "stands at the root, without links to other editions"
    ]
    assert "Tuberculosis (the method changed since)" in page(files, "versions.html").text
    compared = page(files, "v/compare-1.0.0-1.1.0.html").text
    assert "Change of method: of edition 1.1.0, 2 findings differ" in compared


def test_an_edition_without_an_archive(review: Scratch) -> None:
    file = review.root / "data" / "editions.yml"
    file.write_bytes(with_entry(file.read_bytes(), entry("1.2.0", "2026-03-10")))
    review.correct()
    review.commit("By hand")
    files = site(review.root, "pandoc")
    assert "version 1.2.0" in page(files, "index.html").text
    assert not any(name.startswith("v/1.2.0/") for name in files)
    links = page(files, "versions.html").links
    assert "v/1.1.0/index.html" in links
    assert "v/1.2.0/index.html" not in links


def test_neither_evidence_nor_archive(review: Scratch) -> None:
    review.git("rm", "-q", "-r", "editions")
    review.publish("2.0.0", "2026-03-10")
    first = review.git("rev-list", "--max-parents=0", "HEAD")
    review.git("reset", "-q", "--soft", first)
    review.git("rm", "-q", "-r", "--cached", "editions")
    file = review.root / "data" / "editions.yml"
    review.commit("All in one")
    file.write_bytes(with_entry(file.read_bytes(), entry("3.0.0", "2026-04-10")))
    with pytest.raises(EditionError) as caught:
        site(review.root, "pandoc")
    assert str(caught.value) == (
        "edition 3.0.0: found an entry in data/editions.yml that no commit has, wanted it "
        "released: take the entry out and run living-review release; its page is not archived "
        "either, wanted one of the two"
    )


def test_before_the_first_edition(tmp_path: Path) -> None:
    scratch = make(tmp_path / "review")
    said: list[str] = []
    files = site(scratch.root, "pandoc", said.append)
    assert said == ["found no edition yet: the site shows the work tree"]
    assert "versions.html" not in files
    assert "not yet released" in page(files, "index.html").text


# --- editions that are beyond today's code -------------------------------------------------


def break_last(review: Scratch, name: str, old: str, new: str) -> str:
    """Have the last edition hold a file that is mended since; return the edition's commit."""
    kept = (review.root / name).read_bytes()
    review.replace(name, old, new)
    file = review.root / "editions" / "1.1.0" / "manifest.json"
    document = json.loads(file.read_bytes())
    document["evidence"] = evidence_hash(read_files(review.root))
    file.write_text(json.dumps(document))
    review.git("commit", "-q", "-a", "--amend", "--no-edit")
    released = review.head
    (review.root / name).write_bytes(kept)
    review.commit("Mended")
    return released


STANDS = (
    "edition 1.1.0: today's code cannot make its page; its archived page stands at the root, "
    "without links to other editions"
)


def test_a_template_that_today_s_code_cannot_fill(review: Scratch) -> None:
    name = "review.qmd"
    at = break_last(review, name, 'count("trial") }} gave', 'oldfilter("trial") }} gave')[:10]
    line = (review.root / name).read_text("utf-8").split(" gave {{")[0].count("\n") + 1
    said: list[str] = []
    files = site(review.root, "pandoc", said.append)
    assert files["index.html"] == files["v/1.1.0/index.html"] == b"<h1>1.1.0</h1>"
    assert said[0] == (
        f"{at}: found a paper of edition 1.1.0 that living-review 0.1.0 cannot make; "
        "living-review 0.0.9 made it"
    )
    assert said[1] == (
        f"{at}:review.qmd:{line}: found 'oldfilter', wanted a format: as_printed, by_design, "
        "by_null, compatible, count, date, effect, estimate, estimate_p, heterogeneity, interval, "
        "labels and 18 more (all: living-review names formats)"
    )
    assert said[2:] == [STANDS]
    assert "Edition 1.1.0" in page(files, "versions.html").text


def test_data_that_today_s_code_cannot_read(review: Scratch) -> None:
    at = break_last(review, "data/review.yml", "short_title:", "shorttitle:")[:10]
    said: list[str] = []
    files = site(review.root, "pandoc", said.append)
    assert files["index.html"] == b"<h1>1.1.0</h1>"
    assert said[0] == (
        f"{at}: found data of edition 1.1.0 that living-review 0.1.0 cannot read; "
        "living-review 0.0.9 made and reads it"
    )
    assert len(said) > 3
    assert all(line.startswith(f"{at}:data/review.yml:") for line in said[1:-2])
    assert said[-2:] == [
        STANDS,
        "1.0.0 and 1.1.0: not compared, since the evidence of one is lost",
    ]


def test_a_template_that_is_no_text(review: Scratch) -> None:
    file = review.root / "review.qmd"
    kept = file.read_bytes()
    file.write_bytes(b"Caf\xe9\n")
    review.git("commit", "-q", "-a", "--amend", "--no-edit")
    at = review.head[:10]
    file.write_bytes(kept)
    review.commit("Mended")
    said: list[str] = []
    assert site(review.root, "pandoc", said.append)["index.html"] == b"<h1>1.1.0</h1>"
    assert said == [f"{at}:review.qmd:1: found bytes that are not UTF-8", STANDS]


def test_findings_of_another_format(review: Scratch) -> None:
    folder = review.root / "editions" / "1.1.0"
    findings = json.loads((folder / "findings.json").read_bytes())
    del findings["evidence"]
    (folder / "findings.json").write_text(json.dumps(findings))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["outputs"]["findings.json"] = digest((folder / "findings.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest))
    review.git("commit", "-q", "-a", "--amend", "--no-edit")
    said: list[str] = []
    assert site(review.root, "pandoc", said.append)["index.html"] == b"<h1>1.1.0</h1>"
    assert said == [
        "edition 1.1.0: today's code cannot compare its findings with those of its archive; its "
        "archived page stands at the root, without links to other editions"
    ]


def test_neither_page_nor_today_s_code(review: Scratch) -> None:
    """An edition that was entered by hand has no archive to fall back on."""
    file = review.root / "data" / "editions.yml"
    file.write_bytes(with_entry(file.read_bytes(), entry("1.2.0", "2026-03-10")))
    name = "review.qmd"
    review.replace(name, "# Introduction", "# Introduction {{ nothing }}")
    at = review.commit("By hand")[:10]
    review.replace(name, "# Introduction {{ nothing }}", "# Introduction")
    review.commit("Mended")
    line = (review.root / name).read_text("utf-8").split("# Introduction")[0].count("\n") + 1
    with pytest.raises(TemplateError) as caught:
        site(review.root, "pandoc")
    head, *rest = str(caught.value).split("\n")
    assert head == f"{at}: found a paper of edition 1.2.0 that living-review 0.1.0 cannot make"
    # How many names there are is no concern of this test.
    assert [re.sub(r"and \d+ more", "and N more", told) for told in rest] == [
        f"{at}:review.qmd:{line}: found 'nothing', wanted a name that templates know: abstract, "
        "added, agreement, answers_changed, audit, changes, checklists, cite, claim, completed, "
        "corrected, counts and N more (all: living-review names functions)"
    ]


def test_a_short_title_prints_as_it_stands_on_the_page_of_all_editions(review: Scratch) -> None:
    review.replace("data/review.yml", "short_title: ", "short_title: A <b>bold</b> [x](y) of ")
    plan = load_review(review.root).plan
    text = versions_text(plan, [], [], "")
    title = yaml.safe_load(text.split("---\n")[1])["title"]
    assert title == r"A \<b\>bold\</b\> \[x\](y) of BCG vaccine\: all editions"
