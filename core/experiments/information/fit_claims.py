"""What two ways to fit claim: INFO-04, INFO-05."""

import math

import numpy as np
import torch

from core.check import Check, at_least, at_most, equal, same
from core.experiments.information.fit import MU, SIGMA, Fit, landscape, target
from core.information import DIRECTIONS, divergence
from core.words import amount, number

NAMES = {"forward": "KL(p‖q)", "reverse": "KL(q‖p)", "jsd": "JSD"}
FINE = 20_001  # nodes of an integral
COARSE = 0.01  # of a value of the map, as its integrals are


def checks(
    run: Fit, *, mu: float, sigma: float, direction: str, apart: float, width: float,
    weight: float, slide: int,
) -> list[Check]:  # fmt: skip
    """All three by sums, p's moments, the optima, downhill."""
    known = apart, width, weight
    m, s = run.q.tolist()
    told, at = run.values.tolist(), DIRECTIONS.index(direction)
    sums = _sums(m, s, *known)
    size = max(1.0, *told)
    mean, var = _moments(*known)
    entropy = _entropy(*known)
    law = math.log(s * math.sqrt(2 * math.pi)) + (var + (mean - m) ** 2) / (2 * s * s)
    start = divergence(target(*known), direction, mu, sigma)
    least = float(landscape(*known, direction).min())
    return [
        equal("INFO-04", "KL(p‖q) = −h(p) − ∫ p log q, the second part by mean and variance of p",
              told[0] / size, (law - entropy) / size, tol=1e-7),
        equal("INFO-04", "KL(q‖p) = ∫ q log(q/p), by a fine sum", told[1] / size,
              sums[1] / size, tol=1e-6),
        equal("INFO-05", "JSD is the mean of the KLs of p and q to their middle m, by a fine sum",
              told[2], sums[2], tol=1e-6),
        at_most("INFO-05", "JSD is at most log 2, and at most a quarter of KL(p‖q) + KL(q‖p): "
                "by how much it is above", max(told[2] - math.log(2),
                told[2] - (told[0] + told[1]) / 4), 0.0),
        at_least("INFO-04", "none of the three is below 0: the smallest", min(told), 0.0),
        same("", f"{NAMES[direction]} is level at each optimum, and has the value told there: "
             "largest fault", _faults(run, direction, known), 0.0, tol=1e-5),
        at_most("", f"no Gaussian of the map, {MU.size * SIGMA.size} of them, has less than the "
                "best one, in a hundredth", run.best[2], least + COARSE * (1 + least)),
        at_most("", "the slide goes downhill; at its start q is where it was put", told[at],
                float(start) if slide or run.q.tolist() == [mu, sigma] else -1.0),
    ]  # fmt: skip


def _bumps(apart: float, weight: float) -> list[tuple[float, float]]:
    return [(1 - weight, -apart / 2), (weight, apart / 2)]


def _log_p(x: np.ndarray, apart: float, width: float, weight: float) -> np.ndarray:
    each = [math.log(w) - 0.5 * ((x - m) / width) ** 2 for w, m in _bumps(apart, weight)]
    return np.logaddexp(*each) - math.log(width * math.sqrt(2 * math.pi))


def _moments(apart: float, width: float, weight: float) -> tuple[float, float]:
    mean = sum(w * m for w, m in _bumps(apart, weight))
    return mean, width**2 + weight * (1 - weight) * apart**2


def _entropy(apart: float, width: float, weight: float) -> float:
    x = np.linspace(-apart / 2 - 10 * width, apart / 2 + 10 * width, FINE)
    log_p = _log_p(x, apart, width, weight)
    return -float((np.exp(log_p) * log_p).sum() * (x[1] - x[0]))


def _sums(m: float, s: float, *known: float) -> tuple[float, float, float]:
    """The three by sums on one row of nodes."""
    apart, width, _ = known
    low = min(-apart / 2 - 10 * width, m - 10 * s)
    high = max(apart / 2 + 10 * width, m + 10 * s)
    x = np.linspace(low, high, FINE)
    log_p = _log_p(x, *known)
    log_q = -0.5 * ((x - m) / s) ** 2 - math.log(s * math.sqrt(2 * math.pi))
    p, q, dx = np.exp(log_p), np.exp(log_q), x[1] - x[0]
    middle = np.logaddexp(log_p, log_q) - math.log(2)
    js = p * (log_p - middle) + q * (log_q - middle)
    return tuple(
        float(each.sum() * dx) for each in (p * (log_p - log_q), q * (log_q - log_p), js / 2)
    )


def _faults(run: Fit, direction: str, known: tuple[float, float, float]) -> torch.Tensor:
    """Slopes by autograd in units of the value's size, and differences of the values."""
    place = run.optima[:, :2].clone().requires_grad_()
    found = divergence(target(*known), direction, place[:, 0], place[:, 1])
    (slope,) = torch.autograd.grad(found.sum(), place)
    size = 1 + found.detach()
    return torch.cat([slope.T / size, ((found - run.optima[:, 2]) / size)[None].detach()])


def says(run: Fit, *, direction: str, slide: int) -> str:
    """The value here, the best Gaussian, how many others stop a slide."""
    value = run.values[DIRECTIONS.index(direction)]
    m, s, least = run.best
    here = f"after {slide} step{'s' * (slide > 1)}" if slide else "here"
    told = f"{NAMES[direction]} is {amount(value, 'nats', zero=5e-7)} {here}; the least of any "
    told += f"Gaussian is {number(least, zero=5e-7)}, at mean {number(m, zero=5e-4)} and standard "
    told += f"deviation {number(s)}"
    alike = [each for each in run.optima[1:].tolist() if abs(each[2] - least) < 1e-7]
    told += f", and as low at mean {number(alike[0][0])}. " if alike else ". "
    others = len(run.optima) - 1 - len(alike)
    if others:
        told += f"{others} higher valley{'s' * (others > 1)} can hold a slide back."
    return told.strip()


def _lies(run: Fit) -> tuple[str, dict[str, str]]:
    """Where the best Gaussian lies."""
    m, s, least = run.best
    key = "one" if abs(m) > 1 else "both" if s > 1 else "between"
    return key, {"at": number(abs(m), 4), "s": number(s, 4), "least": number(least)}


answers = {
    "lock": _lies,
    "cover": lambda run: (run.best[1], {"s": number(run.best[1], 4)}),
    "far": lambda run: (float(run.values[2]), {"kl": number(run.values[0], 4),
                        "js": number(run.values[2])}),
}  # fmt: skip
