"""What a schedule claims: DDPM-09, the error of the start, and what is seen."""

import math

import torch
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.diffusion.schedules import LARGEST_BETA, OFFSET
from core.experiments.diffusion.noise_level import DATA, LEFT, Level

NOISY = 0.01  # ᾱ_T up to which the end counts as noise


def checks(run: Level, *, kind: str, beta_1: float, beta_T: float) -> list[Check]:
    """The product, the first step below a half, the error of the start, where samples go."""
    level, T = run.alpha_bar, run.T
    product = "ᾱₜ = (1 − β₁)(1 − β₂) ⋯ (1 − βₜ) at every step: largest distance"
    logs = torch.log1p(-run.betas).cumsum(0)
    falls = "ᾱₜ falls in every step: largest ratio of two neighbours, below 1"
    alive = level[:-1] > 0
    ratio = float((level[1:] / level[:-1])[alive].max())
    half = "ᾱₜ falls below ½ in the first step whose −Σ ln(1 − βₜ) exceeds ln 2"
    over = (logs < -math.log(2)).nonzero()
    reached = (run.half > 0 and len(over) > 0, "ᾱₜ stays above ½ to the end")
    first = float(over[0]) if reached[0] else float(run.half)
    second = float((DATA.weights * (DATA.stds.square() + DATA.means.square())).sum())
    bound = (run.end * (second - 1) - math.log1p(-run.end)) / 4
    pinsker = (
        "share of the law at T that lies elsewhere than N(0, 1) ≤ √(½ · mean divergence of the "
    )
    pinsker += "noised data points from N(0, 1))"
    return [
        same("DDPM-09", product, level, logs.exp()),
        equal("DDPM-09", half, run.half, first, tol=0.0, needs=(reached,)),
        at_most("DDPM-09", pinsker, run.apart, math.sqrt(max(bound, 0.0)), tol=1e-6),
        _samples(run),
        _apart(run),
        at_most("DDPM-09", falls, ratio, 1.0, tol=0.0),
        same("DDPM-09", RULES[kind], run.betas[1:], made(kind, beta_1, beta_T, T)),
    ]


RULES = {
    "linear": "βₜ = β₁ + (t − 1)/(T − 1) · (β at T − β₁)",
    "constant": "βₜ = β₁ at every step",
    "cosine": "ᾱₜ follows cos², every βₜ at most .999",
}


def made(kind: str, beta_1: float, beta_T: float, T: int) -> Tensor:
    """The β of a rule, each from its formula."""
    t = torch.arange(1, T + 1, dtype=torch.float64)
    if kind == "cosine":
        f = [torch.cos((s / T + OFFSET) / (1 + OFFSET) * math.pi / 2).square() for s in (t - 1, t)]
        return (1 - f[1] / f[0]).clamp(max=LARGEST_BETA)
    return beta_1 + (t - 1) / max(1, T - 1) * (beta_T - beta_1 if kind == "linear" else 0.0)


def _samples(run: Level) -> Check:
    """Quantiles go to quantiles."""
    claim = "the place that this share of N(0, 1) exceeds splits the law at T as 0 splits the data"
    share = torch.tensor(run.share, dtype=torch.float64).clamp(1e-12, 1 - 1e-12)
    law, x = DATA.noised(run.end), -torch.special.ndtri(share)
    split = float((law.weights * torch.special.ndtr((x - law.means) / law.stds)).sum())
    return equal("DDPM-09", claim, split, LEFT, tol=1e-8)


def _apart(run: Level) -> Check:
    claim = "that share again, by bars on a finer line"
    x = torch.linspace(-9, 9, 9001, dtype=torch.float64)
    normal = torch.exp(-0.5 * x.square()) / (2 * torch.pi) ** 0.5
    gap = (DATA.noised(run.end).density(x) - normal).abs().sum() * (x[1] - x[0])
    return equal("DDPM-09", claim, run.apart, 0.5 * float(gap), tol=1e-4)


def says(run: Level) -> str:
    """When half is gone, what is left at the end, and what the start does to the samples."""
    half = "ᾱ stays above ½ to the end"
    if run.half > 0:
        half = f"ᾱ is first below ½ at t = {run.half} of {run.T}"
    end = f"At the end ᾱ = {run.end:.3g}, so √ᾱ = {run.end**0.5:.3g}"
    told = (
        f"Started from N(0, 1), the deterministic way back brings {100 * run.share:.1f} % of the "
    )
    told += "samples near 2, "
    told += "as in the data." if round(run.share, 3) == round(1 - LEFT, 3) else "not 70 %."
    rest = "a trace" if run.end <= NOISY else "too much, the end is not noise"
    return f"{half}. {end} of the data is left: {rest}. {told}"


answers = {
    "half": lambda run: (float(run.half), {"middle": float(run.alpha_bar[run.T // 2])}),
    "early": lambda run: (run.share, {"share": 100 * run.share, "end": run.end}),
}
