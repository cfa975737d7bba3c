"""What the noise net claims: DDPM-05, the least loss; DDPM-01, the way back."""

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_least, equal, same
from core.diffusion import Mixture, convert, noise_model, predicted
from core.diffusion.quality import unit
from core.experiments.diffusion.denoiser import (
    EACH,
    SHOWN,
    STEPS_T,
    Denoised,
    T,
    apart,
    drawn,
    law,
    noised,
    plan,
)
from core.rng import generator

FRESH = 100  # pairs of data and noise at each of `STEPS_T`, which no training has seen
FAR = 5.0  # standard errors
NAMES = {"eps": "noise", "x0": "data", "v": "velocity"}


class Known(NamedTuple):
    """What the checks compare with: the data's alone, whatever the net."""

    t: Tensor  # steps of the fresh pairs, (4000,)
    x: Tensor  # their noisy points
    target: Tensor  # what was to be predicted there
    best: Tensor  # the best prediction there, from the slope of the logarithm of the density
    shown: Tensor  # the same at the points that the run was measured at
    true: Tensor  # samples of the data
    chance: float  # mean distance of others from them


def checks(run: Denoised, *, data: str, drawing: str, predict: str) -> list[Check]:
    """Three on the least loss, then the samples and their distance, and the net of one bell."""
    if run.progress < 1:
        return []
    here, known = law(data, drawing), _known(data, drawing, predict)
    ours = _squares(predicted(run.net, known.x, known.t, T) - known.target)
    least = _squares(known.best - known.target)
    shown = _excess(run, here, known.shown)
    bands = run.floors + shown.view(len(STEPS_T), EACH).mean(1)
    gap, error = (ours - least).mean(), _error(ours - least) + _error(shown)
    away = f"from {len(known.t)} fresh pairs of data and noise, whose chance is {FAR:g} "
    away += "standard errors"
    above = f"the loss over fresh pairs, plus {FAR:g} standard errors of it, is not below the least"
    back = "30 steps of DDIM with this net lead from pure noise to the samples shown: distance"
    levels = plan().alpha_bar[STEPS_T]
    bell = ((data == "bell", "the data are not one standard normal bell"),)
    found = [apart(run.samples, known.true), known.chance]
    return [
        equal(
            "DDPM-05",
            f"loss − least loss = E‖prediction − best prediction‖²: the left side {away}",
            gap,
            run.loss - run.floor,
            tol=FAR * error / max(1.0, min(float(gap), run.loss - run.floor)),
        ),
        at_least("DDPM-05", above, ours.mean() + FAR * _error(ours), run.floor),
        same(
            "DDPM-05",
            "at each t the loss shown is the least one plus the mean squared distance of the net's "
            "prediction from −√(1 − ᾱₜ) ∇ log qₜ, in the units of what is predicted; their mean "
            "ends the curve",
            [*run.bands, run.loss],
            [*bands, bands.mean()],
            tol=1e-5,
        ),
        same("DDPM-01", back, run.samples, drawn(noise_model(run.net, plan()), here), tol=1e-5),
        same("", "both distances of the clouds, sorted anew", [run.distance, run.chance], found),
        same(
            "DDPM-05",
            "standard normal data: the least loss of ε is ᾱₜ, of x₀ 1 − ᾱₜ, of v 1, at every t",
            run.floors,
            levels * unit(levels, predict),
            tol=1e-6,
            needs=bell,
        ),
    ]


@lru_cache(maxsize=4)
def _known(data: str, drawing: str, predict: str) -> Known:
    here, t = law(data, drawing), STEPS_T.repeat_interleave(FRESH)
    x, x0, eps = noised(here, t, 12)
    target = x0 if predict == "x0" else convert(eps, x, t, plan().alpha_bar, "eps", predict)
    at = STEPS_T.repeat_interleave(EACH)
    shown = _best(here, noised(here, at, 1)[0], at, predict)
    true = [here.sample(SHOWN, generator(seed)) for seed in range(2, 11)]
    pairs = [apart(true[0], other) for other in true[1:]]
    chance = sum(pairs) / len(pairs)
    return Known(t, x, target, _best(here, x, t, predict), shown, true[0], chance)


def _squares(off: Tensor) -> Tensor:
    return off.square() if off.ndim == 1 else off.square().sum(1)


def _error(values: Tensor) -> float:
    """Standard error of the mean over t of means over the pairs at each t."""
    return float(values.view(len(STEPS_T), -1).var(1).mean() / len(values)) ** 0.5


def _best(here: Mixture, x: Tensor, t: Tensor, predict: str) -> Tensor:
    parts = []
    for step in STEPS_T.tolist():
        level = float(plan().alpha_bar[step])
        with torch.enable_grad():
            points = x[t == step].requires_grad_()
            density = here.noised(level).log_density(points).sum()
            (slope,) = torch.autograd.grad(density, points)
        eps = -((1 - level) ** 0.5) * slope
        parts.append(convert(eps, points.detach(), step, plan().alpha_bar, "eps", predict))
    return torch.cat(parts)


def _excess(run: Denoised, here: Mixture, best: Tensor) -> Tensor:
    """Squared distances of the net from the best prediction at the points it was measured at."""
    t = STEPS_T.repeat_interleave(EACH)
    x, _, _ = noised(here, t, 1)
    return _squares(predicted(run.net, x, t, T) - best)


def says(run: Denoised, *, data: str, predict: str) -> str:
    """How near the loss came to the least one, and the samples to the data."""
    what = NAMES[predict]
    if run.progress == 0:
        return f"Before its first step the net predicts no {what} at all: loss {run.loss:.3g}."
    near = f"Loss {run.loss:.3g}; no net gets below {run.floor:.3g} on these data. "
    if run.progress < 1:
        return f"{100 * run.progress:.0f} % of the steps done. {near.strip()}"
    luck = f"{run.distance:.2g} from the data, two true samples {run.chance:.2g} from each other"
    if data == "two":
        right = run.samples[run.samples > 0]
        share = len(right) / len(run.samples)
        return near + (
            f"Its samples are {luck}: share {share:.2f} on the right instead of 0.70, "
            + (f"with mean {right.mean():.2f} and σ {right.std():.2f}." if len(right) > 1 else "")
        ).removesuffix(", ")
    return near + f"Its samples are {luck}."


def _lowest(run: Denoised) -> tuple[float, dict[str, Any]]:
    return run.floor, {}


def _where(run: Denoised) -> tuple[str, dict[str, Any]]:
    quarter = len(run.bands) // 4
    early, late = float(run.bands[:quarter].mean()), float(run.bands[-quarter:].mean())
    key = "small" if early > 1.2 * late else "large" if late > 1.2 * early else "same"
    return key, {"early": early, "late": late}


def _shape(run: Denoised, data: str) -> tuple[str, dict[str, Any]]:
    x = torch.linspace(-2, 2, 81, dtype=torch.float64)
    y = noise_model(run.net, plan())(x, 200) if not run.net.dim else x
    slope = float(x @ y / (x @ x))
    bent = float((y - slope * x).abs().max() / y.abs().max())
    wanted = float((1 - plan().alpha_bar[200]).sqrt())
    return "line" if bent < 0.2 else "bend", {"slope": slope, "wanted": wanted}


answers = {"lowest": _lowest, "where": _where, "shape": _shape}
