"""Cross-references as Quarto has them: labels numbered, `@fig-…` turned into links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analysis.engines import ast
from analysis.engines.ast import Node
from analysis.engines.places import Places
from analysis.engines.subset import FORMATS, Seen
from analysis.errors import Problem

NAMES = {"fig": "Figure", "tbl": "Table", "sec": "Section"}
_LABEL = re.compile(r"(fig|tbl|sec)-.+")
_OTHER = re.compile(
    r"(eq|lst|thm|lem|cor|prp|cnj|def|exm|exr|sol|rem|alg|nte|wrn|imp|tip|cau|vid|apx)-.+"
)
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Label:
    """A thing that can be referred to, and the number that it prints."""

    id: str
    kind: str
    number: str
    place: str

    @property
    def name(self) -> str:
        """How the text calls it: `Figure 1`."""
        return f"{NAMES[self.kind]}{NO_BREAK}{self.number}"


@dataclass(frozen=True)
class Numbered:
    """A tree with its references resolved; labels in reading order, those never used."""

    tree: Any
    labels: tuple[Label, ...]
    unreferenced: tuple[Label, ...]
    problems: tuple[Problem, ...]


def number(
    tree: Any, found: list[Seen], places: Places, keys: frozenset[str], *, sections: bool
) -> Numbered:
    """Number figures, tables and sections; resolve references; check citations and links.

    A figure has one number in every format, or page and paper could not be cited alike.

    Parameters
    ----------
    tree : metadata and blocks.
    found : the elements of the tree, with the formats that show them.
    places : the lines of the manuscript.
    keys : the keys of the bibliography that citeproc found.
    sections : whether sections carry numbers (`number-sections` of the front matter).
    """
    problems: list[Problem] = []
    named = [each for each in found if each.node["t"] in ("Header", "Figure", "Table", "Image")]
    by_format = {
        to: _labels([each.node for each in named if to in each.formats], places, problems, sections)
        for to in FORMATS
    }
    labels: dict[str, Label] = {}
    for to, here in by_format.items():
        for label in here.values():
            first = labels.setdefault(label.id, label)
            if first.number != label.number:
                message = f"found {label.name} for {to}, wanted {first.name} as in another format"
                problems.append(Problem(label.place, "", message))
    _references(found, by_format, keys, places, problems)
    cites = (each for each in found if each.node["t"] == "Cite")
    # What a float says of itself leads no reader to it.
    used = {name for cite in cites for name in _ids(cite.node) if name != cite.inside}

    def change(node: Node) -> Node | list[Node] | None:
        if node["t"] == "Cite":
            return _cite(node, labels)
        if node["t"] == "Header":
            name = node["c"][1][0]
            label = labels.get(name) or labels.get(f"#{name}")
            if label and label.number:
                mark = ast.span(ast.text(label.number), "header-section-number")
                node["c"][2] = [mark, {"t": "Space"}, *node["c"][2]]
                return node
        return None

    known = tuple(label for label in labels.values() if not label.id.startswith("#"))
    lost = tuple(label for label in known if label.kind != "sec" and label.id not in used)
    kept = tuple(dict.fromkeys(problems))
    return Numbered(tree if kept else ast.rewrite(tree, change), known, lost, kept)


def _labels(
    nodes: list[Node], places: Places, problems: list[Problem], sections: bool
) -> dict[str, Label]:
    labels: dict[str, Label] = {}
    counts = {"fig": 0, "tbl": 0}
    section = [0] * 6

    def add(label: Label) -> None:
        if label.id in labels:
            message = f"found #{label.id} twice, wanted one label for one thing"
            problems.append(Problem(label.place, "", message))
        labels.setdefault(label.id, label)

    for node in nodes:
        kind = {"Figure": "fig", "Table": "tbl"}.get(node["t"])
        if node["t"] == "Header":
            level, (identifier, classes, _), _ = node["c"]
            mark = ""
            if sections and "unnumbered" not in classes:
                section[level - 1] += 1
                section[level:] = [0] * (6 - level)
                mark = ".".join(str(n) for n in section[:level])
            # A heading without a sec- label is numbered too; "#" keeps it out of the labels.
            name = identifier if identifier.startswith("sec-") else f"#{identifier}"
            add(Label(name, "sec", mark, places.of(f"#{identifier}")))
        elif kind:
            attributes = ast.attr(node["c"][0])
            caption = ast.plain(node["c"][1][1])
            if attributes.id.startswith(f"{kind}-"):
                counts[kind] += 1
                place = places.of(f"#{attributes.id}")
                add(Label(attributes.id, kind, str(counts[kind]), place))
                if not caption:
                    what = NAMES[kind].lower()
                    problems.append(Problem(place, "", f"found a {what} without a caption"))
            elif caption or kind == "fig":
                what, wanted = NAMES[kind].lower(), "{#" + kind + "-…}"
                message = f'found a {what} without a label ("{caption[:40]}"), wanted {wanted}'
                # Whole words: no place is found inside of a longer one.
                first = " ".join(caption.split()[:3])
                problems.append(places.problem(message, first))
        elif node["t"] == "Image" and (name := node["c"][0][0]).startswith("fig-"):
            # A figure has taken the label from its image; here it would be lost without a word.
            lacks = "in a line of text, wanted it in a paragraph of its own"
            message = f"found the figure #{name} {lacks if node['c'][1] else 'without a caption'}"
            problems.append(places.problem(message, f"#{name}"))
    return labels


def _references(
    found: list[Seen],
    by_format: dict[str, dict[str, Label]],
    keys: frozenset[str],
    places: Places,
    problems: list[Problem],
) -> None:
    """Add what is wrong with citations, references and links, in the formats that show them."""
    there: dict[str, set[str]] = {to: set() for to in FORMATS}
    for each in found:
        if attributes := ast.attr_of(each.node):
            for to in each.formats:
                there[to].add(attributes.id)
    for each in found:
        if each.node["t"] == "Link":
            target = each.node["c"][2][0]
            # Citeproc's own links lead to what it did not find, too: those are citations.
            if not target.startswith("#") or target.startswith("#ref-"):
                continue
            if any(target[1:] not in there[to] for to in each.formats):
                message = f"found a link to {target}, wanted one to something on this page"
                problems.append(places.problem(message, f"({target})", target))
        elif each.node["t"] == "Cite":
            labels = [by_format[to] for to in each.formats]
            for citation in each.node["c"][0]:
                problems += _wrong(citation, _is_reference(each.node), labels, keys, places)


def _wrong(
    citation: dict[str, Any],
    reference: bool,
    by_format: list[dict[str, Label]],
    keys: frozenset[str],
    places: Places,
) -> Iterator[Problem]:
    name = citation["citationId"]
    if not reference:
        if name not in keys:
            message = f"found the citation @{name}, wanted a key of the bibliography"
            yield places.problem(message, f"@{name}")
        return
    for labels in by_format:
        if name not in labels:
            yield _lost(name, labels, places)
        elif not labels[name].number:
            message = f"found @{name}, which has no number, wanted number-sections: true"
            yield places.problem(message, f"@{name}")
    if citation["citationSuffix"] and name not in keys:
        words = " ".join(ast.plain(citation["citationSuffix"]).split())
        message = f'found "{words}" after @{name}, wanted it outside the brackets'
        yield places.problem(message, f"@{name}")


def _ids(cite: Node) -> list[str]:
    return [citation["citationId"] for citation in cite["c"][0]]


def _is_reference(cite: Node) -> bool:
    return any(_LABEL.fullmatch(name) or _OTHER.fullmatch(name) for name in _ids(cite))


def _cite(node: Node, labels: dict[str, Label]) -> list[Node] | None:
    """Return the links that stand for a reference; a citation of the literature stays."""
    if not _is_reference(node):
        return None
    out: list[Node] = []
    for citation in node["c"][0]:
        label = labels[citation["citationId"]]
        words = ast.text(label.name)
        if citation["citationPrefix"]:
            words = [*citation["citationPrefix"], *ast.text(f"{NO_BREAK}{label.number}")]
        elif citation["citationMode"]["t"] == "SuppressAuthor":
            words = ast.text(label.number)
        if out:
            out += ast.text(", ")
        out.append(ast.link(words, f"#{label.id}", "quarto-xref"))
    return out


def _lost(name: str, labels: dict[str, Label], places: Places) -> Problem:
    if _OTHER.fullmatch(name):
        message = f"found @{name}, wanted a reference to a figure, table or section"
    elif not _LABEL.fullmatch(name):
        message = f"found @{name} beside a cross-reference, wanted citations apart from them"
    else:
        kind = name.split("-", maxsplit=1)[0]
        there = [f"@{label.id}" for label in labels.values() if label.id.startswith(f"{kind}-")]
        wanted = f"one of {', '.join(there)}" if there else f"a label #{name}"
        message = f"found @{name}, which labels nothing, wanted {wanted}"
    return places.problem(message, f"@{name}")
