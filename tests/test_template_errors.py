"""Templates that Jinja cannot read: each message in full, with the line to mend."""

from __future__ import annotations

import pytest

from analysis import template_syntax
from analysis.errors import TemplateError
from analysis.template_errors import TAGS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a\n{% if x %}\nb\n{% for y in z %}{% endfor %}\n\nc",
            "2: found {% if %} that is never closed, wanted {% endif %}",
        ),
        (
            "{% set y %}\n{% set x = y %}",
            "1: found {% set %} that is never closed, wanted {% endset %}",
        ),
        (
            "a\n{{ x\n\n## Head {#sec-x}\n\n{{ y }}",
            "2: found {{ that does not close before the text goes on, wanted }}",
        ),
        (
            "a\n{{ x.y\nb {{ z }}",
            "2: found {{ that does not close before the text goes on, wanted }}",
        ),
        (
            "{% if x\n\nAnd so on.",
            "1: found {% that does not close before the text goes on, wanted %}",
        ),
        (
            "a\n\n{{ x | number(“2”) }}",
            '3: found the curly quote “ in a tag, wanted a straight one: "',
        ),
        ("{{ ‘x’ }}", "1: found the curly quote ‘ in a tag, wanted a straight one: '"),
        ("{{ 'x }}", "1: found a quote ' in a tag that never closes, wanted the closing one"),
        ("{{ x # y }}", "1: found '#' in a tag, wanted names, formats and texts in quotes alone"),
        (
            "{{ x estimate }}",
            "1: found 'estimate' behind a value in {{ … }}, wanted | before a format, or }}",
        ),
        ("a\n{{ x.y }\nb", "2: found } alone in a tag, wanted }} at its end"),
        ("{{ x | number(2 }}", "1: found } in a tag, wanted ) before it"),
        ("{{ }}", "1: found a tag with nothing before }}, wanted a name or a condition"),
        ("{% if %}", "1: found a tag with nothing before %}, wanted a name or a condition"),
        ("{{ x | }}", "1: found }} too early, wanted a name before it (behind | a format)"),
        ("{{ | x }}", "1: found '|' in a tag, wanted a name or a text in quotes"),
        ("{% for x y %}{% endfor %}", "1: found 'y' in a tag, wanted 'in'"),
        ("{% else x %}", "1: found {% else %} without an {% if %}, wanted one before it"),
        ("a\n{% endif %}", "2: found {% endif %} without its {% if %}, wanted one before it"),
        (
            "{% if x %}\n{% for y in z %}\n{% endif %}\n{% endfor %}",
            "3: found {% endif %} while {% for %} of line 2 is open, wanted {% endfor %} before it",
        ),
        ("{% iff x %}", "1: found the unknown tag {% iff %}, wanted one of Jinja's: perhaps if?"),
        (
            "{% while x %}",
            "1: found the unknown tag {% while %}, wanted one of Jinja's: " + ", ".join(TAGS),
        ),
        ("{% if x y %}{% endif %}", "1: found 'y' where a tag should end, wanted %}"),
        ("a\n{%# never", "2: found {%# that is never closed, wanted #%}"),
        ("{% raw %}x", "1: found {% raw %} that is never closed, wanted {% endraw %}"),
        (
            "a\nb { tb | estimate } c",
            "2: found { tb | estimate } in the text, which prints as it stands, wanted "
            "two braces: {{ tb | estimate }}",
        ),
        (
            "{{ tb.title }} and\n\n{tb.k} or {tb.i2|percent(1)}",
            "3: found {tb.i2|percent(1)} in the text, which prints as it stands, wanted two "
            "braces: {{tb.i2|percent(1)}}\n"
            "3: found {tb.k} in the text, which prints as it stands, wanted two braces: {{tb.k}}",
        ),
    ],
)
def test_what_jinja_cannot_read_is_said_in_words_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        template_syntax.parse(text, "review.qmd")
    assert str(caught.value) == "\n".join(f"review.qmd:{line}" for line in message.split("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "[a]{.tip} ## {#sec-x} {k=v} {.a .b}",
        r"$\frac{a.b}{c} x_{i.j} \{x | y\}$",
        "{x | y} of sets",
        "`{ tb | estimate }` prints nothing by itself",
        "{% raw %}a {{ b }} c{% endraw %}",
    ],
)
def test_braces_of_pandoc_and_latex_are_no_findings(text: str) -> None:
    template_syntax.parse(text, "review.qmd")
