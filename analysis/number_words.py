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
from typing import NamedTuple


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
    left = _without(text.translate(_PLAIN), fixed)
    words = list(_WORD.finditer(left))
    for at, found in enumerate(words):
        word = found.group()
        if any(sign.isdigit() or sign in "½⅓⅔¼¾" for sign in word) or _says(words, at):
            begin = len(word) - len(word.lstrip("([{\"'“‘—–-"))
            shown = text[found.start() + begin : found.end()].rstrip(".,;:!?)]}\"'”’—–-")
            yield Said(shown, found.start() + begin)


def _says(words: list[re.Match[str]], at: int) -> bool:
    word = words[at].group().lower()
    bare = word.strip("([{\"'“‘.,;:!?)]}”’—–-")
    if _TERM.fullmatch(bare):
        return False
    parts = _LETTERS.findall(bare)
    if any(part in _NUMBERS for part in parts):
        return True
    if bare == "one":
        if at and words[at - 1].group().lower() in ("no", "every", "each", "any", "the", "this"):
            return False
        ends = word[-1] in ".,;:!?)"
        return not ends and any(_counted(next_) for next_ in words[at + 1 : at + 3])
    before = words[at - 1].group().lower() if at else ""
    return bare in _PARTS and before in ("a", "one", "of", "or", "nearly", "almost", "about")


def _counted(found: re.Match[str]) -> bool:
    word = found.group().lower().strip("([{\"'“‘.,;:!?)]}”’")
    singular = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
    return word in _COUNTED or singular in _COUNTED


def _without(text: str, fixed: Iterable[str]) -> str:
    """Return the text with its fixed terms blanked out, the longest first."""
    for term in sorted(fixed, key=len, reverse=True):
        wanted = term.translate(_PLAIN)
        start = text.find(wanted) if wanted else -1
        while start >= 0:
            end = start + len(wanted)
            whole = not (start and text[start - 1].isalnum() and wanted[0].isalnum())
            if whole and not (end < len(text) and text[end].isalnum() and wanted[-1].isalnum()):
                text = text[:start] + "\0" * len(wanted) + text[end:]
            start = text.find(wanted, start + 1)
    return text
