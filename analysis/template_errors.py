"""What Jinja cannot read in a template, in a writer's words: the line, found X, wanted Y."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from analysis.messages import nearest

Tokens = Iterable[tuple[int, str, str]]
"""Line (from 1), kind and text of each piece of a template, as Jinja's lexer gives them."""

TAGS = ("if", "elif", "else", "endif", "for", "endfor", "set", "endset", "macro", "endmacro",
        "call", "endcall", "include", "raw", "endraw")  # fmt: skip
_OPENING = frozenset({"if", "for", "macro", "call", "filter", "set"})
_STRAIGHT = {**dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‘’‚", "'")}
_ENDS = {"end of print statement": "}}", "end of statement block": "%}"}
_PATH = r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)"
_CALL = r"[a-z_]+(?:\([^(){}]*\))?"
# A path of findings, or a name and formats behind it. What stands before tells LaTeX apart.
_SINGLE = re.compile(
    rf"(?<![\\\w^}}{{$])\{{ *(?:{_PATH}+ *|{_PATH}* *(?:\| *(?P<format>{_CALL}) *)+)\}}(?!\}})"
)


@dataclass(frozen=True)
class _Tag:
    """A tag: its lines, the sign that opens it, the words in it."""

    first: int
    last: int
    sign: str
    words: tuple[str, ...]


def syntax_message(said: str, line: int, text: str, tokens: Tokens) -> tuple[int, str]:
    """Return the line and the message of what Jinja said of a template.

    Parameters
    ----------
    said, line : Jinja's message, and its line.
    text : the template, with line ends as LF.
    tokens : its pieces; they may end with an error.
    """
    tags = list(_tags(tokens))
    if strange := re.fullmatch(r"unexpected char (['\"])(.+)\1 at (\d+)", said):
        return _strange(strange[2].replace("\\'", "'"), int(strange[3]), text)
    if "Unexpected end of template" in said:
        return _never_closed(tags, line)
    if "unknown tag" in said:
        return _unknown_tag(said, line, tags)
    around = next((tag for tag in tags if tag.first < line <= tag.last), None)
    if around is not None:
        return around.first, _open_sign(around.sign)
    if said.startswith("Missing end of"):
        what, end = ("{%#", "#%}") if "comment" in said else ("{% raw %}", "{% endraw %}")
        return line, f"found {what} that is never closed, wanted {end}"
    return line, _told(said)


def single_braces(text: str, tokens: Tokens, formats: Collection[str]) -> Iterator[tuple[int, str]]:
    """Give line and message of findings that prose has in single braces.

    `formats` are the names that may stand behind a bar.
    """
    if not _SINGLE.search(text):
        return
    for line, kind, value in tokens:
        for match in _SINGLE.finditer(value) if kind == "data" else ():
            name = (match["format"] or "").partition("(")[0]
            before = value[value.rfind("\n", 0, match.start()) + 1 : match.start()]
            if (name and name not in formats) or before.count("`") % 2:
                continue
            found = " ".join(match[0].split())
            message = f"found {found} in the text, which prints as it stands, wanted two braces"
            yield line + value.count("\n", 0, match.start()), f"{message}: {{{found}}}"


def _tags(tokens: Tokens) -> Iterator[_Tag]:
    from jinja2 import TemplateSyntaxError

    begun: tuple[int, str] | None = None
    words: list[str] = []
    line = 1
    try:
        for number, kind, value in tokens:
            line = number
            if kind in ("variable_begin", "block_begin"):
                begun, words = (number, "{{" if kind == "variable_begin" else "{%"), []
            elif kind in ("variable_end", "block_end") and begun is not None:
                yield _Tag(begun[0], number, begun[1], tuple(words))
                begun = None
            elif kind in ("name", "operator"):
                words.append(value)
    except TemplateSyntaxError as error:
        line = error.lineno
    if begun is not None:
        yield _Tag(begun[0], max(line, begun[0]), begun[1], tuple(words))


def _strange(sign: str, at: int, text: str) -> tuple[int, str]:
    """Return the message for a character that no tag takes."""
    opened = max(text.rfind("{{", 0, at), text.rfind("{%", 0, at))
    start = text.count("\n", 0, max(opened, 0)) + 1
    line = text.count("\n", 0, at) + 1
    if line > start:
        return start, _open_sign(text[opened : opened + 2])
    if sign in _STRAIGHT:
        return (
            line,
            f"found the curly quote {sign} in a tag, wanted a straight one: {_STRAIGHT[sign]}",
        )
    if sign in "'\"":
        return line, f"found a quote {sign} in a tag that never closes, wanted the closing one"
    return line, f"found {sign!r} in a tag, wanted names, formats and texts in quotes alone"


def _open_sign(sign: str) -> str:
    end = "}}" if sign == "{{" else "%}"
    return f"found {sign} that does not close before the text goes on, wanted {end}"


def _never_closed(tags: list[_Tag], line: int) -> tuple[int, str]:
    open_ = _open_blocks(tags, line)
    if not open_:
        return line, "found a template that ends within a tag, wanted the tag closed"
    name = open_[-1].words[0]
    return open_[-1].first, f"found {{% {name} %}} that is never closed, wanted {{% end{name} %}}"


def _open_blocks(tags: list[_Tag], line: int) -> list[_Tag]:
    """Return the blocks that are open before a line ends, the innermost last."""
    open_: list[_Tag] = []
    for tag in tags:
        if tag.sign != "{%" or not tag.words or tag.first > line:
            continue
        name = tag.words[0]
        if name in _OPENING and not (name == "set" and "=" in tag.words):
            open_.append(tag)
        elif open_ and name == f"end{open_[-1].words[0]}":
            open_.pop()
    return open_


def _unknown_tag(said: str, line: int, tags: list[_Tag]) -> tuple[int, str]:
    match = re.search(r"unknown tag '([^']*)'", said)
    name = match[1] if match else ""
    open_ = _open_blocks([tag for tag in tags if tag.first < line], line)
    if open_ and (name in TAGS or name.startswith("end")):
        inner = open_[-1]
        found = f"found {{% {name} %}} while {{% {inner.words[0]} %}} of line {inner.first} is open"
        return line, f"{found}, wanted {{% end{inner.words[0]} %}} before it"
    if name in ("else", "elif"):
        return line, f"found {{% {name} %}} without an {{% if %}}, wanted one before it"
    if name.startswith("end") and name in TAGS:
        opening = name.removeprefix("end")
        return line, f"found {{% {name} %}} without its {{% {opening} %}}, wanted one before it"
    close = nearest(name, TAGS)
    known = f"perhaps {close}?" if close else ", ".join(TAGS)
    return line, f"found the unknown tag {{% {name} %}}, wanted one of Jinja's: {known}"


def _told(said: str) -> str:
    if said == "unexpected '}'":
        return "found } alone in a tag, wanted }} at its end"
    if match := re.fullmatch(r"unexpected '(.+)', expected '(.+)'", said):
        return f"found {match[1]} in a tag, wanted {match[2]} before it"
    if match := re.fullmatch(r"unexpected '(.+)'", said):
        return f"found {match[1]!r} in a tag, wanted a name or a text in quotes"
    if match := re.match(r"Expected an expression, got '(.+)'", said):
        end = _ENDS.get(match[1])
        return (
            f"found a tag with nothing before {end}, wanted a name or a condition"
            if end
            else f"found {match[1]!r} in a tag, wanted a name or a text in quotes"
        )
    match = re.fullmatch(r"expected token '(.+?)', got '(.+)'", said)
    if match is None:
        return f"found a template that Jinja cannot read ({said}), wanted it mended"
    wanted, got = match.groups()
    if got in _ENDS:
        what = "a name" if wanted == "name" else repr(wanted)
        return f"found {_ENDS[got]} too early, wanted {what} before it (behind | a format)"
    if wanted == "end of print statement":
        return f"found {got!r} behind a value in {{{{ … }}}}, wanted | before a format, or }}}}"
    if wanted == "end of statement block":
        return f"found {got!r} where a tag should end, wanted %}}"
    return f"found {got!r} in a tag, wanted {wanted!r}"
