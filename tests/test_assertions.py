"""Sentences that say what an arm does to an outcome, with no claim behind them: warned of."""

from __future__ import annotations

import pytest

from analysis.assertions import ASIDE, assertions, topics_of
from tests.manuscripts import outcome, tiny, written


def found(text: str) -> list[str]:
    """The sentences of a text on BCG vaccine and tuberculosis (TB)."""
    return [sentence for _, sentence in assertions(text, topics_of(tiny()[0].plan))]


@pytest.mark.parametrize(
    "sentence",
    [
        "BCG vaccine prevents tuberculosis.",
        "BCG prevents TB.",
        "BCG did not reduce the risk of tuberculosis.",
        "Tuberculosis was markedly less severe and was higher without BCG.",
        "Fewer cases of tuberculosis occurred with BCG.",
        "There is no difference in tuberculosis between BCG vaccine and no vaccine.",
        "BCG has no effect on TB.",
    ],
)
def test_what_an_arm_does_to_an_outcome(sentence: str) -> None:
    assert found(sentence) == [sentence]
    assert found(f"Before it. {sentence} Behind it.") == [sentence]


@pytest.mark.parametrize(
    "sentence",
    [
        # Of other things, or of no effect.
        "Trials of BCG vaccine counted cases of tuberculosis.",
        "BCG vaccine lowers cholesterol.",
        "Poverty increases the risk of tuberculosis.",
        "People at higher risk of tuberculosis were given BCG.",
        "Any benefit of BCG against tuberculosis is weighed against its harms.",
        "BCG is given to prevent tuberculosis.",
        # Asked, supposed, or said by others.
        "Whether BCG prevents tuberculosis is the question of this review.",
        "If BCG prevents tuberculosis, trials near the equator differ.",
        "BCG may prevent tuberculosis.",
        "It is uncertain that BCG reduces tuberculosis.",
        "Does BCG prevent tuberculosis?",
        "The article concluded that BCG prevents tuberculosis.",
        f"BCG prevents tuberculosis {ASIDE}.",
    ],
)
def test_what_asserts_nothing_or_says_who_does(sentence: str) -> None:
    assert found(sentence) == []


def test_an_abbreviation_is_written_as_it_is_and_other_names_in_either_case() -> None:
    assert found("Bcg prevents tuberculosis.") == []
    assert found("bcg VACCINE prevents Tuberculosis.") == []
    assert found("BCG vaccine prevents\ntuberculosis.") == ["BCG vaccine prevents\ntuberculosis."]


def test_without_arms_nobody_does_anything() -> None:
    """A review of one group, as of proportions, compares nothing."""
    plan = tiny()[0].plan.model_copy(update={"arms": ()})
    assert list(assertions("Tuberculosis was lower in later years.", topics_of(plan))) == []


TEXT = """\
---
kicker: K
---

# Discussion

Trials were few. BCG vaccine
prevents *tuberculosis* ({{ tb | estimate }}). {{ claim("one") }}

{% if tb %}
BCG reduces TB[^n]. [BCG reduces TB]{.fixed reason="a quotation"}.
{% endif %}

{% if tb.excludes_null %}
BCG reduces TB.
{% else %}
BCG does not reduce TB.
{% endif %}

- BCG reduces TB [@aronson1948].
- No vaccine increased TB.

[^n]: A note.
"""


def test_the_line_of_a_sentence_under_no_condition_on_the_evidence() -> None:
    claims = [outcome("one", holds=True, text="BCG prevents tuberculosis.")]
    made = written(TEXT, claims=claims)
    assert [(one.place, one.text) for one in made.asserted] == [
        ("review.qmd:7", "BCG vaccine prevents tuberculosis (…)."),
        ("review.qmd:21", "No vaccine increased TB."),
    ]
