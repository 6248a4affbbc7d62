"""Tables of what the results mean for patients, and how certain they are."""

from __future__ import annotations

from collections.abc import Iterable

from analysis import absolute_words, words
from analysis.absolute import MEASURES
from analysis.errors import TemplateError
from analysis.result_tables import estimate_head, several_measures
from analysis.summary_findings import AbsoluteFinding, CertaintyFinding
from analysis.tables import Asked, Column, Table, data, said
from analysis.words import DASH, HARD, Keys, Piece, Words


def absolute(asked: Asked) -> Table:
    """Return absolute effects at the plan's baseline risks."""
    chosen = asked.names("analyses", asked.findings.analyses)
    arms = {arm.id: arm.label for arm in asked.review.plan.arms}
    question = asked.review.plan.question
    columns = [
        Column("Analysis", 20),
        Column("Baseline risk", 19),
        Column(data(f"{arms[question.comparator]}: risk"), 11, "r"),
        Column(data(f"{arms[question.intervention]}: risk"), 17),
        Column("Difference per 1,000", 18),
        Column("Number needed to treat", 19),
    ]
    rows = []
    for found in _absolutes(asked, chosen):
        path = f"absolute.{found.id}"
        title = asked.findings.analyses[found.analysis].title
        rows.append(
            [
                data(title),
                f"{data(_at(found))} [@{found.document}]",
                said(words.percent(100 * found.baseline, f"{path}.baseline")),
                said(absolute_words.risk_with(found, path)),
                said(absolute_words.per_1000(found, path)),
                said(absolute_words.number_needed(found, path)),
            ]
        )
    if not rows:
        raise TemplateError(
            f"found no baseline risk for table {asked.id}, wanted baseline_risks in data/review.yml"
        )
    return Table(columns, rows)


def summary_of_findings(asked: Asked) -> Table:
    """Return GRADE's summary of findings, without `analyses` of the primary ones.

    The columns of risks are there where a measure has risks: means have none.
    """
    judged = asked.findings.certainty
    chosen = asked.names("analyses", judged)
    named = several_measures(asked.findings.analyses[name] for name in chosen)
    risky = any(asked.findings.analyses[name].measure in MEASURES for name in chosen)
    risks = [Column("Risk without", 13, "r"), Column("Difference per 1,000", 15)]
    columns = [
        Column("Outcome", 15),
        Column(data(f"{asked.review.plan.question.heading} (studies)"), 11, "r"),
        Column(estimate_head(asked.findings.analyses[name] for name in chosen), 15),
        *(risks if risky else []),
        Column("Certainty", 38),
    ]
    rows = []
    for name in chosen:
        analysis = asked.findings.analyses[name]
        s = analysis.synthesis
        patients = words.count(analysis.patients, key=f"{name}.patients")
        studies = words.count(s.k, key=f"{name}.k")
        bounds, keys = (s.est, s.est_lb, s.est_ub), Keys.under(name)
        relative = words.estimate_cell(*bounds, s.measure, keys, named=named)
        head = [data(analysis.title), said(Words(patients, " (", studies, ")")), said(relative)]
        certainty = _certainty(judged[name])
        absolutes = list(_absolutes(asked, (name,)))
        for at, found in enumerate(absolutes):
            path = f"absolute.{found.id}"
            risk = Words(
                words.percent(100 * found.baseline, f"{path}.baseline"), f" at{HARD}",
                Piece(f"{found.years:g}", f"{path}.years"), f"{HARD}{_years(found)}",
            )  # fmt: skip
            first = [*head, said(risk)] if not at else ["", "", "", said(risk)]
            difference = said(absolute_words.per_1000(found, path))
            rows.append([*first, difference, certainty if not at else "as above"])
        if not absolutes:
            unknown = "not reported" if analysis.measure in MEASURES else DASH
            rows.append([*head, *((unknown, DASH) if risky else ()), certainty])
    return Table(columns, rows)


def _absolutes(asked: Asked, chosen: Iterable[str]) -> Iterable[AbsoluteFinding]:
    known = set(chosen)
    return (found for found in asked.findings.absolute.values() if found.analysis in known)


def _at(found: AbsoluteFinding) -> str:
    return f"{found.label}, at {found.years:g} {_years(found)}"


def _years(found: AbsoluteFinding) -> str:
    return "year" if found.years == 1 else "years"


def _certainty(found: CertaintyFinding) -> str:
    """Return the reviewers' judgement, and beside it what designs and numbers suggest.

    Where the reviewers said where they started, that stands and the designs' start does not.
    """
    if found.level is None:
        judgement = "Not judged"
    else:
        reasons = [
            f"{step.domain}: {_change(step.steps)}, {step.reason.removesuffix('.')}"
            for step in found.steps
        ]
        judgement = f"{found.level.capitalize()} (start: {found.start}"
        judgement += "".join(f"; {reason}" for reason in reasons) + ")"
    if found.start is None and found.start_by_design is not None:
        judgement += f". By design it starts {found.start_by_design}: {found.start_because}"
    told = [
        f"{one.domain.capitalize()}: {_steps(one.steps)}, as {'; '.join(one.because)}"
        for one in found.suggestions.values()
    ]
    return data(f"{judgement}. Suggested by the numbers: {'. '.join(told)}.")


def _steps(steps: int | None) -> str:
    if steps is None:
        return "no suggestion"
    if steps == 0:
        return "no step down"
    return f"{abs(steps)} step{'' if steps == -1 else 's'} down"


def _change(steps: int) -> str:
    sign = words.MINUS if steps < 0 else "+" if steps > 0 else ""
    return f"{sign}{abs(steps)}"
