"""What figures show, read back from their SVG and their marks, against findings and data."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from analysis import words
from analysis.effects import Effects
from analysis.errors import TemplateError
from analysis.figures import FigureRequest, drawn, layout
from analysis.figures.comparison import Side, comparison_sheet, draw_comparison
from analysis.figures.forest import parts
from analysis.figures.funnel import CONTOURS
from analysis.figures.history import EditionPoint, Series, draw_history, history_sheet
from analysis.figures.row_drawing import draw_rows
from analysis.figures.rows import Row, Table
from analysis.figures.sheet import Disc, Shape, Stroke, Writing
from analysis.figures.style import BLUE, CONCERN, PAPER, TALLEST, VERMILLION, WIDTH
from analysis.figures.what_would_it_take import HIGHER, LOWER, region_of
from analysis.findings import Findings
from analysis.plan import find
from analysis.planned_trials import planned_trials
from analysis.records import Review
from analysis.small_study import egger
from analysis.synthesis import pool
from analysis.values import Printed
from tests import method_reviews
from tests.evidence_samples import article
from tests.figure_samples import SIZES, sample

ROOT = Path(__file__).parents[1]
FAVOURS = ("Favours night light", "Favours darkness")


def sheet_of(k, kind, analysis="main", name="x", **options):
    return layout(FigureRequest(kind, name, analysis, options), *sample(k))


@pytest.fixture(scope="module")
def real():
    review = article()
    return review, find(review)


def by_key(sheet):
    return {mark.key: mark for mark in sheet.marks if mark.key}


def texts(sheet):
    return [mark.text for mark in sheet.marks if isinstance(mark, Writing)]


def line_of(sheet, key):
    """Return the texts that stand on the line of one row, from left to right."""
    y = by_key(sheet)[key].y
    row = [m for m in sheet.marks if isinstance(m, Writing) and abs(m.y - y) < 0.7]
    return [m.text for m in sorted(row, key=lambda m: m.x)]


def corners(svg, key, name="x"):
    """Return the points of a polygon or line of an SVG."""
    element = next(e for e in ET.fromstring(svg).iter() if e.get("id") == f"{name}-{key}")
    pairs = [pair.split(",") for pair in element.get("points").split()]
    return np.array(pairs, float)


def area(points):
    x, y = points.T
    return 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))


# --- forest --------------------------------------------------------------------------------


@pytest.mark.parametrize("k", SIZES)
def test_boxes_have_areas_proportional_to_weights(k):
    svg = drawn([sheet_of(k, "forest")], png=False)[0].svg
    rows = sample(k)[1].analyses["main"].rows
    ratios = [area(corners(svg, f"box:{row.study}")) / row.weight for row in rows]
    # The SVG is written in hundredths of a point, of which the least box has some 60.
    assert ratios == pytest.approx([max(ratios)] * k, rel=0.04)


@pytest.mark.parametrize("k", SIZES)
def test_everything_stands_at_its_value_on_one_log_axis(k):
    sheet = sheet_of(k, "forest", subgroup="stage", beside=("strict",))
    svg = drawn([sheet], png=False)[0].svg
    finding = sample(k)[1].analyses["main"]
    s, other = finding.synthesis, sample(k)[1].analyses["strict"].synthesis
    pairs = [(1.0, corners(svg, "null")[0, 0]), (s.est, corners(svg, "line")[0, 0])]
    for row in finding.rows:
        ends = corners(svg, f"interval:{row.study}")[:, 0]
        marks = by_key(sheet)
        if not {f"arrow_{side}:interval:{row.study}" for side in ("left", "right")} & set(marks):
            pairs += [(row.lb, ends[0]), (row.ub, ends[1])]
        pairs.append((row.est, corners(svg, f"box:{row.study}")[:, 0].mean()))
    diamonds = {"pooled": s, "beside:strict": other}
    for id_, group in finding.subgroups["stage"].groups.items():
        if group.synthesis.k > 1:
            diamonds[f"subtotal:{id_}"] = group.synthesis
    for key, one in diamonds.items():
        left, top, right, bottom = corners(svg, f"diamond:{key}")
        pairs += [(one.est_lb, left[0]), (one.est, top[0]), (one.est_ub, right[0])]
        assert top[0] == bottom[0]
    bar = corners(svg, "bar:prediction")
    if not any("bar:prediction" in key and "arrow" in key for key in by_key(sheet)):
        pairs += [(s.pi_est_lb, bar[0, 0]), (s.pi_est_ub, bar[1, 0])]
    values, places = np.array(pairs).T
    slope, intercept = np.polyfit(np.log(values), places, 1)
    assert slope > 0
    assert places == pytest.approx(slope * np.log(values) + intercept, abs=0.02)
    # The ticks stand at what they say.
    for mark in sheet.marks:
        if (mark.key or "").startswith("tick:"):
            middle = mark.x + mark.setting.width * mark.size / 200
            value = float(mark.text)
            assert middle == pytest.approx(slope * math.log(value) + intercept, abs=0.02)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_the_heading_of_a_forest_tells_the_level_of_every_interval(level):
    plans = (method_reviews.plan("x", level=Printed(level, 2)), method_reviews.plan("y"))
    review = method_reviews.review(*plans)
    findings = find(review)
    sheet = layout(FigureRequest("forest", "f", "x", {"beside": ("y",)}), review, findings)
    assert f"OR ({100 * level:.0f}% CI)" in texts(sheet)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    for row in findings.analyses["x"].rows:
        half = z * math.sqrt(row.vi)
        lb, ub = math.exp(row.yi - half), math.exp(row.yi + half)
        assert f"({words.interval(lb, ub, 'OR')})" in line_of(sheet, f"study:{row.study}")
    told = "Random effects (DerSimonian-Laird, Wald)"
    assert (told if level == 0.95 else f"{told}, 95% CI") in line_of(sheet, "beside:y")


def table(rows):
    return Table("x", tuple(rows), "HR", 0.95, FAVOURS, right_heads=("Weight",))


def test_intervals_that_leave_the_axis_end_in_arrows_at_its_edge():
    rows = [Row(f"s{i}", f"S{i}", (), 0.8, 0.6, 1.1, ("1%",)) for i in range(9)]
    rows += [
        Row("wide", "Wide", (), 0.9, 1e-6, 1e6, ("1%",)),
        Row("zero", "Zero", (), 0.9, 0.0, 1.2, ("1%",), mark="diamond"),
        Row("bar", "Bar", (), 0.9, 1e-9, math.inf, mark="bar", printed=("", "")),
    ]
    rows[-2] = replace(rows[-2], printed=("0.90", "(0–1.2)"))
    marks = by_key(draw_rows(table(rows)))
    axis = marks["axis"].points
    left, right = axis[0][0], axis[1][0]
    for key in ("interval:wide", "bar:bar"):
        assert marks[f"arrow_left:{key}"].points[0][0] == left
        assert marks[f"arrow_right:{key}"].points[0][0] == right
    assert min(x for x, _ in marks["diamond:zero"].points) == left
    for i in range(9):
        (start, _), (end, _) = marks[f"interval:s{i}"].points
        assert left < start < end < right
    assert not any("arrow" in key and ":s" in key for key in marks)


@pytest.mark.parametrize("k", SIZES)
def test_a_line_prints_patients_estimate_interval_and_weight(k):
    review, findings = sample(k)
    sheet = sheet_of(k, "forest")
    for row in findings.analyses["main"].rows:
        patients = [f"{n:,}" for n in row.n if n is not None] or ["4,541 in all"]
        assert line_of(sheet, f"study:{row.study}") == [
            row.label,
            *patients,
            str(words.ratio(row.est)),
            f"({words.interval(row.lb, row.ub, 'HR')})",
            f"{words.weight(row.weight)}%",
        ]
    assert {"Night light", "Darkness", "Patients", "HR (95% CI)", "Weight"} <= set(texts(sheet))
    assert set(review.outcome("relapse").favours) <= set(texts(sheet))


def test_below_stand_heterogeneity_test_method_and_prediction():
    sheet = sheet_of(12, "forest", subgroup="stage")
    s = sample(12)[1].analyses["main"].synthesis
    said = " ".join(texts(sheet))
    for part in (
        f"Q = {s.qe:.2f}, df = 11",
        f"τ² = {s.tau2:.4f}",
        f"I² = {s.i2:.1f}%",
        f"z = {words.number(s.statistic)}, {words.p(s.pval)}",
        "random-effects model (DerSimonian-Laird, Wald interval)",
        "k − 2 degrees of freedom",
        "Difference between groups: Q = ",
        "(separate τ²)",
        "95% prediction interval",
    ):
        assert part in said


def test_two_conventions_of_i2_are_both_printed_where_they_differ():
    s = sample(12)[1].analyses["strict"].synthesis
    assert f"{s.i2:.1f}" != f"{s.i2_q:.1f}"
    said = " ".join(texts(sheet_of(12, "forest", "strict")))
    assert f"I² = {s.i2_q:.1f}% (from Q; {s.i2:.1f}% from τ²)" in said


def test_groups_hold_their_studies_and_subtotals_their_sums():
    finding = sample(12)[1].analyses["main"]
    sheet = sheet_of(12, "forest", subgroup="stage")
    marks = by_key(sheet)
    for id_, group in finding.subgroups["stage"].groups.items():
        top, bottom = marks[f"group:{id_}"].y, marks[f"subtotal:{id_}"].y
        inside = {row.study for row in finding.rows if top < marks[f"study:{row.study}"].y < bottom}
        assert inside == set(group.studies)
        rows = [row for row in finding.rows if row.study in inside]
        line = line_of(sheet, f"subtotal:{id_}")
        assert line[0] == f"Subtotal ({len(rows)} studies)"
        assert line[-1] == f"{words.weight(sum(row.weight for row in rows))}%"
        if all(None not in row.n for row in rows):
            assert line[1:3] == [f"{sum(row.n[i] for row in rows):,}" for i in (0, 1)]
        else:
            assert line[1].endswith(" in all")


def test_studies_outside_every_group_are_shown_as_such():
    review, findings = sample(12)
    main = findings.analyses["main"]
    split = main.subgroups["stage"]
    fewer = {id_: group for id_, group in split.groups.items() if id_ != "late"}
    main = replace(main, subgroups={"stage": replace(split, groups=fewer, between_pval=None)})
    findings = replace(findings, analyses={"main": main})
    request = FigureRequest("forest", "x", "main", {"subgroup": "stage"})
    sheet = layout(request, review, findings)
    assert "Stage not reported" in texts(sheet)
    assert {f"study:{row.study}" for row in main.rows} <= set(by_key(sheet))
    assert "Difference between groups" not in " ".join(texts(sheet))


def test_arms_that_nobody_reports_take_no_columns():
    review, findings = sample(3)
    bare = review.model_copy(
        update={"studies": tuple(s.model_copy(update={"arms": None}) for s in review.studies)}
    )
    main = findings.analyses["main"]
    main = replace(main, rows=tuple(replace(row, n=(None, None)) for row in main.rows))
    sheet = layout(
        FigureRequest("forest", "x", "main"), bare, replace(findings, analyses={"main": main})
    )
    assert "Patients" not in texts(sheet)
    assert "NR" not in texts(sheet)
    half = replace(main, rows=(replace(main.rows[0], n=(10, None)), *main.rows[1:]))
    sheet = layout(
        FigureRequest("forest", "x", "main"), bare, replace(findings, analyses={"main": half})
    )
    assert line_of(sheet, f"study:{half.rows[0].study}")[1:3] == ["10", "NR"]
    assert "NR, not reported." in " ".join(texts(sheet))


def test_a_forest_longer_than_a_page_goes_on():
    review, findings = sample(150)
    request = FigureRequest("forest", "x", "main", {"subgroup": "stage"})
    pages = parts(request, review, findings)
    assert pages == 3
    seen, heads = [], []
    for page in range(1, pages + 1):
        options = {"subgroup": "stage", "part": str(page)}
        sheet = layout(FigureRequest("forest", "x", "main", options), review, findings)
        assert sheet.height <= TALLEST
        marks = by_key(sheet)
        seen += [key for key in marks if re.fullmatch(r"study:\w+", key)]
        heads += [t for t in texts(sheet) if t.endswith("(continued)")]
        assert ("pooled" in marks) == (page == pages)
        assert ("Continued on the next page." in texts(sheet)) == (page < pages)
    assert sorted(seen) == sorted(f"study:{s.id}" for s in review.studies)
    assert heads == ["Middle stage (continued)", "Late stage (continued)"]
    assert parts(FigureRequest("forest", "x", "main"), *sample(60)) == 1


def test_quality_is_drawn_as_judged_and_unknown_as_unknown():
    review, _ = sample(12)
    marks = by_key(sheet_of(12, "forest", quality="rob2"))
    seen = set()
    for study in review.studies:
        overall = study.quality[0].overall
        assert marks[f"quality:{study.id}"].fill == CONCERN[overall][0]
        seen.add(overall)
    assert None in seen


def test_judgements_stand_under_the_name_of_their_tool():
    review, findings = sample(12)
    for label, head in (("RoB 2", "RoB 2"), ("A scale with a long name", "ROB2")):
        tool = review.plan.tools[0].model_copy(update={"label": label})
        plan = review.plan.model_copy(update={"tools": (tool,)})
        given = review.model_copy(update={"plan": plan})
        request = FigureRequest("forest", "x", "main", {"quality": "rob2"})
        said = texts(layout(request, given, findings))
        assert head in said
        assert f"{label}, overall:" in said


# --- leave one out, cumulative, pools ------------------------------------------------------


def test_leave_one_out_marks_what_includes_no_effect_before_the_full_result(real):
    review, findings = real
    finding = findings.analyses["os"]
    sheet = layout(FigureRequest("leave_one_out", "x", "os"), review, findings)
    marks = by_key(sheet)
    for step in finding.leave_one_out:
        hollow = marks[f"disc:{step.study}"].fill == PAPER
        assert hollow == (step.est_lb <= 1 <= step.est_ub)
    assert len({step.excludes_null for step in finding.leave_one_out}) == 2
    assert "Hollow: the interval includes the null, 1." in " ".join(texts(sheet))
    left, top, right, _ = marks["diamond:pooled"].points
    band = marks["band"].points
    assert (band[0][0], band[1][0]) == (left[0], right[0])
    assert marks["line"].points[0][0] == top[0]


def test_a_step_without_an_interval_says_so():
    sheet = sheet_of(12, "cumulative", "strict")
    first = sample(12)[1].analyses["strict"].cumulative[0]
    assert first.est_lb is None
    line = line_of(sheet, f"without:{first.study}")
    assert line[1:3] == [str(math.floor(first.at)), "1"]
    assert line[3:] == [f"{first.est:.2f}", "(no interval)", "–", "–"]


def test_cumulation_runs_by_year_to_the_full_result():
    finding = sample(12)[1].analyses["main"]
    sheet = sheet_of(12, "cumulative")
    rows = [line_of(sheet, f"without:{step.study}") for step in finding.cumulative]
    years = [int(row[1]) for row in rows]
    assert years == sorted(years)
    assert [row[2] for row in rows] == [str(i + 1) for i in range(12)]
    places = [by_key(sheet)[f"without:{step.study}"].y for step in finding.cumulative]
    assert places == sorted(places)
    last = by_key(sheet)[f"disc:{finding.cumulative[-1].study}"]
    assert last.x == pytest.approx(by_key(sheet)["line"].points[0][0])


def test_studies_without_a_date_are_named_as_missing():
    review, findings = sample(12)
    main = findings.analyses["main"]
    fewer = replace(main, cumulative=main.cumulative[:-1])
    sheet = layout(
        FigureRequest("cumulative", "x", "main"),
        review,
        replace(findings, analyses={"main": fewer}),
    )
    assert "Not in it: 1 study without “recruited from”." in " ".join(texts(sheet))
    assert "line" not in by_key(sheet)


def test_reported_pools_are_hollow_as_printed_and_computed_ones_filled(real):
    review, findings = real
    computed = ("n0=dfs.subgroups.nodal.groups.n0", "n1=dfs_npos", "n2=dfs.rows.courdi")
    request = FigureRequest("pools", "x", "dfs", {"computed": computed})
    sheet = layout(request, review, findings)
    marks = by_key(sheet)
    for record in review.published.pools:
        if record.outcome != "dfs":
            assert f"pool:{record.id}" not in marks
            continue
        assert marks[f"diamond:{record.id}"].fill == PAPER
        line = line_of(sheet, f"pool:{record.id}")
        low, high = (bound.as_printed() for bound in record.ci)
        assert line[:2] == [record.label, record.place]
        assert line[2:4] == [record.estimate.as_printed(), f"({low}–{high})"]
    for path in ("dfs.subgroups.nodal.groups.n0", "dfs_npos"):
        assert marks[f"diamond:{path}"].fill == BLUE
    assert "box:dfs.rows.courdi" in marks
    assert texts(sheet).count("this review") == 3
    # True of any review: whether the inputs were published is for its own text to say.
    assert texts(sheet)[-1] == (
        "Hollow: as reported; its inputs are not at hand. "
        "Filled: computed from the data of this review."
    )


@pytest.mark.parametrize(
    ("computed", "message"),
    [
        ("n9=dfs", "figure x: found computed 'n9=dfs', wanted POOL=PATH with one of the pools: "
         "n0, n1, n2, n3, medial, lateral, matched_os, matched_dfs"),
        ("n0=counts", "figure of pools: found counts, a Counts, wanted an analysis, a group or a "
         "row"),
    ],
)  # fmt: skip
def test_a_pool_that_cannot_be_set_beside_says_why(real, computed, message):
    with pytest.raises(TemplateError) as caught:
        layout(FigureRequest("pools", "x", "dfs", {"computed": computed}), *real)
    assert str(caught.value) == message


def test_pools_of_two_measures_do_not_share_an_axis(real):
    review, findings = real
    pools = dict(findings.pools)
    pools["n0"] = replace(pools["n0"], measure="MD")
    with pytest.raises(TemplateError) as caught:
        layout(FigureRequest("pools", "x"), review, replace(findings, pools=pools))
    assert str(caught.value) == "figure x: found pools of HR, MD, wanted one measure"


# --- funnel, bubble, Baujat ----------------------------------------------------------------


def plane_fit(sheet, rows, key="study"):
    """Return the affine maps of log effect and standard error to paper, from the discs."""
    marks = by_key(sheet)
    discs = [marks[f"{key}:{row.study}"] for row in rows]
    x = np.polyfit([row.yi for row in rows], [d.x for d in discs], 1)
    y = np.polyfit([math.sqrt(row.vi) for row in rows], [d.y for d in discs], 1)
    assert np.polyval(x, [row.yi for row in rows]) == pytest.approx([d.x for d in discs])
    assert np.polyval(y, [math.sqrt(row.vi) for row in rows]) == pytest.approx([d.y for d in discs])
    return x, y


@pytest.mark.parametrize("k", SIZES)
def test_funnel_has_its_contours_pooled_line_and_eggers_line(k):
    finding = sample(k)[1].analyses["main"]
    sheet = sheet_of(k, "funnel")
    marks = by_key(sheet)
    x, y = plane_fit(sheet, finding.rows)
    assert y[0] > 0  # larger errors stand lower
    for p, z, _ in CONTOURS:
        points = np.array(marks[f"contour:{p}"].points)
        apex = points[np.argmin(points[:, 1])]
        assert apex == pytest.approx((np.polyval(x, 0.0), np.polyval(y, 0.0)))
        # Each edge that leaves the apex runs where |effect| / error is the quantile of p.
        effects = (points[:, 0] - x[1]) / x[0]
        errors = (points[:, 1] - y[1]) / y[0]
        slopes = np.abs(effects[errors > 1e-9]) / errors[errors > 1e-9]
        assert np.isclose(slopes, z).sum() >= 2
        assert 2 * 0.5 * math.erfc(z / math.sqrt(2)) == pytest.approx(p)
    pooled = marks["pooled"].points[0][0]
    assert pooled == pytest.approx(np.polyval(x, finding.synthesis.mu))
    effects = Effects(
        [r.label for r in finding.rows], [r.yi for r in finding.rows],
        [r.vi for r in finding.rows], "HR",
    )  # fmt: skip
    found = egger(effects)
    for px, py in marks["egger"].points:
        se = (py - y[1]) / y[0]
        assert (px - x[1]) / x[0] == pytest.approx(found.intercept + found.b * se, abs=1e-9)


def test_funnel_without_a_planned_test_has_no_line_of_it():
    assert "egger" not in by_key(sheet_of(12, "funnel", "strict"))
    assert "Egger" not in " ".join(texts(sheet_of(12, "funnel", "strict")))


def test_few_studies_make_eggers_test_say_little():
    assert "With 3 studies the test says little." in " ".join(texts(sheet_of(3, "funnel")))
    assert "says little" not in " ".join(texts(sheet_of(12, "funnel")))


@pytest.mark.parametrize("k", SIZES)
def test_bubbles_weigh_and_the_line_is_the_regression(k):
    finding = sample(k)[1].analyses["main"]
    found = finding.regressions["dose"]
    sheet = sheet_of(k, "bubble", regression="dose")
    marks = by_key(sheet)
    weights = np.array([1 / (row.vi + found.tau2) for row in finding.rows])
    discs = [marks[f"study:{row.study}"] for row in finding.rows]
    shares = np.array([d.radius**2 for d in discs]) / weights
    assert shares == pytest.approx(np.full(k, shares[0]))
    # Weighted least squares, from the data alone.
    xs = np.array([found.values[row.study] for row in finding.rows])
    yi = np.array([row.yi for row in finding.rows])
    design = np.column_stack([np.ones(k), xs])
    cov = np.linalg.inv(design.T @ (weights[:, None] * design))
    beta = cov @ design.T @ (weights * yi)
    across = np.polyfit(xs, [d.x for d in discs], 1)
    up = np.polyfit(yi, [d.y for d in discs], 1)
    for px, py in marks["line"].points:
        value = (px - across[1]) / across[0]
        assert (py - up[1]) / up[0] == pytest.approx(beta[0] + beta[1] * value, abs=1e-6)
    band = np.array(marks["band"].points)
    values = (band[:, 0] - across[1]) / across[0]
    fitted = beta[0] + beta[1] * values
    half = 1.959963984540054 * np.sqrt(cov[0, 0] + 2 * values * cov[0, 1] + values**2 * cov[1, 1])
    effects = (band[:, 1] - up[1]) / up[0]
    on_edge = np.isclose(np.abs(effects - fitted), half, atol=1e-6)
    # All but the corners where the plane cuts the band off.
    assert on_edge.sum() >= 0.75 * len(band)


def test_moderators_that_are_years_print_as_years(real):
    sheet = layout(FigureRequest("bubble", "x", "os", {"regression": "start"}), *real)
    assert {"1970", "1980", "1990", "2000"} <= set(texts(sheet))
    assert "Start of recruitment" in texts(sheet)
    sheet = layout(FigureRequest("bubble", "x", "os", {"regression": "design"}), *real)
    assert {"Other", "Retrospective cohort"} <= set(texts(sheet))


def test_a_category_has_no_bubble_plot(real):
    with pytest.raises(TemplateError) as caught:
        layout(FigureRequest("bubble", "x", "dfs", {"regression": "nodal"}), *real)
    message = "figure x: found regression nodal on nodal, wanted one moderator that is a number"
    assert str(caught.value) == message


def test_baujat_axes_are_parts_of_q_and_influence():
    finding = sample(12)[1].analyses["main"]
    marks = by_key(sheet_of(12, "baujat"))
    yi = np.array([row.yi for row in finding.rows])
    vi = np.array([row.vi for row in finding.rows])
    w = 1 / vi
    mu = (w * yi).sum() / w.sum()
    q = w * (yi - mu) ** 2
    discs = [marks[f"study:{row.study}"] for row in finding.rows]
    fit = np.polyfit(q, [d.x for d in discs], 1)
    assert np.polyval(fit, q) == pytest.approx([d.x for d in discs], abs=1e-6)
    without = [
        (((w * yi).sum() - w[i] * yi[i]) / (w.sum() - w[i]), w.sum() - w[i]) for i in range(12)
    ]
    pull = np.array([(m - mu) ** 2 * precision for m, precision in without])
    fit = np.polyfit(pull, [d.y for d in discs], 1)
    assert np.polyval(fit, pull) == pytest.approx([d.y for d in discs], abs=1e-6)
    review, findings = sample(12)
    alone = replace(finding, id="main", rows=finding.rows[:1])
    with pytest.raises(TemplateError) as caught:
        layout(
            FigureRequest("baujat", "x", "main"),
            review,
            replace(findings, analyses={"main": alone}),
        )
    assert str(caught.value) == "figure x: found 1 study in main, wanted two or more"


def test_baujat_cuts_no_disc_and_says_which_has_no_name(real):
    for sheet, rows in (
        (layout(FigureRequest("baujat", "x", "os"), *real), real[1].analyses["os"].rows),
        (sheet_of(12, "baujat"), sample(12)[1].analyses["main"].rows),
    ):
        marks = by_key(sheet)
        (left, top), (_, bottom), _ = marks["axes"].points
        for row in rows:
            disc = marks[f"study:{row.study}"]
            assert disc.x - disc.radius >= left - 1e-6
            assert top <= disc.y <= bottom - disc.radius + 1e-6
        lost = [row.label for row in rows if f"label:{row.study}" not in marks]
        said = " ".join(texts(sheet))
        assert ("Without room for a name:" in said) == bool(lost)
        if lost:
            listed = said.partition("Without room for a name: ")[2].split(".")[0].split(", ")
            assert sorted(listed) == sorted(lost)
    many = texts(sheet_of(60, "baujat"))
    assert "Named: of the 15 farthest from the corner all that have room." in " ".join(many)


def test_a_name_without_a_tie_is_nearest_to_its_own_disc(real):
    for kind in ("baujat", "funnel"):
        marks = by_key(layout(FigureRequest(kind, "x", "os"), *real))
        discs = {key[6:]: mark for key, mark in marks.items() if key.startswith("study:")}
        for study in discs:
            label = marks.get(f"label:{study}")
            if label is None or f"tie:{study}" in marks:
                continue
            left, top, right, bottom = label.ink
            away = {
                other: max(left - d.x, d.x - right, 0) ** 2 + max(top - d.y, d.y - bottom, 0) ** 2
                for other, d in discs.items()
            }
            assert min(away, key=away.__getitem__) == study


def test_a_tie_crosses_no_line_where_a_name_has_room_close_by(real):
    """Beside another study's point, behind Egger's line, a name would be taken for that study's."""
    marks = by_key(layout(FigureRequest("funnel", "x", "os"), *real))
    lines = [marks[key].points for key in ("null", "pooled", "egger")]
    ties = [mark.points for key, mark in marks.items() if key.startswith("tie:")]
    assert ties

    def side(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    for a, b in ties:
        for c, d in lines:
            assert side(a, b, c) * side(a, b, d) > 0 or side(c, d, a) * side(c, d, b) > 0
    disc, label = marks["study:chang"], marks["label:chang"].ink
    assert 0 < label[0] - disc.x < 8
    assert abs((label[1] + label[3]) / 2 - disc.y) < 8


def test_names_in_a_plane_have_paper_around_their_letters(real):
    from analysis.figures.png import painted
    from analysis.figures.svg import svg_of

    sheet = layout(FigureRequest("funnel", "x", "os"), *real)
    labels = [mark for key, mark in by_key(sheet).items() if key.startswith("label:")]
    assert labels
    assert all(label.halo > 0 for label in labels)
    drawn = svg_of(sheet).decode()
    assert drawn.count('stroke-linejoin="round"') == len(labels)
    bare = replace(sheet, above=[replace(m, halo=0.0) if m in labels else m for m in sheet.above])
    assert (painted(sheet) != painted(bare)).any()


def test_the_fields_of_a_funnel_are_told_apart_in_either_theme():
    """Neighbours, and the outermost from the innermost; a dark page turns lightness over."""
    from analysis.figures.funnel import OUTSIDE

    greys = [PAPER, *(fill for _, _, fill in CONTOURS[1::-1]), OUTSIDE]
    light = [int(fill[1:3], 16) for fill in greys]
    for one, two in ((0, 1), (1, 2), (2, 3), (0, 3)):
        assert abs(light[one] - light[two]) >= 20


# --- quality, influence --------------------------------------------------------------------


@pytest.mark.parametrize("k", SIZES)
def test_lights_show_each_judgement_and_bars_their_shares(k):
    review, _ = sample(k)
    marks = by_key(sheet_of(k, "traffic", None, tool="rob2"))
    for item in ("d1", "d5", "overall"):
        counts = {}
        for study in review.studies:
            quality = study.quality[0]
            levels = {one.item: one.level for one in quality.items}
            level = quality.overall if item == "overall" else levels.get(item)
            assert marks[f"light:{study.id}:{item}"].fill == CONCERN[level][0]
            counts[level] = counts.get(level, 0) + 1
        bars = {key: mark for key, mark in marks.items() if key.startswith(f"bar:{item}:")}
        assert set(bars) == {f"bar:{item}:{level}" for level in counts}
        widths = {key: m.points[1][0] - m.points[0][0] for key, m in bars.items()}
        for level, n in counts.items():
            share = widths[f"bar:{item}:{level}"] / sum(widths.values())
            assert share == pytest.approx(n / k)


def test_lights_of_an_analysis_are_those_of_its_studies(real):
    review, findings = real
    sheet = layout(FigureRequest("traffic", "x", "dfs_npos", {"tool": "nos"}), review, findings)
    shown = {key.split(":")[1] for key in by_key(sheet) if key.startswith("study:")}
    assert shown == set(findings.analyses["dfs_npos"].studies)


def test_lights_stand_in_the_order_of_the_forest_plot_as_wide_as_the_bars(real):
    review, findings = real
    marks = by_key(layout(FigureRequest("traffic", "x", None, {"tool": "nos"}), review, findings))
    heights = {key.split(":")[1]: mark.y for key, mark in marks.items() if key[:6] == "study:"}
    members = findings.analyses["os"].studies
    assert sorted(members, key=heights.__getitem__) == list(members)
    lights = [mark.x for key, mark in marks.items() if key.startswith("light:")]
    bars = [mark.points[1][0] for key, mark in marks.items() if key.startswith("bar:")]
    step = (max(lights) - min(lights)) / len(review.plan.tools[0].items)
    assert max(lights) + step / 2 == pytest.approx(max(bars))


def test_the_legend_says_which_judgement_nobody_made(real):
    review, findings = real
    found = texts(layout(FigureRequest("traffic", "x", None, {"tool": "nos"}), review, findings))
    tool = review.plan.tools[0]
    made = {(not name, level) for s in review.studies for q in s.quality
            for name, level in (*((j.item, j.level) for j in q.items), ("", q.overall))
            if s.status == "included"}  # fmt: skip
    for overall, levels in ((False, tool.levels), (True, tool.overall)):
        for level in levels:
            none = (overall, level.id) not in made
            assert level.label + (" (none stated)" if none else "") in found
    assert "No concern (none stated)" in found


def test_influence_stands_at_its_values():
    finding = sample(12)[1].analyses["main"]
    marks = by_key(sheet_of(12, "influence"))
    for name in ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "qe_del", "hat"):
        known = [r for r in finding.influence if getattr(r, name) is not None]
        places = []
        for row in known:
            mark = marks[f"{name}:{row.study}"]
            assert isinstance(mark, Shape) == row.influential
            places.append(mark.x if isinstance(mark, Disc) else mark.points[1][0])
        values = [getattr(row, name) for row in known]
        fit = np.polyfit(values, places, 1)
        assert np.polyval(fit, values) == pytest.approx(places, abs=1e-6)


def test_an_influential_study_is_a_diamond_and_bold():
    review, findings = sample(12)
    main = findings.analyses["main"]
    rows = (replace(main.influence[0], influential=True), *main.influence[1:])
    sheet = layout(
        FigureRequest("influence", "x", "main"),
        review,
        replace(findings, analyses={"main": replace(main, influence=rows)}),
    )
    study = rows[0].study
    assert by_key(sheet)[f"study:{study}"].face == "semibold"
    assert by_key(sheet)[f"hat:{study}"].fill == VERMILLION
    assert "Diamonds, bold: influential" in " ".join(texts(sheet))


# --- flow ----------------------------------------------------------------------------------


def said(sheet, cell):
    """Return the text of one box of the flow diagram."""
    lines = {}
    for key, mark in by_key(sheet).items():
        if key.startswith(f"text:{cell}:"):
            lines[int(key.rsplit(":", 1)[1])] = mark.text
    return " ".join(lines[i] for i in sorted(lines))


def flow_sheet(flows, review: Review, findings: Findings, **options):
    found = replace(findings, flow=flows)
    return layout(FigureRequest("flow", "x", None, options), review, found)


def reading(flow, **changes):
    nothing = dict.fromkeys(
        ("identified", "duplicates", "screened", "after_screening", "after_full_text")
    )
    empty = dict.fromkeys(
        ("identified_parts", "excluded_at_screening", "excluded_at_full_text"), ()
    )
    return replace(flow, id="reading", kind="targeted reading", **nothing, **empty, **changes)


def test_flow_says_every_count_with_its_reasons(real):
    sheet = layout(FigureRequest("flow", "x"), *real)
    assert said(sheet, "databases:identified").startswith(
        "Records identified (n = 2,524) English literature (n = 1,925) Chinese literature "
        "(n = 599) Searched: PubMed, EMBASE,"
    )
    assert (
        said(sheet, "databases:removed") == "Records removed before screening Duplicates (n = 707)"
    )
    assert said(sheet, "databases:screened") == "Records screened (n = 1,817)"
    assert said(sheet, "databases:excluded").endswith(
        "and degree papers (n = 594) Did not meet the inclusion criteria (n = 1,201)"
    )
    assert said(sheet, "databases:assessed") == "Reports assessed for eligibility (n = 22)"
    n = real[1].counts.studies
    assert said(sheet, "included") == f"Studies included in the review (n = {n})"


def test_studies_that_may_come_in_yet_stand_below_the_flow(real):
    """They are none of those that the boxes count."""
    review, findings = real
    request = FigureRequest("flow", "x", None, {})
    for statuses, told in (
        ({"included": 12}, None),
        ({"included": 12, "ongoing": 1}, "ongoing (n = 1)"),
        ({"ongoing": 1, "awaiting": 2}, "ongoing (n = 1), awaiting assessment (n = 2)"),
    ):
        counts = replace(findings.counts, statuses=statuses)
        sheet = layout(request, review, replace(findings, counts=counts))
        assert said(sheet, "included") == "Studies included in the review (n = 12)"
        feet = [m for m in sheet.marks if isinstance(m, Writing) and "beside" in m.text]
        assert [m.text for m in feet] == (
            [f"Studies beside those included: {told}."] if told else []
        )  # fmt: skip
        boxes = [m for m in sheet.marks if isinstance(m, Shape)]
        lowest = max(y for box in boxes for _, y in box.points)
        assert all(lowest < m.ink[1] and m.ink[3] < sheet.height for m in feet)


def test_what_nobody_counted_says_so_and_stands_apart():
    review, findings = sample(12)
    first = findings.flow["first"]
    other = reading(first, studies=("s10", "s11"), sources=("journals",), date="2026-01")
    before = replace(first, studies=first.studies[:10], after_full_text=10)
    flows = {"first": before, "reading": other}
    together = flow_sheet(flows, review, findings)
    assert "Identification of studies via other methods" in " ".join(texts(together))
    assert said(together, "other:identified") == (
        "Reports found by targeted reading (not counted) Sources: journals (January 2026)"
    )
    assert said(together, "other:assessed") == "Reports assessed for eligibility (not counted)"
    assert said(together, "included") == "Studies included in the review (n = 12)"
    since = {"previous": before.studies, "searched": ("first",)}
    update = flow_sheet(flows, review, findings, **since)
    assert said(update, "previous") == (
        "Studies included in the previous version of the review (n = 10)"
    )
    assert said(update, "new") == "New studies included in the review (n = 2)"
    assert said(update, "included") == "Total studies included in the review (n = 12)"
    assert "databases:identified" not in " ".join(by_key(update))


def test_a_search_that_nobody_counted_leaves_the_counts_of_the_others():
    review, findings = sample(12)
    first = findings.flow["first"]
    alone = flow_sheet({"first": first}, review, findings)
    alert = replace(
        reading(first, studies=("s11",), sources=("PubMed alert",)), kind="surveillance"
    )
    sheet = flow_sheet({"first": first, "alert": alert}, review, findings)
    for cell in ("identified", "removed", "screened", "assessed"):
        assert said(sheet, f"databases:{cell}") == said(alone, f"databases:{cell}") != ""
    assert "Identification of studies via further searches" in " ".join(texts(sheet))
    assert said(sheet, "further:identified").startswith(
        "Records found by surveillance (not counted) Searched: PubMed alert"
    )


def test_an_update_with_two_searches_and_reading_has_three_arms():
    review, findings = sample(12)
    first = findings.flow["first"]
    flows = {
        "first": replace(first, studies=first.studies[:10]),
        "second": replace(first, id="second", studies=("s10",)),
        "third": replace(first, id="third", kind="surveillance", studies=("s11",)),
        "reading": reading(first, studies=(), found_nothing=True),
    }
    earlier = (*first.studies[:10], "gone", "lost")
    sheet = flow_sheet(flows, review, findings, previous=earlier, searched=("first",))
    assert said(sheet, "previous") == (
        "Studies included in the previous version of the review (n = 12) "
        "Since superseded, retracted or excluded (n = 2)"
    )
    # Two searches with the same parts add up.
    assert said(sheet, "databases:identified").startswith("Records identified (n = 3,424) MEDLINE")
    assert said(sheet, "databases:assessed") == "Reports assessed for eligibility (n = 44)"
    assert said(sheet, "other:identified").startswith("Targeted reading: nothing found")
    assert "other:assessed" not in " ".join(by_key(sheet))


def test_with_no_new_search_the_previous_studies_are_all():
    review, findings = sample(12)
    everything = {"previous": findings.flow["first"].studies, "searched": ("first",)}
    sheet = flow_sheet(findings.flow, review, findings, **everything)
    assert said(sheet, "included") == "Studies included in the review (n = 12)"


def test_an_old_search_that_brings_a_study_since_is_part_of_the_update():
    review, findings = sample(12)
    first = findings.flow["first"]
    sheet = flow_sheet(
        findings.flow, review, findings, previous=first.studies[:11], searched=("first",)
    )
    assert said(sheet, "new") == "New studies included in the review (n = 1)"
    assert said(sheet, "included") == "Total studies included in the review (n = 12)"
    assert "databases:identified" in " ".join(by_key(sheet))


def numbers(text):
    return [int(n) for n in re.findall(r"\(n = (\d+)\)", text)]


def test_a_study_that_returned_comes_from_no_search_and_the_flow_adds_up():
    review, findings = sample(12)
    first = findings.flow["first"]
    *earlier, again, found = first.studies
    options = {"previous": (*earlier, "gone"), "searched": ("first",)}
    options |= {"again": (again,), "found": (found,)}
    sheet = flow_sheet(findings.flow, review, findings, **options)
    assert said(sheet, "previous") == (
        "Studies included in the previous version of the review (n = 11) "
        "Since superseded, retracted or excluded (n = 1) Since included again (n = 1) "
        "Found before, since included (n = 1)"
    )
    was, gone, returned, known = numbers(said(sheet, "previous"))
    assert numbers(said(sheet, "included")) == [was - gone + returned + known] == [12]
    assert "databases:identified" not in " ".join(by_key(sheet))
    # With a search since, that one is drawn alone, and what it brought is new.
    second = reading(first, studies=(found,))
    flows = {**findings.flow, "reading": second}
    sheet = flow_sheet(flows, review, findings, **{**options, "found": ()})
    assert "databases:identified" not in " ".join(by_key(sheet))
    was, gone, returned = numbers(said(sheet, "previous"))
    (new,) = numbers(said(sheet, "new"))
    assert numbers(said(sheet, "included")) == [was - gone + returned + new] == [12]


def test_a_study_that_stays_excluded_does_not_draw_its_search_again():
    review, findings = sample(12)
    first = findings.flow["first"]
    flows = {
        "first": replace(first, studies=(*first.studies[:11], "excluded")),
        "second": replace(first, id="second", studies=first.studies[11:], identified=44),
    }
    options = {"previous": first.studies[:11], "searched": ("first",)}
    sheet = flow_sheet(flows, review, findings, **options)
    assert numbers(said(sheet, "databases:identified"))[0] == 44
    assert said(sheet, "new") == "New studies included in the review (n = 1)"


@pytest.mark.parametrize("case", ["one", "all"])
def test_texts_of_the_flow_stay_in_their_boxes_and_boxes_apart(case):
    review, findings = sample(12)
    first = findings.flow["first"]
    flows, options = findings.flow, {}
    if case == "all":
        long = tuple((f"reason number {i} that is rather long to tell", i) for i in range(9))
        flows = {
            "first": first,
            "second": replace(first, id="second", excluded_at_full_text=long),
            "reading": replace(first, id="reading", kind="targeted reading"),
        }
        options = {"previous": first.studies[:10], "searched": ("first",)}
    sheet = flow_sheet(flows, review, findings, **options)
    boxes = {
        key.removeprefix("cell:"): (*mark.points[0], *mark.points[2])
        for key, mark in by_key(sheet).items()
        if key.startswith("cell:")
    }
    assert len(boxes) == (7 if case == "one" else 15)
    for key, mark in by_key(sheet).items():
        if key.startswith("text:"):
            left, top, right, bottom = boxes[key.split(":", 1)[1].rsplit(":", 1)[0]]
            ink = mark.ink
            assert left < ink[0]
            assert ink[2] < right
            assert top < ink[1]
            assert ink[3] < bottom
    keys = sorted(boxes)
    for i, a in enumerate(keys):
        for b in keys[i + 1 :]:
            one, two = boxes[a], boxes[b]
            apart = one[2] < two[0] or two[2] < one[0] or one[3] < two[1] or two[3] < one[1]
            assert apart, (a, b)
    arrows = [m for m in sheet.marks if isinstance(m, Stroke)]
    assert arrows
    assert all(0 <= x <= WIDTH for m in arrows for x, _ in m.points)


# --- editions ------------------------------------------------------------------------------


def test_history_lists_every_edition_of_every_series():
    points = (
        EditionPoint("1.0.0", "2025-11-22", 12, 0.891, 0.795, 1.03),
        EditionPoint("2.0.0", "2026-01-05", 13, 0.886, 0.806, 0.974),
    )
    series = (Series("os", "Survival (Wald)", points), Series("hk", "Survival (HK)", points[1:]))
    sheet = history_sheet("x", series, "HR", FAVOURS)
    assert line_of(sheet, "edition:os:1.0.0") == [
        "1.0.0", "22 November 2025", "12", "0.89", "(0.80–1.03)",
    ]  # fmt: skip
    marks = by_key(sheet)
    assert marks["disc:edition:os:1.0.0"].fill == PAPER
    assert marks["disc:edition:os:2.0.0"].fill == BLUE
    assert marks["group:hk"].y > marks["edition:os:2.0.0"].y
    assert draw_history("x", series, "HR", FAVOURS) == drawn([sheet])[0]


def test_comparison_marks_what_is_new_changed_and_gone():
    after = sample(12)[1].analyses["main"]
    rows = {row.study: row for row in after.rows}
    gone = replace(rows["s0"], study="gone", label="Gone 1980")
    changed = replace(rows["s3"], est=0.5, lb=0.4, ub=0.625, weight=9.0)
    before = replace(
        after,
        rows=(*(r for s, r in rows.items() if s not in ("s3", "s5")), changed, gone),
        synthesis=pool(Effects(["a", "b"], [-0.4, 0.1], [0.02, 0.02], "HR"), "DL", "z"),
    )
    one, two = Side("1.0.0", before), Side("2.0.0", after)
    sheet = comparison_sheet("x", one, two, FAVOURS)
    marks = by_key(sheet)
    assert marks["box:s5"].fill == VERMILLION
    assert line_of(sheet, "study:s5")[1] == "new"
    assert marks["box:s3"].fill == VERMILLION
    assert line_of(sheet, "study:s3")[1] == "changed"
    assert marks["box:s3:before"].fill == PAPER
    assert line_of(sheet, "study:gone")[1] == "left out"
    assert marks["box:gone"].fill == PAPER
    assert marks["box:s1"].fill == BLUE
    assert line_of(sheet, "study:s1")[1] == "–"
    assert marks["diamond:pooled:before"].fill == PAPER
    assert marks["diamond:pooled:after"].fill == BLUE
    left, _, right, _ = marks["diamond:pooled:before"].points
    assert [p[0] for p in marks["band"].points[:2]] == [left[0], right[0]]
    assert draw_comparison("x", one, two, FAVOURS) == drawn([sheet])[0]


# --- what would it take --------------------------------------------------------------------


def inside(points, x, y):
    """Say whether a point lies in a polygon (even-odd rule)."""
    odd = False
    for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[0]), strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            odd = not odd
    return odd


@pytest.mark.parametrize(
    ("source", "analysis", "sides"),
    [("real", "os", {-1, 0}), ("real", "os_hk", {-1, 0}), ("sample", "main", {1, 0})],
)
def test_shading_is_what_pooling_with_one_more_study_gives(real, source, analysis, sides):
    review, findings = real if source == "real" else sample(3)
    finding = findings.analyses[analysis]
    sheet = layout(FigureRequest("what_would_it_take", "x", analysis), review, findings)
    x, y = plane_fit(sheet, finding.rows)
    shapes = [m for m in sheet.marks if isinstance(m, Shape) and m.fill in (LOWER, HIGHER)]
    s = finding.synthesis
    seen = set()
    for yi in np.linspace(-0.6, 0.6, 9):
        for se in (0.03, 0.08, 0.15, 0.29, 0.45):
            effects = Effects(
                [*s.slab, "new"], [*(r.yi for r in finding.rows), yi],
                [*(r.vi for r in finding.rows), se**2], "HR",
            )  # fmt: skip
            new = pool(effects, s.method, s.test)
            if min(abs(new.ci_lb), abs(new.ci_ub)) < 0.02:
                continue  # at a border, which the grid of the figure knows to a cell
            place = np.polyval(x, yi), np.polyval(y, se)
            fills = {m.fill for m in shapes if inside(m.points, *place)}
            wanted = {-1: {LOWER}, 1: {HIGHER}, 0: set()}[new.direction]
            assert fills == wanted, (yi, se, new.ci_lb, new.ci_ub)
            seen.add(new.direction)
    assert seen == sides


def test_the_line_of_i2_is_where_it_reaches_its_bound():
    finding = sample(12)[1].analyses["main"]
    sheet = sheet_of(12, "what_would_it_take", i2="70")
    x, y = plane_fit(sheet, finding.rows)
    lines = [m for key, m in by_key(sheet).items() if key.startswith("i2:")]
    assert lines
    for line in lines:
        for px, py in line.points[3:-3:7]:
            yi, se = (px - x[1]) / x[0], (py - y[1]) / y[0]
            effects = Effects(
                [*finding.synthesis.slab, "new"], [*(r.yi for r in finding.rows), yi],
                [*(r.vi for r in finding.rows), se**2], "HR",
            )  # fmt: skip
            # The grid is linear between its points: a few tenths of a percent.
            assert pool(effects, "DL").i2_q == pytest.approx(70, abs=1.5)
    assert "Dotted: I² (from Q) of 70%." in " ".join(texts(sheet))


def test_ongoing_studies_stand_at_their_planned_error_or_are_named():
    review, findings = sample(12)
    document = {"n": 1800, "primary_outcome": "relapse", "completion": None, "assumed_ratio": 0.8,
                "events": 100, "population": None, "source": "report"}  # fmt: skip
    from analysis.records import Planned

    planned = Planned.model_validate({k: ("not reported" if v is None else v)
                                      for k, v in document.items()})  # fmt: skip
    studies = list(review.studies)
    base = studies[0].model_copy(update={"status": "ongoing", "results": ()})
    one = base.model_copy(update={"id": "big", "label": "BIG", "planned": (planned,)})
    two = base.model_copy(update={"id": "dim", "label": "DIM", "planned": (
        planned.model_copy(update={"events": None}),)})  # fmt: skip
    elsewhere = planned.model_copy(update={"primary_outcome": "sleep"})
    three = base.model_copy(update={"id": "off", "label": "OFF", "planned": (elsewhere,)})
    (relapse,) = review.plan.outcomes
    sleep = relapse.model_copy(update={"id": "sleep", "label": "Sleep", "short": "sleep"})
    plan = review.plan.model_copy(update={"outcomes": (relapse, sleep)})
    review = review.model_copy(update={"studies": (*studies, one, two, three), "plan": plan})
    sheet = layout(FigureRequest("what_would_it_take", "x", "main"), review, findings)
    marks = by_key(sheet)
    x, y = plane_fit(sheet, findings.analyses["main"].rows)
    # Four over the events is the variance of a log hazard ratio with two equal arms.
    assert marks["planned:big"].points[0][1] == pytest.approx(np.polyval(y, math.sqrt(4 / 100)))
    assert marks["assumed:big"].points[1][0] == pytest.approx(np.polyval(x, math.log(0.8)))
    assert "planned:dim" not in marks
    note = " ".join(texts(sheet))
    assert "BIG: 100 planned events. Diamond: the effect it assumes." in note
    # What lacks is said as `what-if --needed` says it.
    trials = {trial.label: trial.why for trial in planned_trials(review, "main")}
    assert f"Ongoing: {trials['DIM']}." in note
    assert "1,800 patients planned, its number of events not reported" in trials["DIM"]
    assert f"Ongoing: OFF: its events are planned for sleep, not {relapse.short}." in note


def test_the_grid_of_what_it_would_take_is_finite():
    finding = sample(3)[1].analyses["main"]
    from analysis.figures.funnel import funnel_plane
    from analysis.figures.sheet import Sheet

    region = region_of(finding, funnel_plane(Sheet("x"), finding))
    for values in (region.lb, region.ub, region.i2):
        assert np.isfinite(values).all()
    assert (region.lb < region.ub).all()
    assert ((region.i2 >= 0) & (region.i2 < 100)).all()


def test_a_common_effect_has_no_tau2_and_one_study_no_pool():
    finding = sample(12, "MD")[1].analyses["main"]
    request = FigureRequest("forest", "x", "main", {"subgroup": "stage"})
    note = " ".join(texts(layout(request, *sample(12, "MD"))))
    assert "τ²" not in note
    assert f"Q = {finding.synthesis.qe:.2f}, df = 11" in note
    assert "Common effect" in note
    assert "MD (95% CI)" in note
    assert "One study alone" in texts(layout(FigureRequest("forest", "x", "main"), *sample(1)))


def test_patients_of_both_arms_together_have_room_beside_short_names_of_arms():
    review, findings = sample(3)
    arms = tuple(
        a.model_copy(update={"label": b}) for a, b in zip(review.plan.arms, "AB", strict=True)
    )
    review = review.model_copy(update={"plan": review.plan.model_copy(update={"arms": arms})})
    rows = findings.analyses["main"].rows
    main = replace(
        findings.analyses["main"],
        rows=tuple(replace(row, n=(5, 6)) if row.n[0] else row for row in rows),
    )
    sheet = layout(
        FigureRequest("forest", "x", "main"), review, replace(findings, analyses={"main": main})
    )
    marks = [m for m in sheet.marks if isinstance(m, Writing)]
    whole = next(m for m in marks if m.text == "4,541 in all")
    name = next(m for m in marks if m.text.startswith("Bergström"))
    assert whole.ink[0] > name.ink[2] + 5


def test_the_note_says_which_answer_no_result_in_the_range_would_give():
    from analysis.figures.funnel import funnel_plane
    from analysis.figures.sheet import Sheet
    from analysis.figures.what_would_it_take import _PLACES

    assert [text for _, text in _PLACES] == [
        "lie below the null", "include the null", "lie above the null"
    ]  # fmt: skip
    review, findings = sample(12)
    finding = findings.analyses["main"]
    certain = replace(finding, rows=tuple(replace(r, yi=-1.0 + r.yi / 50) for r in finding.rows))
    for analysis in (finding, certain):
        given = replace(findings, analyses={**findings.analyses, "main": analysis})
        sheet = layout(FigureRequest("what_would_it_take", "x", "main"), review, given)
        found = set(region_of(analysis, funnel_plane(Sheet("y"), analysis)).place.ravel().tolist())
        lost = [text for place, text in _PLACES if place not in found]
        said = " ".join(texts(sheet))
        note = f"No result in the range drawn would let the pooled interval {' or '.join(lost)}."
        assert (note in said) == bool(lost)
        assert ("includes the null" in texts(sheet)) == (0 in found)
        fields = [m.fill for m in sheet.above if isinstance(m, Shape) and m.fill in (LOWER, HIGHER)]
        assert sorted(fields) == sorted({-1: LOWER, 1: HIGHER}[p] for p in found if p)
