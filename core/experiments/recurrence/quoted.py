"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math

from core.experiments.recurrence.gates import cells
from core.words import number

NUMBERS = {
    # pad
    # bases
    # unrolled
    # through
    "gates_u": lambda: f"{float(cells().gates[-1, 1, 0]):.4f}",
    "gates_left": lambda: f"{100 * float(cells().h[-1, 0] / cells().h[1, 0]):.0f}",
    "gates_u3": lambda: f"{float(cells(b_u=3.0).gates[-1, 1, 0]):.3f}",
    "gates_half3": lambda: f"{math.log(0.5) / math.log(cells(b_u=3.0).gates[-1, 1, 0]):.0f}",
    "gates_count": lambda: f"{float(cells('lstm', '1 1 1 1 1').c[5, 0]):.2f}",
    "gates_plain": lambda: number(abs(cells("rnn").h[-1, 1])),
    "gates_other": lambda: number(cells(sense="new").h[1, 0], 2),
    "gates_inside": lambda: number(cells(b_u=2.0, b_r=1.0, reset="inside").h[5, 0], 2),
    "gates_outside": lambda: number(cells(b_u=2.0, b_r=1.0).h[5, 0], 2),
    # job
    # unit
}
