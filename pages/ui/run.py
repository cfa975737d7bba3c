"""Running an experiment: refuse what is out of range, remember what was computed."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core import audience, jobs
from core.check import Check, choose, require
from core.concluding import Conclusion, concluded, place
from core.keep import Keep
from core.signature import names, streams
from pages.ui.experiment import Experiment, Values
from pages.ui.store import STOPPED, State, integer, kind

WEIGHT = 32_000_000  # bytes of results
BEAT = 0.1  # seconds between two pictures of a long run
GLANCE = 0.2  # seconds until one looks again at what the student wants
PATIENCE = 0.5  # the same while the run waits for others
_results = Keep(WEIGHT)
_judged = Keep(2_000_000)  # bytes of checks


def slow(experiment: Experiment) -> bool:
    """Whether the computation yields snapshots instead of returning at once."""
    return streams(experiment.compute)


def key(experiment: Experiment, values: Values) -> tuple:
    """What the result depends on: the function and the settings it takes."""
    compute, inputs = experiment.compute, sorted(experiment.inputs(values).items())
    return (compute.__module__, compute.__qualname__, *inputs)


def known(experiment: Experiment, values: Values) -> Any:
    """The remembered result of these settings, a ValueError that refuses them, or None."""
    return _results.get(key(experiment, values))


def remember(experiment: Experiment, values: Values, result: Any) -> None:
    """Keep a result by its weight."""
    _results.put(key(experiment, values), result)


def checks(experiment: Experiment, values: Values, result: Any) -> list[Check]:
    """What is claimed of a result: as the worker of a long run has found it, else found now."""
    told = _judged.get(_judgement(experiment, values))
    return experiment.checks(result, **values) if told is None else told


def forget() -> None:
    """Forget every result."""
    _results.clear()
    _judged.clear()


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


class Superseded(Exception):
    """A newer run of the same stage has begun: nobody waits for this one any more."""


@dataclass(frozen=True)
class Going:
    """A long run under way, or stopped.

    Attributes:
        name: of the settings that are computed, the same for all snapshots of a run.
        values: these settings.
        snapshot: the newest one, if it has not been drawn yet.
        progress: share done, in [0, 1].
        left: seconds until its end, as far as one can tell, or None.
        doing: what it is doing, in the words of the snapshot.
        ahead: runs that come first, while it waits.
        stopped: why it does not go on; "" while it does.
    """

    name: str
    values: Values
    snapshot: Any = None
    progress: float = 0.0
    left: float | None = None
    doing: str = ""
    ahead: int = 0
    stopped: str = ""


def advance(
    state: State, experiment: Experiment, values: Values, pins: list[Values], who: str
) -> Going | None:
    """Wait a moment for the next snapshot of a long run, first of these settings, then of pins.

    Beside settings that are refused nothing is drawn, so their pins are not computed.

    The run goes on in a worker (see `core.jobs`): here is only looked how far it is, and what it
    ends with is remembered. None when everything has its answer: a result, or a refusal.

    Raises:
        Superseded: while it waited; what is on stage may be something else by now.
    """
    turn = state.turn
    shown = (values,) if _refused(experiment, values) else (values, *pins)
    wanted = (v for v in shown if slow(experiment) and _open(experiment, v))
    target = next(wanted, None)
    if target is None:
        audience.leave(who)
        state.job = None
        return None
    name = key(experiment, target)
    if state.job is None or state.job[0] != name:
        state.job = (name, 0, time.monotonic())
    if state.stopped and state.stopped[0] == name:
        audience.leave(who)
        return Going(_short(name), target, stopped=state.stopped[1])
    try:
        job = audience.watch(who, name, lambda: _started(experiment, target))
    except jobs.Full:
        time.sleep(PATIENCE)
        return Going(_short(name), target, ahead=jobs.WAITING)
    except ValueError:
        return None  # a file that is gone: `result` says so
    _, seen, drawn = state.job
    job.wait(seen, PATIENCE if job.state == "queued" else GLANCE)
    if state.turn != turn:
        raise Superseded
    if job.state == "cancelled":  # by an older run of the stage, which knew no better
        return advance(state, experiment, values, pins, who)
    if job.over:
        stopped = _ended(state, experiment, target, job)
        return stopped or advance(state, experiment, values, pins, who)
    time.sleep(max(0.0, drawn + BEAT - time.monotonic()))
    count, snapshot = job.newest()
    new = count > seen
    if isinstance(snapshot, Conclusion):  # its picture has been there
        snapshot, new = snapshot.result, False
    if count:
        state.job = (name, count, time.monotonic())
    progress = float(snapshot.progress) if count else 0.0
    spent = time.monotonic() - job.began if job.began else 0.0
    return Going(
        _short(name),
        target,
        snapshot if new else None,
        progress,
        left=spent / progress - spent if progress > 0.02 else None,
        doing=getattr(snapshot, "doing", ""),
        ahead=job.ahead + 1 if job.state == "queued" else 0,
    )


def _open(experiment: Experiment, values: Values) -> bool:
    """Whether these settings are allowed and have no answer yet."""
    return not _refused(experiment, values) and known(experiment, values) is None


def _refused(experiment: Experiment, values: Values) -> bool:
    """Whether these settings are refused, as far as one knows."""
    try:
        admit(experiment, values)
    except ValueError:
        return True
    return isinstance(known(experiment, values), ValueError)


def _started(experiment: Experiment, values: Values) -> jobs.Job:
    run, judge = place(experiment.compute), place(experiment.checks)
    return jobs.submit(concluded, run_=run, checks_=judge, **values)


def _judgement(experiment: Experiment, values: Values) -> tuple:
    """What the checks depend on: beside the settings of the run those that they take themselves."""
    taken = names(experiment.checks)
    mine = sorted((k, v) for k, v in values.items() if taken is None or k in taken)
    return (*key(experiment, values), *mine)


def _ended(state: State, experiment: Experiment, values: Values, job: jobs.Job) -> Going | None:
    """Remember what a job ended with; a job that failed has stopped."""
    name = key(experiment, values)
    if job.state == "done":
        end = job.newest()[1]
        remember(experiment, values, end.result)
        _judged.put(_judgement(experiment, values), end.checks)
    if isinstance(job.error, ValueError):
        remember(experiment, values, job.error)
    if known(experiment, values) is not None:
        state.job = None
        return None
    state.stopped = (name, str(job.error or STOPPED))
    return Going(_short(name), values, stopped=state.stopped[1])


def _short(name: tuple) -> str:
    return hashlib.blake2b(repr(name).encode(), digest_size=6).hexdigest()


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
    if isinstance(found, ValueError):
        raise ValueError(*found.args)  # one that is raised again keeps every frame it passed
    return found


def admitted(experiment: Experiment, values: Values) -> bool:
    """Whether these settings have a result."""
    try:
        return result(experiment, values) is not None
    except ValueError:
        return False
