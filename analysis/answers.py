"""The values that a reviewer says of a study, in options or answers, each read with care."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import get_args

from analysis.bib_fields import several_names, short_names
from analysis.found_record import tidy
from analysis.messages import AFTER_COMMA
from analysis.records import Access, Adjustment, Design, Status
from analysis.registrations import registration
from analysis.said import FollowUpSaid
from analysis.values import DATE, ID_PATTERN, MINUSES, UNKNOWN_WORDS, last_day

STATUSES: tuple[str, ...] = get_args(Status)
DESIGNS: tuple[str, ...] = get_args(Design)
ACCESSES: tuple[str, ...] = get_args(Access)
ADJUSTMENTS: tuple[str, ...] = get_args(Adjustment)
NOT_REPORTED = UNKNOWN_WORDS[0]

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)\Z", re.ASCII)
# What is typed or copied for a minus in an interval, where a number begins.
_SIGN = re.compile(r"(^\s*|[,;]\s*|\bto\s+)[−–—‑](?=\s*[\d.])")
_AND_OTHERS = re.compile(r"\bet\.? al\b|[;,]? (?:and|&) others\.?$", re.IGNORECASE)
# 0.55 (0.3-1.0), 0.55, 95% CI 0.3 to 1.0.
_WITH_INTERVAL = re.compile(r"([-+]?(?:\d+\.)?\d+)[\s,;]*(?:[(\[]|95\s?%).*\d\D+\d.*")
# 0,68-0,99.
_COMMAS = re.compile(
    r"([-+]?\d+),(\d+)(?:\s*[-–—;,/]\s*|\s+to\s+|\s+)([-+]?\d+),(\d+)", re.IGNORECASE
)
# 10/100, 20/100.
_SHARES = re.compile(r"(\d+)\s*/\s*\d+\s*[,;]\s*(\d+)\s*/\s*\d+")
_BETWEEN = re.compile(r"\s*(?:,|;|\bto\b|[–—])\s*|(?<=\d)\s*-\s*(?=[\d.])")


def unknown_word(text: str) -> bool:
    """Say whether an answer says that the value is not reported, in short or in full."""
    return tidy(text).lower() in (*UNKNOWN_WORDS, "nr", "n.r.", "n/a")


def read_text(text: str) -> str:
    """Read any text; several lines become one."""
    plain = tidy(text)
    if not plain:
        raise ValueError("found nothing, wanted text")
    return NOT_REPORTED if unknown_word(plain) else plain


def read_id(text: str) -> str:
    """Read an id."""
    if not re.fullmatch(ID_PATTERN.strip("^$"), text):
        wanted = "lower-case letters, digits and _, a letter first"
        raise ValueError(f"found {text!r}, wanted {wanted}")
    return text


def read_count(text: str) -> str:
    """Read a number of patients or events; 1,197 and 1 197 are taken for 1197."""
    if unknown_word(text):
        return NOT_REPORTED
    plain = re.sub(r"(?<=\d)[, \u00a0\u2009\u202f](?=\d{3}\b)", "", text.strip())
    if not re.fullmatch(r"\d{1,9}", plain):
        raise ValueError(f"found {text!r}, wanted a whole number")
    return str(int(plain))


def read_known_count(text: str) -> str:
    """Read a number of patients or events that is known."""
    count = read_count(text)
    if count == NOT_REPORTED:
        raise ValueError(f"found {text!r}, wanted a whole number")
    return count


def read_counts(text: str) -> tuple[str, ...]:
    """Read the patients of each arm: '100,98' or '1,231; 1,220'."""
    return _each(text, read_count)


def read_known_counts(text: str) -> tuple[str, ...]:
    """Read numbers that are known: '100,98'; of one group: '100'."""
    return _each(text, read_known_count)


def _each(text: str, read: Callable[[str], str]) -> tuple[str, ...]:
    parts = _parts(text)
    if len(parts) == 1:
        return (read(text),)
    if any(re.fullmatch(r"0\d\d", part) for part in parts):
        raise ValueError(f"found {text!r}, wanted no comma inside a number, as 100,98")
    try:
        return tuple(map(read, parts))
    except ValueError:
        wanted = "whole numbers, as 100,98"
        if shares := _SHARES.fullmatch(text.strip()):
            wanted = f"events alone, as {shares[1]},{shares[2]}, and patients in --n"
        raise _refused(text, wanted) from None


def _refused(text: str, wanted: str) -> ValueError:
    """Return the complaint about several numbers, all of them quoted as they were typed."""
    plain = text.strip()
    if plain.endswith(","):
        wanted = AFTER_COMMA
    elif (commas := _COMMAS.fullmatch(plain.strip("[]()").translate(MINUSES))) and not (
        len(commas[2]) == len(commas[4]) == 3  # thousands
    ):
        first, second = f"{commas[1]}.{commas[2]}", f"{commas[3]}.{commas[4]}"
        wanted = f"decimal points, as {first},{second}"
    return ValueError(f"found {text!r}, wanted {wanted}")


def _parts(text: str) -> list[str]:
    # Where another sign stands between the numbers, a comma is inside one: 1,231; 1,220.
    plain = re.sub(r"\bn/a\b", "nr", text.strip(), flags=re.IGNORECASE)
    between = r"\s*[;/]\s*" if re.search("[;/]", plain) else r"\s*,\s*"
    return re.split(between, plain)


def read_events(text: str) -> tuple[str, ...]:
    """Read the events of each arm: '12,20'; of one group: '12'."""
    counts = read_counts(text)
    if len(counts) > 2:
        raise ValueError(f"found {text!r}, wanted intervention,control, as 12,20")
    return counts


def read_events_of_both(text: str) -> tuple[str, ...]:
    """Read the events of two arms: '12,20'."""
    counts = read_counts(text)
    if len(counts) != 2:
        raise ValueError(f"found {text!r}, wanted intervention,control, as 12,20")
    return counts


def read_number(text: str) -> str:
    """Read a number as printed; the raised point of some journals is taken for a point."""
    plain = text.strip().replace("·", ".").translate(MINUSES)
    if re.fullmatch(r"[-+]?\d+,\d+", plain):
        raise ValueError(
            f"found {text!r}, wanted a number with a decimal point, as {plain.replace(',', '.')}"
        )
    if whole := _WITH_INTERVAL.fullmatch(plain):
        alone = f"the number alone, as {whole[1]}, and its interval apart (--ci)"
        raise ValueError(f"found {text!r}, wanted {alone}")
    if not _NUMBER.match(plain) or len(plain) > 20:
        raise ValueError(f"found {text!r}, wanted a number, as 0.80")
    return f"0{plain}" if plain.startswith(".") else plain


def read_numbers(text: str) -> tuple[str, str]:
    """Read a number of each arm: '12.1,14.0', '12.1; 14.0' or '12.1 / 14.0'."""
    try:
        first, second = map(read_number, _parts(text))
    except ValueError:
        raise _refused(text, "intervention,control, as 12.1,14.0") from None
    return first, second


def read_interval(text: str) -> tuple[str, str]:
    """Read '0.66,0.97', '0.66–0.97', '0.66 to 0.97' or '[0.66, 0.97]'."""
    plain = _SIGN.sub(r"\1-", text.strip().strip("[]()").replace("·", "."))
    parts = _BETWEEN.split(plain)
    try:
        low, high = map(read_number, parts)
    except ValueError:
        raise _refused(text, "lower,upper, as 0.66,0.97") from None
    if not float(low) < float(high):
        raise ValueError(f"found {text!r}, wanted lower < upper")
    return low, high


def read_error(text: str) -> str:
    """Read a standard error."""
    number = read_number(text)
    if float(number) <= 0:
        raise ValueError(f"found {text!r}, wanted a standard error above 0")
    return number


def read_p(text: str) -> str:
    """Read a P value, or a bound as '<0.001'."""
    plain = re.sub(r"^[pP]?\s*=?\s*", "", text.strip())
    if not re.match(r"<?\s*[-+−\d.·]", plain):
        wanted = "a P value from 0 to 1, or <0.001 (what else is printed: in `note` of the result)"
        raise ValueError(f"found {text!r}, wanted {wanted}")
    bound = plain.startswith("<")
    number = read_number(plain.lstrip("< "))
    if not 0 <= float(number) <= 1:
        raise ValueError(f"found {text!r}, wanted a P value from 0 to 1, or <0.001")
    return f"<{number}" if bound else number


def read_level(text: str) -> str:
    """Read a confidence level: 0.95, or 95%."""
    plain = text.strip()
    number = read_number(plain.rstrip("% "))
    if float(number) > 1:
        number = f"{float(number) / 100:g}"
    if not 0 < float(number) < 1:
        raise ValueError(f"found {text!r}, wanted a level between 0 and 1, as 0.95")
    return number


def read_date(text: str) -> str:
    """Read a date as precise as it is known: 2016, 2016-02 or 2016-02-01."""
    plain = text.strip()
    if unknown_word(plain):
        return NOT_REPORTED
    if not DATE.fullmatch(plain):
        raise ValueError(f"found {text!r}, wanted a date as YYYY, YYYY-MM or YYYY-MM-DD")
    if plain > last_day(plain[:7]):
        raise ValueError(f"found {text!r}, wanted a day of the calendar")
    return plain


def read_period(text: str) -> tuple[str, str]:
    """Read two dates: '2001,2009', '2001-2009', '2001-03 to 2009-06'."""
    if unknown_word(text):
        return NOT_REPORTED, NOT_REPORTED
    whole = re.fullmatch(r"(\d{4})\s*-\s*(\d{4})", text.strip())
    parts = list(whole.groups()) if whole else re.split(r"\s*(?:,|;|\bto\b|[–—])\s*", text.strip())
    if len(parts) != 2:
        raise ValueError(f"found {text!r}, wanted start,end, as 2001,2009 or 2001-03,2009-06")
    start, end = map(read_date, parts)
    return start, end


def read_follow_up(text: str) -> FollowUpSaid | str:
    """Read '71 months median', '13.7 years'."""
    if unknown_word(text):
        return NOT_REPORTED
    match = re.fullmatch(
        r"(?:(median|mean)\s+)?(\S+)\s*(days?|weeks?|months?|years?)(?:[,\s]+(median|mean))?",
        text.strip(),
    )
    if match is None:
        wanted = "wanted a length in days, weeks, months or years, as '71 months median'"
        raise ValueError(f"found {text!r}, {wanted}")
    number = read_number(match[2])
    return FollowUpSaid(number, f"{match[3].rstrip('s')}s", match[1] or match[4])


def read_pair(text: str) -> tuple[str, str]:
    """Read 'name=value'."""
    name, equals, value = text.partition("=")
    if not (equals and name.strip() and value.strip()):
        raise ValueError(f"found {text!r}, wanted name=value, as stage=early")
    return read_id(name.strip()), read_text(value)


def read_names(text: str) -> tuple[str, ...]:
    """Read several names, with commas between them."""
    return tuple(name for name in map(tidy, text.split(",")) if name)


def read_authors(text: str) -> str:
    """Read authors: 'Kim YB; Byun HK', or with commas or 'and' where no name has a comma."""
    plain = read_text(text)
    if _AND_OTHERS.search(plain):
        raise ValueError(f"found {text!r}, wanted the names of all authors, as Kim YB; Byun HK")
    names = [] if short_names(plain) else re.split(r"\s*;\s*|\s+and\s+", plain)
    if any(map(several_names, names)):
        raise ValueError(f"found {text!r}, wanted '; ' between authors, as Kim YB; Byun HK")
    return plain


def read_measured(text: str) -> str:
    """Read a characteristic that is a number, or is not reported."""
    return NOT_REPORTED if unknown_word(text) else read_number(text)


def read_registrations(text: str) -> tuple[str, ...]:
    """Read numbers of registries, with commas between them."""
    return tuple(map(registration, read_names(text)))


def read_choice(text: str, choices: Sequence[str], *, known: bool = False) -> str:
    """Read one of a list: by its name, its beginning, or its number from 1.

    `known` says that `not reported` is no answer.
    """
    plain = tidy(text).lower()
    if plain.isdigit() and 1 <= int(plain) <= len(choices):
        return choices[int(plain) - 1]
    if plain in [choice.lower() for choice in choices]:
        return next(choice for choice in choices if choice.lower() == plain)
    begun = [choice for choice in choices if plain and choice.lower().startswith(plain)]
    if len(begun) == 1:
        return begun[0]
    if unknown_word(plain) and not known:
        return NOT_REPORTED
    raise ValueError(f"found {text!r}, wanted one of: {' | '.join(choices)}")
