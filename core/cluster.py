"""Jobs on a Ray cluster: the same generator, streamed back from wherever it runs.

RAY_ADDRESS says where the cluster is, SADDLEPOINT_GPU_SHARE the part of a GPU that one job takes.
The workers of the cluster must find this package (PYTHONPATH). Ray is no requirement of the app:
install it where it is used.
"""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from core.workers import packets


class Stream:
    """A run on the cluster."""

    def __init__(self, references: Any):
        self._references = references

    def packets(self) -> Iterator[bytes]:
        """What the worker yields, until it ends or is gone."""
        import ray

        try:
            for reference in self._references:
                yield ray.get(reference)
        except (ray.exceptions.RayError, ValueError):  # killed, cancelled, or its node is gone
            return

    def kill(self) -> None:
        """Forgetting the stream would not end it."""
        import ray

        ray.cancel(self._references, force=True)


def start(where: str, values: Mapping, files: Mapping, room: int) -> Stream:
    """A task that runs the generator function `where`; see `core.workers.packets`."""
    share = float(os.environ.get("SADDLEPOINT_GPU_SHARE", 0))
    task = _remote().options(num_cpus=1, num_gpus=share, max_retries=0)
    return Stream(task.remote(where, dict(values), dict(files), room))


def prepare() -> None:
    """Join the cluster."""
    import ray

    if not ray.is_initialized():
        ray.init(address=os.environ["RAY_ADDRESS"], log_to_driver=False)


def answer(patience: float) -> bool:
    """Whether a worker of the cluster answers within some seconds, however busy it is."""
    import ray

    prepare()
    return ray.get(ray.remote(num_cpus=0)(_there).remote(), timeout=patience)


def _there() -> bool:
    """What a worker says that is there; Ray takes no function of C."""
    return True


@cache
def _remote() -> Any:
    import ray

    prepare()
    return ray.remote(num_returns="streaming")(packets)
