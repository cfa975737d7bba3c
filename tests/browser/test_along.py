"""A matrix taken along opens another experiment with it."""

from playwright.sync_api import Page, expect

from tests.browser.harness import drawn


def test_the_matrix_of_the_bowl_opens_the_sensitivity_of_a_system(page: Page, complaints):
    page.goto("/landscapes?exp=bowl&kappa=4&ask=0")
    drawn(page)
    page.locator(".sp-along summary").click()
    expect(page.locator(".sp-carried")).to_contain_text("(1 0; 0 4)")
    page.locator(".sp-along a", has_text="Sensitivity").click()
    drawn(page)
    for name, value in {"a11": "1", "a12": "0", "a21": "0", "a22": "4"}.items():
        expect(page.locator(f"[data-param={name}] input.sp-field")).to_have_value(value)
    expect(page.locator(".sp-question")).to_be_hidden()
    assert not complaints


def test_what_shows_no_matrix_offers_nothing(page: Page):
    page.goto("/probability?exp=moments&ask=0")
    drawn(page)
    expect(page.locator(".sp-says")).not_to_be_empty()
    expect(page.locator(".sp-along")).to_be_hidden()
