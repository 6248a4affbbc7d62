"""One child program, with its output line by line, a time limit, and no orphan left behind."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_KEPT_LINES = 200
_GRACE_SECONDS = 1.5
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code, `None` where time ran out, and its last lines."""

    code: int | None
    lines: tuple[str, ...]


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    environ: Mapping[str, str],
    line: Callable[[str], None],
    timeout: float,
) -> Ended:
    """Run `command` in `cwd`, giving each line of its output and errors to `line`.

    Whatever happens, time running out, Ctrl-C, an exception out of `line`, the child and its
    children have ended when this returns or raises; one that has taken a session of its own is
    left to itself, and not waited for.

    Raises
    ------
    OSError : the command cannot be started.
    """
    deadline = time.monotonic() + timeout
    lines: deque[str] = deque(maxlen=_KEPT_LINES)
    # Not in a `with`: that would close the pipe, and for this wait until the thread that reads
    # it has heard the last of whoever holds its other end.
    child = subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        # A group of its own: Ctrl-C reaches us alone, and we end the whole group.
        **_own_group(),
    )
    try:
        heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        assert child.stdout is not None  # noqa: S101 - for the type checker; PIPE above
        threading.Thread(target=_listen, args=(child.stdout, heard), daemon=True).start()
        gone = False
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return Ended(None, tuple(lines))
            try:
                said = heard.get(timeout=min(left, _LOOK_SECONDS))
            except queue.Empty:
                if gone:
                    # The pipe is still open: a child of the child holds it. Do not wait for it.
                    break
                # One more look after the child has gone, for what it said last.
                gone = child.poll() is not None
                continue
            if said is None:
                break
            lines.append(said)
            line(said)
        try:
            code = child.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return Ended(None, tuple(lines))
        return Ended(code, tuple(lines))
    finally:
        _end(child)


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":  # pragma: no cover
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _listen(stream: IO[str], heard: queue.SimpleQueue[str | None]) -> None:
    try:
        with stream:
            for text in stream:
                heard.put(text.rstrip("\r\n"))
    finally:
        heard.put(None)


def _end(child: subprocess.Popen[str]) -> None:
    """End the child's whole group: asked first, then made to."""
    if sys.platform == "win32":  # pragma: no cover
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(child.pid)], check=False)
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, sign)
        except (ProcessLookupError, PermissionError):
            break
        if _gone(child):
            break
    child.wait()


def _gone(child: subprocess.Popen[str]) -> bool:
    """Wait for the whole group to be gone, for a few seconds at most."""
    until = time.monotonic() + _GRACE_SECONDS
    while time.monotonic() < until:
        child.poll()
        try:
            os.killpg(child.pid, 0)
        except (ProcessLookupError, PermissionError):
            return True
        time.sleep(0.02)
    return False
