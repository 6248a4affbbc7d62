"""How a problem is put into words: what was found, what stands nearest to it, what is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from typing import Any

from analysis.meanings import EXTRA, FUNCTIONS
from analysis.values import Printed

LONGEST = 60
MOST = 12
# What is wanted, and the group of `living-review names` that lists all of it.
LISTED = {
    "a format": "formats",
    "a name that templates know": "functions",
    "a kind of figure": "figures",
    "a kind of table": "tables",
    "an analysis, counts, flow or pools": "findings",
}
BELOW = "a name under "
AFTER_COMMA = "what follows the comma (in a command without a space, or all in quotes)"
"""What is wanted of an option whose list the space behind a comma has cut off."""
# What a reader calls them, where findings have another name that lies further off than a third.
MEANT = {
    "estimate": "est",
    "lower": "est_lb",
    "upper": "est_ub",
    "ci_lower": "est_lb",
    "ci_upper": "est_ub",
    "pvalue": "pval",
    "p_value": "pval",
    "p": "pval",
}
NO_FINDINGS = frozenset({*FUNCTIONS, *EXTRA} - {"counts", "flow", "pools"})
"""First names of paths that lead to the data or to what a build adds."""


def shown(value: Any) -> str:
    """Return a value of a data file as a message quotes it, cut where it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Printed):
        return value.as_printed()
    if isinstance(value, str):
        return repr(_cut(value))
    if isinstance(value, tuple):
        if not value or isinstance(value[0], dict):
            return f"a list of {len(value)} entries" if value else "an empty list"
        return _cut(f"[{', '.join(map(shown, value))}]")
    if isinstance(value, dict):
        return f"keys and values ({_cut(', '.join(map(str, value)))})"
    return str(value)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def listed(names: Iterable[str]) -> str:
    """Return names as 'a, b, c', the first twelve of them."""
    known = list(names)
    rest = len(known) - MOST
    return ", ".join(known[:MOST]) + (f" and {rest} more" if rest > 0 else "")


def nearest(found: str, known: Collection[str]) -> str | None:
    """Return the known name that `found` most likely means, if one is near."""
    # difflib is worth its milliseconds only where there is something to say.
    from difflib import get_close_matches

    if (meant := MEANT.get(found.lower())) in known:
        return meant
    by_letters = {name.lower().replace("-", "_"): name for name in known}
    close = get_close_matches(found.lower().replace("-", "_"), by_letters, n=1, cutoff=0.75)
    return by_letters[close[0]] if close else None


def unknown(found: str, wanted: str, known: Collection[str]) -> str:
    """Say that a name is not among those known: the nearest one, or all of them."""
    message = f"found {shown(found)}, wanted {wanted}"
    close = nearest(found, known)
    if close:
        return f"{message}: perhaps {close}?"
    names = sorted(known) if isinstance(known, Set) else known
    if not known:
        return f"{message}; there is none yet"
    return f"{message}: {listed(names)}{_all_of(wanted) if len(known) > MOST else ''}"


def _all_of(wanted: str) -> str:
    """Say which command lists the names that a message has no room for, if one does."""
    group = LISTED.get(wanted)
    path = wanted.removeprefix(BELOW)
    if path != wanted and path.partition(".")[0] not in NO_FINDINGS:
        group = f"findings {path}"
    return f" (all: living-review names {group})" if group else ""


def where_of(path: Iterable[str | int]) -> str:
    """Return a path as a reader writes it: results[0].ci."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
