"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from collections.abc import Callable

from core.experiments.stochastic.adaptive import steps
from core.experiments.stochastic.averaging import averaging
from core.experiments.stochastic.escape import escape, kramers
from core.experiments.stochastic.schedules import schedules
from core.experiments.stochastic.wrong import wrong
from core.stochastic import Well
from core.words import number, spaced


def _error(i: int, **values: float) -> float:
    """The mean square of one of the four averages after all steps."""
    return float(averaging(**values).error[i, -1])


def _of_last(i: int, **values: float) -> float:
    return _error(i, **values) / _error(0, **values)


def _stay(**values: float) -> str:
    return spaced(round(escape(**values).stay))


NUMBERS: dict[str, Callable[[], str]] = {
    "averaging_gain": lambda: number(1 / _of_last(1, x0=0.0)),
    "averaging_last": lambda: number(_error(0, x0=0.0)),
    "averaging_mean": lambda: number(_error(1, x0=0.0)),
    "averaging_ema": lambda: number(_error(2, x0=0.0)),
    "averaging_tail": lambda: number(_error(3, x0=0.0)),
    "averaging_far": lambda: number(_of_last(1, alpha=0.01, x0=50.0)),
    "schedules_root": lambda: number(schedules().square[-1]),
    "schedules_stalled": lambda: number(schedules(c=0.5, p=2.0).mean[-1], 4),
    "schedules_asleep": lambda: number(schedules(c=0.1, p=1.0).mean[-1]),
    "schedules_constant": lambda: number(schedules(c=0.1, p=0.0).square[-1]),
    "adaptive_times": lambda: number(steps().rate[-1, 1] / steps().rate[-1, 0]),
    "escape_four": lambda: _stay(B=4),
    "escape_eight": lambda: _stay(B=8),
    "escape_scaled": lambda: _stay(B=4, eta=0.01),
    "escape_low": lambda: _stay(B=8, depth=0.5),
    "escape_alike": lambda: _stay(B=4, tilt=0.0),
    "escape_cold": lambda: number(kramers(Well(1.0, 0.1), 0.02, 32), 2),
    "wrong_first": lambda: number(wrong().size[1, 0] / 0.1),
    "wrong_multiplied": lambda: number(wrong(part="multiplied").size[1, 0] / 0.1),
    "wrong_x": lambda: number(wrong(part="printed", x0=-1.0, y0=-1.0).y[-1, 0]),
    "wrong_y": lambda: number(wrong(part="printed", x0=-1.0, y0=-1.0).y[-1, 1]),
}
