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
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
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
_faults = {"warm": "not yet"}  # what is not ready -> why
_asking = threading.Lock()
_answered = [0.0, False]  # when the workers were asked last, and whether they answered


@cache
def start() -> threading.Thread:
    """Import torch and the built topics beside the server, which answers meanwhile."""
    thread = threading.Thread(target=_warm, name="warm", daemon=True)
    thread.start()
    return thread


def _warm() -> None:
    began = time.monotonic()
    try:
        import torch

        from core import jobs

        # with two threads small tensors wait at a barrier whenever a neighbour is busy
        torch.set_num_threads(1)
        jobs.prepare()
    except Exception as error:
        log.exception("torch or the workers could not be started")
        _faults["warm"] = repr(error)
        return
    from pages.topics import TOPICS

    for noun in [topic.noun for topic in TOPICS if topic.built]:
        try:
            _visit(noun)
        except Exception as error:  # the other topics can be shown
            log.exception("the topic %s is not ready", noun)
            _faults[noun] = repr(error)
    gc.collect()
    gc.freeze()
    del _faults["warm"]
    log.info("warm after %.1f s", time.monotonic() - began)


def _visit(noun: str) -> None:
    """Compute what a first visitor of a topic would wait for: its texts, and its first pictures.

    That loads every file of weights.
    """
    from pages.ui import compose, live

    for experiment in importlib.import_module(f"pages.{noun}").EXPERIMENTS:
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
    thread = start()
    if os.environ.get(FIRST) == "first":
        await asyncio.to_thread(thread.join)
    yield
