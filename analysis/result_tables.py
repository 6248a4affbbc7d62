"""Tables of results: groups, what each study does to the pooled effects; the heads of estimates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis import words
from analysis.effects import ONE_GROUP
from analysis.errors import TemplateError
from analysis.findings import AnalysisFinding, GroupFinding, SubgroupFinding
from analysis.levels import headed, named_level
from analysis.method_findings import NaturalFinding
from analysis.printed_pools import as_read, printed_pool
from analysis.records import Review
from analysis.synthesis import Synthesis
from analysis.tables import Asked, Column, Table, data, said, without_repeats
from analysis.terms import METHODS_SHORT, SYMBOLS, TESTS, capitalised
from analysis.words import DASH, HARD, Keys, Piece, Words


def subgroups(asked: Asked) -> Table:
    """Return the groups of every planned split, with the test between them."""
    analyses = [analysis for analysis in asked.families() if analysis.subgroups]
    columns = [
        Column("Analysis", 21),
        Column("Method", 15),
        Column("Group", 15),
        Column("Studies", 7, "r"),
        Column(data(asked.review.plan.question.heading), 8, "r"),
        Column(estimate_head(analyses, pooled=True), 15),
        Column("I² (Q)", 8, "r"),
        Column("Between groups", 15),
    ]
    splits = [(analysis, split) for analysis in analyses for split in analysis.subgroups.values()]
    heads = Heads.over(analyses)
    rows = [
        row
        for analysis, split in splits
        for row in without_repeats(_group_rows(asked, analysis, split, heads), 2)
    ]
    return Table(columns, rows, _notes_on_groups([split for _, split in splits]))


def _notes_on_groups(splits: list[SubgroupFinding]) -> list[str]:
    """Return where a split departs from the test that its method names."""
    notes = []
    if any(_by_z(split, group) for split in splits for group in split.groups.values()):
        notes.append(data("*: a single study, whose interval is by z; Hartung-Knapp needs two."))
    tested = [split for split in splits if split.between_statistic is not None]
    if any(split.test != "z" and split.between_df2 is None for split in tested):
        notes.append(
            data("Q between groups with separate τ² is referred to χ², by whatever test the "
                 "intervals are; with a common τ² and Hartung-Knapp the test is F.")
        )  # fmt: skip
    return notes


def _by_z(split: SubgroupFinding, group: GroupFinding) -> bool:
    return split.test != "z" and group.synthesis.test == "z"


def _group_rows(
    asked: Asked, analysis: AnalysisFinding, split: SubgroupFinding, heads: Heads
) -> list[list[str]]:
    path = f"{analysis.id}.subgroups.{split.id}"
    rows = []
    for at, (name, group) in enumerate(split.groups.items()):
        here, found = f"{path}.groups.{name}", group.synthesis
        estimate = heads.refit(asked.review, analysis, group.studies, found, here)
        rows.append(
            [
                data(f"{asked.title_of(analysis)}: {split.label}"),
                said(words.model_short(split.method, split.test, split.pooling)),
                data(group.label),
                said(words.count(found.k, key=f"{here}.k")),
                said(words.count(group.patients, key=f"{here}.patients")),
                said(Words(estimate, "*" if _by_z(split, group) else "")),
                said(words.percent(found.i2_q, f"{here}.i2_q")) if found.k > 1 else DASH,
                said(_between(split, path), DASH) if not at else "",
            ]
        )
    return rows


def _between(split: SubgroupFinding, path: str) -> Words | None:
    if split.between_statistic is None or split.between_pval is None:
        return None
    dfs = (split.between_df, split.between_df2)
    key = f"{path}.between"
    return omnibus(split.between_statistic, dfs, split.between_pval, f"{key}_statistic", key)


def omnibus(
    statistic: float, dfs: tuple[int | None, float | None], pval: float, key: str, path: str
) -> Words:
    """Return a test of several numbers at once: Q = 1.47 (1 df), P = 0.23; F with two df.

    Parameters
    ----------
    key, path : of the statistic; what `_df`, `_df2` and `_pval` follow.
    """
    df = Words(Piece(f"{dfs[0]}", f"{path}_df"))
    if dfs[1] is not None:
        df = Words(df, " and ", Piece(f"{dfs[1]:g}", f"{path}_df2"))
    return Words(
        f"{'Q' if dfs[1] is None else 'F'}{HARD}={HARD}",
        words.number(statistic, key),
        " (",
        df,
        f"{HARD}df), ",
        words.p(pval, f"{path}_pval"),
    )


def leave_one_out(asked: Asked) -> Table:
    """Return the pooled result with each study left out, of the analyses side by side.

    I², from Q, is the same by every method where the studies are. Without `analyses`,
    every analysis that leaves studies out is there.
    """
    analyses = [analysis for analysis in asked.analyses() if analysis.leave_one_out]
    if not analyses:
        raise TemplateError(f"found nothing left out for table {asked.id}, wanted leave_one_out")
    groups = [[each] for each in analyses]
    if len({each.studies for each in analyses}) == 1:
        groups = [analyses]
    whole, of_p, of_tau2 = _apart(analyses)
    columns = [Column("Left out", 20)]
    for group in groups:
        for analysis in group:
            name = f"{data(whole[analysis.id])}: " if whole else ""
            columns.append(Column(f"{name}{estimate_head([analysis], pooled=True)}", 22))
            for head in _step_heads(analysis):
                by, width = (of_p, 10) if head == "P" else (of_tau2, 12)
                told = f" ({data(by[analysis.id])})" if by else ""
                columns.append(Column(f"{head}{told}", width, "r"))
        whose = f"; {data(whole[group[0].id])}" if len(groups) > 1 else ""
        columns.append(Column(f"I² (Q{whose})", 9, "r"))
    left_out = {step.study: step.label for each in analyses for step in each.leave_one_out}
    rows = []
    for study, label in left_out.items():
        cells = [data(label)]
        for group in groups:
            for analysis in group:
                cells += _step_cells(asked.review, analysis, study)
            cells.append(_step_i2(group[0], study))
        rows.append(cells)
    return Table(columns, rows)


def _apart(analyses: Sequence[AnalysisFinding]) -> tuple[dict[str, str], ...]:
    """Return by what heads tell several analyses apart: for the estimate, for P, for τ².

    By model, test and method, where these differ; else by title. One analysis needs nothing.
    """
    if len(analyses) == 1:
        return {}, {}, {}
    pools = {one.id: one.synthesis for one in analyses}
    titles = {one.id: one.title for one in analyses}
    models = {id_: str(words.model_short(s.method, s.test, s.pooling)) for id_, s in pools.items()}
    whole = _distinct(models) or titles
    tests = _distinct({id_: TESTS[s.test] for id_, s in pools.items()})
    methods = _distinct({id_: METHODS_SHORT[s.method] for id_, s in pools.items()})
    return whole, tests or whole, methods or whole


def _distinct(names: dict[str, str]) -> dict[str, str]:
    return names if len(set(names.values())) == len(names) else {}


@dataclass(frozen=True)
class Heads:
    """What the heading of estimates says for all of them; of the rest each row tells its own."""

    level: float
    named: bool
    in_units: bool

    @classmethod
    def over(cls, analyses: Sequence[AnalysisFinding]) -> Heads:
        """Return what the heading of these analyses says."""
        return cls(level_of_head(analyses), several_measures(analyses), several_units(analyses))

    def cell(
        self,
        analysis: AnalysisFinding,
        found: Synthesis | NaturalFinding,
        path: str,
    ) -> Words:
        """Return an estimate of an analysis, with what the heading does not say of it."""
        values = (found.est, found.est_lb, found.est_ub)
        return self._told(analysis, values, found.measure, Keys.under(path))

    def refit(
        self,
        review: Review,
        analysis: AnalysisFinding,
        studies: Iterable[str],
        found: Synthesis,
        path: str,
    ) -> Words:
        """Return an estimate of some studies of an analysis, as `as_read` has it."""
        values = (found.est, found.est_lb, found.est_ub)
        told, measure, keys = as_read(review, analysis, studies, values, Keys.under(path))
        return self._told(analysis, told, measure, keys)

    def _told(
        self, analysis: AnalysisFinding, values: Sequence[float], measure: str, keys: Keys
    ) -> Words:
        est, lb, ub = values
        unit, level = analysis.unit if self.in_units else None, self.level_of(analysis)
        return words.estimate_cell(
            est, lb, ub, measure, keys, named=self.named, unit=unit, level=level
        )

    def level_of(self, analysis: AnalysisFinding, kind: str = "CI") -> Words:
        """Return the level of an analysis's intervals where it is not the heading's."""
        return named_level(analysis.level, self.level, kind, f"{analysis.id}.level")


def several_measures(analyses: Iterable[AnalysisFinding]) -> bool:
    """Say whether estimates must name their measure, since no heading can do it for all."""
    return len({analysis.measure for analysis in analyses}) > 1


def several_units(analyses: Iterable[AnalysisFinding]) -> bool:
    """Say whether estimates must name their unit, since no heading can do it for all."""
    return len({analysis.unit for analysis in analyses}) > 1


def unit_head(analyses: Iterable[AnalysisFinding]) -> str | None:
    """Return the unit of a heading: that of all, None where there is none or there are several."""
    units = {analysis.unit for analysis in analyses}
    return units.pop() if len(units) == 1 else None


def estimate_head(analyses: Iterable[AnalysisFinding], *, pooled: bool = False) -> str:
    """Return the heading of estimates: HR (95% CI), where all have one measure.

    Of a level other than `level_of_head` a row names its own.

    With `pooled` they are those of `printed_pool`.
    """
    found = list(analyses)
    symbols = {_symbol(analysis, pooled) for analysis in found}
    measure = symbols.pop() if len(symbols) == 1 else "Estimate"
    # A correlation is r; R would be another.
    named = capitalised(measure) if len(measure) > 1 else measure
    return data(f"{words.in_unit(named, unit_head(found))} ({interval_head(found)})")


def _symbol(analysis: AnalysisFinding, pooled: bool) -> str:
    led_back = pooled and printed_pool(analysis)[0] is not analysis.synthesis
    return SYMBOLS["PLO" if led_back else analysis.measure]


def interval_head(analyses: Iterable[AnalysisFinding], kind: str = "CI") -> str:
    """Return what the intervals of a heading are: 95% CI."""
    return f"{words.confidence(level_of_head(analyses))} {kind}"


def level_of_head(analyses: Iterable[AnalysisFinding]) -> float:
    """Return the level that the heading of analyses names; of another one each row tells it."""
    return headed(analysis.level for analysis in analyses)


def _step_heads(analysis: AnalysisFinding) -> list[str]:
    """Return what stands beside the estimate; of one group no P, which no value is tested for."""
    return ["τ²"] if analysis.measure in ONE_GROUP else ["P", "τ²"]


def _step_cells(review: Review, analysis: AnalysisFinding, study: str) -> list[str]:
    step = next((each for each in analysis.leave_one_out if each.study == study), None)
    heads = _step_heads(analysis)
    if step is None:
        return [DASH] * (1 + len(heads))
    path = f"{analysis.id}.leave_one_out.{study}"
    bounds = [bound for bound in (step.est_lb, step.est_ub) if bound is not None]
    rest = [one for one in analysis.studies if one != study]
    told, measure, keys = as_read(review, analysis, rest, (step.est, *bounds), Keys.under(path))
    if len(told) < 3:
        estimate = words.effect(told[0], measure, keys.est)
    else:
        estimate = words.estimate_cell(told[0], told[1], told[2], measure, keys)
    beside = {
        "P": said(words.p_of_effect(step.pval, analysis.measure, f"{path}.pval")),
        "τ²": said(words.tau2(step.tau2, f"{path}.tau2")) if step.k > 1 else DASH,
    }
    return [said(estimate), *(beside[head] for head in heads)]


def _step_i2(analysis: AnalysisFinding, study: str) -> str:
    step = next((each for each in analysis.leave_one_out if each.study == study), None)
    if step is None or step.k < 2:
        return DASH
    return said(words.percent(step.i2_q, f"{analysis.id}.leave_one_out.{study}.i2_q"))
