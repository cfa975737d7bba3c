"""A real server and a real Chromium, for the browser tests and for the latency benchmark."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from deploy.figures import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180_000  # ms: no test may fail because a machine is slow

# the first one has no windows of its own to draw, which saves a third of the time
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


def chromium() -> str | None:
    """The system's Chromium or Chrome; None leaves the choice to playwright's own download."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def launch(
    playwright: Playwright, profile: Path | None = None, **look: object
) -> Browser | BrowserContext:
    """A headless Chromium that keeps to itself; with a profile its one context, kept there."""
    if profile is None:
        return playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
    return playwright.chromium.launch_persistent_context(
        profile, executable_path=chromium(), args=list(FLAGS), **look
    )


@dataclass(frozen=True)
class Server:
    """A running app: where it answers, its process, and the file it logs to."""

    url: str
    process: subprocess.Popen
    log: Path


@contextmanager
def serve(app: str | Path = "app.py", patience: float = 240, **env: str) -> Iterator[Server]:
    """Run `streamlit run app` from the repository root until the block ends.

    Jobs claim the processor like everybody, as at the lowest claim they would take minutes on a
    busy machine; `env` may say otherwise.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        command = [sys.executable, "-m", "streamlit", "run", str(app)]
        options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
        with log.open("w") as sink:
            process = subprocess.Popen(
                command + options,
                cwd=ROOT,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONPATH": str(ROOT), "SADDLEPOINT_NICE": "0"} | env,
            )
        try:
            server = Server(f"http://127.0.0.1:{port}", process, log)
            wait_healthy(server, patience)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_healthy(server: Server, patience: float) -> None:
    """Return once the server answers; say what it logged if it does not."""
    until = time.monotonic() + patience
    while time.monotonic() < until and server.process.poll() is None:
        try:
            with urllib.request.urlopen(server.url + "/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise RuntimeError("the server did not start:\n" + server.log.read_text()[-4000:])


def settled(page: Page, timeout: float = PATIENCE) -> None:
    """Wait until Streamlit has run its script and no run is under way."""
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-script-state="notRunning"]',
        state="attached",
        timeout=timeout,
    )
    page.wait_for_selector('[data-testid="stMainBlockContainer"] > *', timeout=timeout)


def drawn(page: Page, timeout: float = PATIENCE) -> None:
    """Wait until the stage of a topic has drawn its first picture."""
    settled(page, timeout)
    page.wait_for_selector(".sp-stage .sp-panel", timeout=timeout)
    page.wait_for_function("window.__stage?.pictures > 0", timeout=timeout)


def off_host(urls: list[str], server: Server) -> list[str]:
    """Which of the requested addresses are not the server's."""
    home = urlsplit(server.url).netloc
    return [
        url
        for url in urls
        if urlsplit(url).scheme not in ("data", "blob", "about") and urlsplit(url).netloc != home
    ]
