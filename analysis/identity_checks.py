"""Which study it is: its label, its numbers in registries, its status and what that asks for."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.located import Draft
from analysis.messages import shown, unknown
from analysis.records import Study
from analysis.registrations import registration
from analysis.result_checks import Fault


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
        yield ("status",), "found retracted, wanted `retracted`: the date of the retraction"
    if study.retracted is not None and study.status != "retracted":
        yield (
            ("retracted",),
            f"found a date of retraction with the status {study.status}, wanted status: retracted",
        )
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
