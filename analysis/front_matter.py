"""The front matter of the paper: from the data, serialised, never interpolated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis import words
from analysis.errors import Problem, TemplateError
from analysis.markdown import escape
from analysis.messages import where_of
from analysis.number_words import Said, known_terms, numbers
from analysis.placed import SHORTCODE_CLOSE, SHORTCODE_OPEN
from analysis.project import VARIABLES
from analysis.records import About, Review
from analysis.values import Printed
from analysis.yaml_nodes import Path, Tree, read_tree

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
WORDS = ("kicker", "description", "abstract-title")
"""Of its keys, those that a reader reads."""
_META = re.compile(rf"{SHORTCODE_OPEN}\s*meta\s+([^\s{SHORTCODE_CLOSE}]+)")
_FENCE = "---\n"
_ADDRESS = re.compile(r"(?:https?://|mailto:|doi:|10\.\d{4,9}/)\S+|[^\s@]+@[^\s@]+")


def split(source: str, file: str) -> tuple[dict[str, Any], str]:
    """Return the manuscript's own front matter and its text, every line in its place.

    Raises
    ------
    TemplateError : the front matter is not YAML, not a mapping, or has a key of the data.
    """
    if not source.startswith(_FENCE):
        return {}, source
    head, fence, body = source[len(_FENCE) :].partition(f"\n{_FENCE}")
    if not fence:
        raise _error(file, "found front matter without an end, wanted --- on a line of its own")
    if "{{" in head or "{%" in head:
        raise _error(file, "found Jinja in the front matter, wanted it in the text")
    # An empty line in place of the fence: the lines of the tree are those of the file.
    tree = read_tree(f"\n{head}".encode()) if head.strip() else Tree({}, {})
    if tree.mistakes:
        raise TemplateError(
            Problem(f"{file}:{m.line}", where_of(m.path), m.message) for m in tree.mistakes
        )
    if not isinstance(tree.value, dict):
        raise _error(file, "found front matter that is no mapping, wanted keys and values")
    own: dict[str, Any] = _serialisable(tree.value)
    if problems := [
        Problem(f"{file}:{tree.line((key,))}", key, "found it here, wanted it in data/ alone")
        for key in own
        if key in FROM_DATA
    ]:
        raise TemplateError(problems)
    return own, "\n" * (head.count("\n") + 3) + body


def _serialisable(value: Any) -> Any:
    """Return a value of a tree in the types that YAML is written from."""
    match value:
        case dict():
            return {key: _serialisable(one) for key, one in value.items()}
        case tuple():
            return [_serialisable(one) for one in value]
        case Printed():
            return float(value)
    return value


def typed_numbers(
    own: Mapping[str, Any], texts: Iterable[str], file: str, fixed: Iterable[str]
) -> list[Problem]:
    """Return what is wrong with the words of a front matter: it may say no number.

    Parameters
    ----------
    texts : the templates, their shortcodes hidden; what a `meta` of them names is read, too.
    """
    named = {name for text in texts for name in _META.findall(text)}
    return [
        Problem(
            file,
            where_of(path),
            f"found the number {said.word!r} in the front matter, wanted none",
        )
        for path, said in _numbers(own, fixed)
        if path[0] in WORDS or ".".join(map(str, path)) in named
    ]


def read_variables(content: bytes) -> Tree:
    """Read `_variables.yml`.

    Raises
    ------
    TemplateError : it is not YAML, or no mapping.
    """
    tree = read_tree(content)
    if tree.mistakes:
        raise TemplateError(
            Problem(f"{VARIABLES}:{m.line}", where_of(m.path), m.message) for m in tree.mistakes
        )
    if not isinstance(tree.value, dict):
        raise _error(VARIABLES, "found no mapping, wanted names and their values")
    return tree


def numbers_in_variables(content: bytes, fixed: Iterable[str]) -> list[Problem]:
    """Return what is wrong with `_variables.yml`: it stands in the text, and may say no number.

    An address may have one. Raises as `read_variables`.
    """
    tree = read_variables(content)
    wanted = "wanted none (or a fixed term of data/review.yml): a number in the text is a finding"
    return [
        Problem(
            f"{VARIABLES}:{tree.line(path)}",
            where_of(path),
            f"found the number {said.word!r}, {wanted}",
        )
        for path, said in _numbers(tree.value, fixed)
    ]


def _numbers(value: Any, fixed: Iterable[str]) -> Iterator[tuple[Path, Said]]:
    """Yield the numbers that the texts of a mapping say, but for addresses, each with its path."""
    for path, text in _leaves(value, ()):
        if not _ADDRESS.fullmatch(str(text)):
            for said in numbers(str(text), fixed):
                yield path, said


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    match value:
        case dict():
            for key, one in value.items():
                yield from _leaves(one, (*path, key))
        case tuple() | list():
            for index, one in enumerate(value):
                yield from _leaves(one, (*path, index))
        case _:
            yield path, value


def fixed_terms(review: Review) -> tuple[str, ...]:
    """Return what a text may say though there is a number in it: names, and 95% CI."""
    levels = (float(analysis.level) for analysis in review.plan.analyses)
    return (*(term.term for term in review.plan.fixed_terms), *known_terms(levels))


@dataclass(frozen=True)
class Issue:
    """Which state of the review a paper shows.

    `version` and `released` (YYYY-MM-DD) are those of its edition; None before the first.
    `recomputed` says of what evidence the paper is a recomputation with today's code, None
    for the paper itself. `draft` says that the evidence has moved on since that edition.
    """

    version: str | None = None
    released: str | None = None
    recomputed: str | None = None
    draft: bool = False


def front_matter(
    review: Review, issue: Issue, rendered: Mapping[str, str], own: Mapping[str, Any]
) -> str:
    """Return the front matter as YAML.

    Parameters
    ----------
    rendered : values that templates wrote as Markdown, as the abstract.
    own : the manuscript's own keys.
    """
    import yaml

    plan = review.plan
    version = issue.version and f"version {issue.version}"
    if version and issue.draft:
        version = f"draft after {version}"
    subtitle = ", ".join(part for part in (plan.subtitle, version, _recomputed(issue)) if part)
    front: dict[str, Any] = {"title": escape(plan.title)}
    if subtitle:
        front["subtitle"] = escape(subtitle)
    front["short-title"] = front["running-title"] = escape(plan.short_title)
    if plan.about.authors:
        front["author"] = _authors(plan.about)
    if issue.released is not None and not issue.draft:
        front["date"] = str(words.date(issue.released))
    if issue.version is not None:
        front["edition"] = f"{'Draft after edition' if issue.draft else 'Edition'} {issue.version}"
    front["imprint"] = [
        {"label": label, "text": escape(text)} for label, text in _imprint(review, issue)
    ]
    front["keywords"] = [escape(word) for word in plan.keywords]
    front["lang"] = LANGUAGE
    front["bibliography"] = BIBLIOGRAPHY
    front |= {**own, **rendered}
    text: str = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000_000)
    return text


def _recomputed(issue: Issue) -> str | None:
    return issue.recomputed and f"recomputation of {issue.recomputed} with today’s code"


def _imprint(review: Review, issue: Issue) -> Iterator[tuple[str, str]]:
    """Yield the facts beside the abstract: what was published, from what, under which terms."""
    about, living = review.plan.about, review.plan.living
    if issue.version and issue.draft:
        yield "Edition", f"draft after {issue.version}, not released"
    elif issue.version and issue.released:
        yield "Edition", f"{issue.version}, {words.date(issue.released)}"
    else:
        yield "Edition", "not yet released"
    if issue.recomputed:
        yield "Recomputation", f"of {issue.recomputed}; not the paper as it was published"
    if living is not None:
        yield "Living mode", living.status
    if any(search.kind == "systematic search" for search in review.searches):
        yield "Last systematic search", str(words.date(review.last_searched("systematic search")))
    yield "Registration", words.known(about.registration, words.NOT_STATED)
    yield "Peer review", words.known(about.peer_review, words.NOT_STATED)
    yield "Licence", about.licence
    # Enough of the hash to tell editions apart; the manifest has it whole.
    yield "Evidence", " ".join(review.evidence[i : i + 4] for i in range(0, 12, 4))


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
