"""A printed P value against the counts, means or rates of the arms that it is of.

Beside an interval, P is checked against that: see `result_checks`. Tests of the same arms (Wald's,
Pearson's with or without Yates's correction, Fisher's, Student's, a log-rank test of the same
events) differ by nature, most where P is small, which nobody minds, and where there are few events.
So nothing is said unless all of them lie on the other side of 0.05 and more than tenfold away, as
with a slipped digit, an arm in place of the other, or another result's P; or with an adjustment
that is not reported, which the message names. Where both are below 0.05, a printed P is doubted
whose z is less than two fifths of that of every test. (In simulated trials, normal, skewed and
heavy-tailed, of 8 to 200 patients an arm, it was at least three fifths for Student's and Welch's
test, the rank test, a test of logarithms and the analysis of covariance.)

Means are often adjusted for those at the start, which moves P far: where it is not known whether
they were, nothing is said, unless P is near what it would be if the standard deviations were
standard errors. That is the commonest of all misreadings, and z is then too large by the root of
the patients of an arm.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from scipy.special import ndtr, ndtri, stdtr

from analysis.compared_arms import Comparison
from analysis.count_checks import arms_of, possible_effects
from analysis.effects import MEANS, TABLES
from analysis.errors import MethodError
from analysis.group_routes import Table, from_groups, table_of
from analysis.plausibility import Range, printed_range
from analysis.records import GroupData, Result
from analysis.result_checks import Fault
from analysis.values import Bound, Printed

EDGE = 0.05
LEAST = 0.001
APART = 10.0
"""How many times larger one P must be than the other."""
Z_APART = 2.5
"""How many times larger z must be than that of a printed P below 0.05."""
Z_ALIKE = 1.5
"""How far z of the standard errors may lie from that of a printed P that is of them."""


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
    tested = tuple(_tested(result, comparison))
    if not tested:
        return
    found = Range(0.0, float(p)) if type(p) is Bound else printed_range(p.as_printed())
    low, high = min(tested), max(tested)
    doubted = _beyond(found, low, high)
    meant = _of_standard_errors(result, comparison, found) if doubted and high < EDGE else None
    unknown = result.adjustment is None
    if unknown and result.measure in MEANS and (meant is None or high >= LEAST):
        return
    if doubted:
        wanted = f"wanted what tests of these give: {_near(low, high, found)}"
        wanted += " (or `adjustment`, if it was adjusted)" if unknown else ""
        if meant is not None:
            # How near that is to the printed one is for the reader to see.
            wanted += f"; are the SDs standard errors, with which P would be about {meant:.2g}?"
        yield ("p",), f"found P {p.as_printed()} beside {arms_of(result)}, {wanted}"


def _beyond(found: Range, low: float, high: float) -> bool:
    """Say whether a printed P is none that tests can give, whose P lie between these two."""
    too_large = found.low > EDGE > high and found.low > APART * high
    too_small = found.high <= EDGE < low and APART * found.high < low
    far_too_large = EDGE >= found.low > 0 and _z(high) > Z_APART * _z(found.low)
    return too_large or too_small or far_too_large


def _near(low: float, high: float, found: Range) -> str:
    if high >= LEAST:
        return f"{low:.2g} to {high:.2g}"
    return f"less than {LEAST}" if found.low > LEAST else f"about {high:.0e}"


def _of_standard_errors(result: Result, comparison: Comparison, found: Range) -> float | None:
    """Return P of the means if their deviations are standard errors; None unless near `found`."""
    groups = tuple(as_standard_error(group) for group in result.groups)
    if result.measure not in MEANS or found.low <= 0:
        return None
    tested = tuple(_tested(result.model_copy(update={"groups": groups}), comparison))
    z = [_z(p) for p in tested]
    if not z or not min(z) / Z_ALIKE < _z(found.low) or not _z(found.high) < max(z) * Z_ALIKE:
        return None
    return tested[0]  # of the means as they stand; the others allow for their rounding


def as_standard_error(group: GroupData) -> GroupData:
    """Return a group whose standard deviation is the one that was meant, if it is an error."""
    if group.sd is None or not group.n:
        return group
    sd = Printed(float(group.sd) * math.sqrt(group.n), group.sd.decimals)
    return group.model_copy(update={"sd": sd})


def _z(p: float) -> float:
    """Return the normal deviate of a two-sided P."""
    return -float(ndtri(p / 2)) if p > 0 else math.inf


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
