"""The kinds of value that a data file holds: numbers as printed, dates as precise as known."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

ID_PATTERN = r"^[a-z][a-z0-9_]*$"
UNKNOWN_WORDS = ("not reported", "not stated")
TODO = "TODO"
MINUSES = str.maketrans(dict.fromkeys("−–—‑", "-"))
"""What is typed or copied for a minus, to the one that Python reads."""


class Printed(float):
    """A number with the decimals that its source printed, so that its rounding is known.

    `Printed(0.7, 1)` may stand for anything from 0.65 to 0.75; `Printed(0.7, 2)` for
    0.695 to 0.705. In arithmetic it is the float.
    """

    decimals: int

    def __new__(cls, value: float, decimals: int = 0) -> Printed:
        """Make a number of `value` printed with `decimals` decimals (>= 0)."""
        number = super().__new__(cls, value)
        number.decimals = decimals
        return number

    @classmethod
    def from_text(cls, text: str) -> Printed:
        """Read a decimal number as it is written: '0.70' has two decimals."""
        mantissa, _, exponent = text.lower().partition("e")
        decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
        return cls(float(text), max(decimals, 0))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (float(self), self.decimals))

    @property
    def half_unit(self) -> float:
        """Half a unit of the last printed decimal: how far rounding may have moved it."""
        return 0.5 * 10.0**-self.decimals

    def as_printed(self) -> str:
        """Return the number with its decimals as its source printed them."""
        return f"{float(self):.{self.decimals}f}"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Accept a YAML number (never a boolean or a text), keeping its decimals."""
        return core_schema.no_info_plain_validator_function(
            _printed, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """An editor sees a plain number."""
        return {"type": "number"}


def _printed(value: Any) -> Printed:
    if isinstance(value, Printed):
        number = value
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "a number")
    else:
        number = Printed.from_text(repr(value))
    if not math.isfinite(number):
        raise PydanticCustomError("number", "a finite number")
    return number


def is_todo(value: Any) -> bool:
    """Say whether a value is still to be written: `TODO`, alone or before a remark."""
    return isinstance(value, str) and value.split(":")[0].split(" ")[0] == TODO


def _unknown_is_none(value: Any) -> Any:
    known = not (isinstance(value, str) and (value in UNKNOWN_WORDS or is_todo(value)))
    return _no_null(value) if known else None


def is_maybe(metadata: Iterable[Any]) -> bool:
    """Say whether a field with this pydantic metadata takes `not reported`."""
    return any(
        isinstance(part, BeforeValidator) and part.func is _unknown_is_none for part in metadata
    )


def _no_null(value: Any) -> Any:
    # An empty value in YAML is null: it may be a slip, so it never counts as "unknown".
    if value is None:
        raise PydanticCustomError("empty", "a value, or the words: not reported")
    return value


def _allow_unknown(schema: dict[str, Any]) -> None:
    words = {"enum": list(UNKNOWN_WORDS)}
    if "anyOf" in schema:
        schema["anyOf"] = [
            words if option == {"type": "null"} else option for option in schema["anyOf"]
        ]


T = TypeVar("T")

# A value that its source may not give. The file then says `not reported` (of a study) or
# `not stated` (of the review itself); the record holds None; the paper prints the words.
Maybe = Annotated[
    T | None,
    BeforeValidator(_unknown_is_none),
    Field(json_schema_extra=_allow_unknown),
]

# The calendar has no year 0, and a year of fewer digits is a slip.
_YEAR_PATTERN = r"[1-9]\d{3}"
_DAY_PATTERN = rf"{_YEAR_PATTERN}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_DATE_PATTERN = rf"{_YEAR_PATTERN}(-(0[1-9]|1[0-2]))?|{_DAY_PATTERN}"
DATE = re.compile(_DATE_PATTERN, re.ASCII)
"""A date as precise as its source gives it, before it is looked up in the calendar."""


def _partial_date(value: Any) -> str:
    # YAML 1.2 reads a bare year as an integer.
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not (isinstance(value, str) and DATE.fullmatch(value)):
        raise PydanticCustomError("date", "a date as YYYY, YYYY-MM or YYYY-MM-DD")
    if value > last_day(value[:7]):
        raise PydanticCustomError("date", "a day of the calendar")
    return value


def _day(value: Any) -> str:
    if not (isinstance(value, str) and DATE.fullmatch(value) and len(value) == 10):
        raise PydanticCustomError("date", "a day as YYYY-MM-DD")
    return _partial_date(value)


# A date as precise as its source gives it: '2016', '2016-02' or '2016-02-01'.
PartialDate = Annotated[
    str,
    BeforeValidator(
        _partial_date,
        json_schema_input_type=Annotated[str, Field(pattern=f"^({_DATE_PATTERN})$")]
        | Annotated[int, Field(ge=1000, le=9999)],
    ),
]
# A day of the calendar: '2016-02-01'.
Day = Annotated[
    str,
    BeforeValidator(
        _day, json_schema_input_type=Annotated[str, Field(pattern=f"^{_DAY_PATTERN}$")]
    ),
]


def last_day(date: str) -> str:
    """Return the last day that a partial date may mean, as YYYY-MM-DD.

    A report of '2021' counts as published by 2021-12-31, and not before: evidence at a
    date never holds what may not yet have been published.
    """
    year, month, day = [*date.split("-"), "", ""][:3]
    if day:
        return date
    if not month:
        return f"{year}-12-31"
    leap = int(year) % 4 == 0 and (int(year) % 100 != 0 or int(year) % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return f"{year}-{month}-{lengths[int(month) - 1]:02d}"


def _quantity(value: Any) -> Printed:
    match = re.fullmatch(r"<\s*(0?\.\d+)", value) if isinstance(value, str) else None
    if match:
        return Bound(Printed.from_text(match[1]))
    if isinstance(value, str):
        raise PydanticCustomError("quantity", "a number, or a bound as '<0.001'")
    return _printed(value)


def _p_value(value: Any) -> Printed:
    try:
        number = _quantity(value)
        if 0 <= number <= 1:
            return number
    except PydanticCustomError:
        pass
    raise PydanticCustomError(
        "p", "a P value from 0 to 1 or a bound as '<0.001' (what else is printed: in `note`)"
    )


class Bound(Printed):
    """A number of which only an upper bound was printed: P < 0.001."""

    def __new__(cls, value: Printed) -> Bound:
        """Make a bound at `value`."""
        return super().__new__(cls, float(value), value.decimals)  # type: ignore[return-value]

    def __reduce__(self) -> tuple[Any, ...]:
        return (Bound, (Printed(float(self), self.decimals),))

    def as_printed(self) -> str:
        """Return the bound as it is printed, with its sign."""
        return f"<{super().as_printed()}"


# A number as printed, or a bound: '<0.001'.
_BoundText = Annotated[str, Field(pattern=r"^<\s*0?\.\d+$")]
_Proportion = Annotated[float, Field(ge=0, le=1)]
Quantity = Annotated[Printed, BeforeValidator(_quantity, json_schema_input_type=float | _BoundText)]
PValue = Annotated[
    Printed, BeforeValidator(_p_value, json_schema_input_type=_Proportion | _BoundText)
]


def _stated(value: Any) -> Any:
    """Return a number as the text that it was written as; anything else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value.as_printed() if isinstance(value, Printed) else str(value)
    return value


# What a source states in words or as a bare number: 8, '≥6', 'high'.
Stated = Annotated[
    str, BeforeValidator(_stated, json_schema_input_type=str | float), Field(min_length=1)
]
Id = Annotated[str, Field(pattern=ID_PATTERN)]
Text = Annotated[str, Field(min_length=1)]


def _line(value: Any) -> Any:
    """Return a text without the line end that `>` in YAML leaves behind it."""
    if not isinstance(value, str):
        return value
    value = value.rstrip("\n")
    for blank, name in (("\n", "line_break"), ("\t", "tab")):
        if blank in value:
            raise PydanticCustomError(name, "one line of text")
    return value


# A title, a label, a name: what stands in a heading, in a table or on a line of a program.
Line = Annotated[
    str,
    Field(min_length=1),
    BeforeValidator(
        _line, json_schema_input_type=Annotated[str, Field(min_length=1, pattern=r"^[^\t\n]+\n*$")]
    ),
]
Count = Annotated[int, Field(ge=0)]
