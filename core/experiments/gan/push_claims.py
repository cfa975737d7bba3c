"""What the losses claim: GAN-05 with erratum E-71, GAN-06, GAN-09."""

import math

import torch
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.experiments.gan.push import LOSSES, Push, push
from core.gan import generator_loss, jensen_shannon, value_at_optimum
from core.words import number, spaced

LN10 = math.log(10)
SURE = 8.0  # from this s/σ on the best referee rejects nearly every fake


def checks(run: Push, *, s: float, sigma: float) -> list[Check]:
    """Slope of the best value, both pushes together, how they fade, W₁, JSD, one fake."""
    u, steep = s / sigma, s / sigma**2
    slope, distance = _on_a_grid(s, sigma)
    envelope = "the saturating push is the slope of 2 JSD − log 4 by s, for D* has no slope of its "
    envelope += "own: in units of 1/σ"
    both = "the two pushes (s/σ²) E D and (s/σ²) E (1 − D) add up to s/σ²: largest difference"
    fades = "log E D ≤ log ½ − s²/8σ²: the saturating push fades like a Gaussian"
    losses = "saturating loss = JSD − log 2, both losses together s²/2σ²: largest difference"
    one = "one fake: the saturating loss changes by D with its logit a, the non-saturating by "
    one += "1 − D, the critic by 1: largest difference"
    flat = "JSD ≥ log 2 − exp(−s²/8σ²): for points it is log 2 at every s above 0"
    moved = "W₁ = ∫|F − G| = s, whose slope is 1: largest difference"
    printed = (
        "as printed (E-71) the saturating push vanishes if D is perfect: in units of 1/σ below "
    )
    printed += "0.001, once the perfect D rejects the fakes"
    met = (u >= SURE, "the best referee still takes some fakes for real, and the push is there")
    saturating, non_saturating, _ = run.loss.tolist()
    spread = max(u**2 / 2, 1.0)  # far apart the sum is large, near it is a small difference
    foreseen = torch.tensor([steep * math.exp(run.log_D), steep], dtype=torch.float64)
    return [
        equal("GAN-05", envelope, float(run.push[0]) * sigma, slope * sigma),
        same("GAN-06", both, torch.stack((run.push[0], run.push[:2].sum())), foreseen),
        at_most("GAN-05", fades, run.log_D, -math.log(2) - u**2 / 8),
        same("GAN-09", moved, torch.stack((run.loss[2], run.push[2])), _transport(s, sigma)),
        at_most("GAN-09", flat, math.log(2) - run.jsd, math.exp(-(u**2) / 8)),
        same("GAN-05", one, run.slope, _slopes(run.logit)),
        same(
            "GAN-06",
            losses,
            [saturating, run.jsd, (saturating + non_saturating) / spread],
            [distance - math.log(2), distance, u**2 / 2 / spread],
        ),
        at_most("GAN-05", printed, float(run.push[0]) * sigma, 1e-3, needs=(met,)),
    ]


def _on_a_grid(s: float, sigma: float) -> tuple[float, float]:
    """Slope of V(D*) by s and JSD, from densities on equally wide cells, by autograd."""
    x = torch.linspace(-10 * sigma, s + 10 * sigma, 4001, dtype=torch.float64)
    if s > 30 * sigma:  # what lies between the hills is empty
        near = torch.linspace(-10 * sigma, 10 * sigma, 2000, dtype=torch.float64)
        x = torch.cat((near, s + near))
    at = torch.tensor(s, dtype=torch.float64, requires_grad=True)
    scale = sigma * math.sqrt(2 * math.pi)
    p, q = (torch.exp(-((x - m) / sigma).square() / 2) / scale for m in (0.0, at))
    dx = float(x[1] - x[0])
    (slope,) = torch.autograd.grad(value_at_optimum(p, q, dx), at)
    return float(slope), float(jensen_shannon(p.detach(), q.detach(), dx))


def _transport(s: float, sigma: float) -> Tensor:
    """∫|F − G| over equally wide cells, and its slope."""
    x = torch.linspace(-10 * sigma, s + 10 * sigma, 8001, dtype=torch.float64)
    F, G = (torch.special.ndtr((x - m) / sigma) for m in (0.0, s))
    return torch.stack(((F - G).abs().sum() * (x[1] - x[0]), torch.tensor(float(s > 0))))


def _slopes(logit: float) -> Tensor:
    """Sizes of the derivatives of the three losses of one fake, by autograd."""
    found = []
    for loss in LOSSES:
        a = torch.tensor([logit], dtype=torch.float64, requires_grad=True)
        found.append(torch.autograd.grad(generator_loss(a, loss), a)[0].abs())
    return torch.cat(found)


def size(log10: float) -> str:
    """3.93e-04 from its logarithm, also far below the smallest float."""
    if -4 <= log10 < 4:
        return number(10**log10)
    power = math.floor(log10)
    mantissa = f"{10 ** (log10 - power):.3g}"
    return f"{mantissa}e{power}" if mantissa != "10" else f"1e{power + 1}"


def says(run: Push, *, s: float, sigma: float) -> str:
    """The three pushes, and what the referee thinks of the fakes."""
    if s == 0:
        return "Data and fakes are the same: the best referee answers ½, and nothing pushes."
    saturating, other, critic = run.log10(s, sigma)
    told = f"At s = {s:.3g} the saturating loss pushes with {size(saturating)}, the non-saturating "
    told += f"one with {size(other)}, the Wasserstein loss with {size(critic)}. "
    ratio, mean = other - saturating, size(run.log_D / LN10)
    if ratio > 2:
        times = (
            f"1e{ratio:.0f}"
            if ratio > 6
            else spaced(int(float(f"{10**ratio:.1g}"))).replace(" ", "\u00a0")
        )
        told += f"The first is about {times} times weaker than the second, as the best referee "
        told += f"calls a fake real with D = {mean} on average."
    else:
        told += f"The best referee calls a fake real with D = {mean} on average."
    if run.logit > 0:
        saturating, other, _ = run.slope.tolist()
        told += f" The one fake with a = {run.logit:.3g} fools it: there the slopes by a are "
        told += f"{number(saturating)} and {number(other)}."
    return told


def _numbers(run: Push) -> dict[str, object]:
    return {"saturating": size(float(run.push[0].log10())), "other": float(run.push[1])}


def _fooled(run: Push) -> str:
    """The loss that changes least with the logit of the one fake."""
    return LOSSES[int(run.slope.argmin())]


def _noticed(run: Push, s: float, sigma: float) -> str:
    """Which of JSD and W₁ differs when the fakes come to half the distance."""
    nearer = push(s / 2, sigma)
    jsd, moved = run.jsd - nearer.jsd > 1e-3, float(run.loss[2] - nearer.loss[2]) > 1e-3
    return {(True, True): "both", (False, True): "w1", (True, False): "jsd"}.get(
        (jsd, moved), "none"
    )


answers = {
    "far": lambda run: (float(run.push[1] / run.push[0]), _numbers(run)),
    "fooled": _fooled,
    "needles": lambda run, s, sigma: _noticed(run, s, sigma),
}
