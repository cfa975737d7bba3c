"""Readiness: not before it is warm, not without workers, and with every file of weights."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from core import jobs
from deploy import process
from tests.browser.harness import ROOT, serve


def readyz(url: str) -> tuple[int, dict]:
    try:
        with urlopen(url + "/readyz", timeout=120) as reply:
            return reply.status, json.load(reply)
    except HTTPError as error:
        return error.code, json.load(error)


def test_a_server_says_that_it_is_not_warm_and_then_that_it_is():
    with serve(SADDLEPOINT_WARM="beside") as server:
        seen = [readyz(server.url)]
        until = time.monotonic() + 240
        while seen[-1][0] != 200 and time.monotonic() < until:
            time.sleep(0.05)
            seen.append(readyz(server.url))
    assert seen[0] == (503, {"ready": False, "faults": {"warm": "not yet"}})
    assert seen[-1] == (200, {"ready": True, "faults": {}})


def test_warming_up_loads_every_file_of_weights():
    program = """
import numpy
read, load = [], numpy.load
numpy.load = lambda path, *args, **more: (read.append(str(path)), load(path, *args, **more))[1]
from pathlib import Path
from pages.ui import warm
warm.start().join()
wanted = {path.name for path in Path("assets/weights").glob("*.npz")}
assert not warm.faults(), warm.faults()
assert wanted <= {Path(path).name for path in read}, wanted - {Path(path).name for path in read}
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def nursery() -> int:
    """The process that the workers of this one are forked from."""
    threads = Path(f"/proc/{os.getpid()}/task").iterdir()  # any of them may have started it
    own = [pid for thread in threads for pid in (thread / "children").read_text().split()]
    lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in own}
    return next(pid for pid, line in lines.items() if b"forkserver" in line)


def test_workers_that_do_not_come_are_no_answer_and_cost_no_thread_each(monkeypatch):
    assert jobs.answer()
    assert jobs.counts() == (0, 0)
    monkeypatch.setattr(jobs, "PATIENCE", 1.0)
    os.kill(nursery(), signal.SIGSTOP)
    try:
        before = threading.active_count()
        assert not any([jobs.answer() for _ in range(5)])
        assert threading.active_count() <= before + 1
    finally:
        os.kill(nursery(), signal.SIGCONT)
    monkeypatch.undo()
    until = time.monotonic() + 120
    while not jobs.answer() and time.monotonic() < until:
        time.sleep(0.05)
    assert jobs.answer()


def test_settings_of_streamlit_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_BASE_URL_PATH", "course/lab")
    monkeypatch.setenv("STREAMLIT_SERVER_MAX_UPLOAD_SIZE", "7")
    monkeypatch.setenv("STREAMLIT_SERVER_COOKIE_SECRET", "not for the command line")
    found = process.settings()
    assert found["server.baseUrlPath"] == "course/lab" and found["server.maxUploadSize"] == 7
    assert "server.cookieSecret" not in found
    assert process.parsed("true") is True and process.parsed('["a"]') == ["a"]
