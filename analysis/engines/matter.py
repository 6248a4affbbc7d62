"""The front matter, put in the shape that the templates of page and paper read.

The names are Quarto's (`by-author`, `by-affiliation`), so that one template serves both
engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from analysis.engines import ast

Meta = dict[str, Any]
NO_DATE = "1970-01-01"


def normalise(meta: Mapping[str, Any]) -> Meta:
    """Return metadata with authors and affiliations in Quarto's shape, the rest unchanged.

    An author is a name or a mapping of `name`, `affiliation` or `affiliations` (names, or
    mappings with a `name`), `orcid` and `email`.
    """
    out = {key: value for key, value in meta.items() if key not in ("author", "bibliography")}
    places: list[list[ast.Node]] = []
    people = []
    for entry in items(meta.get("author")):
        fields = entry["c"] if entry["t"] == "MetaMap" else {"name": entry}
        marks = []
        for found in items(fields.get("affiliations") or fields.get("affiliation")):
            named = found["c"].get("name") if found["t"] == "MetaMap" else found
            words = inlines(named)
            if words not in places:
                places.append(words)
            marks.append(places.index(words))
        person: Meta = {
            "name": _map({"literal": _meta(inlines(fields.get("name")))}),
            "affiliations": _list(_affiliation(mark, places[mark]) for mark in marks),
        }
        person |= {key: fields[key] for key in ("orcid", "email") if key in fields}
        people.append(_map(person))
    if people:
        out["by-author"] = _list(people)
    if places:
        out["by-affiliation"] = _list(_affiliation(i, words) for i, words in enumerate(places))
    out["keywords"] = _list(items(meta.get("keywords")))
    return out


def language(meta: Mapping[str, Any]) -> tuple[str, str]:
    """Return language and region: `("en", "GB")` for `lang: en-GB`, English by default."""
    words = ast.plain(meta["lang"]["c"]) if "lang" in meta else "en"
    lang, _, region = words.partition("-")
    return lang, region


def moment(date: str | None) -> datetime:
    """Return midnight (UTC) of an ISO date.

    Programs ask for a moment even where there is no date: then the same one always, for a
    writer to take out again.
    """
    return datetime.fromisoformat(date or NO_DATE).replace(tzinfo=UTC)


def string(text: str) -> ast.Node:
    """Return a text as metadata that no writer escapes twice."""
    return {"t": "MetaString", "c": text}


def _affiliation(index: int, words: list[ast.Node]) -> ast.Node:
    return _map({"name": _meta(words), "number": string(str(index + 1))})


def items(value: ast.Node | None) -> list[ast.Node]:
    """Return a metadata value as a list, which one value alone need not be."""
    if value is None:
        return []
    entries: list[ast.Node] = value["c"] if value["t"] == "MetaList" else [value]
    return entries


def inlines(value: ast.Node | None) -> list[ast.Node]:
    """Return a metadata value as running text."""
    match value:
        case {"t": "MetaInlines", "c": content}:
            return list(content)
        case {"t": "MetaBlocks", "c": content}:
            return ast.first_inlines(content)
        case {"t": "MetaString", "c": words}:
            return ast.text(words)
        case {"t": "MetaMap", "c": parts}:
            order = [parts[key] for key in ("literal", "given", "family") if key in parts]
            return [node for part in order for node in (*inlines(part), {"t": "Space"})][:-1]
    return []


def _meta(content: list[ast.Node]) -> ast.Node:
    return {"t": "MetaInlines", "c": content}


def _map(content: Meta) -> ast.Node:
    return {"t": "MetaMap", "c": content}


def _list(content: Any) -> ast.Node:
    return {"t": "MetaList", "c": list(content)}
