"""Long computations in processes of their own, whose snapshots arrive while they go on.

A job is an importable generator function with primitive arguments that yields small snapshots, the
last of which is the result. `list(function(**values))` runs it here; `submit` runs it in a worker
process of this host, or on a Ray cluster where RAY_ADDRESS is set:

    job = submit(race, kappa=30.0)
    for snapshot in job.snapshots(): ...

A few run at once (SADDLEPOINT_WORKERS), the others wait in their order. A job that takes longer
than SADDLEPOINT_JOB_SECONDS or more memory than SADDLEPOINT_JOB_MB is ended with a sentence.
"""

import logging
import os
import pickle
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from core import sheets
from core.workers import BROKEN, END, FULL, REFUSED, SNAPSHOT

log = logging.getLogger("saddlepoint")

WAITING = 64  # jobs in the line
HELD = 64_000_000  # bytes of snapshots that nobody has taken yet, of one job
PATIENCE = 10.0  # seconds for a worker to say that it is there
TICK = 0.25  # seconds between two looks at clocks and leases
OWN = re.compile("own-[0-9a-f]{12}")
LOST = "The computation was cut off: its process ended before the result was there."
MEMORY = "The computation needed more memory than one may take here ({room} MB): try a smaller one."
TIME = "The computation took longer than one may take here ({seconds:g} s): try a shorter one."
SORRY = (
    "Something in the computation broke. It has been written down for those who run this server."
)


class Full(RuntimeError):
    """Too many jobs wait already."""


class Failed(RuntimeError):
    """A job ended without its result; says why in a sentence."""


class Handle(Protocol):
    """A run that an engine has started: its packets (see `core.workers`), and how to kill it."""

    def packets(self) -> Iterator[bytes]: ...

    def kill(self) -> None: ...


class Job:
    """One run, from the line to its result.

    Attributes:
        state: queued, running, done, failed or cancelled.
        error: why it failed: a ValueError of the function itself, else `Failed`; None otherwise.
        count: snapshots that have come.
        began: seconds of `time.monotonic` when it left the line, or None.
    """

    def __init__(self, order: tuple):
        self.state, self.error, self.count, self.began = "queued", None, 0, None
        self._order, self._handle = order, None
        self._packets: list[bytes] = []  # the latest ones
        self._newest: tuple[int, Any] = (0, None)
        self._reading = threading.Lock()

    def __repr__(self) -> str:
        return f"<Job {self._order[0]}: {self.state}, {self.count} snapshots>"

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def ahead(self) -> int:
        """How many jobs of the line come before this one."""
        with _changed:
            return _line.index(self) if self in _line else 0

    def cancel(self) -> None:
        """End it now, whether it waits or runs; nothing happens when it is over."""
        self._kill("cancelled")

    def snapshots(self) -> Iterator[Any]:
        """Every snapshot, each as soon as it is there; ends with the job.

        Who falls behind by more than `HELD` bytes misses the oldest.

        Raises:
            ValueError: what the function itself refuses.
            Failed: killed, out of time or memory, or broken; not after `cancel`.
        """
        taken = 0
        while True:
            self.wait(taken)
            with _changed:
                first = self.count - len(self._packets)
                taken = max(taken, first) + 1
                packet = self._packets[taken - 1 - first] if taken <= self.count else None
            if packet is None:
                break
            yield pickle.loads(packet)
        if self.error:
            raise self.error

    def newest(self) -> tuple[int, Any]:
        """The number of the newest snapshot, counted from 1, and the snapshot; (0, None) at first.

        It is unpacked once for all who ask.
        """
        with self._reading:
            with _changed:
                count, packet = self.count, self._packets[-1] if self._packets else None
            if packet is not None and count != self._newest[0]:
                self._newest = count, pickle.loads(packet)
            return self._newest

    def wait(self, taken: int = 0, timeout: float | None = None) -> bool:
        """Waits for a snapshot beyond the first `taken` ones, or the end; False when time is up."""
        with _changed:
            return _changed.wait_for(lambda: self.count > taken or self.over, timeout)

    # --- for the dispatcher ---

    def _take(self, packet: bytes) -> None:
        kind, body = packet[:1], packet[1:]
        if kind == SNAPSHOT:
            with _changed:
                self.count += 1
                self._packets.append(body)
                while len(self._packets) > 1 and sum(map(len, self._packets)) > HELD:
                    del self._packets[0]
                _changed.notify_all()
        elif kind == END:
            self._end("done")
        elif kind == REFUSED:
            self._end("failed", ValueError(body.decode()))
        elif kind == FULL:
            self._end("failed", Failed(MEMORY.format(room=room() // 10**6)))
        elif kind == BROKEN:
            log.error("%s%s failed\n%s", *self._order[:2], body.decode())
            self._end("failed", Failed(SORRY))

    def _end(self, state: str, error: Exception | None = None) -> None:
        with _changed:
            if self.over:
                return
            self.state, self.error = state, error
            if self in _line:
                _line.remove(self)
            _changed.notify_all()

    def _kill(self, state: str, error: Exception | None = None) -> None:
        if not self.over:
            self._end(state, error)
            if self._handle:
                self._handle.kill()


def submit(function: Callable[..., Iterator[Any]], **primitives: int | float | str | bool) -> Job:
    """Puts a run into the line.

    Args:
        function: a generator function that can be imported: at the top level of a module.
        primitives: its arguments.

    Raises:
        ValueError: another kind of function or argument.
        Full: `WAITING` jobs wait already.
    """
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    home = sys.modules.get(module) if module != "__main__" else None
    if not callable(getattr(home, name, None)):
        raise ValueError(f"expected function to be importable from its module, got {module}.{name}")
    for key, value in primitives.items():
        if not isinstance(value, int | float | str | bool):
            raise ValueError(f"expected {key} to be a number, a text or a bool, got {value!r}")
    # a worker may lie on another host, or find no folder of files
    own = {v for v in primitives.values() if isinstance(v, str) and OWN.fullmatch(v)}
    files = {name: sheets.text(name).encode() for name in own}
    job = Job((f"{module}:{name}", dict(primitives), files))
    with _changed:
        if len(_line) >= WAITING:
            raise Full(f"{WAITING} computations wait already")
        _line.append(job)
        _dispatch()
        _changed.notify_all()
    return job


def workers() -> int:
    """How many jobs run at once: SADDLEPOINT_WORKERS, or one less than there are processors."""
    return max(1, int(os.environ.get("SADDLEPOINT_WORKERS", 0)) or (os.cpu_count() or 2) - 1)


def seconds() -> float:
    """How long a job may run."""
    return float(os.environ.get("SADDLEPOINT_JOB_SECONDS", 90))


def room() -> int:
    """Bytes of memory that a job may take beside what its process starts with."""
    return 10**6 * int(os.environ.get("SADDLEPOINT_JOB_MB", 1000))


def prepare() -> None:
    """For a server: start what workers come from now, not at the first job."""
    _engine().prepare()


def answer() -> bool:
    """Whether a worker can be had; asked beside the line, which may be long.

    What workers are forked from may hang, and who asks with it: a thread, one at a time.
    """
    came = threading.Event()

    def ask() -> None:
        try:
            if _engine().answer(PATIENCE):
                came.set()
        except Exception:
            log.exception("the workers do not answer")

    if not _asking or not _asking[0].is_alive():
        _asking[:] = [threading.Thread(target=ask, name="asking", daemon=True)]
        _asking[0].start()
        _asking[0].join(PATIENCE)
    return came.is_set()


def counts() -> tuple[int, int]:
    """How many jobs run, and how many wait."""
    return len(_running), len(_line)


# --- the line and the thread that serves it ------------------------------------------------------

_changed = threading.Condition(threading.RLock())
_line: list[Job] = []  # waiting
_running: set[Job] = set()
_dispatcher: list[threading.Thread] = []
_asking: list[threading.Thread] = []  # a worker whether it is there
watchers: list[Callable[[], None]] = []  # called at every tick


def _engine() -> Any:
    if os.environ.get("RAY_ADDRESS"):
        from core import cluster

        return cluster
    from core import processes

    return processes


def _dispatch() -> None:
    if not _dispatcher or not _dispatcher[0].is_alive():
        _dispatcher[:] = [threading.Thread(target=_serve, name="jobs", daemon=True)]
        _dispatcher[0].start()


def _serve() -> None:
    while True:
        with _changed:
            if not _line or len(_running) >= workers():
                _changed.wait(TICK if _line or _running or watchers else None)
            job = _line.pop(0) if _line and len(_running) < workers() else None
            if job:
                job.state, job.began = "running", time.monotonic()
                _running.add(job)
        if job:
            threading.Thread(target=_follow, args=(job,), name="job", daemon=True).start()
        late = time.monotonic() - seconds()
        for each in [each for each in list(_running) if each.began < late]:
            each._kill("failed", Failed(TIME.format(seconds=seconds())))
        for watcher in watchers:
            try:
                watcher()
            except Exception:  # the line goes on
                log.exception("a watcher of jobs failed")


def _follow(job: Job) -> None:
    """Start a job, take its packets until none comes any more, and leave its place to another."""
    try:
        handle = job._handle = _engine().start(*job._order, room())
        if job.over:
            handle.kill()
        for packet in handle.packets():
            job._take(packet)
        job._end("failed", Failed(LOST))
    except (Exception, SystemExit):  # Ray exits when its node is gone
        log.exception("%s could not be run", job._order[0])
        job._end("failed", Failed(SORRY))
    finally:
        with _changed:
            _running.discard(job)
            _changed.notify_all()
