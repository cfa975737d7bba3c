"""Damaged links break no store and no page, and are not kept; a lost connection is told of."""

import json
import subprocess
import sys

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.ui import store
from tests.browser.harness import ROOT
from tests.deploy.classroom import Classroom, needs_nginx
from tests.memory import held
from tests.server.links import links
from tests.server.stranger import connected, faults

LINKS = 10_000


def test_no_damaged_link_breaks_the_store_and_what_it_sets_is_of_its_kind(figure):
    command = [sys.executable, "-m", "tests.server.links", str(LINKS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert 0.2 < found["notices"] / LINKS < 0.9
    rise = found["after"] - found["before"]
    figure(f"{LINKS} damaged links through the store: memory rise", rise, "MB")
    assert rise < 50


@needs_nginx
@pytest.mark.xdist_group("serve")
@pytest.mark.parametrize("count", [200, pytest.param(LINKS, marks=pytest.mark.slow)])
def test_no_damaged_link_breaks_a_page(pod: Classroom, figure, count):
    """Half of them in one session, the others in a few; the first load what all of them use."""
    told, app = pod.log.stat().st_size, pod.pid("app-0")
    everything, first = list(links(count)), min(count // 2, 1000)
    visited(pod.url, everything[:first])
    before = held(app)
    visited(pod.url, everything[first : count // 2])
    for begin in range(count // 2, count, count // 10):
        visited(pod.url, everything[begin : begin + count // 10])
    rise = held(app) - before
    figure(f"{count} damaged links through the pages: memory rise after {first}", rise, "MB")
    log = pod.log.read_text()[told:]
    assert "Traceback" not in log and '"level": "ERROR"' not in log, log[-3000:]
    assert pod.pid("app-0") == app and rise < 50


@needs_nginx
@pytest.mark.xdist_group("serve")
def test_who_comes_back_to_a_process_that_does_not_know_them_is_told_what_is_lost(pod: Classroom):
    lost = store.FORGOTTEN.encode()
    with connected(pod.url) as newcomer:
        assert lost not in said(newcomer.visit("landscapes", "kappa=30"))
    with connected(pod.url, former="of-before") as visitor:
        for _ in range(2):
            assert lost in said(visitor.visit("landscapes", "kappa=30"))
        assert lost not in said(visitor.visit("shapley"))


def said(heard: list[ForwardMsg]) -> bytes:
    return b"".join(each.SerializeToString() for each in heard)


def visited(url: str, some: list[tuple[str, str]]) -> None:
    """One session opens these links, one after the other."""
    with connected(url) as visitor:
        for topic, query in some:
            heard = visitor.visit(topic, query)
            assert not faults(heard), (topic, query, faults(heard))
            assert b"sp-stage" in said(heard), (topic, query)
