"""The options of `add` and `report`: a study, its report, its results one after the other."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, get_args

from analysis import answers as read
from analysis.commands.negative import take_negative
from analysis.doi import EXAMPLE, bare_doi
from analysis.effects import Measure
from analysis.said import ResultSaid

T = TypeVar("T")
MEASURES: tuple[str, ...] = get_args(Measure)


def of_both(parser: argparse.ArgumentParser, study: Any) -> None:
    """Add the arguments that `add` and `report` share."""
    take_negative(parser)
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE", help="a record")
    parser.add_argument("--ask", action="store_true", help="ask for what is not given")
    parser.add_argument("--dry-run", action="store_true", help="show it, write nothing")
    study.add_argument(
        "--registration",
        dest="registrations",
        action=_Numbers,
        default=(),
        type=_typed(read.read_registrations),
        metavar="NUMBER",
        help="as NCT04803266; may be repeated",
    )
    option(study, "--country", read.read_text)
    option(study, "--design", one_of(read.DESIGNS), " | ".join(read.DESIGNS))
    option(study, "--population", read.read_text)
    option(study, "--recruitment", read.read_period, "as 2001,2009", metavar="START,END")
    option(study, "--n", read.read_counts, "patients: intervention, control", metavar="N,N")
    option(study, "--total", read.read_count, "patients, where no arm is reported", metavar="N")
    option(study, "--follow-up", read.read_follow_up, "as '71 months median'")
    study.add_argument(
        "--characteristic",
        dest="characteristics",
        action=_Pairs,
        default=(),
        type=_typed(read.read_pair),
        metavar="NAME=VALUE",
        help="may be repeated",
    )
    option(study, "--search", read.read_id, "the search of searches.yml that brought it in")
    option(study, "--note", read.read_text)
    report = parser.add_argument_group("the report")
    option(report, "--document", read.read_id, "its key in references.bib", metavar="KEY")
    option(report, "--title", read.read_text)
    option(report, "--authors", read.read_authors, "as 'Kim YB; Byun HK'")
    option(report, "--journal", read.read_text)
    option(report, "--doi", bare_doi, f"as {EXAMPLE}")
    option(report, "--published", read.read_date, "date")
    option(report, "--access", one_of(read.ACCESSES, known=True), " | ".join(read.ACCESSES))
    option(report, "--place", read.read_text, "where in it: 'abstract', 'Table 2'")
    option(report, "--extracted-by", read.read_text, metavar="NAME")
    option(report, "--checked-by", read.read_text, metavar="NAME")
    results = parser.add_argument_group(
        "its results", "--outcome begins a result, the options after it describe it"
    )
    results.add_argument("--outcome", dest="results", action=_Result, default=(), metavar="OS")
    for measure in ("HR", "OR", "RR"):
        _part(results, f"--{measure.lower()}", read.read_number, "as printed", metavar=measure)
    _part(results, "--estimate", read.read_number, "in another measure")
    _part(results, "--measure", one_of(MEASURES, known=True), " | ".join(MEASURES))
    _part(results, "--ci", read.read_interval, "as 0.66,0.97", metavar="LOWER,UPPER")
    _part(results, "--se", read.read_error, "the standard error, on the log scale for ratios")
    _part(results, "--level", read.read_level, "default: 0.95")
    _part(results, "--p", read.read_p, "as 0.047 or '<0.001'")
    one = "intervention, control; of one group (PLO, PFT) one number"
    _part(results, "--events", read.read_events, one, metavar="N,N")
    others = "its patients, where not those of --n; of a correlation (ZCOR) one number"
    _part(results, "--result-n", read.read_events, others, metavar="N,N")
    _part(results, "--person-time", read.read_numbers, "of rates (IRR)", metavar="T,T")
    _part(results, "--means", read.read_numbers, "intervention, control", metavar="M,M")
    _part(results, "--sds", read.read_numbers, "their standard deviations", metavar="SD,SD")
    _part(results, "--adjustment", one_of(read.ADJUSTMENTS), " | ".join(read.ADJUSTMENTS))
    _part(results, "--subgroup", read.read_pair, "may be repeated", metavar="NAME=VALUE")
    _part(results, "--result-reason", read.read_text, "why it stands although it is doubted")
    _part(results, "--result-note", read.read_text)


def option(
    group: Any, flag: str, reader: Callable[[str], Any], text: str = "", **more: Any
) -> None:
    """Add an option whose value a reader of `analysis.answers` takes."""
    more.setdefault("metavar", flag.lstrip("-").replace("-", "_").upper())
    default = () if flag == "--n" else None
    group.add_argument(flag, type=_typed(reader), help=text or None, default=default, **more)


def _part(group: Any, flag: str, reader: Callable[[str], Any], text: str = "", **more: Any) -> None:
    more.setdefault("metavar", flag.lstrip("-").replace("-", "_").upper())
    group.add_argument(
        flag,
        dest="results",
        action=_Result,
        type=_typed(reader),
        help=text or None,
        default=argparse.SUPPRESS,
        **more,
    )


def _typed(reader: Callable[[str], T]) -> Callable[[str], T]:
    """Return a reader whose complaint argparse prints as it is."""

    def typed(text: str) -> T:
        try:
            return reader(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return typed


def one_of(choices: tuple[str, ...], *, known: bool = False) -> Callable[[str], str]:
    """Return the reader of one of several words; `known`: `not reported` is none of them."""
    return lambda text: read.read_choice(text, choices, known=known or choices == read.STATUSES)


class _Pairs(argparse.Action):
    """Collects pairs of an option that may be repeated."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        setattr(namespace, self.dest, (*getattr(namespace, self.dest), values))


class _Numbers(argparse.Action):
    """Collects the numbers of an option that may be repeated and takes several at once."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        known = dict.fromkeys((*getattr(namespace, self.dest), *values))
        setattr(namespace, self.dest, tuple(known))


class _Result(argparse.Action):
    """Collects results: --outcome begins one, every other option is of the last one begun."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        results: tuple[ResultSaid, ...] = getattr(namespace, "results", ())
        if option == "--outcome":
            namespace.results = (*results, ResultSaid(values))
            return
        if not results:
            raise argparse.ArgumentError(self, "found before --outcome, wanted --outcome first")
        last = results[-1]
        name = option.lstrip("-").replace("-", "_")
        if name in ("hr", "or", "rr"):
            last = replace(last, measure=name.upper(), estimate=values)
        elif name == "subgroup":
            last = replace(last, subgroup=(*last.subgroup, values))
        else:
            last = replace(last, **{name.removeprefix("result_"): values})
        namespace.results = (*results[:-1], last)
