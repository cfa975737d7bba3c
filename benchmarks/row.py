"""One line of the benchmark table, measured or in words, and the clock that fills it."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Row:
    """Our time beside a peer's on the same job, one torch thread each.

    Attributes:
        what: the job.
        ours_ms, peer_ms: CPU time of the process.
        peer: who the peer is, and whether its time is extrapolated.
        budget: smallest ratio that is accepted.
        agreement: largest absolute difference of the two results.
    """

    what: str
    ours_ms: float
    peer: str
    peer_ms: float
    budget: float
    agreement: float

    @property
    def ratio(self) -> float:
        """How many times faster than the peer."""
        return self.peer_ms / self.ours_ms

    @property
    def within(self) -> bool:
        """Whether the budget is met."""
        return self.ratio >= self.budget


def cpu_ms(job: Callable[[], object], repeats: int = 5) -> float:
    """Median CPU time of this process for `job()` in milliseconds, after one call to warm up."""
    job()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return 1000 * statistics.median(times)


class Line(NamedTuple):
    """A row of the table in words; `budget` is what design asks for."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    budget: str = ""
    agreement: str = ""
