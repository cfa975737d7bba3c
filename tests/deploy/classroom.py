"""The classroom server as an operator starts it, for tests."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy import nginx
from deploy.figures import free_port
from tests.browser.harness import ROOT

PATIENCE = 240  # seconds: no test may fail because a machine is slow

needs_nginx = pytest.mark.skipif(
    not shutil.which(nginx.PROGRAM), reason="nginx is not installed (apt install nginx-light)"
)


@dataclass(frozen=True)
class Classroom:
    """A running server: where it answers and shows figures, its process, what it has logged."""

    url: str
    metrics: str
    process: subprocess.Popen
    log: Path

    def events(self, event: str, what: str = "") -> list[dict]:
        """The lines of the log about an event, or about one of one process."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        found = [line for line in lines if line.get("event") == event]
        return [line for line in found if not what or line["what"] == what]

    def pid(self, what: str) -> int:
        """The newest process of a name."""
        return self.events("started", what)[-1]["pid"]

    def wait(self, event: str, what: str = "", times: int = 1) -> None:
        """Until an event has been logged so many times."""
        until = time.monotonic() + PATIENCE
        while len(self.events(event, what)) < times:
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError(f"no {event} {what}:\n{self.log.read_text()[-6000:]}")
            time.sleep(0.05)


def figures(classroom: Classroom) -> dict[tuple, float]:
    """Name, process or what, and state, part or status -> value."""
    with urlopen(classroom.metrics, timeout=PATIENCE) as reply:
        families = list(text_string_to_metric_families(reply.read().decode()))
    samples = [sample for family in families for sample in family.samples]
    return {(each.name, *sorted(each.labels.values())): each.value for each in samples}


class Visitor:
    """Somebody with a browser's cookies."""

    def __init__(self, url: str, trusted: Path | None = None):
        self.url, self.jar = url, CookieJar()
        handlers = [HTTPCookieProcessor(self.jar)]
        if trusted:
            handlers.append(HTTPSHandler(context=ssl.create_default_context(cafile=trusted)))
        self._opener = build_opener(*handlers)

    def ask(self, page: str = "", body: bytes | None = None, **headers: str) -> "Answer":
        """GET, or POST with a body."""
        try:
            reply = self._opener.open(Request(self.url + page, body, headers), timeout=PATIENCE)
        except HTTPError as error:
            reply = error
        with reply:
            return Answer(reply.status, reply.headers, reply.read())


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes


@contextmanager
def serve(
    *options: str, processes: int = 2, port: int = 0, scheme: str = "http", **settings: str
) -> Iterator[Classroom]:
    """A server with these options, once it is ready; ended by SIGTERM if it still runs."""
    port, figures = port or free_port(), free_port()
    command = [sys.executable, "-m", "deploy.serve", "--address", "127.0.0.1"]
    command += ["--port", str(port), "--metrics", f"127.0.0.1:{figures}"]
    command += ["--processes", str(processes), *options]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        env = os.environ | {"SADDLEPOINT_FILES": str(Path(folder) / "files")} | settings
        with log.open("w") as sink:
            process = subprocess.Popen(command, cwd=ROOT, stderr=sink, env=env)
        url, where = f"{scheme}://127.0.0.1:{port}", f"http://127.0.0.1:{figures}/metrics"
        classroom = Classroom(url, where, process, log)
        try:
            classroom.wait("ready")
            yield classroom
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
