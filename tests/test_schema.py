"""The JSON Schemas: current, valid, and of one mind with the records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from analysis.data_file import KINDS
from analysis.records import Study
from analysis.schema import FILES, schemas
from analysis.yaml_nodes import read_tree

ROOT = Path(__file__).parent.parent
TINY = ROOT / "tests" / "tiny"
BROKEN = ROOT / "tests" / "broken"
DATA = sorted([*(ROOT / "data").rglob("*.yml"), *(TINY / "data").rglob("*.yml")])


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [plain(inner) for inner in value]
    return float(value) if isinstance(value, float) else value


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schemas()[f"schemas/{name}.schema.json"]))


def kind(path: Path) -> str:
    return "study" if path.parent.name in ("studies", "study") else path.stem


def test_the_committed_schemas_are_current() -> None:
    committed = {
        f"schemas/{path.name}": path.read_text(encoding="utf-8")
        for path in (ROOT / "schemas").iterdir()
    }
    assert committed == schemas(), "run: living-review schema"


def test_there_is_a_schema_for_every_kind_of_file() -> None:
    assert set(FILES.values()) == {*KINDS.values(), Study}


@pytest.mark.parametrize("name", FILES)
def test_each_is_a_valid_schema(name: str) -> None:
    schema = json.loads(schemas()[f"schemas/{name}.schema.json"])
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", DATA, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_data_files_are_valid_and_name_their_schema(path: Path) -> None:
    found = validator(kind(path)).iter_errors(plain(read_tree(path.read_bytes()).value))
    assert [error.message for error in found] == []
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    assert first.startswith("# yaml-language-server: $schema=")
    named = (path.parent / first.partition("=")[2]).resolve()
    assert named == ROOT / "schemas" / f"{kind(path)}.schema.json"


# What is no YAML an editor shows by itself.
READABLE = sorted(
    path for path in BROKEN.rglob("*.yml") if not read_tree(path.read_bytes()).mistakes
)


@pytest.mark.parametrize("path", READABLE, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_an_editor_complains_where_the_records_do(path: Path) -> None:
    """The schema and the record agree on every broken file that is YAML."""
    tree = read_tree(path.read_bytes())
    name = path.parent.name
    record = FILES[name]
    try:
        record.model_validate(tree.value)
        accepted = not any(value is None for value in _leaves(tree.value))
    except ValidationError:
        accepted = False
    found = list(validator(name).iter_errors(plain(tree.value)))
    if path.stem in STRICTER:
        assert not accepted
        assert not found
    else:
        assert bool(found) != accepted


# What a schema cannot say: a number written 4.0 is an integer to it, a day may not exist.
STRICTER = {"fraction_for_count", "day_not_in_the_calendar"}


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, tuple):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value]


def test_an_editor_shows_what_a_field_means() -> None:
    schema = json.loads(schemas()["schemas/study.schema.json"])
    assert schema["properties"]["label"]["description"] == (
        "As figures print it: first author and year, or acronym."
    )
    assert "null" not in schemas()["schemas/study.schema.json"]
