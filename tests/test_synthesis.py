"""Pooled effects against metafor, the printed article, and limiting cases."""

from __future__ import annotations

import dataclasses
import json
import math
import re

import numpy as np
import pytest

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.heterogeneity import METHODS, Method
from analysis.synthesis import Prediction, Test, direction, pool, printed
from tests.core_reference import (
    SOLVED,
    assert_close,
    assert_p_close,
    effects,
    grid,
    reference,
)

# metafor climbs the lower of two maxima (test_heterogeneity), and gives identical effects an
# interval without width, which is refused here (test_messages).
CASES = [
    (name, method, test)
    for name, method, test in grid("pool", "set", "method", "test")
    if (name, method) != ("two_maxima", "REML") and (name, test) != ("identical", "knha")
]
LEVEL_90 = [
    (name, method)
    for name, method in grid("level_90", "set", "method")
    if (name, method) != ("two_maxima", "REML") and name != "identical"
]


@pytest.mark.parametrize(
    ("ends", "excludes"),
    [((-0.9, -0.1), True), ((0.1, 0.9), True), ((-0.9, 0.1), False), ((None, None), None)],
)
def test_a_prediction_interval_may_exclude_the_null(
    ends: tuple[float | None, float | None], excludes: bool | None
) -> None:
    pooled = pool(effects("bcg"), "DL", "z")
    found = dataclasses.replace(pooled, pi_lb=ends[0], pi_ub=ends[1])
    assert found.pi_excludes_null is excludes


def test_the_reference_grid_has_not_shrunk() -> None:
    assert len(CASES) >= 490
    assert {c[1] for c in CASES} == set(METHODS)
    assert {c[2] for c in CASES} == {"z", "knha", "adhoc"}
    assert len(LEVEL_90) >= 150


@pytest.mark.parametrize(("name", "method", "test"), CASES)
def test_pooled_effects_agree_with_metafor(name: str, method: Method, test: Test) -> None:
    data, theirs = effects(name), reference()["pool"][name][method][test]
    s = pool(data, method, test)
    scale = float(np.abs(data.yi).max())
    assert_close(s.mu, theirs["mu"], SOLVED, scale, "mu")
    assert_close(s.se, theirs["se"], SOLVED, what="se")
    assert_close(s.statistic, theirs["statistic"], SOLVED, 1, "statistic")
    assert_p_close(s.pval, theirs["pval"], s.statistic, "pval")
    assert_close(s.ci_lb, theirs["ci_lb"], SOLVED, scale, "ci_lb")
    assert_close(s.ci_ub, theirs["ci_ub"], SOLVED, scale, "ci_ub")
    assert_close(s.weights, theirs["weights"], SOLVED, what="weights")
    for key, prediction in (("riley", "t(k-2)"), ("t", "t(k-1)"), ("normal", "normal")):
        if f"pi_{key}" in theirs:
            s = pool(data, method, test, prediction=prediction)  # type: ignore[arg-type]
            assert s.pi_why is None
            assert_close((s.pi_lb, s.pi_ub), theirs[f"pi_{key}"], SOLVED, scale, prediction)


@pytest.mark.parametrize(("name", "method"), LEVEL_90)
def test_another_level_agrees_with_metafor(name: str, method: Method) -> None:
    data, theirs = effects(name), reference()["level_90"][name][method]
    s = pool(data, method, "knha", level=0.90)
    scale = float(np.abs(data.yi).max())
    assert_close((s.ci_lb, s.ci_ub), (theirs["ci_lb"], theirs["ci_ub"]), SOLVED, scale)


def test_the_article_s_overall_survival() -> None:
    # Jia et al. 2021: HR 0.89, 95% CI 0.79-1.00, P = 0.047, I² = 47.5%
    s = pool(effects("imni_os"), "DL", "z")
    assert (round(s.est, 2), round(s.est_lb, 2), round(s.est_ub, 2)) == (0.89, 0.79, 1.00)
    assert (round(s.pval, 3), round(s.i2, 1)) == (0.047, 47.5)
    assert s.excludes_null
    assert s.direction == -1
    # sources.md: with Hartung-Knapp 0.771-1.029
    s = pool(effects("imni_os"), "DL", "knha")
    assert (round(s.est_lb, 3), round(s.est_ub, 3)) == (0.771, 1.029)
    assert not s.excludes_null
    assert s.direction == 0


def test_ratios_print_as_exponentials_and_differences_as_they_are() -> None:
    data = effects("three")
    ratio = Effects(data.slab, data.yi, data.vi, "OR")
    s, r = pool(data), pool(ratio)
    assert (s.est, s.est_lb, s.pi_est_ub) == (s.mu, s.ci_lb, s.pi_ub)
    assert r.pi_ub is not None
    assert (r.est, r.est_lb, r.pi_est_ub) == (
        math.exp(r.mu), math.exp(r.ci_lb), math.exp(r.pi_ub),
    )  # fmt: skip
    assert printed(800.0, "HR") == math.inf
    assert printed(-800.0, "HR") == 0.0
    assert printed(None, "HR") is None


def test_direction() -> None:
    assert [direction(*c) for c in ((-2, -1), (-2, 0), (0, 0), (0, 2), (1, 2))] == [-1, 0, 0, 0, 1]


def test_one_study_is_answered_with_itself() -> None:
    for method in METHODS:
        s = pool(Effects(["a"], [-0.3], [0.04], "HR"), method)  # type: ignore[arg-type]
        assert (s.mu, s.se, s.tau2, s.qe, s.i2, s.weights) == (-0.3, 0.2, 0.0, 0.0, 0.0, (100.0,))
        assert s.pi_lb is None
        assert s.df is None
    assert s.pi_why == "one study says nothing of the variance between studies"


def test_two_studies() -> None:
    data = effects("two")
    s = pool(data, "REML", "knha")
    assert s.df == 1
    assert (s.pi_lb, s.pi_est_ub) == (None, None)
    assert s.pi_why == "t with k − 2 degrees of freedom needs three studies, found 2"
    for prediction in ("t(k-1)", "normal"):
        assert pool(data, "REML", prediction=prediction).pi_why is None  # type: ignore[arg-type]


def test_the_common_effect_has_no_prediction_interval() -> None:
    s = pool(effects("bcg"), "EE")
    assert (s.pi_lb, s.pi_ub, s.tau2, s.tau2_ub) == (None, None, 0.0, None)
    assert s.pi_why == (
        "the common-effect model has one true effect: nothing varies from study to study"
    )


def test_adhoc_is_never_narrower_than_z_would_be_with_t() -> None:
    # tau² = 0 and little spread: Hartung-Knapp would be far narrower
    data = effects("homogeneous")
    z, knha, adhoc = (pool(data, "REML", t) for t in ("z", "knha", "adhoc"))  # type: ignore[arg-type]
    assert knha.se < z.se / 3
    assert adhoc.se == z.se


def test_one_study_with_nearly_all_the_weight() -> None:
    data = Effects("abc", [1.0, 5.0, -3.0], [1e-12, 1.0, 1.0])
    s = pool(data, "EE")
    assert s.mu == pytest.approx(1.0, abs=1e-11)
    assert s.se == pytest.approx(1e-6)
    assert sum(s.weights) == pytest.approx(100)
    # The weighted mean, in exact arithmetic: 1 + (4 - 4) e-12 / (1 + 2e-12)
    assert s.mu == 1.0


def test_results_are_plain_json() -> None:
    s = pool(effects("bcg"), "REML", "knha")
    back = json.loads(json.dumps(dataclasses.asdict(s), allow_nan=False))
    assert back["mu"] == s.mu
    assert tuple(back["weights"]) == s.weights


def test_the_default_prediction_interval_is_named() -> None:
    s = pool(effects("bcg"))
    assert (s.method, s.test, s.prediction) == ("REML", "z", "t(k-2)")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((Effects([], [], []),), "pool: found no studies, wanted at least one"),
        (
            (effects("three"), "REML", "t"),
            "test: found 't', wanted one of z, knha, adhoc",
        ),
        (
            (effects("three"), "REML", "z", 0.95, "t"),
            "prediction: found 't', wanted one of t(k-2), t(k-1), normal",
        ),
        (
            (effects("three"), "REML", "z", 1.0),
            "level: found 1.0, wanted a number between 0 and 1, such as 0.95",
        ),
        (
            (effects("three"), "EE", "knha"),
            "test: found knha with method EE, wanted z: the Hartung-Knapp variance is made for "
            "random effects",
        ),
        (
            (effects("one"), "REML", "adhoc"),
            "test: found adhoc with 1 study, wanted at least 2: its t has k − 1 degrees of freedom",
        ),
        (
            (effects("identical"), "REML", "knha"),
            "test: found knha with 5 identical effects, wanted effects that differ (or test adhoc "
            "or z): the interval would have no width",
        ),
    ],
)
def test_messages(args: tuple[Effects, Method, Test, float, Prediction], message: str) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(message)}$"):
        pool(*args)
