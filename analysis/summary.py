"""What the results mean for patients, and how certain they are: across the analyses of a plan.

Certainty follows GRADE. The judgement is the reviewers'; what is computed here is a suggestion,
by rules that the methods section can state, for the three domains that numbers bear upon.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from analysis import terms, words
from analysis.absolute import MEASURES, absolute_effect
from analysis.effects import ONE_GROUP
from analysis.errors import MethodError
from analysis.findings import AnalysisFinding
from analysis.method_findings import ADJUSTED, SmallStudyFinding
from analysis.paths import slug
from analysis.records import MONTHS, BaselineRisk, Certainty, Review
from analysis.study_moves import DISOWNED
from analysis.summary_findings import (
    AbsoluteFinding,
    CertaintyFinding,
    StepTaken,
    SuggestionFinding,
)
from analysis.synthesis import direction
from analysis.trimming import ENOUGH_STUDIES

BEYOND = "the pooled effect does not carry over to a risk of this size: it would be out of bounds"
LEVELS = ("very low", "low", "moderate", "high")
SUBSTANTIAL, CONSIDERABLE = 50.0, 75.0  # I² in percent; Cochrane Handbook, 10.10.2
ALPHA = 0.10  # for Q and for asymmetry, whose tests have little power
APPRECIABLE = (0.75, 1.25)  # a ratio of appreciable benefit or harm; GRADE guidelines 6 (2011)


def absolute(
    review: Review, found: Mapping[str, AnalysisFinding]
) -> tuple[dict[str, AbsoluteFinding], dict[str, str]]:
    """Return the absolute effects at the plan's baseline risks, and why some have none."""
    answers: dict[str, AbsoluteFinding] = {}
    unanswered: dict[str, str] = {}
    for risk in review.plan.baseline_risks:
        finding = found.get(risk.analysis)
        if finding is None or risk.study not in review.by_id:
            unanswered[f"absolute.{risk.id}"] = "its study or its analysis is not in this evidence"
            continue
        study = review.by_id[risk.study]
        if study.status in DISOWNED:
            unanswered[f"absolute.{risk.id}"] = (
                f"the risk is that of {study.label}, which is {study.status}"
            )
            continue
        if finding.measure not in MEASURES:
            # In a reader's words, as BEYOND: the paper prints them.
            unanswered[f"absolute.{risk.id}"] = (
                f"a pooled {terms.MEASURES[finding.measure]} gives no risk; a hazard, odds or "
                "risk ratio or a risk difference does"
            )
            continue
        try:
            answers[risk.id] = _absolute(review, risk, finding)
        except MethodError:
            unanswered[f"absolute.{risk.id}"] = BEYOND
    return answers, unanswered


def _absolute(review: Review, risk: BaselineRisk, finding: AnalysisFinding) -> AbsoluteFinding:
    outcome = review.outcome(risk.outcome)
    s = finding.synthesis
    baseline = float(risk.risk)
    ((unit, length),) = risk.lengths.items()
    effect = absolute_effect(
        finding.measure,  # type: ignore[arg-type]
        s.est,
        s.est_lb,
        s.est_ub,
        baseline,
        event_is_good=outcome.better == "higher",
    )
    needed = effect.number_needed

    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return AbsoluteFinding(
        id=risk.id,
        label=risk.label,
        analysis=risk.analysis,
        outcome=risk.outcome,
        measure=finding.measure,
        study=risk.study,
        source=risk.source,
        document=review.by_id[risk.study].sources[risk.source].document,
        stated=risk.stated,
        years=float(length) * MONTHS[unit] / MONTHS["years"],
        length=float(length),
        unit=unit,
        baseline=baseline,
        risk=effect.risk,
        risk_lb=effect.risk_lb,
        risk_ub=effect.risk_ub,
        per_1000=effect.per_1000,
        per_1000_lb=effect.per_1000_lb,
        per_1000_ub=effect.per_1000_ub,
        nnt=finite(needed.value),
        nnt_benefit=needed.benefit,
        nnt_near=finite(needed.near),
        nnt_far=finite(needed.far),
        nnt_through_infinity=needed.through_infinity,
    )


def certainty(review: Review, found: Mapping[str, AnalysisFinding]) -> dict[str, CertaintyFinding]:
    """Return the certainty of each primary analysis, and of each that the reviewers judged."""
    judged = {one.analysis: one for one in review.plan.certainty}
    return {
        id_: _certainty(review, judged.get(id_), finding)
        for id_, finding in found.items()
        if id_ in judged or finding.role == "primary"
    }


def _certainty(
    review: Review, judged: Certainty | None, finding: AnalysisFinding
) -> CertaintyFinding:
    steps: tuple[StepTaken, ...] = ()
    level = None
    if judged is not None:
        steps = tuple(
            StepTaken(slug(step.domain), step.domain, step.steps, step.reason)
            for step in judged.steps
        )
        if judged.judged_by is not None:
            start = LEVELS.index(judged.start)
            total = start + sum(step.steps for step in steps)
            level = LEVELS[min(max(total, 0), len(LEVELS) - 1)]
    by_design = _start(review, finding)
    suggested = (_inconsistency(finding), _imprecision(finding), _publication_bias(finding))
    return CertaintyFinding(
        analysis=finding.id,
        start=None if judged is None else judged.start,
        level=level,
        judged_by=None if judged is None else judged.judged_by,
        steps=steps,
        suggestions={one.id: one for one in suggested},
        start_by_design=by_design[0],
        start_because=by_design[1],
    )


def _start(review: Review, finding: AnalysisFinding) -> tuple[str, str]:
    """Return the level at which GRADE starts a body of such studies, and why.

    High for randomised trials alone; low where others are among them (GRADE guidelines 3, 2011),
    but high where each of these was assessed with ROBINS-I, whose judgements then do the rating
    down (GRADE guidelines 18, 2019). A design that is not stated counts as not randomised.
    """
    studies = [review.by_id[study] for study in finding.studies]
    others = [study for study in studies if study.design != "randomised trial"]
    if not others:
        return "high", "all studies are randomised trials"
    if len(others) == len(studies):
        share = "no study is randomised"
    else:
        share = "most" if 2 * len(others) > len(studies) else "some"
        share += " studies are not randomised"
    robins = {tool.id for tool in review.plan.tools if "ROBINS-I" in tool.label}
    if all(any(one.tool in robins for one in study.quality) for study in others):
        return "high", f"{share}, and ROBINS-I was used"
    return "low", f"{share}, and ROBINS-I was not used"


def _inconsistency(finding: AnalysisFinding) -> SuggestionFinding:
    s = finding.synthesis
    name = "inconsistency"
    if s.k < 2:
        return SuggestionFinding(name, name, None, ("one study: nothing to compare it with",))
    because = []
    steps = 0
    if s.i2_q >= SUBSTANTIAL and s.qe_pval < ALPHA:
        considerable = s.i2_q >= CONSIDERABLE
        steps = -2 if considerable else -1
        size = "considerable" if considerable else "substantial"
        because.append(f"I² is {size} and Q speaks against chance")
    predicted = (s.pi_lb, s.pi_ub) if finding.measure not in ONE_GROUP else (None, None)
    lb, ub = predicted
    if lb is not None and ub is not None and s.excludes_null and lb < 0 < ub:
        steps = min(steps, -1)
        because.append("the prediction interval includes the null, which the confidence interval "
                       "excludes")  # fmt: skip
    if because:
        return SuggestionFinding(name, name, steps, tuple(because))
    if s.i2_q >= SUBSTANTIAL:
        why = "I² is substantial, but Q does not speak against chance"
        return SuggestionFinding(name, name, None, (why,))
    why = "neither I² nor the prediction interval is against"
    if lb is None:
        why = "I² is not against" + ("" if s.pi_lb else ", and there is no prediction interval")
    return SuggestionFinding(name, name, 0, (why,))


def _imprecision(finding: AnalysisFinding) -> SuggestionFinding:
    s = finding.synthesis
    name = "imprecision"
    low, high = APPRECIABLE
    if finding.measure in ONE_GROUP:
        why = "one group has no null, and the optimal information size is not computed"
        return SuggestionFinding(name, name, None, (why,))
    reaches = [finding.ratio and s.est_lb <= low, finding.ratio and s.est_ub >= high]
    if all(reaches):
        why = "the interval includes appreciable benefit and appreciable harm"
        return SuggestionFinding(name, name, -2, (why,))
    because = []
    if not s.excludes_null:
        because.append("the interval includes the null")
    if finding.methods_agree is False:
        because.append("the planned methods disagree about the null")
    if because and any(reaches):
        return SuggestionFinding(name, name, -1, tuple(because))
    if because:
        # Overlap with the null alone is no reason (guidelines 6): a precise null is precise.
        kept = "it includes neither appreciable benefit nor appreciable harm"
        if not finding.ratio:
            kept = "what difference is appreciable is not stated"
        return SuggestionFinding(name, name, None, (*because, kept))
    # An interval on one side is half of GRADE's rule (guidelines 6, 2011): the other half is the
    # optimal information size, and no plan states the effect that it would be for.
    why = "the interval excludes the null, and the optimal information size is not computed"
    return SuggestionFinding(name, name, None, (why,))


def _publication_bias(finding: AnalysisFinding) -> SuggestionFinding:
    name, domain = "publication_bias", "publication bias"
    tests = [
        test
        for test in finding.small_study.values()
        if test.id.startswith(("egger", "begg", "harbord", "peters")) and test.pval is not None
    ]
    against = [test.label for test in tests if test.pval is not None and test.pval < ALPHA]
    because = [f"asymmetry by {words.series(against)}"] if against else []
    if finding.synthesis.k < ENOUGH_STUDIES:
        few = "too few studies for a test of asymmetry to say much"
        told = [f"no step is made for the {one}" for one in because]
        return SuggestionFinding(name, domain, None, (few, *told))
    if not tests:
        return SuggestionFinding(name, domain, None, ("no test of asymmetry is planned",))
    otherwise = [
        other
        for test in finding.small_study.values()
        if test.id in ADJUSTED and (other := _otherwise(test, finding))
    ]
    because += otherwise
    if against:
        return SuggestionFinding(name, domain, -1, tuple(because))
    if otherwise:
        # An adjustment without asymmetry to adjust for: evidence neither for a step nor against.
        return SuggestionFinding(name, domain, None, ("no test shows asymmetry", *because))
    why = "no planned test shows asymmetry, and no planned adjustment changes the answer"
    return SuggestionFinding(name, domain, 0, (why,))


def _otherwise(test: SmallStudyFinding, finding: AnalysisFinding) -> str | None:
    """Say where the interval adjusted for small-study effects lies, if elsewhere."""
    if test.est_lb is None or test.est_ub is None or finding.measure in ONE_GROUP:
        return None
    side = direction(test.est_lb - finding.null, test.est_ub - finding.null)
    if side == finding.synthesis.direction:
        return None
    where = "lies on the other side of" if side else "includes"
    if not finding.synthesis.excludes_null:
        where = "excludes"
    return f"the interval adjusted by {words.within(test.label)} {where} the null"
