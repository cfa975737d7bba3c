r"""Inside one step: gradient, m, v, correction and move of momentum, Nesterov, RMSProp and Adam.

Notation of OPT-13 to OPT-17: g the gradient, m and v the running moments (here m also holds the
velocity of momentum and Nesterov), m̂ and v̂ the same divided by 1 − βᵗ; lr is η or α.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_most, choose, equal, require
from core.landscapes.surfaces import quadratic
from core.optimizers import NAMES, internals, trajectories

METHODS = ("momentum", "nesterov", "rmsprop", "adam", "adam_printed")
BALLS = METHODS[:2]  # no second moment
IDS = dict(zip(METHODS, ("OPT-13", "OPT-14", "OPT-16", "OPT-17", "OPT-17")))
EPS = 1e-8


class Glass(NamedTuple):
    """A run with the lid off: row k of every (n, 2) tensor belongs to the step that leaves xₖ.

    n = steps + 1; fewer when the run diverges.

    Attributes:
        x: iterates.
        f: values, shape (n,).
        diverged_at: −1 if it did not.
        at: where the gradient is taken, xₖ itself or Nesterov's look-ahead point.
        g: gradient there.
        m: velocity (momentum, Nesterov) or first moment (Adam); g for RMSProp, which has none.
        v: second moment, 0 for momentum and Nesterov.
        m_hat, v_hat: bias-corrected, the same as m and v where the method corrects nothing.
        scale: effective step of each coordinate: η, or α/(√v̂ + ε).
        move: xₖ₊₁ − xₖ.
        size: largest coordinate of the move in units of lr, shape (n,).
        other: the same for a run with the one thing changed that is at issue: gradient descent for
            momentum and Nesterov, RMSProp with correction, Adam without, the true Adam beside
            the printed one.
    """

    x: Tensor
    f: Tensor
    diverged_at: int
    at: Tensor
    g: Tensor
    m: Tensor
    v: Tensor
    m_hat: Tensor
    v_hat: Tensor
    scale: Tensor
    move: Tensor
    size: Tensor
    other: Tensor


def glass(
    *,
    method: str = "adam",
    kappa: float = 10.0,
    angle: float = 30.0,
    lr: float = 0.1,
    beta: float = 0.9,
    beta1: float = 0.9,
    beta2: float = 0.999,
    x0: float = -1.0,
    y0: float = -1.0,
    steps: int = 25,
) -> Glass:
    r"""Everything inside the first steps of one method on ½xᵀHx.

    Args:
        method: one of `METHODS`; "adam_printed" is the sheet's update without m̂.
        kappa: condition number, in [1, 1e4]; angle: of the flat axis in degrees, in [-180, 180].
        lr: η or α, in (0, 100].
        beta: of momentum, Nesterov and RMSProp, in [0, 1).
        beta1, beta2: of Adam, in [0, 1).
        x0, y0: the start, finite.
        steps: in [1, 1000].

    Raises:
        ValueError: naming the parameter that is out of range.

    Sources: OPT-13, OPT-14, OPT-16, OPT-17.
    """
    choose("method", method, METHODS)
    require("kappa", kappa, 1.0, 1e4)
    require("angle", angle, -180.0, 180.0)
    require("lr", lr, 0.0, 100.0, above=True)
    for name, share in (("beta", beta), ("beta1", beta1), ("beta2", beta2)):
        require(name, share, 0.0, 1.0, below=True)
    require("x0", x0, -1e6, 1e6)
    require("y0", y0, -1e6, 1e6)
    require("steps", steps, 1, 1000, integer=True)

    bowl = quadratic(kappa, angle)
    start = torch.tensor([x0, y0], dtype=torch.float64)
    # one step more than asked for, so that the last iterate too has a step that leaves it
    steps = int(steps) + 1
    hyper = {"beta": beta, "betas": (beta1, beta2), "eps": EPS}
    inside = internals(bowl, method, start, lr, steps, **hyper)
    n = steps if inside.diverged_at < 0 else max(inside.diverged_at - 1, 1)

    zero = torch.zeros(n, 2, dtype=torch.float64)
    g = inside.g[:n]
    if method in BALLS:
        m = m_hat = inside.v[:n]
        v = v_hat = zero
        scale = zero + lr
    else:
        v = inside.v[:n]
        m = g if inside.m is None else inside.m[:n]
        m_hat = m if inside.m_hat is None else inside.m_hat[:n]
        v_hat = v if inside.v_hat is None else inside.v_hat[:n]
        scale = lr / (v_hat.sqrt() + EPS)
    return Glass(
        x=inside.x[:n],
        f=inside.f[:n],
        diverged_at=inside.diverged_at if inside.diverged_at < steps else -1,
        at=inside.lookahead[:n],
        g=g,
        m=m,
        v=v,
        m_hat=m_hat,
        v_hat=v_hat,
        scale=scale,
        move=inside.move[:n],
        size=inside.move[:n].abs().amax(-1) / lr,
        other=_sizes(bowl, method, start, lr, steps, hyper)[:n],
    )


def _sizes(bowl, method: str, start: Tensor, lr: float, steps: int, hyper: dict) -> Tensor:
    """Largest coordinate of each move / lr of the run shown beside `method`."""
    beside = {"momentum": "gd", "nesterov": "gd", "adam": "adam_uncorrected"}.get(method, "adam")
    if method == "rmsprop":  # corrected, it is Adam with β₁ = 0
        hyper = hyper | {"betas": (0.0, hyper["beta"])}
    run = trajectories(bowl, (beside,), start, lr, steps, **hyper)
    return run.x[0].diff(dim=0).abs().amax(-1) / lr


def discounted(g: Tensor, beta: float) -> Tensor:
    """Σⱼ≤ₖ βᵏ⁻ʲ gⱼ for every k at once, by a triangular matrix of weights; g is (n, 2)."""
    k = torch.arange(len(g))
    age = (k[:, None] - k).clamp(min=0)
    return torch.tril(torch.tensor(beta, dtype=torch.float64) ** age) @ g


def recomputed_moves(
    result: Glass, method: str, lr: float, beta: float, beta1: float, beta2: float
) -> Tensor:
    """Every move from all gradients before it, in closed form instead of step by step, (n, 2)."""
    g = result.g
    if method in BALLS:
        return -lr * discounted(g, beta)
    t = torch.arange(1, len(g) + 1, dtype=torch.float64)[:, None]
    if method == "rmsprop":
        return -lr * g / (((1 - beta) * discounted(g.square(), beta)).sqrt() + EPS)
    m_hat = (1 - beta1) * discounted(g, beta1) / (1 - beta1**t)
    v_hat = (1 - beta2) * discounted(g.square(), beta2) / (1 - beta2**t)
    return -lr * (1.0 if method == "adam_printed" else m_hat) / (v_hat.sqrt() + EPS)


CLAIMS = {
    "OPT-13": "momentum: Δθ = −η Σ βᵏ⁻ʲ gⱼ, a discounted sum of all gradients",
    "OPT-14": "Nesterov: Δθ = −η Σ βᵏ⁻ʲ gⱼ, gⱼ taken at the look-ahead points θ + β(θ − θ₋₁)",
    "OPT-16": "RMSProp: Δθ = −α g/(√v + ε), v the weighted mean of all g²",
    "OPT-17": "Adam: Δθ = −α m̂/(√v̂ + ε), m̂ and v̂ weighted means of all g and g²",
}


def checks(
    result: Glass,
    *,
    method: str,
    lr: float,
    beta: float,
    beta1: float,
    beta2: float,
    **_: object,
) -> list[Check]:
    """Every step recomputed from its definition; first steps; E-46 and E-48."""
    moves = recomputed_moves(result, method, lr, beta, beta1, beta2)
    gaps = [moves - result.move]
    if method == "nesterov":
        gaps.append(result.x + beta * result.x.diff(dim=0, prepend=result.x[:1]) - result.at)
    gap = float(torch.cat(gaps).abs().max()) / max(1.0, float(result.x.abs().max()))
    shown = f"the method shown is {NAMES[method]}"
    found = [
        equal(
            id,
            claim + ": largest difference to the step taken = 0",
            gap if id == IDS[method] else 0.0,
            0.0,
            applies=id == IDS[method] and method != "adam_printed",
            why="" if id == IDS[method] and method != "adam_printed" else shown,
        )
        for id, claim in CLAIMS.items()
    ]
    first, g = result.move[0] / lr, result.g[0]
    steep = bool((g.abs() > 1e4 * EPS).all())
    flat = "" if steep else "a coordinate of the first gradient is not far above ε"
    if method == "nesterov":
        found.append(_look_ahead(result, lr))
    if method == "rmsprop":
        found.append(
            equal(
                "OPT-16",
                "E-47: no correction, so every coordinate of the first step is α/√(1 − β) long",
                float(first.abs().max()),
                1 / math.sqrt(1 - beta),
                tol=2e-4 / math.sqrt(1 - beta),
                applies=steep,
                why=flat or "in units of α",
            )
        )
    if method in ("adam", "adam_printed"):
        true = method == "adam"
        found += [
            equal(
                "OPT-17",
                "the first step is −α sign(g): largest |Δθ/α + sign(g)| = 0",
                float((first + g.sign()).abs().max()),
                0.0,
                tol=2e-4,
                applies=true and steep,
                why="the printed update lacks m̂" if not true else flat,
            ),
            at_most(
                "OPT-17",
                "E-48: the printed update lowers every coordinate at every step: largest Δθ < 0",
                float(result.move.max()),
                0.0,
                tol=0.0,
                applies=not true,
                why="here m̂ gives the step a direction" if true else "wherever the minimum is",
            ),
        ]
    return found


def _look_ahead(result: Glass, lr: float) -> Check:
    """E-46: what the two printed lines would demand if both were equations for one θᵗ⁺¹."""
    demand = lr * float(result.g[0].norm())
    return equal(
        "OPT-14",
        "E-46: θᵗ⁺¹ = θᵗ⁺¹ − η∇f(θᵗ⁺¹), read as an equation, demands η‖∇f‖ = 0",
        demand,
        0.0,
        applies=demand == 0,
        why="the lines are no equations for one point: the first names the look-ahead point, "
        "where the gradient is taken"
        if demand
        else "at the minimum both readings agree",
    )


def says(result: Glass, *, method: str, lr: float, **_: object) -> str:
    """First step and last distance, in words."""
    if result.diverged_at >= 0:
        return (
            f"{NAMES[method]} diverged at step {result.diverged_at}: a step of {lr:g} is too long "
            "for this bowl."
        )
    begin, end = (float(result.x[i].norm()) for i in (0, -1))
    first = ", ".join(f"{d:.3g}" for d in result.move[0].tolist())
    away = (
        "nearer to" if end < begin else "farther from" if end > begin else "as far as before from"
    )
    sentence = (
        f"{NAMES[method]}: the first step is ({first}), its longer coordinate "
        f"{float(result.size[0]):.3g} {'η' if method in BALLS else 'α'}; after {len(result.x) - 1} "
        f"steps the point is {away} the minimum, at distance {end:.3g} instead of {begin:.3g}."
    )
    if method == "adam_printed":
        sentence += " Without m̂ every coordinate only ever falls."
    return sentence


def nearer(result: Glass) -> str:
    """Whether the run ends nearer to the minimum at 0 than it began."""
    begin, end = (float(result.x[i].norm()) for i in (0, -1))
    return "yes, much nearer" if end < begin else "no, farther away"


def first_ratio(result: Glass) -> str:
    """Length of the first step along x₂ against x₁, in words."""
    ratio = abs(float(result.move[0, 1] / result.move[0, 0]))
    return "the same" if ratio < 3 else "10 times" if ratio < 30 else "100 times"


def first_size(result: Glass) -> str:
    """Length of the first step in units of lr, to one digit."""
    return f"{float(f'{float(result.size[0]):.1g}'):g} α"
