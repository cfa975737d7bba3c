"""Doors beside the page: a picture while a finger drags, and the student's own files.

A drag needs nothing of the page but its picture: one request, one message, no page run. The
parameters come with the request, so that any process can answer it; what the student settles on
goes through the store as ever.
"""

import asyncio
import importlib
import json
import time
from concurrent.futures import CancelledError
from functools import cache
from types import ModuleType

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core import sheets, shelf
from pages.topics import TOPICS
from pages.ui import accounts, compose, desk, metrics, run, store, warm
from pages.ui.experiment import Experiment

LARGEST = 64_000  # bytes of a request
PATIENCE = 100_000_000  # bytes that are read of a file that is too large


@cache
def experiments(topic: str) -> dict[str, Experiment]:
    """The experiments of a built topic by slug."""
    if topic not in [t.noun for t in TOPICS if t.built]:
        return {}
    return {e.slug: e for e in importlib.import_module(f"pages.{topic}").EXPERIMENTS}


def picture(topic: str, experiment: Experiment, message: dict) -> bytes | None:
    """The message of the stage for parameters that no session has stored yet.

    None where it would take a long computation: a slow experiment is drawn from a result that is
    there already.
    """
    values = store.accepted(experiment, message["p"])
    pins = [store.accepted(experiment, pin) for pin in message["pins"][: store.PINS]]
    if run.slow(experiment) and any(run.known(experiment, v) is None for v in (values, *pins)):
        return None
    state = store.State(experiment.slug, {}, rev=message["rev"], ack=message["seq"])
    state.misprints = message.get("misprints") is True
    have = frozenset(map(str, message["have"]))
    return compose.message(topic, experiment, state, values, pins, have, message["words"])


SHAPE = {
    "slug": str,
    "who": str,
    "seq": int,
    "rev": int,
    "p": dict,
    "pins": list,
    "have": list,
    "words": bool,
}


def understood(body: bytes) -> dict | None:
    """The request, or None when it is too large or not of the agreed shape."""
    try:
        message = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError):
        return None
    fits = isinstance(message, dict) and all(
        isinstance(message.get(name), kind) for name, kind in SHAPE.items()
    )
    return message if fits and all(isinstance(pin, dict) for pin in message["pins"]) else None


async def body(request: Request, largest: int) -> bytes:
    """The body of the request, kept no further than a little beyond what is accepted.

    Some of the rest is read, as a browser hears no answer before it has sent everything.
    """
    received, passed = bytearray(), 0
    async for chunk in request.stream():
        passed += len(chunk)
        if len(received) <= largest:
            received += chunk
        elif passed > PATIENCE:
            break
    return bytes(received)


async def answer(request: Request) -> Response:
    """`drawn`, and how long it took."""
    began = time.perf_counter()
    response = await drawn(request)
    took = time.perf_counter() - began
    metrics.PICTURE.labels(response.status_code).observe(took)
    return response


async def drawn(request: Request) -> Response:
    """POST live/<topic>: a request of the agreed shape -> the binary message of the stage.

    204: a newer request of the same student took its place. 409: only the page can answer, as it
    takes a long computation. 503: too many wait.
    """
    topic = request.path_params["topic"]
    message = understood(await body(request, LARGEST))
    experiment = message and experiments(topic).get(message["slug"])
    if not experiment:
        return PlainTextResponse("expected the slug and parameters of an experiment", 400)
    try:
        work = desk.PICTURES.ask(message["who"], lambda: picture(topic, experiment, message))
        content = await asyncio.wrap_future(work)
    except (CancelledError, asyncio.CancelledError):
        return Response(status_code=204)
    except desk.Full:
        return PlainTextResponse("too many wait for a picture: try again", 503)
    if content is None:
        return PlainTextResponse("a long computation goes through the page", 409)
    return Response(content, media_type="application/octet-stream")


async def receive(request: Request, what: str, keeper: ModuleType) -> Response:
    """A file -> the name under which experiments find it, or the sentence that refuses it.

    A file that is too large is refused with the size it announces.
    """
    announced, most = request.headers.get("content-length", ""), keeper.BYTES
    size = int(announced) if announced.isdecimal() else 0
    raw = await body(request, most)
    if len(raw) > most:
        got = f"{size / 1e6:.1f} MB" if size else "more"
        told = f"expected a {what} of at most {most / 1e6:g} MB, got {got}"
        return PlainTextResponse(told, 413, {"Connection": "close"})
    try:
        return PlainTextResponse(await run_in_threadpool(keeper.add, raw))
    except ValueError as refusal:
        return PlainTextResponse(str(refusal), 400)


async def picture_file(request: Request) -> Response:
    """POST picture: a PNG, JPEG or WEBP file."""
    from core import pictures  # not at the top: torch comes with it

    return await receive(request, "picture file", pictures)


async def table_file(request: Request) -> Response:
    """POST table: a CSV file."""
    return await receive(request, "CSV file", sheets)


def routes() -> list[Route]:
    """The doors, below the path that the whole app is served under; for the server's start."""
    shelf.settle()
    below = accounts.below()
    doors = {"live/{topic}": answer, "picture": picture_file, "table": table_file}
    posts = {f"{below}/{door}": accounts.guarded(answers) for door, answers in doors.items()}
    return [
        Route(f"{below}/readyz", warm.readyz),
        *(Route(place, answers, methods=["POST"]) for place, answers in posts.items()),
    ]
