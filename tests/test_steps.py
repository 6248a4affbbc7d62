"""Which step an edition is due: by what its claims print, and by every result that moves."""

from __future__ import annotations

import pytest

from analysis import placed, words
from analysis.findings import Findings
from analysis.plan import find
from analysis.records import Claim, Review, Search
from analysis.records.plan import BaselineRisk, Certainty, CertaintyStep
from analysis.records.published import Published, ReportedPool
from analysis.records.question import HarmCategory
from analysis.records.searches import RecordCount, SearchCounts
from analysis.records.study import Harm, Study
from analysis.steps import Side, Step, step
from analysis.words import Words
from tests.evidence_samples import analysis, printed, result, review, study

PATCH = ("1.0.1", ("results are unchanged",))
ANNA = study("anna", result(0.8, 0.6, 1.1))
BERT = study("bert", result(0.7, 0.5, 0.9))
FEWER = Claim(
    id="fewer",
    text="Fewer patients died ({{ tb | estimate }}).",
    holds="tb.est < 1",
    otherwise="Not fewer patients died.",
)
SURE = Claim(id="sure", text="The trials are two.", holds="tb.k == 2")


def side(evidence: Review) -> Side:
    return Side(evidence, find(evidence))


def claiming(*claims: Claim, studies: tuple[Study, ...] = (ANNA, BERT)) -> Side:
    return side(review(studies).model_copy(update={"claims": claims}))


def due(before: Side, after: Side) -> tuple[str, tuple[str, ...]]:
    found: Step = step("1.0.0", before, after)
    return found.version, found.reasons


def fewer(**fields: str | None) -> Claim:
    return FEWER.model_copy(update=fields)


# --- what claims print ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "reasons"),
    [
        # The sentence is reversed; its condition is not, so by it nothing flips.
        ((fewer(text="More patients died ({{ tb | estimate }})."),), ["fewer is worded anew"]),
        # The condition is reversed, and the other wording is printed.
        ((fewer(holds="tb.est > 1"),), ["fewer is worded anew"]),
        # The two wordings change places, and the condition stays.
        ((fewer(text=FEWER.otherwise, otherwise=FEWER.text),), ["fewer is worded anew"]),
        ((FEWER, SURE), ["sure is new"]),
        ((), ["fewer is withdrawn"]),
        ((fewer(id="lower"),), ["lower is new", "fewer is withdrawn"]),
    ],
)
def test_what_a_claim_prints_changes(now: tuple[Claim, ...], reasons: list[str]) -> None:
    before = claiming(FEWER)
    assert due(before, claiming(*now)) == ("2.0.0", tuple(f"claim {said}" for said in reasons))
    # The claims may be given beside the evidence, as those of now.
    given = step("1.0.0", before, before, iter(now))
    assert given.reasons == tuple(f"claim {said}" for said in reasons)


@pytest.mark.parametrize(
    "now",
    [
        fewer(otherwise="Just as many patients died."),
        fewer(otherwise=None),
        fewer(holds="tb.est < 0.99 and tb.k == 2"),
        fewer(text="Fewer   patients\n died ({{ tb | estimate }})."),
        # Both turned: what is printed is what it was.
        fewer(text=FEWER.otherwise, otherwise=FEWER.text, holds="tb.est > 1"),
    ],
)
def test_what_a_claim_prints_stays(now: Claim) -> None:
    assert due(claiming(FEWER), claiming(now)) == PATCH


def test_a_wording_whose_words_follow_the_findings_reads_otherwise() -> None:
    """Its numbers alone may move; where its words turn, a reader reads another sentence."""
    text = "The interval {{ tb | null_phrase }} ({{ tb | estimate }})."
    phrase = fewer(text=text, otherwise=None, holds="tb.k > 1")
    alike, less = study("bert", result(0.79, 0.7, 0.9)), study("bert", result(0.81, 0.7, 0.93))
    first = claiming(phrase, studies=(ANNA, alike))
    found = step("1.0.0", first, claiming(phrase, studies=(ANNA, less)))
    assert found.reasons == ("results move: Tuberculosis",)
    found = step("1.0.0", first, claiming(phrase))
    assert (found.version, found.reasons) == ("2.0.0", ("claim fewer reads otherwise",))


@pytest.mark.parametrize("text", ["P {{ tb.pval | p }}.", "{{ tb | estimate_p }}."])
def test_the_sign_before_a_number_goes_with_it(text: str) -> None:
    """P < 0.001 for P = 0.23: its number alone moved."""
    told = fewer(text=text, otherwise=None, holds="tb.k > 0")
    sure = (study("anna", result(0.4, 0.3999, 0.4001)), study("bert", result(0.4001, 0.4, 0.4002)))
    first = claiming(told, studies=sure)
    assert first.findings.analyses["tb"].synthesis.pval < 0.001
    now = claiming(told)
    assert now.findings.analyses["tb"].synthesis.pval > 0.01
    assert step("1.0.0", first, now).reasons == ("results move: Tuberculosis",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (words.count(1, "study", key="k"), words.count(2, "study", key="k")),
        (words.count(1, "randomised trial"), words.count(12, "randomised trial")),
        (
            words.count(1, "omission changes", key="k", plural="omissions change"),
            words.count(3, "omission changes", key="k", plural="omissions change"),
        ),
        (words.interval(-0.1, 2, "MD", ("lb", "ub")), words.interval(0.1, 2, "MD", ("lb", "ub"))),
        (words.p(0.0004, "p"), words.p(0.2, "p")),
    ],
)
def test_what_follows_a_number_alone_is_no_other_wording(one: Words, other: Words) -> None:
    blanked = {placed.unnumbered(placed.of_words(each)) for each in (one, other)}
    assert len(blanked) == 1
    assert not any(sign.isdigit() for sign in blanked.pop())


def test_the_wording_that_is_not_printed_may_be_the_first() -> None:
    more = fewer(id="more", text="More died.", holds="tb.est > 1")
    assert due(claiming(more), claiming(more.model_copy(update={"text": "Many died."}))) == PATCH
    other = more.model_copy(update={"otherwise": "Hardly more died."})
    assert due(claiming(more), claiming(other)) == ("2.0.0", ("claim more is worded anew",))


def test_a_claim_that_flips_is_said_once() -> None:
    harmed = study("bert", result(1.7, 1.5, 1.9))
    found = step("1.0.0", claiming(FEWER), claiming(FEWER, studies=(ANNA, harmed)))
    assert (found.version, found.reasons) == ("2.0.0", ("claim fewer no longer holds",))


def test_a_new_claim_does_not_flip() -> None:
    """By the findings of then it would not have held; nobody said that it did."""
    better = study("bert", result(0.3, 0.2, 0.4))
    low = fewer(id="low", holds="tb.est < 0.6")
    found = step("1.0.0", claiming(FEWER), claiming(FEWER, low, studies=(ANNA, better)))
    assert (found.version, found.reasons) == ("2.0.0", ("claim low is new",))


def test_a_condition_that_follows_the_data_does_not_flip() -> None:
    """Old and new condition hold, each on its data: the sentence is in both editions."""
    better = study("bert", result(0.3, 0.2, 0.4))
    low = fewer(holds="tb.est < 0.6")
    found = step("1.0.0", claiming(FEWER), claiming(low, studies=(ANNA, better)))
    assert (found.version, found.reasons) == ("1.1.0", ("results move: Tuberculosis",))


def test_what_claims_print_of_which_the_numbers_alone_moved() -> None:
    """They make no step, and whoever releases is told that they are to be read."""
    better = study("bert", result(0.3, 0.2, 0.4))
    found = step("1.0.0", claiming(FEWER, SURE), claiming(FEWER, SURE, studies=(ANNA, better)))
    assert found.kind == "minor"
    assert [one.id for one in found.text.renumbered] == ["fewer"]
    assert (found.text.worded, found.claims) == ((), ())
    turned = step("1.0.0", claiming(FEWER), claiming(fewer(holds="tb.est > 1")))
    assert [one.id for one in turned.text.worded] == ["fewer"]
    assert turned.text.renumbered == ()


def test_a_claim_without_an_answer_on_a_side_is_passed_over() -> None:
    later = fewer(holds="other.est < 1")
    assert due(claiming(later), claiming(FEWER)) == PATCH
    assert due(claiming(later), claiming()) == PATCH
    assert due(claiming(FEWER), claiming(later)) == PATCH
    assert due(claiming(), claiming(later)) == PATCH


def test_without_the_evidence_of_then_only_flips_are_known() -> None:
    lost = Side(None, claiming(FEWER).findings)
    assert due(lost, claiming(fewer(text="More patients died."), SURE)) == PATCH
    harmed = study("bert", result(1.7, 1.5, 1.9))
    assert due(lost, claiming(FEWER, studies=(ANNA, harmed))) == (
        "2.0.0",
        ("claim fewer no longer holds",),
    )


def test_studies_are_said_before_claims() -> None:
    cora = study("cora", result(0.9, 0.7, 1.2))
    now = fewer(text="More patients died.")
    assert due(claiming(FEWER), claiming(now, studies=(ANNA, BERT, cora))) == (
        "2.0.0",
        ("added: Cora", "claim fewer is worded anew"),
    )


# --- results beside the analyses -----------------------------------------------------------

HARM = Harm(category="lung", finding="higher", text="More often.", source="report")
RISK = BaselineRisk(
    id="usual",
    outcome="tuberculosis",
    analysis="tb",
    label="Usual",
    risk=printed(0.2),
    years=printed(5),
    study="anna",
    source="report",
)
GRADE = Certainty(
    analysis="tb",
    start="high",
    steps=(CertaintyStep(domain="risk of bias", steps=-1, reason="No blinding."),),
    judged_by="Ann",
)
SEARCH = Search(
    id="first",
    kind="systematic search",
    date="2020-01",
    sources=("PubMed", "Embase"),
    counts=SearchCounts(
        identified=(RecordCount(label="PubMed", n=30), RecordCount(label="Embase", n=20)),
        duplicates=5,
        excluded_at_screening=(RecordCount(label="another question", n=40),),
        full_text=5,
        excluded_at_full_text=(RecordCount(label="no results", n=3),),
        included=2,
    ),
    studies=("anna", "bert"),
)
POOL = ReportedPool(
    id="old",
    outcome="tuberculosis",
    family="all",
    label="All",
    measure="RR",
    estimate=printed(0.8),
    ci=(printed(0.7), printed(0.9)),
    p=printed(0.01),
    place="Table 1",
    inputs="not printed",
)


def rich(
    harm: Harm = HARM,
    risk: BaselineRisk = RISK,
    grade: Certainty = GRADE,
    search: Search = SEARCH,
    pool: ReportedPool = POOL,
) -> Side:
    """Return a side with a result of every kind."""
    anna = study("anna", result(0.8, 0.6, 1.1), harms=(harm,))
    plan = {
        "harms": (HarmCategory(id="lung", label="Lung"),),
        "baseline_risks": (risk,),
        "certainty": (grade,),
    }
    published = Published(document="colditz1994", studies=(), numbers=(), pools=(pool,))
    update = {"searches": (search,), "published": published}
    return side(review([anna, BERT], analysis(), **plan).model_copy(update=update))


def counted(**fields: object) -> Search:
    assert SEARCH.counts is not None
    return SEARCH.model_copy(update={"counts": SEARCH.counts.model_copy(update=fields)})


def graded(**fields: object) -> Certainty:
    [taken] = GRADE.steps
    return GRADE.model_copy(update={"steps": (taken.model_copy(update=fields),)})


NO_DIFFERENCE = HARM.model_copy(update={"finding": "no difference"})
HIGH = RISK.model_copy(update={"risk": printed(0.3)})


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (rich(harm=NO_DIFFERENCE), "the counts of studies"),
        (
            rich(pool=POOL.model_copy(update={"estimate": printed(0.75)})),
            "the pooled results of the article",
        ),
        (
            rich(pool=POOL.model_copy(update={"p": printed(0.02)})),
            "the pooled results of the article",
        ),
        (rich(risk=HIGH), "absolute effects"),
        (rich(grade=graded(steps=-2)), "the certainty of the evidence"),
        (rich(grade=graded(domain="imprecision")), "the certainty of the evidence"),
        (rich(grade=GRADE.model_copy(update={"judged_by": None})), "the certainty of the evidence"),
        (rich(harm=NO_DIFFERENCE, risk=HIGH), "the counts of studies; absolute effects"),
    ],
)
def test_a_result_beside_the_analyses_moves(after: Side, said: str) -> None:
    for one, other in ((rich(), after), (after, rich())):
        assert due(one, other) == ("1.1.0", (f"results move: {said}",))
    # So too where the stored findings are all that is left of the last edition.
    lost = Side(None, Findings.from_json(rich().findings.to_json()))
    assert due(lost, after) == ("1.1.0", (f"results move: {said}",))


def test_analyses_are_named_first() -> None:
    before, after = claiming(), rich()
    assert due(before, after) == (
        "1.1.0",
        (
            "results move: the counts of studies; the pooled results of the article; absolute "
            "effects; the certainty of the evidence",
        ),
    )
    bert = study("bert", result(0.6, 0.5, 0.9), patients=None, country="Norway")
    assert due(before, claiming(studies=(ANNA, bert))) == (
        "1.1.0",
        ("results move: Tuberculosis; the counts of studies",),
    )


@pytest.mark.parametrize(
    "after",
    [
        rich(harm=HARM.model_copy(update={"text": "More frequent."})),
        rich(risk=RISK.model_copy(update={"label": "As usual", "stated": "a fifth"})),
        rich(grade=graded(reason="Nobody was blinded.")),
        rich(grade=GRADE.model_copy(update={"judged_by": "Bea"})),
        rich(pool=POOL.model_copy(update={"label": "Any", "place": "Table 2"})),
        # A search alone.
        rich(search=counted(duplicates=4)),
        rich(search=SEARCH.model_copy(update={"date": "2021-01"})),
        rich(search=SEARCH.model_copy(update={"sources": ("PubMed",)})),
        rich(search=SEARCH.model_copy(update={"studies": ("bert", "anna")})),
    ],
)
def test_words_places_and_order_are_no_results(after: Side) -> None:
    assert due(rich(), after) == PATCH


def test_a_study_that_is_not_included_moves_no_result() -> None:
    ongoing = study("cora", status="ongoing")
    search = SEARCH.model_copy(update={"studies": ("anna", "bert", "cora")})
    before, after = rich(), rich(search=search)
    assert after.review is not None
    more = after.review.model_copy(update={"studies": (*after.review.studies, ongoing)})
    assert side(more).findings.counts.statuses != before.findings.counts.statuses
    assert due(before, side(more)) == PATCH
