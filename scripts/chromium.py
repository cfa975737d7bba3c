"""Make sure that the browser tests have a Chromium: the system's, Debian's, or playwright's."""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

from tests.browser.harness import chromium, launch


def works() -> bool:
    """Whether a Chromium is there and starts."""
    try:
        with sync_playwright() as playwright:
            launch(playwright).close()
    except Error:
        return False
    return True


def apt() -> list[str] | None:
    """How to call apt-get without being asked for a password, if that is possible."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo") and quiet(["sudo", "-n", "true"]):
        return ["sudo", "-n", "apt-get"]
    return None


def quiet(command: list[str]) -> bool:
    """Run a command without a word; whether it succeeded."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def attempts() -> list[list[str]]:
    """Commands that may provide a Chromium, in order."""
    download = [sys.executable, "-m", "playwright", "install", "chromium"]
    if get := apt():
        install = [*get, "install", "-y", "--no-install-recommends"]
        packages = [[*install, "chromium-headless-shell"], [*install, "chromium"]]
        return [[*get, "update"], *packages, [*download, "--with-deps"]]
    return [download]


def main() -> int:
    if works():
        return 0
    for command in attempts():
        print("$", *command, flush=True)
        subprocess.run(command, check=False)
        if works():
            return 0
    print(
        f"saddlepoint: no working Chromium (found: {chromium() or 'none'}). Install Chromium or "
        "Google Chrome so that it is on the PATH, then run make test again.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
