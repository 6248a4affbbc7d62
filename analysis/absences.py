"""Groups that the plan speaks of and no study of the evidence is in, by path, each with why."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.evidence import study_value
from analysis.findings import AnalysisFinding
from analysis.messages import listed
from analysis.paths import slug
from analysis.planned_models import levels
from analysis.records import Review


def absent(review: Review, analyses: Mapping[str, AnalysisFinding]) -> dict[str, str]:
    """Return the groups without a study, with those that would be in it if they were included.

    A group is one that the plan declares, or that such a study, with a result for the outcome,
    would be in.
    """
    waiting = [study for study in review.studies if study.status != "included"]
    found: dict[str, str] = {}
    for id_, analysis in analyses.items():
        for split in analysis.subgroups.values():
            empty: dict[str, list[str]] = {slug(name): [] for name in levels(review, split.by)}
            for study in waiting:
                value = study_value(study, split.by)
                if value and any(one.outcome == analysis.outcome for one in study.results):
                    said = f"{study.id} is {study.status}"
                    empty.setdefault(slug(str(value)), []).append(said)
            for name in sorted(empty.keys() - split.groups.keys()):
                why = f": {listed(empty[name])}" if empty[name] else ""
                path = f"{id_}.subgroups.{split.id}.groups.{name}"
                found[path] = f"no study is in this group{why}"
    return found
