"""Every edition with its pooled results, by today's code on each commit's evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TypeVar

from analysis.archive import FINDINGS, StoredPool, folder_of, read_pools
from analysis.editions import Held, Released, hold, released_editions
from analysis.errors import DataError, EditionError, MethodError
from analysis.git import Repository
from analysis.load import load, read_files
from analysis.located import EDITIONS
from analysis.messages import unknown
from analysis.plan import pooled
from analysis.planned_effects import contributions
from analysis.records import AnalysisPlan, Edition, Review
from analysis.synthesis import printed

P = TypeVar("P", AnalysisPlan, StoredPool)

TOLERANCE = 1e-9
"""Relative: findings.json has 12 digits, and roots are solved to more than these."""


@dataclass(frozen=True)
class PastPool:
    """One pooled result of one edition, on the analysis scale; `est` is on the printed one.

    `recomputed`: with today's code. Where the evidence is lost or cannot be read, the result
    is that of the archive. `stored` is what the archive says where that differs from the
    recomputation: the method changed, not the evidence.
    """

    analysis: str
    title: str
    measure: str
    k: int
    mu: float
    ci_lb: float
    ci_ub: float
    tau2: float
    recomputed: bool
    stored: StoredPool | None = None

    @property
    def est(self) -> tuple[float, float, float]:
        """The estimate and both ends of its interval on the printed scale."""
        return (
            printed(self.mu, self.measure),
            printed(self.ci_lb, self.measure),
            printed(self.ci_ub, self.measure),
        )


@dataclass(frozen=True)
class PastEdition:
    """One edition: its entry, its commit, its pooled results; `note` says what is lost."""

    entry: Edition
    commit: str | None
    pools: tuple[PastPool, ...]
    note: str | None = None

    def pool_of(self, analysis: str) -> PastPool | None:
        """Return the result of an analysis, None where the edition has none."""
        return next((one for one in self.pools if one.analysis == analysis), None)

    @property
    def recomputed(self) -> bool:
        """Whether the results are today's code's, on the edition's evidence; else its archive's."""
        return all(one.recomputed for one in self.pools)

    @property
    def method_changed(self) -> bool:
        """Whether a stored result differs from today's on the same data."""
        return any(one.stored for one in self.pools)


def history(
    repository: Repository,
    analyses: Iterable[str] | None = None,
    released: Sequence[Released] | None = None,
) -> tuple[PastEdition, ...]:
    """Return every edition with its results, the oldest first.

    Results that come from an archive are in the order of today's plan, what it lacks at the end.

    Parameters
    ----------
    analyses : ids; by default the primary analyses and the sensitivity analyses of these.
    released : the editions, where they are listed already.

    Raises
    ------
    DataError : data/editions.yml cannot be read.
    EditionError : an archive is damaged; an analysis is neither in the plan nor in an edition.
    """
    wanted = None if analyses is None else tuple(analyses)
    listed = released_editions(repository) if released is None else released
    past = tuple(_past(held, wanted) for held in hold(repository, listed))
    lost = [id_ for id_ in wanted or () if not any(one.pool_of(id_) for one in past)]
    if not lost and all(one.recomputed for one in past):
        return past
    planned = _planned(repository)
    for id_ in lost:
        if id_ not in planned:
            raise EditionError(f"history: {unknown(id_, 'an analysis of the plan', planned)}")
    return tuple(one if one.recomputed else _in_order(one, planned) for one in past)


def _planned(repository: Repository) -> list[str]:
    """Return the analyses of the work tree, none where its data cannot be read."""
    try:
        plan = load(read_files(repository.root), checked=False).review.plan
    except DataError:
        return []
    return [analysis.id for analysis in plan.analyses]


def _in_order(past: PastEdition, planned: Sequence[str]) -> PastEdition:
    place = {id_: index for index, id_ in enumerate(planned)}
    pools = sorted(past.pools, key=lambda pool: place.get(pool.analysis, len(place)))
    return replace(past, pools=tuple(pools))


def _shown(plans: Iterable[P], wanted: Sequence[str] | None) -> list[P]:
    """Return the analyses to list: those asked for, else the primary ones and their kin."""
    known = {_id(plan): plan for plan in plans}
    if wanted is not None:
        return [plan for id_, plan in known.items() if id_ in wanted]
    primary = {id_ for id_, plan in known.items() if plan.role == "primary"}
    return [p for id_, p in known.items() if id_ in primary or p.sensitivity_of in primary]


def _id(plan: AnalysisPlan | StoredPool) -> str:
    return plan.analysis if isinstance(plan, StoredPool) else plan.id


def _past(held: Held, wanted: Sequence[str] | None) -> PastEdition:
    entry, commit = held.released.entry, held.released.commit
    place = f"{folder_of(entry.version)}/{FINDINGS}"
    stored = read_pools(held.findings, place, held.manifest) if held.findings else {}
    note = held.released.loss
    if commit is not None:
        # The list of editions bears on no result, and grows with each of them.
        files = {name: content for name, content in held.files.items() if name != EDITIONS}
        try:
            review = load(files, checked=False).review
        except DataError as error:
            made = held.manifest.tool if held.manifest else "of an unknown version"
            note = (
                f"edition {entry.version}: found data that living-review "
                f"{version('living-review')} cannot read ({error.problems[0]}), wanted "
                f"living-review {made}, which made it"
            )
        else:
            pools = _recomputed(review, _shown(review.plan.analyses, wanted), stored)
            return PastEdition(entry, commit, pools, note)
    return PastEdition(entry, commit, _as_stored(_shown(stored.values(), wanted)), note)


def _recomputed(
    review: Review, plans: Iterable[AnalysisPlan], stored: Mapping[str, StoredPool]
) -> tuple[PastPool, ...]:
    found = []
    for plan in plans:
        try:
            s = pooled(plan, contributions(review, plan))
        except MethodError:
            continue  # an analysis without an answer in this edition has no line in its history
        now = PastPool(
            plan.id, plan.title, s.measure, s.k, s.mu, s.ci_lb, s.ci_ub, s.tau2, recomputed=True
        )
        then = stored.get(plan.id)
        differs = then is not None and not same(then, now)
        found.append(replace(now, stored=then) if differs else now)
    return tuple(found)


def _as_stored(pools: Iterable[StoredPool]) -> tuple[PastPool, ...]:
    return tuple(
        PastPool(
            p.analysis, p.title, p.measure, p.k, p.mu, p.ci_lb, p.ci_ub, p.tau2, recomputed=False
        )
        for p in pools
    )


def same(a: StoredPool | PastPool, b: StoredPool | PastPool) -> bool:
    """Say whether two results agree to the digits that findings.json keeps."""
    pairs = ((a.mu, b.mu), (a.ci_lb, b.ci_lb), (a.ci_ub, b.ci_ub), (a.tau2, b.tau2))
    # Absolute too: an estimate that is zero but for rounding has no digits to agree in.
    return a.k == b.k and all(
        math.isclose(x, y, rel_tol=TOLERANCE, abs_tol=TOLERANCE * 1e-3) for x, y in pairs
    )
