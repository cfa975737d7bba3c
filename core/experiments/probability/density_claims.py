"""What a density claims: PROB-18, PROB-19 with errata E-07, E-08."""

import math

import torch
from torch import Tensor, distributions

from core.check import Check, equal, same
from core.experiments.probability.density import BESIDE, Density, kinks
from core.words import number

SPEED = 1e-5  # relative, of a difference quotient


def checks(
    run: Density,
    *,
    law: str,
    rate: float,
    width: float,
    mu: float,
    sigma: float,
    shape: float,
    scale: float,
    alpha: float,
) -> list[Check]:
    """The slope of F, the areas under f, the density of αY and its area."""
    f, F = known(law, rate, width, mu, sigma, shape, scale)
    t, y = torch.tensor([run.t], dtype=torch.float64), run.y
    at = torch.cat([y, t])
    smooth = (not run.discrete, "Y has jumps and no density")
    turns = kinks(law, width)
    beside = (all(abs(run.t - k) > 1e-4 for k in turns), "F has a corner at t")
    some = (alpha != 0, "α = 0: αY is 0, a point mass that has no density")
    jumps = (run.discrete, "Y has a density")
    between = (not (run.discrete and run.height > 0), "t is on a jump of F, where it has no slope")
    top = max(1.0, float(run.f.abs().max()))
    faults = [_off(torch.cat([run.f, torch.tensor([run.height], dtype=torch.float64)]), f(at), top)]
    faults.append(_off(torch.cat([run.F, torch.tensor([run.below], dtype=torch.float64)]), F(at)))
    faults += [float((run.z - alpha * y).abs().max()), float(run.discrete != (law == "poisson"))]
    stretched = f(y) * (1.0 if run.discrete else (1 / abs(alpha) if alpha else 0.0))
    area = _area(run, F)
    printed = math.copysign(1.0, alpha) * area
    return [
        equal("PROB-18", "F′(t) = f(t)", 0.0 if run.discrete else run.slope, 0.0 if run.discrete
              else float(f(t)), tol=SPEED, needs=(smooth, beside)),
        same("PROB-19", "the density of αY at z is that of Y at z/α, over |α|: largest difference",
             run.scaled / max(1.0, float(stretched.max())),
             stretched / max(1.0, float(stretched.max())), needs=(smooth, some)),
        equal("PROB-19", "the area under the density of αY is 1", area, 1.0, tol=0.01,
              needs=(smooth, some)),
        equal("PROB-18", "beside its jumps F is level: F′(t) = 0 there",
              run.slope if run.discrete and between[0] else 0.0, 0.0,
              needs=(jumps, between)),
        same("", "masses keep their height when they move to α times their place: largest "
             "difference", run.scaled if run.discrete else run.f, run.f, needs=(jumps,)),
        same("PROB-18", "f and F by another route, at t and over the view: largest difference",
             torch.tensor(faults), 0.0, tol=1e-9),
        equal("PROB-19", "as printed (E-08) with 1/α: the area under the density of αY is −1",
              printed, -1.0, tol=0.01,
              needs=(smooth, some, (alpha < 0, "α > 0: 1/α and 1/|α| are the same"))),
    ]  # fmt: skip


def _off(found: Tensor, wanted: Tensor, scale: float = 1.0) -> float:
    return float((found - wanted).abs().max()) / scale


def _area(run: Density, F) -> float:
    """The area over the image of the view, by trapezia, and what lies beyond it."""
    ends = F(run.y[[0, -1]])
    if run.discrete:
        return 1.0
    return float(torch.trapezoid(run.scaled, run.z).abs() + ends[0] + 1 - ends[1])


def known(law, rate, width, mu, sigma, shape, scale):
    """f and F by torch's own distributions; of Poisson by its sums."""
    one = torch.tensor(1.0, dtype=torch.float64)
    if law == "poisson":
        return (lambda x: _mass(x, rate)), (lambda x: torch.special.gammaincc(
            (x.floor() + 1).clamp(min=1e-300), rate * one) * (x >= 0))  # fmt: skip
    d = {
        "exponential": lambda: distributions.Exponential(rate * one, validate_args=False),
        "uniform": lambda: distributions.Uniform(0 * one, width * one, validate_args=False),
        "normal": lambda: distributions.Normal(mu * one, sigma * one),
        "gamma": lambda: distributions.Gamma(shape * one, one / scale, validate_args=False),
    }[law]()
    if law in ("normal", "uniform"):
        return (lambda x: d.log_prob(x).exp()), d.cdf
    inside = BESIDE / 2
    return (
        lambda x: torch.where(x >= 0, d.log_prob(x.clamp(min=inside * (law == "gamma"))).exp(), 0),
        lambda x: d.cdf(x.clamp(min=0.0)),
    )


def _mass(x: Tensor, rate: float) -> Tensor:
    k = x.clamp(min=0)
    p = torch.exp(torch.xlogy(k, torch.tensor(rate, dtype=torch.float64)) - rate
                  - torch.lgamma(k + 1))  # fmt: skip
    return torch.where((x >= 0) & (x == x.floor()), p, 0.0)


def says(run: Density, *, alpha: float) -> str:
    """What the factor does to the law, and what F does at t."""
    t, below = number(run.t), number(run.below, zero=1e-9)
    end = f"Up to t = {t} lies the share {below}, the height of F; there F "
    if run.discrete:
        start = f"The masses of {number(alpha)} · Y stand {number(abs(alpha))} times as far from 0"
        start += " and keep their height: only a density has to share its area out. "
        jump = f"jumps by {number(run.height)}, and has no slope."
        end += jump if run.height > 0 else "is level, for all of the law is in its jumps."
        return (start if alpha else "All masses of 0 · Y stand at 0. ") + end
    end += f"climbs with slope {number(run.slope, zero=1e-9)}, the height of f."
    if not alpha:
        return "0 · Y is 0 for sure: a point mass, which has no density. " + end
    size = abs(alpha)
    how = ["turned round"] if alpha < 0 else []
    if abs(size - 1) > 1e-9:
        how.append(f"{number(size)} times as wide and {number(1 / size)} times as high")
    start = f"{number(alpha)} · Y has the density of Y{', ' * bool(how)}{', '.join(how)}: "
    return start + "its area stays 1. " + end


def _ratio(run: Density) -> tuple[float, dict[str, str]]:
    """How high αY is, compared with Y."""
    was, now = float(run.f.max()), float(run.scaled.max())
    return now / was, {"was": number(was), "now": number(now)}


answers = {
    "minus": _ratio,
    "jumps": lambda run: run.slope,
    "printed": lambda run, alpha: math.copysign(1.0, alpha),
}
