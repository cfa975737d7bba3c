"""Once per process: pay for importing torch before the first visitor, then freeze the heap."""

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from pages.ui import serve


@cache
def start() -> threading.Thread:
    """Import torch and the built topics beside the server, which answers meanwhile."""

    def warm() -> None:
        import importlib

        import torch

        from pages.topics import TOPICS

        # with two threads small tensors wait at a barrier whenever a neighbour is busy
        torch.set_num_threads(1)
        from core import jobs
        from pages.ui import compose

        jobs.prepare()
        for topic in TOPICS:
            if topic.built:
                for experiment in importlib.import_module(f"pages.{topic.noun}").EXPERIMENTS:
                    compose.card(topic.noun, experiment)  # computes the numbers its texts quote
        gc.collect()
        gc.freeze()

    thread = threading.Thread(target=warm, name="warm", daemon=True)
    thread.start()
    return thread


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """What the server does when it starts."""
    serve.publish()
    start()
    yield
