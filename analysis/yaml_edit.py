"""Edits of a YAML file at one place, that leave every other character as its author wrote it.

Comments, quotes, blank lines and the way lists are laid out stay: what changes in one place
shows in a diff as one place. The texts given here have been read by `yaml_nodes` without a
mistake, and end their lines with LF; paths are of keys and indices, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from yaml.nodes import MappingNode, ScalarNode

from analysis.yaml_nodes import Path
from analysis.yaml_text import Flow, Yaml, in_brackets, lines_of


def set_text(text: str, path: Path, value: Yaml) -> str:
    """Replace the value at `path` by one that is written on one line."""
    node = _find(text, path)
    return text[: node.start_mark.index] + in_brackets(value) + text[_end(text, node) :]


def set_key(text: str, key: str, value: Yaml, *, after: Sequence[str] = ()) -> str:
    """Set a key of the outermost mapping, with its value.

    A new key comes behind the last of those in `after` that the file has, else at the end.
    """
    lines = "\n".join(lines_of({key: value}))
    entries = _find(text, ()).value
    keys = [name.value for name, _ in entries]
    if key in keys:
        name, node = entries[keys.index(key)]
        return text[: name.start_mark.index] + lines + text[_end(text, node) :]
    before = [keys.index(name) for name in after if name in keys]
    _, node = entries[max(before) if before else -1]
    return _inserted(text, _line_end(text, _end(text, node)), lines)


def comment_out(text: str, key: str, remark: str) -> str:
    """Turn a key of the outermost mapping into comment lines, with its value, under `remark`."""
    name, node = next(pair for pair in _find(text, ()).value if pair[0].value == key)
    start, end = name.start_mark.index, _line_end(text, _end(text, node))
    lines = [remark, *text[start:end].split("\n")]
    return text[:start] + "\n".join(f"# {line}".rstrip() for line in lines) + text[end:]


def append(text: str, path: Path, entry: Yaml) -> str:
    """Append an entry to the list at `path`, in brackets or of lines as the list is."""
    node = _find(text, path)
    if not node.flow_style:
        lines = "\n".join(lines_of([entry], int(node.start_mark.column)))
        return _inserted(text, _line_end(text, _end(text, node)), lines)
    if node.value:
        place = _end(text, node.value[-1])
        return f"{text[:place]}, {in_brackets(entry)}{text[place:]}"
    start, end = node.start_mark.index, _end(text, node)
    if isinstance(entry, str | Flow):
        return f"{text[:start]}[{in_brackets(entry)}]{text[end:]}"
    lines = "\n".join(lines_of([entry], _column_of_key(text, path) + 2))
    return f"{text[:start].rstrip(' ')}\n{lines}{text[end:]}"


def append_key(text: str, path: Path, key: str, value: Yaml) -> str:
    """Append a key with its value to the mapping at `path`, as that mapping is written."""
    node = _find(text, path)
    if not node.flow_style:
        lines = "\n".join(lines_of({key: value}, int(node.start_mark.column)))
        return _inserted(text, _line_end(text, _end(text, node)), lines)
    place = _end(text, node.value[-1][1]) if node.value else node.start_mark.index + 1
    between = ", " if node.value else ""
    return f"{text[:place]}{between}{key}: {in_brackets(value)}{text[place:]}"


def drop_key(text: str, path: Path) -> str:
    """Take out the key at `path` with its value; it is not the first one of its mapping."""
    node = _find(text, path[:-1])
    at = next(number for number, (key, _) in enumerate(node.value) if key.value == path[-1])
    name, value = node.value[at]
    if node.flow_style:
        return text[: _end(text, node.value[at - 1][1])] + text[_end(text, value) :]
    start = text.rindex("\n", 0, name.start_mark.index)
    return text[:start] + text[_line_end(text, _end(text, value)) :]


def keys_at(text: str, path: Path) -> Mapping[str, Any]:
    """Return the keys of the mapping at `path`, with the nodes of their values."""
    return {key.value: value for key, value in _find(text, path).value}


def in_lines(text: str) -> bool:
    """Say whether the file is 'key: value' lines, not one mapping in brackets."""
    return not _find(text, ()).flow_style


def _find(text: str, path: Path) -> Any:
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for part in path:
        if isinstance(node, MappingNode):
            node = next(value for key, value in node.value if key.value == part)
        else:
            node = node.value[part]
    return node


def _column_of_key(text: str, path: Path) -> int:
    key = next(key for key, _ in _find(text, path[:-1]).value if key.value == path[-1])
    return int(key.start_mark.column)


def _end(text: str, node: Any) -> int:
    """Return the index behind the last character of a node's own text.

    PyYAML's mark behind a collection of lines, or a folded text, stands where the next begins.
    """
    if not isinstance(node, ScalarNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end = int(node.end_mark.index)
    folded = isinstance(node, ScalarNode) and node.style in (">", "|")
    return len(text[:end].rstrip()) if folded else end


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _inserted(text: str, place: int, lines: str) -> str:
    return f"{text[:place]}\n{lines}{text[place:]}"
