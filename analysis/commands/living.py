"""status, claims: what is due, and what the prose asserts."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.commands.diff import last_edition, returned_since, seen
from analysis.terminal import Terminal

if TYPE_CHECKING:
    from analysis.claim_sentences import Told
    from analysis.claims import ClaimOutcome
    from analysis.errors import Problem
    from analysis.living import LivingStatus


# --- status --------------------------------------------------------------------------------


def status_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `status`."""
    parser.add_argument("--today", metavar="DAY", help="YYYY-MM-DD; default: by the clock (UTC)")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=status)


def status(args: argparse.Namespace, terminal: Terminal) -> int:
    """Say whether to publish, to hold or to retire, with the reasons, and what is overdue."""
    from analysis.claim_wording import judged
    from analysis.comparison import answered
    from analysis.future import later_than
    from analysis.living import status as living_status
    from analysis.plan import find
    from analysis.states import resolve

    root: Path = args.root.resolve()
    loaded = resolve(root).loaded
    review = loaded.review
    previous, returned = None, frozenset[str]()
    if review.editions:
        last = seen(root, review.editions[-1].version)
        returned = returned_since(root, last, review)
        previous = last.stored if last.review is None else answered(last.review, find)[0]
        if last.loss:
            terminal.remark(f"note: {last.loss}")
    current = find(review)
    found = living_status(
        review,
        previous,
        current,
        judged(review.claims, previous) if previous else (),
        judged(review.claims, current),
        _today() if args.today is None else args.today,
        returned,
    )
    terminal.problems(later_than(loaded, found.today), "warning")
    if args.json:
        text = json.dumps(asdict(found), indent=1, sort_keys=True, ensure_ascii=False)
        terminal.out.write(f"{text}\n")
        return 0
    _print_status(found, terminal)
    return 0


def _today() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).date().isoformat()


def _print_status(found: LivingStatus, terminal: Terminal) -> None:
    terminal.say(f"{found.today}: {found.decision}")
    for reason in found.reasons:
        terminal.tell(f"  {reason}")
    terminal.say()
    terminal.table(
        ("source", "overdue", "last search"),
        [(one.source, "yes" if one.overdue else "no", one.why) for one in found.sources],
    )
    terminal.table(
        ("trigger", "calls for", "met", "why"),
        [(t.label, t.calls_for, "yes" if t.met else "no", t.why) for t in found.triggers],
    )
    if found.retirement:
        terminal.table(
            ("retirement", "met", "why"),
            [(one.label, "yes" if one.met else "no", one.why) for one in found.retirement],
        )
    else:
        terminal.say()
        terminal.say("retirement is not planned")
    if found.log:
        terminal.table(("searches so far",), [(line,) for line in found.log])


# --- claims --------------------------------------------------------------------------------


def claims_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `claims`."""
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument(
        "--changed",
        nargs="?",
        const="",
        metavar="A",
        help="those that print another sentence than in an edition or a revision of git, with "
        "both sentences, and those of which the numbers alone moved; default: than in the last "
        "edition",
    )
    parser.set_defaults(run=claims)


def claims(args: argparse.Namespace, terminal: Terminal) -> int:
    """List each claim: whether it holds, by what margin, and where it stands.

    A claim that neither holds nor rewords itself, or whose condition has no answer, is an error; a
    sentence of the abstract's results or conclusions without a claim is a warning.
    """
    from analysis import build
    from analysis.claims import broken, unguarded, weigh
    from analysis.errors import TemplateError
    from analysis.load import load
    from analysis.manuscript import claim_places
    from analysis.plan import find
    from analysis.project import read_project

    if args.changed is not None:
        return _changed(args, terminal)
    project = read_project(args.root.resolve())
    loaded = load(project.data)
    places = claim_places(project.sources)
    # A claim without an answer leaves the answers of the others to be read.
    found = find(loaded.review)
    outcomes, unanswerable = weigh(loaded.review.claims, found, places, loaded.place)
    failed = (*unanswerable, *broken(outcomes))
    # A manuscript with a broken claim cannot be written, and so not be searched.
    bare: tuple[Problem, ...] = ()
    if not failed:
        sentences = build.examine(project, loaded=loaded).manuscript.sentences
        bare = unguarded(sentences, project.sources)
    if args.json:
        document = {
            "claims": [_claim_json(outcome) for outcome in outcomes],
            "broken": list(map(str, failed)),
            "without_claim": None if failed else list(map(str, bare)),
        }
        terminal.out.write(
            json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        )
    else:
        terminal.table(
            ("claim", "holds", "margin", "condition", "found", "printed at"),
            [_claim_row(outcome) for outcome in outcomes],
            right=(2,),
            below=(3, 4),
        )
        terminal.problems(bare, "warning")
    if failed:
        raise TemplateError(failed)
    return 0


def _claim_row(outcome: ClaimOutcome) -> tuple[str, ...]:
    no = "no" if outcome.otherwise is None else "no: other wording"
    return (
        outcome.id,
        "yes" if outcome.holds else no,
        "–" if outcome.margin is None else f"{outcome.margin:+.3g}".replace("-", "−"),
        outcome.condition,
        outcome.no_answer or ", ".join(map(str, outcome.found)),
        ", ".join(outcome.places) or "nowhere",
    )


def _claim_json(outcome: ClaimOutcome) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "holds": outcome.holds,
        "margin": outcome.margin,
        "condition": outcome.condition,
        "found": {found.name: found.value for found in outcome.found},
        "no_answer": outcome.no_answer,
        "rewords_itself": outcome.otherwise is not None,
        "stands": outcome.stands,
        "places": list(outcome.places),
    }


# --- claims that print another sentence ----------------------------------------------------


def _changed(args: argparse.Namespace, terminal: Terminal) -> int:
    """List each claim that prints another sentence than before: where it stands, old and new.

    Those of which the numbers alone moved come after, each once, with what moved in its place.
    """
    from analysis.claim_sentences import told_otherwise
    from analysis.comparison_words import NOTHING
    from analysis.errors import EditionError
    from analysis.load import load
    from analysis.manuscript import claim_places
    from analysis.project import read_project
    from analysis.statements import moved_numbers, statements

    root: Path = args.root.resolve()
    project = read_project(root)
    loaded = load(project.data)
    what = args.changed or last_edition(root, "claims --changed")
    before = seen(root, what)
    if before.review is None:
        raise EditionError(
            f"claims: found no wording of the claims of {before.name} ({before.loss}), wanted an "
            "edition or a revision whose evidence is there: living-review claims --changed A"
        )
    names = partial(_names, root, what), partial(_names, root, None)
    found, moved = told_otherwise(before.review, loaded, claim_places(project.sources), names)
    if args.json:
        document = {
            "before": before.name,
            "changed": [asdict(one) for one in found],
            "numbers_moved": [asdict(one) for one in moved],
        }
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
        terminal.out.write(f"{text}\n")
        return 0
    for one in found:
        _tell_place(one, terminal)
        terminal.tell(f"    before: {one.before or NOTHING}")
        terminal.tell(f"    now: {one.after or NOTHING}")
    if found and moved:
        terminal.say()
    for one in moved:
        old, new = one.before or "", one.after or ""
        _tell_place(one, terminal)
        terminal.tell(f"    {moved_numbers(old, new) or f'{old} → {new}'}")
    terminal.tell(f"{statements(len(found), len(moved))} since {before.name}")
    return 0


def _names(root: Path, what: str | None) -> dict[str, Any]:
    """Return what a build hands over to the templates of a state, none where it has no paper."""
    from analysis.errors import ReviewError
    from analysis.paper import handed_over
    from analysis.states import resolve

    try:
        return handed_over(root, resolve(root, what))
    except ReviewError:
        return {}


def _tell_place(one: Told, terminal: Terminal) -> None:
    at = "; ".join(filter(None, (one.stands, ", ".join(one.places))))
    terminal.tell(f"claim {one.id} {one.said} ({at})")
