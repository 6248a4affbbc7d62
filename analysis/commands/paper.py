"""render, preview, prepare: the commands that make the paper."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from analysis.rendering import ENGINES, FORMATS
from analysis.terminal import Terminal


def render_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `render`."""
    parser.add_argument(
        "--to",
        type=_formats,
        default=("html", "pdf"),
        metavar="FORMATS",
        help="some of html,pdf,docx (default: html,pdf)",
    )
    parser.add_argument("--engine", choices=ENGINES, default="auto", help="default: auto")
    parser.add_argument(
        "--output", type=Path, default=None, metavar="DIR", help="default: _output in the review"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--edition", type=_version, metavar="VERSION", help="recompute a published edition"
    )
    which.add_argument("--rev", metavar="REV", help="recompute a revision of git")
    parser.add_argument(
        "--as-of", metavar="DAY", help="only what was published by that day (YYYY-MM-DD)"
    )
    parser.set_defaults(run=render)


def render(args: argparse.Namespace, terminal: Terminal) -> int:
    """Make the paper and put it in place whole."""
    from analysis import rendering
    from analysis.output import DEFAULT, put_in_place
    from analysis.paper import examine_state, recomputed
    from analysis.states import resolve

    root: Path = args.root.resolve()
    output: Path = args.output.resolve() if args.output else root / DEFAULT
    with terminal.step("reading and computing"):
        state = resolve(root, args.rev if args.edition is None else args.edition, args.as_of)
        examined = examine_state(root, state)
    if what := recomputed(state):
        terminal.remark(f"a recomputation of {what} with today's code")
    terminal.problems(examined.warnings, "warning")
    with terminal.step("rendering"):
        tell = (lambda line: None) if args.quiet else terminal.remark
        with state.located():
            files = rendering.render(examined, state.project, args.to, args.engine, tell)
        put_in_place(root, output, files)
    for name in sorted(files):
        if not name.startswith("figures/"):
            terminal.say(str(_shown(output / name)))
    return 0


def prepare_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `prepare`."""
    parser.set_defaults(run=prepare)


def prepare(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write index.qmd and its figures into the review, where Quarto looks for them."""
    from analysis import rendering
    from analysis.output import write_in
    from analysis.paper import examine_state
    from analysis.states import resolve

    root: Path = args.root.resolve()
    examined = examine_state(root, resolve(root))
    terminal.problems(examined.warnings, "warning")
    text = examined.manuscript.text.encode("utf-8")
    origins = rendering.origins_of(examined)
    write_in(root, {**rendering.draw(examined), "origins.json": origins, "index.qmd": text})
    terminal.remark("index.qmd is written from review.qmd and data/")
    return 0


def preview_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `preview`."""
    parser.add_argument("--port", type=int, default=4848, help="default: 4848")
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    parser.set_defaults(run=preview)


def preview(args: argparse.Namespace, terminal: Terminal) -> int:
    """Serve the page on this machine until Ctrl-C."""
    from analysis.preview import serve

    return serve(args.root.resolve(), args.port, terminal, browser=not args.no_browser)


def _formats(text: str) -> tuple[str, ...]:
    if text.rstrip().endswith(","):
        from analysis.messages import AFTER_COMMA

        raise argparse.ArgumentTypeError(f"found {text!r}, wanted {AFTER_COMMA}")
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for name in names:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(f"found {name!r}, wanted some of {', '.join(FORMATS)}")
    return names


def _version(text: str) -> str:
    if not re.fullmatch(r"v?\d+\.\d+\.\d+", text):
        raise argparse.ArgumentTypeError(f"found {text!r}, wanted a version as 1.0.0")
    return text


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
