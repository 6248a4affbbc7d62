"""what-if --needed: what a new study would have to find to change what an interval says."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from analysis.terminal import Terminal

if TYPE_CHECKING:
    from analysis.extended_funnel import Needed, Range
    from analysis.findings import AnalysisFinding
    from analysis.planned_trials import PlannedTrial
    from analysis.records import Review

EVENTS = (50, 100, 200, 400, 800, 1600)  # planned by trials that `--needed` answers for


def what_it_takes(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show what a new study would have to find to change what an interval says."""
    from analysis import extended_funnel
    from analysis.load import load_review
    from analysis.planned_trials import planned_trials

    review = load_review(args.root)
    analysis = _pooled(review, args.needed)
    trials = planned_trials(review, analysis.id)
    bound = extended_funnel.next_bound(analysis) if args.i2 is None else float(args.i2)
    errors = sorted({*_errors(analysis), *(t.se for t in trials if t.se)}, reverse=True)
    found = extended_funnel.needed(analysis, errors, bound)
    if args.json:
        document = {
            "analysis": analysis.id,
            "measure": analysis.measure,
            "i2_bound": bound,
            "needed": [asdict(one) for one in found],
            "ongoing": [asdict(trial) for trial in trials],
        }
        terminal.out.write(
            json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        )
        return 0
    _print_needed(analysis, found, trials, terminal)
    return 0


def _pooled(review: Review, name: str) -> AnalysisFinding:
    """Run one analysis of the plan, without its groups and tests."""
    from analysis.errors import ReviewError
    from analysis.messages import unknown
    from analysis.plan import analyse

    plans = {plan.id: plan for plan in review.plan.analyses}
    if name not in plans:
        raise ReviewError(f"what-if: {unknown(name, 'an analysis of the plan', list(plans))}")
    bare = {"subgroups": (), "regressions": (), "small_study": (), "influence": False}
    alone = {"leave_one_out": False, "cumulative": None}
    return analyse(review, plans[name].model_copy(update={**bare, **alone}))


def _errors(analysis: AnalysisFinding) -> list[float]:
    """Return standard errors to answer for: of counts of events, or of the studies there are."""
    from analysis.extended_funnel import error_of

    if analysis.measure == "HR":
        return [error_of(events) for events in EVENTS]
    known = sorted(row.vi**0.5 for row in analysis.rows)
    return [known[0] / 2, known[0], known[len(known) // 2], known[-1]]


def _print_needed(
    analysis: AnalysisFinding,
    found: tuple[Needed, ...],
    trials: tuple[PlannedTrial, ...],
    terminal: Terminal,
) -> None:
    from analysis import words
    from analysis.effects import ONE_GROUP
    from analysis.errors import ReviewError
    from analysis.extended_funnel import events_of
    from analysis.terms import SHORT

    s, measure = analysis.synthesis, analysis.measure
    if measure in ONE_GROUP:
        raise ReviewError(
            f"what-if: found {analysis.id}, of {measure}, wanted an analysis whose interval can "
            "include the null: a proportion has none"
        )
    says = words.null_phrase(s.est_lb, s.est_ub, measure)
    terminal.say(
        f"{analysis.title}: {words.estimate(s.est, s.est_lb, s.est_ub, measure, s.level)}, which "
        f"{says}; I² {words.percent(s.i2_q)} ({words.model_short(s.method, s.test)})"
    )
    terminal.say(f"with one more study, whose {SHORT[measure]} is in the ranges given:")
    placed: dict[float, list[str]] = {}
    for trial in trials:
        if trial.se is not None:
            placed.setdefault(trial.se, []).append(trial.label)
    null = "1" if analysis.ratio else "0"
    events = measure == "HR"
    terminal.table(
        (
            "standard error",
            *(("events",) if events else ()),
            f"interval below {null}",
            f"includes {null}",
            f"above {null}",
            f"I² over {found[0].i2_bound:g}%",
            "ongoing",
        ),
        [
            (
                f"{one.error:.3g}",
                *((str(words.count(round(events_of(one.error)))),) if events else ()),
                *(
                    _ranges(part, measure)
                    for part in (one.below, one.around, one.above, one.i2_above)
                ),
                ", ".join(placed.get(one.error, [])),
            )
            for one in found
        ],
        right=(0, 1) if events else (0,),
    )
    if events:
        terminal.say("events: of two equal arms, standard error 2 / √events")
    for trial in trials:
        terminal.say(f"ongoing: {trial.why}")


def _ranges(ranges: tuple[Range, ...], measure: str) -> str:
    from analysis import words

    def shown(one: Range) -> str:
        if one.low is None and one.high is None:
            return "any"
        if one.low is None:
            return f"below {words.effect(float(one.high or 0), measure)}"
        if one.high is None:
            return f"above {words.effect(one.low, measure)}"
        return str(words.interval(one.low, one.high, measure))

    return " or ".join(map(shown, ranges)) or "never"
