"""The copy of an edition that the site serves: where a later one is out, the copy says so.

The archive itself stays as it was published, byte for byte.
"""

from __future__ import annotations

import re
from html import escape

from analysis.archive import PAGE

_BODY = re.compile(rb"<body\b[^>]*>", re.IGNORECASE)
# Whatever the page looked like when it was published, its own styles give way to these.
_BOX = (
    "all:initial;display:block;margin:0;padding:0.7rem 1rem;background:#fff3cf;color:#16191d;"
    "border-bottom:2px solid #b98900;font:1rem/1.4 system-ui,sans-serif;text-align:center"
)
_LINK = "color:#0b4f6c;text-decoration:underline"


def with_banner(page: bytes, version: str, latest: str) -> bytes:
    """Return the page of an edition, in its folder of the site, with a link to the latest one."""
    banner = (
        f'<aside aria-label="Superseded edition" style="{_BOX}">This is edition '
        f"{escape(version)}, as it was published. A later one is out: "
        f'<a href="../../{PAGE}" style="{_LINK}">edition {escape(latest)}</a>.</aside>'
    ).encode()
    body = _BODY.search(page)
    at = body.end() if body else 0
    return page[:at] + banner + page[at:]
