"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math

from core.experiments.recurrence import unit_claims
from core.experiments.recurrence.through import Through, through
from core.recurrence import costs, eigenvalue, input_scale
from core.words import number

TANH = {"matrix": "random", "phi": "tanh", "scale": 1.1}


def _skewed() -> Through:
    return through(matrix="skewed", scale=0.95, T=100)


NUMBERS = {
    # pad
    # bases
    "unrolled_period": lambda: number(2 * math.pi / 0.5),
    "unrolled_steps": lambda: costs(64)["steps"].rounds,
    "unrolled_scan": lambda: costs(64)["scan"].rounds,
    "unrolled_more": lambda: number(
        costs(64)["scan"].multiplications / costs(64)["steps"].multiplications, 2
    ),
    "through_fifty": lambda: number(through().back.norms[-1]),
    "through_more": lambda: number(through(scale=1.1).back.norms[-1]),
    "through_stretch": lambda: number(_skewed().back.bound[1]),
    "through_peak": lambda: number(_skewed().back.norms.max()),
    "through_slope": lambda: number(through(**TANH).back.slopes.mean(), 2),
    "through_long": lambda: number(through(scale=1.5, T=200).G.norm(), 2),
    # gates
    # job
    "unit_variance": lambda: number(unit_claims.last(-5.0, False)),
    "unit_gain": lambda: number(input_scale(-5.0)),
    "unit_short": lambda: number(abs(eigenvalue(1.5, 0.3))),
}
