"""Values to YAML in the style of this project's files, such that any text survives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

from analysis.yaml_nodes import read_tree

WIDTH = 92

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.%-]*(?: [A-Za-z][A-Za-z0-9_.%-]*)*\Z")
_NO_TEXT = frozenset({"true", "false", "null"})


class Bare(str):
    """What stands in the file as it is: a number with the decimals that were printed."""

    __slots__ = ()


@dataclass(frozen=True)
class Flow:
    """A list or a mapping in brackets, on one line."""

    value: Sequence[Yaml] | Mapping[str, Yaml]


Yaml: TypeAlias = Union[str, Bare, Flow, "Mapping[str, Yaml]", "Sequence[Yaml]"]
"""A text of one line, a number as printed, or a mapping or list of such."""


def lines_of(value: Mapping[str, Yaml] | Sequence[Yaml], indent: int = 0) -> list[str]:
    """Return the lines of a mapping ('key: value') or of a list ('- value')."""
    space = " " * indent
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            lines += _entry(f"{space}{key}:", inner, indent)
        return lines
    for inner in value:
        if isinstance(inner, Mapping):
            first, *others = lines_of(inner, indent + 2)
            lines += [f"{space}- {first.lstrip()}", *others]
        else:
            lines += _entry(f"{space}-", inner, indent)
    return lines


def _entry(head: str, value: Yaml, indent: int) -> list[str]:
    if isinstance(value, str):
        written = scalar(value)
        if len(head) + 1 + len(written) <= WIDTH or not _folds(value):
            return [f"{head} {written}"]
        space = " " * (indent + 2)
        return [f"{head} >-", *(space + line for line in wrapped(value, WIDTH - indent - 2))]
    if isinstance(value, Flow):
        return [f"{head} {in_brackets(value.value)}"]
    return [head, *lines_of(value, indent + 2)]


def in_brackets(value: Yaml) -> str:
    """Return a value on one line."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Flow):
        return in_brackets(value.value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {in_brackets(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(map(in_brackets, value)) + "]"


def scalar(text: str) -> str:
    """Return a text of one line as a YAML value, plain where that is read as the same text.

    Raises
    ------
    ValueError : the text has several lines, or characters that no data file takes.
    """
    if isinstance(text, Bare) or (_WORD.match(text) and text.lower() not in _NO_TEXT):
        return text
    quoted = "'" + text.replace("'", "''") + "'"
    # What begins with a sign may mean something to other readers of YAML ('=', '<<').
    for written in (text, quoted) if text[:1].isalnum() else (quoted,):
        # The project's own reader is the judge, on a line of its own and inside brackets.
        tree = read_tree(f"a: {{b: {written}}}\nc: {written}\n".encode())
        if not tree.mistakes and tree.value == {"a": {"b": text}, "c": text}:
            return written
    raise ValueError(f"found {text!r}, wanted printable text of one line")


def _folds(text: str) -> bool:
    # Folding keeps a text whose words stand one space apart.
    return " " in text and text == " ".join(text.split())


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text, broken between words."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return lines
