"""A plane through a network's loss surface, cuts along its axes, and the rolls of the die."""

import numpy as np
from torch import Tensor

from core.landscapes.slices import REROLLS, Slice
from pages.figures.landscapes.wild import decades, quantiles
from pages.figures.marks import contours, dots, line
from pages.figures.plot import Panel, Picture, axis, coarse

AXES = {
    "filter": ("α along d₁, filter-normalised", "β along d₂, filter-normalised"),
    "raw": ("α along d₁, raw", "β along d₂, raw"),
    "pca": ("α along the path's 1st direction", "β along the path's 2nd direction"),
}


def network(
    result: Slice, *, directions: str, direction_seed: int, steps: int, view: str, **_
) -> Picture:
    """Contours of the loss around the trained weights; loss curve; cuts; re-rolled curvatures."""
    film = directions == "pca" and result.surface.numel() > 0
    training = _training(result, steps, film)
    if not result.surface.numel():
        return Picture((training,))
    main = _map(result, directions) if view == "map" else _relief(result, directions)
    panels = [main, _cuts(result), training]
    if len(result.rerolls):
        panels.append(_rerolls(result, direction_seed))
    if not film:
        return Picture(tuple(panels))
    track = {"k": np.arange(len(result.losses)), "loss": result.losses.numpy()}
    return Picture(
        tuple(panels),
        frames=len(result.losses),
        track=track,
        formula=(r"L(\theta_{@k@}) = @loss@",),
    )


def _map(result: Slice, directions: str) -> Panel:
    a, b, z = (part.numpy() for part in (result.alpha, result.beta, result.surface))
    traces = [contours(a, b, z, quantiles(z))]
    if directions == "pca":
        walk = result.path.numpy()
        traces.append(line(walk[:, 0], walk[:, 1], "model", "training", play=True, pin=True))
    traces.append(dots(np.zeros(1), np.zeros(1), "good", "trained weights θ*", size=10))
    low, high = float(z.min()), float(z.max())
    return Panel(
        "plane",
        "Loss on a plane through the trained weights",
        tuple(traces),
        {"xaxis": axis(AXES[directions][0], a[0], a[-1]),
         "yaxis": axis(AXES[directions][1], b[0], b[-1])},
        f"Contours of the loss, from {low:.3g} to {high:.3g}, {result.plain:.3g} in the middle.",
        equal=directions != "pca",
    )  # fmt: skip


def _relief(result: Slice, directions: str) -> Panel:
    a, b, z = (part.numpy().astype("f4") for part in (result.alpha, result.beta, result.surface))
    bottom, top = decades(float(z.min()), float(z.max()))
    traces = [{"type": "surface", "x": a, "y": b, "z": z, "showscale": False, "name": "loss"}]
    if directions == "pca":
        walk = result.path.numpy().astype("f4")
        traces.append(
            {"type": "scatter3d", "mode": "lines", "x": walk[:, 0], "y": walk[:, 1],
             "z": result.losses.numpy().astype("f4"), "line": {"width": 6}, "name": "training"}
        )  # fmt: skip
    scene = {
        "xaxis": axis("α", float(a[0]), float(a[-1])),
        "yaxis": axis("β", float(b[0]), float(b[-1])),
        "zaxis": axis("loss s(α, β)", bottom, top, log=True),
    }
    return Panel(
        "relief",
        "Loss on a plane through the trained weights",
        tuple(traces),
        {"scene": scene},
        f"The loss as a surface over the plane, from {z.min():.3g} to {z.max():.3g}.",
    )


def _cuts(result: Slice) -> Panel:
    middle = len(result.alpha) // 2
    a, b, z = result.alpha.numpy(), result.beta.numpy(), result.surface.numpy()
    along = ((a, z[middle], "model", "along d₁"), (b, z[:, middle], "second", "along d₂"))
    traces = []
    if len(result.unscaled) and not np.allclose(result.unscaled.numpy(), z[middle], atol=1e-9):
        traces.append(line(a, result.unscaled.numpy(), "faint", "before rescaling"))
    for i, (t, cut, role, name) in enumerate(along):
        parabola = result.plain + result.slope[i].item() * t
        parabola = parabola + result.hessian[i, i].item() / 2 * t * t
        traces.append(line(t, cut, role, name, label=name, pin=True))
        traces.append(line(t, parabola, "theory", f"quadratic model {name}"))
    kappa = f"{result.kappa:.3g}".replace("inf", "∞")
    reach, top = max(a[-1], b[-1]), coarse(max(z[middle].max(), z[:, middle].max()))
    return Panel(
        "cuts",
        "Two cuts and their quadratic models from Hessian-vector products",
        tuple(traces),
        {"xaxis": axis("α, β", -reach, reach), "yaxis": axis("s(α,0), s(0,β)", 0, top)},
        f"Loss along both directions; curvature {result.hessian[0, 0]:.3g} and "
        f"{result.hessian[1, 1]:.3g} at the middle, κ = {kappa}.",
    )


def _training(result: Slice, steps: int, film: bool) -> Panel:
    losses: Tensor = result.losses
    bottom, top = 1e-4, 10.0
    seen = losses.numpy() if len(losses) else np.full(1, np.nan)
    k = np.arange(len(seen))
    now = f"{seen[-1]:.3g} after {len(seen) - 1} steps" if len(losses) else "not started"
    return Panel(
        "training",
        "Training loss, full-batch Adam",
        (line(k, seen, "model", "L", play=film, pin=True),),
        {"xaxis": axis("step k", 0, steps), "yaxis": axis("L(θₖ)", bottom, top, log=True)},
        f"Training loss: {now}.",
    )


def _rerolls(result: Slice, direction_seed: int) -> Panel:
    seeds, bend = np.arange(REROLLS), result.rerolls.numpy()
    bottom, top = min(0.0, -coarse(-bend.min())), coarse(bend.max())
    here = slice(direction_seed, direction_seed + 1)
    return Panel(
        "rerolls",
        "The same minimum, 32 random directions",
        (dots(seeds, bend, "data", "re-rolled"),
         dots(seeds[here], bend[here], "model", "this direction", size=11)),
        {"xaxis": axis("seed of the direction", -1, REROLLS),
         "yaxis": axis("d₁ᵀ ∇²L d₁", bottom, top)},
        f"Curvature along {REROLLS} random directions, from {bend.min():.3g} to {bend.max():.3g}; "
        f"this one {bend[direction_seed]:.3g}.",
    )  # fmt: skip
