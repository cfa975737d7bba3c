"""The stage under a real finger: drag, click, zoom, play, share, refuse."""

import re
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Download, Locator, Page, expect

STAGE = "JSON.parse(JSON.stringify(window.__stage))"


def open_stage(page: Page, query: str = "?ask=0") -> None:
    """Open the landscapes page without its question and wait until its picture stands still."""
    page.goto(f"/landscapes{query}")
    page.wait_for_selector(".sp-main .sp-gd .main-svg")
    page.wait_for_function("window.__stage.pictures > 0")
    page.evaluate("window.__stage.autoplay = false")
    end = page.locator("[data-play=end]")
    if end.is_visible():
        end.click()


def settle(page: Page) -> None:
    """Wait until nothing is under way between browser and server."""
    page.wait_for_function("!window.__stage.busy")
    page.wait_for_timeout(120)


def values(page: Page) -> dict:
    return page.evaluate("window.__stage.values")


def query(page: Page) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(urlsplit(page.url).query).items()}


def middle(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def start_handle(page: Page) -> Locator:
    return page.locator(".sp-main .sp-handle")


def set_field(page: Page, name: str, text: str) -> None:
    field = page.locator(f"[data-param={name}] input.sp-field")
    field.fill(text)
    field.press("Enter")
    settle(page)


def drag(page: Page, x: float, y: float, dx: float, dy: float, steps: int = 25) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(1, steps + 1):
        page.mouse.move(x + dx * i / steps, y + dy * i / steps)
        page.wait_for_timeout(12)
    page.mouse.up()


def test_dragging_the_start_moves_it_under_the_pointer_with_one_history_entry(page: Page):
    open_stage(page)
    before, entries = page.evaluate(STAGE), page.evaluate("history.length")
    x, y = middle(start_handle(page))
    drag(page, x, y, -90, 40)
    settle(page)
    page.wait_for_function("location.search.includes('x0=')")
    after = page.evaluate(STAGE)
    assert middle(start_handle(page)) == pytest.approx((x - 90, y + 40), abs=1.5)
    assert after["sent"] - before["sent"] >= 3, "the picture followed while the finger moved"
    assert after["mounts"] == before["mounts"]
    assert page.evaluate("history.length") == entries + 1
    assert query(page)["start"] == "free"
    assert float(query(page)["x0"]) == values(page)["x0"]


def test_without_the_short_way_a_drag_goes_through_the_page(page: Page):
    page.route("**/live/*", lambda route: route.abort())
    open_stage(page)
    before = page.evaluate(STAGE)
    x, y = middle(start_handle(page))
    drag(page, x, y, -90, 40)
    settle(page)
    assert middle(start_handle(page)) == pytest.approx((x - 90, y + 40), abs=1.5)
    assert page.evaluate("window.__stage.sent") - before["sent"] >= 3


def test_the_handle_is_exact_on_a_zoomed_plot(page: Page):
    open_stage(page)
    page.locator(".sp-main").get_by_role("button", name=re.compile("Zoom in")).click()
    page.wait_for_timeout(400)
    page.evaluate(
        "window.Plotly.relayout(document.querySelector('.sp-main .sp-gd'),"
        "{'xaxis.range': [0.5, 1.5], 'yaxis.range': [0.4, 1.4]})"
    )
    page.wait_for_timeout(400)
    x, y = middle(start_handle(page))
    drag(page, x, y, -120, 60)
    settle(page)
    assert middle(start_handle(page)) == pytest.approx((x - 120, y + 60), abs=1.5)


def test_zoom_and_plot_survive_thirty_interactions(page: Page):
    open_stage(page)
    page.evaluate(
        "window.kept = document.querySelector('.sp-main .sp-gd .main-svg');"
        "window.Plotly.relayout(document.querySelector('.sp-main .sp-gd'),"
        "{'xaxis.range': [-0.5, 1.2], 'yaxis.range': [-0.8, 0.9]})"
    )
    page.wait_for_timeout(300)
    ranges = "(() => { const l = document.querySelector('.sp-main .sp-gd')._fullLayout;"
    ranges += "return [...l.xaxis.range, ...l.yaxis.range]; })()"
    zoomed, before = page.evaluate(ranges), page.evaluate(STAGE)
    slider = page.locator("[data-param=lr_L] input[type=range]")
    slider.focus()
    for _ in range(30):
        slider.press("ArrowLeft")
        page.wait_for_timeout(25)
    settle(page)
    after = page.evaluate(STAGE)
    assert page.evaluate(ranges) == pytest.approx(zoomed)
    assert after["mounts"] == before["mounts"]
    assert page.evaluate("window.kept.isConnected")
    assert values(page)["lr_L"] < 1.9802


def test_the_slider_never_jumps_back_under_the_finger(page: Page):
    open_stage(page)
    slider = page.locator("[data-param=kappa] input[type=range]")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], y)
    page.mouse.down()
    seen = []
    for i in range(60):
        page.mouse.move(box["x"] + box["width"] * (0.3 + 0.5 * i / 60), y)
        page.wait_for_timeout(10)
        seen.append(float(slider.input_value()))
    page.mouse.up()
    assert all(later >= earlier for earlier, later in pairwise(seen))
    settle(page)
    assert float(slider.input_value()) == seen[-1]


def test_a_click_sets_the_start_and_a_double_click_does_not(page: Page):
    open_stage(page)
    x, y = middle(page.locator(".sp-main .sp-plot"))
    page.mouse.click(x + 70, y - 50)
    page.wait_for_function("location.search.includes('start=free')")
    settle(page)
    assert middle(start_handle(page)) == pytest.approx((x + 70, y - 50), abs=1.5)
    held = values(page)
    page.mouse.dblclick(x - 60, y + 30)
    page.wait_for_timeout(600)
    assert values(page) == held


def test_arrow_keys_move_the_handle_and_write_one_entry(page: Page):
    open_stage(page)
    entries = page.evaluate("history.length")
    start_handle(page).focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_function("location.search.includes('x0=')")
    settle(page)
    now = values(page)
    assert now["x0"] < 1.0
    assert now["y0"] < 0.95
    assert page.evaluate("history.length") == entries + 1


def test_the_player_plays_steps_and_scrubs_without_a_message(page: Page):
    open_stage(page)
    sent = page.evaluate("window.__stage.sent")
    page.locator("[data-play=start]").click()
    assert page.evaluate("window.__stage.frame") == 0
    page.locator("[data-play=step]").click()
    page.locator("[data-play=step]").click()
    page.locator("[data-play=back]").click()
    assert page.evaluate("window.__stage.frame") == 1
    expect(page.locator(".sp-readout")).to_contain_text("k = 1")
    page.locator("[data-play=play]").click()
    page.wait_for_function("window.__stage.frame > 5")
    page.locator("[data-play=play]").click()
    held = page.evaluate("window.__stage.frame")
    page.wait_for_timeout(200)
    assert page.evaluate("window.__stage.frame") == held
    page.locator(".sp-scrub").fill("100")
    assert page.evaluate("window.__stage.frame") == 100
    assert page.evaluate("window.__stage.sent") == sent


@pytest.mark.parametrize("look", [{"reduced_motion": "reduce"}])
def test_reduced_motion_jumps_to_the_end(page: Page, look: dict):
    open_stage(page)
    page.locator("[data-play=start]").click()
    page.locator("[data-play=play]").click()
    page.wait_for_timeout(80)
    assert page.evaluate("window.__stage.frame") == 400


def test_a_link_reproduces_the_picture_and_back_restores_it(page: Page):
    open_stage(page, "?kappa=30&lr_L=1.2&start=free&x0=-0.75&y0=0.5")
    assert {"kappa": 30, "lr_L": 1.2, "x0": -0.75, "y0": 0.5}.items() <= values(page).items()
    said = page.locator(".sp-says").inner_text()
    set_field(page, "kappa", "200")
    assert query(page)["kappa"] == "200"
    page.go_back()
    page.wait_for_function("window.__stage.values.kappa === 30")
    expect(page.locator(".sp-says")).to_have_text(said)
    page.go_forward()
    page.wait_for_function("window.__stage.values.kappa === 200")


def test_a_refused_value_is_answered_in_words_and_nothing_is_lost(page: Page):
    open_stage(page)
    set_field(page, "kappa", "0.5")
    message = page.locator(".sp-message")
    expect(message).to_be_visible()
    expect(message).to_contain_text("expected condition number κ in [1, 10000], got 0.5")
    assert page.locator("[data-param=kappa] input.sp-field").input_value() == "0.5"
    assert page.locator(".sp-panel").count() > 1, "the last good picture stays"
    set_field(page, "kappa", "50")
    expect(message).to_be_hidden()


def test_presets_set_everything_and_the_url(page: Page):
    open_stage(page)
    for preset in page.locator("button.sp-preset[aria-pressed]").all():
        preset.click()
        settle(page)
        expect(preset).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".sp-message")).to_be_hidden()
        assert page.locator(".sp-fails").count() == 0
    page.locator("button.sp-preset", has_text="beyond 2/L").click()
    page.wait_for_function("location.search.includes('lr_L=2.02')")
    expect(page.locator(".sp-says")).to_contain_text("iverge")


def test_set_to_optimum_and_theory_ticks(page: Page):
    open_stage(page, "?kappa=9&lr_L=0.4")
    page.locator("[data-param=lr_L] button.sp-optimum").click()
    settle(page)
    assert values(page)["lr_L"] == pytest.approx(1.8)
    page.locator("[data-param=lr_L] button.sp-tick", has_text=re.compile("^1/L$")).click()
    settle(page)
    assert values(page)["lr_L"] == 1


def test_pins_are_kept_in_the_link_and_can_be_removed(page: Page):
    open_stage(page)
    page.locator("[data-action=pin]").click()
    expect(page.locator(".sp-pin")).to_have_count(1)
    set_field(page, "kappa", "20")
    page.locator("[data-action=pin]").click()
    expect(page.locator(".sp-pin")).to_have_count(2)
    page.wait_for_function("location.search.includes('pin=')")
    link = urlsplit(page.url).query
    open_stage(page, f"?{link}")
    expect(page.locator(".sp-pin")).to_have_count(2)
    page.get_by_role("button", name="remove pin 1").click()
    expect(page.locator(".sp-pin")).to_have_count(1)


def named(download: Download, ending: str) -> bool:
    return download.suggested_filename.endswith(ending)


def test_downloads_hold_the_figure_the_data_and_the_code(page: Page, tmp_path: Path):
    open_stage(page)
    for action, sign in (
        ("svg", b"<svg"),
        ("png", b"\x89PNG"),
        ("csv", b"\xef\xbb\xbfpanel,series,index"),
    ):
        # each panel is a file of its own, and the last of them may come late
        mine = partial(named, ending=f".{action}")
        with page.expect_download(mine) as caught:
            page.locator(f"[data-action={action}]").click()
        target = tmp_path / action
        caught.value.save_as(target)
        assert target.read_bytes().startswith(sign)
    assert len((tmp_path / "csv").read_text().splitlines()) > 400
    page.locator(".sp-code summary").click()
    with page.expect_download(partial(named, ending=".py")) as caught:
        page.locator("[data-action=py]").click()
    caught.value.save_as(tmp_path / "code.py")
    assert "kappa=100.0" in (tmp_path / "code.py").read_text()


@pytest.mark.parametrize(
    "look", [{"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}]
)
def test_a_phone_shows_figure_and_controls_without_sideways_scrolling(page: Page, look: dict):
    open_stage(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    main, controls = page.locator(".sp-main").bounding_box(), page.locator(".sp-controls")
    assert main["width"] > 340
    expect(controls).to_be_visible()
    handle = start_handle(page).bounding_box()
    assert handle["width"] >= 24, "a finger can hit it"
    page.touchscreen.tap(*[v - 40 for v in middle(start_handle(page))])
    page.wait_for_function("location.search.includes('start=free')")
