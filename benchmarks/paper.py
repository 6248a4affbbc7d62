"""How long the commands take, beside R Markdown and Quarto in the same run.

    python -m benchmarks.paper

Each command is run cold, in a process of its own; the commands take turns, so that a slow minute
of the machine is a slow minute of all, and the best of the rounds counts. R Markdown renders an
HTML page with the planned analyses of this review by metafor (the script that `export` writes)
and a forest, a funnel and a leave-one-out plot for each main analysis: less than the paper holds.
What is not installed is left out and said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROUNDS = 5
ROOT = Path(__file__).parent.parent
REVIEW = (sys.executable, "-m", "analysis.cli")
PAPER, R_MARKDOWN = "render to HTML and PDF", "R Markdown with metafor, HTML"
WHAT_IF = [
    "what-if",
    "--study",
    "potential",
    "--outcome",
    "DFS",
    "--hr",
    "0.80",
    "--ci",
    "0.66,0.97",
]
RMD = """---
title: The planned analyses
output: {{html_document: {{self_contained: true}}}}
---

```{{r}}
source("{script}")
```

```{{r}}
library(metafor)
for (name in c("os", "os_hk", "dfs", "dfs_hk", "dfs_npos", "dfs_npos_hk")) {{
  d <- read.csv("{data}")
  d <- d[d$analysis == name, ]
  fit <- rma(d$yi, d$vi, slab = d$label, method = if (grepl("hk", name)) "REML" else "DL")
  forest(fit, atransf = exp)
  funnel(fit)
  print(knitr::kable(leave1out(fit)))
  print(knitr::kable(d))
}}
```
"""


# A study file saved with another estimate, and the page built anew, in a process that stays.
PREVIEW = """
import gc, sys, time
from pathlib import Path
from analysis.preview import Page, rebuild
from analysis.paper import Memory
from analysis.terminal import Terminal
root = Path(sys.argv[1])
study, memory = root / "data/studies/kim-2015.yml", Memory()
text, took = study.read_text(), []
gc.disable()
for saved in range(8):
    study.write_text(text.replace("estimate: 0.58", f"estimate: 0.58{saved}"))
    gc.collect()
    start = time.perf_counter()
    assert rebuild(root, Page(), Terminal(quiet=True), memory)
    took.append(time.perf_counter() - start)
print(min(took[2:]))
"""


def preview(folder: Path) -> Callable[[], float]:
    """Return what measures the seconds from a save to the new page, in a copy of the repository."""
    copy = folder / "copy"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)

    def once() -> float:
        done = subprocess.run(
            [sys.executable, "-c", PREVIEW, str(copy)],
            check=True, capture_output=True, text=True, cwd=ROOT,
        )  # fmt: skip
        subprocess.run(["git", "checkout", "-q", "."], check=True, cwd=copy)
        return float(done.stdout.split()[-1])

    return once


def cold(*command: str, **more: object) -> Callable[[], float]:
    """Return what runs `command` once and returns its seconds."""

    def once() -> float:
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, **more)  # type: ignore[call-overload]
        return time.perf_counter() - start

    return once


def r_markdown(folder: Path) -> Callable[[], float] | None:
    """Return what renders the page of R Markdown once, None where it is not installed."""
    look = (
        "quit(status = !all(sapply(c('metafor', 'rmarkdown'), requireNamespace, quietly = TRUE)))"
    )
    if shutil.which("Rscript") is None:
        return None
    if subprocess.run(["Rscript", "-e", look], capture_output=True, check=False).returncode:
        return None
    import pypandoc

    subprocess.run([*REVIEW, "export", "--to", "metafor", "--output", str(folder)],
                   check=True, capture_output=True, cwd=ROOT)  # fmt: skip
    script, data = next(folder.rglob("*.R")), next(folder.rglob("*.csv"))
    (folder / "page.Rmd").write_text(RMD.format(script=script, data=data))
    pandoc = str(Path(pypandoc.get_pandoc_path()).parent)
    code = f"rmarkdown::render('{folder / 'page.Rmd'}', quiet = TRUE)"
    return cold("Rscript", "-e", code, env={**os.environ, "RSTUDIO_PANDOC": pandoc})


def main() -> None:
    """Print seconds, and ratios to the cold render of page and PDF and to R Markdown."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render = ("render", "--quiet", "--output", str(folder / "out"))
        quarto = shutil.which("quarto") or os.environ.get("QUARTO_PATH")
        runs: dict[str, Callable[[], float] | None] = {
            "--version": cold(*REVIEW, "--version"),
            "check": cold(*REVIEW, "check"),
            "what-if": cold(*REVIEW, *WHAT_IF),
            "diff of two editions": cold(*REVIEW, "diff", "1.0.0", "2.0.0"),
            "page after a save, in preview": preview(folder),
            "render to HTML": cold(*REVIEW, *render, "--engine", "pandoc", "--to", "html"),
            PAPER: cold(*REVIEW, *render, "--engine", "pandoc"),
            R_MARKDOWN: r_markdown(folder),
            "Quarto, HTML and PDF": cold(*REVIEW, *render, "--engine", "quarto")
            if quarto
            else None,
        }
        rounds = [{what: run() for what, run in runs.items() if run} for _ in range(ROUNDS)]
    seconds = {what: min(took[what] for took in rounds) for what in rounds[0]}
    print(f"{'':32} {'best':>8}  of our paper  of R Markdown")
    for what in runs:
        if what not in seconds:
            print(f"{what:32} not installed")
            continue
        of = [f"{seconds[what] / seconds[of]:13.2f}" for of in (PAPER, R_MARKDOWN) if of in seconds]
        print(f"{what:32} {seconds[what]:6.2f} s", *of)


if __name__ == "__main__":
    main()
