r"""Flow matching: a velocity that carries noise to data, learned from straight lines.

Beyond the sheet (Lipman et al. 2023; Liu, Gong and Liu 2023). Noise z ~ N(0, I) and a point x are
joined by the line x_t = (1 − t) z + t x, run through with the velocity x − z. A network learns the
mean of that velocity over all lines that pass through a place,

    v(y, t) = E[x − z | x_t = y],    the minimum of E ‖v(x_t, t) − (x − z)‖².

The solutions of dy/dt = v(y, t) never cross, and have at every t the law of x_t. They are a flow of
as many layers as the solver takes steps, and

    ln p(y(1)) = ln N(y(0)) − ∫₀¹ tr ∂v/∂y dt,

with the trace in place of a determinant. An Euler step is exact where paths are straight. The lines
are; the solutions, which may not cross as lines do, are not: 1.2 to 1.6 times as long as from end
to end, in the mean, for the exact velocity of our clouds.
"""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.diffusion import Mixture
from core.flows.data import plane
from core.flows.nets import Pass, matrices, start, through
from core.flows.stack import BLOCK, WIDTHS
from core.flows.training import FEWEST, split
from core.gan.perceptron import Adam
from core.rng import generator as generator_of

METHODS = ("euler", "heun", "rk4")
STEPS = 10_000  # of a solver
Field = Callable[[Tensor, float], Tensor]  # (y, t) -> dy/dt, of the shape of y


class Velocity(NamedTuple):
    """The weights of a network of (y₁, y₂, t), three inner layers of one width, SiLU."""

    theta: Tensor  # one vector, float64
    width: int

    def __call__(self, y: Tensor, t: float | Tensor) -> Tensor:
        """v(y, t), (n, 2) -> (n, 2); t one number or (n,)."""
        layers = matrices(self.theta.to(y), _sizes(self.width))
        t = torch.as_tensor(t, dtype=y.dtype, device=y.device).expand(len(y))
        return torch.cat(
            [
                through(layers, torch.cat([part.T, now[None]])).T
                for part, now in zip(y.split(BLOCK), t.split(BLOCK))
            ]
        )


class Moment(NamedTuple):
    """One moment of the training of a velocity, a copy that later steps leave alone."""

    step: int  # steps done
    loss: float  # mean of ‖v − (x − z)‖² over the batches since the last moment; at 0 NaN
    velocity: Velocity


def train_velocity(
    data: str | Tensor,
    steps: int = 1000,
    seed: int = 0,
    *,
    n: int = 2000,
    width: int = 64,
    lr: float = 5e-3,
    batch: int = 256,
    every: int = 50,
    dtype: torch.dtype = torch.float32,
) -> Iterator[Moment]:
    """Trains with Adam and yields at step 0, at every `every` steps, and at the end.

    With the same seed the points are those of `core.flows.train`, the held-out ones left aside. A
    batch draws points, noise, and times uniform on [0, 1]; the rate falls to 0 along a cosine.

    Args:
        data: a name of `DATA`, or own points, shape (n, 2).
        width: in [1, 512]; steps, seed, n, lr, batch, every, dtype: as in `core.flows.train`.

    Raises:
        ValueError: at the call, not at the first moment, as `core.flows.train`.
    """
    for name, number in (("steps", steps), ("batch", batch), ("every", every)):
        require(name, number, 1, 100_000, integer=True)
    require("n", n, FEWEST, 100_000, integer=True)
    require("width", width, 1, WIDTHS, integer=True)
    require("lr", lr, 0, 1, above=True)
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"expected dtype to be torch.float32 or torch.float64, got {dtype}")
    random = generator_of(seed)
    points, _ = split(data, int(n), generator=random)
    first = start(_sizes(int(width)), generator=generator_of(seed), dtype=torch.float64)
    net = Velocity(first, int(width))
    return _train(net, points.to(dtype), random, int(steps), lr, int(batch), int(every))


@torch.no_grad()
def _train(net, points, random, steps, lr, batch, every) -> Iterator[Moment]:
    theta = net.theta.to(points.dtype, copy=True)
    grad, columns = torch.zeros_like(theta), points.T.contiguous()
    inside, adam = Pass(theta, grad, _sizes(net.width), batch), Adam(theta, lr, (0.9, 0.999))
    draw = {"generator": random, "dtype": theta.dtype}
    losses: list[Tensor] = []
    yield Moment(0, math.nan, net)
    for step in range(1, steps + 1):
        adam.lr = lr * (1 + math.cos(math.pi * (step - 1) / steps)) / 2
        x = columns[:, torch.randint(len(points), (batch,), generator=random)]
        z, t = torch.randn(2, batch, **draw), torch.rand(1, batch, **draw)
        off = inside.forward(torch.cat([torch.lerp(z, x, t), t])) - (x - z)
        losses.append(off.square().sum() / batch)
        inside.backward(off * (2 / batch))
        adam.step(grad)
        if step % every == 0 or step == steps:
            now = Velocity(theta.to(torch.float64, copy=True), net.width)
            yield Moment(step, float(torch.stack(losses).mean()), now)
            losses.clear()


def exact_velocity(mixture: Mixture) -> Field:
    """v(y, t) = E[x − z | x_t = y] for data from bells in the plane: the least loss there is.

    Through bell k of mean m and width s passes N(t m, r²) with r² = (1 − t)² + t² s², and there the
    mean velocity is m + (t s² − (1 − t)) / r² (y − t m).
    """
    if not mixture.vectors:
        raise ValueError("expected a mixture of points of the plane, got one of numbers")
    require("stds", float(mixture.stds.min()), 0, above=True)
    weights, means, stds = mixture.weights, mixture.means, mixture.stds

    def velocity(y: Tensor, t: float) -> Tensor:
        r2 = (1 - t) ** 2 + t**2 * stds.square()
        off = y[:, None].double() - t * means  # (n, k, 2)
        log = weights.log() - off.square().sum(-1) / (2 * r2) - means.shape[1] / 2 * r2.log()
        toward = means + ((t * stds.square() - (1 - t)) / r2)[:, None] * off
        return (log.softmax(1)[..., None] * toward).sum(1).to(y)

    return velocity


# --- the equation --------------------------------------------------------------------------------


class State(NamedTuple):
    """One state of the solver."""

    t: float
    y: Tensor  # shape of the start


def ode(
    velocity: Field,
    y: Tensor,
    steps: int,
    method: str = "rk4",
    *,
    begin: float = 0.0,
    end: float = 1.0,
) -> Iterator[State]:
    """dy/dt = v(y, t) from `begin` to `end` in equal steps, steps + 1 states; either direction.

    euler asks for v once a step and is of order 1; heun twice, of order 2; rk4, the classical
    method of Runge and Kutta, four times, of order 4.

    Raises:
        ValueError: steps outside [1, 10 000], an unknown method, a time outside [0, 1].
    """
    require("steps", steps, 1, STEPS, integer=True)
    choose("method", method, METHODS)
    for name, each in (("begin", begin), ("end", end)):
        require(name, each, 0, 1)
    times = [begin + (end - begin) * i / int(steps) for i in range(int(steps) + 1)]
    return _ode(velocity, torch.as_tensor(y), times, _METHODS[method])


def _ode(velocity, y, times, step) -> Iterator[State]:
    for t, after in pairwise(times):
        yield State(t, y)
        y = step(velocity, y, t, after - t)
    yield State(times[-1], y)


def _euler(f: Field, y: Tensor, t: float, h: float) -> Tensor:
    return y + h * f(y, t)


def _heun(f: Field, y: Tensor, t: float, h: float) -> Tensor:
    k = f(y, t)
    return y + h / 2 * (k + f(y + h * k, t + h))


def _rk4(f: Field, y: Tensor, t: float, h: float) -> Tensor:
    a = f(y, t)
    b = f(y + h / 2 * a, t + h / 2)
    c = f(y + h / 2 * b, t + h / 2)
    return y + h / 6 * (a + 2 * b + 2 * c + f(y + h * c, t + h))


_METHODS = {"euler": _euler, "heun": _heun, "rk4": _rk4}


def divergence(velocity: Field, y: Tensor, t: float) -> tuple[Tensor, Tensor]:
    """v(y, t), (n, 2), and the trace of its Jacobian, (n,), by autograd: both rows of it."""
    with torch.enable_grad():
        y = y.detach().requires_grad_()
        v = velocity(y, t)
        rows = [
            torch.autograd.grad(v[:, i].sum(), y, retain_graph=i == 0, allow_unused=True)[0]
            for i in range(2)
        ]
    trace = sum(row[:, i] for i, row in enumerate(rows) if row is not None)
    return v.detach(), trace + torch.zeros_like(y[:, 0]).detach()


def log_density(
    velocity: Field, x: Tensor, steps: int = 40, method: str = "rk4"
) -> tuple[Tensor, Tensor]:
    """ln p(x) of the continuous flow, (n, 2) -> (n,), and the noise z that x comes from, (n, 2).

    The equation is solved back from t = 1 together with the integral of the trace, so that both
    carry the error of the solver.

    Raises:
        ValueError: points of another shape, steps or method that `ode` refuses.
    """
    x = plane("x", x)

    def both(state: Tensor, t: float) -> Tensor:
        v, trace = divergence(velocity, state[:, :2], t)
        return torch.cat([v, trace[:, None]], 1)

    start_at = torch.cat([x, torch.zeros_like(x[:, :1])], 1)
    *_, last = ode(both, start_at, steps, method, begin=1.0, end=0.0)
    z, integral = last.y[:, :2], last.y[:, 2]
    return -0.5 * z.square().sum(1) - math.log(2 * math.pi) + integral, z


def solver_errors(
    velocity: Field,
    z: Tensor,
    counts: tuple[int, ...] = (1, 2, 4, 8, 16, 32),
    method: str = "euler",
    *,
    reference: int = 400,
) -> Tensor:
    """Root mean square distance at t = 1 to the solution, for each number of steps, float64.

    The solution is rk4 with `reference` steps.
    """
    z = plane("z", z)
    with torch.no_grad():
        *_, true = ode(velocity, z, reference, "rk4")
        ends = [list(ode(velocity, z, steps, method))[-1].y for steps in counts]
    return torch.stack([(end - true.y).square().sum(1).mean().sqrt() for end in ends])


def bend(path: Tensor) -> Tensor:
    """Length of each path over the distance of its ends, (steps + 1, n, 2) -> (n,); 1 is straight.

    A path that ends where it starts, without moving, counts as straight.
    """
    if path.ndim != 3 or len(path) < 2:
        raise ValueError(f"expected path of shape (steps + 1, n, 2), got {tuple(path.shape)}")
    length = path.diff(dim=0).norm(dim=2).sum(0)
    chord = (path[-1] - path[0]).norm(dim=1)
    return torch.where(length > 0, length / chord, torch.ones_like(length))


def _sizes(width: int) -> tuple[int, ...]:
    return (3, width, width, width, 2)
