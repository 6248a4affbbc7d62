"""Absolute effects in words: risks, differences per 1,000, numbers needed to treat."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analysis import words
from analysis.summary_findings import AbsoluteFinding
from analysis.words import Words


def risk_with(found: AbsoluteFinding, path: str) -> Words:
    """Return the risk with the intervention: 25.2% (22.8%–27.8%)."""
    return Words(
        words.percent(100 * found.risk, f"{path}.risk"),
        " (",
        words.percent(100 * found.risk_lb, f"{path}.risk_lb"),
        words.DASH,
        words.percent(100 * found.risk_ub, f"{path}.risk_ub"),
        ")",
    )


def per_1000(found: AbsoluteFinding, path: str) -> Words:
    """Return the difference: 26 fewer (50 fewer to 0.3 fewer)."""
    low, high = found.per_1000_lb, found.per_1000_ub
    return Words(
        _more_or_fewer(found.per_1000, f"{path}.per_1000"),
        " (",
        _more_or_fewer(low, f"{path}.per_1000_lb"),
        " to ",
        _more_or_fewer(high, f"{path}.per_1000_ub"),
        ")",
    )


def number_needed(found: AbsoluteFinding, path: str) -> Words:
    """Return the number needed to treat in Altman's form: NNTB 39 (NNTB 19 to ∞ to NNTH 168).

    Where the interval holds no nil difference: NNTB 38 (20 to 3,108). Of whole patients, NNTB
    rounded up and NNTH rounded down, so that neither makes the treatment look better than it is
    (Cochrane Handbook, section 15.4.2).
    """
    side, other = ("NNTB", "NNTH") if found.nnt_benefit else ("NNTH", "NNTB")
    value = Words("none: no difference")
    if found.nnt is not None:
        value = Words(f"{side} ", _patients(found.nnt, side, f"{path}.nnt"))
    if found.nnt_near is None:
        return value
    near = _patients(found.nnt_near, side, f"{path}.nnt_near")
    if found.nnt_far is None:
        return Words(value, f" ({side} ", near, " to ∞)")
    if found.nnt_through_infinity:
        far = _patients(found.nnt_far, other, f"{path}.nnt_far")
        return Words(value, f" ({side} ", near, f" to ∞ to {other} ", far, ")")
    far = _patients(found.nnt_far, side, f"{path}.nnt_far")
    return Words(value, " (", near, " to ", far, ")")


def notes(found: Sequence[AbsoluteFinding]) -> list[str]:
    """Return what the numbers needed to treat are, as far as there are any of that kind."""
    through = any(one.nnt_through_infinity for one in found)
    sides = {one.nnt_benefit for one in found if one.nnt is not None}
    kinds = (
        ("NNTB", "to benefit, rounded up", True in sides or through),
        ("NNTH", "to be harmed, rounded down", False in sides or through),
    )
    what = "number needed to treat for one more person"
    told = [f"{side}: {what} {how}" for side, how, there in kinds if there]
    endless = through or any(one.nnt_near is not None and one.nnt_far is None for one in found)
    over = (
        "Where the interval of the difference includes the null, that of the number needed runs "
        "over infinity (∞)."
    )
    return [f"{'; '.join(told)}.", *([over] if endless else [])] if told else []


def _more_or_fewer(value: float, key: str) -> Words:
    decimals = 0 if abs(value) >= 1 or value == 0 else 1
    if abs(value) < 0.05 and value != 0:
        return Words(words.fixed("<0.1", key), " more" if value > 0 else " fewer")
    size = words.number(abs(float(value)), key, decimals)
    return Words(size, " more" if value > 0 else " fewer" if value < 0 else "")


def _patients(value: float, side: str, key: str) -> Words:
    # What lies beside a whole number by rounding error alone, as 1 / 0.1 may, is that number.
    error = 1e-9 * max(1.0, value)
    whole = math.ceil(value - error) if side == "NNTB" else math.floor(value + error)
    return words.count(whole, key=key)
