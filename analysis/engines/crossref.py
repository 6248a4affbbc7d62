"""Cross-references as Quarto has them: labels numbered, `@fig-…` turned into links."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.engines import ast
from analysis.engines.ast import Node
from analysis.engines.places import Places
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

    blocks: list[Node]
    labels: tuple[Label, ...]
    unreferenced: tuple[Label, ...]
    problems: tuple[Problem, ...]


def number(blocks: list[Node], places: Places, keys: frozenset[str], *, sections: bool) -> Numbered:
    """Number figures, tables and sections; resolve references; check citations.

    Parameters
    ----------
    blocks : Pandoc's blocks, conditional content already resolved.
    places : the lines of the manuscript.
    keys : the keys of the bibliography that citeproc found.
    sections : whether sections carry numbers (`number-sections` of the front matter).
    """
    problems: list[Problem] = []
    labels = _labels(blocks, places, problems, sections=sections)
    there = {found.id for node in ast.walk(blocks) if (found := ast.attr_of(node))}
    used: set[str] = set()

    def change(node: Node) -> Node | list[Node] | None:
        if node["t"] == "Cite":
            return _cite(node, labels, used, keys, places, problems)
        if node["t"] == "Link":
            target = node["c"][2][0]
            # Citeproc's own links lead to what it did not find, too: `_cite` reports those.
            own = target.startswith("#ref-")
            if target.startswith("#") and not own and target[1:] not in there:
                message = f"found a link to {target}, wanted one to something on this page"
                problems.append(places.problem(message, f"({target})", target))
        if node["t"] == "Header" and sections:
            found = labels.get(node["c"][1][0]) or labels.get(f"#{node['c'][1][0]}")
            if found and found.number:
                mark = ast.span(ast.text(found.number), "header-section-number")
                node["c"][2] = [mark, {"t": "Space"}, *node["c"][2]]
                return node
        return None

    done = ast.rewrite(blocks, change)
    known = tuple(label for label in labels.values() if not label.id.startswith("#"))
    floats = (label for label in known if label.kind != "sec")
    lost = tuple(label for label in floats if label.id not in used)
    return Numbered(done, known, lost, tuple(dict.fromkeys(problems)))


def _labels(
    blocks: list[Node], places: Places, problems: list[Problem], *, sections: bool
) -> dict[str, Label]:
    labels: dict[str, Label] = {}
    counts = {"fig": 0, "tbl": 0}
    section = [0] * 6

    def add(label: Label) -> None:
        if label.id in labels:
            message = f"found #{label.id} twice, wanted one label for one thing"
            problems.append(Problem(label.place, "", message))
        labels.setdefault(label.id, label)

    for node in ast.walk(blocks):
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
            wanted = "{#" + kind + "-…}"
            what = NAMES[kind].lower()
            if attributes.id.startswith(f"{kind}-"):
                counts[kind] += 1
                place = places.of(f"#{attributes.id}")
                add(Label(attributes.id, kind, str(counts[kind]), place))
                if not caption:
                    problems.append(Problem(place, "", f"found a {what} without a caption"))
            elif caption or kind == "fig":
                message = f'found a {what} without a label ("{caption[:40]}"), wanted {wanted}'
                problems.append(places.problem(message, caption[:20]))
        elif node["t"] == "Image" and node["c"][0][0].startswith("fig-") and not node["c"][1]:
            message = f"found the figure #{node['c'][0][0]} without a caption"
            problems.append(places.problem(message, f"#{node['c'][0][0]}"))
    return labels


def _cite(
    node: Node,
    labels: dict[str, Label],
    used: set[str],
    keys: frozenset[str],
    places: Places,
    problems: list[Problem],
) -> list[Node] | None:
    citations = node["c"][0]
    ids = [citation["citationId"] for citation in citations]
    if not any(_LABEL.fullmatch(name) or _OTHER.fullmatch(name) for name in ids):
        for name in ids:
            if name not in keys:
                message = f"found the citation @{name}, wanted a key of the bibliography"
                problems.append(places.problem(message, f"@{name}"))
        return None
    out: list[Node] = []
    for citation in citations:
        name = citation["citationId"]
        label = labels.get(name)
        if label is None:
            problems.append(_lost(name, labels, places))
            continue
        if not label.number:
            message = f"found @{name}, which has no number, wanted number-sections: true"
            problems.append(places.problem(message, f"@{name}"))
        used.add(name)
        prefix, suffix = citation["citationPrefix"], citation["citationSuffix"]
        if suffix:
            words_after = " ".join(ast.plain(suffix).split())
            message = f'found "{words_after}" after @{name}, wanted it outside the brackets'
            problems.append(places.problem(message, f"@{name}"))
        words = ast.text(label.name)
        if prefix:
            words = [*prefix, *ast.text(f"{NO_BREAK}{label.number}")]
        elif citation["citationMode"]["t"] == "SuppressAuthor":
            words = ast.text(label.number)
        if out:
            out += ast.text(", ")
        out.append(ast.link(words, f"#{name}", "quarto-xref"))
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
