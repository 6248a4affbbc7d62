"""Means and standard deviations that are wildly unlike: told, and never where they may be right."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import median

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


# dat.normand1999 of metadat, its first six trials: mean, SD and n of each arm, days in hospital.
STAYS = (
    ((55, 47, 155), (75, 64, 156)),
    ((27, 7, 31), (29, 4, 32)),
    ((64, 17, 75), (119, 29, 71)),
    ((66, 20, 18), (137, 48, 18)),
    ((14, 8, 8), (18, 11, 13)),
    ((19, 7, 57), (18, 4, 52)),
)
Arms = tuple[tuple[float, float, int], ...]


def of_errors(study: Arms) -> Arms:
    """The study with standard errors in the place of its standard deviations."""
    return tuple((mean, sd / math.sqrt(n), n) for mean, sd, n in study)


def pooled(studies: Sequence[Arms], *, measure: str = "MD", reason: int | None = None) -> list[str]:
    """The warnings of an outcome of these studies, which one of them may give a reason against."""
    files = dict(TINY)
    plan = files["data/review.yml"].decode()
    files["data/review.yml"] = plan.replace("measure: RR", f"measure: {measure}").encode()
    names = sorted(name for name in files if name.startswith("data/studies/"))
    for at, (name, study) in enumerate(zip(names, studies, strict=True)):
        because = "\n    reason: The effect is as large as that" if at == reason else ""
        text = re.sub("measure: RR", f"measure: {measure}{because}", files[name].decode())
        for mean, sd, n in study:
            now = f"mean: {mean}, sd: {sd:.4g}, n: {n}"
            text = re.sub(r"events: \d+, n: \d+", now, text, count=1)
        files[name] = text.encode()
    told = [str(one) for one in load(files).warnings if "standard deviations" in one.message]
    return [line for line in told if "groups[" not in line]


def test_trials_as_they_were_printed_pass() -> None:
    assert pooled(STAYS) == []
    assert pooled(STAYS, measure="SMD") == []


def test_standard_errors_in_every_study_of_an_outcome() -> None:
    """No study stands out, and in most of them no two means lie apart beyond belief."""
    wrong = [of_errors(study) for study in STAYS]
    apart = [abs(a[0] - b[0]) / math.sqrt((a[1] ** 2 + b[1] ** 2) / 2) for a, b in wrong]
    for measure in ("MD", "SMD"):
        assert pooled(wrong, measure=measure) == [
            "data/studies/comstock-1974.yml:27 results[0]: found the means of tuberculosis "
            f"{median(apart):.1f} standard deviations apart in the middle of 6 studies, "
            f"{max(apart):.1f} here, wanted standard deviations, no standard errors (or a "
            "`reason`, if the effect is as large as that)"
        ]
    # Whoever looked at the farthest one said what they saw; another one says nothing of it.
    assert pooled(wrong, reason=apart.index(max(apart))) == []
    assert len(pooled(wrong, reason=apart.index(min(apart)))) == 1
    # Of ratios of means, as of plants in greenhouses, effects are larger than those of patients.
    assert pooled(wrong, measure="ROM") == []


def test_standard_errors_in_one_study_of_an_outcome() -> None:
    alike: list[Arms] = [((50 + at, 18 + at, 16), (52, 19 + at, 16)) for at in range(6)]
    assert pooled(alike) == []
    alike[2] = of_errors(alike[2])
    spread = (20 + 21) / 2
    assert pooled(alike) == [
        "data/studies/comstock-1974.yml:27 results[0]: found standard deviations of about "
        f"{spread / 4:.3g}, where those of tuberculosis are about 21.5 in the middle of the other "
        "studies, wanted standard deviations (or a `reason`): perhaps these are standard errors, "
        f"of SD {spread:.3g}?"
    ]
    assert pooled(alike, reason=2) == []
    # Fourfold apart, but times the root of the patients no spread like that of the others.
    alike[2] = ((52, 5.1, 100), (53, 5.2, 100))
    assert pooled(alike) == []
