"""A comparison in words, for the terminal and for Markdown."""

from __future__ import annotations

import math
from dataclasses import dataclass

from analysis import words
from analysis.attribution import Attribution, Part, Point
from analysis.changes import Change
from analysis.comparison import Comparison, ResultChange
from analysis.differences import Difference, Leaf
from analysis.effects import CORRELATION, is_ratio
from analysis.field_changes import FieldChange
from analysis.numbers import MOST_DECIMALS
from analysis.study_moves import AGAIN, how_left, named
from analysis.synthesis import Synthesis, printed

NOTHING = "–"
BELOW = "change below the printed digits"
LONGEST = 160  # characters of a field's value that are shown

KINDS = {
    "added": "added",
    "returned": AGAIN,
    "removed": "removed",
    "replaced": "replaced",
    "corrected": "corrected",
    "completed": "filled in",
    "listed": "listed, in no pool",
    "plan": "plan",
    "search": "search",
    "published": "article",
    "document": "bibliography",
}


@dataclass(frozen=True)
class Side:
    """One side of a comparison: what it is called, and where its stored findings differ.

    `method` are the differences between the findings that were published and today's on the
    same data: a change of the code, which no comparison of evidence shows.
    """

    name: str
    method: tuple[Difference, ...] = ()


# --- single things -------------------------------------------------------------------------


def estimate(pooled: Synthesis | None) -> str:
    """Return a pooled result as a table gives it: 0.89 (0.79–0.999); – where there is none."""
    if pooled is None:
        return NOTHING
    return words.estimate_cell(pooled.est, pooled.est_lb, pooled.est_ub, pooled.measure)


def estimates(result: ResultChange) -> tuple[str, str]:
    """Return a pooled result before and after; of one that prints alike, that it does."""
    before, after = estimate(result.before), estimate(result.after)
    alike = result.moved and result.before is not None and result.after is not None
    if alike and before == after and _beside(result.before) == _beside(result.after):
        after = BELOW
    return before, after


def _beside(pooled: Synthesis | None) -> tuple[str, ...]:
    """Return what is printed beside an estimate: studies, τ², the prediction interval."""
    if pooled is None:
        return ()
    prediction = ""
    if pooled.pi_est_lb is not None and pooled.pi_est_ub is not None:
        prediction = words.interval(pooled.pi_est_lb, pooled.pi_est_ub, pooled.measure)
    return (str(pooled.k), str(words.tau2(pooled.tau2)), str(prediction))


def _below(result: ResultChange) -> bool:
    """Say whether a result moved below the printed digits, and so did it by each of its causes.

    Causes that are seen in print, and undo each other, are worth their rows.
    """
    moved, was = result.attribution, result.attribution.before
    if was is None or estimates(result)[1] != BELOW:
        return False
    return all(
        _printed(was.mu + part.mu, was.ci_lb + part.ci_lb, was.ci_ub + part.ci_ub, result.measure)
        == _printed(was.mu, was.ci_lb, was.ci_ub, result.measure)
        and str(words.tau2(was.tau2 + part.tau2)) == str(words.tau2(was.tau2))
        for part in moved.parts
    )


def _printed(mu: float, lb: float, ub: float, measure: str) -> str:
    est, lower, upper = (printed(value, measure) for value in (mu, lb, ub))
    return words.estimate_cell(est, lower, upper, measure)


def heading(change: Change) -> str:
    """Return what changed, in a line: removed: Kim 2015 (retracted in May 2026)."""
    return f"{KINDS[change.kind]}: {name(change)}"


def name(change: Change) -> str:
    """Return what a change is of; a study that left without another in its place, with how."""
    if change.kind != "removed" or not change.left:
        return change.label
    if len(change.left) == 1:
        return f"{change.label} ({how_left(change.left[0])})"
    return ", ".join(map(named, change.left))


def cause(part: Part) -> str:
    """Return a cause with what became of it: DBCG IMN2 (added); Overall survival: model."""
    if part.kind == "replaced" or part.kind == "plan":
        return part.label
    return f"{part.label} ({KINDS[part.kind]})"


def step(value: float, measure: str) -> str:
    """Return a change on the analysis scale as a reader takes it: × 0.9947; + 0.12.

    Of a logit, the factor of the odds: odds × 1.16; of a correlation, the step of Fisher's z.

    A factor shows two significant digits of how far it lies from 1, a small step two of its own.
    """
    if not is_ratio(measure) and measure != "PLO":
        scale = "z " if measure == CORRELATION else ""
        return f"{scale}{words.MINUS if value < 0 else '+'} {words.difference(abs(value))}"
    factor = math.exp(value)
    away = abs(factor - 1)
    decimals = 2 if away < 1e-9 else max(2, 1 - math.floor(math.log10(away)))
    scale = "odds " if measure == "PLO" else ""
    return f"{scale}× {words.number(factor, decimals=min(decimals, MOST_DECIMALS))}"


def width(part: Part | Point, former: Point) -> str:
    """Return what became of the interval's width: 18% narrower, 5% wider, as wide.

    In percent of the former width on the analysis scale, so that parts add up.
    """
    share = 100 * (part.ci_ub - part.ci_lb) / (former.ci_ub - former.ci_lb)
    if abs(share) < 0.5:
        return "as wide"
    return f"{abs(share):.0f}% {'narrower' if share < 0 else 'wider'}"


def title(result: ResultChange) -> str:
    """Return the title of an analysis with its measure: Overall survival (HR)."""
    return result.title if result.measure == "GEN" else f"{result.title} ({result.measure})"


def causes(result: ResultChange) -> str:
    """Return the names of what moved a pooled result, the strongest first."""
    if result.why_not:
        return result.why_not
    return ", ".join(map(cause, by_size(result.attribution)))


def why(result: ResultChange) -> str:
    """Return what moved a pooled result, in a line: each cause with what it did, if that prints."""
    moved = result.attribution
    if result.why_not:
        return result.why_not
    if moved.way == "unchanged" or moved.before is None:
        return "unchanged"
    if _below(result):
        return causes(result)
    return "; ".join(
        f"{cause(part)}: {result.measure} {step(part.mu, result.measure)}, "
        f"interval {width(part, moved.before)}"
        for part in by_size(moved)
    )


def by_size(moved: Attribution) -> list[Part]:
    """Return the parts, those that moved the interval most first."""
    return sorted(moved.parts, key=lambda p: -max(abs(p.mu), abs(p.ci_lb), abs(p.ci_ub)))


PART_HEADINGS = ("cause", "estimate", "lower bound", "upper bound", "τ²", "interval")


def part_rows(result: ResultChange) -> list[tuple[str, ...]]:
    """Return a row for each part of an attribution, and one for the whole if there are several.

    None of a result that moved below the printed digits.
    """
    moved = result.attribution
    whole, former = moved.whole, moved.before
    if whole is None or former is None or _below(result):
        return []

    def row(name: str, one: Part | Point) -> tuple[str, ...]:
        steps = (step(value, result.measure) for value in (one.mu, one.ci_lb, one.ci_ub))
        return (name, *steps, words.number(one.tau2, decimals=4), width(one, former))

    rows = [row(cause(part), part) for part in by_size(moved)]
    return [*rows, row("together", whole)] if len(rows) > 1 else rows


def way(moved: Attribution) -> str | None:
    """Return how the parts were found where that needs saying."""
    if moved.way == "order":
        return moved.note
    if moved.way == "sampled":
        return f"{len(moved.parts)} causes: Shapley values by seeded orders"
    return None


def nothing(comparison: Comparison) -> str:
    """Return what is the same where nothing differs."""
    if comparison.lost:
        return "the findings are the same"
    return "evidence, plan, claims and findings are the same"


def lost(comparison: Comparison) -> str | None:
    """Say that findings alone are compared, and why, if they are."""
    if comparison.lost is None:
        return None
    return f"archived findings are compared, without their evidence: {comparison.lost}"


def field_lines(change: Change, most: int, elsewhere: str = " (see --json)") -> list[str]:
    """Return the fields that a change touches, a line each, no more than `most` of them.

    `elsewhere` says where the others are found.
    """
    lines = [f"{path}: {before} → {after}" for path, before, after in map(field, change.details)]
    if change.kind == "document":
        names = [detail.path for detail in change.details]
        lines = [", ".join(names)]
    rest = len(lines) - most
    return lines if rest <= 0 else [*lines[:most], f"… and {rest} more{elsewhere}"]


def field(detail: FieldChange) -> tuple[str, str, str]:
    """Return a changed field: its path, before, after; long values cut."""
    return detail.path, _cut(detail.before), _cut(detail.after)


def leaf(value: Leaf) -> str:
    """Return a finding as a list of differences gives it."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return _cut(", ".join(map(leaf, value)))
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", words.MINUS)
    return _cut(str(value))


def _cut(text: str | None) -> str:
    if text is None:
        return NOTHING
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def method_words(side: Side) -> str:
    """Say that stored findings differ from today's recomputation."""
    count = words.count(len(side.method), "finding differs", plural="findings differ")
    return (
        f"Change of method: of {side.name}, {count} between what was published and what today’s "
        "code makes of the same data. It is part of no comparison above."
    )
