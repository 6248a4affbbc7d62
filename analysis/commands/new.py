"""new: the command that begins a review of one's own."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.terminal import Terminal
from analysis.terms import capitalised

if TYPE_CHECKING:
    from analysis.git import Repository

NEW_TEXT = """\
begin a review in a folder that is new or empty: question and plan, an empty list of searches,
a manuscript, the styles of page and paper, and a repository of git with a first commit. It holds
no study: until the first ones are added, the paper is the plan of the review. Whatever is given
here is edited later in data/review.yml."""
MEASURES = ("RR", "OR", "HR", "IRR", "RD", "MD", "SMD", "ROM", "PLO", "PFT", "ZCOR", "GEN")
TAGS = "refs/tags/edition-*"


def new_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `new`."""
    parser.description, parser.usage = NEW_TEXT, "%(prog)s [options] DIR"
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder that is new or empty")
    about = parser.add_argument_group("the question")
    about.add_argument("--title", help="default: made from the name of the folder")
    about.add_argument("--population", help="in words: 'Adults with hypertension'")
    about.add_argument("--intervention", metavar="NAME", help="default: Intervention")
    about.add_argument("--comparator", metavar="NAME", help="default: Control")
    about.add_argument("--outcome", metavar="NAME", help="default: All-cause mortality")
    about.add_argument("--short", metavar="NAME", help="of the outcome, as OS; its id as well")
    about.add_argument("--measure", choices=MEASURES, help="default: RR")
    about.add_argument("--unit", help="of MD and GEN: days, mmHg")
    about.add_argument("--better", choices=("lower", "higher"), help="default: lower")
    about.add_argument("--studies", help="default: Randomised controlled trials")
    about.add_argument(
        "--author",
        dest="authors",
        action="append",
        metavar="NAME",
        help="may be repeated (default: not stated)",
    )
    parser.add_argument("--no-git", action="store_true", help="make no repository")
    parser.set_defaults(run=new)


def new(args: argparse.Namespace, terminal: Terminal) -> int:
    """Begin a review."""
    from importlib.metadata import version

    from analysis.new import Wishes, new_review, put

    root: Path = args.folder.resolve()
    names = (
        *("population", "intervention", "comparator", "outcome", "short"),
        *("measure", "unit", "better", "studies"),
    )
    said = {name: value for name in names if (value := getattr(args, name)) is not None}
    wishes = Wishes(args.title or _title(root.name), authors=tuple(args.authors or ()), **said)
    files = new_review(wishes, version("living-review"))
    _refuse_beside_editions(root)
    put(root, files)
    terminal.say(f"{root}: {len(files)} files")
    if not args.no_git:
        terminal.remark(_repository(root))
    todo = "" if args.population else "; say there who is treated (TODO)"
    terminal.say("next:")
    for command, text in (
        (f"cd {_quoted(args.folder)}", ""),
        ("living-review check", "what is missing or wrong"),
        ("living-review render", "page and PDF: the plan, until studies are added"),
        ("edit data/review.yml", f"the question and the plan of analysis{todo}"),
        ("living-review add", "the first study; fill in what says TODO, then check again"),
        ("git add -A && git commit", "then, with the studies in: living-review release"),
    ):
        terminal.say(f"  {command:<26}{text}".rstrip())
    return 0


def _refuse_beside_editions(root: Path) -> None:
    """Refuse a folder of a repository that holds the editions of a review.

    Tags are of a whole repository: the first edition of a second review in it would need a tag
    that the first review has.

    Raises
    ------
    ReviewError : the repository has a tag of an edition, or a list of editions with one in it.
    """
    from analysis.errors import EditionError, ReviewError
    from analysis.git import open_repository

    there = next(folder for folder in (root, *root.parents) if folder.is_dir())
    try:
        repository = open_repository(there)
        top = Path(repository.line("rev-parse", "--show-toplevel"))
        found = _edition_in(repository, top)
    except EditionError:
        return  # in no repository, or one that git cannot read: no place of editions
    if found:
        raise ReviewError(
            f"{root}: found the repository {top}, which has editions of a review ({found}), "
            "wanted a folder outside of it: the editions of two reviews would share their tags"
        )


def _edition_in(repository: Repository, top: Path) -> str | None:
    """Return what shows that a repository has editions: a list of them, or a tag."""
    from analysis.edition_commits import read_editions
    from analysis.errors import ReviewError
    from analysis.located import EDITIONS

    listing = ("ls-files", "--cached", "--others", "--exclude-standard", "--full-name", "-z")
    names = repository.run(*listing, "--", f":(top,glob)**/{EDITIONS}").decode("utf-8", "replace")
    for name in filter(None, names.split("\0")):
        file = top / name
        try:
            if file.is_file() and read_editions(file.read_bytes()):
                return name
        except ReviewError:
            return name  # a list that cannot be read is still one
    tags = repository.line("for-each-ref", "--count=1", "--format=%(refname:short)", TAGS)
    return f"tag {tags}" if tags else None


def _repository(root: Path) -> str:
    """Make a repository with a first commit, and tell what was done."""
    from analysis.errors import EditionError
    from analysis.git import Repository, open_repository

    try:
        top = open_repository(root).line("rev-parse", "--show-toplevel")
        return (
            f"the folder is in the repository {top}: nothing was committed, its editions go there"
        )
    except EditionError as error:
        if "found no git repository" not in str(error):
            return f"no repository was made ({error})"
    made = Repository(root, "", root / ".git", root / ".git", shallow=False)
    try:
        made.run("init", "--quiet", "--initial-branch=main")
    except EditionError as error:
        return f"no repository was made ({error})"
    return _first_commit(made)


def _first_commit(repository: Repository) -> str:
    from analysis.errors import EditionError

    message = "Begin the review"
    repository.run("add", "--all")
    try:
        repository.run("var", "GIT_COMMITTER_IDENT")
        repository.run("commit", "--quiet", "--message", message)
    except EditionError as error:
        then = f"then git commit -m '{message}'"
        if str(error).startswith("git var:"):
            return (
                "a repository was made, nothing committed yet: say who you are (git config "
                "--global user.name NAME; git config --global user.email ADDRESS), " + then
            )
        return f"a repository was made, nothing committed yet ({error}): mend it, {then}"
    return "a repository of git was made, with a first commit"


def _title(name: str) -> str:
    words = " ".join(re.split(r"[-_\s]+", name)).strip()
    return capitalised(words) or "A review"


def _quoted(folder: Path) -> str:
    from shlex import quote

    return quote(str(folder))
