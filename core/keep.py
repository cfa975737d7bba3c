"""What is remembered: by weight, the least recently used forgotten first."""

import dataclasses
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any

from cachetools import LRUCache

MOST = 10_000  # things, as each also takes some 500 bytes beside what it weighs


def weight(value: Any) -> int:
    """Bytes of the arrays, tensors and texts in a record, at least 1."""
    if dataclasses.is_dataclass(value):
        value = vars(value).values()
    elif isinstance(value, dict):
        value = value.values()
    elif isinstance(value, bytes | str):
        return len(value)
    elif not isinstance(value, list | tuple):
        return getattr(value, "nbytes", 1)
    return sum(map(weight, value)) or 1


class Keep:
    """A store of remembered things that is safe between threads.

    One thing heavier than the whole store is held alone, until the next such thing: what has just
    been computed is never computed twice.
    """

    def __init__(self, limit: int):
        self._store = LRUCache(limit, getsizeof=weight)
        self._heavy: tuple[Hashable, Any] = (None, None)
        self._lock = RLock()

    def get(self, key: Hashable) -> Any:
        """What is kept under this key, or None."""
        with self._lock:
            return self._heavy[1] if key == self._heavy[0] else self._store.get(key)

    def put(self, key: Hashable, value: Any) -> Any:
        """Keep a value, and return it."""
        with self._lock:
            if weight(value) > self._store.maxsize:
                self._heavy = (key, value)
            else:
                self._store[key] = value
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
