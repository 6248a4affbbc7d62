"""The language of conditions on findings, as text: no Python, no arithmetic, no surprises.

A condition is made of findings (`os.est_ub`), numbers, comparisons (< <= > >= == !=), `and`,
`or`, `not`, parentheses, `abs`, `min`, `max`, and of `count`, `all`, `any`, `min` and `max` over
a collection, whose elements' fields go by their own name inside:

    os.est_ub < 1 and dfs.i2_q >= 50
    count(os.leave_one_out, not excludes_null) > 6
    all(os.leave_one_out, est < os.est_ub)

The name alone of an analysis, a group or a row says whether this evidence has it:
`os and os.est_ub < 1`.

This module reads the text; `conditions` answers it. Arithmetic there is none: what a claim needs
and nobody computed is a finding that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from analysis.errors import ReviewError

# Conditions come from data files, which strangers write: their size is bounded.
LONGEST, DEEPEST = 1000, 40

COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
FUNCTIONS = frozenset({"count", "all", "any", "min", "max", "abs"})
RESERVED = FUNCTIONS | {"and", "or", "not"}

USAGE = {
    "abs": (1, 1, "abs(number)"),
    "all": (2, 2, "all(collection, condition)"),
    "any": (2, 2, "any(collection, condition)"),
    "count": (1, 2, "count(collection) or count(collection, condition)"),
    "min": (2, LONGEST, "min(collection, number) or min(number, number)"),
    "max": (2, LONGEST, "max(collection, number) or max(number, number)"),
}
_TOKEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)"
    r"|(?P<sign>(?:<=|>=|==|!=|[<>])(?![=<>]))"
    r"|(?P<mark>[(),-])"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
_SIGN = re.compile(r"[=<>≤≥≠−–&|!]+")
# What is typed or copied for a sign of the language.
_MEANT = {
    "=": "==",
    "===": "==",
    "=<": "<=",
    "≤": "<=",
    "=>": ">=",
    "≥": ">=",
    "≠": "!=",
    "−": "-",
    "–": "-",
    "&": "and",
    "&&": "and",
    "|": "or",
    "||": "or",
    "!": "not",
}

ASKED = ", wanted it asked for first: "


class ExpressionError(ReviewError):
    """A condition that cannot be read or has no answer; the message has column and text."""


class NoAnswerError(ExpressionError):
    """A condition that is rightly written, on what this evidence does not have.

    `absent` is the path of findings that are not there, None where a number has no value.
    """

    def __init__(self, message: str, absent: str | None = None) -> None:
        self.absent = absent
        super().__init__(message)


@dataclass(frozen=True)
class Node:
    """A part of a condition: what it is, its parts, and where it stands in the text.

    `kind` is number, name, and, or, not, one of COMPARISONS, or one of FUNCTIONS.
    """

    kind: str
    start: int
    end: int
    parts: tuple[Node, ...] = ()
    value: float = 0.0
    path: str = ""


@dataclass(frozen=True)
class Expression:
    """A condition that could be read."""

    text: str
    root: Node

    def of(self, node: Node) -> str:
        """Return the text of a part."""
        return self.text[node.start : node.end]

    def refused(self, node: Node, found: str, wanted: str) -> ExpressionError:
        """Return the error that a part of the condition deserves."""
        return refused(self.text, node.start, found, wanted)


def refused(text: str, start: int, found: str, wanted: str) -> ExpressionError:
    """Return the error of a condition, with the column (from 1) at which it stands."""
    return ExpressionError(f"column {start + 1} of {text!r}: found {found}, wanted {wanted}")


def parse(text: str) -> Expression:
    """Read a condition.

    Raises
    ------
    ExpressionError : it is not one; the message gives the column.
    """
    reader = _Reader(text)
    root = reader.either()
    if reader.token.kind != "end":
        raise reader.refused("the end, or one of: and, or, < <= > >= == !=")
    if not any(token.kind == "name" for token in reader.tokens):
        raise refused(text, 0, "no finding", "a condition on at least one")
    return Expression(text, root)


@dataclass(frozen=True)
class _Token:
    kind: str  # number, name, end, or the text itself
    text: str
    start: int
    end: int


def _split(text: str) -> tuple[_Token, ...]:
    if len(text) > LONGEST:
        raise ExpressionError(
            f"found a condition of {len(text)} characters, wanted at most {LONGEST}"
        )
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is not None:
            word, kind = match[0], str(match.lastgroup)
            if kind not in ("number", "name") or word in RESERVED:
                kind = word
            tokens.append(_Token(kind, word, at, match.end()))
        elif not text[at].isspace():
            raise _no_token(text, at)
        at = match.end() if match else at + 1
    return (*tokens, _Token("end", "the end", at, at))


def _no_token(text: str, at: int) -> ExpressionError:
    """Return the error of what stands for nothing here, with what was most likely meant."""
    sign = _SIGN.match(text, at)
    if sign and (meant := _MEANT.get(sign[0])):
        return refused(text, at, repr(sign[0]), meant)
    word = next((one for one in _WORD.finditer(text) if one.start() <= at < one.end()), None)
    if word and word[0] != word[0].lower():
        return refused(text, word.start(), repr(word[0]), f"small letters: {word[0].lower()}")
    wanted = "a finding, a number, < <= > >= == !=, and, or, not, or ( )"
    return refused(text, at, repr(text[at]), wanted)


class _Reader:
    """Recursive descent: either (or) > both (and) > negated > compared > operand."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.tokens = _split(text)

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *kinds: str) -> _Token | None:
        token = self.token
        if token.kind not in kinds:
            return None
        self.at += 1
        return token

    def need(self, kind: str, wanted: str) -> _Token:
        token = self.take(kind)
        if token is None:
            raise self.refused(wanted)
        return token

    def refused(self, wanted: str) -> ExpressionError:
        token = self.token
        if self._decimal_comma():
            before, after = self.tokens[self.at - 1 : self.at + 2 : 2]
            number = f"{before.text}.{after.text}"
            found = self.text[before.start : after.end]
            return refused(self.text, before.start, repr(found), f"a decimal point: {number}")
        found = token.text if token.kind == "end" else repr(token.text)
        return refused(self.text, token.start, found, wanted)

    def _decimal_comma(self) -> bool:
        """Say whether the reader stands at the comma of 0,9."""
        three = self.tokens[max(self.at - 1, 0) : self.at + 2]
        return (
            [token.kind for token in three] == ["number", ",", "number"]
            and three[0].end == three[1].start
            and three[1].end == three[2].start
        )

    def either(self) -> Node:
        return self._joined("or", self.both)

    def both(self) -> Node:
        return self._joined("and", self.negated)

    def _joined(self, word: str, inner: Callable[[], Node]) -> Node:
        parts = [inner()]
        while self.take(word):
            parts.append(inner())
        if len(parts) == 1:
            return parts[0]
        return Node(word, parts[0].start, parts[-1].end, tuple(parts))

    def negated(self) -> Node:
        word = self.take("not")
        if word is None:
            return self.compared()
        self._deeper(word)
        inner = self.negated()
        self.depth -= 1
        return Node("not", word.start, inner.end, (inner,))

    def compared(self) -> Node:
        left = self.operand()
        sign = self.take(*COMPARISONS)
        if sign is None:
            return left
        right = self.operand()
        if self.token.kind in COMPARISONS:
            raise self.refused("one comparison at a time, joined by and")
        return Node(sign.kind, left.start, right.end, (left, right))

    def operand(self) -> Node:
        token = self.token
        if self.take("number"):
            return Node("number", token.start, token.end, value=float(token.text))
        if self.take("-"):
            number = self.need("number", "a number after -")
            return Node("number", token.start, number.end, value=-float(number.text))
        if self.take("name"):
            return Node("name", token.start, token.end, path=token.text)
        if self.take("("):
            self._deeper(token)
            inner = self.either()
            self.need(")", "one of: and, or, < <= > >= == !=, )")
            self.depth -= 1
            return inner
        if self.take(*FUNCTIONS):
            return self._call(token)
        names = ", ".join(sorted(FUNCTIONS))
        raise self.refused(f"a finding, a number, not, ( or one of: {names}")

    def _call(self, word: _Token) -> Node:
        self._deeper(word)
        self.need("(", f"( after {word.text}")
        parts = [self.either()]
        while self.take(","):
            parts.append(self.either())
        end = self.need(")", "a comma or )").end
        self.depth -= 1
        least, most, usage = USAGE[word.text]
        if not least <= len(parts) <= most:
            raise refused(self.text, word.start, self.text[word.start : end], usage)
        return Node(word.text, word.start, end, tuple(parts))

    def _deeper(self, token: _Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            wanted = f"at most {DEEPEST} levels of parentheses and not"
            raise refused(self.text, token.start, repr(token.text), wanted)
