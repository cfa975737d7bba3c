"""What the film claims: DDPM-01, DDPM-02, DDPM-03 with erratum E-73, DDPM-09, what is seen."""

import torch
from torch import Tensor

from core.check import Check, at_most, same
from core.experiments.diffusion.film import Film, N

MOST = 6.0  # standard errors: a true law is farther off in one of a hundred million seeds
NOISY = 0.01  # ᾱ_T up to which the end counts as noise


def checks(run: Film, *, variance: float, x0: float, rule: str) -> list[Check]:
    """Mean and variance against the law, each step, the jump, start and end, wrong rules."""
    level, end = run.alpha_bar, float(run.alpha_bar[-1])
    forward = (rule in ("chain", "jump"), "the cloud follows another rule")
    law = _spread(run, variance, level, 1 - level)
    mean = "mean of xₜ = √ᾱₜ · mean of the data: largest distance over all t, in standard errors"
    var = "variance of xₜ = ᾱₜ · variance of the data + 1 − ᾱₜ: largest distance over all t, in "
    var += f"standard errors of {N} points"
    start = "t = 0 is the data: its mean and its variance"
    facts = torch.cat([run.mean[0], run.variance[:1]])
    left = "what is left at the end: ᾱ = Π(1 − βₜ) ≤ exp(−Σβₜ)"
    total = float(run.betas.sum())
    return [
        at_most("DDPM-02", var, law, MOST, tol=0.0, needs=(forward,)),
        at_most(
            "DDPM-03", mean, _middle(run, x0, level, 1 - level), MOST, tol=0.0, needs=(forward,)
        ),
        _steps(run, rule),
        _jump(run, rule),
        at_most("DDPM-09", left, end, float(torch.tensor(-total).exp()), tol=1e-12),
        same("DDPM-01", start, facts, [x0, 0.0, variance]),
        _adds(run, variance, rule),
        _printed(run, variance, x0, rule),
    ]


def _middle(run: Film, x0: float, kept: Tensor, added: Tensor) -> float:
    """Largest distance of the mean from √kept (x0, 0), in standard errors √(added / N)."""
    centre = torch.tensor([x0, 0.0], dtype=torch.float64)
    away = (run.mean - kept.sqrt()[:, None] * centre).abs().amax(1)
    return float((away / (added / N).sqrt())[1:].max())


def _spread(run: Film, variance: float, kept: Tensor, added: Tensor) -> float:
    """The same of the variance from kept · variance + added; the data are given, noise is drawn."""
    away = (run.variance - kept * variance - added * (1 - 1 / N)).abs()
    error = (added.square() / N + 2 * kept * added * variance / N).sqrt()
    return float((away / error)[1:].max())


def _steps(run: Film, rule: str) -> Check:
    keep, beta = ((part[1:, None, None]).sqrt() for part in (1 - run.betas, run.betas))
    z = (run.x[1:] - keep * run.x[:-1]) / beta
    claim = (
        "(xₜ − √(1 − βₜ) xₜ₋₁)/√βₜ is standard normal in every step: distance of its mean square "
    )
    claim += "from 1, in standard errors"
    away = abs(float(z.square().mean()) - 1) / (2 / z.numel()) ** 0.5
    needs = ((rule == "chain", "the cloud is not made step by step"),)
    return at_most("DDPM-02", claim, away, MOST, tol=0.0, needs=needs)


def _jump(run: Film, rule: str) -> Check:
    kept, added = (part.sqrt()[:, None, None] for part in (run.alpha_bar, 1 - run.alpha_bar))
    eps = (run.x[-1] - kept[-1] * run.x[0]) / added[-1]
    claim = "xₜ = √ᾱₜ x₀ + √(1 − ᾱₜ) ε with one ε for every t, the one of the end: largest distance"
    needs = ((rule == "jump", "the cloud is not made in one jump"),)
    return same("DDPM-03", claim, run.x, kept * run.x[0] + added * eps, needs=needs)


def _adds(run: Film, variance: float, rule: str) -> Check:
    claim = (
        "without shrinking the variance is that of the data + β₁ + … + βₜ: largest distance, in "
    )
    claim += "standard errors"
    added = run.betas.cumsum(0)
    needs = ((rule == "adds", "the cloud shrinks too"),)
    away = _spread(run, variance, torch.ones_like(added), added)
    return at_most("", claim, away, MOST, tol=0.0, needs=needs)


def _printed(run: Film, variance: float, x0: float, rule: str) -> Check:
    claim = "as printed (E-73) xₜ has mean √αₜ x₀ and keeps αₜ of the variance: larger of the two "
    claim += "distances, in standard errors"
    needs = ((rule == "printed", "the cloud follows the forward process"),)
    parts = 1 - run.betas, run.betas
    away = max(_middle(run, x0, *parts), _spread(run, variance, *parts))
    return at_most("DDPM-03", claim, away, MOST, tol=0.0, needs=needs)


def says(run: Film, *, variance: float, x0: float, rule: str, t: int = 0) -> str:
    """Where the cloud is at t, and what the end is."""
    t = min(t, run.T)
    level, end = float(run.alpha_bar[t]), float(run.alpha_bar[-1])
    found = f"variance {run.variance[t]:.2f}, mean {run.mean[t, 0]:.2f}"
    rest = f"At t = {run.T} the share √ᾱ = {end**0.5:.3g} of the data is left"
    rest += "." if end <= NOISY else ": too much, the end is not pure noise."
    if not t:
        return f"t = 0, the data: {found}. {rest}"
    if rule == "adds":
        law = float(run.law(variance)[t])
        return f"Noise alone makes {found} at t = {t}; with shrinking the variance is {law:.3g}."
    if rule == "printed":
        alpha = 1 - float(run.betas[t])
        told = f"The printed jump keeps √αₜ = {alpha**0.5:.4g} of the data at t = {t}: mean "
        told += f"{alpha**0.5 * x0:.4g}, variance {1 - alpha + alpha * variance:.3g}. "
        law = float(run.law(variance)[t])
        told += f"The chain keeps √ᾱₜ = {level**0.5:.3g}: mean {level**0.5 * x0:.3g}, "
        return f"{told}variance {law:.4g}."
    made = "one jump" if rule == "jump" else f"{t} step" + "s" * (t > 1)
    kept = f"√ᾱₜ = {level**0.5:.3g} of the data and √(1 − ᾱₜ) = {(1 - level) ** 0.5:.3g} of noise"
    return f"After {made}: {kept}; {found}. {rest}"


def _half(run: Film) -> tuple[float, dict]:
    half = run.T // 2
    return float(run.variance[half]), {"half": half, "found": float(run.variance[half])}


def _left(run: Film) -> tuple[float, dict]:
    left = float(run.alpha_bar[-1]) ** 0.5
    return 3 * left, {"left": left, "mean": 3 * left}


answers = {
    "half": _half,
    "left": _left,
    "printed": lambda run: (float(run.mean[500, 0]), {"level": float(run.alpha_bar[500])}),
}
