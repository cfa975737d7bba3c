"""Long runs as a class meets them: drawn while they go on, waiting, killed, left alone."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import PATIENCE, Server
from tests.house import EXPERIMENTS
from tests.jobs.test_jobs import until

RUN = "/landscapes?exp=network&data=digits&steps={}&seed={}"
SLUGS = ("studio", "latent")
UNDER_WAY = re.compile("step|curvature|plane")  # which of them is seen depends on the machine


def workers(server: Server) -> list[int]:
    """The processes in which jobs run: grandchildren of the server, forked from one that waits."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    children = {pid for pid, parent in parents.items() if parent == server.process.pid}
    return [pid for pid, parent in parents.items() if parent in children]


@pytest.fixture
def others(browser: Browser, server: Server) -> Iterator[list[Page]]:
    """Two more students."""
    contexts = [browser.new_context(base_url=server.url) for _ in "12"]
    for context in contexts:
        context.set_default_timeout(PATIENCE)
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def test_a_run_is_drawn_while_it_goes_on_and_ends_in_words(page: Page, complaints):
    page.goto(RUN.format(150, 11))
    drawn = page.locator(".sp-message.sp-strip")
    expect(drawn).to_contain_text(UNDER_WAY)
    expect(page.locator(".sp-main .sp-gd .main-svg").first).to_be_visible()
    expect(page.locator(".sp-veiled")).to_have_count(0)
    expect(page.locator(".sp-says")).to_contain_text("network reaches loss")
    expect(page.locator(".sp-message")).to_be_hidden()
    assert not complaints


def test_a_killed_run_is_a_sentence_and_costs_nobody_else_anything(
    page: Page, server: Server, others: list[Page], figure
):
    other = others[0]
    page.goto(RUN.format(150, 12))
    until(lambda: workers(server))
    (mine, *_) = workers(server)
    other.goto(RUN.format(150, 13))
    expect(other.locator(".sp-message")).to_be_visible()
    os.kill(mine, signal.SIGKILL)
    began = time.monotonic()
    expect(page.locator(".sp-message")).to_contain_text("its process ended before the result")
    figure("a training's process is killed: on the page after", time.monotonic() - began, "s")
    expect(other.locator(".sp-says")).to_contain_text("network reaches loss")
    page.get_by_role("button", name="Run again").click()
    expect(page.locator(".sp-says")).to_contain_text("network reaches loss")


def test_who_leaves_a_run_for_another_tab_finds_it_alive_and_the_run_goes_on_later(page: Page):
    """Six times, at other moments: a snapshot and the change of tab may come at once."""
    page.goto("/gan?exp=latent&ask=0")
    page.wait_for_function("window.__stage?.pictures > 0")
    tab = page.locator(".sp-tabs a")
    studio, latent = (tab.filter(has_text=EXPERIMENTS[f"gan/{s}"].title) for s in SLUGS)
    for pause in range(0, 600, 100):
        studio.click()
        page.wait_for_function("window.__stage.slug === 'studio'")
        expect(page.locator(".sp-message")).not_to_contain_text("Stopped")
        page.wait_for_timeout(pause)
        latent.click()
        page.wait_for_function("window.__stage.slug === 'latent' && !window.__stage.busy")


def test_who_closes_the_tab_leaves_no_work_behind(server: Server, others: list[Page]):
    for seed, other in zip((14, 15), others, strict=True):
        other.goto(RUN.format(400, seed))
        expect(other.locator(".sp-message")).to_be_visible()
    until(lambda: workers(server))
    for other in others:
        other.close()
    until(lambda: not workers(server))
