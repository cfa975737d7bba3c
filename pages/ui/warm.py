"""Once per process: pay for torch, pages and weights before the first visitor; whether it is done.

With SADDLEPOINT_WARM=first the process opens its door only afterwards.
"""

import asyncio
import gc
import importlib
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache, partial
from typing import Any

import streamlit.logger
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from core import journal
from pages.ui import metrics, serve

log = logging.getLogger("saddlepoint")

FIRST = "SADDLEPOINT_WARM"
VALID = 10.0  # seconds for which an answer of the workers counts
PATIENCE = 3.0  # seconds that are left to the first page, which needs the processor, too
TURN = 1.0  # seconds for which a page that is being made goes before each experiment
_sent, _idle = threading.Event(), threading.Event()
_idle.set()
_faults = {"warm": "not yet"}  # what is not ready -> why
_asking = threading.Lock()
_answered = [0.0, False]  # when the workers were asked last, and whether they answered


@cache
def start(patience: float = 0.0) -> threading.Thread:
    """Import torch and the built topics beside the server, which answers meanwhile.

    Begins once a first page is sent, at the latest after so many seconds.
    """
    thread = threading.Thread(target=_warm, args=[patience], name="warm", daemon=True)
    thread.start()
    return thread


@contextmanager
def before() -> Iterator[None]:
    """A page is made: it goes before what could be warmed up meanwhile."""
    _idle.clear()
    try:
        yield
    finally:
        _idle.set()
        _sent.set()


def _warm(patience: float) -> None:
    from core import jobs
    from pages.topics import TOPICS

    _sent.wait(patience)
    began = time.monotonic()
    visits = {t.noun: partial(_visit, t.noun) for t in TOPICS if t.built}
    # the workers last: they import torch once more, on the other core
    for what, ready in {"torch": _torch, **visits, "workers": jobs.prepare}.items():
        try:
            ready()
        except Exception as error:  # the rest can be shown
            log.exception("%s: not ready", what)
            _faults[what] = repr(error)
    gc.collect()
    gc.freeze()
    del _faults["warm"]
    log.info("warm after %.1f s", time.monotonic() - began)


def _torch() -> None:
    import torch

    # with two threads small tensors wait at a barrier whenever a neighbour is busy
    torch.set_num_threads(1)


def _visit(noun: str) -> None:
    """Compute what a first visitor of a topic would wait for: its texts, and its first pictures.

    That loads every file of weights.
    """
    from pages.ui import compose, live

    for experiment in importlib.import_module(f"pages.{noun}").EXPERIMENTS:
        _idle.wait(TURN)
        compose.card(noun, experiment)
        asked = {"p": {}, "pins": [], "rev": 0, "seq": 0, "have": [], "words": True}
        live.picture(noun, experiment, asked)


def faults() -> dict[str, str]:
    """What is not ready, and why; nothing when everything is."""
    from core import jobs

    if "warm" in _faults:
        return dict(_faults)
    with _asking:
        if time.monotonic() - _answered[0] > VALID:
            found = jobs.answer()
            _answered[:] = time.monotonic(), found  # also for those who wait here
    return dict(_faults) if _answered[1] else _faults | {"workers": "no answer"}


async def readyz(request: Request) -> JSONResponse:
    """GET readyz: 200 when torch and weights are loaded and the workers answer, else 503."""
    found = await run_in_threadpool(faults)
    told = {"ready": not found, "faults": found}
    return JSONResponse(told, 503 if found else 200, {"Cache-Control": "no-store"})


def journalled() -> None:
    """Log in lines of JSON, where that is wanted; streamlit gives each logger its own handler."""

    def joined(logger: logging.Logger) -> None:
        logger.propagate = logger.name != "uvicorn.access"  # a line for each request is too much

    if journal.wanted():
        streamlit.logger.setup_formatter = joined
        journal.structured()


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """What the server does when it starts."""
    serve.publish()
    metrics.publish()
    first = os.environ.get(FIRST) == "first"
    thread = start(0.0 if first else PATIENCE)
    if first:
        await asyncio.to_thread(thread.join)
    yield
