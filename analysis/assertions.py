"""Which sentences of a text assert what the intervention does, with no claim behind them.

Such a sentence names an arm of the question, an outcome, and what the one does to the other
(improves, lowers, no difference). It is held to be an assertion of the review, unless it

- has a citation, or a `[…]{.fixed reason="…"}`: it reports what another text says;
- says so itself (the article, concluded, reported), asks (whether, if), or only supposes (may,
  would, uncertain).

Nothing here understands English, and a sentence in other words passes. What is found is worth a
warning: in the abstract, where readers look for the answer, every sentence has to be a claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from analysis.records import Plan

_EFFECT = re.compile(
    r"""(?<!\bto\ )\b(?:
    (?:improv|reduc|rais|increas|decreas|sav|halv)(?:e|es|ed)
    |(?:lower|lengthen|shorten|extend|prolong|prevent|protect|worsen)(?:s|ed)?
    |benefited|harmed|fewer|no\ (?:effect|benefit|difference|advantage|harm)
    |(?:is|are|was|were)(?:\ (?!to\b)\w+){0,2}\ (?:longer|shorter|better|worse|higher|lower|superior
      |inferior|beneficial|harmful)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_NOT_SAID = re.compile(
    r"""\b(?:
    may|might|could|would|should|will|can|cannot
    |whether|if|how|why|unless|question|hypothes\w+|aim(?:s|ed)?|plan(?:s|ned)?|expect\w*
    |suppos\w+|assum\w+|possibl[ey]|perhaps|suggest\w*|(?:un)?certain\w*|unclear|unknown|not\ known
    |means?\ that|denotes?|favou?rs?|article|authors?|guidelines?
    |report(?:s|ed)?|conclude[sd]?|argue[sd]?
    |wrote|claim(?:s|ed)?
    )\b|\?""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\s\u00a0]+(?=[^a-z0-9])")
_ARTICLE = re.compile(r"(?:an?|the) ", re.IGNORECASE)
_LONG = 6  # letters of a word that names an outcome by itself: survival, mortality
_SHORT = 3  # letters of a name that is as likely an abbreviation, or a common word: Old
ASIDE = "\0"
"""What stands in a text for a citation, a note, or what `.fixed` excuses."""


@dataclass(frozen=True)
class Topics:
    """The names of the arms and of the outcomes of a review, as a text may have them."""

    arms: tuple[str, ...]
    outcomes: tuple[str, ...]


NOTHING = Topics((), ())


def topics_of(plan: Plan) -> Topics:
    """Return the arms and the outcomes that a plan names."""
    arms = [name for arm in plan.arms for name in (arm.label, _ARTICLE.sub("", arm.name, 1))]
    outcomes = []
    for one in plan.outcomes:
        last = one.label.split()[-1]
        outcomes += [one.label, one.short, _ARTICLE.sub("", one.event, 1)]
        outcomes += [last] if len(last) >= _LONG else []
    return Topics(tuple(dict.fromkeys(arms)), tuple(dict.fromkeys(outcomes)))


def assertions(text: str, topics: Topics) -> Iterator[tuple[int, str]]:
    """Give each sentence that asserts what an arm does to an outcome, and where it begins."""
    if not (topics.arms and topics.outcomes and _EFFECT.search(text)):
        return
    arms, outcomes = _named(topics.arms), _named(topics.outcomes)
    start = 0
    for end in (*_SENTENCE_END.finditer(text), None):
        sentence = text[start : end.start() if end else len(text)]
        said = ASIDE not in sentence and not _NOT_SAID.search(sentence)
        if said and all(words.search(sentence) for words in (_EFFECT, arms, outcomes)):
            yield start, sentence
        start = end.end() if end else start


@lru_cache(maxsize=8)
def _named(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds a name: an abbreviation as it is written, other words in either case."""
    shapes = []
    for name in names:
        shape = r"\s+".join(map(re.escape, name.split()))
        shapes.append(f"(?i:{shape})s?" if name[1:].islower() and len(name) > _SHORT else shape)
    return re.compile(rf"(?<!\w)(?:{'|'.join(shapes)})(?!\w)")
