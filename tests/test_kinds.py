"""What kind of number a name stands for, and the formats that would print it as another."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from analysis.formats import FORMATS
from analysis.kinds import ANY, PERCENTAGE, PRINTED_AS, PVALUE, named_kind
from analysis.meanings import MEANINGS
from analysis.plan import find
from tests.manuscripts import body, outcome, problems
from tests.method_reviews import plan, prior, review, several_plan


@cache
def reviewed() -> dict[str, Any]:
    """A ratio, a difference and an effect of no kind, each pooled, and a Bayesian model."""
    scores = plan("any_effect", "score", several=several_plan("composite"))
    made = review(plan("odds", bayes=(prior(),)), plan("points", "tb_rd"), scores)
    return {"review": made, "findings": find(made)}


def told(expression: str) -> list[str]:
    return [one.split(": ", 1)[1] for one in problems(f"{{{{ {expression} }}}}", **reviewed())]


@pytest.mark.parametrize(
    ("path", "format_", "found", "shown", "wanted"),
    [
        ("odds.est", "p", "an effect (OR)", "a P value", "ratio"),
        ("odds.est_lb", "percent", "an effect (OR)", "a percentage", "ratio"),
        ("odds.pi_est_ub", "level", "an effect (OR)", "a level of confidence", "ratio"),
        ("odds.rows.s00.ub", "p", "an effect (OR)", "a P value", "ratio"),
        ("odds.bayes.p.est", "tau2", "an effect (OR)", "a variance", "ratio"),
        ("points.est", "ratio", "an effect (RD)", "a ratio", "effect"),
        ("points.mu", "ratio", "an effect (RD)", "a ratio", "effect"),
        ("any_effect.est", "p", "an effect (GEN)", "a P value", "effect"),
        ("odds.pval", "ratio", "a P value", "a ratio", "p"),
        ("odds.qe_pval", "percent", "a P value", "a percentage", "p"),
        ("odds.pval", "effect", "a P value", "an effect on the printed scale", "p"),
        ("odds.i2", "ratio", "a percentage", "a ratio", "percent"),
        ("odds.i2_ub", "p_number", "a percentage", "a P value", "percent"),
        ("odds.rows.s00.weight", "p", "a percentage", "a P value", "percent"),
        ("odds.reduction", "ratio", "a percentage", "a ratio", "percent"),
        ("odds.tau2", "percent", "a variance", "a percentage", "tau2"),
        ("odds.tau2_ub", "p", "a variance", "a P value", "tau2"),
        ("odds.level", "percent", "a level of confidence", "a percentage", "level"),
        ("odds.k", "percent", "a count", "a percentage", "count"),
        ("counts.studies", "ratio", "a count", "a ratio", "count"),
        ("counts.designs.randomised_trial", "p", "a count", "a P value", "count"),
        ("odds.qe", "ratio", "a statistic", "a ratio", "number"),
        ("odds.bayes.p.p_benefit", "p", "a proportion", "a P value", "number"),
        ("odds.bayes.p.p_benefit", "percent", "a proportion", "a percentage", "number"),
        (
            "odds.mu",
            "effect",
            "an effect on the analysis scale",
            "an effect on the printed scale",
            "number",
        ),
    ],
)
def test_a_format_that_would_print_another_kind(
    path: str, format_: str, found: str, shown: str, wanted: str
) -> None:
    said = f"found {path} | {format_}, which prints {found} as {shown}, wanted {path} | {wanted}"
    assert told(f"{path} | {format_}") == [said]
    # So it is where a path hangs on a variable, which is known as it prints.
    assert told(f'found("{path}") | {format_}') == [said]
    assert body(f"{{{{ {path} | {wanted} }}}}", **reviewed())


@pytest.mark.parametrize(
    "expression",
    [
        "points.est | effect",
        "points.mu | effect",
        "any_effect.est | ratio",
        "odds.est | effect",
        "odds.est | number",
        "odds.pval | significant",
        "odds.bayes.p.p_benefit | level",
        "odds.h2 | number",
        "odds.qe_df | number",
        "odds.qe_df | count",
    ],
)
def test_formats_that_suit_or_say_nothing(expression: str) -> None:
    assert body(f"{{{{ {expression} }}}}", **reviewed())


def test_the_line_of_a_format_that_does_not_suit_whether_or_not_it_prints() -> None:
    text = "a\n\n{% if odds %}b\n{{ odds.est | p }}{% else %}\n{{ odds.k | p }}{% endif %}"
    claims = [outcome("one", holds=True, text="So.", otherwise="{{ odds.pval | ratio }}")]
    found = problems(f'{text}{{{{ claim("one") }}}}', claims=claims, **reviewed())
    assert [one.split(": found ")[0] for one in found] == [
        "data/claims.yml:3 claim one (not printed now):1",
        "review.qmd:4",
        "review.qmd:5",
    ]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("odds.k | heterogeneity", "odds.k, which has no test of heterogeneity"),
        ("odds.rows.s00 | heterogeneity", "odds.rows.s00, which has no test of heterogeneity"),
        ("odds.est | prediction", "odds.est, which has no prediction interval"),
        ("odds.rows.s00 | prediction", "odds.rows.s00, which has no prediction interval"),
    ],
)
def test_what_only_a_pool_has(expression: str, said: str) -> None:
    assert told(expression) == [f"found {said}, wanted an analysis or a group"]


def test_names_are_of_the_kind_that_their_meaning_says() -> None:
    words = {PVALUE: "P value", PERCENTAGE: "percent"}
    for kind, word in words.items():
        names = {name for name, meaning in MEANINGS.items() if word in meaning}
        assert len(names) > 1
        assert {name for name in names if named_kind(name) != kind} == set()


def test_the_example_of_each_format_suits_it() -> None:
    for format_ in PRINTED_AS:
        name = re.match(r"`[\w.]+\.(\w+) \| ", FORMATS[format_].__doc__ or "")
        kind = named_kind(name[1]) if name else None
        assert kind is not None
        assert format_ in kind.formats
    assert set(ANY).isdisjoint(PRINTED_AS)
