"""add, report: the commands that write the file of a study."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from analysis import answers as read
from analysis.answers import Answers, ResultSaid
from analysis.commands.negative import take_negative
from analysis.doi import bare_doi
from analysis.effects import Measure
from analysis.terminal import Terminal

if TYPE_CHECKING:
    from analysis.found_record import FoundRecord
    from analysis.study_edits import Edit

T = TypeVar("T")
MEASURES: tuple[str, ...] = get_args(Measure)
WRONG_USE = 2

ADD_TEXT = """\
begin the file of a study. Without options, on a terminal, it asks; with --from it reads a
study of ClinicalTrials.gov (JSON), or a record of PubMed (.nbib), RIS or BibTeX. What is not
known says TODO, which `check` lists and `release` refuses. No file is overwritten."""
REPORT_TEXT = """\
turn a study that is ongoing, or awaits assessment, into an included one: the same file, with
the report as a further source and its results. What the study planned stays."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `add`."""
    parser.description, parser.usage = ADD_TEXT, "%(prog)s [options]"
    study = parser.add_argument_group("the study")
    _option(study, "--id", read.read_id, "default: made from the label")
    _option(study, "--label", read.read_text, "as figures print it: 'Kim 2015'")
    _option(study, "--status", _one_of(read.STATUSES), " | ".join(read.STATUSES))
    _option(study, "--reason", read.read_text, "why it is awaiting or excluded")
    _option(study, "--superseded-by", read.read_id, "the id of the study that replaces it")
    _option(study, "--retracted", read.read_date, "since when")
    _option(study, "--cohort", read.read_id, "shared by reports of the same patients")
    _of_both(parser, study)
    planned = parser.add_argument_group("what an ongoing study plans")
    _option(planned, "--planned-n", read.read_count, "patients", metavar="N")
    _option(planned, "--primary-outcome", read.read_id, "an outcome of review.yml")
    _option(planned, "--completion", read.read_date, "date")
    _option(planned, "--assumed-ratio", read.read_number, "as 0.75", metavar="HR")
    _option(planned, "--planned-events", read.read_count, "events", metavar="N")
    parser.set_defaults(run=add)


def add(args: argparse.Namespace, terminal: Terminal) -> int:
    """Begin the file of a study."""
    from analysis.add import add_study
    from analysis.load import read_files
    from analysis.study_edits import opened

    root: Path = args.root.resolve()
    said, found = _said(args), _found(args)
    asks = args.ask or (said == Answers() and found is None)
    if asks and not terminal.interactive:
        terminal.remark(
            "error: found no option and no terminal to ask on, wanted --label (see --help), "
            "or --from FILE"
        )
        return WRONG_USE
    if asks:
        from analysis.questions import interview

        said = interview(terminal, opened(read_files(root)).review, _prefilled(said, found))
    files = read_files(root)
    edit = add_study(files, said, found)
    return _finish(root, files, edit, args, terminal, asks=asks)


def report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `report`."""
    parser.description, parser.usage = REPORT_TEXT, "%(prog)s [options] STUDY"
    parser.add_argument("study", metavar="STUDY", help="the id of a study")
    _of_both(parser, parser.add_argument_group("the study"))
    parser.set_defaults(run=report)


def report(args: argparse.Namespace, terminal: Terminal) -> int:
    """Turn an ongoing study into an included one."""
    from analysis.load import read_files
    from analysis.report import report_study
    from analysis.study_edits import opened

    root: Path = args.root.resolve()
    said, found = _said(args), _found(args)
    asks = args.ask or (said == Answers() and found is None and terminal.interactive)
    if asks and not terminal.interactive:
        terminal.remark("error: found no terminal to ask on, wanted one for --ask")
        return WRONG_USE
    if asks:
        from analysis.questions import reported

        said = reported(terminal, opened(read_files(root)).review, _prefilled(said, found))
    files = read_files(root)
    edit = report_study(files, args.study, said, found)
    return _finish(root, files, edit, args, terminal, asks=asks)


def _finish(
    root: Path,
    files: Mapping[str, bytes],
    edit: Edit,
    args: argparse.Namespace,
    terminal: Terminal,
    *,
    asks: bool,
) -> int:
    from analysis.messages import listed
    from analysis.study_edits import put

    for name, content in edit.files.items():
        old = files.get(name, b"").decode("utf-8", "replace")
        terminal.diff(old, content.decode("utf-8"), name)
    if args.dry_run:
        terminal.remark("nothing was written (--dry-run)")
        return 0
    if asks and terminal.ask("Write this? [Y/n] ").lower() in ("n", "no"):
        terminal.remark("nothing was written")
        return 0
    put(root, edit, files)
    about = [p for p in edit.loaded.warnings if p.place.startswith(f"{edit.file}:")]
    terminal.problems(about, "warning")
    terminal.problems(edit.elsewhere, "error")
    for remark in edit.remarks:
        terminal.remark(remark)
    open_ = [p for p in edit.loaded.todos if p.place.rpartition(":")[0] in edit.files]
    if open_:
        told = {p.place.rpartition(":")[0] for p in open_}
        homes = [file for file in dict.fromkeys((edit.file, *edit.files)) if file in told]
        terminal.remark(f"{edit.file} is written, with {len(open_)} TODO left in {listed(homes)}")
        terminal.remark(
            f"next: open {homes[0]} and write what each TODO stands for (living-review check says "
            "what belongs there), then living-review diff"
        )
        return 0
    terminal.remark(f"{edit.file} is written; next: living-review check, living-review diff")
    return 0


def _prefilled(said: Answers, found: FoundRecord | None) -> Answers:
    """Return what need not be asked, since the record says it."""
    from analysis.add import with_record

    if found is None:
        return said
    return replace(with_record(said, found), title=said.title or found.reference.title)


# --- options -------------------------------------------------------------------------------


def _of_both(parser: argparse.ArgumentParser, study: Any) -> None:
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
    _option(study, "--country", read.read_text)
    _option(study, "--design", _one_of(read.DESIGNS), " | ".join(read.DESIGNS))
    _option(study, "--population", read.read_text)
    _option(study, "--recruitment", read.read_period, "as 2001,2009", metavar="START,END")
    _option(study, "--n", read.read_counts, "patients: intervention, control", metavar="N,N")
    _option(study, "--total", read.read_count, "patients, where no arm is reported", metavar="N")
    _option(study, "--follow-up", read.read_follow_up, "as '71 months median'")
    study.add_argument(
        "--characteristic",
        dest="characteristics",
        action=_Pairs,
        default=(),
        type=_typed(read.read_pair),
        metavar="NAME=VALUE",
        help="may be repeated",
    )
    _option(study, "--search", read.read_id, "the search of searches.yml that brought it in")
    _option(study, "--note", read.read_text)
    report = parser.add_argument_group("the report")
    _option(report, "--document", read.read_id, "its key in references.bib", metavar="KEY")
    _option(report, "--title", read.read_text)
    _option(report, "--authors", read.read_text, "as 'Kim YB; Byun HK'")
    _option(report, "--journal", read.read_text)
    _option(report, "--doi", bare_doi, "as 10.1001/jamaoncol.2021.6036")
    _option(report, "--published", read.read_date, "date")
    _option(report, "--access", _one_of(read.ACCESSES, known=True), " | ".join(read.ACCESSES))
    _option(report, "--place", read.read_text, "where in it: 'abstract', 'Table 2'")
    _option(report, "--extracted-by", read.read_text, metavar="NAME")
    _option(report, "--checked-by", read.read_text, metavar="NAME")
    results = parser.add_argument_group(
        "its results", "--outcome begins a result, the options after it describe it"
    )
    results.add_argument("--outcome", dest="results", action=_Result, default=(), metavar="OS")
    for measure in ("HR", "OR", "RR"):
        _part(results, f"--{measure.lower()}", read.read_number, "as printed", metavar=measure)
    _part(results, "--estimate", read.read_number, "in another measure")
    _part(results, "--measure", _one_of(MEASURES, known=True), " | ".join(MEASURES))
    _part(results, "--ci", read.read_interval, "as 0.66,0.97", metavar="LOWER,UPPER")
    _part(results, "--level", read.read_level, "default: 0.95")
    _part(results, "--p", read.read_p, "as 0.047 or '<0.001'")
    _part(results, "--events", read.read_events, "intervention, control", metavar="N,N")
    _part(results, "--means", read.read_numbers, "intervention, control", metavar="M,M")
    _part(results, "--sds", read.read_numbers, "their standard deviations", metavar="SD,SD")
    _part(results, "--adjustment", _one_of(read.ADJUSTMENTS), " | ".join(read.ADJUSTMENTS))
    _part(results, "--subgroup", read.read_pair, "may be repeated", metavar="NAME=VALUE")
    _part(results, "--result-reason", read.read_text, "why it stands although it is doubted")
    _part(results, "--result-note", read.read_text)


def _option(
    group: Any, flag: str, reader: Callable[[str], Any], text: str = "", **more: Any
) -> None:
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


def _one_of(choices: tuple[str, ...], *, known: bool = False) -> Callable[[str], str]:
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


def _said(args: argparse.Namespace) -> Answers:
    given = vars(args)
    names = [field.name for field in fields(Answers) if field.name in given]
    return Answers(**{name: given[name] for name in names})


def _found(args: argparse.Namespace) -> FoundRecord | None:
    from analysis.registry_records import read_record

    path: Path | None = args.source
    return read_record(str(path), path.read_bytes()) if path is not None else None
