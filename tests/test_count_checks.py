"""A printed effect against the counts or means beside it: what rounding allows, and no more."""

from __future__ import annotations

import math

import pytest

from analysis.errors import DataError
from analysis.load import load
from tests.small_review import small_review

CORRECT = "correct it, or give this result a `reason`"


def result(lines: str, *, measure: str, pooled: bool = True, groups: str) -> dict[str, bytes]:
    """Return the small review with one result of os in place of its own."""
    files = small_review()
    plan = files["data/review.yml"].decode()
    plan = plan.replace("event: death, ", f"event: death, measure: {measure}, ")
    if not pooled:
        plan = plan.replace("outcome: os, role", "outcome: dfs, role")
    kim = files["data/studies/kim-2015.yml"].decode()
    own = "  - {outcome: os, estimate: 0.51, ci: [0.26, 1.01], adjustment: not reported, source: "
    assert own in kim
    new = f"  - {{outcome: os, measure: {measure}, {lines}, groups: [{groups}], source: "
    files["data/review.yml"] = plan.encode()
    files["data/studies/kim-2015.yml"] = kim.replace(own, new).encode()
    return files


def table(a: int, n1: int, c: int, n0: int) -> str:
    return f"{{arm: new, events: {a}, n: {n1}}}, {{arm: old, events: {c}, n: {n0}}}"


def means(m1: str, m0: str) -> str:
    return f"{{arm: new, n: 50, mean: {m1}, sd: 2.0}}, {{arm: old, n: 50, mean: {m0}, sd: 2.0}}"


def doubts(files: dict[str, bytes]) -> list[str]:
    """Return the messages of errors and warnings alike, without their places."""
    try:
        found = load(files).warnings
    except DataError as error:
        found = error.problems
    return [str(problem) for problem in found]


def wald(a: int, n1: int, c: int, n0: int) -> tuple[float, float, float]:
    """Return the risk ratio of a table with its 95% interval (Katz et al. 1978)."""
    half = 1.959963984540054 * math.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n0)
    log = math.log(a / n1 * n0 / c)
    return math.exp(log), math.exp(log - half), math.exp(log + half)


def test_an_unadjusted_ratio_that_its_own_counts_contradict() -> None:
    lines = "estimate: 0.80, ci: [0.62, 1.03], adjustment: unadjusted"
    est, low, high = wald(20, 1000, 300, 1010)
    said = (
        "data/studies/kim-2015.yml:17 results[0].estimate: found RR 0.80 (0.62 to 1.03) beside "
        "20/1000 (new) and 300/1010 (old), wanted what these give: "
        f"{est:.3g} ({low:.3g} to {high:.3g})"
    )
    counts = table(20, 1000, 300, 1010)
    assert doubts(result(lines, measure="RR", groups=counts)) == [
        f"{said}; os pools it: {CORRECT}",
    ]
    alone = doubts(result(lines, measure="RR", groups=counts, pooled=False))
    assert f"{said}; {CORRECT}" in alone
    silenced = f"{lines}, reason: as the report prints it"
    assert doubts(result(silenced, measure="RR", groups=counts)) == []


@pytest.mark.parametrize(
    ("measure", "lines"),
    [
        ("RR", "estimate: 0.84, ci: [0.66, 1.07]"),  # 87/500 and 104/502
        ("RR", "estimate: 0.8, ci: [0.7, 1.1]"),
        ("OR", "estimate: 0.81, ci: [0.59, 1.11]"),
        ("OR", "estimate: 0.81, ci: [0.58, 1.12]"),  # an exact interval is a little wider
        ("RD", "estimate: -0.033, ci: [-0.082, 0.015]"),
    ],
)
def test_a_result_that_agrees_with_its_counts(measure: str, lines: str) -> None:
    lines = f"{lines}, adjustment: unadjusted"
    assert doubts(result(lines, measure=measure, groups=table(87, 500, 104, 502))) == []


def test_an_interval_that_its_counts_contradict() -> None:
    lines = "estimate: 0.84, ci: [0.50, 1.41], adjustment: unadjusted"
    est, low, high = wald(87, 500, 104, 502)
    assert doubts(result(lines, measure="RR", groups=table(87, 500, 104, 502))) == [
        "data/studies/kim-2015.yml:17 results[0].ci: found RR 0.84 (0.50 to 1.41) beside 87/500 "
        "(new) and 104/502 (old), wanted what these give: "
        f"{est:.3g} ({low:.3g} to {high:.3g}); os pools it: {CORRECT}"
    ]
    # Where a cell is small, another kind of interval may differ by so much.
    few = "estimate: 0.5, ci: [0.05, 6.0], adjustment: unadjusted"
    assert doubts(result(few, measure="RR", groups=table(2, 100, 4, 100))) == []


def test_the_other_arm_below() -> None:
    lines = "estimate: 1.19, ci: [0.93, 1.52], adjustment: unadjusted, reference: new"
    assert doubts(result(lines, measure="RR", groups=table(87, 500, 104, 502))) == []


def test_means_are_rounded_too() -> None:
    # 5.14 − 4.35 rounds to 0.8, and so may 5.1 − 4.4 = 0.7.
    lines = "estimate: 0.8, ci: [0.0, 1.6], adjustment: unadjusted"
    assert doubts(result(lines, measure="MD", groups=means("5.1", "4.4"))) == []
    far = "estimate: 1.8, ci: [1.0, 2.6], adjustment: unadjusted"
    half = 1.959963984540054 * math.sqrt(2 * 4 / 50)
    assert doubts(result(far, measure="MD", groups=means("5.1", "4.4"))) == [
        "data/studies/kim-2015.yml:17 results[0].estimate: found MD 1.8 (1.0 to 2.6) beside a mean "
        "of 5.1 (SD 2.0) (new) and a mean of 4.4 (SD 2.0) (old), wanted what these give: "
        f"0.7 ({0.7 - half:.3g} to {0.7 + half:.3g}); os pools it: {CORRECT}"
    ]


def test_rounded_means_move_the_interval_as_well() -> None:
    """5.14 − 4.35 with half an interval of 0.078: in large arms rounding outweighs chance."""
    lines = "estimate: 0.79, ci: [0.71, 0.87], adjustment: unadjusted"
    rounded = means("5.1", "4.4").replace("n: 50", "n: 5000")
    assert doubts(result(lines, measure="MD", groups=rounded)) == []
    wide = "estimate: 0.79, ci: [0.39, 1.19], adjustment: unadjusted"
    (said,) = doubts(result(wide, measure="MD", groups=rounded))
    assert "results[0].ci: found MD 0.79 (0.39 to 1.19)" in said


def test_an_unreported_adjustment_is_doubted_only_where_the_counts_are_far_off() -> None:
    near = "estimate: 0.70, ci: [0.55, 0.90], adjustment: not reported"
    assert doubts(result(near, measure="RR", groups=table(87, 500, 104, 502))) == []
    lines = "estimate: 0.80, ci: [0.62, 1.03], adjustment: not reported"
    est, low, high = wald(20, 1000, 300, 1010)
    # A warning even where it is pooled.
    assert doubts(result(lines, measure="RR", groups=table(20, 1000, 300, 1010))) == [
        "data/studies/kim-2015.yml:17 results[0].ci: found RR 0.80 (0.62 to 1.03) beside 20/1000 "
        "(new) and 300/1010 (old), wanted what these give: "
        f"{est:.3g} ({low:.3g} to {high:.3g}) (or `adjustment`, if it was adjusted); {CORRECT}"
    ]
    adjusted = "estimate: 0.80, ci: [0.62, 1.03], adjustment: multivariable"
    assert doubts(result(adjusted, measure="RR", groups=table(20, 1000, 300, 1010))) == []


def test_nothing_follows_from_a_table_with_a_zero_or_from_the_counts_of_a_hazard_ratio() -> None:
    lines = "estimate: 0.80, ci: [0.62, 1.03], adjustment: unadjusted"
    assert doubts(result(lines, measure="RR", groups=table(0, 100, 5, 100))) == []
    assert doubts(result(lines, measure="HR", groups=table(200, 1000, 300, 1010))) == []
