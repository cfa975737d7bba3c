r"""Delayed recall: small recurrent nets learn to say, after a lag, which bit they saw.

At step 0 a net sees the bit ±1 and a mark; for the next L steps it sees noise, and then it is asked
once. The loss is ln(1 + exp(−bit · y)), in nats. Four cells of `HIDDEN` units, each with a linear
output, learn by Adam from fresh sequences: the plain tanh cell (recurrent weights `keep` times
orthogonal at the start), GRU and LSTM (`keep` is u or f there), and the linear recurrent unit

.. math:: h_t = \lambda \odot h_{t-1} + \sqrt{1 - |\lambda|^2} \odot B x_t,
          \qquad \lambda = \exp(-e^\nu + i\theta).

Nets of all lags and seeds run side by side, the longest lag first; a seed has one start for all
lags, and all cells see the same sequences. Sources: RNN-06 to RNN-08; Hochreiter and Schmidhuber
1997, Jozefowicz et al. 2015, Orvieto et al. 2023.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.rng import generator

CELLS = ("rnn", "gru", "lstm", "lru")
HIDDEN, BATCH, BETAS, EPS = 6, 16, (0.9, 0.999), 1e-8
RATES = {"rnn": 0.03, "gru": 0.05, "lstm": 0.05, "lru": 0.05}
SPLIT = {  # of the columns: all gates, then the candidate
    "rnn": (HIDDEN,),
    "gru": (2 * HIDDEN, HIDDEN),
    "lstm": (3 * HIDDEN, HIDDEN),
}
TURN = math.pi / 10  # largest angle of λ at the start

Net = dict[str, Tensor]


class Learned(NamedTuple):
    """Cells in the order of `CELLS`, lags from the longest, seeds; of the steps since the last."""

    step: int
    loss: Tensor  # mean loss of sequences that were new to the net, (4, lags, seeds)
    right: Tensor  # share of their bits that was recalled, (4, lags, seeds)


def copying(
    lags: Sequence[int],
    seeds: int,
    steps: int,
    seed: int,
    *,
    noise: float = 0.3,
    keep: float = 0.95,
    every: int = 10,
) -> Iterator[Learned]:
    """Trains all nets; a record after every so many steps and after the last.

    Args:
        lags: from the longest to the shortest, in steps.
        seeds: repetitions, each with its own start and sequences.
        seed: of everything.
        noise: standard deviation of what is seen between.
        keep: what a step keeps of the state at the start: size of the plain cell's weights, u, f
            and |λ|.

    Raises:
        ValueError: lags not falling or below 1, or a number out of range.
    """
    if not lags or list(lags) != sorted(set(lags), reverse=True) or lags[-1] < 1:
        raise ValueError(f"expected lags falling to 1 or more, got {tuple(lags)}")
    for name, value in (("seeds", seeds), ("steps", steps), ("every", every)):
        require(name, value, 1, integer=True)
    require("noise", noise, 0)
    require("keep", keep, 0, 1, above=True, below=True)
    random = generator(seed)
    nets = [start(cell, seeds, keep, random, len(lags)) for cell in CELLS]
    descents = [
        torch.optim.Adam(net.values(), RATES[cell], BETAS, EPS, foreach=True)
        for cell, net in zip(CELLS, nets, strict=True)
    ]
    kept: list[tuple[Tensor, Tensor]] = []
    for step in range(1, steps + 1):
        x, bit = sequences(lags, seeds, noise, random)
        found = []
        for cell, net, descent in zip(CELLS, nets, descents, strict=True):
            with torch.inference_mode(False), torch.enable_grad():
                said = bit * asked(cell, net, x, lags)
                loss = torch.nn.functional.softplus(-said).mean(-1)
                descent.zero_grad()
                loss.sum().backward()
            descent.step()
            found.append((loss.detach(), (said.detach() > 0).double().mean(-1)))
        kept.append(tuple(torch.stack(part) for part in zip(*found, strict=True)))
        if step % every == 0 or step == steps:
            loss, right = (torch.stack(part).mean(0) for part in zip(*kept, strict=True))
            yield Learned(
                step, *(part.view(len(CELLS), len(lags), seeds) for part in (loss, right))
            )
            kept = []


def start(cell: str, seeds: int, keep: float, random: torch.Generator, copies: int = 1) -> Net:
    """Weights of one net for each seed, each so many times, net number `copy · seeds + seed`.

    weight_ih (N, I, G·H), weight_hh (N, H, G·H) and bias (N, 1, G·H), so that they multiply from
    the right; the blocks are r, u, n or i, f, o, g. Of the linear unit nu, theta (N, H), and B
    (N, 2, H, I). out (N, H), of the linear unit (N, 2, H); a 2 is for real and imaginary part.
    """
    choose("cell", cell, CELLS)

    def even(*shape: int) -> Tensor:
        drawn = torch.rand(seeds, *shape, generator=random, dtype=torch.float64)
        return (2 * drawn - 1) / math.sqrt(HIDDEN)

    net = {}
    if cell == "lru":
        angle = torch.rand(seeds, HIDDEN, generator=random, dtype=torch.float64)
        net = {"nu": torch.full_like(angle, math.log(-math.log(keep))), "theta": TURN * angle}
        net |= {"B": even(2, HIDDEN, 2), "out": even(2, HIDDEN)}
    else:
        wide = sum(SPLIT[cell])
        net = {"weight_ih": even(2, wide), "weight_hh": even(HIDDEN, wide)}
        if cell == "rnn":
            net["weight_hh"] = keep * torch.linalg.qr(net["weight_hh"]).Q
        net["bias"] = torch.zeros(seeds, 1, wide, dtype=torch.float64)
        if cell != "rnn":
            net["bias"][..., HIDDEN : 2 * HIDDEN] = math.log(keep / (1 - keep))
        net["out"] = even(HIDDEN)
    with torch.inference_mode(False):
        return {
            name: value.repeat(copies, *[1] * (value.ndim - 1)).clone().requires_grad_()
            for name, value in net.items()
        }


def sequences(
    lags: Sequence[int], seeds: int, noise: float, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Inputs x (T, N, B, 2) with T = longest lag + 1, and bits (N, B)."""
    N, T = len(lags) * seeds, lags[0] + 1
    bit = 2.0 * torch.randint(2, (N, BATCH), generator=random).double() - 1
    x = torch.zeros(T, N, BATCH, 2, dtype=torch.float64)
    x[..., 0] = noise * torch.randn(T, N, BATCH, generator=random, dtype=torch.float64)
    x[0, ..., 0], x[0, ..., 1] = bit, 1.0
    return x, bit


def asked(cell: str, net: Net, x: Tensor, lags: Sequence[int]) -> Tensor:
    """What each net says at its own lag, (N, B); above 0 means the bit 1."""
    if cell == "lru":
        return _linear(net, x, lags)
    seeds, alive, ends = x.shape[1] // len(lags), list(lags), []
    cut = SPLIT[cell]
    inputs = torch.einsum("tnbi,nig->tnbg", x, net["weight_ih"]) + net["bias"]
    fed = list(zip(*(part.unbind(0) for part in inputs.split(cut, -1)), strict=True))
    weights = net["weight_hh"].split(cut, -1)
    h = c = x.new_zeros(*x.shape[1:3], HIDDEN)
    for t in range(lags[0] + 1):
        now = [each[: len(h)] if len(h) < len(each) else each for each in fed[t]]
        if cell == "rnn":
            h = torch.tanh(torch.baddbmm(now[0], h, weights[0]))
        elif cell == "gru":
            r, u = torch.sigmoid(torch.baddbmm(now[0], h, weights[0])).chunk(2, -1)
            h = torch.lerp(torch.tanh(torch.addcmul(now[1], r, torch.bmm(h, weights[1]))), h, u)
        else:
            i, f, o = torch.sigmoid(torch.baddbmm(now[0], h, weights[0])).chunk(3, -1)
            c = torch.addcmul(f * c, i, torch.tanh(torch.baddbmm(now[1], h, weights[1])))
            h = o * torch.tanh(c)
        if t == alive[-1]:  # the nets of this lag are asked and leave
            alive.pop()
            rest = len(alive) * seeds
            ends.append(h[rest:])
            h, c, weights = h[:rest], c[:rest], [each[:rest] for each in weights]
    return torch.einsum("nbh,nh->nb", torch.cat(ends[::-1]), net["out"])


def _linear(net: Net, x: Tensor, lags: Sequence[int]) -> Tensor:
    """The sum over all inputs, each times the power of λ that its age is."""
    steps = torch.arange(len(x))
    age = torch.tensor(lags).repeat_interleave(x.shape[1] // len(lags))[:, None] - steps  # (N, T)
    past = age.clamp(min=0)[..., None]
    size = -past * net["nu"].exp()[:, None]
    power = torch.polar(size.exp() * (age >= 0)[..., None], past * net["theta"][:, None])
    scale = (-torch.expm1(-2 * net["nu"].exp())).sqrt()
    B, out = (torch.complex(*net[name].unbind(1)) for name in ("B", "out"))
    kernel = torch.einsum("nth,nh,nhi->nti", power, out * scale, B).real
    return torch.einsum("nti,tnbi->nb", kernel, x)
