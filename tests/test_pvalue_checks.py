"""A printed P value against the arms that it is of: told only where no test could give it."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from tests.test_count_checks import CORRECT, doubts, means, rates, result, table

PLACE = "data/studies/kim-2015.yml:17 results[0].p: "
CRUDE = "adjustment: unadjusted"


def test_a_p_value_that_no_test_of_the_counts_gives() -> None:
    counts = table(62, 13598, 248, 12867)
    lines = f"p: 0.4, {CRUDE}"
    assert doubts(result(lines, measure="RR", groups=counts)) == [
        f"{PLACE}found P 0.4 beside 62/13598 (new) and 248/12867 (old), wanted what tests of "
        f"these give: less than 0.001; {CORRECT}"
    ]
    silenced = f"{lines}, reason: as the report prints it"
    assert doubts(result(silenced, measure="RR", groups=counts)) == []
    # An adjusted P is of something else than the arms.
    assert doubts(result("p: 0.4, adjustment: matched", measure="RR", groups=counts)) == []


def test_an_adjustment_that_is_not_reported_may_be_why() -> None:
    unknown = "p: 0.4, adjustment: not reported"
    (told,) = doubts(result(unknown, measure="RR", groups=table(62, 13598, 248, 12867)))
    assert told == (
        f"{PLACE}found P 0.4 beside 62/13598 (new) and 248/12867 (old), wanted what tests of these "
        f"give: less than 0.001 (or `adjustment`, if it was adjusted); {CORRECT}"
    )
    # Of means, P is often that of an analysis of covariance.
    unknown = "p: 0.2, adjustment: not reported"
    assert doubts(result(unknown, measure="MD", groups=means("12.0", "14.0"))) == []


@pytest.mark.parametrize("bound", ["'<0.001'", "0.001"])
def test_a_p_value_below_all_that_the_counts_give(bound: str) -> None:
    cells = (87, 500), (95, 502)
    wald = abs(math.log(87 / 500 * 502 / 95)) / math.sqrt(1 / 87 - 1 / 500 + 1 / 95 - 1 / 502)
    yates = stats.chi2_contingency([[events, n - events] for events, n in cells]).pvalue
    plain = stats.chi2_contingency([[e, n - e] for e, n in cells], correction=False).pvalue
    given = (2 * stats.norm.sf(wald), yates, plain)
    assert doubts(result(f"p: {bound}, {CRUDE}", measure="RR", groups=table(87, 500, 95, 502))) == [
        f"{PLACE}found P {bound.strip(chr(39))} beside 87/500 (new) and 95/502 (old), wanted what "
        f"tests of these give: {min(given):.2g} to {max(given):.2g}; {CORRECT}"
    ]


def test_means_and_rates_have_tests_of_their_own() -> None:
    t = abs(12.0 - 14.0) / (2.0 * math.sqrt(2 / 50))
    assert 2 * stats.t.sf(t, 98) < 0.001
    assert doubts(result(f"p: 0.2, {CRUDE}", measure="MD", groups=means("12.0", "14.0"))) == [
        f"{PLACE}found P 0.2 beside a mean of 12.0 (SD 2.0) (new) and a mean of 14.0 (SD 2.0) "
        f"(old), wanted what tests of these give: less than 0.001; {CORRECT}"
    ]
    counts = rates(12, "100", 90, "100")
    assert doubts(result(f"p: 0.2, {CRUDE}", measure="IRR", groups=counts)) == [
        f"{PLACE}found P 0.2 beside 12 in 100 (new) and 90 in 100 (old), wanted what tests of "
        f"these give: less than 0.001; {CORRECT}"
    ]


def test_no_test_of_a_table_is_doubted() -> None:
    """Fisher's test, Barnard's and the two of Pearson, as printed to three decimals."""
    doubted = []
    for n, a, c in product((8, 30, 200), (0, 1, 3, 7), (0, 2, 5, 8)):
        if a == c == 0 or n == a == c:
            continue
        cells = [[a, n - a], [c, n - c]]
        given = [stats.fisher_exact(cells).pvalue]
        given += [stats.chi2_contingency(cells, correction=yates).pvalue for yates in (True, False)]
        if n < 100:
            given.append(stats.boschloo_exact(cells, n=8).pvalue)
        for p in {f"{max(one, 0.001):.3f}" for one in given}:
            files = result(
                f"p: {min(float(p), 1):.3f}, {CRUDE}", measure="OR", groups=table(a, n, c, n)
            )
            doubted += [one for one in doubts(files) if ".p:" in one]
    assert doubted == []


def arms(*each: tuple[float, float, int]) -> str:
    """The arms of a result: mean, SD and n of each."""
    named = zip(("new", "old"), each, strict=True)
    return ", ".join(
        f"{{arm: {arm}, n: {n}, mean: {mean:.1f}, sd: {sd:.2f}}}" for arm, (mean, sd, n) in named
    )


MEANT = (50.0, 17.8, 48), (59.0, 22.1, 48)
"""Means, standard deviations and sizes of a trial."""
ERRORS = tuple((mean, sd / math.sqrt(n), n) for mean, sd, n in MEANT)
P_OF_MEANT = stats.ttest_ind_from_stats(*MEANT[0], *MEANT[1]).pvalue


def test_of_standard_errors_p_is_given_not_said_to_be_as_printed() -> None:
    groups = "{arm: new, n: 80, mean: 10.0, sd: 3.1}, {arm: old, n: 81, mean: 8.8, sd: 3.3}"
    meant = stats.ttest_ind_from_stats(10.0, 3.1 * 80**0.5, 80, 8.8, 3.3 * 81**0.5, 81).pvalue
    assert f"{meant:.2g}" == "0.79"
    (told,) = doubts(result(f"p: 0.9, {CRUDE}", measure="MD", groups=groups))
    assert told.endswith(
        f"; are the SDs standard errors, with which P would be about 0.79?; {CORRECT}"
    )


def test_standard_errors_for_standard_deviations_of_a_p_below_0_05() -> None:
    """The commonest misreading: P stays on its side of 0.05, and is far too small."""
    assert 0.01 < P_OF_MEANT < 0.05
    crude = f"p: {P_OF_MEANT:.3f}, {CRUDE}"
    found = (
        f"{PLACE}found P {P_OF_MEANT:.3f} beside a mean of 50.0 (SD 2.57) (new) and a mean of 59.0 "
        "(SD 3.19) (old), wanted what tests of these give: less than 0.001"
    )
    asked = "are the SDs standard errors, with which P would be about "
    for measure in ("MD", "SMD", "ROM"):
        assert doubts(result(crude, measure=measure, groups=arms(*MEANT))) == []
        (told,) = doubts(result(crude, measure=measure, groups=arms(*ERRORS)))
        p = told.removeprefix(f"{found}; {asked}").removesuffix(f"?; {CORRECT}")
        assert float(p) == pytest.approx(P_OF_MEANT, rel=0.15)  # each measure has its own variance
    # An adjustment for the means at the start moves P, but to this value of all by chance alone.
    unknown = f"p: {P_OF_MEANT:.3f}, adjustment: not reported"
    (told,) = doubts(result(unknown, measure="MD", groups=arms(*ERRORS)))
    assert told.startswith(f"{found} (or `adjustment`, if it was adjusted); {asked}")
    silenced = f"{crude}, reason: as the report prints it"
    assert doubts(result(silenced, measure="MD", groups=arms(*ERRORS))) == []
    # A bound says no more than that P is small.
    bound = f"p: '<0.05', {CRUDE}"
    assert doubts(result(bound, measure="MD", groups=arms(*ERRORS))) == []


def test_a_p_below_0_05_that_no_test_of_the_counts_comes_near() -> None:
    cells = table(62, 13598, 248, 12867)
    wald = abs(math.log(62 / 13598 * 12867 / 248)) / math.sqrt(
        1 / 62 - 1 / 13598 + 1 / 248 - 1 / 12867
    )
    assert doubts(result(f"p: 0.03, {CRUDE}", measure="RR", groups=cells)) == [
        f"{PLACE}found P 0.03 beside 62/13598 (new) and 248/12867 (old), wanted what tests of "
        f"these give: less than 0.001; {CORRECT}"
    ]
    # As P is printed below 0.001, 'less than 0.001' would say nothing of what is wrong.
    (told,) = doubts(result(f"p: 0.0004, {CRUDE}", measure="RR", groups=cells))
    near = float(told.rpartition("about ")[2].partition(";")[0])
    assert 2 * stats.norm.sf(wald) == pytest.approx(near, rel=0.5)


def test_no_test_of_two_means_is_doubted() -> None:
    """Of the values themselves: Student's, Welch's, of ranks, of logarithms, and adjusted."""
    random = np.random.default_rng(11)
    doubted, asked = [], 0
    for n, apart, _ in product((8, 20, 80), (0.5, 1.0), range(4)):
        for make in (random.normal, random.lognormal):
            new, old = make(apart, 1.0, n), make(0.0, 1.0, n)
            values = [stats.ttest_ind(new, old, equal_var=same).pvalue for same in (True, False)]
            values.append(stats.mannwhitneyu(new, old).pvalue)
            if min(*new, *old) > 0:
                values.append(stats.ttest_ind(np.log(new), np.log(old)).pvalue)
            groups = arms(*((each.mean(), each.std(ddof=1), n) for each in (new, old)))
            for p in values:
                if 0.001 <= p < 1:
                    asked += 1
                    files = result(f"p: {p:.3f}, {CRUDE}", measure="MD", groups=groups)
                    doubted += [one for one in doubts(files) if ".p:" in one]
    assert asked > 50
    assert doubted == []


def test_rounded_means_allow_for_their_rounding() -> None:
    # Before rounding they may have been 12.049 and 11.951, or 12.0 and 12.0.
    groups = "{arm: new, n: 500, mean: 12.0, sd: 0.4}, {arm: old, n: 500, mean: 12.0, sd: 0.4}"
    assert doubts(result(f"p: 0.0002, {CRUDE}", measure="MD", groups=groups)) == []


@pytest.mark.parametrize(
    ("p", "bound"), [("0.000", "0.001"), ("0.0000", "0.0001"), ("0", "0.001"), ("0.00", "0.01")]
)
def test_no_p_value_is_nought(p: str, bound: str) -> None:
    counts = table(62, 13598, 248, 12867)
    assert doubts(result(f"p: {p}, {CRUDE}", measure="RR", groups=counts)) == [
        f"{PLACE}found P {p}, wanted a bound: '<{bound}'; {CORRECT}"
    ]
    assert doubts(result(f"p: '<{bound}', {CRUDE}", measure="RR", groups=counts)) == []


def test_beside_an_interval_the_interval_counts() -> None:
    # A log-rank test of what the counts do not tell, which agrees with the interval.
    lines = "estimate: 0.84, ci: [0.66, 1.07], p: 0.157, adjustment: unadjusted"
    assert doubts(result(lines, measure="RR", groups=table(87, 500, 104, 502))) == []
