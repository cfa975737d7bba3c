"""What the sensitivity of a linear system claims: ANA-19 with erratum E-18."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal, same
from core.convexity import amplification
from core.experiments.convexity.sensitivity import ERROR, Sensitivity, unit
from core.words import number

TURN = torch.arange(0, 360, dtype=torch.float64)
SHARP = 1e7  # κ up to which rounding leaves the sides of the checks their digits


def checks(
    run: Sensitivity, *, a11: float, a12: float, a21: float, a22: float, beta: float, delta: float
) -> list[Check]:
    """κ, bound, where it is attained, half axes, both systems, eigenvalues, positive, printed."""
    A = torch.tensor([[a11, a12], [a21, a22]], dtype=torch.float64)
    scale = float(A.abs().max())
    (a, b), (c, d) = (A / scale).tolist()
    det, total = a * d - b * c, a * a + b * b + c * c + d * d
    solvable = (run.solvable, "A is singular: κ = ∞")
    sharp = (run.kappa <= SHARP, "κ is so large that rounding alone is magnified beyond a check")
    kappa = run.kappa if run.solvable else 1.0
    long, size = run.directions, (run.sigma / scale).tolist()
    stretched = (long @ (A / scale)).norm(dim=1).tolist()
    apart = (long @ long.T).flatten().tolist()
    fair = solvable, sharp
    lam = run.eigenvalues / scale
    ratio = _ratio(run.eigenvalues)
    positive = (a12 == a21 and float(run.eigenvalues.real.min()) > 0, "A is not symmetric and "
                "positive definite")  # fmt: skip
    return [
        equal("ANA-19", "κ = ‖A‖‖A⁻¹‖ solves κ + 1/κ = (sum of the squared entries)/|det A|",
              kappa + 1 / kappa, total / abs(det) if det else math.inf, needs=fair),
        at_most("ANA-19", f"relative errors are magnified by κ at most: {len(TURN)} directions of "
                "δb, and this one", _most(A, run) if run.solvable else 0.0, kappa, tol=1e-6,
                needs=fair),
        equal("ANA-19", "with b along the longest and δb along the shortest half axis, by κ",
              float(amplification(A, *long)) if run.solvable else 0.0, kappa, tol=1e-6,
              needs=fair),
        same("ANA-19", "half axes stand upright on each other; their lengths are σ₁ and σ₂",
             [*apart, *size], [1.0, 0.0, 0.0, 1.0, *stretched]),
        same("ANA-19", "Ax = b and A(x + δx) = b + δb, in units of what is added up: difference",
             _residuals(A, run), [0.0, 0.0], needs=fair),
        same("", "b and δb have these directions; the factor is (‖δx‖/‖x‖)/(‖δb‖/‖b‖)",
             [*run.b.tolist(), *run.error.tolist(), run.gain / kappa if run.solvable else 0.0],
             [*unit(beta).tolist(), *(ERROR * unit(delta)).tolist(),
              float(amplification(A, run.b, run.error)) / kappa if run.solvable else 0.0], tol=1e-7,
             needs=(sharp,) if run.solvable else ()),
        same("ANA-19", "eigenvalues: sum and product are trace and determinant; those of a "
             "symmetric positive definite A have the ratio κ",
             [complex(lam.sum()).real, complex(lam.prod()).real, ratio if positive[0] else 1.0],
             [a + d, det, kappa if positive[0] else 1.0], tol=1e-6, needs=fair),
        at_least("ANA-19", "as printed (E-18) κ is the ratio of the |eigenvalues|: κ is larger",
                 kappa, ratio,
                 needs=(*fair, (ratio < kappa * (1 - 1e-6), "here both are the same"))),
    ]  # fmt: skip


def _most(A: Tensor, run: Sensitivity) -> float:
    return max(run.gain, float(amplification(A, run.b, unit(TURN)).max()))


def _residuals(A: Tensor, run: Sensitivity) -> list[float]:
    """Largest entries of Ax − b and Aδx − δb over those of |A||x| and |A||δx|."""
    pairs = ((run.x, run.b), (run.moved, run.error))
    return [float((A @ v - w).abs().max() / (A.abs() @ v.abs()).max().clamp(min=1e-300))
            if run.solvable else 0.0 for v, w in pairs]  # fmt: skip


def _ratio(eigenvalues: Tensor) -> float:
    size = eigenvalues.abs()
    return float(size.max() / size.min()) if float(size.min()) > 0 else math.inf


def listed(eigenvalues: Tensor) -> str:
    """1 and 1, 0.8 ± 0.6i."""
    one, two = (complex(each) for each in eigenvalues)
    tiny = 1e-15 * max(abs(one), abs(two))
    if abs(one.imag) > tiny:
        return f"{number(one.real, zero=tiny)} ± {number(abs(one.imag))}i"
    low, high = sorted((one.real, two.real))
    return f"{number(low, zero=tiny)} and {number(high, zero=tiny)}"


def says(run: Sensitivity) -> str:
    """κ, what this error becomes, what eigenvalues and determinant tell."""
    if not run.solvable:
        return (
            "A is singular: all of the plane goes onto one line. Ax = b has no solution or "
            "infinitely many, and κ = ∞."
        )
    start = f"κ = {number(run.kappa, 5)}: an error of 1 % in b becomes "
    start += f"{number(run.kappa, 3)} % in x at most. This one grows by the "
    start += f"factor {number(run.gain)}"
    if run.gain > run.kappa * (1 - 1e-3):
        start += ", as much as can be" if run.kappa > 1 + 1e-9 else ", as every error does"
    told = f"{start}. The eigenvalues are {listed(run.eigenvalues)}"
    if _ratio(run.eigenvalues) < run.kappa * (1 - 1e-6):
        return f"{told}, which says little: the half axes σ₁ and σ₂ do."
    return f"{told}; their sizes have the ratio κ as well."


answers = {
    "shear": lambda run: (
        run.kappa,
        {"long": number(run.sigma[0], 4), "short": number(run.sigma[1], 4),
         "kappa": f"{run.kappa:.0f}"},
    ),
    "tiny": lambda run: run.kappa,
    "lines": lambda run: (run.kappa, {"kappa": number(run.kappa)}),
}  # fmt: skip
