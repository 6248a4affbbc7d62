"""Characters that print nothing, and so can make two texts look alike or one like another."""

from __future__ import annotations

import unicodedata

# The categories of Unicode whose characters print nothing, or reorder what is printed around them.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Of category Cf as well, but printed: the signs of Arabic, Syriac and Kaithi that stand over
# numbers.
_SHOWN = frozenset(map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD,
                             0x110CD)))  # fmt: skip
_JOINERS = "\u200c\u200d"


def hidden_in(text: str) -> str | None:
    """Return the first character of a text that prints nothing, None where there is none.

    A tab and a line end are none. The zero-width joiner and non-joiner are allowed between
    letters (and the signs on them): Persian, Hindi and Malayalam are not written without them.
    """
    if text.isprintable():  # nearly all: no blank but the space, nothing of HIDDEN
        return None
    return next((text[i] for i in range(len(text)) if _is_hidden(text, i)), None)


def without_hidden(text: str) -> str:
    """Return a text without what `hidden_in` finds; what would part words becomes a space."""
    if text.isprintable():
        return text
    parts = []
    for i, character in enumerate(text):
        if not _is_hidden(text, i):
            parts.append(character)
        elif unicodedata.category(character) != "Cf":
            parts.append(" ")
    return "".join(parts)


def _is_hidden(text: str, at: int) -> bool:
    character = text[at]
    if character.isprintable() or character in "\t\n" or character in _SHOWN:
        return False
    if character in _JOINERS and 0 < at < len(text) - 1:
        return not (_of_letters(text[at - 1]) and _of_letters(text[at + 1]))
    # The last two of each plane, as U+FFFE, are no characters at all.
    return unicodedata.category(character) in HIDDEN or ord(character) & 0xFFFE == 0xFFFE


def _of_letters(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM"
