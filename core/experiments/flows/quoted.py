"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math

from core.flows import line_law, sinh, total
from core.words import tex

NUMBERS = {
    "forgotten": lambda: f"{total(sinh(2.0, 1.0), line_law('normal'), forget=True):.4f}",
    "steep": lambda: tex(0.4 * math.exp(12.5), 3),
}
