"""Quarto's shortcodes `{{< … >}}`, of which the pandoc engine knows three.

They are expanded in the text, before Pandoc reads it, as Quarto does: wherever they
stand, in code too. Text that only looks like one is escaped by the manuscript
(`\\{\\{< … >\\}\\}`) and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from analysis.engines import MANUSCRIPT, Source
from analysis.engines.places import Places
from analysis.errors import Problem, TemplateError
from analysis.front_matter import read_variables
from analysis.project import VARIABLES

PAGE_BREAK = "`pagebreak`{=review}"
"""How a page break travels through Pandoc's reader: one line, so that line numbers hold."""

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_SHORTCODE = re.compile(r"(?<!\{)\{\{<(?P<body>[^\n]*?)>\}\}(?!\})")
_OPENING = re.compile(r"\{\{<[^\n]*")
_KNOWN = "meta, var or pagebreak (the quarto engine knows the rest)"


def front_matter(text: str) -> dict[str, Any]:
    """Return the YAML front matter of a manuscript, empty where it has none.

    Raises
    ------
    TemplateError : the front matter is not a YAML mapping.
    """
    found = FRONT_MATTER.match(text)
    return _yaml(found.group(1), MANUSCRIPT, 2) if found else {}


def expand(source: Source) -> str:
    """Return the text of a source with its shortcodes replaced; no line moves.

    Raises
    ------
    TemplateError : a shortcode is unknown, unclosed, or names a value that is not there.
    """
    if "{{<" not in source.text:
        return source.text
    places = Places(source.text, source.templates)
    problems: list[Problem] = []
    meta: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None

    def value(found: re.Match[str]) -> str:
        nonlocal meta, variables
        words = found.group("body").split()
        shown = "{{< " + " ".join(words) + " >}}"
        place = places.at(found.start())
        match words:
            case ["meta", path]:
                if meta is None:
                    meta = front_matter(source.text)
                return _look_up(meta, path, shown, place, "the front matter", problems)
            case ["var", path]:
                if variables is None:
                    variables = _variables(source.files)
                return _look_up(variables, path, shown, place, VARIABLES, problems)
            case ["pagebreak"]:
                if _alone(source.text, found):
                    return PAGE_BREAK
                problems.append(Problem(place, shown, "found text beside it, wanted its own line"))
            case _:
                problems.append(Problem(place, shown, f"found another shortcode, wanted {_KNOWN}"))
        return ""

    text = _SHORTCODE.sub(value, source.text)
    for rest in _OPENING.finditer(_SHORTCODE.sub(lambda m: " " * len(m.group()), source.text)):
        message = 'found "{{<" alone, wanted {{< … >}} on one line, or \\{\\{< for the text itself'
        problems.append(Problem(places.at(rest.start()), "", message))
    if problems:
        raise TemplateError(problems)
    return text


def _alone(text: str, found: re.Match[str]) -> bool:
    before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    after = text[found.end() :].split("\n", 1)[0]
    return not before.strip() and not after.strip()


def _look_up(
    values: Mapping[str, Any],
    path: str,
    shown: str,
    place: str,
    home: str,
    problems: list[Problem],
) -> str:
    value: Any = values
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 2.0 is 2 to Quarto
    if isinstance(value, str | int | float) or hasattr(value, "isoformat"):
        return " ".join(str(value).split())
    found = "a list or mapping" if value is not None else "no such name"
    problems.append(Problem(place, shown, f"found {found} in {home}, wanted a text or number"))
    return ""


def _variables(files: Mapping[str, bytes]) -> dict[str, Any]:
    return dict(read_variables(files[VARIABLES]).value) if VARIABLES in files else {}


def _yaml(text: str, file: str, first_line: int) -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(text, Loader=loader)  # noqa: S506 - one of the two safe loaders
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + first_line}" if mark else file
        words = getattr(error, "problem", None) or "no characters that YAML allows"
        raise TemplateError(
            [Problem(place, "", f"found no YAML ({words}), wanted a mapping")]
        ) from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        message = f"found a {type(data).__name__}, wanted a mapping of names to values"
        raise TemplateError([Problem(f"{file}:{first_line}", "", message)])
    return data
