"""The paper as it lies on its pages: what floats, what stays, where long tables break."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence

import pypdf
import pytest

from tests.engine_sample import publish

WORDS = "Radiotherapy of the internal mammary nodes may prevent recurrence of breast cancer. "
APPENDIX = (
    "# A\n\nText [@jia2021].\n\n# References {.unnumbered}\n\n::: {#refs}\n:::\n\n# Appendix\n\n"
)


def lines(pdf: bytes) -> list[str]:
    """The lines of a PDF in the order in which they lie on its pages, top to bottom."""
    out: list[str] = []
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        here: dict[int, str] = {}

        def visit(
            text: str, ctm: list[float], tm: list[float], *_: object, here: dict[int, str] = here
        ) -> None:
            # Where the text is on the page: the matrix of the text within that of the drawing.
            y = round(ctm[3] * tm[5] + ctm[5])
            here[y] = here.get(y, "") + text.replace("\n", "")

        page.extract_text(visitor_text=visit)
        out += [here[y] for y in sorted(here, reverse=True)]
    return out


def places(pdf: bytes, marks: Sequence[str]) -> list[str]:
    """The marks in the order in which they lie in a PDF, one for each line that has it."""
    return [mark for line in lines(pdf) for mark in marks if mark in line]


def figure(name: str) -> str:
    return f"![FIGURE{name}](figures/funnel.svg){{#fig-{name.lower()} fig-alt='Alt'}}\n\n"


def table(name: str, rows: int, words: int = 1) -> str:
    body = "".join(f"| ROW{name}{n:03d} | {'word ' * words} |\n" for n in range(rows))
    return f"| HEAD{name} | B |\n|:--|:--|\n{body}\n: TABLE{name} {{#tbl-{name.lower()}}}\n\n"


def test_what_floats_stays_in_its_section_and_in_its_order() -> None:
    """Sections with too many figures for their text, the hardest case."""
    text, expected = "", []
    for section in "ABCD":
        text += f"# SECTION{section}\n\n{WORDS * 12}\n\n"
        for n in "XYZ":
            text += figure(section + n) + WORDS * 6 + "\n\n" + table(section + n, 12)
            expected += [f"FIGURE{section}{n}", f"TABLE{section}{n}"]
    pdf = publish(text, "pdf")["review.pdf"]
    order = places(pdf, [*(f"SECTION{s}" for s in "ABCD"), *expected])
    assert sorted(order) == sorted([*(f"SECTION{s}" for s in "ABCD"), *expected])
    by_section = ["".join(g) for g in _split(order)]
    assert by_section == [
        f"SECTION{s}" + "".join(mark for mark in expected if mark.removeprefix("FIGURE")
                                .removeprefix("TABLE").startswith(s))
        for s in "ABCD"
    ]  # fmt: skip


def test_text_of_the_next_subsection_fills_the_page_that_a_figure_leaves() -> None:
    """Figures come later then than their text, but in their order, and in their section."""
    text, floats = "# FIRST\n\n", []
    for part in "ABC":
        text += f"## PART{part}\n\n{WORDS * 3}\n\n"
        for n in "XYZ":
            text += figure(part + n) + WORDS + "\n\n"
            floats.append(f"FIGURE{part}{n}")
    marks = ["PARTA", "PARTB", "PARTC", *floats, "SECOND"]
    pdf = publish(f"{text}# SECOND\n\n{WORDS}\n", "pdf")["review.pdf"]
    order = places(pdf, marks)
    assert [mark for mark in order if mark in floats] == floats
    assert order.index("PARTB") < order.index("FIGUREAZ")
    assert order[-1] == "SECOND"


def _split(order: list[str]) -> list[list[str]]:
    out: list[list[str]] = []
    for mark in order:
        if mark.startswith("SECTION"):
            out.append([])
        out[-1].append(mark)
    return out


def test_after_the_references_everything_stays_in_its_place() -> None:
    text, expected = APPENDIX, []
    for n in "ABCDE":
        text += f"BEFORE{n} {WORDS * 5}\n\n{figure(n)}AFTER{n} {WORDS * 3}\n\n{table(n, 12)}"
        expected += [f"BEFORE{n}", f"FIGURE{n}", f"AFTER{n}", f"TABLE{n}", f"ROW{n}011"]
    assert places(publish(text, "pdf")["review.pdf"], expected) == expected


@pytest.mark.parametrize("length", [20, 45])  # the table ends low on a page; high on one
@pytest.mark.parametrize("appendix", ["# A\n\n", APPENDIX])
def test_a_long_table_breaks_between_rows_under_its_head(appendix: str, length: int) -> None:
    text = appendix + WORDS * length + "\n\n" + table("A", 40, words=60) + WORDS + "\n\n"
    pdf = publish(text + figure("A") + figure("B") + table("B", 30), "pdf")["review.pdf"]
    rows = [f"ROWA{n:03d}" for n in range(40)]
    order = places(pdf, [*rows, "TABLEB", "FIGUREA", "FIGUREB"])
    assert order == [*rows, "FIGUREA", "FIGUREB", "TABLEB"]  # nothing comes between them
    pages = [p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert sum("ROWA" in page for page in pages) > 2
    for page in pages:
        assert ("ROWA" in page) == ("HEADA" in page)


@pytest.mark.parametrize("length", [2, 20, 30])
def test_what_floats_before_a_long_table_does_not_come_into_it(length: int) -> None:
    text = f"# A\n\n{WORDS * length}\n\n{figure('A')}{WORDS}\n\n{figure('B')}{WORDS}\n\n"
    pdf = publish(text + table("A", 40, words=60), "pdf")["review.pdf"]
    rows = [f"ROWA{n:03d}" for n in range(40)]
    assert places(pdf, [*rows, "FIGUREA", "FIGUREB"]) == ["FIGUREA", "FIGUREB", *rows]


def test_the_text_of_a_section_comes_before_what_floats_in_it() -> None:
    text = f"# A\n\n## SECTION\n\nFIRST {WORDS * 9}\n\n{figure('A')}LAST {WORDS}\n\n"
    marks = ["SECTION", "FIRST", "LAST", "FIGUREA"]
    assert places(publish(text, "pdf")["review.pdf"], marks) == marks


@pytest.mark.parametrize("length", [2, 25, 28, 31])
def test_a_low_table_does_not_come_before_what_floats_before_it(length: int) -> None:
    text = f"# A\n\n{WORDS * length}\n\n{table('A', 14)}{WORDS}\n\n{table('B', 4)}"
    assert places(publish(text, "pdf")["review.pdf"], ["TABLEA", "TABLEB"]) == ["TABLEA", "TABLEB"]


def test_no_row_is_torn() -> None:
    text = APPENDIX + "".join(
        f"| ROWS{n} | {'word ' * 120} END{n} |\n" if n else "| A | B |\n|:--|:--|\n"
        for n in range(20)
    )
    pdf = publish(text + "\n: TABLE {#tbl-a}\n", "pdf")["review.pdf"]
    pages = [p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    whole = [n for page in pages for n in range(1, 20) if f"ROWS{n}" in page and f"END{n}" in page]
    assert whole.count(7) == 1
    assert set(whole) == set(range(1, 20))


def test_a_part_on_its_side_and_a_page_break_may_stand_among_floats() -> None:
    text = (
        f"# A\n\n{WORDS}\n\n{figure('A')}{{{{< pagebreak >}}}}\n\n{figure('B')}"
        f"::: {{.landscape}}\n## SIDE\n\n{WORDS}\n\n{table('A', 40)}:::\n\n{figure('C')}"
    )
    reader = pypdf.PdfReader(io.BytesIO(publish(text, "pdf")["review.pdf"]))
    wide = [page.mediabox.width > page.mediabox.height for page in reader.pages]
    assert [side for side, _ in itertools.groupby(wide)] == [False, True, False]
    turned = "".join(p.extract_text() for p, w in zip(reader.pages, wide, strict=True) if w)
    assert [mark in turned for mark in ("SIDE", "TABLEA", "ROWA039")] == [True, True, True]


def test_an_interval_of_percentages_or_below_zero_keeps_its_ends() -> None:
    """Without its sign, an end of an interval is another number."""
    text = "".join(f"{'x' * n} [23.1%]{{.num}}–[27.2%]{{.num}} −0.52–−0.31 " for n in range(40))
    found = lines(publish(f"# A\n\n{text}\n", "pdf")["review.pdf"])
    assert sum(line.count("23.1%–27.2%") for line in found) == 40
    assert sum(line.count("−0.52–−0.31") for line in found) == 40


def test_no_interval_is_broken_over_two_lines() -> None:
    text = "".join(
        f"{'x' * n} HR [0.89]{{.num}} ([0.795]{{.num}}–[0.999]{{.num}}) " for n in range(40)
    )
    found = lines(publish(f"# A\n\n{text}\n", "pdf")["review.pdf"])
    assert sum("0.795–0.999" in line for line in found) > 20
    assert not [line for line in found if line.rstrip().endswith("–") or line.startswith("0.999")]


def test_a_word_of_a_table_is_hyphenated_only_where_its_column_is_too_narrow() -> None:
    def rows_of(cell: str, widths: range) -> list[str]:
        text = "".join(
            f"| A | B |\n|:--|:--|\n| {cell} | B |\n\n"
            f": C {{#tbl-{n} tbl-colwidths='[{n},{100 - n}]'}}\n\n"
            for n in widths
        )
        return lines(publish(f"# A\n\n{text}", "pdf")["review.pdf"])

    wide = rows_of("Overall survival: Randomised and non-randomised studies", range(14, 30))
    words = [word for line in wide for word in line.split() if "omised" in word]
    assert len(words) == 32
    assert all(word.lower().endswith("randomised") for word in words)
    for cell, least in (("not recomputable", 6), ("Identification interdisciplinary", 6)):
        for line in rows_of(cell, range(least, least + 4)):
            assert not line.startswith((cell, "interdisciplinary"))


def test_a_line_of_a_table_is_as_full_as_it_can_be() -> None:
    text = "# A\n\n| A | B |\n|:--|:--|\n| Overall survival: Randomised studies | B |\n\n"
    found = lines(publish(f"{text}: C {{#tbl-a tbl-colwidths='[20,80]'}}\n", "pdf")["review.pdf"])
    assert [line for line in found if line.startswith("Overall survival:")]


def test_an_abbreviation_is_not_hyphenated() -> None:
    """Lines of many widths, an abbreviation of seven letters at the end of one after another."""
    text = "".join(f"{'x' * n} ABCDEFG " for n in range(1, 60))
    found = " ".join(lines(publish(f"# A\n\n{text}\n", "pdf")["review.pdf"]))
    assert found.count("ABCDEFG") == 59


@pytest.mark.parametrize("appendix", ["# A\n\n", APPENDIX])
def test_a_row_at_the_top_of_a_page_says_the_group_that_it_goes_on_with(appendix: str) -> None:
    rows = "".join(
        f"| {'GROUP' + chr(65 + n // 20) if n % 20 == 0 else ''} | ROW{n:03d} | {'word ' * 40} |\n"
        for n in range(60)
    )
    text = f"{appendix}| A | B | C |\n|:--|:--|:--|\n{rows}\n: TABLE {{#tbl-a}}\n"
    pages = pypdf.PdfReader(io.BytesIO(publish(text, "pdf")["review.pdf"])).pages
    held = [words for words in (page.extract_text() for page in pages) if "ROW0" in words]
    assert len(held) > 3
    for words in held:
        first = int(words.partition("ROW")[2][:3])
        group = f"GROUP{'ABC'[first // 20]}"
        assert words.index(group) < words.index(f"ROW{first:03d}")
        # And nowhere else but where the group begins.
        shown = [n for n in range(60) if f"ROW{n:03d}" in words]
        assert words.count("GROUP") == len({n // 20 for n in shown})


@pytest.mark.parametrize("length", range(0, 200, 20))
def test_a_low_table_is_split_only_where_a_gap_would_be_left(length: int) -> None:
    """In an appendix, where tables stay in their places; about 100 mm of table."""
    text = APPENDIX + f"{WORDS * length}\n\n" + table("A", 19)
    reader = pypdf.PdfReader(io.BytesIO(publish(text, "pdf")["review.pdf"]))
    pages = [page.extract_text() for page in reader.pages]
    rows = [page.count("ROWA") for page in pages if "ROWA" in page]
    assert sum(rows) == 19
    if len(rows) > 1:
        assert rows[0] >= 7


def test_words_behind_numbers_stand_off_them() -> None:
    """The gap is wider than between words and words: 3.9 mm, 11 points."""
    text = "# A\n\n| A | B |\n|--:|:--|\n| 8 | WORD |\n\n: C {#tbl-a tbl-colwidths='[30,70]'}\n"
    (page,) = pypdf.PdfReader(io.BytesIO(publish(text, "pdf")["review.pdf"])).pages
    at: dict[str, float] = {}

    def visit(text: str, ctm: list[float], tm: list[float], *_: object) -> None:
        at[text.strip()] = ctm[0] * tm[4] + ctm[4]

    page.extract_text(visitor_text=visit)
    digit = 0.5 * 8.6
    assert at["WORD"] - at["8"] - digit > 10.5


def test_a_term_stands_on_the_line_of_what_is_said_of_it() -> None:
    text = "# A\n\nFunding\n:   not *stated* 10%\n\nLicence\n:   CC BY [4.0]{.num key='x'}\n"
    found = [" ".join(line.split()) for line in lines(publish(text, "pdf")["review.pdf"])]
    assert "Funding not stated 10%" in found
    assert "Licence CC BY 4.0" in found
    longer = publish("# A\n\nTerm\n:   One.\n\n    Two.\n", "pdf")["review.pdf"]
    assert places(longer, ["Term", "One.", "Two."]) == ["Term", "One.", "Two."]
