"""The doors for files on a real server below a base path, which is how schools often serve it."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import shelf
from deploy.figures import free_port
from pages.ui import serve
from tests.browser.harness import ROOT, Server, wait_healthy
from tests.files import png

pytestmark = pytest.mark.xdist_group("doors")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[Server, Path]]:
    """The app below /school/lab, and the folder of its files."""
    folder = tmp_path_factory.mktemp("files")
    port, log = free_port(), folder.parent / "doors.log"
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    options.append("--server.baseUrlPath=/school/lab/")
    with log.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *options],
            cwd=ROOT,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=os.environ | {shelf.VARIABLE: str(folder)},
        )
    running = Server(f"http://127.0.0.1:{port}/school/lab", process, log)
    try:
        wait_healthy(running, 240)
        yield running, folder
    finally:
        process.kill()
        process.wait()


def asked(server: Server, door: str, body: bytes | None = None) -> tuple[int, str]:
    """Status and text of GET, or of POST where there is a body."""
    try:
        with urllib.request.urlopen(f"{server.url}/{door}", data=body, timeout=60) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def test_a_table_and_a_picture_are_kept_in_the_folder(server):
    running, folder = server
    for door, body, ending in (
        ("table", b"a;b\n1;2,5\n", "csv"),
        ("picture", png(2, 2, bytes(6)), "png"),
    ):
        status, name = asked(running, door, body)
        assert (status, name[:4]) == (200, "own-")
        assert (folder / f"{name}.{ending}").exists()


def test_a_bad_file_is_refused_in_its_own_words_and_a_large_one_with_its_own_size(server):
    running, _ = server
    assert asked(running, "table", b"a,b\n1\n") == (
        400,
        "expected 2 cells in every row as in the first, got 1 in row 2",
    )
    assert asked(running, "picture", b"GIF89a")[0] == 400
    for door, what in (("table", "CSV file of at most 2 MB"), ("picture", "picture file of at mo")):
        status, told = asked(running, door, bytes(40_000_000))
        assert status == 413 and what in told and told.endswith("got 40.0 MB")


def test_the_short_way_and_the_files_of_the_app_answer_there_too(server):
    running, _ = server
    assert asked(running, "live/landscapes", b"{}")[0] == 400  # reached, and not understood
    for name in ("stage.js", "katex.min.css"):
        status, text = asked(running, serve.url(name))
        assert status == 200 and "<!doctype" not in text[:200].lower()
    assert asked(running, "landscapes")[0] == 200


def test_above_the_base_path_there_is_no_door(server):
    running, _ = server
    above = Server(running.url.removesuffix("/school/lab"), running.process, running.log)
    assert asked(above, "table", b"a\n1\n")[0] in (404, 405)


def test_the_folder_is_there_after_the_server_is_gone(server):
    running, folder = server
    _, name = asked(running, "table", b"after,it\n1,2\n")
    running.process.kill()
    running.process.wait()
    script = f"from core.sheets import sheet; print(sheet('{name}').names)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {shelf.VARIABLE: str(folder)},
    )
    assert done.stdout.strip() == "('after', 'it')"
