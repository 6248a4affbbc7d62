"""One study against itself, the review's declarations and the bibliography."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import isfinite

from analysis.compared_arms import Comparison
from analysis.correction_checks import correction_faults
from analysis.corrections import stands
from analysis.identity_checks import identity_faults
from analysis.located import Draft
from analysis.messages import listed, shown, unknown
from analysis.records import Harm, Plan, Planned, Quality, ReportedPool, Result, Source, Study
from analysis.result_checks import Fault, result_faults
from analysis.text_checks import is_text, unknown_hint
from analysis.values import last_day
from analysis.yaml_nodes import Path


def study_faults(study: Study, draft: Draft) -> Iterator[Fault]:
    """Give what cannot be in a study; what needs a file with errors is left unchecked."""
    yield from identity_faults(study, draft)
    yield from _sources(study, draft.citation_keys)
    yield from _source_ids(study)
    yield from _dates(study)
    yield from _numbers(study)
    comparison = None
    unnamed: set[Path] = set()
    unmeasured: set[Path] = set()
    if draft.plan is not None:
        for path, message in _declared(study, draft.plan):
            unnamed.add(path[:2])
            unmeasured.add(path)
            yield path, message
        comparison = comparison_of(draft.plan)
    # What was misprinted stays as it was printed, where no analysis takes it.
    printed = draft.plan is None or any(one.take.document for one in draft.plan.analyses)
    for index, result in enumerate(study.results):
        for path, message in correction_faults(study, result):
            yield ("results", index, *path), message
        if not (printed or stands(result)):
            continue
        # Where its measure is not known, its numbers say nothing yet.
        if ("results", index, "measure") in unmeasured:
            continue
        # Where an arm is not known by its name, nothing can be said of the comparison.
        known = comparison if ("results", index) not in unnamed else None
        for path, message in result_faults(result, known):
            yield ("results", index, *path), message


def comparison_of(plan: Plan) -> Comparison | None:
    """Return the two arms that the question compares, None where `arms` lacks one."""
    arms = {arm.id for arm in plan.arms}
    compared = (plan.question.intervention, plan.question.comparator)
    return Comparison(*compared) if arms.issuperset(compared) else None


def repeated(ids: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Give the index of each id that stood earlier in the list, with the message."""
    first: dict[str, int] = {}
    for index, id_ in enumerate(ids):
        if id_ in first:
            found = f"found {shown(id_)} a second time (first as [{first[id_]}])"
            yield index, f"{found}, wanted it once"
        first.setdefault(id_, index)


def source_faults(source: Source, keys: Collection[str] | None) -> Iterator[Fault]:
    """Give the citation keys of a source that references.bib does not hold."""
    if keys is None:
        return
    for name, key in (("document", source.document), ("via", source.via)):
        if key is not None and key not in keys:
            yield (name,), unknown(key, "a key of data/references.bib", keys)


def _sources(study: Study, keys: Collection[str] | None) -> Iterator[Fault]:
    if not study.sources:
        yield ("sources",), "found no source, wanted at least one: where the study was read"
    for id_, source in study.sources.items():
        for path, message in source_faults(source, keys):
            yield ("sources", id_, *path), message
    if study.report is not None and study.report not in study.sources:
        yield ("report",), _no_source(study.report, study)


def _source_ids(study: Study) -> Iterator[Fault]:
    named: list[tuple[Path, str]] = [
        ((name, "source"), part.source)
        for name, part in (
            ("recruitment", study.recruitment),
            ("arms", study.arms),
            ("follow_up", study.follow_up),
        )
        if part is not None
    ]
    named += (
        (("characteristics", name, "source"), one.source)
        for name, one in study.characteristics.items()
    )
    lists: tuple[tuple[str, Sequence[Result | Harm | Quality | Planned]], ...] = (
        ("results", study.results),
        ("harms", study.harms),
        ("quality", study.quality),
        ("planned", study.planned),
    )
    for name, parts in lists:
        named += (((name, index, "source"), part.source) for index, part in enumerate(parts))
    named += (
        (("results", index, "corrected_by"), result.corrected_by)
        for index, result in enumerate(study.results)
        if result.corrected_by is not None
    )
    for path, source in named:
        if source not in study.sources:
            yield path, _no_source(source, study)


def _no_source(source: str, study: Study) -> str:
    return unknown(source, "one of this study's sources", study.sources)


def _dates(study: Study) -> Iterator[Fault]:
    when = study.recruitment
    if when is None or when.start is None:
        return
    if when.end is not None and last_day(when.end) < when.start:
        found = f"found an end of {when.end} before the start of {when.start}"
        yield ("recruitment", "end"), f"{found}, wanted the end on or after the start"
    report = study.sources.get(study.report) if study.report else None
    if report and report.published and last_day(report.published) < when.start:
        found = f"found a start of {when.start}, after the report of {report.published}"
        yield ("recruitment", "start"), f"{found}, wanted it before the report"


def _numbers(study: Study) -> Iterator[Fault]:
    if study.follow_up is not None and study.follow_up.value <= 0:
        yield ("follow_up", "value"), f"found {shown(study.follow_up.value)}, wanted more than 0"
    if study.arms is not None:
        counts = [arm.n for arm in study.arms.groups]
        for at, n in enumerate(counts):
            if n == 0:
                yield ("arms", "groups", at, "n"), "found 0, wanted at least 1"
        known = [n for n in counts if n is not None]
        total = study.arms.total
        if total is not None and counts and len(known) == len(counts) and sum(known) != total:
            terms = " + ".join(map(str, known))
            yield ("arms", "total"), f"found {total}, wanted {terms} = {sum(known)}"
        elif total is not None and sum(known) > total:
            yield ("arms", "total"), f"found {total}, wanted at least the {sum(known)} of the arms"
    patients = study.patients
    for index, result in enumerate(study.results):
        if patients is None or result.measure == "IRR" or result.events is None:
            continue
        if result.events > patients:
            message = f"found {result.events} events in {patients} patients, wanted no more"
            yield ("results", index, "events"), message


def _declared(study: Study, plan: Plan) -> Iterator[Fault]:
    arms = [arm.id for arm in plan.arms]
    if study.arms is not None:
        groups = [group.arm for group in study.arms.groups]
        if plan.compares and len(groups) < 2:
            found = f"found {'no arm' if not groups else '1 arm'}"
            wanted = "wanted at least 2, with n: not reported where it is not"
            yield ("arms", "groups"), f"{found}, {wanted}"
        yield from _names(
            ("arms", "groups"), "arm", groups, "an arm that review.yml declares", arms
        )
    yield from _characteristics(study, plan)
    harms = [harm.id for harm in plan.harms]
    for index, harm in enumerate(study.harms):
        if harm.category not in harms:
            wanted = "a category under `harms` of review.yml"
            yield ("harms", index, "category"), unknown(harm.category, wanted, harms)
    outcomes = [outcome.id for outcome in plan.outcomes]
    wanted = "an outcome that review.yml declares"
    for index, planned in enumerate(study.planned):
        if planned.primary_outcome is not None and planned.primary_outcome not in outcomes:
            message = unknown(planned.primary_outcome, wanted, outcomes)
            yield ("planned", index, "primary_outcome"), message
    yield from measure_faults(study, plan)
    for index, result in enumerate(study.results):
        if result.outcome not in outcomes:
            yield ("results", index, "outcome"), unknown(result.outcome, wanted, outcomes)
        yield from _result(index, result, plan)
    yield from _quality(study, plan)


def measure_faults(study: Study, plan: Plan) -> Iterator[Fault]:
    """Give the results that say no measure where that of their outcome is not the default."""
    measures = {one.id: one.measure for one in plan.outcomes}
    for index, result in enumerate(study.results):
        if message := unsaid_measure(result, measures):
            yield ("results", index, "measure"), message


def unsaid_measure(result: Result | ReportedPool, measures: Mapping[str, str]) -> str | None:
    """Return why a result needs to say its measure: that of its outcome is not the default."""
    measure = measures.get(result.outcome, result.measure)
    if measure == result.measure or "measure" in result.model_fields_set:
        return None
    found = f"found no measure, which says {result.measure}, of {result.outcome}"
    return f"{found}, wanted measure: {measure}, as review.yml has it, or another one"


def _names(
    path: Path, key: str, found: Sequence[str], wanted: str, known: Collection[str]
) -> Iterator[Fault]:
    """Give the names in a list that are unknown or stand there twice."""
    for index, name in enumerate(found):
        if name not in known:
            yield (*path, index, key), unknown(name, wanted, known)
    for index, message in repeated(found):
        yield (*path, index, key), message


def _result(index: int, result: Result, plan: Plan) -> Iterator[Fault]:
    arms = [arm.id for arm in plan.arms]
    path: Path = ("results", index)
    wanted = "an arm that review.yml declares"
    groups = [group.arm for group in result.groups]
    yield from _names((*path, "groups"), "arm", groups, wanted, arms)
    compared = (plan.question.intervention, plan.question.comparator)
    if result.reference is not None and result.reference not in compared:
        message = unknown(result.reference, "one of the two arms compared", compared)
        yield (*path, "reference"), message
    for name, level in result.subgroup.items():
        yield from level_faults((*path, "subgroup", name), name, level, plan)


def _characteristics(study: Study, plan: Plan) -> Iterator[Fault]:
    for name, one in study.characteristics.items():
        path: Path = ("characteristics", name)
        declared = {field.id for field in plan.characteristics}
        if name not in declared or one.value is not None:
            faults = level_faults(path, name, one.value or "", plan)
            hint = unknown_hint(one.value or "") if name in declared else ""
            yield from (
                ((*at, "value") if name in declared else at, message + hint)
                for at, message in faults
            )
        reader = read_as_number(name, plan)
        if one.value and is_text(one.value) and reader is not None and not _is_number(one.value):
            point = one.value.replace(",", ".")
            hint = f" with a decimal point, as '{point}'" if _is_number(point) else ""
            message = f"found {shown(one.value)}, wanted a number{hint}"
            yield (*path, "value"), f"{message}: {reader} reads {name} as one"


def read_as_number(name: str, plan: Plan) -> str | None:
    """Return the first meta-regression that reads a characteristic as a number, if one does."""
    for analysis in plan.analyses:
        for regression in analysis.regressions:
            if any(one.field == name and one.number for one in regression.moderators):
                return f"regression {regression.id} of {analysis.id}"
    return None


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def level_faults(path: Path, name: str, level: str, plan: Plan) -> Iterator[Fault]:
    """Give why `name: level` is no characteristic of the review with one of its levels."""
    declared = {field.id: field for field in plan.characteristics}
    if name not in declared:
        wanted = "a characteristic that review.yml declares"
        yield path, unknown(name, wanted, declared)
        return
    levels = [one.id for one in declared[name].levels]
    if levels and level not in levels:
        yield path, f"found {shown(level)}, wanted a level of {name}: {listed(levels)}"


def _quality(study: Study, plan: Plan) -> Iterator[Fault]:
    tools = {tool.id: tool for tool in plan.tools}
    names = [quality.tool for quality in study.quality]
    yield from _names(("quality",), "tool", names, "a tool that review.yml declares", tools)
    for index, quality in enumerate(study.quality):
        tool = tools.get(quality.tool)
        if tool is None:
            continue
        path: Path = ("quality", index)
        items = [item.id for item in tool.items]
        found = [item.item for item in quality.items]
        yield from _names((*path, "items"), "item", found, f"an item of {tool.id}", items)
        levels = [level.id for level in tool.levels]
        for number, item in enumerate(quality.items):
            if item.level is not None and levels and item.level not in levels:
                message = f"found {shown(item.level)}, wanted a level of {tool.id}"
                hint = unknown_hint(item.level)
                yield (*path, "items", number, "level"), f"{message}: {listed(levels)}{hint}"
        overall = [level.id for level in tool.overall]
        if quality.overall is not None and overall and quality.overall not in overall:
            message = f"found {shown(quality.overall)}, wanted an overall level of {tool.id}"
            hint = unknown_hint(quality.overall)
            yield (*path, "overall"), f"{message}: {listed(overall)}{hint}"
