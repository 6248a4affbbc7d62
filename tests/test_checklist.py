"""The reporting checklists of the manuscript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.checklist import ChecklistRow, misplaced, read_checklists, rows
from analysis.errors import DataError

FILE = Path(__file__).parent.parent / "templates" / "checklists.yml"

SMALL = b"""\
checklists:
  - id: prisma
    title: PRISMA
    source: A paper
    items:
      - {item: '1', topic: Title, where: [title]}
      - {item: '2', topic: Search, where: [sec-search, tbl-sources], lacking: The date.}
      - {item: L1, topic: Certainty, lacking: nobody judged it}
"""


def test_rows_point_at_sections_and_say_what_lacks() -> None:
    assert rows(read_checklists(SMALL).checklists[0]) == (
        ChecklistRow("1", "Title", "Title", covered=True),
        ChecklistRow(
            "2", "Search", "@sec-search, @tbl-sources. Not covered: The date", covered=True
        ),
        ChecklistRow("L1", "Certainty", "Not covered: nobody judged it", covered=False),
    )


def test_a_label_that_the_manuscript_does_not_have() -> None:
    found = misplaced(read_checklists(SMALL), {"sec-searches", "tbl-sources"})
    assert [str(problem) for problem in found] == [
        "templates/checklists.yml prisma 2: found 'sec-search', wanted a label of the "
        "manuscript, title or abstract: perhaps sec-searches?"
    ]
    assert misplaced(read_checklists(SMALL), {"sec-search", "tbl-sources"}) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SMALL.replace(b", lacking: nobody judged it", b""),
            "templates/checklists.yml:8 checklists[0].items[2]: found neither `where` nor "
            "`lacking`, wanted one or both",
        ),
        (
            SMALL.replace(b"where: [title]", b"were: [title]"),
            "templates/checklists.yml:6 checklists[0].items[0].were: found the unknown key 'were', "
            "wanted one of its keys: perhaps where?",
        ),
        (
            SMALL.replace(b"topic: Title", b"topic: "),
            "templates/checklists.yml:6 checklists[0].items[0].topic: found nothing after ':', "
            "wanted a value (What it asks for, in the reviewer's words)",
        ),
        (
            SMALL + b"\tx",
            "templates/checklists.yml:9: found a tab in the indentation, wanted spaces",
        ),
    ],
)
def test_mistakes_have_their_line(text: bytes, message: str) -> None:
    with pytest.raises(DataError) as error:
        read_checklists(text)
    assert str(error.value) == message


def test_the_lists_of_this_review_are_whole() -> None:
    """PRISMA 2020 has 27 items, some in lettered parts; its abstract 12; the extension 4 new."""
    lists = {one.id: one for one in read_checklists(FILE.read_bytes()).checklists}
    numbers = [item.item for item in lists["prisma"].items]
    assert len(set(numbers)) == len(numbers) == 42
    assert {int(re.sub("[a-f]", "", number)) for number in numbers} == set(range(1, 28))
    lettered = {"10": "ab", "13": "abcdef", "16": "ab", "20": "abcd", "23": "abcd", "24": "abc"}
    for number, letters in lettered.items():
        assert "".join(n[-1] for n in numbers if n[:-1] == number) == letters
    abstract = [item.item for item in lists["prisma_abstract"].items]
    assert abstract == [str(n) for n in range(1, 13)]
    new = {item.item for item in lists["prisma_lsr"].items if item.item.startswith("L")}
    assert new == {"L1", "L2", "L3", "L4"}
