"""What holds on every page in a real browser: opens, fits, is accessible, asks no other host."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.harness import drawn, settled
from tests.house import EXPERIMENTS, TOPICS

AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text()

# The narrow navigation of Streamlit 1.67 nests its lists wrongly; nothing of ours is inside.
STREAMLITS_OWN = "[['[data-testid=stSidebarNav]']]"

PLACES = {
    "home": "/",
    "sheet": "/sheet",
    **{noun: f"/{noun}" for noun in TOPICS},
    **{name: f"/{name.replace('/', '?exp=')}" for name in EXPERIMENTS},
}
LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    "dark phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}

MALFORMED = (
    "?exp=no-such-experiment",
    "?exp=%00&kappa=nan&lr=&steps=1e999",
    "?kappa=%3Cscript%3Ealert(1)%3C/script%3E&exp=%F0%9F%92%A5",
    "?" + "&".join(f"p{number}=%ff" for number in range(300)),
)


def visit(page: Page, address: str) -> None:
    """Open a page and wait until there is something to see."""
    page.goto(address)
    drawn(page) if address[1:].startswith(tuple(TOPICS)) else settled(page)


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate(
        "Math.max(...[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(node => node.scrollWidth - node.clientWidth))"
    )


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(
        f"axe.run({{exclude: {STREAMLITS_OWN}}}, {{resultTypes: ['violations']}})"
    )
    return [
        f"{each['id']}: {node['target']}: {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_fits_and_is_accessible_in_every_look(page, place, complaints, screenshot):
    visit(page, PLACES[place])
    assert page.locator("[data-testid=stException]").count() == 0
    # every page in every look; what its experiments add is seen in the two extremes
    looks = ("light", "dark phone") if place in EXPERIMENTS else LOOKS
    for name in looks:
        look = LOOKS[name]
        page.set_viewport_size(look["viewport"])
        page.emulate_media(color_scheme=look["color_scheme"])
        page.wait_for_timeout(400)
        screenshot(f"{place} {name}")
        assert overflow(page) <= 0, f"{name}: {overflow(page)} px too wide"
        assert not serious(page), f"{name}:\n" + "\n".join(serious(page))
    assert not complaints


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_preset_draws_says_and_holds(page, complaints, screenshot, name):
    visit(page, PLACES[name])
    page.evaluate("window.__stage.autoplay = false")
    buttons = page.locator("button.sp-preset")
    assert buttons.count() == 1 + len(EXPERIMENTS[name].presets)
    for button in buttons.all():
        button.click()
        page.wait_for_function("!window.__stage.busy", timeout=20_000)
        page.wait_for_function("!document.querySelector('.sp-veiled')", timeout=30_000)
        page.wait_for_timeout(120)
        assert not page.locator(".sp-message").is_visible()
        assert page.locator(".sp-says").inner_text().strip()
        assert page.locator(".sp-fails").count() == 0
        assert page.locator(".sp-checks tbody tr").count() > 0
        screenshot(f"{name}-{button.inner_text()}")
    assert not complaints


@pytest.mark.parametrize("look", [LOOKS["dark phone"]], ids=["dark phone"])
@pytest.mark.parametrize("place", ["home", "sheet", *TOPICS])
def test_a_page_opens_on_a_dark_phone(page, place, complaints):
    visit(page, PLACES[place])
    assert overflow(page) <= 0
    assert not complaints


@pytest.mark.parametrize("look", [LOOKS["light"], LOOKS["dark"]], ids=["light", "dark"])
def test_the_theme_follows_the_system(page, look):
    visit(page, "/")
    colour = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    red, green, blue = (int(part) for part in colour.strip("rgba()").split(",")[:3])
    assert (red + green + blue > 3 * 128) == (look["color_scheme"] == "light"), colour


@pytest.mark.parametrize("query", MALFORMED, ids=range(len(MALFORMED)))
@pytest.mark.parametrize("noun", TOPICS)
def test_a_malformed_link_shows_the_page(page, noun, query):
    visit(page, f"/{noun}{query}")
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_role("heading").first.inner_text().strip()


@pytest.mark.parametrize("noun", TOPICS)
def test_the_navigation_leads_to_every_topic(page, noun):
    visit(page, f"/{noun}")
    topic = page.get_by_role("heading").first.inner_text()
    visit(page, "/")
    page.locator(f".map a[href$='{noun}']").click()
    page.wait_for_url(f"**/{noun}*")
    drawn(page)
    assert page.get_by_role("heading").first.inner_text() == topic
