"""What a record of a registry or of a bibliographic database says of a study.

Four kinds of file are read: a study of ClinicalTrials.gov (JSON, version 2 of its interface),
a record of PubMed (MEDLINE, `.nbib`), RIS, and BibTeX. Nothing is inferred but what the
record states in words of its own; the rest is None, for a person to find.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.errors import DataError, Problem, RenderError
from analysis.records import Access, Design, Status
from analysis.values import last_day

_REGISTRATION = re.compile(r"\bNCT\d{8}\b")
_ONGOING = frozenset(
    {
        "NOT_YET_RECRUITING",
        "RECRUITING",
        "ENROLLING_BY_INVITATION",
        "ACTIVE_NOT_RECRUITING",
        "SUSPENDED",
    }
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Characters that print nothing or reorder what is printed: no data file takes them.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True)
class Author:
    """An author: a person, or a group, whose name is all `family`."""

    family: str
    given: str | None = None


@dataclass(frozen=True)
class Reference:
    """A document, as far as it is to be cited."""

    title: str | None = None
    authors: tuple[Author, ...] = ()
    journal: str | None = None
    published: str | None = None
    volume: str | None = None
    number: str | None = None
    pages: str | None = None
    doi: str | None = None
    url: str | None = None
    publisher: str | None = None


@dataclass(frozen=True)
class FoundRecord:
    """What one record says; None (or empty) where it says nothing.

    `read` is how much of the document was at hand with the record, `place` where in it;
    `status` and `state` (in the registry's word) are of a registered study alone.
    """

    reference: Reference
    read: Access | None
    place: str | None
    label: str | None
    registrations: tuple[str, ...] = ()
    status: Status | None = None
    state: str | None = None
    design: Design | None = None
    country: str | None = None
    population: str | None = None
    start: str | None = None
    planned_n: int | None = None
    completion: str | None = None
    primary_outcomes: tuple[str, ...] = field(default=())


def read_record(name: str, data: bytes) -> FoundRecord:
    """Read one record from the content of a file; its kind is told by what stands in it.

    Raises
    ------
    DataError : the file is of no known kind, holds no record or more than one, or is broken.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _error(f"{name}:{line}", "found bytes that are not UTF-8, wanted UTF-8") from None
    head = text.lstrip()
    if head.startswith(("{", "[")):
        return _registered(name, text)
    if re.match(r"PMID ?-", head):
        return _medline(name, text)
    if re.match(r"TY {1,2}-", head):
        return _listed(name, text, "ris")
    if re.search(r"^\s*@\w+\s*[{(]", text, re.MULTILINE):
        return _listed(name, text, "biblatex")
    message = "found none of the known kinds, wanted a study of ClinicalTrials.gov as JSON, or a "
    raise _error(name, message + "record as MEDLINE (.nbib), RIS or BibTeX")


def tidy(text: str) -> str:
    """Return text on one line, with single spaces, without characters that print nothing."""
    return " ".join(_HIDDEN.sub(" ", text).split())


def _error(place: str, message: str) -> DataError:
    return DataError([Problem(place, "", message)])


# --- ClinicalTrials.gov --------------------------------------------------------------------


def _registered(name: str, text: str) -> FoundRecord:
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise _error(f"{name}:{line}", "found broken JSON, wanted a whole file") from None
    studies = whole.get("studies") if isinstance(whole, dict) else whole
    if isinstance(studies, list):
        _one(name, len(studies))
        whole = studies[0]
    protocol = _map(_map(whole).get("protocolSection"))
    identity = _map(protocol.get("identificationModule"))
    number = _text(identity.get("nctId"))
    if number is None:
        message = "found JSON without protocolSection.identificationModule.nctId, "
        raise _error(name, message + "wanted a study of ClinicalTrials.gov (interface 2)")
    status = _map(protocol.get("statusModule"))
    design = _map(protocol.get("designModule"))
    sponsor = _map(_map(protocol.get("sponsorCollaboratorsModule")).get("leadSponsor"))
    state = _text(status.get("overallStatus"))
    others = (_map(one).get("id") for one in _list(identity.get("secondaryIdInfos")))
    updated = _dated(status.get("lastUpdatePostDateStruct"))
    return FoundRecord(
        reference=Reference(
            title=_text(identity.get("officialTitle")) or _text(identity.get("briefTitle")),
            authors=tuple(Author(n) for n in [_text(sponsor.get("name"))] if n),
            published=updated,
            url=f"https://clinicaltrials.gov/study/{number}",
            publisher="ClinicalTrials.gov",
        ),
        read="registry",
        place=f"registry record {number}",
        label=_text(identity.get("acronym")),
        registrations=tuple(
            dict.fromkeys([number, *(n for n in map(_text, others) if n and _registration(n))])
        ),
        status="ongoing" if state in _ONGOING else "awaiting",
        state=state.lower().replace("_", " ") if state else None,
        design=_allocated(design),
        country=_countries(_map(protocol.get("contactsLocationsModule"))),
        population=_joined(_list(_map(protocol.get("conditionsModule")).get("conditions"))),
        start=_dated(status.get("startDateStruct")),
        planned_n=_count(_map(design.get("enrollmentInfo")).get("count")),
        completion=_dated(status.get("primaryCompletionDateStruct"))
        or _dated(status.get("completionDateStruct")),
        primary_outcomes=tuple(
            measured
            for one in _list(_map(protocol.get("outcomesModule")).get("primaryOutcomes"))
            if (measured := _text(_map(one).get("measure")))
        ),
    )


def _allocated(design: Mapping[str, Any]) -> Design | None:
    """Return the design in this project's words, where the registry's leave no doubt."""
    info = _map(design.get("designInfo"))
    allocation = info.get("allocation")
    if design.get("studyType") == "INTERVENTIONAL":
        if allocation == "RANDOMIZED":
            return "randomised trial"
        return "non-randomised trial" if allocation == "NON_RANDOMIZED" else None
    if info.get("observationalModel") == "COHORT":
        if info.get("timePerspective") == "PROSPECTIVE":
            return "prospective cohort"
        if info.get("timePerspective") == "RETROSPECTIVE":
            return "retrospective cohort"
    return None


def _countries(module: Mapping[str, Any]) -> str | None:
    return _joined([_map(place).get("country") for place in _list(module.get("locations"))])


def _joined(names: list[Any]) -> str | None:
    known = list(dict.fromkeys(name for name in map(_text, names) if name))
    between = "; " if any("," in name for name in known) else ", "
    return between.join(known) or None


def _registration(text: str) -> bool:
    # Numbers of other registries; a sponsor's own number identifies nothing elsewhere.
    pattern = r"NCT\d{8}|ISRCTN\d+|ChiCTR[\w-]+|EUCTR[\d-]+|\d{4}-\d{6}-\d{2}(-\d{2})?|ACTRN\d+"
    return re.fullmatch(rf"{pattern}|UMIN\d+|CTRI/[\d/]+|KCT\d+|NTR\d+|jRCT\w+", text) is not None


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return (tidy(value) or None) if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    known = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if known else None


def _dated(value: Any) -> str | None:
    return _date(_text(_map(value).get("date")))


def _date(text: str | None) -> str | None:
    if text and re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", text):
        return text if text <= last_day(text[:7]) else text[:7]
    return None


def _one(name: str, count: int) -> None:
    if count != 1:
        raise _error(name, f"found {count} records, wanted one: a file of its own for each study")


# --- MEDLINE -------------------------------------------------------------------------------


def _medline(name: str, text: str) -> FoundRecord:
    fields: dict[str, list[str]] = {}
    tag = ""
    for line in text.splitlines():
        match = re.match(r"([A-Z]{2,4}) {0,2}- ?(.*)", line)
        if match:
            tag = match[1]
            fields.setdefault(tag, []).append(match[2])
        elif tag and line.startswith("  "):
            fields[tag][-1] += f" {line.strip()}"
    _one(name, len(fields["PMID"]))

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
            doi=doi,
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
        return year
    date = f"{year}-{_MONTHS.index(month.lower()) + 1:02d}"
    return _date(f"{date}-{int(day):02d}" if day else date)


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


def _listed(name: str, text: str, kind: str) -> FoundRecord:
    from analysis.engines.program import run_pandoc

    arguments = ["--sandbox", "-f", kind, "-t", "csljson"]
    try:
        done = run_pandoc(arguments, text.encode("utf-8"), {}, f"reading {name}")
        items = json.loads(done.output)
    except RenderError as error:
        raise _error(name, f"found what pandoc cannot read as {kind}: {error}") from None
    _one(name, len(items))
    item = _map(items[0])
    abstract = _text(item.get("abstract"))
    pages = _text(item.get("page"))
    return FoundRecord(
        reference=Reference(
            title=_plain(item.get("title")),
            authors=tuple(_csl_author(one) for one in _list(item.get("author"))),
            journal=_plain(item.get("container-title")),
            published=_csl_date(_map(item.get("issued"))),
            volume=_text(item.get("volume")),
            number=_text(item.get("issue")),
            pages=pages.replace("\N{EN DASH}", "-") if pages else None,
            doi=_text(item.get("DOI")),
            url=_text(item.get("URL")),
        ),
        read="abstract" if abstract else None,
        place="abstract" if abstract else None,
        label=None,
        registrations=_numbers(abstract, _text(item.get("note"))),
    )


def _plain(value: Any) -> str | None:
    # CSL marks italics and the like with tags of HTML.
    return _text(re.sub(r"</?(?:i|b|sc|sub|sup|span)\b[^>]*>", "", value)) if value else None


def _csl_author(one: Any) -> Author:
    person = _map(one)
    particle = _text(person.get("non-dropping-particle")) or _text(person.get("dropping-particle"))
    family = _text(person.get("family")) or _text(person.get("literal")) or ""
    return Author(f"{particle} {family}" if particle else family, _text(person.get("given")))


def _csl_date(issued: Mapping[str, Any]) -> str | None:
    parts = (_list(issued.get("date-parts")) or [[]])[0]
    known = [int(part) for part in _list(parts)[:3]]
    return _date("-".join([f"{known[0]:04d}", *(f"{n:02d}" for n in known[1:])])) if known else None
