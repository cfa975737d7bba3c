"""What comes in at all, before streamlit sees it, and what every answer says to the browser.

Of a stranger's messages streamlit also obeys those that empty everybody's caches, and it keeps
files that no page of this house asks for.
"""

import asyncio
import logging
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.headers import HEADERS

log = logging.getLogger("saddlepoint")

# the messages of a page of this house
HEARD = {"rerun_script", "stop_script", "app_heartbeat"}
# of streamlit's own addresses: for files of its own widgets, and for operators
SHUT = ("/_stcore/upload_file", "/_stcore/metrics", "/_stcore/script-health-check")
HERE = {"localhost", "127.0.0.1", "0.0.0.0"}  # pages of the server's own machine
FOREIGN, TEXT = 1008, 1003  # why a websocket is closed: who speaks, a kind of message


class Gate:
    """In front of the whole app."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                refused = refusal(scope)
                await (refused or self.app)(scope, receive, headed(send))
            case "websocket" if foreign(scope):
                await send({"type": "websocket.close", "code": FOREIGN})
            case "websocket":
                line = Line(receive, send)
                await self.app(scope, line.receive, line.send)
            case _:
                await self.app(scope, receive, send)


def middleware() -> list[Middleware]:
    """For `st.App`."""
    return [Middleware(Gate)]


def refusal(scope: Scope) -> PlainTextResponse | None:
    """The answer to a request that goes no further, or None."""
    if any(f"{shut}/" in scope["path"] + "/" for shut in SHUT):
        return PlainTextResponse("not here", 404)
    if scope["method"] not in ("GET", "HEAD", "OPTIONS") and foreign(scope):
        return PlainTextResponse("expected a request of a page of this server", 403)
    return None


def foreign(scope: Scope) -> bool:
    """Whether a page of another site speaks; `server.corsAllowedOrigins` names more that may.

    Streamlit judges alike, but for a foreign page it first asks the internet for the address of
    this machine, and meanwhile the whole server waits.
    """
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None or not config.get_option("server.enableCORS"):
        return False
    allowed = config.get_option("server.corsAllowedOrigins")
    try:
        page = urlsplit(origin)
        known = HERE | {urlsplit(each.strip()).hostname for each in allowed}
    except ValueError:  # no address
        return True
    return not page.hostname or not (page.netloc == headers.get("host") or page.hostname in known)


def headed(send: Send) -> Send:
    """The same, with our headers where the app says nothing of the kind."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sent


class Line:
    """One websocket. While its browser does not read, nothing more is heard of it.

    So there never waits more for it than what one run of a page has to say.
    """

    def __init__(self, receive: Receive, send: Send):
        self._receive, self._send = receive, send
        self._free = asyncio.Event()
        self._free.set()

    async def send(self, message: Message) -> None:
        """To the browser."""
        self._free.clear()
        try:
            await self._send(message)
        finally:
            self._free.set()

    async def receive(self) -> Message:
        """The next message that a page of this house can have sent."""
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            content = message.get("bytes")
            if content is None:
                await self._send({"type": "websocket.close", "code": TEXT})
                return {"type": "websocket.disconnect", "code": TEXT}
            if heard(content):
                await self._free.wait()
                return message


def heard(content: bytes) -> bool:
    """Whether streamlit shall see a message; one that is none it refuses in its own way."""
    try:
        kind = BackMsg.FromString(content).WhichOneof("type")
    except DecodeError:
        return True
    if kind in HEARD:
        return True
    log.debug("a message of kind %s was dropped", kind)
    return False
