"""The real `quarto` program: what the engine publishes, and `quarto render` typed by hand."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import struct
import subprocess
import venv
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from analysis.engines import OUTPUTS, Source, page, pandoc
from analysis.engines.quarto import Quarto, find_quarto, publish
from analysis.errors import RenderError
from tests.page_words import words_of

ROOT = Path(__file__).parent.parent


def svg(name: str) -> bytes:
    """A picture that no other figure is."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60" viewBox="0 0 90 60">'
    return f'{head}<title>{name}</title><rect width="{len(name)}" height="9"/></svg>'.encode()


def png(grey: int) -> bytes:
    """One pixel of one shade."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    size = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(bytes([0, grey]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def files_under(folder: Path, *names: str) -> dict[str, bytes]:
    """The files of some folders, by path relative to the folder they are in."""
    found = (path for name in names for path in sorted((folder / name).rglob("*")))
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found if p.is_file()}


SAMPLE_FIGURES = {
    f"figures/{name}.{kind}": data
    for shade, name in enumerate(("flow", "forest_os", "funnel"))
    for kind, data in (("svg", svg(name)), ("png", png(60 * shade)))
}
SAMPLE_FILES = {**files_under(ROOT / "tests" / "sample", "data"), **SAMPLE_FIGURES}
# A `format` in the front matter would keep `quarto render` from the other formats.
SAMPLE_TEXT = (ROOT / "tests" / "sample" / "index.qmd").read_text(encoding="utf-8")
SAMPLE = Source(
    text=re.sub(r"^format:\n(?:  .*\n)+", "", SAMPLE_TEXT, flags=re.MULTILINE),
    files={
        **files_under(ROOT / "tests" / "sample", "data"),
        **files_under(ROOT, "templates"),
        "_quarto.yml": (ROOT / "_quarto.yml").read_bytes(),
    },
    date="2026-01-31",
)


@pytest.fixture(scope="module")
def real() -> Quarto:
    """The real program, found as the engine finds it; where there is none the marker skips."""
    return find_quarto()


def call(command: Sequence[str | Path], **how: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, **how)


def without_pythonpath() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


# quarto render, typed by hand


def review_folder(folder: Path, text: str) -> Path:
    """Lay out a review whose `living-review prepare` writes `text` as index.qmd; return it."""
    shutil.copytree(ROOT / "templates", folder / "templates")
    shutil.copytree(ROOT / "analysis" / "fonts", folder / "analysis" / "fonts")
    shutil.copy(ROOT / "_quarto.yml", folder)
    for path, data in SAMPLE_FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (folder / "kept.qmd").write_text(text)
    return folder


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python without installed packages, as on a machine that only has Quarto."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    return folder / "bin" / "python"


def test_without_the_package_the_pre_render_says_so(bare_python: Path, tmp_path: Path) -> None:
    script = ROOT / "templates" / "prerender.py"
    ended = call([bare_python, script], env={"PATH": "/nowhere"}, cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"living-review: found no installed package for {bare_python}\n"
        "and no `living-review` command on PATH, wanted one: it writes index.qmd, "
        "which Quarto renders.\n"
        "Install it from this folder, in the environment that you call quarto from:\n"
        "\n"
        "    python -m pip install .\n"
        "\n"
    )


def test_a_package_that_is_half_installed_is_named_with_what_it_lacks(
    bare_python: Path, tmp_path: Path
) -> None:
    package = tmp_path / "library" / "analysis"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cli.py").write_text("import numpy_that_is_not_there\n")
    code = f"import runpy, sys; sys.path.append({str(package.parent)!r}); runpy.run_path("
    script = ROOT / "templates" / "prerender.py"
    ended = call(
        [bare_python, "-c", f"{code}{str(script)!r}, run_name='__main__')"],
        env={"PATH": "/nowhere"},
        cwd=tmp_path,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[0] == (
        f"living-review: found no installed package for {bare_python} "
        "(it lacks numpy_that_is_not_there)"
    )


def test_the_pre_render_takes_the_command_where_python_has_no_package(
    bare_python: Path, tmp_path: Path
) -> None:
    command = tmp_path / "living-review"
    command.write_text('#!/bin/sh\necho "$@"; exit 7\n')
    command.chmod(0o755)
    ended = call(
        [bare_python, ROOT / "templates" / "prerender.py"],
        env={"PATH": f"{tmp_path}{os.pathsep}/bin", "QUARTO_PROJECT_DIR": "/a/review"},
    )
    assert (ended.stdout, ended.returncode) == ("prepare --root /a/review\n", 7)


@pytest.mark.quarto
def test_quarto_render_by_hand_writes_the_manuscript_first(
    real: Quarto, bare_python: Path, tmp_path: Path
) -> None:
    folder = review_folder(tmp_path / "review", SAMPLE.text)
    command = tmp_path / "living-review"
    command.write_text('#!/bin/sh\ncp "$3/kept.qmd" "$3/index.qmd"\n')
    command.chmod(0o755)
    environ = without_pythonpath() | {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "QUARTO_PYTHON": str(bare_python),
    }
    ended = call([real.path, "render"], cwd=folder, env=environ)
    assert ended.returncode == 0, ended.stderr
    outputs = {path.name for path in (folder / "_output").iterdir() if path.is_file()}
    assert outputs == {"index.html", "review.pdf", "review.docx"}
    by_hand = (folder / "_output" / "index.html").read_text()
    by_engine = publish(SAMPLE, SAMPLE_FIGURES, ["html"])["index.html"].decode()
    assert by_hand == by_engine


@pytest.mark.quarto
def test_quarto_render_by_hand_without_the_package_says_so(
    real: Quarto, bare_python: Path, tmp_path: Path
) -> None:
    folder = review_folder(tmp_path / "review", SAMPLE.text)
    environ = without_pythonpath() | {"QUARTO_PYTHON": str(bare_python)}
    environ["PATH"] = os.pathsep.join(
        part
        for part in environ["PATH"].split(os.pathsep)
        if not Path(part, "living-review").exists()
    )
    ended = call([real.path, "render"], cwd=folder, env=environ)
    assert ended.returncode != 0
    assert "living-review: found no installed package for" in ended.stderr
    assert "python -m pip install ." in ended.stderr


# the program itself


@pytest.mark.quarto
def test_the_page_of_quarto_says_what_the_page_of_pandoc_says(real: Quarto) -> None:
    by_quarto = publish(SAMPLE, SAMPLE_FIGURES, ["html"])["index.html"].decode()
    document = pandoc.read(SAMPLE)
    by_pandoc = pandoc.write(document, SAMPLE_FIGURES, ["html"])["index.html"].decode()
    assert len(words_of(by_pandoc)) > 1000
    assert words_of(by_quarto) == words_of(by_pandoc)


@pytest.mark.quarto
def test_variables_are_those_of_the_page_of_pandoc(real: Quarto) -> None:
    values = b"a: {b: 2.10, c: 2.0, d: 0.70, e: yes, f: true, g: 2020-01-05, h: 1:30, i: '*so*'}"
    names = " ".join(f"{{{{< var a.{name} >}}}}" for name in "bcdefghi")
    text = f"---\ntitle: T\n---\n\n{names}\n"
    source = Source(text, {**SAMPLE.files, "_variables.yml": values}, SAMPLE.date)
    by_quarto = publish(source, {}, ["html"])["index.html"].decode()
    by_pandoc = pandoc.write(pandoc.read(source), {}, ["html"])["index.html"].decode()
    assert "2.1 2 0.7 yes true 2020-01-05 1:30 so" in " ".join(words_of(by_pandoc))
    assert words_of(by_quarto) == words_of(by_pandoc)


@pytest.mark.quarto
def test_the_page_of_quarto_needs_no_other_file(real: Quarto) -> None:
    html = publish(SAMPLE, SAMPLE_FIGURES, ["html"])["index.html"].decode()
    assert '<meta charset="utf-8">' in html
    loaded = re.findall(r'<(?:img|script|link|source|iframe)[^>]*\s(?:src|href)="([^"]+)"', html)
    assert loaded
    assert all(address.startswith("data:") for address in loaded)


@pytest.mark.quarto
def test_numbers_keep_their_keys_in_the_page_of_quarto(real: Quarto) -> None:
    html = publish(SAMPLE, SAMPLE_FIGURES, ["html"])["index.html"].decode()
    keys = re.findall(r'\.num key="(\w+)"', SAMPLE.text)
    assert keys
    assert sorted(re.findall(r'class="num" data-key="(\w+)"', html)) == sorted(keys)


@pytest.mark.quarto
def test_the_page_of_quarto_carries_where_its_numbers_come_from(real: Quarto) -> None:
    origins = {"os_est": ["Jia 2021 </script>, Table 1", "τ² by REML"]}
    files = {**SAMPLE.files, page.ORIGINS: json.dumps(origins, ensure_ascii=False).encode()}
    source = Source(SAMPLE.text, files, SAMPLE.date)
    html = publish(source, SAMPLE_FIGURES, ["html"])["index.html"].decode()
    found = re.findall(r'<script type="application/json" id="origins">(.*?)</script>', html, re.S)
    assert [json.loads(text) for text in found] == [origins]
    without = publish(SAMPLE, SAMPLE_FIGURES, ["html"])["index.html"].decode()
    assert 'id="origins"' not in without


@pytest.mark.quarto
def test_the_paper_of_quarto_has_the_text_and_the_fonts_of_the_package(real: Quarto) -> None:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(publish(SAMPLE, SAMPLE_FIGURES, ["pdf"])["review.pdf"]))
    text = "\n".join(page.extract_text() for page in reader.pages)
    plain = " ".join(text.split())
    assert "Internal mammary node irradiation in breast cancer" in plain
    # A semicolon behind a cross-reference is text, not the end of Typst's code.
    assert "(Figure 3; Egger P = 0.462)" in plain
    assert "2.2.1 Planned sensitivity analyses" in plain
    assert "31 January 2026" in plain
    assert "{{< env HOME >}} or @fig" in plain
    resources: list[Any] = [page["/Resources"] for page in reader.pages]
    names = {
        str(font.get_object()["/BaseFont"]).split("+")[-1].split("-")[0]
        for resource in resources
        for font in resource["/Font"].values()
    }
    assert names == {"SourceSerif4", "SourceSerif4Display", "SourceSans3"}


@pytest.mark.quarto
def test_the_word_file_of_quarto_shows_every_figure_as_png(real: Quarto) -> None:
    word = publish(SAMPLE, SAMPLE_FIGURES, ["docx"])["review.docx"]
    with zipfile.ZipFile(io.BytesIO(word)) as parts:
        media = [parts.read(name) for name in parts.namelist() if name.startswith("word/media/")]
    pngs = [data for path, data in SAMPLE_FIGURES.items() if path.endswith(".png")]
    assert sorted(media) == sorted(pngs)


@pytest.mark.quarto
def test_quarto_gives_the_same_bytes_twice(real: Quarto) -> None:
    once, again = (publish(SAMPLE, SAMPLE_FIGURES, list(OUTPUTS)) for _ in range(2))
    assert set(once) == set(OUTPUTS.values())
    assert once["index.html"] == again["index.html"]
    # Some builds of Typst make the document's id from the path of the scratch copy.
    ids = [re.sub(rb"(DocumentID>|/ID \[\()[^<)]+", b"", o["review.pdf"]) for o in (once, again)]
    assert ids[0] == ids[1]
    assert once["review.docx"] == again["review.docx"]


@pytest.mark.quarto
def test_no_code_cell_runs(real: Quarto, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    cell = f"\n```{{python}}\nopen({str(trace)!r}, 'w')\n```\n\n```{{bash}}\ntouch {trace}\n```\n"
    source = Source(SAMPLE.text + cell, SAMPLE.files, SAMPLE.date)
    assert publish(source, SAMPLE_FIGURES, ["html"])["index.html"]
    assert not trace.exists()


@pytest.mark.quarto
def test_the_failure_of_quarto_comes_with_its_words(real: Quarto) -> None:
    source = Source(
        SAMPLE.text.replace("data/references.bib", "gone.bib"), SAMPLE.files, "2026-01-31"
    )
    with pytest.raises(RenderError) as raised:
        publish(source, SAMPLE_FIGURES, ["html"])
    first, *rest = str(raised.value).splitlines()
    assert re.fullmatch(
        rf"quarto: found version {re.escape(real.version)} ending html with code \d+, wanted 0; "
        "its last words:",
        first,
    )
    assert any("gone.bib" in line for line in rest)
