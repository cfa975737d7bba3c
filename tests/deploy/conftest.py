"""One server of two processes and one Chromium for all tests of this folder."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.harness import PATIENCE, launch
from tests.deploy.classroom import Classroom, serve

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def classroom() -> Iterator[Classroom]:
    with serve() as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A visitor's page, with cookies of its own."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800},
        ignore_https_errors=True,
        http_credentials={"username": "ada", "password": "lovelace"},
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
