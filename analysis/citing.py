"""The document that a study is read from: cited as it is, or entered into references.bib."""

from __future__ import annotations

import re
from dataclasses import replace

from analysis import words
from analysis.bibtex import appended, ascii_of, authors_of, entry, fresh_key, key_of
from analysis.found_record import FoundRecord, Reference
from analysis.located import REFERENCES
from analysis.records import Review
from analysis.said import Answers
from analysis.study_edits import edit_bytes


def cited(said: Answers, found: FoundRecord | None, review: Review) -> tuple[Answers, str | None]:
    """Return what was said with the key of its document, and an entry where there is none yet.

    A document that references.bib has already, by its key, DOI or address, is cited as it is.
    """
    reference = _reference(said, found)
    said = replace(said, published=said.published or reference.published)
    key = said.document or key_of(reference, review.bibliography)
    if key is not None and key in review.citation_keys:
        return replace(said, document=key), None
    key = key or fresh_key(_for_key(reference, said), review.citation_keys)
    return replace(said, document=key), entry(key, reference)


def unwritten(
    own: Answers, key: str | None, written: str | None, review: Review
) -> tuple[str, ...]:
    """Remark what was said of a document that references.bib has already, and keeps as it is."""
    if written is not None:
        return ()
    names = [name for name in ("title", "authors", "journal") if getattr(own, name)]
    if own.doi and key_of(Reference(doi=own.doi), review.bibliography) != key:
        names.append("doi")
    if not names:
        return ()
    told = words.series(names)
    return (f"{key} stays in {REFERENCES} as it is: what was said of its {told} is not written",)


def with_entry(data: bytes, written: str) -> bytes:
    """Return references.bib with one more entry."""
    return edit_bytes(data, lambda text: appended(text, written))


def _reference(said: Answers, found: FoundRecord | None) -> Reference:
    known = found.reference if found else Reference()
    return replace(
        known,
        title=said.title or known.title,
        authors=authors_of(said.authors) if said.authors else known.authors,
        journal=said.journal or known.journal,
        published=known.published or said.published,
        doi=said.doi or known.doi,
    )


def _for_key(reference: Reference, said: Answers) -> Reference:
    # The entry of a registry is named after its number, one without author after the study.
    registered = reference.journal is None and reference.url is not None
    if registered and said.registrations:
        return Reference(title=said.registrations[0])
    if reference.authors:
        return reference
    # The key ends with the year, which a label has already.
    year = (reference.published or "")[:4]
    named = letters(said.label or "").replace("_", "")
    named = re.sub(rf"{year}[a-z]?$", "", named) if year else named
    return replace(reference, title=named or said.id)


def letters(text: str) -> str:
    """Return a text in ASCII letters and digits of lower case, one `_` for all between them."""
    return re.sub(r"[^a-z0-9]+", "_", ascii_of(text)).strip("_")
