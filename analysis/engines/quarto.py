"""The `quarto` program as an engine: the generated project to a page, a paper, a Word file.

Quarto reads the review's own `_quarto.yml`, so that what `quarto render` gives by hand and what
this engine gives are one paper. The engine works on a scratch copy of the generated project,
from which the pre-render command is taken out: the manuscript is already written.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from analysis.engines import MANUSCRIPT, OUTPUTS, Source, matter
from analysis.engines.child import Ended, run
from analysis.engines.scratch import folder_of
from analysis.errors import RenderError

WANTED = (1, 7)
PROJECT = "_quarto.yml"
FONTS = Path(__file__).parent.parent / "fonts"
FONTS_PATH = "analysis/fonts"
"""Where a `_quarto.yml` finds the fonts: their place in a clone, and in the scratch copy."""
FORMATS = {"html": "html", "pdf": "typst", "docx": "docx"}

_OUTPUT_DIR = "_output"
_ASK_SECONDS = 60.0
_LAST_WORDS = 12
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Where in its own code Quarto failed says nothing to an author.
_FRAME = re.compile(r"Stack trace:|\s+at .*(file|ext):")
_ERROR = re.compile(r"^\S.*?\berror:|^error\b", re.IGNORECASE)
_ELSE = "or take `--engine pandoc`, which needs nothing but this package"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Quarto:
    """A `quarto` program that was found, with the version it gave."""

    path: Path
    version: str


def find_quarto(environ: Mapping[str, str] | None = None) -> Quarto:
    """Find the `quarto` program: `QUARTO_PATH` where it is set, else the one on `PATH`.

    Raises
    ------
    RenderError : there is none, it does not say its version, or the version is below 1.7.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("QUARTO_PATH", "")
    path = shutil.which(named or "quarto", path=environ.get("PATH", os.defpath))
    if path is None:
        found = f"no program at QUARTO_PATH={named}" if named else "no `quarto` on PATH"
        raise RenderError(
            f"quarto: found {found}, wanted Quarto {_dotted(WANTED)} or newer; "
            f"get it from https://quarto.org/docs/get-started/, {_ELSE}"
        )
    version = _ask_version(path, environ)
    if tuple(map(int, version.split(".")[:2])) < WANTED:
        raise RenderError(
            f"quarto: found version {version} at {path}, wanted {_dotted(WANTED)} or newer; "
            f"get it from https://quarto.org/docs/get-started/, {_ELSE}"
        )
    return Quarto(Path(path), version)


def publish(
    source: Source,
    figures: Mapping[str, bytes],
    to: Collection[str],
    *,
    quarto: Quarto | None = None,
    progress: Progress | None = None,
    timeout: float = 600.0,
) -> dict[str, bytes]:
    """Render the manuscript to the formats in `to` (`html`, `pdf`, `docx`).

    Parameters
    ----------
    source : the manuscript; its `files` hold the review's `_quarto.yml`, the references and
        the styles, by path relative to the root.
    figures : the figures by path relative to the root (`figures/forest_os.svg`).
    progress : given each line that Quarto prints, as it comes; not those that are indented,
        since Quarto lists the whole front matter, abstract included, once a format.
    timeout : seconds for the whole run.

    Returns
    -------
    Output name (`index.html`, `review.pdf`, `review.docx`) to its bytes.

    Raises
    ------
    RenderError : no Quarto, no project file, Quarto failed, ran out of time or left no output.
    KeyboardInterrupt : passed on, with Quarto and its children ended.
    """
    quarto = quarto or find_quarto()
    deadline = time.monotonic() + timeout
    outputs = {}
    with folder_of(_project(source, figures)) as scratch:
        # A run for each format: `--to` takes a list, but not of formats that only the project
        # names.
        for kind in (kind for kind in OUTPUTS if kind in to):
            ended = run(
                [str(quarto.path), "render", MANUSCRIPT, "--to", FORMATS[kind]],
                cwd=scratch,
                environ=_environ(source.date),
                line=_told(progress),
                timeout=deadline - time.monotonic(),
            )
            _check(ended, quarto, FORMATS[kind], timeout)
            outputs[OUTPUTS[kind]] = _read(scratch / _OUTPUT_DIR / OUTPUTS[kind])
    return outputs


def project_settings(text: bytes) -> dict[str, Any]:
    """Read a `_quarto.yml` and return what the scratch copy is rendered with.

    The commands around a render are left out (the manuscript is written already), the output
    goes where this engine looks for it, and no code cell runs whatever the file says.

    Raises
    ------
    RenderError : the file is no YAML mapping.
    """
    try:
        settings = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{PROJECT}:{mark.line + 1}" if mark else PROJECT
        what = getattr(error, "problem", None) or "not YAML"
        raise RenderError(f"{place}: found {what}, wanted YAML") from None
    project = settings.get("project", {}) if isinstance(settings, dict) else None
    if not isinstance(project, dict):
        raise RenderError(f"{PROJECT}: found no mapping of settings, wanted a Quarto project")
    kept: dict[str, Any] = {
        key: project[key] for key in project if key not in ("pre-render", "post-render")
    }
    kept |= {"output-dir": _OUTPUT_DIR, "render": [MANUSCRIPT]}
    return {**settings, "project": kept, "engine": "markdown", "execute": {"enabled": False}}


def _project(source: Source, figures: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of the project that Quarto renders, by path."""
    if PROJECT not in source.files:
        raise RenderError(f"{PROJECT}: found none, wanted the review's Quarto project file")
    settings = project_settings(source.files[PROJECT])
    files = {
        **{f"{FONTS_PATH}/{font.name}": font.read_bytes() for font in _fonts()},
        **source.files,
        **figures,
        MANUSCRIPT: source.text.encode(),
        PROJECT: yaml.safe_dump(settings, sort_keys=False, allow_unicode=True).encode(),
    }
    for path in files:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts:
            raise RenderError(f"{path}: found a path out of the review, wanted one inside it")
    return files


def _fonts() -> list[Path]:
    return sorted(path for path in FONTS.iterdir() if path.suffix in (".otf", ".woff2"))


def _environ(date: str | None) -> dict[str, str]:
    """The environment for Quarto: dates from the review, fonts from the review, no colours."""
    kept = {
        key: value
        for key, value in os.environ.items()
        # A Quarto that called us as its pre-render must not lend its project to this one.
        if not key.startswith("QUARTO_PROJECT_") and key != "QUARTO_PROFILE"
    }
    return kept | {
        "SOURCE_DATE_EPOCH": str(int(matter.moment(date).timestamp())),
        "TYPST_IGNORE_SYSTEM_FONTS": "true",
        "NO_COLOR": "1",
    }


def _ask_version(path: str, environ: Mapping[str, str]) -> str:
    try:
        answer = subprocess.run(
            [path, "--version"],
            capture_output=True,
            text=True,
            errors="replace",
            env=dict(environ),
            timeout=_ASK_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RenderError(
            f"quarto: found {path}, which does not run ({_why(error)}), wanted a program that "
            f"answers `quarto --version`; mend it, {_ELSE}"
        ) from None
    version = re.match(r"\s*(\d+\.\d+(?:\.\d+)*)", answer)
    if version is None:
        said = answer.strip().splitlines()[:1] or ["nothing"]
        raise RenderError(
            f"quarto: found {said[0]!r} in answer to `{path} --version`, wanted a version "
            f"number; mend it, {_ELSE}"
        )
    return version.group(1)


def _why(error: OSError | subprocess.TimeoutExpired) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"no answer in {_ASK_SECONDS:.0f} s"


def _told(progress: Progress | None) -> Progress:
    def tell(line: str) -> None:
        plain = _ANSI.sub("", line).rstrip()
        if progress is not None and plain and not plain[0].isspace():
            progress(plain)

    return tell


def _check(ended: Ended, quarto: Quarto, to: str, timeout: float) -> None:
    if ended.code == 0:
        return
    words = _last_words(ended.lines)
    said = "its last words:\n" + "\n".join(f"  {w}" for w in words) if words else "it said nothing"
    if ended.code is None:
        raise RenderError(
            f"quarto: found version {quarto.version} still rendering {to} after {timeout:g} s, "
            f"wanted all done by then; {said}"
        )
    raise RenderError(
        f"quarto: found version {quarto.version} ending {to} with code {ended.code}, wanted 0; "
        f"{said}"
    )


def _last_words(lines: Sequence[str]) -> list[str]:
    """Return what Quarto said of its error, where it used that word, else its last lines."""
    plain = (_ANSI.sub("", line).rstrip() for line in lines)
    words = [line for line in plain if line and not _FRAME.match(line)][-2 * _LAST_WORDS :]
    error = (i for i, line in enumerate(words) if _ERROR.search(line))
    start = next(error, max(0, len(words) - _LAST_WORDS))
    return words[start:][:_LAST_WORDS]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise RenderError(
            f"quarto: found no {path.parent.name}/{path.name} after it ended well, wanted one; "
            f"does {PROJECT} give the format another output-file?"
        ) from None


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
