"""What the terminal shows: whole numbers at any width, colour where it is wanted, no tricks."""

from __future__ import annotations

import re
import sys
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DataError, Problem, RenderError
from analysis.terminal import Terminal
from analysis.terminal_table import (
    GAP,
    HANG,
    NARROW,
    extent,
    layout,
    table_lines,
    widths_within,
    wrapped,
)
from tests.terminals import Tty, answering

HEAD = ("analysis", "k", "estimate (interval)", "method")
ROWS = [
    ("os", "12", "0.89 (0.79–0.999)", "DerSimonian-Laird, Wald"),
    ("dfs", "8", "0.62 (0.47–0.82)", "REML, Hartung-Knapp"),
]
PROBLEMS = [Problem("data/x.yml:7", "a[0]", "found 1, wanted 2"), Problem("data/y.yml", "", "z")]


def text(stream: object) -> str:
    assert isinstance(stream, StringIO)
    return stream.getvalue()


def table(width: int | None, below: tuple[int, ...] = ()) -> list[str]:
    head, lines = layout(HEAD, ROWS, width, (1,), below)
    return [*head, *lines]


def test_a_table_with_room() -> None:
    assert table(None) == [
        "analysis   k  estimate (interval)  method",
        "────────  ──  ───────────────────  ───────────────────────",
        "os        12  0.89 (0.79–0.999)    DerSimonian-Laird, Wald",
        "dfs        8  0.62 (0.47–0.82)     REML, Hartung-Knapp",
    ]


def test_a_table_without_room_wraps_words_and_cuts_nothing() -> None:
    # Eight and two are needed; what is left of 44 less three gaps is shared by the widest.
    assert table(44) == [
        "analysis   k  estimate        method",
        "              (interval)",
        "────────  ──  ──────────────  ──────────────",
        "os        12  0.89            DerSimonian-",
        "              (0.79–0.999)    Laird, Wald",
        "dfs        8  0.62            REML, Hartung-",
        "              (0.47–0.82)     Knapp",
    ]


def test_a_terminal_too_narrow_for_a_table_has_a_value_a_line() -> None:
    assert table(30) == [
        "os",
        "  k: 12",
        "  estimate (interval): 0.89",
        "    (0.79–0.999)",
        "  method: DerSimonian-Laird,",
        "    Wald",
        "",
        "dfs",
        "  k: 8",
        "  estimate (interval): 0.62",
        "    (0.47–0.82)",
        "  method: REML, Hartung-Knapp",
    ]


def test_columns_for_which_there_is_no_room_stand_below_their_row() -> None:
    assert table(36, below=(3,)) == [
        "analysis   k  estimate (interval)",
        "────────  ──  ───────────────────",
        "os        12  0.89 (0.79–0.999)",
        "  method: DerSimonian-Laird, Wald",
        "dfs        8  0.62 (0.47–0.82)",
        "  method: REML, Hartung-Knapp",
    ]
    # Alignment goes with the column, not with its place.
    assert layout(HEAD, ROWS, 36, (2,), (1, 3))[1] == [
        "os          0.89 (0.79–0.999)",
        "  k: 12",
        "  method: DerSimonian-Laird, Wald",
        "dfs          0.62 (0.47–0.82)",
        "  k: 8",
        "  method: REML, Hartung-Knapp",
    ]
    # Beside each other where there is room, and where nobody watches; a list where even the
    # others have none.
    assert table(44, below=(3,)) == table(44)
    assert table(None, below=(3,)) == table(None)
    assert table(22, below=(3,)) == table(22)


def test_a_line_in_words_is_wrapped_with_its_margin() -> None:
    line = "    sources: [stored copies] → [public pages read]"
    assert wrapped(line, 30) == [
        "    sources: [stored copies] →",
        "      [public pages read]",
    ]
    assert wrapped(line, len(line)) == wrapped(line, None) == [line]
    assert wrapped("os_hk.regressions.middle < 1", 10) == ["os_hk.regressions.middle", "  < 1"]


@given(
    st.lists(st.text("ab1.", min_size=1, max_size=12), min_size=1, max_size=12),
    st.integers(0, 6),
    st.integers(1, 60),
)
def test_wrapped_words_are_all_there_and_no_line_is_too_wide(
    parts: list[str], margin: int, width: int
) -> None:
    line = " " * margin + " ".join(parts)
    lines = wrapped(line, width)
    assert " ".join(lines).split() == parts
    for number, one in enumerate(lines):
        in_ = margin + HANG * (number > 0)
        assert one.startswith(" " * in_)
        assert extent(one) <= max(width, NARROW) or " " not in one.strip()


def test_only_where_somebody_watches_a_line_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    watched, piped = Terminal(out=Tty(), err=Tty()), Terminal(out=StringIO(), err=Tty())
    for terminal in (watched, piped):
        terminal.tell("unchanged: Overall survival; Tuberculosis")
    assert text(watched.out) == "unchanged: Overall\n  survival; Tuberculosis\n"
    assert text(piped.out) == "unchanged: Overall survival; Tuberculosis\n"


CELL = st.text(st.sampled_from("aé瑞1 -–.\u0301"), max_size=12).map(lambda t: " ".join(t.split()))


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=4), st.integers(1, 60))
def test_every_cell_is_whole_and_no_line_is_too_wide(
    rows: list[tuple[str, str, str]], width: int
) -> None:
    widths = widths_within(rows, width)
    if widths is None:
        return
    assert sum(widths) + GAP * 2 <= max(width, 20)
    for row, lines in zip(rows, table_lines(rows, widths), strict=True):
        for line in lines:
            assert extent(line) <= sum(widths) + GAP * 2
        shown = "".join(re.sub(r"[ ─]", "", "".join(lines)))
        assert sorted(shown) == sorted("".join(row).replace(" ", ""))
        assert all(number in " ".join(lines) for number in re.findall(r"[\d.]+", " ".join(row)))


def test_wide_signs_and_accents_keep_the_columns() -> None:
    rows = [("a", "b"), ("瑞金", "x"), ("e\u0301", "y")]
    widths = widths_within(rows, None)
    assert widths == [4, 1]
    assert [block[0] for block in table_lines(rows, widths)] == [
        "a     b",
        "瑞金  x",
        "e\u0301     y",
    ]


def test_tables_stand_apart() -> None:
    terminal = Terminal(out=StringIO(), err=StringIO())
    terminal.table(("a",), [("1",)])
    terminal.table(("b",), [("2",)], title="Second")
    assert text(terminal.out) == "a\n─\n1\n\nSecond\nb\n─\n2\n"


def test_without_a_terminal_nothing_is_coloured_and_no_progress_is_shown() -> None:
    terminal = Terminal(out=StringIO(), err=StringIO())
    with terminal.step("rendering"):
        terminal.problems(PROBLEMS, "warning")
    terminal.table(HEAD, ROWS)
    terminal.diff("a\n", "b\n", "x.yml")
    assert text(terminal.err) == (
        "warning: data/x.yml:7 a[0]: found 1, wanted 2\nwarning: data/y.yml: z\n"
    )
    assert "\033" not in text(terminal.out)


def test_on_a_terminal_progress_is_shown_and_taken_back() -> None:
    terminal = Terminal(colour=False, out=StringIO(), err=Tty())
    with terminal.step("rendering"):
        terminal.remark("engine: pandoc")
    gone = "\r" + " " * 11 + "\r"
    assert text(terminal.err) == f"rendering …{gone}engine: pandoc\nrendering …{gone}"
    quiet = Terminal(quiet=True, out=StringIO(), err=Tty())
    with quiet.step("rendering"):
        pass
    assert text(quiet.err) == ""


def test_progress_is_taken_back_when_a_step_fails() -> None:
    terminal = Terminal(out=StringIO(), err=Tty())

    def fail() -> None:
        with terminal.step("x"):
            raise RenderError("typst: no")

    with pytest.raises(RenderError):
        fail()
    terminal.remark("after")
    assert text(terminal.err) == "x …\r   \rafter\n"


@pytest.mark.parametrize(
    ("asked", "environment", "coloured"),
    [
        (None, {}, True),
        (None, {"NO_COLOR": "1"}, False),
        (None, {"NO_COLOR": ""}, True),
        (None, {"TERM": "dumb"}, False),
        (True, {"NO_COLOR": "1"}, True),
        (False, {}, False),
    ],
)
def test_colour_is_that_of_the_option_then_of_the_environment(
    asked: bool | None,
    environment: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal(colour=asked, out=Tty(), err=Tty())
    terminal.problems(PROBLEMS[1:], "error")
    red = "\033[31merror\033[0m: data/y.yml: z\n"
    assert text(terminal.err) == (red if coloured else "error: data/y.yml: z\n")
    terminal.diff("a\n", "b\n", "x")
    assert ("\033[32m+b\033[0m\n" in text(terminal.out)) == coloured


def test_errors_are_counted() -> None:
    terminal = Terminal(out=StringIO(), err=StringIO())
    terminal.failure(DataError(PROBLEMS))
    assert text(terminal.err).endswith("error: data/y.yml: z\n2 errors; nothing was written\n")
    terminal = Terminal(out=StringIO(), err=StringIO())
    terminal.failure(DataError(PROBLEMS), writes=False)
    assert text(terminal.err).endswith("error: data/y.yml: z\n2 errors\n")
    terminal = Terminal(out=StringIO(), err=StringIO())
    terminal.failure(RenderError("typst: no"))
    assert text(terminal.err) == "error: typst: no\n"


def test_what_stands_in_a_file_does_not_steer_the_terminal() -> None:
    terminal = Terminal(out=StringIO(), err=StringIO())
    terminal.problems([Problem("data/\033[2J.yml", "", "found '\x9b31m'")], "error")
    terminal.table(("a",), [("\033]0;title\a",)])
    terminal.say("two\nlines\tkept")
    assert text(terminal.err) == "error: data/\ufffd[2J.yml: found '\ufffd31m'\n"
    assert "\033" not in text(terminal.out)
    assert text(terminal.out).endswith("two\nlines\tkept\n")


def test_a_terminal_without_greek_is_told_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    bytes_ = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(bytes_, encoding="ascii"))
    terminal = Terminal()
    terminal.say("τ² 5")
    terminal.out.flush()
    assert bytes_.getvalue() == b"\\u03c4\\xb2 5\n"


def test_closed_streams_take_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    terminal = Terminal()
    terminal.say("x")
    terminal.table(HEAD, ROWS)
    terminal.failure(DataError(PROBLEMS))
    assert not terminal.interactive


def test_an_answer_is_stripped_and_the_end_of_the_input_is_an_end() -> None:
    terminal = answering("  yes ")
    assert terminal.interactive
    assert terminal.ask("Sure? ") == "yes"
    assert text(terminal.err) == "Sure? "
    with pytest.raises(KeyboardInterrupt):
        terminal.ask("Sure? ")


def test_a_diff_of_a_new_file_names_no_old_one() -> None:
    terminal = Terminal(out=StringIO(), err=StringIO())
    terminal.diff("", "a: 1\n", "data/x.yml")
    assert text(terminal.out) == "--- (no such file)\n+++ data/x.yml\n@@ -0,0 +1 @@\n+a: 1\n"
