"""Sliding windows: sizes, what keeps them valid, and which cells meet.

Rows and columns obey the same rule, so everything is the product of an axis with itself. Along it
the input is padded (a transposed layer first pulls it apart, s − 1 zeros between neighbours), and
window o covers the padded cells s·o + d·a, a = 0, …, k − 1.
"""

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.convolution import output_size
from core.convolution.operator import source

WIDEST = 64  # inputs in a row
LARGEST = 80  # outputs in a row, which only a transposed layer can reach


class Axis(NamedTuple):
    """One axis of the layer.

    Attributes:
        source: which input each padded cell repeats, −1 where it is filled in, shape (padded,).
        framed: which padded cells lie outside the input, shape (padded,) bool.
        taps: the padded cell under entry a of window o, shape (windows, k).
        weights: which weight sits at entry a of a window, shape (k,).
    """

    source: Tensor
    framed: Tensor
    taps: Tensor
    weights: Tensor


class Lit(NamedTuple):
    """What belongs to the cell that is looked at; each of the first three as (rows, columns).

    Attributes:
        place: the (row, column) looked at, or None when this grid has no such cell.
        inputs, outputs, weights: indices of the cells that light up.
        window, turned, products: for an output, the inputs under its window, the weights as they
            meet them and their products, shape (k, k); otherwise None.
        pairs: for an input, along rows and columns the (window, weight) it meets, each shape
            (pairs, 2); it goes into one output for every pair of pairs. Otherwise None.
    """

    place: tuple[int, int] | None
    inputs: tuple[Tensor, Tensor]
    outputs: tuple[Tensor, Tensor]
    weights: tuple[Tensor, Tensor]
    window: Tensor | None = None
    turned: Tensor | None = None
    products: Tensor | None = None
    pairs: tuple[Tensor, Tensor] | None = None


def refusal(n: int, k: int, p: int, s: int, d: int, fill: str, kind: str) -> str:
    """Why these sizes make no layer, in one sentence; empty when they do."""
    span = d * (k - 1) + 1
    if kind == "transposed":
        outputs = size(n, k, p, s, d, kind)
        if not 1 <= outputs <= LARGEST:
            law = "(n − 1)s − 2p + d(k − 1) + 1"
            return f"expected {law} outputs in [1, {LARGEST}], got {outputs}"
        return ""
    if span > n + 2 * p:
        return f"expected a window d(k − 1) + 1 of at most n + 2p = {n + 2 * p} cells, got {span}"
    if fill == "reflect" and p >= n:
        return f"expected reflect padding of at most n − 1 = {n - 1} cells, got {p}"
    return ""


def limits(name: str, low: int, high: int, **values) -> tuple[int, int]:
    """Smallest and largest value in [low, high] of parameter `name` that keeps the layer valid.

    Args:
        name: one of n, k, p, s, d; the valid values of each are an interval.
        values: the parameters of `shapes`; others than those of `refusal` are ignored.
    """
    keys = ("n", "k", "p", "s", "d", "fill", "kind")
    now = {key: values[key] for key in keys}
    fine = [v for v in range(low, high + 1) if not refusal(**now | {name: v})]
    return (fine[0], fine[-1]) if fine else (low, high)


def axis(n: int, k: int, p: int, s: int, d: int, fill: str, kind: str) -> Axis:
    """The cells one axis meets; sizes must be valid, see `refusal`."""
    margin = margins(k, p, d, kind)
    if kind == "transposed":
        place = torch.arange(-margin, (n - 1) * s + 1 + margin)
        inside = (place >= 0) & (place <= (n - 1) * s)
        cells = torch.where(inside & (place % s == 0), place // s, -1)
        step = 1
    else:
        place = torch.arange(-margin, n + margin)
        inside = (place >= 0) & (place < n)
        cells = source(n, margin, margin, "zero" if fill == "constant" else fill)
        step = s
    windows = (len(cells) - d * (k - 1) - 1) // step + 1
    taps = step * torch.arange(windows)[:, None] + d * torch.arange(k)
    order = torch.arange(k)
    turned = order.flip(0) if kind in ("true", "transposed") else order
    return Axis(cells, ~inside, taps, turned)


@cache
def digits() -> Tensor:
    """The first 4096 digits of π, row by row, shape (64, 64); by Machin's formula."""
    unit = 10 ** (WIDEST * WIDEST + 9)
    text = str(16 * _arccot(5, unit) - 4 * _arccot(239, unit))
    table = torch.tensor([int(c) for c in text[: WIDEST * WIDEST]], dtype=torch.float64)
    return table.view(WIDEST, WIDEST)


def weights(k: int) -> Tensor:
    """w[a, b] = ((a + 2b + 2) mod 3) − 1, shape (k, k): unlike itself when turned by 180°."""
    a = torch.arange(k, dtype=torch.float64)
    return (a[:, None] + 2 * a + 2) % 3 - 1


def _arccot(m: int, unit: int) -> int:
    """arctan(1/m) in units of 1/unit, by its alternating series."""
    power = total = unit // m
    i = 1
    while power:
        power //= m * m
        total += (-1) ** i * (power // (2 * i + 1))
        i += 1
    return total


def margins(k: int, p: int, d: int, kind: str) -> int:
    """Cells added on each side of the input; negative where a transposed layer cuts cells off."""
    return d * (k - 1) - p if kind == "transposed" else p


def size(n: int, k: int, p: int, s: int, d: int, kind: str) -> int:
    """The formula of the output size."""
    if kind == "transposed":
        return (n - 1) * s - 2 * p + d * (k - 1) + 1
    return output_size(n, k, p, s, d)


def keeping(k: int, d: int, kind: str) -> int:
    """The p with size = n at stride 1, or −1 where there is none."""
    return -1 if kind == "transposed" or d * (k - 1) % 2 else d * (k - 1) // 2


def under(line: Axis) -> Tensor:
    """Which padded cells lie under some window, (padded,) bool."""
    read = torch.zeros(len(line.source), dtype=torch.bool)
    read[line.taps] = True
    return read


def lit(line: Axis, x: Tensor, w: Tensor, look: str, cell: int) -> Lit:
    """The cells that belong to number `cell` of the grid `look`."""
    wide = {"output": len(line.taps), "input": len(x), "weight": len(w)}[look]
    none = (torch.arange(0), torch.arange(0))
    if cell >= wide * wide:
        return Lit(None, none, none, none)
    i, j = place = divmod(cell, wide)
    chosen, every = (torch.tensor([i]), torch.tensor([j])), torch.arange(len(w))
    if look == "output":
        inputs = line.taps[i], line.taps[j]
        turned = w[line.weights[:, None], line.weights]
        window = x[inputs[0][:, None], inputs[1]]
        return Lit(place, inputs, chosen, (every, every), window, turned, window * turned)
    if look == "weight":
        entries = line.weights[list(place)].tolist()  # turning twice is no turn
        windows = torch.arange(len(line.taps))
        return Lit(place, tuple(line.taps[:, a] for a in entries), (windows, windows), chosen)
    repeats = bool(line.source[i] >= 0 and line.source[j] >= 0)
    copies = [_copies(line, at, repeats) for at in place]
    pairs = [_pairs(line, same) for same in copies]
    return Lit(
        place,
        tuple(same.nonzero()[:, 0] for same in copies),
        tuple(pair[:, 0].unique() for pair in pairs),
        tuple(pair[:, 1].unique() for pair in pairs),
        pairs=tuple(pairs),
    )


def _copies(line: Axis, at: int, repeats: bool) -> Tensor:
    """Which padded cells hold the same input as cell `at`, (padded,) bool; itself if filled in."""
    here = torch.arange(len(line.source)) == at
    return line.source == line.source[at] if repeats else here


def _pairs(line: Axis, cells: Tensor) -> Tensor:
    """The (window, weight) pairs in which a window has one of the cells under it."""
    window, entry = cells[line.taps].nonzero().unbind(1)
    return torch.stack([window, line.weights[entry]], dim=1)
