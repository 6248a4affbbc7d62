"""The living mode on a given day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.claims import judge
from analysis.errors import DataError, ReviewError
from analysis.findings import Findings
from analysis.living import LivingStatus, status
from analysis.load import load_review
from analysis.plan import find
from analysis.records import (
    Claim,
    Edition,
    Living,
    Retirement,
    Review,
    Search,
    SearchSchedule,
    Trigger,
)
from analysis.schedule import add_months

TINY = load_review(Path(__file__).parent / "tiny")
TODAY = "2026-03-15"

PUBMED = SearchSchedule(source="PubMed", every_months=6)
TRIAL = Trigger(id="trial", label="A new randomised trial", when="new_randomised_trial")
STUDY = Trigger(id="study", label="A new study", when="new_included_study")
GONE = Trigger(id="gone", label="A study was withdrawn", when="study_removed")
CLAIM = Trigger(id="claim", label="A claim changed", when="claim_changed")
LATE = Trigger(id="late", label="Time since the last search", when="search_overdue")
GROWN = Trigger(
    id="grown", label="More information", when="information_grown", analysis="tb", percent=50.0
)


def search(date_: str | None, kind: str = "surveillance", **more: Any) -> Search:
    given_: Mapping[str, Any] = {"id": "s", "studies": (), "sources": ("PubMed",), **more}
    return Search.model_validate({"kind": kind, "date": date_ or "not reported", **given_})


def living(**parts: Any) -> Living:
    whole = {
        "status": "living",
        "justification": "Trials are under way.",
        "schedule": (PUBMED,),
        "triggers": (TRIAL, STUDY, GONE, CLAIM, GROWN, LATE),
        "retirement": (),
    }
    return Living(**{**whole, **parts})


def review(mode: Living | None = None, **parts: Any) -> Review:
    # What needs the year of a report is left out: one test takes the years away.
    bare = {"regressions": (), "cumulative": None}
    analyses = tuple(analysis.model_copy(update=bare) for analysis in TINY.plan.analyses)
    plan = TINY.plan.model_copy(update={"living": mode or living(), "analyses": analyses})
    searched = {"searches": (search("2026-01-10", found_nothing=True),)}
    return TINY.model_copy(update={"plan": plan, **searched, **parts})


def without(*ids: str) -> Review:
    return review(studies=tuple(s for s in TINY.studies if s.id not in ids))


def on(
    now: Review, before: Review | None = None, claims: tuple[Claim, ...] = (), today: str = TODAY
) -> LivingStatus:
    current = find(now)
    previous: Findings | None = find(before) if before else None
    earlier = judge(claims, previous) if previous else ()
    return status(now, previous, current, earlier, judge(claims, current), today)


def why(found: LivingStatus) -> dict[str, tuple[bool, str]]:
    return {trigger.id: (trigger.met, trigger.why) for trigger in found.triggers}


def test_nothing_new_is_held() -> None:
    found = on(review(), review())
    assert found.decision == "hold"
    assert found.reasons == ("no trigger for an edition is met",)
    assert why(found) == {
        "trial": (False, "no new randomised trials in any analysis"),
        "study": (False, "no new studies in any analysis"),
        "gone": (False, "no study left the analyses"),
        "claim": (False, "every claim stands as it did"),
        "grown": (False, "information of tb grew by 0.0%, wanted 50%"),
        "late": (False, "no source is overdue"),
    }
    assert found.overdue == ()


def test_a_new_trial_is_published() -> None:
    found = on(review(), without("hart_sutherland", "comstock"))
    assert found.decision == "publish"
    assert why(found)["trial"] == (True, "Hart & Sutherland 1977")
    assert why(found)["study"] == (True, "Comstock et al. 1974, Hart & Sutherland 1977")
    assert found.reasons[0] == "A new randomised trial: Hart & Sutherland 1977"


def test_a_new_study_that_is_not_randomised_is_no_new_trial() -> None:
    found = on(review(), without("comstock"))
    assert not why(found)["trial"][0]
    assert why(found)["study"][0]


def test_a_withdrawn_study_is_published() -> None:
    found = on(without("aronson"), review())
    assert why(found)["gone"] == (True, "Aronson 1948 (no longer in the data)")


def test_a_retracted_study_is_called_so() -> None:
    first, *rest = TINY.studies
    retracted = first.model_copy(update={"status": "retracted", "retracted": "2026"})
    found = on(review(studies=(retracted, *rest)), review())
    assert why(found)["gone"] == (True, f"{first.label} (retracted in 2026)")
    assert found.decision == "publish"


def test_information_is_the_sum_of_inverse_variances() -> None:
    found = on(review(), without("hart_sutherland"))
    rows = find(review()).analyses["tb"].rows
    whole = sum(1 / row.vi for row in rows)
    rest = sum(1 / row.vi for row in rows if row.study != "hart_sutherland")
    grown = 100 * (whole - rest) / rest
    met, said = why(found)["grown"]
    assert said == f"information of tb grew by {grown:.1f}%, wanted 50%"
    assert met == (grown >= 50)


def test_information_of_an_analysis_that_is_new() -> None:
    renamed = TINY.plan.analyses[0].model_copy(update={"id": "old"})
    plan = TINY.plan.model_copy(update={"analyses": (renamed,), "living": living()})
    found = on(review(), TINY.model_copy(update={"plan": plan}))
    assert why(found)["grown"] == (True, "the last edition has no analysis tb")


def test_a_claim_that_turns_is_published() -> None:
    claim = Claim(id="few", text="Few.", holds="tb.k < 6", otherwise="Six or more.")
    found = on(review(), without("aronson"), (claim,))
    assert why(found)["claim"] == (True, "few no longer holds")
    back = on(without("aronson"), review(), (claim,))
    assert why(back)["claim"] == (True, "few now holds")


def test_the_first_edition() -> None:
    found = on(review())
    assert found.decision == "publish"
    assert found.reasons == ("no edition has been published yet",)
    assert why(found)["study"] == (False, "there is no edition to compare with")


@pytest.mark.parametrize(
    ("searches", "today", "overdue", "said"),
    [
        ((), TODAY, True, "never searched"),
        # Targeted reading finds what it is aimed at; another source is another source.
        ((search("2026-03-01", "targeted reading"),), TODAY, True, "never searched"),
        ((search("2026-03-01", sources=("EMBASE",)),), TODAY, True, "never searched"),
        ((search(None),), TODAY, True, "searched on a day that is not reported"),
        # Of a search to come it is not said that it ran.
        ((search("2026-04-01"),), TODAY, True,
         "never searched by this day (a search is dated 2026-04-01)"),
        ((search(None), search("2026-04-01")), TODAY, True,
         "searched on a day that is not reported"),
        ((search("2025-09-15"),), "2026-03-15", False,
         "last searched 2025-09-15; due on 2026-03-15"),
        (
            (search("2025-09-15"),),
            "2026-03-16",
            True,
            "last searched 2025-09-15; due since 2026-03-15, 1 day ago",
        ),
        (
            (search(None, "systematic search"), search("2026-01-10", found_nothing=True)),
            TODAY,
            False,
            "last searched 2026-01-10, nothing found; due on 2026-07-10",
        ),
        # A year counts from its first day, and a search to come is none yet.
        (
            (search("2025"), search("2026-04-01")),
            TODAY,
            True,
            "last searched 2025; due since 2025-07-01, 257 days ago",
        ),
        ((search("2026-01-10", sources=("pubmed",)),), TODAY, False,
         "last searched 2026-01-10; due on 2026-07-10"),
        # There is no day after it on which it could be due.
        ((search("9999-12-31"),), "9999-12-31", False,
         "last searched 9999-12-31; due on 9999-12-31"),
    ],
)  # fmt: skip
def test_what_is_overdue(
    searches: tuple[Search, ...], today: str, overdue: bool, said: str
) -> None:
    found = on(review(searches=searches), review(), today=today)
    (source,) = found.sources
    assert (source.overdue, source.why) == (overdue, said)
    assert why(found)["late"] == (
        overdue,
        "overdue: PubMed" if overdue else "no source is overdue",
    )
    # A search that is due makes no edition: there is nothing to publish yet.
    assert found.decision == "hold"
    reasons = ("no trigger for an edition is met",)
    assert found.reasons == (
        (*reasons, "Time since the last search: overdue: PubMed") if overdue else reasons
    )


@pytest.mark.parametrize(
    ("searches", "met", "said"),
    [
        ((search(None),), True, f"no search with a reported day by {TODAY}"),
        ((search("2025-03-15"),), False, "last search 2025-03-15, due on 2026-03-15"),
        ((search("2025-03-14"),), True, "last search 2025-03-14, due on 2026-03-14"),
    ],
)
def test_time_since_the_last_search(searches: tuple[Search, ...], met: bool, said: str) -> None:
    yearly = LATE.model_copy(update={"months": 12})
    found = on(review(living(triggers=(yearly,)), searches=searches), review())
    assert why(found)["late"] == (met, said)


def test_every_search_is_logged() -> None:
    searches = (
        search(None, "systematic search", studies=("aronson",)),
        search("2026-01-10", found_nothing=True, sources=("PubMed", "EMBASE")),
        search("2026-04-01", found_nothing=True),  # not so far
    )
    assert on(review(searches=searches), review()).log == (
        "systematic search, on a day that is not reported (PubMed): brought 1 study",
        "surveillance, 2026-01-10 (PubMed, EMBASE): found nothing",
    )


QUIET = Retirement(id="quiet", label="Nothing for ten years", when="quiet_months", months=120)
NONE_LEFT = Retirement(id="none", label="No trial under way", when="no_ongoing_studies")
ENOUGH = Retirement(id="enough", label="Enough", when="condition", condition="tb.k > 5")
ONGOING = TINY.studies[-1].model_copy(update={"status": "ongoing"})
UNDATED = tuple(study.model_copy(update={"report": None}) for study in TINY.studies)


@pytest.mark.parametrize(
    ("end", "parts", "met", "said"),
    [
        # The newest report of the sample is of 1977; a year counts from its last day.
        (QUIET, {}, True, "no report since 1977, last searched 2026-01-10"),
        (QUIET, {"searches": (search(None),)}, False,
         "no report since 1977, but no search has a day by 2026-03-15: nobody looked"),
        (QUIET, {"searches": (search("1980-01-01"),)}, False,
         "no report since 1977, but the last dated search is of 1980-01-01: nobody looked"),
        (QUIET.model_copy(update={"months": 1200}), {}, False,
         "the newest report is of 1977; quiet from 2077-12-31 on"),
        (QUIET, {"studies": UNDATED}, False, "no included report has a date"),
        (NONE_LEFT, {}, True, "no ongoing study is known"),
        (NONE_LEFT,
         {"studies": (*TINY.studies[:-1], ONGOING)}, False, "ongoing: Stein & Aronson 1953"),
        (ENOUGH, {}, True, "tb.k = 6"),
        (ENOUGH, {"studies": TINY.studies[:-1]}, False, "tb.k = 5"),
    ],
)  # fmt: skip
def test_retirement(end: Retirement, parts: dict[str, Any], met: bool, said: str) -> None:
    now = review(living(retirement=(end,)), **parts)
    found = on(now, now)
    assert (found.retirement[0].met, found.retirement[0].why) == (met, said)
    assert found.decision == ("retire" if met else "hold")
    if met:
        assert found.reasons == (f"{end.label}: {said}",)


def test_a_review_that_is_begun_late_is_not_quiet_before_its_first_edition() -> None:
    found = on(review(living(retirement=(QUIET,))))
    said = "no report since 1977, but no edition has been published yet"
    assert (found.retirement[0].met, found.retirement[0].why) == (False, said)
    assert found.decision == "publish"
    assert found.reasons == ("no edition has been published yet",)


def test_quiet_is_counted_from_the_first_edition_where_that_is_later() -> None:
    first = Edition(
        version="1.0.0", released="2026-03-14", trigger="It is begun.", summary="It is begun.",
        last_search="2026-01-10", living="living", released_by="not stated",
    )  # fmt: skip
    second = first.model_copy(update={"version": "2.0.0", "released": "2030-01-01"})
    now = review(living(retirement=(QUIET,)), editions=(first, second))
    found = on(now, now)
    said = "the newest report is of 1977, the first edition of 2026-03-14; quiet from 2036-03-14 on"
    assert (found.retirement[0].met, found.retirement[0].why) == (False, said)
    assert found.decision == "hold"
    late = {"searches": (search("2036-04-01", found_nothing=True),)}
    now = review(living(retirement=(QUIET,)), editions=(first, second), **late)
    assert on(now, now, today="2036-04-02").reasons == (
        "Nothing for ten years: no report since 1977, last searched 2036-04-01",
    )
    # An edition before the newest report changes nothing.
    early = first.model_copy(update={"released": "1970-01-01"})
    now = review(living(retirement=(QUIET,)), editions=(early,))
    assert on(now, now).decision == "retire"


def test_nothing_is_quiet_while_a_search_is_overdue() -> None:
    both = (PUBMED, SearchSchedule(source="EMBASE", every_months=6))
    now = review(living(retirement=(QUIET,), schedule=both))
    found = on(now, now)
    said = "no report since 1977, but a search is overdue: EMBASE"
    assert (found.retirement[0].met, found.retirement[0].why) == (False, said)
    assert found.decision == "hold"


def test_retiring_with_news_asks_for_a_last_edition() -> None:
    found = on(review(living(retirement=(NONE_LEFT,), triggers=(TRIAL,))), without("aronson"))
    assert found.decision == "retire"
    assert found.reasons == (
        "No trial under way: no ongoing study is known",
        "a last edition is due first",
        "A new randomised trial: Aronson 1948",
    )


@pytest.mark.parametrize(
    ("state", "decision", "reason"),
    [
        ("retired", "retire", "the review has left the living mode"),
        ("paused", "hold", "the living mode is paused"),
    ],
)
def test_paused_and_retired(state: str, decision: str, reason: str) -> None:
    found = on(review(living(status=state)), without("aronson"))
    assert (found.decision, found.reasons) == (decision, (reason,))


def test_a_review_without_a_living_mode() -> None:
    found = find(TINY)
    with pytest.raises(DataError) as error:
        status(TINY, None, found, (), (), TODAY)
    assert str(error.value) == (
        "data/review.yml living: found no living mode, wanted one: its schedule, triggers and "
        "retirement"
    )


@pytest.mark.parametrize("today", ["2026-02-30", "20260301", "2026-W10-1", "today", ""])
def test_today_is_a_day(today: str) -> None:
    found = find(TINY)
    with pytest.raises(ReviewError) as error:
        status(review(), None, found, (), (), today)
    assert str(error.value) == f"today: found {today!r}, wanted a day as YYYY-MM-DD"


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(1, 600))
def test_months_later(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or ((later + timedelta(1)).day == 1 and later.day < day.day)
