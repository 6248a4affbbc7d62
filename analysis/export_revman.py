"""The studies as RevMan's study-centric CSV: information, arms, results.

The columns are those of RevMan's own templates for study data (Cochrane, RevMan knowledge base,
"Data extraction templates"). What a review does not hold stays empty. A contrast is given on the
log scale for ratios, as RevMan enters it, and beside it as printed (`Exp …`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from analysis.compared_arms import Comparison, compared
from analysis.corrections import stands
from analysis.csv_text import Cell, table
from analysis.effects import is_ratio
from analysis.errors import MethodError
from analysis.measure import measure, sizes_of
from analysis.records import Result, Review, Study

Row = dict[str, Cell]

MEASURES = {
    "HR": "Hazard Ratio",
    "OR": "Odds Ratio",
    "RR": "Risk Ratio",
    "IRR": "Rate Ratio",
    "RD": "Risk Difference",
    "MD": "Mean Difference",
    "SMD": "Std. Mean Difference",
}
ARMS = ("Study", "Arm", "Description", "Intervention")
RESULTS = ("Study", "Outcome", "Data type", "Effect measure", "Arm", "Reference arm", "Sample size",
           "Cases", "Mean", "SD", "SE", "CI level", "CI start", "CI end", "Exp mean",
           "Exp CI start", "Exp CI end", "P value", "Footnotes")  # fmt: skip


def to_revman(review: Review) -> dict[str, bytes]:
    """Return study-information.csv, study-arms.csv and study-results.csv."""
    studies = [study for study in review.studies if study.status == "included"]
    return {
        "study-information.csv": table([_information(review, study) for study in studies]),
        "study-arms.csv": table([row for study in studies for row in _arms(review, study)]),
        "study-results.csv": table([row for study in studies for row in _results(review, study)]),
    }


def _information(review: Review, study: Study) -> Row:
    row: Row = {
        "Study": study.label,
        "Year": study.year,
        "Char: Methods": study.design,
        "Char: Participants": study.population,
        "Char: Interventions": "; ".join(arm.name for arm in review.plan.arms),
        "Char: Outcomes": "; ".join(
            dict.fromkeys(review.outcome(one.outcome).label for one in study.results)
        ),
        "Char: Notes": study.note,
    }
    for field in review.plan.characteristics:
        value = study.characteristics.get(field.id)
        row[f"Cov: {field.label}"] = value.value if value else None
    return row


def _arms(review: Review, study: Study) -> Iterator[Row]:
    for arm in review.plan.arms:
        cells = (study.label, arm.label, arm.name, arm.name)
        yield dict(zip(ARMS, cells, strict=True))


def _results(review: Review, study: Study) -> Iterator[Row]:
    labels = {arm.id: arm.label for arm in review.plan.arms}
    question = review.plan.question
    comparison = compared(question)
    for result in study.results:
        if result.measure not in MEASURES or result.subgroup or not stands(result):
            continue
        head: Row = {
            "Study": study.label,
            "Outcome": review.outcome(result.outcome).label,
            "Effect measure": MEASURES[result.measure],
            "Footnotes": result.note,
        }
        if result.groups:
            yield from _by_arm(head, result, labels)
        else:
            sizes = sizes_of(study, result)
            yield from _contrast(head, result, comparison, labels, sizes)


def _by_arm(head: Row, result: Result, labels: dict[str, str]) -> Iterator[Row]:
    for group in result.groups:
        means = group.mean is not None
        kind = "Continuous" if means else "Dichotomous"
        row: Row = {**head, "Data type": kind, "Arm": labels[group.arm], "Sample size": group.n}
        row |= {"Mean": group.mean, "SD": group.sd} if means else {"Cases": group.events}
        yield _ordered(row)


def _contrast(
    head: Row,
    result: Result,
    comparison: Comparison,
    labels: dict[str, str],
    sizes: dict[str, int],
) -> Iterator[Row]:
    try:
        effect = measure(result, comparison, sizes=sizes)
    except MethodError:
        return  # printed without a way to a standard error: RevMan cannot hold it either
    ratio = is_ratio(result.measure)
    row: Row = {
        **head,
        "Data type": "Contrast level",
        "Arm": labels[comparison.intervention],
        "Reference arm": labels[comparison.comparator],
        "Mean": effect.yi,
        "SE": effect.sei,
    }
    known = [sizes.get(arm) for arm in (comparison.intervention, comparison.comparator)]
    if all(n is not None for n in known):
        row["Sample size"] = sum(n for n in known if n is not None)
    if result.ci is not None and not effect.inverted and result.estimate is not None:
        bounds = [float(bound) for bound in result.ci]
        row["CI level"] = float(result.level)
        if ratio:
            row |= {
                "CI start": math.log(bounds[0]),
                "CI end": math.log(bounds[1]),
                "Exp mean": float(result.estimate),
                "Exp CI start": bounds[0],
                "Exp CI end": bounds[1],
            }
        else:
            row |= {"CI start": bounds[0], "CI end": bounds[1]}
    if result.p is not None:
        row["P value"] = result.p
    yield _ordered(row)


def _ordered(row: Row) -> Row:
    return {name: row.get(name) for name in RESULTS}
