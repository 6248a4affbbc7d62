"""The columns before a forest plot: counts, means and rates, where every study has them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analysis import placed
from analysis.figures import FigureRequest, layout
from analysis.figures.sheet import Sheet, Writing
from analysis.findings import AnalysisFinding, Findings
from analysis.plan import find
from analysis.records import GroupData, Review
from analysis.study_results import arm_numbers
from analysis.table_kinds import TABLES
from analysis.tables import Asked
from analysis.values import Printed
from tests.manuscripts import table_rows
from tests.method_reviews import TRIALS, outcome, plan, result, review, split_by

ARMS = ("bcg", "no_bcg")
TOLD = ', outcomes=["new"]'
NEAR = 0.7  # points between the baselines of one line


def lines(sheet: Sheet) -> list[list[str]]:
    """Return the texts of a figure, line by line, from left to right."""
    written = sorted((m for m in sheet.marks if isinstance(m, Writing)), key=lambda m: (m.y, m.x))
    found: list[list[Writing]] = []
    for mark in written:
        if found and abs(found[-1][0].y - mark.y) < NEAR:
            found[-1].append(mark)
        else:
            found.append([mark])
    return [[m.text for m in sorted(line, key=lambda m: m.x)] for line in found]


def forest(given: Review, found: Findings | None = None, **options: Any) -> list[list[str]]:
    return lines(layout(FigureRequest("forest", "x", "x", options), given, found or find(given)))


def line_of(label: str, told: list[list[str]]) -> list[str]:
    return next(line for line in told if line[0] == label)


def with_groups(measure: str, *groups: tuple[GroupData, GroupData]) -> Review:
    """Return a review of studies that give these groups, pooled by this measure."""
    planned = plan("x", "new")
    given = review(planned, trials=TRIALS[: len(groups)])
    studies = tuple(
        study.model_copy(update={"results": (result("new", measure, groups=pair),)})
        for study, pair in zip(given.studies, groups, strict=True)
    )
    new = given.plan.model_copy(update={"outcomes": (outcome("new", measure),)})
    return given.model_copy(update={"plan": new, "studies": studies})


def means(mean: str, sd: str, n: int) -> dict[str, Any]:
    decimals = len(mean.partition(".")[2])
    return {"mean": Printed(float(mean), decimals), "sd": Printed(float(sd), 1), "n": n}


def pair(one: dict[str, Any], two: dict[str, Any]) -> tuple[GroupData, GroupData]:
    return GroupData(arm=ARMS[0], **one), GroupData(arm=ARMS[1], **two)


@pytest.mark.parametrize("measure", ["tb", "tb_rr", "tb_rd"])
def test_counts_stand_where_every_study_gave_them(measure: str) -> None:
    told = forest(review(plan("x", measure)))
    assert ["Events/patients"] in told
    assert line_of("Madras 1980", told)[1:3] == ["505/88,391", "499/88,391"]


def test_a_subtotal_adds_the_counts_of_its_studies() -> None:
    told = forest(review(plan("x", subgroups=(split_by("allocation"),))), subgroup="groups")
    assert line_of("Subtotal (2 studies)", told)[1:3] == ["213/6,610", "419/7,259"]


def test_a_continuity_correction_is_marked_and_told() -> None:
    """As is 10 of 10, which is 95.5% with half an event added to each side (metafor's PLO)."""
    note = "*: with a continuity correction, so not quite what its counts alone give."
    full = with_groups("OR", pair({"events": 0, "n": 50}, {"events": 4, "n": 50}),
                       pair({"events": 3, "n": 50}, {"events": 4, "n": 50}))  # fmt: skip
    told = forest(full)
    assert line_of("Aronson 1948", told)[4] == "(0.0054–1.95)*"
    assert "*" not in "".join(line_of("Ferguson 1949", told))
    assert note in " ".join(" ".join(line) for line in told)
    head, *rows = table_rows("characteristics", TOLD, full, find(full))
    assert [row[-1].endswith(" with a continuity correction") for row in rows] == [True, False]
    head, *rows = table_rows("effects", "", full, find(full))
    assert [row[head.index("Route")] for row in rows] == ["a", "b"]
    made = TABLES["effects"].maker(Asked(full, find(full), "tbl-x", {}))
    assert [placed.plain(note) for note in made.notes] == [
        "Route a: From the counts of the 2×2 table, with a continuity correction.",
        "Route b: From the counts of the 2×2 table.",
    ]
    share = with_groups("PLO", pair({"events": 10, "n": 10}, {}), pair({"events": 3, "n": 8}, {}))
    told = forest(share)
    assert line_of("Aronson 1948", told)[1:4] == ["10/10", "95.5", "(55.2–99.7)*"]
    assert note in " ".join(" ".join(line) for line in told)
    head, *rows = table_rows("characteristics", TOLD, share, find(share))
    assert rows[0][-1] == "95.5% (55.2%–99.7%), from 10/10 with a continuity correction"
    assert note not in " ".join(" ".join(line) for line in forest(review(plan("x"))))


def test_one_study_without_counts_leaves_the_patients_of_all() -> None:
    given = review(plan("x"))
    first, *others = given.studies
    bare = result("tb", "OR", estimate=Printed(0.4, 1), ci=(Printed(0.1, 1), Printed(1.3, 1)))
    studies = (first.model_copy(update={"results": (bare,)}), *others)
    told = forest(given.model_copy(update={"studies": studies}))
    assert ["Patients"] in told
    assert line_of("Madras 1980", told)[1:3] == ["88,391", "88,391"]


def test_means_stand_with_the_decimals_that_were_printed() -> None:
    given = with_groups(
        "MD",
        pair(means("-5.50", "4.0", 1155), means("7.00", "6.5", 156)),
        pair(means("2.70", "7.0", 31), means("2.90", "4.0", 32)),
    )
    told = forest(given)
    assert ["Mean (SD), patients"] in told
    assert line_of("Aronson 1948", told)[1:3] == ["−5.50 (4.0), 1,155", "7.00 (6.5), 156"]


def test_rates_stand_with_their_person_time() -> None:
    given = with_groups(
        "IRR",
        pair({"events": 9, "person_time": Printed(1413, 0)},
             {"events": 19, "person_time": Printed(398.5, 1)}),
        pair({"events": 8, "person_time": Printed(263, 0)},
             {"events": 19, "person_time": Printed(245, 0)}),
    )  # fmt: skip
    told = forest(given)
    first = given.studies[0].results[0]
    assert arm_numbers(given, first) == "9 in 1413 person-time against 19 in 398.5 person-time"
    assert ["Events/person-time"] in told
    assert line_of("Aronson 1948", told)[1:3] == ["9/1,413", "19/398.5"]


def test_a_table_that_tells_nothing_is_named() -> None:
    empty = ("Nobody", 1950, 0, 9, 0, 8, 40, "random")
    trials = (*TRIALS, empty, ("Everybody", 1951, 9, 0, 8, 0, 40, "random"))
    counts = {"method": "EE", "test": "z"}
    for pooling, named in (("peto", True), ("mantel_haenszel", False)):
        given = review(plan("x", pooling=pooling, **counts), trials=trials)
        told = " ".join(" ".join(line) for line in forest(given))
        notes = "Left out, with events in nobody or in everybody: Nobody 1950, Everybody 1951."
        assert (notes in told) == named


def test_a_study_that_is_no_longer_there_has_no_counts() -> None:
    given = review(plan("x"))
    found = find(given)
    rows = tuple(replace(row, study="gone") for row in found.analyses["x"].rows[:1])
    analysis: AnalysisFinding = replace(
        found.analyses["x"], rows=(*rows, *found.analyses["x"].rows[1:])
    )
    told = forest(given, replace(found, analyses={"x": analysis}))
    assert ["Patients"] in told
