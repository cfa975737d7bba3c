"""Turn the valley: five paths, five curves of f, and the steps needed against the angle."""

import numpy as np
import torch

from core.experiments.landscapes.valley import LIMIT, Race, in_words
from core.landscapes.surfaces import quadratic
from core.optimizers import NAMES
from pages.figures.marks import contours, dots, line
from pages.figures.parts.landscape import ROLES
from pages.figures.plot import Handle, Panel, Picture, axis, coarse

REACH = 1.8
SIDE = np.linspace(-REACH, REACH, 81)
GRID = torch.from_numpy(np.stack(np.meshgrid(SIDE, SIDE), axis=-1))
MOST = 1e5  # steps, top of the axis


def figure(
    result: Race, *, kappa: float, angle: float, variant: str, steps: int, **_: object
) -> Picture:
    """The valley with five paths, f against k, and the count of steps against the angle."""
    ball, adam = result.x[1].numpy(), result.x[4].numpy()
    return Picture(
        panels=(
            _plane(result, kappa, angle),
            _fall(result, steps),
            _turned(result, angle),
        ),
        frames=steps + 1,
        track={
            "k": np.arange(steps + 1),
            "x": adam[:, 0],
            "y": adam[:, 1],
            "f": result.f[4].numpy(),
            "bx": ball[:, 0],
            "by": ball[:, 1],
            "fb": result.f[1].numpy(),
        },
        formula=(
            _line(ROLES[variant], NAMES[variant], "x", "y", "f"),
            _line("second", "heavy ball", "bx", "by", "fb"),
        ),
    )


def _line(role: str, name: str, x: str, y: str, f: str) -> str:
    return (
        rf"\role{{{role}}}{{\text{{{name}}}}}\quad (@{x}@,\,@{y}@) \to (@{x}+1@,\,@{y}+1@),\qquad "
        rf"f = @{f}@ \to @{f}+1@"
    )


def _plane(result: Race, kappa: float, angle: float) -> Panel:
    # Geometric levels show wall and floor alike; an ellipse thinner than the grid would show beads.
    floor = max(0.02, 1.2 * kappa * (SIDE[1] - SIDE[0]) ** 2)
    levels = np.geomspace(floor, max(kappa, 2 * floor) * REACH**2, 11)
    axis_tip = REACH * quadratic(kappa, angle).axes[:, 0].numpy()
    start = result.x[0, 0].numpy()
    return Panel(
        "plane",
        f"A valley of κ = {kappa:.4g}, turned by {angle:g}°",
        (
            contours(SIDE, SIDE, quadratic(kappa, angle).f(GRID).numpy(), levels),
            line([-axis_tip[0], axis_tip[0]], [-axis_tip[1], axis_tip[1]], "faint", "flat axis"),
            *map(_path, result.methods, result.x.numpy()),
            dots([start[0]], [start[1]], "ink", "start"),
            dots([0.0], [0.0], "good", "minimum", 11),
        ),
        {"xaxis": axis("x₁", -REACH, REACH), "yaxis": axis("x₂", -REACH, REACH)},
        f"Contours of a valley turned by {angle:g}° and the paths of five methods from "
        f"({start[0]:.3g}, {start[1]:.3g}); after {result.x.shape[1] - 1} steps f is "
        + ", ".join(f"{f:.2g} for {NAMES[m]}" for m, f in zip(result.methods, result.f[:, -1]))
        + ".",
        equal=True,
    )


def _path(method: str, x: np.ndarray) -> dict:
    # all five end at the minimum: the labels of two are what fits there
    adam = method.startswith("adam")
    more = {"label": NAMES[method]} if adam or method == "gd" else {}
    # thin where the zig-zag would cover the rest
    width = 1.0 if method in ("gd", "momentum") else 2.4
    return line(
        x[:, 0], x[:, 1], ROLES[method], NAMES[method], play=True, pin=adam, width=width, **more
    )


def _fall(result: Race, steps: int) -> Panel:
    k = np.arange(steps + 1)
    shares = np.clip(result.f.numpy() / float(result.f[0, 0]), 1e-30, 1e30)
    return Panel(
        "fall",
        "How far f has fallen",
        (
            line([0, coarse(steps)], [1e-6, 1e-6], "theory", "down by 10⁶"),
            *(
                line(k, share, ROLES[m], NAMES[m], label=NAMES[m], play=True)
                for m, share in zip(result.methods, shares)
            ),
        ),
        {
            "xaxis": axis("step k", 0, coarse(steps)),
            "yaxis": axis("f(xₖ)/f(x₀)", 1e-10, 10, log=True),
        },
        "f relative to its start after the last step drawn: "
        + ", ".join(f"{share[-1]:.2g} {NAMES[m]}" for m, share in zip(result.methods, shares))
        + ".",
    )


def _turned(result: Race, angle: float) -> Panel:
    curve, adam = result.curve, result.methods[4]
    here = LIMIT if result.adam < 0 else max(result.adam, 1)
    lost = bool((curve.adam < 0).any() or (curve.rmsprop < 0).any())
    give_up = line([0, 90], [LIMIT, LIMIT], "theory", "end", label=f"search ends at {LIMIT}")
    handle = Handle(
        angle,
        here,
        ("angle",),
        "angle of the valley",
        matrix=((1.0, 0.0),),
        offset=(0.0,),
        frees="x",
        role=ROLES[adam],
    )
    return Panel(
        "turned",
        "Steps until f is down by 10⁶: drag the dot, turn the valley",
        (
            *(
                line([0, 90], [count, count], ROLES[m], NAMES[m], label=NAMES[m])
                for m, count in zip(result.methods, result.counts)
            ),
            _count(curve.angle, curve.rmsprop, "rmsprop"),
            _count(curve.angle, curve.adam, adam),
            *([give_up] if lost else []),
            line([angle, angle], [1, MOST], "faint", "angle"),
        ),
        {
            "xaxis": axis("angle of the valley in degrees", 0.0, 90.0),
            "yaxis": axis("steps", 1.0, MOST, log=True),
        },
        f"At {angle:g}° {NAMES[adam]} needs {in_words(result.adam)} steps, at 0° "
        f"{in_words(int(curve.adam[0]))}; gradient descent, heavy ball and Nesterov need "
        f"{result.counts[0]}, {result.counts[1]} and {result.counts[2]} at every angle.",
        handles=(handle,),
    )


def _count(angle: torch.Tensor, counts: torch.Tensor, method: str) -> dict:
    known = np.where(counts < 0, np.nan, counts)
    return line(
        angle, known, ROLES[method], NAMES[method], label=NAMES[method], pin=method != "rmsprop"
    )
