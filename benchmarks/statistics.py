"""How long the statistics take, beside statsmodels, PyMARE and (where R is present) metafor.

Run by hand from the root of the repository: `python -m benchmarks.statistics`. Peers that are
not installed are left out and named. Each number is the best of several runs, all in one process
on one machine; what counts is the ratio, in how many times our own time a peer takes. Ours does
more in the same time: `pool` includes Q, I², H², the Q-profile and prediction intervals, and a
peer that does not know leave-one-out is refitted in a loop, estimated from 50 omissions.
"""

from __future__ import annotations

import functools
import itertools
import json
import shutil
import subprocess
import time
import warnings
from collections.abc import Callable

import numpy as np

from analysis.effects import Effects
from analysis.moderators import Moderator, regress
from analysis.robustness import gosh, influence, leave_one_out
from analysis.synthesis import pool

SIZES = (10, 100, 1_000, 10_000)
PATIENCE = 1.0  # seconds for the repetitions of one number
Rows = list[tuple[str, int, str, float]]


def studies(k: int) -> Effects:
    """Return k studies with tau² = 0.05, the same every time."""
    rng = np.random.default_rng(k)
    vi = rng.uniform(0.01, 0.5, k)
    return Effects([str(i) for i in range(k)], rng.normal(0.2, np.sqrt(vi + 0.05)), vi)


def moderator(k: int) -> Moderator:
    """Return a moderator of k studies, the same every time."""
    return Moderator("x", np.random.default_rng(k + 1).normal(size=k))


def best(call: Callable[[], object]) -> float:
    """Return the shortest time of one call, in seconds; at least one call, else for PATIENCE."""
    shortest, until = float("inf"), time.perf_counter() + PATIENCE
    while True:
        start = time.perf_counter()
        call()
        now = time.perf_counter()
        shortest = min(shortest, now - start)
        if now > until:
            return shortest


def ours(rows: Rows) -> None:
    """Time this package."""

    def time_of(what: str, k: int, call: Callable[..., object], *args: object) -> None:
        rows.append((what, k, "ours", best(lambda: call(*args))))

    for k in SIZES:
        data = studies(k)
        for method in ("DL", "PM", "REML"):
            time_of(f"pool {method}", k, pool, data, method)
        for method in ("DL", "REML"):
            time_of(f"leave-one-out {method}", k, leave_one_out, data, method)
        time_of("influence DL", k, influence, data, "DL")
        for method in ("DL", "REML"):
            time_of(f"regression {method}", k, regress, data, [moderator(k)], method)
    data = studies(100_000)
    for method in ("DL", "REML"):
        time_of(f"pool {method}", 100_000, pool, data, method)
    for k in (20, 60):
        time_of("GOSH DL, a million subsets", k, gosh, studies(k), "DL", 2**20)


def refits(call: Callable[[Effects], object], data: Effects) -> float:
    """Return the time of k refits of k - 1 studies, from up to 50 of them."""
    parts = [data.take(np.arange(data.k) != i) for i in range(min(50, data.k))]
    start = time.perf_counter()
    for part in parts:
        call(part)
    return (time.perf_counter() - start) / len(parts) * data.k


def statsmodels(rows: Rows) -> None:
    """Time statsmodels.stats.meta_analysis."""
    from statsmodels.stats.meta_analysis import combine_effects

    def fit(data: Effects, method: str) -> object:
        found = combine_effects(data.yi, data.vi, method_re=method)
        return found.summary_frame(), found.test_homogeneity()

    peer(rows, "statsmodels", fit, {"DL": "dl", "PM": "iterated"})


def pymare(rows: Rows) -> None:
    """Time PyMARE."""
    from pymare import Dataset
    from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator

    def fit(data: Effects, method: str) -> object:
        if method == "DL":
            estimator = DerSimonianLaird()
        else:
            estimator = VarianceBasedLikelihoodEstimator(method=method)
        found = estimator.fit_dataset(Dataset(data.yi, data.vi)).summary()
        return found.get_fe_stats(), found.get_heterogeneity_stats()

    peer(rows, "PyMARE", fit, {"DL": "DL", "REML": "REML"})

    def line(data: Effects, x: object, method: str) -> object:
        if method == "DL":
            estimator = DerSimonianLaird()
        else:
            estimator = VarianceBasedLikelihoodEstimator(method=method)
        found = estimator.fit_dataset(Dataset(data.yi, data.vi, X=x, X_names=["x"])).summary()
        return found.get_fe_stats(), found.get_heterogeneity_stats()

    for k, method in itertools.product(SIZES, ("DL", "REML")):
        x = np.asarray(moderator(k).values)[:, None]
        one = functools.partial(line, studies(k), x, method)
        rows.append((f"regression {method}", k, "PyMARE", best(one)))


def peer(
    rows: Rows, who: str, fit: Callable[[Effects, str], object], names: dict[str, str]
) -> None:
    """Time a package that pools, and its leave-one-out as refits."""
    for k, (ours_name, theirs) in itertools.product(SIZES, names.items()):
        data = studies(k)
        one = functools.partial(fit, data, theirs)
        rows.append((f"pool {ours_name}", k, who, best(one)))
        seconds = refits(functools.partial(fit, method=theirs), data)
        rows.append((f"leave-one-out {ours_name}", k, who, seconds))


METAFOR = """
suppressMessages(library(metafor))
d <- read.csv(file("stdin"))
k <- nrow(d)
best <- function(e) { e <- substitute(e); env <- parent.frame(); t <- Inf; end <- proc.time()[3] + 1
  repeat { n <- if (k <= 100) 20 else 1
    s <- system.time(for (i in 1:n) eval(e, env))[3] / n; t <- min(t, s)
    if (proc.time()[3] > end) return(t) } }
out <- function(what, t) cat(what, ",", t, "\\n", sep = "")
for (m in c("DL", "PM", "REML"))
  out(paste("pool", m), best({r <- rma(yi, vi, data = d, method = m); if (k <= 1000) confint(r)}))
if (k <= 100) for (m in c("DL", "REML")) {
  r <- rma(yi, vi, data = d, method = m)
  out(paste("leave-one-out", m), best(leave1out(r)))
  if (m == "DL") out("influence DL", best(influence(r)))
}
for (m in c("DL", "REML"))
  out(paste("regression", m), best(rma(yi, vi, mods = ~ x, data = d, method = m)))
"""


def metafor(rows: Rows) -> None:
    """Time metafor, which holds k by k matrices: 10,000 studies would need gigabytes."""
    for k in SIZES[:3]:
        data = studies(k)
        columns = zip(data.yi, data.vi, np.asarray(moderator(k).values), strict=True)
        table = "yi,vi,x\n" + "\n".join(f"{y},{v},{x}" for y, v, x in columns)
        done = subprocess.run(
            ["Rscript", "-e", METAFOR],
            input=table,
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
        for line in done.stdout.splitlines():
            what, seconds = line.split(",")
            rows.append((what, k, "metafor", float(seconds)))


def main() -> None:
    """Time everything and print the table."""
    rows: Rows = []
    ours(rows)
    for program in (statsmodels, pymare):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                program(rows)
        except ImportError:
            print(f"{program.__name__} is not installed: left out")
    if shutil.which("Rscript"):
        metafor(rows)
    else:
        print("Rscript is not here: metafor left out")
    own = {(what, k): t for what, k, who, t in rows if who == "ours"}
    print(f"{'':28}{'k':>8}  {'program':12}{'ms':>12}  {'times ours':>10}")
    for (what, k), least in own.items():
        for name, size, who, t in rows:
            if (name, size) == (what, k):
                ratio = "" if who == "ours" else f"{t / least:10.1f}"
                print(f"{what:28}{k:8,}  {who:12}{t * 1e3:12.3f}  {ratio}")
    behind = [r[:3] for r in rows if r[2] != "ours" and r[3] < own.get((r[0], r[1]), 0)]
    print("Behind a peer: " + (json.dumps(behind) if behind else "nowhere"))


if __name__ == "__main__":
    main()
