"""The bent grid with a cell and a point, the Jacobian, s and t over what passes."""

from functools import lru_cache

import numpy as np
import torch

from core.experiments.flows.coupling import HALF, SIDE, Coupling, Layer, along, layer_of, through
from core.words import bracket, number, tex
from pages.figures.marks import arrows, boxes, cells, dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, grid_layout, panel

WIDE, HIGH, TOP = 5.4, 4.0, 4.0  # halves of the windows
LINES = np.arange(-HALF, HALF + 0.01, 0.5)
FINE = np.linspace(-HALF, HALF, 41)
U = torch.linspace(-HALF, HALF, 101, dtype=torch.float64)
LOW = "₀₁₂₃₄₅₆"


def figure(
    run: Coupling, *, s: str, size: float, t: str, keep: str, D: int, seed: int, s_of: str,
    t_of: str,
) -> Picture:  # fmt: skip
    """The plane, the Jacobian, the two functions."""
    layer = layer_of(s, size, t, keep, D, seed, s_of, t_of)
    return Picture(
        (_plane(run, layer), _jacobian(run, layer), _functions(run, layer)),
        formula=_formula(run, layer),
    )


def _formula(run: Coupling, layer: Layer) -> tuple[str, ...]:
    i = layer.moved
    s, x, y = (tex(each) for each in (run.s[0], run.x[i], run.y[i]))
    total = " + ".join(bracket(each) for each in run.s.tolist())
    times, name = rf"e^{{\role{{model}}{{{s}}}}}", i + 1
    plus = rf"\role{{force}}{{{bracket(float(run.t[0]))}}}"
    return (
        rf"y_{name} = {x}\,{times} + {plus} = {y},\qquad "
        rf"x_{name} = ({y} - {plus})\,e^{{-\role{{model}}{{{bracket(float(run.s[0]))}}}}} = "
        rf"{tex(run.back[i])}",
        rf"\det J = \exp\bigl(\role{{model}}{{{total}}}\bigr) = {tex(np.exp(run.log_det))}"
        rf"\quad\text{{by elimination }} {tex(run.det)}",
    )


@lru_cache(maxsize=1)
def _lattice() -> tuple[np.ndarray, np.ndarray]:
    """Places of all upright and of all lying lines, each line ended by a gap."""
    across, up = np.full((2, len(LINES), len(FINE) + 1), np.nan)
    across[:, :-1], up[:, :-1] = LINES[:, None], FINE
    upright = np.stack([across.ravel(), up.ravel()], 1)
    return upright, upright[:, ::-1]


def _bent(layer: Layer, x: torch.Tensor, places: np.ndarray) -> np.ndarray:
    """Where places go; a gap stays a gap."""
    gap = np.isnan(places).any(1)
    found = through(layer, x, torch.from_numpy(np.where(gap[:, None], 0.0, places))).numpy()
    return np.where(gap[:, None], np.nan, np.clip(found, -99, 99))


def _plane(run: Coupling, layer: Layer) -> Panel:
    i, j = layer.kept, layer.moved
    before, after = run.x[[i, j]].numpy(), run.y[[i, j]].numpy()
    upright, lying = _lattice()
    u = np.linspace(-0.5, 0.5, 17)
    h = np.full_like(u, 0.5)
    rim = np.concatenate([[u, -h], [h, u], [-u, h], [-h, -u]], 1).T * SIDE + before
    moved = _bent(layer, run.x, np.concatenate([upright, lying, rim]))
    grid, cell = np.split(moved, [2 * len(upright)])
    title = f"The cell's area × {number(run.area, 4)}; |det J| = {number(abs(run.det), 4)}"
    if len(run.x) > 2:
        title = f"One plane of {len(run.x)} dimensions: the cell's area × {number(run.area, 4)}"
    across, up = (f"{LOW[k + 1]}" for k in (i, j))
    return panel(
        "plane",
        title,
        line(*_straight(), "faint", "before", width=0.8),
        line(*grid.T, "second", "after the layer", width=1.0, dash="solid"),
        line(*rim.T, "ink", "cell before", box=True),
        line(*cell.T, "model", "cell after", box=True, width=2.2),
        arrows(before[None], after[None], "force", "y", label="y"),
        dots(*after[:, None], "model", "y", 8),
        x=axis(f"x{across} and y{across}, passes", -WIDE, WIDE, dtick=1),
        y=axis(f"x{up}, moved to y{up}", -HIGH, HIGH, dtick=1),
        alt=f"The point ({before[0]:.3g}, {before[1]:.3g}) goes to ({after[0]:.3g}, "
        f"{after[1]:.3g}); its cell grows {run.area:.3g} times.",
        handles=(Handle(*before.tolist(), ("x1", "x2"), "the point x"),),
        equal=True,
    )


@lru_cache(maxsize=1)
def _straight() -> np.ndarray:
    ends = np.array([-HALF, HALF, np.nan])
    upright = np.stack([np.repeat(LINES, 3), np.tile(ends, len(LINES))])
    return np.concatenate([upright, upright[::-1]], 1)


def _jacobian(run: Coupling, layer: Layer) -> Panel:
    D, d = len(run.x), layer.d
    zero = (0, d, d - 1, D - 1) if not layer.last else (D - d, 0, D - 1, D - d - 1)
    moved = (d, d, D - 1, D - 1) if not layer.last else (0, 0, D - d - 1, D - d - 1)
    names = [LOW[k + 1] for k in range(D)]
    plain = grid_layout(D, D)
    return panel(
        "jacobian",
        f"The Jacobian: det J = {number(run.det, 4)}, a block is 0",
        cells(run.J.numpy(), "J", numbers=3, low=-3.0, high=3.0),
        boxes(np.array([zero]), "faint", "0"),
        boxes(np.array([moved]), "good", "exp(s) on the diagonal"),
        x={**plain["xaxis"], "title": {"text": "∂/∂x"}, "tickvals": list(range(D)),
           "ticktext": [f"x{name}" for name in names]},
        y={**plain["yaxis"], "title": {"text": "∂y"}, "tickvals": list(range(D)),
           "ticktext": [f"y{name}" for name in names]},
        margin=plain["margin"],
        alt=f"The {D} by {D} Jacobian with a block of zeros; its determinant is {run.det:.4g}.",
        equal=True,
    )  # fmt: skip


def _functions(run: Coupling, layer: Layer) -> Panel:
    s, t = along(layer, run.x, U)
    at, u = float(run.x[layer.kept]), LOW[layer.kept + 1]
    few = "" if len(run.s) == 1 else "₁"
    told = f"s{few} and t{few} over x{u}: nobody inverts them"
    return panel(
        "functions",
        told,
        rule("faint", "0", y=0.0, span=(-HALF, HALF)),
        rule("faint", "x", x=at, span=(-TOP, TOP)),
        line(U, s, "model", f"s{few}", label=f"s{few}", pin=True),
        line(U, t, "force", f"t{few}", label=f"t{few}", dash="solid", pin=True),
        dots([at], [float(run.s[0])], "model", "s at x", 8),
        dots([at], [float(run.t[0])], "force", "t at x", 8),
        x=axis(f"x{u}, what passes", -HALF, HALF),
        y=axis("s and t", -TOP, TOP),
        alt=f"{told}; at {at:.3g} they are {float(run.s[0]):.3g} and {float(run.t[0]):.3g}.",
        handles=(Handle(at, -TOP, ("x1",), "x₁", ((1.0, 0.0),), frees="x"),),
    )
