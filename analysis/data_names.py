"""The names of the files of `data/`: which are read, and what is wrong with the others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from analysis.data_file import KINDS, is_study
from analysis.errors import Problem
from analysis.hidden import hidden_in, without_hidden
from analysis.located import REFERENCES, REVIEW, SEARCHES
from analysis.messages import listed

REQUIRED = (REVIEW, SEARCHES, REFERENCES)
# smith-2020.yml.txt, as Notepad saves it while Windows shows smith-2020.yml; smith-2020.YML.
_ENDING = re.compile(r"\.(ya?ml|bib)(?:\.(?:txt|text|rtf|docx?|odt))?\Z", re.IGNORECASE)


def is_data_file(name: str) -> bool:
    """Say whether a path of the review ('data/studies/x.yml') is one that `load` reads."""
    parts = name.split("/")
    return (
        parts[0] == "data"
        and not any(part.startswith(".") for part in parts)
        and name.endswith((".yml", ".yaml", ".bib"))
    )


def near_data_file(name: str) -> Problem | None:
    """Say what is wrong with a name that misses that of a data file by its ending alone.

    None for a data file, for what is hidden, and for what nobody means as data: a note, a
    picture, an editor's backup.
    """
    parts = name.split("/")
    ending = _ENDING.search(parts[-1])
    if is_data_file(name) or ending is None or any(part.startswith(".") for part in parts):
        return None
    wanted = ".bib" if ending[1].lower() == "bib" else ".yml"
    place = " ".join(without_hidden(readable(name)).split())
    return Problem(place, "", f"found a file name in {ending[0]}, wanted {wanted}")


def name_problems(names: Iterable[str]) -> Iterator[Problem]:
    """Give each data file whose name cannot be read or printed."""
    for name in names:
        plain = readable(name)
        if plain != name:
            message = "found a file name that is not UTF-8, wanted one that is"
            yield Problem(plain, "", message)
        if not is_line(plain):
            place = " ".join(without_hidden(plain).split())
            message = "found a line break or a control character in the name, wanted it without"
            yield Problem(place, "", message)


def readable(name: str) -> str:
    """Return a name with \\xe9 for each byte that is not UTF-8; else the name itself."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def is_line(name: str) -> bool:
    """Say whether a name can stand in a message as it is."""
    return not (hidden_in(name) or "\n" in name or "\t" in name)


def misplaced(names: Collection[str]) -> Iterator[Problem]:
    """Give each file that a review must have and has not, and each that nothing reads."""
    for name in REQUIRED:
        if name not in names:
            yield Problem(name, "", "found no such file, wanted it: every review has one")
    for name in names:
        if name in KINDS or name == REFERENCES or is_study(name):
            continue
        if name.endswith(".yaml"):
            yield Problem(name, "", "found a file name in .yaml, wanted .yml")
        else:
            known = listed([*(k.removeprefix("data/") for k in KINDS), "references.bib"])
            message = f"found a file that nothing reads, wanted one of {known} or studies/*.yml"
            yield Problem(name, "", message)
