"""Results that a later source corrects: which one stands, and which a document printed before it.

A correction takes nothing away. The number that was printed stays in the file of the study, beside
the one that stands in its place, so that what is said of the document that printed it stays true.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from analysis.records import Result, Study


def stands(result: Result) -> bool:
    """Say whether no later source corrects a result."""
    return result.corrected_by is None


def takable(study: Study, indices: Collection[int], document: str | None) -> list[int]:
    """Return which of some results of a study an analysis may take.

    Those that stand; where it takes what one document gives, what that document gave, though
    another corrected it since.
    """
    results = study.results
    if document is None:
        return [index for index in indices if stands(results[index])]
    return [
        index
        for index in indices
        if _gives(study, results[index].source, document)
        and not _gives(study, results[index].corrected_by, document)
    ]


def as_printed(study: Study, document: str) -> Study:
    """Return a study with the results that a document gives of it, as that document gave them.

    Of an outcome, or a part of the study, of which it gives none, those that correct no other.
    """
    kept: list[Result] = []
    for index, result in enumerate(study.results):
        alike = of_the_same(study, result.outcome, result.subgroup)
        if given := takable(study, alike, document):
            first = index in given
        else:
            first = all(study.results[at].corrected_by != result.source for at in alike)
        if first:
            kept.append(result if stands(result) else uncorrected(result))
    return study.model_copy(update={"results": tuple(kept)})


def _gives(study: Study, source: str | None, document: str) -> bool:
    """Say whether a source of a study is a document, or was read in it."""
    found = study.sources.get(source or "")
    return found is not None and document in (found.document, found.via)


def of_the_same(study: Study, outcome: str, subgroup: Mapping[str, str]) -> list[int]:
    """Return the results of a study of an outcome, in the whole study or a part of it."""
    return [
        index
        for index, one in enumerate(study.results)
        if one.outcome == outcome and dict(one.subgroup) == dict(subgroup)
    ]


def uncorrected(result: Result) -> Result:
    """Return a result as it was before it was corrected."""
    return result.model_copy(update={"corrected_by": None})
