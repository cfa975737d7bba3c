"""What the four radii claim: ROB-01, and what a smoothed certificate is worth."""

import math
from statistics import NormalDist

import numpy as np
import torch
from scipy.special import bdtrc

from core.adversarial import largest_radius
from core.check import Check, at_least, at_most, equal, same
from core.experiments.adversarial.certificate import Certificate, exact_radius, net_of, share_of_one

GRID = 1e-3  # of a share, summed over cells
FLAT = 1e-3  # what m may be at the boundary
JUST = 1e-3  # by so much before the place found, relative, x's class is read still
NORMAL = NormalDist()


def checks(
    run: Certificate, *, cloud: str, x1: float, x2: float, sigma: float, n: int, alpha: float
) -> list[Check]:
    """The order of the radii, the formulas of the certificates, and the promise of g."""
    return [
        _order(run),
        _above(run, cloud),
        _line(run, cloud),
        _keeps(run, cloud, sigma),
        _pearson(run, n, alpha),
        _radius(run, sigma, n, alpha),
        _norms(run, cloud, x1, x2),
        _counted(run, cloud, sigma, n),
    ]


def _order(run: Certificate) -> Check:
    return at_most(
        "ROB-01", "what is certain for f is at most the true distance", run.lipschitz, run.true,
        tol=2e-3,
    )  # fmt: skip


def _above(run: Certificate, cloud: str) -> Check:
    """The place found is the first that is read otherwise, no nearer than the boundary."""
    net = net_of(cloud).net
    some = (bool((run.found != run.x).any()), "the attack found nothing")
    claim = "what an attack found is at least as far as the boundary, where m = 0"
    before = run.x + (1 - JUST) * (run.found - run.x)
    scores = net(torch.stack([run.near, run.found, before]))
    near, found, before = (scores[:, 1] - scores[:, 0]).tolist()
    if abs(near) > FLAT:
        return at_most("ROB-01", f"{claim}: |m| there", abs(near), 0.0, tol=FLAT)
    read = [int(m > 0) for m in (before, found)]
    if some[0] and read != [run.label, 1 - run.label]:
        return at_least("ROB-01", f"{claim}, and is read otherwise", -math.inf, run.true)
    return at_least("ROB-01", claim, run.attack, run.true, tol=2e-3, needs=(some,))


def _line(run: Certificate, cloud: str) -> Check:
    net = net_of("line").net
    w, b = net.weights[0][1] - net.weights[0][0], net.biases[0][1] - net.biases[0][0]
    distance = float((w @ run.x + b).abs() / w.norm())
    straight = (cloud == "line", "the net is not linear")
    claim = "for a linear classifier certificate, truth and attack are |wᵀx + b|/‖w‖: difference"
    both = torch.tensor([run.lipschitz, run.true, run.attack])
    return same("ROB-06", claim, both, [distance] * 3, tol=1e-4, needs=(straight,))


def _keeps(run: Certificate, cloud: str, sigma: float) -> Check:
    """By a sum over the plane, all round at the certified radius."""
    angle = torch.arange(72, dtype=torch.float64) * (2 * math.pi / 72)
    ring = run.x + run.radius * torch.stack([angle.cos(), angle.sin()], 1)
    inside = (bool(ring.abs().max() < 3.5), "the disc leaves the square that is summed over")
    one = share_of_one(cloud, sigma, ring)
    least = (1 - one, one)[run.says].min()
    needs = (
        (not run.abstains, "g abstains"),
        (
            run.radius <= exact_radius(run.share, sigma) + GRID * sigma,
            "chance: one of the few bounds that lie above the share",
        ),
        inside,
    )
    claim = "at the smoothed radius g still says the same: least share of its copies, all round"
    return at_least("", claim, least, 0.5, tol=2 * GRID, needs=needs)


def _pearson(run: Certificate, n: int, alpha: float) -> Check:
    some = (run.count > 0, "no copy was read so")
    claim = "with the bound as share, as many copies or more would agree with probability α"
    chance = bdtrc(run.count - 1, n, min(run.lower, 1.0)) / alpha
    return equal("", f"{claim}: over α", chance, 1, tol=1e-6, needs=(some,))


def _radius(run: Certificate, sigma: float, n: int, alpha: float) -> Check:
    """The formula, with the normal law of another library, and its ceiling."""
    claim = "the smoothed radius is σ Φ⁻¹(bound), 0 up to ½, and at most σ Φ⁻¹(α^(1/n))"
    exact = sigma * NORMAL.inv_cdf(run.lower) if 0.5 < run.lower < 1 else 0.0
    over = max(0.0, run.radius - largest_radius(sigma, n, alpha))
    return equal("", f"{claim}: radius, and what it is above that", run.radius + over, exact)


def _norms(run: Certificate, cloud: str, x1: float, x2: float) -> Check:
    net, at = net_of(cloud).net, torch.tensor([x1, x2], dtype=torch.float64)
    scores = net(at)
    margin = float((scores[1] - scores[0]).abs())
    last = net.weights[-1][1] - net.weights[-1][0]
    steep = math.prod(np.linalg.svd(W.numpy())[1][0] for W in net.weights[:-1])
    exact = margin / (steep * math.hypot(*last.tolist()))
    claim = "certain for f: m(x)/(‖w₁ − w₀‖ ∏‖W‖), and x and its class: largest difference"
    mine = torch.tensor([run.lipschitz, *run.x.tolist(), run.label])
    return same("", claim, mine, [exact, x1, x2, int(scores.argmax())], tol=1e-6)


def _counted(run: Certificate, cloud: str, sigma: float, n: int) -> Check:
    """Five standard errors, and what the cells leave open."""
    one = float(share_of_one(cloud, sigma, run.x[None])[0])
    share = (1 - one, one)[run.says]
    if abs(share - run.share) > 1e-9:
        return equal("", "the share of copies, summed over the plane", run.share, share)
    play = 5 * math.sqrt(max(share * (1 - share), 1 / n) / n) + GRID
    claim = "the share counted and that of all copies: difference within five standard errors"
    return at_most("", claim, abs(run.count / n - share), play)


def says(run: Certificate, *, sigma: float, n: int, alpha: float) -> str:
    """What is certain, what was found, and what the smoothed one promises."""
    found = f"an attack gets through at {run.attack:.3g}"
    if run.true > 1e-6 and run.attack == 0:
        found = "the attack finds nothing"
    text = (
        f"The net f keeps class {run.label} within {run.lipschitz:.3g} for certain and within "
        f"{run.true:.3g} in truth; {found}."
    )
    agree = f"{run.count} of {n} noisy copies"
    if run.abstains:
        return f"{text} Of the smoothed net nothing is certified: {agree} are too few."
    another = " another class," if run.says != run.label else ""
    return (
        f"{text} The smoothed net says{another} {run.says}, by {agree}, and keeps it within "
        f"{run.radius:.3g}, with confidence {100 * (1 - alpha):.4g} %."
    )


def _alike(run: Certificate) -> float:
    return run.radius


answers = {
    "alike": _alike,
    "norms": lambda run: (run.lipschitz, {"share": 100 * run.lipschitz / run.true}),
    "noise": lambda run, sigma: (
        "none" if run.abstains else "less" if run.radius < run.true / 2 else "more",
        {"limit": exact_radius(run.share, sigma)},
    ),
}
