"""The shape calculator: which cells a sliding window meets, and how many outputs that makes.

A picture has n x n cells, a strip 1 x n; `core.cnn.sliding` says which of them meet.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import Check, choose, equal, require
from core.cnn.sliding import (
    WIDEST,
    Axis,
    Lit,
    axis,
    digits,
    keeping,
    lit,
    margins,
    refusal,
    size,
    under,
    weights,
)
from core.convolution import convolve, output_size, used_inputs

DIMS = ("2-D", "1-D")
KINDS = ("layer", "true", "causal", "transposed")
FILLS = ("zero", "constant", "reflect", "replicate", "circular")
LOOKS = ("output", "input", "weight")


class Shapes(NamedTuple):
    """A layer on a picture of digits.

    Attributes:
        n, span, padded, size: cells in a row of the input, of one window (d(k − 1) + 1), of the
            padded input and of the output.
        padding: cells added (before, after); negative where a transposed layer cuts cells off.
        rows, columns: the two axes.
        x: the padded input, shape (padded, padded), or (1, padded) for a strip.
        w: the weights, shape (k, k) or (1, k).
        y: the output, shape (size, size) or (1, size).
        seen: which input columns lie under some window, shape (n,) bool.
        read: which padded cells lie under some window, shape of x, bool.
        lit: see `Lit`.
        keeping: every p that makes size = n with these k, d and stride 1.
    """

    n: int
    span: int
    padded: int
    size: int
    padding: tuple[int, int]
    rows: Axis
    columns: Axis
    x: Tensor
    w: Tensor
    y: Tensor
    seen: Tensor
    read: Tensor
    lit: Lit
    keeping: tuple[int, ...]

    @property
    def gaps(self) -> int:
        """Input columns that no window sees although a later column is seen."""
        last = int(self.seen.nonzero().max()) if bool(self.seen.any()) else -1
        return last + 1 - int(self.seen.sum())

    @property
    def left_over(self) -> int:
        """Input columns after the last one that is seen."""
        return self.n - int(self.seen.sum()) - self.gaps


def shapes(
    n: int,
    k: int,
    p: int,
    s: int,
    d: int,
    fill: str,
    value: int,
    kind: str,
    dims: str,
    look: str,
    cell: int,
) -> Shapes:
    r"""A k-wide window over n cells padded by p, with stride s and dilation d (CNN-18 to CNN-20).

    The sizes are :math:`\lfloor (n + 2p - d(k-1) - 1)/s \rfloor + 1` for a layer,
    :math:`\lfloor (n - 1)/s \rfloor + 1` for a causal one, which pads d(k − 1) cells before the
    input and none after, and :math:`(n-1)s - 2p + d(k-1) + 1` for a transposed one.

    Args:
        n, k, p, s, d: input size 1..64, kernel 1..9, padding 0..4, stride 1..4, dilation 1..3.
        fill: what padded cells hold: "zero", "constant" (`value`), "reflect" (mirrored without
            the edge), "replicate" (the edge again) or "circular" (the other end). A transposed
            layer always holds zeros.
        value: of constant padding, 0..9.
        kind: "layer" is what networks compute, cross-correlation; "true" turns the kernel by 180°;
            "causal" looks at no later cell; "transposed" is the transpose of the matrix of "layer".
        dims: "2-D" or "1-D".
        look: which grid `cell` counts in, row by row: "output", "input" (padded) or "weight".
        cell: at least 0; a number beyond the grid lights nothing.

    Raises:
        ValueError: a parameter out of range; a window wider than the padded input; a mirror image
            longer than the input; a transposed layer with fewer than 1 or more than 80 outputs.
    """
    choose("fill", fill, FILLS)
    choose("kind", kind, KINDS)
    choose("dims", dims, DIMS)
    choose("look", look, LOOKS)
    require("n", n, 1, WIDEST, integer=True)
    require("k", k, 1, 9, integer=True)
    require("p", p, 0, 4, integer=True)
    require("s", s, 1, 4, integer=True)
    require("d", d, 1, 3, integer=True)
    require("value", value, 0, 9, integer=True)
    require("cell", cell, 0, integer=True)
    if told := refusal(n, k, p, s, d, fill, kind):
        raise ValueError(told)
    columns = axis(n, k, p, s, d, fill, kind)
    rows = columns if dims == "2-D" else axis(1, 1, 0, 1, 1, "zero", "layer")
    high = n if dims == "2-D" else 1
    x = digits()[:high, :n][rows.source.clamp(min=0)[:, None], columns.source.clamp(min=0)]
    filled = (rows.source < 0)[:, None] | (columns.source < 0)
    x = x.masked_fill(filled, float(value) if fill == "constant" and kind != "transposed" else 0.0)
    w = weights(k)[: len(rows.weights)]
    step = 1 if kind == "transposed" else s
    y = convolve(x, w, "valid", flip=kind in ("true", "transposed"), stride=step, dilation=d)
    seen = torch.zeros(n + 1, dtype=torch.bool)  # the last one for what is filled in
    seen[columns.source[columns.taps]] = True
    return Shapes(
        n=n,
        span=d * (k - 1) + 1,
        padded=len(columns.source),
        size=len(columns.taps),
        padding=margins(n, k, p, d, kind),
        rows=rows,
        columns=columns,
        x=x,
        w=w,
        y=y,
        seen=seen[:n],
        read=under(rows)[:, None] & under(columns),
        lit=lit(rows, columns, x, w, look, int(cell)),
        keeping=keeping(n, k, d, kind),
    )


def checks(
    run: Shapes,
    *,
    n: int,
    k: int,
    p: int,
    s: int,
    d: int,
    fill: str,
    kind: str,
    dims: str,
    **_,
) -> list[Check]:
    """CNN-18, CNN-19 (E-56), CNN-20 and CNN-32 (E-64) on this layer."""
    return [
        *_size_laws(run, n, k, p, s, d, kind),
        *_same(run, n, k, p, s, d, kind),
        _valid(run, n, k, d),
        *_strided(run, n, k, p, s, d, fill, kind, dims),
    ]


def _size_laws(run: Shapes, n: int, k: int, p: int, s: int, d: int, kind: str) -> list[Check]:
    laws = {
        "transposed": "(n − 1)s − 2p + d(k − 1) + 1",
        "causal": "⌊(n − 1)/s⌋ + 1",
    }
    law = laws.get(kind, "⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1")
    layer = kind in ("layer", "true")
    return [
        equal(
            "CNN-18",
            f"outputs in a row, counted = {law}",
            run.y.shape[1],
            size(n, k, p, s, d, kind),
        ),
        equal(
            "CNN-18",
            "padding of p makes n cells n + 2p",
            run.x.shape[1],
            n + 2 * p,
            applies=layer,
            why="" if layer else f"a {kind} layer pads {run.padding[0]} and {run.padding[1]} cells",
        ),
    ]


def _same(run: Shapes, n: int, k: int, p: int, s: int, d: int, kind: str) -> list[Check]:
    total, layer = d * (k - 1), kind in ("layer", "true")
    even, growing = total % 2 == 0, kind == "transposed"
    near = [output_size(n, k, p, 1, d) for p in (total // 2, total // 2 + 1) if n + 2 * p > total]
    wrong_kind = f"speaks of symmetric padding, not of a {kind} layer"
    return [
        equal(
            "CNN-19",
            "stride 1: size = n exactly when the total padding is d(k − 1), whatever value fills "
            "it (E-56); both answers, 1 for yes",
            run.size == n,
            sum(run.padding) == total,
            applies=s == 1 and not growing,
            why="a transposed layer cuts 2p off" if growing else "" if s == 1 else f"stride is {s}",
        ),
        equal(
            "CNN-19",
            "d(k − 1) even: p = d(k − 1)/2 gives ⌈n/s⌉ outputs, which is n at stride 1",
            output_size(n, k, total // 2 if even else total, s, d),
            -(-n // s),
            applies=even and layer,
            why=wrong_kind if not layer else "" if even else f"d(k − 1) = {total} is odd",
        ),
        equal(
            "CNN-19",
            "d(k − 1) odd: no p gives n at stride 1, the nearest sizes are off by 1",
            min(abs(outputs - n) for outputs in near),
            1,
            applies=not even and layer,
            why=wrong_kind if not layer else "" if not even else f"d(k − 1) = {total} is even",
        ),
    ]


def _valid(run: Shapes, n: int, k: int, d: int) -> Check:
    fits = run.span <= n
    x, w = digits()[0, :n], weights(k)[0]
    gap = 0.0
    if fits:
        full = convolve(x, w, "full", dilation=d)[run.span - 1 : n]
        gap = float((full - convolve(x, w, "valid", dilation=d)).abs().max())
    return equal(
        "CNN-20",
        "p = 0 keeps the outputs d(k − 1), …, n − 1 of the full convolution: largest difference in "
        "the first row",
        gap,
        0.0,
        applies=fits,
        why="" if fits else f"without padding the window of {run.span} does not fit into {n}",
    )


def _strided(
    run: Shapes, n: int, k: int, p: int, s: int, d: int, fill: str, kind: str, dims: str
) -> list[Check]:
    if kind == "transposed":
        if dims == "2-D":
            x, w, layer = digits()[:n, :n], run.w, F.conv_transpose2d
        else:
            x, w, layer = digits()[0, :n], run.w[0], F.conv_transpose1d
        library = layer(x[None, None], w[None, None], stride=s, dilation=d, padding=p)[0, 0]
        return [
            equal(
                "CNN-32",
                "transposed stride s = stride 1 over the input pulled apart by s − 1 zeros: "
                "largest difference to torch's conv_transpose",
                float((library - run.y).abs().max()),
                0.0,
            )
        ]
    every = convolve(run.x, run.w, "valid", flip=kind == "true", dilation=d)
    jumped = s - k if d == 1 else 0
    between = run.columns.taps[-1, -1] + 1 - len(run.columns.taps.unique())
    known = fill in ("zero", "constant") and kind != "causal"
    return [
        equal(
            "CNN-32",
            "stride s keeps every s-th output of stride 1: largest difference",
            float((every[::s, ::s] - run.y).abs().max()),
            0.0,
        ),
        equal(
            "CNN-32",
            "d = 1: cells of the padded input between the windows = (size − 1) max(0, s − k), so s "
            "≤ k skips outputs, not inputs (E-64)",
            int(between),
            (run.size - 1) * max(0, jumped),
            applies=d == 1,
            why="" if d == 1 else f"dilation {d} leaves holes inside each window",
        ),
        equal(
            "CNN-32",
            "input columns under some window, from the windows drawn = from the arithmetic of s, d",
            int(run.seen.sum()),
            int(used_inputs(n, k, p, s, d).sum()) if known else 0,
            applies=known,
            why="" if known else "speaks of cells added on both sides that repeat no input",
        ),
    ]


def says(run: Shapes, *, n: int, s: int, kind: str, dims: str, look: str, **_) -> str:
    """The sizes, what is never seen and what is lit, in plain sentences."""
    shape = f"{run.size} × {run.size}" if dims == "2-D" else f"{run.size} long"
    if kind == "transposed":
        zeros = f"{s - 1} zero" + ("" if s == 2 else "s")
        made = f"With {zeros} between neighbours, {n} cells make an output {shape}"
    else:
        wide = n + sum(run.padding)
        made = f"Padded to {wide}, with a window {run.span} wide, the output is {shape}"
    if run.size == n:
        made += ": the same size as the input."
    elif s > 1 or kind == "transposed":
        made += f", not the {n} of the input."
    else:
        p = f"; p = {run.keeping[0]} would keep it" if run.keeping else ", and no p keeps it"
        made += f", not the {n} of the input{p}."
    return f"{made} {_unseen(run, dims, kind)} {_about(run, look)}"


def _unseen(run: Shapes, dims: str, kind: str) -> str:
    what = "rows and columns" if dims == "2-D" else "cells"
    if not run.gaps and not run.left_over:
        return f"Every one of the {run.n} {what} is seen."
    if kind == "transposed":
        return f"Cut off: {run.gaps + run.left_over} of the {run.n} {what}."
    parts = []
    if run.gaps:
        parts.append(f"{run.gaps} of the {run.n} {what} lie between the windows")
    if run.left_over:
        parts.append(f"{run.left_over} after the last window")
    return f"Never seen: {' and '.join(parts)}."


def _about(run: Shapes, look: str) -> str:
    chosen = run.lit
    if chosen.place is None:
        return f"The cell chosen before lies outside this {look} grid; nothing is lit."
    i, j = chosen.place
    reached = len(chosen.outputs[0]) * len(chosen.outputs[1])
    if look == "output":
        count = chosen.products.numel()
        summed = f"{count} products add" if count > 1 else "1 product adds"
        return f"Output ({i}, {j}): {summed} up to {number(run.y[i, j])}."
    if look == "weight":
        many = f"all {reached} outputs" if reached > 1 else "the one output"
        return f"Weight ({i}, {j}) = {number(run.w[i, j])} works in {many}."
    held = number(run.x[i, j])
    outputs = f"{reached} output" + ("" if reached == 1 else "s")
    if bool(run.rows.framed[i] | run.columns.framed[j]):
        return f"This padding cell holds {held} and touches {outputs}."
    hole = bool((run.rows.source[i] < 0) | (run.columns.source[j] < 0))
    return f"{'This inserted 0' if hole else f'This input {held}'} touches {outputs}."


def number(value: Tensor | float) -> str:
    """A whole number with a true minus sign."""
    return f"{float(value):.6g}".replace("-", "−")


def torch_code(
    run: Shapes, *, p: int, s: int, d: int, fill: str, value: int, kind: str, dims: str, **_
) -> str:
    """The layer as one call of torch.nn.functional (F) on x and w of shape (1, 1, …)."""
    axes = 2 if dims == "2-D" else 1
    steps = f"stride={s}, dilation={d}"
    if kind == "transposed":
        return f"F.conv_transpose{axes}d(x, w, {steps}, padding={p})"
    x = "x"
    if any(run.padding):
        sides = ", ".join(str(m) for m in run.padding * axes)
        mode = f"mode='{fill}'" if fill not in ("zero", "constant") else ""
        mode = f"value={value}" if fill == "constant" else mode
        x = f"F.pad(x, ({sides}){', ' if mode else ''}{mode})"
    w = "w.flip(2, 3)" if axes == 2 else "w.flip(2)"
    return f"F.conv{axes}d({x}, {w if kind == 'true' else 'w'}, {steps})"


def size_in_words(run: Shapes) -> str:
    """The size of the output."""
    return f"{run.size} × {run.size}"


def unseen_in_words(run: Shapes) -> str:
    """How many columns no window sees."""
    return str(run.gaps + run.left_over)


def keeping_in_words(run: Shapes) -> str:
    """Which p keeps the size."""
    return f"p = {run.keeping[0]}" if run.keeping else "none"
