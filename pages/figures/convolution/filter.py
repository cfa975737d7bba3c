"""The picture filter: the picture after and before, one window with its products, the kernel."""

from typing import Annotated, Any, Literal

import numpy as np
from torch import Tensor

from core.convolution.pixels import Window
from core.convolution.signals import counted
from core.experiments.convolution.filter import Filtered
from core.signature import between
from pages.figures.marks import boxes, cells, photo
from pages.figures.plot import Paint, Panel, Pick, Picture, coarse, grid_layout

WRITTEN = 9  # products a formula writes out; of a larger kernel it writes one sum per row
AFTER = {
    "shift": "The picture after, 0 as grey",
    "clamp": "The picture after",
    "abs": "The picture after, its size |R|",
}


def figure(
    run: Filtered,
    *,
    picture: str,
    flip: bool,
    view: Literal["fit", "shift", "clamp", "abs"] = "fit",
    look: Literal["output", "input"] = "output",
    row: Annotated[int, between(0, 511)] = 47,
    col: Annotated[int, between(0, 511)] = 226,
) -> Picture:
    """Four panels; pointed at is the pixel (row, col) of the output or, by `look`, of the input."""
    at, window, reading = (row, col), run.window(look, row, col), look == "input"
    output, source = _marks(window, at, flip, reading) if window else ([], [])
    drawn, lit = picture == "drawn", at if window else None
    after = AFTER[run.seen(view)]
    before = "The picture before" + (": draw in it" if drawn else "")
    panels = (
        _photograph("output", after, run.shown(view), output, None if reading else lit),
        _photograph("input", before, run.source, source, lit if reading else None, drawn),
        _products(run, window, reading, flip != reading),
        _kernel(run),
    )
    return Picture(panels, formula=_formula(run, flip, look, at, window))


def _photograph(name: str, title: str, pixels: np.ndarray, marks: list, at, drawn=False) -> Panel:
    """A photograph whose pixels can be pointed at, or a drawing that can be changed."""
    rows, columns = pixels.shape[:2]
    pick = Pick.cells(rows, columns, "row", "col", f"{name} pixel", at, look=name)
    paint = Paint("drawing", pixels[..., 0] / 255, 0, 1, 1, "the picture") if drawn else None
    alt = f"{title}, {counted(rows, 'row')} and {counted(columns, 'column')}."
    traces, layout = (photo(pixels, name), *marks), grid_layout(rows, columns)
    for side, n in (("xaxis", columns), ("yaxis", rows)):  # the box has the shape of the picture
        step = max(1, coarse(n / 5))
        layout[side] |= {"constrain": "domain", "tickvals": list(range(0, n, int(step)))}
    return Panel(name, title, traces, layout, alt, pick=pick, paint=paint, equal=True)


def _marks(window: Window, at: tuple[int, int], flip: bool, reading: bool) -> tuple[list, list]:
    """On the output and on the input: the pixel pointed at, and those it has to do with."""
    (k, m), (rows, columns) = window.weights.shape, window[:2]
    if reading:
        readers = boxes(_frames(rows, columns), "force", "outputs that read the pixel")
        return [readers], [boxes([(*at, *at)], "model", "input pixel")]
    top, left = (p - (n // 2 if flip else (n - 1) // 2) for p, n in zip(at, (k, m)))
    frame = [(top, left, top + k - 1, left + m - 1)]
    read = _frames(rows[rows >= 0], columns[columns >= 0])
    other = [boxes(read, "force", "pixels read")] if read != frame else []
    framed = [boxes(frame, "force", "window"), *other]
    return [boxes([(*at, *at)], "model", "output pixel")], framed


def _frames(rows: Tensor, columns: Tensor) -> list[tuple[int, int, int, int]]:
    """One frame round all these pixels if they are neighbours, else one round each."""
    a, b = rows.tolist(), columns.tolist()
    if a == list(range(a[0], a[-1] + 1)) and b == list(range(b[0], b[-1] + 1)):
        return [(a[0], b[0], a[-1], b[-1])]
    return [(i, j, i, j) for i in a for j in b]


def _products(run: Filtered, window: Window | None, reading: bool, turned: bool) -> Panel:
    k, m = run.kernel.shape
    title, spoken, tables = "No pixel is lit", "no products", []
    if window:
        title = "What one input pixel adds to the outputs that read it"
        if not reading:
            title = f"{k * m} products, added up: R = {float(window.products.sum()) + 0.0:.4g}"
        spoken = "; ".join(
            ", ".join(f"{f:.2f} × {h:.3g}" for f, h in zip(*row))
            for row in zip(window.pixels.tolist()[:WRITTEN], window.weights.tolist())
        )
        largest = float(run.kernel.abs().max()) or 1.0
        named = {"pixels": window.pixels, "weights": window.weights, "products": window.products}
        for block, (name, table) in enumerate(named.items()):
            scale, low, high = ("signed", -largest, largest) if block else ("grey", 0.0, 1.0)
            style = {"scale": scale, "low": low, "high": high, "numbers": 2 if m < 7 else 1}
            tables.append(cells(table.numpy(), name, at=(0, block * (m + 1)), **style))
    pixels = "the pixel" if reading else "brightness f" if len(run.x) == 3 else "pixels f"
    weights = f"× kernel{' turned' if turned else ''}"
    layout = grid_layout(k, 3 * m + 2, "column", "row")
    layout["xaxis"] |= {
        "tickvals": [(m - 1) / 2 + block * (m + 1) for block in range(3)],
        "ticktext": [pixels, weights, "= added" if reading else "= products"],
    }
    layout["yaxis"] |= {"showticklabels": False}
    return Panel("products", title, tuple(tables), layout, f"{title}: {spoken}.", equal=True)


def _kernel(run: Filtered) -> Panel:
    (k, m), factors = run.kernel.shape, run.factors
    rank, tables = factors.rank, [cells(run.kernel.numpy(), "h", numbers=2)]
    title = f"h has rank {rank}, no two factors: {k * m} products a pixel"
    if rank == 1:
        title = f"h = column × row: {k + m} products a pixel, not {k * m}"
        tables.append(cells(factors.column.numpy()[:, None], "column", numbers=2, at=(0, -1.6)))
        tables.append(cells(factors.row.numpy()[None], "row", numbers=2, at=(-1.6, 0)))
    elif rank == 0:
        title = "h is zero everywhere"
    layout = grid_layout(k, m, "column t₂", "row t₁")
    layout["xaxis"] |= {"range": [-2.1, m - 0.5], "tickvals": list(range(m))}
    layout["yaxis"] |= {"range": [k - 0.5, -2.1], "tickvals": list(range(k))}
    total = float(run.kernel.sum()) + 0.0
    alt = f"The kernel as it is written, {k} by {m}, its weights sum to {total:.4g}. {title}."
    return Panel("kernel", title, tuple(tables), layout, alt, equal=True)


def _formula(run: Filtered, flip: bool, look: str, at: Any, window: Window | None) -> tuple:
    name, summand = r"(h\star f)", r"\role{model}{h[t]}\,\role{force}{f[u+t]}"
    if flip:
        name, summand = r"(f*h)", r"\role{force}{f[t]}\,\role{model}{h[u-t]}"
    rule = rf"R[u] = {name}[u] = \sum_{{t\in\mathbb Z^2}} {summand}"
    if not window:
        return (rule,)
    value, count = run.value(look, *at), window.weights.numel()
    if look == "input":
        read = rf"\text{{ is read by {counted(count, 'output')}, each with its own weight}}"
        return (rule, rf"f[p] = \role{{force}}{{{value:.3f}}}\text{{ at }}p = {at}{read}")
    terms = [
        rf"\role{{force}}{{{f:.2f}}}\cdot\role{{model}}{{{_bracketed(h)}}}"
        for f, h in zip(window.pixels.flatten().tolist(), window.weights.flatten().tolist())
        if h
    ]
    end = f"{value:.4f}"
    if len(terms) > WRITTEN:
        terms = [_bracketed(s, ".3f") for s in window.products.sum(1).tolist()]
        end += r"\quad\text{(one sum per row)}"
    return (rule, f"R[{at[0]},{at[1]}] = {' + '.join(terms) or '0'} = {end}")


def _bracketed(value: float, form: str = ".3g") -> str:
    return f"({value:{form}})" if value < 0 else f"{value + 0.0:{form}}"
