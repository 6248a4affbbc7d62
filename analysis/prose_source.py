"""The source of a text with its comments blank, so that no word is looked for in one.

A text may come from a stranger, who may open a thousand times what nothing closes: no sign of it
is passed more than a few times.
"""

from __future__ import annotations

import re

_OPENS = re.compile(r"^(?P<fence>`{3,}+|~{3,}+)|(?P<code>`++)|<!--", re.MULTILINE)
_CODE = re.compile(r"(`++)[^`\n]*+(`++)")
_BLACK = re.compile(r"[^\n]")


def without_comments(source: str) -> str:
    """Return a text with blanks for its HTML comments, each line as long as it was.

    Code is passed over: what opens a comment there is none.
    """
    last = source.rfind("-->")  # whatever opens behind it is not closed
    parts: list[str] = []
    copied = at = 0
    while (opens := _OPENS.search(source, at)) and opens.end() <= last:
        at = opens.end()
        if fence := opens["fence"]:
            # One that nothing closes is longer than any behind it: few of a text can be.
            close = source.find(f"\n{fence}", at)
            at = at if close < 0 else close + 1 + len(fence)
        elif opens["code"]:
            code = _CODE.match(source, opens.start())
            # Of more signs than close it, Pandoc takes the first as signs of the text.
            at = code.end() if code and len(code[1]) >= len(code[2]) else at
        else:
            at = source.index("-->", at) + len("-->")
            parts += source[copied : opens.start()], _BLACK.sub(" ", source[opens.start() : at])
            copied = at
    return "".join((*parts, source[copied:]))
