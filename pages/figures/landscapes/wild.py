"""Contours with a path, the gap to the lowest value, the Hessian along the path; basins."""

import numpy as np

from core.experiments.landscapes.wild import Wild
from core.landscapes.terrain import Field
from core.optimizers import NAMES
from pages.figures.marks import arrows, contours, dots, line
from pages.figures.plot import Handle, Panel, Picture, axis

LEVELS = 18
ARROWS = 1001  # iterates up to which each has its arrow; more would make the picture heavy
POINTS = 500  # of a curve that only a look, and no frame, goes along


def wild(
    result: Wild,
    *,
    method: str,
    lr: float,
    beta: float,
    x0: float,
    y0: float,
    steps: int,
    view: str,
    printed: bool,
    **_,
) -> Picture:
    """The path on the map or on the surface, f − f* and the eigenvalues of ∇²f along it."""
    k = np.arange(steps + 1)
    x, g, lam = (part.numpy() for part in (result.x, result.grad, result.eigenvalues))
    main = _map(result, method, x0, y0) if view == "map" else _surface(result, method)
    track = {
        "k": k,
        "x": x[:, 0],
        "y": x[:, 1],
        "f": result.f.numpy(),
        "gx": g[:, 0],
        "gy": g[:, 1],
        "l1": lam[:, 0],
        "l2": lam[:, 1],
        "kappa": (result.printed if printed else result.kappa).numpy(),
    }
    if method == "momentum":
        move = np.diff(x, axis=0, prepend=x[:1])
        track |= {"dx": move[:, 0], "dy": move[:, 1]}
    return Picture(
        (main, _gap(result, k, method), _hessian(result, k, printed)),
        frames=steps + 1,
        track={name: np.nan_to_num(column, nan=np.inf) for name, column in track.items()},
        formula=_formula(method, lr, beta),
    )


def _formula(method: str, lr: float, beta: float) -> tuple[str, ...]:
    now, new = _column("@x@", "@y@"), _column("@x+1@", "@y+1@")
    force = rf"\role{{force}}{{{lr:g}}}\,\role{{force}}{{{_column('@gx@', '@gy@')}}}"
    curved = r"\lambda(\nabla^2 f) = @l1@,\ @l2@ \qquad \kappa = @kappa@"
    if method == "gd":
        return (rf"{new} = {now} - {force}", curved)
    if method == "momentum":
        memory = rf"\role{{model}}{{{beta:g}}}\,\role{{model}}{{{_column('@dx@', '@dy@')}}}"
        return (rf"{new} = {now} - {force} + {memory}", curved)
    gradient = rf"\nabla f(x_k) = \role{{force}}{{{_column('@gx@', '@gy@')}}}"
    return (rf"x_k = {now} \to {new} \qquad {gradient}", curved)


def _column(top: str, bottom: str) -> str:
    return rf"\begin{{pmatrix}}{top}\\{bottom}\end{{pmatrix}}"


def _map(result: Wild, method: str, x0: float, y0: float) -> Panel:
    x, (wide, high) = result.x.numpy(), result.land.domain
    steep = result.grad.numpy()
    size = np.linalg.norm(steep, axis=1, keepdims=True)
    arrow = -0.08 * (wide[1] - wide[0]) * steep / np.where(size > 0, size, 1)
    traces = [
        terrain(result.field),
        line(x[:, 0], x[:, 1], "model", NAMES[method], play=True, pin=True, label=NAMES[method]),
    ]
    if len(x) <= ARROWS:
        traces.append(arrows(x, x + arrow, "force", "−∇f, direction", frames=True))
    minima = result.land.minima.numpy()
    if len(minima):
        traces.append(dots(minima[:, 0], minima[:, 1], "good", "minimum", size=10))
    end = result.x[result.last].tolist()
    return Panel(
        "map",
        f"{NAMES[method]} on {result.land.name}",
        tuple(traces),
        {"xaxis": axis("x", *wide), "yaxis": axis("y", *high)},
        f"Contours of {result.land.name} with the path of {NAMES[method]} from ({x0:.3g}, "
        f"{y0:.3g}) to ({end[0]:.3g}, {end[1]:.3g}).",
        handles=(Handle(x0, y0, ("x0", "y0"), "start"),),
        equal=True,
    )


def terrain(field: Field) -> dict:
    """The colour field of a landscape, iso-lines at quantiles so that valleys and walls show."""
    return contours(field.x, field.y, field.z, quantiles(field.z.numpy()))


def quantiles(z: np.ndarray) -> np.ndarray:
    """Distinct ascending levels, denser towards the low values."""
    return np.unique(np.quantile(z, np.linspace(0, 1, LEVELS + 2)[1:-1] ** 1.5).astype("f4"))


def _surface(result: Wild, method: str) -> Panel:
    grid, some = result.field, slice(0, result.last + 1, -(-result.last // POINTS) or 1)
    low = min(grid.low, float(result.f.min()))
    z = np.log10(1 + grid.z.numpy() - low)
    x, f = result.x.numpy()[some], result.f.numpy()[some]
    (left, right), (front, back) = result.land.domain
    inside = (x[:, 0] >= left) & (x[:, 0] <= right) & (x[:, 1] >= front) & (x[:, 1] <= back)
    height = np.where(inside, np.log10(1 + f - low), np.nan)
    top = float(np.ceil(z.max() + 0.01))
    traces = (
        {"type": "surface", "x": grid.x.numpy().astype("f4"), "y": grid.y.numpy().astype("f4"),
         "z": z.astype("f4"), "showscale": False, "opacity": 0.9, "name": "f"},
        {"type": "scatter3d", "mode": "lines+markers", "x": x[:, 0].astype("f4"),
         "y": x[:, 1].astype("f4"), "z": (height + 0.01 * top).astype("f4"),
         "marker": {"size": 2}, "line": {"width": 5}, "name": NAMES[method],
         "meta": {"role": "ink", "play": len(x) == len(result.x)}},
    )  # fmt: skip
    scene = {
        "xaxis": axis("x", left, right),
        "yaxis": axis("y", front, back),
        "zaxis": axis("log₁₀(1 + f − f*)", 0, top),
    }
    return Panel(
        "surface",
        f"{NAMES[method]} on {result.land.name}, height log₁₀(1 + f − f*)",
        traces,
        {"scene": scene},
        f"The graph of {result.land.name} as a surface, with the path of {NAMES[method]} on it.",
    )


def _gap(result: Wild, k: np.ndarray, method: str) -> Panel:
    f = result.f.numpy()
    low = min(result.field.low, float(f.min()))
    gap = f - low
    shown = np.where(gap > 0, gap, np.nan)
    bottom, top = decades(np.nanmin(shown, initial=1.0), np.nanmax(shown, initial=1e-12))
    star = "f*" if len(result.land.minima) else "f_low"
    return Panel(
        "gap",
        f"Height above the lowest value {low:.4g}",
        (line(k, shown, "model", NAMES[method], play=True, pin=True),),
        {"xaxis": axis("step k", 0, len(k) - 1),
         "yaxis": axis(f"f(xₖ) − {star}", bottom, top, log=True)},
        f"f minus its lowest known value falls from {gap[0]:.3g} to {gap[result.last]:.3g} in "
        f"{result.last} steps.",
    )  # fmt: skip


def _hessian(result: Wild, k: np.ndarray, printed: bool) -> Panel:
    ends, some = len(k) - 1, slice(None, None, -(-len(k) // POINTS))
    k = k[some]
    low, high = result.eigenvalues[some].numpy().T
    definite = low > 0
    ratio = (result.printed if printed else result.kappa)[some].numpy()
    ratio = np.where(np.isfinite(ratio) & (definite | printed), ratio, np.nan)
    traces = [
        line(k, np.where(high > 0, high, np.nan), "model", "λmax", label="λmax"),
        line(k, np.where(definite, low, np.nan), "second", "λmin", label="λmin"),
    ]
    for lam in (low, high):
        below = lam < 0
        if below.any():
            traces.append(dots(k[below], -lam[below], "force", "|λ| of a negative λ", size=4))
    role, name = ("wrong", "|λ|max/|λ|min") if printed else ("theory", "κ")
    traces.append(line(k, ratio, role, name, label=name, pin=True))
    values = np.abs(np.concatenate([low, high, ratio[np.isfinite(ratio)]]))
    values = values[values > 0]
    bottom, top = decades(values.min(initial=1.0), values.max(initial=1.0))
    share = float((~definite).mean())
    final = result.eigenvalues[result.last].tolist()
    return Panel(
        "hessian",
        "Eigenvalues of ∇²f along the path" + ("" if printed else "; κ only where both are > 0"),
        tuple(traces),
        {"xaxis": axis("step k", 0, ends),
         "yaxis": axis("λ, κ of ∇²f", bottom, top, log=True)},
        f"Eigenvalues of the Hessian along the path, at its end {final[0]:.3g} and "
        f"{final[1]:.3g}; not positive definite at {share:.0%} of the steps.",
    )  # fmt: skip


def decades(low: float, high: float, at_most: int = 16) -> tuple[float, float]:
    """Powers of 100 around [low, high], at most `at_most` decades: a frame that rarely moves."""
    top = 2 * np.ceil(np.log10(max(high, 1e-300)) / 2 + 1e-9)
    bottom = 2 * np.floor(np.log10(max(low, 1e-300)) / 2 - 1e-9)
    return float(10.0 ** max(bottom, top - at_most)), float(10.0**top)
