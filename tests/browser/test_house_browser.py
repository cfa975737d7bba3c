"""What holds on every page in a real browser: opens, fits, is accessible, asks no other host."""

from pathlib import Path

import pytest

from tests.browser.harness import settled
from tests.test_house import EXPERIMENTS, TOPICS

AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text()

PLACES = {
    "home": "/",
    "sheet": "/sheet",
    **{noun: f"/{noun}" for noun in TOPICS},
    **{name: f"/{name.replace('/', '?exp=')}" for name in EXPERIMENTS},
}
ROOMS = {name: address for name, address in PLACES.items() if "/" not in name}

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


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
@pytest.mark.parametrize("place", PLACES)
def test_every_page_opens_and_fits(page, place, complaints, screenshot):
    page.goto(PLACES[place])
    settled(page)
    assert page.locator("[data-testid=stException]").count() == 0
    width, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    main = page.evaluate(
        "(() => { const m = document.querySelector('[data-testid=stMain]');"
        " return [m.scrollWidth, m.clientWidth] })()"
    )
    screenshot()
    assert width <= room, f"{width - room} px wider than the window"
    assert main[0] <= main[1], f"{main[0] - main[1]} px wider than the page"
    assert not complaints


@pytest.mark.parametrize("look", [LOOKS["light"], LOOKS["dark phone"]], ids=["light", "dark phone"])
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_serious(page, place):
    page.goto(PLACES[place])
    settled(page)
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        f"{each['id']}: {each['help']}: {node['target']}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    assert not serious, "\n".join(serious)


@pytest.mark.parametrize("look", [LOOKS["light"], LOOKS["dark"]], ids=["light", "dark"])
def test_the_theme_follows_the_system(page, look):
    page.goto("/")
    settled(page)
    colour = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    red, green, blue = (int(part) for part in colour.strip("rgba()").split(",")[:3])
    assert (red + green + blue > 3 * 128) == (look["color_scheme"] == "light"), colour


@pytest.mark.parametrize("query", MALFORMED, ids=range(len(MALFORMED)))
@pytest.mark.parametrize("noun", TOPICS)
def test_a_malformed_link_shows_the_page(page, noun, query):
    page.goto(f"/{noun}{query}")
    settled(page)
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_role("heading").first.inner_text().strip()


@pytest.mark.parametrize("noun", TOPICS)
def test_the_navigation_leads_to_every_topic(page, noun):
    page.goto(f"/{noun}")
    settled(page)
    topic = page.get_by_role("heading").first.inner_text()
    page.goto("/")
    settled(page)
    page.locator(f"a[href$='/{noun}']").first.click()
    page.wait_for_url(f"**/{noun}")
    settled(page)
    assert page.get_by_role("heading").first.inner_text() == topic
