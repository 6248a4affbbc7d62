"""The kinds of table that a manuscript may ask for, and what makes each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis import (
    bayes_tables,
    certainty_tables,
    method_tables,
    pooled_table,
    published_tables,
    regression_tables,
    reporting_tables,
    result_tables,
    route_tables,
    study_tables,
)
from analysis.tables import Maker


@dataclass(frozen=True)
class Kind:
    """A kind of table: what makes it, and the options that it takes."""

    maker: Maker
    options: tuple[str, ...] = ()


TABLES: Mapping[str, Kind] = {
    "characteristics": Kind(study_tables.characteristics, ("outcomes", "characteristics")),
    "quality": Kind(study_tables.quality, ("tool",)),
    "harms": Kind(study_tables.harms),
    "others": Kind(study_tables.others, ("statuses", "outcomes")),
    "pooled": Kind(pooled_table.pooled, ("analyses",)),
    "subgroups": Kind(result_tables.subgroups, ("analyses",)),
    "regressions": Kind(regression_tables.regressions, ("analyses",)),
    "leave_one_out": Kind(result_tables.leave_one_out, ("analyses",)),
    "pools": Kind(published_tables.pools, ("families",)),
    "audit": Kind(published_tables.audit, ("statuses",)),
    "effects": Kind(route_tables.effects, ("analyses",)),
    "conventions": Kind(route_tables.conventions, ("analyses",)),
    "agreement": Kind(route_tables.agreement),
    "absolute": Kind(certainty_tables.absolute, ("analyses",)),
    "summary_of_findings": Kind(certainty_tables.summary_of_findings, ("analyses",)),
    "influence": Kind(method_tables.influence, ("analysis",)),
    "bayes": Kind(bayes_tables.bayes, ("analyses",)),
    "small_study": Kind(method_tables.small_study, ("analyses",)),
    "sequential": Kind(method_tables.sequential, ("analysis",)),
    "checklist": Kind(reporting_tables.checklist, ("checklist",)),
    "editions": Kind(reporting_tables.editions, ("analyses",)),
    "changed": Kind(reporting_tables.changed),
    "moved": Kind(reporting_tables.moved),
    "marked": Kind(reporting_tables.marked),
}
