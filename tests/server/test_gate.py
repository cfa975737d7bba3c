"""Strangers: what they may not say, how large it may be, where they may come from."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus

from core.headers import HEADERS
from pages.ui import gate
from tests.browser.harness import Server, serve
from tests.memory import held
from tests.server.stranger import PATIENCE, Stranger, connected, faults, texts

pytestmark = pytest.mark.xdist_group("gate")

HALL = Path(__file__).with_name("hall.py")
EVIL = ("https://evil.example", "null", "http://[", "http://127.0.0.1.evil.example", "//")


@pytest.fixture(scope="module")
def hall() -> Iterator[Server]:
    with serve(HALL) as running:
        yield running


def cached(url: str) -> str:
    """What is in everybody's cache."""
    with connected(url) as visitor:
        return texts(visitor.visit())[0]


def cleared(url: str) -> None:
    """A stranger asks to empty the caches, and is answered afterwards."""
    with connected(url) as stranger:
        stranger.visit()
        stranger.say(clear_cache=True)
        stranger.visit()


def test_a_stranger_cannot_empty_the_caches_of_everybody(hall, figure):
    before = cached(hall.url)
    cleared(hall.url)
    emptied = cached(hall.url) != before
    figure("a stranger clears the caches: emptied", emptied, "of 1")
    assert not emptied


def test_without_the_gate_a_stranger_can():
    with serve(HALL, GATE="open") as server:
        before = cached(server.url)
        cleared(server.url)
        assert cached(server.url) != before


def test_no_other_message_of_streamlit_s_is_answered(hall):
    with connected(hall.url) as stranger:
        stranger.visit()
        stranger.say(load_git_info=True)
        stranger.say(set_run_on_save=True)
        stranger.say(debug_shutdown_runtime=True)
        stranger.say(file_urls_request={"request_id": "1", "file_names": ["a.csv"]})
        stranger.say()
        kinds = {message.WhichOneof("type") for message in stranger.visit()}
    assert kinds <= {"session_status_changed", "new_session", "delta", "script_finished"}


def ended(stranger: Stranger, frame: bytes | str) -> int | None:
    """How the server closes a line on which this was said; None where it simply ends."""
    try:
        stranger.line.send(frame)
        while True:
            stranger.line.recv(PATIENCE)
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code


@pytest.mark.parametrize(
    ("name", "frame", "codes"),
    [
        ("garbage", b"\xff" * 100, {1002}),
        ("large", bytes(1_500_000), {1009}),  # more than a page's settings
        ("oversized", bytes(20_000_000), {1009, None}),  # more than is read at all
        (
            "long",
            BackMsg(rerun_script={"query_string": "x" * 1_100_000}).SerializeToString(),
            {1009},
        ),
        ("text", "clear_cache", {1003}),
    ],
)
def test_a_bad_frame_costs_its_sender_the_line_and_nobody_else(hall, figure, name, frame, codes):
    with connected(hall.url) as other:
        before = texts(other.visit())
        memory = held(hall.process.pid)
        with connected(hall.url) as stranger:
            assert ended(stranger, frame) in codes
        assert texts(other.visit()) == before
        figure(f"a frame: {name}: memory rise", held(hall.process.pid) - memory, "MB")
    assert "Exception in ASGI application" not in hall.log.read_text()


def reply(url: str, body: bytes | None = None, method: str | None = None, **headers: str):
    """Status and headers."""
    try:
        with urlopen(Request(url, body, headers, method=method), timeout=PATIENCE) as found:
            return found.status, found.headers
    except HTTPError as error:
        return error.code, error.headers


@pytest.mark.parametrize("origin", EVIL)
def test_a_page_of_another_site_is_refused(hall, figure, origin):
    began = time.monotonic()
    with pytest.raises(InvalidStatus) as refused, connected(hall.url, origin):
        pass
    figure(f"a page of {origin}: refused after", time.monotonic() - began, "s")
    assert refused.value.response.status_code == 403
    assert reply(hall.url + "/table", b"a\n1\n", Origin=origin)[0] == 403
    assert reply(hall.url + "/", Origin=origin)[0] == 200, "a link of another site leads here"
    # streamlit's own judgement would have asked the internet
    assert "external IP" not in hall.log.read_text()


def test_a_page_of_this_site_is_not(hall):
    for origin in ("", None, "http://localhost:3000"):
        with connected(hall.url, origin) as visitor:
            assert texts(visitor.visit())


def test_a_page_that_breaks_tells_a_stranger_nothing(hall):
    with connected(hall.url) as stranger:
        heard = stranger.visit(query="break=1")
    told = b"".join(message.SerializeToString() for message in heard)
    assert faults(heard)
    for secret in (b"inner secret", b"RuntimeError", b"Traceback"):
        assert secret not in told
    assert not any("hall.py" in fault for fault in faults(heard))
    assert "the inner secret of this app" in hall.log.read_text(), "the operator reads it"


@pytest.mark.parametrize("page", ["/", "/_stcore/health", "/static/nothing.js", "/nowhere"])
def test_every_answer_carries_the_headers(hall, page):
    _, headers = reply(hall.url + page)
    for name, value in HEADERS.items():
        assert headers.get_all(name) == [value]


@pytest.mark.parametrize("path", [*gate.SHUT, "/_stcore/upload_file/x/y", "/below/_stcore/metrics"])
def test_what_no_page_needs_is_shut(hall, path):
    assert reply(hall.url + path)[0] == 404
    assert reply(hall.url + path, b"x" * 100, "PUT")[0] == 404


def frame(message: BackMsg) -> bytes:
    """A masked frame, the mask being zero."""
    content = message.SerializeToString()
    assert len(content) < 126
    return bytes([0x82, 0x80 | len(content), 0, 0, 0, 0]) + content


def test_a_client_that_never_reads_is_not_heard_any_more_and_nobody_waits(hall, figure):
    """Streamlit alone would let 500 messages wait for it, whatever they weigh."""
    place = urlsplit(hall.url)
    head = "GET /_stcore/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
    head += "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    head += "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    with (
        socket.create_connection((place.hostname, place.port)) as deaf,
        connected(hall.url) as other,
    ):
        deaf.sendall(head.encode())
        other.visit()
        before = held(hall.process.pid)
        for n in range(60):
            query = f"letters={2_000_000 + n}"
            deaf.sendall(frame(BackMsg(rerun_script={"query_string": query})))
            assert texts(other.visit())
        rise = held(hall.process.pid) - before
        figure("a client that never reads: memory rise", rise, "MB")
        assert rise < 50
