"""Exports: read back by other programs, R among them, and compared with the findings."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement import Agreement, compare, difference, uncompared
from analysis.cli import main
from analysis.csv_text import inert, table
from analysis.engines import r
from analysis.errors import DataError, RenderError
from analysis.export import FORMATS, exported
from analysis.export_csv import frames
from analysis.export_metafor import _remark, _string, to_metafor
from analysis.findings import Findings
from analysis.load import analysed_hash, load_review, read_files
from analysis.plan import find
from analysis.records import Review
from analysis.tally import slug
from analysis.values import Bound, Printed
from tests.method_reviews import TRIALS, line, plan, prior, review, several_plan, split_by

ROOT = Path(__file__).parent.parent
IMNI = load_review(ROOT)
FINDINGS = find(IMNI)

# metafor solves the normal equations of a regression, which lose as many digits as the squared
# condition number of the columns has (years near 2000: nine); everything else is 1e-10 or nearer.
TOLERANCE = 1e-7
# Fisher scoring falls back to tau² = 0 in these, where the likelihood is lower (see below).
LOWER_HILL = "a_ml_z.cumulative.s08"


def everything() -> Review:
    """Return a review whose plan asks for every method that metafor has."""
    counts = {"method": "EE", "test": "z"}
    checks = {"leave_one_out": True, "influence": True, "cumulative": "year"}
    eggers = tuple(
        f"egger_{model}{predictor}"
        for model in ("classic", "mixed")
        for predictor in ("", "_vi", "_ni", "_ninv", "_sqrtni", "_sqrtninv")
    )
    tests = (*eggers, "begg", "harbord", "peters", "trim_and_fill", "trim_and_fill_r0",
             "pet_peese", "excess_significance")  # fmt: skip
    methods = [
        plan(f"a_{method.lower()}_{test}", method=method, test=test, prediction=prediction,
             subgroups=(split_by("allocation", tau2=tau2),), **checks)
        for method, test, prediction, tau2 in (
            ("DL", "z", "t(k-2)", "separate"), ("REML", "knha", "t(k-1)", "common"),
            ("PM", "adhoc", "t(k-2)", "separate"), ("ML", "z", "normal", "common"),
            ("HE", "knha", "t(k-1)", "separate"), ("SJ", "z", "normal", "separate"),
            ("HS", "z", "t(k-2)", "separate"), ("EB", "knha", "t(k-2)", "common"),
        )
    ]  # fmt: skip
    return review(
        *methods,
        plan("common", method="EE", subgroups=(split_by("allocation"),), **checks),
        plan("tests", small_study=tests),
        plan("filled", "tb_rr", method="REML", test="knha", level=Printed(0.9, 1),
             small_study=("trim_and_fill", "trim_and_fill_r0")),
        plan("chosen", small_study=("selection_model",), method="ML", level=Printed(0.9, 1)),
        plan("lines", method="REML", test="knha", regressions=(
            line("year", "year"), line("latitude", "latitude"),
            line("allocation", "allocation"),
            line("both", "latitude", "year"),
            line("crossed", "latitude", "allocation", interactions=(("latitude", "allocation"),)),
        )),
        plan("mh", pooling="mantel_haenszel", subgroups=(split_by("allocation"),), **counts),
        plan("mh_rr", "tb_rr", pooling="mantel_haenszel", **counts),
        plan("mh_rd", "tb_rd", pooling="mantel_haenszel", **counts),
        plan("peto", pooling="peto", **counts),
        plan("levels", "score", several=several_plan("three_level"), method="REML"),
        plan("sandwich", "score", several=several_plan("robust"), method="REML"),
        plan("prior", bayes=(prior(),)),
    )  # fmt: skip


# --- metafor -------------------------------------------------------------------------------------


@pytest.mark.metafor
@pytest.mark.parametrize("name", ["imni", "every method"])
def test_r_gives_the_same_numbers(name: str) -> None:
    """Every planned analysis, repeated by the exported script: every number that it prints."""
    given = IMNI if name == "imni" else everything()
    findings = FINDINGS if name == "imni" else find(given)
    r_printed = r.run(to_metafor(given, findings), "analyses.R")
    printed = {k: v for k, v in r_printed.items() if not k.startswith(LOWER_HILL)}
    found = compare(findings, printed)
    far = {id_: one for id_, one in found.analyses.items() if one.largest > TOLERANCE}
    assert far == {}
    assert uncompared(findings, r_printed) == []
    # The script has not lost its parts: what is planned is compared.
    for id_, analysis in findings.analyses.items():
        assert found.analyses[id_].numbers >= 8, id_
        for part in ("leave_one_out", "cumulative", "influence", "regressions", "small_study"):
            if getattr(analysis, part):
                assert any(path.startswith(f"{id_}.{part}.") for path in printed), (id_, part)
        if analysis.several:
            assert f"{id_}.several.est" in printed


STRANGE = 'x",system("touch${IFS}made"),"y \\ é 🙂'


def strange() -> Review:
    """Return a review in which every text that the script might repeat tries to be code."""
    code = '\nsystem("touch made")\n# x\u2028stop()\x85stop()\x0bstop()\x0cstop()\rstop()'
    trials = tuple((*trial[:-1], STRANGE if trial[-1] == "random" else trial[-1])
                   for trial in TRIALS)  # fmt: skip
    crossed = line("line", "latitude", "allocation", interactions=(("latitude", "allocation"),))
    allocation = crossed.moderators[1].model_copy(update={"reference": STRANGE})
    crossed = crossed.model_copy(update={"moderators": (crossed.moderators[0], allocation)})
    return review(
        plan("each", subgroups=(split_by("allocation"),), regressions=(crossed,)).model_copy(
            update={"title": f"Each{code}"}
        ),
        plan("mh", pooling="mantel_haenszel", method="EE", test="z",
             subgroups=(split_by("allocation"),)),
        trials=trials,
        title=f"A review{code}",
    )  # fmt: skip


def test_no_text_of_the_data_is_code_of_r() -> None:
    script = to_metafor(strange(), find(strange()))["analyses.R"].decode()
    plain = review(
        plan("each", subgroups=(split_by("allocation"),),
             regressions=(line("line", "latitude", "allocation",
                               interactions=(("latitude", "allocation"),)),)),
        plan("mh", pooling="mantel_haenszel", method="EE", test="z",
             subgroups=(split_by("allocation"),)),
    )  # fmt: skip
    usual = to_metafor(plain, find(plain))["analyses.R"].decode()
    # Without its strings and comments the script is that of the usual review.
    ours, theirs = (re.sub(r'"(\\.|[^"\\])*"', '""', text) for text in (script, usual))
    assert re.sub("#.*", "", ours).splitlines() == re.sub("#.*", "", theirs).splitlines()
    assert '# A review system("touch made") # x stop() stop() stop() stop() stop(): the' in script


@pytest.mark.metafor
def test_r_passes_what_has_no_answer_and_levels_that_no_complete_study_has() -> None:
    """The first level is of studies alone that lack the other moderator; a test of one table."""
    both = line("both", "allocation", "latitude")
    free = both.moderators[0].model_copy(update={"reference": None})
    both = both.model_copy(update={"moderators": (free, both.moderators[1])})
    given = review(
        plan("lines", method="REML", regressions=(both,)),
        plan("alone", small_study=("harbord", "peters", "pet_peese")),
    )
    studies = []
    for at, study in enumerate(given.studies):
        told = dict(study.characteristics)
        if at < 3:
            first = told["allocation"].model_copy(update={"value": "a first one"})
            told = {"allocation": first}
        studies.append(study.model_copy(update={"characteristics": told}))
    one = given.plan.analyses[1]
    only = one.model_copy(update={"studies": one.studies.model_copy(
        update={"only": (studies[5].id,)})})  # fmt: skip
    planned = given.plan.model_copy(update={"analyses": (given.plan.analyses[0], only)})
    given = given.model_copy(update={"studies": tuple(studies), "plan": planned})
    findings = find(given)
    assert "both" in findings.analyses["lines"].regressions
    assert findings.analyses["alone"].small_study["harbord"].pval is None
    found = compare(findings, r.run(to_metafor(given, findings), "analyses.R"))
    assert found.analyses["lines"].largest < TOLERANCE


@pytest.mark.metafor
def test_two_studies_agree_with_r_though_neither_alone_has_an_interval_here() -> None:
    """Hartung-Knapp of the one study that an omission leaves: metafor gives a Wald interval."""
    given = review(plan("x", method="REML", test="knha", leave_one_out=True), trials=TRIALS[:2])
    findings = find(given)
    printed = r.run(to_metafor(given, findings), "analyses.R")
    first = findings.analyses["x"].leave_one_out[0]
    assert first.est_lb is None
    assert f"x.leave_one_out.{first.study}.est_lb" in printed
    assert compare(findings, printed).analyses["x"].largest < TOLERANCE
    assert findings.value("x.omissions_across") == 0


@pytest.mark.metafor
def test_r_runs_no_text_of_the_data_and_finds_its_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")  # where R would write other letters as their numbers
    findings = find(strange())
    files = to_metafor(strange(), findings)
    probe = b'\nif (file.exists("made")) stop("the text was run")\n'
    printed = r.run({**files, "analyses.R": files["analyses.R"] + probe}, "analyses.R")
    found = compare(findings, printed)
    assert {id_: one.largest < TOLERANCE for id_, one in found.analyses.items()} == {
        "each": True, "mh": True,
    }  # fmt: skip
    for id_ in ("each", "mh"):
        assert any(slug(STRANGE) in path for path in printed if path.startswith(id_))


@pytest.mark.metafor
@pytest.mark.parametrize(
    "levels",
    [
        ("=1+1", "(a)", "-b"),
        ("T", "F", "true"),
        ("007", "7", "07"),
        ("NA", "inf", "nan"),
        ("7.0", "7.5", "e.g. 8"),
    ],
)
def test_r_reads_the_levels_of_a_characteristic_as_words(levels: tuple[str, ...]) -> None:
    named = dict(zip(("random", "alternate", "systematic"), levels, strict=True))
    trials = tuple((*trial[:-1], named[trial[-1]]) for trial in TRIALS)
    by_level = line("by_level", "latitude", "allocation")
    second = by_level.moderators[1].model_copy(update={"reference": levels[0]})
    by_level = by_level.model_copy(update={"moderators": (by_level.moderators[0], second)})
    given = review(
        plan("each", subgroups=(split_by("allocation"),), regressions=(by_level,)),
        plan("common", subgroups=(split_by("allocation", tau2="common"),)),
        plan("mh", pooling="mantel_haenszel", method="EE", test="z",
             subgroups=(split_by("allocation"),)),
        trials=trials,
    )  # fmt: skip
    findings = find(given)
    printed = r.run(to_metafor(given, findings), "analyses.R")
    found = compare(findings, printed)
    assert {id_: one.largest < TOLERANCE for id_, one in found.analyses.items()} == {
        "each": True, "common": True, "mh": True,
    }  # fmt: skip
    assert uncompared(findings, printed) == []


@pytest.mark.metafor
@settings(max_examples=5, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))))
def test_r_reads_every_text_as_it_is(texts: list[str]) -> None:
    """Each string has the code points that it was written from, and no comment has an end."""
    texts = [*texts, STRANGE, '\\"\n\r\t\x0b\x0c\x7f\x85\u2028\U0001f642', "\\u0041", "%s"]
    strings = ", ".join(_string(text) for text in texts)
    remarks = "\n".join(_remark(text) for text in texts)
    told = (
        f"{remarks}\nlines <- sapply(c({strings}), function(x)\n"
        '  paste0("[", paste(utf8ToInt(x), collapse = ","), "]"))\n'
        'cat("[", paste(lines, collapse = ","), "]", sep = "")\n'
    )
    points = r.run({"x.R": told.encode()}, "x.R")
    assert points == [list(map(ord, text)) for text in texts]


@pytest.mark.metafor
@pytest.mark.parametrize("times", [1, 3])
def test_excess_significance_is_exact_in_both_however_many_the_sets(times: int) -> None:
    """metafor would take chi2 for 39 studies: the script has the same test as the findings."""
    given = review(plan("x", small_study=("excess_significance",)), trials=TRIALS * times)
    findings = find(given)
    printed = r.run(to_metafor(given, findings), "analyses.R")
    path = "x.small_study.excess_significance.pval"
    assert findings.value(path) == pytest.approx(printed[path], rel=1e-9)
    assert ("excess_chi2" in findings.analyses["x"].conventions) == (times == 3)


@pytest.mark.metafor
def test_the_recorded_agreement_is_what_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("data",):
        (tmp_path / part).symlink_to(ROOT / part)
    assert main(["agreement", "--root", str(tmp_path)]) == 0
    measured = Agreement.from_json((tmp_path / "validation" / "agreement.json").read_bytes())
    assert measured.evidence == analysed_hash(read_files(ROOT))
    assert measured.largest < 1e-7
    assert f"{measured.numbers:,} numbers compared with metafor" in capsys.readouterr().out


def test_where_metafor_finds_the_lower_hill_ours_is_higher() -> None:
    finding = find(everything()).analyses["a_ml_z"]
    steps = [step.study for step in finding.cumulative]
    members = steps[: steps.index("s08") + 1]
    rows = [row for row in finding.rows if row.study in members]
    y, v = np.array([row.yi for row in rows]), np.array([row.vi for row in rows])
    tau2 = finding.cumulative[steps.index("s08")].tau2

    def log_likelihood(tau2: float) -> float:
        w = 1 / (v + tau2)
        mu = (w @ y) / w.sum()
        return float(np.log(w).sum() - w @ (y - mu) ** 2) / 2

    assert tau2 > 0
    assert log_likelihood(tau2) > log_likelihood(0.0)


def test_what_is_not_repeated_is_named() -> None:
    script = to_metafor(everything(), find(everything()))["analyses.R"].decode()
    assert "# Not repeated: Bayesian models." in script


def test_the_script_says_each_call() -> None:
    files = to_metafor(IMNI, FINDINGS)
    script = files["analyses.R"].decode()
    assert 'r <- pooled("os", d, "DL", "z", 95, "t(k-2)")' in script
    assert 'omitted("os.leave_one_out", r, d)' in script
    assert 'begg("os.small_study.begg", d)' in script
    table = pd.read_csv(io.BytesIO(files["effects.csv"]), dtype=str)
    os_ = table[table.analysis == "os"].set_index("study")
    for row in FINDINGS.analyses["os"].rows:
        # Every digit: read by Python, since not every pandas reads the last one.
        assert (float(os_.yi[row.study]), float(os_.vi[row.study])) == (row.yi, row.vi)


# --- agreement -----------------------------------------------------------------------------------


def test_differences_are_relative_or_absolute_where_both_are_tiny() -> None:
    assert difference(100.0, 101.0) == pytest.approx(1 / 101)
    assert difference(0.0, 1e-9) == pytest.approx(1e-6)
    assert difference(-2.0, 2.0) == 2.0
    assert difference(3.0, 3.0) == 0.0


PRINTED: dict[str, float | str] = {
    "about.R": "4",
    "about.metafor": "3",
    **{f"{id_}.est": one.synthesis.est for id_, one in FINDINGS.analyses.items()},
    "os.tau2": FINDINGS.value("os.tau2") + 1e-6,
}


def test_an_agreement_is_written_and_read() -> None:
    found = compare(FINDINGS, PRINTED)
    assert found.numbers == len(FINDINGS.analyses) + 1
    assert (found.analyses["os"].numbers, found.analyses["os"].at) == (2, "os.tau2")
    again = Agreement.from_json(found.to_json().encode())
    assert again.numbers == found.numbers
    assert again.largest == pytest.approx(found.largest, rel=0.05)


def test_numbers_that_the_findings_lack_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        compare(FINDINGS, {**PRINTED, "os.nothing": 1.0, "os_hk.title": 2.0})
    first, second = str(caught.value).splitlines()
    assert first.startswith("metafor os.nothing: found 1, but no finding os.nothing, wanted one of")
    assert second == (
        "metafor os_hk.title: found 2, here 'Overall survival, REML with Hartung-Knapp', wanted a "
        "number here and there"
    )


def test_what_the_findings_decline_for_a_reason_is_passed_over() -> None:
    """R fits what here has too few studies; where no reason is told, it is a difference."""
    egger = next(iter(FINDINGS.analyses["os"].small_study.values()))
    declined = dataclasses.replace(egger, pval=None, note="too few studies")
    silent = dataclasses.replace(declined, note=None)
    path = f"os.small_study.{egger.id}.pval"

    def among(test: Any) -> Findings:
        os = FINDINGS.analyses["os"]
        os = dataclasses.replace(os, small_study={**os.small_study, egger.id: test})
        return dataclasses.replace(FINDINGS, analyses={**FINDINGS.analyses, "os": os})

    both = {**PRINTED, path: 0.5}
    assert compare(among(declined), both).numbers == compare(FINDINGS, PRINTED).numbers
    with pytest.raises(DataError) as caught:
        compare(among(silent), both)
    assert str(caught.value) == (
        f"metafor {path}: found 0.5, here None, wanted a number here and there"
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_agrees_with_nothing(number: float) -> None:
    # Not the first of its analysis: the largest of (0.1, NaN) is 0.1.
    with pytest.raises(DataError) as caught:
        compare(FINDINGS, {**PRINTED, "os.tau2": number})
    tau2 = FINDINGS.value("os.tau2")
    assert str(caught.value) == (
        f"metafor os.tau2: found {number:g}, here {tau2:g}, wanted finite numbers"
    )


def test_an_analysis_of_which_nothing_was_printed_does_not_agree() -> None:
    silent = {k: v for k, v in PRINTED.items() if not k.startswith("dfs.")}
    with pytest.raises(DataError) as caught:
        compare(FINDINGS, silent)
    assert str(caught.value) == (
        "metafor dfs: found no number of this analysis, wanted those that it repeats"
    )


def test_parts_of_which_nothing_was_printed_are_named() -> None:
    findings = find(everything())
    paths = [
        "a_dl_z.mu", "a_dl_z.leave_one_out.s02.est", "levels.est",
        *(f"{id_}.mu" for id_ in findings.analyses if id_ != "levels"),
    ]  # fmt: skip
    problems = uncompared(findings, dict.fromkeys(paths, 1.0))
    told = {problem.where: str(problem) for problem in problems}
    wanted = "wanted those of the findings: not compared"
    groups = ", ".join(
        f"subgroups.groups.groups.{name}" for name in ("random", "alternate", "systematic")
    )
    assert told["mh"] == f"metafor mh: found no number of {groups}, {wanted}"
    assert told["levels"] == f"metafor levels: found no number of mu, several.est, {wanted}"
    assert told["chosen"] == (
        f"metafor chosen: found no number of small_study.selection_model, {wanted}"
    )
    assert told["a_dl_z"] == (
        f"metafor a_dl_z: found no number of {groups}, subgroups.groups.between_pval, "
        f"leave_one_out.s00 …, {wanted}"
    )
    coefficients = [f"regressions.year.coefficients.{name}" for name in ("intercept", "year")]
    assert told["lines"].startswith(
        f"metafor lines: found no number of {', '.join(coefficients)}, regressions.latitude."
    )
    assert "prior" not in told


def test_the_command_warns_of_what_it_did_not_compare(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.setattr(r, "run", lambda *_: PRINTED)
    assert main(["agreement", "--root", str(tmp_path)]) == 0
    said = capsys.readouterr()
    warned = [line for line in said.err.splitlines() if line.startswith("warning: metafor os:")]
    assert warned == [f"warning: {uncompared(FINDINGS, PRINTED)[0]}"]
    assert "numbers compared with metafor" in said.out


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"{}", "'analyses'"), (b"[" * 200_000, "JSON nested too deep")],
    ids=["of nothing", "of brackets"],
)
def test_a_broken_record_is_refused(content: bytes, found: str) -> None:
    with pytest.raises(DataError) as caught:
        Agreement.from_json(content)
    assert str(caught.value) == (
        f"validation/agreement.json: found {found}, wanted what `living-review agreement` writes"
    )


@pytest.mark.metafor
def test_a_script_that_fails_says_so() -> None:
    with pytest.raises(RenderError) as caught:
        r.run({"x.R": b'stop("no such thing")'}, "x.R")
    assert "R: " in str(caught.value)
    with pytest.raises(RenderError) as caught:
        r.run({"x.R": b'cat("hello")'}, "x.R")
    assert str(caught.value) == "R: found 'hello', wanted the JSON of the script"


def test_without_r_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RenderError) as caught:
        r.run({}, "x.R")
    assert str(caught.value) == "found no Rscript, wanted R with the package metafor"


# --- CSV, RevMan, JSON ----------------------------------------------------------------------------


def read(files: dict[str, bytes], name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(files[name]), keep_default_na=False, na_values=[""])


def test_csv_holds_the_data_and_the_results() -> None:
    files = exported(IMNI, FINDINGS, "csv")
    assert set(files) == {
        "studies.csv", "results.csv", "effects.csv", "analyses.csv", "subgroups.csv",
    }  # fmt: skip
    assert len(read(files, "studies.csv")) == len(IMNI.studies)
    results = read(files, "results.csv")
    assert len(results) == sum(len(study.results) for study in IMNI.studies)
    text = pd.read_csv(io.BytesIO(files["results.csv"]), dtype=str)
    wang = text[(text.study == "wang") & (text.outcome == "dfs")].iloc[0]
    assert (wang.estimate, wang.ci_lb, wang.ci_ub) == ("0.54", "0.41", "0.72")  # as printed
    analyses = read(files, "analyses.csv").set_index("analysis")
    assert analyses.est["os"] == FINDINGS.value("os.est")
    effects = read(files, "effects.csv")
    assert len(effects) == sum(len(one.rows) for one in FINDINGS.analyses.values())


def test_counts_stay_whole_where_one_study_reports_none() -> None:
    """As text: what a spreadsheet is given, before any program takes it for a number."""
    lines = csv.DictReader(io.StringIO(exported(IMNI, FINDINGS, "csv")["studies.csv"].decode()))
    written = {line["study"]: line for line in lines}
    counts = ["n_imni", "n_no_imni", "patients"]
    assert [written["aleknavicius"][name] for name in counts] == ["165", "268", "433"]
    assert [written["dbcg_imn2"][name] for name in counts] == ["", "", "4541"]


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@a", "\ta", "\ra"])
def test_text_that_would_be_a_formula_is_text(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a=1", "<0.001", "'=a", "−1", " =1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert list(csv.reader(io.StringIO(table([{text: text}]).decode()))) == [[text], [text]]


def test_headings_are_no_formulas_either() -> None:
    """RevMan's name characteristics by their labels, which the review gives."""
    assert table([{"=1": "=2"}]) == b"'=1\n'=2\n"


def test_numbers_are_numbers_whatever_their_sign() -> None:
    row = {"a": -0.5, "b": Printed(-0.50, 2), "c": -3, "d": Bound(Printed(0.001, 3)), "e": True}
    assert table([row]) == b"a,b,c,d,e\n-0.5,-0.50,-3,<0.001,True\n"
    assert table([{"a": 1}, {"b": 1 / 3}]) == b"a,b\n1,\n,0.3333333333333333\n"


@pytest.mark.parametrize("to", ["csv", "revman", "metafor"])
def test_no_label_of_a_stranger_is_a_formula(to: str) -> None:
    evil = '=HYPERLINK("https://evil.example";"IMNI")'
    studies = tuple(study.model_copy(update={"label": evil}) for study in IMNI.studies)
    changed = IMNI.model_copy(update={"studies": studies})
    files = exported(changed, find(changed), to)
    cells = [
        cell
        for name, content in files.items()
        if name.endswith(".csv")
        for row in csv.reader(io.StringIO(content.decode()))
        for cell in row
    ]
    assert evil not in cells
    assert f"'{evil}" in cells


# --- data frames ----------------------------------------------------------------------------------


def test_frames_hold_what_the_csv_holds() -> None:
    made, files = frames(IMNI, FINDINGS), exported(IMNI, FINDINGS, "csv")
    assert [f"{name}.csv" for name in made] == list(files)
    for name, frame in made.items():
        there = read(files, f"{name}.csv")
        assert list(frame.columns) == list(there.columns)
        assert len(frame) == len(there)
        for column in frame.columns:
            if pd.api.types.is_numeric_dtype(frame[column]) and column != "inverted":
                ours, theirs = frame[column].astype("Float64"), there[column].astype("Float64")
                assert ours.isna().equals(theirs.isna()), (name, column)
                # Not every pandas reads more than 16 decimals.
                assert ((ours - theirs).abs() <= 1e-12 * ours.abs()).all(), (name, column)


def test_frames_are_nullable() -> None:
    made = frames(IMNI, FINDINGS)
    studies = made["studies"].set_index("study")
    assert (studies.n_imni.dtype, studies.n_imni["aleknavicius"]) == (pd.Int64Dtype(), 165)
    assert studies.n_imni["dbcg_imn2"] is pd.NA
    assert made["results"].se.isna().all()
    assert made["results"].se[0] is pd.NA
    assert made["results"].p[2] == "0.043"
    effects = made["effects"]
    os_ = effects[effects.analysis == "os"]
    assert os_.est.min() == min(row.est for row in FINDINGS.analyses["os"].rows)


def test_a_bound_of_a_p_value_is_kept() -> None:
    kim = IMNI.by_id["kim"]
    first = kim.results[0].model_copy(update={"p": Bound(Printed(0.001, 3))})
    changed = kim.model_copy(update={"results": (first, *kim.results[1:])})
    evidence = IMNI.model_copy(
        update={"studies": tuple(changed if s.id == "kim" else s for s in IMNI.studies)}
    )
    results = frames(evidence, FINDINGS)["results"]
    assert list(results[results.study == "kim"].p)[:1] == ["<0.001"]
    text = read(exported(evidence, FINDINGS, "csv"), "results.csv")
    assert list(text[text.study == "kim"].p)[:1] == ["<0.001"]


def test_revman_holds_one_row_a_contrast_on_the_log_scale() -> None:
    files = exported(IMNI, FINDINGS, "revman")
    assert set(files) == {"study-information.csv", "study-arms.csv", "study-results.csv"}
    included = [study for study in IMNI.studies if study.status == "included"]
    assert len(read(files, "study-information.csv")) == len(included)
    assert len(read(files, "study-arms.csv")) == 2 * len(included)
    results = read(files, "study-results.csv")
    row = results[(results.Study == "Wang 2019") & (results.Outcome == "Disease-free survival")]
    finding = next(one for one in FINDINGS.analyses["dfs"].rows if one.study == "wang")
    assert float(row.Mean.iloc[0]) == finding.yi
    assert float(row.SE.iloc[0]) ** 2 == pytest.approx(finding.vi)
    assert float(row["Exp mean"].iloc[0]) == 0.54
    assert set(results["Data type"]) <= {"Contrast level", "Dichotomous", "Continuous"}


def test_revman_holds_one_row_an_arm_of_a_table() -> None:
    one = review(plan("x"))
    results = read(exported(one, find(one), "revman"), "study-results.csv")
    first = results[(results.Study == "Aronson 1948") & (results["Effect measure"] == "Odds Ratio")]
    assert list(first.Cases) == [4, 11]
    assert list(first["Sample size"]) == [123, 139]


def test_json_holds_everything() -> None:
    files = exported(IMNI, FINDINGS, "json")
    assert Findings.from_json(files["findings.json"].decode()).to_json() == FINDINGS.to_json()
    document = json.loads(files["data.json"])
    assert {study["id"] for study in document["studies"]} == {study.id for study in IMNI.studies}
    assert document["plan"]["title"] == IMNI.plan.title


@pytest.mark.parametrize("to", list(FORMATS))
def test_the_command_writes_a_folder(
    to: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["export", "--root", str(ROOT), "--to", to, "--output", str(out)]) == 0
    written = sorted(path.name for path in out.iterdir())
    assert written == sorted(exported(IMNI, FINDINGS, to))
    told = capsys.readouterr().out
    assert all(name in told for name in written)
    assert main(["export", "--root", str(ROOT), "--to", to, "--output", str(out)]) == 0


def test_exports_are_the_same_every_time() -> None:
    for to in FORMATS:
        assert exported(IMNI, FINDINGS, to) == exported(IMNI, FINDINGS, to)
