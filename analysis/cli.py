"""The command line: arguments in, exit codes out. Nothing else touches argv or the terminal.

Exit codes: 0 good, 1 the review has errors, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import interruption, late_imports

if TYPE_CHECKING:
    from analysis.terminal import Terminal

Run = Callable[[Any, "Terminal"], int]

GOOD, ERRORS, WRONG_USE, INTERRUPTED = 0, 1, 2, 130

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
"""What a text editor makes of the two before an option, beside those of the keyboard."""

# name: (module of analysis.commands, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "new": ("new", "begin a review of your own in a new folder"),
    "render": ("paper", "make the web page, the PDF and the DOCX"),
    "preview": ("paper", "serve the page, rebuild it on save, reload the browser"),
    "prepare": ("paper", "write index.qmd and its figures, for `quarto render`"),
    "check": ("data", "check data, plan, claims and text; write nothing"),
    "analyse": ("data", "print the findings"),
    "audit": ("data", "recompute the numbers that the article prints"),
    "claims": ("living", "list what the prose asserts, and by what margin it holds"),
    "names": ("names", "list what the text, the claims and the data files may use"),
    "schema": ("data", "write the JSON Schema of each kind of data file"),
    "add": ("study", "begin the file of a study: asked, from options, or from a record"),
    "report": ("study", "turn an ongoing study that has reported into an included one"),
    "export": ("export", "write the review for metafor, RevMan, a spreadsheet, or as JSON"),
    "agreement": ("export", "repeat the planned analyses in R, record how far its numbers lie"),
    "diff": ("diff", "what differs between two states of the evidence, and why it moved"),
    "what-if": ("what_if", "what would differ, had a study reported a certain result"),
    "status": ("living", "whether to publish, hold or retire on a day, and what is overdue"),
    "release": ("editions", "publish the next edition: check, make, commit and tag"),
    "history": ("editions", "list every edition with its results"),
    "site": ("editions", "make the site: the latest edition, every earlier one, comparisons"),
}

LOOKING = frozenset({"check", "analyse", "audit", "claims", "names", "diff", "what-if", "status"})
"""Commands that never write: of those, that nothing was written is no news."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if argv is None:
        # The program itself: it makes trees by the hundred thousand nodes, none of them cyclic
        # garbage, and ends. `preview`, which stays, collects between its builds.
        gc.disable()
        atexit.register(gc.freeze)  # or the interpreter would look through it all as it ends
        late_imports.postpone()
    arguments = list(sys.argv[1:] if argv is None else argv)
    interruption.begin()
    try:
        code = _answer(arguments)
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        return code
    except BrokenPipeError:
        # The reader (as `| head`) has seen enough. Python flushes once more as it ends.
        for stream in (sys.stdout, sys.stderr):
            _let_go(stream)
        return GOOD
    except OSError as error:
        # No space, no permission, a folder in the place of a file: the machine's, not ours.
        about = f"{error.filename}: " if error.filename else ""
        try:
            print(f"error: {about}{error.strerror or error}", file=sys.stderr)
        except OSError:
            _let_go(sys.stderr)
        _let_go(sys.stdout)
        return ERRORS
    except KeyboardInterrupt:
        # CPython remembers one that went through the exec() of a text, as dataclasses do where a
        # module is imported, and would end by the signal all the same. The next text ends that.
        exec("")  # noqa: S102 - of nothing
        print(f"interrupted; {interruption.left()}", file=sys.stderr)
        return INTERRUPTED


def _answer(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        print(_version())
        return GOOD
    from analysis.terminal import Terminal, usable

    for stream in (sys.stdout, sys.stderr):
        usable(stream)  # argparse too prints ÷ and τ², whatever the encoding
    parser = _parser()
    try:
        args = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    if args.version:
        print(_version())
        return GOOD
    if args.command is None:
        parser.print_help()
        return WRONG_USE
    from analysis.errors import ReviewError
    from analysis.transaction import recover

    terminal = Terminal(colour=args.colour, quiet=args.quiet)
    run: Run = args.run
    try:
        if done := recover(args.root):
            terminal.remark(done)
        return run(args, terminal)
    except ReviewError as error:
        terminal.failure(error, writes=args.command not in LOOKING)
        return ERRORS


def _version() -> str:
    # Answered before anything heavy is imported.
    from importlib.metadata import version

    return f"living-review {version('living-review')}"


def _let_go(stream: Any) -> None:
    """Send what a stream still holds nowhere, so that closing it cannot fail."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        return  # no file behind it: nothing to let go


class _Parser(argparse.ArgumentParser):
    """A parser that names what was typed: the dash of a text editor, a command misspelt."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Refuse an option whose dashes are not those of the keyboard, by its name."""
        for word in args:
            typed = word.partition("=")[0]
            name = f"--{typed.lstrip(DASHES)}"
            if not typed.isascii() and typed != name and name in self._option_string_actions:
                self.error(f"found {typed}, with a dash that is not the keyboard's, wanted {name}")
        return super().parse_known_args(args, namespace)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.dest == "command" and value not in COMMANDS:
            from analysis.messages import nearest

            close = nearest(value, COMMANDS)
            wanted = f"a command: perhaps {close}?" if close else f"one of: {', '.join(COMMANDS)}"
            self.error(f"found {value!r}, wanted {wanted}")
        super()._check_value(action, value)


class _Command(_Parser):
    """The parser of one command, which gets its arguments only if it is the one called."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Let the command's own module add its arguments first; no other is imported."""
        from importlib import import_module

        name = self.prog.split()[-1]
        module = import_module(f"analysis.commands.{COMMANDS[name][0]}")
        getattr(module, f"{name.replace('-', '_')}_arguments")(self)
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            # Said here, the usage beside it is that of the command.
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return known, rest


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="living-review",
        description="Keep a systematic review alive: study data in YAML to a finished paper.",
        epilog="Exit codes: 0 good, 1 the review has errors, 2 wrong use, 130 interrupted.",
        parents=[_common()],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.set_defaults(root=Path(), quiet=False, colour=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Command)
    for name, (_, text) in COMMANDS.items():
        commands.add_parser(
            name, parents=[_common()], help=text, description=text, allow_abbrev=False
        )
    return parser


def _common() -> Any:
    """Return what may stand before the command and after it.

    Without defaults of their own, or what stands before would be undone by what does not
    stand after; each parser needs its own copy, since defaults are kept with the options.
    """
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--root", type=Path, metavar="DIR", help="the review (default: here)")
    common.add_argument("--quiet", action="store_true", help="no progress")
    colour = common.add_mutually_exclusive_group()
    colour.add_argument("--colour", "--color", dest="colour", action="store_true", help="colours")
    colour.add_argument(
        "--no-colour", "--no-color", dest="colour", action="store_false", help="no colours"
    )
    return common


if __name__ == "__main__":
    sys.exit(main())
