"""What a request for a figure names, looked up; a name that is not there is an error."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from analysis.errors import TemplateError

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.findings import AnalysisFinding, Findings, SubgroupFinding
    from analysis.records import Review, Tool


def analysis_of(request: FigureRequest, findings: Findings) -> AnalysisFinding:
    """Return the analysis that a request shows; TemplateError if there is none."""
    found = findings.analyses.get(request.analysis or "")
    if found is None:
        raise _not_there(request, "analysis", request.analysis, findings.analyses)
    return found


def subgroup_of(request: FigureRequest, analysis: AnalysisFinding) -> SubgroupFinding | None:
    """Return the subgroup analysis that a request names, None if it names none."""
    if request.options.get("subgroup") is None:
        return None
    return analysis.subgroups[one_of(request, "subgroup", analysis.subgroups)]


def tool_of(request: FigureRequest, option: str, review: Review) -> Tool | None:
    """Return the quality tool that a request names, None if it names none."""
    if request.options.get(option) is None:
        return None
    tools = {tool.id: tool for tool in review.plan.tools}
    return tools[one_of(request, option, tools)]


def one_of(request: FigureRequest, option: str, known: Collection[str]) -> str:
    """Return the value of an option that must be one of those known; else TemplateError."""
    found = request.options.get(option)
    if not isinstance(found, str) or found not in known:
        raise _not_there(request, option, found, known)
    return found


def ids_of(
    request: FigureRequest, option: str, known: Collection[str] | None = None
) -> tuple[str, ...]:
    """Return the values of an option, one or several.

    Raises
    ------
    TemplateError : one is not among those known, where these are given.
    """
    found = request.options.get(option, ())
    values = (found,) if isinstance(found, str) else found if isinstance(found, tuple) else ()
    for value in values:
        if known is not None and value not in known:
            raise _not_there(request, option, value, known)
    return values


def nothing_to_draw(request: FigureRequest, found: str, wanted: str) -> TemplateError:
    """Return the error for a figure that the findings cannot fill."""
    return TemplateError(f"figure {request.name}: found {found}, wanted {wanted}")


def _not_there(
    request: FigureRequest, what: str, found: object, known: Collection[str]
) -> TemplateError:
    choice = f"one of: {', '.join(known)}" if known else "one, but there is none"
    return TemplateError(f"figure {request.name}: found {what} {found}, wanted {choice}")
