"""Strict YAML 1.2 to values, each with its line: what an editor's file says, and no more.

Scalars follow the core schema of YAML 1.2: `NO` and `1:30` are text; `true` and `false` (also
as `True` and `TRUE`) are the only booleans; `012` is twelve. Numbers keep their printed
decimals. Anchors, aliases, tags, merge keys and several documents in a file are refused: study
data need none of them, and data that cannot refer to itself cannot grow. Events are read one by
one from libyaml, so depth is bounded before anything is built.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from analysis.hidden import hidden_in
from analysis.yaml_lines import NO_BREAK, key_fault
from analysis.yaml_scalars import TooLong, resolved
from analysis.yaml_syntax import TextError, decoded, syntax_message

MAX_BYTES = 1_000_000
MAX_DEPTH = 30

Path = tuple[str | int, ...]
Value = Any
"""None, bool, int, Printed, str, a tuple of values, or a dict of text to value."""

_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line to the parser, whose marks count lines."""
# A sign that begins a comment, and text behind it without a space.
_CUT = re.compile(r"[ \t]+(#[^\s#]\S{0,20})")


@dataclass(frozen=True)
class Mistake:
    """Something wrong at a line (from 1) of one file, before any record is read."""

    line: int
    path: Path
    message: str


@dataclass(frozen=True)
class Tree:
    """The value of one file, and the line on which each part of it begins.

    `lines` maps a path of keys and indices to a line (from 1); for an entry of a mapping that
    is the line of its key. `mistakes` is empty in a file that YAML has nothing against.
    """

    value: Value
    lines: Mapping[Path, int]
    mistakes: tuple[Mistake, ...] = ()

    def line(self, path: Path) -> int:
        """Return the line of `path`, or of the nearest part of the file that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_tree(data: bytes) -> Tree:
    """Read one YAML file; what is wrong with it stands in the tree's `mistakes`.

    A syntax error ends the reading, since what follows it means nothing; every other mistake
    is collected.
    """
    if len(data) > MAX_BYTES:
        found = f"found {len(data):,} bytes, wanted at most {MAX_BYTES:,}: no study needs more"
        return Tree(None, {}, (Mistake(1, (), found),))
    try:
        text = decoded(data)
    except TextError as error:
        return Tree(None, {}, (Mistake(error.line, (), error.message),))
    builder = _Builder(text)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line, message = syntax_message(error, text, builder.quoted)
        builder.mistake(line, (), message)
    except TextError as error:
        builder.mistake(error.line, (), error.message)
    if not builder.documents and not builder.mistakes:
        builder.mistake(1, (), "found an empty file, wanted its keys and values")
    return Tree(builder.root, builder.lines, tuple(builder.mistakes))


def _events(text: str) -> Iterator[Event]:
    parser = CParser(text)
    try:
        while (event := parser.get_event()) is not None:
            yield event
    finally:
        parser.dispose()


@dataclass
class _Open:
    """A mapping or sequence that has begun and not ended."""

    path: Path
    mapping: bool
    items: list[Value] = field(default_factory=list)
    entries: dict[str, Value] = field(default_factory=dict)
    key: str | None = None
    awaits_key: bool = True
    broken: int = 0


class _Builder:
    """Turns events into a value; the stack is the builder's own, so depth cannot hurt it."""

    def __init__(self, text: str) -> None:
        self._rows = _BREAKS.split(text)
        self.root: Value = None
        self.lines: dict[Path, int] = {}
        self.mistakes: list[Mistake] = []
        self.documents = 0
        self.quoted: tuple[int, int] | None = None
        self._stack: list[_Open] = []

    def mistake(self, line: int, path: Path, message: str) -> None:
        self.mistakes.append(Mistake(line, path, message))

    def take(self, event: Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        self.quoted = _lines_of_quote(event)
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise TextError(line, "found a second document after '---', wanted one a file")
        elif isinstance(event, NodeEvent):
            self._node(event, line)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            done = self._stack.pop()
            self._close(dict(done.entries) if done.mapping else tuple(done.items))

    def _node(self, event: NodeEvent, line: int) -> None:
        if isinstance(event, AliasEvent):
            raise TextError(
                line,
                f"found '*{event.anchor}', which YAML reads as a reference to another place, "
                "wanted the value itself (in quotes, if the text begins with *)",
            )
        if event.anchor is not None:
            raise TextError(
                line,
                f"found '&{event.anchor}', which YAML reads as a mark to refer to, "
                "wanted the value itself (in quotes, if the text begins with &)",
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise TextError(
                line,
                f"found the tag {_tag(tag)}, wanted a plain value "
                "(in quotes, if the text begins with !)",
            )
        if self._stack and self._stack[-1].mapping and self._stack[-1].awaits_key:
            self._key(event, line)
            return
        path = self._path()
        self.lines.setdefault(path, line)
        if isinstance(event, CollectionStartEvent):
            if len(self._stack) >= MAX_DEPTH:
                raise TextError(
                    line,
                    f"found more than {MAX_DEPTH} levels of lists and mappings one in another, "
                    "wanted fewer",
                )
            self._stack.append(_Open(path, isinstance(event, MappingStartEvent)))
        elif isinstance(event, ScalarEvent):
            self._close(self._scalar(event, line, path))

    def _path(self) -> Path:
        if not self._stack:
            return ()
        top = self._stack[-1]
        return (*top.path, top.key if top.mapping else len(top.items))  # type: ignore[arg-type]

    def _key(self, event: NodeEvent, line: int) -> None:
        top = self._stack[-1]
        if not isinstance(event, ScalarEvent):
            raise TextError(
                line,
                "found a list or mapping before ':', wanted a single word as the key "
                "(text that begins with { or [ in quotes)",
            )
        # Plain `12:` or `true:` would be a number or a boolean, no name of anything.
        key = event.value
        if key == "<<":
            raise TextError(
                line, "found the merge key '<<', wanted the keys and values written out"
            )
        column = event.start_mark.column if event.start_mark else 0
        if event.implicit[0] and key and (fault := key_fault(key, self._rows[line - 1], column)):
            # What the line belongs to is not known, nor what the lines below it do.
            raise TextError(line, fault)
        if event.implicit[0] and not isinstance(resolved(key), str):
            self.mistake(
                line,
                top.path,
                f"found {key or 'nothing'} where a key should stand, wanted a word before ':' "
                "(and no comma inside a number: 1197, not 1,197)",
            )
        path = (*top.path, key)
        self._seen(key, line, top.path)
        if key in top.entries:
            first = self.lines[path]
            self.mistake(
                line,
                path,
                f"found the key {key!r} a second time (first on line {first}), wanted it once",
            )
        else:
            self.lines[path] = line
        top.key, top.awaits_key = key, False

    def _scalar(self, event: ScalarEvent, line: int, path: Path) -> Value:
        text = self._trimmed(event, line, path)
        value = resolved(text) if event.implicit[0] else text
        if isinstance(value, TooLong):
            self.mistake(
                line, path, f"found a number of {len(text)} characters, wanted it as printed"
            )
            return 0
        if isinstance(value, float) and not math.isfinite(value):
            self.mistake(line, path, f"found {text}, wanted a finite number")
            return 0
        if isinstance(value, str):
            self._seen(value, line, path)
        return value

    def _trimmed(self, event: ScalarEvent, line: int, path: Path) -> str:
        """Return the text of a scalar; what an editor shows and YAML does not take is told."""
        text: str = event.value
        bare = text.strip(" \n")
        trimmed = text.strip(f" \n{NO_BREAK}")
        if trimmed != bare:
            blank = bare[0] if bare[0] in NO_BREAK else bare[-1]
            found = f"found a no-break space (U+{ord(blank):04X}) beside {trimmed[:40]!r}"
            self.mistake(line, path, f"{found}, wanted it without")
            text = trimmed
        end = event.end_mark
        # A scalar of nothing at the end of the text ends a line below it.
        if event.style or end is None or end.line >= len(self._rows):
            return text
        comment = _CUT.match(self._rows[end.line], end.column)
        if comment and isinstance(resolved(text), str):
            found = f"found text that ends before {comment[1]!r}, where YAML reads a comment"
            wanted = "wanted the whole text in quotes (or a space behind #)"
            self.mistake(line, path, f"{found}, {wanted}")
        return text

    def _seen(self, text: str, line: int, path: Path) -> None:
        if hidden := hidden_in(text):
            found = f"found the invisible character U+{ord(hidden):04X}, wanted text without it"
            self.mistake(line, path, found)

    def _close(self, value: Value) -> None:
        if not self._stack:
            self.root = value
            return
        top = self._stack[-1]
        if top.mapping:
            top.entries.setdefault(top.key or "", value)
            top.awaits_key = True
        else:
            top.items.append(value)


def _lines_of_quote(event: Event) -> tuple[int, int] | None:
    if not isinstance(event, ScalarEvent) or event.style not in ("'", '"'):
        return None
    if event.start_mark is None or event.end_mark is None:
        return None
    first, last = event.start_mark.line + 1, event.end_mark.line + 1
    return (first, last) if last > first else None


def _tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
