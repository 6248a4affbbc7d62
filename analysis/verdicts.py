"""What a condition comes to: whether it holds, by what margin, and what decided it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """What decided a condition: a finding under its path, or a count or extreme as written."""

    name: str
    value: float | bool

    def __str__(self) -> str:
        shown = str(self.value).lower() if isinstance(self.value, bool) else f"{self.value:.6g}"
        return f"{self.name} = {shown}"


@dataclass(frozen=True)
class Verdict:
    """Whether a condition holds, by what margin, and what decided it.

    `margin` is the distance to the threshold, positive (or 0) where the condition holds, negative
    (or 0) where it does not: a difference of logarithms for ratios, else of the numbers
    themselves. Of `and` and `all` it is the smallest, of `or` and `any` the largest, of `not` the
    negative. None where a finding that is itself true or false decides.
    """

    holds: bool
    margin: float | None
    found: tuple[Found, ...]


def together(parts: list[Verdict], *, every: bool) -> Verdict:
    """Join verdicts: all of them must hold, or any of them."""
    holds = all(p.holds for p in parts) if every else any(p.holds for p in parts)
    # Those that decide: a failing `and` fails by its failing parts, a holding `or` holds by
    # its holding ones; otherwise every part had its say.
    one_suffices = holds != every
    deciding = [p for p in parts if p.holds == holds] if one_suffices else parts
    known = [p.margin for p in deciding if p.margin is not None]
    defined = known and (len(known) == len(deciding) or not one_suffices)
    found = tuple(dict.fromkeys(f for p in deciding for f in p.found))
    return Verdict(holds, (min if every else max)(known) if defined else None, found)
