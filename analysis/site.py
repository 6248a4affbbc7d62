"""The site: the latest edition at its root, every edition as published, what lies between.

Archived pages are copied and their hashes checked; nothing of them is built again, but a copy
of which a later edition is out says so above its text. Only the page at the root is made anew,
since it leads to the others; it must find what the edition found, else the archived page stands
there instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from analysis import archive, rendering
from analysis.claim_sentences import reread
from analysis.comparison import Comparison, compare, method_change
from analysis.comparison_words import Side
from analysis.editions import Archives, Held, archives_of, hold, released_editions
from analysis.engines import Source, pandoc
from analysis.errors import DataError, EditionError, MethodError, TemplateError
from analysis.figures.comparison import Side as Drawn
from analysis.figures.comparison import draw_comparison
from analysis.findings import Findings
from analysis.git import Repository, open_repository
from analysis.history import PastEdition, history
from analysis.history_figure import drawn
from analysis.load import load
from analysis.pages import (
    VERSIONS,
    Listed,
    Overlay,
    comparison_page,
    comparison_text,
    folder,
    formats,
    navigation,
    versions_text,
)
from analysis.paper import examine_state, with_navigation
from analysis.past import returning
from analysis.plan import find
from analysis.project import Project, read_project
from analysis.records import Review
from analysis.states import edition
from analysis.superseded import with_banner

Tell = Callable[[str], None]


def site(root: Path, engine: str = "auto", tell: Tell = lambda line: None) -> dict[str, bytes]:
    """Make every file of the site, by its path there.

    Raises
    ------
    EditionError : an archive is not as it was released; the message says how to restore it.
    """
    repository = open_repository(root)
    project = read_project(root)
    released = released_editions(repository)
    held = hold(repository, released)
    archives = archives_of(repository, held)
    past = history(repository, released=released)
    files = {
        f"{folder(version)}/{name}": content
        for version, kept in archives.items()
        for name, content in kept.items()
    }
    if not held:
        tell("found no edition yet: the site shows the work tree")
        return _draft(root, project, engine)
    latest = held[-1].released.entry.version
    for version in archives.keys() - {latest}:
        place = f"{folder(version)}/{archive.PAGE}"
        if place in files:
            files[place] = with_banner(files[place], version, latest)
    files |= _latest(repository, held, archives, engine, tell)
    reviews = _reviews(held)
    compared = dict(_comparisons(held, reviews, archives, project, tell))
    # The titles of the last edition that can be read; the work tree may be amid a change.
    review = [*reviews.values()][-1] if reviews else load(project.data).review
    listed = [Listed(one, tuple(archives.get(one.entry.version, ()))) for one in past]
    files[VERSIONS] = _versions(past, listed, review, project, tuple(compared))
    return {**files, **compared}


# --- the root ------------------------------------------------------------------------------


def _draft(root: Path, project: Project, engine: str) -> dict[str, bytes]:
    from analysis.states import State

    examined = examine_state(root, State("work tree", project))
    return rendering.render(examined, project, ("html", "pdf"), engine)


def _latest(
    repository: Repository,
    held: Sequence[Held],
    archives: Archives,
    engine: str,
    tell: Tell,
) -> dict[str, bytes]:
    """Return the files of the root: those of the last edition, its page with links to others."""
    last = held[-1]
    version = last.released.entry.version
    kept = archives.get(version, {})
    files = {name: content for name, content in kept.items() if name != archive.MANIFEST}
    why = last.released.loss
    if why is None:
        try:
            made = _again(repository, held, files, engine, tell)
        except (DataError, MethodError, TemplateError) as error:
            if archive.PAGE not in files:
                raise
            for line in str(error).split("\n"):
                tell(line)
            why = f"edition {version}: today's code cannot make its page"
        else:
            if not isinstance(made, str):
                return {"findings.json": made["findings.json"], **files, **_page_of(made)}
            why = f"edition {version}: {made}"
    if archive.PAGE not in files:
        raise EditionError(f"{why}; its page is not archived either, wanted one of the two")
    tell(f"{why}; its archived page stands at the root, without links to other editions")
    return files


def _again(
    repository: Repository,
    held: Sequence[Held],
    kept: Collection[str],
    engine: str,
    tell: Tell,
) -> dict[str, bytes] | str:
    """Make the last edition's page with links to the others, or say why it is another page now."""
    last = held[-1]
    state = edition(repository, last.released.entry.version)
    with state.located():
        # It is the edition itself, with links; the label of a recomputation is for other uses.
        examined = examine_state(repository.root, replace(state, commit=None))
        try:
            stored = last.findings and Findings.from_json(last.findings.decode("utf-8"))
        except ValueError:  # of a format that is older than the code
            return "today's code cannot compare its findings with those of its archive"
        if stored and method_change(stored, examined.findings):
            return "today's code finds other numbers in the same evidence"
        links = navigation([one.released.entry.version for one in held])
        examined = with_navigation(examined, links, formats(kept))
        return rendering.render(examined, state.project, ("html",), engine, tell)


def _page_of(made: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in made.items() if not name.startswith("figures/")}


# --- between editions ----------------------------------------------------------------------


def _reviews(held: Sequence[Held]) -> dict[str, Review]:
    """Return the evidence of each edition that has it, by version."""
    reviews: dict[str, Review] = {}
    for one in held:
        if one.released.commit:
            # Of a format that is older than the code: the list of editions says so.
            with suppress(DataError):
                reviews[one.released.entry.version] = load(one.files, checked=False).review
    return reviews


def _comparisons(
    held: Sequence[Held],
    reviews: Mapping[str, Review],
    archives: Archives,
    project: Project,
    tell: Tell,
) -> Iterator[tuple[str, bytes]]:
    """Compare each edition with the one before it, where the evidence of both is there."""
    for before, after in pairwise(held):
        old, new = before.released.entry.version, after.released.entry.version
        if old not in reviews or new not in reviews:
            tell(f"{old} and {new}: not compared, since the evidence of one is lost")
            continue
        returned = returning(reviews[old], reviews[new], reviews.get)
        comparison = compare(reviews[old], reviews[new], find, returned)
        sides = (_side(before, comparison, 0), _side(after, comparison, 1))
        pictures, overlays = _overlays(comparison, reviews[new], (old, new))
        pages = [
            (side.name, f"{version}/{archive.PAGE}")
            for side, version in zip(sides, (old, new), strict=True)
            if archive.PAGE in archives.get(version, {})
        ]
        then, today = comparison.findings
        reading = reread(reviews[old], then, reviews[new], today)
        text = comparison_text(reviews[new], comparison, *sides, overlays, pages, reading)
        page = _page(text, project, after.released.entry.released, pictures)
        yield comparison_page(old, new), page


def _side(held: Held, comparison: Comparison, index: int) -> Side:
    name = f"edition {held.released.entry.version}"
    if held.findings is None:
        return Side(name)
    try:
        stored = Findings.from_json(held.findings.decode("utf-8"))
    except ValueError:
        return Side(name)  # of a format that is older than the code
    return Side(name, method_change(stored, comparison.findings[index]))


def _overlays(
    comparison: Comparison, review: Review, versions: tuple[str, str]
) -> tuple[dict[str, bytes], list[Overlay]]:
    """Draw each analysis that moved, and is primary, as both editions have it."""
    pictures: dict[str, bytes] = {}
    overlays = []
    for result in comparison.results:
        if not result.moved or result.role != "primary":
            continue
        sides = [found.analyses.get(result.analysis) for found in comparison.findings]
        if sides[0] is None or sides[1] is None:
            continue
        before, after = (Drawn(v, a) for v, a in zip(versions, sides, strict=True) if a)
        outcome = review.outcome(after.analysis.outcome)
        name = f"overlay-{result.analysis.replace('_', '-')}"
        path = f"figures/{name}.svg"
        pictures[path] = draw_comparison(name, before, after, outcome.favours).svg
        shows = (
            f"Forest plot of {after.analysis.synthesis.k} studies of edition {versions[1]} over "
            f"the {before.analysis.synthesis.k} of edition {versions[0]}."
        )
        overlays.append(Overlay(path, result.title, shows))
    return pictures, overlays


def _versions(
    past: Sequence[PastEdition],
    listed: Sequence[Listed],
    review: Review,
    project: Project,
    compared: Sequence[str],
) -> bytes:
    pictures = {}
    if any(one.pools for one in past):
        pictures["figures/history.svg"] = drawn(past, review).svg
    text = versions_text(review.plan, listed, compared, next(iter(pictures), ""))
    return _page(text, project, past[-1].entry.released, pictures)


def _page(text: str, project: Project, day: str, pictures: dict[str, bytes]) -> bytes:
    document = pandoc.read(Source(text, project.styles, day))
    return pandoc.write(document, pictures, ("html",))[archive.PAGE]
