"""Jinja made fit for Quarto text: delimiters, shortcodes, a strict and closed environment.

In `review.qmd` and `templates/`: `{{ … }}` prints, `{% … %}` decides, `{%# … #%}` is a comment
(Jinja's own `{# … #}` would swallow the `{#sec-x}` of a heading), and `{{< … >}}` stays a
shortcode of Quarto.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache, cached_property, lru_cache
from types import CodeType
from typing import Any

import jinja2
from jinja2 import Undefined, lexer, nodes, pass_context
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from analysis import placed
from analysis.errors import Problem, TemplateError
from analysis.formats import FORMATS
from analysis.items import Item
from analysis.template_errors import single_braces, syntax_message
from analysis.template_lines import OwnLines
from analysis.words import Words

STAND_IN = "ⵣ"  # a letter of Tifinagh: stands for what an expression will print


class Unknown(Undefined):
    """A name that a template uses and nobody gives: any use of it is an error."""

    def _fail_with_undefined_error(self, *args: Any, **kwargs: Any) -> Any:
        raise TemplateError(f"found the name {self._undefined_name!r}, which nothing sets here")

    __iter__ = __str__ = __len__ = __eq__ = __ne__ = __bool__ = __hash__ = (
        _fail_with_undefined_error
    )


_OF_JINJA = frozenset({"_loop_vars", "_block_vars"})


class _Lexer(lexer.Lexer):
    """Jinja's lexer; a text that is read as prose, as code and for stray braces is cut once."""

    def __init__(self, environment: jinja2.Environment) -> None:
        super().__init__(environment)
        self._cut = lru_cache(maxsize=512)(
            lambda text: (*super(_Lexer, self).tokeniter(text, None),)
        )

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """Return line, kind and text of every piece; what cannot be cut raises as it is reached."""
        try:
            return iter(self._cut(source))
        except jinja2.TemplateSyntaxError:
            return super().tokeniter(source, name, filename, state)


class Environment(SandboxedEnvironment):
    """The closed world of a template: items, our formats and functions, nothing of Python."""

    def __init__(self) -> None:
        super().__init__(
            comment_start_string="{%#",
            comment_end_string="#%}",
            extensions=(OwnLines,),
            keep_trailing_newline=True,
            undefined=Unknown,
            # With this, macros and set blocks return Markup: what they printed is not
            # escaped twice. HTML escaping itself never happens: all that `printed` returns
            # is Markup already.
            autoescape=True,
            finalize=printed,
            cache_size=0,
            optimized=False,  # it would change trees, which are kept
        )
        self.ready: dict[str, jinja2.Template] = {}
        self.globals.clear()
        self.tests = {"reported": _is_reported}
        self.filters = dict(FORMATS)

    @cached_property
    def lexer(self) -> lexer.Lexer:
        """What cuts texts into pieces."""
        return _Lexer(self)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what is below an item; nothing else has attributes for a template."""
        if isinstance(obj, Item):
            return obj.child(attribute)
        if isinstance(obj, LoopContext) and attribute in ("first", "last"):
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            bool(obj)
        raise TemplateError(f"found .{attribute}, wanted it on a finding or on the data")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return what is below an item, by a name that is a text of the data."""
        name = argument.value if isinstance(argument, Item) else argument
        if isinstance(obj, Item) and isinstance(name, str):
            return obj.child(name)
        raise TemplateError("found [ ], wanted it on a finding or on the data, with a name")

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function of ours or a macro; wrong arguments are the template's error."""
        if isinstance(obj, Undefined):
            bool(obj)
        # Inside a loop Jinja adds its own variables, which it takes out again.
        given = {name: value for name, value in kwargs.items() if name not in _OF_JINJA}
        try:
            if isinstance(obj, Macro):
                _check_macro(obj, args, given)
            elif callable(obj):
                inspect.signature(obj).bind(*args, **given)
        except TypeError as error:
            name = getattr(obj, "name", None) or getattr(obj, "__name__", "this")
            raise TemplateError(f"found a wrong use: {name}() {error}") from None
        if not callable(obj):
            raise TemplateError("found a value called like a function, wanted it without ( )")
        return super().call(context, obj, *args, **kwargs)

    def get_template(
        self, name: Any, parent: str | None = None, globals: Any = None
    ) -> jinja2.Template:
        """Return a template that `add` took; an include names it in quotes."""
        return self.ready[name]

    def add(self, tree: nodes.Template, text: str, file: str) -> jinja2.Template:
        """Take a template that was parsed; the same text is compiled once in a process."""
        code = _compiled(_Key(self, tree, text, file))
        self.ready[file] = jinja2.Template.from_code(self, code, self.globals)
        return self.ready[file]


def _check_macro(macro: Macro, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if len(args) > len(macro.arguments):
        raise TypeError(f"takes {len(macro.arguments)} arguments but {len(args)} were given")
    for name in kwargs:
        if name not in macro.arguments and name != "caller":
            raise TypeError(f"takes no argument {name!r}")


class _Key:
    """A template to compile, equal to another one of the same text and name."""

    def __init__(self, owner: Environment, tree: nodes.Template, text: str, file: str) -> None:
        self.owner, self.tree, self.text, self.file = owner, tree, text, file

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and (self.text, self.file) == (other.text, other.file)

    def __hash__(self) -> int:
        return hash((self.text, self.file))


@lru_cache(maxsize=512)
def _compiled(key: _Key) -> CodeType:
    code: CodeType = key.owner.compile(key.tree, key.file, key.file)
    return code


@pass_context
def printed(_context: Context, value: Any) -> Markup:
    """Return what an expression prints; TemplateError for whatever has no format.

    It takes the context only so that Jinja cannot run it on constants while it compiles.
    """
    if isinstance(value, Markup):
        return value
    if isinstance(value, Words):
        return placed.of_words(value)
    if isinstance(value, Item):
        return _printed_item(value)
    if isinstance(value, Undefined):
        str(value)
    raise TemplateError(f"found a bare {type(value).__name__} in braces, wanted a finding")


def _printed_item(item: Item) -> Markup:
    value = item.value
    if isinstance(value, str):
        return placed.of_data(value)
    if value is None:
        wanted = "a format that says so: | reported, | stated"
        raise TemplateError(f"found {item.path}, which the data do not give, wanted {wanted}")
    if isinstance(value, int | float):
        what = "yes or no" if isinstance(value, bool) else "a number"
        message = f"found {item.path}, {what}, without a format, wanted one: {item.path} | …"
        raise TemplateError(message)
    raise TemplateError(f"found {item.path}, which is not one value, wanted a part or a format")


def protect(source: str, file: str) -> str:
    """Return a source with its shortcodes out of Jinja's sight, every line in its place."""
    strange = placed.RESERVED.search(source)
    if strange:
        line = source.count("\n", 0, strange.start()) + 1
        code = f"U+{ord(strange.group()):04X}"
        raise TemplateError([Problem(f"{file}:{line}", "", f"found {code}, wanted a character")])
    return source.replace("{{<", placed.SHORTCODE_OPEN).replace(">}}", placed.SHORTCODE_CLOSE)


def restore(rendered: str) -> str:
    """Return rendered text with its shortcodes as they were."""
    opened = rendered.replace(placed.SHORTCODE_OPEN, "{{<")
    return opened.replace(placed.SHORTCODE_CLOSE, ">}}")


@lru_cache(maxsize=512)
def parse(text: str, file: str) -> nodes.Template:
    """Return the syntax tree of a protected source; the same text is parsed once.

    Raises
    ------
    TemplateError : Jinja cannot read it; file and line.
    """
    try:
        tree = _lexer().parse(text, file, file)
    except jinja2.TemplateSyntaxError as error:
        whole = re.sub("\r\n?", "\n", text)
        tokens = _lexer().lex(whole, file, file)
        line, said = syntax_message(restore(error.message or ""), error.lineno, whole, tokens)
        raise TemplateError([_problem(file, line, said)]) from None
    if single := [*single_braces(text, _lexer().lex(text, file, file), FORMATS)]:
        raise TemplateError(_problem(file, line, said) for line, said in single)
    return tree


def _problem(file: str, line: int, message: str) -> Problem:
    return Problem(file if " " in file else f"{file}:{line}", "", message)


@cache
def _lexer() -> Environment:
    return Environment()


@lru_cache(maxsize=512)
def masked(text: str) -> str:
    """Return a protected source as prose alone, line by line where it was.

    An expression or a shortcode becomes one letter that no prose uses; blocks and comments
    vanish.

    Raises
    ------
    jinja2.TemplateSyntaxError : it holds what is no word of Jinja; `parse` says it with its line.
    """
    out: list[str] = []
    line, hidden = 1, ""
    for number, kind, value in _lexer().lex(text):
        # What `-%}` strips is in no token: the line number tells how much.
        missing = number - line
        out.append("\n" * missing)
        line += missing
        if kind == "data" and not hidden:
            out.append(_without_shortcodes(value))
        else:
            if kind == "variable_begin":
                out.append(STAND_IN)
            if kind.endswith("_begin") and kind != "raw_begin":
                hidden = kind
            elif kind.endswith("_end"):
                hidden = ""
            out.append("\n" * value.count("\n"))
        line += value.count("\n")
    return "".join(out)


def _without_shortcodes(text: str) -> str:
    out: list[str] = []
    for at, part in enumerate(text.split(placed.SHORTCODE_OPEN)):
        inside, close, rest = part.partition(placed.SHORTCODE_CLOSE)
        closed = bool(at) and bool(close)
        out.append(STAND_IN + "\n" * inside.count("\n") + rest if closed else part)
    return "".join(out)


def _is_reported(item: Any) -> bool:
    if not isinstance(item, Item):
        raise TemplateError("found something else before `is reported`, wanted a finding or data")
    return item.value is not None
