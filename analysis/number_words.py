"""Which words of a text say a number: digits, and number words of English.

Decisions, which hold for every review:

- a word with a digit in it says a number (`12`, `8-year`, `N0`), unless a fixed term covers it:
  one of the review, or one that is a name in any review (`known_terms`: `I²`, `PRISMA 2020`, and
  `95% CI` where the plan has intervals of that level);
- `two` to `ninety-nine`, `hundred`, `thousand`, `million`, `dozen`, `zero`, `half`, `twice`,
  `double` say one, alone or in a compound (`ten-year`, `two-fold`);
- `one` says one before something that reviews count, at most one word between (`one study`,
  `one randomised trial`), and else is a pronoun (`one of the aims`, `the one that`);
- `a third`, `two fifths` say one; ordinals (`first`, `the third of these`) order, and pass;
- `two-sided`, `one-sided`, `double-blind` and their like are terms of method, and pass;
- `both`, `single`, `no`, `none` and `neither` pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_UNITS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_NUMBERS = _words(
    _UNITS,
    "zero hundred hundreds thousand thousands million millions billion billions dozen dozens",
    "half halves halve halved twice thrice double doubles doubled triple tripled",
    "twofold threefold tenfold",
)
_PARTS = _words("third thirds quarter quarters fifth fifths tenth tenths")
_COUNTED = _words(
    "study trial cohort report article paper review patient participant woman man person death "
    "event recurrence case control outcome analysis estimate result interval group arm country "
    "centre center hospital year month week day record search database source edition figure "
    "table percent per point"
)
_TERM = re.compile(r"(?:one|two)-(?:sided|tailed)|double-(?:blind\w*|arm)|leave-one-out")
_WORD = re.compile(r"[^\s\0]+")
_LETTERS = re.compile(r"[a-z]+")
_PLAIN = str.maketrans({"\N{NO-BREAK SPACE}": " ", "’": "'", "‑": "-"})


STATISTICS = ("I²", "τ²", "tau²", "H²", "R²", "χ²", "chi²")
GUIDELINES = ("PRISMA 2020", "PRISMA-P 2015", "CONSORT 2010", "CONSORT 2025", "RoB 2", "AMSTAR 2")
_INTERVALS = ("CI", "PI", "CrI", "interval", "confidence interval", "prediction interval",
              "credible interval")  # fmt: skip


class Said(NamedTuple):
    """A number that a text says, and where it begins."""

    word: str
    start: int


def known_terms(levels: Iterable[float]) -> tuple[str, ...]:
    """Return terms that hold digits and are a name in any review: no result is among them.

    Parameters
    ----------
    levels : those of the intervals of the plan, as 0.95: `95% CI` names one, `90% CI` none.
    """
    shown = dict.fromkeys(f"{100 * level:.6g}%" for level in levels)
    intervals = (f"{level} {name}" for level in shown for name in _INTERVALS)
    each = (term for name in intervals for term in (name, f"{name}s"))
    return (*STATISTICS, *GUIDELINES, *each)


def says_number(text: str, fixed: Iterable[str] = ()) -> bool:
    """Say whether a text says a number that no fixed term covers."""
    return next(numbers(text, fixed), None) is not None


def numbers(text: str, fixed: Iterable[str] = ()) -> Iterator[Said]:
    """Yield every number that a text says, but for the fixed terms, in reading order."""
    left = _without(text.translate(_PLAIN), tuple(fixed))
    words = list(_WORD.finditer(left))
    for at, found in enumerate(words):
        word = found.group()
        if (sense := _sense(word)) != "none" and (sense == "number" or _says(words, at, sense)):
            begin = len(word) - len(word.lstrip("([{\"'“‘—–-"))
            shown = text[found.start() + begin : found.end()].rstrip(".,;:!?)]}\"'”’—–-")
            yield Said(shown, found.start() + begin)


@lru_cache(maxsize=8192)
def _sense(word: str) -> Literal["none", "number", "one", "part"]:
    """Return what a word says by itself; of `one` and of parts, as `third`, others decide."""
    if any(sign.isdigit() or sign in "½⅓⅔¼¾" for sign in word):
        return "number"
    bare = word.lower().strip("([{\"'“‘.,;:!?)]}”’—–-")
    if _TERM.fullmatch(bare):
        return "none"
    if any(part in _NUMBERS for part in _LETTERS.findall(bare)):
        return "number"
    return "one" if bare == "one" else "part" if bare in _PARTS else "none"


def _says(words: list[re.Match[str]], at: int, sense: str) -> bool:
    """Say whether `one` or a part is a number, by the words beside it."""
    before = words[at - 1].group().lower() if at else ""
    if sense == "part":
        return before in ("a", "one", "of", "or", "nearly", "almost", "about")
    if before in ("no", "every", "each", "any", "the", "this"):
        return False
    ends = words[at].group()[-1] in ".,;:!?)"
    return not ends and any(_counted(next_) for next_ in words[at + 1 : at + 3])


def _counted(found: re.Match[str]) -> bool:
    word = found.group().lower().strip("([{\"'“‘.,;:!?)]}”’")
    singular = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
    return word in _COUNTED or singular in _COUNTED


def _without(text: str, fixed: tuple[str, ...]) -> str:
    """Return the text with its fixed terms blanked out."""
    for wanted in _longest_first(fixed):
        start = text.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            whole = not (start and text[start - 1].isalnum() and wanted[0].isalnum())
            if whole and not (end < len(text) and text[end].isalnum() and wanted[-1].isalnum()):
                text = text[:start] + "\0" * len(wanted) + text[end:]
            start = text.find(wanted, start + 1)
    return text


@lru_cache(maxsize=16)
def _longest_first(terms: tuple[str, ...]) -> tuple[str, ...]:
    """Return terms in the signs that `_PLAIN` leaves, those first that may hold another."""
    return tuple(term.translate(_PLAIN) for term in sorted(terms, key=len, reverse=True) if term)
