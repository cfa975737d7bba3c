"""Somebody who speaks streamlit's websocket without a browser, and not always as a browser does."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

PATIENCE = 180  # seconds: no test may fail because a machine is slow


class Stranger:
    """One open connection."""

    def __init__(self, line: ClientConnection):
        self.line = line

    def say(self, **kinds: object) -> None:
        """A message of a kind."""
        self.line.send(BackMsg(**kinds).SerializeToString())

    def visit(self, page: str = "", query: str = "") -> list[ForwardMsg]:
        """What the server sends for a page, until its script has run to the end."""
        self.say(rerun_script={"page_name": page, "query_string": query})
        heard = []
        while not (heard and heard[-1].WhichOneof("type") == "script_finished" and ran(heard[-1])):
            heard.append(ForwardMsg.FromString(self.line.recv(PATIENCE)))
        return heard


def ran(message: ForwardMsg) -> bool:
    """Whether a script has ended without being asked to begin anew."""
    return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN


@contextmanager
def connected(url: str, origin: str | None = "", former: str = "") -> Iterator[Stranger]:
    """With the server's own origin, another one, or none; as one who had a session before."""
    place = urlsplit(url)
    origin = url.removesuffix(place.path) if origin == "" else origin
    address = f"ws://{place.netloc}{place.path}/_stcore/stream"
    spoken = ["streamlit", "none", former] if former else ["streamlit"]
    options = {"subprotocols": spoken, "max_size": None, "proxy": None}
    options |= {"open_timeout": PATIENCE, "close_timeout": PATIENCE}
    with connect(address, origin=origin, **options) as line:
        yield Stranger(line)


def texts(heard: list[ForwardMsg]) -> list[str]:
    """The bodies of the text elements."""
    new = [m.delta.new_element for m in heard if m.WhichOneof("type") == "delta"]
    return [element.text.body for element in new if element.WhichOneof("type") == "text"]


def faults(heard: list[ForwardMsg]) -> list[str]:
    """What a page shows of exceptions, its own and streamlit's."""
    new = [m.delta.new_element for m in heard if m.WhichOneof("type") == "delta"]
    found = [e.exception for e in new if e.WhichOneof("type") == "exception"]
    return [f"{each.type} {each.message} {list(each.stack_trace)}" for each in found]
