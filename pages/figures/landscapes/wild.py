"""Contours with a path, the gap to the lowest value, the Hessian along the path."""

from typing import Literal

import numpy as np

from core.experiments.landscapes.wild import Wild
from core.landscapes.terrain import Field, field, surface
from core.optimizers import NAMES
from pages.figures.marks import arrows, dots, line
from pages.figures.parts.landscape import fall, pair
from pages.figures.parts.terrain import decades, frame, minima, terrain
from pages.figures.plot import Handle, Panel, Picture, axis, panel

ARROWS = 1001  # iterates up to which each has its arrow; more would make the picture heavy
POINTS = 500  # of a curve that only a look, and no frame, goes along


def figure(
    run: Wild,
    *,
    landscape: str,
    formula: str,
    method: str,
    lr: float,
    beta: float,
    view: Literal["map", "3-D"] = "map",
    printed: bool = False,
) -> Picture:
    """The path on the map or on the surface, f − f* and the eigenvalues of ∇²f along it."""
    grid, land = field(landscape, formula), surface(landscape, formula)
    k, kappa = np.arange(len(run.f)), run.kappa.numpy()
    x, g, lam = (part.numpy() for part in (run.x, run.grad, run.eigenvalues))
    main = _surface(run, land, grid, method) if view == "3-D" else _map(run, land, grid, method)
    track = dict(zip(("x", "y", "gx", "gy", "l1", "l2"), (*x.T, *g.T, *lam.T)))
    track |= {"f": run.f.numpy(), "kappa": kappa}
    if method == "momentum":
        track |= dict(zip(("dx", "dy"), np.diff(x, axis=0, prepend=x[:1]).T))
    low = min(grid.low, float(run.f.min()))
    return Picture(
        (main, _gap(run, k, low, method, len(land.minima) > 0), _hessian(run, k, kappa, printed)),
        frames=len(k),
        track={"k": k} | {name: np.nan_to_num(row, nan=np.inf) for name, row in track.items()},
        formula=_formula(method, lr, beta),
    )


def _formula(method: str, lr: float, beta: float) -> tuple[str, ...]:
    now, new, slope = pair("@x@", "@y@"), pair("@x+1@", "@y+1@"), pair("@gx@", "@gy@")
    force = rf"\role{{force}}{{{lr:g}}}\,\role{{force}}{{{slope}}}"
    curved = r"\lambda(\nabla^2 f) = @l1@,\ @l2@ \qquad \kappa = @kappa@"
    if method == "gd":
        return (rf"{new} = {now} - {force}", curved)
    if method == "momentum":
        memory = rf"\role{{model}}{{{beta:g}}}\,\role{{model}}{{{pair('@dx@', '@dy@')}}}"
        return (rf"{new} = {now} - {force} + {memory}", curved)
    gradient = rf"\nabla f(x_k) = \role{{force}}{{{slope}}}"
    return (rf"x_k = {now} \to {new} \qquad {gradient}", curved)


def _map(run: Wild, land, grid: Field, method: str) -> Panel:
    x, steep, name = run.x.numpy(), run.grad.numpy(), NAMES[method]
    size = np.hypot(*steep.T)[:, None]
    wide = land.domain[0][1] - land.domain[0][0]
    arrow = -0.08 * wide * steep / np.where(size > 0, size, 1)
    (x0, y0), end = x[0].tolist(), x[run.last].tolist()
    return panel(
        "map",
        f"{name} on {land.name}",
        terrain(grid),
        line(x[:, 0], x[:, 1], "model", name, play=True, pin=True, label=name),
        len(x) <= ARROWS and arrows(x, x + arrow, "force", "−∇f, direction", frames=True),
        minima(land),
        **frame(land),
        alt=f"Contours of {land.name} with the path of {name} from ({x0:.3g}, {y0:.3g}) to "
        f"({end[0]:.3g}, {end[1]:.3g}).",
        handles=(Handle(x0, y0, ("x0", "y0"), "start"),),
        equal=True,
    )


def _surface(run: Wild, land, grid: Field, method: str) -> Panel:
    some = slice(0, run.last + 1, -(-run.last // POINTS) or 1)
    low, name = min(grid.low, float(run.f.min())), NAMES[method]
    z = np.log10(1 + grid.z.numpy() - low)
    x, f = run.x.numpy()[some], run.f.numpy()[some]
    sides = np.array(land.domain)
    inside = ((x >= sides[:, 0]) & (x <= sides[:, 1])).all(axis=1)
    top = float(np.ceil(z.max() + 0.01))
    height = np.where(inside, np.log10(1 + f - low), np.nan) + 0.01 * top
    hill = {"x": grid.x.numpy(), "y": grid.y.numpy(), "z": z}
    path = {"x": x[:, 0], "y": x[:, 1], "z": height}
    hill, path = ({c: v.astype("f4") for c, v in part.items()} for part in (hill, path))
    traces = (
        hill | {"type": "surface", "showscale": False, "opacity": 0.9, "name": "f"},
        path
        | {"type": "scatter3d", "mode": "lines+markers", "marker": {"size": 2}, "name": name}
        | {"line": {"width": 5}, "meta": {"role": "ink", "play": len(x) == len(run.x)}},
    )
    axes = frame(land)
    scene = {"xaxis": axes["x"], "yaxis": axes["y"], "zaxis": axis("log₁₀(1 + f − f*)", 0, top)}
    return Panel(
        "surface",
        f"{name} on {land.name}, height log₁₀(1 + f − f*)",
        traces,
        {"scene": scene},
        f"The graph of {land.name} as a surface, with the path of {name} on it.",
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
        y="f(xₖ) − f*" if known else "f(xₖ) − f_low",
        low=bottom,
        high=top,
        alt=f"f minus its lowest known value falls from {gap[0]:.3g} to {gap[run.last]:.3g} in "
        f"{run.last} steps.",
    )


def _hessian(run: Wild, k: np.ndarray, kappa: np.ndarray, printed: bool) -> Panel:
    some = slice(None, None, -(-len(k) // POINTS))
    (low, high), ratio, end, k = run.eigenvalues.numpy()[some].T, kappa[some], k[-1], k[some]
    definite = low > 0
    ratio = np.where(np.isfinite(ratio) & (definite | printed), ratio, np.nan)
    role, name = ("wrong", "|λ|max/|λ|min") if printed else ("theory", "κ")
    values = np.abs(np.concatenate([low, high, ratio[np.isfinite(ratio)]]))
    values = values[values > 0]
    bottom, top = decades(values.min(initial=1.0), values.max(initial=1.0))
    final = run.eigenvalues[run.last].tolist()
    return fall(
        "hessian",
        "Eigenvalues of ∇²f along the path" + ("" if printed else "; κ only where both are > 0"),
        line(k, np.where(high > 0, high, np.nan), "model", "λmax", label="λmax"),
        line(k, np.where(definite, low, np.nan), "second", "λmin", label="λmin"),
        [
            dots(k[lam < 0], -lam[lam < 0], "force", "|λ| of a negative λ", size=4)
            for lam in (low, high)
            if (lam < 0).any()
        ],
        line(k, ratio, role, name, label=name, pin=True),
        last=end,
        y="λ, κ of ∇²f",
        low=bottom,
        high=top,
        alt=f"Eigenvalues of the Hessian along the path, at its end {final[0]:.3g} and "
        f"{final[1]:.3g}; not positive definite at {(~definite).mean():.0%} of the steps.",
    )
