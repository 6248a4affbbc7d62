"""Whether what a template asks of a figure is there, before anything is laid out or drawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from analysis.errors import TemplateError
from analysis.figures import FigureRequest
from analysis.findings import AnalysisFinding, Findings
from analysis.items import told_unanswered
from analysis.messages import listed, unknown
from analysis.records import Review

OF_THE_REVIEW = frozenset({"flow", "traffic", "pools"})
"""Kinds of figure that show the review as a whole, where they name no analysis."""
PLANNED = {
    "leave_one_out": "leave_one_out: true",
    "cumulative": "cumulative: year",
    "influence": "influence: true",
    "gosh": "gosh: {}",
    "radial": "radial: true",
    "sequential": "sequential: with what it asks for",
}
"""Kinds of figure that show a part of an analysis, by its name, and what plans it."""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "bubble": ("regression",),
    "flow": ("previous", "searched", "found", "again"),
    "forest": ("subgroup", "part", "beside", "quality"),
    "pools": ("computed",),
    "traffic": ("tool",),
    "what_would_it_take": ("i2",),
}
"""What a kind of figure may be told beside its analysis; the other kinds take nothing."""


def check_request(id_: str, request: FigureRequest, review: Review, findings: Findings) -> None:
    """Refuse a figure of an analysis, or of a part of one, that is not there, and other options.

    Raises
    ------
    TemplateError : what was found, and what there is.
    """
    for option in request.options:
        if option not in (known := OPTIONS.get(request.kind, ())):
            what = f"an option of a {request.kind} figure"
            raise TemplateError(unknown(option, what, (*known, "analysis", "width")))
    planned = [one.id for one in review.plan.analyses]
    _check_tool(id_, request, review)
    if request.analysis is None:
        if request.kind not in OF_THE_REVIEW:
            wanted = f'analysis="…", one of: {listed(planned)}'
            found = f"found {request.kind} figure {id_} without analysis"
            raise TemplateError(f"{found}, wanted {wanted}")
        return
    if request.analysis not in planned:
        raise TemplateError(unknown(request.analysis, "an analysis of the plan", planned))
    finding = findings.analyses.get(request.analysis)
    if finding is None:
        raise TemplateError(told_unanswered(request.analysis, findings))
    part = request.kind
    if part in PLANNED and not getattr(finding, part):
        raise TemplateError(_told_without(part, id_, finding))
    beside = request.options.get("beside")
    for other in beside if isinstance(beside, tuple) else (beside,) if beside else ():
        if other not in planned:
            raise TemplateError(unknown(str(other), "an analysis of the plan", planned))
        if other not in findings.analyses:
            raise TemplateError(told_unanswered(str(other), findings))
    _check_option("subgroup", "subgroups", request, finding, finding.subgroups)
    if request.kind == "bubble":
        _check_option("regression", "regressions", request, finding, finding.regressions)


def _check_tool(id_: str, request: FigureRequest, review: Review) -> None:
    tools = [tool.id for tool in review.plan.tools]
    for option in ("tool", "quality"):
        value = request.options.get(option)
        if value is not None and value not in tools:
            raise TemplateError(unknown(str(value), "an id under `tools` of review.yml", tools))
    if request.kind == "traffic" and "tool" not in request.options:
        wanted = f'tool="…", one of: {listed(tools)}' if tools else "a tool in review.yml first"
        raise TemplateError(f"found traffic figure {id_} without tool, wanted {wanted}")


def _told_without(part: str, id_: str, finding: AnalysisFinding) -> str:
    found = f"found figure {id_} of {finding.id}, which has no {part}"
    if why := finding.unanswered.get(part):
        return f"{found} ({why}), wanted it inside {{% if {finding.id}.{part} %}} … {{% endif %}}"
    return f"{found}, wanted `{PLANNED[part]}` under {finding.id} in review.yml"


def _check_option(
    option: str,
    part: str,
    request: FigureRequest,
    finding: AnalysisFinding,
    known: Collection[str],
) -> None:
    value = request.options.get(option)
    if value is None:
        if option == "regression":
            wanted = f'regression="…", one of: {listed(known)}' if known else "a regression planned"
            raise TemplateError(f"found a bubble figure without regression, wanted {wanted}")
        return
    if value in known:
        return
    if why := finding.unanswered.get(f"{part}.{value}"):
        found = f"found the {option} {value} of {finding.id}, which has no answer yet ({why})"
        raise TemplateError(f"{found}, wanted another, or the figure left out")
    raise TemplateError(unknown(str(value), f"one of the {part} of {finding.id}", known))
