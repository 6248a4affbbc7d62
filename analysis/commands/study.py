"""add, report: the commands that write the file of a study."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import answers as read
from analysis.commands.study_options import of_both, one_of, option
from analysis.said import Answers
from analysis.terminal import Terminal

if TYPE_CHECKING:
    from analysis.found_record import FoundRecord
    from analysis.study_edits import Edit

ERRORS, WRONG_USE = 1, 2

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
    option(study, "--id", read.read_id, "default: made from the label")
    option(study, "--label", read.read_text, "as figures print it: 'Kim 2015'")
    option(study, "--status", one_of(read.STATUSES), " | ".join(read.STATUSES))
    option(study, "--reason", read.read_text, "why it is awaiting or excluded")
    option(study, "--superseded-by", read.read_id, "the id of the study that replaces it")
    option(study, "--retracted", read.read_date, "since when")
    option(study, "--cohort", read.read_id, "shared by reports of the same patients")
    of_both(parser, study)
    planned = parser.add_argument_group("what an ongoing study plans")
    option(planned, "--planned-n", read.read_count, "patients", metavar="N")
    option(planned, "--primary-outcome", read.read_id, "an outcome of review.yml")
    option(planned, "--completion", read.read_date, "date")
    option(planned, "--assumed-ratio", read.read_number, "as 0.75", metavar="HR")
    option(planned, "--planned-events", read.read_count, "events", metavar="N")
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
    edit = _edited(lambda now: add_study(files, now, found), said, files, terminal, asks=asks)
    return _finish(root, files, edit, args, terminal, asks=asks)


def report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `report`."""
    parser.description, parser.usage = REPORT_TEXT, "%(prog)s [options] STUDY"
    parser.add_argument("study", metavar="STUDY", help="the id of a study")
    of_both(parser, parser.add_argument_group("the study"))
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

    def reported_by(now: Answers) -> Edit:
        return report_study(files, args.study, now, found)

    edit = _edited(reported_by, said, files, terminal, asks=asks, study=args.study)
    return _finish(root, files, edit, args, terminal, asks=asks)


def _edited(
    edited: Callable[[Answers], Edit],
    said: Answers,
    files: Mapping[str, bytes],
    terminal: Terminal,
    *,
    asks: bool,
    study: str | None = None,
) -> Edit:
    """Return the edit that answers give; where somebody answers, errors are asked about again.

    The edit may have errors of its own where no question mends them.
    """
    from analysis.asked_again import asked_again
    from analysis.errors import DataError
    from analysis.study_edits import RefusedEditError, opened

    while True:
        try:
            return edited(said)
        except DataError as error:
            if not asks:
                raise
            terminal.problems(error.problems, "error")
            review = opened(files).review
            before = review.by_id.get(study or "")
            earlier = len(before.results) if before is not None else 0
            again = asked_again(terminal, review, said, error.problems, earlier)
            if again is None and isinstance(error, RefusedEditError):
                return error.edit
            if again is None:
                raise
            said = again


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
        _tell(edit, terminal)
        terminal.remark("nothing was written (--dry-run)")
        return 0
    if edit.own:
        question = "Write this with its errors, to be mended in the file? [y/N] "
        if terminal.ask(question).lower() not in ("y", "yes"):
            terminal.remark("nothing was written; what would have been stands above")
            return ERRORS
    elif asks and terminal.ask("Write this? [Y/n] ").lower() in ("n", "no"):
        terminal.remark("nothing was written")
        return 0
    put(root, edit, files)
    _tell(edit, terminal)
    # Before the first edition there is nothing to compare with.
    then = "diff" if edit.loaded.review.editions else "preview"
    open_ = [p for p in edit.loaded.todos if p.place.rpartition(":")[0] in edit.files]
    if open_:
        told = {p.place.rpartition(":")[0] for p in open_}
        homes = [file for file in dict.fromkeys((edit.file, *edit.files)) if file in told]
        terminal.remark(f"{edit.file} is written, with {len(open_)} TODO left in {listed(homes)}")
        terminal.remark(
            f"next: open {homes[0]} and write what each TODO stands for (living-review check says "
            f"what belongs there), then living-review {then}"
        )
        return 0
    terminal.remark(f"{edit.file} is written; next: living-review check, living-review {then}")
    return 0


def _tell(edit: Edit, terminal: Terminal) -> None:
    """Print what `check` would say of the edited files, and what became of what was said."""
    about = [p for p in edit.loaded.warnings if p.place.startswith(f"{edit.file}:")]
    terminal.problems(about, "warning")
    terminal.problems((*edit.own, *edit.elsewhere), "error")
    for remark in edit.remarks:
        terminal.remark(remark)


def _prefilled(said: Answers, found: FoundRecord | None) -> Answers:
    """Return what need not be asked, since the record says it."""
    from analysis.add import with_record

    if found is None:
        return said
    return replace(with_record(said, found), title=said.title or found.reference.title)


def _said(args: argparse.Namespace) -> Answers:
    given = vars(args)
    names = [field.name for field in fields(Answers) if field.name in given]
    return Answers(**{name: given[name] for name in names})


def _found(args: argparse.Namespace) -> FoundRecord | None:
    from analysis.registry_records import read_record

    path: Path | None = args.source
    return read_record(str(path), path.read_bytes()) if path is not None else None
