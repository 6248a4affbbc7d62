"""The two arms that a question compares, and what a result gives of each."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.records import GroupData, Question, Result


@dataclass(frozen=True)
class Comparison:
    """The arms compared: the intervention over the comparator, by their ids."""

    intervention: str
    comparator: str


def compared(question: Question) -> Comparison:
    """Return the arms that a question compares."""
    return Comparison(question.intervention, question.comparator)


def pair_of(result: Result, comparison: Comparison) -> tuple[GroupData | None, GroupData | None]:
    """Return what the arm over the reference printed, and the reference."""
    by_arm = {group.arm: group for group in result.groups}
    other, reference = arms_of(result, comparison)
    return by_arm.get(other), by_arm.get(reference)


def arms_of(result: Result, comparison: Comparison) -> tuple[str, str]:
    """Return the arm of a result that is not its reference, and the reference."""
    reference = result.reference or comparison.comparator
    turned = reference == comparison.intervention
    return (comparison.comparator if turned else comparison.intervention), reference


def one_group(result: Result, comparison: Comparison) -> GroupData | None:
    """Return the group of a proportion: that of the intervention, else that of the comparator."""
    treated, control = pair_of(result, comparison)
    return treated or control
