"""A review together with where each part of it stands: file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from analysis.errors import Problem
from analysis.messages import where_of
from analysis.records import Claim, Edition, Plan, Published, Review, Search, Study
from analysis.yaml_nodes import Path, Tree

REVIEW = "data/review.yml"
SEARCHES = "data/searches.yml"
PUBLISHED = "data/published.yml"
CLAIMS = "data/claims.yml"
EDITIONS = "data/editions.yml"
REFERENCES = "data/references.bib"
STUDIES = "data/studies/"

_FILES = {
    "plan": REVIEW,
    "searches": SEARCHES,
    "published": PUBLISHED,
    "claims": CLAIMS,
    "editions": EDITIONS,
}
# These files hold one list under a key of its own: searches.yml begins with `searches:`.
_LISTS = frozenset({"searches", "claims", "editions"})


@dataclass(frozen=True)
class Places:
    """Where things stand. A path begins with `studies` and an id, or with the name of a part.

    ("studies", "thorsen", "results", 0, "ci"), ("plan", "analyses", 2), ("searches", 0),
    ("published", "numbers", 3), ("claims", 1), ("editions", 0).
    """

    trees: Mapping[str, Tree]
    studies: Mapping[str, str]
    """File of each study, by id."""

    def _split(self, path: Path) -> tuple[str, Path]:
        part, inner = str(path[0]), path[1:]
        if part == "studies":
            return self.studies[str(path[1])], path[2:]
        return _FILES[part], (part, *inner) if part in _LISTS else inner

    def place(self, path: Path) -> str:
        """Return 'data/studies/x.yml:12', the line of `path` or of what holds it."""
        file, inner = self._split(path)
        tree = self.trees.get(file)
        return f"{file}:{tree.line(inner)}" if tree else file

    def problem(self, path: Path, message: str) -> Problem:
        """Return a problem at `path`."""
        return Problem(self.place(path), where_of(self._split(path)[1]), message)


@dataclass(frozen=True)
class Draft:
    """What could be read of a review; `None` where a file has errors or is absent.

    `all_studies` says whether the file of every study could be read: only then is a study that
    no file declares known to be missing.
    """

    places: Places
    plan: Plan | None = None
    studies: tuple[Study, ...] = ()
    searches: tuple[Search, ...] | None = None
    published: Published | None = None
    claims: tuple[Claim, ...] = ()
    editions: tuple[Edition, ...] = ()
    citation_keys: frozenset[str] | None = None
    retracted_keys: frozenset[str] = frozenset()
    all_studies: bool = True


@dataclass(frozen=True)
class Loaded:
    """A review that passed every check, its warnings, and where its parts stand."""

    review: Review
    warnings: tuple[Problem, ...]
    todos: tuple[Problem, ...]
    places: Places = field(repr=False)

    def place(self, path: Iterable[str | int]) -> str:
        """Return file and line of a part of the review: see `Places`."""
        return self.places.place(tuple(path))
