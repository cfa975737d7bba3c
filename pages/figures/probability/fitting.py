"""The first sample with its ellipse, all estimates, and their mean against n."""

from functools import lru_cache

import numpy as np
import torch

from core.experiments.probability.fitting import MOST, Fitting, source
from core.probability import ellipse, variance_estimate_density
from core.words import number, spaced, tex
from pages.figures.marks import band, dots, line, rule
from pages.figures.parts.drawing import pad
from pages.figures.plot import Handle, Panel, Picture, axis, panel

REACH, WIDE = 3.2, 3.0  # of the plane; of the estimates, in units of σ²
EDGES = np.linspace(0, WIDE, 61)
SIZES = np.arange(2, MOST + 1)
SHOWN = 200


def figure(run: Fitting, *, data: str, drawing: str) -> Picture:
    """Three panels, and the drawing where points come from one."""
    panels = [_points(run, data, drawing), _estimates(run, data), _means(run)]
    if data == "drawn":
        panels.insert(1, pad(drawing))
    n, by = run.n, run.n - run.correction
    return Picture(
        tuple(panels),
        formula=(rf"\mathbb E[\hat\sigma^2] = \frac{{{n - 1}}}{{{by}}}\,\sigma^2"
                 rf" = {tex(run.exact)} \qquad \text{{mean of {run.repetitions}: }}"
                 rf"{tex(run.average)}",),
    )  # fmt: skip


@lru_cache(maxsize=16)
def _true(data: str, drawing: str) -> tuple[np.ndarray, np.ndarray]:
    """The ellipse of the source, and some of its points."""
    of = source(data, drawing)
    some = np.zeros((0, 2)) if of.points is None else of.points[:SHOWN].numpy()
    return ellipse(of.mean, of.Sigma, 2.0, 100).numpy(), some


def _points(run: Fitting, data: str, drawing: str) -> Panel:
    ring, some = _true(data, drawing if data == "drawn" else "")
    told = f"One sample of {run.n} points, and the law fitted to it"
    if run.rank < 2:
        told = f"{run.n} points: the fitted ellipse is a line" if run.rank else "Equal points"
    return panel(
        "points",
        told,
        len(some) > 0 and dots(*some.T, "faint", "source", 4),
        line(*ring.T, "theory", "true law", label="true"),
        line(*_ellipse(run).T, "model", "fitted law", width=2.4, label="fitted"),
        dots(*run.points.T.numpy(), "data", "sample", 7),
        dots([float(run.mean[0])], [float(run.mean[1])], "model", "fitted mean", 9),
        x=axis("x₁", -REACH, REACH, dtick=1),
        y=axis("x₂", -REACH, REACH, dtick=1),
        alt=f"{told}; variance of x₁ {number(run.Sigma[0, 0])}, of x₂ {number(run.Sigma[1, 1])}.",
        equal=True,
    )


def _ellipse(run: Fitting) -> np.ndarray:
    return ellipse(run.mean, run.Sigma, 2.0, 100).numpy()


def _estimates(run: Fitting, data: str) -> Panel:
    unit = run.truth or 1.0
    values = run.values.numpy() / unit
    counts = np.histogram(values, EDGES)[0] / (len(values) * (EDGES[1] - EDGES[0]))
    x, y = np.repeat(EDGES, 2)[1:-1], np.repeat(counts, 2)
    top = 2.2
    s = torch.linspace(0.01, WIDE, 150, dtype=torch.float64)
    law = variance_estimate_density(s, run.n, 1.0, run.correction).numpy()
    told = f"{spaced(run.repetitions)} estimates: mean {number(run.average)}"
    return panel(
        "estimates",
        told,
        band(x, 0 * y, y.clip(max=top), "data", "estimates"),
        line(x, y.clip(max=top), "data", "estimates", label="estimates"),
        data == "normal" and line(s, law.clip(max=top), "theory", "law", label="law"),
        rule("good", "σ²", x=1.0, span=(0, top), label="σ²", width=2),
        rule("force", "mean", x=run.average / unit, span=(0, top), label="mean", width=2.4),
        x=axis("σ̂² in units of σ²", 0, WIDE, dtick=0.5),
        y=axis("density", 0, top),
        alt=f"{told}, variance {number(run.truth)}.",
    )


def _means(run: Fitting) -> Panel:
    here = run.average / (run.truth or 1.0)
    told = f"Mean of the estimates at n = {run.n}: {number(100 * here)} % of σ²"
    return panel(
        "means",
        told,
        line(SIZES, (SIZES - 1) / SIZES, "theory", "÷ n", label="÷ n", width=2),
        line(SIZES, np.ones(len(SIZES)), "good", "÷ (n − 1)", label="÷ (n − 1)", width=2),
        dots(SIZES, run.course.numpy() / (run.truth or 1.0), "data", "mean of all samples", 4),
        dots([run.n], [here], "force", "now", 9),
        x=axis("points in a sample, n", 0, MOST + 2, dtick=10),
        y=axis("mean of σ̂² over σ²", 0.4, 1.2, dtick=0.2),
        alt=told + ".",
        handles=(Handle(run.n, here, ("n",), "points n", ((1.0, 0.0),), frees="x", role="force"),),
    )
