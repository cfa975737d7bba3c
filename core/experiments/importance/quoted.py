"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from functools import cache

import numpy as np
import torch

from core.experiments.importance.board import board
from core.experiments.importance.four import four
from core.experiments.importance.hide import hidden_one
from core.experiments.importance.ice import moved
from core.experiments.importance.ice_claims import individual, slope_alone, spread
from core.experiments.importance.real import real
from core.experiments.importance.saliency import saliency
from core.experiments.importance.saliency_claims import tops
from core.experiments.importance.see_claims import percent
from core.importance import KIDNEY, rates
from core.words import number


def _tumour():
    return moved(data="breast_cancer", row=20, shift=1.0)


def _plateau():
    return moved(base="plateau", strength=0.0, x1=1.5, x2=0.5)


def _units(c: float):
    return saliency(x1=1.0, x2=-2.0, w1=1.0, c=c)


def _steepest(**digit: int):
    """What the pixel with the largest slope contributes."""
    run = saliency(world="digit", **digit)
    return run.contribution[tops(run)[0]]


def _cells(*values) -> str:
    return " | ".join(number(float(each), zero=1e-9) for each in values)


def _twins(rho: float) -> str:
    """Shuffled, redrawn, left out; X₁ tells alone and beside X₂."""
    run = four(rho=rho)
    return _cells(*run.exact[[0, 1, 3]], *run.told)


def _bits(t: float) -> str:
    """X₁ tells alone and beside X₂; left out, squared error."""
    run = four(world="bits", t=t)
    return _cells(*run.told, run.exact[3])


TWO = board(graph="A>C B>C", tables="0.5 0.5 0.1 0.9 0.9 0.9", pair=1)
FORK = board(graph="A>B C>A C>B", tables="0.2 0.8 0.3 0.7 0.4 0.8 0.5", pair=1)
BEFORE = board(
    graph="A>B D>A D>C E>B E>C",
    nodes=5,
    pair=1,
    tables="0.1 0.9 0.1 0.8 0.2 0.9 0.1 0.7 0.7 0.95 0.5 0.5",
)
TIMES = ("no", "one", "two", "three", "four", "five")
STONES = rates(torch.tensor(KIDNEY))


@cache
def _real(way: int, column: int, **values: str | bool) -> str:
    """In per cent of the loss of guessing."""
    *_, run = real(**values)
    return number(100 * run.rise[way, column] / run.unit)


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
    "four_strangers": lambda: _twins(0.0),
    "four_half": lambda: _twins(0.5),
    "four_cousins": lambda: _twins(0.9),
    "four_twins": lambda: _twins(0.99),
    "four_xor": lambda: _bits(0.0),
    "four_between": lambda: _bits(0.5),
    "four_copies": lambda: _bits(1.0),
    "four_shuffled": lambda: number(four(rho=0.0).exact[0]),
    "four_left": lambda: number(four(rho=0.0).exact[3]),
    "four_nats": lambda: number(four(rho=0.9, loss="log").exact[3]),
    "four_mixed": lambda: number(four(world="bits", t=0.5, loss="log").exact[3]),
    "sal_mean": lambda: number(saliency().mean[0]),
    "sal_slope": lambda: number(saliency().slope[0], 2),
    "sal_gave": lambda: number(saliency().contribution[0]),
    "sal_f": lambda: number(saliency().f, 4),
    "sal_first": lambda: number(_units(1.0).slope[0]),
    "sal_metres": lambda: number(_units(1.0).slope[1]),
    "sal_tens": lambda: number(_units(0.1).slope[1]),
    "sal_turn": lambda: number(_units(1.0).slope[1] / _units(1.0).slope[0]),
    "sal_four": lambda: number(saliency(world="digit").f),
    "sal_nine": lambda: number(_steepest(digit=125)),
    "sal_edge": lambda: number(_steepest(), zero=5e-5),
    "see_raw_a": lambda: percent(STONES.raw[0]),
    "see_raw_b": lambda: percent(STONES.raw[1]),
    "see_fair_a": lambda: percent(STONES.adjusted[0]),
    "see_fair_b": lambda: percent(STONES.adjusted[1]),
    "board_two": lambda: number(TWO.told[0, 3], 2),
    "board_fork": lambda: number(FORK.effect, 2),
    "board_raw": lambda: number(FORK.adjusted[0], 2),
    "board_times": lambda: TIMES[int(FORK.adjusted[0] / FORK.effect)],
    "board_before": lambda: number(BEFORE.effect, 2),
    "board_held": lambda: number(BEFORE.adjusted[1], 2),
    "board_off": lambda: f"{board(law='any', seed=0).off:.3f}",
    "real_shuffled": lambda: _real(0, 4),
    "real_lost": lambda: _real(2, 4),
    "real_twin": lambda: _real(0, 8, twin=True),
    "real_leans": lambda: _real(0, 9, data="wine", model="trees"),
    "real_proline": lambda: _real(2, 9, data="wine", model="trees"),
}
