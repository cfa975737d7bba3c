"""The sliding window: padded input, output, and the products under the window."""

from typing import Annotated, Literal

import numpy as np
from torch import Tensor

from core.cnn.sliding import Lit
from core.experiments.cnn.shapes import Shapes, torch_code
from core.signature import between
from core.words import bracket
from pages.figures.marks import boxes, cells, dots
from pages.figures.plot import Panel, Pick, Picture, grid_layout

WRITTEN = 9  # products that fit into one line of the formula
FRAMED = 400  # cells that are lit with a frame each; more are lit with a dot each
DIGITS = {"scale": "heat", "low": 0, "high": 18}  # pale enough for the number in the cell


def figure(
    run: Shapes, *, n: int, k: int, p: int, s: int, d: int, fill: str, kind: str,
    look: Literal["output", "input", "weight"] = "output",
    cell: Annotated[int, between(0, 11_000)] = 0,
) -> Picture:  # fmt: skip
    """Input, output and kernel; the player slides over the grid that is looked at."""
    lit = run.lit(look, cell)
    code = torch_code(p, s, d, fill, kind).replace("_", r"\_")
    return Picture(
        (_input(run, lit, look, kind), _output(run, lit, look), _kernel(run.w, lit, look)),
        frames={"output": run.y, "input": run.x, "weight": run.w}[look].numel(),
        formula=(
            _size_formula(run.size, n, k, p, s, d, kind),
            *([_cell_formula(run, lit, look)] if lit.place else []),
            rf"\texttt{{y = {code}}}",
        ),
        drive="cell",
    )


def _input(run: Shapes, lit: Lit, look: str, kind: str) -> Panel:
    name, end = "Input pulled apart" if kind == "transposed" else "Input", run.padded - 1
    name += ", padded" if bool(run.axis.framed.any()) else ""
    inner = (~run.axis.framed).nonzero()[:, 0].tolist()
    first, last = inner[0], inner[-1]
    above, below = (0, 0, first - 1, end), (last + 1, 0, end, end)
    beside = (first, 0, last, first - 1), (first, last + 1, last, end)
    frame = [c for c in (above, below, *beside) if c[2] >= c[0] and c[3] >= c[1]]
    read, blank = run.read.numpy(), int((~run.read).sum())
    under = "under the window" if look == "output" else "lit"
    return Panel(
        "input",
        f"{name}, {run.padded} × {run.padded}"
        + (f": {blank} cells never read, left blank" if blank else ""),
        (
            cells(np.where(read, run.x.numpy(), np.nan), "x", numbers=2, **DIGITS),
            boxes(frame, "faint", "padding"),
            _light(lit.inputs, "force", "window" if look == "output" else "lit"),
        ),
        grid_layout(run.padded, run.padded),
        f"{name}: {run.padded} by {run.padded} cells holding digits, {blank} of them never read by "
        f"any window. Cells {under}: {_count(lit.inputs)}.",
        pick=_pick(run.x, lit, "input", look, "cell of the padded input"),
        equal=True,
    )


def _output(run: Shapes, lit: Lit, look: str) -> Panel:
    size, same = run.size, run.size == run.n
    frame = [boxes([(0, 0, size - 1, size - 1)], "good", "same size as the input")] if same else []
    return Panel(
        "output",
        f"Output, {size} × {size}: {'same size ✓' if same else 'not the same size'}",
        (
            cells(run.y.numpy(), "y", numbers=3),
            *frame,
            _light(lit.outputs, "model", "output that is lit"),
        ),
        grid_layout(size, size),
        f"Output of {size} by {size} cells, {'the same size as' if same else 'not the size of'} "
        f"the input; cells lit: {_count(lit.outputs)}.",
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
        told = f"the products add up to {lit.products.sum():.6g}"
    lefts = [i * (k + 1) for i in range(len(blocks))]
    traces = [
        cells(it.numpy(), name, numbers=3, at=(0, left), **(DIGITS if name == "x" else {}))
        for left, (name, it) in zip(lefts, blocks.items())
    ]
    if look != "output":
        traces.append(_light(lit.weights, "model", "weights that are lit"))
    layout = grid_layout(k, max(3, len(blocks)) * (k + 1) - 1, "entry b", "entry a")
    del layout["xaxis"]["tickformat"]
    middles = [left + (k - 1) / 2 for left in lefts]
    layout["xaxis"] |= {"tickvals": middles, "ticktext": list(blocks)}
    return Panel(
        "kernel",
        f"Kernel, {told}",
        tuple(traces),
        layout,
        f"Kernel of {k} by {k} weights; {told}.",
        pick=_pick(w, lit, "weight", look, "weight"),
        equal=True,
    )


def _pick(grid: Tensor, lit: Lit, mine: str, look: str, label: str) -> Pick:
    return Pick.numbered(*grid.shape, "cell", label, lit.place if look == mine else None, look=mine)


def _count(lit: tuple[Tensor, Tensor]) -> int:
    return len(lit[0]) * len(lit[1])


def _light(lit: tuple[Tensor, Tensor], role: str, name: str) -> dict:
    """Frames round the cells rows x columns, one for each block of neighbours."""
    (top, bottom), (left, right) = (_runs(index.numpy()) for index in lit)
    if len(top) * len(left) > FRAMED:
        x, y = np.meshgrid(lit[1].numpy(), lit[0].numpy())
        return dots(x.ravel(), y.ravel(), role, name, 4)
    (top, left), (bottom, right) = np.meshgrid(top, left), np.meshgrid(bottom, right)
    return boxes(np.stack([top, left, bottom, right], axis=-1), role, name)


def _runs(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last members of the runs of consecutive numbers in `index`."""
    apart = np.diff(index) != 1
    first = np.concatenate([index[:1], index[1:][apart]])
    return first, np.concatenate([index[:-1][apart], index[-1:]])


def _size_formula(size: int, n: int, k: int, p: int, s: int, d: int, kind: str) -> str:
    law = r"\left\lfloor\frac{n + 2p - d(k - 1) - 1}{s}\right\rfloor + 1"
    numbers = rf"\left\lfloor\frac{{{n} + 2\cdot{p} - {d}\cdot{k - 1} - 1}}{{{s}}}\right\rfloor + 1"
    if kind == "transposed":
        law = r"(n - 1)s - 2p + d(k - 1) + 1"
        numbers = rf"{n - 1}\cdot{s} - 2\cdot{p} + {d}\cdot{k - 1} + 1"
    return rf"n_{{\text{{out}}}} = {law} = {numbers} = {size}"


def _cell_formula(run: Shapes, lit: Lit, look: str) -> str:
    i, j = lit.place
    if look == "weight":
        value = rf"\role{{model}}{{{bracket(run.w[i, j])}}}"
        return rf"w_{{{i},{j}}} = {value}\quad\text{{is a factor in every output}}"
    if look == "input":
        return _input_formula(run, lit, i, j)
    total = f"{lit.products.sum():.6g}"
    if lit.products.numel() <= WRITTEN:
        terms = [
            rf"\role{{model}}{{{bracket(w)}}}\cdot\role{{force}}{{{bracket(x)}}}"
            for w, x in zip(lit.turned.flatten().tolist(), lit.window.flatten().tolist())
        ]
        return rf"y_{{{i},{j}}} = {' + '.join(terms)} = {total}"
    terms = [rf"\role{{force}}{{{bracket(v)}}}" for v in lit.products.sum(dim=1).tolist()]
    return (
        rf"y_{{{i},{j}}} = \textstyle\sum_{{a,b}} w_{{a,b}}\,x = "
        rf"{' + '.join(terms)} = {total}\quad\text{{(row by row of the window)}}"
    )


def _input_formula(run: Shapes, lit: Lit, i: int, j: int) -> str:
    """Which outputs the cell goes into, and with which weights; the first few."""
    rows, columns = (pairs.tolist() for pairs in lit.pairs)
    count = len(rows) * len(columns)
    met = [(o, u, a, b) for o, a in rows for u, b in columns[:4]][:4]
    terms = [rf"y_{{{o},{u}}}:\ \role{{model}}{{{bracket(run.w[a, b])}}}" for o, u, a, b in met]
    more = rf",\ \ldots\ ({count}\text{{ in all}})" if count > len(terms) else ""
    into = r",\quad ".join(terms) or r"\text{no output}"
    value = rf"\role{{force}}{{{bracket(run.x[i, j])}}}"
    return rf"{value}\text{{ goes, times a weight, into }}\quad {into}{more}"
