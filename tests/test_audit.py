"""The audit of the printed article, and the ranges that the rounding of its inputs allows."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from analysis.answers_of_effects import of_finding, of_pool, of_regression
from analysis.audit import AuditRow, article_evidence, audit
from analysis.compared_arms import Comparison
from analysis.errors import DataError, MethodError
from analysis.evidence import restrict
from analysis.load import load_review
from analysis.measure import measure
from analysis.plan import find, finding_of
from analysis.planned_effects import contributions
from analysis.planned_models import columns_of, fitted
from analysis.records import BaselineRisk, PrintedNumber, Published, Result, Review
from analysis.rounding import Box, knobs_of, reach, turn
from analysis.values import Bound, Printed

ROOT = Path(__file__).parent.parent
REVIEW = load_review(ROOT)
TINY = load_review(ROOT / "tests" / "tiny")
assert REVIEW.published is not None
PUBLISHED = REVIEW.published


@pytest.fixture(scope="module")
def rows() -> dict[str, AuditRow]:
    return {row.id: row for row in audit(PUBLISHED, REVIEW, find)}


# --- the article of this review --------------------------------------------------------------


@pytest.mark.parametrize(
    ("id_", "recomputed"),
    [
        ("os_est", "0.89"),
        ("os_lb", "0.79"),
        ("os_ub", "1.00"),
        ("os_p", "0.047"),
        ("os_i2", "47.5"),
        ("os_reduction", "11"),
        ("dfs_npos_est", "0.58"),
        ("dfs_npos_lb", "0.49"),
        ("dfs_npos_ub", "0.69"),
        ("dfs_npos_p", "<0.001"),
        ("egger_p", "0.462"),
        ("dfs_nodal_p", "0.011"),
        ("studies", "12"),
    ],
)
def test_reproduced(rows: dict[str, AuditRow], id_: str, recomputed: str) -> None:
    row = rows[id_]
    assert (row.status, row.recomputed) == ("reproduced", recomputed)
    # Nobody searches a range that nobody asks for.
    assert (row.reach is None) is (id_ not in ("os_ub", "os_p"))


def test_within_the_rounding_of_the_inputs(rows: dict[str, AuditRow]) -> None:
    row = rows["dfs_i2"]
    assert row.status == "within input rounding"
    assert row.value == pytest.approx(79.349, abs=5e-4)
    assert row.reach is not None
    assert row.reach.low < 79.15 < 79.25 < row.reach.high


def test_differs(rows: dict[str, AuditRow]) -> None:
    patients = rows["patients"]
    assert (patients.status, patients.recomputed, patients.difference) == ("differs", "12550", -155)
    assert patients.reach is None  # nobody rounded a count
    assert patients.reason is not None
    assert patients.reason.startswith("The arms of Table 1 add up to fewer.")
    assert patients.verdict == "differs by −155"
    assert rows["studies"].verdict == "reproduced"
    for id_ in ("os_follow_up_p", "os_date_p"):
        far = rows[id_]
        assert far.status == "differs"
        assert far.reach is not None
        assert far.reach.high < far.printed  # no rounding explains it


def test_not_recomputable(rows: dict[str, AuditRow]) -> None:
    row = rows["regional"]
    assert (row.status, row.recomputed, row.value) == ("not recomputable", None, None)
    assert row.reason == "The article does not say in which studies the fields were omitted."


def test_what_is_left_out_of_the_plan_alters_no_number(rows: dict[str, AuditRow]) -> None:
    whole = find(article_evidence(PUBLISHED, REVIEW))
    values = {id_: whole.value(row.finding) for id_, row in rows.items() if row.finding}
    assert len(values) > 30
    assert values == {id_: row.value for id_, row in rows.items() if row.finding}


def test_every_row_has_an_answer(rows: dict[str, AuditRow]) -> None:
    assert [row.id for row in rows.values()] == [number.id for number in PUBLISHED.numbers]
    for row in rows.values():
        assert row.reason is not None or row.status != "not recomputable"


def test_the_evidence_is_the_articles_whatever_became_of_it() -> None:
    later = REVIEW.model_copy(
        update={
            "studies": tuple(
                study.model_copy(update={"status": "superseded", "superseded_by": "later"})
                if study.id == "thorsen"
                else study
                for study in REVIEW.studies
            )
        }
    )
    evidence = article_evidence(PUBLISHED, later)
    assert {study.status for study in evidence.studies} == {"included"}
    assert find(evidence).analyses["os"].synthesis.k == 12


# --- ranges, against a computation of their own -----------------------------------------------


def printed(review: Review, analysis: str) -> list[Result]:
    by_id = review.by_id
    rows_ = find(review).analyses[analysis].rows
    return [by_id[row.study].results[row.result] for row in rows_]


def drawn(results: list[Result], rng: np.random.Generator, n: int) -> tuple[NDArray, NDArray]:  # type: ignore[type-arg]
    """Draw yi, vi of shape (n, k) from what each printed number may have been."""

    def numbers(each: list[Printed]) -> NDArray:  # type: ignore[type-arg]
        half = np.array([number.half_unit for number in each])
        share = rng.uniform(-1, 1, (n, len(each)))
        # Half of the draws sit on corners, where extremes are.
        share[: n // 2] = np.sign(share[: n // 2])
        return np.array([float(number) for number in each]) + share * half

    est = numbers([r.estimate for r in results if r.estimate is not None])
    lb = numbers([r.ci[0] for r in results if r.ci is not None])
    ub = numbers([r.ci[1] for r in results if r.ci is not None])
    return np.log(est), (np.log(ub / lb) / (2 * stats.norm.ppf(0.975))) ** 2


def dersimonian_laird(yi: NDArray, vi: NDArray) -> dict[str, NDArray]:  # type: ignore[type-arg]
    w = 1 / vi
    mean = (w * yi).sum(1, keepdims=True) / w.sum(1, keepdims=True)
    q, df = (w * (yi - mean) ** 2).sum(1), yi.shape[1] - 1
    c = w.sum(1) - (w**2).sum(1) / w.sum(1)
    w = 1 / (vi + np.maximum(0, (q - df) / c)[:, None])
    mu, se = (w * yi).sum(1) / w.sum(1), 1 / np.sqrt(w.sum(1))
    return {
        "est_ub": np.exp(mu + stats.norm.ppf(0.975) * se),
        "pval": 2 * stats.norm.sf(abs(mu) / se),
        "i2_q": 100 * np.maximum(0, (q - df) / q),
    }


def bare(review: Review, path: str) -> Review:
    """Return the review with one analysis, without all that is built upon it."""
    nothing = {"subgroups": (), "regressions": (), "small_study": (), "cumulative": None}
    plans = tuple(
        plan.model_copy(update={**nothing, "leave_one_out": False, "influence": False})
        for plan in review.plan.analyses
        if plan.id == path.split(".", maxsplit=1)[0]
    )
    return review.model_copy(update={"plan": review.plan.model_copy(update={"analyses": plans})})


COMPARISON = Comparison("imni", "no_imni")


def box(review: Review) -> Box:
    return Box(review, taken(review), COMPARISON)


def taken(review: Review) -> list[tuple[str, int]]:
    (analysis,) = find(review).analyses.values()
    return [(row.study, row.result) for row in analysis.rows]


@pytest.mark.parametrize(
    ("path", "told", "unit"),
    [
        # How far uniform draws go, as the notes on the article tell it: a second computation.
        ("os.est_ub", (0.994, 1.003), 0.001),
        ("os.pval", (0.04, 0.06), 0.01),
        ("dfs.i2_q", (78.0, 81.0), 1.0),
    ],
)
def test_no_draw_lies_outside_the_range(path: str, told: tuple[float, float], unit: float) -> None:
    evidence = bare(article_evidence(PUBLISHED, REVIEW), path)
    analysis, field = path.split(".")
    yi, vi = drawn(printed(evidence, analysis), np.random.default_rng(1), 40_000)
    values = dersimonian_laird(yi, vi)[field]
    answer = of_pool(evidence.plan.analyses[0], "HR", field)
    assert answer is not None
    found = reach(box(evidence), answer)
    assert found.low <= values.min()
    assert values.max() <= found.high
    uniform = values[20_000:]
    assert (uniform.min(), uniform.max()) == pytest.approx(told, abs=unit / 2)


def few(review: Review, count: int) -> Review:
    """Return the article's evidence with the first studies alone."""
    evidence = article_evidence(PUBLISHED, review)
    return restrict(evidence, [study.id for study in evidence.studies[:count]])


@pytest.mark.parametrize("path", ["os.est_ub", "os.pval", "os.i2_q", "os_hk.est_lb"])
def test_the_range_is_that_of_all_settings(path: str) -> None:
    evidence = bare(few(REVIEW, 3), path)
    results = taken(evidence)
    knobs = [knob for id_, i in results for knob in knobs_of(evidence.by_id[id_], i)]
    assert len(knobs) == 6
    values = []
    for ends in itertools.product((-1, 0, 1), repeat=6):
        turned = [(knob, end) for knob, end in zip(knobs, ends, strict=True) if end]
        values.append(float(find(turn(evidence, turned)).value(path)))
    answer = of_pool(evidence.plan.analyses[0], "HR", path.split(".")[1])
    assert answer is not None
    found = reach(box(evidence), answer)
    assert (found.low, found.high) == pytest.approx((min(values), max(values)), rel=1e-9)


def settings(count: int, n: int = 40) -> NDArray[np.int64]:
    return np.random.default_rng(7).integers(-1, 2, (n, count))


def test_a_box_holds_what_turned_evidence_is_measured_as() -> None:
    evidence = bare(few(REVIEW, 4), "os.est")
    knobs = [knob for id_, i in taken(evidence) for knob in knobs_of(evidence.by_id[id_], i)]
    drawn_ = settings(len(knobs))
    yi, vi = box(evidence).effects(drawn_)
    for row, setting in enumerate(drawn_.tolist()):
        turned = turn(evidence, [(k, e) for k, e in zip(knobs, setting, strict=True) if e])
        for column, (id_, i) in enumerate(taken(evidence)):
            single = measure(turned.by_id[id_].results[i], COMPARISON)
            assert (yi[row, column], vi[row, column]) == (single.yi, single.vi)


@pytest.mark.parametrize(
    "path",
    [
        *(f"{id_}.{field}" for id_ in ("os", "os_hk", "dfs_npos") for field in (
            "mu", "se", "statistic", "pval", "ci_lb", "est", "est_ub", "pi_est_lb", "tau2", "i2",
            "i2_q", "h2", "qe", "qe_pval",
        )),
        *(f"{id_}.regressions.{name}.{field}" for id_ in ("os", "os_hk")
          for name in ("start", "follow_up", "design") for field in ("qm", "qm_pval")),
        "dfs.regressions.nodal.qm_pval",
        "dfs.regressions.nodal_dl.qm_pval",
    ],
)  # fmt: skip
def test_many_sets_at_once_answer_as_one_by_one(path: str) -> None:
    """The batched sums, columns and roots against the code that the plan runs."""
    evidence = article_evidence(PUBLISHED, REVIEW)
    first, _, rest = path.partition(".")
    plan = next(plan for plan in evidence.plan.analyses if plan.id == first)
    given = contributions(evidence, plan)
    effects, rows_ = given.effects, given.rows
    whole = Box(evidence, [(row.study, row.result) for row in rows_], COMPARISON)
    yi, vi = whole.effects(settings(len(whole.knobs)))
    inside = np.isfinite(vi).all(axis=1)
    yi, vi = yi[inside], vi[inside]
    parts = rest.split(".")
    if len(parts) == 1:
        answer = of_pool(plan, "HR", rest)
    else:
        regression = next(one for one in plan.regressions if one.id == parts[1])
        columns = columns_of(evidence, regression, rows_)
        kept = np.array([None not in values for values in zip(*columns, strict=True)])
        answer = of_regression(fitted(plan, regression, effects, columns), kept, parts[2])
    assert answer is not None
    alone = of_finding(
        lambda moved, rows: finding_of(evidence, plan, replace(given, effects=moved, rows=rows)),
        effects, rows_, rest,
    )  # fmt: skip
    # Both solve tau² to rounding; statistics near 0 lose digits to cancellation.
    assert answer(yi, vi) == pytest.approx(alone(yi, vi), rel=1e-8, abs=1e-10)


def test_a_finding_without_a_batch_is_computed_one_by_one() -> None:
    plan = next(plan for plan in REVIEW.plan.analyses if plan.id == "os")
    assert of_pool(plan, "HR", "k") is None
    assert of_pool(plan, "HR", "pi_why") is None
    published = PUBLISHED.model_copy(
        update={
            "numbers": (
                number(Printed(0.5, 1), "os.small_study.egger_classic.pval"),
                number(Printed(5.0, 0), "os.subgroups.randomised.groups.no.i2_q"),
            )
        }
    )
    egger, group = audit(published, REVIEW, find)
    assert egger.status == "reproduced"
    assert group.reach is not None
    assert group.value is not None
    assert group.reach.low < group.value < group.reach.high


def test_a_knob_stays_where_numbers_can_be() -> None:
    """Ratios and standard errors stay above 0, P values at most 1; bounds and counts stand."""
    result = Result(
        outcome="os",
        estimate=Printed(0.0, 1),
        ci=(Printed(0.01, 2), Printed(0.90, 2)),
        p=Printed(1.0, 1),
        se=Printed(0.2, 1),
        adjustment="unadjusted",
        source="report",
    )
    study = REVIEW.studies[0].model_copy(update={"results": (result,)})
    ends = {knob.field: (knob.low, knob.high) for knob in knobs_of(study, 0)}
    assert ends["estimate"] == (0.0, 0.05)
    assert ends["ci"] == ((0.015, 0.895), (0.005, 0.905))
    assert ends["p"] == (0.95, 1.0)
    assert ends["se"] == pytest.approx((0.15, 0.25))
    bound = result.model_copy(update={"p": Bound(Printed(0.001, 3))})
    assert "p" not in {
        knob.field for knob in knobs_of(study.model_copy(update={"results": (bound,)}), 0)
    }


def test_a_setting_without_an_answer_is_passed_over() -> None:
    evidence = bare(few(REVIEW, 2), "os.est")
    whole = box(evidence)

    def answer(yi: NDArray[np.float64], vi: NDArray[np.float64]) -> NDArray[np.float64]:
        estimate = yi[:, 0]
        return np.where(estimate > printed_yi, np.nan, estimate)

    as_printed = np.zeros((1, len(whole.knobs)), dtype=np.int64)
    printed_yi = whole.effects(as_printed)[0][0, 0]
    found = reach(whole, answer)
    id_, index = taken(evidence)[0]
    first = evidence.by_id[id_].results[index].estimate
    assert first is not None
    lowest = np.log(first - first.half_unit)
    assert (found.low, found.high) == pytest.approx((lowest, printed_yi))


def test_inputs_as_printed_must_have_an_answer() -> None:
    whole = box(bare(few(REVIEW, 2), "os.est"))
    with pytest.raises(MethodError) as error:
        reach(whole, lambda yi, vi: np.full(len(yi), np.nan))
    assert str(error.value) == ("rounding: found no value for the inputs as printed, wanted one")


def test_a_narrowest_interval_without_its_estimate_is_passed_over() -> None:
    """0.9 (0.9–1.1) may not be 0.94 with an interval from 0.95."""
    study = next(study for study in REVIEW.studies if study.id == "thorsen")
    result = study.results[0].model_copy(
        update={"estimate": Printed(0.9, 1), "ci": (Printed(0.9, 1), Printed(1.1, 1)), "p": None}
    )
    one = REVIEW.model_copy(update={"studies": (study.model_copy(update={"results": (result,)}),)})
    whole = Box(one, [("thorsen", 0)], COMPARISON)
    ends = np.array(list(itertools.product((-1, 0, 1), repeat=2)))
    _, vi = whole.effects(ends)
    outside = [tuple(e) for e, v in zip(ends.tolist(), vi[:, 0], strict=True) if np.isnan(v)]
    assert outside == [(-1, -1), (-1, 0), (0, -1)]


# --- rows of any review -----------------------------------------------------------------------


def number(printed_: Printed, finding: str | None, **more: object) -> PrintedNumber:
    return PrintedNumber(
        id="x", place="Abstract", quantity="X", printed=printed_, finding=finding, **more
    )  # type: ignore[arg-type]


def one_row(printed_: Printed, finding: str | None, **more: object) -> AuditRow:
    published = Published(
        document="colditz1994",
        studies=tuple(study.id for study in TINY.studies),
        numbers=(number(printed_, finding, **more),),
    )
    (row,) = audit(published, TINY, find)
    return row


VALUE = find(TINY).analyses["tb"].synthesis.est


@pytest.mark.parametrize("decimals", [0, 1, 2, 3, 6])
def test_a_number_printed_as_it_is_computed_is_reproduced(decimals: int) -> None:
    text = f"{VALUE:.{decimals}f}"
    row = one_row(Printed.from_text(text), "tb.est")
    assert (row.status, row.recomputed) == ("reproduced", text)
    unit = 10.0**-decimals
    off = one_row(Printed(float(text) + unit, decimals), "tb.est", known_reason="A slip.")
    # Counts of events are exact: here nothing was rounded, and the range is one point.
    assert (off.status, off.reason) == ("differs", "A slip.")
    assert off.difference == pytest.approx(VALUE - float(text) - unit)
    assert off.reach is not None
    assert off.reach.low == off.reach.high == pytest.approx(VALUE)


@pytest.mark.parametrize(("bound", "status"), [(1.0, "reproduced"), (0.01, "differs")])
def test_a_bound(bound: float, status: str) -> None:
    row = one_row(Bound(Printed(bound, 2)), "tb.est")
    assert row.status == status
    assert row.recomputed == ("<1.00" if status == "reproduced" else f"{VALUE:.2f}")


def test_a_half_counts_either_way() -> None:
    counted = find(TINY).counts.studies
    assert one_row(Printed(counted + 0.05, 1), "counts.studies").status == "reproduced"
    assert one_row(Printed(counted - 0.05, 1), "counts.studies").status == "reproduced"
    assert one_row(Printed(counted + 0.06, 1), "counts.studies").status == "differs"


def test_without_a_value_or_a_finding() -> None:
    row = one_row(Printed(1.0, 1), None)
    assert (row.status, row.reason) == ("not recomputable", "the data name no finding for it")
    unknown = one_row(Printed(10.0, 0), "flow.dat_bcg.identified", known_reason="Unused.")
    assert unknown.status == "not recomputable"
    assert unknown.reason == "the evidence gives no value of flow.dat_bcg.identified"


def test_a_number_that_rests_on_an_analysis_it_does_not_name() -> None:
    study = next(study for study in TINY.studies if study.sources)
    risk = BaselineRisk(
        id="high", outcome=TINY.plan.outcomes[0].id, analysis="tb", label="High",
        risk=Printed(0.1, 1),
        years=Printed(10.0, 0), study=study.id, source=next(iter(study.sources)),
    )  # fmt: skip
    review = TINY.model_copy(
        update={"plan": TINY.plan.model_copy(update={"baseline_risks": (risk,)})}
    )
    published = Published(
        document="colditz1994",
        studies=tuple(study.id for study in TINY.studies),
        numbers=(number(Printed(1.0, 1), "absolute.high.per_1000"),),
    )
    (row,) = audit(published, review, find)
    assert row.value == find(review).absolute["high"].per_1000


def test_paths_that_name_no_number() -> None:
    published = Published(
        document="colditz1994",
        studies=tuple(study.id for study in TINY.studies),
        numbers=tuple(number(Printed(1.0, 1), path) for path in ("tb.title", "tb.est", "tbc.est")),
    )
    with pytest.raises(DataError) as error:
        audit(published, TINY, find, lambda path: f"data/published.yml:{path[2]}")
    assert str(error.value) == (
        "data/published.yml:0 numbers[0].finding: found tb.title, which is no number, wanted the "
        "finding of a number\n"
        "data/published.yml:2 numbers[2].finding: found no finding tbc, wanted one of: "
        "absolute, certainty, counts, flow, pools, tb, tb_random"
    )
