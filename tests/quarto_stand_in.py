"""A program that stands in for `quarto` where a test is about running it, not about its output.

`QUARTO_STAND_IN` says how it behaves; each run is noted in the folder `QUARTO_STAND_IN_NOTES`.
It knows `--version` and `render INPUT --to FORMATS`, as the engine calls them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

WRITTEN = {"html": "index.html", "typst": "review.pdf", "docx": "review.docx"}
VERSIONS = {"old": "1.6.40", "older": "0.9.532", "newer": "1.10.19", "odd": "command not known"}


def write(folder: Path) -> Path:
    """Put an executable `quarto` that runs this file into `folder`; return its path."""
    program = folder / "quarto"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "$@"\n')
    program.chmod(0o755)
    return program


def main(arguments: list[str]) -> int:
    how = os.environ.get("QUARTO_STAND_IN", "good")
    if arguments == ["--version"]:
        if how == "asleep":
            time.sleep(600)
        print(VERSIONS.get(how, "1.7.34"))
        return 0
    verb, source, flag, formats = arguments
    assert (verb, flag) == ("render", "--to"), arguments
    if notes := os.environ.get("QUARTO_STAND_IN_NOTES"):
        files = sorted(p.relative_to(".").as_posix() for p in Path().rglob("*") if p.is_file())
        seen = {
            "arguments": arguments,
            "files": files,
            "text": Path(source).read_text(),
            "project": Path("_quarto.yml").read_text(),
            "folder": os.getcwd(),
            "pid": os.getpid(),
            "environ": dict(os.environ),
        }
        Path(notes, "run.json").write_text(json.dumps(seen))
    print("\x1b[1mpandoc\x1b[22m", flush=True)
    print("  to: html", file=sys.stderr, flush=True)
    ways = {
        "fail": fail,
        "typst": fail_in_typst,
        "quit": quit_early,
        "silent": silent,
        "sleep": sleep,
        "leave": leave,
        "escape": escape,
        "escape and sleep": escape_and_sleep,
        "talk": talk,
        "mute": mute,
    }
    return ways.get(how, good)(formats)


def good(formats: str) -> int:
    Path("_output").mkdir(exist_ok=True)
    for name in formats.split(","):
        Path("_output", WRITTEN[name]).write_bytes(f"made as {name}".encode())
    print("Output created: _output/index.html", flush=True)
    return 0


def steps() -> None:
    for n in range(30):
        print(f"step {n}")
    print(flush=True)


def fail(formats: str) -> int:
    steps()
    said = "\x1b[31mERROR: \x1b[39mundefined thing\n  in line 7"
    frames = "Stack trace:\n    at render (file:///opt/quarto.js:1:2)\n    at ext:core/1.js:3:4"
    print(f"{said}\n{frames}", file=sys.stderr)
    return 3


def fail_in_typst(formats: str) -> int:
    steps()
    print("[typst]: Compiling index.typ to index.pdf...", end="", flush=True)
    print("error: unknown variable", *(f"  line {n}" for n in range(20)), sep="\n", flush=True)
    return 1


def quit_early(formats: str) -> int:
    steps()
    return 2


def silent(formats: str) -> int:
    return 0


def sleep(formats: str) -> int:
    """Start a child that hears no SIGTERM, then wait with it for ever."""
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    child = subprocess.Popen(
        [sys.executable, "-c", deaf + "print('ready', flush=True); time.sleep(600)"]
    )
    Path(os.environ["QUARTO_STAND_IN_NOTES"], "child.pid").write_text(str(child.pid))
    time.sleep(600)
    return 0


def leave(formats: str) -> int:
    """End well, leaving behind a child that holds the pipe open."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(os.environ["QUARTO_STAND_IN_NOTES"], "child.pid").write_text(str(child.pid))
    return good(formats)


def escape(formats: str) -> int:
    """End well, leaving behind a child in a session of its own that holds the pipe open."""
    waiting = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = subprocess.Popen(waiting, start_new_session=True)
    Path(os.environ["QUARTO_STAND_IN_NOTES"], "child.pid").write_text(str(child.pid))
    return good(formats)


def escape_and_sleep(formats: str) -> int:
    escape(formats)
    time.sleep(600)
    return 0


def talk(formats: str) -> int:
    """Say more than anybody can hear, for ever."""
    while True:
        print("more\n" * 1000, flush=True)


def mute(formats: str) -> int:
    """Close the pipe and go on for ever."""
    os.close(1)
    os.close(2)
    time.sleep(600)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
