"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math
from collections import deque
from functools import cache

from core.experiments.recurrence import unit_claims
from core.experiments.recurrence.bases import bases
from core.experiments.recurrence.gates import cells
from core.experiments.recurrence.job import CELLS, Recalled, job
from core.experiments.recurrence.pad import echo
from core.experiments.recurrence.through import Through, through
from core.recurrence import costs, eigenvalue, input_scale
from core.words import number


@cache
def _nets(**values: float) -> Recalled:
    return deque(job(**values), maxlen=1).pop()


def _recalled(cell: str, **values: float) -> str:
    """Share of bits recalled at the longest lag, in percent."""
    return f"{100 * float(_nets(**values).right[-1, CELLS.index(cell), 0].mean()):.0f}"


TANH = {"matrix": "random", "phi": "tanh", "scale": 1.1}


def _skewed() -> Through:
    return through(matrix="skewed", scale=0.95, T=100)


NUMBERS = {
    "pad_long": lambda: number(echo(modulus=0.99).half),
    "bases_most": lambda: number(bases(A="0.9 5,0 0.9").norms.max(), 4),
    "gates_u": lambda: f"{float(cells().gates[-1, 1, 0]):.4f}",
    "gates_left": lambda: f"{100 * float(cells().h[-1, 0] / cells().h[1, 0]):.0f}",
    "gates_u3": lambda: f"{float(cells(b_u=3.0).gates[-1, 1, 0]):.3f}",
    "gates_half3": lambda: f"{math.log(0.5) / math.log(cells(b_u=3.0).gates[-1, 1, 0]):.0f}",
    "gates_count": lambda: f"{float(cells('lstm', '1 1 1 1 1').c[5, 0]):.2f}",
    "gates_plain": lambda: number(abs(cells("rnn").h[-1, 1])),
    "gates_other": lambda: number(cells(sense="new").h[1, 0], 2),
    "gates_inside": lambda: number(cells(b_u=2.0, b_r=1.0, reset="inside").h[5, 0], 2),
    "gates_outside": lambda: number(cells(b_u=2.0, b_r=1.0).h[5, 0], 2),
    "job_gru": lambda: _recalled("gru"),
    "job_lstm": lambda: _recalled("lstm"),
    "job_lru": lambda: _recalled("lru"),
    "job_rnn": lambda: _recalled("rnn"),
    "job_half": lambda: _recalled("gru", keep=0.5, noise=0.3),
    "job_quiet": lambda: _recalled("lru", noise=0.0),
    "job_loud": lambda: _recalled("gru", noise=1.0),
    "job_loudlstm": lambda: _recalled("lstm", noise=1.0),
    "job_loudrnn": lambda: _recalled("rnn", noise=1.0),
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
    "unit_variance": lambda: number(unit_claims.last(-5.0, False)),
    "unit_gain": lambda: number(input_scale(-5.0)),
    "unit_short": lambda: number(abs(eigenvalue(1.5, 0.3)), 4),
}
