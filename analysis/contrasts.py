"""What the coefficients of a planned regression are of, in words for a table."""

from __future__ import annotations

from analysis import words
from analysis.findings import AnalysisFinding, RegressionFinding
from analysis.planned_models import columns_of
from analysis.records import ModeratorPlan, RegressionPlan, Review


def contrasts(
    review: Review, analysis: AnalysisFinding, found: RegressionFinding
) -> dict[str, str]:
    """Return what each coefficient of a regression is of, by its name in the findings.

    The label of the plan, with the unit of a number; of a category with the level and that which
    it is compared with, as 'allocation: alternate against random', unless there is one such
    contrast and the label names both already. Interactions are products of these.
    """
    planned = _plan_of(review, analysis.id, found.id)
    columns = columns_of(review, planned, analysis.rows)
    # A study that lacks a value of some moderator is left out, and its levels with it.
    complete = [row for row in zip(*columns, strict=True) if None not in row]
    parts: dict[str, str] = {}
    for at, moderator in enumerate(planned.moderators):
        parts[moderator.field] = moderator.per_unit
        parts |= _of_category(review, moderator, {str(row[at]) for row in complete})
    return {
        name: " × ".join(parts.get(part, part) for part in coefficient.term.split(" × "))
        for name, coefficient in found.coefficients.items()
    }


def _of_category(review: Review, moderator: ModeratorPlan, levels: set[str]) -> dict[str, str]:
    """Return the contrast of each level with the reference, by the term of its coefficient."""
    reference = moderator.reference or min(levels)
    labels = {
        # A level whose id has a capital is a name.
        level.id: words.within(level.label, () if level.id[:1].islower() else (level.label,))
        for field in review.plan.characteristics
        if field.id == moderator.field
        for level in field.levels
    }
    label, found = moderator.label, {}
    for level in levels:
        pair = [labels.get(one, one) for one in (level, reference)]
        named = len(levels) == 2 and all(one.casefold() in label.casefold() for one in pair)
        found[f"{moderator.field}: {level}"] = (
            label if named else f"{label}: {pair[0]} against {pair[1]}"
        )
    return found


def _plan_of(review: Review, analysis: str, regression: str) -> RegressionPlan:
    plan = next(one for one in review.plan.analyses if one.id == analysis)
    return next(one for one in plan.regressions if one.id == regression)
