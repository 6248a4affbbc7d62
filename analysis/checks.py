"""What the data files must agree on, and what is doubtful in them."""

from __future__ import annotations

from analysis.errors import Problem
from analysis.located import Draft


def check(draft: Draft) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Return errors and warnings."""
    return (), ()
