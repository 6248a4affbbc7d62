"""Rscript, run on a scratch copy of what it is given."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping

from analysis.engines.scratch import folder_of
from analysis.errors import RenderError

TIME_LIMIT = 300
"""Seconds after which a run of R is given up; a review takes a few."""


def rscript() -> str | None:
    """Return the path of the Rscript program, None where it is not installed."""
    return shutil.which("Rscript")


def run(files: Mapping[str, bytes], script: str) -> dict[str, float | str]:
    """Run an R script among files, and return the JSON that it prints.

    Raises
    ------
    RenderError : R or metafor is missing, the script failed, or it printed something else.
    """
    program = rscript()
    if program is None:
        raise RenderError("found no Rscript, wanted R with the package metafor")
    with folder_of(files) as folder:
        try:
            done = subprocess.run(
                [program, "--vanilla", script],
                cwd=folder,
                capture_output=True,
                timeout=TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RenderError(f"R: found no answer in {TIME_LIMIT} seconds, wanted one") from None
    if done.returncode:
        raise RenderError(f"R: {_error(done.stderr.decode('utf-8', 'replace'), done.returncode)}")
    try:
        found: dict[str, float | str] = json.loads(done.stdout)
    except ValueError:
        start = done.stdout[:60].decode("utf-8", "replace")
        raise RenderError(f"R: found {start!r}, wanted the JSON of the script") from None
    return found


def _error(said: str, code: int) -> str:
    """Return what R says is wrong, from "Error" on; it ends with "Execution halted"."""
    start = said.find("Error")
    lines = said[max(start, 0) :].replace("Execution halted", "").split()
    return " ".join(lines) or f"exit code {code}"
