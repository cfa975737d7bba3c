"""A plane through a network's loss surface, cuts along its axes, and the rolls of the die."""

from typing import Literal

import numpy as np

from core.experiments.landscapes.network import REROLLS, Slice
from core.landscapes import condition_number
from core.optimizers import in_steps
from pages.figures.marks import contours, dots, line
from pages.figures.parts.landscape import fall
from pages.figures.parts.terrain import decades, hill, quantiles
from pages.figures.plot import Panel, Picture, axis, coarse, panel

AXES = {
    "filter": ("α along d₁, normalised", "β along d₂, normalised"),
    "raw": ("α along d₁, not normalised", "β along d₂, not normalised"),
    "pca": ("α along the path's 1st direction", "β along the path's 2nd direction"),
}


def figure(
    run: Slice, *, directions: str, direction_seed: int, steps: int,
    view: Literal["map", "3-D"] = "map",
) -> Picture:  # fmt: skip
    """The loss around the trained weights; cuts; loss curve; re-rolled curvatures."""
    if not run.surface.numel():
        return Picture((_training(run, steps, False),))
    film = directions == "pca"
    panels = [_plane(run, directions, view), _cuts(run), _training(run, steps, film)]
    panels += [_rerolls(run, direction_seed)] if len(run.rerolls) else []
    if not film:
        return Picture(tuple(panels))
    track = {"k": np.arange(len(run.losses)), "loss": run.losses.numpy()}
    told = (r"f(\theta_{@k@}) = @loss@",)
    return Picture(tuple(panels), frames=len(run.losses), track=track, formula=told)


def _plane(run: Slice, directions: str, view: str) -> Panel:
    a, b, z = *run.sides.numpy(), run.surface.numpy()
    walk = run.path.numpy() if directions == "pca" else None
    x, y = (axis(name, -r, r) for name, r in zip(AXES[directions], run.reach))
    title, low, high = "Loss on a plane through the trained weights", z.min(), z.max()
    if view == "3-D":
        up = axis("loss s(α, β)", *decades(float(low), float(high)), log=True)
        walk = walk if walk is None else np.column_stack([walk, run.losses])
        alt = f"The loss as a surface over the plane, from {low:.3g} to {high:.3g}."
        return hill(title, alt, (a, b, z), (x, y, up), walk, "training", True)
    return panel(
        "plane",
        title,
        contours(a, b, z, quantiles(z)),
        walk is not None and line(*walk.T, "model", "training", play=True, pin=True),
        dots([0], [0], "good", "trained weights θ*", size=10),
        x=x,
        y=y,
        alt=f"Contours of the loss, from {low:.3g} to {high:.3g}, {run.loss:.3g} in the middle.",
        equal=walk is None,
    )


def _cuts(run: Slice) -> Panel:
    sides, cuts, before = run.sides.numpy(), run.cuts.numpy(), run.unscaled.numpy()
    slope, bend = run.slope.tolist(), run.hessian.diagonal().tolist()
    traces = []
    for i, (role, t) in enumerate(zip(("model", "second"), sides)):
        name, parabola = f"along d{'₁₂'[i]}", run.loss + slope[i] * t + bend[i] / 2 * t * t
        traces.append(line(t, cuts[i], role, name, label=name, pin=True))
        traces.append(line(t, parabola, "theory", f"quadratic model {name}"))
    moved = len(before) > 0 and not np.allclose(before, cuts[0], atol=1e-9)
    reach, kappa = max(run.reach), condition_number(run.hessian)
    return panel(
        "cuts",
        "Two cuts and their quadratic models from Hessian-vector products",
        moved and line(sides[0], before, "faint", "before rescaling"),
        traces,
        x=axis("α, β", -reach, reach),
        y=axis("s(α,0), s(0,β)", 0, coarse(cuts.max())),
        alt=f"Curvature {bend[0]:.3g} and {bend[1]:.3g}, κ = {kappa:.3g}.",
    )


def _training(run: Slice, steps: int, film: bool) -> Panel:
    seen = run.losses.numpy() if len(run.losses) else np.full(1, np.nan)
    now = f"{seen[-1]:.3g} after {in_steps(len(seen) - 1)}" if len(run.losses) else "not started"
    return fall(
        "training",
        "Training loss, full-batch Adam",
        line(np.arange(len(seen)), seen, "model", "f", play=film, pin=True),
        last=steps,
        y="f(θₖ)",
        low=1e-4,
        high=10.0,
        alt=f"Training loss: {now}.",
    )


def _rerolls(run: Slice, direction_seed: int) -> Panel:
    bend, here = run.rerolls.numpy(), [direction_seed]
    low, high = bend.min(), bend.max()
    return panel(
        "rerolls",
        "The same minimum, 32 random directions",
        dots(np.arange(REROLLS), bend, "data", "re-rolled"),
        dots(here, bend[here], "model", "this direction", size=11),
        x=axis("seed of the direction", -1, REROLLS),
        y=axis("d₁ᵀ ∇²f d₁", min(0.0, -coarse(-low)), coarse(high)),
        alt=f"Curvatures {low:.3g} to {high:.3g}, here {bend[direction_seed]:.3g}.",
    )
