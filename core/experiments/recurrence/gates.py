r"""A gated cell of two units with its gates open to view, on numbers that are typed.

The cell sees a number x and m, 1 where the number is not 0. Its weights are fixed: the candidate
is tanh((2x, −2x) + W h) with W = [[1, 1], [0, 1]]; a number closes what keeps (−12 m at u) or opens
what lets in (12 m at i); r = σ(b_r − 2h), f = σ(b_f), o = σ(b_o).
"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.recurrence import PLACES, SENSES
from core.signature import between, declared

CELLS = ("gru", "lstm", "rnn")
GATES = {"gru": ("r", "u", "n"), "lstm": ("i", "f", "g", "o"), "rnn": ()}  # n and g: candidates
T, LONGEST, LARGEST = 100, 24, 5.0  # steps; numbers that are typed, and how large
IN, MARK, RESET = 2.0, 12.0, 2.0  # weights: x in the candidate, m in u and i, h in r
BIAS = between(-6, 6)


class Cells(NamedTuple):
    """Row t − 1 of x and gates belongs to step t, row t of the states to what it leaves."""

    x: Tensor  # numbers typed, then zeros, (T,)
    gates: Tensor  # (T, G, 2) in the order of `GATES`
    h: Tensor  # (T + 1, 2)
    c: Tensor  # of the LSTM, (T + 1, 2); (0, 2) of the others


@declared
def cells(
    cell: Literal[CELLS] = "gru",
    x: str = "1",
    b_u: Annotated[float, BIAS] = 6.0,
    b_r: Annotated[float, BIAS] = -6.0,
    b_f: Annotated[float, BIAS] = 6.0,
    b_i: Annotated[float, BIAS] = -6.0,
    b_o: Annotated[float, BIAS] = 4.0,
    sense: Literal[SENSES] = "old",
    reset: Literal[PLACES] = "outside",
    hard: bool = False,
) -> Cells:
    """A hundred steps from the state 0.

    Args:
        cell: GRU, LSTM or the plain tanh cell.
        x: 1 to 24 numbers in [−5, 5]; zeros follow.
        b_u, b_r, b_f, b_i, b_o: biases of the gates.
        sense, reset: of the GRU, see `core.recurrence.cells`.
        hard: gates rounded to 0 or 1.

    Sources: RNN-07, RNN-08, CNN-35.
    """
    given = typed(x)
    gate = _rounded if hard else _sigmoid
    if cell == "gru":
        steps = _gru(given, b_u, b_r, sense, reset, gate)
    elif cell == "lstm":
        steps = _lstm(given, b_f, b_i, b_o, gate)
    else:
        steps = _rnn(given)
    gates, h, c = zip(*steps, strict=True)
    none = cell != "lstm"
    return Cells(
        given,
        torch.tensor(gates, dtype=torch.float64).view(T, -1, 2),
        torch.tensor([(0.0, 0.0), *h], dtype=torch.float64),
        torch.tensor([] if none else [(0.0, 0.0), *c], dtype=torch.float64).view(-1, 2),
    )


@lru_cache(maxsize=256)
def typed(x: str) -> Tensor:
    """The numbers and the zeros after them, (T,)."""
    numbers = table.signal(x, "x", LONGEST)
    for each in numbers.tolist():
        require("numbers of x", each, -LARGEST, LARGEST)
    return torch.cat([numbers, torch.zeros(T - len(numbers), dtype=torch.float64)])


Pair = tuple[float, float]
Steps = Iterator[tuple[tuple[Pair, ...], Pair, Pair]]  # gates and candidate, h, c
Gate = Callable[[float], float]


def _gru(x: Tensor, b_u: float, b_r: float, sense: str, reset: str, gate: Gate) -> Steps:
    h1 = h2 = 0.0
    for now in x.tolist():
        u = gate(b_u - MARK if now else b_u)
        r1, r2 = gate(b_r - RESET * h1), gate(b_r - RESET * h2)
        back = r1 * (h1 + h2) if reset == "outside" else r1 * h1 + r2 * h2
        n1, n2 = math.tanh(IN * now + back), math.tanh(r2 * h2 - IN * now)
        old, new = (u, 1 - u) if sense == "old" else (1 - u, u)
        h1, h2 = new * n1 + old * h1, new * n2 + old * h2
        yield ((r1, r2), (u, u), (n1, n2)), (h1, h2), (0.0, 0.0)


def _lstm(x: Tensor, b_f: float, b_i: float, b_o: float, gate: Gate) -> Steps:
    h1 = h2 = c1 = c2 = 0.0
    f, o = gate(b_f), gate(b_o)
    for now in x.tolist():
        i = gate(b_i + MARK if now else b_i)
        g1, g2 = math.tanh(IN * now + h1 + h2), math.tanh(h2 - IN * now)
        c1, c2 = f * c1 + i * g1, f * c2 + i * g2
        h1, h2 = o * math.tanh(c1), o * math.tanh(c2)
        yield ((i, i), (f, f), (g1, g2), (o, o)), (h1, h2), (c1, c2)


def _rnn(x: Tensor) -> Steps:
    h1 = h2 = 0.0
    for now in x.tolist():
        h1, h2 = math.tanh(IN * now + h1 + h2), math.tanh(h2 - IN * now)
        yield (), (h1, h2), (0.0, 0.0)


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def _rounded(a: float) -> float:
    return float(a >= 0)


def last(x: Tensor) -> int:
    """The step with the last number; 0 where there is none."""
    steps = torch.nonzero(x)
    return int(steps[-1]) + 1 if len(steps) else 0


def kept(run: Cells, cell: str, sense: str) -> Tensor:
    """What a step multiplies the old state by, (T, 2): u or 1 − u, and f; 0 in the plain cell."""
    if cell == "rnn":
        return torch.zeros_like(run.h[1:])
    share = run.gates[:, 1]
    return 1 - share if cell == "gru" and sense == "new" else share
