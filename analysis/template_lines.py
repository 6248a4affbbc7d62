"""Lines of a template that hold nothing but blocks: they leave no trace in the text."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream


class OwnLines(Extension):
    """A line that holds blocks alone prints nothing, not even its end; other lines stay whole.

    Jinja's own `trim_blocks` would also take the end of a line of text that ends in a block.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Return the tokens without the white space around such lines."""
        tokens = list(stream)
        starts = True  # whether all before this token, back to the line's begin, is blank
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "block_begin" and starts:
                end = _end_of_blocks(tokens, at)
                if end is not None:
                    _strip_line(tokens, at, end)
                    at = end + 1
                    starts = True
                    if at < len(tokens) and tokens[at].type == "data" and tokens[at].value:
                        starts = _blank_tail(tokens[at].value, starts)
                        at += 1
                    continue
            if token.type == "data":
                starts = _blank_tail(token.value, starts)
            elif token.type.endswith("_begin") or token.type.endswith("_end"):
                starts = False
            at += 1
        return iter(tokens)


def _blank_tail(text: str, starts: bool) -> bool:
    _, end, tail = text.rpartition("\n")
    return not tail.strip(" \t") and (bool(end) or starts)


def _end_of_blocks(tokens: list[Token], at: int) -> int | None:
    """Return the last block of a line of blocks, None where other text follows on the line."""
    while True:
        while at < len(tokens) and tokens[at].type != "block_end":
            at += 1
        if at == len(tokens):
            return None  # a block without an end: the parser says so
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if following is None:
            return at
        if following.type == "data":
            line, end, _ = following.value.partition("\n")
            if line.strip(" \t"):
                return None
            if end:
                return at
            if at + 2 == len(tokens):
                return at
            at += 1
            following = tokens[at + 1]
        if following.type != "block_begin":
            return None
        at += 1


def _strip_line(tokens: list[Token], first: int, last: int) -> None:
    if first and tokens[first - 1].type == "data":
        before = tokens[first - 1]
        tokens[first - 1] = before._replace(value=before.value.rstrip(" \t"))
    for at in range(first, last):
        if tokens[at].type == "data":
            tokens[at] = tokens[at]._replace(value="")
    if last + 1 < len(tokens) and tokens[last + 1].type == "data":
        after = tokens[last + 1]
        tokens[last + 1] = after._replace(value=after.value.partition("\n")[2])
