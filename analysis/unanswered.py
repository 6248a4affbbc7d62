"""The planned parts that this evidence has no answer to, each as a warning at its line."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.errors import Problem, in_order
from analysis.findings import AnalysisFinding, Findings
from analysis.located import Loaded
from analysis.messages import where_of
from analysis.method_findings import SmallStudyFinding
from analysis.records import AnalysisPlan
from analysis.study_moves import DISOWNED
from analysis.synthesis import IDENTICAL
from analysis.yaml_nodes import Path

_PREFIX = "absolute."
_LEFT_OUT = (
    ", whose interval would have no width: left out as long as they are identical (test adhoc or z "
    "would answer)"
)


def not_estimable(loaded: Loaded, findings: Findings) -> tuple[Problem, ...]:
    """Return a warning for each planned part without an answer, in the order of the plan's lines.

    What the checks of the data say already, of an analysis that is not yet estimable and of a risk
    whose study has left, is not told a second time.
    """
    return in_order(_problems(loaded, findings))


def _problems(loaded: Loaded, findings: Findings) -> Iterator[Problem]:
    plan = loaded.review.plan
    for index, analysis in enumerate(plan.analyses):
        at: Path = ("plan", "analyses", index)
        name = f"analyses.{analysis.id}"
        if why := findings.unanswered.get(analysis.id):
            told = where_of(at[1:]) + "."
            if not any(one.where.startswith(told) for one in loaded.warnings):
                yield _problem(loaded, at, name, why)
        elif found := findings.analyses.get(analysis.id):
            for inner, part, why in _parts(analysis, found):
                yield _problem(loaded, (*at, *inner), f"{name}.{part}", why)
    for index, risk in enumerate(plan.baseline_risks):
        why = findings.unanswered.get(f"{_PREFIX}{risk.id}")
        at = ("plan", "baseline_risks", index)
        study = loaded.review.by_id.get(risk.study)
        disowned = study is not None and study.status in DISOWNED
        # Where the whole analysis has no answer, or the study is disowned, that says it all.
        if why and not disowned and risk.analysis not in findings.unanswered:
            yield _problem(loaded, at, f"baseline_risks.{risk.id}", why)


def _parts(analysis: AnalysisPlan, found: AnalysisFinding) -> Iterator[tuple[Path, str, str]]:
    """Give the path of each lost part in its analysis, its name, and why it is lost."""
    for part, why in found.unanswered.items():
        name, _, id_ = part.partition(".")
        planned = getattr(analysis, name, ())
        # A cumulation is planned by the field that orders it, and one of its steps may be lost.
        ids = [one.id for one in planned] if id_ and not isinstance(planned, str) else []
        yield (name, ids.index(id_)) if id_ in ids else (name,), part, why
    for index, test in enumerate(analysis.small_study):
        answer = found.small_study.get(test)
        if answer is not None and answer.note is not None and is_empty(answer):
            yield ("small_study", index), f"small_study.{test}", answer.note


def is_empty(test: SmallStudyFinding) -> bool:
    """Say whether a test gave no number: its note then says why, else how far to trust it."""
    numbers = (test.statistic, test.pval, test.intercept, test.est)
    return not test.more and all(number is None for number in numbers)


def _problem(loaded: Loaded, path: Path, name: str, why: str) -> Problem:
    # Data that are as they are cannot be wanted to differ.
    why = why.replace(f", {IDENTICAL}", _LEFT_OUT)
    return Problem(loaded.place(path), name, f"not estimable: {why}")
