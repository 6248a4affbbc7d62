"""Figures of a review, drawn from findings. One module a kind of figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FigureRequest:
    """A figure that the manuscript asks for.

    `kind` names the module that draws it (forest, funnel, flow, …), `name` the files
    (`figures/NAME.svg` and `.png`), `analysis` the entry of the plan, if it shows one.
    """

    kind: str
    name: str
    analysis: str | None = None
    options: Mapping[str, str | bool | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawing:
    """A drawn figure: the same picture as SVG (text as text) and as PNG."""

    name: str
    svg: bytes
    png: bytes
