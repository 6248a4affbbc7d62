"""Two states of the evidence compared: which records differ, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from analysis.records import AnalysisPlan, Record, Review, Study
from analysis.values import Printed

Kind = Literal["added", "removed", "replaced", "corrected", "listed", "plan", "search"]


@dataclass(frozen=True)
class FieldChange:
    """One field before and after, as text; None where it was not there."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Change:
    """One difference between two states of the evidence.

    `kind`: a study entered the included ones (`added`), left them (`removed`), gave way to
    another report of the same patients (`replaced`), was corrected, or is `listed` only
    (ongoing, awaiting, excluded: it is in no pool); or the `plan` or a `search` differs.
    `studies` are the ids concerned; an `id` names the change among its kind.
    """

    id: str
    kind: Kind
    label: str
    studies: tuple[str, ...]
    details: tuple[FieldChange, ...]


def changes(before: Review, after: Review) -> tuple[Change, ...]:
    """Return every difference of the evidence, in the stated order.

    The order is that in which changes are replayed where one must be stated: plan, then
    corrections, removals, replacements, additions by date of their report, then what is
    listed only.
    """
    found = [*_studies(before, after), *_plan(before, after), *_searches(before, after)]
    order = ("plan", "corrected", "removed", "replaced", "added", "listed", "search")
    dates = {study.id: _published(study) for study in after.studies}
    return tuple(
        sorted(
            found,
            key=lambda c: (
                order.index(c.kind),
                min((dates.get(s, "") for s in c.studies), default=""),
                c.id,
            ),
        )
    )


def field_changes(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    """Compare two values of records, part by part."""
    if isinstance(before, Record) and isinstance(after, Record) and type(before) is type(after):
        for name in type(before).model_fields:
            yield from field_changes(
                getattr(before, name), getattr(after, name), f"{path}.{name}" if path else name
            )
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from field_changes(before.get(key), after.get(key), f"{path}.{key}")
    elif isinstance(before, tuple) and isinstance(after, tuple):
        for index in range(max(len(before), len(after))):
            yield from field_changes(
                before[index] if index < len(before) else None,
                after[index] if index < len(after) else None,
                f"{path}[{index}]",
            )
    elif not _same(before, after):
        yield FieldChange(path, as_text(before), as_text(after))


def as_text(value: Any) -> str | None:
    """Return a value of a record as a reader would write it; None where there is none."""
    if value is None:
        return None
    if isinstance(value, Printed):
        return value.as_printed()
    if isinstance(value, Record):
        parts = ((name, getattr(value, name)) for name in type(value).model_fields)
        shown = (f"{name}: {as_text(part)}" for name, part in parts if part not in (None, (), {}))
        return "{" + ", ".join(shown) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(as_text(part) or "not reported" for part in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {as_text(part)}" for key, part in value.items()) + "}"
    return str(value)


def _same(before: Any, after: Any) -> bool:
    # 0.7 and 0.70 are the same number, but not the same statement of it.
    if isinstance(before, Printed) and isinstance(after, Printed):
        return before == after and before.decimals == after.decimals and type(before) is type(after)
    return bool(before == after)


def _studies(before: Review, after: Review) -> Iterator[Change]:
    old, new = before.by_id, after.by_id
    entered = {i for i, s in new.items() if s.status == "included" and not _included(old.get(i))}
    left = {i for i, s in old.items() if s.status == "included" and not _included(new.get(i))}
    paired: set[str] = set()
    for gone in sorted(left):
        # Reports of the same patients: one takes the place of the other, as one change,
        # since no state of the evidence may pool both.
        heirs = [
            i for i in sorted(entered) if old[gone].cohort and new[i].cohort == old[gone].cohort
        ]
        if heirs:
            members = (gone, *heirs)
            paired.update(members)
            label = f"{old[gone].label} replaced by {', '.join(new[i].label for i in heirs)}"
            yield Change(f"replaced_{gone}", "replaced", label, members, ())
    for id_ in sorted(old.keys() | new.keys()):
        if id_ in paired:
            continue
        a, b = old.get(id_), new.get(id_)
        details = tuple(field_changes(a, b)) if a and b else ()
        label = (b or a).label  # type: ignore[union-attr]
        if id_ in entered:
            yield Change(f"added_{id_}", "added", label, (id_,), details)
        elif id_ in left:
            yield Change(f"removed_{id_}", "removed", label, (id_,), details)
        elif a is None or b is None:
            yield Change(f"listed_{id_}", "listed", label, (id_,), ())
        elif details:
            kind: Kind = "corrected" if _included(b) else "listed"
            yield Change(f"{kind}_{id_}", kind, label, (id_,), details)


def _plan(before: Review, after: Review) -> Iterator[Change]:
    old = {analysis.id: analysis for analysis in before.plan.analyses}
    new = {analysis.id: analysis for analysis in after.plan.analyses}
    for id_ in sorted(old.keys() | new.keys()):
        a, b = old.get(id_), new.get(id_)
        if a is None or b is None:
            verb = "added" if a is None else "removed"
            title = (a or b).title  # type: ignore[union-attr]
            yield Change(f"plan_{id_}", "plan", f"analysis {verb}: {title}", (), ())
            continue
        for part, fields in (("eligibility", SELECTION), ("model", MODEL), ("probes", None)):
            details = tuple(d for d in field_changes(a, b) if _belongs(d.path, fields))
            if details:
                yield Change(f"plan_{id_}_{part}", "plan", f"{b.title}: {part}", (), details)
    rest = tuple(
        detail
        for name in type(after.plan).model_fields
        if name not in ("analyses", "living", "about", "certainty", "baseline_risks")
        for detail in field_changes(getattr(before.plan, name), getattr(after.plan, name), name)
    )
    if rest:
        yield Change("plan_review", "plan", "the question and its terms", (), rest)


SELECTION = ("studies", "take", "outcome")
MODEL = ("method", "test", "level", "prediction")


def _belongs(path: str, fields: tuple[str, ...] | None) -> bool:
    first = path.replace("[", ".").split(".")[0]
    return first in fields if fields is not None else first not in SELECTION + MODEL


def _searches(before: Review, after: Review) -> Iterator[Change]:
    old = {search.id: search for search in before.searches}
    for search in after.searches:
        if search.id not in old:
            yield Change(f"search_{search.id}", "search", f"{search.kind}: {search.id}", (), ())
        elif details := tuple(field_changes(old[search.id], search)):
            yield Change(f"search_{search.id}", "search", search.id, (), details)


def _included(study: Study | None) -> bool:
    return study is not None and study.status == "included"


def _published(study: Study) -> str:
    return min((s.published for s in study.sources.values() if s.published), default="")


def analysis_of(review: Review, id_: str) -> AnalysisPlan | None:
    """Return the entry of the plan with this id, None where there is none."""
    return next((one for one in review.plan.analyses if one.id == id_), None)
