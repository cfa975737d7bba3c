"""Gradients of a signal's layer: a sum of one row per output, and the derivation line by line."""

import numpy as np
import torch
from torch import Tensor

from core.cnn.chain import Product
from core.cnn.derivation import Line, differs, indices
from core.words import bracket
from pages.figures.marks import bars, boxes, cells, line
from pages.figures.plot import PLAIN, Paint, Panel, Pick, axis, coarse, grid_layout, panel

TERMS = 8  # products written out
REACH = 4.0  # values that can be drawn


def added(
    name: str, title: str, sums: tuple[str, Tensor, Tensor], across: str,
    looked: tuple[str, int | None], alt: str,
) -> Panel:  # fmt: skip
    """A gradient on top, and under it the rows it is the sum of, one for each output.

    Args:
        sums: name of the gradient, it (1, m), and its parts (K, m).
        looked: value of `look` that pointing sets beside `cell`, and the entry looked at.
    """
    (label, total, parts), (look, place) = sums, looked
    K, m = parts.shape
    traces = [
        cells(total, label, numbers=3),
        cells(parts, "one row per output", numbers=3, at=(2, 0)),
    ]
    if place is not None:
        traces.append(boxes([(2, place, K + 1, place)], "force", "its parts"))
        traces.append(boxes([(0, place, 0, place)], "model", "entry looked at"))
    layout = grid_layout(K + 2, m, across, "output k")
    layout["xaxis"] |= _ticks(m)
    ends = [f"Σ = {label}", f"k = {indices(K)[0]}", f"k = {indices(K)[-1]}"]
    layout["yaxis"] |= {"tickvals": [0, 2, K + 1], "ticktext": ends}
    layout["margin"] = {"l": 84, "r": 8, "t": 6, "b": 40}
    at = None if place is None else (0, place)
    pick = Pick.numbered(1, m, "cell", f"entry of {label}", at, look=look)
    return Panel(name, title, tuple(traces), layout, alt, pick=pick)


def table(lines: tuple[Line, ...], autograd: Tensor, now: int, place: int | None) -> Panel:
    """Every line beside autograd (1, m), on top in row −1; the one looked at is framed."""
    size, count, current = autograd.numel(), len(lines), lines[now]
    values = torch.cat([each.values for each in lines])
    top = float(torch.cat([autograd, values]).abs().max()) or 1.0
    off = torch.cat([differs(each.values, autograd) for each in lines])
    left, right, up, down = -0.46, size - 0.54, now - 0.46, now + 0.46
    ring = [left, right, right, left, left], [up, up, down, down, up]
    names = [f"printed: {each.text}" if each.wrong else each.text for each in lines]
    layout = grid_layout(count, size, "kernel entry i", "line")
    layout["yaxis"] |= {
        "range": [count - 0.5, -1.5],
        "tickvals": list(range(-1, count)),
        "ticktext": ["autograd", *names],
        "title": {"text": "line", "standoff": 16},
    }
    layout["xaxis"] |= _ticks(size)
    layout["margin"] = {"l": 216, "r": 8, "t": 6, "b": 40}
    differ = "equal." if current.agrees else f"entries that differ: {int(off[now].sum())}."
    at, label = None if place is None else (now, place), "line and kernel entry"
    return Panel(
        "lines",
        "The derivation of ∂R/∂w, line by line, beside autograd",
        (
            cells(autograd, "autograd", numbers=3, at=(-1, 0), low=-top, high=top),
            cells(values, "lines", numbers=3, low=-top, high=top),
            boxes([(i, j) * 2 for i, j in off.nonzero().tolist()], "wrong", "differs"),
            line(*ring, "ink", "this line", width=2.5),
        ),
        layout,
        f"Autograd gives {row(autograd)}. Line {now + 1}, {current.text}, gives "
        f"{row(current.values)}: {differ}",
        pick=Pick.cells(count, size, "line", "cell", label, at, look="kernel"),
    )


def _ticks(count: int) -> dict:
    return {"tickvals": list(range(count)), "ticktext": list(map(str, indices(count)))}


def samples(y: Tensor, read: list[int], param: str) -> Panel:
    """The input, (n,), drawn into a parameter, with the samples that are read in colour."""
    y, x = y.numpy(), np.arange(len(y))
    reach = max(REACH, coarse(float(np.abs(y).max())))
    return panel(
        "input",
        "Draw the input y⁽ˡ⁻¹⁾",
        bars(x, y, "data", "y⁽ˡ⁻¹⁾"),
        read and bars(read, y[read], "force", "inputs read"),
        x=axis("index j", -0.5, len(y) - 0.5, **PLAIN, **_ticks(len(y))),
        y=axis("y⁽ˡ⁻¹⁾", -reach, reach, nticks=5),
        alt=f"The input has {len(y)} values from {y.min():.4g} to {y.max():.4g}.",
        paint=Paint(param, y, -REACH, REACH, 0.5, "input signal"),
    )


def summed(found: list[Product]) -> str:
    """The products that are not 0, written out, and their sum; one of them if all are 0."""
    pushed = [each for each in found if each.delta] or found
    loud = [each for each in pushed if each.factor] or pushed[:1]
    terms = [rf"\role{{force}}{{{bracket(a)}}}\cdot {bracket(b)}" for *_, a, b in loud[:TERMS]]
    terms += [r"\cdots"] if len(loud) > TERMS else []
    return f"{' + '.join(terms)} = {bracket(sum(each.delta * each.factor for each in found))}"


def row(values: Tensor) -> str:
    """A gradient for a description."""
    return "(" + ", ".join(f"{v:.3g}" for v in values.flatten().tolist()) + ")"
