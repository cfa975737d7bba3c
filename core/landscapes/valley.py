r"""Turn the valley: five methods on ½xᵀHx, and how many steps each needs as the valley turns.

The start is (1, 1) in the eigen-coordinates of H, so it turns with the valley: whatever depends on
the angle is a property of the method. f counts as down when it has fallen by 10⁶. Here μ = 1, L = κ.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_most, choose, equal, require
from core.landscapes.ball import first_below, iterates
from core.landscapes.surfaces import quadratic
from core.optimizers import internals, iterations_to, optimal, trajectories

VARIANTS = ("adam", "adam_printed", "adam_uncorrected")
LIMIT = 7000  # steps after which a count of an adaptive method is given up
ANGLES = 37  # of the curve over 0° to 90°
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
    steps: int = 150,
) -> Race:
    r"""Race five methods down a valley turned by `angle`.

    Gradient descent takes the step 2/(L + μ), heavy ball and Nesterov their tuned step and β;
    RMSProp shares α and β₂ with Adam and corrects nothing.

    Args:
        kappa: condition number, in [1, 1e5].
        angle: degrees between the flat axis and x₁, in [0, 90].
        lr: Adam's and RMSProp's α, in (0, 10].
        beta1, beta2: Adam's, in [0, 1); RMSProp's β is beta2.
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
    tuned = {method: optimal(method, 1.0, kappa) for method in ("gd", "momentum", "nesterov")}
    methods = (*tuned, "rmsprop", variant)
    lrs = {method: best.lr for method, best in tuned.items()} | {"rmsprop": lr, variant: lr}
    run = trajectories(
        bowl,
        methods,
        start,
        lrs,
        steps,
        beta={m: best.beta for m, best in tuned.items()} | {"rmsprop": beta2},
        betas=(beta1, beta2),
        eps=EPS,
    )
    curve = count_curve(kappa, lr, beta1, beta2, variant)
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
    horizons = {"gd": 10 * kappa, "momentum": 40 * math.sqrt(kappa), "nesterov": 40 * kappa**0.5}
    counts = []
    for method, horizon in horizons.items():
        tuned = optimal(method, 1.0, kappa)
        beta = torch.tensor([tuned.beta], dtype=torch.float64)
        x = iterates(method, tuned.lr, beta, H, bowl.axes.sum(-1), int(horizon) + 100)[0]
        counts.append(int(first_below(bowl.f(x))))
    return tuple(counts)


@lru_cache(maxsize=64)
def count_curve(kappa: float, lr: float, beta1: float, beta2: float, variant: str) -> Curve:
    """Steps of the two adaptive methods at 0° to 90°; a second or less, then remembered."""
    angle = torch.linspace(0, 90, ANGLES, dtype=torch.float64)
    # the last bowl is the same valley, not turned and ten times as steep
    kappas = torch.cat([torch.full_like(angle, kappa), torch.tensor([10 * kappa])])
    bowls = quadratic(kappas, torch.cat([angle, angle[:1]]))
    adam, rmsprop = (
        iterations_to(bowls, (method,), bowls.axes.sum(-1), lr, LIMIT, **hyper)[0]
        for method, hyper in (
            (variant, {"betas": (beta1, beta2), "eps": EPS}),
            ("rmsprop", {"beta": beta2, "eps": EPS}),
        )
    )
    return Curve(angle, adam[:-1], rmsprop[:-1], int(adam[-1]))


def read(angle: Tensor, counts: Tensor, at: float) -> int:
    """A count between two points of a curve by a straight line; −1 if either end is unknown."""
    place = at / float(angle[1] - angle[0])
    left = min(int(place), len(counts) - 2)
    a, b = int(counts[left]), int(counts[left + 1])
    share = place - left
    if (a < 0 and share < 1) or (b < 0 and share > 0):
        return -1
    return round(a + share * (b - a))


def checks(
    result: Race, *, kappa: float, angle: float, lr: float, beta1: float, beta2: float,
    variant: str, steps: int,
) -> list[Check]:
    """PROB-15, OPT-13, OPT-14, OPT-17 on this race."""
    names = ("gradient descent", "heavy ball")
    turned = [
        equal(
            "PROB-15",
            f"{name}: steps until f is down by 10⁶ at {angle:g}° = at 0° (± 1)",
            here,
            there,
            tol=1 / max(here, there, 1),
            applies=min(here, there) >= 0,
        )
        for name, here, there in zip(names, result.counts, result.level)
    ]
    level = int(result.curve.adam[0])
    known = min(level, result.curve.tenfold) >= 0
    real = variant != "adam_printed"
    silent = "" if known else f"more than {LIMIT} steps"
    rho, rate = double_root_rate(result.f[1], kappa)
    shares = result.f[2] / result.bound
    tuned = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    large = bool((result.gradient.abs() > 1e3 * EPS).all())
    return [
        *turned,
        equal(
            "PROB-15",
            f"Adam at 0°: steps at κ = {kappa:g} = at κ = {10 * kappa:g} (± 1)",
            level,
            result.curve.tenfold,
            tol=1 / max(level, result.curve.tenfold, 1),
            applies=real and known,
            why=silent if real else "the printed update is not Adam: it has no m̂",
        ),
        equal(
            "OPT-13",
            "tuned heavy ball: √f falls per step by (√κ − 1)/(√κ + 1), once the factor that the "
            "double eigenvalue brings is divided out",
            rho,
            tuned,
            tol=1e-6,
            applies=kappa > 1,
            why=f"with that factor left in, the last half of the run shows {rate:.4f}"
            if kappa > 1
            else "κ = 1: one step and there",
        ),
        at_most(
            "OPT-14",
            "Nesterov: largest (f(xₖ) − f*) / ((1 − 1/√κ)ᵏ (f(x₀) − f* + ½μ‖x₀ − x*‖²)) ≤ 1",
            float(shares.nan_to_num(0.0).max()),
            1.0,
            applies=kappa > 1,
            why="" if kappa > 1 else "κ = 1: the bound is 0 from step 1 on, and so is f",
        ),
        equal(
            "OPT-17",
            "Adam's first step = −α sign(g): largest |Δθ/α + sign(g)| = 0",
            float((result.first / lr + result.gradient.sign()).abs().max()),
            0.0,
            tol=2e-3,
            applies=variant == "adam" and large,
            why={
                "adam": "" if large else "a coordinate of the gradient is not far above ε",
                "adam_printed": "without m̂ the first step is −α/(|g| + ε): it has no direction",
                "adam_uncorrected": "uncorrected it is α(1 − β₁)/√(1 − β₂) "
                f"= {(1 - beta1) / math.sqrt(1 - beta2):.3g} α",
            }[variant],
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


def says(result: Race, *, kappa: float, angle: float, variant: str, **_: object) -> str:
    """Who needs how many steps at this angle and at 0°."""
    on_curve = bool((result.curve.angle == angle).any())
    words = {"adam": "Adam", "adam_printed": "Adam as printed",
             "adam_uncorrected": "Adam without bias correction"}
    adam, rms = (
        f"more than {LIMIT}" if n < 0 else f"{'' if on_curve else 'about '}{n}"
        for n in (result.adam, result.rmsprop)
    )
    level = int(result.curve.adam[0])
    at_zero = f"more than {LIMIT}" if level < 0 else str(level)
    gd, ball, nag = result.counts
    gone = [m for m, k in zip(result.methods, result.diverged_at.tolist()) if k >= 0]
    return (
        f"Steps until f is down by 10⁶ at {angle:g}°: {words[variant]} {adam} (at 0° {at_zero}), "
        f"RMSProp {rms}; gradient descent {gd}, heavy ball {ball}, Nesterov {nag} at every angle."
        + (f" Diverged: {', '.join(gone)}." if gone else "")
    )
