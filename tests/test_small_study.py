"""Egger, Begg, trim and fill, PET-PEESE: against metafor, R's lm and cor.test, and the article."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import re

import numpy as np
import pytest
from scipy import stats

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.rank_correlation import kendall
from analysis.small_study import begg, egger, pet_peese, trim_and_fill
from analysis.synthesis import pool
from tests.core_reference import (
    SOLVED,
    assert_close,
    assert_p_close,
    effects,
    grid,
    listed,
    reference,
)


def test_the_reference_grid_has_not_shrunk() -> None:
    assert len({c[0] for c in grid("egger", "s")}) >= 17
    assert {c[2] for c in grid("egger", *"smp")} == {
        "sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv"
    }  # fmt: skip
    assert len(grid("begg", "s")) >= 19
    assert len(grid("lines", "s")) >= 16
    assert len(grid("trim_and_fill", *"smes")) >= 16 * 3 * 2 * 3


@pytest.mark.parametrize(("name", "model", "predictor"), grid("egger", *"smp"))
def test_egger_agrees_with_metafor(name: str, model: str, predictor: str) -> None:
    data, theirs = effects(name), reference()["egger"][name][model][predictor]
    ni = listed(reference()["sets"][name]["ni"])
    if model == "lm":
        if name == "identical":
            with pytest.raises(MethodError, match="exactly on the line"):
                egger(data, "classic", predictor, ni)  # type: ignore[arg-type]
            return
        found = egger(data, "classic", predictor, ni)  # type: ignore[arg-type]
        assert (found.df, found.tau2, found.method) == (data.k - 2, None, None)
    else:
        found = egger(data, "mixed", predictor, ni, model)  # type: ignore[arg-type]
        assert (found.df, found.method) == (None, model)
    scale = float(np.abs(data.yi).max())
    assert_close(found.statistic, theirs["statistic"], SOLVED, 1, "statistic")
    if name != "identical":  # there the slope is rounding error
        assert_p_close(found.pval, theirs["pval"], found.statistic, "pval")
        assert_close(found.se, theirs["se"][1], SOLVED, what="se")
        assert_close(found.b, theirs["b"][1], SOLVED, theirs["se"][1], "b")
    assert_close(found.intercept, theirs["b"][0], SOLVED, scale, "intercept")
    for end in ("limit", "limit_lb", "limit_ub"):
        assert_close(getattr(found, end), theirs[end], SOLVED, scale, end)


@pytest.mark.parametrize("model", ["classic", "mixed"])
@pytest.mark.parametrize("predictor", ["sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv"])
def test_the_effect_as_studies_grow_is_printed_as_a_ratio(model: str, predictor: str) -> None:
    data, ni = effects("imni_os"), listed(reference()["sets"]["imni_os"]["ni"])
    found = egger(data, model, predictor, ni)  # type: ignore[arg-type]
    limits = (found.limit, found.limit_lb, found.limit_ub)
    printed = (found.limit_est, found.limit_est_lb, found.limit_est_ub)
    # These grow with a study: none of their values is that of a study without sampling error
    if predictor in ("ni", "sqrtni"):
        assert limits == printed == (None, None, None)
    else:
        assert printed == pytest.approx(tuple(np.exp(limits)))


def test_the_article_s_egger_test() -> None:
    # Jia et al. 2021: P = 0.462
    found = egger(effects("imni_os"))
    assert round(found.pval, 3) == 0.462
    assert found.informative
    assert found.why is None


def test_egger_is_the_regression_of_yi_over_sei_on_precision() -> None:
    # Egger et al. 1997, in their own form, by scipy
    data = effects("bcg")
    line = stats.linregress(1 / data.sei, data.yi / data.sei)
    found = egger(data)
    assert found.b == pytest.approx(line.intercept, rel=1e-12)
    assert found.se == pytest.approx(line.intercept_stderr, rel=1e-12)
    assert found.intercept == pytest.approx(line.slope, rel=1e-12)


def test_few_studies_are_said_to_be_few() -> None:
    data = effects("imni_dfs")
    why = "fewer than 10 studies (8): the test has little power"
    for found in (egger(data), begg(data), trim_and_fill(data), pet_peese(data)):
        assert not found.informative
        assert found.why == why
    assert pet_peese(effects("imni_os")).informative


@pytest.mark.parametrize("name", [c[0] for c in grid("begg", "s")])
def test_begg_agrees_with_metafor(name: str) -> None:
    found, theirs = begg(effects(name)), reference()["begg"][name]
    if name == "identical":
        # R's correlation of a constant is not a number: nothing speaks for asymmetry
        assert (found.tau, found.pval) == (0.0, 1.0)
        assert theirs == {"tau": None, "pval": None}
        return
    assert_close(found.tau, theirs["tau"], 1e-14, 1, "tau")
    assert_close(found.pval, theirs["pval"], 1e-12, what="pval")


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 7])
def test_exact_p_values_are_those_of_all_permutations(k: int) -> None:
    x = np.arange(float(k))
    signs = {}
    for y in itertools.permutations(range(k)):
        pairs = itertools.combinations(range(k), 2)
        signs[y] = sum(1 if y[j] > y[i] else -1 for i, j in pairs)
    for y, s in signs.items():
        extreme = sum(abs(other) >= abs(s) for other in signs.values()) / len(signs)
        found = kendall(x, np.array(y, dtype=float))
        assert found.exact
        assert found.pval == pytest.approx(min(1.0, extreme), rel=1e-12)


@pytest.mark.parametrize("k", [30, 201, 2000])
@pytest.mark.parametrize("tied", [False, True])
def test_kendall_agrees_with_scipy(k: int, tied: bool) -> None:
    rng = np.random.default_rng(k)
    x, y = rng.normal(size=k), rng.normal(size=k)
    y = y + 0.2 * x
    if tied:
        x, y = np.round(x * 4), np.round(y * 3)
    found = kendall(x, y)
    theirs = stats.kendalltau(x, y, method="exact" if found.exact else "asymptotic")
    assert found.exact == (k == 30 and not tied)
    assert found.tau == pytest.approx(theirs.statistic, rel=1e-12)
    assert found.pval == pytest.approx(theirs.pvalue, rel=1e-9)


def test_kendall_of_a_constant_is_zero() -> None:
    assert kendall(np.ones(4), np.arange(4.0)).pval == 1.0
    assert kendall(np.arange(2.0), np.array([1.0, 1.0])).tau == 0.0


@pytest.mark.parametrize(("name", "method", "estimator", "side"), grid("trim_and_fill", *"smes"))
def test_trim_and_fill_agrees_with_metafor(
    name: str, method: str, estimator: str, side: str
) -> None:
    data, theirs = effects(name), reference()["trim_and_fill"][name][method][estimator][side]
    if theirs is None:
        pytest.fail("metafor gave no answer: see core.R")
    found = trim_and_fill(data, method, estimator, None if side == "auto" else side)  # type: ignore[arg-type]
    if name == "identical" and side == "auto":
        assert found.k0 == theirs["k0"] == 0  # the slope is rounding error, and so is its side
        return
    assert (found.k0, found.side) == (theirs["k0"], theirs["side"])
    assert_close(found.se_k0, theirs["se_k0"], SOLVED, what="se_k0")
    assert_close(found.pval, theirs["pval"], SOLVED, what="pval")
    scale = float(np.abs(data.yi).max())
    assert_close(found.filled.mu, theirs["mu"], SOLVED, scale, "mu")
    assert_close(found.filled.se, theirs["se"], SOLVED, what="se")
    assert_close(found.filled.tau2, theirs["tau2"], SOLVED, float(data.vi.min()), "tau2")
    assert_close(found.filled_yi, theirs["yi"], SOLVED, scale, "yi")
    assert_close(found.filled_vi, theirs["vi"], 1e-15, what="vi")
    assert found.original == pool(data, method)  # type: ignore[arg-type]


def test_filled_studies_mirror_the_trimmed_ones() -> None:
    data = effects("imni_os")
    found = trim_and_fill(data, "EE", "L0", "right")
    assert found.k0 > 0
    assert found.filled.k == data.k + found.k0
    assert found.filled.slab[-1] == f"Filled {found.k0}"
    for y, v in zip(found.filled_yi, found.filled_vi, strict=True):
        i = int(np.flatnonzero(data.vi == v)[0])
        # Both lie as far from the trimmed centre
        kept = data.take(np.argsort(data.yi)[found.k0 :])
        assert y + data.yi[i] == pytest.approx(2 * pool(kept, "EE").mu, rel=1e-12)


@pytest.mark.parametrize("name", [c[0] for c in grid("lines", "s")])
def test_pet_and_peese_agree_with_lm(name: str) -> None:
    theirs = reference()["lines"][name]
    if theirs is None or name == "identical":
        with pytest.raises(MethodError, match=r"^PET-PEESE: found .*, wanted "):
            pet_peese(effects(name))
        return
    data = effects(name)
    found = pet_peese(data)
    scale = float(np.abs(data.yi).max())
    for key, pair in (
        ("sei", (found.pet, found.pet_slope)),
        ("vi", (found.peese, found.peese_slope)),
    ):
        for i, c in enumerate(pair):
            their = {field: values[i] for field, values in theirs[key].items()}
            of = max(scale, abs(their["b"]))
            assert_close(c.b, their["b"], SOLVED, of, "b")
            assert_close(c.se, their["se"], SOLVED, what="se")
            assert_close(c.statistic, their["statistic"], SOLVED, 1, "statistic")
            assert_p_close(c.pval, their["pval"], c.statistic, "pval")
            assert_close((c.ci_lb, c.ci_ub), (their["ci_lb"], their["ci_ub"]), SOLVED, of, "ci")
    chosen = "PEESE" if listed(theirs["sei"]["pval"])[0] < 0.10 else "PET"
    assert found.chosen == chosen
    assert found.adjusted == (found.pet if chosen == "PET" else found.peese)
    assert found.pet.est == (math.exp(found.pet.b) if found.measure == "HR" else found.pet.est)


def test_both_choices_occur_in_the_grid() -> None:
    chosen = {pet_peese(effects(n)).chosen for n in ("imni_os", "li")}
    assert chosen == {"PET", "PEESE"}


def test_results_are_plain_json() -> None:
    data = effects("bcg")
    for result in (egger(data), egger(data, "mixed"), begg(data), trim_and_fill(data)):
        json.dumps(dataclasses.asdict(result), allow_nan=False)


def test_begg_when_one_study_has_nearly_all_the_weight() -> None:
    # vi - 1/S of the lead is some 1e-24, which a subtraction would make 0
    data = Effects("abcd", [1.0, 5.0, -3.0, 2.0], [1e-12, 1.0, 2.0, 3.0])
    assert begg(data).pval == 1.0
    assert begg(Effects("ab", [0.0, 1.0], [1e-12, 1.0])).tau == pytest.approx(1)


SAME = Effects("abc", [1, 2, 4], [0.1, 0.1, 0.1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: egger(effects("bcg"), "x"),  # type: ignore[arg-type]
            "Egger: found model 'x', wanted one of classic, mixed",
        ),
        (
            lambda: egger(effects("bcg"), "classic", "x"),  # type: ignore[arg-type]
            "Egger: found predictor 'x', wanted one of sei, vi, ni, ninv, sqrtni, sqrtninv",
        ),
        (
            lambda: egger(effects("bcg"), "classic", "ni"),
            "Egger: found no sample sizes, wanted them for ni",
        ),
        (
            lambda: egger(effects("three"), "classic", "ni", [1, 0, 3]),
            "Egger: found sample sizes [1, 0, 3], wanted 3 positive numbers",
        ),
        (lambda: egger(effects("two")), "Egger: found 2 studies, wanted at least 3"),
        (lambda: egger(effects("one")), "Egger: found 1 study, wanted at least 3"),
        (lambda: pet_peese(Effects([], [], [])), "PET-PEESE: found no studies, wanted at least 3"),
        (
            lambda: egger(SAME),
            "Egger: found the same sei in every study, wanted studies of different size",
        ),
        (
            lambda: pet_peese(SAME),
            "PET-PEESE: found the same sei in every study, wanted studies of different size",
        ),
        (
            lambda: egger(effects("identical")),
            "Egger: found every study exactly on the line, wanted residuals to judge it by",
        ),
        (
            # ranktest() of metafor: NA
            lambda: begg(SAME),
            "Begg: found the same vi in every study, wanted studies of different size",
        ),
        (lambda: begg(effects("one")), "Begg: found 1 study, wanted at least 2"),
        (lambda: begg(Effects([], [], [])), "Begg: found no studies, wanted at least 2"),
        (
            lambda: trim_and_fill(effects("two")),
            "trim and fill: found 2 studies, wanted at least 3",
        ),
        (
            lambda: trim_and_fill(SAME),
            "trim and fill: found the same standard error in every study, wanted a side (left or "
            "right): the funnel has no slope to read it from",
        ),
        (
            lambda: trim_and_fill(SAME, estimator="Q0"),  # type: ignore[arg-type]
            "trim and fill: found estimator 'Q0', wanted one of L0, R0",
        ),
        (
            lambda: trim_and_fill(SAME, side="up"),  # type: ignore[arg-type]
            "trim and fill: found side 'up', wanted one of left, right",
        ),
    ],
)
def test_messages(call: object, message: str) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(message)}$"):
        call()  # type: ignore[operator]


def test_trim_and_fill_that_does_not_settle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.trimming.MAXIMUM_ROUNDS", 1)
    message = (
        "trim and fill: found no convergence after 1 rounds, wanted a stable number of missing "
        "studies"
    )
    with pytest.raises(MethodError, match=f"^{re.escape(message)}$"):
        trim_and_fill(effects("imni_os"), "EE", "L0", "right")
