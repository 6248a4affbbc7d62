"""How long the history of many editions takes: `python benchmarks/editions.py [EDITIONS STUDIES]`.

Makes a repository in a temporary folder, with one edition for each state of the evidence and a
commit of work before each, packed as `git gc` leaves it, and times `history` (aim: 200 editions
of 60 studies under 5 s) and finding one edition.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from analysis.archive import Manifest, digest
from analysis.entry import with_entry
from analysis.git import open_repository
from analysis.history import history
from analysis.load import evidence_hash, load
from analysis.plan import find
from analysis.records import Edition
from analysis.states import resolve

ROOT = Path(__file__).parent.parent
STUDY = """\
id: study_{n}
label: Study {n}
status: included
sources:
  report: {{document: colditz1994, place: Table 1, access: full text, published: {year},
           extracted_by: not stated, checked_by: not stated}}
report: report
country: not reported
design: randomised trial
population: not reported
results:
  - outcome: tuberculosis
    measure: RR
    groups: [{{arm: bcg, events: {a}, n: 500}}, {{arm: no_bcg, events: {c}, n: 500}}]
    adjustment: unadjusted
    source: report
"""
SEARCH = """\
searches:
  - id: all
    kind: targeted reading
    date: not stated
    sources: [made up]
    studies: [{ids}]
"""


def made(editions: int, studies: int, folder: Path) -> Path:
    """Make the repository; its data are made up, its sizes are those of a real review."""
    run = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(folder)]
    subprocess.run([*run, "init", "-q", "-b", "main"], check=True)
    tiny = ROOT / "tests" / "tiny" / "data"
    data = {name: (tiny / name).read_bytes() for name in ("review.yml", "references.bib")}
    data = {f"data/{name}": content for name, content in data.items()}
    ids = ", ".join(f"study_{n}" for n in range(studies))
    data["data/searches.yml"] = SEARCH.format(ids=ids).encode()
    for n in range(studies):
        text = STUDY.format(n=n, a=10 + n % 7, c=20 + n % 11, year=1980 + n % 30)
        data[f"data/studies/study-{n}.yml"] = text.encode()
    stream = subprocess.Popen([*run, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert stream.stdin is not None
    entries: bytes | None = None
    written: dict[str, bytes] = {}

    def commit(message: str, files: dict[str, bytes]) -> None:
        lines = [b"commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\n"]
        lines.append(f"data {len(message)}\n{message}\n".encode())
        for name, content in files.items():
            if written.get(name) != content:
                lines.append(f"M 100644 inline {name}\ndata {len(content)}\n".encode() + content)
                lines.append(b"\n")
        written.update(files)
        assert stream.stdin is not None
        stream.stdin.write(b"".join(lines))

    findings = b""
    for n in range(editions):
        changed = n % studies
        text = STUDY.format(n=changed, a=10 + n % 13, c=20 + n % 17, year=1990)
        data[f"data/studies/study-{changed}.yml"] = text.encode()
        commit(f"Study {changed}", data)
        version = f"1.{n}.0"
        entry = Edition(
            version=version, released="2026-01-01", trigger="A correction.", summary="It moved.",
            last_search="2025", living="living", released_by="not stated",
        )  # fmt: skip
        entries = with_entry(entries, entry)
        # What is stored is that of the first edition: a change of method to be found in each.
        findings = findings or find(load(data).review).to_json().encode()
        files = {f"editions/{version}/findings.json": findings, "data/editions.yml": entries}
        manifest = Manifest(
            version, "2026-01-01", evidence_hash(data), "none", {},
            {"findings.json": digest(findings)}, {"living-review": "0.1.0"},
        )  # fmt: skip
        files[f"editions/{version}/manifest.json"] = manifest.to_json()
        commit(f"Release edition {version}", files)
    stream.stdin.close()
    stream.wait()
    subprocess.run([*run, "reset", "-q", "--hard"], check=True)
    subprocess.run([*run, "gc", "-q"], check=True)
    return folder


def main() -> None:
    """Make, measure, print."""
    editions, studies = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (200, 60)
    with tempfile.TemporaryDirectory() as name:
        root = made(editions, studies, Path(name))
        start = time.perf_counter()
        past = history(open_repository(root))
        took = time.perf_counter() - start
        print(json.dumps({"editions": len(past), "studies": studies, "history_s": round(took, 2)}))
        lost = [one.note for one in past if one.commit is None or one.note]
        print(f"lost: {len(lost)}; pools: {sum(len(one.pools) for one in past)}")
        start = time.perf_counter()
        state = resolve(root, f"1.{editions // 2}.0")
        count = len(state.loaded.review.studies)
        print(f"one edition of {count} studies: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
