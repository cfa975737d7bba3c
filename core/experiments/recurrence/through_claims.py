"""What the gradient through time claims: RNN-05."""

import math

import numpy as np
import torch

from core.check import Check, at_most, equal, same
from core.experiments.recurrence.through import LARGEST, Through, noise, start, unscaled
from core.words import amount, number

LAGS = 9  # lags whose norm is computed a second time
TINY = 1e-280  # a smaller number has lost its digits
FADED, GROWN = 0.01, 100.0  # of a change at the start


def checks(
    run: Through,
    *,
    matrix: str,
    phi: str,
    scale: float,
    T: int,
    drive: float,
    clip: float,
    seed: int,
) -> list[Check]:
    """The steps, the chain rule, the norms, their bound, the law of λᵏ, the gradient, the clip."""
    A, back = run.A.numpy(), run.back
    J, slopes = back.jacobians.numpy(), back.slopes.numpy()
    linear = (phi == "linear", "with tanh the factors differ from step to step")
    most = np.abs(np.linalg.eigvals(A)).max()
    z, push = back.z.numpy(), drive * noise(len(A), seed)[:T].numpy()
    inner = z[:-1] @ A.T + push
    after, bend = (np.tanh(inner), 1 / np.cosh(inner) ** 2) if phi == "tanh" else (inner, 1 + 0 * z)
    begun = np.vstack([start(len(A)).numpy()[None], after])
    size = np.maximum(np.abs(begun).max(1, keepdims=True), 1)
    stepped = "zᵗ⁺¹ = φ(A zᵗ + xᵗ) with φ′ as it is there, and A is the matrix of the setting: "
    stepped += "largest distance"
    here = [z / size, np.vstack([slopes, A])]
    told = [begun / size, np.vstack([bend[:T], scale * unscaled(matrix, seed).numpy()])]
    at = np.unique(np.linspace(0, T, LAGS).astype(int))
    norms = np.linalg.svd(_unit(J[at]), compute_uv=False)[:, 0] * _size(J[at])[:, 0, 0]
    stretch = np.linalg.svd(A, compute_uv=False)[0]
    top = np.abs(slopes).max(1)[::-1]
    bound = np.concatenate([[1.0], np.cumprod(stretch * top)])
    seen = bound > TINY
    share = (back.norms.numpy()[seen] / bound[seen]).max()
    closed, law = _power(A, matrix, scale, T), float(back.norms[-1])
    counted = (linear[0] and closed > TINY, linear[1] if not linear[0] else "too small for a float")
    return [
        equal("RNN-05", f"the bound ∏ ‖A‖ max φ′ holds at every lag k ≤ {T}: largest share of it",
              max(share, 1.0), 1.0, tol=1e-6),
        equal("RNN-05", "at the largest lag the norm is that of Aᵀ by its eigenvalues: ratio of "
              "the two", law / closed if counted[0] else 1.0, 1.0, tol=1e-6, needs=(counted,)),
        same("RNN-05", "chain rule: ∂zᵀ/∂zᵀ⁻ᵏ⁻¹ = (∂zᵀ/∂zᵀ⁻ᵏ) diag(φ′) A, from 1 at k = 0: largest "
             "distance", *_chain(J, slopes, A), tol=1e-7),
        same("", "the norms are the largest singular values, the bound a product of ‖A‖ max φ′: "
             "largest distance of the ratios from 1",
             np.concatenate([_ratio(back.norms.numpy()[at], norms),
                             _ratio(back.bound.numpy(), bound)]),
             np.ones(len(at) + T + 1), tol=1e-6),
        same("", stepped, np.vstack(here), np.vstack(told), tol=1e-7),
        at_most("", "the largest |eigenvalue| is at most the largest singular value ‖A‖", most,
                stretch),
        same("", "the gradient of ½‖zᵀ‖² in A is what goes back step by step gives: largest "
             "distance", *_backwards(run, A, slopes, z), tol=1e-7),
        _clip(run, clip),
    ]  # fmt: skip


def _size(M: np.ndarray) -> np.ndarray:
    """The largest entry of each matrix, 1 where all are 0, (…, 1, 1)."""
    size = np.abs(M).max((-2, -1), keepdims=True)
    return np.where(size > 0, size, 1.0)


def _unit(M: np.ndarray) -> np.ndarray:
    return M / _size(M)


def _ratio(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """mine/theirs, 1 where both are too small for a ratio."""
    small = (np.abs(theirs) <= TINY) & (np.abs(mine) <= 10 * TINY)
    return np.where(small, 1.0, mine / np.where(small | (theirs == 0), 1.0, theirs))


def _chain(J: np.ndarray, slopes: np.ndarray, A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sides of the chain rule, each in units of its largest entry."""
    grown = J[:-1] @ (slopes[::-1, :, None] * A)
    size = np.where(_size(grown) > TINY, _size(grown), 1.0)
    ends = np.concatenate([np.eye(len(A))[None], grown / size])
    return np.concatenate([J[:1], J[1:] / size]), ends


def _power(A: np.ndarray, matrix: str, scale: float, T: int) -> float:
    """‖Aᵀ‖₂ from the eigenvalues."""
    if matrix == "rotation":
        return scale**T
    if matrix == "skewed":
        side = 2 * (1 - 0.6**T) / (1 - 0.6)
        power = scale**T * np.array([[1.0, side], [0.0, 0.6**T]])
    else:
        values, P = np.linalg.eig(A)
        power = ((P * values**T) @ np.linalg.inv(P)).real
    return float(np.linalg.svd(_unit(power), compute_uv=False)[0] * _size(power).item())


def _backwards(run: Through, A: np.ndarray, slopes: np.ndarray, z: np.ndarray) -> tuple:
    """The gradient of the record, and that of a loop from the last step to the first."""
    G, pulled = np.zeros_like(A), z[-1]
    for t in range(len(slopes) - 1, -1, -1):
        pulled = slopes[t] * pulled
        G += pulled[:, None] * z[t]
        pulled = pulled @ A
    size = _size(G).item()
    return run.G.numpy() / size, G / size


def _clip(run: Through, clip: float) -> Check:
    claim = f"clipping keeps the direction of G and shortens it to {number(clip)} if it is longer: "
    G = run.G.numpy()
    size = np.abs(G).max()
    if run.step is None:
        beyond = "an entry of G is beyond the largest number of single precision: "
        beyond += "no finite norm, nothing to shorten: largest entry, over that number"
        return equal("RNN-05", beyond, max(size / LARGEST, 1.0), size / LARGEST)
    norm = size * math.sqrt(((G / size) ** 2).sum()) if size else 0.0
    claim += "largest distance"
    told = G / norm * min(norm, clip) if norm else G
    finite = (size <= LARGEST, "G has an entry beyond single precision")
    return same("RNN-05", claim, run.step.double() / clip, told / clip, tol=1e-5, needs=(finite,))


# --- words ---------------------------------------------------------------------------------------


def says(run: Through, *, T: int, phi: str, scale: float, clip: float) -> str:
    """What is left of a change at the start, why, and what clipping does."""
    left, most = float(run.back.norms[-1]), float(run.back.norms.max())
    steps = amount(T, "steps")
    fate = "it vanishes" if left < FADED else "it explodes" if left > GROWN else "it stays in sight"
    told = f"Over {steps} a change of the state is multiplied by at most {number(left)}: {fate}. "
    bound, peak = float(run.back.bound[-1]), int(run.back.norms.argmax())
    stretch = float(torch.linalg.matrix_norm(run.A, 2))
    if phi == "tanh":
        told += f"‖A‖ and the slopes of tanh promise no more than {number(bound)}. "
    elif stretch > scale * (1 + 1e-9):
        told += f"‖A‖ = {number(stretch)} only promises at most {number(bound)}"
        told += f"; the norm is largest, {number(most)}, after {amount(peak, 'steps')}. " if (
            0 < peak < T) else ". "  # fmt: skip
    else:
        told += f"A turns and stretches by {number(scale)}, nothing else: norm and bound agree. "
    return told + _clipping(run, clip)


def norm_of(G: torch.Tensor) -> float:
    """Its length, also where a square is beyond floats."""
    size = float(G.abs().max())
    return size * float((G / size).norm()) if size else 0.0


def _clipping(run: Through, clip: float) -> str:
    norm = norm_of(run.G)
    if run.step is None:
        return (
            f"The gradient of the loss, of length {number(norm)}, has an infinite entry in single "
            "precision: no finite norm, clipping cannot help."
        )
    if norm > clip:
        return f"The gradient of the loss is clipped from {number(norm)} to {number(clip)}."
    return f"The gradient of the loss, of length {number(norm)}, is not clipped."


def _left(run: Through) -> tuple[float, dict[str, float]]:
    return float(run.back.norms[-1]), {"left": float(run.back.norms[-1])}


def _tanh(run: Through) -> tuple[str, dict[str, float]]:
    left = float(run.back.norms[-1])
    slope = float(run.back.slopes.mean())
    kind = "explodes" if left > GROWN else "vanishes" if left < FADED else "stays"
    return kind, {"left": left, "slope": slope}


def _clipped(run: Through) -> tuple[str, dict[str, float]]:
    if run.step is None:
        return "none", {"size": math.log10(norm_of(run.G))}
    long = norm_of(run.step.double())
    return ("one" if long > 0.5 else "zero"), {"size": 0.0}


answers = {"fifty": _left, "tanh": _tanh, "clipped": _clipped}
