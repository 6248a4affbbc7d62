"""The Quarto engine: how it finds, runs and ends the program, with a stand-in for it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.engines import OUTPUTS, Source
from analysis.engines.quarto import Quarto, find_quarto, project_settings, publish
from analysis.errors import RenderError
from tests import quarto_stand_in

PROJECT = b"""\
project:
  pre-render: templates/prepare.py
  post-render: [touch ran]
  output-dir: elsewhere
  render: ["*.qmd"]
execute: {enabled: true}
number-sections: true
format:
  html: {toc: true}
  typst: {output-file: review.pdf}
  docx: {output-file: review.docx}
"""
SOURCE = Source(
    text="# A title\n",
    files={"_quarto.yml": PROJECT, "references.bib": b"% none", "templates/page.css": b"b {}"},
    date="2021-06-01",
)
FIGURES = {"figures/forest_os.svg": b"<svg/>"}
TAKE_PANDOC = "or take `--engine pandoc`, which needs nothing but this package"
GET_IT = f"get it from https://quarto.org/docs/get-started/, {TAKE_PANDOC}"


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the stand-in's notes, with the stand-in as the `quarto` of this test."""
    program = quarto_stand_in.write(tmp_path)
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("QUARTO_STAND_IN_NOTES", str(tmp_path))
    return tmp_path


def behave(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setenv("QUARTO_STAND_IN", how)


def noted(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "run.json").read_text()))


def alive(pid: int) -> bool:
    """Say whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_for(path: Path) -> str:
    for _ in range(1000):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path} never came")


# finding the program


def test_the_quarto_on_the_path_is_found_with_its_version(stand_in: Path) -> None:
    assert find_quarto() == Quarto(stand_in / "quarto", "1.7.34")


def test_quarto_path_goes_before_the_path(stand_in: Path) -> None:
    environ = {"QUARTO_PATH": str(stand_in / "quarto"), "PATH": "/bin", "QUARTO_STAND_IN": "newer"}
    assert find_quarto(environ) == Quarto(stand_in / "quarto", "1.10.19")


def test_no_quarto_is_an_error_that_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as raised:
        find_quarto({"PATH": str(tmp_path)})
    assert str(raised.value) == (
        f"quarto: found no `quarto` on PATH, wanted Quarto 1.7 or newer; {GET_IT}"
    )


def test_a_quarto_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as raised:
        find_quarto({"PATH": "/bin", "QUARTO_PATH": f"{tmp_path}/gone"})
    assert str(raised.value) == (
        f"quarto: found no program at QUARTO_PATH={tmp_path}/gone, "
        f"wanted Quarto 1.7 or newer; {GET_IT}"
    )


@pytest.mark.parametrize(("how", "version"), [("old", "1.6.40"), ("older", "0.9.532")])
def test_an_old_quarto_is_refused(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch, how: str, version: str
) -> None:
    behave(monkeypatch, how)
    with pytest.raises(RenderError) as raised:
        find_quarto()
    assert str(raised.value) == (
        f"quarto: found version {version} at {stand_in}/quarto, wanted 1.7 or newer; {GET_IT}"
    )


def test_a_program_that_says_no_version_is_refused(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "odd")
    with pytest.raises(RenderError) as raised:
        find_quarto()
    assert str(raised.value) == (
        f"quarto: found 'command not known' in answer to `{stand_in}/quarto --version`, "
        f"wanted a version number; mend it, {TAKE_PANDOC}"
    )


def test_a_program_that_cannot_run_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "quarto"
    program.write_bytes(b"\x00not a program")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(RenderError) as raised:
        find_quarto({"PATH": str(tmp_path)})
    assert str(raised.value) == (
        f"quarto: found {program}, which does not run (Exec format error), wanted a program "
        f"that answers `quarto --version`; mend it, {TAKE_PANDOC}"
    )


def test_a_program_that_does_not_answer_is_refused(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "asleep")
    monkeypatch.setattr("analysis.engines.quarto._ASK_SECONDS", 1.0)
    with pytest.raises(RenderError) as raised:
        find_quarto()
    assert str(raised.value) == (
        f"quarto: found {stand_in}/quarto, which does not run (no answer in 1 s), wanted a "
        f"program that answers `quarto --version`; mend it, {TAKE_PANDOC}"
    )


# the scratch copy


def test_quarto_renders_a_copy_of_the_project_without_its_commands(stand_in: Path) -> None:
    outputs = publish(SOURCE, FIGURES, ("docx", "html", "pdf"))
    assert outputs == {
        "index.html": b"made as html",
        "review.pdf": b"made as typst",
        "review.docx": b"made as docx",
    }
    run = noted(stand_in)
    assert run["arguments"] == ["render", "index.qmd", "--to", "docx"]
    assert run["text"] == SOURCE.text
    files = [path for path in run["files"] if not path.startswith(("analysis/fonts/", "_output/"))]
    assert files == sorted([*SOURCE.files, *FIGURES, "index.qmd"])
    assert "analysis/fonts/SourceSerif4-Regular.otf" in run["files"]
    assert yaml.safe_load(run["project"]) == {
        "project": {"output-dir": "_output", "render": ["index.qmd"]},
        "execute": {"enabled": False},
        "engine": "markdown",
        "number-sections": True,
        "format": yaml.safe_load(PROJECT)["format"],
    }
    assert not Path(run["folder"]).exists()


def test_only_the_formats_asked_for_are_made(stand_in: Path) -> None:
    assert publish(SOURCE, FIGURES, ["pdf"]) == {"review.pdf": b"made as typst"}
    assert noted(stand_in)["arguments"] == ["render", "index.qmd", "--to", "typst"]


def test_quarto_is_given_the_date_of_the_review_and_no_project_of_a_caller(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO_PROJECT_OUTPUT_DIR", "/nowhere")
    monkeypatch.setenv("QUARTO_PROFILE", "draft")
    publish(SOURCE, FIGURES, ["html"])
    environ = noted(stand_in)["environ"]
    # 2021-06-01T00:00:00Z, as `date -u -d 2021-06-01 +%s` has it.
    assert environ["SOURCE_DATE_EPOCH"] == "1622505600"
    assert not {"QUARTO_PROJECT_OUTPUT_DIR", "QUARTO_PROFILE"} & set(environ)


def test_progress_is_every_line_but_the_listings_without_colours(stand_in: Path) -> None:
    lines: list[str] = []
    publish(SOURCE, FIGURES, ["html"], progress=lines.append)
    assert lines == ["pandoc", "Output created: _output/index.html"]


@pytest.mark.parametrize("path", ["../out.txt", "/etc/out.txt", "a/../../out.txt"])
def test_a_file_outside_of_the_review_is_refused(stand_in: Path, path: str) -> None:
    with pytest.raises(RenderError) as raised:
        publish(SOURCE, {path: b""}, ["html"])
    assert str(raised.value) == f"{path}: found a path out of the review, wanted one inside it"


def test_a_review_without_a_project_file_is_told(stand_in: Path) -> None:
    with pytest.raises(RenderError) as raised:
        publish(Source("", {}, "2021-06-01"), {}, ["html"])
    assert str(raised.value) == "_quarto.yml: found none, wanted the review's Quarto project file"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: [1", "_quarto.yml:1: found expected ',' or ']', but got '<stream end>', wanted YAML"),
        (b"- a", "_quarto.yml: found no mapping of settings, wanted a Quarto project"),
        (b"project: x", "_quarto.yml: found no mapping of settings, wanted a Quarto project"),
        (b"\xff\x00", "_quarto.yml: found not YAML, wanted YAML"),
    ],
)
def test_a_project_file_that_is_none_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(RenderError) as raised:
        project_settings(text)
    assert str(raised.value) == message


# endings


LAST_WORDS = {
    "fail": (3, ["  ERROR: undefined thing", "    in line 7"]),
    "typst": (
        1,
        [
            "  [typst]: Compiling index.typ to index.pdf...error: unknown variable",
            *(f"    line {n}" for n in range(11)),
        ],
    ),
    "quit": (2, [f"  step {n}" for n in range(18, 30)]),
}


@pytest.mark.parametrize("how", list(LAST_WORDS))
def test_a_failure_shows_the_last_words(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    behave(monkeypatch, how)
    code, words = LAST_WORDS[how]
    with pytest.raises(RenderError) as raised:
        publish(SOURCE, FIGURES, ["html"])
    assert str(raised.value) == "\n".join(
        [
            f"quarto: found version 1.7.34 ending html with code {code}, wanted 0; its last words:",
            *words,
        ]
    )


def test_an_output_that_is_not_there_is_named(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "silent")
    with pytest.raises(RenderError) as raised:
        publish(SOURCE, FIGURES, ["pdf"])
    assert str(raised.value) == (
        "quarto: found no _output/review.pdf after it ended well, wanted one; "
        "does _quarto.yml give the format another output-file?"
    )


def out_of_time(*last: str) -> str:
    found = "quarto: found version 1.7.34 still rendering html after 4 s"
    return "\n".join([f"{found}, wanted all done by then; its last words:", *last])


class Clock:
    """A clock for the time limit that starts when `words` are heard, however slow the machine."""

    sleep = staticmethod(time.sleep)

    def __init__(self, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.words = words
        self.began: float | None = None
        self.given_up = time.monotonic() + 60  # or a test would wait for ever for its words
        monkeypatch.setattr("analysis.engines.child.time", self)

    def hear(self, line: str) -> None:
        if line == self.words:
            self.began = time.monotonic()

    def monotonic(self) -> float:
        now = time.monotonic()
        if self.began is None:
            return 0.0 if now < self.given_up else 60.0
        return now - self.began


def test_out_of_time_ends_quarto_and_its_children(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "sleep")
    clock = Clock("ready", monkeypatch)
    with pytest.raises(RenderError) as raised:
        publish(SOURCE, FIGURES, ["html"], timeout=4, progress=clock.hear)
    assert str(raised.value) == out_of_time("  pandoc", "    to: html", "  ready")
    assert not alive(int(noted(stand_in)["pid"]))
    assert not alive(int((stand_in / "child.pid").read_text()))
    assert not Path(noted(stand_in)["folder"]).exists()


def test_a_quarto_that_closed_the_pipe_is_still_timed(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "mute")
    clock = Clock("pandoc", monkeypatch)
    with pytest.raises(RenderError) as raised:
        publish(SOURCE, FIGURES, ["html"], timeout=4, progress=clock.hear)
    assert str(raised.value) == out_of_time("  pandoc", "    to: html")
    assert not alive(int(noted(stand_in)["pid"]))


def test_no_time_at_all_is_out_of_time(stand_in: Path) -> None:
    with pytest.raises(RenderError) as raised:
        publish(SOURCE, FIGURES, ["html"], timeout=0)
    assert str(raised.value) == (
        "quarto: found version 1.7.34 still rendering html after 0 s, wanted all done by then; "
        "it said nothing"
    )


def test_a_child_that_holds_the_pipe_is_not_waited_for(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "leave")
    assert publish(SOURCE, FIGURES, ["html"]) == {"index.html": b"made as html"}
    assert not alive(int((stand_in / "child.pid").read_text()))


def test_a_child_in_a_session_of_its_own_is_not_waited_for(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "escape")
    assert publish(SOURCE, FIGURES, ["html"]) == {"index.html": b"made as html"}
    child = int((stand_in / "child.pid").read_text())
    assert alive(child)
    os.kill(child, signal.SIGKILL)


def test_out_of_time_waits_for_no_child_in_a_session_of_its_own(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "escape and sleep")
    last = "Output created: _output/index.html"
    clock = Clock(last, monkeypatch)
    with pytest.raises(RenderError) as raised:
        publish(SOURCE, FIGURES, ["html"], timeout=4, progress=clock.hear)
    assert str(raised.value) == out_of_time("  pandoc", "    to: html", f"  {last}")
    child = int((stand_in / "child.pid").read_text())
    assert alive(child)
    assert not alive(int(noted(stand_in)["pid"]))
    os.kill(child, signal.SIGKILL)


def test_a_quarto_that_never_stops_talking_is_still_timed(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "talk")
    given_up = time.monotonic() + 60  # or the test would wait for ever for what it is of

    def hear(line: str) -> None:
        if time.monotonic() > given_up:
            raise AssertionError("no end to it")

    with pytest.raises(RenderError) as raised:
        publish(SOURCE, FIGURES, ["html"], timeout=2, progress=hear)
    assert str(raised.value).startswith(
        "quarto: found version 1.7.34 still rendering html after 2 s, wanted all done by then; "
        "its last words:\n  more\n"
    )
    assert not alive(int(noted(stand_in)["pid"]))


def test_an_error_in_progress_ends_quarto(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    behave(monkeypatch, "sleep")

    def stop(line: str) -> None:
        if line == "ready":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish(SOURCE, FIGURES, ["html"], progress=stop)
    assert not alive(int(noted(stand_in)["pid"]))
    assert not alive(int((stand_in / "child.pid").read_text()))


def test_ctrl_c_ends_quarto_and_its_children(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(monkeypatch, "sleep")
    # A process of its own, which gets the signal that a terminal sends on Ctrl-C.
    script = textwrap.dedent(
        """
        from analysis.engines import Source
        from analysis.engines.quarto import publish
        try:
            publish(Source("", {"_quarto.yml": b"{}"}, "2021-06-01"), {}, ["html"])
        except KeyboardInterrupt:
            print("interrupted")
        """
    )
    caller = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child = int(wait_for(stand_in / "child.pid"))
    quarto = int(noted(stand_in)["pid"])
    assert alive(child)
    assert alive(quarto)
    caller.send_signal(signal.SIGINT)
    said, _ = caller.communicate(timeout=60)
    assert said == "interrupted\n"
    assert caller.returncode == 0
    assert not alive(child)
    assert not alive(quarto)
    assert not Path(noted(stand_in)["folder"]).exists()


def test_the_outputs_have_the_names_that_the_project_promises() -> None:
    assert set(OUTPUTS.values()) == set(quarto_stand_in.WRITTEN.values())
