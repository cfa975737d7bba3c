"""The figure itself: touch, keyboard, cover, paper, files, shapes and sizes of panels."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_cells import at, open_page, photograph
from tests.browser.test_stage import settle, values

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
BOWL = "/landscapes?exp=bowl&ask=0"


def more(page: Page) -> None:
    """Show every panel."""
    button = page.locator("[data-action=more]")
    if button.is_visible() and button.get_attribute("aria-expanded") == "false":
        button.click()
        page.wait_for_timeout(400)


def scrolled(page: Page) -> float:
    return page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")


class Finger:
    """One finger, as the browser itself hears it."""

    def __init__(self, page: Page):
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        told = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": told})

    def move(self, start: tuple, end: tuple, rest: int = 0, steps: int = 12) -> None:
        """From one place to another, after resting on the first for so many ms."""
        self.touch("Start", start)
        self.page.wait_for_timeout(rest)
        for n in range(1, steps + 1):
            share = n / steps
            self.touch("Move", tuple(a + share * (b - a) for a, b in zip(start, end, strict=True)))
            self.page.wait_for_timeout(16)
        self.touch("End")
        self.page.wait_for_timeout(400)


def numbers(page: Page) -> list[float]:
    return [float(v) for v in values(page)["v"].split()]


def bars(page: Page, opens: bool = True) -> tuple[float, float]:
    """Open the game on a phone; a place over the column of {1}, in the middle of the screen."""
    if opens:
        open_page(page, "/shapley?exp=game&ask=0")
        more(page)
    page.locator("[data-panel=bars]").evaluate("node => node.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)
    return at(page, "bars", 0.8, 1)


@pytest.mark.parametrize("look", [PHONE])
def test_a_swipe_scrolls_a_tap_sets_and_a_finger_that_rests_draws(page: Page, look: dict):
    x, y = bars(page)
    before, top, finger = numbers(page), scrolled(page), Finger(page)
    finger.move((x, y), (x, y - 150))
    assert scrolled(page) > top + 60
    assert numbers(page) == before, "a swipe edits nothing"

    x, y = bars(page, False)
    page.touchscreen.tap(x, y)
    page.wait_for_timeout(300)
    settle(page)
    after = numbers(page)
    changed = [i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert changed == [1]
    assert after[1] == pytest.approx(0.8, abs=0.1)

    x, y = bars(page, False)
    top = scrolled(page)
    finger.touch("Start", (x, y))
    page.wait_for_timeout(600)
    assert page.locator("[data-panel=bars] .sp-press.sp-drawing").is_visible()
    for n in range(1, 11):
        finger.touch("Move", (x, y - 4 * n))
        page.wait_for_timeout(16)
    finger.touch("End")
    settle(page)
    expect(page.locator("[data-panel=bars] .sp-press")).to_be_hidden()
    assert numbers(page)[1] > after[1] + 0.2
    assert abs(scrolled(page) - top) < 2


@pytest.mark.parametrize("look", [PHONE])
def test_handles_and_tools_are_large_enough_for_a_finger(page: Page, look: dict):
    open_page(page, BOWL)
    for selector in (".sp-main .sp-handle", ".sp-main .sp-tool >> nth=0"):
        box = page.locator(selector).bounding_box()
        assert box["width"] >= 40, selector
    x, y = (v + 60 for v in middle(page.locator(".sp-main .sp-handle")))
    before = values(page)
    Finger(page).move((x, y), (x, y - 120))
    assert values(page) == before, "a swipe beside the handle moves nothing"


def middle(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_tools_of_a_panel_are_one_stop_named_by_its_title(page: Page):
    open_page(page, BOWL)
    more(page)
    for panel in page.locator(".sp-panel").all():
        title = panel.locator("figcaption").inner_text()
        tools = panel.get_by_role("toolbar", name=title).get_by_role("button")
        assert [tool.get_attribute("aria-label") for tool in tools.all()] == [
            f"{name}: {title}" for name in ("Zoom in", "Zoom out", "Reset view")
        ]
        assert [tool.get_attribute("tabindex") for tool in tools.all()] == ["0", "-1", "-1"]
    tools = page.locator(".sp-main .sp-tool")
    tools.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tools.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(tools.nth(2)).to_be_focused()
    assert [tool.get_attribute("tabindex") for tool in tools.all()] == ["-1", "-1", "0"]


RANGES = """name => { const l = document.querySelector(`[data-panel=${name}] .sp-gd`)._fullLayout;
  return [l.xaxis.range, l.yaxis.range].flat(); }"""


def test_a_preset_brings_the_whole_picture_back(page: Page):
    open_page(page, BOWL)
    whole = page.evaluate(RANGES, "plane")
    zoom = page.locator(".sp-main").get_by_role("button", name=re.compile("Zoom in"))
    zoom.click()
    zoom.click()
    page.wait_for_timeout(300)
    assert page.evaluate(RANGES, "plane") != pytest.approx(whole)
    page.locator("button.sp-preset").nth(4).click()
    settle(page)
    page.wait_for_timeout(300)
    assert page.evaluate(RANGES, "plane") == pytest.approx(whole)


SHAPE = """name => { const {xaxis: x, yaxis: y} = document.querySelector(
  `[data-panel=${name}] .sp-gd`)._fullLayout;
  return [x._length / y._length, x.range, y.range, ...[x, y].map(a => a._vals.map(t => t.x))]; }"""


def test_a_long_picture_has_an_axis_box_of_its_shape(page: Page):
    open_page(page, "/convolution?exp=filter&ask=0")
    buffer = photograph("png", (300, 1200))
    file = {"name": "long.png", "mimeType": "image/png", "buffer": buffer}
    page.locator("input.sp-file").set_input_files([file])
    page.wait_for_function("window.__stage.values.picture.startsWith('own-')")
    settle(page)
    more(page)
    for name in ("output", "input"):
        ratio, (left, right), (low, high), across, down = page.evaluate(SHAPE, name)
        assert ratio == pytest.approx((right - left) / (low - high), rel=0.01)
        assert ratio == pytest.approx(4, rel=0.01)
        assert all(left <= tick <= right for tick in across)
        assert all(high <= tick <= low for tick in down)


TICKS = """[...document.querySelectorAll('.sp-panel')].map(panel => {
  const room = panel.querySelector('.sp-plotbox').getBoundingClientRect();
  const texts = [...panel.querySelectorAll('.xtick text, .ytick text, .xtitle, .ytitle')];
  const out = texts.filter(t => { const b = t.getBoundingClientRect(); return t.textContent &&
    (b.left < room.left - 1 || b.right > room.right + 1 || b.top < room.top - 1
      || b.bottom > room.bottom + 1); }).map(t => t.textContent);
  const sizes = new Set([...panel.querySelectorAll('.xtick text, .ytick text')].map(
    t => getComputedStyle(t).fontSize));
  return [panel.dataset.panel, out, [...sizes], panel.getBoundingClientRect().height]; })"""


@pytest.mark.parametrize(
    "place", ["landscapes?exp=sweep", "landscapes?exp=race", "cnn?exp=channels"]
)
def test_ticks_and_titles_are_whole_and_of_one_size(page: Page, place: str):
    open_page(page, f"/{place}&ask=0")
    more(page)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(900)
        for name, cut, sizes, height in page.evaluate(TICKS):
            assert not cut, f"{name} at {width}: {cut}"
            assert len(sizes) <= 1, f"{name} at {width}: {sizes}"
            assert height >= 140, f"{name} at {width}"


def test_what_a_question_covers_is_out_of_reach_and_the_run_waits(page: Page):
    page.goto("/landscapes")
    page.wait_for_selector(".sp-question .sp-option")
    page.wait_for_selector(".sp-main .sp-gd .main-svg")
    covered = page.locator(".sp-covered")
    assert covered.count() >= 1
    expect(covered.first.get_by_text("covered until you answer")).to_be_visible()
    assert covered.first.locator(".sp-plot").get_attribute("aria-label") is None
    assert covered.first.locator(".sp-plotbox").evaluate("node => node.inert")
    expect(covered.first.locator("figcaption")).to_be_hidden()
    page.wait_for_timeout(500)
    assert page.evaluate("window.__stage.frame") == 0
    page.get_by_role("button", name="Just show me").click()
    expect(page.locator(".sp-covered")).to_have_count(0)
    page.wait_for_function("window.__stage.frame > 0")
    expect(page.locator(".sp-main .sp-plot")).to_have_attribute("aria-label", re.compile(r"\w"))


def test_a_link_with_a_playhead_opens_there(page: Page):
    page.goto("/landscapes?ask=0#k=25")
    page.wait_for_selector(".sp-main .sp-gd .main-svg")
    page.wait_for_timeout(800)
    assert page.evaluate("window.__stage.frame") == 25


PAPER = """[...document.querySelectorAll('.sp-panel')].map(panel => {
  const box = panel.querySelector('.sp-plotbox').getBoundingClientRect();
  const over = panel.querySelector('.sp-over'), svg = panel.querySelector('.main-svg');
  return [Math.round(box.width), Math.round(box.height), over.width / devicePixelRatio,
    over.height / devicePixelRatio, +svg.getAttribute('width'), +svg.getAttribute('height')]; })"""


@pytest.mark.parametrize(
    "look", [{"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}]
)
def test_paper_gets_wide_panels_in_light_colours(page: Page, look: dict, tmp_path: Path):
    open_page(page, BOWL)
    more(page)
    screen = page.evaluate(PAPER)
    page.emulate_media(media="print")
    page.wait_for_timeout(300)
    tops = [panel.bounding_box()["y"] for panel in page.locator(".sp-panel").all()]
    assert all(b - a >= 300 for a, b in pairwise(tops)), "one a row"
    for width, height, *drawn in page.evaluate(PAPER):
        assert width == 660
        assert drawn == pytest.approx([width, height] * 2, abs=1)
    for gone in (".sp-controls", ".sp-player", ".sp-actions", ".sp-tools-small", "header"):
        expect(page.locator(gone).first).to_be_hidden()
    for kept in (".sp-says", ".sp-formula", ".sp-checks"):
        expect(page.locator(kept)).to_be_visible()
    text = page.locator(".sp-main .xtick text").first.evaluate(
        "node => getComputedStyle(node).fill"
    )
    assert sum(map(int, re.findall(r"\d+", text)[:3])) < 200, "dark on white"
    page.emulate_media(media="screen")
    page.wait_for_timeout(400)
    assert page.evaluate(PAPER) == screen
    page.pdf(path=tmp_path / "page.pdf", format="A4")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    assert "sp-print" not in page.evaluate("document.documentElement.className")


def test_files_hold_title_settings_address_labels_and_arrows(page: Page, tmp_path: Path):
    open_page(page, "/landscapes?kappa=30&start=diag&ask=0")
    got = {}
    page.on("download", lambda file: got.update({file.suggested_filename: file}))
    for kind in ("svg", "png"):
        page.locator(f"[data-action={kind}]").click()
        page.wait_for_timeout(2500)
    shown = [panel.get_attribute("data-panel") for panel in page.locator(".sp-panel").all()]
    assert {f"saddlepoint-bowl.{kind}" for kind in ("svg", "png")} <= set(got)
    assert {f"saddlepoint-bowl-{name}.svg" for name in shown} <= set(got) or len(shown) == 1
    whole = tmp_path / "bowl.svg"
    got["saddlepoint-bowl.svg"].save_as(whole)
    text = whole.read_text()
    for part in (
        "The bowl",
        "condition number κ = 30",
        "kappa=30",
        "−∇f",
        "to x*",
        "The bowl from above",
    ):
        assert part in text, part
    assert text.count("<svg") == len(shown) + 1
    picture = tmp_path / "bowl.png"
    got["saddlepoint-bowl.png"].save_as(picture)
    with Image.open(picture) as image:
        assert image.width == 1896


@pytest.mark.parametrize("look", [{"viewport": {"width": 1920, "height": 1080}}])
def test_the_lecture_hall_reads_larger_figures(page: Page, look: dict):
    sizes = {}
    for view in ("", "&view=stage"):
        page.goto("/")
        page.goto(BOWL + view)
        page.wait_for_selector(".sp-main .sp-gd .main-svg")
        page.wait_for_timeout(500)
        sizes[view] = page.evaluate(
            "[...document.querySelectorAll('.sp-main .xtick text, .sp-main .xtitle, "
            ".sp-main figcaption')].map(node => parseFloat(getComputedStyle(node).fontSize))"
        )
        handle = page.locator(".sp-main .sp-handle").bounding_box()
        sizes[view].append(handle["width"])
    small, large = sizes[""], sizes["&view=stage"]
    assert max(large[:-1]) == pytest.approx(1.8 * max(small[:-1]), rel=0.02)
    assert min(large[:-1]) == pytest.approx(1.8 * min(small[:-1]), rel=0.02)
    assert large[-1] > 1.5 * small[-1]


def test_the_frame_stays_on_the_bar_that_was_dragged(page: Page):
    open_page(page, "/shapley?exp=game&ask=0")
    more(page)
    page.mouse.move(*at(page, "bars", 0.4, 3))
    page.mouse.down()
    page.mouse.move(*at(page, "bars", 0.9, 3), steps=6)
    page.mouse.up()
    settle(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    cursor = page.locator("[data-panel=bars] .sp-cursor")
    expect(cursor).to_be_visible()
    box = cursor.bounding_box()
    assert box["x"] < at(page, "bars", 0, 3)[0] < box["x"] + box["width"]
