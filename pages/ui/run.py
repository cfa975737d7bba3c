"""Running an experiment: refuse what is out of range, remember what was computed."""

import dataclasses
import inspect
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, get_origin, get_type_hints

from core.check import choose, require
from pages.ui.experiment import Experiment, Values
from pages.ui.store import State, integer, kind

KEPT = 64  # results
WEIGHT = 32_000_000  # bytes of them
SLICE = 0.15  # seconds of a long run between two looks at what the student wants
_results: OrderedDict[tuple, Any] = OrderedDict()
_lock = threading.Lock()


def slow(experiment: Experiment) -> bool:
    """Whether the computation yields snapshots instead of returning at once.

    A function that refuses bad input before the first snapshot returns its generator: its
    annotation says so.
    """
    hint = get_type_hints(experiment.compute).get("return")
    return inspect.isgeneratorfunction(experiment.compute) or get_origin(hint) is Iterator


def key(experiment: Experiment, values: Values) -> tuple:
    """The full settings of a run."""
    return (experiment.compute.__module__, experiment.compute.__qualname__, *sorted(values.items()))


def known(experiment: Experiment, values: Values) -> Any:
    """The remembered result of these settings, or None."""
    with _lock:
        name = key(experiment, values)
        if name in _results:
            _results.move_to_end(name)
        return _results.get(name)


def remember(experiment: Experiment, values: Values, result: Any) -> None:
    """Keep a result; the oldest are forgotten when there are too many or they weigh too much."""
    with _lock:
        _results[key(experiment, values)] = result
        while len(_results) > KEPT or sum(map(weight, _results.values())) > WEIGHT:
            _results.popitem(last=False)


def weight(value: Any) -> int:
    """Bytes of the arrays and tensors in a record."""
    if dataclasses.is_dataclass(value):
        value = vars(value).values()
    elif isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return getattr(value, "nbytes", 0)
    return sum(map(weight, value))


def admit(experiment: Experiment, values: Values) -> None:
    """Refuse a value outside the declared range, in the words of the core.

    Raises:
        ValueError: naming the parameter, its range and the value received.
    """
    for param in experiment.params:
        value = values[param.name]
        if kind(param) == "number":
            require(param.name, value, param.low, param.high, integer=integer(param))
        elif kind(param) == "choice":
            choose(param.name, value, tuple(param.options))


def snapshots(experiment: Experiment, values: Values) -> Iterator[Any]:
    """All snapshots of a run, the last of which is the result; one for a plain function."""
    admit(experiment, values)
    if slow(experiment):
        yield from experiment.compute(**values)
    else:
        yield experiment.compute(**values)


def advance(state: State, experiment: Experiment, values: Values) -> tuple[bool, float | None]:
    """One more slice of a slow run, whose result is remembered when it is there.

    A long run goes on in slices, one for each time the stage asks, so that a new setting or Stop
    is heard in between and a run nobody watches any more ends by itself. A pool of processes can
    take the generator's place here.

    Returns:
        (True, share in [0, 1]) while it runs, (True, None) after Stop, (False, None) when `result`
        has its answer: a picture, or a refusal.
    """
    name = key(experiment, values)
    if not slow(experiment) or known(experiment, values) is not None:
        return False, None
    if state.stopped == name:
        return True, None
    if state.job is None or state.job[0] != name:
        state.job = (name, snapshots(experiment, values))
    end = time.monotonic() + SLICE
    try:
        for snapshot in state.job[1]:
            share = float(snapshot.progress)
            # at 1 it is the result; the generator may still tidy up
            if share < 1 and time.monotonic() > end:
                return True, share
    except ValueError:
        state.job = None
        return False, None
    state.job = None
    remember(experiment, values, snapshot)
    return False, None


def result(experiment: Experiment, values: Values) -> Any:
    """The result of these settings, remembered or computed here and now.

    Raises:
        ValueError: the core's sentence about a value it refuses.
    """
    found = known(experiment, values)
    if found is None:
        *_, found = snapshots(experiment, values)
        remember(experiment, values, found)
    return found
