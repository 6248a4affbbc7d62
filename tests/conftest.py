"""What some tests need beyond Python: there, skipped and said, or required and missed.

`REQUIRE="browser metafor"` in the environment turns a skip for want of that program into a
failure; `.ci/run` sets it, so that no check is lost unseen.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from functools import cache

import pytest

NEEDS = {
    "browser": "Debian's chromium",
    "metafor": "R with metafor",
    "quarto": "the quarto program",
}


@cache
def present(need: str) -> bool:
    """Say whether this machine has what tests of a marker need."""
    if need == "browser":
        return shutil.which("chromium") is not None
    if need == "metafor":
        if shutil.which("Rscript") is None:
            return False
        look = ["Rscript", "-e", "quit(status = !requireNamespace('metafor', quietly = TRUE))"]
        return subprocess.run(look, capture_output=True, check=False).returncode == 0
    return bool(os.environ.get("QUARTO_PATH")) or shutil.which("quarto") is not None


def pytest_configure() -> None:
    """Hear what ends a program, though who runs the tests in the background has it ignored.

    A shell does so with Ctrl-C, `nohup` with the end of the terminal; what a program ignores, its
    children ignore, and those that tests interrupt would never end.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is absent, or fail it where the program is required."""
    required = os.environ.get("REQUIRE", "").split()
    for need, what in NEEDS.items():
        if item.get_closest_marker(need) and not present(need):
            if need in required:
                pytest.fail(f"{what} is required here (REQUIRE={need}) and was not found")
            pytest.skip(f"needs {what}")


@pytest.fixture
def git_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give git an identity, and no settings of whoever runs the tests."""
    from tests.scratch import IDENTITY

    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
