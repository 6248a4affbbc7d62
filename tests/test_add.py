"""`add`: a file that loads, says TODO for what nobody said, and takes any text."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from analysis.add import add_study
from analysis.answers import (
    read_authors,
    read_choice,
    read_count,
    read_counts,
    read_date,
    read_error,
    read_events,
    read_events_of_both,
    read_follow_up,
    read_id,
    read_interval,
    read_level,
    read_number,
    read_numbers,
    read_p,
    read_pair,
    read_period,
    read_registrations,
    read_text,
)
from analysis.bibtex import authors_of, entry, fresh_key, key_of
from analysis.cli import main
from analysis.doi import bare_doi
from analysis.engines.program import run_pandoc
from analysis.errors import DataError
from analysis.found_record import Author, Reference, tidy
from analysis.load import load, load_review, read_files
from analysis.questions import interview
from analysis.record_hints import interval_hint
from analysis.records import Study
from analysis.registry_records import read_record
from analysis.said import Answers, FollowUpSaid, ResultSaid
from analysis.study_edits import Edit, put
from analysis.values import Printed
from analysis.yaml_text import lines_of, scalar
from tests.small_review import small_review, write_review
from tests.terminals import Tty, answering

HERE = Path(__file__).parent
POTENTIAL = HERE / "records/potential.json"
REPOSITORY = HERE.parent
PATIENCE = 60  # seconds in which a program that lives says something
DFS = ResultSaid("DFS", estimate="0.80", ci=("0.66", "0.97"), adjustment="unadjusted")
ZHAO = Answers(label="Zhao 2030", published="2030", results=(DFS,))


@pytest.fixture(scope="module")
def tiny() -> dict[str, bytes]:
    return read_files(HERE / "tiny")


@pytest.fixture(scope="module")
def small() -> dict[str, bytes]:
    return small_review()


@pytest.fixture
def root(tmp_path: Path, small: dict[str, bytes]) -> Path:
    return write_review(tmp_path, small)


def study(edit: Edit) -> Study:
    return edit.loaded.review.by_id[edit.study]


def error_of_load(files: dict[str, bytes]) -> str:
    with pytest.raises(DataError) as caught:
        load(files)
    return str(caught.value)


def error(files: dict[str, bytes], said: Answers) -> str:
    with pytest.raises(DataError) as caught:
        add_study(files, said)
    return str(caught.value)


def todos(edit: Edit) -> list[str]:
    return [p.where for p in edit.loaded.todos if p.place.startswith(edit.file)]


# --- what comes out ------------------------------------------------------------------------


def test_a_study_with_a_result_is_included_and_complete(small: dict[str, bytes]) -> None:
    said = replace(
        ZHAO,
        registrations=("NCT04320979",),
        title="A report",
        authors="Zhao XR; Wang SL",
        journal="A journal",
        place="Table 2",
        access="full text",
        extracted_by="A. Reader",
        checked_by="not reported",
        country="China",
        design="randomised trial",
        population="N+",
        recruitment=("2020", "2024-03"),
        n=("1200", "1198"),
        follow_up=FollowUpSaid("71.0", "months", "median"),
        characteristics=(("nodal", "mixed"), ("surgery", "not reported")),
    )
    edit = add_study(small, said)
    found = study(edit)
    assert edit.file == "data/studies/zhao-2030.yml"
    assert (found.id, found.label, found.status) == ("zhao_2030", "Zhao 2030", "included")
    assert (found.patients, found.year, found.citation) == (2398, 2030, "zhao2030")
    assert found.follow_up is not None
    assert found.follow_up.value.as_printed() == "71.0"
    assert found.recruitment is not None
    assert (found.recruitment.start, found.recruitment.end) == ("2020", "2024-03")
    assert found.characteristics["nodal"].value == "mixed"
    assert found.characteristics["surgery"].value is None
    (result,) = found.results
    assert (result.outcome, result.measure, result.adjustment) == ("dfs", "HR", "unadjusted")
    assert result.estimate == Printed(0.8, 2)
    assert result.estimate.as_printed() == "0.80"
    assert found.sources["report"].checked_by is None
    # What nobody said is all that is left to do.
    assert todos(edit) == [
        "quality[0].items[0].level",
        "quality[0].items[1].level",
        "quality[0].overall",
        "quality[0].score",
        "note",
    ]


def test_whatever_is_not_said_says_todo_and_the_file_loads(small: dict[str, bytes]) -> None:
    edit = add_study(small, Answers(label="Zhao 2030"))
    assert study(edit).status == "awaiting"
    assert edit.files[edit.file].decode() == (HERE / "records/zhao-2030.yml").read_text()
    assert edit.remarks == (
        "no result yet: zhao_2030 awaits assessment until `report zhao_2030 --document zhao2030` "
        "gives one",
    )


def test_the_numbers_stand_as_they_were_printed(small: dict[str, bytes]) -> None:
    text = add_study(small, ZHAO).files["data/studies/zhao-2030.yml"].decode()
    assert "    estimate: 0.80\n    ci: [0.66, 0.97]\n    adjustment: unadjusted\n" in text


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (Answers(status="ongoing"), "ongoing"),
        (Answers(status="excluded", reason="not the question"), "excluded"),
        (Answers(status="excluded"), "excluded"),
        (Answers(status="superseded", superseded_by="kim"), "superseded"),
        (Answers(status="retracted", retracted="2031-02"), "retracted"),
        (Answers(status="included"), "awaiting"),
        (Answers(results=(DFS,)), "included"),
    ],
)
def test_every_status_gives_a_file_that_loads(
    small: dict[str, bytes], said: Answers, status: str
) -> None:
    assert study(add_study(small, replace(said, label="X"))).status == status


def test_counts_of_events_for_another_review(tiny: dict[str, bytes]) -> None:
    result = ResultSaid("tb", events=("4", "11"), adjustment="unadjusted")
    said = Answers(label="Vandiviere 1973", n=("2545", "629"), results=(result,))
    found = study(add_study(tiny, said))
    assert found.results[0].measure == "RR"
    assert [(g.arm, g.events, g.n) for g in found.results[0].groups] == [
        ("bcg", 4, 2545),
        ("no_bcg", 11, 629),
    ]


def test_a_registered_study(small: dict[str, bytes]) -> None:
    edit = add_study(small, Answers(), read_record("x.json", POTENTIAL.read_bytes()))
    found = study(edit)
    assert (found.id, found.status, found.report) == ("potential", "ongoing", None)
    assert (found.design, found.country) == ("randomised trial", "China")
    assert found.registrations == ("NCT04320979",)
    (planned,) = found.planned
    assert (planned.n, planned.primary_outcome, planned.completion) == (2400, "dfs", "2030-05-31")
    assert found.sources["registry"].access == "registry"
    assert found.sources["registry"].published == "2026-01-12"
    assert found.citation == "nct04320979"
    assert todos(edit) == [
        "sources.registry.extracted_by",
        "sources.registry.checked_by",
        "recruitment.end",
        "planned[0].assumed_ratio",
        "planned[0].events",
    ]


def test_an_option_comes_before_the_record(small: dict[str, bytes]) -> None:
    found = read_record("x.json", POTENTIAL.read_bytes())
    said = Answers(label="Trial A", country="PR China", planned_n="1800", primary_outcome="os")
    edit = add_study(small, said, found)
    one = study(edit)
    assert (one.id, one.country) == ("trial_a", "PR China")
    assert (one.planned[0].n, one.planned[0].primary_outcome) == (1800, "os")


def test_two_primary_outcomes_name_none(small: dict[str, bytes]) -> None:
    whole = json.loads(POTENTIAL.read_text())
    whole["protocolSection"]["outcomesModule"]["primaryOutcomes"].append(
        {"measure": "Overall survival"}
    )
    found = read_record("x.json", json.dumps(whole).encode())
    assert study(add_study(small, Answers(), found)).planned[0].primary_outcome is None


def test_a_completed_study_awaits_its_report(small: dict[str, bytes]) -> None:
    text = POTENTIAL.read_text().replace("RECRUITING", "COMPLETED")
    edit = add_study(small, Answers(), read_record("x.json", text.encode()))
    assert study(edit).status == "awaiting"
    assert study(edit).reason == "The registry says completed. TODO: look for a report."


# --- references and searches ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "id_", "file"),
    [
        ("Weiß 2025", "weiss_2025", "weiss-2025"),
        ("WEIẞ 2025", "weiss_2025", "weiss-2025"),
        ("Łuczak 2025", "luczak_2025", "luczak-2025"),
        ("Øster Sjøgren 2025", "oster_sjogren_2025", "oster-sjogren-2025"),
        ("Ǿrsted 2025", "orsted_2025", "orsted-2025"),
        ("Æbelø 2025", "aebelo_2025", "aebelo-2025"),
        ("Cœur 2025", "coeur_2025", "coeur-2025"),
        ("Đorđević 2025", "dordevic_2025", "dordevic-2025"),
        ("Þórðarson 2025", "thordarson_2025", "thordarson-2025"),
        ("Işıl İnan 2025", "isil_inan_2025", "isil-inan-2025"),
        # As ever: letters with an accent.
        ("Müller-Çelik 2025", "muller_celik_2025", "muller-celik-2025"),
    ],
)
def test_letters_that_are_no_accented_ones_stay_in_an_id(
    small: dict[str, bytes], label: str, id_: str, file: str
) -> None:
    edit = add_study(small, Answers(label=label, status="ongoing", authors=label[:-5]))
    assert (edit.study, edit.file) == (id_, f"data/studies/{file}.yml")
    assert edit.loaded.review.by_id[id_].label == label


def test_the_key_of_a_reference_keeps_them_too() -> None:
    assert fresh_key(Reference(authors=authors_of("Weiß A"), published="2025"), ()) == (
        fresh_key(Reference(authors=authors_of("Weiss A"), published="2025"), ())
    )


def test_a_document_that_is_cited_already_is_not_cited_twice(small: dict[str, bytes]) -> None:
    by_key = add_study(small, replace(ZHAO, document="kim2015"))
    assert "data/references.bib" not in by_key.files
    assert study(by_key).citation == "kim2015"
    by_doi = add_study(small, replace(ZHAO, doi="10.1000/KIM_2015"))
    assert "data/references.bib" not in by_doi.files
    assert study(by_doi).citation == "kim2015"


def test_without_a_search_a_targeted_reading_is_begun_and_then_taken(
    small: dict[str, bytes],
) -> None:
    first = add_study(small, ZHAO)
    files = {**small, **first.files}
    second = add_study(files, replace(ZHAO, label="Zhao 2031"))
    searches = {one.id: one for one in second.loaded.review.searches}
    assert searches["targeted_reading"].studies == ("zhao_2030", "zhao_2031")
    assert searches["targeted_reading"].kind == "targeted reading"
    assert searches["targeted_reading"].date is None
    # The reading is described: what comes later was not found by it.
    done = second.files["data/searches.yml"].replace(b"date: TODO", b"date: 2030-05")
    third = add_study(
        {**files, **second.files, "data/searches.yml": done}, replace(ZHAO, label="Zhao 2032")
    )
    searches = {one.id: one for one in third.loaded.review.searches}
    assert searches["targeted_reading_2"].studies == ("zhao_2032",)


def test_the_search_that_is_named_takes_the_study(small: dict[str, bytes]) -> None:
    edit = add_study(small, Answers(label="X", status="ongoing", search="first"))
    assert edit.loaded.review.searches[0].studies[-1] == "x"
    named = add_study(small, replace(ZHAO, search="my_reading"))
    assert named.loaded.review.searches[-1].id == "my_reading"


def test_a_search_begun_with_nearly_the_name_of_another_is_remarked(
    small: dict[str, bytes],
) -> None:
    for search, remarks in {
        "frist": (
            "began the search frist, a targeted reading; there is first: if that was meant, "
            "move the study to it in data/searches.yml and take frist out",
        ),
        "my_reading": (),
        None: (),
    }.items():
        edit = add_study(small, replace(ZHAO, search=search))
        assert edit.remarks == remarks
        assert edit.loaded.review.searches[-1].id == (search or "targeted_reading")
    waiting = add_study(small, Answers(label="X", status="ongoing", search="first"))
    assert waiting.remarks == ()


def test_the_searches_keep_their_comments_and_layout(small: dict[str, bytes]) -> None:
    before = small["data/searches.yml"]
    after = add_study(small, ZHAO).files["data/searches.yml"]
    assert after.startswith(before.rstrip())
    named = add_study(small, Answers(label="X", status="ongoing", search="first"))
    line = b"    studies: [kim, x]  # all of them\n"
    assert named.files["data/searches.yml"] == before.replace(before.splitlines(True)[-1], line)


def test_a_search_that_counted_its_studies_takes_no_further_one(small: dict[str, bytes]) -> None:
    assert error(small, replace(ZHAO, search="first")) == (
        "--search: found first, which counts 1 included and has it, wanted no --search (a "
        "targeted reading is begun), or a new search"
    )
    # A search is entered study by study: each of those that it counted has its place.
    searches = small["data/searches.yml"].replace(b"n: 3}", b"n: 4}")
    searches = searches.replace(b"full_text: 2", b"full_text: 3")
    searches = searches.replace(b"included: 1", b"included: 2")
    files = {**small, "data/searches.yml": searches}
    assert error_of_load(files) == (
        "data/searches.yml:13 searches[0].counts.included: found 2 beside 1 in `studies`, 1 of "
        "them included, wanted the same number: enter the others as awaiting, or leave `counts` "
        "out until all are entered"
    )
    edit = add_study(files, replace(ZHAO, search="first"))
    load({**files, **edit.files})


def test_lines_of_windows_and_a_byte_order_mark_stay(small: dict[str, bytes]) -> None:
    dos = {name: content.replace(b"\n", b"\r\n") for name, content in small.items()}
    dos["data/searches.yml"] = b"\xef\xbb\xbf" + dos["data/searches.yml"]
    edit = add_study(dos, ZHAO)
    for name in ("data/searches.yml", "data/references.bib"):
        assert edit.files[name].startswith(dos[name].rstrip())
        assert edit.files[name].count(b"\n") == edit.files[name].count(b"\r\n")


# --- what is refused -----------------------------------------------------------------------


TAKEN = (
    "found a file of this name, wanted another label (or `report`); to begin it anew, edit that "
    "file, or delete it together with what was added to references.bib and searches.yml"
)


def test_no_file_and_no_id_is_taken_twice(small: dict[str, bytes]) -> None:
    assert error(small, Answers(label="Kim 2015")) == (f"data/studies/kim-2015.yml: {TAKEN}")
    assert error(small, Answers(id="kim", label="Another Kim")) == (
        "--id: found kim, which is the id of data/studies/kim-2015.yml, wanted another"
    )


def test_what_was_said_must_be_possible(small: dict[str, bytes]) -> None:
    assert error(small, Answers()) == (
        "--label: found no name of the study, wanted --label, as 'Kim 2015'"
    )
    assert error(small, Answers(label="瑞金")) == (
        "--id: found no letter for an id in '瑞金', wanted --id"
    )
    assert error(small, replace(ZHAO, results=(replace(DFS, outcome="DFX"),))) == (
        "--outcome: found 'DFX', wanted an outcome that review.yml declares: os, dfs"
    )
    wrong = replace(DFS, ci=("0.9", "1.0"))
    assert error(small, replace(ZHAO, results=(wrong,))) == (
        "data/studies/zhao-2030.yml:30 results[0].estimate: found 0.80 outside its interval "
        "[0.9, 1.0], wanted it inside"
    )
    assert error(small, Answers(label="X", status="superseded")) == (
        "data/studies/x.yml:4 status: found superseded, wanted `superseded_by`: the id of the "
        "study that replaces it"
    )


def test_a_label_in_another_script_with_an_id(small: dict[str, bytes]) -> None:
    edit = add_study(small, Answers(id="ruijin", label="瑞金 2020"))
    assert (edit.file, study(edit).label) == ("data/studies/ruijin.yml", "瑞金 2020")


# --- writing -------------------------------------------------------------------------------


def test_all_files_are_written_or_none(
    root: Path, small: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis import study_edits

    edit = add_study(small, ZHAO)
    write = study_edits.write_file

    def failing(path: Path, content: bytes) -> bool:
        if path.name == "searches.yml" and content != small["data/searches.yml"]:
            raise KeyboardInterrupt
        return write(path, content)

    monkeypatch.setattr(study_edits, "write_file", failing)
    with pytest.raises(KeyboardInterrupt):
        put(root, edit, small)
    assert read_files(root) == small
    monkeypatch.undo()
    put(root, edit, small)
    assert read_files(root) == {**small, **edit.files}


@pytest.mark.parametrize("name", ["data/studies/zhao-2030.yml", "data/references.bib"])
def test_what_changed_meanwhile_is_not_overwritten(
    root: Path, small: dict[str, bytes], name: str
) -> None:
    edit = add_study(small, ZHAO)
    (root / name).write_bytes(b"% somebody's")
    with pytest.raises(DataError) as caught:
        put(root, edit, small)
    assert str(caught.value) == (
        f"{name}: found a file that changed meanwhile, wanted it as it was read"
    )
    assert (root / name).read_bytes() == b"% somebody's"
    assert (root / "data/searches.yml").read_bytes() == small["data/searches.yml"]


# --- any text ------------------------------------------------------------------------------

ANY = st.text().map(tidy).filter(bool)


@given(ANY)
def test_any_text_survives_a_value(text: str) -> None:
    """Ruamel, which this project does not read with, reads the same text."""
    lines = lines_of({"a": text, "b": [{"c": text}]})
    whole = YAML(typ="safe", pure=True).load("\n".join([*lines, f"d: {{e: {scalar(text)}}}", ""]))
    assert whole == {"a": text, "b": [{"c": text}], "d": {"e": text}}


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "1:30",
        "- x",
        "# x",
        "a: b",
        "a #b",
        "{x}",
        "[x]",
        "'",
        '"',
        "~",
        "null",
        "0.80",
        "%",
        "@x",
        "`x`",
        "!x",
        "&x",
        "*x",
        "<0.05",
        "> 5",
        "| a",
        "?",
        "x,",
        "{{ x }}",
        "{{< env >}}",
        "yes",
        "=",
        "word " * 40 + "end",
        "x" * 300,
        "é ü ø 瑞 –",
        "2015",
        "1e3",
        "0x1F",
    ],
)
def test_text_that_yaml_would_read_otherwise(small: dict[str, bytes], text: str) -> None:
    text = text.strip()
    named = "? x" if text == "?" else text  # alone it says that nobody knows
    said = Answers(id="x", label=text, reason=text, country=named, population=named, place=text)
    found = study(add_study(small, replace(said, status="excluded", title=text, authors=text)))
    assert (found.label, found.reason) == (text, text)
    assert (found.country, found.population) == (named, named)
    assert found.sources["report"].place == text


def test_text_of_several_lines_is_none() -> None:
    with pytest.raises(ValueError, match=r"found 'a\\nb', wanted printable text of one line"):
        scalar("a\nb")


NASTY = [
    "A plain title",
    "Effect of {braces} & 50% of $x_1^2$ #1 ~ \\ DNA in Women With pN1",
    "“Quotes”, <i>tags</i> and — dashes",
    "瑞金 trial: überlegen",
]


def test_pandoc_reads_each_reference_as_it_was_meant() -> None:
    references = [
        Reference(
            title=title,
            authors=(Author("van der Berg", "Piet"), Author("A, B & C Group"), Author("Kim")),
            journal="Int. J. & More",
            published="2022-01",
            volume="8",
            number="1 Suppl",
            pages="96-105",
            doi="10.1/x_y(z)",
        )
        for title in NASTY
    ]
    text = "".join(entry(f"k{number}", one) for number, one in enumerate(references))
    done = run_pandoc(["-f", "biblatex", "-t", "csljson"], text.encode(), {}, "test")
    items = json.loads(done.output)
    assert [item["title"] for item in items] == NASTY
    for item in items:
        assert item["DOI"] == "10.1/x_y(z)"
        assert item["container-title"] == "Int. J. & More"
        assert item["author"][1:] == [{"literal": "A, B & C Group"}, {"literal": "Kim"}]
        assert item["issued"] == {"date-parts": [[2022, 1]]}
        assert item["page"] == "96-105"


def test_initials_are_of_any_alphabet_of_capitals() -> None:
    told = "Kim YB, Østergaard Ø; Özdemir Ö and Ιωάννου Γ"
    assert [(one.family, one.given) for one in authors_of(told)] == [
        ("Kim", "YB"), ("Østergaard", "Ø"), ("Özdemir", "Ö"), ("Ιωάννου", "Γ"),
    ]  # fmt: skip


def test_keys_are_fresh() -> None:
    kim = Reference(authors=(Author("Kim", "Yong Bae"),), published="2022-01")
    assert fresh_key(kim, ()) == "kim2022"
    assert fresh_key(kim, ("kim2022", "kim2022_2")) == "kim2022_3"
    assert fresh_key(Reference(authors=(Author("van der Høj", "P"),)), ()) == "vanderhoj"
    assert fresh_key(Reference(authors=(Author("The KROG Group"),)), ()) == "krog"
    assert fresh_key(Reference(title="21 gene score"), ()) == "d21"
    assert fresh_key(Reference(authors=(Author("瑞金"),)), ()) == "document"


@pytest.mark.parametrize(
    ("label", "published", "key"),
    [
        ("Nowak 2019", "2019-02", "nowak2019"),
        ("Nowak 2019a", "2019", "nowak2019"),
        ("Nowak 2018", "2019", "nowak20182019"),
        ("Nowak 2019", None, "nowak2019"),
        ("Giannotti", None, "giannotti"),
        ("New BCG", "2019", "newbcg2019"),
    ],
)
def test_the_year_of_a_label_is_not_in_the_key_twice(
    small: dict[str, bytes], label: str, published: str | None, key: str
) -> None:
    edit = add_study(small, Answers(label=label, published=published))
    assert study(edit).sources["report"].document == key


@pytest.mark.parametrize(
    "doi", ["10.9999/x", "doi:10.9999/x", "http://dx.doi.org/10.9999%2Fx", "doi.org/10.9999/x."]
)
def test_a_doi_is_stored_bare(root: Path, capsys: pytest.CaptureFixture[str], doi: str) -> None:
    code, _, _ = run(capsys, "add", "--root", str(root), "--label", "X", "--doi", doi)
    assert code == 0
    assert "  doi = {10.9999/x},\n" in (root / "data/references.bib").read_text()


def test_a_document_is_found_by_its_doi_or_address() -> None:
    text = "@article{a, doi = {10.1/x}}\n@misc{b,\n url = {https://example.org/1}\n}\n"
    assert key_of(Reference(doi="10.1/X"), text) == "a"
    assert key_of(Reference(url="https://example.org/1"), text) == "b"
    assert key_of(Reference(doi="10.1/xy"), text) is None
    assert key_of(Reference(), text) is None


@pytest.mark.parametrize(
    ("text", "authors"),
    [
        ("Kim YB; Byun HK", (Author("Kim", "YB"), Author("Byun", "HK"))),
        ("Kim, Yong Bae and Lee, J.", (Author("Kim", "Yong Bae"), Author("Lee", "J."))),
        ("A Study Group", (Author("A Study Group"),)),
        ("Kim YB, van der Berg J", (Author("Kim", "YB"), Author("van der Berg", "J"))),
        *(
            (text, (Author("Smith", "J."), Author("Doe", "K."), Author("Roe", "P.")))
            for text in (
                "Smith J., Doe K. and Roe P.",
                "Smith J., Doe K., and Roe P.",
                "Smith J., Doe K. & Roe P.",
                "Smith J.; Doe K., Roe P.",
                "Smith, J. and Doe, K. and Roe, P.",
                "Smith, J.; Doe, K.; Roe, P.",
            )
        ),
    ],
)
def test_authors_as_people_type_them(text: str, authors: tuple[Author, ...]) -> None:
    assert authors_of(text) == authors


# --- reading what is said ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        (read_count, "1,197", "1197"),
        (read_count, "NR", "not reported"),
        (read_text, "N/A", "not reported"),
        (read_counts, "100, 98", ("100", "98")),
        (read_counts, "1,231; 1,220", ("1231", "1220")),
        (read_counts, "05,10", ("5", "10")),
        (read_counts, "1 231 / 98", ("1231", "98")),
        (read_number, "0·80", "0.80"),
        (read_number, ".80", "0.80"),
        (read_number, "−0.5", "-0.5"),
        (read_interval, "0.66,0.97", ("0.66", "0.97")),
        (read_interval, "[0.66, 0.97]", ("0.66", "0.97")),
        (read_interval, "0·66–0·97", ("0.66", "0.97")),
        (read_interval, "0.66-0.97", ("0.66", "0.97")),
        (read_interval, "-0.5 to 0.97", ("-0.5", "0.97")),
        (read_p, "P = 0.02", "0.02"),
        (read_p, "< .001", "<0.001"),
        (read_level, "99%", "0.99"),
        (read_date, "2016-02", "2016-02"),
        (read_period, "2001-2009", ("2001", "2009")),
        (read_period, "2001-03 to 2009-06", ("2001-03", "2009-06")),
        (read_period, "nr", ("not reported", "not reported")),
        (read_follow_up, "71 months median", FollowUpSaid("71", "months", "median")),
        (read_follow_up, "median 13.7 years", FollowUpSaid("13.7", "years", "median")),
        (read_follow_up, "5 years", FollowUpSaid("5", "years")),
        (read_numbers, "12.1, −14", ("12.1", "-14")),
        (read_numbers, "-5.1,-1.3", ("-5.1", "-1.3")),
        (read_number, "–0.40", "-0.40"),
        (read_interval, "-5.1,-1.3", ("-5.1", "-1.3")),
        (read_interval, "−5.1 to −1.3", ("-5.1", "-1.3")),
        (read_interval, "–5.1, –1.3", ("-5.1", "-1.3")),
        (read_interval, "(-5.1–0.3)", ("-5.1", "0.3")),
        (read_registrations, "NCT04803266, ISRCTN1", ("NCT04803266", "ISRCTN1")),
        (read_registrations, "nct 0480-3266", ("NCT04803266",)),
        (read_follow_up, "12 weeks", FollowUpSaid("12", "weeks")),
        (read_follow_up, "1 day", FollowUpSaid("1", "days")),
        (read_follow_up, "not reported", "not reported"),
        (read_pair, "nodal = mixed", ("nodal", "mixed")),
        (read_text, " a\nb ", "a b"),
        (lambda text: read_choice(text, ("randomised trial", "cohort")), "2", "cohort"),
        (
            lambda text: read_choice(text, ("randomised trial", "cohort")),
            "Rand",
            "randomised trial",
        ),
        (lambda text: read_choice(text, ("a", "b")), "nr", "not reported"),
    ],
)
def test_what_is_read(reader: object, text: str, value: object) -> None:
    assert callable(reader)
    assert reader(text) == value


@pytest.mark.parametrize(
    ("reader", "text", "message"),
    [
        (read_id, "Kim", "found 'Kim', wanted lower-case letters, digits and _, a letter first"),
        (read_text, " ", "found nothing, wanted text"),
        (read_count, "12.5", "found '12.5', wanted a whole number"),
        (read_count, "-3", "found '-3', wanted a whole number"),
        (read_number, "about 1", "found 'about 1', wanted a number, as 0.80"),
        (read_interval, "0.97", "found '0.97', wanted lower,upper, as 0.66,0.97"),
        (read_interval, "0.97,0.66", "found '0.97,0.66', wanted lower < upper"),
        (
            read_interval,
            "0,68-0,99",
            "found '0,68-0,99', wanted decimal points, as 0.68,0.99",
        ),
        # Thousands: with points it would be another number.
        (read_interval, "12,100-13,200", "found '12,100-13,200', wanted lower,upper, as 0.66,0.97"),
        (read_number, "٣", "found '٣', wanted a number, as 0.80"),
        (read_interval, "١,٥", "found '١,٥', wanted lower,upper, as 0.66,0.97"),
        (
            read_interval,
            "[0,68; 0,99]",
            "found '[0,68; 0,99]', wanted decimal points, as 0.68,0.99",
        ),
        (
            read_interval,
            "0.66,",
            "found '0.66,', wanted what follows the comma (in a command without a space, or "
            "all in quotes)",
        ),
        *(
            (
                read_number,
                text,
                f"found '{text}', wanted the number alone, as 0.55, and its interval apart (--ci)",
            )
            for text in ("0.55 (0.3-1.0)", "0.55 [0.3; 1]", "0.55, 95% CI 0.3 to 1.0")
        ),
        (read_number, "0.55 (2)", "found '0.55 (2)', wanted a number, as 0.80"),
        (
            read_events,
            "10/100,20/100",
            "found '10/100,20/100', wanted events alone, as 10,20, and patients in --n",
        ),
        (
            read_events,
            "10,",
            "found '10,', wanted what follows the comma (in a command without a space, or "
            "all in quotes)",
        ),
        (read_events, "10,x", "found '10,x', wanted whole numbers, as 100,98"),
        (
            read_counts,
            "2,001,1,998",
            "found '2,001,1,998', wanted no comma inside a number, as 100,98",
        ),
        *(
            (
                read_p,
                text,
                f"found '{text}', wanted a P value from 0 to 1, or <0.001 (what else is printed: "
                "in `note` of the result)",
            )
            for text in ("NS", "p = n.s.", ">0.05")
        ),
        (read_p, "0,04", "found '0,04', wanted a number with a decimal point, as 0.04"),
        (read_error, "-0.1", "found '-0.1', wanted a standard error above 0"),
        (read_p, "1.2", "found '1.2', wanted a P value from 0 to 1, or <0.001"),
        (read_level, "0", "found '0', wanted a level between 0 and 1, as 0.95"),
        (read_date, "2016-13", "found '2016-13', wanted a date as YYYY, YYYY-MM or YYYY-MM-DD"),
        (read_date, "0000", "found '0000', wanted a date as YYYY, YYYY-MM or YYYY-MM-DD"),
        (
            read_date,
            "2015-02-29",
            "found '2015-02-29', wanted a day of the calendar",
        ),
        (
            read_period,
            "2001",
            "found '2001', wanted start,end, as 2001,2009 or 2001-03,2009-06",
        ),
        (
            read_follow_up,
            "long",
            "found 'long', wanted a length in days, weeks, months or years, as '71 months median'",
        ),
        (read_pair, "nodal", "found 'nodal', wanted name=value, as stage=early"),
        (
            read_number,
            "52,3",
            "found '52,3', wanted a number with a decimal point, as 52.3",
        ),
        (
            read_registrations,
            "ISRCTN1, NCT 0123",
            "found 'NCT 0123', wanted NCT and eight digits, as NCT04803266",
        ),
        (
            read_authors,
            "Kim, Lee, Park, Cho",
            "found 'Kim, Lee, Park, Cho', wanted '; ' between authors, as Kim YB; Byun HK",
        ),
        (
            read_authors,
            "Smith J., Doe K. and The Group",
            "found 'Smith J., Doe K. and The Group', wanted '; ' between authors, as Kim YB; "
            "Byun HK",
        ),
        *(
            (
                read_authors,
                text,
                f"found '{text}', wanted the names of all authors, as Kim YB; Byun HK",
            )
            for text in ("Smith J et al.", "Smith J, Doe K, et al", "Smith J and others")
        ),
        (bare_doi, "PMC123", "found 'PMC123', wanted a DOI, as 10.1001/jamaoncol.2021.6036"),
        (bare_doi, "10.1/x", "found '10.1/x', wanted a DOI, as 10.1001/jamaoncol.2021.6036"),
        (read_events_of_both, "4", "found '4', wanted intervention,control, as 12,20"),
        (read_events, "4,11,2", "found '4,11,2', wanted intervention,control, as 12,20"),
        (read_numbers, "12", "found '12', wanted intervention,control, as 12.1,14.0"),
        (
            read_numbers,
            "12,1; 14,0",
            "found '12,1; 14,0', wanted decimal points, as 12.1,14.0",
        ),
        (read_numbers, "12,x", "found '12,x', wanted intervention,control, as 12.1,14.0"),
        (
            lambda text: read_choice(text, ("cohort a", "cohort b")),
            "cohort",
            "found 'cohort', wanted one of: cohort a | cohort b",
        ),
        (
            lambda text: read_choice(text, ("a", "b"), known=True),
            "nr",
            "found 'nr', wanted one of: a | b",
        ),
    ],
)
def test_what_cannot_be_read(reader: object, text: str, message: str) -> None:
    assert callable(reader)
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole text is compared
        reader(text)
    assert str(caught.value) == message


# --- asking --------------------------------------------------------------------------------


def test_the_questions_give_the_same_study_as_the_options(small: dict[str, bytes]) -> None:
    terminal = answering(
        *("Zhao 2030", "", "included", "", "kim2015", "2015", "abstract", "abstract", "me", "nr"),
        *("China", "1", "N+", "2020-2024", "1200", "1,198", "71 months median"),
        *("mixed", "", "", "0.80", "0.66-0.97", "", "unadjusted", ""),
    )
    said = interview(terminal, load(small).review, Answers())
    assert terminal.in_.read() == ""
    assert said == Answers(
        label="Zhao 2030",
        status="included",
        document="kim2015",
        published="2015",
        access="abstract",
        place="abstract",
        extracted_by="me",
        checked_by="not reported",
        country="China",
        design="randomised trial",
        population="N+",
        recruitment=("2020", "2024"),
        n=("1200", "1198"),
        follow_up=FollowUpSaid("71", "months", "median"),
        characteristics=(("nodal", "mixed"),),
        results=(ResultSaid("dfs", "HR", "0.80", ("0.66", "0.97"), adjustment="unadjusted"),),
    )


def test_an_answer_that_cannot_be_read_is_asked_again(small: dict[str, bytes]) -> None:
    said = Answers(label="X", id="x", registrations=("NCT04320979",), document="kim2015")
    terminal = answering(
        *("perhaps", "ongoing", "2020", "registry", "x", "me", "me", "China", "1", "N+"),
        *("2020,", "nr", "many", "2400", "dfs", "2030", "", "", ""),
    )
    found = interview(terminal, load(small).review, said)
    assert (found.planned_n, found.primary_outcome, found.completion) == ("2400", "dfs", "2030")
    shown = terminal.err
    assert isinstance(shown, StringIO)
    assert (
        "found 'perhaps', wanted one of: included | ongoing | awaiting | excluded | superseded "
        "| retracted\n"
    ) in shown.getvalue()
    assert "found 'many', wanted a whole number\n" in shown.getvalue()


def test_a_status_is_no_id_and_an_empty_one_says_what_it_means(small: dict[str, bytes]) -> None:
    said = Answers(label="X", registrations=("NCT04320979",), document="kim2015")
    terminal = answering("included", "x", "")
    with pytest.raises(KeyboardInterrupt):
        interview(terminal, load(small).review, said)
    shown = terminal.err
    assert isinstance(shown, StringIO)
    assert "found 'included', which is a status, wanted an id, or nothing\n" in shown.getvalue()
    assert (
        "Status [1 included, 2 ongoing, 3 awaiting, 4 excluded, 5 superseded, 6 retracted] (empty: "
        "included with a result, awaiting without): "
    ) in shown.getvalue()


def test_an_interval_that_excludes_its_estimate_is_asked_again(small: dict[str, bytes]) -> None:
    from analysis.questions import Asker, ask_result

    outcome = load(small).review.outcome("dfs")
    terminal = answering("0.8", "0.9,1.0", "0.80", "0.66,0.97", "", "")
    result = ask_result(Asker(terminal), outcome)
    assert result is not None
    assert (result.estimate, result.ci) == ("0.80", ("0.66", "0.97"))


@pytest.mark.parametrize(
    ("measure", "answers", "groups"),
    [
        ("RR", ("", "many", "4", "4,11,2", "4,11"), {"events": (4, 11)}),
        ("MD", ("", "12.1; 14", "2.0/2.5"), {"mean": (12.1, 14.0), "sd": (2.0, 2.5)}),
    ],
)
def test_where_there_is_no_estimate_the_arms_are_asked_for(
    tiny: dict[str, bytes],
    measure: str,
    answers: tuple[str, ...],
    groups: dict[str, tuple[float, float]],
) -> None:
    result = asked(tiny, measure, *answers)
    assert result is not None
    said = Answers(label="Vandiviere 1973", n=("2545", "629"), results=(result,))
    (found,) = study(add_study(tiny, said)).results
    assert (found.measure, found.adjustment) == (measure, "unadjusted")
    assert [group.n for group in found.groups] == [2545, 629]
    for name, values in groups.items():
        assert tuple(getattr(group, name) for group in found.groups) == values


@pytest.mark.parametrize(
    ("measure", "hint"), [("SMD", ""), ("GEN", ""), ("HR", " (of the logarithm)")]
)
def test_without_an_interval_the_standard_error_is_asked_for(
    tiny: dict[str, bytes], measure: str, hint: str
) -> None:
    from analysis.questions import Asker, ask_result

    outcome = load(tiny).review.outcome("tuberculosis").model_copy(update={"measure": measure})
    terminal = answering("0.30", "", "0", "0.14", "", "1")
    result = ask_result(Asker(terminal), outcome)
    assert result is not None
    assert (result.estimate, result.ci, result.se) == ("0.30", None, "0.14")
    shown = terminal.err.getvalue()
    assert "  95% interval (as 0.57,1.14; empty: a standard error instead): " in shown
    assert f"  Standard error{hint}: found '0', wanted a standard error above 0" in shown


def test_a_standard_error_is_an_option(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [
        "--label",
        "X",
        "--outcome",
        "os",
        "--hr",
        "0.80",
        "--se",
        "0.14",
        "--adjustment",
        "unadjusted",
    ]
    assert main(["add", *options, "--root", str(root)]) == 0
    assert "+    estimate: 0.80\n+    se: 0.14\n" in capsys.readouterr().out
    assert main(["add", "--label", "Y", "--outcome", "os", "--se", "0", "--root", str(root)]) == 2
    told = capsys.readouterr().err
    assert "argument --se: found '0', wanted a standard error above 0" in told


@pytest.mark.parametrize(("measure", "answers"), [("OR", 2), ("SMD", 2), ("HR", 1)])
def test_without_an_estimate_and_arms_there_is_no_result(
    tiny: dict[str, bytes], measure: str, answers: int
) -> None:
    assert asked(tiny, measure, *[""] * answers) is None


def test_means_want_their_standard_deviations(tiny: dict[str, bytes]) -> None:
    with pytest.raises(KeyboardInterrupt):
        asked(tiny, "SMD", "", "12.1,14", "")


def asked(tiny: dict[str, bytes], measure: str, *answers: str) -> ResultSaid | None:
    """The result that these answers give; none of them is left over."""
    from analysis.questions import Asker, ask_result

    outcome = load(tiny).review.outcome("tuberculosis").model_copy(update={"measure": measure})
    terminal = answering(*answers)
    result = ask_result(Asker(terminal), outcome)
    assert terminal.in_.read() == ""
    return result


def test_ctrl_d_ends_the_questions(small: dict[str, bytes]) -> None:
    with pytest.raises(KeyboardInterrupt):
        interview(answering("X"), load(small).review, Answers())


def test_on_a_terminal_it_asks_and_ctrl_c_writes_nothing(root: Path) -> None:
    """A pseudo-terminal: the questions come, Ctrl-C ends them, the files are as they were."""
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    master, slave = os.openpty()
    command = [sys.executable, "-m", "analysis.cli", "add", "--root", str(root), "--no-colour"]
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=REPOSITORY,
        env={**os.environ, "TERM": "dumb"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        shown = _until(master, "Label, as figures print it (as Kim 2015): ")
        os.write(master, b"Zhao 2030\n")
        shown += _until(master, "Id (empty: made from the label): ")
        for _ in range(PATIENCE // 2):
            # A signal that comes before readline waits for a key is seen with the next one.
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
                break
        shown += _until(master, "interrupted; nothing was changed")
        assert process.returncode == 130
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert "Traceback" not in shown
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert after == before


def _until(terminal: int, text: str) -> str:
    """Return what a terminal shows up to a text; a program that ends before it fails the test."""
    shown = ""
    while text not in shown:
        if not select.select([terminal], [], [], PATIENCE)[0]:
            pytest.fail(f"wanted {text!r}, found no more than: {shown}")
        try:
            shown += os.read(terminal, 4096).decode()
        except OSError:
            pytest.fail(f"wanted {text!r}, found the end after: {shown}")
    return shown


# --- the command ---------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    return code, *capsys.readouterr()


def test_the_command_writes_shows_and_counts(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(
        capsys,
        *("add", "--root", str(root), "--label", "Zhao 2030", "--n", "1200,1198"),
        *("--outcome", "OS", "--hr", "0.85", "--ci", "0.7,1.03", "--adjustment", "unadjusted"),
        *("--outcome", "dfs", "--hr", "0.80", "--ci", "0.66,0.97", "--p", "0.02"),
        *("--adjustment", "multivariable", "--characteristic", "nodal=mixed"),
    )
    assert code == 0
    assert "+++ data/studies/zhao-2030.yml\n" in out
    assert "+  - outcome: os\n+    measure: HR\n+    estimate: 0.85\n+    ci: [0.7, 1.03]\n" in out
    assert "\033[" not in out
    assert err == (
        "data/studies/zhao-2030.yml is written, with 23 TODO left in data/studies/zhao-2030.yml, "
        "data/references.bib, data/searches.yml\n"
        "next: open data/studies/zhao-2030.yml and write what each TODO stands for (living-review "
        "check says what belongs there), then living-review preview\n"
    )
    found = load_review(root).by_id["zhao_2030"]
    assert [(r.outcome, r.adjustment) for r in found.results] == [
        ("os", "unadjusted"),
        ("dfs", "multivariable"),
    ]
    # A second time it is there.
    code, out, err = run(capsys, "add", "--root", str(root), "--label", "Zhao 2030")
    assert (code, out) == (1, "")
    assert err == (f"error: data/studies/zhao-2030.yml: {TAKEN}\n1 error; nothing was written\n")


def test_registrations_may_be_repeated_and_listed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = ("NCT04803266", "NCT04803267,ISRCTN1", "NCT04803266")
    options = [word for number in numbers for word in ("--registration", number)]
    assert run(capsys, "add", "--root", str(root), "--label", "X", *options)[0] == 0
    found = load_review(root).by_id["x"].registrations
    assert found == ("NCT04803266", "NCT04803267", "ISRCTN1")


def test_numbers_below_zero_are_values_of_options(
    tiny: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in tiny.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    code, _, _ = run(
        capsys,
        *("add", "--root", str(tmp_path), "--label", "X", "--n", "40,41"),
        *("--outcome", "tb", "--measure", "MD", "--estimate", "-3.2", "--ci", "-5.1,-1.3"),
        *("--means", "-4.0,-.8", "--sds", "4.2,4.4"),
    )
    assert code == 0
    (found,) = load_review(tmp_path).by_id["x"].results
    assert (found.estimate, found.ci) == (-3.2, (-5.1, -1.3))
    assert [group.mean for group in found.groups] == [-4.0, -0.8]


def test_a_dry_run_writes_nothing(
    root: Path, small: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--from", str(POTENTIAL), "--dry-run")
    code, out, err = run(capsys, "add", "--root", str(root), *words)
    assert code == 0
    assert "+status: ongoing\n" in out
    assert err == "nothing was written (--dry-run)\n"
    assert read_files(root) == small


def test_a_dry_run_says_what_the_writing_would(
    root: Path, small: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    """A hazard ratio of an outcome that is pooled as a mean difference is in no analysis."""
    path = root / "data/review.yml"
    pain = (
        "  - {id: pain, label: Pain, short: Pain, event: pain, measure: MD, unit: points,\n"
        "     favours: [New, Old]}\n"
    )
    plan = "  - {id: pain, title: Pain, outcome: pain, role: primary, origin: added, method: DL}\n"
    text = path.read_text("utf-8").replace("outcomes: [os", "outcomes: [pain, os", 1)
    text = text.replace("characteristics:\n", f"{pain}characteristics:\n", 1)
    path.write_text(text.replace("analyses:\n", f"analyses:\n{plan}", 1), "utf-8")
    words = ("--label", "Zhao", "--outcome", "pain", "--hr", "0.8", "--ci", "0.6,1.1")
    code, _, err = run(capsys, "add", "--root", str(root), *words, "--dry-run")
    assert code == 0
    dry = err.splitlines()
    assert dry[0].endswith(
        " results[0].measure: found HR of pain, which is in no analysis (they pool MD), wanted MD, "
        "or a `reason` why Zhao stays out"
    )
    assert dry[-1] == "nothing was written (--dry-run)"
    _, _, err = run(capsys, "add", "--root", str(root), *words)
    assert err.splitlines()[: len(dry) - 1] == dry[:-1]


def test_without_options_and_without_a_terminal_it_says_what_to_give(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(""))
    code, _, err = run(capsys, "add", "--root", str(root))
    assert code == 2
    assert err == (
        "error: found no option and no terminal to ask on, wanted --label (see --help), "
        "or --from FILE\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--hr", "0.8"), "argument --hr: found before --outcome, wanted --outcome first"),
        (
            ("--outcome", "os", "--ci", "1"),
            "argument --ci: found '1', wanted lower,upper, as 0.66,0.97",
        ),
        (
            ("--status", "done"),
            "argument --status: found 'done', wanted one of: included | ongoing | awaiting | "
            "excluded | superseded | retracted",
        ),
    ],
)
def test_wrong_use(
    root: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    code, _, err = run(capsys, "add", "--root", str(root), *words)
    assert code == 2
    assert err.splitlines()[-1] == f"living-review add: error: {message}"


def test_a_record_that_is_not_there(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "add", "--root", str(root), "--from", "nowhere.json")
    assert (code, err) == (1, "error: nowhere.json: No such file or directory\n")


# --- the command, asking -------------------------------------------------------------------


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> Tty:
    """Let somebody type these lines; return what the terminal shows beside the results."""
    shown = Tty()
    monkeypatch.setattr(sys, "stdin", Tty("".join(f"{line}\n" for line in lines)))
    monkeypatch.setattr(sys, "stderr", shown)
    return shown


SUPERSEDED = ("Zhao 2030", "", "superseded", "kim", *[""] * 15, "first")
RETRACTED = ("Zhao 2030", "zhao", "retracted", "2031-02", *[""] * 15, "first")


@pytest.mark.parametrize(("answer", "written"), [("", True), ("y", True), ("n", False)])
def test_before_writing_it_asks(
    root: Path, small: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, answer: str, written: bool
) -> None:
    shown = typed(monkeypatch, *SUPERSEDED, answer)
    assert main(["add", "--root", str(root), "--no-colour"]) == 0
    assert sys.stdin.read() == ""
    assert ("nothing was written\n" in shown.getvalue()) is not written
    assert (read_files(root) != small) is written
    if written:
        assert load_review(root).by_id["zhao_2030"].superseded_by == "kim"


# Up to the results, of which the first is asked for the outcome os.
BEGUN = ("Zhao 2030", "", "included", "", "kim2015", "2030", *[""] * 4, *[""] * 3, "nr")
BEGUN = (*BEGUN, "1200", "1198", "", "", "", "")
DOUBTED = ("0.67", "0.46,0.91", "", "nr")


def shown_by_add(root: Path, monkeypatch: pytest.MonkeyPatch, *answers: str) -> tuple[int, str]:
    """The exit code and what stood on the terminal; every answer is taken, none is missing."""
    shown = typed(monkeypatch, *answers)
    code = main(["add", "--root", str(root), "--no-colour"])
    assert sys.stdin.read() == ""
    return code, shown.getvalue()


def test_the_reason_of_a_doubted_result_is_asked_for(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = (*BEGUN, *DOUBTED, "", "As printed.", "")
    code, shown = shown_by_add(root, monkeypatch, *answers)
    assert code == 0
    assert (
        "error: data/studies/zhao-2030.yml:31 results[0].ci: found 0.67 (0.46 to 0.91), wanted the "
        "estimate at the geometric midpoint of its interval, which rounding puts between 0.6417 "
        "and 0.6523; dfs pools it: correct it, or give this result a `reason`\n"
    ) in shown
    question = "Disease-free survival, why it stands as printed (empty: answer it again): "
    assert question in capsys.readouterr().out
    (result,) = load_review(root).by_id["zhao_2030"].results
    assert (result.estimate, result.reason) == (0.67, "As printed.")


def test_a_doubted_result_may_be_answered_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = ("", "0.65", "0.46,0.91", "", "nr")
    code, _ = shown_by_add(root, monkeypatch, *BEGUN, *DOUBTED, "", *again, "")
    assert code == 0
    (result,) = load_review(root).by_id["zhao_2030"].results
    assert (result.estimate, result.reason) == (0.65, None)


def test_what_the_answers_cannot_be_together_is_asked_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = [*BEGUN]
    begun[0], begun[13] = "Kim 2015", "2028,2026"
    code, shown = shown_by_add(
        root, monkeypatch, *begun, *("0.80", "0.66,0.97", "", "nr"), "first",
        "Zhao 2030",  # the file of Kim 2015 is there
        "",  # the search has as many studies as it counts
        "2021,2029",
        "",
    )  # fmt: skip
    assert code == 0
    assert [line for line in shown.split("\n") if line.startswith("error")] == [
        f"error: data/studies/kim-2015.yml: {TAKEN}",
        "error: --search: found first, which counts 1 included and has it, wanted no --search (a "
        "targeted reading is begun), or a new search",
        "error: data/studies/zhao-2030.yml:18 recruitment.end: found an end of 2026 before the "
        "start of 2028, wanted the end on or after the start",
    ]
    found = load_review(root).by_id["zhao_2030"]
    assert found.recruitment is not None
    assert (found.recruitment.start, found.recruitment.end) == ("2021", "2029")


RESULT = ("0.80", "0.66,0.97", "", "nr")
PLACE = "data/studies/zhao-2030.yml"


@pytest.mark.parametrize(
    ("at", "wrong", "again", "said", "then"),
    [
        (
            0, ("Kim",), ("zhao_2030",),
            ["--id: found kim, which is the id of data/studies/kim-2015.yml, wanted another"],
            ("label: Kim\n", "id: zhao_2030\n"),
        ),
        (
            BEGUN.index("1200"), ("0", "0"), ("1200", "1198"),
            [
                f"{PLACE}:21 arms.groups[0].n: found 0, wanted at least 1",
                f"{PLACE}:22 arms.groups[1].n: found 0, wanted at least 1",
            ],
            ("{arm: new, n: 1200}\n", "{arm: old, n: 1198}\n"),
        ),
        (
            BEGUN.index("1198") + 1, ("0 months median",), ("71 months median",),
            [f"{PLACE}:24 follow_up.value: found 0, wanted more than 0"],
            ("follow_up: {value: 71, unit: months, statistic: median, source: report}\n",),
        ),
    ],
)  # fmt: skip
def test_only_what_the_error_is_about_is_asked_again(
    root: Path,
    small: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    at: int,
    wrong: tuple[str, ...],
    again: tuple[str, ...],
    said: list[str],
    then: tuple[str, ...],
) -> None:
    begun = (*BEGUN[:at], *wrong, *BEGUN[at + len(wrong) :])
    code, shown = shown_by_add(root, monkeypatch, *begun, *RESULT, "", *again, "")
    assert code == 0
    assert [line for line in shown.split("\n") if line.startswith("error")] == [
        f"error: {one}" for one in said
    ]
    (file,) = read_files(root).keys() - small.keys()
    written = (root / file).read_text()
    assert all(line in written for line in (*then, "    estimate: 0.80\n"))


def test_another_study_that_supersedes_is_asked_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = ["nobody" if answer == "kim" else answer for answer in SUPERSEDED]
    code, shown = shown_by_add(root, monkeypatch, *begun, "kim", "")
    assert code == 0
    assert (
        f"error: {PLACE}:5 superseded_by: found 'nobody', wanted the id of another study: kim\n"
    ) in shown
    assert load_review(root).by_id["zhao_2030"].superseded_by == "kim"


@pytest.mark.parametrize(("answer", "code"), [("", 1), ("y", 0)])
def test_where_no_question_mends_it_nothing_is_lost(
    root: Path,
    small: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    code: int,
) -> None:
    monkeypatch.setattr("analysis.asked_again.asked_again", lambda *_: None)
    found, shown = shown_by_add(root, monkeypatch, *BEGUN, *DOUBTED, "", answer)
    assert found == code
    printed = capsys.readouterr().out
    assert "estimate: 0.67\n" in printed
    assert printed.endswith("Write this with its errors, to be mended in the file? [y/N] ")
    if code:
        assert shown.endswith("nothing was written; what would have been stands above\n")
        assert read_files(root) == small
    else:
        assert "estimate: 0.67\n" in (root / "data/studies/zhao-2030.yml").read_text()


def test_a_characteristic_that_is_read_as_a_number_must_be_one(tiny: dict[str, bytes]) -> None:
    from analysis.questions import Asker, ask_characteristic

    text = tiny["data/review.yml"].decode()
    year = "moderators: [{field: year, label: year of the report (per 10 years), per: 10}]"
    assert year in text
    text = text.replace(year, "moderators: [{field: latitude, label: latitude, number: true}]")
    plan = load({**tiny, "data/review.yml": text.encode()}).review.plan
    field = next(one for one in plan.characteristics if one.id == "latitude")
    terminal = answering("far north", "52,3", "52.3", "nr")
    ask = Asker(terminal)
    assert ask_characteristic(ask, plan, field) == "52.3"
    assert ask_characteristic(ask, plan, field) == "not reported"
    shown = terminal.err
    assert isinstance(shown, StringIO)
    question = "Absolute latitude (a number, as 52.3): "
    assert shown.getvalue() == (
        f"{question}found 'far north', wanted a number, as 0.80\n"
        f"{question}found '52,3', wanted a number with a decimal point, as 52.3\n"
        f"{question}{question}"
    )


def test_a_retracted_study_is_asked_since_when(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, *RETRACTED, "")
    assert main(["add", "--root", str(root)]) == 0
    found = load_review(root).by_id["zhao"]
    assert (found.status, found.retracted) == ("retracted", "2031-02")


def test_what_a_record_says_is_not_asked(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Id, extracted by, checked by, recruited, primary outcome, ratio, events, search; write?
    shown = typed(monkeypatch, "", "me", "you", "", "dfs", "", "", "", "")
    assert main(["add", "--root", str(root), "--from", str(POTENTIAL), "--ask"]) == 0
    assert sys.stdin.read() == ""
    assert "wanted" not in shown.getvalue()
    found = load_review(root).by_id["potential"]
    assert (found.status, found.planned[0].n) == ("ongoing", 2400)
    assert found.sources["registry"].extracted_by == "me"


def test_a_doubtful_result_is_warned_of_and_refused_where_it_is_pooled(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("add", "--root", str(root), "--label", "X", "--outcome", "dfs", "--hr", "0.67")
    words = (*words, "--ci", "0.46,0.91", "--adjustment", "nr")
    code, _, err = run(capsys, *words)
    assert code == 1
    assert "dfs pools it: correct it, or give this result a `reason`\n" in err
    code, _, err = run(capsys, *words, "--subgroup", "nodal=n0")
    assert code == 0
    assert err.startswith("warning: data/studies/x.yml:")
    assert load_review(root).by_id["x"].results[0].subgroup == {"nodal": "n0"}


def test_a_doubtful_result_with_its_reason_is_taken(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, _ = run(
        capsys,
        *("add", "--root", str(root), "--label", "X", "--outcome", "dfs", "--hr", "0.67"),
        *("--ci", "0.46,0.91", "--level", "95%", "--result-reason", "As printed."),
        *("--result-note", "Read twice.", "--total", "1000"),
    )
    assert code == 0
    found = load_review(root).by_id["x"]
    assert (found.results[0].reason, found.results[0].note) == ("As printed.", "Read twice.")
    assert found.arms is not None
    assert found.arms.total == 1000


def test_a_slash_within_not_reported_parts_nothing() -> None:
    assert read_counts("n/a, 98") == ("not reported", "98")
    assert read_counts("100/98") == ("100", "98")


@pytest.mark.parametrize("text", ["0,66", "0.31-0.18", "0.5, 0.5", "٠.١-٠.٣", "0.1, ٣"])
def test_what_is_no_interval_is_not_taken_for_one(text: str) -> None:
    assert interval_hint(text) is None
    assert interval_hint("0.18-0.31") == "[0.18, 0.31]"


@pytest.mark.parametrize(
    ("said", "initials"),
    [
        ("Kim YB; Byun HK", ["Y. B.", "H. K."]),
        ("Kim, Y.B.; Byun, H-K", ["Y. B.", "H.-K."]),
        ("Østergaard Å; van der Berg J", ["Å.", "J."]),
        ("Kim, Yong Bae and Byun, Hwa", ["Yong Bae", "Hwa"]),
        ("SMITH, JOHN and KIM, JUN and LEE, YB", ["JOHN", "JUN", "Y. B."]),
    ],
)
def test_no_initial_of_an_author_is_lost(said: str, initials: list[str]) -> None:
    written = entry("kim2020", Reference(authors=authors_of(said)))
    done = run_pandoc(["-f", "biblatex", "-t", "csljson"], written.encode(), {}, "test")
    assert [author["given"] for author in json.loads(done.output)[0]["author"]] == initials
