"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math

from core.experiments.flows.coupling import coupling
from core.flows import line_law, sinh, total
from core.words import number, tex

FOUR = {"s": "sine", "size": 0.6, "D": 4, "seed": 1}

NUMBERS = {
    "coupling_det": lambda: number(coupling(**FOUR).det, 4),
    "forgotten": lambda: f"{total(sinh(2.0, 1.0), line_law('normal'), forget=True):.4f}",
    "steep": lambda: tex(0.4 * math.exp(12.5), 3),
}
