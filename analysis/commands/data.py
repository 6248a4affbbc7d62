"""check, analyse, audit, schema: the commands that look and write no paper."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.terminal import Terminal

if TYPE_CHECKING:
    from analysis.audit import AuditRow, Status
    from analysis.findings import AnalysisFinding
    from analysis.method_findings import NaturalFinding
    from analysis.part_findings import GroupFinding, SubgroupFinding
    from analysis.synthesis import Synthesis


def check_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check`."""
    parser.set_defaults(run=check)


def check(args: argparse.Namespace, terminal: Terminal) -> int:
    """Check everything short of drawing and rendering."""
    from analysis.archive import doubted, doubts

    root: Path = args.root.resolve()
    # Archives are many megabytes: they are read while the modules are, and before pandoc wants
    # its processor.
    with ThreadPoolExecutor(max_workers=1) as aside:
        archives = aside.submit(doubted, root)
        from analysis import build, words
        from analysis.essentials import essentials
        from analysis.load import load
        from analysis.manuscript_texts import todos_of
        from analysis.project import CHECKLISTS, read_project
        from analysis.unanswered import not_estimable

        project = read_project(root)
        loaded = load(project.data)
        review = loaded.review
        examined = build.examine(project, loaded=loaded)
    archived = doubts([one.version for one in review.editions], archives.result())
    terminal.problems(examined.warnings, "warning")
    terminal.problems(not_estimable(loaded, examined.findings), "warning")
    terminal.problems(essentials(loaded, project.styles.get(CHECKLISTS)), "warning")
    terminal.problems(archived, "warning")
    terminal.problems((*loaded.todos, *todos_of(project.sources)), "to do")
    held = sum(outcome.holds for outcome in examined.claims)
    terminal.say(
        f"{words.count(len(review.studies), 'study')}, "
        f"{words.count(len(examined.findings.analyses), 'analysis')}, "
        f"{held} of {len(examined.claims)} claims hold as first worded, no errors"
    )
    return 0


def analyse_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `analyse`."""
    parser.add_argument("--json", action="store_true", help="print findings.json")
    parser.set_defaults(run=analyse)


def analyse(args: argparse.Namespace, terminal: Terminal) -> int:
    """Print the findings, as a table or as JSON."""
    from analysis.load import load_review
    from analysis.plan import find

    findings = find(load_review(args.root))
    if args.json:
        terminal.out.write(findings.to_json())
        return 0
    terminal.table(
        ("analysis", "k", "estimate (interval)", "P", "prediction", "I²", "τ²", "method"),
        [row for analysis in findings.analyses.values() for row in _rows(analysis)],
        right=(1, 3, 5, 6),
        below=(7,),
    )
    groups = [
        (_group_name(a, split, g), str(g.synthesis.k), *_result(g.synthesis, a, g.synthesis.pval))
        for a in findings.analyses.values()
        for split in a.subgroups.values()
        for g in split.groups.values()
    ]
    if groups:
        terminal.table(("subgroup", "k", "estimate (interval)", "P"), groups, right=(1, 3))
    for what, why in findings.unanswered.items():
        terminal.remark(f"{what}: no answer yet ({why})")
    return 0


def _group_name(analysis: AnalysisFinding, split: SubgroupFinding, group: GroupFinding) -> str:
    """Name a group; the same one may be pooled with a τ² of its own and with a common one."""
    common = " (common τ²)" if split.tau2_model == "common" else ""
    return f"{analysis.id}: {group.label}{common}"


def _rows(analysis: AnalysisFinding) -> Iterator[tuple[str, ...]]:
    """Give the row of the pool and, where studies give several estimates, of the planned model."""
    from analysis import several_words, words
    from analysis.levels import named_level

    yield _pooled(analysis)
    of = several_words.beside(analysis)
    if of is not None:
        name = f"{analysis.id}: {of.model.replace('_', '-')}"
        cells = (
            several_words.estimate(analysis, of, named_level(analysis.level)),
            words.p_of_effect(of.pval, analysis.measure),
            words.DASH,
            words.DASH,
            several_words.variances(analysis, of) or words.DASH,
            several_words.short(analysis, of),
        )
        yield (name, str(of.clusters), *map(str, cells))


def _pooled(analysis: AnalysisFinding) -> tuple[str, ...]:
    from analysis import several_words, words
    from analysis.levels import named_level
    from analysis.printed_pools import printed_pool

    s, (told, _) = analysis.synthesis, printed_pool(analysis)
    prediction = (
        named_level(analysis.level, kind="PI")
        + words.interval(told.pi_est_lb, told.pi_est_ub, told.measure)
        if told.pi_est_lb is not None and told.pi_est_ub is not None
        else words.DASH
    )
    return (
        analysis.id,
        str(s.k),
        *_result(told, analysis, s.pval),
        prediction,
        # One study has nothing to vary with.
        str(words.percent(s.i2_q)) if s.k > 1 else words.DASH,
        str(words.tau2(s.tau2)) if s.k > 1 else words.DASH,
        words.model_short(s.method, s.test, s.pooling) + several_words.composites(analysis),
    )


def _result(
    found: Synthesis | NaturalFinding, analysis: AnalysisFinding, pval: float | None
) -> tuple[str, str]:
    """Return an estimate with its interval, and its P; the heading means intervals of 95%."""
    from analysis import words
    from analysis.levels import named_level

    bounds, level = (found.est, found.est_lb, found.est_ub), named_level(analysis.level)
    cell = words.estimate_cell(*bounds, found.measure, level=level)
    return str(cell), str(words.p_of_effect(pval, analysis.measure))


def audit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `audit`."""
    parser.set_defaults(run=audit)


def audit(args: argparse.Namespace, terminal: Terminal) -> int:
    """Print the article's numbers beside the recomputed ones."""
    from analysis.audit import STATUSES
    from analysis.audit import audit as recompute
    from analysis.audit_words import printed, recomputed
    from analysis.load import load_review
    from analysis.numbers import DASH
    from analysis.plan import find

    review = load_review(args.root)
    if review.published is None:
        terminal.say("this review has no data/published.yml: there is nothing to audit")
        return 0
    rows = recompute(review.published, review, find)
    terminal.table(
        ("quantity", "printed", "recomputed", "verdict", "range or reason"),
        [
            (
                row.quantity,
                printed(row),
                recomputed(row) or DASH,
                row.verdict,
                _remark(row),
            )
            for row in rows
        ],
        right=(1, 2),
    )
    counted = {status: sum(row.status == status for row in rows) for status in STATUSES}
    terminal.say()
    terminal.tell(", ".join(_counted(status, n) for status, n in counted.items() if n))
    return 0


def _counted(status: Status, number: int) -> str:
    return f"{number} differ" if status == "differs" and number > 1 else f"{number} {status}"


def _remark(row: AuditRow) -> str:
    from analysis.audit_words import span

    return "; ".join(part for part in (span(row), row.reason) if part)


def schema_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `schema`."""
    parser.set_defaults(run=schema)


def schema(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write schemas/*.schema.json."""
    from analysis.load import data_folder
    from analysis.output import write_in
    from analysis.schema import schemas

    root: Path = args.root.resolve()
    data_folder(root)
    texts = schemas()
    changed = write_in(root, {name: text.encode("utf-8") for name, text in texts.items()})
    for name in texts:
        terminal.say(f"{name}{'' if name in changed else ' (as it was)'}")
    return 0
