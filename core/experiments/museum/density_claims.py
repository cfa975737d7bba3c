"""What a density solved twice claims: what it sums to, where it is right, how it was found."""

import math
from functools import lru_cache

import numpy as np

from core.check import Check, equal, same
from core.experiments.museum.density import CELLS, RHOS, SIDE, Density
from core.words import number

WIDE = 1e-3  # what a sum over cells loses of a narrow ridge
AXES = np.linspace(-8, 8, 33)  # places along an axis of an ellipse, in deviations
APART = "off the lines x₂ = ρx₁ and x₁ = ρx₂ they differ"
WRITTEN = "ρ(x₁ − ρx₂)(x₂ − ρx₁)/(1 − ρ²)²"


def checks(run: Density, *, code: str, rho: float, x1: float, x2: float) -> list[Check]:
    """The identity that was not looked at, and every number by another route."""
    twice = code == "published"
    short = abs(rho) > 0.9
    share = math.sqrt(1 - rho * rho)
    told = "a density integrates to 1" if not twice else (
        "solved twice the integral is det Σ/√det Σ = √(1 − ρ²), where a density has 1")  # fmt: skip
    view = np.linspace(-SIDE, SIDE, CELLS)
    x, y = np.meshgrid(view, view)
    here = [_log(x1, x2, rho, twice), _log(x1, x2, rho, False)]
    gap = rho * (x1 - rho * x2) * (x2 - rho * x1)
    return [
        same("", told, run.mass, share if twice else 1.0, tol=WIDE,
             needs=((not short, "beyond |ρ| = 0.9 the ridge is too narrow for these cells"),)),
        equal("", "both codes agree at this place: published less mended log density", run.log,
              run.right, needs=((not twice or abs(gap) < 1e-12, f"{APART}, by {WRITTEN}"),)),
        same("", "log densities at the place by Σ⁻¹ written out", [run.log, run.right], here),
        same("", "log density over the view by Σ⁻¹ written out: largest difference", run.field,
             _log(x, y, rho, twice)),
        same("", "the curve is what the density of every ρ sums to, over a grid along the axes of "
             "its ellipses; the place is (x₁, x₂)", [*run.masses.tolist(), *run.x.tolist()],
             [*_sums(twice), x1, x2]),
    ]  # fmt: skip


def _log(x, y, rho: float, twice: bool):
    """With the inverse of a 2 × 2 matrix by hand."""
    det = 1 - rho * rho
    a, b = (x - rho * y) / det, (y - rho * x) / det
    form = a * a + b * b if twice else x * a + y * b
    return -form / 2 - math.log(2 * math.pi) - math.log(det) / 2


@lru_cache(maxsize=2)
def _sums(twice: bool) -> list[float]:
    """Of the density written out, for each of `RHOS`, on a grid as long and narrow as it is."""
    s, t = np.meshgrid(AXES, AXES)
    found = []
    for rho in RHOS.tolist():
        a, b = (1 + rho, 1 - rho) if twice else (math.sqrt(1 + rho), math.sqrt(1 - rho))
        x, y = (a * s + b * t) / math.sqrt(2), (a * s - b * t) / math.sqrt(2)
        area = a * b * (AXES[1] - AXES[0]) ** 2
        found.append(float(np.exp(_log(x, y, rho, twice)).sum()) * area)
    return found


def says(run: Density, *, code: str, rho: float) -> str:
    """What the code answers here, and what it should."""
    at = f"log p = {number(run.log)} here"
    if code == "mended":
        return f"{at}. The density sums to {number(run.mass)}: nothing is missing."
    if rho == 0:
        return f"{at}, as it should be: without correlation the second solve changes nothing."
    lost = f"the density sums to {number(run.mass)} and not to 1"
    if abs(run.log - run.right) < 1e-12 * (1 + abs(run.right)):
        return f"{at}, as it should be, as on the lines x₂ = ρx₁ and x₁ = ρx₂; {lost}."
    return f"{at}; right is {number(run.right)}. And {lost}."


def _off(run: Density) -> tuple[str, dict[str, str]]:
    gap = run.log - run.right
    key = "same" if abs(gap) < 1e-12 else "small" if gap < 0 else "large"
    return key, {"off": number(abs(gap), 2)}


def _sum(run: Density) -> tuple[float, dict[str, str]]:
    return run.mass, {"mass": number(run.mass, 2)}


answers = {"off": _off, "sum": _sum}
