"""living-review: study data in YAML under git to a finished, living systematic review.

The public functions are exported lazily, so that importing the package costs nothing:

    from analysis import load_review, find, Effects, pool

    s = pool(Effects(("A", "B"), [-0.1, -0.3], [0.02, 0.05], "HR"), method="REML", test="z")
    s.est, s.est_lb, s.est_ub
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.effects import Effects
    from analysis.export_csv import frames
    from analysis.findings import Findings
    from analysis.grouping import subgroups
    from analysis.load import load_review
    from analysis.moderators import Moderator, regress
    from analysis.plan import find
    from analysis.robustness import cumulate, influence, leave_one_out
    from analysis.small_study import begg, egger
    from analysis.synthesis import Synthesis, pool
    from analysis.trimming import trim_and_fill

_HOMES = {
    "Effects": "effects",
    "Findings": "findings",
    "Moderator": "moderators",
    "Synthesis": "synthesis",
    "begg": "small_study",
    "cumulate": "robustness",
    "egger": "small_study",
    "find": "plan",
    "frames": "export_csv",
    "influence": "diagnostics",
    "leave_one_out": "robustness",
    "load_review": "load",
    "pool": "synthesis",
    "regress": "moderators",
    "subgroups": "grouping",
    "trim_and_fill": "trimming",
}

__all__ = [
    "Effects",
    "Findings",
    "Moderator",
    "Synthesis",
    "begg",
    "cumulate",
    "egger",
    "find",
    "frames",
    "influence",
    "leave_one_out",
    "load_review",
    "pool",
    "regress",
    "subgroups",
    "trim_and_fill",
]


def __getattr__(name: str) -> Any:
    """Import a public function on its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(f"analysis.{_HOMES[name]}"), name)
