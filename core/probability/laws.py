r"""Laws on the line by name: mean, variance, density or masses, both tails, and samples.

============  ==========================================  =========================
law           parameters                                  what it is
============  ==========================================  =========================
bernoulli     p in [0, 1]                                 1 with probability p
binomial      n in 1..1000, p in [0, 1]                   successes in n trials
poisson       rate > 0, at most 1000                      counts, mean λ = rate
three_points  a > 0, sigma in (0, a]                      ±a, each σ²/(2a²), else 0
die           sides in 2..100                             1, …, sides alike
uniform       low < high                                  flat between them
normal        mu, sigma > 0: the standard deviation       the bell
exponential   rate > 0                                    mean 1/rate
gamma         alpha > 0: shape; beta > 0: the scale       mean αβ
lognormal     mu in ±50, sigma in (0, 5]: of ln X         e to a normal variable
pareto        alpha > 0                                   P(X > x) = x^−α for x ≥ 1
cauchy        loc, scale > 0                              no mean, no variance
============  ==========================================  =========================

Sources: PROB-08, PROB-18, PROB-21 to PROB-25, PROB-32.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.check import choose, require
from core.probability.read import numbers

Function = Callable[[Tensor], Tensor]
ANY, POSITIVE, SHARE = {}, {"low": 0, "above": True}, {"low": 0, "high": 1}
PARAMETERS = {
    "bernoulli": {"p": SHARE},
    "binomial": {"n": {"low": 1, "high": 1000, "integer": True}, "p": SHARE},
    "poisson": {"rate": {**POSITIVE, "high": 1000}},
    "three_points": {"a": POSITIVE, "sigma": POSITIVE},
    "die": {"sides": {"low": 2, "high": 100, "integer": True}},
    "uniform": {"low": ANY, "high": ANY},
    "normal": {"mu": ANY, "sigma": POSITIVE},
    "exponential": {"rate": POSITIVE},
    "gamma": {"alpha": POSITIVE, "beta": POSITIVE},
    "lognormal": {"mu": {"low": -50, "high": 50}, "sigma": {**POSITIVE, "high": 5}},
    "pareto": {"alpha": POSITIVE},
    "cauchy": {"loc": ANY, "scale": POSITIVE},
}
LAWS = tuple(PARAMETERS)
DISCRETE = LAWS[: LAWS.index("uniform")]
CUT = 1e-280  # masses of a Poisson law below this are left out


@dataclass(frozen=True)
class Law:
    """A law on the line; functions take places of any shape, entry by entry.

    Attributes:
        name: one of `LAWS`.
        mean: None where it does not exist.
        variance: ∞ where it is infinite, None where there is no mean.
        support: its lowest and highest value.
        points, masses: of a discrete law, (k,) each; None of one with a density.
        density: f(x), 0 outside the support.
        cdf, survival: F(x) = P(X ≤ x) and P(X > x), each to all digits in its own small tail.
        draw: n independent values from an explicit generator.
    """

    name: str
    mean: float | None
    variance: float | None
    support: tuple[float, float]
    cdf: Function
    survival: Function
    draw: Callable[[int, torch.Generator], Tensor]
    _density: Function | None = None
    points: Tensor | None = None
    masses: Tensor | None = None

    @property
    def discrete(self) -> bool:
        return self.points is not None

    def density(self, x: float | Tensor) -> Tensor:
        """f(x) of the shape of x.

        Raises:
            ValueError: a discrete law, which has no density.
        """
        if self._density is None:
            raise ValueError(f"expected a law with a density, got {self.name}: it has jumps only")
        return self._density(numbers("x", x))

    def mass(self, x: float | Tensor) -> Tensor:
        """P(X = x): 0 everywhere for a law with a density."""
        x = numbers("x", x)
        if self.points is None:
            return torch.zeros_like(x)
        return ((x[..., None] == self.points) * self.masses).sum(-1)


def law(name: str, **parameters: float) -> Law:
    """The law of that name with those parameters, see the table above.

    Raises:
        ValueError: an unknown law, a parameter that is missing, unknown or out of range.
    """
    values = read(name, parameters)
    if name in DISCRETE:
        return _discrete(name, *DISCRETES[name](**values))
    return CONTINUOUS[name](**values)


def read(name: str, parameters: dict[str, float]) -> dict[str, float]:
    """The parameters of a law if they are all there and in range; else refused by name."""
    choose("law", name, LAWS)
    ranges = PARAMETERS[name]
    if set(ranges) != set(parameters):
        wanted, found = ", ".join(ranges), ", ".join(parameters) or "none"
        raise ValueError(f"expected the parameters {wanted} of {name}, got {found}")
    values = {key: require(key, parameters[key], **ranges[key]) for key in ranges}
    if name == "uniform":
        require("high", values["high"], values["low"], above=True)
    if name == "three_points":
        require("sigma", values["sigma"], 0, values["a"], above=True)
    return values


# --- discrete --------------------------------------------------------------------------------


def _bernoulli(p):
    return p, p * (1 - p), [0.0, 1.0], [1 - p, p]


def _binomial(n, p):
    n = int(n)
    k = torch.arange(n + 1, dtype=torch.float64)
    ways = math.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
    p_ = torch.tensor(float(p), dtype=torch.float64)
    masses = torch.exp(ways + torch.xlogy(k, p_) + torch.xlogy(n - k, 1 - p_))
    return n * p, n * p * (1 - p), k, masses


def _poisson(rate):
    most = int(rate + 40 * math.sqrt(rate) + 200)  # e^{tX} is summed too
    k = torch.arange(most + 1, dtype=torch.float64)
    masses = torch.exp(k * math.log(rate) - rate - torch.lgamma(k + 1))
    kept = masses > CUT
    return float(rate), float(rate), k[kept], masses[kept]


def _three_points(a, sigma):
    out = 0.5 * (sigma / a) ** 2
    return 0.0, float(sigma) ** 2, [-float(a), 0.0, float(a)], [out, 1 - 2 * out, out]


def _die(sides):
    n = int(sides)
    return (n + 1) / 2, (n * n - 1) / 12, torch.arange(1.0, n + 1), torch.full((n,), 1 / n)


DISCRETES = {
    "bernoulli": _bernoulli,
    "binomial": _binomial,
    "poisson": _poisson,
    "three_points": _three_points,
    "die": _die,
}


def _discrete(name: str, mean: float, variance: float, points, masses) -> Law:
    points = torch.as_tensor(points, dtype=torch.float64)
    masses = (
        torch.full_like(points, 1 / len(points))
        if name == "die"
        else torch.as_tensor(masses, dtype=torch.float64)
    )
    none = torch.zeros(1, dtype=torch.float64)
    upto = torch.cat([none, masses.cumsum(0)]).clamp(max=1.0)
    beyond = torch.cat([masses.flip(0).cumsum(0).flip(0), none]).clamp(max=1.0)

    def below(x: Tensor) -> Tensor:  # how many points are ≤ x
        return torch.searchsorted(points, numbers("x", x).contiguous(), right=True)

    def draw(n: int, generator: torch.Generator) -> Tensor:
        u = _uniform(n, generator)
        return points[torch.searchsorted(upto[1:-1], u, right=True)]

    return Law(
        name,
        mean,
        variance,
        (0.0, math.inf) if name == "poisson" else (float(points[0]), float(points[-1])),
        cdf=lambda x: upto[below(x)],
        survival=lambda x: beyond[below(x)],
        draw=draw,
        points=points,
        masses=masses,
    )


# --- with a density --------------------------------------------------------------------------


def _uniform_law(low, high):
    width = high - low

    def density(x):
        return ((x >= low) & (x <= high)).double() / width

    return Law(
        "uniform",
        (low + high) / 2,
        width**2 / 12,
        (float(low), float(high)),
        cdf=lambda x: ((numbers("x", x) - low) / width).clamp(0, 1),
        survival=lambda x: ((high - numbers("x", x)) / width).clamp(0, 1),
        draw=lambda n, generator: low + width * _uniform(n, generator),
        _density=density,
    )


def _bell(z: Tensor) -> Tensor:
    return torch.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


def _phi(z: Tensor) -> Tensor:
    return 0.5 * torch.erfc(-z / math.sqrt(2))


def _normal(mu, sigma):
    return Law(
        "normal",
        float(mu),
        float(sigma) ** 2,
        (-math.inf, math.inf),
        cdf=lambda x: _phi((numbers("x", x) - mu) / sigma),
        survival=lambda x: _phi((mu - numbers("x", x)) / sigma),
        draw=lambda n, generator: mu + sigma * _gauss(n, generator),
        _density=lambda x: _bell((x - mu) / sigma) / sigma,
    )


def _exponential(rate):
    return Law(
        "exponential",
        1 / rate,
        1 / rate**2,
        (0.0, math.inf),
        cdf=lambda x: -torch.expm1(-rate * numbers("x", x).clamp_min(0.0)),
        survival=lambda x: torch.exp(-rate * numbers("x", x).clamp_min(0.0)),
        draw=lambda n, generator: -torch.log1p(-_uniform(n, generator)) / rate,
        _density=lambda x: rate * torch.exp(-rate * x.clamp_min(0.0)) * (x >= 0),
    )


def _gamma(alpha, beta):
    shape = torch.tensor(float(alpha), dtype=torch.float64)

    def density(x):
        z = x.clamp_min(0.0) / beta
        return torch.exp(torch.xlogy(shape - 1, z) - z - math.lgamma(alpha)) / beta * (x >= 0)

    return Law(
        "gamma",
        float(alpha * beta),
        float(alpha * beta**2),
        (0.0, math.inf),
        cdf=lambda x: torch.special.gammainc(shape, numbers("x", x).clamp_min(0.0) / beta),
        survival=lambda x: torch.special.gammaincc(shape, numbers("x", x).clamp_min(0.0) / beta),
        draw=lambda n, generator: beta * torch._standard_gamma(shape.expand(n), generator),
        _density=density,
    )


def _lognormal(mu, sigma):
    def above(x):  # a place outside of the support is moved to where the answer is 0
        return (numbers("x", x).clamp_min(1e-300).log() - mu) / sigma

    spread = sigma**2
    return Law(
        "lognormal",
        math.exp(mu + spread / 2),
        math.expm1(spread) * math.exp(2 * mu + spread),
        (0.0, math.inf),
        cdf=lambda x: _phi(above(x)),
        survival=lambda x: _phi(-above(x)),
        draw=lambda n, generator: torch.exp(mu + sigma * _gauss(n, generator)),
        _density=lambda x: _bell(above(x)) / (sigma * x.clamp_min(1e-300)) * (x > 0),
    )


def _pareto(alpha):
    return Law(
        "pareto",
        alpha / (alpha - 1) if alpha > 1 else None,
        alpha / ((alpha - 1) ** 2 * (alpha - 2))
        if alpha > 2
        else (math.inf if alpha > 1 else None),
        (1.0, math.inf),
        cdf=lambda x: -torch.expm1(-alpha * numbers("x", x).clamp_min(1.0).log()),
        survival=lambda x: numbers("x", x).clamp_min(1.0) ** -alpha,
        draw=lambda n, generator: (1 - _uniform(n, generator)) ** (-1 / alpha),
        _density=lambda x: alpha * x.clamp_min(1.0) ** (-alpha - 1) * (x >= 1),
    )


def _cauchy(loc, scale):
    def below(x):
        return torch.atan2(torch.ones_like(x), -x) / math.pi  # no digit is lost far to the left

    return Law(
        "cauchy",
        None,
        None,
        (-math.inf, math.inf),
        cdf=lambda x: below((numbers("x", x) - loc) / scale),
        survival=lambda x: below((loc - numbers("x", x)) / scale),
        draw=lambda n, generator: loc + scale * torch.tan(math.pi * (_uniform(n, generator) - 0.5)),
        _density=lambda x: 1 / (math.pi * scale * (1 + ((x - loc) / scale) ** 2)),
    )


CONTINUOUS = {
    "uniform": _uniform_law,
    "normal": _normal,
    "exponential": _exponential,
    "gamma": _gamma,
    "lognormal": _lognormal,
    "pareto": _pareto,
    "cauchy": _cauchy,
}


def _uniform(n: int, generator: torch.Generator) -> Tensor:
    require("n", n, 1, 10_000_000, integer=True)
    return torch.rand(int(n), generator=generator, dtype=torch.float64)


def _gauss(n: int, generator: torch.Generator) -> Tensor:
    require("n", n, 1, 10_000_000, integer=True)
    return torch.randn(int(n), generator=generator, dtype=torch.float64)
