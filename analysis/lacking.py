"""What a result would need to become an effect and its variance."""

from __future__ import annotations

from analysis.effects import LOGRANK, MEANS, TABLES
from analysis.records import Result

WANTED = (
    "an estimate with its interval, its standard error or its P value; O − E with its variance; "
    "the events or means of both arms; Kaplan-Meier curves of both; or events with P and "
    "`direction`"
)
_NEEDED = {
    **dict.fromkeys(TABLES, ("events", "n")),
    **dict.fromkeys(MEANS, ("mean", "sd", "n")),
    "IRR": ("events", "person_time"),
}


def lacking(result: Result, compared: tuple[str, str]) -> str:
    """Return what is wanted of a result that allows no effect: what its arms lack, or any route.

    `compared` are the arms by their ids, the reference last.
    """
    means = any(group.mean is not None for group in result.groups)
    if means and result.measure not in MEANS:
        return f"one of {', '.join(MEANS)} as the measure: means do not give {result.measure}"
    if result.o_minus_e is not None and result.measure not in LOGRANK:
        return f"{' or '.join(LOGRANK)} as the measure: O − E does not give {result.measure}"
    needed = _NEEDED.get(result.measure, ())
    by_arm = {group.arm: group for group in result.groups}
    arms = [arm for arm in compared if arm in by_arm]
    missing = [
        f"{name} of arm {arm}"
        for arm in arms
        for name in needed
        if getattr(by_arm[arm], name) is None
    ]
    absent = [f"arm {arm} in groups" for arm in compared if arm not in by_arm]
    given = any(getattr(by_arm[arm], needed[0]) is not None for arm in arms) if needed else False
    if not given:
        return WANTED
    what = " and ".join([*missing, *absent])
    return f"{what}: {result.measure} needs {', '.join(needed)} of both arms"
