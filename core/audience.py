"""Who watches which job: one for each student, one job for all who want the same, none for nobody.

    job = watch("student 7", ("race", 30.0), lambda: submit(race, kappa=30.0))

Whoever watches another job, or none, has left the former one; a job that nobody has looked at for
`LEASE` seconds, or that everybody has left, is cancelled.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from core import jobs

LEASE = 10.0  # seconds; a page that is open asks several times a second
KEPT = 30.0  # seconds for which the end of a job can be seen


@dataclass
class _Show:
    job: jobs.Job
    seen: dict[Hashable, float] = field(default_factory=dict)  # who -> when they looked last
    ended: float | None = None


_lock = threading.RLock()
_shows: dict[Hashable, _Show] = {}


def watch(who: Hashable, key: Hashable, start: Callable[[], jobs.Job]) -> jobs.Job:
    """The job of this key, started now if there is none; whatever else `who` watched is left.

    Raises:
        Full: there is none, and too many wait.
    """
    with _lock:
        leave(who, but=key)
        if key not in _shows:
            _shows[key] = _Show(start())
            if _sweep not in jobs.watchers:
                jobs.watchers.append(_sweep)
        _shows[key].seen[who] = time.monotonic()
        return _shows[key].job


def leave(who: Hashable, but: Hashable = None) -> None:
    """`who` wants nothing any more, except the job of the key `but`."""
    with _lock:
        for key, show in list(_shows.items()):
            if key != but and show.seen.pop(who, None) is not None and not show.seen:
                _drop(key)


def renew(key: Hashable) -> None:
    """The next who asks for this key gets a new job, if the old one has ended.

    Until then all who watched it see how it ended.
    """
    with _lock:
        if key in _shows and _shows[key].job.over:
            del _shows[key]


def _drop(key: Hashable) -> None:
    _shows.pop(key).job.cancel()


def _sweep() -> None:
    """At every tick: end what nobody looks at, forget what has ended."""
    now = time.monotonic()
    with _lock:
        for key, show in list(_shows.items()):
            show.seen = {who: at for who, at in show.seen.items() if at > now - LEASE}
            if show.job.over:
                show.ended = show.ended or now
                if show.ended < now - KEPT:
                    del _shows[key]
            elif not show.seen:
                _drop(key)
