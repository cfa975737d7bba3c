"""A link of the formula sheet opens the preset that it names: a few of them, all with --slow."""

from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from core.statements import coverage, load, sections
from pages.topics import experiments
from pages.ui.compose import typeset
from tests.browser.harness import drawn, settled
from tests.browser.test_house_browser import calm, sound

FOLLOWED = 24


def some(prefixes: Iterable[str]) -> list[object]:
    """Every fifth; the others are slow."""
    return [
        pytest.param(prefix, marks=[pytest.mark.slow] if i % 5 else [])
        for i, prefix in enumerate(prefixes)
    ]


@pytest.mark.parametrize("prefix", some(sections()))
def test_the_links_of_a_section_open_what_they_say(page: Page, complaints, prefix, request):
    alive = coverage(experiments()).alive
    ids = [id for id, s in load().items() if s.section == prefix and id in alive]
    page.goto(f"/sheet?section={sections()[prefix]}")
    settled(page)
    links = page.locator("[class*='st-key-links-'] a")
    usual = {id: [s for s in alive[id] if s.preset not in s.experiment.misprints][:3] for id in ids}
    expect(links).to_have_count(sum(len(showings) for showings in usual.values()))
    found = dict(zip(links.evaluate_all("all => all.map(a => a.href)"), links.all_inner_texts()))
    every = 1 if request.config.getoption("--slow") else FOLLOWED
    for href, text in list(found.items())[::every]:
        page.goto(href)
        drawn(page)
        calm(page)
        noun, slug = urlsplit(href).path.strip("/"), parse_qs(urlsplit(href).query)["exp"][0]
        (experiment,) = (e for e in experiments()[noun] if e.slug == slug)
        assert experiment.title in text
        if "ask=" in href and "ask=0" not in href:
            expect(page.locator(".sp-question")).to_be_visible()
            continue
        lit = sound(page, href)
        preset = text.partition(": ")[2].strip()
        assert not preset or any(each.endswith(typeset(preset)) for each in lit), (href, lit)
    assert not complaints
