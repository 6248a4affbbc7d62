"""How long the commands take, beside R Markdown and Quarto in the same run.

    python -m benchmarks.paper

Each command is run cold, in a process of its own, and the best of a few runs counts. R Markdown
renders an HTML page with the planned analyses of this review by metafor (the script that
`export` writes) and a forest, a funnel and a leave-one-out plot for each main analysis: less than
the paper holds. What is not installed is left out and said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 3
ROOT = Path(__file__).parent.parent
REVIEW = (sys.executable, "-m", "analysis.cli")
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


def preview(folder: Path) -> float:
    """Return the seconds from a save to the new page, in a copy of the repository."""
    copy = folder / "copy"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
    done = subprocess.run(
        [sys.executable, "-c", PREVIEW, str(copy)],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def best(command: tuple[str, ...], **more: object) -> float:
    """Return the seconds of the fastest of a few cold runs."""
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, **more)  # type: ignore[call-overload]
        took.append(time.perf_counter() - start)
    return min(took)


def r_markdown(folder: Path) -> float | None:
    """Return the seconds of R Markdown, None where it is not installed."""
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
    return best(("Rscript", "-e", code), env={**os.environ, "RSTUDIO_PANDOC": pandoc})


def main() -> None:
    """Print seconds, and ratios to the cold render of page and PDF."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render = ("render", "--quiet", "--output", str(folder / "out"))
        seconds: dict[str, float | None] = {
            "--version": best((*REVIEW, "--version")),
            "check": best((*REVIEW, "check")),
            "what-if": best((*REVIEW, *WHAT_IF)),
            "diff of two editions": best((*REVIEW, "diff", "1.0.0", "2.0.0")),
            "page after a save, in preview": preview(folder),
            "render to HTML": best((*REVIEW, *render, "--engine", "pandoc", "--to", "html")),
            "render to HTML and PDF": best((*REVIEW, *render, "--engine", "pandoc")),
            "R Markdown with metafor, HTML": r_markdown(folder),
        }
        quarto = shutil.which("quarto") or os.environ.get("QUARTO_PATH")
        seconds["Quarto, HTML and PDF"] = (
            best((*REVIEW, *render, "--engine", "quarto")) if quarto else None
        )
    whole = seconds["render to HTML and PDF"] or 1.0
    for what, took in seconds.items():
        told = "not installed" if took is None else f"{took:6.2f} s   {took / whole:5.2f}"
        print(f"{what:32} {told}")


if __name__ == "__main__":
    main()
