"""How far a pooled result rests on single studies.

The doors to this room: leave-one-out and cumulation (`analysis.refits`), influence, Baujat and
radial coordinates (`analysis.diagnostics`), all subsets (`analysis.gosh`).
"""

from __future__ import annotations

from analysis.diagnostics import Baujat, Influence, Radial, baujat, influence, radial
from analysis.gosh import Gosh, gosh
from analysis.refits import Cumulative, LeaveOneOut, Refits, cumulate, leave_one_out

__all__ = [
    "Baujat",
    "Cumulative",
    "Gosh",
    "Influence",
    "LeaveOneOut",
    "Radial",
    "Refits",
    "baujat",
    "cumulate",
    "gosh",
    "influence",
    "leave_one_out",
    "radial",
]
