"""Tables of what the results mean for patients, and how certain they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis import absolute_words, words
from analysis.absolute import MEASURES
from analysis.errors import TemplateError
from analysis.printed_pools import printed_pool
from analysis.result_tables import Heads, estimate_head
from analysis.summary_findings import AbsoluteFinding, CertaintyFinding, SuggestionFinding
from analysis.tables import Asked, Column, Table, data, lines, said, without_repeats
from analysis.terms import capitalised
from analysis.words import DASH, HARD, Piece, Words


def absolute(asked: Asked) -> Table:
    """Return absolute effects at the plan's baseline risks, those of an outcome together."""
    chosen = asked.names("analyses", asked.findings.analyses)
    without, given = _arms(asked)
    columns = [
        Column("Risk of", 15),
        Column("Baseline risk", 16),
        Column("Analysis", 16),
        Column(data(f"{without}: risk"), 8, "r"),
        Column(data(f"{given}: risk"), 16),
        Column(data(f"{given}: events per 1,000"), 14),
        Column("Number needed to treat", 15),
    ]
    found = _together(_absolutes(asked, chosen))
    lost = _without_answer(asked, chosen)
    if not found and not lost:
        raise TemplateError(
            f"found no baseline risk for table {asked.id}, wanted baseline_risks in data/review.yml"
        )
    rows = []
    for one in found:
        path = f"absolute.{one.id}"
        rows.append(
            [
                data(capitalised(f"{asked.review.outcome(one.outcome).event} within {_time(one)}")),
                f"{data(one.label)} [@{one.document}]",
                data(asked.findings.analyses[one.analysis].title),
                said(words.percent(100 * one.baseline, f"{path}.baseline")),
                said(absolute_words.risk_with(one, path)),
                said(absolute_words.per_1000(one, path)),
                said(absolute_words.number_needed(one, path)),
            ]
        )
    studies = asked.review.by_id
    stated = [(studies[one.study].label, one.stated) for one in found if one.stated]
    notes = [data(note) for note in (*absolute_words.notes(found), *_stated(stated), *lost)]
    return Table(columns, without_repeats(rows, 2), notes)


def _stated(found: Iterable[tuple[str, str]]) -> list[str]:
    """Return what the studies themselves state of their patients, each once."""
    each = "; ".join(dict.fromkeys(f"{label}, {text}" for label, text in found))
    return [f"As stated: {each}."] if each else []


def summary_of_findings(asked: Asked) -> Table:
    """Return GRADE's summary of findings, without `analyses` of the primary ones.

    The columns of risks are there where a measure has risks: means have none. What is true of
    every row's certainty stands in a note, once.
    """
    judged = asked.findings.certainty
    chosen = asked.names("analyses", judged)
    analyses = [asked.findings.analyses[name] for name in chosen]
    heads = Heads.over(analyses)
    risky = any(analysis.measure in MEASURES for analysis in analyses)
    without, given = _arms(asked)
    risks = [
        Column(data(f"{without}: risk of the event"), 13, "r"),
        Column(data(f"{given}: events per 1,000"), 15),
    ]
    columns = [
        Column("Outcome (event)" if risky else "Outcome", 16),
        Column(data(f"{asked.review.plan.question.heading} (studies)"), 11, "r"),
        Column(estimate_head(analyses, pooled=True), 14),
        *(risks if risky else []),
        Column("Certainty", 38),
    ]
    told, notes = certainty_told([judged[name] for name in chosen])
    rows = []
    for analysis, certainty in zip(analyses, told, strict=True):
        name, s = analysis.id, analysis.synthesis
        patients = words.count(analysis.patients, key=f"{name}.patients")
        studies = words.count(s.k, key=f"{name}.k")
        pool, under = printed_pool(analysis)
        relative = heads.cell(analysis, pool, under)
        event = asked.review.outcome(analysis.outcome).event
        title = f"{analysis.title} ({event})" if analysis.measure in MEASURES else analysis.title
        head = [data(title), said(Words(patients, " (", studies, ")")), said(relative)]
        last = lines(data(line) for line in certainty) or DASH
        absolutes = list(_absolutes(asked, (name,)))
        for at, found in enumerate(absolutes):
            path = f"absolute.{found.id}"
            risk = Words(
                words.percent(100 * found.baseline, f"{path}.baseline"), f" at{HARD}",
                Piece(f"{found.length:g}", f"{path}.length"), f"{HARD}{_unit(found)}",
            )  # fmt: skip
            first = [*head, said(risk)] if not at else ["", "", "", said(risk)]
            rows.append([*first, said(absolute_words.per_1000(found, path)), "" if at else last])
        if not absolutes:
            unknown = "not reported" if analysis.measure in MEASURES else DASH
            if _without_answer(asked, (name,)):
                unknown = "not estimable"
            rows.append([*head, *((unknown, DASH) if risky else ()), last])
    return Table(columns, rows, [data(note) for note in notes])


def _arms(asked: Asked) -> tuple[str, str]:
    """Return the labels of the comparator and of the intervention."""
    labels = {arm.id: arm.label for arm in asked.review.plan.arms}
    question = asked.review.plan.question
    return labels[question.comparator], labels[question.intervention]


def _absolutes(asked: Asked, chosen: Iterable[str]) -> Iterable[AbsoluteFinding]:
    known = set(chosen)
    return (found for found in asked.findings.absolute.values() if found.analysis in known)


def _without_answer(asked: Asked, chosen: Iterable[str]) -> list[str]:
    """Return why some of the plan's baseline risks have no absolute effect, in sentences.

    A risk that stands once for each of several analyses is told once.
    """
    known = set(chosen)
    whys = asked.findings.unanswered
    told = (
        f"{risk.label}, not estimable: {whys[f'absolute.{risk.id}']}."
        for risk in asked.review.plan.baseline_risks
        if f"absolute.{risk.id}" in whys and risk.analysis in known
    )
    return list(dict.fromkeys(told))


def _together(found: Iterable[AbsoluteFinding]) -> list[AbsoluteFinding]:
    """Return findings with those of an outcome, and of a baseline in it, below each other.

    Outcomes and baselines stay in the order in which each first comes.
    """
    known = list(found)
    outcomes = list(dict.fromkeys(one.outcome for one in known))
    baselines = list(dict.fromkeys(_baseline(one) for one in known))
    return sorted(
        known, key=lambda one: (outcomes.index(one.outcome), baselines.index(_baseline(one)))
    )


def _baseline(found: AbsoluteFinding) -> tuple[str | float, ...]:
    return found.outcome, found.years, found.label, found.document, found.baseline


def _time(found: AbsoluteFinding) -> str:
    return f"{found.length:g}{HARD}{_unit(found)}"


def _unit(found: AbsoluteFinding) -> str:
    return found.unit.removesuffix("s") if found.length == 1 else found.unit


def certainty_told(
    found: Sequence[CertaintyFinding],
) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Return the lines on the certainty of each, and in sentences what holds for all of them.

    The reviewers' judgement comes first, then what designs and numbers suggest, a line a domain.
    Where the reviewers said where they started, that stands and the designs' start does not.
    """
    starts = [_start(one) for one in found]
    domains = [{id_: _suggested(each) for id_, each in one.suggestions.items()} for one in found]
    shared: dict[str, str] = {}
    if len(found) > 1:
        shared = {id_: line for id_, line in domains[0].items()
                  if all(each.get(id_) == line for each in domains)}  # fmt: skip
    one_start = len(found) > 1 and len(set(starts)) == 1
    nobody = all(one.level is None for one in found)
    notes = []
    if nobody:
        notes.append("Nobody has judged the certainty: its column gives what the numbers suggest.")
    if one_start and starts[0]:
        notes.append(starts[0])
    if shared:
        whose = ", in every row:" if nobody else ", as the numbers suggest it in every row:"
        notes += [line.replace(":", whose, 1) for line in shared.values()]
    told = []
    for one, start, lines_ in zip(found, starts, domains, strict=True):
        own = [line for id_, line in lines_.items() if id_ not in shared]
        head = [] if nobody else _judged(one)
        if start and not one_start:
            head.append(start)
        if own and not nobody:
            head.append("Suggested by the numbers:")
        told.append((*head, *own))
    return told, tuple(notes)


def _judged(found: CertaintyFinding) -> list[str]:
    if found.level is None:
        return ["Not judged."]
    return [
        f"{found.level.capitalize()} (start: {found.start}).",
        *(
            f"{capitalised(step.domain)}: {_change(step.steps)}. {_sentence(step.reason)}"
            for step in found.steps
        ),
    ]


def _start(found: CertaintyFinding) -> str:
    if found.start is not None or found.start_by_design is None:
        return ""
    return f"By design the evidence starts {found.start_by_design}: {found.start_because}."


def _suggested(one: SuggestionFinding) -> str:
    return f"{capitalised(one.domain)}: {_steps(one.steps)}. {_sentence('; '.join(one.because))}"


def _sentence(text: str) -> str:
    return f"{capitalised(text).removesuffix('.')}."


def _steps(steps: int | None) -> str:
    if steps is None:
        return "no suggestion"
    if steps == 0:
        return "no step down"
    return f"{abs(steps)} step{'' if steps == -1 else 's'} down"


def _change(steps: int) -> str:
    sign = words.MINUS if steps < 0 else "+" if steps > 0 else ""
    return f"{sign}{abs(steps)}"
