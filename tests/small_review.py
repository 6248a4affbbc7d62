"""A review of one study, with every kind of declaration, that no edit of the real one changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

REVIEW = """\
title: A new treatment
short_title: New
keywords: [treatment]
about:
  authors: not stated
  funding: not stated
  conflicts: not stated
  registration: not stated
  protocol: not stated
  peer_review: not stated
  contact: not stated
  licence: CC BY 4.0
question:
  population: Patients
  intervention: new
  comparator: old
  outcomes: [os, dfs]
  studies: Any
  exclusions: []
arms:
  - {id: new, label: New, name: the new treatment}
  - {id: old, label: Old, name: the old treatment}
outcomes:
  - {id: os, label: Overall survival, short: OS, event: death, favours: [New, Old]}
  - {id: dfs, label: Disease-free survival, short: DFS, event: relapse, favours: [New, Old]}
characteristics:
  - id: nodal
    label: Nodes
    levels: [{id: n0, label: N0}, {id: mixed, label: Mixed}]
  - {id: surgery, label: Surgery}
harms:
  - {id: lung, label: Lung}
  - {id: heart, label: Heart}
tools:
  - id: nos
    label: Scale
    items: [{id: cohort, label: Cohort}, {id: outcome, label: Outcome}]
    levels: [{id: low, label: Low}, {id: high, label: High}]
    overall: [{id: low, label: Low}, {id: high, label: High}]
analyses:
  - {id: os, title: OS, outcome: os, role: primary, origin: added, method: DL, test: z}
  - {id: dfs, title: DFS, outcome: dfs, role: primary, origin: added, method: DL, test: z}
"""

KIM = """\
id: kim
label: Kim 2015
status: included
sources:
  report:
    document: kim2015
    place: abstract
    access: abstract
    published: 2015
    extracted_by: not stated
    checked_by: not stated
report: report
country: Korea
design: retrospective cohort
population: N+
results:
  - {outcome: os, estimate: 0.51, ci: [0.26, 1.01], adjustment: not reported, source: report}
  - {outcome: dfs, estimate: 0.58, ci: [0.34, 1.00], adjustment: not reported, source: report}
"""

SEARCHES = """\
# The searches of this review.
searches:
  - id: first
    kind: systematic search
    date: not reported
    sources: [PubMed]
    counts:
      identified: [{label: records, n: 3}]
      duplicates: 0
      excluded_at_screening: [{label: another question, n: 1}]
      full_text: 2
      excluded_at_full_text: [{label: no results, n: 1}]
      included: 1
    studies: [kim]  # all of them
"""

REFERENCES = """\
@article{kim2015,
  author = {Kim, Y.},
  title = {A report},
  journal = {A journal},
  year = {2015},
  doi = {10.1000/kim_2015},
}
"""


def small_review() -> dict[str, bytes]:
    """Return the files of the review, by path."""
    texts = {
        "data/review.yml": REVIEW,
        "data/studies/kim-2015.yml": KIM,
        "data/searches.yml": SEARCHES,
        "data/references.bib": REFERENCES,
    }
    return {name: text.encode() for name, text in texts.items()}


def write_review(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder, and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


MANUSCRIPT = """\
---
kicker: A small review
---

# Results {#sec-results}

Overall survival: {{ os | estimate }} (@fig-os).

{% call figure("forest", id="fig-os", analysis="os") %}
**Overall survival.** Pooled: {{ os | estimate }}.

Forest plot of overall survival, pooled {{ os | estimate }}.
{% endcall %}
"""


def small_project() -> dict[str, bytes]:
    """Return the files of the review with a manuscript, and the page's own style."""
    templates = Path(__file__).parents[1] / "templates"
    page = {f"templates/{path.name}": path.read_bytes() for path in templates.glob("page.*")}
    return {**small_review(), **page, "review.qmd": MANUSCRIPT.encode()}
