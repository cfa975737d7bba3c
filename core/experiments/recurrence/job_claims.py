"""What the recall of a bit claims: training as torch's layers do it, and what losses must be."""

import math
from functools import lru_cache

import torch
from torch import Tensor

from core.check import Check, at_least, same
from core.experiments.recurrence.job import CELLS, EVERY, LAGS, Recalled, moments, place
from core.recurrence.copying import BATCH, BETAS, EPS, HIDDEN, RATES, sequences, start
from core.rng import generator
from core.words import number

NAMES = dict(zip(CELLS, ("plain cell", "GRU", "LSTM", "linear unit"), strict=True))
IDS = dict(zip(CELLS, ("RNN-08", "RNN-07", "RNN-08", ""), strict=True))
LAYERS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
GOOD, POOR = 0.95, 0.65  # shares of bits: recalled, and hardly better than guessing
Net = dict[str, Tensor]


def checks(
    run: Recalled, *, noise: float, keep: float, steps: int, seeds: int, seed: int
) -> list[Check]:
    """Of the finished training; an unfinished one claims nothing."""
    if run.progress < 1:
        return []
    found = []
    for i, cell in enumerate(CELLS):
        own = _by_torch(cell, noise, keep, seeds, seed)
        how = "with complex numbers step by step" if cell == "lru" else "as torch’s layer"
        claim = f"{NAMES[cell]}, longest lag, first repetition: loss and share of the first "
        claim += f"{EVERY} steps {how}, by autograd and Adam written out: largest distance"
        mine = [run.loss[0, i, 0, 0], run.right[0, i, 0, 0]]
        found.append(same(IDS[cell], claim, mine, own, tol=1e-6))
    claim = "a bit that is recalled wrong costs ln 2 or more: loss − ln 2 · share recalled wrong, "
    claim += "least of all nets at all moments"
    rest = run.loss - math.log(2) * (1 - run.right)
    took = torch.tensor([b - a for a, b in zip([0, *moments(steps)], moments(steps))])
    bits = run.right * BATCH * took[:, None, None, None]
    shares = (
        "shares are those of whole bits, 16 at each step, and none is above 1: largest distance"
    )
    return [
        *found,
        at_least("", claim, rest.min(), 0.0, tol=1e-9),
        same("", shares, bits, bits.round().minimum(BATCH * took[:, None, None, None]), tol=1e-6),
    ]


@lru_cache(maxsize=64)
def _by_torch(cell: str, noise: float, keep: float, seeds: int, seed: int) -> tuple[float, float]:
    """Mean loss and share of the first steps, for the longest lag and the first repetition."""
    random = generator(seed)
    nets = {each: start(each, seeds, keep, random) for each in CELLS}
    weights = {name: value[0].detach().clone() for name, value in nets[cell].items()}
    m, v = ({name: torch.zeros_like(w) for name, w in weights.items()} for _ in "12")
    told = []
    with torch.inference_mode(False), torch.enable_grad():
        for step in range(1, EVERY + 1):
            x, bit = sequences(LAGS, seeds, noise, random)
            x, bit = x[:, 0].clone(), bit[0].clone()
            leaves = {name: w.clone().requires_grad_() for name, w in weights.items()}
            said = bit * _asked(cell, leaves, x)
            loss = (1 + (-said).exp()).log().mean()
            slopes = torch.autograd.grad(loss, list(leaves.values()))
            told.append((float(loss.detach()), float((said > 0).double().mean())))
            for name, g in zip(weights, slopes, strict=True):
                m[name] = BETAS[0] * m[name] + (1 - BETAS[0]) * g
                v[name] = BETAS[1] * v[name] + (1 - BETAS[1]) * g * g
                root = (v[name] / (1 - BETAS[1] ** step)).sqrt() + EPS
                weights[name] = (
                    weights[name] - RATES[cell] * m[name] / (1 - BETAS[0] ** step) / root
                )
    loss, right = (sum(column) / EVERY for column in zip(*told, strict=True))
    return loss, right


def _asked(cell: str, net: Net, x: Tensor) -> Tensor:
    """What one net says at the end of x, (T, B, 2)."""
    if cell == "lru":
        size = (-net["nu"].exp()).exp()
        lam = torch.complex(size * net["theta"].cos(), size * net["theta"].sin())
        B, h = torch.complex(*net["B"]), torch.zeros(HIDDEN, dtype=torch.complex128)
        for each in x.to(B.dtype):
            h = lam * h + (1 - size * size).sqrt() * (each @ B.T)
        return (h @ torch.complex(*net["out"])).real
    order = slice(None)
    if cell == "lstm":  # i, f, g, o as torch has them
        order = torch.arange(4 * HIDDEN).view(4, HIDDEN)[[0, 1, 3, 2]].flatten()
    layer = LAYERS[cell](2, HIDDEN, bias=True, dtype=torch.float64)
    flat = {
        "weight_ih_l0": net["weight_ih"].T[order],
        "weight_hh_l0": net["weight_hh"].T[order],
        "bias_ih_l0": net["bias"][0][order],
        "bias_hh_l0": torch.zeros(net["bias"].shape[-1], dtype=torch.float64),
    }
    return torch.func.functional_call(layer, flat, (x,))[0][-1] @ net["out"]


# --- words ---------------------------------------------------------------------------------------


def says(run: Recalled, *, cell: str, lag: int) -> str:
    """Shares at one lag, the cell looked at first."""
    j = place(lag)
    shares = {each: 100 * float(run.right[-1, i, j].mean()) for i, each in enumerate(CELLS)}
    others = ", ".join(f"{NAMES[c]} {s:.0f} %" for c, s in shares.items() if c != cell)
    lead = "After the training" if run.progress == 1 else "So far"
    return (
        f"{lead}, {LAGS[j]} steps after the bit: {NAMES[cell]} {shares[cell]:.0f} % recalled, "
        f"{others}. Guessing gives 50 %."
    )


# --- questions -----------------------------------------------------------------------------------


def _shares(run: Recalled) -> dict[str, float]:
    return {cell: float(run.right[-1, i, 0].mean()) for i, cell in enumerate(CELLS)}


def _who(run: Recalled) -> tuple[str, dict[str, str]]:
    found = _shares(run)
    good = {cell for cell, share in found.items() if share >= GOOD}
    key = "all" if len(good) == len(CELLS) else "gated" if good == {"gru", "lstm"} else "none"
    key = "other" if good and key == "none" else key
    return key, {cell: number(100 * share, 2) for cell, share in found.items()}


def _half(run: Recalled) -> tuple[str, dict[str, str]]:
    share = _shares(run)["gru"]
    key = "all" if share >= GOOD else "most" if share > POOR else "chance"
    return key, {"share": number(100 * share, 2), "left": number(0.5 ** LAGS[0], 1)}


answers = {"who": _who, "half": _half}
