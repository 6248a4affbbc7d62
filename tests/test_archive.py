"""Archives of editions: manifests and stored results, read as strictly as they are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.archive import (
    Manifest,
    digest,
    doubted,
    doubts,
    read_archive,
    read_manifest,
    read_pools,
)
from analysis.errors import EditionError
from analysis.findings import FORMAT


def manifest(**parts: Any) -> Manifest:
    whole = {"version": "1.0.0", "released": "2026-01-05", "evidence": "e", "engine": "pandoc"}
    tables: dict[str, Any] = {"sources": {}, "outputs": {}, "tools": {}}
    return Manifest(**{**whole, **tables, **parts})


def test_a_manifest_reads_in_a_diff() -> None:
    tools = {"python": "3.11", "numpy": "2"}
    content = manifest(engine="Quarto – 1.7", tools=tools).to_json()
    assert content.decode("utf-8") == (
        '{\n "engine": "Quarto – 1.7",\n "evidence": "e",\n "format": 1,\n "outputs": {},\n '
        '"released": "2026-01-05",\n "sources": {},\n "tools": {\n  "numpy": "2",\n  '
        '"python": "3.11"\n },\n "version": "1.0.0"\n}\n'
    )
    assert read_manifest(content, "manifest.json") == manifest(engine="Quarto – 1.7", tools=tools)


@pytest.mark.parametrize("parts", [{"more": 1}, {"version": 1}, {"sources": []}])
def test_a_manifest_of_other_parts_is_damaged(parts: dict[str, Any]) -> None:
    document = json.loads(manifest().to_json()) | parts
    with pytest.raises(EditionError) as caught:
        read_manifest(json.dumps(document).encode(), "manifest.json")
    assert str(caught.value) == (
        "manifest.json: found a damaged manifest, wanted it as it was released"
    )


def test_a_manifest_nested_too_deep() -> None:
    with pytest.raises(EditionError) as caught:
        read_manifest(b"[" * 200_000, "manifest.json")
    assert str(caught.value) == (
        "manifest.json: found no JSON (nested too deep), wanted the file as released"
    )


def test_pools_of_no_finite_count() -> None:
    one = dict.fromkeys(("title", "measure", "role", "sensitivity_of"), "x")
    document = {"analyses": {"tb": {**one, "synthesis": {"k": float("inf")}}}, "format": FORMAT}
    with pytest.raises(EditionError) as caught:
        read_pools(json.dumps(document).encode(), "findings.json", None)
    assert str(caught.value) == "findings.json: found damaged findings, wanted them as released"


@pytest.mark.parametrize(
    ("made", "reads"),
    [
        (None, "a later version may read it"),
        (manifest(), "living-review of an unknown version made and reads it"),
        (manifest(tools={"living-review": "0.3"}), "living-review 0.3 made and reads it"),
    ],
)
def test_findings_without_pools_name_the_version_that_reads_them(
    made: Manifest | None, reads: str
) -> None:
    with pytest.raises(EditionError) as caught:
        read_pools(b'{"format": 0}', "findings.json", made)
    assert str(caught.value) == (
        f"findings.json: found findings of format 0, wanted format {FORMAT}; {reads}"
    )


def test_what_a_manifest_names_outside_its_folder_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "editions" / "1.0.0"
    folder.mkdir(parents=True)
    (tmp_path / "editions" / "notes.txt").write_bytes(b"Mine.")
    outputs = {"../notes.txt": digest(b"Mine.")}
    (folder / "manifest.json").write_bytes(manifest(outputs=outputs).to_json())
    found = read_archive(tmp_path, "1.0.0")
    assert list(found.files) == ["manifest.json"]
    assert list(map(str, found.problems)) == [
        "editions/1.0.0/../notes.txt: found no such file, wanted it as it was released"
    ]


def test_every_archive_that_is_gone_is_told(tmp_path: Path) -> None:
    assert list(map(str, doubts(["1.0.0", "1.1.0"], doubted(tmp_path)))) == [
        f"editions/{version}: found no such folder, wanted the archive of an edition in "
        "data/editions.yml"
        for version in ("1.0.0", "1.1.0")
    ]


def test_doubts_are_those_of_the_folder_that_is_asked_for(tmp_path: Path) -> None:
    """Archives are looked at without being read whole; a copy keeps its manifest's version."""
    folder = tmp_path / "editions" / "1.0.1"
    folder.mkdir(parents=True)
    for name in ("index.html", "review.docx"):
        (folder / name).write_bytes(b"Later.")
    released = {name: digest(b"Then.") for name in ("index.html", "review.pdf")}
    outputs = {**released, "review.docx": digest(b"Later.")}
    (folder / "manifest.json").write_bytes(manifest(outputs=outputs).to_json())
    assert list(map(str, doubts(["1.0.1"], doubted(tmp_path)))) == [
        "editions/1.0.1/index.html: found a file that was changed after its release, "
        "wanted it as released",
        "editions/1.0.1/review.pdf: found no such file, wanted it as it was released",
    ]
    assert doubts(["1.0.1"], doubted(tmp_path)) == read_archive(tmp_path, "1.0.1").problems
