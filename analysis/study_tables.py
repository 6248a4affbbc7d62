"""Tables of the studies: what they are, how good, which side effects, and those not included."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import terms, words
from analysis.effects import WITH_UNIT
from analysis.records import CharacteristicField, Outcome, Review, Study, Tool
from analysis.study_results import all_results, results
from analysis.tables import Asked, Column, Table, cited, data, said
from analysis.terms import SYMBOLS, capitalised
from analysis.words import DASH, HARD, NOT_REPORTED, Words

LONG = 32
"""Letters of a result that a narrow column still has in two or three lines."""


def characteristics(asked: Asked) -> Table:
    """Return Table 1: the included studies and their results.

    `characteristics` adds a column for each of those that it names. What no study reports has no
    column: a note names it. Another says what the short names of the heads stand for.
    """
    outcomes, fields, studies = asked.outcomes(), _fields(asked), asked.included()
    arms = [arm.label for arm in asked.review.plan.arms]
    people = asked.review.plan.question.heading
    compares = asked.review.plan.compares
    units = {study.follow_up.unit for study in studies if study.follow_up}
    unit = units.pop() if len(units) == 1 else None
    known: list[tuple[Column, list[str | None]]] = [
        (Column("Country", 10), [study.country for study in studies]),
        (Column("Design", 14), [_sentence(study.design) for study in studies]),
        (Column("Recruited", 10), [_recruitment(study) for study in studies]),
        (
            Column(data(f"{people} ({' / '.join(arms)})" if compares else people), 12, "r"),
            [_patients(asked.review, study) for study in studies],
        ),
        (Column("Population", 12), [study.population for study in studies]),
        *(
            (Column(data(field.label), 12), [_characteristic(study, field) for study in studies])
            for field in fields
        ),
        (
            Column(f"Follow-up, {unit}" if unit else "Follow-up", 10 if unit else 11, "r"),
            [_follow_up(study, unit) for study in studies],
        ),
    ]
    silent = [column for column, cells in known if studies and not any(map(_reported, cells))]
    shown = [(column, cells) for column, cells in known if column not in silent]
    found = [[results(asked, study, outcome) for study in studies] for outcome in outcomes]
    columns = [
        Column("Study", 14),
        *(column for column, _ in shown),
        *(
            Column(data(f"{o.short}: {_measured(o)} (95% CI)"), _width(cells))
            for o, cells in zip(outcomes, found, strict=True)
        ),
    ]
    rows = [
        [
            cited(study),
            *(_cell(cells[at]) for _, cells in shown),
            *(said(cells[at]) for cells in found),
        ]
        for at, study in enumerate(studies)
    ]
    heads = [column.head for column in silent]
    notes = [f"Of no study reported: {'; '.join(heads)}."] if heads else []
    return Table(columns, rows, [*notes, *_abbreviations(asked.review, outcomes)])


def _abbreviations(review: Review, outcomes: Sequence[Outcome]) -> list[str]:
    """Return what short names of arms, outcomes and measures stand for, as far as the plan says."""
    arms = review.plan.arms
    longer = {arm.label for arm in arms for other in arms
              if arm is not other and other.label in arm.label}  # fmt: skip
    named = [(arm.label, arm.name) for arm in arms if arm.label not in longer]
    names = [fixed.term for fixed in review.plan.fixed_terms]
    named += [(outcome.short, words.within(outcome.label, names)) for outcome in outcomes]
    for measure in dict.fromkeys(outcome.measure for outcome in outcomes):
        if measure != "GEN":
            named.append((SYMBOLS[measure], terms.MEASURES[measure].partition(" (")[0]))
    if outcomes:
        named.append(("CI", "confidence interval"))
    told = [f"{short}: {name}" for short, name in named if short.casefold() != name.casefold()]
    return [data(f"{'; '.join(told)}.")] if told else []


def _measured(outcome: Outcome) -> str:
    """Return what heads the effects of an outcome: HR; MD, days."""
    unit = outcome.unit if outcome.measure in WITH_UNIT else None
    return words.in_unit(SYMBOLS[outcome.measure], unit)


def _reported(cell: str | None) -> bool:
    return cell is not None and cell != NOT_REPORTED


def _cell(found: str | None) -> str:
    return said(found) if isinstance(found, Words) else data(found)


def _width(cells: list[Words | None]) -> int:
    """Return the width of a column of results: more where what they are from stands there too."""
    longest = max((len(cell) for cell in cells if cell is not None), default=0)
    return 13 if longest <= LONG else 20


def _fields(asked: Asked) -> list[CharacteristicField]:
    """Return the characteristics that are asked for, none where nothing is."""
    known = {field.id: field for field in asked.review.plan.characteristics}
    chosen = asked.names("characteristics", known) if "characteristics" in asked.options else ()
    return [known[name] for name in chosen]


def _characteristic(study: Study, field: CharacteristicField) -> str | None:
    found = study.characteristics.get(field.id)
    if found is None or found.value is None:
        return None
    labels = {level.id: level.label for level in field.levels}
    return labels.get(found.value, found.value)


def quality(asked: Asked) -> Table:
    """Return the judgements of a quality tool, as far as they are stated."""
    name = asked.text("tool")
    tools = {tool.id: tool for tool in asked.review.plan.tools}
    tool = tools[asked.names("tool", tools)[0]] if name else None
    assert tool is not None  # noqa: S101 - `text` refused an empty option
    studies = asked.included()
    used = {item.level for s in studies for q in s.quality if q.tool == tool.id for item in q.items}
    levels = [level for level in tool.levels if level.id in used]
    columns = [
        Column("Study", 20),
        *(Column(data(level.label), 26) for level in levels),
        Column("Not reported", 16),
        Column("Overall", 11),
        Column("Score", 11, "c"),
    ]
    rows = [_quality_row(study, tool, [level.id for level in levels]) for study in studies]
    cite = f"{data(tool.label)} [@{tool.cite}]."
    return Table(columns, rows, [cite] if tool.cite else [])


def harms(asked: Asked) -> Table:
    """Return the side effects as reported."""
    columns = [Column("Side effect", 16), Column("Study", 18), Column("Finding", 14)]
    columns.append(Column("As reported", 52))
    rows = [
        [data(category.label), cited(study), terms.HARMS[harm.finding], data(harm.text)]
        for category in asked.review.plan.harms
        for study in asked.included()
        for harm in study.harms
        if harm.category == category.id
    ]
    return Table(columns, rows)


def others(asked: Asked) -> Table:
    """Return the studies that are not included, and why."""
    known = tuple(status for status in terms.STATUSES if status != "included")
    chosen = asked.names("statuses", known)
    columns = [
        Column("Study", 18),
        Column("Status", 12),
        Column("Design", 13),
        Column("Results reported", 22),
        Column("Why", 35),
    ]
    outcomes = asked.outcomes()
    rows = [
        [
            cited(study),
            terms.STATUSES[study.status],
            data(_sentence(study.design)),
            said(all_results(asked, study, outcomes)),
            _why(study, asked.review),
        ]
        for status in chosen
        for study in asked.with_status(status)
    ]
    return Table(columns, rows)


def _sentence(text: str | None) -> str | None:
    """Return a term with a capital, as a cell of its own has it; unknown stays unknown."""
    return text and capitalised(text)


def _recruitment(study: Study) -> Words | None:
    if study.recruitment is None:
        return None
    return words.years(study.recruitment.start, study.recruitment.end)


def _patients(review: Review, study: Study) -> Words | None:
    """Return patients by arm in the order of the review's arms: 390 / 482."""
    if study.arms is None:
        return None
    by_arm = {group.arm: group.n for group in study.arms.groups}
    own = [arm.id for arm in review.plan.arms if review.plan.compares or arm.id in by_arm]
    counts = [by_arm.get(arm) for arm in own]
    if all(n is None for n in counts):
        total = study.patients
        return None if total is None else Words(words.count(total), " in all")
    parts = [words.count(n) for n in counts]
    return Words(parts[0], *(part for n in parts[1:] for part in (" / ", n)))


def _follow_up(study: Study, unit: str | None) -> Words | None:
    """Return a length of follow-up, with its unit where the head has none for all."""
    follow_up = study.follow_up
    if follow_up is None:
        return None
    # As the source has it: in months its 13.7 years would be 164.4, with a digit nobody printed.
    value = words.fixed(follow_up.value.as_printed())
    if unit is None:
        own = follow_up.unit.removesuffix("s") if float(follow_up.value) == 1 else follow_up.unit
        value = Words(value, HARD, own)
    return Words(value, f" ({follow_up.statistic})") if follow_up.statistic else value


def _quality_row(study: Study, tool: Tool, levels: list[str]) -> list[str]:
    found = next((quality for quality in study.quality if quality.tool == tool.id), None)
    if found is None:
        return [cited(study), *(DASH for _ in levels), "all items", NOT_REPORTED, NOT_REPORTED]
    labels = {item.id: item.label for item in tool.items}
    known = {judgement.item: judgement.level for judgement in found.items if judgement.level}
    cells = []
    for level in levels:
        items = [labels[item] for item, stated in known.items() if stated == level]
        cells.append(data("; ".join(items)) if items else DASH)
    rest = len(tool.items) - len(known)
    unknown = "all items" if not known else said(words.count(rest, "item")) if rest else DASH
    overall = {level.id: level.label for level in tool.overall}
    verdict = None if found.overall is None else overall[found.overall]
    return [cited(study), *cells, unknown, data(verdict), data(found.score)]


def _why(study: Study, review: Review) -> str:
    if study.superseded_by:
        by = f"superseded by {review.by_id[study.superseded_by].label}"
        return data(f"{by}: {study.reason}" if study.reason else by)
    if study.reason:
        return data(study.reason)
    if study.retracted:
        return said(Words("retracted in ", words.date(study.retracted)))
    if study.planned:
        plan = study.planned[-1]
        parts: list[Words] = []
        if plan.n is not None:
            people = review.plan.question.people
            parts.append(Words("planned for ", words.count(plan.n, people, plural=people)))
        if plan.completion is not None:
            parts.append(Words("primary completion planned for ", words.date(plan.completion)))
        if parts:
            told = said(Words(parts[0], *(p for part in parts[1:] for p in ("; ", part))))
            document = study.sources[plan.source].document
            return told if document == study.citation else f"{told} [@{document}]"
    return data(study.note)
