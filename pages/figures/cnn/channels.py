"""Channels and groups: the maps and who feeds whom, one output as a sum, the blocks of weights."""

from collections.abc import Sequence
from typing import Annotated

import torch

from core.experiments.cnn.channels import GAP, ORIGIN, STACK, WIDTH, Layer, Looked, corners, edge
from core.signature import between
from core.words import bracket
from pages.figures.marks import boxes, cells, segments
from pages.figures.parts.maps import BARE, on_plane, side_by_side
from pages.figures.plot import PLAIN, Panel, Pick, Picture, axis, coarse, panel

Cell = Annotated[int, between(0, 48 * WIDTH - 1)]


def figure(run: Layer, *, kernel: str, cell: Cell = WIDTH + ORIGIN + 1) -> Picture:
    """Three panels: maps, one sum, kernels."""
    looked, flat = run.looked(cell), kernel == "flat"
    panels = _maps(run, looked), _sum(run, looked), _kernels(run, looked, flat)
    return Picture(panels, formula=_formula(run, looked, flat))


def _maps(run: Layer, looked: Looked) -> Panel:
    (c, m, n), (K, rows, columns) = run.x.shape, run.y.shape
    left = edge(c, n)
    height, width = min(STACK, max(c, K)) * (m + 1) - 1, left + -(-K // STACK) * (columns + 1) - 1
    starts, ends = corners(c, m, n), corners(K, m, columns, left)
    x, y = on_plane(run.x, starts, height, width), on_plane(run.y, ends, height, width)
    reads, goes = _on(looked.inputs, starts), _on(looked.outputs, ends)
    top, (k, u, v), kind = coarse(float(run.y.abs().max())), looked.output, looked.kind
    names = {"tickvals": [(n - 1) / 2, left + (columns - 1) / 2], "ticktext": ["x", "y"]}
    counts = f"{_many(c, 'channel')} x in {_many(run.groups, 'group')} → {_many(K, 'map')} y"
    at = {"input": reads[0][:2], "output": goes[0][:2]}.get(kind)
    first, what = ORIGIN - left, "input or output"
    return panel(
        "maps",
        f"{m} × {n} × {c} in, {rows} × {columns} × {K} out",
        cells(x, "x", scale="heat", low=0, high=4, numbers=2),
        cells(y, "y", low=-top, high=top, numbers=3),
        _wires(run, starts, ends, range(K), "faint", 1),
        _wires(run, starts, ends, [k], "force", 2),
        boxes(reads, "model" if kind == "input" else "force", "inputs"),
        boxes(goes, "model" if kind == "output" else "force", "outputs"),
        x=axis(counts, -0.5, width - 0.5) | {**BARE, "showticklabels": True, **names},
        y=axis("channels c, maps k", height - 0.5, -0.5, **BARE),
        alt=f"Channels that a map reads: {run.own} of {c}. {_named(k, u, v)} = {run.y[k, u, v]:g}.",
        pick=Pick.numbered(height, width, "cell", what, at, stride=WIDTH, first=first),
        equal=True,
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count > 1)}"


def _on(lit: tuple, places: list[tuple[int, int]]) -> list[tuple[int, ...]]:
    """(map, top, left, bottom, right) as corners in the plane."""
    return [tuple(map(sum, zip(part, 2 * places[index]))) for index, *part in lit]


def _wires(
    run: Layer, starts: list, ends: list, maps: Sequence[int], role: str, width: float
) -> dict:
    """From every channel to those of the maps that it feeds."""
    m, rows = run.x.shape[1], run.y.shape[1]
    left, pairs = ends[0][1], [(channel, k) for k in maps for channel in run.reads(k)]
    tails = [(left - GAP - 0.2, starts[channel][0] + (m - 1) / 2) for channel, _ in pairs]
    tips = [(left - 0.8, ends[k][0] + (rows - 1) / 2) for _, k in pairs]
    return segments(tails, tips, role, "feeds", width=width)


def _sum(run: Layer, looked: Looked) -> Panel:
    k, u, v = looked.output
    window, products = run.products(looked.output)
    own, p, q = window.shape
    partial, first = products.sum((1, 2)).tolist(), run.reads(k).start
    width = own * (q + 1) - 1
    blocks = {
        "x": (window, {"scale": "heat", "low": 0, "high": 4}),
        "w": (run.weight[k], {"low": -2, "high": 2}),
        "w · x": (products, {"low": -8, "high": 8}),
    }
    tops = [row * (p + 0.5) for row in range(4)]
    traces = [
        cells(side_by_side(block.numpy()), name, numbers=2, at=(top, 0), **colours)
        for top, (name, (block, colours)) in zip(tops, blocks.items())
    ]
    sums = on_plane([torch.tensor([[v]]) for v in partial], _middles(own, q), 1, width)
    traces.append(cells(sums, "sum of each channel", numbers=3, at=(tops[3], 0)))
    if looked.term:
        c, a, b = looked.term
        at = [2 * (top + a, c * (q + 1) + b) for top in tops[:3]]
        traces.append(boxes(at, "model", "looked at"))
    middles = [top + (p - 1) / 2 for top in tops[:3]] + tops[3:]
    names = {"showticklabels": True, "tickvals": middles, "ticktext": [*blocks, "Σ"]}
    told = f"channels {first} to {first + own - 1}" if own > 1 else f"channel {first}"
    summed = f"The sum{'s' * (own > 1)} {', '.join(f'{s:g}' for s in partial)}"
    return panel(
        "sum",
        f"{_named(k, u, v)}: {_many(own * p * q, 'product')} from {_many(own, 'channel')}",
        traces,
        x=axis(told, -0.5, width - 0.5, **BARE),
        y=axis("Σ = w · x, added up", tops[3] + 0.5, -0.5) | {**BARE, **names},
        alt=f"{summed} and the bias {run.bias[k]:g} make {run.y[k, u, v]:g}.",
    )


def _middles(own: int, q: int) -> list[tuple[int, int]]:
    return [(0, c * (q + 1) + (q - 1) // 2) for c in range(own)]


def _named(k: int, u: int, v: int) -> str:
    return f"y{'₀₁₂₃₄₅₆₇'[k]}[{u}, {v}]"


def _kernels(run: Layer, looked: Looked, flat: bool) -> Panel:
    (K, own, p, q), c = run.weight.shape, len(run.x)
    height, width, kind = K * (p + 1) - 1, c * (q + 1) - 1, looked.kind

    def span(k: int, read: Sequence[int]) -> tuple[int, ...]:
        return k * (p + 1), read[0] * (q + 1), k * (p + 1) + p - 1, read[-1] * (q + 1) + q - 1

    spans = [span(k, run.reads(k)) for k in range(K)]
    blocks = [span(k, [channel])[:2] for k in range(K) for channel in run.reads(k)]
    plane = on_plane(run.weight.flatten(0, 1), blocks, height, width)
    readers = [span(k, looked.unit[:1]) for k, *_ in looked.outputs]
    believed = flat and own > 1
    told = f"× {own}: {run.parameters} parameters with biases"
    if believed:
        told = f"with {run.flat} parameters: believed, not torch's"
    return panel(
        "kernels",
        f"{_many(K, 'kernel')} of {p} × {q} {told}",
        cells(plane, "w", low=-2, high=2, numbers=2),
        believed and boxes(spans, "wrong", "one block, repeated"),
        boxes(spans[looked.output[0]], "force", "kernel of the output"),
        kind == "input" and boxes(readers, "model", "kernels that read it"),
        x=axis("channel c", -0.5, width - 0.5, **PLAIN, **_numbered(c, q)),
        y=axis("kernel k", height - 0.5, -0.5, **PLAIN, **_numbered(K, p)),
        alt=f"Blocks: {K * own} of {K * c}; where there is one, channel c feeds map k.",
    )


def _numbered(count: int, size: int) -> dict:
    """Ticks in the middle of so many blocks, which are one cell apart."""
    middles = [i * (size + 1) + (size - 1) / 2 for i in range(count)]
    return {"tickvals": middles, "ticktext": list(map(str, range(count)))}


def _formula(run: Layer, looked: Looked, flat: bool) -> tuple[str, ...]:
    (K, own, p, q), (_, rows, columns) = run.weight.shape, run.y.shape
    k, u, v = looked.output
    _, products = run.products(looked.output)
    parts = " + ".join(map(bracket, products.sum((1, 2)).tolist()))
    count = rf"K(pq\,\tfrac cg + 1) = {K}\,({p}\cdot{q}\cdot{own} + 1) = {run.parameters}"
    if flat and own > 1:
        wrong = rf"K(pq + 1) = {K}\,({p}\cdot{q} + 1) = {run.flat}"
        count += rf",\qquad \role{{wrong}}{{\text{{believed: }} {wrong}}}"
    return (
        rf"\role{{model}}{{y_{{{k}}}[{u},{v}]}} = b_{{{k}}} + "
        rf"\role{{force}}{{\textstyle\sum_c \sum_{{a,b}} w_{{{k}c}}[a,b]\,x_c[{u}+a,{v}+b]}} = "
        rf"{float(run.bias[k]):g} + \role{{force}}{{{parts}}} = {float(run.y[k, u, v]):g}",
        rf"\text{{parameters: }} {count}",
        rf"\text{{multiplications: }} (m-p+1)(n-q+1)\,K\,pq\,\tfrac cg = "
        rf"{rows}\cdot{columns}\cdot{K}\cdot{p}\cdot{q}\cdot{own} = {run.multiplications}",
    )
