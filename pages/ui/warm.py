"""Once per process: pay for importing torch in the background, then freeze the heap."""

import gc
import threading
import time
from functools import cache


@cache
def start(delay: float = 0.2) -> threading.Thread:
    """Import torch and the built topics after `delay` seconds, while the first page is painted."""

    def warm() -> None:
        time.sleep(delay)
        import importlib

        import torch

        from pages.topics import TOPICS

        # with two threads small tensors wait at a barrier whenever a neighbour is busy
        torch.set_num_threads(1)
        for topic in TOPICS:
            if topic.built:
                importlib.import_module(f"pages.{topic.noun}")
        importlib.import_module("sklearn.datasets")
        gc.collect()
        gc.freeze()

    thread = threading.Thread(target=warm, name="warm", daemon=True)
    thread.start()
    return thread
