"""The sliding window: padded input, output, and the products under the window."""

from typing import Annotated, Literal

import numpy as np
from torch import Tensor

from core.cnn.sliding import Lit, margins, refusal
from core.cnn.sliding import size as output_size
from core.experiments.cnn.shapes import Shapes, torch_code
from core.signature import between
from core.words import bracket
from pages.figures.marks import boxes, cells
from pages.figures.plot import Panel, Pick, Picture, grid_layout

WRITTEN = 9  # products that fit into one line of the formula
DIGITS = {"scale": "heat", "low": 0, "high": 18}  # pale enough for the number in the cell


def figure(
    run: Shapes, *, n: int, k: int, p: int, s: int, d: int, fill: str, kind: str,
    look: Literal["output", "input", "weight"] = "output",
    cell: Annotated[int, between(0, 11_000)] = 0,
) -> Picture:  # fmt: skip
    """Input, output and kernel; the player slides over the grid that is looked at."""
    lit, margin = run.lit(look, cell), max(0, margins(k, p, d, kind))
    code = torch_code(p, s, d, fill, kind).replace("_", r"\_")
    return Picture(
        (
            _input(run, lit, look, kind, margin),
            _output(run, lit, look),
            _kernel(run.w, lit, look),
            _sizes(n, k, p, s, d, fill, kind),
        ),
        frames={"output": run.y, "input": run.x, "weight": run.w}[look].numel(),
        formula=(
            _size_formula(run.size, n, k, p, s, d, kind),
            *([_cell_formula(run, lit, look)] if lit.place else []),
            rf"\texttt{{y = {code}}}",
        ),
        drive="cell",
    )


def _input(run: Shapes, lit: Lit, look: str, kind: str, margin: int) -> Panel:
    name = "Input pulled apart" if kind == "transposed" else "Input"
    name += ", padded" if margin else ""
    read, end = run.read.numpy(), run.padded - 1
    blank = int((~read).sum())
    near, far, last = margin - 1, run.padded - margin, end - margin
    sides = (0, 0, near, end), (far, 0, end, end), (margin, 0, last, near), (margin, far, last, end)
    under, light = ("under the window", "window") if look == "output" else ("lit", "lit")
    return Panel(
        "input",
        f"{name}, {run.padded} × {run.padded}"
        + (f": {blank} cells never read, left blank" if blank else ""),
        (
            cells(np.where(read, run.x.numpy(), np.nan), "x", numbers=2, **DIGITS),
            boxes(sides if margin else (), "faint", "padding"),
            _light(lit.inputs, "force", light),
        ),
        grid_layout(run.padded, run.padded),
        f"{run.padded} by {run.padded} cells, {blank} never read, {_count(lit.inputs)} {under}.",
        pick=_pick(run.x, lit, "input", look, "cell of the padded input"),
        equal=True,
    )


def _output(run: Shapes, lit: Lit, look: str) -> Panel:
    size, same = run.size, run.size == run.n
    frame = [boxes([(0, 0, size - 1, size - 1)], "good", "same size as the input")] if same else []
    return Panel(
        "output",
        f"Output, {size} × {size}" + ", as large as the input" * same,
        (cells(run.y, "y", numbers=3), *frame, _light(lit.outputs, "model", "output that is lit")),
        grid_layout(size, size),
        f"Output, {size} by {size}; cells lit: {_count(lit.outputs)}.",
        pick=_pick(run.y, lit, "output", look, "output cell"),
        equal=True,
    )


def _kernel(w: Tensor, lit: Lit, look: str) -> Panel:
    """The weights, and beside them the window and the products."""
    blocks, k = {"w": w}, len(w)
    told = f"weights lit: {_count(lit.weights)}"
    if lit.products is not None:
        blocks |= {} if bool((lit.turned == w).all()) else {"turned": lit.turned}
        blocks |= {"x": lit.window, "w · x": lit.products}
        told = "the products add up to" if k > 1 else "the product is"
        told += f" {lit.products.sum():.6g}"
    lefts = [i * (k + 1) for i in range(len(blocks))]
    traces = [
        cells(it, name, numbers=3, at=(0, left), **(DIGITS if name == "x" else {}))
        for left, (name, it) in zip(lefts, blocks.items())
    ]
    if look != "output":
        traces.append(_light(lit.weights, "model", "weights that are lit"))
    layout = grid_layout(k, max(3, len(blocks)) * (k + 1) - 1, "entry b", "entry a")
    del layout["xaxis"]["tickformat"]
    middles = [left + (k - 1) / 2 for left in lefts]
    layout["xaxis"] |= {"tickvals": middles, "ticktext": list(blocks)}
    pick, alt = _pick(w, lit, "weight", look, "weight"), f"Kernel, {k} by {k}; {told}."
    return Panel("kernel", f"Kernel, {told}", tuple(traces), layout, alt, pick=pick, equal=True)


def _sizes(n: int, k: int, p: int, s: int, d: int, fill: str, kind: str) -> Panel:
    """The output size for every k and p."""
    made = np.full((5, 9), np.nan)
    for row, column in np.ndindex(5, 9):
        rest = (column + 1, row, s, d)
        if not refusal(n, *rest, fill, kind):
            made[row, column] = output_size(n, *rest, kind)
    layout = grid_layout(5, 9, "kernel size k", "padding p")
    layout["xaxis"] |= {"tickvals": list(range(9)), "ticktext": [str(k) for k in range(1, 10)]}
    return Panel(
        "sizes",
        f"Output size for n = {n}, s = {s}" + f", d = {d}" * (d > 1),
        (
            cells(made, "size", numbers=2, scale="heat", low=0, high=180),
            boxes(np.tile(np.argwhere(made == n), 2), "good", "as large as the input"),
            boxes([(p, k - 1) * 2], "ink", "this layer"),
        ),
        layout,
        f"{int((made == n).sum())} of {int(np.isfinite(made).sum())} layers keep the size {n}.",
        pick=Pick.cells(5, 9, "p", "k", "padding and kernel size", (p, k - 1), first=(0, 1)),
    )


def _pick(grid: Tensor, lit: Lit, mine: str, look: str, label: str) -> Pick:
    return Pick.numbered(*grid.shape, "cell", label, lit.place if look == mine else None, look=mine)


def _count(lit: tuple[Tensor, Tensor]) -> int:
    return len(lit[0]) * len(lit[1])


def _light(lit: tuple[Tensor, Tensor], role: str, name: str) -> dict:
    """Frames round the cells rows x columns, one for each block of neighbours."""
    cuts = ((x, np.flatnonzero(np.diff(x) != 1) + 1) for x in (index.numpy() for index in lit))
    rows, columns = (np.split(x, cut) if len(x) else [] for x, cut in cuts)
    return boxes([(a[0], b[0], a[-1], b[-1]) for b in columns for a in rows], role, name)


def _size_formula(size: int, n: int, k: int, p: int, s: int, d: int, kind: str) -> str:
    wide = f"{k}" if d == 1 else rf"{d}\cdot{k - 1} - 1"
    law = r"\left\lfloor\frac{n + 2p - k}{s}\right\rfloor + 1"
    if d > 1:
        law = law.replace("- k", "- d(k - 1) - 1")
    numbers = rf"\left\lfloor\frac{{{n} + 2\cdot{p} - {wide}}}{{{s}}}\right\rfloor + 1"
    if kind == "transposed":
        law = r"(n - 1)s - 2p + d(k - 1) + 1"
        numbers = rf"{n - 1}\cdot{s} - 2\cdot{p} + {d}\cdot{k - 1} + 1"
    return rf"n_{{\text{{out}}}} = {law} = {numbers} = {size}"


def _coloured(role: str, value: float) -> str:
    return rf"\role{{{role}}}{{{bracket(value)}}}"


def _cell_formula(run: Shapes, lit: Lit, look: str) -> str:
    """What the cell does; for an output its products, or their sums over rows of the window."""
    i, j = lit.place
    if look == "weight":
        value = _coloured("model", run.w[i, j])
        return rf"w_{{{i},{j}}} = {value}\quad\text{{is a factor in every output}}"
    if look == "input":
        into = rf"\text{{ goes, times a weight, into {_count(lit.outputs)} of the outputs}}"
        return _coloured("force", run.x[i, j]) + into
    law, told = "", ""
    pairs = zip(lit.turned.flatten().tolist(), lit.window.flatten().tolist())
    terms = [rf"{_coloured('model', w)}\cdot{_coloured('force', x)}" for w, x in pairs]
    if len(terms) > WRITTEN:
        law, told = r"\textstyle\sum_{a,b} w_{a,b}\,x = ", r"\quad\text{(row by row of the window)}"
        terms = [_coloured("force", v) for v in lit.products.sum(dim=1).tolist()]
    return rf"y_{{{i},{j}}} = {law}{' + '.join(terms)} = {lit.products.sum():.6g}{told}"
