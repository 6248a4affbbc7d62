"""What the files must agree on, and what is doubtful: the messages in full."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist

import pytest

from analysis.errors import DataError
from analysis.load import load, read_files
from analysis.located import Loaded
from tests.edited_files import edited

TINY = Path(__file__).parent / "tiny"
ARONSON = "data/studies/aronson-1948.yml"
COETZEE = "data/studies/coetzee-berjak-1968.yml"
REVIEW = "data/review.yml"
REFERENCES = "data/references.bib"
SEARCHES = "data/searches.yml"
TABLE = """    groups:
      - {arm: bcg, events: 4, n: 123}
      - {arm: no_bcg, events: 11, n: 139}
"""
CORRECT = "correct it, or give this result a `reason`"


@pytest.fixture(scope="module")
def tiny() -> dict[str, bytes]:
    return read_files(TINY)


def printed(files: dict[str, bytes], lines: str, name: str = ARONSON) -> dict[str, bytes]:
    """Put a printed result in place of the 2×2 table; `lines` are the lines of its numbers."""
    text = "".join(f"    {line.strip()}\n" for line in lines.strip().split("\n"))
    return edited(files, name, (TABLE, text))


def problems(files: dict[str, bytes]) -> str:
    with pytest.raises(DataError) as caught:
        load(files)
    return str(caught.value)


def warnings(files: dict[str, bytes]) -> list[str]:
    return [str(warning) for warning in load(files).warnings]


def without_aronson(files: dict[str, bytes]) -> dict[str, bytes]:
    """Take Aronson from both analyses, so that nothing pools its result."""
    return edited(
        files,
        REVIEW,
        ("    method: REML", "    studies: {without: [aronson]}\n    method: REML"),
        ("{design: [randomised trial]}", "{design: [randomised trial], without: [aronson]}"),
    )


def test_the_tiny_review_has_nothing_against_it(tiny: dict[str, bytes]) -> None:
    loaded = load(tiny)
    assert isinstance(loaded, Loaded)
    assert loaded.warnings == ()


def test_without_checks_only_the_form_counts(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, ("events: 4,", "events: 124,"))
    assert problems(files) == (
        f"{ARONSON}:30 results[0].groups[0].events: found 124 events in 123 patients, "
        "wanted no more"
    )
    assert load(files, checked=False).review.by_id["aronson"].results[0].groups[0].events == 124


# --- doubtful results ----------------------------------------------------------------------

# The abstract of Aleknavičius et al. 2014 prints this interval; Jia et al. 2021 print 0.99 for
# 0.91, which fits.
LOPSIDED = (
    "found 0.67 (0.46 to 0.91), wanted the estimate at the geometric midpoint of its interval, "
    f"which rounding puts between {math.sqrt(0.455 * 0.905):.4g} and "
    f"{math.sqrt(0.465 * 0.915):.4g}"
)


def test_a_lopsided_interval_is_a_warning_where_nothing_pools_it(tiny: dict[str, bytes]) -> None:
    files = without_aronson(printed(tiny, "estimate: 0.67\nci: [0.46, 0.91]"))
    assert warnings(files) == [f"{ARONSON}:30 results[0].ci: {LOPSIDED}; {CORRECT}"]


def test_a_lopsided_interval_is_an_error_where_an_analysis_pools_it(tiny: dict[str, bytes]) -> None:
    files = printed(tiny, "estimate: 0.67\nci: [0.46, 0.91]")
    assert problems(files) == (f"{ARONSON}:30 results[0].ci: {LOPSIDED}; tb pools it: {CORRECT}")


@pytest.mark.parametrize("pooled", [True, False])
def test_a_reason_silences_both(tiny: dict[str, bytes], pooled: bool) -> None:
    files = printed(tiny, "estimate: 0.67\nci: [0.46, 0.91]\nreason: as the abstract prints it")
    assert warnings(files if pooled else without_aronson(files)) == []


def test_rounding_is_allowed_for(tiny: dict[str, bytes]) -> None:
    assert warnings(printed(tiny, "estimate: 0.67\nci: [0.46, 0.99]\np: 0.043")) == []


def test_a_p_value_that_does_not_fit_its_interval(tiny: dict[str, bytes]) -> None:
    # The largest and smallest |z| that rounding allows, and their two-sided P values.
    width = 2 * NormalDist().inv_cdf(0.975)
    high = -math.log(0.695) / (math.log(0.975 / 0.505) / width)
    low = -math.log(0.705) / (math.log(0.985 / 0.495) / width)
    least, most = (2 * NormalDist().cdf(-z) for z in (high, low))
    files = without_aronson(printed(tiny, "estimate: 0.70\nci: [0.50, 0.98]\np: 0.38"))
    assert warnings(files) == [
        f"{ARONSON}:31 results[0].p: found P 0.38 beside 0.70 (0.50 to 0.98), wanted P between "
        f"{least:.2g} and {most:.2g}, all that rounding allows; {CORRECT}"
    ]


def test_a_bound_on_p_is_checked_too(tiny: dict[str, bytes]) -> None:
    files = without_aronson(printed(tiny, "estimate: 0.70\nci: [0.50, 0.98]\np: '<0.001'"))
    (found,) = warnings(files)
    assert found.startswith(f"{ARONSON}:31 results[0].p: found P <0.001 beside 0.70")
    assert warnings(printed(tiny, "estimate: 0.70\nci: [0.50, 0.98]\np: '<0.05'")) == []


def test_an_interval_too_narrow_for_its_events(tiny: dict[str, bytes]) -> None:
    # With 16 events the standard error of a log hazard ratio is at least 2/√16 = 0.5.
    files = printed(tiny, "estimate: 0.70\nci: [0.60, 0.82]\nevents: 16")
    files = without_aronson(edited(files, ARONSON, ("measure: RR", "measure: HR")))
    se = math.log(0.825 / 0.595) / (2 * NormalDist().inv_cdf(0.975))
    assert [one for one in warnings(files) if "in no analysis" not in one] == [
        f"{ARONSON}:30 results[0].ci: found a standard error of {se:.4g}, wanted at least 0.5, "
        f"the least that 16 events can give; {CORRECT}"
    ]


def test_more_patients_in_a_group_than_in_its_arm(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, ("events: 4, n: 123}", "events: 4, n: 1230}"))
    assert warnings(files) == [
        f"{ARONSON}:30 results[0].groups[0].n: found n 1230 in arm bcg, of which the study has "
        "123, wanted at most that, or a `reason`"
    ]
    given = ("    adjustment: unadj", "    reason: counted by injection\n    adjustment: unadj")
    assert warnings(edited(files, ARONSON, given)) == []
    # Fewer are those followed up; an arm of unknown size bounds nothing.
    assert warnings(edited(tiny, ARONSON, ("events: 4, n: 123}", "events: 4, n: 122}"))) == []
    assert (
        warnings(edited(files, ARONSON, ("{arm: bcg, n: 123}", "{arm: bcg, n: not reported}")))
        == []
    )


def test_a_study_that_left_is_missed_where_the_plan_names_it(tiny: dict[str, bytes]) -> None:
    """A text that calls a pool that of certain studies speaks of another once one has left."""
    only = "{design: [randomised trial], only: [aronson, hart_sutherland, ferguson_simes]}"
    risk = (
        "baseline_risks:\n"
        "  - {id: one, outcome: tuberculosis, analysis: tb, label: One, risk: 0.1, years: 5, "
        "study: aronson, source: report, stated: 11 of 139}\n"
    )
    files = edited(tiny, REVIEW, ("{design: [randomised trial]}", only))
    files = {**files, REVIEW: files[REVIEW] + risk.encode()}
    assert warnings(files) == []
    gone = edited(files, ARONSON, ("status: included", "status: retracted\nretracted: 2020-02"))
    gone = edited(gone, REFERENCES, ("{[Report of a trial of", "{[Retracted report of a trial of"))
    at = {
        name: number
        for number, line in enumerate(files[REVIEW].decode().split("\n"), 1)
        for name in ("only:", "id: one")
        if name in line
    }
    assert warnings(gone) == [
        f"{REVIEW}:{at['only:']} analyses[1].studies.only[0]: found aronson, which is retracted "
        "and no longer in tb_random, wanted an included study",
        f"{REVIEW}:{at['id: one']} baseline_risks[0].study: found aronson, which is retracted, "
        "so that its risk is not used, wanted an included study",
    ]
    given = ("status: included", "status: superseded\nsuperseded_by: comstock")
    assert warnings(edited(files, ARONSON, given))[1] == (
        f"{REVIEW}:{at['id: one']} baseline_risks[0].study: found aronson, which is superseded, "
        "wanted an included study"
    )


def test_a_retracted_report_is_marked_in_the_list_of_references(tiny: dict[str, bytes]) -> None:
    gone = edited(tiny, ARONSON, ("status: included", "status: retracted\nretracted: 2020-02"))
    assert warnings(gone) == [
        f"{ARONSON}:4 status: found retracted, and nothing of it in the reference aronson1948, "
        "wanted it in its title in data/references.bib, as {… [retracted]}"
    ]
    title = "[Report of a trial of {BCG} vaccine]"
    assert warnings(edited(gone, REFERENCES, (title, f"Retracted: {title}"))) == []
    braced = title.replace("[Report", "[{R}etraction: report")
    assert warnings(edited(gone, REFERENCES, (title, braced))) == []
    tool = title.replace("[Report", "[Retractors: report")
    assert warnings(edited(gone, REFERENCES, (title, tool))) == warnings(gone)
    note = ("@article{aronson1948,", "@article{aronson1948,\n  note = {Retracted},")
    assert warnings(edited(gone, REFERENCES, note)) == warnings(gone)  # a note does not print
    # A study that returned is printed as retracted no more.
    assert warnings(edited(tiny, REFERENCES, (title, f"{title[:-1]} [retracted]]"))) == [
        f"{ARONSON}:4 status: found included, and a retraction in the title of its reference "
        "aronson1948, wanted none in data/references.bib, or status: retracted"
    ]
    # The document that tells of a study without a report of its own is not the one retracted.
    assert warnings(edited(gone, ARONSON, ("report: report\n", "report: not stated\n"))) == []


def test_a_study_that_is_left_out_by_name_and_has_left_is_a_warning(
    tiny: dict[str, bytes],
) -> None:
    """The pool without it is the pool of all: a title that says so no longer tells a difference."""
    without = "{design: [randomised trial], without: [aronson]}"
    files = edited(tiny, REVIEW, ("{design: [randomised trial]}", without))
    assert warnings(files) == []
    gone = edited(files, ARONSON, ("status: included", "status: excluded\nreason: Retracted."))
    (line,) = (
        number
        for number, text in enumerate(files[REVIEW].decode().split("\n"), 1)
        if "without:" in text
    )
    assert warnings(gone) == [
        f"{REVIEW}:{line} analyses[1].studies.without[0]: found aronson, which is excluded and in "
        "no analysis any more, wanted an included study, or what is said of tb_random rewritten"
    ]


def test_a_result_in_another_measure_is_in_no_analysis(tiny: dict[str, bytes]) -> None:
    files = printed(tiny, "estimate: 0.70\nci: [0.50, 0.98]")
    files = edited(files, ARONSON, ("measure: RR", "measure: HR"))
    assert warnings(files) == [
        f"{ARONSON}:28 results[0].measure: found HR of tuberculosis, which is in no analysis (they "
        "pool RR), wanted RR, or a `reason` why Aronson 1948 stays out"
    ]
    given = edited(files, ARONSON, ("    estimate: 0.70", "    reason: no RR\n    estimate: 0.70"))
    assert warnings(given) == []
    # A study that gives both is in.
    both = "  - outcome: tuberculosis\n    measure: RR\n    estimate: 0.71\n    ci: [0.52, 0.97]\n"
    own = "    adjustment: unadjusted\n    source: report\n"
    files = edited(files, ARONSON, ("results:\n", f"results:\n{both}{own}"))
    assert warnings(files) == []


def test_a_result_with_an_error_is_not_doubted_as_well(tiny: dict[str, bytes]) -> None:
    files = printed(tiny, "estimate: 0.30\nci: [0.46, 0.91]\np: 0.9")
    assert problems(files) == (
        f"{ARONSON}:29 results[0].estimate: found 0.30 outside its interval [0.46, 0.91], "
        "wanted it inside"
    )


# --- pools ---------------------------------------------------------------------------------

SECOND = """  - outcome: tuberculosis
    measure: RR
    estimate: 0.41
    ci: [0.13, 1.26]
    adjustment: multivariable
    source: report
"""


def two_results(tiny: dict[str, bytes]) -> dict[str, bytes]:
    return {**tiny, ARONSON: tiny[ARONSON] + SECOND.encode()}


def test_several_results_that_the_plan_does_not_choose_between(tiny: dict[str, bytes]) -> None:
    results = f"{ARONSON}:27 (unadjusted), {ARONSON}:34 (multivariable)"
    said = f"found 2 results of aronson for tuberculosis: {results}; wanted `take` to choose one"
    example = (
        ", the preferred first, as take: {adjustment: [unadjusted, multivariable]}; or, where one "
        "corrects another, `corrected_by` in that"
    )
    files = two_results(tiny)
    assert problems(files) == (
        f"{REVIEW}:49 analyses[0].take: {said}{example}\n{REVIEW}:66 analyses[1].take: {said}"
    )
    taken = "    take: {adjustment: [unadjusted, multivariable]}\n    method: "
    text = files[REVIEW].decode().replace("    method: ", taken)
    assert load({**files, REVIEW: text.encode()}).review.plan.analyses[0].take.adjustment


def test_several_results_that_no_plan_could_choose_between(tiny: dict[str, bytes]) -> None:
    second = SECOND.replace("multivariable", "unadjusted")
    results = f"{ARONSON}:27 (unadjusted), {ARONSON}:34 (unadjusted)"
    said = (
        f"found 2 results of aronson for tuberculosis: {results}; wanted one of them: `take` "
        "chooses by adjustment, and theirs is the same; or, where one corrects another, "
        "`corrected_by` in that"
    )
    assert problems({**tiny, ARONSON: tiny[ARONSON] + second.encode()}) == (
        f"{REVIEW}:49 analyses[0].take: {said}\n{REVIEW}:66 analyses[1].take: {said}"
    )


def test_the_plan_chooses_by_adjustment_in_its_order(tiny: dict[str, bytes]) -> None:
    take = "    take: {adjustment: [multivariable, unadjusted]}\n    method: "
    files = edited(
        two_results(tiny),
        REVIEW,
        ("    method: REML", take + "REML"),
        ("    method: DL", take + "DL"),
    )
    assert warnings(files) == []


def test_two_studies_that_share_patients(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, ("status: included", "status: included\ncohort: natives"))
    files = edited(files, COETZEE, ("status: included", "status: included\ncohort: natives"))
    said = (
        "found aronson and coetzee_berjak in one pool, who share the patients of cohort natives, "
        "wanted one of them: a report that the other replaces says `status: superseded` with "
        "`superseded_by`; one that this analysis alone leaves out is named under `without`"
    )
    assert problems(files) == (
        f"{REVIEW}:49 analyses[0].studies: {said}\n{REVIEW}:72 analyses[1].studies: {said}"
    )
    named = edited(
        files,
        REVIEW,
        ("    method: REML", "    studies: {without: [aronson]}\n    method: REML"),
        ("{design: [randomised trial]}", "{design: [randomised trial], without: [coetzee_berjak]}"),
    )
    assert warnings(named) == []


APART = (
    "a `cohort` in both files (one name where the patients are the same, else two), or a `reason`"
)
BERJAK_TABLE = """    groups:
      - {arm: bcg, events: 29, n: 7499}
      - {arm: no_bcg, events: 45, n: 7277}
"""


def both_from(files: dict[str, bytes], old: str, new: str) -> dict[str, bytes]:
    return edited(edited(files, ARONSON, (old, new)), COETZEE, (old, new))


def test_two_studies_with_one_number_in_a_registry(tiny: dict[str, bytes]) -> None:
    number = ("status: included", "status: included\nregistrations: [ISRCTN1, NCT04803266]")
    first = edited(tiny, ARONSON, number)
    files = edited(first, COETZEE, (number[0], "status: included\nregistrations: [NCT04803266]"))
    assert warnings(files) == [
        f"{COETZEE}:5 registrations[0]: found NCT04803266, which aronson has too, wanted {APART} "
        "at a result"
    ]
    # The patients of both are named, and are not the same.
    told = edited(files, ARONSON, ("status: included", "status: included\ncohort: natives"))
    told = edited(told, COETZEE, ("status: included", "status: included\ncohort: miners"))
    assert warnings(told) == []
    assert warnings(edited(files, COETZEE, REASON)) == []
    assert warnings(edited(files, COETZEE, ("status: included", "status: ongoing"))) == []


REASON = ("    measure: RR\n", "    measure: RR\n    reason: a trial in two towns\n")


def test_two_results_of_one_pool_from_one_document(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, COETZEE, ("coetzeeberjak1968", "aronson1948"))
    found = f"{COETZEE}:33 results[0].source: found aronson1948, which gives the result of aronson"
    assert warnings(files) == [f"{found} too, wanted {APART} here"]
    twice = edited(files, COETZEE, (BERJAK_TABLE, TABLE), ("7499", "123"), ("7277", "139"))
    assert warnings(twice) == [f"{found} too, with the same numbers, wanted {APART} here"]
    assert warnings(edited(twice, COETZEE, REASON)) == []
    assert warnings(edited(twice, ARONSON, REASON)) == []
    apart = (REVIEW, ("    method: REML", "    studies: {without: [aronson]}\n    method: REML"))
    other = ("{design: [randomised trial]}", "{design: [randomised trial], without: [aronson]}")
    assert warnings(edited(twice, *apart, other)) == []


@pytest.mark.parametrize(
    "read",
    [
        ("    access: secondary", "    access: article continued"),
        ("    via: colditz1994\n", ""),
        ("    via: colditz1994", "    via: aronson1948"),
    ],
)
def test_another_review_lists_many_studies(tiny: dict[str, bytes], read: tuple[str, str]) -> None:
    files = edited(tiny, COETZEE, ("coetzeeberjak1968", "aronson1948"))
    assert warnings(both_from(files, *read)) == []


def test_a_superseded_report_is_not_pooled_with_its_successor(tiny: dict[str, bytes]) -> None:
    files = edited(
        tiny,
        ARONSON,
        ("status: included", "status: superseded\nsuperseded_by: comstock\ncohort: a"),
    )
    comstock = "data/studies/comstock-1974.yml"
    files = edited(files, comstock, ("status: included", "status: included\ncohort: a"))
    assert warnings(files) == []


PAIN = "harms: [{category: pain, finding: higher, text: Pain., source: report}]\n"


def test_what_a_later_report_does_not_take_over_is_told(tiny: dict[str, bytes]) -> None:
    """It goes from the analyses and the table of side effects, and nobody may have meant it."""
    comstock = "data/studies/comstock-1974.yml"
    declared = tiny[REVIEW] + b"harms: [{id: pain, label: Pain}]\n"
    fever = b"  - {id: fever, label: Fever, short: fever, event: fever, favours: [A, B]}\n"
    declared = declared.replace(b"outcomes:\n", b"outcomes:\n" + fever, 1)
    files = {**tiny, REVIEW: declared}
    was = "status: superseded\nsuperseded_by: comstock\ncohort: a"
    files = edited(
        files,
        ARONSON,
        ("status: included", was),
        ("outcome: tuberculosis", "outcome: fever"),
        ("results:\n", f"{PAIN}results:\n"),
    )
    files = edited(files, comstock, ("status: included", "status: included\ncohort: a"))
    wanted = "wanted them there too, with their source, or a `reason` here why they go"
    place = f"{ARONSON}:5 superseded_by"
    fever_goes = f"{place}: found results (fever) that comstock does not take over, {wanted}"
    pain_goes = f"{place}: found harms (pain) that comstock does not take over, {wanted}"
    assert warnings(files) == [pain_goes, fever_goes]
    taken = edited(files, comstock, ("results:\n", f"{PAIN}results:\n"))
    assert warnings(taken) == [fever_goes]
    # What the report after the next gives is not lost either.
    then = "status: superseded\nsuperseded_by: coetzee_berjak"
    chain = edited(files, comstock, ("status: included", then))
    chain = edited(chain, COETZEE, ("results:\n", f"{PAIN}results:\n"))
    assert [w for w in warnings(chain) if "pain" in w] == []
    meant = edited(files, ARONSON, ("cohort: a", "cohort: a\nreason: Measured otherwise."))
    assert warnings(meant) == []


def test_reports_that_supersede_each_other(tiny: dict[str, bytes]) -> None:
    files = edited(
        tiny, ARONSON, ("status: included", "status: superseded\nsuperseded_by: coetzee_berjak")
    )
    files = edited(
        files, COETZEE, ("status: included", "status: superseded\nsuperseded_by: aronson")
    )
    assert problems(files) == (
        f"{ARONSON}:5 superseded_by: found a circle (aronson → coetzee_berjak → aronson), "
        "wanted a last report\n"
        f"{COETZEE}:5 superseded_by: found a circle (coetzee_berjak → aronson → coetzee_berjak), "
        "wanted a last report"
    )


# --- declarations that need more than the tiny review has ------------------------------------

TOOL = """tools:
  - id: rob
    label: Risk of bias
    items: [{id: blinding, label: Blinding}]
    levels: [{id: low, label: Low}, {id: high, label: High}]
    overall: [{id: low, label: Low}, {id: high, label: High}]
"""
QUALITY = """quality:
  - tool: rob
    items: [{item: blinding, level: low}]
    overall: high
    score: not reported
    source: report
"""


def with_quality(tiny: dict[str, bytes], *pairs: tuple[str, str]) -> dict[str, bytes]:
    quality = QUALITY
    for old, new in pairs:
        assert old in quality
        quality = quality.replace(old, new)
    files = edited(tiny, REVIEW, ("analyses:\n", f"{TOOL}analyses:\n"))
    return {**files, ARONSON: tiny[ARONSON] + quality.encode()}


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("44 degrees", ""),
        ("nan", ""),
        ("inf", ""),
        ("44,5", " with a decimal point, as '44.5'"),
    ],
)
def test_a_characteristic_that_the_plan_reads_as_a_number(
    tiny: dict[str, bytes], value: str, hint: str
) -> None:
    read = "moderators: [{field: latitude, label: latitude, number: true}]"
    year = "moderators: [{field: year, label: year of the report (per 10 years), per: 10}]"
    files = edited(tiny, REVIEW, (year, read))
    assert warnings(files) == []
    text = ("latitude: {value: '44'", f"latitude: {{value: '{value}'")
    assert problems(edited(files, ARONSON, text)) == (
        f"{ARONSON}:25 characteristics.latitude.value: found '{value}', wanted a number{hint}: "
        "regression year of tb reads latitude as one"
    )
    # Not reported is not wrong, and where the plan reads no number, any text will do.
    unknown = ("latitude: {value: '44'", "latitude: {value: not reported")
    assert warnings(edited(files, ARONSON, unknown)) == []
    assert warnings(edited(tiny, ARONSON, text)) == []


def test_quality_by_a_declared_tool(tiny: dict[str, bytes]) -> None:
    assert warnings(with_quality(tiny)) == []


def test_quality_by_names_that_the_tool_does_not_have(tiny: dict[str, bytes]) -> None:
    files = with_quality(
        tiny,
        ("[{item: blinding, level: low}]", "[{item: blindness, level: lo}]"),
        ("overall: high", "overall: highest"),
    )
    assert problems(files) == (
        f"{ARONSON}:36 quality[0].items[0].item: found 'blindness', wanted an item of rob: "
        "blinding\n"
        f"{ARONSON}:36 quality[0].items[0].level: found 'lo', wanted a level of rob: low, high\n"
        f"{ARONSON}:37 quality[0].overall: found 'highest', wanted an overall level of rob: "
        "low, high"
    )


def test_quality_by_an_unknown_tool(tiny: dict[str, bytes]) -> None:
    assert problems(with_quality(tiny, ("tool: rob", "tool: nos"))) == (
        f"{ARONSON}:35 quality[0].tool: found 'nos', wanted a tool that review.yml declares: rob"
    )


def test_the_flow_of_a_search_that_adds_up(tiny: dict[str, bytes]) -> None:
    counts = """    counts:
      identified: [{label: PubMed, n: 100}, {label: EMBASE, n: 50}]
      duplicates: 30
      excluded_at_screening: [{label: off topic, n: 100}]
      full_text: 20
      excluded_at_full_text: [{label: no control group, n: 14}]
      included: 6
    note:"""
    assert warnings(edited(tiny, SEARCHES, ("    note:", counts))) == []


def test_an_ongoing_study_in_a_search_is_not_counted_as_included(tiny: dict[str, bytes]) -> None:
    counts = """    counts:
      identified: [{label: PubMed, n: 5}]
      duplicates: 0
      excluded_at_screening: []
      full_text: 5
      excluded_at_full_text: []
      included: 5
    note:"""
    files = edited(tiny, SEARCHES, ("    note:", counts))
    files = edited(files, ARONSON, ("status: included", "status: ongoing"))
    assert warnings(files) == []


def test_what_depends_on_a_file_with_errors_is_not_checked(tiny: dict[str, bytes]) -> None:
    counts = """    counts:
      identified: [{label: PubMed, n: 6}]
      duplicates: 0
      excluded_at_screening: []
      full_text: 6
      excluded_at_full_text: []
      included: 6
    note:"""
    files = edited(tiny, SEARCHES, ("    note:", counts))
    files = edited(files, ARONSON, ("report: report", "report: Report"))
    assert problems(files).count("\n") == 0


def test_the_evidence_of_the_paper_has_nothing_against_it() -> None:
    loaded = load(read_files(Path(__file__).parent.parent))
    assert [str(warning) for warning in loaded.warnings] == []
    assert len(loaded.review.studies) >= 12
