"""One server and one Chromium for all browser tests, a fresh page for each."""

import os
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.harness import PATIENCE, ROOT, Server, launch, off_host, serve

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """The app as `make run` starts it."""
    with serve() as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def look() -> dict:
    """How the browser presents itself; tests override it by parametrising `look`."""
    return {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}


@pytest.fixture
def page(browser: Browser, server: Server, look: dict) -> Iterator[Page]:
    """A page on its own; it fails the test if it asked anything of another host."""
    context = browser.new_context(base_url=server.url, **look)
    context.set_default_timeout(PATIENCE)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    tab.on("websocket", lambda socket: asked.append(socket.url))
    yield tab
    context.close()
    assert not off_host(asked, server), "the page asked another host"


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Errors the page wrote to the console, and exceptions nobody caught.

    On a page other than the first Streamlit looks for its server one level too deep at first.
    """
    heard: list[str] = []

    def listen(said: ConsoleMessage) -> None:
        if said.type == "error" and "/_stcore/" not in said.location["url"]:
            heard.append(said.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def screenshot(page: Page, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """screenshot(name) keeps a picture in ./screens when SCREENS=1, else does nothing."""

    def shoot(name: str = "") -> None:
        if os.environ.get("SCREENS"):
            stem = re.sub(r"[^\w.-]+", "-", name or request.node.name).strip("-")
            (ROOT / "screens").mkdir(exist_ok=True)
            page.screenshot(path=ROOT / "screens" / f"{stem}.png")

    return shoot
