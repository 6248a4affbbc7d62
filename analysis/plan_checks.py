"""review.yml against itself and the studies: what the plan names, and what it would pool."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import get_args

from analysis.effects import WITH_UNIT
from analysis.evidence import CATEGORIES, NUMBERS
from analysis.located import Draft
from analysis.messages import listed, shown, unknown
from analysis.plan_method_checks import method_faults
from analysis.records import (
    MONTHS,
    AnalysisPlan,
    ModeratorPlan,
    Origin,
    Plan,
    RegressionPlan,
    SubgroupPlan,
)
from analysis.result_checks import Fault, level_fault
from analysis.study_checks import level_faults, repeated
from analysis.yaml_nodes import Path

DESIGNS = (
    "randomised trial",
    "non-randomised trial",
    "prospective cohort",
    "retrospective cohort",
)


RAISING = ("large effect", "dose response", "confounding")
"""The domains of GRADE that raise the certainty of evidence; all others lower it."""
OF_AN_ARTICLE = ("article", "inferred")


def plan_faults(plan: Plan, draft: Draft) -> Iterator[Fault]:
    """Give what cannot be in review.yml."""
    for name, ids in _lists(plan):
        for index, message in repeated(ids):
            yield (name, index, "id"), message
    for number, tool in enumerate(plan.tools):
        for part in ("items", "levels", "overall"):
            for index, message in repeated([one.id for one in getattr(tool, part)]):
                yield ("tools", number, part, index, "id"), message
    for number, field in enumerate(plan.characteristics):
        for index, message in repeated([level.id for level in field.levels]):
            yield ("characteristics", number, "levels", index, "id"), message
        if field.id in (*NUMBERS, *CATEGORIES):
            message = f"found {field.id}, wanted another name: every study has this field already"
            yield ("characteristics", number, "id"), message
    yield from _question(plan)
    yield from _citations(plan, draft.citation_keys)
    for index, analysis in enumerate(plan.analyses):
        for path, message in _analysis(analysis, plan, draft):
            yield ("analyses", index, *path), message
        for path, message in _origins(analysis, continues=plan.continues is not None):
            yield ("analyses", index, *path), message
    yield from _risks(plan, draft)
    yield from _certainty(plan)
    yield from _living(plan)


def _lists(plan: Plan) -> Iterator[tuple[str, Sequence[str]]]:
    for name in (
        "arms",
        "outcomes",
        "characteristics",
        "tools",
        "harms",
        "analyses",
        "baseline_risks",
    ):
        yield name, [entry.id for entry in getattr(plan, name)]


def _question(plan: Plan) -> Iterator[Fault]:
    arms = [arm.id for arm in plan.arms]
    question = plan.question
    for name in ("intervention", "comparator"):
        arm = getattr(question, name)
        if arm not in arms:
            yield ("question", name), unknown(arm, "an id under `arms`", arms)
    if question.intervention == question.comparator:
        message = f"found {question.comparator} as the intervention too, wanted another arm"
        yield ("question", "comparator"), message
    outcomes = [outcome.id for outcome in plan.outcomes]
    for index, one in enumerate(plan.outcomes):
        if one.unit is not None and one.measure not in WITH_UNIT:
            wanted = f"none: {' and '.join(WITH_UNIT)} alone have one"
            yield (
                ("outcomes", index, "unit"),
                f"found a unit of an outcome of {one.measure}, wanted {wanted}",
            )
    for index, outcome in enumerate(question.outcomes):
        if outcome not in outcomes:
            yield (
                ("question", "outcomes", index),
                unknown(outcome, "an id under `outcomes`", outcomes),
            )


def _citations(plan: Plan, keys: Collection[str] | None) -> Iterator[Fault]:
    if keys is None:
        return
    named: list[tuple[Path, str | None]] = [(("continues",), plan.continues)]
    named += ((("tools", index, "cite"), tool.cite) for index, tool in enumerate(plan.tools))
    for path, key in named:
        if key is not None and key not in keys:
            yield path, unknown(key, "a key of data/references.bib", keys)


def _analysis(analysis: AnalysisPlan, plan: Plan, draft: Draft) -> Iterator[Fault]:
    outcomes = [outcome.id for outcome in plan.outcomes]
    if analysis.outcome not in outcomes:
        yield ("outcome",), unknown(analysis.outcome, "an id under `outcomes`", outcomes)
    if message := level_fault(analysis.level):
        yield ("level",), message
    others = [one.id for one in plan.analyses if one.id != analysis.id]
    if analysis.sensitivity_of is not None and analysis.sensitivity_of not in others:
        yield (
            ("sensitivity_of",),
            unknown(analysis.sensitivity_of, "the id of another analysis", others),
        )
    yield from _selection(analysis, plan, draft)
    for name in ("subgroups", "regressions"):
        for index, message in repeated([one.id for one in getattr(analysis, name)]):
            yield (name, index, "id"), message
    known = (*CATEGORIES, *(field.id for field in plan.characteristics))
    for index, split in enumerate(analysis.subgroups):
        if split.by not in known:
            wanted = "design, randomised or a characteristic that review.yml declares"
            yield ("subgroups", index, "by"), unknown(split.by, wanted, known)
    outcome = next((one for one in plan.outcomes if one.id == analysis.outcome), None)
    yield from method_faults(analysis, outcome)
    orders = (*NUMBERS, *(field.id for field in plan.characteristics))
    if analysis.cumulative is not None and analysis.cumulative not in orders:
        wanted = "a number of the studies or a characteristic"
        yield ("cumulative",), unknown(analysis.cumulative, wanted, orders)
    for index, message in repeated([prior.id for prior in analysis.bayes]):
        yield ("bayes", index, "id"), message
    for index, regression in enumerate(analysis.regressions):
        for number, moderator in enumerate(regression.moderators):
            for path, message in _moderator(moderator, plan):
                yield ("regressions", index, "moderators", number, *path), message


def _origins(analysis: AnalysisPlan, *, continues: bool) -> Iterator[Fault]:
    """Give the parts of an analysis that do not say, or cannot say, where they come from."""
    parts: list[tuple[Path, AnalysisPlan | SubgroupPlan | RegressionPlan]] = [((), analysis)]
    parts += ((("subgroups", index), one) for index, one in enumerate(analysis.subgroups))
    parts += ((("regressions", index), one) for index, one in enumerate(analysis.regressions))
    for path, part in parts:
        if continues and "origin" not in part.model_fields_set:
            choices = " | ".join(get_args(Origin))
            message = f"found no such key, wanted one of: {choices}"
            yield (*path, "origin"), f"{message} (this review continues an article)"
        elif not continues and part.origin in OF_AN_ARTICLE:
            others = " | ".join(one for one in get_args(Origin) if one not in OF_AN_ARTICLE)
            message = f"found {part.origin}, wanted one of: {others}"
            yield (*path, "origin"), f"{message} (this review `continues` no article)"


def _selection(analysis: AnalysisPlan, plan: Plan, draft: Draft) -> Iterator[Fault]:
    ids = [study.id for study in draft.studies]
    for name in ("only", "without"):
        for index, id_ in enumerate(getattr(analysis.studies, name)):
            if id_ not in ids and draft.all_studies:
                yield ("studies", name, index), unknown(id_, "the id of a study", ids)
    for field, values in analysis.studies.characteristics.items():
        for index, value in enumerate(values):
            path: Path = ("studies", "characteristics", field)
            for at, message in level_faults(path, field, value, plan):
                yield (*at, index) if "a level of" in message else at, message
    document, keys = analysis.take.document, draft.citation_keys
    if document is not None and keys is not None and document not in keys:
        yield ("take", "document"), unknown(document, "a key of data/references.bib", keys)
    for field, value in analysis.take.subgroup.items():
        yield from level_faults(("take", "subgroup", field), field, value, plan)


def _moderator(moderator: ModeratorPlan, plan: Plan) -> Iterator[Fault]:
    declared = {field.id: [level.id for level in field.levels] for field in plan.characteristics}
    categories = {"design": list(DESIGNS), "randomised": ["yes", "no"], **declared}
    known = (*NUMBERS, *categories)
    if moderator.field not in known:
        yield ("field",), unknown(moderator.field, "a field of studies or a characteristic", known)
        return
    for name in ("reference", "level"):
        value = getattr(moderator, name)
        if value is None:
            continue
        if moderator.field in NUMBERS or moderator.number:
            message = f"found {shown(value)}, wanted no {name}: {moderator.field} is a number"
            yield (name,), message
        elif (levels := categories[moderator.field]) and value not in levels:
            message = f"found {shown(value)}, wanted a level of {moderator.field}"
            yield (name,), f"{message}: {listed(levels)}"
    if moderator.field not in NUMBERS and moderator.per != 1.0 and not moderator.number:
        yield ("per",), f"found {moderator.per:g}, wanted no `per`: {moderator.field} is no number"


def _risks(plan: Plan, draft: Draft) -> Iterator[Fault]:
    analyses = {analysis.id: analysis for analysis in plan.analyses}
    outcomes = [outcome.id for outcome in plan.outcomes]
    by_id = {study.id: study for study in draft.studies}
    for index, risk in enumerate(plan.baseline_risks):
        path: Path = ("baseline_risks", index)
        if risk.outcome not in outcomes:
            yield (*path, "outcome"), unknown(risk.outcome, "an id under `outcomes`", outcomes)
        if risk.analysis not in analyses:
            yield (*path, "analysis"), unknown(risk.analysis, "an id under `analyses`", analyses)
        elif analyses[risk.analysis].outcome != risk.outcome:
            found = f"found an analysis of {analyses[risk.analysis].outcome}"
            yield (*path, "analysis"), f"{found}, wanted one of {risk.outcome}"
        if not 0 < risk.risk < 1:
            message = f"found {shown(risk.risk)}, wanted a proportion between 0 and 1"
            yield (*path, "risk"), message
        if not risk.lengths:
            yield path, f"found no length of time, wanted one of {listed(MONTHS)}"
        elif len(risk.lengths) > 1:
            yield path, f"found {listed(risk.lengths)}, wanted one of them"
        for unit, length in risk.lengths.items():
            if length <= 0:
                yield (*path, unit), f"found {shown(length)}, wanted more than 0"
        if risk.study in by_id:
            sources = by_id[risk.study].sources
            if risk.source not in sources:
                message = unknown(risk.source, f"a source of {risk.study}", sources)
                yield (*path, "source"), message
        elif draft.all_studies:
            yield (*path, "study"), unknown(risk.study, "the id of a study", by_id)


def _certainty(plan: Plan) -> Iterator[Fault]:
    ids = [analysis.id for analysis in plan.analyses]
    for index, one in enumerate(plan.certainty):
        if one.analysis not in ids:
            message = unknown(one.analysis, "an id under `analyses`", ids)
            yield ("certainty", index, "analysis"), message
        for number, step in enumerate(one.steps):
            lowers = step.domain not in RAISING
            if step.steps and (step.steps < 0) is not lowers:
                bound, does = ("less", "lowers") if lowers else ("more", "raises")
                wanted = f"0 or {bound}: {step.domain} only {does} the certainty"
                message = f"found {shown(step.steps)}, wanted {wanted}"
                yield ("certainty", index, "steps", number, "steps"), message
    for index, message in repeated([one.analysis for one in plan.certainty]):
        yield ("certainty", index, "analysis"), message


def _living(plan: Plan) -> Iterator[Fault]:
    if plan.living is None:
        return
    for name in ("triggers", "retirement"):
        for index, message in repeated([one.id for one in getattr(plan.living, name)]):
            yield ("living", name, index, "id"), message
    ids = [analysis.id for analysis in plan.analyses]
    for index, trigger in enumerate(plan.living.triggers):
        path: Path = ("living", "triggers", index)
        if trigger.when == "information_grown" and (
            trigger.percent is None or trigger.analysis is None
        ):
            message = "found information_grown alone, wanted `percent` and `analysis` with it"
            yield (*path, "when"), message
        if trigger.analysis is not None and trigger.analysis not in ids:
            yield (*path, "analysis"), unknown(trigger.analysis, "an id under `analyses`", ids)
    for index, end in enumerate(plan.living.retirement):
        path = ("living", "retirement", index, "when")
        if end.when == "condition" and end.condition is None:
            yield path, "found condition alone, wanted `condition` with it: which one"
        if end.when == "quiet_months" and end.months is None:
            yield path, "found quiet_months alone, wanted `months` with it: how many"
