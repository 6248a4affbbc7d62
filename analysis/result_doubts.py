"""What is doubtful in the results of studies, and which of them no analysis takes.

`pooled` names the analysis that takes a result, by the study's id and the result's index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis.correction_checks import correction_doubts
from analysis.corrections import stands
from analysis.count_checks import count_doubts, denominator_doubts, remote_doubts
from analysis.curve_checks import curve_doubts
from analysis.located import Draft
from analysis.pvalue_checks import pvalue_doubts
from analysis.records import Plan
from analysis.result_checks import Fault, suspicions
from analysis.spread_checks import spread_doubts
from analysis.study_checks import comparison_of
from analysis.yaml_nodes import Path


@dataclass(frozen=True)
class Doubt:
    """What is doubtful in a result, and whether an analysis pools it."""

    path: Path
    message: str
    pooled: bool


def doubtful(draft: Draft, pooled: Mapping[tuple[str, int], str]) -> Iterator[Doubt]:
    """Give what is doubtful in the results of every study, but for those with a `reason`."""
    comparison = comparison_of(draft.plan) if draft.plan is not None else None
    for study in draft.studies:
        for index, result in enumerate(study.results):
            if result.reason is not None:
                continue
            path: Path = ("studies", study.id, "results", index)
            analysis = pooled.get((study.id, index))
            plain = "; correct it, or give this result a `reason`"
            ending = plain
            if analysis is not None:
                ending = f"; {analysis} pools it: correct it, or give this result a `reason`"
            for at, message in suspicions(study, result):
                yield Doubt((*path, *at), message + ending, analysis is not None)
            for at, message in denominator_doubts(study, result):
                yield Doubt((*path, *at), message, pooled=False)
            for at, message in correction_doubts(study, result):
                yield Doubt((*path, *at), message + plain, pooled=False)
            for at, message in spread_doubts(result):
                yield Doubt((*path, *at), message + plain, pooled=False)
            if comparison is None:
                continue
            for at, message in curve_doubts(result, comparison):
                yield Doubt((*path, *at), message + plain, pooled=False)
            for at, message in count_doubts(result, comparison):
                yield Doubt((*path, *at), message + ending, analysis is not None)
            for at, message in remote_doubts(result, comparison):
                yield Doubt((*path, *at), message + plain, pooled=False)
            for at, message in pvalue_doubts(result, comparison):
                yield Doubt((*path, *at), message + plain, pooled=False)


def in_another_measure(
    draft: Draft, plan: Plan, pooled: Mapping[tuple[str, int], str]
) -> Iterator[Fault]:
    """Give the results of included studies that no analysis takes for want of the right measure."""
    analysed = {analysis.outcome for analysis in plan.analyses}
    measures = {one.id: one.measure for one in plan.outcomes if one.id in analysed}
    for study in draft.studies:
        taken = {study.results[index].outcome for id_, index in pooled if id_ == study.id}
        for index, result in enumerate(study.results if study.status == "included" else ()):
            wanted = measures.get(result.outcome, result.measure)
            silenced = result.subgroup or result.reason or not stands(result)
            if result.measure != wanted and result.outcome not in taken and not silenced:
                message = (
                    f"found {result.measure} of {result.outcome}, which is in no analysis (they "
                    f"pool {wanted}), wanted {wanted}, or a `reason` why {study.label} stays out"
                )
                yield ("studies", study.id, "results", index, "measure"), message
