"""Text as Markdown that prints as that very text, in Pandoc and in Quarto.

Data come from strangers: whatever they write must show as written and never act. A
backslash before a symbol does that for both programs, and in Quarto it also breaks the
`{{< … >}}` of a shortcode, which backticks would not.
"""

from __future__ import annotations

import re

# Symbols that may open or close something wherever they stand, and the runs that Pandoc's
# `smart` extension would turn into dashes and an ellipsis.
_ACTIVE = re.compile(r"""[\\`*_{}\[\]<>$@#|~^"'&:!]|-(?=-)|(?<=-)-|\.(?=\.)|(?<=\.)\.""")
# A first word of this form could begin a list, a rule or a quotation: all its symbols are quoted.
_OPENING = re.compile(r" ?(?:[!-/:-@\[-`{-~].*|\w+[.)])", re.DOTALL)
_SYMBOL = re.compile(r"[!-/:-@\[-`{-~]")
_IN_ATTRIBUTE = re.compile(r"""[\\"&<>{}]""")
_CELL = re.compile(r"\{+(?P<language>[A-Za-z][\w.-]*)")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_COMMENT = re.compile(r"\s*(<!--.*?-->\s*)+", re.DOTALL)
_SHOWN = 60  # characters of a part in another language that a message shows


def escape(text: str) -> str:
    """Return Markdown for inline text that prints as `text`, runs of white space as one space."""
    text = _SPACES.sub(" ", text)
    end = text.find(" ", 1)
    first, rest = (text, "") if end < 0 else (text[:end], text[end:])
    if not _OPENING.fullmatch(first):
        return _ACTIVE.sub(_quoted, text)
    return _SYMBOL.sub(_quoted, first) + _ACTIVE.sub(_quoted, rest)


def escape_inner(text: str) -> str:
    """Return the same for text that never begins a line."""
    return _ACTIVE.sub(_quoted, _SPACES.sub(" ", text))


def one_line(text: str) -> str:
    """Return `text` on one line; spaces at which no line may break stay what they are."""
    return _SPACES.sub(" ", text).strip(" ")


def attribute(text: str) -> str:
    """Return `text` quoted as the value of an attribute: `"…"`.

    Space at either end is dropped: Pandoc reads no attribute where one stands by a quote.
    """
    return '"' + _IN_ATTRIBUTE.sub(_quoted, _SPACES.sub(" ", text).strip()) + '"'


def _quoted(found: re.Match[str]) -> str:
    return f"\\{found.group()}"


def code_cell(code: str) -> tuple[str, str] | None:
    """Return what is wrong with code that an engine would be asked to run, and how it begins.

    `code` is inline code, or a class of a block of code: Pandoc leaves `{python}` as it stands.
    None for code that is shown.
    """
    found = _CELL.match(code)
    if not found:
        return None
    begin = "{" + found["language"]
    return f"found a code cell {begin}}}, wanted text: no engine runs code", begin


def line_break(language: str, code: str) -> bool:
    """Say whether a raw part is the `<br>` of HTML, which every format can show."""
    return language == "html" and bool(_BREAK.fullmatch(code))


def comment(language: str, code: str) -> bool:
    """Say whether a raw part is a comment of HTML, which no format shows."""
    return language == "html" and bool(_COMMENT.fullmatch(code))


def raw_part(language: str, code: str) -> tuple[str, str] | None:
    """Return what is wrong with a part in the language of one format, and its first line.

    None for a comment and a line break. Pandoc hands such a part on unread: a number in it would
    be bound to nothing, and the other formats would have a gap.
    """
    if line_break(language, code) or comment(language, code):
        return None
    line = code.strip().split("\n")[0]
    found = f"found raw {language} `{line[:_SHOWN]}`"
    return f"{found}, wanted Markdown, which every format can show", line
