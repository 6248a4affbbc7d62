"""Differences that matter to a reader, in words: which interval lies elsewhere now, and of what."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.differences import Mark
from analysis.effects import is_ratio
from analysis.terms import MEASURES

_INTERVAL = {-1: "below the null", 0: "includes the null", 1: "above the null"}
_ESTIMATE = {**_INTERVAL, 0: "the null"}
_I2 = dict(enumerate(("below 25%", "25% to 50%", "50% to 75%", "75% or more")))
_CLAIM = {0: "does not hold", 1: "holds"}
_PLURALS = {
    "ROM": "ratios of means",
    "PLO": "logits of proportions",
    "PFT": "proportions (double arcsine)",
    "ZCOR": "values of Fisher’s z",
}


def mark(one: Mark) -> tuple[str, str, str, str]:
    """Return a marked difference: of what, which kind, before, after."""
    places: Mapping[int, str]
    match one.kind:
        case "null":
            # Where groups are compared, the null is that of the comparison, not of an effect.
            what = f"interval of the {contrast(one.compares)}" if one.compares else "interval"
            places = _INTERVAL
        case "prediction":
            what, places = "prediction interval", _INTERVAL
        case "direction":
            what, places = contrast(one.compares) if one.compares else "estimate", _ESTIMATE
        case "i2":
            what, places = "I²", _I2
        case "omissions":
            what = "omissions that change the answer"
            places = {n: str(n) for n in (one.before, one.after)}
        case "claim":
            what, places = "claim", _CLAIM
    return one.label, what, places[one.before], places[one.after]


def contrast(measure: str) -> str:
    """Return what a coefficient of a regression is: ratio of hazard ratios."""
    plural = _PLURALS.get(measure, f"{MEASURES[measure]}s")
    return f"{'ratio' if is_ratio(measure) else 'difference'} of {plural}"
