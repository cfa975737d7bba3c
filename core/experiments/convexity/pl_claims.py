"""What descent without convexity claims: OPT-03 to OPT-05, OPT-07 with erratum E-36."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.check import Check, at_least, at_most, equal, same
from core.convexity import breaking_height
from core.convexity.search import root
from core.experiments.convexity.pl import FAR, Descent, W, factor
from core.optimizers import FALL, arrival, in_steps
from core.words import number

GRID = np.linspace(-FAR, FAR, 40_001)
FLOOR = 1e-24  # of f(x₀): below it the bound is rounding
SEEN = 1e-200  # a smaller f has no slope left in its digits
REST = 1e-3  # a run whose slope is below this is about to stop


def checks(run: Descent, *, f: str, a: float, lr_L: float) -> list[Check]:
    """Rate, the constants, gradient dominance, weaker than strong convexity, the steps."""
    moves = (float(run.f[0]) > SEEN, "the start is a minimum")
    holds = (run.mu > 0, "μ = 0 here: f has other places without a slope")
    waves, trough = (f == "waves", "the trough has no height a"), (f == "trough", "not the trough")
    k = torch.arange(len(run.f), dtype=torch.float64)
    bound = (run.f[0] * factor(run.mu, run.L, lr_L) ** k).clamp_min(FLOOR * float(run.f[0]))
    worst = float((run.f / bound).max()) if moves[0] else 1.0
    rate = "f(xₖ) − f* ≤ (1 − μη(2 − Lη))ᵏ (f(x₀) − f*) for every k, which is (1 − μ/L)ᵏ at "
    rate += "η = 1/L: largest ratio, that of k = 0"
    seen = run.f > SEEN
    share = 2 * run.mu * run.f[seen] / run.slope[seen].square()
    below = "f − f* ≤ ‖∇f‖²/2μ at every point of the run, so that a slope of 0 means f = f*: "
    below += "largest ratio"
    least, bend, most = _constants(f, a)
    theirs = "μ is the least ½‖∇f‖²/(f − f*), L the largest curvature, both sought on a grid"
    weaker = "a strongly convex f has the inequality with the same μ, not conversely: "
    weaker += "μ ≥ the least curvature"
    breaks = "μ > 0 exactly below a* = 4.6033, where f gets a second place without a slope"
    printed = "as printed (E-36) L is the Lipschitz constant of f, which would bound its slope: "
    printed += "here the slope at the start is larger"
    steep = (float(run.slope[0]) > run.L, "the slope at the start is not larger than L")
    across = (run.x[-1] - run.x[0]) @ torch.tensor([W[1], -W[0]], dtype=torch.float64)
    nearest = "the run ends on the minimum nearest to its start: way along the line of minima"
    return [
        equal("OPT-07", rate, worst, 1.0, needs=(moves, holds)),
        same("OPT-03", theirs, [run.mu, run.L], [least, most], tol=1e-6),
        at_least("OPT-05", weaker, run.mu, max(bend, 0.0)),
        at_most("OPT-04", below, share.max() if len(share) else 0.0, 1.0, needs=(moves, holds)),
        equal("OPT-03", breaks, float(run.mu > 0), float(a < breaking_height().a), needs=(waves,)),
        same("OPT-05", nearest, across, 0.0, needs=(trough,)),
        _steps(run, f, a, lr_L),
        at_least("OPT-07", printed, run.slope[0], run.L, needs=(steep,)),
    ]  # fmt: skip


@lru_cache(maxsize=64)
def _constants(f: str, a: float) -> tuple[float, float, float]:
    """Least ratio, least and largest curvature, by formulas of f on a grid."""
    if f == "trough":
        x, y = np.meshgrid(GRID[::800], GRID[::900])
        off = W[0] * x + W[1] * y - 1
        slope = off[..., None] * np.array(W)
        ratio = ((slope**2).sum(-1) / 2)[off != 0] / (off * off / 2)[off != 0]
        bends = np.linalg.eigvalsh(np.outer(W, W))
        return float(ratio.min()), float(bends[0]), float(bends[1])
    x = GRID[np.abs(GRID) > 1e-3]
    value, slope = x * x + a * np.sin(x) ** 2, 2 * x + 2 * a * np.sin(x) * np.cos(x)
    bend = 2 + 2 * a * np.cos(2 * GRID)
    crossed = ((slope[1:] < 0) != (slope[:-1] < 0)) & (x[1:] * x[:-1] > 0)
    least = 0.0 if crossed.any() else float((slope * slope / 2 / value).min())
    return min(least, 2.0), float(bend.min()), float(np.abs(bend).max())


def _steps(run: Descent, f: str, a: float, lr_L: float) -> Check:
    """Every step from the formulas of f, written another way."""
    x, y = run.x.T
    if f == "trough":
        off, L = x + 2 * y - 1, 5.0
        value, slope = off * off / 2, torch.stack([off, 2 * off], 1)
    else:
        L = 2 + 2 * a
        value = x * x + a * (1 - torch.cos(2 * x)) / 2
        slope = torch.stack([2 * x + 2 * a * torch.sin(x) * torch.cos(x), 0 * x], 1)
    stepped = run.x[:-1] - lr_L / L * slope[:-1]
    claim = "xₖ₊₁ = xₖ − η∇f(xₖ), with f and ‖∇f‖ as they are at xₖ: largest distance"
    mine = torch.cat([run.x[1:].flatten(), run.f, run.slope])
    return same("", claim, mine, torch.cat([stepped.flatten(), value, slope.norm(dim=1)]))


# --- words ---------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def other(a: float) -> tuple[float, float] | None:
    """The second lowest place of the waves, at x > 0, and f there; None where there is none."""
    limit = breaking_height()
    if a <= limit.a:
        return None
    x = root(lambda u: torch.sin(u) / u + 1 / a, 2 * limit.x, 2 * math.pi) / 2
    return x, x * x + a * math.sin(x) ** 2


def top(a: float) -> float:
    """Where the waves are highest between 0 and that place: starts within reach 0."""
    limit = breaking_height()
    return root(lambda u: torch.sin(u) / u + 1 / a, math.pi, 2 * limit.x) / 2


def arrives(run: Descent) -> int:
    """The step from which on f is a millionth of its start, or −1."""
    return int(arrival(run.f, FALL))


def says(run: Descent, *, f: str, a: float, x0: float, lr_L: float) -> str:
    """μ, what it promises, and where the run went."""
    if float(run.f[0]) <= SEEN:
        return "The start is a minimum: the slope is 0 and nothing moves."
    went = _went(run)
    if f == "trough":
        shrinks = number((1 - lr_L) ** 2)
        return (
            f"Along the trough the curvature is 0, across it {number(run.L)} = μ = L: each step "
            f"multiplies f by {shrinks}, from wherever it starts. {went}"
        )
    if run.mu > 0:
        although = f", although f″ goes down to {number(2 - 2 * a)}" if a > 1 else ""
        share = number(100 * (1 - factor(run.mu, run.L, lr_L)))
        return (
            f"½f′² ≥ μ(f − f*) holds with μ = {number(run.mu, 4)}{although}: each step takes at "
            f"least {share} % off f. {went}"
        )
    place, height = other(a) or (breaking_height().x, math.nan)
    stops = f"f′ is 0 at x = ±{number(place)} as well, where f = {number(height)}"
    near = f"; starts within ±{number(top(a))} reach 0" if lr_L <= 1 else ""
    return f"μ = 0: {stops}, so that no factor per step can be promised{near}. {went}"


def _went(run: Descent) -> str:
    steps, there = len(run.f) - 1, arrives(run)
    if stuck(run):
        return f"From this start the run comes to rest there, at x = {number(run.x[-1, 0])}."
    if there >= 0:
        return f"f is a millionth of its start after {in_steps(there)}."
    return f"After {in_steps(steps)} f is at {number(run.f[-1] / run.f[0], 2)} of its start."


def stuck(run: Descent) -> bool:
    """Whether the run ends where there is hardly a slope, above the minimum."""
    return run.mu == 0 and float(run.f[-1]) > 1 and float(run.slope[-1]) < REST


def _end(run: Descent) -> tuple[str, dict[str, float]]:
    there = arrives(run)
    facts = {"there": there, "share": 100 * (1 - run.mu / run.L)}
    return ("stuck" if stuck(run) else "arrives" if there >= 0 else "slow"), facts


def _trough(run: Descent) -> tuple[str, dict[str, float]]:
    """How f goes, from its factor per step at the beginning and at the end."""
    if stuck(run):
        return "stops", {}
    first, last = (float(run.f[k + 1] / run.f[k]) for k in (0, len(run.f) - 2))
    return ("same" if abs(first - last) < 1e-6 else "slower"), {"factor": first}


answers = {"breaks": lambda run: breaking_height().a, "end": _end, "trough": _trough}
