"""Jobs in processes of this host: pebble starts and watches them, one process for each job.

They are forked from one process that has imported torch and done nothing else, so that a start
takes a tenth of a second and a killed worker disturbs nobody.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext

from pebble import concurrent

from core.workers import work


class Process:
    """A run in a process."""

    def __init__(self, line: Connection, future: Future):
        self._line, self._future = line, future
        self._pid, self._doomed = None, False

    def packets(self) -> Iterator[bytes]:
        """What the worker sends, until it is gone."""
        with self._line:
            try:
                self._pid = int(self._line.recv_bytes())
                if self._doomed:
                    self.kill()
                while True:
                    yield self._line.recv_bytes()
            except (EOFError, OSError):
                return

    def kill(self) -> None:
        """The process ends now, or as soon as it has said that it is there."""
        self._doomed = True
        if self._pid and not self._future.done():
            with suppress(ProcessLookupError):
                os.kill(self._pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def start(where: str, values: Mapping, files: Mapping, room: int) -> Process:
    """A worker that runs the generator function `where`; see `core.workers.packets`."""
    context = _context()
    reader, writer = context.Pipe(duplex=False)
    with writer:
        run = concurrent.process(context=context, name="saddlepoint job")(work)
        return Process(reader, run(writer, where, values, files, room))


def prepare() -> None:
    """Import torch once, in the process that workers are forked from."""
    if _context().get_start_method() == "forkserver":
        from multiprocessing import forkserver

        forkserver.ensure_running()


def answer(patience: float) -> bool:
    """Whether a worker comes within some seconds."""
    run = concurrent.process(context=_context(), timeout=patience)(os.getpid)
    return run().result() > 0


@cache
def _context() -> BaseContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["core.cradle"])
    return context
