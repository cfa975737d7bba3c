"""What the two estimators claim: ANA-01."""

import math
from statistics import NormalDist

import numpy as np
import torch

from core.check import Check, at_most, equal, same
from core.convexity import exact_gradient, uniform_gradient
from core.experiments.convexity.score import BATCHES, JUMP, Score, drawn, expected, height, slope
from core.words import number

STEP, FAR = 1e-4, 8.0
UNIFORM = "the support [0, θ] moves with θ: ∇ and ∫ may not be exchanged"
NORMAL = "X is normal: its support does not move"


def checks(
    run: Score, *, theta: float, baseline: float, n: int, g: str, law: str, seed: int
) -> list[Check]:
    """The trick, the other estimator, baseline, its parabola, variances, batches, moving end."""
    normal, smooth = (law == "normal", UNIFORM), (g != "step", "g jumps, and g′ misses the jump")
    truth = (_mean(theta + STEP, g, law) - _mean(theta - STEP, g, law)) / (2 * STEP)
    far = abs(float(run.score.mean()) - run.score_mean)
    allowed = FAR * math.sqrt(abs(run.score_variance) / (n * BATCHES))
    plain = expected(theta, 0.0, g, law)[1]
    missed = (float(height(g, np.float64(theta))) - baseline) / theta if theta > 0 else 0.0
    return [
        same("ANA-01", "E[(g(X) − b) ∇log p(X)] = ∇E[g(X)], the latter by differences of E[g(X)]",
             [run.score_mean, run.gradient], [truth, truth], tol=1e-6, needs=(normal,)),
        equal("ANA-01", "reparametrised, E[g′(X) dx/dθ] = ∇E[g(X)]", run.path_mean, run.gradient,
              needs=(smooth,)),
        equal("ANA-01", "E[∇log p(X)] = 0: the baseline does not change the mean",
              run.score_mean, plain, needs=(normal,)),
        equal("", "the variance of one draw is a parabola of b: the least of it + (b − best b)²",
              run.score_variance, run.least + (baseline - run.best) ** 2, tol=1e-8,
              needs=(normal,)),
        same("", "variances of one draw and best b, by another quadrature: difference",
             [run.score_variance, run.path_variance, run.best],
             _again(theta, baseline, g) if law == "normal" else [0.0] * 3,
             tol=1e-7, needs=(normal,)),
        same("", "each estimate is the mean over its batch of (g(x) − b)∇log p(x), of g′(x) dx/dθ",
             torch.stack([run.score, run.path]).numpy(), _batches(theta, baseline, n, g, law, seed),
             ),
        equal("ANA-01", f"{UNIFORM}, and (g(θ) − b)/θ is lost", run.gradient - run.score_mean,
              missed, needs=((law == "uniform", NORMAL),)),
        at_most("ANA-01", f"the mean of {BATCHES} batches is near that of the score function's "
                f"estimator: within {FAR:.0f} standard errors, beyond which chance never gets",
                far, allowed, needs=((allowed > 0, "nothing varies"),)),
    ]  # fmt: skip


def _mean(theta: float, g: str, law: str) -> float:
    """E[g(X)] in closed form; of the uniform law by the engine's quadrature."""
    if law == "uniform":
        return -theta * uniform_gradient(max(theta, 1e-3), lambda x: height(g, x))[1]
    if g == "square":
        return (theta - 3) ** 2 + 1
    if g == "wave":
        return math.sin(3 * theta) * math.exp(-4.5)
    return NormalDist().cdf(theta - JUMP)


def _again(theta: float, baseline: float, g: str) -> list[float]:
    """Variances and best baseline by Gauss–Hermite, of a step by its truncated moments."""
    if g != "step":
        found = exact_gradient(theta, lambda x: height(g, x), baseline)
        return [found.score_variance, found.path_variance, found.best_baseline]
    law, a = NormalDist(), JUMP - theta
    above = a * law.pdf(a) + law.cdf(-a)  # E[z²; z ≥ a]
    square = (1 - baseline) ** 2 * above + baseline**2 * (1 - above)
    return [square - law.pdf(a) ** 2, 0.0, above]


def _batches(theta: float, baseline: float, n: int, g: str, law: str, seed: int) -> np.ndarray:
    """Both estimates, batch by batch."""
    x, by_score, by_path = (each.numpy() for each in drawn(theta, n, law, seed))
    both = [(height(g, x) - baseline) * by_score, slope(g, x) * by_path]
    return np.stack([[math.fsum(row) / n for row in one.tolist()] for one in both])


def says(run: Score, *, baseline: float, n: int, g: str, law: str) -> str:
    """Means, variances, and what goes wrong."""
    truth = number(run.gradient, zero=1e-9)
    if law == "uniform":
        told = f"∇E[g(X)] is {truth}. The score function's estimator has the mean "
        told += f"{number(run.score_mean, zero=1e-9)}: the end θ of the support moves, and the "
        told += "trick does not apply. "
        if g == "step":
            return told + "g jumps, so that g′ misses it as well."
        return told + "The reparametrised one is right."
    sizes = [number(v, zero=1e-9) for v in (run.score_variance, run.path_variance)]
    if g == "step":
        return (
            f"The score function's estimator has the right mean {truth}, and one draw varies by "
            f"{sizes[0]}. The reparametrised one is always 0: g′ = 0 wherever it looks."
        )
    told = f"Both have the mean {truth}. The variance of one draw is {sizes[0]} by the score "
    if run.ratio >= 1:
        told += f"function, {number(run.ratio)} times the {sizes[1]} of the reparametrised one"
    else:
        told += f"function; reparametrised it is {sizes[1]}, {number(1 / run.ratio)} times as much"
    spread = [number(math.sqrt(v / n)) for v in (run.score_variance, run.path_variance)]
    draws = f"a batch of {n}" if n > 1 else "a single draw"
    off = f"{draws} is off by {spread[0]} and {spread[1]}"
    return f"{told}: {off}."


def _baseline(run: Score, theta: float, g: str, law: str) -> tuple[str, dict[str, str]]:
    """What the baseline has done to mean and variance."""
    plain = expected(theta, 0.0, g, law)
    facts = {"before": number(plain[2]), "after": number(run.score_variance)}
    if abs(run.score_mean - plain[1]) > 1e-6:
        return "mean", facts
    if abs(run.score_variance - plain[2]) < 0.01 * plain[2]:
        return "none", facts
    return ("less" if run.score_variance < plain[2] else "more"), facts


answers = {
    "ratio": lambda run: run.ratio,
    "baseline": _baseline,
    "wave": lambda run: "score" if run.score_variance > run.path_variance else "path",
}
