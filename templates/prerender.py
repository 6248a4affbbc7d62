"""What `quarto render` runs first: writes index.qmd and its figures from the data.

Quarto runs this file with the Python that it finds, which may not be the one that
living-review is installed for; so nothing of the package is imported before that is known.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

MISSING = """\
living-review: found no installed package for {python}{lost}
and no `living-review` command on PATH, wanted one: it writes index.qmd, which Quarto renders.
Install it from this folder, in the environment that you call quarto from:

    python -m pip install .

"""


def main() -> int:
    """Write the manuscript of the project that Quarto renders; return the exit code."""
    arguments = ["prepare", "--root", os.environ.get("QUARTO_PROJECT_DIR", ".")]
    try:
        from analysis.cli import main as living_review
    except ModuleNotFoundError as error:
        command = shutil.which("living-review")
        if command is not None:
            return subprocess.run([command, *arguments], check=False).returncode
        lost = "" if error.name in ("analysis", "analysis.cli") else f" (it lacks {error.name})"
        sys.stderr.write(MISSING.format(python=sys.executable, lost=lost))
        return 1
    return int(living_review(arguments) or 0)


if __name__ == "__main__":
    sys.exit(main())
