"""How a name that is not there is told: the nearest, all of them, or where all are listed."""

from __future__ import annotations

import pytest

from analysis.cli import main
from analysis.messages import LISTED, MOST, unknown

MANY = [f"name_{number:02}" for number in range(MOST + 2)]
FIRST = ", ".join(MANY[:MOST])


def test_few_names_are_listed() -> None:
    assert unknown("zzz", "a format", ["b", "a"]) == "found 'zzz', wanted a format: b, a"
    assert unknown("zzz", "a format", {"b", "a"}) == "found 'zzz', wanted a format: a, b"
    assert unknown("zzz", "a format", []) == "found 'zzz', wanted a format; there is none yet"


def test_a_near_name_is_told_alone() -> None:
    assert unknown("name-05", "a format", MANY) == (
        "found 'name-05', wanted a format: perhaps name_05?"
    )


def test_what_a_reader_calls_it_is_told_by_its_name() -> None:
    known = ("est", "est_lb", "est_ub", "estimates", "pval")
    said = "found 'estimate', wanted a name under os: perhaps est?"
    assert unknown("estimate", "a name under os", known) == said
    said = "found 'p', wanted a name under os: perhaps pval?"
    assert unknown("p", "a name under os", known) == said
    # Where there is no such finding, the nearest name is told.
    said = "found 'estimate', wanted a name under os: perhaps estimates?"
    assert unknown("estimate", "a name under os", ("estimates",)) == said


@pytest.mark.parametrize(
    ("wanted", "group"),
    [
        *LISTED.items(),
        ("a name under os", "findings os"),
        ("a name under os.leave_one_out", "findings os.leave_one_out"),
        ("a name under counts", "findings counts"),
    ],
)
def test_of_many_names_it_is_told_where_all_are_listed(wanted: str, group: str) -> None:
    assert unknown("zzz", wanted, MANY) == (
        f"found 'zzz', wanted {wanted}: {FIRST} and 2 more (all: living-review names {group})"
    )


@pytest.mark.parametrize("wanted", ["a name under review", "a name under studies.wang", "a study"])
def test_what_no_command_lists_points_to_none(wanted: str) -> None:
    assert unknown("zzz", wanted, MANY) == f"found 'zzz', wanted {wanted}: {FIRST} and 2 more"


@pytest.mark.parametrize("group", LISTED.values())
def test_the_command_that_a_message_names_is_there(
    group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["names", group]) == 0
    assert capsys.readouterr().out
