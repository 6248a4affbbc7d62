"""`find` for several states of the evidence: what did not change is not computed again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analysis.evidence import Taken
from analysis.findings import AnalysisFinding, Findings
from analysis.plan import analyse, find
from analysis.planned_effects import selected_of
from analysis.records import AnalysisPlan, Plan, Review
from analysis.rounding import Knob, knobs_of

KEPT = 4
"""Answers remembered of an analysis: of today, the article, the last edition, and the one before
a save."""


@dataclass(frozen=True)
class _Answer:
    """What an analysis was asked, with its answer."""

    terms: Plan
    analysis: AnalysisPlan
    taken: tuple[Taken, ...]
    knobs: tuple[Knob, ...]
    found: AnalysisFinding


class RememberingFind:
    """Runs the plan as `find` does, and takes over each analysis that it has answered before.

    An answer is taken over where its entry of the plan, the question and its terms, and every
    study with the results that it takes are equal; where it tells of rounding, their printed
    decimals too (0.7 equals 0.70). What a study found for other outcomes is no matter.
    """

    def __init__(self) -> None:
        self._answers: dict[str, list[_Answer]] = {}

    def __call__(self, review: Review) -> Findings:
        """Return `find(review)`; raises as it does."""
        terms = review.plan.model_copy(update={"analyses": ()})

        def answer(review: Review, analysis: AnalysisPlan) -> AnalysisFinding:
            now = selected_of(review, analysis)
            knobs = _knobs(now.taken) if analysis.rounding else ()
            taken = tuple(_alone(one) for one in now.taken)
            known = self._answers.setdefault(analysis.id, [])
            for at, one in enumerate(known):
                asked = (one.analysis, one.taken, one.terms, one.knobs)
                if asked == (analysis, taken, terms, knobs):
                    known.insert(0, known.pop(at))
                    # Whom it leaves out, and whether others agree, may differ all the same.
                    return replace(one.found, left_out=now.left_out, methods_agree=None)
            found = analyse(review, analysis)
            known.insert(0, _Answer(terms, analysis, taken, knobs, found))
            del known[KEPT:]
            return found

        return find(review, answer)


def _alone(taken: Taken) -> Taken:
    """Return what is taken, of a study without its other results."""
    indices = (taken.index, *taken.others)
    kept = {"results": tuple(taken.study.results[index] for index in indices)}
    return replace(taken, study=taken.study.model_copy(update=kept))


def _knobs(taken: tuple[Taken, ...]) -> tuple[Knob, ...]:
    return tuple(knob for one in taken for knob in knobs_of(one.study, one.index))
