"""The audit of the printed article, and the ranges that the rounding of its inputs allows."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from analysis.audit import AuditRow, article_evidence, audit
from analysis.errors import DataError, MethodError
from analysis.load import load_review
from analysis.plan import find
from analysis.records import PrintedNumber, Published, Result, Review
from analysis.rounding import knobs_of, reach, turn
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
    assert row.reach is None


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
    assert patients.reason.startswith("The arms of Table 1 add up to 155 fewer.")
    for id_ in ("os_follow_up_p", "os_date_p"):
        far = rows[id_]
        assert far.status == "differs"
        assert far.reach is not None
        assert far.reach.high < far.printed  # no rounding explains it


def test_not_recomputable(rows: dict[str, AuditRow]) -> None:
    row = rows["regional"]
    assert (row.status, row.recomputed, row.value) == ("not recomputable", None, None)
    assert row.reason == "The article does not say in which studies the fields were omitted."


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
    return review.model_copy(
        update={"plan": review.plan.model_copy(update={"analyses": plans})}
    )


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
def test_no_draw_lies_outside_the_range(
    path: str, told: tuple[float, float], unit: float
) -> None:
    evidence = bare(article_evidence(PUBLISHED, REVIEW), path)
    analysis, field = path.split(".")
    yi, vi = drawn(printed(evidence, analysis), np.random.default_rng(1), 40_000)
    values = dersimonian_laird(yi, vi)[field]
    found = reach(evidence, taken(evidence), lambda r: float(find(r).value(path)))
    assert found.low <= values.min()
    assert values.max() <= found.high
    uniform = values[20_000:]
    assert (uniform.min(), uniform.max()) == pytest.approx(told, abs=unit / 2)


def few(review: Review, count: int) -> Review:
    """Return the article's evidence with the first studies alone."""
    evidence = article_evidence(PUBLISHED, review)
    return evidence.model_copy(update={"studies": evidence.studies[:count]})


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
    found = reach(evidence, results, lambda r: float(find(r).value(path)))
    assert (found.low, found.high) == pytest.approx((min(values), max(values)), rel=1e-9)


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
    evidence = few(REVIEW, 2)
    results = [(study.id, 0) for study in evidence.studies]

    def answer(review: Review) -> float:
        estimate = float(review.studies[0].results[0].estimate or 0)
        if estimate > float(evidence.studies[0].results[0].estimate or 0):
            raise MethodError("no answer")
        return estimate

    found = reach(evidence, results, answer)
    first = evidence.studies[0].results[0].estimate
    assert first is not None
    assert (found.low, found.high) == (first - first.half_unit, first)


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
        "data/published.yml:2 numbers[2].finding: found no finding tbc, wanted one of: counts, "
        "flow, pools, tb, tb_random"
    )
