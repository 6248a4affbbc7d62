"""The reference of the manuscript language: whole, true, and printed alike wherever it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analysis import build, manual, manuscript, names
from analysis.cli import main
from analysis.data_keys import data_keys, value_of
from analysis.figures import KINDS
from analysis.findings import Findings
from analysis.formats import FORMATS
from analysis.meanings import EXTRA, FUNCTIONS, MEANINGS
from analysis.project import read_project
from analysis.schema import schemas
from analysis.table_kinds import TABLES

REPOSITORY = Path(__file__).parents[1]
TINY = Path(__file__).parent / "tiny"


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    assert main(list(words)) == code
    said = capsys.readouterr()
    return said.out, said.err


# --- the reference is what the program has -------------------------------------------------


@pytest.mark.parametrize(
    ("file", "made", "command"),
    [
        ("docs/manuscript.md", manual.manuscript_reference, "names --markdown"),
        ("docs/data.md", manual.data_reference, "names data --markdown"),
    ],
)
def test_the_reference_is_as_the_program_makes_it(file: str, made: Any, command: str) -> None:
    kept = (REPOSITORY / file).read_text("utf-8")
    assert kept == made(), f"{file} is behind: living-review {command} > {file}"


def test_every_format_figure_and_table_is_there() -> None:
    assert [one.name for one in names.formats()] == list(FORMATS)
    assert [one.name for one in names.figures()] == list(KINDS)
    assert [one.name for one in names.tables()] == list(TABLES)


def test_every_name_says_how_it_is_used_and_what_it_gives() -> None:
    groups = (names.formats, names.functions, names.figures, names.tables, names.conditions)
    for one in (one for group in groups for one in group()):
        assert re.fullmatch(r"`.+`( \(.*\))?", one.use), one
        assert len(one.text) > 3, one
        assert "Raises" not in one.text, one
        assert "`" not in one.name


def test_the_functions_are_those_that_templates_get(monkeypatch: pytest.MonkeyPatch) -> None:
    offered: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    real = manuscript.offered

    def seen(review: Any, findings: Findings, writer: Any, more: Mapping[str, Any]) -> Any:
        found = real(review, findings, writer, more)
        planned = {analysis.id for analysis in review.plan.analyses}
        offered.update({name: 1 for name in found if name not in planned})
        extra.update(more)
        return found

    monkeypatch.setattr(manuscript, "offered", seen)
    build.examine(read_project(TINY))
    assert set(FUNCTIONS) == set(offered) - set(extra)
    assert set(EXTRA) == set(extra)


def test_the_findings_are_those_of_a_review() -> None:
    examined = build.examine(read_project(TINY))
    told = {part.path: {one.name for one in part.names} for part in names.findings()}
    found = examined.findings
    tb = found.analyses["tb"]
    for path in ("leave_one_out.aronson", "subgroups.randomised.groups.yes", "rows.aronson"):
        found.value(f"tb.{path}")
    for name in told["ANALYSIS"]:
        value = found.value(f"tb.{name}")
        there = getattr(tb, name) if hasattr(tb, name) else getattr(tb.synthesis, name)
        assert there is value or there == value
    assert told["ANALYSIS"] | {"synthesis"} == {*_children(tb)}
    assert told["counts"] == {*_children(found.counts)}
    group = tb.subgroups["randomised"].groups["yes"]
    assert told["ANALYSIS.subgroups.ID.groups.ID"] | {"synthesis"} == {*_children(group)}
    step = tb.leave_one_out[0]
    assert told["ANALYSIS.leave_one_out.STUDY"] == {*_children(step)}


def _children(value: Any) -> Mapping[str, Any]:
    from analysis.paths import children

    return children(value)


def test_every_finding_of_an_analysis_and_every_count_has_a_meaning() -> None:
    parts = {part.path: part for part in names.findings()}
    for path in ("ANALYSIS", "counts"):
        without = [one.name for one in parts[path].names if not one.text]
        assert without == [], f"{path}: wanted a meaning in analysis/meanings.py"
    used = {one.name for part in parts.values() for one in part.names}
    assert set(MEANINGS) <= used


@pytest.mark.parametrize("kind", ["influence", "pooled", "checklist", "others", "pools"])
def test_the_options_of_a_table_are_those_that_it_takes(kind: str) -> None:
    text = {one.name: one.text for one in names.tables()}[kind]
    taken = {
        "influence": "`analysis`",
        "pooled": "`analyses`",
        "checklist": "`checklist`",
        "others": "`statuses`",
        "pools": "`families`",
    }
    assert text.count(taken[kind]) == 1


# --- the data files ------------------------------------------------------------------------


def test_every_key_of_every_schema_is_there() -> None:
    found = data_keys()
    for kind, entries in found.items():
        schema = json.loads(schemas()[f"schemas/{kind}.schema.json"])
        assert {key.name for key in entries[0].keys} == set(schema["properties"])
        known = schema.get("$defs", {})
        assert {entry.name for entry in entries[1:]} == set(known)
        for entry in entries[1:]:
            kept = {key.name: key.required for key in entry.keys}
            required = known[entry.name].get("required", [])
            assert kept == {name: name in required for name in known[entry.name]["properties"]}
    assert {f"schemas/{kind}.schema.json" for kind in found} == set(schemas())


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "array", "items": {"type": "integer"}}, "list of whole number"),
        ({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}, "id"),
        (
            {"anyOf": [{"type": "number"}, {"enum": ["not reported", "not stated"]}]},
            "number or not reported",
        ),
        ({"prefixItems": [{"type": "number"}] * 2, "type": "array"}, "[number, number]"),
        ({"enum": ["a", "b"]}, "a | b"),
        ({"patternProperties": {"^x$": {"$ref": "#/$defs/Arm"}}}, "by id: Arm"),
        ({"type": "boolean"}, "true | false"),
    ],
)
def test_what_may_stand_for_a_key_in_words(schema: Mapping[str, Any], words: str) -> None:
    assert value_of(schema) == words


def test_a_default_is_told_as_a_file_would_say_it() -> None:
    keys = {
        (entry.name, key.name): key.text for entry in data_keys()["review"] for key in entry.keys
    }
    assert keys["ModeratorPlan", "per"].endswith(" Default: 1.0.")
    assert keys["AnalysisPlan", "leave_one_out"] == "Default: false."
    assert keys["AnalysisPlan", "method"] == "Default: REML."
    assert "Default" not in keys["AnalysisPlan", "subgroups"]


def test_no_value_of_a_key_is_left_without_words() -> None:
    keys = [key for entries in data_keys().values() for entry in entries for key in entry.keys]
    assert [key for key in keys if "anything" in key.value] == []


# --- the command ---------------------------------------------------------------------------


def test_all_names_in_short(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = run(capsys, "names")
    assert out.startswith(f"formats: {', '.join(FORMATS)}\n")
    assert f"\nfigures: {', '.join(KINDS)}\n" in out
    assert f"\ntables: {', '.join(TABLES)}\n" in out
    assert err == (
        "more: living-review names formats|functions|figures|tables|conditions|findings|data\n"
    )


@pytest.mark.parametrize("group", ["formats", "functions", "figures", "tables", "conditions"])
def test_one_group_of_names(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = run(capsys, "names", group)
    for one in getattr(names, group)():
        assert re.search(rf"(?m)^{one.name} ", out)
        assert one.text.replace("`", "") in out


def test_findings_by_kind_and_of_a_review(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = run(capsys, "names", "findings")
    assert "\n  est_lb             Lower bound of its interval, as printed.\n" in out
    out, _ = run(capsys, "--root", str(TINY), "names", "findings", "tb")
    assert re.search(r"(?m)^tb\.k +6$", out)
    assert re.search(r"(?m)^tb\.leave_one_out +→ .*aronson", out)
    assert "tb.synthesis" not in out
    out, _ = run(capsys, "--root", str(TINY), "names", "findings", "tb.leave_one_out.aronson")
    assert re.search(r"(?m)^tb\.leave_one_out\.aronson\.k +5$", out)
    out, _ = run(capsys, "--root", str(TINY), "names", "findings", "counts.studies")
    assert re.search(r"(?m)^counts\.studies +6$", out)


def test_a_finding_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    _, err = run(capsys, "--root", str(TINY), "names", "findings", "zz", code=1)
    assert err == (
        "error: no finding zz, wanted one of: absolute, certainty, counts, flow, pools, tb, "
        "tb_random\n"
    )


def test_the_keys_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = run(capsys, "names", "data", "claims")
    assert out.startswith("data/claims.yml\n")
    assert re.search(r"(?m)^holds +text +yes +Condition on findings", out)
    _, err = run(capsys, "names", "data", "claim", code=1)
    assert err == "error: found 'claim', wanted a kind of data file: perhaps claims?\n"


def test_a_path_where_none_belongs(capsys: pytest.CaptureFixture[str]) -> None:
    _, err = run(capsys, "names", "formats", "os", code=2)
    assert err == "error: found a path, wanted it after findings or data\n"


def test_the_reference_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "names", "--markdown")[0] == manual.manuscript_reference()
    assert run(capsys, "names", "data", "--markdown")[0] == manual.data_reference()
