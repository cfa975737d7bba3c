"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from core.experiments.recurrence.through import Through, through
from core.words import number

TANH = {"matrix": "random", "phi": "tanh", "scale": 1.1}


def _skewed() -> Through:
    return through(matrix="skewed", scale=0.95, T=100)


NUMBERS = {
    # pad
    # bases
    # unrolled
    "through_fifty": lambda: number(through().back.norms[-1]),
    "through_more": lambda: number(through(scale=1.1).back.norms[-1]),
    "through_stretch": lambda: number(_skewed().back.bound[1]),
    "through_peak": lambda: number(_skewed().back.norms.max()),
    "through_slope": lambda: number(through(**TANH).back.slopes.mean(), 2),
    "through_long": lambda: number(through(scale=1.5, T=200).G.norm(), 2),
    # gates
    # job
    # unit
}
