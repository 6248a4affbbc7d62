"""Tables of the paper: what a template asks for becomes a pipe table with stated widths.

A cell is Markdown as templates render it: numbers and texts of the data in it are tokens
(`analysis.placed`), so that a number keeps its key and no text can break the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis import placed
from analysis.errors import TemplateError
from analysis.findings import AnalysisFinding, Findings
from analysis.messages import unknown
from analysis.planned_effects import place_in
from analysis.records import Outcome, Review, Study
from analysis.words import NOT_REPORTED, Words

Options = Mapping[str, str | bool | tuple[str, ...]]
_UNSEEN = 2  # percent of the width of a table


@dataclass(frozen=True)
class Asked:
    """A table that a template asks for: its id, its options, and what it may draw on."""

    review: Review
    findings: Findings
    id: str
    options: Options
    extra: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return an option that must be given."""
        value = self.options.get(name)
        if not isinstance(value, str):
            raise TemplateError(f'found table {self.id} without {name}, wanted {name}="…"')
        return value

    def names(self, name: str, known: Iterable[str]) -> tuple[str, ...]:
        """Return an option that lists names (or is one), all of `known` where it is absent."""
        known = tuple(known)
        value = self.options.get(name)
        if value is None:
            return known
        chosen = (value,) if isinstance(value, str) else value
        if not isinstance(chosen, tuple):
            raise TemplateError(f"found {name} = {value!r} in table {self.id}, wanted names")
        for one in chosen:
            if one not in known:
                raise TemplateError(unknown(one, f"one of the {name} of table {self.id}", known))
        return chosen

    def analyses(self) -> tuple[AnalysisFinding, ...]:
        """Return the analyses that the option `analyses` names, all of the plan without it."""
        found = self.findings.analyses
        return tuple(found[name] for name in self._chosen() if name in found)

    def waiting(self) -> list[str]:
        """Return a note on the analyses asked for that this evidence has no answer to, if any."""
        titles = {plan.id: plan.title for plan in self.review.plan.analyses}
        whys = self.findings.unanswered
        told = [f"{titles[name]} ({whys[name]})" for name in self._chosen() if name in whys]
        return [data(f"Not yet estimable: {'; '.join(told)}.")] if told else []

    def lost(self, part: str) -> list[str]:
        """Return a note on planned parts, as `regressions`, that have no answer, if there are any.

        Those of an analysis that is not estimable itself are lost with it.
        """
        planned = {plan.id: plan for plan in self.review.plan.analyses}
        by_reason: dict[str, list[str]] = {}
        for name in self._chosen():
            found = self.findings.analyses.get(name)
            for one in getattr(planned.get(name), part, ()):
                whys = self.findings.unanswered if found is None else found.unanswered
                why = whys.get(name if found is None else f"{part}.{one.id}")
                if why:
                    by_reason.setdefault(why, []).append(f"“{one.label}” of {planned[name].title}")
        told = [f"{', '.join(parts)} ({why})" for why, parts in by_reason.items()]
        return [data(f"Not estimable: {'; '.join(told)}.")] if told else []

    def _chosen(self) -> tuple[str, ...]:
        planned = (plan.id for plan in self.review.plan.analyses)
        return self.names("analyses", dict.fromkeys((*self.findings.analyses, *planned)))

    def base_of(self, analysis: AnalysisFinding) -> AnalysisFinding:
        """Return the analysis of which another differs by its method alone, else itself.

        That is what it is a sensitivity analysis of, where both pool the same results: then
        the two need one title, and the method tells them apart.
        """
        base = self.findings.analyses.get(analysis.sensitivity_of or "")
        if base is None or base.id == analysis.id:
            return analysis
        chosen, of = ([(r.study, r.result) for r in each.rows] for each in (analysis, base))
        own, first = analysis.synthesis, base.synthesis
        same_method = (own.method, own.test) == (first.method, first.test)
        return analysis if chosen != of or same_method else self.base_of(base)

    def title_of(self, analysis: AnalysisFinding) -> str:
        """Return the title of an analysis's rows: that of `base_of`, whose method differs.

        Its own where another of the family has its very method: they differ by what no column
        shows, as by the continuity correction, and would read alike.
        """
        base = self.base_of(analysis)
        alike = any(
            other.id != analysis.id
            and _method(other) == _method(analysis)
            and self.base_of(other).id == base.id
            for other in self.analyses()
        )
        return analysis.title if alike else base.title

    def families(self) -> tuple[AnalysisFinding, ...]:
        """Return the analyses asked for, each followed by those that differ by method alone."""
        found = self.analyses()
        order = list(dict.fromkeys(self.base_of(analysis).id for analysis in found))
        return tuple(sorted(found, key=lambda analysis: order.index(self.base_of(analysis).id)))

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return the outcomes that the option `outcomes` names, those of the question else."""
        names = self.options.get("outcomes", self.review.plan.question.outcomes)
        known = {outcome.id: outcome for outcome in self.review.plan.outcomes}
        asked = Asked(self.review, self.findings, self.id, {"outcomes": names})
        return tuple(known[name] for name in asked.names("outcomes", known))

    def included(self) -> tuple[Study, ...]:
        """Return the included studies in the order of the review, as the figures have them."""
        return self.with_status("included")

    def with_status(self, status: str) -> tuple[Study, ...]:
        """Return the studies of a status in the order of the review (`order` in review.yml)."""
        found = (study for study in self.review.studies if study.status == status)
        return tuple(sorted(found, key=lambda study: place_in(self.review, study)))


def _method(analysis: AnalysisFinding) -> tuple[str, str, str]:
    found = analysis.synthesis
    return found.method, found.test, found.pooling


@dataclass(frozen=True)
class Column:
    """A column: its heading in Markdown, its share of the width, `l`, `r` or `c`."""

    head: str
    width: int
    align: str = "l"


@dataclass(frozen=True)
class Table:
    """A table: its columns, its rows of cells, and notes in sentences for below its caption.

    A note says what any review's reader needs to read the cells; the caption is the author's.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def text(self) -> str:
        """Return it as a pipe table; one without a row says so, or it would look broken."""
        heads = _line(column.head for column in self.columns)
        rule = _line(_rule(column) for column in self.columns)
        rows = self.rows or [["none", *[""] * (len(self.columns) - 1)]]
        return "\n".join([heads, rule, *map(_line, rows)])

    def captioned(self, caption: str) -> str:
        """Return the caption with the notes after it, as one paragraph of Markdown."""
        return " ".join([caption, *self.notes])

    @property
    def widths(self) -> tuple[int, ...]:
        """The columns' widths: whole percentages of at least 1 that add up to 100."""
        total = sum(column.width for column in self.columns)
        shares = [100 * column.width / total for column in self.columns]
        if len(shares) > 100:
            raise TemplateError(
                f"found a table of {len(shares)} columns, wanted at most 100: ask for fewer "
                "analyses in it, or for several tables"
            )
        widths = [max(1, round(share)) for share in shares]
        widths[-1] += 100 - sum(widths)
        # The last column takes what rounding leaves, while nobody sees that. What many columns
        # leave would be more than it has: point by point, that goes where most is lacking.
        if widths[-1] < 1 or abs(widths[-1] - shares[-1]) > _UNSEEN:
            widths = [1] * len(shares)
            for _ in range(100 - len(shares)):
                widths[max(range(len(shares)), key=lambda at: shares[at] - widths[at])] += 1
        return tuple(widths)


def data(text: str | None, unknown_: str = NOT_REPORTED) -> str:
    """Return a text of the data as a cell, the words for an unknown one where there is none."""
    return str(placed.of_data(unknown_ if text is None else text))


def said(words: Words | None, unknown_: str = NOT_REPORTED) -> str:
    """Return printed words as a cell, the words for an unknown one where there are none."""
    return str(placed.of_words(Words(unknown_) if words is None else words))


def lines(parts: Iterable[str]) -> str:
    """Return parts of a cell, each on a line of its own."""
    return " <br>".join(parts)


def without_repeats(rows: Iterable[Sequence[str]], columns: int = 1) -> list[list[str]]:
    """Return rows whose first cells stand once: empty where all of them are as in the row above.

    Parameters
    ----------
    columns : how many first cells are compared and emptied, each only below equal ones.
    """
    out: list[list[str]] = []
    above: Sequence[str] = ()
    for row in rows:
        same = 0
        while same < columns and above and row[same] == above[same]:
            same += 1
        out.append(["" if at < same else cell for at, cell in enumerate(row)])
        above = row
    return out


def cited(study: Study) -> str:
    """Return the label of a study with its citation, and those of what corrects its results."""
    corrections = (study.sources[one.corrected_by].document for one in study.results
                   if one.corrected_by)  # fmt: skip
    keys = "; ".join(f"@{key}" for key in dict.fromkeys((study.citation, *corrections)))
    return f"{data(study.label)} [{keys}]"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(column: Column) -> str:
    left, right = {"l": (":", "-"), "r": ("-", ":"), "c": (":", ":")}[column.align]
    return f"{left}{'-' * max(1, column.width)}{right}"


def having(
    asked: Asked, part: str, wanted: str = "an analysis whose plan has it"
) -> list[AnalysisFinding]:
    """Return the analyses asked for that have a part; TemplateError where none has."""
    found = [analysis for analysis in asked.analyses() if getattr(analysis, part)]
    if not found:
        raise TemplateError(f"found no {part} for table {asked.id}, wanted {wanted}")
    return found


Maker = Callable[[Asked], Table]
