"""what-if: what would differ, had a study reported a result; which result it would take."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from analysis.commands.diff import output_arguments, show
from analysis.commands.negative import take_negative
from analysis.terminal import Terminal

if TYPE_CHECKING:
    from analysis.supposition import Supposition
    from analysis.values import Printed


class _Once(argparse.Action):
    """An option of which a second one would take the place of the first without a word."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"found {option_string} twice, wanted it once: one result is supposed")
        setattr(namespace, self.dest, values)


def what_if_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `what-if`."""
    from analysis.effects import Measure
    from analysis.records import Adjustment, Design

    parser.usage = "%(prog)s [options]"
    take_negative(parser)
    parser.add_argument("--study", metavar="ID", help="a study of the review, or a made-up one")
    parser.add_argument(
        "--outcome", action=_Once, metavar="NAME", help="its id or short name, as OS"
    )
    values = parser.add_mutually_exclusive_group()
    for measure in get_args(Measure):
        values.add_argument(
            f"--{measure.lower()}", dest=f"as_{measure}", type=_number, metavar="X",
            help=f"the estimate, where the outcome is measured as {measure}",
        )  # fmt: skip
    values.add_argument(
        "--estimate", type=_number, metavar="X", help="the same, in the measure of the outcome"
    )
    parser.add_argument(
        "--measure", choices=get_args(Measure), metavar="MEASURE", help="of --estimate"
    )
    parser.add_argument(
        "--ci",
        type=_interval,
        metavar="LOWER,UPPER",
        help="its interval",
    )
    parser.add_argument(
        "--se", type=_error, metavar="SE", help="instead: its standard error, of a ratio on the log"
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
        from analysis.commands.what_it_takes import what_it_takes

        return what_it_takes(args, terminal)
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
    from analysis.supposition import LEVEL, Supposition

    given = [(m, getattr(args, f"as_{m}")) for m in get_args(Measure)]
    unnamed = (args.measure, args.estimate)
    measure, estimate = next(((m, one) for m, one in given if one is not None), unnamed)
    if measure is not None and args.measure not in (None, measure):
        found = f"found --measure {args.measure} beside --{measure.lower()}"
        raise ReviewError(f"what-if: {found}, wanted --estimate beside it")
    by_arm = {name: getattr(args, name) for name in ("events", "person_time", "means", "sds")}
    # Of which measure the outcome is, is not known yet: a correlation needs its patients alone.
    whole = args.se is not None or (args.n and measure in (CORRELATION, None))
    needed = [("--study", args.study), ("--outcome", args.outcome)]
    if not any(by_arm.values()):
        needed.append(("estimate (as --hr)", estimate is not None))
        needed += [] if whole else [("--ci or --se", args.ci)]
    if args.ci is not None and args.se is not None:
        raise ReviewError("what-if: found --se beside --ci, wanted one of them")
    if lacking := [name for name, value in needed if not value]:
        raise ReviewError(f"what-if: found no {', no '.join(lacking)}, wanted them, or --file")
    return Supposition(
        study=args.study,
        outcome=args.outcome,
        estimate=estimate,
        ci=args.ci,
        se=args.se,
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


def _error(text: str) -> Printed:
    from analysis.answers import read_error

    return _printed(text, read_error)[0]


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
