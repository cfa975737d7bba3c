"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import numpy as np
import torch

from core.experiments.importance.board import board
from core.experiments.importance.four import four
from core.experiments.importance.hide import hidden_one
from core.experiments.importance.ice import moved
from core.experiments.importance.ice_claims import individual, slope_alone, spread
from core.experiments.importance.saliency import saliency
from core.experiments.importance.see_claims import percent
from core.importance import KIDNEY, rates
from core.words import number


def _tumour():
    return moved(data="breast_cancer", row=20, shift=1.0)


def _plateau():
    return moved(base="plateau", strength=0.0, x1=1.5, x2=0.5)


TWO = board(graph="A>C B>C", tables="0.5 0.5 0.1 0.9 0.9 0.9", pair=1)
FORK = board(graph="A>B C>A C>B", tables="0.2 0.8 0.3 0.7 0.4 0.8 0.5", pair=1)
STONES = rates(torch.tensor(KIDNEY))

NUMBERS = {
    "ice_each": lambda: number(float(np.median(spread(moved().lines.numpy())))),
    "ice_slope": lambda: number(_plateau().slope[0], 2),
    "ice_moves": lambda: number(float(spread(_plateau().own.numpy()))),
    "ice_alone": lambda: number(slope_alone(moved(strength=0.0, rho=0.9)), 2),
    "ice_share": lambda: number(100 * individual(moved(data="diabetes")), 2),
    "ice_gap": lambda: number(_tumour().gap, 2),
    "ice_limit": lambda: number(_tumour().limit, 2),
    "hide_usual": lambda: number(hidden_one().part[0]),
    "hide_guess": lambda: number(hidden_one().rest[0] - 3),
    "hide_average": lambda: number(hidden_one(f="product").mean[1]),
    "hide_copy": lambda: number(hidden_one(f="first", rho=0.99).error[0], 2),
    "hide_zero": lambda: number(hidden_one(x1=1.0, x2=1.0).part[3]),
    "hide_square": lambda: number(hidden_one(f="square", rho=0.0, x1=1.0, x2=1.0).rest[0]),
    "four_nats": lambda: number(four(rho=0.9, loss="log").exact[3]),
    "four_mixed": lambda: number(four(world="bits", t=0.5, loss="log").exact[3]),
    "sal_mean": lambda: number(saliency().mean[0]),
    "sal_slope": lambda: number(saliency().slope[0], 2),
    "see_raw_a": lambda: percent(STONES.raw[0]),
    "see_raw_b": lambda: percent(STONES.raw[1]),
    "see_fair_a": lambda: percent(STONES.adjusted[0]),
    "see_fair_b": lambda: percent(STONES.adjusted[1]),
    "board_two": lambda: number(TWO.told[0, 3]),
    "board_fork": lambda: number(FORK.effect, 2),
    "board_raw": lambda: number(FORK.adjusted[0], 2),
    "board_off": lambda: f"{board(law='any', seed=0).off:.3f}",
}
