r"""One Gaussian for a mixture on the line: forward KL, reverse KL and JSD as functions of (μ, σ).

=========  ============  ==============================================================
forward    KL(p ‖ q)     covers p: the least is at p's own mean and standard deviation
reverse    KL(q ‖ p)     locks on: a local optimum for each bump that stands apart
jsd        JSD(p, q)     between both, at most log 2
=========  ============  ==============================================================

p is the target, q = N(μ, σ²). Integrals are sums on even nodes, whose step follows the narrowest
width and the bend of log p between two bumps. Sources: INFO-04, INFO-05; Minka 2005.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from core.check import choose, require
from core.diffusion.mixture import Mixture
from core.information.laws import numbers

DIRECTIONS = ("forward", "reverse", "jsd")
REACH = 9.0  # standard deviations that an integral goes, e^{-40} is beyond
NODES, ROOM = 20_001, 40_000_000  # of one integral; of all integrals of one call
WIDEST = 1000  # ratios of widths and distances, beyond them the nodes would not do


def divergence(
    target: Mixture, direction: str, mu: float | Tensor, sigma: float | Tensor
) -> Tensor:
    """The divergence between a mixture and N(μ, σ²) in nats, ≥ 0, by quadrature to about 1e-9.

    Args:
        target: on the line, standard deviations > 0.
        direction: "forward", "reverse" or "jsd".
        mu, sigma: numbers, or tensors that broadcast; σ > 0.

    Returns:
        float64 of their shape, with slopes in both.

    Raises:
        ValueError: a value outside its range, σ or a distance beyond 1000 target widths.
    """
    choose("direction", direction, DIRECTIONS)
    _on_the_line(target)
    mu, sigma = _place(target, mu, sigma)
    if not mu.numel():
        return mu
    if direction == "forward":
        return _forward(target, mu, sigma).clamp(min=0)
    count = _count(target, mu, sigma, both=direction == "jsd")
    require("nodes of all integrals", count * mu.numel(), 1, ROOM)
    value = (_reverse if direction == "reverse" else _jsd)(target, mu, sigma, count)
    return value.clamp(0, math.log(2) if direction == "jsd" else math.inf)


def slopes(target: Mixture, direction: str, mu: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
    r"""Slope (s, 2) and curvature (s, 2, 2) of `divergence` in (μ, log σ), for s Gaussians.

    With ∂q = q g, g = (z/σ, z² − 1), the slope is E_q[g ℓ] and the curvature
    E_q[(g gᵀ + ∂g) ℓ + g gᵀ κ]: ℓ = log(q/p), κ = 1 for the reverse, ℓ = ½ log(2q/(p + q)),
    κ = ½ p/(p + q) for JSD. The forward divergence has closed forms. Arguments as in `divergence`.
    """
    choose("direction", direction, DIRECTIONS)
    _on_the_line(target)
    mu, sigma = (each.detach().reshape(-1) for each in _place(target, mu, sigma))
    if direction == "forward":
        far = target.mean - mu
        ratio = (target.variance + far * far) / sigma**2
        return _pairs([-far / sigma**2, 1 - ratio], [sigma**-2, 2 * far / sigma**2, 2 * ratio])
    step = _step(target, mu, sigma, both=direction == "jsd")
    count = _odd(2 * REACH * sigma / step)
    require("nodes of all integrals", count * mu.numel(), 1, ROOM)
    z, weight = _weights(count)
    log_p = target.log_density(mu[:, None] + sigma[:, None] * z)
    log_q = -0.5 * z * z - 0.5 * math.log(2 * math.pi) - sigma.log()[:, None]
    ratio, kappa = log_q - log_p, torch.ones_like(log_p)
    if direction == "jsd":
        ratio, kappa = (math.log(2) - softplus(-ratio)) / 2, (-ratio).sigmoid() / 2
    powers = weight * torch.stack([z**i for i in range(5)])
    r = (ratio @ powers.T).unbind(1)  # E_q[zⁱ ℓ], i = 0 … 4
    k = (kappa @ powers.T).unbind(1)
    return _pairs(
        [r[1] / sigma, r[2] - r[0]],
        [
            (r[2] - r[0] + k[2]) / sigma**2,
            (r[3] - 3 * r[1] + k[3] - k[1]) / sigma,
            r[4] - 4 * r[2] + r[0] + k[4] - 2 * k[2] + k[0],
        ],
    )


def _pairs(slope: list[Tensor], bend: list[Tensor]) -> tuple[Tensor, Tensor]:
    a, b, c = bend
    return torch.stack(slope, 1), torch.stack([a, b, b, c], 1).view(-1, 2, 2)


def moment_match(target: Mixture) -> tuple[float, float]:
    """Mean and standard deviation of a mixture: the least forward KL, in closed form."""
    _on_the_line(target)
    return float(target.mean), math.sqrt(float(target.variance))


def _forward(target: Mixture, mu: Tensor, sigma: Tensor) -> Tensor:
    """∫ p log p once, and E_p of the square in log q."""
    mean, std = moment_match(target)
    one = torch.ones((), dtype=torch.float64)
    x, dx = _nodes(target, one * mean, one * std, _count(target, one * mean, one * std, True), True)
    log = target.log_density(x)
    p = log.exp()
    minus_entropy = (p * log).sum() * dx
    square = ((std / sigma) ** 2 + ((mean - mu) / sigma) ** 2) / 2
    return minus_entropy + 0.5 * math.log(2 * math.pi) + sigma.log() + square


def _reverse(target: Mixture, mu: Tensor, sigma: Tensor, count: int) -> Tensor:
    z, weight = _weights(count)
    log = target.log_density(mu[..., None] + sigma[..., None] * z)
    return -0.5 * math.log(2 * math.pi * math.e) - sigma.log() - (weight * log).sum(-1)


def _jsd(target: Mixture, mu: Tensor, sigma: Tensor, count: int) -> Tensor:
    x, dx = _nodes(target, mu, sigma, count, both=True)
    log_p = target.log_density(x)
    mu, sigma = mu[..., None], sigma[..., None]
    log_q = -0.5 * ((x - mu) / sigma) ** 2 - sigma.log() - 0.5 * math.log(2 * math.pi)
    # not logaddexp: its second slope is NaN where one of the two is far below the other
    middle = log_q + softplus(log_p - log_q, threshold=40) - math.log(2)
    halves = log_p.exp() * (log_p - middle) + log_q.exp() * (log_q - middle)
    return halves.sum(-1) * dx / 2


def _weights(count: int) -> tuple[Tensor, Tensor]:
    """Nodes z and weights w: Σ w h(z) is the mean of h over a standard normal z."""
    z = torch.linspace(-REACH, REACH, count, dtype=torch.float64)
    return z, (-0.5 * z * z).exp() * (2 * REACH / (count - 1) / math.sqrt(2 * math.pi))


def _nodes(target, mu, sigma, count: int, both: bool) -> tuple[Tensor, Tensor]:
    """Even nodes over all bumps and q, (..., count), and their step; no slope goes through them."""
    low, high = _span(target, mu.detach(), sigma.detach())
    share = torch.linspace(0, 1, count, dtype=torch.float64)
    return low[..., None] + (high - low)[..., None] * share, (high - low) / (count - 1)


def _span(target, mu, sigma) -> tuple[Tensor, Tensor]:
    low = (target.means - REACH * target.stds).min()
    high = (target.means + REACH * target.stds).max()
    return torch.minimum(low, mu - REACH * sigma), torch.maximum(high, mu + REACH * sigma)


def _count(target, mu, sigma, both: bool) -> int:
    """Nodes enough for all integrals, over all bumps and q if `both`, else over q."""
    mu, sigma = mu.detach().flatten(), sigma.detach().flatten()
    low, high = _span(target, mu, sigma) if both else (-REACH * sigma, REACH * sigma)
    return _odd((high - low) / _step(target, mu, sigma, both))


def _step(target, mu, sigma, both: bool) -> Tensor:
    """Below half of each width, and below σᵢσⱼ/|mᵢ − mⱼ| of bumps, and of bumps and q if `both`.

    Two bumps of log p meet in a bend as wide as that, and nodes that miss it are wrong by its size.
    """
    s, m = target.stds, target.means
    far = (m[:, None] - m).abs()
    bends = torch.where(far > 0, s[:, None] * s / far, math.inf).min()
    step = torch.minimum(torch.minimum(bends, s.min() / 2), sigma / 2)
    if not both:
        return step
    between = (mu[:, None] - m).abs()
    own = torch.where(between > 0, sigma[:, None] * s / between, math.inf).min(1).values
    return torch.minimum(step, own)


def _odd(lengths: Tensor) -> int:
    return min(NODES, 2 * (math.ceil(float(lengths.max())) // 2) + 3)


def _place(target: Mixture, mu, sigma) -> tuple[Tensor, Tensor]:
    mu, sigma = torch.broadcast_tensors(numbers("mu", mu), numbers("sigma", sigma))
    narrow = float(target.stds.min())
    wide = WIDEST * narrow
    for each in sigma[~((sigma >= narrow / WIDEST) & (sigma <= wide))].flatten().tolist()[:1]:
        require("sigma", each, narrow / WIDEST, wide)
    low, high = float(target.means.min()) - wide, float(target.means.max()) + wide
    for each in mu[~((mu >= low) & (mu <= high))].flatten().tolist()[:1]:
        require("mu", each, low, high)
    return mu, sigma


def _on_the_line(target: Mixture) -> None:
    if not isinstance(target, Mixture) or target.vectors:
        raise ValueError(f"expected target a Mixture on the line, got {target!r:.60}")
    require("stds of target", float(target.stds.min()), 0, above=True)
    reach = float(target.means.max() - target.means.min() + target.stds.max())
    require(
        "means and stds of target, in its least std,", reach / float(target.stds.min()), 0, WIDEST
    )
