"""Which study it is: its label, its numbers in registries, its status and what that asks for.

And which two studies may be one, and which two persons are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from analysis.evidence import Taken
from analysis.located import REFERENCES, Draft
from analysis.messages import shown, unknown
from analysis.records import Result, Study
from analysis.registrations import registration
from analysis.result_checks import Fault
from analysis.yaml_nodes import Path

_SEVERAL = re.compile(r"[,;&/+]|\band\b")


def identity_faults(study: Study, draft: Draft) -> Iterator[Fault]:
    """Give what cannot be in the label, the registrations and the status of a study."""
    yield from _labels(study, draft)
    yield from _registrations(study)
    yield from _status(study, draft)


def _registrations(study: Study) -> Iterator[Fault]:
    for index, number in enumerate(study.registrations):
        try:
            plain = registration(number)
        except ValueError as error:
            yield ("registrations", index), str(error)
            continue
        if plain != number:
            yield ("registrations", index), f"found {shown(number)}, wanted {plain}"
        if number in study.registrations[:index]:
            yield ("registrations", index), f"found {shown(number)} a second time, wanted it once"


def _labels(study: Study, draft: Draft) -> Iterator[Fault]:
    others = [one for one in draft.studies if one.label == study.label and one.id < study.id]
    for other in others[:1]:
        message = f"found {shown(study.label)}, the label of {other.id} too, wanted another"
        yield ("label",), f"{message}, as 'Kim 2015a'"


def _status(study: Study, draft: Draft) -> Iterator[Fault]:
    if study.status in ("awaiting", "excluded") and study.reason is None:
        yield ("status",), f"found {study.status} without a reason, wanted `reason`"
    superseded = study.status == "superseded"
    if superseded and study.superseded_by is None:
        yield (
            ("status",),
            "found superseded, wanted `superseded_by`: the id of the study that replaces it",
        )
    if study.superseded_by is not None:
        yield from _successor(study, study.superseded_by, draft)
    if study.status == "retracted" and study.retracted is None:
        message = "found retracted without a date, wanted a line with it, as retracted: 2026-03"
        yield ("status",), message
    if study.retracted is not None and study.status != "retracted":
        yield (
            ("retracted",),
            f"found a date of retraction with the status {study.status}, wanted status: retracted",
        )
    if study.reason is not None and study.status == "included":
        found = "found why a study is not included with the status included"
        yield ("reason",), f"{found}, wanted none, or the status awaiting, excluded or retracted"
    if study.status == "included" and not (study.results or study.harms):
        yield (
            ("status",),
            "found included without results or harms, wanted what it reported "
            "(or the status ongoing or awaiting)",
        )


def _successor(study: Study, successor: str, draft: Draft) -> Iterator[Fault]:
    path = ("superseded_by",)
    by_id = {one.id: one for one in draft.studies}
    if study.status != "superseded":
        yield (
            path,
            f"found a successor with the status {study.status}, wanted status: superseded",
        )
    elif successor == study.id:
        yield path, "found the study itself, wanted the id of the study that replaces it"
    elif successor not in by_id:
        if draft.all_studies:
            others = [id_ for id_ in by_id if id_ != study.id]
            yield path, unknown(successor, "the id of another study", others)
    else:
        seen = [study.id]
        while successor in by_id and by_id[successor].superseded_by is not None:
            seen.append(successor)
            successor = by_id[successor].superseded_by or ""
            if successor in seen:
                chain = " → ".join([*seen, successor])
                yield path, f"found a circle ({chain}), wanted a last report"
                return


def checked_by_the_same(studies: Collection[Study]) -> Iterator[Fault]:
    """Give the sources that one person, named alone, has extracted and checked."""
    for study in studies:
        for id_, source in study.sources.items():
            names = (source.extracted_by, source.checked_by)
            one, other = (" ".join((name or "").casefold().split()) for name in names)
            # Of several it may be that each checked what another had extracted.
            if one and one == other and not _SEVERAL.search(one):
                found = f"found {shown(source.checked_by)}, who extracted it"
                path: Path = ("studies", study.id, "sources", id_, "checked_by")
                yield path, f"{found}, wanted another person, or: not stated"


def wrongly_marked(studies: Collection[Study], draft: Draft) -> Iterator[Fault]:
    """Give the retracted studies whose reference prints like any other, and the reverse."""
    for study in studies:
        if study.report is None or study.report not in study.sources:
            continue
        key = study.sources[study.report].document
        marked = key in draft.retracted_keys
        path: Path = ("studies", study.id, "status")
        if study.status == "included" and marked:
            found = f"found included, and a retraction in the title of its reference {key}"
            wanted = f"wanted none in {REFERENCES}, or status: retracted"
            yield path, f"{found}, {wanted}"
        elif study.status == "retracted" and key in (draft.citation_keys or ()) and not marked:
            found = f"found retracted, and nothing of it in the reference {key}"
            wanted = f"wanted it in its title in {REFERENCES}, as {{… [retracted]}}"
            yield path, f"{found}, {wanted}"


def not_taken_over(studies: Collection[Study]) -> Iterator[Fault]:
    """Give the superseded studies that report what no later report takes over: it goes with them.

    A later report may itself be superseded: then what any of the last ones gives is not lost here.
    A `reason` of the superseded study says that it goes on purpose.
    """
    by_id = {study.id: study for study in studies}
    for study in studies:
        later = _later(study, by_id)
        if not later or study.reason is not None:
            continue
        kept = {one.outcome for after in later for one in after.results}
        outcomes = dict.fromkeys(one.outcome for one in study.results if one.outcome not in kept)
        kept = {one.category for after in later for one in after.harms}
        harms = dict.fromkeys(one.category for one in study.harms if one.category not in kept)
        for what, ids in (("results", outcomes), ("harms", harms)):
            if ids:
                found = f"found {what} ({', '.join(ids)}) that {later[0].id} does not take over"
                wanted = "wanted them there too, with their source, or a `reason` here why they go"
                yield ("studies", study.id, "superseded_by"), f"{found}, {wanted}"


def _later(study: Study, by_id: Mapping[str, Study]) -> list[Study]:
    """Return the reports that supersede a study, the next one first; none where they circle."""
    later: list[Study] = []
    while study.superseded_by in by_id:
        study = by_id[study.superseded_by or ""]
        if study in later:
            return []
        later.append(study)
    return later


# --- two files of one study ----------------------------------------------------------------


def seemingly_one(
    studies: Collection[Study], pools: Collection[Collection[Taken]]
) -> Iterator[Fault]:
    """Give the included studies that seem to be one: by their number in a registry, or document.

    `pools` are the results that each analysis takes. Nothing is said where both name a cohort, be
    it the same or not, nor where a result says its `reason`. That numbers were read in another
    review is no sign: it lists many studies.
    """
    told: set[frozenset[str]] = set()
    by_number: dict[str, Study] = {}
    for study in studies:
        if study.status != "included" or any(result.reason for result in study.results):
            continue
        for index, number in enumerate(study.registrations):
            other = by_number.setdefault(number, study)
            pair = frozenset((other.id, study.id))
            if other is study or _told_apart(other, study) or pair in told:
                continue
            told.add(pair)
            message = f"found {number}, which {other.id} has too, wanted {_APART}"
            yield ("studies", study.id, "registrations", index), f"{message} at a result"
    for pool in pools:
        by_document: dict[str, Taken] = {}
        for taken in pool:
            study = taken.study
            document = None if taken.result.reason else _own_document(study, taken.result)
            if document is None:
                continue
            first = by_document.setdefault(document, taken)
            pair = frozenset((first.study.id, study.id))
            if first is taken or _told_apart(first.study, study) or pair in told:
                continue
            told.add(pair)
            found = f"found {document}, which gives the result of {first.study.id} too"
            if _numbers(first.result) == _numbers(taken.result):
                found += ", with the same numbers"
            path: Path = ("studies", study.id, "results", taken.index, "source")
            yield path, f"{found}, wanted {_APART} here"


_APART = (
    "a `cohort` in both files (one name where the patients are the same, else two), or a `reason`"
)


def _told_apart(one: Study, other: Study) -> bool:
    """Say whether both name their patients: two reports of one cohort are never pooled."""
    return one.cohort is not None and other.cohort is not None


def _own_document(study: Study, result: Result) -> str | None:
    """Return the report that gives a result, None where it was read in another review."""
    source = study.sources.get(result.source)
    if source is None or source.access == "article continued":
        return None
    if source.access == "secondary" and source.via in (None, source.document):
        return None
    return source.document


def _numbers(result: Result) -> tuple[object, ...]:
    """Return what a result printed."""
    return (result.estimate, result.ci, result.se, result.groups, result.o_minus_e, result.curves)
