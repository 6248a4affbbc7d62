"""Tests for small-study effects by the names that a plan gives them."""

from __future__ import annotations

from collections.abc import Callable

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.findings import SmallStudyFinding
from analysis.heterogeneity import Method
from analysis.small_study import begg, egger, pet_peese
from analysis.trim_and_fill import trim_and_fill

LABELS = {
    "egger_classic": "Egger’s test (weighted regression)",
    "egger_mixed": "Egger’s test (mixed-effects)",
    "begg": "Begg’s rank correlation",
    "trim_and_fill": "Trim and fill (L0)",
    "pet_peese": "PET-PEESE",
    "selection_model": "Selection model (one step at P = 0.025)",
    "excess_significance": "Test of excess significance",
}


def small_study(name: str, effects: Effects, method: Method, level: float) -> SmallStudyFinding:
    """Run one planned test; one that these effects do not allow says why in `note`."""
    try:
        return RUN[name](effects, method, level)
    except MethodError as error:
        return _finding(name, effects.k, informative=False, note=str(error))


def _finding(
    name: str,
    k: int,
    *,
    informative: bool,
    note: str | None,
    statistic: float | None = None,
    df: float | None = None,
    pval: float | None = None,
    intercept: float | None = None,
    slope: float | None = None,
    est: float | None = None,
    est_lb: float | None = None,
    est_ub: float | None = None,
) -> SmallStudyFinding:
    return SmallStudyFinding(
        name, LABELS[name], statistic, df, pval, intercept, slope, est, est_lb, est_ub, k,
        informative, note,
    )  # fmt: skip


def _egger_classic(effects: Effects, method: Method, level: float) -> SmallStudyFinding:
    return _egger("egger_classic", effects, method, level)


def _egger_mixed(effects: Effects, method: Method, level: float) -> SmallStudyFinding:
    return _egger("egger_mixed", effects, method, level)


def _egger(name: str, effects: Effects, method: Method, level: float) -> SmallStudyFinding:
    model = "classic" if name == "egger_classic" else "mixed"
    found = egger(effects, model=model, method=method, level=level)  # type: ignore[arg-type]
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


def _begg(effects: Effects, method: Method, level: float) -> SmallStudyFinding:
    found = begg(effects)
    return _finding(
        "begg",
        found.k,
        informative=found.informative,
        note=found.why,
        statistic=found.tau,
        pval=found.pval,
    )


def _trim_and_fill(effects: Effects, method: Method, level: float) -> SmallStudyFinding:
    found = trim_and_fill(effects, method, level=level)
    return _finding(
        "trim_and_fill",
        found.k,
        informative=found.informative,
        note=found.why,
        statistic=float(found.k0),
        est=found.filled.est,
        est_lb=found.filled.est_lb,
        est_ub=found.filled.est_ub,
    )


def _pet_peese(effects: Effects, method: Method, level: float) -> SmallStudyFinding:
    found = pet_peese(effects, level)
    chosen = found.pet if found.chosen == "PET" else found.peese
    return _finding(
        "pet_peese",
        found.k,
        informative=found.informative,
        note=found.why,
        statistic=found.pet_slope.statistic,
        df=found.df,
        pval=found.pet_slope.pval,
        est=chosen.est,
        est_lb=chosen.est_lb,
        est_ub=chosen.est_ub,
    )


RUN: dict[str, Callable[[Effects, Method, float], SmallStudyFinding]] = {
    "egger_classic": _egger_classic,
    "egger_mixed": _egger_mixed,
    "begg": _begg,
    "trim_and_fill": _trim_and_fill,
    "pet_peese": _pet_peese,
}
