"""A comparison as Markdown: the comment on a pull request that changes the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analysis import comparison_words as said
from analysis.changes import Change
from analysis.claim_changes import claim_lines
from analysis.comparison import Comparison
from analysis.comparison_words import Side
from analysis.mark_words import mark
from analysis.markdown import escape_inner, one_line
from analysis.terms import capitalised

MARKER = "<!-- living-review diff -->"
"""By which a later run finds the comment of an earlier one."""
MOST = 200  # fields that are listed, fewer where that is too long
LIMIT = 60_000  # characters: a comment on GitHub has at most 65,536


def markdown(comparison: Comparison, before: Side, after: Side) -> str:
    """Return the comparison as a comment on a pull request: results first, fields folded away."""
    for most in (MOST, 100, 50, 20, 0):
        text = _text(comparison, before, after, most)
        if len(text) <= LIMIT:
            return text
    return text[:LIMIT].rpartition("\n")[0] + "\n\n… cut here: see `living-review diff`\n"


def _text(comparison: Comparison, before: Side, after: Side, most: int) -> str:
    lines = [MARKER, f"### What changes: {_md(before.name)} → {_md(after.name)}", ""]
    if why := said.lost(comparison):
        lines += [f"Note: {_md(why)}", ""]
    if comparison.same:
        lines += [f"Nothing: {said.nothing(comparison)}.", ""]
    else:
        lines += [*_changes(comparison.changes), *_results(comparison), *_marks(comparison)]
        lines += [*_claims(comparison), *_parts(comparison), *_fields(comparison.changes, most)]
    lines += [line for side in (before, after) for line in _method(side, most)]
    return "\n".join(lines).rstrip() + "\n"


def _md(text: str) -> str:
    """Return text for GitHub's Markdown: inert, and it calls nobody by @name or #number."""
    return escape_inner(text).replace("\\@", "@<!-- -->").replace("\\#", "#<!-- -->")


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(headings)} |",
        f"|{'---|' * len(headings)}",
        *(f"| {' | '.join(_md(cell) for cell in row)} |" for row in rows),
        "",
    ]


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    for kind, name in said.KINDS.items():
        labels = [_md(said.name(change)) for change in changes if change.kind == kind]
        if labels:
            yield f"- **{capitalised(name)}**: {'; '.join(labels)}"
    yield ""


def _results(comparison: Comparison) -> list[str]:
    moved = [result for result in comparison.results if result.moved]
    still = comparison.still
    lines = _table(
        ("Result", "Before", "After", "What moved it"),
        ((said.title(r), *said.estimates(r), said.why(r)) for r in moved),
    )
    lines = lines if moved else ["No pooled result moves.", ""]
    if moved and still:
        lines += [f"Unchanged: {'; '.join(_md(result.title) for result in still)}.", ""]
    return lines


def _marks(comparison: Comparison) -> list[str]:
    if not comparison.marks:
        return ["No interval crosses or leaves the null, and no claim flips.", ""]
    rows = map(mark, comparison.marks)
    return ["**Matters to a reader**", "", *_table(("Of", "What", "Before", "After"), rows)]


def _claims(comparison: Comparison) -> list[str]:
    lines = claim_lines(comparison)
    return [*(f"- {_md(text)}" for text in lines), *([""] if lines else [])]


def _parts(comparison: Comparison) -> Iterator[str]:
    for result in comparison.results:
        if rows := said.part_rows(result):
            yield "<details>"
            yield f"<summary>Why it moved: {_html(result.title)}</summary>"
            yield ""
            yield from _table(said.PART_HEADINGS, rows)
            if how := said.way(result.attribution):
                yield _md(how)
                yield ""
            yield "</details>"
            yield ""


def _fields(changes: Sequence[Change], most: int) -> list[str]:
    rows = [(c.label, *said.field(detail)) for c in changes for detail in c.details]
    if not rows:
        return []
    shown = _table(("Change", "Field", "Before", "After"), rows[:most])
    more = [f"… and {len(rows) - most} more", ""] if len(rows) > most else []
    summary = f"<summary>Fields that differ ({len(rows)})</summary>"
    return ["<details>", summary, "", *shown, *more, "</details>", ""]


def _method(side: Side, most: int) -> list[str]:
    if not side.method:
        return []
    rows = ((d.path, said.leaf(d.before), said.leaf(d.after)) for d in side.method[:most])
    table = _table(("Finding", "Published", "Today"), rows)
    return [
        _md(said.method_words(side)),
        "",
        "<details>",
        "<summary>Findings</summary>",
        "",
        *table,
        "</details>",
        "",
    ]


def _html(text: str) -> str:
    """Return text for HTML, equally inert: a blank line would end it, and begin Markdown."""
    inert = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return inert.replace("@", "@<!-- -->").replace("#", "#<!-- -->")
