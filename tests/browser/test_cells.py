"""Cells under a real pointer: hover, click, paint, a dragged weight, a played window, an upload."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_stage import middle, query, settle, values


def open_page(page: Page, address: str) -> None:
    """Open an experiment without its question and wait until its picture stands still."""
    page.goto(address if "ask=" in address else f"{address}{'&' if '?' in address else '?'}ask=0")
    page.wait_for_selector(".sp-main .sp-gd .main-svg")
    page.wait_for_function("window.__stage.pictures > 0")
    page.evaluate("window.__stage.autoplay = false")
    pause = page.locator("[data-play=play][aria-label=pause]")
    if pause.count():
        pause.click()
    settle(page)


def at(page: Page, panel: str, row: float, column: float) -> tuple[float, float]:
    """Where a cell of a panel is on the screen."""
    return tuple(
        page.evaluate(
            """([panel, i, j]) => {
                const gd = document.querySelector(`[data-panel=${panel}] .sp-gd`);
                const {xaxis: x, yaxis: y} = gd._fullLayout, box = gd.getBoundingClientRect();
                return [box.x + x._offset + x.l2p(j), box.y + y._offset + y.l2p(i)];
            }""",
            [panel, row, column],
        )
    )


FILTER = "/convolution?exp=filter"


def test_hovering_shows_a_pixel_and_leaving_goes_back(page: Page):
    open_page(page, FILTER)
    entries, before = page.evaluate("history.length"), values(page)
    said = page.locator(".sp-says").inner_text()
    page.mouse.move(*at(page, "output", 200, 300))
    page.wait_for_function(f"window.__stage.values.row !== {before['row']}")
    settle(page)
    assert values(page)["row"] == pytest.approx(200, abs=2)
    assert values(page)["col"] == pytest.approx(300, abs=2)
    expect(page.locator(".sp-says")).not_to_have_text(said)
    page.mouse.move(5, 5)
    settle(page)
    assert values(page) == before
    expect(page.locator(".sp-says")).to_have_text(said)
    assert page.evaluate("history.length") == entries


def test_a_click_keeps_the_pixel_in_the_link_and_arrow_keys_move_it_by_one_cell(page: Page):
    open_page(page, FILTER)
    page.mouse.click(*at(page, "output", 100, 50))
    page.wait_for_function("location.search.includes('row=')")
    page.mouse.move(5, 5)
    settle(page)
    assert int(query(page)["row"]) == values(page)["row"] == pytest.approx(100, abs=2)
    before = values(page)
    page.locator("[data-panel=output] .sp-plot").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    settle(page)
    page.wait_for_function(f"location.search.includes('row={before['row'] + 2}')")
    assert values(page)["row"] == before["row"] + 2
    assert values(page)["col"] == before["col"] + 1


def test_a_tap_on_a_knob_changes_nothing_and_a_drag_does(page: Page):
    open_page(page, "/importance?exp=board&tables=0.3+0.2+0.9+0.4+0.6")
    before, entries = values(page), page.evaluate("history.length")
    knob = page.locator("[data-panel=board] .sp-handle").first
    sent = page.evaluate("window.__stage.sent")
    x, y = middle(knob)
    page.mouse.click(x, y)
    page.wait_for_timeout(300)
    settle(page)
    assert values(page) == before, "the tables that were drawn stay"
    assert page.evaluate("window.__stage.sent") == sent
    assert page.evaluate("history.length") == entries
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(*at(page, "board", 0.2, -0.5), steps=6)
    page.mouse.up()
    settle(page)
    assert values(page)["held"] == "AB"
    assert values(page)["tables"] == ""


def test_a_photograph_follows_a_weight_that_is_dragged(page: Page):
    open_page(page, FILTER + "&kernel=own")
    before = page.evaluate("JSON.parse(JSON.stringify(window.__stage))")
    cell = page.locator(".sp-cell").nth(4)
    x, y = middle(cell)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(30):
        page.mouse.move(x, y - 3 * step)
        page.wait_for_timeout(30)
    moving = page.evaluate("window.__stage.sent") - before["sent"]
    page.mouse.up()
    settle(page)
    assert moving >= 5, "the picture followed while the finger moved"
    assert float(values(page)["h"].split(",")[1].split()[1]) > 0.5
    assert page.evaluate("window.__stage.mounts") == before["mounts"]


def test_a_cell_that_is_no_number_is_named_and_kept(page: Page):
    open_page(page, FILTER + "&kernel=own")
    cell = page.locator(".sp-cell").nth(1)
    cell.fill("abc")
    cell.press("Enter")
    settle(page)
    expect(page.locator(".sp-message")).to_contain_text("row 1, column 2")
    assert cell.input_value() == "abc"
    cell.fill("0,5")
    cell.press("Enter")
    settle(page)
    expect(page.locator(".sp-message")).to_be_hidden()
    assert values(page)["h"].split()[1] == "0.5", "a comma is a decimal point too"


def test_a_signal_is_drawn_with_the_pointer(page: Page):
    open_page(page, "/convolution?exp=matrix")
    before = values(page)["x"].split()
    entries = page.evaluate("history.length")
    page.mouse.move(*at(page, "x", 2, 3))
    page.mouse.down()
    page.mouse.move(*at(page, "x", 2, 6), steps=8)
    page.mouse.up()
    settle(page)
    page.wait_for_function("location.search.includes('x=')")
    after = values(page)["x"].split()
    assert [float(v) for v in after[3:7]] == pytest.approx([2] * 4, abs=0.5)
    assert after[:3] == before[:3]
    assert page.evaluate("history.length") == entries + 1


def test_a_stroke_in_a_picture_that_can_also_be_pointed_at_stays(page: Page):
    open_page(page, FILTER + "&picture=drawn")
    before = values(page)
    page.mouse.move(*at(page, "input", 3, 7))
    page.wait_for_timeout(200)
    page.mouse.down()
    page.mouse.move(*at(page, "input", 3, 10), steps=6)
    page.mouse.up()
    page.mouse.move(5, 5)
    settle(page)
    page.wait_for_function("location.search.includes('drawing=')")
    row = values(page)["drawing"].split(",")[3].split()
    assert row[7:11] == ["1"] * 4
    assert {**values(page), "drawing": before["drawing"]} == before, "only the drawing changed"


def test_the_player_moves_the_window(page: Page):
    open_page(page, "/cnn?exp=shapes")
    start = values(page)["cell"]
    page.locator("[data-play=step]").click()
    settle(page)
    assert values(page)["cell"] == start + 1
    page.locator("[data-play=play]").click()
    page.wait_for_function(f"window.__stage.values.cell > {start + 3}")
    page.locator("[data-play=play]").click()
    page.wait_for_function("location.search.includes('cell=')")
    stopped = values(page)["cell"]
    page.wait_for_timeout(600)
    assert values(page)["cell"] == stopped


def test_a_sample_of_a_result_is_pointed_at_from_any_height(page: Page):
    open_page(page, "/convolution?exp=slide&k=3")
    said = page.locator(".sp-says").inner_text()
    page.mouse.move(*at(page, "result", 0.2, 7))
    page.wait_for_function("window.__stage.values.k === 7")
    settle(page)
    expect(page.locator(".sp-says")).not_to_have_text(said)
    page.mouse.move(5, 5)
    page.wait_for_function("window.__stage.values.k === 3")


def photograph(kind: str, size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype="u1")
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def test_a_student_filters_a_picture_of_their_own(page: Page):
    open_page(page, FILTER)
    file = {"name": "me.webp", "mimeType": "image/webp", "buffer": photograph("webp", (90, 120))}
    page.locator("input.sp-file").set_input_files([file])
    page.wait_for_function("window.__stage.values.picture.startsWith('own-')")
    settle(page)
    expect(page.locator(".sp-message")).to_be_hidden()
    expect(page.locator("[data-param=picture] select")).to_have_value(values(page)["picture"])
    page.reload()
    page.wait_for_function("window.__stage?.pictures > 0")
    assert values(page)["picture"].startswith("own-")


def test_a_file_that_is_no_picture_gets_one_sentence(page: Page):
    open_page(page, FILTER)
    before, good = values(page), page.locator("button.sp-preset").first
    half = photograph("png", (40, 40))[:200]
    for buffer in (b"this is no picture", b"", half, b"<svg xmlns='a'/>"):
        file = {"name": "holiday.png", "mimeType": "image/png", "buffer": buffer}
        page.locator("input.sp-file").set_input_files([file])
        expect(page.locator(".sp-message")).to_contain_text("expected")
        assert values(page) == before
        assert page.locator(".sp-main .sp-panel").count() == 1, "the last good picture stays"
        good.click()
        expect(page.locator(".sp-message")).to_be_hidden()


def test_a_lost_picture_is_asked_for_again(page: Page):
    page.goto(FILTER + "&picture=own-0123456789ab")
    page.wait_for_selector(".sp-message")
    expect(page.locator(".sp-message")).to_contain_text("again")
    page.locator("button.sp-preset").first.click()
    page.wait_for_selector(".sp-main .sp-gd .main-svg")
    expect(page.locator(".sp-message")).to_be_hidden()
