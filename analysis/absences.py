"""What the plan speaks of and the evidence does not have any more, by name, each with why."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.evidence import study_value
from analysis.findings import AnalysisFinding
from analysis.messages import listed
from analysis.paths import slug
from analysis.planned_models import levels
from analysis.records import Review
from analysis.study_moves import LEFT


def absent(review: Review, analyses: Mapping[str, AnalysisFinding]) -> dict[str, str]:
    """Return the studies that left the review by id, and the groups without a study by path.

    A group is one that the plan declares, or that a study with a result for the outcome was in.
    """
    left = [study for study in review.studies if study.status in LEFT]
    found = {study.id: f"{study.id} is {study.status}" for study in left}
    for id_, analysis in analyses.items():
        for split in analysis.subgroups.values():
            empty: dict[str, list[str]] = {slug(name): [] for name in levels(review, split.by)}
            for study in left:
                value = study_value(study, split.by)
                if value and any(one.outcome == analysis.outcome for one in study.results):
                    empty.setdefault(slug(str(value)), []).append(found[study.id])
            for name in sorted(empty.keys() - split.groups.keys()):
                why = f": {listed(empty[name])}" if empty[name] else ""
                path = f"{id_}.subgroups.{split.id}.groups.{name}"
                found[path] = f"no study is in this group{why}"
    return found
