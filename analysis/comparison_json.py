"""A comparison as JSON, with all that the terminal cuts short."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from analysis.comparison import Comparison
from analysis.comparison_words import Side
from analysis.findings import DIGITS


def to_json(comparison: Comparison, before: Side, after: Side) -> str:
    """Return the comparison as JSON: sorted keys, 12 significant digits, a final newline."""
    document = {
        "before": {"name": before.name, "evidence": comparison.findings[0].evidence},
        "after": {"name": after.name, "evidence": comparison.findings[1].evidence},
        "same": comparison.same,
        "lost": comparison.lost,
        "changes": comparison.changes,
        "results": [
            {
                "analysis": r.analysis,
                "title": r.title,
                "measure": r.measure,
                "role": r.role,
                "before": r.before,
                "after": r.after,
                "why_not": r.why_not,
                "attribution": r.attribution,
                "whole": r.attribution.whole,
            }
            for r in comparison.results
        ],
        "marks": comparison.marks,
        "differences": comparison.differences,
        "claims": [{**_plain(claim), "flips": claim.flips} for claim in comparison.claims],
        "withdrawn": comparison.withdrawn,
        "method": {"before": before.method, "after": after.method},
    }
    return json.dumps(_plain(document), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        told = (one for one in dataclasses.fields(value) if one.repr)
        return {one.name: _plain(getattr(value, one.name)) for one in told}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
