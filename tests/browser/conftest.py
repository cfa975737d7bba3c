"""One server and one Chromium for all browser tests, a fresh page for each.

Pages of the usual look share what the browser has fetched and compiled, nearly half the work of a
first visit; what a page has stored is cleared before the next.
"""

import os
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.harness import PATIENCE, ROOT, Server, launch, off_host, serve

expect.set_options(timeout=PATIENCE)
LOOK = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """The app as `make run` starts it."""
    with serve() as running:
        yield running


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = launch(playwright)
    yield chromium
    chromium.close()


@pytest.fixture
def look() -> dict:
    """How the browser presents itself; tests override it by parametrising `look`."""
    return LOOK


@pytest.fixture(scope="package")
def usual(
    playwright: Playwright, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """A browser of the usual look that keeps on disk what it has fetched and compiled."""
    context = launch(playwright, tmp_path_factory.mktemp("profile"), base_url=server.url, **LOOK)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, server: Server, look: dict) -> Iterator[Page]:
    """A page on its own; it fails the test if it asked anything of another host."""
    if look == LOOK:
        context = request.getfixturevalue("usual")
    else:
        context = request.getfixturevalue("browser").new_context(base_url=server.url, **look)
        context.set_default_timeout(PATIENCE)
    asked: list[str] = []

    def hear(sent: Request) -> None:
        asked.append(sent.url)

    context.on("request", hear)
    tab = context.new_page()
    tab.on("websocket", lambda socket: asked.append(socket.url))
    yield tab
    if look == LOOK:
        forget(context, server)
        context.remove_listener("request", hear)
    else:
        context.close()
    assert not off_host(asked, server), "the page asked another host"


def forget(context: BrowserContext, server: Server) -> None:
    """Close every page but the first, which is blank, and clear what they stored."""
    blank, *others = context.pages
    for each in others:
        each.close()
    stored = "local_storage,cookies,indexeddb,cache_storage,service_workers"
    told = {"origin": server.url, "storageTypes": stored}
    context.new_cdp_session(blank).send("Storage.clearDataForOrigin", told)


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
