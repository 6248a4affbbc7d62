"""What no systematic review may lack, each as a warning at its line, unless it says why.

The unit of a mean difference; and where studies are included, a search with its day and its
counts, and the risk of bias of each study. What cannot be had is said where the paper prints it:
in the `note` of the search, or as `lacking` of the item in the checklist `prisma`.
"""

from __future__ import annotations

from collections.abc import Iterator

from analysis.checklist import read_checklists
from analysis.errors import Problem, in_order
from analysis.located import Loaded
from analysis.project import CHECKLISTS
from analysis.schedule import SEARCHES
from analysis.yaml_nodes import Path

CHECKLIST, SEARCHED, ASSESSED = "prisma", "6", "18"
"""The checklist, and its items on sources with their days and on the risk of bias."""
_UNLESS = f"; or why not, as `lacking` of item {{}} of the checklist {CHECKLIST} in {CHECKLISTS}"


def essentials(loaded: Loaded, checklists: bytes | None) -> tuple[Problem, ...]:
    """Return a warning for each thing that lacks, by file and line.

    Raises
    ------
    DataError : `checklists`, the bytes of templates/checklists.yml, cannot be read.
    """
    found = list(_missing(loaded))
    reasons = _reasons(checklists) if checklists and any(item for item, _ in found) else ()
    return in_order(problem for item, problem in found if item not in reasons)


def _reasons(checklists: bytes) -> tuple[str, ...]:
    """Return the items of which the checklist says what lacks."""
    return tuple(
        item.item
        for one in read_checklists(checklists).checklists
        if one.id == CHECKLIST
        for item in one.items
        if item.lacking
    )


def _missing(loaded: Loaded) -> Iterator[tuple[str | None, Problem]]:
    """Give each thing that lacks, with the item of the checklist that may say why."""
    plan = loaded.review.plan
    for index, outcome in enumerate(plan.outcomes):
        if outcome.measure == "MD" and outcome.unit is None:
            found = "found no unit of a mean difference"
            wanted = "wanted one, as unit: days, for estimates, tables and axes"
            at: Path = ("plan", "outcomes", index, "measure")
            yield None, Problem(loaded.place(at), f"outcomes[{index}].unit", f"{found}, {wanted}")
    if any(study.status == "included" for study in loaded.review.studies):
        yield from ((SEARCHED, problem) for problem in _searches(loaded))
        yield from ((ASSESSED, problem) for problem in _assessments(loaded))


def _searches(loaded: Loaded) -> Iterator[Problem]:
    searches = loaded.review.searches
    if all(search.kind not in SEARCHES for search in searches):
        found = "found targeted reading alone" if searches else "found no search"
        wanted = "wanted the systematic search that the review rests on, with its date and counts"
        place = loaded.place(("searches",))
        yield Problem(place, "searches", f"{found}, {wanted}{_UNLESS.format(SEARCHED)}")
    for index, search in enumerate(searches):
        # Of a search that is taken over from a document, there is what that says.
        if search.kind not in SEARCHES or search.source or search.note:
            continue
        place, where = loaded.place(("searches", index)), f"searches[{index}]"
        unless = "; or why there is none, as its `note`"
        if search.date is None:
            wanted = "wanted the day of the search"
            yield Problem(place, f"{where}.date", f"found not reported, {wanted}{unless}")
        if search.counts is None:
            wanted = "wanted the records that it found, and what became of them"
            yield Problem(place, f"{where}.counts", f"found none, {wanted}{unless}")


def _assessments(loaded: Loaded) -> Iterator[Problem]:
    review, unless = loaded.review, _UNLESS.format(ASSESSED)
    left = [one for one in review.studies if one.status == "included" and not one.assessed]
    if left and not review.plan.tools:
        wanted = "wanted one, and with it `quality` in the file of each included study"
        place = loaded.place(("plan", "tools"))
        yield Problem(place, "tools", f"found no tool for the risk of bias, {wanted}{unless}")
        return
    names = " or ".join(tool.id for tool in review.plan.tools)
    for study in left:
        wanted = f"wanted its risk of bias, by {names}"
        place = loaded.place(("studies", study.id, "quality"))
        yield Problem(place, "quality", f"found no judgement, {wanted}{unless}")
