"""Texts that are none: 'NR' for not reported, a value in the quotes of a word processor."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator

from analysis.data_file import kind_of
from analysis.errors import Problem
from analysis.located import Places
from analysis.messages import shown, where_of
from analysis.paths import slug
from analysis.record_fields import field_at, is_date, leaves, pattern_of, plain_type
from analysis.records import Plan, Study
from analysis.result_checks import Fault
from analysis.todos import declared
from analysis.values import TODO, UNKNOWN_WORDS, is_maybe
from analysis.yaml_nodes import Path

_INITIALS = frozenset({"nr", "na", "n.r.", "n.a."})
_JUDGED = frozenset({"unclear", "unknown"})
"""What an assessor may say of a trial whose report is not silent."""
_SHORT = frozenset({*_INITIALS, *_JUDGED, "n/r", "n/a", "n.r", "n.a", "-", "–", "—", "not known",
                    "not available", "not given"})  # fmt: skip
_OPEN = frozenset({"todo", "to do", "tbc", "tbd", "tba", "?", "??", "???"})
_CURLY = re.compile(r"“([^“”]*)”|„([^„“”]*)[“”]|«([^«»]*)»|‘([^‘’]*)’")


def text_problems(places: Places, plan: Plan | None) -> Iterator[Problem]:
    """Give the texts of all files that may say 'not reported', and say it otherwise.

    A word that review.yml declares for its field is one of its levels, whatever it says.
    """
    for name, tree in places.trees.items():
        kind = kind_of(name)
        for path, value in leaves(tree.value):
            if not isinstance(value, str):
                continue
            unknown, curly = unknown_hint(value), _CURLY.fullmatch(value.strip())
            if not (unknown or curly) or not _may_be_unknown(kind, path):
                continue
            message = f"found {shown(value)}, wanted text{unknown}"
            if curly:
                bare = next(filter(None, curly.groups()), "")
                message = f"found {shown(value)} in curly quotes, wanted it without: {bare}"
            elif _otherwise(value.strip().casefold(), path) or (
                kind is Study and (plan is None or declared(tree, path, plan))
            ):
                continue
            yield Problem(f"{name}:{tree.line(path)}", where_of(path), message)


def unknown_hint(text: str) -> str:
    """Return what a text most likely stands for that says it is not known; empty: nothing."""
    plain = text.strip().casefold()
    if text in (TODO, *UNKNOWN_WORDS):
        return ""
    if plain in _OPEN:
        return f"; perhaps: {TODO} (while it is still to be written), or {UNKNOWN_WORDS[0]}"
    if plain in _SHORT:
        return f"; perhaps: {UNKNOWN_WORDS[0]}"
    words = " ".join(re.split(r"[\s_-]+", plain))
    return f"; perhaps: {words}" if words in UNKNOWN_WORDS else ""


def is_text(text: str) -> bool:
    """Say whether a text is one, so that what it says can be judged."""
    return not unknown_hint(text) and _CURLY.fullmatch(text.strip()) is None


def countries_spelt_apart(studies: Collection[Study]) -> Iterator[Fault]:
    """Give the countries that differ from an earlier study's by capitals or spaces alone."""
    return _spelt_apart(
        (" ".join(study.country.casefold().split()), study.country, study, ("country",))
        for study in studies
        if study.country is not None
    )


def levels_spelt_apart(
    studies: Collection[Study], wanted: Callable[[str], bool]
) -> Iterator[Fault]:
    """Give the values of a characteristic that another study spells with other spaces or hyphens.

    Groups are named by their values, in which both become `_`: two spellings would be one name.
    `wanted` says of which characteristics, by their id.
    """
    return _spelt_apart(
        ((id_, slug(one.value)), one.value, study, ("characteristics", id_, "value"))
        for study in studies
        for id_, one in study.characteristics.items()
        if one.value is not None and wanted(id_)
    )


def grouping(plan: Plan | None) -> frozenset[str]:
    """Return the characteristics by which a plan groups studies, or takes them."""
    analyses = plan.analyses if plan else ()
    return frozenset(
        name
        for analysis in analyses
        for name in (
            *(split.by for split in analysis.subgroups),
            *(one.field for model in analysis.regressions for one in model.moderators),
            *analysis.studies.characteristics,
        )
    )


def _spelt_apart(told: Iterable[tuple[Hashable, str, Study, Path]]) -> Iterator[Fault]:
    """Give the texts that mean the same, by their first item, as an earlier one and differ."""
    first: dict[Hashable, tuple[str, Study]] = {}
    for meant, text, study, path in told:
        known, other = first.setdefault(meant, (text, study))
        if known != text:
            found = f"found {shown(text)}, which {other.id} has as {shown(known)}"
            yield ("studies", study.id, *path), f"{found}, wanted one spelling"


def _may_be_unknown(kind: type, path: Path) -> bool:
    """Say whether a field holds text of the author's own, or the words 'not reported'."""
    info = field_at(kind, path)
    if info is None or not is_maybe(info.metadata) or is_date(info) or pattern_of(info):
        return False
    return plain_type(info.annotation) is str


def _otherwise(plain: str, path: Path) -> bool:
    """Say whether a short form means something else in its field: a person, a judgement."""
    if str(path[-1]).endswith("_by"):
        return plain in _INITIALS
    return path[0] in ("characteristics", "quality") and plain in _JUDGED
