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


def rates(x1: int, t1: str, x0: int, t0: str) -> str:
    new = f"{{arm: new, events: {x1}, person_time: {t1}}}"
    return f"{new}, {{arm: old, events: {x0}, person_time: {t0}}}"


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


def pairs(n1: int, n0: int) -> str:
    new = f"{{arm: new, n: {n1}, mean: 5.000, sd: 2.000}}"
    return f"{new}, {{arm: old, n: {n0}, mean: 4.000, sd: 2.000}}"


@pytest.mark.parametrize(
    ("measure", "estimate", "variance", "least", "fewer"),
    [
        ("RR", 0.5, 1 / 5 + 1 / 10 - 2 / 100, table(5, 100, 10, 100), table(4, 100, 8, 100)),
        ("RR", 1.06, 1 / 90 + 1 / 85 - 2 / 100, table(90, 100, 85, 100), table(96, 100, 95, 105)),
        ("IRR", 0.5, 1 / 5 + 1 / 10, rates(5, "100.0", 10, "100.0"), rates(4, "100.0", 8, "100.0")),
        ("MD", 1.0, 2 * 4 / 10, pairs(10, 10), pairs(9, 10)),
    ],
)
def test_small_counts_leave_the_interval_open(
    measure: str, estimate: float, variance: float, least: str, fewer: str
) -> None:
    """Five in each cell, or ten patients in each group, are no longer small."""
    # Half as wide again as Wald's.
    half = 1.5 * 1.959963984540054 * math.sqrt(variance)
    low, high = estimate * math.exp(-half), estimate * math.exp(half)
    if measure == "MD":
        low, high = estimate - half, estimate + half
    lines = f"estimate: {estimate:.2f}, ci: [{low:.4f}, {high:.4f}], adjustment: unadjusted"
    (said,) = doubts(result(lines, measure=measure, groups=least))
    assert "results[0].ci: found" in said
    assert doubts(result(lines, measure=measure, groups=fewer)) == []


@pytest.mark.parametrize(
    ("wider", "doubted"), [(0.7, True), (0.85, False), (1.15, False), (1.3, True)]
)
def test_other_formulas_of_an_interval_differ_by_a_fifth_of_its_half(
    wider: float, doubted: bool
) -> None:
    est, low, _ = wald(87, 500, 104, 502)
    half = wider * math.log(est / low)
    bounds = f"[{est * math.exp(-half):.4f}, {est * math.exp(half):.4f}]"
    lines = f"estimate: {est:.4f}, ci: {bounds}, adjustment: unadjusted"
    found = doubts(result(lines, measure="RR", groups=table(87, 500, 104, 502)))
    assert len(found) == doubted


@pytest.mark.parametrize(
    ("measure", "estimate", "groups", "doubted"),
    [
        # ln 0.8064 = -0.2152: a conditional odds ratio is nearer to 1 by a fiftieth of it.
        ("OR", "0.810", table(87, 500, 104, 502), False),
        ("OR", "0.815", table(87, 500, 104, 502), True),
        # Cohen's d of 0.45 is Hedges' g of 0.4345 with 22 degrees of freedom (J = 0.9655).
        ("SMD", "0.4345", "", False),
        ("SMD", "0.4500", "", False),
        ("SMD", "0.4600", "", True),
    ],
)
def test_other_formulas_of_an_effect_differ_by_little(
    measure: str, estimate: str, groups: str, doubted: bool
) -> None:
    apart = (
        "{arm: new, n: 12, mean: 5.00000, sd: 2.00000}, "
        "{arm: old, n: 12, mean: 4.10000, sd: 2.00000}"
    )
    est = float(estimate)
    low, high = (est - 0.8, est + 0.8) if measure == "SMD" else (est / 1.37, est * 1.37)
    lines = f"estimate: {estimate}, ci: [{low:.4f}, {high:.4f}], adjustment: unadjusted"
    found = doubts(result(lines, measure=measure, groups=groups or apart))
    assert [("results[0].estimate: found" in one) for one in found] == [True] * doubted


def test_standard_deviations_are_rounded_too() -> None:
    # A standard deviation of 2 was 1.5 at the least, which makes an SMD of 0.45 one of 0.6.
    lines = "estimate: 0.58, ci: [0.02, 1.14], adjustment: unadjusted"
    coarse = pairs(25, 25).replace("4.000", "4.100").replace("2.000", "2")
    assert doubts(result(lines, measure="SMD", groups=coarse)) == []
    fine = pairs(25, 25).replace("4.000", "4.100")
    (said,) = doubts(result(lines, measure="SMD", groups=fine))
    assert "results[0].estimate: found SMD 0.58" in said


def test_person_time_is_rounded_too() -> None:
    # 20 / 0.95 over 40 / 1.05 is 0.553, 20 / 1.05 over 40 / 0.95 is 0.452.
    lines = "estimate: 0.55, ci: [0.32, 0.94], adjustment: unadjusted"
    assert doubts(result(lines, measure="IRR", groups=rates(20, "1.0", 40, "1.0"))) == []
    (said,) = doubts(result(lines, measure="IRR", groups=rates(20, "1.00", 40, "1.00")))
    half = 1.959963984540054 * math.sqrt(1 / 20 + 1 / 40)
    assert said == (
        "data/studies/kim-2015.yml:17 results[0].estimate: found IRR 0.55 (0.32 to 0.94) beside "
        "20 in 1.00 (new) and 40 in 1.00 (old), wanted what these give: "
        f"0.5 ({0.5 * math.exp(-half):.3g} to {0.5 * math.exp(half):.3g}); os pools it: {CORRECT}"
    )


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
    # Far above is as far off as far below.
    est, low, high = wald(300, 1010, 20, 1000)
    assert doubts(result(lines, measure="RR", groups=table(300, 1010, 20, 1000))) == [
        "data/studies/kim-2015.yml:17 results[0].ci: found RR 0.80 (0.62 to 1.03) beside 300/1010 "
        "(new) and 20/1000 (old), wanted what these give: "
        f"{est:.3g} ({low:.3g} to {high:.3g}) (or `adjustment`, if it was adjusted); {CORRECT}"
    ]
    adjusted = "estimate: 0.80, ci: [0.62, 1.03], adjustment: multivariable"
    assert doubts(result(adjusted, measure="RR", groups=table(20, 1000, 300, 1010))) == []


def test_nothing_follows_from_a_table_with_a_zero_or_from_the_counts_of_a_hazard_ratio() -> None:
    lines = "estimate: 0.80, ci: [0.62, 1.03], adjustment: unadjusted"
    assert doubts(result(lines, measure="RR", groups=table(0, 100, 5, 100))) == []
    assert doubts(result(lines, measure="RR", groups=table(100, 100, 5, 100))) == []
    assert doubts(result(lines, measure="IRR", groups=rates(0, "100.0", 5, "100.0"))) == []
    assert doubts(result(lines, measure="HR", groups=table(200, 1000, 300, 1010))) == []


def test_a_group_of_unknown_size_is_no_larger_than_its_arm() -> None:
    lines = "estimate: 0.80, ci: [0.62, 1.03], adjustment: unadjusted"
    counted = "{arm: new, events: 20}, {arm: old, events: 30, n: 1200}"
    files = result(lines, measure="HR", groups=counted)
    files["data/studies/kim-2015.yml"] += (
        b"arms: {groups: [{arm: new, n: 1000}, {arm: old, n: 1000}], source: report}\n"
    )
    assert doubts(files) == [
        "data/studies/kim-2015.yml:17 results[0].groups[1].n: found n 1200 in arm old, of which "
        "the study has 1000, wanted at most that, or a `reason`"
    ]
