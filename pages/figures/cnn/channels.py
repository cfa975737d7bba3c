"""Channels and groups: the maps and who feeds whom, one output as a sum, the blocks of weights."""

import numpy as np

from core.cnn.layer import first_channel
from core.experiments.cnn.channels import GAP, ORIGIN, STACK, WIDTH, Layer, corner, edge
from pages.figures.marks import boxes, cells, line
from pages.figures.plot import Panel, Pick, Picture, axis, coarse

PLAIN = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": ""}


def figure(run: Layer, *, kernel: str, **_) -> Picture:
    """Three panels: maps, one sum, kernels."""
    return Picture(
        panels=(_maps(run), _sum(run), _kernels(run, kernel == "printed")),
        formula=_formula(run, kernel == "printed"),
    )


# --- the maps ----------------------------------------------------------------------------------


def _maps(run: Layer) -> Panel:
    (c, m, n), (K, rows, columns) = run.x.shape, run.y.shape
    left = edge(c, n)
    height = min(STACK, max(c, K)) * (m + 1) - 1
    width = left + -(-K // STACK) * (columns + 1) - 1
    inputs, outputs = np.full((2, height, width), np.nan, dtype="f4")
    places = [corner(i, m, n, 0) for i in range(c)]
    ends = [corner(k, m, columns, left) for k in range(K)]
    for (i, j), grid in zip(places, run.x.numpy()):
        inputs[i : i + m, j : j + n] = grid
    for (i, j), grid in zip(ends, run.y.numpy()):
        outputs[i : i + rows, j : j + columns] = grid
    top = coarse(float(run.y.abs().max()))
    k, u, v = run.output
    looked = run.looked
    marks = [
        boxes(_on(run.inputs, places), "model" if looked.kind == "input" else "force", "inputs"),
        boxes(_on(run.outputs, ends), "model" if looked.kind == "output" else "force", "outputs"),
    ]
    cell = None
    if looked.kind != "weight":
        i, j = places[looked.channel] if looked.kind == "input" else ends[looked.kernel]
        cell = (i + looked.i, j + looked.j)
    kinds = [(n - 1) / 2, left + (columns - 1) / 2]
    return Panel(
        "maps",
        f"{m} × {n} × {c} in, {rows} × {columns} × {K} out",
        (
            cells(inputs, "x", scale="heat", low=0, high=4, numbers=2),
            cells(outputs, "y", low=-top, high=top, numbers=3),
            *_wires(run, places, ends),
            *marks,
        ),
        {
            "xaxis": axis(
                f"{c} channels x in {run.groups} group{'s' * (run.groups > 1)} → {K} maps y",
                -0.5,
                width - 0.5,
                **{**PLAIN, "showticklabels": True},
                tickvals=kinds,
                ticktext=["x", "y"],
            ),
            "yaxis": axis("channels c, maps k", height - 0.5, -0.5, **PLAIN),
        },
        f"Each of the {K} maps reads {run.own} of the {c} channels. Output y_{k}[{u}, {v}] = "
        f"{float(run.y[k, u, v]):g}.",
        pick=Pick(
            height,
            width,
            ("cell",),
            ((1, WIDTH),),
            "input or output",
            cell=cell,
            offset=(ORIGIN - left,),
            also={"look": "maps"},
        ),
        equal=True,
    )


def _on(lit: tuple, places: list[tuple[int, int]]) -> np.ndarray:
    """(map, top, left, bottom, right) as corners in the plane."""
    return np.array([np.array(part) + 2 * places[index] for index, *part in lit])


def _wires(run: Layer, places: list, ends: list) -> list[dict]:
    """From every channel to the maps it feeds; those of the output looked at stand out."""
    (_, m, n), (K, rows, _) = run.x.shape, run.y.shape
    left = edge(len(run.x), n)
    thin, thick = [], []
    for k in range(K):
        first = first_channel(k, K, run.own, run.groups)
        for channel in range(first, first + run.own):
            start = left - GAP - 0.2, places[channel][0] + (m - 1) / 2
            stop = left - 0.8, ends[k][0] + (rows - 1) / 2
            (thick if k == run.output[0] else thin).extend([start, stop, (np.nan, np.nan)])
    return [
        line(*np.array(wires).T, role, "feeds", width=width)
        for wires, role, width in ((thin, "faint", 1), (thick, "force", 2))
        if wires
    ]


# --- one output --------------------------------------------------------------------------------


def _sum(run: Layer) -> Panel:
    own, p, q = run.window.shape
    k, u, v = run.output
    partial = run.products.sum((1, 2)).tolist()
    total = float(run.y[k, u, v])
    traces, notes = [], []
    blocks = (
        ("window x", run.window, {"scale": "heat", "low": 0, "high": 4}),
        ("weights w", run.weight[k], {"low": -2, "high": 2}),
        ("products, and the sum of each channel", run.products, {"low": -8, "high": 8}),
    )
    gap = 0.3 + 0.28 * p  # rows that a line of text takes
    for row, (name, block, colours) in enumerate(blocks):
        top = row * (p + gap)
        laid = np.full((p, own, q + 1), np.nan)
        laid[..., :q] = block.numpy().swapaxes(0, 1)
        traces.append(cells(laid.reshape(p, -1)[:, :-1], name, numbers=2, at=(top, 0), **colours))
        notes.append(_note(-0.5, top - 0.5, name, "left"))
        if run.term:
            c, a, b = run.term
            spot = [top + a, c * (q + 1) + b]
            traces.append(boxes(np.array([spot + spot]), "model", "looked at"))
    height, width = 3 * (p + gap), own * (q + 1) - 1
    for c, value in enumerate(partial):
        at = c * (q + 1) + (q - 1) / 2
        notes.append(_note(at, height - 0.5, f"{value:g}".replace("-", "−"), "center"))
    return Panel(
        "sum",
        f"y_{k}[{u}, {v}]: {own * p * q} products from {own} channel{'s' if own > 1 else ''}",
        tuple(traces),
        {
            "xaxis": axis(
                f"channels {run.first} to {run.first + own - 1}", -0.5, width - 0.5, **PLAIN
            ),
            "yaxis": axis("row", height - 0.5, -0.5 - gap, **PLAIN),
            "annotations": notes,
        },
        f"The partial sums {', '.join(f'{s:g}' for s in partial)} and the bias "
        f"{float(run.bias[k]):g} make {total:g}.",
    )


def _note(x: float, y: float, text: str, anchor: str) -> dict:
    return {
        "x": x,
        "y": y,
        "text": text,
        "showarrow": False,
        "xanchor": anchor,
        "yanchor": "bottom",
        "font": {"size": 12},
    }


# --- the kernels -------------------------------------------------------------------------------


def _kernels(run: Layer, printed: bool) -> Panel:
    K, own, p, q = run.weight.shape
    c = len(run.x)
    plane = np.full((K * (p + 1) - 1, c * (q + 1) - 1), np.nan, dtype="f4")
    spans = np.zeros((K, 4))
    for k in range(K):
        first, top = first_channel(k, K, own, run.groups), k * (p + 1)
        for channel in range(own):
            left = (first + channel) * (q + 1)
            plane[top : top + p, left : left + q] = run.weight[k, channel]
        spans[k] = top, first * (q + 1), top + p - 1, (first + own) * (q + 1) - 2
    kind, k, channel, a, b = run.looked
    traces = [cells(plane, "w", low=-2, high=2, numbers=2)]
    if printed and own > 1:
        traces.append(boxes(spans, "wrong", "one block, repeated"))
    traces.append(boxes(spans[[run.output[0]]], "force", "kernel of the output"))
    cell = None
    if kind == "weight":
        cell = (k * (p + 1) + a, channel * (q + 1) + b)
        traces.append(boxes(np.array([[*cell, *cell]]), "model", "weight looked at"))
    elif kind == "input":
        blocks = spans[[k for k, *_ in run.outputs]]
        blocks[:, 1], blocks[:, 3] = channel * (q + 1), channel * (q + 1) + q - 1
        traces.append(boxes(blocks, "model", "kernels that read it"))
    height, width = plane.shape
    return Panel(
        "kernels",
        f"{K} kernels of {p} × {q}, {K * (p * q + 1)} parameters: believed, not torch's"
        if printed and own > 1
        else f"{K} kernels of {p} × {q} × {own}: {run.parameters} parameters with biases",
        tuple(traces),
        {
            "xaxis": axis(
                "channel c",
                -0.5,
                width - 0.5,
                showgrid=False,
                zeroline=False,
                tickvals=[i * (q + 1) + (q - 1) / 2 for i in range(c)],
                ticktext=[str(i) for i in range(c)],
            ),
            "yaxis": axis(
                "kernel k",
                height - 0.5,
                -0.5,
                showgrid=False,
                zeroline=False,
                tickvals=[i * (p + 1) + (p - 1) / 2 for i in range(K)],
                ticktext=[str(i) for i in range(K)],
            ),
        },
        f"{K * own} of {K * c} blocks of {p} × {q} weights exist; where there is one, channel c "
        "feeds map k.",
        pick=Pick(
            height, width, ("cell",), ((1, WIDTH),), "weight", cell, also={"look": "kernels"}
        ),
    )


def _formula(run: Layer, printed: bool) -> tuple[str, ...]:
    k, u, v = run.output
    K, own, p, q = run.weight.shape
    partial = [f"({s:g})" if s < 0 else f"{s:g}" for s in run.products.sum((1, 2)).tolist()]
    parts = " + ".join(partial)
    rows, columns = run.y.shape[1:]
    count = rf"K(pq\,\tfrac cg + 1) = {K}\,({p}\cdot{q}\cdot{own} + 1) = {run.parameters}"
    if printed or own > 1:
        wrong = rf"K(pq + 1) = {K}\,({p}\cdot{q} + 1) = {K * (p * q + 1)}"
        count += rf",\qquad \role{{wrong}}{{\text{{sheet: }} {wrong}}}"
    return (
        rf"\role{{model}}{{y_{{{k}}}[{u},{v}]}} = b_{{{k}}} + "
        rf"\role{{force}}{{\textstyle\sum_c \sum_{{a,b}} w_{{{k}c}}[a,b]\,x_c[{u}+a,{v}+b]}} = "
        rf"{float(run.bias[k]):g} + \role{{force}}{{{parts}}} = {float(run.y[k, u, v]):g}",
        rf"\text{{parameters: }} {count}",
        rf"\text{{multiplications: }} (m-p+1)(n-q+1)\,K\,pq\,\tfrac cg = "
        rf"{rows}\cdot{columns}\cdot{K}\cdot{p}\cdot{q}\cdot{own} = {run.multiplications}",
    )
