"""The plane with a small square, its image with the linear map, slopes of u, the product rule."""

from functools import lru_cache
from typing import Literal

import numpy as np

from core.experiments.matrix_calculus.grid import NEAR, SIDE, SQUARE, TICKS, Grid, drawn
from core.experiments.matrix_calculus.grid_claims import linear
from core.words import number, pmatrix, tex
from pages.figures.marks import arrows, dots, line, segments
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

LARGEST = 50.0  # half of the widest picture


def figure(
    run: Grid, *, map: str, u: str, v: str, then: str, x: float, y: float, size: float,
    layout: Literal["numerator", "denominator"] = "numerator",
) -> Picture:  # fmt: skip
    """Four panels."""
    panels = (_image(run, _field(map, u, v, then), x, y, size), _plane(x, y, size))
    if run.refused:
        return Picture(panels)
    flip = layout == "denominator"
    one, two, whole = ((M.T if flip else M).numpy() for M in (run.Jf, run.Jg, run.J))
    name = "D" if flip else "J"
    entries = r"\partial f_j/\partial x_i" if flip else r"\partial f_i/\partial x_j"
    line_ = rf"\role{{force}}{{{name} = {_matrix(whole)}}}"
    if then != "none":
        order = (one, two) if flip else (two, one)
        names = f"{name}_f\\,{name}_g" if flip else f"{name}_g\\,{name}_f"
        line_ = rf"\role{{force}}{{{name} = {names}}} = {_matrix(order[0])}{_matrix(order[1])}"
        line_ += rf" = \role{{force}}{{{_matrix(whole)}}}"
    area = rf"{line_},\quad {name}_{{ij}} = {entries},\quad |\det {name}| = {tex(run.area)}"
    return Picture((*panels, _slopes(run), _product(run)), formula=(area,))


def _matrix(M: np.ndarray) -> str:
    return pmatrix([tex(v, 3) for v in row] for row in M.tolist())


@lru_cache(maxsize=1)
def _lines() -> tuple[dict, dict]:
    t = TICKS.numpy()
    ends = np.full_like(t, SIDE)
    return (
        segments(np.stack([t, -ends], 1), np.stack([t, ends], 1), "data", "x fixed", width=1),
        segments(np.stack([-ends, t], 1), np.stack([ends, t], 1), "second", "y fixed", width=1,
                 dash="solid"),
    )  # fmt: skip


def _plane(x: float, y: float, size: float) -> Panel:
    square = np.array([x, y]) + size * np.concatenate([SQUARE.numpy(), SQUARE.numpy()[:1]])
    return panel(
        "plane",
        "The plane, and a small square: drag its middle",
        _lines(),
        line(*square.T, "model", "small square", width=2.6),
        x=axis("x", -3.02, 3.02, dtick=1),
        y=axis("y", -3.02, 3.02),
        alt=f"A square of half side {number(size)} around ({number(x)}, {number(y)}).",
        handles=(Handle(x, y, ("x", "y"), "point", role="model"),),
        equal=True,
    )  # fmt: skip


def _strung(lines: np.ndarray, half: float) -> tuple[np.ndarray, np.ndarray]:
    """Curves (m, n, 2) as one trace, with gaps between them and where they leave the picture."""
    inside = (np.abs(np.nan_to_num(lines, nan=1e9)) <= 1.3 * half).all(-1)
    points = np.where(inside[..., None], lines, np.nan)
    gaps = np.full((len(points), 1, 2), np.nan)
    return tuple(np.concatenate([points, gaps], 1).reshape(-1, 2).T)


@lru_cache(maxsize=32)
def _field(map: str, u: str, v: str, then: str) -> tuple[float, tuple[dict, ...]]:
    """Half of the width of the image, and its lines."""
    lines = drawn(map, u, v, then).numpy()
    seen = np.abs(lines[np.isfinite(lines)])
    half = float(np.quantile(seen, 0.97)) if seen.size else 1.0
    half = min(max(1.1 * half, 0.5), LARGEST)
    step = coarse(half / 4)
    half = step * np.ceil(half / step)
    return half, (
        line(*_strung(lines[0], half), "data", "x fixed", width=1),
        line(*_strung(lines[1], half), "second", "y fixed", width=1, dash="solid"),
    )


def _image(run: Grid, field: tuple, x: float, y: float, size: float) -> Panel:
    half, lines = field
    true = np.concatenate([run.patch.numpy(), run.patch.numpy()[:1]])
    told = "Its image, and what the Jacobian makes of the square"
    traces = [*lines, line(*_strung(true[None], half), "model", "true image", label="f", width=2.6)]
    handles = ()
    said = f"The image of the point is ({number(run.at[1, 0])}, {number(run.at[1, 1])})."
    if run.refused:
        told, said = "Its image: no linear map here", f"At this point {run.refused}."
    else:
        flat = linear(run, size).numpy()
        flat = np.concatenate([flat, flat[:1]])[::13]  # its corners
        traces.append(
            line(*_strung(flat[None], 3 * half), "force", "linear map", label="J", width=2.2)
        )
        inside = bool((run.at[1].abs() <= half).all())
        if inside and run.area > 0.02:
            handles = (_follower(run, x, y),)
        elif inside:
            traces.append(dots([float(run.at[1, 0])], [float(run.at[1, 1])], "ink", "image", 6))
    return panel("image", told, traces, x=axis("f₁", -half, half), y=axis("f₂", -half, half),
                 alt=said, handles=handles, equal=True)  # fmt: skip


def _follower(run: Grid, x: float, y: float) -> Handle:
    """A handle on the image, which moves the point by the inverse of the Jacobian."""
    back, at = np.linalg.inv(run.J.numpy()), run.at[1].numpy()
    offset = np.array([x, y]) - back @ at
    rows = tuple(tuple(row) for row in back.tolist())
    return Handle(float(at[0]), float(at[1]), ("x", "y"), "image of the point", rows,
                  tuple(offset.tolist()), click=False, role="model")  # fmt: skip


def _slopes(run: Grid) -> Panel:
    """∂u/∂x along y and ∂u/∂y along x: their slopes at 0 are the mixed derivatives."""
    t, along = NEAR.numpy(), run.along.numpy()
    seen = np.abs(along[np.isfinite(along)])
    half = max(coarse(1.05 * min(float(seen.max(initial=0)), 1e3)), 0.1)
    shown = np.where(np.abs(along) <= 1.2 * half, along, np.nan)
    one, other = float(run.H[0, 1]), float(run.H[1, 0])
    told = f"Mixed derivatives of u: {number(other, zero=1e-12)} and {number(one, zero=1e-12)}"
    lines_ = [
        line(t, shown[1], "model", "∂u/∂y along x", label="∂u/∂y along x", width=2.2),
        line(t, shown[0], "force", "∂u/∂x along y", label="∂u/∂x along y", width=2.2),
    ]
    for slope in (one, other):
        inside = np.where(np.abs(slope * t) <= half, slope * t, np.nan)
        lines_.append(line(t, inside, "theory", "tangent", width=1.2))
    return panel("slopes", told, lines_, x=axis("way from the point", -1, 1),
                 y=axis("change of the slope of u", -half, half), alt=told + ".")  # fmt: skip


def _product(run: Grid) -> Panel:
    """u∇v and v∇u, tip to tail, and their sum."""
    u, v = run.at[0].tolist()
    first, second = u * run.Jf[1].numpy(), v * run.Jf[0].numpy()
    total = run.product.numpy()
    half = coarse(1.15 * max(float(np.abs([first, second, total]).max()), 0.05))
    origin, sums = np.zeros(2), ", ".join(number(each, zero=1e-12) for each in total)
    told = f"∇(uv) = u∇v + v∇u, with u = {number(u, zero=1e-12)} and v = {number(v, zero=1e-12)}"
    return panel(
        "product",
        told,
        arrows([origin], [first], "model", "u∇v", label="u∇v"),
        arrows([first], [first + second], "third", "v∇u", label="v∇u"),
        arrows([origin], [total], "force", "∇(uv)", label="∇(uv)"),
        x=axis("∂/∂x", -half, half),
        y=axis("∂/∂y", -half, half),
        alt=f"{told}: ({sums}).",
        equal=True,
    )  # fmt: skip
