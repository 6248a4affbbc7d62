"""Files of a review with new content: read back as `check` would, and written all or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import DataError, Problem
from analysis.load import attempt
from analysis.located import Loaded
from analysis.output import write_file


@dataclass(frozen=True)
class Edit:
    """Files of the review with their new content, and the study that they are about.

    `elsewhere`: errors that the review now has in files that are not among them; `own`: those
    in the files themselves, without which an edit is `RefusedEditError`.
    """

    study: str
    file: str
    files: Mapping[str, bytes]
    loaded: Loaded
    elsewhere: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    own: tuple[Problem, ...] = ()


class RefusedEditError(DataError):
    """Files that would have errors: the edit is kept, to be mended or written as it is."""

    def __init__(self, edit: Edit) -> None:
        super().__init__(edit.own)
        self.edit = edit


def opened(files: Mapping[str, bytes]) -> Loaded:
    """Read a review as far as a study can be added to it: other files may have errors.

    Raises
    ------
    DataError : review.yml, searches.yml or references.bib cannot be read.
    """
    found = attempt(files)
    if found.loaded is None:
        raise DataError(found.problems)
    return found.loaded


def edit_of(
    study: str,
    file: str,
    files: Mapping[str, bytes],
    changed: Mapping[str, bytes],
    remarks: tuple[str, ...] = (),
) -> Edit:
    """Return an edit, once the review was read with it.

    Raises
    ------
    RefusedEditError : an error in one of the files that change, which was not there before.
    DataError : the review cannot be read with them.
    """
    known = {_slot(problem) for problem in attempt(files).problems}
    after = attempt({**files, **changed})
    fresh = [problem for problem in after.problems if _slot(problem) not in known]
    own = [problem for problem in fresh if _slot(problem)[0] in changed]
    if after.loaded is None:
        raise DataError(own or after.problems)
    elsewhere = tuple(problem for problem in fresh if problem not in own)
    edit = Edit(study, file, changed, after.loaded, elsewhere, remarks, tuple(own))
    if own:
        raise RefusedEditError(edit)
    return edit


def _slot(problem: Problem) -> tuple[str, str]:
    """Return the file of a problem, and the place in it that no other line moves."""
    return problem.place.partition(":")[0], problem.where or problem.message


def put(root: Path, edit: Edit, read: Mapping[str, bytes]) -> None:
    """Write the files of an edit: all of them, or none where one cannot be written.

    `read` are the files from which the edit was computed.

    Raises
    ------
    DataError : one of them has changed since; nothing is written.
    """
    for name in edit.files:
        path = root / name
        there = path.read_bytes() if path.exists() else None
        if there != read.get(name):
            raise error_at(name, "found a file that changed meanwhile, wanted it as it was read")
    written: list[str] = []
    try:
        for name, content in edit.files.items():
            written.append(name)
            write_file(root / name, content)
    except BaseException:
        for name in written:
            if name in read:
                write_file(root / name, read[name])
            else:
                (root / name).unlink(missing_ok=True)
        raise


def edit_bytes(data: bytes, edited: Callable[[str], str]) -> bytes:
    """Edit the text of a file, whose line ends and byte order mark stay as they are."""
    text = data.decode("utf-8")
    mark, text = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    dos = "\r\n" in text
    new = edited(text.replace("\r\n", "\n"))
    return (mark + (new.replace("\n", "\r\n") if dos else new)).encode("utf-8")


def error_at(place: str, message: str) -> DataError:
    """Return the error of one file or option."""
    return DataError([Problem(place, "", message)])
