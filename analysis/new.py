"""A review of one's own, from its first wishes: every file of the folder that it begins in.

The texts are in `analysis/starter/`, with what differs from review to review in «…». The styles
of page and paper have one home, `templates/` of the repository, from which the package is built
with a copy of its own (`setup.py`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from analysis.bibtex import ascii_of
from analysis.effects import ONE_GROUP, WITH_UNIT, Measure
from analysis.errors import ReviewError
from analysis.first_claims import first_claims
from analysis.markdown import escape
from analysis.meanings import EXTRA, FUNCTIONS
from analysis.output import write_file
from analysis.schema import schemas
from analysis.terms import MEASURES
from analysis.values import TODO
from analysis.words import within
from analysis.yaml_text import Flow, lines_of, scalar

STARTER = Path(__file__).parent / "starter"
PACKED = STARTER / "styles"
"""The styles in an installed package; in a clone they are in `templates/`."""
HOME = Path(__file__).parents[1]
STYLES = (".css", ".html", ".js", ".typ", ".lua", ".csl", ".py")
RENAMED = {"gitignore": ".gitignore"}
"""Files that would act on the repository or the package if they had their name there."""
PROJECT = "_quarto.yml"
LONGEST_ID = 24

OF_EVENTS = ("HR", "OR", "RR", "RD", "IRR", *ONE_GROUP)
RUNNING = 60  # characters that the head of a page has room for
EVENT_NOTE = "    # what is counted, as a sentence says it: death, relapse"
UNIT_NOTE = "    # unit: days    # of the means, as estimates, tables and axes name it"

_PLACE = re.compile("«([a-z_]+)»")


@dataclass(frozen=True)
class Wishes:
    """What a review is begun with; all of it is edited in data/review.yml later."""

    title: str
    outcome: str = "All-cause mortality"
    short: str | None = None
    measure: Measure = "RR"
    better: str = "lower"
    unit: str | None = None
    intervention: str = "Intervention"
    comparator: str = "Control"
    population: str = f"{TODO}: who is treated"
    studies: str = "Randomised controlled trials"
    authors: tuple[str, ...] = ()


def new_review(wishes: Wishes, version: str) -> dict[str, bytes]:
    """Return the files of a new review, by path.

    Parameters
    ----------
    version : of living-review, for the note of how to install it.

    Raises
    ------
    ReviewError : the arms have one id, a measure has no unit, or a wish is no text of one line.
    """
    if wishes.unit is not None and wishes.measure not in WITH_UNIT:
        raise ReviewError(
            f"--unit: found a unit of an outcome of {wishes.measure}, wanted none: "
            f"{' and '.join(WITH_UNIT)} alone have one"
        )
    try:
        values = _values(wishes, version)
    except ValueError as error:
        raise ReviewError(str(error)) from None
    if values["intervention_id"] == values["comparator_id"]:
        raise ReviewError(
            f"found {wishes.intervention!r} and {wishes.comparator!r}, which are both "
            f"{values['comparator_id']} as an id, wanted two names that differ"
        )
    files: dict[str, bytes] = {}
    for name, text in _texts().items():
        files[RENAMED.get(name, name)] = filled(text, values).encode()
    for name, text in schemas().items():
        files[name] = text.encode()
    # git keeps no empty folder, and the first study is to be put in one that is there.
    return {**files, "data/studies/.gitkeep": b"", **styles()}


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text of the starter with its places filled."""
    return _PLACE.sub(lambda place: values[place[1]], text)


def styles() -> dict[str, bytes]:
    """Return what makes the look of page and paper, by path in the review."""
    folder, project = (PACKED, PACKED) if PACKED.is_dir() else (HOME / "templates", HOME)
    found = {
        f"templates/{path.name}": path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.suffix in STYLES
    }
    return {**found, PROJECT: (project / PROJECT).read_bytes()}


def put(root: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a new review into a folder that is new or empty.

    Raises
    ------
    ReviewError : there is something in the folder, or a file has its name; nothing is written.
    """
    if root.exists() and not root.is_dir():
        raise ReviewError(f"{root}: found a file, wanted a folder that is new or empty")
    there = sorted(path.name for path in root.iterdir()) if root.exists() else []
    if there := [name for name in there if name not in (".git", ".DS_Store")]:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise ReviewError(
            f"{root}: found {there[0]}{more} in it, wanted a folder that is new or empty"
        )
    new = not root.exists()
    try:
        for name, content in files.items():
            write_file(root / name, content)
    except BaseException:
        _empty(root, files)
        if new:
            rmtree(root, ignore_errors=True)
        raise


def _empty(root: Path, files: Mapping[str, bytes]) -> None:
    """Take away what was written: the folder was empty but for git's own."""
    for top in {name.split("/")[0] for name in files}:
        path = root / top
        if path.is_dir():
            rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def id_of(text: str, taken: Collection[str] = ()) -> str:
    """Return a text as an id: 'All-cause mortality' as all_cause_mortality.

    Ids are typed often: of a long text the first words are taken.

    Raises
    ------
    ValueError : no letter of it can stand in an id.
    """
    found = re.sub(r"[^a-z0-9]+", "_", ascii_of(text)).strip("_").lstrip("0123456789_")
    if not found:
        raise ValueError(f"found {text!r}, wanted a name with a letter from a to z")
    if len(found) > LONGEST_ID:
        # Up to the last word that fits, or that part of a word that is longer than all of it.
        found = found[: LONGEST_ID + 1].rpartition("_")[0] or found[:LONGEST_ID]
    return f"{found}_outcome" if found in taken else found


def _texts() -> dict[str, str]:
    """Return the texts of the starter by path; what is packed beside them is no text."""
    return {
        path.relative_to(STARTER).as_posix(): path.read_text("utf-8")
        for path in sorted(STARTER.rglob("*"))
        if path.is_file() and PACKED not in path.parents
    }


def _values(wishes: Wishes, version: str) -> dict[str, str]:
    """Return what stands in each place: texts of YAML as YAML writes them."""
    outcome_id = id_of(wishes.short or wishes.outcome, {*FUNCTIONS, *EXTRA})
    name, other = within(wishes.intervention), within(wishes.comparator)
    favours = [f"Favours {name}", f"Favours {other}"]
    if wishes.better == "higher":
        favours.reverse()
    texts = {
        "title": wishes.title,
        "short_title": _short(wishes.title),
        "intervention": wishes.intervention,
        "intervention_name": name,
        "comparator": wishes.comparator,
        "comparator_name": other,
        "outcome": wishes.outcome,
        "short": wishes.short or wishes.outcome,
        "common_title": f"{wishes.outcome}, common-effect model",
        "event": within(wishes.outcome),
        "population": wishes.population,
        "studies": wishes.studies,
        "favours_left": favours[0],
        "favours_right": favours[1],
    }
    noted = MEASURES[wishes.measure]
    return {
        **{key: scalar(text) for key, text in texts.items()},
        "authors": _authors(wishes.authors),
        "outcome_id": outcome_id,
        "outcome_dashed": outcome_id.replace("_", "-"),
        "intervention_id": id_of(wishes.intervention),
        "comparator_id": id_of(wishes.comparator),
        "measure": wishes.measure,
        "measure_note": f"{wishes.measure}: {noted}",
        "event_note": EVENT_NOTE if wishes.measure in OF_EVENTS else "",
        **first_claims(
            outcome_id,
            wishes.measure,
            wishes.better,
            (id_of(wishes.intervention), id_of(wishes.comparator)),
        ),
        "unit_line": _unit(wishes),
        "better": wishes.better,
        "title_markdown": escape(wishes.title),
        "version": version,
    }


def _short(title: str) -> str:
    """Return a title for the head of each page: what stands before its colon, in a line."""
    words = title.partition(":")[0].split()
    while len(words) > 1 and len(" ".join(words)) > RUNNING:
        words.pop()
    return " ".join(words).rstrip(" ,;–—-") or title


def _unit(wishes: Wishes) -> str:
    """Return the line of the unit of the outcome, one to be filled in where a measure needs it."""
    if wishes.unit is not None:
        return f"\n    unit: {scalar(wishes.unit)}"
    return f"\n{UNIT_NOTE}" if wishes.measure == "MD" else ""


def _authors(names: tuple[str, ...]) -> str:
    if not names:
        return " not stated"
    entries = [Flow({"name": name, "affiliation": "not stated"}) for name in names]
    return "".join(f"\n  {line}" for line in lines_of(entries, 2))
