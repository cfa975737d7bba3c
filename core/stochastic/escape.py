r"""Escape from the shallower of two wells by the noise of mini-batches.

x ← x − η(f′(x) + σξ/√B) follows dx = −f′ dt + √(2D) dW in the time t = ηk, with the temperature
D = ησ²/(2B). For ΔU the height of the pass above the shallow well, and D ≪ ΔU, it leaves at
Kramers' rate √(f″(well) |f″(pass)|) / 2π · e^{−ΔU/D}: its logarithm falls with B/η at the slope
−2ΔU/σ². Having left means having reached the deep minimum. Sources: OPT-09, E-40; Kramers 1940.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require

PLACES, REACH = 4001, 60.0  # of the quadrature; beyond REACH temperatures no mass is left
STEEPEST = 0.38  # of the tilt; from 2 / √27 = 0.3849 on there is one well
MOST = 20_000_000


@dataclass(frozen=True)
class Well:
    """f(x) = depth · u(x) with u ∝ x⁴/4 − x²/2 − tilt x, shallow well on the left.

    depth is the height of the pass above the shallow minimum, in (0, 100]; tilt lies in [0, 0.38],
    0 makes both wells alike.
    """

    depth: float = 1.0
    tilt: float = 0.1

    def __post_init__(self):
        require("depth", self.depth, 0, 100, above=True)
        require("tilt", self.tilt, 0, STEEPEST)

    @cached_property
    def places(self) -> tuple[float, float, float]:
        """Shallow minimum, pass and deep minimum: the roots of x³ − x = tilt."""
        third = math.acos(min(1.0, self.tilt * math.sqrt(27) / 2)) / 3
        roots = [2 / math.sqrt(3) * math.cos(third + 2 * math.pi * k / 3) for k in (1, 2, 0)]
        return tuple(roots)

    @cached_property
    def scale(self) -> float:
        """What multiplies x⁴/4 − x²/2 − tilt x."""
        low, high, _ = (x**4 / 4 - x**2 / 2 - self.tilt * x for x in self.places)
        return self.depth / (high - low)

    def __call__(self, x: Tensor) -> Tensor:
        """f, 0 at the shallow minimum."""
        low = self.places[0]
        bottom = low**4 / 4 - low**2 / 2 - self.tilt * low
        return self.scale * (x**4 / 4 - x**2 / 2 - self.tilt * x - bottom)

    def gradient(self, x: Tensor) -> Tensor:
        """f′."""
        return self.scale * (x * x * x - x - self.tilt)

    def bend(self, x: float) -> float:
        """f″."""
        return self.scale * (3 * x * x - 1)


class Escape(NamedTuple):
    """How many chains have left after some steps."""

    step: int  # steps done
    left: Tensor  # the step at which each chain reached the deep minimum, −1 for not yet, (m, n)

    def share(self, steps: Tensor | int | None = None) -> Tensor:
        """Share of the chains that left by `steps`, a number or one for each row, (m,)."""
        gone = self.left >= 0
        if steps is not None:
            gone &= self.left <= torch.as_tensor(steps).view(-1, 1)
        return gone.double().mean(1)


def temperature(eta: float, B: float, sigma: float) -> float:
    """D = ησ²/(2B)."""
    require("eta", eta, 0, above=True)
    require("B", B, 0, above=True)
    require("sigma", sigma, 0)
    return eta * sigma**2 / (2 * B)


def kramers_exponent(well: Well, eta: float, B: float, sigma: float) -> float:
    """ΔU / D = 2 B ΔU / (ησ²): minus the logarithm of the rate but for its factor; ∞ at σ = 0."""
    D = temperature(eta, B, sigma)
    return well.depth / D if D else math.inf


def kramers_rate(well: Well, D: float) -> float:
    """Escapes in the unit of time t = ηk, for D ≪ depth; 0 at D = 0."""
    require("D", D, 0)
    low, high, _ = well.places
    factor = math.sqrt(well.bend(low) * -well.bend(high)) / (2 * math.pi)
    return factor * math.exp(-well.depth / D) if D else 0.0


def exit_time(well: Well, D: float) -> float:
    """The mean time from the shallow to the deep minimum of dx = −f′ dt + √(2D) dW, any D > 0.

    (1/D) ∫ e^{f(y)/D} ∫_{z<y} e^{−f(z)/D} dz dy over y from one minimum to the other, by the
    trapezoid rule; relative error below 1e-4 for D ≥ depth/100.
    """
    require("D", D, 0, above=True)
    low, _, deep = well.places
    start = low
    while float(well(torch.tensor(start, dtype=torch.float64))) < REACH * D:
        start -= 0.05
    y = torch.linspace(start, deep, PLACES * 4, dtype=torch.float64)
    f = well(y) / D
    log_dy = math.log(float(y[1] - y[0]))
    # the trapezoid rule as a sum of half weights
    below = torch.logcumsumexp(torch.logaddexp(-f[:-1], -f[1:]) - math.log(2) + log_dy, 0)
    outer = f[1:] + below
    path = y[1:] >= low
    outer = outer[path]
    inner = torch.logaddexp(outer[:-1], outer[1:]) - math.log(2)
    return math.exp(float(torch.logsumexp(inner, 0)) + log_dy) / D


def escape(
    well: Well,
    eta: float | Tensor,
    B: float | Tensor,
    sigma: float,
    n: int,
    steps: int,
    generator: torch.Generator,
    *,
    every: int = 100,
) -> Iterator[Escape]:
    """n chains for each of m settings, from the shallow minimum; yields at every `every` steps.

    A chain stops where it has left; one that too long steps throw away to the other side has not.
    All settings use the same noise ξ.

    Args:
        eta, B: step size and size of the batch, > 0, numbers or (m,) that broadcast.
        sigma: standard deviation of the noise of one sample, ≥ 0.
        n: chains of each setting, ≥ 1; at most 20 million over all.
        steps: in [1, 1e6]; every: in [1, steps].

    Raises:
        ValueError: at the call: a value outside its range.
    """
    eta, B = (torch.as_tensor(each, dtype=torch.float64) for each in (eta, B))
    for name, each in (("eta", eta), ("B", B)):
        require(name, each.min().item(), 0, above=True)
        require(name, each.max().item(), 0, above=True)
    require("sigma", sigma, 0)
    eta, B = torch.broadcast_tensors(eta.reshape(-1), B.reshape(-1))
    require("n", n, 1, MOST // len(eta), integer=True)
    require("steps", steps, 1, 1_000_000, integer=True)
    require("every", every, 1, integer=True)
    return _escape(well, eta, B, sigma, int(n), int(steps), generator, int(every))


def _escape(well, eta, B, sigma, n, steps, generator, every) -> Iterator[Escape]:
    low, _, deep = well.places
    x = torch.full((len(eta), n), low, dtype=torch.float64)
    left = torch.full((len(eta), n), -1)
    rate, blur = eta[:, None], (eta * sigma / B.sqrt())[:, None]
    noise = torch.empty(n, dtype=torch.float64)
    for k in range(1, steps + 1):
        x.addcmul_(well.gradient(x), rate, value=-1)
        x.addcmul_(noise.normal_(generator=generator), blur, value=-1)
        gone = x >= deep
        if bool(gone.any()):
            left[gone & (left < 0)] = k
            x[gone] = math.inf
        if k % every == 0 or k == steps:
            yield Escape(k, left.clone())
