"""What a template may not do: each breach word for word, with file and line."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from analysis.errors import TemplateError
from analysis.figure_requests import OPTIONS
from analysis.figures import KINDS
from analysis.front_matter import split
from analysis.manuscript import write
from tests.manuscripts import body, outcome, plain, problems, tiny

ANALYSES = (
    "abstract, cite, claim, counts, editions, figure, flow, found, holds, pools, review, searches"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "\n{{ tb.estt | ratio }}",
            "review.qmd:2 tb.estt: found 'estt', wanted a name under tb: perhaps est?",
        ),
        (
            "{{ tb.subgroups.randomised.groups.xyz | estimate }}",
            "review.qmd:1 tb.subgroups.randomised.groups.xyz: found 'xyz', wanted a name under "
            "tb.subgroups.randomised.groups: no, yes",
        ),
        (
            "{{ zzz }}",
            f"review.qmd:1: found 'zzz', wanted a name that templates know: {ANALYSES} and 5 more "
            "(all: living-review names functions)",
        ),
        ("{{ tb.est | ratioo }}", "review.qmd:1: found 'ratioo', wanted a format: perhaps ratio?"),
        (
            "{{ tb.est }}",
            "review.qmd:1: found tb.est, a number, without a format, wanted one: tb.est | …",
        ),
        (
            "{{ tb.excludes_null }}",
            "review.qmd:1: found tb.excludes_null, yes or no, without a format, wanted one: "
            "tb.excludes_null | …",
        ),
        ("{{ tb }}", "review.qmd:1: found tb, which is not one value, wanted a part or a format"),
        (
            "{{ review.about.funding }}",
            "review.qmd:1: found review.about.funding, which the data do not give, wanted a format "
            "that says so: | reported, | stated",
        ),
        (
            "{{ tb.est + tb.k }}",
            "review.qmd:1: found arithmetic (+) in a template, wanted a finding",
        ),
        ("{{ -tb.est }}", "review.qmd:1: found arithmetic (-) in a template, wanted a finding"),
        ("{{ tb.label ~ tb.title }}", None),
        (
            "{% if tb.est < tb.k %}{% endif %}",
            "review.qmd:1: found the threshold < in a template, wanted a claim in data/claims.yml",
        ),
        (
            "{% if tb.est == 0.5 %}{% endif %}",
            "review.qmd:1: found the number 0.5 in a template, wanted a finding",
        ),
        (
            "{% if tb.est %}x{% endif %}",
            "review.qmd:1: found the number tb.est as a condition, wanted a claim or a yes or no",
        ),
        (
            "{% if tb.est == tb.k %}x{% endif %}",
            "review.qmd:1: found tb.est compared with another thing, wanted a text: no thresholds",
        ),
        ("{{ 12 }}", None),
        ("{{ 'text' }}", "review.qmd:1: found 'text' in braces, wanted it outside of them"),
        (
            "{{ tb.k | count('of the 12 studies') }}",
            "review.qmd:1: found a number in the text 'of the 12 studies', wanted a finding",
        ),
        (
            "{% set x = 'abc' %}{{ x }}",
            "review.qmd:1: found a bare str in braces, wanted a finding",
        ),
        ("{% for x in tb.rows %}\n{{ x.foo }}{% endfor %}", None),
        (
            "{% for x in tb.est %}{% endfor %}",
            "review.qmd:1: found tb.est, which is no list, wanted one to go through",
        ),
        (
            "{% for x in tb.rows %}{{ loop.index }}{% endfor %}",
            "review.qmd:1: found .index, wanted it on a finding or on the data",
        ),
        (
            "{{ tb.title.upper() }}",
            "review.qmd:1 tb.title.upper: found 'upper', wanted a name under tb.title; there "
            "is none yet",
        ),
        (
            "{{ tb['k'] | count }}{{ tb[tb.k] }}",
            "review.qmd:1: found [ ], wanted it on a finding or on the data, with a name",
        ),
        (
            "{% set y = x %}{% set x = tb %}{{ y }}",
            "review.qmd:1: found the name 'x', which nothing sets here",
        ),
        (
            "{% include 'templates/non.qmd' %}",
            "review.qmd:1: found 'templates/non.qmd', wanted a template: review.qmd",
        ),
        (
            "{% include tb %}",
            "review.qmd:1: found an include by a name to work out, wanted it in quotes",
        ),
        (
            "{% extends 'review.qmd' %}",
            "review.qmd:1: found Jinja's Extends in a template, which may not use it",
        ),
        ("{{ {'a': tb} }}", None),
        (
            "a\n{% if tb %}",
            "review.qmd:2: found {% if %} that is never closed, wanted {% endif %}",
        ),
        ("a\ufdd0", "review.qmd:1: found U+FDD0, wanted a character"),
        (
            "{{ claim('none') }}",
            "review.qmd:1: found 'none', wanted a claim of data/claims.yml; there is none yet",
        ),
        (
            "{{ claim(tb.id) }}",
            'review.qmd:1: found a claim without its id in quotes, wanted claim("…")',
        ),
        ("{{ cite('nobody') }}", None),
        ("{{ cite() }}", "review.qmd:1: found cite() of nothing, wanted a study"),
        (
            "{{ found('tbx.k') }}",
            "review.qmd:1: found 'tbx', wanted an analysis, counts, flow or pools: perhaps tb?",
        ),
        (
            "{{ found('tb.taau2') }}",
            "review.qmd:1: found 'taau2', wanted a name under tb: perhaps tau2?",
        ),
        (
            "{{ tb.title | ratio }}",
            "review.qmd:1: found tb.title ('Tuberculosis'), which is no number, wanted one "
            "to print",
        ),
        (
            "{{ studies.aronson.year | p }}",
            "review.qmd:1: studies.aronson.year: p: found 1948, wanted 0 to 1",
        ),
        ("{{ tb.k | reported }}", "review.qmd:1: found tb.k, which is no text, wanted one"),
        (
            "{{ tb.title | term }}",
            "review.qmd:1: found tb.title = 'Tuberculosis', wanted a term that words.py knows",
        ),
        (
            "{{ counts | estimate }}",
            "review.qmd:1: found counts, which has no estimate with bounds, wanted one",
        ),
        (
            "{{ tb.k | as_printed }}",
            "review.qmd:1: found tb.k, wanted a number as its source printed it",
        ),
        ("{{ pools | labels }}", "review.qmd:1: found an empty list, wanted something to list"),
        (
            "{{ tb.k | count | count }}",
            "review.qmd:1: found text before a format, wanted a finding",
        ),
        ("{{ tb | plain }}", "review.qmd:1: found something else before `plain`, wanted a format"),
        ("{{ tb.est | date }}", "review.qmd:1: found tb.est, which is no date, wanted one"),
        ("{{ tb.method | date }}", "review.qmd:1: found tb.method, which is no date, wanted one"),
        ("{{ [] | scales }}", "review.qmd:1: found an empty list, wanted outcomes"),
        ("{{ ['a'] | scales }}", "review.qmd:1: found text before a format, wanted a finding"),
        (
            "{{ tb.k | count(none=tb) }}",
            "review.qmd:1: found tb as none, wanted words in quotes",
        ),
        (
            "{{ tb | null_phrase(below=tb) }}",
            "review.qmd:1: found tb as below, wanted words in quotes",
        ),
        (
            "{{ tb | null_phrase(review.outcomes.tuberculosis.label) }}",
            "review.qmd:1: found review.outcomes.tuberculosis.label as below, wanted words in "
            "quotes",
        ),
        (
            "{{ tb | null_phrase(review.outcomes.tuberculosis.favours, 'b') }}",
            "review.qmd:1: found review.outcomes.tuberculosis.favours as below, wanted words in "
            "quotes",
        ),
        (
            "{{ tb | by_null('less', 'more', tb) }}",
            "review.qmd:1: found tb as around, wanted words in quotes",
        ),
        (
            "{{ tb.k | count('a', 'b', 'c', 'd') }}",
            "review.qmd:1: found a wrong use: count() takes from 1 to 4 positional arguments "
            "but 5 were given",
        ),
        (
            "{{ figure() }}",
            "review.qmd:1: found a wrong use: figure() missing a required argument: 'kind'",
        ),
    ],
)
def test_every_breach_of_a_template(text: str, said: str | None) -> None:
    found = problems(text)
    if said is not None:
        assert found == [said]


def test_breaches_that_say_more_than_one_thing() -> None:
    assert problems("{{ 12 }}") == [
        "review.qmd:1: found 12 in braces, wanted it outside of them",
        "review.qmd:1: found the number 12 in a template, wanted a finding",
    ]
    assert problems("{{ tb.id ~ tb.title }}")[0] == (
        "review.qmd:1: found ~ in a template, wanted the parts side by side"
    )
    assert problems("{{ {'a': tb} }}")[0] == (
        "review.qmd:1: found Jinja's Dict in a template, which may not use it"
    )
    found = problems("{% for x in tb.rows %}\n{{ x.foo }}{% endfor %}")
    assert found[0].startswith("review.qmd:2: found 'foo', wanted a name under tb.rows.aronson: ")
    assert problems("{{ cite('nobody') }}")[0].startswith(
        "review.qmd:1: found 'nobody', wanted a study or a key of the bibliography: "
    )


def test_all_problems_of_all_templates_come_at_once_with_file_and_line() -> None:
    parts = {"templates/a.qmd": "x\n\n{{ tb.estt }}\n", "templates/b.qmd": "{{ 1 + 2 }}"}
    text = '{% include "templates/a.qmd" %}\n{% include "templates/b.qmd" %}\n{{ nope }}'
    found = problems(text, parts=parts)
    assert [line.split(": ")[0] for line in found] == [
        "review.qmd:3",
        "templates/a.qmd:3 tb.estt",
        "templates/b.qmd:1",
        "templates/b.qmd:1",
        "templates/b.qmd:1",
    ]


def test_an_error_while_rendering_names_the_line_of_the_included_template() -> None:
    parts = {"templates/a.qmd": "x\n\n{{ tb.est }}\n"}
    assert problems('\n{% include "templates/a.qmd" %}', parts=parts) == [
        "templates/a.qmd:3: found tb.est, a number, without a format, wanted one: tb.est | …"
    ]


def test_an_included_template_and_its_macros() -> None:
    parts = {
        "templates/a.qmd": "{{ tb.k | count }} {{ studies.aronson.label }}",
        "templates/m.qmd": "{% macro pooled(a) %}({{ a | interval }}){% endmacro %}",
    }
    text = (
        "{% from 'templates/m.qmd' import pooled %}\n"
        "{% include 'templates/a.qmd' %} {{ pooled(tb) }}"
    )
    assert plain(text, parts=parts) == "6 Aronson 1948 (0.25–0.71)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '@fig-a {% call figure("forrest", id="fig-a") %}a\n\nb{% endcall %}',
            "review.qmd:1: found 'forrest', wanted a kind of figure: perhaps forest?",
        ),
        (
            '@fig-a {% call figure("forest", id="fig-a") %}a{% endcall %}',
            "review.qmd:1: found 1 paragraph in figure fig-a, wanted two: the caption, the "
            "alternative text",
        ),
        (
            '@fig-a {{ figure("forest", id="fig-a") }}',
            "review.qmd:1: found 0 paragraphs in figure fig-a, wanted two: the caption, the "
            "alternative text",
        ),
        (
            '{% call figure("forest", id="forest") %}a\n\nb{% endcall %}',
            "review.qmd:1: found the id 'forest', wanted fig-…",
        ),
        ('@fig-a {% call figure("forest", id="fig-a", x=tb) %}a\n\nb{% endcall %}', None),
        (
            '@fig-a {% call figure("forest", id="fig-a", besides="x") %}a\n\nb{% endcall %}',
            "review.qmd:1: found 'besides', wanted an option of a forest figure: perhaps beside?",
        ),
        (
            '@fig-a {% call figure("flow", id="fig-a", tool="x") %}a\n\nb{% endcall %}',
            "review.qmd:1: found 'tool', wanted an option of a flow figure: previous, "
            "searched, found, again, analysis, width",
        ),
        (
            '@fig-a {% call figure("forest", id="fig-a") %}a\n\nb{% endcall %}',
            'review.qmd:1: found forest figure fig-a without analysis, wanted analysis="…", one '
            "of: tb, tb_random",
        ),
        (
            '\n@fig-a {% call figure("funnel", id="fig-a", analysis="bt") %}a\n\nb{% endcall %}',
            "review.qmd:2: found 'bt', wanted an analysis of the plan: tb, tb_random",
        ),
        (
            '@fig-a {% call figure("gosh", id="fig-a", analysis="tb") %}a\n\nb{% endcall %}',
            "review.qmd:1: found figure fig-a of tb, which has no gosh, wanted `gosh: {}` under tb "
            "in review.yml",
        ),
        (
            '@fig-a {% call figure("cumulative", id="fig-a", analysis="tb_random") %}a\n\nb'
            "{% endcall %}",
            "review.qmd:1: found figure fig-a of tb_random, which has no cumulative, wanted "
            "`cumulative: year` under tb_random in review.yml",
        ),
        (
            '@fig-a {% call figure("forest", id="fig-a", analysis="tb", subgroup="age") %}a\n\nb'
            "{% endcall %}",
            "review.qmd:1: found 'age', wanted one of the subgroups of tb: randomised",
        ),
        (
            '@fig-a {% call figure("bubble", id="fig-a", analysis="tb") %}a\n\nb{% endcall %}',
            'review.qmd:1: found a bubble figure without regression, wanted regression="…", one '
            "of: year",
        ),
        (
            '@fig-a {% call figure("bubble", id="fig-a", analysis="tb_random", regression="a") %}'
            "a\n\nb{% endcall %}",
            "review.qmd:1: found 'a', wanted one of the regressions of tb_random; there is none "
            "yet",
        ),
        (
            '@fig-a {% call figure("traffic", id="fig-a") %}a\n\nb{% endcall %}',
            "review.qmd:1: found traffic figure fig-a without tool, wanted a tool in review.yml "
            "first",
        ),
        (
            '@fig-a {% call figure("forest", id="fig-a", analysis="tb", quality="nos") %}a\n\nb'
            "{% endcall %}",
            "review.qmd:1: found 'nos', wanted an id under `tools` of review.yml; there is none "
            "yet",
        ),
        (
            '@fig-a {% call figure("forest", id="fig-a", analysis="tb", beside="tb_all") %}a\n\nb'
            "{% endcall %}",
            "review.qmd:1: found 'tb_all', wanted an analysis of the plan: tb, tb_random",
        ),
        (
            '@tbl-a {% call table("poolled", id="tbl-a") %}a{% endcall %}',
            "review.qmd:1: found 'poolled', wanted a kind of table: perhaps pooled?",
        ),
        (
            '@tbl-a {{ table("pooled", id="tbl-a") }}',
            "review.qmd:1: found no caption of table tbl-a, wanted one in a call block",
        ),
        (
            '@tbl-a {% call table("pooled", id="tbl-a", tool="x") %}a{% endcall %}',
            "review.qmd:1: found 'tool', wanted an option of table tbl-a: analyses",
        ),
        (
            '@tbl-a {% call table("pooled", id="tbl-a", analyses="xyz") %}a{% endcall %}',
            "review.qmd:1: found 'xyz', wanted one of the analyses of table tbl-a: tb, tb_random",
        ),
        (
            '@tbl-a {% call table("quality", id="tbl-a") %}a{% endcall %}',
            'review.qmd:1: found table tbl-a without tool, wanted tool="…"',
        ),
        (
            '@tbl-a {% call table("audit", id="tbl-a") %}a{% endcall %}',
            "review.qmd:1: found table tbl-a without an audit, wanted data/published.yml",
        ),
        (
            '@tbl-a {% call table("harms", id="tbl-a") %}a{% endcall %}\n\n{% call '
            'table("harms", id="tbl-a") %}a{% endcall %}',
            "review.qmd:3: found #tbl-a, which review.qmd:1 has too, wanted another id",
        ),
    ],
)
def test_wrong_figures_and_tables(text: str, said: str | None) -> None:
    found = problems(text)
    if said is None:
        assert found[0].startswith("review.qmd:1: found x = AnalysisFinding(")
    else:
        assert found == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "---\ntitle: x\n---\n",
            "review.qmd:2 title: found it here, wanted it in data/ alone",
        ),
        (
            "---\na: {{ tb }}\n---\n",
            "review.qmd:1: found Jinja in the front matter, wanted it in the text",
        ),
        (
            "---\n- a\n---\n",
            "review.qmd:1: found front matter that is no mapping, wanted keys and values",
        ),
        (
            "---\ncsl: a\ncsl: b\n---\n",
            "review.qmd:3 csl: found the key 'csl' a second time (first on line 2), wanted it once",
        ),
        (
            "---\na: [\n---\n",
            "review.qmd:3: found a bracket, brace or comma where a value should stand, wanted a "
            "value, or the text in quotes",
        ),
        (
            "---\na: 1\n",
            "review.qmd:1: found front matter without an end, wanted --- on a line of its own",
        ),
    ],
)
def test_wrong_front_matter(text: str, said: str) -> None:
    assert problems(text) == [said]


def test_front_matter_goes_into_the_paper_as_it_stands() -> None:
    text = "---\nnumber-sections: true\nratio: 1.50\ntags: [a, {b: no}]\n---\n"
    own, rest = split(f"{text}x", "review.qmd")
    assert own == {"number-sections": True, "ratio": 1.5, "tags": ["a", {"b": "no"}]}
    assert yaml.safe_load(yaml.safe_dump(own)) == own
    assert rest == "\n" * 5 + "x"


def test_the_lines_of_the_text_count_the_front_matter() -> None:
    assert problems("---\nnumber-sections: true\n---\n\n{{ zzz }}")[0].startswith("review.qmd:5: ")


def test_a_review_without_a_manuscript() -> None:
    review, findings = tiny()
    with pytest.raises(TemplateError) as caught:
        write(review, findings, {"templates/x.qmd": ""})
    assert str(caught.value) == "review.qmd: found no such file, wanted the manuscript"


def test_an_error_of_the_program_is_not_blamed_on_the_template() -> None:
    _, findings = tiny()
    analysis = findings.analyses["tb"]
    damaged = replace(analysis.synthesis, est=float("nan"))
    odd = replace(findings, analyses={"tb": replace(analysis, synthesis=damaged)})
    assert problems("{{ tb.est | ratio }}", findings=odd) == [
        "review.qmd:1: tb.est: found a value that is not a number (NaN), wanted a number"
    ]


def test_templates_that_call_one_another_without_end() -> None:
    said = ["review.qmd: found templates or claims that call one another without end"]
    assert problems('{% include "review.qmd" %}') == said
    assert problems("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}") == said
    claims = [outcome("one", holds=True, text='{{ claim("one") }}')]
    assert problems('{{ claim("one") }}', claims=claims) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ tb.rows | series }}", "found something without a format in a list, wanted texts"),
        ("{{ tb() }}", "found a value called like a function, wanted it without ( )"),
        (
            "{% macro m(a) %}a{% endmacro %}{{ m(tb, tb) }}",
            "found a wrong use: m() takes 1 arguments but 2 were given",
        ),
        (
            "{% macro m(a) %}a{% endmacro %}{{ m(b=tb) }}",
            "found a wrong use: m() takes no argument 'b'",
        ),
        (
            "{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}",
            "found the name 'a', which nothing sets here",
        ),
        (
            "{% if 'x' is reported %}{% endif %}",
            "found something else before `is reported`, wanted a finding or data",
        ),
        (
            "{{ studies.aronson.label | count }}",
            "studies.aronson.label: count: found 'Aronson 1948', wanted a whole number of "
            "0 or more",
        ),
        (
            "{% if studies.aronson.year == tb %}{% endif %}",
            "found studies.aronson.year compared with another thing, wanted a text: no thresholds",
        ),
    ],
)
def test_wrong_uses_while_rendering(text: str, said: str) -> None:
    assert problems(text) == [f"review.qmd:1: {said}"]


def test_what_is_not_there_yet_may_be_asked_for_and_not_printed() -> None:
    guarded = "{% if later %}{{ later.count }}{% endif %}Text\n"
    assert body(guarded, extra={"later": None}).strip() == "Text"
    assert problems("{{ later.count | count }}\n", extra={"later": None}) == [
        "review.qmd:1: found 'count', wanted a name under later; there is none yet"
    ]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_of_figure_takes_the_options_that_it_reads(kind: str) -> None:
    import analysis.figures

    text = (Path(analysis.figures.__file__).parent / f"{KINDS[kind]}.py").read_text("utf-8")
    read = set(re.findall(r'(?:request, *|options\.get\()"(\w+)"', text))
    if "subgroup_of(" in text:
        read.add("subgroup")
    assert read == set(OPTIONS.get(kind, ()))


def test_an_id_without_its_beginning_is_said_beside_the_reference_to_it() -> None:
    text = '@fig-a {% call figure("forest", id="a", analysis="tb") %}c\n\nd{% endcall %}'
    assert sorted(problems(text)) == [
        "review.qmd:1: found '@fig-a', wanted a label; there is none yet",
        "review.qmd:1: found the id 'a', wanted fig-…",
    ]
