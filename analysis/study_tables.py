"""Tables of the studies: what they are, how good, which side effects, and those not included."""

from __future__ import annotations

from collections.abc import Iterable

from analysis import terms, words
from analysis.effects import is_ratio
from analysis.findings import EffectRow, Findings
from analysis.records import CharacteristicField, Outcome, Result, Review, Study, Tool
from analysis.tables import Asked, Column, Table, cited, data, said
from analysis.values import Printed
from analysis.words import DASH, HARD, NOT_REPORTED, Keys, Words


def characteristics(asked: Asked) -> Table:
    """Return Table 1: the included studies and their results.

    `characteristics` adds a column for each of those that it names.
    """
    outcomes, fields = asked.outcomes(), _fields(asked)
    arms = [arm.label for arm in asked.review.plan.arms]
    followed = (study.follow_up for study in asked.included())
    other = any(length.unit != "months" for length in followed if length)
    columns = [
        Column("Study", 14),
        Column("Country", 10),
        Column("Design", 14),
        Column("Recruited", 10),
        Column(data(f"Patients ({' / '.join(arms)})"), 12, "r"),
        Column("Population", 12),
        *(Column(data(field.label), 12) for field in fields),
        Column(f"Follow-up, months{' unless said' if other else ''}", 10, "r"),
        *(Column(data(f"{o.short}: {o.measure} (95% CI)"), 13) for o in outcomes),
    ]
    rows = [
        [
            cited(study),
            data(study.country),
            data(_sentence(study.design)),
            said(_recruitment(study)),
            said(_patients(asked.review, study)),
            data(study.population),
            *(data(_characteristic(study, field)) for field in fields),
            said(_follow_up(study)),
            *(said(_results(asked, study, outcome)) for outcome in outcomes),
        ]
        for study in asked.included()
    ]
    return Table(columns, rows)


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
            said(_all_results(asked, study, outcomes)),
            _why(study),
        ]
        for status in chosen
        for study in asked.with_status(status)
    ]
    return Table(columns, rows)


def _sentence(text: str | None) -> str | None:
    """Return a term with a capital, as a cell of its own has it; unknown stays unknown."""
    return text and text[0].upper() + text[1:]


def _recruitment(study: Study) -> Words | None:
    if study.recruitment is None:
        return None
    return words.years(study.recruitment.start, study.recruitment.end)


def _patients(review: Review, study: Study) -> Words | None:
    """Return patients by arm in the order of the review's arms: 390 / 482."""
    if study.arms is None:
        return None
    by_arm = {group.arm: group.n for group in study.arms.groups}
    counts = [by_arm.get(arm.id) for arm in review.plan.arms]
    if all(n is None for n in counts):
        total = study.patients
        return None if total is None else Words(words.count(total), " in all")
    parts = [words.count(n) for n in counts]
    return Words(parts[0], *(part for n in parts[1:] for part in (" / ", n)))


def _follow_up(study: Study) -> Words | None:
    follow_up = study.follow_up
    if follow_up is None:
        return None
    # As the source has it: in months its 13.7 years would be 164.4, with a digit nobody printed.
    value = words.fixed(follow_up.value.as_printed())
    if follow_up.unit != "months":
        unit = follow_up.unit.removesuffix("s") if float(follow_up.value) == 1 else follow_up.unit
        value = Words(value, HARD, unit)
    return Words(value, f" ({follow_up.statistic})") if follow_up.statistic else value


def _all_results(asked: Asked, study: Study, outcomes: Iterable[Outcome]) -> Words | None:
    """Return the results of a study that is in no pool, each with its outcome."""
    parts: list[Words] = []
    for outcome in outcomes:
        found = _results(asked, study, outcome)
        if found is not None:
            parts.append(Words("; " if parts else "", f"{outcome.short} ", found))
    return Words(*parts) if parts else None


def _results(asked: Asked, study: Study, outcome: Outcome) -> Words | None:
    """Return every result of the whole study for an outcome, as printed."""
    parts: list[Words] = []
    for at, result in enumerate(study.results):
        if result.outcome == outcome.id and not result.subgroup:
            if parts:
                parts.append(Words("; "))
            parts.append(
                _result(asked, result, outcome, _row(asked.findings, study.id, outcome, at))
            )
    return Words(*parts) if parts else None


def _result(
    asked: Asked, result: Result, outcome: Outcome, row: tuple[str, EffectRow] | None
) -> Words:
    """Return a result: as its source printed it, else what was computed and from what."""
    path, found = row or (None, None)
    name = "" if result.measure == outcome.measure else f"{result.measure} "
    if result.estimate is None or result.ci is None:
        if found is None:
            named = result.measure != outcome.measure
            return as_printed(asked.review, result, named=named, between=", ")
        raw = arm_numbers(asked.review, result)
        keys = Keys.under(path, bounds=("lb", "ub")) if path else Keys()
        computed = words.estimate_cell(found.est, found.lb, found.ub, outcome.measure, keys)
        return Words(computed, ", from ", raw) if raw else computed
    own = path if found is not None and found.as_printed else None
    keys = Keys.under(own, bounds=("lb", "ub")) if own else Keys()
    est, lb, ub = (_two_decimals(n, result.measure) for n in (result.estimate, *result.ci))
    level = "" if result.level == 0.95 else f"{words.confidence(float(result.level))} CI "
    interval = words.printed_interval(lb, ub, (keys.lb, keys.ub))
    return Words(name, words.fixed(est, keys.est), f" ({level}", interval, ")")


def _two_decimals(value: Printed, measure: str) -> str:
    """Return a number as printed; a ratio with two decimals or more, as in every figure."""
    return f"{float(value):.{max(value.decimals, 2 if is_ratio(measure) else 0)}f}"


def as_printed(review: Review, result: Result, *, named: bool = True, between: str = "; ") -> Words:
    """Return what the source printed of a result, whatever it was.

    `named`: the measure stands before its estimate, and needs no word for a lack of interval.
    """
    parts: list[Words] = []
    if result.estimate is not None:
        name = f"{result.measure}{HARD}" if named else ""
        estimate = Words(name, words.fixed(result.estimate.as_printed()))
        if result.ci is not None:
            lb, ub = (bound.as_printed() for bound in result.ci)
            bounds = words.printed_interval(lb, ub)
            level = "" if result.level == 0.95 else f"{words.confidence(float(result.level))} CI "
            estimate = Words(estimate, f" ({level}", bounds, ")")
        elif not named:
            estimate = Words(estimate, " without an interval")
        parts.append(estimate)
    if result.se is not None:
        parts.append(Words("SE ", words.fixed(result.se.as_printed())))
    if result.o_minus_e is not None and result.variance is not None:
        parts.append(
            Words("O − E ", words.fixed(result.o_minus_e.as_printed()), ", V ",
                  words.fixed(result.variance.as_printed()))
        )  # fmt: skip
    if (numbers := arm_numbers(review, result)) is not None:
        parts.append(numbers)
    if result.curves:
        parts.append(Words("Kaplan-Meier curves"))
    if result.p is not None:
        text = result.p.as_printed()
        sign = "" if text.startswith("<") else f"={HARD}"
        parts.append(Words(f"P{HARD}{sign}", words.fixed(text)))
    if result.events is not None:
        parts.append(words.count(result.events, "event"))
    return (
        Words(parts[0], *(part for one in parts[1:] for part in (between, one)))
        if parts
        else (Words(words.NOT_REPORTED))
    )


def arm_numbers(review: Review, result: Result) -> Words | None:
    """Return events of patients by arm, in the order of the arms: 4/123 against 11/139."""
    by_arm = {group.arm: group for group in result.groups}
    parts = []
    for arm in review.plan.arms:
        group = by_arm.get(arm.id)
        if group is not None and group.events is not None:
            parts.append(Words(words.count(group.events), "/", words.count(group.n)))
        elif group is not None and group.mean is not None:
            sd = group.sd.as_printed() if group.sd is not None else words.NOT_REPORTED
            parts.append(Words(words.fixed(group.mean.as_printed()), f" (SD {sd})"))
    return (
        Words(parts[0], *(p for part in parts[1:] for p in (" against ", part))) if parts else None
    )


def _row(
    findings: Findings, study: str, outcome: Outcome, result: int
) -> tuple[str, EffectRow] | None:
    """Return the row of an analysis that takes a result, and its path."""
    for name, analysis in findings.analyses.items():
        for row in analysis.rows if analysis.outcome == outcome.id else ():
            if row.study == study and row.result == result:
                return f"{name}.rows.{study}", row
    return None


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


def _why(study: Study) -> str:
    if study.reason:
        return data(study.reason)
    if study.planned:
        plan = study.planned[-1]
        parts: list[Words] = []
        if plan.n is not None:
            parts.append(Words("planned for ", words.count(plan.n, "patient")))
        if plan.completion is not None:
            parts.append(Words("completion planned for ", words.date(plan.completion)))
        if parts:
            return said(Words(parts[0], *(p for part in parts[1:] for p in ("; ", part))))
    if study.superseded_by:
        return data(f"superseded by {study.superseded_by}")
    if study.retracted:
        return said(Words("retracted in ", words.date(study.retracted)))
    return data(study.note)
