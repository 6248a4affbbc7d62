"""The keys of the data files, file by file, read off their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.located import CLAIMS, EDITIONS, PUBLISHED, REVIEW, SEARCHES
from analysis.schema import schemas
from analysis.values import ID_PATTERN, UNKNOWN_WORDS

FILES: Mapping[str, str] = {
    "review": REVIEW,
    "study": "data/studies/*.yml",
    "searches": SEARCHES,
    "claims": CLAIMS,
    "published": PUBLISHED,
    "editions": EDITIONS,
}
"""Each kind of schema and the files that are held to it."""
_KINDS = {"integer": "whole number", "number": "number", "boolean": "true | false"}


@dataclass(frozen=True)
class Key:
    """A key: its name, what may stand there, whether it must, what it means."""

    name: str
    value: str
    required: bool
    text: str


@dataclass(frozen=True)
class Entry:
    """A file, or an entry in one: what it is, and its keys."""

    name: str
    text: str
    keys: tuple[Key, ...]


def data_keys() -> dict[str, tuple[Entry, ...]]:
    """Return for each kind of file the file's own keys, then those of each entry in it."""
    found = {}
    for kind, file in FILES.items():
        schema = json.loads(schemas()[f"schemas/{kind}.schema.json"])
        entries = [_entry(file, schema)]
        known = schema.get("$defs", {})
        entries += [_entry(name, known[name]) for name in _in_order(schema, known)]
        found[kind] = tuple(entries)
    return found


def _entry(name: str, schema: Mapping[str, Any]) -> Entry:
    required = schema.get("required", ())
    keys = tuple(
        Key(key, value_of(one), key in required, _text(one))
        for key, one in schema.get("properties", {}).items()
    )
    return Entry(name, " ".join(schema.get("description", "").split()), keys)


def _text(schema: Mapping[str, Any]) -> str:
    text = " ".join(schema.get("description", "").split())
    default = schema.get("default")
    if default is None or isinstance(default, dict | list):
        return text  # absent, or an empty list: nothing to tell
    shown = str(default).lower() if isinstance(default, bool) else default
    return f"{text} Default: {shown}.".strip()


def value_of(schema: Mapping[str, Any]) -> str:
    """Return in words what may stand for a key."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        words = [value_of(one) for one in schema["anyOf"]]
        return " or ".join(dict.fromkeys(words))
    if "enum" in schema:
        if tuple(schema["enum"]) == UNKNOWN_WORDS:
            return UNKNOWN_WORDS[0]
        return " | ".join(map(str, schema["enum"]))
    if "patternProperties" in schema:
        (inner,) = schema["patternProperties"].values()
        return f"by id: {value_of(inner)}"
    kind = schema.get("type")
    if kind == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(value_of(one) for one in schema['prefixItems'])}]"
        return f"list of {value_of(schema.get('items', {}))}"
    if kind == "string":
        pattern = schema.get("pattern", "")
        if pattern == ID_PATTERN:
            return "id"
        return "date" if r"\d{3}" in pattern else "'<0.001'" if "<" in pattern else "text"
    if kind == "integer" and schema.get("minimum") == 1000:
        return "year"
    return _KINDS.get(str(kind), "anything")


def _in_order(schema: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the entries of a file in the order in which its keys lead to them."""
    found: dict[str, None] = {}

    def follow(node: Any) -> None:
        for name in _references(node):
            if name not in found:
                found[name] = None
                follow(known[name])

    follow(schema.get("properties", {}))
    return tuple(found)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield str(node["$ref"]).rpartition("/")[2]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)
