"""Claims: which hold, what they say, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.claims import (
    Sentence,
    broken,
    flips,
    judge,
    unguarded,
    unused,
    weigh,
)
from analysis.errors import DataError
from analysis.records import Claim
from tests.small_findings import analysis, findings, synthesis

LOWER = Claim(id="os_lower", text="It lowers the risk.", holds="os.est_ub < 1")
ROBUST = Claim(
    id="os_robust",
    text="No single study carries it.",
    holds="all(os.leave_one_out,\n  est_ub < 1)",
    otherwise="It rests on single studies.",
)


def test_a_claim_that_holds_says_its_text() -> None:
    (outcome,) = judge([LOWER], findings(), {"os_lower": ("review.qmd:4",)})
    assert outcome.holds
    assert outcome.wording == "It lowers the risk."
    assert outcome.places == ("review.qmd:4",)
    assert [str(f) for f in outcome.found] == ["os.est_ub = 0.99"]
    assert broken([outcome]) == ()


def test_a_claim_that_fails_says_its_other_wording() -> None:
    (outcome,) = judge([ROBUST], findings(), {"os_robust": ("review.qmd:9",)})
    assert not outcome.holds
    assert outcome.wording == "It rests on single studies."
    assert outcome.condition == "all(os.leave_one_out, est_ub < 1)"
    assert broken([outcome]) == ()


def test_a_claim_that_fails_without_one_names_every_place() -> None:
    moved = findings(os=analysis("os", synthesis(est=0.95, est_ub=1.0034)))
    places = {"os_lower": ("review.qmd:40", "templates/abstract.md:7")}
    outcomes = judge([LOWER], moved, places)
    assert outcomes[0].wording is None
    assert [str(p) for p in broken(outcomes)] == [
        "review.qmd:40 claim os_lower: found os.est_ub = 1.0034, wanted os.est_ub < 1: "
        "the claim no longer holds and has no other wording, rewrite it at data/claims.yml",
        "templates/abstract.md:7 claim os_lower: found os.est_ub = 1.0034, wanted os.est_ub < 1: "
        "the claim no longer holds and has no other wording, rewrite it at data/claims.yml",
    ]


def test_a_broken_claim_that_nothing_prints_stands_in_its_file() -> None:
    moved = findings(os=analysis("os", synthesis(est=0.95, est_ub=1.0034)))
    outcomes = judge([LOWER], moved, located=lambda path: f"data/claims.yml:{path[1]}")
    assert [p.place for p in broken(outcomes)] == ["data/claims.yml:0"]
    assert [str(p) for p in unused(outcomes)] == [
        "data/claims.yml:0 claim os_lower: found a claim that the manuscript does not print, "
        "wanted it printed or removed"
    ]


def test_every_bad_condition_is_named_at_once() -> None:
    bad = [
        LOWER,
        Claim(id="a", text="A.", holds="os.est_ub <"),
        Claim(id="b", text="B.", holds="os.pi_est_ub < 1"),
    ]
    with pytest.raises(DataError) as error:
        judge(bad, findings(), located=lambda path: f"data/claims.yml:{3 + int(path[1])}")
    assert str(error.value) == (
        "data/claims.yml:4 claim a: column 12 of 'os.est_ub <': found the end, wanted a "
        "finding, a number, not, ( or one of: abs, all, any, count, max, min\n"
        "data/claims.yml:5 claim b: column 1 of 'os.pi_est_ub < 1': found no value of "
        "os.pi_est_ub (not defined, or unknown), wanted one"
    )
    assert len(error.value.problems) == 2


def test_claims_without_an_answer_are_told_with_those_that_are_broken() -> None:
    """A study that leaves takes findings with it and flips other claims: one round of rewriting."""
    gone = Claim(id="outlier", text="Less.", holds="os.leave_one_out.delta.est_ub < 1")
    group = Claim(id="trials", text="One.", holds="os.subgroups.nodal.groups.n1.k == 1")
    pooled = synthesis(est=0.95, est_ub=1.0034)
    moved = findings(os=replace(findings().analyses["os"], synthesis=pooled))

    def place(path: tuple[str | int, ...]) -> str:
        return f"data/claims.yml:{3 + int(path[1])}"

    claims = [LOWER, gone, group]
    outcomes, unanswerable = weigh(claims, moved, {"os_lower": ("review.qmd:9",)}, place)
    assert [(outcome.id, outcome.holds) for outcome in outcomes] == [("os_lower", False)]
    assert [problem.where for problem in unanswerable] == ["claim outlier", "claim trials"]
    with pytest.raises(DataError) as error:
        judge(claims, moved, {"os_lower": ("review.qmd:9",)}, place)
    assert str(error.value) == (
        "data/claims.yml:4 claim outlier: column 1 of 'os.leave_one_out.delta.est_ub < 1': found "
        "no finding os.leave_one_out.delta, wanted one of: alpha, beta, gamma (a study that is not "
        "pooled is not there)\n"
        "data/claims.yml:5 claim trials: column 1 of 'os.subgroups.nodal.groups.n1.k == 1': found "
        "no finding os.subgroups.nodal.groups.n1, wanted one of: n0 (a group without a study is "
        "not there)\n"
        "review.qmd:9 claim os_lower: found os.est_ub = 1.0034, wanted os.est_ub < 1: the claim no "
        "longer holds and has no other wording, rewrite it at data/claims.yml:3"
    )


def test_sentences_without_a_claim() -> None:
    sentences = [
        Sentence("It lowers the risk.", "review.qmd:4", claimed=True),
        Sentence("Everyone should have it.", "review.qmd:5", claimed=False),
    ]
    assert [str(p) for p in unguarded(sentences)] == [
        "review.qmd:5 abstract: found the sentence 'Everyone should have it.' without a claim, "
        "wanted each sentence of the results and conclusions printed by a claim of data/claims.yml"
    ]


SOURCE = """---
kicker: It works.
---
{% call abstract() %}
**Methods.** We pooled {{ tb.k | count }} studies.

**Results.** {{ claim("one") }} It works in
all who had it. We pooled what we found.

**Conclusion.** Survival {{ tb.est | ratio }} is long. RR {{ tb.k | count }} it is.
{% endcall %}
It is over.
"""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("It works in all who had it.", "review.qmd:7"),
        ("We pooled what we found.", "review.qmd:8"),
        # A printed value is an expression in the source; one word is too little to go by.
        ("We pooled 6 studies.", "review.qmd:5"),
        ("Survival 0.42 is long.", "review.qmd:4"),
        # What stands outside the abstract is no sentence of it.
        ("It is over.", "review.qmd:4"),
    ],
)
def test_a_sentence_without_a_claim_is_on_the_line_of_its_first_words(
    text: str, place: str
) -> None:
    (problem,) = unguarded([Sentence(text, "review.qmd:4", claimed=False)], {"review.qmd": SOURCE})
    assert str(problem) == (
        f"{place} abstract: found the sentence {text!r} without a claim, wanted each sentence of "
        "the results and conclusions printed by a claim of data/claims.yml"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("It works in all.", "review.qmd:2"),  # not where the same words stand before
        ("They differ.", "review.qmd:2"),  # as all that is found is its first word
    ],
)
def test_a_sentence_is_sought_from_the_line_of_the_abstract_on(text: str, place: str) -> None:
    source = "It works in all.\n{% call abstract() %} It works in all.\nThey say.\n{% endcall %}"
    (problem,) = unguarded([Sentence(text, "review.qmd:2", claimed=False)], {"review.qmd": source})
    assert problem.place == place


def test_flips() -> None:
    before = judge([LOWER, ROBUST], findings())
    moved = findings(os=analysis("os", synthesis(est=0.95, est_ub=1.0034)))
    after = judge([Claim(id="new", text="New.", holds="md.k == 3"), LOWER], moved)
    assert [(f.id, f.holds) for f in flips(before, after)] == [("os_lower", False)]
    assert flips(before, before) == ()


def test_a_finding_without_an_answer_says_why_and_wants_nothing() -> None:
    without = replace(findings(), unanswered={"late": "no study of this evidence has a result"})
    with pytest.raises(DataError) as error:
        judge([Claim(id="late", text="Late.", holds="0 < late.est")], without)
    assert str(error.value) == (
        "data/claims.yml claim late: column 5 of '0 < late.est': found no finding late: this "
        "evidence has no answer (no study of this evidence has a result), wanted it asked for "
        "first: late and …, or another wording"
    )


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [
        ("late", False),
        ("not late", True),
        ("late and late.est_ub < 1", False),
        ("late.est_ub < 1 and late", False),
        ("late and (late.est_ub < 1 or late.k > 2)", False),
        ("os.est_ub < 1 or late.est_ub < 1", True),
        ("os", True),
        ("os and os.est_ub < 1", True),
        ("os and os.est_ub > 1", False),
    ],
)
def test_a_condition_asks_whether_an_analysis_has_an_answer(holds: str, verdict: bool) -> None:
    without = replace(findings(), unanswered={"late": "no study of this evidence has a result"})
    (outcome,) = judge([Claim(id="late", text="Late.", holds=holds)], without)
    assert outcome.holds is verdict


@pytest.mark.parametrize(
    ("holds", "found"),
    [
        # What waits decides nothing, and a slip of the pen is one wherever it stands.
        ("os and late.est_ub < 1", "column 8 of {}: found no finding late: this evidence"),
        ("not (late.est_ub < 1)", "column 6 of {}: found no finding late: this evidence"),
        ("os.est_ub > 1 or late.est > 1", "column 18 of {}: found no finding late: this evidence"),
        ("late and os.est_upper < 1", "column 10 of {}: found no finding os.est_upper, wanted"),
        ("other and other.est < 1", "column 1 of {}: found no finding other, wanted one of"),
        ("os.rows", "column 1 of {}: found os.rows, a collection, wanted what is true or false"),
    ],
)
def test_a_condition_that_asks_for_something_else_has_no_answer(holds: str, found: str) -> None:
    without = replace(findings(), unanswered={"late": "no study of this evidence has a result"})
    with pytest.raises(DataError) as error:
        judge([Claim(id="late", text="Late.", holds=holds)], without)
    assert str(error.value).startswith(f"data/claims.yml claim late: {found.format(repr(holds))}")


def test_a_finding_below_what_holds_nothing_is_refused_in_a_whole_sentence() -> None:
    with pytest.raises(DataError) as error:
        judge([Claim(id="below", text="Below.", holds="os.k.all > 1")], findings())
    assert str(error.value) == (
        "data/claims.yml claim below: column 1 of 'os.k.all > 1': found no finding os.k.all"
    )
