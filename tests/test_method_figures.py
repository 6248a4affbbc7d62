"""GOSH, radial and sequential plots: marks stand at their values; what is not planned is said."""

from __future__ import annotations

import pytest

from analysis.errors import TemplateError
from analysis.figures import FigureRequest, draw, layout
from analysis.figures.sheet import Disc, Shape, Sheet, Stroke, Writing
from analysis.findings import Findings
from analysis.plan import find
from analysis.records import GoshPlan, Review, SequentialPlan
from analysis.values import Printed
from tests.method_reviews import plan, review

LOOKS = SequentialPlan(anticipated=Printed(0.8, 1), reason="Supplementary.")
REVIEW = review(plan("x", gosh=GoshPlan(), radial=True, sequential=LOOKS), plan("bare"))
FINDINGS = find(REVIEW)
KINDS = ("gosh", "radial", "sequential")


def sheet(kind: str, given: Review = REVIEW, found: Findings = FINDINGS) -> Sheet:
    return layout(FigureRequest(kind, kind, "x"), given, found)


def marks(of: Sheet, key: str) -> list[object]:
    return [mark for mark in of.marks if (getattr(mark, "key", None) or "").startswith(key)]


def test_a_cell_for_each_that_holds_subsets() -> None:
    found = FINDINGS.analyses["x"].gosh
    assert found is not None
    drawn = sheet("gosh")
    cells = [mark for mark in marks(drawn, "cell:") if isinstance(mark, Shape)]
    assert len(cells) == len(found.cells)
    # The fullest cell is the darkest.
    fullest = max(found.cells, key=lambda cell: cell[2])
    by_key = {mark.key: mark for mark in cells}
    darkness = {key: sum(int(mark.fill[i : i + 2], 16) for i in (1, 3, 5))
                for key, mark in by_key.items() if mark.fill}  # fmt: skip
    assert min(darkness, key=lambda key: darkness[key]) == f"cell:{fullest[0]}:{fullest[1]}"
    (whole,) = (mark for mark in marks(drawn, "whole") if isinstance(mark, Disc))
    left = min(x for mark in cells for x, _ in mark.points)
    right = max(x for mark in cells for x, _ in mark.points)
    assert left < whole.x < right


def test_a_radial_point_lies_off_the_line_by_its_residual() -> None:
    finding = FINDINGS.analyses["x"]
    drawn = sheet("radial")
    discs = [mark for mark in marks(drawn, "study:") if isinstance(mark, Disc)]
    assert len(discs) == 13
    (line,) = (mark for mark in marks(drawn, "pooled") if isinstance(mark, Stroke))
    (x0, y0), (x1, y1) = line.points
    by_key = {disc.key: disc for disc in discs}

    # Two points give the scale of the paper: residuals of all others follow.
    def height(study: str) -> float:
        disc = by_key[f"study:{study}"]
        return (y0 + (disc.x - x0) / (x1 - x0) * (y1 - y0)) - disc.y

    residuals = {p.study: (p.y or 0.0) - finding.synthesis.mu * p.x for p in finding.radial}
    unit = height("s00") / residuals["s00"]
    for study, residual in residuals.items():
        assert height(study) == pytest.approx(unit * residual, abs=1e-6)


def test_a_look_stands_at_its_share_and_its_z() -> None:
    found = FINDINGS.analyses["x"].sequential
    assert found is not None
    discs = [mark for mark in marks(sheet("sequential"), "look:") if isinstance(mark, Disc)]
    assert len(discs) == len(found.looks)
    shares = [look.fraction for look in found.looks]
    step = (discs[-1].x - discs[0].x) / (shares[-1] - shares[0])
    for disc, share in zip(discs, shares, strict=True):
        assert disc.x - discs[0].x == pytest.approx(step * (share - shares[0]), abs=1e-6)
    notes = " ".join(mark.text for mark in sheet("sequential").marks if isinstance(mark, Writing))
    assert "Supplementary." in notes


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_planned_cannot_be_drawn(kind: str) -> None:
    wanted = {
        "gosh": "no subsets of bare, wanted gosh in its plan",
        "radial": "no radial plot of bare, wanted radial in its plan",
        "sequential": "no sequential analysis of bare, wanted sequential in its plan",
    }
    with pytest.raises(TemplateError) as caught:
        layout(FigureRequest(kind, "fig", "bare"), REVIEW, FINDINGS)
    assert str(caught.value) == f"figure fig: found {wanted[kind]}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_bytes_every_time(kind: str) -> None:
    request = FigureRequest(kind, kind, "x")
    assert draw(request, REVIEW, FINDINGS) == draw(request, REVIEW, FINDINGS)
