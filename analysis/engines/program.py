"""The pandoc program of the `pypandoc_binary` wheel, run without access to anything else."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.engines.scratch import folder_of
from analysis.errors import RenderError

TIME_LIMIT = 120
"""Seconds after which a run of pandoc is given up; a paper takes a tenth of one."""

_NOISE = re.compile(r"(<[A-Za-z]+>|CallStack.*)", re.DOTALL)


@dataclass(frozen=True)
class Warned:
    """A warning of pandoc, with the line of its input where it gives one."""

    message: str
    line: int | None


@dataclass(frozen=True)
class Run:
    """What a run of pandoc gave: its output and its warnings."""

    output: bytes
    warnings: tuple[Warned, ...]

    def written(self, doing: str) -> bytes:
        """Return the output of a writer, of which no warning is harmless.

        Raises
        ------
        RenderError : pandoc warned, so something would be lost.
        """
        if self.warnings:
            raise RenderError(f"pandoc, {doing}: {'; '.join(w.message for w in self.warnings)}")
        return self.output


@cache
def pandoc_path() -> str:
    """Return the path of the pandoc program.

    Raises
    ------
    RenderError : the wheel that brings pandoc is not installed.
    """
    # Where the wheel keeps it; to import the package takes longer than pandoc's start.
    wheel = importlib.util.find_spec("pypandoc")
    if wheel is not None and wheel.origin is not None:
        program = Path(wheel.origin).parent / "files" / f"pandoc{'.exe' * (os.name == 'nt')}"
        if program.is_file():
            return str(program)
    try:
        import pypandoc

        return str(pypandoc.get_pandoc_path())
    except (ImportError, OSError):
        message = "found no pandoc, wanted the one of the package pypandoc-binary: "
        raise RenderError(message + "pip install pypandoc-binary") from None


def run_pandoc(
    arguments: Sequence[str],
    text: bytes,
    files: Mapping[str, bytes],
    doing: str,
    epoch: int = 0,
) -> Run:
    """Run pandoc on `text` in a folder that holds `files` and nothing else.

    `doing` says in a message what failed ("reading index.qmd"). `epoch` is what pandoc
    takes for the present, in seconds since 1970: the clock never reaches the output.

    Raises
    ------
    RenderError : pandoc failed, with its own last words, or ran out of time.
    KeyboardInterrupt : Ctrl-C ended pandoc, which it reaches at the same time as this program.
    """
    with folder_of(files) as root:
        command = [pandoc_path(), *arguments, "--log", "pandoc-log.json"]
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(root)}
        environment["SOURCE_DATE_EPOCH"] = str(epoch)
        try:
            done = subprocess.run(
                command,
                input=text,
                capture_output=True,
                cwd=root,
                env=environment,
                timeout=TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            message = f"pandoc, {doing}: found no end after {TIME_LIMIT} s"
            raise RenderError(message) from None
        except OSError as error:
            raise RenderError(f"pandoc, {doing}: cannot be started: {error.strerror}") from None
        if done.returncode == -signal.SIGINT:
            raise KeyboardInterrupt
        if done.returncode:
            words = _NOISE.sub("", done.stderr.decode("utf-8", "replace")).strip()
            last = " ".join(words.split("\n")[-3:]) or f"exit code {done.returncode}"
            raise RenderError(f"pandoc, {doing}: {last}")
        return Run(done.stdout, tuple(_warnings(root / "pandoc-log.json")))


def _warnings(log: Path) -> Iterable[Warned]:
    if not log.exists():
        return
    for entry in json.loads(log.read_bytes()):
        if entry.get("verbosity") == "WARNING":
            line = (entry.get("openpos") or entry).get("line")
            yield Warned(" ".join(entry["pretty"].split()), line)
