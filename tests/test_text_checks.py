"""Texts that are none: what is not reported in words of one's own, quotes, two spellings."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import DataError
from analysis.load import load, read_files
from tests.edited_files import edited

TINY = Path(__file__).parent / "tiny"
ARONSON = "data/studies/aronson-1948.yml"
COETZEE = "data/studies/coetzee-berjak-1968.yml"
REVIEW = "data/review.yml"
COUNTRY = "country: not reported"
NOT_REPORTED = "perhaps: not reported"
OPEN = "perhaps: TODO (while it is still to be written), or not reported"


@pytest.fixture(scope="module")
def tiny() -> dict[str, bytes]:
    return read_files(TINY)


def problems(files: dict[str, bytes]) -> list[str]:
    try:
        return [str(warning) for warning in load(files).warnings]
    except DataError as error:
        return [str(problem) for problem in error.problems]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        *((text, NOT_REPORTED) for text in ("Not reported", "NOT_REPORTED", "not  reported", "NR",
                                            "N/A", "NA", "n.r.", "'-'", "—", "Unclear",
                                            "not available")),
        *((text, OPEN) for text in ("todo", "tbc", "TBD", "'??'", "'?'")),
        ("Not stated", "perhaps: not stated"),
    ],
)  # fmt: skip
def test_what_says_that_it_is_not_known_is_no_text(
    tiny: dict[str, bytes], text: str, hint: str
) -> None:
    found = " ".join(text.strip("'").split())
    assert problems(edited(tiny, ARONSON, (COUNTRY, f"country: {text}"))) == [
        f"{ARONSON}:15 country: found {found!r}, wanted text; {hint}"
    ]


@pytest.mark.parametrize(
    "line", ["country: Namibia", "country: NO", "country: not reported", "country: not stated"]
)
def test_other_texts_are_texts(tiny: dict[str, bytes], line: str) -> None:
    assert problems(edited(tiny, ARONSON, (COUNTRY, line))) == []


def test_a_person_may_have_such_initials(tiny: dict[str, bytes]) -> None:
    by = "extracted_by: not stated"
    assert problems(edited(tiny, ARONSON, (by, "extracted_by: N.A."))) == []
    assert problems(edited(tiny, ARONSON, (by, "extracted_by: n/a"))) == [
        f"{ARONSON}:12 sources.report.extracted_by: found 'n/a', wanted text; {NOT_REPORTED}"
    ]


@pytest.mark.parametrize(("one", "other"), [("A. Lee", "A. Lee"), ("A. Lee", "a.  LEE")])
def test_nobody_checks_what_they_extracted(tiny: dict[str, bytes], one: str, other: str) -> None:
    who = ("extracted_by: not stated", f"extracted_by: {one}")
    files = edited(tiny, ARONSON, who, ("checked_by: not stated", f"checked_by: {other}"))
    shown = " ".join(other.split())
    assert problems(files) == [
        f"{ARONSON}:13 sources.report.checked_by: found {shown!r}, who extracted it, wanted "
        "another person, or: not stated"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A. Lee", "B. Kim"),
        ("A. Lee", "not stated"),
        ("A. Lee, B. Kim", "A. Lee, B. Kim"),
        ("A. Lee and B. Kim", "A. Lee and B. Kim"),
        ("TODO", "TODO"),
    ],
)
def test_another_person_checks_or_nobody_is_said_to(
    tiny: dict[str, bytes], one: str, other: str
) -> None:
    who = ("extracted_by: not stated", f"extracted_by: {one}")
    files = edited(tiny, ARONSON, who, ("checked_by: not stated", f"checked_by: {other}"))
    assert problems(files) == []


def test_a_level_may_say_so(tiny: dict[str, bytes]) -> None:
    unclear = ("{value: random,", "{value: unclear,")
    files = edited(tiny, ARONSON, unclear)
    assert problems(files) == [
        f"{ARONSON}:24 characteristics.allocation.value: found 'unclear', wanted a level of "
        f"allocation: random, alternate, systematic; {NOT_REPORTED}"
    ]
    declared = ("    levels:\n", "    levels:\n      - {id: unclear, label: Unclear}\n")
    assert problems(edited(files, REVIEW, declared)) == []


def test_what_is_read_as_a_number_is_told_once(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, ("{value: '44',", "{value: ‘44’,"))
    assert problems(files) == [
        f"{ARONSON}:25 characteristics.latitude.value: found '‘44’' in curly quotes, wanted it "
        "without: 44"
    ]
    files = edited(tiny, ARONSON, ("{value: '44',", "{value: NR,"))
    assert problems(files) == [
        f"{ARONSON}:25 characteristics.latitude.value: found 'NR', wanted text; {NOT_REPORTED}"
    ]


def test_it_is_told_beside_errors_of_the_same_file(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, (COUNTRY, "country: NR"), ("n: 123}", "n: NR}"))
    assert problems(files) == [
        f"{ARONSON}:15 country: found 'NR', wanted text; {NOT_REPORTED}",
        f"{ARONSON}:20 arms.groups[0].n: found 'NR', wanted a whole number; where it is not "
        "known, write: not reported",
    ]


def test_earlier_evidence_is_read_as_it_was_published(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, (COUNTRY, "country: NR"))
    assert load(files, checked=False).review.by_id["aronson"].country == "NR"


@pytest.mark.parametrize("text", ["“USA”", "‘USA’", "„USA“", "«USA»"])
def test_quotes_of_a_word_processor_are_part_of_no_value(tiny: dict[str, bytes], text: str) -> None:
    assert problems(edited(tiny, ARONSON, (COUNTRY, f"country: {text}"))) == [
        f"{ARONSON}:15 country: found '{text}' in curly quotes, wanted it without: USA"
    ]
    inside = f"population: People of the {text} era"
    assert problems(edited(tiny, ARONSON, ("population: not reported", inside))) == []


def test_a_country_has_one_spelling(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, (COUNTRY, "country: United Kingdom"))
    files = edited(files, COETZEE, (COUNTRY, "country: united kingdom"))
    assert problems(files) == [
        f"{COETZEE}:15 country: found 'united kingdom', which aronson has as 'United Kingdom', "
        "wanted one spelling"
    ]
    assert problems(edited(files, COETZEE, ("united kingdom", "United Kingdom"))) == []


def test_a_value_that_names_a_group_has_one_spelling(tiny: dict[str, bytes]) -> None:
    free = ("latitude: {value: '44'", "latitude: {value: far north")
    files = edited(tiny, ARONSON, free)
    other = ("latitude: {value: '27'", "latitude: {value: far-north")
    assert problems(edited(files, COETZEE, other)) == [
        f"{COETZEE}:25 characteristics.latitude.value: found 'far-north', which aronson has as "
        "'far north', wanted one spelling"
    ]


def test_a_value_that_names_no_group_is_a_warning(tiny: dict[str, bytes]) -> None:
    files = edited(
        tiny, REVIEW, ("  - {id: latitude,", "  - {id: drug, label: Drug}\n  - {id: latitude,")
    )
    for name, said in ((ARONSON, "beta blocker"), (COETZEE, "beta-blocker")):
        line = "  allocation: {value: "
        files = edited(files, name, (line, f"  drug: {{value: {said}, source: report}}\n{line}"))
    told = [str(one) for one in load(files).warnings]
    assert told == [
        f"{COETZEE}:24 characteristics.drug.value: found 'beta-blocker', which aronson has as "
        "'beta blocker', wanted one spelling"
    ]


def test_a_unit_is_of_a_measure_that_has_one(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, REVIEW, ("    measure: RR\n", "    measure: RR\n    unit: days\n"))
    assert problems(files) == [
        f"{REVIEW}:37 outcomes[0].unit: found a unit of an outcome of RR, wanted none: MD and "
        "GEN alone have one"
    ]
