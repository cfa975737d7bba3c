"""What the triangle claims: DDPM-06, DDPM-04 with erratum E-74, and what is seen."""

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.diffusion import exact_eps
from core.experiments.diffusion.triangle import DATA, Triangle, reverse

GRID = 20001  # places of the numerical Bayes


def checks(run: Triangle, *, known: str, x0: float, xt: float, t: int) -> list[Check]:
    """Bayes against the formula, the form with ε, the first step, without x₀, as printed."""
    beta, level = float(run.betas[t]), float(run.alpha_bar[t])
    later = (t > 1, "at t = 1 the start itself is the state before: no density to multiply")
    mean, variance = bayes(run, x0, xt, t) if t > 1 else (x0, 0.0)
    eps = (xt - level**0.5 * x0) / (1 - level) ** 0.5
    form = (xt - beta / (1 - level) ** 0.5 * eps) / (1 - beta) ** 0.5
    w0, wt = run.weights[t - 1].tolist()
    mix = "mean = weight of x₀ · x₀ + weight of xₜ · xₜ"
    by_eps = "mean = (xₜ − βₜ/√(1 − ᾱₜ) · ε)/√αₜ with the ε that leads from x₀ to xₜ"
    first = (t == 1, f"t = {t}, not the first step")
    point = "at t = 1 the posterior is the one point x₀: its mean and its variance"
    told = "the numerical product of the two curves has the mean of the formula and its variance "
    told += "β̃ₜ = (1 − ᾱₜ₋₁)/(1 − ᾱₜ) · βₜ: distance of the means, and of their ratio from 1"
    ratio = run.variance / variance if t > 1 else 1.0
    return [
        same("DDPM-06", told, [run.mean - mean, ratio], [0.0, 1.0], tol=1e-6, needs=(later,)),
        equal("DDPM-06", mix, run.mean, w0 * x0 + wt * xt),
        equal("DDPM-06", by_eps, form, run.mean, tol=1e-7),
        same("DDPM-06", point, [run.mean, run.variance], [x0, 0.0], needs=(first,)),
        *_kernel(run, xt, t),
        _printed(run, xt, t, (known == "printed", "the step goes back, not in that direction")),
    ]


def _kernel(run: Triangle, xt: float, t: int) -> list[Check]:
    beta, level = run.betas[t], float(run.alpha_bar[t])
    lows, highs = (run.kernel.means + side * run.kernel.stds for side in (-8, 8))
    x = torch.linspace(float(lows.min()), float(highs.max()), 2001, dtype=torch.float64)
    p = run.kernel.density(x)
    before = DATA.noised(float(run.alpha_bar[t - 1])).density(x)
    step = torch.exp(-0.5 * (xt - (1 - beta).sqrt() * x).square() / beta)
    product = before * step
    product = product / torch.trapezoid(product, x).clamp(min=1e-300)
    same_shape = "without x₀: the kernel is q(xₜ₋₁) · q(xₜ | xₜ₋₁), made to sum to 1: largest "
    same_shape += "distance, over its peak"
    peak = float(p.max())
    eps = exact_eps(DATA, torch.tensor([xt], dtype=torch.float64), t, run.alpha_bar)
    mean = (xt - float(beta) / (1 - level) ** 0.5 * float(eps)) / float(1 - beta) ** 0.5
    by_eps = "its mean is the same formula with the mean of ε over all data that lead to xₜ"
    most = int(run.apart.argmax())
    where = reverse(run.betas, xt, run.asked[most : most + 1])
    far = "largest distance of the kernel from the Gaussian of its mean and variance, over all t: "
    far += "by a second quadrature"
    apart = total_variation(where.weights[0], where.means[0], where.stds[0])
    return [
        same("DDPM-04", same_shape, p / peak, product / peak, tol=1e-6),
        equal("DDPM-04", by_eps, run.kernel.mean, mean, tol=1e-7),
        equal("DDPM-04", far, run.apart[most], apart, tol=5e-4),
    ]


def _printed(run: Triangle, xt: float, t: int, taken: tuple[bool, str]) -> Check:
    beta, level = float(run.betas[t]), float(run.alpha_bar[t])
    slope = float(DATA.noised(level).score(torch.tensor([xt], dtype=torch.float64)))
    claim = "as printed (E-74) the step leads to √αₜ xₜ, as if the slope of the log density were "
    claim += "−xₜ, that of N(0, 1): the mean of the way back lies βₜ (xₜ + ∇log q(xₜ))/√αₜ from it"
    off = float(run.kernel.mean) - run.printed(t, xt)[0]
    right = beta * (xt + slope) / (1 - beta) ** 0.5
    return equal("DDPM-04", claim, off, right, tol=1e-7, needs=(taken,))


def bayes(run: Triangle, x0: float, xt: float, t: int) -> tuple[float, float]:
    """Mean and variance of the product of prior and likelihood on a grid that holds both."""
    (m, s), (c, d) = run.prior(t, x0), run.likelihood(t, xt)
    width = 9 * min(s, d)  # the product is narrower than both and lies between them
    x = torch.linspace(min(m, c) - width, max(m, c) + width, GRID, dtype=torch.float64)
    log = -0.5 * ((x - m) / s).square() - 0.5 * ((x - c) / d).square()
    # once more around the peak, where a narrow product would fall between the places
    peak, around = x[log.argmax()], 10 * min(s, d) + 2 * (x[1] - x[0])
    x = peak + around * torch.linspace(-1, 1, GRID, dtype=torch.float64)
    log = -0.5 * ((x - m) / s).square() - 0.5 * ((x - c) / d).square()
    p = log.softmax(0)
    mean = p @ x
    return float(mean), float(p @ (x - mean).square())


def total_variation(weights: Tensor, means: Tensor, stds: Tensor) -> float:
    """Half the area between a mixture and the Gaussian of its mean and variance, by bars."""
    mean = weights @ means
    spread = (weights @ (stds.square() + (means - mean).square())).sqrt()
    middles, widths = torch.cat([means, mean[None]]), 8 * torch.cat([stds, spread[None]])
    low, high = float((middles - widths).min()), float((middles + widths).max())
    x = torch.linspace(low, high, GRID, dtype=torch.float64)
    normal = torch.distributions.Normal
    p = sum(w * normal(m, s).log_prob(x).exp() for w, m, s in zip(weights, means, stds))
    gap = (p - normal(mean, spread).log_prob(x).exp()).abs().sum() * (x[1] - x[0])
    return 0.5 * float(gap)


def says(run: Triangle, *, known: str, x0: float, xt: float, t: int) -> str:
    """Where the state before was, and how sure that is."""
    if known == "data":
        return _unknown(run)
    if known == "printed":
        (to, spread), before = run.printed(t, xt), float(run.kernel.mean)
        told = f"In the printed direction the step from xₜ = {xt:.3g} goes on to {to:.3g} and adds "
        told += (
            f"noise of variance {spread**2:.3g}. The way back to the data leads to {before:.3g}."
        )
        return told
    if t == 1:
        return f"t = 1: the state before is x₀ = {x0:.3g} itself, one point, β̃ = 0."
    w0, wt = run.weights[t - 1].tolist()
    told = f"Mean {w0:.3g}·x₀ + {wt:.3g}·xₜ = {run.mean:.3g}, deviation {run.variance**0.5:.3g}: "
    prior, step = run.prior(t, x0)[1], run.likelihood(t, xt)[1]
    return f"{told}narrower than what the start says ({prior:.3g}) or the step alone ({step:.3g})."


def _unknown(run: Triangle) -> str:
    left, right = run.kernel.weights.tolist()
    apart = float(run.kernel.apart)
    shape, spread = ("one hump", "two humps")[run.kernel.humps > 1], run.kernel.variance.sqrt()
    told = f"The data point was near −2 with probability {left:.3g}, near 2 with {right:.3g}: the "
    told += f"reverse kernel has {shape}. The Gaussian of its mean {float(run.kernel.mean):.3g} "
    return f"{told}and deviation {float(spread):.3g} misplaces {100 * apart:.2g} % of it."


def _humps(run: Triangle, t: int) -> tuple[str, dict]:
    facts = {"apart": 100 * float(run.kernel.apart), "beta": float(run.betas[t])}
    return "two" if run.kernel.humps > 1 else "one", facts


def _direction(run: Triangle, known: str, xt: float, t: int) -> tuple[str, dict]:
    """Whether the step leads outwards to the data or inwards to 0."""
    to, back = run.printed(t, xt)[0], float(run.kernel.mean)
    inwards = abs(to if known == "printed" else back) < abs(xt)
    return "zero" if inwards else "data", {"to": to, "back": back}


answers = {
    "humps": _humps,
    "between": lambda run, t: (run.mean, {"w0": float(run.weights[t - 1, 0])}),
    "printed": _direction,
}
