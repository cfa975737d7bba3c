"""A handwritten digit, changed so little that it looks the same, and two readers of it."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from core import table
from core.adversarial import (
    cross_entropy,
    deepfool,
    eps_sweep,
    gradient,
    norm_of,
    quantised,
    random_in_ball,
)
from core.adversarial.digits import BOUNDS, load, unseen
from core.check import require
from core.keep import Keep
from core.pictures import picture
from core.rng import generator
from core.signature import Own, between, declared

READERS = ("standard", "other", "one_step", "distilled")
ATTACKS = ("pgd", "fgsm", "deepfool")
TARGETS = ("none", *(str(digit) for digit in range(10)))
BALLS = {"pixel": (math.inf, 1.0), "whole": (2.0, 8.0)}  # norm, and radius in units of ε
GREY, HELD_OUT = 16, 360
MOST, STEPS, DRAWS = 0.4, 5, 24  # ε, steps of PGD, draws of noise
SIZES = torch.arange(33, dtype=torch.float64) / 80  # of the curves, up to MOST
SIX = (
    "0 0 0 10 16 0 0 0,0 0 16 16 10 0 0 0,0 10 16 10 0 0 0 0,0 16 16 0 0 0 0 0,"
    "0 16 16 10 16 16 10 0,0 16 16 10 0 10 16 10,0 10 16 16 10 16 16 5,0 0 5 16 16 16 10 0"
)
_films = Keep(4_000_000)


@dataclass(frozen=True)
class Attacked:
    """One digit under one attack, made on two readers: the chosen one and the robust one."""

    x: Tensor  # the picture, (64,) in [0, 1]
    y: int  # what it shows; for a drawing, what the chosen reader takes it for
    target: int  # what it is to be read as, −1 for anything else than y
    reader: str
    attack: str
    ball: str
    eps: float
    film: Tensor  # attacked pictures at each of `SIZES`, (2 readers, 33, 64)
    now: Tensor  # and at ε, (2, 64)

    nets = property(lambda self: (load(self.reader), load("robust")))
    goal = property(lambda self: self.y if self.target < 0 else self.target)
    delta = property(lambda self: self.now - self.x)  # (2, 64)
    # probabilities of the ten classes: before, at ε, and at every size, (2, …, 10)
    before = cached_property(lambda self: torch.stack([n.probabilities(self.x) for n in self.nets]))
    after = cached_property(lambda self: self.asked(self.now))
    curves = cached_property(lambda self: self.asked(self.film))
    # what each reader sees in x′, (2,)
    seen = property(lambda self: self.after.argmax(-1))

    def asked(self, pictures: Tensor) -> Tensor:
        """Probabilities that the two readers give their own pictures, (2, …, 10)."""
        return torch.stack([net.probabilities(x) for net, x in zip(self.nets, pictures)])

    def won(self, p: Tensor) -> Tensor:
        """Whether the attack has what it wants where the probabilities are p, (..., 10)."""
        best = p.argmax(-1)
        return best != self.y if self.target < 0 else best == self.target

    @cached_property
    def first(self) -> tuple[float, float]:
        """The smallest of `SIZES` at which it has, for each reader; ∞ if at none."""
        return tuple(torch.where(self.won(self.curves), SIZES, math.inf).amin(1).tolist())

    @cached_property
    def noisy(self) -> Tensor:
        """x with random changes of size ε, (24, 64)."""
        norm, unit = BALLS[self.ball]
        return (self.x + unit * self.eps * directions(norm)).clamp(*BOUNDS)

    # what the chosen reader says of them, (24, 10)
    heard = cached_property(lambda self: self.nets[0].probabilities(self.noisy))
    # how many of them it reads as another class than y
    flips = property(lambda self: int((self.heard.argmax(-1) != self.y).sum()))
    # what it says of x′ when each change is cut to whole grey levels, (10,)
    coarse = cached_property(
        lambda self: self.nets[0].probabilities(quantised(self.x, self.now[0], GREY))
    )
    # probability of the goal under random changes of each of `SIZES`, the mean of 24, (33,)
    noise = property(
        lambda self: noise(self.x.numpy().tobytes(), self.ball, self.reader)[:, self.goal]
    )

    @cached_property
    def slopes(self) -> Tensor:
        """∇ₓ of the cross-entropy of y at x, for both readers, (2, 64)."""
        y = torch.tensor([self.y])
        return torch.cat([gradient(net, self.x[None], y)[1] for net in self.nets])

    def way(self) -> Tensor:
        """The loss on the way x + tδ, with its scores and with itself to first order, (3, 41)."""
        net, delta, t = self.nets[0], self.delta[0], torch.linspace(0, 1, 41).double()[:, None]
        y, slopes = torch.full((41,), self.y), net.jacobian(self.x)
        true = cross_entropy(net(self.x + t * delta), y)
        scores = cross_entropy(net(self.x) + t * (slopes @ delta), y)
        return torch.stack([true, scores, true[0] + t[:, 0] * (self.slopes[0] @ delta)])


@declared
def digits(
    source: Annotated[Literal["digit", "drawing"], Own("picture")] = "digit",
    digit: Annotated[int, between(0, HELD_OUT - 1)] = 167,
    pixels: str = SIX,
    eps: Annotated[float, between(0, MOST)] = 0.125,
    attack: Literal[ATTACKS] = "pgd",
    ball: Literal[tuple(BALLS)] = "pixel",
    target: Literal[TARGETS] = "none",
    reader: Literal[READERS] = "standard",
) -> Attacked:
    """Change a digit within a ball until two readers, each attacked on its own, read another.

    Args:
        source, digit: one of the 360 digits that no reader has learned from, of this number; a
            drawing; or a student's picture of a digit, made to 8 × 8.
        pixels: the drawing, 8 × 8 grey levels 0 to 16, see `core.table`.
        eps: ε, in units of the way from white to black.
        attack: "pgd" (5 steps of ε/2), "fgsm" (one of ε), or along the line to the nearest
            boundary that DeepFool finds, which knows no target.
        ball: "pixel" for ‖δ‖∞ ≤ ε, "whole" for ‖δ‖₂ ≤ 8ε, where ε bounds the root mean square.
        target: what it is to be read as; "none", or what it shows, for anything else.
        reader: of `core.adversarial.digits`, beside the robust one.
    """
    x = _given(source, digit, pixels)
    y = int(unseen().y[digit]) if source == "digit" else int(load(reader)(x).argmax())
    wanted = -1 if target == "none" or attack == "deepfool" or int(target) == y else int(target)
    asked = (x.numpy().tobytes(), y, wanted, attack, ball)
    both = zip(*(_seen(eps, name, *asked) for name in (reader, "robust")))
    return Attacked(x, y, wanted, reader, attack, ball, eps, *map(torch.stack, both))


# --- attacks -------------------------------------------------------------------------------------


def _seen(eps: float, *asked) -> tuple[Tensor, Tensor]:
    """The pictures at `SIZES`, attacked once and kept, (33, 64), and at ε, (64,)."""
    film, size = _films.get(asked), torch.tensor([eps], dtype=torch.float64)
    if film is not None:
        return film, _attacked(size, *asked)[0]
    i = int(torch.searchsorted(SIZES, size))
    made = _attacked(torch.cat([SIZES[:i], size, SIZES[i:]]), *asked)
    return _films.put(asked, torch.cat([made[:i], made[i + 1 :]])), made[i]


def _attacked(sizes: Tensor, name: str, x: bytes, y: int, target: int, attack: str, ball: str):
    """The attacked pictures at these rising ε, (m, 64)."""
    norm, radii = BALLS[ball][0], BALLS[ball][1] * sizes
    if attack == "deepfool":
        return (_pixels(x) + radii[:, None] * line(name, x, y, norm)).clamp(*BOUNDS)
    goal = torch.tensor([y if target < 0 else target])
    how = {"norm": norm, "attack": attack, "steps": STEPS, "bounds": BOUNDS}
    found = eps_sweep(load(name), _pixels(x)[None], goal, radii, targeted=target >= 0, **how)
    return found.x[:, 0]


@lru_cache(maxsize=128)
def line(name: str, x: bytes, y: int, norm: float) -> Tensor:
    """The direction, of size 1, to the boundary that DeepFool finds; 0 where it finds none."""
    net, start = load(name), _pixels(x)[None]
    way = deepfool(net, start, torch.tensor([y]), norm=norm, bounds=BOUNDS) - start
    return (way / norm_of(way, norm).clamp_min(1e-300)[:, None])[0]


@lru_cache(maxsize=128)
def noise(x: bytes, ball: str, name: str) -> Tensor:
    """Mean probabilities over the same draws at each of `SIZES`, (33, 10)."""
    norm, unit = BALLS[ball]
    moved = _pixels(x) + unit * SIZES[:, None, None] * directions(norm)
    return load(name).probabilities(moved.clamp(*BOUNDS)).mean(1)


def _pixels(raw: bytes) -> Tensor:
    return torch.frombuffer(bytearray(raw), dtype=torch.float64)


@lru_cache(maxsize=2)
def directions(norm: float) -> Tensor:
    """Random changes of size 1, (24, 64)."""
    like = torch.zeros(DRAWS, 64, dtype=torch.float64)
    return random_in_ball(like, 1.0, norm, generator=generator(0), rim=True)


# --- pictures ------------------------------------------------------------------------------------


def _given(source: str, digit: int, pixels: str) -> Tensor:
    if source == "digit":
        return unseen().X[digit]
    if source.startswith("own-"):
        return own(source)
    drawn = table.read(pixels, "pixels", shapes=((8, 8),))
    for level in drawn.aminmax():
        require("pixels", level.item(), 0, GREY)
    return drawn.flatten() / GREY


@lru_cache(maxsize=16)
def own(name: str) -> Tensor:
    """A student's picture of a digit, dark on light or not, cut to its ink, in 16 grey levels."""
    ink = picture(name).double().mean(0)
    edge = torch.cat([ink[0], ink[-1], ink[:, 0], ink[:, -1]]).median()
    ink = ((ink - edge).abs() / (ink - edge).abs().max().clamp_min(0.1)).clamp_min(0.15) - 0.15
    rows, columns = (torch.nonzero(ink.amax(axis) > 0.3).flatten() for axis in (1, 0))
    if not len(rows):
        return torch.zeros(64, dtype=torch.float64)
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    gap = ink.shape[0] - ink.shape[1]
    half, rest = abs(gap) // 2, abs(gap) - abs(gap) // 2
    square = F.pad(ink, (half, rest) if gap > 0 else (0, 0, half, rest))
    small = F.adaptive_avg_pool2d(square[None, None], 8).flatten()
    return (GREY * small / small.max()).round() / GREY
