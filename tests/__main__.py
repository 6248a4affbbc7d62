"""Everything that must pass, in one command: `python -m tests`."""

from __future__ import annotations

import subprocess
import sys

STEPS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("pytest", "--cov", "--cov-report=term"),
)


def main() -> int:
    """Run every step, even after one has failed; return 1 if any has."""
    failed = [
        step
        for step in STEPS
        if subprocess.run([sys.executable, "-m", *step], check=False).returncode
    ]
    for step in failed:
        print(f"failed: python -m {' '.join(step)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
