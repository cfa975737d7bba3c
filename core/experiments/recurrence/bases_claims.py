"""What the two bases claim: RNN-02 to RNN-04 with errata E-66 and E-67."""

import math

import numpy as np
import torch

from core.check import Check, at_least, at_most, same
from core.experiments.recurrence.bases import Bases, constant, entries
from core.recurrence import DEFECTIVE
from core.words import number

SLIGHT = 1e-9  # of the largest state: what rounding may do
APART = 1e-6  # states nearer than this are not seen to differ


def checks(run: Bases, *, A: str, b1: float, b2: float, form: str) -> list[Check]:
    """Powers, both bases, the spectral radius, growth, what is printed."""
    matrix, B = entries(A).numpy(), np.array([b1, b2])
    powers = _powers(matrix, len(run.z))
    norms, z = np.linalg.norm(powers, 2, axis=(1, 2)), powers @ B
    # by how much rounding in one step can grow until a later one
    room = max(1.0, np.convolve(norms, norms)[: len(norms)].max()) * max(1.0, np.abs(B).max())
    off = float(np.abs(run.z.numpy() - z).max())
    stepped = "zᵏ⁺¹ = Azᵏ after one push is AᵏB, a kernel of powers: largest distance"
    lam, P = run.eigenvalues.numpy(), run.P.numpy()
    basis = (run.cond <= DEFECTIVE, f"cond(P) = {number(run.cond, 2)}: no basis of eigenvectors")
    together = "z = Pξ with ξ⁺ = Λξ, up to 10⁻⁹cond(P) for numbers of this size: distance"
    back = z if run.xi is None else run.xi.numpy() @ P.T
    skew = abs(np.vdot(P[:, 0], P[:, 1]))
    ratio = run.cond * abs(np.linalg.det(P)) / (1 + skew) if basis[0] else 1.0
    vectors = "AP = PΛ, eigenvectors of length 1, cond(P) = (1 + |⟨p, q⟩|)/|det P|: largest error"
    parts = [matrix @ P - P * lam, np.linalg.norm(P, axis=0) - 1]
    errors = np.concatenate([np.abs(part).ravel() for part in parts])
    loose = SLIGHT + (1e-15 * run.cond if basis[0] else 0.0)
    radius = float(np.abs(lam).max())
    under = "the spectral radius bounds the powers from below, ρᵏ ≤ ‖Aᵏ‖: largest ratio"
    with np.errstate(under="ignore"):
        low = radius ** np.arange(len(norms), dtype=float)
    seen = norms > 1e-200
    K, most = constant(A), float(run.norms.max())
    bounded = (math.isfinite(K), "the powers grow without bound")
    above = "‖Aᵏ‖ ≤ 2eK with the Kreiss constant K, the largest (|z| − 1)‖(zI − A)⁻¹‖ of |z| > 1"
    length = "‖Aᵏ‖ is ½(|(a + d, b − c)| + |(a − d, b + c)|) of the entries of Aᵏ: largest distance"
    every = "as printed (E-66) every A is diagonalizable; this one has no basis of eigenvectors: "
    every += "cond(P) is beyond 10¹²"
    whole = (not basis[0], "this A has a basis of eigenvectors")
    return [
        at_most("RNN-02", stepped, off, SLIGHT * room, tol=0),
        at_most("RNN-03", together, float(np.abs(back - z).max()),
                SLIGHT * (run.cond if basis[0] else 1.0) * room, tol=0, needs=(basis,)),
        same("RNN-03", vectors, [*errors, ratio], [*(0 * errors), 1.0], tol=loose),
        at_most("RNN-04", under, (low[seen] / run.norms.numpy()[seen]).max(), 1.0, tol=APART),
        at_most("RNN-04", above, most, 2 * math.e * K if bounded[0] else most, needs=(bounded,)),
        same("RNN-04", length, run.norms.numpy(), norms),
        at_least("RNN-02", every, min(run.cond, 1e300), DEFECTIVE, needs=(whole,)),
        _printed(run, powers, B, z, form, room, basis),
    ]  # fmt: skip


def _powers(matrix: np.ndarray, count: int) -> np.ndarray:
    found = [np.eye(2)]
    with np.errstate(under="ignore"):
        for _ in range(count - 1):
            found.append(matrix @ found[-1])
    return np.array(found)


def _printed(run: Bases, powers, B, z, form: str, room: float, basis) -> Check:
    asked = (form == "printed", "the printed line is not switched on")
    claim = "as printed (E-67) A = PAP⁻¹, with A where Λ belongs: the states were Re PAᵏP⁻¹B, and "
    claim += "not AᵏB: largest error"
    if not (asked[0] and basis[0]):
        return same("RNN-03", claim, z, z, needs=(asked, basis))
    P = run.P.numpy()
    theirs = (P @ powers @ np.linalg.inv(P) @ B).real
    off, slight = float(np.abs(theirs - z).max()), SLIGHT * run.cond**2 * room
    apart = (off > max(APART, 10 * slight), "here A and P can be exchanged, or rounding hides it")
    tol = slight / max(1.0, float(np.abs(theirs).max()))
    why = f"the farthest of these states is {number(off)} away from where it should be"
    return same("RNN-03", claim, run.printed, theirs, tol=tol, needs=(apart,), why=why)


# --- words ---------------------------------------------------------------------------------------


def says(run: Bases, *, b1: float, b2: float) -> str:
    """The eigenvalues and their basis, and what the powers do."""
    end = " B = 0: nothing is pushed." if b1 == b2 == 0 else ""
    return f"{_pair(run)}, {_basis(run)}. {growth(run)}{end}"


def _pair(run: Bases) -> str:
    first, second = run.eigenvalues.tolist()
    slight = 1e-12 * max(abs(first), abs(second), 1e-280)
    if abs(first.imag) > slight:
        real, turn = number(first.real, zero=slight), number(abs(first.imag))
        return f"λ = {'' if real == '0' else f'{real} '}±{'' if turn == '1' else f' {turn}'}i"
    if abs(first.real - second.real) <= slight:
        return f"λ = {number(first.real, zero=slight)} twice"
    for digits in range(3, 17):
        one, two = (number(v.real, digits, slight) for v in (first, second))
        if one != two:
            break
    return f"λ = {one} and {two}"


def _basis(run: Bases) -> str:
    if run.cond > DEFECTIVE:
        return "and no basis of eigenvectors"
    return f"cond(P) = {number(run.cond)}"


def growth(run: Bases) -> str:
    """Where ‖Aᵏ‖ is largest within the steps, and from when on it is below 1."""
    norms, last = run.norms, len(run.norms) - 1
    most, at = float(norms.max()), int(norms.argmax())
    large = (norms >= 1 - 1e-12).nonzero().flatten()
    if most <= 1 + 1e-12:
        return "No power stretches any state." if int(large[-1]) < last else "All ‖Aᵏ‖ are 1."
    peak = f"‖Aᵏ‖ is largest at k = {at}, {number(most, 4)}"
    if int(large[-1]) == last:
        return f"{peak}, and not below 1 at the end."
    return f"{peak}, and below 1 from k = {int(large[-1]) + 1} to the last step."


def _most(run: Bases) -> tuple[float, dict]:
    most, at = float(run.norms.max()), int(run.norms.argmax())
    below = int((run.norms >= 1).nonzero().max()) + 1
    return most, {"most": most, "at": at, "below": below}


def _shear(run: Bases) -> tuple[str, dict]:
    """From B = (0, 1) the first coordinate is the upper right entry of Aᵏ."""
    corner = float(run.z[-1, 0])
    if run.cond > DEFECTIVE:
        return "steady", {"corner": corner, "cond": run.cond}
    return ("stays" if corner < 10 else "explodes"), {"corner": corner, "cond": run.cond}


def _turn(run: Bases) -> str:
    if run.cond > DEFECTIVE:
        return "none"
    return "complex" if float(run.eigenvalues.imag.abs().max()) > 1e-9 else "real"


answers = {"most": _most, "shear": _shear, "turn": _turn}


def along(run: Bases) -> torch.Tensor | None:
    """The directions of the eigenvectors where they are real, one a column; else None."""
    if float(run.eigenvalues.imag.abs().max()) > 1e-12:
        return None
    return run.P.real
