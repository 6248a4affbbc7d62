"""Trial sequential analysis: is the evidence enough, counted as if it were one long trial?

Each new study is a look at the accumulating data, judged by boundaries for repeated looks
(Wetterslev, Thorlund, Brok & Gluud 2008, J Clin Epidemiol 61:64). Supplementary to any
synthesis: the looks were not planned, and the boundaries rest on the effect that one chose to
anticipate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.effects import BY_EVENTS, Effects, Measure
from analysis.errors import MethodError
from analysis.heterogeneity import Method
from analysis.information import RequiredInformation, diversity, required_information
from analysis.spending import LEAST_STEP, efficacy_bounds, futility_bounds
from analysis.synthesis import pool, printed

Verdict = Literal["crossed", "complete", "futile", "open"]


@dataclass(frozen=True)
class SequentialLook:
    """One look: after the studies `slab` were added.

    `z` of the pooled effect of all so far, `fraction` of the required information. `bound` and
    `futility` are the outer and inner boundaries of |z|; None where there is none.
    """

    slab: tuple[str, ...]
    k: int
    information: float
    events: float | None
    fraction: float
    mu: float
    z: float
    bound: float | None
    futility: float | None


@dataclass(frozen=True)
class Sequential:
    """A trial sequential analysis.

    `crossed`: index of the first look outside the outer boundary; `direction` -1 or 1 its side
    (below or above no effect), 0 if none. `futile`: index of the first look inside the futility
    boundary before any crossing. `end_bound`, `end_futility`: boundaries at fraction 1, were the
    next look there (None where it is already reached). `adjusted_lb`, `adjusted_ub`: interval
    of the latest effect with the boundary as its quantile, on the printed scale; None where no
    boundary applies. `verdict`: "crossed" (the outer boundary, at any look), else "complete" (the
    required information is there), else "futile" (by the latest look), else "open".
    """

    measure: Measure
    method: Method
    counted: Literal["information", "events"]
    required: RequiredInformation
    looks: tuple[SequentialLook, ...]
    crossed: int | None
    direction: int
    futile: int | None
    end_bound: float | None
    end_futility: float | None
    adjusted_lb: float | None
    adjusted_ub: float | None
    verdict: Verdict


def sequential(
    effects: Effects,
    anticipated: float,
    *,
    events: Sequence[float] | None = None,
    method: Method = "DL",
    alpha: float = 0.05,
    power: float = 0.9,
    diversity_assumed: float | None = None,
    allocation: float = 1.0,
) -> Sequential:
    """Trial sequential analysis of studies in the order in which they reported.

    Parameters
    ----------
    effects : in order of time.
    anticipated : effect on the printed scale that one would not want to miss.
    events : events of each study, for hazard ratios; the fraction is then that of the required
        events, else that of the required inverse variance, with the studies' 1 / vi.
    method : of the pooled effects; test z throughout.
    diversity_assumed : D²; None for that of all studies together, by `method`.
    alpha, power, allocation : see `required_information`.

    A study that adds less than 0.0001 of the required information is looked at together with
    the next. The first look at or beyond the required information spends all alpha that is
    left; later ones have no boundary. Boundaries: `spending`.

    Raises
    ------
    MethodError : no studies; as many events as studies are not given or one is negative, or the
        measure is not HR and they are given; as `required_information` and `pool`.
    """
    if effects.k == 0:
        raise MethodError("sequential analysis: found no studies, wanted at least one")
    if events is not None and (len(events) != effects.k or not all(e >= 0 for e in events)):
        raise MethodError(
            f"sequential analysis: found {len(events)} counts of events for {effects.k} studies, "
            "wanted one of 0 or more for each"
        )
    if events is not None and effects.measure != BY_EVENTS:
        raise MethodError(
            f"sequential analysis: found counts of events for {effects.measure}, wanted {BY_EVENTS}"
        )
    d2 = diversity(effects, method) if diversity_assumed is None else diversity_assumed
    required = required_information(
        anticipated,
        measure=effects.measure,
        alpha=alpha,
        power=power,
        diversity=d2,
        allocation=allocation,
    )
    weights = 1 / effects.vi
    if events is None or required.events is None:
        shares = [float(w) / required.information for w in weights]
    else:
        shares = [float(e) / required.events for e in events]
    ends, fractions = _looks(shares)
    open_ = sum(t < 1 for t in fractions)
    tested = fractions[: open_ + 1]
    bounds: list[float | None] = list(efficacy_bounds(tested, alpha))
    inner = list(
        futility_bounds(tested, [b for b in bounds if b is not None], alpha=alpha, beta=1 - power)
    )
    # At or after the required information nothing is left to be futile.
    inner = [a if t < 1 else None for a, t in zip(inner, tested, strict=True)]
    spare: list[float | None] = [None] * (len(fractions) - len(tested))
    looks: list[SequentialLook] = []
    start = 0
    for end, t, bound, futility in zip(ends, fractions, bounds + spare, inner + spare, strict=True):
        fitted = pool(effects.take(slice(0, end)), method=method)
        looks.append(
            SequentialLook(
                slab=effects.slab[start:end],
                k=end,
                information=float(weights[:end].sum()),
                events=None if events is None else float(sum(events[:end])),
                fraction=t,
                mu=fitted.mu,
                z=fitted.mu / fitted.se,
                bound=bound,
                futility=futility,
            )
        )
        start = end
    return _judged(effects, method, events is not None, required, tuple(looks), fractions)


def _looks(shares: Sequence[float]) -> tuple[list[int], list[float]]:
    """How many studies each look has seen, and the fractions there."""
    ends: list[int] = []
    fractions: list[float] = []
    total = before = 0.0
    for j, share in enumerate(shares):
        total += share
        if total - before >= LEAST_STEP:
            ends.append(j + 1)
            fractions.append(total)
            before = total
    if not ends:
        raise MethodError(
            f"sequential analysis: found {total:.2g} of the required information, wanted at least "
            f"{LEAST_STEP:g} of it"
        )
    # What the last studies add too little of is seen at the last look that there was.
    ends[-1] = len(shares)
    fractions[-1] = total
    return ends, fractions


def _judged(
    effects: Effects,
    method: Method,
    by_events: bool,
    required: RequiredInformation,
    looks: tuple[SequentialLook, ...],
    fractions: Sequence[float],
) -> Sequential:
    crossed = next(
        (j for j, look in enumerate(looks) if look.bound is not None and abs(look.z) >= look.bound),
        None,
    )
    futile = next(
        (
            j
            for j, look in enumerate(looks[:crossed])
            if look.futility is not None and abs(look.z) < look.futility
        ),
        None,
    )
    end_bound = end_futility = None
    if fractions[-1] < 1 - LEAST_STEP:
        times = [*fractions, 1.0]
        bounds = efficacy_bounds(times, required.alpha)
        end_bound = bounds[-1]
        end_futility = futility_bounds(
            times, bounds, alpha=required.alpha, beta=1 - required.power
        )[-1]
    last = looks[-1]
    lb = ub = None
    if last.bound is not None:
        half = last.bound * pool(effects, method=method).se
        lb, ub = (printed(x, effects.measure) for x in (last.mu - half, last.mu + half))
    verdict: Verdict
    if crossed is not None:
        verdict = "crossed"
    elif fractions[-1] >= 1:
        verdict = "complete"
    elif last.futility is not None and abs(last.z) < last.futility:
        verdict = "futile"
    else:
        verdict = "open"
    return Sequential(
        measure=effects.measure,
        method=method,
        counted="events" if by_events else "information",
        required=required,
        looks=looks,
        crossed=crossed,
        direction=0 if crossed is None else (1 if looks[crossed].z > 0 else -1),
        futile=futile,
        end_bound=end_bound,
        end_futility=end_futility,
        adjusted_lb=lb,
        adjusted_ub=ub,
        verdict=verdict,
    )
