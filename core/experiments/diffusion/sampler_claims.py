"""What the samplers claim: every step, where it starts, what is kept in order, what comes out."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, same
from core.diffusion import exact_eps
from core.diffusion.pair import Pair
from core.experiments.diffusion.sampler import ETA, Law, Sampler, measured, schedule, target
from core.words import number, spaced

ENOUGH = 500  # steps from which on the law of the data comes out
SIGMAS = 6  # standard errors that chance is allowed
PURE = 0.01  # largest share ᾱ of the data's variance in a start that counts as noise
EXACT = {"beta": "data of variance 1", "posterior": "data on a single point"}


def checks(
    run: Sampler, *, method: str, weight: float, mean: float, sigma: float, T: int, betas: str
) -> list[Check]:
    """Steps without noise and with it, the law that comes out, order, start, prediction."""
    pair, n = Pair(weight, mean, sigma), run.x.shape[1]
    eps, mu, spread = _steps(run, pair, method, T, betas)
    level = schedule(T, betas).alpha_bar[1:].flip(0)
    noisy, still = spread > 0, method in ("none", "ddim")
    z = (run.x[1:] - mu)[noisy] / spread[noisy, None]
    off = abs(float(z.square().mean()) - 1) if len(z) else 0.0
    drawn = (len(z) > 0, "no step of this sampler adds noise")
    kept = "paths never cross: who starts further right ends further right; smallest gap, in order"
    gaps = run.ends[:n][run.x[0].argsort()].diff()
    start = abs(float(run.x[0].square().mean()) - 1)
    wide = SIGMAS * math.sqrt(2 / n)
    return [
        same(
            "DDPM-08" if method in ETA else "DDPM-07",
            "steps without fresh noise, the last one always, are xₜ₋₁ = μ(xₜ, t): largest distance",
            torch.cat([run.x[1:-1], run.ends[None, :n]])[~noisy],
            mu[~noisy],
        ),
        at_most(
            "DDPM-07",
            "z = (xₜ₋₁ − μ(xₜ, t))/σₜ of every other step is standard normal: distance of the mean "
            "of z² to 1, allowed 6 standard errors",
            off,
            SIGMAS * math.sqrt(2 / max(1, z.numel())),
            needs=(drawn,),
        ),
        *_law(run, pair, method, T, betas),
        at_least("DDPM-08", kept, gaps.min(), 0.0, needs=((still, "fresh noise is added"),)),
        at_most(
            "DDPM-04",
            "the way back starts from N(0, 1), not from the noised data: distance of the mean of "
            "the squares to 1, allowed 6 standard errors",
            start,
            wide,
        ),
        same(
            "DDPM-04",
            "xₜ = √ᾱₜ x̂₀ + √(1 − ᾱₜ) ε along the played path, ε being −√(1 − ᾱₜ) times the slope "
            "of the log density at t: largest distance",
            level.sqrt() * run.x0 + (1 - level).sqrt() * eps[:, 0],
            run.x[:-1, 0],
        ),
    ]


def _steps(run: Sampler, pair: Pair, method: str, T: int, betas: str) -> tuple[Tensor, ...]:
    """The noise predicted, the mean of the next state and σ of every step; rows t = T, …, 1."""
    plan, x, t = schedule(T, betas), run.x[:-1], torch.arange(T, 0, -1)
    level, before, beta = (
        each[:, None] for each in (plan.alpha_bar[t], plan.alpha_bar[t - 1], plan.betas[t])
    )
    eps, tilde = exact_eps(pair.mixture, x, t, plan.alpha_bar), plan.posterior_variances[t]
    if method in ETA:
        added = ETA[method] ** 2 * tilde
        kept = (1 - before - added[:, None]).clamp(min=0).sqrt()
        mu = (before / level).sqrt() * (x - (1 - level).sqrt() * eps) + kept * eps
        return eps, mu, added.sqrt()
    mu = (x - beta / (1 - level).sqrt() * eps) / (1 - beta).sqrt()
    added = {"beta": plan.betas[t] * (t > 1), "posterior": tilde}.get(method, 0 * tilde)
    return eps, mu, added.sqrt()


def _law(run: Sampler, pair: Pair, method: str, T: int, betas: str) -> list[Check]:
    """With many steps and fresh noise the samples follow the law of the data."""
    found, wanted, N = measured(run.ends), target(pair), len(run.ends)
    right = max(1.0, wanted.share * N)
    many = f"{T} steps are fewer than {ENOUGH}"
    needs = (
        (method != "none", "fresh noise is missing"),
        (T >= ENOUGH, many if T > 1 else "one step is fewer than 500"),
        (betas == "scaled", "the start is not the noised data: some of it should be left"),
    )
    chance = 4 * math.sqrt(wanted.share * (1 - wanted.share) / N)
    share = "share of samples right of 0: distance to that of the data, allowed 0.02 and 4 "
    share += "standard errors"
    width = "σ of the samples right of 0: distance to that of the data, allowed 0.01 and 4 "
    width += "standard errors"
    apart = abs(found.std - wanted.std) if found.share else math.inf
    few = (right >= 100, "fewer than 100 samples are expected right of 0")
    return [
        at_most("DDPM-07", share, abs(found.share - wanted.share), 0.02 + chance, needs=needs),
        at_most(
            "DDPM-07",
            width,
            apart if apart < math.inf else 1.0,
            0.01 + 4 * wanted.std / math.sqrt(right),
            needs=(*needs, few),
        ),
    ]


def says(
    run: Sampler, *, method: str, weight: float, mean: float, sigma: float, T: int, betas: str
) -> str:
    """Share, mean and σ right of 0 beside those of the data, and why they differ."""
    found, wanted, N = measured(run.ends), target(Pair(weight, mean, sigma)), len(run.ends)
    told = f"No sample of {spaced(N)} ends right of 0 (data: {wanted.share:.3f}). "
    if found.share:
        told = f"Right of 0 end {found.share:.3f} of the samples (data: {wanted.share:.3f}), there "
        told += f"with mean {found.mean:.2f} ({wanted.mean:.2f}) and "
        told += f"σ {number(found.std)} ({wanted.std:.3f}). "
    return told + _why(run, found, wanted, method, T, float(schedule(T, betas).alpha_bar[-1]))


def _why(run: Sampler, found: Law, wanted: Law, method: str, T: int, left: float) -> str:
    if method == "none" and T > 1:
        return "Without fresh noise the steps only pull together: " + _points(run.ends)
    if left > PURE:
        steps = "the noising step" if T == 1 else f"the {T} noising steps"
        return (
            f"The start is wrong: {steps} would leave √ᾱ = {math.sqrt(left):.2f} of the data in "
            "place, and pure noise knows nothing of it."
        )
    off = _off(found, wanted, len(run.ends))
    if not off:
        return "That is the law of the data, as far as chance lets us see."
    reason = "each of few steps goes straight on where the way bends"
    if method in EXACT:
        symbol = "β" if method == "beta" else "β̃"
        reason = f"σ² = {symbol} is right for {EXACT[method]} only, unless steps are short"
    return f"Not by chance: {', '.join(off)}; {reason}."


def _off(found: Law, wanted: Law, N: int) -> list[str]:
    """In what samples differ from the data by more than 2 % and more than four standard errors."""
    right = max(1.0, wanted.share * N)
    chance = (
        math.sqrt(wanted.share * (1 - wanted.share) / N),
        wanted.std / math.sqrt(right),
        wanted.std / math.sqrt(2 * right),
    )
    off = [got - exact for got, exact in zip(found, wanted)]
    wide = f"{abs(off[2] / wanted.std):.0%} too {'wide' if off[2] > 0 else 'narrow'}"
    words = (
        f"too {'many' if off[0] > 0 else 'few'} end right of 0",
        f"their mode lies too {'high' if off[1] > 0 else 'low'}",
        wide,
    )
    return [
        told
        for told, away, error, exact in zip(words, off, chance, wanted)
        if abs(away) > max(4 * error, 0.02 * exact)
    ]


def _points(ends: Tensor) -> str:
    """Around how many points the samples end, and how narrowly."""
    sides = [part for part in (ends[ends <= 0], ends[ends > 0]) if len(part)]
    apart = math.sqrt(sum(float((part - part.mean()).square().sum()) for part in sides) / len(ends))
    whole = float(ends.std())
    if whole < 4 * apart or len(sides) == 1:
        return f"all samples end around one point, with σ {number(whole, 2)}."
    return f"all samples end around two points, with σ {number(apart, 2)}."


def _share(run: Sampler, T: int, betas: str) -> tuple[float, dict[str, float]]:
    share, left = measured(run.ends).share, float(schedule(T, betas).alpha_bar[-1])
    return share, {"share": share, "left": math.sqrt(left)}


answers = {
    "no_noise": _share,
    "ten": lambda run: (measured(run.ends).std, {"std": measured(run.ends).std}),
    "early": _share,
}
