"""What a plan may ask for beside the pooled result, against definitions and separate functions."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis import placed
from analysis.conventions import conventions
from analysis.effects import Effects
from analysis.errors import MethodError, TemplateError
from analysis.figures import FigureRequest, layout
from analysis.findings import AnalysisFinding, Findings
from analysis.formats import model
from analysis.items import Item
from analysis.load import load_review
from analysis.manuscript import write
from analysis.moderators import Moderator, regress
from analysis.plan import analyse, find
from analysis.planned_effects import contributions
from analysis.planned_tests import Tested as Drawn
from analysis.planned_tests import small_study
from analysis.records import (
    BaselineRisk,
    Certainty,
    CertaintyStep,
    ContinuityPlan,
    GoshPlan,
    ModeratorPlan,
    PriorPlan,
    RegressionPlan,
    SequentialPlan,
    SeveralPlan,
    SubgroupPlan,
)
from analysis.synthesis import pool
from analysis.terms import SMALL_STUDY
from analysis.values import Printed
from tests.core_reference import effects, reference
from tests.manuscripts import table_rows
from tests.method_reviews import SCORES, TRIALS, plan, result, review

ROOT = Path(__file__).parent.parent
COUNTS = {"method": "EE", "test": "z"}


def run(*, trials: tuple[Any, ...] = TRIALS, outcome: str = "tb", **given: Any) -> AnalysisFinding:
    analysis = plan("x", outcome, **given)
    return analyse(review(analysis, trials=trials), analysis)


def table(trials: tuple[Any, ...] = TRIALS) -> np.ndarray:
    return np.array([trial[2:6] for trial in sorted(trials, key=lambda t: (t[1], t[0]))], float)


def split(by: str = "allocation", **given: Any) -> SubgroupPlan:
    return SubgroupPlan(id="groups", by=by, label="Groups", origin="added", **given)


def regression(*moderators: ModeratorPlan, **given: Any) -> RegressionPlan:
    return RegressionPlan(id="line", label="Line", origin="added", moderators=moderators, **given)


YEAR = ModeratorPlan(field="year", label="year", per=10)
ALLOCATION = ModeratorPlan(field="allocation", label="allocation", reference="random")
LATITUDE = ModeratorPlan(field="latitude", label="latitude", number=True, per=10)


# --- pooling of counts ------------------------------------------------------------------------


def test_an_adjusted_estimate_beside_a_pool_of_counts_says_that_it_pools_none() -> None:
    tests = ("trim_and_fill", "pet_peese", "egger_classic", "begg")
    counts = run(pooling="mantel_haenszel", small_study=tests, **COUNTS).small_study
    effects = run(small_study=tests, **COUNTS).small_study
    said = "effects weighted by inverse variance, where the pool is of counts"
    assert [counts[one].note for one in tests] == [said, said, said, None]
    assert [effects[one].note for one in tests] == [None] * 4
    assert [counts[one].est for one in tests] == [effects[one].est for one in tests]


def test_mantel_haenszel_by_its_formula() -> None:
    a, b, c, d = table().T
    n = a + b + c + d
    found = run(pooling="mantel_haenszel", **COUNTS)
    s = found.synthesis
    assert s.est == pytest.approx((a * d / n).sum() / (b * c / n).sum(), rel=1e-12)
    assert [row.weight for row in found.rows] == pytest.approx(
        100 * (b * c / n) / (b * c / n).sum()
    )
    assert (s.method, s.test, s.tau2, s.pi_lb, found.pooling) == (
        "EE", "z", 0.0, None, "mantel_haenszel",
    )  # fmt: skip
    # Robins, Breslow & Greenland (1986).
    r, q = a * d / n, b * c / n
    p = (a + d) / n
    var = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * q + (1 - p) * r).sum() / (2 * r.sum() * q.sum())
        + ((1 - p) * q).sum() / (2 * q.sum() ** 2)
    )
    assert s.se == pytest.approx(math.sqrt(var), rel=1e-12)


@pytest.mark.parametrize("outcome", ["tb_rr", "tb_rd"])
def test_mantel_haenszel_of_risks(outcome: str) -> None:
    a, b, c, d = table().T
    n1, n0 = a + b, c + d
    n = n1 + n0
    est = {
        "tb_rr": (a * n0 / n).sum() / (c * n1 / n).sum(),
        "tb_rd": ((a * n0 - c * n1) / n).sum() / (n1 * n0 / n).sum(),
    }[outcome]
    found = run(outcome=outcome, pooling="mantel_haenszel", **COUNTS)
    assert found.synthesis.est == pytest.approx(est, rel=1e-12)


def test_peto_by_its_formula_and_without_tables_that_tell_nothing() -> None:
    empty = ("Nobody", 1990, 0, 50, 0, 60, 10, "random")
    a, b, c, d = table().T
    n1, n0, e = a + b, c + d, a + c
    n = n1 + n0
    o_e, v = a - e * n1 / n, n1 * n0 * e * (n - e) / (n**2 * (n - 1))
    found = run(trials=(*TRIALS, empty), pooling="peto", **COUNTS)
    assert found.synthesis.mu == pytest.approx(o_e.sum() / v.sum(), rel=1e-12)
    assert found.synthesis.se == pytest.approx(1 / math.sqrt(v.sum()), rel=1e-12)
    assert [one.reason for one in found.left_out] == ["events in nobody or in everybody"]
    assert [row.yi for row in found.rows] == pytest.approx(o_e / v)
    assert {row.route for row in found.rows} == {"two_by_two_peto"}


def test_tables_without_events_as_the_plan_says() -> None:
    empty = ("Nobody", 1990, 0, 50, 0, 60, 10, "random")
    trials = (*TRIALS, empty)
    kept = run(trials=trials)
    assert kept.synthesis.k == 14
    row = kept.rows[-1]
    assert row.yi == pytest.approx(math.log((0.5 / 50.5) / (0.5 / 60.5)))
    assert row.route == "two_by_two_corrected"
    dropped = run(trials=trials, continuity=ContinuityPlan(drop00=True))
    assert dropped.synthesis.k == 13
    every = run(trials=trials, continuity=ContinuityPlan(to="if0all", add=Printed(0.1, 1)))
    a, b, c, d = table()[0] + 0.1
    assert every.rows[0].yi == pytest.approx(math.log(a * d / (b * c)))
    untouched = run(continuity=ContinuityPlan(to="if0all"))
    assert {row.route for row in untouched.rows} == {"two_by_two"}


def test_counts_are_pooled_anew_without_each_study_and_by_group() -> None:
    found = run(
        pooling="mantel_haenszel", leave_one_out=True, cumulative="year", subgroups=(split(),),
        **COUNTS,
    )  # fmt: skip
    for i, step in enumerate(found.leave_one_out):
        a, b, c, d = np.delete(table(), i, axis=0).T
        n = a + b + c + d
        assert step.est == pytest.approx((a * d / n).sum() / (b * c / n).sum(), rel=1e-12)
    assert found.cumulative[-1].est == pytest.approx(found.synthesis.est, rel=1e-12)
    a, b, c, d = table()[0]
    assert found.cumulative[0].est == pytest.approx(a * d / (b * c))
    groups = found.subgroups["groups"].groups
    assert sum(group.synthesis.k for group in groups.values()) == 13
    mu = np.array([group.synthesis.mu for group in groups.values()])
    w = np.array([group.synthesis.se**-2 for group in groups.values()])
    q = (w * (mu - (w @ mu) / w.sum()) ** 2).sum()
    assert found.subgroups["groups"].between_statistic == pytest.approx(q)
    assert found.subgroups["groups"].between_pval == pytest.approx(stats.chi2.sf(q, 2))


def test_a_cumulation_of_counts_begins_where_it_has_an_answer() -> None:
    """The first table alone has no finite odds ratio; with the second there is one."""
    trials = ((*TRIALS[0][:2], 0, 123, *TRIALS[0][4:]), *TRIALS[1:])
    found = run(trials=trials, pooling="mantel_haenszel", cumulative="year", **COUNTS)
    assert min(TRIALS, key=lambda trial: trial[1]) is TRIALS[0]
    assert [step.k for step in found.cumulative] == list(range(2, 14))
    assert found.cumulative[-1].est == found.synthesis.est
    whole = find(review(plan("x", pooling="mantel_haenszel", cumulative="year", **COUNTS),
                        trials=trials))  # fmt: skip
    second = whole.studies_of(f"x.cumulative.{found.cumulative[0].study}.est")
    assert second == (found.rows[0].study, found.cumulative[0].study)
    (path,) = found.unanswered
    assert path == f"cumulative.{found.rows[0].study}"
    assert found.unanswered[path].startswith("Mantel-Haenszel: found sums of 0 and ")


def test_what_counts_have_no_answer_to() -> None:
    prior = PriorPlan(id="weak", label="Weak", scale=Printed(0.5, 1), reason="Usual.")
    looks = SequentialPlan(anticipated=Printed(0.8, 1), reason="Supplementary.")
    found = run(
        pooling="peto", influence=True, regressions=(regression(YEAR),), bayes=(prior,),
        gosh=GoshPlan(subsets=50), baujat=True, radial=True, sequential=looks, **COUNTS,
    )  # fmt: skip
    assert (found.bayes, found.gosh, found.sequential) == ({}, None, None)
    assert (found.baujat, found.radial, found.influence) == ((), (), ())
    assert found.unanswered == {
        "influence": "influence: found pooling peto, wanted inverse_variance: the diagnostics are "
        "those of its weights",
        "bayes.weak": "bayes: found pooling peto, wanted inverse_variance: its likelihood weighs "
        "the effects of the studies so, and knows no counts",
        "gosh": "gosh: found pooling peto, wanted inverse_variance: it is by this that subsets "
        "are pooled",
        "baujat": "baujat: found pooling peto, wanted inverse_variance: the plot shows the pull "
        "on its pooled effect",
        "radial": "radial: found pooling peto, wanted inverse_variance: the slope of the plot is "
        "its pooled effect",
        "sequential": "sequential: found pooling peto, wanted inverse_variance: it is by this "
        "that each look pools, and its information is the sum of the weights",
        "regressions.line": "regression: found pooling peto, wanted a `method` of the "
        "regression's own: counts have no model for moderators",
    }
    own = run(pooling="peto", regressions=(regression(YEAR, method="REML"),), **COUNTS)
    assert own.regressions["line"].method == "REML"


@pytest.mark.parametrize(
    ("pooling", "named"), [("mantel_haenszel", "Mantel-Haenszel"), ("peto", "Peto")]
)
def test_what_pools_counts_is_named_wherever_the_method_is(pooling: Any, named: str) -> None:
    kept = split().model_copy(update={"id": "own", "method": "DL", "test": "knha"})
    analysis = plan("x", pooling=pooling, subgroups=(split(), kept), leave_one_out=True, **COUNTS)
    evidence = review(analysis, plan("y", **COUNTS))
    found = find(evidence)
    one, other = found.analyses["x"], found.analyses["y"]
    assert (one.synthesis.pooling, other.synthesis.pooling) == (pooling, "inverse_variance")
    item = Item(one, "x", bound=True)
    told = f"common-effect model ({named}, Wald interval)"
    assert placed.plain(model(item)) == told
    assert placed.plain(model(Item(analysis, "x", bound=False))) == told
    assert (
        placed.plain(model(Item(other, "y", bound=True))) == "common-effect model (Wald interval)"
    )
    groups = item.child("subgroups")
    assert placed.plain(model(groups.child("groups"))) == told
    assert placed.plain(model(groups.child("own"))) == (
        "random-effects model (DerSimonian-Laird, Hartung-Knapp interval)"
    )
    pooled = [row[1] for row in table_rows("pooled", "", evidence, found)[1:]]
    assert pooled == [f"Common effect, {named}, Wald", "Common effect, Wald"]
    splits = [row[1] for row in table_rows("subgroups", "", evidence, found)[1:] if row[1]]
    assert splits == [f"Common effect, {named}, Wald", "DerSimonian-Laird, Hartung-Knapp"]
    figure = FigureRequest("forest", "fig-x", "x", {"beside": ("y",)})
    said = [mark.text for mark in layout(figure, evidence, found).marks if hasattr(mark, "text")]
    assert f"Common effect ({named})" in said
    assert "Common effect" in said
    assert f"{named}, common-effect model (Wald interval)." in " ".join(said)
    assert "Inverse variance" not in " ".join(said)


def test_counts_pool_by_their_own_model_and_measure() -> None:
    with pytest.raises(MethodError) as caught:
        run(pooling="peto")
    assert str(caught.value) == (
        "pooling: found peto with method DL and test z, wanted method EE and test z: it gives one "
        "common effect"
    )
    with pytest.raises(MethodError) as caught:
        run(outcome="tb_rr", pooling="peto", **COUNTS)
    assert str(caught.value) == "pooling: found peto with measure RR, wanted OR"


# --- several estimates of a study ---------------------------------------------------------------


def several(model: str, **given: Any) -> AnalysisFinding:
    chosen = SeveralPlan(model=model, rho=Printed(0.5, 1), **given)
    return run(outcome="score", several=chosen, method="REML")


def test_composites_by_hand() -> None:
    found = several("composite")
    assert sorted(row.study for row in found.rows) == [f"s{n:02d}" for n in range(5)]
    by_study = {row.study: row for row in found.rows}
    for number, each in enumerate(SCORES):
        y, v = np.array(each).T
        block = np.outer(np.sqrt(v), np.sqrt(v)) * 0.5
        np.fill_diagonal(block, v)
        row = by_study[f"s{number:02d}"]
        assert row.yi == pytest.approx(y.mean())
        assert row.vi == pytest.approx(block.sum() / len(y) ** 2)
        assert row.route == ("composite" if len(y) > 1 else "generic")
    assert found.several is not None
    assert (found.several.est, found.several.estimates) == (found.synthesis.est, 11)
    assert len(found.estimates) == 11


@pytest.mark.parametrize("model", ["three_level", "robust"])
def test_models_of_several_estimates(model: str) -> None:
    """With every estimate: between the least and the largest, no narrower than if all were free."""
    found = several(model, sensitivity=(Printed(0.0, 1), Printed(0.9, 1)))
    of = found.several
    assert of is not None
    every = [y for each in SCORES for y, _ in each]
    assert min(every) < of.est_lb < of.est < of.est_ub < max(every)
    assert set(of.sensitivity) == {"rho_000", "rho_090"}
    assert of.sensitivity["rho_000"].rho == 0
    assert (of.sigma2_between is None) == (model == "robust")
    free = pool(Effects([str(i) for i in range(11)], every, [v for e in SCORES for _, v in e]),
                "REML")  # fmt: skip
    assert of.est_ub - of.est_lb > 0.9 * (free.ci_ub - free.ci_lb)


def test_a_three_level_model_has_its_methods() -> None:
    chosen = SeveralPlan(model="three_level", rho=Printed(0.5, 1))
    found = run(outcome="score", several=chosen, method="DL")
    assert found.several is None
    assert found.unanswered == {"several": "three-level model: found method DL, wanted REML or ML"}


def test_without_a_plan_for_them_several_estimates_are_an_error() -> None:
    with pytest.raises(MethodError, match="found several results of"):
        run(outcome="score")


# --- regressions --------------------------------------------------------------------------------


def test_interactions_have_names_of_their_own() -> None:
    found = run(
        method="REML",
        regressions=(regression(YEAR, ALLOCATION, interactions=(("year", "allocation"),)),),
    ).regressions["line"]
    assert list(found.coefficients) == [
        "intercept", "year", "alternate", "systematic", "year_x_alternate", "year_x_systematic",
    ]  # fmt: skip
    given = contributions(review(plan("x")), plan("x"))
    rows = sorted(TRIALS, key=lambda t: (t[1], t[0]))
    direct = regress(
        given.effects,
        [
            Moderator("year", tuple(t[1] / 10 for t in rows)),
            Moderator("allocation", tuple(t[7] for t in rows), "random"),
        ],
        "REML",
        interactions=[("year", "allocation")],
    )
    assert [c.b for c in found.coefficients.values()] == [c.b for c in direct.coefficients]


def test_terms_of_one_name_are_told_apart() -> None:
    from analysis.planned_models import names_of

    assert names_of(("intercept", "design: cohort", "setting: cohort", "year")) == (
        "intercept", "design_cohort", "setting_cohort", "year",
    )  # fmt: skip


def test_a_characteristic_as_a_number() -> None:
    found = run(outcome="tb_rr", method="REML", regressions=(regression(LATITUDE),))
    # Viechtbauer (2010), J Stat Softw 36(3), section 3: b = -0.0291 per degree, by REML.
    assert found.regressions["line"].coefficients["latitude"].b == pytest.approx(-0.291, abs=5e-4)
    trials = (*TRIALS[:-1], (*TRIALS[-1][:6], "far north", "systematic"))
    lost = run(trials=trials, regressions=(regression(LATITUDE),))
    assert lost.unanswered == {
        "regressions.line": "moderator latitude: found 'far north' for Comstock 1976, wanted a "
        "number"
    }


def test_inflation_is_one_over_the_share_that_other_moderators_leave() -> None:
    found = run(
        regressions=(regression(YEAR, LATITUDE, method="EE", test="z"),), method="EE"
    ).regressions["line"]
    rows = sorted(TRIALS, key=lambda t: (t[1], t[0]))
    year, latitude = (np.array([t[i] for t in rows], float) for i in (1, 6))
    w = 1 / contributions(review(plan("x")), plan("x")).effects.vi
    x = np.column_stack([np.ones(13), latitude]) * np.sqrt(w)[:, None]
    y = year * np.sqrt(w)
    fitted = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    rest = ((y - fitted) ** 2).sum() / (w * (year - (w @ year) / w.sum()) ** 2).sum()
    assert found.vif["year"] == pytest.approx(1 / rest, rel=1e-9)
    assert found.vif["latitude"] == pytest.approx(1 / rest, rel=1e-9)
    alone = run(regressions=(regression(YEAR),)).regressions["line"]
    assert alone.vif == {}


# --- tests of small-study effects ---------------------------------------------------------------


def test_every_planned_test_runs_and_has_a_label() -> None:
    names = tuple(SMALL_STUDY)
    found = run(small_study=names).small_study
    assert tuple(found) == names
    for name, test in found.items():
        assert test.informative, (name, test.note)
        assert test.label == SMALL_STUDY[name]
        assert test.pval is not None or name.startswith("trim_and_fill")


@pytest.mark.parametrize("test", ["z", "knha", "adhoc"])
def test_studies_are_filled_in_under_the_planned_interval(test: str) -> None:
    """Where none is missing, what is filled is the pool itself, with the interval that it has."""
    found = run(method="REML", test=test, small_study=("trim_and_fill_r0",))
    filled, s = found.small_study["trim_and_fill_r0"], found.synthesis
    assert filled.statistic == 0
    assert (filled.est, filled.est_lb, filled.est_ub) == (s.est, s.est_lb, s.est_ub)


def test_few_studies_make_a_test_uninformative() -> None:
    for test in run(trials=TRIALS[:6], small_study=tuple(SMALL_STUDY)).small_study.values():
        assert not test.informative
        assert test.note is not None


def test_predictors_of_size_need_the_sizes() -> None:
    one = review(plan("x", small_study=("egger_mixed_ni", "harbord")))
    first = one.studies[0]
    bare = first.model_copy(
        update={
            "arms": None,
            "results": tuple(
                each.model_copy(update={"groups": (), "estimate": Printed(0.5, 1),
                                        "ci": (Printed(0.2, 1), Printed(1.2, 1))})
                for each in first.results[:1]
            ),
        }
    )  # fmt: skip
    found = analyse(
        one.model_copy(update={"studies": (bare, *one.studies[1:])}), one.plan.analyses[0]
    ).small_study
    assert found["egger_mixed_ni"].note == (
        "Egger: found no number of patients of Aronson 1948, wanted one of each study for the "
        "predictor ni"
    )
    assert found["harbord"].note == (
        "Harbord’s test: found studies without events and patients of both arms, wanted them of "
        "each"
    )


def test_selection_is_of_the_better_side() -> None:
    lower = run(small_study=("selection_model",)).small_study["selection_model"]
    assert lower.more["weight"] > 0
    assert lower.est_lb is not None


# --- Bayes, subsets, looks, coordinates ----------------------------------------------------------


def prior(**given: Any) -> PriorPlan:
    return PriorPlan(id="p", label="prior", scale=Printed(0.5, 1), reason="Usual.", **given)


def test_the_probability_of_benefit_is_on_the_better_side() -> None:
    lower = run(bayes=(prior(),)).bayes["p"]
    assert lower.p_benefit > 0.99  # OR below 1, fewer is better
    higher = several("composite")
    assert higher.synthesis.mu > 0
    chosen = SeveralPlan(model="composite", rho=Printed(0.5, 1))
    better = run(outcome="score", several=chosen, bayes=(prior(),)).bayes["p"]
    assert better.p_benefit > 0.9
    assert better.p_benefit_new < better.p_benefit
    sure = (Printed(0.0, 1), Printed(0.01, 2))
    held = run(bayes=(prior(mu=sure, family="half-cauchy", interval="central"),)).bayes["p"]
    assert held.est == pytest.approx(1.0, abs=0.05)  # a prior that leaves no room


def test_all_subsets() -> None:
    trials = TRIALS[:5]
    found = run(trials=trials, method="DL", gosh=GoshPlan()).gosh
    assert found is not None
    effects = contributions(review(plan("x"), trials=trials), plan("x")).effects
    mus, inside = [], []
    for size in range(1, 6):
        for chosen in itertools.combinations(range(5), size):
            mus.append(pool(effects.take(list(chosen)), "DL").mu)
            inside.append([i in chosen for i in range(5)])
    mu, include = np.array(mus), np.array(inside)
    assert (found.subsets, found.exhaustive) == (31, True)
    assert sum(count for _, _, count in found.cells) == 31
    assert found.est_median == pytest.approx(np.exp(np.median(mu)))
    assert (found.est_low, found.est_high) == pytest.approx((np.exp(mu.min()), np.exp(mu.max())))
    assert found.share_below == (mu < 0).mean()
    for i, side in enumerate(found.sides):
        assert side.without == 15
        assert side.est_without == pytest.approx(np.exp(np.median(mu[~include[:, i]])))
        assert side.est_with == pytest.approx(np.exp(np.median(mu[include[:, i]])))


def test_subsets_are_sampled_by_a_seed() -> None:
    one, same, other = (run(gosh=GoshPlan(subsets=200, seed=seed)).gosh for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert one is not None
    assert (one.subsets, one.exhaustive) == (200, False)


def looks(**given: Any) -> SequentialPlan:
    return SequentialPlan(anticipated=Printed(0.8, 1), reason="Supplementary.", **given)


def test_sequential_looks_are_in_the_order_of_time() -> None:
    found = run(sequential=looks()).sequential
    assert found is not None
    assert [look.at for look in found.looks] == sorted(look.at for look in found.looks)
    assert [s for look in found.looks for s in look.studies] == [
        f"s{i:02d}" for i in sorted(range(13), key=lambda i: (TRIALS[i][1], i))
    ]
    assert found.fraction == pytest.approx(found.reached / found.required)
    z = (stats.norm.ppf(0.975) + stats.norm.ppf(0.9)) / math.log(0.8)
    assert found.required == pytest.approx(z**2 / (1 - found.diversity))


def test_sequential_looks_need_what_they_count() -> None:
    events = run(sequential=looks(counted="events"))
    labels = ", ".join(f"{t[0]} {t[1]}" for t in sorted(TRIALS, key=lambda t: (t[1], t[0])))
    assert events.unanswered == {
        "sequential": f"sequential analysis: found no number of events of {labels}, wanted one of "
        "each study"
    }
    dated = run(sequential=looks(by="recruitment_start"))
    assert dated.unanswered == {
        "sequential": f"sequential analysis: found no recruitment_start of {labels}, wanted one "
        "of each study"
    }


def test_coordinates_of_the_plots() -> None:
    found = run(baujat=True, radial=True)
    s = found.synthesis
    for point, row in zip(found.radial, found.rows, strict=True):
        assert point.x == pytest.approx((row.vi + s.tau2) ** -0.5)
        assert point.y == pytest.approx(row.yi * (row.vi + s.tau2) ** -0.5)
    assert sum(point.x for point in found.baujat) == pytest.approx(s.qe)  # the parts of Q


# --- the interval of a row ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_analysis", "of_result", "printed"),
    [("0.95", "0.95", True), ("0.80", "0.80", True), ("0.95", "0.90", False),
     ("0.80", "0.95", False)],
)  # fmt: skip
def test_a_row_has_the_interval_of_the_level_of_its_analysis(
    of_analysis: str, of_result: str, printed: bool
) -> None:
    """As reported where the report has that level, else computed: the heading holds for all."""
    level, ours = (Printed(float(text), 2) for text in (of_result, of_analysis))
    given = result("tb", "OR", estimate=Printed(0.40, 2), ci=(Printed(0.17, 2), Printed(0.99, 2)),
                   level=level)  # fmt: skip
    whole = review(plan("x", level=ours))
    first, *rest = whole.studies
    studies = (first.model_copy(update={"results": (given,)}), *rest)
    finding = find(whole.model_copy(update={"studies": studies})).analyses["x"]
    row = next(row for row in finding.rows if row.study == first.id)
    assert row.as_printed == printed
    theirs = stats.norm.isf((1 - float(of_result)) / 2)
    assert row.vi == pytest.approx((math.log(0.99 / 0.17) / (2 * theirs)) ** 2)
    half = stats.norm.isf((1 - float(of_analysis)) / 2) * math.sqrt(row.vi)
    computed = [0.40, 0.40 * math.exp(-half), 0.40 * math.exp(half)]
    wanted = [0.40, 0.17, 0.99] if printed else computed
    assert [row.est, row.lb, row.ub] == pytest.approx(wanted, rel=1e-12)
    # Rows that are computed from counts have it as well.
    other = finding.rows[-1]
    bounds = [other.yi + sign * stats.norm.isf((1 - float(of_analysis)) / 2) * math.sqrt(other.vi)
              for sign in (-1, 1)]  # fmt: skip
    assert [other.lb, other.ub] == pytest.approx(np.exp(bounds), rel=1e-12)


# --- conventions -------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [("DL", "z"), ("REML", "knha"), ("PM", "adhoc"), ("REML", "z")])
@pytest.mark.parametrize("name", ["imni_os", "imni_dfs", "bcg", "hackshaw", "molloy", "three"])
def test_the_receipt_is_what_metafor_gives_by_its_own_defaults(
    name: str, own: tuple[Any, Any]
) -> None:
    """However the analysis is done: `predict`, `rma` and `regtest` of R, from the reference."""
    given = effects(name)
    s = pool(given, *own, prediction="t(k-1)")
    tests = {test: small_study(test, Drawn(given, own[0], 0.95, True, None, None))
             for test in ("egger_classic", "egger_mixed")}  # fmt: skip
    found = conventions(given, plan("x"), s, tests)
    theirs = reference()["pool"][name]["REML"]
    ratio = np.exp if given.measure in ("HR", "RR", "OR") else np.asarray
    for key, test, bounds in (
        ("pi_reml_z_normal", "z", "pi_normal"),
        ("pi_reml_knha_t_k1", "knha", "pi_t"),
        ("pi_reml_z_t_k1", "z", "pi_t"),
        ("pi_reml_z_t_k2", "z", "pi_riley"),
    ):
        # The tolerance of the reference: metafor's steps stop below 1e-14 of the scale.
        one = found[key]
        assert (one.lb, one.ub) == pytest.approx(ratio(theirs[test][bounds]), rel=1e-9), key
        assert one.programs
    by_reml = found["i2_tau2" if own[0] == "REML" else "i2_reml"]
    assert by_reml.programs == ("metafor", "Stata meta", "RevMan since 2025")
    assert by_reml.value == pytest.approx(theirs["z"]["i2"], rel=1e-9, abs=1e-9)
    for key, test in (("ci_reml_z", "z"), ("ci_reml_knha", "knha"), ("ci_reml_adhoc", "adhoc")):
        both = [theirs[test]["ci_lb"], theirs[test]["ci_ub"]]
        assert (found[key].lb, found[key].ub) == pytest.approx(ratio(both), rel=1e-9)
    by_default = [one for one in found.values() if "regtest in metafor" in one.programs]
    assert [one.value for one in by_default] == pytest.approx(
        [reference()["regtest"][name]], rel=1e-8
    )
    of_lm = reference()["egger"][name]["lm"]["sei"]["pval"]
    assert found["egger_classic"].value == pytest.approx(of_lm, rel=1e-9)


@pytest.mark.parametrize("method", ["DL", "PM", "SJ"])
def test_an_estimator_that_no_program_has_by_default_names_the_setting(method: Any) -> None:
    given = effects("imni_os")
    s = pool(given, method, "adhoc", prediction="t(k-2)")
    mixed = small_study("egger_mixed", Drawn(given, method, 0.95, True, None, None))
    found = conventions(given, plan("x"), s, {"egger_mixed": mixed})
    theirs = reference()["pool"]["imni_os"][method]
    own = found["i2_tau2"]
    assert own.programs == (f'metafor with method="{method}"',)
    assert own.value == pytest.approx(theirs["z"]["i2"], rel=1e-9)
    interval = found[f"pi_{method.lower()}_adhoc_t_k2"]
    assert (interval.used, interval.programs) == (True, ())
    bounds = np.exp(theirs["adhoc"]["pi_riley"])
    assert (interval.lb, interval.ub) == pytest.approx(bounds, rel=1e-9)
    assert (found["egger_mixed"].programs, found["egger_mixed"].used) == ((), True)
    assert found["egger_mixed"].value == mixed.pval != found["egger_reml"].value


def test_excess_significance_is_expected_by_the_model_of_the_analysis() -> None:
    """As tes(rma(yi, vi)) of dat.bcg in metafor, which leaves out 6e-7 of the true effects."""
    given = review(plan("x", "tb_rr", method="REML", small_study=("excess_significance",)))
    found = find(given).analyses["x"].small_study["excess_significance"]
    assert found.more["expected"] == pytest.approx(7.8088303023, abs=13 * 6e-7)
    assert found.pval == pytest.approx(0.5840585043, abs=13 * 6e-7)


def test_the_receipt_has_the_test_of_excess_significance_by_metafors_default() -> None:
    """By chi², where metafor does not count the sets: as in the reference."""
    from tests.test_selection import REFERENCE, effects_of

    def receipt(name: str) -> dict[str, Any]:
        given = effects_of(name)
        test = small_study("excess_significance", Drawn(given, "EE", 0.95, True, None, None))
        found = conventions(given, plan("x"), pool(given, "EE"), {"excess_significance": test})
        return {id_: one for id_, one in found.items() if id_.startswith("excess")}

    # Where metafor has the exact test too, there is nothing to tell.
    assert receipt("even") == {}
    many = receipt("hackshaw")
    assert (many["excess_exact"].programs, many["excess_exact"].used) == ((), True)
    chi2 = many["excess_chi2"]
    assert (chi2.programs, chi2.used) == (("tes in metafor",), False)
    assert chi2.value == pytest.approx(REFERENCE["hackshaw"]["chi2"]["pval"], rel=1e-9)


def test_the_receipt_marks_what_the_analysis_uses() -> None:
    found = run(method="PM", test="adhoc", prediction="t(k-1)").conventions
    used = [name for name, one in found.items() if one.used]
    assert used == ["i2_q", "ci_pm_adhoc", "pi_pm_adhoc_t_k1"]
    assert "metabias in meta (R) with a lower k.min" in str(
        run(trials=TRIALS[:9], small_study=("egger_classic",)).conventions["egger_classic"]
    )
    found = run(small_study=("egger_classic",)).conventions
    assert found["egger_classic"].programs == ("metabias in meta (R)",)


def test_a_receipt_needs_studies_to_compare() -> None:
    assert run(trials=TRIALS[:1]).conventions == {}
    assert run(pooling="peto", **COUNTS).conventions == {}
    common = run(method="EE").conventions
    assert "i2_tau2" not in common
    assert not any(name.startswith("pi_") for name in common)
    two = run(trials=TRIALS[:2]).conventions["pi_reml_z_t_k2"]
    assert (two.lb, two.ub) == (None, None)


# --- across analyses -----------------------------------------------------------------------------


def risk(analysis: str = "x", outcome: str = "tb") -> BaselineRisk:
    return BaselineRisk(
        id="risk", outcome=outcome, analysis=analysis, label="As in the trial",
        risk=Printed(0.05, 2), years=Printed(10, 0), study="s00", source="report",
    )  # fmt: skip


def test_absolute_effects_of_a_plan() -> None:
    found = find(review(plan("x"), baseline_risks=(risk(),)))
    one, s = found.absolute["risk"], found.analyses["x"].synthesis
    odds = s.est * 0.05 / 0.95
    assert one.risk == pytest.approx(odds / (1 + odds))
    assert one.per_1000 == pytest.approx(1000 * (one.risk - 0.05))
    assert one.nnt == pytest.approx(1 / (0.05 - one.risk))
    assert one.nnt_benefit
    assert found.value("absolute.risk.per_1000_ub") == one.per_1000_ub
    assert found.studies_of("absolute.risk.risk") == found.analyses["x"].studies
    assert Findings.from_json(found.to_json()).to_json() == found.to_json()


@pytest.mark.parametrize(
    ("status", "used"),
    [
        ({"status": "retracted", "retracted": "2026-05"}, False),
        ({"status": "excluded", "reason": "Not asked."}, False),
        ({"status": "superseded", "superseded_by": "s01"}, True),
    ],
)
def test_a_risk_of_a_study_that_is_disowned_is_not_used(status: dict[str, str], used: bool) -> None:
    """What a superseded report printed of its patients is as true as it was."""
    given = review(plan("x"), baseline_risks=(risk(),))
    first, *rest = given.studies
    gone = first.model_copy(update=status)
    found = find(given.model_copy(update={"studies": (gone, *rest)}))
    assert list(found.absolute) == (["risk"] if used else [])
    why = f"the risk is that of {first.label}, which is {gone.status}"
    assert found.unanswered == ({} if used else {"absolute.risk": why})


def test_absolute_effects_need_a_measure_that_has_them() -> None:
    chosen = SeveralPlan(model="composite", rho=Printed(0.5, 1))
    found = find(
        review(plan("x", "score", several=chosen), baseline_risks=(risk(outcome="score"),))
    )
    assert found.absolute == {}
    why = "a pooled effect gives no risk; a hazard, odds or risk ratio or a risk difference does"
    assert found.unanswered == {"absolute.risk": why}
    with pytest.raises(TemplateError) as caught:
        found.value("absolute.risk.nnt")
    assert str(caught.value) == f"no finding absolute.risk: this evidence has no answer ({why})"


def test_an_effect_that_does_not_carry_over_is_told_in_a_reader_s_words() -> None:
    turned = {"intervention": "no_bcg", "comparator": "bcg"}
    given = review(plan("x", "tb_rr"), baseline_risks=(risk(outcome="tb_rr"),))
    high = given.plan.baseline_risks[0].model_copy(update={"risk": Printed(0.9, 1)})
    question = given.plan.question.model_copy(update=turned)
    new = given.plan.model_copy(update={"baseline_risks": (high,), "question": question})
    found = find(given.model_copy(update={"plan": new}))
    assert found.analyses["x"].synthesis.est > 1.5
    assert found.unanswered == {
        "absolute.risk": "the pooled effect does not carry over to a risk of this size: it would "
        "be out of bounds"
    }


def judged(*steps: tuple[str, int], start: str = "high", by: str | None = "A. Reviewer") -> Any:
    return Certainty(
        analysis="x",
        start=start,
        steps=tuple(CertaintyStep(domain=d, steps=n, reason="Because.") for d, n in steps),
        judged_by="not stated" if by is None else by,
    )


@pytest.mark.parametrize(
    ("certainty", "level"),
    [
        (judged(), "high"),
        (judged(("risk of bias", -1), ("imprecision", -1)), "low"),
        (judged(("risk of bias", -3), ("imprecision", -2)), "very low"),
        (judged(("large effect", 2), start="low"), "high"),
        (judged(("dose response", 1), start="low"), "moderate"),
        (judged(("risk of bias", -1), by=None), None),
    ],
)
def test_certainty_is_what_the_reviewers_judge(certainty: Certainty, level: str | None) -> None:
    found = find(review(plan("x"), certainty=(certainty,))).certainty["x"]
    assert found.level == level
    assert len(found.steps) == len(certainty.steps)


def test_nobody_judged() -> None:
    found = find(review(plan("x"), certainty=())).certainty["x"]
    assert (found.level, found.start, found.judged_by, found.steps) == (None, None, None, ())
    assert set(found.suggestions) == {"inconsistency", "imprecision", "publication_bias"}


def suggested(**given: Any) -> dict[str, tuple[int | None, tuple[str, ...]]]:
    trials = given.pop("trials", TRIALS)
    found = find(review(plan("x", **given), trials=trials, certainty=())).certainty["x"]
    return {id_: (one.steps, one.because) for id_, one in found.suggestions.items()}


def test_suggestions_follow_the_numbers() -> None:
    whole = suggested(small_study=("egger_classic",))
    assert whole["inconsistency"] == (
        -2,
        ("I² is considerable and Q speaks against chance",
         "the prediction interval includes the null, which the confidence interval excludes"),
    )  # fmt: skip
    unknown = "the interval excludes the null, and the optimal information size is not computed"
    assert whole["imprecision"] == (None, (unknown,))
    assert suggested()["publication_bias"] == (None, ("no test of asymmetry is planned",))
    one = suggested(trials=TRIALS[11:12])
    assert one["inconsistency"] == (None, ("one study: nothing to compare it with",))
    # 5 of 2498 against 3 of 2341: benefit and harm.
    assert one["imprecision"] == (
        -2, ("the interval includes appreciable benefit and appreciable harm",)
    )  # fmt: skip
    assert one["publication_bias"] == (
        None, ("too few studies for a test of asymmetry to say much",)
    )  # fmt: skip


def graded(**of: Any) -> dict[str, tuple[int | None, tuple[str, ...]]]:
    """What is suggested for BCG, were its pooled result another."""
    from dataclasses import replace

    from analysis.summary import certainty

    evidence = review(plan("x"), certainty=())
    one = find(evidence).analyses["x"]
    measure = of.pop("measure", one.measure)
    given = replace(one, measure=measure, synthesis=replace(one.synthesis, **of))
    found = certainty(evidence, {"x": given})["x"].suggestions
    return {id_: (each.steps, each.because) for id_, each in found.items()}


def interval(lb: float, est: float, ub: float) -> dict[str, float]:
    mu, ci_lb, ci_ub = map(math.log, (est, lb, ub))
    return {"est": est, "est_lb": lb, "est_ub": ub, "mu": mu, "ci_lb": ci_lb, "ci_ub": ci_ub}


def test_a_precise_null_is_not_imprecise() -> None:
    """GRADE guidelines 6 (2011): the interval has to reach appreciable benefit or harm, too."""
    null = "the interval includes the null"
    assert graded(**interval(0.99, 1.002, 1.02))["imprecision"] == (
        None, (null, "it includes neither appreciable benefit nor appreciable harm")
    )  # fmt: skip
    assert graded(**interval(0.7, 0.9, 1.1))["imprecision"] == (-1, (null,))
    assert graded(**interval(0.9, 1.1, 1.3))["imprecision"] == (-1, (null,))
    assert graded(**interval(0.99, 1.002, 1.02), measure="RD")["imprecision"] == (
        None, (null, "what difference is appreciable is not stated")
    )  # fmt: skip


def test_inconsistency_is_told_from_what_there_is() -> None:
    none = {"pi_lb": None, "pi_ub": None, "pi_est_lb": None, "pi_est_ub": None}
    assert graded(i2_q=20.0, qe_pval=0.3, **none)["inconsistency"] == (
        0, ("I² is not against, and there is no prediction interval",)
    )  # fmt: skip
    assert graded(i2_q=59.0, qe_pval=0.12, **none)["inconsistency"] == (
        None, ("I² is substantial, but Q does not speak against chance",)
    )  # fmt: skip
    within = {"pi_lb": -0.9, "pi_ub": -0.1}
    assert graded(i2_q=20.0, qe_pval=0.3, **within)["inconsistency"] == (
        0, ("neither I² nor the prediction interval is against",)
    )  # fmt: skip


def test_one_group_has_no_null_to_be_graded_by() -> None:
    found = graded(i2_q=20.0, qe_pval=0.3, pi_lb=-1.0, pi_ub=1.0, measure="PLO")
    assert found["inconsistency"] == (0, ("I² is not against",))
    assert found["imprecision"] == (
        None, ("one group has no null, and the optimal information size is not computed",)
    )  # fmt: skip


def publication_bias(
    pval: float = 0.5, studies: int = 13, begg: float = 0.5, **moved: float | None
) -> tuple[int | None, tuple[str, ...]]:
    """What is suggested for BCG with Egger's P as given, and trim and fill as given."""
    from dataclasses import replace

    from analysis.summary import certainty

    planned = plan("x", small_study=("egger_classic", "begg", "trim_and_fill"))
    evidence = review(planned, trials=TRIALS[:studies], certainty=())
    one = find(evidence).analyses["x"]
    egger, rank, filled = one.small_study.values()
    given = {
        # The limit estimate of Egger's test is no pooled effect, and lies across the null here.
        "egger_classic": replace(egger, pval=pval, est_lb=0.9, est_ub=1.1),
        "begg": replace(rank, pval=begg),
        "trim_and_fill": replace(filled, **moved),  # type: ignore[arg-type]
    }
    found = certainty(evidence, {"x": replace(one, small_study=given)})["x"]
    suggestion = found.suggestions["publication_bias"]
    return suggestion.steps, suggestion.because


def test_an_adjusted_interval_that_answers_otherwise_counts() -> None:
    """BCG lies below the null; with the studies filled in it may reach it, or cross over."""
    across = "the interval adjusted by trim and fill (L0) includes the null"
    beyond = "the interval adjusted by trim and fill (L0) lies on the other side of the null"
    unsure = "no test shows asymmetry"
    assert publication_bias(est_lb=0.4, est_ub=1.01) == (None, (unsure, across))
    assert publication_bias(est_lb=1.1, est_ub=1.5) == (None, (unsure, beyond))
    both = ("asymmetry by Egger’s test (weighted regression)", across)
    assert publication_bias(pval=0.01, est_lb=0.4, est_ub=1.01) == (-1, both)
    tests = ("asymmetry by Egger’s test (weighted regression) and Begg’s rank correlation", across)
    assert publication_bias(pval=0.01, begg=0.01, est_lb=0.4, est_ub=1.01) == (-1, tests)
    silent = "no planned test shows asymmetry, and no planned adjustment changes the answer"
    assert publication_bias(est_lb=0.4, est_ub=0.99) == (0, (silent,))
    assert publication_bias(est_lb=None, est_ub=None) == (0, (silent,))


def test_asymmetry_among_few_studies_is_said_and_no_step_made() -> None:
    few = suggested(trials=TRIALS[:5], small_study=("egger_classic",))["publication_bias"]
    assert few == (None, ("too few studies for a test of asymmetry to say much",))
    known = publication_bias(pval=0.01, studies=5, est_lb=0.4, est_ub=0.99)
    told = "no step is made for the asymmetry by Egger’s test (weighted regression)"
    assert known == (None, ("too few studies for a test of asymmetry to say much", told))


def test_the_start_is_that_of_the_designs() -> None:
    """GRADE guidelines 3 (randomised high, others low) and 18 (high with ROBINS-I)."""
    from analysis.records import Level, Quality, Tool

    given = review(plan("x"), certainty=())
    assert {study.design for study in given.studies} == {"randomised trial"}

    def start(others: int, *tools: str) -> tuple[str | None, str | None]:
        level = Level(id="low", label="Low")
        known = tuple(
            Tool(id=f"tool_{at}", label=label, items=(level,), levels=(level,), overall=(level,))
            for at, label in enumerate(tools)
        )
        judged = tuple(
            Quality(tool=tool.id, overall="low", score="not stated", source="report")
            for tool in known
        )
        changed = {"design": "retrospective cohort", "quality": judged}
        studies = tuple(
            study.model_copy(update=changed) if at < others else study
            for at, study in enumerate(given.studies)
        )
        planned = given.plan.model_copy(update={"tools": known})
        of = given.model_copy(update={"studies": studies, "plan": planned})
        one = find(of).certainty["x"]
        return one.start_by_design, one.start_because

    without = "ROBINS-I was not used"
    assert start(0) == ("high", "all studies are randomised trials")
    assert start(3) == ("low", f"some studies are not randomised, and {without}")
    assert start(7, "NOS") == ("low", f"most studies are not randomised, and {without}")
    assert start(13) == ("low", f"no study is randomised, and {without}")
    assert start(7, "NOS", "ROBINS-I V2") == (
        "high", "most studies are not randomised, and ROBINS-I was used"
    )  # fmt: skip


def test_methods_that_disagree_are_imprecise() -> None:
    imni = find(load_review(ROOT))
    assert imni.certainty["os"].level is None  # nobody judged it
    for one in imni.certainty.values():
        finding = imni.analyses[one.analysis]
        if finding.methods_agree is False:
            assert (one.suggestions["imprecision"].steps or 0) < 0


# --- what this evidence has no answer to ----------------------------------------------------------


def test_a_part_without_an_answer_leaves_the_rest() -> None:
    same = tuple((*t[:7], "random") for t in TRIALS)
    found = find(review(plan("x", regressions=(regression(ALLOCATION),)), trials=same))
    why = "moderator allocation: found only 'random', wanted at least two different values"
    assert found.analyses["x"].unanswered == {"regressions.line": why}
    assert found.analyses["x"].synthesis.k == 13
    for path in ("x.regressions.line", "x.regressions.line.qm_pval"):
        with pytest.raises(TemplateError) as caught:
            found.value(path)
        assert str(caught.value) == (
            f"no finding x.regressions.line: this evidence has no answer ({why})"
        )
    item = Item(found.analyses["x"], "x", bound=True)
    line = item.child("regressions").child("line")
    assert not line
    with pytest.raises(TemplateError) as caught:
        _ = line.child("qm_pval").value
    assert str(caught.value) == f"found no x.regressions.line: this evidence has no answer ({why})"
    with pytest.raises(TemplateError) as caught:
        found.value("x.regressions.other")
    assert str(caught.value) == "no finding x.regressions.other, wanted one of: "


def test_a_template_that_prints_it_is_told_why() -> None:
    same = tuple((*t[:7], "random") for t in TRIALS)
    one = review(plan("x", regressions=(regression(ALLOCATION),)), trials=same)
    text = "P is {{ x.regressions.line.qm_pval | p }}."
    with pytest.raises(TemplateError) as caught:
        write(one, find(one), {"review.qmd": text})
    assert "this evidence has no answer (moderator allocation: found only 'random'" in str(
        caught.value
    )


def test_an_analysis_that_no_study_enters_is_named_and_the_rest_stands() -> None:
    from analysis.records import Selection

    nobody = plan("none", studies=Selection(only=("s99",)))
    found = find(review(plan("x"), nobody, baseline_risks=(risk("none"),)))
    assert list(found.analyses) == ["x"]
    assert found.unanswered == {
        "none": "no study of this evidence has a result for it",
        "absolute.risk": "its study or its analysis is not in this evidence",
    }
    with pytest.raises(TemplateError) as caught:
        found.value("none.est")
    assert str(caught.value) == (
        "no finding none: this evidence has no answer (no study of this evidence has a result "
        "for it)"
    )


# --- natural scales -------------------------------------------------------------------------------


@pytest.mark.parametrize(("measure", "back"), [("PLO", None), ("PFT", None), ("ZCOR", math.tanh)])
def test_results_where_the_analysis_scale_says_little(measure: str, back: Any) -> None:
    from analysis.records import GroupData
    from tests.method_reviews import outcome, result

    base = review(plan("x", "share"))
    given = [(12, 100), (30, 150), (8, 90), (25, 110)]
    studies = []
    for study, (events, n) in zip(base.studies, given, strict=False):
        one = (
            result("share", measure, estimate=Printed(events / n, 3), n=n)
            if measure == "ZCOR"
            else result("share", measure, groups=(GroupData(arm="bcg", events=events, n=n),))
        )
        studies.append(study.model_copy(update={"results": (one,)}))
    new = base.plan.model_copy(update={"outcomes": (outcome("share", measure),)})
    found = analyse(
        base.model_copy(update={"plan": new, "studies": tuple(studies)}), plan("x", "share")
    )
    assert found.natural is not None
    s = found.synthesis
    if back is not None:
        assert found.natural.est == pytest.approx(back(s.mu))
    if measure == "PLO":
        assert found.natural.est == pytest.approx(1 / (1 + math.exp(-s.mu)))
    rates = [events / n for events, n in given]
    assert min(rates) < found.natural.est < max(rates)
    assert found.natural.est_lb < found.natural.est < found.natural.est_ub
    assert run().natural is None


# --- cumulation by any field ----------------------------------------------------------------------


def test_a_cumulation_goes_by_any_number_of_the_studies() -> None:
    found = run(cumulative="latitude")
    latitudes = [step.at for step in found.cumulative]
    assert latitudes == sorted(float(t[6]) for t in TRIALS)
    assert found.cumulative[-1].est == pytest.approx(found.synthesis.est, rel=1e-12)
    trials = (*TRIALS[:-1], (*TRIALS[-1][:6], "far north", "systematic"))
    lost = run(trials=trials, cumulative="latitude")
    assert len(lost.cumulative) == 12


def test_a_cumulation_is_drawn_by_its_field() -> None:
    from analysis.figures import FigureRequest, layout
    from analysis.figures.sheet import Writing

    one = review(plan("x", cumulative="latitude"))
    sheet = layout(FigureRequest("cumulative", "c", "x"), one, find(one))
    texts = [mark.text for mark in sheet.marks if isinstance(mark, Writing)]
    assert "Absolute latitude" in texts
    assert "13" in texts


# --- the quantiles of Egger's test ----------------------------------------------------------------


@pytest.mark.parametrize("test", ["z", "knha", "adhoc"])
def test_the_mixed_egger_test_has_the_test_of_its_analysis(test: Any) -> None:
    """As `regtest` of an `rma` model: of Hartung and Knapp's, t with k − 2 degrees of freedom."""
    given = effects("bcg")
    found = small_study("egger_mixed", Drawn(given, "REML", 0.95, True, None, None, test=test))
    # metafor 3.8-1, rma(RR of dat.bcg, method = "REML", test = …) to regtest(model = "rma").
    statistic, pval = {
        "z": (-0.803329193090875, 0.421784488855278),
        "knha": (-0.781154133601817, 0.451196679953757),
        "adhoc": (-0.781154133601817, 0.451196679953757),
    }[test]
    assert found.df == (None if test == "z" else 11)
    assert found.statistic == pytest.approx(statistic, rel=1e-9)
    assert found.pval == pytest.approx(pval, rel=1e-9)
    s = pool(given, "REML", test)
    rows = conventions(given, plan("x"), s, {"egger_mixed": found})
    assert (
        rows["egger_mixed"].convention
        == {
            "z": "mixed-effects regression by REML, z",
            "knha": "mixed-effects regression by REML, t (Hartung-Knapp)",
            "adhoc": "mixed-effects regression by REML, "
            "t (Hartung-Knapp with the ad hoc correction)",
        }[test]
    )
    assert ("egger_reml" in rows) == (test != "z")
