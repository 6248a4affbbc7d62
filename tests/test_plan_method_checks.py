"""What a plan asks for that no method can do: each message, with its place."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.plan_method_checks import method_faults
from analysis.records import ContinuityPlan
from analysis.values import Printed
from tests.method_reviews import line, outcome, plan, prior, several_plan
from tests.test_method_figures import LOOKS

COUNTS = {"method": "EE", "test": "z"}


def faults(measure: str = "OR", **given: Any) -> list[tuple[tuple[Any, ...], str]]:
    return list(method_faults(plan("x", "tb", **given), outcome("tb", measure)))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"pooling": "mantel_haenszel", **COUNTS},
        {"pooling": "peto", **COUNTS},
        {"small_study": ("harbord", "peters")},
        {"bayes": (prior(),), "several": several_plan("robust"), "sequential": LOOKS},
        {"regressions": (line("a", "year", "latitude", interactions=(("year", "latitude"),)),)},
    ],
)
def test_what_can_be_done_has_no_fault(given: dict[str, Any]) -> None:
    assert faults(**given) == []


@pytest.mark.parametrize("measure", ["PLO", "IRR", "HR"])
def test_a_continuity_correction_is_for_tables(measure: str) -> None:
    more = "" if measure == "HR" else f", and {measure} takes 0.5 where it needs one"
    correction = ContinuityPlan(add=Printed(0.1, 1), to="all")
    assert faults(measure, continuity=correction) == [
        (
            ("continuity",),
            f"found a continuity correction for an outcome of {measure}, "
            f"wanted none: it is for the 2×2 tables of OR, RR, RD{more}",
        )
    ]
    assert faults("RR", continuity=correction) == []


def test_events_stand_for_the_information_on_a_hazard_ratio() -> None:
    assert faults("HR", sequential=LOOKS.model_copy(update={"counted": "events"})) == []


@pytest.mark.parametrize(
    ("measure", "given", "path", "message"),
    [
        ("OR", {"pooling": "peto"}, ("pooling",),
         "found peto with method DL and test z, wanted method EE and test z: it gives one common "
         "effect"),
        ("HR", {"pooling": "mantel_haenszel", **COUNTS}, ("pooling",),
         "found mantel_haenszel with measure HR, wanted OR or RR or RD"),
        ("RR", {"pooling": "peto", **COUNTS}, ("pooling",),
         "found peto with measure RR, wanted OR"),
        ("HR", {"small_study": ("begg", "harbord")}, ("small_study", 1),
         "found harbord for an outcome of HR, wanted an outcome of OR, RR, RD, whose 2×2 tables "
         "it tests"),
        ("OR", {"regressions": (line("a", "year", interactions=(("year", "latitude"),)),)},
         ("regressions", 0, "interactions", 0, 1),
         "found 'latitude', wanted the field of one of its moderators: year"),
        ("OR", {"regressions": (line("a", "year", interactions=(("year", "year"),)),)},
         ("regressions", 0, "interactions", 0),
         "found year with itself, wanted two moderators"),
        ("OR", {"continuity": {"add": Printed(-0.5, 1)}}, ("continuity", "add"),
         "found -0.5, wanted 0 or more"),
        ("OR", {"bayes": (prior().model_copy(update={"scale": Printed(0.0, 1)}),)},
         ("bayes", 0, "scale"), "found 0.0, wanted more than 0"),
        ("OR", {"bayes": (prior(mu=(Printed(0, 0), Printed(0, 0))),)}, ("bayes", 0, "mu"),
         "found 0, wanted a standard deviation above 0"),
        ("OR", {"several": several_plan("robust").model_copy(update={"rho": Printed(1.5, 1)})},
         ("several", "rho"), "found 1.5, wanted a correlation, above −1 and at most 1"),
        ("OR", {"several": several_plan("robust", sensitivity=(Printed(-1, 0),))},
         ("several", "sensitivity", 0), "found -1, wanted a correlation, above −1 and at most 1"),
        ("OR", {"sequential": LOOKS.model_copy(update={"power": Printed(90, 0)})},
         ("sequential", "power"), "found 90, wanted a probability between 0 and 1"),
        *(
            ("PLO", {"small_study": ("begg", name)}, ("small_study", 1),
             f"found {name} for an outcome of PLO, wanted a measure that compares: it rests on "
             "tests against no difference")
            for name in ("excess_significance", "selection_model", "pet_peese")
        ),
        ("PFT", {"sequential": LOOKS}, ("sequential",),
         "found a sequential analysis for an outcome of PFT, wanted a measure that compares: it "
         "rests on tests against no difference"),
        *(
            (measure, {"sequential": LOOKS.model_copy(update={"counted": "events"})},
             ("sequential", "counted"),
             f"found events for an outcome of {measure}, wanted information: events tell how much "
             "of it there is for HR alone")
            for measure in ("OR", "RR", "RD", "MD", "GEN")
        ),
    ],
)  # fmt: skip
def test_each_fault_has_its_place_and_message(
    measure: str, given: dict[str, Any], path: tuple[Any, ...], message: str
) -> None:
    assert faults(measure, **given) == [(path, message)]
