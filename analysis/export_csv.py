"""The data and the results as plain tables: for a spreadsheet, and for pandas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analysis.csv_text import Cell, table
from analysis.findings import AnalysisFinding, Findings
from analysis.method_findings import SeveralFinding
from analysis.records import Result, Review, Study
from analysis.values import Printed

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Cell]


def to_csv(review: Review, findings: Findings) -> dict[str, bytes]:
    """Return studies.csv, results.csv (as printed), effects.csv, analyses.csv, subgroups.csv."""
    return {f"{name}.csv": table(rows) for name, rows in _rows(review, findings).items()}


def frames(review: Review, findings: Findings) -> dict[str, pd.DataFrame]:
    """Return the tables of the CSV export, by their names without '.csv', for work in Python.

    Columns are nullable: a count that one study does not report leaves the others whole numbers,
    and what is not reported is `pandas.NA`. A P value of a result is text, as printed: it may be
    a bound, as '<0.001'.
    """
    import pandas as pd

    return {
        name: pd.DataFrame([_plain(row) for row in rows], dtype=object)
        .convert_dtypes()
        .fillna(pd.NA)
        for name, rows in _rows(review, findings).items()
    }


def _plain(row: Row) -> Row:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Cell) -> Cell:
    if name == "p" and isinstance(value, Printed):
        return value.as_printed()
    return float(value) if isinstance(value, float) else value


def _rows(review: Review, findings: Findings) -> dict[str, list[Row]]:
    analyses = findings.analyses.values()
    return {
        "studies": [_study(review, study) for study in review.studies],
        "results": [row for study in review.studies for row in _results(study)],
        "effects": [row for one in analyses for row in _effects(one)],
        "analyses": [_analysis(one) for one in analyses],
        "subgroups": [row for one in analyses for row in _groups(one)],
    }


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
        corrected = study.sources.get(result.corrected_by or "")
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
            "corrected_by": corrected.document if corrected else None,
            "place": source.place,
            "access": source.access,
            "extracted_by": source.extracted_by,
            "checked_by": source.checked_by,
        }


def _printed(result: Result) -> Row:
    """Return the numbers, which know the decimals that their source printed."""
    low, high = result.ci or (None, None)
    cells: dict[str, Cell] = {
        "estimate": result.estimate,
        "ci_lb": low,
        "ci_ub": high,
        "level": result.level if result.ci else None,
        "se": result.se,
        "p": result.p,
        "o_minus_e": result.o_minus_e,
        "variance": result.variance,
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
        **_several(finding.several),
    }


def _several(found: SeveralFinding | None) -> Row:
    """Return the planned model of several estimates a study; no cells where none is planned."""
    return {} if found is None else {f"several_{name}": getattr(found, name) for name in _MODEL}


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

_MODEL = (
    "model", "rho", "estimates", "est", "est_lb", "est_ub", "pval", "df", "sigma2_between",
    "sigma2_within",
)  # fmt: skip
