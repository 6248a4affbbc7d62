"""Where in a template something happened: file and line, from frames and tracebacks."""

from __future__ import annotations

import sys
from types import FrameType, TracebackType

import jinja2


def place_of_call() -> str:
    """Return file and line of the innermost template that is being rendered."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        found = _place(frame, frame.f_lineno)
        if found:
            return found
        frame = frame.f_back
    return "review.qmd"


def place_of_error(trace: TracebackType | None) -> str:
    """Return file and line of the innermost template in a traceback."""
    found = "review.qmd"
    while trace is not None:
        found = _place(trace.tb_frame, trace.tb_lineno) or found
        trace = trace.tb_next
    return found


def raised_by_template(trace: TracebackType | None) -> bool:
    """Say whether the template's own code raised, not a function that it called."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and "__jinja_template__" in trace.tb_frame.f_globals


def _place(frame: FrameType, line: int) -> str | None:
    template = frame.f_globals.get("__jinja_template__")
    if not isinstance(template, jinja2.Template):
        return None
    name = template.name or ""
    return name if " " in name else f"{name}:{template.get_corresponding_lineno(line)}"
