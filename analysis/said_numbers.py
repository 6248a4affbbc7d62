"""Whether the numbers that were said fit: of the arms, and of what a measure is worked out from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from analysis.answers import NOT_REPORTED
from analysis.effects import COMPARES_NOTHING, CORRELATION, ONE_GROUP
from analysis.errors import Problem
from analysis.records import Plan
from analysis.said import Answers, ResultSaid
from analysis.study_text import plan_measure


def unfit_sizes(said: Answers, plan: Plan) -> Iterator[Problem]:
    """Give what is wrong with the patients of the arms, in a study whose outcomes are ids.

    As 1,231,1,220 is typed for two arms: a further number would be left out without a word.
    """
    measures = [one.measure or plan_measure(plan, one.outcome) for one in said.results]
    of_one = all(measure in COMPARES_NOTHING for measure in measures)
    if not plan.compares or (measures and of_one and len(said.n) == 1):
        wanted, fits = "one number, as 100 (no comma inside it)", len(said.n) <= 1
    else:
        wanted = "as many numbers as arms, as 100,98 (no comma inside a number)"
        fits = len(said.n) in (0, 2)
        if len(said.n) == 1:
            wanted += ", or --total where no arm is reported"
    if not fits:
        yield Problem("--n", "", f"found {','.join(said.n)}, wanted {wanted}")


def unfit(results: Iterable[ResultSaid], plan: Plan) -> list[Problem]:
    """Return what is wrong with the numbers of results whose outcomes are ids, by option."""
    problems = []
    for said in results:
        given = {
            "events": said.events,
            "result-n": said.n,
            "person-time": said.person_time,
            "means": said.means,
            "sds": said.sds,
        }
        measure = said.measure or plan_measure(plan, said.outcome)
        faults = unfit_numbers(given, measure, size="result-n")
        problems += [Problem(f"--{option}", "", message) for option, message in faults]
    return problems


def unfit_numbers(
    given: Mapping[str, Sequence[str]], measure: str, *, size: str
) -> Iterator[tuple[str, str]]:
    """Give each option whose numbers are not those of the measure, and why.

    `given` are the numbers of each arm, by the name of their option; `size` names that of the
    patients.
    """
    for name, numbers in given.items():
        if not numbers:
            continue
        found = f"found {','.join(numbers)}"
        if measure == CORRELATION and name != size:
            yield name, f"{found}, wanted a correlation and --{size}: {measure} is of no arms"
        elif measure == CORRELATION and len(numbers) != 1:
            yield name, f"{found}, wanted one number, as 120: {measure} is of all together"
        elif measure in ONE_GROUP and len(numbers) != 1:
            yield name, f"{found}, wanted one number, as 12: {measure} is of one group"
        elif measure not in COMPARES_NOTHING and len(numbers) != 2:
            wanted = f"wanted intervention,control, as 12,20: {measure} compares two groups"
            yield name, f"{found}, {wanted}"
        elif name == "person-time" and measure != "IRR":
            yield name, f"{found}, wanted IRR as the measure: {measure} is not of person-time"
        elif name == size and NOT_REPORTED in numbers:
            yield name, f"{found}, wanted numbers that are known"
