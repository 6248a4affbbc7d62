"""Numbers of registries: in the one form in which a registry finds them."""

from __future__ import annotations

import re

_CLINICALTRIALS = re.compile(r"NCT\d{8}")


def registration(text: str) -> str:
    """Return a registration number; that of ClinicalTrials.gov without spaces, in capitals.

    Raises
    ------
    ValueError : it begins as one of ClinicalTrials.gov, and is none.
    """
    plain = re.sub(r"[\s-]+", "", text).upper()
    if not plain.startswith("NCT"):
        return text
    if not _CLINICALTRIALS.fullmatch(plain):
        raise ValueError(f"found {text!r}, wanted NCT and eight digits, as NCT04803266")
    return plain
