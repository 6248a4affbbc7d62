"""Every printed number: on its own side, within its rounding, and word for word."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import terms, words
from analysis.records import Design, Method, Origin, Status, Test
from analysis.synthesis import PREDICTIONS
from analysis.words import Keys, Piece, Words

RATIOS = st.floats(min_value=1e-3, max_value=1e5, allow_nan=False)
DIFFERENCES = st.floats(min_value=-1e5, max_value=1e5, allow_nan=False)
NEAR_ONE = st.floats(min_value=0.99, max_value=1.01)


def value_of(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def unit_of(text: str) -> float:
    """The last printed decimal, read off the text."""
    return float(
        Decimal(1).scaleb(Decimal(text.replace(",", "").replace("−", "-")).as_tuple().exponent)
    )


def side(value: float, null: float) -> int:
    return (value > null) - (value < null)


@given(st.one_of(RATIOS, NEAR_ONE))
def test_a_ratio_never_prints_on_the_wrong_side_of_one(value: float) -> None:
    text = str(words.ratio(value))
    if abs(value - 1) > 1e-8:
        assert side(value_of(text), 1.0) == side(value, 1.0)
    assert abs(value_of(text) - value) <= 0.5000001 * unit_of(text) + 1e-12 * value


@given(st.one_of(DIFFERENCES, st.floats(min_value=-0.01, max_value=0.01)))
def test_a_difference_never_prints_on_the_wrong_side_of_zero(value: float) -> None:
    text = str(words.difference(value))
    if abs(value) > 1e-8:
        assert side(value_of(text), 0.0) == side(value, 0.0)
    assert abs(value_of(text) - value) <= 0.5000001 * unit_of(text) + 1e-12 * abs(value)


@given(st.floats(min_value=1e-8, max_value=0.0994), st.sampled_from((-1, 1)))
def test_a_small_difference_has_two_significant_digits(size: float, sign: int) -> None:
    """As Python's own rounding to two digits has them; `.99` of a step is carried over."""
    text = words.difference(sign * size)
    assert value_of(text) == float(f"{sign * size:.1e}")
    assert len(text.replace("−", "").replace(".", "").lstrip("0")) == 2


@given(
    st.one_of(
        st.floats(min_value=0, max_value=1),
        st.floats(min_value=0, max_value=1e-3),
        st.floats(min_value=0, max_value=1e-3).map(lambda one: 1 - one),
    )
)
def test_a_probability_is_certain_only_where_it_is(value: float) -> None:
    text = str(words.probability(value))
    assert (text == "0%") == (value == 0)
    assert (text == "100%") == (value == 1)
    bound = value_of(text.strip("<>%")) / 100
    if text.startswith("<"):
        assert value < bound
    elif text.startswith(">"):
        assert value > bound - 0.0005
    else:
        assert abs(value - bound) <= 0.0005000001


@given(st.floats(min_value=0, max_value=1e3))
def test_a_magnitude_is_nothing_only_where_it_is(value: float) -> None:
    text = str(words.magnitude(value))
    if text == "<0.0001":
        assert 0 < value < 0.0001
        return
    assert (value_of(text) == 0) == (value == 0)
    assert abs(value_of(text) - value) <= 0.5000001 * unit_of(text)
    assert 0 < value < 0.01 or unit_of(text) == 0.01


@given(st.floats(min_value=0.001, max_value=0.99))
def test_a_p_value_never_prints_on_the_wrong_side_of_the_usual_level(value: float) -> None:
    text = str(words.p_number(value))
    assert side(value_of(text), 0.05) == side(value, 0.05) or abs(value - 0.05) < 1e-8
    assert str(words.p(value)) == f"P = {text}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.8913, "0.89"),
        (0.9986, "0.999"),
        (1.0004, "1.0004"),
        (1, "1.00"),
        (0.045, "0.045"),
        (0.0045, "0.0045"),
        (0.00001, "<0.0001"),
        (0.0, "<0.0001"),
        (12.34, "12.3"),
        (123.4, "123"),
        (math.inf, ">1,000,000"),
        (1 + 1e-13, "1.00"),
    ],
)
def test_ratios(value: float, text: str) -> None:
    assert words.ratio(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00"),
        (1.5, "1.50"),
        (-0.12, "−0.12"),
        (0.0996, "0.10"),
        (0.0994, "0.099"),
        (-0.0147, "−0.015"),
        # On both sides of half a hundredth alike: neither jumps to −0.01.
        (-0.00515, "−0.0052"),
        (-0.0049, "−0.0049"),
        (0.00996, "0.010"),
        (0.00061, "0.00061"),
        (0.00072, "0.00072"),
        (-0.00003, "−0.000030"),
        (-4e-10, "0.00"),
        (12.34, "12.3"),
        (-123.4, "−123"),
        (-math.inf, "<−1,000,000"),
    ],
)
def test_differences(value: float, text: str) -> None:
    assert words.difference(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "P < 0.001"),
        (0.00099, "P < 0.001"),
        (0.001, "P = 0.001"),
        (0.047, "P = 0.047"),
        (0.0496, "P = 0.0496"),
        (0.05, "P = 0.050"),
        (0.0504, "P = 0.0504"),
        (0.0996, "P = 0.10"),
        (0.79, "P = 0.79"),
        (0.994, "P = 0.99"),
        (0.995, "P > 0.99"),
        (1, "P > 0.99"),
    ],
)
def test_p_values(value: float, text: str) -> None:
    assert words.p(value) == text
    assert words.p_number(value) == text.removeprefix("P ").removeprefix("= ").replace(" ", "")


@pytest.mark.parametrize(
    ("lb", "ub", "measure", "text"),
    [
        (0.7943, 0.9986, "HR", "0.79–0.999"),
        (-0.12, 0.34, "MD", "−0.12 to 0.34"),
        (-0.34, -0.12, "MD", "−0.34 to −0.12"),
        (0.12, 0.34, "MD", "0.12–0.34"),
        (-0.00515, -0.00212, "RD", "−0.0052 to −0.0021"),
        (-0.0173, 0.0004, "RD", "−0.017 to 0.00040"),
    ],
)
def test_intervals(lb: float, ub: float, measure: str, text: str) -> None:
    assert words.interval(lb, ub, measure) == text


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda: words.percent(47.49), "47.5%"),
        (lambda: words.percent(0.0), "0%"),
        (lambda: words.percent(0.03), "<0.1%"),
        (lambda: words.percent(99.97), ">99.9%"),
        (lambda: words.percent(100.0), "100%"),
        (lambda: words.percent(11.2, decimals=0), "11%"),
        (lambda: words.weight(12.345), "12.3"),
        (lambda: words.tau2(0.0), "0"),
        (lambda: words.tau2(0.00001), "<0.0001"),
        (lambda: words.tau2(0.01634), "0.0163"),
        (lambda: words.tau2(2.312), "2.31"),
        (lambda: words.number(20.951), "20.95"),
        (lambda: words.number(-0.131), "−0.13"),
        (lambda: words.number(-0.001), "0.00"),
        (lambda: words.number(11), "11"),
        (lambda: words.significant(-0.00123456), "−0.00123"),
        (lambda: words.significant(0.0), "0"),
        (lambda: words.significant(1234.5), "1,234"),
        (lambda: words.count(12705), "12,705"),
        (lambda: words.count(1, "study"), "1 study"),
        (lambda: words.count(2, "study"), "2 studies"),
        (lambda: words.count(0, "study"), "0 studies"),
        (lambda: words.count(2, "sensitivity analysis"), "2 sensitivity analyses"),
        (lambda: words.count(2, "study is", plural="studies are"), "2 studies are"),
        (lambda: words.count(None, "study"), "an unreported number of studies"),
        (lambda: words.confidence(0.95), "95%"),
        (lambda: words.confidence(0.995), "99.5%"),
        (lambda: words.fixed("-0.70"), "−0.70"),
        (lambda: words.printed_interval("-0.70", "0.2"), "−0.70 to 0.2"),
        (lambda: words.printed_interval("0.46", "0.9"), "0.46–0.9"),
        (lambda: words.date("2022"), "2022"),
        (lambda: words.date("2022-01"), "January 2022"),
        (lambda: words.date("2022-01-05"), "5 January 2022"),
        (lambda: words.date(None), "not reported"),
        (lambda: words.years("2003-05", "2007"), "2003–2007"),
        (lambda: words.years("2003", "2003"), "2003"),
        (lambda: words.years("2003", None), "from 2003"),
        (lambda: words.years(None, "2007"), "until 2007"),
        (lambda: words.years(None, None), "not reported"),
        (lambda: words.series(["a"]), "a"),
        (lambda: words.series(["a", "b"]), "a and b"),
        (lambda: words.series(["a", "b", "c"], "or"), "a, b or c"),
        (lambda: words.null_phrase(0.7, 0.9, "HR"), "lies wholly below the null"),
        (lambda: words.null_phrase(1.1, 1.9, "HR"), "lies wholly above the null"),
        (lambda: words.null_phrase(0.1, 0.9, "MD"), "lies wholly above the null"),
        (lambda: words.null_phrase(1.0, 1.9, "HR"), "includes the null"),
        (lambda: words.null_phrase(0.7, 0.9, "HR", "for A", "for B"), "excludes the null for A"),
        (lambda: words.null_phrase(1.1, 1.9, "HR", "for A", "for B"), "excludes the null for B"),
        (lambda: words.null_phrase(0.7, 1.9, "HR", "for A", "for B"), "includes the null"),
        (lambda: words.null_phrase(1.1, 1.9, "HR", "for A"), "lies wholly above the null"),
        (lambda: words.null_phrase(-0.7, 0.9, "MD"), "includes the null"),
        (lambda: words.by_null(0.7, 0.9, "HR", "less", "more", "unsure"), "less"),
        (lambda: words.by_null(1.1, 1.9, "HR", "less", "more", "unsure"), "more"),
        (lambda: words.by_null(0.7, 1.0, "HR", "less", "more", "unsure"), "unsure"),
        (lambda: words.by_null(0.1, 0.9, "MD", "less", "more", "unsure"), "more"),
        (lambda: words.by_null(-0.9, -0.1, "MD", "less", "more", "unsure"), "less"),
        (lambda: words.model("EE", "z"), "common-effect model (Wald interval)"),
        (
            lambda: words.model("EE", "z", "mantel_haenszel"),
            "common-effect model (Mantel-Haenszel, Wald interval)",
        ),
        (lambda: words.model_short("EE", "z", "peto"), "Common effect, Peto, Wald"),
        (lambda: words.model_short("REML", "knha"), "REML, Hartung-Knapp"),
        (lambda: words.known(None), "not reported"),
        (lambda: words.known("Korea"), "Korea"),
    ],
)
def test_words_and_numbers(made: object, text: str) -> None:
    assert made() == text  # type: ignore[operator]


@pytest.mark.parametrize(
    ("lb", "ub", "measure", "text"),
    [
        (0.795, 0.9986, "HR", "compatible with a reduction of 0.1% to 20%"),
        (1.1, 2.5, "OR", "compatible with an increase of 10% to 150%"),
        (
            0.771,
            1.029,
            "HR",
            "compatible with no difference, with a reduction of up to 23% and with an increase "
            "of up to 3%",
        ),
        (0.771, 1.0, "HR", "compatible with no difference and with a reduction of up to 23%"),
        (1.0, 1.0, "HR", "compatible with no difference"),
        (0.001, 0.5, "RR", "compatible with a reduction of 50% to >99%"),
        (0.004, 0.5, "RR", "compatible with a reduction of 50% to >99%"),
        (0.006, 0.5, "RR", "compatible with a reduction of 50% to 99%"),
        (0.0, 0.5, "RR", "compatible with a reduction of 50% to 100%"),
        (2.0, 1e300, "OR", "compatible with an increase of 100% to >1,000,000%"),
        (0.9959, 0.9996, "HR", "compatible with a reduction of 0.04% to 0.4%"),
        (-0.3, -0.1, "MD", "compatible with differences of −0.30 to −0.10"),
        (-0.3, 0.1, "MD", "compatible with no difference and with differences of −0.30 to 0.10"),
    ],
)
def test_what_an_interval_is_compatible_with(lb: float, ub: float, measure: str, text: str) -> None:
    assert words.compatible_with(lb, ub, measure) == text


def test_an_estimate_carries_the_finding_of_each_of_its_numbers() -> None:
    made = words.estimate(0.8913, 0.7943, 0.9986, "HR", 0.95, 0.0470, Keys.under("os"))
    assert made == "HR 0.89 (95% CI 0.79–0.999; P = 0.047)"
    assert made.keys == ("os.est", "os.level", "os.est_lb", "os.est_ub", "os.pval")
    assert made.markdown.replace("\N{NO-BREAK SPACE}", " ") == (
        'HR [0.89]{.num key="os.est"} ([95%]{.num key="os.level"} CI [0.79]{.num key="os.est_lb"}'
        '–[0.999]{.num key="os.est_ub"}; P = [0.047]{.num key="os.pval"})'
    )
    assert words.estimate(0.5, -1.0, 2.0, "GEN") == "0.50 (95% CI −1.00 to 2.00)"
    assert words.estimate_cell(0.5, 0.4, 0.6, "HR").keys == ()


def test_words_join_and_keep_their_keys() -> None:
    made = Words("a ", Words(Piece("1", "x.y")), Piece(" b"))
    assert made == "a 1 b"
    assert made.keys == ("x.y",)
    assert Words(Piece("<0.001", "os.pval")).markdown == r'[\<0.001]{.num key="os.pval"}'


@pytest.mark.parametrize(
    ("made", "kind", "message"),
    [
        (
            lambda: words.ratio(math.nan),
            ValueError,
            "found a value that is not a number (NaN), wanted a number",
        ),
        (lambda: words.ratio(None), TypeError, "found None, wanted a number"),  # type: ignore[arg-type]
        (lambda: words.ratio(True), TypeError, "found True, wanted a number"),
        (lambda: words.ratio(-0.5), ValueError, "ratio: found -0.5, wanted 0 or more"),
        (lambda: words.p(1.2), ValueError, "p: found 1.2, wanted 0 to 1"),
        (lambda: words.percent(-3.0), ValueError, "percent: found -3.0, wanted 0 to 100"),
        (lambda: words.magnitude(-0.1), ValueError, "magnitude: found -0.1, wanted 0 or more"),
        (lambda: words.probability(98.8), ValueError, "probability: found 98.8, wanted 0 to 1"),
        (lambda: words.tau2(-0.1), ValueError, "tau2: found -0.1, wanted 0 or more"),
        (
            lambda: words.interval(2.0, 1.0, "HR"),
            ValueError,
            "interval: found 2.0 to 1.0, wanted the lower bound first",
        ),
        (
            lambda: words.compatible_with(2.0, 1.0, "HR"),
            ValueError,
            "interval: found 2.0 to 1.0, wanted the lower bound first",
        ),
        (
            lambda: words.count(-1),
            ValueError,
            "count: found -1, wanted a whole number of 0 or more",
        ),
        (
            lambda: words.count(1.5),  # type: ignore[arg-type]
            ValueError,
            "count: found 1.5, wanted a whole number of 0 or more",
        ),
        (
            lambda: words.confidence(95.0),
            ValueError,
            "level: found 95.0, wanted one between 0 and 1",
        ),
        (lambda: words.series([]), ValueError, "series: found nothing to list"),
    ],
)
def test_what_no_format_takes(made: object, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        made()  # type: ignore[operator]
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("allowed", "known"),
    [
        (get_args(Method), terms.METHODS),
        (get_args(Method), terms.METHODS_SHORT),
        (get_args(Test), terms.TESTS),
        (PREDICTIONS, terms.PREDICTIONS),
        (get_args(Design), terms.DESIGNS),
        (get_args(Origin), terms.ORIGINS),
        (get_args(Status), terms.STATUSES),
    ],
)
def test_every_name_of_the_data_format_has_its_term(
    allowed: tuple[str, ...], known: dict[str, str]
) -> None:
    assert set(allowed) == set(known)


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("study", "studies"),
        ("day", "days"),
        ("analysis", "analyses"),
        ("arm", "arms"),
        ("randomised trial", "randomised trials"),
        ("woman", "women"),
        ("box", "boxes"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert terms.plural_of(one) == many


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("women in need", "Women in need"),
        ("études", "Études"),
        ("τ² by REML", "τ² by REML"),
        ("γυναίκες", "Γυναίκες"),
        ("DFS", "DFS"),
        ("95% interval", "95% interval"),
        ("", ""),
    ],
)
def test_a_capital_makes_no_symbol_another(text: str, said: str) -> None:
    assert terms.capitalised(text) == said


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("Overall survival", "overall survival"),
        ("All-cause mortality", "all-cause mortality"),
        ("Événements", "événements"),
        ("HDL cholesterol", "HDL cholesterol"),
        ("HbA1c", "HbA1c"),
        ("PaO2 at entry", "PaO2 at entry"),
        ("C-reactive protein", "C-reactive protein"),
        ("T cells", "T cells"),
        ("A randomised trial", "a randomised trial"),
        ("N0", "N0"),
        ("6-minute walk", "6-minute walk"),
        ("Crohn’s disease", "Crohn’s disease"),
        ("Hamilton score", "Hamilton score"),
        ("Hamiltonian", "hamiltonian"),
        ("already small", "already small"),
        ("", ""),
    ],
)
def test_a_label_within_a_sentence(label: str, wanted: str) -> None:
    assert words.within(label, ("Hamilton",)) == wanted
