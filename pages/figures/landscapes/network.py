"""A plane through a network's loss surface, cuts along its axes, and the rolls of the die."""

from typing import Literal

import numpy as np

from core.landscapes.slices import REROLLS, Slice
from pages.figures.marks import contours, dots, line
from pages.figures.parts.landscape import fall
from pages.figures.parts.terrain import decades, quantiles
from pages.figures.plot import Panel, Picture, axis, coarse, panel

AXES = {
    "filter": ("α along d₁, filter-normalised", "β along d₂, filter-normalised"),
    "raw": ("α along d₁, raw", "β along d₂, raw"),
    "pca": ("α along the path's 1st direction", "β along the path's 2nd direction"),
}
TITLE = "Loss on a plane through the trained weights"


def figure(
    run: Slice,
    *,
    directions: str,
    direction_seed: int,
    steps: int,
    view: Literal["map", "3-D"] = "map",
) -> Picture:
    """Contours of the loss around the trained weights; loss curve; cuts; re-rolled curvatures."""
    film = directions == "pca" and run.surface.numel() > 0
    training = _training(run, steps, film)
    if not run.surface.numel():
        return Picture((training,))
    main = _map(run, directions) if view == "map" else _relief(run, film)
    rolls = (_rerolls(run, direction_seed),) if len(run.rerolls) else ()
    panels = (main, _cuts(run), training, *rolls)
    if not film:
        return Picture(panels)
    track = {"k": np.arange(len(run.losses)), "loss": run.losses.numpy()}
    return Picture(
        panels, frames=len(run.losses), track=track, formula=(r"L(\theta_{@k@}) = @loss@",)
    )


def _map(run: Slice, directions: str) -> Panel:
    a, b, z = run.alpha.numpy(), run.beta.numpy(), run.surface.numpy()
    walk = run.path.numpy()
    return panel(
        "plane",
        TITLE,
        contours(a, b, z, quantiles(z)),
        directions == "pca"
        and line(walk[:, 0], walk[:, 1], "model", "training", play=True, pin=True),
        dots([0], [0], "good", "trained weights θ*", size=10),
        x=axis(AXES[directions][0], a[0], a[-1]),
        y=axis(AXES[directions][1], b[0], b[-1]),
        alt=f"Contours of the loss, from {z.min():.3g} to {z.max():.3g}, {run.loss:.3g} in the "
        "middle.",
        equal=directions != "pca",
    )


def _relief(run: Slice, film: bool) -> Panel:
    a, b, z = (part.numpy().astype("f4") for part in (run.alpha, run.beta, run.surface))
    walk, height = run.path.numpy().astype("f4"), run.losses.numpy().astype("f4")
    hill = {"type": "surface", "x": a, "y": b, "z": z, "showscale": False, "name": "loss"}
    path = {"type": "scatter3d", "mode": "lines", "line": {"width": 6}, "name": "training"}
    path |= {"x": walk[:, 0], "y": walk[:, 1], "z": height}
    scene = {
        "xaxis": axis("α", float(a[0]), float(a[-1])),
        "yaxis": axis("β", float(b[0]), float(b[-1])),
        "zaxis": axis("loss s(α, β)", *decades(float(z.min()), float(z.max())), log=True),
    }
    return Panel(
        "relief",
        TITLE,
        (hill, path) if film else (hill,),
        {"scene": scene},
        f"The loss as a surface over the plane, from {z.min():.3g} to {z.max():.3g}.",
    )


def _cuts(run: Slice) -> Panel:
    sides, cuts = (run.alpha.numpy(), run.beta.numpy()), run.cuts.numpy()
    before, slope, bend = run.unscaled.numpy(), run.slope.tolist(), run.hessian.diagonal().tolist()
    traces = []
    for i, role in enumerate(("model", "second")):
        t, name = sides[i], f"along d{'₁₂'[i]}"
        parabola = run.loss + slope[i] * t + bend[i] / 2 * t * t
        traces.append(line(t, cuts[i], role, name, label=name, pin=True))
        traces.append(line(t, parabola, "theory", f"quadratic model {name}"))
    moved = len(before) and not np.allclose(before, cuts[0], atol=1e-9)
    reach = max(run.reach)
    return panel(
        "cuts",
        "Two cuts and their quadratic models from Hessian-vector products",
        bool(moved) and line(sides[0], before, "faint", "before rescaling"),
        traces,
        x=axis("α, β", -reach, reach),
        y=axis("s(α,0), s(0,β)", 0, coarse(cuts.max())),
        alt=f"Loss along both directions; curvature {bend[0]:.3g} and {bend[1]:.3g} at the "
        f"middle, κ = {run.kappa:.3g}.".replace("inf", "∞"),
    )


def _training(run: Slice, steps: int, film: bool) -> Panel:
    started = len(run.losses) > 0
    seen = run.losses.numpy() if started else np.full(1, np.nan)
    now = f"{seen[-1]:.3g} after {len(seen) - 1} steps" if started else "not started"
    return fall(
        "training",
        "Training loss, full-batch Adam",
        line(np.arange(len(seen)), seen, "model", "L", play=film, pin=True),
        last=steps,
        y="L(θₖ)",
        low=1e-4,
        high=10.0,
        alt=f"Training loss: {now}.",
    )


def _rerolls(run: Slice, direction_seed: int) -> Panel:
    bend, here = run.rerolls.numpy(), [direction_seed]
    return panel(
        "rerolls",
        "The same minimum, 32 random directions",
        dots(np.arange(REROLLS), bend, "data", "re-rolled"),
        dots(here, bend[here], "model", "this direction", size=11),
        x=axis("seed of the direction", -1, REROLLS),
        y=axis("d₁ᵀ ∇²L d₁", min(0.0, -coarse(-bend.min())), coarse(bend.max())),
        alt=f"Curvature along {REROLLS} random directions, from {bend.min():.3g} to "
        f"{bend.max():.3g}; this one {bend[direction_seed]:.3g}.",
    )
