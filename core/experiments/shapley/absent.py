r"""What happens to an absent feature: SHAP of two Gaussian features, read in four ways (XAI-18).

The game v(S) = f_S(x_S) of one point x has four coalitions, so everything can be seen: the rows
each coalition averages over, both orders of arrival, and φ as the correlation moves. The chosen
game is played by `core.shapley.prediction`; the sweep over correlations by the same formulas in
one batch, beside the means over the whole normal law.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import choose, require
from core.rng import generator
from core.shapley.prediction import GAMES, check_covariance, gaussian_background, restrict
from core.shapley.values import shapley_values

MODELS = ("linear", "first", "product", "net")
LAWS = ("rho", "own")
WEIGHTS = ((1.0, 1.0), (1.0, -1.0))  # the small net: A tanh(W x + B)
BIAS, HEIGHT = (-1.0, 0.0), (1.5, -1.0)
FAR = 100.0  # of a number the student types
WITHIN = -2 * math.log(0.01)  # squared radius of the ellipse that holds 99 % of a normal plane
SWEEP = 41


class Absent(NamedTuple):
    """One point explained; index g runs over `GAMES`, S over ∅, 1, 2, 12.

    Attributes:
        mean, cov: μ (2,) and Σ (2, 2) of the features.
        rho: their correlation, 0 where a variance is 0.
        beta: (2,) slopes of a linear model, NaN for another one.
        x: (2,) the point.
        rows: (n, 2) the data, with mean μ and covariance Σ exactly.
        reference: (2,) the row that replaces absent features in the baseline game.
        game: the one chosen.
        filled, weights: (2, b, 2) and (2, b): what S = {1} and S = {2} average over.
        outside: (2,) how much of that weight lies outside the ellipse with 99 % of the data.
        v, phi: (4,) and (2,) in the chosen game, over the rows.
        law: (4,) the same v over the whole normal law, not only the rows.
        shares: (4, 2) φ in every game over the rows.
        sweep: (R,) correlations, the present one last.
        curves, theory: (4, R, 2) φ in every game over the rows and over the law.
    """

    mean: Tensor
    cov: Tensor
    rho: float
    beta: Tensor
    x: Tensor
    rows: Tensor
    reference: Tensor
    game: str
    filled: Tensor
    weights: Tensor
    outside: Tensor
    v: Tensor
    phi: Tensor
    law: Tensor
    shares: Tensor
    sweep: Tensor
    curves: Tensor
    theory: Tensor


def absent(
    model: str,
    b1: float,
    b2: float,
    law: str,
    rho: float,
    cov: str,
    mean: str,
    x1: float,
    x2: float,
    game: str,
    z1: float,
    z2: float,
    bandwidth: float,
    n: int,
    seed: int,
) -> Absent:
    """φ of f at x, f_S(x_S) by each of `GAMES`, and along ρ ∈ [−0.99, 0.99].

    Args:
        model: linear b1 x₁ + b2 x₂, first x₁ (x₂ is ignored), product x₁ x₂, or net.
        law: "rho", means 0, variances 1, correlation `rho`; "own", `mean` and `cov` as tables.
        game: what happens to an absent feature; z1, z2 the row of the baseline game, bandwidth of
            the empirical one.
        n: rows of data; seed: of their draw.

    Raises:
        ValueError: a number out of its range, ρ outside [−1, 1], Σ not symmetric and positive
            semidefinite, an unknown name.
    """
    choose("model", model, MODELS)
    choose("law", law, LAWS)
    choose("game", game, GAMES)
    for name, value in {"b1": b1, "b2": b2, "x1": x1, "x2": x2, "z1": z1, "z2": z2}.items():
        require(name, value, -FAR, FAR)
    require("bandwidth", bandwidth, 0.0, FAR, above=True)
    n = int(require("n", n, 10, 1000, integer=True))
    mu, sigma = _law(law, rho, cov, mean)
    beta = {"linear": (b1, b2), "first": (1.0, 0.0)}.get(model, (math.nan, math.nan))
    beta = torch.tensor(beta, dtype=torch.float64)
    f = _model(model, beta)
    x = torch.tensor([x1, x2], dtype=torch.float64)
    reference = torch.tensor([z1, z2], dtype=torch.float64)
    nobody = torch.zeros(2, dtype=torch.float64)
    white = gaussian_background(nobody, torch.eye(2, dtype=torch.float64), n, generator(seed))
    sd = sigma.diagonal().sqrt()
    now = (sigma[0, 1] / (sd[0] * sd[1])).item() if sd.min() > 0 else 0.0
    grid = torch.linspace(-0.99, 0.99, SWEEP, dtype=torch.float64)
    sweep = torch.cat((grid, grid.new_tensor([now])))
    covs = sigma.repeat(len(sweep), 1, 1)
    covs[:-1, 0, 1] = covs[:-1, 1, 0] = grid * sd[0] * sd[1]
    rows = mu + white @ _root(covs).mT
    tables = torch.stack([_played(f, g, x, rows, covs, reference, bandwidth) for g in GAMES])
    laws = torch.stack([_expected(model, f, g, x, mu, covs, reference) for g in GAMES])
    curves = shapley_values(tables)
    place = GAMES.index(game)
    background = reference[None] if game == "baseline" else rows[-1]
    own = restrict(f, background, game, cov=sigma, bandwidth=bandwidth)
    v = own.table(x[None])[0]
    filled, weights = fill(game, x, rows[-1], sigma, reference, bandwidth)
    return Absent(
        mean=mu,
        cov=sigma,
        rho=now,
        beta=beta,
        x=x,
        rows=rows[-1],
        reference=reference,
        game=game,
        filled=filled,
        weights=weights,
        outside=(weights * beyond(filled, mu, sigma)).sum(-1),
        v=v,
        phi=shapley_values(v),
        law=laws[place, -1],
        shares=curves[:, -1],
        sweep=sweep,
        curves=curves,
        theory=shapley_values(laws),
    )


def fill(
    game: str, x: Tensor, rows: Tensor, cov: Tensor, reference: Tensor, bandwidth: float
) -> tuple[Tensor, Tensor]:
    """The rows that S = {1} and S = {2} average over, (2, …, b, 2), with weights, (2, …, b).

    Args:
        rows: (…, n, 2); cov: (…, 2, 2). b = n, or 1 in the baseline game.
    """
    if game == "baseline":
        rows = reference.expand(*rows.shape[:-2], 1, 2)
    filled, weights = [], []
    for j in (0, 1):
        gap = x[j] - rows[..., j]
        other = rows[..., 1 - j]
        variance = cov[..., j, j, None]
        variance = torch.where(variance > 0, variance, torch.inf)  # a constant tells nothing
        if game == "conditional":
            other = other + cov[..., 0, 1, None] / variance * gap
        pair = (x[j].expand(other.shape), other)
        filled.append(torch.stack(pair if j == 0 else pair[::-1], dim=-1))
        far = gap**2 / variance if game == "empirical" else torch.zeros_like(gap)
        weights.append(torch.softmax(-far / (2 * bandwidth**2), dim=-1))
    return torch.stack(filled), torch.stack(weights)


def beyond(points: Tensor, mean: Tensor, cov: Tensor) -> Tensor:
    """Whether (p − μ)ᵀ Σ⁻¹ (p − μ) > −2 log 0.01: outside the ellipse with 99 % of N(μ, Σ)."""
    size, axes = torch.linalg.eigh(cov)
    size = size.clamp_min(1e-9 * max(size[-1].item(), 1e-9))  # a line: what leaves it is far
    return (((points - mean) @ axes) ** 2 / size).sum(-1) > WITHIN


def ellipse(mean: Tensor, cov: Tensor, points: int = 91) -> Tensor:
    """The border of `beyond`, (points, 2)."""
    turn = torch.linspace(0, 2 * math.pi, points, dtype=torch.float64)
    circle = torch.stack((turn.cos(), turn.sin()), dim=-1)
    return mean + math.sqrt(WITHIN) * circle @ _root(cov).mT


def profile(values: Tensor, weights: Tensor, at: Tensor, width: float) -> Tensor:
    """The density of weighted values as a sum of normal bells of this width, shape of `at`."""
    bells = torch.exp(-(((at[:, None] - values) / width) ** 2) / 2)
    return bells @ weights / (width * math.sqrt(2 * math.pi))


@lru_cache(maxsize=16)
def surface(model: str, b1: float, b2: float, reach: float, points: int = 49) -> Tensor:
    """f on [−reach, reach]², (points, points), row by x₂, column by x₁; shared, do not write."""
    beta = {"linear": (b1, b2), "first": (1.0, 0.0)}.get(model, (0.0, 0.0))
    f = _model(model, torch.tensor(beta, dtype=torch.float64))
    side = torch.linspace(-reach, reach, points, dtype=torch.float64)
    return f(torch.stack((side.expand(points, -1), side[:, None].expand(-1, points)), dim=-1))


# --- the parts ---------------------------------------------------------------------------------


def _law(law: str, rho: float, cov: str, mean: str) -> tuple[Tensor, Tensor]:
    if law == "rho":
        require("rho", rho, -1.0, 1.0)
        sigma = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64)
        return torch.zeros(2, dtype=torch.float64), sigma
    mu = table.read(mean, "mean", shapes=((1, 2),))[0]
    sigma = check_covariance("cov", table.read(cov, "cov", shapes=((2, 2),)), 2)
    for name, values in (("an entry of mean", mu), ("an entry of cov", sigma.flatten())):
        for value in values.tolist():
            require(name, value, -FAR, FAR)
    return mu, sigma


def _model(model: str, beta: Tensor):
    """f of rows (…, 2)."""
    if model == "product":
        return lambda X: X[..., 0] * X[..., 1]
    if model == "net":
        W, B, A = (torch.tensor(each, dtype=torch.float64) for each in (WEIGHTS, BIAS, HEIGHT))
        return lambda X: torch.tanh(X @ W.T + B) @ A
    return lambda X: X @ beta


def _root(cov: Tensor) -> Tensor:
    """Lower triangular L with L Lᵀ = Σ, smooth in the correlation and at home when singular."""
    a = cov[..., 0, 0].sqrt()
    b = torch.where(a > 0, cov[..., 0, 1] / torch.where(a > 0, a, 1.0), 0.0)
    c = (cov[..., 1, 1] - b**2).clamp_min(0).sqrt()
    return torch.stack((a, torch.zeros_like(a), b, c), dim=-1).unflatten(-1, (2, 2))


def _played(
    f, game: str, x: Tensor, rows: Tensor, covs: Tensor, reference: Tensor, bandwidth: float
) -> Tensor:
    """v(∅), v(1), v(2), v(12) over the rows of every correlation, (R, 4)."""
    filled, weights = fill(game, x, rows, covs, reference, bandwidth)
    one, two = (f(filled) * weights).sum(-1)
    whole = f(x).expand(len(rows))
    nobody = f(reference).expand(len(rows)) if game == "baseline" else f(rows).mean(-1)
    return torch.stack((nobody, one, two, whole), dim=-1)


def _expected(
    model: str, f, game: str, x: Tensor, mean: Tensor, covs: Tensor, reference: Tensor
) -> Tensor:
    """The same over the whole normal law; a kernel of width 0 conditions, so empirical too."""
    whole = f(x).expand(len(covs))
    if game == "baseline":
        mixed = torch.stack((torch.stack((x[0], reference[1])), torch.stack((reference[0], x[1]))))
        ends = [f(row).expand(len(covs)) for row in (reference, *mixed)]
        return torch.stack((*ends, whole), dim=-1)
    v = [_mean(model, f, mean.expand(len(covs), 2), covs)]
    for j in (0, 1):
        k, variance = 1 - j, covs[:, j, j]
        slope = covs[:, 0, 1] / torch.where(variance > 0, variance, torch.inf)
        slope = torch.zeros_like(slope) if game == "interventional" else slope
        m = x.expand(len(covs), 2).clone()
        m[:, k] = mean[k] + slope * (x[j] - mean[j])
        C = torch.zeros_like(covs)
        C[:, k, k] = covs[:, k, k] - slope * covs[:, 0, 1]
        v.append(_mean(model, f, m, C))
    return torch.stack((*v, whole), dim=-1)


def _mean(model: str, f, m: Tensor, C: Tensor) -> Tensor:
    """E f(X) for X from N(m, C), (R,): by hand, for the net by the trapezium rule on each unit."""
    if model != "net":
        return f(m) + (C[:, 0, 1] if model == "product" else 0.0)
    W, B, A = (torch.tensor(each, dtype=torch.float64) for each in (WEIGHTS, BIAS, HEIGHT))
    sd = torch.einsum("ki,rij,kj->rk", W, C, W).clamp_min(0).sqrt()
    t = torch.linspace(-8, 8, 65, dtype=torch.float64)
    weight = torch.softmax(-(t**2) / 2, dim=0)
    units = torch.tanh((m @ W.T + B)[..., None] + sd[..., None] * t) @ weight
    return units @ A
