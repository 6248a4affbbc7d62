"""The numbers of an audit in words: those of the article with its thousands, units and rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.audit import AuditRow
from analysis.audit_words import printed, recomputed, span
from analysis.rounding import Reach
from analysis.values import Bound, Printed


def row(
    stated: Printed,
    value: float | None = None,
    *,
    percent: bool = False,
    reach: Reach | None = None,
) -> AuditRow:
    return AuditRow("x", "Results", "A", stated, percent, "a.b", "differs", value, None, reach)


@pytest.mark.parametrize(
    ("stated", "value", "percent", "shown"),
    [
        (Printed(12705), 12550.0, False, ("12,705", "12,550")),
        (Printed(47.5, 1), 47.4999, True, ("47.5%", "47.5%")),
        (Printed(-1234.5, 1), -0.25, False, ("−1,234.5", "−0.2")),
        (Printed(0.89, 2), 0.8857, False, ("0.89", "0.89")),
        # It rounds to 1 and is not 1; 12 studies are 12.
        (Printed(1.0, 2), 0.9986, False, ("1.00", "1.00 (0.9986)")),
        (Printed(1), 1.0, False, ("1", "1")),
        (Bound(Printed(0.001, 3)), 0.0004, False, ("<0.001", "<0.001")),
        (Bound(Printed(0.001, 3)), 0.0123, False, ("<0.001", "0.012")),
    ],
)
def test_numbers_as_the_article_prints_them(
    stated: Printed, value: float, percent: bool, shown: tuple[str, str]
) -> None:
    found = row(stated, value, percent=percent)
    assert (printed(found), recomputed(found)) == shown


def test_what_cannot_be_recomputed_has_no_words() -> None:
    assert recomputed(row(Printed(10))) is None
    assert span(row(Printed(10))) is None


def test_a_recomputed_number_knows_the_finding_that_it_is() -> None:
    found = recomputed(row(Printed(1.0, 2), 0.9986), "os.est_ub")
    assert found is not None
    assert found.keys == ("os.est_ub", "os.est_ub")


@pytest.mark.parametrize(
    ("stated", "low", "high", "percent", "shown"),
    [
        (Printed(1.0, 2), 0.9899, 1.007, False, "0.990–1.007"),
        (Printed(79.2, 1), 77.01, 81.64, True, "77.0–81.6%"),
        (Printed(0.5, 1), -0.123, 0.456, False, "−0.12 to 0.46"),
        # More decimals, where fewer would put what is printed on the other side of a bound.
        (Printed(0.30, 2), 0.3004, 0.4, False, "0.3004–0.4000"),
        (Printed(0.25, 2), 0.25, 0.25, False, "0.250–0.250"),
    ],
)
def test_ranges_have_the_decimals_that_their_width_asks_for(
    stated: Printed, low: float, high: float, percent: bool, shown: str
) -> None:
    assert span(row(stated, low, percent=percent, reach=Reach(low, high))) == shown


@given(st.integers(0, 20_000), st.integers(1, 20_000), st.integers(0, 200))
def test_a_range_holds_what_is_printed_as_the_whole_numbers_do(
    start: int, width: int, cents: int
) -> None:
    low, high = start / 10_000, (start + width) / 10_000
    stated = Printed(cents / 100, 2)
    shown = span(row(stated, low, reach=Reach(low, high)))
    assert shown is not None
    ends = [float(one) for one in shown.split("–")]
    assert (low <= stated <= high) == (ends[0] <= stated <= ends[1])
