"""The data and the results as plain tables, for a spreadsheet or another program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.findings import AnalysisFinding, Findings
from analysis.records import Result, Review, Study

Row = Mapping[str, Any]


def to_csv(review: Review, findings: Findings) -> dict[str, bytes]:
    """Return studies.csv, results.csv (as printed), effects.csv, analyses.csv, subgroups.csv."""
    analyses = findings.analyses.values()
    return {
        "studies.csv": _table([_study(review, study) for study in review.studies]),
        "results.csv": _table([row for study in review.studies for row in _results(study)]),
        "effects.csv": _table([row for one in analyses for row in _effects(one)]),
        "analyses.csv": _table([_analysis(one) for one in analyses]),
        "subgroups.csv": _table([row for one in analyses for row in _groups(one)]),
    }


def _table(rows: list[Row]) -> bytes:
    """Return rows as CSV: UTF-8, numbers in full, what is not reported left empty."""
    import pandas as pd

    return pd.DataFrame(rows).to_csv(index=False, lineterminator="\n").encode("utf-8")


def _study(review: Review, study: Study) -> Row:
    arms = {group.arm: group.n for group in study.arms.groups} if study.arms else {}
    recruited, followed = study.recruitment, study.follow_up
    source = study.sources.get(study.report) if study.report else None
    return {
        "study": study.id,
        "label": study.label,
        "status": study.status,
        "reason": study.reason,
        "design": study.design,
        "country": study.country,
        "population": study.population,
        "recruitment_start": recruited.start if recruited else None,
        "recruitment_end": recruited.end if recruited else None,
        "follow_up_months": followed.months if followed else None,
        "follow_up_statistic": followed.statistic if followed else None,
        **{f"n_{arm.id}": arms.get(arm.id) for arm in review.plan.arms},
        "patients": study.patients,
        **{
            field.id: study.characteristics[field.id].value
            if field.id in study.characteristics
            else None
            for field in review.plan.characteristics
        },
        "report": source.document if source else None,
        "access": source.access if source else None,
    }


def _results(study: Study) -> Iterator[Row]:
    for index, result in enumerate(study.results):
        source = study.sources[result.source]
        yield {
            "study": study.id,
            "result": index,
            "outcome": result.outcome,
            "measure": result.measure,
            "part": "; ".join(f"{name}: {level}" for name, level in result.subgroup.items()),
            "adjustment": result.adjustment,
            **_printed(result),
            "reference": result.reference,
            "document": source.document,
            "place": source.place,
            "access": source.access,
            "extracted_by": source.extracted_by,
            "checked_by": source.checked_by,
        }


def _printed(result: Result) -> Row:
    """Return the numbers with the decimals that their source printed."""
    low, high = result.ci or (None, None)
    named = {
        "estimate": result.estimate,
        "ci_lb": low,
        "ci_ub": high,
        "level": result.level if result.ci else None,
        "se": result.se,
        "p": result.p,
        "o_minus_e": result.o_minus_e,
        "variance": result.variance,
    }
    cells: dict[str, Any] = {
        name: None if number is None else number.as_printed() for name, number in named.items()
    }
    for group in result.groups:
        for name in ("events", "n", "mean", "sd", "person_time"):
            value = getattr(group, name)
            if value is not None:
                cells[f"{name}_{group.arm}"] = value
    return {**cells, "events": result.events}


def _effects(finding: AnalysisFinding) -> Iterator[Row]:
    for row in finding.rows:
        yield {
            "analysis": finding.id,
            "outcome": finding.outcome,
            "measure": finding.measure,
            "study": row.study,
            "label": row.label,
            "yi": row.yi,
            "vi": row.vi,
            "est": row.est,
            "lb": row.lb,
            "ub": row.ub,
            "weight": row.weight,
            "route": row.route,
            "inverted": row.inverted,
            "place": row.place,
            "access": row.access,
        }


def _analysis(finding: AnalysisFinding) -> Row:
    s = finding.synthesis
    return {
        "analysis": finding.id,
        "title": finding.title,
        "outcome": finding.outcome,
        "role": finding.role,
        "origin": finding.origin,
        "pooling": finding.pooling,
        "patients": finding.patients,
        **{name: getattr(s, name) for name in _SYNTHESIS},
    }


def _groups(finding: AnalysisFinding) -> Iterator[Row]:
    for split in finding.subgroups.values():
        for name, group in split.groups.items():
            yield {
                "analysis": finding.id,
                "split": split.id,
                "group": name,
                "label": group.label,
                "studies": " ".join(group.studies),
                "patients": group.patients,
                "between_pval": split.between_pval,
                **{field: getattr(group.synthesis, field) for field in _SYNTHESIS},
            }


_SYNTHESIS = (
    "k", "measure", "method", "test", "level", "mu", "se", "statistic", "df", "pval", "ci_lb",
    "ci_ub", "est", "est_lb", "est_ub", "prediction", "pi_est_lb", "pi_est_ub", "tau2", "tau2_lb",
    "tau2_ub", "i2", "i2_q", "h2", "qe", "qe_df", "qe_pval",
)  # fmt: skip
