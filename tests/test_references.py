"""The list of references as its style sets it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pypandoc

STYLE = Path(__file__).parents[1] / "templates" / "references.csl"
ENTRIES = """
@article{doi, author = {One, A. and others}, title = {With a {DOI}: {a} title}, journal = {J},
  volume = {1}, number = {2}, pages = {3--4}, year = {2020}, doi = {10.1234/x}}
@article{url, author = {One, A. and Two, B. and others}, title = {With an address?}, journal = {J},
  year = {2021}, url = {https://example.org/x}}
@article{none, author = {One, A. and Two, B.}, title = {With neither}, journal = {J},
  volume = {5}, year = {2022}}
"""


def test_an_address_ends_without_a_stop_and_et_al_has_one_comma(tmp_path: Path) -> None:
    (tmp_path / "x.bib").write_text(ENTRIES)
    command = [
        pypandoc.get_pandoc_path(), "--citeproc", "--bibliography=x.bib", f"--csl={STYLE}",
        "--to=plain", "--wrap=none",
    ]  # fmt: skip
    text = "[@doi; @url; @none]\n"
    done = subprocess.run(
        command, input=text, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert [line for line in done.stdout.split("\n") if line] == [
        "[1–3]",
        "1. One A, et al. With a DOI: a title. J. 2020;1(2):3–4. https://doi.org/10.1234/x",
        "2. One A, Two B, et al. With an address? J. 2021. https://example.org/x",
        "3. One A, Two B. With neither. J. 2022;5.",
    ]
