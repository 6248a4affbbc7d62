"""The pooled result of other sets of the studies: without each one, and as they accumulate.

Every omission is re-estimated in full, tau² included, and all omissions at once: estimators run
over arrays with one element an omission.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.effects import Effects, Measure
from analysis.errors import MethodError
from analysis.given import plain
from analysis.heterogeneity import Method, standard_error_tau2
from analysis.omissions import CHUNK_ELEMENTS, Rows, omissions
from analysis.quantiles import chi2_upper
from analysis.sums import Problem, Studies
from analysis.synthesis import (
    Prediction,
    Test,
    check_choices,
    direction,
    estimates,
    printed_all,
)

FloatArray = NDArray[np.float64]
Column = tuple[float | None, ...]


@dataclass(frozen=True)
class Refits:
    """One pooled result a row, each of another set of the studies.

    Fields as in `Synthesis`, each a tuple with one element a row; None where a row's value is
    undefined (Hartung-Knapp interval of one study or of identical effects, prediction interval
    of too few studies, standard error of tau² with one study or EE).
    """

    slab: tuple[str, ...]
    measure: Measure
    method: Method
    test: Test
    level: float
    prediction: Prediction
    k: tuple[int, ...]
    mu: tuple[float, ...]
    se: Column
    statistic: Column
    pval: Column
    ci_lb: Column
    ci_ub: Column
    est: tuple[float, ...]
    est_lb: Column
    est_ub: Column
    pi_lb: Column
    pi_ub: Column
    pi_est_lb: Column
    pi_est_ub: Column
    tau2: tuple[float, ...]
    se_tau2: Column
    i2: tuple[float, ...]
    i2_q: tuple[float, ...]
    h2: tuple[float, ...]
    qe: tuple[float, ...]
    qe_df: tuple[int, ...]
    qe_pval: tuple[float, ...]

    @property
    def direction(self) -> tuple[int | None, ...]:
        """Return, for each row, -1, 1 or 0 as `Synthesis.direction`; None without an interval."""
        return tuple(
            None if lb is None or ub is None else direction(lb, ub)
            for lb, ub in zip(self.ci_lb, self.ci_ub, strict=True)
        )

    @property
    def excludes_null(self) -> tuple[bool | None, ...]:
        """Say, for each row, whether its interval excludes no effect; None without an interval."""
        return tuple(None if d is None else d != 0 for d in self.direction)


class LeaveOneOut(Refits):
    """Row i pools every study but `slab[i]`."""


class Cumulative(Refits):
    """Row i pools `slab[0]` to `slab[i]`, in the order that was asked for."""


def leave_one_out(
    effects: Effects,
    method: Method = "REML",
    test: Test = "z",
    level: float = 0.95,
    prediction: Prediction = "t(k-2)",
) -> LeaveOneOut:
    """Pool the effects without each study in turn; arguments as `pool`.

    Raises
    ------
    MethodError : fewer than two studies, or a choice that `pool` refuses.

    References
    ----------
    Agrees with metafor::leave1out.
    """
    check_choices(method, test, level, prediction)
    if effects.k < 2:
        raise MethodError(
            f"leave-one-out: found {_studies(effects.k)}, wanted at least 2 (one to leave out)"
        )
    return LeaveOneOut(**_refits(effects, omissions(effects), method, test, level, prediction))


def cumulate(
    effects: Effects,
    order: Sequence[int],
    method: Method = "REML",
    test: Test = "z",
    level: float = 0.95,
    prediction: Prediction = "t(k-2)",
) -> Cumulative:
    """Pool the first study of `order`, the first two, and so on to all of them.

    Parameters
    ----------
    order : every index 0 ... k − 1 once, such as numpy.argsort(years, kind="stable").

    Raises
    ------
    MethodError : no studies, an order that is no permutation, a choice that `pool` refuses.

    References
    ----------
    Agrees with metafor::cumul.
    """
    check_choices(method, test, level, prediction)
    k = effects.k
    if k == 0:
        raise MethodError("cumulation: found no studies, wanted at least one")
    places = plain(order, "cumulation: order")
    whole = all(isinstance(place, int) and not isinstance(place, bool) for place in places)
    if not whole or sorted(places) != list(range(k)):  # type: ignore[type-var]
        raise MethodError(
            f"cumulation: found order {_shown(places)}, wanted each index from 0 to {k - 1} once, "
            "such as numpy.argsort(years)"
        )
    index = np.array(places, dtype=np.intp)
    ordered = effects.take(index)

    def problems() -> Iterator[tuple[Rows, Problem]]:
        stop = 0
        while stop < k:
            start = stop
            stop = min(k, start + max(1, CHUNK_ELEMENTS // min(k, 2 * start + 1000)))
            include = np.tri(stop - start, stop, start, dtype=np.bool_)
            yield np.arange(start, stop), Studies(ordered.yi[:stop], ordered.vi[:stop], include)

    return Cumulative(**_refits(ordered, problems(), method, test, level, prediction))


def _studies(k: int) -> str:
    return "no studies" if k == 0 else "1 study" if k == 1 else f"{k} studies"


def _shown(order: Sequence[Any]) -> str:
    values = [str(place) for place in order[:8]]
    return "[" + ", ".join(values) + (", …]" if len(order) > 8 else "]")


def _refits(
    effects: Effects,
    problems: Iterator[tuple[Rows, Problem]],
    method: Method,
    test: Test,
    level: float,
    prediction: Prediction,
) -> dict[str, Any]:
    whole: dict[str, NDArray[Any]] = {}
    for rows, problem in problems:
        for name, values in quantities(problem, method, test, level, prediction).items():
            whole.setdefault(name, np.empty(effects.k, dtype=values.dtype))[rows] = values
    columns: dict[str, Any] = {name: _column(values) for name, values in whole.items()}
    for name, printed_name in (
        ("mu", "est"), ("ci_lb", "est_lb"), ("ci_ub", "est_ub"),
        ("pi_lb", "pi_est_lb"), ("pi_ub", "pi_est_ub"),
    ):  # fmt: skip
        columns[printed_name] = _column(printed_all(whole[name], effects.measure))
    return columns | {
        "slab": effects.slab, "measure": effects.measure, "method": method, "test": test,
        "level": level, "prediction": prediction,
    }  # fmt: skip


def _column(values: NDArray[Any]) -> tuple[Any, ...]:
    found: list[Any] = values.tolist()
    if values.dtype.kind == "f" and np.isnan(values).any():
        return tuple(None if v != v else v for v in found)
    return tuple(found)


def quantities(
    problem: Problem, method: Method, test: Test, level: float, prediction: Prediction
) -> dict[str, NDArray[Any]]:
    """Return every quantity of m problems, NaN where undefined."""
    each = estimates(problem, method, test, level, prediction)
    k, tau2 = problem.k, each.tau2
    df = k - 1
    at0 = problem.at0
    several = df > 0
    safe_df = np.where(several, df, 1)
    qe = np.where(several, at0.q, 0.0)
    typical = safe_df / np.where(several, at0.trp, 1.0)
    i2_q = np.where(qe > df, 100 * (qe - df) / np.where(qe > 0, qe, 1.0), 0.0)
    if method == "EE":
        i2, h2 = i2_q, np.where(several, qe / safe_df, 1.0)
    else:
        i2, h2 = 100 * tau2 / (typical + tau2), tau2 / typical + 1
    return {
        "k": k, "mu": each.mu, "se": each.se, "statistic": each.statistic, "pval": each.pval,
        "ci_lb": each.ci_lb, "ci_ub": each.ci_ub, "pi_lb": each.pi_lb, "pi_ub": each.pi_ub,
        "tau2": tau2, "se_tau2": standard_error_tau2(problem, method, tau2),
        "i2": i2, "i2_q": i2_q, "h2": h2, "qe": qe, "qe_df": df,
        "qe_pval": np.where(several, chi2_upper(qe, safe_df), 1.0),
    }  # fmt: skip
