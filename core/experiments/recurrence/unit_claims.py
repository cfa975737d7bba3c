"""What the stable unit claims: RNN-01, RNN-02, RNN-06."""

import cmath
import math

import numpy as np

from core.check import Check, at_most, equal, same
from core.experiments.recurrence.unit import SEQUENCES, STEPS, Unit, noise
from core.recurrence import half_life
from core.words import amount, number

SURE = 7  # standard errors of a mean of squares, whose tail is a long one
LONG = 0.99  # of its last variance is reached by the last step


def checks(run: Unit, *, nu: float, theta: float, normalise: bool, seed: int) -> list[Check]:
    """|λ| < 1, λ itself, every step, the convolution, a run in two parts, the variance."""
    rate = math.exp(nu)
    lam = cmath.exp(complex(-rate, theta))
    gap = 2 * math.exp(-rate / 2) * math.sinh(rate / 2)
    gain = math.sqrt(2 * math.exp(-rate) * math.sinh(rate)) if normalise else 1.0
    x, z = noise(seed).numpy(), run.z.numpy()
    size = max(1.0, gain / math.sqrt(gap))
    half = STEPS // 2
    decayed = lam ** np.arange(half + 1)
    first = gain * np.convolve(x[0], lam ** np.arange(STEPS))[:STEPS]
    begun = gain * np.convolve(x[0, half:], decayed)[:half]
    expected, error = law(nu, theta, normalise)
    off = float(run.spread[-1]) - expected
    gone = math.exp(-2 * rate * STEPS)
    lasting = 1.0 if normalise else 1 / gap / (1 + math.exp(-rate))
    return [
        equal("RNN-06", "|λ| < 1 whatever ν: 1 − |λ| over 2 exp(−a/2) sinh(a/2) with a = exp ν",
              run.gap / gap if run.gap > 0 else 0.0, 1.0),
        same("RNN-06", "λ has the modulus exp(−exp ν) and the angle θ, γ is as set: largest "
             "distance",
             [run.lam.real, run.lam.imag, run.gain], [lam.real, lam.imag, gain]),
        at_most("RNN-06", f"the mean of |zᵗ|² over {SEQUENCES} sequences at t = {STEPS} is what "
                f"theory says: distance in standard errors", abs(off) / error, SURE),
        equal("RNN-06", "the variance goes to γ²/(1 − |λ|²), which is 1 with γ = √(1 − |λ|²): by "
              "theory, at the last step", expected, lasting * (1 - gone)),
        same("", "the mean of |zᵗ|² is that of the states: largest distance",
             run.spread.numpy() / size**2, (z.real**2 + z.imag**2).mean(0) / size**2),
        same("RNN-01", "every step is the same: zᵗ⁺¹ = λ zᵗ + γ xᵗ from 0, and a run from the "
             "middle goes on as the whole: largest distance",
             *_steps(z / size, lam, gain * x / size, begun / size, decayed)),
        same("RNN-02", "FFT and scan give the convolution of the noise with γ λᵏ: largest distance",
             _pair(np.stack([run.fft.numpy()[1:], z[0, 1:]]) / size), _pair(first / size)),
    ]  # fmt: skip


def _pair(z: np.ndarray) -> np.ndarray:
    return np.stack([z.real, z.imag], -1)


def _steps(z: np.ndarray, lam: complex, push: np.ndarray, begun: np.ndarray, decayed) -> tuple:
    """The states, and what λ z + γ x makes of those before; the second half, in two parts."""
    half = len(decayed) - 1
    stepped = np.concatenate([0 * z[:, :1], lam * z[:, :-1] + push], 1)
    apart = decayed * z[0, half]
    apart[1:] += begun
    mine = np.concatenate([z.ravel(), z[0, half:]])
    return _pair(mine), _pair(np.concatenate([stepped.ravel(), apart]))


def law(nu: float, theta: float, normalise: bool) -> tuple[float, float]:
    """E|z|² at the last step, and the standard error of its mean over the sequences.

    For a complex normal z the variance of |z|² is (E|z|²)² + |E z²|².
    """
    rate = math.exp(nu)
    power = cmath.exp(complex(-2 * rate, 2 * theta))
    k = np.arange(STEPS)
    mean = float(np.exp(-2 * rate * k).sum())
    skew = abs((power**k).sum())
    gain = -math.expm1(-2 * rate) if normalise else 1.0
    return gain * mean, gain * math.sqrt((mean**2 + skew**2) / SEQUENCES)


# --- words ---------------------------------------------------------------------------------------


def says(run: Unit, *, nu: float, normalise: bool) -> str:
    """|λ|, how long it remembers, the variance it keeps."""
    gap = f"|λ| = {number(abs(run.lam), 4)}"
    if abs(run.lam) > 0.9995 or abs(run.lam) < 1e-3:
        gap += f", {number(run.gap)} below 1" if run.gap < 0.5 else ""
    life = half_life(abs(run.lam))
    told = f"{gap}: a state is halved in {amount(life, 'steps', 2)}. "
    gain = f"With γ = {number(run.gain)}" if normalise else "With γ = 1"
    told += f"{gain} the variance of the state goes to {number(last(nu, normalise))}; "
    reached = -math.expm1(-2 * math.exp(nu) * STEPS)
    still = "" if reached > LONG else f" ({number(100 * reached, 2)} % of the way)"
    return (
        told
        + f"the {SEQUENCES} sequences have {number(run.spread[-1])} after {STEPS} steps{still}."
    )


def last(nu: float, normalise: bool) -> float:
    """The variance after very many steps."""
    return 1.0 if normalise else -1 / math.expm1(-2 * math.exp(nu))


def _variance(run: Unit, nu: float, normalise: bool) -> tuple[float, dict[str, float]]:
    return last(nu, normalise), {"end": last(nu, normalise), "modulus": abs(run.lam)}


def _memory(run: Unit) -> tuple[str, dict[str, float]]:
    """Steps to halve a state here, and at ν = 1."""
    life, after = half_life(abs(run.lam)), math.log(2) / math.e
    return ("longer" if after > life else "shorter"), {"life": life, "after": after}


answers = {"variance": _variance, "memory": _memory}
