"""Gradients of a signal's layer: a sum of one row per output, and the derivation line by line."""

import numpy as np
import torch
from torch import Tensor

from core.cnn.chain import Products
from core.cnn.derivation import Line, differs
from core.words import bracket
from pages.figures.marks import bars, boxes, cells, line
from pages.figures.plot import PLAIN, Paint, Panel, Pick, axis, coarse, grid_layout, panel

TERMS = 8  # products written out
REACH = 4.0  # values that can be drawn


def added(
    name: str, title: str, total: Tensor, parts: Tensor, label: str, names: tuple[str, str, str],
    axes: tuple[list[int], list[int], str], place: int | None, look: str, alt: str,
) -> Panel:  # fmt: skip
    """A gradient on top, and under it the rows it is the sum of, one for each output.

    Args:
        total, parts: (1, m) and (K, m).
        label: of the sum on the vertical axis.
        names: of the sum, of the parts, and of an entry for the screen reader.
        axes: indices of the entries and of the outputs, and the title of the horizontal axis.
        place: entry looked at, which sets `cell`, and `look` to its gradient.
    """
    (K, m), (entries, outputs, across) = parts.shape, axes
    traces = [
        cells(total.numpy(), names[0], numbers=3),
        cells(parts.numpy(), names[1], numbers=3, at=(2, 0)),
    ]
    if place is not None:
        traces.append(boxes([(2, place, K + 1, place)], "force", "its parts"))
        traces.append(boxes([(0, place, 0, place)], "model", "entry looked at"))
    layout = grid_layout(K + 2, m, across, "position k" if look == "kernel" else "output k")
    layout["xaxis"] |= {"tickvals": list(range(m)), "ticktext": [str(i) for i in entries]}
    ends = [f"k = {outputs[0]}", f"k = {outputs[-1]}"]
    layout["yaxis"] |= {"tickvals": [0, 2, K + 1], "ticktext": [f"Σ = {label}", *ends]}
    layout["margin"] = {"l": 84, "r": 8, "t": 6, "b": 40}
    at = None if place is None else (0, place)
    pick = Pick.numbered(1, m, "cell", names[2], at, look=look)
    return Panel(name, title, tuple(traces), layout, alt, pick=pick)


def table(
    lines: tuple[Line, ...], autograd: Tensor, entries: list[int], now: int, place: int | None
) -> Panel:
    """Every line beside autograd, which stands on top in row −1; the current one is framed.

    Args:
        autograd: ∂R/∂w, (1, m).
        entries: indices of the kernel entries.
        now, place: line and entry looked at.
    """
    size, count, current = len(entries), len(lines), lines[now]
    values = np.concatenate([each.values.numpy() for each in lines])
    auto = autograd.numpy()
    top = float(np.abs(np.concatenate([auto, values])).max()) or 1.0
    off = torch.cat([differs(each.values, autograd) for each in lines])
    left, right, up, down = -0.46, size - 0.54, now - 0.46, now + 0.46
    ring = np.array([left, right, right, left, left]), np.array([up, up, down, down, up])
    names = [f"printed: {each.text}" if each.wrong else each.text for each in lines]
    layout = grid_layout(count, size, "kernel entry i", "line")
    layout["yaxis"] |= {
        "range": [count - 0.5, -1.5],
        "tickvals": list(range(-1, count)),
        "ticktext": ["autograd", *names],
        "title": {"text": "line", "standoff": 16},
    }
    layout["xaxis"] |= {"tickvals": list(range(size)), "ticktext": [str(i) for i in entries]}
    layout["margin"] = {"l": 216, "r": 8, "t": 6, "b": 40}
    differ = f"{int(off[now].sum())} entries differ."
    return Panel(
        "lines",
        "The derivation of ∂R/∂w, line by line, beside autograd",
        (
            cells(auto, "autograd", numbers=3, at=(-1, 0), low=-top, high=top),
            cells(values, "lines", numbers=3, low=-top, high=top),
            boxes([(i, j) * 2 for i, j in off.nonzero().tolist()], "wrong", "differs"),
            line(*ring, "ink", "this line", width=2.5),
        ),
        layout,
        f"Autograd gives {row(autograd)}. Line {now + 1}, {current.text}, gives "
        f"{row(current.values)}: {'equal.' if current.agrees else differ}",
        pick=Pick.cells(
            count,
            size,
            "line",
            "cell",
            "line and kernel entry",
            None if place is None else (now, place),
            look="kernel",
        ),
    )


def samples(y: Tensor, indices: list[int], read: list[int], param: str) -> Panel:
    """The input, (n,), drawn into a parameter, with the samples that are read in colour."""
    y, x = y.numpy(), np.arange(len(y))
    reach = max(REACH, coarse(float(np.abs(y).max())))
    ticks = {"tickvals": x.tolist(), "ticktext": [str(i) for i in indices]}
    return panel(
        "input",
        "Draw the input y⁽ˡ⁻¹⁾",
        bars(x, y, "data", "y⁽ˡ⁻¹⁾"),
        read and bars(read, y[read], "force", "inputs read"),
        x=axis("index j", -0.5, len(y) - 0.5, **PLAIN, **ticks),
        y=axis("y⁽ˡ⁻¹⁾", -reach, reach, nticks=5),
        alt=f"The input has {len(y)} values from {y.min():.4g} to {y.max():.4g}.",
        paint=Paint(param, y, -REACH, REACH, 0.5, "input signal"),
    )


def summed(found: Products) -> str:
    """The products that are not 0, written out, and their sum; one of them if all are 0."""
    pushed = found.loud.factors or found.factors
    loud = [(a, b) for a, b in pushed if b != 0] or pushed[:1]
    terms = [rf"\role{{force}}{{{bracket(a)}}}\cdot {bracket(b)}" for a, b in loud[:TERMS]]
    terms += [r"\cdots"] if len(loud) > TERMS else []
    return f"{' + '.join(terms)} = {bracket(found.total)}"


def row(values: Tensor) -> str:
    """A gradient for a description."""
    return "(" + ", ".join(f"{v:.3g}" for v in values.flatten().tolist()) + ")"
