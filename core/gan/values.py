r"""What a discriminator is worth, and the best one: densities on a grid, integrals as sums.

The densities p_data and p_g have shape (..., n) and are given at n points (of a line, or of a plane
that was flattened); dx is the width of a cell, or the n weights of a quadrature. With dx = 1 they
are probabilities of n outcomes. All logarithms are natural. Sources: GAN-02 to GAN-04, INFO-05.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

MASS = 0.01  # by which a density on a grid may miss the mass 1, for what lies beyond the grid
LEAST, MOST = 2.0**-1022, 1 - 2**-53  # the normal float64 next to 0 and next to 1


def optimal_discriminator(p_data: Tensor, p_g: Tensor) -> Tensor:
    """D* = p_data / (p_data + p_g), which maximises V at every point (GAN-03).

    Args:
        p_data, p_g: densities ≥ 0 of any shapes that broadcast, on the same points.

    Returns:
        Probabilities, float64: exactly 1 where only the data live, 0 where only fakes do, and ½
        where both densities are 0: there D is irrelevant. Where both live D* is never rounded to 0
        or 1, so that V(D*) is finite as it should be.

    Raises:
        ValueError: a negative or infinite density, shapes that do not broadcast.
    """
    p, q = _pair(("p_data", p_data), ("p_g", p_g))
    D = torch.where(p + q > 0, _share(p, q), 0.5)
    return torch.where((p > 0) & (q > 0), D.clamp(LEAST, MOST), D)


def optimal_logit(p_data: Tensor, p_g: Tensor) -> Tensor:
    """log p_data − log p_g, the logit of D*: ±∞ where only one of them lives, 0 where none does.

    It still tells points apart at which D* itself rounds to 1. Arguments as above.
    """
    p, q = _pair(("p_data", p_data), ("p_g", p_g))
    return torch.where(p == q, 0.0, p.log() - q.log())


def integrand(p_data: Tensor, p_g: Tensor, D: Tensor, *, logits: bool = False) -> Tensor:
    """p_data log D + p_g log(1 − D) at every point, which V integrates; 0 log 0 = 0.

    Arguments as in `value`; float64, −∞ where D is certain and wrong.
    """
    (p, q), D = _pair(("p_data", p_data), ("p_g", p_g)), _judgement(D, logits)
    _broadcast(p_data=p, D=D)
    # 0 · −∞ is 0 here; what has no weight is left out before the logarithm, so slopes stay numbers
    sure = (0.0, 0.0) if logits else (1.0, 0.0)
    on_real, on_fake = D.where(p > 0, sure[0]), D.where(q > 0, sure[1])
    if logits:
        return p * logsigmoid(on_real) + q * logsigmoid(-on_fake)
    return p * on_real.log() + q * (-on_fake).log1p()


def value(
    p_data: Tensor, p_g: Tensor, D: Tensor, dx: float | Tensor, *, logits: bool = False
) -> Tensor:
    r"""V(D, G) = ∫ p_data log D + p_g log(1 − D), the game's value (GAN-02).

    Args:
        p_data, p_g: densities ≥ 0 of mass 1 up to 0.01, shape (..., n).
        D: probabilities in [0, 1], shape (..., n), or real logits with `logits=True`: D = σ(logit),
            and V is finite at ±1000 where σ itself would round to 0 and 1.
        dx: cell width > 0, or weights > 0 of shape (n,).

    Returns:
        V ≤ 0 in nats, shape (...); float64, with a gradient in every argument that asks for one.

    Raises:
        ValueError: a density that is negative, infinite, or of another mass (a forgotten dx), D
            outside [0, 1], shapes that do not broadcast.
    """
    dx = _width(dx)
    for name, density in (("p_data", p_data), ("p_g", p_g)):
        _mass(name, density, dx)
    return (integrand(p_data, p_g, D, logits=logits) * dx).sum(-1)


def jensen_shannon(p: Tensor, q: Tensor, dx: float | Tensor) -> Tensor:
    r"""JSD = ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q)/2, in nats: from 0 to log 2 (INFO-05).

    log 2 for disjoint supports, 0 for p = q, both exact up to the sum; never below 0, and correct
    to nearly all digits for densities that hardly differ. V(D*) = 2 JSD − log 4 (GAN-04).

    Args:
        p, q: densities ≥ 0 of mass 1 up to 0.01, shape (..., n).
        dx: as in `value`.

    Returns:
        Shape (...), float64.

    Raises:
        ValueError: as `value`.
    """
    dx = _width(dx)
    for name, density in (("p", p), ("q", q)):
        _mass(name, density, dx)
    p, q = _pair(("p", p), ("q", q))
    total = p + q
    share = _share(p, q), _share(q, p)
    # with u = (p − q)/(p + q) the integrand is ¼ (p + q) [(1 + u) log(1 + u) + (1 − u) log(1 − u)],
    # whose terms of first order cancel: near u = 0 they are left out on paper
    u = _ratio(p - q, total)
    small = u.where(u.abs() < 0.5, 0.0)
    near = torch.log1p(-small * small) + 2 * small * torch.atanh(small)
    far = sum(2 * torch.xlogy(s, (2 * s).where(s > 0, 1.0)) for s in share)
    return (total / 4 * torch.where(u.abs() < 0.5, near, far) * dx).sum(-1)


def value_at_optimum(p_data: Tensor, p_g: Tensor, dx: float | Tensor) -> Tensor:
    """V(D*, G) = 2 JSD(p_data ‖ p_g) − log 4, from −log 4 (perfect fakes) to 0 (GAN-04)."""
    return 2 * jensen_shannon(p_data, p_g, dx) - math.log(4)


# --- one way to read a density -------------------------------------------------------------------


def _ratio(part: Tensor, total: Tensor) -> Tensor:
    """part / total, and 0 where total is 0, with a slope that is a number."""
    return part / total.where(total > 0, 1.0)


def _share(p: Tensor, q: Tensor) -> Tensor:
    """p / (p + q); 0 where both are 0."""
    return _ratio(p, p + q)


def _density(name: str, p: Tensor) -> Tensor:
    p = torch.as_tensor(p, dtype=torch.float64)
    bad = p.detach()[~((p.detach() >= 0) & (p.detach() < math.inf))]
    if len(bad):
        raise ValueError(f"expected {name} in [0, inf) at every point, got {bad[0].item():g}")
    return p


def _pair(first: tuple[str, Tensor], second: tuple[str, Tensor]) -> tuple[Tensor, Tensor]:
    p, q = (_density(name, density) for name, density in (first, second))
    _broadcast(**{first[0]: p, second[0]: q})
    return p, q


def _broadcast(**tensors: Tensor) -> None:
    try:
        torch.broadcast_shapes(*(t.shape for t in tensors.values()))
    except RuntimeError as error:
        shapes = " and ".join(str(tuple(t.shape)) for t in tensors.values())
        names = " and ".join(tensors)
        raise ValueError(f"expected {names} on the same points, got shapes {shapes}") from error


def _judgement(D: Tensor, logits: bool) -> Tensor:
    D = torch.as_tensor(D, dtype=torch.float64)
    low, high = (-math.inf, math.inf) if logits else (0.0, 1.0)
    bad = D.detach()[~((D.detach() >= low) & (D.detach() <= high))]
    if len(bad):
        what = "[-inf, inf], as logits," if logits else "[0, 1]"
        raise ValueError(f"expected D in {what} at every point, got {bad[0].item():g}")
    return D


def _width(dx: float | Tensor) -> Tensor:
    dx = torch.as_tensor(dx, dtype=torch.float64)
    bad = dx[~((dx > 0) & (dx < math.inf))]
    if len(bad):
        raise ValueError(f"expected dx in (0, inf), got {bad[0].item():g}")
    return dx


def _mass(name: str, p: Tensor, dx: Tensor) -> None:
    p = _density(name, p).detach()
    if not p.ndim:
        raise ValueError(f"expected {name} of shape (..., n), got one number")
    _broadcast(**{name: p, "dx": dx})
    mass = (p * dx).sum(-1)
    off = mass[(mass - 1).abs() > MASS]
    if off.numel():
        at = off.reshape(-1)[0].item()
        raise ValueError(f"expected {name} of mass 1 up to {MASS:g}, got {at:g}; dx is the cell")
