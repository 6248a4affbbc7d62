"""`report`: the file of a waiting study grows by what it reported, and by nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from difflib import ndiff
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from analysis.add import add_study
from analysis.cli import main
from analysis.errors import DataError
from analysis.load import load, load_review, read_files
from analysis.registry_records import read_record
from analysis.report import report_study
from analysis.said import Answers, FollowUpSaid, ResultSaid
from analysis.yaml_edit import append, append_key, comment_out, drop_key, set_key, set_text
from analysis.yaml_nodes import read_tree
from analysis.yaml_text import Bare, Flow
from tests.small_review import small_review, write_review
from tests.terminals import Tty, answering

HERE = Path(__file__).parent
FILE = "data/studies/potential.yml"
DFS = ResultSaid("DFS", estimate="0.80", ci=("0.66", "0.97"), adjustment="unadjusted")
REPORTED = Answers(
    title="A report",
    authors="Zhao XR",
    journal="A journal",
    published="2031-02",
    place="Table 2",
    access="full text",
    extracted_by="me",
    checked_by="you",
    n=("1200", "1198"),
    follow_up=FollowUpSaid("71", "months", "median"),
    characteristics=(("nodal", "mixed"), ("surgery", "not reported")),
    results=(DFS,),
)


@pytest.fixture(scope="module")
def waiting() -> dict[str, bytes]:
    """A review with an ongoing study, to whose file somebody added comments."""
    files = small_review()
    found = read_record("x.json", (HERE / "records/potential.json").read_bytes())
    files |= add_study(files, Answers(), found).files
    text = files[FILE].decode()
    text = text.replace("report: not stated\n", "# No report yet.\nreport: not stated  # 2026\n")
    text = text.replace("planned:\n", "\nplanned:  # as registered\n")
    return {**files, FILE: text.encode()}


def lines(before: bytes, after: bytes) -> tuple[list[str], list[str]]:
    """Return the lines that are gone, and those that came."""
    found = list(ndiff(before.decode().splitlines(), after.decode().splitlines()))
    return [x[2:] for x in found if x[:2] == "- "], [x[2:] for x in found if x[:2] == "+ "]


def test_the_study_is_included_with_its_history(waiting: dict[str, bytes]) -> None:
    edit = report_study(waiting, "potential", REPORTED)
    found = edit.loaded.review.by_id["potential"]
    assert (found.status, found.report, found.year, found.patients) == (
        "included",
        "report",
        2031,
        2398,
    )
    assert list(found.sources) == ["registry", "report"]
    assert found.planned == load(waiting).review.by_id["potential"].planned
    assert found.results[0].source == "report"
    assert found.characteristics["nodal"].value == "mixed"
    assert found.citation == "zhao2031"
    assert edit.remarks == ()


def test_nothing_else_of_the_file_changes(waiting: dict[str, bytes]) -> None:
    edit = report_study(waiting, "potential", REPORTED)
    gone, came = lines(waiting[FILE], edit.files[FILE])
    assert gone == ["status: ongoing", "report: not stated  # 2026"]
    assert came == (HERE / "records/potential-reported.txt").read_text().splitlines()
    assert "data/searches.yml" not in edit.files


def test_a_search_begun_with_nearly_the_name_of_another_is_remarked(
    waiting: dict[str, bytes],
) -> None:
    said = replace(REPORTED, search="frist")
    # It is under a search already, which stays.
    assert report_study(waiting, "potential", said).remarks == (
        "potential stays under the search targeted_reading, not under frist",
    )
    files = {**waiting, "data/searches.yml": small_review()["data/searches.yml"]}
    assert report_study(files, "potential", said).remarks == (
        "began the search frist, a targeted reading; there is first: if that was meant, move the "
        "study to it in data/searches.yml and take frist out",
    )


def test_without_a_result_it_awaits_assessment(waiting: dict[str, bytes]) -> None:
    edit = report_study(waiting, "potential", replace(REPORTED, results=()))
    found = edit.loaded.review.by_id["potential"]
    assert (found.status, found.report) == ("awaiting", "report")
    assert found.reason == "TODO: it has reported; its results are still to be extracted."
    assert edit.remarks == (
        "no result yet: potential awaits assessment until `report potential --document zhao2031` "
        "gives one",
    )
    # The results come later, from the same document: no second source of it.
    files = {**waiting, **edit.files}
    later = report_study(files, "potential", Answers(document="zhao2031", results=(DFS,)))
    found = later.loaded.review.by_id["potential"]
    assert (found.status, list(found.sources)) == ("included", ["registry", "report"])
    assert "data/references.bib" not in later.files
    assert (
        b"# While it was awaiting:\n"
        b"# reason: 'TODO: it has reported; its results are still to be extracted.'\n"
    ) in later.files[FILE]


def test_without_a_word_of_the_document_it_is_the_one_that_the_study_has(
    waiting: dict[str, bytes],
) -> None:
    first = report_study(waiting, "potential", replace(REPORTED, results=()))
    files = {**waiting, **first.files}
    edit = report_study(files, "potential", Answers(results=(DFS,), n=("1200", "1198")))
    assert list(edit.loaded.review.by_id["potential"].sources) == ["registry", "report"]
    assert "data/references.bib" not in edit.files
    assert edit.remarks == (
        "reported in zhao2031, which potential has; for another one say --document",
    )


def test_the_entry_of_a_registry_is_no_document_of_its_own(waiting: dict[str, bytes]) -> None:
    edit = report_study(waiting, "potential", Answers(results=(DFS,)))
    assert list(edit.loaded.review.by_id["potential"].sources) == ["registry", "report"]
    assert edit.remarks == ()
    assert b"TODO" in edit.files["data/references.bib"]


def test_a_second_report_is_a_source_of_its_own(waiting: dict[str, bytes]) -> None:
    first = report_study(waiting, "potential", replace(REPORTED, results=()))
    said = replace(REPORTED, title="Another", published="2033", results=(DFS,))
    edit = report_study({**waiting, **first.files}, "potential", said)
    found = edit.loaded.review.by_id["potential"]
    assert list(found.sources) == ["registry", "report", "report_2"]
    assert (found.report, found.results[0].source, found.year) == ("report_2", "report_2", 2033)


@pytest.fixture(scope="module")
def read_once(waiting: dict[str, bytes]) -> dict[str, bytes]:
    """The study awaits its results, and its report was read in part."""
    said = Answers(title="A report", authors="Zhao XR", journal="J", published="2031")
    said = replace(said, place="abstract", access="abstract", extracted_by="me")
    files = {**waiting, **report_study(waiting, "potential", said).files}
    return {**files, FILE: files[FILE].replace(b"checked_by: TODO", b"checked_by: not stated")}


TABLE = Answers(
    place="Table 2",
    access="full text",
    published="2031-02",
    extracted_by="Ann",
    checked_by="Bob",
)


@pytest.mark.parametrize("document", [None, "zhao2031"])
def test_what_is_said_of_a_source_is_written_into_it(
    read_once: dict[str, bytes], document: str | None
) -> None:
    edit = report_study(read_once, "potential", replace(TABLE, document=document))
    assert lines(read_once[FILE], edit.files[FILE]) == (
        [
            "    place: abstract",
            "    access: abstract",
            "    published: 2031",
            "    extracted_by: me",
            "    checked_by: not stated",
        ],
        [
            "    place: Table 2",
            "    access: full text",
            "    published: 2031-02",
            "    extracted_by: Ann",
            "    checked_by: Bob",
        ],
    )
    assert "data/references.bib" not in edit.files


def test_numbers_that_rest_on_a_source_stay_as_they_were_read(
    read_once: dict[str, bytes],
) -> None:
    groups = b"[{arm: new, n: not reported}, {arm: old, n: not reported}]"
    arms = b"arms: {groups: " + groups + b", total: 2400, source: report}\n"
    files = {**read_once, FILE: read_once[FILE] + arms}
    edit = report_study(files, "potential", TABLE)
    found = edit.loaded.review.by_id["potential"]
    old, new = found.sources["report"], found.sources["report_2"]
    assert old == load(files).review.by_id["potential"].sources["report"]
    assert (
        new.document,
        new.place,
        new.access,
        new.published,
        new.extracted_by,
        new.checked_by,
    ) == (*("zhao2031", "Table 2", "full text", "2031-02", "Ann", "Bob"),)
    assert (found.report, found.arms and found.arms.source) == ("report_2", "report")
    assert edit.remarks[2:] == (
        "report_2 is a further source of zhao2031: report, on which numbers of potential rest, "
        "says otherwise of place, access and extracted_by, and stays",
    )
    # The same words again are those of the source that has them.
    again = report_study({**files, **edit.files}, "potential", TABLE)
    assert again.files[FILE] == edit.files[FILE]
    # What it does not say yet contradicts nothing; of numbers said anew none stays.
    checked = report_study(files, "potential", Answers(checked_by="Bob"))
    assert list(checked.loaded.review.by_id["potential"].sources) == ["registry", "report"]
    anew = report_study(files, "potential", replace(TABLE, n=("1200", "1200")))
    assert list(anew.loaded.review.by_id["potential"].sources) == ["registry", "report"]


def test_a_document_has_one_date(read_once: dict[str, bytes]) -> None:
    with pytest.raises(DataError) as caught:
        report_study(read_once, "potential", Answers(published="2033"))
    assert str(caught.value) == (
        "--published: found 2033, wanted 2031, as sources.report of potential says of zhao2031; "
        "correct that first, or say --document or --title of another report"
    )


@pytest.mark.parametrize("more", ["", " Ask the authors."])
def test_how_much_was_read_ends_the_note_that_asks_for_it(
    waiting: dict[str, bytes], more: str
) -> None:
    first = report_study(waiting, "potential", Answers(title="A report", published="2031"))
    asked = b"note: 'TODO: access says abstract until it is said how much was read."
    assert asked in first.files[FILE]
    text = first.files[FILE].replace(asked, asked + more.encode())
    files = {**waiting, **first.files, FILE: text}
    edit = report_study(files, "potential", Answers(access="abstract"))
    source = edit.loaded.review.by_id["potential"].sources["report"]
    assert (source.access, source.note) == ("abstract", more.strip() or None)


def test_what_a_record_says_does_not_contradict_a_source(read_once: dict[str, bytes]) -> None:
    files = {**read_once, FILE: read_once[FILE].replace(b"access: abstract", b"access: full text")}
    entry = files["data/references.bib"]
    entry = entry.replace(b"journal = {J},", b"journal = {J},\n  doi = {10.1000/x},")
    text = "PMID- 1\nDP  - 2031 Mar\nTI  - A report\nLID - 10.1000/x [doi]\nAB  - NCT00000009\n"
    record = read_record("x.nbib", text.encode())
    files["data/references.bib"] = entry
    edit = report_study(files, "potential", Answers(), record)
    source = edit.loaded.review.by_id["potential"].sources["report"]
    assert (source.access, source.published) == ("full text", "2031-03")
    assert "data/references.bib" not in edit.files


def test_what_is_not_written_is_remarked(read_once: dict[str, bytes]) -> None:
    said = Answers(document="zhao2031", title="Another", doi="10.1000/y", country="Norway")
    edit = report_study(read_once, "potential", said)
    assert edit.remarks[1:] == (
        "zhao2031 stays in data/references.bib as it is: what was said of its title and doi is not "
        "written",
        "country stays 'China'; if it is 'Norway', correct it in the file",
    )


def test_a_note_is_written_and_stands_behind_one_that_is_there(
    read_once: dict[str, bytes],
) -> None:
    first = report_study(read_once, "potential", Answers(note="Ended early."))
    assert first.loaded.review.by_id["potential"].note == "Ended early."
    files = {**read_once, **first.files}
    then = report_study(files, "potential", Answers(note="By its board."))
    assert then.loaded.review.by_id["potential"].note == "Ended early. By its board."
    assert then.remarks[-1] == ("what was said as the note stands behind the note that was there")
    several = files[FILE].replace(b"note: Ended early.", b"note: |\n  Ended.\n\n  Early.")
    with pytest.raises(DataError) as caught:
        report_study({**files, FILE: several}, "potential", Answers(note="By its board."))
    assert str(caught.value) == (
        f"{FILE} note: found several paragraphs, wanted one to put --note behind: write it there"
    )


def test_a_dry_run_remarks_what_writing_would(
    tmp_path: Path, read_once: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_review(tmp_path, read_once)
    assert (
        main(["report", "potential", "--root", str(root), "--country", "Norway", "--dry-run"]) == 0
    )
    err = capsys.readouterr().err
    assert "country stays 'China'" in err
    assert err.endswith("nothing was written (--dry-run)\n")


@pytest.mark.parametrize("name", ["potential", "POTENTIAL", FILE, f"review/{FILE}"])
def test_the_study_is_known_by_id_label_or_file(waiting: dict[str, bytes], name: str) -> None:
    assert report_study(waiting, name, REPORTED).study == "potential"


INCLUDED = (
    "status: found included, wanted a study that is ongoing or awaiting; an included one is "
    "corrected in its file; a later report on its patients is added as another study, which this "
    "one then names in `superseded_by`"
)


def test_what_does_not_wait_cannot_report(waiting: dict[str, bytes]) -> None:
    for name, message in [
        (
            "kim",
            f"data/studies/kim-2015.yml {INCLUDED}",
        ),
        (
            "potentail",
            "data/studies/: found 'potentail', wanted the id of a study that is ongoing or "
            "awaiting: perhaps potential?",
        ),
    ]:
        with pytest.raises(DataError) as caught:
            report_study(waiting, name, REPORTED)
        assert str(caught.value) == message


def test_a_file_all_in_brackets_is_refused(waiting: dict[str, bytes]) -> None:
    whole = YAML(typ="safe", pure=True).load(waiting[FILE].decode())
    files = {**waiting, FILE: json.dumps(whole, indent=1, default=str).encode()}
    with pytest.raises(DataError) as caught:
        report_study(files, "potential", REPORTED)
    assert str(caught.value) == (
        f"{FILE}: found a file all in brackets, wanted 'key: value' lines to add to"
    )


def test_unknown_values_are_filled_and_known_ones_kept(waiting: dict[str, bytes]) -> None:
    files = {**waiting, FILE: waiting[FILE].replace(b"country: China", b"country: TODO")}
    said = replace(REPORTED, country="China", design="prospective cohort")
    found = report_study(files, "potential", said).loaded.review.by_id["potential"]
    assert (found.country, found.design) == ("China", "randomised trial")


def test_a_report_from_a_record(waiting: dict[str, bytes]) -> None:
    text = (
        "PMID- 1\nDP  - 2031 Mar\nTI  - Results of it.\nFAU - Zhao, X\nJT  - J\n"
        "AB  - NCT04320979 and NCT00000009\n"
    )
    record = read_record("x.nbib", text.encode())
    edit = report_study(waiting, "potential", Answers(results=(DFS,)), record)
    found = edit.loaded.review.by_id["potential"]
    assert found.registrations == ("NCT04320979", "NCT00000009")
    source = found.sources["report"]
    assert (source.document, source.access, source.published) == (
        "zhao2031",
        "abstract",
        "2031-03",
    )


def test_the_command_shows_what_changed(
    tmp_path: Path, waiting: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_review(tmp_path, waiting)
    words = ["--outcome", "dfs", "--hr", "0.80", "--ci", "0.66,0.97", "--published", "2031"]
    code = main(["report", "potential", "--root", str(root), *words])
    out, err = capsys.readouterr()
    assert code == 0
    assert "-status: ongoing\n+status: included\n" in out
    assert "(no such file)" not in out
    assert err.endswith(
        f"next: open {FILE} and write what each TODO stands for (living-review check says what "
        "belongs there), then living-review preview\n"
    )
    assert load_review(root).by_id["potential"].status == "included"
    assert main(["report", "potential", "--root", str(root)]) == 1
    assert capsys.readouterr().err == (f"error: {FILE} {INCLUDED}\n1 error; nothing was written\n")


def test_the_questions_after_a_report(waiting: dict[str, bytes]) -> None:
    from analysis.questions import reported

    terminal = answering(
        *("zhao2031", "A report", "Zhao XR", "A journal", "", "2031-02", "1", "Table 2", "me"),
        *("you", "1200", "1198", "median 71 months", "mixed", "nr", "", "0.80", "0.66 to 0.97"),
        *("", "unadj"),
    )
    said = reported(terminal, load(waiting).review, Answers())
    assert terminal.in_.read() == ""
    result = replace(DFS, outcome="dfs", measure="HR")
    assert said == replace(REPORTED, document="zhao2031", results=(result,))


# --- edits of YAML -------------------------------------------------------------------------

WRITTEN = """\
# top
a: 1  # one

b:
  - x   # first
  - y: 2
    z: >-
      folded
      text

# before c
c: [p, "q"]  # list
d: {e: 1}
f:
  g: |
    kept

"""

Edit = Callable[[str], str]
EDITS: list[tuple[Edit, object]] = [
    (lambda t: set_text(t, ("a",), Bare("2")), {"a": 2}),
    (lambda t: set_text(t, ("b", 1, "y"), "word"), {"b": ("x", {"y": "word", "z": "folded text"})}),
    (lambda t: append(t, ("b",), "new"), {"b": ("x", {"y": 2, "z": "folded text"}, "new")}),
    (lambda t: append(t, ("c",), "a: b"), {"c": ("p", "q", "a: b")}),
    (lambda t: append_key(t, ("d",), "h", "new"), {"d": {"e": 1, "h": "new"}}),
    (lambda t: append_key(t, ("f",), "h", {"i": "j"}), {"f": {"g": "kept\n", "h": {"i": "j"}}}),
    (lambda t: set_key(t, "k", "new", after=["a"]), {"k": "new"}),
    (lambda t: set_key(t, "k", ["new"], after=["b", "c"]), {"k": ("new",)}),
    (lambda t: set_key(t, "k", Flow({"l": "m"})), {"k": {"l": "m"}}),
    (lambda t: set_key(t, "d", {"e": "n"}), {"d": {"e": "n"}}),
    (lambda t: set_key(t, "b", "short"), {"b": "short"}),
]


@pytest.mark.parametrize("end", ["", "\n", "\n# the end\n"])
@pytest.mark.parametrize(("edit", "changed"), EDITS)
def test_an_edit_changes_its_place_and_keeps_every_comment(
    edit: Edit, changed: dict[str, object], end: str
) -> None:
    text = WRITTEN.rstrip("\n") + end
    after = edit(text)
    tree = read_tree(after.encode())
    assert tree.mistakes == ()
    before = read_tree(text.encode()).value
    if end == "" and "f" not in changed:
        # `|` keeps the line end that its text has, or gets from a further line.
        before = {**before, "f": tree.value["f"]}
    assert tree.value == {**before, **changed}
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    kept = [c for c in comments if not (c == " first" and changed == {"b": "short"})]
    assert [line.partition("#")[2] for line in after.splitlines() if "#" in line] == kept


def test_a_list_that_is_empty_takes_its_first_entry() -> None:
    assert append("a: []\n", ("a",), "x") == "a: [x]\n"
    assert append("a: []  # none\n", ("a",), {"x": "y", "z": ["w"]}) == (
        "a:\n  - x: y\n    z:\n      - w  # none\n"
    )
    assert append_key("a: {}\n", ("a",), "x", "y") == "a: {x: y}\n"


def test_a_key_goes_with_its_value_alone() -> None:
    assert drop_key("a: {b: 1, c: 'x, y'}  # z\n", ("a", "c")) == "a: {b: 1}  # z\n"
    text = "a:\n  b: 1  # one\n  c: >-\n    two\n    lines\nd: 3\n"
    assert drop_key(text, ("a", "c")) == "a:\n  b: 1  # one\nd: 3\n"


def test_a_key_becomes_comment_with_its_value() -> None:
    text = "a: 1\nb: >-\n  two\n  lines\nc: 3\n"
    assert (
        comment_out(text, "b", "Before:") == "a: 1\n# Before:\n# b: >-\n#   two\n#   lines\nc: 3\n"
    )
    assert comment_out("a: 1\nb: x  # y", "b", "Before:") == "a: 1\n# Before:\n# b: x  # y"


def test_an_edit_of_every_study_file_is_one_place() -> None:
    """The files of the real review, whatever is in them."""
    for name, data in read_files(HERE.parent).items():
        if not name.startswith("data/studies/"):
            continue
        text = data.decode()
        after = append_key(text, ("sources",), "another", {"document": "x", "place": "y"})
        gone, came = lines(text.encode(), after.encode())
        assert (gone, came) == ([], ["  another:", "    document: x", "    place: y"])
        value = read_tree(after.encode()).value
        assert value.pop("sources").pop("another") == {"document": "x", "place": "y"}


def test_the_command_asks_where_it_can(
    tmp_path: Path, waiting: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_review(tmp_path, waiting)
    document = ("", "A report", "Zhao XR", "", "", "2031", "abstract", "abstract", "me", "you")
    answers = (*document, "1200", "1198", "", "", "", "", "0.80", "0.66,0.97", "", "nr", "")
    shown = Tty()
    monkeypatch.setattr(sys, "stdin", Tty("".join(f"{line}\n" for line in answers)))
    monkeypatch.setattr(sys, "stderr", shown)
    assert main(["report", "potential", "--root", str(root), "--no-colour"]) == 0
    assert sys.stdin.read() == ""
    found = load_review(root).by_id["potential"]
    assert (found.status, found.citation, found.patients) == ("included", "zhao2031", 2398)


def test_without_a_terminal_nothing_can_be_asked(
    tmp_path: Path, waiting: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_review(tmp_path, waiting)
    assert main(["report", "potential", "--root", str(root), "--ask"]) == 2
    assert capsys.readouterr().err == "error: found no terminal to ask on, wanted one for --ask\n"
    # Without options and without a terminal the study awaits its results.
    assert main(["report", "potential", "--root", str(root)]) == 0
    assert load_review(root).by_id["potential"].status == "awaiting"


def test_with_an_edition_the_next_step_is_to_compare(
    tmp_path: Path, waiting: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    edition = (
        "{version: 1.0.0, released: 2029-01-01, trigger: It is begun., summary: It is begun., "
        "last_search: not reported, living: living, released_by: not stated}"
    )
    editions = f"editions:\n  - {edition}\n".encode()
    root = write_review(tmp_path, {**waiting, "data/editions.yml": editions})
    words = ["--outcome", "dfs", "--hr", "0.80", "--ci", "0.66,0.97", "--published", "2031"]
    assert main(["report", "potential", "--root", str(root), *words]) == 0
    assert capsys.readouterr().err.endswith("belongs there), then living-review diff\n")
