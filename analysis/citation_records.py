"""A record of a bibliographic database: MEDLINE (PubMed's `.nbib`), RIS, BibTeX."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from analysis.bibliography import publication_dates
from analysis.doi import bare_doi
from analysis.errors import RenderError
from analysis.found_record import (
    Author,
    FoundRecord,
    Reference,
    date_of,
    entries,
    mapping,
    record_error,
    single,
    text_of,
    tidy,
)

_REGISTRATION = re.compile(r"\bNCT\d{8}\b")
# What stands between dollars without a space, or with a command, a power or an index.
_FORMULA = re.compile(r"\$([^\s$]+|[^$]*[\\^_][^$]*)\$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


# --- MEDLINE -------------------------------------------------------------------------------


def read_medline(name: str, text: str) -> FoundRecord:
    """Read one record of PubMed."""
    fields: dict[str, list[str]] = {}
    tag = ""
    for line in text.splitlines():
        match = re.match(r"([A-Z]{2,4}) {0,2}- ?(.*)", line)
        if match:
            tag = match[1]
            fields.setdefault(tag, []).append(match[2])
        elif tag and line.startswith("  "):
            fields[tag][-1] += f" {line.strip()}"
    single(name, len(fields["PMID"]))

    def first(tag: str) -> str | None:
        return next((text for text in map(tidy, fields.get(tag, [])) if text), None)

    people = [_person(one) for one in fields.get("FAU") or fields.get("AU", [])]
    groups = [Author(tidy(one)) for one in fields.get("CN", []) if tidy(one)]
    named = [*fields.get("LID", []), *fields.get("AID", [])]
    doi = next((one.split()[0] for one in named if one.rstrip().endswith("[doi]")), None)
    abstract = first("AB")
    title = first("TI")
    kinds = [one.strip().lower() for one in fields.get("PT", [])]
    return FoundRecord(
        reference=Reference(
            title=title.removesuffix(".") if title else None,
            authors=(*(one for one in people if one), *groups),
            journal=first("JT") or first("TA"),
            published=_medline_date(first("DP")),
            volume=first("VI"),
            number=first("IP"),
            pages=_pages(first("PG")),
            doi=_doi(name, doi),
        ),
        read="abstract" if abstract else None,
        place="abstract" if abstract else None,
        label=None,
        registrations=_numbers(abstract, *fields.get("SI", [])),
        design="randomised trial" if "randomized controlled trial" in kinds else None,
    )


def _person(text: str) -> Author | None:
    family, comma, given = tidy(text).partition(",")
    if not comma:
        # Only the short form is given: Kim YB.
        family, _, given = family.rpartition(" ")
        family, given = (family, given) if family else (given, "")
    return Author(family.strip(), given.strip() or None) if family.strip() else None


def _medline_date(text: str | None) -> str | None:
    """Return '2022 Jan 15', '2022 Jan-Feb' or '2022 Spring' as far as it is a date."""
    match = re.match(r"(\d{4})(?: ([A-Z][a-z]{2})(?: (\d{1,2})$)?)?", text or "")
    if match is None:
        return None
    year, month, day = match.groups()
    if month is None or month.lower() not in _MONTHS:
        return date_of(year)
    date = f"{year}-{_MONTHS.index(month.lower()) + 1:02d}"
    return date_of(f"{date}-{int(day):02d}" if day else date)


def _pages(text: str | None) -> str | None:
    """Return pages in full: MEDLINE prints 1123-9 for 1123-1129."""
    match = re.fullmatch(r"(\d+)-(\d+)", text or "")
    if match is None:
        return text
    start, end = match.groups()
    return f"{start}-{start[: max(len(start) - len(end), 0)]}{end}"


def _numbers(*texts: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for text in texts if text for n in _REGISTRATION.findall(text)))


# --- RIS and BibTeX ------------------------------------------------------------------------


def read_listed(name: str, text: str, kind: str) -> FoundRecord:
    """Read one record of a `kind` that pandoc knows: ris, biblatex."""
    from analysis.engines.program import run_pandoc

    arguments = ["--sandbox", "-f", kind, "-t", "csljson"]
    try:
        done = run_pandoc(arguments, text.encode("utf-8"), {}, f"reading {name}")
        items = json.loads(done.output)
    except RenderError as error:
        raise record_error(name, f"found what pandoc cannot read as {kind}: {error}") from None
    single(name, len(items))
    item = mapping(items[0])
    dated = _ris_date(text) if kind == "ris" else next(iter(publication_dates(text).values()), None)
    read = _csl_date(mapping(item.get("issued")))
    abstract = text_of(item.get("abstract"))
    pages = text_of(item.get("page"))
    return FoundRecord(
        reference=Reference(
            title=_plain(item.get("title")),
            authors=tuple(_csl_author(one) for one in entries(item.get("author"))),
            journal=_plain(item.get("container-title")),
            # Pandoc drops a month in words, and of RIS all that is not a plain year.
            published=dated if read is None or (dated or "").startswith(read) else read,
            volume=text_of(item.get("volume")),
            number=text_of(item.get("issue")),
            pages=pages.replace("\N{EN DASH}", "-") if pages else None,
            doi=_doi(name, text_of(item.get("DOI"))),
            url=text_of(item.get("URL")),
        ),
        read="abstract" if abstract else None,
        place="abstract" if abstract else None,
        label=None,
        registrations=_numbers(abstract, text_of(item.get("note"))),
    )


def _plain(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    # CSL marks italics and the like with tags of HTML, and leaves formulas as they were.
    bare = re.sub(r"</?(?:i|b|sc|sub|sup|span)\b[^>]*>", "", value)
    return text_of(_composed(_FORMULA.sub(_in_words, bare)))


def _composed(text: str) -> str:
    # {\'\i} of LaTeX is a dotless i with an accent, which is no letter of any language.
    return unicodedata.normalize("NFC", re.sub("\u0131(?=[\u0300-\u036f])", "i", text))


def _in_words(formula: re.Match[str]) -> str:
    """Return a formula of LaTeX as plain text: $\\beta$ as β."""
    from analysis.engines.program import run_pandoc

    arguments = ["--sandbox", "-f", "latex", "-t", "plain", "--wrap=none"]
    try:
        done = run_pandoc(arguments, formula[0].encode("utf-8"), {}, "reading a formula")
    except RenderError:
        return formula[1]
    return done.output.decode("utf-8").strip() or formula[1]


def _doi(name: str, text: str | None) -> str | None:
    """Return the DOI of a record alone; what stands there and is none is an error."""
    try:
        return bare_doi(text) if text else None
    except ValueError as error:
        raise record_error(name, str(error)) from None


def _csl_author(one: Any) -> Author:
    person = {
        key: _composed(value) for key, value in mapping(one).items() if isinstance(value, str)
    }
    particle = text_of(person.get("non-dropping-particle")) or text_of(
        person.get("dropping-particle")
    )
    family = text_of(person.get("family")) or text_of(person.get("literal")) or ""
    return Author(f"{particle} {family}" if particle else family, text_of(person.get("given")))


def _ris_date(text: str) -> str | None:
    """Return the date of a record in RIS: 2014/05/12/, 2014/05//, 2014 May, 2014.

    PY and Y1 give the year; DA may add month and day, and counts where there is neither.
    """
    given = dict(reversed(re.findall(r"^(PY|Y1|DA) {1,2}- *(.*)$", text, re.MULTILINE)))
    dates = [date for tag in ("PY", "Y1", "DA") if (date := _slashed(given.get(tag, "")))]
    return max((one for one in dates if one.startswith(dates[0][:4])), key=len, default=None)


def _slashed(text: str) -> str | None:
    match = re.match(
        r"\s*(\d{4})(?:[/ -]+(\d{1,2}(?!\d)|[A-Za-z]{3,}))?(?:[/ -]+(\d{1,2})(?!\d))?", text
    )
    if match is None:
        return None
    year, month, day = match.groups()
    number = _MONTHS.index(month[:3].lower()) + 1 if _is_month(month) else month
    if not str(number or "").isdigit():
        return date_of(year)
    date = f"{year}-{int(number):02d}"
    return date_of(f"{date}-{int(day):02d}" if day else date) or date_of(year)


def _is_month(text: str | None) -> bool:
    return (text or "")[:3].lower() in _MONTHS


def _csl_date(issued: Mapping[str, Any]) -> str | None:
    parts = (entries(issued.get("date-parts")) or [[]])[0]
    known = [int(part) for part in entries(parts)[:3]]
    return (
        date_of("-".join([f"{known[0]:04d}", *(f"{n:02d}" for n in known[1:])])) if known else None
    )
