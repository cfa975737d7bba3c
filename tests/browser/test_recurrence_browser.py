"""The eigenvalue pad under a real finger."""

import math

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import drawn

PLACE = """([x, y]) => {
    const gd = document.querySelector('.sp-main .sp-gd'), box = gd.getBoundingClientRect();
    const { xaxis: X, yaxis: Y } = gd._fullLayout;
    return [box.x + X._offset + X.l2p(x), box.y + Y._offset + Y.l2p(y)];
}"""


def test_an_eigenvalue_is_dragged_by_size_and_angle(page: Page):
    page.goto("/recurrence?exp=pad&ask=0")
    drawn(page)
    at = (0.95 * math.cos(0.3), 0.95 * math.sin(0.3))
    for x, y in ((-0.3, 0.4), (0.6, -0.8)):  # below the axis it is the mirror image
        page.mouse.move(*page.evaluate(PLACE, list(at)))
        page.mouse.down()
        for share in (0.3, 0.7, 1.0):
            way = [a + share * (b - a) for a, b in zip(at, (x, y))]
            page.mouse.move(*page.evaluate(PLACE, way))
            page.wait_for_timeout(50)
        page.mouse.up()
        page.wait_for_function(
            "m => Math.abs(window.__stage.values.modulus - m) < 0.02", arg=math.hypot(x, y)
        )
        values = page.evaluate("window.__stage.values")
        assert values["modulus"] == pytest.approx(math.hypot(x, y), abs=0.02)
        assert values["angle"] == pytest.approx(abs(math.atan2(y, x)), abs=0.03)
        at = (x, abs(y))


def test_on_the_left_half_of_the_axis_the_angle_is_not_beyond_its_range(page: Page):
    page.goto("/recurrence?exp=pad&modulus=0.5&angle=0&ask=0")
    drawn(page)
    page.locator(".sp-main .sp-handle").focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")  # a tenth of the panel, to λ = −0.31
    page.wait_for_function("location.search.includes('angle=3')")
    page.wait_for_function("!window.__stage.busy")
    values = page.evaluate("window.__stage.values")
    assert values["modulus"] == pytest.approx(0.31, abs=0.01)
    assert values["angle"] == 3.1416  # π rounded to three places would be 3.142
    expect(page.locator(".sp-message")).to_be_hidden()
