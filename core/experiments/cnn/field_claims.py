"""What the receptive field claims: CNN-21, CNN-22 and CNN-23."""

import math

import numpy as np

from core.check import Check, equal, same
from core.cnn.stack import kernels, needed, paths, spreads
from core.convolution import receptive_field
from core.experiments.cnn.field import SHARE, Field, field, pointed


def checks(run: Field, *, n: int, weights: str) -> list[Check]:
    """Eight checks on this unit."""
    reached, w = run.grad.nonzero()[:, 0].tolist(), kernels(run.below, weights)
    hidden = run.inside - len(reached) if weights == "sobel" else 0
    outside, inside = run.grad.clone(), slice(run.first, run.first + run.width)
    outside[inside] = 0
    k, _, d = run.layers[0]
    alike = set(run.layers) == {(k, 1, d)} and k > 1
    signs = f"zeros and cancelling signs hide inputs, {hidden} here; entries count, not values"
    linear = math.ceil((n - 1) / (d * (k - 1))) if alike else 0
    by_paths = paths(run.below, w)
    return [
        equal(
            "CNN-22",
            "first to last input with a gradient, by autograd = 1 + Σ dₗ (kₗ − 1) ∏ sᵢ, i < l",
            reached[-1] - reached[0] + 1,
            receptive_field(list(run.below)),
        ),
        equal(
            "",
            "inputs in the middle that hold 95 % of |∂x/∂xⱼ|, by autograd = by the paths",
            run.held,
            _middle(abs(by_paths)),
        ),
        same(
            "CNN-21",
            "∂x/∂xⱼ, by autograd = the products of the weights along every path, added up",
            run.grad[inside],
            by_paths,
        ),
        equal(
            "CNN-23", "largest ∂x/∂xⱼ outside the field: exactly 0", outside.abs().max(), 0, tol=0
        ),
        equal(
            "CNN-21",
            "inputs with ∂x/∂xⱼ ≠ 0, by autograd = inputs reached through kernel entries",
            len(reached),
            run.inside,
            needs=((hidden <= 0, signs),),
        ),
        equal(
            "CNN-21",
            "weights of the lowest layer with ∂x/∂w ≠ 0 = its k entries, also those at 0",
            run.learning,
            k,
            needs=((run.level > 0, "an input has no weights below it"),),
        ),
        equal(
            "CNN-22",
            "equal layers of stride 1: layers until r ≥ n, counted = ⌈(n − 1)/(d (k − 1))⌉",
            needed(run.layers, n),
            linear,
            needs=((alike, "needs equal layers with stride 1 and k > 1"),),
        ),
        equal(
            "CNN-22",
            "variances add up: σ² of the gradient = Σ σₗ² (dₗ ∏ sᵢ)², √L for equal layers",
            run.spread**2,
            spreads(run.below, w)[-1] ** 2,
            tol=1e-8,
            needs=((weights != "sobel", "signs cancel: needs weights ≥ 0"),),
        ),
    ]


def _middle(mass: np.ndarray) -> int:
    """How many are left when one goes at each end as long as 95 % stay."""
    least = (SHARE - 1e-12) * mass.sum()
    while mass[1:-1].sum() >= least:
        mass = mass[1:-1]
    return len(mass)


def says(run: Field, *, n: int, weights: str, down: int, at: int) -> str:
    """What the unit sees, what of it counts, and how far that is from the whole picture."""
    told = f"The unit in layer {run.level}"
    if not pointed(run.layers, down, at)[2]:
        told = (
            f"No unit at the place chosen before; the top one, in layer {run.level}, is taken: it"
        )
    elif run.level == 0:
        return "An input sees itself alone. Point at a unit higher up in the tower."
    gaps = f", with {run.width - run.inside} of them left out" if run.inside < run.width else ""
    share = "the whole row" if run.width >= n else f"{100 * run.width / n:.2g} %"
    pixels = f"{run.width} pixels in a row" if run.width > 1 else "1 pixel"
    told += f" sees {pixels}{gaps}: {share} of {n}. "
    told += f"95 % of its gradient sits on {run.held} of them"
    if weights != "sobel":
        told += f" (σ = {run.spread:.3g})"
    whole = needed(run.layers, n)
    if whole < 0:
        return told + ". More layers like the last one would never see the whole picture."
    if whole <= len(run.layers):
        return told + f". Layer {whole} is the first to see the whole picture."
    return told + f". Seeing the whole picture takes {whole} layers, the last one repeated."


def _until(run: Field, n: int) -> tuple[float, dict]:
    """Layers until the whole picture is seen, and what the top unit of so many is like."""
    count = needed(run.layers, n)
    seeing = field(stack="deep", depth=count)
    return count, {"needed": count, "held": seeing.held, "width": seeing.width}


answers = {
    "three": lambda run: (
        run.width,
        {"one": run.width**2, "stack": sum(k * k for k, _, _ in run.layers)},
    ),
    "layers": _until,
    "gaze": lambda run: run.held / run.width,
}
