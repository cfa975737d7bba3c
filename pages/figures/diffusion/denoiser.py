"""Samples of the net beside the data, its loss, its prediction at one t, and the loss by t."""

from typing import Annotated

import numpy as np
import torch

from core.diffusion import Mixture, exact_eps, noise_model
from core.experiments.diffusion.denoiser import FRAMES, STEPS_T, Denoised, T, law, plan
from core.signature import between
from pages.figures.marks import arrows, band, dots, line, rule
from pages.figures.parts.drawing import pad
from pages.figures.plot import Handle, Panel, Picture, axis, panel

REACH = 4.0  # of the line, and of the plane
PLANE = 3.0
CLOUD = 500  # points drawn of each cloud
UNITS = {"eps": "‖ε − ε̂‖²", "x0": "‖x₀ − x̂₀‖²", "v": "‖v − v̂‖²"}


def figure(
    run: Denoised,
    *,
    data: str,
    drawing: str,
    predict: str,
    steps: int,
    t: Annotated[int, between(1, T)] = 200,
) -> Picture:
    """Four panels; of a drawing its cells in the place of the loss by t."""
    here = law(data, drawing)
    first = _plane(run, here) if run.net.dim else _line(run, here)
    field = _arrows(run, here, t) if run.net.dim else _field(run, here, t)
    loss = _loss(run, predict, steps)
    if data == "drawing":
        return Picture((first, pad(drawing), loss, field))
    return Picture((first, loss, field, _bands(run, predict, t)))


def _line(run: Denoised, here: Mixture) -> Panel:
    edges = np.linspace(-REACH, REACH, 65)
    counts, _ = np.histogram(run.samples.numpy().clip(-REACH, REACH), edges)
    share = counts / counts.sum() / (edges[1] - edges[0])
    x = np.linspace(-REACH, REACH, 241)
    density = here.density(torch.from_numpy(x)).numpy()
    return panel(
        "samples",
        f"{len(run.samples)} samples of the net, and the law of the data",
        band(np.repeat(edges, 2)[1:-1], np.zeros(128), np.repeat(share, 2), "model", "samples"),
        line(np.repeat(edges, 2)[1:-1], np.repeat(share, 2), "model", "samples", label="samples"),
        line(x, density, "theory", "data", label="data"),
        x=axis("x", -REACH, REACH),
        y=axis("density", 0, 1.5 * density.max()),
        alt=f"Histogram of the samples: mean {run.samples.mean():.2f}, standard deviation "
        f"{run.samples.std():.2f}; the data have {here.mean:.2f} and {here.variance.sqrt():.2f}.",
    )


def _plane(run: Denoised, here: Mixture) -> Panel:
    data = here.sample(CLOUD, torch.Generator().manual_seed(2)).T
    return panel(
        "samples",
        f"{CLOUD} samples of the net, and as many of the data",
        dots(*data, "data", "data", 4, label="data"),
        dots(*run.samples[:CLOUD].T, "model", "samples", 4, label="samples"),
        x=axis("x", -PLANE, PLANE),
        y=axis("y", -PLANE, PLANE),
        alt=f"Two clouds of points, {run.distance:.2g} from each other.",
        equal=True,
    )


def _loss(run: Denoised, predict: str, steps: int) -> Panel:
    every = max(1, -(-steps // FRAMES))
    k = np.minimum(every * np.arange(len(run.losses)), steps)
    top = 1.1 * max(float(run.losses[0]), run.floor)
    return panel(
        "loss",
        "The loss, and the least there is",
        line(k, run.losses.clamp(max=2 * top), "model", "loss", label="loss", pin=True),
        rule("theory", "least", y=run.floor, span=(0, steps), label=f"least {run.floor:.3g}"),
        x=axis("step k", 0, steps),
        y=axis(UNITS[predict], 0, top),
        alt=f"The loss fell from {run.losses[0]:.3g} to {run.loss:.3g}; the least is "
        f"{run.floor:.3g}.",
    )


def _field(run: Denoised, here: Mixture, t: int) -> Panel:
    x = torch.linspace(-REACH, REACH, 121, dtype=torch.float64)
    exact = exact_eps(here, x, t, plan().alpha_bar)
    ours = noise_model(run.net, plan())(x, t)
    density = here.noised(float(plan().alpha_bar[t])).density(x)
    seen = 1.2 * density / density.max() - 4
    off = float((density * (ours - exact).square()).sum() / density.sum()) ** 0.5
    return panel(
        "field",
        f"Noise predicted at step t = {t}",
        band(x, np.full(len(x), -4.0), seen, "data", "where xₜ lies"),
        line(x, ours, "model", "net", label="net"),
        line(x, exact, "theory", "best prediction ε*", label="best"),
        x=axis("xₜ", -REACH, REACH),
        y=axis("ε(xₜ, t)", -4, 4),
        alt=f"At t = {t} the net is {off:.2g} from the best prediction, where xₜ lies.",
    )


def _arrows(run: Denoised, here: Mixture, t: int) -> Panel:
    side = torch.linspace(-2.6, 2.6, 9, dtype=torch.float64)
    x = torch.cartesian_prod(side, side)
    exact = -0.22 * exact_eps(here, x, t, plan().alpha_bar)
    ours = -0.22 * noise_model(run.net, plan())(x, t)
    short = [a * (0.5 / a.norm(dim=1, keepdim=True)).clamp(max=1) for a in (exact, ours)]
    off = float((exact - ours).square().sum(1).mean()) ** 0.5 / 0.22
    return panel(
        "field",
        f"Where the noise taken out leads at step t = {t}",
        arrows(x, x + short[0], "ink", "best prediction −ε*", label="best"),
        arrows(x, x + short[1], "model", "net, −ε", label="net"),
        x=axis("x", -PLANE, PLANE),
        y=axis("y", -PLANE, PLANE),
        alt=f"At t = {t} the net is {off:.2g} from the best prediction on average over the grid.",
        equal=True,
    )


def _bands(run: Denoised, predict: str, t: int) -> Panel:
    top = 1.15 * float(run.floors.max())
    at = int((STEPS_T - t).abs().argmin())
    here = min(float(run.bands[at]), top)
    return panel(
        "bands",
        "The loss at each step t, and the least",
        line(STEPS_T, run.bands.clamp(max=2 * top), "model", "loss", label="loss"),
        line(STEPS_T, run.floors, "theory", "least", label="least"),
        rule("faint", "t looked at", x=t, span=(0, top)),
        x=axis("step t", 0, T),
        y=axis(UNITS[predict], 0, top),
        alt=f"Near t = {t} the loss is {run.bands[at]:.3g} and the least {run.floors[at]:.3g}.",
        handles=(Handle(t, here, ("t",), "step t", ((1.0, 0.0),), frees="x", role="model"),),
    )
