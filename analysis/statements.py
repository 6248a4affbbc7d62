"""What is said of the statements of the text that are others now: how many, and their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from analysis import words
from analysis.claim_sentences import Reread
from analysis.markdown import escape_inner
from analysis.words import HARD

STEM = 3  # letters that the forms of a word have in common
_SIGNED = re.compile("([=<>≤≥]) ")
_OPENING, _CLOSING = f"([“=<>≤≥{HARD}", ")]”.,;:"


def statements(number: int, renumbered: int = 0) -> str:
    """Return how many statements of the text are others now: 2 statements of the text changed.

    Parameters
    ----------
    renumbered : in how many others the numbers alone moved.
    """
    one, many = "statement of the text", "statements of the text"
    told = f"{words.count(number, one, plural=many)} changed"
    if not renumbered:
        return told
    if number:
        one, many = "other", "others"
    moved = f"in {words.count(renumbered, one, plural=many)} the numbers alone moved"
    return f"{told}; {moved}" if number else moved


def statement_lines(text: Reread) -> Iterator[str]:
    """Yield the statements that changed as a list in Markdown: whole as they read now, and before.

    They are in the order of their file, and what is no longer said comes last. Where the evidence
    of the earlier side is lost, its words are as well.
    """
    order = {id_: index for index, id_ in enumerate(text.after)}
    for one in sorted(text.worded, key=lambda one: order.get(one.id, len(order))):
        before, now = text.before.get(one.id), text.after.get(one.id)
        if now is None:
            if before is not None:
                yield f"- no longer said: “{escape_inner(before)}”"
            continue
        yield f"- {'new: ' if one.said == 'is new' else ''}“{escape_inner(now)}”"
        if before is not None:
            yield f"    - before: “{escape_inner(before)}”"


def moved_numbers(before: str, now: str) -> str | None:
    """Return a sentence once, with what moved in it: HR 0.89 → 0.91 (95% CI 0.81–0.97 → 0.83–0.99).

    None where the two do not have the same number of words.
    """
    # A sign goes with its number: P = 0.03 → < 0.001.
    old, new = (_SIGNED.sub(r"\1" + HARD, text).split(" ") for text in (before, now))
    if len(old) != len(new):
        return None
    pairs = zip(old, new, strict=True)
    return " ".join(b if _alike(a, b) else _arrow(a, b) for a, b in pairs).replace(HARD, " ")


def _alike(before: str, now: str) -> bool:
    """Say whether two words are one, but for what follows a number: 1 study, 2 studies."""
    old, new = (word.strip(_OPENING + _CLOSING) for word in (before, now))
    return before == now or (f"{old}{new}".isalpha() and old[:STEM] == new[:STEM])


def _arrow(before: str, now: str) -> str:
    """Join two words by an arrow, the brackets and stops around both once."""
    head = _shared(before, now, _OPENING)
    before, now = before[len(head) :], now[len(head) :]
    tail = _shared(before[::-1], now[::-1], _CLOSING)[::-1]
    return f"{head}{before.removesuffix(tail)} → {now.removesuffix(tail)}{tail}"


def _shared(one: str, other: str, signs: str) -> str:
    """Return with which of these signs both texts begin."""
    pairs = takewhile(
        lambda pair: pair[0] == pair[1] and pair[0] in signs, zip(one, other, strict=False)
    )
    return "".join(sign for sign, _ in pairs)
