"""What the two-number game claims: GAN-08, and what happened."""

import math

import torch
from torch import Tensor

from core.check import Check, at_most, same
from core.experiments.gan.circle import Circle
from core.gan import UPDATES, eigenvalues, flow, invariant, spectral_radius

LAWS = {"simultaneous": "(1 + η²)ᵏ", "extragradient": "(1 − η² + η⁴)ᵏ"}


def checks(run: Circle, *, x0: float, y0: float) -> list[Check]:
    """The law of the radius, every step, the eigenvalues, the bound, the flow, the losses."""
    plain = (run.r1 == 0, f"the referee is braked, r1 = {run.r1:g}")
    off = (bool(run.paths[0, 0].any()), "the start is the balance itself")
    small = "infinitely small steps keep x² + y²: largest relative change along the flow"
    times = torch.linspace(0, 2 * math.pi, 33, dtype=torch.float64)
    flowed = flow(times, run.r1, tuple(run.path[0].tolist())).norm(dim=-1) / _start(run)
    return [
        _law(run, (plain, off)),
        _steps(run, (x0, y0)),
        _factors(run),
        _bound(run, (plain, off)),
        same("GAN-08", small, flowed, torch.ones_like(flowed), needs=(plain, off)),
        _braked(run, off),
    ]


def _start(run: Circle) -> float:
    return max(float(run.paths[0, 0].norm()), 1e-300)


def _law(run: Circle, needs: tuple) -> Check:
    """The radius, or the invariant of alternating steps, over its closed form: 1 at every step."""
    k, eta = torch.arange(run.steps + 1, dtype=torch.float64), run.eta
    if run.update == "alternating":
        claim = "x² + y² − ηxy is the same after every step: largest relative change"
        kept = invariant(run.path, eta) / max(float(invariant(run.path[0], eta)), 1e-300)
    else:
        factor = 1 + eta**2 if run.update == "simultaneous" else 1 - eta**2 + eta**4
        claim = f"xₖ² + yₖ² = {LAWS[run.update]} (x₀² + y₀²): largest relative distance"
        kept = run.radius.square() / (_start(run) ** 2 * factor**k)
    return same("GAN-08", claim, kept, torch.ones_like(kept), needs=needs)


def _steps(run: Circle, start: tuple[float, float]) -> Check:
    """Each rule written out, for all three runs that can be drawn."""
    foreseen, eta, r1 = [], run.eta, run.r1
    first = torch.tensor([start], dtype=torch.float64)

    def push(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return -eta * y, eta * (x - r1 * y)

    for name, path in zip(UPDATES, run.paths, strict=True):
        x, y = path[:-1].T
        px, py = push(x, y)
        if name == "alternating":
            py = push(x + px, y)[1]
        elif name == "extragradient":
            px, py = push(x + px, y + py)
        foreseen.append(torch.cat([first, torch.stack([x + px, y + py], -1)]))
    size = run.paths.norm(dim=-1, keepdim=True).clamp(min=1e-300)
    claim = "from (x₀, y₀) on every step is x ← x − η y, y ← y + η (x − r1 y), in the order of its "
    claim += "rule: largest distance, over the radius"
    return same("GAN-08", claim, run.paths / size, torch.stack(foreseen) / size)


def _factors(run: Circle) -> Check:
    """Cayley and Hamilton: with the eigenvalues z₁, z₂ of one step, two steps follow from one."""
    z1, z2 = eigenvalues(run.eta, run.update, run.r1)
    w, long = run.path, (run.steps > 1, "it takes two steps")
    size = w[:-2].norm(dim=-1, keepdim=True).clamp(min=1e-300)
    claim = "the factors z₁, z₂ of a step rule the run: wₖ₊₂ = (z₁ + z₂)wₖ₊₁ − z₁z₂wₖ, w = (x, y): "
    claim += "largest distance, over the radius"
    foreseen = (z1 + z2).real * w[1:-1] - (z1 * z2).real * w[:-2]
    return same("GAN-08", claim, w[2:] / size, foreseen / size, needs=(long,))


def _bound(run: Circle, needs: tuple) -> Check:
    claim = (
        "alternating steps stay: the radius is never above √((1 + η/2)/(1 − η/2)) times the first"
    )
    turn = (run.update == "alternating", "the players do not take turns")
    most = math.sqrt((1 + run.eta / 2) / (1 - run.eta / 2))
    return at_most("GAN-08", claim, run.radius.max() / _start(run), most, needs=(turn, *needs))


def _braked(run: Circle, off: tuple[bool, str]) -> Check:
    """The triangle 0, wₖ, wₖ₊₁ shrinks by the determinant of a step."""
    both = run.update == "simultaneous"
    factor = "1 − η r1" + " + η²" * both
    claim = (
        f"the brake pulls in: each step multiplies the area of the triangle 0, wₖ, wₖ₊₁ by {factor}"
    )
    x, y = run.path.T
    area, size = x[:-1] * y[1:] - y[:-1] * x[1:], run.radius[:-2].square().clamp(min=1e-300)
    foreseen = (1 - run.eta * run.r1 + both * run.eta**2) * area[:-1]
    needs = (
        (run.r1 > 0, "there is no brake, r1 = 0"),
        (run.update != "extragradient", "looking ahead has another factor"),
        (run.steps > 1, "it takes two steps"),
        off,
    )
    return same(
        "GAN-08", f"{claim}: largest distance", area[1:] / size, foreseen / size, needs=needs
    )


def rate(run: Circle) -> float:
    """What a step multiplies the distance by in the long run."""
    return spectral_radius(run.eta, run.update, run.r1)


def says(run: Circle) -> str:
    """Where the run goes, how far it is, and what the losses do."""
    first, last = float(run.radius[0]), float(run.radius[-1])
    if first == 0:
        return "Both players stand at the balance (0, 0), where no push is left, and stay."
    z, factor = eigenvalues(run.eta, run.update, run.r1)[0], rate(run)
    each = f"each step multiplies the distance by {factor:.4f} in the long run"
    after = f"from {first:.3g} to {last:.3g} in {run.steps} step{'s' * (run.steps != 1)}"
    turns = f"{run.turns:.2g} turn{'s' * (f'{run.turns:.2g}' != '1')}"
    if abs(factor - 1) < 1e-12:
        low, high = float(run.radius.min()), float(run.radius.max())
        way = (
            f"Round and round: the distance stays between {low:.3g} and {high:.3g}, {turns} so far"
        )
    elif factor > 1:
        way = f"Outwards: {each}, {after}, {turns}"
    elif z.imag:
        way = f"Inwards: {each}, {after}, {turns}"
    else:
        way = f"Inwards without turning round: {each}, {after}"
    signs = run.value.sign()
    swings = int((signs[signs != 0].diff() != 0).sum())
    often = "changes its sign " + ("once" if swings == 1 else f"{swings} times")
    often = often if swings else "never changes its sign"
    losses = "the two losses are V and −V" if run.r1 == 0 else "the losses are V and −V + ½ r1 y²"
    return f"{way}. V {often}; {losses}."


answers = {
    "out": lambda run: float(run.radius[-1] / _start(run)),
    "turns": lambda run: float(run.radius[-1] / _start(run)),
    "brake": lambda run: "both" if rate(run) < 1 else "round" if rate(run) < 1 + 1e-12 else "out",
}
