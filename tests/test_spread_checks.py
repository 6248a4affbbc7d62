"""Means and standard deviations that are wildly unlike: told, and never where they may be right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.load import load, read_files

ARONSON = "data/studies/aronson-1948.yml"
TINY = read_files(Path(__file__).parent / "tiny")
ENDING = "; correct it, or give this result a `reason`"


def warned(first: str, second: str, reason: str = "") -> list[str]:
    """The warnings of a result in means whose arms are these."""
    text = TINY[ARONSON].decode()
    for old, new in (
        ("measure: RR", f"measure: MD{reason}"),
        ("events: 4, n: 123", first),
        ("events: 11, n: 139", second),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    warnings = load({**TINY, ARONSON: text.encode()}).warnings
    return [
        str(one) for one in warnings if one.place.startswith(ARONSON) and "measure" not in one.where
    ]


def test_a_standard_error_for_a_standard_deviation() -> None:
    assert warned("mean: 7.1, sd: 1.20, n: 64", "mean: 8.4, sd: 9.3, n: 60") == [
        f"{ARONSON}:30 results[0].groups[0].sd: found SD 1.20 (bcg) beside 9.3 (no_bcg), 8 times "
        "as large, wanted both right: perhaps 1.20 is a standard error, of SD 9.6?" + ENDING
    ]


def test_a_digit_that_slipped_in_a_standard_deviation() -> None:
    assert warned("mean: 7.1, sd: 11, n: 9", "mean: 8.4, sd: 1.1, n: 9") == [
        f"{ARONSON}:31 results[0].groups[1].sd: found SD 1.1 (no_bcg) beside 11 (bcg), 10 times "
        "as large, wanted both right" + ENDING
    ]


def test_standard_errors_in_both_arms_or_a_digit_in_a_mean() -> None:
    assert warned("mean: 7.1, sd: 0.2, n: 64", "mean: 8.5, sd: 0.2, n: 60") == [
        f"{ARONSON}:30 results[0].groups[0].mean: found the means 7.1 (bcg) and 8.5 (no_bcg), 7 "
        "standard deviations apart, wanted means, and standard deviations, no standard errors"
        + ENDING
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("mean: 7.1, sd: 1.0, n: 64", "mean: 8.4, sd: 4.0, n: 60"),
        ("mean: 7.0, sd: 1.0, n: 64", "mean: 10.0, sd: 1.0, n: 60"),
        ("mean: -40, sd: 20, n: 64", "mean: 10, sd: 25, n: 60"),
    ],
)
def test_arms_that_differ_much_pass(first: str, second: str) -> None:
    assert warned(first, second) == []


def test_a_reason_ends_the_doubt() -> None:
    arms = ("mean: 7.1, sd: 1.20, n: 64", "mean: 8.4, sd: 9.3, n: 60")
    assert warned(*arms, reason="\n    reason: Outliers in one arm, as the authors say") == []


def test_a_study_in_another_unit_than_the_others() -> None:
    files = dict(TINY)
    names = sorted(name for name in files if name.startswith("data/studies/"))[:4]
    for at, name in enumerate(names):
        text = re.sub("measure: RR", "measure: MD", files[name].decode())
        scale = 10 if at == 2 else 1
        for mean, sd, n in ((3 * scale, 2.1 * scale, 40), (4 * scale, 1.9 * scale, 41)):
            now = f"mean: {mean}, sd: {sd:.1f}, n: {n}"
            text = re.sub(r"events: \d+, n: \d+", now, text, count=1)
        files[name] = text.encode()
    told = [str(one) for one in load(files).warnings if "one unit in all" in one.message]
    assert [line.partition(": ")[2] for line in told] == [
        "found standard deviations of about 20, where those of tuberculosis are about 2 in the "
        "middle of 4 studies, wanted one unit in all (or a `reason`): a mean difference is pooled "
        "as it is printed"
    ]
    assert told[0].startswith(names[2])
