"""Which pooled result is printed: of double arcsines, the proportion that they stand for."""

from __future__ import annotations

from analysis.findings import AnalysisFinding
from analysis.method_findings import NaturalFinding
from analysis.synthesis import Synthesis


def printed_pool(analysis: AnalysisFinding) -> tuple[Synthesis | NaturalFinding, str]:
    """Return the pooled result as a reader takes it, and the path of its numbers.

    A double arcsine is no number that a reader knows, and no function of itself alone leads it
    back: that takes the sizes of the studies. Where one is not known it stays what it is.
    """
    if analysis.measure == "PFT" and analysis.natural is not None:
        return analysis.natural, f"{analysis.id}.natural"
    return analysis.synthesis, analysis.id
