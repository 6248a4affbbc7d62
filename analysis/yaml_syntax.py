"""The bytes of a data file to text, and libyaml's complaints in a reviewer's words."""

from __future__ import annotations

import re

import yaml

from analysis.foreign_files import kind_message
from analysis.yaml_lines import dash_fault, indent_fault

_MARKER = re.compile(r"^(?:<{7}|\|{7}|>{7})(?: |$)", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
# A key whose value follows without a space, or with one that YAML does not take.
_CLOSE = re.compile(r"[ ]*(?:- )?([A-Za-z_][A-Za-z0-9_]*:)(\S|\u00a0)")
_KEY = re.compile(r"( +)([A-Za-z_][A-Za-z0-9_]*):(?: |$)")
# The first key of an entry of a list, which stands behind the dash.
_FIRST = re.compile(r"( *- +)([A-Za-z_][A-Za-z0-9_]*):(?: |$)")
NEAR = 2  # columns
_BOMS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}

# What libyaml says, and what the reviewer most likely did. The first that matches is taken.
_WORDS: tuple[tuple[str, str], ...] = (
    (
        "found unexpected end of stream",
        "found an opening quote that is never closed, wanted the closing one",
    ),
    (
        "did not find expected ',' or ']'",
        "found a list that opens with '[' and never closes, wanted ']'",
    ),
    (
        "did not find expected ',' or '}'",
        "found a mapping that opens with '{' and never closes, wanted '}'",
    ),
    (
        "did not find expected '-' indicator",
        "found a line that does not continue the list, wanted '- ' at the list's indentation",
    ),
    (
        "could not find expected ':'",
        "found a line without ':', wanted 'key: value' (text of several lines is indented)",
    ),
    (
        "block sequence entries are not allowed",
        "found '- ' after 'key:', wanted the list to begin on the next line",
    ),
    (
        "while scanning a block scalar",
        "found a value that begins with '>' or '|', which YAML reads as a sign of its own, "
        "wanted it in quotes: '<0.05', '>2'",
    ),
    (
        "mapping keys are not allowed",
        "found a value that begins with '?', which YAML keeps for itself, wanted it in quotes",
    ),
    (
        "while scanning an alias",
        "found a value that begins with '*', which YAML reads as a reference, wanted it in quotes",
    ),
    (
        "while scanning an anchor",
        "found a value that begins with '&', which YAML reads as a mark, wanted it in quotes",
    ),
    (
        "found unexpected document indicator",
        "found an opening quote that is never closed before '---', wanted the closing one",
    ),
    (
        "<document start>",
        "found '...' or a line that begins with '%', with which YAML ends or opens a document, "
        "wanted the keys and values alone",
    ),
    (
        "found unexpected ':'",
        "found ':' without a space inside brackets, wanted a space after it, or quotes",
    ),
    (
        " tag",
        "found a value that begins with '!', which YAML reads as a tag, wanted it in quotes",
    ),
    (
        "while parsing a quoted scalar",
        "found a backslash that YAML cannot read in double quotes, wanted single quotes around "
        "the text, or \\\\ for a backslash",
    ),
    (
        "directive",
        "found a line that begins with '%', which YAML reads as an instruction, "
        "wanted it in quotes",
    ),
    (
        "found incompatible YAML document",
        "found another version of YAML, wanted 1.2 (no %YAML line is needed)",
    ),
    (
        "did not find expected node content",
        "found a bracket, brace or comma where a value should stand, "
        "wanted a value, or the text in quotes",
    ),
)


class TextError(Exception):
    """A file that cannot be read further: the line (from 1) and why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, without a byte order mark (editors add it unasked).

    Raises
    ------
    TextError : a file of another program, another encoding, control characters, or a merge that
        was never resolved.
    """
    if foreign := kind_message(data):
        raise TextError(1, foreign)
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            raise TextError(1, f"found a file in {encoding}, wanted UTF-8: save it as UTF-8")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        guess = data[error.start : error.start + 1].decode("cp1252", errors="replace")
        raise TextError(
            line,
            f"found the byte 0x{data[error.start]:02X} (in Windows encoding: {guess}), "
            "wanted UTF-8: save the file as UTF-8",
        ) from None
    if control := _CONTROL.search(text):
        raise TextError(
            _line(text, control.start()),
            f"found the control character U+{ord(control[0]):04X}, wanted text without it",
        )
    if marker := _MARKER.search(text):
        raise TextError(
            _line(text, marker.start()),
            f"found {text[marker.start() : marker.start() + 7]}, a merge conflict that git left, "
            "wanted one of the two versions, without the lines <<<<<<<, ======= and >>>>>>>",
        )
    return text


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def syntax_message(
    error: yaml.MarkedYAMLError, text: str, quoted: tuple[int, int] | None
) -> tuple[int, str]:
    """Return the line (from 1) of a syntax error, and what was found and wanted there.

    `quoted` are the first and last line of the quoted text that stands before the error, if it
    runs over several lines.
    """
    if quoted is not None:
        opened, closed = quoted
        return opened, (
            f"found an opening quote whose text ends only with the next quote, on line {closed}, "
            "wanted the closing quote at the end of the text"
        )
    mark = error.problem_mark or error.context_mark
    rows = text.split("\n")
    row = mark.line if mark else 0
    said = f"{error.context or ''} {error.problem or ''}"
    for index in (row, row - 1):
        if 0 <= index < len(rows) and (fault := indent_fault(rows[index])):
            return index + 1, fault
    if "quoted scalar" in said and "found unexpected" in said and error.context_mark:
        # The mark stands at the end of the file: what helps is where the quote opened.
        row = error.context_mark.line
    elif re.search(r"expected ',' or '[]}]'", said) and error.context_mark:
        row = error.context_mark.line
    elif "could not find expected ':'" in said and error.context_mark:
        # The mark stands where the next line ends.
        row = error.context_mark.line
    line = rows[row] if row < len(rows) else ""
    if "could not find expected ':'" in said and (close := _CLOSE.match(line)):
        space = "a no-break space" if close[2] == "\u00a0" else "no space"
        return row + 1, f"found {space} after {close[1]!r}, wanted one: 'key: value'"
    if fault := dash_fault(line):
        return row + 1, fault
    if "did not find expected '-' indicator" in said and (sibling := _beside(rows, row)):
        return row + 1, sibling
    for words, message in _WORDS:
        if words in said:
            return row + 1, message
    if "cannot start any token" in said and mark:
        sign = line[mark.column : mark.column + 1]
        return row + 1, (
            f"found a value that begins with {sign}, which YAML keeps for itself, "
            "wanted it in quotes"
        )
    if "mapping values are not allowed" in said:
        return row + 1, _second_colon(line)
    if "did not find expected key" in said:
        return row + 1, _no_key(line, mark.column if mark else 0)
    return row + 1, f"found what YAML cannot read ({(error.problem or '').strip()}), wanted YAML"


def _beside(rows: list[str], row: int) -> str | None:
    """Say how a key is indented that stands a little beside those of its entry of a list."""
    found = _KEY.match(rows[row]) if row < len(rows) else None
    if found is None:
        return None
    for above in reversed(rows[:row]):
        first = _FIRST.match(above)
        if first and 0 < abs(len(first[1]) - len(found[1])) <= NEAR:
            return (
                f"found {found[2]!r} indented by {_spaces(found[1])}, wanted it "
                f"like {first[2]!r} above: {_spaces(first[1])}"
            )
        if above[:1].isalpha():
            break  # a key of the whole file
    return None


def _spaces(indent: str) -> str:
    return f"{len(indent)} space{'' if len(indent) == 1 else 's'}"


def _second_colon(line: str) -> str:
    if len(re.findall(r":(?: |$)", line)) > 1:
        return (
            "found a second ': ' in one line, wanted one 'key: value' a line, "
            "with a value that holds ': ' in quotes"
        )
    return (
        "found a key that is indented further than the line above allows, "
        "wanted it in the column of its neighbours"
    )


def _no_key(line: str, column: int) -> str:
    before = line[:column].rstrip()
    if before.endswith(("'", '"')):
        return (
            "found text after the closing quote, wanted quotes around the whole value "
            "(a quote inside single quotes is written twice: '')"
        )
    if line.lstrip().startswith("- "):
        return "found a list entry where a key should stand, wanted it under the key of its list"
    if before.endswith(("]", "}")):
        return "found text after a closing bracket, wanted the end of the line"
    return "found a line indented unlike those around it, wanted keys of one entry in one column"
