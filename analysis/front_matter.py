"""The front matter of the paper: from the data, serialised, never interpolated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.errors import Problem, TemplateError
from analysis.markdown import escape
from analysis.records import About, Plan

BIBLIOGRAPHY = "data/references.bib"
LANGUAGE = "en-GB"
# What the data give; the manuscript's own front matter may add keys, not change these.
FROM_DATA = (
    "title",
    "subtitle",
    "short-title",
    "author",
    "date",
    "keywords",
    "lang",
    "bibliography",
)
_FENCE = "---\n"


def split(source: str, file: str) -> tuple[dict[str, Any], str]:
    """Return the manuscript's own front matter and its text, every line in its place.

    Raises
    ------
    TemplateError : the front matter is not YAML, not a mapping, or has a key of the data.
    """
    import yaml

    if not source.startswith(_FENCE):
        return {}, source
    head, fence, body = source[len(_FENCE) :].partition(f"\n{_FENCE}")
    if not fence:
        raise _error(file, "found front matter without an end, wanted --- on a line of its own")
    if "{{" in head or "{%" in head:
        raise _error(file, "found Jinja in the front matter, wanted it in the text")
    try:
        own = yaml.load(head, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}  # noqa: S506
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise _error(file, f"found front matter that is no YAML: {said}") from None
    if not isinstance(own, dict):
        raise _error(file, f"found front matter that is a {type(own).__name__}, wanted keys")
    for key in own:
        if key in FROM_DATA:
            raise _error(file, f"found {key} in the front matter, wanted it in data/ alone")
    return own, "\n" * (head.count("\n") + 3) + body


def front_matter(
    plan: Plan,
    date: str | None,
    version: str | None,
    rendered: Mapping[str, str],
    own: Mapping[str, Any],
) -> str:
    """Return the front matter as YAML.

    Parameters
    ----------
    date : YYYY-MM-DD of the edition, None: no date.
    version : of the edition; stands in the subtitle.
    rendered : values that templates wrote as Markdown, as the abstract.
    own : the manuscript's own keys.
    """
    import yaml

    front: dict[str, Any] = {"title": escape(plan.title)}
    subtitle = ", ".join(part for part in (plan.subtitle, version and f"version {version}") if part)
    if subtitle:
        front["subtitle"] = escape(subtitle)
    front["short-title"] = escape(plan.short_title)
    if plan.about.authors:
        front["author"] = _authors(plan.about)
    if date is not None:
        front["date"] = date
    front["keywords"] = [escape(word) for word in plan.keywords]
    front["lang"] = LANGUAGE
    front["bibliography"] = BIBLIOGRAPHY
    front |= {**own, **rendered}
    text: str = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000_000)
    return text


def _authors(about: About) -> list[dict[str, str]]:
    authors = []
    for author in about.authors or ():
        entry = {"name": escape(author.name)}
        if author.affiliation:
            entry["affiliation"] = escape(author.affiliation)
        if author.orcid:
            entry["orcid"] = author.orcid
        authors.append(entry)
    return authors


def _error(file: str, message: str) -> TemplateError:
    return TemplateError([Problem(f"{file}:1", "", message)])
