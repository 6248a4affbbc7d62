"""Whether a condition holds of findings, by what margin, and which findings decide it.

Every part is evaluated, so a slip in a branch that does not matter today is found today. A
finding that is unknown or has no value is an error, never false. What this evidence may lack is
asked for by its name: of `os and os.est_ub < 1` the first part is then false, and decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, Literal

from analysis.effects import is_ratio
from analysis.errors import AbsentError, TemplateError
from analysis.expression import COMPARISONS, Expression, ExpressionError, NoAnswerError, Node
from analysis.findings import Findings
from analysis.verdicts import Found, Verdict, together

Scale = Literal["plain", "ratio", "log"]

# Fields of a ratio on its analysis scale, and the same on the printed one.
LOG_FIELDS: Mapping[str, str] = {
    "mu": "est",
    "b": "est",
    "yi": "est",
    "ci_lb": "est_lb",
    "ci_ub": "est_ub",
    "pi_lb": "pi_est_lb",
    "pi_ub": "pi_est_ub",
}
RATIO_FIELDS = frozenset({*LOG_FIELDS.values(), "lb", "ub"})

_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@dataclass(frozen=True)
class _Number:
    """A number, its scale, and its name among the findings (empty for one that was typed)."""

    value: float
    scale: Scale
    name: str


def judge_condition(expression: Expression, findings: Findings) -> Verdict:
    """Say whether a condition holds of the findings.

    Raises
    ------
    NoAnswerError : this evidence does not have a finding, or has no value of it.
    ExpressionError : a finding does not exist; a number stands where a condition is wanted, or
        the other way round; a collection is empty; a logarithm is compared with anything but 0,
        or a ratio with what is none.
    """
    return _Run(expression, findings).verdict(expression.root, ())


class _Run:
    """One evaluation. A scope holds the paths of the elements around a node, innermost last."""

    def __init__(self, expression: Expression, findings: Findings) -> None:
        self.expression, self.findings = expression, findings
        self.text_of, self.refused = expression.of, expression.refused

    def verdict(self, node: Node, scope: tuple[str, ...]) -> Verdict:
        if node.kind in COMPARISONS:
            return self._compare(node, scope)
        if node.kind == "not":
            inner = self.verdict(node.parts[0], scope)
            margin = None if inner.margin is None else 0.0 - inner.margin
            return Verdict(not inner.holds, margin, inner.found)
        if node.kind in ("and", "or"):
            return self._joined(node, scope)
        if node.kind in ("all", "any"):
            parts = self._over(node, scope, self.verdict)
            return together(parts, every=node.kind == "all")
        if node.kind == "name":
            return self._asked(node, scope)
        raise self.refused(node, f"{self.text_of(node)}, a number", "a comparison")

    def _joined(self, node: Node, scope: tuple[str, ...]) -> Verdict:
        """Join the parts of `and` or `or`, without those that have no answer if others decide.

        What is absent may be passed over for any other part, a number without a value only for a
        name that was asked for: `os.subgroups.x.groups.a and os.subgroups.x.between_pval > 0.05`.
        """
        every = node.kind == "and"
        parts: list[Verdict] = []
        lacking: list[NoAnswerError] = []
        asked = False
        for part in node.parts:
            try:
                parts.append(self.verdict(part, scope))
            except NoAnswerError as error:
                lacking.append(error)
            else:
                asked |= _asks(part) and parts[-1].holds != every
        decided = any(part.holds != every for part in parts)
        for one in lacking:
            if not (asked or (decided and one.absent)):
                raise one
        return together(parts, every=every)

    def _asked(self, node: Node, scope: tuple[str, ...]) -> Verdict:
        """Say whether a name is true, or whether this evidence has the findings that it names."""
        try:
            path, value = self._value(node, scope)
        except NoAnswerError as error:
            if error.absent is None:
                raise
            path, value = error.absent, False
        if isinstance(value, bool) or is_dataclass(value):
            there = value is not False
            return Verdict(there, None, (Found(path, there),))
        raise self.refused(node, f"{path}, {_kind(value)}", "what is true or false")

    def _compare(self, node: Node, scope: tuple[str, ...]) -> Verdict:
        left, right = (self.number(part, scope) for part in node.parts)
        self._refuse_scales(left, right, node.parts[0])
        self._refuse_scales(right, left, node.parts[1])
        a, b = left.value, right.value
        holds = _HOLDS[node.kind](a, b)
        if "ratio" in (left.scale, right.scale):
            a, b = (math.log(x) if x > 0 else -math.inf for x in (a, b))
        distance = 0.0 if a == b else abs(a - b)
        named = tuple(Found(n.name, n.value) for n in (left, right) if n.name)
        return Verdict(holds, distance if holds else 0.0 - distance, named)

    def _refuse_scales(self, one: _Number, other: _Number, place: Node) -> None:
        against = other.name or f"{other.value:g}"
        if one.scale == "log" and (other.name or other.value != 0):
            found = f"{one.name}, a logarithm, compared with {against}"
            head, _, last = one.name.rpartition(".")
            better = f"{head}.{LOG_FIELDS[last]}" if last in LOG_FIELDS else "a field est"
            raise self.refused(place, found, f"0, or the ratio itself: {better}")
        if one.scale == "ratio":
            found = f"{one.name}, a ratio, compared with {against}"
            if other.name and other.scale == "plain":
                raise self.refused(place, found, "another ratio, or a number")
            if not other.name and other.value <= 0:
                raise self.refused(place, found, "a number above 0 (no effect is 1)")

    def number(self, node: Node, scope: tuple[str, ...]) -> _Number:
        name = self.text_of(node)
        if node.kind == "number":
            return _Number(node.value, "plain", "")
        if node.kind == "name":
            return self._named(node, scope)
        if node.kind == "abs":
            inner = self.number(node.parts[0], scope)
            return _Number(abs(inner.value), inner.scale, name if inner.name else "")
        if node.kind == "count":
            return _Number(float(self._count(node, scope)), "plain", name)
        if node.kind in ("min", "max"):
            return self._extreme(node, scope)
        raise self.refused(node, f"{name}, which is true or false", "a number")

    def _named(self, node: Node, scope: tuple[str, ...]) -> _Number:
        path, value = self._value(node, scope)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refused(node, f"{path}, {_kind(value)}", "a number")
        if math.isnan(value):
            raise self.refused(node, f"{path}, which is not a number (NaN)", "a number")
        return _Number(float(value), self._scale(path), path)

    def _extreme(self, node: Node, scope: tuple[str, ...]) -> _Number:
        first = node.parts[0]
        if first.kind == "name" and _is_collection(self._value(first, scope)[1]):
            if len(node.parts) > 2:
                wanted = f"{node.kind}(collection, number)"
                raise self.refused(node, self.text_of(node), wanted)
            numbers = self._over(node, scope, self.number)
        else:
            numbers = [self.number(part, scope) for part in node.parts]
        scales = {n.scale for n in numbers if n.name} or {"plain"}
        if len(scales) > 1:
            found = f"{self.text_of(node)}, of numbers on different scales"
            raise self.refused(node, found, "numbers on one scale")
        extreme = min if node.kind == "min" else max
        name = self.text_of(node) if any(n.name for n in numbers) else ""
        return _Number(extreme(n.value for n in numbers), scales.pop(), name)

    def _count(self, node: Node, scope: tuple[str, ...]) -> int:
        if len(node.parts) == 1:
            return len(self._elements(node.parts[0], scope))
        return sum(verdict.holds for verdict in self._over(node, scope, self.verdict))

    def _over(self, node: Node, scope: tuple[str, ...], inner: Callable[..., Any]) -> list[Any]:
        elements = self._elements(node.parts[0], scope)
        if not elements:
            # "All of none" would hold, and a claim with it, because nothing was computed.
            path, _ = self._value(node.parts[0], scope)
            found = f"{path}, which is empty"
            message = str(self.refused(node.parts[0], found, "at least one element"))
            raise NoAnswerError(message, absent=path)
        return [inner(node.parts[1], (*scope, element)) for element in elements]

    def _elements(self, node: Node, scope: tuple[str, ...]) -> tuple[str, ...]:
        """Return the paths of the elements of a collection."""
        if node.kind != "name":
            raise self.refused(node, self.text_of(node), "a collection, as os.leave_one_out")
        path, value = self._value(node, scope)
        if not _is_collection(value):
            raise self.refused(node, f"{path}, {_kind(value)}", "a collection")
        keys = list(value) if isinstance(value, Mapping) else [row.study for row in value]
        if len(set(keys)) < len(keys):
            raise self.refused(node, f"{path} with two rows of one study", "one row a study")
        return tuple(f"{path}.{key}" for key in keys)

    def _value(self, node: Node, scope: tuple[str, ...]) -> tuple[str, Any]:
        """Return full path and value of a name: of the innermost element that has it."""
        first = node.path.partition(".")[0]
        for element in reversed(scope):
            if self._there(f"{element}.{first}"):
                return self._existing(node, f"{element}.{node.path}")
        if scope and not self._there(first):
            return self._existing(node, f"{scope[-1]}.{node.path}")
        return self._existing(node, node.path)

    def _there(self, path: str) -> bool:
        try:
            self.findings.value(path)
        except TemplateError:
            return False
        return True

    def _existing(self, node: Node, path: str) -> tuple[str, Any]:
        try:
            value = self.findings.value(path)
        except TemplateError as error:
            # It says itself what is wanted, or why this evidence has no answer; where nothing is
            # below a name, nothing can be wanted.
            said = str(error).removesuffix(", wanted one of: ")
            column = f"column {node.start + 1} of {self.expression.text!r}"
            if isinstance(error, AbsentError):
                raise NoAnswerError(f"{column}: found {said}", absent=error.path) from None
            raise ExpressionError(f"{column}: found {said}") from None
        if value is None:
            found = f"no value of {path} (not defined, or unknown)"
            raise NoAnswerError(str(self.refused(node, found, "one")))
        return path, value

    def _scale(self, path: str) -> Scale:
        """Return the scale of a number: by its field, in the measure of what holds it."""
        *holders, last = path.split(".")
        ratio = False
        for i in range(1, len(holders) + 1):
            here = self.findings.value(".".join(holders[:i]))
            if isinstance(own := getattr(here, "ratio", None), bool):
                ratio = own
            elif isinstance(measure := getattr(here, "measure", None), str):
                ratio = is_ratio(measure)
        if ratio and last in LOG_FIELDS:
            return "log"
        return "ratio" if ratio and last in RATIO_FIELDS else "plain"


def _asks(node: Node) -> bool:
    """Say whether a part asks for a name alone: `os`, `not os`."""
    return node.kind == "name" or (node.kind == "not" and _asks(node.parts[0]))


def _is_collection(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(hasattr(row, "study") for row in value)
    return isinstance(value, Mapping)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "which is true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a collection" if _is_collection(value) else "a group of findings"
