r"""Functions of two variables to descend, with analytic gradients and Hessians, in float64.

A point is a tensor x of shape (..., 2) with coordinates (x₁, x₂); any leading dimensions are a
batch. Angles are in degrees. `mu` and `L` are the smallest and the largest curvature.
"""

import math
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache

import torch
from torch import Tensor

from core.check import require
from core.landscapes.landscape import Landscape


def _points(*rows: tuple[float, float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64).reshape(-1, 2)


@dataclass(frozen=True, eq=False)
class Quadratic(Landscape):
    r"""½ xᵀ H x with eigenvalues mu = 1 and L = kappa; kappa and angle are tensors for a batch."""

    kappa: float | Tensor
    angle: float | Tensor  # degrees from the x₁ axis to the flat axis, counter-clockwise
    entries: tuple[Tensor, Tensor, Tensor] = field(repr=False)  # H₁₁, H₁₂, H₂₂ over the batch
    mu = 1.0

    @property
    def L(self) -> float | Tensor:
        """The largest eigenvalue."""
        return self.kappa

    @property
    def axes(self) -> Tensor:
        """The eigenvectors as columns, flat axis first: x = axes @ z, shape (..., 2, 2)."""
        cos, sin = _turn(torch.as_tensor(self.angle, dtype=torch.float64))
        return torch.stack((cos, -sin, sin, cos), dim=-1).unflatten(-1, (2, 2))

    @property
    def batch(self) -> torch.Size:
        """The shape of kappa and angle together."""
        return self.entries[0].shape

    def flattened(self, batch: torch.Size) -> "Quadratic":
        """This batch of bowls broadcast to `batch` and flattened; a single bowl as it is."""
        if not self.batch:
            return self
        return quadratic(*(t.expand(batch).reshape(-1) for t in (self.kappa, self.angle)))

    def slope_into(self, x: Tensor, g: Tensor) -> None:
        """Write H x into g, both of shape (2, m, n)."""
        diagonal, aligned = self._diagonal
        torch.mul(x, diagonal, out=g)
        if not aligned:
            g.addcmul_(x.flip(0), self.entries[1])

    @cached_property
    def _diagonal(self) -> tuple[Tensor, bool]:
        """H₁₁ and H₂₂, and whether H₁₂ is 0 for the whole batch."""
        a, b, c = self.entries
        return torch.stack((a, c)).reshape(2, 1, -1), not bool(b.any())


def _turn(angle: Tensor) -> tuple[Tensor, Tensor]:
    """cos and sin of degrees, exactly 0 where a multiple of 90° makes them 0."""
    radians = torch.deg2rad(angle)
    return tuple(t.where(t.abs() > 1e-14, 0.0) for t in (torch.cos(radians), torch.sin(radians)))


def quadratic(kappa: float | Tensor, angle: float | Tensor = 0.0) -> Quadratic:
    r"""f(x) = ½ xᵀ H x with eigenvalues mu = 1 and L = kappa.

    Args:
        kappa: condition number in [1, 1e6], a number or a tensor for a batch of bowls.
        angle: degrees in [-360, 360] by which the flat axis is turned away from the x₁ axis,
            counter-clockwise; a number or a tensor that broadcasts with kappa.

    Raises ValueError for a value outside its range.
    """
    for name, given, low, high in (("kappa", kappa, 1, 1e6), ("angle", angle, -360, 360)):
        ends = (given.min(), given.max()) if isinstance(given, Tensor) else (given,)
        for end in ends:
            require(name, end.item() if isinstance(end, Tensor) else end, low, high)
    numbers = isinstance(kappa, int | float) and isinstance(angle, int | float)
    return (_one_bowl if numbers else _bowls)(kappa, angle)


def _bowls(kappa: float | Tensor, angle: float | Tensor) -> Quadratic:
    given = (torch.as_tensor(t, dtype=torch.float64) for t in (kappa, angle))
    L, turned = torch.broadcast_tensors(*given)
    cos, sin = _turn(turned)
    a, b, c = cos * cos + L * (sin * sin), (1 - L) * (cos * sin), sin * sin + L * (cos * cos)
    single = L.ndim == 0
    p, q, r = (t.item() for t in (a, b, c)) if single else (0.0, 0.0, 0.0)
    return Quadratic(
        "a long valley",
        lambda x, y: 0.5 * (x * x * a + y * y * c) + x * y * b,
        lambda x, y: (x * a + y * b, x * b + y * c),
        lambda x, y: torch.broadcast_tensors(a, b, c, x)[:3],
        _points((0.0, 0.0)),
        ((-2.0, 2.0), (-2.0, 2.0)),
        L.item() if single else L,
        turned.item() if single else turned,
        (a, b, c),
        point=(lambda x, y: (x * p + y * q, x * q + y * r)) if single else None,
    )


_one_bowl = lru_cache(maxsize=256)(_bowls)  # a picture asks for its bowl in many places


def rosenbrock() -> Landscape:
    """f(x) = (1 − x₁)² + 100 (x₂ − x₁²)², a curved gutter; κ = 2508 at its minimum (1, 1)."""

    def value(x, y):
        flat, steep = 1 - x, torch.addcmul(y, x, x, value=-1)
        return torch.addcmul(flat * flat, steep, steep, value=100)

    def slope(x, y):
        steep = torch.addcmul(y, x, x, value=-1).mul_(200)
        return (x - 1).sub_(steep * x).mul_(2), steep

    def point(x, y):
        steep = (y - x * x) * 200
        return 2 * (x - 1 - steep * x), steep

    def curvature(x, y):
        return 1200 * x * x - 400 * y + 2, -400 * x, torch.full_like(x, 200)

    minima, domain = _points((1.0, 1.0)), ((-2.0, 2.0), (-1.0, 3.0))
    return Landscape("Rosenbrock's banana", value, slope, curvature, minima, domain, point=point)


def himmelblau() -> Landscape:
    """f(x) = (x₁² + x₂ − 11)² + (x₁ + x₂² − 7)², four minima of equal depth 0."""

    def value(x, y):
        u, v = torch.addcmul(y - 11, x, x), torch.addcmul(x - 7, y, y)
        return torch.addcmul(u * u, v, v)

    def slope(x, y):
        u, v = torch.addcmul(y - 11, x, x), torch.addcmul(x - 7, y, y)
        return torch.addcmul(v, x, u, value=2).mul_(2), torch.addcmul(u, y, v, value=2).mul_(2)

    def point(x, y):
        u, v = y - 11 + x * x, x - 7 + y * y
        return 2 * (v + 2 * x * u), 2 * (u + 2 * y * v)

    def curvature(x, y):
        return 12 * x * x + 4 * y - 42, 4 * (x + y), 12 * y * y + 4 * x - 26

    minima = _points(
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    )
    domain = ((-5.0, 5.0), (-5.0, 5.0))
    return Landscape("Himmelblau's function", value, slope, curvature, minima, domain, point=point)


def beale() -> Landscape:
    """f(x) = (1.5 − x₁ + x₁x₂)² + (2.25 − x₁ + x₁x₂²)² + (2.625 − x₁ + x₁x₂³)², plateaus."""
    constants = (1.5, 2.25, 2.625)

    def residuals(x, y):
        return [c - x * (1 - y**n) for n, c in enumerate(constants, 1)]

    def value(x, y):
        return sum(r * r for r in residuals(x, y))

    def slope(x, y):
        r1, r2, r3 = residuals(x, y)
        y2 = y * y
        gx = (y - 1) * r1 + (y2 - 1) * r2 + (y2 * y - 1) * r3
        gy = x * (r1 + 2 * y * r2 + 3 * y2 * r3)
        return 2 * gx, 2 * gy

    def curvature(x, y):
        fxx = fxy = fyy = 0.0
        for n, r in enumerate(residuals(x, y), 1):
            a, b = y**n - 1, n * x * y ** (n - 1)  # ∂r/∂x, ∂r/∂y
            fxx, fxy = fxx + a * a, fxy + a * b + r * n * y ** (n - 1)
            fyy = fyy + b * b + r * n * (n - 1) * x * y ** max(n - 2, 0)
        return 2 * fxx, 2 * fxy, 2 * fyy

    minima, domain = _points((3.0, 0.5)), ((-4.5, 4.5), (-4.5, 4.5))
    return Landscape("Beale's function", value, slope, curvature, minima, domain, point=slope)


def saddle() -> Landscape:
    """f(x) = x₁² − x₂² + x₂⁴/4: a saddle at the origin between two minima (0, ±√2), f = −1."""

    def value(x, y):
        y2 = y * y
        return x * x - y2 + y2 * y2 / 4

    def slope(x, y):
        return 2 * x, y * (y * y - 2)

    def curvature(x, y):
        return torch.full_like(x, 2), torch.zeros_like(x), 3 * y * y - 2

    root = math.sqrt(2)
    minima, domain = _points((0.0, root), (0.0, -root)), ((-2.5, 2.5),) * 2
    return Landscape("a saddle", value, slope, curvature, minima, domain, point=slope)


def _separable(name, value, slope, point, bend, reach: float) -> Landscape:
    """φ(x₁) + φ(x₂) with its minimum at the origin, from φ' (of a tensor, of a number) and φ''."""
    return Landscape(
        name,
        value,
        lambda x, y: (slope(x), slope(y)),
        lambda x, y: (bend(x), torch.zeros_like(x), bend(y)),
        _points((0.0, 0.0)),
        ((-reach, reach), (-reach, reach)),
        point=lambda x, y: (point(x), point(y)),
    )


def rastrigin() -> Landscape:
    """f(x) = 20 + Σ xᵢ² − 10 cos 2πxᵢ: about a hundred pits, the deepest at the origin."""
    turn = 2 * math.pi

    def value(x, y):
        waves = (turn * x).cos_().add_((turn * y).cos_())
        return torch.addcmul(20 - 10 * waves, x, x).addcmul_(y, y)

    return _separable(
        "Rastrigin's function",
        value,
        lambda z: (turn * z).sin_().mul_(10 * turn).add_(z, alpha=2),
        lambda z: 10 * turn * math.sin(turn * z) + 2 * z,
        lambda z: 2 + 10 * turn**2 * torch.cos(turn * z),
        5.12,
    )


def sine_valley(a: float = 3.0) -> Landscape:
    """f(x) = Σ xᵢ² + a sin² xᵢ: for 1 < a < 4.6 not convex, yet ‖∇f‖² ≥ 2m (f − f*), m > 0.

    That inequality (Polyak–Łojasiewicz) makes gradient descent converge linearly without
    convexity. Above a ≈ 4.603 further local minima appear and it fails.

    Args:
        a: height of the waves, in [0, 20].

    Source: Karimi, Nutini and Schmidt (2016), section 2.2, for a = 3.
    """
    require("a", a, 0, 20)
    return _separable(
        "a sine valley",
        lambda x, y: x * x + y * y + a * (torch.sin(x) ** 2 + torch.sin(y) ** 2),
        lambda z: torch.sin(2 * z).mul_(a).add_(z, alpha=2),
        lambda z: a * math.sin(2 * z) + 2 * z,
        lambda z: 2 + 2 * a * torch.cos(2 * z),
        5.0,
    )


# fmt: off
LOGISTIC_FEATURES = (
    (0.5, 3.0), (1.0, -2.0), (1.5, 4.0), (-0.5, 2.0),
    (-1.0, -4.0), (-1.5, 1.0), (0.5, -3.0), (-0.5, 4.0),
)
# fmt: on
LOGISTIC_LABELS = (1, 1, 1, 1, -1, -1, -1, -1)


@cache
def logistic() -> Landscape:
    r"""f(w) = 1/n Σ log(1 + exp(−yᵢ wᵀzᵢ)), logistic regression with two weights, no ridge term.

    The eight points zᵢ and labels yᵢ are `LOGISTIC_FEATURES` and `LOGISTIC_LABELS`. No line
    through the origin separates them, so the minimiser is finite and unique; the second feature
    is larger, so the valley is elongated. Convex, but not strongly convex far from the minimum.
    """
    z = torch.tensor(LOGISTIC_FEATURES, dtype=torch.float64)
    z = z * torch.tensor(LOGISTIC_LABELS, dtype=torch.float64)[:, None]  # yᵢ zᵢ
    z1, z2 = z.unbind(1)

    def margins(x, y):
        return x[..., None] * z1 + y[..., None] * z2  # (..., n)

    def value(x, y):
        return -torch.nn.functional.logsigmoid(margins(x, y)).mean(-1)

    def slope(x, y):
        wrong = torch.sigmoid(-margins(x, y))
        return -(wrong * z1).mean(-1), -(wrong * z2).mean(-1)

    rows = z.tolist()

    def point(x, y):
        gx = gy = 0.0
        for a, b in rows:
            m = x * a + y * b
            wrong = 1 / (1 + math.exp(m)) if m < 700 else 0.0
            gx, gy = gx - wrong * a, gy - wrong * b
        return gx / len(rows), gy / len(rows)

    def curvature(x, y):
        m = margins(x, y)
        weight = torch.sigmoid(m) * torch.sigmoid(-m)
        return tuple((weight * p * q).mean(-1) for p, q in ((z1, z1), (z1, z2), (z2, z2)))

    domain = ((-3.0, 6.0), (-3.0, 3.0))
    draft = Landscape("a logistic loss", value, slope, curvature, _points(), domain, point=point)
    w = torch.zeros(2, dtype=torch.float64)
    for _ in range(20):  # Newton: quadratic convergence from the origin on this data
        w = w - torch.linalg.solve(draft.hessian(w), draft.grad(w))
    return replace(draft, minima=w[None])
