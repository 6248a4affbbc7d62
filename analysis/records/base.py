"""What every record is, and the words that several of them use."""

import os
from functools import cached_property
from typing import Literal

# What else is installed has no say in how data are read, nor is time lost in looking for it.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import BaseModel, ConfigDict, Field

from analysis.values import Id, Line, Maybe, PartialDate, Text

Access = Literal["full text", "abstract", "secondary", "article continued", "registry"]
Design = Literal[
    "randomised trial", "non-randomised trial", "prospective cohort", "retrospective cohort"
]
Status = Literal["included", "ongoing", "awaiting", "excluded", "superseded", "retracted"]
Adjustment = Literal["unadjusted", "multivariable", "matched", "weighted", "adjusted"]
Finding = Literal["higher", "no difference", "no significant difference", "lower", "reported"]
Method = Literal["EE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"]
Test = Literal["z", "knha", "adhoc"]
Prediction = Literal["normal", "t(k-1)", "t(k-2)"]
LengthUnit = Literal["days", "weeks", "months", "years"]
# A year has 365.25 days, as in the arithmetic of most survival analyses.
MONTHS: dict[LengthUnit, float] = {
    "days": 12 / 365.25,
    "weeks": 7 * 12 / 365.25,
    "months": 1.0,
    "years": 12.0,
}
Origin = Literal["article", "inferred", "protocol", "amended", "added"]


class Record(BaseModel):
    """A frozen entry of a data file; an unknown key in the file is an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, ignored_types=(cached_property,)
    )


class Source(Record):
    """Where numbers were read: the document, the place in it, how and by whom."""

    document: Id = Field(description="The report that gives the number: a key of references.bib.")
    place: Line = Field(description="Where in the document: a table, a page, the abstract.")
    access: Access = Field(description="How much of the document was at hand.")
    published: Maybe[PartialDate] = Field(description="When the report was published.")
    via: Id | None = Field(
        None, description="The document in which the number was read, if not the report itself."
    )
    extracted_by: Maybe[Line]
    checked_by: Maybe[Line]
    note: Text | None = None
