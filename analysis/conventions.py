"""The convention receipt: what an analysis' own conventions give, and those of other programs.

Programs print different numbers for one analysis: I² from Q or from tau², prediction intervals by
three quantiles, other estimators and tests by default. A row names programs only where it has
their estimator, their standard error and their quantiles: it is computed anew from the effects and
variances of the analysis by all of these, not by those of the analysis.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.estimates import Prediction, Test, estimates
from analysis.heterogeneity import measure_heterogeneity
from analysis.method_findings import ConventionFinding, SmallStudyFinding
from analysis.records import AnalysisPlan
from analysis.small_study import egger
from analysis.sums import Studies
from analysis.synthesis import Synthesis, printed
from analysis.tau2 import Method, estimate_tau2
from analysis.terms import METHODS_SHORT, PREDICTIONS, TESTS

# Defaults as the programs document them: metafor 3 and 4; meta for R, REML since version 5, whose
# prediction interval lost k - 2 for k - 1 degrees of freedom with version 8; Stata 17 (`meta`), its
# older command metan; RevMan 5, and RevMan since its new random-effects methods (2025).
POOLS: tuple[tuple[Method, Test, tuple[str, ...]], ...] = (
    ("DL", "z", ("RevMan 5", "Stata metan")),
    ("REML", "z", ("metafor", "meta (R)", "Stata meta")),
    ("REML", "knha", ('metafor with test="knha"',)),
    ("REML", "adhoc", ('metafor with test="adhoc"',)),
)
# The standard error of a prediction interval is that of the test, here as in the programs.
PREDICTED: tuple[tuple[Method, Test, Prediction, tuple[str, ...]], ...] = (
    ("REML", "z", "normal", ("metafor",)),
    ("REML", "knha", "t(k-1)", ('metafor with test="knha"',)),
    ("REML", "z", "t(k-1)", ("meta (R) from version 8",)),
    ("REML", "z", "t(k-2)", ("Stata meta", "meta (R) 5 to 7")),
)
BY_TAU2 = ("metafor", "Stata meta", "RevMan since 2025")  # I², tau² by REML
REGTEST = ("regtest in metafor", "Stata meta bias")  # Egger's test, tau² by REML
QUANTILES = {"normal": "normal", "t(k-1)": "t_k1", "t(k-2)": "t_k2"}  # in the names of findings
SETS = 10**6  # of studies, as many as tes in metafor counts for its exact test
METABIAS = 10  # the least number of studies for metabias in meta, but for a lower k.min


@dataclass(frozen=True)
class _Defaults:
    """What the programs' defaults give for one set of effects, in the order of the tables above."""

    pools: tuple[tuple[float, float, float], ...]
    predicted: tuple[tuple[float, float, float], ...]
    i2: tuple[float, float | None, float | None]


def conventions(
    effects: Effects,
    analysis: AnalysisPlan,
    s: Synthesis,
    tests: Mapping[str, SmallStudyFinding],
) -> dict[str, ConventionFinding]:
    """Return the receipt of an analysis; empty for one study and for pooled counts."""
    if effects.k < 2 or analysis.pooling != "inverse_variance":
        return {}
    given = _defaults(tuple(effects.yi.tolist()), tuple(effects.vi.tolist()), s.level)
    found = [
        *_heterogeneity(s, given),
        *_pools(s, given),
        *_predictions(s, given),
        *_asymmetry(effects, s, tests),
        *_excess(effects, s.tau2, tests.get("excess_significance")),
    ]
    return {one.id: one for one in found}


@lru_cache(maxsize=64)
def _defaults(yi: tuple[float, ...], vi: tuple[float, ...], level: float) -> _Defaults:
    """Return what the programs give; analyses that differ in method alone share it."""
    problem = Studies(np.array(yi), np.array(vi))
    tau2 = {method: float(estimate_tau2(problem, method)) for method, _, _ in POOLS}
    pools, predicted = [], []
    for method, test, _ in POOLS:
        each = estimates(problem, method, test, level, "normal", tau2=tau2[method])
        pools.append((float(each.mu), float(each.ci_lb), float(each.ci_ub)))
    for method, test, prediction, _ in PREDICTED:
        each = estimates(problem, method, test, level, prediction, tau2=tau2[method])
        predicted.append((float(each.mu), float(each.pi_lb), float(each.pi_ub)))
    found = measure_heterogeneity(problem, "REML", level, tau2["REML"])
    return _Defaults(tuple(pools), tuple(predicted), (found.i2, found.i2_lb, found.i2_ub))


def _heterogeneity(s: Synthesis, given: _Defaults) -> list[ConventionFinding]:
    by_q = ("RevMan 5", "meta (R)", "Stata metan")
    rows = [ConventionFinding("i2_q", "I²", "from Q", by_q, True, s.i2_q, None, None)]
    if s.method not in ("EE", "REML"):
        how, own = f"from τ² by {METHODS_SHORT[s.method]}", (f'metafor with method="{s.method}"',)
        rows.append(
            ConventionFinding("i2_tau2", "I²", how, own, False, s.i2, s.i2_lb, s.i2_ub)
        )  # fmt: skip
    if s.method != "EE":
        name = "i2_tau2" if s.method == "REML" else "i2_reml"
        rows.append(ConventionFinding(name, "I²", "from τ² by REML", BY_TAU2, False, *given.i2))
    return rows


def _pools(s: Synthesis, given: _Defaults) -> list[ConventionFinding]:
    """Return the pooled effect by the defaults of programs, with the analysis' own."""
    own = (s.method, s.test)
    rows = [
        _interval((method, test), programs, own, s, numbers)
        for (method, test, programs), numbers in zip(POOLS, given.pools, strict=True)
    ]
    if all((method, test) != own for method, test, _ in POOLS):
        rows.insert(0, _interval(own, (), own, s, (s.mu, s.ci_lb, s.ci_ub)))
    return rows


def _interval(
    model: tuple[Method, Test],
    programs: tuple[str, ...],
    own: tuple[Method, Test],
    s: Synthesis,
    numbers: tuple[float, float, float],
) -> ConventionFinding:
    method, test = model
    how = f"{METHODS_SHORT[method]}, {TESTS[test]}"
    name = f"ci_{method}_{test}".lower()
    return ConventionFinding(
        name, "Pooled effect", how, programs, model == own, *_printed(numbers, s)
    )


def _predictions(s: Synthesis, given: _Defaults) -> list[ConventionFinding]:
    """Return the prediction interval by the defaults of programs, with the analysis' own."""
    if s.method == "EE":
        return []
    own = (s.method, s.test, s.prediction)
    rows = [
        _prediction(model, programs, own, s, numbers)
        for (*model, programs), numbers in zip(PREDICTED, given.predicted, strict=True)
    ]
    if not any(row.used for row in rows):
        bounds = (math.nan if bound is None else bound for bound in (s.pi_lb, s.pi_ub))
        rows.insert(0, _prediction(own, (), own, s, (s.mu, *bounds)))
    return rows


def _prediction(
    model: Sequence[str],
    programs: tuple[str, ...],
    own: tuple[Method, Test, Prediction],
    s: Synthesis,
    numbers: Sequence[float],
) -> ConventionFinding:
    method, test, prediction = model
    how = f"{METHODS_SHORT[method]}, {TESTS[test]}, {PREDICTIONS[prediction]}"
    name = f"pi_{method}_{test}_{QUANTILES[prediction]}".lower()
    return ConventionFinding(
        name, "Prediction interval", how, programs, tuple(model) == own, *_printed(numbers, s)
    )


def _printed(numbers: Iterable[float], s: Synthesis) -> tuple[float | None, ...]:
    """Return an estimate and its bounds on the printed scale, None for NaN."""
    return tuple(printed(None if math.isnan(n) else n, s.measure) for n in numbers)


def _asymmetry(
    effects: Effects, s: Synthesis, tests: Mapping[str, SmallStudyFinding]
) -> list[ConventionFinding]:
    """Return the P values of Egger's tests that the plan has, with those of programs."""
    what, rows = "P of Egger’s test", []
    if (test := tests.get("egger_classic")) is not None:
        setting = "" if effects.k >= METABIAS else " with a lower k.min"
        programs: tuple[str, ...] = (f"metabias in meta (R){setting}",)
        how = "weighted regression, t"
        rows.append(
            ConventionFinding("egger_classic", what, how, programs, True, test.pval, None, None)
        )
    if (test := tests.get("egger_mixed")) is not None:
        how = "mixed-effects regression by {}, {}"
        quantiles = "z" if s.test == "z" else f"t ({TESTS[s.test]})"
        own = "common-effect, z"
        if s.method != "EE":
            own = how.format(METHODS_SHORT[s.method], quantiles)
        default = (s.method, s.test) == ("REML", "z")
        programs = REGTEST if default else ()
        rows.append(
            ConventionFinding("egger_mixed", what, own, programs, True, test.pval, None, None)
        )
        if not default and test.pval is not None:
            pval = egger(effects, "mixed", method="REML").pval
            rows.append(
                ConventionFinding(
                    "egger_reml", what, how.format("REML", "z"), REGTEST, False, pval, None, None
                )
            )
    return rows


def _excess(
    effects: Effects, tau2: float, test: SmallStudyFinding | None
) -> list[ConventionFinding]:
    """Return the P value of excess significance, and those of metafor that differ from it."""
    if test is None or test.pval is None:
        return []
    from analysis.excess import excess_significance

    what, observed = "P of the test of excess significance", round(test.more["observed"])
    others: list[tuple[str, str, tuple[str, ...], float]] = []
    if tau2 > 0:
        pval = excess_significance(effects).pval
        common = "of the common-effect estimate, without τ²"
        others.append(("excess_common", common, ("tes in metafor, of effects",), pval))
    if sum(math.comb(effects.k, n) for n in range(observed, effects.k + 1)) > SETS:
        with suppress(MethodError):
            pval = excess_significance(effects, tau2=tau2, test="chi2").pval
            others.append(("excess_chi2", "χ² approximation", ("tes in metafor",), pval))
    if not others:
        return []
    return [
        ConventionFinding("excess_exact", what, "exact", (), True, test.pval, None, None),
        *(
            ConventionFinding(id_, what, how, theirs, False, pval, None, None)
            for id_, how, theirs, pval in others
        ),
    ]
