"""What the guidance dial claims: each step, the class at w = 1, what is exact beyond."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal, same
from core.experiments.diffusion.guidance import LEVELS, STEPS, Guidance, predictor, sharpened
from core.words import number

NEAR = 0.015  # from the flow, in STEPS steps of Heun
LINE = torch.linspace(-6, 10, 801, dtype=torch.float64)


def checks(run: Guidance) -> list[Check]:
    """Steps, w = 1, across, no way back, and spread and mean where all is Gaussian."""
    two = (run.classes == "two", "there are not two classes")
    many = (run.classes == "many", "the classes are not normal around the middle")
    alone, across = _flow(run), run.ends @ run.axes[1]
    plain = "with w = 1 each sample ends where the flow of the class alone leads, "
    plain += "c + σ (x − √ᾱ c)/√(ᾱσ² + 1 − ᾱ) from the noise x: largest distance, beside what "
    plain += f"{STEPS} steps of Heun allow"
    same_across = "across the line of two classes nothing tells them apart, so w changes nothing "
    same_across += "there: largest distance from w = 1"
    onward = (
        "with w ≥ 1 no sample of two classes lies less far out than with w = 1: least distance "
    )
    onward += "gained"
    ahead = (two, (run.w >= 1, f"w = {run.w:g} is below 1"))
    gained = ((run.samples - run.ends[1]) @ run.axes[0]).min()
    narrow = "where the class means are normal themselves, the spread is σ (σ/S)ʷ⁻¹ with S that of "
    narrow += "all data"
    law = run.std * (run.std / run.all_std) ** (run.w - 1)
    return [
        at_most("", plain, (run.ends[1] - alone).norm(dim=1).max(), NEAR, tol=0.0),
        same("", same_across, across, across[1], needs=(two,)),
        at_least("", onward, gained, 0.0, tol=1e-3, needs=ahead),
        equal("", narrow, run.spread, law, tol=0.01, needs=(many,)),
        _mean(run, many),
        _steps(run),
    ]


def _flow(run: Guidance) -> Tensor:
    level = float(LEVELS[-1])
    kept = level * run.std**2 + 1 - level
    return run.c + run.std * (run.path[0] - level**0.5 * run.c) / kept**0.5


def _mean(run: Guidance, many: tuple) -> Check:
    """By variation of constants."""
    s, S, w = run.std, run.all_std, run.w
    start = math.sqrt((1 - float(LEVELS[-1])) / float(LEVELS[-1]))
    z = torch.linspace(math.log(1e-4), math.log(start), 4001, dtype=torch.float64)
    rho2 = (2 * z).exp()
    free = (s * s / (s * s + rho2)) ** (w / 2) * (S * S / (S * S + rho2)) ** ((1 - w) / 2)
    mean = w * run.far * torch.trapezoid(rho2 / (s * s + rho2) * free, z)
    claim = "and the mean goes where dy/dρ = ρ (w (y − |c|)/(σ² + ρ²) + (1 − w) y/(S² + ρ²)) leads "
    claim += "down to ρ = 0, ρ² = (1 − ᾱ)/ᾱ and y = x/√ᾱ"
    return equal("", claim, run.mean, mean, tol=0.02, needs=(many,))


def _steps(run: Guidance) -> Check:
    """Heun on the circle of `core.diffusion.ode`, all steps at once."""
    level = LEVELS.flip(0).repeat_interleave(run.path.shape[1]).view(len(LEVELS), -1)
    before, after = level[:-1].flatten(), level[1:].flatten()
    rows = run.path.flatten(0, 1).T
    now, then = rows[:, : len(before)], rows[:, -len(before) :]
    predict = predictor(run.classes, run.c, run.std, run.w)
    delta = after.sqrt().acos() - before.sqrt().acos()

    def velocity(x: Tensor, at: Tensor) -> Tensor:
        return (predict(x, at) - (1 - at).sqrt() * x) / at.sqrt()

    v = velocity(now, before)
    foreseen = delta.cos() * now + delta.sin() * v
    turned = delta.cos() * v - delta.sin() * now
    better = delta / 2 * (velocity(foreseen, after) - turned)
    foreseen = foreseen + torch.where(after < 1, better, 0.0)
    claim = "each step follows v = √ᾱ ε̂ − √(1 − ᾱ) x̂₀ with ε̂ = ε₀ + w (ε₁ − ε₀), by Heun: "
    claim += "largest distance"
    return same("DDPM-08", claim, then, foreseen, tol=1e-8)


def law(run: Guidance) -> tuple[float, float]:
    """Mean and spread along c of the class sharpened by its classifier."""
    p = sharpened(run, LINE)
    p = p / p.sum()
    mean = float(p @ LINE)
    return mean, math.sqrt(max(0.0, float(p @ (LINE - mean).square())))


def says(run: Guidance) -> str:
    """Mean and spread of the samples beside those of the class."""
    if run.w == 0:
        return "w = 0 forgets the class: the samples are of all data."
    mean, spread = number(run.mean, zero=5e-3), number(run.spread)
    told = f"The class lies at {number(run.far)} with a spread of {number(run.std)}; "
    if run.w == 1:
        return told + f"w = 1 is the class itself, samples at {mean} with {spread}."
    lie = f"w = {run.w:g} puts the samples at {mean} with {spread}"
    one, wide = law(run)
    return f"{told}{lie}. The law p(x|c) p(c|x)ʷ⁻¹ would have {number(one)} and {number(wide)}."


def _strong(run: Guidance) -> str:
    past, narrow = run.mean > 1.2 * run.far, run.spread < 0.8 * run.std
    return "past" if past and narrow else "narrow" if narrow else "same"


answers = {
    "strong": _strong,
    "law": lambda run: (run.mean, {"mean": number(run.mean), "law": number(law(run)[0])}),
    "many": lambda run: (run.std / run.spread, {"times": number(run.std / run.spread, 2)}),
}
