"""The convention receipt: what an analysis' own conventions give, and those of other programs.

Programs print different numbers for one analysis: I² from Q or from tau², prediction intervals by
three quantiles, other estimators and tests by default. Each is computed here from the analysis'
own effects, with the programs whose default it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from analysis.effects import Effects
from analysis.estimates import Prediction, Test, estimates
from analysis.method_findings import ConventionFinding, SmallStudyFinding
from analysis.quantiles import critical
from analysis.records import AnalysisPlan
from analysis.sums import Studies
from analysis.synthesis import Synthesis, printed
from analysis.tau2 import Method, estimate_tau2
from analysis.terms import METHODS_SHORT, TESTS

# Defaults as the programs document them: metafor 3 and 4, meta 7 for R, Stata 17 (`meta`), its
# older command metan, RevMan 5 and RevMan since its new random-effects methods (2025).
POOLS: tuple[tuple[Method, Test, tuple[str, ...]], ...] = (
    ("DL", "z", ("RevMan 5", "Stata metan")),
    ("REML", "z", ("metafor", "meta (R)", "Stata meta")),
    ("REML", "knha", ('metafor with test="knha"',)),
    ("REML", "adhoc", ('metafor with test="adhoc"',)),
)
PREDICTIONS: tuple[tuple[Prediction, str, str, tuple[str, ...]], ...] = (
    ("normal", "pi_normal", "normal quantiles", ("metafor with a Wald test",)),
    ("t(k-1)", "pi_t_k1", "t with k − 1 degrees of freedom",
     ("meta (R) from version 7", "metafor with Hartung-Knapp")),
    ("t(k-2)", "pi_t_k2", "t with k − 2 degrees of freedom",
     ("Stata meta", "meta (R) to version 6")),
)  # fmt: skip
TESTS_OF_ASYMMETRY = {
    "egger_classic": ("weighted regression, t", ("metabias in meta (R)",)),
    "egger_mixed": ("mixed-effects regression, z", ("regtest in metafor", "Stata meta bias")),
}


def conventions(
    effects: Effects,
    analysis: AnalysisPlan,
    s: Synthesis,
    tests: Mapping[str, SmallStudyFinding],
) -> dict[str, ConventionFinding]:
    """Return the receipt of an analysis; empty for one study and for pooled counts."""
    if effects.k < 2 or analysis.pooling != "inverse_variance":
        return {}
    found = [*_heterogeneity(s), *_pools(effects, s), *_predictions(effects, s), *_asymmetry(tests)]
    return {one.id: one for one in found}


def _heterogeneity(s: Synthesis) -> list[ConventionFinding]:
    by_q = ConventionFinding(
        "i2_q", "I²", "from Q", ("RevMan 5", "meta (R)", "Stata metan"), True, s.i2_q, None, None
    )
    if s.method == "EE":
        return [by_q]
    how = f"from τ² by {METHODS_SHORT[s.method]}"
    programs = ("metafor", "Stata meta", "RevMan since 2025")
    return [
        by_q,
        ConventionFinding("i2_tau2", "I²", how, programs, False, s.i2, s.i2_lb, s.i2_ub),
    ]


def _pools(effects: Effects, s: Synthesis) -> list[ConventionFinding]:
    """Return the pooled effect by the defaults of other programs, the analysis' own first."""
    own = (s.method, s.test)
    given = _defaults(tuple(effects.yi.tolist()), tuple(effects.vi.tolist()), s.level)
    rows = [
        _interval((method, test), programs, own, s, (s.mu, s.ci_lb, s.ci_ub) if
                  (method, test) == own else numbers)
        for (method, test, programs), numbers in zip(POOLS, given, strict=True)
    ]  # fmt: skip
    if all((method, test) != own for method, test, _ in POOLS):
        rows.insert(0, _interval(own, (), own, s, (s.mu, s.ci_lb, s.ci_ub)))
    return rows


@lru_cache(maxsize=64)
def _defaults(
    yi: tuple[float, ...], vi: tuple[float, ...], level: float
) -> tuple[tuple[float, float, float], ...]:
    """Return mu and its bounds by each of POOLS; analyses that differ in method share them."""
    problem = Studies(np.array(yi), np.array(vi))
    tau2 = {method: float(estimate_tau2(problem, method)) for method, _, _ in POOLS}
    found = []
    for method, test, _ in POOLS:
        each = estimates(problem, method, test, level, "normal", tau2=tau2[method])
        found.append((float(each.mu), float(each.ci_lb), float(each.ci_ub)))
    return tuple(found)


def _interval(
    model: tuple[Method, Test],
    programs: tuple[str, ...],
    own: tuple[Method, Test],
    s: Synthesis,
    numbers: tuple[float, float, float],
) -> ConventionFinding:
    method, test = model
    est, lb, ub = (printed(None if n != n else n, s.measure) for n in numbers)
    how = f"{METHODS_SHORT[method]}, {TESTS[test]}"
    name = f"ci_{method}_{test}".lower()
    return ConventionFinding(name, "Pooled effect", how, programs, model == own, est, lb, ub)


def _predictions(effects: Effects, s: Synthesis) -> list[ConventionFinding]:
    if s.method == "EE":
        return []
    rows = []
    spread = math.sqrt(s.tau2 + s.se**2)
    for prediction, name, how, programs in PREDICTIONS:
        lost = {"normal": None, "t(k-1)": 1, "t(k-2)": 2}[prediction]
        df = None if lost is None else effects.k - lost
        wide = math.nan if df == 0 else float(critical(s.level, df)) * spread
        numbers = (s.mu, s.mu - wide, s.mu + wide)
        est, lb, ub = (printed(None if n != n else n, s.measure) for n in numbers)
        used = prediction == s.prediction
        rows.append(
            ConventionFinding(name, "Prediction interval", how, programs, used, est, lb, ub)
        )
    return rows


def _asymmetry(tests: Mapping[str, SmallStudyFinding]) -> list[ConventionFinding]:
    return [
        ConventionFinding(name, "P of Egger’s test", how, programs, True, tests[name].pval,
                          None, None)
        for name, (how, programs) in TESTS_OF_ASYMMETRY.items()
        if name in tests
    ]  # fmt: skip
