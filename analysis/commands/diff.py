"""diff: what differs between two states of the evidence, what moved, and why."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.terminal import Terminal

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from analysis.comparison_words import Side
    from analysis.findings import Findings
    from analysis.records import Review
    from analysis.states import State

FIELDS = 12  # changed fields of one change that the terminal shows


def diff_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `diff`."""
    parser.add_argument(
        "before",
        nargs="?",
        metavar="A",
        help="an edition, a revision of git, or a day (reports published by then); "
        "default: the last edition",
    )
    parser.add_argument("after", nargs="?", metavar="B", help="the same; default: the work tree")
    output_arguments(parser)
    parser.set_defaults(run=diff)


def diff(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show what differs between two states of the evidence, what moved, and why."""
    from analysis.comparison_words import lost
    from analysis.load import data_folder

    root: Path = args.root.resolve()
    data_folder(root)
    before = seen(root, last_edition(root, "diff") if args.before is None else args.before)
    after = seen(root, args.after)
    comparison = _compare(root, before, after)
    if why := lost(comparison):
        terminal.remark(f"note: {why}")
    show(comparison, before.side(0, comparison), after.side(1, comparison), args, terminal)
    if not (args.json or args.markdown) and (told := _statements(before, after, comparison, args)):
        terminal.say()
        terminal.tell(told)
    return 0


def _statements(
    before: Seen, after: Seen, comparison: Comparison, args: argparse.Namespace
) -> str | None:
    """Say how many statements of the text are others now, and which command tells their words."""
    from analysis.claim_sentences import reread
    from analysis.statements import statements

    then, today = comparison.findings
    text = reread(before.review, then, after.review, today)
    if not (text.worded or text.renumbered):
        return None
    told = statements(len(text.worded), len(text.renumbered))
    if args.after is not None or comparison.lost is not None:
        return told  # words are told of the work tree alone, and of evidence that is there
    since = f" {args.before}" if args.before is not None else ""
    return f"{told}; their words: living-review claims --changed{since}"


@dataclass(frozen=True)
class Seen:
    """A state of the review, as far as it can be had.

    `review` is None where its evidence is lost (`loss` says why) and the archive serves.
    `stored` are the findings that an edition published.
    """

    name: str
    review: Review | None
    stored: Findings | None
    loss: str | None = None

    def side(self, index: int, comparison: Comparison) -> Side:
        """Return the side's name, and where its stored findings differ from today's."""
        from analysis.comparison import method_change
        from analysis.comparison_words import Side

        if self.review is None or self.stored is None:
            return Side(self.name)
        return Side(self.name, method_change(self.stored, comparison.findings[index]))


def last_edition(root: Path, command: str) -> str:
    """Return the version of the last edition, for a command that compares with it."""
    from analysis.edition_commits import read_editions
    from analysis.errors import EditionError
    from analysis.located import EDITIONS

    file = root / EDITIONS
    entries = read_editions(file.read_bytes()) if file.is_file() else ()
    if not entries:
        raise EditionError(
            f"{command.partition(' ')[0]}: found no edition yet, wanted one to compare with: name "
            f"a revision, as living-review {command} HEAD"
        )
    return entries[-1].version


def seen(root: Path, what: str | None) -> Seen:
    """Return a state of the review by its name; the archive's findings where evidence is lost.

    Raises
    ------
    EditionError : nothing has that name, or it is lost with its archive.
    """
    from analysis.errors import EditionError
    from analysis.load import load
    from analysis.states import resolve

    try:
        state = resolve(root, what)
    except EditionError as error:
        archived = _archived(root, str(what))
        if archived is None:
            raise
        return Seen(f"edition {what} (as archived)", None, archived, str(error))
    stored = _archived(root, state.edition.version) if state.edition else None
    review = state.loaded.review
    if state.day:
        # Its claims were given a way out, to be printed; here they are judged as they stand.
        claims = load(state.project.data, checked=False).review.claims
        review = review.model_copy(update={"claims": claims})
    return Seen(_name(state), review, stored)


def _name(state: State) -> str:
    """Return what a reader calls a state: edition 1.0.0; reports published by 2022-06-01."""
    parts = [] if state.day and not state.commit else [state.name]
    return ", ".join([*parts, *([f"reports published by {state.day}"] if state.day else [])])


def _archived(root: Path, version: str) -> Findings | None:
    """Return the findings that an edition published, None where they cannot be read."""
    from analysis.archive import FINDINGS, folder_of
    from analysis.findings import Findings

    file = root / folder_of(version.removeprefix("v")) / FINDINGS
    try:
        return Findings.from_json(file.read_text("utf-8"))
    except (OSError, ValueError):
        # Not there, or of another format: `check` and `history` say so.
        return None


def _compare(root: Path, before: Seen, after: Seen) -> Comparison:
    from analysis.comparison import compare, compare_findings
    from analysis.plan import find
    from analysis.remembering import RememberingFind

    if before.review is not None and after.review is not None:
        returned = returned_since(root, before, after.review)
        return compare(before.review, after.review, RememberingFind(), returned)
    sides = [seen.stored if seen.review is None else find(seen.review) for seen in (before, after)]
    if sides[0] is None or sides[1] is None:
        raise AssertionError("a side without evidence has stored findings")
    claims = after.review.claims if after.review else before.review.claims if before.review else ()
    losses = dict.fromkeys(seen.loss for seen in (before, after) if seen.loss)
    return compare_findings(sides[0], sides[1], "; ".join(losses), claims)


def returned_since(root: Path, before: Seen, after: Review) -> frozenset[str]:
    """Return the ids of the studies that a state includes again; none where evidence is lost."""
    from functools import partial

    from analysis.past import Past, returning

    if before.review is None:
        return frozenset()
    return returning(before.review, after, partial(Past().evidence, root))


def output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say how a comparison is printed."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print all of it as JSON")
    form.add_argument(
        "--markdown", action="store_true", help="print it for a comment on a pull request"
    )


def show(
    comparison: Comparison, before: Side, after: Side, args: argparse.Namespace, terminal: Terminal
) -> None:
    """Print a comparison as asked: tables, Markdown or JSON."""
    if args.json:
        from analysis.comparison_json import to_json

        terminal.out.write(to_json(comparison, before, after))
    elif args.markdown:
        from analysis.comparison_markdown import markdown

        terminal.out.write(markdown(comparison, before, after))
    else:
        _print(comparison, before, after, terminal)


def _print(comparison: Comparison, before: Side, after: Side, terminal: Terminal) -> None:
    from analysis import comparison_words as said
    from analysis.claim_changes import claim_lines
    from analysis.mark_words import mark

    terminal.say(f"{before.name} → {after.name}")
    if comparison.same:
        terminal.tell(f"nothing differs: {said.nothing(comparison)}")
    for change in comparison.changes:
        terminal.tell(said.heading(change))
        for line in said.field_lines(change, FIELDS):
            terminal.tell(f"    {line}")
    moved = [result for result in comparison.results if result.moved]
    if moved:
        terminal.say()
        terminal.table(
            ("result", "before", "after", "moved by"),
            [(said.title(r), *said.estimates(r), said.causes(r)) for r in moved],
        )
        parts = [(said.title(r), *row) for r in moved for row in said.part_rows(r)]
        if parts:
            terminal.table(("why it moved", *said.PART_HEADINGS), parts, right=(2, 3, 4, 5))
        for how in dict.fromkeys(said.way(r.attribution) for r in moved):
            if how:
                terminal.tell(how)
    still = [result.title for result in comparison.still]
    if still and not comparison.same:
        terminal.say()
        terminal.tell(f"unchanged: {'; '.join(still)}")
    if comparison.marks:
        if not moved:
            terminal.say()
        rows = list(map(mark, comparison.marks))
        terminal.table(("matters to a reader", "what", "before", "after"), rows)
    claims = claim_lines(comparison, fields=True)
    if claims:
        terminal.say()
    for line in claims:
        terminal.tell(line)
    for side in (before, after):
        if side.method:
            terminal.say()
            terminal.tell(said.method_words(side))
            for one in side.method[:FIELDS]:
                values = f"{said.leaf(one.before)} → {said.leaf(one.after)}"
                terminal.tell(f"    {one.path}: {values}")
