"""The picture filter: the picture after and before, one window with its products, the kernel."""

import numpy as np
from torch import Tensor

from core.convolution.kernels import spectrum
from core.experiments.convolution.filter import Filtered
from pages.figures.marks import boxes, cells, photo
from pages.figures.plot import Paint, Panel, Pick, Picture, axis, grid_layout

# a Pick counts (column, row), the parameters are (row, column)
ROW_AND_COLUMN = ((0.0, 1.0), (1.0, 0.0))
WRITTEN = 9  # products a formula writes out; of a larger kernel it writes one sum per row
SHOWN = {"shift": "½ + R/2", "clamp": "R", "abs": "|R|"}


def figure(
    run: Filtered,
    *,
    flip: bool,
    look: str,
    row: int,
    col: int,
    tap_row: int,
    tap_col: int,
    stride: int,
    dilation: int,
    aside: str,
    picture: str,
    **_,
) -> Picture:
    """Four panels: output, input, the window with its products, the kernel or its spectrum."""
    tap = (tap_row, tap_col)
    if look != "weight" or tap_row >= run.kernel.shape[0] or tap_col >= run.kernel.shape[1]:
        tap = None
    return Picture(
        panels=(
            _output(run, look, row, col, tap),
            _input(run, look, row, col, dilation, picture == "drawn"),
            _products(run, flip, look, run.coloured, tap),
            _kernel(run, tap) if aside == "kernel" else _spectrum(run),
        ),
        formula=_formula(run, flip, look, row, col, stride, dilation),
    )


# --- photographs -------------------------------------------------------------------------------


def _output(run: Filtered, look: str, row: int, col: int, tap: tuple[int, int] | None) -> Panel:
    rows, columns = run.shown.shape[:2]
    traces = [photo(run.shown, "output")]
    cell = None
    if run.inside and look == "input" and run.weights.numel():
        traces.append(boxes(_frames(run.rows, run.columns), "force", "outputs that read the pixel"))
    elif run.inside and look != "input":
        cell = (row, col)
        traces.append(boxes(np.array([(row, col, row, col)]), "model", "output pixel"))
    what = "The picture after the kernel"
    if tap:
        what = f"The copy made by the weight h[{tap[0]}, {tap[1]}] alone"
    return Panel(
        "output",
        f"{what}, shown as {SHOWN[run.view]}",
        tuple(traces),
        grid_layout(rows, columns),
        f"{what}, {rows} rows and {columns} columns, shown as {SHOWN[run.view]}. "
        f"{run.negative:.1%} of the values are negative, {run.above:.1%} above 1; "
        f"their mean is {run.mean_out:.4g}.",
        pick=Pick(
            rows,
            columns,
            ("row", "col"),
            ROW_AND_COLUMN,
            "output pixel",
            cell,
            also={"look": "output"},
        ),
        equal=True,
    )


def _input(run: Filtered, look: str, row: int, col: int, dilation: int, drawn: bool) -> Panel:
    rows, columns = run.source.shape[:2]
    traces = [photo(run.source, "input")]
    cell = None
    if run.inside and look == "input":
        cell = (row, col)
        traces.append(boxes(np.array([(row, col, row, col)]), "model", "input pixel"))
    elif run.inside:
        traces += _window(run, dilation)
    return Panel(
        "input",
        "The picture before: draw in it" if drawn else "The picture before",
        tuple(traces),
        grid_layout(rows, columns),
        f"The picture before, {rows} rows and {columns} columns, mean {run.mean_in:.4g}.",
        pick=Pick(
            rows,
            columns,
            ("row", "col"),
            ROW_AND_COLUMN,
            "input pixel",
            cell,
            also={"look": "input"},
        ),
        paint=Paint("drawing", run.source[..., 0] / 255, 0, 1, 1, "the picture") if drawn else None,
        equal=True,
    )


def _window(run: Filtered, dilation: int) -> list[dict]:
    """The frame of the window, and each pixel it reads where these are not simply the frame."""
    k, m = run.kernel.shape
    top, left = run.corner
    frame = np.array([(top, left, top + dilation * (k - 1), left + dilation * (m - 1))])
    read = _frames(run.rows[run.rows >= 0], run.columns[run.columns >= 0])
    traces = [boxes(frame, "force", "window")]
    return traces if np.array_equal(read, frame) else [*traces, boxes(read, "force", "pixels read")]


def _frames(rows: Tensor, columns: Tensor) -> np.ndarray:
    """One frame round all these pixels if they are neighbours, else one round each."""
    a, b = rows.tolist(), columns.tolist()
    if a == list(range(a[0], a[0] + len(a))) and b == list(range(b[0], b[0] + len(b))):
        return np.array([(a[0], b[0], a[-1], b[-1])])
    return np.array([(i, j, i, j) for i in a for j in b])


# --- numbers -----------------------------------------------------------------------------------


def _products(
    run: Filtered, flip: bool, look: str, colours: bool, tap: tuple[int, int] | None
) -> Panel:
    k, m = run.kernel.shape
    largest = float(run.kernel.abs().max()) or 1.0
    digits = 2 if m < 7 else 1
    scale = {"low": -largest, "high": largest, "numbers": digits}
    tables = (run.pixels, run.weights, run.products)
    traces = []
    if run.inside and run.weights.numel():
        names = ("pixels", "weights", "products")
        styles = ({"scale": "grey", "low": 0.0, "high": 1.0, "numbers": digits}, scale, scale)
        for block, (name, table, style) in enumerate(zip(names, tables, styles)):
            traces.append(cells(table.numpy(), name, at=(0, block * (m + 1)), **style))
    if traces and tap:
        i, j = (k - 1 - tap[0], m - 1 - tap[1]) if flip else tap
        at = [(i, j + block * (m + 1), i, j + block * (m + 1)) for block in range(3)]
        traces.append(boxes(np.array(at), "model", "weight"))
    total = float(run.products.sum()) if traces else 0.0
    # a pixel meets the weights the other way round than the window does
    turned = flip != (look == "input")
    if look == "input":
        title = "What one input pixel adds to the outputs that read it"
        if not traces:
            title = "No output reads this pixel"
        blocks = ["the pixel", f"× kernel{' turned' if turned else ''}", "= added"]
    else:
        title = f"{k * m} products, added up: R = {_signed(total)}" if traces else "No pixel is lit"
        blocks = [
            "brightness f" if colours else "pixels f",
            f"× kernel{' turned' if turned else ''}",
            "= products",
        ]
    middle = (m - 1) / 2
    layout = grid_layout(k, 3 * m + 2, "column", "row")
    layout["xaxis"] |= {
        "tickvals": [middle + block * (m + 1) for block in range(3)],
        "ticktext": blocks,
    }
    layout["yaxis"] |= {"showticklabels": False}
    return Panel(
        "products",
        title,
        tuple(traces),
        layout,
        f"{title}. " + _spoken(run) if traces else "No pixel is lit: no products.",
        equal=True,
    )


def _spoken(run: Filtered) -> str:
    """The products in words, row by row."""
    rows = [
        ", ".join(f"{f:.2f} × {h:.3g}" for f, h in zip(pixels, weights))
        for pixels, weights in zip(run.pixels.tolist(), run.weights.tolist())
    ]
    return "; ".join(rows[:WRITTEN]) + "."


def _kernel(run: Filtered, tap: tuple[int, int] | None) -> Panel:
    k, m = run.kernel.shape
    digits = 2
    traces = [cells(run.kernel.numpy(), "h", numbers=digits)]
    once, passes = k * m, k + m
    if run.factors.rank == 1:
        column, row = run.factors.column.numpy(), run.factors.row.numpy()
        traces.append(cells(column[:, None], "column", numbers=digits, at=(0, -1.6)))
        traces.append(cells(row[None], "row", numbers=digits, at=(-1.6, 0)))
        title = f"h = column × row: {passes} products a pixel, not {once}"
    elif run.factors.rank == 0:
        title = "h is zero everywhere"
    else:
        title = f"h has rank {run.factors.rank}, no two factors: {once} products a pixel"
    if tap:
        traces.append(boxes(np.array([(*tap, *tap)]), "model", "weight"))
    plain = {"showgrid": False, "zeroline": False, "tickformat": "d"}
    return Panel(
        "kernel",
        title,
        tuple(traces),
        {
            **grid_layout(k, m),
            "xaxis": axis("column t₂", -2.1, m - 0.5, tickvals=list(range(m)), **plain),
            "yaxis": axis("row t₁", k - 0.5, -2.1, tickvals=list(range(k)), **plain),
        },
        f"The kernel as it is written, {k} by {m}, its weights sum to "
        f"{float(run.kernel.sum()) + 0.0:.4g}. {title}.",
        pick=Pick(
            k,
            m,
            ("tap_row", "tap_col"),
            ROW_AND_COLUMN,
            "weight",
            tap,
            also={"look": "weight"},
        ),
        equal=True,
    )


def _spectrum(run: Filtered) -> Panel:
    size = 48
    gain = spectrum(run.kernel, size).numpy()
    ticks = {"tickvals": [0, size / 4, size / 2, 3 * size / 4, size], "tickformat": ""}
    ticks["ticktext"] = ["−½", "−¼", "0", "¼", "½"]
    layout = grid_layout(size, size, "cycles per pixel →", "cycles per pixel ↓")
    layout["xaxis"] |= ticks
    layout["yaxis"] |= ticks
    centre, corner = float(gain[size // 2, size // 2]), float(gain[0, 0])
    axes = float(gain[size // 2, 0]), float(gain[0, size // 2])
    return Panel(
        "kernel",
        f"Gain |H| of each wave: flat grey × {centre:.2g}, at most × {gain.max():.3g}",
        (cells(gain, "|H|", scale="heat", low=0.0, high=float(gain.max()) or 1.0),),
        layout,
        f"The kernel multiplies flat grey by {centre:.3g}, the finest upright stripes by "
        f"{axes[0]:.3g}, the finest level stripes by {axes[1]:.3g}, the finest checkerboard by "
        f"{corner:.3g}.",
        equal=True,
    )


# --- formula -----------------------------------------------------------------------------------


def _formula(
    run: Filtered, flip: bool, look: str, row: int, col: int, stride: int, dilation: int
) -> tuple[str, ...]:
    rule = rf"R[u] = {_name(flip)}[u] = \sum_{{t\in\mathbb Z^2}} {_summand(flip, stride, dilation)}"
    if not run.inside:
        return (rule,)
    if look == "input":
        return (
            rule,
            rf"f[p] = \role{{force}}{{{run.value:.3f}}}\text{{ at }}p = ({row}, {col})"
            rf"\text{{ is read by {run.weights.numel()} outputs, each with its own weight}}",
        )
    at = rf"R[{row},{col}]"
    if int((run.weights != 0).sum()) <= WRITTEN:
        terms = [
            rf"\role{{force}}{{{f:.2f}}}\cdot\role{{model}}{{{_bracketed(h)}}}"
            for f, h in zip(run.pixels.flatten().tolist(), run.weights.flatten().tolist())
            if h
        ]
        return (rule, f"{at} = {' + '.join(terms) or '0'} = {run.value:.4f}")
    sums = [_bracketed(s, ".3f") for s in run.products.sum(1).tolist()]
    return (rule, rf"{at} = {' + '.join(sums)} = {run.value:.4f}\quad\text{{(one sum per row)}}")


def _name(flip: bool) -> str:
    return r"(f*h)" if flip else r"(h\star f)"


def _summand(flip: bool, stride: int, dilation: int) -> str:
    if flip and stride == dilation == 1:
        return r"\role{force}{f[t]}\,\role{model}{h[u-t]}"
    u = "u" if stride == 1 else f"{stride}u"
    t = "t" if dilation == 1 else f"{dilation}t"
    return rf"\role{{model}}{{h[t]}}\,\role{{force}}{{f[{u}{'-' if flip else '+'}{t}]}}"


def _signed(value: float) -> str:
    return f"{value + 0.0:.4g}".replace("-", "−")


def _bracketed(value: float, form: str = ".3g") -> str:
    text = format(value + 0.0, form)
    if "e" in text:
        mantissa, power = text.split("e")
        text = rf"{mantissa}\cdot10^{{{int(power)}}}"
    return f"({text})" if value < 0 else text
