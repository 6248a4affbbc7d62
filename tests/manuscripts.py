"""A manuscript of the tiny review, written from a text given in a test."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pypandoc
import pytest

from analysis.claims import ClaimOutcome
from analysis.engines import ast
from analysis.errors import ReviewError
from analysis.findings import Findings
from analysis.load import load_review
from analysis.manuscript import Manuscript, write
from analysis.plan import find
from analysis.records import Review

TINY = Path(__file__).parent / "tiny"


@cache
def tiny() -> tuple[Review, Findings]:
    review = load_review(TINY)
    return review, find(review)


def pandoc(text: str, *arguments: str) -> str:
    command = [pypandoc.get_pandoc_path(), "--from", "markdown", *arguments]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    return done.stdout.decode()


def tree(text: str) -> Any:
    return json.loads(pandoc(text, "--to", "json"))


def written(text: str, *, review: Review | None = None, **options: Any) -> Manuscript:
    sources = {"review.qmd": text, **options.pop("parts", {})}
    own, findings = tiny()
    return write(review or own, options.pop("findings", findings), sources, **options)


def body(text: str, **options: Any) -> str:
    made = written(text, **options).text
    _, _, rest = made.partition("\n---\n")
    return rest.replace("\N{NO-BREAK SPACE}", " ")


def plain(text: str, **options: Any) -> str:
    return ast.plain(tree(body(text, **options))["blocks"]).replace("\N{NO-BREAK SPACE}", " ")


def problems(text: str, **options: Any) -> list[str]:
    with pytest.raises(ReviewError) as caught:
        written(text, **options)
    assert caught.value.problems
    return str(caught.value).split("\n")


def with_text(value: str) -> Review:
    """The tiny review with a text of the data changed."""
    review, _ = tiny()
    studies = (review.studies[0].model_copy(update={"label": value}), *review.studies[1:])
    return review.model_copy(update={"studies": studies})


def outcome(id_: str, *, holds: bool, text: str, otherwise: str | None = None) -> ClaimOutcome:
    return ClaimOutcome(
        id=id_,
        holds=holds,
        margin=None,
        found=(),
        condition="tb.est < 1",
        text=text,
        otherwise=otherwise,
        places=(),
        stands="data/claims.yml:3",
    )


def table_rows(
    kind: str, options: str, review: Review, findings: Findings, **extra: Any
) -> list[list[str]]:
    """The rows of a table, head first, as a reader sees them."""
    call = f'{{% call table("{kind}", id="tbl-x"{options}) %}}Caption{{% endcall %}}'
    made = write(review, findings, {"review.qmd": f"@tbl-x\n\n{call}\n"}, extra=extra)
    node = next(n for n in ast.walk(tree(made.text)["blocks"]) if n["t"] == "Table")
    assert all(width["t"] == "ColWidth" for _, width in node["c"][2])
    return [
        [ast.plain(cell[4]).replace("\N{NO-BREAK SPACE}", " ") for cell in row[1]]
        for part in (node["c"][3][1], *(body[3] for body in node["c"][4]))
        for row in part
    ]
