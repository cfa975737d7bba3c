"""A long run with its checks: the worker still holds what it takes to check the result."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from core.check import Check
from core.signature import Value, call


class Conclusion(NamedTuple):
    """What a run ends with."""

    result: Any  # its last snapshot
    checks: list[Check]


def concluded(run_: str, checks_: str, **values: Value) -> Iterator[Any]:
    """The snapshots of a run, then its `Conclusion`.

    Args:
        run_: "module:function" of the generator function.
        checks_: the same of the function that checks its last snapshot.
        values: of which both take those they have a name for.
    """
    for snapshot in call(_found(run_), values=values):
        yield snapshot
    yield Conclusion(snapshot, call(_found(checks_), snapshot, values=values))


def place(function: Callable) -> str:
    """Where a function can be imported from, as `concluded` takes it."""
    return f"{function.__module__}:{function.__qualname__}"


def _found(place: str) -> Callable:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
