"""Proportions, correlations and rates: what is asked for them, and what their numbers may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis import load_review
from analysis.answers import read_known_count
from analysis.cli import main
from analysis.errors import DataError
from analysis.load import load
from analysis.new import Wishes, new_review, put
from analysis.questions import Asker, ask_counts, ask_result
from analysis.records import Arms, Outcome, Plan, Result, Study
from analysis.said import Answers, ResultSaid
from analysis.supposition import Supposition
from analysis.values import Printed
from analysis.what_if import suppose, suppose_file
from tests.terminals import answering


def review_of(tmp_path: Path, measure: str) -> Path:
    """Return a review whose one outcome has a measure."""
    files = new_review(Wishes("A review", outcome="Illness", population="Adults"), "1.0")
    plan = files["data/review.yml"].replace(b"measure: RR", f"measure: {measure}".encode())
    put(tmp_path / "review", {**files, "data/review.yml": plan})
    return tmp_path / "review"


def add(root: Path, *options: str, label: str = "Adam 2001") -> int:
    whole = ("add", "--label", label, "--title", "T", "--authors", "Adam A", "--root", str(root))
    return main([*whole, "--outcome", "illness", "--adjustment", "unadjusted", *options])


def only_result(root: Path) -> Result:
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("data/**/*")
        if path.is_file()
    }
    return load(files, checked=False).review.studies[0].results[0]


def plan_of(root: Path) -> tuple[Plan, Outcome]:
    plan = load_review(root).plan
    return plan, plan.outcomes[0]


def groups(result: Result) -> list[tuple[str, int | None, int | None]]:
    return [(group.arm, group.events, group.n) for group in result.groups]


# --- options -------------------------------------------------------------------------------


def test_a_proportion_is_of_the_one_group(tmp_path: Path) -> None:
    root = review_of(tmp_path, "PLO")
    assert add(root, "--n", "200", "--events", "24") == 0
    assert groups(only_result(root)) == [("intervention", 24, 200)]


def test_a_result_has_patients_of_its_own(tmp_path: Path) -> None:
    root = review_of(tmp_path, "RR")
    assert add(root, "--n", "200,210", "--events", "24,30", "--result-n", "190,201") == 0
    found = groups(only_result(root))
    assert found == [("intervention", 24, 190), ("control", 30, 201)]


def test_rates_are_events_in_person_time(tmp_path: Path) -> None:
    root = review_of(tmp_path, "IRR")
    assert add(root, "--events", "12,20", "--person-time", "1012.5,980") == 0
    found = only_result(root)
    assert groups(found) == [("intervention", 12, None), ("control", 20, None)]
    assert [group.person_time for group in found.groups] == [1012.5, 980]


@pytest.mark.parametrize(
    ("options", "n"),
    [
        (("--estimate", "0.187", "--result-n", "109"), 109),
        (("--estimate", "0.187", "--total", "109"), 109),
        (("--estimate", "0.187", "--n", "109"), 109),
    ],
)
def test_a_correlation_is_of_all_together(tmp_path: Path, options: tuple[str, ...], n: int) -> None:
    root = review_of(tmp_path, "ZCOR")
    assert add(root, *options) == 0
    found = only_result(root)
    assert (found.estimate, found.n, found.groups) == (0.187, n, ())


@pytest.mark.parametrize(
    ("measure", "options", "told"),
    [
        (
            "PLO",
            ("--events", "24,30", "--result-n", "200,210"),
            "error: --events: found 24,30, wanted one number, as 12: PLO is of one group\n"
            "error: --result-n: found 200,210, wanted one number, as 12: PLO is of one group\n",
        ),
        (
            "RR",
            ("--events", "24"),
            "error: --events: found 24, wanted intervention,control, as 12,20: RR compares two "
            "groups\n",
        ),
        (
            "RR",
            ("--events", "24,30", "--person-time", "100,200"),
            "error: --person-time: found 100,200, wanted IRR as the measure: RR is not of "
            "person-time\n",
        ),
        (
            "RR",
            ("--events", "24,30", "--result-n", "100,nr"),
            "error: --result-n: found 100,not reported, wanted numbers that are known\n",
        ),
        (
            "RR",
            ("--n", "1,231,1,220", "--events", "24,30"),
            "error: --n: found 1,231,1,220, wanted as many numbers as arms, as 100,98 (no comma "
            "inside a number)\n",
        ),
        (
            "RR",
            ("--n", "1220", "--events", "24,30"),
            "error: --n: found 1220, wanted as many numbers as arms, as 100,98 (no comma inside "
            "a number), or --total where no arm is reported\n",
        ),
        (
            "PLO",
            ("--n", "1,231", "--events", "1"),
            "error: --n: found 1,231, wanted one number, as 100 (no comma inside it)\n",
        ),
        (
            "ZCOR",
            ("--estimate", "0.2", "--events", "24,30"),
            "error: --events: found 24,30, wanted a correlation and --result-n: ZCOR is of no "
            "arms\n",
        ),
        (
            "ZCOR",
            ("--estimate", "0.2", "--result-n", "24,30"),
            "error: --result-n: found 24,30, wanted one number, as 120: ZCOR is of all together\n",
        ),
        (
            "ZCOR",
            ("--estimate", "0.8", "--ci", "0.7,0.87"),
            "error: data/studies/adam-2001.yml:26 results[0].estimate: found 0.8 without n, which "
            "ZCOR takes as Fisher's z, wanted n beside it for a correlation; illness pools it: "
            "correct it, or give this result a `reason`\n",
        ),
        (
            "PLO",
            ("--estimate", "0.06", "--ci", "0.03,0.10"),
            "error: data/studies/adam-2001.yml:26 results[0].estimate: found 0.06, which PLO takes "
            "as a logit, wanted events and n of the group for a proportion; illness pools it: "
            "correct it, or give this result a `reason`\n",
        ),
        (
            "PFT",
            ("--estimate", "0.06", "--ci", "0.03,0.10"),
            "error: data/studies/adam-2001.yml:26 results[0].estimate: found 0.06, which PFT takes "
            "as a double arcsine, wanted events and n of the group for a proportion; illness pools "
            "it: correct it, or give this result a `reason`\n",
        ),
    ],
)
def test_numbers_of_another_measure_are_refused(
    tmp_path: Path,
    measure: str,
    options: tuple[str, ...],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = review_of(tmp_path, measure)
    assert add(root, *options) == 1
    assert told in capsys.readouterr().err
    assert not list(root.glob("data/studies/*.yml"))


def test_a_transformed_estimate_stands_with_a_reason(tmp_path: Path) -> None:
    root = review_of(tmp_path, "ZCOR")
    reason = ("--result-reason", "Printed as Fisher's z.")
    assert add(root, "--estimate", "0.8", "--ci", "0.7,0.9", *reason) == 0
    assert only_result(root).n is None


# --- questions -----------------------------------------------------------------------------


def test_the_patients_of_one_group_are_asked_for_once(tmp_path: Path) -> None:
    plan, _ = plan_of(review_of(tmp_path, "PLO"))
    terminal = answering("nr", "200")
    assert ask_counts(Asker(terminal), plan) == ("not reported",)
    assert terminal.err.getvalue() == "Patients analysed: "


@pytest.mark.parametrize(
    ("measure", "n", "answers", "said", "asked"),
    [
        (
            "PLO",
            ("200",),
            ("24", ""),
            ResultSaid("illness", "PLO", events=("24",), n=("200",), adjustment="unadjusted"),
            "Illness, events (empty: no such result):   Of how many (empty: 200): ",
        ),
        (
            "PFT",
            (),
            ("24", "nr", "190"),
            ResultSaid("illness", "PFT", events=("24",), n=("190",), adjustment="unadjusted"),
            "Illness, events (empty: no such result):   Of how many: found 'nr', wanted a whole "
            "number\n  Of how many: ",
        ),
        ("PLO", (), ("",), None, "Illness, events (empty: no such result): "),
        (
            "ZCOR",
            ("200",),
            ("0.19", "190", "1"),
            ResultSaid("illness", "ZCOR", "0.19", n=("190",), adjustment="unadjusted"),
            "Illness, correlation r (empty: no such result):   Of how many (empty: 200):   "
            "Adjustment [1 unadjusted, 2 multivariable, 3 matched, 4 weighted, 5 adjusted]: ",
        ),
        (
            "IRR",
            ("200", "210"),
            ("", "12,20", "1012,980"),
            ResultSaid(
                "illness",
                "IRR",
                events=("12", "20"),
                person_time=("1012", "980"),
                adjustment="unadjusted",
            ),
            "Illness, IRR (empty: no estimate):   Events (intervention,control; empty: no such "
            "result):   Person-time (intervention,control, in one unit): ",
        ),
    ],
)
def test_what_a_measure_is_worked_out_from_is_asked_for(
    tmp_path: Path,
    measure: str,
    n: tuple[str, ...],
    answers: tuple[str, ...],
    said: ResultSaid | None,
    asked: str,
) -> None:
    _, outcome = plan_of(review_of(tmp_path, measure))
    terminal = answering(*answers)
    assert ask_result(Asker(terminal), outcome, n) == said
    assert terminal.err.getvalue() == asked


def test_a_number_that_is_not_known_is_no_size() -> None:
    with pytest.raises(ValueError, match="found 'nr', wanted a whole number"):
        read_known_count("nr")


def test_no_note_is_left_where_nothing_else_is_planned() -> None:
    from analysis.study_text import left

    plan = Plan.model_construct(
        outcomes=(Outcome.model_construct(id="illness", measure="RR"),), harms=()
    )
    whole = Answers(follow_up="not reported", results=(ResultSaid("illness"),))
    assert left(whole, plan) == ""
    assert left(Answers(), plan) == (
        "TODO: follow-up and other outcomes, where the report gives them; then delete this note."
    )


# --- what-if -------------------------------------------------------------------------------


def test_it_is_supposed_in_the_same_numbers(tmp_path: Path) -> None:
    root = review_of(tmp_path, "PLO")
    found = suppose(load_review(root), Supposition("new", "illness", events=(24,), n=(200,)))
    assert groups(found.review.by_id["new"].results[0]) == [("intervention", 24, 200)]
    root = review_of(tmp_path / "other", "ZCOR")
    given = Supposition("new", "illness", Printed(0.19, 2), n=(190,))
    result = suppose(load_review(root), given).review.by_id["new"].results[0]
    assert (result.estimate, result.n) == (0.19, 190)
    root = review_of(tmp_path / "third", "IRR")
    time = (Printed(1012, 0), Printed(980, 0))
    given = Supposition("new", "illness", events=(12, 20), person_time=time)
    result = suppose(load_review(root), given).review.by_id["new"].results[0]
    assert [group.person_time for group in result.groups] == [1012, 980]


def test_what_if_refuses_the_numbers_of_another_measure(tmp_path: Path) -> None:
    review = load_review(review_of(tmp_path, "RR"))
    with pytest.raises(DataError) as caught:
        suppose(review, Supposition("new", "illness", events=(12,), n=(90, 91)))
    assert [str(problem) for problem in caught.value.problems] == [
        "what-if --events: found 12, wanted intervention,control, as 12,20: RR compares two groups"
    ]


@pytest.mark.parametrize(
    ("measure", "given", "message"),
    [
        ("PFT", {"estimate": Printed(0.10, 2), "ci": (Printed(0.05, 2), Printed(0.15, 2))},
         "what-if estimate: found 0.10, which PFT takes as a double arcsine, wanted events and n "
         "of the group for a proportion"),
        ("ZCOR", {"estimate": Printed(0.4, 1), "ci": (Printed(0.2, 1), Printed(0.55, 2))},
         "what-if estimate: found 0.4 without n, which ZCOR takes as Fisher's z, wanted n beside "
         "it for a correlation"),
    ],
)  # fmt: skip
def test_what_if_refuses_a_proportion_where_its_transformation_is_meant(
    tmp_path: Path, measure: str, given: dict[str, Any], message: str
) -> None:
    review = load_review(review_of(tmp_path, measure))
    with pytest.raises(DataError) as caught:
        suppose(review, Supposition("new", "illness", **given))
    assert message in [str(problem) for problem in caught.value.problems]


def test_what_if_takes_counts_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = review_of(tmp_path, "MD")
    here = ["what-if", "--study", "New", "--outcome", "illness", "--root", str(root)]
    means = ["--means", "12.1,14.0", "--sds", "2,2.5", "--n", "50,52"]
    assert main([*here, *means, "--design", "randomised trial"]) == 0
    assert "New" in capsys.readouterr().out
    assert main(here) == 1
    told = capsys.readouterr().err
    assert "what-if: found no estimate (as --hr), no --ci or --se, wanted them, or --file" in told
    assert main([*here, "--md", "2", "--ci", "1,3", "--se", "0.5"]) == 1
    told = capsys.readouterr().err
    assert told == "error: what-if: found --se beside --ci, wanted one of them\n"
    assert main([*here, "--events", "12,x"]) == 2
    wanted = "argument --events: found '12,x', wanted whole numbers, as 100,98\n"
    assert capsys.readouterr().err == (
        f"usage: living-review what-if [options]\nliving-review what-if: error: {wanted}"
    )


def test_a_supposed_file_without_a_measure_is_refused(tmp_path: Path) -> None:
    root = review_of(tmp_path, "RR")
    assert add(root, "--n", "200,210", "--events", "24,30") == 0
    content = (root / "data/studies/adam-2001.yml").read_bytes()
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("data/**/*")
        if path.is_file() and path.suffix != ".gitkeep" and "studies" not in path.parts
    }
    review = load(files, checked=False).review
    text = content.replace(b"    measure: RR\n", b"")
    for todo, known in ((b"TODO", b"not reported"),):
        text = text.replace(todo, known)
    with pytest.raises(DataError) as caught:
        suppose_file(review, files, text, "new.yml")
    assert [str(problem) for problem in caught.value.problems] == [
        "new.yml:25 results[0].measure: found no measure, which says HR, of illness, wanted "
        "measure: RR, as review.yml has it, or another one"
    ]


def test_patients_of_a_study_without_groups_are_its_total() -> None:
    arms = Arms(groups=(), total=109, source="report")
    assert Study.model_construct(arms=arms).patients == 109
