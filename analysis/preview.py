"""Serve the page on this machine, rebuild it on save, reload the browser."""

from __future__ import annotations

import html
import json
import threading
import time
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from analysis.errors import ReviewError
from analysis.terminal import Terminal

WATCHED = ("data", "templates", "review.qmd", "_quarto.yml")
HEARTBEAT = 15.0  # seconds between signs of life, so that a closed tab is noticed

RELOAD = """<script>
new EventSource("/_changes").onmessage = (event) => {
  if (document.documentElement.dataset.build !== event.data) location.reload();
};
</script>"""

FAILED = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>The review has errors</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; }</style><body>
<h1 style="font-size: 1.3rem">The review has errors</h1>
<p>The last good page comes back as soon as they are mended.</p>
<pre style="white-space: pre-wrap; border-left: 4px solid #b3261e; padding: .5rem 1rem">{text}</pre>
"""


@dataclass
class Page:
    """The page as it is now, and who waits for the next one."""

    content: bytes = b""
    build: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)
    closing: bool = False

    def show(self, content: str) -> None:
        """Take a new page and wake everybody who waits."""
        with self.changed:
            self.build += 1
            mark = f'<html data-build="{self.build}"'
            text = content.replace("<html", mark, 1)
            head, body, tail = text.rpartition("</body>")
            self.content = (head + RELOAD + body + tail if body else text + RELOAD).encode()
            self.changed.notify_all()

    def close(self) -> None:
        """Let everybody go who waits."""
        with self.changed:
            self.closing = True
            self.changed.notify_all()

    def builds(self) -> Iterator[int | None]:
        """Yield the number of each build as it comes; None as a sign of life."""
        seen = -1
        while not self.closing:
            with self.changed:
                if self.build == seen:
                    self.changed.wait(HEARTBEAT)
                fresh = self.build != seen
                seen = self.build
            yield seen if fresh else None


def serve(root: Path, port: int, terminal: Terminal, *, browser: bool) -> int:
    """Build, serve and watch until Ctrl-C; return the exit code."""
    from watchfiles import watch

    page = Page()
    rebuild(root, page, terminal)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler_of(page))
    except OSError as error:
        why = f"cannot be used ({error.strerror}), wanted a free one (--port)"
        terminal.remark(f"port {port}: {why}")
        return 1
    server.daemon_threads = True
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    terminal.say(f"{address} (Ctrl-C ends it)")
    if browser:
        webbrowser.open(address)
    try:
        paths = [root / name for name in WATCHED if (root / name).exists()]
        for _ in watch(*paths, debounce=100, step=10, raise_interrupt=True):
            rebuild(root, page, terminal)
    except KeyboardInterrupt:
        terminal.remark("preview ended")
    finally:
        page.close()
        server.shutdown()
        server.server_close()
    return 0


def rebuild(root: Path, page: Page, terminal: Terminal) -> None:
    """Build the page anew; where the review has errors, show them instead."""
    from analysis import build
    from analysis.engines import pandoc
    from analysis.project import read_project

    start = time.perf_counter()
    try:
        project = read_project(root)
        examined = build.examine(project)
        document = pandoc.read(build.source_of(examined, project))
        figures = build.draw(examined, png=False)
        written = pandoc.write(document, figures, ("html",))
        page.show(written["index.html"].decode("utf-8"))
    except ReviewError as error:
        terminal.failure(error)
        page.show(FAILED.format(text=html.escape(str(error))))
        return
    terminal.problems(examined.warnings, "warning")
    terminal.remark(f"built in {time.perf_counter() - start:.2f} s")


def handler_of(page: Page) -> type[BaseHTTPRequestHandler]:
    """Return the request handler that serves a page and tells of its changes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/_changes":
                self._changes()
            elif self.path in ("/", "/index.html"):
                self._send(page.content, "text/html; charset=utf-8")
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _changes(self) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            try:
                for build in page.builds():
                    line = ": alive" if build is None else f"data: {json.dumps(build)}"
                    self.wfile.write(f"{line}\n\n".encode())
                    self.wfile.flush()
            except OSError:
                return  # the tab was closed

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the terminal for the build."""

    return Handler
