"""`data/` to a Review: strict YAML, every message in full, nothing let through."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from analysis.data_names import is_data_file
from analysis.errors import DataError, Problem
from analysis.load import analysed_hash, attempt, evidence_hash, load, load_review, read_files
from analysis.values import Printed
from analysis.yaml_nodes import MAX_BYTES, read_tree
from analysis.yaml_syntax import syntax_message
from tests.edited_files import edited
from tests.small_review import small_review

HERE = Path(__file__).parent
BROKEN = HERE / "broken"
TINY = HERE / "tiny"
ARONSON = "data/studies/aronson-1948.yml"
# Which file of the tiny review a broken file stands in for, by its folder.
HOMES = {"study": ARONSON, "references": "data/references.bib"}
CASES = sorted(p for p in BROKEN.rglob("*") if p.suffix in (".yml", ".bib"))


@pytest.fixture(scope="module")
def tiny() -> dict[str, bytes]:
    return read_files(TINY)


def problems(files: dict[str, bytes]) -> str:
    with pytest.raises(DataError) as caught:
        load(files)
    return str(caught.value)


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_broken_file_gives_exactly_its_message(case: Path, tiny: dict[str, bytes]) -> None:
    home = HOMES.get(case.parent.name, f"data/{case.parent.name}.yml")
    found = problems({**tiny, home: case.read_bytes()})
    expected = case.with_suffix(".expected.txt").read_text(encoding="utf-8")
    assert found + "\n" == expected


@pytest.mark.parametrize("text", ['" \u00a0x"', '"x\u00a0 "', "\u00a0x ", '"\n\n  \u00a0x"'])
def test_a_no_break_space_behind_a_space_is_told_too(text: str) -> None:
    found = read_tree(f"a: {text}\n".encode())
    assert found.value == {"a": "x"}
    assert [one.message for one in found.mistakes] == [
        "found a no-break space (U+00A0) beside 'x', wanted it without"
    ]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\u0085", "\u2028"])
def test_lines_may_end_as_the_parser_lets_them(end: str) -> None:
    """A comment that cuts a text is looked for on the line that the parser names."""
    found = read_tree(f"a: x{end}b: y #cut{end}".encode())
    assert found.value == {"a": "x", "b": "y"}
    assert [one.message.partition(",")[0] for one in found.mistakes] == [
        "found text that ends before '#cut'"
    ]


def test_a_key_of_nothing_may_end_a_file() -> None:
    assert read_tree(b"?").mistakes


def test_a_title_may_be_folded_and_a_note_have_paragraphs(tiny: dict[str, bytes]) -> None:
    title = load(tiny).review.plan.title
    files = edited(tiny, "data/review.yml", (f"title: {title}\n", "title: >\n  Of\n  trials\n"))
    files = edited(files, ARONSON, ("report: report\n", "report: report\nnote: |\n  A\n\n  B\n"))
    found = load(files).review
    assert found.plan.title == "Of trials"
    assert found.by_id["aronson"].note == "A\n\nB\n"


def test_the_name_of_a_file_is_one_line(tiny: dict[str, bytes]) -> None:
    odd = {f"data/studies/x{blank}y.yml": b"id: [" for blank in "\n\t\x1b\u2028"}
    line = "found a line break or a control character in the name, wanted it without"
    assert problems({**tiny, **odd}) == f"data/studies/x y.yml: {line}"


def test_every_expected_message_has_its_broken_file() -> None:
    expected = {p.name.removesuffix(".expected.txt") for p in BROKEN.rglob("*.expected.txt")}
    assert expected == {case.stem for case in CASES}
    assert len(CASES) >= 170  # the collection has not shrunk


def test_every_error_of_every_file_comes_at_once_in_order(tiny: dict[str, bytes]) -> None:
    files = edited(
        tiny, ARONSON, ("n: 123}\n", "n: -1}\n"), ("events: 4,", "events: -4,"), ("RR", "XX")
    )
    files = edited(files, "data/searches.yml", ("kind: ", "sort: "))
    files["data/references.bib"] += b"@article{colditz1994,\n}\n"
    found = problems(files).split("\n")
    assert [line.split(" ")[0] for line in found] == [
        "data/references.bib:49:",
        "data/searches.yml:3",
        "data/searches.yml:4",
        f"{ARONSON}:20",
        f"{ARONSON}:28",
        f"{ARONSON}:30",
    ]


def test_an_error_in_one_file_hides_no_disagreement_in_another(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, ("status: included", "status: in"))
    comstock = "data/studies/comstock-1974.yml"
    files = edited(files, comstock, ("events: 186, n: 50634", "events: 186, n: 150"))
    assert problems(files) == (
        f"{ARONSON}:4 status: found 'in', wanted one of: included | ongoing | awaiting | "
        "excluded | superseded | retracted\n"
        f"{comstock}:30 results[0].groups[0].events: found 186 events in 150 patients, "
        "wanted no more"
    )


def test_numbers_of_an_unknown_measure_are_not_judged_by_another(tiny: dict[str, bytes]) -> None:
    """A hazard ratio could not be negative, but nobody said that this is one."""
    numbers = "    estimate: -0.5\n    ci: [-1.0, 0.1]\n"
    assert problems(edited(tiny, ARONSON, ("    measure: RR\n", numbers))) == (
        f"{ARONSON}:27 results[0].measure: found no measure, which says HR, of tuberculosis, "
        "wanted measure: RR, as review.yml has it, or another one"
    )


def test_a_total_is_the_sum_of_its_arms_where_all_are_known(tiny: dict[str, bytes]) -> None:
    arms = "    - {arm: no_bcg, n: 139}\n"
    fits = edited(tiny, ARONSON, (arms, f"{arms}  total: 262\n"))
    assert load(fits).review.by_id["aronson"].patients == 262
    assert problems(edited(fits, ARONSON, ("total: 262", "total: 263"))) == (
        f"{ARONSON}:22 arms.total: found 263, wanted 123 + 139 = 262"
    )


def test_events_of_which_an_arm_does_not_tell_its_own_add_up_to_nothing(
    tiny: dict[str, bytes],
) -> None:
    ratio = "    measure: RR\n    events: 15\n    estimate: 0.41\n    ci: [0.13, 1.26]\n"
    files = edited(tiny, ARONSON, ("    measure: RR\n", ratio))
    untold = load(edited(files, ARONSON, ("events: 11, n: 139", "n: 139")))
    assert [study.results[0].events for study in untold.review.studies].count(15) == 1
    assert problems(edited(files, ARONSON, ("events: 11,", "events: 12,"))) == (
        f"{ARONSON}:29 results[0].events: found 15, wanted 4 + 12 = 16, the events of the groups"
    )


# --- files ---------------------------------------------------------------------------------


def test_the_tiny_review_loads_from_its_folder() -> None:
    review = load_review(TINY)
    assert [study.id for study in review.studies] == sorted(study.id for study in review.studies)
    assert review.published is None
    assert review.editions == ()
    assert "aronson1948" in review.citation_keys


def test_no_data_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_review(tmp_path)
    assert str(caught.value) == (
        f"data/: found no folder data/ in {tmp_path}, wanted the folder of a review (see --root)"
    )


def test_files_that_are_missing_or_misplaced(tiny: dict[str, bytes]) -> None:
    files = {name: data for name, data in tiny.items() if not name.endswith(".bib")}
    del files["data/searches.yml"]
    files["data/studies/new.yaml"] = b"id: new\n"
    files["data/study.yml"] = b"id: new\n"
    files["data/studies/old/new.yml"] = b"id: new\n"
    lost = "found no such file, wanted it: every review has one"
    stray = (
        "found a file that nothing reads, wanted one of review.yml, searches.yml, published.yml, "
        "claims.yml, editions.yml, references.bib or studies/*.yml"
    )
    assert problems(files).split("\n") == [
        f"data/references.bib: {lost}",
        f"data/searches.yml: {lost}",
        "data/studies/new.yaml: found a file name in .yaml, wanted .yml",
        f"data/studies/old/new.yml: {stray}",
        f"data/study.yml: {stray}",
    ]


def test_a_file_name_that_is_not_utf_8(tmp_path: Path, tiny: dict[str, bytes]) -> None:
    named = "data/studies/\udcfcber.yml"  # as Python and `git` here give the byte FC
    files = {named if name == ARONSON else name: data for name, data in tiny.items()}
    said = "data/studies/\\xfcber.yml: found a file name that is not UTF-8, wanted one that is"
    assert problems(files) == said
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        load_review(tmp_path)
    assert str(caught.value) == said
    assert evidence_hash(files) != evidence_hash(tiny)


def test_hidden_files_and_backups_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "studies"
    folder.mkdir(parents=True)
    for name in (".#a.yml", "a.yml~", ".a.yml.swp", "a.yml", "notes.md"):
        (folder / name).write_text("id: a\n")
    assert list(read_files(tmp_path)) == ["data/studies/a.yml"]
    assert not is_data_file("data/.git/a.yml")
    assert not is_data_file("other/a.yml")


def test_a_name_that_misses_that_of_a_data_file_by_its_ending(tmp_path: Path) -> None:
    """What Notepad saves as smith.yml.txt, Windows shows as smith.yml."""
    folder = tmp_path / "data" / "studies"
    folder.mkdir(parents=True)
    (folder / ".old").mkdir()
    silent = ("README.md", ".DS_Store", "a.yml~", "a.yml.bak", "a.yml.orig", "notes.txt",
              "forest.png", "#a.yml#", ".b.yml.txt", ".old/c.yml.txt", "a.yml")  # fmt: skip
    for name in silent:
        (folder / name).write_text("id: a\n")
    (folder / "d.yml.txt").mkdir()
    assert list(read_files(tmp_path)) == ["data/studies/a.yml"]
    for name in ("smith.yml.txt", "kim.YML", "lee.yaml.rtf", "../references.bib.txt"):
        (folder / name).write_text("id: a\n")
    said = [str(one) for one in attempt(read_files(tmp_path)).problems]
    assert [one for one in said if "file name" in one] == [
        "data/references.bib.txt: found a file name in .bib.txt, wanted .bib",
        "data/studies/kim.YML: found a file name in .YML, wanted .yml",
        "data/studies/lee.yaml.rtf: found a file name in .yaml.rtf, wanted .yml",
        "data/studies/smith.yml.txt: found a file name in .yml.txt, wanted .yml",
    ]
    # What else is wrong is told beside it.
    assert any(one.startswith("data/studies/a.yml") for one in said)


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "secret").write_text("password")
    (tmp_path / "data" / "review.yml").symlink_to(tmp_path / "secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data" / "studies").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError) as caught:
        read_files(tmp_path)
    assert str(caught.value) == (
        "data/review.yml: found a symbolic link, wanted the file itself\n"
        "data/studies: found a symbolic link, wanted the file itself"
    )


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "review.yml").write_text("title: a\n")

    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(DataError) as caught:
        read_files(tmp_path)
    assert str(caught.value) == (
        "data/review.yml: found a file that cannot be read (Permission denied), "
        "wanted a readable one"
    )


def test_a_file_beyond_its_bound(tiny: dict[str, bytes]) -> None:
    files = {**tiny, ARONSON: tiny[ARONSON] + b"#" * MAX_BYTES}
    assert problems(files) == (
        f"{ARONSON}:1: found {len(files[ARONSON]):,} bytes, wanted at most 1,000,000: "
        "no study needs more"
    )


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(
    mark: bytes, newline: bytes, tiny: dict[str, bytes]
) -> None:
    files = {**tiny, ARONSON: mark + tiny[ARONSON].replace(b"\n", newline)}
    plain = load(tiny).review
    assert load(files).review.studies == plain.studies
    if not mark:
        assert load(files).review.evidence == plain.evidence


# --- the hash of the evidence --------------------------------------------------------------


def test_the_hash_covers_all_but_the_editions(tiny: dict[str, bytes]) -> None:
    plain = evidence_hash(tiny)
    assert evidence_hash({**tiny, "data/editions.yml": b"editions: []\n"}) == plain
    assert evidence_hash({**tiny, "data/notes.md": b"a"}) == plain
    assert evidence_hash(dict(reversed(tiny.items()))) == plain
    changed = {evidence_hash({**tiny, name: data + b" "}) for name, data in tiny.items()}
    assert len(changed | {plain}) == len(tiny) + 1
    # Moving a byte from one file to the next is a change too.
    assert evidence_hash({"data/a.yml": b"ab", "data/b.yml": b"c"}) != evidence_hash(
        {"data/a.yml": b"a", "data/b.yml": b"bc"}
    )


def test_what_the_analyses_rest_on_has_a_hash_of_its_own(tiny: dict[str, bytes]) -> None:
    """A claim that is worded anew makes no comparison with metafor stale."""
    plain = analysed_hash(tiny)
    moving = {
        name for name, data in tiny.items() if analysed_hash({**tiny, name: data + b" "}) != plain
    }
    assert moving == {"data/review.yml", *(name for name in tiny if "/studies/" in name)}


def test_a_renamed_study_file_is_the_same_study(tiny: dict[str, bytes]) -> None:
    files = dict(tiny)
    files["data/studies/zz.yml"] = files.pop(ARONSON)
    assert load(files).review.studies == load(tiny).review.studies


# --- places and TODOs ----------------------------------------------------------------------


def test_a_place_is_file_and_line(tiny: dict[str, bytes]) -> None:
    loaded = load(tiny)
    lines = tiny[ARONSON].decode().split("\n")
    at = lines.index("  - outcome: tuberculosis") + 1
    assert loaded.place(("studies", "aronson", "results", 0)) == f"{ARONSON}:{at}"
    assert (
        loaded.place(("studies", "aronson", "results", 0, "groups", 1, "n"))
        == f"{ARONSON}:{at + 4}"
    )
    # What the file does not say has the line of what would hold it.
    assert loaded.place(("studies", "aronson", "results", 0, "ci")) == f"{ARONSON}:{at}"
    assert loaded.place(("searches", 0, "id")) == "data/searches.yml:3"
    assert loaded.place(("plan", "title")) == "data/review.yml:4"
    assert loaded.place(("claims", 0)) == "data/claims.yml:3"


def test_todos_are_listed_and_count_as_unknown(tiny: dict[str, bytes]) -> None:
    files = edited(
        tiny,
        ARONSON,
        ("country: not reported", "country: TODO"),
        ("design: randomised trial", "design: 'TODO: ask the authors'"),
        ("label: Aronson 1948", "label: Aronson TODO"),
    )
    files = edited(files, "data/references.bib", ("year = {1974}", "year = {TODO}"))
    loaded = load(files)
    study = loaded.review.by_id["aronson"]
    assert study.country is None
    assert study.design is None
    line = files["data/references.bib"].decode().split("\n").index("  year = {TODO},") + 1
    assert [str(todo) for todo in loaded.todos] == [
        f"data/references.bib:{line}: found TODO, wanted the year of the document",
        f"{ARONSON}:3 label: found 'Aronson TODO', wanted what is still to be written",
        f"{ARONSON}:15 country: found TODO, wanted text, or not reported",
        f"{ARONSON}:16 design: found 'TODO: ask the authors', wanted what is still to be written",
    ]
    assert load(tiny).todos == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "design: randomised trial",
            "design: TODO",
            "design: found TODO, wanted randomised trial | non-randomised trial | prospective "
            "cohort | retrospective cohort, or not reported",
        ),
        (
            "allocation: {value: random,",
            "allocation: {value: TODO,",
            "characteristics.allocation.value: found TODO, wanted random | alternate | systematic, "
            "or not reported",
        ),
        (
            "latitude: {value: '44',",
            "latitude: {value: TODO,",
            "characteristics.latitude.value: found TODO, wanted text, or not reported",
        ),
        (
            "- {arm: bcg, n: 123}\n",
            "- {arm: bcg, n: TODO}\n",
            "arms.groups[0].n: found TODO, wanted a whole number, or not reported",
        ),
        (
            "published: 1948",
            "published: TODO",
            "sources.report.published: found TODO, wanted a date as YYYY, YYYY-MM or YYYY-MM-DD "
            "(When the report was published), or not reported",
        ),
        (
            "adjustment: unadjusted",
            "adjustment: TODO",
            "results[0].adjustment: found TODO, wanted unadjusted | multivariable | matched | "
            "weighted | adjusted, or not reported",
        ),
    ],
)
def test_a_todo_says_what_to_write(tiny: dict[str, bytes], old: str, new: str, said: str) -> None:
    (todo,) = load(edited(tiny, ARONSON, (old, new))).todos
    assert str(todo).partition(" ")[2] == said


def test_a_todo_of_an_assessment_names_the_answers_of_its_tool() -> None:
    files = small_review()
    quality = "{tool: nos, items: [{item: cohort, level: TODO}], overall: TODO, score: TODO"
    files["data/studies/kim-2015.yml"] += f"quality: [{quality}, source: report}}]\n".encode()
    assert [todo.message for todo in load(files).todos] == [
        "found TODO, wanted low | high, or not reported",
        "found TODO, wanted low | high, or not reported",
        "found TODO, wanted text (The overall score as stated, as 5 or '≥6'), or not reported",
    ]


@pytest.mark.parametrize(("score", "text"), [("8", "8"), ("7.50", "7.50"), ("'≥6'", "≥6")])
def test_a_score_is_a_number_or_a_text(score: str, text: str) -> None:
    files = small_review()
    quality = f"{{tool: nos, items: [], overall: low, score: {score}, source: report}}"
    files["data/studies/kim-2015.yml"] += f"quality: [{quality}]\n".encode()
    assert load(files).review.by_id["kim"].quality[0].score == text


def test_a_score_of_yes_is_none() -> None:
    files = small_review()
    quality = "{tool: nos, items: [], overall: low, score: true, source: report}"
    files["data/studies/kim-2015.yml"] += f"quality: [{quality}]\n".encode()
    assert problems(files) == (
        "data/studies/kim-2015.yml:19 quality[0].score: found true, wanted text: in quotes, as "
        "'true'; where it is not known, write: not reported"
    )


# --- what is suggested ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "ending"),
    [
        ("unmatched", "unadjusted | multivariable | matched | weighted | adjusted;"),
        ("not weighted", "unadjusted | multivariable | matched | weighted | adjusted;"),
        (
            "unadjustd",
            "unadjusted | multivariable | matched | weighted | adjusted: perhaps unadjusted?;",
        ),
        (
            "multivariate",
            "unadjusted | multivariable | matched | weighted | adjusted: perhaps multivariable?;",
        ),
    ],
)
def test_the_opposite_is_never_suggested(tiny: dict[str, bytes], found: str, ending: str) -> None:
    files = edited(tiny, ARONSON, ("adjustment: unadjusted", f"adjustment: {found}"))
    assert problems(files) == (
        f"{ARONSON}:32 results[0].adjustment: found {found!r}, wanted one of: {ending} where it is "
        "not known, write: not reported"
    )


def test_entries_and_keys_are_shown_as_they_are_written(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, "data/review.yml", ("authors: not stated", "authors: N. Newcomer"))
    assert problems(files) == (
        "data/review.yml:10 about.authors: found 'N. Newcomer', wanted a list: [{name: …, "
        "affiliation: …}], or one '- ' a line; where it is not known, write: not reported"
    )
    files = edited(tiny, "data/review.yml", ("authors: not stated", "authors: [N. Newcomer]"))
    assert problems(files) == (
        "data/review.yml:10 about.authors[0]: found 'N. Newcomer', wanted keys and values, each on "
        "its line under this key, or {name: …, affiliation: …}"
    )


def test_a_word_that_holds_todo_is_none(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, ("label: Aronson 1948", "label: TODOROV 1948"))
    assert load(files).todos == ()


# --- YAML 1.2 ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("off", "off"),
        ("1:30", "1:30"),
        ("2016-02-01", "2016-02-01"),
        ("1_000", "1_000"),
        ("12,705", "12,705"),
        ("012", 12),
        ("0o14", 12),
        ("0xC", 12),
        ("+12", 12),
        ("0b1", "0b1"),
        ("-0x1F", "-0x1F"),
        ("+0o7", "+0o7"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("'null'", "null"),
        ("'0.70'", "0.70"),
        ("+", "+"),
        ("-", "-"),
        ("1e", "1e"),
        ("<0.001", "<0.001"),
        ("{{< env HOME >}}", None),
    ],
)
def test_scalars_have_the_meaning_of_yaml_1_2(text: str, value: object) -> None:
    if text.startswith("{"):
        assert read_tree(f"a: '{text}'".encode()).value == {"a": text}
        return
    found = read_tree(f"a: {text}\n".encode()) if text != "-" else read_tree(b"a: '-'")
    assert found.mistakes == ()
    assert found.value == {"a": value}
    assert type(found.value["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "decimals", "printed"),
    [
        ("0.70", 2, "0.70"),
        ("1.", 0, "1"),
        (".5", 1, "0.5"),
        ("-0.10", 2, "-0.10"),
        ("1.5e-3", 4, "0.0015"),
        (".5e1", 0, "5"),
    ],
)
def test_a_number_keeps_its_printed_decimals(text: str, decimals: int, printed: str) -> None:
    number = read_tree(f"a: {text}".encode()).value["a"]
    assert type(number) is Printed
    assert (number.decimals, number.as_printed(), float(number)) == (decimals, printed, float(text))


# Where the other reader leaves YAML 1.2 (10.3.2): it wants a sign in the exponent of .5e1, and
# takes 0b1, -0x1F and +0o7 for numbers, which have no place in the core schema.
ELSEWHERE = re.compile(r"[-+]?\.[0-9]+[eE][0-9]+|[-+]?0b[01]+|[-+]0[ox][0-9a-fA-F]+")
PLAIN = st.text(alphabet="0123456789.eE+-xoabfNOtrueyns:~", min_size=1, max_size=8).filter(
    lambda word: not ELSEWHERE.fullmatch(word)
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=5))
@example(["NO", "1:30", "012", "0o17", "1e3", ".5", "+.5", "-", "~", "0x1F"])
def test_plain_scalars_agree_with_another_reader_of_yaml_1_2(words: list[str]) -> None:
    text = "".join(f"k{i}: {word}\n" for i, word in enumerate(words))
    tree = read_tree(text.encode())
    try:
        other = YAML(typ="safe", pure=True).load(io.StringIO(text))
    except (YAMLError, ValueError):
        reject()  # what the other reader cannot read says nothing of this one
    assume(not tree.mistakes)
    assert tree.value == other


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_data_error(data: bytes) -> None:
    files = read_files(TINY)
    with pytest.raises(DataError):
        load({**files, ARONSON: data})


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_raises_anything_but_a_data_error(data: st.DataObject) -> None:
    files = read_files(TINY)
    name = data.draw(st.sampled_from(sorted(files)))
    text = files[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    patch = data.draw(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from([b"null", b"[]", b"{}", b"-1", b"0", b"1e9", b"TODO", b"\n", b"  "]),
        )
    )
    found: tuple[Problem, ...] | None = None
    try:
        load({**files, name: text[:start] + patch + text[end:]})
    except DataError as error:
        found = error.problems
    assert found is None or found
    assert all(problem.place.startswith("data/") for problem in found or ())


def test_text_of_markdown_html_shortcodes_and_jinja_stays_as_it_is(tiny: dict[str, bytes]) -> None:
    text = "**b** <b>x</b> {{< env HOME >}} @key [^1] {{ 7 * 7 }} {% raw %} `r` $x$ #tag"
    files = edited(tiny, ARONSON, ("label: Aronson 1948", f"label: '{text}'"))
    assert load(files).review.by_id["aronson"].label == text


def test_a_complaint_of_another_libyaml_is_passed_on() -> None:
    mark = yaml.Mark("", 0, 1, 0, None, None)
    error = yaml.MarkedYAMLError(None, None, "found a new mistake", mark)
    assert syntax_message(error, "a: 1\nb: 2\n", None) == (
        2,
        "found what YAML cannot read (found a new mistake), wanted YAML",
    )


def test_country_no_is_norway(tiny: dict[str, bytes]) -> None:
    files = edited(tiny, ARONSON, ("country: not reported", "country: NO"))
    assert load(files).review.by_id["aronson"].country == "NO"
