"""living-review: study data in YAML under git to a finished, living systematic review.

The public functions are exported lazily, so that importing the package costs nothing:

    from analysis import load_review, find, Effects, pool

    s = pool(Effects(("A", "B"), [-0.1, -0.3], [0.02, 0.05], "HR"), method="REML", test="z")
    s.est, s.est_lb, s.est_ub

Columns of pandas are taken by position. What cannot be answered raises `MethodError`, what is
wrong in data files `DataError`; both are a `ReviewError`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.diagnostics import baujat, influence, radial
    from analysis.effects import Effects
    from analysis.errors import DataError, MethodError, ReviewError
    from analysis.export_csv import frames
    from analysis.findings import Findings
    from analysis.grouping import Subgroups, subgroups
    from analysis.intervals import effects_from_intervals
    from analysis.load import load_review
    from analysis.model_matrix import Moderator
    from analysis.moderators import regress
    from analysis.plan import find
    from analysis.refits import cumulate, leave_one_out
    from analysis.regression import Regression
    from analysis.small_study import begg, egger, pet_peese
    from analysis.synthesis import Synthesis, pool
    from analysis.trimming import trim_and_fill
    from analysis.two_by_two import Tables, two_by_two_effects

_HOMES = {
    "DataError": "errors",
    "Effects": "effects",
    "Findings": "findings",
    "MethodError": "errors",
    "Moderator": "model_matrix",
    "Regression": "regression",
    "ReviewError": "errors",
    "Subgroups": "grouping",
    "Synthesis": "synthesis",
    "Tables": "two_by_two",
    "baujat": "diagnostics",
    "begg": "small_study",
    "cumulate": "refits",
    "effects_from_intervals": "intervals",
    "egger": "small_study",
    "find": "plan",
    "frames": "export_csv",
    "influence": "diagnostics",
    "leave_one_out": "refits",
    "load_review": "load",
    "pet_peese": "small_study",
    "pool": "synthesis",
    "radial": "diagnostics",
    "regress": "moderators",
    "subgroups": "grouping",
    "trim_and_fill": "trimming",
    "two_by_two_effects": "two_by_two",
}

__all__ = [
    "DataError",
    "Effects",
    "Findings",
    "MethodError",
    "Moderator",
    "Regression",
    "ReviewError",
    "Subgroups",
    "Synthesis",
    "Tables",
    "baujat",
    "begg",
    "cumulate",
    "effects_from_intervals",
    "egger",
    "find",
    "frames",
    "influence",
    "leave_one_out",
    "load_review",
    "pet_peese",
    "pool",
    "radial",
    "regress",
    "subgroups",
    "trim_and_fill",
    "two_by_two_effects",
]


def __getattr__(name: str) -> Any:
    """Import a public function on its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(f"analysis.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names, for completion while typing."""
    return [*__all__]
