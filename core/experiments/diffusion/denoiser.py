"""A small network learns to predict noise, and how near it comes to the best prediction."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import plane
from core.diffusion import (
    Mixture,
    Model,
    Net,
    Schedule,
    convert,
    ddim,
    exact_eps,
    least_loss,
    noise_model,
    predicted,
    q_sample,
    schedule,
    train,
)
from core.gan import modes
from core.gan.distances import sliced_w1
from core.rng import generator
from core.signature import Own, between, declared

T = 1000
STEPS_T = torch.arange(13, T, 25)  # where the loss is measured: the middles of 40 bands of t
EACH = 64  # points at each of them
SHOWN, STRIDES = 1000, 30  # samples, and their steps of DDIM
FRAMES = 25  # snapshots of a run
BLUR = 0.1  # of the student's own points
OWN = 200  # points of a drawing
DATA = ("two", "bell", "ring", "moons", "drawing")
HEART = plane.sketch(
    "................", "................", "...###....###...", "..#####..#####..",
    "..##..####..##..", "..##...##...##..", "..##........##..", "...##......##...",
    "...##......##...", "....##....##....", ".....##..##.....", "......####......",
    ".......##.......", "................", "................", "................",
)  # fmt: skip


class Denoised(NamedTuple):
    """One moment of the training; all losses in squares of what the network predicts."""

    progress: float  # share of the steps done, in [0, 1]
    losses: Tensor  # mean loss at each snapshot so far, (m,)
    bands: Tensor  # loss at the steps `STEPS_T` now, (40,)
    floors: Tensor  # the least loss there is at each of them, (40,)
    net: Net
    samples: Tensor  # what the network makes of fixed noise, (1000,) or (1000, 2)
    distance: float  # (sliced) Wasserstein-1 distance of the samples to data
    chance: float  # the same between true samples of that size

    loss = property(lambda self: float(self.losses[-1]))
    floor = property(lambda self: float(self.floors.mean()))
    doing = property(lambda self: f"{self.progress:.0%} of the steps, loss {self.loss:.3g}")


@declared
def denoiser(
    data: Annotated[Literal[DATA], Own("table")] = "two",
    drawing: str = HEART,
    predict: Literal["eps", "x0", "v"] = "eps",
    width: Annotated[int, between(1, 128)] = 64,
    steps: Annotated[int, between(20, 2000)] = 600,
    lr: Annotated[float, between(1e-5, 0.1)] = 4e-3,
    seed: Annotated[int, between(0, 2**31)] = 0,
) -> Iterator[Denoised]:
    """Train a network with two hidden layers on data whose best prediction is known (DDPM-05).

    Args:
        data: two bumps or one bell on a line; a ring of spots, moons, a drawing or a table of own
            points in the plane.
        drawing: 16 × 16 cells, see `core.plane.drawn`.
        predict: the noise ε, the data x₀ or the velocity v.
        width: numbers in each layer.
        steps: of Adam, each with 256 points, with the rate lr falling to 0.
    """
    measure = Measure(law(data, drawing), predict)
    every, losses = max(1, math.ceil(steps / FRAMES)), []
    for moment in train(
        measure.law, steps, seed, width=width, lr=lr, batch=256, every=every, predict=predict,
        device="cpu",
    ):  # fmt: skip
        bands = measure.bands(moment.net)
        losses.append(bands.mean())
        samples = drawn(noise_model(moment.net, plan()), measure.law)
        yield Denoised(
            moment.step / steps,
            torch.stack(losses),
            bands,
            measure.floors,
            moment.net,
            samples,
            apart(samples, measure.true[0]),
            measure.chance,
        )


class Measure:
    """What a network is measured with: fixed points, their best predictions, true samples."""

    def __init__(self, law: Mixture, predict: str):
        self.law, self.predict = law, predict
        draws = max(300, min(4000, 60_000 // len(law.weights)))
        self.floors = least_loss(law, STEPS_T, plan().alpha_bar, predict, draws=draws)
        self.t = STEPS_T.repeat_interleave(EACH)
        self.x = noised(law, self.t, 1)[0]
        self.best = best(law, self.x, self.t, predict)
        self.true = [law.sample(SHOWN, generator(seed)) for seed in range(2, 11)]
        pairs = [apart(self.true[0], other) for other in self.true[1:]]
        self.chance = sum(pairs) / len(pairs)

    def bands(self, net: Net) -> Tensor:
        """Least loss + E ‖prediction − best prediction‖² at `STEPS_T`, (40,)."""
        off = predicted(net, self.x, self.t, T) - self.best
        excess = off.square() if off.ndim == 1 else off.square().sum(1)
        return self.floors + excess.view(len(STEPS_T), EACH).mean(1)


@lru_cache(maxsize=1)
def plan() -> Schedule:
    """The linear schedule of 1000 steps."""
    return schedule("linear", T)


def law(data: str, drawing: str) -> Mixture:
    """The law of the data, exactly known; own points are blurred by 0.1 each."""
    if data == "two":
        return Mixture([0.3, 0.7], [-2.0, 2.0], 0.3)
    if data == "bell":
        return Mixture([1.0], [0.0], 1.0)
    if data == "ring":
        return _even(modes("ring"), 0.1)
    if data == "moons":
        arc = math.pi * (torch.arange(40, dtype=torch.float64) + 0.5) / 40
        upper = torch.stack([arc.cos() - 0.5, arc.sin() - 0.25], 1)
        return _even(1.5 * torch.cat([upper, -upper]), 0.1)
    own = data != "drawing"
    return _even(
        plane.read(data) if own else plane.drawn(drawing, OWN, generator=generator(0)), BLUR
    )


def _even(points: Tensor, std: float) -> Mixture:
    weights = torch.full((len(points),), 1 / len(points), dtype=torch.float64)
    return Mixture(weights, points, std)


def apart(x: Tensor, y: Tensor) -> float:
    """Wasserstein-1 distance of two clouds of equally many points, sliced in the plane."""
    if x.ndim == 2:
        return sliced_w1(x, y)
    return float((x.sort().values - y.sort().values).abs().mean())


def noised(law: Mixture, t: Tensor, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Points xₜ for steps t (n,), with their data x₀ and noise ε."""
    random = generator(seed)
    x0 = law.sample(len(t), random)
    eps = torch.randn(x0.shape, generator=random, dtype=torch.float64)
    return q_sample(x0, t, eps, plan().alpha_bar), x0, eps


def best(law: Mixture, x: Tensor, t: int | Tensor, predict: str) -> Tensor:
    """The prediction of least loss at points x."""
    eps = exact_eps(law, x, t, plan().alpha_bar)
    return convert(eps, x, t, plan().alpha_bar, "eps", predict)


def drawn(model: Model, law: Mixture) -> Tensor:
    """1000 samples of a model: DDIM in 30 steps from the same noise at every call."""
    shape = (SHOWN, *law.means.shape[1:])
    start = torch.randn(shape, generator=generator(1), dtype=torch.float64)
    *_, last = ddim(model, start, plan(), STRIDES)
    return last.x
