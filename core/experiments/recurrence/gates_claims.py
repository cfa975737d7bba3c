"""What gates claim: the steps of GRU, LSTM and plain cell, and states as sums of what came in."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.check import Check, at_most, same
from core.experiments.recurrence.gates import IN, MARK, RESET, Cells, T, kept, last
from core.recurrence import gru_step, lstm_step
from core.words import number

NAMES = {"gru": "GRU", "lstm": "LSTM", "rnn": "plain cell"}
I2, Z2 = np.eye(2), np.zeros((2, 2))
W = np.array([[1.0, 1.0], [0.0, 1.0]])
FEED, SEEN = np.array([[IN, 0.0], [-IN, 0.0]]), np.array([[0.0, 1.0], [0.0, 1.0]])
TEXTS = {
    "peer": "GRU: h′ of every step by torch’s own cell; where u is the weight of the candidate, "
    "with the sum inside u turned round",
    "parts": "GRU: r, u, n and h′ of every step from the state before it, with matrices",
    "mean": "GRU: h is a mean of all candidates so far, that of step s with the share written then "
    "times all that was kept since; these weights and that of the start add up to 1",
    "opened": "LSTM: i, f, g, o of every step with matrices, c′ and h′ by torch’s own cell",
    "total": "LSTM: c is the sum of all i ⊙ g so far, each times every f since",
    "bare": "plain cell: h′ = tanh(W x + U h) at every step by torch’s own cell",
    "given": "x is what is typed and zeros after it, and the state begins at 0",
}
MOST = "GRU: |h′| ≤ max(|h|, 1) in every step: largest ratio"


def checks(
    run: Cells, *, cell: str, x: str, b_u: float, b_r: float, b_f: float, b_i: float, b_o: float,
    sense: str, reset: str, hard: bool,
) -> list[Check]:  # fmt: skip
    """Every step from the state before it, by matrices; the unrolled sums; the start."""
    gru, lstm, plain = ((cell == each, f"the cell shown is the {NAMES[cell]}") for each in NAMES)
    soft, outside = (not hard, "gates are rounded"), (reset == "outside", "r stands inside")
    feed, before = _fed(x), run.h[:-1]
    gate = _rounded if hard else torch.sigmoid
    peer = parts = mean = opened = total = bare = ([0.0], [0.0])
    most = 1.0
    if gru[0]:
        step = gru_step(feed, before, _gru(b_u, b_r), reset=reset, sense=sense, gate=gate)
        parts = _flat(run.gates, run.h[1:]), _flat(torch.stack(step[:3], 1), step.h)
        turned = _gru(b_u, b_r) if sense == "old" else _gru(-b_u, b_r, -MARK)
        if soft[0] and outside[0]:
            peer = run.h[1:], torch.gru_cell(feed, before, *turned.values())
        most = float((run.h[1:].abs() / before.abs().clamp(min=1)).max())
        mean = _mean(run.h, kept(run, cell, sense), run.gates[:, 2])
    elif lstm[0]:
        weights, old = _lstm(b_f, b_i, b_o), (before, run.c[:-1])
        step = lstm_step(feed, *old, weights, gate=gate)
        ends = (step.h, step.c) if hard else torch.lstm_cell(feed, old, *weights.values())
        opened = _flat(run.gates, run.h[1:], run.c[1:]), _flat(torch.stack(step[:4], 1), *ends)
        weight = _since(run.gates[:, 1]) * run.gates[:, 0].numpy()
        total = run.c[1:], np.einsum("tsj,sj->tj", weight, run.gates[:, 2].numpy())
    else:
        bare = run.h[1:], torch.rnn_tanh_cell(feed, before, *_plain().values())
    start = torch.cat([run.h[0], *run.c[:1]])
    given = torch.cat([run.x, start]), torch.cat([feed[:, 0], torch.zeros_like(start)])
    told = {name: f"{text}: largest distance" for name, text in TEXTS.items()}
    return [
        same("RNN-07", told["peer"], *peer, needs=(gru, soft, outside)),
        same("RNN-07", told["parts"], *parts, needs=(gru,)),
        same("CNN-35", told["mean"], *mean, needs=(gru,)),
        at_most("RNN-07", MOST, most, 1.0, needs=(gru,)),
        same("RNN-08", told["opened"], *opened, needs=(lstm,)),
        same("RNN-08", told["total"], *total, needs=(lstm,)),
        same("RNN-08", told["bare"], *bare, needs=(plain,)),
        same("", told["given"], *given),
    ]


@lru_cache(maxsize=64)
def _fed(x: str) -> Tensor:
    """x and m of every step, (T, 2), from the text."""
    numbers = [float(each) for each in x.split()]
    feed = torch.zeros(T, 2, dtype=torch.float64)
    feed[: len(numbers), 0] = torch.tensor(numbers, dtype=torch.float64)
    feed[:, 1] = (feed[:, 0] != 0).double()
    return feed


def _flat(*parts: Tensor) -> Tensor:
    return torch.cat([part.reshape(-1) for part in parts])


def _rounded(a: Tensor) -> Tensor:
    return (a >= 0).double()


def _tensors(*parts: Any) -> list[Tensor]:
    return [torch.as_tensor(np.asarray(part), dtype=torch.float64) for part in parts]


def _named(ih: list, hh: list, bias: list[float]) -> dict[str, Tensor]:
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    b = np.repeat(bias, 2)
    return dict(zip(names, _tensors(np.vstack(ih), np.vstack(hh), b, 0 * b), strict=True))


@lru_cache(maxsize=64)
def _gru(b_u: float, b_r: float, mark: float = MARK) -> dict[str, Tensor]:
    return _named([Z2, -mark * SEEN, FEED], [-RESET * I2, Z2, W], [b_r, b_u, 0.0])


@lru_cache(maxsize=64)
def _lstm(b_f: float, b_i: float, b_o: float) -> dict[str, Tensor]:
    return _named([MARK * SEEN, Z2, FEED, Z2], [Z2, Z2, W, Z2], [b_i, b_f, 0.0, b_o])


def _plain() -> dict[str, Tensor]:
    return _named([FEED], [W], [0.0])


@lru_cache(maxsize=1)
def _later() -> np.ndarray:
    t = np.arange(T)
    return (t[:, None] > t)[..., None]


def _since(keep: Tensor) -> np.ndarray:
    """Product of what was kept after step s up to step t, (T, T, 2); 0 for later s."""
    product = np.cumprod(np.where(_later(), keep.numpy()[:, None], 1.0), axis=0)
    return product * (_later() | np.eye(T, dtype=bool)[..., None])


def _mean(state: Tensor, keep: Tensor, new: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The states and the sums of candidates; 1 and the sums of their weights and the start's."""
    keep, new = keep.numpy(), new.numpy()
    weight = _since(torch.from_numpy(keep)) * (1 - keep)
    whole = weight.sum(1) + np.cumprod(keep, 0)
    total = np.einsum("tsj,sj->tj", weight, new)
    return np.stack([state[1:].numpy(), np.ones((T, 2))]), np.stack([total, whole])


# --- words ---------------------------------------------------------------------------------------


def says(run: Cells, *, cell: str, sense: str) -> str:
    """What a step keeps, and what is left at the end."""
    at = last(run.x)
    if not at:
        return "No number is typed: nothing is written, and the state stays at 0."
    state, name = (run.c, "c") if cell == "lstm" else (run.h, "h")
    went = f"{name} goes from {_pair(state[at])} at step {at} to {_pair(state[-1])} at step {T}"
    if cell == "rnn":
        return f"There is no gate: each step sends the whole state through tanh. {went}."
    share = float(kept(run, cell, sense)[-1, 0])
    gate = "f" if cell == "lstm" else "u" if sense == "old" else "1 − u"
    alone = "alone it would keep the state for good"
    if share == 0:
        alone = "nothing of the state is kept"
    elif share < 1:
        alone = f"alone it would halve the state in {_steps(math.log(0.5) / math.log(share))}"
    return f"Without a number a step keeps {gate} = {number(share, 4)} of {name}; {alone}. {went}."


def _pair(state: Tensor) -> str:
    return f"({number(state[0], 3, 5e-4)}, {number(state[1], 3, 5e-4)})"


def _steps(count: float) -> str:
    text = number(count, 3 if count >= 100 else 2)
    return f"{text} step{'s' * (text != '1')}"


# --- questions -----------------------------------------------------------------------------------


def _left(run: Cells) -> tuple[float, dict[str, str]]:
    share = float(run.h[-1, 0] / run.h[1, 0])
    u = float(run.gates[-1, 1, 0])
    return share, {"share": number(100 * share, 2), "u": number(u, 4), "power": number(u**99, 2)}


def _count(run: Cells) -> tuple[float, dict[str, str]]:
    state = run.c if len(run.c) else run.h
    at = float(state[last(run.x), 0])
    return at, {"c": number(at), "h": number(run.h[last(run.x), 0])}


def _other(run: Cells) -> tuple[str, dict[str, str]]:
    first, end = float(run.h[1, 0]), float(run.h[-1, 0])
    key = "same" if end > 0.5 else "turned" if end < -0.5 else "late" if first > 0.5 else "never"
    return key, {"first": number(first, 2), "u": number(run.gates[0, 1, 0], 2)}


answers = {"left": _left, "count": _count, "other": _other}
