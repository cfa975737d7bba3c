"""Generators that the tests of jobs run in workers."""

import os
import time
from collections.abc import Iterator
from typing import NamedTuple

import torch

from core import sheets


class Seen(NamedTuple):
    """A snapshot with a tensor, and the process it comes from."""

    progress: float
    x: torch.Tensor
    pid: int


def steps(n: int = 3, pause: float = 0.0) -> Iterator[Seen]:
    """n snapshots, k of n holding k."""
    for k in range(1, n + 1):
        time.sleep(pause)
        yield Seen(k / n, torch.full((4,), float(k), dtype=torch.float64), os.getpid())


def refuse(n: int = 1) -> Iterator[Seen]:
    """Refuses after one snapshot."""
    yield from steps(1)
    raise ValueError(f"expected n in [2, 5], got {n}")


def breaks() -> Iterator[Seen]:
    """Something nobody foresaw."""
    yield from steps(1)
    raise KeyError("nothing")


def eats(mb: int = 5000) -> Iterator[int]:
    """Takes memory by and by."""
    kept = []
    for k in range(mb // 50):
        kept.append(torch.ones(50 * 125_000, dtype=torch.float64))
        yield k


def surroundings() -> Iterator[dict]:
    """What a worker finds."""
    import sys

    yield {
        "threads": torch.get_num_threads(),
        "nice": os.nice(0),
        "parent": os.getppid(),
        "app": {"streamlit", "pytest", "pages"} & set(sys.modules),
        "main": getattr(sys.modules["__main__"], "__file__", None),
    }


def table(name: str) -> Iterator[tuple]:
    """The columns of a student's table."""
    yield sheets.sheet(name).names


def weights(n: int = 2, size: int = 1000) -> Iterator[torch.Tensor]:
    """n snapshots of `size` numbers."""
    for k in range(n):
        yield torch.full((size,), float(k))


def clock(n: int = 5) -> Iterator[float]:
    """The time at which each snapshot is sent."""
    for _ in range(n):
        time.sleep(0.02)
        yield time.time()
