"""Made-up reviews of any size, loaded and analysed as a real one is, for figures to draw."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

from analysis.findings import Findings
from analysis.load import load
from analysis.plan import find
from analysis.records import Review

SIZES = (3, 12, 60)
NAMES = ("Abe", "Bergström-Lindqvist", "Cho", "de la Fuente y Marín", "Ek", "Fitzgerald", "Guo")
QUALITY = (("low", "low"), ("some", "high"), ("high", None), (None, "low"))


@cache
def sample(k: int, measure: str = "HR") -> tuple[Review, Findings]:
    """Return a review of k studies and its findings: wide and narrow intervals, long names.

    With measure MD its effects are differences, pooled with a common effect.
    """
    review = load(files(k, measure)).review
    return review, find(review)


def files(k: int, measure: str = "HR") -> dict[str, bytes]:
    """Return the data files of a review of k studies (JSON is YAML)."""
    plan = _plan(k)
    studies = {f"data/studies/s{i}.yml": _study(i) for i in range(k)}
    if k < 3:  # too few for a line
        plan["analyses"] = [{**a, "regressions": []} for a in plan["analyses"][:k]]
    if measure == "MD":
        plan["outcomes"][0]["measure"] = "MD"
        plan["analyses"][0]["method"] = "EE"
        for study in studies.values():
            _as_difference(study["results"][0])
    searches = {"searches": [_search(k)]}
    documents = {"data/review.yml": plan, "data/searches.yml": searches, **studies}
    files = {path: json.dumps(value).encode() for path, value in documents.items()}
    entry = "@article{trial, title={A trial}, author={A, B}, year={2000}}\n"
    return {**files, "data/references.bib": entry.encode()}


def _plan(k: int) -> dict[str, Any]:
    unknown = "not stated"
    levels = [
        {"id": "low", "label": "Low", "concern": "low"},
        {"id": "some", "label": "Some concerns", "concern": "some"},
        {"id": "high", "label": "High", "concern": "high"},
    ]
    sub = {"by": "stage", "label": "Stage", "origin": "added"}
    dose = {"field": "follow_up", "label": "follow-up (per year)", "per": 12}
    common = {"outcome": "relapse", "origin": "added", "prediction": "t(k-2)"}
    return {
        "title": "Night light for sleepwalkers",
        "short_title": "Night light",
        "keywords": ["sleep"],
        "about": {
            **dict.fromkeys(
                ("authors", "funding", "conflicts", "registration", "protocol"), unknown
            ),
            "peer_review": unknown,
            "contact": unknown,
            "licence": "CC BY 4.0",
        },
        "question": {
            "population": "Sleepwalkers",
            "intervention": "lit",
            "comparator": "dark",
            "outcomes": ["relapse"],
            "studies": "Trials",
            "exclusions": [],
        },
        "arms": [
            {"id": "lit", "label": "Night light", "name": "a night light"},
            {"id": "dark", "label": "Darkness", "name": "darkness"},
        ],
        "outcomes": [
            {
                "id": "relapse",
                "label": "Relapse",
                "short": "R",
                "event": "relapse",
                "favours": ["Favours night light", "Favours darkness"],
            }
        ],
        "characteristics": [
            {
                "id": "stage",
                "label": "Stage",
                "levels": [
                    {"id": "early", "label": "Early stage"},
                    {"id": "middle", "label": "Middle stage"},
                    {"id": "late", "label": "Late stage"},
                ],
            }
        ],
        "tools": [
            {
                "id": "rob2",
                "label": "RoB 2",
                "items": [{"id": f"d{i}", "label": f"Domain number {i}"} for i in range(1, 6)],
                "levels": levels,
                "overall": levels,
            }
        ],
        "analyses": [
            {
                **common,
                "id": "main",
                "title": "Relapse",
                "role": "primary",
                "method": "DL",
                "test": "z",
                "subgroups": [{"id": "stage", **sub}],
                "regressions": [
                    {"id": "dose", "label": "Follow-up", "origin": "added", "moderators": [dose]}
                ],
                "small_study": ["egger_classic"],
                "leave_one_out": True,
                "influence": True,
                "cumulative": "recruitment_start",
            },
            {
                **common,
                "id": "strict",
                "title": "Relapse, REML",
                "role": "sensitivity",
                "sensitivity_of": "main",
                "method": "REML",
                "test": "knha",
                "subgroups": [{"id": "stage", **sub, "tau2": "common" if k > 3 else "separate"}],
                "leave_one_out": True,
                "cumulative": "year",
            },
        ],
    }


def _study(i: int) -> dict[str, Any]:
    name = f"{NAMES[i % len(NAMES)]} {1975 + (i * 7) % 48}{'abcdefghi'[i // 7 % 9]}"
    yi = -0.18 + 0.42 * math.sin(1.7 * i + 0.4)
    se = 0.06 + 0.7 * ((0.618034 * (i + 1)) % 1.0) ** 2
    n = [round(5.0 / se**2) + 20, round(4.4 / se**2) + 25]  # enough for this standard error
    groups = [{"arm": a, "n": m} for a, m in zip(("lit", "dark"), n, strict=True)]
    arms: dict[str, Any] = {"groups": groups, "source": "report"}
    if i == 1:
        arms["groups"] = [{"arm": a, "n": "not reported"} for a in ("lit", "dark")]
        arms["total"] = 4541
    source = {
        "document": "trial",
        "place": "Table 1",
        "access": "full text",
        "published": 2023 - i % 2,
        "extracted_by": "not stated",
        "checked_by": "not stated",
    }
    items = [
        {"item": f"d{d}", "level": QUALITY[(i + d) % 4][0] or "not reported"}
        for d in range(1, 6 if i % 5 else 4)
    ]
    return {
        "id": f"s{i}",
        "label": name,
        "status": "included",
        "sources": {"report": source},
        "report": "report",
        "country": "Norway",
        "design": "randomised trial" if i % 3 else "prospective cohort",
        "population": "Sleepwalkers",
        "recruitment": {"start": 1970 + (i * 7) % 48, "end": 2020, "source": "report"},
        "arms": arms,
        "follow_up": {
            "value": 30 + (i * 37) % 90,
            "unit": "months",
            "statistic": "median",
            "source": "report",
        },
        "characteristics": {
            "stage": {"value": ("early", "middle", "late")[i % 3], "source": "report"}
        },
        "results": [
            {
                "outcome": "relapse",
                "estimate": round(math.exp(yi), 3),
                "ci": [
                    round(math.exp(yi - 1.959964 * se), 3),
                    round(math.exp(yi + 1.959964 * se), 3),
                ],
                "adjustment": "unadjusted",
                "source": "report",
            }
        ],
        "quality": [
            {
                "tool": "rob2",
                "items": items,
                "overall": QUALITY[i % 4][1] or "not reported",
                "score": "not stated",
                "source": "report",
            }
        ],
    }


def _as_difference(result: dict[str, Any]) -> None:
    lb, ub = (round(3 * math.log(bound), 2) for bound in result["ci"])
    result |= {"measure": "MD", "estimate": round((lb + ub) / 2, 3), "ci": [lb, ub]}


def _search(k: int) -> dict[str, Any]:
    return {
        "id": "first",
        "kind": "systematic search",
        "date": "2020-05",
        "sources": ["MEDLINE", "Embase", "CENTRAL"],
        "counts": {
            "identified": [{"label": "MEDLINE", "n": 1000 + k}, {"label": "Embase", "n": 700}],
            "duplicates": 300,
            "excluded_at_screening": [{"label": "not about sleepwalkers", "n": 1390}],
            "full_text": k + 10,
            "excluded_at_full_text": [
                {"label": "no control group", "n": 6},
                {"label": "outcome not measured at any time after randomisation", "n": 4},
            ],
            "included": k,
        },
        "studies": [f"s{i}" for i in range(k)],
    }
