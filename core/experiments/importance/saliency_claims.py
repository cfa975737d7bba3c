"""What sensitivity and contribution claim: XAI-05, XAI-06."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.check import Check, equal, same
from core.experiments.importance.saliency import LEVELS, SECOND, Saliency
from core.shapley.digits import GREY, digits, held_out, load
from core.words import number

H = 1e-5  # a step to either side
NOTHING = 0.02  # a share of the largest contribution below which nothing is left


def checks(
    run: Saliency, *, world: str, x1: float, x2: float, w1: float, c: float, digit: int
) -> list[Check]:
    """Derivatives three ways, units, f̄, the value itself, what the way to x adds up to."""
    unit = world == "unit"
    x = torch.tensor([x1, c * x2], dtype=torch.float64) if unit else digits()[digit]

    def f(z: torch.Tensor) -> torch.Tensor:
        if unit:
            return torch.sigmoid(w1 * z[..., 0] + SECOND * z[..., 1] / c)
        scores = load("net").scores(z)
        return scores[..., run.reads] - scores[..., run.rival]

    scale = np.array([1.0, c]) if unit else np.full(64, GREY)
    by_graph = _gradient(f, x)
    small = _gradient(lambda z: f(z * torch.from_numpy(scale)), x / torch.from_numpy(scale))
    step = H * torch.diag(torch.tensor([1.0, c], dtype=torch.float64) if unit else x * 0 + 1)
    bent = unit or _straight(x)
    near = (f(x + step) - f(x - step)) / (2 * step.diagonal())
    ways = (bent, "a unit of the network switches within so small a step")
    size = "in a unit c" if unit else "from white 0 to black 1, in a unit 16"
    mean = _unit_means(x1, x2, w1) if unit else _digit_means(digit, run.reads, run.rival)
    order = [run.reads, run.rival]
    theirs = [0, 0] if unit else np.argsort(-_scores(digit), kind="stable")[:2]
    shown = torch.cat([run.x, run.along.flatten(), run.mean])
    along = [] if unit else _along(digit, run.reads, run.rival).ravel()
    told = "x" if unit else "x, f over all grey levels by whole pictures"
    alone = (unit, "pixels depend on each other, and each is drawn by its own law")
    return [
        same("XAI-06", "∂f/∂xⱼ = the derivative that automatic differentiation finds: largest "
             "difference", run.slope * torch.from_numpy(scale), by_graph.numpy() * scale),
        same("XAI-05", "f̄ = E[f(X) | X₋ⱼ = x₋ⱼ], for independent features the mean of f over xⱼ's "
             "own law: largest difference", run.mean, mean, needs=(alone,)),
        same("XAI-06", "∂f/∂xⱼ = (f(xⱼ + h) − f(xⱼ − h))/2h: largest difference",
             run.slope * torch.from_numpy(scale), near.numpy() * scale, tol=1e-6, needs=(ways,)),
        same("XAI-06", f"measured {size} times as large, the derivatives are so many times "
             "larger: largest difference", run.slope * torch.from_numpy(scale), small.numpy()),
        equal("XAI-06", "f(x) − f(0) is the mean slope on the straight way from 0, times x",
              run.f - float(f(0 * x)), _way(f, x, unit)),
        equal("", "f at x, asked once more", run.f, f(x)),
        same("", "the largest score and the next: difference", order, theirs),
        same("", f"{told}, and the mean of f over xⱼ's own law: difference", shown,
             np.r_[x.numpy(), along, mean]),
    ]  # fmt: skip


def _gradient(f, x: torch.Tensor) -> torch.Tensor:
    at = x.clone().requires_grad_()
    return torch.autograd.grad(f(at), at)[0]


def _straight(x: torch.Tensor) -> bool:
    """Whether no hidden unit switches near x."""
    net = load("net")
    return bool(((net.first @ x + net.bias1).abs() > 2 * H * net.first.abs().amax(1)).all())


def _way(f, x: torch.Tensor, unit: bool) -> float:
    """∫ ∇f(s x)·x ds over [0, 1]: Gauss–Legendre, or from kink to kink of the network."""
    if unit:
        nodes, weights = np.polynomial.legendre.leggauss(12)
        s = ((np.arange(16)[:, None] + (nodes + 1) / 2) / 16).ravel()
        w = np.tile(weights / 32, 16)
    else:
        net = load("net")
        kinks = (-net.bias1 / (net.first @ x).where(net.first @ x != 0, math.inf)).numpy()
        ends = np.unique(np.r_[0, kinks[(kinks > 0) & (kinks < 1)], 1])
        s, w = (ends[1:] + ends[:-1]) / 2, np.diff(ends)
    at = (torch.from_numpy(s)[:, None] * x).requires_grad_()
    slopes = torch.autograd.grad(f(at).sum(), at)[0]
    return float(torch.from_numpy(w) @ (slopes @ x))


def _unit_means(x1: float, x2: float, w1: float) -> np.ndarray:
    """By Gauss–Legendre between −9 and 9, in numpy."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    edges = np.linspace(-9, 9, 73)
    z = (edges[:-1, None] + (nodes + 1) / 2 * 0.25).ravel()
    mass = np.tile(weights / 8, 72) * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    rest = np.array([SECOND * x2, w1 * x1])
    a = np.array([w1, SECOND])[:, None] * z + rest[:, None]
    return (0.5 + 0.5 * np.tanh(a / 2)) @ mass


def _scores(digit: int) -> np.ndarray:
    return _net(digits()[digit].numpy())


def _net(x: np.ndarray) -> np.ndarray:
    net = load("net")
    hidden = np.maximum(x @ net.first.numpy().T + net.bias1.numpy(), 0)
    return hidden @ net.second.numpy().T + net.bias2.numpy()


@lru_cache(maxsize=16)
def _along(digit: int, reads: int, rival: int) -> np.ndarray:
    """Whole pictures, each with one pixel at another level, (64, 17)."""
    x = np.tile(digits()[digit].numpy(), (64, LEVELS, 1))
    for level in range(LEVELS):
        x[np.arange(64), level, np.arange(64)] = level
    z = _net(x)
    return z[..., reads] - z[..., rival]


def _digit_means(digit: int, reads: int, rival: int) -> np.ndarray:
    return (_along(digit, reads, rival) * _histogram()).sum(1)


@lru_cache(maxsize=1)
def _histogram() -> np.ndarray:
    seen = digits()[~held_out()].numpy().astype(int)
    return np.stack([np.bincount(pixel, minlength=LEVELS) for pixel in seen.T]) / len(seen)


# --- words ---------------------------------------------------------------------------------------


def place(pixel: int) -> str:
    """Row and column, counted from 1."""
    return f"row {pixel // 8 + 1}, column {pixel % 8 + 1}"


def tops(run: Saliency) -> tuple[int, int]:
    """The feature with the largest |slope|, and the one with the largest |contribution|."""
    return int(run.slope.abs().argmax()), int(run.contribution.abs().argmax())


def says(run: Saliency, *, world: str, c: float) -> str:
    """Both rankings, and where they part."""
    steep, most = tops(run)
    slope, gave = run.slope, run.contribution
    if world == "unit":
        second = "x₂" if c == 1 else f"{number(c)} x₂"
        leader, steepest = ("x₁", "x₂")[most], ("x₁", second)[steep]
        ends = f"the steepest is {steepest}, the most is contributed by {leader}"
        if steep == most:
            ends = f"{leader} is first by both"
        if float(gave.abs().max()) < 1e-9:
            ends = f"the steepest is {steepest}, and neither contributes"
        return (
            f"f = {number(run.f, 4)}. By slope: {number(slope[0])} for x₁, {number(slope[1])} for "
            f"{second}. By contribution: {number(gave[0], zero=1e-9)} and "
            f"{number(gave[1], zero=1e-9)}; {ends}."
        )
    share = abs(float(gave[steep])) / abs(float(gave[most]))
    nothing = ", next to nothing" if share < NOTHING else ""
    if steep == most:
        return (
            f"The network reads a {run.reads}, before a {run.rival}: f = {number(run.f)}. One "
            f"pixel is first in both, {place(steep)}: slope {number(slope[steep])}, contribution "
            f"{number(gave[steep])}."
        )
    return (
        f"The network reads a {run.reads}, before a {run.rival}: f = {number(run.f)}. It is most "
        f"sensitive to the pixel in {place(steep)}, which contributes "
        f"{number(gave[steep])}{nothing}; that in {place(most)} contributes most, "
        f"{number(gave[most])}."
    )


def _saturated(run: Saliency) -> tuple[float, dict[str, str]]:
    gave = float(run.contribution[0])
    facts = {"slope": number(run.slope[0], 2), "gave": number(gave), "f": number(run.f, 4)}
    return max(gave, 0.0), facts


def _units(run: Saliency) -> tuple[float, dict[str, str]]:
    return float(run.slope[1]), {
        "slope": number(run.slope[1]), "gave": number(run.contribution[1]),
    }  # fmt: skip


def _most(run: Saliency) -> tuple[str, dict[str, str]]:
    steep, most = tops(run)
    share = abs(float(run.contribution[steep] / run.contribution[most]))
    facts = {"place": place(steep), "gave": number(run.contribution[steep], zero=5e-5),
             "other": place(most), "most": number(run.contribution[most])}  # fmt: skip
    return ("none" if share < NOTHING else "most" if share > 0.99 else "some"), facts


answers = {"saturated": _saturated, "units": _units, "most": _most}
