"""The manuscript: what templates print, what they may not do, and the text that results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import words
from analysis.effects import is_ratio
from analysis.engines import ast
from analysis.figures import FigureRequest
from analysis.front_matter import Issue, front_matter
from analysis.items import Item
from analysis.manuscript import claim_places
from analysis.markdown import attribute, escape, escape_inner
from analysis.paths import children
from analysis.plan import find
from analysis.records import FixedTerm
from tests.manuscripts import body, outcome, plain, problems, tiny, tree, with_text, written

# --- text of Quarto stays what it is --------------------------------------------------------

QUARTO = """\
# Results {#sec-results .unnumbered}

See @sec-results, [text]{.mark}, `code {{< env HOME >}}` and a [link](https://example.org/#x).
{{< pagebreak >}}

![A plot](figures/x.svg){#fig-x fig-alt="A plot" width="80%"}

::: {.landscape}
Text as in @fig-x[^n].
:::

[^n]: A note {{< meta title >}}.

| A | B |
|:--|--:|
| a | {{{< var x >}}} |

: A table {#tbl-x tbl-colwidths="[40,60]"}

As @tbl-x.
"""


def test_text_without_jinja_passes_as_it_stands() -> None:
    assert body(QUARTO) == QUARTO


def test_a_comment_vanishes_and_a_heading_keeps_its_id() -> None:
    assert body("a{%# not {{ printed }} #%}b {#sec-x}\n") == "ab {#sec-x}\n"


def test_a_line_of_blocks_alone_leaves_no_trace_and_other_lines_keep_their_end() -> None:
    text = (
        "Trials:\n\n{% for study in studies %}\n- {{ study.label }}{% if loop.last %}.{% endif %}\n"
        "{% endfor %}\n\nFunding\n:   {% if review.about.funding is reported %}x"
        "{% else %}none{% endif %}\n  {% if review.title %} {% endif %} \nEnd\n"
    )
    labels = [study.label for study in tiny()[0].studies]
    shown = [label.replace("&", "\\&") for label in labels]
    listed = "\n".join(f"- {label}" for label in shown)
    assert body(text) == f"Trials:\n\n{listed}.\n\nFunding\n:   none\nEnd\n"


def test_a_text_is_found_in_a_list_of_the_data_whichever_of_them_is_named() -> None:
    """What is looked for may be written out, or data itself."""
    review, _ = tiny()
    pooled = "{% if 'aronson' in tb.studies %}in{% else %}out{% endif %}\n"
    assert body(pooled) == "in\n"
    brought = (
        "{% for study in studies if study.id not in searches."
        f"{review.searches[0].id}.studies %}}x{{% endfor %}}\n"
    )
    others = {study.id for study in review.studies} - set(review.searches[0].studies)
    assert body(brought).strip() == "x" * len(others)
    gone = (
        "{% for id in tb.studies if id not in studies %}x{% endfor %}"
        "{% if 'x' in tb.studies %}y{% endif %}z\n"
    )
    assert body(gone) == "z\n"


# --- what is printed ------------------------------------------------------------------------


def test_a_number_carries_the_finding_that_it_prints() -> None:
    made = written("{{ tb.est | ratio }}, {{ found('tb.k') | count('trial') }}\n")
    spans = [
        (ast.plain(node["c"][1]), ast.attr(node["c"][0]).get("key"))
        for node in ast.walk(tree(made.text)["blocks"])
        if node["t"] == "Span"
    ]
    assert spans == [(f"{tiny()[1].value('tb.est'):.2f}", "tb.est"), ("6", "tb.k")]
    assert made.keys == {"tb.est", "tb.k"}


def test_every_key_of_a_text_is_a_finding_and_prints_its_value() -> None:
    _, findings = tiny()
    made = written(
        "{{ tb | estimate_p }} {{ tb | heterogeneity }} {{ tb | prediction }} {{ tb | compatible }}"
        " {{ tb.subgroups.randomised.groups.yes | estimate }}"
        "{% for row in tb.rows %} {{ row | estimate }}{% endfor %}"
        "{% for step in tb.leave_one_out %} {{ step | interval }}{% endfor %}\n"
    )
    assert len(made.keys) > 40
    for key in made.keys:
        assert isinstance(findings.value(key), float | int)
        assert findings.studies_of(key)


@pytest.mark.parametrize("name", ["tb", "tb_random"])
def test_formats_print_what_the_findings_say(name: str) -> None:
    found = tiny()[1].analyses[name].synthesis
    assert is_ratio(found.measure)
    text = plain(f"{{{{ {name} | estimate_p }}}}")
    assert text.startswith(f"RR {found.est:.2f} (95% CI {found.est_lb:.2f}–{found.est_ub:.2f}; P ")
    text = plain(f"{{{{ {name} | prediction }}}} {{{{ {name}.tau2 | tau2 }}}}")
    assert found.pi_est_lb is not None
    assert found.pi_est_ub is not None
    predicted = words.interval(found.pi_est_lb, found.pi_est_ub, "RR")
    assert text == f"{predicted} {found.tau2:.4f}"
    shown = plain(f"{{{{ {name} | heterogeneity }}}}")
    assert shown.startswith(f"I² = {found.i2_q:.1f}%, τ² = {found.tau2:.4f}, Q = {found.qe:.2f} (")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("{{ tb.rows | count('trial') }}", "6 trials"),
        ("{{ counts.patients | count }}", "123,076"),
        ("{{ counts.designs | by_design }}", "4 randomised trials and 2 non-randomised trials"),
        ("{{ review.outcomes.tuberculosis.label | within }}", "tuberculosis"),
        ("{{ review.outcomes | scales }}", "ratios on the log scale"),
        ("{{ review.about.funding | stated }}", "not stated"),
        ("{{ studies.aronson.country | reported }}", "not reported"),
        ("{{ studies.aronson.design | reported }}", "randomised trial"),
        ("{{ tb.method | term }}", "restricted maximum likelihood"),
        (
            "{{ tb | model }}",
            "random-effects model (restricted maximum likelihood, Hartung-Knapp interval)",
        ),
        ("{{ tb | null_phrase }}", "lies wholly below the null"),
        ("{{ tb | null_phrase('for *it*', 'against') }}", "excludes the null for *it*"),
        (
            "{{ tb | null_phrase(review.outcomes.tuberculosis.favours) }}",
            "excludes the null (favours BCG)",
        ),
        ("{{ tb | by_null('was rarer', 'was more frequent', 'may be either') }}", "was rarer"),
        ("{% if tb.pi_excludes_null %}yes{% else %}no{% endif %}", "no"),
        ("{{ tb.level | level }}", "95%"),
        ("{{ review.keywords | series }}", "tuberculosis and vaccine"),
        ("{{ searches.dat_bcg.date | date }}", "not reported"),
        ("{{ with_status('ongoing') | count('study') }}", "0 studies"),
        ("{{ with_status('included') | count }}", "6"),
        (
            "{{ found(review.analyses.tb.id) | model }}",
            "random-effects model (restricted maximum likelihood, Hartung-Knapp interval)",
        ),
        ("{{ studies['aronson'].label }}", "Aronson 1948"),
        ("{{ studies[tb.rows.aronson.study].label }}", "Aronson 1948"),
        ("{% if studies.aronson.status == 'included' %}yes{% endif %}", "yes"),
        ("{% if tb.excludes_null %}yes{% else %}no{% endif %}", "yes"),
        ("{% set x %}{{ tb.k | count }} of them{% endset %}{{ x }}", "6 of them"),
        ("{% macro m(a) %}{{ a.k | count }}&{% endmacro %}{{ m(tb) }}", "6&"),
        ("{{ tb.k | count | plain }}", "6"),
        ("{{ tb.qe_df | number }}", "5"),
        ("{{ tb.i2_q | percent(0) }}", None),
    ],
)
def test_formats(text: str, printed: str | None) -> None:
    if printed is None:
        printed = f"{tiny()[1].analyses['tb'].synthesis.i2_q:.0f}%"
    assert plain(text) == printed


def test_a_label_within_a_sentence_knows_the_names_of_the_review() -> None:
    review, _ = tiny()
    first = review.plan.outcomes[0]
    text = "{% for one in review.outcomes %}{{ one.label | within }}; {% endfor %}"
    for label, wanted in (("Hamilton score", "Hamilton score"), ("*Score* x", "*Score* x")):
        named = first.model_copy(update={"label": label})
        fixed = (FixedTerm(term="Hamilton", reason="name of a scale"),)
        plan = review.plan.model_copy(update={"outcomes": (named,), "fixed_terms": fixed})
        assert f"{wanted};" in plain(text, review=review.model_copy(update={"plan": plan}))
    assert problems("{{ tb.k | within }}") == [
        "review.qmd:1: found tb.k, which is no text, wanted one"
    ]


def test_outcomes_of_several_measures_have_several_scales() -> None:
    review, _ = tiny()
    first = review.plan.outcomes[0]
    outcomes = tuple(
        first.model_copy(update={"id": f"o{at}", "measure": measure})
        for at, measure in enumerate(("RR", "PLO", "HR", "MD"))
    )
    plan = review.plan.model_copy(update={"outcomes": (first, *outcomes)})
    assert "ratios on the log scale, proportions as logits and differences as they are" in plain(
        "{{ review.outcomes | scales }}", review=review.model_copy(update={"plan": plan})
    )


def test_a_study_without_a_design_is_counted() -> None:
    review, _ = tiny()
    unknown = review.studies[0].model_copy(update={"design": None})
    changed = review.model_copy(update={"studies": (unknown, *review.studies[1:])})
    assert plain("{{ counts.designs | by_design }}", review=changed, findings=find(changed)) == (
        "3 randomised trials, 2 non-randomised trials and 1 study of unreported design"
    )


def test_the_labels_of_a_list() -> None:
    shown = plain("{{ tb.rows | labels }}")
    labels = [row.label for row in tiny()[1].analyses["tb"].rows]
    assert shown == f"{', '.join(labels[:-1])} and {labels[-1]}"
    assert set(plain("{{ with_status('included') | labels }}").split(", ")) & set(labels)


def test_citations() -> None:
    text = (
        "{{ cite(studies.aronson) }} {{ cite('aronson', 'colditz1994') }} "
        "{{ cite(tb.rows.comstock) }}"
    )
    assert body(text) == "[@aronson1948] [@aronson1948; @colditz1994] [@comstock1974]"
    every = body("{{ cite(with_status('included')) }}")
    assert every == f"[{'; '.join(f'@{study.citation}' for study in tiny()[0].studies)}]"


def test_entries_without_a_name_are_no_findings() -> None:
    @dataclass(frozen=True)
    class Parts:
        parts: tuple[tuple[str, int], ...]

    text = "{% for label, n in news.parts %}{{ label }} {{ n | count }};{% endfor %}"
    made = written(text, extra={"news": Parts((("a", 1), ("b*", 2)))})
    assert made.text.endswith("a 1;b\\* 2;")
    assert not made.keys


def test_values_of_the_build() -> None:
    @dataclass(frozen=True)
    class Summary:
        rows: tuple[str, ...]
        moved: bool

    text = "{{ news.rows | count('change') }}{% if news.moved %}, moved{% endif %}"
    assert body(text, extra={"news": Summary(("a", "b"), True)}) == "2 changes, moved"


def test_items_have_the_children_that_findings_have() -> None:
    """A template may name exactly what a claim may name."""
    _, findings = tiny()
    seen = 0

    def compare(item: Item) -> None:
        nonlocal seen
        for name in children(item.value):
            below = item.child(name)
            assert findings.value(below.path) is below.value or (
                findings.value(below.path) == below.value
            )
            seen += 1
            compare(below)

    compare(Item(findings.analyses["tb"], "tb", bound=True))
    compare(Item(findings.counts, "counts", bound=True))
    assert seen > 300


# --- text of the data prints as itself ------------------------------------------------------

NASTY = (
    "{{< env HOME >}} {{ review }} {% if %} @aronson1948 [@x] <b>x</b> $a$ [^1] | `code` *em* _x_ "
    "\\alpha ::: {=html} https://example.org -- ... \"q\" 'q' #tag &amp; ~s~ ^s^ :smile: ![i](j)"
)
STARTS = [
    "# h",
    "1. x",
    "a) x",
    "(i) x",
    "- x",
    "+ x",
    "> q",
    "| l",
    ": d",
    ":::",
    "---",
    "===",
    "% t",
    "Table: x",
    "    code",
    "#. x",
    "(@) x",
    "***",
    "1.",
    "…",
    "\ufdd0x\ufdd1y\ufdd2",
]


@pytest.mark.parametrize("value", [NASTY, *STARTS])
def test_data_print_as_they_are(value: str) -> None:
    review = with_text(value)
    shown = " ".join(value.split())
    for text in (
        "{{ studies.aronson.label }}",
        "Text\n{{ studies.aronson.label }}\nmore",
        "| a |\n|---|\n| {{ studies.aronson.label }} |\n",
        "# {{ studies.aronson.label }}",
        "- {{ studies.aronson.label }}",
    ):
        want = (
            f"Text {shown} more"
            if text.startswith("Text")
            else f"a {shown}"
            if "|" in text
            else shown
        )
        got = ast.plain(tree(body(text, review=review))["blocks"])
        assert got.replace("\N{NO-BREAK SPACE}", " ") == want
        assert "{{<" not in body(text, review=review)


TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\xa0"
    ),
    min_size=1,
    max_size=40,
) | st.text("@#*_`<>[](){}|\\!-+.:~^$&'\"=%1a i)", min_size=1, max_size=20)


def shown_by(markdown: str) -> str:
    return ast.plain(tree(markdown)["blocks"]).replace("\N{NO-BREAK SPACE}", " ")


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_escaped_text_prints_as_itself(text: str) -> None:
    wanted = " ".join(part for part in text.split(" ") if part)
    assert shown_by(escape(text)) == wanted
    assert shown_by(f"Word {escape_inner(text)} word") == " ".join(
        f"Word {wanted} word".split(" ")
    ).replace("  ", " ")
    assert "{{<" not in escape(text)
    assert "{{<" not in escape_inner(text)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_an_attribute_holds_the_very_text(text: str) -> None:
    span = tree(f"[x]{{a={attribute(text)}}}")["blocks"][0]["c"][0]
    wanted = " ".join(part for part in text.split(" ") if part)  # runs of spaces are one
    assert ast.attr(span["c"][0]).get("a") == wanted
    assert "{{<" not in attribute(text)


# --- figures, tables, abstract, front matter ------------------------------------------------

FIGURE = """\
@fig-forest shows it.

{% call figure("forest", id="fig-forest", analysis="tb", subgroup="randomised", width="80%") %}
The pool: {{ tb | estimate }}
of {{ studies.aronson.label }}.

Forest plot of {{ tb.k | count("study") }}: "{{ studies.aronson.label }}".
{% endcall %}
"""


def test_a_figure_is_asked_for_with_caption_and_alternative_text() -> None:
    made = written(FIGURE, review=with_text('A "B" [c]'))
    assert made.figures == (FigureRequest("forest", "forest", "tb", {"subgroup": "randomised"}),)
    assert made.places == {"fig-forest": "review.qmd:3"}
    figure = next(n for n in ast.walk(tree(made.text)["blocks"]) if n["t"] == "Figure")
    image = next(n for n in ast.walk(figure) if n["t"] == "Image")
    assert figure["c"][0][0] == "fig-forest"
    assert image["c"][2][0] == "figures/forest.svg"
    attributes = ast.attr(image["c"][0])
    alternative = attributes.get("fig-alt").replace("\N{NO-BREAK SPACE}", " ")
    assert alternative == 'Forest plot of 6 studies: "A "B" [c]".'
    assert attributes.get("width") == "80%"
    caption = ast.plain(figure["c"][1][1]).replace("\N{NO-BREAK SPACE}", " ")
    assert caption.startswith("The pool: RR 0.42 (95% CI 0.25–0.71)")
    assert caption.endswith('of A "B" [c].')


def table(text: str, **options: Any) -> tuple[list[str], list[list[str]], Any]:
    """The head, the rows and the node of the one table of a text."""
    node = next(n for n in ast.walk(tree(body(text, **options))["blocks"]) if n["t"] == "Table")
    cells = [
        [ast.plain(cell[4]).replace("\N{NO-BREAK SPACE}", " ") for cell in row[1]]
        for part in (node["c"][3][1], *(b[3] for b in node["c"][4]))
        for row in part
    ]
    return cells[0], cells[1:], node


def asked(kind: str, options: str = "") -> str:
    return (
        f'As @tbl-x.\n\n{{% call table("{kind}", id="tbl-x"{options}) %}}\nIt holds '
        f'{{{{ tb.k | count("study") }}}}.\n{{% endcall %}}\n'
    )


def test_a_table_has_its_caption_label_and_widths() -> None:
    _, _, node = table(asked("pooled"))
    assert node["c"][0][0] == "tbl-x"
    assert sum(json.loads(ast.attr(node["c"][0]).get("tbl-colwidths"))) == 100
    assert "It holds" in ast.plain(node["c"][1][1])


def test_the_table_of_studies_has_every_included_study_and_what_it_printed() -> None:
    head, rows, node = table(asked("characteristics"), review=with_text("A | [b](c)"))
    assert head == ["Study", "Design", "Patients (BCG / No BCG)", "TB: RR (95% CI)"]
    # What no study reports is said once.
    told = "Of no study reported: Country; Recruited; Population; Follow-up."
    names = "BCG: BCG vaccine; TB: tuberculosis; RR: risk ratio; CI: confidence interval."
    assert ast.plain(node["c"][1][1]).endswith(f"{told} {names}")
    assert len(rows) == 6
    by_name = {row[0]: row for row in rows}
    name = next(name for name in by_name if name.startswith("A | [b](c)"))
    assert by_name[name][2] == "123 / 139"
    assert by_name[name][-1] == "0.41 (0.13–1.26), from 4/123 against 11/139"


def test_the_table_of_pooled_results_prints_each_analysis() -> None:
    _, findings = tiny()
    head, rows, _ = table(asked("pooled"))
    assert head[3] == "RR (95% CI)"
    for row, analysis in zip(rows, findings.analyses.values(), strict=True):
        found = analysis.synthesis
        assert row[0] == analysis.title
        assert row[2] == str(found.k)
        assert row[3] == f"{found.est:.2f} ({found.est_lb:.2f}–{found.est_ub:.2f})"
        assert row[6] == f"{found.tau2:.4f}"
        assert row[7] == f"{found.i2_q:.1f}%"
        assert row[8] == f"{found.i2:.1f}%"
    assert len(table(asked("pooled", ", analyses='tb'"))[1]) == 1


def test_the_tables_of_groups_regressions_and_omissions() -> None:
    analysis = tiny()[1].analyses["tb"]
    _, rows, _ = table(asked("subgroups"))
    groups = analysis.subgroups["randomised"].groups.values()
    assert [row[2] for row in rows] == [group.label for group in groups]
    assert [row[3] for row in rows] == [str(group.synthesis.k) for group in groups]
    _, rows, _ = table(asked("regressions"))
    assert [row[1] for row in rows] == ["year of the report (per 10 years)"]
    _, rows, _ = table(asked("leave_one_out"))
    assert [row[0] for row in rows] == [step.label for step in analysis.leave_one_out]
    assert rows[0][1].startswith(f"{analysis.leave_one_out[0].est:.2f} (")


def test_the_abstract_goes_into_the_front_matter_with_its_keys() -> None:
    made = written(
        "{% call abstract() %}\n**A.** {{ tb.k | count }}\n\n**B.** b\n{% endcall %}\nText\n"
    )
    front = yaml.safe_load(made.text.split("---\n")[1])
    assert front["abstract"] == '**A.** [6]{.num key="tb.k"}\n\n**B.** b\n'
    assert made.keys == {"tb.k"}
    assert [b["t"] for b in tree(made.text)["meta"]["abstract"]["c"]] == ["Para", "Para"]
    assert "**A.**" not in made.text.split("\n---\n")[1]


def test_front_matter_is_serialised_from_the_data() -> None:
    review, _ = tiny()
    plan = review.plan.model_copy(update={"title": NASTY, "subtitle": "a: b"})
    made = written(
        "---\nnumber-sections: true\n---\nText\n",
        review=review.model_copy(update={"plan": plan}),
        issue=Issue("1.0.0", "2022-01-31"),
    )
    meta = tree(made.text)["meta"]
    assert ast.plain(meta["title"]["c"]).replace("\N{NO-BREAK SPACE}", " ") == NASTY
    assert ast.plain(meta["subtitle"]["c"]) == "a: b, version 1.0.0"
    assert ast.plain(meta["date"]["c"]) == "31 January 2022"
    assert ast.plain(meta["edition"]["c"]) == "Edition 1.0.0"
    facts = {
        ast.plain(fact["c"]["label"]["c"]): ast.plain(fact["c"]["text"]["c"])
        for fact in meta["imprint"]["c"]
    }
    assert facts == {
        "Edition": "1.0.0, 31 January 2022",
        "Registration": "not stated",
        "Peer review": "not stated",
        "Licence": "CC BY 4.0",
        "Evidence": " ".join(review.evidence[i : i + 4] for i in (0, 4, 8)),
    }
    assert meta["number-sections"]["c"] is True
    assert ast.plain(meta["bibliography"]["c"]) == "data/references.bib"
    assert ast.plain(meta["lang"]["c"]) == "en-GB"
    assert made.text.endswith("Text\n")


def test_a_recomputation_says_so_in_title_and_facts() -> None:
    made = written("Text\n", issue=Issue("1.0.0", "2022-01-31", "edition 1.0.0"))
    meta = tree(made.text)["meta"]
    assert ast.plain(meta["subtitle"]["c"]).endswith(
        "version 1.0.0, recomputation of edition 1.0.0 with today’s code"
    )
    facts = [ast.plain(fact["c"]["text"]["c"]) for fact in meta["imprint"]["c"]]
    assert "of edition 1.0.0; not the paper as it was published" in facts


def test_a_paper_before_its_first_edition_says_so() -> None:
    meta = tree(written("Text\n").text)["meta"]
    assert ast.plain(meta["imprint"]["c"][0]["c"]["text"]["c"]) == "not yet released"
    assert "date" not in meta
    assert "edition" not in meta


def test_the_same_evidence_gives_the_same_text() -> None:
    assert written(FIGURE).text == written(FIGURE).text


# --- claims ---------------------------------------------------------------------------------


def test_a_claim_prints_its_sentence_or_the_other_wording() -> None:
    claims = [
        outcome("one", holds=True, text="It is {{ tb.est | ratio }}.", otherwise="Not."),
        outcome("two", holds=False, text="Yes.", otherwise="It is not."),
    ]
    text = (
        '{{ claim("one") }}\n{{ claim("two") }}{% if holds("two") %}x{% endif %}\n'
        '{{ claim("one") }}'
    )
    assert body(text, claims=claims).startswith(
        'It is [0.42]{.num key="tb.est"}.\nIt is not.\nIt is'
    )
    made = written(text, claims=claims)
    assert {claim.id: claim.places for claim in made.claims} == {
        "one": ("review.qmd:1", "review.qmd:3"),
        "two": ("review.qmd:2",),
    }
    assert claim_places({"review.qmd": text}) == {
        "one": ("review.qmd:1", "review.qmd:3"),
        "two": ("review.qmd:2",),
    }


def test_the_abstract_tells_its_claimed_sentences_from_the_others() -> None:
    claims = [outcome("one", holds=True, text="RR was {{ tb.est | ratio }}. So it is.")]
    text = (
        "{% call abstract() %}\n**Methods.** We pooled.\n\n**Results.** {{ claim('one') }} It was "
        "good (P = {{ tb.k | count }}). More\nof it.\n\nStill results.\n\n"
        "**Conclusions.** {{ claim('one') }}\n\n**Funding.** None.\n{% endcall %}\n"
    )
    made = written(text, claims=claims)
    assert [(s.text, s.claimed) for s in made.sentences] == [
        ("RR was 0.42.", True),
        ("So it is.", True),
        ("It was good (P = 6).", False),
        ("More of it.", False),
        ("Still results.", False),
        ("RR was 0.42.", True),
        ("So it is.", True),
    ]
    assert {s.place for s in made.sentences} == {"review.qmd:1"}
    assert yaml.safe_load(made.text.split("---\n")[1])["abstract"].count("\ufdd6") == 0


def test_a_claim_that_fails_without_another_wording_stops_at_each_place() -> None:
    claims = [outcome("one", holds=False, text="Yes.")]
    text = '{{ claim("one") }}\n\n{{ claim("one") }}'
    said = (
        "found , wanted tb.est < 1: the claim no longer holds and has no other wording, rewrite it "
        "at data/claims.yml:3"
    )
    assert problems(text, claims=claims) == [
        f"review.qmd:1 claim one: {said}",
        f"review.qmd:3 claim one: {said}",
    ]


def test_a_function_may_be_called_inside_a_loop() -> None:
    inner = "{% for s in search.studies %}{{ cite(studies[s]) }} {% endfor %}"
    text = "{% for search in searches %}" + inner + "{% endfor %}"
    assert body(f"{text}\n").count("[@") == len(tiny()[0].studies)


def test_a_wording_that_is_not_printed_now_is_held_to_the_same() -> None:
    claims = [
        outcome("one", holds=True, text="Yes.", otherwise="All 9 of {{ nonsense }}."),
        outcome("two", holds=False, text="{% if x %}", otherwise="It is not."),
    ]
    text = '{{ claim("one") }} {{ claim("two") }}'
    number, name, template = problems(text, claims=claims)
    assert number == (
        "data/claims.yml:3 claim one (not printed now): found the number '9' in the text, wanted "
        'a finding, a fixed term of data/review.yml, or [9]{.fixed reason="…"}'
    )
    assert "data/claims.yml:3 claim one (not printed now)" in name
    assert "'nonsense'" in name
    assert template == (
        "data/claims.yml:3 claim two (not printed now): found {% if %} that is never closed, "
        "wanted {% endif %}"
    )
    # A paper of another day may lack what an alternative speaks of.
    written(text, claims=claims, issue=Issue(recomputed="edition 1.0.0"))


def test_a_number_typed_into_the_words_of_the_front_matter() -> None:
    assert problems("---\nkicker: Living review of 12 studies\n---\n\nText.\n") == [
        "review.qmd kicker: found the number '12' in the front matter, wanted none"
    ]
    written("---\nkicker: Living review\nnumber-sections: true\n---\n\nText.\n")


def test_a_number_that_a_shortcode_brings_from_the_front_matter() -> None:
    front = "---\nfoo: 0.57\nbar: {x: [twelve studies], y: three arms}\ntoc-depth: 3\n---\n\n"
    assert problems(f"{front}In {{{{< meta foo >}}}} and {{{{<meta bar.y>}}}} of them.\n") == [
        "review.qmd bar.y: found the number 'three' in the front matter, wanted none",
        "review.qmd foo: found the number '0.57' in the front matter, wanted none",
    ]
    written(f"{front}Of {{{{< meta toc-title >}}}}.\n")


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ('{{ tb | null_phrase("0.57", "below") }}', "0.57"),
        ('{{ tb | by_null("lower", "higher by 0.57", "unsure") }}', "higher by 0.57"),
        ('{{ ["twelve"] | series }}', "twelve"),
        ('{{ counts.studies | count("study", none="twelve") }}', "twelve"),
    ],
)
def test_a_number_that_a_format_would_print(printed: str, found: str) -> None:
    assert problems(f"Text {printed}.\n") == [
        f"review.qmd:1: found a number in the text {found!r}, wanted a finding"
    ]


@pytest.mark.parametrize("dates", [("2024-05", "2019"), ("2019", "2024-05"), (None, "2024-05")])
def test_the_last_systematic_search_is_the_last_in_time(dates: tuple[str | None, ...]) -> None:
    review, _ = tiny()
    first = review.searches[0].model_copy(update={"kind": "systematic search"})
    searches = tuple(
        first.model_copy(update={"id": f"s{at}", "date": day}) for at, day in enumerate(dates)
    )
    given = review.model_copy(update={"searches": searches})
    front = front_matter(given, Issue(), {}, {})
    imprint = {entry["label"]: entry["text"] for entry in yaml.safe_load(front)["imprint"]}
    assert imprint["Last systematic search"] == "May 2024"
