"""Heterogeneity against metafor, exact rational arithmetic, and the defining equations."""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction

import numpy as np
import pytest

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.heterogeneity import (
    METHODS,
    Method,
    estimate_tau2,
    heterogeneity,
    standard_error_tau2,
)
from analysis.sums import SUM_NAMES, Studies, Sums
from tests.core_reference import SOLVED, assert_close, effects, grid, reference

RANDOM: tuple[Method, ...] = ("DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM")
# metafor climbs the lower of two maxima here: see test_the_higher_of_two_maxima_wins.
LOWER_MAXIMUM = ("two_maxima", "REML")
CASES = [c for c in grid("pool", "set", "method") if c != LOWER_MAXIMUM]


def _z(name: str, method: str) -> dict[str, object]:
    return reference()["pool"][name][method]["z"]


def test_the_reference_grid_has_not_shrunk() -> None:
    assert set(METHODS) == {"EE", *RANDOM}
    assert len(reference()["sets"]) >= 21
    assert len(grid("pool", "set", "method")) >= 21 * 9
    profiles = [p for p in grid("pool", "set", "method") if _z(*p).get("profile")]
    assert len(profiles) >= 20 * 8


@pytest.mark.parametrize(("name", "method"), CASES)
def test_estimates_agree_with_metafor(name: str, method: Method) -> None:
    theirs, data = _z(name, method), effects(name)
    h = heterogeneity(data, method)
    scale = float(data.vi.min())  # a tau² below that does nothing
    assert_close(h.tau2, theirs["tau2"], SOLVED, scale, "tau2")
    assert_close(h.se_tau2, theirs["se_tau2"], SOLVED, what="se_tau2")
    assert_close(h.i2, theirs["i2"], SOLVED, 100, "i2")
    assert_close(h.h2, theirs["h2"], SOLVED, what="h2")
    # Q of identical effects is rounding error in metafor, 0 here
    assert_close(h.qe, theirs["qe"], 1e-12, 1e-3, "qe")
    assert_close(h.qe_pval, theirs["qe_pval"], 1e-11, what="qe_pval")


@pytest.mark.parametrize(("name", "method"), [c for c in CASES if _z(*c).get("profile")])
def test_q_profile_intervals_agree_with_metafor(name: str, method: Method) -> None:
    h, theirs = heterogeneity(effects(name), method), _z(name, method)["profile"]
    for field, of in (("tau2", 1e-3), ("i2", 100.0), ("h2", 1.0)):
        for end in ("lb", "ub"):
            # uniroot() stops at 1e-14 absolutely
            what = f"{field}_{end}"
            assert_close(getattr(h, what), theirs[what], SOLVED, of, what)


def test_table_1_of_the_article() -> None:
    # Jia et al. 2021, figure of overall survival: I² = 47.5%
    h = heterogeneity(effects("imni_os"), "DL")
    assert round(h.i2, 1) == 47.5
    assert h.i2 == pytest.approx(h.i2_q, rel=1e-14)


@pytest.mark.parametrize("name", ["imni_os", "bcg", "normand_md", "far_apart", "two_apart"])
def test_paule_mandel_solves_its_equation(name: str) -> None:
    data = effects(name)
    tau2 = heterogeneity(data, "PM").tau2
    w = 1 / (data.vi + tau2)
    mu = (w @ data.yi) / w.sum()
    assert tau2 > 0
    assert w @ (data.yi - mu) ** 2 == pytest.approx(data.k - 1, rel=1e-12)


def _restricted(data: Effects, tau2: float) -> float:
    """The restricted log-likelihood, written out."""
    w = 1 / (data.vi + tau2)
    mu = (w @ data.yi) / w.sum()
    return -0.5 * float(np.log(data.vi + tau2).sum() + np.log(w.sum()) + w @ (data.yi - mu) ** 2)


def test_the_higher_of_two_maxima_wins() -> None:
    data = effects("two_maxima")
    ours = heterogeneity(data, "REML").tau2
    theirs = reference()["pool"]["two_maxima"]["REML"]["z"]["tau2"]
    assert theirs > 1 > 0.001 > ours
    # Both are maxima, and theirs is the lower
    for tau2 in (ours, theirs):
        top = _restricted(data, tau2)
        assert top > _restricted(data, tau2 * 0.999)
        assert top > _restricted(data, tau2 * 1.001)
    assert _restricted(data, ours) > _restricted(data, theirs) + 1.5
    around = np.geomspace(1e-9, 100, 5000)
    assert _restricted(data, ours) >= max(_restricted(data, t) for t in around)


def test_the_higher_of_two_maxima_wins_among_many_problems() -> None:
    two, plain = effects("two_maxima"), effects("three")
    yi, vi = np.concatenate((two.yi, plain.yi)), np.concatenate((two.vi, plain.vi))
    include = np.array([[1, 1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1]], dtype=bool)
    for method in ("ML", "REML"):
        together = estimate_tau2(Studies(yi, vi, include), method)
        alone = [heterogeneity(e, method).tau2 for e in (two, plain)]
        assert together == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_a_maximum_at_zero_beats_a_lower_one_inside(method: Method) -> None:
    # A tight cluster with two far, imprecise studies: the likelihood falls from 0, then rises.
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(300):
        yi = np.concatenate((rng.normal(0, 0.01, 3), rng.normal(0, 2.5, 2)))
        data = Effects("abcde", yi, [1e-4, 1e-4, 1e-4, 1.0, 1.0])
        problem = Studies(data.yi, data.vi)
        around = np.concatenate(([0.0], np.geomspace(1e-8, 50, 600)))
        curve = problem.log_likelihood(around, restricted=method == "REML")
        inside = (curve[1:-1] > curve[:-2]) & (curve[1:-1] > curve[2:])
        found = heterogeneity(data, method).tau2
        best = problem.log_likelihood(found, restricted=method == "REML")
        assert best >= curve.max() - 1e-9
        seen += bool(found == 0.0 and inside.any())
    assert seen > 0, "no case had a lower maximum inside: the test shows nothing"


def _exact_sums(data: Effects, tau2: Fraction) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """S, mu, y'Py and y'PPy - tr P in rational arithmetic."""
    y = [Fraction(float(v)) for v in data.yi]
    w = [1 / (Fraction(float(v)) + tau2) for v in data.vi]
    s = sum(w, Fraction(0))
    mu = sum((a * b for a, b in zip(w, y, strict=True)), Fraction(0)) / s
    q = sum((a * (b - mu) ** 2 for a, b in zip(w, y, strict=True)), Fraction(0))
    q2 = sum((a**2 * (b - mu) ** 2 for a, b in zip(w, y, strict=True)), Fraction(0))
    return s, mu, q, q2 - s + sum(a**2 for a in w) / s


WIDE = [
    Effects("abcdefg", [0.3, -0.5, 1.0, 0.2, -0.1, 0.4, 3.0], 10.0 ** np.arange(-9, 5, 2)),
    Effects("abcd", [50.0, -50.0, 49.0, -49.5], [1e-6, 1e6, 1.0, 1e-2]),
    Effects("abc", [0.1, 0.2, 0.7], [1e-12, 1.0, 1.0]),
]


@pytest.mark.parametrize("data", WIDE)
def test_variances_over_twelve_orders_of_magnitude(data: Effects) -> None:
    w = [1 / Fraction(float(v)) for v in data.vi]
    s, _, q, _ = _exact_sums(data, Fraction(0))
    trp = s - sum(a**2 for a in w) / s
    exact = max(Fraction(0), (q - (data.k - 1)) / trp)
    assert heterogeneity(data, "DL").tau2 == pytest.approx(float(exact), rel=1e-12)
    for method, equation in (("PM", 2), ("REML", 3)):
        tau2 = heterogeneity(data, method).tau2  # type: ignore[arg-type]
        target = data.k - 1 if method == "PM" else 0
        at = [
            float(_exact_sums(data, Fraction(tau2) * factor)[equation] - target)
            for factor in (Fraction(999_999_999, 10**9), Fraction(10**9 + 1, 10**9))
        ]
        if tau2 > 0:
            assert at[0] > 0 > at[1], method


@pytest.mark.parametrize("data", WIDE)
def test_the_trace_of_pp_when_one_study_has_nearly_all_weight(data: Effects) -> None:
    w = [1 / Fraction(float(v)) for v in data.vi]
    s = sum(w, Fraction(0))
    p = [
        [(a if i == j else Fraction(0)) - a * b / s for j, b in enumerate(w)]
        for i, a in enumerate(w)
    ]
    exact = sum(x**2 for row in p for x in row)
    assert Studies(data.yi, data.vi).trace_pp(0.0) == pytest.approx(float(exact), rel=1e-13)


def test_identical_effects_have_no_heterogeneity() -> None:
    for method in METHODS:
        h = heterogeneity(effects("identical"), method)  # type: ignore[arg-type]
        assert (h.tau2, h.i2, h.i2_q, h.qe, h.qe_pval) == (0.0, 0.0, 0.0, 0.0, 1.0)
        assert h.tau2_ub == (None if method == "EE" else 0.0)


def test_one_study() -> None:
    h = heterogeneity(Effects(["a"], [0.3], [0.1]), "REML")
    assert (h.tau2, h.i2, h.h2, h.qe, h.qe_df, h.qe_pval) == (0.0, 0.0, 1.0, 0.0, 0, 1.0)
    assert (h.se_tau2, h.tau2_lb, h.tau2_ub, h.i2_lb, h.h2_ub) == (None,) * 5
    assert np.isnan(standard_error_tau2(Studies(np.zeros(1), np.ones(1)), "DL", 0.0))


def test_a_hundred_thousand_studies() -> None:
    rng = np.random.default_rng(1)
    vi = rng.uniform(0.01, 1, 100_000)
    data = Effects([""] * 100_000, rng.normal(0.2, np.sqrt(vi + 0.1)), vi)
    for method in RANDOM:
        if method == "SJ":
            continue  # biased upwards by design where variances differ this much
        h = heterogeneity(data, method)
        # 4 standard errors of 0.1; the interval of that many studies is as narrow
        assert h.tau2 == pytest.approx(0.1, abs=4 * (h.se_tau2 or 0))
        assert h.tau2_lb is not None
        assert h.tau2_ub is not None
        assert 0.09 < h.tau2_lb < h.tau2_ub < 0.11


def test_another_level_narrows_the_interval() -> None:
    wide, narrow = (heterogeneity(effects("bcg"), "DL", level) for level in (0.95, 0.5))
    assert wide.tau2_lb is not None
    assert narrow.tau2_lb is not None
    assert narrow.tau2_ub is not None
    assert wide.tau2_ub is not None
    assert wide.tau2_lb < narrow.tau2_lb < narrow.tau2_ub < wide.tau2_ub


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: heterogeneity(Effects([], [], [])),
            "heterogeneity: found no studies, wanted at least one",
        ),
        (
            lambda: heterogeneity(effects("three"), "XX"),  # type: ignore[arg-type]
            "method: found 'XX', wanted one of EE, DL, HE, HS, SJ, ML, REML, EB, PM",
        ),
        (
            lambda: heterogeneity(effects("three"), "DL", 95),
            "level: found 95, wanted a number between 0 and 1, such as 0.95",
        ),
    ],
)
def test_messages(call: object, message: str) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(message)}$"):
        call()  # type: ignore[operator]


class _Unending(Studies):
    """Studies whose Q and score never fall, as no studies do."""

    def at(self, tau2: object) -> Sums:
        found = super().at(0.0 if self._other is None else np.zeros(len(self.k)))
        return dataclasses.replace(found, q=found.q * 0 + 1e6, q2=found.q * 0 + 1e9)

    def on_grid(self, grid: np.ndarray) -> Sums:
        each = [self.at(t) for t in grid]
        return Sums(*(np.stack([getattr(e, n) for e in each]) for n in SUM_NAMES))


def test_no_convergence_is_said() -> None:
    data = effects("three")
    many = np.ones((2, 3), dtype=bool)
    endless = "tau²: found no solution of Q(tau²) = 2 in 500 steps, wanted one"
    flat = "tau²: found no maximum of the likelihood between 0 and its bound, wanted one"
    for include in (None, many):
        problem = _Unending(data.yi, data.vi, include)
        with pytest.raises(MethodError, match=f"^{re.escape(endless)}$"):
            estimate_tau2(problem, "PM")
        for method in ("ML", "REML"):
            with pytest.raises(MethodError, match=f"^{re.escape(flat)}$"):
                estimate_tau2(problem, method)  # type: ignore[arg-type]
