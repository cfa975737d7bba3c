"""Sliding windows: sizes, what keeps them valid, and which cells meet.

Rows and columns obey the same rule, so everything is the product of an axis with itself. Along it
the input is padded (a transposed layer first pulls it apart, s − 1 zeros between neighbours), and
window o covers the padded cells s·o + d·a, a = 0, …, k − 1.
"""

from functools import cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.convolution import output_size
from core.convolution.operator import source
from core.pictures import picture

WIDEST = 64  # inputs in a row
LARGEST = 80  # outputs in a row, which only a transposed layer can reach


class Axis(NamedTuple):
    """One axis of the layer."""

    source: Tensor  # the input each padded cell repeats, −1 where it is filled in, (padded,)
    taps: Tensor  # the padded cell under entry a of window o, (windows, k)
    weights: Tensor  # the weight at entry a of a window, (k,)


class Lit(NamedTuple):
    """What belongs to the cell that is looked at."""

    place: tuple[int, int] | None  # its (row, column), or None when the grid has no such cell
    inputs: tuple[Tensor, Tensor]  # (rows, columns) that light up, as in the next two
    outputs: tuple[Tensor, Tensor]
    weights: tuple[Tensor, Tensor]
    window: Tensor | None = None  # of an output: the inputs under its window, (k, k)
    turned: Tensor | None = None  # the weights as they meet them, (k, k)
    products: Tensor | None = None  # of the two, (k, k)


def refusal(n: int, k: int, p: int, s: int, d: int, fill: str, kind: str) -> str:
    """Why these sizes make no layer, in one sentence; empty when they do."""
    span = d * (k - 1) + 1
    if kind == "transposed":
        outputs = size(n, k, p, s, d, kind)
        law = f"(n − 1)s − 2p + d(k − 1) + 1 outputs in [1, {LARGEST}]"
        return "" if 1 <= outputs <= LARGEST else f"expected {law}, got {outputs}"
    if span > n + 2 * p:
        return f"expected a window d(k − 1) + 1 of at most n + 2p = {n + 2 * p} cells, got {span}"
    if fill == "reflect" and p >= n:
        return f"expected reflect padding of at most n − 1 = {n - 1} cells, got {p}"
    return ""


def limits(name: str, low: int, high: int, **values) -> tuple[int, int]:
    """Smallest and largest value in [low, high] of one of n, k, p, s, d that keeps it valid."""
    now = {key: values[key] for key in ("n", "k", "p", "s", "d", "fill", "kind")}
    fine = [v for v in range(low, high + 1) if not refusal(**now | {name: v})]
    return (fine[0], fine[-1]) if fine else (low, high)


def axis(n: int, k: int, p: int, s: int, d: int, fill: str, kind: str) -> Axis:
    """The cells one axis meets; sizes must be valid, see `refusal`."""
    margin, step, order = margins(k, p, d, kind), s, torch.arange(k)
    if kind == "transposed":
        place = torch.arange(-margin, (n - 1) * s + 1 + margin)
        held, step = place // s, 1
        cells = torch.where((place % s == 0) & (held >= 0) & (held < n), held, -1)
    else:
        cells = source(n, margin, margin, "zero" if fill == "constant" else fill)
    windows = (len(cells) - d * (k - 1) - 1) // step + 1
    taps = step * torch.arange(windows)[:, None] + d * order
    return Axis(cells, taps, order if kind == "layer" else order.flip(0))


@cache
def grey(n: int) -> Tensor:
    """A handwritten 4 on paper that gets darker to the lower right, whole levels 1 to 9, (n, n)."""
    ink = F.interpolate(picture("digit-4-large")[None], (n, n), mode="area")[0, 0].double()
    shade = torch.linspace(0, 1, n, dtype=torch.float64)
    return (1 + shade[:, None] + shade + 6 * ink).round()


def weights(k: int) -> Tensor:
    """w[a, b] = ((a + 2b + 2) mod 3) − 1, shape (k, k): unlike itself when turned by 180°."""
    a = torch.arange(k, dtype=torch.float64)
    return (a[:, None] + 2 * a + 2) % 3 - 1


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


def lit(line: Axis, x: Tensor, w: Tensor, look: str, cell: int) -> Lit:
    """The cells that belong to number `cell` of the grid "output", "input" (padded) or "weight"."""
    windows, entries = torch.arange(len(line.taps)), torch.arange(len(w))
    wide = {"output": len(windows), "input": len(x), "weight": len(w)}[look]
    if cell >= wide * wide:
        nothing = entries[:0], entries[:0]
        return Lit(None, nothing, nothing, nothing)
    i, j = place = divmod(cell, wide)
    chosen = torch.tensor([i]), torch.tensor([j])
    if look == "output":
        inputs = line.taps[i], line.taps[j]
        turned = w[line.weights[:, None], line.weights]
        window = x[inputs[0][:, None], inputs[1]]
        return Lit(place, inputs, chosen, (entries, entries), window, turned, window * turned)
    if look == "weight":
        under = [line.taps[:, a] for a in line.weights[list(place)]]  # turning twice is no turn
        return Lit(place, tuple(under), (windows, windows), chosen)
    repeats = bool((line.source[list(place)] >= 0).all())  # what is filled in is its own
    held = line.source if repeats else torch.arange(len(x))
    copies = [held == held[at] for at in place]
    met = [same[line.taps].nonzero().unbind(1) for same in copies]
    return Lit(
        place,
        tuple(same.nonzero()[:, 0] for same in copies),
        tuple(window.unique() for window, _ in met),
        tuple(line.weights[entry].unique() for _, entry in met),
    )
