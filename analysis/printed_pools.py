"""Which pooled result is printed: of double arcsines, the proportion that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.findings import AnalysisFinding
from analysis.method_findings import NaturalFinding
from analysis.planned_effects import sizes_of_groups
from analysis.records import Review
from analysis.synthesis import Synthesis
from analysis.words import Keys


def printed_pool(analysis: AnalysisFinding) -> tuple[Synthesis | NaturalFinding, str]:
    """Return the pooled result as a reader takes it, and the path of its numbers.

    A double arcsine is no number that a reader knows, and no function of itself alone leads it
    back: that takes the sizes of the studies. Where one is not known it stays what it is.
    """
    if analysis.measure == "PFT" and analysis.natural is not None:
        return analysis.natural, f"{analysis.id}.natural"
    return analysis.synthesis, analysis.id


def as_read(
    review: Review,
    analysis: AnalysisFinding,
    studies: Iterable[str],
    values: Sequence[float],
    keys: Keys,
) -> tuple[list[float], str, Keys]:
    """Return numbers of some studies pooled as a reader takes them, their measure and their keys.

    Double arcsines become the proportions that they stand for, at the harmonic mean of the sizes
    of these studies (Miller 1978), and are then no findings of their own.
    """
    sizes = sizes_of_groups(review, analysis.rows) if analysis.measure == "PFT" else {}
    if not sizes:
        return list(values), analysis.measure, keys
    from analysis.continuous import pooled_proportion

    told = pooled_proportion(list(values), [sizes[study] for study in studies])
    return told.tolist(), "GEN", Keys()
