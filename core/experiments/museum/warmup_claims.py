"""What a warm-up claims: with a constant gradient every step is as long as the rate."""

import numpy as np

from core.check import Check, at_most, same
from core.experiments.museum.warmup import EPS, STEPS, Warmup
from core.words import number

K = np.arange(1, STEPS + 1)


def checks(
    run: Warmup, *, code: str, f: str, lr: float, beta1: float, beta2: float, x0: float
) -> list[Check]:
    """The identity that was not looked at, and every place by whole sums, no running means."""
    slope = (f == "slope", "the gradient is not constant")
    wrong = code == "published"
    told = "with the gradient 1 every step is as long as the rate: largest |length − 1|"
    if wrong:
        told = "multiplied, step k is (1 − β₁ᵏ)²/(1 − β₂ᵏ) rates long, where 1 is right: distance"
    x, right, length = run.x.numpy(), run.right.numpy(), run.length.numpy()
    return [
        same("", told, length, foreseen(beta1, beta2) if wrong else np.ones(STEPS), tol=2e-4,
             needs=(slope,)),
        same("", "every place from the last one, its means as sums over all gradients before",
             np.diff(x), -lr * _steps(code, f, x, beta1, beta2), tol=1e-7),
        same("", "places of the mended code, in the same way; both begin at the start",
             [*np.diff(right), x[0], right[0]],
             [*(-lr * _steps("mended", f, right, beta1, beta2)), x0, x0], tol=1e-7),
        same("", "lengths are distances of places over the rate", length, np.abs(np.diff(x)) / lr),
        at_most("", "the first step of the mended code is at most as long as the rate",
                abs(right[1] - right[0]), lr, tol=1e-9),
    ]  # fmt: skip


def foreseen(beta1: float, beta2: float) -> np.ndarray:
    """Lengths of the published steps for a constant gradient, in rates."""
    one, two = 1 - beta1**K, 1 - beta2**K
    return one * one / (two + EPS)


def _steps(code: str, f: str, x: np.ndarray, beta1: float, beta2: float) -> np.ndarray:
    g = np.ones(STEPS) if f == "slope" else x[:-1]
    weights = np.tril(np.subtract.outer(K, K)), np.subtract.outer(K, K) >= 0
    sums = []
    for beta, each in ((beta1, g), (beta2, g * g)):
        powers = np.where(weights[1], float(beta) ** np.maximum(weights[0], 0), 0.0)
        sums.append((1 - beta) * powers @ each)
    one, two = 1 - beta1**K, 1 - beta2**K
    m, v = (sums[0] * one, sums[1] * two) if code == "published" else (sums[0] / one, sums[1] / two)
    return m / (np.sqrt(v) + EPS)


def says(run: Warmup, *, code: str, f: str, beta1: float, beta2: float) -> str:
    """The first step, and the longest one."""
    first, at = number(float(run.length[0])), int(run.length.argmax())
    longest = number(float(run.length[at]))
    if f == "slope" and float((run.length - 1).abs().max()) < 2e-4:
        return "Every step is as long as the rate, from the first on."
    told = (
        f"The first step is {first} rates long" if first != "1" else "The first step is 1 rate long"
    )
    told += f", the longest, step {at + 1}, {longest}" if at else " and no later one is longer"
    if f == "slope":
        return f"{told}. With a constant gradient all should be 1."
    return f"{told}. After {STEPS} steps x is {number(float(run.x[-1]), zero=1e-12)}."


def _first(run: Warmup) -> tuple[float, dict[str, object]]:
    return float(run.length[0]), {"at": int(run.length.argmax()) + 1,
                                  "longest": number(float(run.length.max()), 2)}  # fmt: skip


def _longest(run: Warmup) -> tuple[float, dict[str, str]]:
    longest = float(run.length.max())
    return longest, {"longest": number(longest, 2)}


answers = {"first": _first, "longest": _longest}
