"""The archive of an edition: page, PDF, findings and manifest, as they were published.

The manifest holds the SHA-256 of every file of the evidence and of every output, and the
versions of the tools, so that whoever holds the archive can tell whether it is untouched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Any

from analysis.errors import EditionError

FOLDER = "editions"
MANIFEST = "manifest.json"
FINDINGS = "findings.json"
PAGE, PAPER, WORD = "index.html", "review.pdf", "review.docx"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What an edition was made from, what came of it, and with which tools.

    `evidence` is the hash that the page prints; `sources` and `outputs` give the SHA-256 of
    each file, by path in the review and by name in the archive; `tools` a version by name.
    """

    version: str
    released: str
    evidence: str
    engine: str
    sources: Mapping[str, str]
    outputs: Mapping[str, str]
    tools: Mapping[str, str]
    format: int = FORMAT

    def to_json(self) -> bytes:
        """Return manifest.json: sorted keys, a final newline."""
        text = json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False)
        return f"{text}\n".encode()

    @property
    def tool(self) -> str:
        """The version of living-review that made the edition."""
        return self.tools.get("living-review", "of an unknown version")


@dataclass(frozen=True)
class StoredPool:
    """A pooled result as findings.json of an edition has it, on the analysis scale."""

    analysis: str
    title: str
    measure: str
    role: str
    sensitivity_of: str | None
    k: int
    mu: float
    ci_lb: float
    ci_ub: float
    tau2: float


def read_manifest(content: bytes, place: str) -> Manifest:
    """Read a manifest.

    Raises
    ------
    EditionError : it is damaged, or of a format that this version does not know.
    """
    document = _document(content, place)
    if document.get("format") != FORMAT:
        tools = document.get("tools")
        tool = tools.get("living-review") if isinstance(tools, dict) else None
        raise EditionError(_other_format(place, "a manifest", document.get("format"), FORMAT, tool))
    names = {field.name for field in fields(Manifest)}
    texts = ("version", "released", "evidence", "engine")
    tables = ("sources", "outputs", "tools")
    sound = (
        document.keys() == names
        and all(isinstance(document[name], str) for name in texts)
        and all(isinstance(document[name], dict) for name in tables)
    )
    if not sound:
        raise EditionError(f"{place}: found a damaged manifest, wanted it as it was released")
    return Manifest(**document)


def read_pools(content: bytes, place: str, manifest: Manifest | None) -> dict[str, StoredPool]:
    """Return the pooled result of every analysis of a findings.json, by the analysis' id.

    Only these are read: whole findings may be of a format that is older than the code.

    Raises
    ------
    EditionError : it is damaged, or has no pooled results where this version looks for them.
    """
    document = _document(content, place)
    try:
        return {
            id_: StoredPool(
                id_,
                str(one["title"]),
                str(one["measure"]),
                str(one["role"]),
                one["sensitivity_of"],
                int(one["synthesis"]["k"]),
                *(float(one["synthesis"][name]) for name in ("mu", "ci_lb", "ci_ub", "tau2")),
            )
            for id_, one in document["analyses"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        from analysis.findings import FORMAT as CURRENT

        tool = manifest.tool if manifest else None
        text = _other_format(place, "findings", document.get("format"), CURRENT, tool)
        raise EditionError(text) from None


def mistakes(
    manifest: Manifest, files: Mapping[str, bytes], folder: str
) -> tuple[tuple[str, str], ...]:
    """Return the outputs that are not as released: the path of each, and what was found."""
    wrong: list[tuple[str, str]] = []
    for name, wanted in manifest.outputs.items():
        place = f"{folder}/{name}"
        if name not in files:
            wrong.append((place, "found no such file, wanted it as it was released"))
        elif digest(files[name]) != wanted:
            wrong.append(
                (place, "found a file that was changed after its release, wanted it as released")
            )
    return tuple(wrong)


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return sha256(content).hexdigest()


def folder_of(version: str) -> str:
    """Return the folder of an edition's archive, relative to the review."""
    return f"{FOLDER}/{version}"


def _document(content: bytes, place: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise EditionError(
            f"{place}: found no JSON ({error}), wanted the file as released"
        ) from None
    if not isinstance(document, dict):
        raise EditionError(f"{place}: found no JSON object, wanted the file as released")
    return document


def _other_format(place: str, what: str, found: object, wanted: int, tool: str | None) -> str:
    known = f"living-review {tool} made and reads it" if tool else "a later version may read it"
    return f"{place}: found {what} of format {found}, wanted format {wanted}; {known}"
