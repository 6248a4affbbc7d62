"""Findings about the evidence as a whole: counts, the flow of searches, pools as printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FlowFinding:
    """One search from records to studies; sums are computed, None where nobody counted."""

    id: str
    kind: str
    date: str | None
    sources: tuple[str, ...]
    identified: int | None
    identified_parts: tuple[tuple[str, int], ...]
    duplicates: int | None
    screened: int | None
    excluded_at_screening: tuple[tuple[str, int], ...]
    after_screening: int | None
    excluded_at_full_text: tuple[tuple[str, int], ...]
    after_full_text: int | None
    studies: tuple[str, ...]
    found_nothing: bool


@dataclass(frozen=True)
class Counts:
    """Counts over the included studies."""

    studies: int
    patients: int | None
    patients_by_arm: Mapping[str, int | None]
    countries: int
    designs: Mapping[str, int]
    outcomes: Mapping[str, int]
    characteristics: Mapping[str, Mapping[str, int]]
    quality: Mapping[str, Mapping[str, int]]
    judgements: Mapping[str, Mapping[str, Mapping[str, int]]]
    harms: Mapping[str, Mapping[str, int]]
    statuses: Mapping[str, int]


@dataclass(frozen=True)
class PoolFinding:
    """A pooled result that the article printed and nobody can recompute."""

    id: str
    outcome: str
    family: str
    label: str
    measure: str
    est: float
    lb: float
    ub: float
    decimals: int
    p: str | None
    place: str
    inputs: str
