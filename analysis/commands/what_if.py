"""what-if: what would differ, had a study reported a result; which result it would take."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from analysis.commands.diff import output_arguments, show
from analysis.commands.negative import take_negative
from analysis.terminal import Terminal

if TYPE_CHECKING:
    from analysis.extended_funnel import Needed, Range
    from analysis.findings import AnalysisFinding
    from analysis.planned_trials import PlannedTrial
    from analysis.records import Review
    from analysis.values import Printed
    from analysis.what_if import Supposition

EVENTS = (50, 100, 200, 400, 800, 1600)  # planned by trials that `--needed` answers for


def what_if_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `what-if`."""
    from analysis.effects import Measure
    from analysis.records import Adjustment, Design

    take_negative(parser)
    parser.add_argument("--study", metavar="ID", help="a study of the review, or a made-up one")
    parser.add_argument("--outcome", metavar="NAME", help="its id or short name, as OS")
    values = parser.add_mutually_exclusive_group()
    for measure in get_args(Measure):
        values.add_argument(
            f"--{measure.lower()}", dest=f"as_{measure}", type=_number, metavar="X",
            help=f"the estimate, where the outcome is measured as {measure}",
        )  # fmt: skip
    parser.add_argument(
        "--ci",
        type=_interval,
        metavar="LOWER,UPPER",
        help="its interval",
    )
    for flag, reader, said in (
        ("--events", _counts, "instead: the events of both arms, or of the one group (PLO, PFT)"),
        ("--n", _counts, "their patients; of a correlation (ZCOR), of whom --zcor is the r"),
        ("--person-time", _numbers, "of rates (IRR)"),
        ("--means", _numbers, "instead: the means of both arms"),
        ("--sds", _numbers, "their standard deviations"),
    ):
        parser.add_argument(flag, type=reader, default=(), metavar="A,B", help=said)
    parser.add_argument("--level", type=_level, metavar="0.95", help="of the interval")
    parser.add_argument("--design", choices=get_args(Design), help="default: the study's own")
    parser.add_argument(
        "--adjustment",
        choices=get_args(Adjustment),
        help="default: unadjusted for a randomised trial, else not reported",
    )
    parser.add_argument(
        "--with", dest="with_", action="append", type=_setting, default=[], metavar="NAME=LEVEL",
        help="a characteristic of the study, as stage=early; may be repeated",
    )  # fmt: skip
    parser.add_argument("--file", type=Path, metavar="FILE.yml", help="a study file instead")
    parser.add_argument(
        "--needed", metavar="ANALYSIS", help="which result would change what its interval says"
    )
    parser.add_argument("--i2", type=_number, metavar="PERCENT", help="for --needed: bound of I²")
    output_arguments(parser)
    parser.set_defaults(run=what_if)


def what_if(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show what would differ, had a study reported a certain result; write nothing."""
    if args.needed is not None:
        return _needed(args, terminal)
    from analysis import words
    from analysis.comparison import compare
    from analysis.comparison_words import Side
    from analysis.load import load, read_files
    from analysis.remembering import RememberingFind
    from analysis.what_if import left_out_of, suppose, suppose_file

    files = read_files(args.root)
    review = load(files).review
    if args.file is not None:
        content = args.file.read_bytes()
        supposed = suppose_file(review, files, content, str(args.file))
    else:
        supposed = suppose(review, _supposition(args))
    if supposed.made_up:
        terminal.remark(f"note: {supposed.study} is no study of this review: a made-up one")
    for earlier in supposed.superseded:
        terminal.remark(
            f"note: {earlier.label} is taken as superseded by {supposed.label}: they share patients"
        )
        if earlier.lost:
            terminal.remark(
                f"note: the results of {earlier.label} for {words.series(earlier.lost)} are lost "
                f"thereby: {supposed.label} is supposed to report none"
            )
    comparison = compare(review, supposed.review, RememberingFind())
    for title, reason in left_out_of(comparison.findings[1], supposed).items():
        terminal.remark(f"note: not pooled in {title}: {reason}")
    name = f"what if {supposed.label} reported that"
    show(comparison, Side("the data"), Side(name), args, terminal)
    return 0


def _supposition(args: argparse.Namespace) -> Supposition:
    from analysis.effects import CORRELATION, Measure
    from analysis.errors import ReviewError
    from analysis.what_if import LEVEL, Supposition

    given = [(m, getattr(args, f"as_{m}")) for m in get_args(Measure)]
    measure, estimate = next(((m, one) for m, one in given if one is not None), (None, None))
    by_arm = {name: getattr(args, name) for name in ("events", "person_time", "means", "sds")}
    whole = measure == CORRELATION and args.n
    needed = [("--study", args.study), ("--outcome", args.outcome)]
    if not any(by_arm.values()):
        needed.append(("estimate (as --hr)", estimate is not None))
        needed += [] if whole else [("--ci", args.ci)]
    if lacking := [name for name, value in needed if not value]:
        raise ReviewError(f"what-if: found no {', no '.join(lacking)}, wanted them, or --file")
    return Supposition(
        study=args.study,
        outcome=args.outcome,
        estimate=estimate,
        ci=args.ci,
        n=args.n,
        **by_arm,
        measure=measure,
        level=LEVEL if args.level is None else args.level,
        design=args.design,
        adjustment=args.adjustment,
        characteristics=dict(args.with_),
    )


def _number(text: str) -> Printed:
    from analysis.answers import read_number

    return _printed(text, read_number)[0]


def _counts(text: str) -> tuple[int, ...]:
    from analysis.answers import read_known_counts

    try:
        return tuple(map(int, read_known_counts(text)))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _numbers(text: str) -> tuple[Printed, ...]:
    from analysis.answers import read_numbers

    return _printed(text, read_numbers)


def _level(text: str) -> Printed:
    from analysis.answers import read_level

    return _printed(text, read_level)[0]


def _interval(text: str) -> tuple[Printed, Printed]:
    from analysis.answers import read_interval

    low, high = _printed(text, read_interval)
    return low, high


def _printed(text: str, read: Callable[[str], str | tuple[str, str]]) -> tuple[Printed, ...]:
    """Return the numbers of an argument as `add` reads them; argparse prints the complaint."""
    from analysis.values import Printed

    try:
        found = read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return tuple(map(Printed.from_text, [found] if isinstance(found, str) else found))


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError(f"found {text!r}, wanted NAME=LEVEL as stage=early")
    return name, value


# --- what it would take --------------------------------------------------------------------


def _needed(args: argparse.Namespace, terminal: Terminal) -> int:
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
    terminal.say(f"with one more study, whose {measure} is in the ranges given:")
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
