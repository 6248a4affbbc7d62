"""Several estimates of a study: the planned model is told wherever the pool of composites is."""

from __future__ import annotations

import csv
import io
import math
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from analysis.cli import main
from analysis.effects import Effects
from analysis.export_csv import to_csv
from analysis.figures import FigureRequest, layout
from analysis.figures.sheet import Writing
from analysis.findings import Findings
from analysis.manuscript import write
from analysis.plan import find
from analysis.records import Review
from analysis.synthesis import pool
from analysis.table_kinds import TABLES
from analysis.tables import Asked
from analysis.words import HARD
from tests.manuscripts import table_rows, tree
from tests.method_reviews import SCORES, plan, review, several_plan

Y = np.array([y for each in SCORES for y, _ in each])
V = np.array([v for each in SCORES for _, v in each])
STUDY = np.array([at for at, each in enumerate(SCORES) for _ in each])
SAME = STUDY[:, None] == STUDY
RHO = 0.5


@cache
def planned() -> tuple[Review, Findings]:
    """One plan a model, the last of them without an answer: its method is none of likelihood."""
    given = review(*(
        plan(id_, "score", several=several_plan(model), method=method)
        for id_, model, method in (
            ("mean", "composite", "REML"), ("levels", "three_level", "REML"),
            ("sandwich", "robust", "REML"), ("lost", "three_level", "DL"),
        )
    ))  # fmt: skip
    return given, find(given)


def three_level() -> tuple[float, float, float, float]:
    """Mean, its standard error, and both variances by REML, from the likelihood as written."""
    sampling = np.where(SAME, RHO * np.sqrt(np.outer(V, V)), 0.0)
    np.fill_diagonal(sampling, V)

    def parts(theta: Any) -> tuple[float, float, float]:
        total = sampling + theta[0] * SAME + theta[1] * np.eye(len(Y))
        weights = np.linalg.solve(total, np.ones(len(Y)))
        mu = float(weights @ Y / weights.sum())
        rest = float((Y - mu) @ np.linalg.solve(total, Y - mu))
        logs = np.linalg.slogdet(total)[1] + math.log(weights.sum())
        return mu, float(weights.sum()) ** -0.5, logs + rest

    found = min(
        (
            optimize.minimize(
                lambda theta: parts(theta**2)[2], start, method="Nelder-Mead",
                options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 10_000},
            )
            for start in ((0.3, 0.3), (0.3, 0.01), (0.01, 0.3))
        ),
        key=lambda one: one.fun,
    )  # fmt: skip
    between, within = found.x**2
    return *parts((between, within))[:2], between, within


def robust() -> tuple[float, float]:
    """Mean and cluster-robust standard error (CR1), as if the estimates were independent."""
    tau2 = pool(Effects([str(at) for at in range(len(Y))], Y, V, "GEN"), "REML").tau2
    w = 1 / (V + tau2)
    mu = float(w @ Y / w.sum())
    sums = np.bincount(STUDY, weights=w * (Y - mu))
    return mu, float(math.sqrt(sums @ sums * 5 / 4) / w.sum())


def cell(mu: float, half: float) -> str:
    low, high = mu - half, mu + half
    minus = "\N{MINUS SIGN}"
    est, lb, ub = (f"{x:.2f}" if abs(x) >= 0.1 else f"{x:.2g}" for x in (mu, low, high))
    ends = f"{lb} to {ub}" if low < 0 else f"{lb}–{ub}"
    return f"{est} ({ends})".replace("-", minus)


def test_the_planned_model_stands_below_the_composites() -> None:
    _, *told = table_rows("pooled", "", *planned())
    titles = [row[0] for row in told]
    assert titles == ["MEAN", "LEVELS", "", "SANDWICH", "", "LOST"]
    composites = "REML, Wald; composites, ρ = 0.5"
    assert [row[1] for row in told] == [
        composites,
        composites,
        "Three-level model, REML, Wald, ρ = 0.5, 11 estimates",
        composites,
        # It assumes no correlation, and its interval is by t.
        "Cluster-robust, REML, t, 11 estimates",
        "DerSimonian-Laird, Wald; composites",
    ]
    assert {row[2] for row in told} == {"5"}
    mu, se, between, within = three_level()
    assert told[2][3] == cell(mu, 1.959964 * se)
    assert float(told[2][5]) == pytest.approx(2 * stats.norm.sf(mu / se), rel=0.05)
    shown = [float(part) for part in re.sub("<0.0001", "0", told[2][6]).split(" + ")]
    assert shown == pytest.approx([between, within], abs=6e-5)
    mu, se = robust()
    assert told[4][3] == cell(mu, float(stats.t.isf(0.025, 4)) * se)
    assert float(told[4][5]) == pytest.approx(2 * stats.t.sf(mu / se, 4), rel=0.05)
    assert told[4][6:] == ["–", "–", "–"]
    # Nothing of the composites changes with what stands beside them.
    assert told[0][2:] == told[1][2:] == told[3][2:]
    assert told[2][3] != told[1][3] != told[4][3]


def test_notes_say_what_composites_are_and_which_model_is_not_there() -> None:
    from analysis import placed

    made = TABLES["pooled"].maker(Asked(*planned(), "tbl-x", {}))
    assert [placed.plain(note) for note in made.notes] == [
        "Composites: the mean of each study’s estimates, whose sampling errors are assumed to "
        "correlate by ρ.",
        "Of a three-level model, the variance between studies + that within studies stands under "
        "τ², and the share of each under I².",
        "Without its model of several estimates: LOST (three-level model: found method DL, wanted "
        "REML or ML).",
    ]
    alone = TABLES["pooled"].maker(Asked(*planned(), "tbl-x", {"analyses": "sandwich"}))
    assert len(alone.notes) == 1


def sentence(call: str) -> str:
    given, found = planned()
    made = write(given, found, {"review.qmd": f"TOLD {{{{ {call} | model }}}} END\n"}).text
    text = re.sub(r"\[([^\]]*)\]\{[^}]*\}", r"\1", made.replace(HARD, " ").replace("\\", ""))
    return " ".join(text.partition("TOLD ")[2].partition(" END")[0].split())


@pytest.mark.parametrize("call", ["{id}", "review.analyses.{id}"])
def test_the_sentence_on_the_model_says_how_several_estimates_enter(call: str) -> None:
    pooled = "random-effects model (restricted maximum likelihood, Wald interval)"
    enter = "studies with several estimates enter as composites, the means of their estimates"
    wanted = {
        "mean": f"{pooled}; {enter} (ρ = 0.5)",
        "levels": f"{pooled}; {enter} (ρ = 0.5); a three-level model of all estimates stands "
        "beside it",
        "sandwich": f"{pooled}; {enter} (ρ = 0.5); a pool of all estimates with a cluster-robust "
        "interval stands beside it",
    }
    for id_, text in wanted.items():
        assert sentence(call.format(id=id_)) == text


def test_a_model_without_an_answer_stands_beside_nothing() -> None:
    assert sentence("lost").endswith("enter as composites, the means of their estimates")


def test_the_rho_of_a_finding_is_bound_to_it() -> None:
    made = write(*planned(), {"review.qmd": "{{ levels | model }}\n"})
    assert "levels.several.rho" in made.keys
    made = write(*planned(), {"review.qmd": "{{ review.analyses.levels | model }}\n"})
    assert "levels.several.rho" not in made.keys


def test_every_number_of_the_planned_row_is_bound_to_its_finding() -> None:
    call = '{% call table("pooled", id="tbl-x", analyses="levels") %}Caption{% endcall %}'
    made = write(*planned(), {"review.qmd": f"@tbl-x\n\n{call}\n"})
    names = ("rho", "estimates", "clusters", "est", "est_lb", "est_ub", "pval", "sigma2_between",
             "sigma2_within", "i2_between", "i2_within")  # fmt: skip
    assert {f"levels.several.{name}" for name in names} <= set(made.keys)
    assert tree(made.text)


def test_a_forest_plot_says_what_the_planned_model_comes_to() -> None:
    request = FigureRequest("forest", "x", "sandwich", {"beside": "levels"})
    sheet = layout(request, *planned())
    told = " ".join(mark.text for mark in sheet.marks if isinstance(mark, Writing))
    told = told.replace(HARD, " ")
    assert "Studies with several estimates are composites" in told
    mu, se = robust()
    assert f"Cluster-robust, REML, t, 11 estimates: {cell(mu, stats.t.isf(0.025, 4) * se)}" in told
    # Beside it stands the model that the other analysis plans, not its composites once more.
    assert "Three-level model, REML, Wald, ρ = 0.5, 11 estimates" in told


def test_the_table_of_analyses_has_the_planned_model() -> None:
    given, found = planned()
    lines = csv.DictReader(io.StringIO(to_csv(given, found)["analyses.csv"].decode()))
    by_id = {line["analysis"]: line for line in lines}
    assert float(by_id["levels"]["several_est"]) == pytest.approx(three_level()[0], abs=1e-5)
    assert by_id["sandwich"]["several_model"] == "robust"
    assert by_id["sandwich"]["several_sigma2_between"] == by_id["lost"]["several_est"] == ""
    other = review(plan("x"))
    assert b"several" not in to_csv(other, find(other))["analyses.csv"]


def test_analyse_has_a_row_for_the_planned_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the tiny review, one trial tells its two by two table twice."""
    root = Path(shutil.copytree(Path(__file__).parent / "tiny", tmp_path / "tiny"))
    file = root / "data/review.yml"
    asked = "    several: {model: robust, rho: 0.6}\n    test: knha\n"
    file.write_text(file.read_text("utf-8").replace("    test: knha\n", asked, 1), "utf-8")
    assert main(["analyse", "--root", str(root)]) == 0
    lines = [re.split(r" {2,}", line) for line in capsys.readouterr().out.splitlines()]
    rows = {line[0]: line for line in lines}
    assert rows["tb"][-1] == "REML, Hartung-Knapp; composites, ρ = 0.6"
    k = rows["tb"][1]
    assert rows["tb: robust"][1] == k
    assert rows["tb: robust"][-1] == f"Cluster-robust, REML, t, {k} estimates"
    assert rows["tb: robust"][2] != rows["tb"][2]
