"""What a step claims: OPT-13, OPT-14, OPT-16, OPT-17 with erratum E-48; what happened."""

import math

import torch
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.experiments.landscapes.glass import BALLS, EPS, METHODS, Glass
from core.optimizers import NAMES, in_steps

IDS = dict(zip(METHODS, ("OPT-13", "OPT-14", "OPT-16", "OPT-17", "OPT-17")))
MOVES = {
    "momentum": "heavy ball: Δx = −η Σ βᵏ⁻ʲ gⱼ, a discounted sum of all gradients",
    "nesterov": "Nesterov: Δx = −η Σ βᵏ⁻ʲ gⱼ, gⱼ at the look-ahead points xⱼ + β(xⱼ − xⱼ₋₁)",
    "rmsprop": "RMSProp: Δx = −η g/(√v + ε), v the weighted mean of all g²",
    "adam": "Adam: Δx = −η m̂/(√v̂ + ε), m̂ and v̂ weighted means of all g and g²",
    "adam_printed": "as printed (E-48) Δx = −η/(√v̂ + ε)",
}
OFF = "largest difference to the step taken"
FIRST = {
    "rmsprop": "v is not corrected, so every coordinate of the first step is η/√(1 − β) long, "
    "and η with correction",
    "adam": "the first step is −η sign(g), without correction (1 − β₁)/√(1 − β₂) times as long",
}
FLAT = "a coordinate of the first gradient is not far above ε"


def checks(run: Glass, *, steps: int) -> list[Check]:
    """Every step recomputed from its definition; the first step; where the misprint leads."""
    mine, gap = IDS[run.method], _gap(run, steps)
    found = [equal(mine, f"{MOVES[run.method]}: {OFF}", gap, 0.0)]
    if run.method == "adam_printed":
        lowers = "as printed (E-48) the update lowers every coordinate at every step: largest Δx"
        why = "wherever the minimum is"
        found.append(at_most(mine, lowers, run.move.max(), 0.0, tol=0.0, why=why))
    elif run.method not in BALLS:
        found.append(_first_step(run))
    needs = ((False, f"the method shown is {NAMES[run.method]}"),)
    others = [method for method in METHODS[:4] if IDS[method] != mine]
    return found + [
        equal(IDS[method], f"{MOVES[method]}: {OFF}", math.inf, 0.0, needs=needs)
        for method in others
    ]


def _first_step(run: Glass) -> Check:
    (b1, b2), g = run.betas, run.g[0]
    leap, bare = 1 / math.sqrt(1 - b2), (1 - b1) / math.sqrt(1 - b2)
    length, beside = (leap, 1.0) if run.method == "rmsprop" else (1.0, bare)
    claim = FIRST[run.method] + ": largest difference, in units of η"
    needs = ((bool((g.abs() > 1e4 * EPS).all()), FLAT),)
    taken, foreseen = [*run.move[0] / run.lr, run.other[0]], [*-length * g.sign(), beside]
    return same(IDS[run.method], claim, taken, foreseen, tol=2e-4, needs=needs)


def _gap(run: Glass, steps: int) -> float:
    """Largest relative difference between the run and sums over all its gradients."""
    n = steps + 1 if run.diverged_at < 0 else max(run.diverged_at - 1, 1)
    if len(run.g) != n:
        return math.inf
    (b1, b2), g = run.betas, run.g
    t = torch.arange(1, n + 1, dtype=torch.float64)[:, None]
    m, v = discounted(g, b1), (1 - b2) * discounted(g.square(), b2)
    if run.method in BALLS:
        move, v = -run.lr * m, torch.zeros_like(v)
    elif run.method == "rmsprop":
        move = -run.lr * g / (v.sqrt() + EPS)
    else:
        m = (1 - b1) * m
        top = m / (1 - b1**t) if run.method != "adam_printed" else 1.0
        move = -run.lr * top / ((v / (1 - b2**t)).sqrt() + EPS)
    at = here = run.x[:-1]
    if run.method == "nesterov":
        at = here + b1 * (here - torch.cat([here[:1], here[:-1]]))
    pairs = ((run.move, move), (run.m, m), (run.v, v), (run.at, at))
    size = max(1.0, float(run.x.abs().max()))
    return max(float((a - b).abs().max()) / max(size, float(b.abs().max())) for a, b in pairs)


def discounted(g: Tensor, beta: float) -> Tensor:
    """Σⱼ≤ₖ βᵏ⁻ʲ gⱼ for every k at once, by a triangular matrix of weights; g is (n, 2)."""
    k = torch.arange(len(g))
    age = (k[:, None] - k).clamp(min=0)
    return torch.tril(torch.tensor(beta, dtype=torch.float64) ** age) @ g


def says(run: Glass) -> str:
    """First step and last distance, in words."""
    name = NAMES[run.method]
    if run.diverged_at >= 0:
        step = f"a step of {run.lr:g} is too long for this bowl"
        return f"{name} diverged at step {run.diverged_at}: {step}."
    begin, end = (float(x.norm()) for x in (run.x[0], run.end))
    first = ", ".join(f"{d:.3g}" for d in run.move[0].tolist())
    way = "as far as before from"
    if end != begin:
        way = "nearer to" if end < begin else "farther from"
    last = " Without m̂ every coordinate only ever falls." if run.method == "adam_printed" else ""
    return (
        f"{name}: the first step is ({first}), its longer coordinate {run.size[0]:.3g} η; "
        f"after {in_steps(len(run.x) - 2)} the point is {way} the minimum, at distance {end:.3g} "
        f"instead of {begin:.3g}.{last}"
    )


answers = {
    "first": lambda run: abs(float(run.move[0, 1] / run.move[0, 0])),
    "printed": lambda run: "nearer" if run.end.norm() < run.x[0].norm() else "farther",
    "leap": lambda run: float(run.size[0]),
}
