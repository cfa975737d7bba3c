r"""Balls {‖δ‖_p ≤ ε}: sizes, outlines, projections, steepest directions and random points.

‖δ‖_p = (Σ|δᵢ|ᵖ)^{1/p} is a norm from p = 1 on; ‖δ‖_∞ = max|δᵢ|. Below 1 the same formula breaks the
triangle inequality and its balls are not convex: they can be drawn and measured, not projected on.
Every function works on the last dimension and takes any leading ones. Sources: ROB-05, ROB-13; the
projection on the L₁ ball: Duchi et al. 2008.
"""

import math

import torch
from torch import Tensor

from core.check import require

NORMS = (1, 2, math.inf)  # the balls that attacks stay in


def exponent(p: float, low: float = 0.0, *, name: str = "p") -> float:
    """p as a float if it is above 0 and at least `low`, ∞ included; else refused by name.

    Raises:
        ValueError: "expected norm in [1, inf], got 0.5".
    """
    if isinstance(p, bool) or not isinstance(p, (int, float)) or not (p > 0 and p >= low):
        left = f"[{low:g}" if low > 0 else "(0"
        raise ValueError(f"expected {name} in {left}, inf], got {p!r}")
    return float(p)


def threat(norm: float) -> float:
    """One of `NORMS` as a float; else refused, since attacks project on convex balls."""
    if isinstance(norm, bool) or norm not in NORMS:
        raise ValueError(f"expected norm to be 1, 2 or inf, got {norm!r}")
    return float(norm)


def radius(eps: float | Tensor, like: Tensor, *, name: str = "eps") -> float | Tensor:
    """A finite ε ≥ 0, or a tensor of them that broadcasts against the rows of `like`.

    Raises:
        ValueError: a negative or infinite ε, a tensor of another shape.
    """
    if not isinstance(eps, Tensor):
        return float(require(name, eps, 0))
    if not bool((eps.isfinite() & (eps >= 0)).all()):
        raise ValueError(f"expected {name} in [0, inf), got {eps.min():g} … {eps.max():g}")
    rows = like.shape[:-1]
    if eps.ndim > len(rows) or any(n not in (1, m) for n, m in zip(eps.shape[::-1], rows[::-1])):
        raise ValueError(f"expected {name} to broadcast to {tuple(rows)}, got {tuple(eps.shape)}")
    return eps.to(like).unsqueeze(-1)


def norm_of(delta: Tensor, p: float) -> Tensor:
    """‖δ‖_p over the last dimension, (..., d) -> (...), for p in (0, ∞].

    Entries are scaled by the largest first, so that neither 1e200 nor 1e-200 is lost.

    Raises:
        ValueError: p ≤ 0.
    """
    p = exponent(p)
    size = delta.abs()
    most = size.amax(-1)
    if math.isinf(p):
        return most
    unit = torch.where((most > 0) & most.isfinite(), most, 1.0)
    return unit * (size / unit.unsqueeze(-1)).pow(p).sum(-1).pow(1 / p)


def dual_exponent(p: float) -> float:
    """q with 1/p + 1/q = 1, for p in [1, ∞].

    Raises:
        ValueError: p < 1, where ‖·‖_p is no norm and has no dual one.
    """
    p = exponent(p, 1)
    return math.inf if p == 1 else 1.0 if math.isinf(p) else p / (p - 1)


def steepest(g: Tensor, p: float) -> Tensor:
    r"""The δ of ‖δ‖_p = 1 with the largest gᵀδ, which is ‖g‖_q; 0 where g is 0.

    δᵢ = sign(gᵢ)|gᵢ|^{q−1} / ‖g‖_q^{q−1}: the sign of g for p = ∞ (with sign 0 = 0), g/‖g‖₂ for 2,
    and the first of the largest coordinates alone for 1.

    Raises:
        ValueError: p < 1.
    """
    q = dual_exponent(p)
    return towards(_scaled(g) if 1 < q < math.inf else g, q)


def _scaled(g: Tensor) -> Tensor:
    """g with a largest entry of ±1; 0 where g is 0."""
    most = g.abs().amax(-1, keepdim=True)
    return g / torch.where(most > 0, most, 1.0)


def towards(g: Tensor, q: float) -> Tensor:
    """`steepest` for the dual exponent q, lean: for 2 scaled only where squares underflow."""
    if q == 1:
        return g.sign()
    if math.isinf(q):
        best = g.abs().argmax(-1, keepdim=True)
        return torch.zeros_like(g).scatter_(-1, best, g.gather(-1, best).sign())
    if q == 2:
        size = torch.linalg.vector_norm(g, dim=-1, keepdim=True)
        if float(size.amin()) < torch.finfo(g.dtype).tiny ** 0.5:
            g = _scaled(g)
            size = torch.linalg.vector_norm(g, dim=-1, keepdim=True).clamp_min(1)  # or g is 0
        return g / size
    v = g.sign() * g.abs().pow(q - 1)
    return v / norm_of(v, q / (q - 1)).clamp_min(1e-18).unsqueeze(-1)


def project(delta: Tensor, eps: float | Tensor, norm: float) -> Tensor:
    """The point of {‖·‖ ≤ ε} nearest to δ in L₂, row by row; δ itself where it is inside.

    ∞: every entry is clipped to ±ε. 2: the vector is shortened. 1: all entries move towards 0 by
    one amount, and those that arrive stay there.

    Args:
        delta: shape (..., d).
        eps: one radius, or a tensor of radii that broadcasts to (...).
        norm: 1, 2 or ∞.

    Raises:
        ValueError: another norm, a negative radius, an entry that is not finite.
    """
    norm, eps = threat(norm), radius(eps, delta)
    if not bool(delta.isfinite().all()):
        raise ValueError("expected delta to be finite, got an infinite entry or NaN")
    if norm == 2:  # with a size that does not overflow
        size = norm_of(delta, 2).unsqueeze(-1)
        return delta * shrink(size, torch.as_tensor(eps, dtype=delta.dtype, device=delta.device))
    return onto(delta, eps, norm)


def shrink(size: Tensor, eps: Tensor) -> Tensor:
    """By which vectors of this L₂ size are multiplied to be no longer than ε: at most 1."""
    return eps / size.maximum(eps).clamp_min(2e-38)  # 0 / 0 is kept away


def onto(delta: Tensor, eps: float | Tensor, norm: float) -> Tensor:
    """`project` without its checks: eps is a number, or of shape () or (..., 1)."""
    eps = torch.as_tensor(eps, dtype=delta.dtype, device=delta.device)
    if norm == 2:
        size = torch.linalg.vector_norm(delta, dim=-1, keepdim=True)
        return delta * shrink(size, eps)
    if norm == 1:
        size = delta.abs()
        inside = size.sum(-1, keepdim=True) <= eps
        size = size - size.amax(-1, keepdim=True)  # so that ε keeps its digits beside large entries
        falling = size.sort(-1, descending=True).values
        excess = falling.cumsum(-1) - eps
        rank = torch.arange(1, delta.shape[-1] + 1, dtype=delta.dtype, device=delta.device)
        kept = (falling * rank > excess).sum(-1, keepdim=True).clamp_min(1)
        cut = excess.gather(-1, kept - 1) / kept
        return torch.where(inside, delta, delta.sign() * (size - cut).clamp_min(0))
    return delta.maximum(-eps).minimum(eps)


def random_in_ball(
    like: Tensor, eps: float | Tensor, norm: float, *, generator: torch.Generator, rim=False
) -> Tensor:
    """Independent points of {‖·‖ ≤ ε}, shaped like `like`, (..., d).

    Uniform in the ball; with `rim` all of size ε: a uniform direction for 2, a random corner ±ε for
    ∞, a uniform point of the surface for 1. Drawn in float64 on the generator's device.
    """
    norm, eps = threat(norm), radius(eps, like)
    draw = {"generator": generator, "device": generator.device, "dtype": torch.float64}
    shape, d = like.shape, like.shape[-1]
    u = 2 * torch.rand(shape, **draw) - 1
    if math.isinf(norm):
        return eps * (u.sign() if rim else u).to(like)
    if norm == 1:  # exponential sizes with random signs: their shares are uniform on the simplex
        v = u.sign() * -torch.rand(shape, **draw).clamp_min(1e-300).log()
    else:
        v = torch.randn(shape, **draw)
    v = v / norm_of(v, norm).unsqueeze(-1)
    if not rim:
        v = v * torch.rand((*shape[:-1], 1), **draw).pow(1 / d)
    return eps * v.to(like)


def ball_boundary(norm: float, n: int = 401) -> Tensor:
    """The outline {‖·‖_p = 1} in the plane, anticlockwise from (1, 0) to itself, (n, 2), float64.

    The points are (cos^{2/p} t, sin^{2/p} t) with their signs: dense at the tips for p < 1 and at
    the corners for large p; where the outline is straight they may lie far apart. With n = 4k + 1
    the four tips are among them, which below p = 1 is where the outline is not smooth.

    Raises:
        ValueError: p ≤ 0, n outside [9, 100 000].
    """
    p = exponent(norm, name="norm")
    require("n", n, 9, 100_000, integer=True)
    t = torch.linspace(0, 2 * math.pi, int(n), dtype=torch.float64)
    xy = torch.stack([t.cos(), t.sin()], -1)
    xy = torch.where(xy.abs() < 1e-12, 0.0, xy)  # a root of a rounding error is no rounding error
    xy = xy.sign() * (torch.ones_like(xy) if math.isinf(p) else xy.abs().pow(2 / p))
    return xy / norm_of(xy, p).unsqueeze(-1)
