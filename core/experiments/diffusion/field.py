"""The arrow field: what the best net predicts at every place, and one particle that follows it."""

import math
from functools import partial
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.diffusion import Mixture, Schedule, exact_eps, ode, schedule
from core.signature import between, declared

LAYOUTS = ("one", "two", "triangle", "ring", "line", "mine")
NETS = ("exact", "printed")
TURNS = {"one": 1, "two": 2, "triangle": 3, "ring": 8}
PLAN = schedule("linear", 1000)
LEVELS = {"exact": PLAN.alpha_bar.tolist(), "printed": PLAN.alphas.tolist()}  # taken for ᾱ by a net
STEPS = 14  # of the way back
REACH = 3.0  # of particle and means along each axis
# modes whose neighbourhoods stand for all of them, with their weights: the others mirror these
ALIKE = {"line": ((0, 1, 2), (0.4, 0.4, 0.2)), "mine": ((0, 1, 2), (1 / 3, 1 / 3, 1 / 3))}


class Field(NamedTuple):
    """One mixture at one noise level, and the way of one particle back to t = 0."""

    layout: str
    net: str
    t: int
    means: Tensor  # of the modes, shape (k, 2)
    std: float  # of every mode
    shares: Tensor  # probability of each mode given the particle, shape (k,)
    times: Tensor  # t = times[0] > ... > 0, int64, shape (n + 1,)
    path: Tensor  # the particle at these times, shape (n + 1, 2)
    eps: Tensor  # noise predicted there, 0 at t = 0, shape (n + 1, 2)
    floor: float  # lowest mean of (ε − prediction)² of a coordinate at t
    loss: float  # that of the net

    level = property(lambda self: LEVELS["exact"][self.t])  # ᾱ at t
    # variance of every mode at t
    kept = property(lambda self: self.level * self.std**2 + 1 - self.level)
    x = property(lambda self: self.path[0])  # the particle, shape (2,)
    exact = property(lambda self: self.net == "exact")

    @property
    def targets(self) -> Tensor:
        """x̂₀ at every time of the way, shape (n + 1, 2)."""
        level = PLAN.alpha_bar[self.times][:, None]
        return (self.path - (1 - level).sqrt() * self.eps) / level.sqrt()

    x0 = property(lambda self: self.targets[0])  # x̂₀ of the particle, shape (2,)
    gap = property(lambda self: float((self.means - self.x0).norm(dim=1).min()))  # to a mode
    end = property(lambda self: self.path[-1])  # where the way ends
    end_gap = property(lambda self: float((self.means - self.end).norm(dim=1).min()))


@declared
def field(
    layout: Literal[LAYOUTS] = "two",
    t: Annotated[int, between(1, 1000)] = 300,
    std: Annotated[float, between(0.05, 1.0)] = 0.3,
    x: Annotated[float, between(-REACH, REACH)] = 0.1,
    y: Annotated[float, between(-REACH, REACH)] = 0.6,
    ax: Annotated[float, between(-REACH, REACH)] = 1.8,
    ay: Annotated[float, between(-REACH, REACH)] = 0.0,
    bx: Annotated[float, between(-REACH, REACH)] = -1.6,
    by: Annotated[float, between(-REACH, REACH)] = 1.2,
    cx: Annotated[float, between(-REACH, REACH)] = -0.6,
    cy: Annotated[float, between(-REACH, REACH)] = -1.8,
    net: Literal[NETS] = "exact",
) -> Field:
    """Score, prediction and way back of a particle for Gaussian modes of equal weight in the plane.

    Args:
        layout: one mode at (ax, ay); two, at that place and opposite; triangle or ring of eight,
            turned about the origin; line of five from there to the opposite; or mine, at a, b, c.
        t: step of the linear schedule of 1000 steps.
        std: of every mode.
        x, y: the particle xₜ.
        net: exact, of least loss; or printed, trained with αₜ where ᾱₜ belongs (E-75). Mine has
            only the exact one.

    Sources: DDPM-03, DDPM-05.
    """
    means = places(layout, (ax, ay), (bx, by), (cx, cy))
    net = "exact" if layout == "mine" else net
    part = Schedule(*(each[: t + 1] for each in PLAN))
    start = torch.tensor([x, y], dtype=torch.float64)
    model = partial(_model, means, std, LEVELS[net])
    states = list(ode(model, start, part, min(STEPS, t), "euler"))
    shares = spread(means, std).noised(LEVELS["exact"][t]).responsibilities(start)
    times = torch.tensor([s.t for s in states])
    eps = torch.stack([torch.zeros_like(start) if s.eps is None else s.eps for s in states])
    path = torch.stack([s.x for s in states])
    floor, loss = losses(means, std, layout, torch.tensor([t]), 0.35, net)
    return Field(
        layout, net, t, means, std, shares, times, path, eps, float(floor[0]), float(loss[0])
    )


def _model(means: Tensor, std: float, levels: list[float], x: Tensor, t: int) -> Tensor:
    return guess(means, std, levels[t], x)


def guess(means: Tensor, std: float, level: float, x: Tensor) -> Tensor:
    """`exact_eps` at points (..., 2), short, as all modes have one weight and one width."""
    kept, root = level * std * std + 1 - level, math.sqrt(level)
    # without |x|², which all modes share: far out it would drown what tells them apart
    near = (x @ means.T * root - level / 2 * means.square().sum(-1)) / kept
    return math.sqrt(1 - level) / kept * (x - root * (near.softmax(-1) @ means))


def spread(means: Tensor, std: float) -> Mixture:
    """Modes of equal weight and width."""
    k = len(means)
    return Mixture(torch.full((k,), 1 / k, dtype=torch.float64), means, std)


def places(layout: str, a: tuple, b: tuple, c: tuple) -> Tensor:
    """The means of a layout, shape (k, 2)."""
    if layout == "mine":
        return torch.tensor([a, b, c], dtype=torch.float64)
    first = torch.tensor(a, dtype=torch.float64)
    if layout == "line":
        return torch.linspace(1, -1, 5, dtype=torch.float64)[:, None] * first
    angle = 2 * math.pi / TURNS[layout] * torch.arange(TURNS[layout], dtype=torch.float64)
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos * a[0] - sin * a[1], sin * a[0] + cos * a[1]], 1)


def losses(
    means: Tensor, std: float, layout: str, times: Tensor, h: float, net: str = "exact"
) -> tuple[Tensor, Tensor]:
    """Lowest mean squared error of a coordinate of ε and that of a net, both of shape (times,).

    E‖ε − ε*‖² = E‖ε‖² − E‖ε*‖², by the trapezoidal rule of width h around every mode.
    """
    nodes, weight = plane(h)
    level = PLAN.alpha_bar[times].view(-1, 1, 1, 1)
    which, share = ALIKE.get(layout, ((0,), (1.0,)))
    centre = level.sqrt() * means[list(which)][:, None]
    points = centre + (level * std**2 + 1 - level).sqrt() * nodes
    data, mean = spread(means, std), torch.outer(torch.tensor(share, dtype=torch.float64), weight)
    best = exact_eps(data, points, times, PLAN.alpha_bar)
    floor = 1 - (best.square().sum(-1) * mean).sum((1, 2)) / 2
    if net == "exact":
        return floor, floor
    off = exact_eps(data, points, times, PLAN.alphas) - best
    return floor, floor + (off.square().sum(-1) * mean).sum((1, 2)) / 2


def plane(h: float) -> tuple[Tensor, Tensor]:
    """Nodes (n, 2) and weights (n,) of the standard normal law in the plane, h apart."""
    z = h * torch.arange(-round(6.3 / h), round(6.3 / h) + 1, dtype=torch.float64)
    p = (-z.square() / 2).exp()
    p = p / p.sum()
    return torch.cartesian_prod(z, z), torch.outer(p, p).flatten()


def believed(run: Field) -> tuple[Tensor, float]:
    """Centres (k, 2) and width of the law of x₀ given the particle, whose shares are the run's.

    Each mode, pulled towards where the particle came from.
    """
    pull = run.level**0.5 * run.std**2 / run.kept
    centres = run.means + pull * (run.x - run.level**0.5 * run.means)
    return centres, run.std * math.sqrt((1 - run.level) / run.kept)
