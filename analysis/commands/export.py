"""export, agreement: the review for other programs, and how far metafor's numbers lie away."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.terminal import Terminal

FORMATS = ("metafor", "csv", "revman", "json")


def export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `export`."""
    parser.add_argument("--to", choices=FORMATS, required=True, help="the program to write for")
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="default: _export/FORMAT in the review"
    )
    parser.set_defaults(run=export)


def export(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write the files that another program reads."""
    from analysis.export import exported
    from analysis.load import load_review
    from analysis.output import refuse_links, write_file
    from analysis.plan import find

    root: Path = args.root.resolve()
    review = load_review(root)
    files = exported(review, find(review), args.to)
    usual = f"_export/{args.to}"
    if args.output is None:
        refuse_links(root, [f"{usual}/{name}" for name in files])
    folder: Path = args.output or root / usual
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_file(folder / name, content)
        terminal.say(str(folder / name))
    if args.to == "metafor":
        terminal.remark(f"to run it: Rscript {folder / 'analyses.R'}")
    return 0


def agreement_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `agreement`."""
    parser.set_defaults(run=agreement)


def agreement(args: argparse.Namespace, terminal: Terminal) -> int:
    """Repeat the planned analyses in R, compare every number, record the agreement."""
    from analysis.agreement import FILE, compare, uncompared
    from analysis.engines import r
    from analysis.errors import MethodError
    from analysis.export_metafor import to_metafor
    from analysis.load import analysed_hash, load, read_files
    from analysis.output import write_in
    from analysis.plan import find

    root: Path = args.root.resolve()
    files = read_files(root)
    review = load(files).review
    findings = find(review)
    if not findings.analyses:
        wanted = "wanted one: add the studies that the plan waits for (living-review check)"
        raise MethodError(f"agreement: found no analysis with an answer, {wanted}")
    printed = r.run(to_metafor(review, findings), "analyses.R")
    found = compare(findings, printed, analysed_hash(files))
    terminal.problems(uncompared(findings, printed), "warning")
    terminal.table(
        ("analysis", "numbers", "largest relative difference", "at"),
        [
            (id_, str(one.numbers), f"{one.largest:.1e}", one.at)
            for id_, one in found.analyses.items()
        ],
        right=(1, 2),
    )
    write_in(root, {FILE: found.to_json().encode("utf-8")})
    terminal.say(
        f"{found.numbers:,} numbers compared with metafor {found.metafor} (R {found.r}): "
        f"largest relative difference {found.largest:.1e}; recorded in {FILE}"
    )
    return 0
