"""Where each printed number comes from: a findings key to the studies and sources behind it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from analysis.findings import AnalysisFinding, Findings
from analysis.records import Review, Source, Study
from analysis.terms import ACCESS

NOT_STATED = "not stated"
# What a number of an analysis itself is; of those of its parts the text beside them says it.
_WHAT = {
    "est": "pooled effect",
    "est_lb": "pooled effect, lower limit of the interval",
    "est_ub": "pooled effect, upper limit of the interval",
    "pi_est_lb": "lower limit of the prediction interval",
    "pi_est_ub": "upper limit of the prediction interval",
    "pval": "P value",
    "k": "number of studies",
    "patients": "number of patients",
    "events": "number of events",
    "tau2": "τ²",
    "i2": "I², from τ²",
    "i2_q": "I², from Q",
    "qe": "Cochran’s Q",
    "qe_pval": "P value of Q",
}


def origins(review: Review, findings: Findings, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return, for each key that the manuscript prints, the lines that tell its origin.

    A pooled number names its studies; a study's own number names the document, the place in
    it, how it was read, and who extracted and checked it.
    """
    told = {key: tuple(_lines(review, findings, key)) for key in sorted(set(keys))}
    return {key: lines for key, lines in told.items() if lines}


def to_json(told: dict[str, tuple[str, ...]]) -> str:
    """Return origins.json."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def source_line(source: Source) -> str:
    """Say where a number was read, how, and by whom."""
    via = f", read in {source.via}" if source.via else ""
    return (
        f"{source.document}, {source.place}{via} ({ACCESS[source.access]}); extracted by "
        f"{source.extracted_by or NOT_STATED}, checked by {source.checked_by or NOT_STATED}"
    )


def _lines(review: Review, findings: Findings, key: str) -> Iterable[str]:
    parts = key.split(".")
    first = parts[0]
    if first in findings.analyses:
        analysis = findings.analyses[first]
        if parts[1:2] == ["rows"] and len(parts) > 2 and parts[2] in review.by_id:
            return _of_result(review.by_id[parts[2]], analysis)
        return _of_pool(review, findings, key, analysis)
    if first == "studies" and len(parts) > 2 and parts[1] in review.by_id:
        return _of_study(review.by_id[parts[1]], parts[2:])
    if first == "flow":
        search = next((s for s in review.searches if s.id == parts[1]), None)
        return [source_line(search.source)] if search and search.source else []
    if first == "pools" and review.published:
        return [f"{review.published.document}: as printed, inputs not published"]
    if first == "counts":
        return [f"counted over {findings.counts.studies} included studies"]
    return []


def _of_result(study: Study, analysis: AnalysisFinding) -> list[str]:
    row = next((row for row in analysis.rows if row.study == study.id), None)
    if row is None:
        return []
    source = study.sources[study.results[row.result].source]
    return [f"{study.label}: {source_line(source)}"]


def _of_pool(review: Review, findings: Findings, key: str, analysis: AnalysisFinding) -> list[str]:
    members = findings.studies_of(key)
    names = ", ".join(review.by_id[s].label for s in members if s in review.by_id)
    noun = "study" if len(members) == 1 else "studies"
    _, _, part = key.partition(".")
    what = f", {_WHAT[part]}" if part in _WHAT else ""
    return [f"{analysis.title}{what}: {len(members)} {noun}", names]


def _of_study(study: Study, path: list[str]) -> list[str]:
    part = getattr(study, path[0], None)
    if isinstance(part, dict) and len(path) > 1:
        part = part.get(path[1])
    source = study.sources.get(getattr(part, "source", ""))
    return [f"{study.label}: {source_line(source)}"] if source else []
