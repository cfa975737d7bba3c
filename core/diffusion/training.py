r"""A small network that learns to predict the noise, its loss, and the least loss there is.

The network is an MLP with SiLU. Its first layer adds B γₜ to A x, with γₜ the sines and cosines of
`embedding`, so that for a sampler the time is nothing but one row of a table of biases.

>>> import torch
>>> from core.diffusion import Mixture, ddim, noise_model, schedule, train
>>> from core.rng import generator
>>> plan = schedule("linear", 1000)
>>> *_, last = train(Mixture([0.3, 0.7], [-2.0, 2.0], 0.3), steps=500)
>>> xT = torch.randn(500, generator=generator(1), dtype=torch.float64)
>>> *_, end = ddim(noise_model(last.net, plan), xT, plan, steps=30)  # end.x: 500 samples
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import choose, require
from core.device import heavy
from core.diffusion.mixture import Mixture
from core.diffusion.samplers import Model
from core.diffusion.schedules import PREDICTIONS, Schedule, convert, q_sample, schedule
from core.gan.data import DATA, sample
from core.gan.perceptron import Adam
from core.rng import generator as generator_of

BANDS = 10  # of t, equally wide
FEATURES = 16  # of the time
FASTEST = 100.0  # radians that the fastest feature turns from t = 0 to T
LAYERS = 2  # between the first and the last
WORTH = 2**24  # multiplications of one layer from which on another device than the CPU pays


class Net(NamedTuple):
    """The weights of a network of some width and what it predicts.

    It computes C φ(h) + c from h = A x + B γₜ + b, h ← Wₖ φ(h) + bₖ (twice), φ = SiLU.
    """

    weights: Tensor  # all in one vector, in the order A B b W₁ b₁ W₂ b₂ C c
    dim: int  # of a point; 0 where it is a number rather than a vector
    predict: str = "eps"  # eps, x0 or v

    @property
    def width(self) -> int:
        """Numbers in each layer."""
        d, n = max(1, self.dim), len(self.weights) - max(1, self.dim)
        b = 2 * d + FEATURES + 1 + LAYERS  # weights = LAYERS width² + b width + d
        return round((math.sqrt(b * b + 4 * LAYERS * n) - b) / (2 * LAYERS))


class Snapshot(NamedTuple):
    """One moment of a training, a copy that later steps leave alone."""

    step: int  # steps done
    loss: float  # mean of ‖target − prediction‖² over the batches since the last; at 0 NaN
    bands: (
        Tensor  # the same for the steps t in each tenth of (0, T], NaN where none was drawn, (10,)
    )
    net: Net


def train(
    data: str | Mixture | Tensor | Callable[[int, torch.Generator], Tensor],
    steps: int = 1000,
    seed: int = 0,
    *,
    T: int = 1000,
    kind: str = "linear",
    beta_1: float = 1e-4,
    beta_T: float = 0.02,
    width: int = 128,
    lr: float = 2e-3,
    batch: int = 256,
    every: int = 50,
    predict: str = "eps",
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
) -> Iterator[Snapshot]:
    """Trains with Adam and yields at step 0, at every `every` steps, and at the end (DDPM-05).

    Every batch draws data x₀, steps t uniform on 1, …, T and noise ε, one of each per row, and the
    loss is the mean over the rows of ‖target − prediction at √ᾱₜ x₀ + √(1 − ᾱₜ) ε‖². The rate falls
    to 0 along a cosine. All numbers are drawn on the CPU from one generator with the seed, the
    weights first: a seed is the same run on every device, up to rounding, which training
    makes larger (the loss of 200 steps agrees to 1e-2).

    Args:
        data: a `Mixture`; a name of `core.gan.DATA`; own points, shape (n,) or (n, d), drawn with
            replacement; or a function of (n, generator).
        steps: in [1, 100 000].
        seed: whole number ≥ 0.
        T, kind, beta_1, beta_T: of the `schedule`.
        width: numbers in each layer, in [1, 4096].
        lr: rate of Adam at the start, in (0, 1].
        batch, every: in [1, 100 000].
        predict: eps, x0 or v (see `convert`): the target, and what the loss is counted in.
        device: where the network is; by default `core.device.heavy()` where width² batch is
            at least 2²⁴, else the CPU. Snapshots are on the CPU.
        dtype: float32 or float64.

    Raises:
        ValueError: at the call, not at the first snapshot: a value outside its range, or points of
            another shape.
    """
    plan = schedule(kind, T, beta_1, beta_T)
    for name, number, most in (
        ("steps", steps, 100_000),
        ("width", width, 4096),
        ("batch", batch, 100_000),
        ("every", every, 100_000),
    ):
        require(name, number, 1, most, integer=True)
    require("lr", lr, 0, 1, above=True)
    choose("predict", predict, PREDICTIONS)
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"expected dtype to be torch.float32 or torch.float64, got {dtype}")
    source, dim = _source(data)
    random = generator_of(seed)
    if device is None:
        device = heavy() if width * width * batch >= WORTH else "cpu"
    net = Net(_start(max(1, dim), int(width), random, dtype).to(device), dim, predict)
    return _train(net, source, plan, random, int(steps), float(lr), int(batch), int(every))


def noise_model(net: Net, plan: Schedule) -> Model:
    """The network as a model of (x, t) that predicts noise, for the samplers; t in [1, T]."""
    steps = torch.arange(plan.T + 1, device=net.weights.device)
    table = _bias(net, steps, plan.T)

    def model(x: Tensor, t: int | Tensor) -> Tensor:
        value = _through(net, x, table[t])
        return convert(value, x, t, plan.alpha_bar, net.predict, "eps")

    return model


def predicted(net: Net, x: Tensor, t: int | Tensor, T: int) -> Tensor:
    """What the network itself predicts, noise, data or velocity: shape and type of x.

    Args:
        x: points, shape (n,), or (n, d) for a network of vectors.
        t: a step, or whole numbers of shape (n,).
        T: steps of the schedule it was trained on.
    """
    return _through(net, x, _bias(net, torch.as_tensor(t, device=net.weights.device), T))


def embedding(t: Tensor, T: int, features: int, fastest: float = FASTEST) -> Tensor:
    """Sines and cosines of t/T times rates from 1 to `fastest`: (...) -> (..., features)."""
    rates = fastest ** torch.linspace(0, 1, features // 2, dtype=torch.float64, device=t.device)
    angles = (t.double() / T)[..., None] * rates
    return torch.cat([angles.sin(), angles.cos()], -1)


# --- the network ---------------------------------------------------------------------------------


def _shapes(d: int, width: int) -> list[tuple[int, ...]]:
    inner = [(width, width), (width,)] * LAYERS
    return [(width, d), (width, FEATURES), (width,), *inner, (d, width), (d,)]


def _start(d: int, width: int, random: torch.Generator, dtype: torch.dtype) -> Tensor:
    """Normal weights of variance 1/fan-in, 2/fan-in behind a SiLU; biases and the last layer 0."""
    shapes = _shapes(d, width)
    parts = []
    for i, shape in enumerate(shapes):
        part = torch.randn(shape, generator=random, dtype=dtype)
        gain = 0.0 if len(shape) == 1 or i == len(shapes) - 2 else 1.0 if i < 2 else math.sqrt(2)
        parts.append((part * gain * shape[-1] ** -0.5).flatten())
    return torch.cat(parts)


def _parts(net: Net) -> list[Tensor]:
    shapes = _shapes(max(1, net.dim), net.width)
    counts = [math.prod(shape) for shape in shapes]
    if sum(counts) != len(net.weights):
        raise ValueError(
            f"expected weights of a network of points of {max(1, net.dim)} numbers, got a vector "
            f"of {len(net.weights)}"
        )
    return [part.view(shape) for part, shape in zip(net.weights.split(counts), shapes)]


def _bias(net: Net, t: Tensor, T: int) -> Tensor:
    """B γₜ + b, shape (..., width)."""
    _, rates, shift, *_ = _parts(net)
    return embedding(t, T, FEATURES).to(net.weights) @ rates.T + shift


def _through(net: Net, x: Tensor, bias: Tensor) -> Tensor:
    enter, _, _, *inner, leave, rest = _parts(net)
    if x.ndim < 1 or (net.dim and x.shape[-1] != net.dim):
        wanted = f"(..., {net.dim})" if net.dim else "(n,)"
        raise ValueError(f"expected points of shape {wanted}, got {tuple(x.shape)}")
    points = (x if net.dim else x[..., None]).to(net.weights)
    h = F.linear(points, enter) + bias
    for weights, shift in zip(inner[::2], inner[1::2]):
        h = F.linear(F.silu(h), weights, shift)
    out = F.linear(F.silu(h), leave, rest)
    return (out if net.dim else out[..., 0]).to(x)


# --- the training --------------------------------------------------------------------------------


def _train(net, source, plan, random, steps, lr, batch, every) -> Iterator[Snapshot]:
    theta = net.weights
    adam = Adam(theta, lr, (0.9, 0.999))
    total, count = torch.zeros(2, BANDS, dtype=torch.float64)
    yield Snapshot(0, math.nan, total / count, _kept(net))
    for step in range(1, steps + 1):
        adam.lr = lr * (1 + math.cos(math.pi * (step - 1) / steps)) / 2
        x0 = source(batch, random).to(theta.dtype)
        t = torch.randint(1, plan.T + 1, (batch,), generator=random)
        eps = torch.randn(x0.shape, generator=random, dtype=theta.dtype)
        x = q_sample(x0, t, eps, plan.alpha_bar)
        target = x0 if net.predict == "x0" else eps
        if net.predict == "v":
            target = convert(eps, x, t, plan.alpha_bar, "eps", "v")
        with torch.enable_grad():
            theta.requires_grad_()
            off = predicted(net, x.to(theta.device), t, plan.T) - target.to(theta.device)
            losses = off.square() if off.ndim == 1 else off.square().sum(1)
            (slope,) = torch.autograd.grad(losses.mean(), theta)
            theta.requires_grad_(False)
        adam.step(slope)
        band = (t - 1) * BANDS // plan.T
        total.index_add_(0, band, losses.detach().double().cpu())
        count += torch.bincount(band, minlength=BANDS)
        if step % every == 0 or step == steps:
            loss = float(total.sum() / count.sum())
            yield Snapshot(step, loss, total / count, _kept(net))
            total.zero_(), count.zero_()


def _kept(net: Net) -> Net:
    return net._replace(weights=net.weights.detach().cpu().clone())


def _source(data) -> tuple[Callable[[int, torch.Generator], Tensor], int]:
    """A function of (n, generator) that draws data, and the dimension of a point."""
    if isinstance(data, Mixture):
        return data.sample, data.means.shape[1] if data.vectors else 0
    if isinstance(data, str):
        choose("data", data, DATA)
        return (lambda n, random: sample(data, n, generator=random)), 2
    if callable(data):
        one = data(1, generator_of(0))
        return data, one.shape[1] if one.ndim == 2 else 0
    points = torch.as_tensor(data, dtype=torch.float64)
    if points.ndim not in (1, 2) or not points.numel():
        raise ValueError(f"expected data of shape (n,) or (n, d), got {tuple(points.shape)}")
    if not bool(points.isfinite().all()):
        raise ValueError("expected data to be finite numbers, got one that is not")

    def drawn(n: int, random: torch.Generator) -> Tensor:
        return points[torch.randint(len(points), (n,), generator=random)]

    return drawn, points.shape[1] if points.ndim == 2 else 0
