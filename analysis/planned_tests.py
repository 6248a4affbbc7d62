"""Tests for small-study effects by the names that a plan gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from analysis.effects import TABLES, Effects
from analysis.errors import MethodError
from analysis.estimates import Test
from analysis.findings import EffectRow
from analysis.method_findings import SmallStudyFinding
from analysis.planned_effects import tables_of_rows
from analysis.planned_tables import tables_of
from analysis.records import AnalysisPlan, Review
from analysis.small_study import Model, Predictor, begg, egger, pet_peese
from analysis.sums import Studies
from analysis.tau2 import Method, estimate_tau2
from analysis.terms import SMALL_STUDY
from analysis.trimming import Estimator, trim_and_fill, why_uninformative
from analysis.two_by_two import Tables

BY_VARIANCE = "effects weighted by inverse variance, where the pool is of counts"


@dataclass(frozen=True)
class Tested:
    """What a test may draw on: effects, their sizes and 2×2 tables, None where not reported.

    `lacking` says which study has no size or no table.
    """

    effects: Effects
    method: Method
    level: float
    lower_is_better: bool
    ni: tuple[float, ...] | None
    tables: Tables | None
    lacking: tuple[str, ...] = ()
    counted: bool = False
    """Whether the analysis pools counts, which no test or adjustment here does."""
    test: Test = "z"
    """The planned interval, which a pool with mirrored studies has as well."""


def tested(
    review: Review, analysis: AnalysisPlan, effects: Effects, rows: tuple[EffectRow, ...]
) -> Tested:
    """Gather what the tests of an analysis draw on."""
    sizes = [_size(review, row) for row in rows]
    known = [n for n in sizes if n is not None]
    tables = tables_of_rows(review, rows) if effects.measure in TABLES else ()
    return Tested(
        effects=effects,
        method=analysis.method,
        level=float(analysis.level),
        lower_is_better=review.outcome(analysis.outcome).better == "lower",
        ni=tuple(known) if len(known) == len(sizes) else None,
        tables=tables_of(rows, tables) if tables else None,
        lacking=tuple(row.label for row, n in zip(rows, sizes, strict=True) if n is None),
        counted=analysis.pooling != "inverse_variance",
        test=analysis.test,
    )


def small_study(name: str, of: Tested) -> SmallStudyFinding:
    """Run one planned test; one that these effects do not allow says why in `note`."""
    try:
        found = _run(name, of)
    except MethodError as error:
        return _finding(name, of.effects.k, note=str(error))
    if of.counted and found.est is not None:
        return replace(found, note="; ".join(filter(None, (BY_VARIANCE, found.note))))
    return found


def _run(name: str, of: Tested) -> SmallStudyFinding:
    if name.startswith("egger_"):
        model, _, predictor = name.removeprefix("egger_").partition("_")
        return _egger(name, of, model, predictor or "sei")  # type: ignore[arg-type]
    return RUN[name](of)


def _finding(
    name: str,
    k: int,
    *,
    informative: bool = False,
    note: str | None = None,
    statistic: float | None = None,
    df: float | None = None,
    pval: float | None = None,
    intercept: float | None = None,
    slope: float | None = None,
    est: float | None = None,
    est_lb: float | None = None,
    est_ub: float | None = None,
    **more: float,
) -> SmallStudyFinding:
    return SmallStudyFinding(
        name, SMALL_STUDY[name], statistic, df, pval, intercept, slope, est, est_lb, est_ub, k,
        informative, note, more,
    )  # fmt: skip


def _size(review: Review, row: EffectRow) -> float | None:
    """Return the patients of a result: of its groups, else of the study."""
    study = review.by_id[row.study]
    result = study.results[row.result]
    groups = [group.n for group in result.groups]
    known = [n for n in groups if n is not None]
    if result.n is not None:
        return float(result.n)
    if known and len(known) == len(groups):
        return float(sum(known))
    return None if study.patients is None else float(study.patients)


def _egger(name: str, of: Tested, model: Model, predictor: Predictor) -> SmallStudyFinding:
    if predictor not in ("sei", "vi") and of.ni is None:
        raise MethodError(
            f"Egger: found no number of patients of {', '.join(of.lacking)}, wanted one of each "
            f"study for the predictor {predictor}"
        )
    test: Test = of.test if model == "mixed" else "z"  # classic has a test of its own
    found = egger(of.effects, model, predictor, of.ni, of.method, test, of.level)
    return _finding(
        name,
        found.k,
        informative=found.informative,
        note=found.why,
        statistic=found.statistic,
        df=found.df,
        pval=found.pval,
        intercept=found.intercept,
        slope=found.b,
        est=found.limit_est,
        est_lb=found.limit_est_lb,
        est_ub=found.limit_est_ub,
    )


def _begg(of: Tested) -> SmallStudyFinding:
    found = begg(of.effects)
    return _finding(
        "begg",
        found.k,
        informative=found.informative,
        note=found.why,
        statistic=found.tau,
        pval=found.pval,
    )


def _of_tables(name: str, of: Tested) -> SmallStudyFinding:
    from analysis.table_tests import harbord, peters

    if of.tables is None:
        raise MethodError(
            f"{SMALL_STUDY[name]}: found studies without events and patients of both arms, wanted "
            "them of each"
        )
    found = (harbord if name == "harbord" else peters)(of.tables)
    why = why_uninformative(found.k)
    return _finding(
        name,
        found.k,
        informative=why is None,
        note=why,
        statistic=found.tval,
        df=float(found.df),
        pval=found.pval,
        intercept=found.bias if name == "harbord" else found.other,
        slope=found.other if name == "harbord" else found.bias,
    )


def _trim_and_fill(name: str, of: Tested) -> SmallStudyFinding:
    estimator: Estimator = "R0" if name.endswith("r0") else "L0"
    found = trim_and_fill(of.effects, of.method, estimator, test=of.test, level=of.level)
    return _finding(
        name,
        found.k,
        informative=found.informative,
        note=found.why,
        statistic=float(found.k0),
        pval=found.pval,
        est=found.filled.est,
        est_lb=found.filled.est_lb,
        est_ub=found.filled.est_ub,
        missing=float(found.k0),
        side=-1.0 if found.side == "left" else 1.0,
    )


def _pet_peese(of: Tested) -> SmallStudyFinding:
    found = pet_peese(of.effects, of.level)
    chosen = found.adjusted
    return _finding(
        "pet_peese",
        found.k,
        informative=found.informative,
        note=found.why,
        statistic=found.pet.statistic,  # the test by which the rule chooses
        df=found.df,
        pval=found.pet.pval,
        est=chosen.est,
        est_lb=chosen.est_lb,
        est_ub=chosen.est_ub,
        peese=float(found.chosen == "PEESE"),
    )


def _selection_model(of: Tested) -> SmallStudyFinding:
    from analysis.selection import Alternative, step_selection

    side: Alternative = "less" if of.lower_is_better else "greater"
    found = step_selection(of.effects, alternative=side, level=of.level)
    why = why_uninformative(found.k)
    return _finding(
        "selection_model",
        found.k,
        informative=why is None,
        note=why,
        statistic=found.lrt,
        df=float(found.lrt_df),
        pval=found.lrt_pval,
        est=found.est,
        est_lb=found.est_lb,
        est_ub=found.est_ub,
        tau2=found.tau2,
        weight=found.weights[-1].weight,
        step=found.weights[0].high,
    )


def _excess_significance(of: Tested) -> SmallStudyFinding:
    """Expect what the analysis itself supposes: true effects around its estimate, with its τ²."""
    from analysis.excess import excess_significance

    effects = of.effects
    tau2 = float(estimate_tau2(Studies(effects.yi, effects.vi), of.method)) if effects.k else 0.0
    found = excess_significance(effects, tau2=tau2)
    why = why_uninformative(found.k)
    return _finding(
        "excess_significance",
        found.k,
        informative=why is None,
        note=why,
        pval=found.pval,
        observed=float(found.observed),
        expected=found.expected,
    )


RUN: dict[str, Callable[[Tested], SmallStudyFinding]] = {
    "begg": _begg,
    "harbord": lambda of: _of_tables("harbord", of),
    "peters": lambda of: _of_tables("peters", of),
    "trim_and_fill": lambda of: _trim_and_fill("trim_and_fill", of),
    "trim_and_fill_r0": lambda of: _trim_and_fill("trim_and_fill_r0", of),
    "pet_peese": _pet_peese,
    "selection_model": _selection_model,
    "excess_significance": _excess_significance,
}
