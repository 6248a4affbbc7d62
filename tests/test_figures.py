"""Every figure at 3, 12 and 60 studies: nothing collides, nothing leaves the paper, same bytes."""

from __future__ import annotations

import hashlib
import math
import os
import struct
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from html import unescape
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import TemplateError
from analysis.figures import KINDS, FigureRequest, drawn, layout
from analysis.figures.lettering import UNITS, set_text, shorten, text_width, wrap
from analysis.figures.png import DPI, painted
from analysis.figures.scale import Scale, even_ticks, ratio_ticks, tick_texts, window
from analysis.figures.sheet import Disc, Sheet, Writing
from analysis.figures.style import SMALL, TALLEST, WIDTH
from analysis.figures.svg import svg_of
from analysis.load import load_review
from analysis.plan import find
from tests.figure_samples import SIZES, sample

ROOT = Path(__file__).parents[1]
SAMPLES = (
    ("flow", None, {}),
    ("forest", "main", {}),
    ("forest", "main", {"beside": ("strict",), "quality": "rob2"}),
    ("forest", "main", {"subgroup": "stage", "quality": "rob2"}),
    ("forest", "strict", {"subgroup": "stage"}),
    ("funnel", "main", {}),
    ("leave_one_out", "main", {}),
    ("leave_one_out", "strict", {}),
    ("cumulative", "main", {}),
    ("cumulative", "strict", {}),
    ("bubble", "main", {"regression": "dose"}),
    ("traffic", None, {"tool": "rob2"}),
    ("influence", "main", {}),
    ("baujat", "main", {}),
    ("what_would_it_take", "main", {"i2": "50"}),
)
REAL = (
    ("flow", None, {}),
    ("forest", "os", {"beside": ("os_hk",), "quality": "nos"}),
    ("forest", "os", {"subgroup": "randomised"}),
    ("forest", "dfs", {"subgroup": "nodal", "beside": ("dfs_hk",)}),
    ("pools", "dfs", {"computed": ("n0=dfs.subgroups.nodal.groups.n0",)}),
    ("funnel", "os", {}),
    ("leave_one_out", "os", {}),
    ("cumulative", "os_hk", {}),
    ("bubble", "os", {"regression": "start"}),
    ("bubble", "os_hk", {"regression": "design"}),
    ("traffic", None, {"tool": "nos"}),
    ("influence", "os", {}),
    ("baujat", "os", {}),
    ("what_would_it_take", "os", {}),
)


def asked(kind, analysis, options):
    name = "_".join([kind, analysis or "all", *options])
    return FigureRequest(kind, name, analysis, options)


def sample_sheet(k, kind, analysis, options):
    return layout(asked(kind, analysis, options), *sample(k))


@pytest.fixture(scope="module")
def real():
    review = load_review(ROOT)
    return review, find(review)


def writings(sheet):
    return [mark for mark in sheet.marks if isinstance(mark, Writing) and any(mark.setting.ink)]


def collisions(sheet):
    """Return the pairs of texts whose black parts share paper."""
    boxes = [(mark.text, mark.ink) for mark in writings(sheet)]
    return [
        (a, b)
        for (a, one), (b, two) in combinations(boxes, 2)
        if one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
    ]


def outside(sheet):
    """Return the texts that leave the paper."""
    return [
        mark.text
        for mark in writings(sheet)
        if mark.ink[0] < 0
        or mark.ink[1] < 0
        or mark.ink[2] > sheet.width
        or mark.ink[3] > sheet.height
    ]


# --- nothing collides ----------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "analysis", "options"), SAMPLES)
@pytest.mark.parametrize("k", SIZES)
def test_no_text_collides_or_leaves_the_paper(k, kind, analysis, options):
    sheet = sample_sheet(k, kind, analysis, options)
    assert collisions(sheet) == []
    assert outside(sheet) == []
    assert sheet.width == WIDTH
    assert sheet.height <= TALLEST
    assert min(mark.size for mark in writings(sheet)) >= SMALL


@pytest.mark.parametrize(("kind", "analysis", "options"), REAL)
def test_no_text_of_the_real_review_collides_or_leaves_the_paper(real, kind, analysis, options):
    sheet = layout(asked(kind, analysis, options), *real)
    assert collisions(sheet) == []
    assert outside(sheet) == []
    assert sheet.height <= TALLEST


@pytest.mark.parametrize(
    ("k", "measure"), [(1, "HR"), (2, "HR"), (3, "MD"), (12, "MD"), (60, "MD")]
)
def test_few_studies_and_differences_are_drawn_as_well(k, measure):
    review, findings = sample(k, measure)
    drawn_kinds = set()
    for kind, analysis, options in SAMPLES:
        if analysis is not None and analysis not in findings.analyses:
            continue
        if set(options.get("beside", ())) - set(findings.analyses):
            options = {}
        try:
            sheet = layout(asked(kind, analysis, options), review, findings)
        except TemplateError:
            assert k < 3
            continue
        assert collisions(sheet) == []
        assert outside(sheet) == []
        drawn_kinds.add(kind)
    assert {
        "forest",
        "funnel",
        "cumulative",
        "what_would_it_take",
        "traffic",
        "flow",
    } <= drawn_kinds
    assert k < 3 or drawn_kinds == {kind for kind, _, _ in SAMPLES}


def test_the_check_of_collisions_sees_them():
    sheet = Sheet("x")
    sheet.text(10, 10, "Hennequin")
    sheet.text(30, 12, "Thorsen")
    sheet.text(WIDTH - 5, 30, "Wang")
    sheet.text(100, 60, "Upwards", turn=90)
    sheet.text(96, 60, "Across")
    sheet.end(100)
    assert collisions(sheet) == [("Hennequin", "Thorsen"), ("Upwards", "Across")]
    assert outside(sheet) == ["Wang"]


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize("text", ["Aleknavičius 2014", "0.89 (0.79–0.999)", "I² = 47.5%; τ² = 0"])
def test_the_box_of_a_text_is_what_matplotlib_measures(text, turn):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    sheet = Sheet("x")
    sheet.text(100, 100, text, size=8, turn=turn)
    mark = sheet.end(200).above[0]
    figure = Figure(figsize=(WIDTH / 72, 200 / 72), dpi=720)  # a tenth of a point a pixel
    font = FontProperties(fname=str(ROOT / "analysis/fonts/SourceSans3-Regular.otf"), size=8)
    artist = figure.text(
        mark.x / WIDTH, 1 - mark.y / 200, text, fontproperties=font, rotation=turn,
        ha="left", va="baseline", rotation_mode="anchor", parse_math=False,
    )  # fmt: skip
    with matplotlib.rc_context({"text.hinting": "none"}):
        box = artist.get_window_extent(FigureCanvasAgg(figure).get_renderer())
    theirs = (box.x0 / 10, 200 - box.y1 / 10, box.x1 / 10, 200 - box.y0 / 10)
    # Theirs is the advance by ascent and descent, ours the ink: ours lies within, by less than
    # the side bearings (under a point) along the line.
    ours = mark.ink
    along = (1, 3) if turn else (0, 2)
    assert ours[along[0]] == pytest.approx(theirs[along[0]], abs=1.0)
    assert ours[along[1]] == pytest.approx(theirs[along[1]], abs=1.0)
    assert all(o >= t - 0.2 for o, t in zip(ours[:2], theirs[:2], strict=True))
    assert all(o <= t + 0.2 for o, t in zip(ours[2:], theirs[2:], strict=True))


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("kind", ["funnel", "bubble", "baujat"])
def test_a_name_hides_no_point_and_is_nearest_to_its_own(k, kind):
    options = {"regression": "dose"} if kind == "bubble" else {}
    sheet = sample_sheet(k, kind, "main", options)
    discs = {m.key: m for m in sheet.marks if isinstance(m, Disc)}
    tied = {m.key.split(":")[1] for m in sheet.marks if (m.key or "").startswith("tie:")}
    names = [m for m in writings(sheet) if (m.key or "").startswith("label:")]
    assert names or k == 60
    for mark in names:
        left, top, right, bottom = mark.ink
        gaps = {}
        for key, disc in discs.items():
            dx = max(left - disc.x, disc.x - right, 0.0)
            dy = max(top - disc.y, disc.y - bottom, 0.0)
            gaps[key] = math.hypot(dx, dy) - disc.radius
        assert min(gaps.values()) > -0.2 * max(d.radius for d in discs.values())
        own = f"study:{mark.key.split(':')[1]}"
        if own.split(":")[1] not in tied:
            assert min(gaps, key=gaps.get) == own
        # With a tie it is at least no neighbour of another point.
        others = min((gap for key, gap in gaps.items() if key != own), default=math.inf)
        assert others > min(gaps[own], 4.0)


# --- the two pictures ----------------------------------------------------------------------


def draw_all(requests, review, findings, png=True):
    """Draw all figures, in the order of the requests."""
    return drawn([layout(request, review, findings) for request in requests], png)


def requests():
    return [asked(*one) for one in SAMPLES]


def test_drawing_twice_gives_the_same_bytes():
    first = draw_all(requests(), *sample(12))
    again = draw_all(requests(), *sample(12))
    assert first == again
    assert [drawing.name for drawing in first] == [request.name for request in requests()]


def test_another_process_gives_the_same_bytes():
    """Hash seeds, the order of files and warm caches leave no trace."""
    program = (
        "import hashlib; from tests.test_figures import *;"
        "d = draw_all(requests()[::-1], *sample(12))[::-1];"
        "print(hashlib.sha256(b''.join(x.svg + x.png for x in d)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "42", "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    drawings = draw_all(requests(), *sample(12))
    here = hashlib.sha256(b"".join(d.svg + d.png for d in drawings)).hexdigest()
    assert found.stdout.strip() == here


def test_settings_of_the_user_neither_matter_nor_change():
    wanted = draw_all(requests()[:3], *sample(3))
    odd = {"font.size": 30, "text.usetex": True, "path.simplify": False, "lines.linewidth": 9,
           "svg.fonttype": "none", "axes.facecolor": "red", "text.antialiased": False}  # fmt: skip
    with matplotlib.rc_context(odd):
        before = dict(matplotlib.rcParams)
        assert draw_all(requests()[:3], *sample(3)) == wanted
        assert dict(matplotlib.rcParams) == before


def test_pyplot_is_not_loaded():
    program = (
        "import sys; from tests.test_figures import sample, draw_all, requests;"
        "draw_all(requests(), *sample(3)); print('matplotlib.pyplot' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "False"


@pytest.mark.parametrize("k", SIZES)
def test_svg_is_self_contained(k):
    for drawing in draw_all(requests(), *sample(k), png=False):
        assert drawing.png == b""
        root = ET.fromstring(drawing.svg)
        tags = {element.tag.split("}")[1] for element in root.iter()}
        assert tags <= {"svg", "defs", "g", "use", "path", "rect", "polygon", "polyline", "circle"}
        ids = [e.get("id") for e in root.iter() if e.get("id")]
        assert len(ids) == len(set(ids))
        used = {
            e.get("{http://www.w3.org/1999/xlink}href")[1:] for e in root.iter() if "use" in e.tag
        }
        assert used <= set(ids)
        assert b"font" not in drawing.svg
        assert b"atplotlib" not in drawing.svg


def test_ids_of_two_figures_differ():
    one, two = draw_all(requests()[1:3], *sample(3), png=False)
    ids = [{e.get("id") for e in ET.fromstring(d.svg).iter() if e.get("id")} for d in (one, two)]
    assert not ids[0] & ids[1]


def test_png_holds_the_picture_and_nothing_of_its_making():
    from PIL import Image

    request = requests()[1]
    sheet = layout(request, *sample(3))
    data = drawn([sheet])[0].png
    chunks, at = [], 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        chunks.append(kind)
        at += 12 + size
    assert chunks == [b"IHDR", b"pHYs", b"IDAT", b"IEND"]
    from io import BytesIO

    image = Image.open(BytesIO(data))
    assert image.info["dpi"] == pytest.approx((DPI, DPI), rel=1e-3)
    assert np.array_equal(np.asarray(image), painted(sheet)[:, :, :3])


def squares(picture):
    """Return the mean grey of squares of 10 pixels, 3 points."""
    height, width = (size // 10 * 10 for size in picture.shape)
    return picture[:height, :width].reshape(height // 10, 10, width // 10, 10).mean((1, 3))


@pytest.mark.parametrize("index", [1, 3, 5, 10, 11, 14])
def test_svg_and_png_are_one_picture(index, tmp_path):
    """Typst, another renderer, makes of the SVG what Agg painted."""
    import typst
    from PIL import Image

    sheet = layout(requests()[index], *sample(12))
    (tmp_path / "x.svg").write_bytes(drawn([sheet], png=False)[0].svg)
    source = tmp_path / "x.typ"
    source.write_text(f'#set page(width: {WIDTH}pt, height: auto, margin: 0pt)\n#image("x.svg")')
    page = tmp_path / "page.png"
    typst.compile(str(source), output=str(page), ppi=float(DPI))
    theirs = np.asarray(Image.open(page).convert("L"), float)

    def difference():
        ours = np.asarray(Image.fromarray(painted(sheet)).convert("L"), float)
        rows = min(len(ours), len(theirs))
        return np.abs(squares(ours[:rows]) - squares(theirs[:rows]))

    # A line one pixel off darkens a tenth of a square, by 25; a lost text more of several.
    assert difference().max() < 30
    assert difference().mean() < 2
    lost = next(m for m in sheet.above if isinstance(m, Writing) and len(m.text) > 3)
    sheet.above.remove(lost)
    assert difference().max() > 40


def test_names_from_strangers_are_drawn_as_they_are():
    nasty = 'A<b>&"--></g><script>x</script> $\\alpha$ 中文 \u202e'
    sheet = Sheet("x")
    sheet.text(10, 10, nasty, key='a"b<')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawing = drawn([sheet.end(20)])[0]
    root = ET.fromstring(drawing.svg)
    assert not [e for e in root.iter() if "script" in str(e.tag)]
    assert next(e for e in root.iter() if "-a" in (e.get("id") or "")).get("id") == 'x-a"b<'


# --- what cannot be drawn ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "analysis", "options", "message"),
    [
        ("pie", "main", {}, f"found kind pie, wanted one of: {', '.join(KINDS)}"),
        ("forest", None, {}, "found analysis None, wanted one of: main, strict"),
        ("funnel", "side", {}, "found analysis side, wanted one of: main, strict"),
        ("forest", "main", {"subgroup": "age"}, "found subgroup age, wanted one of: stage"),
        ("forest", "main", {"beside": "x"}, "found beside x, wanted one of: main, strict"),
        ("forest", "main", {"quality": "nos"}, "found quality nos, wanted one of: rob2"),
        ("forest", "main", {"part": "3"}, "found part 3, wanted one of: 1"),
        ("bubble", "main", {}, "found regression None, wanted one of: dose"),
        ("bubble", "strict", {"regression": "dose"},
         "found regression dose, wanted one, but there is none"),
        ("traffic", None, {"tool": "x"}, "found tool x, wanted one of: rob2"),
        ("influence", "strict", {}, "found no influence diagnostics of strict, wanted influence: "
         "true in its plan, and three studies"),
        ("cumulative", "thin", {}, "found no cumulative analysis of thin, wanted cumulative: with "
         "a field in its plan, and studies that report it"),
        ("leave_one_out", "thin", {}, "found no leave-one-out of thin, wanted leave_one_out: true "
         "in its plan, and two studies"),
        ("pools", None, {}, "found no reported pools, wanted some in data/published.yml"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_says_why(kind, analysis, options, message):
    review, findings = sample(3)
    if analysis == "thin":
        from dataclasses import replace

        thin = replace(findings.analyses["main"], id="thin", leave_one_out=(), cumulative=())
        findings = replace(findings, analyses={**findings.analyses, "thin": thin})
    with pytest.raises(TemplateError) as caught:
        layout(FigureRequest(kind, "x", analysis, options), review, findings)
    assert str(caught.value) == f"figure x: {message}"


# --- letters and axes ----------------------------------------------------------------------


def test_digits_have_one_width_and_letters_pull_together():
    assert len({text_width(digit) for digit in "0123456789"}) == 1
    assert text_width("To") < text_width("T") + text_width("o")
    assert text_width("0.89 (0.79)") == pytest.approx(sum(map(text_width, "0.89 (0.79)")), abs=1e-9)
    assert text_width("") == 0.0


def test_an_alphabet_that_the_fonts_lack_is_set_in_another_font_or_as_squares():
    assert set_text("Иванов").width > 0
    (one, _), (two, _) = set_text("中").glyphs[0], set_text("國").glyphs[0]
    assert one is two


@given(st.text("abc dé–2 ", max_size=80), st.floats(20, 200))
def test_wrapped_lines_hold_every_word_and_keep_the_width(text, width):
    lines = wrap(text, width)
    assert " ".join(lines).split() == text.split()
    assert all(text_width(line) <= width or " " not in line for line in lines)


def test_a_shortened_text_ends_in_an_ellipsis():
    assert shorten("Bergström-Lindqvist 1982", 200) == "Bergström-Lindqvist 1982"
    short = shorten("Bergström-Lindqvist 1982", 60)
    assert short.endswith("…")
    assert text_width(short) <= 60
    assert UNITS > 0


@given(st.floats(-5, 2.99), st.floats(0.02, 8))
def test_ticks_of_ratios_are_few_and_inside(low, span):
    lo, hi = math.exp(low), math.exp(low + span)
    ticks = ratio_ticks(lo, hi)
    assert len(ticks) <= 7
    assert list(ticks) == sorted(set(ticks))
    assert all(lo <= tick <= hi for tick in ticks)
    if lo <= 1 <= hi:
        assert 1 in ticks


@given(st.floats(-3, -0.05), st.floats(0.05, 3))
def test_an_axis_with_no_effect_inside_has_two_ticks_or_more(low, high):
    assert len(ratio_ticks(math.exp(low), math.exp(high))) >= 2


def test_ticks_span_an_axis_of_zero_cells():
    """From 0.004 to 64, as ratios of trials without events in an arm: no third of it is bare."""
    assert ratio_ticks(0.004, 64) == (0.01, 0.1, 1, 10)


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4), st.integers(3, 8))
def test_even_ticks_are_few_evenly_spaced_and_inside(lo, span, most):
    ticks = even_ticks(lo, lo + span, most)
    assert 1 <= len(ticks) <= most
    slack = 1e-6 * span + 1e-9
    assert all(lo - slack <= tick <= lo + span + slack for tick in ticks)
    steps = np.diff(ticks)
    assert np.allclose(steps, steps[:1], atol=1e-6 * span)


def test_ticks_are_written_with_a_true_minus_and_no_idle_zeros():
    assert tick_texts((0.25, 0.5, 1, 2)) == ["0.25", "0.5", "1", "2"]
    assert tick_texts((-0.5, 0.0, 1500.0)) == ["−0.5", "0", "1,500"]
    assert tick_texts((1e-5, 1.0)) == ["1e−05", "1"]


@given(
    st.lists(
        st.tuples(st.floats(-4, 4), st.floats(0.01, 5), st.floats(0.01, 5)), min_size=1, max_size=9
    )
)
def test_an_axis_shows_every_estimate_and_no_effect(values):
    rows = [tuple(math.exp(v) for v in (mid, mid - a, mid + b)) for mid, a, b in values]
    lo, hi = window(rows, True, 1.0)
    assert lo < 1 < hi
    assert all(lo < est < hi for est, _, _ in rows)


@given(st.floats(0.1, 0.9), st.floats(1.1, 9), st.floats(0.2, 5), st.booleans())
def test_a_place_leads_back_to_its_value(lo, hi, value, log):
    scale = Scale(lo, hi, 100, 300, log)
    assert scale.value(scale.at(value)) == pytest.approx(value)
    assert (scale.at(lo), scale.at(hi)) == (pytest.approx(100), pytest.approx(300))


@given(st.text(st.sampled_from("-->a&<! ]"), max_size=12))
def test_an_svg_is_xml_whatever_its_words_are(text: str) -> None:
    """The words stand in comments, which may hold no two hyphens."""
    sheet = Sheet("x", 100.0, 20.0)
    sheet.above.append(Writing(0.0, 10.0, text, 8.0, "regular", "#000000"))
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    tree = ET.fromstring(svg_of(sheet), parser)
    (comment,) = (one.text for one in tree.iter() if one.tag is ET.Comment)
    assert unescape(comment).replace(" ", "") == text.replace(" ", "")
