"""One host, two processes behind nginx: what a class and its operator see."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from core import refusal
from core.headers import HEADERS
from pages.ui import store
from tests.browser.harness import ROOT, drawn
from tests.deploy.classroom import PATIENCE, Classroom, Visitor, figures, needs_nginx

pytestmark = [needs_nginx, pytest.mark.xdist_group("serve")]

BOWL = json.dumps(
    {"slug": "bowl", "who": "a", "seq": 1, "rev": 0, "p": {}, "pins": [], "have": [], "words": True}
).encode()


def test_both_processes_serve_and_a_visitor_stays_with_one(classroom):
    served = []
    for _ in range(6):
        visitor = Visitor(classroom.url)
        answers = [visitor.ask(page) for page in ("/", "/landscapes", "/_stcore/health")]
        answers += [visitor.ask("/live/landscapes", BOWL) for _ in range(3)]
        assert [answer.status for answer in answers] == [200] * 6
        assert len({answer.headers["X-Served-By"] for answer in answers}) == 1
        served.append(answers[0].headers["X-Served-By"])
    assert sorted(set(served)) == ["0", "1"]
    assert served.count("0") == 3, "one address, as of a school, is spread evenly"


def test_a_forged_cookie_leads_to_some_process(classroom):
    for value in ("7", "../1", "everyone", "1=1", ""):
        answer = Visitor(classroom.url).ask("/", Cookie=f"saddlepoint={value}")
        assert answer.status == 200 and answer.headers["X-Served-By"] in ("0", "1")


def test_all_processes_are_of_one_session(classroom):
    """Linux weighs niceness within a session only: a training steps back behind every page."""
    apps = [classroom.pid(f"app-{n}") for n in range(2)]
    assert {os.getsid(pid) for pid in apps} == {os.getsid(classroom.process.pid)}


def test_it_says_that_it_is_ready(classroom):
    answer = Visitor(classroom.url).ask("/readyz")
    assert answer.status == 200 and json.loads(answer.body) == {"ready": True, "faults": {}}


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics/",
        "//_stcore//metrics",
        "/%5fstcore/metrics",
        "/_stcore/./metrics?families=active_sessions",
        "/_stcore/health/../metrics",
        "/_stcore/script-health-check",
    ],
)
def test_what_streamlit_tells_of_itself_is_closed(classroom, path):
    where = urlsplit(classroom.url)
    with socket.create_connection((where.hostname, where.port)) as line:  # the path as it is
        line.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        assert line.makefile("rb").readline().split()[1] == b"404"


def test_every_answer_has_the_headers_of_the_house(classroom):
    visitor = Visitor(classroom.url)
    script = visitor.ask("/").body.decode().partition('src="./')[2].partition('"')[0]
    for page in ("/", f"/{script}", "/readyz", "/live/nothing"):
        headers = visitor.ask(page).headers
        for name, value in HEADERS.items():
            assert headers.get_all(name) == [value]
        assert headers["Server"] == "nginx"


def test_scripts_are_packed_once_and_kept_by_nginx(classroom):
    visitor = Visitor(classroom.url)
    script = visitor.ask("/").body.decode().partition('src="./')[2].partition('"')[0]
    plain = visitor.ask(f"/{script}")
    packed = visitor.ask(f"/{script}", **{"Accept-Encoding": "gzip"})
    assert plain.status == 200 and "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 2
    assert "max-age" in packed.headers["Cache-Control"]


def test_files_arrive_and_too_large_ones_are_refused_in_a_sentence(classroom):
    visitor = Visitor(classroom.url)
    kept = visitor.ask("/table", b"a,b\n1,2\n3,4\n" * 30)
    assert kept.status == 200 and kept.body.startswith(b"own-")
    refused = visitor.ask("/picture", bytes(21_000_000))
    assert refused.status == 413 and refused.body == b"expected a file of at most 20 MB"
    assert visitor.ask("/picture", bytes(9_000_000)).body.startswith(b"expected a PNG")


def test_a_class_at_one_address_is_not_slowed_down(classroom):
    """Three hundred who open a page at once."""
    visitors = [Visitor(classroom.url) for _ in range(300)]
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda each: each.ask("/_stcore/health").status, visitors))
    assert answers == [200] * 300


def test_the_figures_of_both_processes_are_on_one_private_address(classroom, tab):
    before = figures(classroom)
    tab.goto(classroom.url + "/landscapes?exp=bowl")
    drawn(tab)
    process = cookie(tab)
    tab.request.post(classroom.url + "/live/landscapes", data=BOWL)
    found = figures(classroom)
    assert found["saddlepoint_sessions", process] >= 1
    for part in ("page", "stage"):
        name = ("saddlepoint_rerun_seconds_count", *sorted((process, part)))
        assert found[name] > before[name]
    assert found["saddlepoint_picture_seconds_count", process, "200"] >= 1
    for number in ("0", "1"):
        assert found["process_resident_memory_bytes", number] > 100e6
        for state in ("running", "queued"):
            assert found["saddlepoint_jobs", number, state] == 0
        assert found["saddlepoint_up", f"app-{number}"] == 1
    assert b"saddlepoint_sessions" not in Visitor(classroom.url).ask("/metrics").body


def cookie(tab: Page) -> str:
    """The process that a tab belongs to."""
    return next(c["value"] for c in tab.context.cookies() if c["name"] == "saddlepoint")


def test_a_killed_process_costs_its_visitors_nothing_that_is_in_the_address(classroom, tab, figure):
    """What is not in the address is lost, and the page says so."""
    tabs = [tab, *(tab.context.new_page() for _ in range(2))]
    for each in tabs:
        each.goto(classroom.url + "/landscapes?exp=bowl&kappa=30&lr_L=1.5")
        drawn(each)
        expect(each.get_by_text(store.FORGOTTEN)).to_have_count(0)
    mine = cookie(tab)
    os.kill(classroom.pid(f"app-{mine}"), signal.SIGKILL)
    began = time.monotonic()
    for each in tabs:
        each.get_by_text(store.FORGOTTEN).wait_for()
    figure("a process is killed under 3 pages: all are back after", time.monotonic() - began, "s")
    assert cookie(tab) != mine
    slider = tab.get_by_role("slider").first
    slider.press("ArrowRight")
    tab.wait_for_function("!/kappa=30(&|$)/.test(location.search)")
    assert "lr_L=1.5" in tab.url
    classroom.wait("answers", f"app-{mine}", 2)
    died = classroom.events("died", f"app-{mine}")
    assert [event["code"] for event in died] == [-signal.SIGKILL]
    assert figures(classroom)["saddlepoint_deaths_total", f"app-{mine}"] == 1
    again = Visitor(classroom.url).ask("/readyz", Cookie=f"saddlepoint={mine}")
    assert again.status == 200 and again.headers["X-Served-By"] == mine


def test_a_killed_nginx_is_started_anew_and_its_workers_do_not_stay(classroom, figure):
    os.kill(classroom.pid("nginx"), signal.SIGKILL)
    began = time.monotonic()
    classroom.wait("started", "nginx", 2)
    assert classroom.events("died", "nginx")[0]["code"] == -signal.SIGKILL
    until = time.monotonic() + PATIENCE
    while not answers(classroom) and time.monotonic() < until:
        time.sleep(0.05)
    figure("nginx is killed: it answers again after", time.monotonic() - began, "s")
    found = figures(classroom)
    assert found["saddlepoint_up", "nginx"] == found["saddlepoint_deaths_total", "nginx"] == 1


def test_a_frozen_process_is_found_and_replaced_and_the_other_serves_its_visitors(
    classroom, figure
):
    for number in ("0", "1"):  # one that has not answered yet is waited for
        classroom.wait(
            "answers", f"app-{number}", len(classroom.events("started", f"app-{number}"))
        )
    visitor = Visitor(classroom.url)
    mine = visitor.ask("/readyz").headers["X-Served-By"]
    before, frozen = len(classroom.events("died")), classroom.pid(f"app-{mine}")
    os.kill(frozen, signal.SIGSTOP)
    began = time.monotonic()
    answer = visitor.ask("/readyz")
    figure("a process is frozen: its visitor is served after", time.monotonic() - began, "s")
    assert answer.status == 200 and answer.headers["X-Served-By"] == str(1 - int(mine))
    assert [event["what"] for event in classroom.events("hung")] == [f"app-{mine}"]
    classroom.wait("died", times=before + 1)
    assert classroom.events("died")[-1]["code"] == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(frozen, 0)


def answers(classroom: Classroom) -> bool:
    with suppress(OSError):
        return Visitor(classroom.url).ask("/readyz").status == 200
    return False


def test_sigterm_answers_what_is_under_way_and_ends_everything(classroom):
    where = urlsplit(classroom.url)
    pids = [classroom.pid(what) for what in ("nginx", "app-0", "app-1")]
    table = b"a,b\n" + b"1,2\n" * 30
    with socket.create_connection((where.hostname, where.port)) as line:
        head = f"POST /table HTTP/1.1\r\nHost: x\r\nContent-Length: {len(table)}\r\n\r\n"
        line.sendall(head.encode() + table[:50])
        Visitor(classroom.url).ask("/readyz")  # by now nginx has read the half
        classroom.process.send_signal(signal.SIGTERM)
        classroom.wait("stopping")
        line.sendall(table[50:])
        assert line.makefile("rb").readline().split()[1] == b"200"
    assert classroom.process.wait(120) == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((where.hostname, where.port))
    assert not Path(classroom.events("ready")[0]["folder"]).exists()


def test_every_line_of_the_log_is_json_and_says_who_speaks(classroom):
    lines = [json.loads(line) for line in classroom.log.read_text().splitlines()]
    assert {line["process"] for line in lines} == {"", "0", "1"}
    assert all({"time", "level", "from", "message"} <= line.keys() for line in lines)
    assert not [line for line in lines if line["from"] == "uvicorn.access"]


def test_without_nginx_it_says_what_to_install():
    command = [sys.executable, "-m", "deploy.serve", "--nginx", "/nowhere/nginx"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == refusal.CODE and "sudo apt install nginx-light" in done.stderr
