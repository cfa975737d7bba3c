"""One computation at a time, each student in turn, the newest request of each.

Torch gives the interpreter away at every operation: four pictures at once cost two to four times
the time of each. So pictures are computed by one thread of the process. A student has one place in
the line for drags: a newer request takes the older one's place, which is then answered as
superseded. The page asks once for each of its runs, of which the older ones give up by themselves.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

SEATS = 1000  # requests that may wait


class Full(RuntimeError):
    """Too many wait already."""


class Desk:
    """A line of students and the one thread that serves it."""

    def __init__(self, seats: int = SEATS):
        self._seats = seats
        self._line: OrderedDict[Hashable, tuple[Future, Callable[[], Any]]] = OrderedDict()
        self._changed = threading.Condition()
        self._server: threading.Thread | None = None

    def ask(self, who: Hashable, work: Callable[[], Any]) -> Future:
        """What `work` returns or raises, in turn; cancelled when the same student asks again.

        Raises:
            Full: more students wait than there are seats.
        """
        future: Future = Future()
        with self._changed:
            old = self._line.get(who)
            if old is None and len(self._line) >= self._seats:
                raise Full(f"{self._seats} requests wait already")
            self._line[who] = (future, work)  # an older request leaves its place to this one
            if self._server is None:
                self._server = threading.Thread(target=self._serve, name="desk", daemon=True)
                self._server.start()
            self._changed.notify()
        if old:
            old[0].cancel()
        return future

    def wait(self, who: Hashable, work: Callable[[], Any]) -> Any:
        """`ask`, and the answer."""
        return self.ask(who, work).result()

    def __len__(self) -> int:
        return len(self._line)

    def _serve(self) -> None:
        while True:
            with self._changed:
                while not self._line:
                    self._changed.wait()
                _, (future, work) = self._line.popitem(last=False)
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)


PICTURES = Desk()
