"""Corrected results: whether another stands in their place, and whether the printed one is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from analysis.corrections import of_the_same, stands, takable
from analysis.records import AnalysisPlan, Result, Study
from analysis.result_checks import Fault


def correction_faults(study: Study, result: Result) -> Iterator[Fault]:
    """Give results that correct themselves or one another: none would stand."""
    source = result.corrected_by
    if source is None or source not in study.sources:
        return
    alike = [study.results[index] for index in of_the_same(study, result.outcome, result.subgroup)]
    if source == result.source:
        yield ("corrected_by",), f"found {source}, its own source, wanted the one that corrects it"
    elif len(alike) > 1 and not any(map(stands, alike)):
        found = f"found every result of {result.outcome} corrected by another"
        yield ("corrected_by",), f"{found}, wanted one that stands"


def correction_doubts(study: Study, result: Result) -> Iterator[Fault]:
    """Give a result that is corrected by a source which gives no other in its place."""
    source = result.corrected_by
    alike = (study.results[index] for index in of_the_same(study, result.outcome, result.subgroup))
    others = (one for one in alike if one is not result)
    if source in study.sources and not any(one.source == source for one in others):
        found = f"found no result of {result.outcome} from {source}"
        yield ("corrected_by",), f"{found}, wanted the one that stands in its place"


def not_as_printed(
    analyses: Iterable[AnalysisPlan], studies: Collection[Study], keys: Collection[str] | None
) -> Iterator[Fault]:
    """Give the results in the place of which an analysis takes what a document printed.

    The analysis names the study, and the study has not kept what the document printed: a number
    was changed where it stands. What is said of the document would be said without it. `keys` are
    those of references.bib: of a document that is none of them, that is said and no more.
    """
    told: set[tuple[str, str, str]] = set()
    for analysis in analyses:
        document = analysis.take.document
        known = document is not None and (keys is None or document in keys)
        for study in studies if known else ():
            about = (study.id, analysis.outcome, str(document))
            if study.status != "included" or study.id not in analysis.studies.only or about in told:
                continue
            alike = of_the_same(study, analysis.outcome, analysis.take.subgroup)
            if alike and not takable(study, alike, document):
                told.add(about)
                source = study.results[alike[0]].source
                yield (
                    ("studies", study.id, "results", alike[0], "source"),
                    f"found {source} for {analysis.outcome}, of which {analysis.id} takes what "
                    f"{document} printed, wanted that result beside this one, with corrected_by: "
                    f"{source} (or, where it printed none, no {study.id} under `only`)",
                )
