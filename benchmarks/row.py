"""One line of the benchmark table, and the clock that fills it."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement beside its peer, as it is printed.

    Attributes:
        what: the job.
        ours, peer: what was measured here and at the peer, with units.
        ratio: how the two compare; `timed` gives how many times faster ours is.
        budget: what the ratio (or ours, where there is no peer) is allowed to be.
        agreement: largest difference of the two results.
    """

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    budget: str = ""
    agreement: str = ""


def timed(
    what: str, ours_ms: float, peer: str, peer_ms: float, budget: float, agreement: float
) -> Row:
    """The row of a job that must be at least `budget` times as fast as the peer."""
    ratio = peer_ms / ours_ms
    return Row(
        what,
        f"{ours_ms:.3g} ms",
        f"{peer}: {peer_ms:.3g} ms",
        f"{ratio:.3g}×" + ("" if ratio >= budget else " (missed)"),
        f"≥ {budget:g}×",
        f"{agreement:.0e}",
    )


def cpu_ms(job: Callable[[], object], repeats: int = 5) -> float:
    """Median CPU time of this process for `job()` in milliseconds, after one call to warm up."""
    job()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return 1000 * statistics.median(times)
