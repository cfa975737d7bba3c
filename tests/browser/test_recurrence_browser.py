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
    # below the axis it is the mirror image; on its left half the angle, rounded, is not beyond π
    for x, y in ((-0.3, 0.4), (0.6, -0.8), (-0.9, 0.0)):
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
    assert values["angle"] <= 3.1416
    expect(page.locator(".sp-message")).to_be_hidden()
    assert f"angle={values['angle']:.10g}" in page.url
