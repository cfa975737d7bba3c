"""The bowl: gradient descent on a quadratic, in the plane and in the eigen-basis of its Hessian.

z = Rᵀx are the eigen-coordinates: z₁ along the flat axis (λ = μ), z₂ along the steep one (λ = L).
There every step is a multiplication, zᵢ ← (1 − ηλᵢ) zᵢ, with η written `lr` in code.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, choose, equal, require
from core.landscapes.surfaces import quadratic
from core.optimizers import trajectories

STARTS = ("worst", "diagonal", "free")
FALL = 1e6  # the fall of f that every count of steps refers to
LEAST = 1e-200  # below it f(x₀) is rounding, and the start counts as the minimum
RESOLVED = 1e-12  # |z₂| over |xₖ| and |xₖ₋₁| below which the sign of z₂ is rounding, not motion


class Bowl(NamedTuple):
    """A run x₀, …, x_n of gradient descent on ½xᵀHx.

    Attributes:
        mu, L: eigenvalues of H, μ ≤ L.
        lr: the step η.
        multipliers: 1 − ημ and 1 − ηL, shape (2,).
        rate: max |1 − ηλᵢ|, the factor of the slowest (or fastest growing) coordinate.
        x: iterates, shape (steps + 1, 2), held at the last finite value after a divergence.
        z: the same in eigen-coordinates, shape (steps + 1, 2).
        grad: ∇f(x_k), shape (steps + 1, 2).
        f: f(x_k), shape (steps + 1,); f* = 0.
        bound: what theory says f(x_k) is at most, shape (steps + 1,), see `bowl`.
        needed: first k with f(x_k) ≤ 10⁻⁶ f(x₀), or -1.
        flips: sign changes of z₂ up to step `needed` (or to the end).
        watched: how many of those steps could have flipped a z₂ that is more than rounding.
        miss: angle in degrees between −∇f(x₀) and the direction to the minimum, 0 at the minimum.
        diverged_at: first step beyond 1e12, or -1.
    """

    mu: float
    L: float
    lr: float
    multipliers: Tensor
    rate: float
    x: Tensor
    z: Tensor
    grad: Tensor
    f: Tensor
    bound: Tensor
    needed: int
    flips: int
    watched: int
    miss: float
    diverged_at: int

    @property
    def last(self) -> int:
        """Index of the last iterate that was really computed."""
        return len(self.f) - 1 if self.diverged_at < 0 else self.diverged_at - 1


def bowl(
    kappa: float,
    angle: float,
    start: str,
    x0: float,
    y0: float,
    lr_L: float,
    steps: int,
) -> Bowl:
    r"""Gradient descent :math:`x_{k+1} = x_k - \eta \nabla f(x_k)` on `quadratic(kappa, angle)`.

    The bound is the theorem (ANA-17) :math:`(1 - \eta\mu)^k f(x_0)` for :math:`\eta \le 1/L`,
    which holds for every μ-strongly convex, L-smooth f. For longer steps it is
    :math:`\max_i |1 - \eta\lambda_i|^{2k} f(x_0)`, which holds for quadratics; at
    :math:`\eta = 2/(L + \mu)` the factor is :math:`((\kappa-1)/(\kappa+1))^2`.

    Args:
        kappa: condition number L/μ, in [1, 1e4].
        angle: direction of the flat axis in degrees, in [-360, 360].
        start: "worst" is z = (1, 1/κ), the direction (κ, 1) in which both coordinates fall at the
            same pace until the end; "diagonal" is z = (1, 1); "free" is x = (x0, y0).
        x0, y0: start in the plane, each in [-1.5, 1.5]; used when `start` is "free".
        lr_L: the step in units of 1/L, in (0, 10].
        steps: number of steps, in [1, 100000].

    Raises:
        ValueError: a parameter is outside its range or not finite.
    """
    require("kappa", kappa, 1, 1e4)
    require("angle", angle, -360, 360)
    choose("start", start, STARTS)
    require("x0", x0, -1.5, 1.5)
    require("y0", y0, -1.5, 1.5)
    require("lr_L", lr_L, 0, 10, above=True)
    require("steps", steps, 1, 100_000, integer=True)
    landscape = quadratic(kappa, angle)
    mu, L = landscape.mu, landscape.L
    lr = lr_L / L
    R = landscape.axes
    if start == "free":
        origin = torch.tensor([x0, y0], dtype=torch.float64)
    else:
        steep = 1 / kappa if start == "worst" else 1.0
        origin = R @ torch.tensor([1.0, steep], dtype=torch.float64)
    run = trajectories(landscape, ("gd",), origin, lr, int(steps))
    x, f, diverged_at = run.x[0], run.f[0], int(run.diverged_at[0])
    z, grad = x @ R, landscape.grad(x)

    multipliers = 1 - lr * torch.tensor([mu, L], dtype=torch.float64)
    rate = float(multipliers.abs().max())
    factor = 1 - lr * mu if lr_L <= 1 else rate**2
    k = torch.arange(int(steps) + 1, dtype=torch.float64)
    bound = (f[0] * factor**k).clamp(max=1e30)

    fallen = _has_fallen(f)
    needed = int(fallen.int().argmax()) if bool(fallen.any()) else -1
    end = needed if needed >= 0 else (diverged_at - 1 if diverged_at >= 0 else int(steps))
    real = _resolved(z[: end + 1, 1].abs(), x[: end + 1])
    pairs = real[1:] & real[:-1]
    flipped = pairs & (z[1 : end + 1, 1].sign() != z[:end, 1].sign())
    return Bowl(
        mu=mu,
        L=L,
        lr=lr,
        multipliers=multipliers,
        rate=rate,
        x=x,
        z=z,
        grad=grad,
        f=f,
        bound=bound,
        needed=needed,
        flips=int(flipped.sum()),
        watched=int(pairs.sum()),
        miss=_angle_between(grad[0], x[0]),
        diverged_at=diverged_at,
    )


def _resolved(steep: Tensor, x: Tensor) -> Tensor:
    """Where |z₂| is motion: above the rounding of xₖ and of the xₖ₋₁ it was computed from."""
    size = x.norm(dim=1)
    before = torch.cat((size[:1], size[:-1]))
    return (steep > RESOLVED * torch.maximum(size, before)) & (steep > LEAST)


def _angle_between(u: Tensor, v: Tensor) -> float:
    """Angle of two plane vectors in degrees, 0 when one of them vanishes."""
    (a, b), (c, d) = u.tolist(), v.tolist()
    return math.degrees(math.atan2(abs(a * d - b * c), a * c + b * d))


def is_best(run: Bowl) -> bool:
    """Whether lr is 2/(L + μ): the rate's distance from 1 is within 1 % of the best, 2/(κ + 1)."""
    best = (run.L - run.mu) / (run.L + run.mu)
    return run.lr * run.L > 1 and 1 - run.rate >= 0.99 * (1 - best)


def checks(run: Bowl, *, kappa: float, angle: float, **_) -> list[Check]:
    """OPT-08, ANA-17, ANA-20 and ANA-21 with erratum E-19 on this run."""
    return [
        _closed_form(run, kappa, angle),
        *_linear_convergence(run, kappa),
        *_roundness(run, kappa, angle),
        *_zigzag(run),
    ]


def _closed_form(run: Bowl, kappa: float, angle: float) -> Check:
    k = torch.arange(run.last + 1, dtype=torch.float64)[:, None]
    exact = (run.multipliers**k * run.z[0]) @ quadratic(kappa, angle).axes.T
    largest = run.rate ** k[:, 0] * run.x[0].norm()  # what a rounding of the start can grow with
    off = (run.x[: run.last + 1] - exact).norm(dim=1) / largest.clamp(min=1.0)
    return equal(
        "OPT-08",
        "xₖ = (I − ηH)ᵏ x₀: largest distance over all k, relative once ρᵏ|x₀| > 1",
        float(off.max()),
        0.0,
    )


def _linear_convergence(run: Bowl, kappa: float) -> list[Check]:
    n = run.last + 1
    lr_L, start = run.lr * run.L, float(run.f[0])
    moves = start > LEAST
    k = torch.arange(n, dtype=torch.float64)
    distance = run.x[:n].norm(dim=1)
    # Below these relative floors f and |x| are rounding, and so are their ratios.
    theorem = ((1 - run.lr * run.mu) ** k).clamp(min=1e-24)
    contraction = (run.rate**k).clamp(min=1e-12, max=1e30)
    f_ratio = float((run.f[:n] / theorem)[1:].max()) / start if moves else 0.0
    x_ratio = float((distance / contraction)[1:].max() / distance[0]) if moves else 0.0
    return [
        at_most(
            "ANA-17",
            "f(xₖ) − f* ≤ (1 − ημ)ᵏ (f(x₀) − f*) for every k, which is (1 − μ/L)ᵏ at η = 1/L: "
            "largest ratio",
            f_ratio,
            1.0,
            applies=moves and lr_L <= 1,
            why=_why(moves, f"needs η ≤ 1/L, here ηL = {lr_L:.5g}"),
        ),
        at_most(
            "ANA-17",
            "‖xₖ − x*‖ ≤ max(|1 − ημ|, |1 − ηL|)ᵏ ‖x₀ − x*‖ for every k: largest ratio",
            x_ratio,
            1.0,
            applies=moves and lr_L < 2,
            why=_why(moves, f"needs η < 2/L, here ηL = {lr_L:.5g}"),
        ),
        at_least(
            "ANA-17",
            "max(|1 − ημ|, |1 − ηL|) ≥ (κ − 1)/(κ + 1), reached at η = 2/(L + μ)",
            run.rate,
            (kappa - 1) / (kappa + 1),
        ),
    ]


def _roundness(run: Bowl, kappa: float, angle: float) -> list[Check]:
    theta = torch.deg2rad(angle + torch.arange(0, 180, 1, dtype=torch.float64))
    height = quadratic(kappa, angle).f(torch.stack([theta.cos(), theta.sin()], dim=-1))
    home = kappa == 1 and abs(run.lr * run.L - 1) <= 1e-12
    return [
        equal(
            "ANA-20",
            "longest over shortest radius of the level set {f = c} is √κ, not κ",
            float((height.max() / height.min()).sqrt()),
            math.sqrt(kappa),
        ),
        equal(
            "ANA-20",
            "κ = 1 and η = 1/L: one step arrives, ‖x₁ − x*‖ = 0",
            float(run.x[1].norm()),
            0.0,
            tol=1e-12,
            applies=home,
            why="" if home else f"needs κ = 1 and ηL = 1, here {kappa:g} and {run.lr * run.L:.5g}",
        ),
    ]


def _zigzag(run: Bowl) -> list[Check]:
    lr_L = run.lr * run.L
    steep = run.z[: run.last + 1, 1].abs()
    real = _resolved(steep, run.x[: run.last + 1])
    last = int(real.int().cumprod(0).sum()) - 1  # the steep coordinate is more than rounding so far
    growth = float((steep[last] / steep[0]) ** (1 / last)) if last > 0 else 1.0
    edge = at_least if lr_L >= 2 else at_most
    still = "z₂ is 0 from the start or after one step, so no growth can be read off"

    fallen = run.needed > 0 and float(run.f[0]) > LEAST
    signless = _signless_count(run) if fallen else -1
    return [
        equal(
            "ANA-21",
            "z₂ changes sign at every step if ηL > 1 and never if ηL ≤ 1: flips counted, foreseen",
            run.flips,
            run.watched if lr_L > 1 else 0,
            applies=bool(real[0]),
            why="" if real[0] else still,
        ),
        edge(
            "ANA-21",
            "|z₂| grows for ηL > 2, stays at ηL = 2, shrinks for ηL < 2: factor per step against 1",
            growth,
            1.0,
            applies=last > 0,
            why="" if last > 0 else still,
        ),
        equal(
            "ANA-21",
            "zig-zag itself costs nothing (E-19): with |1 − ηλ| for 1 − ηλ no sign flips, and f "
            "needs as many steps to fall by 10⁶",
            run.needed,
            signless,
            applies=fallen,
            why="" if fallen else "f has not fallen by 10⁶ within these steps",
        ),
    ]


def _signless_count(run: Bowl) -> int:
    """First k with Σ ½λᵢ (|1 − ηλᵢ|ᵏ zᵢ)² ≤ 10⁻⁶ f(x₀), among the computed steps."""
    k = torch.arange(len(run.f), dtype=torch.float64)[:, None]
    curvature = torch.tensor([run.mu, run.L], dtype=torch.float64)
    f = 0.5 * ((run.multipliers.abs() ** k * run.z[0]).square() * curvature).sum(dim=1)
    return int(_has_fallen(f).int().argmax())


def _has_fallen(f: Tensor) -> Tensor:
    """Which f(x_k) are down by 10⁶, a fall that misses it by rounding alone included."""
    return f <= f[0] / FALL * (1 + 1e-9)


def _why(moves: bool, otherwise: str) -> str:
    return otherwise if moves else "the start is the minimum"


def says(run: Bowl, *, kappa: float, **_) -> str:
    """What happened, in one or two plain sentences."""
    lr_L, steps = run.lr * run.L, len(run.f) - 1
    steep = f"every step multiplies the steep coordinate by {float(run.multipliers[1]):.4g}"
    if float(run.f[0]) == 0:
        return "The start is the minimum: the gradient is 0 and nothing moves."
    aim = f" At the start −∇f points {run.miss:.0f}° away from the minimum."
    if run.diverged_at >= 0:
        return (
            f"Diverged at step {run.diverged_at}: lr {run.lr:.4g} > 2/L = {2 / run.L:.4g} "
            f"(ηL = {lr_L:.4g}), so {steep}." + aim
        )
    if run.needed == 1 and run.f[1] <= 1e-24 * run.f[0]:
        return "One step and home: every multiplier 1 − ηλ that matters is 0." + aim
    if run.needed >= 0:
        zigzag = (
            f"the steep coordinate changed sign at {run.flips} of them"
            if run.flips
            else "without one change of sign"
        )
        return f"f fell by 10⁶ in {run.needed} steps, {zigzag}; {_pace(run)}." + aim
    if lr_L > 2:
        return f"Past the edge: ηL = {lr_L:.4g} > 2, so {steep} and it never comes back." + aim
    if lr_L == 2:
        return "At the edge: ηL = 2, the steep coordinate bounces forever between two walls." + aim
    left = float(run.f[-1] / run.f[0])
    return f"After {steps} steps f is still at {left:.2g} of its start; {_pace(run)}." + aim


def _pace(run: Bowl) -> str:
    flat, steep = run.multipliers.tolist()
    if math.isclose(abs(flat), abs(steep), rel_tol=1e-5):
        return f"both coordinates set the pace, each shrinks by the factor {abs(flat):.4g} per step"
    if abs(flat) > abs(steep):
        return f"the flat coordinate sets the pace, 1 − ημ = {flat:.5g}"
    return f"the steep coordinate sets the pace, 1 − ηL = {steep:.5g}"


def flips_in_words(run: Bowl) -> str:
    """How often z₂ changed sign, as the options of a prediction."""
    if run.flips == 0:
        return "never"
    return "at every step" if run.flips == run.needed else "about 20 times"


def compared_with_best(run: Bowl) -> str:
    """Steps for a fall by 10⁶ against those of η = 2/(L + μ) from the same kind of start."""
    best = math.log(FALL) / (-2 * math.log((run.L - run.mu) / (run.L + run.mu)))
    ratio = run.needed / best
    if ratio < 0.75:
        return "about half as many"
    return "the same" if ratio < 1.5 else "about twice as many"


def fate(run: Bowl) -> str:
    """What becomes of f in the long run."""
    if run.f[run.last] > 100 * run.f[0]:
        return "it grows without bound"
    return "it falls, only slower" if run.f[-1] < 0.5 * run.f[0] else "it stays where it is"


def miss_in_words(run: Bowl) -> str:
    """By how much −∇f(x₀) misses the minimum."""
    return "not at all" if run.miss < 5 else "about 45°" if run.miss < 70 else "about 90°"
