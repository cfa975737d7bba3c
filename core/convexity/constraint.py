r"""A function on a curve: Lagrange's multiplier, by Newton's method.

At a regular extremum of f on g = c the gradients are parallel, ∇f = γ∇g, and γ is what c is worth:
γ = df*/dc. The system solved is that of Fritz John, λ∇f = γ∇g with λ² + γ² = 1, which has a
solution also where ∇g = 0 and no multiplier exists.

>>> lagrange(lambda p: p.sum(-1), lambda p: (p**2).sum(-1), 1.0, torch.tensor([1.0, 0.2]))
Extremum(point=[0.7071, 0.7071], multiplier=0.7071)

Functions take points (..., d) to values (...). Source: OPT-02.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.convexity.jets import places

ROUNDS, HALVES = 200, 25
ARRIVED, SETTLED, REGULAR = 1e-10, 1e-15, 1e-6  # of the scales of the gradients at the start

Field = Callable[[Tensor], Tensor]  # (..., d) -> (...)


class Extremum(NamedTuple):
    """A stationary point of f on g = c: a maximum, a minimum, or neither (see `bending`)."""

    point: Tensor  # (d,)
    multiplier: float | None  # γ; None where ∇g = 0 and none exists

    @property
    def why(self) -> str:
        """A sentence where there is no multiplier, else ""."""
        return "" if self.multiplier is not None else SINGULAR


SINGULAR = "∇g = 0 here: the curve has no normal, so that ∇f cannot be a multiple of it."


class Pair(NamedTuple):
    """A function and a constraint to walk on."""

    title: str
    f: Field
    g: Field
    c: tuple[float, float, float]  # smallest, usual and largest level


PAIRS = {
    "sum": Pair(
        "x + y on x² + y² = c", lambda p: p.sum(-1), lambda p: p.square().sum(-1), (0.1, 1.0, 4.0)
    ),
    "product": Pair(
        "xy on x² + y² = c", lambda p: p.prod(-1), lambda p: p.square().sum(-1), (0.1, 1.0, 4.0)
    ),
    "distance": Pair(
        "x² + y² on xy = c", lambda p: p.square().sum(-1), lambda p: p.prod(-1), (0.1, 1.0, 4.0)
    ),
    "cusp": Pair(
        "x on x³ − y² = c", lambda p: p[..., 0], lambda p: p[..., 0] ** 3 - p[..., 1] ** 2,
        (0.0, 0.0, 1.0),
    ),
}  # fmt: skip


def lagrange(f: Field, g: Field, c: float, start: Tensor) -> Extremum:
    """A stationary point of f on g = c near a start, and its multiplier γ.

    Newton steps, by least squares where the matrix is singular, halved until the residual falls.
    Which extremum is found depends on the start alone; what kind it is, `bending` tells.

    Args:
        f, g: of points (d,), twice differentiable by autograd.
        c: the level; start: (d,), where f and g are finite.

    Raises:
        ValueError: Newton arrives nowhere from here, as when no point has g = c.
    """
    start, c = _point(start), require("c", c)
    found, residual = _solved(f, g, c, start)
    if not residual <= ARRIVED:
        near = _descended(g, c, start)
        if near is not None:
            found, residual = _solved(f, g, c, near)
    if not residual <= ARRIVED:
        at = ", ".join(f"{each:g}" for each in start.tolist())
        raise ValueError(
            f"expected start from where ∇f = γ∇g on g = {c:g} is reached, got ({at}): Newton's "
            f"method stops at a residual of {residual:.1g}"
        )
    return found


def _solved(f: Field, g: Field, c: float, start: Tensor) -> tuple[Extremum, float]:
    """Where Newton's method ends, and the residual there."""
    sizes = [float(gradient(each, start).norm()) for each in (f, g)]
    f_size, g_size = (size if 0 < size < math.inf else 1.0 for size in sizes)
    d = len(start)

    def state(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The residual and both gradients, scaled."""
        x, lam, gamma = z[:d], z[d], z[d + 1]
        of_f, of_g = gradient(f, x) / f_size, gradient(g, x) / g_size
        level = (g(x).detach() - c) / g_size
        rest = torch.stack([level, (lam * lam + gamma * gamma - 1) / 2])
        return torch.cat([lam * of_f - gamma * of_g, rest]), of_f, of_g

    def pull(x: Tensor, z: Tensor) -> Tensor:
        return z[d] / f_size * f(x) - z[d + 1] / g_size * g(x)

    z = _begun(gradient(f, start) / f_size, gradient(g, start) / g_size, start)
    F, *slopes = state(z)
    for _ in range(ROUNDS):
        H = hessian(lambda x, z=z: pull(x, z), z[:d])
        step = _newton(H, *slopes, z, F)
        if not step.isfinite().all():
            break
        share = 1.0
        for _ in range(HALVES):
            after, *others = state(z + share * step)
            if after.isfinite().all() and after.norm() < F.norm():
                break
            share /= 2
        else:
            break
        z, F, slopes = z + share * step, after, others
        if F.norm() <= SETTLED or share * step.norm() <= 1e-14 * (1 + z.norm()):
            break
    x, lam, gamma = z[:d], float(z[d]), float(z[d + 1])
    singular = float(gradient(g, x).norm()) <= REGULAR * g_size
    multiplier = None if singular or lam == 0 else gamma / lam * f_size / g_size
    return Extremum(x, multiplier), float(F.norm())


def gradient(f: Field, x: Tensor) -> Tensor:
    """∇f by autograd at points x, (..., d), in that shape."""
    with torch.inference_mode(False), torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        value = f(x)
        if not value.requires_grad:
            return torch.zeros_like(x)
        (slope,) = torch.autograd.grad(value.sum(), x, materialize_grads=True, allow_unused=True)
    return slope


def hessian(f: Field, x: Tensor) -> Tensor:
    """∇²f by autograd at one point x, (d,) -> (d, d)."""
    with torch.inference_mode(False), torch.enable_grad():
        return torch.autograd.functional.hessian(f, x.detach().clone())


def slant(f: Field, g: Field, x: Tensor) -> Tensor:
    """The sine of the angle between ∇f and ∇g at points of the plane, (..., 2) -> (...).

    0 where they are parallel; its sign tells which way along the curve f grows. NaN where one of
    them is 0.
    """
    a, b = gradient(f, x), gradient(g, x)
    cross = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return cross / (a.norm(dim=-1) * b.norm(dim=-1))


def bending(f: Field, g: Field, found: Extremum) -> Tensor:
    """Eigenvalues of ∇²f − γ∇²g along the tangent plane of g = c, (d − 1,), ascending.

    All below 0: a strict maximum of f on the curve; all above: a strict minimum. ∇²f − γ∇²g itself
    usually is neither: nobody maximises the Lagrangian.

    Raises:
        ValueError: no multiplier.
    """
    if found.multiplier is None:
        raise ValueError("expected found with a multiplier, got a point where ∇g = 0")
    x = found.point
    H = hessian(f, x) - found.multiplier * hessian(g, x)
    tangent = torch.linalg.svd(gradient(g, x)[None]).Vh[1:]
    return torch.linalg.eigvalsh(tangent @ H @ tangent.T)


def onto(g: Field, c: float, start: Tensor) -> Tensor:
    """A point of g = c near a start, (d,) -> (d,), by Newton steps along ∇g.

    Raises:
        ValueError: none is reached.
    """
    x = _descended(g, require("c", c), _point(start))
    if x is None:
        at = ", ".join(f"{each:g}" for each in start.tolist())
        raise ValueError(f"expected start from where g = {c:g} is reached, got ({at})")
    return x


def _descended(g: Field, c: float, x: Tensor) -> Tensor | None:
    for _ in range(ROUNDS):
        normal, off = gradient(g, x), float(g(x)) - c
        steepness = float(normal.square().sum())
        if abs(off) <= 1e-15 * (1 + abs(c)) or not 0 < steepness < math.inf:
            break
        x = x - off / steepness * normal
    return x if abs(float(g(x)) - c) <= 1e-9 * (1 + abs(c)) else None


def _begun(of_f: Tensor, of_g: Tensor, x: Tensor) -> Tensor:
    """The start with the λ ≥ 0 and γ, λ² + γ² = 1, that suit its gradients best."""
    weights = torch.linalg.svd(torch.stack([of_f, -of_g], 1), full_matrices=True).Vh[-1]
    return torch.cat([x, -weights if weights[0] < 0 else weights])


def _newton(H: Tensor, of_f: Tensor, of_g: Tensor, z: Tensor, F: Tensor) -> Tensor:
    """The step −J⁻¹F, of least length where J is singular; NaN where it is not finite."""
    d = len(z) - 2
    J = z.new_zeros(d + 2, d + 2)
    J[:d, :d], J[:d, d], J[:d, d + 1] = H, of_f, -of_g
    J[d, :d], J[d + 1, d:] = of_g, z[d:]
    if not J.isfinite().all():
        return torch.full_like(z, math.nan)
    return torch.linalg.lstsq(J, -F[:, None], driver="gelsd", rcond=1e-15).solution[:, 0]


def _point(x: Tensor) -> Tensor:
    x = places("start", x)
    if x.ndim != 1 or not 1 <= len(x) <= 64:
        raise ValueError(f"expected start of shape (d,), d in [1, 64], got {tuple(x.shape)}")
    return x
