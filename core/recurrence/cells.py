r"""Recurrent cells, with the weights and in the order of torch's cells.

`weights` is the state of `torch.nn.RNNCell`, `GRUCell` or `LSTMCell`: weight_ih (G·H, I), weight_hh
(G·H, H) and, unless the cell has none, bias_ih and bias_hh (G·H,); G blocks one under the other,
h' for the plain cell, r, u, n for the GRU (torch calls u z), i, f, g, o for the LSTM. An input x is
(I,) or (N, I), a state (H,) or (N, H). Sources: RNN-07, RNN-08, CNN-35.

Texts differ in two things, and a GRU of one is another cell in the other:

- where r stands, with W the recurrent weights of the candidate: "outside" is r ⊙ (W h), that of
  torch and cuDNN, "inside" W (r ⊙ h), that of Cho et al. (2014);
- what u is the weight of: the "old" state, h' = (1 − u) ⊙ n + u ⊙ h, in Cho et al. and torch, or
  the "new" candidate, h' = u ⊙ n + (1 − u) ⊙ h, in Chung et al. (2014).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose

Weights = Mapping[str, Tensor]
PLACES, SENSES = ("outside", "inside"), ("old", "new")


class Gru(NamedTuple):
    """One step, or many in rows: gates r and u, candidate n, new state h; all like the state."""

    r: Tensor
    u: Tensor
    n: Tensor
    h: Tensor


class Lstm(NamedTuple):
    """One step, or many in rows: gates i, f, o, candidate g, new states c and h."""

    i: Tensor
    f: Tensor
    g: Tensor
    o: Tensor
    c: Tensor
    h: Tensor


def rnn_cell(x: Tensor, h: Tensor, weights: Weights) -> Tensor:
    """h' = tanh(W x + U h + b), the plain cell."""
    return torch.tanh(_fed(x, weights, h, 1) + _back(h, weights))


def gru_cell(x: Tensor, h: Tensor, weights: Weights) -> Tensor:
    """h' as `torch.nn.GRUCell` has it."""
    return gru_step(x, h, weights).h


def lstm_cell(x: Tensor, h: Tensor, c: Tensor, weights: Weights) -> tuple[Tensor, Tensor]:
    """(h', c') as `torch.nn.LSTMCell` has them."""
    step = lstm_step(x, h, c, weights)
    return step.h, step.c


def gru_step(
    x: Tensor,
    h: Tensor,
    weights: Weights,
    *,
    reset: str = "outside",
    sense: str = "old",
    gate: Callable[[Tensor], Tensor] = torch.sigmoid,
) -> Gru:
    """A step of the GRU with its gates.

    Args:
        reset: where r stands: "outside" of the product with the weights, or "inside".
        sense: what u is the weight of: the "old" state or the "new" candidate.
        gate: from the sum to the gate.

    Raises:
        ValueError: shapes that do not fit, or another reset or sense.
    """
    choose("reset", reset, PLACES)
    choose("sense", sense, SENSES)
    return _gru(_fed(x, weights, h, 3), h, weights, reset, sense, gate)


def lstm_step(
    x: Tensor,
    h: Tensor,
    c: Tensor,
    weights: Weights,
    *,
    gate: Callable[[Tensor], Tensor] = torch.sigmoid,
) -> Lstm:
    """A step of the LSTM with its gates: c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh c'."""
    if c.shape != h.shape:
        raise ValueError(f"expected c of the shape {tuple(h.shape)} of h, got {tuple(c.shape)}")
    return _lstm(_fed(x, weights, h, 4), h, c, weights, gate)


def rnn_run(x: Tensor, h: Tensor, weights: Weights) -> Tensor:
    """All states after the first of the plain cell, of inputs x (T, I) or (T, N, I)."""
    states = []
    for fed in _fed(x, weights, h, 1):
        h = torch.tanh(fed + _back(h, weights))
        states.append(h)
    return torch.stack(states)


def gru_run(
    x: Tensor,
    h: Tensor,
    weights: Weights,
    *,
    reset: str = "outside",
    sense: str = "old",
    gate: Callable[[Tensor], Tensor] = torch.sigmoid,
) -> Gru:
    """All steps on the inputs x, (T, I) or (T, N, I), from the state h; see `gru_step`."""
    choose("reset", reset, PLACES)
    choose("sense", sense, SENSES)
    steps = []
    for fed in _fed(x, weights, h, 3):
        steps.append(_gru(fed, h, weights, reset, sense, gate))
        h = steps[-1].h
    return Gru(*map(torch.stack, zip(*steps, strict=True)))


def lstm_run(
    x: Tensor,
    h: Tensor,
    c: Tensor,
    weights: Weights,
    *,
    gate: Callable[[Tensor], Tensor] = torch.sigmoid,
) -> Lstm:
    """All steps on the inputs x, (T, I) or (T, N, I), from the states h and c."""
    steps = []
    for fed in _fed(x, weights, h, 4):
        steps.append(_lstm(fed, h, c, weights, gate))
        c, h = steps[-1][-2:]
    return Lstm(*map(torch.stack, zip(*steps, strict=True)))


def _fed(x: Tensor, weights: Weights, h: Tensor, blocks: int) -> Tensor:
    """What the inputs add, W x + b, for all steps at once."""
    W, U = weights["weight_ih"], weights["weight_hh"]
    if U.shape[0] != blocks * U.shape[1] or W.shape[0] != U.shape[0]:
        expected = f"expected weight_ih ({blocks}H, I) and weight_hh ({blocks}H, H)"
        raise ValueError(f"{expected}, got {tuple(W.shape)} and {tuple(U.shape)}")
    for name, value, size in (("x", x, W.shape[1]), ("h", h, U.shape[1])):
        if value.shape[-1:] != (size,):
            raise ValueError(f"expected {name} (…, {size}), got {tuple(value.shape)}")
    return torch.nn.functional.linear(x, W, weights.get("bias_ih"))


def _back(h: Tensor, weights: Weights, rows: slice = slice(None)) -> Tensor:
    """What the state adds, U h + b, of some rows."""
    b = weights.get("bias_hh")
    return torch.nn.functional.linear(h, weights["weight_hh"][rows], None if b is None else b[rows])


def _gru(fed: Tensor, h: Tensor, weights: Weights, reset: str, sense: str, gate) -> Gru:
    H = h.shape[-1]
    if reset == "outside":
        back = _back(h, weights)
        r, u = gate(fed[..., : 2 * H] + back[..., : 2 * H]).chunk(2, -1)
        n = torch.tanh(fed[..., 2 * H :] + r * back[..., 2 * H :])
    else:
        r, u = gate(fed[..., : 2 * H] + _back(h, weights, slice(2 * H))).chunk(2, -1)
        n = torch.tanh(fed[..., 2 * H :] + _back(r * h, weights, slice(2 * H, None)))
    # so that u = 1 leaves h as it is, to the last digit
    return Gru(r, u, n, (1 - u) * n + u * h if sense == "old" else u * n + (1 - u) * h)


def _lstm(fed: Tensor, h: Tensor, c: Tensor, weights: Weights, gate) -> Lstm:
    H = h.shape[-1]
    total = fed + _back(h, weights)
    i, f = gate(total[..., : 2 * H]).chunk(2, -1)
    g, o = torch.tanh(total[..., 2 * H : 3 * H]), gate(total[..., 3 * H :])
    c = f * c + i * g
    return Lstm(i, f, g, o, c, o * torch.tanh(c))
