"""Counts over the included studies, the flow of the searches, the pools as printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

from analysis.corrections import stands
from analysis.findings import Counts, FlowFinding, PoolFinding
from analysis.paths import slug
from analysis.records import Design, Finding, Review, Search, Status, Study


def count(review: Review) -> Counts:
    """Count the included studies, by everything that the manuscript may say of them.

    Every declared level is there, at 0 where no study has it. Patients are None where a
    study reports no number.
    """
    plan = review.plan
    studies = [study for study in review.studies if study.status == "included"]
    return Counts(
        studies=len(studies),
        patients=_sum(study.patients for study in studies),
        patients_by_arm={arm.id: _sum(_of_arm(s, arm.id) for s in studies) for arm in plan.arms},
        countries=len({study.country for study in studies if study.country}),
        designs=_tally((s.design for s in studies), get_args(Design)),
        outcomes={
            outcome.id: sum(
                any(r.outcome == outcome.id and stands(r) for r in s.results) for s in studies
            )
            for outcome in plan.outcomes
        },
        characteristics={
            field.id: _tally(
                (
                    s.characteristics[field.id].value
                    for s in studies
                    if field.id in s.characteristics
                ),
                (level.id for level in field.levels),
            )
            for field in plan.characteristics
            if field.levels
        },
        quality={
            tool.id: _tally(
                (q.overall for s in studies for q in s.quality if q.tool == tool.id),
                (level.id for level in tool.overall),
            )
            for tool in plan.tools
        },
        judgements={
            tool.id: {
                item.id: _tally(
                    (
                        judgement.level
                        for s in studies
                        for q in s.quality
                        if q.tool == tool.id
                        for judgement in q.items
                        if judgement.item == item.id
                    ),
                    (level.id for level in tool.levels),
                )
                for item in tool.items
            }
            for tool in plan.tools
        },
        harms={
            category.id: _tally(
                (h.finding for s in studies for h in s.harms if h.category == category.id),
                get_args(Finding),
            )
            for category in plan.harms
        },
        statuses=_tally((s.status for s in review.studies), get_args(Status)),
    )


def flow(review: Review) -> dict[str, FlowFinding]:
    """Return the flow of each search, its sums computed from what was counted."""
    return {search.id: _flow(search) for search in review.searches}


def pools(review: Review) -> dict[str, PoolFinding]:
    """Return the pooled results that the article printed without their inputs."""
    if review.published is None:
        return {}
    return {
        pool.id: PoolFinding(
            id=pool.id,
            outcome=pool.outcome,
            family=pool.family,
            label=pool.label,
            measure=pool.measure,
            est=float(pool.estimate),
            lb=float(pool.ci[0]),
            ub=float(pool.ci[1]),
            decimals=max(number.decimals for number in (pool.estimate, *pool.ci)),
            p=pool.p.as_printed() if pool.p is not None else None,
            place=pool.place,
            inputs=pool.inputs,
        )
        for pool in review.published.pools
    }


def _flow(search: Search) -> FlowFinding:
    counts = search.counts
    if counts is None:
        nobody_counted: Mapping[str, None] = dict.fromkeys(
            ("identified", "duplicates", "screened", "after_screening", "after_full_text")
        )
        parts: Mapping[str, tuple[tuple[str, int], ...]] = dict.fromkeys(
            ("identified_parts", "excluded_at_screening", "excluded_at_full_text"), ()
        )
        return FlowFinding(**_head(search), **nobody_counted, **parts)  # type: ignore[arg-type]
    identified = sum(part.n for part in counts.identified)
    screened = identified - counts.duplicates
    after_screening = screened - sum(part.n for part in counts.excluded_at_screening)
    return FlowFinding(
        **_head(search),  # type: ignore[arg-type]
        identified=identified,
        identified_parts=tuple((part.label, part.n) for part in counts.identified),
        duplicates=counts.duplicates,
        screened=screened,
        excluded_at_screening=tuple((p.label, p.n) for p in counts.excluded_at_screening),
        after_screening=after_screening,
        excluded_at_full_text=tuple((p.label, p.n) for p in counts.excluded_at_full_text),
        after_full_text=after_screening - sum(p.n for p in counts.excluded_at_full_text),
    )


def _head(search: Search) -> dict[str, object]:
    return {
        "id": search.id,
        "kind": search.kind,
        "date": search.date,
        "sources": search.sources,
        "studies": search.studies,
        "found_nothing": search.found_nothing,
    }


def _tally(values: Iterable[str | None], levels: Iterable[str]) -> dict[str, int]:
    found = Counter(slug(value) for value in values if value is not None)
    return {slug(level): found[slug(level)] for level in levels}


def _of_arm(study: Study, arm: str) -> int | None:
    groups = study.arms.groups if study.arms else ()
    return next((group.n for group in groups if group.arm == arm), None)


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = list(numbers)
    return None if None in known else sum(n for n in known if n is not None)
