"""The planned analyses as a CSV and an R script that repeats them with metafor.

The script is written out call by call, so that a reader of R sees what is done; what the calls
do stands above them, in `export_metafor.R`. It prints each number under the path that it has in
the findings, so that the two can be compared without a table of names. A study may come from a
stranger and the script is run: whatever text the data hold stands in it as a string (`_string`)
or in a comment (`_remark`), never as it is.
"""

from __future__ import annotations

from pathlib import Path

from analysis.csv_text import Cell, inert, table
from analysis.evidence import number_value, study_value
from analysis.findings import AnalysisFinding, Findings
from analysis.group_routes import Table
from analysis.paths import slug
from analysis.planned_effects import contributions, tables_of_rows
from analysis.planned_models import columns_of
from analysis.records import AnalysisPlan, RegressionPlan, Review
from analysis.unanswered import is_empty

HEAD = Path(__file__).with_name("export_metafor.R")
NOT_REPEATED = {
    "bayes": "Bayesian models",
    "gosh": "all subsets",
    "baujat": "the Baujat plot",
    "radial": "the radial plot",
    "sequential": "the sequential analysis",
    "rounding": "the range that rounding allows",
}
"""Parts of a plan that the script leaves out: metafor has none of it, or takes minutes."""


def to_metafor(review: Review, findings: Findings) -> dict[str, bytes]:
    """Return effects.csv, analyses.R and, where studies give several estimates, estimates.csv."""
    plans = {plan.id: plan for plan in review.plan.analyses}
    rows: list[dict[str, Cell]] = []
    estimates: list[dict[str, Cell]] = []
    calls: list[str] = []
    for id_, finding in findings.analyses.items():
        rows += _rows(review, plans[id_], finding)
        estimates += (
            {"analysis": id_, "study": row.study, "yi": row.yi, "vi": row.vi,
             "measure": finding.measure}
            for row in finding.estimates
        )  # fmt: skip
        calls += _calls(plans[id_], finding, review)
    head = HEAD.read_text(encoding="utf-8")
    about = (
        f"{_remark(review.plan.title)}: the planned analyses, repeated with R and metafor.\n"
        "# Run: Rscript analyses.R, in the folder of effects.csv. Prints JSON: each number under\n"
        "# the path that it has in findings.json.\n\n"
    )
    files = {
        "effects.csv": table(rows),
        "analyses.R": (about + head + "\n" + "\n".join(calls) + "\n\ntell()\n").encode("utf-8"),
    }
    if estimates:
        files["estimates.csv"] = table(estimates)
    return files


def _rows(review: Review, plan: AnalysisPlan, finding: AnalysisFinding) -> list[dict[str, Cell]]:
    tables = contributions(review, plan).tables if plan.pooling != "inverse_variance" else ()
    counted = tables or _tables(review, plan, finding)
    columns = {
        regression.id: columns_of(review, regression, finding.rows)
        for regression in plan.regressions
    }
    rows = []
    for i, row in enumerate(finding.rows):
        study = review.by_id[row.study]
        value = number_value(study, plan.cumulative) if plan.cumulative else None
        cells: dict[str, Cell] = {
            "analysis": plan.id,
            "study": row.study,
            "label": row.label,
            "measure": finding.measure,
            "yi": row.yi,
            "vi": row.vi,
            "ni": study.patients,
            "at": value,
        }
        if counted:
            one = counted[i]
            cells |= {"ai": one.ai, "bi": one.bi, "ci": one.ci, "di": one.di}
        for split in plan.subgroups:
            group = study_value(study, split.by)
            cells[f"g_{split.id}"] = None if group is None else slug(str(group))
        for id_, values in columns.items():
            for n, column in enumerate(values):
                cells[f"m_{id_}_{n + 1}"] = column[i]
        rows.append(cells)
    return rows


def _tables(review: Review, plan: AnalysisPlan, finding: AnalysisFinding) -> tuple[Table, ...]:
    """Return the 2×2 tables of an analysis whose tests ask for them, if all studies have one."""
    if not {"harbord", "peters"} & set(plan.small_study):
        return ()
    return tables_of_rows(review, finding.rows)


def _calls(plan: AnalysisPlan, finding: AnalysisFinding, review: Review) -> list[str]:
    level = f"{100 * float(plan.level):g}"
    model = f'"{plan.method}", "{plan.test}", {level}'
    left = [text for part, text in NOT_REPEATED.items() if getattr(plan, part)]
    lines = ["", _remark(plan.title)]
    if left:
        lines.append(f"# Not repeated: {', '.join(left)}.")
    lines.append(f'd <- of("{plan.id}")')
    if plan.pooling != "inverse_variance":
        add, to = f"{float(plan.continuity.add):g}", plan.continuity.to
        how = f'"{plan.pooling}", {level}, {add}, "{to}"'
        lines.append(f'counted("{plan.id}", d, {how})')
        for split in finding.subgroups.values():
            for name in split.groups:
                part = f"d[which(d$g_{split.id} == {_string(inert(name))}), ]"
                here = _string(f"{plan.id}.subgroups.{split.id}.groups.{name}")
                lines.append(f"counted({here}, {part}, {how})")
    else:
        lines.append(f'r <- pooled("{plan.id}", d, {model}, "{plan.prediction}")')
        if finding.leave_one_out:
            lines.append(f'omitted("{plan.id}.leave_one_out", r, d)')
        if finding.cumulative:
            lines.append(f'cumulated("{plan.id}.cumulative", d, {model})')
        if finding.influence:
            lines.append(f'influenced("{plan.id}.influence", r, d)')
        lines += _groups(plan, finding, level)
    for regression in plan.regressions:
        if regression.id in finding.regressions:
            lines += _regression(review, plan, regression, finding, level)
    answered = (name for name in plan.small_study if not is_empty(finding.small_study[name]))
    lines += (_test(name, plan, level, review) for name in answered)
    if plan.several is not None and plan.several.model != "composite" and finding.several:
        how = f'"{plan.several.model}", {float(plan.several.rho):g}, "{plan.method}", '
        how += f'"{plan.test}", {level}'
        lines.append(f'several("{plan.id}.several", "{plan.id}", {how})')
    return lines


def _groups(plan: AnalysisPlan, finding: AnalysisFinding, level: str) -> list[str]:
    lines = []
    for split in plan.subgroups:
        if split.id not in finding.subgroups:
            continue
        groups = list(finding.subgroups[split.id].groups)
        cells = [inert(name) for name in groups]
        names = ", ".join(map(_string, groups))
        told = f", c({', '.join(map(_string, cells))})" if cells != groups else ""
        method, test = split.method or plan.method, split.test or plan.test
        lines.append(
            f'grouped("{plan.id}.subgroups.{split.id}", d, "g_{split.id}", c({names}), '
            f'"{method}", "{test}", {level}, "{split.tau2}", "{plan.prediction}"{told})'
        )
    return lines


def _regression(
    review: Review,
    plan: AnalysisPlan,
    regression: RegressionPlan,
    finding: AnalysisFinding,
    level: str,
) -> list[str]:
    found = finding.regressions[regression.id]
    columns = {m.field: f"m_{regression.id}_{n + 1}" for n, m in enumerate(regression.moderators)}
    lines = []
    for moderator, values in zip(
        regression.moderators, columns_of(review, regression, finding.rows), strict=True
    ):
        name = columns[moderator.field]
        levels = sorted({value for value in values if isinstance(value, str)})
        if not levels:
            lines.append(f"d${name} <- as.numeric(d${name})")
            continue
        levels.sort(key=lambda level: level != moderator.reference)  # the reference first
        cells = ", ".join(_string(inert(level)) for level in levels)
        lines.append(f"d${name} <- factor(d${name}, levels = c({cells}))")
    terms = [*columns.values(), *(f"{columns[a]}:{columns[b]}" for a, b in regression.interactions)]
    names = ", ".join(map(_string, found.coefficients))
    lines.append(
        f'regressed("{plan.id}.regressions.{regression.id}", d, ~ {" + ".join(terms)}, '
        f'c({names}), "{found.method}", "{found.test}", {level})'
    )
    return lines


def _test(name: str, plan: AnalysisPlan, level: str, review: Review) -> str:
    path = f"{plan.id}.small_study.{name}"
    if name.startswith("egger_"):
        model, _, predictor = name.removeprefix("egger_").partition("_")
        kind = {"classic": "lm", "mixed": "rma"}[model]
        how = f'"{kind}", "{predictor or "sei"}", "{plan.method}", "{plan.test}", {level}'
        return f'egger("{path}", d, {how})'
    if name.startswith("trim_and_fill"):
        estimator = "R0" if name.endswith("r0") else "L0"
        return f'filled("{path}", d, "{plan.method}", "{plan.test}", "{estimator}", {level})'
    side = "less" if review.outcome(plan.outcome).better == "lower" else "greater"
    return {
        "begg": f'begg("{path}", d)',
        "harbord": f'harbord("{path}", d)',
        "peters": f'peters("{path}", d)',
        "pet_peese": f'pet_peese("{path}", d, {level})',
        "selection_model": f'selected("{path}", d, "{side}", {level})',
        "excess_significance": f'exceeded("{path}", d, "{plan.method}")',
    }[name]


def _string(text: str) -> str:
    """Return a text as a string of R that stands for it, in ASCII.

    R holds no NUL and no half of a surrogate pair: these become the sign of what is lost.
    """
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if " " <= character <= "~":
        return character
    code = ord(character)
    if code == 0 or 0xD800 <= code <= 0xDFFF:
        code = 0xFFFD
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _remark(text: str) -> str:
    """Return a text as a comment of R: on one line, whatever a program takes for a line end."""
    words = "".join(c if c.isprintable() else " " for c in text).split()
    return f"# {' '.join(words)}"
