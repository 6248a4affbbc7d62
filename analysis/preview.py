"""Serve the page on this machine, rebuild it on save, reload the browser."""

from __future__ import annotations

import gc
import html
import os
import secrets
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import ReviewError
from analysis.terminal import Terminal
from analysis.watch import changes, state_of

if TYPE_CHECKING:
    from analysis.paper import Memory

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
WANTED = "wanted a free one: --port 0 takes any"
HEARTBEAT = 15.0  # seconds between signs of life, so that a closed tab is noticed

# A tab knows which build it shows; a server started anew counts on with another mark.
RELOAD = """<script>
new EventSource("/_changes").onmessage = (event) => {
  if (document.documentElement.dataset.build !== event.data) location.reload();
};
</script>"""

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>TITLE</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9rem;
      border-left: 4px solid #c62828; padding: .5rem 1rem; }
</style></head>
<body>
<h1>TITLE</h1>
"""
FAILED = f"""{HEAD.replace("TITLE", "The review has errors")}\
<p>The page comes back as soon as they are mended and saved.</p>
<pre>"""
FAILED_END = "</pre>\n</body></html>\n"
# For a tab that was open before the server was, and asks again at once.
BUILDING = f"""{HEAD.replace("TITLE", "The page is being built")}\
<p>It comes by itself.</p>
</body></html>
"""


@dataclass
class Page:
    """The page as it is now, and who waits for the next one; until build 1 it says so."""

    content: bytes = b""
    build: int = 0
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    changed: threading.Condition = field(default_factory=threading.Condition)
    closing: bool = False

    def __post_init__(self) -> None:
        self.content = self._alive(BUILDING)

    def show(self, content: str) -> None:
        """Take a new page and wake everybody who waits."""
        with self.changed:
            self.build += 1
            self.content = self._alive(content)
            self.changed.notify_all()

    def _alive(self, content: str) -> bytes:
        """Return a page that knows its build and asks for the next one."""
        text = content.replace("<html", f'<html data-build="{self.mark}-{self.build}"', 1)
        head, body, tail = text.rpartition("</body>")
        return (head + RELOAD + body + tail).encode()

    def close(self) -> None:
        """Let everybody go who waits."""
        with self.changed:
            self.closing = True
            self.changed.notify_all()

    def builds(self) -> Iterator[str | None]:
        """Yield the name of each build as it comes; None as a sign of life."""
        seen = -1
        while not self.closing:
            with self.changed:
                if self.build == seen:
                    self.changed.wait(HEARTBEAT)
                fresh = self.build != seen
                seen = self.build
            yield f"{self.mark}-{seen}" if fresh else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away in the middle of an answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def serve(root: Path, port: int, terminal: Terminal, *, browser: bool) -> int:
    """Build, serve and watch until Ctrl-C; return the exit code.

    Only this machine can reach the page. The port is taken before anything is built; 0 asks
    for any that is free.
    """
    from analysis.paper import Memory

    page = Page()
    try:
        server = _Server((HOST, port), handler_of(page))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "ports go from 0 to 65535"
        terminal.remark(f"error: found port {port}, which cannot be used ({reason}), {WANTED}")
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        state, memory = state_of(root), Memory()
        with terminal.step("building"):
            good = rebuild(root, page, terminal, memory)
        if not good and not (root / "data").is_dir():
            return 1  # nothing here that saving a file would mend
        address = f"http://{HOST}:{server.server_address[1]}/"
        terminal.say(f"{address} (Ctrl-C ends it)")
        terminal.out.flush()
        if browser and _has_screen():
            webbrowser.open(address)
        for names in changes(root, state):
            terminal.remark(f"saved: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}")
            rebuild(root, page, terminal, memory)
            gc.collect()
    except KeyboardInterrupt:
        terminal.remark("preview ended")
    finally:
        page.close()
        server.shutdown()
        server.server_close()
    return 0


def rebuild(root: Path, page: Page, terminal: Terminal, memory: Memory | None = None) -> bool:
    """Build the page anew; where the review has errors, show them instead. Say which it was.

    `memory` is of the build before.
    """
    from analysis import rendering
    from analysis.engines import pandoc
    from analysis.manuscript_texts import todos_of
    from analysis.paper import examine_state
    from analysis.states import resolve

    start = time.perf_counter()
    try:
        state = resolve(root)
        project, examined = state.project, examine_state(root, state, memory)
        with ThreadPoolExecutor(max_workers=1) as aside:
            source = rendering.source_of(examined, project)
            reading = aside.submit(pandoc.read, source, by_section=True)
            figures = rendering.draw(examined, png=False)
        document = reading.result()
        written = pandoc.write(document, figures, ("html",))
    except (ReviewError, OSError) as error:
        # A file may be gone for the moment in which an editor replaces it.
        if isinstance(error, ReviewError):
            terminal.failure(error)
        else:
            terminal.remark(f"error: {error}")
        page.show(FAILED + html.escape(str(error)) + FAILED_END)
        return False
    page.show(written["index.html"].decode("utf-8"))
    terminal.problems(examined.warnings, "warning")
    todos = (*examined.loaded.todos, *todos_of(project.sources))
    terminal.problems(todos, "to do")
    terminal.remark(f"built in {time.perf_counter() - start:.2f} s")
    return True


def _has_screen() -> bool:
    # Without one, a browser in the terminal would open over what is printed there.
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def handler_of(page: Page) -> type[BaseHTTPRequestHandler]:
    """Return the request handler that serves a page and tells of its changes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = (self.headers.get("Host") or HOST).rpartition("]")[2].partition(":")[0]
            if host not in NAMES:
                # A page of the web that has its own name lead to this machine reads nothing.
                self.send_error(HTTPStatus.FORBIDDEN)
            elif self.path == "/_changes":
                self._changes()
            elif self.path in ("/", "/index.html"):
                self._send(page.content)
            elif self.path == "/favicon.ico":
                self.send_response(HTTPStatus.NO_CONTENT)
                self.end_headers()
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _changes(self) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            for name in page.builds():
                line = ": alive" if name is None else f"data: {name}"
                self.wfile.write(f"{line}\n\n".encode())
                self.wfile.flush()

        def _send(self, content: bytes) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the terminal for the build."""

    return Handler
