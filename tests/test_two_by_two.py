"""2×2 tables against metafor (escalc, rma.mh, rma.peto) and stats::lm."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import MethodError
from analysis.table_pooling import pool_mantel_haenszel, pool_peto
from analysis.table_tests import harbord, peters
from analysis.two_by_two import Tables, from_two_by_two, two_by_two_effects

REFERENCE = json.loads((Path(__file__).parent / "reference" / "breadth.json").read_text())["tables"]
names = pytest.mark.parametrize("name", sorted(REFERENCE))
# Closed formulas: only the order of additions differs.
CLOSED = {"rel": 1e-11, "abs": 1e-13}


def tables_of(name):
    data = {key: np.atleast_1d(value) for key, value in REFERENCE[name]["data"].items()}
    return Tables([f"study {j}" for j in range(len(data["ai"]))], **data)


def as_array(value):
    """What has no finite answer in R is null in the file, and nan here."""
    raw = value if isinstance(value, list) else [value]
    return np.array([np.nan if x is None else x for x in raw], dtype=float)


def test_the_grid_has_not_shrunk():
    assert len(REFERENCE) == 6
    assert sum(bool(tables_of(name).one_sided.any()) for name in REFERENCE) == 4


OPTIONS = {
    "only0": {},
    "all": {"to": "all"},
    "if0all": {"to": "if0all"},
    "none": {"to": "none", "add": 0},
    "drop00": {"drop00": True},
    "quarter": {"add": 0.25},
}


@names
@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_effects_are_those_of_escalc(name, measure, option):
    tables = tables_of(name)
    wanted = REFERENCE[name]["effects"][measure][option]
    yi, vi = as_array(wanted["yi"]), as_array(wanted["vi"])
    if option == "drop00":
        # escalc puts NA where a table is left out.
        assert np.array_equal(np.isnan(yi), tables.one_sided)
        yi, vi = yi[~tables.one_sided], vi[~tables.one_sided]
    if np.isnan(yi).any() or not (vi > 0).all():
        with pytest.raises(MethodError):
            two_by_two_effects(tables, measure, **OPTIONS[option])
        good = ~np.isnan(yi) & (vi > 0)
        if not good.any():
            return
        tables, yi, vi = tables.take(good), yi[good], vi[good]
    found = two_by_two_effects(tables, measure, **OPTIONS[option])
    assert found.measure == measure
    assert found.yi == pytest.approx(yi, **CLOSED)
    assert found.vi == pytest.approx(vi, **CLOSED)


@names
def test_peto_effects(name):
    tables = tables_of(name)
    wanted = REFERENCE[name]["effects"]["PETO"]
    yi, vi = as_array(wanted["yi"]), as_array(wanted["vi"])
    assert np.array_equal(np.isnan(yi), tables.one_sided)
    found = two_by_two_effects(tables, "PETO", drop00=True)
    assert found.measure == "OR"
    assert found.yi == pytest.approx(yi[~tables.one_sided], **CLOSED)
    assert found.vi == pytest.approx(vi[~tables.one_sided], **CLOSED)


def agrees(found, wanted):
    for key in ("mu", "se", "zval", "pval", "ci_lb", "ci_ub", "qe", "qe_pval", "i2", "h2"):
        assert getattr(found, key) == pytest.approx(wanted[key], rel=1e-9, abs=1e-11), key
    assert found.k == wanted["k"]
    assert found.k_yi == wanted["k_yi"]


@names
@pytest.mark.parametrize(
    ("fit", "measure", "options"),
    [
        ("OR", "OR", {}),
        ("RR", "RR", {}),
        ("RD", "RD", {}),
        ("OR90", "OR", {"level": 0.9}),
        ("RDkeep", "RD", {"drop00": False}),
        ("ORadd", "OR", {"to": "all"}),
    ],
)
def test_mantel_haenszel(name, fit, measure, options):
    wanted = REFERENCE[name]["mh"][fit]
    found = pool_mantel_haenszel(tables_of(name), measure, **options)
    agrees(found, wanted)
    if measure == "OR":
        assert found.mh == pytest.approx(wanted["mh"], rel=1e-9)
        assert found.est == pytest.approx(np.exp(wanted["mu"]), rel=1e-11)
        assert found.est_lb == pytest.approx(np.exp(wanted["ci_lb"]), rel=1e-11)
        assert found.est_ub == pytest.approx(np.exp(wanted["ci_ub"]), rel=1e-11)
    else:
        assert found.mh is None
    if measure == "RD":
        assert (found.est, found.est_lb, found.est_ub) == (found.mu, found.ci_lb, found.ci_ub)


def test_the_continuity_correction_does_not_go_past_what_is_expected():
    """5 of 10 against 5 of 11: O - E = 5 - 100/21 = 0.24. metafor::rma.mh squares 0.24 - 0.5."""
    table = Tables(["a"], [5], [5], [5], [6])
    assert abs(float(table.o_minus_e.sum())) < 0.5
    found = pool_mantel_haenszel(table)
    assert found.mh == 0.0
    theirs = (abs(5 - 100 / 21) - 0.5) ** 2 / (10 * 11 * 10 * 11 / (21**2 * 20))
    assert theirs == pytest.approx(0.05)  # rma.mh(ai = 5, bi = 5, ci = 5, di = 6)$MH


@names
def test_peto_pooling(name):
    agrees(pool_peto(tables_of(name)), REFERENCE[name]["peto"])


@pytest.mark.parametrize("name", [n for n in sorted(REFERENCE) if "harbord" in REFERENCE[n]])
def test_harbord(name):
    wanted = REFERENCE[name]["harbord"]
    found = harbord(tables_of(name))
    assert [found.bias, found.se, found.tval, found.pval] == pytest.approx(wanted["coef"], rel=1e-8)
    assert found.other == pytest.approx(wanted["slope"], rel=1e-8)
    assert found.df == wanted["df"]
    assert found.few == (found.k < 10)


@pytest.mark.parametrize("name", [n for n in sorted(REFERENCE) if "peters" in REFERENCE[n]])
def test_peters(name):
    wanted = REFERENCE[name]["peters"]
    found = peters(tables_of(name))
    assert [found.bias, found.se, found.tval, found.pval] == pytest.approx(wanted["coef"], rel=1e-8)
    assert found.other == pytest.approx(wanted["intercept"], rel=1e-8)
    assert found.df == wanted["df"]


def test_tests_leave_out_tables_that_tell_nothing():
    whole = tables_of("nielweise")
    kept = whole.take(~whole.one_sided)
    assert kept.k < whole.k
    assert peters(whole) == peters(kept)
    assert harbord(whole) == harbord(kept)


counts = st.integers(0, 60)
lists = st.integers(1, 8).flatmap(
    lambda k: st.tuples(*[st.lists(st.integers(1, 60), min_size=k, max_size=k)] * 4)
)


@settings(deadline=None)
@given(lists)
def test_exchanging_the_arms_changes_the_sign(cells):
    ai, bi, ci, di = cells
    slab = [str(j) for j in range(len(ai))]
    there, back = Tables(slab, ai, bi, ci, di), Tables(slab, ci, di, ai, bi)
    for measure in ("OR", "RR", "RD"):
        a, b = pool_mantel_haenszel(there, measure), pool_mantel_haenszel(back, measure)
        assert a.mu == pytest.approx(-b.mu, abs=1e-10)
        assert a.se == pytest.approx(b.se, rel=1e-8)
    assert pool_peto(there).mu == pytest.approx(-pool_peto(back).mu, abs=1e-10)


@settings(deadline=None)
@given(lists)
def test_odds_ratios_do_not_care_which_outcome_is_counted(cells):
    ai, bi, ci, di = cells
    slab = [str(j) for j in range(len(ai))]
    events = pool_mantel_haenszel(Tables(slab, ai, bi, ci, di), "OR")
    others = pool_mantel_haenszel(Tables(slab, bi, ai, di, ci), "OR")
    assert events.mu == pytest.approx(-others.mu, abs=1e-10)
    assert events.se == pytest.approx(others.se, rel=1e-8)


@settings(deadline=None)
@given(counts, counts, counts, counts)
def test_any_one_table_has_an_answer_or_a_reason(a, b, c, d):
    for measure in ("OR", "RR", "RD", "PETO"):
        for to in ("only0", "none"):
            # Anything but a MethodError, a numpy warning for one, fails here.
            with contextlib.suppress(MethodError):
                assert from_two_by_two(a, b, c, d, measure, to=to).vi > 0
    if min(a, b, c, d) > 0:
        assert from_two_by_two(a, b, c, d).vi == pytest.approx(1 / a + 1 / b + 1 / c + 1 / d)


def test_route_says_whether_a_correction_was_made():
    assert from_two_by_two(4, 119, 11, 128).route == "two_by_two"
    assert from_two_by_two(0, 119, 11, 128).route == "two_by_two_corrected"
    assert from_two_by_two(0, 119, 11, 128, "PETO").route == "two_by_two_peto"
    assert from_two_by_two(4, 119, 11, 128, to="all").route == "two_by_two_corrected"


def test_double_zero_only_counts_for_the_risk_difference():
    tables = Tables(["A", "B"], [0, 0], [20, 10], [0, 0], [25, 10])
    for call in (
        lambda: pool_mantel_haenszel(tables, "OR"),
        lambda: pool_mantel_haenszel(tables, "RD"),
        lambda: pool_peto(tables),
        lambda: two_by_two_effects(tables, drop00=True),
    ):
        with pytest.raises(MethodError):
            call()
    assert two_by_two_effects(tables).k == 2


def one(a, b, c, d):
    return Tables(["A"], [a], [b], [c], [d])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Tables([], [], [], [], []), "2×2 tables: found none, wanted at least one"),
        (
            lambda: Tables(["A"], [1, 2], [1], [1], [1]),
            "2×2 tables: found 2 counts ai for 1 labels, wanted as many of each",
        ),
        (
            lambda: one(-1, 2, 3, 4),
            "2×2 tables: found counts -1, 2 against 3, 4 for A, wanted none negative",
        ),
        (
            lambda: one(0, 0, 3, 4),
            "2×2 tables: found counts 0, 0 against 3, 4 for A, wanted patients in both arms",
        ),
        (
            lambda: two_by_two_effects(one(1, 2, 3, 4), add=-1),
            "2×2 tables: found add = -1, wanted 0 or more",
        ),
        (
            lambda: two_by_two_effects(one(1, 2, 3, 4), to="some"),
            "2×2 tables: found to = 'some', wanted only0, all, if0all or none",
        ),
        (
            lambda: two_by_two_effects(one(1, 2, 3, 4), "HR"),
            "2×2 tables: found measure 'HR', wanted OR, RR, RD or PETO",
        ),
        (
            lambda: two_by_two_effects(one(0, 2, 3, 4), to="none"),
            "2×2 tables: found counts 0, 2 against 3, 4 for A, wanted no such zero, with which "
            "the OR has no finite variance above 0; a continuity correction gives one",
        ),
        (
            lambda: two_by_two_effects(one(0, 2, 0, 4), drop00=True),
            "2×2 tables: found events in nobody or in everybody throughout, wanted a table that "
            "tells the arms apart",
        ),
        (
            lambda: two_by_two_effects(one(0, 2, 0, 4), "PETO"),
            "Peto: found events in nobody or in everybody for A, wanted both; such a table has "
            "no Peto odds ratio",
        ),
        (
            lambda: pool_peto(one(0, 2, 0, 4)),
            "Peto: found events in nobody or in everybody throughout, wanted a table that tells "
            "the arms apart",
        ),
        (
            lambda: pool_mantel_haenszel(one(0, 2, 3, 4), "OR"),
            "Mantel-Haenszel: found sums of 0 and 0.666667 above and below the line of the OR, "
            "wanted both positive; the pooled OR is not finite",
        ),
        (
            lambda: pool_mantel_haenszel(one(2, 0, 0, 4), "RD"),
            "Mantel-Haenszel: found a variance of 0 for the pooled RD, wanted it positive; every "
            "patient of an arm has the same outcome",
        ),
        (
            lambda: pool_mantel_haenszel(one(1, 2, 3, 4), "HR"),
            "Mantel-Haenszel: found measure 'HR', wanted OR, RR or RD",
        ),
        (
            lambda: harbord(one(1, 2, 3, 4)),
            "Harbord's test: found 1 table with events in some but not all, wanted 3 or more",
        ),
        (
            lambda: peters(one(0, 2, 0, 4)),
            "Peters' test: found 0 tables with events in some but not all, wanted 3 or more",
        ),
        (
            lambda: peters(Tables("ABC", [1, 2, 3], [9, 8, 7], [2, 3, 4], [8, 7, 6])),
            "Peters' test: found tables all alike in what the test regresses on, wanted them "
            "to differ",
        ),
        (
            lambda: harbord(Tables("ABC", [10, 20, 40], [10, 20, 40], [10, 20, 40], [10, 20, 40])),
            "Harbord's test: found tables on one line without scatter, wanted some, since the "
            "standard error is then 0",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(MethodError) as caught:
        call()
    assert str(caught.value) == message
