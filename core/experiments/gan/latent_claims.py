"""What holds for any generator, and what was seen of this one."""

from functools import lru_cache

import torch
from torch import Tensor
from torch.func import functional_call

from core import nets
from core.check import Check, at_most, equal, same
from core.cnn.training import load as reader
from core.cnn.training import logits
from core.experiments.gan.latent import DRAWN, WALK, Latent
from core.gan.digits import WIDTH, Forger, learned, load, nearest, usual
from core.rng import generator
from core.shapley.digits import GREY, held_out, labels


def checks(
    run: Latent, *, z1: float, z2: float, w1: float, w2: float, kind: str, seed: int
) -> list[Check]:
    """Two on the walk, one on each part of the record, one on how fast a picture can change."""
    forger = load(kind)
    straight = [[z1 + t / WALK * (w1 - z1), z2 + t / WALK * (w2 - z2)] for t in range(WALK + 1)]
    told = logits(reader(), run.pictures.view(-1, 8, 8))
    best = told.max(1).values - told[torch.arange(WALK + 1), run.digit]
    far = _gaps(run.pictures)
    there = far[torch.arange(WALK + 1), run.near]
    counted, middle = _recounted(kind, seed)
    steps = run.pictures.diff(dim=0).norm(dim=1) / run.path.diff(dim=0).norm(dim=1).clamp_min(1e-12)
    moves = (bool((run.path[0] - run.path[-1]).norm() > 1e-6), "z and w are the same place")
    steep = "‖G(z) − G(z′)‖ ≤ L ‖z − z′‖ with L from the weights: no picture jumps, so a digit "
    steep += "that turns into another passes through all between"
    closest = "no digit learned from is nearer to a fake than the one shown"
    names = "the digit read in each fake has the largest of the ten logits"
    return [
        same("GAN-01", "G(z) by torch's modules: largest distance", run.pictures,
             by_modules(forger, run.path)),
        same("GAN-07", "1000 fakes read once more, digit by digit", run.counts, counted, tol=1e-9),
        same("", closest, torch.stack([run.away, there]), far.min(1).values,
             tol=1e-6),
        at_most("", steep, steps.max(), _steepest(kind), needs=(moves,)),
        same("", "the walk is straight and even from z to w", run.path, straight),
        equal("", names, best.max(), 0.0),
        equal("", "median distance of the 1000 to the nearest digit learned from", run.typical,
              middle),
    ]  # fmt: skip


@lru_cache(maxsize=64)
def _recounted(kind: str, seed: int) -> tuple[list[int], float]:
    """Digits among 1000 fakes by the modules, and their median distance by the law of cosines."""
    z = torch.randn(DRAWN, 2, generator=generator(seed), dtype=torch.float64)
    fakes = by_modules(load(kind), z)
    shown = logits(reader(), fakes.view(-1, 8, 8)).argmax(1)
    gaps = sorted(_gaps(fakes).min(1).values.tolist())
    return [int((shown == digit).sum()) for digit in range(10)], gaps[(DRAWN - 1) // 2]


def _gaps(pictures: Tensor) -> Tensor:
    """Distances to all digits learned from by the law of cosines, (n, 64) -> (n, 1437)."""
    a, b = pictures / GREY, learned() / GREY
    squares = a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.T
    return squares.clamp_min(0).sqrt()


@lru_cache(maxsize=4)
def _steepest(kind: str) -> float:
    return load(kind).steepest


@lru_cache(maxsize=1)
def _net() -> torch.nn.Module:
    shape = (2, WIDTH, WIDTH, 64)
    return nets.mlp(shape, activation="silu", generator=generator(0), dtype=torch.float64)


def by_modules(forger: Forger, z: Tensor) -> Tensor:
    """The same pictures by the modules that were trained."""
    weights = dict(zip(dict(_net().named_parameters()), forger))
    return GREY * torch.sigmoid(functional_call(_net(), weights, (z,)))


@lru_cache(maxsize=1)
def real_labels() -> tuple[int, ...]:
    """What the digits learned from show."""
    return tuple(label for label, held in zip(labels(), held_out().tolist()) if not held)


def says(run: Latent, *, t: int) -> str:
    """What is read here, how near the nearest real digit is, and which digits are rare."""
    away, digit, real = float(run.away[t]), int(run.digit[t]), real_labels()[int(run.near[t])]
    met = list(dict.fromkeys(run.digit.tolist()))
    walk = "The walk stays with one digit." if len(met) == 1 else (
        f"The walk passes {', '.join(map(str, run_lengths(run.digit.tolist())))}.")  # fmt: skip
    low, high = int(run.counts.argmin()), int(run.counts.argmax())
    return (
        f"This fake reads as {digit}. The nearest of 1437 real digits, {a(real)}, is {away:.2f} "
        f"away; {usual():.2f} is usual for real digits kept away. {walk} Of {DRAWN} fakes "
        f"{int(run.counts[low])} read as {low} and {int(run.counts[high])} as {high}."
    )


def a(digit: int) -> str:
    """A 3, an 8."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


def run_lengths(digits: list[int]) -> list[int]:
    """The digits of a walk in order, each once for as long as it lasts."""
    return [d for i, d in enumerate(digits) if i == 0 or d != digits[i - 1]]


def _copy(run: Latent) -> tuple[float, dict[str, float]]:
    return run.typical / usual(), {"fake": run.typical, "real": usual()}


def _between(run: Latent) -> tuple[str, dict[str, object]]:
    """What stands between the ends: both at once, or something else."""
    half = WALK // 2
    mixed = (run.pictures[0] + run.pictures[-1]) / 2
    distance = float(nearest(mixed[None])[1])
    middle = float(run.away[half])
    ends = {int(run.digit[0]), int(run.digit[-1])}
    seen = run_lengths(run.digit.tolist())
    key = "mixed" if middle > 0.9 * distance else "one" if set(seen) <= ends else "other"
    facts = {"middle": middle, "mixed": distance, "walk": ", ".join(map(str, seen))}
    return key, facts


def _rarest(run: Latent) -> tuple[float, dict[str, int]]:
    return float(run.counts.min().clamp_min(1)), {
        "least": int(run.counts.min()),
        "digit": int(run.counts.argmin()),
        "most": int(run.counts.max()),
    }


answers = {"copy": _copy, "between": _between, "rarest": _rarest}
