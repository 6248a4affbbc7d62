"""Where a printed number comes from, in the words that the page shows on it."""

from __future__ import annotations

from analysis.origins import origins
from tests.manuscripts import tiny


def test_a_pooled_number_leads_with_what_it_is_and_names_its_studies() -> None:
    review, findings = tiny()
    name, analysis = next(iter(findings.analyses.items()))
    names = ", ".join(review.by_id[study].label for study in analysis.studies)
    whole = f"{len(analysis.studies)} studies"
    wanted = {
        "est": "pooled effect",
        "est_lb": "pooled effect, lower limit of the interval",
        "pi_est_ub": "upper limit of the prediction interval",
        "tau2": "τ²",
        "i2_q": "I², from Q",
        "pval": "P value",
    }
    told = origins(review, findings, [f"{name}.{part}" for part in wanted])
    assert told == {
        f"{name}.{part}": (f"{analysis.title}, {what}: {whole}", names)
        for part, what in wanted.items()
    }
    # Of a part of an analysis, the text beside it says what it is.
    row = f"{name}.weights"
    assert origins(review, findings, [row]) == {row: (f"{analysis.title}: {whole}", names)}
