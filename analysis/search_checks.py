"""What searches must agree on: with their own counts, and with the studies that they brought in."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from analysis.located import Draft
from analysis.messages import nearest, unknown
from analysis.records import Search, SearchCounts, Study
from analysis.result_checks import Fault
from analysis.study_checks import repeated, source_faults
from analysis.yaml_nodes import Path


def search_faults(searches: Collection[Search], draft: Draft) -> Iterator[Fault]:
    """Give what is wrong with searches: their counts, and the studies that they brought in."""
    by_id = {study.id: study for study in draft.studies}
    for index, message in repeated([search.id for search in searches]):
        yield ("searches", index, "id"), message
    for index, search in enumerate(searches):
        path: Path = ("searches", index)
        if search.source is not None:
            for at, message in source_faults(search.source, draft.citation_keys):
                yield (*path, "source", *at), message
        if draft.all_studies:
            for number, id_ in enumerate(search.studies):
                if id_ not in by_id:
                    message = unknown(id_, "the id of a study", by_id)
                    if not nearest(id_, by_id):
                        message += "; a study that leaves stays as a file with another `status`"
                    yield (*path, "studies", number), message
        for number, message in repeated(search.studies):
            yield (*path, "studies", number), message
        if search.found_nothing and search.studies:
            message = f"found true beside {len(search.studies)} studies, wanted one or the other"
            yield (*path, "found_nothing"), message
        if not search.found_nothing and not search.studies:
            if search.counts is not None and search.counts.included:
                included = search.counts.included
                message = f"found no study beside {included} included in `counts`, wanted their ids"
            else:
                message = "found no study, wanted `found_nothing: true` beside it"
            yield (*path, "studies"), message
        if search.counts is not None:
            for at, message in _flow(search.counts, search, by_id, whole=draft.all_studies):
                yield (*path, "counts", *at), message
    if searches:
        named = {id_ for search in searches for id_ in search.studies}
        for study in draft.studies:
            if study.status == "included" and study.id not in named:
                yield (
                    ("studies", study.id, "id"),
                    f"found {study.id} in no search, wanted it in data/searches.yml under "
                    "`studies` of the search that brought it in",
                )


def _flow(
    counts: SearchCounts, search: Search, by_id: dict[str, Study], *, whole: bool
) -> Iterator[Fault]:
    identified = [part.n for part in counts.identified]
    screened = [part.n for part in counts.excluded_at_screening]
    left = sum(identified) - counts.duplicates - sum(screened)
    if left != counts.full_text:
        sums = _difference(identified, [counts.duplicates, *screened])
        parts = "identified less duplicates and excluded at screening"
        yield ("full_text",), f"found {counts.full_text}, wanted {sums} = {left} ({parts})"
    read = [part.n for part in counts.excluded_at_full_text]
    left = counts.full_text - sum(read)
    if left != counts.included:
        sums = _difference([counts.full_text], read)
        parts = "full texts less those excluded"
        yield ("included",), f"found {counts.included}, wanted {sums} = {left} ({parts})"
    if not whole:
        return
    # A search may also bring in studies that are ongoing, or that left the review later.
    included = [i for i in search.studies if i in by_id and by_id[i].status == "included"]
    if not len(included) <= counts.included <= len(search.studies):
        way = "enter the others as awaiting, or leave `counts` out until all are entered"
        if counts.included < len(included):
            way = "those found another way belong to a search of their own"
        yield (
            ("included",),
            f"found {counts.included} beside {len(search.studies)} in `studies`, "
            f"{len(included)} of them included, wanted the same number: {way}",
        )


def _difference(plus: list[int], minus: list[int]) -> str:
    return " + ".join(map(str, plus)) + "".join(f" − {n}" for n in minus)
