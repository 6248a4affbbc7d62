"""The tables of the paper, made from this repository's own review."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import placed, words
from analysis.audit import audit
from analysis.build import examine
from analysis.changes import changes
from analysis.comparison import Comparison
from analysis.engines import ast
from analysis.errors import TemplateError
from analysis.findings import Findings
from analysis.levels import headed, named_level
from analysis.load import load_review
from analysis.manuscript import write
from analysis.plan import find
from analysis.project import read_project
from analysis.records import (
    AnalysisPlan,
    Certainty,
    ContinuityPlan,
    Finding,
    FollowUp,
    Planned,
    Recruitment,
    Review,
)
from analysis.table_kinds import TABLES
from analysis.tables import Asked, Column, Maker, Table
from analysis.values import Printed
from tests.manuscripts import problems, table_rows, tiny, tree, written
from tests.method_reviews import line, plan, prior, split_by
from tests.method_reviews import review as trials_review

ROOT = Path(__file__).parents[1]


@cache
def imni() -> tuple[Review, Findings]:
    review = load_review(ROOT)
    return review, find(review)


def rows(kind: str, options: str = "", **extra: Any) -> list[list[str]]:
    """The rows of a table, head first, as a reader sees them."""
    review, findings = imni()
    return table_rows(kind, options, review, findings, **extra)


def included() -> int:
    return sum(study.status == "included" for study in imni()[0].studies)


def test_the_table_of_studies_prints_what_the_studies_printed() -> None:
    """Wang 2019, Obedian 1999 and Chang as in Table 1 of Jia et al. 2021."""
    head, *found = rows("characteristics")
    assert head[-2:] == ["OS: HR (95% CI)", "DFS: HR (95% CI)"]
    assert len(found) == included()
    by_label = {row[0].rsplit(" [", 1)[0]: row for row in found}
    assert by_label["Wang 2019"][1:5] == ["China", "Retrospective cohort", "2007–2010", "390 / 482"]
    assert by_label["Wang 2019"][-2:] == ["0.82 (0.59–1.15)", "0.54 (0.41–0.72)"]
    assert by_label["Obedian 1999"][-2:] == ["1.56 (1.10–2.22)", "not reported"]
    # Printed as 0.7: with two decimals here, as in the figures.
    assert by_label["Chang"][-1] == "0.70 (0.52–0.96)"


def test_a_table_without_a_row_says_so() -> None:
    """A head alone looks as if rows were lost."""
    head, *found = rows("others", ', statuses=("retracted",)')
    assert (head[0], found) == ("Study", [["none", "", "", "", ""]])


def of_widths(*widths: int) -> Table:
    return Table([Column("A", width) for width in widths], [])


@given(st.lists(st.integers(min_value=1, max_value=60), min_size=1, max_size=100))
def test_widths_are_whole_percentages_that_fill_the_page(asked: list[int]) -> None:
    """Quarto takes none below 1; what rounding leaves of many columns is more than one has."""
    found = of_widths(*asked).widths
    assert sum(found) == 100
    assert min(found) >= 1
    shares = [100 * one / sum(asked) for one in asked]
    if min(shares) >= 1:
        assert all(abs(one - share) <= 2 for one, share in zip(found, shares, strict=True))


def test_widths_of_few_columns_are_their_rounded_shares_the_last_has_the_rest() -> None:
    assert of_widths(20, 23, 8, 15, 12, 8, 8, 8, 8).widths == (18, 21, 7, 14, 11, 7, 7, 7, 8)
    # Six analyses side by side: the whole parts of 5.9, 6.5, 3.0, 3.6 and 2.7% leave 17, which
    # the largest remainders take (3.0, 5.9, 2.7, then 3.6 as far as they go).
    many = of_widths(20, *(22, 10, 12, 9) * 6).widths
    assert many == (6, *(6, 3, 4, 3) * 4, *(6, 3, 3, 3) * 2)
    assert of_widths(1000, *(1,) * 99).widths == (1, *(1,) * 99)


def test_a_table_of_more_columns_than_percentages_is_refused() -> None:
    with pytest.raises(TemplateError) as caught:
        _ = of_widths(*(1,) * 101).widths
    assert str(caught.value) == (
        "found a table of 101 columns, wanted at most 100: ask for fewer analyses in it, or for "
        "several tables"
    )


def test_many_omissions_stand_side_by_side_on_one_page() -> None:
    """With six and seven analyses the last column had less than nothing."""
    names = tuple(one.id for one in imni()[1].analyses.values() if one.leave_one_out)
    assert len(names) > 6
    for many in range(1, len(names) + 1):
        chosen = {"analyses": names[:many]}
        made = TABLES["leave_one_out"].maker(Asked(*imni(), "tbl-x", chosen))
        assert len(made.columns) > 3 * many
        assert (sum(made.widths), min(made.widths) > 0) == (100, True)


def test_studies_stand_in_one_order_everywhere() -> None:
    """That of the forest plots, which is that of the review (here: the start of recruitment)."""
    review, findings = imni()
    for name in ("os", "dfs"):
        wanted = [row.label for row in findings.analyses[name].rows]
        for kind, options in (("characteristics", ""), ("quality", ', tool="nos"')):
            labels = [row[0].rsplit(" [", 1)[0] for row in rows(kind, options)[1:]]
            assert [label for label in labels if label in wanted] == wanted
    places = {row.label: at for at, row in enumerate(findings.analyses["os"].rows)}
    by_category: dict[str, list[int]] = {}
    for category, study, *_ in rows("harms")[1:]:
        by_category.setdefault(category, []).append(places[study.rsplit(" [", 1)[0]])
    assert any(len(found) > 1 for found in by_category.values())
    assert all(found == sorted(found) for found in by_category.values())
    recruited = {s.label: s.recruitment for s in review.studies}
    starts = {label: r.start[:4] for label, r in recruited.items() if r and r.start}
    labels = [row[0].rsplit(" [", 1)[0] for row in rows("characteristics")[1:]]
    years = [starts[label] for label in labels if label in starts]
    assert years == sorted(years)


def test_the_table_of_quality_accounts_for_every_item() -> None:
    review, findings = imni()
    tool = review.plan.tools[0]
    head, *found = rows("quality", ', tool="nos"')
    levels = {level.label: level.id for level in tool.levels}
    shown = [name for name in head if name in levels]
    seen: Counter[tuple[str, str]] = Counter()
    for row in found:
        cells = dict(zip(head, row, strict=True))
        listed = 0
        for level in shown:
            items = [] if cells[level] == "–" else cells[level].split("; ")
            seen.update((levels[level], item) for item in items)
            listed += len(items)
        rest = {"–": 0, "all items": len(tool.items)}.get(cells["Not reported"])
        left = int(cells["Not reported"].split()[0]) if rest is None else rest
        assert listed + left == len(tool.items)
    for item in tool.items:
        for level in tool.levels:
            counted = findings.counts.judgements["nos"][item.id][level.id]
            assert seen[level.id, item.label] == counted


def test_a_common_effect_has_nothing_to_predict() -> None:
    methods = {row[1]: row[4] for row in rows("pooled")}
    assert methods["Common effect, Wald"] == "–"
    assert "–" not in {pi for method, pi in methods.items() if method != "Common effect, Wald"}


def test_the_table_of_harms_has_every_harm() -> None:
    _, *found = rows("harms")
    counted = imni()[1].counts.harms
    told = [harm.finding for study in imni()[0].studies for harm in study.harms]
    assert set(told) >= {row[2] for row in found}
    assert len(found) == sum(sum(directions.values()) for directions in counted.values())


def test_a_side_effect_is_told_as_its_record_says() -> None:
    review, findings = imni()
    kinds = get_args(Finding)
    study = next(one for one in review.studies if one.status == "included" and one.harms)
    harms = tuple(study.harms[0].model_copy(update={"finding": kind}) for kind in kinds)
    alone = review.model_copy(update={"studies": (study.model_copy(update={"harms": harms}),)})
    _, *told = table_rows("harms", "", alone, findings)
    assert [row[2] for row in told] == list(kinds)


def test_the_table_of_pools_prints_them_with_the_decimals_of_the_article() -> None:
    review, _ = imni()
    assert review.published is not None
    _, *found = rows("pools")
    for row, pool in zip(found, review.published.pools, strict=True):
        lb, ub = (bound.as_printed() for bound in pool.ci)
        assert row[3] == f"HR {pool.estimate.as_printed()} ({lb}–{ub})"
        assert row[4] == (pool.p.as_printed() if pool.p is not None else "not reported")
    assert len(rows("pools", ', families="Tumour location"')) == 3


def test_the_table_of_the_audit_prints_every_row() -> None:
    review, findings = imni()
    assert review.published is not None
    done = audit(review.published, review, find)
    _, *found = rows("audit", audit=done)
    assert [row[5] for row in found] == [row.verdict for row in done]
    by_name = {row[0]: row for row in found}
    assert by_name["Patients in the included studies"][2:4] == ["12,705", "12,550"]
    assert by_name["Overall survival, I²"][2:4] == ["47.5%", "47.5%"]
    assert by_name["Disease-free survival, P of heterogeneity"][2] == "<0.001"
    # It rounds to what the article prints, and is on the other side of no difference.
    assert by_name["Overall survival, upper limit"][3] == "1.00 (0.9986)"
    assert by_name["Overall survival, P of follow-up"][4] == "0.050–0.088"
    assert by_name["Disease-free survival, I²"][4] == "77.0–81.6%"
    assert findings.counts.studies
    assert len(rows("audit", ', statuses="differs"', audit=done)) - 1 == sum(
        row.status == "differs" for row in done
    )


def test_a_recomputed_number_is_bound_only_where_the_review_finds_the_same() -> None:
    """The audit rests on the article's evidence, which a later edition goes beyond."""
    review, findings = imni()
    assert review.published is not None
    done = audit(review.published, review, find)
    call = '{% call table("audit", id="tbl-x") %}Caption{% endcall %}'
    made = write(review, findings, {"review.qmd": f"@tbl-x {call}\n"}, extra={"audit": done})
    same = {row.finding for row in done if row.finding and findings.value(row.finding) == row.value}
    assert made.keys == same


def test_a_number_of_the_article_is_printed_where_the_review_no_longer_has_its_finding() -> None:
    """Without its one node-negative study the review has no test between nodal groups."""
    review, _ = imni()
    assert review.published is not None
    done = audit(review.published, review, find)
    now = tuple(
        study.model_copy(update={"status": "excluded", "reason": "Another question."})
        if study.id == "courdi"
        else study
        for study in review.studies
    )
    kept = tuple(one for one in review.plan.analyses if one.id != "contralateral")
    plan = review.plan.model_copy(update={"analyses": kept})
    review = review.model_copy(update={"studies": now, "plan": plan})
    _, *found = table_rows("audit", "", review, find(review), audit=done)
    nodal = next(row for row in found if row[0] == "Disease-free survival, P of nodal status")
    assert nodal[2:4] == ["0.011", "0.011"]


def test_the_regressions_name_their_moderators_and_where_they_come_from() -> None:
    review, findings = imni()
    _, *found = rows("regressions")
    plans = [plan for analysis in review.plan.analyses for plan in analysis.regressions]
    assert [row[1] for row in found] == [plan.moderators[0].label for plan in plans]
    coefficient = findings.analyses["dfs"].regressions["nodal"].coefficients["n0"]
    shown = next(row for row in found if row[0] == "Disease-free survival" and "REML" in row[3])
    assert shown[2] == "method inferred from the article"
    assert shown[5] == words.estimate_cell(
        coefficient.est, coefficient.est_lb, coefficient.est_ub, "HR"
    )


def test_a_regression_with_no_heterogeneity_to_explain_has_no_share_of_it() -> None:
    """Without Obedian 1999 τ² of overall survival is 0: a share of it would be 0 / 0."""
    _, findings = imni()
    one = findings.analyses["os_less"].regressions["middle"]
    assert (findings.analyses["os_less"].synthesis.tau2, one.r2) == (0, None)
    assert [row[-1] for row in rows("regressions", ', analyses="os_less"')[1:]] == ["–"]
    made = TABLES["regressions"].maker(Asked(*imni(), "tbl-x", {"analyses": "os_less"}))
    caption = placed.plain(made.captioned("Lines."))
    assert caption == (
        "Lines. R²: the share of τ² that the moderator explains, unreliable with few studies. "
        "–: not estimable, as there is no τ² to explain."
    )
    made = TABLES["regressions"].maker(Asked(*imni(), "tbl-x", {"analyses": "os_article"}))
    assert len(made.notes) == 1


def test_omissions_of_several_analyses_stand_side_by_side() -> None:
    _, findings = imni()
    head, *found = rows("leave_one_out", ", analyses=('os', 'os_hk')")
    assert head == [
        "Left out",
        *("DerSimonian-Laird, Wald: HR (95% CI)", "P (Wald)", "τ² (DerSimonian-Laird)"),
        *("REML, Hartung-Knapp: HR (95% CI)", "P (Hartung-Knapp)", "τ² (REML)"),
        "I² (Q)",
    ]
    for name, column in (("os", 1), ("os_hk", 4)):
        steps = {step.label: step for step in findings.analyses[name].leave_one_out}
        assert len(found) == len(steps)
        for row in found:
            step = steps[row[0]]
            assert row[column].startswith(f"{step.est:.2f} (")
            assert row[column + 2] == str(words.tau2(step.tau2))
            # From Q, which no method changes.
            assert row[7] == str(words.percent(step.i2_q))


def test_heads_of_omissions_tell_by_the_model_what_test_or_method_alone_does_not() -> None:
    head, *_ = rows("leave_one_out", ", analyses=('os_hk', 'dfs_npos_hk', 'os')")
    assert head[2:4] == [
        "P (Overall survival, REML with Hartung-Knapp)",
        "τ² (Overall survival, REML with Hartung-Knapp)",
    ]
    head, *_ = rows("leave_one_out", ", analyses='os'")
    assert head == ["Left out", "HR (95% CI)", "P", "τ²", "I² (Q)"]


def test_omissions_from_other_studies_have_an_i2_of_their_own() -> None:
    _, findings = imni()
    head, *found = rows("leave_one_out", ", analyses=('dfs', 'dfs_npos')")
    titles = ("Disease-free survival", "Disease-free survival in mixed N+")
    assert head == ["Left out", *(
        name for title in titles for name in
        (f"{title}: HR (95% CI)", f"P ({title})", f"τ² ({title})", f"I² (Q; {title})")
    )]  # fmt: skip
    missing = set(findings.analyses["dfs"].studies) - set(findings.analyses["dfs_npos"].studies)
    labels = {r.label for r in findings.analyses["dfs"].rows if r.study in missing}
    for row in found:
        assert (row[5:] == ["–"] * 4) == (row[0] in labels)


def test_pooled_results_stand_by_their_analysis_and_the_method_tells_them_apart() -> None:
    _, findings = imni()
    _, *found = rows("pooled", ", analyses=('os', 'dfs', 'os_hk', 'os_less', 'os_dl_hk')")
    title = {name: findings.analyses[name].title for name in ("os", "dfs", "os_less")}
    assert [row[:2] for row in found] == [
        [title["os"], "DerSimonian-Laird, Wald"],
        ["", "REML, Hartung-Knapp"],
        ["", "DerSimonian-Laird, Hartung-Knapp"],
        [title["dfs"], "DerSimonian-Laird, Wald"],
        # Other studies: its own title.
        [title["os_less"], "DerSimonian-Laird, Wald"],
    ]


def test_a_sensitivity_analysis_keeps_its_title_where_the_method_does_not_tell_it() -> None:
    review, findings = imni()
    os, same = findings.analyses["os"], findings.analyses["os_hk"]
    fewer = replace(same, rows=same.rows[1:])
    as_first = replace(same, synthesis=os.synthesis)
    for other, base in ((same, os), (fewer, fewer), (as_first, as_first)):
        known = replace(findings, analyses={"os": os, "os_hk": other})
        assert Asked(review, known, "tbl-x", {}).base_of(other) is base


def test_analyses_of_one_method_below_their_own_are_told_apart_by_their_titles() -> None:
    """They differ by their continuity correction, which no column shows."""

    def below(id_: str, **given: Any) -> AnalysisPlan:
        made = plan(id_, sensitivity_of="x", **given)
        return made.model_copy(update={"role": "sensitivity"})

    to_all = ContinuityPlan(add=Printed(0.5, 1), to="all")
    more = ContinuityPlan(add=Printed(1, 0), to="all")
    given = trials_review(
        plan("x", method="REML"), below("a"), below("b", continuity=to_all),
        below("ml", method="ML"), below("c", continuity=more),
    )  # fmt: skip
    found = find(given)
    _, *told = table_rows("pooled", "", given, found)
    assert [row[:2] for row in told] == [
        ["X", "REML, Wald"],
        ["A", "DerSimonian-Laird, Wald"],
        ["B", "DerSimonian-Laird, Wald"],
        ["X", "ML, Wald"],
        ["C", "DerSimonian-Laird, Wald"],
    ]
    estimates = {row[0]: row[3] for row in told}
    assert len({estimates[name] for name in "ABC"}) == 3
    # Alone, its method tells it apart.
    _, *told = table_rows("pooled", ', analyses=("x", "b", "ml")', given, found)
    assert [row[0] for row in told] == ["X", "", ""]


@cache
def two_levels() -> tuple[Review, Findings]:
    """The trials at 95% and at 90%, each with everything that has an interval."""
    asked: dict[str, Any] = {
        "bayes": (prior(),), "small_study": ("trim_and_fill",), "method": "REML",
        "regressions": (line("one", "latitude"),), "subgroups": (split_by("allocation"),),
    }  # fmt: skip
    more = plan("y", level=Printed(0.9, 1), prediction="normal", **asked)
    given = trials_review(plan("x", prediction="normal", **asked), more)
    judged = tuple(
        Certainty(analysis=name, start="high", steps=(), judged_by="A. Reviewer") for name in "xy"
    )
    given = given.model_copy(update={"plan": given.plan.model_copy(update={"certainty": judged})})
    return given, find(given)


def test_an_interval_of_another_level_than_its_heading_names_it() -> None:
    given, found = two_levels()
    head, wide, narrow = table_rows("pooled", "", given, found)
    assert head[3:5] == ["OR (95% CI)", "95% PI"]
    s = found.analyses["y"].synthesis
    for row, z, level, spread in (
        (wide, 1.959964, "", ""),
        (narrow, 1.644854, "90% CI ", "90% PI "),
    ):
        lb, ub = (f"{math.exp(s.mu + end * z * s.se):.2f}" for end in (-1, 1))
        assert row[3] == f"{math.exp(s.mu):.2f} ({level}{lb}–{ub})"
        sd = math.sqrt(s.se**2 + s.tau2)
        lb, ub = (f"{math.exp(s.mu + end * z * sd):.2f}" for end in (-1, 1))
        assert row[4] == f"{spread}{lb}–{ub}"
    # The level of all of them is that of the heading, whatever it is.
    head, alone = table_rows("pooled", ', analyses="y"', given, found)
    assert (head[3:5], "90%" in alone[3] + alone[4]) == (["OR (90% CI)", "PI"], False)


@pytest.mark.parametrize(
    ("kind", "name", "columns"),
    [
        ("subgroups", "CI", (5,)),
        ("regressions", "CI", (5,)),
        ("small_study", "CI", (4,)),
        ("summary_of_findings", "CI", (2,)),
        ("bayes", "CrI", (2, 3, 4)),
    ],
)  # fmt: skip
def test_every_table_of_two_levels_names_the_one_that_is_not_in_its_heading(
    kind: str, name: str, columns: tuple[int, ...]
) -> None:
    given, found = two_levels()
    head, *told = table_rows(kind, "", given, found)
    whose = "X"
    at: Counter[str] = Counter()
    for row in told:
        whose = next((title for title in "XY" if row[0].startswith(title)), whose)
        for column in columns:
            assert (f"90% {name} " in row[column]) == (whose == "Y"), row
            assert "95%" not in row[column]
            at[whose] += 1
    assert at["X"] == at["Y"] > 0
    assert f"(95% {name})" in head[columns[0]]


def test_a_heading_names_95_percent_where_a_row_has_it_and_else_the_first() -> None:
    assert headed([0.9, 0.95]) == 0.95
    assert headed([0.9, 0.99, 0.9]) == 0.9
    assert headed([]) == 0.95
    assert named_level(0.9, kind="PI", key="x.level").keys == ("x.level",)
    assert (named_level(0.95), named_level(0.95, 0.9)) == ("", "95% CI ")


def test_groups_stand_with_the_test_between_them() -> None:
    _, findings = imni()
    head, *found = rows("subgroups", ", analyses=('dfs', 'dfs_hk')")
    assert head[-1] == "Between groups"
    first = {(row[0], row[1]): row for row in found if row[0]}
    splits = [(name, s) for name in ("dfs", "dfs_hk")
              for s in findings.analyses[name].subgroups.values()]  # fmt: skip
    assert len(first) == len(splits)
    assert len(found) == sum(len(split.groups) for _, split in splits)
    tests = {row[-1] for row in found}
    nodal = findings.analyses["dfs"].subgroups["nodal"]
    common = findings.analyses["dfs_hk"].subgroups["nodal_common"]
    assert nodal.between_pval is not None
    assert nodal.between_pval < 0.001
    assert f"Q = {nodal.between_statistic:.2f} (1 df), P < 0.001" in tests
    assert common.between_df2 is not None
    assert (
        f"F = {common.between_statistic:.2f} (1 and {common.between_df2:.0f} df), "
        f"{words.p(common.between_pval or 0).replace(words.HARD, ' ')}"
    ) in tests


def test_a_group_says_where_its_test_is_not_that_of_its_method() -> None:
    """A single study under Hartung-Knapp is answered by z; with a common τ² it is not."""
    _, findings = imni()
    chosen = {"analyses": ("dfs", "dfs_hk")}
    made = TABLES["subgroups"].maker(Asked(*imni(), "tbl-x", chosen))
    assert placed.plain(made.captioned("Groups.")) == (
        "Groups. *: a single study, whose interval is by z; Hartung-Knapp needs two. Q between "
        "groups with separate τ² is referred to χ², by whatever test the intervals are; with a "
        "common τ² and Hartung-Knapp the test is F."
    )
    _, *found = rows("subgroups", ", analyses=('dfs', 'dfs_hk')")
    by_z = [
        group.synthesis.test == "z" and split.test != "z"
        for name in ("dfs", "dfs_hk")
        for split in findings.analyses[name].subgroups.values()
        for group in split.groups.values()
    ]
    assert [row[5].endswith("*") for row in found] == by_z
    assert sum(by_z) == 1
    wald = TABLES["subgroups"].maker(Asked(*imni(), "tbl-x", {"analyses": "dfs"}))
    assert list(wald.notes) == []


def test_studies_that_are_not_included_stand_with_their_reason() -> None:
    review, _ = imni()
    _, *found = rows("others")
    assert len(found) == sum(study.status != "included" for study in review.studies)


def test_leaving_out_needs_an_analysis_that_does_so() -> None:
    call = '{% call table("leave_one_out", id="tbl-x", analyses="tb_random") %}C{% endcall %}'
    assert problems(f"@tbl-x {call}") == [
        "review.qmd:1: found nothing left out for table tbl-x, wanted leave_one_out"
    ]


def changed(**changes: Any) -> Review:
    """The tiny review with its studies changed, each by its id; None: as it is."""
    review, _ = tiny()
    studies = tuple(s.model_copy(update=changes.get(s.id, {})) for s in review.studies)
    return review.model_copy(update={"studies": studies})


def shown(review: Review, kind: str, options: str = "") -> dict[str, list[str]]:
    """The rows of a table of a changed review, by the study of the first column."""
    call = f'{{% call table("{kind}", id="tbl-x"{options}) %}}Caption{{% endcall %}}'
    made = written(f"@tbl-x\n\n{call}\n", review=review)
    node = next(n for n in ast.walk(tree(made.text)["blocks"]) if n["t"] == "Table")
    cells = [
        [ast.plain(cell[4]).replace("\N{NO-BREAK SPACE}", " ") for cell in row[1]]
        for body in node["c"][4]
        for row in body[3]
    ]
    return {row[0].split(" [")[0]: row[1:] for row in cells}


def test_why_a_study_is_not_included() -> None:
    planned = Planned(
        n=1800,
        primary_outcome="not reported",
        completion="2030-05",
        assumed_ratio="not reported",  # type: ignore[arg-type]
        events="not reported",  # type: ignore[arg-type]
        population="not reported",
        source="report",
    )
    review = changed(
        aronson={"status": "ongoing", "planned": (planned,)},
        ferguson_simes={"status": "superseded", "superseded_by": "comstock"},
        hart_sutherland={"status": "retracted", "retracted": "2020-02", "planned": (planned,)},
        stein_aronson={"status": "awaiting", "reason": "a | reason"},
        coetzee_berjak={"status": "ongoing", "design": None},
    )
    found = shown(review, "others")
    assert {label: (row[0], row[-1]) for label, row in found.items()} == {
        "Aronson 1948": (
            "ongoing",
            "planned for 1,800 patients; primary completion planned for May 2030",
        ),
        "Ferguson & Simes 1949": ("superseded", "superseded by Comstock et al. 1974"),
        "Hart & Sutherland 1977": ("retracted", "retracted in February 2020"),
        "Stein & Aronson 1953": ("awaiting assessment", "a | reason"),
        "Coetzee & Berjak 1968": ("ongoing", "not reported"),
    }
    assert len(shown(review, "others", ", statuses=['ongoing']")) == 2


def test_what_a_study_does_not_report_is_said() -> None:
    review, _ = tiny()
    aronson = review.by_id["aronson"]
    assert aronson.arms is not None
    bare = [group.model_copy(update={"n": None}) for group in aronson.arms.groups]
    follow_up = FollowUp(value=Printed(6.5, 1), unit="years", statistic="mean", source="report")
    result = aronson.results[0].model_copy(
        update={
            "groups": (),
            "estimate": Printed(0.5, 1),
            "ci": (Printed(0.3, 1), Printed(0.9, 1)),
            "level": Printed(0.9, 1),
        }
    )
    arms = aronson.arms.model_copy(update={"groups": tuple(bare), "total": 262})
    review = changed(
        aronson={"arms": arms, "follow_up": follow_up, "results": (result,)},
        comstock={
            "arms": None,
            "recruitment": Recruitment(start="1950", end="not reported", source="report"),
            "follow_up": FollowUp(
                value=Printed(2), unit="years", statistic="not reported", source="report"
            ),
        },
        hart_sutherland={"population": "Adolescents", "country": "United Kingdom"},
    )
    found = shown(review, "characteristics")
    assert found["Aronson 1948"][2:] == [
        "not reported",
        "262 in all",
        "not reported",
        "6.5 (mean)",  # years, as the head says of both
        "0.50 (90% CI 0.30–0.90)",
    ]
    assert found[review.by_id["comstock"].label][2:6] == [
        "from 1950",
        "not reported",
        "not reported",
        "2",
    ]


def test_follow_up_is_as_its_source_has_it() -> None:
    """Years stay years: in months 13.7 of them have digits that nobody printed."""
    head, *found = rows("characteristics")
    at = head.index("Follow-up")
    told = {row[0].rsplit(" [", 1)[0]: row[at] for row in found}
    assert told["DBCG IMN2"] == "13.7 years (median)"
    assert told["KROG 08-06"] == "100.4 months (median)"
    assert told["Wang 2019"] == "98 months (median)"
    year = FollowUp(value=Printed(1), unit="years", statistic="median", source="report")
    aronson = changed(aronson={"follow_up": year})
    found = table_rows("characteristics", "", aronson, find(aronson))
    at = found[0].index("Follow-up, years")  # of all who report any
    assert "1 (median)" in [row[at] for row in found]
    month = FollowUp(value=Printed(1), unit="months", statistic="mean", source="report")
    both = changed(aronson={"follow_up": year}, comstock={"follow_up": month})
    head, *found = table_rows("characteristics", "", both, find(both))
    cells = {row[head.index("Follow-up")] for row in found}
    assert cells == {"1 year (median)", "1 month (mean)", "not reported"}


def test_the_table_of_studies_says_what_its_short_names_stand_for() -> None:
    review, findings = imni()
    for options, names in (
        ({}, "OS: overall survival; DFS: disease-free survival; "),
        ({"outcomes": "dfs"}, "DFS: disease-free survival; "),
    ):
        made = TABLES["characteristics"].maker(Asked(review, findings, "tbl-x", options))
        told = f"IMNI: internal mammary node irradiation; {names}"
        assert [placed.plain(note) for note in made.notes] == [
            f"{told}HR: hazard ratio; CI: confidence interval."
        ]


def test_a_result_without_an_interval_says_what_is_known_of_it() -> None:
    """The multivariable results of Cho 2021 have P values alone."""
    found = {row[0].rsplit(" [", 1)[0]: row for row in rows("others")[1:]}
    assert found["Cho 2021"][3] == (
        "OS weighted 0.460 (0.220–0.962); multivariable 0.233 without an interval, P = 0.018; "
        "DFS weighted 0.208 (0.045–0.966); multivariable 0.458 without an interval, P = 0.021"
    )
    # Its protocol, which the study is cited by, has fewer patients and no date.
    assert found["POTENTIAL"][-1] == (
        "planned for 2,400 patients; primary completion planned for 31 May 2030 [@nct04320979]"
    )


def changed_since(before: Review) -> dict[str, str]:
    """The table of what changed, from another state of the evidence to this review's own."""
    review, findings = imni()
    comparison = Comparison(
        (findings, findings), changes(before, review), results=(), differences=(), marks=(),
        claims=(), withdrawn=(),
    )  # fmt: skip
    found = rows("changed", changes=comparison)[1:]
    return {row[0]: row[2] for row in found}


def test_a_search_says_what_it_brought() -> None:
    review, _ = imni()
    last = review.searches[-1]
    assert last.counts is None
    assert last.studies
    without = review.model_copy(update={"searches": review.searches[:-1]})
    lost = {"id": "lost", "date": "2020", "found_nothing": True, "studies": ()}
    other = last.model_copy(update=lost)
    before = without.model_copy(update={"searches": (*without.searches, other)})
    told = sorted(text for text in changed_since(before).values() if text)
    assert told == [f"added: {words.count(len(last.studies), 'study')}", "removed: nothing found"]


def test_a_study_that_left_is_called_what_it_is() -> None:
    review, _ = imni()
    first, *rest = review.studies
    before = review.model_copy(
        update={"studies": (first.model_copy(update={"status": "included"}), *rest)}
    )
    gone = {"status": "retracted", "retracted": "2026-05", "reason": "Counted twice."}
    now = first.model_copy(update=gone)
    after = review.model_copy(update={"studies": (now, *rest)})
    comparison = Comparison(
        tuple(find(one) for one in (before, after)), changes(before, after), results=(),
        differences=(), marks=(), claims=(), withdrawn=(),
    )  # fmt: skip
    assert rows("changed", changes=comparison)[1:] == [
        [first.label, "removed", "retracted in May 2026: Counted twice."]
    ]


def test_what_changed_in_the_plan_is_said_in_words() -> None:
    """No key of the data: labels for ids, spaces for underscores."""
    review, _ = imni()
    plan, living = review.plan, review.plan.living
    assert living is not None
    first = plan.analyses[0]
    risks = [risk for risk in plan.baseline_risks if risk.id not in ("os_imn2", "os_hk_imn2")]
    gone = plan.baseline_risks[0].model_copy(update={"id": "gone_by", "label": "Gone"})
    groups = (first.subgroups[0].model_copy(update={"origin": "article"}), *first.subgroups[1:])
    before = plan.model_copy(
        update={
            "baseline_risks": (*risks, gone),
            "living": living.model_copy(update={"justification": "Because."}),
            "analyses": (first.model_copy(update={"subgroups": groups}), *plan.analyses[1:]),
        }
    )
    found = changed_since(review.model_copy(update={"plan": before}))
    title = plan.analyses[1].title
    assert set(found["risks for absolute effects"].split("; ")) == {
        f"baseline risks: Patients as in DBCG IMN2 ({first.title}) (added)",
        f"baseline risks: Patients as in DBCG IMN2 ({title}) (added)",
        "baseline risks: gone by (removed)",
    }
    assert found["the living mode"] == "living: justification"
    label = first.subgroups[0].label
    assert found[f"{first.title}: further analyses"] == f"subgroups: {label}: origin"


def test_a_corrected_study_and_an_added_analysis_are_said_in_words() -> None:
    review, _ = imni()
    wang, last = review.by_id["wang"], review.plan.analyses[-1]
    results = tuple(
        one.model_copy(update={"p": Printed(0.5, 1)}) if one.outcome == "dfs" else one
        for one in wang.results
    )
    studies = tuple(
        one.model_copy(update={"results": results}) if one is wang else one
        for one in review.studies
    )
    plan = review.plan.model_copy(update={"analyses": review.plan.analyses[:-1]})
    found = changed_since(review.model_copy(update={"studies": studies, "plan": plan}))
    assert found["Wang 2019"] == "results: Disease-free survival: p: 0.5 → –"
    assert found[f"analysis added: {last.title}"] == "–"


def test_characteristics_may_be_asked_for() -> None:
    head, *found = rows("characteristics", ', characteristics=("nodal", "surgery")')
    at = head.index("Axillary nodal status")
    assert head[at + 1] == "Surgery"
    review, _ = imni()
    told = {row[0].rsplit(" [", 1)[0]: tuple(row[at : at + 2]) for row in found}
    kim, imn2 = review.by_id["kim"], review.by_id["dbcg_imn2"]
    assert kim.characteristics["nodal"].value == "mixed"
    assert told[kim.label][0] == "Mixed N+"
    assert told[imn2.label] == ("not reported", "not reported")


def test_the_tool_of_a_quality_table_is_cited() -> None:
    review, findings = imni()
    (tool,) = review.plan.tools
    cited = review.plan.model_copy(
        update={"tools": (tool.model_copy(update={"cite": "page2021"}),)}
    )
    given = review.model_copy(update={"plan": cited})
    for each, notes in ((review, []), (given, ["Newcastle–Ottawa Scale [@page2021]."])):
        made = TABLES["quality"].maker(Asked(each, findings, "tbl-x", {"tool": "nos"}))
        assert [placed.markdown(note) for note in made.notes] == notes


def test_one_outcome_may_be_asked_for() -> None:
    head, *_ = rows("characteristics", ', outcomes=["dfs"]')
    assert head[-2:] == ["Follow-up", "DFS: HR (95% CI)"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ', outcomes="xyz"',
            "found 'xyz', wanted one of the outcomes of table tbl-x: tuberculosis",
        ),
        (", outcomes=true", "found outcomes = True in table tbl-x, wanted names"),
        (
            ", families='x'",
            "found 'families', wanted an option of table tbl-x: outcomes, characteristics",
        ),
    ],
)
def test_wrong_options_of_a_table(options: str, said: str) -> None:
    call = f'{{% call table("characteristics", id="tbl-x"{options}) %}}Caption{{% endcall %}}'
    assert problems(f"@tbl-x {call}") == [f"review.qmd:1: {said}"]


class Read(dict[str, Any]):
    """Options that remember which of them were looked for."""

    def __init__(self, given: Mapping[str, Any], names: set[str]) -> None:
        super().__init__(given)
        self.names = names

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)


def test_a_kind_of_table_takes_the_options_that_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the paper of this review; it has no sequential analysis, which takes one analysis."""
    from analysis import writer

    read: dict[str, set[str]] = {}

    def noted(kind: str, maker: Maker) -> Maker:
        def make(asked: Asked) -> Table:
            names = read.setdefault(kind, set())
            return maker(replace(asked, options=Read(asked.options, names)))

        return make

    kinds = {name: replace(one, maker=noted(name, one.maker)) for name, one in TABLES.items()}
    monkeypatch.setattr(writer, "TABLES", kinds)
    examine(read_project(ROOT))
    assert {name: set(TABLES[name].options) for name in read} == read
    assert {name for name, one in TABLES.items() if one.options} - set(read) == {"sequential"}
