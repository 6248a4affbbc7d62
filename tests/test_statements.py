"""Statements of the text that are others now: how many, and a sentence with what moved in it."""

from __future__ import annotations

import pytest

from analysis.statements import moved_numbers, statements


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((0,), "0 statements of the text changed"),
        ((1,), "1 statement of the text changed"),
        ((0, 1), "in 1 statement of the text the numbers alone moved"),
        ((0, 12), "in 12 statements of the text the numbers alone moved"),
        ((1, 1), "1 statement of the text changed; in 1 other the numbers alone moved"),
        ((3, 12), "3 statements of the text changed; in 12 others the numbers alone moved"),
    ],
)
def test_how_many_statements_are_others_is_counted_in_words(
    numbers: tuple[int, ...], told: str
) -> None:
    assert statements(*numbers) == told


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("It is 0.89.", "It is 0.89.", "It is 0.89."),
        ("It is 0.89.", "It is 0.91.", "It is 0.89 → 0.91."),
        (
            "HR 0.89 (95% CI 0.81–0.97; P = 0.012) in 13 studies.",
            "HR 0.91 (95% CI 0.83–0.99; P = 0.022) in 14 studies.",
            "HR 0.89 → 0.91 (95% CI 0.81–0.97 → 0.83–0.99; P = 0.012 → 0.022) in 13 → 14 studies.",
        ),
        # Neighbours each have their own arrow, and a sign goes with its number.
        ("Q = 21.53 (12 df).", "Q = 27.43 (13 df).", "Q = 21.53 → 27.43 (12 → 13 df)."),
        ("(P = 0.012)", "(P < 0.001)", "(P = 0.012 → < 0.001)"),
        ("“(3)”, I²", "“(14)”, I²", "“(3 → 14)”, I²"),
        ("(1).", "(11).", "(1 → 11)."),
        # What follows a number is as it is now; a name is another name.
        (
            "In 1 study, 1 omission changes it.",
            "In 3 studies, 2 omissions change it.",
            "In 1 → 3 studies, 1 → 2 omissions change it.",
        ),
        (
            "Nearest is Kim 2015.",
            "Nearest is Thorsen 2016.",
            "Nearest is Kim → Thorsen 2015 → 2016.",
        ),
        ("−0.31 to 0.20", "−0.52 to −0.20", "−0.31 → −0.52 to 0.20 → −0.20"),
        ("One is not reported.", "One is 7.", None),
    ],
)
def test_a_sentence_of_which_the_numbers_moved_is_told_once(
    before: str, now: str, told: str | None
) -> None:
    assert moved_numbers(before, now) == told
