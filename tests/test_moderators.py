"""Meta-regression and subgroups against metafor, the printed article, and exact cases."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.designs import Design
from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.heterogeneity import METHODS, Method
from analysis.model_matrix import model_matrix
from analysis.moderators import Moderator, regress, subgroups
from analysis.sums import Studies
from analysis.synthesis import Test, pool
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
    cases = grid("regress", "set", "formula", "method", "test")
    assert len(cases) >= 21 * 25
    assert len({c[0] for c in cases}) >= 8
    groups = grid("subgroups", "set", "factor", "method", "test")
    assert len(groups) >= 8 * 25
    assert len({c[0] for c in groups}) >= 7


def moderator(name: str, variable: str) -> Moderator:
    data = reference()["sets"][name]
    values = data["numeric"].get(variable) or data["factor"][variable]
    return Moderator(variable, tuple(values))


def terms(name: str, formula: str) -> tuple[list[Moderator], list[tuple[str, str]]]:
    """`a + b` and `a * b` as R reads them."""
    a, *rest = re.split(r" [+*] ", formula)
    crossed = [(a, rest[0])] if "*" in formula else []
    return [moderator(name, v) for v in (a, *rest)], crossed


@pytest.mark.parametrize(("name", "formula", "method", "test"), grid("regress", *"sfmt"))
def test_meta_regression_agrees_with_metafor(
    name: str, formula: str, method: Method, test: Test
) -> None:
    theirs, data = reference()["regress"][name][formula][method][test], effects(name)
    chosen, crossed = terms(name, formula)
    r = regress(data, chosen, method, test, interactions=crossed)
    assert (r.k, r.p) == (theirs["k"], len(theirs["b"]))
    assert len(r.left_out) == data.k - r.k
    size = float(np.abs(theirs["b"]).max())

    def column(field: str) -> list[float]:
        return [getattr(c, field) for c in r.coefficients]

    for field, of in (("b", size), ("se", 0), ("statistic", 1), ("ci_lb", size), ("ci_ub", size)):
        assert_close(column(field), theirs[field], SOLVED, of, field)
    assert_p_close(column("pval"), theirs["pval"], column("statistic"), "pval")
    assert_close(r.qm, theirs["qm"], SOLVED, what="qm")
    assert_p_close(r.qm_pval, theirs["qm_pval"], np.sqrt(r.qm * r.qm_df), "qm_pval")
    assert [r.qm_df, r.qm_df2] == listed(theirs["qm_df"])
    # metafor 3.8 says 0 of nothing to explain (or noise, where it stops just above 0).
    if method != "EE" and r.tau2_without == 0:
        assert r.r2 is None
    else:
        assert_close(r.r2, theirs["r2"], SOLVED, 100, "r2")
    assert_close(r.tau2, theirs["tau2"], SOLVED, float(data.vi.min()), "tau2")
    assert_close(r.se_tau2, theirs["se_tau2"], SOLVED, what="se_tau2")
    assert_close(r.i2, theirs["i2"], SOLVED, 100, "i2")
    assert_close(r.h2, theirs["h2"], SOLVED, what="h2")
    assert_close(r.qe, theirs["qe"], 1e-11, what="qe")
    assert_close(r.qe_pval, theirs["qe_pval"], 1e-10, what="qe_pval")
    if method != "EE":
        assert_close(r.tau2_lb, theirs["tau2_lb"], SOLVED, 1e-3, "tau2_lb")
        assert_close(r.tau2_ub, theirs["tau2_ub"], SOLVED, 1e-3, "tau2_ub")
    vcov = np.array(r.vcov)
    assert_close(vcov.ravel(), theirs["vcov"], SOLVED, float(np.abs(vcov).max()), "vcov")


@pytest.mark.parametrize(("name", "factor", "method", "test"), grid("subgroups", *"sfmt"))
def test_subgroups_agree_with_metafor(name: str, factor: str, method: Method, test: Test) -> None:
    theirs, data = reference()["subgroups"][name][factor][method][test], effects(name)
    names = reference()["sets"][name]["factor"][factor]
    size = float(np.abs(data.yi).max())
    for tau2 in ("separate", "common"):
        each = theirs[tau2]
        s = subgroups(data, names, method, test, tau2=tau2)  # type: ignore[arg-type]
        assert [g.name for g in s.groups] == theirs["groups"]

        def column(field: str, s: object = s) -> list[float]:
            return [getattr(g.synthesis, field) for g in s.groups]  # type: ignore[attr-defined]

        for field, of in (("mu", size), ("se", 0), ("ci_lb", size), ("ci_ub", size)):
            assert_close(column(field), each[field], SOLVED, of, f"{tau2} {field}")
        own = column("tau2") if tau2 == "separate" else (s.tau2_common or 0.0)
        assert_close(own, each["tau2"], SOLVED, float(data.vi.min()), "tau2")
        assert_close(s.q_between, each["q"], SOLVED, 1e-2, f"{tau2} q")
        assert_p_close(s.pval, each["pval"], np.sqrt(s.q_between * s.df), f"{tau2} pval")


def test_the_article_s_nodal_status() -> None:
    # Jia et al. 2021: disease-free survival on N0 against mixed N+, P = 0.011; mixed N+
    # 0.58 (0.49-0.69). sources.md: 0.0106 (REML, HK), 0.0112 (DL, HK)
    data, nodes = effects("imni_dfs"), moderator("imni_dfs", "nodes")
    p = {m: regress(data, [nodes], m, "knha").qm_pval for m in ("REML", "DL")}  # type: ignore[arg-type]
    assert (round(p["REML"], 4), round(p["DL"], 4)) == (0.0106, 0.0112)
    mixed = subgroups(data, nodes.values, "DL").groups[0]  # type: ignore[arg-type]
    assert mixed.name == "mixed"
    s = mixed.synthesis
    assert (round(s.est, 2), round(s.est_lb, 2), round(s.est_ub, 2)) == (0.58, 0.49, 0.69)


@pytest.mark.parametrize(
    ("variable", "wald", "hartung_knapp"),
    [("retro", 0.650, 0.694), ("follow_up", 0.067, 0.122), ("start", 0.017, 0.042)],
)
def test_the_article_s_regressions(variable: str, wald: float, hartung_knapp: float) -> None:
    # sources.md, "What a recomputation of Table 1 shows", computed there with metafor
    data, chosen = effects("imni_os"), moderator("imni_os", variable)
    assert round(regress(data, [chosen], "DL", "z").qm_pval, 3) == wald
    assert round(regress(data, [chosen], "REML", "knha").qm_pval, 3) == hartung_knapp


@pytest.mark.parametrize("method", [m for m in METHODS if m != "EE"])
@pytest.mark.parametrize("test", ["z", "knha", "adhoc"])
def test_common_subgroups_are_the_regression_on_the_groups(method: Method, test: Test) -> None:
    data, alloc = effects("bcg"), moderator("bcg", "alloc")
    s = subgroups(data, alloc.values, method, test, tau2="common")  # type: ignore[arg-type]
    r = regress(data, [alloc], method, test)
    assert s.q_between == pytest.approx(r.qm, rel=1e-11)
    assert s.pval == pytest.approx(r.qm_pval, rel=1e-10)
    at = {"alternate": (0, 0), "random": (1, 0), "systematic": (0, 1)}
    assert r.terms == ("intercept", "alloc: random", "alloc: systematic")
    for group in s.groups:
        fitted = r.predict(at[group.name])
        assert (fitted.mu, fitted.ci_lb, fitted.est_ub) == pytest.approx(
            (group.synthesis.mu, group.synthesis.ci_lb, group.synthesis.est_ub), rel=1e-11
        )
        assert group.synthesis.tau2 == s.tau2_common


def test_equal_effects_split_q_into_within_and_between() -> None:
    data, alloc = effects("bcg"), moderator("bcg", "alloc")
    s = subgroups(data, alloc.values, "EE")  # type: ignore[arg-type]
    within = sum(g.synthesis.qe for g in s.groups)
    assert s.q_between + within == pytest.approx(pool(data, "EE").qe, rel=1e-13)
    assert (s.tau2_common, s.df, s.df2) == (None, 2, None)


def test_a_subgroup_of_one_study_is_answered() -> None:
    data, nodes = effects("imni_dfs"), moderator("imni_dfs", "nodes")
    for tau2 in ("separate", "common"):
        s = subgroups(data, nodes.values, "REML", "knha", tau2=tau2)  # type: ignore[arg-type]
        one = s.groups[1]
        assert (one.name, one.synthesis.k, one.synthesis.mu) == ("N0", 1, data.yi[5])
        if tau2 == "separate":
            assert (one.synthesis.test, one.synthesis.tau2) == ("z", 0.0)
            assert one.synthesis.se == pytest.approx(data.sei[5])
            assert (s.df2, s.groups[0].synthesis.test) == (None, "knha")
        else:
            assert (one.synthesis.test, one.synthesis.df) == ("knha", data.k - 2)
            assert s.df2 == data.k - 2
            # The t of the prediction interval loses a further degree of freedom
            assert one.synthesis.pi_lb is not None
            assert one.synthesis.pi_lb < one.synthesis.ci_lb


def test_subgroups_leave_out_and_name_the_unknown() -> None:
    data = effects("imni_os")
    names = ["a", "b"] * 5 + [None, "a"]
    s = subgroups(data, names, "DL")
    assert s.left_out == ("Stemmer",)
    assert (s.k, [g.synthesis.k for g in s.groups]) == (11, [6, 5])
    common = subgroups(data, names, "DL", tau2="common")
    kept = [i for i, n in enumerate(names) if n]
    again = subgroups(data.take(kept), [names[i] for i in kept], "DL", tau2="common")
    assert common.pval == again.pval


def test_prediction_within_common_subgroups_needs_degrees_of_freedom() -> None:
    data = effects("three")
    s = subgroups(data, ["a", "b", "b"], "DL", tau2="common")
    for group in s.groups:
        assert group.synthesis.pi_lb is None
        assert group.synthesis.pi_why == (
            "t with one degree of freedom fewer than the residual has none left"
        )
    s = subgroups(data, ["a", "b", "b"], "DL", tau2="common", prediction="normal")
    assert s.groups[0].synthesis.pi_why is None


def test_missing_moderators_leave_studies_out() -> None:
    data = effects("three")
    whole = Effects((*data.slab, "S 4", "S 5"), [*data.yi, 9, 8], [*data.vi, 1, 1])
    values = (1.0, 2.0, 4.0, None, float("nan"))
    r = regress(whole, [Moderator("x", values)])
    assert r.left_out == ("S 4", "S 5")
    assert r.slab == data.slab
    assert r.qm_pval == regress(data, [Moderator("x", (1.0, 2.0, 4.0))]).qm_pval


@pytest.mark.parametrize("apart", [1e-3, 1e-5, 1e-7, 1e-8])
def test_columns_that_nearly_depend_keep_their_common_test(apart: float) -> None:
    """What two columns explain together is no matter of how far apart they are."""
    yi, vi = [0.1, 0.3, 0.9, -0.2, 0.4, 0.6], [0.04, 0.05, 0.02, 0.03, 0.06, 0.01]
    data = Effects(tuple("abcdef"), yi, vi)
    x = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)

    def tested(z: tuple[float, ...]) -> float:
        return regress(data, [Moderator("x", x), Moderator("z", z)], "DL", "z").qm

    # The same space of columns: x, and an indicator of the first study.
    assert tested((1 + apart, *x[1:])) == pytest.approx(
        tested((1, 0, 0, 0, 0, 0)), rel=1e-15 / apart
    )


def test_the_reference_category_is_chosen_and_stated() -> None:
    data, alloc = effects("bcg"), moderator("bcg", "alloc")
    first = regress(data, [alloc])
    other = regress(data, [dataclasses.replace(alloc, reference="systematic")])
    assert first.references == (("alloc", "alternate"),)
    assert other.references == (("alloc", "systematic"),)
    assert other.terms == ("intercept", "alloc: alternate", "alloc: random")
    assert other.qm == pytest.approx(first.qm, rel=1e-11)
    assert other.coefficients[1].b == pytest.approx(-first.coefficients[2].b, rel=1e-11)


def test_numbers_can_be_categories() -> None:
    data = effects("imni_os")
    codes = (1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1.5, 1.5)
    r = regress(data, [Moderator("code", codes, kind="categorical")])
    assert r.terms == ("intercept", "code: 1.5", "code: 2")
    flags = tuple(bool(c > 1) for c in codes)
    assert regress(data, [Moderator("late", flags)]).terms == ("intercept", "late: True")


def test_interactions_are_products_of_columns() -> None:
    x = model_matrix(
        4,
        [Moderator("a", (1.0, 2.0, 3.0, 4.0)), Moderator("b", ("u", "v", "w", "v"))],
        [("a", "b")],
    )
    assert x.terms == ("intercept", "a", "b: v", "b: w", "a × b: v", "a × b: w")
    assert x.x[1].tolist() == [1, 2, 1, 0, 2, 0]
    assert x.x[2].tolist() == [1, 3, 0, 1, 0, 3]


def test_a_year_needs_no_centring() -> None:
    # Columns like 1970 ... 2007 are nearly a multiple of the intercept
    data, start = effects("imni_os"), moderator("imni_os", "start")
    year = Moderator("year", tuple(v + 1960.0 for v in start.values))  # type: ignore[operator]
    a, b = regress(data, [start], "REML", "knha"), regress(data, [year], "REML", "knha")
    assert a.qm_pval == pytest.approx(b.qm_pval, rel=1e-9)
    assert a.coefficients[1].b == pytest.approx(b.coefficients[1].b, rel=1e-10)


def test_prediction_at_a_row_with_its_interval() -> None:
    r = regress(effects("bcg"), [moderator("bcg", "ablat")], "DL", "knha")
    mean = float(np.array(r.design)[:, 1] @ np.array(r.weights)) / 100
    fitted = r.predict([mean])
    far = r.predict([mean + 30])
    # The band is narrowest at the weighted mean, where the fit passes through the pooled mean
    assert fitted.se < far.se
    assert fitted.mu == pytest.approx(
        float(np.array(r.weights) @ effects("bcg").yi) / 100, rel=1e-10
    )
    # Risk ratios: the printed scale is exp of each
    for at in (fitted, far):
        assert at.ci_lb < at.mu < at.ci_ub
        assert (at.est, at.est_lb, at.est_ub) == pytest.approx(
            tuple(np.exp([at.mu, at.ci_lb, at.ci_ub]))
        )


def test_results_are_plain_json() -> None:
    for result in (
        regress(effects("bcg"), [moderator("bcg", "alloc")], "REML", "knha"),
        subgroups(effects("bcg"), moderator("bcg", "alloc").values),  # type: ignore[arg-type]
    ):
        json.dumps(dataclasses.asdict(result), allow_nan=False)


def test_a_constant_design_is_that_of_the_pooled_effect() -> None:
    # The two ways to the sums: lead apart, and QR
    for name in ("bcg", "dominant", "far_apart", "two"):
        data = effects(name)
        design, plain = (
            Design(np.ones((data.k, 1)), data.yi, data.vi),
            Studies(data.yi, data.vi),
        )
        for tau2 in (0.0, 1e-3, 10.0):
            a, b = design.at(tau2), plain.at(tau2)
            for field in ("s1", "trp", "q", "q2"):
                assert getattr(a, field) == pytest.approx(getattr(b, field), rel=1e-11), field
            assert design.trace_pp(tau2) == pytest.approx(plain.trace_pp(tau2), rel=1e-11)
            assert design.sum_w2(tau2) == pytest.approx(plain.sum_w2(tau2), rel=1e-13)
        assert design.total_variance() == pytest.approx(plain.total_variance(), rel=1e-12)
        for restricted in (True, False):
            gain = design.log_likelihood(1.0, restricted) - design.log_likelihood(0.5, restricted)
            other = plain.log_likelihood(1.0, restricted) - plain.log_likelihood(0.5, restricted)
            assert gain == pytest.approx(other, rel=1e-10)


def test_a_study_that_alone_carries_a_coefficient() -> None:
    data = effects("imni_dfs")
    design = Design(
        np.column_stack([np.ones(8), np.arange(8) == 5]).astype(float), data.yi, data.vi
    )
    rest = Studies(np.delete(data.yi, 5), np.delete(data.vi, 5))
    for tau2 in (0.0, 0.1):
        assert design.fit(tau2).h[5] == 1.0
        assert design.at(tau2).trp == pytest.approx(rest.at(tau2).trp, rel=1e-13)
        assert design.trace_pp(tau2) == pytest.approx(rest.trace_pp(tau2), rel=1e-13)


def test_a_subgroup_of_one_very_imprecise_study_leaves_the_others_be() -> None:
    data = effects("imni_dfs")
    vi = data.vi.copy()
    vi[5] = 1e16
    nodes = ["N0" if i == 5 else "mixed" for i in range(8)]
    mixed = data.take(np.arange(8) != 5)
    for method in ("HE", "DL", "REML"):
        s = subgroups(Effects(data.slab, data.yi, vi), nodes, method, tau2="common")  # type: ignore[arg-type]
        alone = pool(mixed, method)  # type: ignore[arg-type]
        assert s.tau2_common == pytest.approx(alone.tau2, rel=1e-9)
        assert s.groups[0].synthesis.se_tau2 == pytest.approx(alone.se_tau2, rel=1e-9)


def test_leverages_when_weights_span_twelve_orders() -> None:
    rng = np.random.default_rng(4)
    vi = 10.0 ** np.arange(-6, 6, 1.5)
    yi, x = rng.normal(size=8), np.column_stack([np.ones(8), rng.normal(size=8)])
    design = Design(x, yi, vi)
    # tr P and tr PP in rational arithmetic
    from fractions import Fraction

    w = [1 / Fraction(float(v)) for v in vi]
    rows = [[Fraction(float(c)) for c in row] for row in x]
    a = sum(w)
    b = sum(wi * r[1] for wi, r in zip(w, rows, strict=True))
    d = sum(wi * r[1] ** 2 for wi, r in zip(w, rows, strict=True))
    det = a * d - b * b
    p = [
        [
            (w[i] if i == j else 0)
            - w[i] * w[j] * (d - b * (rows[i][1] + rows[j][1]) + a * rows[i][1] * rows[j][1]) / det
            for j in range(8)
        ]
        for i in range(8)
    ]
    assert design.at(0.0).trp == pytest.approx(float(sum(p[i][i] for i in range(8))), rel=1e-11)
    exact = float(sum(v**2 for row in p for v in row))
    assert design.trace_pp(0.0) == pytest.approx(exact, rel=1e-9)


X = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 1.0, 2.0, 3.0, 5.0, 8.0)


@pytest.mark.parametrize(
    ("moderators", "interactions", "message"),
    [
        ([], [], "regression: found no moderator, wanted at least one"),
        (
            [Moderator("x", X), Moderator("x", X)],
            [],
            "regression: found moderator 'x' twice, wanted it once",
        ),
        (
            [Moderator("x", X[:3])],
            [],
            "moderator x: found 3 values for 12 studies, wanted one a study",
        ),
        (
            [Moderator("x", (4.0,) * 12)],
            [],
            "moderator x: found only 4, wanted at least two different values",
        ),
        (
            [Moderator("x", (None,) * 12)],
            [],
            "moderator x: found no value, wanted at least two different values",
        ),
        (
            [Moderator("x", ("a", *X[1:]))],
            [],
            'moderator x: found numbers and names together, wanted one kind (kind="categorical" '
            "reads numbers as names)",
        ),
        (
            [Moderator("x", ("a", *X[1:]), kind="numeric")],
            [],
            "moderator x: found 'a', wanted a number",
        ),
        (
            [Moderator("x", (float("inf"), *X[1:]))],
            [],
            "moderator x: found an infinite value, wanted finite numbers",
        ),
        (
            [Moderator("x", X, reference="1")],
            [],
            "moderator x: found reference '1' for a numeric moderator, wanted none",
        ),
        (
            [Moderator("x", ("a", "b") * 6, reference="c")],
            [],
            "moderator x: found reference 'c', wanted one of a, b",
        ),
        (
            [Moderator("x", X)],
            [("x", "z")],
            "interaction x × z: found no moderator 'z', wanted one of x",
        ),
        (
            [Moderator("x", X), Moderator("y", tuple(2 * v + 1 for v in X))],
            [],
            "regression: found columns that depend on each other (x, y), wanted independent "
            "moderators",
        ),
        (
            [Moderator("x", X), Moderator("g", ("a", "b") * 6), Moderator("h", ("u", "v") * 6)],
            [],
            "regression: found columns that depend on each other (g: b, h: v), wanted independent "
            "moderators",
        ),
        (
            [Moderator("g", tuple("abcdefghijkl"))],
            [],
            "regression: found 12 studies for 12 coefficients (intercept, g: b, g: c, g: d, g: e, "
            "g: f, g: g, g: h, g: i, g: j, g: k, g: l), wanted more studies than coefficients",
        ),
    ],
)
def test_messages_of_moderators(
    moderators: list[Moderator], interactions: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(message)}$"):
        regress(effects("imni_os"), moderators, interactions=interactions)


@pytest.mark.parametrize("table", [dict, pd.DataFrame])
def test_moderators_may_be_a_table_of_columns(table: Callable[[Any], Any]) -> None:
    given = effects("imni_os")
    columns = {"x": list(X), "g": ["a", "b"] * 6}
    moderators = [Moderator("x", X), Moderator("g", ("a", "b") * 6)]
    assert regress(given, table(columns)) == regress(given, moderators)


@pytest.mark.parametrize("given", ["x", [1.0, 2.0], pd.Series([1.0, 2.0])])
def test_values_without_a_name_are_no_moderator(given: Any) -> None:
    kind = "str" if isinstance(given, str) else "float"
    message = (
        f'regression: found {kind} for a moderator, wanted Moderator("name", values), several of '
        'them, or a mapping such as {"name": values}'
    )
    with pytest.raises(MethodError, match=f"^{re.escape(message)}$"):
        regress(effects("imni_os"), given)


def test_messages_of_regressions() -> None:
    line = Effects("abcd", [1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4])
    exact = (
        "test: found knha where the model fits every study exactly, wanted residuals (or test "
        "adhoc or z): the intervals would have no width"
    )
    with pytest.raises(MethodError, match=f"^{re.escape(exact)}$"):
        regress(line, [Moderator("x", (1.0, 2.0, 3.0, 4.0))], "DL", "knha")
    r = regress(line, [Moderator("x", (1.0, 2.0, 3.0, 4.0))], "DL", "adhoc")
    assert r.coefficients[1].b == pytest.approx(1)
    with pytest.raises(MethodError, match=r"^predict: found 2 values, wanted 1: x$"):
        r.predict([1, 2])


@pytest.mark.parametrize(
    ("method", "test", "message"),
    [
        ("DL", "t", "test: found 't', wanted one of z, knha, adhoc"),
        (
            "EE",
            "knha",
            "test: found knha with method EE, wanted z: the Hartung-Knapp variance is made for "
            "random effects",
        ),
    ],
)
def test_a_regression_refuses_the_choices_that_pooling_refuses(
    method: Method, test: Test, message: str
) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(message)}$"):
        regress(effects("bcg"), [moderator("bcg", "ablat")], method, test)


THREE = ["a", "b", "b"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: subgroups(effects("three"), ["a", "b"]),
            "subgroups: found 2 group names for 3 studies, wanted one a study",
        ),
        (
            lambda: subgroups(effects("three"), ["a", "a", None]),
            "subgroups: found 1 group, wanted at least two",
        ),
        (
            lambda: subgroups(effects("three"), [None] * 3),
            "subgroups: found 0 groups, wanted at least two",
        ),
        (
            lambda: subgroups(effects("three"), THREE, tau2="x"),  # type: ignore[arg-type]
            "tau2: found 'x', wanted one of separate, common",
        ),
        (
            lambda: subgroups(effects("three"), ["a", "b", "c"], tau2="common"),
            "subgroups: found 3 studies in 3 groups, wanted more studies than groups for a common "
            "tau²",
        ),
        (
            lambda: subgroups(effects("identical"), ["a", "a", "b", "b", "b"], test="knha"),
            "subgroup a: test: found knha with 2 identical effects, wanted effects that differ (or "
            "test adhoc or z): the interval would have no width",
        ),
    ],
)
def test_messages_of_subgroups(call: object, message: str) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(message)}$"):
        call()  # type: ignore[operator]
