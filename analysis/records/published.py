"""published.yml: what the continued article prints."""

from pydantic import Field

from analysis.effects import Measure
from analysis.records.base import Record
from analysis.values import Id, Line, Printed, PValue, Quantity, Text


class PrintedNumber(Record):
    """A number of the article, and the finding that recomputes it."""

    id: Id
    place: Line
    quantity: Line
    printed: Quantity = Field(description="As the article prints it; '<0.001' is a bound.")
    finding: Line | None = Field(None, description="Path of the finding, as os.est.")
    percent: bool = Field(False, description="Printed as a percentage.")
    show_range: bool = Field(
        False, description="Give the range that input rounding allows though it is reproduced."
    )
    not_recomputable: Text | None = Field(None, description="Why no finding can answer.")
    known_reason: Text | None = Field(None, description="Why it differs, if the data show it.")


class ReportedPool(Record):
    """A pooled result that the article prints without its inputs."""

    id: Id
    outcome: Id
    family: Line = Field(
        description="What the pools of a family split, as the stage of the disease."
    )
    label: Line
    measure: Measure = "HR"
    estimate: Printed
    ci: tuple[Printed, Printed]
    p: PValue | None = None
    place: Line
    inputs: Text = Field(description="What is known of the inputs.")


class Published(Record):
    """published.yml: what the article prints, for the audit."""

    document: Id
    studies: tuple[Id, ...] = Field(description="The evidence of the article.")
    numbers: tuple[PrintedNumber, ...]
    pools: tuple[ReportedPool, ...] = ()
