"""The PRISMA 2020 flow diagram, for a new review and for an updated one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from analysis import words
from analysis.figures.asked import ids_of, nothing_to_draw
from analysis.figures.flow_diagram import NOT_COUNTED, Arm, Cell, Column, Diagram
from analysis.figures.sheet import Sheet
from analysis.terms import capitalised

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.findings import Findings, FlowFinding
    from analysis.records import Review

OTHER = frozenset({"targeted reading"})


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out the flow from records to studies, as PRISMA 2020 draws it.

    Options `previous` and `searched`: ids of the studies included in the previous version, and
    of its searches; those studies then come from the arm "Previous studies", and a search has
    an arm where it is new, or has brought a study since. `found` and `again`: ids of studies that
    these searches had found, and of those that an earlier version included; where they are
    included now, no search has brought them since, and the arm of previous studies counts them.
    Targeted reading is an arm of its own ("other methods"). What nobody counted says so.

    Raises
    ------
    TemplateError : there are no searches.
    """
    if not findings.flow:
        raise nothing_to_draw(request, "no searches", "some in data/searches.yml")
    previous = frozenset(ids_of(request, "previous"))
    searched = ids_of(request, "searched")
    entered = _included_now(review) - previous
    again = entered.intersection(ids_of(request, "again"))
    since = entered.intersection(ids_of(request, "found")) - again
    brought = entered - again - since
    fresh = [flow for flow in findings.flow.values() if not previous or flow.id not in searched]
    left = brought.difference(*(flow.studies for flow in fresh))
    new = [
        flow
        for flow in findings.flow.values()
        if flow in fresh or not left.isdisjoint(flow.studies)
    ]
    arms: list[Arm] = []
    if previous:
        gone = previous - _included_now(review)
        arms.append(_previous_arm(len(previous), len(gone), len(again), len(since)))
    databases = [flow for flow in new if flow.kind not in OTHER]
    others = [flow for flow in new if flow.kind in OTHER]
    # A search that nobody counted must not take the counts of the others away.
    counted = [flow for flow in databases if flow.identified is not None]
    further = [flow for flow in databases if flow.identified is None]
    if counted:
        arms.append(_arm(counted, "databases", "databases and registers", bool(previous)))
    if further:
        how = "further searches" if counted else "databases and registers"
        arms.append(_arm(further, "further" if counted else "databases", how, bool(previous)))
    if others:
        arms.append(_arm(others, "other", "other methods", bool(previous)))
    if new:
        _included(arms[1 if previous else 0].main, len(brought) if previous else None, findings)
    else:
        _total(arms[0].main, findings)
    return Diagram(request.name, arms, bool(previous)).draw(_beside(findings))


# --- what the boxes say --------------------------------------------------------------------


def _n(n: int | None) -> str:
    return f"({NOT_COUNTED})" if n is None else f"(n = {words.count(n)})"


def _cell(key: str, head: str, items: Iterable[str] = ()) -> Cell:
    return Cell(key, ((head, False), *((item, True) for item in items)))


def _included_now(review: Review) -> frozenset[str]:
    return frozenset(study.id for study in review.studies if study.status == "included")


def _previous_arm(previous: int, gone: int, again: int, since: int) -> Arm:
    told = (
        ("Since superseded, retracted or excluded", gone),
        ("Since included again", again),
        ("Found before, since included", since),
    )
    items = [f"{what} {_n(n)}" for what, n in told if n]
    text = f"Studies included in the previous version of the review {_n(previous)}"
    return Arm("Previous studies", Column({0: _cell("previous", text, items)}))


def _arm(flows: Sequence[FlowFinding], key: str, title: str, update: bool) -> Arm:
    what = "new studies" if update else "studies"
    arm = Arm(f"Identification of {what} via {title}", Column())
    records = "Reports" if key == "other" else "Records"
    if all(flow.identified is None for flow in flows):
        return _uncounted(arm, flows, key, records)
    identified, screened = _sum(f.identified for f in flows), _sum(f.screened for f in flows)
    after = _sum(flow.after_screening for flow in flows)
    parts = _merged(flow.identified_parts for flow in flows)
    arm.main.cells = {
        0: _cell(
            f"{key}:identified",
            f"{records} identified {_n(identified)}",
            [*(f"{label} {_n(n)}" for label, n in parts), *_searched(flows)],
        ),
        1: _cell(f"{key}:screened", f"{records} screened {_n(screened)}"),
        2: _cell(f"{key}:assessed", f"Reports assessed for eligibility {_n(after)}"),
    }
    duplicates = _sum(flow.duplicates for flow in flows)
    excluded = _merged(flow.excluded_at_screening for flow in flows)
    reasons = _merged(flow.excluded_at_full_text for flow in flows)
    arm.side = Column(
        {
            0: _cell(
                f"{key}:removed",
                f"{records} removed before screening",
                [f"Duplicates {_n(duplicates)}"],
            ),
            1: _excluded(f"{key}:excluded", f"{records} excluded", excluded),
            2: _excluded(f"{key}:ineligible", "Reports excluded", reasons),
        }
    )
    return arm


def _uncounted(arm: Arm, flows: Sequence[FlowFinding], key: str, records: str) -> Arm:
    how = sorted({flow.kind for flow in flows})
    head = f"{records} found by {words.series(how)} ({NOT_COUNTED})"
    if all(flow.found_nothing for flow in flows):
        head = f"{words.series(how).capitalize()}: nothing found"
    arm.main.cells[0] = _cell(f"{key}:identified", head, _searched(flows))
    if not all(flow.found_nothing for flow in flows):
        arm.main.cells[2] = _cell(
            f"{key}:assessed", f"Reports assessed for eligibility ({NOT_COUNTED})"
        )
    return arm


def _searched(flows: Sequence[FlowFinding]) -> list[str]:
    found = []
    for flow in flows:
        search = flow.kind not in OTHER
        when = f" ({'last search: ' if search else ''}{words.date(flow.date)})" if flow.date else ""
        if flow.sources:
            how = "Searched" if search else "Sources"
            found.append(f"{how}: {', '.join(flow.sources)}{when}")
    return found


def _excluded(key: str, head: str, reasons: Sequence[tuple[str, int]]) -> Cell:
    total = sum(n for _, n in reasons)
    return _cell(
        key, f"{head} {_n(total)}", [f"{capitalised(label)} {_n(n)}" for label, n in reasons]
    )


def _included(main: Column, new: int | None, findings: Findings) -> None:
    """Write the studies included below their column; of an update (`new` is a number) the new."""
    if new is None:
        _total(main, findings)
        return
    main.cells[3] = _cell("new", f"New studies included in the review {_n(new)}")
    _total(main, findings, row=4, word="Total studies")


def _total(main: Column, findings: Findings, row: int = 3, word: str = "Studies") -> None:
    n = findings.counts.studies
    main.cells[row] = _cell("included", f"{word} included in the review {_n(n)}")


def _beside(findings: Findings) -> str:
    """Return which studies may come in yet: they are none of those in the boxes."""
    statuses = findings.counts.statuses
    others = {"ongoing": "ongoing", "awaiting": "awaiting assessment"}
    told = [f"{label} {_n(statuses[s])}" for s, label in others.items() if statuses.get(s)]
    return f"Studies beside those included: {', '.join(told)}." if told else ""


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = list(numbers)
    return None if None in known else sum(n or 0 for n in known)


def _merged(parts: Iterable[Sequence[tuple[str, int]]]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for part in parts:
        for label, n in part:
            found[label] = found.get(label, 0) + n
    return list(found.items())
