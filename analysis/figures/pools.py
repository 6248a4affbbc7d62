"""Pools that an article printed without their inputs, beside what can be computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis import words
from analysis.errors import TemplateError
from analysis.figures.asked import analysis_of, nothing_to_draw
from analysis.figures.natural import on_natural
from analysis.figures.row_drawing import draw_rows
from analysis.figures.rows import Row, Table
from analysis.figures.style import SOFT
from analysis.findings import AnalysisFinding, EffectRow, GroupFinding

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.figures.sheet import Sheet
    from analysis.findings import Findings, PoolFinding
    from analysis.records import Review


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out the reported pools by family, hollow, and computed results under them, filled.

    The pools are those of the outcome of `request.analysis`, or all. Option `computed`: texts
    'POOL=PATH', the finding (a pooled group, an analysis or a study's row) that is shown below
    a pool, as 'n0=dfs.subgroups.nodal.groups.n0'.

    Raises
    ------
    TemplateError : there are no pools, a pool or a path is not there, or a path leads to
        something else than an estimate.
    """
    pools = list(findings.pools.values())
    outcome = pools[0].outcome if pools else ""
    level = 0.95
    if request.analysis is not None:
        analysis = analysis_of(request, findings)
        outcome, level = analysis.outcome, analysis.level
        pools = [pool for pool in pools if pool.outcome == outcome]
    if not pools:
        raise nothing_to_draw(request, "no reported pools", "some in data/published.yml")
    measures = {pool.measure for pool in pools}
    if len(measures) > 1:
        raise nothing_to_draw(request, f"pools of {', '.join(sorted(measures))}", "one measure")
    measure = measures.pop()
    rows = tuple(_rows(pools, _computed(request, findings), findings))
    shown = [row for row in rows if row.est is not None and not row.hollow]
    notes = ["Hollow: as reported; its inputs are not at hand."]
    if shown:
        notes.append("Filled: computed from the data of this review.")
    table = Table(
        name=request.name,
        rows=rows,
        measure=measure,
        level=level,
        favours=review.outcome(outcome).favours,
        label_head="Group",
        left_heads=("Read in",),
        left_text=True,
        right_heads=("P",),
        notes=tuple(notes),
    )
    return draw_rows(on_natural(table))


def _computed(request: FigureRequest, findings: Findings) -> dict[str, list[str]]:
    given = request.options.get("computed", ())
    found: dict[str, list[str]] = {}
    for text in (given,) if isinstance(given, str) else given if isinstance(given, tuple) else ():
        pool, _, path = text.partition("=")
        if pool not in findings.pools or not path:
            raise TemplateError(
                f"figure {request.name}: found computed {text!r}, wanted POOL=PATH with one of "
                f"the pools: {', '.join(findings.pools)}"
            )
        found.setdefault(pool, []).append(path)
    return found


def _rows(
    pools: list[PoolFinding], computed: dict[str, list[str]], findings: Findings
) -> Iterator[Row]:
    families = list(dict.fromkeys(pool.family for pool in pools))
    for i, family in enumerate(families):
        if i:
            yield Row(f"gap:{i}", "", height=0.5)
        yield Row(f"group:{i}", family, bold=True)
        for pool in (pool for pool in pools if pool.family == family):
            yield _reported(pool)
            for path in computed.get(pool.id, ()):
                yield _found(path, findings.value(path))


def _reported(pool: PoolFinding) -> Row:
    texts = [f"{value:.{pool.decimals}f}" for value in (pool.est, pool.lb, pool.ub)]
    return Row(
        f"pool:{pool.id}",
        pool.label,
        (pool.place,),
        pool.est,
        pool.lb,
        pool.ub,
        (pool.p or "–",),
        mark="diamond",
        hollow=True,
        colour=SOFT,
        indent=7.0,
        study=pool.id,
        printed=(
            str(words.fixed(texts[0])),
            f"({words.printed_interval(texts[1], texts[2])})",
        ),
    )


def _found(path: str, value: Any) -> Row:
    key = f"computed:{path}"
    if isinstance(value, EffectRow):
        label = f"{value.label} alone"
        return Row(
            key, label, ("this review",), value.est, value.lb, value.ub, indent=14.0, study=path
        )
    if not isinstance(value, AnalysisFinding | GroupFinding):
        raise TemplateError(
            f"figure of pools: found {path}, a {type(value).__name__}, wanted an analysis, a "
            "group or a row"
        )
    s = value.synthesis
    label = f"{s.slab[0]} alone" if s.k == 1 else str(words.count(s.k, "study"))
    return Row(
        key, label, ("this review",), s.est, s.est_lb, s.est_ub, (str(words.p_number(s.pval)),),
        mark="diamond", indent=14.0, study=path,
    )  # fmt: skip
