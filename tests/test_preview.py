"""The preview: on this machine alone, new on every way of saving, errors shown and gone again."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from queue import Queue

import pytest

from analysis.preview import (
    BUILDING,
    FAILED,
    FAILED_END,
    HOST,
    Page,
    _Server,
    handler_of,
    rebuild,
    serve,
)
from analysis.project import AGREEMENT, CHECKLISTS
from analysis.terminal import Terminal
from analysis.watch import changes, state_of
from tests.small_review import small_project, write_review

REPOSITORY = Path(__file__).parents[1]
PATIENCE = 60  # seconds in which what is wanted comes, on the slowest of machines
KIM = "data/studies/kim-2015.yml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_review(tmp_path / "review", small_project())


def terminal() -> Terminal:
    return Terminal(out=StringIO(), err=StringIO())


def shown(stream: object) -> str:
    assert isinstance(stream, StringIO)
    return stream.getvalue()


def change(root: Path, estimate: str) -> str:
    """Return the text of the study with another result, and do not save it."""
    ci = {"0.57": "[0.32, 1.01]", "0.58": "[0.33, 1.02]"}[estimate]
    new = f"estimate: {estimate}, ci: {ci}"
    return re.sub(r"estimate: [\d.]+, ci: \[.*?\]", new, (root / KIM).read_text(), count=1)


# --- building ------------------------------------------------------------------------------


def test_the_page_follows_the_data_and_survives_errors(root: Path) -> None:
    page, told = Page(), terminal()
    assert rebuild(root, page, told)
    assert b"0.51" in page.content
    assert page.content.count(b"new EventSource(") == 1
    (root / KIM).write_text(change(root, "0.57"))
    assert rebuild(root, page, told)
    text = re.sub(r"<[^>]+>", "", page.content.decode()).replace("\N{NO-BREAK SPACE}", " ")
    assert "Overall survival: HR 0.57 (95% CI 0.32–1.01) (Figure 1)." in text
    broken = (root / KIM).read_text().replace("estimate: 0.57", "estimate: <b>")
    (root / KIM).write_text(broken)
    assert not rebuild(root, page, told)
    assert b"<title>The review has errors</title>" in page.content
    assert b"found &#x27;&lt;b&gt;&#x27;, wanted a number" in page.content
    assert page.content.count(b"new EventSource(") == 1
    (root / KIM).write_text(broken.replace("<b>", "0.57"))
    assert rebuild(root, page, told)
    assert b"0.57" in page.content
    assert page.build == 4
    assert re.fullmatch(
        r"(built in \d+\.\d\d s\n){2}error: data/studies/kim-2015\.yml:17 .*\n1 error; nothing "
        r"was written\nbuilt in \d+\.\d\d s\n",
        shown(told.err),
    )


def test_a_file_that_is_gone_for_a_moment_is_shown_and_mended(root: Path) -> None:
    page, told = Page(), terminal()
    kept = (root / "review.qmd").read_bytes()
    (root / "review.qmd").unlink()
    assert not rebuild(root, page, told)
    assert b"review.qmd: found no such file, wanted the manuscript" in page.content
    (root / "review.qmd").write_bytes(kept)
    assert rebuild(root, page, told)


def test_the_todos_are_listed(root: Path) -> None:
    path = root / KIM
    path.write_text(path.read_text().replace("country: Korea", "country: TODO"))
    manuscript = root / "review.qmd"
    manuscript.write_text(f"{manuscript.read_text()}\nTODO: what it means.\n")
    line = manuscript.read_text().count("\n")
    told = terminal()
    assert rebuild(root, Page(), told)
    assert (
        "to do: data/studies/kim-2015.yml:13 country: found TODO, wanted text, or not reported\n"
        f"to do: review.qmd:{line}: found TODO, wanted what is still to be written\n"
    ) in shown(told.err)


# --- the page and who waits for it ---------------------------------------------------------


def test_every_tab_hears_of_every_build() -> None:
    page = Page(mark="m")
    page.show("<html><body>1</body></html>")
    heard: list[Queue[str | None]] = [Queue(), Queue()]

    def listen(queue: Queue[str | None]) -> None:
        for build in page.builds():
            queue.put(build)

    tabs = [threading.Thread(target=listen, args=(queue,)) for queue in heard]
    for tab in tabs:
        tab.start()
    assert [queue.get(timeout=PATIENCE) for queue in heard] == ["m-1", "m-1"]
    page.show("<html><body>2</body></html>")
    assert [queue.get(timeout=PATIENCE) for queue in heard] == ["m-2", "m-2"]
    page.close()
    for tab in tabs:
        tab.join(PATIENCE)
        assert not tab.is_alive()


def test_a_page_knows_its_build_and_reloads_itself() -> None:
    page = Page(mark="m")
    page.show('<html lang="en"><body>x</body></html>')
    content = page.content.decode()
    assert content.startswith('<html data-build="m-1" lang="en"><body>x<script>')
    assert content.endswith("</script></body></html>")
    assert Page().mark != Page().mark


# --- looking at files ----------------------------------------------------------------------


def _rename_over(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.tmp")
    aside.write_text(text)
    os.replace(aside, path)


def _backup_and_write(path: Path, text: str) -> None:
    os.replace(path, path.with_name(f"{path.name}~"))
    path.write_text(text)


def _in_place(path: Path, text: str) -> None:
    path.write_text(text)


def _by_descriptor(path: Path, text: str) -> None:
    with open(path, "r+") as file:
        file.write(text)
        file.truncate()
        os.fsync(file.fileno())


def _folder_replaced(path: Path, text: str) -> None:
    folder, aside = path.parent, path.parent.with_name("aside")
    shutil.copytree(folder, aside)
    (aside / path.name).write_text(text)
    os.replace(folder, folder.with_name("old"))
    os.replace(aside, folder)
    shutil.rmtree(folder.with_name("old"))


SAVES = [_rename_over, _backup_and_write, _in_place, _by_descriptor, _folder_replaced]


@pytest.mark.parametrize("save", SAVES)
def test_every_way_of_saving_is_seen(root: Path, save: Callable[[Path, str], None]) -> None:
    watching = changes(root, state_of(root))
    save(root / KIM, change(root, "0.57"))
    assert os.path.join(*KIM.split("/")) in next(watching)
    # And the time after, when the name leads to another file.
    save(root / KIM, change(root, "0.58"))
    assert os.path.join(*KIM.split("/")) in next(watching)


def test_files_that_come_and_go_are_seen_and_hidden_ones_are_not(root: Path) -> None:
    watching = changes(root, state_of(root))
    (root / "data/studies/.kim-2015.yml.swp").write_text("an editor's")
    (root / "elsewhere.txt").write_text("not the review's")
    (root / "templates/new.qmd").write_text("x")
    assert next(watching) == (os.path.join("templates", "new.qmd"),)
    (root / "templates/new.qmd").unlink()
    assert next(watching) == (os.path.join("templates", "new.qmd"),)
    shutil.rmtree(root / "templates")
    assert all(name.startswith("templates") for name in next(watching))


def test_links_that_lead_in_circles_are_looked_at_and_not_followed(root: Path) -> None:
    """Three in a folder, each back to it, would be followed along more ways than end."""
    loops = [root / "data" / "loops" / name for name in "abc"]
    loops[0].parent.mkdir()
    for link in loops:
        link.symlink_to("..", target_is_directory=True)
    before = state_of(root)
    assert {path for path in before if "loops" in path} == set(map(str, loops))
    loops[0].unlink()
    loops[0].symlink_to("nowhere")
    after = state_of(root)
    assert {path for path in after if after[path] != before[path]} == {str(loops[0])}


def test_every_file_that_a_page_is_made_of_is_watched(root: Path) -> None:
    """What `read_project` reads: a file that comes into being as well as one that changes."""
    watching = changes(root, state_of(root))
    (root / "validation").mkdir(exist_ok=True)
    for name in (AGREEMENT, "_quarto.yml", "_variables.yml", "review.qmd", CHECKLISTS):
        (root / name).write_text("x")
        assert next(watching) == (os.path.join(*name.split("/")),)


def test_a_save_during_a_build_is_given_next(root: Path) -> None:
    before = state_of(root)
    (root / KIM).write_text(change(root, "0.57"))
    (root / "review.qmd").write_text("x")
    assert set(next(changes(root, before))) == {os.path.join(*KIM.split("/")), "review.qmd"}


# --- serving -------------------------------------------------------------------------------


@pytest.fixture
def served(root: Path) -> Iterator[tuple[Path, int]]:
    """The command as a program of its own; its port."""
    command = [sys.executable, "-m", "analysis.cli", "preview", "--port", "0", "--no-browser"]
    running = subprocess.Popen(
        [*command, "--root", str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/ \(Ctrl-C ends it\)\n", line)
        assert match, (line, running.stderr and running.stderr.read())
        yield root, int(match[1])
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=PATIENCE)
        assert running.returncode == 0
        assert err.endswith("preview ended\n")
        assert "Traceback" not in err
    finally:
        running.kill()
        running.wait()


def get(port: int, path: str = "/", host: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Host": host or f"127.0.0.1:{port}"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_it_serves_rebuilds_and_tells(served: tuple[Path, int]) -> None:
    root, port = served
    status, text = get(port)
    assert status == 200
    assert "0.51" in text
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/_changes")
    stream = connection.getresponse()
    assert stream.getheader("Content-Type") == "text/event-stream"
    first = stream.readline() + stream.readline()
    mark = re.search(r'data-build="(\w+)-1"', text)
    assert mark
    assert first == f"data: {mark[1]}-1\n\n".encode()
    (root / KIM).write_text(change(root, "0.57"))
    assert stream.readline() == f"data: {mark[1]}-2\n".encode()
    assert "0.57" in get(port)[1]
    (root / KIM).write_text("id: [")
    assert stream.readline() == b"\n"
    assert stream.readline() == f"data: {mark[1]}-3\n".encode()
    status, text = get(port)
    assert (status, "The review has errors" in text) == (200, True)
    connection.close()


def test_it_answers_this_machine_alone(served: tuple[Path, int]) -> None:
    _, port = served
    assert get(port, "/index.html", "localhost")[0] == 200
    assert get(port, "/", "evil.example")[0] == 403
    assert get(port, "/_changes", "evil.example:80")[0] == 403
    assert get(port, "/../data/review.yml")[0] == 404
    assert get(port, "/favicon.ico")[0] == 204
    others = [
        address
        for *_, (address, *_) in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        if not str(address).startswith("127.")
    ]
    for address in others:
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((str(address), port), timeout=PATIENCE)


def test_a_port_that_is_taken(root: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = terminal()
        assert serve(root, port, told, browser=False) == 1
    assert shown(told.err) == (
        f"error: found port {port}, which cannot be used (Address already in use), "
        "wanted a free one: --port 0 takes any\n"
    )
    assert shown(told.out) == ""


@pytest.mark.parametrize("port", [70_000, -1])
def test_a_port_that_is_none(root: Path, port: int) -> None:
    told = terminal()
    assert serve(root, port, told, browser=False) == 1
    assert shown(told.err) == (
        f"error: found port {port}, which cannot be used (ports go from 0 to 65535), "
        "wanted a free one: --port 0 takes any\n"
    )


def test_a_folder_that_is_no_review_is_not_served(tmp_path: Path) -> None:
    told = terminal()
    assert serve(tmp_path, 0, told, browser=False) == 1
    assert shown(told.out) == ""
    assert shown(told.err).startswith("error: data/: found no folder data/ in ")


def test_a_broken_review_is_served_until_it_is_mended(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis import preview

    (root / KIM).write_text("id: [")
    told = terminal()

    def interrupted(root: Path, seen: object) -> Iterator[tuple[str, ...]]:
        raise KeyboardInterrupt
        yield ()

    opened: list[str] = []
    monkeypatch.setattr(preview, "changes", interrupted)
    monkeypatch.setattr(preview, "_has_screen", lambda: True)
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert serve(root, 0, told, browser=True) == 0
    assert shown(told.err).endswith("1 error; nothing was written\npreview ended\n")
    assert shown(told.out) == f"{opened[0]} (Ctrl-C ends it)\n"


@pytest.mark.parametrize("page", [FAILED + FAILED_END, BUILDING])
def test_what_the_server_says_itself_is_a_whole_page(page: str) -> None:
    assert page.startswith("<!doctype html>\n<html lang=")
    assert page.count("<body>") == 1
    assert page.endswith("</body></html>\n")
    assert "TITLE" not in page


def test_before_the_first_build_a_tab_gets_a_page_that_waits_for_it() -> None:
    """A tab that was open across a restart asks as soon as the server answers."""
    page = Page(mark="m")
    server = _Server((HOST, 0), handler_of(page))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        port = server.server_address[1]
        status, text = get(port)
        assert (status, text.count("new EventSource(")) == (200, 1)
        assert "<h1>The page is being built</h1>" in text
        assert '<html data-build="m-0" ' in text
        builds = page.builds()
        assert next(builds) == "m-0"  # what the tab shows: it does not reload for ever
        page.show("<html><body>1</body></html>")
        assert next(builds) == "m-1"
        assert get(port)[1].startswith('<html data-build="m-1"><body>1')
    finally:
        page.close()
        server.shutdown()
        server.server_close()


# --- in a browser --------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.mark.browser
def test_two_tabs_show_the_new_page_by_themselves(served: tuple[Path, int]) -> None:
    from playwright.sync_api import sync_playwright

    root, port = served
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        wrong: list[str] = []
        tabs = []
        for _ in range(2):
            tab = browser.new_page()
            tab.set_default_timeout(PATIENCE * 1000)
            tab.on("pageerror", lambda error: wrong.append(str(error)))
            tab.on("console", lambda message: wrong.append(message.text))
            tab.goto(f"http://127.0.0.1:{port}/")
            tab.get_by_text("0.51").first.wait_for()
            tabs.append(tab)
        _rename_over(root / KIM, change(root, "0.57"))
        for tab in tabs:
            tab.get_by_text("0.57").first.wait_for()
            assert tab.get_by_text("0.51").count() == 0
        good = (root / KIM).read_text()
        _backup_and_write(root / KIM, good + "  broken: [\n")
        for tab in tabs:
            tab.get_by_role("heading", name="The review has errors").wait_for()
            assert f"{KIM}:" in tab.locator("pre").inner_text()
        _in_place(root / KIM, good)
        for tab in tabs:
            tab.get_by_role("heading", name="Results").wait_for()
        browser.close()
    assert wrong == []


@pytest.mark.browser
def test_a_tab_that_was_open_across_a_restart_shows_the_page_again() -> None:
    from playwright.sync_api import sync_playwright

    before, after = Page(), Page()
    server = _Server((HOST, 0), handler_of(before))
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    before.show("<!doctype html><html><body>before</body></html>")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = browser.new_page()
        tab.set_default_timeout(PATIENCE * 1000)
        tab.goto(f"http://127.0.0.1:{port}/")
        tab.get_by_text("before").wait_for()
        before.close()
        server.shutdown()
        server.server_close()
        server = _Server((HOST, port), handler_of(after))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tab.get_by_role("heading", name="The page is being built").wait_for()
        after.show("<!doctype html><html><body>after</body></html>")
        tab.get_by_text("after").wait_for()
        browser.close()
    after.close()
    server.shutdown()
    server.server_close()
