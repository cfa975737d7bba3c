"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math
from collections import deque
from functools import cache

from core.convexity import breaking_height, hilbert
from core.experiments.convexity import pl_claims
from core.experiments.convexity.inner import inner
from core.experiments.convexity.parabolas import function, parabolas
from core.experiments.convexity.pl import descent
from core.experiments.convexity.score import score
from core.experiments.convexity.sensitivity import sensitivity
from core.experiments.convexity.taylor import expansion
from core.experiments.convexity.wide import Run, Wide, place, wide
from core.landscapes import condition_number
from core.words import number

SKEW = {"u1": 1.0, "u2": 0.0, "v1": 0.0, "v2": 1.0, "m11": 4.0, "m12": 1.8}


@cache
def _nets(**values: int) -> Wide:
    return deque(wide(**values), maxlen=1).pop()


def _wide(width: int, **values: int) -> Run:
    """One of the nine networks that learn."""
    return _nets(**values).runs[place(width)]


NUMBERS = {
    "wide_low": lambda: number(_wide(512).least.min()),
    "wide_high": lambda: number(_wide(512).least.max()),
    "wide_two": lambda: number(_wide(2).loss[-1]),
    "wide_eight": lambda: number(_wide(8).least[0]),
    "wide_twenty": lambda: number(_wide(64, points=20).least.min()),
    "inner_angle": lambda: number(inner().angle),
    "inner_skew": lambda: number(math.degrees(math.acos(inner(**SKEW).ratio))),
    "par_place": lambda: number(parabolas().x[1]),
    "par_stuck": lambda: f"{float(parabolas(f='waves', x=8.5, L=1.1, steps=40).f[-1]):.3f}",
    "par_least": lambda: f"{function('waves', '').least:.3f}".replace("-", "−"),
    "taylor_four": lambda: number(abs(expansion().rests[4])),
    "taylor_eight": lambda: number(abs(expansion().rests[8])),
    "taylor_first": lambda: number(expansion(f="exp", x=1.0).xi[0]),
    "taylor_last": lambda: number(expansion(f="exp", x=1.0).xi[8]),
    "taylor_flat": lambda: number(expansion(f="bump", x=1.0).value),
    "pl_three": lambda: number(descent().mu, 4),
    "pl_four": lambda: pl_claims.arrives(descent(a=4.5, steps=100)),
    "pl_rest": lambda: number(pl_claims.other(5.0)[0]),
    "pl_height": lambda: number(pl_claims.other(5.0)[1]),
    "pl_top": lambda: number(pl_claims.top(5.0)),
    "pl_break": lambda: f"{breaking_height().a:.4f}",
    "sens_lines": lambda: number(sensitivity(a12=1.0, a21=1.0, a22=1.01).kappa),
    "sens_hilbert2": lambda: number(condition_number(hilbert(2))),
    "score_wave": lambda: number(score(g="wave", theta=1.0).score_variance),
    "score_wave_path": lambda: number(score(g="wave", theta=1.0).path_variance),
}
