"""The guidance dial: samples of one class, pushed on by what tells it from all the others."""

import math
from collections.abc import Callable
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.diffusion import from_betas, ode, schedule
from core.rng import generator
from core.signature import between, declared

CLASSES = ("two", "three", "many")
REACH = 1.5  # of the class mean along each axis
MOST = 8.0
SAMPLES = 100
STEPS = 20
PLAN = schedule("linear", 1000)
# some of the 1000 steps, closer together towards the data
TIMES = [0, *(max(i, round(1000 * (i / STEPS) ** 1.7)) for i in range(1, STEPS + 1))]
LEVELS = PLAN.alpha_bar[TIMES]
SHORT = from_betas(1 - LEVELS[1:] / LEVELS[:-1])
DIAL = torch.tensor([0, 1, 2, 3, 4, 6, MOST], dtype=torch.float64)  # the w of the curves


class Guidance(NamedTuple):
    """Samples of the class at the mean c, at one w along the way, at all of DIAL at the end."""

    classes: str
    c: Tensor  # mean of the class, shape (2,)
    std: float  # of every class
    w: float
    path: Tensor  # from noise to the samples, shape (STEPS + 1, samples, 2)
    ends: Tensor  # samples for every w of DIAL, from the same noise, shape (7, samples, 2)

    samples = property(lambda self: self.path[-1])  # shape (samples, 2)
    far = property(lambda self: float(self.c.norm()))  # distance of the class from the middle
    all_std = property(lambda self: width(self.c, self.std))  # of all data, where classes are many
    centres = property(lambda self: centres(self.classes, self.c))

    @property
    def axes(self) -> Tensor:
        """Unit vectors along c and across, the rows of shape (2, 2)."""
        along = self.c / self.far if self.far else torch.tensor([1.0, 0.0], dtype=torch.float64)
        return torch.stack([along, torch.stack([-along[1], along[0]])])

    mean = property(lambda self: float((self.samples @ self.axes[0]).mean()))
    spread = property(lambda self: float((self.samples @ self.axes[0]).std(correction=0)))


@declared
def guidance(
    classes: Literal[CLASSES] = "two",
    w: Annotated[float, between(0, MOST)] = 4.0,
    std: Annotated[float, between(0.2, 1.2)] = 0.8,
    mx: Annotated[float, between(-REACH, REACH)] = 1.0,
    my: Annotated[float, between(-REACH, REACH)] = 0.0,
    seed: Annotated[int, between(0, 2**63 - 1)] = 1,
) -> Guidance:
    """Classifier-free guidance with exact nets: ε̂ = ε₀ + w (ε₁ − ε₀), by Heun from noise.

    Args:
        classes: two, at c = (mx, my) and opposite; three, turned about the origin; or many, one at
            every place, their means normal so that c is at a typical distance. Each class is
            N(its mean, std² I); all are equally likely.
        w: 0 forgets the class, 1 is the class.
        seed: of the noise, which is made to have exactly mean 0 and covariance I.

    Source: Ho and Salimans (2022), beyond the formula sheet.
    """
    c = torch.tensor([mx, my], dtype=torch.float64)
    noise = torch.randn(SAMPLES, 2, generator=generator(seed), dtype=torch.float64)
    noise = noise - noise.mean(0)
    root = torch.linalg.cholesky(noise.T @ noise / SAMPLES)
    noise = torch.linalg.solve_triangular(root, noise.T, upper=False).T
    dial = torch.cat([torch.tensor([w], dtype=torch.float64), DIAL])
    predict = predictor(classes, c, std, dial.repeat_interleave(SAMPLES))
    levels, start = LEVELS.tolist(), noise.T.repeat(1, len(dial))
    states = list(ode(lambda x, t: predict(x, levels[t]), start, SHORT, STEPS))
    path = torch.stack([state.x[:, :SAMPLES].T for state in states])
    ends = states[-1].x[:, SAMPLES:].T.reshape(len(DIAL), SAMPLES, 2)
    return Guidance(classes, c, std, w, path, ends)


def predictor(classes: str, c: Tensor, std: float, w: float | Tensor) -> Callable:
    """ε̂ as a function of points (2, n), their coordinates in rows, and of their noise level ᾱ."""
    means, spread = centres(classes, c), width(c, std) ** 2
    half = means.square().sum(1)[:, None] / 2

    def guided(x: Tensor, level: float | Tensor) -> Tensor:
        root, noise, kept = level**0.5, (1 - level) ** 0.5, level * std * std + 1 - level
        if classes == "many":
            everything, one = x / (level * spread + 1 - level), (x - root * c[:, None]) / kept
            return noise * (everything + w * (one - everything))
        # both predictions are (x − √ᾱ m) noise / kept, with the mean m of a class or of all: so
        # w leads from one mean past the other
        logits = (means @ x * root - level * half) / kept
        mean = torch.lerp(means.T @ logits.softmax(0), c[:, None], w)
        return (x - root * mean) * (noise / kept)

    return guided


def centres(classes: str, c: Tensor) -> Tensor:
    """Means of all classes, that of the class first, shape (k, 2); of many only its own."""
    if classes == "many":
        return c[None]
    angle = torch.arange(CLASSES.index(classes) + 2, dtype=torch.float64)
    angle = 2 * math.pi / len(angle) * angle
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], -1).view(-1, 2, 2)
    return turn @ c


def width(c: Tensor, std: float) -> float:
    """Std of all data where classes are many: c is as far as a class is in the mean square."""
    return math.sqrt(std**2 + float(c.square().sum()) / 2)


def sharpened(run: Guidance, u: Tensor) -> Tensor:
    """Density along c of the law p(x | c) p(c | x)^(w − 1), normalised over the plane, (len(u),).

    p(x | c)^w p(x)^(1 − w) is the same up to a factor.
    """
    along, across = run.axes
    v = torch.linspace(-4, 4, 41, dtype=torch.float64) if run.classes == "three" else u.new_zeros(1)
    x = u[:, None, None] * along + v[:, None] * across
    one = -(x - run.c).square().sum(-1) / run.std**2 / 2
    if run.classes == "many":
        everything = -x.square().sum(-1) / run.all_std**2 / 2
    else:
        far = (x[..., None, :] - run.centres).square().sum(-1)
        everything = (-far / run.std**2 / 2).logsumexp(-1)
    log = run.w * one + (1 - run.w) * everything
    density = (log - log.max()).exp().sum(1)
    return density / (density.sum() * (u[1] - u[0]))
