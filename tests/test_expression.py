"""The language of conditions: what it accepts, refuses, and answers."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.conditions import judge_condition
from analysis.expression import DEEPEST, LONGEST, ExpressionError, parse
from analysis.findings import Findings
from analysis.verdicts import Found, Verdict
from tests.small_findings import analysis, findings, step, synthesis

FINDINGS = findings()


def judge(text: str, found: Findings = FINDINGS) -> Verdict:
    return judge_condition(parse(text), found)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("os.est_ub < 1", True),
        ("os.est_ub >= 1", False),
        ("1 > os.est_ub", True),
        ("os.k == 3", True),
        ("os.k != 3", False),
        ("os.est < 1 and os.i2_q > 50", False),
        ("os.est > 1 or os.i2_q > 45", True),
        # `and` binds closer than `or`, `not` closer than `and`.
        ("os.k == 3 or os.k == 4 and os.k == 5", True),
        ("(os.k == 3 or os.k == 4) and os.k == 5", False),
        ("not os.k == 4 and os.k == 3", True),
        ("not not os.k == 3", True),
        ("os.excludes_null", True),
        ("not os.methods_agree", True),
        ("all(os.leave_one_out, est_ub < 1.05)", True),
        ("all(os.leave_one_out, est_ub < 1)", False),
        ("any(os.leave_one_out, excludes_null)", True),
        ("count(os.leave_one_out) == 3", True),
        ("count(os.leave_one_out, not excludes_null) == 2", True),
        ("max(os.leave_one_out, i2_q) == 55", True),
        ("min(os.leave_one_out, i2_q) < 10", True),
        ("min(os.est, os.est_lb, 0.7) < 0.75", True),
        ("max(os.i2_q, 60) == 60", True),
        ("os.est_ub < min(1, 2)", True),
        ("os.i2_q > max(40, 50)", False),
        ("abs(md.est) > 1", True),
        ("md.ci_ub < 0", True),
        ("md.mu < -1", True),
        ("os.ci_ub < 0", True),
        ("counts.designs.randomised_trial >= 1", True),
        ("count(counts.designs) == 2", True),
        ("all(os.subgroups.nodal.groups, est > 1)", True),
        ("os.subgroups.nodal.groups.n0.est > 1", True),
        ("os.leave_one_out.beta.est_ub < 1", True),
        ("os.regressions.nodal.coefficients.n0.est_ub < 1", True),
        ("os.regressions.nodal.coefficients.n0.b < 0", True),
        ("pools.n1.ub < 1", True),
        # Inside, what the element lacks is looked up among the findings.
        ("any(os.leave_one_out, est > os.est)", True),
        ("any(os.leave_one_out, any(os.rows, est > 2) or k == 2)", True),
        # Each has est: that of the rows, 0.8, stands nearest, those of the omissions are higher.
        ("all(os.leave_one_out, all(os.rows, est < 0.85))", True),
        ("  os.k==3  ", True),
    ],
)
def test_holds(text: str, holds: bool) -> None:
    assert judge(text).holds is holds


@pytest.mark.parametrize(
    ("text", "margin"),
    [
        ("os.est_ub < 1", -math.log(0.99)),
        ("os.est_ub > 1", math.log(0.99)),
        ("1 >= os.est_ub", -math.log(0.99)),
        ("os.est_ub < 0.99", 0.0),
        ("os.i2_q < 50", 2.5),
        ("md.est < -1", 0.5),
        ("md.ci_ub < 0", 0.5),
        ("os.k == 3", 0.0),
        ("os.k == 5", -2.0),
        ("os.k != 5", 2.0),
        ("not os.i2_q < 50", -2.5),
        ("os.i2_q < 50 and os.k < 4", 1.0),
        ("os.i2_q < 50 or os.k < 4", 2.5),
        ("os.i2_q > 50 and os.k < 4", -2.5),
        ("os.i2_q > 50 or os.k > 4", -1.0),
        ("all(os.leave_one_out, i2_q < 60)", 5.0),
        ("any(os.leave_one_out, i2_q < 60)", 52.0),
        ("count(os.leave_one_out, not excludes_null) > 0", 2.0),
        ("max(os.leave_one_out, est_ub) < 1.1", math.log(1.1 / 1.02)),
        ("os.est_ub < max(1, 2)", math.log(2 / 0.99)),
        # A yes or no has no distance: none where it decides, that of the rest where it does not.
        ("not os.methods_agree", None),
        ("not os.methods_agree and os.k < 4", 1.0),
        ("os.methods_agree and os.k < 4", None),
        ("os.methods_agree or os.k < 4", 1.0),
        ("not os.methods_agree or os.k < 4", None),
    ],
)
def test_margin(text: str, margin: float | None) -> None:
    assert judge(text).margin == (margin if margin is None else pytest.approx(margin, abs=1e-15))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("os.est_ub < 1", ("os.est_ub = 0.99",)),
        ("os.est_ub < 1 and os.k > 5", ("os.k = 3",)),
        ("os.est_ub < 1 and os.k > 2", ("os.est_ub = 0.99", "os.k = 3")),
        ("os.est_ub > 1 or os.k > 2", ("os.k = 3",)),
        (
            "all(os.leave_one_out, est_ub < 1)",
            ("os.leave_one_out.alpha.est_ub = 1.02", "os.leave_one_out.gamma.est_ub = 1.01"),
        ),
        (
            "count(os.leave_one_out, not excludes_null) > 6",
            ("count(os.leave_one_out, not excludes_null) = 2",),
        ),
        ("max(os.leave_one_out, i2_q) < 50", ("max(os.leave_one_out, i2_q) = 55",)),
        ("os.methods_agree", ("os.methods_agree = false",)),
        ("os.k > 2 and os.k < 9", ("os.k = 3",)),
        ("md.est < abs(-1)", ("md.est = -1.5",)),
    ],
)
def test_found(text: str, found: tuple[str, ...]) -> None:
    assert tuple(map(str, judge(text).found)) == found


# Of one omission.
FIELDS = "at, est, est_lb, est_ub, excludes_null, i2, i2_q, k, label, pval, study, tau2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1 of '': found the end, wanted a finding, a number, not, ( or one of: "
         "abs, all, any, count, max, min"),
        ("os.k ==", "column 8 of 'os.k ==': found the end, wanted a finding, a number, not, ( or "
         "one of: abs, all, any, count, max, min"),
        ("os.k = 3", "column 6 of 'os.k = 3': found '=', wanted =="),
        ("os.k === 3", "column 6 of 'os.k === 3': found '===', wanted =="),
        ("os.k => 3", "column 6 of 'os.k => 3': found '=>', wanted >="),
        ("os.k ≤ 3", "column 6 of 'os.k ≤ 3': found '≤', wanted <="),
        ("os.k ≠ 3", "column 6 of 'os.k ≠ 3': found '≠', wanted !="),
        ("os.mu < −3", "column 9 of 'os.mu < −3': found '−', wanted -"),
        ("os.k > 1 && os.k < 3", "column 10 of 'os.k > 1 && os.k < 3': found '&&', wanted and"),
        ("!os.excludes_null", "column 1 of '!os.excludes_null': found '!', wanted not"),
        ("os.k > 1 AND os.k < 3", "column 10 of 'os.k > 1 AND os.k < 3': found 'AND', wanted small "
         "letters: and"),
        ("OS.k > 1", "column 1 of 'OS.k > 1': found 'OS.k', wanted small letters: os.k"),
        ("os.I2 > 50", "column 1 of 'os.I2 > 50': found 'os.I2', wanted small letters: os.i2"),
        ("os.est_ub < 0,9", "column 13 of 'os.est_ub < 0,9': found '0,9', wanted a decimal point: "
         "0.9"),
        ("os.k > 1, 5", "column 9 of 'os.k > 1, 5': found ',', wanted the end, or one of: and, or, "
         "< <= > >= == !="),
        ("os.i2 > 50%", "column 11 of 'os.i2 > 50%': found '%', wanted a finding, a number, "
         "< <= > >= == !=, and, or, not, or ( )"),
        ("os.k > 3 os", "column 10 of 'os.k > 3 os': found 'os', wanted the end, or one of: "
         "and, or, < <= > >= == !="),
        ("1 < os.k < 3", "column 10 of '1 < os.k < 3': found '<', wanted one comparison at a "
         "time, joined by and"),
        ("(os.k > 3", "column 10 of '(os.k > 3': found the end, wanted one of: and, or, "
         "< <= > >= == !=, )"),
        ("os.k > -os.k", "column 9 of 'os.k > -os.k': found 'os.k', wanted a number after -"),
        ("os.k + 1 > 3", "column 6 of 'os.k + 1 > 3': found '+', wanted a finding, a number, "
         "< <= > >= == !=, and, or, not, or ( )"),
        ("count", "column 6 of 'count': found the end, wanted ( after count"),
        ("max(os.k > 2", "column 13 of 'max(os.k > 2': found the end, wanted a comma or )"),
        ("all(os.rows)", "column 1 of 'all(os.rows)': found all(os.rows), wanted "
         "all(collection, condition)"),
        ("max(os.k) > 2", "column 1 of 'max(os.k) > 2': found max(os.k), wanted "
         "max(collection, number) or max(number, number)"),
        ("count(os.rows, k > 1, k > 2) > 1", "column 1 of 'count(os.rows, k > 1, k > 2) > 1': "
         "found count(os.rows, k > 1, k > 2), wanted count(collection) or "
         "count(collection, condition)"),
        ("abs(os.k, 1) > 2", "column 1 of 'abs(os.k, 1) > 2': found abs(os.k, 1), wanted "
         "abs(number)"),
        ("1 < 2", "column 1 of '1 < 2': found no finding, wanted a condition on at least one"),
        ("__import__('os')", "column 1 of \"__import__('os')\": found '_', wanted a finding, a "
         "number, < <= > >= == !=, and, or, not, or ( )"),
    ],
)  # fmt: skip
def test_does_not_read(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dfs.est < 1", "column 1 of 'dfs.est < 1': found no finding dfs, wanted one of: absolute, "
         "certainty, counts, flow, md, os, pools"),
        ("counts.designs.cohort > 1", "column 1 of 'counts.designs.cohort > 1': found no finding "
         "counts.designs.cohort, wanted one of: randomised_trial, retrospective_cohort"),
        ("all(os.leave_one_out, upper < 1)", "column 23 of 'all(os.leave_one_out, upper < 1)': "
         f"found no finding os.leave_one_out.alpha.upper, wanted one of: {FIELDS}"),
        ("os.pi_est_ub < 1", "column 1 of 'os.pi_est_ub < 1': found no value of os.pi_est_ub "
         "(not defined, or unknown), wanted one"),
        ("os.k > 1 or os.pi_est_ub < 1", "column 13 of 'os.k > 1 or os.pi_est_ub < 1': found no "
         "value of os.pi_est_ub (not defined, or unknown), wanted one"),
        ("os.excludes_null == 1", "column 1 of 'os.excludes_null == 1': found os.excludes_null, "
         "which is true or false, wanted a number"),
        ("(os.k > 1) > 1", "column 2 of '(os.k > 1) > 1': found os.k > 1, which is true or false, "
         "wanted a number"),
        ("os.title > 1", "column 1 of 'os.title > 1': found os.title, a text, wanted a number"),
        ("os > 1", "column 1 of 'os > 1': found os, a group of findings, wanted a number"),
        ("os.leave_one_out > 1", "column 1 of 'os.leave_one_out > 1': found os.leave_one_out, a "
         "collection, wanted a number"),
        ("pools.n1.lb > 0", "column 1 of 'pools.n1.lb > 0': found pools.n1.lb, a ratio, compared "
         "with 0, wanted a number above 0 (no effect is 1)"),
        ("any(os.regressions.nodal.coefficients, b > 1)", "column 40 of "
         "'any(os.regressions.nodal.coefficients, b > 1)': found "
         "os.regressions.nodal.coefficients.n0.b, a logarithm, compared with 1, wanted 0, or the "
         "ratio itself: os.regressions.nodal.coefficients.n0.est"),
        ("os.k", "column 1 of 'os.k': found os.k, a number, wanted what is true or false"),
        ("os.k > 1 and 5", "column 14 of 'os.k > 1 and 5': found 5, a number, wanted a comparison"),
        ("max(os.k, 5)", "column 1 of 'max(os.k, 5)': found max(os.k, 5), a number, wanted a "
         "comparison"),
        ("os.ci_ub < 1", "column 1 of 'os.ci_ub < 1': found os.ci_ub, a logarithm, compared with "
         "1, wanted 0, or the ratio itself: os.est_ub"),
        ("os.pi_lb < 1", "column 1 of 'os.pi_lb < 1': found os.pi_lb, a logarithm, compared with "
         "1, wanted 0, or the ratio itself: os.pi_est_lb"),
        ("os.pi_ub < 1", "column 1 of 'os.pi_ub < 1': found os.pi_ub, a logarithm, compared with "
         "1, wanted 0, or the ratio itself: os.pi_est_ub"),
        ("0.2 < os.mu", "column 7 of '0.2 < os.mu': found os.mu, a logarithm, compared with 0.2, "
         "wanted 0, or the ratio itself: os.est"),
        ("os.mu < os.ci_ub", "column 1 of 'os.mu < os.ci_ub': found os.mu, a logarithm, compared "
         "with os.ci_ub, wanted 0, or the ratio itself: os.est"),
        ("abs(os.mu) < 1", "column 1 of 'abs(os.mu) < 1': found abs(os.mu), a logarithm, compared "
         "with 1, wanted 0, or the ratio itself: a field est"),
        ("any(os.rows, yi < 1)", "column 14 of 'any(os.rows, yi < 1)': found os.rows.alpha.yi, a "
         "logarithm, compared with 1, wanted 0, or the ratio itself: os.rows.alpha.est"),
        ("os.est_ub < 0", "column 1 of 'os.est_ub < 0': found os.est_ub, a ratio, compared with 0, "
         "wanted a number above 0 (no effect is 1)"),
        ("os.est > -1", "column 1 of 'os.est > -1': found os.est, a ratio, compared with -1, "
         "wanted a number above 0 (no effect is 1)"),
        ("os.est < os.i2_q", "column 1 of 'os.est < os.i2_q': found os.est, a ratio, compared with "
         "os.i2_q, wanted another ratio, or a number"),
        ("max(os.est, os.i2_q) > 1", "column 1 of 'max(os.est, os.i2_q) > 1': found "
         "max(os.est, os.i2_q), of numbers on different scales, wanted numbers on one scale"),
        ("max(os.rows, est, 1) > 1", "column 1 of 'max(os.rows, est, 1) > 1': found "
         "max(os.rows, est, 1), wanted max(collection, number)"),
        ("all(os.est, k > 1)", "column 5 of 'all(os.est, k > 1)': found os.est, a number, wanted a "
         "collection"),
        ("all(5, os.k > 1)", "column 5 of 'all(5, os.k > 1)': found 5, wanted a collection, as "
         "os.leave_one_out"),
        ("all(md.leave_one_out, est < 1)", "column 5 of 'all(md.leave_one_out, est < 1)': found "
         "md.leave_one_out, which is empty, wanted at least one element"),
        ("count(md.leave_one_out, est < 1) == 0", "column 7 of "
         "'count(md.leave_one_out, est < 1) == 0': found md.leave_one_out, which is empty, wanted "
         "at least one element"),
    ],
)  # fmt: skip
def test_has_no_answer(text: str, message: str) -> None:
    expression = parse(text)
    with pytest.raises(ExpressionError) as error:
        judge_condition(expression, FINDINGS)
    assert str(error.value) == message


def test_a_ratio_of_zero_is_as_far_from_another_as_can_be() -> None:
    found = findings(x=analysis("x", synthesis(est_lb=0.0)))
    assert judge("x.est_lb < 1", found).margin == math.inf
    assert judge("x.est_lb > 1", found).margin == -math.inf


def test_nothing_compares_with_nan() -> None:
    found = findings(nan=analysis("nan", synthesis(qe=math.nan)))
    with pytest.raises(ExpressionError) as error:
        judge("nan.qe > 1 or nan.k == 3", found)
    assert str(error.value) == (
        "column 1 of 'nan.qe > 1 or nan.k == 3': found nan.qe, which is not a number (NaN), "
        "wanted a number"
    )


def test_two_rows_of_one_study_are_not_counted_as_one() -> None:
    twice = (step("alpha", 0.9, 0.99, 1.0), step("alpha", 0.9, 1.99, 1.0))
    found = findings(x=replace(analysis("x", synthesis()), leave_one_out=twice))
    with pytest.raises(ExpressionError) as error:
        judge("count(x.leave_one_out) == 1", found)
    assert str(error.value) == (
        "column 7 of 'count(x.leave_one_out) == 1': found x.leave_one_out with two rows of one "
        "study, wanted one row a study"
    )


def test_size_is_bounded() -> None:
    with pytest.raises(ExpressionError) as error:
        parse("os.k > 1" + " " * LONGEST)
    assert str(error.value) == "found a condition of 1008 characters, wanted at most 1000"
    for deep in ("(" * (DEEPEST + 1), "not " * (DEEPEST + 1), "abs(" * (DEEPEST + 1)):
        with pytest.raises(ExpressionError, match="at most 40 levels of parentheses and not"):
            parse(deep)
    assert judge("(" * DEEPEST + "os.k > 1" + ")" * DEEPEST).holds
    assert judge("os.k > 1".ljust(LONGEST)).holds
    # What stands side by side is not deep.
    for part in ("(os.k > 1)", "not os.k > 9", "abs(os.k) > 1"):
        assert judge(" and ".join([part] * (DEEPEST + 1))).holds


@given(st.text(alphabet="os.k() <>=!andortcul,1-\t\n'é", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    # Any other error than the language's own, an endless recursion among them, fails here.
    with suppress(ExpressionError):
        judge(text)


COMPARISONS = st.builds(
    "{} {} {}".format,
    st.sampled_from(["os.i2_q", "os.k", "md.est", "counts.studies"]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.integers(-5, 60),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)


@given(CONDITIONS)
def test_agrees_with_python_and_its_margin_has_the_sign_of_the_answer(text: str) -> None:
    verdict = judge(text)
    python = text
    for name in ("os.i2_q", "os.k", "md.est", "counts.studies"):
        python = python.replace(name, repr(FINDINGS.value(name)))
    assert verdict.holds == eval(python, {"__builtins__": {}})
    assert verdict.margin is not None
    assert verdict.margin >= 0 if verdict.holds else verdict.margin <= 0


@given(CONDITIONS, CONDITIONS)
def test_de_morgan(a: str, b: str) -> None:
    one, other = judge(f"not ({a} and {b})"), judge(f"not ({a}) or not ({b})")
    assert (one.holds, one.margin) == (other.holds, other.margin)


def test_a_value_reads_as_it_is() -> None:
    assert str(Found("os.excludes_null", True)) == "os.excludes_null = true"
    assert str(Found("os.est_ub", 0.99861234)) == "os.est_ub = 0.998612"
