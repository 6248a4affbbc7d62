"""Traffic lights: the judgements of a quality tool, study by study, and their shares."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analysis import words
from analysis.figures.asked import analysis_of, nothing_to_draw, one_of
from analysis.figures.lettering import Face, shorten, text_width
from analysis.figures.marks import judgement, legend_of_concern
from analysis.figures.sheet import Sheet
from analysis.figures.style import (
    CONCERN,
    FAINT,
    INK,
    MARGIN,
    PAPER,
    SIZE,
    SMALL,
    TALLEST,
    WIDTH,
)
from analysis.planned_effects import place_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from analysis.figures import FigureRequest
    from analysis.findings import Findings
    from analysis.records import Level, Review, Study, Tool

_PITCH = 15.0
_CLOSEST = 8.6
_BAR = 13.0  # one line of the summary
_OVERALL = "Overall"


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out the judgements of a tool for the included studies, or those of an analysis.

    Option `tool`: the id of a tool of the review. A judgement that the data do not give is
    grey with a question mark: not reported.

    Raises
    ------
    TemplateError : there is no such tool or analysis, or no included study.
    """
    tools = {tool.id: tool for tool in review.plan.tools}
    tool = tools[one_of(request, "tool", tools)]
    included = (study for study in review.studies if study.status == "included")
    studies = sorted(included, key=lambda study: place_in(review, study))
    if request.analysis is not None:
        members = analysis_of(request, findings).studies
        studies = [review.by_id[id_] for id_ in members if id_ in review.by_id]
    if not studies:
        raise nothing_to_draw(request, "no included study", "at least one")
    return _Lights(request.name, tool, studies).draw()


def _judged(tool: Tool, study: Study) -> dict[str, str | None]:
    """Return the level of each item, and of the whole under '', None where not reported."""
    found: dict[str, str | None] = dict.fromkeys([*(item.id for item in tool.items), ""])
    for quality in study.quality:
        if quality.tool == tool.id:
            found.update({judgement.item: judgement.level for judgement in quality.items})
            found[""] = quality.overall
    return found


class _Lights:
    def __init__(self, name: str, tool: Tool, studies: Sequence[Study]) -> None:
        self.sheet, self.tool, self.studies = Sheet(name), tool, studies
        self.judged = [_judged(tool, study) for study in studies]
        self.columns = [
            *((item.id, f"D{i + 1}", item.label) for i, item in enumerate(tool.items)),
            ("", _OVERALL, _OVERALL),
        ]
        below = 66.0 + _BAR * len(self.columns)
        room = (TALLEST - below - 30.0) / len(studies)
        self.pitch = max(_CLOSEST, min(_PITCH, room))
        self.radius = min(4.2, self.pitch * 0.42)
        self.size = SIZE if self.pitch > 10.5 else SMALL

    def _levels(self, item: str) -> Sequence[Level]:
        return self.tool.levels if item else self.tool.overall

    def draw(self) -> Sheet:
        y = self._table(MARGIN + 1.0)
        y = self._summary(y + 14.0)
        y += 6.0
        items = {item.id for item in self.tool.items}
        levels, overall = (
            self._stated(self.tool.levels, items),
            self._stated(self.tool.overall, {""}),
        )
        y = legend_of_concern(self.sheet, "Domains:", levels, MARGIN, y)
        y = legend_of_concern(self.sheet, "Overall rating:", overall, MARGIN, y)
        return self.sheet.end(y - 1.0)

    def _stated(self, levels: Sequence[Level], items: Collection[str]) -> list[Level]:
        """Return levels for the legend, which says of each whether no judgement has it."""
        found = {judged[item] for judged in self.judged for item in items}
        return [
            level
            if level.id in found
            else level.model_copy(update={"label": f"{level.label} (none stated)"})
            for level in levels
        ]

    def _table(self, y: float) -> float:
        sheet, size = self.sheet, self.size
        widest = max(text_width(study.label, size) for study in self.studies)
        label = min(max(widest, text_width("Study", size, "semibold")), 150.0)
        # As wide as the bars below; the lines between the rows lead from a study to its lights.
        right = WIDTH - MARGIN
        step = (right - MARGIN - label - 14.0) / len(self.columns)
        xs = [MARGIN + label + 14.0 + step * (i + 0.5) for i in range(len(self.columns))]
        sheet.line([(MARGIN, y), (right, y)], colour=INK, width=0.9)
        y += 9.0
        sheet.text(MARGIN, y, "Study", size=size, face="semibold")
        for x, (_, short, _) in zip(xs, self.columns, strict=True):
            sheet.text(x, y, short, size=size, face="semibold", align="center")
        y += 8.0
        sheet.line([(MARGIN, y), (right, y)], colour=INK, width=0.5)
        y += 2.0
        for study, judged in zip(self.studies, self.judged, strict=True):
            middle = y + self.pitch / 2
            text = shorten(study.label, label, size)
            sheet.text(MARGIN, middle, text, size=size, key=f"study:{study.id}")
            for x, (item, _, _) in zip(xs, self.columns, strict=True):
                concern = _concern(judged[item], self._levels(item))
                key = f"light:{study.id}:{item or 'overall'}"
                judgement(sheet, concern, x, middle, self.radius, key=key)
            y += self.pitch
            if y < TALLEST and self.pitch > 10.5:
                sheet.line([(MARGIN, y), (right, y)], colour=FAINT, width=0.5, under=True)
        sheet.line([(MARGIN, y + 1), (right, y + 1)], colour=INK, width=0.5)
        return y + 1.0

    def _summary(self, y: float) -> float:
        """Draw how many studies have which level, one bar an item."""
        sheet, size = self.sheet, SIZE
        sheet.text(MARGIN, y, "Studies by judgement", size=size, face="semibold")
        y += 12.0
        texts = [f"{short}  {label}" if item else label for item, short, label in self.columns]
        name_room = min(max(text_width(text, size) for text in texts), 230.0)
        left, right = MARGIN + name_room + 12.0, WIDTH - MARGIN
        for text, (item, _, _) in zip(texts, self.columns, strict=True):
            face: Face = "regular" if item else "semibold"
            sheet.text(MARGIN, y, shorten(text, name_room, size), size=size, face=face)
            counts = Counter(judged[item] for judged in self.judged)
            x = left
            known = {level.id: level for level in self._levels(item)}
            for level in (*known, None):
                n = counts[level]
                if not n:
                    continue
                end = x + (right - left) * n / len(self.studies)
                concern = _concern(level, self._levels(item))
                self._segment(x, end, y, concern, n, f"bar:{item or 'overall'}:{level}")
                x = end
            y += _BAR
        return y

    def _segment(
        self, left: float, right: float, y: float, concern: str | None, n: int, key: str
    ) -> None:
        sheet, (colour, sign, ink) = self.sheet, CONCERN[concern]
        sheet.box(left, y - 4.8, right, y + 4.8, fill=colour, edge=PAPER, width=0.8, key=key)
        text = f"{sign} {words.count(n)}"
        if text_width(text, SMALL, "semibold") < right - left - 2.0:
            sheet.text((left + right) / 2, y, text, size=SMALL, face="semibold", colour=ink,
                       align="center")  # fmt: skip


def _concern(level: str | None, levels: Sequence[Level]) -> str | None:
    concerns: Mapping[str, str | None] = {one.id: one.concern for one in levels}
    return None if level is None else concerns.get(level)
