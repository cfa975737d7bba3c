"""What holds on every page in a real browser: opens, fits, is accessible, asks no other host."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from pages.ui.compose import typeset
from pages.ui.experiment import Experiment
from pages.ui.run import slow
from tests.browser.harness import drawn, settled
from tests.browser.test_tabs import arrived, controls, expected
from tests.house import EXPERIMENTS, TOPICS

AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text()

# The narrow navigation of Streamlit 1.67 nests its lists wrongly; nothing of ours is inside.
STREAMLITS_OWN = "[['[data-testid=stSidebarNav]']]"

PLACES = {"home": "/", "sheet": "/sheet"}
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


# what fades in has less contrast on its way
STILL = """() => document.getAnimations().every(
  (one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)"""

SHOWN = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  return {
    message: all('.sp-message').some((node) => node.checkVisibility()),
    says: document.querySelector('.sp-says').innerText,
    fails: all('.sp-fails').length,
    checks: all('.sp-checks li').length,
    formula: document.querySelector('.sp-formula').textContent,
    lit: all('.sp-preset[aria-pressed=true]').map((node) => node.innerText),
  };
}"""


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


def take(page: Page, name: str) -> None:
    """The page takes one look."""
    look = LOOKS[name]
    page.set_viewport_size(look["viewport"])
    page.emulate_media(color_scheme=look["color_scheme"])
    page.wait_for_timeout(300)


def seen_in(page: Page, name: str) -> None:
    """The page in one look fits, and axe has nothing serious to say."""
    take(page, name)
    assert overflow(page) <= 0, f"{name}: {overflow(page)} px too wide"
    page.wait_for_function(STILL)
    found = serious(page)
    if found:  # a fade can begin while axe reads
        page.wait_for_function(STILL)
        found = serious(page)
    assert not found, f"{name}:\n" + "\n".join(found)


@pytest.mark.parametrize("place", PLACES)
def test_a_door_fits_and_is_accessible_in_every_look(page, place, complaints, screenshot):
    take(page, "dark phone")
    visit(page, PLACES[place])
    assert page.locator("[data-testid=stException]").count() == 0
    for name in reversed(LOOKS):
        seen_in(page, name)
        screenshot(f"{place} {name}")
    assert not complaints


def here(noun: str) -> dict[str, Experiment]:
    """The experiments of a topic."""
    return {name: e for name, e in EXPERIMENTS.items() if name.startswith(f"{noun}/")}


@pytest.mark.parametrize("noun", TOPICS)
def test_every_experiment_opens_from_its_tab_and_draws(page, complaints, noun, request):
    """One visit of a topic on a dark phone, where most is too narrow or too faint.

    Of the first the last preset is clicked, and axe reads it, in every other topic in the light,
    wide; of the others a long run is left when its first picture is there. With --slow every preset
    of each is clicked, and axe reads each in every look.
    """
    every = request.config.getoption("--slow")
    take(page, "dark phone")
    visit(page, f"/{noun}")
    page.evaluate("window.__stage.autoplay = false")
    for number, (name, experiment) in enumerate(here(noun).items()):
        thorough = every or not number
        left = slow(experiment) and not thorough
        if number:
            before = page.evaluate("window.__stage.pictures")
            page.get_by_role("link", name=experiment.title, exact=True).click()
            begun(page, experiment, before) if left else arrived(page, experiment)
            assert controls(page) == expected(noun, experiment), f"{name}, by its tab"
        buttons = page.locator("button.sp-preset")
        names = [typeset(n) for n in experiment.presets if n not in experiment.misprints]
        path = [f"{place} {preset}" for place, preset in enumerate(names, 1)]
        expect(buttons).to_have_text(["⟲", *path])
        if not left:
            calm(page)
            sound(page, name)
        expect(page.locator(".sp-question")).to_be_visible()
        assert overflow(page) <= 0, f"{name}: {overflow(page)} px too wide"
        if not thorough:
            continue
        chosen = list(zip(buttons.all(), ["⟲", *path], strict=True))
        for button, text in chosen if every else chosen[-1:]:
            button.click()
            calm(page)
            lit = sound(page, f"{name}, {text}")
            assert text in ("⟲", *lit), f"{name}, {text}: {lit} lights up"
        for look in LOOKS if every else [("dark phone", "light")[TOPICS.index(noun) % 2]]:
            seen_in(page, look)
        take(page, "dark phone")
    assert not complaints


def begun(page: Page, experiment: Experiment, pictures: int) -> None:
    """The tab is turned to, and one more picture is drawn."""
    page.wait_for_function(
        "([slug, n]) => window.__stage.slug === slug && window.__stage.pictures > n",
        arg=[experiment.slug, pictures],
    )


def sound(page: Page, where: str) -> list[str]:
    """The picture speaks and its checks hold; the presets that light up, at most one."""
    shown = page.evaluate(SHOWN)
    assert not shown["message"], where
    assert shown["says"].strip(), where
    assert shown["fails"] == 0 < shown["checks"], where
    assert "@" not in shown["formula"], where
    assert len(shown["lit"]) < 2, f"{where}: {shown['lit']} light up"
    return shown["lit"]


def calm(page: Page) -> None:
    """Nothing is under way: no message, no run, no picture to come."""
    page.wait_for_function("!window.__stage.busy && !document.querySelector('.sp-veiled')")
    page.wait_for_timeout(80)
    page.wait_for_function("!window.__stage.busy && !document.querySelector('.sp-veiled')")


@pytest.mark.parametrize("look", [LOOKS["light"], LOOKS["dark"]], ids=["light", "dark"])
def test_the_theme_follows_the_system(page, look):
    visit(page, "/")
    colour = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    red, green, blue = (int(part) for part in colour.strip("rgba()").split(",")[:3])
    assert (red + green + blue > 3 * 128) == (look["color_scheme"] == "light"), colour


@pytest.mark.parametrize(("noun", "query"), list(zip(TOPICS, MALFORMED)))
def test_a_malformed_link_shows_the_page(page, noun, query):
    visit(page, f"/{noun}{query}")
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_role("heading").first.inner_text().strip()


def test_the_map_of_the_home_page_leads_to_every_topic(page, complaints):
    visit(page, "/")
    asked = {}
    for noun in TOPICS:
        href = page.locator(f".map a[href^='{noun}']").get_attribute("href")
        asked[noun] = parse_qs(urlsplit(href).query).get("exp", [None])[0]
        assert asked[noun] is None or asked[noun] in {e.slug for e in here(noun).values()}
    with_entry = next(noun for noun, slug in asked.items() if slug)
    for noun in (TOPICS[0], with_entry):
        visit(page, "/")
        page.locator(f".map a[href^='{noun}']").click()
        page.wait_for_url(f"**/{noun}*")
        drawn(page)
        first = next(iter(here(noun).values())).slug
        assert page.evaluate("window.__stage.slug") == (asked[noun] or first)
    assert not complaints
