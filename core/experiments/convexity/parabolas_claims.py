"""What the two parabolas claim: ANA-15 to ANA-17, OPT-01 with erratum E-33."""

import math

import numpy as np
import torch

from core.check import Check, at_least, at_most, same
from core.convexity import derivatives, own, shape
from core.experiments.convexity.parabolas import FAR, Known, Parabolas, function, wanted
from core.optimizers import in_steps
from core.words import number

FINE = np.linspace(-FAR, FAR, 8001)
NEAR = 0.01
AT_REST = 1e-3  # of the slope


def checks(
    run: Parabolas, *, f: str, formula: str, mu: float, L: float, lr_L: float
) -> list[Check]:
    """Descent lemma, sandwich, three rates, strong convexity, the steps."""
    known, lr, n = function(f, formula), lr_L / L, len(run.x) - 1
    x, value, slope = run.x, run.f, run.slope
    scale = 1 + float(value.abs().max())
    inside = (float(x.abs().max()) <= FAR or f != "own", "the run leaves [−10, 10]")
    smooth = (known.L <= L * (1 + 1e-9), f"L is too small: f needs {number(known.L)}")
    moves = (n > 0, "the run leaves at once")
    bounded = (known.least > -math.inf, "f has no least value that is known")
    strong = (known.mu > 0, "f is not strongly convex")
    bends = (known.mu >= 0, "f is not convex")
    gap, way = value - known.least, x - known.at
    promised = value[:-1] - lr * (1 - lr_L / 2) * slope[:-1].square()
    lemma = "f(xₖ₊₁) ≤ f(xₖ) − η(1 − Lη/2) f′(xₖ)² in every step: largest excess"
    flat = "some slope is small: the least f′² of n steps ≤ 2L(f(x₀) − inf f)/n"
    convex = "for a convex f: f(xₙ) − f* ≤ L(x₀ − x*)²/2n"
    between = "μ(x) and L(x) are the least and the largest 2(f(y) − f(x) − f′(x)(y − x))/(y − x)²"
    both = "μ(x − x*)²/2 ≤ f − f* ≤ f′²/2μ along the run, with the μ of f: largest excess"
    rate = "f(xₖ) − f* ≤ (1 − μ/L)ᵏ (f(x₀) − f*) for every k: largest excess"
    printed = "as printed (E-33) η = 1/L guarantees convergence, not to what: the run is at rest, "
    printed += "and f is above its least value by"
    rest = (abs(float(slope[-1])) < AT_REST, "the run is not at rest")
    above = (bounded[0] and float(gap[-1]) > 0.01, "f is at its least value, or none is known")
    excess = torch.maximum(known.mu * way.square() / 2 - gap, gap - slope.square() / 2 / known.mu) \
        if strong[0] and bounded[0] else torch.zeros(1)  # fmt: skip
    k = torch.arange(n + 1, dtype=torch.float64)
    over = gap - (1 - known.mu / L) ** k * gap[0] if bounded[0] else torch.zeros(1)
    steady = (abs(lr_L - 1) < 1e-9 and smooth[0], "needs η = 1/L with an L that is large enough")
    return [
        at_most("OPT-01", lemma, (value[1:] - promised).max() / scale if n else 0.0, 0.0,
                needs=(moves, smooth, inside)),
        same("ANA-15", between, [run.mu, run.L], _between(run, known), tol=2e-3,
             needs=((f != "own", "those of a typed formula are sought on the grid alone"),)),
        at_most("ANA-17", rate, over.max() / scale, 0.0, needs=(bounded, strong, steady, inside)),
        at_most("ANA-16", both, excess.max() / scale, 0.0, needs=(bounded, strong, inside)),
        at_most("OPT-01", flat, slope[:-1].square().min() if n else 0.0,
                2 * L * float(gap[0]) / max(n, 1) if bounded[0] else 0.0,
                needs=(moves, bounded, steady, inside)),
        at_most("OPT-01", convex, gap[-1] if bounded[0] else 0.0,
                L * float(way[0]) ** 2 / 2 / max(n, 1),
                needs=(moves, bends, bounded, steady, inside)),
        _steps(run, f, formula, lr),
        at_least("OPT-01", printed, gap[-1] if bounded[0] else 0.0, 0.01, needs=(rest, above)),
    ]  # fmt: skip


def _between(run: Parabolas, known: Known) -> tuple[float, float]:
    """On a finer grid, f″ by the slopes on both sides of x."""
    x, value, slope = (float(part[0]) for part in run[:3])
    way = FINE - x
    with np.errstate(all="ignore"):
        height = known.value(FINE) - value - slope * way
        found = np.where(np.abs(way) > 2 * NEAR, 2 * height / way**2, np.nan)
    found = np.append(found, float(known.bend(x)))
    found = found[np.isfinite(found)]
    return float(found.min()), float(found.max())


def _steps(run: Parabolas, f: str, formula: str, lr: float) -> Check:
    """Values and slopes once more, by Taylor coefficients carried through the operations."""
    plain = own(formula if f == "own" else "x^2+cos(x)") if f in ("own", "bowl") else shape(f)
    value, slope = derivatives(getattr(plain, "f", plain), run.x, 1)
    claim = "xₖ₊₁ = xₖ − η f′(xₖ), with f and f′ as they are at xₖ: largest distance"
    mine = torch.cat([run.x[1:], run.f, run.slope])
    theirs = torch.cat([run.x[:-1] - lr * slope[:-1], value, slope])
    return same("", claim, mine, theirs)


# --- words ---------------------------------------------------------------------------------------


def says(
    run: Parabolas, *, f: str, formula: str, mu: float, L: float, lr_L: float, steps: int
) -> str:
    """Whether the parabolas hold f between them, what the step does, and where the run ends."""
    known = function(f, formula)
    told = f"At x = {number(run.x[0])} {_held(run, mu, L)}."
    if float(run.slope[0]) == 0:
        return f"{told} f′ = 0 there: no step moves."
    if len(run.x) == 1:
        return f"{told} The first step leaves the picture, or where f is finite."
    promised, got, before = promise(run, L, lr_L), float(run.f[1]), float(run.f[0])
    how = "higher than before" if got > before else "lower than before"
    if abs(got - before) <= 1e-9 * (1 + abs(before)):
        how = "as high as before"
    kept = "" if got <= promised + 1e-9 * (1 + abs(before)) else ", which is not kept"
    told += (
        f" The step to {number(run.x[1], zero=1e-9)} promises f ≤ {number(promised)}{kept}: f is "
        f"{number(got)}, {how}."
    )
    n, end = len(run.x) - 1, number(run.f[-1], 4, zero=1e-9)
    told += f" After {in_steps(n)} f is {end}"
    if n < wanted(f, steps):
        return f"{told}; the next step would leave the line, or where f is finite."
    if abs(float(run.slope[-1])) < AT_REST and known.least > -math.inf:
        over = float(run.f[-1]) - known.least > 0.01
        least = f"at rest, though the least f is {number(known.least, 4, zero=1e-9)}"
        return f"{told}, {least if over else 'its least value'}."
    return f"{told}."


def _held(run: Parabolas, mu: float, L: float) -> str:
    slack = 1e-3 * (1 + abs(run.L) + abs(run.mu))
    below, above = mu <= run.mu + slack, run.L - slack <= L
    if below and above:
        return f"f lies between the parabolas: μ may be up to {number(run.mu)}, L from " \
            f"{number(run.L)} on"  # fmt: skip
    low = f"the lower parabola pokes through f, μ may be {number(run.mu, zero=1e-9)} at most"
    high = f"the upper parabola is below f in places, L must be {number(run.L)} at least"
    return " and ".join(part for part, fine in ((low, below), (high, above)) if not fine)


def promise(run: Parabolas, L: float, lr_L: float) -> float:
    """What the upper parabola says of f after the first step."""
    return float(run.f[0]) - lr_L / L * (1 - lr_L / 2) * float(run.slope[0]) ** 2


def _small(run: Parabolas, L: float, lr_L: float) -> tuple[str, dict[str, float]]:
    facts = {"promised": promise(run, L, lr_L)}
    if run.f[1] > run.f[0]:
        return "higher", facts
    return ("kept" if float(run.f[1]) <= facts["promised"] + 1e-9 else "less"), facts


def _stuck(run: Parabolas, f: str, formula: str) -> tuple[str, dict[str, float]]:
    known, place, height = function(f, formula), float(run.x[-1]), float(run.f[-1])
    facts = {"place": place, "height": height, "least": known.least}
    if abs(float(run.slope[-1])) > AT_REST or known.least == -math.inf:
        return "endless", facts
    return ("least" if height - known.least < 0.01 else "above"), facts


answers = {"small": _small, "stuck": _stuck, "strictly": lambda run: max(run.mu, 0.0)}
