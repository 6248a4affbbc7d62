"""How far another program's numbers lie from the findings: measured, recorded, never typed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from analysis.errors import DataError, Problem, TemplateError
from analysis.findings import AnalysisFinding, Findings
from analysis.project import AGREEMENT

FILE = AGREEMENT
FLOOR = 1e-3
"""Below this, numbers are compared absolutely: a P value of 1e-9 is printed as <0.001."""

SHOWN = 5
"""Parts of an analysis that are named where no number of them was compared."""


@dataclass(frozen=True)
class Compared:
    """One analysis: how many numbers were compared, and the largest relative difference."""

    numbers: int
    largest: float
    at: str


@dataclass(frozen=True)
class Agreement:
    """The findings of some evidence against those of metafor.

    `evidence` is the hash of what was analysed (`load.analysed_hash`); of other evidence the
    record says nothing.
    """

    evidence: str
    r: str
    metafor: str
    analyses: Mapping[str, Compared]

    @property
    def numbers(self) -> int:
        """Numbers compared in all."""
        return sum(one.numbers for one in self.analyses.values())

    @property
    def largest(self) -> float:
        """The largest relative difference of all."""
        return max((one.largest for one in self.analyses.values()), default=0.0)

    def to_json(self) -> str:
        """Return validation/agreement.json."""
        document = asdict(self)
        for one in document["analyses"].values():
            one["largest"] = float(f"{one['largest']:.2g}")
        return json.dumps(document, sort_keys=True, indent=1) + "\n"

    @classmethod
    def from_json(cls, content: bytes) -> Agreement:
        """Read what `to_json` wrote.

        Raises
        ------
        DataError : it is something else.
        """
        try:
            document = json.loads(content)
            analyses = {id_: Compared(**one) for id_, one in document.pop("analyses").items()}
            return cls(**document, analyses=analyses)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            found = "JSON nested too deep" if isinstance(error, RecursionError) else error
            wanted = "wanted what `living-review agreement` writes"
            raise DataError([Problem(FILE, "", f"found {found}, {wanted}")]) from None


def stale(recorded: bytes | None, analysed: str) -> tuple[Problem, ...]:
    """Return a warning where the record is of other data, so that the paper does not show it.

    Raises DataError as `Agreement.from_json`.
    """
    if recorded is None or Agreement.from_json(recorded).evidence == analysed:
        return ()
    message = "found the numbers of other data, wanted them compared again: living-review agreement"
    return (Problem(FILE, "", message),)


def compare(
    findings: Findings, printed: Mapping[str, float | str], analysed: str = ""
) -> Agreement:
    """Compare the findings with the numbers that the exported script printed.

    `analysed` is the hash of what both rest on, which the record keeps. A number that the
    findings decline to give, and say why, is passed over.

    Raises
    ------
    DataError : the script printed a number that the findings do not have, or one that is not
        finite, or none at all of an analysis.
    """
    found: dict[str, list[tuple[float, str]]] = {id_: [] for id_ in findings.analyses}
    problems = []
    for path, theirs in printed.items():
        if isinstance(theirs, str):
            continue
        try:
            ours = findings.value(path)
        except TemplateError as error:
            problems.append(Problem("metafor", path, f"found {theirs:g}, but {error}"))
            continue
        if ours is None and _declined(findings, path):
            continue
        if not isinstance(ours, int | float):
            both = "wanted a number here and there"
            problems.append(Problem("metafor", path, f"found {theirs:g}, here {ours!r}, {both}"))
        elif not math.isfinite(ours) or not math.isfinite(theirs):
            message = f"found {theirs:g}, here {ours:g}, wanted finite numbers"
            problems.append(Problem("metafor", path, message))
        else:
            found[path.partition(".")[0]].append((difference(ours, theirs), path))
    # It did not agree: it was not asked, or failed without a word.
    named = {problem.where.partition(".")[0] for problem in problems}
    problems += (
        Problem("metafor", id_, "found no number of this analysis, wanted those that it repeats")
        for id_, each in found.items()
        if not each and id_ not in named
    )
    if problems:
        raise DataError(problems)
    return Agreement(
        evidence=analysed,
        r=str(printed["about.R"]),
        metafor=str(printed["about.metafor"]),
        analyses={id_: Compared(len(each), *max(each)) for id_, each in found.items()},
    )


def uncompared(findings: Findings, printed: Mapping[str, float | str]) -> list[Problem]:
    """Return what the script repeats of the findings and printed no number of, by analysis.

    metafor may have no answer, or the script have lost its question.
    """
    known = {
        ".".join(path.split(".")[:n]) for path in printed for n in range(2, path.count(".") + 2)
    }
    problems = []
    for id_, analysis in findings.analyses.items():
        lacking = [part for part in _repeated(analysis) if f"{id_}.{part}" not in known]
        if lacking:
            shown = ", ".join(lacking[:SHOWN]) + (" …" if len(lacking) > SHOWN else "")
            message = f"found no number of {shown}, wanted those of the findings: not compared"
            problems.append(Problem("metafor", id_, message))
    return problems


def _repeated(analysis: AnalysisFinding) -> Iterator[str]:
    """Give each part of an analysis of which findings and script have numbers, by its path."""
    yield "mu"
    inverse = analysis.pooling == "inverse_variance"
    for id_, split in analysis.subgroups.items():
        yield from (f"subgroups.{id_}.groups.{name}" for name in split.groups)
        if inverse and split.between_pval is not None:
            yield f"subgroups.{id_}.between_pval"
    for id_, regression in analysis.regressions.items():
        yield from (f"regressions.{id_}.coefficients.{name}" for name in regression.coefficients)
    yield from (
        f"small_study.{id_}" for id_, test in analysis.small_study.items() if test.note is None
    )
    for part in ("leave_one_out", "cumulative", "influence") if inverse else ():
        yield from (f"{part}.{row.study}" for row in getattr(analysis, part))
    if analysis.several and analysis.several.model != "composite":
        yield "several.est"


def _declined(findings: Findings, path: str) -> bool:
    """Say whether a number is left out here for a reason that is told, as of too few studies.

    Of a single study left Hartung-Knapp has no interval here, where metafor falls back on Wald.
    """
    part = path.rpartition(".")[0]
    return _value(findings, f"{part}.note") is not None or _value(findings, f"{part}.k") == 1


def _value(findings: Findings, path: str) -> object:
    try:
        return findings.value(path)
    except TemplateError:
        return None


def difference(ours: float, theirs: float) -> float:
    """Return |ours - theirs| over the larger of them, or over FLOOR where both are smaller."""
    return abs(ours - theirs) / max(abs(ours), abs(theirs), FLOOR)
