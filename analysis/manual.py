"""docs/manuscript.md and docs/data.md: the reference of what a review is written in.

Both are made of the program's registries, docstrings and schemas, so that they say what is so;
`living-review names --markdown` and `living-review names data --markdown` write them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analysis import names
from analysis.data_keys import Entry, data_keys
from analysis.names import Name, Part

_HEAD = """\
# The language of the manuscript

<!-- Made by `living-review names --markdown`; do not edit. -->

`review.qmd` and `templates/*.qmd` are [Quarto](https://quarto.org) Markdown with
[Jinja](https://jinja.palletsprojects.com): `{{ … }}` prints, `{% … %}` decides, `{%# … #%}` is a
comment. In the examples `os` and `dfs` are analyses of `data/review.yml`, `wang` is a study. In
the terminal, `living-review names formats` (`functions`, `figures`, `tables`, `conditions`,
`findings`) lists the same; `living-review names findings os` lists every finding of your own
review below a path, with its value.

Three rules hold, and `living-review check` names the file and the line that break one:

- A number is never typed into the text: it is a finding, printed through a format. A name that
  holds digits is declared in `fixed_terms` of `data/review.yml` (names of statistics and
  guidelines, as I² and PRISMA 2020, are known); a number that is no result stands as
  `[two]{.fixed reason="definition"}`.
- There is no arithmetic and no threshold in the text. What must be computed is a finding; what is
  asserted is a claim of `data/claims.yml`, with its condition.
- Each figure and table is referred to: `@fig-forest`, `@tbl-pooled`.
"""
_FORMATS = """\
What stands after a `|` and turns a finding into words. Nothing prints without one. A format that
says what it prints takes nothing else: a hazard ratio by `p`, or a P value by `percent`, is an
error. `number` and `significant` take any number."""
_FUNCTIONS = """\
What the text may call and name, beside the analyses of the plan by their ids. What this
evidence has no answer to is false: an analysis of too few studies, as in
`{% if os %} … {% endif %}`, a study that left, a group that no study is in."""
_FIGURES = """\
The kinds of figure: `{% call figure(kind, id="fig-…", …) %}`, the caption, an empty line, the
alternative text, `{% endcall %}`."""
_TABLES = """\
The kinds of table: `{% call table(kind, id="tbl-…", …) %}`, the caption, `{% endcall %}`. An option
takes an id, or a list of ids: `analyses=("os", "os_hk")`."""
_CONDITIONS = """\
What `holds` of a claim is written with. Findings go by their paths, as below; a collection is what
has elements, as `os.leave_one_out`. There is no arithmetic."""
_FINDINGS = """\
Each finding has a path: `os.est_ub`, `os.leave_one_out.wang.est`. Words in capitals stand
for ids: of an analysis, of a study (`STUDY`), of whatever the plan names (`ID`)."""
_DATA = """\
# The data files

<!-- Made by `living-review names data --markdown`; do not edit. -->

Every key of every file under `data/`. The same is in `schemas/`, which an editor with a YAML
language server reads to complete and check while you type. An *id* is made of small letters,
digits and `_`, and begins with a letter. Where `not reported` stands among the values, that is
what the file says if the source does not give it; of the review itself it is `not stated`.
`TODO` may stand there as well, until it is known. A date is `2026`, `2026-01` or `2026-01-15`.
Numbers keep the decimals that were printed: `0.80` is not `0.8`.
"""


def manuscript_reference() -> str:
    """Return docs/manuscript.md."""
    return "\n".join(
        [
            _HEAD,
            *_section("Formats", _FORMATS, ("format", "example", "prints"), names.formats()),
            *_section("Functions and values", _FUNCTIONS, _USED, names.functions()),
            *_section("Figures", _FIGURES, _USED, names.figures()),
            *_section("Tables", _TABLES, _USED, names.tables()),
            *_section("Conditions", _CONDITIONS, _USED, names.conditions()),
            "## Findings\n",
            f"{_FINDINGS}\n",
            *(line for part in names.findings() for line in _part(part)),
        ]
    )


def data_reference() -> str:
    """Return docs/data.md."""
    found = data_keys().values()
    return "\n".join([_DATA, *(line for entries in found for line in _file(entries))])


_USED = ("name", "use", "meaning")


def _section(title: str, text: str, heads: Sequence[str], of: Iterable[Name]) -> Iterator[str]:
    yield f"## {title}\n"
    yield f"{text}\n"
    yield from _table(heads, ([f"`{one.name}`", one.use, one.text] for one in of))


def _part(part: Part) -> Iterator[str]:
    yield f"### `{part.path}`\n"
    yield f"{part.text}\n"
    if all(one.text for one in part.names):
        rows = ([f"`{one.name}`", one.use, one.text] for one in part.names)
        yield from _table(("name", "value", "meaning"), rows)
    else:
        yield f"{', '.join(f'`{one.name}`' for one in part.names)}.\n"


def _file(entries: Sequence[Entry]) -> Iterator[str]:
    links = {one.name for one in entries[1:]}
    for at, entry in enumerate(entries):
        yield f"## `{entry.name}`\n" if at == 0 else f"### {entry.name}\n"
        yield f"{entry.text}\n"
        rows = (
            [f"`{key.name}`", _linked(key.value, links), "yes" if key.required else "", key.text]
            for key in entry.keys
        )
        yield from _table(("key", "value", "required", "meaning"), rows)


def _linked(value: str, links: Iterable[str]) -> str:
    """Return what may stand for a key, an entry of the file in italics: it has a section."""
    return " ".join(f"*{word}*" if word in links else word for word in value.split(" "))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _line(heads)
    yield _line(["---"] * len(heads))
    for row in rows:
        yield _line([cell.replace("|", "\\|") for cell in row])
    yield ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
