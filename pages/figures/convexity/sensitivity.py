"""The ellipse of A, b with its error, the solution with its error, the factor over directions."""

import math

import numpy as np
import torch

from core.experiments.convexity.sensitivity import ERROR, Sensitivity, matrix
from core.experiments.convexity.sensitivity_claims import listed
from core.words import number, tex
from pages.figures.marks import arrows, dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel

ROUND = np.linspace(0, 2 * np.pi, 181)
CIRCLE = np.stack([np.cos(ROUND), np.sin(ROUND)], 1)
ANGLES = np.linspace(-180, 180, 361)
AROUND = np.stack([np.cos(np.radians(ANGLES)), np.sin(np.radians(ANGLES))], 1)
ORIGIN = np.zeros(2)
STEPS = (1, 1.5, 2, 3, 5, 7, 10)
HIGHEST = 1e15  # of a drawn factor


def figure(
    run: Sensitivity, *, a11: float, a12: float, a21: float, a22: float, beta: float, delta: float
) -> Picture:
    """Four panels."""
    A = matrix(a11, a12, a21, a22)
    lam = listed(run.eigenvalues).replace(" and ", r"\text{ and }")
    return Picture(
        (_ellipse(run, A), _side(run, beta, delta), _solution(run, A), _gains(run, A, delta)),
        formula=(
            rf"\kappa_2 = \frac{{\sigma_1}}{{\sigma_2}} = \frac{{{tex(float(run.sigma[0]))}}}"
            rf"{{{tex(float(run.sigma[1]))}}} = {tex(run.kappa, 5)} \qquad \text{{eigenvalues }}"
            rf"{lam}, \quad \det A = {tex(a11 * a22 - a12 * a21)}",
        ),
    )


def _frame(reach: float) -> float:
    """A round half width that leaves a little room and rarely moves."""
    reach = max(1.1 * reach, 1e-9)
    power = 10.0 ** math.floor(math.log10(reach))
    return float(next(m * power for m in STEPS if m * power >= reach * (1 - 1e-9)))


def _plane(name: str, title: str, half: float, axes: tuple[str, str], alt: str, *traces, handles=()
           ) -> Panel:  # fmt: skip
    x, y = (axis(each, -half, half) for each in axes)
    return panel(name, title, *traces, x=x, y=y, alt=alt, handles=handles, equal=True)


def _ellipse(run: Sensitivity, A: torch.Tensor) -> Panel:
    columns, sigma = A.T.numpy(), run.sigma.numpy()
    half = _frame(max(float(sigma[0]), float(np.abs(columns).max()), 1e-6))
    axes = run.directions.numpy() * sigma[:, None]
    axes = np.where(axes[:, :1] < 0, -axes, axes)
    sizes = " and ".join(number(s * (run.solvable or k == 0)) for k, s in enumerate(sigma))
    told = f"A makes the unit circle an ellipse of half axes {sizes}"
    return _plane(
        "ellipse", told, half, ("first entry", "second entry"),
        f"{told}; the columns of A are ({A[0, 0]:.3g}, {A[1, 0]:.3g}) and "
        f"({A[0, 1]:.3g}, {A[1, 1]:.3g}).",
        line(*CIRCLE.T, "faint", "unit circle", width=1.6),
        line(*(CIRCLE @ A.T.numpy()).T, "ink", "ellipse", width=2.4),
        arrows([ORIGIN], [axes[0]], "good", "longest half axis", label="σ₁"),
        arrows([ORIGIN], [axes[1]], "wrong", "shortest half axis", label="σ₂"),
        dots([columns[0, 0]], [columns[0, 1]], "model", "first column", 9, label="a₁"),
        dots([columns[1, 0]], [columns[1, 1]], "third", "second column", 9, label="a₂"),
        handles=tuple(
            Handle(float(at[0]), float(at[1]), (f"a1{k}", f"a2{k}"), f"column {k} of A",
                   role=role, click=False)
            for k, at, role in zip((1, 2), columns, ("model", "third"))
        ),
    )  # fmt: skip


def _turned(at: np.ndarray, centre: np.ndarray, degrees: float, name: str, label: str, role: str
            ) -> Handle:  # fmt: skip
    """A handle on a circle about `centre`, moved along the tangent: its angle in degrees."""
    out = at - centre
    row = np.degrees(np.array([-out[1], out[0]]) / (out @ out))
    return Handle(float(at[0]), float(at[1]), (name,), label, (tuple(row.tolist()),),
                  (degrees - float(row @ at),), role=role, click=False)  # fmt: skip


def _side(run: Sensitivity, beta: float, delta: float) -> Panel:
    b, error = run.b.numpy(), run.error.numpy()
    tip = b + error
    return _plane(
        "side", "b, and an error of a quarter of its length", 1.4, ("b₁", "b₂"),
        f"b points to {beta:.3g}°, its error to {delta:.3g}°.",
        line(*CIRCLE.T, "faint", "all b", width=1.2),
        line(*(b + ERROR * CIRCLE).T, "theory", "all errors", width=1.6),
        arrows([ORIGIN], [b], "model", "b", label="b"),
        arrows([b], [tip], "wrong", "δb", label="δb"),
        handles=(
            _turned(0.55 * b, ORIGIN, beta, "beta", "direction of b", "model"),
            _turned(tip, b, delta, "delta", "direction of δb", "wrong"),
        ),
    )  # fmt: skip


def _solution(run: Sensitivity, A: torch.Tensor) -> Panel:
    if not run.solvable:
        empty = note(-0.9, 0.0, "no single x", "wrong")
        return _plane("solution", "x = A⁻¹b: κ = ∞", 1.0, ("x₁", "x₂"),
                      "A is singular: there is no single solution.", empty)  # fmt: skip
    x, moved = run.x.numpy(), run.moved.numpy()
    half = _frame(max(float(np.abs(x).max()), float(np.abs(x + moved).max())))
    spread = np.linalg.norm(moved) / np.linalg.norm(x)
    told = f"x = A⁻¹b, and its error: {number(100 * spread)} % of its length"
    rest = CIRCLE @ np.linalg.inv(A.numpy()).T
    return _plane(
        "solution", told, half, ("x₁", "x₂"), f"{told}; δb is 25 % of b.",
        line(*(x + ERROR * rest).T, "theory", "all errors", width=1.6),
        arrows([ORIGIN], [x], "model", "x", label="x"),
        arrows([x], [x + moved], "wrong", "δx", label="δx"),
    )  # fmt: skip


def _gains(run: Sensitivity, A: torch.Tensor, delta: float) -> Panel:
    low, top = 0.1, 10.0 ** math.ceil(math.log10(min(1.5 * run.kappa, HIGHEST)))
    told = "no factor: A is singular"
    curve, here = [], 1.0
    if run.solvable:
        told = f"This error grows by the factor {number(run.gain)}; κ = {number(run.kappa, 5)}"
        moved = AROUND @ np.linalg.inv(A.numpy()).T
        curve = np.hypot(*moved.T) / float(run.x.norm())
        low = max(1e-4, min(low, 10.0 ** math.floor(math.log10(max(float(curve.min()), 1e-4)))))
        curve, here = curve.clip(low / 10, top), float(np.clip(run.gain, low, top))
    return panel(
        "gain",
        told,
        run.solvable and [
            line(ANGLES, curve, "wrong", "factor", label="factor", width=2.2),
            rule("theory", "κ", y=min(run.kappa, HIGHEST), span=(-180, 180), label="κ"),
        ],
        dots([delta] * run.solvable, [here] * run.solvable, "wrong", "this error", 9),
        x=axis("direction of δb in degrees", -180, 180, dtick=90),
        y=axis("factor", low, top, log=True, dtick=max(1, round(math.log10(top / low) / 5))),
        alt=told + ".",
        handles=(Handle(delta, here, ("delta",), "direction of δb", ((1.0, 0.0),), frees="x",
                        role="wrong"),) if run.solvable else (),
    )  # fmt: skip
