"""The page as a reader has it: in a real browser, on a desk and on a phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analysis.engines import Source, pandoc
from tests.engine_sample import HEAD, figures, pdf_text, publish, published, sample, source

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a page; whatever it would load, or any error of its script, fails the test."""
    file = tmp_path / "index.html"
    wrong: list[str] = []
    contexts: list[Any] = []

    def open_page(content: bytes | None = None, **settings: Any) -> Page:
        file.write_bytes(published()["index.html"] if content is None else content)
        context = browser.new_context(**{"viewport": DESK, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("request", lambda request: wrong.extend(_outside(request.url, file)))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def _outside(url: str, file: Path) -> list[str]:
    return [] if url.startswith("data:") or url.partition("#")[0] == file.as_uri() else [url]


@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1280, 1920])
def test_no_page_scrolls_sideways(show: Open, width: int) -> None:
    page = show(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_fonts_of_the_page_are_its_own(show: Open) -> None:
    page = show()
    page.evaluate("document.fonts.ready")
    assert page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').length") == 6


def test_a_wide_table_is_cards_on_a_phone_each_value_with_its_name(show: Open) -> None:
    page = show(viewport=PHONE)
    table = page.locator("#tbl-characteristics table")
    first = table.locator("tbody tr").first
    assert first.evaluate("row => getComputedStyle(row).display") == "block"
    labels = first.locator("td").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    )
    assert labels[:3] == ['"Year"', '"Country"', '"Design"']
    assert table.evaluate("t => t.parentElement.scrollWidth <= t.parentElement.clientWidth")
    # Laid out as blocks, it is a table still for those who hear it.
    assert page.locator("#tbl-characteristics").get_by_role("row").count() == 13
    assert first.get_by_role("rowheader").inner_text() == "Wang"
    # No value is cut off, none overlaps its label.
    boxes = first.locator("td").nth(4)
    assert boxes.inner_text().split() == ["390", "/", "482"]
    assert boxes.bounding_box()["height"] < 40


def test_a_matrix_scrolls_under_its_first_column(show: Open) -> None:
    page = show(viewport=PHONE)
    region = page.locator("#tbl-nos .scroll")
    assert region.evaluate("r => r.scrollWidth > r.clientWidth")
    first = region.locator("tbody tr").first.locator("th")
    before = first.bounding_box()["x"]
    region.evaluate("r => r.scrollBy(200, 0)")
    assert first.bounding_box()["x"] == pytest.approx(before, abs=1)
    assert region.get_attribute("tabindex") == "0"


@pytest.mark.parametrize("scheme", ["tall", "wide"])
def test_cards_have_one_size_of_type_whatever_their_columns(
    show: Open, appended: bytes, scheme: str
) -> None:
    page = show(appended, viewport=PHONE) if scheme == "tall" else show(viewport=PHONE)
    table = page.locator("table.cards").first
    assert table.evaluate("t => t.classList.contains('wide')") == (scheme == "wide")
    size = table.evaluate("t => parseFloat(getComputedStyle(t).fontSize)")
    assert size == pytest.approx(14.4)


def test_the_first_cell_of_each_row_heads_it_in_every_table(show: Open, appended: bytes) -> None:
    for content in (None, appended):
        page = show(content)
        rows = page.locator("main tbody tr")
        assert rows.count() > 0
        firsts = rows.evaluate_all("all => all.map(row => row.cells[0].tagName)")
        assert set(firsts) == {"TH"}
    three = publish("| A | B |\n|:--|:--|\n| one | two |\n\n: T {#tbl-t}\n", "html")["index.html"]
    assert show(three).locator("#tbl-t tbody th").all_inner_texts() == ["one"]


@pytest.mark.parametrize("width", [720, 744, 768, 820, 1024, 1100, 1180, 1280])
def test_a_tablet_shows_the_last_column_of_a_wide_table(show: Open, width: int) -> None:
    page = show(viewport={"width": width, "height": 1180})
    region = page.locator("#tbl-characteristics .scroll")
    assert region.evaluate("r => r.scrollWidth <= r.clientWidth")


def test_the_same_tables_are_tables_on_a_desk(show: Open) -> None:
    page = show()
    row = page.locator("#tbl-characteristics tbody tr").first
    assert row.evaluate("r => getComputedStyle(r).display") == "table-row"
    tops = row.locator("th, td").evaluate_all("c => c.map(x => x.getBoundingClientRect().top)")
    assert len(set(tops)) == 1


def test_contents_beside_the_text_on_a_desk_closed_above_it_on_a_phone(show: Open) -> None:
    desk = show()
    contents, text = desk.locator(".contents"), desk.locator("main")
    assert desk.locator(".contents details").get_attribute("open") is not None
    right = contents.bounding_box()["x"] + contents.bounding_box()["width"]
    assert right <= text.bounding_box()["x"]
    phone = show(viewport=PHONE, reduced_motion="reduce")
    assert phone.locator(".contents details").get_attribute("open") is None
    phone.locator(".contents summary").click()
    phone.locator(".contents").get_by_role("link", name="Results").click()
    assert phone.url.endswith("#sec-results")
    heading = phone.locator("#sec-results > h2")
    assert 0 <= heading.bounding_box()["y"] < PHONE["height"]


def test_the_contents_open_over_the_text_on_a_phone(show: Open) -> None:
    page = show(viewport=PHONE, reduced_motion="reduce")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate("document.querySelector('#sec-results').scrollIntoView()")
    page.wait_for_selector(".contents a[href='#sec-results'][aria-current]", state="attached")
    button = page.get_by_role("button", name="Contents")
    button.focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="Contents")
    assert sheet.is_visible()
    assert sheet.get_by_role("link").all_inner_texts() == [
        " ".join(text.split()) for text in page.locator(".contents a").all_text_contents()
    ]
    # Where the reader is, is marked and in sight; Tab stays inside; Escape leads back.
    current = sheet.locator("[aria-current]")
    assert current.get_attribute("href") == "#sec-results"
    box = current.bounding_box()
    assert 0 <= box["y"] < PHONE["height"]
    for _ in range(3):
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert page.evaluate("document.activeElement.id") == "page-contents"
    button.click()
    page.get_by_role("dialog").get_by_role("link", name="Discussion").click()
    page.wait_for_selector("dialog", state="detached")
    assert page.url.endswith("#sec-discussion")
    assert 0 <= page.locator("#sec-discussion > h2").bounding_box()["y"] < PHONE["height"]
    assert not show().get_by_role("button", name="Contents").is_visible()


def test_the_entry_of_the_section_that_is_read_is_marked_and_in_sight(show: Open) -> None:
    page = show(viewport={"width": 1280, "height": 300}, reduced_motion="reduce")
    links = page.locator(".contents a")
    targets = links.evaluate_all("all => all.map(link => link.hash)")
    assert len(targets) > 5
    marked = ".contents a[aria-current]"
    for target in targets[:-1]:
        page.evaluate("id => document.querySelector(id).scrollIntoView()", target)
        page.wait_for_selector(f".contents a[href='{target}'][aria-current]")
        assert page.locator(marked).count() == 1
        sight = "link => { const [a, b] = [link, link.closest('details')]"
        sight += (
            ".map(x => x.getBoundingClientRect()); return a.top >= b.top && a.bottom <= b.bottom }"
        )
        assert page.locator(marked).evaluate(sight)
    page.evaluate("scrollTo(0, 1e9)")
    page.wait_for_selector(f".contents a[href='{targets[-1]}'][aria-current]")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("!document.querySelector('.contents a[aria-current]')")


def test_a_heading_is_below_the_title_and_its_link_beside_it(show: Open) -> None:
    page = show()
    assert page.locator("h1").all_inner_texts() == [page.locator(".front .title").inner_text()]
    levels = page.locator("h1, h2, h3, h4, h5").evaluate_all("a => a.map(h => +h.tagName[1])")
    assert all(after - before <= 1 for before, after in pairwise(levels))
    names = page.locator(".anchor").evaluate_all("all => all.map(a => a.ariaLabel)")
    assert "Link to 3 Results" in names
    assert len(set(names)) == len(names) > 5
    assert page.get_by_role("heading", name="3 Results", exact=True).count() == 1
    link = page.locator("#sec-results > .anchor")
    assert link.get_attribute("href") == "#sec-results"
    heading, mark = (page.locator(f"#sec-results > {n}").bounding_box() for n in ("h2", ".anchor"))
    assert mark["x"] + mark["width"] <= heading["x"]
    assert heading["y"] < mark["y"] + mark["height"] / 2 < heading["y"] + heading["height"]
    touch = show(viewport=PHONE, has_touch=True, is_mobile=True)
    there = touch.locator("#sec-results > .anchor")
    assert there.evaluate("a => getComputedStyle(a).opacity") == "1"
    assert there.evaluate(LUMINANCE) >= 4.5


def test_a_figure_is_seen_whole_on_a_phone_and_opens_large(show: Open) -> None:
    from analysis.figures.style import SMALL, WIDTH

    page = show(viewport=PHONE)
    # A cut of a forest plot is its names without its estimates: each is there from the first.
    for room in page.locator("main .picture").all():
        assert room.evaluate("r => r.scrollWidth <= r.clientWidth")
    figure = page.locator("#fig-forest-os")
    picture = figure.locator("img")
    assert picture.bounding_box()["width"] == figure.bounding_box()["width"]
    button = figure.get_by_role("button", name="Enlarge Figure 2")
    button.focus()
    page.keyboard.press("Enter")
    large = page.get_by_role("dialog", name="Figure 2")
    shown = large.get_by_role("img")
    assert shown.get_attribute("alt") == picture.get_attribute("alt")
    assert SMALL / WIDTH * shown.bounding_box()["width"] >= 10.9
    assert page.locator(".over-room").evaluate("r => [r.scrollLeft, r.scrollTop]") == [0, 0]
    assert page.evaluate("document.activeElement.textContent") == "Close"
    # The room scrolls by keyboard, both ways.
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.over-room').scrollLeft > 0")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert page.evaluate("document.activeElement.textContent") == "Enlarge Figure 2"
    # Pressed, it opens where it was pressed.
    box = picture.bounding_box()
    picture.click(position={"x": 0.6 * box["width"], "y": 0.5 * box["height"]})
    assert page.get_by_role("dialog", name="Figure 2").is_visible()
    middle = "r => (r.scrollLeft + r.clientWidth / 2) / r.querySelector('img').offsetWidth"
    assert page.locator(".over-room").evaluate(middle) == pytest.approx(0.6, abs=0.02)
    # With the phone on its side, its whole breadth is there.
    page.set_viewport_size({"width": PHONE["height"], "height": PHONE["width"]})
    assert page.locator(".over-room").evaluate("r => r.scrollWidth <= r.clientWidth")
    assert shown.bounding_box()["width"] > 0.9 * PHONE["height"]
    page.get_by_role("button", name="Close").click()
    page.wait_for_selector("dialog", state="detached")


def test_what_scrolls_is_a_region_with_the_name_of_its_caption(show: Open) -> None:
    scrolls = "r => r.scrollWidth > r.clientWidth + 1"
    for viewport in (PHONE, DESK):
        page = show(viewport=viewport)
        boxes = page.locator("main :is(.scroll, .picture)")
        for box in boxes.all():
            moves = box.evaluate(scrolls)
            assert (box.get_attribute("tabindex") == "0") == moves
            assert (box.get_attribute("role") == "region") == moves
        found = page.locator("main figure").get_by_role("region").all()
        captions = [
            r.evaluate("r => r.closest('figure').querySelector('figcaption').id") for r in found
        ]
        assert [region.get_attribute("aria-labelledby") for region in found] == captions
        assert (len(found) > 0) == (viewport == PHONE)
    page.set_viewport_size(PHONE)
    page.wait_for_selector("#tbl-nos .scroll[role=region]")
    assert page.get_by_role("region", name="Newcastle").count() == 1


def test_traced_numbers_are_one_stop_and_arrows_lead_on(show: Open) -> None:
    page = show()
    numbers = page.locator("main .num[data-key]")
    page.get_by_role("button", name="Trace numbers").click()
    assert page.locator(".num[tabindex='0']").count() == 1
    assert set(numbers.evaluate_all("all => all.map(n => n.role)")) == {"button"}
    first, second, box = numbers.nth(0), numbers.nth(1), page.locator("#page-origin")
    first.focus()
    page.keyboard.press("ArrowRight")
    assert second.evaluate("n => n === document.activeElement && n.tabIndex === 0")
    assert page.locator(".num[tabindex='0']").count() == 1
    assert box.inner_text() == second.get_attribute("data-key")
    page.keyboard.press("Enter")
    assert not box.is_visible()
    page.keyboard.press(" ")
    assert box.is_visible()
    page.keyboard.press("ArrowUp")
    assert first.evaluate("n => n === document.activeElement")
    page.keyboard.press("ArrowUp")
    assert first.evaluate("n => n === document.activeElement")
    page.get_by_role("button", name="Trace numbers").click()
    assert page.locator(".num:is([tabindex], [role])").count() == 0


LUMINANCE = """
element => {
  const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = text => rgb(text)
    .map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let behind = element;
  while (/rgba\\(0, 0, 0, 0\\)|transparent/.test(getComputedStyle(behind).backgroundColor)) {
    behind = behind.parentElement;
  }
  const [a, b] = [light(getComputedStyle(element).color),
                  light(getComputedStyle(behind).backgroundColor)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}
"""


WRITTEN = [
    *("main p", "main p a", "main h2", ".kicker", ".subtitle", ".affiliations li"),
    *(".imprint dt", ".contents a", ".abstract p", ".callout p", ".float-name"),
    *("blockquote p", ".csl-left-margin", ".bar-title", ".bar button"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_that_of_wcag_aa(show: Open, scheme: str) -> None:
    page = show(color_scheme=scheme)
    found = {name: page.locator(name).first.evaluate(LUMINANCE) for name in WRITTEN}
    assert {name: ratio for name, ratio in found.items() if ratio < 4.5} == {}


def test_dark_follows_the_system_and_the_switch_overrules_it(show: Open) -> None:
    page = show(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Dark or light").click()
    light = page.evaluate(ground)
    assert (dark, light) == ("rgb(20, 24, 28)", "rgb(255, 255, 255)")
    page.reload()
    assert page.evaluate(ground) == light
    page.get_by_role("button", name="Dark or light").click()
    assert page.evaluate(ground) == dark


def test_a_drawing_turns_dark_with_the_page(show: Open) -> None:
    """Its white ground shows as the ground of the page, in either theme."""
    from io import BytesIO

    from PIL import Image

    for scheme in ("light", "dark"):
        page = show(color_scheme=scheme)
        picture = page.locator("#fig-forest-os img")
        picture.scroll_into_view_if_needed()
        shot = Image.open(BytesIO(picture.screenshot())).convert("RGB")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        wanted = tuple(int(n) for n in re.findall(r"\d+", ground))
        corner = shot.getpixel((4, 4))
        assert max(abs(a - b) for a, b in zip(corner, wanted, strict=True)) <= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_judgements_are_told_apart_in_either_theme(show: Open, scheme: str) -> None:
    from io import BytesIO

    from PIL import Image

    from analysis.figures.style import CONCERN

    names = ("some", "high", None)
    fills = (CONCERN[name][0] for name in names)
    bars = "".join(
        f'<rect x="{n * 100}" width="100" height="90" fill="{c}"/>' for n, c in enumerate(fills)
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="300px" height="90px">{bars}</svg>'
    document = pandoc.read(source("# A\n\n![C](figures/x.svg){#fig-x fig-alt='Bars'}\n"))
    content = pandoc.write(document, {"figures/x.svg": svg.encode()}, ["html"])["index.html"]
    page = show(content, color_scheme=scheme)
    shot = Image.open(BytesIO(page.locator("#fig-x img").screenshot())).convert("RGB")

    def light(at: float) -> float:
        rgb = shot.getpixel((int(shot.width * at), shot.height // 2))
        parts = [v / 255 for v in rgb]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.05 + sum(a * b for a, b in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))

    some, high = light(1 / 6), light(1 / 2)
    assert max(some, high) / min(some, high) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edge_beyond_which_there_is_more_shows_in_either_theme(show: Open, scheme: str) -> None:
    """A shade at the right edge of a table that scrolls, none where it is at its end."""
    from io import BytesIO

    from PIL import Image

    page = show(viewport=PHONE, color_scheme=scheme)
    region = page.locator("#tbl-nos .scroll")

    def steps() -> int:
        shot = Image.open(BytesIO(region.screenshot())).convert("L")
        # A row between the lines of the head, where no words are.
        edge, inner = (shot.getpixel((shot.width - n, 6)) for n in (2, 20))
        return abs(int(edge) - int(inner))

    assert steps() >= 25
    region.evaluate("r => r.scrollBy(2000, 0)")
    assert steps() <= 3


def test_a_number_shows_its_key_and_origin(show: Open) -> None:
    files = {**sample().files, "origins.json": b'{"os_est": ["10 studies", "Table 1"]}'}
    document = pandoc.read(Source(sample().text, files, sample().date))
    page = show(pandoc.write(document, figures(), ["html"])["index.html"])
    number, box = page.locator(".abstract .num").first, page.locator("#page-origin")
    assert not box.is_visible()
    number.hover()
    # The words come first; the name by which the authors know the number is last, and small.
    assert [line for line in box.inner_text().split("\n") if line] == [
        "10 studies", "Table 1", "os_est"
    ]  # fmt: skip
    sizes = box.locator("p, code").evaluate_all(
        "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert sizes[2] < sizes[0] == sizes[1]
    page.mouse.move(0, 0)
    assert not box.is_visible()
    button = page.get_by_role("button", name="Trace numbers")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    number.focus()
    assert box.is_visible()
    assert number.get_attribute("aria-describedby") == "page-origin"
    page.keyboard.press("Escape")
    assert not box.is_visible()
    button.click()
    assert number.get_attribute("tabindex") is None


def test_tracing_says_how_it_is_used_until_a_number_is_chosen(show: Open) -> None:
    page = show()
    help_ = page.get_by_role("status")
    assert help_.count() == 1
    assert help_.inner_text() == ""
    button = page.get_by_role("button", name="Trace numbers")
    before = button.bounding_box()
    button.click()
    assert help_.inner_text() == "Choose a marked number to see which studies it rests on."
    assert button.bounding_box() == before
    under = help_.bounding_box()
    assert 0 < under["y"] - before["y"] - before["height"] < 20
    page.locator(".abstract .num").first.click()
    assert help_.inner_text() == ""
    button.click()
    button.click()
    assert help_.inner_text() != ""
    button.click()
    assert help_.inner_text() == ""


def test_a_number_at_the_edge_keeps_its_box_on_the_page(show: Open) -> None:
    page = show(viewport=PHONE)
    for index in range(page.locator("main .num").count()):
        number = page.locator("main .num").nth(index)
        number.scroll_into_view_if_needed()
        number.click()
        box = page.locator("#page-origin").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]


def test_the_page_is_whole_without_script(show: Open) -> None:
    page = show(java_script_enabled=False, viewport=PHONE)
    assert page.locator(".contents a").first.is_visible()
    assert page.locator("#sec-discussion").is_visible()
    assert not page.locator("#page-trace").is_visible()
    assert not page.locator("#page-theme").is_visible()


def test_the_keyboard_comes_first_to_the_text(show: Open) -> None:
    page = show()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the text"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "page-text"


def test_a_reader_who_goes_by_landmarks_reaches_everything(show: Open) -> None:
    landmark = "main, nav, header, [role=region][aria-label], .skip, script"
    outside = show().evaluate(
        """landmark => {
            const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
            while (texts.nextNode()) {
                const node = texts.currentNode
                if (node.data.trim() && !node.parentElement.closest(landmark)) found.push(node.data)
            }
            return found
        }""",
        landmark,
    )
    assert outside == []


def test_no_line_ends_within_an_interval(show: Open) -> None:
    """Each interval begins a letter further right than the one before, so some would break."""
    interval = "[0.80]{.num key='a'}–[0.9995]{.num key='b'}"
    body = "\n\n".join(f"{'i' * more} {interval} or so." for more in range(1, 81))
    abstract = "\n".join(f"  {line}" for line in body.split("\n"))
    head = HEAD.replace("title: T", f"title: T\nabstract: |\n{abstract}")
    page = show(publish(body, "html", head=head)["index.html"], viewport=PHONE)
    lines = (
        "x => new Set([...x.querySelectorAll('.num')].map(n => n.getBoundingClientRect().top)).size"
    )
    assert page.locator("p:has(.num)").evaluate_all(f"all => all.map({lines})") == [1] * 160


def test_pictures_keep_their_shape_and_say_what_they_show(show: Open) -> None:
    for viewport in (DESK, PHONE):
        page = show(viewport=viewport)
        shapes = page.locator("main img").evaluate_all(
            "i => i.map(x => [x.getBoundingClientRect().width / x.getBoundingClientRect().height,"
            " x.naturalWidth / x.naturalHeight, x.alt.length])"
        )
        assert len(shapes) == 3
        for shown, drawn, length in shapes:
            assert shown == pytest.approx(drawn, rel=0.02)
            assert length > 20


def test_on_paper_there_is_the_text_alone(show: Open) -> None:
    page = show(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".bar").is_visible()
    assert not page.locator(".contents").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#tbl-characteristics").is_visible()
    # A4 less its margins is 176 mm, 665 px: the widest table fits.
    page.set_viewport_size({"width": 665, "height": 900})
    wide = page.locator("#tbl-characteristics table")
    assert wide.evaluate("t => t.scrollWidth") <= 665


def test_each_printed_page_has_its_number_and_the_short_title(show: Open) -> None:
    import io

    import pypdf

    titled = HEAD.replace("title: T", 'title: T\nrunning-title: A "short" \\\\ title')
    text = "# A\n\n" + "Words that fill a page. " * 900 + "\n"
    page = show(publish(text, "html", head=titled)["index.html"])
    pages = [p.extract_text() for p in pypdf.PdfReader(io.BytesIO(page.pdf())).pages]
    assert len(pages) > 2
    short = page.locator(".bar-title").text_content()
    assert short is not None
    assert "\\" in short
    for n, words in enumerate(pages, 1):
        assert f"{n} / {len(pages)}" in words
        assert short in words


def test_on_paper_no_small_print_is_larger_than_the_text(show: Open) -> None:
    page = show()
    page.emulate_media(media="print")
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    text = page.locator("#sec-introduction p").first.evaluate(size)
    for name in ("figcaption", ".references", ".imprint", ".affiliations", ".abstract p", "td"):
        found = page.locator(f":is(main, .front) {name}")
        assert found.count() > 0
        assert max(found.evaluate_all(f"all => all.map({size})")) < text


@pytest.mark.parametrize("before", range(25, 28))
def test_no_printed_head_of_a_table_has_one_row_alone(show: Open, before: int) -> None:
    import io

    import pypdf

    rows = "".join(f"| ROW{n:03d} | B |\n" for n in range(60))
    text = "# A\n\n" + "Words.\n\n" * before
    text += f"| HEAD | B |\n|:--|:--|\n{rows}\n: T {{#tbl-t}}\n"
    page = show(publish(text, "html")["index.html"])
    found = [p.extract_text().count("ROW") for p in pypdf.PdfReader(io.BytesIO(page.pdf())).pages]
    assert sum(found) == 60
    assert min(n for n in found if n) > 1


GROUPS = """| Analysis | Method | Group | HR |
|:---------|:-------|:------|:---|
| Overall survival, by design | Wald interval | Randomised trials | 0.95 (0.80–1.13) |
| | | Cohorts | 0.88 (0.77–1.003) |

: Groups {#tbl-groups}

"""
APPENDED = f"""# Text {{#sec-text}}

As @tbl-groups and @sec-more have it [@jia2021], and @sec-wide.

# References {{.unnumbered}}

::: {{#refs}}
:::

# Appendix: more {{#sec-more}}

A paragraph of the appendix.

## Below {{#sec-below}}

{GROUPS}

::: {{.landscape}}
# Appendix: wide {{#sec-wide}}

The last paragraph.
:::
"""


@pytest.fixture(scope="module")
def appended() -> bytes:
    return publish(APPENDED, "html", head=HEAD)["index.html"]


def test_appendices_are_folded_under_their_headings(show: Open, appended: bytes) -> None:
    page = show(appended, reduced_motion="reduce")
    assert page.locator("main details").count() == 2
    assert page.locator("main > section").evaluate_all("all => all.map(s => s.id)") == [
        *("sec-text", "references", "sec-more", "sec-wide"),
    ]
    assert page.locator("#sec-wide .landscape p").count() == 1
    headings = page.locator("main :is(h2, h3)").all_text_contents()
    assert [" ".join(heading.split()) for heading in headings] == [
        *("1 Text", "References", "2 Appendix: more", "2.1 Below", "3 Appendix: wide"),
    ]
    inside = page.get_by_text("A paragraph of the appendix.")
    assert not inside.is_visible()
    page.locator("#sec-more summary").click()
    assert inside.is_visible()
    page.locator("#sec-more summary").click()
    assert not inside.is_visible()


@pytest.mark.parametrize("target", ["sec-more", "sec-below", "tbl-groups"])
def test_a_link_into_an_appendix_opens_it(show: Open, appended: bytes, target: str) -> None:
    page = show(appended, reduced_motion="reduce")
    page.evaluate("target => { location.hash = target; }", target)
    page.wait_for_function("document.querySelector('#sec-more details').open")
    assert page.locator("#sec-wide details").get_attribute("open") is None
    box = page.locator(f"#{target}").bounding_box()
    assert 0 <= box["y"] < DESK["height"]
    # Closed by hand, the same link opens it again; so does the address of the page.
    page.locator("#sec-more summary").click()
    if target != "sec-below":
        page.locator(f"#sec-text a[href='#{target}']").click()
        assert page.locator("#sec-more details").get_attribute("open") is not None
    page.reload()
    page.wait_for_function("document.querySelector('#sec-more details').open")


def test_appendices_are_there_on_paper_and_without_script(show: Open, appended: bytes) -> None:
    page = show(appended)
    words = page.get_by_text("The last paragraph.")
    assert "The last paragraph." in pdf_text(page.pdf())
    assert not words.is_visible()  # folded again after printing
    bare = show(appended, java_script_enabled=False)
    assert "The last paragraph." in pdf_text(bare.pdf())
    bare.locator("#sec-wide summary").click()
    assert bare.get_by_text("The last paragraph.").is_visible()


def test_each_card_has_its_title(show: Open, appended: bytes) -> None:
    """Where a cell stands for the one above it, its card says so; four columns make cards."""
    phone = show(appended, viewport=PHONE)
    phone.locator("#sec-more summary").click()
    rows = phone.locator("#tbl-groups tbody tr")
    titles = [rows.nth(at).locator("th") for at in range(2)]
    assert [t.inner_text() for t in titles] == ["Overall survival, by design"] * 2
    assert titles[0].bounding_box()["height"] == titles[1].bounding_box()["height"]
    # What is beside the first column stands in the title where that alone is the same.
    assert [rows.nth(at).locator("td.card-title").all_inner_texts() for at in range(2)] == [
        ["Wald interval", "Randomised trials"],
        ["Wald interval", "Cohorts"],
    ]
    lines = [rows.nth(1).locator(name).bounding_box() for name in ("th", "td.card-title >> nth=1")]
    assert lines[1]["y"] < lines[0]["y"] + 2 * lines[0]["height"]
    dot = "cell => getComputedStyle(cell, '::before').content"
    assert rows.nth(1).locator("td.card-title").first.evaluate(dot) == '" · "'
    assert rows.nth(1).locator("td:not(.card-title)").all_inner_texts() == ["0.88 (0.77–1.003)"]
    region = phone.locator("#tbl-groups .scroll")
    assert region.evaluate("r => r.scrollWidth <= r.clientWidth")
    desk = show(appended)
    desk.locator("#sec-more summary").click()
    again = desk.locator("#tbl-groups .again")
    assert again.count() == 2
    assert again.first.bounding_box()["width"] <= 1


@pytest.mark.parametrize(("rows", "said"), [(6, False), (7, True)])
def test_on_paper_each_row_of_a_long_group_says_its_name(show: Open, rows: int, said: bool) -> None:
    more = "".join(f"| | row {n} | {n} |\n" for n in range(2, rows + 1))
    head = "| Analysis | Which | N |\n|:--|:--|--:|\n| Survival | row | 1 |\n"
    page = show(publish(f"{head}{more}\n: T {{#tbl-t}}\n", "html")["index.html"])
    firsts = page.locator("#tbl-t tbody tr:not(:first-child) .again")
    assert firsts.count() == rows - 1
    assert firsts.first.bounding_box()["width"] <= 1
    page.emulate_media(media="print")
    assert (firsts.first.bounding_box()["width"] > 20) == said
    breaks = page.locator("#tbl-t tbody tr").nth(3)
    before = breaks.evaluate("row => getComputedStyle(row).breakBefore")
    assert before == ("auto" if said else "avoid")


@pytest.mark.parametrize(
    ("first", "words", "shape"),
    [
        ("word " * 5, "word " * 5, "block"),
        ("word " * 7, "word", "block"),
        ("word", "word", "table-row"),
        ("12", "word " * 9, "table-row"),
    ],
)
def test_three_columns_are_cards_where_they_say_much(
    show: Open, first: str, words: str, shape: str
) -> None:
    rows = f"| What | How | Details |\n|:--|:--|:--|\n| {first} | {words} | {words} |\n"
    content = publish(f"{rows}\n: T {{#tbl-t}}\n", "html")["index.html"]
    row = show(content, viewport=PHONE).locator("#tbl-t tbody tr")
    assert row.evaluate("row => getComputedStyle(row).display") == shape
    assert row.locator("td").evaluate_all("cells => cells.map(c => c.dataset.label)") == [
        *("How", "Details"),
    ]
    desk = show(content).locator("#tbl-t tbody tr")
    assert desk.evaluate("row => getComputedStyle(row).display") == "table-row"


def test_a_figure_begins_where_its_caption_begins_and_can_be_read(show: Open) -> None:
    page = show()
    for figure in page.locator(".float.figure").all():
        picture, caption = (figure.locator(name).bounding_box() for name in ("img", "figcaption"))
        assert picture["x"] == caption["x"]
    # Drawn for 165 mm, and no smaller than 760 px here.
    wide = page.locator("#fig-forest-os img").bounding_box()
    assert 760 <= wide["width"] <= 800
