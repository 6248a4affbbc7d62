"""DOIs as people copy them, to the bare name that a link and a citation style begin with."""

from __future__ import annotations

import re
from urllib.parse import unquote

EXAMPLE = "10.1001/jamaoncol.2021.6036"
_PREFIX = re.compile(r"(?:https?://)?(?:(?:dx|www)\.)?doi\.org/|doi:\s*", re.IGNORECASE)
_BARE = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+")


def bare_doi(text: str) -> str:
    """Return the DOI alone: 10.1001/x, of doi:10.1001/x or https://doi.org/10.1001/x.

    Raises
    ------
    ValueError : there is none in the text, or something beside it.
    """
    plain = text.strip()
    prefix = _PREFIX.match(plain)
    if prefix:
        plain = unquote(plain[prefix.end() :])
    plain = plain.rstrip(".,;")
    if not _BARE.fullmatch(plain):
        raise ValueError(f"found {text!r}, wanted a DOI, as {EXAMPLE}")
    return plain
