"""What of Quarto the pandoc engine knows; all else is refused by name, never dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from analysis.engines import ast
from analysis.engines.ast import Node
from analysis.engines.places import Places
from analysis.errors import Problem
from analysis.markdown import code_cell, comment, line_break, raw_part

FORMATS = ("html", "typst", "docx")
"""The names of formats that conditional content may use, which are Pandoc's writers."""

_KINDS = ("note", "tip", "important", "warning", "caution")
CALLOUTS = frozenset(f"callout-{kind}" for kind in _KINDS)
CONDITIONAL = ("content-visible", "content-hidden")

_FLOAT_ID = re.compile(r"(fig|tbl|lst|eq|thm|lem|cor|prp|cnj|def|exm|exr|sol|rem|alg)-")
_QUARTO_CLASS = re.compile(
    r"(panel-\w+|column-(?!s$)\w[\w-]*|cell(-\w+)*|hidden|aside|incremental|nonincremental|fragment"
    r"|notes|proof|remark|solution|kbd|grid|g-col-\d+|lightbox|callout-(?!note$|tip$|important$"
    r"|warning$|caution$).*)"
)
_SCHEME = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9+.-]*):")
_SAFE = frozenset({"http", "https", "mailto"})
_UNSEEN = re.compile(r"[\x00-\x20]|%[01][0-9A-Fa-f]|%20")  # what browsers pass over in a scheme
SIDES = ("width", "height")
_IMAGE_KEYS = frozenset({"fig-alt", "alt", *SIDES, "fig-align"})
_SIZE = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)(%|cm|mm|in|pt|em|px)?")
_DIV_KEYS = frozenset({"when-format", "unless-format"})


class Seen(NamedTuple):
    """An element of a manuscript, the formats that show it, the label of a float that holds it."""

    node: Node
    formats: frozenset[str]
    inside: str


def seen(tree: Any) -> list[Seen]:
    """Return the elements of a tree in reading order, but for words and spaces."""
    return list(_seen(tree, frozenset(FORMATS), ""))


def _seen(content: Any, formats: frozenset[str], inside: str) -> Iterator[Seen]:
    stack = [content]
    while stack:
        item = stack.pop()
        if type(item) is list:
            stack.extend(reversed(item))
        elif type(item) is not dict:
            continue
        elif "t" not in item:
            stack.extend(reversed(item.values()))
        elif "c" in item and item["t"] not in ("Str", "MetaString"):
            if item["t"] in ("Figure", "Table"):
                yield Seen(item, formats, inside)
                yield from _seen(item["c"], formats, item["c"][0][0])
            elif conditional(item):
                attributes = ast.attr(item["c"][0])
                showing = frozenset(name for name in formats if shown(attributes, name))
                yield Seen(item, showing, inside)
                yield from _seen(item["c"], showing, inside)
            else:
                yield Seen(item, formats, inside)
                stack.append(item["c"])


def tidy(node: Node) -> Node | list[Node] | None:
    """Change what Pandoc's writers would misread.

    `<br>` becomes a line break, a comment nothing, and the heading that opens a callout its
    title: it is no section, has no number and no place in the contents.
    """
    if node["t"] == "Div" and callout(node) and node["c"][1]:
        first, *rest = node["c"][1]
        if first["t"] == "Header":
            node["c"][1] = [callout_title(first["c"][2]), *rest]
            return node
    if node["t"] == "RawInline" and line_break(*node["c"]):
        return {"t": "LineBreak"}
    if node["t"] in ("RawInline", "RawBlock") and comment(*node["c"]):
        return []
    return None


def callout(node: Node) -> str | None:
    """Return the kind of callout that a div is (`callout-note`), `None` if it is none."""
    return next((name for name in node["c"][0][1] if name in CALLOUTS), None)


def callout_title(words: list[Node]) -> Node:
    """Return the title of a callout."""
    return {"t": "Div", "c": [["", ["callout-title"], []], [{"t": "Plain", "c": words}]]}


def select(tree: Any, to: str) -> Any:
    """Return a tree with the conditional content of one format resolved."""

    def change(node: Node) -> Node | list[Node] | None:
        if not conditional(node):
            return None
        content: list[Node] = node["c"][1]
        return content if shown(ast.attr(node["c"][0]), to) else []

    return ast.rewrite(tree, change)


def shown(attributes: ast.Attr, to: str) -> bool:
    """Say whether conditional content is part of a format, as Quarto does."""
    matches = True
    if attributes.has("when-format"):
        matches = attributes.get("when-format") == to
    if attributes.has("unless-format"):
        matches = matches and attributes.get("unless-format") != to
    return matches if "content-visible" in attributes.classes else not matches


def conditional(node: Node) -> bool:
    """Say whether an element is content that some formats show and others do not."""
    return node["t"] in ("Div", "Span") and any(name in node["c"][0][1] for name in CONDITIONAL)


def refused(node: Node, places: Places) -> Problem | None:
    """Return what is wrong with an element that this engine would otherwise lose or misread."""
    match node["t"]:
        case "Code":
            return _cell(node["c"][1], places)
        case "CodeBlock":
            return next((p for name in node["c"][0][1] if (p := _cell(name, places))), None)
        case "RawInline" | "RawBlock":
            language, code = node["c"]
            return _raw(language, code, places)
        case "Image":
            return _image(node, places)
        case "Link":
            return _link(node, places) or _attributes("Link", ast.attr(node["c"][0]), places)
        case "Math":
            return None
    attributes = ast.attr_of(node)
    return _attributes(node["t"], attributes, places) if attributes else None


def _cell(text: str, places: Places) -> Problem | None:
    found = code_cell(text)
    return places.problem(*found) if found else None


def _raw(language: str, code: str, places: Places) -> Problem | None:
    found = None if language == "review" else raw_part(language, code)
    if found is None:
        return None
    message, line = found
    return places.problem(message, line, line.partition(" ")[0])


def _image(node: Node, places: Places) -> Problem | None:
    attributes, target = ast.attr(node["c"][0]), node["c"][2][0]
    for key, value in attributes.pairs:
        if key not in _IMAGE_KEYS or (key == "fig-align" and value != "center"):
            message = f'found {key}="{value}" on an image, wanted fig-alt, width or height'
            return places.problem(message, f"]({target})")
        if key in SIDES and not _SIZE.fullmatch(value):
            wanted = "a number with %, cm, mm, in, pt, em or px"
            message = f'found {key}="{value}" on an image, wanted {wanted}'
            return places.problem(message, f"]({target})")
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|/", target) or ".." in target.split("/"):
        message = f"found the image {target}, wanted a path inside the review"
        return places.problem(message, f"]({target})")
    if not alternative(node):
        message = f"found no alternative text for {target}, wanted fig-alt"
        return places.problem(message, f"]({target})")
    return _attributes("Image", attributes, places)


def sides(image: Node) -> list[tuple[str, float, str]]:
    """Return what an image that was not `refused` says of its sides: which, a number, its unit.

    A number without a unit is of pixels, as in Quarto.
    """
    found = ((key, _SIZE.fullmatch(value)) for key, value in ast.attr(image["c"][0]).pairs)
    return [(key, float(size[1]), size[2] or "px") for key, size in found if size and key in SIDES]


def _link(node: Node, places: Places) -> Problem | None:
    """Return what is wrong with where a link leads: data, too, write links, and may not act."""
    target = node["c"][2][0]
    scheme = _SCHEME.match(_UNSEEN.sub("", target))
    if scheme is None or scheme["name"].lower() in _SAFE:
        return None
    message = f"found a link to {scheme['name']}:, wanted one to http:, https: or mailto:"
    return places.problem(message, f"{scheme['name']}:", target)


def alternative(image: Node) -> str:
    """Return the alternative text of an image: `fig-alt`, or `alt`; never its caption."""
    attributes = ast.attr(image["c"][0])
    return " ".join((attributes.get("fig-alt") or attributes.get("alt")).split())


def _attributes(kind: str, attributes: ast.Attr, places: Places) -> Problem | None:
    for name in attributes.classes:
        if _QUARTO_CLASS.fullmatch(name):
            message = f"found the class .{name}, which the pandoc engine does not know"
            return places.problem(message, f".{name}", name)
    for key, value in attributes.pairs:
        if key.startswith("layout"):
            message = f'found {key}="{value}", which the pandoc engine does not know'
            return places.problem(message, f"{key}=")
    if kind in ("Div", "Span") and _FLOAT_ID.match(attributes.id):
        message = f"found #{attributes.id} on a div or span, wanted it on a figure or table"
        return places.problem(message, f"#{attributes.id}")
    if kind in ("Div", "Span") and any(name in attributes.classes for name in CONDITIONAL):
        return _condition(attributes, places)
    return None


def _condition(attributes: ast.Attr, places: Places) -> Problem | None:
    name = next(name for name in CONDITIONAL if name in attributes.classes)
    for key, value in attributes.pairs:
        if key not in _DIV_KEYS or value not in FORMATS:
            wanted = 'when-format or unless-format of "html", "typst" or "docx"'
            return places.problem(f'found {key}="{value}", wanted {wanted}', f"{key}=")
    if not attributes.pairs:
        return places.problem(f"found .{name} without a condition, wanted when-format", f".{name}")
    return None


def skipped_levels(found: list[Seen], places: Places) -> list[Problem]:
    """Return where a heading of a tidied tree skips a level: tagged PDFs are walked by levels."""
    problems = []
    for to in FORMATS:
        last = 0
        for each in found:
            if each.node["t"] != "Header" or to not in each.formats:
                continue
            level: int = each.node["c"][0]
            title = ast.plain(each.node["c"][2])
            if level > last + 1:
                message = f'found level {level} ("{title}"), wanted level {last + 1} at most'
                problems.append(places.problem(message, f"{'#' * level} {title}", title))
            last = level
    return problems


def callouts(found: list[Seen], places: Places) -> list[Problem]:
    """Quarto's Typst callouts load a package from the network, so they stand in HTML alone."""
    problems = []
    for each in found:
        node = each.node
        if node["t"] == "Div" and (name := callout(node)) and not each.formats <= {"html"}:
            wanted = 'wanted it inside ::: {.content-visible when-format="html"}'
            message = f"found .{name} outside the page, {wanted}"
            problems.append(places.problem(message, f".{name}"))
    return problems
