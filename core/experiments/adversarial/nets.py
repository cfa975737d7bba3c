"""Five readers of digits under attacks that are made on themselves and on each other."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.adversarial import gradient
from core.adversarial.digits import BOUNDS, READERS, TEMPERATURE, load, unseen
from core.adversarial.measures import FLAT, SLACK, TRIES, ascent, noise_fools, right
from core.device import heavy
from core.rng import generator
from core.signature import between, declared

NETS = tuple(READERS)
NAMED = {name: name.replace("_", " ") for name in NETS}
OWN = ("noise", "fgsm", "divided")
ATTACKS = ("pgd", "fgsm", "noise", "divided", "others", "together")
STEP, MOST = 0.025, 0.4  # of ε
SIZES = (*(k * STEP for k in range(round(MOST / STEP) + 1)), BOUNDS[1] - BOUNDS[0])
SHOWN = len(SIZES) - 1  # the last one is no limit at all
Size = Annotated[float, between(0, MOST)]


class Nets(NamedTuple):
    """What has flipped each of n digits: k stands for `SIZES[k]`, `done` for nothing so far."""

    own: Tensor  # the smallest at which an attack of `OWN` on a net flips a digit, (5, 3, n), uint8
    carried: Tensor  # … at which PGD on net s flips it for net t, (5, 5, n), uint8
    done: int  # how many sizes have been tried

    progress = property(lambda self: self.done / len(SIZES))
    shown = property(lambda self: min(self.done, SHOWN))  # how many of them are drawn

    @property
    def doing(self) -> str:
        """The size that was tried last."""
        return "" if self.progress == 1 else f"attacks up to ε = {SIZES[self.done - 1]:.3g}"

    def at(self, eps: float) -> int:
        """The number of the largest size tried so far that is not above ε."""
        return min(math.floor(eps / STEP + 1e-9), self.shown - 1)

    def first(self, attack: str) -> Tensor:
        """The smallest size at which the attack flips each digit for each net, (5, n)."""
        if attack in OWN:
            return self.own[:, OWN.index(attack)]
        if attack == "pgd":
            return self.carried.diagonal().T
        if attack == "others":
            alone = torch.eye(len(NETS), dtype=torch.bool)[:, :, None]
            return self.carried.masked_fill(alone, self.done).amin(0)
        return torch.minimum(self.own.amin(1), self.carried.amin(0))

    def curve(self, first: Tensor) -> Tensor:
        """Share of the digits still read right at each size shown so far, (..., sizes)."""
        sizes = torch.arange(self.shown, dtype=torch.uint8)
        return (first[..., None, :] > sizes[:, None]).double().mean(-1)

    def left(self, attack: str, eps: float) -> Tensor:
        """Share of the digits that each net still reads right under the attack, (5,)."""
        return (self.first(attack) > self.at(eps)).double().mean(1)

    def matrix(self, eps: float) -> Tensor:
        """Share that net t (column) still reads right under PGD made on net s (row), (5, 5)."""
        return (self.carried > self.at(eps)).double().mean(-1)

    def signs(self, eps: float) -> tuple[Tensor, Tensor]:
        """How far each of `core.adversarial.SIGNS` shows, (5 signs, 5 nets), and whether it counts.

        Shares are of the digits that the net reads right.
        """
        noise, fgsm, _ = (_flips(each, self.at(eps)) for each in self.own.unbind(1))
        each, last = _flips(self.carried, self.at(eps)), _flips(self.first("pgd"), SHOWN)
        pgd = each.diagonal()
        best = each.masked_fill(torch.eye(len(NETS), dtype=torch.bool), 0.0).amax(0)
        limitless = 1 - last if self.progress == 1 else torch.zeros_like(last)
        flat = (slopeless() & ~misread()).double().sum(1) / (~misread()).double().sum(1)
        excess = torch.stack([fgsm - pgd, noise - fgsm, best - pgd, limitless, flat])
        return excess, excess > torch.tensor([SLACK] * 4 + [FLAT], dtype=torch.float64)[:, None]


def _flips(first: Tensor, k: int) -> Tensor:
    """Share of the digits read right at first that are flipped by size k."""
    before = first > 0
    return ((first <= k) & before).double().sum(-1) / before.double().sum(-1)


@declared
def nets(
    steps: Annotated[int, between(1, 40)] = 20, seed: Annotated[int, between(0, 2**31)] = 0
) -> Iterator[Nets]:
    """Attacks the 360 digits kept aside at rising ε in L∞; yields what has been flipped so far.

    A digit flipped by a small attack counts as flipped by every larger one, whose ball holds it.

    Args:
        steps: of PGD, each of length 2.5 ε / steps.
        seed: of the noise.
    """
    n = len(unseen().y)
    own, carried = (torch.zeros(5, many, n, dtype=torch.uint8) for many in (len(OWN), 5))
    for k in range(len(SIZES)):
        for i, name in enumerate(NETS):
            mine, theirs = tried(name, k, steps, seed, own[i] == k)
            own[i] += (own[i] == k) & ~mine
            carried[i] += (carried[i] == k) & ~theirs
        yield Nets(own.clone(), carried.clone(), k + 1)


@torch.no_grad()
def tried(name: str, k: int, steps: int, seed: int, standing: Tensor) -> tuple[Tensor, Tensor]:
    """What size k flips: the attacks of `OWN` for the net, (3, n), PGD on it for all five, (5, n).

    The attacks of `OWN` are made on digits that are `standing`, (3, n), alone.
    """
    device, eps = heavy(), float(SIZES[k])
    x, y = (part.to(device) for part in unseen())
    net = load(name).to(device)
    step = ascent(eps, attack="fgsm", bounds=BOUNDS)
    many = ascent(eps, steps=steps, bounds=BOUNDS)
    attacks = (
        lambda x, y: noise_fools(net, x, y, many, TRIES, generator(seed)),
        lambda x, y: step.fools(net, x, y),
        lambda x, y: many.fools(net.scaled(1 / TEMPERATURE), x, y),
    )
    own = torch.zeros(standing.shape, dtype=torch.bool)
    for row, rows, attack in zip(own, standing, attacks):
        if rows.any():
            at = rows.to(device)
            row[rows] = attack(x[at], y[at]).cpu()
    end = many.end(net, x, y)
    return own, torch.stack([~right(load(other).to(device)(end), y).cpu() for other in NETS])


@lru_cache(maxsize=1)
def slopeless() -> Tensor:
    """Whether the loss of each net has a slope of exactly 0 at each digit, (5, n)."""
    return torch.stack([(gradient(load(name), *unseen())[1] == 0).all(1) for name in NETS])


@lru_cache(maxsize=1)
def misread() -> Tensor:
    """Which digits each net misreads as they are, (5, n)."""
    x, y = unseen()
    return torch.stack([~right(load(name)(x), y) for name in NETS])
