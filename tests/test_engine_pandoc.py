"""The pandoc engine: what it publishes, what it refuses, and that it does so alike each time."""

from __future__ import annotations

import base64
import importlib.util
import io
import itertools
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from PIL import Image

from analysis.engines import Source, pandoc, program
from analysis.engines.page import natural_size
from analysis.engines.paper import typst_code
from analysis.engines.places import Places
from analysis.engines.program import pandoc_path
from analysis.errors import RenderError, TemplateError
from tests.engine_sample import (
    DATE,
    HEAD,
    ROOT,
    SAMPLE,
    figures,
    files,
    html_text,
    pdf_text,
    publish,
    published,
    sample,
    source,
)

FIGURE = "![Cap](figures/flow.svg){#fig-flow fig-alt='Alt'}\n"
TABLE = "| A | B |\n|:--|--:|\n| 1 | 2 |\n\n: Cap {#tbl-a}\n"


def page(body: str, **more: bytes) -> str:
    return publish(body, "html", **more)["index.html"].decode("utf-8")


def main_text(body: str, **more: bytes) -> str:
    """The words of the page's text, without title and contents."""
    whole = page(body, **more)
    return html_text(whole[whole.index("<main") : whole.index("</main>")].encode()).strip()


def refused(body: str, head: str = HEAD, **more: bytes) -> str:
    with pytest.raises(TemplateError) as caught:
        pandoc.read(source(body, head, **more))
    return str(caught.value)


# Cross-references and citations


def test_figures_tables_and_sections_are_numbered_in_reading_order() -> None:
    labels = {label.id: (label.name, label.place) for label in pandoc.read(sample()).labels}
    text = (SAMPLE / "index.qmd").read_text(encoding="utf-8").split("\n")
    names = {name.replace("\u00a0", " ") for name, _ in labels.values()}
    assert {n for n in names if n[0] in "FT"} == {
        *("Figure 1", "Figure 2", "Figure 3"),
        *("Table 1", "Table 2", "Table 3", "Table 4"),
    }
    for identifier, (_, place) in labels.items():
        line = int(place.split(":")[1])
        assert re.search(rf"#{identifier}\b", text[line - 1])


def test_typst_counts_as_the_text_does() -> None:
    """Typst numbers captions itself, the text is numbered before: they must agree."""
    text = pdf_text(published()["review.pdf"])
    # Each caption's own words stand beside the number that the tree gave its label.
    expected = {
        "fig-flow": "Flow of studies",
        "fig-forest-os": "Overall survival. Hazard ratios",
        "fig-funnel": "Funnel plot",
        "tbl-characteristics": "Characteristics and results",
        "tbl-methods": "The pooled hazard ratio",
        "tbl-nos": "Newcastle–Ottawa",
        "tbl-audit": "Audit of",
    }
    for label in pandoc.read(sample()).labels:
        if label.id in expected:
            assert re.search(rf"{label.name.replace(chr(160), '.')}\. {expected[label.id]}", text)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("@fig-flow", "Figure 1"),
        ("[@fig-flow; @tbl-a]", "Figure 1, Table 1"),
        ("[-@fig-flow]", "1"),
        ("[see Fig. @fig-flow]", "see Fig. 1"),
        ("@sec-two", "Section 1.1"),
    ],
)
def test_references_read_as_in_quarto(reference: str, words: str) -> None:
    body = (
        f"# One\n\nSee {reference}, @fig-flow, @tbl-a.\n\n## Two {{#sec-two}}\n\n{FIGURE}\n{TABLE}"
    )
    assert f"See {words}, Figure 1, Table 1." in main_text(body).replace("\u00a0", " ")


def test_unnumbered_sections_do_not_count() -> None:
    body = "# One {.unnumbered}\n\n# Two {#sec-two}\n\nSee @sec-two.\n"
    assert main_text(body).replace("\u00a0", " ").endswith("See Section 1.")


def test_numbered_sections_bear_their_numbers() -> None:
    levels = "".join(f"{'#' * n} L{n}\n\n" for n in range(1, 7))
    unseen = (
        "::: {.content-hidden when-format='html'}\n\n"
        "::: {.content-visible when-format='html'}\n\n# In no format\n\n:::\n\n:::\n\n"
    )
    whole = page(f"# A {{#sec-a}}\n\n# B {{.unnumbered}}\n\n{unseen}{levels}# C\n")
    headings = re.findall(r"<h\d[^>]*>(.*?)</h\d>", whole[whole.index("<main") :], re.DOTALL)
    assert [html_text(heading.encode()).strip() for heading in headings] == [
        *("1 A", "B", "2 L1", "2.1 L2", "2.1.1 L3", "2.1.1.1 L4", "2.1.1.1.1 L5"),
        "3 C",
    ]
    assert "2.1.1.1.1.1 L6" in html_text(whole.encode())  # HTML has no seventh level
    assert "header-section-number" not in headings[1]


def test_every_link_inside_a_page_leads_somewhere() -> None:
    whole = published()["index.html"].decode("utf-8")
    there = set(re.findall(r'\bid="([^"]+)"', whole))
    targets = set(re.findall(r'href="#([^"]+)"', whole))
    assert {"fig-flow", "tbl-nos", "ref-jia2021", "sec-methods", "page-text", "fn1"} <= targets
    assert targets <= there


def test_a_link_may_lead_to_anything_on_the_page_that_has_a_name() -> None:
    for named in ("[there]{#there}", "::: {#there}\nthere\n:::", "# There {#there}"):
        assert "See it." in main_text(f"See [it](#there).\n\n{named}\n")


def test_no_two_elements_of_a_page_share_an_id() -> None:
    headings = "# Abstract\n\n# Text\n\n# Top\n\n# Theme\n"
    head = "---\ntitle: T\nabstract: A.\n---\n\n"
    for content in (publish(headings, "html", head=head)["index.html"], published()["index.html"]):
        found = re.findall(r'\bid="([^"]+)"', content.decode("utf-8"))
        assert len(found) == len(set(found))


def test_citations_are_numbered_in_the_order_of_the_text() -> None:
    text = html_text(published()["index.html"])
    assert "published meta-analysis [1]" in text  # the abstract cites first
    assert "the heart and the lung [2,3]" in text
    assert "reported since [4–6]" in text
    assert re.search(r"10\.\s*Egger M, Davey Smith G", text)


def test_what_the_text_never_refers_to_is_reported_with_its_line() -> None:
    document = pandoc.read(source(f"# A\n\n{TABLE}\n{FIGURE}\nSee @fig-flow.\n"))
    assert [(lost.id, lost.place) for lost in pandoc.unreferenced(document)] == [
        ("tbl-a", "index.qmd:13")
    ]
    assert pandoc.unreferenced(pandoc.read(sample())) == ()
    of_itself = FIGURE.replace("Cap", "As @fig-flow shows")
    lost = pandoc.unreferenced(pandoc.read(source(f"# A\n\n{of_itself}\n")))
    assert [one.id for one in lost] == ["fig-flow"]


# What is refused


def test_a_bibliography_that_would_act_is_refused() -> None:
    entry = "@misc{x, title = {A \\href{javascript:alert(1)}{link}}, year = {2020}}"
    files = {"references.bib": entry.encode()}
    text = "---\ntitle: T\nbibliography: references.bib\n---\n\n# A\n\nAs in [@x].\n"
    with pytest.raises(TemplateError) as caught:
        pandoc.read(Source(text, files, None))
    assert str(caught.value) == (
        "index.qmd: found a link to javascript:, wanted one to http:, https: or mailto:"
    )


def test_the_title_of_the_window_is_escaped_once() -> None:
    head = HEAD.replace("title: T", r"title: 'A & B \<b\>: 100% \</title\>'")
    page = publish("# A\n\nx\n", "html", head=head)["index.html"].decode("utf-8")
    assert "<title>A &amp; B &lt;b&gt;: 100% &lt;/title&gt;</title>" in page


def test_what_the_data_say_never_takes_the_place_of_a_part_of_the_page() -> None:
    marks = "@@script@@ @@styles@@ @@body@@ @@origins@@"
    typed = marks.replace("@", "\\@")
    head = HEAD.replace("title: T", f"title: '{typed}'")
    page = publish(f"# A\n\n{typed}\n", "html", head=head)["index.html"].decode("utf-8")
    script = (ROOT / "templates/page.js").read_text("utf-8")
    assert page.count(script) == 1
    assert marks in page.split("</head>")[1]
    assert script in page.split("</main>")[1]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("```{python}\n1\n```", "found a code cell {python}, wanted text: no engine runs code"),
        ("`{r} x`", "found a code cell {r}, wanted text: no engine runs code"),
        (
            "```{r, echo=FALSE}\n1\n```",
            "found a code cell {r}, wanted text: no engine runs code",
        ),
        (
            "```{mermaid}\ngraph\n```",
            "found a code cell {mermaid}, wanted text: no engine runs code",
        ),
        (
            "\\newpage x",
            "found raw tex `\\newpage`, wanted Markdown, which every format can show",
        ),
        (
            "[x](javascript:alert)",
            "found a link to javascript:, wanted one to http:, https: or mailto:",
        ),
        (
            "[x](<Java%0AScript:alert>)",
            "found a link to JavaScript:, wanted one to http:, https: or mailto:",
        ),
        (
            "[x](data:text/html,x)",
            "found a link to data:, wanted one to http:, https: or mailto:",
        ),
        (
            "x <img src='a'>",
            "found raw html `<img src='a'>`, wanted Markdown, which every format can show",
        ),
        (
            "::: {.panel-tabset}\nx\n:::",
            "found the class .panel-tabset, which the pandoc engine does not know",
        ),
        (
            "::: {.column-margin}\nx\n:::",
            "found the class .column-margin, which the pandoc engine does not know",
        ),
        (
            "::: {.callout-foo}\nx\n:::",
            "found the class .callout-foo, which the pandoc engine does not know",
        ),
        (
            "::: {layout-ncol=2}\nx\n:::",
            'found layout-ncol="2", which the pandoc engine does not know',
        ),
        (
            "::: {#fig-a}\nx\n:::",
            "found #fig-a on a div or span, wanted it on a figure or table",
        ),
        (
            "::: {.content-visible when-profile='a'}\nx\n:::",
            'found when-profile="a", wanted when-format or unless-format of '
            '"html", "typst" or "docx"',
        ),
        (
            "[x]{.content-hidden when-format='pdf'}",
            'found when-format="pdf", wanted when-format or unless-format of '
            '"html", "typst" or "docx"',
        ),
        (
            "::: {.content-visible}\nx\n:::",
            "found .content-visible without a condition, wanted when-format",
        ),
        (
            "::: {.callout-note}\nx\n:::",
            "found .callout-note outside the page, wanted it inside "
            '::: {.content-visible when-format="html"}',
        ),
        ("### C", 'found level 3 ("C"), wanted level 2 at most'),
        ("See @fig-x.", "found @fig-x, which labels nothing, wanted a label #fig-x"),
        (
            "See @eq-x.",
            "found @eq-x, wanted a reference to a figure, table or section",
        ),
        ("See @nokey.", "found the citation @nokey, wanted a key of the bibliography"),
        (
            "See [@sec-a; @jia2021].",
            "found @jia2021 beside a cross-reference, wanted citations apart from them",
        ),
        (
            "[@sec-a, p. 3]",
            'found ", p. 3" after @sec-a, wanted it outside the brackets',
        ),
        (
            "[@sec-a; @jia2021, p. 3].",
            "found @jia2021 beside a cross-reference, wanted citations apart from them",
        ),
        (
            "[out](https://example.org) [x](#nowhere)",
            "found a link to #nowhere, wanted one to something on this page",
        ),
        ("[x](#nowhere)", "found a link to #nowhere, wanted one to something on this page"),
        (
            "![](figures/flow.svg){#fig-a fig-alt='x'}",
            "found the figure #fig-a without a caption",
        ),
        (
            "![cap](figures/flow.svg){#fig-a}",
            "found no alternative text for figures/flow.svg, wanted fig-alt",
        ),
        (
            "![cap](figures/flow.svg){fig-alt='x'}",
            'found a figure without a label ("cap"), wanted {#fig-…}',
        ),
        (
            r"\customcommand{of an argument that goes on for longer than a message will show it}",
            r"found raw tex `\customcommand{of an argument that goes on for longer than a`"
            ", wanted Markdown, which every format can show",
        ),
        (
            "![A caption whose words are more than\nare shown](figures/flow.svg){fig-alt='x'}",
            'found a figure without a label ("A caption whose words are more than are "), '
            "wanted {#fig-…}",
        ),
        (
            "In ![cap](figures/flow.svg){#fig-a fig-alt='x'} a line",
            "found the figure #fig-a in a line of text, wanted it in a paragraph of its own",
        ),
        (
            "![cap](https://example.org/a.svg){#fig-a fig-alt='x'}",
            "found the image https://example.org/a.svg, wanted a path inside the review",
        ),
        (
            "![cap](../a.svg){#fig-a fig-alt='x'}",
            "found the image ../a.svg, wanted a path inside the review",
        ),
        (
            "![cap](figures/flow.svg){#fig-a fig-alt='x' fig-align='left'}",
            'found fig-align="left" on an image, wanted fig-alt, width or height',
        ),
        *(
            (
                f"![cap](figures/flow.svg){{#fig-a fig-alt='x' {side}='{size}'}}",
                f'found {side}="{size}" on an image, '
                "wanted a number with %, cm, mm, in, pt, em or px",
            )
            for side in ("width", "height")
            for size in ("10pt + panic(1)", "10pt;background:url(x)", "auto", "-1cm", "1e3", "٣")
        ),
    ],
)
def test_what_the_engine_does_not_know_is_refused_by_name_and_line(body: str, message: str) -> None:
    assert refused(f"# A {{#sec-a}}\n\n{body}\n") == f"index.qmd:9: {message}"


@pytest.mark.parametrize(
    ("size", "css", "typst"),
    [
        ("300px", "300px", "225pt"),
        ("300", "300px", "225pt"),
        ("62.5%", "62.5%", "62.5%"),
        ("8.25cm", "8.25cm", "8.25cm"),
        ("3in", "3in", "3in"),
        ("40mm", "40mm", "40mm"),
        ("90pt", "90pt", "90pt"),
        ("9em", "9em", "9em"),
    ],
)
def test_an_image_has_the_size_that_is_asked_for(size: str, css: str, typst: str) -> None:
    body = f"See @fig-a.\n\n![Cap](figures/flow.svg){{#fig-a fig-alt='x' width='{size}'}}\n"
    assert re.search(rf'style="width:{re.escape(css)};', page(body))
    document = pandoc.read(source(body))
    assert f'image("figures/flow.svg", width: {typst}, alt: "x")' in typst_code(document)
    publish(body, "pdf")


@pytest.mark.parametrize(
    ("caption", "message"),
    [
        (": cap", 'found a table without a label ("cap"), wanted {#tbl-…}'),
        (
            ': cap {#tbl-a tbl-colwidths="[1,2]"}',
            'found tbl-colwidths="[1,2]", wanted 1 percentages above 0',
        ),
        (
            ': cap {#tbl-a tbl-colwidths="[0]"}',
            'found tbl-colwidths="[0]", wanted 1 percentages above 0',
        ),
        (': cap {#tbl-a foo="1"}', 'found foo="1" on a table, wanted tbl-colwidths'),
        (": {#tbl-a}", "found a table without a caption"),
    ],
)
def test_a_table_says_what_it_lacks(caption: str, message: str) -> None:
    assert refused(f"| A |\n|---|\n| 1 |\n\n{caption}\n") == f"index.qmd:11: {message}"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "{{< include x.qmd >}}",
            " {{< include x.qmd >}}: found another shortcode, wanted meta, var or pagebreak "
            "(the quarto engine knows the rest)",
        ),
        (
            "`{{< env HOME >}}`",
            " {{< env HOME >}}: found another shortcode, wanted meta, var or pagebreak "
            "(the quarto engine knows the rest)",
        ),
        (
            "x {{< pagebreak >}}",
            " {{< pagebreak >}}: found text beside it, wanted its own line",
        ),
        (
            "{{< meta nope >}}",
            " {{< meta nope >}}: found no such name in the front matter, wanted a text or number",
        ),
        (
            "{{< var a.b >}}",
            " {{< var a.b >}}: found a list or mapping in _variables.yml, wanted a text or number",
        ),
        (
            "{{< meta",
            ': found "{{<" alone, wanted {{< … >}} on one line, or \\{\\{< for the text itself',
        ),
        (
            "{{{< meta title >}}}",
            ': found "{{<" alone, wanted {{< … >}} on one line, or \\{\\{< for the text itself',
        ),
    ],
)
def test_a_shortcode_that_is_not_known_is_refused(code: str, message: str) -> None:
    found = refused(f"{code}\n", _variables_dot_yml=b"a: {b: [1]}")
    assert found == f"index.qmd:7{message}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"a: [1",
            ":1: found a list that opens with '[' and never closes, wanted ']'",
        ),
        (b"- a", ":1: found no mapping, wanted names and their values"),
        (
            b"[" * 100_000,
            ":1: found more than 30 levels of lists and mappings one in another, wanted fewer",
        ),
        (
            b"a: \xff",
            ":1: found the byte 0xFF (in Windows encoding: ÿ), wanted UTF-8: save the file as "
            "UTF-8",
        ),
    ],
    ids=["a bracket", "a list", "brackets", "no UTF-8"],
)
def test_variables_that_cannot_be_read(content: bytes, message: str) -> None:
    found = refused("{{< var a >}}\n", _variables_dot_yml=content)
    assert found == f"_variables.yml{message}"


def test_without_variables_there_is_none() -> None:
    assert refused("{{< var a >}}\n") == (
        "index.qmd:7 {{< var a >}}: found no such name in _variables.yml, wanted a text or number"
    )


def test_pandocs_warnings_stop_the_build() -> None:
    assert refused("::: {.x}\nopen\n") == (
        "index.qmd:7: pandoc: Div at index.qmd line 7 column 1 unclosed at index.qmd line 11 "
        "column 1, closing implicitly."
    )


def test_one_label_is_one_thing() -> None:
    assert "index.qmd:7: found #fig-flow twice, wanted one label for one thing" in refused(
        f"{FIGURE}\n{FIGURE}"
    )


def test_all_problems_come_at_once() -> None:
    assert refused("See @fig-x.\n\n{{< meta title >}} `{r} x`\n").split("\n") == [
        "index.qmd:7: found @fig-x, which labels nothing, wanted a label #fig-x",
        "index.qmd:9: found a code cell {r}, wanted text: no engine runs code",
    ]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (
            "---\ntitle: [\n---\n",
            "index.qmd:3: found no YAML (did not find expected node content), wanted a mapping",
        ),
        ("---\n- a\n---\n", "index.qmd:2: found a list, wanted a mapping of names to values"),
        (
            "---\ntitle: T\nbibliography: no.bib\n---\n",
            "index.qmd:3 bibliography: found no.bib, wanted a file of the review",
        ),
        (
            "---\ntitle: T\ncrossref:\n  fig-title: Abb.\n---\n",
            "index.qmd:3: found crossref, which the pandoc engine does not know",
        ),
    ],
)
def test_front_matter_that_cannot_be_used(head: str, message: str) -> None:
    assert refused("text\n", head) == message


def test_a_section_without_a_number_cannot_be_referred_to() -> None:
    head = "---\ntitle: T\n---\n\n"
    assert refused("# A {#sec-a}\n\nSee @sec-a.\n", head) == (
        "index.qmd:7: found @sec-a, which has no number, wanted number-sections: true"
    )


def test_a_reference_to_nothing_names_what_there_is() -> None:
    other = FIGURE.replace("fig-flow", "fig-forest-os")
    assert refused(f"# A {{#sec-a}}\n\nSee @fig-forest-dfs.\n\n{FIGURE}\n{other}\n{TABLE}") == (
        "index.qmd:9: found @fig-forest-dfs, which labels nothing, wanted one of @fig-flow, "
        "@fig-forest-os"
    )


def test_a_figure_without_a_label_or_a_word_in_its_caption() -> None:
    assert refused("![[]{}](figures/flow.svg){fig-alt='x'}\n") == (
        'index.qmd: found a figure without a label (""), wanted {#fig-…}'
    )


def test_a_picture_in_a_line_of_text_is_no_figure() -> None:
    body = "In ![small](figures/flow.svg){fig-alt='x'} and ![](figures/flow.svg){#it fig-alt='x'}"
    assert pandoc.read(source(f"{body} a line.\n")).labels == ()


def test_a_figure_that_nobody_drew() -> None:
    document = pandoc.read(source(f"See @fig-flow.\n\n{FIGURE}"))
    with pytest.raises(TemplateError) as caught:
        pandoc.write(document, {}, ["html"])
    assert str(caught.value) == (
        "index.qmd:9: found figures/flow.svg, wanted a figure that the build draws, "
        "or a PNG or JPEG in templates/"
    )
    with pytest.raises(TemplateError) as caught:
        pandoc.write(document, {"figures/flow.svg": b"<svg/>"}, ["docx"])
    assert str(caught.value) == (
        "index.qmd:9: found no figures/flow.png beside figures/flow.svg, wanted it for Word"
    )


@pytest.mark.parametrize(("suffix", "form"), [("png", "PNG"), ("jpg", "JPEG"), ("JPEG", "JPEG")])
def test_a_picture_of_the_author_s_own_is_in_every_format(suffix: str, form: str) -> None:
    canvas = io.BytesIO()
    Image.new("RGB", (64, 48), (128, 128, 128)).save(canvas, form)
    path, picture = f"templates/nodes.{suffix}", canvas.getvalue()
    body = f"See @fig-nodes.\n\n![The nodes.]({path}){{#fig-nodes fig-alt='Where they lie.'}}\n"
    made = pandoc.write(
        pandoc.read(replace(source(body), files={**files(), path: picture})),
        {}, ("html", "pdf", "docx"),
    )  # fmt: skip
    kind = f"data:image/{form.lower()};base64,"
    assert kind + base64.b64encode(picture).decode() in made["index.html"].decode()
    pages = pypdf.PdfReader(io.BytesIO(made["review.pdf"])).pages
    shown = [one.image for page in pages for one in page.images if one.image]
    assert [(it.size, it.getpixel((9, 9))) for it in shown] == [((64, 48), (128, 128, 128))]
    with zipfile.ZipFile(io.BytesIO(made["review.docx"])) as word:
        assert picture in [word.read(n) for n in word.namelist() if n.startswith("word/media/")]


def test_the_last_words_of_pandoc_and_typst() -> None:
    with pytest.raises(RenderError) as caught:
        publish("x [@a]\n", "html", data__references_dot_bib=b"@article{a, title={x}")
    assert str(caught.value) == (
        "pandoc, resolving citations: Error reading bibliography file data/references.bib: "
        "(line 1, column 22): unexpected end of input"
    )
    with pytest.raises(RenderError) as caught:
        publish("$\\nosuch{x}$\n", "docx")
    assert str(caught.value).startswith(
        "pandoc, writing the Word file: Could not convert TeX math \\nosuch{x}, rendering as TeX"
    )
    style = files()["templates/paper.typ"] + b"\n#nothing"
    with pytest.raises(RenderError) as caught:
        publish("x\n", "pdf", templates__paper_dot_typ=style)
    assert str(caught.value) == "typst: unknown variable: nothing"


def test_a_character_without_a_font_is_an_error_never_a_box() -> None:
    with pytest.raises(RenderError) as caught:
        publish("你\n", "pdf")
    assert str(caught.value) == (
        "found 你 (U+4F60), which no font of the PDF has, wanted other letters"
    )


def test_typst_tells_a_text_without_a_font_as_code(monkeypatch: pytest.MonkeyPatch) -> None:
    import typst

    def unprinted(*_: object, **__: object) -> bytes:
        error = typst.TypstError()
        error.message = r'the text `"\"a\\\u{f71}"` could not be displayed with font `"Any"`'
        raise error

    monkeypatch.setattr(typst, "compile", unprinted)
    with pytest.raises(RenderError) as caught:
        publish("x\n", "pdf")
    assert str(caught.value) == (
        'found "a\\\u0f71 (U+0022, U+0061, U+005C, U+0F71), which no font of the PDF has, '
        "wanted other letters"
    )


@pytest.mark.parametrize(
    ("to", "name", "message"),
    [
        ("html", "templates/page.css", "the page: found no {}, wanted the style of the page"),
        ("pdf", "templates/paper.typ", "the PDF: found no {}, wanted the style of the paper"),
    ],
)
def test_a_style_that_is_missing(to: str, name: str, message: str) -> None:
    kept = {path: content for path, content in files().items() if path != name}
    with pytest.raises(RenderError) as caught:
        pandoc.write(pandoc.read(Source(HEAD + "x\n", kept, DATE)), {}, [to])
    assert str(caught.value) == message.format(name)


# What is known


def test_shortcodes_are_expanded_and_no_line_moves() -> None:
    body = "*{{< meta title >}}* is {{< var edition.number >}}.\n\n{{< pagebreak >}}\n\nMore.\n"
    more = {"_variables_dot_yml": b"edition: {number: 2.10}"}  # 2.1 to Quarto too
    assert main_text(body, **more) == "T is 2.1. More."
    assert main_text("{{< var a >}} {{< var b >}}\n", _variables_dot_yml=b"a: 2.0\nb: yes") == (
        "2 yes"
    )
    assert len(pypdf.PdfReader(io.BytesIO(publish(body, "pdf", **more)["review.pdf"])).pages) == 2
    assert refused("{{< meta title >}}\n\n{{< pagebreak >}}\n\n@nokey\n").startswith("index.qmd:11")


def test_text_that_only_looks_like_quarto_prints_as_itself() -> None:
    body = "a \\{\\{< env HOME >\\}\\} b \\@fig-x c \\`\\{r\\} 1\\` d \\<b\\> e \\$x\\$ f \\*g\\*\n"
    words = "a {{< env HOME >}} b @fig-x c `{r} 1` d <b> e $x$ f *g*"
    outputs = publish(body, "html", "pdf", "docx")
    assert words in html_text(outputs["index.html"])
    assert words in pdf_text(outputs["review.pdf"])
    assert words in docx_text(outputs["review.docx"])


def literally(words: str) -> str:
    """Markdown of words as the manuscript has those of the data: no sign means anything."""
    return re.sub(r"([^\w\s])", r"\\\1", words)


# What Typst would take for dashes, an ellipsis, a soft hyphen, a minus sign, quotes, a comment.
SIGNS = 'A--B p---q ... .... "C" it\'s -5 +/-5 (-5) 2020-01-31 -? x-? <!-- d --> // e /* f */'


@pytest.mark.parametrize(
    "words",
    [SIGNS, *(f"x{sign}{after}" for sign in ("--", "...", "-?") for after in ("(y)", "[y]", ";"))],
)
def test_text_that_looks_like_typst_prints_as_itself(words: str) -> None:
    text = literally(words)
    table = f"| A | B |\n|:--|--:|\n| in {text} | 2 |\n\n: of {text} {{#tbl-a}}\n"
    body = f"# on {text}\n\npar {text}\n\n[to {text}](https://a.org/b--c)\n\n@tbl-a\n\n{table}"
    outputs = publish(body, "html", "pdf", "docx")
    wanted = [f"{before} {words}" for before in ("on", "par", "to", "in", "of")]
    for shown in (
        html_text(outputs["index.html"]),
        pdf_text(outputs["review.pdf"]),
        docx_text(outputs["review.docx"]),
    ):
        assert [one for one in wanted if one not in shown.replace("\u00a0", " ")] == []


def test_a_front_matter_that_looks_like_typst_prints_as_itself() -> None:
    text = literally(SIGNS)
    head = (
        f"---\ntitle: |\n  titled {text}\nabstract: |\n  told {text}\n"
        'author: "Pat O\\\\\'Brien"\n'
        f"imprint:\n  - label: Label\n    text: |\n      printed {text}\n---\n\n"
    )
    pdf = publish("x\n", "pdf", head=head)["review.pdf"]
    shown = pdf_text(pdf)
    assert [w for w in ("titled", "told", "printed") if f"{w} {SIGNS}" not in shown] == []
    facts = pypdf.PdfReader(io.BytesIO(pdf)).metadata
    assert facts is not None
    assert (facts.title, facts.author) == (f"titled {SIGNS}", "Pat O'Brien")


def test_typst_reads_no_text_that_follows_its_code_as_code() -> None:
    body = "*a*(b) *a*.b *a*[b]{.c} $x$(b) $x$.b [1]{#i}.b [1]{#j}(b) *a*;\n\n# (H)\n\n# .h\n"
    shown = pdf_text(publish(body, "pdf")["review.pdf"]).replace("\U0001d465", "x")
    assert "a(b) a.b ab x(b) x.b 1.b 1(b) a;" in shown
    assert "1 (H)" in shown
    assert "2 .h" in shown


def test_the_text_of_an_author_keeps_its_typography() -> None:
    body = 'It\'s "so" -- or --- so... 1–2\n'
    assert "It’s “so” – or — so… 1–2" in pdf_text(publish(body, "pdf")["review.pdf"])


def test_content_for_one_format_is_in_no_other() -> None:
    body = (
        '::: {.content-visible when-format="html"}\nonly-page\n:::\n\n'
        '::: {.content-hidden when-format="html"}\nno-page\n:::\n\n'
        '::: {.content-visible unless-format="typst"}\nno-paper\n:::\n\n'
        'all [only-word]{.content-visible when-format="docx"}\n'
    )
    outputs = publish(body, "html", "pdf", "docx")
    words = [
        html_text(outputs["index.html"]),
        pdf_text(outputs["review.pdf"]),
        docx_text(outputs["review.docx"]),
    ]
    seen = {
        word: [word in text for text in words]
        for word in ("only-page", "no-page", "no-paper", "all", "only-word")
    }
    assert seen == {
        "only-page": [True, False, False],
        "no-page": [False, True, True],
        "no-paper": [True, False, True],
        "all": [True, True, True],
        "only-word": [False, False, True],
    }


def conditional(to: str, body: str) -> str:
    return f'::: {{.content-visible when-format="{to}"}}\n{body}\n:::\n\n'


def test_a_table_may_differ_by_format_but_not_its_number() -> None:
    other = TABLE.replace("| 1 | 2 |", "| 3 | 4 |")
    both = "::: {.content-visible unless-format='html'}\n" + other + "\n:::\n"
    outputs = publish(f"See @tbl-a.\n\n{conditional('html', TABLE)}{both}", "html", "pdf")
    assert "Table 1. Cap A B 1 2" in html_text(outputs["index.html"])
    assert "Table 1. Cap A B 3 4" in pdf_text(outputs["review.pdf"]).replace("\u00a0", " ")
    more = conditional("html", TABLE.replace("tbl-a", "tbl-b"))
    assert refused(f"See @tbl-a.\n\n{more}{TABLE}") == (
        "index.qmd:22: found Table\u00a01 for docx, wanted Table\u00a02 as in another format\n"
        "index.qmd:22: found Table\u00a01 for typst, wanted Table\u00a02 as in another format"
    )


def test_no_reference_to_what_its_format_does_not_show() -> None:
    assert refused(f"See @tbl-a.\n\n{conditional('html', TABLE)}") == (
        "index.qmd:7: found @tbl-a, which labels nothing, wanted a label #tbl-a"
    )
    seen = conditional("html", f"See @tbl-a.\n\n{TABLE}")
    assert "See Table 1." in main_text(seen)


def test_the_abstract_is_checked_as_the_text_is() -> None:
    head = "---\ntitle: T\nbibliography: data/references.bib\nabstract: |\n  See {}.\n---\n"
    assert refused("x\n", head.format("@nokey")) == (
        "index.qmd:5: found the citation @nokey, wanted a key of the bibliography"
    )
    shown = publish(f"# A\n\n{TABLE}", "html", head=head.format("@tbl-a"))["index.html"]
    assert "See Table 1." in html_text(shown)


def test_a_callout_has_its_title_and_no_section_number() -> None:
    callout = "::: {.callout-note}\n## Note well\nHello.\n:::\n"
    body = f'# A\n\n::: {{.content-visible when-format="html"}}\n{callout}:::\n\n## B {{#sec-b}}\n'
    whole = page(body + "\nSee @sec-b.\n")
    assert 'class="callout callout-note" role="note"' in whole
    assert "Section\u00a01.1" in whole
    contents = whole[whole.index("<nav") : whole.index("</nav>")]
    assert "Note well" not in contents


def test_numbers_keep_their_key_on_the_page_alone() -> None:
    outputs = publish("HR [0.89]{.num key='os_est'}.\n", "html", "pdf", "docx")
    assert '<span class="num" data-key="os_est">0.89</span>' in outputs["index.html"].decode()
    for text in (pdf_text(outputs["review.pdf"]), docx_text(outputs["review.docx"])):
        assert "HR 0.89." in text
        assert "os_est" not in text


def test_origins_are_carried_by_the_page_and_cannot_act() -> None:
    origins = json.dumps({"os_est": ["</script><script>alert(1)</script>", "Wang 2019"]})
    whole = page("[0.89]{.num key='os_est'}\n", origins_dot_json=origins.encode())
    held = re.search(r'<script type="application/json" id="origins">(.*?)</script>', whole)
    assert held is not None
    assert json.loads(held.group(1)) == json.loads(origins)


def test_column_widths_are_kept() -> None:
    table = "| A | B |\n|---|---|\n| 1 | 2 |\n\n: Cap {#tbl-a tbl-colwidths='[20,80]'}\n"
    outputs = publish(f"See @tbl-a.\n\n{table}", "html", "docx")
    assert (
        '<col style="width: 20%" />\n<col style="width: 80%" />' in outputs["index.html"].decode()
    )
    columns = re.findall(r'<w:gridCol w:w="(\d+)"', docx_part(outputs, "word/document.xml"))
    assert int(columns[1]) == pytest.approx(4 * int(columns[0]), abs=4)


def test_a_line_break_in_a_cell() -> None:
    table = "| A |\n|---|\n| one<br>two |\n\n: Cap {#tbl-a}\n"
    outputs = publish(f"See @tbl-a. <!-- a comment -->\n\n{table}", "html", "pdf")
    assert "one<br />" in outputs["index.html"].decode()
    assert "one two" in pdf_text(outputs["review.pdf"])
    assert "a comment" not in outputs["index.html"].decode()


def test_formulas_have_a_text_in_the_paper() -> None:
    pdf = publish("Here $\\frac{a}{b}$.\n\n$$\\tau^2 = 0$$\n", "pdf")["review.pdf"]
    assert [e["/Alt"] for e in elements(pdf) if e["/S"] == "/Formula"] == [
        "\\frac{a}{b}",
        "\\tau^2 = 0",
    ]


# The three outputs of the sample


def elements(pdf: bytes) -> list[dict[str, object]]:
    """Return the structure elements of a tagged PDF, in reading order."""
    root = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    found: list[dict[str, object]] = []
    stack = [root["/StructTreeRoot"]]
    while stack:
        node = stack.pop().get_object()
        if isinstance(node, pypdf.generic.ArrayObject):
            stack.extend(reversed(node))
        elif isinstance(node, pypdf.generic.DictionaryObject):
            if "/S" in node:
                found.append(node)
            if "/K" in node:
                stack.append(node["/K"])
    return found


def test_the_paper_is_tagged_and_says_so() -> None:
    reader = pypdf.PdfReader(io.BytesIO(published()["review.pdf"]))
    assert reader.xmp_metadata is not None
    xmp = reader.xmp_metadata.stream.get_data().decode("utf-8")
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", xmp)
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Internal mammary node irradiation in breast cancer"
    assert reader.metadata.author == "Ada Example, Bo Sample"
    sizes = [page.mediabox for page in reader.pages]
    # A4, in millimetres; the appendix lies on its side.
    assert {(round(b.width / 72 * 25.4), round(b.height / 72 * 25.4)) for b in sizes} == {
        (210, 297),
        (297, 210),
    }


def test_the_paper_reads_well_aloud() -> None:
    found = elements(published()["review.pdf"])
    kinds = [str(element["/S"]) for element in found]
    alternatives = [str(e["/Alt"]) for e in found if e["/S"] == "/Figure"]
    assert len(alternatives) == 3
    assert alternatives[1].startswith("Forest plot of overall survival in ten studies.")
    assert kinds.count("/Table") == 4
    assert kinds.count("/TH") == 11 + 5 + 10 + 6
    levels = [int(kind[2]) for kind in kinds if re.fullmatch(r"/H[1-6]", kind)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_only_the_fonts_of_the_package_are_in_the_paper() -> None:
    reader = pypdf.PdfReader(io.BytesIO(published()["review.pdf"]))
    names = set()
    for page_ in reader.pages:
        for font in page_["/Resources"]["/Font"].values():
            names.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
    assert {name.split("-")[0] for name in names} == {
        "SourceSerif4",
        "SourceSerif4Display",
        "SourceSans3",
    }


def test_the_date_is_that_of_the_source() -> None:
    reader = pypdf.PdfReader(io.BytesIO(published()["review.pdf"]))
    assert reader.metadata is not None
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date().isoformat() == DATE
    packed = zipfile.ZipFile(io.BytesIO(published()["review.docx"]))
    assert {entry.date_time for entry in packed.infolist()} == {(2026, 1, 31, 0, 0, 0)}
    core = packed.read("docProps/core.xml").decode("utf-8")
    assert re.findall(r"W3CDTF\">([^<]+)<", core) == ["2026-01-31T00:00:00Z"] * 2
    assert '<meta name="dcterms.date" content="2026-01-31">' in published()["index.html"].decode()


def test_what_is_not_released_carries_no_date() -> None:
    def made() -> dict[str, bytes]:
        undated = Source(f"{HEAD}# A\n\n{TABLE}\nSee @tbl-a.\n", files(), None)
        return pandoc.write(pandoc.read(undated), {}, ["html", "pdf", "docx"])

    out = made()
    metadata = pypdf.PdfReader(io.BytesIO(out["review.pdf"])).metadata
    assert metadata is not None
    assert "/CreationDate" not in metadata
    assert "/ModDate" not in metadata
    packed = zipfile.ZipFile(io.BytesIO(out["review.docx"]))
    core = packed.read("docProps/core.xml").decode("utf-8")
    assert "dc:title" in core
    for text in (core, out["index.html"].decode("utf-8")):
        assert "dcterms:created" not in text
        assert "dcterms.date" not in text
        assert "1970" not in text
    assert made() == out


def test_a_second_run_gives_the_same_bytes() -> None:
    again = pandoc.write(pandoc.read(sample()), figures(), ["docx", "pdf", "html"])
    assert again.keys() == published().keys()
    for name, content in again.items():
        assert content == published()[name], name


def test_page_and_paper_print_the_same_numbers() -> None:
    def numbers(text: str) -> list[str]:
        return re.findall(r"\d+(?:[.,]\d+)*", text)

    whole = published()["index.html"].decode("utf-8")
    results = whole[whole.index('id="overall-survival"') : whole.index('id="fig-forest-os"')]
    found = set(numbers(html_text(results.encode("utf-8"))))
    assert {"0.89", "0.79", "0.999", "0.047", "0.66", "1.20"} <= found
    assert found <= set(numbers(pdf_text(published()["review.pdf"])))
    assert found <= set(numbers(docx_text(published()["review.docx"])))


def test_the_page_is_one_file() -> None:
    whole = published()["index.html"].decode("utf-8")
    loaded = re.findall(r'\bsrc="([^"]{0,40})|url\(["\']?([^"\')]{0,40})|<link\b([^>]*)', whole)
    assert loaded
    assert all("".join(found).startswith("data:") for found in loaded)
    assert "@@" not in whole


def test_pictures_on_the_page_are_those_that_were_drawn() -> None:
    whole = published()["index.html"].decode("utf-8")
    inside = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)" width="(\d+)"', whole)
    names = ("flow", "forest_os", "funnel")
    drawn = [figures()[f"figures/{name}.svg"] for name in names]
    assert [base64.b64decode(data) for data, _ in inside] == drawn
    assert [int(width) for _, width in inside] == [480, 667, 453]  # 360, 500 and 340 pt


def test_the_words_of_author_and_edition_stand_on_the_page() -> None:
    text = html_text(published()["index.html"])
    for words in ("Ada Example1", "Bo Sample1,2", "Centre for Evidence, Elsewhere, Norway"):
        assert words in text
    assert "Last searchnot rerun since the article of 2021" in text.replace("\n", "")


def test_no_page_break_of_word_parts_a_row_nor_a_head_from_the_row_below() -> None:
    """A head is kept by its paragraphs: with `cantSplit` on it, LibreOffice sets no row below."""
    text = docx_part(published(), "word/document.xml")
    rows = re.findall(r"<w:tr>.*?</w:tr>", text, re.DOTALL)
    heads = [row for row in rows if "<w:tblHeader" in row]
    assert len(rows) > 20
    assert len(heads) == 4
    for row in rows:
        assert row.startswith("<w:tr><w:trPr><w:cantSplit/>") == (row not in heads)
    for head in heads:
        assert "cantSplit" not in head
        assert head.count("<w:p>") == len(
            re.findall(r"<w:p><w:pPr><w:pStyle [^>]*/><w:keepN", head)
        )


def grouped(rows: int) -> str:
    """Return a table of one group of so many rows, behind a row that is none."""
    first = "| Lone | x | 1 |\n| Survival | half | 1 |\n"
    more = "".join(f"| | row {n} | {n} |\n" for n in range(2, rows + 1))
    return f"| Analysis | Which | N |\n|:--|:--|--:|\n{first}{more}\n: T {{#tbl-t}}\n"


@pytest.mark.parametrize(("rows", "kept"), [(2, True), (6, True), (7, False), (12, False)])
def test_no_page_of_word_begins_with_a_row_of_a_group_without_its_name(
    rows: int, kept: bool
) -> None:
    """A group of few rows keeps together; in one of more, each row says the name anew."""
    part = docx_part(publish(grouped(rows), "docx"), "word/document.xml")
    body = [row for row in re.findall(r"<w:tr>.*?</w:tr>", part, re.DOTALL) if "tblHead" not in row]
    assert len(body) == rows + 1
    names = ["".join(re.findall(r"<w:t[ >][^<]*", row)).count("Survival") for row in body]
    keeps = [
        row.count("<w:keepNext/>") == row.count("<w:p>") if "keepNext" in row else False
        for row in body
    ]
    again = ['w:val="TableTextAgain"' in row for row in body]
    if kept:
        assert names == [0, 1, *[0] * (rows - 1)]
        assert keeps == [False, *[True] * (rows - 1), False]
        assert not any(again)
    else:
        assert names == [0, *[1] * rows]
        assert not any(keeps)
        assert again == [False, False, *[True] * (rows - 1)]


def test_cells_of_word_have_the_widths_of_their_columns_and_padding() -> None:
    text = docx_part(published(), "word/document.xml")
    found = re.findall(r"<w:tbl>.*?</w:tbl>", text, re.DOTALL)
    assert len(found) == 5  # four, and the facts of the edition
    for table in found:
        columns = [int(n) for n in re.findall(r'<w:gridCol w:w="(\d+)"', table)]
        room = 14230 if "Audit" in table else 9298  # twips between the margins
        assert sum(columns) == pytest.approx(room, abs=len(columns))
        for row in table.split("<w:tr>")[1:]:
            widths = re.findall(r'<w:tc><w:tcPr><w:tcW w:w="(\d+)" w:type="dxa"/>', row)
            assert [int(n) for n in widths] == columns
        assert re.search(r'<w:tblCellMar><w:left w:w="[89]\d" w:type="dxa"/>', table)


def test_the_facts_of_the_edition_stand_before_the_abstract_of_word() -> None:
    outputs = published()
    text = docx_part(outputs, "word/document.xml")
    order = [text.index(words) for words in ("Last search", 'w:val="AbstractTitle"', "Background")]
    assert order == sorted(order)
    facts = text[: order[1]]
    assert facts.index("<w:tbl>") < order[0] < facts.index("</w:tbl>")
    assert "<w:tblHeader" not in facts
    assert text.count('w:val="AbstractTitle"') == 1
    bare = docx_part(publish("x\n", "docx", head="---\ntitle: T\n---\n\n"), "word/document.xml")
    assert "<w:tbl>" not in bare
    assert "Abstract" not in bare


@pytest.mark.parametrize(("others", "lines"), [("short", 1), ("characteristics", 2)])
def test_an_interval_of_a_word_table_stays_whole(others: str, lines: int) -> None:
    """Beside its estimate where there is room, else below it."""
    rows = ["| HR\u00a00.89 (0.79–0.998) |", *(f" {others} |" for _ in range(5))]
    body = f"|{' A |' * 6}\n|{':--|' * 6}\n{''.join(rows)}\n\n"
    body += ": T {#tbl-t tbl-colwidths='[5,19,19,19,19,19]'}\n"
    part = docx_part(publish(body, "docx"), "word/document.xml")
    cell = next(c for c in part.split("<w:tc>") if "0.998" in c)
    said = [re.sub("<[^>]+>", "", line) for line in cell.split("<w:br />")]
    whole = "HR\u00a00.89 (0.79–0.998)"
    assert said == ([whole] if lines == 1 else whole.split(" "))
    # Nine points, in twips, and the padding.
    width = int(cell.partition('w:tcW w:w="')[2].partition('"')[0])
    assert width >= max(map(ems, said)) * 9 * 20 + 160


def docx_part(outputs: dict[str, bytes], name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(outputs["review.docx"])).read(name).decode("utf-8")


def docx_text(packed: bytes) -> str:
    """Return the words of a Word file, as Pandoc reads them back."""
    done = subprocess.run(
        [pandoc_path(), "-f", "docx", "-t", "plain", "--wrap=none"],
        input=packed,
        capture_output=True,
        check=True,
    )
    return re.sub(r"\s+", " ", done.stdout.decode("utf-8"))


def test_word_has_captions_pictures_and_alternative_texts() -> None:
    body = docx_part(published(), "word/document.xml")
    captions = re.findall(r'w:val="(ImageCaption|TableCaption)".*?</w:p>', body)
    assert captions.count("ImageCaption") == 3
    assert captions.count("TableCaption") == 4
    assert "Figure\u00a02." in body
    assert 'descr="Forest plot of overall survival in ten studies.' in body
    packed = zipfile.ZipFile(io.BytesIO(published()["review.docx"]))
    media = {packed.read(n) for n in packed.namelist() if n.startswith("word/media/")}
    assert media == {content for name, content in figures().items() if name.endswith(".png")}
    # The appendix, last of all, lies on its side; what stands before it does not.
    assert re.findall(r"<w:pgSz ([^>]+)/>", body) == [
        'w:w="11906" w:h="16838"',
        'w:w="16838" w:h="11906" w:orient="landscape"',
    ]


def test_authors_in_every_form_that_quarto_takes() -> None:
    head = """---
title: T
author:
  - A Alone
  - name: {given: Bo, family: Both}
    affiliations: [{name: Clinic}, Centre]
  - name: C Third
    affiliation: Centre
---

"""
    outputs = publish("x\n", "html", "pdf", "docx", head=head)
    text = html_text(outputs["index.html"])
    assert "A Alone, Bo Both1,2, C Third2 Clinic Centre" in text
    assert pypdf.PdfReader(io.BytesIO(outputs["review.pdf"])).metadata.author == (
        "A Alone, Bo Both, C Third"
    )
    assert "Bo Both: Clinic, Centre" in docx_text(outputs["review.docx"])


def test_references_in_pandocs_own_style_when_none_is_given() -> None:
    outputs = publish(
        "As shown [@dersimonian1986].\n\n# References\n\n::: {#refs}\n:::\n", "html", "pdf"
    )
    for text in (html_text(outputs["index.html"]), pdf_text(outputs["review.pdf"])):
        assert "(DerSimonian and Laird 1986)" in text
        assert "DerSimonian, Rebecca, and Nan Laird. 1986." in text


def test_a_table_without_label_or_caption_is_a_table_without_number() -> None:
    outputs = publish("| A |\n|---|\n| 1 |\n", "html", "pdf", "docx")
    assert '<div class="float table">' in outputs["index.html"].decode()
    for text in (html_text(outputs["index.html"]), pdf_text(outputs["review.pdf"])):
        assert "Table" not in text


def test_a_callout_without_title_is_named_by_its_kind() -> None:
    shown = main_text(conditional("html", "::: {.callout-tip}\nHello.\n:::"))
    assert shown == "Tip Hello."


def test_the_size_of_a_picture_is_read_from_it() -> None:
    assert natural_size(figures()["figures/flow.png"]) == (36, 22)
    assert natural_size(b'<svg height="72pt" x="1" width="144pt">') == (192, 96)
    assert natural_size(b'<svg width="10" height="20px">') == (10, 20)
    assert natural_size(b'<svg viewBox="0 0 1 1"><rect width="1" height="1"/>') is None


def test_pandoc_that_is_missing_hangs_or_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("pandoc", program.TIME_LIMIT)

    def read() -> str:
        with pytest.raises(RenderError) as caught:
            pandoc.read(source("A text that was never read, and so is not remembered.\n"))
        return str(caught.value)

    with monkeypatch.context() as patch:
        patch.setattr(program, "pandoc_path", lambda: str(tmp_path / "nothing"))
        assert read() == "pandoc, reading index.qmd: cannot be started: No such file or directory"
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", fail)
        assert read() == "pandoc, reading index.qmd: found no end after 120 s"
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "pypandoc", None)
        pandoc_path.cache_clear()
        assert read() == (
            "found no pandoc, wanted the one of the package pypandoc-binary: "
            "pip install pypandoc-binary"
        )
    pandoc_path.cache_clear()


def test_pandoc_elsewhere_than_in_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    here = pandoc_path()
    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", lambda name: None)
        pandoc_path.cache_clear()
        assert Path(pandoc_path()).resolve() == Path(here).resolve()
    pandoc_path.cache_clear()


def test_a_place_is_the_first_line_with_the_whole_word() -> None:
    places = Places("a\n#fig-os-dfs\n#fig-os\n")
    assert places.of("#fig-os") == "index.qmd:3"
    assert places.of("#fig-os-dfs") == "index.qmd:2"
    assert places.of("nothing", "#fig-os") == "index.qmd:3"
    assert places.of("nothing") == "index.qmd"


def test_a_place_is_the_line_of_the_template_where_there_is_one() -> None:
    text = "---\ntitle: T\n---\n\n# A\n\nsaid 0.89\n\nsame\n"
    own = {"review.qmd": "same\n{{ x }}\n# A\n", "templates/b.qmd": "\nsame\n"}
    places = Places(text, own)
    assert places.of("# A") == "review.qmd:3"
    assert places.of("0.89") == "index.qmd:7"  # Jinja wrote it
    assert places.of("same") == "index.qmd:9"  # two lines of templates are so
    given = Source(f"{HEAD}# A\n\n::: {{.panel-tabset}}\nx\n:::\n", files(), DATE,
                   {"review.qmd": "# A\n\n::: {.panel-tabset}\nx\n:::\n"})  # fmt: skip
    with pytest.raises(TemplateError) as caught:
        pandoc.read(given)
    assert str(caught.value) == (
        "review.qmd:3: found the class .panel-tabset, which the pandoc engine does not know"
    )


def test_no_column_of_a_word_table_is_narrower_than_its_longest_word() -> None:
    body = (
        "| A | Recomputed | C |\n|:--|:--|:--|\n| x | y | characteristics of all |\n\n"
        ": T {#tbl-t tbl-colwidths='[84,6,10]'}\n"
    )
    part = docx_part(publish(body, "docx"), "word/document.xml")
    columns = [int(n) for n in re.findall(r'<w:gridCol w:w="(\d+)"', part)]
    # Nine points, in twips, and the padding.
    for column, (word, face) in zip(
        columns[1:], (("Recomputed", "DejaVuSans-Bold"), ("characteristics", "DejaVuSans")),
        strict=True,
    ):  # fmt: skip
        assert column >= ems(word, face) * 9 * 20 + 160
    assert columns[0] / sum(columns) > 0.6


def ems(word: str, face: str = "DejaVuSans") -> float:
    """The width of a word in the face that stands in where that of the Word file is lacking."""
    import matplotlib
    from PIL import ImageFont

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{face}.ttf"
    return float(ImageFont.truetype(path, 1000).getlength(word)) / 1000


@pytest.mark.parametrize(
    ("widths", "needs", "expected"),
    [
        ([0.5, 0.5], [0.2, 0.2], [0.5, 0.5]),
        ([0.9, 0.1], [0.2, 0.2], [0.8, 0.2]),
        ([0.2, 0.6, 0.1], [0.2, 0.2, 0.2], [0.2, 0.5, 0.2]),
        ([0.5, 0.5], [1.5, 0.5], [0.75, 0.25]),
    ],
)
def test_widths_keep_their_sum(
    widths: list[float], needs: list[float], expected: list[float]
) -> None:
    from analysis.engines.word_tables import widened

    assert widened(widths, needs) == pytest.approx(expected)


def test_tables_of_seven_columns_have_small_type_in_word() -> None:
    for columns, style in ((6, "TableText"), (7, "TableTextSmall")):
        row = "|" + " a |" * columns + "\n"
        body = f"{row}|{':--|' * columns}\n{row}\n: T {{#tbl-t}}\n"
        part = docx_part(publish(body, "docx"), "word/document.xml")
        assert set(re.findall(r'w:val="(TableText\w*)"', part)) == {style}


def test_the_word_file_has_one_look_throughout() -> None:
    body = (
        "Term\n:   Text with a [link](https://example.org).\n\n"
        "| A |\n|:--|\n| 1 |\n\n: T {#tbl-t}\n\nBelow the table.\n"
    )
    head = HEAD.replace("title: T", "title: T\nkeywords: [one, two words]")
    outputs = publish(body, "docx", head=head)
    styles = docx_part(outputs, "word/styles.xml")
    found = {
        name: re.search(rf'<w:style [^>]*w:styleId="{name}".*?</w:style>', styles, re.DOTALL)
        for name in ("Definition", "DefinitionTerm", "Hyperlink")
    }
    text = {name: match.group() for name, match in found.items() if match}
    assert 'w:ascii="Cambria"' in text["Definition"]
    assert 'w:ascii="Cambria"' in text["DefinitionTerm"]
    assert '<w:color w:val="0B4F6C"/>' in text["Hyperlink"]
    assert "4F81BD" not in text["Hyperlink"]
    assert 'w:ascii="Calibri"' in docx_part(outputs, "word/footer-pages.xml")
    assert "<cp:keywords>one, two words</cp:keywords>" in docx_part(outputs, "docProps/core.xml")
    after = docx_part(outputs, "word/document.xml").partition("</w:tbl>")[2]
    assert after.index('<w:spacing w:before="280"/>') < after.index("Below the table.")
