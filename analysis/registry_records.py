"""What a record of a registry or of a bibliographic database says of a study.

Four kinds of file are read: a study of ClinicalTrials.gov (JSON, version 2 of its interface),
a record of PubMed (MEDLINE, `.nbib`), RIS, and BibTeX. Nothing is inferred but what the
record states in words of its own; the rest is None, for a person to find.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from textwrap import dedent
from typing import Any

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
)
from analysis.records import Design

_ONGOING = frozenset(
    {
        "NOT_YET_RECRUITING",
        "RECRUITING",
        "ENROLLING_BY_INVITATION",
        "ACTIVE_NOT_RECRUITING",
        "SUSPENDED",
    }
)


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
        raise record_error(
            f"{name}:{line}", "found bytes that are not UTF-8, wanted UTF-8"
        ) from None
    head = dedent(text).lstrip()
    if head.startswith(("{", "[")):
        return _registered(name, text)
    from analysis.citation_records import read_listed, read_medline

    if re.match(r"PMID ?-", head):
        return read_medline(name, head)
    if re.match(r"TY {1,2}-", head):
        return read_listed(name, head, "ris")
    if re.search(r"^\s*@\w+\s*[{(]", text, re.MULTILINE):
        return read_listed(name, text, "biblatex")
    message = "found none of the known kinds, wanted a study of ClinicalTrials.gov as JSON, or a "
    raise record_error(name, message + "record as MEDLINE (.nbib), RIS or BibTeX")


# --- ClinicalTrials.gov --------------------------------------------------------------------


def _registered(name: str, text: str) -> FoundRecord:
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise record_error(f"{name}:{line}", "found broken JSON, wanted a whole file") from None
    studies = whole.get("studies") if isinstance(whole, dict) else whole
    if isinstance(studies, list):
        single(name, len(studies))
        whole = studies[0]
    protocol = mapping(mapping(whole).get("protocolSection"))
    identity = mapping(protocol.get("identificationModule"))
    number = text_of(identity.get("nctId"))
    if number is None:
        message = "found JSON without protocolSection.identificationModule.nctId, "
        raise record_error(name, message + "wanted a study of ClinicalTrials.gov (interface 2)")
    status = mapping(protocol.get("statusModule"))
    design = mapping(protocol.get("designModule"))
    sponsor = mapping(mapping(protocol.get("sponsorCollaboratorsModule")).get("leadSponsor"))
    state = text_of(status.get("overallStatus"))
    others = (mapping(one).get("id") for one in entries(identity.get("secondaryIdInfos")))
    updated = _dated(status.get("lastUpdatePostDateStruct"))
    return FoundRecord(
        reference=Reference(
            title=text_of(identity.get("officialTitle")) or text_of(identity.get("briefTitle")),
            authors=tuple(Author(n) for n in [text_of(sponsor.get("name"))] if n),
            published=updated,
            url=f"https://clinicaltrials.gov/study/{number}",
            publisher="ClinicalTrials.gov",
        ),
        read="registry",
        place=f"registry record {number}",
        label=text_of(identity.get("acronym")),
        registrations=tuple(
            dict.fromkeys([number, *(n for n in map(text_of, others) if n and _registration(n))])
        ),
        status="ongoing" if state in _ONGOING else "awaiting",
        state=state.lower().replace("_", " ") if state else None,
        design=_allocated(design),
        country=_countries(mapping(protocol.get("contactsLocationsModule"))),
        population=_joined(entries(mapping(protocol.get("conditionsModule")).get("conditions"))),
        start=_dated(status.get("startDateStruct")),
        planned_n=_count(mapping(design.get("enrollmentInfo")).get("count")),
        completion=_dated(status.get("primaryCompletionDateStruct"))
        or _dated(status.get("completionDateStruct")),
        primary_outcomes=tuple(
            measured
            for one in entries(mapping(protocol.get("outcomesModule")).get("primaryOutcomes"))
            if (measured := text_of(mapping(one).get("measure")))
        ),
    )


def _allocated(design: Mapping[str, Any]) -> Design | None:
    """Return the design in this project's words, where the registry's leave no doubt."""
    info = mapping(design.get("designInfo"))
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
    return _joined([mapping(place).get("country") for place in entries(module.get("locations"))])


def _joined(names: list[Any]) -> str | None:
    known = list(dict.fromkeys(name for name in map(text_of, names) if name))
    between = "; " if any("," in name for name in known) else ", "
    return between.join(known) or None


def _registration(text: str) -> bool:
    # Numbers of other registries; a sponsor's own number identifies nothing elsewhere.
    pattern = r"NCT\d{8}|ISRCTN\d+|ChiCTR[\w-]+|EUCTR[\d-]+|\d{4}-\d{6}-\d{2}(-\d{2})?|ACTRN\d+"
    return re.fullmatch(rf"{pattern}|UMIN\d+|CTRI/[\d/]+|KCT\d+|NTR\d+|jRCT\w+", text) is not None


def _count(value: Any) -> int | None:
    known = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if known else None


def _dated(value: Any) -> str | None:
    return date_of(text_of(mapping(value).get("date")))
