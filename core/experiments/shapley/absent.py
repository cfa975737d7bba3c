r"""What happens to an absent feature: SHAP of two normal features, read in four ways (XAI-18).

The game v(S) = f_S(x_S) of one point x has four coalitions, so everything can be seen: the rows
each coalition averages over, both orders of arrival, and φ as the correlation moves.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.rng import generator
from core.shapley.prediction import GAMES, gaussian_background
from core.signature import between, declared

MODELS = ("linear", "first", "product", "net")
STEEP = 100.0  # of a slope the student types
WITHIN = -2 * math.log(0.01)  # squared radius of the ellipse that holds 99 % of a normal plane
SWEEP = torch.linspace(-0.99, 0.99, 41, dtype=torch.float64)  # correlations

Place = Annotated[float, between(-100, 100)]


class Absent(NamedTuple):
    """One point explained; v(S) in each of `GAMES`, along `SWEEP` and now, for ∅, 1, 2, 12."""

    model: str  # of `MODELS`
    beta: tuple[float, float]  # slopes of a linear model, NaN for another one
    x: Tensor  # (2,) the point
    rho: float  # correlation of the two standard normal features
    rows: Tensor  # (2, n) the data, X₁ above X₂: mean 0, variance 1, this correlation exactly
    reference: Tensor  # (2,) the row that replaces absent features in the baseline game
    bandwidth: float  # of the empirical game
    v: Tensor  # (4, 42, 4) over the rows
    law: Tensor  # (4, 42, 4) over the whole law; one reference row has none, and stays as in v

    # the features that a linear f never reads, 0 or 1
    unused = property(lambda self: [j for j in (0, 1) if self.beta[j] == 0])

    def now(self, game: str) -> tuple[list[float], list[float]]:
        """v(S) of a game over the rows, and φ."""
        v = self.v[GAMES.index(game), -1].tolist()
        return v, [(v[1] - v[0] + v[3] - v[2]) / 2, (v[2] - v[0] + v[3] - v[1]) / 2]

    def filled(self, game: str) -> tuple[Tensor, Tensor]:
        """The rows that S = {1} and S = {2} average over, (2, b, 2), and weights, (2, b)."""
        other, weights = fill(game, self.x, self.rows, self.rho, self.reference, self.bandwidth)
        kept = self.x[:, None].expand_as(other)
        points = torch.stack((kept[0], other[0], other[1], kept[1])).view(2, 2, -1).mT
        return points, weights.expand_as(other)

    def outside(self, game: str) -> list[float]:
        """How much of that weight lies outside the ellipse with 99 % of the data."""
        points, weights = self.filled(game)
        return (weights * beyond(points, self.rho)).sum(-1).tolist()


@declared
def absent(
    model: Literal[MODELS] = "first",
    beta: str = "1 1",
    rho: Annotated[float, between(-1, 1)] = 0.9,
    x1: Place = 1.0,
    x2: Place = 1.0,
    z1: Place = 0.0,
    z2: Place = 0.0,
    bandwidth: Annotated[float, between(0, 100, above=True)] = 0.2,
    n: Annotated[int, between(10, 1000)] = 200,
) -> Absent:
    """v(S) of f at x, f_S(x_S) by each of `GAMES`, here and along ρ ∈ [−0.99, 0.99].

    Args:
        model: linear β₁x₁ + β₂x₂, first x₁ (x₂ is ignored), product x₁x₂, or net, a small one.
        beta: two slopes in ±100, "1 1".
        rho: correlation of the two standard normal features.
        x1, x2: the point; z1, z2: the row of the baseline game.
        bandwidth: h of the empirical game, rows weighted by exp(−D²/(2h²)).
        n: rows of data.
    """
    slopes = _slopes(model, beta)
    f = model_of(model, slopes)
    x, reference = torch.tensor([[x1, x2], [z1, z2]], dtype=torch.float64)
    rhos = torch.cat((SWEEP, SWEEP.new_tensor([rho])))
    one, two = _white(n)[:, None]
    left = (1 - rhos**2).sqrt()[:, None]
    rows = torch.stack((one.expand(len(rhos), -1), rhos[:, None] * one + left * two))
    v = torch.empty(len(GAMES), len(rhos), 4, dtype=torch.float64)
    v[..., 3], v[0, :, 0], v[1:, :, 0] = f(*x), f(*reference), f(*rows).mean(-1)
    for g, game in enumerate(GAMES):
        other, weights = fill(game, x, rows, rhos[:, None], reference, bandwidth)
        v[g, :, 1] = (f(x[0], other[0]) * weights[0]).sum(-1)
        v[g, :, 2] = (f(other[1], x[1]) * weights[1]).sum(-1)
    law = v.clone()
    law[1], law[2] = _expected(model, f, x, rhos)
    law[3] = law[2]  # a kernel of width 0 conditions
    law[..., 3] = v[..., 3]
    return Absent(model, slopes, x, rho, rows[:, -1], reference, bandwidth, v, law)


def fill(
    game: str, x: Tensor, rows: Tensor, rho: Tensor | float, reference: Tensor, bandwidth: float
) -> tuple[Tensor, Tensor]:
    """What stands for the feature absent from S = {1} and S = {2}, and its weights.

    From rows (2, …, n) to (2, …, b) each, b = n, or 1 in the baseline game; weights broadcast.
    """
    across = (2, *[1] * (rows.ndim - 1))
    if game == "baseline":
        return reference.flip(0).view(across), torch.ones(across, dtype=torch.float64)
    gap, other = x.view(across) - rows, rows.flip(0)
    if game == "empirical":
        return other, torch.softmax(-(gap**2) / (2 * bandwidth**2), dim=-1)
    alike = torch.full(across, 1 / rows.shape[-1], dtype=torch.float64)
    return (other + rho * gap if game == "conditional" else other), alike


def beyond(points: Tensor, rho: float) -> Tensor:
    """Whether pᵀ Σ⁻¹ p > −2 log 0.01, p (…, 2): outside the ellipse with 99 % of the data."""
    a, b = points.unbind(-1)
    # along the axes of the ellipse; where it is a line, what leaves it is far
    along, across = max(1 + rho, 2e-9), max(1 - rho, 2e-9)
    return (a + b) ** 2 / (2 * along) + (a - b) ** 2 / (2 * across) > WITHIN


def ellipse(rho: float, points: int = 91) -> Tensor:
    """The border of `beyond`, (2, points)."""
    turn = torch.linspace(0, 2 * math.pi, points, dtype=torch.float64)
    one, two = math.sqrt(WITHIN) * turn.cos(), math.sqrt(WITHIN) * turn.sin()
    return torch.stack((one, rho * one + math.sqrt(1 - rho**2) * two))


def model_of(model: str, beta: tuple[float, float]) -> Callable[[Tensor, Tensor], Tensor]:
    """f(x₁, x₂), of tensors that broadcast."""
    if model == "product":
        return lambda a, b: a * b
    if model == "net":
        return lambda a, b: 1.5 * torch.tanh(a + b - 1) - torch.tanh(a - b)
    return lambda a, b: beta[0] * a + beta[1] * b


@lru_cache(maxsize=16)
def surface(model: str, beta: tuple[float, float], reach: float, points: int = 49) -> Tensor:
    """f on [−reach, reach]², (points, points), row by x₂, column by x₁; shared, do not write."""
    side = torch.linspace(-reach, reach, points, dtype=torch.float64)
    return model_of(model, beta)(side[None], side[:, None]).expand(points, points)


def _slopes(model: str, text: str) -> tuple[float, float]:
    slopes = table.read(text, "beta", shapes=((1, 2),))[0].tolist()
    one, two = (require("an entry of beta", value, -STEEP, STEEP) for value in slopes)
    return {"linear": (one, two), "first": (1.0, 0.0)}.get(model, (math.nan, math.nan))


@lru_cache(maxsize=16)
def _white(n: int) -> Tensor:
    """n rows of two independent standard normal features, (2, n); shared, do not write."""
    alone = torch.eye(2, dtype=torch.float64)
    return gaussian_background(0 * alone[0], alone, n, generator(0)).T.contiguous()


def _expected(model: str, f: Callable, x: Tensor, rho: Tensor) -> Tensor:
    """v(S) over the whole law, marginal and conditional: (2, R, 4), v(12) left out."""
    told = torch.stack((0 * rho, rho))  # what the kept feature tells of the other
    zero, one, left = torch.zeros_like(told), torch.ones_like(told), 1 - told**2
    mean1 = torch.stack((zero, x[0] * one, told * x[1]))
    mean2 = torch.stack((zero, told * x[0], x[1] * one))
    var1, var2 = torch.stack((one, zero, left)), torch.stack((one, left, zero))
    cov = torch.stack((rho * one, zero, zero))
    if model == "net":
        v = 1.5 * _unit(mean1 + mean2 - 1, var1 + var2 + 2 * cov)
        v = v - _unit(mean1 - mean2, var1 + var2 - 2 * cov)
    else:
        v = f(mean1, mean2) + (cov if model == "product" else 0.0)
    return torch.cat((v, zero[None])).movedim(0, -1)


def _unit(mean: Tensor, variance: Tensor) -> Tensor:
    """E tanh(X) for X from N(mean, variance), by the trapezium rule."""
    t = torch.linspace(-8, 8, 65, dtype=torch.float64)
    weight = torch.softmax(-(t**2) / 2, dim=0)
    return torch.tanh(mean[..., None] + variance.clamp_min(0).sqrt()[..., None] * t) @ weight
