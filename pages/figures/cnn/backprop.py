"""A convolution layer, the gradient pushed into it, and where each number of it arrives."""

import numpy as np

from core.cnn.derivation import differs
from core.convolution import toeplitz
from core.experiments.cnn.backprop import Backprop, Products, looked_at, products, written
from pages.figures.marks import bars, boxes, cells, line
from pages.figures.parts.derivation import positions, table
from pages.figures.plot import Paint, Panel, Pick, Picture, axis, coarse, grid_layout

TERMS = 8  # products written out
REACH = 4.0  # values that can be drawn
PLAIN = {"showgrid": False, "zeroline": False}


def figure(
    run: Backprop,
    *,
    act: str,
    upstream: str,
    out: int,
    view: str,
    line: int,
    look: str,
    cell: int,
    **_,
) -> Picture:
    """The layer, the gradient of the kernel (by position, or line by line), the one below, y."""
    found = products(run, look, cell)
    layer = _layer(run, act, upstream, out, found)
    below, sample = _below(run, look, cell, out, upstream), _sample(run, found)
    formula = _formula(run, act, view, line, found)
    if view == "lines":
        panels = (table(run, line, look, cell), layer, below, sample)
        return Picture(panels, frames=len(run.lines), drive="line", formula=formula)
    kernel = positions(run, look, cell)
    many = run.y.shape[0] > 1 and upstream == "drawn"  # as many pictures as outputs
    first = (kernel, layer) if many else (layer, kernel)
    return Picture((*first, below, sample), formula=formula)


# --- the layer ---------------------------------------------------------------------------------


def _layer(run: Backprop, act: str, upstream: str, out: int, found: Products | None) -> Panel:
    flat = run.y.shape[0] == 1
    rows, columns = run.z.shape
    chosen = divmod(out, columns) if upstream == "one" and out < run.z.numel() else None
    draw = _signal if flat else _picture
    traces, layout = draw(run, act, found, chosen)
    inner = "" if act == "identity" else f", through {act}"
    alt = (
        f"A layer with {run.z.numel()} outputs on {run.y.numel()} inputs. "
        + (
            f"A gradient of 1 enters at output k = {written(run.index('z', chosen))}{inner}."
            if chosen
            else f"{int((run.upstream != 0).sum())} outputs have a gradient{inner}."
        )
        + f" δ sums to {float(run.delta.sum()):.4g}."
    )
    pick = paint = None
    if upstream == "one":
        label = "output a gradient of 1 is pushed into"
        pick = Pick(rows, columns, ("out",), ((1.0, float(columns)),), label, chosen)
        title = "Point at an output cell: a gradient of 1 enters there"
    else:
        name = "delta" if flat else "delta2"
        values = run.upper.numpy()
        paint = Paint(name, values, 0.0, 1.0, 1.0, "gradient from above, 0 or 1 in each cell")
        title = "Draw the gradient from above in the cells of ∂R/∂y⁽ˡ⁾"
    return Panel("layer", title, traces, layout, alt, pick=pick, paint=paint, equal=not flat)


def _signal(
    run: Backprop, act: str, found: Products | None, chosen: tuple[int, int] | None
) -> tuple[tuple[dict, ...], dict]:
    """Outputs on top, inputs below, an edge for every weight."""
    p, n = run.half[1], run.y.shape[1]
    if act == "identity":
        named = [("∂R/∂y⁽ˡ⁾ = δ", run.upstream), ("y⁽ˡ⁾", run.out)]
    else:
        named = [("∂R/∂y⁽ˡ⁾", run.upstream), ("z", run.z), ("δ = ∂R/∂z", run.delta)]
    top = len(named) - 1
    low = top + 3
    traces = [_edges(run, top, low, found)]
    rows = {}
    for row, (name, values) in enumerate(named):
        traces.append(cells(values.numpy(), name, numbers=3, at=(row, 0)))
        rows[row] = name
    for row, name, values in ((low, "y⁽ˡ⁻¹⁾", run.y), (low + 1, "∂R/∂y⁽ˡ⁻¹⁾", run.grad_y)):
        traces.append(cells(values.numpy(), name, numbers=3, at=(row, -p)))
        rows[row] = name
    if found is not None:
        delta = 0 if act == "identity" else top
        outputs, others = _loud(found)
        traces += _lit_edges(run, found, top, low)
        traces.append(boxes([(delta, j) * 2 for _, j in outputs], "force", "δₖ"))
        if found.name == "kernel":
            read = [(low, j - p) * 2 for _, j in others]
            traces.append(boxes(read, "force", "inputs read"))
        else:
            here = (low + 1, found.place[1] - p)
            traces.append(boxes([here * 2], "model", "entry looked at"))
    if chosen:
        traces.append(boxes([(0, chosen[1]) * 2], "model", "pushed output"))
    index = [written(run.index("y", (0, j))) for j in range(n)]
    ticks = {"tickvals": list(range(-p, n - p)), "ticktext": index}
    names = {"tickvals": list(rows), "ticktext": list(rows.values())}
    return tuple(traces), {
        "xaxis": axis("index", -p - 0.5, n - p - 0.5, **PLAIN, **ticks),
        "yaxis": axis("layer", low + 1.5, -0.5, **PLAIN, **names),
        "margin": {"l": 108, "r": 8, "t": 6, "b": 40},
    }


def _edges(run: Backprop, top: int, low: int, found: Products | None) -> dict:
    """Every weight as an edge from its output to its input."""
    K, size, p = run.z.shape[1], run.w.shape[1], run.half[1]
    k, t = (grid.ravel() for grid in np.meshgrid(np.arange(K), np.arange(size), indexing="ij"))
    return _segments(k, k + t - p, top, low, "faint", "weights")


def _loud(found: Products) -> tuple[list, list]:
    """Places of the outputs with δ ≠ 0, and of what they are multiplied by."""
    loud = found.factors[:, 0] != 0
    return found.outputs[loud].tolist(), found.others[loud].tolist()


def _lit_edges(run: Backprop, found: Products, top: int, low: int) -> list[dict]:
    """The edges along which the products of the entry looked at travel, silent ones in grey."""
    k = found.outputs[:, 1].numpy()
    to = found.others[:, 1].numpy() if found.name == "kernel" else np.full_like(k, found.place[1])
    loud = found.factors[:, 0].numpy() != 0
    p = run.half[1]
    return [
        _segments(k[~loud], to[~loud] - p, top, low, "data", "same weight, δ = 0", width=1.2),
        _segments(k[loud], to[loud] - p, top, low, "force", "products", width=2.6),
    ]


def _segments(
    above: np.ndarray, below: np.ndarray, top: int, low: int, role: str, name: str, **meta
) -> dict:
    x = np.stack([above, below, np.full(len(above), np.nan)], 1).ravel()
    y = np.tile([top + 0.5, low - 0.5, np.nan], len(above))
    return line(x, y, role, name, **meta)


def _picture(
    run: Backprop, act: str, found: Products | None, chosen: tuple[int, int] | None
) -> tuple[tuple[dict, ...], dict]:
    """The grids side by side."""
    n, K = run.y.shape[0], run.z.shape[0]
    p, q = run.half
    grids = [("∂R/∂y⁽ˡ⁾" if act != "identity" else "∂R/∂y⁽ˡ⁾ = δ", run.upstream, 0)]
    if act != "identity":
        grids.append(("δ = ∂R/∂z", run.delta, 0))
    grids.append(("y⁽ˡ⁻¹⁾", run.y, -p))
    traces, ticks, starts, left = [], {}, [], 0
    for name, values, top in grids:
        traces.append(cells(values.numpy(), name, numbers=3, at=(top, left)))
        ticks[left + (values.shape[1] - 1) / 2] = name
        starts.append(left)
        left += values.shape[1] + 1
    inner = starts[-2]
    if found is not None:
        outputs, others = _loud(found)
        lit = [(i, j + inner) * 2 for i, j in outputs]
        traces.append(boxes(lit, "force", "δₖ"))
        if found.name == "kernel":
            read = [(i - p, j + starts[-1]) * 2 for i, j in others]
            traces.append(boxes(read, "force", "inputs read"))
        else:
            here = (found.place[0] - p, found.place[1] + starts[-1])
            traces.append(boxes([here * 2], "model", "entry looked at"))
    if chosen:
        i, j = chosen
        window = (i - p, j + starts[-1], i + p, j + 2 * q + starts[-1])
        traces.append(boxes([(i, j) * 2, window], "model", "pushed output and its window"))
    layout = grid_layout(K, left - 1, "grid", "row")
    layout["xaxis"] |= {"tickvals": list(ticks), "ticktext": list(ticks.values())}
    layout["yaxis"] |= {"range": [n - p - 0.5, -p - 0.5], "showticklabels": False}
    return tuple(traces), layout


# --- below -------------------------------------------------------------------------------------


def _below(run: Backprop, look: str, cell: int, out: int, upstream: str) -> Panel:
    place = looked_at(run, "input", cell) if look == "input" else None
    flat = run.y.shape[0] == 1
    rows, columns = run.y.shape
    traces = [cells(run.grad_y.numpy(), "∂R/∂y⁽ˡ⁻¹⁾", numbers=3)]
    layout = grid_layout(rows, columns, "input index j", "row")
    operator = "δ ∗ rot180(w)" if run.flip else "δ ∗ w"
    if flat:
        pushes = (run.delta.T * toeplitz(run.w[0], columns, "valid", flip=run.flip)).numpy()
        L = len(pushes)
        traces.append(cells(pushes, "one push per output", numbers=3, at=(2, 0)))
        layout = grid_layout(L + 2, columns, "input index j", "output k")
        ends = [written(run.index("z", (0, j))) for j in (0, L - 1)]
        layout["yaxis"] |= {
            "tickvals": [0, 2, L + 1],
            "ticktext": ["Σ = ∂R/∂y", *(f"k = {end}" for end in ends)],
        }
        layout["xaxis"] |= {
            "tickvals": list(range(columns)),
            "ticktext": [written(run.index("y", (0, j))) for j in range(columns)],
        }
        layout["margin"] = {"l": 84, "r": 8, "t": 6, "b": 40}
        if place:
            traces.append(boxes([(2, place[1], L + 1, place[1])], "force", "its parts"))
    elif upstream == "one" and out < run.z.numel():
        i, j = divmod(out, run.z.shape[1])
        window = (i, j, i + run.w.shape[0] - 1, j + run.w.shape[1] - 1)
        traces.append(boxes([window], "force", "window of the pushed output"))
    if place:
        traces.append(boxes([place * 2], "model", "entry looked at"))
    return Panel(
        "below",
        f"∂R/∂y⁽ˡ⁻¹⁾ = {operator}, full: every output pushes the weights back",
        tuple(traces),
        layout,
        f"∂R/∂y of the layer below has {run.y.numel()} entries, "
        f"{int((run.grad_y != 0).sum())} of them not 0; the largest is "
        f"{float(run.grad_y.max()):.4g}, the smallest {float(run.grad_y.min()):.4g}.",
        pick=Pick(
            rows,
            columns,
            ("cell",),
            ((1.0, float(columns)),),
            "entry of the gradient of the input",
            place,
            also={"look": "input"},
        ),
        equal=not flat,
    )


def _sample(run: Backprop, found: Products | None) -> Panel:
    """The input, to draw in."""
    flat = run.y.shape[0] == 1
    rows, columns = run.y.shape
    drawn = f"The input has {run.y.numel()} values from {float(run.y.min()):.4g} to "
    alt = drawn + f"{float(run.y.max()):.4g}."
    if not flat:
        layout = grid_layout(rows, columns)
        paint = Paint("y2", run.sample.numpy(), 0.0, 1.0, 0.1, "input picture")
        traces = (cells(run.y.numpy(), "y⁽ˡ⁻¹⁾", numbers=2),)
        return Panel("input", "Draw the input", traces, layout, alt, paint=paint, equal=True)
    y = run.y[0].numpy()
    reach = max(REACH, coarse(float(np.abs(y).max())))
    x = np.arange(columns)
    traces = [bars(x, y, "data", "y⁽ˡ⁻¹⁾")]
    if found is not None and found.name == "kernel":
        read = np.array([j for _, j in _loud(found)[1]], dtype=int)
        traces.append(bars(read, y[read], "force", "inputs read"))
    index = [written(run.index("y", (0, j))) for j in range(columns)]
    return Panel(
        "input",
        "Draw the input y⁽ˡ⁻¹⁾",
        tuple(traces),
        {
            "xaxis": axis(
                "index j", -0.5, columns - 0.5, **PLAIN, tickvals=x.tolist(), ticktext=index
            ),
            "yaxis": axis("y⁽ˡ⁻¹⁾", -reach, reach, nticks=5),
        },
        alt,
        paint=Paint("y", run.sample[0].numpy(), -REACH, REACH, 0.5, "input signal"),
    )


# --- in words ----------------------------------------------------------------------------------


def _formula(
    run: Backprop, act: str, view: str, now: int, found: Products | None
) -> tuple[str, ...]:
    inner, sign = ("k-o", "-") if run.flip else ("k+o", "+")
    name = "z" if act != "identity" else "y^{(l)}"
    forward = rf"{name}_k = \sum_{{o=-p}}^{{p}} y^{{(l-1)}}_{{{inner}}}\,\role{{model}}{{w_o}} + b"
    if act != "identity":
        forward += (
            r",\qquad \role{force}{\delta_k} = \frac{\partial R}{\partial y^{(l)}_k}\,\varphi'(z_k)"
        )
    lines = [
        forward
        + r",\qquad \frac{\partial R}{\partial b} = \sum_k \role{force}{\delta_k} = "
        + _number(run.grad_b)
    ]
    if found is None:
        return tuple(lines)
    entry = _index(run.index("w" if found.name == "kernel" else "y", found.place))
    if view == "lines" and found.name == "kernel":
        each = run.lines[now]
        says, right = float(each.values[found.place]), float(run.autograd.w[found.place])
        same = not differs(each.values, run.autograd.w)[found.place]
        role, relation = ("good", "=") if same else ("wrong", r"\neq")
        lines.append(
            rf"\text{{line {now + 1}, }} i = {entry}:\quad {each.tex} = "
            rf"\role{{{role}}}{{{_number(says)}}} {relation} {_number(right)}"
            r"\text{ of autograd}"
        )
    if found.name == "kernel":
        lines.append(
            rf"\frac{{\partial R}}{{\partial w_{{{entry}}}}} = \sum_k \role{{force}}{{\delta_k}}\,"
            rf"y_{{k{sign}i}} = {_sum(found)}"
        )
    else:
        turned = "+" if run.flip else "-"
        lines.append(
            rf"\frac{{\partial R}}{{\partial y^{{(l-1)}}_{{{entry}}}}} = \sum_i "
            rf"\role{{force}}{{\delta_{{j{turned}i}}}}\,\role{{model}}{{w_i}} = {_sum(found)}"
        )
    return tuple(lines)


def _sum(found: Products) -> str:
    """The products that are not 0, written out, and their sum; one of them if all are 0."""
    factors = found.factors.tolist()
    pushed = [(a, b) for a, b in factors if a != 0] or factors
    loud = [(a, b) for a, b in pushed if b != 0] or pushed[:1]
    terms = [rf"\role{{force}}{{{_number(a)}}}\cdot {_number(b)}" for a, b in loud[:TERMS]]
    if len(loud) > TERMS:
        terms.append(r"\cdots")
    return f"{' + '.join(terms)} = {_number(found.total)}"


def _number(value: float) -> str:
    mantissa, _, power = f"{value + 0.0:.4g}".partition("e")
    text = rf"{mantissa}\cdot 10^{{{int(power)}}}" if power else mantissa
    return f"({text})" if value < 0 else text


def _index(index: tuple[int, ...]) -> str:
    return str(index[0]) if len(index) == 1 else f"({', '.join(map(str, index))})"
