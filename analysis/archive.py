"""The archive of an edition: page, PDF, findings and manifest, as they were published.

The manifest holds the SHA-256 of every file of the evidence and of every output, and the
versions of the tools, so that whoever holds the archive can tell whether it is untouched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from analysis.errors import EditionError, Problem

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
        text = _other_format("a manifest", document.get("format"), FORMAT, tool)
        raise EditionError([Problem(place, "", text)])
    names = {field.name for field in fields(Manifest)}
    texts = ("version", "released", "evidence", "engine")
    tables = ("sources", "outputs", "tools")
    sound = (
        document.keys() == names
        and all(isinstance(document[name], str) for name in texts)
        and all(isinstance(document[name], dict) for name in tables)
    )
    if not sound:
        text = "found a damaged manifest, wanted it as it was released"
        raise EditionError([Problem(place, "", text)])
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
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        from analysis.findings import FORMAT as CURRENT

        if document.get("format") == CURRENT:
            text = "found damaged findings, wanted them as released"
            raise EditionError([Problem(place, "", text)]) from None
        tool = manifest.tool if manifest else None
        text = _other_format("findings", document.get("format"), CURRENT, tool)
        raise EditionError([Problem(place, "", text)]) from None


@dataclass(frozen=True)
class Archive:
    """The files of an archive as they stand in the work tree, and what is not as released."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]


def read_archive(root: Path, version: str, released: Manifest | None = None) -> Archive:
    """Read the archive of an edition and check it against its manifest.

    Parameters
    ----------
    root : the review.
    released : the manifest as git has it of the release; without it the one in the folder is
        believed.

    Raises
    ------
    EditionError : the manifest is damaged, or of a format that this version does not know.
    """
    content, manifest, problems = _manifest(root, version, released)
    if manifest is None:
        return Archive({}, problems)
    folder = folder_of(version)
    files = {name: path.read_bytes() for name, path in _outputs(root / folder, manifest)}
    digests = {name: digest(file) for name, file in files.items()}
    return Archive({**files, MANIFEST: content}, _mistakes(manifest, digests, folder))


def _manifest(
    root: Path, version: str, released: Manifest | None = None
) -> tuple[bytes, Manifest | None, tuple[Problem, ...]]:
    """Return the manifest of an archive, as bytes and as read, or what is wrong with it."""
    place = f"{folder_of(version)}/{MANIFEST}"
    if not (root / place).is_file():
        message = "found no such file, wanted the manifest as it was released"
        return b"", None, (Problem(place, "", message),)
    content = (root / place).read_bytes()
    manifest = read_manifest(content, place)
    if released is not None and manifest != released:
        message = "found a manifest that was changed after its release, wanted it as released"
        return content, None, (Problem(place, "", message),)
    return content, manifest, ()


def _outputs(where: Path, manifest: Manifest) -> Iterator[tuple[str, Path]]:
    """Yield the outputs of a manifest that are there, by name."""
    for name in manifest.outputs:
        if "/" not in name and (path := where / name).is_file():
            yield name, path


def doubted(root: Path) -> dict[str, tuple[Problem, ...]]:
    """Return what is wrong with each folder of archives, by version, as `doubts` takes it.

    It is many megabytes to read, and needs nothing of the data.
    """
    folders = sorted((root / FOLDER).iterdir()) if (root / FOLDER).is_dir() else []
    return {folder.name: _doubts(root, folder.name) for folder in folders if folder.is_dir()}


def doubts(
    versions: Iterable[str], found: Mapping[str, tuple[Problem, ...]]
) -> tuple[Problem, ...]:
    """Return what is wrong with the archives of editions, as far as the work tree alone tells.

    A manifest that was changed together with the files needs git to be found out: `release`
    and `site` ask it.

    Parameters
    ----------
    versions : the editions that the data list.
    found : what `doubted` returned.
    """
    problems: list[Problem] = []
    for version in versions:
        message = "found no such folder, wanted the archive of an edition in data/editions.yml"
        problems += found.get(version, (Problem(folder_of(version), "", message),))
    return tuple(problems)


def _doubts(root: Path, version: str) -> tuple[Problem, ...]:
    """As `read_archive`, whose files are many megabytes, without holding any of them."""
    try:
        _, manifest, problems = _manifest(root, version)
    except EditionError as error:
        return error.problems
    if manifest is None:
        return problems
    folder, digests = folder_of(version), {}
    for name, path in _outputs(root / folder, manifest):
        with path.open("rb") as file:
            digests[name] = file_digest(file, sha256).hexdigest()
    return _mistakes(manifest, digests, folder)


def _mistakes(manifest: Manifest, digests: Mapping[str, str], folder: str) -> tuple[Problem, ...]:
    wrong = []
    for name, wanted in manifest.outputs.items():
        found = "a file that was changed after its release, wanted it as released"
        if name not in digests:
            found = "no such file, wanted it as it was released"
        elif digests[name] == wanted:
            continue
        wrong.append(Problem(f"{folder}/{name}", "", f"found {found}"))
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
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else error
        text = f"found no JSON ({reason}), wanted the file as released"
        raise EditionError([Problem(place, "", text)]) from None
    if not isinstance(document, dict):
        text = "found no JSON object, wanted the file as released"
        raise EditionError([Problem(place, "", text)])
    return document


def _other_format(what: str, found: object, wanted: int, tool: str | None) -> str:
    known = f"living-review {tool} made and reads it" if tool else "a later version may read it"
    return f"found {what} of format {found}, wanted format {wanted}; {known}"
