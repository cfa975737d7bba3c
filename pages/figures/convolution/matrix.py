"""The matrix of a convolution between its input and its output, one row or column lit."""

from itertools import product
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from core.convolution.signals import counted
from core.experiments.convolution.matrix import MOST, Banded, Look
from core.experiments.convolution.matrix_claims import place
from core.signature import between
from core.words import bracket, tex
from pages.figures.marks import bars, boxes, cells, dots, line, segments
from pages.figures.plot import Paint, Panel, Pick, Picture, axis, coarse, grid_layout, panel

WIDTHS = (8, 12, 16, 24, 42)  # of a frame for samples
Cell = Annotated[int, between(0, MOST)]


def figure(run: Banded, *, transpose: bool = False, u: Cell = 6, t: Cell = MOST) -> Picture:
    """T, or Tᵀ, with row u lit, or column t where there is no row u; x and y; eigenvalues."""
    look = run.look(transpose, u, t)
    eigenvalues = [_eigenvalues(run)] if run.circulant else []
    panels = _matrix(run, look, u, t), *_sides(run, look), *eigenvalues
    formula = _rule(run, transpose), *_lit(look)
    return Picture(panels, frames=len(look.matrix), drive="u", formula=formula)


def _matrix(run: Banded, look: Look, u: int, t: int) -> Panel:
    """The matrix, with what it reads in a row below and what it writes in a column beside it."""
    M, band, top = look.matrix.numpy(), look.band.numpy(), float(run.h.abs().max()) or 1.0
    (rows, columns), (name, source, result), k = M.shape, look.names, look.lit
    alt, marks, at = "Nothing is lit.", [], (min(u, rows + 1), min(t, columns + 1))
    if look.kind:
        alt = f"Row {k} is lit and reads {counted(len(look.ins), 'input')}."
        whole, own = (k, 0, k, columns - 1), (k, columns + 1)
        met = product((k, rows + 1), look.ins.tolist())
        if look.kind == "column":
            alt = f"Column {k} is lit and feeds {counted(len(look.outs), 'output')}."
            whole, own = (0, k, rows - 1, k), (rows + 1, k)
            met = product(look.outs.tolist(), (k, columns + 1))
        marks = [boxes([whole], "faint", look.kind), boxes([2 * c for c in met], "force", "met")]
        marks.append(boxes([2 * own], "model", "lit"))
    if run.x.ndim == 2:  # lines between the blocks that join two rows of pixels
        (_, wide), (_, high) = look.shapes
        ends = [(j, 0, j, rows) for j in range(wide, columns, wide)]
        ends = np.array(ends + [(0, i, columns, i) for i in range(high, rows, high)]) - 0.5
        marks.append(segments(ends[:, :2], ends[:, 2:], "faint", "blocks"))
    tables = (
        cells(np.where(band, M, np.nan), name, numbers=3, low=-top, high=top),
        cells(np.where(band, np.nan, M), name, low=-top, high=top),
        cells(look.result.numpy()[:, None], result, numbers=3, at=(0, columns + 1)),
        cells(look.source.numpy()[None], source, numbers=3, at=(rows + 1, 0)),
    )
    title = f"{result} = {name} {source}: {source} goes in from below, "
    title += f"{result} comes out on the right"
    spoken = f"{name} has {counted(rows, 'row')} and {counted(columns, 'column')}, a band of "
    kept = f"{run.outputs} of the {len(run.y)} outputs y kept, the cells of the others empty"
    spoken += f"shared weights; {kept if run.outputs < len(run.y) else 'no output deleted'}. {alt}"
    pick = Pick.cells(rows + 2, columns + 2, "u", "t", "row and column looked at", at)
    return Panel("matrix", title, (*tables, *marks), _axes(look), spoken, pick=pick, equal=True)


def _axes(look: Look) -> dict:
    """Axes that count the columns and rows, of pictures their rows, and name what lies beside."""
    (rows, columns), (_, source, result) = look.matrix.shape, look.names
    layout = grid_layout(rows + 2, columns + 2, f"sample of {source}", f"sample of {result}")
    sides = ("xaxis", columns, result), ("yaxis", rows, source)
    for (side, count, name), shape in zip(sides, look.shapes):
        ticks = list(range(0, count, shape[1] if len(shape) == 2 else 1 if count <= 16 else 4))
        layout[side]["tickvals"] = [*ticks, count + 1]
        layout[side]["ticktext"] = [*map(str, ticks), f"<b>{name}</b>"]
    return layout


def _sides(run: Banded, look: Look) -> tuple[Panel, Panel]:
    """x, or beside it x̂ = Tᵀy, and y."""
    back = f"x̂ = Tᵀy: {'not' if run.miss > 1e-9 else 'here'} x again"
    back = back if look.names[0] == "Tᵀ" else ""
    if run.x.ndim == 1:
        y = f"y = {'h ∗ x' if run.flip else 'h ⋆ x'}, {counted(run.outputs, 'sample')}"
        x = f"x and {back}" if back else "x, drawn with the pointer"
        return _signal(run, look, "x", x), _signal(run, look, "y", y)
    rows, columns = run.x.shape
    x = (back, look.result) if back else (f"x, {rows} × {columns}", run.x)
    y = f"y, {counted(run.outputs, 'pixel')}", run.y
    return _pixels(look, "x", *x, run.x.shape), _pixels(look, "y", *y, run.frame)


def _signal(run: Banded, look: Look, name: str, title: str) -> Panel:
    """A signal with its lit samples, and the lit weights where they are laid on it."""
    goes_in, first = name == look.names[1], name == "x"
    at, values = (look.ins if goes_in else look.outs).numpy(), (run.x if first else run.y).numpy()
    over = look.weights.numpy() if goes_in == (look.kind == "row") else []
    back = look.result.numpy() if look.names[2] == "x̂" and first else values
    top = coarse(np.nanmax(np.abs(np.concatenate([[1.0], look.weights, values, back]))))
    right, places = next(w for w in WIDTHS if w >= len(values)) - 0.3, range(len(values))
    s, laid = "t" if first else "u", (at, over, "model", "weight")
    marks = (
        bars(places, values, "data" if first else "ink", name, label=name),
        back is not values and dots(places, back, "ink", "x̂", 9, label="x̂"),
        dots(at, back[at], "force", "lit", 10),
        len(over) > 0 and [line(*laid, label="weights"), dots(*laid)],
    )
    time = axis(f"sample {s}", -0.7, right, tickformat="d")
    level = axis(f"{name}[{s}]", -1.1 * top, 1.1 * top)
    alt = f"{name} has {counted(np.isfinite(values).sum(), 'sample')}. Lit: {len(at)}."
    paint = Paint("x", values, -3.0, 3.0, 0.5, "the signal x") if first else None
    return panel(name, title, marks, x=time, y=level, alt=alt, paint=paint)


def _pixels(look: Look, name: str, title: str, values: Tensor, shape: tuple[int, int]) -> Panel:
    goes_in = name == look.names[1]
    at, param, other = (look.ins, "t", "u") if goes_in else (look.outs, "u", "t")
    places = [divmod(i, shape[1]) for i in at.tolist()]
    role = "force" if (look.kind == "row") == goes_in else "model"
    lit, pixel = boxes([2 * p for p in places], role, "lit"), places[0] if len(at) == 1 else None
    alt = f"{name} as a picture of {shape[0]} by {shape[1]} cells. Lit: {len(at)}."
    pick = Pick.numbered(*shape, param, f"pixel of {name}", pixel, **{other: MOST})
    traces = cells(values.numpy().reshape(shape), name, numbers=3), lit
    return Panel(name, title, traces, grid_layout(*shape), alt, pick=pick, equal=True)


def _eigenvalues(run: Banded) -> Panel:
    eigen, response = torch.linalg.eigvals(run.T).numpy(), run.response.numpy()
    reach = 1.15 * (coarse(abs(response).max()) or 1.0)
    marks = (
        segments([(-reach, 0), (0, -reach)], [(reach, 0), (0, reach)], "faint", "axes"),
        dots(response.real, response.imag, "good", "DFT of h", 13),
        dots(eigen.real, eigen.imag, "model", "eigenvalue of T", 5),
    )
    frame = {"x": axis("Re λ", -reach, reach), "y": axis("Im λ", -reach, reach), "equal": True}
    alt = f"{len(eigen)} eigenvalues of T lie on the {len(response)} values of the DFT of h; the "
    alt += f"largest has size {abs(eigen).max():.3g}."
    title = "Eigenvalues of T (dots), DFT of h (stars)"
    return panel("eigenvalues", title, marks, **frame, alt=alt)


def _rule(run: Banded, transpose: bool) -> str:
    """Which kernel entry stands in row u, column t."""
    reach, lag = run.spans[-1] - 1, "u - t" if run.flip else "t - u"
    if run.mode == "circular":
        lag = rf"({lag}) \bmod {run.x.shape[-1]}"
    elif reach and not run.flip:
        lag += f" + {reach}"
    if run.dilation > 1:
        lag = rf"({lag})/{run.dilation}"
    product, entry = (r"\hat x = T^\top y", r"T^\top_{tu}") if transpose else ("y = T x", "T_{ut}")
    kind = r"\text{ along each axis}" if run.x.ndim == 2 else ""
    return rf"{product},\qquad {entry} = \role{{model}}{{h[{lag}]}}{kind}"


def _lit(look: Look) -> tuple[str, ...]:
    """The lit row as a sum of products, or the lit column as what it feeds."""
    (_, source, result), (ins, outs), weights = look.names, look.shapes, look.weights.tolist()
    result, values = result.replace("x̂", r"\hat x"), look.source[look.ins].tolist()
    factors = [rf"\role{{model}}{{{bracket(w)}}}\cdot " for w in weights]
    if not weights:
        return ()
    if look.kind == "row":
        products = " + ".join(f + bracket(v) for f, v in zip(factors, values))
        end = rf"\role{{force}}{{{tex(look.result[look.lit], zero=look.zero)}}}"
        return (f"{result}{place(look.lit, outs)} = {products} = {end}",)
    value = bracket(values[0])
    fed = [f"{result}{place(u, outs)}: {f}{value}" for u, f in zip(look.outs.tolist(), factors)]
    return (rf"{source}{place(look.lit, ins)} = {value}\ \to\quad " + r",\quad ".join(fed),)
