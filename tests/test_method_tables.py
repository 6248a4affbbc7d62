"""Tables of routes, conventions, absolute effects, certainty, priors, tests, influence, looks."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from analysis import placed, words
from analysis.absolute_words import notes, number_needed, per_1000
from analysis.agreement import Agreement, Compared
from analysis.certainty_tables import certainty_told
from analysis.comparison import compare
from analysis.differences import Mark
from analysis.effects import Effects
from analysis.engines import ast
from analysis.errors import TemplateError
from analysis.figures import FigureRequest, layout
from analysis.figures.sheet import Writing
from analysis.findings import Findings
from analysis.manuscript import write
from analysis.plan import find
from analysis.records import (
    BaselineRisk,
    Certainty,
    CertaintyStep,
    CurveData,
    Review,
    SequentialPlan,
    SeveralPlan,
)
from analysis.robustness import influence
from analysis.small_study import pet_peese
from analysis.summary_findings import SuggestionFinding
from analysis.table_kinds import TABLES
from analysis.tables import Asked
from analysis.values import Printed
from tests.core_reference import effects
from tests.manuscripts import table_rows, tree
from tests.method_reviews import TRIALS, plan, prior, result, review, split_by
from tests.test_tables import imni
from tests.test_tables import rows as imni_rows

LOOKS = SequentialPlan(anticipated=Printed(0.8, 1), reason="Supplementary.")
RISK = BaselineRisk(
    id="risk", outcome="tb", analysis="x", label="As in the trial", risk=Printed(0.05, 2),
    years=Printed(10, 0), study="s00", source="report",
)  # fmt: skip
JUDGED = Certainty(
    analysis="x",
    start="high",
    steps=(CertaintyStep(domain="risk of bias", steps=-1, reason="Allocation by turns."),),
    judged_by="A. Reviewer",
)
REVIEW = review(
    plan("x", small_study=("egger_classic", "trim_and_fill", "excess_significance",
                           "selection_model"),
         bayes=(prior(),), influence=True, sequential=LOOKS),
    baseline_risks=(RISK,),
    certainty=(JUDGED,),
)  # fmt: skip
FINDINGS = find(REVIEW)


def rows(
    kind: str, options: str = "", given: Review = REVIEW, found: Findings = FINDINGS, **extra: Any
) -> list[list[str]]:
    return table_rows(kind, options, given, found, **extra)


def test_where_each_effect_comes_from() -> None:
    head, first, *_ = rows("effects", ', analyses="x"')
    assert head == ["Study", "As printed", "Adjusted", "Effect", "Variance", "Read in"]
    assert first[1] == "4/123 against 11/139"
    assert (first[3], first[5][-18:]) == ("−0.939", "(secondary source)")
    made = TABLES["effects"].maker(Asked(REVIEW, FINDINGS, "tbl-x", {"analyses": "x"}))
    assert [placed.plain(note) for note in made.notes] == [
        "Route of every effect: From the counts of the 2×2 table."
    ]


def test_a_small_effect_has_two_significant_digits_in_the_table_of_effects() -> None:
    """A risk difference of −0.00003 with three decimals would be none."""
    given = review(plan("x", "tb_rd"))
    found = find(given)
    cells = [row[3].replace("−", "-") for row in rows("effects", given=given, found=found)[1:]]
    for cell, row in zip(cells, found.analyses["x"].rows, strict=True):
        size = f"{row.yi:.3f}" if abs(row.yi) >= 0.01 else f"{row.yi:.1e}"
        assert float(cell) == float(size) != 0


def test_several_routes_have_letters() -> None:
    score = plan("y", "score", several=SeveralPlan(model="composite", rho=Printed(0.5, 1)))
    given = review(plan("x"), score)
    found = find(given)
    head, *told = rows("effects", given=given, found=found)
    assert head[-2] == "Route"
    letters = {row[-2] for row in told}
    made = TABLES["effects"].maker(Asked(given, found, "tbl-x", {}))
    notes = [placed.plain(note) for note in made.notes]
    assert notes[0] == "Route a: From the counts of the 2×2 table."
    assert letters == {note.split()[1][0] for note in notes} > {"a"}


def test_effects_of_several_analyses_say_which() -> None:
    head, *found = imni_rows("effects", ', analyses=("os", "dfs")')
    assert head[0] == "Analysis"
    assert [row[0] for row in found if row[0]] == ["Overall survival", "Disease-free survival"]
    by_study = {row[1].rsplit(" [", 1)[0]: row for row in found[: len(found)]}
    obedian, imn2 = by_study["Obedian 1999"], by_study["DBCG IMN2"]
    assert (obedian[2], obedian[3]) == ("HR 1.56 (1.10–2.22)", "not reported")
    chang = by_study["Chang"]
    assert chang[6] == "[@jia2021], Table 1, row Chang"
    given, findings = imni()
    made = TABLES["effects"].maker(Asked(given, findings, "tbl-x", {"analyses": ("os", "dfs")}))
    assert [placed.plain(note) for note in made.notes] == [
        "Route of every effect: The logarithm of the ratio; its standard error from the width of "
        "the confidence interval on the log scale.",
        "[@jia2021] is the article continued here.",
    ]
    # The article's reference is no reference of this paper.
    assert obedian[6] == "[@jia2021], Table 1, row Obedian"
    assert (imn2[3], imn2[6]) == ("adjusted, how is not stated", "abstract")


def test_every_way_of_printing_is_shown() -> None:
    curve = CurveData(arm="bcg", times=(Printed(0, 0), Printed(1, 0)),
                      survival=(Printed(1, 0), Printed(0.9, 1)), at_risk=(10, 8))  # fmt: skip
    given = {
        "HR 0.8 (90% CI 0.5–1.2)": {
            "estimate": Printed(0.8, 1), "ci": (Printed(0.5, 1), Printed(1.2, 1)),
            "level": Printed(0.9, 1),
        },
        "HR 0.8; SE 0.2": {"estimate": Printed(0.8, 1), "se": Printed(0.2, 1)},
        "O − E −5.0, V 20.0": {"o_minus_e": Printed(-5, 1), "variance": Printed(20, 1)},
        "Kaplan-Meier curves; P = 0.04; 30 events": {
            "curves": (curve,), "p": Printed(0.04, 2), "events": 30,
        },
        "not reported": {},
    }  # fmt: skip
    from analysis.study_results import as_printed

    for text, fields in given.items():
        shown = str(as_printed(REVIEW, result("os", "HR", **fields)))
        assert shown.replace("\N{NO-BREAK SPACE}", " ") == text


def test_the_receipt_marks_what_the_review_uses() -> None:
    _, *found = rows("conventions")
    used = [(row[1], row[2]) for row in found if "(this review)" in row[2]]
    assert ("I²", "from Q (this review)") in used
    assert ("Pooled effect", "DerSimonian-Laird, Wald (this review)") in used
    own = "DerSimonian-Laird, Wald, t quantiles with k − 2 degrees of freedom (this review)"
    assert ("Prediction interval", own) in used
    reml = next(row for row in found if row[2] == "REML, Wald")
    assert "metafor" in reml[4]


def test_the_receipt_says_where_metafor_approximates() -> None:
    """Of 39 studies, 21 of them significant, metafor counts no sets."""
    given = review(plan("x", small_study=("excess_significance",)), trials=TRIALS * 3)
    found = find(given)
    told = [row for row in rows("conventions", given=given, found=found) if "excess" in row[1]]
    assert [(row[2], row[4]) for row in told] == [
        ("exact (this review)", "–"),
        ("of the common-effect estimate, without τ²", "tes in metafor, of effects"),
        ("χ² approximation", "tes in metafor"),
    ]
    small_study = found.analyses["x"].small_study["excess_significance"]
    assert told[0][3] == str(words.p_number(small_study.pval or 0.0)) != "no answer"
    given = review(plan("x", method="EE", small_study=("excess_significance",)))
    assert not any(
        "excess" in row[1] for row in rows("conventions", given=given, found=find(given))
    )


def test_the_receipt_of_the_article_says_what_metafor_prints() -> None:
    _, *found = imni_rows("conventions", ', analyses="os_article_hk"')
    by_tau2 = next(row for row in found if row[2] == "from τ² by REML")
    assert by_tau2[3] == "37.9%"
    assert next(row for row in found if row[2].startswith("from Q"))[3] == "47.5%"


def test_absolute_effects() -> None:
    head, row = rows("absolute")
    one = FINDINGS.absolute["risk"]
    assert head == [
        "Risk of", "Baseline risk", "Analysis", "No BCG: risk", "BCG: risk",
        "BCG: events per 1,000", "Number needed to treat",
    ]  # fmt: skip
    assert row[:4] == [
        "Tuberculosis within 10 years",
        "As in the trial [@aronson1948]",
        "X",
        "5.0%",
    ]
    assert row[4] == f"{100 * one.risk:.1f}% ({100 * one.risk_lb:.1f}%–{100 * one.risk_ub:.1f}%)"
    assert row[5] == (
        f"{-one.per_1000:.0f} fewer ({-one.per_1000_lb:.0f} fewer to {-one.per_1000_ub:.0f} fewer)"
    )
    needed = (one.nnt, one.nnt_near, one.nnt_far)
    whole = [math.ceil(value) for value in needed if value is not None]
    assert row[6] == f"NNTB {whole[0]} ({whole[1]} to {whole[2]})"
    assert one.nnt_near is not None
    assert round(one.nnt_near) < whole[1]  # to the nearest would be one less


@pytest.mark.parametrize(
    ("value", "benefit", "harm"),
    [
        (36.01, "37", "36"), (8.3, "9", "8"), (1.0, "1", "1"), (1.2, "2", "1"),
        (40 + 4e-11, "40", "40"), (40 - 4e-11, "40", "40"), (1 / (0.3 - 0.2), "10", "10"),
        (1 / (0.8 - 0.7), "10", "10"), (40.0001, "41", "40"), (39.9999, "40", "39"),
        (2500.0000001, "2,500", "2,500"),
    ],
)  # fmt: skip
def test_numbers_needed_are_whole_and_never_flatter_the_treatment(
    value: float, benefit: str, harm: str
) -> None:
    """Cochrane Handbook, 15.4.2; but for what rounding error alone moves beside an integer."""
    for good, printed in ((True, f"NNTB {benefit}"), (False, f"NNTH {harm}")):
        one = replace(FINDINGS.absolute["risk"], nnt=value, nnt_benefit=good, nnt_near=None)
        assert number_needed(one, "a") == printed
        other = f"NNTH {harm}" if good else f"NNTB {benefit}"
        through = replace(one, nnt_near=value, nnt_far=value, nnt_through_infinity=True)
        assert number_needed(through, "a") == f"{printed} ({printed} to ∞ to {other})"


def test_numbers_needed_over_infinity() -> None:
    """Altman (1998): an interval of the difference that holds nil runs over infinity."""
    one = replace(
        FINDINGS.absolute["risk"], per_1000=-25.0, per_1000_lb=-54.0, per_1000_ub=0.4, nnt=40.0,
        nnt_benefit=True, nnt_near=18.5, nnt_far=2500.0, nnt_through_infinity=True,
    )  # fmt: skip
    assert number_needed(one, "a") == "NNTB 40 (NNTB 19 to ∞ to NNTH 2,500)"
    assert per_1000(one, "a") == "25 fewer (54 fewer to 0.4 more)"
    harmed = replace(one, nnt_benefit=False, nnt_through_infinity=False, nnt_far=None)
    assert number_needed(harmed, "a") == "NNTH 40 (NNTH 18 to ∞)"
    none = replace(one, nnt=None, per_1000=0.0)
    assert number_needed(none, "a") == "none: no difference (NNTB 19 to ∞ to NNTH 2,500)"
    assert per_1000(none, "a").startswith("0 (54 fewer")
    assert per_1000(replace(one, per_1000_ub=0.01), "a").endswith("to <0.1 more)")


def test_summary_of_findings_with_the_reviewers_judgement() -> None:
    head, row = rows("summary_of_findings")
    assert head == [
        "Outcome (event)", "Patients (studies)", "OR (95% CI)", "No BCG: risk of the event",
        "BCG: events per 1,000", "Certainty",
    ]  # fmt: skip
    assert row[0] == "X (tuberculosis)"
    assert row[3] == "5.0% at 10 years"
    assert row[5].startswith(
        "Moderate (start: high). Risk of bias: −1. Allocation by turns. Suggested by the numbers: "
        "Inconsistency: 2 steps down. I² is considerable and Q speaks against chance; the "
        "prediction interval includes the null, which the confidence interval excludes. Imprecision"
    )
    made = TABLES["summary_of_findings"].maker(Asked(REVIEW, FINDINGS, "tbl-x", {}))
    assert not made.notes
    lines = made.rows[0][5].split(" <br>")
    heads = ("Moderate", "Risk of bias", "Suggested", "Inconsistency", "Imprecision", "Publication")
    assert all(placed.plain(x).startswith(y) for x, y in zip(lines, heads, strict=True))


def test_what_all_rows_share_of_their_certainty_is_said_once() -> None:
    given = review(plan("x"), plan("y"), plan("z", "tb_rd"), baseline_risks=(RISK,))
    found = find(given)
    one = found.certainty["x"]
    assert certainty_told([replace(one, level=None)])[1] == (
        "Nobody has judged the certainty: its column gives what the numbers suggest.",
    )
    judged = replace(one, level="moderate", start="high", steps=())
    other = replace(one, level=None, start=None, start_because="no study is randomised")
    told, notes = certainty_told([judged, other, other])
    assert notes == (
        "Inconsistency, as the numbers suggest it in every row: 2 steps down. I² is considerable "
        "and Q speaks against chance; the prediction interval includes the null, which the "
        "confidence interval excludes.",
        "Imprecision, as the numbers suggest it in every row: no suggestion. The interval excludes "
        "the null, and the optimal information size is not computed.",
        "Publication bias, as the numbers suggest it in every row: no suggestion. No test of "
        "asymmetry is planned.",
    )
    assert told == [
        ("Moderate (start: high).",),
        *2 * [("Not judged.", "By design the evidence starts high: no study is randomised.")],
    ]
    unlike = replace(other, suggestions={**other.suggestions, "imprecision": SuggestionFinding(
        "imprecision", "imprecision", -1, ("the planned methods disagree about the null",)
    )})  # fmt: skip
    told, notes = certainty_told([other, unlike])
    assert notes[:2] == (
        "Nobody has judged the certainty: its column gives what the numbers suggest.",
        "By design the evidence starts high: no study is randomised.",
    )
    assert told[1] == (
        "Imprecision: 1 step down. The planned methods disagree about the null.",
    )  # fmt: skip
    assert told[0][0].startswith("Imprecision: no suggestion. ")


def test_absolute_effects_of_an_outcome_stand_together() -> None:
    """Of several outcomes and baselines, in the order in which each first comes."""

    def at(id_: str, outcome: str, analysis: str, years: int) -> BaselineRisk:
        return RISK.model_copy(update={"id": id_, "outcome": outcome, "analysis": analysis,
                                       "years": Printed(years, 0)})  # fmt: skip

    risks = (
        at("a", "tb", "x", 10), at("b", "tb_rr", "z", 10), at("c", "tb", "x", 1),
        at("d", "tb", "y", 10), at("e", "tb_rr", "z", 5),
    )  # fmt: skip
    given = review(plan("x"), plan("y"), plan("z", "tb_rr"), baseline_risks=risks)
    _, *found = rows("absolute", given=given, found=find(given))
    ten, one, five = (f"Tuberculosis within {n}" for n in ("10 years", "1 year", "5 years"))
    cited = "As in the trial [@aronson1948]"
    assert [tuple(row[:3]) for row in found] == [
        (ten, cited, "X"), ("", "", "Y"), (one, cited, "X"), (ten, cited, "Z"), (five, cited, "Z"),
    ]  # fmt: skip
    assert {row[3] for row in found} == {"5.0%"}


def test_a_baseline_risk_has_the_length_of_time_of_its_source() -> None:
    short = RISK.model_copy(update={"years": None, "days": Printed(28, 0)})
    one = RISK.model_copy(update={"id": "b", "years": None, "months": Printed(1, 0)})
    given = review(plan("x"), baseline_risks=(short, one))
    found = find(given)
    _, *shown = rows("absolute", given=given, found=found)
    assert [row[0] for row in shown] == [
        "Tuberculosis within 28 days",
        "Tuberculosis within 1 month",
    ]
    assert found.value("absolute.b.years") == pytest.approx(1 / 12, rel=1e-15)
    assert found.value(f"absolute.{short.id}.years") == pytest.approx(28 / 365.25, rel=1e-15)


def test_what_a_study_states_of_its_own_patients_stands_below_the_risks() -> None:
    told = RISK.model_copy(update={"stated": "5% without, 1% with it"})
    again = told.model_copy(update={"id": "b", "analysis": "y"})
    given = review(plan("x"), plan("y"), baseline_risks=(told, again))
    made = TABLES["absolute"].maker(Asked(given, find(given), "tbl-x", {}))
    label = given.by_id[RISK.study].label
    assert placed.plain(made.notes[-1]) == f"As stated: {label}, 5% without, 1% with it."


def test_numbers_needed_are_explained_as_far_as_they_occur() -> None:
    one = replace(FINDINGS.absolute["risk"], nnt=9.0, nnt_near=4.0, nnt_far=20.0)
    benefit = "NNTB: number needed to treat for one more person to benefit, rounded up"
    harm = "NNTH: number needed to treat for one more person to be harmed, rounded down"
    endless = (
        "Where the interval of the difference includes the null, that of the number needed runs "
        "over infinity (∞)."
    )
    harmed = replace(one, nnt_benefit=False)
    none = replace(one, nnt=None, nnt_near=None, nnt_far=None)
    assert notes([one]) == [f"{benefit}."]
    assert notes([harmed]) == [f"{harm}."]
    assert notes([one, harmed]) == [f"{benefit}; {harm}."]
    assert notes([replace(one, nnt_through_infinity=True)]) == [f"{benefit}; {harm}.", endless]
    assert notes([replace(one, nnt_far=None)]) == [f"{benefit}.", endless]
    assert notes([none]) == []
    made = TABLES["absolute"].maker(Asked(REVIEW, FINDINGS, "tbl-x", {}))
    assert [placed.plain(note) for note in made.notes] == [f"{benefit}."]


def test_who_was_studied_is_named_as_the_question_names_them() -> None:
    given = review(plan("x", subgroups=(split_by("allocation"),)))
    question = given.plan.question.model_copy(update={"people": "pupils"})
    given = given.model_copy(update={"plan": given.plan.model_copy(update={"question": question})})
    found = find(given)
    for kind, options, head in (
        ("characteristics", ', outcomes="tb"', "Pupils (BCG / No BCG)"),
        ("subgroups", "", "Pupils"),
        ("summary_of_findings", "", "Pupils (studies)"),
    ):
        heads = rows(kind, options, given=given, found=found)[0]
        assert head in heads
        assert not any("atients" in one for one in heads)
    request = FigureRequest("forest", "x", "x")
    told = [mark.text for mark in layout(request, given, found).marks if isinstance(mark, Writing)]
    assert "Events/pupils" in told


def test_a_measure_without_risks_has_no_columns_of_them() -> None:
    score = plan("score", "score", several=SeveralPlan(model="composite", rho=Printed(0.5, 1)))
    alone, both = review(score), review(plan("x"), score)
    heads, row = rows("summary_of_findings", given=alone, found=find(alone))
    assert (len(heads), heads[3]) == (4, "Certainty")
    assert heads[0] == "Outcome"
    assert row[0] == "SCORE"
    start = "By design the evidence starts high: all studies are randomised trials."
    assert row[3].startswith(f"{start} Inconsistency: 1 step down. ")
    _, *told = rows("summary_of_findings", given=both, found=find(both))
    assert [row[3:5] for row in told] == [["not reported", "–"], ["–", "–"]]


def test_a_risk_over_part_of_a_year_says_so() -> None:
    short = RISK.model_copy(update={"id": "short", "years": Printed(0.25, 2)})
    one = RISK.model_copy(update={"id": "one", "years": Printed(1, 0)})
    given = REVIEW.model_copy(
        update={"plan": REVIEW.plan.model_copy(update={"baseline_risks": (short, one)})}
    )
    _, *told = rows("summary_of_findings", given=given, found=find(given))
    assert [row[3] for row in told] == ["5.0% at 0.25 years", "5.0% at 1 year"]


def test_an_effect_of_no_known_measure_heads_its_column_as_an_effect() -> None:
    several = SeveralPlan(model="composite", rho=Printed(0.5, 1))
    alone = review(plan("generic", "score", several=several))
    head, *_ = rows("pooled", given=alone, found=find(alone))
    assert "Effect (95% CI)" in head
    sheet = layout(FigureRequest("forest", "generic", "generic"), alone, find(alone))
    assert "Effect (95% CI)" in {mark.text for mark in sheet.marks if isinstance(mark, Writing)}


def test_estimates_name_their_measure_where_one_heading_cannot() -> None:
    given = review(
        plan("ratio", subgroups=(split_by("allocation"),), bayes=(prior(),),
             small_study=("trim_and_fill",)),
        plan("difference", "tb_rd", subgroups=(split_by("allocation"),), bayes=(prior(),),
             small_study=("trim_and_fill",)),
        plan("generic", "score", several=SeveralPlan(model="composite", rho=Printed(0.5, 1))),
    )  # fmt: skip
    found = find(given)
    columns = (("pooled", 3), ("subgroups", 5), ("bayes", 2), ("small_study", 4),
               ("summary_of_findings", 2))  # fmt: skip
    for kind, column in columns:
        _, *cells = rows(kind, given=given, found=found)
        named = [(re.split("[:(]", row[0])[0].strip(), row[column]) for row in cells if row[0]]
        by_title = dict(reversed(named))
        assert re.match(r"OR \d", by_title["RATIO"]), kind
        assert re.match(r"RD [−\d]", by_title["DIFFERENCE"]), kind
        if "GENERIC" in by_title:  # an effect of no known measure has no name
            assert re.match(r"[−\d]", by_title["GENERIC"]), kind
        one = find(alone := review(given.plan.analyses[0]))
        _, *cells = rows(kind, given=alone, found=one)
        assert re.match(r"\d", cells[0][column]), kind


def test_the_editions_name_the_measures_of_their_columns() -> None:
    given = review(plan("ratio"), plan("difference", "tb_rd"))
    for chosen, cells in (("", ("OR", "RD")), (', analyses="ratio"', ("",))):
        _, *told = rows("editions", chosen, given=given, found=find(given))
        now = told[-1][3:]
        assert len(now) == len(cells)
        for cell, name in zip(now, cells, strict=True):
            assert re.match(rf"{name} ?[−\d]", cell)


def test_a_claim_that_turned_is_no_row_of_the_answers_that_changed() -> None:
    """Its sentence stands in the text; before and after are told by `claims --changed`."""
    comparison = compare(REVIEW, REVIEW, find)
    turned = Mark("claim", "claims.fewer", "fewer", 0, 1)
    wider = Mark("null", "x", "Infection", -1, 0)
    for marks, wanted in (
        ((turned, wider), ["Infection", "interval", "below the null", "includes the null"]),
        ((turned,), ["–"] * 4),
    ):
        _, *told = rows("marked", changes=replace(comparison, marks=marks))
        assert told == [wanted]


def test_summary_of_findings_where_nobody_judged() -> None:
    _, *found = imni_rows("summary_of_findings")
    told = [row[5] for row in found if row[0]]
    assert all(text.startswith("Inconsistency: ") for text in told)
    assert not any(row[5] for row in found if not row[0])
    across = (
        "No test shows asymmetry; the interval adjusted by trim and fill (L0) includes the null"
    )
    assert told[0].endswith(f"Publication bias: no suggestion. {across}.")
    given, findings = imni()
    made = TABLES["summary_of_findings"].maker(Asked(given, findings, "tbl-x", {}))
    assert [placed.plain(note) for note in made.notes] == [
        "Nobody has judged the certainty: its column gives what the numbers suggest.",
        "By design the evidence starts low: most studies are not randomised, and ROBINS-I was not "
        "used.",
        "Imprecision, in every row: no suggestion. The interval excludes the null, and the optimal "
        "information size is not computed.",
    ]


def test_the_bayesian_table() -> None:
    head, row = rows("bayes")
    found = FINDINGS.analyses["x"].bayes["p"]
    assert head[2:5] == ["Median OR (95% CrI)", "New study", "Median τ (95% CrI)"]
    assert head[-1] == "Posterior probability that the mean effect favours BCG"
    assert row[2].startswith(f"{found.est:.2f} (")
    assert row[5] in (f"{100 * found.p_benefit:.1f}%", ">99.9%")
    for p_benefit, printed in ((1 - 1e-12, ">99.9%"), (1e-12, "<0.1%"), (0.5, "50.0%")):
        assert bayes_row(p_benefit=p_benefit)[5] == printed
    assert bayes_row(tau=0.003, tau_lb=0.0, tau_ub=0.104)[4] == "0.0030 (0.00–0.10)"


def test_no_mean_of_one_group_favours_anything() -> None:
    one = FINDINGS.analyses["x"]
    _, row_of_x = rows("bayes")
    alone = replace(one, measure="PLO", synthesis=replace(one.synthesis, measure="PLO"))
    head, row = rows("bayes", found=replace(FINDINGS, analyses={"x": alone}))
    assert head == ["Analysis", "Prior of τ", "Median proportion (95% CrI)", "New study",
                    "Median τ (95% CrI)"]  # fmt: skip
    assert len(row) == len(head)
    both = replace(FINDINGS, analyses={"x": alone, "z": replace(one, id="z")})
    head, first, second = rows("bayes", found=both)
    assert head[5].startswith("Posterior probability that the mean effect favours ")
    assert (first[5], second[5]) == ("–", row_of_x[5])


def bayes_row(**given: Any) -> list[str]:
    """Return the row of the Bayesian table with some numbers of its finding replaced."""
    found = FINDINGS.analyses["x"]
    changed = replace(found, bayes={"p": replace(found.bayes["p"], **given)})
    return rows("bayes", found=replace(FINDINGS, analyses={"x": changed}))[1]


@pytest.mark.parametrize(
    ("outcome", "interval", "note"),
    [
        ("tb", "shortest", "the shortest on the scale of the logarithm"),
        ("tb", "central", "between equal tails"),
        ("score", "shortest", "the shortest"),
    ],
)
def test_credible_intervals_say_what_they_are(outcome: str, interval: Any, note: str) -> None:
    """Of an OR it is the interval of its logarithm that is the shortest; a mean has one scale."""
    asked = prior().model_copy(update={"interval": interval})
    chosen = SeveralPlan(model="composite", rho=Printed(0.5, 1)) if outcome == "score" else None
    given = review(plan("x", outcome, bayes=(asked,), several=chosen))
    made = TABLES["bayes"].maker(Asked(given, find(given), "tbl-x", {}))
    flat = "The prior of the mean effect is flat."
    assert placed.plain(made.captioned("B.")) == f"B. Credible intervals (CrI) are {note}. {flat}"


@pytest.mark.parametrize(
    ("label", "given", "told"),
    [
        # What the label says already is not said again, in its words or in others.
        ("half-normal, scale 0.5", {}, "half-normal, scale 0.5"),
        ("Half-normal (0.5)", {}, "Half-normal (0.5)"),
        ("Half-normal", {}, "Half-normal, scale 0.5"),
        ("Half-normal, Röver 2021", {}, "Half-normal, Röver 2021, scale 0.5"),
        ("Sceptical", {}, "Sceptical: half-normal, scale 0.5"),
        ("Vague", {"family": "half-cauchy", "scale": 30.0}, "Vague: half-Cauchy, scale 30"),
        ("Vague", {"scale": 1e-7}, "Vague: half-normal, scale 0.0000001"),
        # The label is of another family than the model.
        ("Half-normal", {"family": "half-cauchy"}, "Half-normal: half-Cauchy, scale 0.5"),
        (
            "Half-normal",
            {"mu_mean": -0.5, "mu_sd": 1.0},
            "Half-normal, scale 0.5; μ: normal, mean −0.5, SD 1",
        ),
        (
            "half-normal, scale 0.5; normal, mean 0, SD 1",
            {"mu_mean": 0.0, "mu_sd": 1.0},
            "half-normal, scale 0.5; normal, mean 0, SD 1",
        ),
    ],
)
def test_a_bayesian_row_states_its_priors(label: str, given: dict[str, Any], told: str) -> None:
    assert bayes_row(label=label, **given)[1] == told


def test_the_priors_of_this_review_are_its_labels() -> None:
    _, findings = imni()
    wanted = [one.label for a in findings.analyses.values() for one in a.bayes.values()]
    assert [row[1] for row in imni_rows("bayes")[1:]] == wanted


def test_priors_of_the_mean_are_told_with_their_scale_and_where_they_are_flat() -> None:
    flat = prior()
    normal = flat.model_copy(update={"id": "n", "mu": (Printed(0, 0), Printed(1, 0))})
    for priors, head, wanted in (
        ((flat,), "Prior of τ", ["The prior of the mean effect is flat."]),
        (
            (normal,),
            "Priors",
            ["μ: the mean effect, on the scale that is pooled (ratios on the log scale)."],
        ),
        (
            (flat, normal),
            "Priors",
            [
                "μ: the mean effect, on the scale that is pooled (ratios on the log scale).",
                "Where no prior of μ stands, it is flat.",
            ],
        ),
    ):
        given = review(plan("x", bayes=priors))
        made = TABLES["bayes"].maker(Asked(given, find(given), "tbl-x", {}))
        assert made.columns[1].head == head
        assert [placed.plain(note) for note in made.notes[1:]] == wanted
        for row, one in zip(made.rows, priors, strict=True):
            cell = placed.plain(row[1])
            assert cell == "prior: half-normal, scale 0.5" + (
                "" if one is flat else "; μ: normal, mean 0, SD 1"
            )


def test_each_credible_interval_says_its_kind_where_they_differ() -> None:
    central = prior().model_copy(update={"id": "c", "interval": "central"})
    given = review(plan("x", bayes=(prior(), central)), plan("y", "tb_rd", bayes=(prior(),)))
    made = TABLES["bayes"].maker(Asked(given, find(given), "tbl-x", {}))
    assert placed.plain(made.notes[0]) == (
        "Credible intervals (CrI) are of the kind that stands below each median."
    )
    kinds = [placed.plain(row[2]).partition(" <br>")[2] for row in made.rows]
    assert kinds == ["shortest on the scale of the logarithm", "between equal tails", "shortest"]


@pytest.mark.parametrize(
    ("measure", "kind"),
    [
        ("PLO", "the shortest on the scale of the logit"),
        ("ZCOR", "the shortest on the scale of Fisher’s z"),
        ("RD", "the shortest"),
    ],
)
def test_the_shortest_interval_is_so_on_the_scale_that_is_pooled(measure: str, kind: str) -> None:
    x = replace(FINDINGS.analyses["x"], measure=measure)
    known = replace(FINDINGS, analyses={"x": x})
    made = TABLES["bayes"].maker(Asked(REVIEW, known, "tbl-x", {}))
    assert placed.plain(made.notes[0]) == f"Credible intervals (CrI) are {kind}."


def test_trim_and_fill_says_on_which_side_it_fills() -> None:
    """As metafor::trimfill: one on the right; with the arms exchanged, one on the left."""
    turned = tuple((*t[:2], *t[4:6], *t[2:4], *t[6:]) for t in TRIALS)
    planned = plan("x", "tb_rr", method="REML", small_study=("trim_and_fill",))
    for trials, side in ((TRIALS, "right"), (turned, "left")):
        given = review(planned, trials=trials)
        _, row = rows("small_study", given=given, found=find(given))
        assert row[5] == f"1 study filled in, on the {side}"


def test_the_table_of_small_study_effects() -> None:
    _, *found = rows("small_study")
    by_test = {row[1]: row for row in found}
    missing = FINDINGS.analyses["x"].small_study["trim_and_fill"].statistic
    assert by_test["Trim and fill (L0)"][2] == "–"
    assert by_test["Trim and fill (L0)"][5] == f"{missing:.0f} studies filled in"
    assert "significant, " in by_test["Test of excess significance"][5]
    selection = FINDINGS.analyses["x"].small_study["selection_model"]
    name = "Selection model (one step at P = 0.025)"
    assert f"{selection.more['weight']:.2f} times" in by_test[name][5]
    told = "results of a one-sided P above 0.025 are published"
    assert by_test[name][5].startswith(told)
    rare = replace(selection, more={**selection.more, "weight": 0.0031})
    x = replace(FINDINGS.analyses["x"], small_study={"selection_model": rare})
    _, row = rows("small_study", found=replace(FINDINGS, analyses={"x": x}))
    assert "published 0.0031 times as often" in row[5]


def test_each_statistic_has_its_sign() -> None:
    """t of a regression, z of a mixed-effects model, Kendall's τ, χ² of a likelihood ratio."""
    tests = (
        "egger_classic", "egger_mixed", "begg", "harbord", "pet_peese", "trim_and_fill",
        "selection_model", "excess_significance",
    )  # fmt: skip
    given = review(plan("x", method="REML", small_study=tests))
    head, *found = rows("small_study", given=given, found=find(given))
    assert head[1] == "Test or adjustment"
    x = find(given).analyses["x"]
    each = [(row.label, row.yi, row.vi) for row in x.rows]
    alone = pet_peese(Effects(*zip(*each, strict=True), "OR"))
    assert x.small_study["pet_peese"].pval == pytest.approx(alone.pet.pval, rel=1e-12)
    assert found[4][5] == f"estimate by {alone.chosen}; the P value, of PET’s intercept, chose it"
    signs = [row[2].partition(" = ")[0] for row in found]
    assert signs == ["t", "z", "Kendall’s τ", "t", "t", "–", "χ²", "–"]


def test_that_tests_of_few_studies_have_little_power_is_said_once_and_of_tests() -> None:
    tests = ("egger_classic", "begg", "trim_and_fill")
    plans = (plan("x", small_study=tests), plan("y", small_study=("trim_and_fill",)),
             plan("z", "tb_rr", small_study=("begg",)))  # fmt: skip
    few = "Tests of fewer than 10 studies have little power: X (9 studies) and Z (9 studies)."
    for trials, note in ((TRIALS[:9], [few]), (TRIALS[:10], [])):
        given = review(*plans, trials=trials)
        made = TABLES["small_study"].maker(Asked(given, find(given), "tbl-x", {}))
        assert [placed.plain(one) for one in made.notes] == note
        assert not any("power" in cell for row in made.rows for cell in row)


def test_the_table_of_influence() -> None:
    _, *found = rows("influence", ', analysis="x"')
    assert len(found) == 13
    assert sum(float(row[7]) for row in found) == pytest.approx(100, abs=0.7)
    marked = {row[0] for row in found if row[8] == "yes"}
    assert marked == {one.label for one in FINDINGS.analyses["x"].influence if one.influential}


def test_the_table_of_influence_states_the_rule_that_it_goes_by() -> None:
    """The rule as printed, worked out anew: it marks the studies that are marked, and no other."""
    from scipy.stats import chi2

    made = TABLES["influence"].maker(Asked(REVIEW, FINDINGS, "tbl-x", {"analysis": "x"}))
    assert placed.plain(made.captioned("Influence.")) == (
        "Influence. Influential, by the rules of thumb of metafor: DFFITS beyond ±3√(1/(k − 1)), a "
        "weight above 3/k of the whole, DFBETAS (the change of the pooled effect in standard "
        "errors without the study) beyond ±1, or a Cook’s D above the median of χ² with 1 df."
    )
    marked = []
    for name in ("imni_os", "imni_dfs", "bcg", "hackshaw", "clustered", "li"):
        one = influence(effects(name))
        k = len(one.slab)
        rows = zip(one.dffits, one.weight, one.dfbs, one.cook_d, one.influential, strict=True)
        for dffits, weight, dfbs, cook_d, influential in rows:
            by_rule = (
                abs(dffits or 0) > 3 * math.sqrt(1 / (k - 1))
                or weight > 100 * 3 / k
                or abs(dfbs or 0) > 1
                or (cook_d or 0) > chi2.median(1)
            )
            assert influential == by_rule, name
            marked.append(influential)
    assert 0 < sum(marked) < len(marked)


def test_the_table_of_looks() -> None:
    _, *found = rows("sequential", ', analysis="x"')
    sequential = FINDINGS.analyses["x"].sequential
    assert sequential is not None
    assert len(found) == len(sequential.looks)
    # Of information three digits or more; events are whole, and no fewer than are required.
    for counted, required, printed in (
        ("information", 24.23, "24.2"), ("information", 0.105, "0.105"),
        ("information", 1234.5, "1,234"), ("events", 844.1, "845"), ("events", 1000.0, "1,000"),
    ):  # fmt: skip
        looks = replace(sequential, counted=counted, required=required)
        x = replace(FINDINGS.analyses["x"], sequential=looks)
        asked = Asked(REVIEW, replace(FINDINGS, analyses={"x": x}), "tbl-x", {"analysis": "x"})
        whole = "as the sum of 1 / SE²"
        if counted == "events":
            whole = "events, of arms of equal size"
        (note,) = TABLES["sequential"].maker(asked).notes
        assert placed.plain(note) == f"All of the information: {printed} {whole}."


def test_no_boundary_is_printed_that_was_cut_off() -> None:
    sequential = FINDINGS.analyses["x"].sequential
    assert sequential is not None
    first = replace(sequential.looks[0], bound=8.0)
    second = replace(sequential.looks[1], bound=7.94)
    looks = replace(sequential, looks=(first, second, *sequential.looks[2:]))
    x = replace(FINDINGS.analyses["x"], sequential=looks)
    told = rows("sequential", ', analysis="x"', found=replace(FINDINGS, analyses={"x": x}))
    assert [row[4] for row in told[1:3]] == ["beyond ±8", "±7.94"]


def test_the_table_of_agreement() -> None:
    measured = Agreement("hash", "4.2.2", "3.8.1", {"x": Compared(31, 9.4e-11, "x.tau2")})
    _, row = rows("agreement", agreement=measured)
    assert row == ["X", "31", "9.4 × 10⁻¹¹"]
    exact = Agreement("hash", "4", "3", {"x": Compared(2, 0.0, "")})
    assert rows("agreement", agreement=exact)[1][2] == "0"


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("influence", ', analysis="y"', "found no influence diagnostics of y for table tbl-x, "
         "wanted an analysis with influence: true in its plan"),
        ("sequential", ', analysis="y"', "found no sequential analysis of y for table tbl-x, "
         "wanted an analysis with `sequential` in its plan"),
        ("agreement", "", "found no agreement for table tbl-x, wanted validation/agreement.json "
         "of this evidence (living-review agreement), or the table inside {% if agreement %}"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(kind: str, options: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        rows(kind, options)
    assert message in str(caught.value)


@pytest.mark.parametrize("part", ["bayes", "small_study"])
def test_a_part_that_no_plan_has(part: str) -> None:
    bare = review(plan("x"), baseline_risks=())
    with pytest.raises(TemplateError) as caught:
        rows(part, given=bare, found=find(bare))
    message = f"found no {part} for table tbl-x, wanted an analysis whose plan has it"
    assert message in str(caught.value)
    counts = review(plan("x", method="EE", test="z", pooling="peto"))
    with pytest.raises(TemplateError) as caught:
        rows("conventions", given=counts, found=find(counts))
    wanted = "an analysis of two studies or more, pooled by inverse variance"
    assert f"found no conventions for table tbl-x, wanted {wanted}" in str(caught.value)
    with pytest.raises(TemplateError) as caught:
        rows("absolute", given=bare, found=find(bare))
    assert (
        "found no baseline risk for table tbl-x, wanted baseline_risks in data/review.yml"
        in str(caught.value)
    )


def noted(given: Review, found: Findings) -> str:
    """Return the caption of the table of regressions, with its notes."""
    call = '{% call table("regressions", id="tbl-x") %}Lines.{% endcall %}'
    made = write(given, found, {"review.qmd": f"@tbl-x\n\n{call}\n"})
    (table,) = (n for n in ast.walk(tree(made.text)["blocks"]) if n["t"] == "Table")
    return ast.plain(table["c"][1]).replace("\N{NO-BREAK SPACE}", " ")


def test_regressions_with_several_moderators_report_collinearity() -> None:
    from tests.method_reviews import line

    several = review(plan("x", regressions=(line("one", "year"), line("both", "year", "latitude"))))
    found = find(several)
    head, *told = rows("regressions", given=several, found=found)
    assert head[-2:] == ["R²", "VIF"]
    vif = found.analyses["x"].regressions["both"].vif
    assert [row[-1] for row in told] == ["–", f"{vif['year']:.2f}", f"{vif['latitude']:.2f}"]
    # The label of each, not the name of its field.
    assert [row[1] for row in told[1:]] == ["year, per 10", "latitude, per 10"]
    # Which rows are of one regression, and what its moderators come to together.
    assert [row[0] for row in told] == ["X", "X: both", ""]
    together = found.analyses["x"].regressions["both"]
    q, p = f"{together.qm:.2f}", words.p(together.qm_pval)
    assert f"All coefficients of “both” together: Q = {q} (2 df), {p}." in noted(several, found)
    knha = review(plan("x", test="knha", regressions=(line("three", "allocation"),)))
    told_ = noted(knha, find(knha))
    assert re.search(r"“three” together: F = \d+\.\d\d \(2 and 10 df\), P = 0\.\d+\.", told_)
    one = review(plan("x", regressions=(line("one", "year"),)))
    assert rows("regressions", given=one, found=find(one))[0][-1] == "R²"


@pytest.mark.parametrize(
    ("measure", "head"),
    [
        ("OR", "Ratio of ORs (95% CI)"),
        ("PLO", "Difference of log odds (95% CI)"),
        ("PFT", "Difference of double arcsines (95% CI)"),
        ("ZCOR", "Difference of Fisher’s z (95% CI)"),
        ("RD", "Difference (95% CI)"),
    ],
)
def test_a_coefficient_is_headed_by_what_it_is(measure: str, head: str) -> None:
    """The estimates of these measures are printed on another scale than the slopes are on."""
    from tests.method_reviews import line

    given = review(plan("x", regressions=(line("one", "year"),)))
    found = find(given)
    alone = replace(found, analyses={"x": replace(found.analyses["x"], measure=measure)})
    names, row = rows("regressions", given=given, found=alone)
    assert names[5] == head
    slope = found.analyses["x"].regressions["one"].coefficients["year"]
    wanted = math.exp(slope.b) if measure == "OR" else slope.b
    printed = row[5].partition(" (")[0].replace("−", "-")
    assert float(printed) == pytest.approx(wanted, abs=0.005)


def test_coefficients_of_several_kinds_say_what_they_are_in_each_row() -> None:
    from tests.method_reviews import line

    lines = (line("one", "year"),)
    several = SeveralPlan(model="composite", rho=Printed(0.5, 1))
    ratios = (plan("x", regressions=lines), plan("y", "tb_rr", regressions=lines))
    differences = (
        plan("z", "tb_rd", regressions=lines),
        plan("g", "score", regressions=lines, several=several),
    )
    of = {
        "x": "ratio of ORs", "y": "ratio of RRs", "z": "difference of RDs",
        "g": "difference of effects",
    }  # fmt: skip
    for plans, head in (
        (ratios, "Ratio of effects (95% CI)"),
        (differences, "Difference (95% CI)"),
        ((*ratios, *differences), "Ratio or difference (95% CI)"),
    ):
        given = review(*plans)
        names, *told = rows("regressions", given=given, found=find(given))
        assert names[5] == head
        assert [row[5].partition(":")[0] for row in told] == [of[one.id] for one in plans]
    # Of one kind in several units, each row has its own.
    found = find(given := review(ratios[0]))
    x = replace(found.analyses["x"], measure="MD", unit="days")
    both = replace(found, analyses={"x": x, "z": replace(x, id="z", unit="mmHg")})
    given = review(ratios[0], ratios[0].model_copy(update={"id": "z"}))
    names, *told = rows("regressions", given=given, found=both)
    assert names[5] == "Difference (95% CI)"
    assert [row[5].rpartition(" ")[2] for row in told] == ["days", "mmHg"]


def test_joint_tests_name_their_analysis_where_several_have_such_a_regression() -> None:
    from tests.method_reviews import line

    both, own = line("both", "year", "latitude"), line("own", "allocation")
    given = review(
        plan("x", regressions=(both, own)), plan("y", "tb_rr", regressions=(both,)),
    )  # fmt: skip
    told = noted(given, find(given))
    for name in ("X", "Y"):
        qm = find(given).analyses[name.lower()].regressions["both"].qm
        assert f"All coefficients of “both” of {name} together: Q = {qm:.2f} (2 df)" in told
    assert "All coefficients of “own” together: Q = " in told


def test_planned_regressions_without_an_answer_are_told_with_the_reason() -> None:
    from tests.method_reviews import line

    alike = tuple((*trial[:-1], "random") for trial in TRIALS)
    planned = (line("groups", "allocation"), line("years", "year"))
    given = review(plan("x", regressions=planned), plan("y", "tb_rr", regressions=planned),
                   trials=alike)  # fmt: skip
    found = find(given)
    why = found.analyses["x"].unanswered["regressions.groups"]
    assert why == "moderator allocation: found only 'random', wanted at least two different values"
    told = noted(given, found)
    assert f"Not estimable: “groups” of X, “groups” of Y ({why})." in told
    assert [row[0] for row in rows("regressions", given=given, found=found)[1:]] == ["X", "Y"]
    assert f"Not estimable: “groups” of Y ({why})." in placed.plain(
        TABLES["regressions"].maker(Asked(given, found, "tbl-x", {"analyses": "y"})).notes[-1]
    )
    # Those of an analysis that is itself not estimable are lost with it; others are not named.
    gone = replace(found, analyses={"y": found.analyses["y"]}, unanswered={"x": "no study"})
    told = noted(given, gone)
    assert f"Not estimable: “groups” of Y ({why}); “groups” of X, “years” of X (no study)." in told
    assert "Not estimable" not in noted(given, replace(
        found, analyses={name: replace(one, unanswered={}) for name, one in found.analyses.items()}
    ))  # fmt: skip


def test_regressions_say_which_levels_they_compare() -> None:
    from tests.method_reviews import MODERATORS, line

    both = line("both", "allocation", "latitude", interactions=(("latitude", "allocation"),))
    given = review(plan("x", regressions=(line("one", "allocation"), both)))
    found = find(given)
    _, *told = rows("regressions", given=given, found=found)
    assert [row[1] for row in told] == [
        "allocation: alternate against random",
        "allocation: systematic against random",
        "allocation: alternate against random",
        "allocation: systematic against random",
        "latitude, per 10",
        "latitude, per 10 × allocation: alternate against random",
        "latitude, per 10 × allocation: systematic against random",
    ]
    # Each row is the coefficient of its level: alone, the contrast is the difference of groups.
    first = found.analyses["x"].regressions["one"].coefficients
    for row, level in zip(told[:2], ("alternate", "systematic"), strict=True):
        assert row[5].startswith(f"{first[level].est:.2f} (")
    # Of two levels: the reference is the first in alphabetical order where the plan has none.
    two = tuple(trial for trial in TRIALS if trial[-1] != "systematic")
    for label, reference, printed in (
        ("allocation", None, "allocation: random against alternate"),
        ("Random against alternate allocation", None, "Random against alternate allocation"),
        ("allocation", "random", "allocation: alternate against random"),
    ):
        moderator = MODERATORS["allocation"].model_copy(
            update={"label": label, "reference": reference}
        )
        planned = line("one", "allocation").model_copy(update={"moderators": (moderator,)})
        given = review(plan("x", regressions=(planned,)), trials=two)
        assert rows("regressions", given=given, found=find(given))[1][1] == printed


@pytest.mark.parametrize(
    ("label", "per", "printed"),
    [
        ("Latitude (degrees)", 10, "Latitude (degrees), per 10"),
        ("latitude (degrees)", 1, "latitude (degrees)"),
        ("latitude", 0.5, "latitude, per 0.5"),
        ("latitude (per 10 degrees)", 10, "latitude (per 10 degrees)"),
        ("follow-up (per year)", 12, "follow-up (per year)"),
        ("body mass index, per 5 kg/m²", 5, "body mass index, per 5 kg/m²"),
        ("latitude per 10 degrees", 10, "latitude per 10 degrees"),
        ("follow-up per year", 12, "follow-up per year"),
        ("latitude per 100 degrees", 10, "latitude per 100 degrees, per 10"),
        ("sodium (mmol per litre)", 10, "sodium (mmol per litre), per 10"),
        ("sodium (in blood (mmol per litre))", 10, "sodium (in blood (mmol per litre)), per 10"),
        ("per-protocol", 5, "per-protocol, per 5"),
        ("analysed per protocol", 5, "analysed per protocol, per 5"),
        ("node-positive, per cent", 10, "node-positive, per cent, per 10"),
        ("(" * 2000, 5, "(" * 2000 + ", per 5"),
    ],
)
def test_a_number_says_what_its_coefficient_is_per(label: str, per: float, printed: str) -> None:
    from tests.method_reviews import MODERATORS, line

    moderator = MODERATORS["latitude"].model_copy(update={"label": label, "per": per})
    planned = line("one", "latitude").model_copy(update={"moderators": (moderator,)})
    given = review(plan("x", regressions=(planned,)))
    found = find(given)
    (row,) = rows("regressions", given=given, found=found)[1:]
    assert row[1] == printed
    sheet = layout(FigureRequest("bubble", "x", "x", {"regression": "one"}), given, found)
    told = " ".join(mark.text for mark in sheet.marks if isinstance(mark, Writing))
    assert f"{printed[:1].upper()}{printed[1:]}: ratio of effects " in told


@pytest.mark.parametrize(
    ("levels", "head"),
    [((0.9,), "Ratio of ORs (90% CI)"), ((0.9, 0.95), "Ratio of ORs (95% CI)")],
)
def test_headings_tell_the_level_of_the_intervals_below_them(
    levels: tuple[float, ...], head: str
) -> None:
    from tests.method_reviews import line

    plans = (
        plan(f"x{at}", level=Printed(level, 2), bayes=(prior(),), regressions=(line("a", "year"),))
        for at, level in enumerate(levels)
    )
    given = review(*plans)
    found = find(given)
    assert rows("regressions", given=given, found=found)[0][5] == head
    of_bayes = "Median OR (90% CrI)" if len(levels) == 1 else "Median OR (95% CrI)"
    assert rows("bayes", given=given, found=found)[0][2] == of_bayes


def test_levels_within_a_line_keep_only_capitals_that_are_theirs() -> None:
    from analysis.contrasts import contrasts
    from tests.test_tables import imni

    given, found = imni()
    plans = list(given.plan.analyses)
    at = next(at for at, one in enumerate(plans) if one.id == "dfs")
    first, *others = plans[at].regressions
    moderator = first.moderators[0].model_copy(update={"label": "nodal status"})
    first = first.model_copy(update={"moderators": (moderator,)})
    plans[at] = plans[at].model_copy(update={"regressions": (first, *others)})
    renamed = given.plan.model_copy(update={"analyses": tuple(plans)})
    dfs = found.analyses["dfs"]
    told = contrasts(given.model_copy(update={"plan": renamed}), dfs, dfs.regressions["nodal"])
    assert told["n0"] == "nodal status: N0 against mixed N+"
    assert contrasts(given, dfs, dfs.regressions["nodal"])["n0"] == "N0 against mixed N+"


@pytest.mark.parametrize(("level", "told"), [(0.80, "(80% CI "), (0.95, "(")])
def test_a_computed_interval_says_where_its_level_is_not_that_of_the_heads(
    level: float, told: str
) -> None:
    given = review(plan("x", level=Printed(level, 2)))
    found = find(given)
    made = TABLES["characteristics"].maker(Asked(given, found, "tbl-x", {"outcomes": "tb"}))
    row = found.analyses["x"].rows[0]
    cells = [placed.plain(str(cells[-1])) for cells in made.rows]
    assert any(cell.startswith(f"{words.effect(row.est, 'OR')} {told}") for cell in cells)
    assert all(("CI" in cell) == ("CI" in told) for cell in cells)
