"""Contours with a path, the Hessian along the path, the gap to the lowest value."""

from typing import Literal

import numpy as np
import torch

from core.experiments.landscapes.wild import Wild
from core.landscapes import Landscape
from core.landscapes.terrain import field, still, surface
from core.optimizers import NAMES, TITLES, in_steps
from pages.figures.marks import arrows, dots, line
from pages.figures.parts.landscape import fall, pair
from pages.figures.parts.terrain import decades, frame, hill, minima, terrain
from pages.figures.plot import Handle, Panel, Picture, axis, panel

ARROWS = 1001  # iterates up to which each has its arrow; more would make the picture heavy
POINTS = 500  # of a curve that only a look, and no frame, goes along


def figure(
    run: Wild, *, landscape: str, formula: str, method: str, lr: float, beta: float,
    view: Literal["map", "3-D"] = "map", printed: bool = False,
) -> Picture:  # fmt: skip
    """The path on the map or on the surface, the eigenvalues of ∇²f and f − f* along it."""
    land, k = surface(landscape, formula), np.arange(len(run.f))
    low = min(field(land).low, float(run.f.min()))
    main = _surface(run, land, low, method) if view == "3-D" else _map(run, land, method)
    names = ["x", "y", "gx", "gy", "l1", "l2", "f", "kappa"]
    rows = [*run.x.T, *run.grad.T, *run.eigenvalues.T, run.f, run.kappa]
    if method == "momentum":
        names, rows = [*names, "dx", "dy"], [*rows, *run.x.diff(dim=0, prepend=run.x[:1]).T]
    columns = torch.stack(rows).nan_to_num(torch.inf, torch.inf, -torch.inf).float()
    return Picture(
        (main, _hessian(run, k, printed), _gap(run, k, low, method, len(land.minima) > 0)),
        frames=len(k),
        track={"k": k} | dict(zip(names, columns.numpy())),
        formula=_formula(method, lr, beta),
    )


def _formula(method: str, lr: float, beta: float) -> tuple[str, ...]:
    now, new, slope = pair("@x@", "@y@"), pair("@x+1@", "@y+1@"), pair("@gx@", "@gy@")
    step = rf"{new} = {now} - \role{{force}}{{{lr:g}}}\,\role{{force}}{{{slope}}}"
    if method == "momentum":
        step += rf" + \role{{model}}{{{beta:g}}}\,\role{{model}}{{{pair('@dx@', '@dy@')}}}"
    elif method != "gd":
        step = rf"x_k = {now} \to {new} \qquad \nabla f(x_k) = \role{{force}}{{{slope}}}"
    return (
        step,
        r"\lambda(\nabla^2 f) = @l1@,\ @l2@ \qquad \|\nabla^2 f\|\,\|(\nabla^2 f)^{-1}\| = @kappa@",
    )


def _map(run: Wild, land: Landscape, method: str) -> Panel:
    x, steep, name = run.x.numpy(), run.grad.numpy(), NAMES[method]
    size = run.grad.norm(dim=1, keepdim=True).numpy()
    wide = land.domain[0][1] - land.domain[0][0]
    seen = ~still(land, run.grad).numpy()[:, None]  # where the gradient is 0 it has no direction
    tips = np.where(seen, x - 0.08 * wide * steep / np.where(seen, size, 1), np.nan)
    x0, y0 = x[0].tolist()
    return panel(
        "map",
        f"{TITLES[method]} on {land.name}",
        terrain(land),
        line(*x.T, "model", name, play=True, pin=True, label=name),
        len(x) <= ARROWS and arrows(x, tips, "force", "direction of −∇f", frames=True, label="−∇f"),
        minima(land),
        **frame(land),
        alt=f"Path of {name} from ({x0:.3g}, {y0:.3g}) on {land.name}.",
        handles=(Handle(x0, y0, ("x0", "y0"), "start"),),
        equal=True,
    )


def _surface(run: Wild, land: Landscape, low: float, method: str) -> Panel:
    grid, some = field(land), slice(0, run.last + 1, -(-run.last // POINTS) or 1)
    z = np.log10(1 + grid.z.numpy() - low)
    x, f = run.x.numpy()[some], run.f.numpy()[some]
    left, right = np.array(land.domain).T
    inside = ((x >= left) & (x <= right)).all(axis=1)
    top = float(np.ceil(z.max() + 0.01))
    height = np.where(inside, np.log10(1 + f - low), np.nan) + 0.01 * top
    return hill(
        f"{TITLES[method]} on {land.name}, height log₁₀(1 + f − f*)",
        f"The graph of {land.name} as a surface, with the path of {NAMES[method]} on it.",
        (grid.x, grid.y, z),
        (*frame(land).values(), axis("log₁₀(1 + f − f*)", 0, top)),
        np.column_stack([x, height]),
        NAMES[method],
        len(x) == len(run.x),
    )


def _gap(run: Wild, k: np.ndarray, low: float, method: str, known: bool) -> Panel:
    gap = run.f.numpy() - low
    shown = np.where(gap > 0, gap, np.nan)
    bottom, top = decades(np.nanmin(shown, initial=1.0), np.nanmax(shown, initial=1e-12))
    return fall(
        "gap",
        f"Height above the lowest value {low:.4g}",
        line(k, shown, "model", NAMES[method], play=True, pin=True),
        last=k[-1],
        y="f(xₖ) − f*" if known else "f(xₖ) − lowest f",
        low=bottom,
        high=top,
        alt=f"The height goes from {gap[0]:.3g} to {gap[run.last]:.3g} in {in_steps(run.last)}.",
    )


def _hessian(run: Wild, k: np.ndarray, printed: bool) -> Panel:
    some, final = slice(None, None, -(-len(k) // POINTS)), run.eigenvalues[run.last].tolist()
    last, k, ratio, (low, high) = k[-1], k[some], run.kappa.numpy()[some], run.eigenvalues[some].T
    low, high = low.numpy(), high.numpy()
    ratio = np.where(np.isfinite(ratio) & ((low > 0) | printed), ratio, np.nan)
    role, name = ("wrong", "|λ|max/|λ|min") if printed else ("theory", "κ")
    end = f"{final[0]:.3g} and {final[1]:.3g}" if np.isfinite(final).all() else "not defined"
    values = np.abs(np.concatenate([low, high, ratio]))
    values = values[values > 0]
    bottom, top = decades(values.min(initial=1.0), values.max(initial=1.0))
    return fall(
        "hessian",
        "Eigenvalues of ∇²f along the path" + ("" if printed else "; κ only where both are > 0"),
        line(k, np.where(high > 0, high, np.nan), "model", "λmax", label="λmax"),
        line(k, np.where(low > 0, low, np.nan), "second", "λmin", label="λmin"),
        [
            dots(k[lam < 0], -lam[lam < 0], "force", name, size=4, label=name)
            for lam, name in ((low, "−λmin"), (high, "−λmax"))
            if (lam < 0).any()
        ],
        line(k, ratio, role, name, label=name, pin=True),
        last=last,
        y="λ, κ of ∇²f",
        low=bottom,
        high=top,
        alt=f"Eigenvalues of ∇²f by step, at the end {end}.",
    )
