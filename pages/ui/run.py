"""Running an experiment: refuse what is out of range, remember what was computed."""

import time
from collections.abc import Iterator
from typing import Any

from core.check import choose, require
from core.keep import Keep
from core.signature import streams
from pages.ui.experiment import Experiment, Values
from pages.ui.store import State, integer, kind

WEIGHT = 32_000_000  # bytes of results
SLICE = 0.15  # seconds of a long run between two looks at what the student wants
_results = Keep(WEIGHT)


def slow(experiment: Experiment) -> bool:
    """Whether the computation yields snapshots instead of returning at once."""
    return streams(experiment.compute)


def key(experiment: Experiment, values: Values) -> tuple:
    """What the result depends on: the function and the settings it takes."""
    compute, inputs = experiment.compute, sorted(experiment.inputs(values).items())
    return (compute.__module__, compute.__qualname__, *inputs)


def known(experiment: Experiment, values: Values) -> Any:
    """The remembered result of these settings, or None."""
    return _results.get(key(experiment, values))


def remember(experiment: Experiment, values: Values, result: Any) -> None:
    """Keep a result by its weight."""
    _results.put(key(experiment, values), result)


def forget() -> None:
    """Forget every result."""
    _results.clear()


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
    end = time.monotonic() + SLICE
    try:
        admit(experiment, values)
        if state.job is None or state.job[0] != name:
            state.job = (name, snapshots(experiment, values))
        for snapshot in state.job[1]:
            share = float(snapshot.progress)
            # at 1 it is the result; the generator may still tidy up
            if share < 1 and time.monotonic() > end:
                return True, share
    except Exception:
        state.job = None
        return False, None  # `result` meets it again, and says what it is
    state.job = None
    remember(experiment, values, snapshot)
    return False, None


def result(experiment: Experiment, values: Values) -> Any:
    """The result of these settings, remembered or computed here and now.

    Raises:
        ValueError: the core's sentence about a value it refuses.
    """
    admit(experiment, values)
    found = known(experiment, values)
    if found is None:
        *_, found = snapshots(experiment, values)
        remember(experiment, values, found)
    return found


def admitted(experiment: Experiment, values: Values) -> bool:
    """Whether these settings have a result."""
    try:
        return result(experiment, values) is not None
    except ValueError:
        return False
