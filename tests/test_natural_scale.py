"""Proportions and correlations as a reader takes them: in words, in tables and on the axis.

The proportions are those of metafor 3.8-1: rma of escalc(measure = "PLO" or "PFT", xi, ni),
method REML, test knha, by predict() with transf.ilogit or transf.ipft.hm.
"""

from __future__ import annotations

import argparse
import math
import re
from io import StringIO
from typing import Any

import pytest

from analysis import words
from analysis.commands.data import analyse
from analysis.continuous import freeman_tukey_inverse
from analysis.differences import marks
from analysis.errors import ReviewError
from analysis.figures import FigureRequest, layout
from analysis.figures.sheet import Stroke, Writing
from analysis.plan import find
from analysis.records import GroupData, PriorPlan, Review
from analysis.steps import as_text
from analysis.values import Printed
from tests.manuscripts import table_rows
from tests.method_reviews import (
    MODERATORS,
    TRIALS,
    line,
    outcome,
    plan,
    result,
    review,
    split_by,
)
from tests.terminals import answering
from tests.test_arm_cells import forest, line_of, lines

WEAK = PriorPlan(id="weak", label="weak", scale=Printed(0.5, 1), reason="a sample")
GIVEN = ((24, 200), (9, 150), (80, 800), (3, 90), (61, 390))
HARD = words.HARD


def of(measure: str, **options: Any) -> Review:
    """Return a review of one group each, or of the correlations 0.12, 0.06, 0.10 …"""
    planned = plan("x", "share", method="REML", test="knha", **options)
    base = review(planned, trials=TRIALS[: len(GIVEN)])
    studies = tuple(
        study.model_copy(
            update={
                "results": (
                    result("share", measure, estimate=Printed(round(x / n, 2), 2), n=n)
                    if measure == "ZCOR"
                    else result("share", measure, groups=(GroupData(arm="bcg", events=x, n=n),)),
                )
            }
        )
        for study, (x, n) in zip(base.studies, GIVEN, strict=True)
    )
    told = base.plan.model_copy(update={"outcomes": (outcome("share", measure),)})
    return base.model_copy(update={"plan": told, "studies": studies})


@pytest.mark.parametrize(
    ("measure", "pooled", "lowest"),
    [("PLO", ("9.7", "(5.0–17.9)"), ("3.3", "(1.1–9.8)")),
     ("PFT", ("9.4", "(4.3–16.1)"), ("3.3", "(0.4–8.3)"))],
)  # fmt: skip
def test_a_forest_plot_of_proportions_is_in_per_cent_and_favours_nobody(
    measure: str, pooled: tuple[str, str], lowest: tuple[str, str]
) -> None:
    given = of(measure)
    sheet = layout(FigureRequest("forest", "x", "x"), given, find(given))
    told = lines(sheet)
    assert line_of("Study", told)[1:] == ["Events/patients", "% (95% CI)", "Weight"]
    assert line_of("Random effects (REML, Hartung-Knapp)", told)[1:3] == list(pooled)
    study = next(line for line in told if line[1:2] == ["3/90"])
    assert tuple(study[2:4]) == lowest
    assert ["Per cent with the event"] in told
    whole = " ".join(" ".join(line) for line in told)
    assert "avours" not in whole
    assert "Pooled effect" not in whole
    assert not [m for m in sheet.marks if isinstance(m, Stroke) and m.key == "null"]
    ticks = [
        m.text for m in sheet.marks if isinstance(m, Writing) and (m.key or "").startswith("tick:")
    ]
    assert all(0 <= float(text) <= 100 for text in ticks)
    scale = {"PLO": "logits", "PFT": "double arcsines"}[measure]
    assert f"Pooled as {scale}." in whole


def test_a_forest_plot_of_correlations_is_of_correlations() -> None:
    given = of("ZCOR")
    found = find(given).analyses["x"]
    told = forest(given)
    assert line_of("Study", told)[1:] == ["Patients", "r (95% CI)", "Weight"]
    assert found.natural is not None
    s = found.natural
    pooled = line_of("Random effects (REML, Hartung-Knapp)", told)
    assert pooled[1:3] == [f"{s.est:.2f}", f"({s.est_lb:.3f}–{s.est_ub:.2f})"]
    assert 0 < s.est_lb < 0.0995 < s.est_ub  # two significant digits of either
    assert any("Favours" in text for line in told for text in line)


@pytest.mark.parametrize("kind", ["leave_one_out", "cumulative"])
def test_refits_of_proportions_are_in_per_cent_without_a_test_against_a_half(kind: str) -> None:
    given = of("PLO", leave_one_out=True, cumulative="year")
    told = lines(layout(FigureRequest(kind, "x", "x"), given, find(given)))
    head = next(line for line in told if "% (95% CI)" in line)
    assert "P" not in head
    assert not any("Hollow" in text for line in told for text in line)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("leave_one_out", ["8.7 (2.3–18.4)", "10.2 (3.5–19.8)", "9.1 (2.2–19.7)", "8.0 (3.1–14.9)",
                        "10.9 (5.4–17.9)", "9.4 (4.3–16.1)"]),
     ("cumulative", ["8.9 (0–67.4)", "9.5 (4.0–17.0)", "10.9 (5.4–17.9)", "9.4 (4.3–16.1)"])],
)  # fmt: skip
def test_a_refit_of_double_arcsines_goes_back_by_the_sizes_of_its_own_studies(
    kind: str, shown: list[str]
) -> None:
    given = of("PFT", leave_one_out=True, cumulative="year")
    told = lines(layout(FigureRequest(kind, "x", "x"), given, find(given)))
    bounds = [line for line in told if line[-1].endswith("%")]
    assert [" ".join(line[-3:-1]) for line in bounds] == shown


@pytest.mark.parametrize("measure", ["PLO", "PFT"])
def test_no_change_of_a_proportion_is_held_against_a_half(measure: str) -> None:
    given = of(measure, leave_one_out=True)
    turned = tuple(
        study.model_copy(
            update={"results": (result("share", measure, groups=(
                GroupData(arm="bcg", events=n - x, n=n),)),)}
        )
        for study, (x, n) in zip(given.studies, GIVEN, strict=True)
    )  # fmt: skip
    before, after = find(given), find(given.model_copy(update={"studies": turned}))
    assert after.value("x.natural.est") > 0.5 > before.value("x.natural.est")
    assert marks(before, after) == ()


@pytest.mark.parametrize("measure", ["PLO", "PFT"])
def test_no_table_tests_a_proportion_against_a_half(
    measure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = of(measure, leave_one_out=True)
    found = find(given)
    head, *rows = table_rows("leave_one_out", "", given, found)
    assert head == ["Left out", "Proportion (95% CI)", "τ²", "I² (Q)"]
    assert len(rows) == len(GIVEN)
    head, row = table_rows("pooled", "", given, found)
    assert row[head.index("P")] == "–"
    monkeypatch.setattr("analysis.load.load_review", lambda _: given)
    terminal = answering()
    analyse(argparse.Namespace(root=None, json=False), terminal)
    assert isinstance(terminal.out, StringIO)
    head, _, row = (re.split(r"  +", line) for line in terminal.out.getvalue().splitlines())
    assert row[head.index("P")] == "–"


def test_a_table_of_correlations_has_their_p_values() -> None:
    given = of("ZCOR", leave_one_out=True)
    head, *rows = table_rows("leave_one_out", "", given, find(given))
    assert head == ["Left out", "r (95% CI)", "P", "τ²", "I² (Q)"]
    assert all(float(row[2].removeprefix("<")) > 0 for row in rows)


def test_a_pool_of_double_arcsines_is_a_proportion_wherever_it_is_told() -> None:
    given = of("PFT")
    found = find(given)
    head, row = table_rows("pooled", "", given, found)
    assert head[3] == "Proportion (95% CI)"
    assert row[3:5] == ["0.094 (0.043–0.16)", "0.0019–0.29"]
    assert as_text(found.analyses["x"]) == "proportion 0.094 (0.043–0.16), 5 studies"


def test_tables_of_double_arcsines_are_of_proportions() -> None:
    """As metafor: rma of the studies named, predict() with transf.ipft.hm and their sizes."""
    given = of("PFT", leave_one_out=True, subgroups=(split_by("allocation"),),
               small_study=("trim_and_fill",), bayes=(WEAK,))  # fmt: skip
    found = find(given)
    _, *rows = table_rows("leave_one_out", "", given, found)
    assert [row[1] for row in rows] == [
        "0.087 (0.023–0.18)", "0.10 (0.035–0.20)", "0.091 (0.022–0.20)", "0.080 (0.031–0.15)",
        "0.11 (0.054–0.18)",
    ]  # fmt: skip
    head, *rows = table_rows("subgroups", "", given, found)
    assert head[5] == "Proportion (95% CI)"
    assert [row[5] for row in rows] == ["0.080 (0.031–0.15)", "0.16 (0.12–0.19)*"]
    head, row = table_rows("small_study", "", given, found)
    assert head[4] == "Adjusted Proportion (95% CI)"
    assert row[4] == "0.094 (0.043–0.16)"
    head, row = table_rows("bayes", "", given, found)
    assert head[2] == "Median proportion (95% CrI)"
    median = found.analyses["x"].bayes["weak"].est
    n = 5 / sum(1 / n for _, n in GIVEN)
    assert row[2].startswith(f"{freeman_tukey_inverse(median, n):.3f} (")


def test_a_double_arcsine_without_sizes_stays_as_it_is() -> None:
    given = of("PFT")
    one = (
        given.studies[0]
        .results[0]
        .model_copy(update={"groups": (), "estimate": Printed(0.36, 2), "se": Printed(0.04, 2)})
    )
    first = given.studies[0].model_copy(update={"results": (one,)})
    given = given.model_copy(update={"studies": (first, *given.studies[1:])})
    told = forest(given)
    assert "PFT (95% CI)" in line_of("Study", told)
    assert not any("Favours" in text for line in told for text in line)


def test_words_are_of_the_natural_scale() -> None:
    logit = math.log(0.2 / 0.8)
    assert str(words.effect(logit, "PLO")) == "20.0%"
    assert str(words.effect(800.0, "PLO")) == "100%"
    assert str(words.effect(math.atanh(-0.3), "ZCOR")) == "−0.30"
    bounds = (math.log(0.1 / 0.9), math.log(0.5 / 0.5))
    assert str(words.interval(*bounds, "PLO")) == "10.0%–50.0%"
    said = words.estimate(logit, *bounds, "PLO")
    assert str(said).replace(HARD, " ") == "proportion 20.0% (95% CI 10.0%–50.0%)"
    r = (math.atanh(x) for x in (0.2, -0.1, 0.5))
    assert str(words.estimate(*r, "ZCOR")).replace(HARD, " ") == "r 0.20 (95% CI −0.10 to 0.50)"
    assert str(words.compatible_with(*bounds, "PLO")) == "compatible with 10.0%–50.0%"
    assert str(words.compatible_with(-0.1, 0.1, "ZCOR")) == (
        "compatible with no correlation and with correlations of −0.10 to 0.10"
    )


def test_a_proportion_has_no_null() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole text is compared
        words.null_phrase(-1, 1, "PLO")
    assert str(caught.value) == (
        "null: found PLO, wanted a measure that has a value of no difference, which no proportion "
        "has: take `| null_phrase` out of the sentence"
    )
    with pytest.raises(ValueError, match=r"take `\| by_null` out of the sentence"):
        words.by_null(-1, 1, "PLO", "less", "more", "unsure")


def test_what_a_text_prints_of_a_proportion() -> None:
    from tests.manuscripts import body

    for measure, told in (
        ("PLO", "proportion 9.7% (95% CI 5.0%–17.9%)"),
        ("PFT", "0.094 (95% CI 0.043–0.16)"),
    ):
        given = of(measure)
        text = "Pooled: {{ x | estimate_p | plain }}."
        assert told in body(text, review=given, findings=find(given))


def test_every_interval_of_a_double_arcsine_is_led_back_to_proportions() -> None:
    """By metafor: predict(pi.type = "riley", transf = transf.ipft.hm); a study by transf.ipft."""
    from tests.manuscripts import body

    given = of("PFT")
    text = "{{ x | estimate | plain }}; {{ x | interval | plain }}; {{ x | prediction | plain }}."
    said = body(text, review=given, findings=find(given)).replace("\xa0", " ")
    assert "0.094 (95% CI 0.043–0.16); 0.043–0.16; 0.0019–0.29." in said
    _, first, *_ = table_rows("characteristics", ", outcomes=['share']", given, find(given))
    assert "0.12 (0.078–0.17), from 24/200" in " ".join(first)


def test_what_would_change_a_proportion_is_not_asked() -> None:
    from analysis.commands.what_it_takes import _print_needed

    found = find(of("PLO")).analyses["x"]
    with pytest.raises(ReviewError) as caught:
        _print_needed(found, (), (), None)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "what-if: found x, of PLO, wanted an analysis whose interval can include the null: a "
        "proportion has none"
    )


def test_two_editions_are_compared_in_per_cent() -> None:
    from analysis.figures.comparison import Side, comparison_sheet

    found = find(of("PLO")).analyses["x"]
    sides = (Side("1.0.0", found), Side("2.0.0", found))
    told = lines(comparison_sheet("x", *sides, ("Favours a", "Favours b")))
    assert line_of("2.0.0, 5 studies", told)[1:3] == ["9.7", "(5.0–17.9)"]
    assert not any("Favours" in text for line in told for text in line)


@pytest.mark.parametrize(
    ("measure", "head", "shown", "hollow"),
    [("PLO", "% (95% CI)", ["50.0", "(26.9–73.1)"], False),
     ("ZCOR", "r (95% CI)", ["0.00", "(−0.76 to 0.76)"], True)],
)  # fmt: skip
def test_the_history_is_on_the_natural_scale(
    measure: str, head: str, shown: list[str], hollow: bool
) -> None:
    from analysis.figures.history import EditionPoint, Series, history_sheet

    point = EditionPoint("1.0.0", "2026", 5, 0.0, -1.0, 1.0)
    told = lines(history_sheet("x", [Series("x", "X", (point,))], measure, ("a", "b")))
    assert line_of("Edition", told)[-1] == head
    assert line_of("1.0.0", told)[-2:] == shown
    notes = [text for line in told for text in line if "Hollow" in text]
    assert notes == (
        ["Hollow: the interval includes the null, 0. Pooled as Fisher’s z."] if hollow else []
    )


def test_a_step_is_named_by_its_scale() -> None:
    from analysis.comparison_words import step

    assert step(math.log(1.16), "PLO") == "odds × 1.16"
    assert step(-0.09, "ZCOR") == "z − 0.090"
    assert step(0.12, "MD") == "+ 0.12"


def test_a_funnel_of_proportions_has_no_contours_of_significance() -> None:
    given = of("PLO", small_study=("egger_mixed",))
    sheet = layout(FigureRequest("funnel", "x", "x"), given, find(given))
    keys = {str(getattr(mark, "key", None)) for mark in sheet.marks}
    assert {"pooled", "egger"} <= keys
    assert not {key for key in keys if key == "null" or key.startswith("contour:")}
    told = " ".join(" ".join(line) for line in lines(sheet))
    assert "own P value" not in told


def test_no_study_takes_a_proportion_across_no_effect() -> None:
    given = of("PLO")
    with pytest.raises(ReviewError) as caught:
        layout(FigureRequest("what_would_it_take", "x", "x"), given, find(given))
    assert str(caught.value) == (
        "figure x: found x, of PLO, wanted a measure with a value of no effect, which no "
        "proportion has"
    )


# --- units ---------------------------------------------------------------------------------


def of_days(unit: str | None, measure: str = "MD", **options: Any) -> Review:
    """Return a review of differences: its outcome may have a unit, a second one has none."""
    plans = (plan("x", "share", **options), plan("y", "other"))
    base = review(*plans, trials=TRIALS[: len(GIVEN)])
    studies = tuple(
        study.model_copy(
            update={
                "results": tuple(
                    result(name, of, estimate=Printed(-0.2 * at - 1, 1), se=Printed(0.5, 1))
                    for name, of in (("share", measure), ("other", "SMD"))
                )
            }
        )
        for at, study in enumerate(base.studies)
    )
    first = outcome("share", measure).model_copy(update={"unit": unit})
    told = base.plan.model_copy(update={"outcomes": (first, outcome("other", "SMD"))})
    return base.model_copy(update={"plan": told, "studies": studies})


def test_a_difference_names_its_unit_once_in_each_thing() -> None:
    from tests.manuscripts import body

    moderator = MODERATORS["latitude"].model_copy(update={"label": "latitude", "per": 1.0})
    planned = line("slope", "latitude").model_copy(update={"moderators": (moderator,)})
    given = of_days(
        "days", leave_one_out=True, cumulative="year", regressions=(planned,),
        subgroups=(split_by("allocation"),),
    )  # fmt: skip
    found = find(given)
    s = found.analyses["x"].synthesis
    text = body("{{ x | estimate | plain }}; {{ y | estimate | plain }}", review=given,
                findings=found)  # fmt: skip
    number, bounds = words.difference(s.est), words.interval(s.est_lb, s.est_ub, "MD")
    assert f"MD {number} days (95% CI {bounds});" in text
    assert text.count("days") == 1
    alone = ', analyses="x"'
    for kind in ("pooled", "subgroups", "leave_one_out"):
        assert "MD, days (95% CI)" in table_rows(kind, alone, given, found)[0]
    assert "Difference, days (95% CI)" in table_rows("regressions", alone, given, found)[0]
    head, first, second = table_rows("pooled", "", given, found)
    assert first[head.index("Estimate (95% CI)")] == f"MD {number} ({bounds}) days"
    assert "days" not in " ".join(second)
    for kind in ("forest", "leave_one_out", "cumulative"):
        told = lines(layout(FigureRequest(kind, "x", "x"), given, found))
        assert told.count(["Mean difference, days"]) == 1
    sheet = layout(FigureRequest("bubble", "x", "x", {"regression": "slope"}), given, found)
    funnel = layout(FigureRequest("funnel", "x", "x"), given, found)
    for one in (sheet, funnel):
        texts = [mark.text for mark in one.marks if isinstance(mark, Writing)]
        assert texts.count("Mean difference, days") == 1


@pytest.mark.parametrize(("unit", "measure"), [(None, "MD"), ("days", "SMD")])
def test_nothing_is_said_of_a_unit_that_is_not_there(unit: str | None, measure: str) -> None:
    given = of_days(unit, measure)
    found = find(given)
    assert found.analyses["x"].unit is None
    assert f"{measure} (95% CI)" in table_rows("pooled", ', analyses="x"', given, found)[0]
    told = " ".join(" ".join(line) for line in forest(given, found))
    assert "days" not in told
    assert "Mean difference" not in told


def test_the_order_of_the_arms_in_a_file_changes_nothing() -> None:
    """A study may give both arms: the proportion pooled is that of the intervention."""
    given = of("PFT")
    other = GroupData(arm="no_bcg", events=1, n=10)

    def found(first: bool) -> tuple[Any, list[list[str]]]:
        studies = []
        for study in given.studies:
            own = study.results[0]
            groups = (other, *own.groups) if first else (*own.groups, other)
            both = own.model_copy(update={"groups": groups})
            studies.append(study.model_copy(update={"results": (both,)}))
        both_arms = given.model_copy(update={"studies": tuple(studies)})
        return find(both_arms).analyses["x"].natural, forest(both_arms)

    assert found(True) == found(False)
    assert found(True)[0] == find(given).analyses["x"].natural
