"""The landscapes page: refusals, Stop, the third dimension, the rate map, one step opened."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_stage import drag, middle, open_stage, settle, values

HOSTILE = (
    "__import__('os').system('id')",
    "().__class__",
    "x.y",
    "9**9**9**9",
    "lambda: 1",
    "import os",
)


def test_a_hostile_formula_gets_one_sentence(page: Page):
    open_stage(page, "?exp=wild&landscape=own")
    field = page.locator("[data-param=formula] input")
    for text in HOSTILE:
        field.fill(text)
        field.press("Enter")
        settle(page)
        expect(page.locator(".sp-message")).to_contain_text("expected")
        assert field.input_value() == text, "nothing the student typed is lost"
    field.fill("x^2 + 3*y^2 + sin(x*y)")
    field.press("Enter")
    settle(page)
    expect(page.locator(".sp-message")).to_be_hidden()


def test_a_long_run_can_be_stopped_and_run_again(page: Page):
    page.goto("/landscapes?exp=network&data=digits&steps=400&seed=7")
    page.locator(".sp-message").get_by_role("button", name="Stop").click()
    again = page.get_by_role("button", name="Run again")
    expect(again).to_be_visible()
    again.click()
    page.wait_for_selector(".sp-main .sp-gd .main-svg")
    expect(page.locator(".sp-says")).to_contain_text("network reaches loss")


def test_the_surface_keeps_its_camera_while_the_run_changes(page: Page):
    page.set_viewport_size({"width": 640, "height": 480})  # drawn by the processor here
    open_stage(page, "?exp=wild&view=3-D&steps=100")
    eye = "document.querySelector('.sp-main .sp-gd')._fullLayout.scene._scene.getCamera().eye.x"
    x, y = middle(page.locator(".sp-main .sp-plot"))
    drag(page, x, y, 60, 20, steps=6)  # each is half a second
    page.wait_for_timeout(500)
    turned, mounts = page.evaluate(eye), page.evaluate("window.__stage.mounts")
    slider = page.locator("[data-param=steps] input[type=range]")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    settle(page)
    assert values(page)["steps"] > 100
    assert page.evaluate(eye) == pytest.approx(turned)
    assert page.evaluate("window.__stage.mounts") == mounts


def test_dragging_the_cursor_on_the_rate_map_changes_the_run(page: Page):
    open_stage(page, "?exp=ball&ask=0")
    said = page.locator(".sp-says").inner_text()
    before = values(page)
    x, y = middle(page.locator(".sp-side .sp-handle").first)
    drag(page, x, y, 40, 15)
    settle(page)
    now = values(page)
    assert now["lr_L"] > before["lr_L"]
    assert now["beta"] < before["beta"]
    expect(page.locator(".sp-says")).not_to_have_text(said)


def test_one_step_opens_phase_by_phase_with_the_numbers_in_the_formula(page: Page):
    page.goto("/landscapes?exp=glass&ask=0")
    page.wait_for_selector(".sp-formula .katex")
    phases = page.locator(".sp-phases button")
    assert phases.all_inner_texts() == ["gradient", "m", "v", "corrected", "move"]
    phases.first.click()
    expect(phases.first).to_have_attribute("aria-pressed", "true")
    shown = page.locator(".sp-formula").inner_text()
    for _ in range(5):
        page.locator("[data-play=step]").click()
    assert page.evaluate("window.__stage.frame") == 1
    page.wait_for_timeout(200)
    assert page.locator(".sp-formula").inner_text() != shown


def test_a_mark_beyond_the_slider_does_not_draw_it_there(page: Page):
    open_stage(page, "?exp=ball&method=nesterov&ask=0")  # steep walls swing from β = 1 on
    box = page.locator("[data-param=beta] input[type=range]").bounding_box()
    y = box["y"] + box["height"] / 2
    drag(page, box["x"] + 0.9 * box["width"], y, 0.1 * box["width"] - 2, 0, steps=10)
    settle(page)
    assert values(page)["beta"] == 0.999
    expect(page.locator(".sp-message")).to_be_hidden()
