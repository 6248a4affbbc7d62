"""What a release writes for readers: the entry of the list of editions, and the changelog."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from analysis.changes import ORDER, Change, of_provenance
from analysis.comparison_words import field_lines
from analysis.edition_commits import read_editions
from analysis.errors import DataError, Problem
from analysis.located import EDITIONS
from analysis.markdown import escape, escape_inner
from analysis.records import Edition
from analysis.statements import statement_lines, statements
from analysis.steps import Step
from analysis.study_moves import AGAIN, named, story
from analysis.terms import capitalised
from analysis.values import UNKNOWN_WORDS

HEADER = """\
# yaml-language-server: $schema=../schemas/editions.schema.json
# Written by `living-review release`; the oldest edition first.
editions: []
"""
CHANGELOG = "editions/CHANGELOG.md"
MOST_FIELDS = 3
"""Fields of a correction that the changelog tells; `diff` has all of them."""
_TITLE = "# Editions\n\nWhat each edition of the review brought, the newest first.\n"
_KEY = re.compile(r"^editions[ \t]*:[ \t]*(\[[ \t]*\])?[ \t]*(#.*)?$", re.M)
_ITEM = re.compile(r"^([ \t]*)-[ \t]", re.M)
# What may stand without quotes: begins with a letter, holds nothing that YAML reads.
_BARE = re.compile(r"[A-Za-z][^:#\[\]{},&*!|>'\"%@`\n\t]*[^:#\[\]{},&*!|>'\"%@`\s]\Z")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


def why(step: Step) -> str:
    """Return why an edition is due, for its readers, where nobody words it.

    The studies that came, left or are corrected, and how many statements of the text changed:
    Kim 2020 is added; Bert 1999 (retracted in May 2026) is no longer included. No id of a claim.
    Of a correction, which main results move in print: of the others there are often many.
    """
    # What came is what a reader looks for; a correction comes last.
    ordered = sorted(step.changes, key=lambda change: -ORDER.index(change.kind))
    studies = [one for one in map(_sentence, ordered) if one]
    if step.kind == "major" and step.changes:
        told = [[*studies, *([statements(len(step.claims))] if step.claims else [])]]
    elif studies and step.kind == "minor":
        moved = [one.title for one in step.results if one.before != one.after]
        seen = f"in print these main results move: {'; '.join(moved)}"
        told = [studies, [seen if moved else "no main result moves in print"]]
    else:
        told = [studies, list(step.told)]
    return " ".join(f"{capitalised('; '.join(parts))}." for parts in told if parts)


def _sentence(change: Change) -> str | None:
    """Say what became of studies, None where nothing did that makes an edition due."""
    came = ", ".join(one.label for one in change.came)
    gone = ", ".join(one.label for one in change.left)
    are = "are" if len(change.left or change.came) > 1 else "is"
    if came and gone:
        return f"{gone} {are} replaced by {came}"
    if came:
        return f"{came} {are} {AGAIN if change.kind == 'returned' else 'added'}"
    if gone:
        return f"{', '.join(map(named, change.left))} {are} no longer included"
    # A remark, or where a number was read, makes no edition due.
    if change.kind in ("corrected", "completed") and not all(map(of_provenance, change.details)):
        are = "are" if len(change.studies) > 1 else "is"
        return f"{change.label} {are} {'corrected' if change.kind == 'corrected' else 'filled in'}"
    return None


def with_entry(content: bytes | None, edition: Edition) -> bytes:
    """Return data/editions.yml with one more entry, all that stood there kept as it was.

    Parameters
    ----------
    content : the file as it is, None where there is none.

    Raises
    ------
    DataError : the list is not written as lines that begin with '-', so that an entry cannot
        be put below it.
    """
    text = HEADER if content is None else content.decode("utf-8")
    line_end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    key = _KEY.search(text)
    if key is None:
        raise _not_a_list()
    below = text[key.end() :]
    item = _ITEM.search(below)
    indent = item[1] if item else "  "
    if key[1]:
        text = f"{text[: key.start(1)].rstrip()}{text[key.end(1) :]}"
    if not text.endswith("\n"):
        text += "\n"
    text += "".join(f"{line}\n" for line in _lines(edition, indent))
    result = text.replace("\n", line_end).encode("utf-8")
    before = read_editions(content) if content is not None else ()
    try:
        sound = read_editions(result) == (*before, edition)
    except DataError:
        sound = False
    if not sound:
        raise _not_a_list()
    return result


def _not_a_list() -> DataError:
    message = "found a list that an entry cannot be put below, wanted entries that begin with '-'"
    return DataError([Problem(EDITIONS, "editions", message)])


def _lines(edition: Edition, indent: str) -> Iterable[str]:
    unknown = UNKNOWN_WORDS[0]
    values = {
        "version": edition.version,
        "released": edition.released,
        "trigger": _scalar(edition.trigger),
        "summary": _scalar(edition.summary),
        "last_search": edition.last_search or unknown,
        "living": edition.living,
        "released_by": _scalar(edition.released_by) if edition.released_by else unknown,
    }
    for index, (name, value) in enumerate(values.items()):
        yield f"{indent}{'- ' if index == 0 else '  '}{name}: {value}"


def _scalar(text: str) -> str:
    """Return a text as YAML: bare where nothing in it means anything to YAML, else quoted."""
    if _BARE.match(text) and text.casefold() not in (*_WORDS, *UNKNOWN_WORDS):
        return text
    return json.dumps(text, ensure_ascii=False)


# --- the changelog -------------------------------------------------------------------------

_HEADINGS = {
    "added": "New in the analyses",
    "returned": "Again in the analyses",
    "removed": "No longer in the analyses",
    "replaced": "Replaced by another report of the same patients",
    "corrected": "Corrected",
    "completed": "Filled in",
    "listed": "Listed, in no analysis",
    "plan": "Plan",
    "search": "Searches",
}


def with_section(content: bytes | None, edition: Edition, step: Step) -> bytes:
    """Return the changelog of editions with a section on top for this one."""
    text = _TITLE if content is None else content.decode("utf-8").replace("\r\n", "\n")
    head, mark, rest = text.partition("\n## ")
    section = "\n".join(changelog(edition, step))
    return f"{head.rstrip()}\n\n{section}\n{mark}{rest}".encode()


def changelog(edition: Edition, step: Step) -> Sequence[str]:
    """Return the section of an edition: what came in, and what moved."""
    lines = [f"## {edition.version} ({edition.released})", "", escape(edition.trigger)]
    if edition.summary != edition.trigger:
        lines += ["", escape(edition.summary)]
    lines += ["", f"Step: {step.kind} ({escape_inner('; '.join(step.told))})."]
    for kind, heading in _HEADINGS.items():
        told = [_told(change) for change in step.changes if change.kind == kind]
        if told:
            lines += ["", f"{heading}:", "", *(f"- {escape_inner(line)}" for line in told)]
    if said := list(statement_lines(step.text)):
        lines += ["", "Statements that changed:", "", *said]
    if step.results:  # a plan may be the first edition
        lines += ["", "Main results:", ""]
    for one in step.results:
        moved = step.kind != "first" and one.before != one.after
        was = f"{one.before or 'no result'} → " if moved else ""
        lines.append(f"- {escape_inner(one.title)}: {was}{one.after or 'no result'}")
    return lines


def _told(change: Change) -> str:
    """Return what changed; of a study that left, by which status and why, of one that came, what.

    Studies that replace others are told one by one, as the label names them together. Of a
    correction, its fields: what was read anew before where it was read.
    """
    lines = story(change.came, change.left)
    if change.kind in ("corrected", "completed"):
        first = replace(change, details=tuple(sorted(change.details, key=of_provenance)))
        lines = field_lines(first, MOST_FIELDS, "")
    return f"{change.label}: {'; '.join(lines)}" if lines else change.label


def message(edition: Edition, step: Step, evidence: str) -> str:
    """Return the message of the release's commit and tag."""
    lines = [f"Release edition {edition.version}", "", edition.trigger, ""]
    for one in step.results:
        moved = step.kind != "first" and one.before != one.after
        was = f" (before: {one.before or 'no result'})" if moved else ""
        lines.append(f"{one.title}: {one.after or 'no result'}{was}")
    lines += ["", f"Step: {step.kind} ({'; '.join(step.reasons)})", f"Evidence: {evidence}"]
    return "\n".join(lines) + "\n"
