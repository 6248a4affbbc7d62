"""The command line: arguments in, exit codes out. Nothing else touches argv or the terminal.

Exit codes: 0 good, 1 the review has errors, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.terminal import Terminal

Run = Callable[[Any, "Terminal"], int]

GOOD, ERRORS, WRONG_USE, INTERRUPTED = 0, 1, 2, 130

# name: (module of analysis.commands, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "render": ("paper", "make the web page, the PDF and the DOCX"),
    "preview": ("paper", "serve the page, rebuild it on save, reload the browser"),
    "prepare": ("paper", "write index.qmd and its figures, for `quarto render`"),
    "check": ("data", "check data, plan, claims and text; write nothing"),
    "analyse": ("data", "print the findings"),
    "audit": ("data", "recompute the numbers that the article prints"),
    "claims": ("data", "list what the prose asserts, and by what margin it holds"),
    "schema": ("data", "write the JSON Schema of each kind of data file"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        # Answered before anything heavy is imported.
        from importlib.metadata import version

        print(f"living-review {version('living-review')}")
        return GOOD
    parser, subparsers = _parser()
    named = next((word for word in arguments if word in COMMANDS), None)
    if named is not None:
        _complete(subparsers[named], named)
    try:
        args = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    if args.command is None:
        parser.print_help()
        return WRONG_USE
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    from analysis.errors import ReviewError
    from analysis.terminal import Terminal

    terminal = Terminal(colour=args.colour, quiet=args.quiet)
    try:
        run: Run = args.run
        return run(args, terminal)
    except ReviewError as error:
        terminal.failure(error)
        return ERRORS
    except KeyboardInterrupt:
        terminal.remark("interrupted; nothing was changed")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (as `| head`) has seen enough.
        sys.stderr.close()
        return GOOD


def _parser() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    parser = argparse.ArgumentParser(
        prog="living-review",
        description="Keep a systematic review alive: study data in YAML to a finished paper.",
        epilog="Exit codes: 0 good, 1 the review has errors, 2 wrong use.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="the review (default: here)"
    )
    common.add_argument("--quiet", action="store_true", help="no progress")
    colour = common.add_mutually_exclusive_group()
    colour.add_argument(
        "--colour", "--color", dest="colour", action="store_true", default=None, help="colours"
    )
    colour.add_argument(
        "--no-colour", "--no-color", dest="colour", action="store_false", help="no colours"
    )
    return parser, {
        name: commands.add_parser(name, parents=[common], help=text, description=text)
        for name, (_, text) in COMMANDS.items()
    }


def _complete(parser: argparse.ArgumentParser, name: str) -> None:
    """Let the command's own module add its arguments; the others are not imported."""
    from importlib import import_module

    module = import_module(f"analysis.commands.{COMMANDS[name][0]}")
    getattr(module, f"{name.replace('-', '_')}_arguments")(parser)


if __name__ == "__main__":
    sys.exit(main())
