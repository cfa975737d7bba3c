"""The density that is learned, noise on its way through the layers, the NLL, the law of x₁."""

import math
from typing import Annotated

import numpy as np
import torch

from core.experiments.flows.train import CELLS, EDGE, SHOWN, Training, moments, noise
from core.flows import Flow
from core.signature import between
from core.words import number, tex
from pages.figures.marks import contours, dots, line, note, rule
from pages.figures.parts.drawing import pad
from pages.figures.plot import Handle, Panel, Picture, axis, panel

LEVELS = np.array([0.003, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5])
MIDDLES = (np.arange(CELLS) + 0.5) * (2 * EDGE / CELLS) - EDGE
WIDE = 3.4  # half the side of the panel where noise is seen
BINS = np.linspace(-3.2, 3.2, 25)
Place = Annotated[float, between(-3, 3)]


def figure(
    run: Training, *, data: str, layers: int, swap: bool, width: int, steps: int, seed: int,
    drawing: str, z1: Place = -0.6, z2: Place = 0.8, layer: Annotated[int, between(0, 8)] = 8,
) -> Picture:  # fmt: skip
    """The player goes from layer to layer; while the flow learns, the newest of it is seen."""
    flow, done = run.flow(width, swap), run.progress == 1
    k = min(layer, layers) if done else layers
    z = torch.cat([torch.tensor([[z1, z2]], dtype=torch.float64), noise(seed)[: SHOWN - 1]])
    path = flow.path(z)
    when = np.array(moments(steps))
    panels = [
        _layers(run, flow, path, k, (z1, z2)),
        _density(run, path[-1, 0].tolist(), int(when[len(run.train) - 1])),
        _first(run, noise(seed)),
        _curves(run, when),
    ]
    if data == "drawn":
        panels[1:3] = [pad(drawing), panels[1]]
    film = {"frames": layers + 1, "drive": "layer", "track": {"layer": np.arange(layers + 1)}}
    return Picture(tuple(panels), formula=_formula(flow, path[:, 0], k), **(film if done else {}))


def _formula(flow: Flow, path: torch.Tensor, k: int) -> tuple[str, ...]:
    """What layer k does to the probe, with its numbers."""
    if k == 0:
        return ()
    kept = flow.kept(k - 1)
    s, t = (float(half(path[k - 1, kept : kept + 1])) for half in flow.conditioner(k - 1))
    before, after, moved = float(path[k - 1, 1 - kept]), float(path[k, 1 - kept]), 2 - kept
    sign = "-" if t < 0 else "+"
    step = rf"{tex(before, 3)}\cdot e^{{{tex(s, 3)}}} {sign} {tex(abs(t), 3)}"
    return (
        rf"\text{{layer {k}:}}\quad x_{moved} \leftarrow x_{moved}\,e^{{s(x_{kept + 1})}} + "
        rf"t(x_{kept + 1}) = {step} = {tex(after, 3)}",
    )


def _density(run: Training, end: list[float], step: int) -> Panel:
    p = np.exp(run.log_density.numpy().clip(-60, 5))
    inside = max(map(abs, end)) <= EDGE
    return panel(
        "density",
        f"Density of the flow after {step} step{'s' * (step != 1)}, and the data",
        contours(MIDDLES, MIDDLES, p, LEVELS) | {"name": "p"},
        dots(*run.points.numpy().T, "data", "data", 3),
        inside and dots([end[0]], [end[1]], "force", "your point", 9, label="your point"),
        x=axis("x₁", -EDGE, EDGE),
        y=axis("x₂", -EDGE, EDGE),
        alt=f"The flow's density after {step} steps; held-out points have a mean −ln p of "
        f"{number(run.validation[-1], 3, 5e-4)}.",
        equal=True,
    )


def _layers(run: Training, flow: Flow, path: torch.Tensor, k: int, z: tuple[float, float]) -> Panel:
    """The noise after k layers, the right half of it in another colour."""
    x, right = path[k, 1:].numpy(), (path[0, 1:, 0] > 0).numpy()
    way = path[: k + 1, 0].numpy()
    if k:
        title = (
            f"The noise after layer {k} of {flow.layers}, which moved x{'₁₂'[1 - flow.kept(k - 1)]}"
        )
    else:
        title = f"The noise z, before {flow.layers} layer{'s' * (flow.layers != 1)}"
    return panel(
        "layers",
        title,
        dots(*run.points.numpy().T, "faint", "data", 4),
        dots(*x[~right].T, "model", "noise with z₁ < 0", 4),
        dots(*x[right].T, "second", "noise with z₁ > 0", 4),
        line(*way.T, "force", "your point", dash="solid"),
        dots(*way.T, "force", "after each layer", 6),
        x=axis("first coordinate", -WIDE, WIDE),
        y=axis("second coordinate", -WIDE, WIDE),
        alt=f"{title}: your point is at ({number(way[-1, 0], 3)}, {number(way[-1, 1], 3)}).",
        handles=(Handle(*z, ("z1", "z2"), "your point of noise", role="force"),),
        equal=True,
    )


def _curves(run: Training, when: np.ndarray) -> Panel:
    seen, end = when[: len(run.train)], int(when[-1])
    learned, held = run.train.numpy(), run.validation.numpy()
    low = min(0.0, math.floor(max(min(learned.min(), held.min()), -20.0)))
    told = f"; no model gets below {number(run.floor, 3)}" if run.floor is not None else ""
    return panel(
        "curves",
        "Mean −ln p while the flow learns",
        rule("theory", "one Gaussian", y=run.gaussian, span=(0, end), label="one Gaussian"),
        run.floor is not None
        and rule("good", "least possible", y=run.floor, span=(0, end), label="least possible"),
        line(seen, learned, "second", "learned points", width=1.5),
        line(seen, held, "model", "held-out points", label="held-out points", width=2.5, pin=True),
        x=axis("step", 0, end),
        y=axis("mean −ln p (NLL)", low, 5.0),
        alt=f"Held-out points {number(held[-1], 3)} after {seen[-1]} steps, one Gaussian "
        f"{number(run.gaussian, 3)}{told}.",
    )


def _first(run: Training, z: torch.Tensor) -> Panel:
    """x₁ of the samples beside that of the noise and of the data."""
    middles, traces = (BINS[1:] + BINS[:-1]) / 2, []
    bell = np.exp(-(middles**2) / 2) / math.sqrt(2 * math.pi)
    for name, role, points in (("data", "data", run.points), ("flow", "model", run.samples)):
        share, _ = np.histogram(points[:, 0].double().numpy(), BINS)
        heights = share / (len(points) * (BINS[1] - BINS[0]))
        traces.append(line(middles, heights, role, name, label=name, width=2))
    off = float((run.samples[:, 0].double() - z[:, 0]).abs().max())
    same = "moves none of it" if off < 1e-6 else f"moves it by up to {number(off, 2)}"
    return panel(
        "first",
        "The law of x₁: data, flow, and noise (dashed)",
        line(middles, bell, "theory", "noise"),
        traces,
        off < 1e-6 and note(-3.1, 0.62, "flow = noise", "model"),
        x=axis("x₁", -3.2, 3.2),
        y=axis("density", 0, 0.7),
        alt=f"Densities of x₁; the flow {same}.",
    )
