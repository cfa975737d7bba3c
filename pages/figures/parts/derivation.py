"""The gradient of the kernel: one per position, or line by line of its derivation."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.cnn.derivation import differs
from core.experiments.cnn.backprop import Backprop, looked_at, written
from pages.figures.marks import boxes, cells, line
from pages.figures.plot import Panel, Pick, grid_layout


def positions(run: Backprop, look: str, cell: int) -> Panel:
    """One gradient per position, as if each had a kernel of its own, and their sum."""
    place = looked_at(run, "kernel", cell) if look == "kernel" else None
    flat = run.y.shape[0] == 1
    rows, columns = run.w.shape
    untied, corner, parts = (_stacked if flat else _tiled)(run)
    traces = [
        cells(run.grad_w.numpy(), "∂R/∂w, the sum", numbers=3 if flat else 2),
        cells(untied, "one gradient per position", numbers=3 if flat else 2, at=corner),
    ]
    if place:
        traces.append(boxes(parts(place), "force", "its parts"))
        traces.append(boxes([place * 2], "model", "entry looked at"))
    high, wide = (at + size for at, size in zip(corner, untied.shape, strict=True))
    layout = grid_layout(high, wide, "kernel entry i", "position k")
    if flat:
        ends = [written(run.index("z", (0, j))) for j in (0, high - 3)]
        layout["xaxis"] |= _entries(run)
        layout["yaxis"] |= {
            "tickvals": [0, 2, high - 1],
            "ticktext": ["Σ = ∂R/∂w", *(f"k = {end}" for end in ends)],
        }
        layout["margin"] = {"l": 84, "r": 8, "t": 6, "b": 40}
    else:
        layout["xaxis"] |= {
            "tickvals": [1, corner[1] + (untied.shape[1] - 1) / 2],
            "ticktext": ["sum", "per position k" if high > rows else "of this output"],
        }
        layout["yaxis"]["showticklabels"] = False
    pick = Pick(
        rows,
        columns,
        ("cell",),
        ((1.0, float(columns)),),
        "entry of ∂R/∂w",
        place,
        also={"look": "kernel"},
    )
    return Panel(
        "kernel",
        "∂R/∂w: untie the weights, one gradient per position, then add",
        tuple(traces),
        layout,
        f"∂R/∂w is {_row(run.grad_w)}, the sum of {run.z.numel()} gradients, one for each position "
        "of the kernel.",
        pick=pick,
        equal=not flat,
    )


def _stacked(run: Backprop) -> tuple[np.ndarray, tuple[int, int], Callable]:
    """The untied gradients of a signal, a row for each position, under the sum."""
    untied = run.untied.flatten(0, 2).numpy()
    return untied, (2, 0), lambda place: [(2, place[1], len(untied) + 1, place[1])]


def _tiled(run: Backprop) -> tuple[np.ndarray, tuple[int, int], Callable]:
    """The untied gradients of a picture, each where its output lies, to the right of the sum.

    With a single output pushed, only its own.
    """
    (rows, columns), (K, L) = run.w.shape, run.z.shape
    pushed = run.delta.nonzero().tolist()
    some = run.untied
    if len(pushed) == 1:
        (i, j), K, L = pushed[0], 1, 1
        some = some[i : i + 1, j : j + 1]
    tiles = np.full((K, rows + 1, L, columns + 1), np.nan)
    tiles[:, :rows, :, :columns] = some.permute(0, 2, 1, 3).numpy()
    tiles = tiles.reshape(K * (rows + 1), L * (columns + 1))[:-1, :-1]

    def parts(place: tuple[int, int]) -> list[tuple]:
        i, j = place[0], place[1] + columns + 1
        return [(u * (rows + 1) + i, v * (columns + 1) + j) * 2 for u in range(K) for v in range(L)]

    return tiles, (0, columns + 1), parts


def table(run: Backprop, now: int, look: str, cell: int) -> Panel:
    """Every line beside autograd, which stands on top in row −1; the current one is framed."""
    size = run.w.numel()
    values = np.stack([each.values.numpy().ravel() for each in run.lines])
    auto = run.autograd.w.numpy().reshape(1, size)
    top = float(np.abs(np.concatenate([auto, values])).max()) or 1.0
    off = torch.stack([differs(each.values, run.autograd.w).flatten() for each in run.lines])
    current = run.lines[now]
    traces = [
        cells(auto, "autograd", numbers=3, at=(-1, 0), low=-top, high=top),
        cells(values, "lines", numbers=3, low=-top, high=top),
        boxes([place * 2 for place in map(tuple, off.nonzero().tolist())], "wrong", "differs"),
        _frame((-0.46, size - 0.54), (now - 0.46, now + 0.46), "ink", "this line"),
    ]
    place = looked_at(run, "kernel", cell) if look == "kernel" else None
    column = place[0] * run.w.shape[1] + place[1] if place else None
    names = ["autograd"]
    names += [f"printed: {each.text}" if each.wrong else each.text for each in run.lines]
    layout = grid_layout(len(run.lines), size, "kernel entry i", "line")
    layout["yaxis"] |= {
        "range": [len(run.lines) - 0.5, -1.5],
        "tickvals": list(range(-1, len(run.lines))),
        "ticktext": names,
        "title": {"text": "line", "standoff": 16},
    }
    layout["xaxis"] |= _entries(run)
    layout["margin"] = {"l": 216, "r": 8, "t": 6, "b": 40}
    return Panel(
        "lines",
        "The derivation of ∂R/∂w, line by line, beside autograd",
        tuple(traces),
        layout,
        f"Autograd gives {_row(run.autograd.w)}. Line {now + 1}, {current.text}, gives "
        f"{_row(current.values)}: "
        + ("equal." if current.agrees else f"{int(off[now].sum())} entries differ."),
        pick=Pick(
            len(run.lines),
            size,
            ("cell", "line"),
            ((1.0, 0.0), (0.0, 1.0)),
            "line and kernel entry",
            (now, column) if column is not None else None,
            also={"look": "kernel"},
        ),
    )


def _frame(x: tuple[float, float], y: tuple[float, float], role: str, name: str) -> dict:
    """A rectangle without a wash, from its left and right, top and bottom."""
    (left, right), (top, bottom) = x, y
    ring = ([left, right, right, left, left], [top, top, bottom, bottom, top])
    return line(*map(np.array, ring), role, name, width=2.5)


def _entries(run: Backprop) -> dict:
    """Ticks that name the kernel entries from −p to p."""
    columns = run.w.shape[1]
    places = [divmod(i, columns) for i in range(run.w.numel())]
    return {
        "tickvals": list(range(len(places))),
        "ticktext": [written(run.index("w", place)) for place in places],
    }


def _row(values: Tensor) -> str:
    """The first entries of a gradient, for the description."""
    flat = values.flatten().tolist()
    return "(" + ", ".join(f"{v:.3g}" for v in flat[:9]) + ")"
