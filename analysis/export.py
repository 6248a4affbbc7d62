"""A review for other programs: the folder of files that each of them reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from analysis.findings import Findings
from analysis.records import Review

Export = Callable[[Review, Findings], dict[str, bytes]]


def exported(review: Review, findings: Findings, to: str) -> dict[str, bytes]:
    """Return the files of one of FORMATS by their names."""
    return FORMATS[to](review, findings)


def _metafor(review: Review, findings: Findings) -> dict[str, bytes]:
    from analysis.export_metafor import to_metafor

    return to_metafor(review, findings)


def _csv(review: Review, findings: Findings) -> dict[str, bytes]:
    from analysis.export_csv import to_csv

    return to_csv(review, findings)


def _revman(review: Review, findings: Findings) -> dict[str, bytes]:
    from analysis.export_revman import to_revman

    return to_revman(review)


def _json(review: Review, findings: Findings) -> dict[str, bytes]:
    """Return findings.json, and data.json: everything that the data files hold."""
    document = review.model_dump(mode="json", exclude={"citation_keys"})
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    return {"findings.json": findings.to_json().encode("utf-8"), "data.json": text.encode("utf-8")}


FORMATS: Mapping[str, Export] = {
    "metafor": _metafor,
    "csv": _csv,
    "revman": _revman,
    "json": _json,
}
