"""What is remembered: by weight, the least recently used forgotten first."""

import dataclasses
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any

from cachetools import LRUCache

NONE = (None, 0)
MOST = 10_000  # things, as each also takes some 500 bytes beside what it weighs


def weight(value: Any) -> int:
    """Bytes of the arrays, tensors and texts in a record, at least 1."""
    if isinstance(value, (bytes, str)):
        return len(value)
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        if not dataclasses.is_dataclass(value):
            return getattr(value, "nbytes", 1)
        value = vars(value).values()
    return sum(map(weight, value)) or 1


class Keep:
    """A store of remembered things that is safe between threads.

    One thing heavier than the whole store is held alone, until the next such thing: what has just
    been computed is never computed twice.
    """

    def __init__(self, limit: int):
        self._store = LRUCache(limit, getsizeof=lambda kept: kept[1])  # (value, its weight)
        self._heavy: tuple[Hashable, Any] = (None, None)
        self._lock = RLock()

    def get(self, key: Hashable) -> Any:
        """What is kept under this key, or None."""
        with self._lock:
            return self._heavy[1] if key == self._heavy[0] else self._store.get(key, NONE)[0]

    def put(self, key: Hashable, value: Any) -> Any:
        """Keep a value, and return it."""
        heavy = weight(value)
        with self._lock:
            if heavy > self._store.maxsize:
                self._heavy = (key, value)
            else:
                self._store[key] = value, heavy
                if len(self._store) > MOST:
                    self._store.popitem()
        return value

    def made(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is kept under this key, made now if there is nothing."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._store.clear()
            self._heavy = (None, None)

    def __len__(self) -> int:
        return len(self._store) + (self._heavy[0] is not None)

    @property
    def weight(self) -> int:
        """Bytes held, the heavy one aside."""
        return int(self._store.currsize)
