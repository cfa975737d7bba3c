r"""Turn the valley: five methods on ½xᵀHx, and how many steps each needs as the valley turns.

The start is (1, 1) in the eigen-coordinates of H, so it turns with the valley: whatever depends on
the angle is a property of the method. f is down when it has fallen by 10⁶. Here μ = 1 and L = κ.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_most, choose, equal, require
from core.experiments.landscapes.ball import FALL, iterates
from core.landscapes.surfaces import quadratic
from core.optimizers import iterations_to, optimal, steps_to, trajectories

LINEAR = ("gd", "momentum", "nesterov")
VARIANTS = ("adam", "adam_printed", "adam_uncorrected")
LIMIT = 7000  # steps after which a count of an adaptive method is given up
ANGLES = 37  # of the curve over 0° to 90°
RMSPROP_BETA = 0.99
EPS = 1e-8


class Curve(NamedTuple):
    """Steps until f is down by 10⁶ against the angle; −1 where more than `LIMIT`.

    Attributes:
        angle: degrees, shape (n,).
        adam, rmsprop: counts, shape (n,).
        tenfold: Adam's count at 0° on a valley with ten times the condition number.
    """

    angle: Tensor
    adam: Tensor
    rmsprop: Tensor
    tenfold: int


class Race(NamedTuple):
    """Five runs from the same start.

    Attributes:
        methods: "gd", "momentum", "nesterov", "rmsprop" and the variant of Adam.
        lr: step size of each.
        x: iterates, shape (5, steps + 1, 2).
        f: values, shape (5, steps + 1).
        diverged_at: per method, −1 where it did not.
        counts: steps of gd, momentum, nesterov until f is down by 10⁶, at this angle.
        level: the same counts at 0°.
        curve: counts of the two adaptive methods over all angles.
        adam, rmsprop: their counts at this angle, read off the curve (linear between its points).
        gradient: ∇f at the start, shape (2,).
        first: first move of Adam, shape (2,).
        bound: Nesterov's bound on f(xₖ) − f*, shape (steps + 1,).
    """

    methods: tuple[str, ...]
    lr: tuple[float, ...]
    x: Tensor
    f: Tensor
    diverged_at: Tensor
    counts: tuple[int, int, int]
    level: tuple[int, int, int]
    curve: Curve
    adam: int
    rmsprop: int
    gradient: Tensor
    first: Tensor
    bound: Tensor


def valley(
    *,
    kappa: float = 100.0,
    angle: float = 45.0,
    lr: float = 0.03,
    beta1: float = 0.9,
    beta2: float = 0.999,
    variant: str = "adam",
    steps: int = 120,
) -> Race:
    r"""Race five methods down a valley turned by `angle`.

    Gradient descent takes the step 2/(L + μ), heavy ball and Nesterov their tuned step and β;
    RMSProp shares α with Adam, keeps β = 0.99 and corrects nothing.

    Args:
        kappa: condition number, in [1, 1e5].
        angle: degrees between the flat axis and x₁, in [0, 90].
        lr: Adam's and RMSProp's α, in (0, 10].
        beta1, beta2: Adam's, in [0, 1).
        variant: "adam", "adam_printed" (the sheet's update, without m̂) or "adam_uncorrected".
        steps: in [1, 2000]; what is drawn, not what is counted.

    Raises:
        ValueError: naming the parameter that is out of range.

    Sources: PROB-15, OPT-13, OPT-14, OPT-16, OPT-17; Kingma and Ba (2015).
    """
    require("kappa", kappa, 1.0, 1e5)
    require("angle", angle, 0.0, 90.0)
    require("lr", lr, 0.0, 10.0, above=True)
    require("beta1", beta1, 0.0, 1.0, below=True)
    require("beta2", beta2, 0.0, 1.0, below=True)
    choose("variant", variant, VARIANTS)
    require("steps", steps, 1, 2000, integer=True)

    bowl = quadratic(kappa, angle)
    start = bowl.axes.sum(-1)  # (1, 1) in eigen-coordinates
    tuned = {method: optimal(method, 1.0, kappa) for method in LINEAR}
    methods = (*LINEAR, "rmsprop", variant)
    lrs = {method: best for method, (best, _) in tuned.items()} | {"rmsprop": lr, variant: lr}
    betas = {method: best for method, (_, best) in tuned.items()} | {"rmsprop": RMSPROP_BETA}
    run = trajectories(
        bowl,
        methods,
        start,
        lrs,
        steps,
        beta=betas,
        betas=(beta1, beta2),
        eps=EPS,
    )
    adam = counts_around(variant, kappa, lr, beta1, beta2)
    rmsprop = counts_around("rmsprop", kappa, lr, 0.0, RMSPROP_BETA)
    curve = Curve(_angles(), adam[:-1], rmsprop[:-1], int(adam[-1]))
    k = torch.arange(steps + 1, dtype=torch.float64)
    return Race(
        methods=methods,
        lr=tuple(lrs[method] for method in methods),
        x=run.x,
        f=run.f,
        diverged_at=run.diverged_at,
        counts=linear_counts(kappa, angle),
        level=linear_counts(kappa, 0.0),
        curve=curve,
        adam=read(curve.angle, curve.adam, angle),
        rmsprop=read(curve.angle, curve.rmsprop, angle),
        gradient=bowl.grad(start),
        first=run.x[4, 1] - run.x[4, 0],
        bound=(1 - kappa**-0.5) ** k * (run.f[2, 0] + 0.5 * start.square().sum()),
    )


@lru_cache(maxsize=256)
def linear_counts(kappa: float, angle: float) -> tuple[int, int, int]:
    """Steps of tuned gradient descent, heavy ball, Nesterov until f is down by 10⁶.

    By powers of the iteration matrix in the turned coordinates, so that "the angle does not
    matter" is measured and not assumed.
    """
    bowl = quadratic(kappa, angle)
    H = bowl.hessian(torch.zeros(2, dtype=torch.float64))
    counts = []
    for method, horizon in zip(LINEAR, (10 * kappa, 40 * kappa**0.5, 40 * kappa**0.5)):
        lr, beta = optimal(method, 1.0, kappa)
        memory = torch.tensor([beta], dtype=torch.float64)
        x = iterates(method, lr, memory, H, bowl.axes.sum(-1), int(horizon) + 100)[0]
        counts.append(int(steps_to(bowl.f(x), FALL)))
    return tuple(counts)


@lru_cache(maxsize=64)
def counts_around(method: str, kappa: float, lr: float, b1: float, b2: float) -> Tensor:
    """Steps of an adaptive method at 0°, 2.5°, …, 90° and, last, at 0° with ten times κ.

    A fraction of a second, then remembered: turning the valley costs nothing here. RMSProp takes
    b2 as its β. Shape (ANGLES + 1,); −1 where more than `LIMIT`.
    """
    angle = torch.cat([_angles(), torch.zeros(1, dtype=torch.float64)])
    kappas = torch.full_like(angle, kappa)
    kappas[-1] = 10 * kappa
    bowls = quadratic(kappas, angle)
    start = bowls.axes.sum(-1)
    return iterations_to(bowls, method, start, lr, FALL, LIMIT, beta=b2, betas=(b1, b2), eps=EPS)


def _angles() -> Tensor:
    return torch.linspace(0, 90, ANGLES, dtype=torch.float64)


def read(angle: Tensor, counts: Tensor, at: float) -> int:
    """A count on a curve, between its points by a straight line; −1 if either end is unknown."""
    place = at / float(angle[1] - angle[0])
    left = min(int(place), len(counts) - 2)
    share = place - left
    ends = [(int(counts[left + i]), weight) for i, weight in ((0, 1 - share), (1, share)) if weight]
    if any(count < 0 for count, _ in ends):
        return -1
    return round(sum(count * weight for count, weight in ends))


def checks(
    result: Race,
    *,
    kappa: float,
    angle: float,
    lr: float,
    beta1: float,
    beta2: float,
    variant: str,
    **_: object,
) -> list[Check]:
    """PROB-15, OPT-13, OPT-14, OPT-17 on this race."""
    turned = [
        equal(
            "PROB-15",
            f"{name}: steps until f is down by 10⁶ at {angle:g}° = at 0° (± 1)",
            here,
            there,
            tol=1 / max(here, there, 1),
            applies=min(here, there) >= 0,
        )
        for name, here, there in zip(
            ("gradient descent", "heavy ball"), result.counts, result.level
        )
    ]
    level, tenfold = int(result.curve.adam[0]), result.curve.tenfold
    if variant == "adam_printed":
        silent = "the printed update is not Adam, it lacks m̂"
    else:
        silent = "" if min(level, tenfold) >= 0 else f"more than {LIMIT} steps"

    rho = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    refined, plain = double_root_rate(result.f[1], kappa)
    long = kappa >= 1.01

    seen = result.bound > 1e-24 * result.bound[0]  # below that a double shows rounding alone
    shares = result.f[2][seen] / result.bound[seen]

    first = {
        "adam": "",
        "adam_printed": "without m̂ the first step is −α/(|g| + ε), it has no direction",
        "adam_uncorrected": "without correction it is α(1 − β₁)/√(1 − β₂) "
        f"= {(1 - beta1) / math.sqrt(1 - beta2):.3g} α",
    }[variant]
    if not first and not bool((result.gradient.abs() > 1e3 * EPS).all()):
        first = "a coordinate of the gradient is not far above ε"
    return [
        *turned,
        equal(
            "PROB-15",
            f"Adam at 0°: steps at κ = {kappa:.4g} = at κ = {10 * kappa:.4g} (± 1)",
            level,
            tenfold,
            tol=1 / max(level, tenfold, 1),
            applies=not silent,
            why=silent,
        ),
        equal(
            "OPT-13",
            "tuned heavy ball: √f falls per step by (√κ − 1)/(√κ + 1), once the growth that the "
            "double eigenvalue brings is divided out",
            refined,
            rho,
            tol=1e-6,
            applies=long,
            why=f"with it left in, the last half of the run shows {plain:.4f}"
            if long
            else "κ is too close to 1: the ball arrives at once",
        ),
        at_most(
            "OPT-14",
            "Nesterov: largest (f(xₖ) − f*) / ((1 − 1/√κ)ᵏ (f(x₀) − f* + ½μ‖x₀ − x*‖²)) ≤ 1",
            float(shares.max()),
            1.0,
        ),
        equal(
            "OPT-17",
            "Adam's first step = −α sign(g): largest |Δθ/α + sign(g)| = 0",
            float((result.first / lr + result.gradient.sign()).abs().max()),
            0.0,
            tol=2e-3,
            applies=not first,
            why=first,
        ),
    ]


def double_root_rate(f: Tensor, kappa: float) -> tuple[float, float]:
    """Rate of √f over the last half of a tuned heavy-ball run from (1, 1): refined and plain.

    There both directions have a double momentum eigenvalue ±ρ, so that from rest
    f(xₖ) = ½ρ²ᵏ((1 + k(1 − ρ))² + κ(1 + k(1 + ρ))²); the refined rate divides f by the bracket.
    """
    rho = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    tiny = (f < 1e-250).nonzero()
    last = int(tiny[0]) - 1 if len(tiny) else len(f) - 1
    if last < 1:
        return 0.0, 0.0
    k = torch.tensor([last // 2, last], dtype=torch.float64)
    ends = f[k.long()].log()
    bracket = (1 + k * (1 - rho)).square() + kappa * (1 + k * (1 + rho)).square()
    span = 2 * float(k[1] - k[0])
    refined, plain = (float((e[1] - e[0]) / span) for e in (ends - bracket.log(), ends))
    return math.exp(refined), math.exp(plain)


def in_words(count: int, about: bool = False) -> str:
    """A number of steps as a person says it."""
    return f"more than {LIMIT}" if count < 0 else f"about {count}" if about else str(count)


def says(result: Race, *, angle: float, variant: str, **_: object) -> str:
    """Who needs how many steps at this angle and at 0°."""
    name = {
        "adam": "Adam",
        "adam_printed": "Adam as printed",
        "adam_uncorrected": "Adam without bias correction",
    }[variant]
    between = not bool((result.curve.angle == angle).any())
    gd, ball, nesterov = result.counts
    gone = [m for m, k in zip(result.methods, result.diverged_at.tolist()) if k >= 0]
    return (
        f"Steps until f is down by 10⁶ at {angle:g}°: {name} {in_words(result.adam, between)} "
        f"(at 0° {in_words(int(result.curve.adam[0]))}), RMSProp "
        f"{in_words(result.rmsprop, between)}; at every angle gradient descent {gd}, heavy ball "
        f"{ball}, Nesterov {nesterov}." + (f" Diverged: {', '.join(gone)}." if gone else "")
    )


def magnitude(result: Race) -> str:
    """Adam's count at this angle as one of the orders of magnitude a student is offered."""
    if result.adam < 0 or result.adam > 2000:
        return "more than 2000"
    return "46 again" if result.adam < 70 else "about 100" if result.adam < 300 else "about 1000"


def first_home(result: Race) -> str:
    """The method that needs the fewest steps at this angle."""
    counts = dict(zip((*LINEAR, "rmsprop", "adam"), (*result.counts, result.rmsprop, result.adam)))
    arrived = {method: count for method, count in counts.items() if count >= 0}
    return min(arrived, key=arrived.get)
