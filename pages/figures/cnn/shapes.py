"""The sliding window: padded input, output, and the products under the window."""

import numpy as np
from torch import Tensor

from core.experiments.cnn.shapes import Shapes, number, torch_code
from pages.figures.marks import boxes, cells, dots
from pages.figures.plot import Panel, Pick, Picture, grid_layout

WRITTEN = 9  # products that fit into one line of the formula
FRAMED = 400  # cells that are lit with a frame each; more are lit with a dot each
DIGITS = {"scale": "heat", "low": 0, "high": 18}  # pale enough for the number in the cell


def figure(run: Shapes, *, kind: str, dims: str, look: str, **values) -> Picture:
    """Input, output and kernel; the player slides over the grid that is looked at."""
    grid = {"output": run.y, "input": run.x, "weight": run.w}[look]
    name = "Input pulled apart" if kind == "transposed" else "Input"
    name += ", padded" if bool(run.columns.framed.any()) else ""
    first = _picture if dims == "2-D" else _strip
    code = torch_code(run, kind=kind, dims=dims, **values).replace("_", r"\_")
    return Picture(
        panels=(first(run, look, name), _output(run, look), _kernel(run, look, dims)),
        frames=grid.numel(),
        formula=(
            _size_formula(run, kind, **values),
            *_cell_formula(run, look),
            rf"\texttt{{y = {code}}}",
        ),
        drive="cell",
    )


def _picture(run: Shapes, look: str, name: str) -> Panel:
    high, wide = run.x.shape
    (top, tall), (left, broad) = (
        (int(axis.framed.int().argmin()), int((~axis.framed).sum()))
        for axis in (run.rows, run.columns)
    )
    frame = [
        (0, 0, top - 1, wide - 1),
        (top + tall, 0, high - 1, wide - 1),
        (top, 0, top + tall - 1, left - 1),
        (top, left + broad, top + tall - 1, wide - 1),
    ]
    frame = [c for c in frame if c[2] >= c[0] and c[3] >= c[1]]
    blank = int((~run.read).sum())
    return Panel(
        "input",
        f"{name}, {high} × {wide}" + (f": {blank} cells never read, left blank" if blank else ""),
        (
            cells(_read(run), "x", numbers=2, **DIGITS),
            boxes(frame, "faint", "padding"),
            _light(run.lit.inputs, "force", "window" if look == "output" else "lit"),
        ),
        grid_layout(high, wide),
        f"{name}: {high} by {wide} cells holding digits, {blank} of them never read by any window. "
        f"Cells {_lit_now(look)}: {_count(run.lit.inputs)}.",
        pick=_pick(run.x, run, "input", look, "cell of the padded input"),
        equal=True,
    )


def _strip(run: Shapes, look: str, name: str) -> Panel:
    """The input on top, and under it a row for every window with its weights in their place."""
    wide, size = run.padded, run.size
    w, taps = run.w[0][run.columns.weights], run.columns.taps
    windows = np.full((size, wide), np.nan)
    np.put_along_axis(windows, taps.numpy(), np.broadcast_to(w.numpy(), taps.shape), axis=1)
    inner = (~run.columns.framed).nonzero()[:, 0]
    lit = run.lit
    traces = [
        cells(_read(run), "x", numbers=2, **DIGITS),
        cells(windows, "w", numbers=2, low=-2, high=2, at=(1, 0)),
        boxes([(0, int(inner[0]), 0, int(inner[-1]))], "data", "input without padding"),
        _light(lit.inputs, "force", "input that is lit"),
    ]
    if look == "output":
        traces.append(_light((lit.outputs[1] + 1, lit.inputs[1]), "force", "window"))
    elif lit.place:
        met = np.isfinite(windows) & np.isin(np.arange(wide), lit.inputs[1].numpy())
        if look == "weight":
            entry = int(run.columns.weights[lit.place[1]])
            met &= np.arange(wide) == taps[:, [entry]].numpy()
        i, j = np.nonzero(met)
        traces.append(boxes(np.stack([i + 1, j, i + 1, j], axis=-1), "force", "weights at work"))
    layout = grid_layout(size + 1, wide, "cell of the padded input", "window")
    layout["yaxis"]["tickvals"] = [0, *range(1, size + 1, max(1, size // 8))]
    layout["yaxis"]["ticktext"] = ["x", *(str(v - 1) for v in layout["yaxis"]["tickvals"][1:])]
    blank = int((~run.read).sum())
    return Panel(
        "input",
        f"{name}, {wide} cells, and the weights of its {size} windows",
        tuple(traces),
        layout,
        f"{name}: {wide} cells holding digits, {blank} of them never read; below, one row for each "
        f"of the {size} windows, with its weights. Cells {_lit_now(look)}: {_count(lit.inputs)}.",
        pick=_pick(run.x, run, "input", look, "cell of the padded input"),
    )


def _output(run: Shapes, look: str) -> Panel:
    high, wide = run.y.shape
    same = run.size == run.n
    traces = [cells(run.y.numpy(), "y", numbers=3)]
    if same:
        traces.append(boxes([(0, 0, high - 1, wide - 1)], "good", "same size as the input"))
    traces.append(_light(run.lit.outputs, "model", "output that is lit"))
    return Panel(
        "output",
        f"Output, {high} × {wide}: {'same size ✓' if same else 'not the same size'}",
        tuple(traces),
        _grid(high, wide),
        f"Output of {high} by {wide} cells, {'the same size as' if same else 'not the size of'} "
        f"the input; cells lit: {_count(run.lit.outputs)}.",
        pick=_pick(run.y, run, "output", look, "output cell"),
        equal=high > 1,
    )


def _kernel(run: Shapes, look: str, dims: str) -> Panel:
    """The weights, and beside them (below them for a strip) the window and the products."""
    w, lit, strip = run.w, run.lit, dims == "1-D"
    blocks = {"w": w}
    if lit.products is not None:
        blocks |= {} if bool((lit.turned == w).all()) else {"turned": lit.turned}
        blocks |= {"x": lit.window, "w · x": lit.products}
    step = (w.shape[0] if strip else w.shape[1]) + 1
    starts = [i * step for i in range(max(3, len(blocks)) + 1)]
    traces = []
    for start, (name, block) in zip(starts, blocks.items()):
        colours = DIGITS if name == "x" else {}
        at = (start, 0) if strip else (0, start)
        traces.append(cells(block.numpy(), name, numbers=3, at=at, **colours))
    if look != "output":
        traces.append(_light(lit.weights, "model", "weights that are lit"))
    long = starts[-1] - 1
    rows, columns = (long, w.shape[1]) if strip else (w.shape[0], long)
    layout = grid_layout(rows, columns, "entry b", "entry a")
    along = layout["yaxis" if strip else "xaxis"]
    del along["tickformat"]
    along["tickvals"] = [start + step / 2 - 1 for start, _ in zip(starts, blocks)]
    along["ticktext"] = list(blocks)
    if lit.products is not None:
        told = f"the products add up to {number(lit.products.sum())}"
    else:
        told = f"weights lit: {_count(lit.weights)}"
    return Panel(
        "kernel",
        f"Kernel, {told}",
        tuple(traces),
        layout,
        f"Kernel of {w.shape[0]} by {w.shape[1]} weights; {told}.",
        pick=_pick(w, run, "weight", look, "weight"),
        equal=not strip,
    )


def _pick(grid: Tensor, run: Shapes, mine: str, look: str, label: str) -> Pick:
    rows, columns = grid.shape
    cell = run.lit.place if look == mine else None
    return Pick(rows, columns, ("cell",), ((1, columns),), label, cell, also={"look": mine})


def _read(run: Shapes) -> np.ndarray:
    """The padded input; cells that no window reads are empty."""
    return np.where(run.read.numpy(), run.x.numpy(), np.nan)


def _grid(rows: int, columns: int) -> dict:
    """Axes for cells; a single row has a single tick."""
    layout = grid_layout(rows, columns)
    if rows == 1:
        layout["yaxis"]["tickvals"] = [0]
    return layout


def _count(lit: tuple[Tensor, Tensor]) -> int:
    return len(lit[0]) * len(lit[1])


def _lit_now(look: str) -> str:
    return "under the window" if look == "output" else "lit"


def _light(lit: tuple[Tensor, Tensor], role: str, name: str) -> dict:
    """Frames round the cells rows x columns, one for each block of neighbours."""
    rows, columns = (_runs(index.numpy()) for index in lit)
    if len(rows) * len(columns) > FRAMED:
        x, y = np.meshgrid(lit[1].numpy(), lit[0].numpy())
        return dots(x.ravel(), y.ravel(), role, name, 4)
    top, left = np.meshgrid(rows[:, 0], columns[:, 0])
    bottom, right = np.meshgrid(rows[:, 1], columns[:, 1])
    return boxes(np.stack([top, left, bottom, right], axis=-1), role, name)


def _runs(index: np.ndarray) -> np.ndarray:
    """First and last members of the runs of consecutive numbers in `index`, (runs, 2)."""
    breaks = np.flatnonzero(np.diff(index) != 1)
    first = np.concatenate([index[:1], index[breaks + 1]])
    return np.stack([first, np.concatenate([index[breaks], index[-1:]])], axis=-1)


def _size_formula(run: Shapes, kind: str, *, n: int, k: int, p: int, s: int, d: int, **_) -> str:
    if kind == "transposed":
        law = r"(n - 1)s - 2p + d(k - 1) + 1"
        numbers = rf"{n - 1}\cdot{s} - 2\cdot{p} + {d}\cdot{k - 1} + 1"
    elif kind == "causal":
        law = r"\left\lfloor\frac{n - 1}{s}\right\rfloor + 1"
        numbers = rf"\left\lfloor\frac{{{n} - 1}}{{{s}}}\right\rfloor + 1"
    else:
        law = r"\left\lfloor\frac{n + 2p - d(k - 1) - 1}{s}\right\rfloor + 1"
        top = rf"{n} + 2\cdot{p} - {d}\cdot{k - 1} - 1"
        numbers = rf"\left\lfloor\frac{{{top}}}{{{s}}}\right\rfloor + 1"
    return rf"n_{{\text{{out}}}} = {law} = {numbers} = {run.size}"


def _cell_formula(run: Shapes, look: str) -> tuple[str, ...]:
    if run.lit.place is None:
        return ()
    i, j = run.lit.place
    if look == "output":
        return (_output_formula(run, i, j),)
    if look == "input":
        return (_input_formula(run, i, j),)
    value = rf"\role{{model}}{{{_term(run.w[i, j])}}}"
    return (rf"w_{{{i},{j}}} = {value}\quad\text{{is a factor in every output}}",)


def _output_formula(run: Shapes, i: int, j: int) -> str:
    lit, total = run.lit, f"{float(run.y[i, j]):.6g}"
    if lit.products.numel() <= WRITTEN:
        terms = [
            rf"\role{{model}}{{{_term(w)}}}\cdot\role{{force}}{{{_term(x)}}}"
            for w, x in zip(lit.turned.flatten(), lit.window.flatten())
        ]
        return rf"y_{{{i},{j}}} = {' + '.join(terms)} = {total}"
    terms = [rf"\role{{force}}{{{_term(value)}}}" for value in lit.products.sum(dim=1)]
    return (
        rf"y_{{{i},{j}}} = \textstyle\sum_{{a,b}} w_{{a,b}}\,x = "
        rf"{' + '.join(terms)} = {total}\quad\text{{(row by row of the window)}}"
    )


def _input_formula(run: Shapes, i: int, j: int) -> str:
    """Which outputs the cell goes into, and with which weights; the first few."""
    rows, columns = run.lit.pairs
    count = len(rows) * len(columns)
    met = [(o, u, a, b) for o, a in rows.tolist() for u, b in columns.tolist()[:4]]
    terms = [rf"y_{{{o},{u}}}:\ \role{{model}}{{{_term(run.w[a, b])}}}" for o, u, a, b in met[:4]]
    more = rf",\ \ldots\ ({count}\text{{ in all}})" if count > len(terms) else ""
    into = r",\quad ".join(terms) or r"\text{no output}"
    value = _term(run.x[i, j])
    return rf"\role{{force}}{{{value}}}\text{{ goes, times a weight, into }}\quad {into}{more}"


def _term(value: Tensor) -> str:
    text = f"{float(value):.6g}"
    return f"({text})" if text.startswith("-") else text
