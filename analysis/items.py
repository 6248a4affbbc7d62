"""What a template sees of findings and data: values that know their path, and print nothing.

`os.est` in a template is an `Item`. It prints only through a format (`os.est | ratio`), so
that no number reaches the text in a form that `words` did not choose; a text of the data
prints as it is, escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any

from analysis.errors import TemplateError
from analysis.findings import Findings, why_unanswered
from analysis.messages import unknown
from analysis.paths import children, row_name


class Item:
    """A finding, or a part of the data, at its path."""

    __slots__ = ("bound", "name", "parent", "path", "value")

    def __init__(
        self, value: Any, path: str, name: str = "", parent: Item | None = None, *, bound: bool
    ) -> None:
        self.value = value
        self.path = path
        self.name = name
        self.parent = parent
        self.bound = bound

    @property
    def key(self) -> str | None:
        """The findings key, None for data that is no finding."""
        return self.path if self.bound else None

    def child(self, name: str) -> Item:
        """Return what is below, which is false where this evidence has no answer to it.

        Raises
        ------
        TemplateError : an unknown name; the message says what there is.
        """
        found = children(self.value)
        if name in found:
            return self._below(found[name], name)
        if self.unanswered(name):
            return Unanswered(f"{self.path}.{name}", self.no_child(name))
        raise TemplateError(self.no_child(name))

    def no_child(self, name: str) -> str:
        """Say that there is nothing of this name here, and why or what there is."""
        if why := self.unanswered(name):
            return f"found no {self.path}.{name}: this evidence has no answer ({why})"
        return unknown(name, f"a name under {self.path}", sorted(children(self.value)))

    def unanswered(self, name: str) -> str | None:
        """Return why a planned finding is not there, None where that is not known."""
        path, here = [name], self
        while here.parent is not None:
            path.insert(0, here.name)
            here = here.parent
        return why_unanswered(here.value, path)

    def near(self, name: str, kind: type | UnionType) -> Any:
        """Return a value of a kind, of this thing or the nearest one around it, else None."""
        here: Item | None = self
        while here is not None:
            found = children(here.value)
            if isinstance(found.get(name), kind):
                return found[name]
            here = here.parent
        return None

    def _below(self, value: Any, name: str) -> Item:
        return Item(value, f"{self.path}.{name}", name, self, bound=self.bound)

    def _entry(self, entry: Any) -> Item:
        name = row_name(entry)
        if name is None:
            return Item(entry, self.path, self.name, self, bound=False)  # it has no path
        return self._below(entry, name)

    def __iter__(self) -> Iterator[Item]:
        value = self.value
        if isinstance(value, Mapping):
            return (self._below(below, str(name)) for name, below in value.items())
        if isinstance(value, tuple):
            return (self._entry(entry) for entry in value)
        raise TemplateError(f"found {self.path}, which is no list, wanted one to go through")

    def __contains__(self, name: object) -> bool:
        """Say whether a name is below, or a text in the list; either may be data itself."""
        sought = name.value if isinstance(name, Item) else name
        if isinstance(self.value, tuple) and sought in self.value:
            return True
        return sought in children(self.value)

    def __bool__(self) -> bool:
        value = self.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            message = f"found the number {self.path} as a condition, wanted a claim or a yes or no"
            raise TemplateError(message)
        return bool(value)

    def __eq__(self, other: object) -> bool:
        mine, theirs = self.value, other.value if isinstance(other, Item) else other
        if not isinstance(mine, str | bool | None) or not isinstance(theirs, str | bool | None):
            message = f"found {self.path} compared with another thing, wanted a text: no thresholds"
            raise TemplateError(message)
        return bool(mine == theirs)

    def __hash__(self) -> int:
        return hash(self.path)


class Unanswered(Item):
    """An analysis of the plan, or a part of one, that this evidence has no answer to.

    A template asks first (`if os`); one that does not is told why there is nothing.
    """

    __slots__ = ("told",)

    def __init__(self, name: str, told: str) -> None:
        self.told = told
        self.path = self.name = name
        self.parent, self.bound = None, True

    def child(self, name: str) -> Unanswered:
        """Return what is below, which has no answer either."""
        return Unanswered(f"{self.path}.{name}", self.told)

    @property
    def value(self) -> Any:
        """Raise TemplateError: there is none."""
        raise TemplateError(self.told)

    def __bool__(self) -> bool:
        return False


def told_unanswered(analysis: str, findings: Findings) -> str:
    """Return what a template is told that speaks of an analysis without an answer."""
    why = findings.unanswered.get(analysis, "it was not run on this evidence")
    ask = f"{{% if {analysis} %}} … {{% endif %}}"
    return f"found {analysis}, which has no answer yet ({why}), wanted it inside {ask}"
