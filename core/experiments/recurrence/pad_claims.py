"""What the eigenvalue pad claims: RNN-01 to RNN-04 with erratum E-66."""

import cmath
import math
from collections.abc import Iterable

import numpy as np
import torch

from core.check import Check, at_least, equal, same
from core.experiments.recurrence.pad import Echo
from core.words import amount, number

APART = 1e-6  # states nearer than this are not seen to differ


def checks(run: Echo, *, modulus: float, angle: float, t: int, form: str) -> list[Check]:
    """The sum over the past, one number per eigenvalue, forgetting, the state as a summary."""
    x, z = run.x.numpy(), run.z.numpy()
    w, t = z[:, 0] + 1j * z[:, 1], min(t, len(x))
    lam = cmath.rect(modulus, angle)
    k = np.arange(len(x))
    kernel = lam**k
    summed = np.r_[0, np.convolve(x, kernel)[: len(x)]]
    past = "zᵗ = Σ Aᵗ⁻¹⁻ˢB xˢ, the input convolved with the kernel AᵏB: largest distance"
    first, second = _by_eigenvalue(run, lam)
    back = np.stack([first + second, -1j * (first - second)], 1) / math.sqrt(2)
    apart = "z = Pξ, where ξ⁺ = Λξ + P⁻¹B x runs on the numbers λ and λ̄ alone (cond(P) = 1): "
    apart += "largest distance, the imaginary part included"
    pair = "A has the eigenvalues |λ|(cos θ ± i sin θ): largest distance"
    ours = run.eigenvalues.numpy()
    found = [*ours.real, *np.sort(ours.imag)]
    half = "the half-life is −1/log₂|λ|: 0 for λ = 0, ∞ for |λ| = 1, and negative where it grows"
    other = _continued(lam, 1.0, x)
    forgets = "started from (1, 0) instead of 0, the state differs by |λ|ᵗ at every step: "
    forgets += "forgotten if |λ| < 1. Largest error"
    fades = [*(modulus ** k.astype(float)), modulus ** len(x)]
    size = max(1.0, float(np.abs(other).max()))
    kept = f"from the state at step {t} and later inputs alone the run goes on as it did: distance"
    return [
        same("RNN-02", past, _pairs(summed), z),
        same("RNN-03", apart, np.stack([back.real, back.imag]), np.stack([z, 0 * z])),
        same("RNN-03", pair, found, [lam.real, lam.real, -abs(lam.imag), abs(lam.imag)]),
        equal("RNN-04", half, run.half, _half(modulus)),
        same("RNN-04", forgets, np.abs(other - w), fades, tol=1e-9 * size / max(1.0, max(fades))),
        same("RNN-01", kept, _pairs(_continued(lam, w[t], x[t:])), z[t:], tol=1e-12),
        *_printed(run, lam, form),
    ]  # fmt: skip


def _pairs(w: np.ndarray) -> np.ndarray:
    return np.stack([w.real, w.imag], -1)


def _continued(lam: complex, w: complex, x: Iterable[float]) -> np.ndarray:
    states = [complex(w)]
    for push in x:
        states.append(lam * states[-1] + push)
    return np.array(states)


def _by_eigenvalue(run: Echo, lam: complex) -> list[np.ndarray]:
    """ξ₁ and ξ₂: B is the sum of both eigenvectors over √2; the one of λ first."""
    pair = sorted(run.eigenvalues.tolist(), key=lambda one: abs(one - lam))
    pushes = (run.x.numpy() / math.sqrt(2)).tolist()
    return [_continued(one, 0.0, pushes) for one in pair]


def _half(modulus: float) -> float:
    if modulus in (0.0, 1.0):
        return math.inf if modulus else 0.0
    return -1 / math.log2(modulus)


def _printed(run: Echo, lam: complex, form: str) -> list[Check]:
    """What stands under “Simple Recurrent Networks” is not what is called so."""
    asked = (form == "classic", "the classic network is not switched on")
    states, w = [0j], 0j
    for push in run.x.tolist() if asked[0] else ():
        w = lam * w + push
        w = complex(math.tanh(w.real), math.tanh(w.imag))
        states.append(w)
    theirs = _pairs(np.array(states))
    classic = theirs if run.classic is None else run.classic.numpy()
    steps = "the classic network steps to tanh(Az + Bx): largest distance"
    off = float(np.abs(classic - run.z.numpy()[: len(classic)]).max())
    printed = "as printed (E-66) the linear recurrence is a simple recurrent network; those have "
    printed += "the tanh, and their states are not the linear ones: largest distance"
    near = (off > APART, "the states are so small that tanh leaves them as they are")
    return [
        same("RNN-02", steps, classic, theirs, needs=(asked,)),
        at_least("RNN-02", printed, off, APART, needs=(asked, near)),
    ]


# --- words ---------------------------------------------------------------------------------------


def says(run: Echo, *, modulus: float, angle: float, t: int, form: str) -> str:
    """How an input fades and turns, and what the state at t is good for."""
    t = min(t, len(run.x))
    place = ", ".join(number(v, zero=1e-9) for v in run.z[t].tolist())
    kept = f"Of the first {amount(t, 'inputs')} later states need only z = ({place})."
    if t <= 1:
        kept = f"At step {t} the state is ({place})."
    classic = ""
    if run.classic is not None:
        far = number(run.classic.abs().max(), zero=1e-9)
        classic = f" With tanh no coordinate leaves ±1: the largest is {far} here."
    return f"What an input leaves {fades(run, modulus)}{_turns(modulus, angle)}. {kept}{classic}"


def fades(run: Echo, modulus: float) -> str:
    if modulus == 0:
        return "is gone one step later"
    if modulus == 1:
        return "never fades"
    if modulus < 1:
        return f"is halved in {amount(run.half, 'steps')}"
    return f"doubles in {amount(-run.half, 'steps')}"


def _turns(modulus: float, angle: float) -> str:
    if modulus == 0:
        return ""
    if angle == 0:
        return " and does not turn"
    if abs(angle - math.pi) < 1e-4:
        return " and changes its sign at every step"
    return f" and turns round in {number(math.tau / angle)}"


def _sign(run: Echo) -> str:
    """How the echo goes on from one step to the next."""
    later = run.z[2:, 0]
    if float(later.abs().max()) < APART:
        return "none"
    turns = torch.sign(run.z[1:-1, 0]) * torch.sign(later)
    return "flips" if (turns < 0).all() else "swings" if (turns < 0).any() else "falls"


answers = {"half": lambda run: (run.half, {}), "sign": _sign}
