"""JSON Schema of each kind of data file, so that an editor completes and checks while typing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from analysis.records import Claims, Editions, Plan, Published, Record, Searches, Study

FILES: Mapping[str, type[Record]] = {
    "review": Plan,
    "study": Study,
    "searches": Searches,
    "published": Published,
    "claims": Claims,
    "editions": Editions,
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Return the text of each schema by its path in the review: 'schemas/study.schema.json'."""
    return {f"schemas/{name}.schema.json": _text(record) for name, record in FILES.items()}


def _text(record: type[Record]) -> str:
    schema: Any = _plain(record.model_json_schema())
    return json.dumps({"$schema": DIALECT, **schema}, indent=2, ensure_ascii=False) + "\n"


def _plain(node: Any, *, names: bool = False) -> Any:
    """Take from pydantic's schema what a data file may not hold, and its titles.

    Pydantic allows null wherever a record may hold None; a file leaves the key out, or says
    that the value is not reported. `names` marks a mapping whose keys are names of fields.
    """
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain: dict[str, Any] = {}
    for key, value in node.items():
        if names:
            plain[key] = _plain(value)
        elif key == "title" or (key == "default" and value is None):
            continue
        else:
            plain[key] = _plain(value, names=key in ("properties", "$defs"))
    if plain.get("type") == "number" and isinstance(plain.get("default"), str):
        # A number as printed is written as text, to keep its decimals.
        plain["default"] = float(plain["default"])
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    options = plain.get("anyOf")
    if not names and isinstance(options, list):
        return _without_null(plain, [one for one in options if one != {"type": "null"}])
    return plain


def _without_null(node: dict[str, Any], options: list[Any]) -> dict[str, Any]:
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    if len(options) > 1:
        return {**rest, "anyOf": options}
    return {**options[0], **rest}
