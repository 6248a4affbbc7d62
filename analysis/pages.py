"""The pages around the paper, as Quarto text: all editions, and any two neighbours compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis import comparison_words as said
from analysis import words
from analysis.archive import FINDINGS, MANIFEST, PAGE, PAPER, WORD
from analysis.claim_changes import claim_lines
from analysis.claim_sentences import Reread
from analysis.comparison import Comparison
from analysis.field_words import names_in, worded
from analysis.history import PastEdition, PastPool
from analysis.mark_words import mark
from analysis.markdown import attribute, escape, escape_inner
from analysis.records import Plan, Review
from analysis.statements import statement_lines
from analysis.terms import SYMBOLS, capitalised

VERSIONS = "versions.html"
FIELDS = 40  # changed fields of one change that a page lists
FILES = {PAGE: "Page", PAPER: "PDF", WORD: "Word", FINDINGS: "Findings", MANIFEST: "Manifest"}


@dataclass(frozen=True)
class Listed:
    """An edition as the list shows it: its results and the files that its archive has."""

    past: PastEdition
    files: tuple[str, ...]

    @property
    def version(self) -> str:
        """The version of the edition."""
        return self.past.entry.version


@dataclass(frozen=True)
class Overlay:
    """A figure of two editions of one analysis: its path, its title and what it shows in words."""

    path: str
    title: str
    shows: str


def folder(version: str) -> str:
    """Return the folder of an archived edition on the site."""
    return f"v/{version}"


def comparison_page(before: str, after: str) -> str:
    """Return the path of the page that compares two editions."""
    return f"v/compare-{before}-{after}.html"


def navigation(versions: Sequence[str], most: int = 3) -> str:
    """Return links from the page of the last edition to those before it, as Markdown."""
    earlier = list(reversed(versions[:-1]))
    links = [f"[{version}]({folder(version)}/{PAGE})" for version in earlier[:most]]
    return ", ".join([*links, f"[all editions]({VERSIONS})"])


def formats(names: Collection[str]) -> str:
    """Return links from a page to the other formats that stand beside it, as Markdown."""
    return ", ".join(f"[{FILES[name]}]({name})" for name in (PAPER, WORD) if name in names)


def versions_text(
    plan: Plan, listed: Sequence[Listed], compared: Sequence[str], figure: str
) -> str:
    """Return the page of all editions, the newest first.

    Parameters
    ----------
    compared : the comparison pages that there are, by path.
    figure : path of the drawn history; empty: there is none.
    """
    lines = _front(f"{plan.short_title}: all editions", plan.title, f"[Latest edition]({PAGE})")
    lines += [
        "Every edition stays as it was published. The results below are recomputed with today’s "
        "code from the evidence of each edition; where the archive says otherwise, the method "
        "changed, and the edition says so.",
        "",
    ]
    if figure:
        alt = attribute(
            "Pooled results of each edition: estimate and interval, edition by edition."
        )
        lines += [f"![**Pooled results by edition.**]({figure}){{#fig-history fig-alt={alt}}}", ""]
    newest_first = list(reversed(listed))
    for index, one in enumerate(newest_first):
        before = newest_first[index + 1].version if index + 1 < len(newest_first) else None
        page = comparison_page(before, one.version) if before else None
        lines += _edition(one, before, page if page in compared else None)
    return "\n".join(lines) + "\n"


def _edition(one: Listed, before: str | None, compared: str | None) -> Iterator[str]:
    entry = one.past.entry
    yield f"# Edition {entry.version} {{#v{entry.version.replace('.', '-')}}}"
    yield ""
    yield f"Released {words.date(entry.released)}. {escape_inner(entry.trigger)}"
    yield ""
    if entry.summary != entry.trigger:
        yield escape(entry.summary)
        yield ""
    links = [
        f"[{label}]({folder(one.version)}/{name})"
        for name, label in FILES.items()
        if name in one.files
    ]
    if compared:
        links.append(f"[compared with {before}]({compared})")
    if links:
        yield " · ".join(links)
        yield ""
    if one.past.pools:
        yield from _table(
            ("Result", "Studies", "Estimate (interval)"),
            [
                (
                    f"{pool.title}{_remark(pool)}",
                    str(pool.k),
                    f"{SYMBOLS[pool.measure]} {words.estimate_cell(*pool.est, pool.measure)}",
                )
                for pool in one.past.pools
            ],
            (54, 12, 34),
        )
    if one.past.note:
        yield escape(one.past.note)
        yield ""


def _remark(pool: PastPool) -> str:
    if not pool.recomputed:
        return " (as archived)"
    return " (the method changed since)" if pool.stored else ""


def comparison_text(
    review: Review,
    comparison: Comparison,
    before: said.Side,
    after: said.Side,
    overlays: Sequence[Overlay],
    archived: Sequence[tuple[str, str]],
    text: Reread,
) -> str:
    """Return the page that compares two editions.

    Parameters
    ----------
    review : the later one, which gives the words for what differs.
    overlays : the figures of both, to be shown.
    archived : name and address of the archived pages to lead to.
    text : what became of the sentences that claims print.
    """
    a, b = (escape_inner(side.name) for side in (before, after))
    links = [f"[{escape_inner(name)}]({address})" for name, address in archived]
    navigation_ = ", ".join([*links, f"[all editions](../{VERSIONS})"])
    lines = _front(f"From {a} to {b}", review.plan.title, navigation_)
    lines += ["# What changed", ""]
    if comparison.same:
        lines += ["Nothing: evidence, plan, claims and findings are the same.", ""]
    names = names_in(review)
    for change in comparison.changes:
        told = worded(change, review, names)
        lines += [f"- {escape_inner(capitalised(said.heading(change)))}"]
        lines += [f"    - {escape_inner(line)}" for line in said.field_lines(told, FIELDS)]
    lines += [""]
    moved = [result for result in comparison.results if result.moved]
    lines += ["# Results", ""]
    if moved:
        lines += _table(
            ("Result", "Before", "After", "Moved by"),
            [(said.title(r), *said.estimates(r), said.causes(r)) for r in moved],
            (30, 20, 20, 30),
        )
    still = [result.title for result in comparison.still]
    if still:
        lines += [f"Unchanged: {escape_inner('; '.join(still))}.", ""]
    for overlay in overlays:
        name = overlay.path.rpartition("/")[2].partition(".")[0]
        alt = attribute(overlay.shows)
        lines += [
            f"![**{escape_inner(overlay.title)}.** Hollow: {a}; filled: {b}; what is new or "
            f"changed is coloured.]({overlay.path}){{#fig-{name} fig-alt={alt}}}",
            "",
        ]
    parts = [(said.title(r), *row) for r in moved for row in said.part_rows(r)]
    if parts:
        lines += ["# Why it moved", ""]
        headings = ("Result", *map(capitalised, said.PART_HEADINGS))
        lines += _table(headings, parts, (22, 22, 11, 13, 13, 9, 10))
        ways = dict.fromkeys(said.way(r.attribution) for r in moved)
        lines += [line for how in ways if how for line in (escape(how), "")]
    # A claim that turned is told below, by its sentences.
    if rows := [mark(one) for one in comparison.marks if one.kind != "claim"]:
        lines += ["# What matters to a reader", ""]
        lines += _table(("Result", "What", "Before", "After"), rows)
    if said_now := list(statement_lines(text)):
        lines += ["# Statements that changed", "", *said_now, ""]
    claims = claim_lines(comparison)
    if claims:
        lines += ["# Claims", "", *(f"- {escape(line)}" for line in claims), ""]
    for side in (before, after):
        if side.method:
            lines += [escape(said.method_words(side)), ""]
    return "\n".join(lines) + "\n"


def _front(title: str, subtitle: str, navigation_: str) -> list[str]:
    import yaml

    front: Mapping[str, object] = {
        "title": escape(title),
        "subtitle": escape(subtitle),
        "lang": "en-GB",
        "edition": navigation_,
        "imprint": [{"label": "See also", "text": navigation_}],
    }
    text = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000_000)
    return ["---", *text.splitlines(), "---", ""]


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int] = ()
) -> list[str]:
    shares = widths or [max(1, 100 // len(headings))] * len(headings)
    return [
        f"| {' | '.join(headings)} |",
        f"|{'|'.join('-' * share for share in shares)}|",
        *(f"| {' | '.join(escape(cell) or ' ' for cell in row)} |" for row in rows),
        "",
    ]
