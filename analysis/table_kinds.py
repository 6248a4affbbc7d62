"""The kinds of table that a manuscript may ask for, and what makes each."""

from __future__ import annotations

from collections.abc import Mapping

from analysis import (
    certainty_tables,
    method_tables,
    published_tables,
    reporting_tables,
    result_tables,
    route_tables,
    study_tables,
)
from analysis.tables import Maker

TABLES: Mapping[str, Maker] = {
    maker.__name__: maker
    for maker in (
        study_tables.characteristics,
        study_tables.quality,
        study_tables.harms,
        study_tables.others,
        result_tables.pooled,
        result_tables.subgroups,
        result_tables.regressions,
        result_tables.leave_one_out,
        published_tables.pools,
        published_tables.audit,
        route_tables.effects,
        route_tables.conventions,
        route_tables.agreement,
        certainty_tables.absolute,
        certainty_tables.summary_of_findings,
        method_tables.influence,
        method_tables.bayes,
        method_tables.small_study,
        method_tables.sequential,
        reporting_tables.checklist,
        reporting_tables.editions,
        reporting_tables.changed,
        reporting_tables.moved,
        reporting_tables.marked,
    )
}
