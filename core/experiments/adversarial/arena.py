"""Attacks inside one ball of the plane, beside the highest place of that ball.

What the adversary climbs is a formula, or the loss of a net that learned points in the plane. All
is laid out evenly instead of drawn: the starts of PGD and the noise are the same in every run.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.adversarial import Net, cross_entropy, deepfool_iterates, fit, margin_loss
from core.adversarial.attacks import Ascent
from core.adversarial.balls import dual_exponent, norm_of, towards
from core.adversarial.plane import learned
from core.adversarial.summits import Summits, rim, spread, summit, summits
from core.rng import generator
from core.signature import between, declared

HILLS = ("formula", "moons", "spirals", "masked", "three", "target")
NORMS = {"inf": math.inf, "2": 2.0, "1": 1.0, "plain": math.inf}  # plain: E-84, see `arena`
RADII = torch.linspace(0, 1.5, 16, dtype=torch.float64)  # of the balls along the curves
FINE = torch.linspace(0, 1.5, 76, dtype=torch.float64)  # the same for a single step
SHARP = 300.0  # times the scores: the same decisions, the loss flat but for the boundary
OVERSHOOT = 0.02  # of DeepFool


class Hill(NamedTuple):
    """What is climbed: heights (..., 2) -> (...), and slopes (..., 2) -> (..., 2)."""

    height: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Arena:
    """One run: points only, all heights are read off the hill."""

    hill: str
    norm: str
    eps: float
    alpha: float
    x: Tensor  # (2,)
    moved: Tensor  # of PGD, after each step and before its projection, (restarts, steps + 1, 2)
    paths: Tensor  # after it, (restarts, steps + 1, 2); each starts with its start
    fool: Tensor  # iterates of DeepFool, (k + 1, 2); none on the formula, none with a target
    best: Tensor  # the highest place of the ball, (2,)
    ends: Tensor  # where the highest run of PGD ends in each ball of `RADII`, (16, 2)
    tops: Tensor  # the highest place of each of them, (16, 2)

    p = property(lambda self: NORMS[self.norm])
    q = property(lambda self: dual_exponent(self.p))
    label = cached_property(lambda self: label_of(self.hill, self.x))  # class of x, 0 on formulas
    on = cached_property(lambda self: hill_of(self.hill, self.label))
    gradient = cached_property(lambda self: self.on.slope(self.x[None])[0])  # at x, (2,)

    # the steepest direction at x, of size 1 in the norm, (2,)
    direction = cached_property(lambda self: towards(self.gradient[None], dual_exponent(self.p))[0])
    single = property(lambda self: self.x + self.eps * self.direction)  # FGSM, (2,)
    noise = property(lambda self: self.x + self.eps * rim(self.p))  # pushes of size ε, (64, 2)
    start = property(lambda self: float(self._read[0]))  # height of x
    fgsm = property(lambda self: float(self._read[1]))  # of one step of FGSM
    top = property(lambda self: float(self._read[2]))  # of the highest place of the ball
    heights = property(lambda self: self._read[3])  # of PGD, (restarts, steps + 1)
    winner = cached_property(lambda self: int(self.heights[:, -1].argmax()))  # the best start
    pgd = property(lambda self: float(self.heights[self.winner, -1]))  # where it ends
    shaken = property(lambda self: self._read[4])  # heights of the noise, (64,)
    bend = property(lambda self: self._read[5])  # of single steps over `FINE`, (76,)
    curves = property(lambda self: torch.stack(self._read[6:8]))  # of `ends` and `tops`, (2, 16)
    control = property(lambda self: self._read[8].mean(1))  # mean of the noise over `RADII`, (16,)

    @cached_property
    def _read(self) -> tuple[Tensor, ...]:
        """The hill at all these places, read at once."""
        rings = self.x + RADII[:, None, None] * rim(self.p)
        line = self.x + FINE[:, None] * self.direction
        path, curves = (self.paths, self.noise, line), (self.ends, self.tops, rings)
        places = (self.x, self.single, self.best, *path, *curves)
        heights = self.on.height(torch.cat([each.reshape(-1, 2) for each in places]))
        parts = heights.split([each[..., 0].numel() for each in places])
        return tuple(part.view(each.shape[:-1]) for part, each in zip(parts, places))

    def size(self, points: Tensor) -> Tensor:
        """Distance from x in the norm of the ball."""
        return norm_of(points - self.x, self.p)

    def turned(self, points: Tensor) -> Tensor:
        """Whether the net says another class there than at x."""
        return net_of(self.hill)(points).argmax(-1) != self.label


@declared
def arena(
    hill: Literal[HILLS] = "formula",
    norm: Literal[tuple(NORMS)] = "inf",
    eps: Annotated[float, between(0, 1.5)] = 1.0,
    alpha: Annotated[float, between(0, 2, above=True)] = 0.05,
    steps: Annotated[int, between(1, 100)] = 20,
    restarts: Annotated[int, between(1, 10)] = 1,
    x1: Annotated[float, between(-2.75, 2.75)] = 0.3,
    x2: Annotated[float, between(-2.75, 2.75)] = 0.2,
) -> Arena:
    """FGSM, PGD, DeepFool and noise from (x1, x2), and the highest place of the ball.

    Args:
        hill: what is climbed: sin 3x₁ cos 2x₂ + ½x₁, or the loss of the class that a net says at
            x: on moons, spirals, moons with 300 times the scores ("masked") or three blobs;
            "target" is minus the loss of the class after it, on the three blobs.
        norm: of the ball; "plain" is the largest entry with steps α∇L as they are (E-84).
        eps: radius of the ball.
        alpha: length of a step of PGD in that norm.
        steps: of PGD.
        restarts: starts of PGD: x itself, then others spread over the ball.

    Sources: ROB-03, ROB-12, ROB-13; Moosavi-Dezfooli, Fawzi and Frossard (2016) for DeepFool.
    """
    x = torch.tensor([x1, x2], dtype=torch.float64)
    radii = torch.cat([torch.tensor([eps], dtype=torch.float64), RADII])
    moved, paths = climbed(hill, norm, x, radii, alpha, steps, restarts)
    last = paths[:, 1:, -1]
    which = hill_of(hill, label_of(hill, x)).height(last).argmax(0)
    ends = last[which, torch.arange(len(RADII))]
    tops, fool = _tops(hill, NORMS[norm], x1, x2), _fooled(hill, NORMS[norm], x1, x2)
    best = summit(hill_of(hill, label_of(hill, x)).height, x, eps, NORMS[norm], tops)
    return Arena(hill, norm, eps, alpha, x, moved[:, 0], paths[:, 0], fool, best, ends, tops.places)


# --- what is climbed -----------------------------------------------------------------------------


def formula(x: Tensor) -> Tensor:
    """sin 3x₁ cos 2x₂ + ½x₁, (..., 2) -> (...)."""
    a, b = x[..., 0], x[..., 1]
    return (3 * a).sin() * (2 * b).cos() + a / 2


def _formula_slope(x: Tensor) -> Tensor:
    a, b = 3 * x[..., 0], 2 * x[..., 1]
    return torch.stack([3 * a.cos() * b.cos() + 0.5, -2 * a.sin() * b.sin()], -1)


@lru_cache(maxsize=16)
def net_of(hill: str) -> Net:
    """The net behind a hill that is no formula."""
    if hill in ("three", "target"):
        return fit(*blobs(), activation="tanh")
    net = learned("moons" if hill == "masked" else hill).net
    return net.scaled(SHARP) if hill == "masked" else net


@lru_cache(maxsize=1)
def blobs() -> tuple[Tensor, Tensor]:
    """150 points (n, 2) of three classes, around the corners of a triangle."""
    y = torch.arange(150) % 3
    angle = 2 * math.pi * (y + 0.25) / 3
    noise = torch.randn(150, 2, generator=generator(0), dtype=torch.float64)
    return 1.3 * torch.stack([angle.cos(), angle.sin()], 1) + 0.45 * noise, y


def label_of(hill: str, x: Tensor) -> int:
    """The class that the net says at x, (2,); 0 on the formula."""
    return 0 if hill == "formula" else _said(hill, *x.tolist())


@lru_cache(maxsize=64)
def _said(hill: str, *x: float) -> int:
    return int(net_of(hill)(torch.tensor(x, dtype=torch.float64)).argmax())


@lru_cache(maxsize=32)
def hill_of(hill: str, label: int) -> Hill:
    """Height and slope of what is climbed where x is read as this class."""
    if hill == "formula":
        return Hill(formula, _formula_slope)
    net, aimed = net_of(hill), hill == "target"
    y, sign = torch.tensor((label + 1) % 3 if aimed else label), -1.0 if aimed else 1.0

    def height(x: Tensor) -> Tensor:
        flat = x.reshape(-1, 2)
        return sign * cross_entropy(net(flat), y.expand(len(flat))).view(x.shape[:-1])

    def slope(x: Tensor) -> Tensor:
        scores, kept = net.forward(x)
        p = scores.softmax(-1)
        p[..., y] = 0
        p[..., y] = -p.sum(-1)  # not p − 1, which is 0 where p rounds to 1
        return sign * net.pull(p, kept)

    return Hill(height, slope)


# --- the attacks ---------------------------------------------------------------------------------


def climbed(
    hill: str, norm: str, x: Tensor, eps: Tensor, alpha: float, steps: int, restarts: int
) -> tuple[Tensor, Tensor]:
    """PGD in balls of several radii eps, (n,), at once: before and after each projection.

    Returns:
        (restarts, n, steps + 1, 2) twice.
    """
    p = NORMS[norm]
    begin = x + eps[:, None] * spread(p, restarts)[:, None]
    rows, eps = x.expand(begin[..., 0].numel(), 2), eps.repeat(restarts)[:, None]
    slope, q = hill_of(hill, label_of(hill, x)).slope, dual_exponent(p)
    ball = Ascent.around(None, rows, torch.zeros(1), eps, p)
    here = ball.back(begin.view(-1, 2))
    moved, paths = [here], [here]
    for _ in range(steps):
        g = slope(here)
        moved.append(here + alpha * (g if norm == "plain" else towards(g, q)))
        here = ball.back(moved[-1])
        paths.append(here)
    return tuple(torch.stack(each, 1).view(restarts, -1, steps + 1, 2) for each in (moved, paths))


@lru_cache(maxsize=64)
def _fooled(hill: str, p: float, x1: float, x2: float) -> Tensor:
    """DeepFool's iterates from x, until the class is another one."""
    x = torch.tensor([[x1, x2]], dtype=torch.float64)
    if hill in ("formula", "target"):
        return x[:0]
    net = net_of(hill)
    y, more = net(x).argmax(-1), {"norm": p, "steps": 12, "overshoot": OVERSHOOT}
    return torch.cat([each.x for each in deepfool_iterates(net, x, y, **more)])


def margin(hill: str, label: int, points: Tensor) -> Tensor:
    """By how much another class leads at the points (n, 2): below 0 while the class is `label`."""
    return margin_loss(net_of(hill)(points), torch.tensor(label).expand(len(points)))


@lru_cache(maxsize=64)
def _tops(hill: str, p: float, x1: float, x2: float) -> Summits:
    """The highest places of the balls of `RADII`."""
    x = torch.tensor([x1, x2], dtype=torch.float64)
    return summits(hill_of(hill, label_of(hill, x)).height, x, RADII, p)
