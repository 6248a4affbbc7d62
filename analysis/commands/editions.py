"""release, history, site: the commands that publish editions and look back at them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.rendering import ENGINES, FORMATS
from analysis.terminal import Terminal

if TYPE_CHECKING:
    from analysis.history import PastEdition
    from analysis.release import Prepared


WRONG_USE = 2


def release_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `release`."""
    parser.add_argument("--trigger", metavar="TEXT", help="why it is due; default: what changed")
    parser.add_argument("--summary", metavar="TEXT", help="default: the main results")
    parser.add_argument("--by", metavar="NAME", help="default: the committer's name")
    parser.add_argument("--today", metavar="DAY", help="YYYY-MM-DD; default: by the clock (UTC)")
    parser.add_argument("--engine", choices=ENGINES, default="auto", help="default: auto")
    parser.add_argument("--dry-run", action="store_true", help="show all of it, write nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(run=release)


def release(args: argparse.Namespace, terminal: Terminal) -> int:
    """Publish the next edition: check, make, show, ask, then commit and tag in one step."""
    from analysis.editions import archives_of, hold, released_editions
    from analysis.git import open_repository
    from analysis.load import data_folder
    from analysis.release import Wishes, prepare, publish, utc_today

    root: Path = args.root.resolve()
    data_folder(root)  # what is no review lacks more than a repository
    wishes = Wishes(
        clock=utc_today(),
        today=args.today,
        trigger=args.trigger,
        summary=args.summary,
        by=args.by,
        engine=args.engine,
        to=FORMATS,
    )
    tell = (lambda line: None) if args.quiet else terminal.remark
    with terminal.step("checking and making the edition"):
        repository = open_repository(root)
        # What earlier editions published stays as it was, or there is no next one.
        archives_of(repository, hold(repository, released_editions(repository)))
        prepared = prepare(root, wishes, tell)
    _show(prepared, terminal)
    if args.dry_run:
        terminal.remark("a dry run: nothing was written")
        return 0
    if not args.yes and not terminal.interactive:
        terminal.remark(
            "error: found no terminal to ask on, wanted --yes to release without a question"
        )
        return WRONG_USE
    if not args.yes and terminal.ask("Release it? [y/N] ").casefold() not in ("y", "yes"):
        terminal.remark("nothing was written")
        return 0
    commit = publish(root, prepared)
    entry = prepared.edition
    terminal.say(f"edition {entry.version} is released: commit {commit[:10]}")
    terminal.remark("to publish it: git push --follow-tags; the site: living-review site")
    return 0


def _show(prepared: Prepared, terminal: Terminal) -> None:
    from analysis.statements import statements

    entry, step = prepared.edition, prepared.step
    terminal.say(f"edition {entry.version}, {entry.released} ({step.kind})")
    for reason in step.told:
        terminal.say(f"  {reason}")
    if moved := len(step.text.renumbered):
        terminal.say(f"  {statements(0, moved)}")
    if step.claims or moved:
        terminal.say("  (their words before and now: living-review claims --changed)")
    terminal.tell(f"why (--trigger): {entry.trigger}")
    terminal.tell(f"summary (--summary): {entry.summary}")
    terminal.table(
        ("result", "before", "after"),
        [(one.title, one.before or "–", one.after or "–") for one in step.results],
    )
    for name, content in prepared.files.items():
        terminal.say(f"  {name} ({len(content) / 1024:,.0f} KB)")
    # Last, so that they stand right above the question.
    terminal.problems(prepared.warnings, "warning")


def history_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `history`."""
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument(
        "--analysis",
        action="append",
        metavar="ID",
        help="an analysis to list, may be repeated "
        "(default: the primary ones and their sensitivity analyses)",
    )
    parser.add_argument("--figure", type=_picture, metavar="FILE", help="draw it, .svg or .png")
    parser.set_defaults(run=history)


def _picture(name: str) -> Path:
    if Path(name).suffix not in (".svg", ".png"):
        message = f"found {name}, wanted a name that ends in .svg or .png"
        raise argparse.ArgumentTypeError(message)
    return Path(name)


def history(args: argparse.Namespace, terminal: Terminal) -> int:
    """List every edition with its pooled results, by today's code on each one's evidence."""
    from analysis.git import open_repository
    from analysis.history import history as look_back
    from analysis.load import data_folder

    root: Path = args.root.resolve()
    data_folder(root)
    past = look_back(open_repository(root), args.analysis)
    for edition in past:
        if edition.note:
            terminal.remark(f"note: {edition.note}")
    if args.json:
        document = [_as_json(edition) for edition in past]
        terminal.out.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    elif not past:
        terminal.say("no edition is released yet")
    else:
        _history_table(past, terminal)
    if args.figure is not None:
        _history_figure(past, args, terminal)
    return 0


def _history_table(past: tuple[PastEdition, ...], terminal: Terminal) -> None:
    from analysis import words
    from analysis.terms import SYMBOLS

    rows = []
    for edition in past:
        head = (edition.entry.version, edition.entry.released)
        for pool in edition.pools:
            est, lb, ub = pool.est
            cell = f"{SYMBOLS[pool.measure]} {words.estimate_cell(est, lb, ub, pool.measure)}"
            rows.append(
                (*head, pool.analysis, str(pool.k), cell, str(words.tau2(pool.tau2)), _remark(pool))
            )
            head = ("", "")
        if not edition.pools:
            rows.append((*head, "–", "–", "–", "–", "no results"))
    terminal.table(
        ("edition", "released", "analysis", "k", "estimate (interval)", "τ²", "remark"),
        rows,
        right=(3, 5),
    )


def _remark(pool: Any) -> str:
    if not pool.recomputed:
        return "as archived"
    return "method changed since" if pool.stored else ""


def _as_json(edition: PastEdition) -> dict[str, Any]:
    return {
        "version": edition.entry.version,
        "released": edition.entry.released,
        "trigger": edition.entry.trigger,
        "commit": edition.commit,
        "note": edition.note,
        "results": [
            {
                "analysis": pool.analysis,
                "title": pool.title,
                "measure": pool.measure,
                "k": pool.k,
                **dict(zip(("est", "est_lb", "est_ub"), pool.est, strict=True)),
                "mu": pool.mu,
                "ci_lb": pool.ci_lb,
                "ci_ub": pool.ci_ub,
                "tau2": pool.tau2,
                "recomputed": pool.recomputed,
                "method_changed": pool.stored is not None,
            }
            for pool in edition.pools
        ],
    }


def _history_figure(
    past: tuple[PastEdition, ...], args: argparse.Namespace, terminal: Terminal
) -> None:
    from analysis.history_figure import drawn
    from analysis.load import load_review
    from analysis.output import write_file

    drawing = drawn(past, load_review(args.root))
    path: Path = args.figure
    write_file(path, drawing.png if path.suffix == ".png" else drawing.svg)
    terminal.say(str(path))


def site_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `site`."""
    parser.add_argument("--engine", choices=ENGINES, default="auto", help="default: auto")
    parser.add_argument(
        "--output", type=Path, default=None, metavar="DIR", help="default: _output in the review"
    )
    parser.set_defaults(run=site)


def site(args: argparse.Namespace, terminal: Terminal) -> int:
    """Make the site: the latest edition, every earlier one as published, and comparisons."""
    from analysis.load import data_folder
    from analysis.output import DEFAULT, put_in_place
    from analysis.site import site as make

    root: Path = args.root.resolve()
    data_folder(root)
    output: Path = args.output.resolve() if args.output else root / DEFAULT
    tell = (lambda line: None) if args.quiet else terminal.remark
    with terminal.step("making the site"):
        files = make(root, args.engine, tell)
        put_in_place(root, output, files)
    pages = sorted(name for name in files if name.endswith(".html"))
    terminal.say(f"{output}: {len(files)} files")
    for name in pages:
        terminal.say(f"  {name}")
    return 0
