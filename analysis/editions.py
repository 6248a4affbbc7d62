"""The editions of a review and the commits that hold their evidence, from history alone.

The commit of an edition is the one in HEAD's history that brought its version into
data/editions.yml. No tag is needed, and a rebase or a squash of the commits between two
editions does no harm. Whether that commit still holds the evidence as released is told by the
hash in the manifest; where it does not, the tag of the edition is tried, then the loss is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis import archive
from analysis.data_names import is_data_file
from analysis.edition_commits import commits_of_versions, read_editions
from analysis.errors import EditionError, Problem
from analysis.git import Repository
from analysis.load import evidence_hash
from analysis.located import EDITIONS
from analysis.messages import listed
from analysis.records import Edition

Archives = Mapping[str, Mapping[str, bytes]]  # by version, then by name


@dataclass(frozen=True)
class Released:
    """An edition of data/editions.yml and the commit that holds its evidence.

    `commit` is None where there is none; then `loss` says why, and what to do.
    """

    entry: Edition
    commit: str | None
    loss: str | None = None

    @property
    def tag(self) -> str:
        """The tag that `release` gave it."""
        return tag_of(self.entry.version)


@dataclass(frozen=True)
class Held:
    """What git holds of an edition: its data files, its manifest and its stored findings.

    `files` is empty where the evidence is lost; manifest and findings are those of the
    archive, None where there is none.
    """

    released: Released
    files: Mapping[str, bytes]
    manifest: archive.Manifest | None
    findings: bytes | None


def tag_of(version: str) -> str:
    """Return the name of an edition's tag."""
    return f"edition-{version}"


def released_editions(repository: Repository) -> tuple[Released, ...]:
    """Return every edition with its commit, the oldest first.

    Raises
    ------
    DataError : data/editions.yml cannot be read.
    """
    file = repository.root / EDITIONS
    entries = read_editions(file.read_bytes()) if file.is_file() else ()
    if not entries or repository.commit("HEAD") is None:
        return tuple(Released(e, None, _uncommitted(e.version)) for e in entries)
    first = _first_commits(repository, entries)
    homes: dict[str, list[Edition]] = {}
    for entry in entries:
        if entry.version in first:
            homes.setdefault(first[entry.version], []).append(entry)
    found = []
    for entry in entries:
        commit = first.get(entry.version)
        if commit is None:
            found.append(Released(entry, None, _uncommitted(entry.version)))
            continue
        loss = None
        if len(homes[commit]) > 1 or commit in repository.boundary:
            loss = _shared(repository, commit, entry, homes[commit])
        found.append(_or_tagged(repository, Released(entry, None if loss else commit, loss)))
    return tuple(found)


def hold(repository: Repository, editions: Sequence[Released]) -> tuple[Held, ...]:
    """Read what git holds of editions, all at once, and check it against their manifests."""
    held = _hold(repository, editions)
    checked = [_checked(one) for one in held]
    again = {
        index: _or_tagged(repository, one.released)
        for index, one in enumerate(checked)
        if one.released.loss and editions[index].loss is None
    }
    # Only where a history was rewritten is there anything to read a second time.
    tagged = {index: one for index, one in again.items() if one.commit}
    for index, one in zip(tagged, _hold(repository, list(tagged.values())), strict=True):
        second = _checked(one)
        if second.released.commit:
            checked[index] = second
    return tuple(checked)


def archives_of(repository: Repository, held: Sequence[Held]) -> Archives:
    """Return the archives of editions; EditionError for every file that is not as released."""
    problems, found = [], {}
    for one in held:
        version = one.released.entry.version
        if one.manifest is None:
            continue  # an edition that was entered by hand has no archive
        kept = archive.read_archive(repository.root, version, one.manifest)
        restore = _restore(repository, one)
        problems += [
            Problem(wrong.place, wrong.where, f"{wrong.message}{restore}")
            for wrong in kept.problems
        ]
        found[version] = kept.files
    if problems:
        raise EditionError(problems)
    return found


def _restore(repository: Repository, held: Held) -> str:
    """Say how to get an archive back, where a commit is known to hold it."""
    version = held.released.entry.version
    published = _manifest(repository, "HEAD", version)
    commit = held.released.commit or "COMMIT"
    if published and held.manifest and published.evidence != held.manifest.evidence:
        return ""
    return f" (git checkout {commit} -- {archive.folder_of(version)})"


# --- where an edition is -------------------------------------------------------------------


def _first_commits(repository: Repository, entries: Sequence[Edition]) -> dict[str, str]:
    """Return for each version the commit that brought it into data/editions.yml.

    Where several may have, the one with the evidence of the manifest that HEAD has.
    """
    may = commits_of_versions(repository)
    return {
        entry.version: may[entry.version][0]
        if len(may[entry.version]) == 1
        else _as_published(repository, entry, may[entry.version])
        for entry in entries
        if entry.version in may
    }


def _as_published(repository: Repository, entry: Edition, commits: Sequence[str]) -> str:
    published = _manifest(repository, "HEAD", entry.version)
    if published is None:
        return commits[0]
    held = _hold(repository, [Released(entry, commit) for commit in commits])
    match = (
        commit
        for commit, one in zip(commits, held, strict=True)
        if evidence_hash(one.files) == published.evidence
    )
    return next(match, commits[0])


def _manifest(repository: Repository, commit: str, version: str) -> archive.Manifest | None:
    """Return the manifest that a commit has of an edition, None where it has none."""
    place = f"{archive.folder_of(version)}/{archive.MANIFEST}"
    name = f"{commit}:{repository.path(place)}"
    content = repository.read([name])[name]
    return None if content is None else archive.read_manifest(content, place)


def _shared(
    repository: Repository, commit: str, entry: Edition, members: Sequence[Edition]
) -> str | None:
    """Say why a commit in which several editions first appear is not that of `entry`.

    It is that of the editions whose manifest has its evidence, or else of the last one. A
    commit at which a shallow clone ends may be that of no edition at all.
    """
    version = entry.version
    held = _hold(repository, [Released(entry, commit)])[0]
    if held.manifest:
        if held.manifest.evidence == evidence_hash(held.files):
            return None
    elif entry == members[-1] and commit not in repository.boundary:
        return None
    if commit in repository.boundary:
        return (
            f"edition {version}: found a shallow clone, which ends before its commit, wanted the "
            "whole history: git fetch --unshallow"
        )
    others = [other.version for other in members if other != entry]
    return (
        f"edition {version}: found its entry first in commit {commit[:10]}, together with "
        f"{listed(others)}: the commits of these editions were squashed into one, and the "
        f"evidence of {version} is not in this history, wanted a commit an edition: fetch its "
        f"tag (git fetch origin tag {tag_of(version)}); {_archive_serves(repository, version)}"
    )


def _hold(repository: Repository, editions: Sequence[Released]) -> list[Held]:
    commits = [one.commit for one in editions if one.commit]
    trees = repository.trees(commits, ("data",))
    objects = {e.object for tree in trees.values() for n, e in tree.items() if is_data_file(n)}
    archives = {
        (one.entry.version, name): [
            f"{commit}:{repository.path(archive.folder_of(one.entry.version))}/{name}"
            for commit in (one.commit, "HEAD")
            if commit
        ]
        for one in editions
        for name in (archive.MANIFEST, archive.FINDINGS)
    }
    contents = repository.read([*objects, *(p for paths in archives.values() for p in paths)])

    def archived(version: str, name: str) -> bytes | None:
        found = (contents[path] for path in archives[version, name])
        return next((content for content in found if content is not None), None)

    held = []
    for one in editions:
        version = one.entry.version
        tree = trees[one.commit] if one.commit else {}
        files = {n: contents[e.object] or b"" for n, e in tree.items() if e.object in objects}
        place = f"{archive.folder_of(version)}/{archive.MANIFEST}"
        manifest = archived(version, archive.MANIFEST)
        held.append(
            Held(
                one,
                {name: content for name, content in files.items() if is_data_file(name)},
                archive.read_manifest(manifest, place) if manifest is not None else None,
                archived(version, archive.FINDINGS),
            )
        )
    return held


def _checked(held: Held) -> Held:
    """Compare the evidence with the manifest; where it differs, it is not the edition's."""
    version, commit = held.released.entry.version, held.released.commit
    if not commit or held.manifest is None:
        return held
    evidence = evidence_hash(held.files)
    if evidence == held.manifest.evidence:
        return held
    loss = (
        f"edition {version}: found evidence {evidence[:12]} in commit {commit[:10]}, wanted "
        f"{held.manifest.evidence[:12]}, as it was released: the history was rewritten; fetch "
        f"its tag (git fetch origin tag {tag_of(version)})"
    )
    if held.findings is not None:
        loss += f"; {archive.folder_of(version)}/ still has its page and findings"
    return replace(held, released=replace(held.released, commit=None, loss=loss), files={})


def _or_tagged(repository: Repository, one: Released) -> Released:
    """Take the commit of the edition's tag, where history does not give it."""
    if one.commit or not one.loss:
        return one
    commit = repository.commit(f"refs/tags/{one.tag}")
    if commit is None:
        return one
    tagged = Released(one.entry, commit)
    return tagged if _checked(_hold(repository, [tagged])[0]).released.commit else one


def _uncommitted(version: str) -> str:
    return (
        f"edition {version}: found an entry in {EDITIONS} that no commit has, wanted it released: "
        "take the entry out and run living-review release"
    )


def _archive_serves(repository: Repository, version: str) -> str:
    folder = archive.folder_of(version)
    if (repository.root / folder).is_dir():
        return f"{folder}/ still has its page and findings"
    return f"there is no {folder}/ either"
