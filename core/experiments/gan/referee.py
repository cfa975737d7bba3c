r"""The best referee: one discriminator on a line, against the best there is.

Data and fakes are Gaussians or mixtures of two. A referee D says at every place how likely a sample
found there is real; :math:`V(D) = E_{data} \log D + E_g \log(1 - D)` is never above 0, and nobody
scores more than :math:`D^* = p_{data}/(p_{data} + p_g)`. D is kept as a logit, D = σ(logit), which
stays a number where D itself would round to 0 or 1.
"""

import math
from functools import cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from core import gan, table
from core.check import require
from core.signature import between, declared

DATA = {"two": ((0.5, -2.0, 0.5), (0.5, 2.0, 0.5)), "one": ((1.0, 0.0, 1.0),)}
REFEREES = ("own", "coin", "sure", "best")
EDGE = 9  # a drawn referee has a knot at every whole number from -EDGE to EDGE
KNOTS = 2 * EDGE + 1
LEAST = 0.001  # nobody may draw a 0 or a 1: one error there would cost infinitely much
NODES = 16  # of Gauss and Legendre, in every piece of the line
FAR = (10, 12, 15, 20, 27, 40)  # pieces beyond the edge, for what little lives there
EQUAL = 1e-9  # logits of D* below it count as 0: both laws weigh the same there


class Referee(NamedTuple):
    """Both laws, this referee and the best one at the nodes of a quadrature."""

    x: Tensor  # places, ascending, shape (n,)
    dx: Tensor  # their weights, shape (n,)
    p_data: Tensor  # density of the data, shape (n,)
    p_g: Tensor  # density of the fakes, shape (n,)
    logit: Tensor  # of this referee D, shape (n,)
    best: Tensor  # of D*: log p_data − log p_g, shape (n,)
    value: float  # V of this referee
    best_value: float  # V of D*
    jsd: float  # Jensen–Shannon divergence of the two laws

    @property
    def gap(self) -> float:
        """What this referee misses of the best."""
        return max(self.best_value - self.value, 0.0)

    @property
    def alike(self) -> bool:
        """Whether the fakes have the law of the data."""
        return bool((self.p_data - self.p_g).abs().max() < EQUAL)

    def terms(self, logit: Tensor) -> tuple[float, float]:
        """E_data log D and E_g log(1 − D), whose sum is V."""
        real, fake = self.p_data * logsigmoid(logit), self.p_g * logsigmoid(-logit)
        return float(real @ self.dx), float(fake @ self.dx)

    @property
    def lost(self) -> Tensor:
        """What this referee loses at every place, ≥ 0: its area is the gap, shape (n,)."""
        real = self.p_data * (logsigmoid(self.best) - logsigmoid(self.logit))
        return real + self.p_g * (logsigmoid(-self.best) - logsigmoid(-self.logit))

    @property
    def wrong(self) -> float:
        """Share of equally many data and fakes that lie on the wrong side of ½, in [0, ½]."""
        miss = torch.where(self.logit > 0, self.p_g, self.p_data)
        miss = torch.where(self.logit == 0, (self.p_g + self.p_data) / 2, miss)
        return float(miss @ self.dx) / 2

    def judged(self, x: float) -> float:
        """D* at a place."""
        at = int((self.x - x).abs().argmin())
        return float(torch.sigmoid(self.best[at]))


@declared
def referee(
    data: Literal["two", "one"] = "two",
    mu: Annotated[float, between(-6, 6)] = 0.0,
    sigma: Annotated[float, between(0.2, 3)] = 2.0,
    second: Annotated[float, between(0, 1)] = 0.0,
    referee: Literal[REFEREES] = "sure",
    own: str = " ".join(["0.5"] * KNOTS),
    sure: Annotated[float, between(0.1, 1000)] = 7.0,
) -> Referee:
    """What a referee scores between data and fakes, and what the best one would.

    Args:
        data: "two" for ½ N(−2, ½²) + ½ N(2, ½²), "one" for N(0, 1).
        mu, sigma: centre and width of the fakes' hill.
        second: share of the fakes that lie in a second hill of this width around −mu.
        referee: "own" as drawn, "coin" for D = ½, "sure" for D = σ(±sure), + where the data are
            denser than the fakes and − where they are rarer, "best" for D*.
        own: D at −9, −8, …, 9, each in [0.001, 0.999]; straight between, level beyond.
        sure: the size of the logit of "sure".

    Sources: GAN-02, GAN-03, GAN-04; Goodfellow et al. (2014).
    """
    drawn = knots(own)
    real, fake = DATA[data], hills(mu, sigma, second)
    x, dx = quadrature(())
    if referee == "sure":  # its steps are ends of pieces, so that the sums stay exact
        x, dx = quadrature(turns(real, fake))
    log_p, log_q = log_density(real, x), log_density(fake, x)
    best = log_p - log_q
    best = torch.where(best.abs() < EQUAL, 0.0, best)
    match referee:
        case "own":
            level = torch.from_numpy(np.interp(x, np.arange(-EDGE, EDGE + 1.0), drawn))
            logit = level.logit()
        case "coin":
            logit = torch.zeros_like(x)
        case "sure":
            logit = sure * best.sign()
        case _:
            logit = best
    p, q = log_p.exp(), log_q.exp()
    V = gan.value(p, q, torch.stack((logit, best)), dx, logits=True).tolist()
    return Referee(x, dx, p, q, logit, best, *V, float(gan.jensen_shannon(p, q, dx)))


def knots(own: str) -> Tensor:
    """The drawn referee at −9, −8, …, 9."""
    drawn = table.signal(own, "own")
    if len(drawn) != KNOTS:
        raise ValueError(f"expected own to be {KNOTS} numbers, got {len(drawn)}")
    for level in drawn.tolist():
        require("own", level, LEAST, 1 - LEAST)
    return drawn


def hills(mu: float, sigma: float, second: float) -> tuple[tuple[float, float, float], ...]:
    """The fakes as (weight, centre, width) of each hill that has a weight."""
    both = (1 - second, mu, sigma), (second, -mu, sigma)
    return tuple(hill for hill in both if hill[0] > 0)


def log_density(hills: tuple[tuple[float, float, float], ...], x: Tensor) -> Tensor:
    """Logarithm of the density of Gaussian hills (weight, centre, width) at x."""
    each = [
        math.log(w) - math.log(s) - math.log(2 * math.pi) / 2 - 0.5 * ((x - m) / s).square()
        for w, m, s in hills
    ]
    return torch.logaddexp(*each) if len(each) == 2 else each[0]


@cache
def _rule() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(NODES)


@cache
def _ends() -> np.ndarray:
    near = np.arange(-EDGE, EDGE + 0.5, 0.5)
    far = np.array(FAR, dtype=float)
    return np.r_[-far[::-1], near, far]


def quadrature(more: tuple[float, ...]) -> tuple[Tensor, Tensor]:
    """Nodes and weights over [−40, 40], piece by piece; `more` are further ends of pieces."""
    if not more:
        return _plain()
    ends, (t, w) = np.unique(np.r_[_ends(), more]), _rule()
    half = np.diff(ends)[:, None] / 2
    x, dx = ends[:-1, None] + half * (1 + t), half * w
    return torch.from_numpy(x.ravel()), torch.from_numpy(dx.ravel())


@cache
def _plain() -> tuple[Tensor, Tensor]:
    return quadrature((0.0,))  # 0 is an end anyway


def turns(real: tuple, fake: tuple) -> tuple[float, ...]:
    """Where data and fakes weigh the same and the heavier one changes, by the Illinois rule."""
    x, _ = quadrature(())
    f = log_density(real, x) - log_density(fake, x)
    f = torch.where(f.abs() < EQUAL, 0.0, f)
    place = (f[1:] * f[:-1] < 0).nonzero()[:, 0]
    pairs = (torch.stack((v[place], v[place + 1]), 1).tolist() for v in (x, f))
    return tuple(_root(real, fake, *ends, *logits) for ends, logits in zip(*pairs))


def _root(real: tuple, fake: tuple, a: float, b: float, fa: float, fb: float) -> float:
    for _ in range(40):
        c = b - fb * (b - a) / (fb - fa)
        fc = _log(real, c) - _log(fake, c)
        a, fa = (b, fb) if fc * fb < 0 else (a, fa / 2)
        b, fb = c, fc
        if abs(fb) < 1e-12 or a == b:
            break
    return b


def _log(hills: tuple, x: float) -> float:
    """The same as `log_density` for one number, which is too little for a tensor."""
    each = [math.log(w / s) - 0.5 * ((x - m) / s) ** 2 for w, m, s in hills]
    top = max(each)
    return top + math.log(sum(math.exp(one - top) for one in each)) - 0.5 * math.log(2 * math.pi)
