"""The file of a study, written from what is known of it; the rest says TODO.

The parts are values for `yaml_text`, shared by `add`, which writes a whole file, and `report`,
which puts some of them into a file that is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from analysis import words
from analysis.answers import NOT_REPORTED
from analysis.effects import CORRELATION, ONE_GROUP
from analysis.records import Plan
from analysis.said import Answers, FollowUpSaid, ResultSaid
from analysis.values import TODO
from analysis.yaml_text import WIDTH, Bare, Flow, Yaml, lines_of, wrapped

SCHEMA = "# yaml-language-server: $schema=../../schemas/study.schema.json"
REPORTED_IN = "report"
REGISTERED_IN = "registry"
HOW_MUCH = f"{TODO}: access says abstract until it is said how much was read."
"""The note of a source whose access nobody said."""

Number = TypeVar("Number")


def study_text(said: Answers, plan: Plan, source: str) -> str:
    """Return the file of a study, whose one source has the id `source`."""
    included = said.status == "included"
    head: dict[str, Yaml] = {
        "id": said.id or TODO,
        "label": said.label or TODO,
        "status": said.status or TODO,
    }
    if said.reason or said.status in ("awaiting", "excluded"):
        head["reason"] = said.reason or TODO
    for name in ("superseded_by", "retracted", "cohort"):
        if value := getattr(said, name):
            head[name] = bare_date(value) if name == "retracted" else value
    if said.registrations:
        head["registrations"] = Flow(said.registrations)
    head["sources"] = {source: source_of(said)}
    head["report"] = source if source == REPORTED_IN else "not stated"
    head["country"] = said.country or TODO
    head["design"] = said.design or TODO
    head["population"] = said.population or TODO
    lines = [SCHEMA, *lines_of(head)]
    if included or said.recruitment:
        lines += lines_of({"recruitment": recruitment_of(said, source)})
    if included or said.n or said.total:
        lines += lines_of({"arms": arms_of(said, plan, source)})
    follow_up = follow_up_of(said, source)
    if follow_up is not None:
        lines += lines_of({"follow_up": follow_up})
    characteristics = characteristics_of(said, plan, source, every=included)
    if characteristics:
        lines += lines_of({"characteristics": characteristics})
    if said.results:
        lines += lines_of({"results": [result_of(one, said, plan, source) for one in said.results]})
    if included:
        lines += hints(said, plan, source)
        if plan.tools:
            lines += lines_of({"quality": list(quality_of(plan, source))})
    if said.status == "ongoing" or said.planned_n or said.completion or said.primary_outcome:
        lines += lines_of({"planned": [planned_of(said, source)]})
    note = " ".join(part for part in (said.note, left(said, plan) if included else "") if part)
    if note:
        lines += lines_of({"note": note})
    return "\n".join(lines) + "\n"


def source_of(said: Answers) -> Mapping[str, Yaml]:
    """Return the entry of the document that was read."""
    source: dict[str, Yaml] = {
        "document": said.document or TODO,
        "place": said.place or TODO,
        "access": said.access or "abstract",
        "published": bare_date(said.published),
        "extracted_by": said.extracted_by or TODO,
        "checked_by": said.checked_by or TODO,
    }
    if said.access is None:
        source["note"] = HOW_MUCH
    return source


def recruitment_of(said: Answers, source: str) -> Flow:
    """Return when patients were recruited."""
    start, end = said.recruitment or (None, None)
    return Flow({"start": bare_date(start), "end": bare_date(end), "source": source})


def arms_of(said: Answers, plan: Plan, source: str) -> Mapping[str, Yaml]:
    """Return the two arms of the question, and how many patients each has.

    Where the review compares no arms, the one group that was said, or none.
    """
    names: tuple[str, ...] = (plan.question.intervention, plan.question.comparator)
    if not plan.compares:
        names = names[: len(said.n) or (0 if said.total else 1)]
    counts = [*said.n, *[None] * len(names)]
    groups = [Flow({"arm": name, "n": _number(n)}) for name, n in zip(names, counts, strict=False)]
    arms: dict[str, Yaml] = {"groups": groups or Flow(())}
    if said.total:
        arms["total"] = Bare(said.total)
    return {**arms, "source": source}


def follow_up_of(said: Answers, source: str) -> Flow | None:
    """Return how long patients were followed, None where nothing was said of it."""
    if not isinstance(said.follow_up, FollowUpSaid):
        return None
    length = said.follow_up
    return Flow(
        {
            "value": Bare(length.value),
            "unit": length.unit,
            "statistic": length.statistic or TODO,
            "source": source,
        }
    )


def characteristics_of(
    said: Answers, plan: Plan, source: str, *, every: bool
) -> Mapping[str, Yaml]:
    """Return the characteristics that were said; `every` one that review.yml declares, else."""
    known = dict(said.characteristics)
    declared = [field.id for field in plan.characteristics] if every else []
    return {
        name: Flow({"value": known.get(name, TODO), "source": source})
        for name in dict.fromkeys([*declared, *known])
    }


def result_of(said: ResultSaid, study: Answers, plan: Plan, source: str) -> Mapping[str, Yaml]:
    """Return one result; the outcome is an id of review.yml by now."""
    result: dict[str, Yaml] = {
        "outcome": said.outcome,
        "measure": said.measure or plan_measure(plan, said.outcome),
    }
    if said.estimate:
        result["estimate"] = Bare(said.estimate)
    if said.ci:
        result["ci"] = Flow([Bare(bound) for bound in said.ci])
    if said.se:
        result["se"] = Bare(said.se)
    if said.level:
        result["level"] = Bare(said.level)
    if said.p:
        result["p"] = said.p if said.p.startswith("<") else Bare(said.p)
    if groups := groups_of(said, study, plan, str(result["measure"])):
        result["groups"] = groups
    if (size := correlated(said, study, str(result["measure"]))) is not None:
        result["n"] = Bare(size)
    result["adjustment"] = said.adjustment or TODO
    if said.subgroup:
        result["subgroup"] = Flow(dict(said.subgroup))
    result["source"] = source
    if said.reason:
        result["reason"] = said.reason
    if said.note:
        result["note"] = said.note
    return result


def groups_of(said: ResultSaid, study: Answers, plan: Plan, measure: str) -> list[Yaml]:
    """Return what each arm printed, or the one group that a proportion is of."""
    by_arm = {
        "events": tuple(map(Bare, said.events)),
        "person_time": tuple(map(Bare, said.person_time)),
        "mean": tuple(map(Bare, said.means)),
        "sd": tuple(map(Bare, said.sds)),
    }
    sizes = tuple(map(Bare, said.n or study.n))
    return [Flow(group) for group in of_arms(by_arm, sizes, plan, measure)]


def of_arms(
    by_arm: Mapping[str, Sequence[Number]], sizes: Sequence[Number], plan: Plan, measure: str
) -> list[dict[str, str | Number]]:
    """Return the numbers of each arm, or of the one group that a proportion is of, with its size.

    `by_arm` are the numbers of all arms by the key of a study's file; of sizes alone there is no
    result.
    """
    if not any(by_arm.values()):
        return []
    every = {**by_arm, "n": sizes}
    arms = (plan.question.intervention, plan.question.comparator)
    return [
        {"arm": arm, **{key: numbers[at] for key, numbers in every.items() if at < len(numbers)}}
        for at, arm in enumerate(arms[:1] if measure in ONE_GROUP else arms)
    ]


def correlated(said: ResultSaid, study: Answers, measure: str) -> str | None:
    """Return of how many an estimate is the correlation; None where it is Fisher's z."""
    if measure != CORRELATION or said.estimate is None:
        return None
    if said.n:
        return said.n[0]
    if said.ci is not None or said.se is not None:
        return None
    return study.total or (study.n[0] if len(study.n) == 1 else None)


def planned_of(said: Answers, source: str) -> Mapping[str, Yaml]:
    """Return what an ongoing study plans."""
    return {
        "n": _number(said.planned_n),
        "primary_outcome": said.primary_outcome or TODO,
        "completion": bare_date(said.completion),
        "assumed_ratio": _number(said.assumed_ratio),
        "events": _number(said.planned_events),
        "population": said.population or TODO,
        "source": source,
    }


def quality_of(plan: Plan, source: str) -> Iterable[Mapping[str, Yaml]]:
    """Give an assessment with each tool of review.yml, every answer still to be written."""
    for tool in plan.tools:
        yield {
            "tool": tool.id,
            "items": [Flow({"item": item.id, "level": TODO}) for item in tool.items],
            "overall": TODO,
            "score": TODO,
            "source": source,
        }


def hints(said: Answers, plan: Plan, source: str) -> list[str]:
    """Return comments that show how to write what has no place for a TODO."""
    lines = []
    if said.follow_up is None:
        example = "value: 60, unit: months, statistic: median"
        lines.append(f"# follow_up: {{{example}, source: {source}}}")
    if missing := _missing(said, plan):
        also = f"results: also of {', '.join(missing)}, where the report gives them"
        lines += [f"# {line}" for line in wrapped(also, WIDTH - 2)]
    if plan.harms:
        lines += [
            "# harms:",
            f"#   - category: {' | '.join(harm.id for harm in plan.harms)}",
            "#     finding: higher | no difference | lower | reported",
            "#     text: what was reported, in your words",
            f"#     source: {source}",
        ]
    if len(plan.tools) > 1:
        lines.append("# quality: leave the tool that fits the design of the study")
    return lines


def left(said: Answers, plan: Plan) -> str:
    """Return a note of what a TODO of its own cannot mark, for the study as a whole; or none."""
    parts = ["follow-up"] if said.follow_up is None else []
    parts += ["other outcomes"] if _missing(said, plan) else []
    parts += ["harms"] if plan.harms else []
    if not parts:
        return ""
    return f"{TODO}: {words.series(parts)}, where the report gives them; then delete this note."


def _missing(said: Answers, plan: Plan) -> list[str]:
    """Return the outcomes of the plan of which nothing was said."""
    return [one.id for one in plan.outcomes if one.id not in {r.outcome for r in said.results}]


def plan_measure(plan: Plan, outcome: str) -> str:
    """Return the measure in which review.yml has an outcome."""
    return next((one.measure for one in plan.outcomes if one.id == outcome), "HR")


def bare_date(date: str | None) -> str:
    """Return a date as it stands in a file, TODO where it is not known."""
    return date if date == NOT_REPORTED else Bare(date or TODO)


def _number(number: str | None) -> str:
    return number if number == NOT_REPORTED else Bare(number or TODO)
