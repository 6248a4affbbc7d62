"""What the data files must agree on, and what is doubtful in them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from analysis.correction_checks import not_as_printed
from analysis.errors import Problem, in_order
from analysis.evidence import Selected, Taken, select, too_few
from analysis.identity_checks import (
    checked_by_the_same,
    not_taken_over,
    seemingly_one,
    wrongly_marked,
)
from analysis.located import Draft
from analysis.messages import listed, unknown
from analysis.plan_checks import plan_faults
from analysis.records import (
    AnalysisPlan,
    Plan,
    Published,
    Selection,
    Study,
)
from analysis.result_checks import Fault, interval_faults
from analysis.result_doubts import doubtful, in_another_measure
from analysis.search_checks import search_faults
from analysis.spread_checks import means_apart, spreads_apart
from analysis.study_checks import repeated, study_faults, unsaid_measure
from analysis.study_moves import DISOWNED, LEFT
from analysis.text_checks import (
    countries_spelt_apart,
    grouping,
    levels_spelt_apart,
    text_problems,
)
from analysis.values import UNKNOWN_WORDS
from analysis.yaml_nodes import Path

_OR = "or, where one corrects another, `corrected_by` in that"


def check(draft: Draft) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Return the errors and the warnings of a review, each in the order of files and lines.

    What depends on a file that has errors of its own is not checked: those errors come first.
    A doubtful result is a warning, an error where an analysis pools it, and nothing where its
    author gives the `reason` for which it stands.
    """
    faults = list(_faults(draft))
    pooled: dict[tuple[str, int], str] = {}
    pools: list[tuple[Taken, ...]] = []
    waiting: list[Fault] = []
    if draft.plan is not None and draft.all_studies:
        faults += _pools(draft, draft.plan, pools, pooled, waiting)
        waiting += in_another_measure(draft, draft.plan, pooled)
        waiting += _gone(draft, draft.plan)
        waiting += seemingly_one(draft.studies, pools)
        waiting += not_taken_over(draft.studies)
    wrong = {path[:4] for path, _ in faults}
    doubts = [doubt for doubt in doubtful(draft, pooled) if doubt.path[:4] not in wrong]
    errors = [draft.places.problem(path, message) for path, message in faults]
    errors += (draft.places.problem(one.path, one.message) for one in doubts if one.pooled)
    errors += text_problems(draft.places, draft.plan)
    waiting += countries_spelt_apart(draft.studies)
    groups = grouping(draft.plan)
    waiting += levels_spelt_apart(draft.studies, lambda id_: id_ not in groups)
    waiting += spreads_apart(draft.studies)
    waiting += means_apart(draft.studies)
    waiting += checked_by_the_same(draft.studies)
    waiting += wrongly_marked(draft.studies, draft)
    warnings = [draft.places.problem(one.path, one.message) for one in doubts if not one.pooled]
    warnings += (draft.places.problem(path, message) for path, message in waiting)
    return in_order(errors), in_order(warnings)


def _faults(draft: Draft) -> Iterator[Fault]:
    for study in draft.studies:
        for path, message in study_faults(study, draft):
            yield ("studies", study.id, *path), message
    if draft.plan is not None:
        for path, message in plan_faults(draft.plan, draft):
            yield ("plan", *path), message
    if draft.searches is not None:
        yield from search_faults(draft.searches, draft)
    if draft.published is not None:
        for path, message in _published(draft.published, draft):
            yield ("published", *path), message
    for index, message in repeated([claim.id for claim in draft.claims]):
        yield ("claims", index, "id"), message
    yield from levels_spelt_apart(draft.studies, grouping(draft.plan).__contains__)
    yield from _editions(draft)


# --- published.yml and editions.yml --------------------------------------------------------


def _published(published: Published, draft: Draft) -> Iterator[Fault]:
    keys = draft.citation_keys
    if keys is not None and published.document not in keys:
        yield ("document",), unknown(published.document, "a key of data/references.bib", keys)
    ids = [study.id for study in draft.studies]
    for index, id_ in enumerate(published.studies):
        if id_ not in ids and draft.all_studies:
            yield ("studies", index), unknown(id_, "the id of a study", ids)
    for index, message in repeated(published.studies):
        yield ("studies", index), message
    for index, message in repeated([number.id for number in published.numbers]):
        yield ("numbers", index, "id"), message
    for index, number in enumerate(published.numbers):
        if (number.finding is None) == (number.not_recomputable is None):
            found = "neither" if number.finding is None else "both"
            message = f"found {found} of `finding` and `not_recomputable`, wanted one of them"
            yield ("numbers", index), message
    for index, message in repeated([pool.id for pool in published.pools]):
        yield ("pools", index, "id"), message
    outcomes = [outcome.id for outcome in draft.plan.outcomes] if draft.plan else None
    measures = {one.id: one.measure for one in draft.plan.outcomes} if draft.plan else {}
    for index, pool in enumerate(published.pools):
        if unsaid := unsaid_measure(pool, measures):
            yield ("pools", index, "measure"), unsaid
        for path, message in interval_faults(pool.measure, pool.estimate, pool.ci):
            yield ("pools", index, *path), message
        if outcomes is not None and pool.outcome not in outcomes:
            message = unknown(pool.outcome, "an outcome that review.yml declares", outcomes)
            yield ("pools", index, "outcome"), message


def _editions(draft: Draft) -> Iterator[Fault]:
    editions = draft.editions
    for index, (earlier, later) in enumerate(pairwise(editions), start=1):
        before, after = _version(earlier.version), _version(later.version)
        if after <= before:
            message = f"found {later.version} after {earlier.version}, wanted a higher version"
            yield ("editions", index, "version"), message
        if later.released < earlier.released:
            found = f"found {later.released} after {earlier.released}"
            yield ("editions", index, "released"), f"{found}, wanted the oldest edition first"


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


# --- what the plan would pool --------------------------------------------------------------


def _pools(
    draft: Draft,
    plan: Plan,
    pools: list[tuple[Taken, ...]],
    pooled: dict[tuple[str, int], str],
    waiting: list[Fault],
) -> Iterator[Fault]:
    """Give what is wrong with each pool.

    Notes in `pools` what each analysis takes, in `pooled` which analysis takes a result, and in
    `waiting` what an analysis has too few studies for as yet.
    """
    outcomes = {outcome.id for outcome in plan.outcomes}
    shown = False  # whether an example of `take` was
    for index, analysis in enumerate(plan.analyses):
        if analysis.outcome not in outcomes:
            continue
        path: Path = ("plan", "analyses", index)
        found = select(plan, draft.studies, analysis)
        for one in found.ambiguous:
            results = listed(
                f"{draft.places.place(('studies', one.study.id, 'results', i))} "
                f"({one.study.results[i].adjustment or 'adjustment not reported'})"
                for i in one.indices
            )
            ways = dict.fromkeys(one.study.results[i].adjustment for i in one.indices)
            wanted = "`take` to choose one"
            if len(ways) == 1:
                wanted = f"one of them: `take` chooses by adjustment, and theirs is the same; {_OR}"
            elif not shown:
                shown = True
                order = ", ".join(way or UNKNOWN_WORDS[0] for way in ways)
                wanted += f", the preferred first, as take: {{adjustment: [{order}]}}; {_OR}"
            yield (
                (*path, "take"),
                f"found {len(one.indices)} results of {one.study.id} for {analysis.outcome}: "
                f"{results}; wanted {wanted}",
            )
        for first, second in found.overlapping:
            yield (
                (*path, "studies"),
                f"found {first.study.id} and {second.study.id} in one pool, who share the "
                f"patients of cohort {first.study.cohort}, wanted one of them: a report that the "
                "other replaces says `status: superseded` with `superseded_by`; one that this "
                "analysis alone leaves out is named under `without`",
            )
        if not found.selected.taken and not found.ambiguous:
            (at, message), planned = _nothing(analysis, found.selected, draft, plan)
            if planned:
                waiting.append(((*path, *at), f"{message}: not yet estimable"))
            else:
                yield (*path, *at), message
        elif few := too_few(analysis, found.selected):
            waiting.append(((*path, "test"), f"{few}: not yet estimable"))
        pools.append(found.selected.taken)
        for taken in found.selected.taken:
            for at_result in (taken.index, *taken.others):
                pooled.setdefault((taken.study.id, at_result), analysis.id)
    yield from not_as_printed(plan.analyses, draft.studies, draft.citation_keys)


def _gone(draft: Draft, plan: Plan) -> Iterator[Fault]:
    """Give where the plan rests on a study by its name that has left the review since."""
    left = {study.id: study.status for study in draft.studies if study.status in LEFT}
    for index, analysis in enumerate(plan.analyses):
        rewritten = f", or what is said of {analysis.id} rewritten"
        for key, ids, now, otherwise in (
            ("only", analysis.studies.only, f"no longer in {analysis.id}", ""),
            ("without", analysis.studies.without, "in no analysis any more", rewritten),
        ):
            for at, id_ in enumerate(ids):
                if id_ in left:
                    yield (
                        ("plan", "analyses", index, "studies", key, at),
                        f"found {id_}, which is {left[id_]} and {now}, wanted an included study"
                        f"{otherwise}",
                    )
    for index, risk in enumerate(plan.baseline_risks):
        if risk.study in left:
            found = f"found {risk.study}, which is {left[risk.study]}"
            if left[risk.study] in DISOWNED:
                found += ", so that its risk is not used"
            yield ("plan", "baseline_risks", index, "study"), f"{found}, wanted an included study"


def _nothing(
    analysis: AnalysisPlan, selected: Selected, draft: Draft, plan: Plan
) -> tuple[Fault, bool]:
    """Return why an analysis takes no study, and whether it may just wait for one.

    A plan is written before there is evidence. So an outcome that the question asks for, a kind
    of study that has not come yet, and any outcome of a review that has no result at all are
    planned; so is what it took before its studies left. Anything else is a slip, as where a name
    or a measure is another.
    """
    if gone := _took(analysis, draft, plan):
        said = listed(f"{study.id} is {study.status}" for study in gone)
        return (("studies",), f"found no study to pool any more, since {said}"), True
    having = [left for left in selected.left_out if left.stage in ("selection", "result")]
    if having:
        reasons = listed(f"{left.study} ({left.reason})" for left in having)
        message = f"found no study to pool, wanted at least one; left out: {reasons}"
        by_kind = all(left.stage == "selection" for left in having)
        return (("studies",), message), by_kind and _by_declared_kinds(analysis.studies, plan)
    begun = any(study.results for study in draft.studies if study.status == "included")
    if begun and analysis.outcome not in plan.question.outcomes:
        message = (
            f"found {analysis.outcome}, of which no included study has a result, "
            "wanted an outcome with one"
        )
        return (("outcome",), message), False
    message = f"found no included study with a result for {analysis.outcome}, wanted one"
    return (("outcome",), message), True


def _took(analysis: AnalysisPlan, draft: Draft, plan: Plan) -> list[Study]:
    """Return the studies that left the review, of those that an analysis would take."""
    left = [study for study in draft.studies if study.status in LEFT]
    back = [study.model_copy(update={"status": "included"}) for study in left]
    found = select(plan, back, analysis)
    would = {taken.study.id for taken in found.selected.taken}
    would |= {ambiguous.study.id for ambiguous in found.ambiguous}
    return [study for study in left if study.id in would]


def _by_declared_kinds(selection: Selection, plan: Plan) -> bool:
    """Say whether a plan takes studies by what they are, in words that cannot be misspelt."""
    with_levels = {field.id for field in plan.characteristics if field.levels}
    by_name = selection.only or selection.without
    return not by_name and with_levels.issuperset(selection.characteristics)
