"""The prose of templates: numbers typed in, references to nothing, what nothing refers to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import prose
from analysis.manuscript_texts import todos_of
from analysis.number_words import known_terms, numbers, says_number
from analysis.prose_reader import Node
from analysis.prose_source import without_comments
from analysis.records import FixedTerm
from analysis.template_syntax import STAND_IN, masked, protect
from tests.manuscripts import outcome, problems, tiny, written

FIXED = ("KROG 08-06", "95% CI", "N0", "N1–2", "I²")


def said(text: str, *fixed: str) -> list[str]:
    return [found.word for found in numbers(text, fixed or FIXED)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was 12 and 0.89, (1,234) or 50%.", ["12", "0.89", "1,234", "50%"]),
        ("An 8-year survival; N0, N1–2 and KROG 08-06 pass, KROG 08-07 not.", ["8-year", "08-07"]),
        ("The 95% CI passes; 95% does not.", ["95%"]),
        ("I² passes, x² and ½ do not.", ["x²", "½"]),
        ("XN0 and N01 are not N0.", ["XN0", "N01"]),
        ("Twelve studies, eleven per cent, twenty-two deaths", ["Twelve", "eleven", "twenty-two"]),
        (
            "Two-thirds, ten-year, two-fold, tenfold",
            ["Two-thirds", "ten-year", "two-fold", "tenfold"],
        ),
        (
            "Half of them, twice, a dozen, hundreds; zero",
            ["Half", "twice", "dozen", "hundreds", "zero"],
        ),
        ("The risk doubled or halved", ["doubled", "halved"]),
        ("a third of the patients, one quarter of them", ["third", "quarter"]),
        ("first, second and third; the third of these", []),
        ("two-sided tests, one-sided ones and double-blind trials, leave-one-out", []),
        ("One study, one randomised trial, one of the aims", ["One", "one"]),
        ("one. Study of", []),
        ("the one study, each one, no one, one by one, someone", []),
        ("both, single, none, neither; often, tense, weight, bone", []),
        ("The ten of them.", ["ten"]),
        ("", []),
    ],
)
def test_what_says_a_number(text: str, found: list[str]) -> None:
    assert said(text) == found


@pytest.mark.parametrize(
    "words",
    [
        "zero hundred hundreds thousand thousands million millions billion billions",
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
        "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety",
        "ninety-nine dozen dozens half halves halve halved twice thrice double doubles doubled",
        "triple tripled twofold threefold tenfold ten-year five‑fold ½ ⅓ ⅔ ¼ ¾",
    ],
)
def test_a_word_says_a_number_whatever_stands_around_it(words: str) -> None:
    for word in words.split():
        assert said(f"There were {word}, it said.") == [word]
        assert said(f"({word.capitalize()})") == [word.capitalize()]


@pytest.mark.parametrize("part", ["third", "quarter", "fifth", "tenth"])
@pytest.mark.parametrize("before", ["a", "one", "nearly", "almost", "about"])
def test_a_part_says_a_number_behind_what_makes_it_one(before: str, part: str) -> None:
    assert said(f"In {before} {part} of them") == [part]
    assert said(f"In {before} {part}s of them") == [f"{part}s"]
    assert said(f"In the {part} of them") == []


@pytest.mark.parametrize("before", ["no", "every", "each", "any", "the", "this"])
def test_one_behind_what_points_counts_nothing(before: str) -> None:
    assert said(f"In {before} one trial") == []
    assert said("In one trial") == ["one"]


@pytest.mark.parametrize("counted", ["study", "trial", "woman", "analysis", "per", "percent"])
def test_one_counts_with_at_most_a_word_between(counted: str) -> None:
    assert said(f"one {counted}") == said(f"one such {counted}") == ["one"]
    assert said(f"one of these {counted}") == said(f"such a one, {counted}") == []


@pytest.mark.parametrize(
    "term",
    ["two-sided", "one-tailed", "double-blind", "double-blinded", "double-arm", "leave-one-out"],
)
def test_terms_of_method_pass_with_either_hyphen(term: str) -> None:
    assert said(f"A {term} one") == said(f"A {term.replace('-', '‑')} one") == []


def test_of_fixed_terms_the_longer_covers_first_and_each_covers_every_place() -> None:
    assert said("N0, N0/1 and N0", "N0", "N0/1") == []


def test_a_fixed_term_may_be_broken_by_any_space() -> None:
    assert said("KROG\N{NO-BREAK SPACE}08-06") == []
    assert not says_number("95% CI", FIXED)
    assert says_number("95% CI")


def test_names_of_statistics_and_of_the_plan_s_intervals_are_no_results() -> None:
    known = known_terms([0.95, 0.95, 0.9])
    for text in (
        "heterogeneity by I², τ² and χ²",
        "with 95% CIs (and 90% prediction intervals)",
        "the 95% confidence interval",
        "reported by PRISMA 2020; bias by RoB 2",
        "PRISMA-P 2015, CONSORT 2010, CONSORT 2025, AMSTAR 2; H², R², tau², chi²",
        "95% PI and 95% PIs, 90% CrI, 90% credible intervals, the 95% interval",
    ):
        assert not says_number(text, known), text
    for text in ("99% CI", "I² of 47%", "95% of patients", "95% CI 0.7", "in 2020", "PRISMA 2021"):
        assert says_number(text, known), text


@given(st.text(max_size=60))
def test_a_place_of_a_number_is_where_it_stands(text: str) -> None:
    for word, start in numbers(text):
        assert text[start:].startswith(word)


def lines(text: str, **options: object) -> list[str]:
    """The place and the word of every number that a manuscript types in."""
    out = []
    for problem in problems(text, **options):
        place, _, message = problem.partition(": ")
        out.append(f"{place.removeprefix('review.qmd:')} {message.split(chr(39))[1]}")
    return out


def test_a_number_in_the_text_is_named_with_file_and_line_and_what_was_wanted() -> None:
    assert problems("Text.\n\nHere *twelve*\nstudies.\n") == [
        "review.qmd:3: found the number 'twelve' in the text, wanted a finding, a fixed term of "
        'data/review.yml, or [twelve]{.fixed reason="…"}'
    ]


EVERYWHERE = """\
---
number-sections: true
---

# In a heading 11 {#sec-a}

Text {{ tb.k | count }} and {{
  tb.est | ratio
}} then 12 of
*them **13** 'and 14'* [a 15 link](https://example.org/99) `code 98`.

{% if tb.excludes_null %}
- item 16
- item{% if tb.excludes_null %} 17{% endif %}
{% endif %}

> quoted 18[^n] and ^[inline 19] then 20

1. one
2. two 21

Term 22
:   Definition 23

| Head 24 | b |
|:--------|---|
| cell 25 | c |

: Caption 26 {#tbl-x tbl-colwidths="[97,3]"}

![Caption 27](figures/x96.svg){#fig-x fig-alt="Alternative 95" width="94%"}

::: {.note93 data-x="92"}
In a div 28
:::

| line 29
| block

[^n]: A note 30.

{%# a comment 91 #%}{{< var x90 >}} $x = 31$ and ~~32~~ x^33^ @fig-x @tbl-x [@aronson1948, p. 89] \\
last 34
"""


def test_numbers_are_found_wherever_text_is_read_and_nowhere_else() -> None:
    """The numbers to find are 11 to 34, each once; those that pass are 89 to 99."""
    found = [line.split(" ", 1) for line in lines(EVERYWHERE)]
    assert sorted(word.lstrip("x") for _, word in found) == [*map(str, range(11, 35)), "two"]
    source = EVERYWHERE.split("\n")
    for line, word in found:
        assert word.lstrip("x") in source[int(line) - 1]


def test_fixed_terms_of_the_review_and_fixed_spans_pass() -> None:
    review, _ = tiny()
    term = FixedTerm(term="TB 101", reason="a trial")
    plan = review.plan.model_copy(update={"fixed_terms": (term,)})
    fixed = review.model_copy(update={"plan": plan})
    text = 'TB 101, [six]{.fixed reason="the article says so"} and TB\n101; 102\n'
    assert lines(text, review=fixed) == ["2 102"]


def test_a_code_cell_is_refused_where_it_stands_and_shown_code_is_not() -> None:
    text = "`r` and\n`{r} 1 + 1` and\n\n```r\n1\n```\n\n> ```{python}\n> 1\n> ```\n"
    assert problems(text) == [
        "review.qmd:2: found a code cell {r}, wanted text: no engine runs code",
        "review.qmd:8: found a code cell {python}, wanted text: no engine runs code",
    ]


RAW = """\
A <b>word</b><br>
of mine <!-- <i>aside</i> --> \\newpage, <a href="{{ review.title }}">out</a>

{% if tb.excludes_null %}
> <script>20</script>
{% else %}
```{=html}
<p>Mortality fell by 20%</p>
```
{% endif %}
"""


def test_a_part_that_one_format_alone_can_show_is_refused_where_it_stands() -> None:
    """Nobody reads it: the numbers in it are bound to nothing, and other formats have a gap."""
    wanted = "wanted Markdown, which every format can show"
    claims = [outcome("one", holds=True, text="So.", otherwise="<u>not</u>")]
    assert problems(RAW + '{{ claim("one") }}', claims=claims) == [
        f"{place}: found raw {what}, {wanted}"
        for place, what in (
            ("data/claims.yml:3 claim one (not printed now)", "html `</u>`"),
            ("data/claims.yml:3 claim one (not printed now)", "html `<u>`"),
            ("review.qmd:1", "html `</b>`"),
            ("review.qmd:1", "html `<b>`"),
            ("review.qmd:2", "html `</a>`"),
            ("review.qmd:2", 'html `<a href="{{…}}">`'),
            ("review.qmd:2", r"tex `\newpage`"),
            ("review.qmd:5", "html `<script>20</script>`"),
            ("review.qmd:8", "html `<p>Mortality fell by 20%</p>`"),
        )
    ]


@pytest.mark.parametrize("reason", ["", ' reason=""'])
def test_a_fixed_span_needs_its_reason(reason: str) -> None:
    assert problems(f"a\n\n[six]{{.fixed{reason}}}\n") == [
        'review.qmd:3: found .fixed without a reason, wanted {.fixed reason="…"}'
    ]


def test_a_number_beside_an_expression_is_still_typed_in() -> None:
    assert lines("1{{ tb.k | count }} and {{ tb.k | count }}-year and {{ tb.k | count }}.5") == [
        f"1 1{STAND_IN}",
        f"1 {STAND_IN}.5",
    ]


def test_every_template_is_read_and_an_open_fence_takes_in_no_other() -> None:
    parts = {
        "templates/a.qmd": "```\ncode 1 without an end, so text\n",
        "templates/b.qmd": "::: {.x}\nten\n",
        "templates/c.qmd": "Eleven.\n",
    }
    text = '{% include "templates/a.qmd" %}\n\nTwelve {% include "templates/b.qmd" %}'
    assert [line.split(" in the text")[0] for line in problems(text, parts=parts)] == [
        "review.qmd:3: found the number 'Twelve'",
        "templates/a.qmd:2: found the number '1'",
        "templates/b.qmd:2: found the number 'ten'",
        "templates/c.qmd:1: found the number 'Eleven'",
    ]


def test_the_wording_of_a_claim_is_prose_too() -> None:
    claims = [outcome("one", holds=True, text="It is 12.")]
    assert problems('{{ claim("one") }}', claims=claims) == [
        "data/claims.yml:3 claim one: found the number '12' in the text, wanted a finding, a fixed "
        'term of data/review.yml, or [12]{.fixed reason="…"}'
    ]


REFERENCES = """\
See @fig-a, @tbl-b and @sec-c; [@aronson1948; @nobody, p. 3].

![A](figures/a.svg){#fig-aa fig-alt="A"}

| a |
|---|
| b |

: A table {#tbl-b}

{% call table("pooled", id="tbl-d") %}Caption, see @fig-{{ tb.id }}.{% endcall %}

# C {#sec-cc}
"""


def test_references_to_nothing_and_what_nothing_refers_to() -> None:
    text = REFERENCES.replace("@fig-{{ tb.id }}", "@sec-cc")
    assert problems(text)[:3] == [
        "review.qmd:1: found '@fig-a', wanted a label: perhaps @fig-aa?",
        "review.qmd:1: found '@nobody', wanted a key of data/references.bib: @aronson1948, "
        "@coetzeeberjak1968, @colditz1994, @comstock1974, @fergusonsimes1949, "
        "@hartsutherland1977, @steinaronson1953",
        "review.qmd:1: found '@sec-c', wanted a label: perhaps @sec-cc?",
    ]
    assert problems(text)[3:] == [
        "review.qmd:3: found the figure #fig-aa, to which no text refers, wanted @fig-aa in it",
        "review.qmd:11: found the table #tbl-d, to which no text refers, wanted @tbl-d in it",
    ]


def test_a_reference_that_jinja_makes_may_be_to_anything() -> None:
    assert [line.split(":")[1] for line in problems(REFERENCES)] == ["1", "1", "1"]


# --- the mask -------------------------------------------------------------------------------


def mask(text: str) -> str:
    return masked(protect(text, "x.qmd"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a {{ b }} c", f"a {STAND_IN} c"),
        ("a {{ b |\n c(1) }} d", f"a {STAND_IN}\n d"),
        ("{% if a %}b{% endif %}", "b"),
        ("a\n{%- if a -%}\n\n b {% endif %}\n", "a\n\n\nb \n"),
        ("{%# x\ny #%}b", "\nb"),
        ("a {{< b c >}} d {{{< e >}}}", f"a {STAND_IN} d {{{STAND_IN}}}"),
        ("{% raw %}{{ a }}{% endraw %}", "{{ a }}"),
    ],
)
def test_a_mask_leaves_the_prose_alone(text: str, shown: str) -> None:
    assert mask(text) == shown


PIECES = st.sampled_from(
    ["word ", "\n", "{{ a\n }}", "{% if a %}", "{%- if\n a -%}", "{%# c\n#%}", "{{< s\n >}}", "  "]
)


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=12))
def test_a_mask_keeps_every_word_on_its_line(pieces: list[str]) -> None:
    text = "".join(f"w{at}x " if piece == "word " else piece for at, piece in enumerate(pieces))
    closed = text + "{% endif %}" * text.count("% if") + "{%- endif %}" * text.count("%- if")
    shown = mask(closed)
    for at, piece in enumerate(pieces):
        if piece == "word ":
            assert shown[: shown.index(f"w{at}x")].count("\n") == text[
                : text.index(f"w{at}x")
            ].count("\n")


def test_pandoc_runs_once_for_all_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    real = prose._tree

    def counted(text: str) -> list[Node]:
        runs.append(text)
        return real(text)

    monkeypatch.setattr(prose, "_tree", counted)
    read = prose.read_all({"a.qmd": "A", "b.qmd": "B\n\n# C", "c.qmd": ""})
    assert len(runs) == 1
    assert [len(blocks) for _, blocks in read.values()] == [1, 2, 0]


def test_a_reference_that_begins_a_paragraph_is_no_example() -> None:
    text = "Text of @fig-a.\n\n![A](a.png){#fig-a fig-alt=x}\n\n@fig-a.\n\n(@tbl-b) shows\n"
    assert problems(text) == [
        "review.qmd:5: found @fig-a. at the start of a line, which Markdown reads as the number "
        "of an example, wanted a word before it, as: See @fig-a.",
        "review.qmd:7: found (@tbl-b) at the start of a line, which Markdown reads as the number "
        "of an example, wanted a word before it, as: See @tbl-b.",
    ]
    # Inside a paragraph it is none.
    assert written("![A](a.png){#fig-a fig-alt=x}\n\n@fig-a shows it, and so does\n@fig-a.\n")


@pytest.mark.parametrize("inside", ["0", "1", "abc"])
def test_no_block_of_an_author_is_taken_for_the_end_of_a_file(inside: str) -> None:
    """What stood before it would no longer be read, nor its numbers found."""
    forged = f"There were 12 deaths.\n\n{'`' * 40}{{=file}}\n{inside}\n{'`' * 40}\n\nMore.\n"
    assert problems(forged) == [
        "review.qmd:1: found the number '12' in the text, wanted a finding, a fixed term of "
        'data/review.yml, or [12]{.fixed reason="…"}',
        f"review.qmd:4: found raw file `{inside}`, wanted Markdown, which every format can show",
    ]
    read = prose.read_all({"a.qmd": "Text.\n", "b.qmd": forged})
    assert [len(blocks) for _, blocks in read.values()] == [1, 3]


def test_a_todo_is_told_where_it_would_print() -> None:
    text = """---
description: TODO
---
# Heading TODO

It is *open*, see [TODO] and
`TODO`, a sign, not TODOROV.^[A note: TODO.]{%# TODO: check #%}

<!-- TODO for ourselves -->
{% if tb.k %}TODO{% endif %} and [TODO]{.fixed reason="named so"}, in one
{{ figure("a", title="TODO") }}.

```
TODO
```
"""
    sources = {"review.qmd": text, "templates/part.qmd": "A **TODO**, {{< meta TODO >}}.\n"}
    still = "found TODO, wanted what is still to be written"
    assert [str(one) for one in todos_of(sources)] == [
        f"review.qmd description: {still}",
        f"review.qmd:4: {still}",
        f"review.qmd:6: {still}",
        f"review.qmd:7: {still}",
        f"review.qmd:10: {still}",
        f"review.qmd:11: {still}",
        f"templates/part.qmd:1: {still}",
    ]


def test_a_todo_in_what_a_function_is_given_is_told() -> None:
    text = '# Results\n\n{{ studies.wang.label | f("x",\n  "TODO: say it") }}\n'
    assert [one.place for one in todos_of({"review.qmd": text})] == ["review.qmd:4"]


@pytest.mark.parametrize(
    "deep", ["{{ " + "not " * 3000 + "a }}", "{% if a %}" * 900 + "{% endif %}" * 900]
)
def test_what_is_nested_too_deep_is_told(deep: str) -> None:
    assert problems(f"# Results\n\n{deep}\n") == [
        "review.qmd: found brackets or tags nested too deep, wanted fewer within one another"
    ]


@pytest.mark.parametrize(
    "deep",
    [
        '::: {.content-visible when-format="html"}\n' * 340 + "A word.\n" + ":::\n" * 340,
        "> " * 900 + "A word.",
    ],
)
def test_blocks_within_one_another_too_deep_are_told(deep: str) -> None:
    assert problems(f"# Results\n\n{deep}\n") == [
        "review.qmd: found lists, quotes or divs one within another too deep, wanted fewer"
    ]


def test_a_manuscript_without_a_todo_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prose, "_tree", lambda text: pytest.fail("pandoc ran"))
    assert todos_of({"review.qmd": "It is written.\n"}) == ()


PICTURE = "See @fig-x.\n\n![A caption](templates/x.png){#fig-x fig-alt='What is seen.'}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "![A picture](pic.png)",
            [
                'review.qmd:5: found a figure without a label ("A picture"), wanted {#fig-…}',
                "review.qmd:5: found no alternative text for pic.png, wanted fig-alt",
                "review.qmd:5: found pic.png, wanted a figure that the build draws, or a PNG or "
                "JPEG in templates/",
            ],
        ),
        (
            "See @tbl-y.\n\n![It](templates/x.png){#tbl-y fig-alt='Seen.'}",
            ['review.qmd:7: found a figure without a label ("It"), wanted {#fig-…}'],
        ),
        (
            "Words and ![](templates/x.png) more.",
            ["review.qmd:5: found no alternative text for templates/x.png, wanted fig-alt"],
        ),
        ("Words and ![it](templates/x.png){fig-alt='Seen.'} more.", []),
        ("![It](figures/tb.svg){#fig-y fig-alt='Seen.'} Words and @fig-y.", []),
    ],
)
def test_a_picture_has_a_label_words_and_a_file(text: str, said: list[str]) -> None:
    whole = f"{PICTURE}\n{text}\n"
    if said:
        assert problems(whole, pictures=("templates/x.png",)) == said
    else:
        assert "templates/x.png" in written(whole, pictures=("templates/x.png",)).text


@pytest.mark.parametrize(
    ("target", "found", "wanted"),
    [
        ("<templates/my pic.png>", "templates/my%20pic.png", "a name without spaces and brackets"),
        ("templates/a%7Cb.png", "templates/a%7Cb.png", "a name without spaces and brackets"),
        ("./templates/x.png", "./templates/x.png", "templates/x.png"),
        ("templates/../templates//x.png", "templates/../templates//x.png", "templates/x.png"),
        ("./figures/tb.svg", "./figures/tb.svg", "figures/tb.svg"),
        (
            "./templates/y.png",
            "./templates/y.png",
            "a figure that the build draws, or a PNG or JPEG in templates/",
        ),
    ],
)
def test_a_picture_that_is_there_is_told_by_which_path(
    target: str, found: str, wanted: str
) -> None:
    pictures = ("templates/x.png", "templates/my pic.png", "templates/a|b.png")
    text = f"{PICTURE}\nWords and ![it]({target}){{fig-alt='Seen.'}} more.\n"
    assert problems(text, pictures=pictures) == [f"review.qmd:5: found {found}, wanted {wanted}"]


def test_a_picture_whose_path_is_a_value_is_not_looked_for() -> None:
    text = PICTURE.replace("templates/x.png", "templates/{{ tb.measure | term }}.png")
    assert "risk ratio.png" in written(text, pictures=()).text
    # Nor any where the files are not known.
    assert "templates/x.png" in written(PICTURE).text


@pytest.mark.parametrize(
    ("text", "number", "hint"),
    [
        ("TB fell (see Figure 2).", "2", "a figure is referred to by @fig-…"),
        ("As in Fig. 3, TB fell.", "3", "a figure is referred to by @fig-…"),
        ("By table 1, TB fell.", "1", "a table is referred to by @tbl-…"),
        ("**Section** 4 says so.", "4", "a section is referred to by @sec-…"),
    ],
)
def test_a_reference_that_is_typed_is_told_how_one_is_written(
    text: str, number: str, hint: str
) -> None:
    assert problems(f"# Results\n\n{text}\n") == [
        f"review.qmd:3: found the number '{number}' in the text, wanted a finding, a fixed term of "
        f'data/review.yml, or [{number}]{{.fixed reason="…"}}; {hint}'
    ]


@pytest.mark.parametrize(
    "text",
    ["TB (Colditz 1994) fell.", "TB fell, as Colditz et al. (1994) say.", "(see Colditz, 1994)"],
)
def test_a_citation_that_is_typed_is_told_how_one_is_written(text: str) -> None:
    assert problems(f"# Results\n\n{text}\n") == [
        "review.qmd:3: found the number '1994' in the text, wanted a finding, a fixed term of "
        'data/review.yml, or [1994]{.fixed reason="…"}; a citation is [@key]'
    ]


def test_a_year_that_is_no_citation_is_a_number() -> None:
    said = (
        "found the number '1994' in the text, wanted a finding, a fixed term of data/review.yml, "
        'or [1994]{.fixed reason="…"}'
    )
    assert problems("# Results\n\nIn 1994 it fell\n(n = 1994).\n") == [
        f"review.qmd:3: {said}",
        f"review.qmd:4: {said}",
    ]


def test_what_only_says_that_it_is_an_address_is_text() -> None:
    text = "# Results\n\n[HR 12](https://x.org){.uri}, [13](#sec-x){.email}, [0.57](0.57){.uri}\n"
    found = [one.partition(" in the text")[0] for one in problems(text)]
    assert found[:3] == [
        f"review.qmd:3: found the number '{number}'" for number in ("0.57", "12", "13")
    ]


def test_what_stands_before_a_number_is_looked_at_as_far_as_a_name_reaches() -> None:
    """A stranger may write what a pattern would look through again and again."""
    text = f"# Results\n\n({'w' * 20_000} 1994)\n\n({'w' * 20_000}) 5\n"
    said = [one.partition(" in the text")[0] for one in problems(text)]
    assert said == ["review.qmd:3: found the number '1994'", "review.qmd:5: found the number '5'"]


def test_panels_of_one_figure_are_left_to_quarto() -> None:
    picture = "![A](figures/tb.svg){fig-alt='Seen.'}"
    text = f"::: {{#fig-own layout-ncol=2}}\n{picture}\n\nPanels\n:::\n\nSee @fig-own.\n"
    assert "fig-own" in written(text).text


def test_a_comment_that_is_shown_as_code_hides_nothing() -> None:
    text = (
        "Comments as `<!--` are fine.\n\nIt says 42 things.\n\n<!-- a real one -->\n\n"
        "```\n<!--\n```\n\nAnother says 43 things.\n"
    )
    assert [one.partition(": found")[0] for one in problems(text)] == [
        "review.qmd:3", "review.qmd:11",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a <!-- b\nc --> d", "a       \n      d"),
        ("<!-- a --> <!-- b -->", " " * 21),
        ("a <!-- b", "a <!-- b"),
        ("<!-- `a --> b`", " " * 11 + " b`"),
        ("`<!-- a -->` <!-- b -->", "`<!-- a -->`" + " " * 11),
        ("`` <!-- a -->` b", "`` <!-- a -->` b"),
        ("` <!-- a -->`` b", "` " + " " * 10 + "`` b"),
        ("` <!-- a -->\n` b", "` " + " " * 10 + "\n` b"),
        ("~~~ {.r}\n<!-- a -->\n~~~~\n<!-- b -->", "~~~ {.r}\n<!-- a -->\n~~~~\n" + " " * 10),
        ("~~~~\n<!-- a -->\n~~~\n", "~~~~\n" + " " * 10 + "\n~~~\n"),
        ("```\n~~~\n<!-- a -->\n```\n", "```\n~~~\n<!-- a -->\n```\n"),
        ("x ~~~\n<!-- a -->\n~~~", "x ~~~\n" + " " * 10 + "\n~~~"),
        ("<!-- " * 20_000, "<!-- " * 20_000),
        ("`" * 100_000 + "<!-- a -->", "`" * 100_000 + " " * 10),
        ("<!-->" * 20_000, " " * 100_000),
    ],
)
def test_comments_are_blank_where_no_code_shows_them(text: str, left: str) -> None:
    assert without_comments(text) == left


def test_a_note_that_begins_with_markup_has_its_line() -> None:
    (found,) = problems("# Results\n\nText.\n\nOne.^[**Note** first 12 words.]\n")
    assert found.startswith("review.qmd:5: found the number '12'")


def test_an_address_is_no_text() -> None:
    text = "# Results\n\nSee <https://example.org/2020/05>, <a12@example.org> and [it](https://x/12).\n"
    assert "https://example.org/2020/05" in written(text).text
    assert problems(text.replace("[it]", "[it 12]")) == [
        "review.qmd:3: found the number '12' in the text, wanted a finding, a fixed term of "
        'data/review.yml, or [12]{.fixed reason="…"}'
    ]
