"""What the claims of a new review say of its outcome, by what its measure can say.

No wording says more than the intervals: who did better is told where every planned model places
its whole interval on one side of the null, whichever side that is, and else that it is not certain.
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis.effects import CORRELATION, ONE_GROUP, Measure, is_ratio

_ON_AVERAGE = """\
on average over these studies,
{said} by each planned model;
{{{{ {id}.level | level }}}} prediction interval: {{{{ {id} | prediction }}}}."""
_OTHERWISE = """\
{{% if not {id} %}}nothing can be concluded yet.
{{% elif {id}.excludes_null and {id}.methods_agree %}}
{reverse}
{{% else %}}{uncertain} is not certain;
the intervals of the planned models do not all lie on one side of the null.{{% endif %}}"""
_OTHERWISE_OF_ONE = """\
{{% if not {id} %}}nothing can be concluded yet.
{{% else %}}whether {said} is not certain.{{% endif %}}"""


def first_claims(
    outcome: str, measure: Measure, better: str, arms: tuple[str, str]
) -> Mapping[str, str]:
    """Return what stands in the places of the starter's claims.

    `outcome` and `arms`, intervention first, are ids.
    """
    lower = better == "lower"
    if measure in ONE_GROUP:  # no value is no difference, for an interval to include
        half = "natural.est_ub < 0.5" if lower else "natural.est_lb > 0.5"
        said = "most did not have the event" if lower else "most had the event"
        return {
            "and_side": "",
            "side": "",
            "conclusion": _set_in(_ON_AVERAGE.format(id=outcome, said=said)),
            "bound": f"{outcome}.{half} and {outcome}_common.{half}",
            "otherwise": _set_in(_OTHERWISE_OF_ONE.format(id=outcome, said=said)),
        }
    null = "1" if is_ratio(measure) else "0"
    bound = f"est_ub < {null}" if lower else f"est_lb > {null}"
    said, reversed_, uncertain = _told(measure, lower, arms)
    reverse = _ON_AVERAGE.format(id=outcome, said=reversed_)
    sides = "" if measure == CORRELATION else f"(review.outcomes.{outcome}.favours)"
    return {
        "and_side": ", and on which side of the null it lies",
        "side": _set_in(f"; the interval\n{{{{ {outcome} | null_phrase{sides} }}}}"),
        "conclusion": _set_in(_ON_AVERAGE.format(id=outcome, said=said)),
        "bound": f"{outcome}.{bound} and {outcome}.methods_agree",
        "otherwise": _set_in(_OTHERWISE.format(id=outcome, reverse=reverse, uncertain=uncertain)),
    }


def _told(measure: Measure, lower: bool, arms: tuple[str, str]) -> tuple[str, str, str]:
    """Return what is told of the better side, of the other, and of neither."""
    if measure == CORRELATION:
        found = [f"the correlation is {sign}" for sign in ("negative", "positive")]
        one, other = found if lower else found[::-1]
        return one, other, "whether the correlation is negative or positive"
    a, b = (f"{{{{ review.arms.{arm}.name }}}}" for arm in arms)
    better = "{} did better\nthan {}"
    return better.format(a, b), better.format(b, a), f"whether {a} or\n{b} does better"


def _set_in(text: str) -> str:
    """Return a text as it stands below `>-` in data/claims.yml."""
    return text.replace("\n", "\n" + " " * 6)
