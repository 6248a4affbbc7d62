"""The errors a user of living-review can cause, each with its place, what was found and wanted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong (or doubtful) at one place of the review.

    `place` is a file relative to the review's root, with a line where one is known
    (`data/studies/aronson-1948.yml:7`). `where` is the path inside the file
    (`results[0].ci`), empty for the file itself. `message` says what was found and
    what was wanted.
    """

    place: str
    where: str
    message: str

    def __str__(self) -> str:
        head = f"{self.place} {self.where}" if self.where else self.place
        return f"{head}: {self.message}"

    @property
    def position(self) -> tuple[str, int, str, str]:
        """The sort key: by file, then line (10 after 9), then path and message."""
        file, _, line = self.place.rpartition(":")
        if not line.isdigit():
            file, line = self.place, "0"
        return (file, int(line), self.where, self.message)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems once each, by file and line."""
    return tuple(sorted(set(problems), key=lambda problem: problem.position))


class ReviewError(Exception):
    """Anything wrong with a review that its author can mend. Carries every problem at once."""

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = () if isinstance(problems, str) else in_order(problems)
        text = problems if isinstance(problems, str) else "\n".join(map(str, self.problems))
        super().__init__(text)


class DataError(ReviewError):
    """A file under `data/` cannot be read, or says what cannot be."""


class MethodError(ReviewError):
    """A statistical method cannot answer for these inputs; the message says why."""


class IdenticalEffectsError(MethodError):
    """The effects are identical, which Hartung-Knapp takes for certainty: other tests answer."""


class TemplateError(ReviewError):
    """The manuscript or a template is wrong: undefined name, unbound number, lost figure."""


class AbsentError(TemplateError):
    """A finding that is named rightly, at `path`, and that this evidence does not have."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        super().__init__(f"no finding {path}: this evidence has no answer ({why})")


class RenderError(ReviewError):
    """A program that renders (pandoc, typst, quarto) is missing or failed."""


class EditionError(ReviewError):
    """The history of the review does not give, or does not take, what is asked of it."""
