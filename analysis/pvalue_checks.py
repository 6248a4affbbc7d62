"""A printed P value against the counts, means or rates of the arms that it is of.

Beside an interval, P is checked against that: see `result_checks`. Tests of the same arms (Wald's,
Pearson's with or without Yates's correction, Fisher's, Student's, a log-rank test of the same
events) differ by nature, most where P is small, which nobody minds, and where there are few events.
So nothing is said unless all of them lie on the other side of 0.05 and more than tenfold away, as
with a slipped digit, an arm in place of the other, or another result's P; or with an adjustment
that is not reported, which the message names. Means are often adjusted for those at the start,
which moves P far: where it is not known whether they were, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from scipy.special import ndtr, stdtr

from analysis.compared_arms import Comparison
from analysis.count_checks import arms_of, possible_effects
from analysis.effects import MEANS, TABLES
from analysis.errors import MethodError
from analysis.group_routes import Table, from_groups, table_of
from analysis.plausibility import Range, printed_range
from analysis.records import Result
from analysis.result_checks import Fault
from analysis.values import Bound

EDGE = 0.05
LEAST = 0.001
APART = 10.0
"""How many times larger one P must be than the other."""


def pvalue_doubts(result: Result, comparison: Comparison) -> Iterator[Fault]:
    """Give a P of nought, and one that no test of the arms of a crude result can give."""
    p = result.p
    if p is None:
        return
    if float(p) == 0 and type(p) is not Bound:
        bound = f"{10.0**-p.decimals:.{p.decimals}f}" if p.decimals > 1 else "0.001"
        yield ("p",), f"found P {p.as_printed()}, wanted a bound: '<{bound}'"
        return
    if result.ci is not None or result.adjustment not in (None, "unadjusted"):
        return
    unknown = result.adjustment is None
    if unknown and result.measure in MEANS:
        return
    tested = tuple(_tested(result, comparison))
    if not tested:
        return
    found = Range(0.0, float(p)) if type(p) is Bound else printed_range(p.as_printed())
    low, high = min(tested), max(tested)
    too_large = found.low > EDGE > high and found.low > APART * high
    too_small = found.high <= EDGE < low and APART * found.high < low
    if too_large or too_small:
        near = f"{low:.2g} to {high:.2g}" if high >= LEAST else f"less than {LEAST}"
        wanted = f"wanted what tests of these give: {near}"
        wanted += " (or `adjustment`, if it was adjusted)" if unknown else ""
        yield ("p",), f"found P {p.as_printed()} beside {arms_of(result)}, {wanted}"


def _tested(result: Result, comparison: Comparison) -> Iterator[float]:
    """Give the two-sided P value of each test of the arms, rounding allowed for."""
    try:
        crude = from_groups(result, comparison)
    except MethodError:
        return  # a fault, or nobody had the event
    if crude is None:
        return
    if result.measure in TABLES:
        table = table_of(result, comparison)
        if table is not None and not table.one_sided:
            yield from _pearson(table)
    for one in possible_effects(result, crude, comparison):
        if not one.vi > 0:
            continue
        z = abs(one.yi) / math.sqrt(one.vi)
        yield 2 * float(ndtr(-z))
        sizes = [group.n for group in result.groups if group.n]
        if result.measure in MEANS and sum(sizes) > 2:
            yield 2 * float(stdtr(sum(sizes) - 2, -z))


def _pearson(table: Table) -> Iterator[float]:
    """Give P of Pearson's chi-squared test, without and with Yates's correction."""
    a, b, c, d = table.ai, table.bi, table.ci, table.di
    n = a + b + c + d
    margins = math.sqrt((a + b) * (c + d) * (a + c) * (b + d) / n)
    for less in (0.0, n / 2):
        yield 2 * float(ndtr(-max(abs(a * d - b * c) - less, 0.0) / margins))
